"""From the assumptions of a run to the rates that the year step takes."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from forecast.assumptions import Assumptions
from forecast.demography.lifetable import survival
from forecast.demography.step import YearRates
from forecast.demography.transition import MixedMoves, Moves, moves_at_rates
from forecast.migration.internal import by_age_reached, move_rates

Array = NDArray[np.float64]


def year_rates(assumptions: Assumptions, count: int | None = None) -> tuple[YearRates, ...]:
    """The rates of each year as the step takes them; transitions are made once.

    count : of the first years alone
    """
    a = assumptions
    moving = central_moves(a, count)
    return tuple(
        YearRates(
            survival=survival(a.mortality[number])[..., None],
            fertility=a.fertility[number][..., None],
            sex_ratio=a.sex_ratio,
            moves=moving[number],
            emigration=a.emigration[number][..., None],
            immigration=a.immigration[number][..., None],
        )
        for number in range(len(a.years))[:count]
    )


def central_moves(
    assumptions: Assumptions, count: int | None = None
) -> tuple[Moves | MixedMoves, ...]:
    """The moves of each year on the central path; a mixture where the level is on its way."""
    a, years = assumptions, range(len(assumptions.years))[:count]
    if a.yearly is not None:
        return tuple(moves_of(a, intensity) for intensity in a.yearly[: len(years)])
    if a.ends is None or a.last_weight is None:
        return tuple([moves_of(a, a.intensity)] * len(years))
    parts = tuple(moves_of(a, end) for end in a.ends)
    still = np.ones((len(a.space), 1))
    return tuple(
        MixedMoves(parts, np.array([[1 - weight], [weight]]), still, still)
        for weight in a.last_weight[: len(years)]
    )


def moves_of(assumptions: Assumptions, intensity: Array) -> Moves:
    """The moves of a year at the rates of an intensity, ages as the assumptions have them."""
    propensity = by_age_reached(assumptions.propensity)
    return _moves(intensity.tobytes(), propensity.tobytes(), propensity.shape)


@lru_cache(maxsize=16)  # a run asks several times for the same levels, and so does the next run
def _moves(intensity: bytes, propensity: bytes, shape: tuple[int, int]) -> Moves:
    by_age = np.frombuffer(propensity).reshape(shape)
    between = np.frombuffer(intensity)
    regions = math.isqrt(len(between))
    return moves_at_rates(move_rates(between.reshape(regions, regions), by_age))
