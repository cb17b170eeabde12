"""Orders of facilities on a time line: how much of each kind must be ordered in which year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast.errors import InputError
from forecast.infrastructure.orders import ORDER_YEAR, SHORT_TODAY, UNITS
from forecast.report import style
from forecast.report.extract import Result
from forecast.report.narrow import fitting
from forecast.report.order_sheets import FALLS, order_list
from forecast.report.wording import date, status_line, table_names, unit_words
from forecast.words import say
from forecast.words.digits import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OVERDUE, IN_TIME = (style.VERMILION, "//////"), (style.BLUE, "")  # colour, hatch
ROW = 1.15  # height of one kind, cm
HIGH = 0.62  # of a row: its highest bar
WIDE = 0.72  # of a column: a bar
APART = 0.1  # cm between the numbers of neighbouring years
LEFT = 4.0  # cm for the names of kinds at most: numbers of neighbouring years need the rest


@style.in_style
def orders(projection: Result, *, ax: Axes | None = None, region: str | None = None) -> Axes:
    """Units to order by kind of facility and latest year of order; what is overdue stands first.

    region : id of a region; the nation, the sum of its regions, without it
    Bars of one kind are in proportion to each other; kinds have units of their own. On the right
    the units by which need falls where nothing is ordered, and those published as short.
    """
    place = projection.nation if region is None else region
    frame = projection.frame("orders")
    frame = frame[frame["region"] == place]
    table = _by_order_year(frame, projection.base_year)
    falling = frame[frame["action"].isin(FALLS)]
    falls, short = (
        falling[falling["measure"] == measure].groupby("kind")["value"].sum()
        for measure in (UNITS, SHORT_TODAY)
    )
    kinds = kinds_of(projection, place)
    if not kinds:
        raise InputError(
            "", say("{region}: nothing is ordered", region=projection.space.name(place))
        )
    ordered = table.sum(axis=1, min_count=1)
    table = table.reindex(kinds)
    names = table_names(projection.facilities, "kind")
    units = projection.facilities.set_index("kind")["unit"].astype(str)
    labels = {kind: f"{names[kind]} ({unit_words(projection, units[kind])})" for kind in kinds}
    # the list is whole: of a kind that is not on it nothing is ordered
    totals = [number(ordered.get(kind, 0.0)) for kind in kinds]
    columns = [
        style.Column(say("in all"), totals, True),
        style.Column(say("need falls by"),
                     [number(falls[kind]) if kind in falls else "" for kind in kinds]),
    ]  # fmt: skip
    if len(short):
        texts = [number(short[kind]) if kind in short else "" for kind in kinds]
        columns.append(style.Column(say("short, as published"), texts))
    left = min(style.names_width(labels, style.SMALL), LEFT, 0.33 * style.width())
    columns = fitting(columns, left)
    table, later = _fitting(table, style.width() - left - style.columns_width(columns))
    ax = style.page(
        projection, ax,
        title=say("{region}: what to order and when", region=projection.space.name(place)),
        explanation=say(
            "Units by the latest year of order; bars of one kind are in proportion. Orders of "
            "before {base} are overdue.", base=date(projection.base_year),
        ) if len(columns) == 1 else say(
            "Units by the latest year of order; bars of one kind are in proportion. Orders of "
            "before {base} are overdue. Need falls by: fewer are needed by {last} in regions that "
            "order none; that does not say that places are empty.",
            base=date(projection.base_year), last=date(projection.last_year),
        ),
        status=status_line([frame[frame["measure"] == UNITS]]), norms=True,
        height=ROW * len(kinds), left=left, right=style.columns_width(columns), above=0.75,
        below=0.3,
    )  # fmt: skip
    _bars(ax, table)
    _frame(ax, labels, [int(year) for year in table.columns], left, later)
    style.number_columns(ax, columns)
    return ax


def kinds_of(projection: Result, place: str) -> list[str]:
    """The kinds that a region, or the nation, orders or needs fewer of, in the order of the norms.

    Empty where the figure has nothing to show.
    """
    frame = projection.frame("orders")
    frame = frame[frame["region"] == place]
    falls = frame[frame["action"].isin(FALLS) & (frame["measure"] == UNITS)]
    found = {*order_list(frame)["kind"], *falls["kind"]}
    return [kind for kind in projection.facilities["kind"] if kind in found]


def _by_order_year(frame: pd.DataFrame, base_year: int) -> pd.DataFrame:
    """(kind, year of order) units; the years before the base year are one column, 0."""
    listed = order_list(frame)
    if listed.empty:
        return pd.DataFrame(columns=[0], dtype=float)
    year = listed[ORDER_YEAR].astype(float)
    listed = listed.assign(column=np.where(year < base_year, 0.0, year))
    table = listed.groupby(["kind", "column"])[UNITS].sum().unstack("column")
    last = int(max(year.max(), base_year))
    return table.reindex(columns=[0, *range(base_year, last + 1)])


def _fitting(table: pd.DataFrame, room: float) -> tuple[pd.DataFrame, bool]:
    """The table with as many years as have room for their numbers, the last ones together.

    room : cm for all columns. Also returns whether the last column holds later years too.
    """
    texts = [say("now"), f"{table.columns[-1]}+"]
    texts += [number(value) for value in table.to_numpy(dtype=float).ravel() if value > 0]
    wide = max(style.text_width(text, style.SMALL) for text in texts) + APART
    most = max(int(room / wide), 2)
    if table.shape[1] <= most:
        return table, False
    kept, rest = table.iloc[:, : most - 1], table.iloc[:, most - 1 :]
    together = rest.sum(axis=1, min_count=1).to_frame(rest.columns[0])
    return pd.concat([kept, together], axis=1), True


def _bars(ax: Axes, table: pd.DataFrame) -> None:
    """A bar for each kind and year with its number; what is overdue in the colour of alarm."""
    values = table.to_numpy(dtype=float)
    largest = np.nanmax(np.where(np.isnan(values), 0.0, values), axis=1, initial=0.0)
    boxes: dict[bool, list[tuple[float, float, float, float]]] = {True: [], False: []}
    for row, column in np.argwhere(values > 0):
        foot, high = row + 0.4, HIGH * values[row, column] / largest[row]
        boxes[bool(column == 0)].append((column - WIDE / 2, foot - high, column + WIDE / 2, foot))
        ax.text(column, foot - high - 0.03, number(values[row, column]), ha="center", va="bottom",
                fontsize=style.SMALL)  # fmt: skip
    for overdue, found in boxes.items():
        if found:
            colour, hatch = OVERDUE if overdue else IN_TIME
            style.rectangles(ax, np.array(found), facecolor=colour, hatch=hatch, linewidth=0,
                             edgecolor="white")  # fmt: skip


def _frame(ax: Axes, labels: dict[str, str], years: list[int], left: float, later: bool) -> None:
    """Kinds down the side, years of order along the top; `later`: the last is not the only one."""
    rows = len(labels)
    ax.set_ylim(rows - 0.45, -0.6)
    ax.set_xlim(-0.5, len(years) - 0.5)
    ax.set_yticks([])
    ax.set_xticks([])
    width, height = style.size_of(ax)
    for row, text in enumerate(labels.values()):
        lines = "\n".join(style.wrap(text, left - 0.3, style.SMALL))
        ax.text(-0.15 / width, row + 0.1, lines, transform=ax.get_yaxis_transform(), ha="right",
                va="center", fontsize=style.SMALL)  # fmt: skip
        ax.axhline(row + 0.4, color=style.PALE, linewidth=0.6, zorder=0)
    for column, year in enumerate(years):
        text = str(year) if year else say("now")
        if later and column == len(years) - 1:
            text = f"{year}+"
        ax.text(column, 1 + 0.2 / height, text, ha="center",
                va="baseline", fontsize=style.LABEL, transform=ax.get_xaxis_transform(),
                fontweight="normal" if year else "bold")  # fmt: skip
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)


def alternative(projection: Result) -> str:
    """What the figure shows, for those who do not see it."""
    frame = projection.frame("orders")
    frame = frame[frame["region"] == projection.nation]
    table = _by_order_year(frame, projection.base_year)
    names = table_names(projection.facilities, "kind")
    parts = [f"{names[str(kind)]} {number(line.sum())}" for kind, line in table.iterrows()]
    return say(
        "Bars of the facilities to order by latest year of order, {region}: {kinds}.",
        region=projection.space.name(projection.nation), kinds=", ".join(parts) or say("none"),
    )  # fmt: skip
