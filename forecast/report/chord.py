"""The circle of moves between regions, and the moves of one region as a flow from left to right.

In the circle every region has an arc: its departures, then its arrivals. A ribbon begins at the
arc of the region that people leave, in its colour, and ends pointed, a little short of the arc of
the region to which they come (N. Abel and G. J. Sander 2014, Quantifying global international
migration flows, Science 343: 1520-1522). Regions stand as the compass has them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.report import paper, style
from forecast.report.circle import (
    AWAY,
    Circle,
    Place,
    arcs,
    labels,
    ribbon,
    ribbon_ends,
    round_arc,
    turned,
)
from forecast.report.extract import Result
from forecast.report.moves import Array, Drawn, Moves, above, moves, not_drawn, threshold
from forecast.report.narrow import is_narrow, labels_of
from forecast.report.one_region import one_region
from forecast.report.wording import short_names
from forecast.words import say
from forecast.words.digits import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RIBBONS = 170  # at most as many flows are drawn
COLOURED = 6  # regions whose ribbons have a colour of their own: those that most people leave
# Dark and light in turn, so that neighbours on the circle stay apart in black and white.
COLOURS = (style.BLUE, style.ORANGE, "#005a43", style.VERMILION, style.SKY, "#7a2a5c")
OTHERS = "#9a9a9a"  # arcs and ribbons of the other regions
RADIUS, RING = 4.6, 0.26  # of the circle at most, width of the arcs; cm
THIN = 0.05  # a ribbon of less, cm, is fainter and has no white edge
SIZE = 7.5  # points of a label


@style.in_style
def flows(
    projection: Result,
    *,
    year: int | None = None,
    region: str | None = None,
    other: Result | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Moves between regions as ribbons in a circle; of one region as a flow from left to right.

    year   : calendar year; the mean of the run's years without it
    region : id; where its people come from and where they go, every region in its row
    other  : another run: the change of the net flows against it, who gains and who loses, from whom
    Thousand persons a year (persons where few move). At most 170 ribbons are drawn; how many
    persons the others hold stands above the circle. Arcs and numbers hold everybody.
    Raises InputError for a year that is not in the run and for a run without moves.
    """
    found = moves(projection, year, other)
    if region is not None and region != projection.nation:
        return one_region(projection, found, region, ax)
    least = threshold(found.square, RIBBONS)
    drawn = above(found.square, least)
    scale, unit = found.unit()
    names = short_names(projection.space)
    numbers = _numbers(found, scale)
    tags = labels_of(names, {key: "".join(pair) for key, pair in numbers.items()},
                     narrow=is_narrow() and ax is None)  # fmt: skip
    wide = max(style.text_width(line, SIZE, bold=True)
               for lines in tags.lines.values() for line in lines)  # fmt: skip
    inner = style.width() - 0.4
    radius = min(RADIUS, (inner - 2 * wide) / 2 - AWAY - 0.1)
    if not math.isinf(paper.height()):
        radius = min(radius, (paper.height() - 5.0) / 2 - AWAY)
    order, direction = _order(projection)
    circle = turned(arcs(found, order), direction, radius)
    half, places = labels(circle, radius)
    ax = style.page(
        projection, ax,
        title=_title(found, unit),
        explanation=_explanation(projection, found, drawn, scale, unit, least),
        status=found.status, height=2 * half, above=0.75, below=0.05 + tags.below,
    )  # fmt: skip
    ax.set_axis_off()
    ax.set_xlim(-inner / 2, inner / 2)
    ax.set_ylim(-half, half)
    ax.set_aspect("equal")
    colours = _colours(found, circle)
    _draw_ribbons(ax, circle, drawn, radius - RING, colours)
    _draw_arcs(ax, circle, radius, colours)
    for k, name in enumerate(found.ids):
        _write(ax, places[k], tags.lines[name], numbers[name])
    tags.draw(ax, 0.0)
    words = (say("lost"), say("gained")) if found.against else (say("departures"), say("arrivals"))
    style.key(ax, [(words[0], {"facecolor": style.GREY}),
                   (words[1], {"facecolor": _pale(style.GREY)})])  # fmt: skip
    return ax


def _title(found: Moves, unit: str) -> str:
    if found.against is None:
        return say("Moves between regions, {when}, {unit}", when=found.when, unit=unit)
    return say("Change of net moves between regions, {when}, {unit}", when=found.when, unit=unit)


def _explanation(
    projection: Result, found: Moves, drawn: Drawn, scale: float, unit: str, least: float
) -> str:
    whole = f"{number(found.total / scale, 1 if scale > 1 else 0)} {unit}"
    if found.against is None:
        text = say(
            "A ribbon has the colour of the region that people leave and ends pointed where they "
            "come to. Grey: regions that fewer leave. Numbers: arrivals / departures / net. "
            "{nation} as a whole: {persons}.",
            nation=projection.space.name(projection.nation), persons=whole,
        )  # fmt: skip
    else:
        text = say(
            "This scenario less {other}. A ribbon has the colour of the region that loses and "
            "ends pointed at the region that gains from it. Numbers: gained / lost / net change. "
            "Together: {persons}.",
            other=found.against, persons=whole,
        )  # fmt: skip
    return f"{text} {not_drawn(drawn, scale, unit, least)}".rstrip()


def _numbers(found: Moves, scale: float) -> dict[str, tuple[str, str]]:
    """What stands below each name: arrivals and departures, and the net in bold."""
    digits = 1 if scale > 1 else 0
    return {
        region: (f"{number(come / scale, digits)} / {number(go / scale, digits)} / ",
                 number((come - go) / scale, digits, signed=True))
        for region, come, go in zip(found.ids, found.arrivals, found.departures, strict=True)
    }  # fmt: skip


def _order(projection: Result) -> tuple[list[int], Array | None]:
    """Regions counter-clockwise and the direction in which each lies from the country's middle.

    Without a map they stand in their order, clockwise from the top.
    """
    ids = projection.space.ids
    if not set(ids) <= set(projection.anchors) or len(ids) < 3:
        return list(range(len(ids)))[::-1], None
    points = np.array([projection.anchors[region] for region in ids], dtype=float)
    away = points - points.mean(axis=0)
    direction = np.arctan2(away[:, 1], away[:, 0])
    return [int(k) for k in np.argsort(direction, kind="stable")], direction


def _colours(found: Moves, circle: Circle) -> list[str]:
    """The colour of each region: those that most people leave have their own."""
    most = np.argsort(-found.departures, kind="stable")[:COLOURED]
    chosen = sorted((int(k) for k in most if found.departures[k] > 0),
                    key=lambda k: float(circle.middle[k]))  # fmt: skip
    given = dict(zip(chosen, COLOURS, strict=False))
    return [given.get(k, OTHERS) for k in range(len(found.ids))]


def _draw_ribbons(
    ax: Axes, circle: Circle, drawn: Drawn, radius: float, colours: list[str]
) -> None:
    """Grey ones below, the smaller below the larger."""
    from matplotlib.collections import PathCollection

    starts, ends = ribbon_ends(circle, drawn)
    shades = [colours[k] for k in drawn.pairs[:, 0]]
    # A white edge parts neighbours; it would rub out what is thin.
    wide = radius * circle.scale * drawn.persons > THIN
    for name, coloured, alpha in (("others", False, 0.5), ("ribbons", True, 0.85)):
        chosen = [n for n in range(len(shades))[::-1] if (shades[n] != OTHERS) == coloured]
        if chosen:
            ax.add_collection(PathCollection(
                [ribbon(starts[n], ends[n], radius) for n in chosen],
                facecolors=[shades[n] for n in chosen],
                edgecolors=["white" if wide[n] else shades[n] for n in chosen],
                linewidths=np.where(wide[chosen], 0.35, 0.1),
                alpha=np.where(wide[chosen], alpha, 0.45),
                label=name, zorder=2 if coloured else 1,
            ), autolim=False)  # fmt: skip


def _draw_arcs(ax: Axes, circle: Circle, radius: float, colours: list[str]) -> None:
    """Departures in the full colour, arrivals pale."""
    from matplotlib.collections import PathCollection
    from matplotlib.path import Path

    paths, shades = [], []
    for part, pale in ((circle.departures, False), (circle.arrivals, True)):
        for (first, last), colour in zip(part, colours, strict=True):
            outer, inner = round_arc(first, last, radius), round_arc(last, first, radius - RING)
            paths.append(Path(np.vstack([outer, inner, outer[:1]]), closed=True))
            shades.append(_pale(colour) if pale else colour)
    ax.add_collection(PathCollection(paths, facecolors=shades, edgecolors=style.INK,
                                     linewidths=0.4, label="arcs", zorder=3),
                      autolim=False)  # fmt: skip


def _pale(colour: str) -> tuple[float, ...]:
    from matplotlib.colors import to_rgb

    return tuple(1 - 0.3 * (1 - part) for part in to_rgb(colour))


def _write(ax: Axes, place: Place, lines: Sequence[str], numbers: tuple[str, str]) -> None:
    """Name and numbers beside the circle, or a number alone, with a line to the arc."""
    side = 1.0 if place.right else -1.0
    ax.plot([place.foot[0], place.x - 0.06 * side], [place.foot[1], place.y],
            color=style.GREY, linewidth=0.5, zorder=2.5)  # fmt: skip
    near = "left" if place.right else "right"
    step = style.height_of(1, SIZE) if len(lines) > 1 else 0.0
    look: dict[str, Any] = {"fontsize": SIZE, "va": "center_baseline"}
    ax.text(place.x, place.y + step / 2, lines[0], ha=near, fontweight="bold", **look)
    if len(lines) == 1:
        return
    gross, net = numbers
    if place.right:
        ax.text(place.x, place.y - step / 2, gross, ha="left", **look)
        ax.text(place.x + style.text_width(gross, SIZE), place.y - step / 2, net, ha="left",
                fontweight="bold", **look)  # fmt: skip
    else:
        ax.text(place.x, place.y - step / 2, net, ha="right", fontweight="bold", **look)
        ax.text(place.x - style.text_width(net, SIZE, bold=True), place.y - step / 2, gross,
                ha="right", **look)  # fmt: skip


def alternative(projection: Result) -> str:
    """What the circle shows, in a sentence for those who do not see it."""
    found = moves(projection)
    if not found.square.any():
        return say("Nobody moves between regions, {when}.", when=found.when)
    flow = np.unravel_index(int(found.square.argmax()), found.square.shape)
    names: Mapping[str, str] = {region: projection.space.name(region) for region in found.ids}
    return say(
        "Circle of the moves between regions ({count}), {when}: {persons} persons in all; the "
        "largest flow, {most} persons, goes from {origin} to {destination}.",
        count=len(found.ids), when=found.when, persons=number(found.total),
        most=number(float(found.square.max())), origin=names[found.ids[int(flow[0])]],
        destination=names[found.ids[int(flow[1])]],
    )  # fmt: skip
