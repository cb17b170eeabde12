"""Why two runs differ in population: bars that lead from nothing to the difference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from forecast.account import DIFFERENCE, POPULATION, Account, Names, part_name
from forecast.account.words import LEAST, PAIRS, told_parts
from forecast.errors import InputError
from forecast.report import style
from forecast.report.wording import capital, date, person_scale
from forecast.words import say
from forecast.words.digits import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from forecast.report.extract import Result

ROW = 0.62  # height of one part, cm
ADDS, TAKES, WHOLE = (style.BLUE, ""), (style.ORANGE, "//////"), (style.GREY, ".....")
NAMES = 5.4  # room for the names of parts, cm


class Explained(Protocol):
    """What the figure needs: the two runs, their account, the words for it."""

    @property
    def one(self) -> Result: ...
    @property
    def other(self) -> Result: ...
    @property
    def account(self) -> Account: ...
    @property
    def region(self) -> str: ...
    @property
    def names(self) -> Names: ...
    @property
    def text(self) -> str: ...


def steps(found: Explained) -> pd.DataFrame:
    """name, value (persons) of each bar, in the order of the account, the difference last.

    For the nation arrivals and departures of one kind of move are one bar: inside the country they
    add up to nothing. Parts below half a person go together into the last one before the end.
    """
    rows = found.account.of(POPULATION, found.region)
    total = float(rows.loc[rows["part"] == DIFFERENCE, "value"].iloc[0])
    rows = rows[rows["part"] != DIFFERENCE]
    if found.region == found.one.space.nation:
        rows = rows.assign(part=rows["part"].replace(PAIRS))
    sums = rows.groupby(["part", "point"], sort=False)["value"].sum()
    shown = [
        (part_name(part, point, found.names.points), float(value))
        for (part, point), value in zip(sums.index, sums, strict=True)
        if abs(value) >= LEAST
    ]
    rest = total - sum(value for _, value in shown)
    if abs(rest) >= LEAST:
        shown.append((say("all else"), rest))
    return pd.DataFrame([*shown, (say("difference"), total)], columns=["name", "value"])


def waterfall(found: Explained, *, ax: Axes | None = None) -> Axes:
    """A bar for each part of the difference of population, each beginning where the last ended.

    Blue adds people to the second run, orange takes them away; the last bar is the difference.
    Raises InputError where the runs do not differ.
    """
    table = steps(found)
    if len(table) == 1 and abs(float(table["value"].iloc[0])) < LEAST:
        raise InputError("", say("the runs do not differ in this region"))
    with style.styled():
        return _draw(found, table, ax)


def _draw(found: Explained, table: pd.DataFrame, ax: Axes | None) -> Axes:
    values = table["value"].to_numpy(dtype=float)
    ends = np.append(np.cumsum(values[:-1]), values[-1])
    starts = np.append(np.append(0.0, ends[:-2]), 0.0)[: len(values)]
    scale, unit = person_scale(float(np.abs(np.concatenate([starts, ends])).max()))
    names = [style.wrap(capital(str(name)), NAMES, style.LABEL) for name in table["name"]]
    left = max(style.text_width(line, style.LABEL) for lines in names for line in lines) + 0.35
    column = style.Column(say("persons"), [number(value, signed=True) for value in values], True)
    space = found.one.space
    ax = style.page(
        _below(found), ax,
        title=say("What the difference of population comes from: {region}, {date}",
                  region=space.name(found.region), date=date(found.account.year)),
        explanation=say("{other} less {one}. Each bar begins where the one above ends; the last is "
                        "the difference.", other=found.names.other, one=found.names.one),
        height=ROW * len(table), left=left, right=style.columns_width([column]),
        above=0.95, below=1.0,
    )  # fmt: skip
    rows = np.arange(len(values))
    sides = (
        (say("adds people"), (values > 0) & (rows < rows[-1]), *ADDS),
        (say("takes people away"), (values < 0) & (rows < rows[-1]), *TAKES),
        (say("difference"), rows == rows[-1], *WHOLE),
    )
    for _, chosen, colour, hatch in sides:
        boxes = np.column_stack([starts / scale, rows - 0.32, ends / scale, rows + 0.32])[chosen]
        style.rectangles(ax, boxes, facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0)
    _lines(ax, ends / scale)
    _axis(ax, names, starts / scale, ends / scale)
    ax.set_xlabel(capital(unit))
    style.key(ax, [(word, {"facecolor": colour, "hatch": hatch})
                   for word, _, colour, hatch in sides], 0.3 - left)  # fmt: skip
    style.number_columns(ax, [column])
    return ax


def _lines(ax: Axes, ends: np.ndarray) -> None:
    """Thin lines from the end of each bar to the beginning of the next."""
    for row, end in enumerate(ends[:-1]):
        ax.plot([end, end], [row + 0.32, row + 0.68], color=style.GREY, linewidth=0.6)


def _axis(ax: Axes, names: Sequence[Sequence[str]], starts: np.ndarray, ends: np.ndarray) -> None:
    """Parts down the side, signed numbers along the bottom, a line at nothing."""
    reach = np.concatenate([starts, ends, [0.0]])
    room = 0.03 * float(reach.max() - reach.min()) or 1.0
    ax.set_xlim(float(reach.min()) - room, float(reach.max()) + room)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.axvline(0, color=style.INK, linewidth=0.8)
    ax.set_yticks([])
    x, step = -0.15 / style.size_of(ax)[0], style.height_of(1, style.LABEL) / ROW
    for row, lines in enumerate(names):
        for k, line in enumerate(lines):
            ax.text(x, row + (k - (len(lines) - 1) / 2) * step, line, ha="right",
                    transform=ax.get_yaxis_transform(), va="center_baseline",
                    fontsize=style.LABEL,
                    fontweight="bold" if row == len(names) - 1 else "normal")  # fmt: skip
    style.number_ticks(ax.xaxis, 4, signed=True)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")


def _below(found: Explained) -> list[str]:
    """The lines below the figure: sources and both runs."""
    sources = "; ".join(dict.fromkeys((found.one.sources, found.other.sources)))
    runs = ", ".join(f"{run.title} ({run.scenario_name}, {run.run_id})"
                     for run in (found.one, found.other))  # fmt: skip
    status = say("projected")
    return [
        say("Source: {source}", source=sources),
        say("Status: {status}", status=status) + " · " + say("Runs: {runs}", runs=runs),
    ]


def alternative(found: Explained, figure: Figure) -> str:
    """What the figure shows, for those who do not see it."""
    from forecast.report.figures import explained  # late: it brings every figure

    parts = told_parts(found.account, found.region, found.names)[:3]
    most = "; ".join(f"{name} {number(value, signed=True)}" for name, value in parts)
    return explained(figure) + " " + say("Most of all: {names}.", names=most)
