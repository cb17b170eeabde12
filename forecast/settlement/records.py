"""The door for files about single people or families.

Such a file is read where it lies and never copied. Names, document numbers, telephones and
addresses are refused, by the heading of the column and by what stands in it. An id is replaced by
its hash with a salt of the user's own (HMAC-SHA256), or, without one, by the number of the row.
Every row that cannot be used is told with its reason, and the good ones go on.
"""

from __future__ import annotations

import csv
import hmac
import re
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import Faults, InputError, did_you_mean, nearest
from forecast.settlement.personal import is_personal, refuse_cells
from forecast.words import say

Mask = NDArray[np.bool_]

ID, ROW = "id", "row"  # the column of ids, and of the rows of the file (the heading is row 1)
HASHED = 16  # hexadecimal digits that are kept: 64 bits
SMALL = 5  # people: cells of fewer are not shown
EARLIEST = 1900  # year of a date; one before is a slip
SEPARATORS = (",", ";", "\t")

Check = Callable[[pd.Series], tuple[pd.Series, Mask]]


@dataclass(frozen=True)
class Column:
    """One column that a file may have.

    kind     : text, word, number, integer, date, flag or region
    required : the file must have it; an empty cell then rejects the row
    words    : what a `word` may be, {written, folded: what it stands for}
    minimum, maximum : bounds of a number, both included
    """

    name: str
    kind: str = "text"
    required: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    minimum: float = -np.inf
    maximum: float = np.inf


class Records(NamedTuple):
    """What a file says.

    rows    : the good rows: `row` of the file, `id` (hashed, or the number of the row), and the
              columns that were asked for; a missing number is NaN, a missing text empty
    rejects : row, column and reason of each row that is left out, in words
    total   : rows of the file
    """

    rows: pd.DataFrame
    rejects: pd.DataFrame
    total: int


def read_records(
    path: str | Path,
    columns: Sequence[Column],
    *,
    salt: str | None = None,
    regions: Mapping[str, str] | None = None,
    further: bool = False,
) -> Records:
    """The records of a CSV (UTF-8; comma, semicolon or tab) or Parquet file.

    columns : what may stand in it, beside `id`
    salt    : with it the ids are hashed, so that two files of one user can be joined
    regions : {name as it may be written, folded: id}, for columns of regions
    further : whether columns that are not declared are kept as text; else they are a fault
    Raises InputError where the file cannot be read, a column is missing, unknown or personal, or a
    cell holds what looks like a document: nothing of the file is then used.
    """
    path = Path(path)
    table, long = _table(path)
    faults = Faults()
    _headings(table, columns, further, faults)
    if not faults:
        bounds = {column.name: (column.minimum, column.maximum) for column in columns
                  if column.kind in ("number", "integer")}  # fmt: skip
        refuse_cells(table, bounds, (ID,), faults)
    if salt is not None and not salt.strip():
        faults.add("--salt", say("the salt is empty"))
    if faults:
        raise InputError(path, faults)
    where = table.index.to_numpy()
    table = table.reset_index(drop=True)
    good = np.ones(len(table), dtype=bool)
    found: dict[str, Any] = {ROW: where}
    rejects: list[pd.DataFrame] = []

    def reject(bad: Mask, column: str, reason: Callable[[str], str]) -> None:
        """The first fault of a row is told."""
        told = bad & good
        if told.any():
            texts = table[column][told] if column in table else pd.Series("", index=[0])
            reasons = [reason(str(text)) for text in texts]
            rejects.append(pd.DataFrame({ROW: where[told], "column": column, "reason": reasons}))
            good[told] = False

    reject((long > 0).to_numpy(), str(table.columns[-1]), lambda _: say(
        "the row has more cells than the header"
    ))  # fmt: skip
    found[ID] = _ids(table, salt, where, reject)
    for column in columns:
        if column.name in table:
            found[column.name] = _read(table[column.name], column, regions or {}, reject)
    if further:
        declared = {ID, *(column.name for column in columns)}
        found |= {str(name): table[name] for name in table if name not in declared}
    rows = pd.DataFrame(found)[good].reset_index(drop=True)
    told = pd.concat(rejects) if rejects else pd.DataFrame(columns=[ROW, "column", "reason"])
    return Records(rows, told.sort_values(ROW, ignore_index=True), len(table))


def headings(path: str | Path) -> list[str]:
    """The headings of a file of records; raises InputError where it cannot be read."""
    path = Path(path)
    if path.suffix == ".parquet":
        return [str(name) for name in _table(path)[0].columns]
    return [name.strip() for name in _heading(path)[0]]


def _heading(path: Path) -> tuple[list[str], str]:
    """Headings of a CSV file, and what parts its columns."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            heading = file.readline()
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    part = max(SEPARATORS, key=heading.count)
    return next(csv.reader([heading], delimiter=part), []), part


def _unreadable(path: Path, error: Exception) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError(path, say("there is no such file"))
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    message = say("the file cannot be read: {reason}", reason=reason)
    return InputError(path, message + "; " + say("write it as CSV in UTF-8"))


def _table(path: Path) -> tuple[pd.DataFrame, pd.Series]:
    """Every cell as text, blanks cut off, under the number of its row in the file; and how many
    cells too many each row has. Rows without anything are no rows."""
    try:
        if path.suffix == ".parquet":
            table = pd.read_parquet(path).astype("string").fillna("")
            surplus = pd.Series(0, index=table.index)
        else:
            table, surplus = _csv(path)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    table.index = surplus.index = pd.RangeIndex(2, len(table) + 2)
    table.columns = [str(name).strip() for name in table.columns]
    empty = np.ones(len(table), dtype=bool)
    for place in range(table.shape[1]):
        cells = table.iloc[:, place].fillna("").str.strip()
        table.isetitem(place, cells.array)
        if empty.any():
            empty &= (cells == "").to_numpy(dtype=bool)
    nameless = [place for place, name in enumerate(table.columns)
                if not name and (table.iloc[:, place] == "").all()]  # fmt: skip
    table = table.iloc[:, [k for k in range(table.shape[1]) if k not in nameless]]
    kept = ~empty | (surplus > 0).to_numpy(dtype=bool)
    return table[kept], surplus[kept]


def _csv(path: Path) -> tuple[pd.DataFrame, pd.Series]:
    """The cells of a CSV file, and how many filled cells too many each row has."""
    headings, part = _heading(path)
    if not headings:
        raise ValueError(say("the file is empty"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(
                path, sep=part, dtype="string", keep_default_na=False, encoding="utf-8-sig",
                engine="c", index_col=False, skip_blank_lines=False,
            )  # fmt: skip
        if len(table.columns) == len(headings):
            table.columns = pd.Index(headings)
            return table, pd.Series(0, index=table.index)
    except (pd.errors.ParserError, pd.errors.ParserWarning):
        pass  # rows of different lengths: cell by cell
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            rows = list(csv.reader(file, delimiter=part, strict=True))[1:]
        except csv.Error:
            raise ValueError(
                say("a quotation mark is not closed or stands inside a cell")
            ) from None
    count = len(headings)
    more = [sum(bool(cell.strip()) for cell in row[count:]) for row in rows]
    cells = [row[:count] + [""] * (count - len(row)) for row in rows]
    return pd.DataFrame(cells, columns=headings, dtype="string"), pd.Series(more, dtype=int)


def fold(text: object) -> str:
    """A heading or a word without the differences of writing: case, blanks, dots, dashes."""
    return " ".join(re.sub(r"[\s_.-]+", " ", str(text)).casefold().split())


def _headings(
    table: pd.DataFrame, columns: Sequence[Column], further: bool, faults: Faults
) -> None:
    where, known = say("header"), [ID, *(column.name for column in columns)]
    for name in table.columns[table.columns.duplicated()]:
        faults.add(where, say("the column '{name}' stands twice", name=name))
    for name in table.columns:
        if is_personal(fold(name)):
            message = say("'{name}' is personal data and is not read", name=name)
            faults.add(where, message, say("take the column out of the file"))
        elif name not in known and not further:
            message = say("unknown column '{name}'", name=name)
            faults.add(where, message, did_you_mean(str(name), known, listed=20))
    for column in columns:
        if column.required and column.name not in table:
            message = say("no column '{name}'", name=column.name)
            faults.add(where, message, did_you_mean(column.name, table.columns))


def _ids(
    table: pd.DataFrame,
    salt: str | None,
    where: NDArray[np.int_],
    reject: Callable[[Mask, str, Callable[[str], str]], None],
) -> pd.Series:
    """Hashes of the ids, or the numbers of the rows."""
    rows = pd.Series(where).astype(str)
    if ID not in table:
        return rows
    ids = table[ID]
    reject((ids == "").to_numpy(dtype=bool), ID, lambda _: say("the id is empty"))
    again = (ids.duplicated() & (ids != "")).to_numpy(dtype=bool)
    reject(again, ID, lambda _: say("the id stands in an earlier row"))
    if salt is None:
        return rows
    keyed = hmac.new(salt.encode(), digestmod="sha256")

    def hashed(text: str) -> str:
        one = keyed.copy()  # half the time of a fresh one for each of a million ids
        one.update(text.encode())
        return one.hexdigest()[:HASHED]

    return pd.Series([hashed(text) for text in ids.tolist()], dtype=str)


def _read(
    cells: pd.Series,
    column: Column,
    regions: Mapping[str, str],
    reject: Callable[[Mask, str, Callable[[str], str]], None],
) -> Any:
    """The values of one column; rows that cannot be read are rejected.

    Each distinct text is read once.
    """
    codes, distinct = pd.factorize(cells)
    texts = pd.Series(distinct, dtype="string")
    blank = (texts == "").to_numpy(dtype=bool)

    def refuse(bad: Mask, reason: Callable[[str], str]) -> None:
        if bad.any():
            reject(bad[codes], column.name, reason)

    if column.required:
        refuse(blank, lambda _: say("the cell is empty"))
    if column.kind in ("number", "integer"):
        numbers = pd.to_numeric(texts.str.replace(",", ".", regex=False), errors="coerce")
        values = numbers.to_numpy(dtype=float, na_value=np.nan)
        wrong = ~np.isfinite(values) & ~blank
        if column.kind == "integer":
            wrong |= np.isfinite(values) & (values != np.trunc(values))
        refuse(wrong, lambda text: say("'{text}' is not a number", text=_short(text)))
        beyond = np.isfinite(values) & ((values < column.minimum) | (values > column.maximum))
        refuse(beyond, lambda text: _beyond(text, column))
        return values[codes]
    if column.kind == "date":
        dates = _dates(texts)
        wrong = dates.isna().to_numpy(dtype=bool) & ~blank
        refuse(wrong, lambda text: say(
            "'{text}' is not a date; write 2025-03-31", text=_short(text)
        ))  # fmt: skip
        return dates.take(codes).reset_index(drop=True)
    if column.kind in ("word", "flag", "region"):
        known = regions if column.kind == "region" else column.words
        if column.kind == "flag":
            known = FLAGS
        found = pd.Series([known.get(fold(text)) or "" for text in texts], dtype=str)
        wrong = (found == "").to_numpy(dtype=bool) & ~blank
        refuse(wrong, lambda text: _unknown(text, column, known))
        return found.take(codes).reset_index(drop=True)
    return cells


FLAGS = dict.fromkeys(("1", "true", "yes", "да", "иә", "ия"), "1") | dict.fromkeys(
    ("0", "false", "no", "нет", "жоқ"), "0"
)


def _beyond(text: str, column: Column) -> str:
    low, high = column.minimum, column.maximum
    if float(f"{high:g}") > high:  # a bound that is not reached itself
        return say("{value} is not from {low:g} to below {high:g}", value=_short(text), low=low,
                   high=high)  # fmt: skip
    return say("{value} is not from {low:g} to {high:g}", value=_short(text), low=low, high=high)


def _dates(texts: pd.Series) -> pd.Series:
    """Days; NaT for what is none, for a month or a year alone, and for years before EARLIEST."""
    days = texts.str.extract(r"^(\d{4}-?\d{2}-?\d{2})(?:[T ].*)?$", expand=False)
    found = pd.to_datetime(days, format="ISO8601", errors="coerce")
    return found.where(found.dt.year >= EARLIEST)


def _unknown(text: str, column: Column, known: Mapping[str, str]) -> str:
    message = say("'{text}' cannot stand here", text=_short(text))
    if column.kind == "region":
        message = say("no region '{name}'", name=_short(text))
    near = nearest(text, known) if column.kind != "flag" else text
    return message + "; " + did_you_mean(text, dict.fromkeys(known.values()) if near is None
                                         else known, listed=20)  # fmt: skip


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


def region_names(space: Any) -> dict[str, str]:
    """{name, id or code of a region, folded: its id}, in every language."""
    found = {}
    for region in space.regions:
        for word in (region.id, region.code, *region.names.values()):
            if word:
                found[fold(word)] = region.id
    return found


def suppressed(
    table: pd.DataFrame, counts: Sequence[str], *, threshold: int = SMALL
) -> pd.DataFrame:
    """The table with counts of fewer people than `threshold` (and rates on them) unknown.

    counts : columns of numbers of people; every other number of a row whose first count is small
             becomes NaN as well. A 0 stays: it tells of nobody.
    """
    shown = table.copy()
    first = shown[counts[0]]
    small = (first > 0) & (first < threshold)
    numbers = [name for name in shown if pd.api.types.is_numeric_dtype(shown[name])]
    for name in numbers:
        few = (shown[name] > 0) & (shown[name] < threshold) if name in counts else small
        shown[name] = shown[name].astype(float).mask(few | small)
    return shown


def write_rejects(rejects: pd.DataFrame, path: Path) -> Path | None:
    """Write row, column and reason of what was left out; nothing where all rows are good."""
    if rejects.empty:
        return None
    rejects.to_csv(path, index=False, encoding="utf-8")
    return path
