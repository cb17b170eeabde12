"""Moves inside a country: from rates between regions to who leaves and where they go.

A rate counts moves (registers do); over a year of constant rates people may move again, so the
share of an origin's people found in each destination at the end is P = expm(h M), M being
the generator of the rates (Rogers 1995, Multiregional Demography, chapter 2). The first-order
I + M is wrong by 1 % where 10 % move in a year and is not used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.errors import InputError, collect
from forecast.words import say

Array = NDArray[np.float64]

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

    def scaled(self, level: ArrayLike) -> Moves:
        """The same destinations with the hazard of leaving multiplied by `level`.

        level : factor, 1 = as it is; broadcasts to (sex, age, origin, draw), so (draw,) gives
                each draw its own level of mobility
        Exact at level 1; elsewhere destinations keep the pattern of level 1.
        """
        stay = np.log1p(-np.minimum(self.leaving, 1 - 1e-15))
        return replace(self, leaving=-np.expm1(np.asarray(level, dtype=float) * stay))


def transition(rates: ArrayLike, share_of_year: float = 1.0) -> Array:
    """Transition probabilities after `share_of_year` at constant rates; columns sum to 1.

    rates : (..., destination, origin) moves per person-year; the diagonal is not read
    Returns the same shape: the share of the people of `origin` who are in `destination` at
    the end, to be applied as `shares[..., destination, origin] @ people[..., origin, draw]`.
    Raises InputError when a rate is negative or missing.
    """
    from scipy.linalg import expm  # late: most commands never move anybody

    generator = np.array(rates, dtype=float)
    regions = generator.shape[-1]
    diagonal = np.arange(regions)
    generator[..., diagonal, diagonal] = 0.0
    if not (generator >= 0).all():
        raise InputError(say("migration rates"), say("a rate is negative or missing"))
    generator[..., diagonal, diagonal] = -generator.sum(axis=-2)
    moved: Array = expm(share_of_year * generator)
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
