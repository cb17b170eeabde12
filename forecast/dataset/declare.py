"""All tables of a data package, declared once.

A table that is not here does not exist: reading, checks and `datapackage.json` follow this
list. To add one, declare it below (or in `declare_observed.py`, `declare_norms.py`,
`declare_policy.py`), put its CSV into the package and run `forecast data build`, which renews
the descriptor.
"""

from __future__ import annotations

from dataclasses import replace

from forecast.dataset.declaration import (
    Column,
    Table,
    age,
    figure,
    number,
    region,
    sex,
    source,
    status,
    text,
    word,
    year,
)
from forecast.dataset.declare_norms import NORMS
from forecast.dataset.declare_observed import OBSERVED
from forecast.words import mark

LANGUAGES = ("en", "ru", "kk")
MODEL_UNITS = (
    "children per woman", "years", "share", "log", "log per year", "persons", "times", "percent",
    "persons per year", "index", "percentage points",
)  # fmt: skip

# Estimated: written by `forecast data build`. An official table may stand in its place.
ESTIMATED = (
    Table(
        "estimated/national_population",
        mark("Population of the nation by single age"),
        "Structure on 1 January of the dates to which published margins exist.",
        (year("Year of the 1 January"), sex(), age(),
         *figure("People on 1 January", minimum=0)),
        key=("year", "sex", "age"),
        units=("persons",),
    ),
    Table(
        "estimated/population",
        mark("Population by region, sex and single age"),
        "People on 1 January; sums over age equal observed/population exactly.",
        (region(), year("Year of the 1 January"), sex(), age(),
         *figure("People on 1 January", minimum=0, whole=True)),
        key=("region", "year", "sex", "age"),
        units=("persons",),
        complete=("region", "year", "sex", "age"),
        reaches="base_year",
    ),
    Table(
        "estimated/population_2020",
        mark("Population by former region, sex and single age"),
        "People on 1 January on the territories of the date, meeting the published age groups.",
        (Column("region", "territory", "Region or former region"),
         Column("year", "integer", "Year of the 1 January", optional=True), sex(), age(),
         *figure("People on 1 January", minimum=0)),
        key=("region", "sex", "age"),
        units=("persons",),
    ),
    Table(
        "estimated/fertility",
        mark("Fertility by region and age"),
        "Births per woman-year by single age of the mother, calendar year.",
        (region(), year(), age(), *figure("Births per woman-year", minimum=0, maximum=1)),
        key=("region", "year", "age"),
        units=("births per woman-year",),
        reaches="last_year_observed",
    ),
    Table(
        "estimated/mortality",
        mark("Mortality by region, sex and age"),
        "Central death rates by single age, calendar year.",
        (region(), year(), sex(), age(),
         *figure("Deaths per person-year", minimum=0, maximum=10)),
        key=("region", "year", "sex", "age"),
        units=("per person-year",),
        complete=("region", "year", "sex", "age"),
        reaches="last_year_observed",
    ),
    Table(
        "estimated/flows",
        mark("Moves between regions"),
        "People who moved from one region to another in the calendar year.",
        (region("origin", "Region of departure"), region("destination", "Region of arrival"),
         year(), *figure("People", minimum=0)),
        key=("origin", "destination", "year"),
        units=("persons",),
        reaches="last_year_observed",
    ),
    Table(
        "estimated/components",
        mark("Components of change by region"),
        "Births, deaths, moves and migration of the calendar year; they close the balance.",
        (region(), year(),
         word("component", "Component", "births", "deaths", "internal_in", "internal_out",
              "immigration", "emigration"),
         *figure("People", minimum=0)),
        key=("region", "year", "component"),
        units=("persons",),
        complete=("region", "year", "component"),
        reaches="last_year_observed",
    ),
    Table(
        "estimated/migrant_age",
        mark("Age and sex of migrants"),
        "A rate is the propensity relative to the mean person, a composition sums to 1.",
        (word("stream", "Stream", "internal", "emigration", "immigration"),
         word("kind", "What the value is", "rate", "composition"), sex(), age(),
         *figure("Relative rate or share", minimum=0)),
        key=("stream", "sex", "age"),
        units=("times", "share"),
        complete=("stream", "sex", "age"),
    ),
    Table(
        "estimated/models",
        mark("Fitted models"),
        "Parameters of the models that carry a component beyond the last observed year.",
        (text("component", "Component that the model is of"), text("parameter", "Parameter"),
         text("region", "Region or nation it is of; empty where it is of none", blank=True),
         text("sex", "Sex it is of; empty for both", blank=True),
         Column("age", "integer", "Single age it is of; -1 where it is of none", minimum=-1),
         Column("year", "integer", "Calendar year it is of; 0 where it is of none", minimum=0),
         *figure("Value of the parameter")),
        key=("component", "parameter", "region", "sex", "age", "year"),
        units=MODEL_UNITS,
    ),
    Table(
        "estimated/validation",
        mark("How candidate models forecast the past"),
        "Errors of each candidate from earlier origins, by years ahead; `chosen` is in use.",
        (text("component", "Component that the model is of"), text("candidate", "Model tried"),
         Column("first", "integer", "Shortest horizon, years ahead", minimum=1),
         Column("last", "integer", "Longest horizon, years ahead", minimum=1),
         Column("forecasts", "integer", "Forecasts that were held against what came", minimum=0),
         word("measure", "What the value is", "mean_absolute_error", "coverage_80",
              "coverage_95"),
         word("chosen", "Whether the forecast uses it at these horizons", "yes", "no"),
         *figure("Mean absolute error, or share of outcomes inside the interval", minimum=0)),
        key=("component", "candidate", "first", "last", "measure"),
        units=MODEL_UNITS,
    ),
)  # fmt: skip

BOUNDARIES = (
    Table(
        "boundaries/crosswalk",
        mark("Former regions"),
        "Regions into which a former region was split, with the first year on the new territories.",
        (
            text("old_region", "Id of the former region"),
            region("region", "Region of today"),
            year("First year on the new territories"),
            *(text(f"name_{lang}", f"Name of the former region ({lang})") for lang in LANGUAGES),
            status(),
            source(),
        ),
        key=("old_region", "region"),
    ),
    Table(
        "boundaries/outlines",
        mark("Outlines of regions"),
        "Closed rings in projected kilometres; outer rings run counter-clockwise, holes clockwise. "
        "Islands under 20 square kilometres are left out.",
        (
            region(),
            Column("ring", "integer", "Number of the ring in the region", minimum=1),
            word("kind", "Kind of ring", "outer", "hole"),
            Column("point", "integer", "Number of the point in the ring", minimum=1),
            number("x_km", "East of the central meridian, kilometres"),
            number("y_km", "North of the central parallel, kilometres"),
        ),
        key=("region", "ring", "point"),
    ),
    Table(
        "boundaries/labels",
        mark("Places of labels"),
        "A point well inside each region, where its label is centred, in projected kilometres.",
        (
            region(),
            number("x_km", "East of the central meridian, kilometres"),
            number("y_km", "North of the central parallel, kilometres"),
            status(),
            source(),
        ),
        key=("region",),
        complete=("region",),
    ),
)

# Official tables that a planner may have from the statistics office. The same columns as the
# estimate; once in the package they are read in its place, wherever the estimate is asked for.
OFFICIAL = {
    "estimated/population": "observed/population_by_age",
    "estimated/fertility": "observed/fertility_by_age",
    "estimated/mortality": "observed/mortality_by_age",
    "estimated/flows": "observed/flows",
    "estimated/components": "observed/components",
    "estimated/migrant_age": "observed/migrant_age",
}
MODELS = "estimated/models"
# Official tables that leave nothing to estimate. Without fitted models the last rates are held.
PUBLISHED = tuple(
    official for name, official in OFFICIAL.items() if not name.endswith("components")
)
OFFICIAL_TABLES = tuple(
    replace(
        table,
        name=OFFICIAL[table.name],
        description=f"{table.description} Official figures, read in place of {table.name}.",
    )
    for table in ESTIMATED
    if table.name in OFFICIAL
)

TABLES: dict[str, Table] = {
    table.name: table for table in (*OBSERVED, *OFFICIAL_TABLES, *NORMS, *ESTIMATED, *BOUNDARIES)
}
