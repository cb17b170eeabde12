"""What stands beside the moves of a panel: people, distances and drivers of its regions.

Regions may be parts of a merged one. Its people are the sum of those of its parts and unknown
where a part that exists has none; its drivers are meaned by people; its distances are those of
the region that gives it its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import nearest
from forecast.migration.flow_tables import (
    COLUMNS,
    CONTIGUOUS,
    DISTANCES,
    DRIVERS,
    KILOMETRES,
    NAMES,
    OD,
    POPULATION,
    Tables,
    listed,
    wide,
)
from forecast.migration.panel import SHOWN
from forecast.words import say

Array = NDArray[np.float64]


class Parts(NamedTuple):
    """Regions of the file and those of the panel into which they go."""

    regions: tuple[str, ...]
    names: tuple[str, ...]
    group: Array  # (region, name) 1 where the region goes into the name
    years: tuple[int, ...]
    exists: NDArray[np.bool_]  # (year, region), from the first to the last year with moves


def lifetime(known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(year, region) True from the first to the last year in which anything is known."""
    since = np.logical_or.accumulate(known, axis=0)
    until = np.logical_or.accumulate(known[::-1], axis=0)[::-1]
    return np.asarray(since & until)


def people_of(tables: Tables, parts: Parts) -> tuple[Array | None, list[str]]:
    """(year, name) people of the last years that have them all, and what that leaves out.

    People who are known for at least half of the years begin the panel; people who are known for
    fewer are not used, and levels are moves instead of moves per person.
    """
    frame = tables.get(POPULATION)
    if frame is None:
        return None, [say("no population.csv: levels are moves, not moves per person")]
    found = wide(frame, "persons", parts.regions, parts.years)
    lacking_parts = np.isnan(found) & (parts.exists | lifetime(~np.isnan(found)))
    people = np.where(np.isnan(found), 0.0, found) @ parts.group
    lacking = (lacking_parts @ parts.group > 0) | ~(people > 0)
    gaps = np.flatnonzero(lacking.any(axis=1))
    if not len(gaps):
        return people, []
    first, year = int(gaps[-1]) + 1, parts.years[gaps[-1]]
    names = listed(_lacking(parts, lacking[gaps[-1]], lacking_parts[gaps[-1]]))
    if 2 * (len(parts.years) - first) < len(parts.years):
        return None, [say(
            "population.csv lacks {names} in {year}: levels are moves, not moves per person",
            names=names, year=year,
        )]  # fmt: skip
    return people[first:], [say(
        "years up to {year} are left out: {why} in {year}", year=year,
        why=say("population.csv lacks {names}", names=names),
    )]  # fmt: skip


def _lacking(parts: Parts, names: NDArray[np.bool_], regions: NDArray[np.bool_]) -> list[str]:
    """The regions of the file that lack people; a name of which no part is to blame itself."""
    found = [parts.regions[k] for k in np.flatnonzero(regions)]
    blamed = regions @ parts.group > 0
    return found + [parts.names[k] for k in np.flatnonzero(names & ~blamed)]


def distances_of(tables: Tables, parts: Parts) -> tuple[Array | None, Array | None, list[str]]:
    """Kilometres and contiguity between the names, None where unknown, and why they are."""
    frame = tables.get(DISTANCES)
    if frame is None:
        return None, None, []
    notes: list[str] = []
    away = ~np.eye(len(parts.names), dtype=bool)

    def whole(column: str, square: Array) -> Array | None:
        """The matrix, or None and a note where a pair of it is unknown."""
        gaps = np.argwhere(np.isnan(square) & away)
        if len(gaps):
            pairs = [f"{parts.names[a]} \u2192 {parts.names[b]}" for a, b in gaps]
            notes.append(say("distances.csv lacks {pairs}: '{column}' is not used",
                             pairs=listed(pairs), column=column))  # fmt: skip
            return None
        np.fill_diagonal(square, 0.0)
        return square

    # between people rather than between the middles of areas, where the file has both
    kilometres = sorted(
        (str(column) for column in frame if str(column).startswith(KILOMETRES)),
        key=lambda column: "population" not in column,
    )
    distance = contiguous = None
    if not kilometres:
        notes.append(say("distances.csv has no kilometres (a column km): no distances are used"))
    else:
        distance = whole(kilometres[0], _square(frame, kilometres[0], parts.names))
    if distance is not None and not (distance[away] > 0).all():
        notes.append(say("distances.csv has 0 kilometres between two regions: '{column}' is not "
                         "used", column=kilometres[0]))  # fmt: skip
        distance = None
    if CONTIGUOUS in frame:
        contiguous = whole(CONTIGUOUS, _touching(frame, parts))
    return distance, contiguous, notes


def _square(frame: pd.DataFrame, column: str, regions: Sequence[str]) -> Array:
    table = frame.pivot(index="origin", columns="destination", values=column)
    return table.reindex(index=list(regions), columns=list(regions)).to_numpy(
        dtype=float, copy=True
    )


def _touching(frame: pd.DataFrame, parts: Parts) -> Array:
    """(origin, destination) 1 where any parts touch, 0 where none does, NaN where unknown.

    A part of which the file says nothing at all does not make its whole unknown.
    """
    square = _square(frame, CONTIGUOUS, parts.regions)
    said = ~np.isnan(square)
    mute = np.asarray(~(said.any(axis=0) | said.any(axis=1)))
    unknown = ~said & ~mute[:, None] & ~mute[None, :]
    group = parts.group
    touch = group.T @ (said & (square == 1)) @ group > 0
    doubtful = (group.T @ unknown @ group > 0) | (group.T @ said @ group == 0)
    return np.where(touch, 1.0, np.where(doubtful, np.nan, 0.0))


def drivers_of(tables: Tables, parts: Parts) -> tuple[dict[str, Array], list[str]]:
    """{column: (year, name)}, parts meaned by their people, and which regions have no values.

    Parts weigh the same where the people of one of them are unknown.
    """
    frame = tables.get(DRIVERS)
    if frame is None:
        return {}, []
    counted = tables.get(POPULATION)
    people = np.full((len(parts.years), len(parts.regions)), np.nan)
    if counted is not None:
        people = wide(counted, "persons", parts.regions, parts.years)
    drivers, notes = {}, []
    for column in (str(column) for column in frame if column not in COLUMNS[DRIVERS]):
        values = wide(frame, column, parts.regions, parts.years)
        known = ~np.isnan(values)
        uncounted = (known & ~(people > 0)) @ parts.group > 0
        by_people = known & (uncounted @ parts.group.T == 0)
        weights = np.where(by_people, people, known.astype(float))
        summed = (np.where(known, values, 0.0) * weights) @ parts.group
        weight = weights @ parts.group
        drivers[column] = np.divide(
            summed, weight, out=np.full(summed.shape, np.nan), where=weight > 0
        )
        empty = np.flatnonzero(np.isnan(drivers[column]).all(axis=0))
        if len(empty):
            names = listed([parts.names[k] for k in empty])
            notes.append(say("drivers.csv has no '{column}' of {names}",
                             column=column, names=names))  # fmt: skip
    return drivers, notes


def strangers(tables: Tables, regions: Sequence[str]) -> list[str]:
    """A note for each file that names regions of which there are no moves.

    A name that is nearly that of a region without the same row is rather a slip of the pen.
    """
    notes = []
    for file, frame in tables.frames.items():
        if file == OD:
            continue
        slips: dict[str, str] = {}
        others: dict[str, None] = {}
        for column in (column for column in COLUMNS[file] if column in NAMES):
            rest = [key for key in COLUMNS[file] if key not in (column, "persons")][0]
            rows = {str(name): set(keys) for name, keys in frame.groupby(column)[rest]}
            for name in (name for name in rows if name not in regions):
                without = [r for r in regions if not rows[name] <= rows.get(r, set())]
                near = nearest(name, without)
                if near is None:
                    others[name] = None
                else:
                    slips[name] = near
        for name, near in list(slips.items())[:SHOWN]:
            notes.append(say(
                "{file}: there are no moves of '{name}'; did you mean '{near}'?",
                file=file, name=name, near=near,
            ))  # fmt: skip
        unknown = [*list(slips)[SHOWN:], *(name for name in others if name not in slips)]
        if unknown:
            notes.append(say("{file}: there are no moves of {names}; their rows are not used",
                             file=file, names=listed(unknown)))  # fmt: skip
    return notes
