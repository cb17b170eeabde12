"""What the needs of infrastructure assume, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecast.assumptions import Note
from forecast.infrastructure.facilities import Facility
from forecast.infrastructure.needs import BUILT
from forecast.infrastructure.orders import (
    COVERED,
    NEED_FALLS,
    ORDER,
    ORDER_NOW,
    SHORT_TODAY,
    UNITS,
)
from forecast.infrastructure.stock import Flows, stocks
from forecast.space import Space
from forecast.words import mark, say
from forecast.words.digits import number


def infrastructure_notes(
    facilities: Sequence[Facility],
    capacities: pd.DataFrame,
    flows: Flows,
    space: Space,
    base_year: int,
) -> tuple[Note, ...]:
    """Notes on needs, stock and costs of a run, in the language of now."""
    held, _ = stocks(capacities, facilities, space, base_year)
    known = ~np.isnan(held)
    unknown = [f.name for f, row in zip(facilities, known, strict=True) if not row.any()]
    nation_only = [
        f.name for f, row in zip(facilities, known, strict=True) if row[-1] and not row[:-1].any()
    ]
    partly = [
        f"{f.name} ({row[:-1].sum()}/{len(space)})"
        for f, row in zip(facilities, known, strict=True)
        if row[:-1].any() and not row[:-1].all()
    ]
    unpriced = [f.name for f in facilities if np.isnan(f.cost).all()]
    needs = say(
        "Needs follow the norms of norms/facilities.csv, which do not change; added need counts "
        "from 1 January {year}.", year=base_year,
    )  # fmt: skip
    stock = say("The stock starts from the last one that is published.")
    if unknown:
        stock += " " + say("Not published at all: {kinds}.", kinds=", ".join(unknown))
    if nation_only:
        stock += " " + say("Published for the nation alone: {kinds}.", kinds=", ".join(nation_only))
    if partly:
        stock += " " + say("Published for some regions only: {kinds}.", kinds=", ".join(partly))
    notes = [
        Note(say("Infrastructure need"), needs, "norms/facilities.csv", "assumption"),
        Note(say("Stock of facilities"), stock, "norms/capacities.csv", "assumption"),
        Note(say("Building and retirement"), _flows_text(facilities, flows, base_year),
             "norms/pipeline.csv, norms/vintages.csv", "assumption"),
        Note(say("Orders of facilities"), _orders_text(facilities), "norms/facilities.csv",
             "assumption"),
    ]  # fmt: skip
    if unpriced:
        cost = say("Unit costs are not known for: {kinds}.", kinds=", ".join(unpriced))
        notes.append(Note(say("Costs"), cost, "norms/facilities.csv", "assumption"))
    return tuple(notes)


def _flows_text(facilities: Sequence[Facility], flows: Flows, base_year: int) -> str:
    """What is known of building and retirement, by kind; what is not counts as none."""
    dated, plan = set(flows.vintages["kind"]), flows.pipeline
    built = set(plan.loc[plan["year"] >= base_year, "kind"]) if len(plan) else set()
    kinds = [facility for facility in facilities if facility.module_sizes]
    shared = {f.kind for f in kinds if not np.isnan(f.retired_share)}
    words = [
        (mark("By years of building and the life of the kind fall out of use: {kinds}."), dated),
        (mark("By a share of the stock a year, where years of building are not known: {kinds}."),
         shared),
        (mark("Nothing is known of what falls out of use, and nothing is counted: {kinds}."),
         {f.kind for f in kinds} - dated - shared),
        (mark("Planned completions count with their probability; after the last planned year none "
             "is counted: {kinds}."), built),
        (mark("Nothing is known of what is being built, and nothing is counted: {kinds}."),
         {f.kind for f in kinds} - built),
    ]  # fmt: skip
    told = [
        say(text, kinds=", ".join(f.name for f in kinds if f.kind in chosen))
        for text, chosen in words
        if any(f.kind in chosen for f in kinds)
    ]
    alone = say(
        "What is published for the nation alone changes the stock of no region; orders have it in "
        "proportion to what each region lacks without it."
    )
    return " ".join([*told, alone])


def _orders_text(facilities: Sequence[Facility]) -> str:
    """How orders are made."""
    lasts = sorted({f.persist_years for f in facilities if f.module_sizes})
    span = "-".join(dict.fromkeys(f"{years:g}" for years in (lasts[:1] + lasts[-1:])))
    text = say(
        "A building is ordered for a need that lasts {years} years, for which the run is carried "
        "on by the cohort changes of its last year; a need that passes earlier is bridged with "
        "shifts and modular units. Regions whose stock is not published keep today's level of "
        "service: published shortages (norms/backlog.csv) are told and not in their orders. What "
        "is overdue is ordered in the base year.",
        years=span,
    )  # fmt: skip
    told = [f.name for f in facilities if not f.module_sizes]
    if told:
        text += " " + say(
            "Told and not ordered, as posts and parts of other kinds are: {kinds}.",
            kinds=", ".join(told),
        )
    return text


def order_notes(
    orders: pd.DataFrame, needs: pd.DataFrame, facilities: Sequence[Facility], nation: str
) -> tuple[Note, ...]:
    """The orders of the nation beside its gap and what is under way, kind by kind, and why they
    differ; and where need falls though units are short.

    orders, needs : the tables `orders` and `infrastructure` of a run
    """
    national = orders[orders["region"] == nation]
    year = int(needs["year"].max())
    last = needs[needs["year"] == year]
    kinds = dict(iter(last.groupby("kind")[["region", "measure", "value"]]))
    told = [_total(national, kinds[f.kind], year, f, nation) for f in facilities]
    told = [text for text in told if text]
    notes = []
    if told:
        reason = say(
            "The orders are the sum of what the regions lack: spare units of one help no other "
            "one; the nation can have its own stock and years of building; buildings have sizes, "
            "and a need that does not last is not ordered. So they differ from the gap."
        )
        notes.append(Note(say("Orders and the gap of the nation"), " ".join([*told, reason]),
                          "norms/facilities.csv, norms/pipeline.csv", "assumption"))  # fmt: skip
    falls = national[national["action"] == NEED_FALLS]
    cells = falls.set_index(["kind", "measure"])["value"]
    lines = [
        say("{kind}: need falls by {fall} in regions that order none, while {short} are short, as "
            "published; the fall covers {covered} of them at most.",
            kind=f.name, fall=number(cells[f.kind, UNITS]),
            short=number(cells[f.kind, SHORT_TODAY]), covered=number(cells[f.kind, COVERED]))
        for f in facilities if (f.kind, UNITS) in cells.index
    ]  # fmt: skip
    if lines:
        notes.append(Note(say("Need falls and units are short"), " ".join(lines),
                          "norms/backlog.csv", "estimated"))  # fmt: skip
    return tuple(notes)


def _total(
    orders: pd.DataFrame, needs: pd.DataFrame, year: int, facility: Facility, nation: str
) -> str:
    """What is ordered of a kind, what is under way and what the nation lacks; empty if nothing.

    orders : those of the nation; needs : region, measure and value of the kind in the last year
    """
    mine = orders[orders["kind"] == facility.kind]
    units = mine[(mine["measure"] == UNITS) & mine["action"].isin([ORDER, ORDER_NOW])]["value"]
    if units.empty:
        return ""
    cells = dict(zip(zip(needs["region"], needs["measure"], strict=True), needs["value"],
                     strict=True))  # fmt: skip
    come = [v for (region, measure), v in cells.items()
            if measure == "completed" and region != nation]  # fmt: skip
    national = float(np.nan_to_num(cells[nation, "completed"]) - np.nansum(come))
    text = say("{kind}: {units} to order.", kind=facility.name, units=number(units.sum()))
    if national > 0:
        text += " " + say(
            "The nation builds {units} already by {date}; they are spread over the regions in "
            "proportion to what each lacks without them, an assumption, and not ordered again.",
            units=number(national), date=_date(year),
        )  # fmt: skip
    if cells[nation, BUILT] > 0:
        text += " " + say(
            "Growth points build {units} themselves, beside that and not ordered again.",
            units=number(cells[nation, BUILT]),
        )
    if not np.isnan(cells[nation, "gap"]):
        text += " " + say(
            "The gap of the nation by its own stock is {gap} on {date}.",
            gap=number(cells[nation, "gap"]), date=_date(year),
        )  # fmt: skip
    return text


def _date(year: int) -> str:
    return say("1 January {year}", year=year)
