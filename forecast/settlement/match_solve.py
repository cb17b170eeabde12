"""The assignment: groups of like families to regions under limits.

    maximise    sum over g, r   value[g, r] x[g, r]
    subject to  sum over r      x[g, r]              <= count[g]
                sum over g, r   use[k, g] x[g, r]    <= capacity[k]      r among the regions of k

Groups are families whose values, uses and regions are the same, so x counts them. The relaxed
problem (fractions of families) gives a bound that no placement can pass, and prices: what one more
unit of a limit is worth. What comes out in whole families is kept; the few that come out split
between regions, fewer than there are limits, are placed by an exact search among what is left
(HiGHS; Huangfu & Hall 2018). Large problems are first solved by prices, block by block (Dantzig &
Wolfe 1960), with the same bound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.errors import RunError
from forecast.words import say

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

SEARCHED = 1500  # pairs of a group and a region that are searched exactly
SOLVED = 40_000  # pairs that are solved as one linear problem
NODES = 3000  # of the exact search; it is the same on every machine
BLOCKS, ROUNDS = 120, 60  # of the solution by prices
CLOSE = 2e-4  # distance from the bound at which its rounds end
SMALLEST = 1e-6


@dataclass(frozen=True)
class Problem:
    """Groups to be placed.

    value    : (group, region) worth of placing one of the group there
    allowed  : (group, region)
    count    : (group,) families
    use      : (limit, group) units that one of them uses
    touches  : (limit, region) whether the limit is one of the region
    capacity : (limit,) units
    """

    value: Array
    allowed: Flags
    count: Whole
    use: Array
    touches: Flags
    capacity: Array

    def taken(self, placed: Array | Whole) -> Array:
        """(limit,) units that a placement (group, region) uses."""
        found: Array = ((self.use @ placed) * self.touches).sum(axis=1)
        return found

    def part(self, groups: Any, count: Whole, capacity: Array) -> Problem:
        """Some of the groups, with what is left."""
        return replace(self, value=self.value[groups], allowed=self.allowed[groups],
                       count=count, use=self.use[:, groups], capacity=capacity)  # fmt: skip

    def priced(self, prices: Array) -> Array:
        """(group, region) value less what is paid for the limits; -inf where not allowed."""
        cost = (self.use * prices[:, None]).T @ self.touches.astype(float)
        return np.where(self.allowed, self.value - cost, -np.inf)

    def bound(self, prices: Array) -> float:
        """What no placement can pass, whatever the prices (weak duality)."""
        best = np.maximum(self.priced(prices).max(axis=1), 0.0)
        return float(self.capacity @ prices + self.count @ best)


class Solution(NamedTuple):
    """(group, region) families placed, (limit,) prices, the sum reached and its bound."""

    placed: Whole
    prices: Array
    value: float
    bound: float

    @property
    def gap(self) -> float:
        """How far the sum may be from the best there is, as a share of the bound."""
        return max(1 - self.value / self.bound, 0.0) if self.bound > 0 else 0.0


def solve(problem: Problem, *, searched: int = SEARCHED, solved: int = SOLVED) -> Solution:
    """Place the groups; deterministic.

    searched, solved : pairs up to which it is exact, and one linear problem
    """
    placed = np.zeros(problem.value.shape, dtype=np.int64)
    if not len(problem.count) or not problem.allowed.any():
        return Solution(placed, np.zeros(len(problem.capacity)), 0.0, 0.0)
    pairs = int(problem.allowed.sum())
    flow, prices = _relaxed(problem) if pairs <= solved else _by_prices(problem)
    bound = problem.bound(prices)
    rest, groups, count = problem, np.arange(len(problem.count)), problem.count
    if pairs > searched:
        groups, count, rest = _keep(problem, flow, placed, groups, count)
        if int(rest.allowed.sum()) > searched and int(rest.allowed.sum()) <= solved:
            groups, count, rest = _keep(rest, _relaxed(rest)[0], placed, groups, count)
    if len(groups) and int(rest.allowed.sum()) <= max(searched, 1):
        found = _exact(rest)
        if found is not None:
            placed[groups] += found
    _fill(problem, placed)
    return Solution(placed, prices, float((problem.value * placed).sum()), bound)


def _keep(
    problem: Problem, flow: Array, placed: Whole, groups: Whole, count: Whole
) -> tuple[Whole, Whole, Problem]:
    """Keep the whole families of a flow; the groups that are split, and what is left for them."""
    whole = np.floor(flow + SMALLEST).astype(np.int64)
    out = np.floor(count - flow.sum(axis=1) + SMALLEST).astype(np.int64)  # left out as a whole
    placed[groups] += whole
    rest = count - whole.sum(axis=1) - np.maximum(out, 0)
    split = np.flatnonzero(rest > 0)
    left = np.maximum(problem.capacity - problem.taken(whole), 0.0)
    return groups[split], rest[split], problem.part(split, rest[split], left)


def _matrix(problem: Problem) -> tuple[Any, Array, Whole, Whole]:
    """The rows of the problem as a sparse matrix, their limits, and the pairs of its columns."""
    from scipy.sparse import csr_array, vstack

    group, region = np.nonzero(problem.allowed)
    columns = np.arange(len(group))
    ones = csr_array((np.ones(len(group)), (group, columns)),
                     shape=(len(problem.count), len(group)))  # fmt: skip
    uses = csr_array(problem.use[:, group] * problem.touches[:, region])
    limits = np.concatenate([problem.capacity, problem.count.astype(float)])
    return vstack([uses, ones], format="csr"), limits, group, region


def _relaxed(problem: Problem) -> tuple[Array, Array]:
    """(group, region) the best flow in fractions of families, and the prices of the limits."""
    from scipy.optimize import linprog

    matrix, limits, group, region = _matrix(problem)
    found = linprog(-problem.value[group, region], A_ub=matrix, b_ub=limits, method="highs-ds")
    if found.status != 0:
        raise RunError(say("match"), say("the assignment has no solution ({reason})",
                                         reason=found.message))  # fmt: skip
    flow = np.zeros(problem.value.shape)
    flow[group, region] = found.x
    prices = np.maximum(-found.ineqlin.marginals[: len(problem.capacity)], 0.0)
    return flow, prices


def _exact(problem: Problem) -> Whole | None:
    """(group, region) whole families by branch and bound; None where it finds nothing in time."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    matrix, limits, group, region = _matrix(problem)
    found = milp(
        -problem.value[group, region], integrality=np.ones(len(group), dtype=np.int64),
        bounds=Bounds(0, problem.count[group].astype(float)),
        constraints=LinearConstraint(matrix, -np.inf, limits + 1e-9),
        options={"node_limit": NODES, "mip_rel_gap": 1e-7},
    )  # fmt: skip
    if found.x is None:
        return None
    placed = np.zeros(problem.value.shape, dtype=np.int64)
    placed[group, region] = np.round(found.x).astype(np.int64)
    return placed


def _by_prices(problem: Problem) -> tuple[Array, Array]:
    """The same as `_relaxed` for many groups: blocks of groups answer to prices, a small problem
    mixes their answers and sets the prices anew, until the bound is close."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    limits = len(problem.capacity)
    blocks = np.minimum(np.arange(len(problem.count)) * BLOCKS // len(problem.count), BLOCKS - 1)
    prices = _first_prices(problem)
    best, best_prices = np.inf, prices
    answers: list[Any] = []
    worth: list[Any] = []
    uses: list[Any] = []
    for _ in range(ROUNDS):
        for asked in dict.fromkeys((tuple(prices), tuple(0.5 * (prices + best_prices)))):
            tried = np.array(asked)
            gains = problem.priced(tried)
            choice = gains.argmax(axis=1)
            taken = gains[np.arange(len(choice)), choice] > 0
            bound = float(problem.capacity @ tried + problem.count[taken]
                          @ gains[np.arange(len(choice)), choice][taken])  # fmt: skip
            if bound < best:
                best, best_prices = bound, tried
            answers.append(np.where(taken, choice, -1).astype(np.int8))
            pick = np.where(taken, problem.value[np.arange(len(choice)), choice], 0.0)
            worth.append(np.bincount(blocks, pick * problem.count, BLOCKS))
            use = problem.use * problem.touches[:, choice] * (taken * problem.count)
            uses.append(np.stack([np.bincount(blocks, row, BLOCKS) for row in use]))
        number = len(answers)
        mixed = np.concatenate([np.hstack(uses), np.hstack([np.eye(BLOCKS)] * number)])
        matrix: Any = csr_array(mixed)
        found: Any = linprog(-np.concatenate(worth), A_ub=matrix,
                        b_ub=np.concatenate([problem.capacity, np.ones(BLOCKS)]),
                        method="highs-ds")  # fmt: skip
        prices = np.maximum(-found.ineqlin.marginals[:limits], 0.0)
        if -found.fun >= best * (1 - CLOSE):
            break
    shares = found.x.reshape(number, BLOCKS)
    flow = np.zeros(problem.value.shape)
    rows = np.arange(len(problem.count))
    for answer, share in zip(answers, shares, strict=True):
        part = share[blocks] * problem.count
        placed = (answer >= 0) & (part > 0)
        flow[rows[placed], answer[placed]] += part[placed]
    return flow, best_prices


def _first_prices(problem: Problem) -> Array:
    """Prices of a part of the groups with the same part of the limits: near those of all."""
    each = max(int(problem.allowed.sum() * 4 / SOLVED), 1)
    some = np.arange(0, len(problem.count), each)
    share = problem.count[some].sum() / problem.count.sum()
    sample = problem.part(some, problem.count[some], problem.capacity * share)
    return _relaxed(sample)[1]


def _fill(problem: Problem, placed: Whole) -> None:
    """Use what room is left: better places for who is placed, then places for who is not.

    Changes `placed`; each step adds to the sum and keeps every limit.
    """
    left = problem.capacity - problem.taken(placed)
    value = np.where(problem.allowed, problem.value, -np.inf)
    of_region = [np.flatnonzero(column) for column in problem.touches.T]
    for _ in range(10):
        changed = False
        at = np.where(placed > 0, value, np.inf).min(axis=1)  # the worst place of each group
        at[placed.sum(axis=1) < problem.count] = 0.0  # somebody has none
        room = np.stack([
            np.all(problem.use[limits] <= left[limits, None] + 1e-9, axis=0)
            for limits in of_region
        ], axis=1)  # fmt: skip
        gain = np.where(room, value - at[:, None], -np.inf).max(axis=1)
        for group in np.argsort(-gain, kind="stable")[: int((gain > SMALLEST).sum())]:
            changed |= _improve(problem, placed, left, value, of_region, int(group))
        if not changed:
            return


def _improve(
    problem: Problem,
    placed: Whole,
    left: Array,
    value: Array,
    of_region: list[Any],
    group: int,
) -> bool:
    """Move families of one group to a region that is worth more and has room."""
    use, done = problem.use[:, group], False
    for region in np.argsort(-value[group], kind="stable"):
        if not np.isfinite(value[group, region]):
            break
        limits = of_region[region]
        while True:
            homes = [r for r in np.flatnonzero(placed[group]) if value[group, r]
                     < value[group, region] - SMALLEST]  # fmt: skip
            free = problem.count[group] > placed[group].sum()
            if not free and not homes:
                break
            back = None if free else min(homes, key=lambda r: value[group, r])
            given = use * problem.touches[:, back] if back is not None else 0.0
            if np.any(use[limits] > (left + given)[limits] + 1e-9):
                break
            left += given - use * problem.touches[:, region]
            placed[group, region] += 1
            if back is not None:
                placed[group, back] -= 1
            done = True
    return done
