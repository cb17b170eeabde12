"""The difference of two runs as parts that add up exactly.

Population. By the balancing equation a population on 1 January is that of the base year with
everything that came and went since, so the difference of two runs of one base year is

    P2 - P1 = (B2 - B1) + sum over years of (c2 - c1) of what comes - (c2 - c1) of what goes

where B is the base population: it differs only where the runs stand on different data packages.
Immigration is split by stream, moves of growth points by point.

Labour deficit of a year: (D2 - D1) - (S2 - S1) - (F2 - F1), demand, jobs filled by residents and
foreign workers beyond the published permits.

Added need for a facility, at n units for one of u users since the base year (du):

    n2 du2 - n1 du1 = n1 (du2 - du1) + (n2 - n1) du2       people + norm

the norm part is the need by the other norm of the same users. What changes who uses a facility
(an attendance rate) is in the users, so in the part of people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.external import STREAM_WORDS
from forecast.labour.deficit import MEASURES as LABOUR_WORDS
from forecast.space import STREAMS, Space
from forecast.tables import JOBS, PERSONS, TOTAL
from forecast.tabulate import COMPONENTS
from forecast.words import mark

if TYPE_CHECKING:
    from forecast.projection import Projection

Array = NDArray[np.float64]

COLUMNS = ("account", "year", "region", "kind", "part", "point", "of_one", "of_other", "value",
           "unit")  # fmt: skip
POPULATION, DEFICIT, ADDED = "population", "labour_deficit", "added_need"  # what is explained
DIFFERENCE, REST = "difference", "rest"
COMES = ("births", "internal_in", "growth_point_in", "support_in", "immigration")
GOES = ("deaths", "internal_out", "growth_point_out", "support_out", "emigration")
AGAIN = {"support_in": "came_again", "support_out": "left_again"}  # measures of `supported`
OF_POINTS = ("growth_point_in", "growth_point_out")
SMALLEST = 1e-6  # what is left unexplained beyond it is a part of its own
KEPT = ("base", "people")  # parts that are told though nothing differs
NOTHING = 1e-9  # a part that is smaller everywhere is the rounding of the machine
PARTS = {
    "base": mark("population of the base year"),
    **{name: words for name, words in COMPONENTS.items() if name != "emigration"},
    "came_again": mark("arrivals of settlers who leave again"),
    "left_again": mark("departures of settlers who leave again"),
    **STREAM_WORDS,
    "emigration": COMPONENTS["emigration"],
    "labour_demand": LABOUR_WORDS["labour_demand"],
    "labour_supply": LABOUR_WORDS["labour_supply"],
    "foreign_workers": LABOUR_WORDS["foreign_workers"],
    "people": mark("people who use it"),
    "norm": mark("norm"),
    REST: mark("not explained by the tables"),
    DIFFERENCE: mark("difference"),
}


@dataclass(frozen=True)
class Account:
    """Why the second run differs from the first.

    year : the last 1 January that both have
    rows : COLUMNS; `account` is population (persons on 1 January of `year`), labour_deficit (jobs,
           annual average of the calendar year before) or added_need (units of `kind` on 1 January
           of `year`); `part` one of PARTS, `point` a growth point. `of_one` and `of_other` are
           what each run adds to the result by this part (what goes counts with -), `value` the
           second less the first. The row `difference` is the sum of the parts of its region.
    """

    year: int
    rows: pd.DataFrame

    def of(self, name: str, region: str, kind: str = "") -> pd.DataFrame:
        """The parts of one difference and the difference itself, in the order of the account."""
        rows = self.rows
        chosen = (rows["account"] == name) & (rows["region"] == region) & (rows["kind"] == kind)
        return rows[chosen].reset_index(drop=True)

    def value(self, name: str, region: str, part: str = DIFFERENCE, kind: str = "") -> float:
        """The sum of a part (of all growth points); NaN where the account has no such row."""
        rows = self.of(name, region, kind)
        return float(rows.loc[rows["part"] == part, "value"].sum(min_count=1))


class _Part(NamedTuple):
    """(part, point) and what it adds to the result of each run, (region and nation,)."""

    key: tuple[str, str]
    of_one: Array
    of_other: Array

    @property
    def change(self) -> Array:
        return self.of_other - self.of_one


def account(one: Projection, other: Projection) -> Account:
    """The parts of `other` less `one` on the last 1 January that both have.

    Both must be of the same regions and base year, as for `Projection.compare`.
    """
    year = min(one.last_year, other.last_year)
    rows = pd.concat([
        _population(one, other, year), _deficit(one, other, year - 1), _needs(one, other, year)
    ], ignore_index=True)  # fmt: skip
    return Account(year, rows)


def _population(one: Projection, other: Projection, year: int) -> pd.DataFrame:
    """The parts of the population on 1 January of `year`, a row a region and the nation."""
    found = [dict(_terms(run, year, split=_split(one, other, year))) for run in (one, other)]
    ends = [_stock(run, year) for run in (one, other)]
    keys = sorted({key for terms in found for key in terms}, key=_place)
    blank = np.zeros(len(one.space))
    mine, theirs = (
        {key: _with_nation(terms.get(key, blank)) for key in keys} for terms in found
    )  # fmt: skip
    rows = [_Part(key, mine[key], theirs[key]) for key in keys]
    whole = [_with_nation(end) for end in ends]
    return _table(one.space, POPULATION, year, "", PERSONS, rows, whole)


def _place(key: tuple[str, str]) -> tuple[int, str]:
    """The order of the account: that of PARTS, points by their id."""
    return list(PARTS).index(key[0]), key[1]


def _split(one: Projection, other: Projection, year: int) -> bool:
    """Whether both runs know the streams of all their immigration."""
    for run in (one, other):
        streams = _sum_by_region(run, _until(run.frames["immigration"], year))
        whole = _component(run, "immigration", year)
        if not np.allclose(streams, whole, rtol=0, atol=SMALLEST):
            return False
    return True


def _terms(run: Projection, year: int, *, split: bool) -> Iterator[tuple[tuple[str, str], Array]]:
    """((part, point), (region,) persons) what makes the population of a run, with its sign."""
    yield ("base", ""), _stock(run, run.base_year)
    for name in (*COMES, *GOES):
        sign = 1.0 if name in COMES else -1.0
        if name == "immigration" and split:
            frame = _until(run.frames["immigration"], year)
            for stream in STREAMS:
                yield (stream, ""), _sum_by_region(run, frame[frame["stream"] == stream])
            continue
        persons = _component(run, name, year)
        if name in OF_POINTS:
            for point, part in _by_point(run, name, year):
                yield (name, point), sign * part
                persons = persons - part
            if np.abs(persons).max(initial=0.0) <= SMALLEST:
                continue
        if name in AGAIN:
            part = _again(run, AGAIN[name], year)
            yield (AGAIN[name], ""), sign * part
            persons = persons - part
        yield (name, ""), sign * persons


def _again(run: Projection, measure: str, year: int) -> Array:
    """(region,) settlers of earlier years who leave again or come from there; 0 in older runs."""
    frame = run.frames.get("supported")
    if frame is None or not set(AGAIN.values()) <= set(frame["measure"]):
        return np.zeros(len(run.space))
    frame = _until(frame, year)
    return _sum_by_region(run, frame[frame["measure"] == measure])


def _by_point(run: Projection, name: str, year: int) -> Iterator[tuple[str, Array]]:
    """(point, (region,) persons) who come to each point, or leave for it and are released by it.

    The tables tell arrivals by point and by the region of the point. Where several points are in
    a run, people whose homes lie in another region than their point, and released people who
    settle elsewhere, are known together only: they stay under no point.
    """
    frame = _until(run.frames["growth_points"], year)
    frame = frame[(frame["kind"] == TOTAL) & frame["measure"].isin(("arrivals", "departures"))]
    points = list(dict.fromkeys(frame["growth_point"].astype(str)))
    if len(points) == 1:
        yield points[0], _component(run, name, year)
        return
    for point in points:
        rows = frame[frame["growth_point"] == point]
        arrivals, left = (rows[rows["measure"] == word] for word in ("arrivals", "departures"))
        whole = arrivals["origin"] == TOTAL
        if name == "growth_point_in":
            yield point, _sum_by_region(run, arrivals[whole])
        else:
            yield point, _sum_by_region(run, arrivals[~whole], "origin") + _sum_by_region(run, left)


def _component(run: Projection, name: str, year: int) -> Array:
    frame = _until(run.frames["components"], year)
    return _sum_by_region(run, frame[frame["component"] == name])


def _until(frame: pd.DataFrame, year: int) -> pd.DataFrame:
    """The flows of the calendar years before a 1 January."""
    return frame[frame["year"].astype(float) < year]


def _stock(run: Projection, year: int) -> Array:
    frame = run.frames["population"]
    return _sum_by_region(run, frame[frame["year"] == year])


def _sum_by_region(run: Projection, frame: pd.DataFrame, column: str = "region") -> Array:
    """(region,) sums of the values, NaN where one of them is; 0 where nobody came or went, of
    which there are no rows."""
    place = run.space.positions
    sums = np.zeros(len(place))
    for region, value in zip(frame[column], frame["value"], strict=True):
        if region in place:
            sums[place[region]] += value
    return sums


def _with_nation(values: Array) -> Array:
    return np.append(values, values.sum())


def _deficit(one: Projection, other: Projection, year: int) -> pd.DataFrame:
    """The parts of the labour deficit of a calendar year."""
    names = ("labour_demand", "labour_supply", "foreign_workers", DEFICIT)
    found = []
    for run in (one, other):
        frame = run.frames["labour"]
        rows = frame[(frame["year"] == year) & (frame["section"] == TOTAL)]
        wide = rows.pivot_table(index="region", columns="measure", values="value", aggfunc="sum")
        index = [*run.space.ids, run.space.nation]
        found.append(wide.reindex(index=index, columns=list(names)).to_numpy(dtype=float))
    signs = (1.0, -1.0, -1.0)
    mine, theirs = found
    parts = [
        _Part((name, ""), sign * mine[:, place], sign * theirs[:, place])
        for place, (name, sign) in enumerate(zip(names[:3], signs, strict=True))
    ]
    return _table(one.space, DEFICIT, year, "", JOBS, parts, [table[:, 3] for table in found])


class _Facility(NamedTuple):
    """One kind in one run, (region and nation,): users and need added since the base year."""

    norm: float  # units for one user
    users: Array
    added: Array
    unit: str


def _needs(one: Projection, other: Projection, year: int) -> pd.DataFrame:
    """The parts of the need for each kind that was added since the base year."""
    first, second = (_facilities(run, year) for run in (one, other))
    parts = []
    for kind in (kind for kind in first if kind in second):
        mine, theirs = first[kind], second[kind]
        kept = mine.norm * theirs.users  # the second run's users at the first run's norm
        rows = [
            _Part(("people", ""), mine.added, kept),
            _Part(("norm", ""), np.zeros_like(kept), theirs.added - kept),
        ]
        ends = [mine.added, theirs.added]
        parts.append(_table(one.space, ADDED, year, kind, mine.unit, rows, ends))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))


def _facilities(run: Projection, year: int) -> dict[str, _Facility]:
    """The kinds of a run that have a norm; the norm is that of the nation, one for all regions."""
    frame = run.frames["infrastructure"]
    frame = frame[frame["year"].isin((run.base_year, year))]
    frame = frame[frame["measure"].isin(("users", "need", ADDED))]
    index = [*run.space.ids, run.space.nation]
    found = {}
    for kind, rows in frame.groupby("kind", sort=False):
        wide = rows.pivot_table(index="region", columns=["measure", "year"], values="value")
        wide = wide.reindex(index)
        if not {("users", year), ("need", year), (ADDED, year)} <= set(wide.columns):
            continue
        people, units = wide["users"], wide["need"]
        users, needed = (table[year].to_numpy(dtype=float)[-1] for table in (people, units))
        norm = float(needed / users) if users else np.nan  # of the nation
        unit = str(rows.loc[rows["measure"] == "need", "unit"].iloc[0])
        added = (people[year] - people[run.base_year]).to_numpy(dtype=float)
        found[str(kind)] = _Facility(norm, added, wide[ADDED][year].to_numpy(dtype=float), unit)
    return found


def _largest(values: Array) -> float:
    """The largest size of the known values; 0 where none is known."""
    return float(np.abs(values[~np.isnan(values)]).max(initial=0.0))


def _table(
    space: Space,
    name: str,
    year: int,
    kind: str,
    unit: str,
    rows: Sequence[_Part],
    ends: Sequence[Array],
) -> pd.DataFrame:
    """Rows of the account from parts (region and nation,), and what they must add up to.

    ends : the result of the first run and of the second
    A part that differs nowhere is left out, unless the others need it to stand on; what the parts
    leave over is one of its own.
    """
    regions = [*space.ids, space.nation]
    blank = np.zeros(len(regions))
    mine = ends[0] - sum((row.of_one for row in rows), blank)
    theirs = ends[1] - sum((row.of_other for row in rows), blank)
    parts = [row for row in rows if row.key[0] in KEPT or _largest(row.change) > NOTHING]
    if _largest(theirs - mine) > SMALLEST:
        parts.append(_Part((REST, ""), mine, theirs))
    parts.append(_Part((DIFFERENCE, ""), ends[0], ends[1]))
    blocks = [
        pd.DataFrame({
            "account": name, "year": year, "region": regions, "kind": kind, "part": row.key[0],
            "point": row.key[1], "of_one": row.of_one, "of_other": row.of_other,
            "value": row.change, "unit": unit,
        })
        for row in parts
    ]  # fmt: skip
    return pd.concat(blocks, ignore_index=True)
