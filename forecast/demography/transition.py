"""Moves inside a country: from rates between regions to who leaves and where they go.

A rate counts moves (registers do); over a year of constant rates people may move again, so the
share of an origin's people found in each destination at the end is P = expm(h M), M being
the generator of the rates (Rogers 1995, Multiregional Demography, chapter 2). The first-order
I + M is wrong by 1 % where 10 % move in a year and is not used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.errors import InputError, collect
from forecast.words import say

Array = NDArray[np.float64]

NOTHING = 1e-18  # weight of a term that changes no sum
NEWBORN_SHARE = 0.5  # newborns live half a year on average before the year ends


@dataclass(frozen=True)
class Moves:
    """Who moves in one year, by the age reached at its end.

    leaving : (sex, age, origin, draw or 1) probability of ending the year in another region
    shares  : (sex, age, destination, origin) where they go: columns sum to 1 (to 0 where
              nobody leaves), zeros on the diagonal
    Age 0 are the newborns of the year, who can move for half a year only.
    """

    leaving: Array
    shares: Array

    def __post_init__(self) -> None:
        with collect(say("moves")) as faults:
            if self.leaving.ndim != 4 or self.shares.ndim != 4:
                faults.add("", say("leaving and shares have four axes each"))
            elif (*self.leaving.shape[:3], self.leaving.shape[2]) != self.shares.shape:
                faults.add("", say(
                    "shares has shape {found}, not {needed}", found=self.shares.shape,
                    needed=(*self.leaving.shape[:3], self.leaving.shape[2]),
                ))  # fmt: skip

    @property
    def draws(self) -> int:
        return int(self.leaving.shape[-1])

    def move(self, ages: slice, present: Array, out: Array, into: Array) -> None:
        """Leavers and arrivals of some ages, (sex, age, region, draw), written into out and into.

        present : those who are there to move; may be the same memory as `into`
        """
        np.multiply(present, self.leaving[:, ages], out=out)
        np.matmul(self.shares[:, ages], out, out=into)

    def flows(self, leavers: Array) -> Array:
        """Moves of both sexes and all ages, (origin, destination, draw), persons."""
        sexes, ages, regions, draws = leavers.shape
        shares = self.shares.transpose(3, 2, 0, 1).reshape(regions, regions, sexes * ages)
        movers = leavers.transpose(2, 0, 1, 3).reshape(regions, sexes * ages, draws)
        return np.asarray(shares @ movers)

    def scaled(self, level: ArrayLike) -> Moves:
        """The same destinations with the hazard of leaving multiplied by `level`.

        level : factor, 1 = as it is; broadcasts to (sex, age, origin, draw), so (draw,) gives
                each draw its own level of mobility
        Exact at level 1; elsewhere destinations keep the pattern of level 1.
        """
        stay = np.log1p(-np.minimum(self.leaving, 1 - 1e-15))
        return replace(self, leaving=-np.expm1(np.asarray(level, dtype=float) * stay))

    def pulled(self, push: Array, pull: Array) -> MixedMoves:
        """The same moves with regions that push and pull, (region, draw) as in `MixedMoves`."""
        draws = max(push.shape[-1], pull.shape[-1])
        return MixedMoves((self,), np.ones((1, draws)), push, pull)


@dataclass(frozen=True)
class MixedMoves:
    """Moves of each draw between the patterns of several years, with regions that push and pull.

    parts  : moves of each year, without draws
    weight : (part, draw) weight of each pattern, summing to 1
    push   : (region, draw) factor of the probability of leaving
    pull   : (region, draw) factor of the attraction of a destination: the shares of every origin
             are weighted by it and sum to 1 again, so nobody is lost
    A mean of transition probabilities is a transition, so draws need no exponential of their own.
    """

    parts: tuple[Moves, ...]
    weight: Array
    push: Array
    pull: Array

    @property
    def leaving(self) -> Array:
        """(sex, age, origin, draw) probability of ending the year in another region."""
        parts = zip(self.parts, self.weight, strict=True)
        mixed: Array = sum(part.leaving * weight for part, weight in parts) * self.push
        return np.minimum(mixed, 1.0)

    @property
    def draws(self) -> int:
        return int(self.weight.shape[-1])

    @cached_property
    def merged(self) -> Moves | None:
        """The same moves as one pattern, where all draws share it and nothing pulls; None where
        somebody would be asked to leave twice."""
        asked = [p.leaving * w * self.push for p, w in zip(self.parts, self.weight, strict=True)]
        leaving: Array = np.asarray(sum(asked))
        if leaving.max(initial=0.0) > 1:
            return None
        going = sum(
            np.swapaxes(mine, -1, -2) * part.shares
            for part, mine in zip(self.parts, asked, strict=True)
        )
        whole = np.swapaxes(leaving, -1, -2)
        shares = np.divide(going, whole, out=np.zeros_like(going), where=whole > 0)
        return Moves(leaving, shares)

    def pulled(self, push: Array, pull: Array) -> MixedMoves:
        """The same with further factors of leaving and of attraction, (region, draw)."""
        draws = max(self.draws, push.shape[-1], pull.shape[-1])
        weight = np.broadcast_to(self.weight, (len(self.parts), draws))
        return replace(self, weight=weight, push=self.push * push, pull=self.pull * pull)

    def move(self, ages: slice, present: Array, out: Array, into: Array) -> None:
        """As `Moves.move`; `present` may be the memory of `into`."""
        pulls = bool((self.pull != 1).any())  # else shares sum to 1 as they are
        if not pulls and self.weight.shape[-1] == self.push.shape[-1] == 1 and self.merged:
            self.merged.move(ages, present, out, into)
            return
        asked = self._asked_once(ages)
        gone, coming, arrived = (np.empty(out.shape) for _ in range(3))
        for place, (part, weight) in enumerate(zip(self.parts, self.weight, strict=True)):
            leaving = part.leaving[:, ages]
            np.multiply(present, leaving if asked is None else leaving * asked, out=gone)
            gone *= weight * self.push
            shares = part.shares[:, ages]
            np.add(out, gone, out=out) if place else np.copyto(out, gone)
            if pulls:
                _divide(gone, np.matmul(np.swapaxes(shares, -1, -2), self.pull))
            np.matmul(shares, gone, out=coming if place else arrived)
            if place:
                arrived += coming
        np.multiply(arrived, self.pull, out=into)

    def _asked_once(self, ages: slice) -> Array | None:
        """(sex, age, origin, draw) by which to cut who leaves so that nobody leaves twice; None
        where nobody is asked to."""
        highest = max(float(part.leaving[:, ages].max(initial=0.0)) for part in self.parts)
        if highest * self.push.max(initial=0.0) <= 1:
            return None
        whole = self.leaving[:, ages]
        asked = sum(
            part.leaving[:, ages] * weight * self.push
            for part, weight in zip(self.parts, self.weight, strict=True)
        )
        return np.divide(whole, asked, out=np.ones_like(asked), where=asked > 0)

    def flows(self, leavers: Array) -> Array:
        """(origin, destination, draw) persons; `leavers` are those of `move`."""
        asked = [p.leaving * w for p, w in zip(self.parts, self.weight, strict=True)]
        whole = sum(asked)
        moved = np.zeros((leavers.shape[2], *leavers.shape[2:]))
        for part, mine in zip(self.parts, asked, strict=True):
            gone = leavers * np.divide(mine, whole, out=np.zeros_like(mine), where=whole > 0)
            reached = np.matmul(np.swapaxes(part.shares, -1, -2), self.pull)
            gone = np.divide(gone, reached, out=gone, where=reached > 0)
            moved += part.flows(gone)
        flows: Array = moved * self.pull
        return flows


def _divide(people: Array, reached: Array) -> None:
    """Divide in place where the divisor is above 0; nobody can go where it is not."""
    if reached.min(initial=1.0) > 0:  # several times as fast as a division of chosen cells
        np.divide(people, reached, out=people)
    else:
        np.divide(people, reached, out=people, where=reached > 0)


def transition(rates: ArrayLike, share_of_year: float = 1.0) -> Array:
    """Transition probabilities after `share_of_year` at constant rates; columns sum to 1.

    rates : (..., destination, origin) moves per person-year; the diagonal is not read
    Returns the same shape: the share of the people of `origin` who are in `destination` at
    the end, to be applied as `shares[..., destination, origin] @ people[..., origin, draw]`.
    Raises InputError when a rate is negative or missing.
    """
    generator = np.array(rates, dtype=float)
    regions = generator.shape[-1]
    diagonal = np.arange(regions)
    generator[..., diagonal, diagonal] = 0.0
    if not (generator >= 0).all():
        raise InputError(say("migration rates"), say("a rate is negative or missing"))
    generator[..., diagonal, diagonal] = -generator.sum(axis=-2)
    return _exponential(share_of_year * generator)


def _exponential(generators: Array) -> Array:
    """exp of matrices whose columns sum to 0, negative on the diagonal alone.

    Uniformisation (Jensen 1953; Stewart 1994, section 8.6): moves are events of one Poisson
    process, so the sum has no negative term and nothing cancels. Where more than half of somebody
    moves, the time is halved until fewer do and the result squared as often.
    """
    pace = float(-np.einsum("...kk->...k", generators).min(initial=0.0))
    halvings = max(int(np.ceil(np.log2(2 * pace))), 0) if pace else 0
    pace /= 2**halvings
    events = generators / 2**halvings + pace * np.eye(generators.shape[-1])
    term = total = np.broadcast_to(np.eye(generators.shape[-1]), generators.shape)
    weight, count = 1.0, 0
    while weight > NOTHING:
        count += 1
        weight *= pace / count
        term = term @ events / count
        total = total + term
    moved: Array = np.exp(-pace) * total
    for _ in range(halvings):
        moved = moved @ moved
    return moved


def from_transition(probabilities: ArrayLike) -> Moves:
    """Moves whose one-year result is exactly the given transition matrix.

    probabilities : (sex, age, destination, origin), columns sum to 1; age 0 are newborns
    """
    given = np.array(probabilities, dtype=float)
    diagonal = np.arange(given.shape[-1])
    given[..., diagonal, diagonal] = 0.0
    leaving = given.sum(axis=-2)
    shares = np.divide(
        given, leaving[..., np.newaxis, :], out=np.zeros_like(given),
        where=leaving[..., np.newaxis, :] > 0,
    )  # fmt: skip
    return Moves(leaving[..., np.newaxis], shares)


def moves_at_rates(rates: ArrayLike) -> Moves:
    """One year of moves at annual `rates`; newborns (age 0) move for half a year.

    rates : (sex, age, destination, origin) moves per person-year by the age reached at the
            end of the year; a schedule times a matrix is
            `schedule[:, :, None, None] * matrix[None, None]` with matrix[destination, origin]
    """
    annual = np.asarray(rates, dtype=float).copy()
    annual[:, 0] *= NEWBORN_SHARE  # expm(h M) is the matrix of rates h M over a full year
    return from_transition(transition(annual))


def no_moves(sexes: int, ages: int, regions: int) -> Moves:
    """Nobody moves."""
    return Moves(np.zeros((sexes, ages, regions, 1)), np.zeros((sexes, ages, regions, regions)))
