"""Fertility of the years ahead: age schedules by mean and spread, and the two random processes.

Pure functions on arrays; ages are completed years 0..100 as in `schedules`. The nation moves by
an autoregressive process of the logarithm of its total fertility rate (TFR); regions move
around the nation by Scale-AR(1). Normals come in with the draw axis first, so the first draws
of a longer set are the draws of a shorter one; results have it last, as everywhere.

Sources: Brass (1974) for schedules moved by place and scale on the cumulative; Sevcikova,
Raftery & Gerland (2018), "Probabilistic projection of subnational total fertility rates",
Demographic Research 38(60), for Scale-AR(1).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.demography.schedules import MIDDLES
from forecast.errors import Faults, InputError
from forecast.space import AGES
from forecast.words import say

Array = NDArray[np.float64]

MEANS = (15.0, 45.0)  # mean ages at birth that a schedule may have, years
SPREADS = (2.0, 12.0)  # standard deviations of the age at birth, years
SUM_ERROR = 1e-6  # of a pattern that must sum to 1
STEPS, SETTLED = 200, 1e-10


def mean_and_spread(pattern: ArrayLike) -> tuple[Array, Array]:
    """Mean age at birth and its standard deviation, years, of a pattern (age, ...), any level."""
    shares = np.asarray(pattern, dtype=float)
    shares = shares / shares.sum(axis=0)
    mean = np.tensordot(MIDDLES, shares, axes=1)
    variance = np.tensordot(MIDDLES**2, shares, axes=1) - mean**2
    return np.asarray(mean), np.sqrt(np.maximum(variance, 0.0))


def relational_schedule(standard: ArrayLike, mean: ArrayLike, spread: ArrayLike) -> Array:
    """(age, ...) the standard pattern at other mean ages and spreads; each sums to 1.

    standard : (age,) shares of total fertility, ages 0..100, summing to 1
    mean     : (...) mean ages at birth, years, within 15..45
    spread   : (...) standard deviations of the age at birth, years, within 2..12
    The cumulative pattern is moved and stretched along the age axis (place and scale), so the
    result is as smooth as the standard; mean and spread are met to 1e-10 year, and the
    standard's own mean and spread give the standard itself.
    Raises InputError with every fault of the arguments.
    """
    shares = np.asarray(standard, dtype=float)
    means, spreads = np.broadcast_arrays(
        np.asarray(mean, dtype=float), np.asarray(spread, dtype=float)
    )
    _refuse(shares, means, spreads)
    edges = np.arange(len(AGES) + 1, dtype=float)
    curve = _monotone_cubic(np.concatenate([[0.0], np.cumsum(shares)]))
    own_mean, own_spread = mean_and_spread(shares)
    place, scale = means.ravel().copy(), spreads.ravel() / own_spread
    for _ in range(STEPS):
        at = (edges[:, np.newaxis] - place) / scale + own_mean
        pattern = np.diff(curve(np.clip(at, 0.0, edges[-1])), axis=0)
        pattern /= pattern.sum(axis=0)
        found = mean_and_spread(pattern)
        misses = means.ravel() - found[0], spreads.ravel() / found[1]
        if max(np.abs(misses[0]).max(), np.abs(misses[1] - 1).max()) < SETTLED:
            return np.asarray(pattern.reshape(len(AGES), *means.shape))
        place += misses[0]
        scale *= misses[1]
    message = say("no schedule has mean ages of {means} years and spreads of {spreads}",
                  means=_range(means), spreads=_range(spreads))  # fmt: skip
    raise InputError(say("fertility"), message)


def _monotone_cubic(values: Array) -> Callable[[Array], Array]:
    """The curve through `values` at 0, 1, 2, ... that rises where they do (Fritsch & Butland 1984).

    It is scipy's PchipInterpolator for knots one apart, without the third of a second that every
    run would wait for scipy.interpolate. To be asked within the knots alone.
    """
    rise = np.diff(values)
    both = rise[:-1] * rise[1:] > 0
    mean = np.divide(3.0, rise[:-1], out=np.zeros_like(rise[1:]), where=both)
    mean += np.divide(3.0, rise[1:], out=np.zeros_like(rise[1:]), where=both)
    inner = np.divide(6.0, mean, out=np.zeros_like(mean), where=both)
    slope = np.concatenate([[_end_slope(*rise[:2])], inner, [_end_slope(*rise[-1:-3:-1])]])
    bend = slope[:-1] + slope[1:] - 2 * rise
    parts = values[:-1], slope[:-1], rise - slope[:-1] - bend, bend

    def curve(at: Array) -> Array:
        knot = np.minimum(at.astype(int), len(rise) - 1)
        past = at - knot
        start, first, second, third = (part[knot] for part in parts)
        found: Array = start + first * past + second * past**2 + third * past**3
        return found

    return curve


def _end_slope(first: float, second: float) -> float:
    """Slope at an end from the rises of the two intervals beside it: three points, no overshoot."""
    slope = (3 * first - second) / 2
    if slope * first <= 0:
        return 0.0
    return 3 * first if first * second <= 0 and abs(slope) > 3 * abs(first) else slope


def _refuse(shares: Array, means: Array, spreads: Array) -> None:
    faults = Faults()
    where = say("age pattern")
    if shares.shape != (len(AGES),):
        faults.add(where, say("{found} ages instead of {wanted}", found=shares.shape[0],
                              wanted=len(AGES)))  # fmt: skip
    elif not (shares >= 0).all():
        age = int(np.argmin(np.where(np.isnan(shares), -np.inf, shares)))
        faults.add(where, say("age {age} is negative or missing", age=age))
    elif not abs(shares.sum() - 1) <= SUM_ERROR:
        faults.add(where, say("it sums to {sum}, not to 1", sum=f"{shares.sum():.6g}"))
    for name, values, (low, high) in (
        (say("mean age at birth"), means, MEANS),
        (say("spread of the age at birth"), spreads, SPREADS),
    ):
        if not ((values >= low) & (values <= high)).all():
            message = say("{values} years; it must lie between {low} and {high}",
                          values=_range(values), low=f"{low:g}", high=f"{high:g}")  # fmt: skip
            faults.add(name, message)
    if faults:
        raise InputError(say("fertility"), faults)


def _range(values: Array) -> str:
    low, high = float(np.min(values)), float(np.max(values))
    return f"{low:.4g}" if low == high else f"{low:.4g}-{high:.4g}"


def ar1_spread(horizon: ArrayLike, rho: float, sigma: float) -> Array:
    """Standard deviation of an AR(1) that starts at its mean, after `horizon` years, (...).

    sigma sqrt((1 - rho^(2h)) / (1 - rho^2)); sigma sqrt(h) where rho is 1.
    """
    ahead = np.asarray(horizon, dtype=float)
    if rho == 1:
        return np.asarray(sigma * np.sqrt(ahead))
    return np.asarray(sigma * np.sqrt((1 - rho ** (2 * ahead)) / (1 - rho**2)))


def scale_path(start: ArrayLike, rho: float, years: int) -> Array:
    """(year, region) the ratios of regions to the nation that Scale-AR(1) expects.

    start : (region,) ratios in the last observed year; year 1..years after it
    Each year the distance from 1 shrinks to `rho` times itself.
    """
    ratio = np.asarray(start, dtype=float)
    ahead = np.arange(1, years + 1)[:, np.newaxis]
    return np.asarray(1 + rho**ahead * (ratio - 1))


def scale_ar1(
    start: ArrayLike, rho: float, sigma: float, floor: float, normals: ArrayLike
) -> Array:
    """(year, region, draw) TFR of regions over their expected path, without the nation's draws.

    start   : (region,) ratio of the region's TFR to the nation's in the last observed year
    rho     : what is left of the distance from the nation after a year
    sigma   : standard deviation of a year's shock, in ratios
    floor   : no ratio falls below it
    normals : (draw, year, region) standard normals, independent between years and regions
    alpha(t) - 1 = rho (alpha(t-1) - 1) + sigma eps(t), alpha >= floor; the result is alpha(t)
    over `scale_path`, with median 1 (Sevcikova, Raftery & Gerland 2018, equations 4-5).
    """
    shocks = np.moveaxis(np.asarray(normals, dtype=float), 0, -1)
    ratio = np.repeat(np.asarray(start, dtype=float)[:, np.newaxis], shocks.shape[-1], axis=1)
    expected = np.maximum(scale_path(start, rho, len(shocks)), floor)
    found = np.empty_like(shocks)
    for year, shock in enumerate(shocks):
        ratio = np.maximum(1 + rho * (ratio - 1) + sigma * shock, floor)
        found[year] = ratio
    return found / expected[..., np.newaxis]


def log_path(
    normals: ArrayLike, rho: float, sigma: float, sigma_error: float, of_sigma: ArrayLike
) -> Array:
    """(year, draw) deviation of the nation's log TFR from its central path, median 0.

    normals     : (draw, year) standard normals, the first year being the first one forecast
    rho, sigma  : d(t) = rho d(t-1) + sigma eps(t), d(0) = 0; rho = 1 is a random walk
    sigma_error : relative error of sigma; a draw keeps one sigma for all years,
                  sigma exp(sigma_error z), so tails are heavier than those of one sigma
    of_sigma    : (draw,) standard normals for it
    """
    shocks = np.asarray(normals, dtype=float).T
    of_draw = sigma * np.exp(sigma_error * np.asarray(of_sigma, dtype=float))
    found = np.empty_like(shocks)
    deviation = np.zeros_like(of_draw)
    for year, shock in enumerate(shocks):
        deviation = rho * deviation + of_draw * shock
        found[year] = deviation
    return found
