"""Readers of single values: plain data of a file in, checked value out, or `Wrong`.

Each takes what stands in the file and says what is wrong with it in a planner's words. A
value with several parts reports all of them: a fault names the part below the key.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar
from unicodedata import category

from forecast.errors import did_you_mean
from forecast.scenario.series import LINE, STEP, Series, tidy
from forecast.space import OPEN_AGE
from forecast.staying import MOST_YEARS, rises
from forecast.words import LANGUAGES, say, say_n

FIRST_YEAR, LAST_YEAR = 1990, 2100
LARGEST = 1e9  # persons, jobs, dwellings: beyond any country
SHORT = 40  # letters of a value in a message
LONGEST = 4000  # letters of a title, a description or a source
WHOLE = 1e-6  # shares may miss 1 by this much (0.333333 three times)
LEVEL = r"level-\d{4}|middle|drawn"
COMMA_NUMBER = re.compile(r"[-+]?\d{1,3}([ \u00a0\u202f]\d{3})*(,\d+)?|[-+]?\d+,\d+")

PLAIN_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
POINT_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

Key = str | int
K = TypeVar("K")
V = TypeVar("V")


class Part(NamedTuple):
    """A fault in a part of a value: the keys below it, the message and the cure."""

    below: tuple[Key, ...]
    message: str
    cure: str = ""


class Wrong(ValueError):
    """A value that cannot be read, with every part of it that is at fault."""

    def __init__(self, parts: str | Iterable[Part], cure: str = ""):
        self.parts = (Part((), parts, cure),) if isinstance(parts, str) else tuple(parts)
        super().__init__("; ".join(part.message for part in self.parts))


class Triple(NamedTuple):
    """A value that is drawn: its low, most likely and high level."""

    low: float
    mode: float
    high: float


def kind_of(value: object) -> str:
    """What a value of a file is, in words: 'text 'abc'', 'a list', ..."""
    if isinstance(value, Mapping):
        return say("a map of keys") if value else say("an empty map")
    if isinstance(value, list):
        return say("a list") if value else say("an empty list")
    if isinstance(value, bool):
        return say("yes or no")
    if isinstance(value, str):
        short = value if len(value) <= SHORT else value[: SHORT - 3] + "..."
        return say("text '{text}'", text=short)
    return say("nothing") if value is None else str(value)


def number(value: object, low: float = -LARGEST, high: float = LARGEST) -> float:
    """A finite number between `low` and `high`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Wrong(say("a number is needed, found {kind}", kind=kind_of(value)), _as_number(value))
    try:
        found = float(value)
    except OverflowError:
        found = math.inf
    if not math.isfinite(found):
        digits = str(value)
        digits = digits if len(digits) <= SHORT else digits[: SHORT - 3] + "..."
        raise Wrong(say("{value} is not a finite number", value=digits), say("write a number"))
    if not low <= found <= high:
        if found < low == 0:
            raise Wrong(say("{value} is negative", value=tidy(found)), say("write 0 or more"))
        limits = say("write a number from {low} to {high}", low=tidy(low), high=tidy(high))
        raise Wrong(say("{value} is out of bounds", value=tidy(found)), limits)
    return found


def _as_number(value: object) -> str:
    """The cure for a text that looks like a number in another notation."""
    if isinstance(value, str):
        text = value.strip()
        if COMMA_NUMBER.fullmatch(text):
            plain = re.sub(r"[ \u00a0\u202f]", "", text).replace(",", ".")
            return say("write {number}", number=plain)
        if text.endswith("%") and re.fullmatch(r"\d+(\.\d+)?", text[:-1].strip()):
            return say("write {number}", number=tidy(round(float(text[:-1]) / 100, 10)))
        if PLAIN_NUMBER.fullmatch(text):
            return say("write {number} without quotes", number=text)
    if isinstance(value, Mapping):
        return say("this key does not change by year: write one number")
    return say("write a number")


def amount(value: object) -> float:
    """A number of jobs, persons or dwellings: not negative."""
    return number(value, 0, LARGEST)


def share(value: object) -> float:
    """A share from 0 to 1."""
    try:
        return number(value, 0, 1)
    except Wrong as wrong:
        if isinstance(value, int | float) and 1 < value <= 100:
            cure = say("a share is from 0 to 1")
            if value >= 2:
                cure = say("a share is from 0 to 1: write {number} for {value} %",
                           number=tidy(round(value / 100, 10)), value=tidy(value))  # fmt: skip
            raise Wrong(say("{value} is above 1", value=tidy(value)), cure) from None
        raise wrong from None


def year(value: object) -> int:
    """A calendar year within reason."""
    if isinstance(value, bool) or not isinstance(value, int):
        cure = say("write a year such as 2030")
        if isinstance(value, str) and re.fullmatch(r"\d{4}", value.strip()):
            cure = say("write {number} without quotes", number=value.strip())
        raise Wrong(say("a year is needed, found {kind}", kind=kind_of(value)), cure)
    if not FIRST_YEAR <= value <= LAST_YEAR:
        raise Wrong(
            say("{value} is not a year from {first} to {last}",
                value=value, first=FIRST_YEAR, last=LAST_YEAR),
            say("write a year such as 2030"),
        )  # fmt: skip
    return value


def text(value: object) -> str:
    """Text that is not empty."""
    if not isinstance(value, str):
        message = say("text is needed, found {kind}", kind=kind_of(value))
        single = not isinstance(value, list | Mapping)
        raise Wrong(message, say("put it in quotes") if single else say("write one text"))
    if not value.strip():
        raise Wrong(say("the text is empty"), say("write it, or remove the key"))
    folded = " ".join(value.split())
    if len(folded) > LONGEST:
        message = say(
            "the text has {n} letters; at most {limit} are read", n=len(folded), limit=LONGEST
        )
        raise Wrong(message, say("shorten it"))
    if any(category(sign) == "Cc" for sign in folded):
        raise Wrong(say("the text holds a sign that cannot be printed"), say("remove it"))
    return folded


def words(value: object) -> dict[str, str]:
    """A text in three languages: {en, ru, kk}; a plain text stands for all of them."""
    if isinstance(value, str):
        return dict.fromkeys(LANGUAGES, text(value))
    if not isinstance(value, Mapping) or not value:
        raise Wrong(
            say("text is needed, found {kind}", kind=kind_of(value)),
            say("write a text, or one in each language: {en: ..., ru: ..., kk: ...}"),
        )
    found, parts = each(value, _language, text)
    if parts:
        raise Wrong(parts)
    first = next(found[lang] for lang in LANGUAGES if lang in found)
    return {lang: found.get(lang, first) for lang in LANGUAGES}


def _language(key: object) -> str:
    if key not in LANGUAGES:
        raise Wrong(say("no language '{name}'", name=key), did_you_mean(str(key), LANGUAGES))
    return str(key)


def shares(value: object) -> dict[str, float]:
    """Shares by name, {name: share}, that sum to 1."""
    if not isinstance(value, Mapping) or not value:
        raise Wrong(
            say("shares by name are needed, found {kind}", kind=kind_of(value)),
            say("write them as {name: share, name: share} with a sum of 1"),
        )
    found, parts = each(value, name, share)
    if parts:
        raise Wrong(parts)
    total = math.fsum(found.values())
    if abs(total - 1) > WHOLE:
        raise Wrong(say("the shares sum to {total}, not to 1", total=tidy(round(total, 6))),
                    say("change them so that they do"))  # fmt: skip
    return found


def stay(value: object) -> dict[int, float]:
    """Share still there by whole years since arrival, {year: share}; it does not rise."""
    if not isinstance(value, Mapping) or not value:
        raise Wrong(
            say("shares by years since arrival are needed, found {kind}", kind=kind_of(value)),
            say("write them as {1: 0.9, 5: 0.6}"),
        )
    found, parts = each(value, _since_arrival, share)
    year = rises(found)
    if year is not None:
        message = say("more are there {n} years after arrival than before", n=year)
        parts.append(Part((year,), message, say("a share still there cannot rise")))
    if parts:
        raise Wrong(parts)
    return dict(sorted(found.items()))


def _since_arrival(key: object) -> int:
    if isinstance(key, bool) or not isinstance(key, int) or not 1 <= key <= MOST_YEARS:
        message = say("years since arrival are needed, found {kind}", kind=kind_of(key))
        raise Wrong(message, say("write a whole number from 1 to {n}", n=MOST_YEARS))
    return key


def name(key: object) -> str:
    """A name used as a key; codes made of digits are names too."""
    if isinstance(key, bool) or not isinstance(key, str | int):
        raise Wrong(say("a name is needed, found {kind}", kind=kind_of(key)), say("write a name"))
    return str(key)


def level(value: object) -> str:
    """A level of internal migration: that of an observed year, the middle, or drawn."""
    if isinstance(value, str) and re.fullmatch(LEVEL, value):
        return value
    cure = say("write level-YEAR (a year with observed moves), middle or drawn")
    raise Wrong(say("a level is needed, found {kind}", kind=kind_of(value)), cure)


def point_id(key: object) -> str:
    """The id of a growth point: it names columns, files and plots."""
    if not isinstance(key, str) or not POINT_ID.fullmatch(key):
        raise Wrong(
            say("'{name}' cannot be the id of a growth point", name=key),
            say("write up to 64 small Latin letters, digits, '-' and '_'; names go to 'title'"),
        )
    return key


def ages(value: object) -> tuple[int, int]:
    """The first and the last age of a group, both included: [55, 62]."""
    cure = say("write the first and the last age: [55, 62]")
    if not isinstance(value, list) or len(value) != 2:
        raise Wrong(say("two ages are needed, found {kind}", kind=kind_of(value)), cure)
    if not all(isinstance(age, int) and not isinstance(age, bool) for age in value):
        raise Wrong(say("an age is a whole number of years"), cure)
    first, last = value
    if not 0 <= first <= last <= OPEN_AGE:
        message = say("ages are whole, from 0 to {last}, the first not above the last",
                      last=OPEN_AGE)  # fmt: skip
        raise Wrong(message, cure)
    return first, last


def weights(value: object) -> tuple[float, ...]:
    """A list of weights that sum to 1."""
    if not isinstance(value, list) or not value:
        raise Wrong(
            say("a list of weights is needed, found {kind}", kind=kind_of(value)),
            say("write them as [0.6, 0.4] with a sum of 1"),
        )
    found, parts = each(dict(enumerate(value, start=1)), int, share)
    if parts:
        raise Wrong(parts)
    total = math.fsum(found.values())
    if abs(total - 1) > WHOLE:
        raise Wrong(say("the weights sum to {total}, not to 1", total=tidy(round(total, 6))),
                    say("change them so that they do"))  # fmt: skip
    return tuple(found.values())


def triple(value: object, one: Callable[[object], float]) -> Triple:
    """[low, mode, high] in rising order; a single number stands for all three."""
    if isinstance(value, list):
        if len(value) != len(Triple._fields):
            cure = say("write three, [low, mode, high], or one number")
            raise Wrong(say_n("found {n} number", "found {n} numbers", len(value)), cure)
        found, parts = each(dict(zip(Triple._fields, value, strict=True)), str, one)
        if parts:
            raise Wrong(parts)
        low, mode, high = found.values()
        if not low <= mode <= high:
            raise Wrong(
                say("{low}, {mode}, {high} are out of order",
                    low=tidy(low), mode=tidy(mode), high=tidy(high)),
                say("write them rising: [low, mode, high]"),
            )  # fmt: skip
        return Triple(low, mode, high)
    if isinstance(value, Mapping):
        raise Wrong(say("a number or three are needed, found {kind}", kind=kind_of(value)),
                    say("write three, [low, mode, high], or one number"))  # fmt: skip
    single = one(value)
    return Triple(single, single, single)


def series(
    value: object,
    one: Callable[[object], float],
    *,
    before: float = 0.0,
    ends: bool = False,
    rises: bool = False,
    example: str = "2027: 100, 2030: 400",
) -> Series:
    """{year: value} steps, or {between: line, values: {year: value}.

    one   : reader of each value
    rises : the series is cumulative and must not fall
    example : years and values in a message
    """
    between, values, at = STEP, value, ()  # type: str, Any, tuple[Key, ...]
    if isinstance(value, Mapping) and ("between" in value or "values" in value):
        between, values, at = _written_between(value, example)
    if not isinstance(values, Mapping) or not values:
        raise Wrong([Part(
            at,
            say("values by year are needed, found {kind}", kind=kind_of(values)),
            say("write them as {{{example}}}", example=example),
        )])  # fmt: skip
    found, parts = each(values, year, one)
    if rises:
        parts += _falls(found)
    if parts:
        raise Wrong(part._replace(below=(*at, *part.below)) for part in parts)
    return Series.from_map(found, between=between, before=before, ends=ends)


def _written_between(value: Mapping[Any, Any], example: str) -> tuple[str, object, tuple[Key, ...]]:
    """The two keys of the long form of a series."""
    known = ("between", "values")
    parts = [
        Part((key,), say("unknown key '{name}'", name=key), did_you_mean(str(key), known))
        for key in value
        if key not in known
    ]
    between = value.get("between", STEP)
    if between not in (STEP, LINE):
        parts.append(Part(("between",), say("'{word}' is no way between years", word=between),
                          say("write 'line' or 'step'")))  # fmt: skip
    if "values" not in value:
        cure = say("write {{between: line, values: {{{example}}}}}", example=example)
        parts.append(Part((), say("'values' is missing"), cure))
    if parts:
        raise Wrong(parts)
    return between, value["values"], ("values",)


def _falls(found: Mapping[int, float]) -> list[Part]:
    parts = []
    years = sorted(found)
    for early, late in zip(years, years[1:], strict=False):
        if found[late] < found[early]:
            message = say(
                "{year} is after {before}; a cumulative series must not fall ({high} -> {low})",
                year=late, before=early, high=tidy(found[early]), low=tidy(found[late]),
            )  # fmt: skip
            parts.append(Part((late,), message, say("write all that is completed by then")))
    return parts


def each(
    value: Mapping[Any, Any], key: Callable[[Any], K], one: Callable[[Any], V]
) -> tuple[dict[K, V], list[Part]]:
    """Every key and value read; what is wrong is collected, not raised."""
    found: dict[K, V] = {}
    parts: list[Part] = []
    for written, inside in value.items():
        try:
            read = key(written)
        except Wrong as wrong:
            parts += [part._replace(below=(written, *part.below)) for part in wrong.parts]
            continue
        try:
            found[read] = one(inside)
        except Wrong as wrong:
            parts += [part._replace(below=(written, *part.below)) for part in wrong.parts]
    return found, parts
