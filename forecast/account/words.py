"""The account in one paragraph: what changes, where, how much and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from forecast.account.parts import (
    ADDED,
    DEFICIT,
    DIFFERENCE,
    PARTS,
    POPULATION,
    Account,
)
from forecast.space import Space
from forecast.words import mark, say
from forecast.words.digits import number

MOST = 4  # parts named in the paragraph; the others are summed
NAMED = 2  # regions named on each side
LEAST = 0.5  # persons, jobs or units: below it there is nothing to tell
PAIRS = {  # what comes and goes by the same moves is told as one
    "internal_in": "internal", "internal_out": "internal",
    "growth_point_in": "growth_point", "growth_point_out": "growth_point",
    "support_in": "support", "support_out": "support",
    "came_again": "again", "left_again": "again",
}  # fmt: skip
TOLD = {
    **PARTS,
    "internal": mark("moves between regions"),
    "growth_point": mark("moves of growth points"),
    "support": mark("moves with support"),
    "again": mark("settlers who leave again"),
}


class Names(NamedTuple):
    """Words that the account does not hold."""

    one: str  # title of the first run
    other: str
    points: Mapping[str, str]
    kinds: Mapping[str, str]


def part_name(part: str, point: str, points: Mapping[str, str]) -> str:
    """A part in the language of now, with the name of the growth point that it is of."""
    text = say(TOLD[part])
    return f"{text}: {points.get(point, point)}" if point else text


def account_text(
    account: Account,
    space: Space,
    names: Names,
    *,
    region: str,
    interval: tuple[float, float] | None = None,
) -> str:
    """What the second run changes, where, how much and why, in sentences of the language of now.

    region   : id of a region, or of the nation, which tells where as well
    interval : of the difference of population, from the draws
    """
    ends = _ends(account, region)
    change = float(ends["value"])
    place = space.name(region)
    if abs(change) < LEAST:
        first = say(
            "{region}, 1 January {year}: the same population by the scenarios '{other}' and "
            "'{one}' ({n}).",
            region=place, year=account.year, other=names.other, one=names.one,
            n=number(float(ends["of_other"])),
        )  # fmt: skip
    else:
        first = say(
            "{region}, 1 January {year}: {change} people by the scenario '{other}' against "
            "'{one}' ({after} instead of {before}).",
            region=place, year=account.year, change=_signed(change), other=names.other,
            one=names.one, after=number(float(ends["of_other"])),
            before=number(float(ends["of_one"])),
        )  # fmt: skip
    told = [first]
    if interval is not None:
        told.append(say("In 80 % of the draws the difference is from {low} to {high}.",
                        low=_signed(interval[0]), high=_signed(interval[1])))  # fmt: skip
    reasons = _listed(account, region, names, MOST)
    if reasons:
        told.append(say("It comes from: {parts}.", parts=reasons))
    if region == space.nation:
        told += _where(account, space, names)
    told += [*_labour(account, region), *_needs(account, region, names)]
    return " ".join(told)


def _ends(account: Account, region: str) -> pd.Series:
    rows = account.of(POPULATION, region)
    return rows[rows["part"] == DIFFERENCE].iloc[0]


def told_parts(account: Account, region: str, names: Names) -> list[tuple[str, float]]:
    """(name, persons) the parts of the population, in and out together, the largest first."""
    rows = account.of(POPULATION, region)
    rows = rows[rows["part"] != DIFFERENCE]
    parts = rows["part"].replace(PAIRS)
    sums = rows["value"].groupby([parts, rows["point"]], sort=False).sum()
    found = [(part_name(part, point, names.points), float(value))
             for (part, point), value in zip(sums.index, sums, strict=True)]  # fmt: skip
    kept = [(name, value) for name, value in found if abs(value) >= LEAST]
    return sorted(kept, key=lambda pair: -abs(pair[1]))


def _listed(account: Account, region: str, names: Names, most: int) -> str:
    """'births +4,208, deaths -265, all else +12': together the difference."""
    parts = told_parts(account, region, names)
    shown = parts[:most]
    rest = account.value(POPULATION, region) - sum(value for _, value in shown)
    if len(parts) > most or abs(rest) >= LEAST:
        shown = [*shown, (say("all else"), rest)]
    return ", ".join(f"{name} {_signed(value)}" for name, value in shown)


def _where(account: Account, space: Space, names: Names) -> list[str]:
    """Which regions gain and which lose most, each with its largest part."""
    changes = {region: account.value(POPULATION, region) for region in space.ids}
    order = sorted(changes, key=lambda region: -changes[region])
    gain = [region for region in order[:NAMED] if changes[region] >= LEAST]
    loss = [region for region in order[::-1][:NAMED] if changes[region] <= -LEAST]
    told = []
    if gain:
        told.append(say("Most is gained by {regions}.",
                        regions=_regions(account, space, names, gain, changes)))  # fmt: skip
    if loss:
        told.append(say("Most is lost by {regions}.",
                        regions=_regions(account, space, names, loss, changes)))  # fmt: skip
    return told


def _regions(
    account: Account,
    space: Space,
    names: Names,
    regions: Sequence[str],
    changes: Mapping[str, float],
) -> str:
    found = []
    for region in regions:
        parts = told_parts(account, region, names)
        text = f"{space.name(region)} {_signed(changes[region])}"
        if parts:
            name, value = parts[0]
            text += " (" + say("mostly {part} {value}", part=name, value=_signed(value)) + ")"
        found.append(text)
    return ", ".join(found)


def _labour(account: Account, region: str) -> list[str]:
    change = account.value(DEFICIT, region)
    if not abs(change) >= LEAST:  # unknown as well
        return []
    rows = account.of(DEFICIT, region)
    year = int(rows["year"].iloc[0])
    parts = ", ".join(
        f"{say(PARTS[line['part']])} {_signed(line['value'])}"
        for line in rows.to_dict("records")
        if line["part"] != DIFFERENCE and abs(line["value"]) >= LEAST
    )
    return [
        say(
            "Labour deficit of {year}: {change} jobs; what adds to it or takes from it: {parts}.",
            year=year, change=_signed(change), parts=parts,
        )
    ]  # fmt: skip


def _needs(account: Account, region: str, names: Names) -> list[str]:
    rows = account.rows
    rows = rows[(rows["account"] == ADDED) & (rows["region"] == region)]
    wide = rows.pivot_table(index="kind", columns="part", values="value", sort=False)
    if wide.empty:
        return []
    wide = wide[wide[DIFFERENCE].abs() >= LEAST]
    if wide.empty:
        return []
    told, by_norm = [], False
    for kind, line in zip(wide.index, wide.to_dict("records"), strict=True):
        text = f"{_small(names.kinds.get(str(kind), str(kind)))} {_signed(line[DIFFERENCE])}"
        norm = line.get("norm", 0.0)
        if abs(norm) >= LEAST:
            by_norm = True
            both = say("by people {people}, by the norm {norm}",
                       people=_signed(line["people"]), norm=_signed(norm))  # fmt: skip
            text += f" ({both})"
        told.append(text)
    sentence = say("Need added since the base year: {kinds}.", kinds=", ".join(told))
    if not by_norm:
        sentence += " " + say("All of it follows the people; the norms are the same.")
    return [sentence]


def _small(name: str) -> str:
    """A name inside a sentence: a small first letter, where it is no abbreviation."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def _signed(value: float) -> str:
    return number(value, signed=True)


__all__: Sequence[str] = ("Names", "account_text", "part_name", "told_parts")
