"""What the needs of infrastructure assume, in words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecast.assumptions import Note
from forecast.infrastructure.facilities import Facility
from forecast.infrastructure.stock import Flows, stocks
from forecast.space import Space
from forecast.words import mark, say


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
    return " ".join([*told, say("What is published for the nation alone changes no region.")])


def _orders_text(facilities: Sequence[Facility]) -> str:
    """How orders are made."""
    lasts = sorted({f.persist_years for f in facilities if f.module_sizes})
    span = "-".join(dict.fromkeys(f"{years:g}" for years in (lasts[:1] + lasts[-1:])))
    return say(
        "A building is ordered for a need that lasts {years} years, for which the run is carried "
        "on by the cohort changes of its last year; a need that passes earlier is bridged with "
        "shifts and modular units. Regions whose stock is not published keep today's level of "
        "service: published shortages (norms/backlog.csv) are told and not in their orders. What "
        "is overdue is ordered in the base year.",
        years=span,
    )  # fmt: skip
