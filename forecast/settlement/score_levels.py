"""What values of a criterion are worth, as a card writes it: bins of numbers, or words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from forecast.errors import did_you_mean
from forecast.scenario import values
from forecast.scenario.series import tidy
from forecast.scenario.values import Part, Wrong, kind_of
from forecast.settlement.records import fold
from forecast.words import say

BIN = ("from", "to", "value")
WORD = ("value", "also")


def read_bins(value: object) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Edges and values of bins, {from, to, value}, written in rising order; f must be monotone.

    The first may go without `from`, the last without `to`. A bin holds its lower bound.
    """
    cure = say("write a list: - {from: 0, to: 10, value: 0.5}")
    if not isinstance(value, list) or not value:
        raise Wrong(say("a list of bins is needed, found {kind}", kind=kind_of(value)), cure)
    parts: list[Part] = []
    bins = [_bin(one, place, len(value), parts, cure) for place, one in enumerate(value)]
    if parts:
        raise Wrong(parts)
    for place, ((low, high, _), (start, _, _)) in enumerate(zip(bins, bins[1:], strict=False), 1):
        if start < high:
            message = say("the bin from {start} overlaps the one from {low} to {high}",
                          start=tidy(start), low=tidy(low), high=tidy(high))  # fmt: skip
            parts.append(Part((place,), message, say("let it begin at {high}", high=tidy(high))))
        elif start > high:
            message = say("no bin holds {high} to {start}", high=tidy(high), start=tidy(start))
            parts.append(Part((place,), message, say("let it begin at {high}", high=tidy(high))))
    worths = [worth for *_, worth in bins]
    steps = np.sign(np.diff(worths))
    if (steps > 0).any() and (steps < 0).any():
        place = int(np.flatnonzero((steps != 0) & (steps != steps[steps != 0][0]))[0]) + 1
        message = say("the values of the bins must rise or fall throughout ({before} -> {after})",
                      before=tidy(worths[place - 1]), after=tidy(worths[place]))  # fmt: skip
        parts.append(Part((place,), message, say("change the values, or make two criteria")))
    if parts:
        raise Wrong(parts)
    return (*(low for low, _, _ in bins), bins[-1][1]), tuple(worths)


def _bin(
    one: object, place: int, count: int, parts: list[Part], cure: str
) -> tuple[float, float, float]:
    """Lower bound, upper bound and value of one bin; faults go to `parts`."""
    if not isinstance(one, Mapping):
        message = say("a map of keys is needed, found {kind}", kind=kind_of(one))
        parts.append(Part((place,), message, cure))
        return np.nan, np.nan, np.nan
    for key in one:
        if key not in BIN:
            message = say("unknown key '{name}'", name=key)
            parts.append(Part((place, key), message, did_you_mean(str(key), BIN)))
    found = {"from": -np.inf, "to": np.inf, "value": np.nan}
    needed = {"value"} | ({"from"} if place else set()) | ({"to"} if place < count - 1 else set())
    for key in BIN:
        if key not in one:
            if key in needed:
                parts.append(Part((place,), say("'{key}' is missing", key=key), cure))
            continue
        try:
            found[key] = values.share(one[key]) if key == "value" else values.number(one[key])
        except Wrong as wrong:
            parts += [part._replace(below=(place, key)) for part in wrong.parts]
    if found["from"] >= found["to"]:
        message = say("the bin from {low} to {high} is empty", low=tidy(found["from"]),
                      high=tidy(found["to"]))  # fmt: skip
        parts.append(Part((place,), message, say("write the lower bound first")))
    return found["from"], found["to"], found["value"]


def read_words(value: object) -> tuple[dict[str, float], dict[str, str]]:
    """{word: f} and {as it may be written: word}, of {word: f} or {word: {value, also: [...]}}."""
    if not isinstance(value, Mapping) or not value:
        raise Wrong(say("values by word are needed, found {kind}", kind=kind_of(value)),
                    say("write them as {word: value, word: value}"))  # fmt: skip
    found: dict[str, float] = {}
    written: dict[str, str] = {}
    parts: list[Part] = []
    for word, inside in value.items():
        also: object = []
        if isinstance(inside, Mapping):
            parts += [
                Part((word, key), say("unknown key '{name}'", name=key),
                     did_you_mean(str(key), WORD))
                for key in inside
                if key not in WORD
            ]  # fmt: skip
            also, inside = inside.get("also", []), inside.get("value")
        try:
            found[str(word)] = values.share(inside)
        except Wrong as wrong:
            parts += [part._replace(below=(word, *part.below)) for part in wrong.parts]
        for text in (word, *(also if isinstance(also, list) else [also])):
            if written.setdefault(fold(text), str(word)) != str(word):
                message = say("'{text}' stands for two words", text=text)
                parts.append(Part((word,), message, say("keep one of them")))
    if parts:
        raise Wrong(parts)
    return found, written
