"""Indicators as bullets: a bar for the value of each run, a line for what it is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.indicators import DIRECTIONS
from forecast.indicators.measure import BASELINE, FIRST_YEAR, RUN, TARGET
from forecast.report import style
from forecast.report.sheet import Row, Table
from forecast.report.wording import STATUS_WORDS, capital, worded
from forecast.tables import JOBS, PERSONS
from forecast.words import mark, say
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from forecast.report.extract import Result

NAMES, BAR_ROOM, COLUMN = 4.9, 4.25, 2.15  # cm: names, bullets, each column of numbers
BAR, STEP, TICKS, GAP = 0.34, 0.46, 0.55, 0.3  # cm: a bar, from bar to bar, room for ticks, rows
FINE = ("percent", "times")  # units that are told with a decimal whatever their size
WHOLE_FROM = 100
AGAINST_WORDS = {
    TARGET: mark("target"),
    BASELINE: mark("base value"),
    FIRST_YEAR: mark("first year of the run"),
}
LOOKS = {  # met: word, colour, hatch
    True: (mark("met"), style.BLUE, ""),
    False: (mark("not met"), style.ORANGE, "//////"),
    None: (mark("held against nothing"), style.GREY, "....."),
}
ROLES = {"run": mark("run"), "baseline": mark("base value"), "published": mark("published")}


def shown_rows(frame: pd.DataFrame, year: int | None = None) -> pd.DataFrame:
    """One row of each indicator and run: of a year, else of the last that is held against
    something, else of the last."""
    rows = frame[frame["role"] == RUN]
    if year is not None:
        exact = rows[rows["year"] == year]
        lone = rows.groupby(["scenario", "run_id", "indicator"])["year"].transform("size") == 1
        return pd.concat([exact, rows[lone & (rows["year"] != year)]]).sort_index()
    known = rows["value"].notna()
    rank = 2 * (rows["against"] != "") + known
    rows = rows.assign(rank=rank).sort_values(["rank", "year"], kind="stable")
    last = rows.groupby(["scenario", "run_id", "indicator"], sort=False).tail(1)
    return last.drop(columns="rank").sort_index()


@dataclass(frozen=True)
class Bullet:
    """One row of the figure: an indicator with the rows of its runs, and how high it is (cm)."""

    lines: list[str]
    rows: list[dict[Any, Any]]
    height: float
    reason: list[str]

    @property
    def known(self) -> bool:
        return not self.reason


def bullets(
    frame: pd.DataFrame, runs: Sequence[Result], title: str, *, year: int | None = None
) -> Axes:
    """A bullet for each indicator; those without a value say why.

    frame : of `forecast.indicators.measured`, of all runs one below the other
    """
    with style.styled():
        return _draw(frame, runs, title, year)


def _draw(frame: pd.DataFrame, runs: Sequence[Result], title: str, year: int | None) -> Axes:
    shown = shown_rows(frame, year)
    rows = _bullets(shown)
    when = sorted(set(shown.loc[shown["value"].notna(), "year"]))
    alone = len(when) == 1
    height = sum(row.height for row in rows)
    texts = [say("The bar is the value of the run, the line what it is held against: the target "
                 "of the year, else the baseline or the first year of the run.")]  # fmt: skip
    if len(runs) > 1:
        texts.append("; ".join(f"{k}: {run.title}" for k, run in enumerate(runs, 1)) + ".")
    ax = style.page(
        _below(runs, frame), None, title=title, explanation=" ".join(texts),
        height=height, above=1.6, below=0.1, left=0.15, right=0.15,
    )  # fmt: skip
    width = style.size_of(ax)[0]
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.set_axis_off()
    top = 0.0
    for row in rows:
        _bullet(ax, row, top, many=len(runs) > 1, alone=alone)
        top += row.height
        ax.plot([0, width], [top - GAP / 2] * 2, color=style.PALE, linewidth=0.5, clip_on=False)
    head = say("value") + (f" {when[0]}" if alone else "")
    heads = (head, say("held against"), say("likely"))
    _headings(ax, [style.wrap(word, COLUMN - 0.25, style.SMALL) for word in heads])
    style.key(ax, [(say(word), {"facecolor": colour, "hatch": hatch})
                   for word, colour, hatch in LOOKS.values()], 0.0, 0.75)  # fmt: skip
    return ax


def _headings(ax: Axes, heads: Sequence[Sequence[str]]) -> None:
    """What stands over the columns of numbers, from the bottom line up."""
    for place, lines in enumerate(heads, 1):
        for k, line in enumerate(reversed(lines)):
            x, y = NAMES + BAR_ROOM + place * COLUMN, -0.15 - style.height_of(k, style.SMALL)
            ax.text(x, y, line, ha="right", va="bottom", fontsize=style.SMALL, color=style.GREY)


def _bullets(rows: pd.DataFrame) -> list[Bullet]:
    """The rows of the figure; indicators that are all unknown for one reason and of one title but
    for a number stand in one."""
    found: list[Bullet] = []
    numbered = 0
    for name, part in rows.groupby("indicator", sort=False):
        records = part.to_dict("records")
        title = str(records[0]["title"])
        if str(name).startswith("unpublished-"):
            numbered += 1
            last = (title, str(records[0]["reason"]))
            continue
        unit = say(str(records[0]["unit"]))
        lines = style.wrap(f"{title}, {unit}", NAMES - 0.75, style.LABEL)
        reason: list[str] = []
        if part["value"].isna().all():
            words = say("unknown") + ": " + str(records[0]["reason"])
            reason = style.wrap(words, style.width() - NAMES - 0.5, style.LABEL)
        tall = len(reason) * style.height_of(1, style.LABEL) if reason else \
            STEP * len(records) + TICKS  # fmt: skip
        tall = max(tall, style.height_of(len(lines), style.LABEL)) + GAP
        found.append(Bullet(lines, records, tall, reason))
    if numbered:
        words = last[0].rsplit(" ", 1)[0] + f" 1\u2013{numbered}"
        lines = style.wrap(words, NAMES - 0.75, style.LABEL)
        reason = style.wrap(say("unknown") + ": " + last[1], style.width() - NAMES, style.LABEL)
        found.append(Bullet(lines, [], style.height_of(len(lines), style.LABEL) + GAP, reason))
    return found


def _bullet(ax: Axes, row: Bullet, top: float, *, many: bool, alone: bool) -> None:
    """many : there are several runs, numbered; alone : all values are of one year"""
    step = style.height_of(1, style.LABEL)
    for k, words in enumerate(row.lines):
        ax.text(0, top + k * step, words, va="top", fontsize=style.LABEL)
    for k, words in enumerate(row.reason):
        ax.text(NAMES, top + k * step, words, va="top", fontsize=style.LABEL, color=style.GREY)
    if not row.known:
        return
    tall = STEP * len(row.rows)
    bar_ax = ax.inset_axes((NAMES, top, BAR_ROOM - 0.3, tall), transform=ax.transData)
    bar_ax.set_facecolor(style.SHADE)
    ends = [0.0]
    for place, line in enumerate(row.rows):
        value, target = float(line["value"]), float(line["target"])
        met = line["met"] if line["met"] in (True, False) else None
        _, colour, hatch = LOOKS[met]
        ends += [end for end in (value, target) if not np.isnan(end)]
        if not np.isnan(value):
            box = np.array([[0.0, place - BAR / STEP / 2, value, place + BAR / STEP / 2]])
            style.rectangles(bar_ax, box, facecolor=colour, hatch=hatch, edgecolor="white",
                             linewidth=0)  # fmt: skip
        if not np.isnan(target):
            bar_ax.plot([target] * 2, [place - 0.46, place + 0.46], color=style.INK, linewidth=2.2)
        y = top + (place + 0.5) * STEP
        if many:
            ax.text(NAMES - 0.12, y, str(place + 1), ha="right", va="center_baseline",
                    fontsize=style.SMALL, color=style.GREY)  # fmt: skip
        for column, text in enumerate(_texts(line, alone), 1):
            ax.text(NAMES + BAR_ROOM + column * COLUMN, y, text, ha="right",
                    va="center_baseline", fontsize=style.LABEL)  # fmt: skip
    room = 0.04 * (max(ends) - min(ends)) or 1.0
    low = min(ends) - (room if min(ends) < 0 else 0.0)
    bar_ax.set_xlim(low, max(ends) + (room if max(ends) > 0 else 0.0))
    bar_ax.set_ylim(len(row.rows) - 0.5, -0.5)
    bar_ax.set_yticks([])
    bar_ax.tick_params(labelsize=style.SMALL)
    style.number_ticks(bar_ax.xaxis, 3)
    bar_ax.spines["left"].set_visible(False)
    bar_ax.axvline(0, color=style.INK, linewidth=0.8)


def _texts(line: dict[Any, Any], alone: bool) -> tuple[str, str, str]:
    """Value, what it is held against, how likely it is met."""
    unit = str(line["unit"])
    against = "" if not line["against"] else amount(float(line["target"]), unit)
    likely = ""
    if line["against"]:
        likely = per_cent(100 * float(line["probability"]), 0)
    value = amount(float(line["value"]), unit)
    return value if alone else f"{value} ({line['year']})", against, likely


def amount(value: float, unit: str, *, signed: bool = False) -> str:
    """A value of an indicator as a reader writes it, without its unit."""
    whole = unit in (PERSONS, JOBS) or (unit not in FINE and abs(value) >= WHOLE_FROM)
    return number(value, 0 if whole else 1, signed=signed)


def _below(runs: Sequence[Result], frame: pd.DataFrame) -> list[str]:
    sources = "; ".join(dict.fromkeys(run.sources for run in runs))
    named = ", ".join(f"{run.title} ({run.scenario_name}, {run.run_id})" for run in runs)
    found = set(frame.loc[frame["role"] == RUN, "status"])
    statuses = ", ".join(worded(name, STATUS_WORDS) for name in STATUS_WORDS if name in found)
    return [
        say("Source: {source}", source=sources),
        say("Status: {status}", status=statuses) + " · " + say("Runs: {runs}", runs=named),
    ]


def alternative(frame: pd.DataFrame, figure: Figure, year: int | None = None) -> str:
    """What the figure shows, for those who do not see it."""
    from forecast.report.figures import explained  # late: it brings every figure

    rows = shown_rows(frame, year)
    rows = rows[rows["value"].notna()]
    told = "; ".join(
        f"{line['title']}: {amount(line['value'], line['unit'])} ({line['year']})"
        for line in rows.to_dict("records")
    )
    return " ".join(filter(None, (explained(figure), told)))


def sheet_of(frame: pd.DataFrame, title: str, names: dict[str, str]) -> Table:
    """Every row for the workbook.

    names : title of each scenario by its run id
    """
    columns = ("value", "target", "gap", "probability", "standard_error")
    rows = []
    for line in frame.to_dict("records"):
        numbers = [float(line[name]) for name in columns]
        held = bool(line["against"])
        cells: list[float | None] = [
            number_ if held or place == 0 else None for place, number_ in enumerate(numbers)
        ]
        met = LOOKS[bool(line["met"])][0] if line["met"] in (True, False) else ""
        run = names.get(line["run_id"], "") if line["role"] == RUN else ""
        unit = str(line["unit"])
        notes = dict.fromkeys(filter(None, (line["reason"], line["probability_reason"])))
        rows.append(Row(
            (run, line["indicator"], line["title"], worded(line["role"], ROLES),
             str(line["year"]), say(unit),
             worded(line["direction"], DIRECTIONS) if line["direction"] else "",
             worded(line["against"], AGAINST_WORDS) if held else "", say(met),
             "; ".join(notes), line["source"]),
            cells,
            [1 if unit in FINE else 0] * 3 + [2, 3],
            worded(line["status"], STATUS_WORDS),
        ))  # fmt: skip
    return Table(
        say("Indicators"), title,
        say("Gap: what is missing to the target, positive = short. Probability: share of the draws "
            "in which it is met."),
        [say("Scenario"), say("Id"), say("Indicator"), say("Row"), say("Year"), say("Unit"),
         say("Direction"), capital(say("held against")), capital(say("met")), say("Note"),
         say("Source"), say("Value"), say("Value held against"), say("Gap"), say("Probability"),
         say("Standard error"), say("Status")],
        rows,
    )  # fmt: skip
