"""How much better than last year's moves each model of flows forecast, by years ahead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.errors import Faults, InputError, RunError
from forecast.migration.names import model_name
from forecast.report import style
from forecast.report.circle import pushed_inside
from forecast.report.wording import years
from forecast.words import mark, say
from forecast.words.digits import per_cent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

REFERENCE = "persistence"
# Colour, marker and line of each model; a model that is not here takes one that is free.
LOOKS: dict[str, tuple[str, str, Any]] = {
    "baseline": (style.INK, "o", "-"),
    "pooled": (style.BLUE, "s", "-"),
    "trend": (style.ORANGE, "^", (0, (4, 1.2))),
    "components": ("#00795a", "D", (0, (1.2, 1))),
    "gravity": (style.VERMILION, "v", "-"),
    "pair_effects": (style.SKY, "P", (0, (4, 1.2))),
    "boosted": ("#cc79a7", "X", "-"),
    "blend": ("#7a4b94", "*", (0, (5, 1, 1, 1))),
}
COLUMNS = {  # what the frame may call a column that is drawn beside the lines: its heading
    "coverage_80": mark("cells in\n80 %"),
    "coverage_95": mark("cells in\n95 %"),
}
SAME = {"cells_80": "coverage_80", "cells_95": "coverage_95"}
DEEPEST = -0.3  # a skill below leaves the figure: its number stands beside it
FORMATS = (".png", ".svg", ".pdf")
HEIGHT = 7.5  # of the axes, cm
ROW = 0.5  # height of one label, cm
LEFT = 1.75  # for the axis of skill, cm
NARROWEST = 5.0  # of the axes, cm
LEADER = 0.7  # from the axes to the labels, cm


def plot_skill(
    frame: pd.DataFrame,
    *,
    title: str | None = None,
    below: Sequence[str] = (),
    ax: Axes | None = None,
) -> Axes:
    """Lines of skill by years ahead, one for each model; persistence is the zero line.

    frame : a row for each model and horizon: model, horizon (years ahead), skill (1 less wMAPE
            over the wMAPE of persistence), wmape; coverage_80 and coverage_95 (or cells_80 and
            cells_95) if they are known, shares of 1
    title : the head of the figure, the usual one without it
    below : lines below it: where the moves come from, of which years
    Beside the lines stand skill and coverage at the last horizon of each model. A skill below
    -30 % leaves the figure at its lower edge. Unknown skill breaks the line.
    Raises InputError for a frame without those columns or rows, or with a row twice.
    """
    table = _checked(frame)
    with style.styled():
        return _draw(table, title or say("Skill of models of moves by years ahead"), below, ax)


def save_skill(table: pd.DataFrame, path: str | Path, *, first: int, last: int) -> Path:
    """Write the figure as PNG, SVG or PDF, as the name ends; returns the path.

    first, last : years of the moves that were forecast
    Raises InputError for another ending and RunError where the file cannot be written.
    """
    from forecast.report.figures import explained, write_figure  # late: they bring every figure

    path = figure_path(path)
    note = say("Moves of {years}. Every forecast uses what was known at its origin alone.",
               years=years(first, last))  # fmt: skip
    figure = plot_skill(table, below=[note]).get_figure(root=True)
    assert figure is not None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_figure(figure, path, path.suffix.lower()[1:], explained(figure))
    except OSError as error:
        raise RunError(path, say("cannot be written ({reason})", reason=error)) from error
    return path


def figure_path(path: str | Path) -> Path:
    """The path, when its name ends as a figure can; raises InputError for another ending."""
    path = Path(path)
    if path.suffix.lower() not in FORMATS:
        cure = say("name a file that ends in {endings}", endings=", ".join(FORMATS))
        raise InputError(path, say("this is no kind of figure") + "; " + cure)
    return path


def _checked(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with one name for each column, sorted by model as given and by horizon."""
    frame = frame.rename(columns=SAME)
    faults = Faults()
    for column in ("model", "horizon", "skill", "wmape"):
        if column not in frame:
            faults.add(say("skill"), say("the column '{name}' is missing", name=column))
    if not faults and frame.empty:
        faults.add(say("skill"), say("there is no row"))
    if not faults:
        twice = frame[frame.duplicated(["model", "horizon"])]
        for row in twice.to_dict("records"):
            faults.add(say("skill"), say("{model} at {n} years ahead stands there twice",
                                         model=row["model"], n=row["horizon"]))  # fmt: skip
    if faults:
        raise InputError("", faults)
    return frame.sort_values("horizon", kind="stable")


def _draw(table: pd.DataFrame, title: str, below: Sequence[str], ax: Axes | None) -> Axes:
    models = [str(model) for model in dict.fromkeys(table["model"])]
    lines = {model: table[table["model"] == model] for model in models}
    words = {model: model_name(model) for model in models}
    names = max(style.text_width(word, style.LABEL, bold=True) for word in words.values())
    columns = _columns(lines, style.width() - LEFT - LEADER - names - NARROWEST)
    reference = lines.get(REFERENCE)
    heads = max(len(column.lines) for column in columns)
    ax = style.page(
        list(below), ax, title=title, explanation=_explanation(table, reference is not None),
        height=HEIGHT, left=LEFT, right=LEADER + names + style.columns_width(columns),
        above=0.4 + style.height_of(heads, style.SMALL), below=1.5,
    )  # fmt: skip
    skills = table["skill"].to_numpy(dtype=float)
    known = 100 * skills[np.isfinite(skills)]
    bottom, top = max(min([*known, 0.0]), 100 * DEEPEST), max([*known, 0.0])
    room = 0.08 * (top - bottom) or 1.0
    low, high = bottom - room, top + room
    horizons = sorted({int(horizon) for horizon in table["horizon"]})
    ax.set_ylim(low, high)
    ax.set_xlim(horizons[0] - 0.25, horizons[-1] + 0.25)
    ax.axhline(0, color=style.GREY, linewidth=1.2)
    looks = _looks([model for model in models if model != REFERENCE])
    for model, (colour, marker, dashes) in looks.items():
        values = 100 * lines[model]["skill"].to_numpy(dtype=float)
        ahead = lines[model]["horizon"].to_numpy(dtype=float)
        ax.plot(ahead, values, color=colour, marker=marker, linestyle=dashes, linewidth=1.4,
                markersize=6 if marker == "*" else 4.5, markeredgecolor="white",
                markeredgewidth=0.4, label=model)  # fmt: skip
        under = values < low
        ax.plot(ahead[under], np.full(under.sum(), low + 0.35 * room), linestyle="none",
                marker=11, color=colour, markersize=5, label="below")  # fmt: skip
    _axes_words(ax, horizons, reference)
    _labels(ax, lines, words, columns, looks)
    return ax


def _explanation(table: pd.DataFrame, known: bool) -> str:
    text = say("Above zero: smaller errors of the pairs of regions (wMAPE) than if last year's "
               "moves came again.")  # fmt: skip
    if known:
        text += " " + say("Under the years: the wMAPE of last year's moves.")
    if (table["skill"] < DEEPEST).any():
        text += " " + say("Triangles below: skill less than {least}.",
                          least=per_cent(100 * DEEPEST, 0))  # fmt: skip
    return text + " " + say("Beside the lines: the last horizon.")


def _columns(lines: Mapping[str, pd.DataFrame], room: float) -> list[style.Column]:
    """Skill of each model at its last horizon, and how many values its intervals held.

    room : cm; coverage that does not fit into it is left to the table of the back-test
    """
    last = {model: rows.iloc[-1] for model, rows in lines.items()}
    skills = [per_cent(100 * float(row["skill"]), 1, signed=True) for row in last.values()]
    columns = [style.Column(say("skill"), skills, bold=True)]
    for name, heading in COLUMNS.items():
        shares = [float(row.get(name, np.nan)) for row in last.values()]
        if np.isfinite(shares).any():
            texts = [per_cent(100 * share, 0) if np.isfinite(share) else "\u2013"
                     for share in shares]  # fmt: skip
            column = style.Column(say(heading), texts)
            if style.columns_width([*columns, column]) <= room:
                columns.append(column)
    return columns


def _looks(models: Sequence[str]) -> dict[str, tuple[str, str, Any]]:
    free = [look for name, look in LOOKS.items() if name not in models]
    found = {}
    for model in models:
        found[model] = LOOKS[model] if model in LOOKS else (free.pop() if free else LOOKS["blend"])
    return found


def _axes_words(ax: Axes, horizons: Sequence[int], reference: pd.DataFrame | None) -> None:
    """Years ahead with the error of last year's moves under them, skill in per cent."""
    errors = {} if reference is None else dict(
        zip(reference["horizon"].astype(int), reference["wmape"].astype(float), strict=True)
    )  # fmt: skip
    texts = {horizon: per_cent(100 * error) for horizon, error in errors.items()}
    left, right = ax.get_xlim()
    widest = max((style.text_width(text, style.LABEL) for text in texts.values()), default=0.0)
    apart = (widest + 0.15) * (right - left) / style.size_of(ax)[0]
    shown: list[int] = []
    for horizon in sorted(texts, reverse=True):  # as many as there is room for, the last among them
        if not shown or shown[-1] - horizon >= apart:
            shown.append(horizon)
    words = [f"{horizon}\n{texts[horizon] if horizon in shown else ' '}" for horizon in horizons]
    ax.set_xticks(horizons, words)
    ax.set_xlabel(say("Years ahead"))
    style.number_ticks(ax.yaxis, 5, signed=True)
    ax.set_ylabel(say("Skill, per cent"))
    ax.grid(axis="y")


def _labels(
    ax: Axes,
    lines: Mapping[str, pd.DataFrame],
    words: Mapping[str, str],
    columns: Sequence[style.Column],
    looks: Mapping[str, tuple[str, str, Any]],
) -> None:
    """The name of each line and its numbers, right of the axes, with a line to its end."""
    width, height = style.size_of(ax)
    low, high = ax.get_ylim()
    left, right = ax.get_xlim()
    ends = [100 * float(rows["skill"].iloc[-1]) for rows in lines.values()]
    feet = np.clip(np.nan_to_num(ends, nan=low), low, high)
    gap = ROW / height * (high - low)
    places = pushed_inside(
        np.array(style.spread(list(feet), gap)), gap, low + gap / 2, high - gap / 2
    )
    wide = (right - left) / width  # a centimetre across
    names = max(style.text_width(word, style.LABEL, bold=True) for word in words.values())
    for k, (model, rows) in enumerate(lines.items()):
        colour = looks[model][0] if model in looks else style.GREY
        start = right if model not in looks else float(rows["horizon"].iloc[-1])
        ax.plot([start, right + 0.1 * wide, right + (LEADER - 0.1) * wide],
                [feet[k], feet[k], places[k]], color=colour, linewidth=0.6, clip_on=False,
                label="leader", zorder=1)  # fmt: skip
        x = right + LEADER * wide
        ax.text(x, places[k], words[model], fontsize=style.LABEL, va="center_baseline",
                fontweight="bold" if model == REFERENCE else "normal")  # fmt: skip
        x += names * wide
        for column in columns:
            x += column.width * wide
            ax.text(x, places[k], column.texts[k], fontsize=style.LABEL, ha="right",
                    va="center_baseline",
                    fontweight="bold" if column.bold else "normal")  # fmt: skip
    x = right + (LEADER + names) * wide
    for column in columns:
        x += column.width * wide
        for k, line in enumerate(reversed(column.lines)):
            raised = (0.2 + style.height_of(k, style.SMALL)) / height * (high - low)
            ax.text(x, high + raised, line, ha="right", va="baseline", fontsize=style.SMALL,
                    color=style.GREY)  # fmt: skip
