"""The labour deficit by section of activity: regions by sections, or sections by years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast.errors import InputError
from forecast.report import style
from forecast.report.classes import PALE_HATCH, shades_key
from forecast.report.extract import Result, wide
from forecast.report.narrow import is_narrow
from forecast.report.wording import capital, short_names, status_line, table_names
from forecast.tables import TOTAL
from forecast.words import say
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FRAME, DEFICIT, DEMAND = "labour_detail", "labour_deficit", "labour_demand"
LIMITS = (0.0, 1.0, 2.5, 5.0, 10.0)  # per cent of the jobs of a section: where the shade changes
ROW = 0.56  # height of a row, cm
LEAST = 5.2  # points: numbers that would be smaller are left out
YEARS = 8  # columns of years at most
SUM = "\u03a3"  # heads the column of all sections where a word has no room
HATCH = "////"  # of a shortage, so that it is told from a surplus without colour


@dataclass(frozen=True)
class Cells:
    """What the figure shows: persons short and per cent of the jobs, with words at both sides.

    values, shares : (row, column)
    rows, columns  : words by label
    """

    values: pd.DataFrame
    shares: pd.DataFrame
    rows: Mapping[str, str]
    columns: Mapping[str, str]


@style.in_style
def labour_sections(
    projection: Result, *, ax: Axes | None = None, region: str | None = None,
    year: int | None = None,
) -> Axes:  # fmt: skip
    """Labour deficit by section of activity, jobs, annual average; positive is short of workers.

    region : id of a region or the nation: its sections by year; without it all regions by section
    year   : calendar year; the last without it
    Shade: the deficit per cent of the jobs of the section in the region; shortages are hatched.
    Raises InputError for a year that is not in the run, and where no deficit is known.
    """
    frame = projection.frame(FRAME)
    frame = frame[(frame["measure"] == DEFICIT) & (frame["qualification"] == TOTAL)]
    known = sorted({int(when) for when in frame["year"]})
    shown = known[-1] if year is None else year
    if shown not in known:
        raise InputError("", say("{year} is not within {first}-{last}", year=shown, first=known[0],
                                 last=known[-1]))  # fmt: skip
    frame = frame if region is not None else frame[frame["year"] == shown]
    frame = frame[frame["year"] <= shown]
    if not frame.loc[frame["region"] == region if region else slice(None), "value"].notna().any():
        place = projection.space.name(region or projection.nation)
        raise InputError("", say("{region}: the labour deficit is unknown", region=place))
    cells = _of_region(projection, frame, region) if region else _of_all(projection, frame)
    large = float(np.nanmax(np.abs(cells.values.to_numpy(dtype=float)))) >= 1000
    unit = say("thousand jobs") if large else say("jobs")
    texts = _texts(cells.values, 1000.0 if large else 1.0)
    left = _names_room(cells)
    width = (style.width() - left - 0.3) / len(cells.columns)
    font = min(style.LABEL, style.LABEL * (width - 0.06) / max(
        style.text_width(text, style.LABEL) for line in texts for text in line))  # fmt: skip
    place = style.region_label(projection.space, projection.nation, region)
    letters = [] if region else style.wrap(_letters(projection, cells), style.width() - 0.4,
                                           style.SMALL)  # fmt: skip
    ax = style.page(
        projection, ax,
        title=say("{region}: labour deficit by section of activity, annual average", region=place)
        if region else
        say("Labour deficit by region and section of activity, {year}, annual average", year=shown),
        explanation=_explanation(unit, font >= LEAST), status=status_line([frame]),
        height=ROW * len(cells.rows), left=left, right=0.3, above=0.65,
        below=0.95 + (style.height_of(len(letters), style.SMALL) + 0.2 if letters else 0.0),
    )  # fmt: skip
    _draw(ax, cells, texts, font if font >= LEAST else 0.0, left)
    _key(ax, 0.3 - left)
    height = style.size_of(ax)[1]
    for k, line in enumerate(letters, start=1):
        ax.text((0.2 - left) / style.size_of(ax)[0], -(0.95 + style.height_of(k, style.SMALL))
                / height, line, transform=ax.transAxes, fontsize=style.SMALL, color=style.GREY,
                va="baseline")  # fmt: skip
    return ax


def _of_all(projection: Result, frame: pd.DataFrame) -> Cells:
    """Regions with the nation down, sections across by their letters."""
    order = [projection.nation, *projection.space.ids]
    sections = _sections(projection, frame)
    values = wide(frame, "region", "section").reindex(index=order, columns=sections)
    jobs = _jobs(projection)
    year = int(frame["year"].iloc[0])
    demand = wide(jobs[jobs["year"] == year], "region", "section")
    demand = demand.reindex(index=order, columns=sections)
    names = {projection.nation: projection.space.name(projection.nation),
             **short_names(projection.space)}  # fmt: skip
    together = SUM if is_narrow() else say("all")
    across = {code: code if code != TOTAL else together for code in sections}
    return Cells(values, 100.0 * values / demand, {key: names[key] for key in order}, across)


def _of_region(projection: Result, frame: pd.DataFrame, region: str) -> Cells:
    """Sections down, years across."""
    frame = frame[frame["region"] == region]
    sections = _sections(projection, frame)
    found = [int(when) for when in sorted(set(frame["year"]))]
    most = 4 if is_narrow() else YEARS
    chosen = style.some_years(found[0], found[-1], most)
    values = wide(frame, "section", "year").reindex(index=sections, columns=chosen)
    jobs = _jobs(projection)
    demand = wide(jobs[jobs["region"] == region], "section", "year")
    demand = demand.reindex(index=sections, columns=chosen)
    shares = (100.0 * values / demand).set_axis([str(when) for when in chosen], axis=1)
    words = {**table_names(projection.sections, "section"), TOTAL: say("all sections")}
    return Cells(
        values.set_axis(shares.columns, axis=1), shares,
        {code: capital(_first(words.get(code, code))) for code in sections},
        {str(when): str(when) for when in chosen},
    )  # fmt: skip


def _sections(projection: Result, frame: pd.DataFrame) -> list[str]:
    """The sections of the frame in the order of the classifier, all together first."""
    there = set(frame["section"])
    return [code for code in (TOTAL, *projection.sections["section"].astype(str)) if code in there]


def _jobs(projection: Result) -> pd.DataFrame:
    """Labour demand by region, year and section."""
    frame = projection.frame("labour")
    return frame[frame["measure"] == DEMAND]


def _first(name: str) -> str:
    """The name of a section up to its first semicolon: the rest is detail."""
    return name.partition(";")[0]


def _letters(projection: Result, cells: Cells) -> str:
    """What the letters of the sections mean."""
    names = table_names(projection.sections, "section")
    names = {TOTAL: say("all sections"), **names}
    return "; ".join(f"{letter}\u00a0\u2013 {_first(names[code])}"
                     for code, letter in cells.columns.items()
                     if letter in (code, SUM)) + "."  # fmt: skip


def _texts(values: pd.DataFrame, scale: float) -> list[list[str]]:
    """The numbers of the cells; thousands from ten on without decimals, an empty cell unknown."""

    def text(value: float) -> str:
        digits = 1 if scale > 1 and abs(value) < 9.95 * scale else 0
        return number(value / scale, digits, signed=True) if np.isfinite(value) else ""

    return [[text(float(value)) for value in line] for line in values.to_numpy(dtype=float)]


def _names_room(cells: Cells) -> float:
    """Room for the words of the rows, cm; long ones go on two lines."""
    widest = max(style.text_width(name, style.SMALL if len(cells.columns) <= YEARS else style.LABEL)
                 for name in cells.rows.values())  # fmt: skip
    return min(widest + 0.35, 0.5 * style.width())


def _explanation(unit: str, numbered: bool) -> str:
    text = say("Positive: short of workers, hatched. Negative: more workers than jobs. Shade: per "
               "cent of the jobs of the section.")  # fmt: skip
    return text + " " + (
        say("Numbers: {unit}.", unit=unit) if numbered
        else say("The numbers stand in the workbook and in this figure as wide as a page.")
    )  # fmt: skip


def _colour(share: float) -> str:
    """The shade of a cell; a shortage in the colours of a warning."""
    if not np.isfinite(share) or share == 0:
        return "white"
    shades = style.FALLS if share > 0 else style.RISES
    return shades[int(np.searchsorted(LIMITS, abs(share))) - 1]


def _draw(ax: Axes, cells: Cells, texts: Sequence[Sequence[str]], font: float, left: float) -> None:
    """Shaded boxes with their numbers and the words at both sides."""
    ax.set_xlim(-0.5, len(cells.columns) - 0.5)
    ax.set_ylim(len(cells.rows) - 0.5, -0.5)
    ax.set_xticks([])
    ax.set_yticks([])
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    shares = cells.shares.to_numpy(dtype=float)
    looks: dict[tuple[str, bool], list[tuple[float, float, float, float]]] = {}
    for row, column in np.ndindex(shares.shape):
        share = float(shares[row, column])
        box = (column - 0.47, row - 0.45, column + 0.47, row + 0.45)
        looks.setdefault((_colour(share), share > 0), []).append(box)
        if font:
            _number(ax, (column, row), texts[row][column], share, font)
    for (colour, short), boxes in looks.items():
        edge, hatch = (PALE_HATCH, HATCH) if short else ("white", "")
        style.rectangles(ax, np.array(boxes), facecolor=colour, linewidth=0, zorder=0,
                         edgecolor=edge, hatch=hatch)  # fmt: skip
    width, height = style.size_of(ax)
    for row, name in enumerate(cells.rows.values()):
        size = style.LABEL if len(cells.columns) > YEARS else style.SMALL
        lines = style.wrap(name, left - 0.3, size)
        if len(lines) > 1:  # smaller, so that all fit into the height of a row
            size *= 0.8 if len(lines) == 2 else 0.7
            lines = style.wrap(name, left - 0.3, size)
        ax.text(-0.15 / width, row, "\n".join(lines), transform=ax.get_yaxis_transform(),
                ha="right", va="center", fontsize=size, linespacing=1.0,
                fontweight="bold" if row == 0 else "normal")  # fmt: skip
    for column, name in enumerate(cells.columns.values()):
        room = width / len(cells.columns)
        size = style.LABEL * min(1.0, (room - 0.04) / style.text_width(name, style.LABEL))
        ax.text(column, 1 + 0.12 / height, name, transform=ax.get_xaxis_transform(), ha="center",
                va="baseline", fontsize=size)  # fmt: skip


def _number(ax: Axes, at: tuple[int, int], text: str, share: float, font: float) -> None:
    """The number of a cell, on a ground of the cell's colour so that the hatch leaves it alone."""
    colour = _colour(share)
    dark = colour in style.RISES[3:] + style.FALLS[3:]
    under = {"facecolor": colour, "linewidth": 0, "pad": 0.6} if share > 0 else None
    ax.text(*at, text, ha="center", va="center_baseline", fontsize=font,
            color="white" if dark else style.INK, bbox=under)  # fmt: skip


def _key(ax: Axes, start: float) -> None:
    """The shades below the table: surplus left, shortage right."""
    count = len(LIMITS)
    shades = [(colour, "") for colour in style.RISES[:count][::-1]]
    shades += [(colour, HATCH) for colour in style.FALLS[:count]]
    marks = [*(-edge for edge in LIMITS[:0:-1]), *LIMITS]
    words = [per_cent(mark, 1 if mark % 1 else 0, signed=True) for mark in marks]
    shades_key(ax, shades, words, start)


def has_sections(projection: Result) -> bool:
    """Whether the run tells the deficit of sections apart; some packages know the sum alone."""
    frame = projection.frame(FRAME)
    deficit = frame["measure"].eq(DEFICIT) & frame["qualification"].eq(TOTAL)
    told = frame.loc[deficit & frame["value"].notna(), "section"]
    return bool(told.ne(TOTAL).any())


def alternative(projection: Result) -> str:
    """What the figure shows, for those who do not see it."""
    frame = projection.frame(FRAME)
    frame = frame[(frame["measure"] == DEFICIT) & (frame["qualification"] == TOTAL)]
    year = int(frame["year"].max())
    frame = frame[(frame["year"] == year) & (frame["section"] != TOTAL)]
    regions = frame[frame["region"].isin(projection.space.ids)]
    most = regions.nlargest(1, "value").iloc[0]
    names = table_names(projection.sections, "section")
    return say(
        "Heat map of the labour deficit by region ({count}) and section of activity in {year}: "
        "shortest of workers is {section} in {region} ({value} jobs).",
        count=len(projection.space), year=year, value=number(float(most["value"]), signed=True),
        region=projection.space.name(str(most["region"])),
        section=names.get(str(most["section"]), str(most["section"])),
    )  # fmt: skip
