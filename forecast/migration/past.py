"""What a learning model may know of a pair of regions: its past, never a scenario.

Every feature is a ratio or a share, so a panel of twice as many people gives the same. Training
rows are forecasts that the baseline really made: it is fitted at each earlier year to what was
known then, and the row's target is what came, over what it said. So features and target stand
in the order of time and the baseline has not seen the target.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.migration.elasticities import expected_sign
from forecast.migration.forecaster import Pooled
from forecast.migration.model import FlowModel
from forecast.migration.panel import FlowPanel

Array = NDArray[np.float64]

FIRST_ORIGIN = 4  # years known at the first origin: what tells noise from change needs four
HORIZONS = (1, 3, 5)  # years ahead that are learned; between them a tree takes the nearer one
BEFORE = 3  # years before the last, against whose mean a change is measured
SMALLEST = 0.01  # of the mean flow: smaller pairs keep their baseline, their ratio is noise

# Words in the name of a driver that say which way it draws people; a sign can also be given.
OF_BASELINE = ("horizon", "size", "last_beside_baseline")


@dataclass(frozen=True)
class Rows:
    """Forecasts of the baseline beside what came.

    features : (row, feature); target : (row,) share of all moves that came / that was forecast
    baseline : (row,) moves as forecast; observed : (row,) moves that came
    largest  : (row,) largest flow of the pair up to the origin
    year     : (row,) calendar year of the target; origin : (row,) last year that was known
    """

    names: tuple[str, ...]
    features: Array
    target: Array
    baseline: Array
    observed: Array
    largest: Array
    origin: NDArray[np.int64]
    year: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.target)

    @property
    def weight(self) -> Array:
        """(row,) baseline flow over years ahead, of mean 1.

        The error of h years is the sum of h yearly ones and its variance h times theirs; without
        the division the far forecasts decide what is learned about the near ones.
        """
        weight: Array = self.baseline / (self.year - self.origin)
        return weight / weight.mean()

    def latest(self, most: int) -> Rows:
        """The forecasts that came due last: whole years of them, about `most` rows or fewer."""
        years, counts = np.unique(self.year, return_counts=True)
        kept = np.cumsum(counts[::-1])[::-1] <= most
        return self.chosen(self.year >= years[kept][0]) if kept.any() else self

    def chosen(self, which: NDArray[np.bool_]) -> Rows:
        """Only some rows."""
        return Rows(self.names, *(
            getattr(self, name)[which] for name in (
                "features", "target", "baseline", "observed", "largest", "origin", "year")
        ))  # fmt: skip


def known_drivers(panel: FlowPanel) -> tuple[str, ...]:
    """Drivers that are known in more than half of years and regions."""
    return tuple(name for name, values in panel.drivers.items() if np.isfinite(values).mean() > 0.5)


def of_past(panel: FlowPanel, drivers: tuple[str, ...]) -> dict[str, Array]:
    """{feature: (origin, destination)} known at the end of the panel.

    Changes are logarithms of the last year over the mean of the three before it, of shares of all
    moves (of moves per person for the nation); balances are log(arrivals / departures).
    """
    count = len(panel.regions)
    shares = panel.flows / np.where(panel.totals > 0, panel.totals, 1.0)[:, None, None]
    out, into = shares.sum(axis=2), shares.sum(axis=1)
    small = SMALLEST / (count * (count - 1))
    balance = np.log((into[-1] + small) / (out[-1] + small))
    nation = panel.intensity
    level = np.log(nation[-1] / nation[:-1][-BEFORE:].mean()) if (nation > 0).all() else 0.0
    found = {
        "pair_change": _change(shares, small),
        "departures_change": _of_origin(_change(out, small)),
        "arrivals_change": _of_destination(_change(into, small)),
        "national_change": np.full((count, count), level),
        "origin_balance": _of_origin(balance),
        "destination_balance": _of_destination(balance),
    }
    if panel.distance is not None:
        distance = np.asarray(panel.distance, dtype=float)
        found["distance"] = np.log(np.where(distance > 0, distance, np.nan))
    if panel.contiguous is not None:
        found["contiguous"] = np.asarray(panel.contiguous, dtype=float)
    for name in drivers:
        moved = _driver_change(np.asarray(panel.drivers[name], dtype=float))
        found[f"origin_{name}_change"] = _of_origin(moved)
        found[f"destination_{name}_change"] = _of_destination(moved)
    return found


def signs_of(names: tuple[str, ...], given: Mapping[str, int]) -> dict[int, int]:
    """{place of a feature: +1 or -1}: what draws people to a destination keeps them at an origin.

    given : {driver: sign at the destination}; other drivers by the words of their names
    """
    signs = {}
    for place, name in enumerate(names):
        side, _, rest = name.partition("_")
        driver = rest.removesuffix("_change")
        if side not in ("origin", "destination") or driver == rest:
            continue
        sign = expected_sign(driver, "destination", given)
        if sign:
            signs[place] = sign if side == "destination" else -sign
    return signs


def beside_baseline(baseline: Array, last: Array, horizon: int) -> dict[str, Array]:
    """{feature: (origin, destination)} that depend on what the baseline says.

    size is log(baseline flow / mean flow)
    """
    count = len(baseline)
    pairs = count * (count - 1)
    said, was = (flows / (flows.sum() or 1.0) * pairs for flows in (baseline, last))
    far = min(horizon, HORIZONS[-1])
    return {
        "horizon": np.full((count, count), float(far)),
        "size": np.log(said + SMALLEST),
        "last_beside_baseline": np.log((was + SMALLEST) / (said + SMALLEST)),
    }


def large_enough(baseline: Array) -> NDArray[np.bool_]:
    """(origin, destination) pairs that a ratio is learned from and applied to."""
    count = len(baseline)
    return (baseline >= SMALLEST * baseline.sum() / (count * (count - 1))) & (baseline > 0)


def rows_of(panel: FlowPanel, drivers: tuple[str, ...], *, first: int = FIRST_ORIGIN) -> Rows:
    """Every forecast of the baseline that has come due within the panel.

    first : years known at the first origin
    """
    parts = []
    for place in range(first - 1, len(panel.years) - 1):
        known = panel.until(panel.years[place])
        baseline: FlowModel = Pooled().fit(known)
        past = of_past(known, drivers)
        largest = known.flows.max(axis=0)
        for horizon in HORIZONS:
            if place + horizon >= len(panel.years):
                continue
            said, came = baseline.predict(horizon), panel.flows[place + horizon]
            if not (came.sum() > 0 and said.sum() > 0):
                continue
            used = large_enough(said) & panel.pairs
            features = {**past, **beside_baseline(said, known.flows[-1], horizon)}
            parts.append((
                np.column_stack([values[used] for values in features.values()]),
                (came / came.sum())[used] / (said / said.sum())[used],
                said[used], came[used], largest[used],
                np.full(used.sum(), known.last), np.full(used.sum(), known.last + horizon),
            ))  # fmt: skip
    names = (*of_past(panel, drivers), *OF_BASELINE)
    if not parts:
        empty = np.zeros(0)
        return Rows(names, np.zeros((0, len(names))), *([empty] * 4), *([empty.astype(int)] * 2))  # type: ignore[arg-type]
    return Rows(names, *(np.concatenate(column) for column in zip(*parts, strict=True)))


def _change(series: Array, small: float) -> Array:
    """log of the last of (year, ...) over the mean of the three years before; 0 for one year."""
    if len(series) < 2:
        return np.zeros(series.shape[1:])
    change: Array = np.log((series[-1] + small) / (series[:-1][-BEFORE:].mean(axis=0) + small))
    return change


def _driver_change(values: Array) -> Array:
    """(region,) last yearly change beside that of the nation; logs where nothing is negative."""
    if len(values) < 2:
        return np.full(values.shape[1], np.nan)
    with np.errstate(invalid="ignore"):
        positive = not (values <= 0).any()
        moved = np.diff(np.log(values[-2:]) if positive else values[-2:], axis=0)[0]
    known = np.isfinite(moved)
    return moved - moved[known].mean() if known.any() else moved


def _of_origin(values: Array) -> Array:
    return np.repeat(values[:, None], len(values), axis=1)


def _of_destination(values: Array) -> Array:
    return np.repeat(values[None, :], len(values), axis=0)
