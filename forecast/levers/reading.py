"""Levers as a page or a program gives them, read with every fault at once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from forecast.errors import Faults, InputError, did_you_mean
from forecast.levers.setting import (
    AS_WRITTEN,
    OWN_TFR,
    VARIANTS,
    WORDS,
    Setting,
    named,
)
from forecast.words import say
from forecast.words.digits import number

if TYPE_CHECKING:
    from forecast.levers.board import Board


class Reading:
    """What was given, lever by lever; faults are gathered."""

    def __init__(self, board: Board, given: Mapping[str, Any]):
        self.board, self.given, self.faults = board, given, Faults()

    def setting(self) -> Setting:
        known = [field.name for field in fields(Setting)]
        for name in self.given:
            if name not in known:
                self.faults.add(name, say("no such lever"), did_you_mean(name, known))
        base = self._base()
        last = self.board.last_year(base) if base else self.board.years[-1]
        first, end = self.board.years[0], self.board.years[-1]
        until = self._number("until", first, end, whole=True)
        until = None if until == last else until
        horizon = int(last if until is None else until)
        start = self._number("start", first, horizon, whole=True)
        chosen = {
            "fertility": self._choice("fertility", (AS_WRITTEN, *VARIANTS, OWN_TFR)),
            "external": self._choice("external", (AS_WRITTEN, *VARIANTS)),
            "internal": self._choice("internal", (AS_WRITTEN, *self.board.levels)),
        }
        numbers = {name: self._number(name, span.low, span.high)
                   for name, span in self.board.ranges.items()}  # fmt: skip
        region, jobs = self._region(), numbers["jobs"] or 0.0
        if jobs and not region and "region" not in self._wrong():
            self.faults.add(named("region"), say("choose where the jobs appear"))
        if chosen["fertility"] == OWN_TFR and numbers["tfr"] is None and "tfr" not in self._wrong():
            self.faults.add(named("tfr"), say("write a number"))
        if self.faults:
            raise InputError("", self.faults)
        if not jobs:  # a place and a year without jobs move nothing
            region, start = "", None
        return Setting(
            base=base, until=None if until is None else int(until), region=region, jobs=jobs,
            start=None if start is None else int(start),
            delivered=numbers["delivered"], slip=numbers["slip"],
            tfr=numbers["tfr"] if chosen["fertility"] == OWN_TFR else None, **chosen,
        )  # fmt: skip

    def _wrong(self) -> set[str]:
        """The levers at fault so far."""
        told = {fault.where for fault in self.faults}
        return {name for name, word in WORDS.items() if say(word) in told}

    def _base(self) -> str:
        word = str(self.given.get("base") or "baseline")
        if word in self.board.bases:
            return word
        message = say("there is no scenario '{name}'", name=word)
        self.faults.add(named("base"), message, did_you_mean(word, self.board.bases))
        return ""

    def _region(self) -> str:
        word = self.given.get("region") or ""
        if not word:
            return ""
        try:
            return self.board.space.resolve(word)
        except InputError as error:
            self.faults.add(named("region"), "; ".join(str(f) for f in error.faults))
            return ""

    def _choice(self, name: str, known: Sequence[str]) -> str:
        word = str(self.given.get(name) or AS_WRITTEN)
        if word in known:
            return word
        cure = did_you_mean(word, [each for each in known if each])
        self.faults.add(say(WORDS[name]), say("'{word}' is not known here", word=word), cure)
        return AS_WRITTEN

    def _number(
        self, name: str, low: float, high: float, *, whole: bool = False
    ) -> float | None:  # fmt: skip
        """A number within bounds; a text may have spaces and a comma, as people write it."""
        value = self.given.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        found = _as_number(value)
        shown = number if name not in ("until", "start") else _year
        span = say("write a number from {low} to {high}", low=_shown(low, shown),
                   high=_shown(high, shown))  # fmt: skip
        if found is None:
            text = say("'{word}' is not a number", word=str(value)[:40])
            self.faults.add(say(WORDS[name]), text, span)
        elif whole and found != int(found):
            self.faults.add(say(WORDS[name]), say("a whole year is needed"), span)
        elif not low <= found <= high:
            text = say("{value} is out of bounds", value=_shown(found, shown))
            self.faults.add(say(WORDS[name]), text, span)
        else:
            return found
        return None


def _as_number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = "".join(value.split()).replace("\u2212", "-")
        head, _, tail = value.rpartition(",")
        if "," in value:  # 1,500 is a thousand and a half; 2,5 and 12,75 are decimals
            grouped = len(tail) == 3 and head.replace(",", "").isdigit() and head != "0"
            value = value.replace(",", "" if grouped else ".")
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _shown(value: float, shown: Any) -> str:
    if value == int(value):
        return str(shown(value))
    return number(value, 1 if round(value, 1) == value else 2)


def _year(value: float) -> str:
    return f"{value:.0f}"
