"""The weights of a match: the user's, never official. What a YAML file may say, and its faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from forecast.errors import Faults, InputError, did_you_mean
from forecast.scenario.read import Source, read
from forecast.settlement.match_limits import KINDS
from forecast.settlement.match_survey import CHOICES, LANGUAGES, STREAMS
from forecast.settlement.records import fold
from forecast.words import mark, say

TERMS = ("employment", "preference", "language", "priority")
TERM_WORDS = {
    "employment": mark("chance of work"),
    "preference": mark("preference"),
    "language": mark("language"),
    "priority": mark("priority of the region"),
}
COUNTS = ("persons", "families", "workers")


@dataclass(frozen=True)
class Weights:
    """What counts how much.

    terms     : {term of TERMS: weight}; they are divided by their sum
    choices   : what the first, second and third choice are worth, 0 to 1
    other     : what a region is worth that a family did not choose
    languages : {region: {kk, ru: how far one gets along with it there, 0 to 1}}
    priority  : {region: 0 to 1}, wished by whoever places; a region without it has 0
    count     : by what a family counts in the sum: persons, families or workers
    placed    : what any place is worth beside its score
    limits    : {kind of limit: whether it holds}
    places    : {stream: {region: persons}} instead of the published places of the quota
    """

    terms: Mapping[str, float] = field(
        default_factory=lambda: {"employment": 0.5, "preference": 0.5, "language": 0.0,
                                 "priority": 0.0}
    )  # fmt: skip
    choices: tuple[float, ...] = (1.0, 0.6, 0.3)
    other: float = 0.0
    languages: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    priority: Mapping[str, float] = field(default_factory=dict)
    count: str = "persons"
    placed: float = 1.0
    limits: Mapping[str, bool] = field(default_factory=lambda: dict.fromkeys(KINDS, True))
    places: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def shares(self) -> dict[str, float]:
        """{term: part of the score}; they sum to 1."""
        total = sum(self.terms.values())
        return {name: self.terms[name] / total for name in TERMS}


def read_weights(path: str | Path, regions: Mapping[str, str]) -> Weights:
    """The weights of a YAML file.

    regions : {name, id or code of a region, folded: id}
    Raises InputError with every fault of the file, each with its line.
    """
    source = read(Path(path), str(path))
    reader = _Reader(source, regions)
    found = reader.weights() if source.whole else Weights()
    faults = Faults()
    for keys, message, cure in source.faults:
        faults.add(source.where(keys), message, cure)
    if faults:
        raise InputError("", faults)
    return found


class _Reader:
    """Plain data into weights; what is wrong goes to the source."""

    def __init__(self, source: Source, regions: Mapping[str, str]):
        self.source, self.regions = source, regions

    def weights(self) -> Weights:
        readers = {
            "weights": self.terms, "choices": self.choices, "other_region": self.other,
            "languages": self.languages, "priority": self.priority, "count": self.count,
            "placed": self.placed, "limits": self.limits, "places": self.places,
        }  # fmt: skip
        found = Weights()
        for key, value in self.source.tree.items():
            if key not in readers:
                self.fault((key,), say("unknown key '{name}'", name=key),
                           did_you_mean(str(key), readers, listed=20))  # fmt: skip
                continue
            found = replace(found, **readers[key](value))
        if found.terms.get("language") and not found.languages:
            self.fault(("weights", "language"), say("it needs the key '{name}'", name="languages"))
        return found

    def terms(self, value: Any) -> dict[str, Any]:
        given = self.numbers(("weights",), value, TERMS, np.inf)
        terms = dict.fromkeys(TERMS, 0.0) | given
        if not sum(terms.values()) > 0:
            self.fault(("weights",), say("one weight at least must be above 0"))
            return {}
        return {"terms": terms}

    def choices(self, value: Any) -> dict[str, Any]:
        if not isinstance(value, list) or not 1 <= len(value) <= len(CHOICES):
            self.fault(("choices",), say("write a list such as {example}", example="[1, 0.6, 0.3]"))
            return {}
        found = [self.number(("choices", place), item, 1.0) for place, item in enumerate(value)]
        if any(later > earlier for earlier, later in zip(found, found[1:], strict=False)):
            self.fault(("choices",), say("a later choice cannot be worth more than an earlier one"))
        return {"choices": tuple(found) + (0.0,) * (len(CHOICES) - len(found))}

    def other(self, value: Any) -> dict[str, Any]:
        return {"other": self.number(("other_region",), value, 1.0)}

    def placed(self, value: Any) -> dict[str, Any]:
        return {"placed": self.number(("placed",), value, np.inf)}

    def count(self, value: Any) -> dict[str, Any]:
        if value not in COUNTS:
            self.fault(("count",), say("'{text}' cannot stand here", text=value),
                       did_you_mean(str(value), COUNTS))  # fmt: skip
            return {}
        return {"count": value}

    def limits(self, value: Any) -> dict[str, Any]:
        found = dict.fromkeys(KINDS, True)
        for key, item in self.map(("limits",), value).items():
            if key not in KINDS:
                self.unknown(("limits", key), key, KINDS)
            elif not isinstance(item, bool):
                self.fault(("limits", key), say("write true or false"))
            else:
                found[key] = item
        return {"limits": found}

    def priority(self, value: Any) -> dict[str, Any]:
        return {"priority": self.by_region(("priority",), value, 1.0)}

    def languages(self, value: Any) -> dict[str, Any]:
        found = {}
        for word, item in self.map(("languages",), value).items():
            region = self.region(("languages", word), word)
            found[region] = self.numbers(("languages", word), item, LANGUAGES, 1.0)
        return {"languages": found}

    def places(self, value: Any) -> dict[str, Any]:
        found = {}
        for stream, item in self.map(("places",), value).items():
            if stream not in STREAMS:
                self.unknown(("places", stream), stream, STREAMS)
            else:
                found[stream] = self.by_region(("places", stream), item, np.inf)
        return {"places": found}

    def by_region(self, keys: tuple[Any, ...], value: Any, most: float) -> dict[str, float]:
        return {
            self.region((*keys, word), word): self.number((*keys, word), item, most)
            for word, item in self.map(keys, value).items()
        }

    def region(self, keys: tuple[Any, ...], word: Any) -> str:
        found = self.regions.get(fold(word))
        if found is None:
            self.fault(keys, say("no region '{name}'", name=word),
                       did_you_mean(str(word), self.regions))  # fmt: skip
        return found or str(word)

    def numbers(
        self, keys: tuple[Any, ...], value: Any, known: Sequence[str], most: float
    ) -> dict[str, float]:
        found = {}
        for key, item in self.map(keys, value).items():
            if key in known:
                found[key] = self.number((*keys, key), item, most)
            else:
                self.unknown((*keys, key), key, known)
        return found

    def number(self, keys: tuple[Any, ...], value: Any, most: float) -> float:
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        if plain and np.isfinite(value) and 0 <= value <= most:
            return float(value)
        cure = say("write a number, 0 or more") if np.isinf(most) else say(
            "write a number from 0 to {most:g}", most=most
        )  # fmt: skip
        self.fault(keys, say("'{text}' cannot stand here", text=value), cure)
        return 0.0

    def map(self, keys: tuple[Any, ...], value: Any) -> dict[Any, Any]:
        if isinstance(value, dict):
            return value
        self.fault(keys, say("write a map of names and numbers"))
        return {}

    def unknown(self, keys: tuple[Any, ...], word: Any, known: Any) -> None:
        self.fault(keys, say("unknown key '{name}'", name=word), did_you_mean(str(word), known))

    def fault(self, keys: tuple[Any, ...], message: str, cure: str = "") -> None:
        self.source.faults.append((keys, message, cure))
