"""Norms of facilities as assumptions: every number of a kind but the ages of its users."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from forecast.infrastructure import Facility
from forecast.infrastructure.facilities import COSTS, NUMBERS
from forecast.plan import Plan
from forecast.varied.world import (
    NEEDS,
    PEOPLE,
    Assumption,
    World,
    around,
    by_share,
    moves_people,
    own_range,
)
from forecast.words import mark, say

# column: what it is, its unit; costs are one assumption with a range of its own
WORDS = {
    "first_age_share": (mark("share of the first age who count"), mark("share")),
    "last_age_share": (mark("share of the last age who count"), mark("share")),
    "rate": (mark("share of people who use it"), mark("share")),
    "camp_rate": (mark("share of camp workers who use it"), mark("share")),
    "per_1000": (mark("units per 1,000 users"), mark("per 1,000 users")),
    "shifts": (mark("shifts a day"), mark("shifts a day")),
    "usable_share": (mark("share of units that can be used"), mark("share")),
    "lead_time_years": (mark("lead time"), mark("years")),
    "life_years": (mark("years until it is replaced"), mark("years")),
}
OF_AGES = ("first_age_share", "last_age_share")
COST = mark("unit cost")


def norms(plan: Plan, kind: str, change: float) -> Iterator[Assumption]:
    """The numbers of the kind whose need is asked for, and of all kinds that move people.

    A number of 0 says that nobody is meant and stays 0; a first or last age of whom all count is
    a bound and no estimate.
    """
    sources = plan.dataset.table("norms/facilities").set_index("kind")["cost_source"]
    for facility in plan.facilities:
        moving = moves_people(plan, facility.kind)
        if facility.kind != kind and not moving:
            continue
        first = PEOPLE if moving else NEEDS
        for column, (word, unit) in WORDS.items():
            value = float(getattr(facility, column))
            if np.isnan(value) or value == 0 or (column in OF_AGES and value == 1):
                continue
            least, most, _ = NUMBERS[column]
            yield Assumption(
                id=f"norms.{facility.kind}.{column}",
                name=f"{facility.name}: {say(word)}",
                levels=around(value, change, least, most),
                at=_with(facility, column),
                unit=say(unit),
                **_said(plan, facility, (column,), facility.status, facility.source),
                range=by_share(change),
                changes=first,
                kind=facility.kind,
            )
        if not np.isnan(facility.cost[1]):
            yield _cost(plan, facility, change, str(sources[facility.kind]))


def _cost(plan: Plan, facility: Facility, change: float, source: str) -> Assumption:
    low, central, high = facility.cost
    known = not np.isnan([low, high]).any()
    return Assumption(
        id=f"norms.{facility.kind}.cost",
        name=f"{facility.name}: {say(COST)}",
        levels=facility.cost if known else around(central, change),
        at=lambda world, value: world.with_facility(
            replace(facility, cost=(low, float(value), high))
        ),
        unit=facility.cost_unit,
        range=own_range() if known else by_share(change),
        changes=NEEDS,
        kind=facility.kind,
        **_said(plan, facility, COSTS, facility.cost_status, source),
    )


def _with(facility: Facility, column: str) -> Callable[[World, float | str], World]:
    def at(world: World, value: float | str) -> World:
        changes: dict[str, Any] = {column: float(value)}
        return world.with_facility(replace(facility, **changes))

    return at


def _said(
    plan: Plan, facility: Facility, columns: Iterable[str], status: str, source: str
) -> dict[str, Any]:
    """Status and source of a number: the scenario's where a lever overrides the norm."""
    own = plan.scenario.levers.norms.get(facility.kind, {})
    if any(column in own for column in columns):
        return {"status": "assumption", "source": say("levers of the scenario")}
    return {"status": status, "source": source}
