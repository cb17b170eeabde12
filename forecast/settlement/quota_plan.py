"""The plan file of a quota: what a planner wants otherwise than the data say, read with its lines.

Every key may be left out. A number may be one for all years, or {year: number}, which holds from
that year on. Regions and streams go by any of their names.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forecast.errors import Faults, InputError, did_you_mean
from forecast.scenario.find import find, folders, shown
from forecast.scenario.places import region_of
from forecast.scenario.read import Keys, Source, read
from forecast.settlement.quota import Bound, Weights
from forecast.space import Space
from forecast.words import say

Series = Mapping[int, float]  # from that year on; 0 stands for every year
ALWAYS = 0
FIRST, LAST = 1900, 2200  # years that a file may name
WEIGHTS = ("employment", "preference", "stay", "cost")
KEYS = (
    "title", "years", "weights", "supply", "qualifications", "floors", "caps", "change", "budget",
    "preferences", "take_up", "stay", "retention", "capacity", "families", "whole",
)  # fmt: skip


@dataclass(frozen=True)
class QuotaPlan:
    """What a plan says; None or empty where it says nothing.

    supply, take_up, stay, preferences : by stream, of a stream as a whole under the empty region
    qualifications : {stream: {qualification: share}}
    capacity       : {region: persons who may settle}
    families       : {size: share}; empty where one person is the unit
    change         : share; infinite where there is no limit
    """

    name: str = ""
    title: str = ""
    years: tuple[int, int] | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    supply: Mapping[str, Series] = field(default_factory=dict)
    qualifications: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    floors: tuple[Bound, ...] = ()
    caps: tuple[Bound, ...] = ()
    change: float | None = None
    budget: Series = field(default_factory=dict)
    preferences: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    take_up: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    stay: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    retention: Path | None = None
    capacity: Mapping[str, Series] = field(default_factory=dict)
    families: Mapping[int, float] | bool = False
    whole: bool = True

    def weighted(self, weights: Weights) -> Weights:
        """The weights of the data with those of the plan in their place."""
        return Weights(**{name: self.weights.get(name, getattr(weights, name)) for name in WEIGHTS})


def at(series: Series, year: int) -> float:
    """The value that holds in a year; NaN before the first."""
    known = [when for when in series if when <= year]
    return float(series[max(known)]) if known else math.nan


def read_plan(
    word: str, space: Space, legal: Mapping[str, Sequence[str]], qualifications: Sequence[str]
) -> QuotaPlan:
    """The plan of a file, given by its path or its name in scenarios/.

    legal : {stream: regions of its list}: a plan cannot give places elsewhere
    Raises InputError with every fault, each with file, line and key.
    """
    path = find(word if "/" in word or "." in word else f"quotas/{word}", folders())
    if path is None:
        raise InputError("--plan", say("there is no file '{name}'", name=word))
    source = read(path, shown(path), begin=say("begin with 'years:'"))
    reader = _Reader(source, space, legal, qualifications)
    plan = reader.plan() if source.whole else None
    faults = Faults()
    for keys, message, cure in sorted(source.faults, key=lambda fault: source.line(fault[0]) or 0):
        faults.add(source.where(keys), message, cure)
    if faults or plan is None:
        raise InputError("", faults)
    return plan


class _Reader:
    """The tree of a file into a plan; faults go to the source."""

    def __init__(
        self, source: Source, space: Space, legal: Mapping[str, Sequence[str]],
        qualifications: Sequence[str],
    ):  # fmt: skip
        self.source, self.space, self.legal = source, space, legal
        self.qualifications = tuple(qualifications)

    def fault(self, keys: Keys, message: str, cure: str = "") -> None:
        self.source.faults.append((keys, message, cure))

    def plan(self) -> QuotaPlan:
        tree = self.source.tree
        self.known((), tree, KEYS)
        families: Mapping[int, float] | bool = False
        if "families" in tree:
            families = self.families(("families",), tree["families"])
        return QuotaPlan(
            name=self.source.shown,
            title=str(tree.get("title", "")),
            years=self.span(("years",), tree["years"]) if "years" in tree else None,
            weights=self.numbers("weights", WEIGHTS),
            supply=self.of_streams("supply", self.places),
            qualifications=self.of_streams("qualifications", self.shares),
            floors=self.bounds("floors"),
            caps=self.bounds("caps"),
            change=self.change(),
            budget=self.series(("budget",), tree["budget"]) if "budget" in tree else {},
            preferences=self.of_streams("preferences", self.regional),
            take_up=self.of_streams("take_up", self.regional),
            stay=self.of_streams("stay", self.regional),
            retention=self.file("retention"),
            capacity=self.capacities(),
            families=families,
            whole=self.switch("whole", True),
        )

    def known(self, keys: Keys, tree: Mapping[Any, Any], names: Sequence[str]) -> list[str]:
        """The keys that there are; others are faults."""
        for name in tree:
            if name not in names:
                self.fault((*keys, name), say("there is no key '{name}'", name=name),
                           did_you_mean(str(name), names, listed=len(KEYS)))  # fmt: skip
        return [name for name in tree if name in names]

    def map_of(self, keys: Keys, value: Any) -> Mapping[Any, Any]:
        if isinstance(value, Mapping):
            return value
        self.fault(keys, say("a map of keys and values belongs here"))
        return {}

    def number(self, keys: Keys, value: Any, low: float = 0.0, high: float = math.inf) -> float:
        """A number within bounds; NaN and a fault otherwise."""
        if isinstance(value, bool) or not isinstance(value, int | float) or math.isnan(value):
            self.fault(keys, say("'{value}' is no number", value=value))
        elif not low <= value <= high or math.isinf(value):
            cure = say("write a number from {low:g} to {high:g}", low=low, high=high)
            if math.isinf(high):
                cure = say("write a number of at least {low:g}", low=low)
            self.fault(keys, say("{value} is out of range", value=value), cure)
        else:
            return float(value)
        return math.nan

    def share(self, keys: Keys, value: Any) -> float:
        return self.number(keys, value, 0.0, 1.0)

    def numbers(self, key: str, names: Sequence[str]) -> dict[str, float]:
        tree = self.map_of((key,), self.source.tree.get(key, {}))
        return {name: self.number((key, name), tree[name])
                for name in self.known((key,), tree, names)}  # fmt: skip

    def series(self, keys: Keys, value: Any) -> Series:
        """One number, or numbers by year."""
        if not isinstance(value, Mapping):
            return {ALWAYS: self.number(keys, value)}
        found = {}
        for year, cell in value.items():
            if isinstance(year, int) and FIRST <= year <= LAST:
                found[year] = self.number((*keys, year), cell)
            else:
                self.fault((*keys, year), say("'{value}' is no year", value=year))
        return found

    def places(self, keys: Keys, value: Any) -> Series:
        """A series of whole numbers: nobody can give half a place."""
        found = self.series(keys, value)
        for year, places in found.items():
            if not math.isnan(places) and places != round(places):
                self.fault(keys if year == ALWAYS else (*keys, year),
                           say("'{text}' is no whole number", text=places))  # fmt: skip
        return found

    def of_streams(self, key: str, read_one: Callable[[Keys, Any], Any]) -> dict[str, Any]:
        tree = self.map_of((key,), self.source.tree.get(key, {}))
        return {name: read_one((key, name), tree[name])
                for name in self.known((key,), tree, tuple(self.legal))}  # fmt: skip

    def region(self, keys: Keys, word: Any, stream: str | None = None) -> str | None:
        """The id of a region that may have places; None and a fault otherwise."""
        before = len(self.source.faults)
        name = region_of(str(word), self.space, keys, self.fault)
        if len(self.source.faults) > before:
            return None
        streams = [stream] if stream is not None else list(self.legal)
        if any(name in self.legal[one] for one in streams):
            return name
        listed = dict.fromkeys(self.space.name(r) for one in streams for r in self.legal[one])
        self.fault(keys, say("{region} is not on the legal list", region=self.space.name(name)),
                   say("the list has: {names}", names=", ".join(listed)))  # fmt: skip
        return None

    def regional(self, keys: Keys, value: Any) -> dict[str, float]:
        """One share for all regions of the stream (under ''), or by region."""
        if not isinstance(value, Mapping):
            return {"": self.share(keys, value)}
        found = {}
        for word, cell in value.items():
            name = self.region((*keys, word), word, str(keys[-1]))
            if name is not None:
                found[name] = self.share((*keys, word), cell)
        return found

    def shares(self, keys: Keys, value: Any) -> dict[str, float]:
        tree = self.map_of(keys, value)
        found = {name: self.share((*keys, name), tree[name])
                 for name in self.known(keys, tree, self.qualifications)}  # fmt: skip
        self.sum_to_one(keys, found.values())
        return found

    def sum_to_one(self, keys: Keys, values: Any) -> None:
        total = sum(values)
        if math.isfinite(total) and abs(total - 1) > 1e-6:
            self.fault(keys, say("the shares sum to {total:g}", total=round(total, 6)),
                       say("they must sum to 1"))  # fmt: skip

    def bounds(self, key: str) -> tuple[Bound, ...]:
        """{stream: {region: places or {year: places}}}."""
        found = []
        tree = self.map_of((key,), self.source.tree.get(key, {}))
        for stream in self.known((key,), tree, tuple(self.legal)):
            for word, cell in self.map_of((key, stream), tree[stream]).items():
                name = self.region((key, stream, word), word, stream)
                for year, places in self.places((key, stream, word), cell).items():
                    if name is not None:
                        found.append(Bound(stream, (name,), places, year or None))
        return tuple(found)

    def capacities(self) -> dict[str, Series]:
        tree = self.map_of(("capacity",), self.source.tree.get("capacity", {}))
        found = {}
        for word, cell in tree.items():
            name = self.region(("capacity", word), word)
            series = self.series(("capacity", word), cell)
            if name is not None:
                found[name] = series
        return found

    def change(self) -> float | None:
        value = self.source.tree.get("change")
        if value is None:
            return None
        return math.inf if value is False else self.share(("change",), value)

    def span(self, keys: Keys, value: Any) -> tuple[int, int] | None:
        first, _, last = str(value).partition("-")
        if first.isdecimal() and (last or first).isdecimal() and int(first) <= int(last or first):
            return int(first), int(last or first)
        self.fault(keys, say("'{value}' are no years", value=value), say("write 2026 or 2026-2030"))
        return None

    def families(self, keys: Keys, value: Any) -> Mapping[int, float] | bool:
        """true, false, or {size: share}."""
        if isinstance(value, bool):
            return value
        found = {}
        for size, cell in self.map_of(keys, value).items():
            if isinstance(size, int) and 1 <= size <= 20:
                found[size] = self.share((*keys, size), cell)
            else:
                self.fault((*keys, size), say("'{value}' is no size of a family", value=size))
        self.sum_to_one(keys, found.values())
        return found

    def switch(self, key: str, otherwise: bool) -> bool:
        value = self.source.tree.get(key, otherwise)
        if not isinstance(value, bool):
            self.fault((key,), say("write true or false"))
            return otherwise
        return value

    def file(self, key: str) -> Path | None:
        value = self.source.tree.get(key)
        if value is None:
            return None
        path = Path(str(value))
        path = path if path.is_absolute() else self.source.path.parent / path
        if not path.is_file():
            self.fault((key,), say("there is no file '{name}'", name=value))
            return None
        return path


__all__ = ["QuotaPlan", "at", "read_plan"]
