"""What a planner should know about a scenario that is no fault."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from forecast.elasticities import UNEMPLOYMENT
from forecast.errors import Fault
from forecast.scenario.bind_drivers import series_of_drivers
from forecast.scenario.bind_levers import series_of
from forecast.scenario.read import Keys
from forecast.scenario.series import tidy
from forecast.words import say
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    from forecast.scenario.levers import Levers
    from forecast.scenario.scenario import Scenario
    from forecast.scenario.schema import GrowthPoint

LARGE, LARGE_POINTS = 0.5, 5.0  # change of a driver, a share and points; assumption
DRIVES = ("jobs", "construction_jobs", "dwellings", "people")
QUOTED = ("kandas_quota", "resettlement", "foreign_labour", "family_support")


def advice(scenario: Scenario) -> list[Fault]:
    """Points outside the horizon, figures without a source, plans taken at their word."""
    found = [
        told
        for name, point in scenario.growth_points.items()
        for told in _of_point(("growth_points", name), point, scenario.until)
    ]
    found += _of_drivers(scenario)
    found += _of_levers(scenario.levers)
    for keys, series in series_of_drivers(scenario.drivers) + series_of(scenario.levers):
        if series.years[0] > scenario.until:
            message = say("{year} is after the end of the run in {until}: it has no effect",
                          year=series.years[0], until=scenario.until)  # fmt: skip
            cure = say("run further: 'until: {year}'", year=series.years[0])
            found.append((keys, message, cure))
    return [Fault(scenario.where(keys), message, cure) for keys, message, cure in found]


def _of_drivers(scenario: Scenario) -> Iterator[tuple[Keys, str, str]]:
    """Drivers without a source, too large for what is known of the answers to them, and those
    that begin too late to move anybody."""
    given = series_of_drivers(scenario.drivers)
    if given and scenario.drivers.source is None:
        yield ("drivers",), say("no source is given"), say("write 'source: publisher and address'")
    for keys, series in given:
        if series.years[0] == scenario.until:
            message = say("{year} is the last year of the run: nobody moves for it before {next}",
                          year=scenario.until, next=scenario.until + 1)  # fmt: skip
            yield keys, message, say("run further: 'until: {year}'", year=scenario.until + 1)
        in_points = keys[1] == UNEMPLOYMENT
        value, year = max(zip(series.values, series.years, strict=True), key=lambda at: abs(at[0]))
        if abs(value) > (LARGE_POINTS if in_points else LARGE):
            size = per_cent(100 * value, 0, signed=True)
            if in_points:
                size = say("{points} points", points=number(value, 1, signed=True))
            message = say("a change of {size} is large: elasticities are measured on small changes",
                          size=size)  # fmt: skip
            yield (*keys, year), message, say("read its result as a direction, not as a number")


def _of_levers(levers: Levers) -> Iterator[tuple[Keys, str, str]]:
    """Levers without a source."""
    cure = say("write 'source: publisher and address'")
    for name in QUOTED:
        lever = getattr(levers, name)
        if lever is not None and lever.source is None:
            yield ("levers", name), say("no source is given"), cure
    for name in ("memoranda", "participation"):
        for place, entry in enumerate(getattr(levers, name)):
            if entry.source is None:
                yield ("levers", name, place), say("no source is given"), cure


def _of_point(keys: Keys, point: GrowthPoint, until: int) -> Iterator[tuple[Keys, str, str]]:
    slip = point.delivery.slip_years.mode
    given = {name: getattr(point, name) for name in DRIVES if getattr(point, name)}
    for name, series in given.items():
        first = series.first
        if first > until:
            message = say("{year} is after the end of the run in {until}: it has no effect",
                          year=first, until=until)  # fmt: skip
            yield (*keys, name), message, say("run further: 'until: {year}'", year=first)
        elif first + slip > until:
            message = say("with a delay of {slip} years it begins after the end of the run in"
                          " {until}", slip=tidy(slip), until=until)  # fmt: skip
            yield (*keys, name), message, ""
    if not given:
        yield keys, say("nothing drives this growth point: only its plan is compared"), ""
    elif "delivery" not in point.model_fields_set:
        message = say("no 'delivery' is given: the run takes all of the plan, on time")
        yield keys, message, say("write 'delivery: {share: [0.5, 0.8, 1], slip_years: [0, 1, 3]}'")
    if point.source is None:
        yield keys, say("no source is given"), say("write 'source: publisher and address'")
    if point.plan is not None and "source" not in point.plan:
        yield (*keys, "plan"), say("no source is given"), say("write 'source: ...' in the plan")
