"""The data package of a country: declared, found, read and checked once, at the door."""

from __future__ import annotations

from forecast.dataset.boundaries import Outlines, load_outlines
from forecast.dataset.check import check_package
from forecast.dataset.describe import describe_package
from forecast.dataset.descriptor import write_descriptor
from forecast.dataset.finding import Finding
from forecast.dataset.package import Dataset, find_package, load_dataset
from forecast.dataset.series import (
    Break,
    breaks_of,
    excluded_years,
    growth,
    nation_total,
    population_history,
    segments,
    series,
)

__all__ = [
    "Break",
    "Dataset",
    "Finding",
    "Outlines",
    "breaks_of",
    "check_package",
    "describe_package",
    "excluded_years",
    "find_package",
    "growth",
    "load_dataset",
    "load_outlines",
    "nation_total",
    "population_history",
    "segments",
    "series",
    "write_descriptor",
]
