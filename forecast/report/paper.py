"""How large a figure is printed: in a column, across the text of a page, on a slide, or in cm.

A figure is laid out on a sheet of a width of its own and then printed larger or smaller, letters
and lines with it. A column is half as wide as a page, its letters four fifths as large: so more
goes beside each other than in half a page, and nothing is smaller than five points and a half.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecast.errors import InputError, did_you_mean
from forecast.words import say
from forecast.words.digits import number

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CM = 1 / 2.54
WIDTH = 16.0  # A4 text width, cm
SIZES = {"column": 8.0, "page": WIDTH, "slide": 25.4}  # printed width, cm
SLIDE = 14.29  # height of a slide of 16 to 9, cm
NARROWEST, WIDEST = 8.0, 60.0  # cm
SHRUNK = 0.4  # of the narrowing below a page is made good by smaller letters
ON_SLIDE = 1.15  # by how much letters are larger on a slide: it is wide and low
TRIES = 4  # until a figure is low enough for a slide


@dataclass(frozen=True)
class Paper:
    """Printed width, cm; by how much letters are printed larger; printed height at most, cm."""

    printed: float
    zoom: float
    tall: float = math.inf

    @property
    def width(self) -> float:
        """Width of the sheet on which the figure is laid out, cm."""
        return self.printed / self.zoom

    @property
    def height(self) -> float:
        """Height of that sheet at most, cm."""
        return self.tall / self.zoom


PAGE = Paper(WIDTH, 1.0)
_paper: ContextVar[Paper] = ContextVar("paper", default=PAGE)


def paper_of(size: str | float) -> Paper:
    """The paper of a size: column, page, slide, or a width of 8 to 60 cm.

    Raises InputError for anything else.
    """
    try:
        wide = SIZES[size] if isinstance(size, str) and size in SIZES else float(size)
    except ValueError:
        cure = did_you_mean(str(size), SIZES) + "; " + _widths()
        raise InputError("--size", say("no size '{name}'", name=size) + "; " + cure) from None
    if not NARROWEST <= wide <= WIDEST:
        raise InputError("--size", say("no size '{name}'", name=size) + "; " + _widths())
    if size == "slide":
        return Paper(wide, ON_SLIDE, SLIDE)
    if wide > WIDTH:
        return Paper(wide, wide / WIDTH)
    return Paper(wide, 1 - SHRUNK + SHRUNK * wide / WIDTH)


def _widths() -> str:
    return say("a width is a number of {least} to {most} cm", least=number(NARROWEST),
               most=number(WIDEST))  # fmt: skip


def width() -> float:
    """Width of the sheet on which a figure is laid out now, cm."""
    return _paper.get().width


def height() -> float:
    """Height at most of that sheet, cm; infinite where a page may go on."""
    return _paper.get().height


@contextmanager
def on(paper: Paper) -> Iterator[None]:
    """Figures inside the block are laid out for this paper."""
    token = _paper.set(paper)
    try:
        yield
    finally:
        _paper.reset(token)


def printed(draw: Callable[[], Figure], size: str | float) -> Figure:
    """What `draw` draws, in a size; on a slide so small that it is low enough."""
    paper = paper_of(size)
    for _ in range(TRIES):
        with on(paper):
            figure = draw()
        tall = float(figure.get_size_inches()[1]) / CM * paper.zoom
        if tall <= paper.tall:
            break
        paper = Paper(paper.printed, 0.97 * paper.zoom * paper.tall / tall, paper.tall)
    if tall > paper.tall:  # a wider sheet does not make it lower: it leaves room at the sides
        paper = Paper(paper.printed, paper.zoom * paper.tall / tall, paper.tall)
    enlarge(figure, paper.zoom)
    return figure


def enlarge(figure: Figure, factor: float) -> None:
    """Print a finished figure larger or smaller: its page, letters, lines and marks."""
    if factor == 1:
        return
    figure.set_size_inches(*(factor * figure.get_size_inches()))
    for ax in figure.findobj(_is_axes):
        _ticks(ax, factor)  # type: ignore[arg-type]
    seen: set[int] = set()
    for artist in figure.findobj():
        _enlarged(artist, factor, seen)


def _is_axes(artist: Artist) -> bool:
    from matplotlib.axes import Axes

    return isinstance(artist, Axes)


def _ticks(ax: Axes, factor: float) -> None:
    """Ticks and the room between them and their words."""
    import matplotlib

    settings: Any = matplotlib.rcParams
    for axis in (ax.xaxis, ax.yaxis):
        name = f"{axis.axis_name}tick.major"
        length, pad = (factor * float(settings[f"{name}.{key}"]) for key in ("size", "pad"))
        axis.set_tick_params(length=length, pad=pad)
        axis.labelpad *= factor


def _enlarged(artist: Artist, factor: float, seen: set[int]) -> None:
    """One thing of a figure; a path effect that several share is enlarged once."""
    from matplotlib.collections import Collection
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch
    from matplotlib.text import Text

    drawn: Any = artist
    if isinstance(artist, Text):
        drawn.set_fontsize(factor * drawn.get_fontsize())
    elif isinstance(artist, Line2D):
        drawn.set_linewidth(factor * drawn.get_linewidth())
        drawn.set_markersize(factor * drawn.get_markersize())
        drawn.set_markeredgewidth(factor * drawn.get_markeredgewidth())
    elif isinstance(artist, Collection):
        drawn.set_linewidth([factor * line for line in drawn.get_linewidth()])
    elif isinstance(artist, Patch):
        drawn.set_linewidth(factor * drawn.get_linewidth())
    for effect in drawn.get_path_effects() or ():
        if id(effect) not in seen and "linewidth" in getattr(effect, "_gc", {}):
            effect._gc = {**effect._gc, "linewidth": factor * effect._gc["linewidth"]}
            seen.add(id(effect))
