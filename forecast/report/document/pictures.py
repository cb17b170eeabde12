"""Figures as a document shows them: the title is the caption's, so the page goes without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING

from forecast.report import style
from forecast.report.figures import headline, pixels
from forecast.report.png import png_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text


@dataclass(frozen=True)
class Drawing:
    """One figure ready for a document. content: PNG or SVG; width, height: on the page, cm."""

    title: str
    content: bytes
    width: float
    height: float


def png(figure: Figure, text: str) -> Drawing:
    """The figure as PNG, 300 dots per inch, without the title above it."""
    with style.styled():
        title, cut = _untitled(figure)
        drawn = pixels(figure)
    width, height = (float(side) / style.CM for side in figure.get_size_inches())
    rows = round(cut / height * len(drawn))
    content = png_bytes(drawn[rows:], style.DPI, {"Title": title, "Description": text})
    return Drawing(title, content, width, height - cut)


def svg(figure: Figure) -> Drawing:
    """The figure as SVG without the title above it; its letters are shapes."""
    from matplotlib.transforms import Bbox

    with style.styled():
        title, cut = _untitled(figure)
        wide, high = (float(side) for side in figure.get_size_inches())
        box = Bbox.from_bounds(0, 0, wide, high - cut * style.CM)
        stream = StringIO()
        figure.savefig(stream, format="svg", bbox_inches=box,
                       metadata={"Date": None, "Creator": None})  # fmt: skip
    drawing = stream.getvalue()
    content = drawing[drawing.index("<svg") :].encode()
    return Drawing(title, content, wide / style.CM, high / style.CM - cut)


def _untitled(figure: Figure) -> tuple[str, float]:
    """Hide the title of a figure; returns it, and how much of the page it took, cm."""
    title = headline(figure)
    lines = _bold(figure.texts)
    for line in lines:
        line.set_visible(False)
    return title, style.height_of(len(lines), style.TITLE)


def _bold(texts: Sequence[Text]) -> list[Text]:
    return [text for text in texts if text.get_fontweight() == "bold"]
