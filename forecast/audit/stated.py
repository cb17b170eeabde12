"""What a growth point states: its claims, its figures by name, and what follows from them alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecast.scenario.measures import ALIASES, MEASURES

if TYPE_CHECKING:
    from forecast.scenario.schema import GrowthPoint

CLAIM, PARTS, STAGES, LINE, SERIES = "claim", "parts", "stages", "line", "series"
SERIES_OF = {"jobs": "jobs", "dwellings": "dwellings", "people": "population"}  # keys of a point
NOT_FIGURES = ("source", "claims")


@dataclass(frozen=True)
class Stated:
    """One number of a plan.

    origin : claim (published), parts (sum of parts), stages (sum of stages), line (read on a line
             between two claims) or series (what the point of the scenario enters)
    added_since : the number counts what is added since this year; None: all that stands
    """

    measure: str
    year: int
    value: float
    source: str = ""
    scope: str = ""
    part: str = ""
    added_since: int | None = None
    origin: str = CLAIM


class SeriesKey(NamedTuple):
    """What makes numbers of several years one series: one voice speaking of one thing."""

    source: str
    scope: str
    origin: str
    added_since: int | None
    copy: int  # a second number of the same year is a voice of its own


Series = dict[int, Stated]  # by year


def population_by_year(plan: Mapping[str, Any]) -> dict[int, float]:
    """{year: persons} that a plan means for the whole place: by name, or its first claims."""
    by_name = plan.get("population")
    if isinstance(by_name, Mapping):
        return dict(by_name)
    found: dict[int, float] = {}
    for claim in plan.get("claims", ()):
        whole = not any(key in claim for key in ("scope", "part", "added_since"))
        if claim["measure"] == "population" and whole:
            found.setdefault(int(claim["year"]), float(claim["value"]))
    return found


def statements(point: GrowthPoint) -> tuple[Stated, ...]:
    """Every number of a growth point that the audit can read, with sums of parts and stages.

    Jobs, dwellings and people that the scenario enters count where the plan says nothing of them.
    """
    plan = point.plan or {}
    found = [*_by_name(plan), *_claimed(plan)]
    claimed = {stated.measure for stated in found}
    for key, measure in SERIES_OF.items():
        series = getattr(point, key)
        if series and measure not in claimed:
            found += [
                Stated(measure, year, float(value), point.source or "", origin=SERIES)
                for year, value in zip(series.years, series.values, strict=True)
                if value >= 0
            ]
    found = list(dict.fromkeys(found))
    return (*found, *_sums_of_parts(found), *_sums_of_stages(found))


def unread(point: GrowthPoint) -> tuple[str, ...]:
    """Names of figures of the plan that are no measure, or have no year."""
    plan = point.plan or {}
    return tuple(
        str(name)
        for name, value in plan.items()
        if name not in NOT_FIGURES
        and not isinstance(value, str)
        and not (ALIASES.get(name, name) in MEASURES and isinstance(value, Mapping))
    )


def _by_name(plan: Mapping[str, Any]) -> Iterable[Stated]:
    source = str(plan.get("source", ""))
    for name, values in plan.items():
        measure = ALIASES.get(name, name)
        if measure in MEASURES and isinstance(values, Mapping):
            for year, value in values.items():
                if value >= 0:
                    yield Stated(measure, int(year), float(value), source)


def _claimed(plan: Mapping[str, Any]) -> Iterable[Stated]:
    source = str(plan.get("source", ""))
    for claim in plan.get("claims", ()):
        since = claim.get("added_since")
        yield Stated(
            str(claim["measure"]), int(claim["year"]), float(claim["value"]),
            str(claim.get("source", source)), str(claim.get("scope", "")),
            str(claim.get("part", "")), None if since is None else int(since),
        )  # fmt: skip


def _sums_of_parts(found: Iterable[Stated]) -> Iterable[Stated]:
    def key(one: Stated) -> tuple[str, int, str, str, int]:
        return one.measure, one.year, one.source, one.scope, one.added_since or 0

    parts = sorted((one for one in found if one.part), key=key)
    for _, group in groupby(parts, key):
        together = list(group)
        if len(together) > 1:
            total = sum(one.value for one in together)
            yield replace(together[0], value=total, part="", origin=PARTS)


def _sums_of_stages(found: Iterable[Stated]) -> Iterable[Stated]:
    """What stands plus the stages after it; without a stock the stages after each other."""

    def key(one: Stated) -> tuple[str, str, str]:
        return one.measure, one.source, one.scope

    whole = sorted((one for one in found if not one.part), key=key)
    for _, group in groupby(whole, key):
        together = list(group)
        stages = {one.added_since: one for one in together if one.added_since is not None}
        stocks = [one for one in together if one.added_since is None]
        for stock in stocks:
            yield from _walk(stages, stock.year, stock, None)
        followed = {one.year for one in (*stages.values(), *stocks)}
        for since in (year for year in stages if year not in followed):
            yield from _walk(stages, since, None, since)


def _walk(
    stages: Mapping[int, Stated], start: int, stock: Stated | None, since: int | None
) -> Iterable[Stated]:
    at, total, steps = start, stock.value if stock else 0.0, 0
    while at in stages:
        stage = stages[at]
        at, total, steps = stage.year, total + stage.value, steps + 1
        if stock is not None or steps > 1:
            yield replace(stage, value=total, added_since=since, origin=STAGES)


def series_of(found: Iterable[Stated], measure: str) -> dict[SeriesKey, Series]:
    """The numbers of one measure as series; parts are left to their sum."""
    series: dict[SeriesKey, Series] = {}
    for one in found:
        if one.measure != measure or one.part:
            continue
        copy = 0
        while True:
            key = SeriesKey(one.source, one.scope, one.origin, one.added_since, copy)
            if one.year not in series.setdefault(key, {}):
                series[key][one.year] = one
                break
            copy += 1
    return series


def judged(found: Iterable[Stated], measure: str) -> list[Stated]:
    """The numbers of a measure that are worth a look each, one for each year of a voice.

    A published total goes before a sum of parts or stages, which is told by the check of official
    numbers; of stages the sum up to the year goes before the single stage.
    """
    numbers = [one for values in series_of(found, measure).values() for one in values.values()]

    def rank(one: Stated) -> tuple[bool, int, bool]:
        return one.added_since is not None, one.added_since or 0, one.origin in (PARTS, STAGES)

    kept: list[Stated] = []
    voices: set[tuple[int, str, str]] = set()
    for one in sorted(numbers, key=rank):
        voice = (one.year, one.source, one.scope)
        published = one.added_since is None and one.origin not in (PARTS, STAGES)
        if published or voice not in voices:
            kept.append(one)
        voices.add(voice)
    return sorted(kept, key=lambda one: one.year)


def at(series: Series, year: int) -> Stated | None:
    """The number of a year, or on a line between the years around it; None outside of them."""
    if year in series:
        return series[year]
    before, after = [y for y in series if y < year], [y for y in series if y > year]
    if not before or not after:
        return None
    first, last = max(before), min(after)
    value = float(np.interp(year, [first, last], [series[first].value, series[last].value]))
    return replace(series[last], year=year, value=value, origin=LINE)


def of_same(found: Iterable[Stated], measure: str, year: int, like: Stated) -> Stated | None:
    """All of a measure in a year, of the scope of `like`, from its own source where it can be."""
    series = [
        (key, values)
        for key, values in series_of(found, measure).items()
        if key.added_since is None and key.scope == like.scope
    ]
    series.sort(key=lambda pair: (pair[0].source != like.source, pair[0].origin != CLAIM))
    known = (at(values, year) for _, values in series)
    return next((one for one in known if one is not None), None)
