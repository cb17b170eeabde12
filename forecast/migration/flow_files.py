"""A panel of moves from a folder: od.csv, and what else there is (see `flow_tables`).

A region exists from the first to the last year in which any move to or from it is known; what is
unknown in between is missing, and so is every move of a merged region of which a part is missing.
The panel begins where every pair of the regions of the last year is known, and says which years it
leaves out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import Faults, InputError, did_you_mean
from forecast.migration.flow_covariates import (
    Parts,
    distances_of,
    drivers_of,
    lifetime,
    people_of,
    strangers,
)
from forecast.migration.flow_tables import OD, Tables, listed, plain_name, read_tables
from forecast.migration.panel import SHOWN, FlowPanel
from forecast.words import say, say_n

Array = NDArray[np.float64]


def read_panel(folder: str | Path, merge: Mapping[str, str] | None = None) -> FlowPanel:
    """The panel of a folder.

    merge : {region: region into which it goes}; moves between the two become moves inside and
            are dropped, people are added up, drivers meaned by people, distances those of the
            region that stays
    Raises InputError with every fault of every file: columns, numbers, repeated rows, negative
    flows, missing pairs of the last year, origins and destinations that look exchanged.
    """
    path = Path(folder)
    tables = read_tables(path)
    merge = {plain_name(part): plain_name(whole) for part, whole in (merge or {}).items()}
    moves = _Moves.of(tables.frames[OD])
    faults = Faults()
    into = _merged(moves.regions, merge, faults)
    if faults:
        raise InputError(path, faults)
    grouped = _Grouped.of(moves, into)
    years, notes = _known_years(moves, grouped, faults)
    if faults:
        raise InputError(path, faults)
    notes += [_merge_note(moves, part, whole) for part, whole in merge.items()]
    panel = _panel(moves, grouped, years, tables, notes)
    if panel.seems_swapped():
        message = say(
            "origin and destination look exchanged: regions that gain by these moves lose people, "
            "and the other way round"
        )
        cure = say("exchange the two columns; if they are right, leave population.csv out")
        raise InputError(path / OD, f"{message}; {cure}")
    return panel


@dataclass(frozen=True)
class _Moves:
    """Moves as they stand in the file."""

    regions: tuple[str, ...]
    years: tuple[int, ...]
    values: Array  # (year, origin, destination), NaN unknown, the diagonal 0
    exists: NDArray[np.bool_]  # (year, region)
    heard: NDArray[np.bool_]  # (year, region) any move is known

    @classmethod
    def of(cls, frame: pd.DataFrame) -> _Moves:
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
        known = ~np.isnan(values)
        same = np.arange(len(regions))
        known[:, same, same] = False
        values[:, same, same] = 0.0
        heard = np.asarray(known.any(axis=1) | known.any(axis=2))
        return cls(regions, years, values, lifetime(heard), heard)

    @property
    def missing(self) -> NDArray[np.bool_]:
        """(year, origin, destination): both exist, nobody says."""
        return np.isnan(self.values) & self.exists[:, :, None] & self.exists[:, None, :]


class _Grouped(NamedTuple):
    """Regions added up to those into which they go."""

    names: tuple[str, ...]
    group: Array  # (region, name)
    values: Array  # (year, origin, destination), NaN where a pair of parts is missing
    missing: NDArray[np.bool_]  # the same, of pairs of parts that go into different names
    exists: NDArray[np.bool_]  # (year, name)

    @classmethod
    def of(cls, moves: _Moves, into: Sequence[str]) -> _Grouped:
        names = tuple(dict.fromkeys(into))
        group = np.zeros((len(moves.regions), len(names)))
        group[np.arange(len(into)), [names.index(name) for name in into]] = 1.0
        within = group @ group.T > 0
        missing = moves.missing & ~within
        exists = np.asarray(moves.exists @ group > 0)
        unknown = group.T @ missing @ group > 0
        unknown |= ~(exists[:, :, None] & exists[:, None, :])
        values = group.T @ np.where(np.isnan(moves.values), 0.0, moves.values) @ group
        values[unknown] = np.nan
        values[:, np.arange(len(names)), np.arange(len(names))] = 0.0
        return cls(names, group, values, missing, exists)


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
        if merge.get(region) == region:
            faults.add("--merge", say("{name} would go into itself", name=region))
        elif seen[-1] in merge and merge[seen[-1]] != seen[-1]:
            faults.add("--merge", say("{name} goes round in a circle", name=region))
        into.append(seen[-1])
    if merge and not faults and len(set(into)) < 2:
        faults.add("--merge", say("one region is left"), say("a panel needs two regions or more"))
    return into


def _merge_note(moves: _Moves, part: str, whole: str) -> str:
    """Which region became part of which, and that it did not exist in every year."""
    note = say("{part} counts as part of {whole}", part=part, whole=whole)
    known = np.flatnonzero(moves.exists[:, moves.regions.index(part)])
    if 0 < len(known) < len(moves.years):
        note += "; " + say("there are moves of it from {first} to {last}",
                           first=moves.years[known[0]], last=moves.years[known[-1]])  # fmt: skip
    return note


def _known_years(moves: _Moves, grouped: _Grouped, faults: Faults) -> tuple[list[int], list[str]]:
    """The last years in a row in which every pair is known, and why they begin there."""
    last = len(moves.years) - 1
    for name in np.flatnonzero(~grouped.exists[last]):
        faults.add(OD, say("{region} has no moves in the last year, {year}",
                           region=grouped.names[name], year=moves.years[last]),
                   say("merge it into another region or leave it out"))  # fmt: skip
    pairs = np.argwhere(grouped.missing[last])
    for origin, destination in pairs[:SHOWN]:
        faults.add(OD, say("{year}, {origin} \u2192 {destination}: unknown in the last year",
                           year=moves.years[last], origin=moves.regions[origin],
                           destination=moves.regions[destination]),
                   say("add the row; write 0 only if nobody moved"))  # fmt: skip
    if len(pairs) > SHOWN:
        faults.add(OD, say("and {n} more of this kind", n=len(pairs) - SHOWN))
    whole = np.asarray(grouped.exists.all(axis=1) & ~grouped.missing.any(axis=(1, 2)))
    first = last
    while first > 0 and whole[first - 1]:
        first -= 1
    if first == 0 or faults:
        return list(range(first, last + 1)), []
    return list(range(first, last + 1)), [say(
        "years up to {year} are left out: {why} in {year}",
        year=moves.years[first - 1], why=_why(moves, grouped, first - 1),
    )]  # fmt: skip


def _why(moves: _Moves, grouped: _Grouped, year: int) -> str:
    """What od.csv lacks in a year, by the names of the file: regions, or else pairs."""
    if not moves.heard[year].any():
        return say("od.csv has no moves at all")
    silent = moves.exists[year] & ~moves.heard[year] & grouped.missing[year].any(axis=1)
    absent = [moves.regions[k] for k in np.flatnonzero(silent)]
    absent += [name for name, there in zip(grouped.names, grouped.exists[year], strict=True)
               if not there]  # fmt: skip
    if absent:
        return say("od.csv has no moves of {names}", names=listed(absent))
    pairs = [f"{moves.regions[a]} \u2192 {moves.regions[b]}"
             for a, b in np.argwhere(grouped.missing[year])]  # fmt: skip
    text = say_n("{n} pair is unknown", "{n} pairs are unknown", len(pairs))
    return f"{text} ({listed(pairs)})"


def _panel(
    moves: _Moves, grouped: _Grouped, places: list[int], tables: Tables, notes: list[str]
) -> FlowPanel:
    years = tuple(moves.years[k] for k in places)
    parts = Parts(moves.regions, grouped.names, grouped.group, years, moves.exists[places])
    people, of_people = people_of(tables, parts)
    if people is not None:
        places = places[-len(people) :]
    parts = parts._replace(years=tuple(moves.years[k] for k in places),
                           exists=moves.exists[places])  # fmt: skip
    distance, contiguous, of_distances = distances_of(tables, parts)
    drivers, of_drivers = drivers_of(tables, parts)
    return FlowPanel(
        grouped.names, parts.years, grouped.values[places], population=people, distance=distance,
        contiguous=contiguous, drivers=drivers,
        notes=(*notes, *of_people, *of_distances, *of_drivers, *tables.notes,
               *strangers(tables, moves.regions)),
    )  # fmt: skip
