"""The gap ladder in the workbook and as bars: what the shortage of workers could be met with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast.labour.ladder import MEASURES, RUNGS
from forecast.report import style
from forecast.report.extract import Result, row_of, wide
from forecast.report.narrow import fitting, key_of, x_title
from forecast.report.sheet import Row, Table, region_cells, region_headings, rounded
from forecast.report.wording import capital, short_names, status_line, table_names
from forecast.tables import TOTAL
from forecast.words import say
from forecast.words.digits import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FRAME = "labour_gap"
ROW = 0.56  # height of one region, cm
LOOKS = {  # colours of Okabe and Ito; neighbours differ in shade too, so that they part in print
    "unemployed": (style.BLUE, ""),
    "participation": (style.SKY, ""),
    "commuting": ("#009e73", "....."),
    "retraining": ("#f0e442", ""),
    "internal_movers": (style.ORANGE, "//////"),
    "kandas": ("#cc79a7", "\\\\\\\\\\\\"),
    "foreign": (style.VERMILION, "xxxxx"),
    "left": ("#8c8c8c", "+++++"),
}


def by_rung(projection: Result) -> pd.DataFrame:
    """((region with the nation, year), measure) of all sections together, jobs and persons."""
    frame = projection.frame(FRAME)
    table = wide(frame[frame["section"] == TOTAL], ["region", "year"], "measure")
    order = [projection.nation, *projection.space.ids]
    return table.reindex(order, level="region")


def labour_gap(projection: Result) -> Table:
    """The rungs of every region and year side by side; they add up to the gap."""
    table = by_rung(projection)
    shown = ["gap", *RUNGS, "surplus", "people_needed"]
    numbers = rounded(table[shown].to_numpy(dtype=float))
    return Table(
        say("Labour gap"),
        say("Shortage of workers and what it could be met with, in the order of the law, jobs"),
        say(
            "Status: {status}. Shortage = the columns up to '{last}' together. Shortage less the "
            "workers of sections with fewer jobs = labour deficit. People who would close the "
            "deficit: persons, negative means too many.",
            status=status_line([projection.frame(FRAME)]), last=capital(say(RUNGS["left"])),
        ),
        [*region_headings(), say("Year"), *(capital(say(MEASURES[name])) for name in shown)],
        [Row((*region_cells(projection, str(region)), str(year)), line.tolist())
         for (region, year), line in zip(table.index, numbers, strict=True)],
    )  # fmt: skip


def foreign_limit(projection: Result) -> Table:
    """The limit of foreign workers by region and section of activity in every year."""
    frame = projection.frame(FRAME)
    frame = frame[frame["measure"] == "foreign_limit"]
    table = wide(frame, ["region", "section"], "year")
    order = [projection.nation, *projection.space.ids]
    table = table[(table > 0).any(axis=1)].reindex(order, level="region")
    words = {TOTAL: say("total"), **table_names(projection.sections, "section")}
    numbers = rounded(table.to_numpy(dtype=float))
    return Table(
        say("Foreign limit"),
        say("Limit of foreign workers by region and section of activity, jobs"),
        say(
            "Status: {status}. What is left after residents, other regions and kandas, within the "
            "quota of the nation, by the sections that are short. Regions without a limit are "
            "left out.", status=status_line([frame]),
        ),
        [*region_headings(), say("Section"), *(str(year) for year in table.columns)],
        [Row((*region_cells(projection, str(region)), words.get(str(section), str(section))),
             line.tolist())
         for (region, section), line in zip(table.index, numbers, strict=True)],
    )  # fmt: skip


def at_year(projection: Result, year: int | None = None) -> tuple[int, pd.DataFrame]:
    """The year shown (the last without one) and its (region with the nation, measure)."""
    table = by_rung(projection)
    known = sorted({int(when) for when in table.index.get_level_values("year")})
    shown = known[-1] if year is None else year
    chosen = table[table.index.get_level_values("year") == shown].droplevel("year")
    return shown, chosen


@style.in_style
def gap_bars(projection: Result, *, ax: Axes | None = None) -> Axes:
    """What the shortage of workers of each region could be met with in the last year.

    One bar for each region, the largest gap first; its pieces are the rungs in their order, from
    the region's own unemployed to what is left open. Jobs, annual average.
    """
    year, table = at_year(projection)
    nation = row_of(table, projection.nation)
    table = table.loc[list(projection.space.ids)].sort_values("gap", ascending=False)
    frame = projection.frame(FRAME)
    frame = frame[(frame["year"] == year) & (frame["measure"] == "gap")]
    unit = say(str(frame["unit"].iloc[0]))
    columns = [
        style.Column(say("shortage"), [number(value) for value in table["gap"]], True),
        style.Column(say("left open"), [number(value) for value in table["left"]]),
    ]
    names = short_names(projection.space)
    left = style.names_width(names)
    shown = [name for name in RUNGS if (table[name] > 0).any()]
    words = [say(RUNGS[name]) for name in shown]
    columns = fitting(columns, left)
    key = key_of([(word, {"facecolor": LOOKS[name][0], "hatch": LOOKS[name][1]})
                  for word, name in zip(words, shown, strict=True)], columns)  # fmt: skip
    ax = style.page(
        projection, ax,
        title=say("Shortage of workers by region and what could meet it, {year}", year=year),
        explanation=say(
            "Jobs that the sections of a region miss, met in the order of the law. {nation} as a "
            "whole: {gap} short, {left} left open.",
            nation=projection.space.name(projection.nation), gap=number(nation["gap"]),
            left=number(nation["left"]),
        ),
        status=status_line([frame]),
        height=ROW * len(table), left=left, right=style.columns_width(columns),
        above=key.above, below=1.0,
    )  # fmt: skip
    _stacked(ax, table, shown)
    style.region_axis(ax, names, list(table.index))
    ax.set_xlim(0, 1.02 * float(table["gap"].max()) or 1.0)
    style.number_ticks(ax.xaxis, 4)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    x_title(ax, capital(unit))
    key.draw(ax, 0.3 - left)
    style.number_columns(ax, columns)
    return ax


def _stacked(ax: Axes, table: pd.DataFrame, shown: list[str]) -> None:
    """The pieces of each bar, one after the other."""
    rows, reached = np.arange(len(table)), np.zeros(len(table))
    for name in shown:
        colour, hatch = LOOKS[name]
        end = reached + table[name].to_numpy(dtype=float)
        boxes = np.column_stack([reached, rows - 0.33, end, rows + 0.33])
        style.rectangles(ax, boxes, edgecolor="white", linewidth=0, facecolor=colour, hatch=hatch,
                         label=name)  # fmt: skip
        reached = end


def alternative(projection: Result) -> str:
    """What the figure shows, for those who do not see it."""
    year, table = at_year(projection)
    regions = table.loc[list(projection.space.ids)]
    most = str(regions["gap"].idxmax())
    found = row_of(regions, most)
    return say(
        "Stacked bars of the shortage of workers by region in {year} and what could meet it: "
        "largest in {region} ({gap} jobs, {left} left open).",
        year=year, region=projection.space.name(most), gap=number(found["gap"]),
        left=number(found["left"]),
    )  # fmt: skip
