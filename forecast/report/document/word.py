"""The report as DOCX: styles of Word, its own tables, captions that number themselves, contents.

Numbers of tables and figures, page numbers and references are fields, so that a planner who adds
a table or a page sees them follow (Word: select all, F9).
"""

from __future__ import annotations

import zipfile
from datetime import datetime
from io import BytesIO
from typing import Any

from forecast.report.document import word_xml as xml
from forecast.report.document.contents import described
from forecast.report.document.layout import Columns, cell_texts, columns, is_number
from forecast.report.document.model import Block, Grid, Heading, Picture, Story, Text, caption
from forecast.report.document.pictures import png
from forecast.report.document.word_styles import FONT_SCALE, prepare
from forecast.report.extract import Result
from forecast.words import say

EPOCH = (1980, 1, 1, 0, 0, 0)  # of the files in the package: a date of now would make each differ


def docx(projection: Result, story: Story) -> bytes:
    """The content of the file; the same story gives the same bytes."""
    from docx import Document

    document = Document()
    prepare(document, story, say("Run: {run}", run=projection.run_id))
    properties = document.core_properties
    properties.title, properties.author, properties.comments = story.title, "", ""
    properties.created = properties.modified = datetime(projection.base_year, 1, 1)
    writer = _Writer(document, projection, story)
    writer.title()
    for block in story.blocks:
        writer.add(block)
    stream = BytesIO()
    document.save(stream)
    return _dated(stream.getvalue())


class _Writer:
    """Puts the blocks of a story into a document."""

    def __init__(self, document: Any, projection: Result, story: Story):
        self.document, self.projection, self.story = document, projection, story
        self.bookmarks = 0

    def title(self) -> None:
        """Title, what run this is, and the contents with links."""
        document, story = self.document, self.story
        document.add_paragraph(story.title, style="Title")
        document.add_paragraph(story.subtitle, style="Subtitle")
        for about, text in story.about:
            paragraph = document.add_paragraph(style="Report remark")
            paragraph.add_run(f"{about}: ").bold = True
            paragraph.add_run(text)
        document.add_paragraph(say("Contents"), style="TOC Heading")
        xml.contents(document, [(h.level, h.text, h.key) for h in story.headings()])

    def add(self, block: Block) -> None:
        if isinstance(block, Heading):
            self._heading(block)
        elif isinstance(block, Text):
            self._text(block)
        elif isinstance(block, Grid):
            self._grid(block)
        else:
            self._picture(block)

    def _heading(self, block: Heading) -> None:
        first = block is next(b for b in self.story.blocks if isinstance(b, Heading))
        paragraph = self.document.add_paragraph(style=f"Heading {block.level}")
        paragraph.paragraph_format.page_break_before = True if block.fresh or first else None
        self._bookmarked(paragraph, block.key, lambda: paragraph.add_run(block.text))

    def _text(self, block: Text) -> None:
        style = "List Bullet" if block.item else "Report remark" if block.small else "Body Text"
        paragraph = self.document.add_paragraph(style=style)
        if block.lead:
            paragraph.add_run(block.lead + " ").bold = True
        self._pieces(paragraph, block.text)

    def _pieces(self, paragraph: Any, text: str) -> None:
        """Words, and references that follow the number of their table."""
        for piece, key in self.story.pieces(text):
            if key:
                xml.reference(paragraph, piece, str(self.story.numbers[key]), key)
            else:
                paragraph.add_run(piece)

    def _caption(self, block: Grid | Picture, title: str, *, above: bool) -> None:
        before, after = caption(block, title)
        paragraph = self.document.add_paragraph(style="Caption")
        paragraph.paragraph_format.keep_with_next = above
        paragraph.add_run(before)
        word = (before + after.partition(title)[0]).strip(" -.\u2013")
        name = block.key if isinstance(block, Grid) else f"figure-{block.key}"
        self._bookmarked(
            paragraph, name,
            lambda: xml.field(paragraph, f"SEQ {word} \\* ARABIC", str(block.number)),
        )  # fmt: skip
        paragraph.add_run(after)

    def _bookmarked(self, paragraph: Any, name: str, write: Any) -> None:
        self.bookmarks += 1
        xml.bookmark(paragraph, self.bookmarks, name, write)

    def _grid(self, block: Grid) -> None:
        table = block.table
        self._caption(block, table.title, above=True)
        shape: Columns = columns(table, scale=FONT_SCALE)
        right = [is_number(table, column) for column in range(len(table.headings))]
        rows = [cell_texts(table, row) for row in table.rows]
        xml.table(
            self.document, table.headings, rows, shape, right, bold=block.bold, title=table.title
        )
        notes = [text for text in (table.note, block.source) if text]
        self.document.add_paragraph("\n".join(notes), style="Report source")

    def _picture(self, block: Picture) -> None:
        from docx.shared import Cm

        figure = block.draw()
        text = described(self.projection, figure, block.text)
        drawing = png(figure, text)
        paragraph = self.document.add_paragraph(style="Report figure")
        shape = paragraph.add_run().add_picture(BytesIO(drawing.content), width=Cm(drawing.width))
        shape._inline.docPr.set("descr", text)
        shape._inline.docPr.set("title", drawing.title)
        self._caption(block, drawing.title, above=False)


def _dated(content: bytes) -> bytes:
    """The package with one date in all its files."""
    stream = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as old, zipfile.ZipFile(stream, "w") as new:
        for item in old.infolist():
            info = zipfile.ZipInfo(item.filename, EPOCH)
            packed = item.filename.endswith(".png")
            info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            new.writestr(info, old.read(item.filename))
    return stream.getvalue()
