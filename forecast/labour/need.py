"""The official need for employees, beside the openings of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pandas as pd

from forecast.assumptions import Note
from forecast.errors import InputError
from forecast.labour.qualification import Package
from forecast.labour.sections import Sections
from forecast.space import Space
from forecast.words import say
from forecast.words.digits import number, per_cent

K = TypeVar("K")

TABLE = "observed/policy"
TOPIC = "labour_forecast"  # of the table; its variables that are read:
YEARLY = "annual_demand_hired_labour"  # of the nation, by calendar year
WHOLE = "demand_total"  # of the nation and of regions, over a period
BY_SECTION = "demand_"  # followed by a section as norms/sections calls it, over the same period
CLOSE = 0.05  # share by which openings may miss the official need and still meet it


@dataclass(frozen=True)
class Need:
    """The official need for employees, persons.

    yearly   : {calendar year: need of the nation}
    period   : first and last year of the totals; None without them
    nation   : total of the nation over the period
    regions  : {region: total}
    sections : {letter: total} of the nation
    """

    yearly: Mapping[int, float] = field(default_factory=dict)
    period: tuple[int, int] | None = None
    nation: float = np.nan
    regions: Mapping[str, float] = field(default_factory=dict)
    sections: Mapping[str, float] = field(default_factory=dict)


def load_need(tables: Package, space: Space, sections: Sections) -> Need:
    """The need that a package publishes; nothing where it has none."""
    return read_need(tables.table(TABLE), space, sections) if tables.has(TABLE) else Need()


def read_need(table: pd.DataFrame, space: Space, sections: Sections) -> Need:
    """The need of observed/policy: rows of the topic `labour_forecast`.

    Rows of other variables of the topic are left. Raises InputError for a period that is not
    two years with a slash between them.
    """
    rows = table[table["topic"] == TOPIC]
    nation = rows["region"] == space.nation
    yearly = rows[nation & (rows["variable"] == YEARLY)]
    totals = rows[rows["variable"] == WHOLE]
    if totals.empty:
        return Need(_numbers((int(date) for date in yearly["date"]), yearly["value"]))
    date = str(totals["date"].iloc[0])
    same = rows[rows["date"] == date]
    try:
        first, last = (int(year) for year in date.split("/"))
    except ValueError:
        raise InputError(TABLE, say("'{text}' is no period of two years", text=date)) from None
    by_region = same[(same["variable"] == WHOLE) & same["region"].isin(space.ids)]
    return Need(
        yearly=_numbers((int(date) for date in yearly["date"]), yearly["value"]),
        period=(first, last),
        nation=float(same[(same["variable"] == WHOLE) & (same["region"] == space.nation)]
                     ["value"].sum(min_count=1)),
        regions=_numbers(by_region["region"], by_region["value"]),
        sections=_sections(same[same["region"] == space.nation], sections),
    )  # fmt: skip


def _sections(rows: pd.DataFrame, sections: Sections) -> dict[str, float]:
    """{letter: total} of the variables that name one section."""
    found = {}
    for variable, value in zip(rows["variable"], rows["value"], strict=True):
        places = sections.spellings.get(str(variable).removeprefix(BY_SECTION), ())
        if len(places) == 1 and str(variable).startswith(BY_SECTION):
            found[sections.letters[places[0]]] = float(value)
    return found


def _numbers(keys: Iterable[K], values: Iterable[float]) -> dict[K, float]:
    return {key: float(value) for key, value in zip(keys, values, strict=True)}


def missed(found: Mapping[int, float], need: Need) -> dict[int, float]:
    """{calendar year: share by which the openings are above the official need}."""
    return {
        year: found[year] / official - 1 for year, official in need.yearly.items() if year in found
    }


def need_note(
    found: Mapping[int, float], need: Need, growth: float, regions: Sequence[str] = ()
) -> Note | None:
    """The openings of employees beside the official need, and why they differ.

    found   : {calendar year: openings of employees of the nation}, persons
    growth  : yearly change of the share of employees
    regions : see `region_words`
    """
    off = missed(found, need)
    if not off:
        return None
    years = ", ".join(
        say("{year}: {ours} (official {official}, {percent})", year=year,
            ours=number(found[year], 0), official=number(need.yearly[year], 0),
            percent=per_cent(100 * miss, 1, signed=True))
        for year, miss in off.items()
    )  # fmt: skip
    within = sum(abs(miss) <= CLOSE for miss in off.values())
    text = say(
        "Openings of employees, persons: {years}. Within {close} of the official need in {within} "
        "of {count} years. They are the change of employees and the employees who retire or die; "
        "the share of employees among the employed grows by {growth} percentage points a year, "
        "the one number that was set by the official need. Who retires and who dies follows from "
        "the ages of the people and changes slowly, so what is left of the difference is another "
        "growth of jobs in the official forecast.",
        years=years, close=per_cent(100 * CLOSE, 0), within=number(within),
        count=number(len(off)), growth=number(100 * growth, 2),
    )  # fmt: skip
    if regions:
        text += " " + say("Share of the nation's openings by region: {regions}.",
                          regions=", ".join(regions))  # fmt: skip
    source = say("forecast of the need for employees by the ministry of labour; run")
    return Note(say("Openings"), text, source, "estimated")


def region_words(ours: Mapping[str, float], need: Need, space: Space) -> list[str]:
    """Words that compare the part of each region in the nation's openings with the official one.

    ours : {region: openings of employees over the years of the run}
    """
    total = sum(ours.values())
    return [
        say("{region} {ours} (official {official})", region=space.name(region),
            ours=per_cent(100 * ours[region] / total, 1),
            official=per_cent(100 * value / need.nation, 1))
        for region, value in need.regions.items()
    ]  # fmt: skip
