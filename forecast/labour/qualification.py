"""Qualifications: what the jobs of a section ask for, the deficit and the training it needs.

    deficit[r, s, q] = JD[r, s] share[s, q] - JS[r] mix[r, s, q]
    mix[r, s, q]     = jobs[r, s] share[s, q] / jobs[r]          jobs of the base year

Demand follows the sections; supply keeps the mix of the base year, because the education of the
people of a region by age is not published: who comes of age, arrives or retrains is taken to be
like those who work there. A deficit of one qualification is therefore what the change of the
sections asks for beyond that mix. The sum over sections and qualifications is the labour deficit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import Faults, collect, did_you_mean, in_row
from forecast.words import mark, say

Array = NDArray[np.float64]

QUALIFICATIONS = ("higher", "tvet", "none")
WORDS = {
    "higher": mark("higher education"),
    "tvet": mark("technical and vocational education"),
    "none": mark("no qualification"),
    "total": mark("total"),
}
TRAINED = ("higher", "tvet")  # those that places are needed for
SHARES, TRAINING = "norms/qualifications", "norms/training"
ROUNDING = 1e-6  # by which the shares of a section may miss 1
LONGEST = 10  # years of study


class Package(Protocol):
    """Whatever has tables, as a Dataset does."""

    def has(self, name: str) -> bool: ...
    def table(self, name: str) -> pd.DataFrame: ...


class Training(NamedTuple):
    """How long the study of a qualification takes, and which part of those who begin completes."""

    years: int
    completion: float


def load_qualifications(tables: Package, sections: Sequence[str]) -> Array | None:
    """(section, qualification) shares of the jobs; None where the package has no such table."""
    if not tables.has(SHARES):
        return None
    return read_qualifications(tables.table(SHARES), sections)


def load_training(tables: Package) -> dict[str, Training]:
    """{qualification: study}; empty where the package has no such table."""
    return read_training(tables.table(TRAINING)) if tables.has(TRAINING) else {}


def read_qualifications(table: pd.DataFrame, sections: Sequence[str]) -> Array:
    """(section, qualification) shares of norms/qualifications: section, qualification, value.

    Raises InputError with every fault: unknown sections and qualifications, shares that are
    outside 0..1, repeated and missing rows, and sections whose shares do not sum to 1.
    """
    found = np.full((len(sections), len(QUALIFICATIONS)), np.nan)
    values = pd.to_numeric(table["value"], errors="coerce").to_numpy(dtype=float)
    with collect(SHARES) as faults:
        names = zip(table["section"], table["qualification"], strict=True)
        for row, ((section, qualification), value) in enumerate(
            zip(names, values, strict=True), start=2
        ):
            known = _known(row, "section", section, sections, faults)
            known &= _known(row, "qualification", qualification, QUALIFICATIONS, faults)
            where = say("row {n}", n=row)
            if not 0 <= value <= 1:
                message = say("'{text}' cannot stand here", text=table["value"].iloc[row - 2])
                faults.add(f"{where}, value", message, say("a share is from 0 to 1"))
                value = np.inf  # told already: neither missing nor a sum
            if known:
                cell = list(sections).index(section), QUALIFICATIONS.index(qualification)
                if not np.isnan(found[cell]):
                    faults.add(where, say("the row repeats an earlier one"))
                found[cell] = value
        for place, qualification in np.argwhere(np.isnan(found)):
            name = f"{sections[place]}, {QUALIFICATIONS[qualification]}"
            faults.add(name, say("there is no row"), say("add it; a missing value is never 0"))
        for section, total in zip(sections, found.sum(axis=1), strict=True):
            if np.isfinite(total) and abs(total - 1) > ROUNDING:
                message = say("the shares sum to {total:g}", total=round(float(total), 6))
                faults.add(section, message, say("they must sum to 1"))
    return found


def read_training(table: pd.DataFrame) -> dict[str, Training]:
    """{qualification: study} of norms/training: qualification, duration_years, completion_share.

    Raises InputError with every fault; each of TRAINED needs a row.
    """
    found: dict[str, Training] = {}
    years, completion = (
        pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float)
        for column in ("duration_years", "completion_share")
    )
    with collect(TRAINING) as faults:
        for row, name in enumerate(table["qualification"], start=2):
            where, lasts, share = say("row {n}", n=row), years[row - 2], completion[row - 2]
            known = _known(row, "qualification", name, TRAINED, faults)
            if not (0 <= lasts <= LONGEST and lasts == int(lasts)):
                cure = say("whole years, from 0 to {most}", most=LONGEST)
                faults.add(f"{where}, duration_years", _unfit(lasts), cure)
            elif not 0 < share <= 1:
                cure = say("a share above 0, at most 1")
                faults.add(f"{where}, completion_share", _unfit(share), cure)
            elif known and name in found:
                faults.add(where, say("the row repeats an earlier one"))
            elif known:
                found[str(name)] = Training(int(lasts), float(share))
        for name in TRAINED if not faults else ():
            if name not in found:
                faults.add(name, say("there is no row"), say("add it; a missing value is never 0"))
    return found


def deficit_by_qualification(demand: Array, filled: Array, jobs: Array, shares: Array) -> Array:
    """(region, section, qualification[, draw]) jobs, positive = short.

    demand : (region, section[, draw]) jobs
    filled : (region[, draw]) jobs that residents and foreign workers fill
    jobs   : (region, section) of the base year
    shares : (section, qualification) of the jobs of each section
    The sum over sections and qualifications is demand less `filled`.
    """
    spread = (1,) * (demand.ndim - 2)
    asked = shares.reshape(1, *shares.shape, *spread)
    mix = _parts(jobs)[:, :, None] * shares
    short: Array = demand[:, :, None] * asked - filled[:, None, None] * mix.reshape(
        *mix.shape, *spread
    )
    return short


def total_by_qualification(demand: Array, filled: Array, jobs: Array, shares: Array) -> Array:
    """(qualification, region[, draw]) the same, all sections together.

    A product of small matrices, for draws.
    """
    mix = _parts(jobs) @ shares  # (region, qualification)
    asked = np.einsum("rs...,sq->qr...", demand, shares)
    short: Array = asked - mix.T.reshape(*mix.T.shape, *(1,) * (demand.ndim - 2)) * filled
    return short


def _parts(jobs: Array) -> Array:
    """(region, section) parts of a region's jobs; unknown where it has none."""
    total = jobs.sum(axis=1, keepdims=True)
    return np.divide(jobs, total, out=np.full_like(jobs, np.nan), where=total > 0)


def training_places(
    openings: Array, years: Sequence[int], training: Mapping[str, Training]
) -> dict[str, Array]:
    """{qualification: (year, region)} places to be entered in each year; NaN is unknown.

    openings : (year, region, qualification) openings of calendar years `years`
    Who is to work in year t begins `duration` years earlier, and only a part completes: places of
    t = openings of t + duration / completion share. What the years after the last one ask for is
    unknown, never 0; openings that are negative ask for no place.
    """
    found = {}
    for name, (lasts, completion) in training.items():
        wanted = np.maximum(openings[:, :, QUALIFICATIONS.index(name)], 0.0) / completion
        places = np.full_like(wanted, np.nan)
        places[: max(len(years) - lasts, 0)] = wanted[lasts:]
        found[name] = places
    return found


def _known(row: int, column: str, name: object, names: Sequence[str], faults: Faults) -> bool:
    if name in names:
        return True
    message = say("'{text}' cannot stand here", text=name)
    faults.add(in_row(row, column), message, did_you_mean(str(name), names))
    return False


def _unfit(value: object) -> str:
    return say("'{text}' cannot stand here", text=value)
