"""Candidate models of a national series, and how each forecast its past (rolling origin).

Candidates work on the logarithm, are fitted to the years up to an origin and forecast the
years after it. Nothing is drawn: the same series gives the same scores.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Candidate = Callable[[Array], Array]

HORIZON = 10  # years ahead that the past can judge
BANDS = ((1, 2), (3, 5), (6, 10))  # years ahead: short, medium, long
FITTED_YEARS = 8  # fewest years that a candidate with parameters is fitted to
AHEAD = np.arange(1, HORIZON + 1)
LAST = "last value"


def last_value(series: Array) -> Array:
    """A random walk: the last year stays."""
    return np.full(HORIZON, series[-1])


def drift(series: Array) -> Array:
    """A random walk with the mean change of all years."""
    return np.asarray(series[-1] + AHEAD * (series[-1] - series[0]) / (len(series) - 1))


def damped_trend(series: Array) -> Array:
    """Exponential smoothing with a damped trend (Gardner & McKenzie 1985)."""
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit that stops at a bound is scored like any other
        model = ExponentialSmoothing(
            series, trend="add", damped_trend=True, initialization_method="estimated"
        )
        return np.asarray(model.fit().forecast(HORIZON), dtype=float)


def arima_110(series: Array) -> Array:
    """ARIMA(1,1,0): a part of the last change goes on."""
    from statsmodels.tsa.arima.model import ARIMA

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(ARIMA(series, order=(1, 1, 0)).fit().forecast(HORIZON), dtype=float)


def reversion(series: Array) -> Array:
    """AR(1) around a mean, both by least squares; a walk where they tell no mean.

    A mean outside what was ever observed is no mean to return to, but a trend by another name.
    """
    if np.ptp(series) < 1e-9:
        return last_value(series)
    slope, level = np.polyfit(series[:-1], series[1:], 1)
    if not 0 <= slope < 0.99:
        return last_value(series)
    mean = level / (1 - slope)
    if not series.min() <= mean <= series.max():
        return last_value(series)
    return np.asarray(mean + (series[-1] - mean) * slope**AHEAD)


# From simple to involved: where scores do not differ by more than their error, the first stays.
CANDIDATES: dict[str, Candidate] = {
    LAST: last_value,
    "random walk with drift": drift,
    "reversion to a mean": reversion,
    "damped trend": damped_trend,
    "arima 1 1 0": arima_110,
}


class Band(NamedTuple):
    """Scores of one band of horizons.

    scores : mean absolute error by candidate, in the unit of the series (not its logarithm)
    chosen : the candidate in use; error: of the difference of the best one to `LAST`
    """

    first: int
    last: int
    forecasts: int
    scores: dict[str, float]
    chosen: str
    best: str
    error: float


class Rolled(NamedTuple):
    """(origin, horizon) errors in the logarithm, observed less forecast, by candidate; NaN
    where the year has not come. `absolute` are the same in the unit of the series."""

    errors: dict[str, Array]
    absolute: dict[str, Array]


def roll(series: Array) -> Rolled:
    """Every candidate from every origin with `FITTED_YEARS` years behind it.

    series : (year,) of one year each without gap, positive
    """
    logs = np.log(series)
    origins = range(FITTED_YEARS, len(series))
    shape = (len(origins), HORIZON)
    errors = {name: np.full(shape, np.nan) for name in CANDIDATES}
    absolute = {name: np.full(shape, np.nan) for name in CANDIDATES}
    for place, end in enumerate(origins):
        came = logs[end : end + HORIZON]
        for name, model in CANDIDATES.items():
            said = model(logs[:end])[: len(came)]
            errors[name][place, : len(came)] = came - said
            absolute[name][place, : len(came)] = np.abs(np.exp(came) - np.exp(said))
    return Rolled(errors, absolute)


def judge(rolled: Rolled) -> list[Band]:
    """Scores and choice of every band that has forecasts.

    The best candidate is in use where it beats the last value by more than the standard error
    of the difference, else the last value (one-standard-error rule). Forecasts of neighbouring
    origins share most of their years, so origins count as `origins / mean horizon` of them.
    """
    found = []
    for first, last in BANDS:
        part = {name: each[:, first - 1 : last] for name, each in rolled.absolute.items()}
        known = ~np.isnan(part[LAST])
        if not known.any():
            continue
        scores = {name: float(each[known].mean()) for name, each in part.items()}
        best = min(scores, key=lambda name: (scores[name], list(scores).index(name)))
        rows = known.any(axis=1)
        gain = np.nanmean(part[LAST][rows] - part[best][rows], axis=1)
        apart = max(len(gain) / ((first + last) / 2), 1.0)
        # one independent comparison tells no error of its own: nothing can beat the last value
        error = float(gain.std(ddof=1) / np.sqrt(apart)) if len(gain) > 2 else np.inf
        chosen = best if scores[LAST] - scores[best] > error else LAST
        found.append(Band(first, last, int(known.sum()), scores, chosen, best, error))
    return found


def joined(series: Array, bands: list[Band]) -> Array:
    """(horizon,) the central path: the chosen model of each band, joined smoothly.

    Between the middles of two bands the weight goes over in a straight line. Without bands
    (too few years to judge) the last value stays.
    """
    logs = np.log(series)
    if not bands:
        return np.exp(last_value(logs))
    middles = [(band.first + band.last) / 2 for band in bands]
    paths = [CANDIDATES[band.chosen](logs) for band in bands]
    weights = [np.interp(AHEAD, middles, np.eye(len(bands))[place]) for place in range(len(bands))]
    return np.exp(sum(weight * path for weight, path in zip(weights, paths, strict=True)))


def errors_in_use(rolled: Rolled, bands: list[Band]) -> Array:
    """(origin, horizon) log errors of the models in use, NaN where nothing is judged."""
    found = np.full_like(rolled.errors[LAST], np.nan)
    for band in bands:
        place = slice(band.first - 1, band.last)
        found[:, place] = rolled.errors[band.chosen][:, place]
    return found
