"""A panel of moves from a folder: od.csv, and what else there is.

| file | columns | note |
|---|---|---|
| od.csv | origin, destination, year, persons | moves in the calendar year; moves inside a region are ignored; an empty cell is unknown, not 0 |
| population.csv | region, year, persons | optional |
| distances.csv | origin, destination, km..., contiguous | optional; kilometres between people if there are several |
| drivers.csv | region, year, numbers | optional |

A region exists in the years in which any move to or from it is known. The panel begins where
every pair of the regions of the last year is known, and says which years it leaves out.
"""  # noqa: E501 - a table

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import Faults, InputError, did_you_mean
from forecast.migration.panel import SHOWN, FlowPanel
from forecast.words import say, say_n

Array = NDArray[np.float64]

FIRST_YEAR, LAST_YEAR = 1800, 2200
OD, POPULATION, DISTANCES, DRIVERS = "od.csv", "population.csv", "distances.csv", "drivers.csv"
COLUMNS = {
    OD: ("origin", "destination", "year", "persons"),
    POPULATION: ("region", "year", "persons"),
    DISTANCES: ("origin", "destination"),
    DRIVERS: ("region", "year"),
}


def read_panel(folder: str | Path, merge: Mapping[str, str] | None = None) -> FlowPanel:
    """The panel of a folder.

    merge : {region: region into which it goes}; moves between the two become moves inside and
            are dropped, people are added up, drivers meaned by people, distances those of the
            region that stays
    Raises InputError with every fault of every file: columns, numbers, repeated rows, negative
    flows, missing pairs of the last year, origins and destinations that look exchanged.
    """
    path = Path(folder)
    faults = Faults()
    tables = _tables(path, faults)
    if faults:
        raise InputError(path, faults)
    moves = _Moves.of(tables[OD], faults)
    into = _merged(moves.regions, merge or {}, faults)
    if faults:
        raise InputError(path, faults)
    grouped = moves.merged(into)
    years, notes = _known_years(grouped, faults)
    if faults:
        raise InputError(path, faults)
    notes += [say("{part} counts as part of {whole}", part=part, whole=whole)
              for part, whole in (merge or {}).items()]  # fmt: skip
    panel = _panel(grouped, years, tables, dict(zip(moves.regions, into, strict=True)), notes)
    if panel.seems_swapped():
        message = say(
            "origin and destination look exchanged: regions that gain by these moves lose people, "
            "and the other way round"
        )
        cure = say("exchange the two columns; if they are right, leave population.csv out")
        raise InputError(path / OD, f"{message}; {cure}")
    return panel


def _tables(path: Path, faults: Faults) -> dict[str, pd.DataFrame]:
    if not path.is_dir():
        raise InputError(path, say("there is no such folder"))
    found = {}
    for name, columns in COLUMNS.items():
        file = path / name
        if not file.is_file():
            if name == OD:
                faults.add(name, say("the file is missing"),
                           say("its columns are {names}", names=", ".join(columns)))  # fmt: skip
            continue
        try:
            frame = pd.read_csv(file, encoding="utf-8-sig")
        except (ValueError, OSError) as error:
            faults.add(name, say("the file cannot be read ({reason})", reason=error))
            continue
        missing = [column for column in columns if column not in frame]
        for column in missing:
            faults.add(name, say("column '{name}' is missing", name=column),
                       did_you_mean(column, [str(c) for c in frame.columns]))  # fmt: skip
        if not missing:
            found[name] = frame
    if not faults and found[OD].empty:
        faults.add(OD, say("the table has no rows"))
    for name, frame in found.items():
        _check_columns(name, frame, faults)
    return found


def _check_columns(name: str, frame: pd.DataFrame, faults: Faults) -> None:
    """Words where words are due, numbers where numbers are, no row twice."""
    keys = [column for column in COLUMNS[name] if column != "persons"]
    for column in frame.columns:
        if column in ("origin", "destination", "region"):
            empty = np.flatnonzero(frame[column].isna())
            _report(name, column, empty, say("the cell is empty"), faults)
            frame[column] = frame[column].astype(str)
            continue
        numbers = pd.to_numeric(frame[column], errors="coerce")
        wrong = np.flatnonzero(numbers.isna() & frame[column].notna())
        _report(name, column, wrong, say("not a number"), faults)
        if column == "year":
            _report(name, column, np.flatnonzero(numbers.isna() & frame[column].isna()),
                    say("the cell is empty"), faults)  # fmt: skip
            broken = np.flatnonzero(numbers.notna() & (numbers % 1 != 0))
            _report(name, column, broken, say("not a whole year"), faults)
            odd = np.flatnonzero((numbers < FIRST_YEAR) | (numbers > LAST_YEAR))
            _report(name, column, odd, say("no calendar year of a register"), faults)
        if column == "persons":
            negative = np.flatnonzero(numbers < 0)
            _report(name, column, negative, say("a negative number"), faults)
        frame[column] = numbers
    repeated = np.flatnonzero(frame.duplicated(keys))
    _report(name, ", ".join(keys), repeated, say("the row repeats an earlier one"), faults)


def _report(file: str, column: str, rows: NDArray[np.intp], message: str, faults: Faults) -> None:
    for row in rows[:SHOWN]:
        faults.add(f"{file}, " + say("row {n}", n=int(row) + 2) + f", {column}", message)
    if len(rows) > SHOWN:
        faults.add(f"{file}, {column}", say("and {n} more of this kind", n=len(rows) - SHOWN))


class _Place(NamedTuple):
    """Which pairs are known, and which regions exist, by year."""

    values: Array  # (year, origin, destination), NaN unknown
    exists: NDArray[np.bool_]  # (year, region)
    missing: NDArray[np.bool_]  # (year, origin, destination): both exist, nobody says


@dataclass(frozen=True)
class _Moves:
    """Moves as they stand in the file."""

    regions: tuple[str, ...]
    years: tuple[int, ...]
    place: _Place

    @classmethod
    def of(cls, frame: pd.DataFrame, faults: Faults) -> _Moves:
        regions = tuple(dict.fromkeys([*frame["origin"], *frame["destination"]]))
        first, last = int(frame["year"].min()), int(frame["year"].max())
        years = tuple(range(first, last + 1))
        values = np.full((len(years), len(regions), len(regions)), np.nan)
        index = pd.Index(regions)
        values[
            frame["year"].to_numpy(dtype=int) - first,
            index.get_indexer(pd.Index(frame["origin"])),
            index.get_indexer(pd.Index(frame["destination"])),
        ] = frame["persons"].to_numpy(dtype=float)
        values[:, np.arange(len(regions)), np.arange(len(regions))] = 0.0
        return cls(regions, years, _placed(values))

    def merged(self, into: Sequence[str]) -> _Moves:
        """Regions added up to those into which they go; `into` has one name for each region."""
        names = tuple(dict.fromkeys(into))
        group = np.zeros((len(self.regions), len(names)))
        group[np.arange(len(into)), [names.index(name) for name in into]] = 1.0
        known = np.nan_to_num(self.place.values)
        values = np.einsum("yij,ia,jb->yab", known, group, group)
        missing = np.einsum("yij,ia,jb->yab", self.place.missing.astype(float), group, group) > 0
        exists = np.asarray((self.place.exists @ group) > 0)
        both = exists[:, :, None] & exists[:, None, :]
        values = np.where(missing | ~both, np.nan, values)
        values[:, np.arange(len(names)), np.arange(len(names))] = 0.0
        missing[:, np.arange(len(names)), np.arange(len(names))] = False
        return _Moves(names, self.years, _Place(values, exists, missing))


def _placed(values: Array) -> _Place:
    known = ~np.isnan(values)
    known[:, np.arange(values.shape[1]), np.arange(values.shape[1])] = False
    exists = np.asarray(known.any(axis=1) | known.any(axis=2))
    missing = np.isnan(values) & exists[:, :, None] & exists[:, None, :]
    return _Place(values, exists, missing)


def _merged(regions: Sequence[str], merge: Mapping[str, str], faults: Faults) -> list[str]:
    """The region into which each one goes."""
    for name in dict.fromkeys([*merge, *merge.values()]):
        if name not in regions:
            faults.add("--merge", say("no region '{name}' in the moves", name=name),
                       did_you_mean(name, regions))  # fmt: skip
    into = []
    for region in regions:
        seen = [region]
        while seen[-1] in merge and merge[seen[-1]] not in seen:
            seen.append(merge[seen[-1]])
        if seen[-1] in merge and merge[seen[-1]] != seen[-1]:
            faults.add("--merge", say("{name} goes round in a circle", name=region))
        into.append(seen[-1])
    return into


def _known_years(moves: _Moves, faults: Faults) -> tuple[list[int], list[str]]:
    """The last years in a row in which every pair is known, and why they begin there."""
    place, names = moves.place, moves.regions
    last = len(moves.years) - 1
    for region in np.flatnonzero(~place.exists[last]):
        faults.add(OD, say("{region} has no moves in the last year, {year}",
                           region=names[region], year=moves.years[last]),
                   say("merge it into another region or leave it out"))  # fmt: skip
    pairs = np.argwhere(place.missing[last])
    for origin, destination in pairs[:SHOWN]:
        faults.add(OD, say("{year}, {origin} \u2192 {destination}: unknown in the last year",
                           year=moves.years[last], origin=names[origin],
                           destination=names[destination]),
                   say("add the row; write 0 only if nobody moved"))  # fmt: skip
    if len(pairs) > SHOWN:
        faults.add(OD, say("and {n} more of this kind", n=len(pairs) - SHOWN))
    whole = np.asarray(place.exists.all(axis=1) & ~place.missing.any(axis=(1, 2)))
    first = last
    while first > 0 and whole[first - 1]:
        first -= 1
    notes = []
    if first > 0 and not faults:
        absent = [names[k] for k in np.flatnonzero(~place.exists[first - 1])]
        lacking = int(place.missing[first - 1].sum())
        why = (
            say("no moves of {names}", names=", ".join(absent)) if absent
            else say_n("{n} pair is unknown", "{n} pairs are unknown", lacking)
        )  # fmt: skip
        notes.append(say(
            "years up to {year} are left out: {why} in {year}", year=moves.years[first - 1], why=why
        ))  # fmt: skip
    return list(range(first, last + 1)), notes


def _panel(
    moves: _Moves,
    places: list[int],
    tables: Mapping[str, pd.DataFrame],
    parts: Mapping[str, str],
    notes: list[str],
) -> FlowPanel:
    names, years = moves.regions, tuple(moves.years[k] for k in places)
    people, note = _people(tables.get(POPULATION), parts, names, years)
    notes += note
    if people is not None:
        years, places = years[-len(people) :], places[-len(people) :]
    distance, contiguous = _distances(tables.get(DISTANCES), parts, names)
    if DISTANCES in tables and distance is None:
        notes.append(say("distances.csv lacks pairs; distances are not used"))
    return FlowPanel(
        names, years, moves.place.values[places], population=people, distance=distance,
        contiguous=contiguous, drivers=_drivers(tables, parts, names, years), notes=tuple(notes),
    )  # fmt: skip


def _people(
    frame: pd.DataFrame | None,
    parts: Mapping[str, str],
    names: tuple[str, ...],
    years: tuple[int, ...],
) -> tuple[Array | None, list[str]]:
    """(year, region) people of the last years that have them all, and what that leaves out.

    People who are known for at least half of the years begin the panel; people who are known for
    fewer are not used, and levels are moves instead of moves per person.
    """
    if frame is None:
        return None, [say("no population.csv: levels are moves, not moves per person")]
    known = frame[frame["region"].isin(parts)].dropna(subset=["persons"])
    known = known.assign(region=known["region"].map(dict(parts)))
    summed = known.groupby(["year", "region"])["persons"].sum().unstack("region")
    wide = summed.reindex(index=list(years), columns=list(names)).to_numpy(dtype=float)
    lacking = ~(wide > 0)
    gaps = np.flatnonzero(lacking.any(axis=1))
    if not len(gaps):
        return wide, []
    first = int(gaps[-1]) + 1
    names_of = ", ".join(names[k] for k in np.flatnonzero(lacking[gaps[-1]])[:SHOWN])
    year = years[gaps[-1]]
    if 2 * (len(years) - first) < len(years):
        return None, [say(
            "population.csv lacks {names} in {year}: levels are moves, not moves per person",
            names=names_of, year=year,
        )]  # fmt: skip
    return wide[first:], [say(
        "years up to {year} are left out: {why} in {year}", year=year,
        why=say("population.csv lacks {names}", names=names_of),
    )]  # fmt: skip


def _distances(
    frame: pd.DataFrame | None, parts: Mapping[str, str], names: tuple[str, ...]
) -> tuple[Array | None, Array | None]:
    """Kilometres and contiguity between regions; None where a pair lacks them."""
    if frame is None:
        return None, None
    kilometres = [str(column) for column in frame.columns if str(column).startswith("km")]
    stays = frame[frame["origin"].isin(names) & frame["destination"].isin(names)]

    def square(column: str) -> Array:
        wide = stays.pivot(index="origin", columns="destination", values=column)
        found: Array = wide.reindex(index=list(names), columns=list(names)).to_numpy(
            dtype=float, copy=True
        )
        np.fill_diagonal(found, 0.0)
        return found

    # between people rather than between the middles of areas, where the file has both
    kilometres.sort(key=lambda column: "population" not in column)
    distance = square(kilometres[0]) if kilometres else None
    if distance is not None and np.isnan(distance).any():
        distance = None
    if "contiguous" not in frame:
        return distance, None
    touching = frame.assign(origin=frame["origin"].map(dict(parts)),
                            destination=frame["destination"].map(dict(parts)))  # fmt: skip
    most = touching.groupby(["origin", "destination"])["contiguous"].max().unstack()
    contiguous = most.reindex(index=list(names), columns=list(names)).to_numpy(
        dtype=float, copy=True
    )
    np.fill_diagonal(contiguous, 0.0)
    return distance, None if np.isnan(contiguous).any() else contiguous


def _drivers(
    tables: Mapping[str, pd.DataFrame],
    parts: Mapping[str, str],
    names: tuple[str, ...],
    years: tuple[int, ...],
) -> dict[str, Array]:
    """{column: (year, region)}; parts of a merged region are meaned by their people."""
    frame = tables.get(DRIVERS)
    if frame is None:
        return {}
    chosen = frame[frame["region"].isin(parts)].copy()
    people = tables.get(POPULATION)
    chosen["weight"] = 1.0
    if people is not None:
        counted = people.set_index(["region", "year"])["persons"]
        found = counted.reindex(pd.MultiIndex.from_frame(chosen[["region", "year"]])).to_numpy()
        chosen["weight"] = np.where(np.isnan(found), 1.0, found)
    chosen["whole"] = chosen["region"].map(dict(parts))
    drivers = {}
    for column in frame.columns:
        if column in COLUMNS[DRIVERS]:
            continue
        known = chosen.dropna(subset=[column])
        weighted = (known[column] * known["weight"]).groupby([known["year"], known["whole"]]).sum()
        weights = known["weight"].groupby([known["year"], known["whole"]]).sum()
        wide = (weighted / weights).unstack("whole")
        drivers[str(column)] = wide.reindex(index=list(years), columns=list(names)).to_numpy(
            dtype=float)  # fmt: skip
    return drivers
