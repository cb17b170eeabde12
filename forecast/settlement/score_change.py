"""The cheapest change that lifts a row to the mark.

A change is a set of criteria, each moved to a better level of the card. The cheapest one moves
the fewest criteria; among those the fewest levels; among those it gains most. Criteria that the
card calls fixed (age) and those that come from the run do not move. The search is exact: for each
number of criteria and of levels the largest gain is built up criterion by criterion, a knapsack
whose sizes are small whole numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.settlement.score import Codes, Scores, Term, profiles

Array = NDArray[np.floating[Any]]
Small = NDArray[np.int8]

CHUNK = 4096  # profiles at a time
NOT_REACHABLE = -1


class Ladder(NamedTuple):
    """The levels of a movable term, worst first.

    gains : (rung,) points of each rung
    rung  : (level,) the rung of each level of the card
    names : (rung,) the level of the card that a rung is named by: the nearest one below it
    """

    gains: Array
    rung: Codes
    names: tuple[str, ...]


class Changes(NamedTuple):
    """The cheapest change of each row.

    criteria : (row,) criteria that change; 0 passes already, -1 cannot reach the mark or unknown
    steps    : (row,) levels moved in all
    target   : (row, movable term) the rung moved to; -1 where nothing changes
    movable  : the terms that may change, as they stand in the card
    ladders  : of each
    """

    criteria: NDArray[np.int16]
    steps: NDArray[np.int16]
    target: Small
    movable: tuple[Term, ...]
    ladders: tuple[Ladder, ...]

    def moves(self, row: int) -> list[tuple[Term, str, str]]:
        """Criterion, level of now and level to reach, of one row."""
        found = []
        for k, (term, ladder) in enumerate(zip(self.movable, self.ladders, strict=True)):
            if self.target[row, k] >= 0:
                now = term.labels[term.codes[row]]
                found.append((term, now, ladder.names[self.target[row, k]]))
        return found


def ladder(term: Term) -> Ladder:
    """The distinct values of the levels of a term, rising."""
    worths, rung = np.unique(term.worth, return_inverse=True)
    falling = len(term.worth) > 1 and term.worth[-1] < term.worth[0]
    names = []
    for k in range(len(worths)):
        same = np.flatnonzero(rung == k)
        names.append(term.labels[same[-1] if falling else same[0]])
    return Ladder(term.weight * worths, rung.reshape(-1), tuple(names))


def cheapest(scores: Scores) -> Changes:
    """The cheapest change of every row that does not reach the mark."""
    movable = tuple(term for term in scores.terms if term.movable and term.weight > 0)
    ladders = tuple(ladder(term) for term in movable)
    count = len(scores.score)
    criteria = np.where(scores.passed, 0, NOT_REACHABLE).astype(np.int16)
    steps = np.zeros(count, dtype=np.int16)
    target = np.full((count, len(movable)), -1, dtype=np.int8)
    failing = np.flatnonzero(~scores.passed & scores.known)
    if not len(failing) or not movable:
        return Changes(criteria, steps, target, movable, ladders)
    short = scores.mark - scores.score[failing] - scores.card.tolerance
    chosen = [replace(term, codes=term.codes[failing]) for term in movable]
    first, profile = profiles(chosen)
    order = np.argsort(profile, kind="stable")
    bounds = np.searchsorted(profile[order], np.arange(0, len(first) + CHUNK, CHUNK))
    for place, start in enumerate(range(0, len(first), CHUNK)):
        rows = order[bounds[place] : bounds[place + 1]]
        some = first[start : start + CHUNK]
        rungs = np.stack([each.rung[term.codes[some]]
                          for each, term in zip(ladders, chosen, strict=True)], axis=1)  # fmt: skip
        found = _search(ladders, rungs, profile[rows] - start, short[rows])
        criteria[failing[rows]], steps[failing[rows]], target[failing[rows]] = found
    return Changes(criteria, steps, target, movable, ladders)


def _search(
    ladders: Sequence[Ladder], rungs: Codes, profile: Codes, short: Array
) -> tuple[NDArray[np.int16], NDArray[np.int16], Small]:
    """Criteria, steps and targets of rows of some profiles.

    rungs   : (profile, term) where each profile stands
    profile : (row,) its profile
    short   : (row,) points that are missing
    """
    best, choice = _gains(ladders, rungs)
    count, size = best.shape[1], best.shape[2]
    flat = np.maximum.accumulate(best.reshape(len(best), -1), axis=1)  # few criteria, few steps
    low = np.zeros(len(profile), dtype=np.intp)
    high = np.full(len(profile), flat.shape[1])  # the answer lies in low..high; high: there is none
    while (low < high).any():
        middle = np.minimum((low + high) // 2, flat.shape[1] - 1)
        enough = flat[profile, middle] >= short
        open_ = low < high
        high = np.where(open_ & enough, middle, high)
        low = np.where(open_ & ~enough, middle + 1, low)
    reached = low < flat.shape[1]
    place = np.where(reached, low, 0)
    criteria, steps = place // size, place % size
    assert count == len(ladders) + 1
    target = np.full((len(profile), len(ladders)), -1, dtype=np.int8)
    c, s = criteria.copy(), steps.copy()
    for k in range(len(ladders) - 1, -1, -1):
        moved = choice[k][profile, c, s].astype(np.intp)
        moves = reached & (moved > 0)
        target[moves, k] = (rungs[profile, k] + moved)[moves]
        c, s = c - (moved > 0), s - moved
    criteria = np.where(reached, criteria, NOT_REACHABLE)
    return criteria.astype(np.int16), np.where(reached, steps, 0).astype(np.int16), target


def _gains(ladders: Sequence[Ladder], rungs: Codes) -> tuple[Array, list[Small]]:
    """(profile, criteria, steps) the largest gain of exactly so many, and for each term the steps
    that it takes in it."""
    most = sum(len(each.gains) - 1 for each in ladders)
    best = np.full((len(rungs), len(ladders) + 1, most + 1), -np.inf)
    best[:, 0, 0] = 0.0
    choice = []
    for k, each in enumerate(ladders):
        now, top = rungs[:, k], len(each.gains) - 1
        new, taken = best.copy(), np.zeros(best.shape, dtype=np.int8)
        for step in range(1, top + 1):
            gain = np.where(now + step <= top,
                            each.gains[np.minimum(now + step, top)] - each.gains[now],
                            -np.inf)  # fmt: skip
            reached = best[:, :-1, : most + 1 - step] + gain[:, None, None]
            better = reached > new[:, 1:, step:]
            new[:, 1:, step:][better] = reached[better]
            taken[:, 1:, step:][better] = step
        best = new
        choice.append(taken)
    return best, choice
