"""The passport of a region: one page on its people, its moves and its places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.infrastructure.orders import ORDER_YEAR, UNITS
from forecast.labour.deficit import MEASURES as LABOUR_WORDS
from forecast.report.document import work_tables
from forecast.report.document.model import ref, refs
from forecast.report.document.people_tables import AGES_SHOWN, age_measure, ends_headings, ends_row
from forecast.report.document.shared import (
    at,
    balance,
    by_year,
    components_by_year,
    dependency_by_year,
    has,
    labour_years,
    mean_moves,
    period,
    population_by_year,
    span,
)
from forecast.report.extract import Result, labour_ranked, row_of, wide
from forecast.report.moves import Array
from forecast.report.sheet import Row, Table, rounded
from forecast.report.wording import COMPONENT_WORDS, capital, date, worded, years
from forecast.tables import JOBS, PERSONS
from forecast.words import say
from forecast.words.digits import number, per_cent

PARTNERS = 5
AGES = (*AGES_SHOWN, "school_age_population")


@dataclass(frozen=True)
class Passport:
    """The tables of one region by the key under which the report has them, and its sentences."""

    tables: Mapping[str, Table]
    sentences: tuple[str, ...]


def passport(projection: Result, region: str, official: pd.DataFrame, known: set[str]) -> Passport:
    """The page of one region.

    official : rows of the region in `forecast.realism.reality_frame`
    known    : keys of the tables that the report has, for references
    """
    tables = {f"passport-{region}": _people(projection, region)}
    if has(projection, "flows"):
        tables[f"moves-{region}"] = _moves(projection, region)
    if has(projection, "infrastructure"):
        tables[f"places-{region}"] = _places(projection, region)
    found = [_growth(projection, region), _origins(projection, region, set(tables)),
             _official(official, known), _labour(projection, region)]  # fmt: skip
    return Passport(tables, tuple(text for text in found if text))


def _people(projection: Result, region: str) -> Table:
    """People, ages, components and workers at both ends."""
    base, last = projection.base_year, projection.last_year
    ends = span(projection)
    people = row_of(population_by_year(projection), region)
    stock = (base, last)
    rows = [ends_row(projection, region, "population", say("population"), PERSONS, people, stock)]
    if has(projection, "dependency"):
        for name in AGES:
            words, unit = age_measure(name)
            values = row_of(dependency_by_year(projection, name), region)
            rows.append(ends_row(projection, region, name, words, unit, values, stock))
    for name, drawn in (("births", "births"), ("deaths", "deaths"), ("internal", "internal_net"),
                        ("external", "external_net")):  # fmt: skip
        values = by_year(projection, region, name)
        words = f"{worded(name, COMPONENT_WORDS)}, {years(*ends)}"
        # The net of the draws leaves growth points out, that of the report holds them.
        drawn = "" if name == "internal" and _with_points(projection, region) else drawn
        rows.append(ends_row(projection, region, drawn, words, PERSONS, values, ends))
    if has(projection, "labour"):
        first, final = labour_years(projection)
        for name in ("labour_force", "labour_deficit"):
            unit = PERSONS if name == "labour_force" else JOBS
            values = {y: at(balance(projection, y), region, name) for y in (first, final)}
            words = f"{say(LABOUR_WORDS[name])}, {years(first, final)}"
            rows.append(ends_row(projection, region, name, words, unit, values, (first, final)))
    return Table(
        say("Passport"),
        say("{region}: people and work, {base} and {last}", base=date(base), last=date(last),
            region=projection.space.name(region)),
        "", ends_headings(projection), rows,
    )  # fmt: skip


def _with_points(projection: Result, region: str) -> bool:
    """Whether growth points or support move people of a region."""
    frame = projection.frame("components")
    chosen = frame["component"].str.startswith(("growth_point", "support"))
    return bool(frame.loc[chosen & (frame["region"] == region), "value"].any())


def _moves(projection: Result, region: str) -> Table:
    """From where people come and where they go: the largest partners, all regions, abroad."""
    found = mean_moves(projection)
    here = found.place(region)
    come, go = found.square[:, here], found.square[here]
    largest = _partners(come, go, here)
    rest = [k for k in range(len(come)) if k != here and k not in largest]
    rows = [_pair(projection.space.name(found.ids[k]), come[k], go[k]) for k in largest]
    if rest:
        rows.append(_pair(say("other regions"), come[rest].sum(), go[rest].sum()))
    rows.append(_pair(say("all regions"), come.sum(), go.sum()))
    means = row_of(components_by_year(projection).groupby(level="region").mean(), region)
    for called, words in (("growth_point", say("growth points")), ("support", say("with support"))):
        pair = [float(means.get(f"{called}_{way}", 0.0)) for way in ("in", "out")]
        if any(pair):
            rows.append(_pair(words, *pair))
    rows.append(_pair(say("other countries"), means["immigration"], means["emigration"]))
    return Table(
        say("Moves"),
        say("{region}: migrants by origin and destination, {when}, persons", when=found.when,
            region=projection.space.name(region)),
        "",
        [say("From or to"), capital(say("arrivals")), capital(say("departures")), say("Net")],
        rows,
    )  # fmt: skip


def _partners(come: Array, go: Array, here: int) -> list[int]:
    """The regions with most moves from and to here; the largest of each way are among them.

    come, go : (region,) persons a year
    """
    order = [int(k) for k in np.argsort(-(come + go), kind="stable") if k != here]
    kept = {
        *order[:PARTNERS],
        *(max(order, key=way.__getitem__, default=here) for way in (come, go)),
    }
    return [k for k in order if k in kept]


def _pair(words: str, come: float, go: float) -> Row:
    return Row((words,), rounded(np.array([come, go, come - go])).tolist())


def _places(projection: Result, region: str) -> Table:
    """Places: need, what is added, the gap, and what to order, of which at once."""
    from dataclasses import replace

    table = work_tables.needs(projection, region)
    names = [kind for kind, words in work_tables.kinds(projection).items()
             if any(row.words == words for row in table.rows)]  # fmt: skip
    rows = []
    orders = work_tables.listed(projection, region) if has(projection, "orders") else None
    for kind, row in zip(names, table.rows, strict=True):
        extra: list[float | None] = []
        first = ""
        if orders is not None:
            mine = orders[orders["kind"] == kind]
            late = mine[mine["now"]]
            first = f"{mine[ORDER_YEAR].min():g}" if len(mine) else ""
            extra = [float(mine[UNITS].sum()) if len(mine) else None,
                     float(late[UNITS].sum()) if len(late) else None]  # fmt: skip
        rows.append(Row(row.words, [*row.numbers[:3], row.numbers[4], *extra], row.digits, first))
    heads = [*table.headings[:5], table.headings[6]]
    if orders is not None:
        heads += [say("To order"), say("Of which now"), say("First order by")]
    name = projection.space.name(region)
    title = say("{region}: places, beds and dwellings", region=name)
    return replace(table, title=title, note="", headings=heads, rows=rows)


def _growth(projection: Result, region: str) -> str:
    """How the region changes and which component carries it."""
    base, last = projection.base_year, projection.last_year
    people = row_of(population_by_year(projection), region)
    parts = row_of(period(projection), region)
    return say(
        "From {before} people on {base} to {after} on {last}: {change} ({percent}); natural "
        "increase {natural}, net internal migration {internal}, net external migration {external} "
        "({table}).",
        base=date(base), last=date(last), before=number(people[base]), after=number(people[last]),
        change=number(people[last] - people[base], signed=True),
        percent=per_cent(100 * (people[last] / people[base] - 1), signed=True),
        natural=number(parts["natural"], signed=True),
        internal=number(parts["internal"], signed=True),
        external=number(parts["external"], signed=True),
        table=refs("regions", "components"),
    )  # fmt: skip


def _origins(projection: Result, region: str, known: set[str]) -> str:
    """From where most people come."""
    key = f"moves-{region}"
    if key not in known:
        return ""
    found = mean_moves(projection)
    here = found.place(region)
    come, go = found.square[:, here], found.square[here]
    if not come.any():
        return ""
    partners = _partners(come, go, here)
    source, goal = (max(partners, key=way.__getitem__) for way in (come, go))
    name = projection.space.name
    return say(
        "Most arrivals a year: {origin} ({come}); most departures: {destination} ({go}) "
        "({table}).",
        origin=name(found.ids[source]), come=number(come[source]),
        destination=name(found.ids[goal]), go=number(go[goal]), table=ref(key),
    )  # fmt: skip


def _official(rows: pd.DataFrame, known: set[str]) -> str:
    """The official projections of the region that the run reaches, beside it."""
    from forecast.realism import measure_words

    rows = rows[rows["ours"].notna()]
    if rows.empty or "official" not in known:
        return ""
    parts = [
        say("{measure}, {year}: {published}, here {ours}", measure=measure_words(str(measure)),
            year=int(year), published=number(published), ours=number(ours))
        for measure, year, published, ours in zip(
            rows["measure"], rows["year"], rows["published"], rows["ours"], strict=True
        )
    ]  # fmt: skip
    return say("Official projections: {parts} ({table}).", parts="; ".join(parts),
               table=ref("official"))  # fmt: skip


def _labour(projection: Result, region: str) -> str:
    """Deficit of the last year, its share of demand, its rank, and the official list."""
    if not has(projection, "labour_ranking") or not has(projection, "labour"):
        return ""
    year, table = labour_ranked(projection)
    line = row_of(table, region)
    frame = projection.frame("labour_ranking")
    share = row_of(wide(frame, "region", "measure"), region)["share_of_demand"]
    text = say(
        "Labour deficit in {year}: {deficit} jobs, {share} of demand, place {rank} of {count} "
        "({table}).",
        year=year, deficit=number(line["labour_deficit"], signed=True),
        share=per_cent(share, signed=True), rank=number(line["rank"]), count=len(table),
        table=ref("labour"),
    )  # fmt: skip
    if line["official"] == 1:
        text += " " + say("It is on the official list of regions short of workers.")
    return text
