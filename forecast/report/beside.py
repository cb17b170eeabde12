"""Official projections on a fan chart: where others say that the population will be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.report import style
from forecast.report.extract import Result, population_by_year, row_of
from forecast.words import mark, say
from forecast.words.digits import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OFFICIAL, UN = "official", "un"
LOOKS: dict[str, dict[str, Any]] = {
    OFFICIAL: {"marker": "D", "markersize": 4.2, "color": style.INK},
    UN: {"marker": "o", "markersize": 4.6, "markerfacecolor": "white", "color": style.VERMILION},
}
WORDS = {OFFICIAL: mark("official projection"), UN: mark("projection of the UN")}
VARIANTS = {
    "projection_low": "low",
    "projection_population": "central",
    "projection_high": "high",
    "medium": "central",
    "change": "central",
}
HOST = re.compile(r"\b(?:[a-z0-9-]+\.)+[a-z]{2,}\b")


@dataclass(frozen=True)
class Point:
    """What somebody projects for 1 January of a year, persons; NaN where no such variant is."""

    who: str
    year: int
    low: float
    central: float
    high: float
    source: str


def points(projection: Result, beside: pd.DataFrame | None, region: str) -> list[Point]:
    """The projections of others for a region within the years of the run, by year.

    beside : rows of `forecast.realism.reality_frame`; none without it
    A projection of a change alone is added to the population of its first year, which is in the
    frame as ours less the difference. Where a level is published too, the level is shown.
    """
    if beside is None:
        return []
    rows = beside[beside["measure"].isin(list(VARIANTS)) & (beside["region"] == region)]
    rows = rows[rows["year"].between(projection.base_year, projection.last_year)]
    ours = row_of(population_by_year(projection), region)
    found: dict[tuple[str, int], dict[str, float]] = {}
    sources: dict[tuple[str, int], str] = {}
    for line in rows.sort_values("check", key=lambda check: check == "change").to_dict("records"):
        year = int(line["year"])
        key = (UN if line["check"] == "un" else OFFICIAL, year)
        value = float(line["published"])
        if line["check"] == "change":
            value = ours[year] - float(line["difference"])
        found.setdefault(key, {}).setdefault(VARIANTS[str(line["measure"])], value)
        sources.setdefault(key, str(line["source"]))
    return [
        Point(who, year, levels.get("low", np.nan), levels.get("central", np.nan),
              levels.get("high", np.nan), sources[who, year])
        for (who, year), levels in sorted(found.items(), key=lambda item: (item[0][1], item[0]))
    ]  # fmt: skip


def entries(shown: Sequence[Point]) -> list[tuple[str, Mapping[str, Any]]]:
    """The key: a mark for each of those who project."""
    there = {point.who for point in shown}
    return [(say(WORDS[who]), look) for who, look in LOOKS.items() if who in there]


def told(shown: Sequence[Point], scale: float, unit: str) -> str:
    """The numbers of the last year that each projects, in words."""
    last = {point.who: point for point in shown if np.isfinite(point.central)}
    digits = 0 if scale == 1 or all(p.central / scale >= 1000 for p in last.values()) else 1
    parts = []
    for who, point in last.items():
        text = f"{point.year}: {number(point.central / scale, digits)}"
        if np.isfinite(point.low) and np.isfinite(point.high):
            text += (f" ({number(point.low / scale, digits)}\u2013"
                     f"{number(point.high / scale, digits)})")  # fmt: skip
        parts.append(f"{say(WORDS[who])} {text}")
    return say("Beside it, {unit}: {others}.", unit=unit, others="; ".join(parts)) if parts else ""


def publishers(shown: Sequence[Point]) -> str:
    """Where the official projections were published: the hosts, or the whole text without any."""
    texts = list(dict.fromkeys(point.source for point in shown if point.who == OFFICIAL))
    hosts = [host for text in texts for host in HOST.findall(text)] or texts
    return ", ".join(dict.fromkeys(hosts))


def draw(ax: Axes, shown: Sequence[Point], scale: float) -> None:
    """The marks, with a line from the low to the high variant where both are published."""
    for point in shown:
        look = LOOKS[point.who]
        if np.isfinite(point.low) and np.isfinite(point.high):
            ax.plot([point.year] * 2, [point.low / scale, point.high / scale], color=look["color"],
                    linewidth=1.1, marker="_", markersize=5, zorder=4)  # fmt: skip
        if np.isfinite(point.central):
            ax.plot([point.year], [point.central / scale], linestyle="none", zorder=5,
                    label=point.who, **look)  # fmt: skip
