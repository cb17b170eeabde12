"""The measures of a plan that the audit knows."""

from __future__ import annotations

# The measure of a facility is its kind in norms/facilities with an s: hospital_bed, hospital_beds.
MEASURES = (
    "population",
    "jobs",
    "labour_force",
    "dwellings",
    "housing_m2",
    "school_places",
    "kindergarten_places",
    "hospital_beds",
    "clinic_visits",
)
# Names under which plans gave the same before there were claims.
ALIASES = {
    "jobs_about": "jobs",
    "economically_active": "labour_force",
    "housing_stock_m2": "housing_m2",
    "school_places_one_shift": "school_places",
    "clinic_capacity": "clinic_visits",
}
