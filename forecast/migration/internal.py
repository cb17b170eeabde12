"""Rates of moving between regions, from a matrix of moves and an age schedule.

A register counts moves, so the matrix gives rates per person-year (not probabilities); the
step turns them into transitions by the matrix exponential.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.errors import InputError
from forecast.words import say

Array = NDArray[np.float64]


def move_intensity(flows: Array, propensity: Array, population: Array) -> Array:
    """Moves per unit of propensity and person-year, (origin, destination).

    flows      : (origin, destination) moves of a calendar year; the diagonal is ignored
    propensity : (sex, age) how much more often than on average a person of that age moves
    population : (sex, age, region) persons exposed: the mean of both 1 Januaries
    Multiplied by the propensity of an age it is the rate of that age, and the rates applied
    to the population give the flows back exactly.
    """
    exposed = np.einsum("sa,sar->r", propensity, population)
    if (exposed <= 0).any():
        raise InputError("", say("a region has nobody who could move"))
    intensity: Array = flows / exposed[:, None]
    np.fill_diagonal(intensity, 0.0)
    return intensity


def by_age_reached(schedule: Array) -> Array:
    """A schedule by age at the move, as the year step needs it: by age at the end of the year.

    schedule : (sex, age, ...). Who reaches age x by 31 December moved at x - 1 or at x; newborns
    at 0 only; the open age stays open.
    """
    reached = schedule.copy()
    reached[:, 1:] = (schedule[:, :-1] + schedule[:, 1:]) / 2
    reached[:, -1] = schedule[:, -1]
    return reached


def move_rates(intensity: Array, propensity: Array) -> Array:
    """Rates of moving per person-year, (sex, age, destination, origin); the diagonal is 0."""
    rates: Array = propensity[:, :, None, None] * intensity.T
    return rates


def origin_shares(flows: Array, pull: Array, blend: float = 0.5) -> Array:
    """Where movers to each region come from, (origin, destination); each column sums to 1.

    flows : (origin, destination) moves as they are
    pull  : (origin, destination) gravity pull of a destination on each origin
    blend : weight of the observed pattern; the rest is gravity, because a new place attracts
            people from where few moved before
    The diagonal is 0: nobody moves from a region to itself.
    """
    parts = []
    for matrix in (flows, pull):
        clean = np.array(matrix, dtype=float)
        np.fill_diagonal(clean, 0.0)
        sums = clean.sum(axis=0)
        if (sums <= 0).any():
            raise InputError("", say("a region receives nobody from anywhere"))
        parts.append(clean / sums)
    shares: Array = blend * parts[0] + (1 - blend) * parts[1]
    return shares


def gravity_pull(population: Array, distance: Array, contiguous: Array) -> Array:
    """Pull between regions, (origin, destination): people at the origin over distance.

    population : (region,) persons; distance : (origin, destination) km between capitals;
    contiguous : (origin, destination) 1 where regions touch. A shared border counts as half
    the distance; the elasticity of distance is -1 (assumption; -0.6 to -1.5 in the literature,
    Poot et al. 2016, 'The gravity model of migration').
    """
    km = np.where(contiguous > 0, distance / 2, distance)
    pull = population[:, None] / np.where(km > 0, km, np.inf)
    np.fill_diagonal(pull, 0.0)
    return pull
