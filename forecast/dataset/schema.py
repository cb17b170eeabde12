"""Declarations as pandera schemas, and what pandera finds as faults in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.dataset.declaration import COMMON_UNITS, DATE, Column, Table
from forecast.errors import Faults, InputError, did_you_mean
from forecast.space import Space
from forecast.words import say, say_n

if TYPE_CHECKING:
    from pandera.errors import SchemaErrors
    from pandera.pandas import DataFrameSchema

ROWS_SHOWN = 3


@dataclass(frozen=True)
class Country:
    """What a check has to know about the country: its regions and what country.yml says.

    former : ids of the regions that are no more
    """

    space: Space
    former: tuple[str, ...]
    facts: Mapping[str, Any]

    @property
    def territories(self) -> tuple[str, ...]:
        return (*self.space.ids, self.space.nation, *self.former)

    def unit(self, text: str) -> str:
        return text.replace("{currency}", str(self.facts.get("currency", "")))

    def units(self, table: Table) -> tuple[str, ...]:
        """Every unit that may stand in a table."""
        own = (*table.units, *table.unit_of.values())
        listed = own or (*COMMON_UNITS, *self.facts.get("units", ()))
        return tuple(self.unit(unit) for unit in listed)

    def words(self, table: Table, column: Column) -> tuple[str, ...]:
        """What a cell of the column may hold; empty where it is free."""
        if column.kind == "region":
            return self.space.ids
        if column.kind in ("territory", "territories"):
            return self.territories
        return self.units(table) if column.kind == "unit" else column.words


def schema_of(table: Table, country: Country) -> DataFrameSchema:
    """The pandera schema of a table; its words are read as categories.

    Columns that may hold anything are left out: the reader has checked the header already.
    """
    import pandera.pandas as pa

    columns = {}
    for column in table.columns:
        tests = _column_checks(table, column, country)
        nullable = column.blank or not column.is_number
        if tests or not nullable:
            columns[column.name] = pa.Column(
                checks=tests, nullable=nullable, required=not column.optional
            )
    checks = [pa.Check(lambda frame: ~frame.duplicated(list(table.key)), error="repeated")]
    if table.unit_of:
        checks.append(pa.Check(lambda frame: _right_unit(frame, table, country), error="unit"))
    if table.signed:
        checks.append(pa.Check(lambda frame: _right_sign(frame, table), error="negative"))
    return pa.DataFrameSchema(columns, checks=checks)


def _column_checks(table: Table, column: Column, country: Country) -> list[Any]:
    import pandera.pandas as pa

    known = frozenset(country.words(table, column))
    checks = []
    if column.kind == "territories":
        checks.append(_each_word(lambda cell: set(cell.split("+")) <= known, "word"))
    elif known:
        checks.append(_each_word(known.__contains__, "word"))
    elif column.kind == "date":
        date = re.compile(DATE)
        checks.append(
            _each_word(
                lambda cell: bool(date.fullmatch(cell) or (column.blank and not cell)), "date"
            )
        )
    elif column.kind == "text" and not column.blank:
        checks.append(_each_word(lambda cell: bool(cell.strip()), "empty"))
    if column.kind == "number":
        checks.append(pa.Check(lambda cells: ~np.isinf(cells), error="infinite"))
    if column.minimum is not None and not (column.name == "value" and table.signed):
        checks.append(pa.Check.ge(column.minimum, error="minimum"))
    if column.maximum is not None:
        checks.append(pa.Check.le(column.maximum, error="maximum"))
    if column.whole:
        checks.append(pa.Check(lambda cells: cells % 1 == 0, error="whole"))
    return checks


def _each_word(test: Callable[[str], bool], error: str) -> Any:
    """A check of a column of categories, asked once for each different word."""
    import pandera.pandas as pa

    def right(cells: pd.Series) -> pd.Series:
        words = cells.cat.categories
        verdict = np.array([test(word) for word in words], dtype=bool)
        codes = cells.cat.codes.to_numpy()
        return pd.Series(np.append(verdict, False)[codes], index=cells.index)

    return pa.Check(right, error=error, ignore_na=False)


def _right_unit(frame: pd.DataFrame, table: Table, country: Country) -> pd.Series:
    units = {word: country.unit(unit) for word, unit in table.unit_of.items()}
    wanted = frame[table.unit_column].astype(object).map(units)
    return (frame["unit"].astype(object) == wanted) | wanted.isna()


def _right_sign(frame: pd.DataFrame, table: Table) -> pd.Series:
    return (frame["value"] >= 0) | frame[table.unit_column].isin(table.signed)


def validate(table: Table, frame: pd.DataFrame, country: Country, faults: Faults) -> None:
    """Check a table that was read; its index holds the rows of the file."""
    from pandera.errors import SchemaErrors

    try:
        schema_of(table, country).validate(frame, lazy=True)
    except SchemaErrors as found:
        _translate(found, table, frame, country, faults)


def _translate(
    found: SchemaErrors, table: Table, frame: pd.DataFrame, country: Country, faults: Faults
) -> None:
    """pandera's failure cases as faults, equal ones of several rows together."""
    cases = found.failure_cases
    together: dict[tuple[str, str, str], list[int]] = {}
    for column, check, row in zip(cases["column"], cases["check"], cases["index"], strict=True):
        if check in ("repeated", "unit", "negative"):
            column = {"repeated": "", "unit": "unit", "negative": "value"}[check]
        text = "" if not column or check == "repeated" else _cell(frame.at[row, column])
        rows = together.setdefault((column, check, text), [])
        if row not in rows:
            rows.append(int(row))
    for (column, check, text), rows in together.items():
        if check == "repeated":
            _repeated(table, frame, rows, faults)
            continue
        message, cure = _explain(table, column, check, text, country, frame.loc[[rows[0]]].iloc[0])
        faults.add(place(table, rows, column), message, cure)


def _cell(value: object) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def place(table: Table, rows: Sequence[int], column: str = "") -> str:
    """Where a fault is: file, rows (the header is row 1) and column."""
    shown = ", ".join(str(row) for row in sorted(rows)[:ROWS_SHOWN])
    where = f"{table.file}, " + say_n("row {rows}", "rows {rows}", len(rows), rows=shown)
    if len(rows) > ROWS_SHOWN:
        where += " " + say("and {n} more", n=len(rows) - ROWS_SHOWN)
    return where + (", " + say("column {name}", name=column) if column else "")


def _repeated(table: Table, frame: pd.DataFrame, rows: Sequence[int], faults: Faults) -> None:
    keys = frame[list(table.key)].astype(object)
    first: dict[tuple[object, ...], int] = {}
    for row, cells in zip(keys.index, keys.itertuples(index=False, name=None), strict=True):
        first.setdefault(cells, int(row))
    for row in sorted(rows):
        same = keys.loc[[row]].iloc[0]
        what = ", ".join(f"{name} {value}" for name, value in same.items() if value != "")
        faults.add(
            place(table, [row]),
            say("repeats row {row} ({what})", row=first[tuple(same)], what=what),
            say("keep one of the two"),
        )


def _explain(
    table: Table, column: str, check: str, text: str, country: Country, row: pd.Series
) -> tuple[str, str]:
    """What is wrong with a cell, and the cure."""
    declared = table.column(column)
    if check == "not_nullable" or text == "":
        return say("the cell is empty"), say("fill it in, or leave the row out")
    if check == "unit":
        unit = country.unit(table.unit_of[str(row[table.unit_column])])
        return say("unit '{text}' is wrong here", text=text), say("write '{unit}'", unit=unit)
    if check == "word":
        return _unknown_word(declared, text, country, country.words(table, declared))
    if check == "date":
        return say("'{text}' is not a date", text=text), say(
            "write 2025, 2025-03, 2025-03-01, 2025-Q1, 2025-H1, or two of them with a slash"
        )
    if check == "negative" or (check == "minimum" and declared.minimum == 0):
        return say("{text} is negative", text=text), say("this table holds no negative numbers")
    if check == "minimum":
        return say("{text} is below {limit}", text=text, limit=_cell(declared.minimum)), ""
    if check == "maximum":
        return say("{text} is above {limit}", text=text, limit=_cell(declared.maximum)), ""
    if check == "whole":
        return say("{text} is not a whole number", text=text), say(
            "write people, not thousands of people"
        )
    if check == "infinite":
        return say("{text} is not finite", text=text), ""
    raise AssertionError(f"{table.name}.{column}: no words for the check {check}")


def _unknown_word(
    column: Column, text: str, country: Country, known: Sequence[str]
) -> tuple[str, str]:
    if column.kind in ("region", "territory", "territories"):
        text = next((part for part in text.split("+") if part not in known), text)
        try:
            cure = say("write its id '{id}'", id=country.space.resolve(text))
        except InputError:
            message, _, cure = country.space.unknown(text).partition("; ")
            return message, cure
        return say("'{text}' is not a region id", text=text), cure
    if column.kind == "unit":
        cure = (
            say("write '{unit}'", unit=known[0]) if len(known) == 1 else did_you_mean(text, known)
        )
        return say("unit '{text}' is wrong here", text=text), cure
    return say("'{text}' is not one of the words of this column", text=text), did_you_mean(
        text, known
    )
