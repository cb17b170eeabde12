"""The quota as a figure and a workbook: published beside best places by region and stream."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast.labour.qualification import WORDS as QUALIFICATION_WORDS
from forecast.quotas.frames import (
    KIND_WORDS,
    MEASURES,
    allocation_frame,
    limits_frame,
    outcome_said,
    outcomes_frame,
    sensitivity_frame,
)
from forecast.quotas.norms import STREAM_WORDS, STREAMS
from forecast.quotas.study import QuotaResult
from forecast.report import style
from forecast.report.excel import Writer, _sheet_names
from forecast.report.sheet import Row, Table
from forecast.report.wording import STATUS_WORDS, capital, provenance, short_names, worded, years
from forecast.words import say
from forecast.words.digits import number, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = (style.BLUE, style.ORANGE)  # of the streams
PALE = (style.SKY, "#f3cf8f")  # of the same streams, published
ROW = 0.86  # height of one region, cm


def draw(result: QuotaResult) -> Figure:
    """The figure of a quota; of several years their mean."""
    with style.styled():
        drawn = _axes(result).get_figure(root=True)
    assert drawn is not None, "axes stand in a figure"
    return drawn


def _axes(result: QuotaResult) -> Axes:
    i = result.inputs
    last = max(result.published, default=None)
    best = result.optimal().sum(axis=2).mean(axis=2)  # (stream, region)
    old = np.full_like(best, np.nan) if last is None else result.published[last]
    order = np.argsort(-best.sum(axis=0), kind="stable")
    best, old = best[:, order], old[:, order]
    names = {name: words for name, words in short_names(result.space).items()
             if name in i.regions}  # fmt: skip
    regions = [i.regions[place] for place in order]
    moved = best.sum(axis=0) - old.sum(axis=0)
    heading = say("published\n{year}", year=last) if last is not None else say("published")
    columns = [
        style.Column(heading, [number(value) for value in old.sum(axis=0)]),
        style.Column(say("best"), [number(value) for value in best.sum(axis=0)], True),
        style.Column(say("difference"), [number(value, signed=True) for value in moved]),
    ]
    left = style.names_width(names)
    span = years(i.years[0], i.years[-1])
    published = say("published for {year}", year=last) if last is not None else say("published")
    ax = style.page(
        result.projection, None,
        title=say("Quota of settlers by region, {years}: published and best", years=span),
        explanation=say(
            "Places in a year. Upper bar of a region: {published}; lower bar: the quota that lets "
            "most settlers find a job and stay within the limits of the plan.",
            published=published,
        ),
        status=worded("projected", STATUS_WORDS),
        height=ROW * len(regions), left=left, right=style.columns_width(columns),
        above=2.2, below=1.0,
    )  # fmt: skip
    for cells, colours, low, high, hatch in (
        (old, PALE, -0.36, -0.02, "//////"), (best, COLOURS, 0.02, 0.36, ""),
    ):  # fmt: skip
        reached = np.zeros(len(regions))
        for place in range(len(STREAMS)):
            end = reached + np.nan_to_num(cells[place])
            rows = np.arange(len(regions))
            boxes = np.column_stack([reached, rows + low, end, rows + high])
            style.rectangles(ax, boxes, facecolor=colours[place], hatch=hatch,
                             edgecolor="white", linewidth=0)  # fmt: skip
            reached = end
    style.region_axis(ax, names, regions)
    ax.set_xlim(0, max(ax.dataLim.x1, 1.0) * 1.03)
    style.number_ticks(ax.xaxis, 5)
    ax.set_xlabel(say("Places in a year"))
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    for raised, colours, hatch, what in ((1.25, PALE, "//////", heading.replace("\n", " ")),
                                         (0.8, COLOURS, "", say("best"))):  # fmt: skip
        entries = [(f"{say(STREAM_WORDS[s])}, {what}", {"facecolor": colour, "hatch": hatch})
                   for s, colour in zip(STREAMS, colours, strict=True)]  # fmt: skip
        style.key(ax, entries, 0.3 - left, raised)
    style.number_columns(ax, columns)
    return ax


def alternative(result: QuotaResult) -> str:
    """What the figure shows, for those who do not see it."""
    best = result.optimal().sum(axis=(0, 2)).mean(axis=1)
    most = np.argsort(-best, kind="stable")[:3]
    named = "; ".join(f"{result.space.name(result.inputs.regions[k])} ({number(best[k])})"
                      for k in most)  # fmt: skip
    return " ".join((
        say("Bars of published and best places of the quota by region."),
        say("Most of all: {names}.", names=named),
        say("Scenario: {title}.", title=result.projection.title),
    ))  # fmt: skip


def book(result: QuotaResult) -> bytes:
    """The workbook: the quota, its limits, what each quota comes to, sensitivity."""
    import xlsxwriter

    tables = [_places(result), _limits(result), _outcomes(result)]
    if not result.varied.empty:
        tables.append(_sensitivity(result))
    stream = BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        created = datetime(result.projection.base_year, 1, 1)
        book.set_properties({"title": result.projection.title, "author": "", "created": created})
        writer = Writer(book, _sheet_names(table.name for table in tables))
        for table in tables:
            writer.table(table, provenance(result.projection))
    return stream.getvalue()


def _stream(word: str) -> str:
    return say(STREAM_WORDS[word]) if word in STREAM_WORDS else say("all streams")


def _region(result: QuotaResult, word: str) -> str:
    return " + ".join(result.space.name(name) for name in word.split("+")) if word else ""


def _status(word: str) -> str:
    return worded(word, STATUS_WORDS)


def _places(result: QuotaResult) -> Table:
    frame = allocation_frame(result)
    rows = [
        Row((_stream(line["stream"]), line["region"], _region(result, line["region"]),
             str(line["year"]), say(QUALIFICATION_WORDS[line["qualification"]]),
             say(MEASURES[line["measure"]]), say(line["unit"])), [line["value"]],
            3 if line["unit"] in ("share", "points") else 0, _status(line["status"]))
        for line in frame.to_dict("records")
    ]  # fmt: skip
    return Table(
        say("Quota"), say("Places of the quota by stream, region, year and qualification"),
        say("Best: most settlers who find a job and stay, within the limits of the plan."),
        [say("Stream"), say("Region id"), say("Region"), say("Year"), say("Qualification"),
         say("Measure"), say("Unit"), say("Value"), say("Status")],
        rows,
    )  # fmt: skip


def _limits(result: QuotaResult) -> Table:
    frame = limits_frame(result).sort_values("price", ascending=False, kind="stable")
    rows = [
        Row((say(KIND_WORDS[line["kind"]]), capital(line["limit_words"]), capital(line["worth"])),
            [line["limit"], line["used"], line["price"], line["gained"], line["money"]],
            [0, 0, 3, 3, 3], _status(line["status"]))
        for line in frame.to_dict("records")
    ]  # fmt: skip
    return Table(
        say("Limits"), say("Limits of the quota and what one more unit of each is worth"),
        say("A point is a worker who finds a job. Worth: of the plan without whole numbers; by "
            "solving again only for the dearest limits."),
        [say("Limit"), say("What it says"), say("What one more is worth"), say("limit"),
         say("used"), say("worth, points"), say("by solving again, points"),
         say("million of the budget"), say("Status")],
        rows,
    )  # fmt: skip


def _outcomes(result: QuotaResult) -> Table:
    rows = [
        Row((capital(outcome_said(str(line["quota"]))),),
            [line[name] for name in ("points", "places", "settled", "workers", "million",
                                     "take_up")], [1, 0, 0, 0, 0, 3], _status(line["status"]))
        for line in outcomes_frame(result).to_dict("records")
    ]  # fmt: skip
    return Table(
        say("Quotas compared"), say("What each quota comes to, all years of the plan together"),
        say("A published quota is given every year; its people of each qualification go where they "
            "are needed most."),
        [say("Quota"), say("points"), say("places"), say("people settled"), say("workers"),
         say("support, million"), say("settled for a place"), say("Status")],
        rows,
    )  # fmt: skip


def _sensitivity(result: QuotaResult) -> Table:
    frame: pd.DataFrame = sensitivity_frame(result)
    rows = [
        Row((capital(line["name"]), short(line["factor"]), line["limit"]),
            [line["points"], line["moved"], line["change"]], [1, 0, 3], _status(line["status"]))
        for line in frame.to_dict("records")
    ]  # fmt: skip
    return Table(
        say("Sensitivity"), say("How the answer moves with what is assumed"),
        say("Each assumption alone; without whole numbers."),
        [say("Assumption"), say("multiplied by"), say("limit whose worth changes most"),
         say("points"), say("places that move"), say("change of its worth, points"),
         say("Status")],
        rows,
    )  # fmt: skip


__all__: Sequence[str] = ("alternative", "book", "draw")
