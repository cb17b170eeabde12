"""The report as one HTML file that opens offline: tables sort, a map and curves answer clicks.

Charts that answer are drawn by a few lines of script of our own (page.js) as plain SVG: chart
libraries weigh one to five megabytes in every file, and would age in a vendored copy. The figures
are those of the report, as SVG.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring

from forecast.report.document.contents import described
from forecast.report.document.explorer import explorer
from forecast.report.document.layout import cell_texts, is_number, raw_cells
from forecast.report.document.model import Block, Grid, Heading, Picture, Story, Text, caption
from forecast.report.document.pictures import svg
from forecast.report.extract import Result
from forecast.words import language, say

ROOM = Path(__file__).parent
NUMBER = re.compile(r"-?\d+\.\d{2,}")
PATH = re.compile(r' d="([^"]+)"')
KEPT = " /:=;,'()-.?!&@+*$\n"  # letters that a data address takes as they are


def html(projection: Result, story: Story) -> bytes:
    """The content of the file; the same story gives the same bytes."""
    page = Element("html", lang=language())
    head = SubElement(page, "head")
    SubElement(head, "meta", charset="utf-8")
    SubElement(head, "meta", name="viewport", content="width=device-width, initial-scale=1")
    SubElement(head, "title").text = story.title
    SubElement(head, "style").text = "\0style\0"
    body = SubElement(page, "body")
    _contents(body, story)
    main = SubElement(body, "main")
    SubElement(main, "h1", {"class": "title"}).text = story.title
    SubElement(main, "p", {"class": "subtitle"}).text = story.subtitle
    for about, text in story.about:
        line = SubElement(main, "p", {"class": "small"})
        SubElement(line, "b").text = f"{about}: "
        line[-1].tail = text
    _explorer(main)
    for block in story.blocks:
        _block(main, projection, story, block)
    SubElement(body, "script", id="data", type="application/json").text = "\0data\0"
    SubElement(body, "script").text = "\0script\0"
    text = "<!DOCTYPE html>\n" + tostring(page, encoding="unicode", method="html")
    data = json.dumps(explorer(projection), ensure_ascii=False, separators=(",", ":"))
    for name, content in (
        ("style", (ROOM / "page.css").read_text(encoding="utf-8")),
        ("data", data.replace("<", "\\u003c")),
        ("script", (ROOM / "page.js").read_text(encoding="utf-8")),
    ):
        text = text.replace(f"\0{name}\0", content)
    return text.encode()


def _contents(body: Element, story: Story) -> None:
    nav = SubElement(body, "nav")
    SubElement(nav, "h2").text = say("Contents")
    for heading in story.headings():
        link = SubElement(nav, "a", {"href": f"#{heading.key}", "class": f"level{heading.level}"})
        link.text = heading.text


def _explorer(main: Element) -> None:
    """The room that the script fills; without a script it is not there."""
    section = SubElement(main, "section", id="explorer", hidden="hidden")
    SubElement(section, "h2").text = say("Map and curves")
    line = SubElement(section, "p", {"class": "controls"})
    for name, words in (("measure", say("Measure")), ("region", say("Region"))):
        label = SubElement(line, "label")
        label.text = words + " "
        SubElement(label, "select", id=name)
    SubElement(section, "div", id="map")
    SubElement(section, "div", id="chart")
    SubElement(section, "p", {"class": "small", "id": "read", "aria-live": "polite"})
    note = SubElement(section, "p", {"class": "small"})
    note.text = say(
        "Choose a region on the map. Shades: the last year; of the population, its change since "
        "the base in per cent. Each shade is a fifth of the regions by size. Band: 80 % interval, "
        "in runs with draws."
    )


def _block(main: Element, projection: Result, story: Story, block: Block) -> None:
    if isinstance(block, Heading):
        SubElement(main, f"h{block.level + 1}", id=block.key).text = block.text
    elif isinstance(block, Text):
        _text(main, story, block)
    elif isinstance(block, Grid):
        _grid(main, block)
    else:
        _picture(main, projection, block)


def _text(main: Element, story: Story, block: Text) -> None:
    line = SubElement(main, "p", {"class": "item"} if block.item else {})
    if block.small:
        line.set("class", "small")
    if block.lead:
        SubElement(line, "b").text = block.lead
        line[-1].tail = " "
    for piece, key in story.pieces(block.text):
        if key:
            SubElement(line, "a", href=f"#table-{key}").text = piece
        elif len(line):
            line[-1].tail = (line[-1].tail or "") + piece
        else:
            line.text = (line.text or "") + piece


def _grid(main: Element, block: Grid) -> None:
    """A table that sorts by a click on a heading; totals stay on top."""
    table = block.table
    figure = SubElement(main, "figure", {"class": "table", "id": f"table-{block.key}"})
    before, after = caption(block, table.title)
    SubElement(figure, "figcaption").text = f"{before}{block.number}{after}"
    room = SubElement(figure, "div", {"class": "scroll"})
    made = SubElement(room, "table")
    line = SubElement(SubElement(made, "thead"), "tr")
    for column, heading in enumerate(table.headings):
        cell = SubElement(line, "th", scope="col")
        cell.set("class", "number" if is_number(table, column) else "word")
        SubElement(cell, "button", type="button", title=say("sort")).text = heading
    body = SubElement(made, "tbody")
    for place, row in enumerate(table.rows):
        line = SubElement(body, "tr", {"class": "total"} if place < block.bold else {})
        for column, (text, raw) in enumerate(
            zip(cell_texts(table, row), raw_cells(table, row), strict=True)
        ):
            cell = SubElement(line, "td", {"class": "number"} if is_number(table, column) else {})
            cell.text = text
            if raw is not None:
                cell.set("data-v", repr(raw))
    for text in (table.note, block.source):
        if text:
            SubElement(figure, "p", {"class": "small"}).text = text


def _picture(main: Element, projection: Result, block: Picture) -> None:
    figure = block.draw()
    text = described(projection, figure, block.text)
    drawing = svg(figure)
    place = SubElement(main, "figure", id=f"figure-{block.key}")
    address = "data:image/svg+xml," + quote(_short(drawing.content.decode()), safe=KEPT)
    SubElement(place, "img", src=address, alt=text, loading="lazy",
               style=f"width:{drawing.width:.1f}cm;aspect-ratio:{drawing.width:.2f}/"
                     f"{drawing.height:.2f}")  # fmt: skip
    before, after = caption(block, drawing.title)
    SubElement(place, "figcaption").text = f"{before}{block.number}{after}"


def _short(drawing: str) -> str:
    """The drawing with a tenth of a point in its lines, which no eye can tell."""

    def rounded(found: re.Match[str]) -> str:
        return NUMBER.sub(lambda number: f"{float(number[0]):.1f}", found[0])

    return PATH.sub(rounded, drawing)
