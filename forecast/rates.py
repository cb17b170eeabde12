"""From the assumptions of a run to the rates that the year step takes."""

from __future__ import annotations

from forecast.assumptions import Assumptions
from forecast.demography.lifetable import survival
from forecast.demography.step import YearRates
from forecast.demography.transition import moves_at_rates
from forecast.migration.internal import by_age_reached, move_rates


def year_rates(assumptions: Assumptions, count: int | None = None) -> tuple[YearRates, ...]:
    """The rates of each year as the step takes them; transitions are made once.

    count : of the first years alone
    """
    a = assumptions
    moving = moves_at_rates(move_rates(a.intensity, by_age_reached(a.propensity)))
    return tuple(
        YearRates(
            survival=survival(a.mortality[number])[..., None],
            fertility=a.fertility[number][..., None],
            sex_ratio=a.sex_ratio,
            moves=moving,
            emigration=a.emigration[number][..., None],
            immigration=a.immigration[number][..., None],
        )
        for number in range(len(a.years))[:count]
    )
