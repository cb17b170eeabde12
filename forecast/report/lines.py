"""Figures over years: population of every region with its history, and dependency ratios."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.report import style
from forecast.report.beside import LOOKS, Point
from forecast.report.extract import (
    Result,
    dependency_by_year,
    growth,
    history_by_year,
    population_by_year,
    population_range,
    row_of,
)
from forecast.report.narrow import key_of, x_title, years_in
from forecast.report.wording import (
    capital,
    level_words,
    person_scale,
    short_names,
    status_line,
    years,
)
from forecast.space import Space
from forecast.tabulate import WORKING_AGES
from forecast.words import say
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FILLS: dict[str, dict[str, Any]] = {
    "ground": {"facecolors": style.SHADE, "linewidths": 0, "zorder": 0},
    "band": {"facecolors": style.SKY, "alpha": 0.45, "linewidths": 0, "zorder": 1},
    "outer": {"facecolors": style.SKY, "alpha": 0.3, "linewidths": 0, "zorder": 1},
    "inner": {"facecolors": style.SKY, "alpha": 0.6, "linewidths": 0, "zorder": 1.5},
}
STROKES: dict[str, dict[str, Any]] = {
    "axis": {"colors": style.GREY, "linewidths": 0.6},
    "level": {"colors": style.PALE, "linewidths": 0.6, "zorder": 1},
    "past": {"colors": style.BLUE, "linewidths": 1.5},
    "future": {"colors": style.BLUE, "linewidths": 1.5, "linestyles": [(0, (2.5, 1.2))]},
}
RATIOS = {  # measure: colour, marker, line
    "child_dependency": (style.BLUE, "o", "-"),
    "old_age_dependency": (style.VERMILION, "s", (0, (4, 1.5))),
}


@style.in_style
def population_by_region(projection: Result, *, ax: Axes | None = None) -> Axes:
    """A small panel for each region: observed years solid, projected years dashed on grey.

    Every panel spans the same range in per cent of its population at the base, so equal slopes
    are equal growth; the numbers stand at the ends of the line. Thousand persons (persons where
    all regions are small), 1 January. The band is the range of the levels of internal migration.
    """
    space, base, last = projection.space, projection.base_year, projection.last_year
    history, future = history_by_year(projection), population_by_year(projection)
    band = population_range(projection)
    scale, unit = person_scale(float(future.max().max()))
    frame, past = projection.frame("population"), projection.frame("history")
    past = past[past["year"].isin(history.columns) & (past["year"] < base)]
    first = int(min(history.columns, default=base))
    explanation = say(
        "Solid: up to {base}. Dashed on grey: projected. Every panel spans the same range in "
        "per cent of {base}, so equal slopes are equal growth. In bold: change {span}.",
        base=base, span=years(base, last),
    )  # fmt: skip
    if band is not None:
        explanation += " " + say("Band: moves between regions {levels}.",
                                 levels=", ".join(level_words(projection).values()))  # fmt: skip
    grid = Grid.of(space)
    ax = style.page(
        projection, ax,
        title=say("Population on 1 January by region, {unit}, {years}", unit=unit,
                  years=years(first, last)),
        explanation=explanation, status=status_line([past, frame]),
        height=grid.height, left=0.2, right=0.2, below=0.35,
    )  # fmt: skip
    grid.open(ax)
    change = growth(projection)
    limits = _relative_range(space.ids, base, [history, future, *(band or ())])
    shapes: dict[str, list[np.ndarray]] = {}
    for k, region in enumerate(space.ids):
        panel = Panel(
            ax,
            *grid.panel(k),
            (first - 1.3, last + 1.3),
            limits,
            row_of(future, region)[base],
            shapes,
        )
        past_line, line = row_of(history, region), row_of(future, region)
        panel.draw(past_line, line)
        reach = [row_of(table, region)[last] for table in band or (future,)]
        panel.numbers(past_line, line, scale, (min(reach), max(reach)))
        panel.words(grid.names[region], per_cent(change[region], signed=True), grid.font,
                    change[region] >= 0)  # fmt: skip
        if band is not None:
            panel.band(row_of(band[0], region), row_of(band[1], region))
        if k + grid.across >= len(space):
            panel.dates(first, base, last)
    draw_shapes(ax, shapes)
    return ax


@dataclass(frozen=True)
class Grid:
    """Small panels on a sheet: as many beside each other as it has room for.

    tall, wide : of one panel with its words, cm; height of all
    names      : of the regions, which all fit above their panel in `font` points
    """

    names: Mapping[str, str]
    across: int
    wide: float
    tall: float
    font: float

    @classmethod
    def of(cls, space: Space) -> Grid:
        room = style.width() - 0.4
        across = min(max(round(room / 3.9), 2), len(space))
        wide = room / across
        names = short_names(space)
        widest = max(style.text_width(name, style.LABEL, bold=True) for name in names.values())
        tall = 2.3 if across < 3 else 3.2
        return cls(names, across, wide, tall, style.LABEL * min(1.0, (wide - 0.3) / widest))

    @property
    def rows(self) -> int:
        return -(-len(self.names) // self.across)

    @property
    def height(self) -> float:
        return self.tall * self.rows

    def open(self, ax: Axes) -> None:
        """Measure the axes in centimetres."""
        ax.set_axis_off()
        width, height = style.size_of(ax)
        ax.set_xlim(0, width)
        ax.set_ylim(0, height)

    def panel(self, k: int) -> tuple[tuple[float, float], tuple[float, float]]:
        """Lower left corner and size of a panel without its words, cm."""
        low = (k % self.across) * self.wide, (self.rows - 1 - k // self.across) * self.tall
        return (low[0] + 0.1, low[1] + 0.1), (self.wide - 0.2, self.tall - 0.62)


def _relative_range(
    regions: Sequence[str], base: int, tables: Sequence[pd.DataFrame]
) -> tuple[float, float]:
    """The range of all regions relative to their base population, with room for numbers."""
    size = tables[1].loc[list(regions), base]
    both = pd.concat(tables, axis=1).loc[list(regions)].div(size, axis=0)
    low, high = float(both.min().min()), float(both.max().max())
    room = 0.3 * (high - low) or 0.05
    return low - room, high + room


@dataclass(frozen=True)
class Panel:
    """One small diagram on axes that are measured in centimetres.

    Twenty axes of matplotlib would take half a second. Shapes of one look are collected over all
    panels and drawn at once, see `draw_shapes`.

    place, size : lower left corner, width and height, cm
    span        : first and last moment of the time axis
    limits      : of the value axis, relative to `unit`, the population at the base
    shapes      : {look: [(n, 2) points, ...]}, shared by the panels of a figure
    """

    ax: Axes
    place: tuple[float, float]
    size: tuple[float, float]
    span: tuple[float, float]
    limits: tuple[float, float]
    unit: float
    shapes: dict[str, list[np.ndarray]]

    def x(self, year: float) -> float:
        start, end = self.span
        return self.place[0] + (year - start) / (end - start) * self.size[0]

    def y(self, value: float) -> float:
        low, high = self.limits
        return self.place[1] + (value / self.unit - low) / (high - low) * self.size[1]

    def add(self, look: str, points: Sequence[tuple[float, float]]) -> None:
        self.shapes.setdefault(look, []).append(np.array(points))

    def path(self, line: Mapping[int, float]) -> list[tuple[float, float]]:
        return [(self.x(year), self.y(value)) for year, value in line.items()]

    def draw(self, history: Mapping[int, float], future: Mapping[int, float]) -> None:
        """The ground and both lines."""
        base, last = min(future), max(future)
        (left, bottom), (width, height) = self.place, self.size
        top, level = bottom + height, self.y(self.unit)
        start, end = self.x(base), self.x(last)
        self.add("ground", [(start, bottom), (end, bottom), (end, top), (start, top)])
        self.add("axis", [(left, bottom), (left + width, bottom)])
        self.add("level", [(left, level), (left + width, level)])
        if history:
            self.add("past", self.path(history))
        self.add("future", self.path(future))
        self.add("base", [(start, level)])

    def numbers(
        self,
        history: Mapping[int, float],
        future: Mapping[int, float],
        scale: float,
        ends: tuple[float, float],
    ) -> None:
        """Persons in units of `scale` at the ends of both lines, clear of them.

        ends : lowest and highest population that the band shows at the horizon
        """
        base, last, first = min(future), max(future), min([*history, min(future)])
        rising = future[last] >= self.unit
        digits = 0 if self.unit / scale >= 100 else 1
        # Both lines leave the right side of the base free on one side: there stands its number.
        places = [(self.x(base) - 0.1, self.unit, self.unit, not rising, "left")]
        end = max(ends[1], future[last]) if rising else min(ends[0], future[last])
        places.append((self.x(last), future[last], end, rising, "center"))
        if first in history and self.apart(first, base):
            value = history[first]
            places.append((self.x(first), value, value, value >= self.unit, "center"))
        for x, value, height, over, side in places:
            self.ax.text(x, self.y(height) + (0.1 if over else -0.12),
                         number(value / scale, digits), ha=side,
                         va="bottom" if over else "top", fontsize=style.SMALL)  # fmt: skip

    def apart(self, one: int, two: int) -> bool:
        """Whether there is room for a label at each of two years."""
        return abs(self.x(two) - self.x(one)) > 0.95

    def words(self, name: str, change: str, font: float, rising: bool) -> None:
        """The name above, `font` points; the change in the corner that the line leaves free."""
        (left, bottom), (width, height) = self.place, self.size
        self.ax.text(left, bottom + height + 0.08, name, fontsize=font, va="baseline",
                     fontweight="bold")  # fmt: skip
        self.ax.text(left + width - 0.1, bottom + (0.1 if rising else height - 0.1), change,
                     ha="right", va="bottom" if rising else "top", fontsize=font,
                     fontweight="bold")  # fmt: skip

    def band(self, low: Mapping[int, float], high: Mapping[int, float], look: str = "band") -> None:
        """The range between two paths."""
        self.add(look, [*self.path(low), *self.path(high)[::-1]])

    def marks(self, points: Sequence[Point]) -> None:
        """What others project, as marks."""
        for point in points:
            if np.isfinite(point.central):
                self.ax.plot([self.x(point.year)], [self.y(point.central)], linestyle="none",
                             zorder=5, **LOOKS[point.who])  # fmt: skip

    def dates(self, first: int, base: int, last: int) -> None:
        """Years along the bottom."""
        for year in (first, base, last) if self.apart(first, base) else (base, last):
            x, y = self.x(year), self.place[1]
            self.add("axis", [(x, y), (x, y - 0.07)])
            self.ax.text(x, y - 0.13, str(year), ha="center", va="top", fontsize=style.SMALL)


def draw_shapes(ax: Axes, shapes: Mapping[str, Sequence[np.ndarray]]) -> None:
    """Draw what the panels have collected, the ground first."""
    from matplotlib.collections import LineCollection, PolyCollection

    for look, options in FILLS.items():
        ax.add_collection(PolyCollection(shapes.get(look, []), **options), autolim=False)
    for look, options in STROKES.items():
        ax.add_collection(
            LineCollection(shapes.get(look, []), label=look, **options), autolim=False
        )
    ax.plot(*np.concatenate(shapes["base"]).T, "o", color=style.BLUE, markersize=3)


@style.in_style
def dependency(projection: Result, *, ax: Axes | None = None) -> Axes:
    """Child and old-age dependency: the nation by year above, the regions below.

    Below, a hollow mark is the base and a full mark the horizon. Per 100 of working age.
    """
    tables = {measure: dependency_by_year(projection, measure) for measure in RATIOS}
    base, last = projection.base_year, projection.last_year
    at_last = pd.DataFrame({measure: table[last] for measure, table in tables.items()})
    nation = projection.space.name(projection.nation)
    names = {**short_names(projection.space), projection.nation: nation}
    regions = at_last.loc[list(projection.space.ids)].sum(axis=1).sort_values(ascending=False)
    order = [projection.nation, *regions.index]
    groups = _groups()
    columns = [
        style.Column(
            f"{groups[measure]}\n{last}",
            [number(value, 1) for value in at_last.loc[order, measure]],
        )
        for measure in RATIOS
    ]
    left = style.names_width(names)
    words = max(style.text_width(capital(word), style.LABEL) for word in groups.values())
    right = max(style.columns_width(columns), words + 0.6)
    key = key_of([(groups[measure], {"marker": marker, "color": colour, "markersize": 4.2})
                  for measure, (colour, marker, _) in RATIOS.items()], columns)  # fmt: skip
    frame = projection.frame("dependency")
    low, between, high = 0.5 * len(order), 1.0 + key.above, 3.4
    ax = style.page(
        projection, ax,
        title=say("Dependency ratios, {years}", years=years(base, last)),
        explanation=say(
            "Children and older people per 100 persons of working age ({ages}), 1 January. Below: "
            "hollow mark {base}, full mark {year}, projected; the most dependent region first.",
            ages=years(*WORKING_AGES), base=base, year=last,
        ),
        status=status_line([frame[frame["measure"].isin(list(RATIOS))]]),
        height=low + between + high, left=left, right=right,
        above=0.7, below=1.0,
    )  # fmt: skip
    whole = low + between + high
    boxes = [(0.0, (low + between) / whole, 1.0, high / whole), (0.0, 0.0, 1.0, low / whole)]
    upper, lower = style.panels(ax, boxes)
    _nation_lines(upper, tables, projection)
    upper.set_title(nation, fontsize=style.LABEL, loc="left", fontweight="bold")
    _region_marks(lower, tables, order, names, (base, last))
    key.draw(lower, 0.3 - left)
    style.number_columns(lower, columns)
    return ax


def _groups() -> dict[str, str]:
    """The ages behind each ratio, in words."""
    return {
        "child_dependency": say("children {ages}", ages=years(0, WORKING_AGES[0] - 1)),
        "old_age_dependency": say("{age} and older", age=WORKING_AGES[1] + 1),
    }


def _nation_lines(ax: Axes, tables: Mapping[str, pd.DataFrame], projection: Result) -> None:
    ends: dict[str, float] = {}
    top = 0.0
    for measure, (colour, marker, dashes) in RATIOS.items():
        line = row_of(tables[measure], projection.nation)
        ax.plot(list(line), list(line.values()), color=colour, linestyle=dashes, marker=marker,
                markersize=3.5, linewidth=1.5)  # fmt: skip
        ends[measure] = line[projection.last_year]
        top = max(top, 1.15 * max(line.values()))
    style.shade_projected(ax, projection.base_year, projection.last_year)
    ax.set_xlim(projection.base_year - 0.15, projection.last_year + 0.15)
    ax.set_ylim(0, top)
    gap = 2.2 * style.height_of(1, style.LABEL) / style.size_of(ax)[1] * top
    places = style.spread(list(ends.values()), gap)
    for (measure, value), place in zip(ends.items(), places, strict=True):
        word = f"{capital(_groups()[measure])}\n{number(value, 1)}"
        ax.text(projection.last_year + 0.25, place, word, va="center", fontsize=style.LABEL)
    ax.set_xticks(style.some_years(projection.base_year, projection.last_year, years_in(ax)))
    style.number_ticks(ax.yaxis, 4)
    ax.grid(axis="y")
    unit = say("Persons per 100 of working age")
    ax.set_ylabel("\n".join(style.wrap(unit, style.size_of(ax)[1], style.LABEL)))


def _region_marks(
    ax: Axes,
    tables: Mapping[str, pd.DataFrame],
    order: Sequence[str],
    names: Mapping[str, str],
    dates: tuple[int, int],
) -> None:
    base, last = dates
    rows = np.arange(len(order))
    for (measure, (colour, marker, _)), shift in zip(RATIOS.items(), (-0.15, 0.15), strict=True):
        table, at = tables[measure].loc[list(order)], rows + shift
        ax.hlines(at, table[base], table[last], color=colour, linewidth=1.2)
        ax.plot(table[base], at, marker, markerfacecolor="white", markeredgecolor=colour,
                markersize=3.8, linestyle="none")  # fmt: skip
        ax.plot(table[last], at, marker, color=colour, markersize=3.8, linestyle="none")
        ax.axvline(float(table[last].iloc[0]), color=colour, linewidth=0.6,
                   linestyle=(0, (1, 2)))  # fmt: skip
    style.region_axis(ax, names, order, bold=order[0])
    ax.set_xlim(0, 1.05 * max(float(table.max().max()) for table in tables.values()))
    style.number_ticks(ax.xaxis, 7)
    ax.grid(axis="x")
    x_title(ax, say("Persons per 100 of working age"))
