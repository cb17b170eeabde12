"""Infrastructure: a table of added need, shaded by how much it is against today's need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast.report import style
from forecast.report.extract import Result, added_need, base_need
from forecast.report.wording import (
    date,
    number,
    per_cent,
    short_names,
    status_line,
    table_names,
    unit_words,
)
from forecast.words import say, say_n

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLUMNS = 8  # as many kinds as the page is wide enough for
LIMITS = (0.0, 2.0, 5.0, 10.0, 20.0)  # per cent of the need at the base: where the shade changes
CELL = np.array([(0.02, -0.47), (0.98, -0.47), (0.98, 0.47), (0.02, 0.47)])
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
    left_out = len(shown) - COLUMNS
    added = added[shown[:COLUMNS]]
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
    headings = _headings(projection, list(added.columns), (style.WIDTH - left - 0.3))
    ax = style.page(
        projection, ax, title=title, explanation=explanation, status=status_line([frame]),
        height=ROW * len(added), left=left, right=0.3,
        above=0.35 + max(style.height_of(len(lines), size) for lines, size in headings), below=0.9,
    )  # fmt: skip
    _cells(ax, added, share)
    _head(ax, headings)
    _rows(ax, names, list(added.index), bold=region is None)
    _key(ax)
    return ax


def _headings(
    projection: Result, kinds: Sequence[str], width: float
) -> list[tuple[list[str], float]]:
    """Lines and size of each column's heading: the kind, and its unit where that says more."""
    room = width / len(kinds) - 0.12
    names = table_names(projection.facilities, "kind")
    units = projection.facilities.set_index("kind")["unit"].astype(str)
    found = []
    for kind in kinds:
        unit = unit_words(projection, units[kind])
        words = [*names[kind].split(), *unit.split()]
        widest = max(style.text_width(word, style.SMALL) for word in words)
        size = style.SMALL * min(1.0, room / widest)
        lines = style.wrap(names[kind], room, size)
        found.append(([*lines, *style.wrap(f"({unit})", room, size)], size))
    return found


def _colour(share: float) -> str:
    """The shade of a cell by its per cent of the need at the base."""
    if not np.isfinite(share) or share == 0:
        return "white"
    shades = style.RISES if share > 0 else style.FALLS
    return shades[int(np.searchsorted(LIMITS, abs(share))) - 1]


def _cells(ax: Axes, added: pd.DataFrame, share: pd.DataFrame) -> None:

    from matplotlib.collections import PolyCollection

    boxes, colours = [], []
    ax.set_xlim(0, added.shape[1])
    values, shares = added.to_numpy(dtype=float), share.to_numpy(dtype=float)
    for row in range(len(added)):
        for column in range(added.shape[1]):
            value = values[row, column]
            colour = _colour(shares[row, column])
            x, y = (
                column + np.array([0.02, 0.98, 0.98, 0.02]),
                row + np.array([-1, -1, 1, 1]) * 0.47,
            )
            boxes.append(np.column_stack([x, y]))
            colours.append(colour)
            known = np.isfinite(value)
            ax.text(column + 0.5, row, number(value, signed=True), ha="center",
                    va="center_baseline", fontsize=style.LABEL if known else style.SMALL,
                    fontstyle="normal" if known else "italic",
                    color="white" if colour in style.RISES[3:] + style.FALLS[4:] else style.INK,
                    fontweight="bold" if row == 0 and len(added) > 12 else "normal")  # fmt: skip
    ax.add_collection(PolyCollection(boxes, facecolors=colours, linewidths=0), autolim=False)


def _head(ax: Axes, headings: Sequence[tuple[list[str], float]]) -> None:
    _, height = style.size_of(ax)
    for column, (lines, size) in enumerate(headings):
        for k, line in enumerate(reversed(lines)):
            y = 1 + (0.2 + style.height_of(k, size)) / height
            ax.text(column + 0.5, y, line, ha="center", va="baseline", fontsize=size,
                    transform=ax.get_xaxis_transform())  # fmt: skip


def _rows(ax: Axes, names: dict[str, str], order: Sequence[str], *, bold: bool) -> None:
    style.region_axis(ax, names, order, bold=order[0] if bold else None)
    ax.set_xticks([])
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)


def _key(ax: Axes) -> None:
    """The shades below the table: decline left, growth right."""
    from matplotlib.patches import Rectangle

    width, height = style.size_of(ax)
    edges = list(LIMITS[1:])
    shades = [*style.FALLS[: len(LIMITS)][::-1], *style.RISES[: len(LIMITS)]]
    box = min(1.25, (width - 0.2) / len(shades))
    y = -0.42 / height
    for k, colour in enumerate(shades):
        ax.add_artist(Rectangle((k * box / width, y), box / width, 0.28 / height, facecolor=colour,
                                linewidth=0, clip_on=False, transform=ax.transAxes))  # fmt: skip
    marks = [*(-share for share in edges[::-1]), 0.0, *edges]
    for k, share in enumerate(marks, start=1):
        ax.text(k * box / width, y - 0.06 / height, per_cent(share, 0, signed=True), ha="center",
                va="top", fontsize=style.SMALL, transform=ax.transAxes)  # fmt: skip
