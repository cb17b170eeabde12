"""One CSV file of a package as a frame of the declared types, or its faults.

A sound file is read in one go; only when that fails is every cell looked at, so that each
fault can be told with its row and column.
"""

from __future__ import annotations

import codecs
import csv
import io
import warnings
from typing import Any

import numpy as np
import pandas as pd

from forecast.dataset.declaration import Column, Table
from forecast.dataset.schema import place
from forecast.errors import Faults, did_you_mean
from forecast.words import say

FIRST_ROW = 2  # the header is row 1


def read_table(table: Table, content: bytes, faults: Faults) -> pd.DataFrame | None:
    """The table in `content`, its index the rows of the file; None when it cannot be read.

    Words are categories, an empty cell of them is the empty text. Cells that are not numbers
    are faults and their rows are left out of the frame.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        message = say("the file is not UTF-8, row {row} has other letters", row=row)
        faults.add(table.file, message, say("save it as 'CSV UTF-8 (comma delimited)'"))
        return None
    if not text.strip():
        faults.add(table.file, say("the file is empty"), say("put the table back"))
        return None
    header = next(csv.reader(io.StringIO(text)))
    if not _right_header(table, header, faults):
        return None
    frame = _quickly(table, content.removeprefix(codecs.BOM_UTF8), header)
    if frame is None:
        frame = _cell_by_cell(table, text, header, faults)
    if frame.empty and not faults:
        faults.add(table.file, say("the table has no rows"), say("put the rows back"))
    return frame


def _right_header(table: Table, header: list[str], faults: Faults) -> bool:
    if len(header) == 1 and len(header[0].split(";")) > 1:
        faults.add(
            table.file,
            say("columns are separated by ';'"),
            say("separate them by commas and write decimals with a point"),
        )
        return False
    found = len(faults)
    where = f"{table.file}, " + say("header")
    unknown = [name for name in header if name not in table.names]
    missing = [c.name for c in table.columns if c.name not in header and not c.optional]
    for name in unknown:
        faults.add(where, say("no column '{name}' is known", name=name),
                   did_you_mean(name, missing or table.names))  # fmt: skip
    for name in missing:
        faults.add(where, say("column '{name}' is missing", name=name),
                   did_you_mean(name, unknown) if unknown else "")  # fmt: skip
    for name in sorted({name for name in header if header.count(name) > 1}):
        faults.add(where, say("column '{name}' stands there twice", name=name))
    return len(faults) == found


def _strictly(content: io.BytesIO, **options: Any) -> pd.DataFrame:
    """pandas.read_csv that raises where it would only warn of cells too many."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return pd.read_csv(content, **options)


def _quickly(table: Table, content: bytes, header: list[str]) -> pd.DataFrame | None:
    """The frame when every cell is what its column says and every row is one line."""
    columns = [table.column(name) for name in header]
    try:
        frame = _strictly(
            io.BytesIO(content),
            dtype={column.name: _dtype(column) for column in columns},
            keep_default_na=False,
            na_values={column.name: [""] for column in columns if column.kind == "number"},
            skip_blank_lines=False,
            index_col=False,
            low_memory=False,
        )
    except (ValueError, pd.errors.ParserError, pd.errors.ParserWarning):
        return None
    if len(frame) != content.rstrip(b"\r\n").count(b"\n") or frame[_words(columns)].isna().any(
        axis=None
    ):
        return None
    for name in _words(columns):
        # pandas makes numbers of categories that look like them: a code 07 would become 7
        if frame[name].cat.categories.inferred_type != "string":
            cells = pd.read_csv(
                io.BytesIO(content), usecols=[name], dtype=str, keep_default_na=False,
                skip_blank_lines=False,
            )  # fmt: skip
            frame[name] = cells[name].astype("category")
    frame.index = pd.RangeIndex(FIRST_ROW, FIRST_ROW + len(frame))
    return frame


def _dtype(column: Column) -> str:
    return {"integer": "int64", "number": "float64"}.get(column.kind, "category")


def _words(columns: list[Column]) -> list[str]:
    return [column.name for column in columns if not column.is_number]


def _cell_by_cell(table: Table, text: str, header: list[str], faults: Faults) -> pd.DataFrame:
    columns = [table.column(name) for name in header]
    reader = csv.reader(io.StringIO(text))
    next(reader)
    rows: dict[int, list[object]] = {}
    previous = 1
    for cells in reader:
        row, previous = previous + 1, reader.line_num
        if not cells:
            faults.add(place(table, [row]), say("the row is empty"), say("delete it"))
        elif len(cells) != len(header):
            message = say(
                "the row has {found} cells, the header {n}", found=len(cells), n=len(header)
            )
            faults.add(place(table, [row]), message, say("put text with commas in quotes"))
        else:
            values = [_value(table, column, cell, row, faults)
                      for column, cell in zip(columns, cells, strict=True)]  # fmt: skip
            if not any(value is None for value in values):
                rows[row] = values
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=header)
    return frame.astype({column.name: _dtype(column) for column in columns})


def _value(table: Table, column: Column, cell: str, row: int, faults: Faults) -> object | None:
    """The value of a cell; None after a fault."""
    if not column.is_number:
        return cell
    if column.kind == "number" and not cell.strip():
        return np.nan
    try:
        return int(cell) if column.kind == "integer" else float(cell)
    except ValueError:
        if not cell.strip():
            message = say("the cell is empty")
        elif column.kind == "integer":
            message = say("'{text}' is not a whole number", text=cell)
        else:
            message = say("'{text}' is not a number", text=cell)
        faults.add(place(table, [row], column.name), message, _number_cure(cell))
        return None


def _number_cure(cell: str) -> str:
    plain = cell.replace("\u00a0", "").replace(" ", "").replace(",", ".")
    try:
        number = float(plain)
    except ValueError:
        return say("write digits alone; the unit and doubts have columns of their own")
    return say("write {number}", number=f"{number:.12g}")
