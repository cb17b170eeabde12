"""One look for all figures: A4 text width, DejaVu, colours that stay apart in print.

Sizes are in centimetres and points of the printed page. Text is measured before anything is
drawn, so a figure is laid out once and drawn once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, cast

import numpy as np

from forecast.report.letters import FONT
from forecast.report.letters import height_of as height_of
from forecast.report.letters import text_width as text_width
from forecast.report.letters import wrap as wrap
from forecast.report.paper import CM as CM
from forecast.report.paper import WIDTH as WIDTH
from forecast.report.paper import width as width
from forecast.report.wording import footer
from forecast.space import Space
from forecast.words.digits import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    from forecast.report.extract import Result

DPI = 300
TITLE, BODY, LABEL, SMALL = 10.0, 9.0, 8.5, 7.5  # points

INK, GREY, PALE, SHADE = "#1a1a1a", "#595959", "#d9d9d9", "#efefef"
BLUE, ORANGE, VERMILION, SKY = "#0072b2", "#e69f00", "#d55e00", "#56b4e9"
DEEP = "#004c78"  # a blue that parts from vermilion in print too
SHADE_OF_STOCK = "#c9d3da"
SEX_COLOURS = {"female": ORANGE, "male": BLUE}
FALLS = ("#fde3c8", "#f9bd82", "#ee9140", "#cc6a12", "#994a05", "#6b3202")  # from 0 downwards
RISES = ("#dcebf7", "#b3d3ec", "#7eb4dc", "#4690c6", "#1f6aa5", "#0b477b")  # from 0 upwards

STYLE: dict[str, Any] = {
    "font.family": FONT,
    "font.size": BODY,
    "text.color": INK,
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "text.hinting": "none",  # hints are for screens; at 300 dots per inch they only take time
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.labelsize": LABEL,
    "axes.linewidth": 0.6,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": PALE,
    "grid.linewidth": 0.5,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": LABEL,
    "ytick.labelsize": LABEL,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "hatch.linewidth": 0.5,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "path",  # looks the same where DejaVu is not installed
    "svg.hashsalt": "forecast",  # the same figure is the same file
}

Settings = ParamSpec("Settings")
Drawing = Callable[Concatenate["Result", Settings], "Axes"]


@contextmanager
def styled() -> Iterator[None]:
    """The style inside the block; the user's own settings come back after it."""
    import matplotlib

    with matplotlib.rc_context(cast(Any, STYLE)):
        yield


def in_style(draw: Drawing[Settings]) -> Drawing[Settings]:
    """A drawing function that runs in the style of the house."""

    @wraps(draw)
    def inside(projection: Result, /, *args: Settings.args, **options: Settings.kwargs) -> Axes:
        with styled():
            return draw(projection, *args, **options)

    return inside


def page(
    projection: Result | Sequence[str],
    ax: Axes | None,
    *,
    title: str,
    explanation: str = "",
    status: str = "",
    norms: bool = False,
    height: float,
    left: float = 0.2,
    right: float = 0.2,
    above: float = 0.2,
    below: float = 0.2,
) -> Axes:
    """Axes on a fresh page with title, explanation and the line below; or the axes given.

    projection   : the run, or the lines below a figure that is of no run
    norms        : its numbers rest on the norms of facilities, and the line below says so
    height       : of the axes, cm; the page grows with the lines of its texts
    left ...     : room around the axes for tick labels, axis titles and columns of numbers, cm
    Axes of the caller get the title alone: the page is the caller's.
    """
    if ax is not None:
        ax.set_title(title, fontsize=TITLE, fontweight="bold", loc="left")
        return ax
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    margin = 0.15
    wide = width()
    inner = wide - 2 * margin
    heads = (
        (wrap(title, inner, TITLE, bold=True), TITLE, "bold", INK),
        (wrap(explanation, inner, LABEL), LABEL, "normal", GREY),
    )
    below_all = (
        projection if isinstance(projection, Sequence) else footer(projection, status, norms)
    )
    feet = [line for text in below_all
            for line in wrap(text, inner, SMALL, hyphens=False)]  # fmt: skip
    head = sum(height_of(len(lines), size) for lines, size, _, _ in heads) + margin
    foot = height_of(len(feet), SMALL) + margin
    total = head + above + height + below + foot + 0.15
    figure = Figure(figsize=(wide * CM, total * CM), dpi=DPI)
    FigureCanvasAgg(figure)
    top = total - margin
    for lines, size, weight, colour in heads:
        for line in lines:
            _put(figure, margin, top, line, total, size=size, weight=weight, color=colour)
            top -= height_of(1, size)
    top = foot
    for line in feet:
        _put(figure, margin, top, line, total, size=SMALL, color=GREY)
        top -= height_of(1, SMALL)
    box = (left / wide, (foot + 0.15 + below) / total, 1 - (left + right) / wide, height / total)
    return figure.add_axes(box)


def _put(figure: Any, x: float, y: float, text: str, total: float, **font: Any) -> None:
    figure.text(x / width(), y / total, text, ha="left", va="top", **font)


def panels(ax: Axes, boxes: Sequence[tuple[float, float, float, float]]) -> list[Axes]:
    """Axes inside `ax` (which itself is hidden); boxes are x, y, width, height in its fractions."""
    ax.set_axis_off()
    return [ax.inset_axes(box) for box in boxes]


def size_of(ax: Axes) -> tuple[float, float]:
    """Width and height of axes on the page, cm."""
    ax.apply_aspect()  # inset axes learn their place only now
    box = ax.get_window_extent()
    figure = ax.get_figure(root=True)
    assert figure is not None, "axes stand in a figure"
    return box.width / figure.dpi / CM, box.height / figure.dpi / CM


def spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Places at least `gap` apart, as near as can be to those wanted, in the same order.

    Labels that would touch are pooled and share their mean place (pool adjacent violators).
    """
    order = sorted(range(len(wanted)), key=lambda k: (wanted[k], k))
    pools: list[tuple[float, list[int]]] = []  # mean of place less own offset, members
    for rank, k in enumerate(order):
        start, members = wanted[k] - rank * gap, [k]
        while pools and pools[-1][0] > start:
            mean, earlier = pools.pop()
            weight = len(earlier) + len(members)
            start = (mean * len(earlier) + start * len(members)) / weight
            members = earlier + members
        pools.append((start, members))
    places = [0.0] * len(wanted)
    rank = 0
    for start, members in pools:
        for k in members:
            places[k] = start + rank * gap
            rank += 1
    return places


def region_axis(
    ax: Axes, names: Mapping[str, str], order: Sequence[str], *, bold: str | None = None
) -> None:
    """Regions down the y axis, the first at the top; `bold` is set in bold.

    Plain words: matplotlib takes three times as long for the ticks of an axis.
    """
    ax.set_ylim(len(order) - 0.4, -0.6)
    ax.set_yticks([])
    x = -0.15 / size_of(ax)[0]
    for row, region in enumerate(order):
        ax.text(x, row, names[region], transform=ax.get_yaxis_transform(), ha="right",
                va="center_baseline", fontsize=LABEL,
                fontweight="bold" if region == bold else "normal")  # fmt: skip


def rectangles(ax: Axes, boxes: np.ndarray, **look: Any) -> None:
    """Rectangles of one look as one shape: a hatch is then laid once and not for each.

    boxes : (n, 4) left, bottom, right, top in the units of the axes; empty ones are left out
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    solid = [box for box in np.asarray(boxes, dtype=float) if box[0] != box[2]]
    if solid:
        paths = [Path([(a, b), (c, b), (c, d), (a, d), (a, b)], closed=True)
                 for a, b, c, d in solid]  # fmt: skip
        ax.add_patch(PathPatch(Path.make_compound_path(*paths), **look))


def names_width(names: Mapping[str, str], size: float = LABEL) -> float:
    """Room that the widest name needs beside an axis, cm."""
    return max(text_width(name, size) for name in names.values()) + 0.35


@dataclass(frozen=True)
class Column:
    """Numbers beside a diagram, one for each row, and what stands above them."""

    heading: str
    texts: Sequence[str]
    bold: bool = False

    @property
    def lines(self) -> list[str]:
        """The heading, broken into lines."""
        return [line for part in self.heading.split("\n") for line in wrap(part, 1.7, SMALL)]

    @property
    def width(self) -> float:
        """Room for the numbers, the heading and the gap before them, cm."""
        numbers = max(text_width(text, LABEL, self.bold) for text in self.texts)
        return max(numbers, *(text_width(line, SMALL) for line in self.lines)) + 0.4


def columns_width(columns: Sequence[Column]) -> float:
    """Room that columns of numbers need right of the axes, cm."""
    return sum(column.width for column in columns) + 0.25


def number_columns(ax: Axes, columns: Sequence[Column], at: Sequence[float] = ()) -> None:
    """Columns of numbers right of the axes, row by row, or at the heights `at`."""
    width, height = size_of(ax)
    place, reach = ax.get_yaxis_transform(), 0.0
    for column in columns:
        reach += column.width
        x = 1 + reach / width
        for row, text in enumerate(column.texts):
            y = at[row] if at else row
            ax.text(x, y, text, transform=place, ha="right", va="center_baseline",
                    fontsize=LABEL, fontweight="bold" if column.bold else "normal")  # fmt: skip
        for k, line in enumerate(reversed(column.lines)):
            ax.text(x, 1 + (0.2 + height_of(k, SMALL)) / height, line, transform=ax.transAxes,
                    ha="right", va="baseline", fontsize=SMALL, color=GREY)  # fmt: skip


def key_rows(words: Sequence[str], width: float) -> list[int]:
    """How many of the words stand in each row of a key that is `width` cm wide."""
    rows, used = [0], 0.0
    for word in words:
        needed = 0.67 + text_width(word, LABEL) + 0.45
        if rows[-1] and used + needed > width:
            rows.append(0)
            used = 0.0
        rows[-1] += 1
        used += needed
    return rows


def key(
    ax: Axes,
    entries: Sequence[tuple[str, Mapping[str, Any]]],
    start: float = 0.0,
    raised: float = 0.0,
) -> None:
    """Words with their sign in a row above the axes, from `start` cm of their left edge.

    entries : the word, and how its sign looks: keywords of a filled patch, or with `marker`
              those of a point
    raised  : cm above the usual place, for a key of several rows
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    page_width = width()
    wide_axes, height = size_of(ax)
    x, y = start, 1 + (0.2 + raised) / height
    for word, look in entries:
        wide = 0.25 if "marker" in look else 0.55
        sign: Any
        if "marker" in look:
            sign = Line2D(
                [(x + wide / 2) / wide_axes], [y + 0.1 / height], linestyle="none", **look
            )
        else:
            sign = Rectangle((x / wide_axes, y - 0.03 / height), wide / wide_axes, 0.28 / height,
                             edgecolor="white", linewidth=0, **look)  # fmt: skip
        sign.set(transform=ax.transAxes, clip_on=False)
        ax.add_artist(sign)
        x += wide + 0.12
        wide_word = text_width(word, LABEL)
        size = LABEL * min(1.0, (page_width - 0.75 - wide) / wide_word)
        ax.text(x / wide_axes, y, word, transform=ax.transAxes, va="baseline", fontsize=size)
        x += wide_word + 0.45


def number_ticks(axis: Axis, count: int, *, absolute: bool = False, signed: bool = False) -> None:
    """Ticks inside the limits with numbers as the language of now writes them.

    They are fixed here and not formatted while drawing: a figure keeps the language in which it
    was made, whatever is spoken when it is saved.
    """
    from matplotlib.ticker import MaxNLocator

    low, high = (float(end) for end in sorted(axis.get_view_interval()))
    for most in range(count, 0, -1):
        ticks = np.asarray(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))
        ticks = ticks[(ticks >= low - 1e-9) & (ticks <= high + 1e-9)]
        step = float(ticks[1] - ticks[0]) if len(ticks) > 1 else 1.0
        digits = next(d for d in range(12) if abs(round(step, d) - step) < 1e-9 * step or d == 11)
        shown = np.abs(ticks) if absolute else ticks
        words = [number(tick, digits, signed=signed) for tick in shown]
        if axis is axis.axes.yaxis or _apart(axis, ticks, words):
            break
    axis.set_ticks(list(ticks), words)


def _apart(axis: Axis, ticks: np.ndarray, words: Sequence[str]) -> bool:
    """Whether no word touches the next one along the bottom."""
    low, high = sorted(axis.get_view_interval())
    places = ticks / (high - low) * size_of(axis.axes)[0]
    wide = np.array([text_width(word, LABEL) for word in words])
    return bool(np.all(np.diff(places) > (wide[1:] + wide[:-1]) / 2 + 0.12))


def some_years(first: int, last: int, most: int) -> list[int]:
    """At most `most` years from first to last, evenly apart, the last among them."""
    step = -(-(last - first) // max(most - 1, 1)) or 1
    return sorted(range(last, first - 1, -step))


def shade_projected(ax: Axes, first: float, last: float) -> None:
    """The projected years on a grey ground."""
    ax.axvspan(first, last, color=SHADE, zorder=0, linewidth=0)


def region_label(space: Space, nation: str, region: str | None) -> str:
    """The full name of a region, or of the nation when none is named."""
    return space.name(nation if region is None else region)
