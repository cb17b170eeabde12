"""What holds families back from a region: lists, places of the quota, room, places, jobs.

A limit whose number is not known never binds; it is listed as unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.settlement.match_survey import QUALIFICATIONS, STREAMS
from forecast.tables import JOBS, PERSONS, TOTAL
from forecast.words import mark, say

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

QUOTA, ARRIVALS, PLACES, NEED = "quota", "arrivals", "places", "jobs"
KINDS = {
    QUOTA: mark("places of the quota"),
    ARRIVALS: mark("room for arrivals"),
    PLACES: mark("places for children"),
    NEED: mark("jobs that lack workers"),
}
GROWN_UP = 18  # years of age


@dataclass(frozen=True)
class Limit:
    """One limit: what the families of `regions` use of it together is at most `capacity`.

    regions       : positions of the regions that share it, most often one
    capacity      : in `unit`; NaN is unknown
    stream        : of QUOTA: it counts persons of this stream alone
    qualification : of NEED: it counts workers with this qualification alone
    facility      : of PLACES and ARRIVALS: the kind of facility
    each          : of PLACES: units that a child needs
    year          : of the number where it is of another year than the one asked for
    """

    kind: str
    regions: tuple[int, ...]
    capacity: float
    unit: str = PERSONS
    stream: str = ""
    qualification: str = ""
    facility: str = ""
    each: float = 1.0
    year: int | None = None

    def used_by(self, families: pd.DataFrame) -> Array:
        """(family,) what each would use of it in one of its regions."""
        if self.kind == QUOTA:
            count = families["family_size"].where(families["stream"] == self.stream, 0)
        elif self.kind == ARRIVALS:
            count = families["family_size"]
        elif self.kind == PLACES:
            count = families["children"] * self.each
        else:
            asked = families["qualification"] == self.qualification
            count = families["workers"].where(asked, 0)
        return count.to_numpy(dtype=float)

    def words(self, facilities: Mapping[str, str], qualifications: Mapping[str, str]) -> str:
        """What it is, in the language of now."""
        text = say(KINDS[self.kind])
        if self.kind == PLACES or self.facility:
            return f"{text} ({facilities.get(self.facility, self.facility)})"
        if self.kind == NEED:
            return f"{text} ({say(qualifications[self.qualification])})"
        return text


def listed(lists: pd.DataFrame, regions: Sequence[str], year: int) -> dict[str, Flags]:
    """{stream: (region,) whether it is on the list} of norms/settlement_lists.

    A list holds until the next one, and the first one held before.
    """
    names = np.asarray(regions)
    found = {}
    for stream in STREAMS:
        own = lists[lists["stream"] == stream]
        years = own["year"].unique()
        holds = max((y for y in years if y <= year), default=min(years, default=year))
        rows = own[(own["year"] == holds) & (own["value"] > 0)]
        found[stream] = np.isin(names, rows["region"].to_numpy(dtype=str))
    return found


def quota_limits(
    published: pd.DataFrame,
    lists: Mapping[str, Flags],
    regions: Sequence[str],
    year: int,
    nation: Mapping[str, Mapping[int, float]] | None = None,
) -> list[Limit]:
    """Places of the quota of each stream and region on its list, persons.

    published : norms/settlement; the last year up to `year` goes on
    nation    : {stream: {year: places of the nation}}. Where they are published for the year of
                the regions, those without a number share what the others leave
    """
    found = []
    rows = published[(published["measure"] == "places") & (published["year"] <= year)]
    for stream, on_it in lists.items():
        own = rows[rows["stream"] == stream].sort_values("year")
        last = own.groupby("region").tail(1).set_index("region")
        numbers = {str(region): (int(when), float(value)) for region, when, value
                   in zip(last.index, last["year"], last["value"], strict=True)}  # fmt: skip
        unknown = []
        for place in np.flatnonzero(on_it).tolist():
            region = regions[place]
            if region not in numbers:
                unknown.append(place)
                continue
            when, value = numbers[region]
            found.append(Limit(QUOTA, (place,), value, stream=stream,
                               year=None if when == year else when))  # fmt: skip
        if not unknown:
            continue
        when = int(last["year"].max()) if len(last) else year
        total = (nation or {}).get(stream, {}).get(when)
        if total is None:
            found += [Limit(QUOTA, (place,), np.nan, stream=stream) for place in unknown]
        else:
            rest = max(float(total) - float(last.loc[last["year"] == when, "value"].sum()), 0.0)
            found.append(Limit(QUOTA, tuple(unknown), rest, stream=stream,
                               year=None if when == year else when))  # fmt: skip
    return found


def room_limits(
    safe: pd.DataFrame, facilities: pd.DataFrame, regions: Sequence[str], year: int
) -> list[Limit]:
    """Room of each region by kind of facility, of the table safe_arrivals of a run.

    Kinds that children alone use count the places of the children of a family (its children are
    taken to be spread evenly over ages 0-17); the others persons, as the run does.
    """
    rows = safe[(safe["growth_point"] == TOTAL) & (safe["year"] == year)] if len(safe) else safe
    found = []
    for kind in dict.fromkeys(rows["kind"].astype(str)) if len(rows) else ():
        if kind == TOTAL:
            continue
        each, unit = _each_child(facilities, kind)
        measure = "safe_arrivals" if np.isnan(each) else "room"
        chosen = rows[(rows["kind"] == kind) & (rows["measure"] == measure)]
        values = chosen.set_index(chosen["region"].astype(str))["value"]
        for place, region in enumerate(regions):
            room = float(values.get(region, np.nan))
            found.append(
                Limit(ARRIVALS, (place,), room, facility=kind)
                if np.isnan(each)
                else Limit(PLACES, (place,), room, unit, facility=kind, each=each)
            )
    return found


def _each_child(facilities: pd.DataFrame, kind: str) -> tuple[float, str]:
    """Units that a child of age 0-17 needs; NaN for a kind that others use as well."""
    rows = facilities[facilities["kind"] == kind]
    if rows.empty or int(rows["age_to"].iloc[0]) >= GROWN_UP:
        return np.nan, PERSONS
    row = rows.iloc[0]
    first, last = int(row["age_from"]), int(row["age_to"])
    ages = last - first + 1 - (1 - float(row["first_age_share"])) - (
        1 - float(row["last_age_share"])
    )  # fmt: skip
    users = ages / GROWN_UP * float(row["rate"])
    units = users * float(row["per_1000"]) / 1000
    return units / (float(row["shifts"]) * float(row["usable_share"])), str(row["unit"])


def job_limits(detail: pd.DataFrame, regions: Sequence[str], year: int) -> list[Limit]:
    """Workers whom each region lacks, by qualification: its labour deficit, never below 0."""
    short = wide_need(detail, regions, year, (TOTAL,), "labour_deficit")[0]
    return [
        Limit(NEED, (place,), max(float(short[q, place]), 0.0)
              if np.isfinite(short[q, place]) else np.nan, JOBS, qualification=name)
        for q, name in enumerate(QUALIFICATIONS)
        for place in range(len(regions))
    ]  # fmt: skip


def wide_need(
    detail: pd.DataFrame,
    regions: Sequence[str],
    year: int,
    sections: Sequence[str],
    measure: str,
) -> Array:
    """(section, qualification, region) jobs of the table labour_detail; NaN where it has none."""
    rows = detail[(detail["measure"] == measure) & (detail["year"] == year)]
    index = pd.MultiIndex.from_product([sections, QUALIFICATIONS, regions])
    keys = [rows[name].astype(str) for name in ("section", "qualification", "region")]
    keyed = rows.set_index(keys)["value"]
    values: Array = keyed.reindex(index).to_numpy(dtype=float)
    return values.reshape(len(sections), len(QUALIFICATIONS), len(regions))


def chances(
    detail: pd.DataFrame, regions: Sequence[str], year: int, sections: Sequence[str]
) -> Array:
    """(section, qualification, region) how much a worker is needed, 0 to 1; last, all sections.

    f = clip(labour deficit / openings): the part of the openings that residents do not fill. A
    section that the run does not tell, or in which nothing opens, has the number of all sections.
    """
    names = (*sections, TOTAL)
    short = wide_need(detail, regions, year, names, "labour_deficit")
    opened = wide_need(detail, regions, year, names, "openings")
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(opened > 0, np.clip(short / opened, 0.0, 1.0), np.nan)
    found: Array = np.where(np.isnan(share), share[-1:], share)
    return found


def kept(limits: Iterable[Limit], kinds: Mapping[str, bool]) -> list[Limit]:
    """The limits of the kinds that are wanted."""
    return [limit for limit in limits if kinds.get(limit.kind, True)]


def with_places(limits: Iterable[Limit], given: Mapping[str, Mapping[int, float]]) -> list[Limit]:
    """The limits with places of the quota that the user gives: {stream: {region: persons}}."""
    found = []
    done = set()
    for limit in limits:
        own = given.get(limit.stream, {}) if limit.kind == QUOTA else {}
        rest = tuple(place for place in limit.regions if place not in own)
        done |= {(limit.stream, place) for place in limit.regions if place in own}
        if rest:
            found.append(replace(limit, regions=rest))
    found += [Limit(QUOTA, (place,), given[stream][place], stream=stream)
              for stream, place in sorted(done)]  # fmt: skip
    return found
