"""How much of a change between two years is noise, and the smoothing that follows from it.

A register counts everybody and a survey asks one in a hundred; a forecast has to lean on the
last year of the one and on the mean of several years of the other. Which of them a panel is can
be read off the panel itself: noise of the count shows as changes that are taken back a year later.

Local level (Harvey 1989, section 4.1): y = level + noise, level a random walk. The variance of
the changes is q + 2 s and the covariance of one change with the next -s, with q the variance of
the level's steps and s that of the noise, so both follow from moments, pooled over all cells.
The best forecast is exponential smoothing with the weight of the steady state

    alpha = (sqrt(r^2 + 4 r) - r) / 2,   r = q / s,   alpha = 1 without noise.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEAST_YEARS = 4  # two pairs of neighbouring changes; with fewer nothing is told about noise


def smoothing_weight(series: Array, least: float = 0.02) -> float:
    """Weight of the last year in the exponential smoothing of a panel of cells, least to 1.

    series : (year, ...) sizes >= 0, such as shares of all moves; large cells count more (the
             squared changes are divided by the mean of the cell, as in Pearson's statistic)
    Panels of fewer than four years are taken at their last year (1.0).
    """
    if len(series) < LEAST_YEARS:
        return 1.0
    mean = series.mean(axis=0)
    change = np.diff(series, axis=0)
    change = np.divide(change, np.sqrt(mean), out=np.zeros_like(change), where=mean > 0)
    variance = float(np.square(change).sum()) / len(change)
    together = float((change[1:] * change[:-1]).sum()) / (len(change) - 1)
    noise = min(max(-together, 0.0), variance / 2)
    if noise <= 0:
        return 1.0
    ratio = (variance - 2 * noise) / noise
    alpha = (np.sqrt(ratio * ratio + 4 * ratio) - ratio) / 2
    return float(max(alpha, least))


def smoothed(series: Array, weight: float) -> Array:
    """(...) the exponentially smoothed level of (year, ...) at its last year.

    The weights fall by 1 - weight a year and sum to 1 over the years that there are, so a panel
    that is short, or all noise, gives the plain mean.
    """
    weights = (1 - weight) ** np.arange(len(series), dtype=float)[::-1]
    level: Array = np.tensordot(weights / weights.sum(), series, axes=1)
    return level


def slope(values: Array) -> float:
    """Least-squares slope per step; 0 for a single value."""
    if len(values) < 2:
        return 0.0
    step = np.arange(len(values)) - (len(values) - 1) / 2
    return float((step * values).sum() / np.square(step).sum())


def damped(horizon: int, phi: float) -> float:
    """Steps that a trend still makes over `horizon` years when each is `phi` of the one before."""
    return float(np.sum(phi ** np.arange(1, horizon + 1)))


def persistence(series: Array, weights: Array, *, default: float, years: int) -> float:
    """How much of a deviation from zero is left a year later, pooled over series, 0 to 1.

    series  : (year, series) deviations; weights : (series,) their worth
    default : used with fewer than `years` years
    The covariance over two years by that over one (instrumental in the noise of the count, which
    enters neither), so noise does not look like reversion.
    """
    if len(series) < years:
        return default
    one = float((weights * series[1:] * series[:-1]).sum()) / (len(series) - 1)
    two = float((weights * series[2:] * series[:-2]).sum()) / (len(series) - 2)
    return float(np.clip(two / one, 0.0, 1.0)) if one > 0 else default
