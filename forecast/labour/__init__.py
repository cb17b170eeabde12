"""Labour: supply by participation, demand by section of activity, the deficit between them."""

from __future__ import annotations

from forecast.labour.calibrate import LabourBase, calibrate_labour
from forecast.labour.deficit import LabourYear, labour_frame, labour_year
from forecast.labour.notes import labour_notes

__all__ = [
    "LabourBase",
    "LabourYear",
    "calibrate_labour",
    "labour_frame",
    "labour_notes",
    "labour_year",
]
