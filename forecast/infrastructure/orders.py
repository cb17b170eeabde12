"""What to order, when, in which sizes and for how much; and where not to build.

    short(t)      = need(t) - capacity(t) where the stock is known, else need(t) - need(base)
                    + retired(t) - completed(t) - built by plans(t), a constant level of service
                    less the region's part of what the nation builds, see `underway.spread`
    lasting(t)    = smallest short(u) for t <= u <= t + persist_years
    to order by t = largest lasting(s) for s <= t
    order year    = year of need - lead time, both 1 January

A building stands for decades, so it is ordered only for a need that lasts: a peak that falls away
is met with shifts and modular units. Whether it lasts is looked at beyond the last year of the run
by the Hamilton-Perry method: each cohort changes as it did in the last year of the run, and as
many are born as then. The stock of orders is that of one scenario: it closes no shortage that was
there before the base year unless the stock is known. Where need falls and a shortage is published
all the same, the action is `need_falls` and says how much of it the fall covers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.infrastructure.facilities import COSTS, Facility
from forecast.infrastructure.needs import per_user, users_by_region
from forecast.infrastructure.stock import (
    ASSUMPTION,
    NO_FLOWS,
    SHORT,
    Balance,
    Flows,
    balance,
    shortages,
    weakest,
)
from forecast.infrastructure.underway import falls_covered, national_units, spread, with_plans
from forecast.space import Space
from forecast.tables import PROJECTED, UNKNOWN
from forecast.words import mark

Array = NDArray[np.float64]
Row = tuple[object, ...]

WORTH = 0.5  # share of the smallest building that must be needed for it to be worth building
FULL = 0.75  # share of one large building that must be needed to prefer it to two smaller ones
NOTHING = 1e-6  # of a building: four stations that come out as 4.0000000001 are four
UNITS, ORDER_YEAR, YEAR = "units", "order_year", "year"
SHORT_TODAY, COVERED = "short_published", "covered_by_fall"
SPENDING = ("spending_low", "spending_central", "spending_high")
MEASURES = {
    UNITS: mark("units"),
    ORDER_YEAR: mark("year in which to order at the latest"),
    SHORT_TODAY: mark("short, as published"),
    COVERED: mark("of which the fall covers at most"),
    "cost_low": mark("cost, low"),
    "cost_central": mark("cost, central"),
    "cost_high": mark("cost, high"),
    "spending_low": mark("money spent in the year, low"),
    "spending_central": mark("money spent in the year, central"),
    "spending_high": mark("money spent in the year, high"),
}
ORDER_NOW, ORDER, TEMPORARY, IDLE, NEED_FALLS, SPEND = (
    "order_now", "order", "temporary", "do_not_build", "need_falls", "spending",
)  # fmt: skip
ACTIONS = {
    ORDER_NOW: mark("order now"),
    ORDER: mark("order"),
    TEMPORARY: mark("bridge for a time, nothing permanent"),
    IDLE: mark("do not build: need falls or is met"),
    NEED_FALLS: mark("need falls, places are short today"),
    SPEND: mark("spending"),
}
COLUMNS = ("region", "year", "kind", "action", "modules", "measure", "value", "unit", "status")


@dataclass(frozen=True)
class Building:
    """What one region builds of one kind for one year of need.

    region : its place, the nation is the place after the last; modules : {size: how many}
    """

    region: int
    year: int
    modules: Counter[float]
    units: float


@dataclass(frozen=True)
class _Backlog:
    """Published shortages of a kind, (region and nation) units and status; NaN where none is.

    behind : the weakest status behind its need and its stock
    """

    short: Array
    status: NDArray[np.object_]
    behind: str


def _first_short(values: Array, status: NDArray[np.object_]) -> tuple[Array, NDArray[np.object_]]:
    """(region and nation) the first shortage above 0 of a run, (region and nation, year)."""
    place = np.arange(len(values))
    first = (values > 0).argmax(axis=1)
    short = np.where((values > 0).any(axis=1), values[place, first], np.nan)
    return short, np.where(np.isnan(short), UNKNOWN, status[place, first])


def _building(region: int, year: int, modules: Counter[float]) -> Building:
    return Building(region, year, modules, sum(size * n for size, n in modules.items()))


def empty_orders() -> pd.DataFrame:
    """The table without a row."""
    return pd.DataFrame(columns=list(COLUMNS))


def orders_frame(
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
    """Tidy: region (with the nation), year, kind, action, modules, measure, value, unit, status.

    action `order`, `order_now` : `units` that are needed on 1 January of `year` and their cost;
        `modules` names the buildings ('2 × 1200 + 1 × 300'), empty for single units;
        `order_year` is the latest 1 January, before the base year for order_now
    action `temporary`    : units that are short at most, in `year`, and that no building is worth
    action `do_not_build` : units by which need falls by `year`, the last one, less what falls out
        of use there; where the stock is known, spare units. What the nation builds is not in it
    action `need_falls`   : the same where norms/backlog says that units are short all the same,
        with `short_published` and how much of it the fall covers
    action `spending`     : money of the calendar year `year`, even over the lead time; what is
        overdue is ordered in the base year
    The nation is the sum of its regions; its own stock orders nothing, for no region has it.
    Arguments as of `needs_frame`, to which the years must be the same.
    """
    short, found, need = shortage(
        population, years, facilities, capacities, space, camp, flows, built=built
    )
    published, how = shortages(flows, facilities, space, years)
    rows: list[Row] = []
    for place, facility in enumerate(facilities):
        if facility.module_sizes:
            statuses = weakest(PROJECTED, facility.status, *_behind(found, place))
            rows += _rows_of_kind(
                facility, short[place], national_units(found)[place], need[place], years,
                _Backlog(*_first_short(published[SHORT][place], how[SHORT][place]), statuses),
            )  # fmt: skip
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    if frame.empty:
        return empty_orders()
    names = np.array((*space.ids, space.nation), dtype=object)
    frame["region"] = names[frame["region"].to_numpy(dtype=int)]
    frame.loc[frame["value"].isna(), "status"] = UNKNOWN
    return frame


def shortage(
    population: Array, years: Sequence[int], facilities: Sequence[Facility],
    capacities: pd.DataFrame, space: Space, camp: Array | None = None, flows: Flows = NO_FLOWS,
    *, built: Array | None = None,
) -> tuple[Array, Balance, Array]:  # fmt: skip
    """(kind, region, year) units short on 1 January of the run and of the years looked ahead.

    Negative is spare. What the nation builds is not in it, for no region is named. Camps end with
    the run. The second is the balance of the stock behind it, the third the need (kind, region)
    of the first year.
    """
    lasting = [f.persist_years for f in facilities if f.module_sizes]
    more = int(max(lasting, default=0.0))
    people = np.concatenate([population, ahead(population, more)], axis=3)
    camps = None
    if camp is not None:
        camps = np.concatenate([camp, np.zeros((len(space), more))], axis=1)
    need = users_by_region(facilities, people, camps) * per_user(facilities)
    every = [*years, *range(years[-1] + 1, years[-1] + 1 + more)]
    found = with_plans(balance(capacities, flows, facilities, space, every, need[:, :, 0]), built)
    changed = np.nan_to_num(found.retired) - np.nan_to_num(found.completed)  # unknown: none
    level = need - need[:, :, :1] + changed - found.built
    short = np.where(np.isnan(found.capacity), level, need - found.capacity)
    return short[:, : len(space)], found, need[:, : len(space), 0]


def ahead(population: Array, years: int) -> Array:
    """(sex, age, region, years) people after the last of a path (sex, age, region, year).

    Hamilton and Perry (1962): cohort change ratios of the last year, births as in it. A path of
    one year stays as it is.
    """
    last = population[..., -1]
    if population.shape[-1] < 2 or years == 0:
        return np.repeat(last[..., None], years, axis=-1)
    before = population[..., -2]
    entered = np.concatenate([before[:, :-2], before[:, -2:-1] + before[:, -1:]], axis=1)
    reached = last[:, 1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(entered > 0, reached / entered, 1.0)
    path = []
    for _ in range(years):
        cohorts = np.concatenate([last[:, :-2], last[:, -2:-1] + last[:, -1:]], axis=1)
        last = np.concatenate([last[:, :1], cohorts * ratio], axis=1)
        path.append(last)
    return np.stack(path, axis=-1)


def lasting(short: Array, persist: float, years: int) -> Array:
    """(region, year) units that are to stand by each year of the run, never falling.

    short : (region, year) units short in the run and beyond; years: how many are of the run
    """
    window = int(persist) + 1
    floor = np.stack([short[:, year : year + window].min(axis=1) for year in range(years)], axis=1)
    found: Array = np.maximum.accumulate(np.maximum(floor, 0.0), axis=1)
    return found


def modules_for(short: float, rest: float, sizes: Sequence[float]) -> Counter[float]:
    """{size: how many} buildings that cover `short` units now, with `rest` to come in all.

    A building covers what is still to come as well, so that one large one is not built as two
    small ones; less than half of the smallest building is not built.
    """
    chosen: Counter[float] = Counter()
    largest = sizes[-1]
    many = int(min(rest // largest, ceil(short / largest - NOTHING)))
    if many > 0:
        chosen[largest] = many
        short, rest = short - many * largest, rest - many * largest
    while short > NOTHING * sizes[0] and rest >= WORTH * sizes[0]:
        above = next((size for size in sizes if size >= rest), largest)
        fitting = [size for size in sizes if size <= rest]
        size = above if not fitting or rest >= FULL * above else fitting[-1]
        chosen[size] += 1
        short, rest = short - size, rest - size
    return chosen


def _buildings(wanted: Array, years: Sequence[int], sizes: Sequence[float]) -> list[Building]:
    """What each region builds, (region, year) `wanted` units by each year of need."""
    found = []
    for region, path in enumerate(wanted.tolist()):
        built = 0.0
        for year, units in zip(years, path, strict=True):
            if units > built:
                modules = modules_for(units - built, path[-1] - built, sizes)
                if modules:
                    found.append(_building(region, year, modules))
                    built += found[-1].units
    return found


def _rows_of_kind(
    facility: Facility, short: Array, national: Array, people: Array, years: Sequence[int],
    backlog: _Backlog,
) -> list[Row]:  # fmt: skip
    """The rows of one kind; regions by their place, the nation is the place after the last.

    short    : (region, year) units short in the run and beyond, without what the nation builds
    national : (year) units that the nation builds, by no region
    people   : (region,) need of the first year
    """
    lack = lasting(short, facility.persist_years, len(years))[:, -1]
    left = short - spread(national, lack, people)
    wanted = lasting(left, facility.persist_years, len(years))
    ordered = _buildings(wanted, years, facility.module_sizes)
    stands = np.zeros(wanted.shape)
    for each in ordered:
        stands[each.region, each.year - years[0] :] += each.units
    both = _with_nation(ordered, len(short))
    rows = _orders(facility, both, years[0]) + _spending(facility, both, years[0])
    rows += _bridged(facility, left[:, : len(years)] - stands, years)
    falls = np.where(stands[:, -1] == 0, -short[:, len(years) - 1], 0.0)
    return rows + _idle(facility, falls, years[-1], backlog)


def _bridged(facility: Facility, left: Array, years: Sequence[int]) -> list[Row]:
    """What is short at most beside the orders, (region, year) `left`, and when."""
    peaks, when = left.max(axis=1), np.asarray(years)[left.argmax(axis=1)]
    cells = [(int(region), int(when[region]), float(peaks[region]))
             for region in np.flatnonzero(peaks >= WORTH)]  # fmt: skip
    sums: dict[int, float] = {}
    for _, year, value in cells:
        sums[year] = sums.get(year, 0.0) + value
    cells += [(len(left), year, value) for year, value in sorted(sums.items())]
    return [(region, year, facility.kind, TEMPORARY, "", UNITS, value, facility.unit, ASSUMPTION)
            for region, year, value in cells]  # fmt: skip


def _idle(facility: Facility, falls: Array, year: int, backlog: _Backlog) -> list[Row]:
    """Where need falls, (region,) by `falls` units, and how much of a published shortage it covers.

    The nation is the sum of its regions.
    """
    falls = np.where(falls >= WORTH, falls, 0.0)
    nation = len(falls)
    by_place = np.append(falls, falls.sum())
    covered = np.append(
        np.minimum(falls, backlog.short[:-1]),
        falls_covered(falls, backlog.short[:-1], backlog.short[-1]),
    )
    rows: list[Row] = []
    for place in np.flatnonzero(by_place > 0).tolist():
        short = not np.isnan(backlog.short[place])
        head = (place, year, facility.kind, NEED_FALLS if short else IDLE, "")
        told = [(UNITS, by_place[place], backlog.behind)]
        if short:
            how = weakest(backlog.behind, backlog.status[place])
            rest = backlog.status[:-1] if place == nation else ()
            told += [(SHORT_TODAY, backlog.short[place], backlog.status[place]),
                     (COVERED, covered[place], weakest(how, *_known(rest)))]  # fmt: skip
        rows += [(*head, measure, float(value), facility.unit, status)
                 for measure, value, status in told]  # fmt: skip
    return rows


def _with_nation(ordered: Sequence[Building], nation: int) -> list[Building]:
    """The buildings and, for each year of need, those of all regions together."""
    together: dict[int, Counter[float]] = {}
    for each in ordered:
        together.setdefault(each.year, Counter()).update(each.modules)
    return [*ordered, *(_building(nation, year, together[year]) for year in sorted(together))]


def _orders(facility: Facility, ordered: Sequence[Building], base_year: int) -> list[Row]:
    """Units, latest year of order and cost of each building."""
    rows: list[Row] = []
    kind, unit = facility.kind, facility.unit
    priced = weakest(ASSUMPTION, facility.cost_status)
    single = len(facility.module_sizes) == 1 and facility.module_sizes[0] == 1
    for each in ordered:
        latest = each.year - facility.lead_time_years
        action = ORDER_NOW if latest < base_year else ORDER
        modules = (
            ""
            if single
            else " + ".join(
                f"{count} × {size:g}" for size, count in sorted(each.modules.items(), reverse=True)
            )
        )
        head = (each.region, each.year, kind, action, modules)
        rows.append((*head, UNITS, each.units, unit, ASSUMPTION))
        rows.append((*head, ORDER_YEAR, latest, YEAR, ASSUMPTION))
        rows += [(*head, level, each.units * cost, facility.cost_unit, priced)
                 for level, cost in zip(COSTS, facility.cost, strict=True)]  # fmt: skip
    return rows


def _spending(facility: Facility, ordered: Sequence[Building], base_year: int) -> list[Row]:
    """Money by calendar year: the cost of a building, even over the years from order to use."""
    spent: dict[tuple[int, int], float] = {}
    for each in ordered:
        wait = max(ceil(facility.lead_time_years), 1)
        first = max(ceil(each.year - facility.lead_time_years), base_year)
        for year in range(first, first + wait):
            cell = (each.region, year)
            spent[cell] = spent.get(cell, 0.0) + each.units / wait
    priced = weakest(ASSUMPTION, facility.cost_status)
    return [
        (region, year, facility.kind, SPEND, "", level, units * cost, facility.cost_unit, priced)
        for (region, year), units in spent.items()
        for level, cost in zip(SPENDING, facility.cost, strict=True)
    ]


def _behind(found: Balance, place: int) -> list[str]:
    """The statuses of what is known of the stock of a kind in its regions."""
    known = (*found.basis[place, :-1], *found.retiring[place, :-1], *found.completing[place, :-1])
    return _known(known)


def _known(statuses: Iterable[str]) -> list[str]:
    return [status for status in statuses if status != UNKNOWN]
