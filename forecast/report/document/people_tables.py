"""Tables of the report on people: main results, regions, components, flows, sureness, ages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from forecast.report.document.shared import (
    PERIOD,
    at,
    balance,
    by_year,
    cells,
    dependency_by_year,
    has,
    interval,
    labour_years,
    mean_moves,
    names_of,
    order,
    period,
    population_by_year,
    span,
)
from forecast.report.extract import Result, row_of, wide, with_nation
from forecast.report.moves import top
from forecast.report.sheet import Row, Table, rounded
from forecast.report.wording import (
    COMPONENT_WORDS,
    capital,
    date,
    level_words,
    status_line,
    unit_words,
    worded,
    years,
)
from forecast.summary import MEASURES as DRAWN_WORDS
from forecast.tables import JOBS, PERSONS
from forecast.tabulate import MEASURES as AGE_WORDS
from forecast.uncertain import COMPONENTS as DRAWN
from forecast.words import mark, say

FLOWS_SHOWN = 12
RATIOS = {
    "child_dependency": mark("children 0-14"),
    "old_age_dependency": mark("people of 65 and over"),
    "total_dependency": mark("children and people of 65 and over"),
}
AGES_SHOWN = tuple(RATIOS)
PER_HUNDRED = mark("per 100 people of 15-64")
PEOPLE_SHOWN = ("working_age_population", "school_age_population")


def main_results(projection: Result) -> Table:
    """The nation at the start and at the end of the run, with intervals where there are draws."""
    base, last = projection.base_year, projection.last_year
    nation = projection.nation
    people = row_of(population_by_year(projection), nation)
    stock = (base, last)
    rows = [ends_row(projection, nation, "population", say("population"), PERSONS, people, stock)]
    if has(projection, "dependency"):
        for name in (*PEOPLE_SHOWN, *AGES_SHOWN):
            words, unit = age_measure(name)
            found = row_of(dependency_by_year(projection, name), nation)
            rows.append(ends_row(projection, nation, name, words, unit, found, stock))
    ends = span(projection)
    for name, drawn in (("births", "births"), ("deaths", "deaths"), ("external", "external_net")):
        found = by_year(projection, nation, name)
        words = f"{worded(name, COMPONENT_WORDS)}, {years(*ends)}"
        rows.append(ends_row(projection, nation, drawn, words, PERSONS, found, ends))
    if has(projection, "labour"):
        first, final = labour_years(projection)
        found = {y: at(balance(projection, y), nation, "labour_deficit") for y in (first, final)}
        words = f"{say(DRAWN_WORDS['labour_deficit'])}, {years(first, final)}"
        flow = (first, final)
        rows.append(ends_row(projection, nation, "labour_deficit", words, JOBS, found, flow))
    note = say("Start and end: of a stock {base} and {last}, of a flow the calendar years that its "
               "row names.", base=date(base), last=date(last))  # fmt: skip
    if has(projection, "quantiles"):
        note += " " + say("Low and high: 80 % interval.") + _outside(projection, rows)
    return Table(
        say("Main results"),
        say("{region}: main results, {base} and {last}", base=date(base), last=date(last),
            region=projection.space.name(nation)),
        note, ends_headings(projection), rows,
    )  # fmt: skip


def _outside(projection: Result, rows: Sequence[Row]) -> str:
    """Why an end can lie outside its own interval, where one does."""
    names = []
    for row in rows:
        _, end, _, low, high = row.numbers
        if end is None or low is None or high is None:
            continue
        if end < low or end > high:  # NaN is neither
            names.append(str(row.words[0]))
    if not names or not has(projection, "growth_points"):
        return ""
    return " " + say(
        "Outside its interval: {measures}. The end takes the most likely delivery of each growth "
        "point, the interval also what comes later or only in part.", measures="; ".join(names),
    )  # fmt: skip


def age_measure(name: str) -> tuple[str, str]:
    """A measure of the table `dependency` in few words, and its unit."""
    if name not in RATIOS:
        return say(AGE_WORDS[name]), PERSONS
    return say(RATIOS[name]), PER_HUNDRED


def ends_headings(projection: Result) -> list[str]:
    """The headings over `ends_row`."""
    heads = [say("Measure"), say("Unit"), say("Start"), say("End"), say("Change")]
    return heads + ([say("End, low"), say("End, high")] if has(projection, "quantiles") else [])


def ends_row(
    projection: Result,
    region: str,
    measure: str,
    words: str,
    unit: str,
    values: Mapping[int, float],
    ends: tuple[int, int],
) -> Row:
    """One measure of a region or the nation: start, end, change, and the interval of the end.

    measure : its name among those of the draws; empty where it has no interval
    """
    found = interval(projection, measure, ends[1])
    drawn: list[float | None] = [None, None] if has(projection, "quantiles") else []
    if found is not None:
        drawn = cells(found.loc[[region]])[0]
    start, end = values[ends[0]], values[ends[1]]
    numbers = rounded(np.array([start, end, end - start])).tolist()
    digits = int(unit == PER_HUNDRED)
    return Row((capital(words), unit_words(projection, unit)), [*numbers, *drawn], digits)


def regions(projection: Result) -> Table:
    """People of every region at both ends, the change, and the interval of the end."""
    base, last = projection.base_year, projection.last_year
    table = population_by_year(projection)
    start, end = table[base], table[last]
    shown = pd.DataFrame({
        "start": start, "end": end, "change": end - start, "percent": 100 * (end / start - 1),
        "yearly": 100 * ((end / start) ** (1 / max(last - base, 1)) - 1),
    })  # fmt: skip
    heads = [say("Region"), str(base), str(last), say("Change"), say("Change, per cent"),
             say("Change per year, per cent")]  # fmt: skip
    drawn = interval(projection, "population", last)
    digits = [0, 0, 0, 1, 2]
    note = say("Status: {status}", status=status_line([projection.frame("population")])) + "."
    if drawn is not None:
        shown = pd.concat([shown, drawn], axis=1)
        heads += [say("{year}, low", year=last), say("{year}, high", year=last)]
        digits += [0, 0]
        note += " " + say("Low and high: 80 % interval.")
    return Table(
        say("Population"),
        say("Population on 1 January by region, persons"),
        note,
        heads,
        _lines(projection, shown, digits),
    )


def components(projection: Result) -> Table:
    """Why the population of each region changes, over all years of the run."""
    people = population_by_year(projection)
    table = period(projection)
    shown = pd.concat(
        [people[projection.base_year], table[list(PERIOD)], people[projection.last_year]], axis=1
    )
    return Table(
        say("Components"),
        say("Why the population changes: components of {span} together, persons",
            span=years(*span(projection))),
        say("Status: {status}. Population: on 1 January of the year; the first + total change = "
            "the last. Net internal migration includes moves of growth points and with support.",
            status=status_line([projection.frame("components")])),
        [say("Region"), say("Population, {year}", year=projection.base_year),
         *(capital(worded(name, COMPONENT_WORDS)) for name in PERIOD),
         say("Population, {year}", year=projection.last_year)],
        _lines(projection, shown, 0),
    )  # fmt: skip


def flows(projection: Result) -> Table:
    """The largest flows between two regions, mean of a year."""
    found = mean_moves(projection)
    drawn = top(found.square, FLOWS_SHOWN)
    names = names_of(projection)
    rows = [
        Row((names[found.ids[a]], names[found.ids[b]]),
            rounded(np.array([persons, found.square[b, a], persons - found.square[b, a]])).tolist())
        for (a, b), persons in zip(drawn.pairs.tolist(), drawn.persons.tolist(), strict=True)
    ]  # fmt: skip
    return Table(
        say("Flows"),
        say("The largest moves between regions, {when}, persons", when=found.when),
        say("Status: {status}. The way back: who moves from the second region to the first.",
            status=found.status),
        [say("From"), say("To"), say("Persons"), say("The way back"), say("Net")],
        rows,
    )  # fmt: skip


def sureness(projection: Result) -> Table:
    """Interval of each region's population and what makes it uncertain most."""
    last = projection.last_year
    drawn = interval(projection, "population", last)
    assert drawn is not None, "a run with variance has draws"
    people = population_by_year(projection)
    shares = variance_shares(projection)
    rows = []
    for region, name in names_of(projection).items():
        low, high = row_of(drawn, region).values()
        parts = row_of(shares, region)
        part = max(parts, key=lambda name: parts[name])
        numbers = [low, high, 100 * (high - low) / at(people, region, last), parts[part]]
        words = name, say(DRAWN[part])
        rows.append(Row(words, rounded(np.array(numbers)).tolist(), [0, 0, 1, 0]))
    return Table(
        say("How sure"),
        say("How sure the population of {date} is: 80 % interval, persons", date=date(last)),
        say("Status: {status}. Width: of the interval, per cent of the population. Share: of the "
            "variance that the components make, each drawn alone.",
            status=status_line([projection.frame("variance")])),
        [say("Region"), say("Most uncertain by"), say("From"), say("To"),
         say("Width, per cent"), say("Share, per cent")],
        rows,
    )  # fmt: skip


def variance_shares(projection: Result) -> pd.DataFrame:
    """(region with the nation, component) per cent of the variance of the last population."""
    frame = projection.frame("variance")
    frame = frame[(frame["year"] == projection.last_year) & (frame["measure"] == "share")]
    frame = frame[frame["component"] != "all"]
    return wide(frame, "region", "component").reindex(order(projection))


def levels(projection: Result) -> Table:
    """The last population under each level of moves between regions."""
    frame, last = projection.frame("levels"), projection.last_year
    table = with_nation(projection, wide(frame[frame["year"] == last], "region", "level"))
    words = level_words(projection)
    shown = pd.concat([population_by_year(projection)[last], table[list(words)]], axis=1)
    return Table(
        say("Migration levels"),
        say("Population on {date} by level of moves between regions, persons", date=date(last)),
        say("Status: {status}. Nobody knows which level lasts.", status=status_line([frame])),
        [say("Region"), say("This run"), *(capital(word) for word in words.values())],
        _lines(projection, shown, 0),
    )  # fmt: skip


def dependency(projection: Result) -> Table:
    """Dependency ratios of every region at both ends, and people of school and working age."""
    base, last = projection.base_year, projection.last_year
    heads, parts = [say("Region")], []
    short = (say("Children"), say("Older people"), say("Together"))
    for name, word in zip(AGES_SHOWN, short, strict=True):
        parts.append(dependency_by_year(projection, name)[[base, last]])
        heads += [f"{word}, {year}" for year in (base, last)]
    school = dependency_by_year(projection, "school_age_population")
    parts.append((school[last] - school[base]).to_frame())
    heads.append(say("Change of people of 6-17, persons"))
    shown = pd.concat(parts, axis=1)
    return Table(
        say("Dependency"),
        say("Dependency ratios by region, per 100 people of 15-64, 1 January"),
        say("Status: {status}. Children: of 0-14. Older people: of 65 and over.",
            status=status_line([projection.frame("dependency")])),
        heads,
        _lines(projection, shown, [1] * 6 + [0]),
    )  # fmt: skip


def _lines(projection: Result, table: pd.DataFrame, digits: int | list[int]) -> list[Row]:
    """A row for the nation and each region."""
    names = names_of(projection)
    return [Row((names[str(region)],), line, digits)
            for region, line in zip(table.index, cells(table), strict=True)]  # fmt: skip
