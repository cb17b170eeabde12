"""Classes of a map: their edges, colours and the key below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from forecast.report import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EDGES = (2.0, 5.0, 10.0, 20.0, 50.0)  # per cent: where a class ends
HATCH, PALE_HATCH = "#b98a5a", "#e8c6a0"


def class_edges(values: Sequence[float]) -> list[float]:
    """Edges of the classes that hold all values, per cent.

    They are the same on every map, so that two scenarios can be laid side by side; the further
    from 0, the wider. 0 is an edge: growth is never shown as decline.
    """
    known = [value for value in values if np.isfinite(value)]
    falls = _reached(-min([*known, 0.0]))
    rises = _reached(max([*known, 0.0]))
    return [*(-edge for edge in falls[::-1]), 0.0, *rises]


def _reached(value: float) -> list[float]:
    """The edges up to the first that is not below `value`; beyond the last one it is its own."""
    if value <= 0:
        return []
    below = [edge for edge in EDGES if edge < value]
    return [*below, EDGES[len(below)] if len(below) < len(EDGES) else float(np.ceil(value))]


def class_colour(value: float) -> str:
    """The colour of the class that `value` stands in; white where it is unknown."""
    if not np.isfinite(value):
        return "white"
    scale = style.RISES if value >= 0 else style.FALLS
    return scale[sum(edge < abs(value) for edge in EDGES)]


def weaker(colour: str, strength: float) -> tuple[float, ...]:
    """The colour mixed with white."""
    from matplotlib.colors import to_rgb

    return tuple(1 - strength * (1 - part) for part in to_rgb(colour))


def classes_key(
    ax: Axes,
    edges: Sequence[float],
    words: Sequence[str],
    *,
    lowered: float = 0.0,
    strength: float = 1.0,
) -> None:
    """Boxes of the classes below the map, the words of their edges under them.

    lowered : cm below the usual place; strength of the colours as in `fill`
    One edge is no class: where every value is 0 there is nothing to explain.
    """
    if len(edges) < 2:
        return
    from matplotlib.patches import Rectangle

    width, height = style.size_of(ax)
    box = min(1.5, (width - 1) / (len(edges) - 1))
    wide = max(style.text_width(word, style.SMALL) for word in words) + 0.1
    start = (width - box * (len(edges) - 1)) / 2
    for k, (edge, word) in enumerate(zip(edges, words, strict=True)):
        x = (start + k * box) / width
        if k < len(edges) - 1:
            middle = (edge + edges[k + 1]) / 2
            ax.add_patch(Rectangle((x, -(0.42 + lowered) / height), box / width, 0.3 / height,
                                   facecolor=weaker(class_colour(middle), strength),
                                   edgecolor=weaker(HATCH, strength),
                                   hatch="////" if middle < 0 else "", linewidth=0,
                                   clip_on=False, transform=ax.transAxes))  # fmt: skip
        ax.text(x, -(0.48 + lowered) / height, word, ha="center", va="top",
                fontsize=style.SMALL * min(1.0, box / wide), transform=ax.transAxes)  # fmt: skip


def shades_key(
    ax: Axes, shades: Sequence[tuple[str, str]], words: Sequence[str], start: float
) -> None:
    """The shades of a table below it with the words of the edges between them.

    shades : colour and hatch, one more than words
    start  : cm of the left edge of the page from the axes; it begins there below a narrow table
    Where the words do not fit beside each other every other one is left out.
    """
    from matplotlib.patches import Rectangle

    width, height = style.size_of(ax)
    x = 0.0 if width > 9 else start
    box = min(1.25, (width - x - 0.2) / len(shades))
    y = -0.42 / height
    for k, (colour, hatch) in enumerate(shades):
        ax.add_artist(Rectangle(((x + k * box) / width, y), box / width, 0.28 / height,
                                facecolor=colour, edgecolor=PALE_HATCH, hatch=hatch, linewidth=0,
                                clip_on=False, transform=ax.transAxes))  # fmt: skip
    step = 1 if box > max(style.text_width(word, style.SMALL) for word in words) + 0.1 else 2
    for k, word in enumerate(words, start=1):
        if (k - 1) % step == 0:
            ax.text((x + k * box) / width, y - 0.06 / height, word, ha="center", va="top",
                    fontsize=style.SMALL, transform=ax.transAxes)  # fmt: skip
