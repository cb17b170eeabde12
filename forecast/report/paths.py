"""The population of one region in several scenarios, with what was observed before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from forecast.report import style
from forecast.report.extract import Result, history_by_year, population_by_year, row_of
from forecast.report.wording import capital, person_scale, status_line, years
from forecast.words import say
from forecast.words.digits import number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOOKS: tuple[dict[str, Any], ...] = (  # of the run itself, then of the others in their order
    {"color": style.BLUE, "linewidth": 2.0},
    {"color": style.INK, "linewidth": 1.3, "linestyle": (0, (2.5, 1.2))},
    {"color": style.VERMILION, "linewidth": 1.3, "linestyle": (0, (6, 1.5))},
    {"color": "#009e73", "linewidth": 1.3, "linestyle": (0, (6, 1.5, 1, 1.5))},
    {"color": style.ORANGE, "linewidth": 1.3, "linestyle": (0, (1, 1))},
    {"color": "#7a4b94", "linewidth": 1.3, "linestyle": (0, (3, 1, 1, 1, 1, 1))},
)
MOST = len(LOOKS)  # runs in one figure
LABELS = 5.2  # cm beside the lines, for the names of the scenarios


@style.in_style
def paths(
    projection: Result,
    others: Sequence[Result] = (),
    *,
    region: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Population of a region, or of the nation, on 1 January: a line for each run.

    others : at most MOST - 1 runs of the same regions, each drawn over its own years
    """
    space, base = projection.space, projection.base_year
    place = projection.nation if region is None else region
    runs = [projection, *others][:MOST]
    history = row_of(history_by_year(projection), place)
    lines = [row_of(population_by_year(run), place) for run in runs]
    last = max(max(line) for line in lines)
    scale, unit = person_scale(max(max(line.values()) for line in lines))
    first = min([*history, base])
    frame = projection.frame("population")
    past = projection.frame("history")
    past = past[past["year"].isin([*history]) & (past["year"] < base)]
    ax = style.page(
        projection, ax,
        title=say("{region}: population on 1 January, {unit}, {years}",
                  region=style.region_label(space, projection.nation, region), unit=unit,
                  years=years(first, last)),
        explanation=say("Up to {base}: observed. On grey: projected. Numbers: the last year of "
                        "each line.", base=base),
        status=status_line([past, frame]), height=8.0, left=2.0, right=LABELS, above=0.3,
        below=0.7,
    )  # fmt: skip
    style.shade_projected(ax, base, last)
    ax.plot(list(history), [value / scale for value in history.values()], color=style.BLUE,
            linewidth=2.0)  # fmt: skip
    for look, line in reversed(list(zip(LOOKS, lines, strict=False))):
        ax.plot(list(line), [value / scale for value in line.values()], **look)
    ax.margins(x=0.01)
    digits = 0 if lines[0][base] / scale >= 1000 or scale == 1 else 1
    _labels(ax, runs, [line[max(line)] / scale for line in lines], digits)
    ax.set_xticks(style.some_years(first, last, 8))
    style.number_ticks(ax.yaxis, 5)
    ax.grid(axis="y")
    ax.set_ylabel(capital(unit))
    return ax


def _labels(ax: Axes, runs: Sequence[Result], ends: Sequence[float], digits: int) -> None:
    """The last number and the name of each line, beside its end and off the others."""
    _, height = style.size_of(ax)
    bottom, top = ax.get_ylim()
    texts = []
    for run, end in zip(runs, ends, strict=True):
        name = style.wrap(run.title, LABELS - 0.5, style.SMALL)
        texts.append([number(end, digits), *name[:3]])
    gap = max(style.height_of(len(lines), style.LABEL) for lines in texts) + 0.05
    wanted = [(end - bottom) / (top - bottom) * height for end in ends]
    for look, lines, at in zip(LOOKS, texts, style.spread(wanted, gap), strict=False):
        up = min(max(at, gap / 2), height - gap / 2) if len(ends) == 1 else at
        ax.annotate(
            "\n".join(lines), (1, up / height), xytext=(4, 0), xycoords="axes fraction",
            textcoords="offset points", va="center", fontsize=style.SMALL, color=look["color"],
        )  # fmt: skip
