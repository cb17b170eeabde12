"""Adjusting a table to known margins, and rounding that keeps totals.

Iterative proportional fitting (Deming & Stephan 1940; Bishop, Fienberg & Holland 1975,
section 3.5) for any number of axes. Zeros of the seed are structural: they stay zero. Margins
that they make impossible are named (margins.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from forecast.errors import InputError, RunError
from forecast.margins import (
    Labels,
    Margin,
    Names,
    impossible,
    missed_most,
    refuse_broken,
    refuse_infeasible,
    refuse_margins,
    refuse_totals,
    refuse_unequal,
    squeezed_out,
)
from forecast.words import say

Array = NDArray[np.float64]


def ipf(
    seed: Array,
    margins: Mapping[tuple[int, ...], Array],
    *,
    tolerance: float = 1e-10,
    rounds: int = 2000,
    what: str = "",
    labels: Labels | None = None,
) -> Array:
    """The table nearest to `seed` (least information) whose sums are the given `margins`.

    seed    : array >= 0; its zeros stay zero
    margins : {kept axes: target}; the target's axes are the kept axes in ascending order, so
              {(0,): rows, (1,): columns} is the two-way table with given row and column sums
    tolerance : largest difference left, relative to the largest cell of the margin
    what    : named in the message when the margins cannot be met
    labels  : {"origin": names, "destination": names} for messages; default: numbers from 0

    Raises InputError when there is no margin or no cell, an axis is not one of the table's, the
    seed or a margin is negative, missing or of another shape;
    RunError when a margin is positive where the seed has no positive cell, when the totals of the
    margins differ, or when `rounds` do not reach the tolerance. It then says which cells of one
    margin ask for how much more than another leaves them, or for which cells the margins leave
    nothing, when structural zeros are the reason (exact for every pair of margins), and else
    which margin is missed most.
    """
    fitted = np.array(seed, dtype=float)
    names = Names(fitted.shape, labels)
    wanted = [(tuple(kept), np.asarray(target, dtype=float)) for kept, target in margins.items()]
    refuse_margins(fitted, wanted, names, what)
    axes = range(fitted.ndim)
    plans = []
    for kept, goal in wanted:
        summed = tuple(axis for axis in axes if axis not in kept)
        plans.append((summed, np.expand_dims(goal, summed)))
    refuse_infeasible(fitted, wanted, names, what)
    for _ in range(rounds):
        worst = 0.0
        for summed, target in plans:
            sums = fitted.sum(axis=summed, keepdims=True)
            scale = np.abs(target).max() or 1.0
            worst = max(worst, float(np.abs(sums - target).max() / scale))
            fitted = fitted * np.divide(target, sums, out=np.zeros_like(sums), where=sums > 0)
        if worst <= tolerance:
            return fitted
    for why in (impossible, squeezed_out):
        if why is squeezed_out:
            refuse_unequal(wanted, tolerance, what)
        pairs = combinations(wanted, 2)
        faults = [fault for pair in pairs for fault in why(seed > 0, *pair, names)]
        if faults:
            raise RunError(what, faults)
    raise RunError(what, missed_most(fitted, wanted, names, rounds))


def balance_flows(
    prior: Array,
    departures: Array,
    arrivals: Array,
    *,
    regions: Sequence[str] | None = None,
    what: str = "",
    tolerance: float = 1e-10,
    rounds: int = 2000,
) -> Array:
    """(origin, destination) flows with given margins, doubly constrained: a_i b_j prior_ij.

    prior      : (origin, destination) relative size of the flows; zeros stay zero, so a zero
                 diagonal keeps moves inside a region out
    departures : (origin,) persons; arrivals : (destination,) persons, the same in sum
    regions    : names for messages
    Source: Wilson 1970, Entropy in Urban and Regional Modelling; Willekens 1983. Errors: `ipf`.
    """
    labels = None if regions is None else {say("origin"): regions, say("destination"): regions}
    return ipf(
        prior, {(0,): departures, (1,): arrivals},
        tolerance=tolerance, rounds=rounds, what=what, labels=labels,
    )  # fmt: skip


def balance_flows_by_group(
    prior: Array,
    *,
    flows: Array | None = None,
    departures: Array | None = None,
    arrivals: Array | None = None,
    groups: Array | None = None,
    regions: Sequence[str] | None = None,
    names: Sequence[str] | None = None,
    what: str = "",
    tolerance: float = 1e-10,
    rounds: int = 2000,
) -> Array:
    """(origin, destination, group) flows by age, sex or another group, with the margins given.

    prior      : (origin, destination, group) relative size; zeros stay zero
    flows      : (origin, destination) persons of all groups
    departures : (origin, group) persons; arrivals : (destination, group) persons
    groups     : (group,) persons of the whole country
    regions, names : of the regions and the groups, for messages
    At least one margin is given; all have the same total. With flows, departures and arrivals it
    is the three-way model without three-way association (Willekens 1982; Raymer, Bonaguidi &
    Valentini 2006). Errors: `ipf`.
    """
    given = {(0, 1): flows, (0, 2): departures, (1, 2): arrivals, (2,): groups}
    margins = {kept: target for kept, target in given.items() if target is not None}
    if not margins:
        raise InputError(what, say("no margin is given"))
    labels = None
    if regions is not None and names is not None:
        labels = {say("origin"): regions, say("destination"): regions, say("group"): names}
    return ipf(prior, margins, tolerance=tolerance, rounds=rounds, what=what, labels=labels)


def round_to_total(values: Array, totals: Array, axis: int | tuple[int, ...]) -> Array:
    """Whole numbers near `values` whose sums over `axis` are exactly the whole `totals`.

    Largest remainders: round down, then give one more to the cells with the largest
    fractions (ties by position, so that the result is reproducible).
    Raises InputError: a value or total is missing or infinite, a total is not whole, there is not
    one for each sum, or no cell to hold it.
    """
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    axes = tuple(a % values.ndim for a in axes)
    refuse_totals(values, axes, np.asarray(totals, dtype=float))
    if not values.size:
        return np.array(values, dtype=float)
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


def round_to_margins(
    flows: Array,
    rows: Array,
    columns: Array,
    *,
    labels: Labels | None = None,
    what: str = "",
) -> Array:
    """Whole numbers near `flows` (row, column) with exactly the whole margins; zeros stay zero.

    flows         : table >= 0 whose sums are the margins, or nearly
    rows, columns : whole row and column sums, the same in total
    labels, what  : for messages, as in `ipf`
    Rounded down, the missing persons are given out one by one to the cell with the largest rest
    whose row and column both miss one; when none is left, along the shortest detour. Margins far
    from the table (`_far`) are given out many at once.

    Raises InputError for margins that are not whole, negative, of other shapes or other totals,
    RunError naming rows and columns when the zeros of `flows` leave no whole table.
    """
    names = Names(flows.shape, labels)
    wanted: tuple[Margin, Margin] = ((0,), np.asarray(rows)), ((1,), np.asarray(columns))
    refuse_margins(flows, wanted, names, what)
    refuse_broken(wanted, names, what)
    whole = np.floor(flows + 1e-9)
    rest = flows - whole
    allowed = flows > 0
    far = _far(whole, allowed, rows, columns)
    while True:
        row_gap, column_gap = rows - whole.sum(axis=1), columns - whole.sum(axis=0)
        if not row_gap.any() and not column_gap.any():
            return whole
        both = allowed & (row_gap[:, np.newaxis] > 0) & (column_gap > 0)
        if both.any():
            i, j = divmod(int(np.where(both, rest, -np.inf).argmax()), len(columns))
            # of a far margin each open cell gets its part, so that the rests stay alike
            parts = row_gap[i] // both[i].sum(), column_gap[j] // both[:, j].sum()
            many = max(1, min(parts)) if far else 1
            whole[i, j] += many
            rest[i, j] -= many
            continue
        # Row i and column j miss one each, but nobody moves from i to j: i to m and k to j
        # instead, and one fewer from k to m.
        i, j = int(row_gap.argmax()), int(column_gap.argmax())
        way = allowed[i] & allowed[:, j][:, np.newaxis] & (whole > 0)
        if row_gap[i] > 0 and column_gap[j] > 0 and way.any():
            gain = np.where(way, rest[i] + rest[:, j][:, np.newaxis] - rest, -np.inf)
            k, m = divmod(int(gain.argmax()), len(columns))
            many = min(row_gap[i], column_gap[j], whole[k, m]) if far else 1
            whole[i, m] += many
            whole[k, m] -= many
            whole[k, j] += many
            continue
        steps = _longer_way(whole, allowed, row_gap, column_gap)
        if steps is None:
            faults = impossible(allowed, *wanted, names)
            raise RunError(what, faults or say("no whole numbers have these margins"))
        many = _most_along(steps, whole, row_gap, column_gap) if far else 1
        for cell, change in steps:
            whole[cell] += many * change


def _far(whole: Array, allowed: NDArray[np.bool_], rows: Array, columns: Array) -> bool:
    """Whether a row or column misses, or has too many, by more than one for each of its cells."""
    return any(
        bool((np.abs(margin - whole.sum(axis=other)) > allowed.sum(axis=other) + 1).any())
        for margin, other in ((rows, 1), (columns, 0))
    )


def _longer_way(
    whole: Array, allowed: NDArray[np.bool_], row_gap: Array, column_gap: Array
) -> list[tuple[tuple[int, int], int]] | None:
    """Cells to raise and lower by one, in turn, that close a gap at both ends; None if no way does.

    Breadth first from rows that miss a person and columns that have one too many, to columns that
    miss one and rows that have one too many (an augmenting path: Ford & Fulkerson 1956).
    """
    n = len(row_gap)
    back: dict[int, int] = {int(i): -1 for i in np.flatnonzero(row_gap > 0)}  # rows, then columns
    back |= {n + int(j): -1 for j in np.flatnonzero(column_gap < 0)}
    queue = list(back)
    for node in queue:
        if node < n:  # one more in this row: some column gets one
            after = [n + int(j) for j in np.flatnonzero(allowed[node])]
        else:  # one fewer in this column: some row gives one
            after = [int(i) for i in np.flatnonzero(whole[:, node - n] > 0)]
        for found in after:
            if found in back:
                continue
            back[found] = node
            queue.append(found)
            if row_gap[found] < 0 if found < n else column_gap[found - n] > 0:
                return _steps(back, found, n)
    return None


def _most_along(
    steps: list[tuple[tuple[int, int], int]], whole: Array, row_gap: Array, column_gap: Array
) -> float:
    """Persons that a way between two gaps can take at once: the smaller gap, or the least cell
    that it lowers."""
    (last, up), (first, start_up) = steps[0], steps[-1]
    gaps = (
        row_gap[first[0]] if start_up > 0 else column_gap[first[1]],
        column_gap[last[1]] if up > 0 else row_gap[last[0]],
    )
    return float(min(*np.abs(gaps), *(whole[cell] for cell, change in steps if change < 0)))


def _steps(back: dict[int, int], end: int, n: int) -> list[tuple[tuple[int, int], int]]:
    steps = []
    while back[end] >= 0:
        start = back[end]
        raised = start < n
        steps.append(((start, end - n), 1) if raised else ((end, start - n), -1))
        end = start
    return steps
