"""What the page shows of a run: a figure, and the numbers beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from forecast.labour.deficit import MEASURES as LABOUR
from forecast.report.extract import (
    added_need,
    base_need,
    components_by_year,
    labour_at_horizon,
    population_by_year,
    population_pyramid,
    row_of,
    wide,
)
from forecast.report.figures import draw, page_text, svg, write_figure
from forecast.report.paths import MOST, paths
from forecast.report.style import styled
from forecast.report.wording import short_names, table_names, unit_words
from forecast.words import mark, say
from forecast.words.digits import number

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from forecast.projection import Projection

VIEWS = {
    "population": mark("Population"),
    "pyramid": mark("Age and sex"),
    "map": mark("Map"),
    "labour": mark("Labour"),
    "needs": mark("Needs"),
}
OTHERS = MOST - 2  # scenarios beside the moved one and its own base
AGES = ((0, 15), (15, 30), (30, 45), (45, 60), (60, 75), (75, None))
Rows = list[tuple[str, ...]]


@dataclass(frozen=True)
class Shown:
    """What stands on a page.

    run    : of the scenario with the levers moved; rest: of the same with none moved
    others : of the scenarios beside it
    region : id of a region or of the nation
    """

    run: Projection
    rest: Projection
    others: tuple[Projection, ...]
    region: str

    @property
    def place(self) -> str | None:
        """The region, None for the nation."""
        return None if self.region == self.run.nation else self.region

    @property
    def name(self) -> str:
        return self.run.space.name(self.region)

    @property
    def regions(self) -> dict[str, str]:
        """The nation and the regions by id, named shortly."""
        nation = self.run.nation
        return {nation: self.run.space.name(nation), **short_names(self.run.space)}


@dataclass(frozen=True)
class Grid:
    """Numbers as a table: a caption with the unit, headings, and rows of texts; `bold` row."""

    caption: str
    headings: tuple[str, ...]
    rows: Rows
    bold: int = -1


def figure(shown: Shown, view: str) -> Figure:
    """The figure of a view."""
    if view == "population":
        if shown.run.draws:
            return draw(shown.run, "fan", region=shown.region)
        beside = [shown.rest, *shown.others] if shown.run is not shown.rest else shown.others
        drawn: Figure = paths(shown.run, beside, region=shown.place).get_figure(root=True)  # type: ignore[assignment]
        return drawn
    if view == "pyramid":
        return draw(shown.run, "pyramid", region=shown.place)
    kind = {"map": "map", "labour": "labour_deficit", "needs": "infrastructure_need"}[view]
    return draw(shown.run, kind)


def picture(shown: Shown, view: str) -> tuple[str, str]:
    """The figure of a view as SVG, and what it shows in words."""
    drawn = figure(shown, view)
    text = page_text(shown.run, drawn)
    with styled():
        return svg(drawn, say(VIEWS[view]), text), text


def write_picture(shown: Shown, view: str, path: Path, kind: str) -> None:
    """The figure of a view as a file, png or svg."""
    drawn = figure(shown, view)
    write_figure(drawn, path, kind, page_text(shown.run, drawn))


def table(shown: Shown, view: str) -> Grid:
    """The numbers of a view."""
    return TABLES[view](shown)


def headlines(shown: Shown) -> list[tuple[str, str, str]]:
    """The few numbers above the figure: what, how many, and what the levers change."""
    now, before = _totals(shown.run, shown.region), _totals(shown.rest, shown.region)
    found = [
        _headline(say("Population on 1 January {year}, persons", year=shown.run.last_year),
                  now["people"], before["people"]),
        _headline(say("Net migration in {year}, persons", year=shown.run.last_year - 1),
                  now["migration"], before["migration"], signed=True),
    ]  # fmt: skip
    if "short" in now:
        found.append(
            _headline(say("Labour deficit in {year}, jobs", year=labour_at_horizon(shown.run)[0]),
                      now["short"], before["short"], signed=True)
        )  # fmt: skip
    return found


@lru_cache(maxsize=8)  # the run without the levers is asked each time that one is moved
def _totals(run: Projection, region: str) -> dict[str, float]:
    """People on the last 1 January; net migration and, if told, labour deficit of the last year."""
    year = run.last_year - 1
    table = components_by_year(run, year=year)
    found = {
        "people": row_of(population_by_year(run), region)[run.last_year],
        "migration": row_of(table, (region, year))["migration"],
    }
    if len(run.frame("labour")):
        found["short"] = row_of(labour_at_horizon(run)[1], region)["labour_deficit"]
    return found


def _headline(
    what: str, value: float, before: float, *, signed: bool = False
) -> tuple[str, str, str]:
    change = value - before
    same = abs(change) < 0.5
    text = say("as without the levers") if same else say(
        "{change} against the scenario without the levers", change=number(change, signed=True)
    )  # fmt: skip
    return what, number(value, signed=signed), text


class Told(str):
    """A number as the page shows it, and its value as a file holds it."""

    value: float | None = None


def _told(value: float | None, digits: int = 0, *, signed: bool = False) -> Told:
    """A number in the words of the language; None and NaN are unknown."""
    found = Told(number(value, digits, signed=signed))
    found.value = None if value is None or math.isnan(value) else round(float(value), digits) + 0
    return found


def _path_table(shown: Shown) -> Grid:
    runs = [shown.run] if shown.run is shown.rest else [shown.rest, shown.run]
    runs += shown.others
    lines = [row_of(population_by_year(run), shown.region) for run in runs]
    stocks = sorted({year for line in lines for year in line})
    rows: Rows = []
    for year in stocks:
        cells = [_told(line[year]) if year in line else "" for line in lines]
        if shown.run is not shown.rest:
            both = all(year in line for line in lines[:2])
            change = _told(lines[1][year] - lines[0][year], signed=True) if both else ""
            cells.insert(2, change)
        if shown.run.draws:
            cells += _interval(shown.run, shown.region, year)
        rows.append((str(year), *cells))
    heads = [run.title for run in runs]
    if shown.run is not shown.rest:
        heads.insert(2, say("difference"))
    if shown.run.draws:
        heads += [say("80 % interval, low"), say("80 % interval, high")]
    caption = say("{region}: population on 1 January, persons", region=shown.name)
    return Grid(caption, (say("Year"), *heads), rows, len(rows) - 1)


def _interval(run: Projection, region: str, year: int) -> list[str]:
    frame = run.frame("quantiles")
    frame = frame[(frame["measure"] == "population") & (frame["region"] == region)]
    found = wide(frame, "year", "quantile")
    if year not in found.index:
        return ["", ""]
    return [_told(row_of(found, year)[level]) for level in (0.1, 0.9)]


def _pyramid_table(shown: Shown) -> Grid:
    base, last = shown.run.base_year, shown.run.last_year
    before = population_pyramid(shown.run, shown.place, base)
    after = population_pyramid(shown.run, shown.place, last)
    rest = population_pyramid(shown.rest, shown.place, last)
    rows: Rows = []
    for low, high in AGES:
        name = f"{low}\u2013{high - 1}" if high is not None else f"{low}+"
        cut = slice(low, None if high is None else high - 1)
        sums = [float(part.loc[cut].to_numpy().sum()) for part in (before, after, rest)]
        rows.append((name, _told(sums[0]), _told(sums[1]), _told(sums[1] - sums[2], signed=True)))
    heads = (say("Age"), str(base), str(last), say("difference"))
    return Grid(say("{region}: persons by age on 1 January", region=shown.name), heads, rows)


def _map_table(shown: Shown) -> Grid:
    mine, rest = population_by_year(shown.run), population_by_year(shown.rest)
    base, last = shown.run.base_year, shown.run.last_year
    rows: Rows = []
    for region, name in shown.regions.items():
        line = row_of(mine, region)
        before, after, other = line[base], line[last], row_of(rest, region)[last]
        rows.append((name, _told(before), _told(after),
                     _told(100 * (after / before - 1) if before else None, 1, signed=True),
                     _told(after - other, signed=True)))  # fmt: skip
    heads = (say("Region"), str(base), str(last), say("growth") + ", %", say("difference"))
    caption = say("Persons on 1 January")
    return Grid(caption, heads, rows, _place(shown))


def _labour_table(shown: Shown) -> Grid:
    year, mine = labour_at_horizon(shown.run)
    _, rest = labour_at_horizon(shown.rest)
    rows: Rows = []
    for region, name in shown.regions.items():
        line = row_of(mine, region)
        change = line["labour_deficit"] - row_of(rest, region)["labour_deficit"]
        rows.append((name, _told(line["labour_demand"]),
                     _told(line["labour_deficit"], signed=True),
                     _told(change, signed=True)))  # fmt: skip
    words = (say(LABOUR[measure]) for measure in ("labour_demand", "labour_deficit"))
    heads = (say("Region"), *words, say("difference"))
    caption = say("Jobs in {year}; a positive deficit is a shortage of workers", year=year)
    return Grid(caption, heads, rows, _place(shown))


def _needs_table(shown: Shown) -> Grid:
    year, mine = added_need(shown.run)
    _, rest = added_need(shown.rest)
    before = base_need(shown.run)
    table, names = shown.run.facilities, table_names(shown.run.facilities, "kind")
    units = dict(zip(table["kind"].astype(str), table["unit"].astype(str), strict=True))
    rows: Rows = []
    needed, without, at_base = (row_of(part, shown.region) for part in (mine, rest, before))
    for kind, added in needed.items():
        unit = unit_words(shown.run, units[str(kind)])
        rows.append((f"{names[str(kind)]} ({unit})", _told(at_base[kind]),
                     _told(added, signed=True),
                     _told(added - without[kind], signed=True)))  # fmt: skip
    heads = (say("Facility"), say("need in {year}", year=shown.run.base_year),
             say("added by {year}", year=year), say("difference"))  # fmt: skip
    return Grid(say("{region}: need for facilities on 1 January", region=shown.name), heads, rows)


def _place(shown: Shown) -> int:
    return list(shown.regions).index(shown.region)


TABLES: Mapping[str, Callable[[Shown], Grid]] = {
    "population": _path_table,
    "pyramid": _pyramid_table,
    "map": _map_table,
    "labour": _labour_table,
    "needs": _needs_table,
}


def viewable(run: Projection) -> list[str]:
    """The views that a run has numbers for."""
    lacking = set() if run.outlines else {"map"}
    for view, frame in (("labour", "labour"), ("needs", "infrastructure")):
        if run.frame(frame).empty:
            lacking.add(view)
    return [view for view in VIEWS if view not in lacking]


def csv(grid: Grid) -> str:
    """A table as CSV: numbers as digits and a point, which a spreadsheet or a program can read.

    What is not known is a word, as on the page.
    """
    rows = [[_plain(cell) for cell in row] for row in grid.rows]
    text: str = pd.DataFrame(rows, columns=list(grid.headings), dtype=object).to_csv(index=False)
    return text


def _plain(cell: str) -> str:
    value = cell.value if isinstance(cell, Told) else None
    if value is None:
        return str(cell)
    return f"{value:.0f}" if value == round(value) else str(value)


__all__: Sequence[str] = (
    "OTHERS", "VIEWS", "Grid", "Shown", "csv", "figure", "headlines", "picture", "table",
    "viewable", "write_picture",
)  # fmt: skip
