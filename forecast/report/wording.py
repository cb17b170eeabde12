"""Words and numbers as a reader of the language of now writes them.

Codes of the result frames (measures, components, statuses) become words here and nowhere else,
so that a table, a figure and its alternative text call one thing by one name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from forecast.space import Space
from forecast.tabulate import COMPONENTS
from forecast.words import language, mark, say
from forecast.words.digits import NO_BREAK

if TYPE_CHECKING:
    from forecast.report.extract import Result, Traced

DASH = "\u2013"

SEX_WORDS = {"female": mark("women"), "male": mark("men"), "total": mark("both sexes")}

STATUS_WORDS = {  # in the order in which they are named
    "observed": mark("observed"),
    "derived": mark("derived"),
    "estimated": mark("estimated"),
    "assumption": mark("assumption"),
    "projected": mark("projected"),
    "unknown": mark("unknown"),
}

COMPONENT_WORDS = {
    **COMPONENTS,
    "natural": mark("natural increase"),
    "internal": mark("net internal migration"),
    "external": mark("net external migration"),
    "change": mark("total change"),
}


def worded(code: str, words: Mapping[str, str]) -> str:
    """The word of a code in the language of now; a code without one is spelt out."""
    return say(words.get(code, code.replace("_", " ")))


def capital(text: str) -> str:
    """The text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def years(first: int, last: int) -> str:
    """2027 or 2027-2031, with the dash of print."""
    return str(first) if first == last else f"{first}{DASH}{last}"


def date(year: int) -> str:
    """The date of a stock; no line ends inside it."""
    return say("1 January {year}", year=year).replace(" ", NO_BREAK)


def person_scale(largest: float) -> tuple[float, str]:
    """The divisor and unit in which persons of this size read well."""
    if largest >= 20_000:
        return 1000.0, say("thousand persons")
    return 1.0, say("persons")


def short_names(space: Space) -> dict[str, str]:
    """Names that fit into a figure: without the word that all regions of the commonest kind share.

    'Pavlodar Region' becomes 'Pavlodar', 'область Абай' becomes 'Абай'. A name stays whole where
    the short one could be taken for another region (Almaty Region beside Almaty City).
    """
    kinds = [region.kind for region in space.regions]
    common = max(sorted(set(kinds)), key=kinds.count)
    names = {region.id: space.name(region.id) for region in space.regions}
    stripped = dict(names)
    for kind in set(kinds):
        group = [region.id for region in space.regions if region.kind == kind]
        shared = set.intersection(*(set(names[key].split()) for key in group))
        for key in group if len(group) > 1 else ():
            rest = [word for word in names[key].split() if word not in shared]
            stripped[key] = " ".join(rest) or names[key]
    kept = list(stripped.values())
    return {
        region.id: stripped[region.id]
        if region.kind == common and kept.count(stripped[region.id]) == 1
        else names[region.id]
        for region in space.regions
    }


def table_names(table: pd.DataFrame, key: str) -> dict[str, str]:
    """Names in the language of now from a table with name_en, name_ru, name_kk, by its key."""
    column = f"name_{language()}"
    return dict(zip(table[key].astype(str), table[column].astype(str), strict=True))


def level_words(projection: Result) -> dict[str, str]:
    """The levels of internal migration that a run shows beside itself, in words."""
    return {
        str(level): say("as in {year}", year=str(level).removeprefix("level-"))
        for level in sorted(projection.frame("levels")["level"].unique())
    }


def unit_words(projection: Result, unit: str) -> str:
    """A unit in the language of now; the units of facilities stand in their table."""
    facilities = projection.facilities
    for row in facilities.index[facilities["unit"] == unit]:
        return str(facilities.at[row, f"unit_{language()}"])
    return say(unit)


def status_line(frames: Iterable[pd.DataFrame]) -> str:
    """The statuses of the figures shown with the years that each covers.

    frames : tidy frames with columns year and status
    For instance 'observed 2022-2026, projected 2027-2031'; the years go without saying where all
    cover the same.
    """
    spans: dict[str, tuple[int, int]] = {}
    for frame in frames:
        for name, found in frame.groupby("status", observed=True)["year"]:
            first, last = int(found.min()), int(found.max())
            before = spans.get(str(name), (first, last))
            spans[str(name)] = (min(before[0], first), max(before[1], last))
    order = [name for name in STATUS_WORDS if name in spans]
    order += sorted(set(spans) - set(order))
    if len(set(spans.values())) == 1:
        return ", ".join(worded(name, STATUS_WORDS) for name in order)
    return ", ".join(f"{worded(name, STATUS_WORDS)} {years(*spans[name])}" for name in order)


def sources(projection: Traced, norms: bool = False) -> str:
    """The publishers of a run; with `norms` the table on which needs, orders and costs rest."""
    if not norms:
        return projection.sources
    table = say("norms, costs and lead times of norms/facilities.csv, many of them assumptions")
    return f"{projection.sources}; {table}"


def provenance(projection: Traced, norms: bool = False) -> str:
    """One line for a table: publishers, scenario and run."""
    return " · ".join((
        say("Source: {source}", source=sources(projection, norms)),
        say("Scenario: {title} ({name})", title=projection.title, name=projection.scenario_name),
        say("Run: {run}", run=projection.run_id).replace(" ", NO_BREAK),
    ))  # fmt: skip


def footer(projection: Traced, status: str, norms: bool = False) -> list[str]:
    """The lines below a figure: where its numbers come from and which run made them."""
    return [
        say("Source: {source}", source=sources(projection, norms)),
        " · ".join((
            say("Status: {status}", status=status),
            say("Scenario: {title} ({name})", title=projection.title,
                name=projection.scenario_name),
            say("Run: {run}", run=projection.run_id).replace(" ", NO_BREAK),
        )),
    ]  # fmt: skip
