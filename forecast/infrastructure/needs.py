"""Needs by region and year: need, added need, and gap and cost where the stock is known.

    added need = need(t) - need(1 January of the base year), at the norm, which does not change
    gap        = need(t) - capacity                           positive = short
    cost       = what closing the gap costs, added cost what the added need costs

The norms of beds, doctors and dwellings are today's national stock for each user, so their added
need is what keeps today's level of service. Capacity starts from the last published stock and
follows `forecast.infrastructure.stock`. Where it is not published, gap and cost are unknown, never
0; the nation has its own published stock, so its gap stands even where regions have none, and
where they have it, it need not be the sum of theirs. The cost of the nation is the sum of what its
regions lack, as spare places of one help no other one; where a region's own is unknown, it is that
of the nation's balance. So the cost of the gap can differ from that of as large an added need.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.infrastructure.facilities import COSTS, Facility
from forecast.infrastructure.stock import (
    ASSUMPTION,
    BEYOND,
    NO_FLOWS,
    SHORT,
    Balance,
    Flows,
    balance,
    load_capacities,
    shortages,
    stocks,
    weakest,
)
from forecast.infrastructure.underway import with_plans
from forecast.space import Space
from forecast.tables import ESTIMATED, PERSONS, PROJECTED, UNKNOWN
from forecast.words import mark

__all__ = ["MEASURES", "load_capacities", "needs_frame", "stocks"]

Array = NDArray[np.float64]
Names = NDArray[np.object_]

PER_UNIT = "users_per_unit"  # of school places: the shifts in which all pupils are taught
BUILT = "built_by_plans"
PERSONS_PER_UNIT = mark("persons per unit")
MEASURES = {
    "users": mark("users"),
    "need": mark("need"),
    "added_need": mark("added need"),
    "retired": mark("fallen out of use since the base year"),
    "completed": mark("finished since the base year"),
    BUILT: mark("built by growth points"),
    "capacity": mark("capacity"),
    "gap": mark("gap"),
    PER_UNIT: mark("users for each unit that stands"),
    SHORT: mark("short, as published"),
    BEYOND: mark("users beyond the shifts allowed, as published"),
    "cost_low": mark("cost of the gap, low"),
    "cost_central": mark("cost of the gap, central"),
    "cost_high": mark("cost of the gap, high"),
    "added_cost_low": mark("cost of the added need, low"),
    "added_cost_central": mark("cost of the added need, central"),
    "added_cost_high": mark("cost of the added need, high"),
}


def needs_frame(
    population: Array,
    years: Sequence[int],
    facilities: Sequence[Facility],
    capacities: pd.DataFrame,
    space: Space,
    base_year: int,
    camp: Array | None = None,
    *,
    flows: Flows = NO_FLOWS,
    built: Array | None = None,
) -> pd.DataFrame:
    """Tidy: region (with the nation), year (1 January), kind, measure, value, unit, status.

    population : (sex, age, region, year) persons on 1 January of `years`, ascending; the base
                 year is the first of them
    capacities : see `load_capacities`; the last year up to the base year counts
    camp       : (region, year) construction workers in camps on the same dates, who are not in
                 the population
    flows      : what changes the stock, see `load_flows`; without it nothing does
    built      : (kind, region, year) units that growth points build themselves, ready on the same
                 dates; they are in capacity, gap and cost where the stock is known
    Raises InputError for rows of unknown regions or kinds.
    """
    people = users_by_region(facilities, population, camp)
    need = people * per_user(facilities)
    found = with_plans(balance(capacities, flows, facilities, space, years, need[:, :, 0]), built)
    short, short_status = shortages(flows, facilities, space, years)
    values, status = [], []
    for place, facility in enumerate(facilities):
        published = {measure: table[place] for measure, table in short.items()}
        block = _measures(facility, people[place], need[place], _of_kind(found, place), published)
        values.append(np.stack([block[name] for name in MEASURES]))
        status.append(_statuses(facility, _of_kind(found, place), values[-1]))
        for measure, table in short_status.items():
            status[-1][list(MEASURES).index(measure)] = table[place]
    both = np.stack(values), np.stack(status)
    first = both[1][..., np.asarray(years) == base_year]  # the population of the base year is
    first[first == PROJECTED] = ESTIMATED  # an estimate
    both[1][..., np.asarray(years) == base_year] = first
    return _tidy(*both, years, facilities, space)


def users_by_region(
    facilities: Sequence[Facility], population: Array, camp: Array | None = None
) -> Array:
    """(kind, region and nation last, year) persons who use each kind."""
    profiles = np.stack([facility.profile for facility in facilities])
    people: Array = np.tensordot(profiles, population, axes=2)
    if camp is not None:
        rates = np.array([facility.camp_rate for facility in facilities])
        people = people + rates[:, None, None] * camp
    return np.concatenate([people, people.sum(axis=1, keepdims=True)], axis=1)


def per_user(facilities: Sequence[Facility]) -> Array:
    """(kind, 1, 1) units for one user."""
    return np.array([facility.per_user for facility in facilities])[:, None, None]


def _of_kind(found: Balance, place: int) -> Balance:
    return Balance(
        found.capacity[place], found.retired[place], found.completed[place],
        found.basis[place], found.retiring[place], found.completing[place], found.built[place],
    )  # fmt: skip


def _measures(
    facility: Facility, people: Array, need: Array, found: Balance, short: Mapping[str, Array]
) -> dict[str, Array]:
    """{measure: (region and nation, year)} of one kind."""
    added = need - need[:, :1]
    gap = need - found.capacity
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(found.capacity > 0, people / found.capacity, np.nan)
    costs = {}
    for level, cost in zip(COSTS, facility.cost, strict=True):
        costs[level] = _shortage(gap) * cost
        costs[f"added_{level}"] = _shortage(added) * cost
    return {
        "users": people, "need": need, "added_need": added, "retired": found.retired,
        "completed": found.completed, BUILT: found.built, "capacity": found.capacity,
        "gap": gap, PER_UNIT: ratio, **short, **costs,
    }  # fmt: skip


def _shortage(units: Array) -> Array:
    """(region and nation, year) what is short: spare places of one region help no other one.

    The nation's is the sum of its regions where all of them are known, else its own balance.
    """
    short = np.maximum(units, 0.0)
    regions = short[:-1].sum(axis=0)
    short[-1] = np.where(np.isnan(regions), short[-1], regions)
    return short


def _statuses(facility: Facility, found: Balance, block: Array) -> Names:
    """(measure, region and nation, year) the weakest status behind each number."""
    of_need = weakest(PROJECTED, facility.status)
    needed = np.full(len(found.basis), of_need, dtype=object)
    priced = np.full(len(found.basis), facility.cost_status, dtype=object)
    later = [found.basis, *(np.where(flow == UNKNOWN, "observed", flow)
                            for flow in (found.retiring, found.completing)),
             np.where(found.built.any(axis=1), ASSUMPTION, "observed")]  # fmt: skip
    rows: list[Names] = []
    for place, measure in enumerate(MEASURES):
        parts: list[Names] = [needed]
        if measure in ("retired", "completed"):
            parts = [found.retiring if measure == "retired" else found.completing]
        elif measure == BUILT:
            parts = [np.full(len(found.basis), ASSUMPTION, dtype=object)]
        elif measure == "capacity":
            parts = later
        elif measure not in ("users", "need", "added_need") and not measure.startswith("added"):
            parts = [needed, *later]
        if "cost" in measure:
            parts = [*parts, priced]
        column = np.array([weakest(*each) for each in zip(*parts, strict=True)], dtype=object)
        if measure == "capacity":
            first = np.where(found.built[:, 0] > 0, column, found.basis)
            table = np.column_stack([first, *[column] * (block.shape[2] - 1)])
        else:
            table = np.repeat(column[:, None], block.shape[2], axis=1)
        table[np.isnan(block[place])] = UNKNOWN
        rows.append(table)
    return np.stack(rows)


def _tidy(
    values: Array,
    status: Names,
    years: Sequence[int],
    facilities: Sequence[Facility],
    space: Space,
) -> pd.DataFrame:
    """values and statuses (kind, measure, region and nation, year)."""
    shape = values.shape
    kind, measure, region, year = (axis.ravel() for axis in np.indices(shape, sparse=False))
    units = np.array([[_unit(facility, name) for name in MEASURES] for facility in facilities])
    return pd.DataFrame({
        "region": np.array((*space.ids, space.nation), dtype=object)[region],
        "year": np.asarray(years)[year],
        "kind": np.array([facility.kind for facility in facilities], dtype=object)[kind],
        "measure": np.array(list(MEASURES), dtype=object)[measure],
        "value": values.ravel(),
        "unit": units.astype(object)[kind, measure],
        "status": status.ravel(),
    })  # fmt: skip


def _unit(facility: Facility, measure: str) -> str:
    if measure in ("users", BEYOND):
        return PERSONS
    if measure == PER_UNIT:
        return PERSONS_PER_UNIT
    return facility.cost_unit if measure.endswith(tuple(COSTS)) else facility.unit
