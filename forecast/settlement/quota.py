"""The regional quota as a linear program: who settles where, within which limits.

A cell is a stream (origin) o, a qualification k, a kind of unit u (a person, or a family of some
size), a region d of the list of the stream and a calendar year t; x[o, k, u, d, t] is how many
units have a place there. The program maximises

    sum x take_up[o, d] (alpha p[d, k, t] workers + beta preference[o, d] persons
                         + gamma stay[o, d] persons - cost of the unit x price of cost)

within the rows that `rows_of` writes. Take-up turns places into people and `workers_each` people
into workers: of the people settled less than a half are in working age. Need of workers and room
for people are stocks: those who came in earlier years of the plan and stayed use them up too.

With one person a unit, only supply, need and rooms, and equal take-up, this is a minimum-cost flow
and its corners are whole numbers (Ahuja, Magnanti & Orlin 1993, theorem 9.10).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.int64]

SUPPLY, NEED, ROOM, FLOOR, CAP, RISE, FALL, BUDGET = KINDS = (
    "supply", "need", "room", "floor", "cap", "rise", "fall", "budget",
)  # fmt: skip
AT_LEAST = frozenset({FLOOR, FALL})  # what must not be less; every other row is a most
YEARS_OF_STAY = 5


@dataclass(frozen=True)
class Weights:
    """Points for one worker who finds a job, a person whose wish is met, a person who stays five
    years, and for one thousand units of account of support (taken off)."""

    employment: float = 1.0
    preference: float = 0.0
    stay: float = 0.0
    cost: float = 0.0


@dataclass(frozen=True)
class Bound:
    """A number of places that a stream must have, or may at most have, in some regions together.

    stream : None for all streams together
    year   : None for every year of the plan
    """

    stream: str | None
    regions: tuple[str, ...]
    places: float
    year: int | None = None


@dataclass(frozen=True)
class Inputs:
    """What the program is made of. NaN in `need` and `rooms` is unknown and never binds.

    legal        : (stream, region) the region is on the list of the stream
    supply       : (stream, qualification, year) places to be given, whole numbers
    take_up      : (stream, region) persons settled for each place
    stay         : (stream, region) share of those settled who stay five years
    preference   : (stream, region) 0 to 1
    chance       : (region, qualification, year) p, chance of a worker to find a job
    need         : (region, qualification, year) workers who can find one, stock
    rooms        : {kind of facility: ((region, year) units free, (region, year) units for one)}
    workers_each : workers in one person settled
    sizes, parts : (unit,) persons in a unit, and the share of each unit among units
    cost         : (unit,) support of one unit, units of account
    budget       : (year,) units of account; NaN has no limit
    last         : quota of the year before the first one; `change` limits the change from it
    """

    streams: tuple[str, ...]
    regions: tuple[str, ...]
    qualifications: tuple[str, ...]
    years: tuple[int, ...]
    legal: NDArray[np.bool_]
    supply: Array
    take_up: Array
    stay: Array
    preference: Array
    chance: Array
    need: Array
    workers_each: float
    weights: Weights
    rooms: Mapping[str, tuple[Array, Array]] = field(default_factory=dict)
    sizes: tuple[int, ...] = (1,)
    parts: tuple[float, ...] = (1.0,)
    cost: Array = field(default_factory=lambda: np.zeros(1))
    budget: Array | None = None
    floors: tuple[Bound, ...] = ()
    caps: tuple[Bound, ...] = ()
    last: tuple[Bound, ...] = ()
    change: float | None = None
    whole: bool = True


@dataclass(frozen=True)
class Row:
    """One limit. `limit` is in `places` for supply, bounds and changes, in workers for need, in
    units of the facility for rooms, in units of account for the budget; of a change between two
    years of the plan it is 0 and `share` says how far the places may be from the year before."""

    kind: str
    limit: float
    year: int
    stream: str | None = None
    regions: tuple[str, ...] = ()
    qualification: str | None = None
    facility: str | None = None
    size: int = 1
    share: float | None = None

    @property
    def least(self) -> bool:
        """Whether it says at least and not at most."""
        return self.kind in AT_LEAST


@dataclass(frozen=True)
class Program:
    """The cells, what each is worth, and the rows that limit them.

    stream, qualification, unit, region, year : (cell,) positions
    value, places, settled, workers, cost     : (cell,) of one unit: points, places, persons and
                                                workers expected, units of account expected
    matrix : (row, cell), sparse; rows as they are said, at most or at least `limit`
    """

    inputs: Inputs
    stream: Places
    qualification: Places
    unit: Places
    region: Places
    year: Places
    value: Array
    places: Array
    settled: Array
    workers: Array
    cost: Array
    rows: tuple[Row, ...]
    matrix: Any

    @property
    def limits(self) -> Array:
        """(row,)"""
        return np.array([row.limit for row in self.rows])

    @property
    def signs(self) -> Array:
        """(row,) 1 for at most, -1 for at least: signs x matrix x <= signs x limits."""
        return np.array([-1.0 if row.least else 1.0 for row in self.rows])


def program_of(inputs: Inputs) -> Program:
    """The cells of the legal lists with their values, and every row."""
    from scipy.sparse import csr_array

    pairs = np.argwhere(inputs.legal)
    counts = (len(inputs.qualifications), len(inputs.sizes), len(inputs.years))
    grid = np.indices((len(pairs), *counts)).reshape(4, -1)
    stream, region = pairs[grid[0]].T if len(pairs) else np.zeros((2, 0), dtype=int)
    qualification, unit, year = grid[1:]
    take_up = inputs.take_up[stream, region]
    persons = np.array(inputs.sizes, dtype=float)[unit]
    settled, workers = take_up * persons, take_up * persons * inputs.workers_each
    cost = take_up * inputs.cost[unit]
    w = inputs.weights
    value = (
        w.employment * inputs.chance[region, qualification, year] * workers
        + (w.preference * inputs.preference + w.stay * inputs.stay)[stream, region] * settled
        - w.cost * cost / 1000
    )
    cells = Program(inputs, stream, qualification, unit, region, year, value, persons, settled,
                    workers, cost, (), None)  # fmt: skip
    rows: list[Row] = []
    parts: list[tuple[Array, Places, Places]] = []  # coefficients, row, cell
    for row, chosen, coefficients in rows_of(cells):
        parts.append((coefficients, np.full(len(chosen), len(rows)), chosen))
        rows.append(row)
    data, at, cell = (np.concatenate([part[k] for part in parts]) for k in range(3))
    matrix = csr_array((data, (at, cell)), shape=(len(rows), len(value)))
    return Program(inputs, stream, qualification, unit, region, year, value, persons, settled,
                   workers, cost, tuple(rows), matrix)  # fmt: skip


Written = tuple[Row, Places, Array]  # the row, its cells, their coefficients


def rows_of(p: Program) -> Iterable[Written]:
    """Every limit with the cells that it counts."""
    yield from _supply(p)
    yield from _stocks(p)
    yield from _bounds(p)
    yield from _changes(p)
    if p.inputs.budget is not None:
        for t, limit in enumerate(p.inputs.budget):
            if not np.isnan(limit):
                chosen = np.flatnonzero(p.year == t)
                yield Row(BUDGET, float(limit), p.inputs.years[t]), chosen, p.cost[chosen]


def _supply(p: Program) -> Iterable[Written]:
    """Units of each stream and qualification; whole families where units are families."""
    i = p.inputs
    mean = float(np.dot(i.sizes, i.parts))
    for o, stream in enumerate(i.streams):
        for t, year in enumerate(i.years):
            units = i.supply[o, :, t][:, None] / mean * np.array(i.parts)
            if i.whole:
                total = round(float(i.supply[o, :, t].sum()) / mean)
                units = apportioned(units.ravel(), total).reshape(units.shape)
            for k, name in enumerate(i.qualifications):
                for u, size in enumerate(i.sizes):
                    chosen = np.flatnonzero(
                        (p.stream == o) & (p.qualification == k) & (p.unit == u) & (p.year == t)
                    )
                    row = Row(SUPPLY, float(units[k, u]), year, stream, (), name, None, size)
                    yield row, chosen, np.ones(len(chosen))


def apportioned(shares: Array, total: int) -> Array:
    """Whole numbers that sum to `total`, by largest remainders; the first wins a tie."""
    if shares.sum() <= 0:
        return np.zeros_like(shares)
    exact = shares * (total / shares.sum())
    whole = np.floor(exact + 1e-9)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def staying(p: Program, chosen: Places, until: int) -> Array:
    """(cell,) share of those who came in the year of a cell and are still there in `until`."""
    share = np.clip(p.inputs.stay[p.stream[chosen], p.region[chosen]], 0.0, 1.0)
    years = np.array(p.inputs.years)
    kept: Array = share ** ((until - years[p.year[chosen]]) / YEARS_OF_STAY)
    return kept


def _stocks(p: Program) -> Iterable[Written]:
    """Need of workers and room for people, both used up by those who came and stayed."""
    i = p.inputs
    for t, year in enumerate(i.years):
        for d, region in enumerate(i.regions):
            here = (p.region == d) & (p.year <= t)
            if not here.any():
                continue
            for k, name in enumerate(i.qualifications):
                limit = float(i.need[d, k, t])
                if not np.isnan(limit):
                    chosen = np.flatnonzero(here & (p.qualification == k))
                    used = p.workers[chosen] * staying(p, chosen, year)
                    yield Row(NEED, limit, year, None, (region,), name), chosen, used
            for kind, (free, each) in i.rooms.items():
                if not (np.isnan(free[d, t]) or np.isnan(each[d, t])):
                    chosen = np.flatnonzero(here)
                    used = p.settled[chosen] * each[d, t] * staying(p, chosen, year)
                    row = Row(ROOM, float(free[d, t]), year, None, (region,), None, kind)
                    yield row, chosen, used


def _of_bound(p: Program, bound: Bound, t: int) -> Places:
    """The cells that a bound counts in a year."""
    i = p.inputs
    here = (p.year == t) & np.isin(p.region, [i.regions.index(name) for name in bound.regions])
    if bound.stream is not None:
        here &= p.stream == i.streams.index(bound.stream)
    return np.flatnonzero(here)


def _bounds(p: Program) -> Iterable[Written]:
    i = p.inputs
    for kind, bounds in ((FLOOR, i.floors), (CAP, i.caps)):
        for bound in bounds:
            for t, year in enumerate(i.years):
                if bound.year in (None, year):
                    chosen = _of_bound(p, bound, t)
                    row = Row(kind, bound.places, year, bound.stream, bound.regions)
                    yield row, chosen, p.places[chosen]


def _changes(p: Program) -> Iterable[Written]:
    """From last year's quota to the first year, then from year to year."""
    i = p.inputs
    if i.change is None:
        return
    for bound in i.last:
        chosen = _of_bound(p, bound, 0)
        if not len(chosen):
            continue
        low, high = (1 - i.change) * bound.places, (1 + i.change) * bound.places
        if i.whole:
            low, high = np.ceil(low - 1e-6), np.floor(high + 1e-6)
        for kind, limit in ((RISE, high), (FALL, max(low, 0.0))):
            row = Row(kind, float(limit), i.years[0], bound.stream, bound.regions, share=i.change)
            yield row, chosen, p.places[chosen]
    for t, year in enumerate(i.years[1:], start=1):
        for o, d in np.argwhere(i.legal):
            pair = (p.stream == o) & (p.region == d)
            now, before = (
                np.flatnonzero(pair & (p.year == t)),
                np.flatnonzero(pair & (p.year == t - 1)),
            )
            for kind, share in ((RISE, 1 + i.change), (FALL, max(1 - i.change, 0.0))):
                row = Row(kind, 0.0, year, i.streams[o], (i.regions[d],), share=i.change)
                yield (row, np.concatenate([now, before]),
                       np.concatenate([p.places[now], -share * p.places[before]]))  # fmt: skip


def by_pair(p: Program, x: Array, of: Array | None = None) -> Array:
    """(stream, region, qualification, year) places, or `of` of one unit, of the units `x`."""
    i = p.inputs
    found = np.zeros((len(i.streams), len(i.regions), len(i.qualifications), len(i.years)))
    amount = x * (p.places if of is None else of)
    np.add.at(found, (p.stream, p.region, p.qualification, p.year), amount)
    return found


__all__: Sequence[str] = ("KINDS", "Bound", "Inputs", "Program", "Row", "Weights", "program_of")
