"""What a report consists of, whatever file it is written to.

Tables and figures are numbered here, so that every format has the same numbers, and a sentence
names the table in which its numbers stand by a reference that each format makes a link.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from forecast.report.sheet import Table
from forecast.words import say
from forecast.words.digits import NO_BREAK

if TYPE_CHECKING:
    from matplotlib.figure import Figure

OPEN, CLOSE = "\ue010", "\ue011"  # around the key of a table in a text; no letter of any language
REFERENCE = re.compile(f"{OPEN}([^{CLOSE}]*){CLOSE}")


def ref(key: str) -> str:
    """The place of a sentence where the number of a table stands."""
    return f"{OPEN}{key}{CLOSE}"


def refs(*keys: str) -> str:
    """Several tables, with commas."""
    return ", ".join(ref(key) for key in keys)


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 to 3. fresh: it begins a page; key: what a link to it is called."""

    text: str
    level: int
    key: str
    fresh: bool = False


@dataclass(frozen=True)
class Text:
    """A paragraph; `lead` stands before it in bold. item: one of a list; small: a remark."""

    text: str
    lead: str = ""
    item: bool = False
    small: bool = False


@dataclass(frozen=True)
class Grid:
    """A numbered table. bold: how many of the first rows are totals; source: the line below."""

    key: str
    number: int
    table: Table
    source: str
    bold: int = 0


@dataclass(frozen=True)
class Picture:
    """A numbered figure, drawn when a writer asks for it. text: what it shows, in words."""

    key: str
    number: int
    draw: Callable[[], Figure]
    text: str


Block = Heading | Text | Grid | Picture


@dataclass
class Story:
    """A report while it is told: blocks in their order, tables and figures numbered as they come.

    title, subtitle : of the title page; about : lines below them, heading and text
    """

    title: str
    subtitle: str
    about: Sequence[tuple[str, str]] = ()
    blocks: list[Block] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    figures: int = 0

    def heading(self, text: str, level: int = 1, key: str = "", *, fresh: bool = False) -> None:
        name = key or f"part-{sum(isinstance(block, Heading) for block in self.blocks) + 1}"
        self.blocks.append(Heading(text, level, name, fresh))

    def text(self, text: str, lead: str = "", *, item: bool = False, small: bool = False) -> None:
        if text:
            self.blocks.append(Text(text, lead, item, small))

    def table(self, key: str, tables: Mapping[str, Table], source: str, bold: int = 0) -> None:
        """A table if the run has it."""
        if key in tables:
            self.numbers[key] = len(self.numbers) + 1
            self.blocks.append(Grid(key, self.numbers[key], tables[key], source, bold))

    def picture(self, key: str, draw: Callable[[], Figure], text: str) -> None:
        self.figures += 1
        self.blocks.append(Picture(key, self.figures, draw, text))

    def headings(self, deepest: int = 2) -> list[Heading]:
        """What the contents list."""
        return [b for b in self.blocks if isinstance(b, Heading) and b.level <= deepest]

    def grids(self) -> list[Grid]:
        return [block for block in self.blocks if isinstance(block, Grid)]

    def pieces(self, text: str) -> Iterator[tuple[str, str]]:
        """A text in pieces: words, and the key of the table that they are a link to, or none."""
        for place, piece in enumerate(REFERENCE.split(text)):
            if place % 2:
                yield say("Table {n}", n=self.numbers[piece]).replace(" ", NO_BREAK), piece
            elif piece:
                yield piece, ""


def caption(block: Grid | Picture, title: str) -> tuple[str, str]:
    """What stands before and after the number in the caption of a table or figure."""
    if isinstance(block, Grid):
        text = say("Table {n}. {title}", n="\0", title=title)
    else:
        text = say("Figure {n}. {title}", n="\0", title=title)
    before, _, after = text.partition("\0")
    return before, after
