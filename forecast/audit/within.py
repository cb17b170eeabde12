"""The numbers of one plan against each other and against the bands of ratios."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from forecast.audit.findings import (
    AGREES,
    CONTRADICTION,
    OUTSIDE,
    Finding,
    Number,
    number_of,
)
from forecast.audit.ratios import Ratio
from forecast.audit.stated import CLAIM, Series, SeriesKey, Stated, at, judged, of_same, series_of
from forecast.scenario.measures import MEASURES
from forecast.tables import UNKNOWN

NEAR = 5  # years within which two numbers of one measure are held against each other; assumption
TOLERANCE = 1.25  # factor by which they may differ; assumption


class Place(NamedTuple):
    """The growth point of which findings are told."""

    point: str
    region: str


def same_measure(place: Place, found: Sequence[Stated]) -> Iterator[Finding]:
    """Numbers of one measure and of near years from different voices.

    A voice with years on both sides is read on a line between them; otherwise its nearest number
    within NEAR years counts. Of one source only sums and totals of the same year and scope are held
    against each other: what it says of several scopes is no contradiction. Numbers that differ by
    more than TOLERANCE contradict.
    """
    for measure in MEASURES:
        series = series_of(found, measure)
        for since in dict.fromkeys(key.added_since for key in series):
            voices = {key: values for key, values in series.items() if key.added_since == since}
            for year, numbers in _sets(voices):
                verdict = AGREES if _factor(numbers) <= TOLERANCE else CONTRADICTION
                shown = sorted(numbers, key=lambda one: (-one.value, one.origin != CLAIM))
                yield Finding(*place, "numbers", measure, year, verdict,
                              tuple(number_of(one) for one in shown))  # fmt: skip


def _sets(voices: Mapping[SeriesKey, Series]) -> list[tuple[int, tuple[Stated, ...]]]:
    """The numbers that are held against each other, by year; none within another set."""
    sets: dict[frozenset[Stated], int] = {}
    for key, own in voices.items():
        for year in own:
            near = (
                other.get(year) if name.source == key.source else _near(other, year, own)
                for name, other in voices.items()
                if name != key and (name.source != key.source or name.scope == key.scope)
            )
            together = frozenset([own[year], *(one for one in near if one is not None)])
            if len(together) > 1:
                sets[together] = max(year, sets.get(together, year))
    whole = [one for one in sets if not any(one < other for other in sets)]
    return sorted(((sets[one], tuple(one)) for one in whole), key=lambda pair: pair[0])


def _near(other: Series, year: int, own: Series) -> Stated | None:
    """What another voice says of a year: that year, on a line, or its nearest number."""
    exact = at(other, year)
    if exact is not None:
        return exact
    nearest = min(other, key=lambda when: abs(when - year))
    mutual = min(own, key=lambda when: abs(when - nearest)) == year
    if abs(nearest - year) > NEAR or not mutual or min(own) < nearest < max(own):
        return None
    return other[nearest]


def _factor(numbers: Iterable[Stated]) -> float:
    values = [one.value for one in numbers]
    if min(values) == max(values):
        return 1.0
    return float(np.divide(max(values), min(values))) if min(values) > 0 else np.inf


def pairs(numbers: Sequence[Number]) -> list[tuple[float, float, float]]:
    """(higher, lower, ratio) of all numbers that differ by more than TOLERANCE.

    Numbers that agree with a larger one already named are not named again.
    """
    values: list[float] = []
    published = sorted(numbers, key=lambda one: one.role != CLAIM)
    for one in published:
        if all(_apart(one.value, other) > TOLERANCE for other in values):
            values.append(one.value)
    values.sort(reverse=True)
    return [
        (high, low, _apart(high, low))
        for place, high in enumerate(values)
        for low in values[place + 1 :]
    ]


def _apart(one: float, other: float) -> float:
    high, low = max(one, other), min(one, other)
    return 1.0 if high == low else high / low if low > 0 else np.inf


def ratios(
    place: Place, found: Sequence[Stated], norms: Sequence[Ratio], base_year: int
) -> Iterator[Finding]:
    """What is planned for the base year and after, divided by what its band says.

    A number of what is added is divided by what is added of the other measure; more than the band
    is unknown then, because what is missing today is not published. Numbers of another scope than
    the place need people of that scope. What is not there is unknown.
    """
    for norm in norms:
        told = [
            finding
            for one in judged(found, norm.measure)
            if one.year >= base_year and (finding := _ratio(place, one, norm, found)) is not None
        ]
        name = f"{norm.measure}/{norm.per}"
        asked = any(
            one.measure == norm.measure or (one.measure == "population" and one.year >= base_year)
            for one in found
        )
        if not told and asked:
            told.append(Finding(*place, "ratio", name, base_year, UNKNOWN))
        yield from told


def _ratio(place: Place, one: Stated, norm: Ratio, found: Sequence[Stated]) -> Finding | None:
    whole = divisor(one, norm.per, found)
    if whole is None:
        return None
    value = norm.factor * one.value / whole.value
    shown = round(value, digits(norm.high))  # 17.97 is within 18 to 30
    verdict = AGREES if norm.low <= shown <= norm.high else OUTSIDE
    if one.added_since is not None and shown > norm.high:
        verdict = UNKNOWN
    band = [
        Number(end, getattr(norm, end), norm.unit, one.year, norm.source, status=norm.status)
        for end in ("low", "high")
    ]
    numbers = (
        number_of(one), number_of(whole, "people"),
        Number("ratio", value, norm.unit, one.year), *band,
    )  # fmt: skip
    return Finding(*place, "ratio", f"{norm.measure}/{norm.per}", one.year, verdict, numbers)


def digits(high: float) -> int:
    """Digits of a ratio: one where the band is small."""
    return 1 if high < 100 else 0


def divisor(one: Stated, per: str, found: Sequence[Stated]) -> Stated | None:
    """Of what a number is counted: all of it, or what is added in the same years."""
    whole = of_same(found, per, one.year, one)
    if whole is None or whole.value <= 0 or one.added_since is None:
        return whole if whole is not None and whole.value > 0 else None
    before = of_same(found, per, one.added_since, one)
    if before is None or whole.value <= before.value:
        return None
    value = whole.value - before.value
    return Stated(per, one.year, value, whole.source, whole.scope, added_since=one.added_since,
                  origin="line")  # fmt: skip


def falling(place: Place, found: Sequence[Stated], measures: Iterable[str]) -> Iterator[Finding]:
    """Stocks of facilities, or sums of what is added, that fall from one year to the next."""
    for measure in measures:
        for key, values in series_of(found, measure).items():
            stages = key.added_since is not None and len(values) < 2
            years = sorted(values)
            for early, late in zip(years, years[1:], strict=False):
                if stages or values[late].value >= values[early].value:
                    continue
                numbers = (number_of(values[early]), number_of(values[late]))
                yield Finding(*place, "places", measure, late, CONTRADICTION, numbers)
