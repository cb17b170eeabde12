"""The audit of a plan: its numbers against each other, against norms and against the forecast."""

from __future__ import annotations

from forecast.audit.findings import VERDICTS, Finding, Number, frame_of, read_frame
from forecast.audit.ratios import Ratio, load_ratios, read_ratios
from forecast.audit.stated import population_by_year
from forecast.audit.whole import audit, audit_frame

__all__ = [
    "VERDICTS",
    "Finding",
    "Number",
    "Ratio",
    "audit",
    "audit_frame",
    "frame_of",
    "load_ratios",
    "population_by_year",
    "read_frame",
    "read_ratios",
]
