"""What the audit finds, and the table that a run keeps of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from forecast.audit.stated import LINE, PARTS, STAGES, Stated
from forecast.tables import JOBS, PERSONS, UNKNOWN
from forecast.words import mark

CONTRADICTION, OUTSIDE, AGREES = mark("contradiction"), mark("outside norm"), mark("agrees")
VERDICTS = (CONTRADICTION, OUTSIDE, UNKNOWN, AGREES)  # in the order in which they are shown
COLUMNS = (
    "growth_point", "region", "year", "finding", "check", "measure", "verdict", "role", "of_year",
    "value", "unit", "status", "source", "scope",
)  # fmt: skip
UNITS = {
    "population": PERSONS,
    "jobs": JOBS,
    "labour_force": PERSONS,
    "dwellings": mark("dwellings"),
    "housing_m2": mark("m2"),
    "school_places": mark("places"),
    "kindergarten_places": mark("places"),
    "hospital_beds": mark("beds"),
    "clinic_visits": mark("visits per shift"),
}
PERCENT, SHARE = mark("percent"), mark("share")
DERIVED = (PARTS, STAGES, LINE)  # origins of numbers that nobody published as they stand


@dataclass(frozen=True)
class Number:
    """One number of a finding: what part it plays, its value, unit, year and source.

    role : claim, parts, stages, line, series (see `Stated`); people; ratio, low, high; need, most;
           forecast, driven (a forecast that the number itself drives), end (of the run); growth,
           fastest; share, largest, gain; nothing (a figure that is not there)
    """

    role: str
    value: float
    unit: str
    year: int
    source: str = ""
    scope: str = ""
    status: str = "derived"


@dataclass(frozen=True)
class Finding:
    """One thing that the audit looked at.

    check   : numbers, ratio, need, forecast, growth, places, nation or unread
    measure : what was looked at; of a ratio `measure/per`
    verdict : contradiction, outside norm, unknown or agrees
    """

    point: str
    region: str
    check: str
    measure: str
    year: int
    verdict: str
    numbers: tuple[Number, ...] = ()

    def first(self, role: str) -> Number | None:
        """The first number of a role, None where there is none."""
        return next((number for number in self.numbers if number.role == role), None)

    def value(self, role: str) -> float:
        """The value of a role; NaN where there is none."""
        number = self.first(role)
        return float("nan") if number is None else number.value

    @property
    def stated(self) -> tuple[Number, ...]:
        """The numbers of the plan, as published or summed from what is."""
        return tuple(n for n in self.numbers if n.role in ("claim", *DERIVED, "series"))


def number_of(stated: Stated, role: str | None = None) -> Number:
    """A number of the plan; what is published is an assumption, as in the ledger."""
    status = "derived" if stated.origin in DERIVED else "assumption"
    return Number(
        role or stated.origin, stated.value, UNITS[stated.measure], stated.year, stated.source,
        stated.scope, status,
    )  # fmt: skip


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By growth point, the worst first."""
    return tuple(sorted(findings, key=lambda one: (one.point, VERDICTS.index(one.verdict))))


def frame_of(findings: Iterable[Finding]) -> pd.DataFrame:
    """A row for each number of each finding; empty where nothing was looked at.

    Columns growth_point, region, year, finding (from 1), check, measure, verdict, role, of_year
    (the year of the number), value, unit, status, source, scope. A figure that is not published is
    a row of the role `nothing`, its value NaN and its status unknown.
    """
    rows: list[tuple[Any, ...]] = []
    for place, one in enumerate(findings, start=1):
        nothing = Number("nothing", np.nan, "", one.year, status=UNKNOWN)
        rows += [
            (one.point, one.region, one.year, place, one.check, one.measure, one.verdict,
             number.role, number.year, number.value, number.unit, number.status,
             number.source, number.scope)
            for number in one.numbers or (nothing,)
        ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype(
        dict.fromkeys(("year", "finding", "of_year"), "int64") | {"value": "float64"}
    )


def read_frame(frame: pd.DataFrame) -> tuple[Finding, ...]:
    """The findings of the table of a run."""
    found: dict[int, Finding] = {}
    for row in frame.to_dict("records"):
        place = int(row["finding"])
        number = _number(row)
        if place not in found:
            found[place] = Finding(
                str(row["growth_point"]), str(row["region"]), str(row["check"]),
                str(row["measure"]), int(row["year"]), str(row["verdict"]),
            )  # fmt: skip
        if number.role != "nothing":
            numbers = (*found[place].numbers, number)
            found[place] = replace(found[place], numbers=numbers)
    return tuple(found.values())


def _number(row: Mapping[Any, Any]) -> Number:
    return Number(
        str(row["role"]), float(row["value"]), str(row["unit"]), int(row["of_year"]),
        str(row["source"]), str(row["scope"]), str(row["status"]),
    )  # fmt: skip
