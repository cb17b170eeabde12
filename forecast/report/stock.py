"""Stock of facilities against need, year by year, with the years in which to order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast.errors import InputError
from forecast.infrastructure.orders import ORDER_YEAR, UNITS
from forecast.report import style
from forecast.report.extract import Result
from forecast.report.narrow import is_narrow, key_of
from forecast.report.order_sheets import order_list
from forecast.report.wording import capital, date, status_line, table_names, unit_words
from forecast.words import say
from forecast.words.digits import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FRAMES = ("infrastructure", "orders")
TALL = 4.3  # height of one panel with its words, cm
HEAD, FOOT = 0.95, 1.25  # of it: the name above, years and orders below, cm
STOCK, NEED = (style.SHADE_OF_STOCK, "....."), (style.BLUE, "")  # colour, hatch
SIDE = 1.8  # room for the numbers of the value axis, cm
NOW = 1.0  # years before the base at which overdue orders stand


@dataclass(frozen=True)
class Kind:
    """One kind of facility in one place; years are those of the run, 1 January.

    need, stock : (year) units; the stock without orders, NaN where it is not known
    ready       : (year) units of orders that are in use by then, together
    ordered     : {latest year of order: units}; years before the base are overdue
    """

    name: str
    unit: str
    need: pd.Series[float]
    stock: pd.Series[float]
    ready: pd.Series[float]
    ordered: Mapping[int, float]

    @property
    def known(self) -> bool:
        """Whether the stock is known in every year."""
        return bool(self.stock.notna().all())


@style.in_style
def stock_and_need(
    projection: Result,
    *,
    ax: Axes | None = None,
    region: str | None = None,
    kinds: Sequence[str] | None = None,
) -> Axes:
    """A panel for each kind of facility: need and stock on 1 January, and what to order when.

    region : id; the nation, the sum of its regions, without it
    kinds  : those shown; every kind that is ordered or whose stock is known without it
    Where the stock is not known both lines show what is added since the base year: the need that
    is added, and the orders in use. Below the years stand the units to order in each year.
    """
    place = projection.nation if region is None else region
    shown = kinds_of(projection, place, kinds)
    if not shown:
        raise InputError("", say("{region}: nothing is ordered and no stock is known",
                                 region=projection.space.name(place)))  # fmt: skip
    across = 1 if is_narrow() else 2
    rows = -(-len(shown) // across)
    key = key_of([
        (say("need"), {"facecolor": NEED[0]}),
        (say("stock and orders in use"), {"facecolor": STOCK[0], "hatch": STOCK[1]}),
        (say("to order"), {"marker": "v", "color": style.INK, "markersize": 4.2}),
        (say("overdue"), {"marker": "v", "color": style.VERMILION, "markersize": 4.2,
                          "markerfacecolor": "white"}),
    ])  # fmt: skip
    frames = [projection.frame(name) for name in FRAMES]
    measures = ("need", "capacity", UNITS)
    chosen = [f[(f["region"] == place) & f["measure"].isin(measures) & f["value"].notna()]
              for f in frames]  # fmt: skip
    ax = style.page(
        projection, ax,
        title=say("{region}: stock and need of facilities, and when to order",
                  region=projection.space.name(place)),
        explanation=say(
            "Where the stock is not known, both show what is added since {base}. Numbers below "
            "the years: units by the latest year of order; orders of before that date are overdue.",
            base=date(projection.base_year),
        ),
        status=status_line(chosen), norms=True, height=TALL * rows, left=0.2, right=0.2,
        above=key.above, below=0.1,
    )  # fmt: skip
    key.draw(ax, 0.0)
    width, height = style.size_of(ax)
    boxes = []
    for k in range(len(shown)):
        x = (k % across) * width / across + SIDE
        y = height - (k // across + 1) * TALL + FOOT
        boxes.append((x / width, y / height, (width / across - SIDE - 0.35) / width,
                      (TALL - HEAD - FOOT) / height))  # fmt: skip
    for panel, kind in zip(style.panels(ax, boxes), shown, strict=True):
        _panel(panel, kind, projection.base_year)
    return ax


def kinds_of(projection: Result, place: str, wanted: Sequence[str] | None = None) -> list[Kind]:
    """What the figure shows of each kind, in the order of the norms."""
    frame = projection.frame("infrastructure")
    frame = frame[frame["region"] == place]
    orders = projection.frame("orders")
    listed = order_list(orders[orders["region"] == place])
    names = table_names(projection.facilities, "kind")
    units = projection.facilities.set_index("kind")["unit"].astype(str)
    years = pd.Index(range(projection.base_year, projection.last_year + 1))
    found = []
    for name in projection.facilities["kind"].astype(str):
        rows = frame[frame["kind"] == name]
        need, stock = (
            rows[rows["measure"] == measure].groupby("year")["value"].sum(min_count=1)
            .reindex(years) for measure in ("need", "capacity")
        )  # fmt: skip
        own = listed[listed["kind"] == name]
        if need.isna().all() or (wanted is not None and name not in wanted):
            continue
        if wanted is None and own.empty and stock.isna().any():
            continue
        ready = own.groupby("year")[UNITS].sum().reindex(years, fill_value=0.0).cumsum()
        by_year = own.groupby(own[ORDER_YEAR].astype(int))[UNITS].sum()
        ordered = {int(str(year)): float(units) for year, units in by_year.items()}
        found.append(Kind(names[name], unit_words(projection, units[name]), need, stock, ready,
                          ordered))  # fmt: skip
    return found


def _panel(ax: Axes, kind: Kind, base: int) -> None:
    """Need as a line, stock with the orders in use as a stepped area, orders below."""
    years = kind.need.index.to_numpy(dtype=float)
    first = kind.stock if kind.known else pd.Series(0.0, index=kind.need.index)
    need = kind.need if kind.known else kind.need - kind.need.iloc[0]
    have = (first + kind.ready).to_numpy(dtype=float)
    low = min(float(first.min()), float(need.min()), float(have.min()))
    high = max(float(need.max()), float(have.max()))
    room = 0.12 * (high - low) or 1.0
    floor = low - room if kind.known else min(low - room, 0.0) if low < 0 else 0.0
    edges = np.append(years, years[-1] + 0.5)
    ax.stairs(have, edges, baseline=floor, fill=True, facecolor=STOCK[0],
              edgecolor="white", hatch=STOCK[1], linewidth=0, label="stock")  # fmt: skip
    ax.stairs(have, edges, baseline=None, color=style.GREY, linewidth=0.9)
    ax.plot(years, need, color=NEED[0], linewidth=1.6, marker="o", markersize=3, label="need")
    ax.set_xlim(base - NOW - 0.5, years[-1] + 0.5)
    ax.set_ylim(floor, high + room)
    style.number_ticks(ax.yaxis, 3, signed=not kind.known)
    ax.grid(axis="y")
    _head(ax, kind)
    _orders(ax, kind, base, [int(year) for year in years])


def _head(ax: Axes, kind: Kind) -> None:
    """The kind and its unit above, and what the lines are where the stock is not known."""
    width, height = style.size_of(ax)
    room = width + SIDE
    heading = f"{kind.name}, {kind.unit}"
    size = style.LABEL * min(1.0, room / style.text_width(heading, style.LABEL, bold=True))
    ax.text(-(SIDE - 0.1) / width, 1 + 0.48 / height, heading, transform=ax.transAxes,
            fontsize=size, fontweight="bold", va="baseline")  # fmt: skip
    words = say("stock known") if kind.known else say("stock not known: added since the base year")
    small = style.SMALL * min(1.0, room / style.text_width(words, style.SMALL))
    ax.text(-(SIDE - 0.1) / width, 1 + 0.12 / height, capital(words), transform=ax.transAxes,
            fontsize=small, color=style.GREY, va="baseline")  # fmt: skip


def _orders(ax: Axes, kind: Kind, base: int, years: Sequence[int]) -> None:
    """Under the axis: the years, and the units to order in each; overdue ones stand first."""
    width, height = style.size_of(ax)
    ax.set_xticks([])
    place = ax.get_xaxis_transform()
    columns = [base - NOW, *years]
    step = width / (years[-1] + 0.5 - (base - NOW - 0.5))
    late = sum(units for year, units in kind.ordered.items() if year < base)
    units = [late, *(kind.ordered.get(year, 0.0) for year in years)]
    widest = max(style.text_width(number(value), style.SMALL, bold=True) for value in units)
    size = style.SMALL * min(1.0, (step - 0.08) / widest)
    for k, (x, value) in enumerate(zip(columns, units, strict=True)):
        word = say("now") if k == 0 else str(years[k - 1])
        fits = style.SMALL * min(1.0, (step - 0.06) / style.text_width(word, style.SMALL))
        if k > 0 or value:
            ax.text(x, -0.12 / height, word, transform=place, ha="center", va="top", fontsize=fits)
        if value:
            colour, inside = (style.VERMILION, "white") if k == 0 else (style.INK, style.INK)
            ax.plot([x], [-0.56 / height], "v", transform=place, clip_on=False, markersize=3.6,
                    color=colour, markerfacecolor=inside)  # fmt: skip
            ax.text(x, -0.68 / height, number(value), transform=place, ha="center", va="top",
                    fontsize=size, fontweight="bold" if k == 0 else "normal")  # fmt: skip


def alternative(projection: Result) -> str:
    """What the figure shows, for those who do not see it."""
    shown = kinds_of(projection, projection.nation)
    parts = [f"{kind.name} {number(sum(kind.ordered.values()))}" for kind in shown if kind.ordered]
    return say(
        "Stock and need of facilities by year, {region}, with the units to order: {kinds}.",
        region=projection.space.name(projection.nation), kinds=", ".join(parts) or say("none"),
    )  # fmt: skip
