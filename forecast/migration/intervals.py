"""Intervals of a forecast of flows from what the same model missed at earlier origins.

Counts are not Poisson: intervals from a Poisson law of 80 % hold 5-23 % of what comes. So the
errors are taken as they were. The scale of a cell is conformal: the quantile of |log(observed /
forecast)| at earlier origins, by horizon and by size of the cell (five bins). What cells have in
common (the level, the pull of a destination, the push of an origin) is measured too, and draws
are made with it: a standard normal number of a cell

    z_ij = (s_T z_T + s_O z_i + s_D z_j + s_A z_ij) / s,   z_i and z_j of one region correlated,

goes through the conformal quantiles of its bin. Margins and nets are the sums of the drawn cells,
so everything is coherent, and single cells have the conformal intervals at every level.

Errors of one origin are alike, and windows of one another's neighbours overlap: the earlier
origins are worth fewer than they are many. The scale is widened by sqrt(1 + c / n), with c the
share of the common part in the variance and n = origins / horizon (Dunn, Wasserman & Ramdas 2022
treat the same two layers; the widening is that of a predicted mean).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from forecast.errors import InputError
from forecast.words import say

Array = NDArray[np.float64]

BINS = 5  # of the size of a forecast cell
FEWEST = 2  # earlier origins with which a scale can be told
SMALLEST = 0.5  # persons: a flow below half a person counts as half a one in a ratio
GRID = 200  # quantiles that are kept of each bin


@dataclass(frozen=True)
class FlowErrors:
    """What a model missed at one horizon.

    edges    : (bin - 1,) sizes of a forecast cell at which the next bin begins, persons
    sizes    : (bin, quantile) |log(observed / forecast)| at even steps of probability 0 to 1
    level, origin, destination : standard deviations of the common parts, log points
    own      : (bin,) standard deviation of what a cell has for itself
    together : correlation of a region's push and pull
    paired   : correlation of what the two cells of a pair, there and back, have for themselves
    widened  : factor on all sizes, see the module
    origins  : earlier origins behind it
    """

    edges: Array
    sizes: Array
    level: float
    origin: float
    destination: float
    own: Array
    together: float
    paired: float
    widened: float
    origins: int

    def bounds(self, forecast: Array, share: float) -> tuple[Array, Array]:
        """Lower and upper bound of each cell, persons; `share` of what comes lies inside."""
        reach = self._reach(forecast, np.full(forecast.shape, share))
        low = forecast * np.exp(-reach)
        high = np.maximum(forecast, SMALLEST) * np.exp(reach)
        low = np.where(low <= SMALLEST * (1 + 1e-9), 0.0, low)  # less than half a person is nobody
        return self._without_diagonal(low), self._without_diagonal(high)

    def draws(self, forecast: Array, count: int, generator: np.random.Generator) -> Array:
        """(draw, origin, destination) flows; the median of each cell is the forecast."""
        from scipy.special import ndtr  # late: most models never draw

        regions = len(forecast)
        own = self.own[self._bins(forecast)]
        common = generator.standard_normal((count, 1, 1))
        leave = generator.standard_normal((count, regions, 1))
        other = generator.standard_normal((count, regions, 1))
        reach = self.together * leave + np.sqrt(1 - self.together**2) * other
        z = self.level * common + self.origin * leave
        z = z + self.destination * reach.transpose(0, 2, 1)
        z = z + own * self._pairs(generator.standard_normal((count, regions, regions)))
        variance = self.level**2 + self.origin**2 + self.destination**2 + own**2
        z /= np.sqrt(variance)
        away = self._reach(forecast, 2 * ndtr(np.abs(z)) - 1)
        drawn = np.maximum(forecast, SMALLEST) * np.exp(np.sign(z) * away)
        drawn[drawn <= SMALLEST * (1 + 1e-9)] = 0.0
        diagonal = np.arange(regions)
        drawn[:, diagonal, diagonal] = 0.0
        return drawn

    def _pairs(self, z: Array) -> Array:
        """Standard normal numbers whose two cells of a pair are correlated by `paired`."""
        here = np.sqrt((1 + np.sqrt(1 - self.paired**2)) / 2)
        back = np.copysign(np.sqrt(1 - here**2), self.paired)
        return here * z + back * z.transpose(0, 2, 1)

    def _bins(self, forecast: Array) -> NDArray[np.intp]:
        return np.searchsorted(self.edges, forecast, side="right")

    def _reach(self, forecast: Array, share: Array) -> Array:
        """Log points from the forecast to the quantile `share` of the size of errors."""
        bins = np.broadcast_to(self._bins(forecast), share.shape)
        place = share * (GRID - 1)
        before = np.minimum(place.astype(int), GRID - 2)
        part = place - before
        return self.widened * (
            (1 - part) * self.sizes[bins, before] + part * self.sizes[bins, before + 1]
        )

    @staticmethod
    def _without_diagonal(flows: Array) -> Array:
        clean = np.array(flows)
        np.fill_diagonal(clean, 0.0)
        return clean

    @cached_property
    def common_share(self) -> float:
        """Share of the common parts in the variance of the median bin."""
        shared = self.level**2 + self.origin**2 + self.destination**2
        whole = shared + float(np.median(self.own)) ** 2
        return shared / whole if whole > 0 else 0.0


def flow_errors_of(
    forecasts: Sequence[Array], observed: Sequence[Array], horizon: int
) -> FlowErrors:
    """The errors of one model at one horizon from earlier origins.

    forecasts, observed : (origin, destination) of each earlier origin
    Raises InputError with fewer than two of them.
    """
    if len(forecasts) < FEWEST:
        message = say("{n} earlier forecasts; an interval needs {least}", n=len(forecasts),
                      least=FEWEST)  # fmt: skip
        raise InputError(say("intervals of flows"), message)
    away = ~np.eye(len(forecasts[0]), dtype=bool)
    parts = [_parts(f, x) for f, x in zip(forecasts, observed, strict=True)]
    cells = np.concatenate([f[away] for f in forecasts])
    ratios = np.concatenate([_log_ratio(f, x)[away] for f, x in zip(forecasts, observed,
                                                                    strict=True)])  # fmt: skip
    left = np.concatenate([part.cells[away] for part in parts])
    edges = np.quantile(cells, np.arange(1, BINS) / BINS)
    bins = np.searchsorted(edges, cells, side="right")
    steps = np.linspace(0, 1, GRID)
    sizes = np.zeros((BINS, GRID))
    own = np.zeros(BINS)
    for place in range(BINS):
        inside = bins == place
        if not inside.any():  # ties leave a bin empty: it takes everything
            inside = np.ones_like(inside)
        sizes[place] = np.quantile(np.abs(ratios[inside]), steps)
        own[place] = np.sqrt(np.square(left[inside]).mean())
    out, into = (np.stack([getattr(part, name) for part in parts]) for name in ("out", "into"))
    spread = np.sqrt(np.square(out).mean() * np.square(into).mean())
    errors = FlowErrors(
        edges=edges,
        sizes=sizes,
        level=float(np.sqrt(np.mean([part.level**2 for part in parts]))),
        origin=float(np.sqrt(np.square(out).mean())),
        destination=float(np.sqrt(np.square(into).mean())),
        own=np.maximum(own, 1e-9),
        together=float(np.clip((out * into).mean() / spread, -0.99, 0.99)) if spread > 0 else 0.0,
        paired=_paired([part.cells for part in parts], away),
        widened=1.0,
        origins=len(parts),
    )
    worth = max(1.0, len(parts) / horizon)
    return _widened(errors, float(np.sqrt(1 + errors.common_share / worth)))


def _paired(cells: Sequence[Array], away: NDArray[np.bool_]) -> float:
    """Correlation between a cell and the one back."""
    there = np.concatenate([part[away] for part in cells])
    back = np.concatenate([part.T[away] for part in cells])
    size = float(np.square(there).mean())
    return float(np.clip((there * back).mean() / size, -0.99, 0.99)) if size > 0 else 0.0


def _widened(errors: FlowErrors, factor: float) -> FlowErrors:
    from dataclasses import replace

    return replace(errors, widened=factor)


@dataclass(frozen=True)
class _Parts:
    level: float
    out: Array
    into: Array
    cells: Array


def _parts(forecast: Array, observed: Array) -> _Parts:
    """The log errors of the level, of both margins beyond it, and of cells beyond those."""
    level = float(_log_ratio(forecast.sum(), observed.sum()))
    out = _log_ratio(forecast.sum(axis=1), observed.sum(axis=1)) - level
    into = _log_ratio(forecast.sum(axis=0), observed.sum(axis=0)) - level
    cells = _log_ratio(forecast, observed) - level - out[:, None] - into[None, :]
    return _Parts(level, out, into, cells)


def _log_ratio(forecast: Array | float, observed: Array | float) -> Array:
    ratio: Array = np.log(np.maximum(observed, SMALLEST)) - np.log(np.maximum(forecast, SMALLEST))
    return ratio
