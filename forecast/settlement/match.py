"""Families to regions: the best employment and preference under the limits of each region.

The weights are the user's and nowhere official. Every placement tells the terms of its score and
the limit that kept it from a better one; who is not placed has a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.settlement.match_limits import NEED, Limit
from forecast.settlement.match_score import Scores, scores
from forecast.settlement.match_solve import Problem, Solution, solve
from forecast.settlement.match_survey import CHOICES, LANGUAGES
from forecast.settlement.match_weights import Weights
from forecast.settlement.records import ID
from forecast.words import mark

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

ATTRIBUTES = ("stream", "qualification", *CHOICES, "section", "origin", "family_size", "workers",
              "children", *LANGUAGES)  # fmt: skip
NO_REGION, NO_NEED, NO_ROOM = "no_region", "no_need", "no_room"
REASONS = {
    NO_REGION: mark("no region of the list is left to it"),
    NO_NEED: mark("no region of the list lacks further workers with its qualification"),
    NO_ROOM: mark("no region of the list has room for it"),
}
ROOM = 1e-6  # by which a limit may be passed: rounding


@dataclass(frozen=True)
class Match:
    """Where each family goes.

    families : see Survey
    regions  : ids of the regions, all of the country
    limits   : every limit, those that are unknown as well
    scores   : (family, region)
    group    : (family,) number of the group of like families
    region   : (family,) position of its region, -1 where it is not placed
    solution : of the groups
    prices, left : (limit,) what one more unit is worth, and units that are left; NaN where unknown
    """

    families: pd.DataFrame
    regions: tuple[str, ...]
    limits: tuple[Limit, ...]
    scores: Scores
    group: Whole
    region: Whole
    solution: Solution
    prices: Array
    left: Array

    @property
    def placed(self) -> Flags:
        """(family,) whether it is placed."""
        found: Flags = self.region >= 0
        return found

    def own(self, values: Array | Whole, missing: float = np.nan) -> Array:
        """(family,) the values (family, region) in its own region."""
        taken = values[np.arange(len(self.region)), np.maximum(self.region, 0)]
        found: Array = np.where(self.placed, taken, missing)
        return found

    @cached_property
    def _first(self) -> Whole:
        """(group,) the first family of each group."""
        return np.unique(self.group, return_index=True)[1]

    @cached_property
    def blocked(self) -> tuple[Whole, Flags]:
        """(family, region) the limit that has no room for it, -1 where all have; and whether
        the need for its qualification is among those that have none."""
        some = self.families.iloc[self._first]
        found = np.full((len(some), len(self.regions)), -1, dtype=np.int64)
        need = np.zeros(found.shape, dtype=bool)
        for number, limit in enumerate(self.limits):
            if np.isnan(self.left[number]):
                continue
            short = limit.used_by(some) > self.left[number] + ROOM
            for place in limit.regions:
                found[short & (found[:, place] < 0), place] = number
                if limit.kind == NEED:
                    need[short, place] = True
        return found[self.group], need[self.group]

    @cached_property
    def better(self) -> tuple[Whole, Whole]:
        """(family,) the region of the best score above its own, -1 where there is none, and the
        limit that keeps it from there."""
        own = self.own(self.scores.score, -1.0)
        wanted = np.where(self.scores.allowed, self.scores.score, -np.inf)
        best = wanted.argmax(axis=1)
        rows = np.arange(len(best))
        above = wanted[rows, best] > own + ROOM
        limit = self.blocked[0][rows, best]
        return np.where(above, best, -1), np.where(above, limit, -1)

    @cached_property
    def reasons(self) -> NDArray[np.object_]:
        """(family,) why it is not placed, of REASONS; empty for those who are."""
        allowed = self.scores.allowed
        none = ~allowed.any(axis=1)
        need = (self.blocked[1] | ~allowed).all(axis=1)
        found = np.select([self.placed, none, need], ["", NO_REGION, NO_NEED], NO_ROOM)
        return found.astype(object)

    @cached_property
    def envious(self) -> Flags:
        """(family,) whether another has a place that it would score higher with than where it is,
        though the other's score is lower there.

        The other is of the same stream and at least as large, so that its place would hold it.
        """
        own = self.own(self.scores.score, -1.0)
        size = self.families["family_size"].to_numpy(dtype=int)
        found = np.zeros(len(own), dtype=bool)
        streams = self.families["stream"].to_numpy()
        for stream in np.unique(streams):
            same = streams == stream
            for place in np.unique(self.region[same & self.placed]):
                there = same & (self.region == place)
                least = np.full(int(size.max()) + 2, np.inf)
                np.minimum.at(least, size[there], self.scores.score[there, place])
                least = np.minimum.accumulate(least[::-1])[::-1]  # of this size or larger
                score = self.scores.score[:, place]
                wishes = same & self.scores.allowed[:, place] & (score > own + ROOM)
                found |= wishes & (least[size] < score - ROOM)
        return found


def match(
    families: pd.DataFrame,
    regions: Sequence[str],
    lists: Mapping[str, Flags],
    limits: Sequence[Limit],
    need: Array,
    sections: Sequence[str],
    weights: Weights | None = None,
) -> Match:
    """Place families; the same families and limits give the same places.

    families : see Survey; of like ones those with the earlier row, or hash, come first
    lists    : {stream: (region,) whether it may be placed there}
    need     : (section, qualification, region) 0 to 1, see `chances`
    """
    weights = weights or Weights()
    families = families.reset_index(drop=True)
    found = scores(families, regions, lists, need, sections, weights)
    numbers = families.groupby(list(ATTRIBUTES), sort=True).ngroup()
    group = numbers.to_numpy().astype(np.int64)
    first, count = (
        part.astype(np.int64)
        for part in np.unique(group, return_index=True, return_counts=True)[1:]
    )
    known = [k for k, limit in enumerate(limits) if np.isfinite(limit.capacity)]
    problem = _problem(families.iloc[first], found, first, count, [limits[k] for k in known])
    binding = _may_bind(problem)
    solution = solve(problem if binding.all() else _without(problem, ~binding))
    prices, left = np.full(len(limits), np.nan), np.full(len(limits), np.nan)
    prices[known] = 0.0
    prices[np.array(known, dtype=int)[binding]] = solution.prices
    left[known] = problem.capacity - problem.taken(solution.placed)
    region = _split(families, group, solution.placed, problem.value)
    return Match(families, tuple(regions), tuple(limits), found, group, region, solution, prices,
                 left)  # fmt: skip


def _problem(
    some: pd.DataFrame, found: Scores, first: Whole, count: Whole, limits: Sequence[Limit]
) -> Problem:
    """The groups of families, of which `some` are the first ones."""
    regions = found.score.shape[1]
    use = np.stack([limit.used_by(some) for limit in limits]) if limits else np.zeros(
        (0, len(some))
    )  # fmt: skip
    touches = np.zeros((len(limits), regions), dtype=bool)
    for number, limit in enumerate(limits):
        touches[number, list(limit.regions)] = True
    allowed = found.allowed[first]
    capacity = np.array([limit.capacity for limit in limits], dtype=float)
    return Problem(found.value[first], allowed, count.astype(np.int64), use, touches, capacity)


def _may_bind(problem: Problem) -> Flags:
    """(limit,) whether all who may go there would use more than there is."""
    within = (problem.touches.astype(float) @ problem.allowed.T.astype(float)) > 0
    most = (problem.use * within) @ problem.count
    found: Flags = most > problem.capacity + ROOM
    return found


def _without(problem: Problem, loose: Flags) -> Problem:
    tight = ~loose
    return Problem(problem.value, problem.allowed, problem.count, problem.use[tight],
                   problem.touches[tight], problem.capacity[tight])  # fmt: skip


def _split(families: pd.DataFrame, group: Whole, placed: Whole, value: Array) -> Whole:
    """(family,) the region of each: in every group the earlier ones get the better places."""
    order = np.lexsort((_order(families), group))
    ranked = np.argsort(-value, axis=1, kind="stable")
    counts = np.take_along_axis(placed, ranked, axis=1)
    members = np.bincount(group, minlength=len(placed))
    whole = np.column_stack([counts, members - counts.sum(axis=1)])
    places = np.column_stack([ranked, np.full(len(placed), -1)])
    region = np.empty(len(group), dtype=np.int64)
    region[order] = np.repeat(places.ravel(), whole.ravel())
    return region


def _order(families: pd.DataFrame) -> Whole:
    """(family,) its place in line: by the hash of its id, or by row where there is none."""
    ids = families[ID].astype(str)
    numbers = ids.str.fullmatch(r"\d{1,9}").all() if len(ids) else True
    keys = ids.astype(int) if numbers else ids
    place = np.argsort(np.argsort(keys.to_numpy(), kind="stable")).astype(np.int64)
    return place
