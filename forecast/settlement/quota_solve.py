"""Solving the quota: the optimum, what one more unit of a limit is worth, and which limits clash.

HiGHS (Huangfu & Hall 2018) through scipy. The places are whole numbers by branch and bound, in
large programs sought near the linear optimum first; the prices are those of the linear program
beside it, because whole numbers have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.errors import RunError
from forecast.settlement.quota import Program
from forecast.words import say

Array = NDArray[np.float64]

SMALL = 100  # cells: up to here the whole numbers are the best ones, proved
GAP = 1e-6  # by which the objective may then miss the best one, relative
WINDOWS = (3, 10)  # units from the linear optimum within which larger programs look first
WIDE_GAPS = (1e-4, 1e-3)  # of larger programs: of persons, and of families
TOLERANCE = 1e-6
SEARCHES = 200  # steps in the search for the smallest clash
INFEASIBLE = 2  # what scipy says of limits that clash


@dataclass(frozen=True)
class Solution:
    """An optimum.

    x             : (cell,) units, whole where the program asks for it
    objective     : points
    relaxed       : points of the linear program, never less
    prices        : (row,) points for one more unit of the limit (one less, where it says at
                    least); never negative, 0 where the limit does not bind
    reduced_costs : (cell,) points that the cell lacks to be used; 0 where it is used
    used          : (row,) what the rows count, in the unit of the limit
    """

    x: Array
    objective: float
    relaxed: float
    prices: Array
    reduced_costs: Array
    used: Array


def solve(program: Program) -> Solution | None:
    """The optimum; None where no places meet all limits. The same program gives the same answer."""
    found = _linear(program, program.limits)
    if found is None:
        return None
    x, relaxed = np.asarray(found.x, dtype=float), -float(found.fun)
    prices = np.maximum(-np.asarray(found.ineqlin.marginals, dtype=float), 0.0)
    lacking = np.maximum(np.asarray(found.lower.marginals, dtype=float), 0.0)
    if program.inputs.whole:
        whole = _whole(program, x)
        if whole is None:
            return None
        x = np.round(whole)
    used = np.asarray(program.matrix @ x, dtype=float)
    return Solution(x, float(program.value @ x), relaxed, prices, lacking, used)


def gains_of_more(program: Program, rows: list[int], relaxed: float) -> dict[int, float]:
    """{row: points gained by one more unit}, each by solving again. relaxed: as it is now."""
    found = {}
    for row in rows:
        limits = program.limits
        limits[row] += program.signs[row]
        after = _linear(program, limits)
        if after is not None:
            found[row] = max(-float(after.fun) - relaxed, 0.0)
    return found


def _linear(program: Program, limits: Array) -> Any | None:
    """scipy's answer for the linear program, None where the limits clash."""
    from scipy.optimize import linprog

    signs = program.signs
    found = linprog(-program.value, program.matrix.multiply(signs[:, None]).tocsr(),
                    signs * limits, method="highs")  # fmt: skip
    return _checked(found)


def _whole(program: Program, near: Array) -> Array | None:
    """(cell,) whole numbers: the best ones of a small program, else good ones near the linear
    optimum `near`; None where there are none at all."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    limits = program.limits
    least = np.array([row.least for row in program.rows])
    within = LinearConstraint(
        program.matrix, np.where(least, limits, -np.inf), np.where(least, np.inf, limits)
    )
    small = len(near) <= SMALL
    gap = GAP if small else WIDE_GAPS[len(program.inputs.sizes) > 1]
    for window in (np.inf,) if small else (*WINDOWS, np.inf):
        bounds = Bounds(np.maximum(np.floor(near + TOLERANCE) - window, 0.0),
                        np.ceil(near - TOLERANCE) + window)  # fmt: skip
        found = _checked(milp(-program.value, constraints=within, bounds=bounds,
                              integrality=np.ones(len(near), dtype=np.int64),
                              options={"mip_rel_gap": gap}))  # fmt: skip
        if found is not None:
            return np.asarray(found.x, dtype=float)
    return None


def _checked(found: Any) -> Any | None:
    if found.status == INFEASIBLE:
        return None
    if found.status != 0 or found.x is None:
        raise RunError("", say("the solver gave no answer ({reason})", reason=found.message))
    return found


@dataclass(frozen=True)
class Clash:
    """The smallest set of limits that cannot be met together.

    rows   : positions of the rows; without any one of them the others can be met
    misses : how far the rest stays from one of them when all others are met, in its unit; 0 where
             only whole numbers clash
    """

    rows: tuple[int, ...]
    misses: float


def smallest_clash(program: Program) -> Clash:
    """Which limits clash: an elastic filter, then a deletion filter (Chinneck & Dravnieks 1991).

    The elastic filter lets every limit be broken at a price, makes those hard that are broken, and
    goes on until the hard ones alone cannot be met: they hold a smallest set. The deletion filter
    leaves out one limit after the other and keeps those without which the rest can be met. Where
    several such sets overlap or stand side by side, the one with the fewest limits is looked for.
    """
    limits = program.limits
    corrections: list[list[int]] = []
    hard: list[int] = []
    whole = _linear(program, limits) is not None  # only whole numbers clash
    if whole:
        hard = list(range(len(program.rows)))
    while not whole and (broken := _broken(program, hard)) is not None:
        corrections.append(broken)
        hard += broken
    kept = list(hard)
    for row in hard:
        rest = [other for other in kept if other != row]
        if not _possible(program, rest, limits, whole=whole):
            kept = rest
    if not whole:
        kept = _fewest(program, kept, corrections)
    return Clash(tuple(sorted(kept)), _missed(program, sorted(kept)))


def _fewest(program: Program, known: list[int], corrections: list[list[int]]) -> list[int]:
    """The set of limits that clash with the fewest members, `known` where there is no smaller one.

    Each correction is a set of limits without which the others can be met, so every set that
    clashes holds one of its members. The smallest set of limits that does so for all corrections
    either clashes, and then no smaller one does, or gives another correction (Ignatiev, Previti,
    Liffiton & Marques-Silva 2015). Ends with the smallest set found after SEARCHES steps.
    """
    found = list(corrections)
    for _ in range(SEARCHES):
        chosen = _holding(found, len(program.rows))
        if len(chosen) >= len(known):
            break
        broken = _broken(program, chosen)
        if broken is None:
            return chosen
        found.append(broken)
    return known


def _holding(sets: list[list[int]], count: int) -> list[int]:
    """The fewest of `count` things that hold a member of every set."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    if not sets:
        return []
    member = np.zeros((len(sets), count))
    for row, things in enumerate(sets):
        member[row, things] = 1.0
    found = _checked(milp(
        np.ones(count), constraints=LinearConstraint(member, 1.0, np.inf), bounds=Bounds(0, 1),
        integrality=np.ones(count, dtype=np.int64),
    ))  # fmt: skip
    assert found is not None
    rows: list[int] = np.flatnonzero(np.round(found.x)).tolist()
    return rows


def _broken(program: Program, hard: list[int]) -> list[int] | None:
    """The limits that are broken when the sum of all breaks is least and `hard` are kept; None
    where `hard` cannot be kept."""
    from scipy.optimize import linprog
    from scipy.sparse import eye_array, hstack

    signs, count = program.signs, len(program.rows)
    matrix = hstack([program.matrix.multiply(signs[:, None]).tocsr(), -eye_array(count)]).tocsr()
    price = np.concatenate([np.zeros(len(program.value)), np.ones(count)])
    top = np.full(len(price), np.inf)
    top[len(program.value) + np.array(hard, dtype=int)] = 0.0
    found = _checked(linprog(price, matrix, signs * program.limits, method="highs",
                             bounds=list(zip(np.zeros(len(price)), top, strict=True))))  # fmt: skip
    if found is None:
        return None
    slack = found.x[len(program.value) :]
    rows: list[int] = np.flatnonzero(slack > TOLERANCE).tolist()
    return rows or None


def _possible(program: Program, rows: list[int], limits: Array, *, whole: bool = False) -> bool:
    """Whether some places meet these rows alone."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    if not rows:
        return True
    least = np.array([program.rows[row].least for row in rows])
    chosen = limits[rows]
    within = LinearConstraint(
        program.matrix[rows], np.where(least, chosen, -np.inf), np.where(least, np.inf, chosen)
    )
    count = len(program.value)
    found = milp(np.zeros(count), constraints=within, bounds=Bounds(0, np.inf),
                 integrality=np.full(count, int(whole), dtype=np.int64))  # fmt: skip
    return _checked(found) is not None


def _missed(program: Program, rows: list[int]) -> float:
    """How far the first of the rows that say at least must give way when the others are met."""
    from scipy.optimize import linprog

    asking = [row for row in rows if program.rows[row].least] or rows
    if not asking:
        return 0.0
    row, signs = asking[0], program.signs
    others = [other for other in rows if other != row]
    direction = np.asarray(program.matrix[[row]].toarray(), dtype=float)[0]
    found = _checked(linprog(
        signs[row] * direction,
        program.matrix[others].multiply(signs[others][:, None]).tocsr() if others else None,
        signs[others] * program.limits[others] if others else None, method="highs",
    ))  # fmt: skip
    if found is None:
        return 0.0
    return max(float(found.fun) - signs[row] * program.rows[row].limit, 0.0)
