"""The report of a run put together: chapters, tables and figures in their order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from forecast.report.document import findings, people_tables, point_tables, work_tables
from forecast.report.document.model import Story
from forecast.report.document.passports import passport
from forecast.report.document.plans import audit
from forecast.report.document.shared import has
from forecast.report.excel import reading
from forecast.report.extract import Result
from forecast.report.figures import (
    alt_text,
    draw,
    drawable,
    options_of,
    page_text,
)
from forecast.report.sheet import Table
from forecast.report.wording import STATUS_WORDS, date, sources, worded
from forecast.words import language, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TOTALS = {  # how many of the first rows of a table are in bold
    "regions": 1, "components": 1, "sureness": 1, "levels": 1, "dependency": 1, "labour": 1,
    "ladder": 1, "ladder_regions": 1, "added": 1,
}  # fmt: skip
OF_REGION = ("pyramid", "flows", "infrastructure_need", "orders")  # figures of a region's report


def whole(projection: Result, beside: pd.DataFrame, told_in: str) -> Story:
    """The report of all regions.

    beside  : official projections, rows of `forecast.realism.reality_frame`
    told_in : language in which the run was made, that of its assumptions
    """
    story = _begun(projection, projection.title)
    writer = _Writer(projection, story, beside)
    story.heading(say("Summary"))
    for about, text in findings.summary(projection, set(writer.known), beside):
        story.text(text, about + ".")
    writer.tables("main")
    writer.chapter(say("Population"), ["regions"], ["population_by_region", "map", "pyramid"])
    writer.chapter(say("Why the population changes"), ["components"], ["net_migration"])
    writer.more(["flows"], ["flows", "flow_map"])
    writer.chapter(say("How sure it is"), ["sureness", "levels"], ["fan", "variance"])
    writer.more(["official"], [])
    writer.chapter(say("Ages"), ["dependency"], ["dependency"])
    writer.chapter(say("Workers"), ["labour"], ["labour_deficit", "labour_ranking"])
    writer.more(["ladder", "ladder_regions"], ["labour_gap", "labour_sections"])
    writer.chapter(say("Facilities"), ["needs", "added"], ["infrastructure_need"])
    writer.chapter(
        say("What to order"), ["orders", "orders_now", "falls"], ["orders", "stock_and_need"]
    )
    if points := point_tables.points(projection):
        story.heading(say("Growth points"))
        for point in points:
            writer.tables(f"ledger-{point}", f"arrivals-{point}")
        writer.tables("audit")
    story.heading(say("Regions"), fresh=True)
    for region in projection.space.ids:
        _passport(writer, region, beside, first=region == projection.space.ids[0])
    _assumptions(writer, told_in)
    return story


def of_regions(
    projection: Result, wanted: Sequence[str], beside: pd.DataFrame, told_in: str
) -> Story:
    """The report of some regions: their passports and figures, and the tables of all regions."""
    name = ", ".join(projection.space.name(region) for region in wanted)
    story = _begun(projection, say("{region}: {title}", region=name, title=projection.title))
    writer = _Writer(projection, story, beside)
    for region in wanted:
        _passport(writer, region, beside, first=False, level=1)
        for figure in OF_REGION:
            writer.picture(figure, region)
    story.heading(say("All regions"), fresh=True)
    writer.tables("regions", "components", "official", "labour")
    _assumptions(writer, told_in)
    return story


def _begun(projection: Result, title: str) -> Story:
    subtitle = say("Forecast report, {base} to {last}", base=date(projection.base_year),
                   last=date(projection.last_year))  # fmt: skip
    return Story(title, subtitle, (
        (say("Scenario"), projection.scenario_name), (say("Run"), projection.run_id),
        (say("Sources"), projection.sources),
    ))  # fmt: skip


def _tables(projection: Result, beside: pd.DataFrame) -> dict[str, Table]:
    """Every table that the run has numbers for, by its key."""
    people, work = people_tables, work_tables
    makers: Mapping[str, tuple[str, Callable[[], Table]]] = {
        "main": ("population", lambda: people.main_results(projection)),
        "regions": ("population", lambda: people.regions(projection)),
        "components": ("components", lambda: people.components(projection)),
        "flows": ("flows", lambda: people.flows(projection)),
        "sureness": ("variance", lambda: people.sureness(projection)),
        "levels": ("levels", lambda: people.levels(projection)),
        "dependency": ("dependency", lambda: people.dependency(projection)),
        "labour": ("labour", lambda: work.labour(projection)),
        "ladder": ("labour_gap", lambda: work.ladder(projection)),
        "ladder_regions": ("labour_gap", lambda: work.ladder_regions(projection)),
        "needs": ("infrastructure", lambda: work.needs(projection)),
        "added": ("infrastructure", lambda: work.added(projection)),
        "orders": ("orders", lambda: work.orders(projection)),
        "orders_now": ("orders", lambda: work.orders_now(projection)),
        "falls": ("orders", lambda: work.falls(projection)),
        "audit": ("audit", lambda: audit(projection)),
    }
    tables = {key: make() for key, (frame, make) in makers.items() if has(projection, frame)}
    for point in point_tables.points(projection):
        tables[f"ledger-{point}"] = point_tables.ledger(projection, point)
        if len(point_tables.arrivals_by_origin(projection, point)):
            tables[f"arrivals-{point}"] = point_tables.arrivals(projection, point)
    if len(beside):
        tables["official"] = work.official(projection, beside)
    return {key: table for key, table in tables.items() if table.rows}


class _Writer:
    """Puts tables and figures of one run into its story."""

    def __init__(self, projection: Result, story: Story, beside: pd.DataFrame):
        self.projection, self.story, self.beside = projection, story, beside
        self.known = _tables(projection, beside)
        self.figures = drawable(projection)

    def chapter(self, title: str, tables: Sequence[str], figures: Sequence[str]) -> None:
        """A chapter if the run has anything for it."""
        if any(key in self.known for key in tables) or any(f in self.figures for f in figures):
            self.story.heading(title)
            self.more(tables, figures)

    def more(self, tables: Sequence[str], figures: Sequence[str]) -> None:
        self.tables(*tables)
        for name in figures:
            self.picture(name)

    def tables(self, *keys: str) -> None:
        for key in keys:
            norms = key in self.known and self.known[key].norms
            source = say("Source: {source}", source=sources(self.projection, norms))
            bold = TOTALS.get(key.partition("-")[0], 0)
            self.story.table(key, self.known, source, bold)

    def picture(self, name: str, region: str | None = None) -> None:
        """A figure if the run has it; of one region where it is named and has anything."""
        if name not in (self.figures if region is None else drawable(self.projection, region)):
            return
        options: dict[str, Any] = {}
        if "beside" in options_of(name):
            options["beside"] = self.beside
        text = ""
        if region is None:
            text = alt_text(self.projection, name)
        elif "region" not in options_of(name):
            return
        else:
            options["region"] = region
        key = name if region is None else f"{name}-{region}"
        self.story.picture(key, partial(_drawn, self.projection, name, options), text)


def _drawn(projection: Result, name: str, options: dict[str, Any]) -> Figure:
    return draw(projection, name, **options)


def described(projection: Result, figure: Figure, text: str) -> str:
    """The alternative text of a figure, of one region what stands on its page."""
    return text or page_text(projection, figure)


def _passport(
    writer: _Writer, region: str, beside: pd.DataFrame, *, first: bool, level: int = 2
) -> None:
    """One page for a region: what its tables say in sentences, then the tables."""
    projection, story = writer.projection, writer.story
    mine = beside[(beside["region"] == region) & (beside["year"] > projection.base_year)]
    page = passport(projection, region, mine, set(writer.known))
    story.heading(projection.space.name(region), level, f"region-{region}", fresh=not first)
    for sentence in page.sentences:
        story.text(sentence, item=True)
    writer.known.update(page.tables)
    for key, table in page.tables.items():
        source = ""
        if key == list(page.tables)[-1]:
            source = say("Source: {source}", source=sources(projection, table.norms))
        story.table(key, writer.known, source)


def _assumptions(writer: _Writer, told_in: str) -> None:
    """How to read, what was assumed, and where the numbers come from."""
    projection, story = writer.projection, writer.story
    story.heading(say("Assumptions and sources"), fresh=True)
    story.heading(say("How to read"), 2)
    for text in reading():
        story.text(text, item=True)
    story.heading(say("Assumptions"), 2)
    if told_in != language():
        text = say(
            "They are in the language in which the run was made; forecast run NAME --lang {lang} "
            "writes them in this one.", lang=language(),
        )  # fmt: skip
        story.text(text, small=True)
    for note in projection.frame("notes").itertuples(index=False):
        status = worded(str(note.status), STATUS_WORDS)
        source = say("Source: {source}", source=note.source)
        story.text(f"{note.text} {source} ({status}).", f"{note.subject}.")
    story.heading(say("Sources"), 2)
    story.text(projection.sources + ".")
    story.text(say("Run {run} of scenario {name}. The folder of the run holds the hashes of all "
                   "inputs (manifest.json), the scenario as it was run (scenario.resolved.yml) and "
                   "all tables (tables.xlsx, Parquet).", run=projection.run_id,
                   name=projection.scenario_name), small=True)  # fmt: skip
