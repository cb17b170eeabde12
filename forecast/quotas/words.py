"""Limits of the quota in a planner's words."""

from __future__ import annotations

from collections.abc import Mapping

from forecast.labour.qualification import WORDS as QUALIFICATION_WORDS
from forecast.quotas.build import PERSONS_ROOM
from forecast.quotas.norms import STREAM_WORDS
from forecast.settlement.quota import BUDGET, CAP, FALL, FLOOR, NEED, RISE, ROOM, SUPPLY, Row
from forecast.space import Space
from forecast.words import mark, say
from forecast.words.digits import number, per_cent, short

KIND_WORDS = {
    SUPPLY: mark("places to give"),
    NEED: mark("need of workers"),
    ROOM: mark("room for people"),
    FLOOR: mark("least number of places"),
    CAP: mark("largest number of places"),
    RISE: mark("rise from the year before"),
    FALL: mark("fall from the year before"),
    BUDGET: mark("budget"),
}


def regions_said(row: Row, space: Space) -> str:
    return " + ".join(space.name(region) for region in row.regions)


def stream_said(row: Row) -> str:
    return say(STREAM_WORDS[row.stream]) if row.stream in STREAM_WORDS else say("all streams")


def facility_said(row: Row, facilities: Mapping[str, str]) -> str:
    return facilities.get(row.facility or "", row.facility or "")


def limit_said(row: Row, space: Space, facilities: Mapping[str, str], price: float) -> str:
    """The limit as a sentence with its number.

    facilities : {kind: name}
    price      : money for one unit of account
    """
    told: dict[str, object] = {"year": row.year, "n": number(row.limit)}
    where, who = regions_said(row, space), stream_said(row)
    if row.kind == SUPPLY:
        skill = say(QUALIFICATION_WORDS[row.qualification or "none"])
        if row.size > 1:
            return say("{year}: at most {n} families of {size} for {stream}, {skill}",
                       stream=who, skill=skill, size=row.size, **told)  # fmt: skip
        return say("{year}: at most {n} places for {stream}, {skill}", stream=who, skill=skill,
                   **told)  # fmt: skip
    if row.kind == NEED:
        skill = say(QUALIFICATION_WORDS[row.qualification or "none"])
        return say("{year}: {region} needs at most {n} more workers, {skill}", region=where,
                   skill=skill, **told)  # fmt: skip
    if row.kind == ROOM and row.facility == PERSONS_ROOM:
        return say("{year}: {region} has room for at most {n} people", region=where, **told)
    if row.kind == ROOM:
        return say("{year}: {region} has {n} free ({facility})", region=where,
                   facility=facility_said(row, facilities), **told)  # fmt: skip
    if row.kind == BUDGET:
        money = number(row.limit * price / 1e6)
        return say("{year}: the budget is {money} million", year=row.year, money=money)
    return _places_said(row, where, who, told)


def _places_said(row: Row, where: str, who: str, told: dict[str, object]) -> str:
    if row.kind == FLOOR:
        return say("{year}: at least {n} places for {stream} in {region}", stream=who,
                   region=where, **told)  # fmt: skip
    if row.kind == CAP:
        return say("{year}: at most {n} places for {stream} in {region}", stream=who,
                   region=where, **told)  # fmt: skip
    share = per_cent(100 * (row.share or 0.0), 0)
    if row.limit == 0 and row.kind == RISE:
        return say("{year}: at most {share} more places for {stream} in {region} than the year "
                   "before", year=row.year, share=share, stream=who, region=where)  # fmt: skip
    if row.limit == 0:
        return say("{year}: at most {share} fewer places for {stream} in {region} than the year "
                   "before", year=row.year, share=share, stream=who, region=where)  # fmt: skip
    if row.kind == RISE:
        return say("{year}: at most {n} places for {stream} in {region} ({share} above the year "
                   "before)", share=share, stream=who, region=where, **told)  # fmt: skip
    return say("{year}: at least {n} places for {stream} in {region} ({share} below the year "
               "before)", share=share, stream=who, region=where, **told)  # fmt: skip


def worth_said(
    row: Row, points: float, money: float | None, space: Space, facilities: Mapping[str, str]
) -> str:
    """What one more unit of a limit is worth.

    money : million for the same gain; None where no money is in the objective or a budget
    """
    where, who, value = regions_said(row, space), stream_said(row), short(points)
    told = {"points": value, "year": row.year}
    if row.kind == SUPPLY:
        text = say("one more place for {stream} with {skill} in {year} is worth {points} points",
                   stream=who, skill=say(QUALIFICATION_WORDS[row.qualification or "none"]),
                   **told)  # fmt: skip
    elif row.kind == NEED:
        text = say("one more job in {region} for {skill} in {year} is worth {points} points",
                   region=where, skill=say(QUALIFICATION_WORDS[row.qualification or "none"]),
                   **told)  # fmt: skip
    elif row.kind == ROOM and row.facility == PERSONS_ROOM:
        text = say("room for one more person in {region} in {year} is worth {points} points",
                   region=where, **told)  # fmt: skip
    elif row.kind == ROOM:
        text = say("{facility}, {region}: one more in {year} is worth {points} points",
                   facility=facility_said(row, facilities), region=where, **told)  # fmt: skip
    elif row.kind == BUDGET:
        text = say("one more unit of account in the budget of {year} is worth {points} points",
                   **told)  # fmt: skip
    elif row.least:
        text = say("one place less that {stream} in {region} must have in {year} is worth {points} "
                   "points", stream=who, region=where, **told)  # fmt: skip
    else:
        text = say("one more place that {stream} in {region} may have in {year} is worth {points} "
                   "points", stream=who, region=where, **told)  # fmt: skip
    if money is not None and row.kind != BUDGET:
        text += " " + say("(or {money} million of the budget)", money=short(money))
    return text
