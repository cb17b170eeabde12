"""What indicators a file declares, and where they are found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from forecast.indicators.formula import Formula
from forecast.words import language, mark

UP, DOWN, AT_LEAST, AT_MOST, ZERO = "up", "down", "at_least", "at_most", "zero"
DIRECTIONS = {
    UP: mark("to grow"),
    DOWN: mark("to fall"),
    AT_LEAST: mark("at least"),
    AT_MOST: mark("at most"),
    ZERO: mark("no further from zero than"),
}

Texts = Mapping[str, str]  # by language


def spoken(texts: Texts) -> str:
    """The text in the language of now."""
    return texts.get(language()) or texts.get("en", "")


@dataclass(frozen=True)
class Figure:
    """A published number: of one year, with its source; `note` says what it is not."""

    value: float
    year: int
    source: str
    note: Texts


@dataclass(frozen=True)
class Indicator:
    """One indicator.

    formula   : how a run gives it; None where it does not, then `unknown` says why
    baseline  : the published number by the same definition, None where there is none
    published : figures shown beside it that the formula does not reproduce: never compared
    targets   : {calendar year: value in `unit`}
    direction : one of DIRECTIONS; up and down without a target of the year are held against the
                baseline, without a baseline against the first year of the run
    """

    id: str
    title: Texts
    unit: str
    direction: str
    source: str
    status: str
    formula: Formula | None = None
    unknown: Texts | None = None
    baseline: Figure | None = None
    published: tuple[Figure, ...] = ()
    targets: Mapping[int, float] | None = None
    note: Texts | None = None

    @property
    def name(self) -> str:
        return spoken(self.title)


@dataclass(frozen=True)
class Indicators:
    """All indicators of a file, those whose definition is not published at the end."""

    title: Texts
    source: str
    file: str
    indicators: tuple[Indicator, ...]
