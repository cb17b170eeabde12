"""Intervals of a forecast of flows from what the same model missed at earlier origins.

Counts are not Poisson: intervals from a Poisson law of 80 % hold 5-23 % of what comes. So the
errors are taken as they were. The scale is conformal: the quantile of |log(observed / forecast)|
at earlier origins and the same horizon; of a cell by its size (five bins), of a margin over all
regions, of the association (what is left when the forecast has the observed margins) by size too.

Draws keep the three apart. Margins are drawn first, with what they have in common (the level) and
the measured correlation of a region's departures and arrivals; then the association of every
cell, there and back correlated; then the table with both (iterative proportional fitting). So
cells add up to margins and nets in every draw, and single noisy cells do not swell their sums.

Errors of one origin share its level, and windows of neighbouring origins overlap: n origins at
horizon h are worth (n + h - 1) / h. Scales are widened by sqrt(1 + c / worth), with c the share of
the level in the variance (Dunn, Wasserman & Ramdas 2022 treat the same two layers; the widening
is that of a predicted mean).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.errors import InputError
from forecast.words import say

Array = NDArray[np.float64]

BINS = 5  # of the size of a forecast cell
FEWEST = 2  # earlier origins with which a scale can be told
HALF = 0.5  # of the smallest flow that was ever counted: what zero is in a ratio
GRID = 200  # quantiles that are kept of each bin
MEDIAN = 0.4549  # of the square of a standard normal number
ROUNDS = 20  # of scaling to margins; ten give four digits


@dataclass(frozen=True)
class Scale:
    """Sizes of log errors by the size of what is forecast.

    edges : (bin - 1,) sizes at which the next bin begins, persons; what is smaller than the
            smallest flow that was ever counted is a bin of its own
    sizes : (bin, quantile) |log error| at even steps of probability 0 to 1
    """

    edges: Array
    sizes: Array

    def reach(self, forecast: Array, share: Array) -> Array:
        """Log points from the forecast to the quantile `share` of the size of errors."""
        bins = np.searchsorted(self.edges, forecast, side="right")
        bins = np.broadcast_to(bins, share.shape)
        place = share * (GRID - 1)
        before = np.minimum(place.astype(int), GRID - 2)
        part = place - before
        found: Array = (1 - part) * self.sizes[bins, before] + part * self.sizes[bins, before + 1]
        return found


@dataclass(frozen=True)
class FlowErrors:
    """What a model missed at one horizon.

    cells, margins, own : sizes of errors of cells, of margins, and of the association
    level    : standard deviation of the error of all moves, log points
    margin   : standard deviation of the errors of margins beyond it
    together : correlation of the errors of a region's departures and arrivals beyond the level
    paired   : correlation of the association of a pair, there and back
    common   : share of the level in the variance of a cell
    zero     : persons that a flow of 0 counts as in a ratio
    widened  : factor on all sizes, see the module
    origins  : earlier origins behind it
    """

    cells: Scale
    margins: Scale
    own: Scale
    level: float
    margin: float
    together: float
    paired: float
    common: float
    zero: float
    widened: float
    origins: int

    def bounds(self, forecast: Array, share: float) -> tuple[Array, Array]:
        """Lower and upper bound of each cell, persons; `share` of what comes lies inside."""
        reach = self.widened * self.cells.reach(forecast, np.full(forecast.shape, share))
        low = forecast * np.exp(-reach)
        high = np.maximum(forecast, self.zero) * np.exp(reach)
        low = np.where(low <= self.zero * (1 + 1e-9), 0.0, low)
        return _without_diagonal(low), _without_diagonal(high)

    def draws(self, forecast: Array, count: int, generator: np.random.Generator) -> Array:
        """(draw, origin, destination) flows that add up to their drawn margins."""
        regions = len(forecast)
        common = generator.standard_normal((count, 1))
        leave = generator.standard_normal((count, regions))
        other = generator.standard_normal((count, regions))
        reach = self.together * leave + np.sqrt(1 - self.together**2) * other
        out, into = (
            self._drawn(self.margins, sums, self.level * common + self.margin * part)
            for sums, part in ((forecast.sum(axis=1), leave), (forecast.sum(axis=0), reach))
        )
        total = (out.sum(axis=1) + into.sum(axis=1)) / 2
        out *= (total / np.maximum(out.sum(axis=1), 1e-300))[:, None]
        into *= (total / np.maximum(into.sum(axis=1), 1e-300))[:, None]
        own = self._pairs(generator.standard_normal((count, regions, regions)))
        cells = self._drawn(self.own, np.broadcast_to(forecast, own.shape), own)
        return _fitted(_without_diagonal(cells), out, into)

    def _drawn(self, scale: Scale, forecast: Array, z: Array) -> Array:
        """The forecast moved by normal numbers `z` (any spread) through the sizes of errors."""
        from scipy.special import ndtr  # late: most models never draw

        spread = np.sqrt(self.level**2 + self.margin**2) if scale is self.margins else 1.0
        share = 2 * ndtr(np.abs(z) / max(spread, 1e-12)) - 1
        away = self.widened * scale.reach(forecast, share)
        drawn: Array = forecast * np.exp(np.sign(z) * away)
        return drawn

    def _pairs(self, z: Array) -> Array:
        """Standard normal numbers whose two cells of a pair are correlated by `paired`."""
        here = np.sqrt((1 + np.sqrt(1 - self.paired**2)) / 2)
        back = np.copysign(np.sqrt(1 - here**2), self.paired)
        return here * z + back * z.transpose(0, 2, 1)


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
    made = [np.asarray(forecast, dtype=float) for forecast in forecasts]
    came = [np.asarray(flows, dtype=float) for flows in observed]
    counted = [flows[flows > 0].min(initial=np.inf) for flows in came]
    zero = HALF * min([*counted, 1e300]) if np.isfinite(min(counted)) else HALF
    parts = [_parts(f, x, zero) for f, x in zip(made, came, strict=True)]
    cells = np.concatenate([f[away] for f in made])
    ratios = np.concatenate([
        _log_ratio(f, x, zero)[away] for f, x in zip(made, came, strict=True)
    ])  # fmt: skip
    left = np.concatenate([part.cells[away] for part in parts])
    sums = np.concatenate([part.sums for part in parts])
    out, into = (np.stack([getattr(part, name) for part in parts]) for name in ("out", "into"))
    beyond = np.concatenate([out, into]).ravel()
    level = float(np.sqrt(np.mean([part.level**2 for part in parts])))
    margin = float(np.sqrt(np.square(beyond).mean()))
    whole = np.concatenate([(part.level + np.concatenate([part.out, part.into])) for part in parts])
    spread = np.sqrt(np.square(out).mean() * np.square(into).mean())
    common = level**2 / max(
        float(np.median(np.square(ratios[cells > zero]))) / MEDIAN, level**2, 1e-300
    )
    worth = (len(parts) + horizon - 1) / horizon
    return FlowErrors(
        cells=_scale(cells, ratios, BINS, zero),
        margins=_scale(sums, whole, 1, zero),
        own=_scale(cells, left, BINS, zero),
        level=level,
        margin=margin,
        together=float(np.clip((out * into).mean() / spread, -0.99, 0.99)) if spread > 0 else 0.0,
        paired=_paired([part.cells for part in parts], away),
        common=common,
        zero=zero,
        widened=float(np.sqrt(1 + common / worth)),
        origins=len(parts),
    )


def _scale(forecast: Array, errors: Array, count: int, zero: float) -> Scale:
    """Sizes of errors in bins: what is below `zero`, and equal numbers of the rest."""
    positive = forecast[forecast > zero]
    inner = np.quantile(positive, np.arange(1, count) / count) if len(positive) else np.zeros(0)
    edges = np.concatenate([[zero], inner])
    bins = np.searchsorted(edges, forecast, side="right")
    sizes = np.zeros((len(edges) + 1, GRID))
    for place in range(len(sizes)):
        inside = bins == place
        if not inside.any():  # nothing of this size was ever forecast: it takes everything
            inside = np.ones_like(inside)
        sizes[place] = np.quantile(np.abs(errors[inside]), np.linspace(0, 1, GRID))
    return Scale(edges, sizes)


def _paired(cells: Sequence[Array], away: NDArray[np.bool_]) -> float:
    """Correlation between a cell and the one back."""
    there = np.concatenate([part[away] for part in cells])
    back = np.concatenate([part.T[away] for part in cells])
    size = float(np.square(there).mean())
    return float(np.clip((there * back).mean() / size, -0.99, 0.99)) if size > 0 else 0.0


@dataclass(frozen=True)
class _Parts:
    """Log errors of one forecast: of the level, of margins beyond it, of the association."""

    level: float
    out: Array
    into: Array
    sums: Array  # forecast margins, departures first
    cells: Array


def _parts(forecast: Array, observed: Array, zero: float) -> _Parts:
    out, into = forecast.sum(axis=1), forecast.sum(axis=0)
    real_out, real_into = observed.sum(axis=1), observed.sum(axis=0)
    level = float(_log_ratio(forecast.sum(), observed.sum(), zero))
    placed = _fitted(forecast[None], real_out[None], real_into[None])[0]
    return _Parts(
        level, _log_ratio(out, real_out, zero) - level, _log_ratio(into, real_into, zero) - level,
        np.concatenate([out, into]), _log_ratio(placed, observed, zero),
    )  # fmt: skip


def _fitted(cells: Array, out: Array, into: Array) -> Array:
    """(draw, origin, destination) cells scaled to margins, nearly: arrivals exactly.

    A margin that its cells cannot give stays as near as twenty rounds bring it.
    """
    columns = np.ones_like(into)
    for _ in range(ROUNDS):
        reached = np.matmul(cells, columns[..., None])[..., 0]
        rows = np.divide(out, reached, out=np.zeros_like(out), where=reached > 0)
        reached = np.matmul(cells.transpose(0, 2, 1), rows[..., None])[..., 0]
        columns = np.divide(into, reached, out=np.zeros_like(into), where=reached > 0)
    fitted: Array = rows[:, :, None] * cells * columns[:, None, :]
    return fitted


def _without_diagonal(flows: Array) -> Array:
    """The same with 0 where nobody moves; (..., origin, destination)."""
    clean = np.array(flows)
    here = np.arange(clean.shape[-1])
    clean[..., here, here] = 0.0
    return clean


def _log_ratio(forecast: Array | float, observed: Array | float, zero: float) -> Array:
    ratio: Array = np.log(np.maximum(observed, zero)) - np.log(np.maximum(forecast, zero))
    return ratio
