"""Many draws of one run: year by year in blocks, of which quantiles and headline samples stay.

All draws of a year are finished before the next year begins, so quantiles are exact and no more
than one year of them is ever held. Draws are taken in blocks of one fixed size; how many
blocks are worked on at a time changes nothing in the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.assumptions import Assumptions
from forecast.demography.step import YearRates
from forecast.draws import BLOCK, Draws
from forecast.infrastructure import Facility
from forecast.labour import LabourBase, LabourYear
from forecast.labour.qualification import QUALIFICATIONS, total_by_qualification
from forecast.migration.growth_point import GrowthPoint
from forecast.relocation import Surroundings
from forecast.simulate import YearDone, YearPass
from forecast.space import SEXES
from forecast.tabulate import SCHOOL_AGES, WORKING_AGES
from forecast.uncertain import Deviations

Array = NDArray[np.float64]
Small = NDArray[np.float32]

LEVELS = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)

STOCKS = (
    "population", "child_dependency", "old_age_dependency", "total_dependency",
    "working_age_population", "school_age_population",
)  # fmt: skip
FLOWS = (
    "births", "deaths", "natural_increase", "internal_in", "internal_out", "internal_net",
    "growth_point_net", "support_net",
    "immigration", "emigration", "external_net", "labour_force", "labour_deficit",
    "life_expectancy_female", "life_expectancy_male",
)  # fmt: skip
RATIOS = frozenset(("child_dependency", "old_age_dependency", "total_dependency"))
NEED = "need "  # followed by the kind of facility
BY_QUALIFICATION = tuple(f"labour_deficit_{name}" for name in QUALIFICATIONS)


class Ensemble(NamedTuple):
    """What is left of the draws of a run.

    series : by measure (year, region with the nation last, draw); a stock has one year more than
             a flow. Life expectancy of the nation is not among them (NaN)
    places : (year, point, draw) people of the place of each growth point on 1 January
    arrivals : (year, point, draw) people who came to each point
    cells  : (year, quantile of LEVELS, sex, age, region with the nation last) of the population
             on 1 January, empty where they were not asked for
    """

    series: dict[str, Small]
    places: Small
    arrivals: Small
    cells: Small


@dataclass(frozen=True)
class Setting:
    """What every block of a run needs besides its rates."""

    assumptions: Assumptions
    labour: LabourBase
    around: Surroundings
    facilities: Sequence[Facility]


def run_draws(
    setting: Setting,
    points: Sequence[GrowthPoint],
    deviations: Deviations,
    *,
    workers: int = 1,
    chunk: int = BLOCK,
    cells: bool = True,
    flows: bool = True,
) -> Ensemble:
    """Carry every draw through the years and keep quantiles and headline samples.

    points  : growth points with their draws of delivery, in whole blocks
    deviations : in whole blocks, see `Draws.in_blocks`; the draws beyond the count are dropped
    workers : threads; they change the time and no number
    chunk   : draws that a worker takes at a time, rounded up to whole blocks; it changes no
              number either
    cells   : whether quantiles by sex and age are wanted
    flows   : whether the series of what happens in a year are wanted besides those of stocks
    """
    a, count = setting.assumptions, deviations.draws.in_blocks.count
    states = [
        _Block(setting, points, deviations, slice(first, first + BLOCK))
        for first in range(0, count, BLOCK)
    ]
    size = max(-(-chunk // BLOCK), 1)
    chunks = [states[first : first + size] for first in range(0, len(states), size)]
    kept = _Kept(setting, len(points), deviations.draws, cells=cells, flows=flows)
    with ThreadPoolExecutor(workers) as pool:
        for number in range(len(a.years) + 1):

            def work(part: Sequence[_Block], number: int = number) -> None:
                for state in part:
                    if number:
                        state.advance(number - 1, kept)
                    kept.stocks(number, state)

            list(pool.map(work, chunks))
            if cells:
                list(pool.map(lambda sex: kept.quantiles(number, states, sex), range(len(SEXES))))  # noqa: B023
    return kept.ensemble()


class _Block:
    """Some draws of a run on their way through the years."""

    def __init__(
        self,
        setting: Setting,
        points: Sequence[GrowthPoint],
        deviations: Deviations,
        block: slice,
    ):
        self.block, self.deviations, self.setting = block, deviations, setting
        mine = tuple(point.of_draws(block) for point in points)
        a = setting.assumptions
        self.passing = YearPass(
            a, mine, setting.labour, setting.around, elasticities=deviations.answers(block)
        )
        self.people = deviations.people(a, block)
        self.carried = self.passing.start(self.people, alike=deviations.plain_alike)

    def advance(self, number: int, kept: _Kept) -> None:
        rates = self.deviations.rates(self.setting.assumptions, number, self.block)
        last = number == len(self.setting.assumptions.years) - 1
        done = self.passing.of_year(
            number, self.people, self.carried, rates, flows=False, last=last
        )
        if kept.flows:
            kept.flow(number, self.block, done, rates)
        self.people, self.carried = done.after, done.next


class _Kept:
    """The arrays that a run fills."""

    def __init__(self, setting: Setting, points: int, draws: Draws, *, cells: bool, flows: bool):
        a, count = setting.assumptions, draws.in_blocks.count
        self.count = draws.count
        years, regions = len(a.years), len(a.space) + 1
        self.setting, self.flows = setting, flows
        needs = tuple(NEED + facility.kind for facility in setting.facilities)
        of_years = FLOWS if setting.labour.qualified is None else (*FLOWS, *BY_QUALIFICATION)
        self.series: dict[str, Small] = {
            name: np.full((years + extra, regions, count), np.nan, dtype=np.float32)
            for names, extra in ((STOCKS, 1), (needs, 1), (of_years if flows else (), 0))
            for name in names
        }
        self.places = np.full((years + 1, points, count), np.nan, dtype=np.float32)
        self.arrivals = np.zeros((years, points, count), dtype=np.float32)
        shape = (years + 1, len(LEVELS), *a.population.shape[:2], regions)
        self.cells: Small = np.empty(shape if cells else (0,) * 5, dtype=np.float32)
        self.groups = _groups(setting, a.population.shape[1])

    def ensemble(self) -> Ensemble:
        series = {name: values[..., : self.count] for name, values in self.series.items()}
        places, arrivals = self.places[..., : self.count], self.arrivals[..., : self.count]
        return Ensemble(series, places, arrivals, self.cells)

    def stocks(self, number: int, state: _Block) -> None:
        """Take in the people of one 1 January, some draws."""
        people, block = state.people, state.block
        # region by region: products this small are not split over threads, which would only wait
        by_region = people.reshape(self.groups.shape[1], *people.shape[2:]).transpose(1, 0, 2)
        sums = np.matmul(self.groups, by_region).transpose(1, 0, 2)
        young, middle, old, school, *needs = _with_nations(sums)
        with np.errstate(invalid="ignore", divide="ignore"):  # nobody left: unknown, never 0
            found = {
                "population": young + middle + old,
                "child_dependency": 100 * young / middle,
                "old_age_dependency": 100 * old / middle,
                "total_dependency": 100 * (young + old) / middle,
                "working_age_population": middle,
                "school_age_population": school,
            }
        for facility, values in zip(self.setting.facilities, needs, strict=True):
            found[NEED + facility.kind] = values
        for name, values in found.items():
            self.series[name][number, :, block] = values
        self.places[number, :, block] = state.carried.places

    def quantiles(self, number: int, states: Sequence[_Block], sex: int) -> None:
        """Exact quantiles of one sex over all draws, the nation last."""
        cells = np.concatenate([state.people[sex] for state in states], axis=-1)
        cells = cells[..., : self.count]
        both = np.concatenate([cells, cells.sum(axis=1, keepdims=True)], axis=1)
        self.cells[number, :, sex] = quantiles(both.astype(np.float32))

    def flow(self, number: int, block: slice, done: YearDone, rates: YearRates) -> None:
        """Take in what happened in one year, some draws."""
        change, extra = done.change, done.extra
        nobody = np.zeros(change.births.shape[1:])
        moved = extra.moves.additions - extra.moves.removals if extra.moves else None
        inside = extra.support.inside if extra.support else None
        born, died = change.births.sum(axis=0), _total(change.deaths)
        came, left = _total(change.immigration), _total(change.emigration)
        into, out = _total(change.internal_in), _total(change.internal_out)
        found = {
            "births": born,
            "deaths": died,
            "natural_increase": born - died,
            "internal_in": into,
            "internal_out": out,
            "internal_net": into - out,
            "growth_point_net": nobody if moved is None else moved.sum((0, 1)),
            "support_net": nobody
            if inside is None
            else inside.additions.sum((0, 1)) - inside.removals.sum((0, 1)),
            "immigration": came,
            "emigration": left,
            "external_net": came - left,
            "labour_force": done.labour.labour_force,
            "labour_deficit": done.labour.deficit,
            **self.by_qualification(done.labour),
        }
        for name, values in found.items():
            self.series[name][number, :, block] = _with_nation(values)
        lived = expected_years(rates.survival)
        for place, name in enumerate(("life_expectancy_female", "life_expectancy_male")):
            self.series[name][number, :-1, block] = lived[place]
        if extra.moves is not None:
            self.arrivals[number, :, block] = extra.moves.arrivals

    def by_qualification(self, work: LabourYear) -> dict[str, Array]:
        """{measure: (region, draw)} labour deficit by qualification; empty without a norm."""
        base = self.setting.labour
        if base.qualified is None:
            return {}
        filled = work.supply + work.foreign
        short = total_by_qualification(work.demand, filled, base.jobs, base.qualified)
        return dict(zip(BY_QUALIFICATION, short, strict=True))


def _groups(setting: Setting, ages: int) -> Array:
    """(group, sex and age) weights of children, working ages, the old, pupils, and needs."""
    age = np.arange(ages)
    first, last = WORKING_AGES
    groups = [age < first, (age >= first) & (age <= last), age > last,
              (age >= SCHOOL_AGES[0]) & (age <= SCHOOL_AGES[1])]  # fmt: skip
    rows = [np.tile(group.astype(float), (len(SEXES), 1)) for group in groups]
    rows += [facility.profile * facility.per_user for facility in setting.facilities]
    return np.stack(rows).reshape(len(rows), -1)


def _total(people: Array) -> Array:
    """(region, draw) both sexes and all ages."""
    total: Array = people.sum(axis=(0, 1))
    return total


def expected_years(survival: Array) -> Array:
    """(sex, region, draw) life expectancy at birth from survival ratios, years.

    survival : (sex, age, region, draw) as in `lifetable.survival_ratios`: L(0) is S(0), every
    L(x) the product of the ratios up to x, and the open age follows from S of the last two ages
    pooled, L(w) = L(w-1) S / (1 - S).
    """
    lived = np.cumprod(survival[:, :-1], axis=1)
    open_age = lived[:, -1] * survival[:, -1] / (1 - survival[:, -1])
    years: Array = lived.sum(axis=1) + open_age
    return years


def quantiles(values: Array, levels: Sequence[float] = LEVELS) -> Array:
    """(quantile, ...) of the draws on the last axis, linear between neighbours (type 7)."""
    ordered = np.sort(values, axis=-1)
    place = np.asarray(levels) * (values.shape[-1] - 1)
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, values.shape[-1] - 1)
    part = place - below
    found: Array = np.moveaxis(ordered[..., below] * (1 - part) + ordered[..., above] * part, -1, 0)
    return found


def _with_nations(values: Array) -> Array:
    """(group, region, draw) with their sum as the last region."""
    return np.concatenate([values, values.sum(axis=1, keepdims=True)], axis=1)


def _with_nation(values: Array) -> Array:
    """(region, draw) with their sum as the last region."""
    return np.concatenate([values, values.sum(axis=0, keepdims=True)])
