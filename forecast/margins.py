"""What is wrong with the margins of a table, in words: shapes, totals, and what zeros forbid.

Zeros of a table are structural. They can make margins impossible that look right: then a set of
cells of one margin asks for more than all cells of the other one that stand beside it can hold
(Hall 1935; for flows Gale 1957), and that set is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.errors import Faults, InputError, RunError, collect
from forecast.words import say

Array = NDArray[np.float64]
Labels = Mapping[str, Sequence[str]]  # {name of an axis: names along it}, in the order of the axes
Margin = tuple[tuple[int, ...], Array]  # the axes that are kept, and the target

BROKEN = 1e-6  # how far from a whole number a total may be: the rounding of its own sum
SHOWN = 6  # names of one side of an impossible margin; the rest are counted


class Names:
    """Names of the cells of margins, for messages."""

    def __init__(self, shape: tuple[int, ...], labels: Labels | None):
        self.shape = shape
        if labels is None:
            plain = [say("row"), say("column")]
            axes = plain if len(shape) == 2 else [say("axis {n}", n=k) for k in range(len(shape))]
            labels = {
                name: [str(k) for k in range(size)] for name, size in zip(axes, shape, strict=True)
            }
        self.axes, self.along = list(labels), list(labels.values())
        if tuple(map(len, self.along)) != shape:
            sizes = tuple(map(len, self.along))
            message = say("names for a table of {sizes}, not {shape}", sizes=sizes, shape=shape)
            raise InputError("labels", message)

    def margin(self, kept: tuple[int, ...]) -> str:
        """origin, or origin x age"""
        return " x ".join(self.axes[axis] for axis in kept)

    def cells(self, kept: tuple[int, ...], places: Sequence[int]) -> str:
        """origin A, B: the axes and the names of the flat `places` of a margin."""
        sizes = tuple(self.shape[axis] for axis in kept)
        shown = []
        for place in places[:SHOWN]:
            spots = zip(kept, np.unravel_index(int(place), sizes), strict=True)
            shown.append(" x ".join(str(self.along[axis][int(spot)]) for axis, spot in spots))
        text = f"{self.margin(kept)} {', '.join(shown)}"
        if len(places) > SHOWN:
            text += " " + say("and {n} more", n=len(places) - SHOWN)
        return text


def refuse_margins(table: Array, wanted: Sequence[Margin], names: Names, what: str) -> None:
    """No table or no margin, axes that are not there, shapes, negative and missing numbers."""
    with collect(what) as faults:
        if not wanted:
            faults.add("", say("no margin is given"))
        if not table.size:
            faults.add("", say("the table has no cells: {shape}", shape=table.shape))
        for kept, _ in wanted:
            if list(kept) != sorted(set(kept) & set(range(table.ndim))):
                message = say("the axes {kept} are not axes of a table with {n}, ascending",
                              kept=kept, n=table.ndim)  # fmt: skip
                faults.add("", message, say("write them ascending, from 0 on"))
    with collect(what) as faults:
        if not (np.isfinite(table) & (table >= 0)).all():
            bad = np.flatnonzero(~(np.isfinite(table) & (table >= 0)))
            every = tuple(range(table.ndim))
            faults.add(names.cells(every, list(bad)), say("a number is negative or missing"))
        for kept, target in wanted:
            shape = tuple(table.shape[axis] for axis in kept)
            if target.shape != shape:
                found = target.shape
                message = say(
                    "the margin has the shape {found}, not {shape}", found=found, shape=shape
                )
                faults.add(names.margin(kept), message)
            elif not (np.isfinite(target) & (target >= 0)).all():
                bad = np.flatnonzero(~(np.isfinite(target) & (target >= 0)))
                faults.add(names.cells(kept, list(bad)), say("a number is negative or missing"))


def refuse_broken(wanted: Sequence[Margin], names: Names, what: str) -> None:
    """Margins that are not whole or have other totals."""
    with collect(what) as faults:
        for kept, target in wanted:
            broken = np.flatnonzero(target != np.rint(target))
            if len(broken):
                faults.add(names.cells(kept, list(broken)), say("the margin is not a whole number"))
        totals = [float(target.sum()) for _, target in wanted]
        if not faults and totals[0] != totals[1]:
            text = ", ".join(f"{total:.12g}" for total in totals)
            faults.add("", say("the totals of the margins differ: {totals}", totals=text))


def refuse_totals(values: Array, axes: tuple[int, ...], totals: Array, what: str = "") -> None:
    """What has no whole numbers with these totals: other numbers of totals, broken, missing."""
    rest = tuple(size for axis, size in enumerate(values.shape) if axis not in axes)
    with collect(what) as faults:
        if totals.size != int(np.prod(rest, dtype=int)):
            message = say("the totals have the shape {found}, not {shape}",
                          found=totals.shape, shape=rest)  # fmt: skip
            faults.add("totals", message)
        if not np.isfinite(totals).all():
            faults.add("totals", say("a number is missing or infinite"))
        elif (np.abs(totals - np.rint(totals)) > BROKEN).any():
            faults.add("totals", say("a total is not a whole number"))
        if not np.isfinite(values).all():
            faults.add("values", say("a number is missing or infinite"))
        if not all(values.shape[axis] for axis in axes) and totals.any():
            faults.add("values", say("there is no cell to hold a total"))


def refuse_infeasible(seed: Array, wanted: Sequence[Margin], names: Names, what: str) -> None:
    totals = [float(target.sum()) for _, target in wanted]
    if max(totals) - min(totals) > 1e-6 * max(1.0, max(totals)):
        text = ", ".join(f"{total:.6g}" for total in totals)
        raise RunError(what, say("the totals of the margins differ: {totals}", totals=text))
    for kept, target in wanted:
        summed = tuple(axis for axis in range(seed.ndim) if axis not in kept)
        empty = (seed.sum(axis=summed) <= 0) & (target > 0)
        if empty.any():
            where = names.cells(kept, list(np.flatnonzero(empty)))
            message = say("a margin is positive where every cell is zero, at {where}", where=where)
            raise RunError(what, message)


def refuse_unequal(wanted: Sequence[Margin], tolerance: float, what: str) -> None:
    """Totals that differ by little, and by more than the tolerance leaves room for."""
    totals = [float(target.sum()) for _, target in wanted]
    largest = max(float(target.max()) for _, target in wanted)
    if max(totals) - min(totals) > tolerance * largest:
        text = ", ".join(f"{total:.12g}" for total in totals)
        raise RunError(what, say("the totals of the margins differ: {totals}", totals=text))


def missed_most(fitted: Array, wanted: Sequence[Margin], names: Names, rounds: int) -> Faults:
    """The margin that is missed most after the last round, and where."""
    faults, most = Faults(), -1.0
    for kept, target in wanted:
        summed = tuple(axis for axis in range(fitted.ndim) if axis not in kept)
        sums = fitted.sum(axis=summed)
        place = int(np.abs(sums - target).argmax())
        gap = float((sums - target).flat[place])
        if abs(gap) > most:
            most = abs(gap)
            message = say(
                "the margins are not met after {n} rounds; missed most: {found} of {wanted}",
                n=rounds, found=f"{sums.flat[place]:.9g}", wanted=f"{target.flat[place]:.9g}",
            )  # fmt: skip
            faults[:] = []
            faults.add(names.cells(kept, [place]), message)
    return faults


def impossible(allowed: NDArray[np.bool_], one: Margin, other: Margin, names: Names) -> Faults:
    """Cells of each margin that ask for more than the other one leaves them; empty if none do."""
    links = _links(allowed, one, other)
    carried = _most_carried(links, one[1].ravel(), other[1].ravel())
    faults = Faults()
    for (kept, target), (there, limit), edges in (
        (one, other, links),
        (other, one, links[::-1]),
    ):
        for asking, giving, more in _asking_too_much(edges, carried, target.ravel(), limit.ravel()):
            size, cells = f"{more:.9g}", names.cells(there, giving)
            message = (
                say(
                    "{more} more than {cells} can hold, where alone it is not zero",
                    more=size,
                    cells=cells,
                )
                if giving
                else say("{more} where every cell is zero", more=size)
            )
            faults.add(names.cells(kept, asking), message)
    return faults


def squeezed_out(allowed: NDArray[np.bool_], one: Margin, other: Margin, names: Names) -> Faults:
    """Where possible margins leave nothing for a cell that is not zero, so that fitting never ends.

    A link between both margins can carry something when there is a way back from its end to its
    start: over any link forwards, backwards over what is carried.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    links = _links(allowed, one, other)
    carried = _most_carried(links, one[1].ravel(), other[1].ravel())
    start, end = links[0], links[1] + one[1].size
    back = carried > 1e-9 * float(carried.sum())
    ways = np.concatenate([start, end[back]]), np.concatenate([end, start[back]])
    size = one[1].size + other[1].size
    graph = coo_array((np.ones(len(ways[0])), ways), shape=(size, size))
    part = connected_components(graph, directed=True, connection="strong")[1]
    faults = Faults()
    for k in np.flatnonzero((part[start] != part[end]) & (one[1].ravel()[links[0]] > 0)):
        left = names.cells(other[0], [links[1][k]])
        if other[1].flat[links[1][k]] > 0:
            faults.add(
                names.cells(one[0], [links[0][k]]),
                say("the margins leave nothing for {cells}", cells=left),
            )
    return faults


def _links(allowed: NDArray[np.bool_], one: Margin, other: Margin) -> NDArray[np.intp]:
    """(2, link) cells of both margins, flat, between which the table is not zero."""
    where = np.nonzero(allowed)
    ends = []
    for kept, _ in (one, other):
        sizes = tuple(allowed.shape[axis] for axis in kept)
        ends.append(np.ravel_multi_index([where[axis] for axis in kept], sizes))
    return np.unique(np.stack(ends), axis=1)


def _most_carried(links: NDArray[np.intp], one: Array, other: Array) -> Array:
    """(link,) the most that can be put on links between both margins: a largest flow."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_array, vstack

    if not links.size:
        return np.zeros(0)
    scale = max(float(one.max()), 1e-300)
    each = np.arange(links.shape[1])
    ones = np.ones(len(each))
    sums: Any = vstack([
        coo_array((ones, (ends, each)), shape=(len(margin), len(each)))
        for ends, margin in zip(links, (one, other), strict=True)
    ])  # fmt: skip
    limits = np.concatenate([one, other]) / scale
    found = linprog(-ones, A_ub=sums.tocsr(), b_ub=limits, method="highs-ds")
    return scale * np.asarray(found.x, dtype=float)


def _asking_too_much(
    links: NDArray[np.intp], carried: Array, target: Array, limit: Array
) -> list[tuple[list[int], list[int], float]]:
    """Cells of `target`, the cells of `limit` that they alone can use, and how much is missing.

    From the cells that a largest flow leaves short: all that they could use, and who uses it.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    small = 1e-9 * float(target.sum()) + abs(float(target.sum() - limit.sum()))
    left = target - np.bincount(links[0], weights=carried, minlength=len(target))
    inside = left > small
    while True:
        used = np.zeros(len(limit), dtype=bool)
        used[links[1][inside[links[0]]]] = True
        more = inside.copy()
        more[links[0][used[links[1]] & (carried > small)]] = True
        if (more == inside).all():
            break
        inside = more
    of_it = inside[links[0]]
    size = len(target) + len(limit)
    graph = coo_array(
        (np.ones(of_it.sum()), (links[0][of_it], len(target) + links[1][of_it])), shape=(size, size)
    )
    part = connected_components(graph, directed=False)[1]
    found = []
    for label in dict.fromkeys(part[: len(target)][inside]):
        asking = np.flatnonzero(inside & (part[: len(target)] == label))
        giving = np.flatnonzero(used & (part[len(target) :] == label))
        gap = float(target[asking].sum() - limit[giving].sum())
        if gap > small:
            found.append((list(map(int, asking)), list(map(int, giving)), gap))
    return sorted(found, key=lambda each: -each[2])
