"""The moves of one region: where its people come from and where they go, from left to right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecast.report import style
from forecast.report.extract import Result
from forecast.report.moves import Array, Moves
from forecast.report.narrow import is_narrow
from forecast.report.wording import person_scale, short_names
from forecast.words import say
from forecast.words.digits import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.path import Path

ROW = 0.5  # height of one row, cm
BAR = 0.5  # width of the bar of the region in the middle, cm
THICK = 0.9  # of the widest ribbon, in rows
THIN = 0.1  # a ribbon of less, rows, has no white edge
TALLEST = 0.75  # of the bar in the middle, as a share of all rows
FROM, TO = style.BLUE, style.ORANGE


def one_region(projection: Result, found: Moves, region: str, ax: Axes | None) -> Axes:
    """Ribbons from the region's partners to it and from it to them, a row for each partner.

    All partners are drawn, those with whom most people are exchanged first. Both sides have one
    scale: the bar in the middle is as high as all arrivals on its left and all departures on its
    right. In a comparison the left is what the region gains and from whom, the right what it
    loses and to whom.
    """
    here = found.place(region)
    come, go = found.square[:, here], found.square[here]
    order = [int(k) for k in np.argsort(-(come + go), kind="stable") if k != here]
    come, go = come[order], go[order]
    scale, unit = person_scale(float(max(come.sum(), go.sum())))
    names = short_names(projection.space)
    labels = [*(names[found.ids[k]] for k in order), say("all regions")]
    heads = (say("arrivals"), say("departures"))
    if found.against is not None:
        heads = (say("gained"), say("lost"))
    columns = [
        style.Column(head, [number(value / scale, 1 if scale > 1 else 0, signed=signed)
                            for value in (*values, values.sum())], bold=True)
        for head, values, signed in (
            (heads[0], come, False), (heads[1], go, False), (say("net"), come - go, True),
        )
    ]  # fmt: skip
    if is_narrow() and ax is None:  # the net is the difference of the others
        columns = columns[:2]
    left = max(style.text_width(label, style.LABEL, bold=True) for label in labels)
    left += columns[0].width + 0.3
    ax = style.page(
        projection, ax,
        title=f"{region_title(projection, found, region)}, {unit}", explanation=_explanation(found),
        status=found.status, height=ROW * len(labels), left=left,
        right=style.columns_width(columns[1:]), above=0.75, below=0.15,
    )  # fmt: skip
    ax.set_axis_off()
    width, height = style.size_of(ax)
    ax.set_xlim(0, width)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    reach = width
    for column, bold in zip(columns[1:], (False, True), strict=False):
        reach += column.width
        _write(ax, column, reach, height, bold=bold)
    _write(ax, columns[0], -0.15, height)
    _write(ax, style.Column("", labels), -0.15 - columns[0].width, height)
    ends = (-left + 0.15, width + style.columns_width(columns[1:]) - 0.2)
    ax.plot(ends, [len(order) - 0.5] * 2, color=style.GREY, linewidth=0.6, clip_on=False)
    _ribbons(ax, come, go, width)
    _middle(ax, names[region], width, height)
    return ax


def region_title(projection: Result, found: Moves, region: str) -> str:
    """What a figure of the moves of one region is called, without the unit."""
    name = projection.space.name(region)
    if found.against is None:
        return say("{region}: moves from and to other regions, {when}", region=name,
                   when=found.when)  # fmt: skip
    return say("{region}: change of net moves with other regions, {when}", region=name,
               when=found.when)  # fmt: skip


def _explanation(found: Moves) -> str:
    if found.against is None:
        return say("Left: where people come from. Right: where they go. Net: arrivals less "
                   "departures. Sorted by moves both ways together.")  # fmt: skip
    return say(
        "This scenario less {other}. Left: whom the region gains more from, or loses less to, than "
        "there. Right: the other way round.",
        other=found.against,
    )  # fmt: skip


def _write(ax: Axes, column: style.Column, x: float, height: float, *, bold: bool = False) -> None:
    """A column of words or numbers that ends at `x` cm; its last row, the total, is bold."""
    last = len(column.texts) - 1
    for row, text in enumerate(column.texts):
        ax.text(x, row, text, ha="right", va="center_baseline", fontsize=style.LABEL,
                fontweight="bold" if bold or row == last else "normal")  # fmt: skip
    for k, line in enumerate(reversed(column.lines)):
        raised = (0.2 + style.height_of(k, style.SMALL)) / height * len(column.texts)
        ax.text(x, -0.5 - raised, line, ha="right", va="baseline", fontsize=style.SMALL,
                color=style.GREY)  # fmt: skip


def _ribbons(ax: Axes, come: Array, go: Array, width: float) -> None:
    """All ribbons to one scale, and the bar in the middle that they meet at."""
    from matplotlib.collections import PathCollection

    rows = len(come)
    most, total = float(max(come.max(), go.max())), float(max(come.sum(), go.sum()))
    scale = min(THICK / most, TALLEST * rows / total) if total > 0 else 0.0  # rows a person
    middle, centre = (rows - 1) / 2, width / 2
    for name, persons, colour, outer in (("come", come, FROM, 0.0), ("go", go, TO, width)):
        inner = centre + np.sign(outer - centre) * BAR / 2
        thick = scale * persons
        tops = middle - thick.sum() / 2 + np.concatenate([[0.0], np.cumsum(thick)])
        paths = [
            _ribbon((outer, row), (float(inner), float(tops[row] + thick[row] / 2)), thick[row])
            for row in range(rows) if persons[row] > 0
        ]  # fmt: skip
        # A white edge parts neighbours; it would rub out what is thin.
        wide = thick[persons > 0] > THIN
        edges = ["white" if one else colour for one in wide]
        ax.add_collection(PathCollection(paths, facecolors=colour, edgecolors=edges,
                                         linewidths=np.where(wide, 0.35, 0.1), alpha=0.85,
                                         label=name),
                          autolim=False)  # fmt: skip
        if not persons.any():
            continue
        box = [centre, tops[0], inner, tops[-1]]
        style.rectangles(ax, np.array([box]), facecolor=colour, edgecolor=style.INK, linewidth=0.6)


def _ribbon(outer: tuple[float, float], inner: tuple[float, float], thick: float) -> Path:
    """A ribbon as thick at both ends, rows, that leaves them level."""
    from matplotlib.path import Path

    half = (outer[0] + inner[0]) / 2
    edges = []
    for side in (-0.5, 0.5):
        a, b = outer[1] + side * thick, inner[1] + side * thick
        edges.append([(outer[0], a), (half, a), (half, b), (inner[0], b)])
    curve = [Path.CURVE4] * 3
    points = [*edges[0], *edges[1][::-1], edges[0][0]]
    return Path(points, [Path.MOVETO, *curve, Path.LINETO, *curve, Path.LINETO])


def _middle(ax: Axes, name: str, width: float, height: float) -> None:
    """The name of the region above the bar, between the headings."""
    size = min(style.BODY, style.BODY * width / style.text_width(name, style.BODY, bold=True))
    ax.text(0.5, 1 + 0.2 / height, name, transform=ax.transAxes, ha="center", va="baseline",
            fontsize=size, fontweight="bold")  # fmt: skip
