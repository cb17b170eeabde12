"""The tables of a match on the screen, in the workbook and as JSON. Small cells are not shown."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from forecast.report.matched import (
    STREAM_WORDS,
    Matched,
    group_words,
    limit_words,
    regions_words,
)
from forecast.report.sheet import Row, Table, records
from forecast.report.wording import capital, provenance, table_names, unit_words
from forecast.settlement import match_tables
from forecast.settlement.match import REASONS, Match
from forecast.settlement.match_tables import RANKS, STATES, TOGETHER, UNKNOWN
from forecast.settlement.match_weights import TERM_WORDS, TERMS
from forecast.settlement.records import SMALL
from forecast.space import Space
from forecast.words import mark, say, say_n
from forecast.words.digits import number

HIDDEN = "*"  # for a number that is not shown
COUNTED = {
    "persons": mark("persons"), "families": mark("families"), "workers": mark("workers"),
}  # fmt: skip
TABLES = {
    "regions": match_tables.by_region, "choices": match_tables.by_choice,
    "satisfaction": match_tables.satisfaction, "unplaced": match_tables.reasons,
    "limits": match_tables.limits,
}  # fmt: skip


def title(done: Matched) -> str:
    return say("Families to regions in {year}: {title}", year=done.year,
               title=done.projection.title)  # fmt: skip


def small() -> str:
    """Why a number is not shown."""
    return say("fewer than {n}, or a number from which such a one could be told", n=SMALL)


def _small() -> str:
    return f"{say('unknown')}: {small()}."


def regions(done: Matched) -> Table:
    """Who is placed where."""
    table = match_tables.by_region(done.found)
    space = done.projection.space
    columns = ["families", "persons", "workers", "children", "expected", "first", "first_share",
               "score"]  # fmt: skip
    table["first_share"] *= 100
    digits = (0, 0, 0, 0, 0, 0, 1, 2)
    lines = zip(table["region"], _lines(table, columns), strict=True)
    rows = [Row((say("All regions") if name == "total" else space.name(str(name)),), line, digits)
            for name, line in lines]  # fmt: skip
    return Table(
        say("Regions"), say("Families placed, by region"), _small(),
        [say("Region"), say("families"), say("persons"), say("workers"), say("children"),
         say("expected\nin work"), say("first\nchoice"), say("of who chose,\nper cent"),
         say("score")],
        rows,
    )  # fmt: skip


def choices(done: Matched) -> Table:
    """By the rank of the choice."""
    table = match_tables.by_choice(done.found)
    space = done.projection.space
    lines = zip(table["region"], _lines(table, [*RANKS, "together"]), strict=True)
    rows = [Row((space.name(str(name)),), line) for name, line in lines]
    return Table(
        say("Choices"), say("Families placed, by region and choice"), _small(),
        [say("Region"), *(say(word) for word in RANKS.values()), say(TOGETHER)], rows,
    )  # fmt: skip


def shares(done: Matched) -> Table:
    """Who got what it chose, by group."""
    table = match_tables.satisfaction(done.found)
    columns = [f"{name}_share" for name in (*RANKS, "unplaced", "envious")]
    table[columns] *= 100
    rows = [
        Row((say(match_tables.GROUPS[kind]) if kind != "all" else "", group_words(kind, group)),
            line, (0, *[1] * len(columns)))
        for kind, group, line in zip(
            table["kind"], table["group"], _lines(table, ["families", *columns]), strict=True
        )
    ]  # fmt: skip
    return Table(
        say("Satisfaction"), say("Families by the choice they got, per cent"),
        say("Envious: another of the stream, at least as large and with a lower score there, has a "
            "place that the family would score higher with.") + " " + _small(),
        [say("By"), say("Group"), say("families"), *(say(word) for word in RANKS.values()),
         say("no place"), say("envious")],
        rows,
    )  # fmt: skip


def unplaced(done: Matched) -> Table:
    """Who has no place, and why."""
    table = match_tables.reasons(done.found)
    rows = [
        Row((capital(say(STREAM_WORDS[stream])), say(REASONS[reason])), line)
        for stream, reason, line in zip(
            table["stream"], table["reason"], _lines(table, ["families", "persons"]), strict=True
        )
    ]  # fmt: skip
    return Table(
        say("No place"), say("Families without a place, by reason"), _small(),
        [say("Stream"), say("Reason"), say("families"), say("persons")], rows,
    )  # fmt: skip


def limits(done: Matched) -> Table:
    """Every limit of the regions on the lists."""
    return _limits(done, match_tables.limits(done.found), say("Limits by region"))


def held(done: Matched) -> Table:
    """The limits that hold anybody back."""
    table = match_tables.limits(done.found)
    return _limits(
        done, table[table["state"] == match_tables.BINDS], say("Limits that are used up")
    )


def _limits(done: Matched, table: pd.DataFrame, heading: str) -> Table:
    projection = done.projection
    names = table_names(projection.facilities, "kind") if len(projection.facilities) else {}
    rows = []
    for index, line in zip(table.index, _lines(table, ["capacity", "used", "holds_back", "price"]),
                           strict=True):  # fmt: skip
        row = table.loc[index]
        limit = next(limit for limit in done.found.limits if _same(limit, row, done.found))
        year = "" if pd.isna(row["year"]) or row["year"] is None else str(int(row["year"]))
        rows.append(Row(
            (regions_words(row["regions"], projection.space), capital(limit_words(limit, names)),
             unit_words(projection, str(row["unit"])), year, say(STATES[str(row["state"])])),
            line, (0, 0, 0, 3),
        ))  # fmt: skip
    return Table(
        say("Limits"), heading,
        say("Families held back: those whose best region it is. Worth: what one more unit adds to "
            "the sum of scores.") + " " + _small(),
        [say("Region"), say("Limit"), say("Unit"), say("of the year"), say("State"),
         say("at most"), say("used"), say("families\nheld back"), say("worth of\none more")],
        rows,
    )  # fmt: skip


def _same(limit: Any, row: pd.Series, found: Match) -> bool:
    return bool(
        (limit.kind, limit.stream, limit.qualification, limit.facility)
        == (row["kind"], row["stream"], row["qualification"], row["facility"])
        and [found.regions[place] for place in limit.regions] == row["regions"]
    )


def unknown_lines(found: Match, space: Space, facilities: pd.DataFrame) -> list[str]:
    """What is not known and holds nobody back, a line for each kind of limit."""
    table = match_tables.limits(found)
    names = table_names(facilities, "kind") if len(facilities) else {}
    told: dict[str, list[str]] = {}
    for limit in found.limits:
        regions_ = [found.regions[place] for place in limit.regions]
        if np.isnan(limit.capacity) and any(regions_ == own for own in table["regions"]):
            told.setdefault(limit_words(limit, names), []).append(regions_words(regions_, space))
    return [say("Not known, holds nobody back: {limit}: {regions}.", limit=limit,
                regions=", ".join(where)) for limit, where in told.items()]  # fmt: skip


def about(done: Matched) -> Table:
    """What was matched with what, and how."""
    found, weights = done.found, done.weights
    shares_ = weights.shares
    lines = [
        (say("Survey"), say_n("{n} family", "{n} families", len(found.families)) + "; "
         + say_n("{n} row left out", "{n} rows left out", len(done.survey.rejects))),
        (say("Year"), str(done.year)),
        (say("Weights"), ", ".join(f"{say(TERM_WORDS[name])} {number(shares_[name], 2)}"
                                   for name in TERMS if shares_[name] > 0)),
        (say("Choices"), " / ".join(number(value, 2) for value in weights.choices)),
        (say("Counted by"), say(COUNTED[weights.count])),
        (say("Sum"), say("{value}; no placement can pass {bound}", value=number(
            found.solution.value, 1), bound=number(found.solution.bound, 1))),
        *((say("Unknown"), line)
          for line in unknown_lines(found, done.projection.space, done.projection.facilities)),
    ]  # fmt: skip
    return Table(say("About"), title(done),
                 say("The weights are the user's; they are not official."),
                 [say("What"), say("How")], [Row(line, []) for line in lines])  # fmt: skip


def book(done: Matched) -> bytes:
    """The workbook, as the content of its file."""
    from forecast.report.excel import write_book

    tables = [about(done), regions(done), choices(done), shares(done), unplaced(done),
              limits(done)]  # fmt: skip
    return write_book(tables, provenance(done.projection), title(done),
                        done.projection.base_year)  # fmt: skip


def plain(done: Matched) -> dict[str, Any]:
    """Everything for programs; what is not shown or not known is null."""
    found = done.found
    return {
        "scenario": done.projection.scenario_name, "run_id": done.projection.run_id,
        "year": done.year, "families": len(found.families),
        "placed": int(found.placed.sum()), "rejected": len(done.survey.rejects),
        "weights": done.weights.shares, "count": done.weights.count,
        "value": found.solution.value, "bound": found.solution.bound, "gap": found.solution.gap,
        "threshold": SMALL, "unknown_limits": int((match_tables.limits(found)["state"]
                                                   == UNKNOWN).sum()),
        **{name: records(make(found)) for name, make in TABLES.items()},
    }  # fmt: skip


def _lines(table: pd.DataFrame, columns: list[str]) -> list[list[float]]:
    lines: list[list[float]] = np.round(table[columns].to_numpy(dtype=float), 4).tolist()
    return lines
