"""Needs by region and year: need, added need, and gap and cost where the stock is known.

    added need = need(t) - need(1 January of the base year), at the norm, which does not change
    gap        = need(t) - capacity                           positive = short
    cost       = what closing the gap costs, added cost what the added need costs

The norms of beds, doctors and dwellings are today's national stock for each user, so their added
need is what keeps today's level of service. Capacity is the last published stock and stays as it
is: nothing is known yet of what is being built or falls out of use. Where it is not published,
gap and cost are unknown, never 0; the nation has its own published stock, so its gap stands even
where regions have none, and where they have it, it need not be the sum of theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import collect, did_you_mean
from forecast.infrastructure.facilities import COSTS, Facility, Tables
from forecast.space import Space
from forecast.tables import ESTIMATED, PERSONS, PROJECTED, UNKNOWN
from forecast.words import mark, say

Array = NDArray[np.float64]
Names = NDArray[np.object_]

WEAKER = ("observed", "derived", ESTIMATED, PROJECTED, "assumption", UNKNOWN)
MEASURES = {
    "users": mark("users"),
    "need": mark("need"),
    "added_need": mark("added need"),
    "capacity": mark("capacity"),
    "gap": mark("gap"),
    "cost_low": mark("cost of the gap, low"),
    "cost_central": mark("cost of the gap, central"),
    "cost_high": mark("cost of the gap, high"),
    "added_cost_low": mark("cost of the added need, low"),
    "added_cost_central": mark("cost of the added need, central"),
    "added_cost_high": mark("cost of the added need, high"),
}


def load_capacities(tables: Tables) -> pd.DataFrame:
    """The table norms/capacities: region (or nation), kind, year (1 January), value, status."""
    return tables.table("norms/capacities")


def needs_frame(
    population: Array,
    years: Sequence[int],
    facilities: Sequence[Facility],
    capacities: pd.DataFrame,
    space: Space,
    base_year: int,
    camp: Array | None = None,
) -> pd.DataFrame:
    """Tidy: region (with the nation), year (1 January), kind, measure, value, unit, status.

    population : (sex, age, region, year) persons on 1 January of `years`, ascending; the base
                 year is among them
    capacities : see `load_capacities`; the last year up to the base year counts
    camp       : (region, year) construction workers in camps on the same dates, who are not in
                 the population
    Raises InputError for capacities of unknown regions or kinds.
    """
    stock, stock_status = stocks(capacities, facilities, space, base_year)
    values, status = [], []
    base = list(years).index(base_year)
    for facility, held, known in zip(facilities, stock, stock_status, strict=True):
        block = np.stack(_measures(facility, population, held, base, camp))
        values.append(block)
        status.append(_statuses(facility, known, block))
    frame = _tidy(np.stack(values), np.stack(status), years, facilities, space)
    first = (frame["year"] == base_year) & (frame["status"] == PROJECTED)
    frame.loc[first, "status"] = ESTIMATED  # the population of the base year is an estimate
    return frame


def stocks(
    capacities: pd.DataFrame, facilities: Sequence[Facility], space: Space, base_year: int
) -> tuple[Array, Names]:
    """(kind, region and nation last) capacity in units, NaN where unknown, and its status.

    A nation without a published stock has the sum of its regions when every one is known.
    """
    places = {region: place for place, region in enumerate((*space.ids, space.nation))}
    kinds = {facility.kind: place for place, facility in enumerate(facilities)}
    held = np.full((len(facilities), len(places)), np.nan)
    status = np.full(held.shape, UNKNOWN, dtype=object)
    with collect("norms/capacities.csv") as faults:
        ordered = capacities.reset_index(drop=True).sort_values("year")
        for row, line in zip(ordered.index, ordered.to_dict("records"), strict=True):
            where = say("row {n}", n=int(row) + 2)
            if line["region"] not in places:
                faults.add(f"{where}, region", space.unknown(line["region"]))
            if line["kind"] not in kinds:
                message = say("no facility '{kind}'", kind=line["kind"])
                faults.add(f"{where}, kind", message, did_you_mean(str(line["kind"]), kinds))
            if not float(line["value"]) >= 0:
                message = say("'{text}' is not a number from 0 up", text=line["value"])
                faults.add(f"{where}, value", message, say("leave the row out if it is unknown"))
            if not faults and int(line["year"]) <= base_year:
                cell = kinds[line["kind"]], places[line["region"]]
                held[cell], status[cell] = float(line["value"]), str(line["status"])
    for kind in np.flatnonzero(np.isnan(held[:, -1])):
        if not np.isnan(held[kind, :-1]).any():
            held[kind, -1] = held[kind, :-1].sum()
            status[kind, -1] = max(status[kind, :-1], key=WEAKER.index)
    return held, status


def _measures(
    facility: Facility, population: Array, held: Array, base: int, camp: Array | None
) -> list[Array]:
    """(region and nation, year) of every measure, in the order of MEASURES."""
    people = np.tensordot(facility.profile, population, axes=2)
    if camp is not None:
        people = people + facility.camp_rate * camp
    people = np.concatenate([people, people.sum(axis=0, keepdims=True)])
    need = people * facility.per_user
    added = need - need[:, base : base + 1]
    capacity = np.broadcast_to(held[:, None], need.shape)
    gap = need - capacity
    costs = [_shortage(gap) * cost for cost in facility.cost]
    added_costs = [_shortage(added) * cost for cost in facility.cost]
    return [people, need, added, capacity, gap, *costs, *added_costs]


def _shortage(units: Array) -> Array:
    """(region and nation, year) what is short: spare places of one region help no other one.

    The nation's is the sum of its regions where all of them are known, else its own balance.
    """
    short = np.maximum(units, 0.0)
    regions = short[:-1].sum(axis=0)
    short[-1] = np.where(np.isnan(regions), short[-1], regions)
    return short


def _statuses(facility: Facility, known: Names, block: Array) -> Names:
    """(measure, region and nation) the weakest status behind each number."""
    of_need = _weakest(PROJECTED, facility.status)
    rows: list[Names] = []
    for place, measure in enumerate(MEASURES):
        parts: list[Names] = [np.full(len(known), of_need, dtype=object)]
        if measure == "capacity":
            parts = [known]
        elif measure not in ("users", "need", "added_need") and not measure.startswith("added"):
            parts.append(known)
        if "cost" in measure:
            parts.append(np.full(len(known), facility.cost_status, dtype=object))
        weakest = np.array([_weakest(*each) for each in zip(*parts, strict=True)], dtype=object)
        weakest[np.isnan(block[place]).all(axis=1)] = UNKNOWN
        rows.append(weakest)
    return np.stack(rows)


def _weakest(*statuses: str) -> str:
    return max(statuses, key=WEAKER.index)


def _tidy(
    values: Array,
    status: Names,
    years: Sequence[int],
    facilities: Sequence[Facility],
    space: Space,
) -> pd.DataFrame:
    """values (kind, measure, region and nation, year), status without the year."""
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
        "status": status[kind, measure, region],
    })  # fmt: skip


def _unit(facility: Facility, measure: str) -> str:
    if measure == "users":
        return PERSONS
    return facility.cost_unit if measure.endswith(tuple(COSTS)) else facility.unit
