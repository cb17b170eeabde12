"""Poisson pseudo-maximum likelihood with absorbed effects, on a panel of moves.

    E F[t, i, j] = exp(b'x[t, i, j] + effects),

with effects of pairs, years, origins, destinations or origin-years that are never put into a
matrix: each step of iteratively reweighted least squares takes them out of the regressors by
alternating projections (Correia, Guimaraes & Zylkin 2020, 'Fast Poisson estimation with
high-dimensional fixed effects', Stata Journal 20(1)). The counts need not be Poisson: only the
mean must be right (Gourieroux, Monfort & Trognon 1984), so errors are clustered and flows may be
fractions. The axes of a panel make every projection a sum over an axis, which is why this is
written out here: 51 regions, 18 years and 8 regressors take a few tenths of a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.errors import RunError
from forecast.migration.separation import cells_without_moves, separated
from forecast.words import say

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Effect = tuple[int, ...]  # the axes (year, origin, destination) that one effect keeps

CONSTANT: Effect = ()
YEAR: Effect = (0,)
ORIGIN: Effect = (1,)
DESTINATION: Effect = (2,)
ORIGIN_YEAR: Effect = (0, 1)
PAIR: Effect = (1, 2)

TOLERANCE = 1e-10  # change of the deviance between two steps, relative
STEPS = 100
PROJECTIONS = 5000
COLLINEAR = 1e-7  # share of a regressor that must be left beside effects and other regressors


@dataclass(frozen=True, repr=False)
class Ppml:
    """A fitted model.

    names        : regressors with a coefficient, in order
    coefficients : (regressor,)
    covariance   : (regressor, regressor) clustered by `clusters` groups (pairs), G / (G - 1)
    expected     : (year, origin, destination) fitted flows; 0 where `used` is False
    effects      : {effect: array that broadcasts over the panel}, on the scale of logs; -inf where
                   nothing but zeros was seen, NaN where nothing was seen
    used         : cells that the estimate rests on
    deviance     : of the cells used
    notes        : what was left out, in words
    """

    names: tuple[str, ...]
    coefficients: Array
    covariance: Array
    expected: Array
    effects: Mapping[Effect, Array]
    used: Mask
    deviance: float
    steps: int
    clusters: int
    notes: tuple[str, ...]

    @property
    def standard_errors(self) -> Array:
        """(regressor,) from pairs as clusters."""
        errors: Array = np.sqrt(np.diag(self.covariance))
        return errors

    def coefficient(self, name: str) -> float:
        """The coefficient of a regressor; 0 where it could not be estimated."""
        return float(self.coefficients[self.names.index(name)]) if name in self.names else 0.0


def ppml(
    flows: Array,
    regressors: Mapping[str, Array],
    effects: Sequence[Effect],
    *,
    offset: Array | float = 0.0,
    clusters: Effect = PAIR,
    what: str = "",
) -> Ppml:
    """Fit E F = exp(b'x + effects + offset).

    flows      : (year, origin, destination) >= 0; the diagonal is not read. NaN: not known
    regressors : {name: array that broadcasts over flows}; a cell with a NaN is not used
    effects    : each by the axes it keeps, the one with most groups first, e.g. (PAIR, YEAR)
    offset     : known part of the log of what is expected; broadcasts over flows
    clusters   : axes of the groups within which errors may depend on each other in any way
    what       : named in messages

    Groups of an effect without any moves carry no information and are left out, as are zeros
    that a regressor tells apart from every move (`separation`); regressors that the effects or
    earlier regressors already hold get no coefficient. `notes` says all of it.
    Raises RunError when the steps do not converge.
    """
    columns = np.array([np.broadcast_to(x, flows.shape) for x in regressors.values()], dtype=float)
    columns = columns.reshape(-1, *flows.shape)
    known = ~np.isnan(flows) & ~np.isnan(columns).any(axis=0) & ~np.eye(flows.shape[1], dtype=bool)
    moved, columns = np.where(known, flows, 0.0), np.where(known, columns, 0.0)
    given = np.where(known, offset, 0.0)
    empty = cells_without_moves(moved, known, effects)
    used = known & ~empty
    notes = _of_empty(empty, moved, effects)
    names, columns = _identified(list(regressors), columns, used, effects, notes)
    apart, culprits = separated(moved, columns, used, effects, names)
    if apart.any():
        used = used & ~apart
        used &= ~cells_without_moves(moved, used, effects)
        notes.append(say(
            "zeros that {names} tells apart from every move, left out: {n}",
            names=", ".join(culprits) or say("the model"), n=int(apart.sum()),
        ))  # fmt: skip
        names, columns = _identified(names, columns, used, effects, notes)
    step = _fit(np.where(used, moved, 0.0), columns, used, effects, given, what)
    covariance, count = _clustered(step, moved, used, clusters)
    rest = step.linear - given - np.tensordot(step.coefficients, columns, axes=1)
    parts = additive(rest, used, effects)
    return Ppml(
        tuple(names), step.coefficients, covariance, step.expected,
        {effect: _marked(part, known, used, effect) for effect, part in parts.items()},
        used, step.deviance, step.count, count, tuple(notes),
    )  # fmt: skip


def absorb(columns: Array, weights: Array, effects: Sequence[Effect]) -> Array:
    """(column, year, origin, destination) less its weighted projection on the effects.

    Alternating projections: the mean of every group is taken out, effect by effect, until none
    of them is left. With weights that are near to a product of effects, as expected flows are,
    few rounds do.
    """
    left = np.where(weights > 0, columns, 0.0)
    plans = []
    for kept in effects:
        summed = tuple(axis for axis in range(3) if axis not in kept)
        total = weights.sum(axis=summed, keepdims=True)
        inverse = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)
        plans.append((tuple(axis + 1 for axis in summed), inverse))
    mask = weights > 0
    scale = np.sqrt((np.square(left) * weights).sum(axis=(1, 2, 3)) / (weights.sum() or 1.0))
    scale[scale == 0] = 1.0
    for _ in range(PROJECTIONS):
        worst = 0.0
        for summed, inverse in plans:
            mean = (left * weights).sum(axis=summed, keepdims=True) * inverse
            left -= mean * mask
            worst = max(worst, float((np.abs(mean).max(axis=(1, 2, 3)) / scale).max(initial=0.0)))
        if worst < 1e-11 or len(plans) < 2:
            return left
    raise RunError("PPML", say("the effects are not taken out after {n} rounds", n=PROJECTIONS))


def additive(values: Array, used: Mask, effects: Sequence[Effect]) -> dict[Effect, Array]:
    """The effects whose sum is `values` on the cells used: each with its axes kept, 0 elsewhere.

    The first effect carries the level. Exact where values are such a sum.
    """
    parts, counts = {}, []
    mask = used.astype(float)
    for kept in effects:
        summed = tuple(axis for axis in range(3) if axis not in kept)
        count = mask.sum(axis=summed, keepdims=True)
        counts.append((kept, summed, np.maximum(count, 1.0)))
        parts[kept] = np.zeros_like(count)
    rest = np.where(used, values, 0.0)
    size = float(np.abs(rest).max(initial=0.0)) or 1.0
    for _ in range(PROJECTIONS):
        worst = 0.0
        for kept, summed, count in counts:
            mean = rest.sum(axis=summed, keepdims=True) / count
            parts[kept] += mean
            rest = rest - mean * mask
            worst = max(worst, float(np.abs(mean).max(initial=0.0)))
        if worst < 1e-12 * size:
            break
    return parts


@dataclass(frozen=True)
class _Step:
    """One step of the weighted regressions."""

    coefficients: Array
    linear: Array  # logs of what is expected
    expected: Array
    deviance: float
    regressors: Array  # without effects, under the weights of the step
    count: int


def _fit(
    flows: Array, columns: Array, used: Mask, effects: Sequence[Effect], offset: Array, what: str
) -> _Step:
    """Iteratively reweighted least squares until the deviance stands still."""
    total = float(flows.sum())
    if total <= 0:
        zero = np.zeros_like(flows)
        return _Step(np.zeros(len(columns)), zero, zero, 0.0, columns, 0)
    summed = tuple(axis for axis in range(3) if axis not in effects[0])
    group = flows.sum(axis=summed, keepdims=True) / np.maximum(
        used.sum(axis=summed, keepdims=True), 1)  # fmt: skip
    expected = np.where(used, (flows + group) / 2, 0.0)
    linear = np.log(expected, out=np.zeros_like(flows), where=used)
    deviance = np.inf  # the start is no model: between a mean and what was seen, too near to it
    left, target, before = columns, np.zeros_like(flows), np.zeros_like(flows)
    for count in range(1, STEPS + 1):
        ratio = np.divide(flows, expected, out=np.ones_like(flows), where=used)
        working = np.where(used, linear - offset + ratio - 1, 0.0)
        # the columns of the last step differ from the raw ones by effects only: a near start
        both = absorb(np.concatenate([left, (target + working - before)[None]]), expected, effects)
        left, target, before = both[:-1], both[-1], working
        weighted = _flat(left * expected)
        flat = _flat(left)
        try:
            coefficients = np.linalg.solve(weighted @ flat.T, weighted @ target.ravel())
        except np.linalg.LinAlgError:
            break
        ahead = offset + working - target + np.tensordot(coefficients, left, axes=1)
        linear, expected, now = _downhill(flows, used, linear, ahead, deviance)
        change, deviance = np.abs(deviance - now), now
        if change <= TOLERANCE * (deviance + 1e-3 * total):
            left = absorb(left, expected, effects)
            return _Step(coefficients, linear, expected, deviance, left, count)
    message = say("the estimate does not converge in {n} steps", n=count)
    cure = say("leave out drivers that move together or regions with hardly any moves")
    raise RunError(what or "PPML", f"{message}; {cure}")


def _downhill(
    flows: Array, used: Mask, here: Array, ahead: Array, deviance: float
) -> tuple[Array, Array, float]:
    """The new logs, halfway back as often as the deviance rises."""
    for _ in range(20):
        with np.errstate(over="ignore", invalid="ignore"):
            expected = np.where(used, np.exp(ahead), 0.0)
            now = _deviance(flows, expected, used)
        if np.isfinite(now) and now <= deviance * (1 + 1e-6) + 1e-9 * flows.sum():
            break
        ahead = (here + ahead) / 2
    return ahead, expected, now


def _deviance(flows: Array, expected: Array, used: Mask) -> float:
    y, m = flows[used], expected[used]
    if not (m > 0).all():
        return np.inf
    logs = np.log(y / m, out=np.zeros_like(y), where=y > 0)
    found = float(2 * (y * logs - y + m).sum())
    return found if np.isfinite(found) else np.inf


def _clustered(step: _Step, flows: Array, used: Mask, clusters: Effect) -> tuple[Array, int]:
    """Covariance of the coefficients, clustered, times G / (G - 1), and the number of clusters G.

    With effects taken out of the regressors the score of a group is sum x (F - mu), and the
    sandwich is that of the regression with all dummies (Frisch-Waugh-Lovell). No further factor
    for the number of parameters, as in Stata's ppmlhdfe with effects nested in clusters.
    """
    left = step.regressors
    summed = tuple(axis for axis in range(3) if axis not in clusters)
    count = int(used.any(axis=summed).sum())
    if not len(left) or count < 2:
        return np.full((len(left), len(left)), np.nan), count
    flat = _flat(left)
    bread = np.linalg.inv((flat * step.expected.ravel()) @ flat.T)
    missed = np.where(used, flows - step.expected, 0.0)
    scores = _flat((left * missed).sum(axis=tuple(axis + 1 for axis in summed)))
    covariance: Array = bread @ (scores @ scores.T) @ bread * (count / (count - 1))
    return covariance, count


def _identified(
    names: list[str], columns: Array, used: Mask, effects: Sequence[Effect], notes: list[str]
) -> tuple[list[str], Array]:
    """Regressors that effects and earlier regressors do not already hold; notes name the others."""
    flat = _flat(absorb(columns, used.astype(float), effects))
    size = np.linalg.norm(_flat(columns * used), axis=1)
    kept: list[int] = []
    basis: list[Array] = []
    for place, column in enumerate(flat):
        for direction in basis:
            column = column - direction * (direction @ column)
        left = float(np.linalg.norm(column))
        if left > COLLINEAR * size[place]:
            kept.append(place)
            basis.append(column / left)
    if len(kept) < len(names):
        notes.append(say(
            "no coefficient for {names}: the effects or other drivers already hold it",
            names=", ".join(name for k, name in enumerate(names) if k not in kept),
        ))  # fmt: skip
    return [names[k] for k in kept], columns[kept]


def _flat(columns: Array) -> Array:
    """(column, cell)"""
    return columns.reshape(len(columns), int(np.prod(columns.shape[1:])))


def _of_empty(empty: Mask, flows: Array, effects: Sequence[Effect]) -> list[str]:
    """What groups without moves were left out, in words."""
    if not empty.any():
        return []
    if PAIR in effects:
        pairs = int((empty.any(axis=0) & ~(flows > 0).any(axis=0)).sum())
        if pairs:
            return [say("pairs without any moves, left out of the estimate: {n}", n=pairs)]
    return [say("cells of years or regions without any moves, left out of the estimate: {n}",
                n=int(empty.sum()))]  # fmt: skip


def _marked(part: Array, known: Mask, used: Mask, effect: Effect) -> Array:
    """Effects of groups that nobody saw NaN, of groups with zeros alone -inf."""
    summed = tuple(axis for axis in range(3) if axis not in effect)
    seen = known.any(axis=summed, keepdims=True)
    rests = used.any(axis=summed, keepdims=True)
    return np.where(rests, part, np.where(seen, -np.inf, np.nan))
