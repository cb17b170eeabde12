"""Infrastructure: a table of added need, shaded by how much it is against today's need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast.report import style
from forecast.report.classes import shades_key
from forecast.report.extract import Result, added_need, base_need, row_of
from forecast.report.wording import date, short_names, status_line, table_names, unit_words
from forecast.words import say, say_n
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 8  # as many kinds as the page is wide enough for
LIMITS = (0.0, 2.0, 5.0, 10.0, 20.0)  # per cent of the need at the base: where the shade changes
GAP = 0.14  # between the numbers of two columns, cm
ROWS = 25  # as many years as the page is high enough for
ROW = 0.56  # height of one row, cm


@style.in_style
def infrastructure_need(
    projection: Result,
    *,
    ax: Axes | None = None,
    region: str | None = None,
    kinds: Sequence[str] | None = None,
) -> Axes:
    """Added need since the base year by kind of facility: regions at the horizon.

    region : id of a region or the nation: its years instead of all regions
    kinds  : columns, in the order of the norms without it, at most 8
    Numbers are in the unit of each kind; the shade is the number per cent of the need at the
    base. Below zero fewer are needed than at the base. What is not known is called unknown.
    """
    year, added = added_need(projection, region)
    shown = list(added.columns if kinds is None else kinds)
    most = COLUMNS if ax is not None else max(int(COLUMNS * (style.width() - 3) / 13), 3)
    left_out = len(shown) - min(most, COLUMNS)
    added = added[shown[: min(most, COLUMNS)]]
    share = 100.0 * added / base_need(projection, region)[added.columns]
    frame = projection.frame("infrastructure")
    frame = frame[(frame["measure"] == "added_need") & frame["kind"].isin(added.columns)]
    if region is None:
        names = {**short_names(projection.space), projection.nation: projection.space.name(
            projection.nation)}  # fmt: skip
        frame = frame[frame["year"] == year]
        title = say("Infrastructure: added need by {year} since {base}", year=date(year),
                    base=date(projection.base_year))  # fmt: skip
    else:
        shown_years = style.some_years(projection.base_year + 1, year, ROWS)
        added, share = added.loc[shown_years], share.loc[shown_years]
        names = {str(label): date(label) for label in shown_years}
        added.index, share.index = pd.Index(names), pd.Index(names)
        frame = frame[frame["region"] == region]
        title = say("{region}: added infrastructure need since {base}",
                    region=projection.space.name(region),
                    base=date(projection.base_year))  # fmt: skip
    explanation = say(
        "Shade: per cent of the need on {base}. Below zero: fewer are needed than then.",
        base=date(projection.base_year),
    )
    if left_out > 0:
        explanation += " " + say_n("{n} more kind stands in the workbook.",
                                   "{n} more kinds stand in the workbook.", left_out)  # fmt: skip
    left = style.names_width(names)
    width = style.width() - left - 0.3 if ax is None else style.size_of(ax)[0]
    grid = _grid(projection, added, width, total=region is None)
    head = max(style.height_of(len(lines), grid.font[0]) for lines in grid.headings)
    ax = style.page(
        projection, ax, title=title, explanation=explanation, status=status_line([frame]),
        norms=True,
        height=ROW * len(added), left=left, right=0.3, above=0.35 + head, below=0.9,
    )  # fmt: skip
    ax.set_xlim(0, width)
    style.region_axis(ax, names, list(added.index), bold=projection.nation)
    _cells(ax, grid, added, share, total=region is None)
    _head(ax, grid)
    _key(ax, 0.3 - left)
    return ax


@dataclass(frozen=True)
class Grid:
    """How wide each column is and what stands in it.

    edges    : left edges of the columns and the right edge of the last, cm
    headings : lines over each column: the kind and its unit
    texts    : numbers of each row
    font     : points of the headings and of the numbers
    """

    edges: Sequence[float]
    headings: Sequence[Sequence[str]]
    texts: Sequence[Sequence[str]]
    font: tuple[float, float]


def _grid(projection: Result, added: pd.DataFrame, width: float, *, total: bool) -> Grid:
    """Columns as wide as their longest word or number; all smaller where the page is too narrow."""
    names = table_names(projection.facilities, "kind")
    units = projection.facilities.set_index("kind")["unit"].astype(str)
    heads = [(names[kind], f"({unit_words(projection, units[kind])})") for kind in added.columns]
    texts = [[number(value, signed=True) for value in line] for line in added.to_numpy(float)]
    need = []
    for column, pair in enumerate(heads):
        words = [style.text_width(word, style.SMALL) for text in pair for word in text.split()]
        numbers = [style.text_width(line[column], style.LABEL, total and row == 0)
                   for row, line in enumerate(texts)]  # fmt: skip
        need.append(max(*words, *numbers))
    room = width - GAP * len(need)
    scale = min(1.0, room / sum(need))
    spare = max(room - sum(need), 0.0) / len(need)
    wide = [scale * each + spare + GAP for each in need]
    font = (scale * style.SMALL, scale * style.LABEL)
    headings = [[line for text in pair for line in style.wrap(text, wide[k] - GAP + 0.01, font[0])]
                for k, pair in enumerate(heads)]  # fmt: skip
    return Grid([0.0, *np.cumsum(wide).tolist()], headings, texts, font)


def _colour(share: float) -> str:
    """The shade of a cell by its per cent of the need at the base."""
    if not np.isfinite(share) or share == 0:
        return "white"
    shades = style.RISES if share > 0 else style.FALLS
    return shades[int(np.searchsorted(LIMITS, abs(share))) - 1]


def _cells(ax: Axes, grid: Grid, added: pd.DataFrame, share: pd.DataFrame, *, total: bool) -> None:
    """Shaded boxes with their numbers; with `total` the first row is in bold."""
    from matplotlib.collections import PolyCollection

    known = np.isfinite(added.to_numpy(float))
    shares = share.to_numpy(float)
    boxes, shades = [], []
    for row, column in np.ndindex(added.shape):
        colour = _colour(float(shares[row, column]))
        left, right = grid.edges[column] + 0.03, grid.edges[column + 1] - 0.03
        boxes.append([(left, row - 0.47), (right, row - 0.47), (right, row + 0.47),
                      (left, row + 0.47)])  # fmt: skip
        shades.append(colour)
        dark = colour in style.RISES[3:] + style.FALLS[4:]
        ax.text((left + right) / 2, row, grid.texts[row][column], ha="center",
                va="center_baseline", fontsize=grid.font[1],
                color="white" if dark else style.INK,
                fontstyle="normal" if known[row, column] else "italic",
                fontweight="bold" if total and row == 0 else "normal")  # fmt: skip
    ax.add_collection(PolyCollection(boxes, facecolors=shades, linewidths=0), autolim=False)


def _head(ax: Axes, grid: Grid) -> None:
    """The kinds and their units over the columns; no axis lines."""
    _, height = style.size_of(ax)
    for column, lines in enumerate(grid.headings):
        x = (grid.edges[column] + grid.edges[column + 1]) / 2
        for k, line in enumerate(reversed(lines)):
            y = 1 + (0.2 + style.height_of(k, grid.font[0])) / height
            ax.text(x, y, line, ha="center", va="baseline", fontsize=grid.font[0],
                    transform=ax.get_xaxis_transform())  # fmt: skip
    ax.set_xticks([])
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)


def _key(ax: Axes, start: float) -> None:
    """The shades below the table: decline left, growth right."""
    edges = list(LIMITS[1:])
    shades = [*style.FALLS[: len(LIMITS)][::-1], *style.RISES[: len(LIMITS)]]
    marks = [*(-share for share in edges[::-1]), 0.0, *edges]
    shades_key(ax, [(colour, "") for colour in shades],
               [per_cent(share, 0, signed=True) for share in marks], start)  # fmt: skip


def alternative(projection: Result) -> str:
    """What the figure shows, for those who do not see it."""
    year, table = added_need(projection)
    names = table_names(projection.facilities, "kind")
    nation = row_of(table, projection.nation)
    parts = [f"{names[str(kind)]} {number(nation[kind], signed=True)}" for kind in table.columns]
    return say(
        "Table of the need for facilities added by {year}, by region ({count}); {region} as a "
        "whole: {kinds}.",
        year=date(year), count=len(projection.space),
        region=projection.space.name(projection.nation), kinds=", ".join(parts),
    )  # fmt: skip
