"""Whether a table has every row that its declaration promises."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
import pandas as pd

from forecast.dataset.declaration import Column, Table
from forecast.dataset.schema import Country
from forecast.errors import Faults
from forecast.space import AGES
from forecast.words import say

SHOWN = 5
PLACES = ("region", "territory")


@dataclass(frozen=True)
class Grid:
    """The rows that must be there: `crossed` labels in full, with every combination in `kinds`
    of the columns `rest` that occurs at all."""

    crossed: dict[str, list[object]]
    rest: list[str]
    kinds: list[tuple[object, ...]]

    @property
    def shape(self) -> tuple[int, ...]:
        return (*(len(labels) for labels in self.crossed.values()), len(self.kinds))


def check_complete(table: Table, frame: pd.DataFrame, country: Country, faults: Faults) -> None:
    """Every region, declared word, age and year crossed; the years reach as far as needed.

    A row with a label that does not exist is a fault already; gaps are then told once it is
    mended.
    """
    if frame.empty:
        return
    if table.reaches:
        _reaches(table, frame, country, faults)
    for name in (name for name in table.complete if table.column(name).kind in PLACES):
        beside = frame[name].isin([country.space.nation, *country.former])
        frame = frame[~beside]
    if not table.complete or frame.empty:
        return
    crossed = {name: _labels(table.column(name), frame, country) for name in table.complete}
    rest = [name for name in table.key if name not in table.complete]
    positions = [_positions(frame[name], labels) for name, labels in crossed.items()]
    if any((place < 0).any() for place in positions):
        return
    combination, kinds = _combinations(frame, rest)
    grid = Grid(crossed, rest, kinds)
    cells = np.ravel_multi_index([*positions, combination], grid.shape)
    absent = np.flatnonzero(np.bincount(cells, minlength=prod(grid.shape)) == 0)
    if absent.size:
        _tell(table, grid, absent, country, faults)


def _reaches(table: Table, frame: pd.DataFrame, country: Country, faults: Faults) -> None:
    wanted, last = int(country.facts[table.reaches]), int(frame["year"].max())
    if last < wanted:
        faults.add(
            table.file,
            say("the last year is {last}, {fact} is {wanted}",
                last=last, fact=table.reaches, wanted=wanted),
            say("add the years, or change '{fact}' in country.yml", fact=table.reaches),
        )  # fmt: skip


def _labels(column: Column, frame: pd.DataFrame, country: Country) -> list[object]:
    """All labels that a crossed column must have."""
    if column.kind in PLACES:
        return list(country.space.ids)
    if column.words:
        return list(column.words)
    found = sorted(frame[column.name].unique())
    if column.name == "year":
        return list(range(found[0], found[-1] + 1))
    return list(AGES) if column.name == "age" else list(found)


def _positions(cells: pd.Series, labels: list[object]) -> np.ndarray:
    known = np.asarray(labels)
    return pd.Index(known).get_indexer(pd.Index(cells.to_numpy(dtype=known.dtype)))


def _combinations(
    frame: pd.DataFrame, rest: list[str]
) -> tuple[np.ndarray, list[tuple[object, ...]]]:
    """The number of each row's combination of the columns that are not crossed, and the list."""
    if not rest:
        return np.zeros(len(frame), dtype=np.intp), [()]
    group = frame.groupby(rest, observed=True, sort=True)
    kinds = [key if isinstance(key, tuple) else (key,) for key in group.groups]
    return group.ngroup().to_numpy(), kinds


def _tell(table: Table, grid: Grid, absent: np.ndarray, country: Country, faults: Faults) -> None:
    """Labels that are wholly missing are one fault for their column; other gaps are rows."""
    at = np.array(np.unravel_index(absent, grid.shape))
    gone = np.zeros(absent.size, dtype=bool)
    for axis, (name, labels) in enumerate(grid.crossed.items()):
        counts = np.bincount(at[axis], minlength=len(labels))
        lost = np.flatnonzero(counts == prod(grid.shape) // len(labels))
        if lost.size:
            gone |= np.isin(at[axis], lost)
            words = [_name(table.column(name), labels[place], country) for place in lost]
            message = say("no rows for {column} {label}", column=name, label=_listed(words))
            faults.add(table.file, message, say("the table must have every {column}", column=name))
    left = np.flatnonzero(~gone)
    for cell in left[:SHOWN]:
        labels_at = zip(grid.crossed, at[:-1, cell], strict=True)
        words = [f"{name} {grid.crossed[name][place]}" for name, place in labels_at]
        kind = zip(grid.rest, grid.kinds[at[-1, cell]], strict=True)
        words += [f"{name} {label}" for name, label in kind]
        message = say("the row of {what} is missing", what=", ".join(words))
        faults.add(table.file, message, say("add it"))
    if left.size > SHOWN:
        faults.add(table.file, say("{n} more rows are missing", n=left.size - SHOWN))


def _name(column: Column, label: object, country: Country) -> str:
    if column.kind in PLACES:
        return f"{label} ({country.space.name(str(label))})"
    return str(label)


def _listed(words: list[str]) -> str:
    shown = ", ".join(words[:SHOWN])
    return shown if len(words) <= SHOWN else f"{shown} " + say("and {n} more", n=len(words) - SHOWN)
