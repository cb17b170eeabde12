"""Bars by region: net migration, the labour deficit at the horizon, and its ranking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.report import style
from forecast.report.extract import (
    Result,
    labour_at_horizon,
    labour_ranked,
    mean_migration,
    row_of,
)
from forecast.report.narrow import fitting, key_of, x_title
from forecast.report.wording import short_names, status_line, years
from forecast.words import mark, say
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STREAMS = {  # column: word, colour, hatch
    "internal": (mark("internal"), style.BLUE, ""),
    "external": (mark("external"), style.ORANGE, "//////"),
}
SIDES = ((style.VERMILION, "//////"), (style.SKY, ""))  # short or listed, and not
ROW = 0.56  # height of one region, cm


@style.in_style
def net_migration(projection: Result, *, ax: Axes | None = None) -> Axes:
    """Net internal and external migration by region, mean of the run's years, largest gain first.

    Bars right of zero are gains; the dot and the numbers are both streams together. Persons a
    year; growth-point moves are internal.
    """
    table = mean_migration(projection)
    nation = row_of(table, projection.nation)
    table = table.loc[list(projection.space.ids)].sort_values("migration", ascending=False)
    frame = projection.frame("components")
    names = short_names(projection.space)
    left = style.names_width(names)
    columns = [
        style.Column(heading, [number(value, signed=True) for value in table[column]], bold)
        for column, heading, bold in (
            ("internal", say("internal"), False),
            ("external", say("external"), False),
            ("migration", say("together"), True),
        )
    ]
    columns = fitting(columns, left)
    key = key_of([(say(word), {"facecolor": colour, "hatch": hatch})
                  for word, colour, hatch in STREAMS.values()], columns)  # fmt: skip
    span = years(int(frame["year"].min()), int(frame["year"].max()))
    ax = style.page(
        projection, ax,
        title=say("Net migration by region, mean per year {years}", years=span),
        explanation=say(
            "Right of zero: more arrivals than departures. Dot: internal and external together. "
            "{nation} as a whole: {external} persons per year across the border.",
            nation=projection.space.name(projection.nation),
            external=number(nation["external"], signed=True),
        ),
        status=status_line([frame]),
        height=ROW * len(table), left=left, right=style.columns_width(columns),
        above=key.above, below=1.0,
    )  # fmt: skip
    _stack(ax, table)
    ax.plot(table["migration"], range(len(table)), "o", color=style.INK, markersize=3.6,
            markeredgecolor="white", markeredgewidth=0.5)  # fmt: skip
    _diverging(ax, names, list(table.index))
    x_title(ax, say("Persons per year"))
    key.draw(ax, 0.3 - left)
    style.number_columns(ax, columns)
    return ax


def _stack(ax: Axes, table: pd.DataFrame) -> None:
    """Gains stacked to the right of zero, losses to the left."""
    reached = {1: np.zeros(len(table)), -1: np.zeros(len(table))}
    for column, (_, colour, hatch) in STREAMS.items():
        values = table[column].to_numpy(dtype=float)
        for side, start in reached.items():
            part = np.where(side * values > 0, values, 0.0)
            _bars(ax, start, start + part, facecolor=colour, hatch=hatch, label=column)
            start += part


def _bars(ax: Axes, left: np.ndarray, right: np.ndarray, **look: Any) -> None:
    """A bar in each row from `left` to `right`."""
    rows = np.arange(len(left))
    boxes = np.column_stack([left, rows - 0.33, right, rows + 0.33])
    style.rectangles(ax, boxes, edgecolor="white", linewidth=0, **look)


def _diverging(ax: Axes, names: dict[str, str], order: Sequence[str]) -> None:
    """A zero line, regions down the side, signed numbers along the bottom."""
    style.region_axis(ax, names, order)
    low, high = min(ax.dataLim.x0, 0.0), max(ax.dataLim.x1, 0.0)
    room = 0.02 * (high - low) or 1.0
    ax.set_xlim(low - room, high + room)
    ax.axvline(0, color=style.INK, linewidth=0.8)
    style.number_ticks(ax.xaxis, 4, signed=True)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")


@style.in_style
def labour_deficit(projection: Result, *, ax: Axes | None = None) -> Axes:
    """Labour deficit by region in the last year: positive is short of workers.

    Deficit is labour demand less labour supply over all sections, in jobs, as an annual average.
    """
    year, table = labour_at_horizon(projection)
    nation = row_of(table, projection.nation)
    table = table.loc[list(projection.space.ids)].sort_values("labour_deficit", ascending=False)
    frame = projection.frame("labour")
    frame = frame[(frame["year"] == year) & (frame["measure"] == "labour_deficit")]
    unit = say(str(frame["unit"].iloc[0]))
    columns = [
        style.Column(unit, [number(value, signed=True) for value in table["labour_deficit"]], True),
        style.Column(say("% of demand"), [per_cent(v, signed=True) for v in table["share"]]),
    ]
    names = short_names(projection.space)
    left = style.names_width(names)
    columns = fitting(columns, left)
    values = table["labour_deficit"].to_numpy(dtype=float)
    sides = (
        (say("short of workers"), np.where(values > 0, values, 0.0), *SIDES[0]),
        (say("workers to spare"), np.where(values < 0, values, 0.0), *SIDES[1]),
    )
    key = key_of([(word, {"facecolor": colour, "hatch": hatch})
                  for word, _, colour, hatch in sides], columns)  # fmt: skip
    ax = style.page(
        projection, ax,
        title=say("Labour deficit by region, {year}, annual average", year=year),
        explanation=say(
            "Right of zero: more jobs than residents to fill them (short). Left of zero: fewer. "
            "{nation} as a whole: {deficit} ({share} of labour demand). Shortages open before the "
            "first year are not in it.",
            nation=projection.space.name(projection.nation),
            deficit=number(nation["labour_deficit"], signed=True),
            share=per_cent(nation["share"], signed=True),
        ),
        status=status_line([frame]),
        height=ROW * len(table), left=left, right=style.columns_width(columns),
        above=key.above, below=1.0,
    )  # fmt: skip
    zero = np.zeros(len(values))
    for _, part, colour, hatch in sides:
        _bars(ax, zero, part, facecolor=colour, hatch=hatch, label="labour_deficit")
    _diverging(ax, names, list(table.index))
    x_title(ax, say("Labour demand less labour supply, {unit}", unit=unit))
    key.draw(ax, 0.3 - left)
    style.number_columns(ax, columns)
    return ax


@style.in_style
def labour_ranking(projection: Result, *, ax: Axes | None = None) -> Axes:
    """Regions ranked by their labour deficit, those of the official list marked.

    Bars are the deficit in jobs, largest first; the columns give the rank by the share of demand.
    """
    year, table = labour_ranked(projection)
    listed = table["official"].to_numpy(dtype=float) > 0
    values = table["labour_deficit"].to_numpy(dtype=float)
    frame = projection.frame("labour_ranking")
    unit = say("jobs")
    columns = [
        style.Column(unit, [number(value, signed=True) for value in values], True),
        style.Column(say("% of demand"), [per_cent(v, signed=True)
                                          for v in table["share_of_demand"]]),
        style.Column(say("rank by share"), [number(v) for v in table["rank_of_share"]]),
    ]  # fmt: skip
    names = short_names(projection.space)
    left = style.names_width(names)
    columns = fitting(columns, left)
    sides = (
        (say("on the official list"), listed, *SIDES[0]),
        (say("not on the list"), ~listed, *SIDES[1]),
    )
    key = key_of([(word, {"facecolor": colour, "hatch": hatch})
                  for word, _, colour, hatch in sides], columns)  # fmt: skip
    ax = style.page(
        projection, ax,
        title=say("Regions ranked by labour deficit, {year}, annual average", year=year),
        explanation=say(
            "Right of zero: short of workers. Regions on the official list: {count}; of them among "
            "the {count} largest deficits: {among}.",
            count=number(int(listed.sum())), among=number(int(listed[: listed.sum()].sum())),
        ) if listed.any() else say(
            "Right of zero: short of workers. There is no official list to compare with."
        ),
        status=status_line([frame]),
        height=ROW * len(table), left=left, right=style.columns_width(columns),
        above=key.above, below=1.0,
    )  # fmt: skip
    zero = np.zeros(len(values))
    for _, chosen, colour, hatch in sides:
        part = np.where(chosen, values, 0.0)
        _bars(ax, zero, part, facecolor=colour, hatch=hatch, label="labour_deficit")
    _diverging(ax, names, list(table.index))
    x_title(ax, say("Labour demand less labour supply, {unit}", unit=unit))
    key.draw(ax, 0.3 - left)
    style.number_columns(ax, columns)
    return ax


def ranking_text(projection: Result) -> str:
    """What the figure labour_ranking shows, for those who do not see it."""
    year, table = labour_ranked(projection)
    listed = table["official"] > 0
    first = ", ".join(projection.space.name(str(region)) for region in table.index[:3])
    return say(
        "Bars of the labour deficit by region in {year}, the largest first ({first}). Regions on "
        "the official list: {count}; of them among the {count} largest deficits: {among}.",
        year=year, first=first, count=number(int(listed.sum())),
        among=number(int(listed.iloc[: listed.sum()].sum())),
    )  # fmt: skip
