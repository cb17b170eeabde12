"""tables.xlsx: the result as a planner reads it, regions in rows and years in columns.

The first sheet says which run this is, what it assumes and how to read the others. A number that
is not known is the word "unknown", never 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from textwrap import wrap
from typing import Any

from forecast.report import sheets
from forecast.report.extract import Result
from forecast.report.sheet import Row, Table
from forecast.report.wording import STATUS_WORDS, date, provenance, worded
from forecast.words import language, say, speaking

HEAD = 3  # rows above the headings: title, note, source
LINE = 15.0  # points, height of a line
TEXT_WIDTH = 100  # characters, running text on the first sheet
NAME_LENGTH = 31  # what Excel allows in the name of a sheet


def write_tables(projection: Result, path: str | Path, *, lang: str | None = None) -> Path:
    """Write the workbook of a run to `path` and return it.

    lang : en, ru or kk; the language of now without it
    The same projection gives the same bytes. Raises OSError when the file cannot be written.
    """
    import xlsxwriter

    path = Path(path)
    with speaking(lang or language()):
        tables = list(sheets.tables(projection))
        # Made in memory: a full disk is then an OSError of one write, and nothing is half there.
        stream = BytesIO()
        with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
            # A date of its own would make every file differ: the base date stands for it.
            book.set_properties({"title": projection.title, "author": "",
                                 "created": datetime(projection.base_year, 1, 1)})  # fmt: skip
            writer = Writer(book, _sheet_names([say("About"), *(t.name for t in tables)]))
            _about(writer, projection, tables)
            for table in tables:
                writer.table(table, provenance(projection, table.norms))
    path.write_bytes(stream.getvalue())
    return path


def write_table(table: Table, source: str, title: str, year: int) -> bytes:
    """A workbook of one sheet: the content of its file; the same table gives the same bytes."""
    return write_book([table], source, title, year)


def write_book(tables: Sequence[Table], source: str, title: str, year: int) -> bytes:
    """A workbook of some sheets: the content of its file; the same tables give the same bytes."""
    import xlsxwriter

    stream = BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        book.set_properties({"title": title, "author": "", "created": datetime(year, 1, 1)})
        writer = Writer(book, _sheet_names([table.name for table in tables]))
        for table in tables:
            writer.table(table, source)
    return stream.getvalue()


def _sheet_names(wanted: Iterable[str]) -> list[str]:
    """Names that Excel accepts: at most 31 characters, none twice."""
    names: list[str] = []
    for name in wanted:
        clean = "".join(" " if letter in "[]:*?/\\" else letter for letter in name)
        short, count = clean[:NAME_LENGTH], 1
        while short.casefold() in (known.casefold() for known in names):
            count += 1
            short = f"{clean[: NAME_LENGTH - 3]} {count}"
        names.append(short)
    return names


@dataclass
class Writer:
    """A workbook with the formats of the house."""

    book: Any
    names: list[str]
    done: int = 0
    formats: dict[str, Any] = field(default_factory=dict)
    digits: list[Any] = field(default_factory=list)  # formats of numbers by the digits shown

    def __post_init__(self) -> None:
        looks: Mapping[str, Mapping[str, Any]] = {
            "title": {"bold": True, "font_size": 13},
            "note": {"font_color": "#595959"},
            "wrapped": {"text_wrap": True, "valign": "top"},
            "strong": {"bold": True, "valign": "top"},
            "heading": {"bold": True, "text_wrap": True, "valign": "vcenter", "bottom": 1,
                        "bg_color": "#efefef"},
            "text": {},
            "unknown": {"italic": True, "align": "right", "font_color": "#595959"},
            "link": {"font_color": "#0072b2", "underline": 1, "valign": "top"},
        }  # fmt: skip
        self.formats = {name: self.book.add_format(dict(look)) for name, look in looks.items()}
        self.digits = [
            self.book.add_format({"num_format": shown})
            for shown in ("#,##0", "#,##0.0", "#,##0.00", "#,##0.000")
        ]

    def sheet(self) -> Any:
        """The next sheet."""
        sheet = self.book.add_worksheet(self.names[self.done])
        self.done += 1
        return sheet

    def table(self, table: Table, source: str) -> None:
        """One table on a sheet: title, note, source, frozen headings, filter, numbers."""
        sheet = self.sheet()
        sheet.write_string(0, 0, table.title, self.formats["title"])
        for row, text in enumerate(text for text in (table.note, source) if text):
            sheet.write_string(1 + row, 0, text, self.formats["note"])
        heading, labels = self.formats["heading"], table.labels
        for column, name in enumerate(table.headings):
            _write(sheet, HEAD, column, name, heading)
        widths = _widths(table)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        lines = [
            len(wrap(name, max(int(width) - 2, 1), break_long_words=False)) or 1
            for name, width in zip(table.headings, widths, strict=True)
        ]
        sheet.set_row(HEAD, LINE * max(lines))
        unknown = say("unknown")
        for row, line in enumerate(table.rows, start=HEAD + 1):
            for column, word in enumerate(line.words):
                _write(sheet, row, column, word)
            self.numbers(sheet, row, labels, line, unknown)
            if line.status:
                sheet.write_string(row, labels + len(line.numbers), line.status)
        last = HEAD + len(table.rows)
        sheet.freeze_panes(HEAD + 1, min(labels, 3))
        sheet.autofilter(HEAD, 0, last, len(table.headings) - 1)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEAD)

    def numbers(self, sheet: Any, row: int, first: int, line: Row, unknown: str) -> None:
        """Numbers side by side from the column `first`; what is missing is the word `unknown`."""
        digits, last = line.digits, first + len(line.numbers)
        each = [digits] * len(line.numbers) if isinstance(digits, int) else digits
        for column, value, shown in zip(range(first, last), line.numbers, each, strict=True):
            if value is None:
                continue
            if math.isnan(value):
                sheet.write_string(row, column, unknown, self.formats["unknown"])
            else:
                sheet.write_number(row, column, value, self.digits[shown])


def _write(sheet: Any, row: int, column: int, word: str, *look: Any) -> None:
    """A word; years and ages go in as numbers, so that Excel can sort and filter them."""
    if word.isdigit():
        sheet.write_number(row, column, int(word), *look)
    else:
        sheet.write_string(row, column, word, *look)


def _widths(table: Table) -> list[float]:
    """Width of each column in characters: text by its longest word, numbers by the largest."""
    widths = []
    for column, heading in enumerate(table.headings):
        widest = max((len(word) for word in heading.split()), default=0)
        place = column - table.labels
        if place < 0:
            longest = max((len(row.words[column]) for row in table.rows), default=0)
            widths.append(min(max(longest, widest) + 2, 46))
        elif place < table.numbers:
            found = [abs(row.numbers[place] or 0.0) for row in table.rows]
            largest = max((value for value in found if not math.isnan(value)), default=0.0)
            widths.append(max(len(f"{largest:,.0f}") + 3, min(widest, 20) + 2, 11))
        else:
            widths.append(max([len(row.status) for row in table.rows] + [widest]) + 2)
    return [float(width) for width in widths]


def _about(writer: Writer, projection: Result, tables: Sequence[Table]) -> None:
    """The first sheet: the run, the sheets, how to read them, what is assumed."""
    sheet, formats = writer.sheet(), writer.formats
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, TEXT_WIDTH)
    sheet.write_string(0, 0, projection.title, formats["title"])
    row = 2
    for name, text in (
        (say("Scenario"), projection.scenario_name),
        (say("Run"), projection.run_id),
        (say("Base"), date(projection.base_year)),
        (say("Horizon"), date(projection.last_year)),
        (say("Sources"), projection.sources),
    ):
        sheet.write_string(row, 0, name, formats["strong"])
        _paragraph(sheet, row, text, formats)
        row += 1
    row = _heading(sheet, row + 1, say("Sheets"), formats)
    for name, table in zip(writer.names[1:], tables, strict=True):
        quoted = name.replace("'", "''")
        sheet.write_url(row, 0, f"internal:'{quoted}'!A1", formats["link"], name)
        sheet.write_string(row, 1, table.title, formats["wrapped"])
        row += 1
    row = _heading(sheet, row + 1, say("How to read"), formats)
    for text in reading():
        _paragraph(sheet, row, text, formats)
        row += 1
    row = _heading(sheet, row + 1, say("Assumptions"), formats)
    for note in projection.frame("notes").itertuples(index=False):
        status = worded(str(note.status), STATUS_WORDS)
        text = f"{note.text} " + say("Source: {source}", source=note.source) + f" ({status})"
        sheet.write_string(row, 0, str(note.subject), formats["strong"])
        _paragraph(sheet, row, text, formats)
        row += 1
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _paragraph(sheet: Any, row: int, text: str, formats: Mapping[str, Any]) -> None:
    """A text over as many lines as it needs; not every program finds the height by itself."""
    sheet.set_row(row, LINE * len(wrap(text, TEXT_WIDTH - 8)))
    sheet.write_string(row, 1, text, formats["wrapped"])


def _heading(sheet: Any, row: int, text: str, formats: Mapping[str, Any]) -> int:
    sheet.write_string(row, 0, text, formats["heading"])
    sheet.write_string(row, 1, "", formats["heading"])
    return row + 1


def reading() -> list[str]:
    """How the numbers of a run are to be read, a sentence or two each."""
    return [
        say("The year of a stock (population, need) is its 1 January; of a flow (births, moves) "
            "the calendar year."),
        say("Deficit and gap: positive means short. Net migration: positive means more arrivals."),
        say("unknown: the figure is not published and not estimated. It is not zero."),
        say("observed: published. derived: computed from published figures alone. estimated: our "
            "estimate of a past figure. assumption: chosen by us. projected: the result of this "
            "run."),
        say("Numbers are shown rounded; cells and the Parquet files hold the decimals, so shown "
            "sums may differ by one."),
    ]  # fmt: skip
