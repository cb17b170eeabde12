"""The tables of a folder of moves, each read and checked cell by cell before anything is made.

| file | columns | note |
|---|---|---|
| od.csv | origin, destination, year, persons | moves in the calendar year; moves inside a region are ignored; an empty cell is unknown, not 0 |
| population.csv | region, year, persons | optional |
| distances.csv | origin, destination, km..., contiguous | optional; kilometres between people if there are several |
| drivers.csv | region, year, numbers | optional |

Names of regions are text: a code 01 stays 01 and a region may be called NA. Spaces around a name
do not count. Other columns of od, population and distances are not read.
"""  # noqa: E501 - a table

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import Faults, InputError, did_you_mean, in_row
from forecast.migration.panel import SHOWN
from forecast.words import say
from forecast.words.digits import number

FIRST_YEAR, LAST_YEAR = 1800, 2200
MOST_PERSONS = 1e10  # more than there are people: no number of persons
OD, POPULATION, DISTANCES, DRIVERS = "od.csv", "population.csv", "distances.csv", "drivers.csv"
COLUMNS = {
    OD: ("origin", "destination", "year", "persons"),
    POPULATION: ("region", "year", "persons"),
    DISTANCES: ("origin", "destination"),
    DRIVERS: ("region", "year"),
}
BESIDE = {DISTANCES: ("km", "contiguous"), DRIVERS: ("...",)}  # columns that may be there
NAMES = ("origin", "destination", "region")
KILOMETRES, CONTIGUOUS = "km", "contiguous"
SEPARATORS = (";", "\t")


@dataclass(frozen=True)
class Tables:
    """The tables that the folder has, by the names of their files, and what is not read.

    Names of regions are text, everything else is numbers; NaN where a cell is empty. The index
    is the row of the file.
    """

    frames: Mapping[str, pd.DataFrame]
    notes: tuple[str, ...]

    def get(self, name: str) -> pd.DataFrame | None:
        return self.frames.get(name)


def read_tables(folder: Path) -> Tables:
    """The tables of a folder; raises InputError with every fault of every file."""
    if not folder.is_dir():
        raise InputError(folder, say("there is no such folder"))
    faults = Faults()
    frames: dict[str, pd.DataFrame] = {}
    notes: list[str] = []
    for name in COLUMNS:
        if (folder / name).exists():
            cells = _cells(name, folder / name, faults)
            if cells is not None:
                frames[name] = _checked(name, cells, notes, faults)
        elif name == OD:
            faults.add(name, say("the file is missing"), _its_columns(name))
    if OD in frames and frames[OD].empty and not faults:
        faults.add(OD, say("the table has no rows"))
    for name in (name for name in BESIDE if name in frames and frames[name].empty):
        notes.append(say("{file} has no rows", file=name))
        del frames[name]
    if faults:
        raise InputError(folder, faults)
    return Tables(frames, tuple(notes))


def plain_name(text: str) -> str:
    """A name as regions are told apart: composed letters, single spaces, none around it."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _its_columns(name: str) -> str:
    return say("its columns are {names}", names=", ".join((*COLUMNS[name], *BESIDE.get(name, ()))))


def _cells(name: str, file: Path, faults: Faults) -> pd.DataFrame | None:
    """Every cell of the columns that are used, as text; None where the file cannot be read."""
    text = _text(name, file, faults)
    if text is None:
        return None
    reader = csv.reader(io.StringIO(text, newline=""))
    rows: dict[int, list[str]] = {}
    end = 0
    try:
        for row in reader:
            start, end = end + 1, reader.line_num
            if any(cell.strip() for cell in row):
                rows[start] = row
    except csv.Error as error:
        where = f"{name}, " + say("row {n}", n=end + 1)
        faults.add(where, say("the row cannot be read ({reason})", reason=error),
                   say("look for a quote that is not closed"))  # fmt: skip
        return None
    header = [cell.strip() for cell in rows.pop(min(rows))] if rows else []
    used = _used(name, header, faults)
    if used is None:
        return None
    ragged = [n for n, row in rows.items() if len(row) != len(header)]
    for n in ragged[:SHOWN]:
        message = say("the row has {found} cells, the header {n}",
                      found=len(rows[n]), n=len(header))  # fmt: skip
        faults.add(f"{name}, " + say("row {n}", n=n), message,
                   say("put text with commas in quotes"))  # fmt: skip
    _and_more(name, len(ragged), faults)
    for n in ragged:
        del rows[n]
    return pd.DataFrame(
        {header[k]: [row[k].strip() for row in rows.values()] for k in used},
        index=list(rows), dtype=str,
    )  # fmt: skip


def _text(name: str, file: Path, faults: Faults) -> str | None:
    try:
        content = file.read_bytes()
    except OSError as error:
        reason = error.strerror or error
        faults.add(name, say("the file cannot be read ({reason})", reason=reason))
        return None
    place: int | None = content.find(b"\0")  # UTF-16 writes one in every second place
    text = ""
    if place == -1:
        try:
            text, place = content.decode("utf-8-sig"), None
        except UnicodeDecodeError as error:
            place = error.start
    if place is not None:
        row = content[:place].count(b"\n") + 1
        faults.add(name, say("the file is not UTF-8, row {row} has other letters", row=row),
                   say("save it as 'CSV UTF-8 (comma delimited)'"))  # fmt: skip
        return None
    if not text.strip():
        faults.add(name, say("the file is empty"), _its_columns(name))
        return None
    return text


def _used(name: str, header: list[str], faults: Faults) -> list[int] | None:
    """Places of the columns that are read; None after a fault."""
    for separator in SEPARATORS:
        if len(header) == 1 and separator in header[0]:
            faults.add(
                name,
                say("columns are separated by ';'") if separator == ";"
                else say("columns are separated by tabs"),
                say("separate them by commas and write decimals with a point"),
            )  # fmt: skip
            return None
    found = len(faults)
    for column in COLUMNS[name]:
        if column not in header:
            faults.add(name, say("column '{name}' is missing", name=column),
                       did_you_mean(column, [word for word in header if word]))  # fmt: skip
    used = [
        k for k, column in enumerate(header)
        if column in COLUMNS[name] or name == DRIVERS
        or (name == DISTANCES and (column.startswith(KILOMETRES) or column == CONTIGUOUS))
    ]  # fmt: skip
    names = [header[k] for k in used]
    for column in sorted({column for column in names if column and names.count(column) > 1}):
        faults.add(name, say("column '{name}' stands there twice", name=column))
    return used if len(faults) == found else None


def _checked(name: str, cells: pd.DataFrame, notes: list[str], faults: Faults) -> pd.DataFrame:
    """Words where words are due, numbers where numbers are, no row twice."""
    frame = pd.DataFrame(index=cells.index)
    for column in cells.columns:
        if not column:
            notes.append(say("drivers.csv: a column without a name is not used"))
            continue
        if column in NAMES:
            _report(name, column, cells.index[cells[column] == ""], say("the cell is empty"),
                    faults)  # fmt: skip
            frame[column] = cells[column].map({word: plain_name(word)
                                               for word in cells[column].unique()})  # fmt: skip
            continue
        numbers = pd.to_numeric(cells[column], errors="coerce").astype(float)
        if name == DRIVERS and column != "year" and len(cells) and numbers.isna().all():
            notes.append(say("drivers.csv: '{column}' holds no numbers and is not used",
                             column=column))  # fmt: skip
            continue
        _check_numbers(name, cells[column], numbers, faults)
        frame[column] = numbers
    keys = [column for column in COLUMNS[name] if column != "persons"]
    whole = frame[(cells[keys] != "").all(axis=1)]
    _report(name, ", ".join(keys), whole.index[whole.duplicated(keys)],
            say("the row repeats an earlier one"), faults)  # fmt: skip
    _check_capitals(name, frame[[column for column in keys if column in NAMES]], faults)
    return frame


def _check_numbers(name: str, cells: pd.Series, numbers: pd.Series, faults: Faults) -> None:
    column = str(cells.name)
    wrong: list[tuple[pd.Series, str, str]] = [
        (
            numbers.isna() & (cells != ""), say("not a number"),
            say("write digits alone, with a point before decimals; leave the cell empty where "
                "the number is unknown"),
        ),
        (numbers.abs() == np.inf, say("not a finite number"), ""),
    ]  # fmt: skip
    if column == "year":
        outside = (numbers < FIRST_YEAR) | (numbers > LAST_YEAR)
        wrong += [
            (cells == "", say("the cell is empty"), ""),
            ((numbers % 1 != 0) & numbers.notna() & (numbers.abs() != np.inf),
             say("not a whole year"), ""),
            (outside & (numbers.abs() != np.inf), say("no calendar year of a register"), ""),
        ]  # fmt: skip
    elif column == "persons" and name in (OD, POPULATION):
        most = say("more than {most}: no number of people", most=number(MOST_PERSONS))
        wrong += [
            (numbers < 0, say("a negative number"), ""),
            ((numbers > MOST_PERSONS) & (numbers != np.inf), most, ""),
        ]
    elif name == DISTANCES and column == CONTIGUOUS:
        wrong.append(((numbers.notna() & ~numbers.isin((0, 1))), say("neither 0 nor 1"),
                      say("write 1 where the regions touch")))  # fmt: skip
    elif name == DISTANCES:
        wrong.append((numbers < 0, say("a negative distance"), ""))
    for rows, message, cure in wrong:
        _report(name, column, numbers.index[rows], message, faults, cure)


def _check_capitals(name: str, words: pd.DataFrame, faults: Faults) -> None:
    """Two names that differ by capitals alone are one region, spelt in two ways."""
    first: dict[str, str] = {}
    told: set[str] = set()
    for column in words:
        for word in words[column].unique():
            other = first.setdefault(word.casefold(), word)
            if other != word and word not in told:
                told.add(word)
                row = words.index[words[column] == word][0]
                faults.add(f"{name}, {in_row(row, column)}",
                           say("'{name}' is '{other}' in another row", name=word, other=other),
                           say("write the name in one way"))  # fmt: skip


def _report(
    file: str, column: str, rows: pd.Index, message: str, faults: Faults, cure: str = ""
) -> None:
    for row in rows[:SHOWN]:
        faults.add(f"{file}, {in_row(row, column)}", message, cure)
    _and_more(f"{file}, {column}", len(rows), faults)


def _and_more(where: str, count: int, faults: Faults) -> None:
    if count > SHOWN:
        faults.add(where, say("and {n} more of this kind", n=count - SHOWN))


def listed(names: Sequence[str]) -> str:
    """The first few names, and a sign that there are more."""
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")


def wide(
    frame: pd.DataFrame, column: str, regions: Sequence[str], years: Sequence[int]
) -> NDArray[np.float64]:
    """(year, region) numbers of a table of regions and years; NaN where it says nothing."""
    table = frame.pivot(index="year", columns="region", values=column)
    return table.reindex(index=list(years), columns=list(regions)).to_numpy(dtype=float, copy=True)
