"""How long settlers stay: a curve with its band for each group, beside that of everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast.report import style
from forecast.settlement.retention import Curve, kaplan_meier
from forecast.settlement.retention_tables import groups, stay_frame
from forecast.words import say, say_n
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANELS, ACROSS = 12, 3  # most panels of a figure, everybody among them; panels in a row
JOIN = " · "  # between the words of a group
ROW = 4.4  # height of a row of panels, cm


def stay_curves(
    people: pd.DataFrame,
    by: Sequence[str] = (),
    *,
    horizon: float,
    names: Mapping[str, str],
    below: Sequence[str] = (),
    threshold: int = 5,
    ax: Axes | None = None,
) -> Axes:
    """A panel for each group of a cut, the largest first, and one for everybody.

    people : of `settlement.retention.episodes`; names: {word of a group: what it is called}
    below  : lines below the figure: source, status, last day of the observation
    Groups of fewer than `threshold` people are not drawn, nor what stands beyond the first eleven.
    """
    with style.styled():
        return _draw(people, by, horizon, names, below, threshold, ax)


def _draw(
    people: pd.DataFrame,
    by: Sequence[str],
    horizon: float,
    names: Mapping[str, str],
    below: Sequence[str],
    threshold: int,
    ax: Axes | None,
) -> Axes:
    shown, hidden = _chosen(people, by, names, threshold)
    across = min(ACROSS, len(shown)) if len(shown) > 1 else 1
    rows = -(-len(shown) // across)
    explanation = say(
        "Share still there by years since arrival; the band is the 95 % interval, marks tell of "
        "people who were seen no longer. In grey: everybody. The number: after {n} years.",
        n=number(horizon),
    )  # fmt: skip
    if hidden:
        explanation += " " + say_n(
            "{n} group is too small or too far down the list.",
            "{n} groups are too small or too far down the list.", hidden,
        )  # fmt: skip
    ax = style.page(
        list(below), ax, title=say("How long settlers stay"), explanation=explanation,
        height=ROW * rows, left=1.25, right=0.3, above=0.0, below=0.95,
    )  # fmt: skip
    width, height = style.size_of(ax)
    wide = width / across
    boxes = [
        (k % across / across, 1 - (k // across + 1) / rows + 0.35 / height,
         1 / across - (0.95 / width if across > 1 else 0), 1 / rows - 1.45 / height)
        for k in range(len(shown))
    ]  # fmt: skip
    whole = _curve(people)
    for place, (panel, (word, members)) in enumerate(
        zip(style.panels(ax, boxes), shown, strict=True)
    ):
        _panel(panel, _curve(members), whole if place else None, horizon)
        title = word or say("Everybody")
        lines = (
            title.split(JOIN)
            if style.text_width(title, style.LABEL, bold=True) > wide - 0.3
            else [title]
        )
        reach = max(style.text_width(line, style.LABEL, bold=True) for line in lines)
        font = style.LABEL * min(1.0, (wide - 0.3) / reach)
        panel.set_title("\n".join(lines), fontsize=font, loc="left", fontweight="bold")
        last_row = place + across >= len(shown)
        panel.set_xlabel(say("years since arrival") if last_row else "", fontsize=style.SMALL)
    return ax


def _chosen(
    people: pd.DataFrame, by: Sequence[str], names: Mapping[str, str], threshold: int
) -> tuple[list[tuple[str, pd.DataFrame]], int]:
    """What the panels are called and their people, and how many groups have no panel."""
    if not by:
        return [("", people)], 0
    frame = stay_frame(people, (tuple(by),), threshold=threshold)
    open_ = {tuple(row[name] for name in by) for row in frame[frame["shown"]].to_dict("records")}
    found = [(tuple(key.values()), rows) for key, rows in groups(people, by)]
    large = sorted(
        (part for part in found if part[0] in open_), key=lambda part: (-len(part[1]), part[0])
    )[: PANELS - 1]
    words = [(JOIN.join(names.get(word, word) for word in key), rows) for key, rows in large]
    return [("", people), *words], len(found) - len(words)


def _curve(people: pd.DataFrame) -> Curve:
    return kaplan_meier(people["years"].to_numpy(), people["left"].to_numpy(dtype=bool))


def _panel(ax: Axes, curve: Curve, whole: Curve | None, horizon: float) -> None:
    if whole is not None:
        ax.step(*_steps(whole, whole.survival, horizon), where="post", color="#8c8c8c",
                linewidth=0.9, label="everybody")  # fmt: skip
    times, low = _steps(curve, curve.low, horizon)
    ax.fill_between(times, low, _steps(curve, curve.high, horizon)[1], step="post",
                    color=style.SKY, alpha=0.35, linewidth=0, label="band")  # fmt: skip
    ax.step(*_steps(curve, curve.survival, horizon), where="post", color=style.BLUE, linewidth=1.4,
            label="stay")  # fmt: skip
    ends = _censored(curve, horizon)
    ax.plot(ends, [100 * curve.at(float(end))[0] for end in ends], "|", color=style.BLUE,
            markersize=4, markeredgewidth=0.6)  # fmt: skip
    stay = curve.at(horizon)[0]
    text = say("n = {n}", n=number(curve.people))
    if np.isfinite(stay):
        text = f"{per_cent(100 * stay, 0)}\n{text}"
    ax.text(0.03 * horizon, 6, text, fontsize=style.LABEL, va="bottom")
    ax.set_xlim(0, horizon)
    ax.set_ylim(0, 103)
    ax.set_xticks(range(int(horizon) + 1))
    ax.set_yticks([0, 50, 100], [per_cent(value, 0) for value in (0, 50, 100)])
    ax.tick_params(labelsize=style.SMALL)
    ax.grid(axis="y")


def _steps(curve: Curve, values: np.ndarray, horizon: float) -> tuple[np.ndarray, np.ndarray]:
    """Moments and per cent from arrival to the horizon, or to the last who was seen."""
    inside = curve.times <= horizon
    end = min(horizon, curve.last)
    shares = np.concatenate([[1.0], values[inside]])
    times = np.concatenate([[0.0], curve.times[inside], [end]])
    return times, 100 * np.concatenate([shares, shares[-1:]])


def _censored(curve: Curve, horizon: float) -> np.ndarray:
    """Where people were seen no longer, at most fifty marks a year.

    A single person is never marked alone in a large group: marks stand on a grid.
    """
    left = set(np.round(curve.times, 9))
    ends = np.array([end for end in curve.seen if round(float(end), 9) not in left])
    ends = ends[ends < horizon]
    return np.unique(np.round(ends * 50) / 50) if len(ends) else ends


def alternative(frame: pd.DataFrame, horizon: float) -> str:
    """What the figure shows, for those who do not see it; `frame` is that of `stay_frame`."""
    row = frame.iloc[0]
    return say(
        "Curves of the share of settlers still there; of {n} people {stay} stay {years} years.",
        n=number(row["people"]), stay=per_cent(100 * row["stay"], 0), years=number(horizon),
    )  # fmt: skip
