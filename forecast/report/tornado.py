"""Which assumption moves a result most: bars from its low to its high value, the longest on top."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from forecast.errors import InputError
from forecast.report import style
from forecast.report.extract import Traced
from forecast.report.sheet import Row, Table, rounded
from forecast.report.wording import STATUS_WORDS, capital, footer, provenance, worded
from forecast.words import mark, say, say_n
from forecast.words.digits import number, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TOP = 12
NAMES = 5.6  # room for the names of assumptions, cm
BAR, GAP = 0.36, 0.24  # height of a bar, room between the names of two rows, cm
ARROW = "\u2192"
SIDES = {  # column: word, colour, hatch
    "result_low": (mark("at its low value"), style.BLUE, ""),
    "result_high": (mark("at its high value"), style.ORANGE, "//////"),
}
SCALES = (  # from which size on, by what, and the words
    (2e10, 1e9, mark("billion {unit}")),
    (2e7, 1e6, mark("million {unit}")),
    (2e4, 1e3, mark("thousand {unit}")),
)


class Swings(Traced, Protocol):
    """What the figure and the table need; see `forecast.varied.study.Sensitivity`."""

    @property
    def rows(self) -> pd.DataFrame: ...
    @property
    def words(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def region_name(self) -> str: ...
    @property
    def when(self) -> str: ...
    @property
    def central(self) -> float: ...
    @property
    def rule(self) -> str: ...
    @property
    def base_year(self) -> int: ...


def headline_of(found: Swings) -> str:
    """The title of the figure, the table and the sheet."""
    parts = (found.words, found.region_name, found.when)
    return say("What moves the result most: {result}", result=", ".join(filter(None, parts)))


def tornado(found: Swings, *, top: int = TOP, ax: Axes | None = None) -> Axes:
    """A bar for each of the `top` assumptions, between the results at its low and high value.

    The line is the result of the run as it is. Beside each bar stand the two values of the
    assumption; where both move the result to one side, each has half of the row.
    Raises InputError where nothing moves the result.
    """
    rows = found.rows.head(top)
    if rows.empty:
        raise InputError("", say("no assumption moves this result"))
    with style.styled():
        return _draw(found, rows, ax)


def _draw(found: Swings, rows: pd.DataFrame, ax: Axes | None) -> Axes:
    names = [style.wrap(capital(str(name)), NAMES, style.LABEL) for name in rows["name"]]
    reach = max(style.text_width(line, style.LABEL) for lines in names for line in lines)
    heights = np.array([style.height_of(len(lines), style.LABEL) + GAP for lines in names])
    at = np.cumsum(heights) - heights / 2  # cm from the top
    values = style.Column(say("low {arrow} high", arrow=ARROW), spans(rows))
    left = reach + 0.35
    divisor, unit = _scale(found, rows)
    statuses = [name for name in STATUS_WORDS if name in set(rows["status"])]
    line = say("The line: {value} {unit} with every assumption as it is.",
               value=short(found.central / divisor), unit=unit)  # fmt: skip
    ax = style.page(
        footer(found, ", ".join(worded(name, STATUS_WORDS) for name in statuses)), ax,
        title=headline_of(found), explanation=" ".join((line, *_further(found, len(rows)))),
        height=float(heights.sum()), left=left, right=style.columns_width([values]),
        above=1.0, below=1.05,
    )  # fmt: skip
    results = rows[list(SIDES)].to_numpy(dtype=float) / divisor
    centre = found.central / divisor
    _bars(ax, results, centre, at)
    low, high = min(float(results.min()), centre), max(float(results.max()), centre)
    room = 0.03 * (high - low) or 1.0
    ax.set_xlim(low - room, high + room)
    ax.set_ylim(float(heights.sum()), 0)
    ax.axvline(centre, color=style.INK, linewidth=0.9)
    _names(ax, names, at)
    style.number_ticks(ax.xaxis, 4)
    ax.set_xlabel(capital(unit))
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    style.key(ax, [(say(word), {"facecolor": colour, "hatch": hatch})
                   for word, colour, hatch in SIDES.values()], 0.3 - left)  # fmt: skip
    style.number_columns(ax, [values], at.tolist())
    return ax


def _bars(ax: Axes, results: np.ndarray, centre: float, at: np.ndarray) -> None:
    """From the central result to each other one; halves of a bar where both lie on one side."""
    moved = results - centre
    one_side = moved[:, 0] * moved[:, 1] > 0
    for side, (column, (_, colour, hatch)) in enumerate(SIDES.items()):
        top = np.where(one_side & (side == 1), at, at - BAR / 2)
        bottom = np.where(one_side & (side == 0), at, at + BAR / 2)
        boxes = np.column_stack([np.full(len(at), centre), top, results[:, side], bottom])
        style.rectangles(ax, boxes, facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0,
                         label=column)  # fmt: skip


def _names(ax: Axes, names: Sequence[Sequence[str]], at: np.ndarray) -> None:
    """The assumptions down the side, over as many lines as each needs."""
    ax.set_yticks([])
    x, step = -0.15 / style.size_of(ax)[0], style.height_of(1, style.LABEL)
    for place, lines in zip(at, names, strict=True):
        for k, line in enumerate(lines):
            y = place + (k - (len(lines) - 1) / 2) * step
            ax.text(x, y, line, transform=ax.get_yaxis_transform(), ha="right",
                    va="center_baseline", fontsize=style.LABEL)  # fmt: skip


def _scale(found: Swings, rows: pd.DataFrame) -> tuple[float, str]:
    """The divisor and unit in which results of this size read well."""
    largest = float(rows[[*SIDES, "result_central"]].abs().to_numpy(dtype=float).max())
    for size, divisor, words in SCALES:
        if largest >= size:
            return divisor, say(words, unit=found.unit)
    return 1.0, found.unit


def _further(found: Swings, shown: int) -> list[str]:
    """How many assumptions are not shown, and how far each was moved."""
    more = len(found.rows) - shown
    told = [say_n("{n} more moves it less.", "{n} more move it less.", more)] if more > 0 else []
    return [*told, found.rule]


def spans(rows: pd.DataFrame) -> list[str]:
    """The low and the high value of each assumption, as a reader writes them."""
    return [
        f"{_value(line['low'], line['low_variant'])} {ARROW} "
        f"{_value(line['high'], line['high_variant'])}"
        for line in rows.to_dict("records")
    ]


def _value(value: float, variant: str) -> str:
    """A number, or what names a variant that has none: the year of a level."""
    if np.isfinite(value):
        return short(float(value))
    return variant.removeprefix("level-")


def alternative(found: Swings, figure: Figure) -> str:
    """What the figure shows, for those who do not see it."""
    from forecast.report.figures import explained  # late: it brings every figure

    rows = found.rows.head(3)
    most = "; ".join(
        f"{line['name']} ({short(line['result_low'])} {ARROW} {short(line['result_high'])})"
        for line in rows.to_dict("records")
    )
    return " ".join((
        explained(figure), say("Most of all: {names}.", names=most),
        say("Scenario: {title}.", title=found.title),
    ))  # fmt: skip


def sheet_of(found: Swings) -> Table:
    """Every assumption that moves the result, for the workbook."""
    columns = ("low", "central", "high", "result_low", "result_central", "result_high", "swing")
    rows = []
    for line, span in zip(found.rows.to_dict("records"), spans(found.rows), strict=True):
        numbers = [None if np.isnan(line[name]) else float(rounded(np.asarray(line[name])))
                   for name in columns]  # fmt: skip
        rows.append(Row(
            (line["assumption"], capital(line["name"]), span, line["unit"], line["range"],
             line["source"]),
            numbers,
            [0 if value is None else _digits(value) for value in numbers],
            worded(line["status"], STATUS_WORDS),
        ))  # fmt: skip
    result = [say("result at the low value"), say("result of the run"),
              say("result at the high value"), say("swing")]  # fmt: skip
    return Table(
        say("Sensitivity"),
        f"{headline_of(found)} ({found.unit})",
        f"{found.rule} " + say("The swing is the largest less the smallest result."),
        [say("Id"), say("Assumption"), say("low {arrow} high", arrow=ARROW), say("Unit"),
         say("Range"), say("Source"), say("low"), say("central"), say("high"), *result,
         say("Status")],
        rows,
    )  # fmt: skip


def book_of(found: Swings) -> bytes:
    """The workbook with that sheet, as the content of its file."""
    from forecast.report.excel import write_table

    return write_table(sheet_of(found), provenance(found), found.title, found.base_year)


def _digits(value: float) -> int:
    """Digits behind the point that a cell shows."""
    size = abs(value)
    return 0 if size >= 1000 or size == 0 else 1 if size >= 100 else 2 if size >= 10 else 3


def shown(value: float) -> str:
    """A result as it stands in a table on the screen."""
    return number(value) if abs(value) >= 1000 else short(value)
