"""The summary in sentences: what changes, where, why, how sure, and what follows from it.

Every number of a sentence stands in the table that the sentence names, with the same digits.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import pandas as pd

from forecast.infrastructure.orders import NEED_FALLS, UNITS
from forecast.report import gap
from forecast.report.document import point_tables, work_tables
from forecast.report.document.model import ref
from forecast.report.document.people_tables import variance_shares
from forecast.report.document.shared import (
    balance,
    dependency_by_year,
    interval,
    labour_years,
    mean_moves,
    millions,
    names_of,
    period,
    population_by_year,
)
from forecast.report.extract import Result, row_of, wide
from forecast.report.moves import top
from forecast.report.wording import capital, date, level_words, unit_words
from forecast.uncertain import COMPONENTS as DRAWN
from forecast.words import say, say_n
from forecast.words.digits import number, per_cent

NAMED = 3  # regions in a sentence
Sentence = tuple[str, str]  # what it is about, and what it says


def summary(projection: Result, known: Collection[str], beside: pd.DataFrame) -> list[Sentence]:
    """The sentences of a run, each with its heading.

    known  : keys of the tables that the report has
    beside : official projections, rows of `forecast.realism.reality_frame`
    """
    found = [
        (say("What changes"), what(projection)),
        (say("Where"), where(projection)),
        (say("Why"), why(projection, known)),
        (say("How sure"), how_sure(projection, known)),
        (say("Ages"), ages(projection) if "dependency" in known else ""),
        (say("Workers"), workers(projection, known)),
        (say("Places"), places(projection, known)),
        (say("Where not to build"), idle(projection) if "falls" in known else ""),
        (say("Growth points"), points(projection, known)),
        (say("Beside official projections"), official(projection, known, beside)),
    ]
    return [(about, text) for about, text in found if text]


def what(projection: Result) -> str:
    base, last = projection.base_year, projection.last_year
    people = row_of(population_by_year(projection), projection.nation)
    start, end = people[base], people[last]
    return say(
        "{region} has {before} people on {base} and {after} on {last}: {change} ({percent}) "
        "({table}).",
        region=projection.space.name(projection.nation), base=date(base), last=date(last),
        before=number(start), after=number(end), change=number(end - start, signed=True),
        percent=per_cent(100 * (end / start - 1), signed=True), table=ref("regions"),
    )  # fmt: skip


def where(projection: Result) -> str:
    people = population_by_year(projection).loc[list(projection.space.ids)]
    start, end = people[projection.base_year], people[projection.last_year]
    change = (end - start).sort_values(ascending=False, kind="stable")
    percent = 100 * (end / start - 1)
    up, down = change[change > 0], change[change < 0].iloc[::-1]
    text = say("Regions that grow: {grow} of {count}.", grow=len(up), count=len(change))
    for words, part in ((say("Most people are gained by"), up), (say("Most are lost by"), down)):
        if len(part):
            text += f" {words} " + _listed(projection, part, percent) + "."
    return text + " " + say("See {table}.", table=ref("regions"))


def _listed(projection: Result, values: pd.Series[Any], percent: pd.Series[Any]) -> str:
    """The first regions of a list with their numbers."""
    names = names_of(projection)
    return "; ".join(
        f"{names[str(k)]} {number(v, signed=True)} ({per_cent(share, signed=True)})"
        for (k, v), share in zip(values.iloc[:NAMED].items(), percent[values.index], strict=False)
    )


def why(projection: Result, known: Collection[str]) -> str:
    table = period(projection)
    nation = row_of(table, projection.nation)
    text = say(
        "Natural increase brings {natural} people, net external migration {external}.",
        natural=number(nation["natural"], signed=True),
        external=number(nation["external"], signed=True),
    )  # fmt: skip
    net = table["internal"].loc[list(projection.space.ids)].sort_values(kind="stable")
    if (net > 0).any():
        names = names_of(projection)
        gain, loss = (
            "; ".join(f"{names[str(k)]} {number(v, signed=True)}" for k, v in part.items())
            for part in (net[net > 0].iloc[::-1][:NAMED], net[net < 0][:NAMED])
        )
        text += " " + say("By moves inside the country most is gained by {gain}; most is lost by "
                          "{loss}.", gain=gain, loss=loss)  # fmt: skip
    text += " " + say("See {table}.", table=ref("components"))
    if "flows" in known:
        found = mean_moves(projection)
        drawn = top(found.square, 1)
        if len(drawn.pairs):
            a, b = (found.ids[int(k)] for k in drawn.pairs[0])
            name = projection.space.name
            text += " " + say(
                "The largest flow goes from {origin} to {destination}: {persons} persons a year "
                "({table}).", origin=name(a), destination=name(b),
                persons=number(float(drawn.persons[0])), table=ref("flows"),
            )  # fmt: skip
    return text


def how_sure(projection: Result, known: Collection[str]) -> str:
    last, nation = projection.last_year, projection.nation
    drawn = interval(projection, "population", last)
    if drawn is None:
        text = say("The run has no draws, so it has no intervals; with --draws it has.")
        return text + (" " + _levels(projection) if "levels" in known else "")
    people = population_by_year(projection)[last]
    low, high = row_of(drawn, nation).values()
    width = (100 * (drawn["high"] - drawn["low"]) / people).loc[list(projection.space.ids)]
    widest, narrow = str(width.idxmax()), str(width.idxmin())
    text = say(
        "In 80 % of the draws the population of {date} is between {low} and {high} ({table}).",
        date=date(last), low=number(low), high=number(high), table=ref("regions"),
    )  # fmt: skip
    if "sureness" not in known:
        return text
    shares = row_of(variance_shares(projection), nation)
    part = max(shares, key=lambda name: shares[name])
    return text + " " + say(
        "The widest interval, against its people, is that of {widest} ({most}), the narrowest that "
        "of {narrow} ({least}). The nation is uncertain most by this: {component} ({share} of the "
        "variance). See {table}.",
        widest=projection.space.name(widest), most=per_cent(width[widest]),
        narrow=projection.space.name(narrow), least=per_cent(width[narrow]),
        component=say(DRAWN[part]), share=per_cent(shares[part], 0), table=ref("sureness"),
    )  # fmt: skip


def _levels(projection: Result) -> str:
    """The region that depends most on the level of moves."""
    frame, last = projection.frame("levels"), projection.last_year
    table = wide(frame[frame["year"] == last], "region", "level")
    table = table.reindex(columns=list(level_words(projection)))
    reach = table.max(axis=1) - table.min(axis=1)
    region = str(reach.loc[list(projection.space.ids)].idxmax())
    words = level_words(projection)
    parts = "; ".join(f"{words[k]}: {number(v)}" for k, v in row_of(table, region).items())
    return say(
        "It depends on the level of moves between regions, most of all in {region} ({parts}) "
        "({table}).", region=projection.space.name(region), parts=parts, table=ref("levels"),
    )  # fmt: skip


def ages(projection: Result) -> str:
    base, last, nation = projection.base_year, projection.last_year, projection.nation
    child, old, school = (
        row_of(dependency_by_year(projection, name), nation)
        for name in ("child_dependency", "old_age_dependency", "school_age_population")
    )
    return say(
        "For 100 people of 15-64 there are {child_before} children on {base} and {child_after} on "
        "{last}, and {old_before} and {old_after} people of 65 and over. People of 6-17: {school} "
        "({table}).",
        base=date(base), last=date(last), child_before=number(child[base], 1),
        child_after=number(child[last], 1), old_before=number(old[base], 1),
        old_after=number(old[last], 1), school=number(school[last] - school[base], signed=True),
        table=ref("dependency"),
    )  # fmt: skip


def workers(projection: Result, known: Collection[str]) -> str:
    if "labour" not in known:
        return ""
    year = labour_years(projection)[1]
    table = balance(projection, year)
    nation = row_of(table, projection.nation)
    deficit = table["labour_deficit"].loc[list(projection.space.ids)]
    short = deficit[deficit > 0].sort_values(ascending=False, kind="stable")
    text = say(
        "Labour deficit of the nation in {year}: {deficit} jobs, {share} of demand.", year=year,
        deficit=number(nation["labour_deficit"], signed=True),
        share=per_cent(nation["share"], signed=True),
    )  # fmt: skip
    if len(short):
        names = names_of(projection)
        parts = "; ".join(f"{names[str(k)]} {number(v, signed=True)}"
                          for k, v in short.iloc[:NAMED].items())  # fmt: skip
        text += " " + say("Regions short of workers: {short} of {count}; most: {parts}.",
                          short=len(short), count=len(deficit), parts=parts)  # fmt: skip
    text += " " + say("See {table}.", table=ref("labour"))
    return text + _steps(projection, known)


def _steps(projection: Result, known: Collection[str]) -> str:
    """What the shortage could be met with."""
    if "ladder" not in known:
        return ""
    _, table = gap.at_year(projection)
    nation = row_of(table, projection.nation)
    return " " + say(
        "Over sections of activity {gap} workers are missing; {left} jobs stay open when residents "
        "of the region, other regions, kandas and foreign workers have filled what they can "
        "({table}).", gap=number(nation["gap"]), left=number(nation["left"]), table=ref("ladder"),
    )  # fmt: skip


def places(projection: Result, known: Collection[str]) -> str:
    if "orders" not in known:
        return ""
    found, parts = work_tables.listed(projection), []
    for kind, (name, unit) in work_tables.kinds(projection).items():
        mine = found[found["kind"] == kind]
        if len(mine):
            late = float(mine.loc[mine["now"], UNITS].sum())
            units = number(float(mine[UNITS].sum()))
            parts.append(say("{kind}: {units} {unit}, of which {late} now", kind=name, unit=unit,
                             units=units, late=number(late)))  # fmt: skip
    text = say("To order: {parts} ({table}).", parts="; ".join(parts), table=ref("orders"))
    if "orders_now" in known:
        text += " " + say("What cannot wait is listed by region in {table}.",
                          table=ref("orders_now"))  # fmt: skip
    return text


def idle(projection: Result) -> str:
    frame = projection.frame("orders")
    frame = frame[(frame["region"] == projection.nation) & (frame["action"] == NEED_FALLS)]
    frame = frame[frame["measure"] == UNITS]
    names = work_tables.kinds(projection)
    parts = "; ".join(f"{names[str(k)][0]}: {number(v)} {names[str(k)][1]}"
                      for k, v in zip(frame["kind"], frame["value"], strict=True))  # fmt: skip
    return say("Need falls in regions that order none: {parts} ({table}).", parts=parts,
               table=ref("falls"))  # fmt: skip


def points(projection: Result, known: Collection[str]) -> str:
    """The growth points with the most people; a point that brings nobody is not told of."""
    sizes = {
        point: point_tables.at_end(projection, point, "people")
        for point in point_tables.points(projection) if f"ledger-{point}" in known
    }  # fmt: skip
    told = sorted((p for p in sizes if sizes[p] > 0), key=lambda p: -sizes[p])
    text = " ".join(point_sentence(projection, point) for point in told[:NAMED])
    more = len(told) - NAMED
    if more > 0:
        text += " " + say_n("{n} more growth point has a table of its own.",
                            "{n} more growth points have tables of their own.", more)  # fmt: skip
    return text


def point_sentence(projection: Result, point: str) -> str:
    """People, workers and cost of one growth point in the last year."""
    year = point_tables.last_year(projection, point, "people")
    people, workers_there, cost = (
        point_tables.at_end(projection, point, measure)
        for measure in ("people", "workers", "cost_central")
    )
    text = say(
        "{point}: {people} people came for it and are there with their children on {date}, "
        "{workers} of them workers",
        point=projection.point_names.get(point, point), people=number(people), date=date(year),
        workers=number(workers_there),
    )  # fmt: skip
    if not math.isnan(cost):
        unit = say("million {unit}", unit=unit_words(projection, work_tables.money(projection)))
        text += "; " + say("what they need costs {cost} {unit}",
                           cost=number(millions(cost)), unit=unit)  # fmt: skip
    return text + f" ({ref(f'ledger-{point}')})."


def official(projection: Result, known: Collection[str], beside: pd.DataFrame) -> str:
    """The central official projections of the nation that the run reaches."""
    if "official" not in known:
        return ""
    rows = beside[(beside["region"] == projection.nation) & beside["ours"].notna()]
    rows = rows[rows["measure"].isin(["projection_population", "medium"])]
    rows = rows[rows["year"] > projection.base_year]
    from forecast.realism import CHECKS

    parts = [
        say("{what}, {year}: {published}, here {ours}", what=say(CHECKS[str(check)]),
            year=int(year), published=number(published), ours=number(ours))
        for check, year, published, ours in zip(
            rows["check"], rows["year"], rows["published"], rows["ours"], strict=True
        )
    ]  # fmt: skip
    if not parts:
        return say("The run reaches none of the years of the official projections ({table}).",
                   table=ref("official"))  # fmt: skip
    return capital("; ".join(parts)) + f" ({ref('official')})."
