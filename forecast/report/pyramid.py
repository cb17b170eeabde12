"""The population pyramid: the base as bars, the horizon as an outline, other runs laid over it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.errors import Faults, InputError
from forecast.report import paper, style
from forecast.report.extract import Result, population_pyramid
from forecast.report.narrow import x_title
from forecast.report.wording import (
    SEX_WORDS,
    capital,
    date,
    person_scale,
    status_line,
    worded,
)  # fmt: skip
from forecast.words import mark, say
from forecast.words.digits import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIDES = (("male", -1.0), ("female", 1.0))  # men on the left, as the UN draws it
TALL = 11.5  # height of the diagram, cm
OUTLINES: tuple[dict[str, Any], ...] = (  # of the run itself and of those laid over it
    {"color": style.INK, "linewidth": 1.1},
    {"color": "#a3003f", "linewidth": 1.2, "linestyle": (0, (3, 1.2))},
    {"color": "#00573f", "linewidth": 1.3, "linestyle": (0, (1, 1))},
    {"color": "#5b2a86", "linewidth": 1.2, "linestyle": (0, (5, 1.2, 1, 1.2))},
)
DASHED = mark("dashed: {title}")
DOTTED = mark("dotted: {title}")
CHAINED = mark("dashes and dots: {title}")


@style.in_style
def pyramid(
    projection: Result,
    *,
    ax: Axes | None = None,
    region: str | None = None,
    base: int | None = None,
    year: int | None = None,
    overlay: Result | Sequence[Result] = (),
) -> Axes:
    """Population by sex and single age: bars on 1 January of `base`, outlines at `year`.

    region  : id; the nation without it
    base    : year of the bars, the base year without it
    year    : year of the outlines, the horizon without it
    overlay : one other run or several whose outlines are laid over it, at most three
    The last bar is the open age group. Persons, or thousand persons in large regions.
    """
    others = list(overlay) if isinstance(overlay, Sequence) else [overlay]
    _refuse(projection, others)
    base = projection.base_year if base is None else base
    year = projection.last_year if year is None else year
    bars = population_pyramid(projection, region, base)
    outlines = [population_pyramid(run, region, year) for run in (projection, *others)]
    largest = float(max(table.max().max() for table in (bars, *outlines)))
    scale, unit = person_scale(largest)
    frame = projection.frame("population")
    ax = style.page(
        projection, ax,
        title=say(
            "{region}: population by age and sex, {base} and {year}",
            region=style.region_label(projection.space, projection.nation, region),
            base=date(base), year=date(year),
        ),
        explanation=_explanation(projection, others, base, year),
        status=status_line([frame[frame["year"].isin([base, year])]]),
        height=TALL if math.isinf(paper.height()) else min(TALL, paper.height() - 4.5),
        left=1.7, right=0.4, below=1.1,
    )  # fmt: skip
    ages = bars.index.to_numpy()
    edges = np.append(ages, ages[-1] + 1) - 0.5
    for sex, side in SIDES:
        ax.stairs(side * bars[sex] / scale, edges, orientation="horizontal", fill=True,
                  color=style.SEX_COLOURS[sex], linewidth=0, label=sex)  # fmt: skip
        for table, look in zip(outlines, OUTLINES, strict=False):
            ax.stairs(side * table[sex].reindex(ages) / scale, edges, orientation="horizontal",
                      baseline=None, **look)  # fmt: skip
    limit = 1.05 * largest / scale
    ax.set_xlim(-limit, limit)
    ax.set_ylim(edges[0], edges[-1])
    ax.axvline(0, color="white", linewidth=0.6)
    _corners(ax, (base, bars), *((year, table) for table in outlines))
    _axes_words(ax, unit, int(ages[-1]))
    return ax


def _refuse(projection: Result, others: Sequence[Result]) -> None:
    """Runs that cannot be laid over the first one."""
    faults = Faults()
    if len(others) >= len(OUTLINES):
        faults.add("overlay", say("at most {n} runs are laid over another", n=len(OUTLINES) - 1))
    for run in others:
        if run.space.ids != projection.space.ids:
            faults.add("overlay", say("the run {run} has other regions", run=run.run_id))
    if faults:
        raise InputError("", faults)


def _explanation(projection: Result, others: Sequence[Result], base: int, year: int) -> str:
    """What bars and outlines are; each outline with its scenario where there are several."""
    if not others:
        return say("Bars: {base}. Outline: {year}, projected.", base=date(base), year=date(year))
    lines = [say("solid outline: {title}", title=projection.title)]
    for run, word in zip(others, (DASHED, DOTTED, CHAINED), strict=False):
        lines.append(say(word, title=run.title))
    return say("Bars: {base}. {year}, projected: {outlines}.", base=date(base), year=date(year),
               outlines="; ".join(lines))  # fmt: skip


def _corners(ax: Axes, *stocks: tuple[int, pd.DataFrame]) -> None:
    """In the empty upper corners: the sex, and its total in each outline with the key."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    width, height = style.size_of(ax)
    step = style.height_of(1, style.LABEL) / height
    sign, gap = 0.5 / width, 0.65 / width
    for sex, side in SIDES:
        texts = [f"{year}: {number(float(stock[sex].sum()))}" for year, stock in stocks]
        head = capital(worded(sex, SEX_WORDS))
        wide = max(
            style.text_width(head, style.TITLE, bold=True) / width,
            *(gap + style.text_width(text, style.LABEL) / width for text in texts),
        )
        x = 0.02 if side < 0 else 1 - wide
        top = 0.97
        ax.text(x, top, head, transform=ax.transAxes, va="top", fontsize=style.TITLE,
                fontweight="bold")  # fmt: skip
        for row, text in enumerate(texts, start=1):
            y = top - 0.02 - row * 1.15 * step
            ax.text(x + gap, y, text, transform=ax.transAxes, va="center", fontsize=style.LABEL)
            if row == 1:
                ax.add_patch(Rectangle((x, y - 0.3 * step), sign, 0.6 * step, linewidth=0,
                                       color=style.SEX_COLOURS[sex],
                                       transform=ax.transAxes))  # fmt: skip
            else:
                ax.add_line(Line2D([x, x + sign], [y, y], transform=ax.transAxes,
                                   **OUTLINES[row - 2]))  # fmt: skip


def _axes_words(ax: Axes, unit: str, open_age: int) -> None:
    style.number_ticks(ax.xaxis, 8, absolute=True)
    x_title(ax, say("Population at each year of age, {unit}", unit=unit))
    ticks = range(0, open_age + 1, 10)
    ax.set_yticks(list(ticks), [f"{age}+" if age == open_age else str(age) for age in ticks])
    ax.set_ylabel(say("Age, years"))
    ax.grid(axis="x")
    ax.set_axisbelow(True)
