"""The value of a formula in one year of a run, on the central path and in every draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.chances import draw_columns
from forecast.indicators.tables import AGE, NETS, PLACES, SAMPLED, TABLES, TOTAL
from forecast.infrastructure.stock import WEAKER
from forecast.space import Space
from forecast.tables import UNKNOWN
from forecast.words import say

Array = NDArray[np.float64]
Op = Literal["sum", "mean", "net", "ratio", "share"]
OPS: tuple[str, ...] = ("sum", "mean", "net", "ratio", "share")
WITH_OTHER = ("net", "ratio", "share")  # they need `of`
SAME, NEXT = "same", "next"
TINY = 1e-3  # persons: below it a draw is rounding


@dataclass(frozen=True)
class Rows:
    """Rows of one table in one year: their sum, or their mean.

    words  : filter column -> words
    places : column of regions -> ids; the nation's id alone is the whole country
    ages   : first and last age, both included
    year   : same, next (the 1 January that ends the year of a flow), or a fixed year
    """

    table: str
    words: Mapping[str, tuple[str, ...]]
    places: Mapping[str, tuple[str, ...]]
    ages: tuple[int, int] | None = None
    year: str | int = SAME
    mean: bool = False


@dataclass(frozen=True)
class Given:
    """Numbers that the file gives by year, for instance places of a quota."""

    values: Mapping[int, float]
    source: str


@dataclass(frozen=True)
class Formula:
    """`one`, or with `other`: less it (net), divided by it (ratio), per cent of it (share)."""

    one: Rows | Given | Formula
    op: Op = "sum"
    other: Rows | Given | Formula | None = None


@dataclass(frozen=True)
class Found:
    """A value with its status, or why there is none."""

    value: float
    status: str
    reason: str = ""


@dataclass
class Asking:
    """The tables of one run, asked often: rows of a year are looked up once.

    `draws` is the number of draws, 0 without.
    """

    frames: Mapping[str, pd.DataFrame]
    space: Space
    _samples: dict[tuple[str, str, int], Array] | None = field(default=None, repr=False)
    _known_ways: dict[tuple[str, str], tuple[str, ...] | None] = field(
        default_factory=dict, repr=False
    )

    @property
    def draws(self) -> int:
        return len(draw_columns(self.frames["samples"]))

    def value(self, formula: Formula | Rows | Given, year: int) -> Found:
        """The central value of a formula in a year; NaN with the reason where there is none."""
        if isinstance(formula, Rows):
            return self._rows(formula, year)
        if isinstance(formula, Given):
            if year in formula.values:
                return Found(float(formula.values[year]), "observed")
            reason = say("the file gives no number of {year}", year=year)
            return Found(np.nan, UNKNOWN, reason)
        one = self.value(formula.one, year)
        if formula.other is None:
            return one
        other = self.value(formula.other, year)
        for part in (one, other):
            if part.reason:
                return part
        value = _joined(formula.op, np.array([one.value]), np.array([other.value]))[0]
        if np.isnan(value):
            return Found(np.nan, UNKNOWN, say("it would be divided by 0"))
        return Found(float(value), max(one.status, other.status, key=_weakness))

    def _rows(self, asked: Rows, year: int) -> Found:
        frame = self.frames.get(asked.table)
        rows = None if frame is None or frame.empty else self._chosen(frame, asked, year)
        if rows is None or rows.empty:
            reason = say("the table '{table}' has no such row in {year}", table=asked.table,
                         year=_year(asked, year))  # fmt: skip
            return Found(np.nan, UNKNOWN, reason)
        if rows["unit"].nunique() > 1:
            reason = say("the rows of '{table}' have different units", table=asked.table)
            return Found(np.nan, UNKNOWN, reason)
        values = rows["value"].to_numpy(dtype=float)
        if np.isnan(values).any():
            reason = say("the table '{table}' does not know it", table=asked.table)
            return Found(np.nan, UNKNOWN, reason)
        value = float(values.mean() if asked.mean else values.sum())
        return Found(value, max(rows["status"].astype(str).unique(), key=_weakness))

    def _chosen(self, frame: pd.DataFrame, asked: Rows, year: int) -> pd.DataFrame:
        """The rows that are asked for; a word that the table lacks leaves none."""
        known = TABLES[asked.table]
        chosen = (frame["year"] == _year(asked, year)).to_numpy()
        for column, words in asked.words.items():
            chosen = chosen & frame[column].astype(str).isin(words).to_numpy()
        for column in known.totals:
            if column not in asked.words and column not in asked.places:
                chosen = chosen & (frame[column] == TOTAL).to_numpy()
        if asked.ages is not None:
            chosen = chosen & frame[AGE].between(*asked.ages).to_numpy()
        for column in known.places:
            wanted = asked.places.get(column, (self.space.nation,))
            if wanted == (self.space.nation,) and not known.national:
                wanted = self.space.ids
            chosen = chosen & frame[column].isin(wanted).to_numpy()
        return frame[chosen]

    def drawn(self, formula: Formula | Rows | Given, year: int) -> Array | None:
        """(draw,) the formula in every draw; None where draws do not hold what it asks."""
        if not self.draws:
            return None
        linear = self._linear(formula, year)
        if linear is not None:
            return self._sum(linear)
        if not isinstance(formula, Formula) or formula.other is None:
            return None
        one, other = self.drawn(formula.one, year), self.drawn(formula.other, year)
        return None if one is None or other is None else _joined(formula.op, one, other)

    def _linear(self, asked: Formula | Rows | Given, year: int) -> dict[_Key, float] | None:
        """The formula as a sum of rows of the tables, with their factors; None where it is none."""
        if isinstance(asked, Given):
            found = self.value(asked, year)
            return None if found.reason else {("", "", "", year): found.value}
        if isinstance(asked, Rows):
            return self._terms(asked, year)
        one = self._linear(asked.one, year)
        if asked.other is None or one is None:
            return one
        other = self._linear(asked.other, year) if asked.op == "net" else None
        if other is None:
            return None
        return {key: one.get(key, 0.0) - other.get(key, 0.0) for key in {**one, **other}}

    def _terms(self, asked: Rows, year: int) -> dict[_Key, float] | None:
        known = TABLES[asked.table]
        when = _year(asked, year)
        if asked.table == "population" and (asked.words or asked.ages is not None):
            return None
        if set(known.places) != {"region"}:
            return None
        measures = [""] if asked.table == "population" else _measures(asked)
        if measures is None:
            return None
        regions = asked.places.get("region", (self.space.nation,))
        if regions == (self.space.nation,) and not known.national:
            regions = self.space.ids
        factor = 1 / (len(regions) * len(measures)) if asked.mean else 1.0
        return {(asked.table, m, region, when): factor for m in measures for region in regions}

    def _sum(self, linear: Mapping[_Key, float]) -> Array | None:
        """(draw,) the sum of rows in every draw; None where one of them is not kept."""
        left = {key: factor for key, factor in linear.items() if factor}
        total = np.zeros(self.draws)
        while left:
            (table, measure, region, year), factor = left.popitem()
            if not table:  # a number of the file
                total = total + factor
                continue
            name = "population" if table == "population" else SAMPLED.get((table, measure))
            net = next((names for names in NETS.values() if measure in names[:2]), None)
            if table == "components" and net is not None:
                back = net[1] if measure == net[0] else net[0]
                if left.get((table, back, region, year)) == -factor:
                    del left[(table, back, region, year)]
                elif (ways := self._ways(net, region)) is None:
                    return None
                elif measure not in ways:
                    continue  # nobody moves this way in any year
                name, factor = net[2], factor if measure == net[0] else -factor
            drawn = None if name is None else self._sample(name, region, year)
            if drawn is None:
                return None
            total = total + factor * drawn
        return total

    def _ways(self, net: tuple[str, str, str], region: str) -> tuple[str, ...] | None:
        """The only way in which a kind of move goes in a region, which its net then tells.

        Empty where nobody moves; None where people come and go, of whom draws keep the net alone.
        """
        key = (net[2], region)
        if key not in self._known_ways:
            self._known_ways[key] = self._find_ways(net, region)
        return self._known_ways[key]

    def _find_ways(self, net: tuple[str, str, str], region: str) -> tuple[str, ...] | None:
        rows = self.frames["components"]
        rows = rows[(rows["region"] == region) & (rows["value"] != 0)]
        went = tuple(way for way in net[:2] if (rows["component"] == way).any())
        drawn = self.frames["samples"]
        drawn = drawn[(drawn["measure"] == net[2]) & (drawn["region"] == region)]
        values = drawn[draw_columns(drawn)].to_numpy(dtype=float)
        signs = set(np.sign(values[np.abs(values) > TINY]).tolist())
        allowed = {1.0: (net[0],), -1.0: (net[1],)}
        if len(signs) > 1 or len(went) > 1 or not len(values):
            return None
        shown = allowed[signs.pop()] if signs else ()
        return shown if set(went) <= set(shown) else None

    def _sample(self, measure: str, region: str, year: int) -> Array | None:
        if self._samples is None:
            frame = self.frames["samples"]
            values = frame[draw_columns(frame)].to_numpy(dtype=float)
            keys = zip(frame["measure"], frame["region"], frame["year"], strict=True)
            self._samples = {(str(m), str(r), int(y)): row
                             for (m, r, y), row in zip(keys, values, strict=True)}  # fmt: skip
        found = self._samples.get((measure, region, year))
        return None if found is None or np.isnan(found).any() else found


_Key = tuple[str, str, str, int]  # table, measure, region, year


def _measures(asked: Rows) -> list[str] | None:
    """The words by which the draws know the rows; None where other filters are set."""
    if asked.table == "components":
        return list(asked.words["component"])
    if asked.table == "settlement":
        return [f"{area} {name}" for area in asked.words["area"] for name in asked.words["measure"]]
    if set(asked.words) != {"measure"}:
        return None
    return list(asked.words["measure"])


def _joined(op: str, one: Array, other: Array) -> Array:
    if op == "net":
        return one - other
    share = np.divide(one, other, out=np.full_like(one, np.nan), where=other != 0)
    return 100 * share if op == "share" else share


def _year(asked: Rows, year: int) -> int:
    if isinstance(asked.year, int):
        return asked.year
    return year + 1 if asked.year == NEXT else year


def _weakness(status: str) -> int:
    return WEAKER.index(status) if status in WEAKER else len(WEAKER)


__all__ = ["OPS", "PLACES", "WITH_OTHER", "Asking", "Formula", "Found", "Given", "Rows"]
