"""A run and its variations: what must be computed anew when one assumption is another one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecast import growth, policy
from forecast.assumptions import Assumptions
from forecast.elasticities import HOME_VALUE
from forecast.infrastructure import Facility
from forecast.labour import LabourBase
from forecast.plan import DWELLING, Plan, dwellings_per_person
from forecast.simulate import Simulation
from forecast.words import say
from forecast.words.digits import per_cent

if TYPE_CHECKING:
    from forecast.scenario.levers import Levers
    from forecast.scenario.schema import Uncertainties

Levels = tuple[float | str, float | str, float | str]  # low, central, high
PEOPLE, LABOUR, NEEDS = "people", "labour", "needs"  # what an assumption changes first


@dataclass(frozen=True, repr=False)
class World:
    """A plan, what it assumes, and the people that follow."""

    plan: Plan
    assumptions: Assumptions
    simulation: Simulation

    @classmethod
    def of(cls, plan: Plan, assumptions: Assumptions | None = None) -> World:
        """The world of a plan, simulated."""
        found = plan.assume() if assumptions is None else assumptions
        return cls(plan, found, plan.simulate(found))

    def assuming(self, assumptions: Assumptions) -> World:
        """The same plan under other assumptions."""
        return World.of(self.plan, assumptions)

    def with_labour(self, labour: LabourBase) -> World:
        """Another labour market; rates of the people stay."""
        plan, points = self.plan, self.plan.points
        if any(point.induced for point in points):
            residents = self.assumptions.population.sum(axis=(0, 1))
            points = growth.growth_points(
                plan.scenario.growth_points, plan.dataset.space, labour, plan.years, residents
            )  # fmt: skip
        loop = plan.around.feedback
        around = plan.around
        if loop is not None:
            around = replace(around, feedback=replace(loop, loop=labour.loop))
        return World.of(replace(plan, labour=labour, points=points, around=around),
                        self.assumptions)  # fmt: skip

    def with_point(self, name: str, **changes: object) -> World:
        """One growth point with some of its values replaced."""
        plan = self.plan
        written = dict(plan.scenario.growth_points)
        written[name] = written[name].model_copy(update=changes)
        residents = self.assumptions.population.sum(axis=(0, 1))
        points = growth.growth_points(
            written, plan.dataset.space, plan.labour, plan.years, residents
        )  # fmt: skip
        return World.of(replace(plan, points=points), self.assumptions)

    def with_uncertainties(self, said: Uncertainties) -> World:
        """Other variants of what nobody chooses."""
        return World.of(
            replace(self.plan, scenario=replace(self.plan.scenario, uncertainties=said))
        )

    def with_levers(self, levers: Levers) -> World:
        """Other levers: their effect on births and the gate, whatever else they are."""
        plan = self.plan
        gate = policy.gate(levers, plan.dataset, plan.facilities, plan.years)
        changed = replace(
            plan, scenario=replace(plan.scenario, levers=levers),
            around=replace(plan.around, gate=gate),
        )  # fmt: skip
        births_stay = levers.family_support == plan.scenario.levers.family_support
        return World.of(changed, self.assumptions if births_stay else None)

    def with_facility(self, changed: Facility) -> World:
        """Another norm of one kind; people are simulated anew only where the kind moves them."""
        facilities = tuple(
            changed if facility.kind == changed.kind else facility
            for facility in self.plan.facilities
        )
        plan = replace(self.plan, facilities=facilities)
        if not moves_people(self.plan, changed.kind):
            return replace(self, plan=plan)
        each = dwellings_per_person(facilities, plan.points, plan.dataset.space.shape)
        loop = plan.around.feedback
        around = replace(
            plan.around,
            dwellings_per_person=each,
            gate=policy.gate(plan.scenario.levers, plan.dataset, facilities, plan.years),
            feedback=None if loop is None else replace(loop, each=each),
        )
        return World.of(replace(plan, around=around), self.assumptions)


def moves_people(plan: Plan, kind: str) -> bool:
    """Whether the norm of a kind of facility decides who comes."""
    gate = plan.around.gate
    held = gate is not None and kind in [facility.kind for facility in gate.facilities]
    called = kind == DWELLING and any(point.driver == "dwellings" for point in plan.points)
    loop = plan.around.feedback
    answered = kind == DWELLING and loop is not None and HOME_VALUE in loop.links
    return held or called or answered


@dataclass(frozen=True)
class Assumption:
    """One assumption with the two values that it is given in turn.

    id      : names it for programs, `norms.school_place.rate`
    name    : what it is, in words
    levels  : low, central and high: numbers, or the names of variants
    at      : the world in which it has another level
    numbers : of a variant, the number that stands for it in a world; None where the levels are
              the numbers, or where nothing but the name tells it
    unit, status, source : of the value
    range   : where low and high come from, in words
    changes : people, labour or needs: what it changes first; it changes nothing above
    kind    : the only kind of facility that it changes; empty for all
    """

    id: str
    name: str
    levels: Levels
    at: Callable[[World, float | str], World]
    unit: str
    status: str
    source: str
    range: str
    changes: str = PEOPLE
    kind: str = ""
    numbers: Callable[[World], float] | None = None


def around(
    value: float,
    change: float,
    least: float = 0.0,
    most: float = np.inf,
    *,
    from_zero: bool = False,
) -> tuple[float, float, float]:
    """Low, central and high: a share `change` below and above, never beyond the bounds.

    from_zero : a share of 0, which no factor moves, is raised to `change` itself
    """
    high = change if from_zero and value == 0 else value * (1 + change)
    return max(value * (1 - change), least), value, min(high, most)


def by_share(change: float) -> str:
    """The rule of a share up and down, in words."""
    return f"±{per_cent(100 * change, 0 if round(100 * change) == 100 * change else 1)}"


def own_range() -> str:
    return say("own range of the source")


def said_range() -> str:
    return say("range of the scenario")
