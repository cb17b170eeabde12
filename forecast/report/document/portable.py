"""The report as PDF, laid out by fpdf2: one way on every machine, with pages in the contents.

Printing the DOCX through an office program would need that program, take its time and give other
pages wherever its version or fonts differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.report import style
from forecast.report.document.contents import described
from forecast.report.document.layout import (
    PAGE,
    TEXT_WIDTH,
    Columns,
    cell_texts,
    columns,
    is_number,
)
from forecast.report.document.model import Block, Grid, Heading, Picture, Story, Text, caption
from forecast.report.document.pictures import png
from forecast.report.extract import Result
from forecast.words import language, say

if TYPE_CHECKING:
    from fpdf import FPDF

FONT = "DejaVu"
MARGIN = (PAGE[0] - TEXT_WIDTH) / 2  # cm, on every side; all lengths here are centimetres
HEADINGS = {1: (16.0, 0.8, 0.3), 2: (13.0, 0.6, 0.2), 3: (11.0, 0.4, 0.15)}  # points, before, after
BODY, SMALL, CAPTION, CELL = 9.0, 7.0, 8.5, 7.0  # points
PAD = 0.05  # above and below the words of a cell
GAP = 0.12  # between two cells
BELOW = 2.0  # of the page without text
WHOLE = PAGE[1] - MARGIN - BELOW  # height of the text of a page
LEAST = 4.0  # of a table that is longer than a page: what stands on the first
INK, GREY, LINE, LINK = (26, 26, 26), (89, 89, 89), (200, 200, 200), (0, 87, 138)


def pdf(projection: Result, story: Story) -> bytes:
    """The content of the file; the same story gives the same bytes."""
    document = _begun(projection, story)
    writer = _Writer(document, projection, story)
    writer.title()
    for block in story.blocks:
        writer.add(block)
    writer.resolve()
    return bytes(document.output())


@lru_cache(maxsize=1)
def _class() -> type[FPDF]:
    """A page with its footer; a class that is made when the library is there."""
    from fpdf import FPDF

    class Page(FPDF):
        foot = ""

        def footer(self) -> None:
            self.set_y(-1.4)
            self.set_font(FONT, size=SMALL)
            self.set_text_color(*GREY)
            self.cell(TEXT_WIDTH - 1.5, 0.4, self.foot)
            self.cell(1.5, 0.4, str(self.page_no()), align="R")

    return Page


def _begun(projection: Result, story: Story) -> Any:
    """An empty document: page, letters, language, what it is called."""
    import matplotlib

    document: Any = _class()(orientation="portrait", unit="cm", format="A4")
    document.foot = f"{story.title} · {say('Run: {run}', run=projection.run_id)}"
    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"  # they hold every Kazakh letter
    document.add_font(FONT, fname=fonts / "DejaVuSans.ttf")
    document.add_font(FONT, style="B", fname=fonts / "DejaVuSans-Bold.ttf")
    document.set_margins(MARGIN, MARGIN)
    document.c_margin = 0
    document.set_auto_page_break(True, margin=BELOW)
    document.set_title(story.title)
    document.set_lang(language())
    document.set_creation_date(datetime(projection.base_year, 1, 1, tzinfo=UTC))
    document.set_line_width(0.02)
    return document


class _Writer:
    """Puts the blocks of a story on pages."""

    def __init__(self, document: Any, projection: Result, story: Story):
        self.document, self.projection, self.story = document, projection, story
        self.links: dict[str, int] = {}
        self.waiting: list[Heading] = []
        self.fresh = True  # nothing stands on the page yet

    def title(self) -> None:
        """Title, what run this is, contents with pages."""
        from fpdf.fonts import TextStyle
        from fpdf.outline import TableOfContents

        document, story = self.document, self.story
        document.add_page()
        self._font(20, bold=True)
        self._lines(story.title, 20)
        self._font(12, GREY)
        self._lines(story.subtitle, 12)
        document.ln(0.2)
        for about, text in story.about:
            self._line([(f"{about}: ", True), (text, False)], SMALL + 1, GREY, after=0.08)
        document.ln(0.5)
        self._font(13, bold=True)
        self._lines(say("Contents"), 13)
        look = TextStyle(font_family=FONT, font_style="", font_size_pt=9, color=INK)
        listed = TableOfContents(look, level_indent=0.6, line_spacing=1.3)
        document.insert_toc_placeholder(
            listed.render_toc, allow_extra_pages=True, reset_page_indices=False
        )
        self.fresh = True

    def add(self, block: Block) -> None:
        if isinstance(block, Heading):  # it waits for what it heads, to stand on the same page
            self.waiting.append(block)
        elif isinstance(block, Text):
            self._text(block)
        elif isinstance(block, Grid):
            self._grid(block)
        else:
            self._picture(block)

    def resolve(self) -> None:
        """Every link has a place now: references to tables come before them."""
        missing = set(self.links) - {block.key for block in self.story.grids()}
        assert not missing, f"references without a table: {sorted(missing)}"

    def _room(self, needed: float) -> None:
        """Place for something of this height with the headings that wait for it; the headings."""
        heads = self.waiting
        for place, block in enumerate(heads):
            points, before, after = HEADINGS[block.level]
            needed += _height(points) + after + (before if place else 0.0)
        if not self.fresh and (any(h.fresh for h in heads) or self._left() < needed):
            self.document.add_page()
            self.fresh = True
        for block in heads:
            points, before, after = HEADINGS[block.level]
            if not self.fresh:
                self.document.ln(before)
            if block.level <= 2:
                self.document.start_section(block.text, level=block.level - 1)
            self._font(points, bold=True)
            self._lines(block.text, points)
            self.document.ln(after)
            self.fresh = False
        self.waiting = []
        self.fresh = False

    def _lines(self, text: str, points: float) -> None:
        """A text over as many lines as it needs, in the font of now."""
        self.document.multi_cell(0, _height(points), text, align="L", new_x="LMARGIN")

    def _text(self, block: Text) -> None:
        pieces: list[tuple[str, bool] | tuple[str, bool, int]] = []
        if block.item:
            pieces.append(("\u2022  ", False))
        if block.lead:
            pieces.append((block.lead + " ", True))
        for piece, key in self.story.pieces(block.text):
            pieces.append((piece, False, self._link(key)) if key else (piece, False))
        size, colour = (SMALL, GREY) if block.small else (BODY, INK)
        self._room(2 * _height(size))
        self._line(pieces, size, colour, after=0.1 if block.item else 0.2)

    def _line(
        self,
        pieces: Sequence[tuple[str, bool] | tuple[str, bool, int]],
        size: float,
        colour: tuple[int, int, int],
        *,
        after: float,
    ) -> None:
        """Running text: each piece in bold or not, with the link that it is."""
        for piece in pieces:
            link = piece[2] if len(piece) == 3 else None
            self._font(size, LINK if link else colour, bold=piece[1])
            end = self.document.get_x() + style.text_width(piece[0], size)
            if link and end > MARGIN + TEXT_WIDTH:  # the library would break the word
                self.document.ln(_height(size))
            self.document.write(_height(size), piece[0], link=link or "")
        self.document.ln(_height(size) + after)

    def _grid(self, block: Grid) -> None:
        """Caption, table and the lines below it, on one page where they fit on one."""
        table = block.table
        shape = columns(table, font=CELL)
        texts = [list(table.headings), *(cell_texts(table, row) for row in table.rows)]
        rows = [
            [style.wrap(text, width - GAP, shape.font, place <= block.bold) or [""]
             for text, width in zip(line, shape.widths, strict=True)]
            for place, line in enumerate(texts)
        ]  # fmt: skip
        before, after = caption(block, table.title)
        notes = [text for text in (table.note, block.source) if text]
        tall = sum(_tall(row, shape.font) for row in rows) + 2 * _height(CAPTION)
        tall += sum(_height(SMALL) * len(style.wrap(text, TEXT_WIDTH, SMALL)) for text in notes)
        self._room(tall if tall < WHOLE else LEAST)
        place = self.document.get_y()
        self.document.set_link(self._link(block.key), y=place, page=self.document.page)
        self._font(CAPTION, bold=True)
        self._lines(f"{before}{block.number}{after}", CAPTION)
        right = [is_number(table, column) for column in range(len(table.headings))]
        self._table(rows, shape, right, block.bold)
        self._font(SMALL, GREY)
        for text in notes:
            self._lines(text, SMALL)
        self.document.ln(0.45)

    def _table(
        self,
        rows: Sequence[Sequence[Sequence[str]]],
        shape: Columns,
        right: Sequence[bool],
        bold: int,
    ) -> None:
        """Rows of cells of lines; the first comes again on each page, `bold` more are totals."""
        document = self.document
        document.ln(0.1)
        self._rule(INK)
        for place, row in enumerate(rows):
            if self._left() < _tall(row, shape.font):
                document.add_page()
                self._rule(INK)
                self._row(rows[0], shape, right, strong=True)
            self._row(row, shape, right, strong=place <= bold)
            self._rule(LINE if 0 < place < len(rows) - 1 else INK)
        document.ln(0.1)

    def _row(
        self, row: Sequence[Sequence[str]], shape: Columns, right: Sequence[bool], *, strong: bool
    ) -> None:
        """One row of cells, each of which is its lines."""
        document, top, left = self.document, self.document.get_y(), MARGIN
        self._font(shape.font, bold=strong)
        ascent = 0.78 * _height(shape.font)
        for lines, width, ends in zip(row, shape.widths, right, strict=True):
            for place, line in enumerate(lines):
                x = left
                if ends:
                    x += width - GAP - style.text_width(line, shape.font, strong)
                document.text(x, top + PAD + ascent + place * _height(shape.font), line)
            left += width
        document.set_y(top + _tall(row, shape.font))

    def _rule(self, colour: tuple[int, int, int]) -> None:
        """A line across the text."""
        self.document.set_draw_color(*colour)
        y = self.document.get_y()
        self.document.line(MARGIN, y, MARGIN + TEXT_WIDTH, y)

    def _picture(self, block: Picture) -> None:
        figure = block.draw()
        text = described(self.projection, figure, block.text)
        drawing = png(figure, text)
        before, after = caption(block, drawing.title)
        below = 3 * _height(CAPTION)
        scale = min(1.0, (WHOLE - below) / drawing.height)
        self._room(scale * drawing.height + below)
        wide, high = scale * drawing.width, scale * drawing.height
        self.document.image(
            BytesIO(drawing.content), w=wide, h=high, alt_text=text, title=drawing.title
        )
        self.document.ln(0.1)
        self._font(CAPTION, bold=True)
        self._lines(f"{before}{block.number}{after}", CAPTION)
        self.document.ln(0.45)

    def _link(self, key: str) -> int:
        if key not in self.links:
            self.links[key] = int(self.document.add_link())
        return self.links[key]

    def _left(self) -> float:
        """What is left of the page, cm."""
        return float(self.document.page_break_trigger - self.document.get_y())

    def _font(self, size: float, colour: tuple[int, int, int] = INK, *, bold: bool = False) -> None:
        self.document.set_font(FONT, style="B" if bold else "", size=size)
        self.document.set_text_color(*colour)


def _height(points: float) -> float:
    """Height of one line, cm."""
    return style.height_of(1, points)


def _tall(row: Sequence[Sequence[str]], points: float) -> float:
    """Height of a row of cells, each of which is its lines, cm."""
    return max(len(lines) for lines in row) * _height(points) + 2 * PAD
