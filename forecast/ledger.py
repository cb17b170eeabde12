"""The ledger of each growth point: its own people, so that it does not vanish in its region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.assumptions import Note
from forecast.demography.step import YearRates, one_year
from forecast.infrastructure import Facility, need, users
from forecast.infrastructure.facilities import COSTS
from forecast.labour import LabourBase
from forecast.migration.growth_point import GrowthPoint
from forecast.simulate import Simulation
from forecast.tables import JOBS, PERSONS, PROJECTED, TOTAL
from forecast.words import mark, say, say_n
from forecast.words.digits import number

Array = NDArray[np.float64]

COLUMNS = ("growth_point", "region", "year", "measure", "kind", "origin", "value", "unit", "status")
AGE_GROUPS = ((0, 5), (6, 17), (18, 64), (65, 100))
MEASURES = {
    "jobs": mark("permanent jobs delivered"),
    "construction_jobs": mark("construction workers in camps"),
    "dwellings": mark("dwellings completed"),
    "arrivals": mark("arrivals"),
    "unmet": mark("people called who are nowhere to be found"),
    "held_back": mark("people called who wait for room at the end of the year"),
    "departures": mark("departures"),
    "people": mark("people who came for it and their children"),
    "workers": mark("workers among them"),
    "users": mark("users of facilities among them"),
    "need": mark("places, beds and dwellings they need"),
    "cost_low": mark("cost of what they need, low"),
    "cost_central": mark("cost of what they need, central"),
    "cost_high": mark("cost of what they need, high"),
    "cost_per_person": mark("cost of what one of them needs, central"),
    "plan_population": mark("people of the place by its plan"),
    "place_population": mark("people of the place by this forecast"),
}
CLAIM = "assumption"  # status of what a plan claims


def growth_point_frame(
    simulation: Simulation,
    labour: LabourBase,
    facilities: Sequence[Facility],
    plans: Mapping[str, Mapping[str, Any]],
) -> pd.DataFrame:
    """Jobs, arrivals by origin, people, workers, users and needs of each growth point.

    A stock (people, workers, users, need) is of 1 January of `year`, a flow and a number of jobs
    of the calendar year. `kind` names an age group (people) or a facility (users, need), `origin`
    the region from which people came (arrivals); `total` stands where a row is not broken down.
    `region` is that of the jobs, for people and what they need the one where they live.

    plans : by growth point, what its plan claims; `population` by year is set beside the forecast
            of the place
    """
    rows: list[tuple[object, ...]] = []
    for place, point in enumerate(simulation.points):
        _levels(rows, simulation, point)
        _moves(rows, simulation, point, place)
        _people(rows, simulation, point, place, labour, facilities)
        _plan(rows, simulation, point, place, plans.get(point.id, {}))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"year": "int64", "value": "float64"}) if len(frame) else frame


def cohort(simulation: Simulation, place: int) -> list[Array]:
    """People of one growth point on each 1 January, (sex, age, region, draw).

    They age, have children, die and move away at the rates of their region; those who are
    released when jobs fall leave in proportion.
    """
    size = simulation.population.shape[1:]
    people = np.zeros(size)
    stocks = [people]
    for rates, moves in zip(simulation.rates, simulation.moves, strict=True):
        people = _a_year_later(people, rates)
        present = people.sum(axis=(0, 1, 2))
        gone = np.minimum(moves.departures[place], present)
        staying = 1 - np.divide(gone, present, out=np.zeros_like(present), where=present > 0)
        people = people * staying + moves.going.people(place)
        stocks.append(people)
    return stocks


def _a_year_later(people: Array, rates: YearRates) -> Array:
    nobody_comes = replace(rates, immigration=np.zeros_like(rates.immigration))
    change = one_year(people, nobody_comes)
    after: Array = replace(change, internal_in=np.zeros_like(change.internal_in)).apply(people)
    return np.maximum(after, 0.0)


def _levels(rows: list[tuple[object, ...]], simulation: Simulation, point: GrowthPoint) -> None:
    region = simulation.space.ids[point.region]
    levels = {
        "jobs": (point.jobs, JOBS),
        "construction_jobs": (point.construction_jobs[:-1], JOBS),
        "dwellings": (point.dwellings, mark("dwellings")),
    }
    for measure, (values, unit) in levels.items():
        if measure not in point.given:  # nothing is published: unknown, not 0
            continue
        for year, value in zip(simulation.years, values, strict=True):
            rows.append((point.id, region, year, measure, TOTAL, TOTAL, value, unit, "assumption"))


def _moves(
    rows: list[tuple[object, ...]], simulation: Simulation, point: GrowthPoint, place: int
) -> None:
    region, ids = simulation.space.ids[point.region], simulation.space.ids
    for year, moves in zip(simulation.years, simulation.moves, strict=True):
        found = [
            ("arrivals", TOTAL, moves.arrivals[place, 0]),
            ("unmet", TOTAL, moves.unmet[place, 0]),
            ("held_back", TOTAL, moves.held_back[place, :, 0].sum()),
            ("departures", TOTAL, moves.departures[place, 0]),
        ]
        by_origin = zip(ids, moves.by_origin[place, :, 0], strict=True)
        found += [("arrivals", origin, value) for origin, value in by_origin if value > 0]
        rows += [
            (point.id, region, year, measure, TOTAL, origin, value, PERSONS, PROJECTED)
            for measure, origin, value in found
        ]


def _people(
    rows: list[tuple[object, ...]],
    simulation: Simulation,
    point: GrowthPoint,
    place: int,
    labour: LabourBase,
    facilities: Sequence[Facility],
) -> None:
    """People, workers, needs and costs where they live: a row for each region of the homes."""
    homes = np.flatnonzero(point.homes)
    for year, people in zip(simulation.stock_years, cohort(simulation, place), strict=True):
        active = labour.participation_in(year) * (1 - labour.unemployment)
        for home in homes:
            head = (point.id, simulation.space.ids[home], year)
            living = people[:, :, home, 0]
            stocks = [
                ("people", TOTAL, living.sum()),
                ("workers", TOTAL, (living * active[:, :, home]).sum()),
            ]
            for first, last in AGE_GROUPS:
                open_ = last == simulation.population.shape[2] - 1
                name = f"{first}+" if open_ else f"{first}-{last}"
                stocks.append(("people", name, living[:, first : last + 1].sum()))
            rows += [
                (*head, measure, kind, TOTAL, value, PERSONS, PROJECTED)
                for measure, kind, value in stocks
            ]
            for facility in facilities:
                who, what = users(facility, living), need(facility, living)
                row = (*head, "users", facility.kind, TOTAL, who, PERSONS, PROJECTED)
                rows.append(row)
                rows.append(
                    (*head, "need", facility.kind, TOTAL, what, facility.unit, PROJECTED)
                )  # fmt: skip
            _costs(rows, head, living, facilities)


def _costs(
    rows: list[tuple[object, ...]],
    head: tuple[object, ...],
    people: Array,
    facilities: Sequence[Facility],
) -> None:
    """What the places, beds and dwellings of the people cost; kinds without a unit cost are
    unknown and in no total.

    head : growth point, region and year; people (sex, age) on 1 January
    """
    total = np.zeros(len(COSTS))
    unit = facilities[0].cost_unit if facilities else ""
    for facility in facilities:
        of_kind = need(facility, people) * np.array(facility.cost)
        for measure, value in zip(COSTS, of_kind, strict=True):
            if not np.isnan(value):
                rows.append((*head, measure, facility.kind, TOTAL, value, unit, CLAIM))
        # a single price is the low and the high one as well
        total += np.where(np.isnan(of_kind), np.nan_to_num(of_kind[1]), of_kind)
    for measure, value in zip(COSTS, total, strict=True):
        rows.append((*head, measure, TOTAL, TOTAL, value, unit, CLAIM))
    if people.sum() > 0:
        each = total[1] / people.sum()
        rows.append((*head, "cost_per_person", TOTAL, TOTAL, each, unit, CLAIM))


def _plan(
    rows: list[tuple[object, ...]],
    simulation: Simulation,
    point: GrowthPoint,
    place: int,
    plan: Mapping[str, Any],
) -> None:
    """People of the place on each 1 January, and what the plan says of those dates."""
    region = simulation.space.ids[point.region]
    people = simulation.places[:, place, 0]
    first = simulation.stock_years[0]
    for year, value in zip(simulation.stock_years, people, strict=True):
        if not np.isnan(value):
            status = CLAIM if year == first and not point.whole_region else PROJECTED
            rows.append((point.id, region, year, "place_population", TOTAL, TOTAL, value, PERSONS,
                         status))  # fmt: skip
    for year, value in plan.get("population", {}).items():
        if year in simulation.stock_years:
            rows.append((point.id, region, year, "plan_population", TOTAL, TOTAL, value, PERSONS,
                         CLAIM))  # fmt: skip


def plan_notes(simulation: Simulation, plans: Mapping[str, Mapping[str, Any]]) -> tuple[Note, ...]:
    """How many more people the plans together claim, beside what the nation gains.

    A plan is read on a line between the people of today and its published years, and holds its
    last one. Plans of places of which nobody says how many live there are not counted.
    """
    first, last = simulation.stock_years[0], simulation.stock_years[-1]
    claimed = []
    for place, point in enumerate(simulation.points):
        now = simulation.places[0, place, 0]
        ahead = {
            y: v for y, v in plans.get(point.id, {}).get("population", {}).items() if y > first
        }
        if ahead and not np.isnan(now):
            years = [first, *sorted(ahead)]
            values = [now, *(float(ahead[year]) for year in sorted(ahead))]
            claimed.append(np.interp(last, years, values) - now)
    if not claimed:
        return ()
    nation = simulation.population[..., 0].sum(axis=(1, 2, 3))
    text = say_n(
        "The plan of {n} place claims {more} more people on 1 January {year} than live there now; "
        "the nation gains {gain} in the same time.",
        "The plans of {n} places together claim {more} more people on 1 January {year} than live "
        "there now; the nation gains {gain} in the same time.",
        len(claimed), more=number(float(sum(claimed))), year=last,
        gain=number(float(nation[-1] - nation[0])),
    )  # fmt: skip
    return (Note(say("Plans of growth points"), text, say("sources of the scenario"), CLAIM),)


def unnamed_jobs_notes(simulation: Simulation, titles: Mapping[str, str]) -> tuple[Note, ...]:
    """Points whose plans publish no jobs: their workers stand in no balance.

    titles : by growth point, its name in the language of now
    """
    told = [
        f"{titles[point.id]} ({simulation.space.name(simulation.space.ids[point.region])})"
        for point in simulation.points
        if point.driver != "jobs" and "jobs" not in point.given
    ]
    workers = float(simulation.labour[-1].unnamed[..., 0].sum())
    if not told or workers < 1:
        return ()
    text = say(
        "Plans that publish no jobs: {points}. Their workers ({workers} in {year}) are in the "
        "labour force and in neither supply nor demand; the jobs that they leave elsewhere stay "
        "open there.",
        points="; ".join(told), workers=number(workers), year=simulation.years[-1],
    )  # fmt: skip
    return (Note(say("Jobs of the plans"), text, say("sources of the scenario"), CLAIM),)
