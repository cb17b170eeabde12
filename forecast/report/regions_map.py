"""The map of the regions: change of the population from the base to the horizon.

Outlines come projected from the data package. A label stands inside its region where it fits;
the label of a small region (a city) stands outside the country, with a leader line.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from forecast.errors import InputError
from forecast.report import paper, style
from forecast.report.classes import HATCH, classes_key, weaker
from forecast.report.classes import class_colour as class_colour
from forecast.report.classes import class_edges as class_edges
from forecast.report.extract import Result, growth
from forecast.report.narrow import is_narrow, labels_of
from forecast.report.wording import short_names, status_line, years
from forecast.words import say
from forecast.words.digits import per_cent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CELL = 0.1  # cm of the page: the grid on which labels are placed
SIZE = 7.0  # points of a label
MARGIN = (0.35, 0.8)  # cm of white around the country, for labels outside: sides, top and bottom
BLOCKED = 1e6  # the cost of a place that is none
ASTRAY = 0.4  # share of a label in its region, below which a line must lead there
KEEP_OFF = 8.0  # the cost of a label all on arrows, cm that it would rather go


@dataclass(frozen=True)
class Label:
    """A label on the page: its lines, its centre and whether a leader line is needed; cm."""

    region: str
    lines: tuple[str, ...]
    centre: tuple[float, float]
    size: tuple[float, float]
    outside: bool


@dataclass(frozen=True)
class Ground:
    """The country on the page.

    rings   : outlines of each region, km; anchors its point for labels and arrows
    origin  : km at the lower left corner of the axes
    scale   : cm of the page a km; height of the axes, cm
    """

    rings: Mapping[str, Sequence[np.ndarray]]
    anchors: Mapping[str, np.ndarray]
    origin: np.ndarray
    scale: float
    height: float

    def on_paper(self, points: np.ndarray) -> np.ndarray:
        """Points in cm from the lower left corner of the axes."""
        moved: np.ndarray = (points - self.origin) * self.scale
        return moved

    def open(self, ax: Axes) -> None:
        """Give the axes the extent of the country, without ticks."""
        far = self.origin + np.array([style.width() - 0.4, self.height]) / self.scale
        ax.set_xlim(self.origin[0], far[0])
        ax.set_ylim(self.origin[1], far[1])
        ax.set_aspect("equal")
        ax.set_axis_off()

    def label(
        self, ax: Axes, texts: Mapping[str, Sequence[str]], crowded: np.ndarray | None = None
    ) -> None:
        """Write the lines of each region; where it can be helped, not on `crowded` points, km."""
        paper = {key: [self.on_paper(ring) for ring in rings] for key, rings in self.rings.items()}
        anchors = {key: self.on_paper(anchor) for key, anchor in self.anchors.items()}
        points = None if crowded is None else self.on_paper(crowded)
        for label in place_labels(paper, anchors, texts, style.size_of(ax), points):
            _write(ax, label, anchors[label.region], self.origin, self.scale)


def ground(projection: Result, around: float = 5.5) -> Ground:
    """The country of a projection, as large as the page is wide, or a slide high.

    around : cm that words and keys above and below it take on a slide

    Raises InputError where the data package has no outlines, or two regions one place.
    """
    if not projection.outlines:
        raise InputError("", say("the data package has no outlines of its regions: no map"))
    ids = projection.space.ids
    rings = {region: list(projection.outlines[region]) for region in ids}
    points = np.concatenate([ring for parts in rings.values() for ring in parts])
    low, high = points.min(axis=0), points.max(axis=0)
    scale = float((style.width() - 0.4 - 2 * MARGIN[0]) / (high[0] - low[0]))
    if not math.isinf(paper.height()):  # what stands above and below takes the rest of a slide
        scale = min(scale, float((paper.height() - around) / (high[1] - low[1])))
    anchors = {region: np.asarray(projection.anchors[region], dtype=float) for region in ids}
    if len({tuple(place) for place in anchors.values()}) < len(ids):
        raise InputError("", say("two regions have one place on the map: mend their labels"))
    height = float((high[1] - low[1]) * scale + 2 * MARGIN[1])
    spare = (style.width() - 0.4) / scale - (high[0] - low[0])  # km, as much on both sides
    corner = np.array([low[0] - spare / 2, low[1] - MARGIN[1] / scale])
    return Ground(rings, anchors, corner, scale, height)


@style.in_style
def regions_map(projection: Result, *, ax: Axes | None = None) -> Axes:
    """Population change by region between the base and the horizon, per cent, as a map.

    Decline is orange and hatched, growth blue; the numbers stand in the labels.
    """
    country = ground(projection)
    change = growth(projection)
    values = {region: float(change[region]) for region in projection.space.ids}
    frame = projection.frame("population")
    frame = frame[frame["year"].isin([projection.base_year, projection.last_year])]
    span = years(projection.base_year, projection.last_year)
    labels = labels_of(
        short_names(projection.space),
        {region: per_cent(value, signed=True) for region, value in values.items()},
        narrow=is_narrow() and ax is None,
    )
    ax = style.page(
        projection, ax,
        title=say("Population change by region, {years}, per cent", years=span),
        explanation=say(
            "1 January to 1 January. {nation} as a whole: {change}.",
            nation=projection.space.name(projection.nation),
            change=per_cent(float(change[projection.nation]), signed=True),
        ),
        status=status_line([frame]), height=country.height, below=1.05 + labels.below,
    )  # fmt: skip
    country.open(ax)
    fill(ax, country.rings, values)
    country.label(ax, labels.lines)
    labels.draw(ax, 1.0)
    edges = class_edges(list(values.values()))
    classes_key(ax, edges, [per_cent(edge, 0, signed=True) for edge in edges])
    return ax


def _area(rings: Sequence[np.ndarray]) -> float:
    """Area inside the largest ring (shoelace)."""
    areas = [
        abs(float(np.sum(r[:, 0] * np.roll(r[:, 1], -1) - r[:, 1] * np.roll(r[:, 0], -1)))) / 2
        for r in rings
    ]
    return max(areas)


def fill(
    ax: Axes,
    rings: Mapping[str, Sequence[np.ndarray]],
    values: Mapping[str, float],
    *,
    strength: float = 1.0,
) -> None:
    """Shade each region by its class. Large ones first: a city in a region is drawn over it.

    strength : 1 is the full colour, 0 white
    """
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    paths = {
        region: Path.make_compound_path(*(Path(ring) for ring in parts))
        for region, parts in rings.items()
    }
    for region in sorted(rings, key=lambda key: -_area(rings[key])):
        colour = weaker(class_colour(values[region]), strength)
        ax.add_artist(PathPatch(paths[region], facecolor=colour, edgecolor="#7a7a7a",
                                linewidth=0.5, label=region))  # fmt: skip
    falling = [paths[region] for region in rings if values[region] < 0]
    if falling:
        ax.add_artist(PathPatch(Path.make_compound_path(*falling), facecolor="none", linewidth=0,
                                edgecolor=weaker(HATCH, strength), hatch="////"))  # fmt: skip
    if strength < 1:  # a weak hatch breaks the borders that it runs over
        ax.add_artist(PathPatch(Path.make_compound_path(*paths.values()), facecolor="none",
                                edgecolor="#7a7a7a", linewidth=0.5))  # fmt: skip


def place_labels(
    rings: Mapping[str, Sequence[np.ndarray]],
    anchors: Mapping[str, np.ndarray],
    texts: Mapping[str, Sequence[str]],
    paper: tuple[float, float],
    crowded: np.ndarray | None = None,
) -> list[Label]:
    """Places of all labels on a page of `paper` cm, none over another.

    rings, anchors : of each region, cm from the lower left corner
    texts          : lines of each label
    crowded        : (n, 2) points that labels had better keep off, cm
    The page is a grid of cells that know their region. A label takes the place nearest to its
    anchor among those where most of it lies in its own region; a region with too little room
    gets the nearest free white place outside the country.
    """
    owner = _owners(rings, paper)
    taken, busy = np.zeros(owner.shape, dtype=bool), np.zeros(owner.shape, dtype=bool)
    if crowded is not None:
        columns, rows = np.clip(
            (crowded / CELL).astype(int).T, 0, np.array([owner.shape[::-1]]).T - 1
        )
        busy[rows, columns] = True
    inside: list[int] = []
    outside: list[int] = []
    regions = list(rings)
    for k in sorted(range(len(regions)), key=lambda k: -_area(rings[regions[k]])):
        _, (width, height) = _measure(texts[regions[k]], wrapped=True)
        room = float(np.sum(owner == k)) * CELL**2
        (inside if room > 0.8 * width * height else outside).append(k)
    for k in outside:  # no label may hide a city
        _take(taken, anchors[regions[k]], (2 * CELL, 2 * CELL))
    labels = []
    for k in outside:
        lines, size = _measure(texts[regions[k]], wrapped=False)
        padded = (size[0] + 0.2, size[1] + 0.15)
        cost = BLOCKED * (_window((owner >= 0) | taken, padded) > 0) + KEEP_OFF * _window(
            busy, size
        )
        labels.append(_place(regions[k], lines, size, anchors[regions[k]], cost, taken, led=True))
    for k in inside:
        lines, size = _measure(texts[regions[k]], wrapped=True)
        cost = 8.0 * (1 - _window(owner == k, size)) + 60.0 * _window(taken, size)
        cost += KEEP_OFF * _window(busy, size)
        label = _place(regions[k], lines, size, anchors[regions[k]], cost, taken)
        column, row = (int(extent / CELL) for extent in label.centre)
        own = float(_window(owner == k, size)[row, column])
        labels.append(replace(label, outside=own < ASTRAY))
    return labels


def _measure(texts: Sequence[str], *, wrapped: bool) -> tuple[tuple[str, ...], tuple[float, float]]:
    """Lines of a label and its width and height, cm. Names of two words go on two lines."""
    lines: list[str] = []
    for text in texts:
        lines += style.wrap(text, 1.6, SIZE) if wrapped else [text]
    width = max(style.text_width(line, SIZE, bold=line == texts[-1]) for line in lines)
    return tuple(lines), (width, style.height_of(len(lines), SIZE))


def _owners(rings: Mapping[str, Sequence[np.ndarray]], paper: tuple[float, float]) -> np.ndarray:
    """(row, column) the number of the region that each cell of the page lies in, else -1."""
    from matplotlib.path import Path

    columns, rows = int(paper[0] / CELL), int(paper[1] / CELL)
    owner = np.full((rows, columns), -1)
    order = sorted(enumerate(rings.values()), key=lambda item: -_area(item[1]))
    for k, parts in order:
        for ring in parts:
            first = np.maximum((ring.min(axis=0) / CELL - 1).astype(int), 0)
            last = (ring.max(axis=0) / CELL + 1).astype(int)
            x = np.arange(first[0], min(last[0], columns))
            y = np.arange(first[1], min(last[1], rows))
            if not len(x) or not len(y):
                continue
            grid = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
            hit = grid[Path(ring).contains_points((grid + 0.5) * CELL)]
            owner[hit[:, 1], hit[:, 0]] = k
    return owner


def _window(mask: np.ndarray, size: tuple[float, float]) -> np.ndarray:
    """Share of true cells in a box of `size` cm around each cell; 1 cell beyond the page counts."""
    half = [max(int(np.ceil(extent / CELL / 2)), 1) for extent in size[::-1]]
    padded = np.pad(mask.astype(float), [(half[0] + 1, half[0]), (half[1] + 1, half[1])])
    total = padded.cumsum(axis=0).cumsum(axis=1)
    high, wide = 2 * half[0] + 1, 2 * half[1] + 1
    box = total[high:, wide:] - total[:-high, wide:] - total[high:, :-wide] + total[:-high, :-wide]
    return np.round(box / (high * wide), 9)


def _place(
    region: str,
    lines: tuple[str, ...],
    size: tuple[float, float],
    anchor: np.ndarray,
    cost: np.ndarray,
    taken: np.ndarray,
    *,
    led: bool = False,
) -> Label:
    """The best place for one label, near its anchor; its cells are taken from then on.

    led : the label has a leader line; what is placed later keeps off it
    """
    rows, columns = cost.shape
    y, x = np.mgrid[0:rows, 0:columns] * CELL + CELL / 2
    off_page = (np.minimum(x, columns * CELL - x) < size[0] / 2) | (
        np.minimum(y, rows * CELL - y) < size[1] / 2
    )
    whole = cost + BLOCKED * off_page + np.hypot(x - anchor[0], y - anchor[1])
    row, column = np.unravel_index(int(np.argmin(whole)), whole.shape)
    centre = np.array([x[row, column], y[row, column]])
    _take(taken, centre, size)
    if led:  # nothing stands on the line either
        for point in np.linspace(anchor, _near_edge(centre, size, anchor), 80):
            _take(taken, point, (CELL, CELL))
    return Label(region, lines, (float(centre[0]), float(centre[1])), size, led)


def _near_edge(centre: np.ndarray, size: tuple[float, float], anchor: np.ndarray) -> np.ndarray:
    """The point of a label's box that is nearest to its anchor."""
    half = np.array(size) / 2
    return centre + np.clip(anchor - centre, -half, half)


def _take(taken: np.ndarray, centre: np.ndarray, size: tuple[float, float]) -> None:
    """Mark the cells of a box."""
    low = np.maximum((centre - np.array(size) / 2) / CELL, 0).astype(int)
    high = ((centre + np.array(size) / 2) / CELL).astype(int) + 1
    taken[low[1] : high[1], low[0] : high[0]] = True


def _write(ax: Axes, label: Label, anchor: np.ndarray, origin: np.ndarray, scale: float) -> None:
    from matplotlib.patheffects import withStroke

    halo = [withStroke(linewidth=1.6, foreground="white")]
    x, y = np.asarray(label.centre) / scale + origin
    if label.outside:
        start = _near_edge(np.array(label.centre), label.size, anchor) / scale + origin
        end = anchor / scale + origin
        ax.plot([start[0], end[0]], [start[1], end[1]], color=style.INK, linewidth=0.6,
                path_effects=halo)  # fmt: skip
        ax.plot([end[0]], [end[1]], "o", color=style.INK, markersize=2.2, markeredgecolor="white",
                markeredgewidth=0.4)  # fmt: skip
    step = style.height_of(1, SIZE) / scale
    top = y + (len(label.lines) - 1) / 2 * step
    for k, line in enumerate(label.lines):
        ax.text(x, top - k * step, line, fontsize=SIZE, ha="center", va="center_baseline",
                fontweight="bold" if k == len(label.lines) - 1 else "normal",
                path_effects=halo)  # fmt: skip
