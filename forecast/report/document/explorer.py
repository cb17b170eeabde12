"""The numbers behind the map and the curves of the HTML report, small enough to stand in it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from forecast.infrastructure.needs import MEASURES as NEED_WORDS
from forecast.labour.deficit import MEASURES as LABOUR_WORDS
from forecast.report.by_year import spoken
from forecast.report.document.shared import (
    HIGH,
    LOW,
    components_by_year,
    dependency_by_year,
    has,
    order,
    population_by_year,
)
from forecast.report.document.work_tables import kinds
from forecast.report.extract import Result, history_by_year, wide
from forecast.report.wording import COMPONENT_WORDS, capital, short_names, unit_words, worded
from forecast.tables import JOBS, PERSONS, TOTAL
from forecast.tabulate import MEASURES as AGE_WORDS
from forecast.words import language, say

DIGITS = 1  # kept of a number that is shown without decimals: sorting and colours need no more
SIDE = 1000  # of the map, in its own units
Numbers = list[float | None]


def explorer(projection: Result) -> dict[str, Any]:
    """Regions with their shapes, and measures by region and year, ready for JSON."""
    ids, short = order(projection), short_names(projection.space)
    return {
        "lang": language(),
        "nation": projection.nation,
        "regions": [
            {"id": region, "name": projection.space.name(region),
             "short": short.get(region, projection.space.name(region))}
            for region in ids
        ],
        "shapes": shapes(projection),
        "base": projection.base_year,
        "measures": list(_measures(projection)),
        "words": {
            "low": say("low"), "high": say("high"), "unknown": say("unknown"),
            "passport": say("passport"), "projected": say("projected"),
        },
    }  # fmt: skip


def _measures(projection: Result) -> Iterable[dict[str, Any]]:
    people = population_by_year(projection)
    past = history_by_year(projection)
    past = past[[year for year in past.columns if int(year) < projection.base_year]]
    whole = pd.concat([past, people], axis=1)
    yield _measure(projection, "population", say("population"), PERSONS, whole, growth=True)
    if has(projection, "dependency"):
        frame = projection.frame("dependency")
        for name in ("child_dependency", "old_age_dependency", "total_dependency"):
            unit = str(frame.loc[frame["measure"] == name, "unit"].iloc[0])
            table = dependency_by_year(projection, name)
            yield _measure(projection, name, say(AGE_WORDS[name]), unit, table, digits=1)
    parts = components_by_year(projection)
    for name, drawn in (("internal", ""), ("external", "external_net"),
                        ("natural", "natural_increase")):  # fmt: skip
        table = parts[name].unstack("year")
        yield _measure(projection, drawn or name, worded(name, COMPONENT_WORDS), PERSONS, table)
    if has(projection, "labour"):
        frame = projection.frame("labour")
        frame = frame[(frame["section"] == TOTAL) & (frame["measure"] == "labour_deficit")]
        table = wide(frame, "region", "year")
        words = spoken(LABOUR_WORDS)["labour_deficit"]
        yield _measure(projection, "labour_deficit", words, JOBS, table)
    if has(projection, "infrastructure"):
        frame = projection.frame("infrastructure")
        frame = frame[frame["measure"] == "added_need"]
        for kind, (name, unit) in kinds(projection).items():
            mine = wide(frame[frame["kind"] == kind], "region", "year")
            if len(mine):
                words = f"{name}: {say(NEED_WORDS['added_need'])}"
                yield _measure(projection, f"added-{kind}", words, unit, mine, spoken=True)


def _measure(
    projection: Result,
    key: str,
    words: str,
    unit: str,
    table: pd.DataFrame,
    *,
    digits: int = 0,
    growth: bool = False,
    spoken: bool = False,
) -> dict[str, Any]:
    """One measure: years, a list of numbers for each region, and the interval where it is drawn.

    growth : the map shows its change since the base, per cent; spoken : the unit is in words
    """
    table = table.reindex(order(projection))
    years = sorted(int(str(year)) for year in table.columns)
    table = table[years]
    found: dict[str, Any] = {
        "key": key, "name": capital(words), "digits": digits, "growth": growth, "years": years,
        "unit": unit if spoken else unit_words(projection, unit),
        "values": _by_region(table, digits + DIGITS),
    }  # fmt: skip
    frame = projection.frame("quantiles")
    if len(frame):
        frame = frame[(frame["measure"] == key) & (frame["kind"] == "")]
        for name, level in (("low", LOW), ("high", HIGH)):
            drawn = wide(frame[frame["quantile"] == level], "region", "year")
            if len(drawn):
                drawn = drawn.reindex(index=order(projection), columns=years)
                found[name] = _by_region(drawn, digits + DIGITS)
    return found


def _by_region(table: pd.DataFrame, digits: int) -> dict[str, Numbers]:
    return {
        str(region): [None if math.isnan(value) else round(value, digits) for value in line]
        for region, line in zip(table.index, table.to_numpy(dtype=float).tolist(), strict=True)
    }


def shapes(projection: Result) -> Mapping[str, str]:
    """{region: SVG path} on a square of SIDE; none where the package has no outlines."""
    rings = [ring for found in projection.outlines.values() for ring in found]
    if not rings:
        return {}
    left, top = (min(float(ring[:, k].min()) for ring in rings) for k in (0, 1))
    right, bottom = (max(float(ring[:, k].max()) for ring in rings) for k in (0, 1))
    scale = SIDE / max(right - left, bottom - top)
    return {
        region: "".join(
            "M" + "L".join(f"{scale * (x - left):.0f},{scale * (bottom - y):.0f}"
                           for x, y in ring.tolist()) + "Z"
            for ring in found
        )
        for region, found in projection.outlines.items()
    }  # fmt: skip
