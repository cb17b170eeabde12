"""The cells of a table as texts, and how wide its columns are on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forecast.report import style
from forecast.report.sheet import Row, Table
from forecast.words.digits import number

PAGE, TEXT_WIDTH = (21.0, 29.7), style.WIDTH  # A4 and its text, cm
FONT, SMALLEST = 8.5, 6.0  # points of the cells of a table
PAD = 0.16  # cm, left and right of the words of a cell together
WIDEST = 8.0  # cm that a column of words asks for at most


@dataclass(frozen=True)
class Columns:
    """Widths of the columns, cm, and the points of their words."""

    widths: Sequence[float]
    font: float


def cell_texts(table: Table, row: Row) -> list[str]:
    """The cells of a row in the language of now; none is an empty cell, NaN is `unknown`."""
    digits = [row.digits] * len(row.numbers) if isinstance(row.digits, int) else row.digits
    shown = [
        "" if value is None else number(value, places)
        for value, places in zip(row.numbers, digits, strict=True)
    ]
    texts = [*row.words, *shown]
    return [*texts, row.status] if len(texts) < len(table.headings) else texts


def raw_cells(table: Table, row: Row) -> list[float | None]:
    """The numbers of a row under their headings; None for words, for what is unknown and none."""
    numbers = [None if value is None or value != value else float(value) for value in row.numbers]
    cells = [*([None] * len(row.words)), *numbers]
    return [*cells, *([None] * (len(table.headings) - len(cells)))]


def is_number(table: Table, column: int) -> bool:
    """Whether a column is set to the right."""
    return column >= table.labels


def columns(table: Table, *, font: float = FONT, scale: float = 1.0) -> Columns:
    """Columns that hold their longest word and share what is left by what they would like.

    font  : points that are wanted; fewer where the page is too narrow
    scale : width of the letters against those of the figures
    """
    lines, total = [cell_texts(table, row) for row in table.rows], TEXT_WIDTH
    while True:
        least, wanted = _asked(table, lines, font, scale)
        if sum(least) <= total or font <= SMALLEST:
            break
        font -= 0.5
    spare = total - sum(least)
    more = [max(w - n, 0.0) for w, n in zip(wanted, least, strict=True)]
    if spare <= 0:
        return Columns([total * n / sum(least) for n in least], font)
    if sum(more) >= spare:
        return Columns([n + spare * m / sum(more) for n, m in zip(least, more, strict=True)], font)
    left = spare - sum(more)
    widths = [n + m for n, m in zip(least, more, strict=True)]
    whole = sum(widths)
    return Columns([w + left * w / whole for w in widths], font)


def _asked(
    table: Table, lines: Sequence[Sequence[str]], font: float, scale: float
) -> tuple[list[float], list[float]]:
    """For each column the width of its longest word, and that of its longest text, cm."""
    least, wanted = [], []
    for column, heading in enumerate(table.headings):
        texts = {line[column] for line in lines}
        words = {word for text in (*texts, heading) for word in _words(text)}
        need = max((style.text_width(word, font, bold=True) for word in words), default=0.2)
        most = max((style.text_width(text, font) for text in texts), default=0.2)
        least.append(scale * need + PAD)
        wanted.append(max(min(scale * most, WIDEST), scale * need) + PAD)
    return least, wanted


def _words(text: str) -> list[str]:
    """Pieces of a text between which a line may end."""
    return [piece for word in text.split(" ") for piece in word.replace("-", "- ").split(" ")]
