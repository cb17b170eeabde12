"""A registered yearly series: its breaks, candidate forecasts of it, and how they did in the past.

Everything is in logarithms, so that a forecast is never negative and an error is relative. No
number is random: intervals are those of a first-order autoregression whose spread grows with
the horizon as the errors of the past did.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from forecast.errors import InputError
from forecast.estimate.models import Score
from forecast.estimate.tilt import Array
from forecast.words import say

SHORTEST = 5  # years of a regime, and of a series that can be modelled at all
HORIZON = 10  # years ahead that are held against what came
BANDS = ((1, 2), (3, 5), (6, 10))
NORMAL = {"coverage_80": 1.2816, "coverage_95": 1.9600}
GRID = np.linspace(0.0, 0.95, 96)  # of rho: a short series cannot tell more from no return
MOST_RHO = float(GRID[-1])


class Process(NamedTuple):
    """Deviations from the central path: x(t) = rho x(t-1) + e, e of standard deviation sigma."""

    sigma: float
    rho: float

    def spread(self, ahead: Array) -> Array:
        """Standard deviation `ahead` years after the last observed one, log."""
        steps = np.asarray(ahead, dtype=float)
        if self.rho == 1:
            return self.sigma * np.sqrt(steps)
        found: Array = self.sigma * np.sqrt((1 - self.rho ** (2 * steps)) / (1 - self.rho**2))
        return found


def logs(values: dict[int, float], name: str) -> Array:
    """(year,) logarithms of a series without gaps.

    Raises InputError where a year between the first and the last is missing, a value is not
    above zero, or there are fewer than five years.
    """
    years = sorted(values)
    if len(years) < SHORTEST:
        message = say(
            "{name}: {n} years are registered; a model of it needs {least}",
            name=name, n=len(years), least=SHORTEST,
        )  # fmt: skip
        raise InputError("observed/vital_events.csv", message)
    missing = [str(year) for year in range(years[0], years[-1]) if year not in values]
    missing += [str(year) for year in years if not values[year] > 0]
    if missing:
        message = say("{name}: no figure of {years}", name=name, years=", ".join(missing))
        raise InputError("observed/vital_events.csv", message)
    return np.log([values[year] for year in years])


def breaks(series: Array) -> list[int]:
    """Places where a new level begins, the first one included, by Schwarz's criterion.

    The series is cut into regimes of at least five years with a level each, by dynamic
    programming over all cuts (Bai & Perron 2003, Journal of Applied Econometrics 18).
    """
    count = len(series)
    most = max(count // SHORTEST, 1)
    cost = np.full((most + 1, count + 1), np.inf)
    cost[0, 0] = 0.0
    cut = np.zeros((most + 1, count + 1), dtype=int)
    for regimes in range(1, most + 1):
        for end in range(SHORTEST * regimes, count + 1):
            starts = range(SHORTEST * (regimes - 1), end - SHORTEST + 1)
            found = [
                cost[regimes - 1, start] + len(series[start:end]) * np.var(series[start:end])
                for start in starts
            ]
            best = int(np.argmin(found))
            cost[regimes, end], cut[regimes, end] = found[best], starts[best]
    with np.errstate(divide="ignore"):
        criterion = count * np.log(cost[1:, count] / count)
    criterion += 2 * np.arange(1, most + 1) * np.log(count)
    regimes, end, begins = int(np.argmin(criterion)) + 1, count, []
    for left in range(regimes, 0, -1):
        end = int(cut[left, end])
        begins.append(end)
    return begins[::-1]


def last_value(series: Array) -> Array:
    """The last value goes on."""
    return np.full(HORIZON, series[-1])


def mean_of_three(series: Array) -> Array:
    """The mean of the last three years goes on."""
    return np.full(HORIZON, np.log(np.exp(series[-3:]).mean()))


def autoregression(series: Array) -> Array:
    """A return to the mean of the regime since the last break, by a fitted share a year."""
    regime = series[breaks(series)[-1] :]
    away = regime - regime.mean()
    squares = float(away[:-1] @ away[:-1])
    rho = float(np.clip(away[1:] @ away[:-1] / squares, 0, MOST_RHO)) if squares > 0 else 0.0
    found: Array = regime.mean() + away[-1] * rho ** np.arange(1, HORIZON + 1)
    return found


def damped_trend(series: Array) -> Array:
    """A trend that fades (Gardner & McKenzie 1985)."""
    import warnings

    from statsmodels.tsa.holtwinters import Holt

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence: a poor fit shows in its errors
        fitted = Holt(series, damped_trend=True, initialization_method="estimated").fit()
        return np.asarray(fitted.forecast(HORIZON))


# From the simplest to the least simple; of those that are as good the first is taken. The random
# walk has the path of the last value and an interval that never stops to grow.
CANDIDATES: dict[str, Callable[[Array], Array]] = {
    "last value": last_value,
    "mean of three years": mean_of_three,
    "random walk": last_value,
    "autoregression": autoregression,
    "damped trend": damped_trend,
}


@dataclass
class Errors:
    """Errors of one candidate, log: {(place of the origin, years ahead): what came - forecast}."""

    walk: bool
    found: dict[tuple[int, int], float] = field(default_factory=dict)

    def of(self, first: int, last: int) -> Array:
        chosen = [error for (_, ahead), error in self.found.items() if first <= ahead <= last]
        return np.array(chosen)

    def process(self, now: int | None = None) -> Process | None:
        """The process whose spread grows with the horizon as the errors known by `now` did.

        None where fewer than five one-year errors are known.
        """
        known = {
            key: error for key, error in self.found.items() if now is None or sum(key) <= now
        }  # fmt: skip
        ahead = np.array([key[1] for key in known])
        squares = np.square(list(known.values()))
        if (ahead == 1).sum() < SHORTEST or not squares.any():
            return None
        if self.walk:
            return Process(float(np.sqrt(squares[ahead == 1].mean())), 1.0)
        steps = np.array(sorted({int(h) for h in ahead if (ahead == h).sum() >= SHORTEST}))
        weight = np.array([(ahead == h).sum() / h for h in steps])  # overlapping years count less
        level = np.log([squares[ahead == h].mean() for h in steps])
        shape = np.log((1 - GRID[:, None] ** (2 * steps)) / (1 - GRID[:, None] ** 2))
        sigma = ((level - shape) * weight).sum(axis=1) / weight.sum()
        miss = (weight * np.square(level - shape - sigma[:, None])).sum(axis=1)
        best = int(np.argmin(miss))
        return Process(float(np.exp(sigma[best] / 2)), float(GRID[best]))


def past_errors(series: Array, first: int) -> dict[str, Errors]:
    """Errors of every candidate from each origin since place `first`, each with its own past."""
    found = {name: Errors(name == "random walk") for name in CANDIDATES}
    for origin in range(max(first, SHORTEST - 1), len(series) - 1):
        paths: dict[Callable[[Array], Array], Array] = {}
        for name, forecast in CANDIDATES.items():
            if forecast not in paths:
                paths[forecast] = forecast(series[: origin + 1])
            for ahead in range(1, min(HORIZON, len(series) - 1 - origin) + 1):
                error = series[origin + ahead] - paths[forecast][ahead - 1]
                found[name].found[origin, ahead] = float(error)
    return found


def choose(errors: dict[str, Errors]) -> str:
    """The simplest candidate that is nowhere worse than the best by more than its own error.

    The error of a mean absolute error counts forecasts that overlap as one.
    """
    allowed = set(errors)
    for first, last in BANDS:
        sizes = {name: np.abs(one.of(first, last)) for name, one in errors.items()}
        sizes = {name: size for name, size in sizes.items() if len(size)}
        if not sizes:
            continue
        best = min(sizes.values(), key=lambda size: float(size.mean()))
        independent = max(len(best) / (last - first + 1) / last, 1.0)
        bound = best.mean() + best.std() / np.sqrt(independent)
        allowed &= {name for name, size in sizes.items() if size.mean() <= bound}
    return next((name for name in CANDIDATES if name in allowed), next(iter(CANDIDATES)))


def scores(errors: dict[str, Errors], name: str, chosen: str, source: str) -> list[Score]:
    """Mean absolute error (log) and coverage of the intervals of every candidate, by horizon."""
    rows = []
    for candidate, one in errors.items():
        processes = {origin: one.process(now=origin) for origin, _ in one.found}
        for first, last in BANDS:
            sizes = np.abs(one.of(first, last))
            if not len(sizes):
                continue
            common = (f"{name}, {candidate}", first, last)
            rows.append(Score(*common, len(sizes), "mean_absolute_error", candidate == chosen,
                              round(float(sizes.mean()), 4), "log", source))  # fmt: skip
            standard = [
                abs(error) / float(process.spread(np.array(ahead)))
                for (origin, ahead), error in one.found.items()
                if first <= ahead <= last and (process := processes[origin]) is not None
            ]
            for measure, limit in NORMAL.items() if standard else ():
                inside = float((np.array(standard) <= limit).mean())
                rows.append(Score(*common, len(standard), measure, candidate == chosen,
                                  round(inside, 3), "share", source))  # fmt: skip
    return rows


def correlation(one: Errors, other: Errors) -> float:
    """Correlation of the one-year errors of two series from the same origins."""
    common = sorted(key for key in one.found if key[1] == 1 and key in other.found)
    if len(common) < SHORTEST:
        return 0.0
    left, right = (np.array([errors.found[key] for key in common]) for errors in (one, other))
    if not (left.std() > 0 and right.std() > 0):
        return 0.0
    return float(np.corrcoef(left, right)[0, 1])
