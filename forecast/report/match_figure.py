"""Families placed by region and by the rank of their choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecast.report import style
from forecast.report.extract import Result
from forecast.report.match_book import HIDDEN, small
from forecast.report.wording import capital, footer, short_names
from forecast.settlement import match_tables
from forecast.settlement.match import Match
from forecast.settlement.match_tables import RANKS, TOGETHER
from forecast.words import say, say_n
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOOKS = {
    "first": {"facecolor": style.BLUE, "hatch": ""},
    "second": {"facecolor": style.SKY, "hatch": "//////"},
    "third": {"facecolor": style.ORANGE, "hatch": ""},
    "other": {"facecolor": style.VERMILION, "hatch": "......"},
    "open": {"facecolor": style.PALE, "hatch": ""},
    "together": {"facecolor": style.GREY, "hatch": "xxxxxx"},
}
WORDS = {**RANKS, "together": TOGETHER}
ROW = 0.62  # height of one region, cm


def placed(found: Match, projection: Result, year: int, *, ax: Axes | None = None) -> Axes:
    """A bar a region, most families on top: first, second, third choice, another, none named.

    Numbers that are too small to be shown are drawn together.
    """
    with style.styled():
        return _draw(found, projection, year, ax)


def _draw(found: Match, projection: Result, year: int, ax: Axes | None) -> Axes:
    table = match_tables.by_choice(found).set_index("region")
    totals = match_tables.by_region(found).set_index("region")
    values = table.to_numpy(dtype=float)
    order = np.argsort(-np.nansum(values, axis=1), kind="stable")
    regions = [str(table.index[k]) for k in order]
    widths = np.nan_to_num(values[order])  # what is hidden has no bar
    names = short_names(projection.space)
    shown = {region: names[region] for region in regions} or {"": ""}
    counted = totals.reindex(regions)[["families", "first_share"]].to_numpy(dtype=float)
    columns = [
        style.Column(say("families"), [_told(value, number(value)) for value in counted[:, 0]]
                     or [""], True),
        style.Column(say("first choice"), [_told(value, per_cent(100 * value, 0))
                                           for value in counted[:, 1]] or [""]),
    ]  # fmt: skip
    used = [name for k, name in enumerate(WORDS) if widths[:, k].any()]
    words = [say(WORDS[name]) for name in used]
    left = style.names_width(shown)
    keys = style.key_rows(words, style.width() - 0.4) if words else [0]
    ax = style.page(
        footer(projection, say("projected")), ax,
        title=say("Families placed in {year}, by region and choice", year=year),
        explanation=_explanation(found), height=ROW * max(len(regions), 1), left=left,
        right=style.columns_width(columns), above=0.6 + 0.5 * len(keys) + _headings(columns),
        below=1.05,
    )  # fmt: skip
    starts = np.column_stack([np.zeros(len(widths)), widths.cumsum(axis=1)])
    rows = np.arange(len(regions))
    for k, name in enumerate(WORDS):
        boxes = np.column_stack([starts[:, k], rows - 0.34, starts[:, k + 1], rows + 0.34])
        style.rectangles(ax, boxes, **LOOKS[name], edgecolor="white", linewidth=0)
    ax.set_xlim(0, max(float(widths.sum(axis=1).max()) if len(widths) else 0.0, 1.0) * 1.02)
    style.region_axis(ax, shown, regions or [""])
    style.number_ticks(ax.xaxis, 5)
    ax.set_xlabel(capital(say("families")))
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    done = 0
    for row, count in enumerate(keys):
        entries = [(words[k], LOOKS[used[k]]) for k in range(done, done + count)]
        raised = _headings(columns) + 0.5 * (len(keys) - 1 - row)
        style.key(ax, entries, 0.3 - left, raised)
        done += count
    if regions:
        style.number_columns(ax, columns)
    return ax


def _headings(columns: list[style.Column]) -> float:
    """Height of the headings of the columns, cm, beyond one line."""
    return style.height_of(max(len(column.lines) for column in columns), style.SMALL)


def _explanation(found: Match) -> str:
    left = int((~found.placed).sum())
    text = say_n("{n} family has no place.", "{n} families have no place.", left)
    hidden = match_tables.by_choice(found).isna().to_numpy().any()
    return f"{text} {HIDDEN} {small()}." if hidden else text


def _told(value: float, text: str) -> str:
    """A number, or the sign that it is not shown."""
    return HIDDEN if np.isnan(value) else text


def alternative(found: Match, projection: Result, year: int) -> str:
    """What the figure shows, for those who do not see it."""
    table = match_tables.by_region(found)
    table = table[table["region"] != "total"].nlargest(3, "families")
    most = "; ".join(
        f"{projection.space.name(str(line['region']))} {number(line['families'])}"
        for line in table.to_dict("records")
    )
    return " ".join((
        say("Families placed in {year}, by region and choice", year=year) + ".",
        _explanation(found), say("Most of all: {names}.", names=most),
        say("Scenario: {title}.", title=projection.title),
    ))  # fmt: skip
