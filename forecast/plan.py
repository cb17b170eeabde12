"""A scenario bound to a data package, ready to run."""

from __future__ import annotations

import operator
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forecast import baseline, growth, levels, policy
from forecast.assumptions import Assumptions, Drivers
from forecast.draws import Draws
from forecast.drivers import CONTINUED, driver_notes, drivers_of, still_drivers
from forecast.elasticities import TABLE as ELASTICITIES
from forecast.errors import Fault, Faults, InputError
from forecast.feedback import LINKS, Feedback, links_of
from forecast.gap import limits_of
from forecast.infrastructure import Facility, capacity_path, load_facilities
from forecast.infrastructure.facilities import NUMBERS
from forecast.labour import LabourBase, calibrate_labour
from forecast.labour.qualification import load_qualifications
from forecast.migration.growth_point import GrowthPoint
from forecast.observed_flows import flow_years
from forecast.relocation import Surroundings
from forecast.simulate import Simulation, simulate
from forecast.uncertain import COMPONENTS, Deviations, draw_deviations
from forecast.words import language, say
from forecast.words.digits import number

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.scenario import Scenario
    from forecast.scenario.bind import Country
    from forecast.scenario.levers import Levers

Array = NDArray[np.float64]

DWELLING = "dwelling"  # the facility that decides how many people a dwelling brings


@dataclass(frozen=True, repr=False)
class Plan:
    """A scenario bound to a data package, ready to run."""

    scenario: Scenario
    dataset: Dataset
    years: tuple[int, ...]
    labour: LabourBase
    facilities: tuple[Facility, ...]
    points: tuple[GrowthPoint, ...]
    around: Surroundings
    drivers: Drivers | None = None

    @property
    def internal(self) -> str:
        """The level of internal migration of this run."""
        return self.scenario.uncertainties.internal_level.variant

    @property
    def levers(self) -> Levers:
        """What policy chooses in this run."""
        return self.scenario.levers

    @cached_property
    def without_levers(self) -> Assumptions:
        """The assumptions of the run before anybody is moved by a lever."""
        said, levers = self.scenario.uncertainties, self.scenario.levers
        effect = policy.fertility_effect(levers, self.years)
        key = (
            "assumptions", language(), self.years, self.internal, repr(said),
            effect.tobytes(),
        )  # fmt: skip
        return self.dataset.once(
            key,
            lambda: baseline.assume(
                self.dataset, self.years, said, internal=self.internal, tfr_effect=effect
            ),
        )

    def assume(self, internal: str | None = None) -> Assumptions:
        """The assumptions of the run, with another level of internal migration if asked."""
        levers, plain = self.scenario.levers, self.without_levers
        if internal is not None and internal != self.internal:
            plain = levels.at_level(self.dataset, plain, internal)
        drivers = self.drivers
        if drivers is None and self.around.feedback is not None:
            drivers = still_drivers(self.dataset, len(self.years))
        return plain.but(
            support=policy.support(levers, self.dataset, plain, self.labour),
            drivers=drivers,
            notes=(*plain.notes, *driver_notes(self.drivers, self.scenario, self.dataset)),
        )

    def deviations(
        self,
        assumptions: Assumptions,
        draws: Draws,
        components: Collection[str] = tuple(COMPONENTS),
    ) -> Deviations:
        """The draws of `components`, the others on their central path."""
        level = self.scenario.uncertainties.internal_level.variant
        support = policy.effect_factor(self.scenario.levers, assumptions, draws.in_blocks)
        return draw_deviations(
            self.dataset, assumptions, draws, level=level, support=support, components=components
        )

    def drawn_points(self, draws: Draws) -> tuple[GrowthPoint, ...]:
        """The growth points with share and slip of their delivery drawn."""
        written, residents = self.scenario.growth_points, self.without_levers.population
        return growth.growth_points(
            written, self.dataset.space, self.labour, self.years, residents.sum(axis=(0, 1)),
            growth.drawn_delivery(written, draws.in_blocks),
        )  # fmt: skip

    def simulate(self, assumptions: Assumptions) -> Simulation:
        """The yearly pass over these assumptions with the growth points of the scenario."""
        return simulate(assumptions, self.points, self.labour, self.around)


def dwellings_per_person(
    facilities: Sequence[Facility], points: Sequence[GrowthPoint], shape: tuple[int, int, int]
) -> Array:
    """(sex, age, region) dwellings that one person needs, for points driven by dwellings."""
    chosen = [facility for facility in facilities if facility.kind == DWELLING]
    if not chosen:
        if any(point.driver == "dwellings" for point in points):
            message = say("no facility '{kind}'; a growth point is driven by it", kind=DWELLING)
            raise InputError("norms/facilities.csv", message)
        return np.zeros(shape)
    each = chosen[0].profile * chosen[0].per_user
    return np.repeat(each[:, :, None], shape[2], axis=2)


def facilities_of(
    dataset: Dataset, overrides: Mapping[str, Mapping[str, float]]
) -> tuple[Facility, ...]:
    """The facilities of a data package with what a scenario changes; the same ones once made."""
    key = tuple((kind, *sorted(changes.items())) for kind, changes in sorted(overrides.items()))
    return dataset.once(
        ("facilities", key), lambda: load_facilities(dataset, overrides=overrides)
    )  # fmt: skip


def country_of(dataset: Dataset) -> Country:
    """What a scenario is held against: regions, sections and norms of this data package."""
    return dataset.once("country", lambda: _country_of(dataset))


def _country_of(dataset: Dataset) -> Country:
    from forecast.scenario.bind import Country  # late: it brings pydantic

    facilities = dataset.table("norms/facilities")
    bounds = {
        column: (low, high) for column, (low, high, _) in NUMBERS.items() if column in facilities
    }
    people = baseline.population_on(dataset, dataset.base_year).sum(axis=(0, 1))
    return Country(
        dataset.space,
        dataset.table("norms/sections"),
        base_year=dataset.base_year,
        norms=dict.fromkeys(facilities["kind"], bounds),
        levels=[f"level-{year}" for year in flow_years(dataset)],
        people=dict(zip(dataset.space.ids, people.tolist(), strict=True)),
        employed=_employed(dataset),
        unemployment=_unemployment(dataset),
        settled=policy.published_regions(dataset),
    )


def bind(scenario: Scenario, dataset: Dataset) -> Scenario:
    """The scenario with regions, sections and norms as this data package knows them."""
    bound = scenario.bind(country_of(dataset))
    facilities_of(dataset, {})  # what is wrong with the rows of the package is told as such
    faults = Faults()
    try:
        facilities_of(dataset, bound.levers.norms)
    except InputError as error:
        where = bound.where(("levers", "norms"))
        faults += [Fault(where, str(fault)) for fault in error.faults]
    if faults:
        raise InputError("", faults)
    return bound


def read(name: str | Path, dataset: Dataset) -> Scenario:
    """The scenario of a name or file, held against a data package.

    Raises InputError with every fault, those that only the package knows among them.
    """
    from forecast.scenario.bind import read_bound

    return bind(read_bound(name, country_of(dataset)), dataset)


def _employed(dataset: Dataset) -> dict[str, float]:
    """{region: employed residents} of the last published year, persons."""
    frame = dataset.table("labour_force")
    chosen = frame[(frame["measure"] == "employed") & (frame["year"] == frame["year"].max())]
    known = chosen[chosen["region"].isin(dataset.space.ids)]
    return dict(zip(known["region"], known["value"].astype(float), strict=True))


def _unemployment(dataset: Dataset) -> dict[str, float]:
    """{region: per cent of the labour force} of the last published year."""
    frame = dataset.table("labour_force")
    chosen = frame[(frame["year"] == frame["year"].max()) & frame["region"].isin(dataset.space.ids)]
    wide = chosen.pivot(index="region", columns="measure", values="value")
    share = 100 * wide["unemployed"] / wide["labour_force"]
    return {str(region): float(percent) for region, percent in share.dropna().items()}


def bound_until(scenario: Scenario, dataset: Dataset, until: int | None = None) -> Scenario:
    """The scenario as it is run: held against a package, with its last calendar year."""
    first, last = dataset.base_year, scenario.until if until is None else _whole(until)
    furthest = baseline.last_path_year(dataset)
    if not first <= last <= furthest:
        message = say(
            "the last year is {until}; it must be from {first} to {last}",
            until=last, first=first, last=furthest,
        )  # fmt: skip
        where = "--until" if until is not None else scenario.where(("until",))
        raise InputError(where, message)
    return bind(replace(scenario, until=last), dataset)


def prepare(scenario: Scenario, dataset: Dataset, *, until: int | None = None) -> Plan:
    """Bind a scenario to a package and calibrate what the run needs.

    until : last calendar year, instead of the scenario's own
    """
    bound = bound_until(scenario, dataset, until)
    years = tuple(range(dataset.base_year, bound.until + 1))
    stocks = sorted(int(y) for y in dataset.table("estimated/population")["year"].unique())
    people = {year: baseline.population_on(dataset, year) for year in stocks}
    levers = bound.levers
    changes = policy.participation_changes(levers, years, dataset.space)
    calibrated = dataset.once("labour", lambda: calibrate_labour(dataset, dataset.space, people))
    qualified = dataset.once("qualified", lambda: load_qualifications(dataset, calibrated.sections))
    labour = replace(calibrated, changes=changes, qualified=qualified)
    facilities = facilities_of(dataset, levers.norms)
    residents = people[dataset.base_year].sum(axis=(0, 1))
    points = growth.growth_points(bound.growth_points, dataset.space, labour, years, residents)
    _refuse_closures(points, labour, bound, dataset)
    limits_of(dataset)  # what is wrong with it is told before the run
    capacity_path(dataset, facilities, dataset.space, years)  # and with the stock of facilities
    around = Surroundings(
        dwellings_per_person(facilities, points, dataset.space.shape),
        gate=policy.gate(levers, dataset, facilities, years),
        permits=policy.more_permits(levers, dataset, years),
    )
    around = replace(around, feedback=feedback_of(bound, dataset, labour, around))
    drivers = drivers_of(bound, dataset, years)
    return Plan(bound, dataset, years, labour, facilities, points, around, drivers)


def feedback_of(
    scenario: Scenario, dataset: Dataset, labour: LabourBase, around: Surroundings
) -> Feedback | None:
    """The loop of a bound scenario; None where nothing can differ from the plain run, every link
    is off, or nobody knows how moves answer."""
    given = tuple(scenario.drivers.by_driver)
    levers, trend = scenario.levers, scenario.uncertainties.driver_trend == CONTINUED
    moved = bool(scenario.growth_points or given or trend)
    moved |= any((levers.kandas_quota, levers.resettlement, levers.memoranda,
                  levers.foreign_labour, levers.participation))  # fmt: skip
    links = links_of({name: getattr(scenario.feedback, name) for name in LINKS}, given, trend)
    if not moved or not links or not dataset.has(ELASTICITIES):
        return None
    return Feedback(links, labour.loop, around.dwellings_per_person)


def _refuse_closures(
    points: Sequence[GrowthPoint], labour: LabourBase, scenario: Scenario, dataset: Dataset
) -> None:
    """Raise InputError where points close more jobs of a section than their regions have."""
    names = dataset.table("norms/sections").set_index("section")[f"name_{language()}"]
    faults = Faults()
    for point in points:
        closed = -point.additional * point.jobs_added.min() * np.outer(point.homes, point.sections)
        for region, section in np.argwhere(closed > labour.jobs + 0.5):
            message = say(
                "{jobs} jobs close in the section {section}, and {region} has {existing} in it",
                jobs=number(float(closed[region, section])),
                section=names[labour.sections[section]],
                region=dataset.space.regions[region].name,
                existing=number(float(labour.jobs[region, section])),
            )  # fmt: skip
            where = scenario.where(("growth_points", point.id, "sectors"))
            faults.add(where, message, say("close jobs of several sections, or fewer"))
    if faults:
        raise InputError(say("scenario '{name}'", name=scenario.name), faults)


def _whole(until: object) -> int:
    try:
        return operator.index(until)  # type: ignore[arg-type]
    except TypeError:
        raise InputError("until", say("a whole year is needed")) from None


def large_points(plan: Plan) -> list[str]:
    """Growth points that plan more jobs than their region has workers, in words."""
    workers = plan.labour.jobs.sum(axis=1) / (1 - plan.labour.unemployment)
    return [
        say(
            "{point}: {jobs} jobs are more than the {workers} workers of {region}; is the number "
            "right?",
            point=point.id,
            jobs=number(float(point.jobs.max())),
            workers=number(float(workers[point.region])),
            region=plan.dataset.space.regions[point.region].name,
        )  # fmt: skip
        for point in plan.points
        if point.jobs.max() > workers[point.region]
    ]
