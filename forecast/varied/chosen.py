"""What nobody chooses as assumptions: variants, the answer to drivers; and levers with a range."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from forecast.assumptions import Note
from forecast.demography.lifetable import life_expectancy
from forecast.elasticities import DRIVERS, MOST, SIDES, TABLE, Elasticity, sign
from forecast.elasticities import WORDS as SIDE_WORDS
from forecast.observed_flows import compared_years
from forecast.plan import Plan
from forecast.scenario.fields import LOAD_BOUNDS
from forecast.space import SEXES
from forecast.survivorship import national_rates
from forecast.varied.world import Assumption, World, around, by_share, said_range
from forecast.words import mark, say

LOW, MEDIUM, HIGH = "low", "medium", "high"
RANGE = mark("low and high variant")
UNITS = (mark("log per log"), mark("log per percentage point"))  # of elasticities
NOTES = ("fertility", "mortality", "internal_level", "external_migration")  # of baseline.assume


class _Variants(NamedTuple):
    """An uncertainty with variants: what it is, its unit, the variants that lower and raise it."""

    name: str
    unit: str
    low: str
    high: str
    numbers: Callable[[World, int], float]


def variants(plan: Plan, year: int) -> tuple[list[Assumption], list[str]]:
    """Fertility, mortality and external migration by their variants; and what cannot be varied.

    year : of the numbers that are shown, of the nation
    """
    said, found, left = plan.scenario.uncertainties, [], []
    for key, one in _VARIANTS.items():
        chosen = getattr(said, key).variant
        if chosen is None:
            left.append(say("{name}: the scenario gives a path, which has no range",
                            name=say(one.name)))  # fmt: skip
            continue
        found.append(Assumption(
            id=f"uncertainties.{key}",
            name=say(one.name),
            levels=(one.low, chosen, one.high),
            at=_variant(key),
            unit=say(one.unit),
            status=_note(plan, key).status,
            source=_note(plan, key).source,
            range=say(RANGE),
            numbers=_numbers(one.numbers, year),
        ))  # fmt: skip
    return found, left


def _note(plan: Plan, key: str) -> Note:
    """What a run says of the source of an uncertainty."""
    return plan.without_levers.notes[NOTES.index(key)]


def _numbers(of: Callable[[World, int], float], year: int) -> Callable[[World], float]:
    return lambda world: of(world, year)


def _variant(key: str) -> Callable[[World, float | str], World]:
    def at(world: World, value: float | str) -> World:
        said = world.plan.scenario.uncertainties
        part = getattr(said, key).model_copy(update={"variant": str(value)})
        return world.with_uncertainties(said.model_copy(update={key: part}))

    return at


def _children(world: World, year: int) -> float:
    """Total fertility rate of the nation, regions weighted by the women of the first year."""
    a = world.assumptions
    women = a.population[SEXES.index("female")]
    rates = a.fertility[a.years.index(year)]
    return float(((rates * women).sum(axis=1) / np.maximum(women.sum(axis=1), 1.0)).sum())


def _years_of_life(world: World, year: int) -> float:
    """Life expectancy at birth of the nation, mean of both sexes."""
    a = world.assumptions
    rates = national_rates(a.mortality[a.years.index(year)], a.population)  # (sex, age)
    return float(np.mean(life_expectancy(rates)))


def _net(world: World, year: int) -> float:
    """Net external migration of the nation in a calendar year, persons."""
    change = world.simulation.changes[world.simulation.years.index(year)]
    return float(change.immigration.sum() - change.emigration.sum())


_VARIANTS = {
    "fertility": _Variants(mark("total fertility rate"), mark("births per woman"), LOW, HIGH,
                           _children),
    "mortality": _Variants(mark("life expectancy at birth"), mark("years"), HIGH, LOW,
                           _years_of_life),
    "external_migration": _Variants(mark("net external migration"), mark("persons per year"),
                                    LOW, HIGH, _net),
}  # fmt: skip


def internal_level(plan: Plan) -> Iterator[Assumption]:
    """Moves between regions at the levels that stand beside every run."""
    years = compared_years(plan.dataset)
    if len(years) < 2:
        return

    def at(world: World, value: float | str) -> World:
        return world.assuming(world.plan.assume(str(value)))

    yield Assumption(
        id="uncertainties.internal_level",
        name=say("moves between regions as in the year"),
        levels=(f"level-{years[0]}", plan.internal, f"level-{years[-1]}"),
        at=at,
        unit="",
        status=_note(plan, "internal_level").status,
        source=_note(plan, "internal_level").source,
        range=say("levels of observed years"),
    )


def answers(plan: Plan) -> Iterator[Assumption]:
    """Elasticities of drivers that act, one standard error (use elsewhere included) each way."""
    drivers = plan.drivers
    if drivers is None or not drivers.act:
        return
    moved = {
        name for place, name in enumerate(DRIVERS)
        if drivers.changes[:, place].any() or (name == "jobs" and drivers.jobs.any())
    }  # fmt: skip
    for row in drivers.elasticities.rows:
        if row.driver not in moved:
            continue
        least, most = (0.0, MOST) if sign(row.driver, row.side) > 0 else (-MOST, 0.0)
        low, high = (float(np.clip(row.value + side * row.error, least, most)) for side in (-1, 1))
        yield Assumption(
            id=f"elasticities.{row.driver}.{row.side}",
            name=say("answer of moves to {driver}, {side}",
                     driver=say(DRIVERS[row.driver]), side=say(SIDE_WORDS[row.side])),
            levels=(low, row.value, high),
            at=_elasticity(row),
            unit=_unit(plan, row),
            status=row.status,
            source=row.source,
            range=say("±1 standard error"),
        )  # fmt: skip


def _unit(plan: Plan, row: Elasticity) -> str:
    table = plan.dataset.table(TABLE)
    chosen = table[(table["driver"] == row.driver) & (table["side"] == row.side)]
    return say(str(chosen["unit"].iloc[0]))


def _elasticity(row: Elasticity) -> Callable[[World, float | str], World]:
    place = list(DRIVERS).index(row.driver), SIDES.index(row.side)

    def at(world: World, value: float | str) -> World:
        drivers = world.assumptions.drivers
        assert drivers is not None
        values = drivers.elasticities.values.copy()
        values[place] = float(value)
        changed = replace(drivers, elasticities=replace(drivers.elasticities, values=values))
        return world.assuming(world.assumptions.but(drivers=changed))

    return at


def levers(plan: Plan, change: float) -> Iterator[Assumption]:
    """What comes true of the support of families, and the load that the gate tolerates."""
    said = plan.scenario.levers
    support, first = said.family_support, said.infrastructure_first
    if support is not None and support.realised.low < support.realised.high:
        yield Assumption(
            id="levers.family_support.realised",
            name=say("family support: share of the effect that comes true"),
            levels=(support.realised.low, support.realised.mode, support.realised.high),
            at=_realised,
            unit=say("share"),
            status="assumption",
            source=support.source or say("levers of the scenario"),
            range=said_range(),
        )
    if first is not None:
        yield Assumption(
            id="levers.infrastructure_first.tolerated_load",
            name=say("infrastructure first: tolerated load"),
            levels=around(first.tolerated_load, change, *LOAD_BOUNDS),
            at=_load,
            unit=say("users per unit"),
            status="assumption",
            source=say("levers of the scenario"),
            range=by_share(change),
        )


def _realised(world: World, value: float | str) -> World:
    from forecast.scenario.values import Triple

    said = world.plan.scenario.levers
    assert said.family_support is not None
    only = Triple(float(value), float(value), float(value))
    support = said.family_support.model_copy(update={"realised": only})
    return world.with_levers(said.model_copy(update={"family_support": support}))


def _load(world: World, value: float | str) -> World:
    said = world.plan.scenario.levers
    assert said.infrastructure_first is not None
    first = said.infrastructure_first.model_copy(update={"tolerated_load": float(value)})
    return world.with_levers(said.model_copy(update={"infrastructure_first": first}))
