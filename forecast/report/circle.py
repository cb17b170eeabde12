"""Where arcs, ribbons and labels of a circle of moves stand: angles and centimetres, no drawing.

Angles run counter-clockwise from the east, radians.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.report import style
from forecast.report.moves import Array, Drawn, Moves

if TYPE_CHECKING:
    from matplotlib.path import Path

GAP = 2.2  # between two arcs, degrees
TIP = 0.38  # length of the tip of a ribbon, cm
ROW = 0.7  # height of a label of two lines, cm
AWAY = 0.45  # from the circle to the labels, cm
TURN = 5  # degrees by which the circle is turned to find its best place
COMPASS = 4.0  # what it is worth that arcs stand as on the map, against cm2 that labels move


@dataclass(frozen=True)
class Circle:
    """Where everything stands: angles counter-clockwise from the east, radians.

    departures, arrivals : (region, 2) first and last angle of both parts of each arc
    scale                : radians a person
    """

    departures: Array
    arrivals: Array
    scale: float

    @property
    def middle(self) -> Array:
        """(region,) angle of the middle of each arc."""
        ends: Array = (self.departures[:, 0] + self.arrivals[:, 1]) / 2
        return ends


@dataclass(frozen=True)
class Place:
    """A label beside the circle: where it starts, which way it runs, and the foot of its line."""

    x: float
    y: float
    right: bool
    foot: tuple[float, float]


def arcs(found: Moves, order: Sequence[int]) -> Circle:
    """The arcs around the circle from the top on, as long as departures and arrivals.

    order : the regions counter-clockwise
    Where nobody moves at all the arcs are of one length.
    """
    gap = np.radians(GAP) if len(order) > 1 else 0.0
    free = 2 * np.pi - gap * len(order)
    out, come = found.departures, found.arrivals
    scale = free / (2 * found.total) if found.total > 0 else 0.0
    idle = free / len(order) / 2 if found.total <= 0 else 0.0
    departures, arrivals = np.zeros((2, len(order), 2))
    angle = np.pi / 2 + gap / 2
    for k in order:
        departures[k] = angle, angle + scale * out[k] + idle
        arrivals[k] = departures[k, 1], departures[k, 1] + scale * come[k] + idle
        angle = arrivals[k, 1] + gap
    return Circle(departures, arrivals, scale)


def turned(circle: Circle, direction: Array | None, radius: float) -> Circle:
    """The circle turned so that labels stand near their arcs, and arcs as the map has them.

    direction : (region,) in which each lies from the middle of the country; None without a map
    """
    best, least = 0.0, np.inf
    for turn in np.radians(np.arange(0, 360, TURN)):
        moved = Circle(circle.departures + turn, circle.arrivals + turn, circle.scale)
        away = _heights(moved, radius)[2]
        cost = float((away**2).sum())
        if direction is not None:
            size = np.diff(circle.departures).ravel() + np.diff(circle.arrivals).ravel()
            cost -= COMPASS * float((size * np.cos(moved.middle - direction)).sum())
        if cost < least - 1e-9:
            best, least = float(turn), cost
    return Circle(circle.departures + best, circle.arrivals + best, circle.scale)


def _heights(circle: Circle, radius: float) -> tuple[float, Array, Array]:
    """Half the height of the ellipse of labels, the height of each label, how far it is pushed."""
    right = np.cos(circle.middle) >= 0
    tall = radius + AWAY
    sides = [np.flatnonzero(right == side) for side in (True, False)]
    tall = max(tall, *(0.5 * ROW * (len(members) - 1) + 0.05 for members in sides))
    wanted = tall * np.sin(circle.middle)
    heights = np.zeros(len(right))
    for members in sides:
        places = np.array(style.spread(list(wanted[members]), ROW))
        heights[members] = pushed_inside(places, ROW, -tall, tall)
    return tall, heights, heights - wanted


def labels(circle: Circle, radius: float) -> tuple[float, list[Place]]:
    """Half the height that the circle with its labels needs, and the place of each label, cm.

    Labels stand on an ellipse around the circle, on both sides of it, in the order of the arcs.
    """
    middle = circle.middle
    tall, heights, _ = _heights(circle, radius)
    places = []
    for angle, y in zip(middle, heights, strict=True):
        near = max(abs(y) - ROW / 2, 0.0)  # the edge that is nearest to the circle's middle
        x = (radius + AWAY) * np.sqrt(max(1.0 - (near / tall) ** 2, 0.0)) + 0.06
        right = bool(np.cos(angle) >= 0)
        foot = (float(radius * np.cos(angle)), float(radius * np.sin(angle)))
        places.append(Place(float(x if right else -x), float(y), right, foot))
    return tall + ROW / 2 + 0.05, places


def pushed_inside(places: Array, gap: float, low: float, high: float) -> Array:
    """Places at least `gap` apart, pushed back between `low` and `high`, in the same order."""
    order = np.argsort(places, kind="stable")
    moved = places.copy()
    ceiling = high
    for k in order[::-1]:
        moved[k] = min(moved[k], ceiling)
        ceiling = moved[k] - gap
    floor = low
    for k in order:
        moved[k] = max(moved[k], floor)
        floor = moved[k] + gap
    return moved


def ribbon_ends(circle: Circle, drawn: Drawn) -> tuple[Array, Array]:
    """(flow, 2) first and last angle of each flow where it begins, and where it ends.

    Within an arc the ends follow each other as the partners do around the circle, so that
    neighbours in the circle do not cross. The room of flows that are not drawn lies between
    the departures and the arrivals.
    """
    starts, ends = np.zeros((2, len(drawn.pairs), 2))
    width = circle.scale * drawn.persons
    for k, middle in enumerate(circle.middle):
        for side, part in ((0, starts), (1, ends)):
            flows = np.flatnonzero(drawn.pairs[:, side] == k)
            away = (circle.middle[drawn.pairs[flows, 1 - side]] - middle) % (2 * np.pi)
            flows = flows[np.argsort(-away, kind="stable")]
            reached = np.concatenate([[0.0], np.cumsum(width[flows])])
            # departures grow from the first end of the arc, arrivals up to its last end
            first = circle.departures[k, 0] if side == 0 else circle.arrivals[k, 1] - reached[-1]
            part[flows, 0] = first + reached[:-1]
            part[flows, 1] = first + reached[1:]
    return starts, ends


def ribbon(start: Array, end: Array, radius: float) -> Path:
    """A ribbon from the arc `start` to a point in the middle of the arc `end`, angles."""
    from matplotlib.path import Path

    foot = round_arc(start[0], start[1], radius)
    tip = round_arc(end[0], end[1], 1.0)
    rising = 1 - np.abs(np.linspace(-1, 1, len(tip)))  # 0 at both edges, 1 in the middle
    tip *= (radius - TIP + (TIP - 0.04) * rising)[:, None]
    points = np.vstack([
        foot, _bow(start[1], end[0], radius), tip, _bow(end[1], start[0], radius), foot[0],
    ])  # fmt: skip
    codes = [Path.MOVETO, *[Path.LINETO] * (len(foot) - 1), Path.CURVE3, Path.CURVE3,
             *[Path.LINETO] * (len(tip) - 1), Path.CURVE3, Path.CURVE3]  # fmt: skip
    return Path(points, codes)


def _bow(one: float, two: float, radius: float) -> Array:
    """What an edge bends towards: neighbours bow a little, opposite regions meet in the middle."""
    half = abs((two - one + np.pi) % (2 * np.pi) - np.pi) / 2
    between = np.angle(np.exp(1j * one) + np.exp(1j * two))
    towards: Array = radius * (1 - np.sin(half)) * np.array([np.cos(between), np.sin(between)])
    return towards


def round_arc(first: float, last: float, radius: float) -> Array:
    """Points of an arc, one for each degree or more; one of them is its middle."""
    angles = np.linspace(first, last, 2 * int(np.degrees(abs(last - first)) / 2 + 1) + 1)
    return radius * np.column_stack([np.cos(angles), np.sin(angles)])
