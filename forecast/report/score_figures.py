"""Figures of scores: what each region's score is made of, and what a threshold does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forecast.report import style
from forecast.report.extract import Result
from forecast.report.wording import footer, short_names, status_line
from forecast.settlement.records import SMALL
from forecast.settlement.score_groups import told
from forecast.settlement.score_whole import Scoring
from forecast.words import say
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from forecast.space import Space

ROW = 0.56  # height of one region, cm
HEIGHT = 7.5  # of the curve, cm
LOOKS = (  # of the criteria: colour, hatch
    (style.BLUE, ""), (style.ORANGE, "//////"), (style.SKY, ""), (style.VERMILION, "......"),
    ("#00795a", "||||||"), ("#cc79a7", "xxxx"), ("#7a4b94", "++++++"), (style.PALE, "//////"),
)  # fmt: skip


def below_of(scoring: Scoring, projection: Result | None) -> list[str]:
    """The lines below a figure or a sheet: where it comes from and whose the weights are."""
    card = scoring.card
    lines = [say("Card: {title} ({name}). Weights, bins and mark are the user's input.",
                 title=card.title, name=card.name)]  # fmt: skip
    if projection is not None:
        lines += footer(projection, status_line([projection.frame("components")]))
    elif card.source:
        lines.append(say("Source: {source}", source=card.source))
    return lines


def contributions(
    scoring: Scoring, space: Space, projection: Result | None = None, *, ax: Axes | None = None
) -> Axes:
    """Points of each criterion above and below the reference, a stacked bar for each region.

    The bars of a region add up to the dot: its score less that of the reference. Regions by rank,
    those whose score is not known last.
    """
    with style.styled():
        return _contributions(scoring, space, projection, ax)


def _contributions(
    scoring: Scoring, space: Space, projection: Result | None, ax: Axes | None
) -> Axes:
    scores = scoring.scores
    order = np.argsort(np.nan_to_num(scores.rank, nan=np.inf), kind="stable")
    names = short_names(space)
    left = style.names_width(names)
    ids = [scoring.keys[k] for k in order]
    columns = [style.Column(say("score"), [number(scores.score[k], 1) for k in order], bold=True)]
    if scoring.firmness is not None:
        columns.append(style.Column(say("rank, 80 % of draws"), _intervals(scoring, order)))
    words = [term.criterion.name for term in scores.terms]
    rows = style.key_rows([*words, say("together"), say("mark")], style.width() - 0.6)
    heads = style.height_of(max(len(column.lines) for column in columns), style.SMALL)
    ax = style.page(
        below_of(scoring, projection), ax, title=scoring.card.title,
        explanation=say(
            "Right of zero: more points than the reference ({reference}). The bars of a region add "
            "up to the dot. The dashed line is the mark of {mark} points: {passed} of {count} "
            "regions reach it.",
            reference=number(scores.reference, 1), mark=number(scores.mark, 1),
            passed=number(int(scores.passed.sum())), count=number(len(ids)),
        ),
        height=ROW * len(ids), left=left, right=style.columns_width(columns),
        above=0.5 + heads + 0.45 * len(rows), below=1.0,
    )  # fmt: skip
    parts = np.nan_to_num(scores.contributions[order])  # a bar of what is not known has no length
    for side in (1, -1):
        start = np.zeros(len(ids))
        for k in range(parts.shape[1]):
            part = np.where(side * parts[:, k] > 0, parts[:, k], 0.0)
            colour, hatch = LOOKS[k % len(LOOKS)]
            boxes = np.column_stack([start, np.arange(len(ids)) - 0.33, start + part,
                                     np.arange(len(ids)) + 0.33])  # fmt: skip
            style.rectangles(ax, boxes, facecolor=colour, hatch=hatch, edgecolor="white",
                             linewidth=0, label=scores.terms[k].criterion.id)  # fmt: skip
            start = start + part
    ax.plot(scores.score[order] - scores.reference, range(len(ids)), "o", color=style.INK,
            markersize=3.6, markeredgecolor="white", markeredgewidth=0.5)  # fmt: skip
    _around_zero(ax, scores.mark - scores.reference)
    style.region_axis(ax, names, ids)
    ax.set_xlabel(say("Points above or below the reference"))
    signs: list[tuple[str, dict[str, Any]]]
    signs = [(word, {"facecolor": LOOKS[k % len(LOOKS)][0], "hatch": LOOKS[k % len(LOOKS)][1]})
             for k, word in enumerate(words)]  # fmt: skip
    signs.append((say("together"), {"marker": "o", "color": style.INK, "markersize": 3.6}))
    signs.append((say("mark"), {"marker": "|", "color": style.GREY, "markersize": 8}))
    done = 0
    for k, count in enumerate(rows):
        raised = heads + 0.45 * (len(rows) - 1 - k)
        style.key(ax, signs[done : done + count], 0.3 - left, raised)
        done += count
    style.number_columns(ax, columns)
    return ax


def _intervals(scoring: Scoring, order: NDArray[np.intp]) -> list[str]:
    firm = scoring.firmness
    assert firm is not None
    pairs = firm[["rank_low", "rank_high"]].to_numpy(dtype=float)[order]
    return [interval(low, high) for low, high in pairs.tolist()]


def interval(low: float, high: float) -> str:
    """3-5 with the dash of print, or the one rank."""
    return number(low) if not low < high else f"{number(low)}\u2013{number(high)}"


def _around_zero(ax: Axes, mark: float) -> None:
    low, high = min(ax.dataLim.x0, 0.0, mark), max(ax.dataLim.x1, 0.0, mark)
    room = 0.03 * (high - low) or 1.0
    ax.set_xlim(low - room, high + room)
    ax.axvline(0, color=style.INK, linewidth=0.8)
    ax.axvline(mark, color=style.GREY, linewidth=1.0, linestyle=(0, (4, 2)))
    style.number_ticks(ax.xaxis, 5, signed=True)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")


def threshold_curve(
    scoring: Scoring, projection: Result | None = None, *, ax: Axes | None = None
) -> Axes:
    """Share of the applicants that reach a threshold, and the qualified share of those."""
    with style.styled():
        return _threshold_curve(scoring, projection, ax)


def _threshold_curve(scoring: Scoring, projection: Result | None, ax: Axes | None) -> Axes:
    curve, scores, card = scoring.curve, scoring.scores, scoring.card
    assert curve is not None
    known = bool(curve["qualified"].notna().any())
    ax = style.page(
        below_of(scoring, projection), ax,
        title=say("What a threshold does to the inflow and its qualification"),
        explanation=threshold_text(scoring), height=HEIGHT, left=1.75, right=0.7,
        above=0.9, below=1.3,
    )  # fmt: skip
    shown = curve[curve["share"].notna()]
    ax.plot(shown["threshold"], 100 * shown["share"], color=style.BLUE, linewidth=1.6,
            label="share")  # fmt: skip
    signs = [(say("reach the threshold, share of applicants"), {"facecolor": style.BLUE})]
    highest = max(card.highest, scores.mark)
    if known:
        shown = curve[curve["qualified"].notna()]
        ax.plot(shown["threshold"], 100 * shown["qualified"], color=style.VERMILION,
                linewidth=1.6, linestyle=(0, (5, 1.5)), label="qualified")  # fmt: skip
        signs.append((say("qualified among them"), {"facecolor": style.VERMILION}))
        ax.axhline(100 * card.target, color=style.GREY, linewidth=1.0, linestyle=(0, (1, 1.5)))
        ax.text(highest, 100 * card.target - 1,
                say("target {share}", share=per_cent(100 * card.target, 0)),
                fontsize=style.SMALL, color=style.GREY, va="top", ha="right")  # fmt: skip
    ax.axvline(scores.mark, color=style.INK, linewidth=1.0, linestyle=(0, (4, 2)))
    ax.set_xlim(0, highest)
    ax.set_ylim(0, 105)
    ax.text(scores.mark, 30, say("mark {mark}", mark=number(scores.mark)) + " ", rotation=90,
            fontsize=style.SMALL, ha="right", va="center",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # fmt: skip
    ax.set_xlabel(say("Threshold, points"))
    ax.set_ylabel(say("Per cent"))
    style.number_ticks(ax.xaxis, 6)
    style.number_ticks(ax.yaxis, 6)
    ax.grid(axis="y")
    style.key(ax, signs)
    return ax


def threshold_text(scoring: Scoring) -> str:
    """What the threshold does, in words."""
    scores, card = scoring.scores, scoring.card
    known = int(scores.known.sum())
    passed = int(scores.passed.sum())
    text = say(
        "{passed} of {count} applicants reach the mark of {mark} points ({share}).",
        passed=number(passed), count=number(known), mark=number(scores.mark),
        share=per_cent(100 * passed / max(known, 1)),
    )  # fmt: skip
    if known and np.isnan(told(passed, known)):
        text = say(
            "How many of the applicants reach the mark of {mark} points is not shown: it "
            "would tell of fewer than {few} people.",
            mark=number(scores.mark),
            few=SMALL,
        )
    if card.qualified is None or 0 < known < SMALL:
        return text
    if np.isnan(scoring.lowest):
        more = say("At no threshold are {target} of those who reach it qualified.",
                   target=per_cent(100 * card.target, 0))  # fmt: skip
    else:
        reach = int((scores.score[scores.known] >= scoring.lowest - card.tolerance).sum())
        more = say(
            "The lowest threshold at which {target} of them are qualified is {threshold} points: "
            "{reach} applicants reach it.",
            target=per_cent(100 * card.target, 0), threshold=number(scoring.lowest, 1),
            reach=number(told(reach, known)),
        )  # fmt: skip
    return text + " " + more
