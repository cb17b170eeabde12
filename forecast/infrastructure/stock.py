"""The stock of facilities: what stands, what falls out of use, what is being built.

    K[t+1] = K[t] - retired[t] + completed[t] + ordered[t+1 - lead]

K is counted on 1 January, retired and completed in the calendar year between two of them. What is
ordered on a 1 January stands `lead` years later. Completions are the units of norms/pipeline times
their probability. Units retire `life_years` after they were built, evenly over their band of years
(norms/vintages); what is older than that when the stock is counted outlived its life and stays.
Without vintages a kind loses its retired_share each year, and without that nothing is known to
retire. A stock that is not known stays unknown, and nothing makes a stock negative.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import Faults, InputError, did_you_mean
from forecast.infrastructure.facilities import Facility, Tables
from forecast.space import Space
from forecast.tables import ESTIMATED, PERSONS, PROJECTED, UNKNOWN
from forecast.words import say

Array = NDArray[np.float64]
Names = NDArray[np.object_]
Line = tuple[int, int, Mapping[Any, Any]]  # kind, region, row of a table

CAPACITIES, VINTAGES, PIPELINE = "norms/capacities", "norms/vintages", "norms/pipeline"
BACKLOG = "norms/backlog"
SHORT, BEYOND = "units_short", "users_beyond_shifts"
ASSUMPTION = "assumption"
WEAKER = ("observed", "derived", ESTIMATED, PROJECTED, ASSUMPTION, UNKNOWN)
COUNT = (0.0, np.inf)


def _empty() -> pd.DataFrame:
    return pd.DataFrame(columns=["region", "kind"])


@dataclass(frozen=True)
class Flows:
    """What changes the stock and what is published of its want; an empty table says nothing.

    vintages : region (or nation), kind, year_from, year_to, units, status
    pipeline : region (or nation), kind, year, units, probability, status
    backlog  : region (or nation), kind, year, measure, value, status
    """

    vintages: pd.DataFrame = field(default_factory=_empty)
    pipeline: pd.DataFrame = field(default_factory=_empty)
    backlog: pd.DataFrame = field(default_factory=_empty)


NO_FLOWS = Flows()


@dataclass(frozen=True)
class Balance:
    """The stock on each 1 January: (kind, region and nation last, year), NaN where unknown.

    capacity           : units
    retired, completed : units that fell out of use and were finished since the base year, 0 in it
    basis, retiring, completing : (kind, region and nation) statuses of the published stock and
                         of both flows
    built              : units that growth points build themselves, see `underway.with_plans`
    """

    capacity: Array
    retired: Array
    completed: Array
    basis: Names
    retiring: Names
    completing: Names
    built: Array


def load_capacities(tables: Tables) -> pd.DataFrame:
    """The table norms/capacities: region (or nation), kind, year (1 January), value, status."""
    if not tables.has(CAPACITIES):
        return pd.DataFrame(columns=["region", "kind", "year", "value", "unit", "status", "source"])
    return tables.table(CAPACITIES)


def load_flows(tables: Tables) -> Flows:
    """Vintages, pipeline and backlog of a package; a table that it lacks is empty."""
    names = (VINTAGES, PIPELINE, BACKLOG)
    return Flows(*(tables.table(name) if tables.has(name) else _empty() for name in names))


def capacity_path(
    tables: Tables, facilities: Sequence[Facility], space: Space, years: Sequence[int]
) -> Array:
    """(kind, region, year) units that stand on 1 January of `years`, ascending; NaN is unknown.

    The first of the years is the base year: a stock published later does not count.
    """
    found = balance(load_capacities(tables), load_flows(tables), facilities, space, years)
    return found.capacity[:, : len(space)]


def stock_path(
    stock: Array,
    retiring: Array,
    completing: Array,
    ordered: Array | None = None,
    lead: Array | None = None,
) -> tuple[Array, Array]:
    """The stock on each 1 January (kind, region, year + 1, ...) and what retired in each year.

    stock      : (kind, region, ...) units on the first 1 January; NaN is unknown and stays so
    retiring, completing : (kind, region, year, ...) units of the calendar year; NaN is unknown
                 and counts as none. No more retires than stands
    ordered    : (kind, region, year + 1, ...) units ordered on each 1 January
    lead       : (kind,) years from the order to the first user; NaN never comes
    """
    path, gone = [stock], []
    arrivals = _arrivals(ordered, lead, retiring)
    for year in range(retiring.shape[2]):
        leaving = np.minimum(_or_none(retiring[:, :, year]), path[-1])
        gone.append(np.where(np.isnan(leaving), retiring[:, :, year], leaving))
        path.append(path[-1] - leaving + _or_none(completing[:, :, year]) + arrivals[:, :, year])
    retired = np.stack(gone, axis=2) if gone else np.zeros(retiring.shape)
    return np.stack(path, axis=2), retired


def _arrivals(ordered: Array | None, lead: Array | None, like: Array) -> Array:
    """(kind, region, year, ...) ordered units that stand at the end of each calendar year."""
    arrivals = np.zeros(like.shape)
    if ordered is None or lead is None:
        return arrivals
    for kind in np.flatnonzero(~np.isnan(lead)):
        wait = int(np.ceil(lead[kind]))
        for year in range(like.shape[2]):
            if year + 1 - wait >= 0:
                arrivals[kind, :, year] = ordered[kind, :, year + 1 - wait]
    return arrivals


def _or_none(flow: Array) -> Array:
    """A flow of which nothing is known changes no stock; the notes of a run say so."""
    return np.where(np.isnan(flow), 0.0, flow)


def balance(
    capacities: pd.DataFrame,
    flows: Flows,
    facilities: Sequence[Facility],
    space: Space,
    years: Sequence[int],
    need: Array | None = None,
) -> Balance:
    """The stock from the last published one up to the first of `years`, and on through them.

    need : (kind, region and nation) units needed in the first year: what retired_share counts
           from where the stock is unknown
    The nation has its own stock and flows, else the sum of its regions where all are known.
    Raises InputError with every fault of the tables.
    """
    faults = Faults()
    held, basis, since = _held(capacities, facilities, space, years[0], faults)
    reference = held if need is None else np.where(np.isnan(held), need, held)
    first = int(np.nanmin([np.nan, *since.ravel(), years[0]]))
    span = np.arange(first, years[-1])
    starts = np.where(np.isnan(since), years[0], since)
    retiring, how = _retiring(flows.vintages, facilities, space, span, reference, faults)
    completing, who = _completing(flows.pipeline, facilities, space, span, starts, faults)
    for _ in _lines(flows.backlog, BACKLOG, {"value": COUNT}, facilities, space, faults):
        pass  # its faults are told with those of the others
    if faults:
        raise InputError("", faults)
    counted = span >= starts[..., None]
    path, retired = stock_path(
        held, np.where(counted, retiring, 0.0), np.where(counted, completing, 0.0)
    )
    here = np.asarray(years) - first
    gone, come = _since(retired, here), _since(completing, here)
    for values, status in ((gone, how), (come, who)):
        _sum_nation(values, status)
        values[status == UNKNOWN] = np.nan
    capacity = path[:, :, here]
    own = np.isin(np.arange(len(facilities)), _own_nation(capacities, facilities, space, years[0]))
    whole = capacity[:, :-1].sum(axis=1)
    capacity[:, -1] = np.where(own[:, None] | np.isnan(whole), capacity[:, -1], whole)
    return Balance(capacity, gone, come, basis, how, who, np.zeros(capacity.shape))


def stocks(
    capacities: pd.DataFrame, facilities: Sequence[Facility], space: Space, base_year: int
) -> tuple[Array, Names]:
    """(kind, region and nation last) capacity in units, NaN where unknown, and its status.

    A nation without a published stock has the sum of its regions when every one is known.
    """
    faults = Faults()
    held, status, _ = _held(capacities, facilities, space, base_year, faults)
    if faults:
        raise InputError("", faults)
    return held, status


def shortages(
    flows: Flows, facilities: Sequence[Facility], space: Space, years: Sequence[int]
) -> tuple[dict[str, Array], dict[str, Names]]:
    """{measure: (kind, region and nation, year)} units short and users beyond shifts, as published.

    A figure holds from its year to the next one; before the first one nothing is known. The
    second gives the statuses: a figure of an earlier year is an estimate of a later one.
    """
    faults = Faults()
    shape = (len(facilities), len(space) + 1, len(years))
    values = {measure: np.full(shape, np.nan) for measure in (SHORT, BEYOND)}
    status = {measure: np.full(shape, UNKNOWN, dtype=object) for measure in values}
    lines = _lines(_by_year(flows.backlog), BACKLOG, {"value": COUNT}, facilities, space, faults)
    for kind, region, line in lines:
        later = np.asarray(years) >= int(line["year"])
        values[line["measure"]][kind, region, later] = float(line["value"])
        carried = weakest(str(line["status"]), ESTIMATED)
        now = np.asarray(years) == int(line["year"])
        status[line["measure"]][kind, region, later] = carried
        status[line["measure"]][kind, region, now] = str(line["status"])
    if faults:
        raise InputError("", faults)
    return values, status


def weakest(*statuses: str) -> str:
    """The status that promises least."""
    return max(statuses, key=WEAKER.index)


def _held(
    capacities: pd.DataFrame, facilities: Sequence[Facility], space: Space, base_year: int,
    faults: Faults,
) -> tuple[Array, Names, Array]:  # fmt: skip
    """(kind, region and nation) the stock, its status, and the year of its 1 January."""
    shape = (len(facilities), len(space) + 1)
    held, since = np.full(shape, np.nan), np.full(shape, np.nan)
    status = np.full(shape, UNKNOWN, dtype=object)
    lines = _lines(_by_year(capacities), CAPACITIES, {"value": COUNT}, facilities, space, faults)
    for kind, region, line in lines:
        if int(line["year"]) <= base_year:
            held[kind, region], status[kind, region] = float(line["value"]), str(line["status"])
            since[kind, region] = int(line["year"])
    for whole in np.flatnonzero(np.isnan(held[:, -1])):
        if not np.isnan(held[whole, :-1]).any():
            held[whole, -1] = held[whole, :-1].sum()
            status[whole, -1] = weakest(*status[whole, :-1])
            since[whole, -1] = base_year
    return held, status, since


def _by_year(table: pd.DataFrame) -> pd.DataFrame:
    """The rows in the order of their years; their index still tells where they stand."""
    table = table.reset_index(drop=True)
    return table.sort_values("year", kind="stable") if len(table) else table


def _own_nation(
    capacities: pd.DataFrame, facilities: Sequence[Facility], space: Space, base_year: int
) -> list[int]:
    """The kinds of which the nation has a published stock of its own."""
    rows = capacities[capacities["region"] == space.nation]
    known = set(rows.loc[rows["year"] <= base_year, "kind"]) if len(rows) else set()
    return [place for place, facility in enumerate(facilities) if facility.kind in known]


def _retiring(
    table: pd.DataFrame, facilities: Sequence[Facility], space: Space, span: NDArray[np.int_],
    reference: Array, faults: Faults,
) -> tuple[Array, Names]:  # fmt: skip
    """(kind, region and nation, calendar year) units that reach the end of their life."""
    share = np.array([facility.retired_share for facility in facilities])
    retiring = np.repeat((share[:, None] * reference)[:, :, None], len(span), axis=2)
    status = np.where(np.isnan(share[:, None] * reference), UNKNOWN, ASSUMPTION).astype(object)
    dated = np.zeros(reference.shape, dtype=bool)
    for kind, region, line in _lines(table, VINTAGES, {"units": COUNT}, facilities, space, faults):
        first, last, life = int(line["year_from"]), int(line["year_to"]), facilities[kind]
        if first > last:
            where = f"{VINTAGES}.csv, {line['where']}, year_to"
            faults.add(where, say("the last year is before the first"))
        elif np.isnan(life.life_years):
            where = f"{VINTAGES}.csv, {line['where']}, kind"
            message = say("'{kind}' has no life_years, so nothing retires", kind=life.kind)
            faults.add(where, message, say("write its life in norms/facilities.csv"))
        else:
            if not dated[kind, region]:
                retiring[kind, region], dated[kind, region] = 0.0, True
                status[kind, region] = ASSUMPTION  # the life of a kind is one
            built = span - int(life.life_years)
            due = (built >= first) & (built <= last)
            retiring[kind, region, due] += float(line["units"]) / (last - first + 1)
    return retiring, status


def _completing(
    table: pd.DataFrame, facilities: Sequence[Facility], space: Space, span: NDArray[np.int_],
    starts: Array, faults: Faults,
) -> tuple[Array, Names]:  # fmt: skip
    """(kind, region and nation, calendar year) units that are expected to be finished.

    starts : (kind, region and nation) the 1 January from which on they add to the stock
    """
    shape = (len(facilities), len(space) + 1, len(span))
    completing = np.full(shape, np.nan)
    status = np.full(shape[:2], UNKNOWN, dtype=object)
    bounds = {"units": COUNT, "probability": (0.0, 1.0)}
    for kind, region, line in _lines(table, PIPELINE, bounds, facilities, space, faults):
        if int(line["year"]) < starts[kind, region]:
            continue
        if status[kind, region] == UNKNOWN:
            completing[kind, region], status[kind, region] = 0.0, PROJECTED
        status[kind, region] = weakest(status[kind, region], str(line["status"]))
        expected = float(line["units"]) * float(line["probability"])
        completing[kind, region, span == int(line["year"])] += expected
    return completing, status


def _since(flow: Array, here: NDArray[np.int_]) -> Array:
    """(kind, region, year) the flow summed from the first to each of the 1 Januaries `here`."""
    sums = np.cumsum(_or_none(flow), axis=2)
    sums = np.concatenate([np.zeros((*flow.shape[:2], 1)), sums], axis=2)
    found: Array = sums[:, :, here] - sums[:, :, here[:1]]
    return found


def _sum_nation(values: Array, status: Names) -> None:
    """The nation's flow is its own, else the sum of its regions where every one is known."""
    for kind in np.flatnonzero(status[:, -1] == UNKNOWN):
        if not (status[kind, :-1] == UNKNOWN).any():
            values[kind, -1] = values[kind, :-1].sum(axis=0)
            status[kind, -1] = weakest(*status[kind, :-1])


def _lines(
    table: pd.DataFrame,
    name: str,
    bounds: Mapping[str, tuple[float, float]],
    facilities: Sequence[Facility],
    space: Space,
    faults: Faults,
) -> Iterator[Line]:
    """Each sound row with its kind and region; of the others every fault."""
    places = {region: place for place, region in enumerate((*space.ids, space.nation))}
    kinds = {facility.kind: place for place, facility in enumerate(facilities)}
    for row, line in zip(table.index, table.to_dict("records"), strict=True):
        count, cell = len(faults), say("row {n}", n=int(row) + 2)
        where = f"{name}.csv, {cell}"
        if line["region"] not in places:
            faults.add(f"{where}, region", space.unknown(line["region"]))
        kind = kinds.get(str(line["kind"]))
        if kind is None:
            message = say("no facility '{kind}'", kind=line["kind"])
            faults.add(f"{where}, kind", message, did_you_mean(str(line["kind"]), kinds))
        else:
            _check_unit(line, facilities[kind].unit, f"{where}, unit", faults)
        for column, (low, high) in bounds.items():
            _check_number(line[column], low, high, f"{where}, {column}", faults)
        if len(faults) == count and kind is not None:
            yield kind, places[line["region"]], {**line, "where": cell}


def _check_unit(line: Mapping[Any, Any], unit: str, where: str, faults: Faults) -> None:
    """The unit of a row, where it has one, is that of its kind; users are persons."""
    persons = line.get("measure") == BEYOND
    unit = PERSONS if persons else unit
    if line.get("unit", unit) != unit:
        cure = say("users are counted in '{unit}'", unit=unit)
        if not persons:
            cure = say("the unit of this kind is '{unit}'", unit=unit)
        faults.add(where, say("'{text}' cannot stand here", text=line["unit"]), cure)


def _check_number(value: Any, low: float, high: float, where: str, faults: Faults) -> None:
    number = pd.to_numeric(value, errors="coerce")
    if low <= number <= high:
        return
    if np.isinf(high):
        message = say("'{text}' is not a number from 0 up", text=value)
        faults.add(where, message, say("leave the row out if it is unknown"))
    else:
        faults.add(
            where, f"{value}", say("must be from {lower:g} to {upper:g}", lower=low, upper=high)
        )
