"""The yearly pass: the only room that knows the demographic, labour and migration rooms.

Each year every component is computed from the opening state and applied once; growth points
then move people between the regions; labour is read off the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecast.assumptions import Assumptions
from forecast.demography.lifetable import survival
from forecast.demography.step import Change, Relocation, YearRates, one_year
from forecast.demography.transition import moves_at_rates
from forecast.labour import LabourBase, LabourYear, labour_year
from forecast.migration.growth_point import GrowthPoint, Moves, moves_of_year
from forecast.migration.internal import by_age_reached, move_rates, origin_shares
from forecast.space import Space

Array = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Simulation:
    """What the yearly pass leaves behind, as arrays.

    population : (year, sex, age, region, draw) persons on 1 January, one more than `years`
    changes    : what happened in each calendar year
    flows      : (origin, destination, draw) moves of each year, growth points included
    moves      : what the growth points moved in each year
    rates      : rates of each year, for the cohorts of the growth points
    labour     : labour force, jobs and deficit of each year
    """

    space: Space
    years: tuple[int, ...]
    population: Array
    changes: tuple[Change, ...]
    flows: tuple[Array, ...]
    moves: tuple[Moves, ...]
    rates: tuple[YearRates, ...]
    labour: tuple[LabourYear, ...]
    points: tuple[GrowthPoint, ...]

    @property
    def stock_years(self) -> tuple[int, ...]:
        """Years of the populations: 1 January of each simulated year and of the next one."""
        return (*self.years, self.years[-1] + 1)


def simulate(
    assumptions: Assumptions,
    points: Sequence[GrowthPoint],
    labour: LabourBase,
    dwellings_per_person: Array,
) -> Simulation:
    """Carry the population through the years of the assumptions.

    points               : growth points, see migration.growth_point
    labour               : participation, unemployment and jobs of the base year
    dwellings_per_person : (sex, age, region) dwellings that one person needs
    """
    a = assumptions
    rates = year_rates(a)
    observed = a.intensity * np.einsum("sa,sar->r", a.propensity, a.population)[:, None]
    shares = origin_shares(observed, a.pull)
    leaving = observed / observed.sum(axis=1, keepdims=True)
    population = a.population[..., None]
    stocks, changes, flows, moves, work = [population], [], [], [], []
    for number, year in enumerate(a.years):
        change = one_year(population, rates[number])
        change = meet_external_net(change, a.external_net[number])
        there = change.apply(population)
        moved = moves_of_year(
            points,
            number,
            there,
            a.propensity,
            shares,
            leaving,
            {
                "jobs": labour.participation_in(year) * (1 - labour.unemployment),
                "dwellings": dwellings_per_person,
            },
        )
        change = change.with_extra(Relocation(moved.removals, moved.additions))
        after = change.apply(population)
        extra = extra_jobs(points, number, labour)
        work.append(labour_year(labour, (population + after) / 2, year, extra))
        changes.append(change)
        flows.append(change.flows + moved.flows)
        moves.append(moved)
        stocks.append(after)
        population = after
    return Simulation(
        space=a.space,
        years=a.years,
        population=np.stack(stocks),
        changes=tuple(changes),
        flows=tuple(flows),
        moves=tuple(moves),
        rates=rates,
        labour=tuple(work),
        points=tuple(points),
    )


def year_rates(assumptions: Assumptions) -> tuple[YearRates, ...]:
    """The rates of each year as the step takes them; transitions are made once."""
    a = assumptions
    moving = moves_at_rates(move_rates(a.intensity, by_age_reached(a.propensity)))
    return tuple(
        YearRates(
            survival=survival(a.mortality[number])[..., None],
            fertility=a.fertility[number][..., None],
            sex_ratio=a.sex_ratio,
            moves=moving,
            emigration=a.emigration[..., None],
            immigration=a.immigration[number][..., None],
        )
        for number in range(len(a.years))
    )


def meet_external_net(change: Change, net: float) -> Change:
    """The year with immigration scaled so that net external migration is `net` persons.

    Immigration gives way first; where the net is so low that nobody could come, emigration is
    scaled as well. NaN leaves the year as its rates make it. Components are scaled, never
    stocks, so that the balance holds.
    """
    if np.isnan(net):
        return change
    leaving = change.emigration.sum(axis=(0, 1, 2))
    coming = change.immigration.sum(axis=(0, 1, 2))
    wanted = np.maximum(leaving + net, 0.0)
    more = np.divide(wanted - net, leaving, out=np.ones_like(leaving), where=leaving > 0)
    scale = np.divide(wanted, coming, out=np.zeros_like(coming), where=coming > 0)
    return replace(
        change, immigration=change.immigration * scale, emigration=change.emigration * more
    )


def extra_jobs(points: Sequence[GrowthPoint], number: int, labour: LabourBase) -> Array | None:
    """(region, section, 1) jobs beyond the baseline in year `number`; None without points.

    Employment is counted where people live, so permanent jobs stand in the regions of the homes
    and construction jobs in the region of the site.
    """
    if not points:
        return None
    jobs = np.zeros((*labour.jobs.shape, 1))
    for point in points:
        permanent = point.homes[:, None] * point.sections
        jobs[..., 0] += point.additional * point.jobs[number] * permanent
        building = point.additional * point.construction_jobs[number]
        jobs[point.region, labour.construction, 0] += building
    return jobs
