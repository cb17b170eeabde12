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
from forecast.demography.step import Change, Relocation, YearRates, one_year
from forecast.errors import RunError
from forecast.labour import LabourBase, LabourYear, labour_year
from forecast.migration.growth_point import GrowthPoint, Moves, moves_of_year
from forecast.migration.internal import origin_shares
from forecast.rates import year_rates
from forecast.space import Space
from forecast.words import say

Array = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Simulation:
    """What the yearly pass leaves behind, as arrays.

    population : (year, sex, age, region, draw) persons on 1 January, one more than `years`
    changes    : what happened in each calendar year
    flows      : (origin, destination, draw) moves of each year, growth points included
    moves      : what the growth points moved in each year; empty without points
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
        after, moved_between = change.apply(population), change.flows
        if points:
            supplied = labour.participation_in(year) * (1 - labour.unemployment)
            each = {"jobs": supplied, "dwellings": dwellings_per_person}
            moved = moves_of_year(points, number, after, a.propensity, shares, leaving, each)
            change = change.with_extra(Relocation(moved.removals, moved.additions))
            after, moved_between = change.apply(population), change.flows + moved.flows
            moves.append(moved)
        work.append(
            labour_year(labour, (population + after) / 2, year, **jobs_of(points, number, labour))
        )
        changes.append(change)
        flows.append(moved_between)
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


def meet_external_net(change: Change, net: float) -> Change:
    """The year with net external migration of `net` persons.

    Immigration is multiplied and emigration divided by one factor x: I x - E / x = net. NaN
    leaves the year as its rates make it. Components are scaled, never stocks, so that the
    balance holds. Raises RunError where nobody comes or leaves who could be scaled.
    """
    if np.isnan(net):
        return change
    leaving = change.emigration.sum(axis=(0, 1, 2))
    coming = change.immigration.sum(axis=(0, 1, 2))
    if (coming <= 0).any() or (leaving <= 0).any():
        raise RunError(say("external migration"), say("nobody comes or leaves to be scaled"))
    factor = (net + np.sqrt(net**2 + 4 * coming * leaving)) / (2 * coming)
    return replace(
        change, immigration=change.immigration * factor, emigration=change.emigration / factor
    )


def jobs_of(
    points: Sequence[GrowthPoint], number: int, labour: LabourBase
) -> dict[str, Array | None]:
    """What the growth points add to the labour balance of year `number`; None without points.

    extra_jobs : (region, section, 1) permanent jobs that the baseline does not contain; employment
                 is counted where people live, so they stand in the regions of the homes
    local_fill : (region, 1) of these, jobs taken by unemployed residents
    camp       : (region, 1) construction workers on the sites
    """
    if not points:
        return {}
    jobs = np.zeros((*labour.jobs.shape, 1))
    filled, camp = np.zeros((2, len(labour.jobs), 1))
    for point in points:
        permanent = point.additional * point.jobs[number] * point.homes
        jobs[..., 0] += permanent[:, None] * point.sections
        filled[:, 0] += point.local_fill * permanent
        camp[point.region, 0] += point.construction_jobs[number]
    return {"extra_jobs": jobs, "local_fill": filled, "camp": camp}
