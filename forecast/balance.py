"""Adjusting a table to known margins, and rounding that keeps totals.

Iterative proportional fitting (Deming & Stephan 1940; Bishop, Fienberg & Holland 1975,
section 3.5) for any number of axes. Zeros of the seed are structural: they stay zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from forecast.errors import RunError
from forecast.words import say

Array = NDArray[np.float64]


def ipf(
    seed: Array,
    margins: Mapping[tuple[int, ...], Array],
    *,
    tolerance: float = 1e-10,
    rounds: int = 2000,
    what: str = "",
) -> Array:
    """The table nearest to `seed` (least information) whose sums are the given `margins`.

    seed    : array >= 0; its zeros stay zero
    margins : {kept axes: target}; the target's axes are the kept axes in ascending order, so
              {(0,): rows, (1,): columns} is the two-way table with given row and column sums
    tolerance : largest difference left, relative to the largest cell of the margin
    what    : named in the message when the margins cannot be met

    Raises RunError when a margin is positive where the seed has no positive cell, when the
    totals of the margins differ, or when `rounds` do not reach the tolerance.
    """
    fitted = np.array(seed, dtype=float)
    axes = range(fitted.ndim)
    plans = []
    for kept, target in margins.items():
        summed = tuple(axis for axis in axes if axis not in kept)
        plans.append((summed, np.expand_dims(np.asarray(target, dtype=float), summed)))
    _refuse_infeasible(fitted, plans, what)
    for _ in range(rounds):
        worst = 0.0
        for summed, target in plans:
            sums = fitted.sum(axis=summed, keepdims=True)
            scale = np.abs(target).max() or 1.0
            worst = max(worst, float(np.abs(sums - target).max() / scale))
            fitted = fitted * np.divide(target, sums, out=np.zeros_like(sums), where=sums > 0)
        if worst <= tolerance:
            return fitted
    raise RunError(what, say("the margins are not met after {n} rounds", n=rounds))


def _refuse_infeasible(
    seed: Array, plans: Sequence[tuple[tuple[int, ...], Array]], what: str
) -> None:
    totals = [float(target.sum()) for _, target in plans]
    if max(totals) - min(totals) > 1e-6 * max(1.0, max(totals)):
        text = ", ".join(f"{total:.6g}" for total in totals)
        raise RunError(what, say("the totals of the margins differ: {totals}", totals=text))
    for summed, target in plans:
        empty = (seed.sum(axis=summed, keepdims=True) <= 0) & (target > 0)
        if empty.any():
            where = [tuple(int(k) for k in place) for place in np.argwhere(empty)[:5]]
            message = say("a margin is positive where every cell is zero, at {where}", where=where)
            raise RunError(what, message)


def round_to_total(values: Array, totals: Array, axis: int | tuple[int, ...]) -> Array:
    """Whole numbers near `values` whose sums over `axis` are exactly the whole `totals`.

    Largest remainders: round down, then give one more to the cells with the largest
    fractions (ties by position, so that the result is reproducible).
    """
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    axes = tuple(a % values.ndim for a in axes)
    rest = [a for a in range(values.ndim) if a not in axes]
    moved = np.transpose(values, (*rest, *axes))
    shape = moved.shape
    flat = moved.reshape(int(np.prod(shape[: len(rest)], dtype=int)), -1)
    wanted = np.asarray(totals, dtype=float).reshape(-1)
    whole = np.floor(flat)
    missing = np.rint(wanted - whole.sum(axis=1)).astype(int)
    size = flat.shape[1]
    order = np.argsort(-(flat - whole), axis=1, kind="stable")
    for row, count in enumerate(missing):
        spread, extra = divmod(count, size)  # several units each when values are far below totals
        whole[row] += spread
        whole[row, order[row, :extra]] += 1
    back = np.argsort([*rest, *axes])
    return np.transpose(whole.reshape(shape), back)
