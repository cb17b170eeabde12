"""The urban share of each region: the drift of its log-odds, held against the past.

The log-odds of the urban share are log(urban / rural), so their yearly change is the urban-rural
growth difference of the United Nations (World Urbanization Prospects 2018, Methodology, chapter
II). No change is taken across a break of the series. A drift is the mean yearly change

- of the years since the last break, where there are ENOUGH of them,
- else (the stated fallback) of the last ENOUGH - 1 yearly changes that cross no break.

A region that is wholly urban has infinite log-odds and stays so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forecast.dataset import breaks_of
from forecast.dataset.declare import TABLES
from forecast.errors import Faults, InputError
from forecast.estimate.models import Model, Parameter, Score
from forecast.estimate.source import Source
from forecast.words import say

if TYPE_CHECKING:
    from forecast.estimate.build import Estimates

Array = NDArray[np.float64]

TABLE = "observed/population_average"
ENOUGH = 5  # years without a break whose own mean change is a drift
BANDS = ((1, 2), (3, 5), (6, 10))  # years ahead
DAMPING = 0.9  # of the damped candidate: what is left of the drift after each year; assumption
LEVELS = (80, 95)  # per cent, of the intervals
POINTS = "percentage points"


@dataclass(frozen=True)
class Odds:
    """Urban shares as the models see them; one column for each region, the last for the nation.

    years : (year,) calendar years of the annual averages, without a gap
    odds  : (year, region) log(urban / rural); infinite where a region is wholly urban
    steps : (year, region) change on the year before; NaN for the first year and across a break
    """

    years: tuple[int, ...]
    odds: Array
    steps: Array

    def until(self, place: int) -> Odds:
        """What was known when year `place` was the last one."""
        return Odds(self.years[: place + 1], self.odds[: place + 1], self.steps[: place + 1])


def log_odds(urban: Array, total: Array, breaks: Sequence[Sequence[int]], first: int) -> Odds:
    """The series of the models from people by year and region.

    urban, total : (year, region) persons, yearly averages from the year `first` on
    breaks       : for each region the years that do not compare with the year before
    The nation is the sum of the regions that have rural people; in a year in which a region does
    not compare with the year before it is left out of the nation's change.
    """
    years = tuple(range(first, first + len(urban)))
    rural = total - urban
    with np.errstate(divide="ignore", invalid="ignore"):
        odds = np.log(urban / rural)
        steps = np.full_like(odds, np.nan)
        steps[1:] = odds[1:] - odds[:-1]
        for region, cuts in enumerate(breaks):
            steps[[years.index(cut) for cut in cuts if cut in years], region] = np.nan
        steps[~np.isfinite(steps)] = np.nan
        mixed = np.isfinite(steps)  # (year, region) that compare with the year before
        nation = np.full(len(years), np.nan)
        for y in np.flatnonzero(mixed.any(axis=1)):
            now, before = (
                np.log(urban[k, mixed[y]].sum() / rural[k, mixed[y]].sum()) for k in (y, y - 1)
            )
            nation[y] = now - before
        part = np.isfinite(odds).all(axis=0)
        whole = np.log(urban[:, part].sum(axis=1) / rural[:, part].sum(axis=1))
    return Odds(years, np.column_stack([odds, whole]), np.column_stack([steps, nation]))


def drift(known: Odds) -> Array:
    """(region, the nation last) mean yearly change of the log-odds at the last year known.

    0 where the series is too short for any: fewer than ENOUGH years in all of its pieces.
    """
    found = np.zeros(known.steps.shape[1])
    for region, steps in enumerate(known.steps.T):
        there = np.isfinite(steps)
        gaps = np.flatnonzero(~there[::-1])  # counted from the last year back
        unbroken = int(gaps[0]) if len(gaps) else len(steps)
        chosen = steps[there][-max(unbroken, ENOUGH - 1) :]
        if len(chosen) >= ENOUGH - 1:
            found[region] = chosen.mean()
    return found


def _last(known: Odds) -> tuple[Array, float]:
    return np.zeros(known.odds.shape[1] - 1), 1.0


def _own(known: Odds) -> tuple[Array, float]:
    return drift(known)[:-1], 1.0


def _damped(known: Odds) -> tuple[Array, float]:
    return drift(known)[:-1], DAMPING


def _common(known: Odds) -> tuple[Array, float]:
    every = drift(known)
    return np.full(len(every) - 1, every[-1]), 1.0


CANDIDATES: dict[str, Callable[[Odds], tuple[Array, float]]] = {
    "last value": _last,
    "drift": _own,
    "damped drift": _damped,
    "common drift": _common,
}


def advance(ahead: Array | float, damping: float) -> Array:
    """How many yearly drifts `ahead` years bring; each is `damping` times the one before."""
    ahead = np.asarray(ahead, dtype=float)
    if damping == 1.0:
        return ahead
    result: Array = damping * (1 - damping**ahead) / (1 - damping)
    return result


@dataclass(frozen=True)
class Trial:
    """Forecasts of one candidate held against what came.

    ahead, origin, region : (forecast,) years ahead, place of the origin year, place of the region
    error  : (forecast,) forecast minus what came, log-odds
    points : (forecast,) the same in percentage points of the urban share
    """

    ahead: Array
    origin: Array
    region: Array
    error: Array
    points: Array


def trial(series: Odds, candidate: Callable[[Odds], tuple[Array, float]]) -> Trial:
    """Every forecast from every origin to the next break, up to the longest horizon of BANDS."""
    rows = []
    comparable = np.isfinite(series.steps[:, :-1])
    for origin in range(ENOUGH - 1, len(series.years) - 1):
        known = series.until(origin)
        yearly, damping = candidate(known)
        enough = np.isfinite(known.steps[:, :-1]).sum(axis=0) >= ENOUGH - 1
        for target in range(origin + 1, min(origin + BANDS[-1][1], len(series.years) - 1) + 1):
            unbroken = comparable[origin + 1 : target + 1].all(axis=0) & enough
            regions = np.flatnonzero(unbroken)
            ahead = target - origin
            given = (known.odds[-1, :-1] + yearly * advance(ahead, damping))[regions]
            came = series.odds[target, :-1][regions]
            points = 100 * (expit(given) - expit(came))
            rows += [
                (ahead, origin, region, error, point)
                for region, error, point in zip(regions, given - came, points, strict=True)
            ]
    table = np.array(rows, dtype=float).reshape(-1, 5)
    return Trial(*table.T)


def expit(odds: Array) -> Array:
    """The share of log-odds; 1 where they are infinite."""
    with np.errstate(over="ignore"):
        share: Array = 1 / (1 + np.exp(-odds))
    return share


def spread(done: Trial) -> tuple[float, float]:
    """Standard deviations of a yearly shock and of the slope: variance = a h + b h^2.

    Weighted least squares of error^2 / h on (1, h) over all forecasts, both at least 0.
    """
    y, h = done.error**2 / done.ahead, done.ahead
    slope = float(np.cov(h, y, bias=True)[0, 1] / np.var(h)) if np.ptp(h) else 0.0
    level = float(y.mean() - slope * h.mean())
    if slope < 0:
        slope, level = 0.0, float(y.mean())
    elif level < 0:
        slope, level = float((y * h).mean() / (h * h).mean()), 0.0
    return float(np.sqrt(level)), float(np.sqrt(slope))


def together(done: Trial) -> float:
    """The share of the variance of errors that all regions have in common, 0 to 1.

    The correlation of two regions at one origin and horizon, by the variance of the mean.
    """
    groups: dict[tuple[float, float], list[float]] = {}
    for ahead, origin, error in zip(done.ahead, done.origin, done.error, strict=True):
        groups.setdefault((ahead, origin), []).append(float(error))
    large = [np.array(errors) for errors in groups.values() if len(errors) > 1]
    pairs = sum((e.sum() ** 2 - (e**2).sum()) / (len(e) - 1) for e in large)
    own = sum((e**2).sum() for e in large)
    return float(np.clip(pairs / own, 0.0, 1.0)) if own else 0.0


def covered(done: Trial, level: float) -> NDArray[np.bool_]:
    """(forecast,) whether what came lies inside the interval whose spread other regions gave."""
    inside = np.zeros(len(done.error), dtype=bool)
    width = NormalDist().inv_cdf(0.5 + level / 200)
    for region in np.unique(done.region):
        mine = done.region == region
        if mine.all():
            continue
        others = Trial(*(part[~mine] for part in vars(done).values()))
        shock, slope = spread(others)
        h = done.ahead[mine]
        inside[mine] = np.abs(done.error[mine]) <= width * np.sqrt(shock**2 * h + (slope * h) ** 2)
    return inside


def series_of(source: Source) -> Odds:
    """The log-odds of all regions from the annual averages that the source shows.

    Raises InputError naming each region and year without a figure, and each with more urban
    people than people.
    """
    table = source.dataset.table(TABLE)
    table = table[(table["year"] <= source.until) & (table["sex"] == "total")]
    years = range(int(table["year"].min()), int(table["year"].max()) + 1)
    faults, both = Faults(), {}
    cure = say("a series has no gaps: add the row, or leave the earlier years out")
    for area in ("urban", "total"):
        rows = table[table["area"] == area].pivot(index="year", columns="region", values="value")
        wide = rows.reindex(index=list(years), columns=list(source.ids))
        both[area] = wide.to_numpy(dtype=float)
        for y, region in np.argwhere(np.isnan(both[area])):
            where = f"{TABLES[TABLE].file}, {source.ids[region]}, {years[y]}"
            faults.add(where, say("no figure for area '{area}'", area=area), cure)
    for y, region in np.argwhere(both["urban"] > both["total"]):
        where = f"{TABLES[TABLE].file}, {source.ids[region]}, {years[y]}"
        faults.add(where, say("more urban people than people"))
    if faults:
        raise InputError(source.dataset.path, faults)
    breaks = [
        [year
         for gap in breaks_of(source.dataset, TABLE, region=region, area="urban", sex="total")
         for year in range(gap.before + 1, gap.after + 1)]
        for region in source.ids
    ]  # fmt: skip
    return log_odds(both["urban"], both["total"], breaks, years[0])


def fit_urban(estimates: Estimates) -> Model:
    """The drift of the urban share by region, its spread, and how the candidates did.

    Nothing where the package has no annual averages by area. With too few years for any forecast
    to be held against what came, the last value stays and no spread is given.
    """
    source = estimates.base.source
    if not source.dataset.has(TABLE):
        return Model([], [])
    series = series_of(source)
    trials = {name: trial(series, candidate) for name, candidate in CANDIDATES.items()}
    scored = len(trials["drift"].error) > 0
    chosen = best(trials) if scored else "last value"
    scores = [row for name in CANDIDATES for row in _scores(series, name, chosen, trials[name])]
    return Model(_parameters(source, series, chosen, trials[chosen]), scores if scored else [])


def best(trials: dict[str, Trial]) -> str:
    """The candidate with the least mean of the errors of the bands; every band counts the same."""

    def error(done: Trial) -> float:
        means = [np.abs(done.points[at]).mean() for at in _bands(done) if at.any()]
        return float(np.mean(means))

    return min(trials, key=lambda name: error(trials[name]))


def _bands(done: Trial) -> list[NDArray[np.bool_]]:
    return [(done.ahead >= first) & (done.ahead <= last) for first, last in BANDS]


def _scores(series: Odds, name: str, chosen: str, done: Trial) -> list[Score]:
    source = f"rolling origins {series.years[min(ENOUGH, len(series.years)) - 1]}-"
    source += f"{series.years[-1] - 1} of {TABLE}, no forecast across a break"
    rows = []
    inside = {level: covered(done, level) for level in LEVELS}
    for (first, last), at in zip(BANDS, _bands(done), strict=True):
        if not at.any():
            continue
        key = (name, first, last, int(at.sum()))
        error = float(np.abs(done.points[at]).mean())
        used = name == chosen
        rows.append(Score(*key, "mean_absolute_error", used, error, POINTS, source))
        rows += [
            Score(*key, f"coverage_{level}", used, float(inside[level][at].mean()), "share",
                  source + "; spread from the other regions")
            for level in LEVELS
        ]  # fmt: skip
    return rows


def _parameters(source: Source, series: Odds, chosen: str, done: Trial) -> list[Parameter]:
    yearly, damping = CANDIDATES[chosen](series)
    share, last = expit(series.odds[-1, :-1]), series.years[-1]
    yearly = np.where(np.isfinite(series.odds[-1, :-1]), yearly, 0.0)
    rests = f"{chosen}; {TABLE} {series.years[0]}-{last}, no change across a break"
    rows = [Parameter("damping", damping, "share", rests)]
    for region, level, change in zip(source.ids, share, yearly, strict=True):
        rows.append(Parameter("share", float(level), "share", TABLE, region, year=last))
        rows.append(Parameter("drift", float(change), "log per year", rests, region))
    if len(done.error):
        shock, slope = spread(done)
        errors = f"errors of {len(done.error)} forecasts by rolling origins: {chosen}"
        rows += [
            Parameter("shock", shock, "log", errors),
            Parameter("slope", slope, "log per year", errors),
            Parameter("together", together(done), "share", errors),
        ]
    return rows
