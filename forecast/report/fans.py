"""Figures of what is not known: fans of the draws, and which component makes them wide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast.errors import InputError
from forecast.report import style
from forecast.report.beside import Point, entries, points, publishers, told
from forecast.report.beside import draw as draw_points
from forecast.report.extract import (
    Result,
    history_by_year,
    population_by_year,
    row_of,
    wide,
)
from forecast.report.lines import Grid, Panel, draw_shapes
from forecast.report.narrow import fitting, key_of, x_title, years_in
from forecast.report.wording import capital, person_scale, short_names, status_line, years
from forecast.uncertain import COMPONENTS
from forecast.words import say
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

BANDS = ((0.025, 0.975), (0.1, 0.9))
OPAQUE = (0.3, 0.6)  # of the bands, laid over each other
LOOKS: dict[str, tuple[str, str]] = {  # component: colour, hatch
    "base": (style.GREY, "xxxxx"),
    "fertility": (style.BLUE, ""),
    "mortality": (style.SKY, "...."),
    "internal_level": (style.ORANGE, ""),
    "gross_level": ("#8c6d1f", "|||||"),
    "internal_moves": ("#f6d7a3", "//////"),
    "external": (style.VERMILION, "\\\\\\\\"),
    "response": ("#009e73", "+++++"),
    "delivery": ("#7a4b94", "-----"),
}
ROW = 0.56  # height of one region, cm
WHOLE = (0.1, 0.5, 0.9)  # quantiles without decimals in per cent


def band_words() -> str:
    """What the shades of a fan are, in words."""
    return say("Dark shade: 80\u00a0% of the draws; light shade: 95\u00a0%.")


@style.in_style
def fan(
    projection: Result,
    *,
    region: str | None = None,
    beside: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Population on 1 January with its intervals: a panel for each region, or one region large.

    Observed years solid, the median of the draws dashed. Every small panel spans the same range
    in per cent of its population at the base, so equal slopes are equal growth.

    region : id of a region or the nation
    beside : projections of others, rows of `forecast.realism.reality_frame`, drawn as marks
    """
    frame = _population(projection)
    if region is not None:
        return _large(projection, frame, region, beside, ax)
    space, base, last = projection.space, projection.base_year, projection.last_year
    history, future = history_by_year(projection), population_by_year(projection)
    tables = {level: _at(frame, level) for pair in BANDS for level in pair}
    median = _at(frame, 0.5)
    scale, unit = person_scale(float(future.loc[list(space.ids)].max().max()))
    first = int(min(history.columns, default=base))
    grid = Grid.of(space)
    others = {name: points(projection, beside, name) for name in space.ids}
    key = key_of(entries([point for found in others.values() for point in found]))
    ax = style.page(
        projection, ax,
        title=say("Population on 1 January by region with intervals, {unit}, {years}", unit=unit,
                  years=years(first, last)),
        explanation=say(
            "Solid: up to {base}. Dashed on grey: median of the draws. {bands} Every panel spans "
            "the same range in per cent of {base}. Numbers: 80 % interval of {last}.",
            base=base, last=last, bands=band_words(),
        ),
        status=status_line([frame]), height=grid.height, left=0.2, right=0.2, below=0.35,
        above=key.above if key.entries else 0.2,
    )  # fmt: skip
    grid.open(ax)
    limits = _relative(projection, [history, *tables.values()], base, others)
    key.draw(ax, 0.0)
    shapes: dict[str, list[np.ndarray]] = {}
    for k, name in enumerate(space.ids):
        panel = Panel(ax, *grid.panel(k), (first - 1.3, last + 1.3), limits,
                      row_of(future, name)[base], shapes)  # fmt: skip
        levels = {level: row_of(table, name) for level, table in tables.items()}
        panel.draw(row_of(history, name), row_of(median, name))
        panel.marks(others[name])
        rising, text = _bands(panel, levels, scale)
        panel.words(grid.names[name], text, grid.font, rising)
        if k + grid.across >= len(space):
            panel.dates(first, base, last)
    draw_shapes(ax, shapes)
    return ax


def _bands(
    panel: Panel, levels: Mapping[float, Mapping[int, float]], scale: float
) -> tuple[bool, str]:
    """Draw both bands; whether the inner one ends above the base, and its ends as words."""
    for look, (one, other) in zip(("outer", "inner"), BANDS, strict=True):
        panel.band(levels[one], levels[other], look)
    last = max(levels[BANDS[1][0]])
    low, high = (levels[level][last] / scale for level in BANDS[1])
    digits = 0 if low >= 100 else 1
    text = f"{number(low, digits)}\u2013{number(high, digits)}"
    return (low + high) / 2 * scale >= panel.unit, text


def _relative(
    projection: Result,
    tables: list[pd.DataFrame],
    base: int,
    others: Mapping[str, Sequence[Point]],
) -> tuple[float, float]:
    """The range of all regions relative to their base population."""
    regions = list(projection.space.ids)
    size = population_by_year(projection).loc[regions, base]
    both = pd.concat(tables, axis=1).loc[regions].div(size, axis=0)
    marks = [point.central / size[name] for name, found in others.items() for point in found]
    low = float(np.nanmin([both.min().min(), *marks]))
    high = float(np.nanmax([both.max().max(), *marks]))
    room = 0.12 * (high - low) or 0.05
    return low - room, high + room


def _large(
    projection: Result,
    frame: pd.DataFrame,
    region: str,
    beside: pd.DataFrame | None,
    ax: Axes | None,
) -> Axes:
    base, last = projection.base_year, projection.last_year
    history = row_of(history_by_year(projection), region)
    levels = {level: row_of(_at(frame, level), region) for pair in BANDS for level in pair}
    median = row_of(_at(frame, 0.5), region)
    scale, unit = person_scale(max(median.values()))
    label = style.region_label(projection.space, projection.nation, region)
    others = points(projection, beside, region)
    explanation = say("Solid: up to {base}. Dashed: median of the draws. {bands}", base=base,
                      bands=band_words()) + " " + told(others, scale, unit)  # fmt: skip
    published = publishers(others)
    if published:
        explanation += " " + say("Published: {sources}.", sources=published)
    key = key_of(entries(others))
    ax = style.page(
        projection, ax,
        title=say("{region}: population on 1 January with intervals, {years}", region=label,
                  years=years(min([*history, base]), last)),
        explanation=explanation.strip(),
        status=status_line([frame]), height=8.0, left=2.2, right=2.6,
        above=key.above if key.entries else 0.3, below=0.9,
    )  # fmt: skip
    key.draw(ax, 0.3 - 2.2)
    draw_points(ax, others, scale)
    steps = list(median)
    for (low, high), alpha in zip(BANDS, OPAQUE, strict=True):
        below = [levels[low][year] / scale for year in steps]
        above = [levels[high][year] / scale for year in steps]
        ax.fill_between(steps, below, above, color=style.SKY, alpha=alpha, linewidth=0)
    ax.plot(list(history), [v / scale for v in history.values()], color=style.BLUE, linewidth=1.8)
    ax.plot(steps, [median[year] / scale for year in steps], color=style.BLUE, linewidth=1.8,
            linestyle=(0, (2.5, 1.2)))  # fmt: skip
    style.shade_projected(ax, base, last)
    ends = {
        **{level: line[last] / scale for level, line in levels.items()},
        0.5: median[last] / scale,
    }
    order = sorted(ends)
    ax.margins(x=0.01)
    bottom, top = ax.get_ylim()
    gap = style.height_of(1, style.LABEL) / style.size_of(ax)[1] * (top - bottom)
    places = style.spread([ends[level] for level in order], gap)
    digits = 0 if ends[0.5] >= 1000 else 1
    for level, place in zip(order, places, strict=True):
        word = f"{number(ends[level], digits)}  {per_cent(100 * level, 0 if level in WHOLE else 1)}"
        ax.text(last + 0.01 * (last - min([*history, base])), place, word, va="center",
                fontsize=style.LABEL, fontweight="bold" if level == 0.5 else "normal")  # fmt: skip
    ax.set_xticks(style.some_years(min([*history, base]), last, years_in(ax)))
    style.number_ticks(ax.yaxis, 5)
    ax.grid(axis="y")
    ax.set_ylabel(capital(unit))
    return ax


@style.in_style
def variance(projection: Result, *, ax: Axes | None = None) -> Axes:
    """What makes the population of each region uncertain at the horizon: shares of the variance.

    The number beside each bar is the standard deviation of all components together, per cent of
    the population.
    """
    frame = projection.frame("variance")
    if frame.empty:
        raise InputError("", say("the run has no draws"))
    last = projection.last_year
    rows = frame[frame["year"] == last]
    share = wide(rows[rows["measure"] == "share"], "region", "component")
    spread = wide(rows[rows["measure"] == "standard_deviation"], "region", "component")["all"]
    people = population_by_year(projection)[last]
    relative = (100 * spread / people).loc[[projection.nation, *projection.space.ids]]
    regions = relative.loc[list(projection.space.ids)].sort_values(ascending=False)
    order = [projection.nation, *regions.index]
    names = {**short_names(projection.space), projection.nation: projection.space.name(
        projection.nation)}  # fmt: skip
    drawn = [name for name in COMPONENTS if name in share and share[name].max() > 0.05]
    scale, unit = person_scale(float(spread.max()))
    columns = [
        style.Column("%", [per_cent(value, 1) for value in relative.loc[order]], True),
        style.Column(unit, [number(value / scale, 1) for value in spread.loc[order]]),
    ]
    left = style.names_width(names)
    columns = fitting(columns, left)
    key = key_of([(say(COMPONENTS[name]), {"facecolor": LOOKS[name][0], "hatch": LOOKS[name][1]})
                  for name in drawn], columns)  # fmt: skip
    ax = style.page(
        projection, ax,
        title=say("What makes the population of 1 January {year} uncertain", year=last),
        explanation=say(
            "Shares of the variance when one component alone is drawn. Numbers: standard deviation "
            "of all together, per cent of the population and persons; the most uncertain region "
            "first.",
        ),
        status=status_line([frame]),
        height=ROW * len(order), left=left, right=style.columns_width(columns),
        above=key.above, below=1.0,
    )  # fmt: skip
    _shares(ax, share.loc[order, drawn])
    style.region_axis(ax, names, order, bold=order[0])
    ax.set_xlim(0, 100)
    style.number_ticks(ax.xaxis, 5)
    x_title(ax, say("Per cent of the variance"))
    key.draw(ax, 0.3 - left)
    style.number_columns(ax, columns)
    return ax


def _shares(ax: Axes, table: pd.DataFrame) -> None:
    """Stacked bars of the shares, a row for each region."""
    reached, rows = np.zeros(len(table)), np.arange(len(table))
    for name in table:
        colour, hatch = LOOKS[str(name)]
        values = table[name].to_numpy(dtype=float)
        boxes = np.column_stack([reached, rows - 0.33, reached + values, rows + 0.33])
        style.rectangles(ax, boxes, facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0.3)
        reached += values


def _population(projection: Result) -> pd.DataFrame:
    frame = projection.frame("quantiles")
    if frame.empty:
        raise InputError("", say("the run has no draws"))
    return frame[frame["measure"] == "population"]


def _at(frame: pd.DataFrame, level: float) -> pd.DataFrame:
    """(region with the nation, year) one quantile."""
    return wide(frame[frame["quantile"] == level], "region", "year")
