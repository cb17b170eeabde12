"""Lee-Carter mortality: one index of level over time, with a fixed or rotating age pattern.

log m(x, t) = a(x) + b(x) k(t), b summing to 1 and k to 0; for two sexes coherent, log m(s, x, t)
= a(s, x) + B(x) K(t) + b(s, x) k(s, t) with k(s, t) that return to 0. Pure functions on arrays,
ages are completed years from 0, the last one open.

Sources: Lee & Carter (1992), J. Am. Stat. Assoc. 87; Li & Lee (2005), Demography 42; Li, Lee &
Gerland (2013), Demography 50; Sevcikova et al. (2016) for the use of all three together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.demography.lifetable import life_expectancy
from forecast.errors import InputError, collect
from forecast.words import say

Array = NDArray[np.float64]

LEAST_PERIODS = 3  # of rates by age: fewer cannot tell a common pattern from noise
LEAST_YEARS = 5  # of an index over time
ROTATION = (80.0, 102.0)  # life expectancy where rotation begins and is complete
ROTATION_POWER = 0.5
AVERAGED = (15, 65)  # ages whose mean pattern all younger ones have after rotation
LARGEST_RHO = 0.99  # of an autoregression: a process that stays bounded


class LeeCarter(NamedTuple):
    """a (age,), b (age,), k (period,); `explained` is the share of variance of the first factor."""

    a: Array
    b: Array
    k: Array
    explained: float


class LiLee(NamedTuple):
    """Two sexes with a common factor.

    a (sex, age); b (age,), k (period,) common; own_b (sex, age), own_k (sex, period) deviations
    of a sex, own_b with absolute values that sum to 1 (they have both signs, so their plain sum
    may be near 0); explained (sex,) share of variance of the common factor alone.
    """

    a: Array
    b: Array
    k: Array
    own_b: Array
    own_k: Array
    explained: Array


class Autoregression(NamedTuple):
    """x(t+1) = rho x(t) + sigma e(t), about 0; `rho` a year, `sigma` of one year."""

    rho: float
    sigma: float


def fit_lee_carter(mx: ArrayLike) -> LeeCarter:
    """The model of one population by singular value decomposition (Lee & Carter 1992, eq. 1).

    mx : (period, age) death rates, all above 0
    Raises InputError for a rate that is missing, zero or negative, or for too few periods.
    """
    logs = _logs(mx, 2)
    a = logs.mean(axis=0)
    b, k, explained = _first_factor(logs - a)
    total = b.sum()
    if np.abs(logs - a).max() < 1e-12 or abs(total) < 1e-9 * np.abs(b).sum():
        raise InputError(say("mortality"), say("the death rates have no common trend"))
    return LeeCarter(a, b / total, k * total, explained)


def fit_li_lee(mx: ArrayLike) -> LiLee:
    """The coherent model of two sexes (Li & Lee 2005): common factor of their average.

    mx : (period, sex, age) death rates, all above 0
    The average is of the logarithms, so that both sexes count alike. Raises as fit_lee_carter.
    """
    logs = _logs(mx, 3)
    a = logs.mean(axis=0)
    common = fit_lee_carter(np.exp(logs.mean(axis=1)))
    rest = logs - a - (common.k[:, np.newaxis] * common.b)[:, np.newaxis, :]
    own_b, own_k, explained = [], [], []
    for sex in range(logs.shape[1]):
        pattern, index, _ = _first_factor(rest[:, sex])
        size = np.abs(pattern).sum()
        pattern, index = (pattern / size, index * size) if size > 0 else (pattern, index)
        own_b.append(pattern)
        own_k.append(index)
        variance = ((logs - a)[:, sex] ** 2).sum()
        explained.append(1 - (rest[:, sex] ** 2).sum() / variance)
    return LiLee(a, common.b, common.k, np.stack(own_b), np.stack(own_k), np.asarray(explained))


def coherent_rates(model: LiLee, k: ArrayLike, own_k: ArrayLike) -> Array:
    """(period, sex, age) death rates of common k (period,) and deviations own_k (sex, period)."""
    common = np.asarray(k, dtype=float)[:, np.newaxis, np.newaxis] * model.b
    own = np.asarray(own_k, dtype=float).T[:, :, np.newaxis] * model.own_b
    rates: Array = np.exp(model.a + common + own)
    return rates


@dataclass(frozen=True)
class LevelTable:
    """Life expectancy at birth over a grid of k, and k of a life expectancy.

    k  : (point,) equally spaced
    e0 : (..., point) years, falling with k
    Both ways by cubic interpolation through the four nearest points: with the steps of
    `level_table` the error is below 2e-6 year, and no search is needed.
    """

    k: Array
    e0: Array

    def life_expectancy(self, k: ArrayLike) -> Array:
        """Years at `k`, whose shape begins with that of the table; raises outside of the grid."""
        wanted, e0 = self._fit(k)
        place = (wanted - self.k[0]) / (self.k[1] - self.k[0])
        if not ((place >= 0) & (place <= len(self.k) - 1)).all():
            raise InputError(say("mortality"), say("k is outside of its table"))
        first = np.clip(np.floor(place).astype(int) - 1, 0, len(self.k) - 4)
        found: Array = _through_four(e0, np.broadcast_to(self.k, e0.shape), first, wanted)
        return found

    def index_of(self, e0: ArrayLike) -> Array:
        """k at which life expectancy is `e0`, whose shape begins with that of the table.

        Raises InputError for a life expectancy that is missing or outside of the table.
        """
        wanted, table = self._fit(e0)
        low, high = table[..., -1], table[..., 0]
        with collect(say("life expectancy")) as faults:
            for place in np.argwhere(~((wanted >= low) & (wanted <= high))):
                where = tuple(place)
                faults.add(
                    "[" + ", ".join(str(number) for number in place) + "]",
                    say("{value} is not a life expectancy", value=float(wanted[where])),
                    say("give years between {low} and {high}",
                        low=round(float(low[where]), 1), high=round(float(high[where]), 1)),
                )  # fmt: skip
        above = (table > wanted[..., np.newaxis]).sum(axis=-1)  # e0 falls along the grid
        first = np.clip(above - 2, 0, table.shape[-1] - 4)
        found: Array = _through_four(np.broadcast_to(self.k, table.shape), table, first, wanted)
        return found

    def _fit(self, values: ArrayLike) -> tuple[Array, Array]:
        """Values, and the table spread over their further axes."""
        wanted = np.asarray(values, dtype=float)
        own = self.e0.shape[:-1]
        spread = self.e0.reshape(*own, *(1,) * (wanted.ndim - len(own)), self.e0.shape[-1])
        return wanted, np.broadcast_to(spread, (*wanted.shape, self.e0.shape[-1]))


def level_table(
    a: ArrayLike, b: ArrayLike, *, low: float = -400.0, high: float = 80.0, step: float = 2.0
) -> LevelTable:
    """Life expectancy of the rates exp(a + b k) over k from `low` to `high`.

    a : (sex, age, ...) logarithms of death rates
    b : (age,), or of the shape of a; sums to 1 over age
    The grid ends below the infant mortality of 100 per 1000 at which Coale and Demeny's a(0)
    has a kink: across it no cubic is exact.
    Returns a table with e0 (sex, ..., point).
    """
    level = np.asarray(a, dtype=float)
    pattern = np.asarray(b, dtype=float)
    if pattern.ndim == 1:
        pattern = pattern.reshape(-1, *(1,) * (level.ndim - 2))
    k = np.arange(low, high + step / 2, step)
    logs = level[..., np.newaxis] + np.broadcast_to(pattern, level.shape)[..., np.newaxis] * k
    e0 = life_expectancy(np.exp(np.minimum(logs, np.log(5.0))))
    rising = np.diff(e0, axis=-1) >= 0
    if rising.any():
        raise InputError(say("mortality"), say("life expectancy does not fall with k"))
    return LevelTable(k, e0)


def ultimate_pattern(b: ArrayLike) -> Array:
    """(age,) the pattern of decline at high life expectancy (Li, Lee & Gerland 2013), sum 1.

    Ages below 65 have the mean of 15 to 64; older ones keep their fall with age and join at 65.
    """
    pattern = np.asarray(b, dtype=float)
    first, last = AVERAGED
    if not (len(pattern) > last and pattern[last] > 0):
        raise InputError(
            say("mortality"), say("the age pattern of decline has no age {age}", age=last)
        )
    mean = pattern[first:last].mean()
    ultimate = np.concatenate([np.full(last, mean), pattern[last:] * mean / pattern[last]])
    rotated: Array = ultimate / ultimate.sum()
    return rotated


def rotated(b: ArrayLike, e0: ArrayLike) -> Array:
    """(..., age) the pattern `b` (age,) turned towards its ultimate one at life expectancy e0.

    e0 : (...) years, both sexes
    """
    pattern = np.asarray(b, dtype=float)
    begin, end = ROTATION
    part = np.clip((np.asarray(e0, dtype=float) - begin) / (end - begin), 0.0, 1.0)
    weight = (0.5 * (1 + np.sin(np.pi / 2 * (2 * part - 1)))) ** ROTATION_POWER
    weight = np.asarray(weight)[..., np.newaxis]
    turned: Array = (1 - weight) * pattern + weight * ultimate_pattern(pattern)
    return turned


def rotated_change(log_mx: ArrayLike, b: ArrayLike, k: ArrayLike) -> tuple[Array, Array, Array]:
    """Change of log death rates from the last observed ones, with rotation.

    log_mx : (sex, age) logarithms of the last observed rates: k = 0 gives them back exactly
    b      : (age,) pattern, sum 1
    k      : (year, sex) index relative to the last observed year
    Returns the change (year, sex, age), the patterns (year, age) and life expectancy (year, sex).
    Life expectancy is that of k without rotation; rotation moves it to other ages, so k is
    solved again under the turned pattern (Li, Lee & Gerland 2013, section on implementation).
    """
    level, pattern = np.asarray(log_mx, dtype=float), np.asarray(b, dtype=float)
    index = np.asarray(k, dtype=float)
    logs = level + index[..., np.newaxis] * pattern  # (year, sex, age)
    e0 = life_expectancy(np.exp(np.moveaxis(logs, 0, -1))).T
    patterns = rotated(pattern, e0.mean(axis=1))
    turned = np.flatnonzero(e0.mean(axis=1) > ROTATION[0])
    if len(turned):
        a = np.broadcast_to(level[..., np.newaxis], (*level.shape, len(turned)))
        own = np.broadcast_to(patterns[turned].T, a.shape)
        index = index.copy()
        low = 1.6 * min(float(index[turned].min()), 0.0) - 40
        table = level_table(a, own, low=low, high=max(float(index[turned].max()), 0.0) + 20)
        index[turned] = table.index_of(e0[turned].T).T
    return index[..., np.newaxis] * patterns[:, np.newaxis], patterns, e0


def fit_autoregression(years: ArrayLike, values: ArrayLike) -> Autoregression:
    """The first-order autoregression about 0 of series that may skip years.

    years  : (year,) rising, with gaps where years are left out
    values : (year,) or (year, series); NaN where a series is not known
    The likelihood of each step of n years, rho^n and sigma^2 (1 - rho^2n) / (1 - rho^2), over
    rho from 0 to 0.99: no more, so that a deviation stays bounded and populations coherent.
    """
    when = np.asarray(years, dtype=float)
    table = np.asarray(values, dtype=float)
    table = table[:, np.newaxis] if table.ndim == 1 else table
    _refuse_short(when, table)
    gap = np.broadcast_to(np.diff(when)[:, np.newaxis], (len(when) - 1, table.shape[1]))
    known = ~np.isnan(table[1:]) & ~np.isnan(table[:-1])
    gap, before, after = gap[known], table[:-1][known], table[1:][known]
    best, found = -np.inf, Autoregression(0.0, 0.0)
    for rho in np.arange(0, LARGEST_RHO + 0.005, 0.01):
        width = (1 - rho ** (2 * gap)) / (1 - rho**2)
        variance = float((((after - rho**gap * before) ** 2) / width).mean())
        likelihood = -0.5 * (len(gap) * np.log(max(variance, 1e-300)) + np.log(width).sum())
        if likelihood > best:
            best, found = likelihood, Autoregression(float(rho), float(np.sqrt(variance)))
    return found


def drift_of(years: ArrayLike, k: ArrayLike) -> tuple[float, float, float]:
    """Drift a year, its standard error and the deviation of one year's step, of a random walk.

    years, k : (year,); steps over several years count as such
    """
    when, level = np.asarray(years, dtype=float), np.asarray(k, dtype=float)
    _refuse_short(when, level[:, np.newaxis])
    gap, step = np.diff(when), np.diff(level)
    drift = float(step.sum() / gap.sum())
    sigma = float(np.sqrt((((step - drift * gap) ** 2) / gap).sum() / (len(gap) - 1)))
    return drift, sigma / float(np.sqrt(gap.sum())), sigma


def _logs(mx: ArrayLike, axes: int) -> Array:
    rates = np.asarray(mx, dtype=float)
    if rates.ndim != axes or (axes == 3 and rates.shape[1] != 2):
        message = say("death rates have shape {found}", found=rates.shape)
        raise InputError(say("mortality"), message)
    if len(rates) < LEAST_PERIODS:
        message = say("{given} periods of death rates", given=len(rates))
        cure = say("give at least {needed}", needed=LEAST_PERIODS)
        raise InputError(say("mortality"), f"{message}; {cure}")
    if not (np.isfinite(rates) & (rates > 0)).all():
        raise InputError(say("mortality"), say("a death rate is zero, negative or missing"))
    return np.log(rates)


def _first_factor(centred: Array) -> tuple[Array, Array, float]:
    """Pattern (column,), index (row,) and share of variance of the first singular pair.

    Its sign is such that the pattern is positive on the whole: nothing is left to the library.
    """
    left, size, right = np.linalg.svd(centred, full_matrices=False)
    sign = 1.0 if right[0].sum() >= 0 else -1.0
    variance = float((size**2).sum())
    share = float(size[0] ** 2 / variance) if variance > 0 else 0.0
    return sign * right[0], sign * left[:, 0] * size[0], share


def _refuse_short(years: Array, values: Array) -> None:
    if len(years) != len(values) or (np.diff(years) <= 0).any():
        raise InputError(say("mortality"), say("the years of a series must rise, one value each"))
    if len(years) < LEAST_YEARS:
        message = say("{given} years of a series", given=len(years))
        cure = say("give at least {needed}", needed=LEAST_YEARS)
        raise InputError(say("mortality"), f"{message}; {cure}")


def _through_four(values: Array, at: Array, first: NDArray[np.intp], wanted: Array) -> Array:
    """Lagrange's cubic through four points of the last axis, from `first` on, at `wanted`."""
    places = first[..., np.newaxis] + np.arange(4)
    x = np.take_along_axis(at, places, axis=-1)
    y = np.take_along_axis(values, places, axis=-1)
    found = np.zeros(wanted.shape)
    for i in range(4):
        weight = np.ones(wanted.shape)
        for j in range(4):
            if i != j:
                weight = weight * (wanted - x[..., j]) / (x[..., i] - x[..., j])
        found = found + weight * y[..., i]
    return found
