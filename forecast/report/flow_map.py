"""Arrows on the map: net moves between regions, or all moves of one region.

Arrows are as wide as they have persons. An arrow bends to the left of its way, so that the two
directions between two regions lie side by side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecast.errors import InputError
from forecast.report import style
from forecast.report.classes import class_edges, classes_key
from forecast.report.extract import Result, population_by_year
from forecast.report.moves import Array, Drawn, Moves, moves, nets, top
from forecast.report.narrow import is_narrow, labels_of
from forecast.report.one_region import region_title
from forecast.report.regions_map import Ground, fill, ground
from forecast.report.wording import person_scale, short_names
from forecast.words import say
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.path import Path

LARGEST = 25  # arrows drawn
WIDEST = 0.34  # of the largest flow, cm
LEAST = 0.02  # the narrowest arrow that still prints, cm
THIN = 0.06  # an arrow of less, cm, has no white edge
BEND = 0.3  # how far the control point of an arrow lies beside its way, as a share of it
AWAY = 0.16  # between an anchor and the ends of its arrows, cm
STRENGTH = 0.4  # of the colours below the arrows
NETS, FROM, TO = "#4a4a4a", style.DEEP, style.VERMILION


@style.in_style
def flow_map(
    projection: Result,
    *,
    year: int | None = None,
    region: str | None = None,
    other: Result | None = None,
    largest: int = LARGEST,
    ax: Axes | None = None,
) -> Axes:
    """Net moves between regions as arrows on the map, the largest of them; or those of one region.

    year    : calendar year; the mean of the run's years without it
    region  : id; arrows of arrivals to it and departures from it, not net
    other   : another run: the change of the net flows against it
    largest : how many arrows are drawn at most; the share of persons in them stands above the map
    The shade is the net of each region per 1,000 residents on 1 January.
    Raises InputError for a year that is not in the run, a run without moves or outlines, and
    fewer than one arrow.
    """
    country, found = ground(projection, 7.0), moves(projection, year, other)
    if largest < 1:
        raise InputError("", say("largest: give a number of arrows from 1 on"))
    one = None if region in (None, projection.nation) else found.place(str(region))
    net = found.square if one is not None or found.against is not None else nets(found.square)
    drawn = top(net, largest, one)
    scale, unit = _unit(found, one)
    rates = _rates(projection, found)
    labels = labels_of(short_names(projection.space), _values(found, one, scale),
                       narrow=is_narrow() and ax is None)  # fmt: skip
    ax = style.page(
        projection, ax, title=_title(projection, found, one),
        explanation=_explanation(found, one, drawn, scale, unit), status=found.status,
        height=country.height, below=2.75 + labels.below,
    )  # fmt: skip
    country.open(ax)
    fill(ax, country.rings, rates, strength=STRENGTH)
    anchors = np.array([country.on_paper(country.anchors[key]) for key in found.ids])
    crowded = _draw(ax, drawn, anchors, one, country)
    country.label(ax, labels.lines, crowded / country.scale + country.origin)
    _widths(ax, drawn, scale, unit, one is not None and found.against is None)
    edges = class_edges(list(rates.values()))
    if found.against is None:
        shade = say("Shade: net moves per 1,000 residents a year")
    else:
        shade = say("Shade: change of net moves per 1,000 residents a year")
    if len(edges) > 1:
        _centred(ax, 1.7, shade)
    labels.draw(ax, 2.7)
    classes_key(ax, edges, [number(edge, signed=True) for edge in edges], lowered=1.65,
                strength=STRENGTH)  # fmt: skip
    return ax


def _unit(found: Moves, one: int | None) -> tuple[float, str]:
    """Divisor and unit in which the numbers of the labels read well."""
    if one is None:
        return person_scale(float(np.abs(found.net).max()))
    return person_scale(float(max(found.arrivals[one], found.departures[one])))


def _rates(projection: Result, found: Moves) -> dict[str, float]:
    """Net moves of each region per 1,000 residents on 1 January of the years shown."""
    people = population_by_year(projection).loc[list(found.ids)]
    first, last = found.span
    residents = people[[year for year in range(first, last + 1) if year in people.columns]].mean(
        axis=1
    )
    rates = 1000.0 * found.net / residents.to_numpy(dtype=float)
    return dict(zip(found.ids, (float(rate) for rate in rates), strict=True))


def _title(projection: Result, found: Moves, one: int | None) -> str:
    if one is not None:
        return region_title(projection, found, found.ids[one])
    if found.against is None:
        return say("Net moves between regions, {when}", when=found.when)
    return say("Change of net moves between regions, {when}", when=found.when)


def _explanation(found: Moves, one: int | None, drawn: Drawn, scale: float, unit: str) -> str:
    """What arrows and numbers are, how many arrows there are and whom they hold."""
    if found.against is not None:
        text = say("This scenario less {other}. An arrow leads from the region that loses to the "
                   "region that gains from it.", other=found.against)  # fmt: skip
    elif one is not None:
        text = say("Arrows to the region and from it, each way by itself.")
    else:
        text = say("An arrow is the net of both ways between two regions.")
    if found.against is not None:
        text += " " + say("Numbers: change of the net, {unit}.", unit=unit)
    elif one is None:
        text += " " + say("Numbers: net of each region with all others, {unit}.", unit=unit)
    else:
        text += " " + say("Numbers: arrivals from there / departures to there, {unit}.", unit=unit)
    if drawn.left == 0:
        return text
    return text + " " + say(
        "Drawn: the largest arrows ({count} of {all}), with {share} of {persons} {unit}.",
        count=number(len(drawn.persons)), all=number(len(drawn.persons) + drawn.left),
        share=per_cent(drawn.share), persons=number(drawn.whole / scale, 1 if scale > 1 else 0),
        unit=unit,
    )  # fmt: skip


def _values(found: Moves, one: int | None, scale: float) -> dict[str, str]:
    """The numbers of each region."""
    digits = 1 if scale > 1 else 0
    if one is None:
        return {key: number(net / scale, digits, signed=True)
                for key, net in zip(found.ids, found.net, strict=True)}  # fmt: skip
    come, go = found.square[:, one].copy(), found.square[one].copy()
    come[one], go[one] = come.sum(), go.sum()
    if found.against is not None:
        return {key: number(change / scale, digits, signed=True)
                for key, change in zip(found.ids, come - go, strict=True)}  # fmt: skip
    return {
        key: f"{number(a / scale, digits)} / {number(b / scale, digits)}"
        for key, a, b in zip(found.ids, come, go, strict=True)
    }


def _draw(ax: Axes, drawn: Drawn, anchors: Array, one: int | None, country: Ground) -> Array:
    """The arrows, the narrow ones on top; returns points along them, cm."""
    from matplotlib.collections import PathCollection
    from matplotlib.transforms import Affine2D

    on_map = Affine2D().scale(1 / country.scale).translate(*country.origin) + ax.transData
    most = float(drawn.persons.max(initial=0.0))
    paths, colours, along = [], [], [np.zeros((0, 2))]
    for (origin, destination), persons in zip(drawn.pairs, drawn.persons, strict=True):
        line = curve(anchors[origin], anchors[destination])
        paths.append(arrow(line, max(WIDEST * persons / most, LEAST)))
        colours.append(NETS if one is None else FROM if destination == one else TO)
        along += [line, np.asarray(paths[-1].vertices)]
    # A white edge parts arrows; it would rub out what is thin.
    wide = WIDEST * drawn.persons > THIN * most
    edges = ["white" if one else colour for one, colour in zip(wide, colours, strict=True)]
    ax.add_collection(PathCollection(paths, facecolors=colours, edgecolors=edges,
                                     linewidths=np.where(wide, 0.5, 0.1),
                                     alpha=0.9, transform=on_map, label="arrows", zorder=2),
                      autolim=False)  # fmt: skip
    ax.plot(*(anchors / country.scale + country.origin).T, "o", color=style.INK, markersize=1.8,
            markeredgecolor="white", markeredgewidth=0.3, zorder=2.5)  # fmt: skip
    return np.concatenate(along)


def curve(start: Array, end: Array) -> Array:
    """Points of the way from one place to another, bent to the left, free of both places; cm."""
    way = end - start
    control = (start + end) / 2 + BEND * np.array([-way[1], way[0]])
    t = np.linspace(0, 1, 41)[:, None]
    points = (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
    reached = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    free = min(AWAY, 0.2 * reached[-1])
    places = np.linspace(free, reached[-1] - free, 31)
    line: Array = np.column_stack([np.interp(places, reached, points[:, k]) for k in (0, 1)])
    return line


def arrow(line: Array, width: float) -> Path:
    """An arrow of `width` cm along a line, its head at the end of it."""
    from matplotlib.path import Path

    steps = np.hypot(*np.diff(line, axis=0).T)
    left = np.concatenate([np.cumsum(steps[::-1])[::-1], [0.0]])  # cm to the tip
    head = min(0.14 + 0.8 * width, 0.5 * left[0])
    neck = int(np.searchsorted(-left, -head, side="right"))
    neck = min(max(neck, 2), len(line) - 1)
    shaft = line[:neck]
    along = np.gradient(shaft, axis=0)
    across = np.column_stack([-along[:, 1], along[:, 0]]) / np.hypot(*along.T)[:, None]
    half, wing = width / 2, width / 2 + 0.05 + 0.15 * width
    points = np.vstack([
        shaft + half * across, shaft[-1] + wing * across[-1], line[-1],
        shaft[-1] - wing * across[-1], (shaft - half * across)[::-1], shaft[0] + half * across[0],
    ])  # fmt: skip
    return Path(points, closed=True)


def round_widths(most: float) -> list[float]:
    """At most three round numbers of persons that show how wide arrows are, largest last."""
    if most <= 0:
        return []
    power = 10.0 ** np.floor(np.log10(most))
    steps = [step * power for step in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0) if step * power <= most]
    return [steps[-4], steps[-2], steps[-1]] if len(steps) > 3 else steps


def _widths(ax: Axes, drawn: Drawn, scale: float, unit: str, both: bool) -> None:
    """Below the map: what the widths of arrows are, and their colours where there are two."""
    from matplotlib.collections import PathCollection
    from matplotlib.transforms import Affine2D

    most = float(drawn.persons.max(initial=0.0))
    entries: list[tuple[str, float, str]] = [
        (_round(persons / scale), WIDEST * persons / most, NETS if not both else style.GREY)
        for persons in round_widths(most)
    ]
    if both:
        entries += [(say("arrivals"), 0.12, FROM), (say("departures"), 0.12, TO)]
    if not entries:
        return
    width, height = style.size_of(ax)
    long, gap = (0.6 if is_narrow() else 1.1), 0.12
    taken = [long + gap + style.text_width(word, style.SMALL) + 0.3 for word, _, _ in entries]
    _centred(ax, 0.5, say("Width of an arrow: {unit} a year", unit=unit))
    x, y = (width - sum(taken)) / 2, -0.9
    paths = []
    for (word, wide, _), room in zip(entries, taken, strict=True):
        line = np.column_stack([np.linspace(x, x + long, 31), np.full(31, y)])
        paths.append(arrow(line, max(wide, LEAST)))
        ax.text((x + long + gap) / width, y / height, word, ha="left", va="center_baseline",
                fontsize=style.SMALL, transform=ax.transAxes)  # fmt: skip
        x += room
    on_page = Affine2D().scale(1 / width, 1 / height) + ax.transAxes
    ax.add_collection(PathCollection(paths, facecolors=[colour for _, _, colour in entries],
                                     transform=on_page, clip_on=False, label="widths"),
                      autolim=False)  # fmt: skip


def _round(value: float) -> str:
    """A round number with the decimals that it has."""
    digits = next(d for d in range(7) if abs(round(value, d) - value) < 1e-9 * value or d == 6)
    return number(value, digits)


def _centred(ax: Axes, below: float, text: str) -> None:
    """A line of small words in the middle, `below` cm below the map."""
    width, height = style.size_of(ax)
    size = style.SMALL * min(1.0, width / style.text_width(text, style.SMALL))
    ax.text(0.5, -below / height, text, transform=ax.transAxes, ha="center", va="baseline",
            fontsize=size, color=style.GREY)  # fmt: skip


def alternative(projection: Result) -> str:
    """What the map shows, in a sentence for those who do not see it."""
    found = moves(projection)
    net = nets(found.square)
    if not net.any():
        return say("Nobody moves between regions on balance, {when}.", when=found.when)
    flow = np.unravel_index(int(net.argmax()), net.shape)
    return say(
        "Map of the regions ({count}) with net moves between them as arrows, {when}; the widest, "
        "{most} persons, leads from {origin} to {destination}.",
        count=len(found.ids), when=found.when, most=number(float(net.max())),
        origin=projection.space.name(found.ids[int(flow[0])]),
        destination=projection.space.name(found.ids[int(flow[1])]),
    )  # fmt: skip
