"""The yearly pass: the only room that knows the demographic, labour and migration rooms.

Each year every component is computed from the opening state and applied once, together with
what growth points and support move; labour is read off the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.assumptions import Assumptions
from forecast.brought import DWELLING, Brought, a_year_later
from forecast.demography.step import Change, Relocation, YearRates, one_year
from forecast.elasticities import DRIVERS, JOBS, Elasticities
from forecast.errors import RunError
from forecast.feedback import Feedback
from forecast.labour import LabourBase, LabourYear, labour_year
from forecast.migration.growth_point import GrowthPoint, Moves
from forecast.migration.response import DriverState, push_pull
from forecast.rates import year_rates
from forecast.relocation import Relocated, Relocations, Supported, Surroundings
from forecast.settlers import Settlers
from forecast.space import Space
from forecast.words import say

Array = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class Simulation:
    """What the yearly pass leaves behind, as arrays.

    population : (year, sex, age, region, draw) persons on 1 January, one more than `years`
    changes    : what happened in each calendar year
    flows      : (origin, destination, draw) moves of each year, growth points and support included
    moves      : what the growth points moved in each year; empty without points
    support    : what levers moved in each year; empty without such levers
    places     : (year, point, draw) people of the place of each growth point on 1 January; NaN
                 where the scenario does not say how many live there
    room       : (year, region, draw) share of those called for whom there was room
    held       : (year, region, draw) people whom support would bring and for whom there was none
    rates      : rates of each year, for the cohorts of the growth points
    labour     : labour force, jobs and deficit of each year
    residual   : (region,) persons by which the net migration of the last year would differ, had it
                 answered to what it made scarce itself; None where nothing answers
    """

    space: Space
    years: tuple[int, ...]
    population: Array
    changes: tuple[Change, ...]
    flows: tuple[Array, ...]
    moves: tuple[Moves, ...]
    support: tuple[Supported, ...]
    places: Array
    room: Array
    held: Array
    rates: tuple[YearRates, ...]
    labour: tuple[LabourYear, ...]
    points: tuple[GrowthPoint, ...]
    residual: Array | None = None

    @property
    def stock_years(self) -> tuple[int, ...]:
        """Years of the populations: 1 January of each simulated year and of the next one."""
        return (*self.years, self.years[-1] + 1)


class Carried(NamedTuple):
    """What one year hands to the next besides the people of the regions.

    places  : (point, draw) people of the place of each growth point on 1 January
    taken   : (kind of the gate, point, region, draw) units taken by those who came for each point
    waiting : (point, draw) jobs or dwellings whose people found no room yet
    drivers : where the drivers stood in the year before; None: as in the baseline
    brought : people whom growth points brought so far
    plain   : (sex, age, region, draw or 1) population of the plain run; None where nothing is
              held against it
    settlers: who was settled with support beyond the baseline and is still there
    """

    places: Array
    taken: Array
    waiting: Array
    brought: Brought
    drivers: DriverState | None = None
    plain: Array | None = None
    settlers: Settlers = Settlers()


@dataclass(frozen=True)
class YearDone:
    """What one year of the pass gives.

    change : everything that happened; flows (origin, destination, draw), without draws where they
             were not asked for
    after  : population on 1 January of the next year
    rates  : what drove the year, the answer to drivers included
    next   : what the next year needs besides
    """

    change: Change
    flows: Array
    after: Array
    extra: Relocated
    labour: LabourYear
    rates: YearRates
    next: Carried


class YearPass:
    """The pass over one year of a run; every draw, or block of draws, goes through the same.

    points : growth points, see migration.growth_point
    labour : participation, unemployment and jobs of the base year
    around : what growth points and levers meet
    elasticities : how moves answer to drivers, with draws; without it as the assumptions have it
    The loop of `around.feedback` is held against a plain pass with neither points nor levers.
    """

    def __init__(
        self,
        assumptions: Assumptions,
        points: Sequence[GrowthPoint],
        labour: LabourBase,
        around: Surroundings,
        *,
        elasticities: Elasticities | None = None,
    ):
        self.assumptions, self.points = assumptions, points
        self.labour, self.around = labour, around
        self.drivers = assumptions.drivers
        self.elasticities = elasticities
        if elasticities is None and self.drivers is not None:
            self.elasticities = self.drivers.elasticities
        self.relocations = Relocations(assumptions, points, labour, around)
        self.feedback: Feedback | None = around.feedback
        self.plain_labour = replace(labour, changes={})

    def start(self, population: Array, *, alike: bool = False) -> Carried:
        """What the first year needs besides the people (sex, age, region, draw).

        alike : every draw of the plain run is the same, so that one of them is enough
        """
        draws = population.shape[3]
        people = self.relocations.people
        places = np.array(np.broadcast_to(people, (len(people), draws)))
        taken = self.relocations.taken
        return Carried(
            self.relocations.lived(places, population),
            np.array(np.broadcast_to(taken, (*taken.shape[:3], draws))),
            np.zeros((len(people), draws)),
            Brought(*np.zeros((len(Brought._fields), *population.shape[2:]))),
            plain=None if self.feedback is None else population[..., :1] if alike else population,
        )

    def of_year(
        self,
        number: int,
        population: Array,
        carried: Carried,
        rates: YearRates,
        *,
        flows: bool = True,
        last: bool = False,
    ) -> YearDone:
        """Year number `number` from the people of its 1 January.

        population : (sex, age, region, draw); carried: what the year before handed on
        flows      : whether moves by origin and destination are wanted
        last       : no year follows, so that nothing need answer to what this one makes scarce
        """
        a, around = self.assumptions, self.around
        net, plain_rates = a.external_net[number], rates
        rates = self.answering(rates, carried.drivers)
        change = meet_external_net(one_year(population, rates, flows=flows), net)
        ordinary = after = change.apply(population)
        extra = self.relocations.of_year(
            number, population, after, carried.places, carried.taken, carried.waiting,
            settlers=carried.settlers, rates=rates,
        )  # fmt: skip
        inside = None
        if extra.support is not None:
            inside = extra.support.inside
            # a net of the scenario may leave fewer than a lever keeps away
            coming = np.maximum(change.immigration + extra.support.immigrants, 0.0)
            change = meet_external_net(replace(change, immigration=coming), net)
        between = change.flows
        for called in (extra.moves, inside):
            if called is not None:
                change = change.with_extra(Relocation(called.removals, called.additions))
                between = between + called.flows if flows else between
        if extra.support is not None:
            after = change.apply(population)
        elif extra.moves is not None:
            after = change.further(after, population)
        brought = carried.brought
        if extra.moves is not None:
            active = self.labour.participation_in(a.years[number]) * (1 - self.labour.unemployment)
            each = active, around.dwellings_per_person
            brought = a_year_later(brought, self.points, extra.moves, each, change, population)
        work = self._work(number, (population + after) / 2, carried.brought, brought)
        lived = self.relocations.lived(extra.places, after)
        plain = None if last else carried.plain
        if plain is population and rates is plain_rates:
            plain = ordinary  # so far both runs are one
        elif plain is not None:
            plain = meet_external_net(one_year(plain, plain_rates, flows=False), net).apply(plain)
        scarce = self._scarce(number, plain, after, brought)
        carried = Carried(
            lived, extra.taken, extra.waiting, brought, self._state(number, work, scarce), plain,
            extra.settlers,
        )  # fmt: skip
        return YearDone(change, between, after, extra, work, rates, carried)

    def _work(self, number: int, people: Array, before: Brought, brought: Brought) -> LabourYear:
        """The labour balance of the mean population of year number `number`.

        before, brought : whom growth points brought until the year began and until it ended
        """
        return labour_year(
            self.labour, people, self.assumptions.years[number], permits=self._permits(number),
            more_jobs=None if self.drivers is None else self.drivers.jobs[number],
            brought=(before.people + brought.people) / 2,
            unsaid=(before.unsaid + brought.unsaid) / 2,
            unnamed=(before.workers + brought.workers) / 2,
            **jobs_of(self.points, number, self.labour),
        )  # fmt: skip

    def _permits(self, number: int) -> float:
        """Foreign workers of the nation beyond the published number."""
        return 0.0 if self.around.permits is None else float(self.around.permits[number])

    def _scarce(
        self, number: int, plain: Array | None, after: Array, brought: Brought
    ) -> Array | None:
        """(driver, region, draw) what is scarcer at the end of the year than in the plain run."""
        if self.feedback is None or plain is None:
            return None
        built = np.zeros(after.shape[2:])
        for point in self.points:
            units = point.built.get(DWELLING, np.zeros(len(self.assumptions.years)))
            built[point.region] += units[number]
        year = self.assumptions.years[number]
        here = self.feedback.balance(
            self.labour, after, year, brought=brought, built=built, permits=self._permits(number),
            more_jobs=None if self.drivers is None else self.drivers.jobs[number],
            jobs=jobs_of(self.points, number, self.labour),
        )  # fmt: skip
        without = self.feedback.balance(self.plain_labour, plain, year, jobs={})
        return self.feedback.changes(here, without)

    def answering(self, rates: YearRates, drivers: DriverState | None) -> YearRates:
        """The rates of a year whose moves answer to the drivers of the year before."""
        if drivers is None or self.elasticities is None or not drivers.moves_anybody:
            return rates  # the same arrays, so that no change is the baseline to the last bit
        return replace(rates, moves=rates.moves.pulled(
            *push_pull(self.elasticities, drivers.changes)
        ))  # fmt: skip

    def _state(
        self, number: int, work: LabourYear, scarce: Array | None = None
    ) -> DriverState | None:
        """Where the drivers stand at the end of year number `number`.

        scarce : (driver, region, draw) what the year made scarcer than in the plain run

        Jobs are read off the labour balance before those of growth points: who comes for these is
        moved by the points themselves. People who come or go also move the jobs that serve them;
        the baseline of the jobs is that of the same people, so this moves nobody again.
        """
        if self.drivers is None:
            return None
        changes = self.drivers.changes[number][..., None]
        if work.more_jobs is not None:
            more = work.more_jobs.reshape(len(work.more_jobs), -1)
            jobs = np.array([name == JOBS for name in DRIVERS], dtype=float)
            changes = changes + jobs[:, None, None] * np.log1p(more)
        if scarce is not None:
            changes = changes + scarce
        return DriverState(changes)


def simulate(
    assumptions: Assumptions,
    points: Sequence[GrowthPoint],
    labour: LabourBase,
    around: Surroundings,
) -> Simulation:
    """Carry the population through the years of the assumptions; arguments as in `YearPass`."""
    a = assumptions
    rates = year_rates(a)
    passing = YearPass(a, points, labour, around)
    stocks = [a.population[..., None]]
    carried = [passing.start(stocks[0])]
    done: list[YearDone] = []
    for number in range(len(a.years)):
        done.append(passing.of_year(number, stocks[-1], carried[-1], rates[number]))
        stocks.append(done[-1].after)
        carried.append(done[-1].next)
    extras = [year.extra for year in done]
    return Simulation(
        space=a.space,
        years=a.years,
        population=np.stack(stocks),
        changes=tuple(year.change for year in done),
        flows=tuple(year.flows for year in done),
        moves=tuple(extra.moves for extra in extras if extra.moves is not None),
        support=tuple(extra.support for extra in extras if extra.support is not None),
        places=np.stack([each.places for each in carried]),
        room=np.stack([extra.room for extra in extras]),
        held=np.stack([extra.held for extra in extras]),
        rates=tuple(year.rates for year in done),
        labour=tuple(year.labour for year in done),
        points=tuple(points),
        residual=_residual(passing, stocks, carried, rates),
    )


def _residual(
    passing: YearPass,
    stocks: Sequence[Array],
    carried: Sequence[Carried],
    rates: Sequence[YearRates],
) -> Array | None:
    """(region,) how far the last year is from a fixed point of the loop, persons of net migration.

    Moves of a year answer to the state of the year before; at a fixed point they would answer to
    their own state alike.
    """
    if passing.feedback is None or len(carried) < 3:
        return None
    net = []
    for state in carried[-2:]:
        moved = one_year(stocks[-2], passing.answering(rates[-1], state.drivers))
        net.append((moved.internal_in - moved.internal_out).sum(axis=(0, 1))[:, 0])
    residual: Array = net[1] - net[0]
    return residual


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


def jobs_of(points: Sequence[GrowthPoint], number: int, labour: LabourBase) -> dict[str, Array]:
    """What the growth points add to the labour balance of year `number`; None without points.

    extra_jobs : (region, section, draw) permanent jobs that the baseline does not contain;
                 employment is counted where people live, so they stand in the regions of the homes
    local_fill : (region, draw) of these, jobs taken by unemployed residents
    camp       : (region, draw) construction workers on the sites
    """
    if not points:
        return {}
    draws = max(np.size(point.jobs_added[number]) for point in points)
    jobs = np.zeros((*labour.jobs.shape, draws))
    filled, camp = np.zeros((2, len(labour.jobs), draws))
    for point in points:
        permanent = point.homes[:, None] * (point.additional * point.jobs_added[number])
        jobs += permanent[:, None] * point.sections[:, None]
        filled += point.local_fill * permanent
        camp[point.region] += point.construction_jobs[number]
    return {"extra_jobs": jobs, "local_fill": filled, "camp": camp}
