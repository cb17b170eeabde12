"""People of growth points on their way from where they live to where they will."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FEW = 20  # homes at a time


@dataclass(frozen=True)
class Going:
    """People of growth points on their way, by sex, age, origin and home, without holding them all.

    From one origin all points call people of the same sexes and ages, so that

        people (point, sex, age, origin, home, draw) = each * number * route

    each   : (sex, age, origin, draw) composition of those called
    number : (point, origin, draw) how many times it goes for each point
    route  : (point, origin, home) or (point, origin, home, draw) where they go, rows sum to 1
    """

    each: Array
    number: Array
    route: Array

    @cached_property
    def of_each(self) -> Array:
        """(origin, draw) persons of the composition."""
        persons: Array = self.each.sum(axis=(0, 1))
        return persons

    @cached_property
    def by_origin(self) -> Array:
        """(point, origin, draw) persons."""
        persons: Array = self.number * self.of_each
        return persons

    @cached_property
    def by_home(self) -> Array:
        """(point, home, draw) persons."""
        return self.coming_to(slice(None))

    def coming_to(self, homes: Sequence[int] | slice) -> Array:
        """(point, home, draw) persons who go to some homes."""
        route = self.route[:, :, homes]
        axes = "poh" if route.ndim == 3 else "pohd"
        persons: Array = np.einsum(f"pod,{axes}->phd", self.by_origin, route)
        return persons

    @property
    def leaving(self) -> Array:
        """(sex, age, origin, draw) all of them, where they come from."""
        people: Array = self.each * self.number.sum(axis=0)
        return people

    def pairs(self, points: Array | None = None) -> Array:
        """(origin, home, draw) how many times the composition of each origin goes to each home.

        points : (point,) weights of the points; 1 without them
        """
        number = self.number if points is None else points[:, None, None] * self.number
        axes = "poh" if self.route.ndim == 3 else "pohd"
        found: Array = np.einsum(f"pod,{axes}->ohd", number, self.route)
        return found

    def arriving(self, points: Array | None = None) -> Array:
        """(sex, age, home, draw) all of them, or of some points, where they go."""
        pairs = self.pairs(points)
        homes = np.flatnonzero(pairs.any(axis=(0, 2)))
        people = np.zeros((*self.each.shape[:2], *pairs.shape[1:]))
        for home in homes:
            np.einsum("saod,od->sad", self.each, pairs[:, home], out=people[:, :, home])
        return people

    def weighed(self, points: Array, weights: Array) -> Array:
        """(home, draw) what people of some points count for where they go.

        points : (point,) weights of the points; weights (sex, age, home) of a person
        """
        pairs = self.pairs(points)
        found = np.zeros(pairs.shape[1:])
        by_home = weights.reshape(-1, weights.shape[-1]).T
        by_origin = self.each.reshape(-1, *self.each.shape[2:]).transpose(1, 0, 2)
        for first in range(0, len(found), FEW):
            some = slice(first, first + FEW)
            # small products, which are not split over threads: the same bits everywhere
            counted = np.matmul(by_home[some], by_origin)  # (origin, home, draw)
            found[some] = (pairs[:, some] * counted).sum(axis=0)
        return found

    def people(self, place: int) -> Array:
        """(sex, age, home, draw) those of one point, where they go."""
        only = np.zeros(len(self.number))
        only[place] = 1.0
        return self.arriving(only)
