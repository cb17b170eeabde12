"""The population pyramid: the base as bars, the horizon as an outline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecast.report import style
from forecast.report.extract import Result, population_pyramid
from forecast.report.wording import (
    SEX_WORDS,
    capital,
    date,
    person_scale,
    status_line,
    worded,
)  # fmt: skip
from forecast.words import say
from forecast.words.digits import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDES = (("male", -1.0), ("female", 1.0))  # men on the left, as the UN draws it


@style.in_style
def pyramid(
    projection: Result,
    *,
    ax: Axes | None = None,
    region: str | None = None,
    base: int | None = None,
    year: int | None = None,
) -> Axes:
    """Population by sex and single age: bars on 1 January of `base`, an outline at `year`.

    region : id; the nation without it
    base   : year of the bars, the base year without it
    year   : year of the outline, the horizon without it
    The last bar is the open age group. Persons, or thousand persons in large regions.
    """
    base = projection.base_year if base is None else base
    year = projection.last_year if year is None else year
    bars = population_pyramid(projection, region, base)
    outline = population_pyramid(projection, region, year)
    largest = float(max(bars.max().max(), outline.max().max()))
    scale, unit = person_scale(largest)
    frame = projection.frame("population")
    ax = style.page(
        projection, ax,
        title=say(
            "{region}: population by age and sex, {base} and {year}",
            region=style.region_label(projection.space, projection.nation, region),
            base=date(base), year=date(year),
        ),
        explanation=say("Bars: {base}. Outline: {year}, projected.",
                        base=date(base), year=date(year)),
        status=status_line([frame[frame["year"].isin([base, year])]]),
        height=11.5, left=1.7, right=0.4, below=1.1,
    )  # fmt: skip
    ages = bars.index.to_numpy()
    edges = np.append(ages, ages[-1] + 1) - 0.5
    for sex, side in SIDES:
        ax.stairs(side * bars[sex] / scale, edges, orientation="horizontal", fill=True,
                  color=style.SEX_COLOURS[sex], linewidth=0, label=sex)  # fmt: skip
        ax.stairs(side * outline[sex] / scale, edges, orientation="horizontal",
                  color=style.INK, linewidth=1.1, baseline=None)  # fmt: skip
    limit = 1.05 * largest / scale
    ax.set_xlim(-limit, limit)
    ax.set_ylim(edges[0], edges[-1])
    ax.axvline(0, color="white", linewidth=0.6)
    _corners(ax, (base, bars), (year, outline))
    _axes_words(ax, unit, int(ages[-1]))
    return ax


def _corners(ax: Axes, *stocks: tuple[int, object]) -> None:
    """In the empty upper corners: the sex, and its total at both dates with the key."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    width, height = style.size_of(ax)
    step = style.height_of(1, style.LABEL) / height
    for sex, side in SIDES:
        x = 0.02 if side < 0 else 0.70
        top = 0.97
        colour = style.SEX_COLOURS[sex]
        ax.text(x, top, capital(worded(sex, SEX_WORDS)), transform=ax.transAxes, va="top",
                fontsize=style.TITLE, fontweight="bold")  # fmt: skip
        for row, (year, stock) in enumerate(stocks, start=1):
            y = top - 0.02 - row * 1.15 * step
            total = number(float(stock[sex].sum()))  # type: ignore[index]
            ax.text(x + 0.055, y, f"{year}: {total}", transform=ax.transAxes, va="center",
                    fontsize=style.LABEL)  # fmt: skip
            if row == 1:
                ax.add_patch(Rectangle((x, y - 0.3 * step), 0.04, 0.6 * step, color=colour,
                                       linewidth=0, transform=ax.transAxes))  # fmt: skip
            else:
                ax.add_line(Line2D([x, x + 0.04], [y, y], color=style.INK, linewidth=1.1,
                                   transform=ax.transAxes))  # fmt: skip


def _axes_words(ax: Axes, unit: str, open_age: int) -> None:
    style.number_ticks(ax.xaxis, 8, absolute=True)
    ax.set_xlabel(say("Population at each year of age, {unit}", unit=unit))
    ticks = range(0, open_age + 1, 10)
    ax.set_yticks(list(ticks), [f"{age}+" if age == open_age else str(age) for age in ticks])
    ax.set_ylabel(say("Age, years"))
    ax.grid(axis="x")
    ax.set_axisbelow(True)
