"""Moves that policy names: so many people from this region to that one, in one year.

Resettlers with support come as families: of their ages only the share in working age is known
(norms/settlement), so the ages of movers are weighted until they have it. Movers under an
agreement between regions have the ages of movers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.migration.growth_point import movers_by_region

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Directed:
    """What policy moves in one year.

    removals  : (sex, age, region, draw) leavers from each region
    additions : (sex, age, region, draw) the same people where they go
    flows     : (origin, destination, draw) who moves more than in the baseline
    """

    removals: Array
    additions: Array
    flows: Array


def as_families(composition: Array, working: Array, share: float) -> Array:
    """A composition of movers with another share of people in working age.

    composition : (sex, age, ...) sums to 1 over sex and age
    working     : (sex, age) whether a person of that age is in working age
    share       : of all movers, those in working age, 0 to 1
    Sexes and ages keep their proportions within both groups.
    """
    inside = working.reshape(*working.shape, *(1,) * (composition.ndim - 2))
    parts = []
    for group, part in ((inside, share), (1 - inside, 1 - share)):
        of_group = composition * group
        total = of_group.sum(axis=(0, 1), keepdims=True)
        parts.append(part * of_group / np.where(total > 0, total, 1.0))
    families: Array = parts[0] + parts[1]
    return families


def directed_moves(
    persons: Array,
    people: Array,
    propensity: Array,
    *,
    families: tuple[Array, float] | None = None,
    room: Array | None = None,
) -> Directed:
    """People whom policy moves between regions in one year.

    persons    : (origin, destination) persons; a negative number of them stays who would have
                 moved, so that as many go back
    people     : (sex, age, region, draw) those who are there to move
    propensity : (sex, age) of moving
    families   : working (sex, age) and the share in working age; without it the ages of movers
    room       : (region, draw) share of those who would come for whom there is room
    Nobody is taken who is not there: then fewer move.
    """
    draws = people.shape[3]
    signed = np.maximum(persons, 0.0) + np.maximum(-persons, 0.0).T
    np.fill_diagonal(signed, 0.0)
    wish = np.broadcast_to(signed[..., None], (*signed.shape, draws))
    if room is not None:
        new = np.maximum(persons, 0.0)[..., None] * room
        wish = new + np.maximum(-persons, 0.0).T[..., None]
    composition = movers_by_region(propensity, people)
    if families is not None:
        composition = as_families(composition, *families)
    wanted = composition * wish.sum(axis=1)[None, None]
    removals = np.minimum(wanted, people)
    leaving = removals.sum(axis=(0, 1))
    share = wish / np.where(wish.sum(axis=1, keepdims=True) > 0, wish.sum(axis=1, keepdims=True), 1)
    additions = np.einsum("saod,ord->sard", removals, share)
    return Directed(removals, additions, leaving[:, None, :] * share)
