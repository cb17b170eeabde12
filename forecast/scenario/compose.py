"""Several files into one: parent, then overlays, then what the file itself says.

A composition is a map of *leaves*: the smallest values that inheritance replaces, each with
the file that set it. A yearly series, the shares of `homes` and an uncertainty are one value
each and are replaced whole; a growth point is taken apart, so that a child may change one key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from forecast.errors import Fault, did_you_mean
from forecast.scenario import find
from forecast.scenario.read import Keys, Source, dotted, read
from forecast.words import say

ANY = object()  # any key
# Maps that inheritance takes apart; every other value is replaced whole.
TAKEN_APART: tuple[tuple[object, ...], ...] = (
    (),
    ("growth_points",),
    ("growth_points", ANY),
    ("growth_points", ANY, "delivery"),
    ("growth_points", ANY, "existing"),
    ("drivers",),
    ("drivers", "jobs"),
    ("drivers", "income"),
    ("drivers", "unemployment"),
    ("drivers", "home_value"),
    ("levers",),
    ("levers", "kandas_quota"),
    ("levers", "kandas_quota", "places"),
    ("levers", "kandas_quota", "take_up"),
    ("levers", "resettlement"),
    ("levers", "resettlement", "places"),
    ("levers", "resettlement", "take_up"),
    ("levers", "foreign_labour"),
    ("levers", "family_support"),
    ("levers", "infrastructure_first"),
    ("levers", "norms"),
    ("levers", "norms", ANY),
    ("uncertainties",),
)
REGION_AT = {"levers": 3, "drivers": 2}  # place of the region in a key path
OWN = ("title", "description", "extends", "with")  # of one file: never inherited


@dataclass(frozen=True)
class Leaf:
    """A value as it is written, and the file that set it. None removes a growth point."""

    value: Any
    source: Source


Leaves = dict[Keys, Leaf]


@dataclass
class Composition:
    """What the files say together.

    leaves : values that count, with their files
    faults : everything that is wrong in any of the files
    notes  : what a planner should know (an overlay that is overridden)
    whole  : False where a file is missing or cannot be read: nothing is said of missing keys
    """

    main: Source
    leaves: Leaves = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    notes: list[Fault] = field(default_factory=list)
    sources: dict[Path, Source] = field(default_factory=dict)
    whole: bool = True

    def tree(self) -> dict[str, Any]:
        """The composition as one plain map, in the form of a file without inheritance."""
        found: dict[Any, Any] = {
            key: self.main.tree[key] for key in OWN[:2] if key in self.main.tree
        }
        for keys, leaf in self.leaves.items():
            inside = found
            for key in keys[:-1]:
                inside = inside.setdefault(key, {})
            if isinstance(leaf.value, Mapping) and not leaf.value:
                inside.setdefault(keys[-1], {})
            else:
                inside[keys[-1]] = leaf.value
        return found

    def source(self, keys: Keys) -> Source:
        """The file that set a value; of a map, the main file or else the first that set a part."""
        if keys and keys[0] in OWN:
            return self.main
        for length in range(len(keys), 0, -1):
            if keys[:length] in self.leaves:
                return self.leaves[keys[:length]].source
        inside = [leaf.source for at, leaf in self.leaves.items() if at[: len(keys)] == keys]
        return self.main if self.main in inside or not inside else inside[0]

    def where(self, keys: Keys) -> str:
        """file:line: key"""
        return self.source(keys).where(keys)


def taken_apart(keys: Keys) -> bool:
    """Whether inheritance looks inside the map at `keys`."""
    return any(
        len(keys) == len(pattern)
        and all(part is ANY or part == key for part, key in zip(pattern, keys, strict=True))
        for pattern in TAKEN_APART
    )


def flatten(tree: Mapping[Any, Any], above: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """The leaves of a plain map, in the order of the file."""
    for key, value in tree.items():
        keys = (*above, key)
        if not above and key in OWN:
            continue
        if isinstance(value, Mapping) and value and taken_apart(keys):
            yield from flatten(value, keys)
        else:
            yield keys, value


Check = Callable[[Source], list[tuple[Keys, str, str]]]


class Composer:
    """Reads a scenario and everything that it names.

    check : faults of the structure of one file
    region: the id of a region by any of its names, or the word itself; without it two names of a
            region are two keys
    """

    def __init__(
        self, folder: Path | str | None, check: Check, region: Callable[[str], str] | None = None
    ):
        self.folder = folder
        self.check = check
        self.region = region
        self.sources: dict[Path, Source] = {}
        self.faults: list[Fault] = []
        self.notes: list[Fault] = []
        self.whole = True

    def compose(self, main: Source) -> Composition:
        """The whole composition of one file."""
        self.take(main)
        leaves = self.leaves(main, (main.path.resolve(),))
        # a file named twice is read once, and its faults are told once
        faults = list(dict.fromkeys(self.faults))
        return Composition(main, leaves, faults, self.notes, self.sources, self.whole)

    def take(self, source: Source) -> Source:
        """Take a file in, with the faults of its writing and structure."""
        self.sources[source.path.resolve()] = source
        faults = source.faults + (self.check(source) if source.whole else [])
        self.whole = self.whole and source.whole
        for keys, message, cure in faults:
            self.fault(source, keys, message, cure)
        return source

    def fault(self, source: Source, keys: Keys, message: str, cure: str = "") -> None:
        self.faults.append(Fault(source.where(keys), message, cure))

    def open(self, word: object, by: Source, keys: Keys) -> Source | None:
        """The file that another one names, or None and a fault."""
        if not isinstance(word, str) or not word.strip():
            self.whole = False
            return None
        places = find.folders(self.folder, by.path)
        path = find.find(word, places, by.path)
        if path is None:
            self.fault(by, keys, *find.missing(word, places))
            self.whole = False
            return None
        known = self.sources.get(path.resolve())
        return known or self.take(read(path, find.shown(path)))

    def leaves(self, source: Source, trail: tuple[Path, ...]) -> Leaves:
        """What a file sets with its parent and overlays. `trail`: the files on the way to it."""
        parent = self.parent(source, trail)
        found = dict(parent)
        overlaid = self.overlays(source, trail)
        self.conflicts(source, overlaid)
        for overlay in overlaid:
            self.put(found, overlay, parent)
        self.overridden(source, overlaid)
        self.put(found, source, dict(found))
        return found

    def own(self, source: Source) -> dict[Keys, Any]:
        """What a file sets itself; regions that are keys stand under their ids."""
        found: dict[Keys, Any] = {}
        for written, value in flatten(source.tree):
            keys = self.canonical(written)
            if keys in found:
                message = say("{name} stands here already", name=keys[-1])
                self.fault(source, written, message, say("keep one of them"))
                continue
            if keys != written:
                source.words[keys] = written
                if (line := source.line(written)) is not None:
                    source.lines[keys] = line
            found[keys] = value
        return found

    def canonical(self, keys: Keys) -> Keys:
        """A key path with the region in it by its id."""
        depth = REGION_AT.get(str(keys[0]), 0)
        if self.region is None or len(keys) != depth + 1 or not taken_apart(keys[:depth]):
            return keys
        return (*keys[:depth], self.region(str(keys[depth])))

    def parent(self, source: Source, trail: tuple[Path, ...]) -> Leaves:
        if "extends" not in source.tree:
            return {}
        above = self.open(source.tree["extends"], source, ("extends",))
        if above is None:
            return {}
        if above.whole and not {"extends", "until"} & set(above.tree):
            message = say("'{name}' is an overlay", name=source.tree["extends"])
            self.fault(
                source, ("extends",), message, say("name it in 'with', and extend a scenario")
            )
            self.whole = False
            return {}
        if above.path.resolve() in trail:
            circle = [self.sources[path].shown for path in trail]
            names = " -> ".join([*circle, above.shown])
            self.fault(source, ("extends",), say("'extends' goes round in a circle: {names}",
                       names=names), say("one of them must not extend another"))  # fmt: skip
            self.whole = False
            return {}
        return self.leaves(above, (*trail, above.path.resolve()))

    def overlays(self, source: Source, trail: tuple[Path, ...]) -> list[Source]:
        named = source.tree.get("with", [])
        found: list[Source] = []
        for place, word in enumerate(named if isinstance(named, list) else []):
            keys: Keys = ("with", str(word))  # a name says more than a place in a list
            source.lines[keys] = source.line(("with", place)) or 1
            overlay = self.open(word, source, keys)
            if overlay is None:
                continue
            if overlay.path.resolve() in trail or any(overlay is other for other in found):
                message = say("'{name}' is part of this scenario already", name=word)
                self.fault(source, keys, message, say("remove it"))
                continue
            for key in ("extends", "with"):
                if key in overlay.tree:
                    self.fault(
                        overlay, (key,),
                        say("{file} takes this file as an overlay, and an overlay has no '{key}'",
                            file=source.shown, key=key),
                        say("name the other file in 'with' of the scenario"),
                    )  # fmt: skip
            found.append(overlay)
        return found

    def conflicts(self, source: Source, overlays: list[Source]) -> None:
        """Two overlays that set one key differently."""
        for one, other in combinations(overlays, 2):
            left, right = self.own(one), self.own(other)
            for mine, theirs in _clashes(left, right):
                self.fault(
                    source, ("with",),
                    say("{one} and {other} set {key} differently",
                        one=one.place(mine), other=other.place(theirs),
                        key=dotted(mine if len(mine) >= len(theirs) else theirs)),
                    say("take one of them, or set it in neither"),
                )  # fmt: skip

    def overridden(self, source: Source, overlays: list[Source]) -> None:
        """Tell of a value of an overlay that the file itself sets anew."""
        own = self.own(source)
        for overlay in overlays:
            for keys, value in self.own(overlay).items():
                if keys in own and own[keys] != value:
                    note = say("this overrides the overlay {file}", file=overlay.shown)
                    self.notes.append(Fault(source.where(keys), note))

    def put(self, found: Leaves, source: Source, inherited: Leaves) -> None:
        """Lay the values of one file over what stands; it removes points of `inherited`."""
        for keys, value in self.own(source).items():
            if value is None:
                self.remove(found, source, keys, inherited)
                continue
            if taken_apart(keys) and not isinstance(value, Mapping):
                continue  # not a map where one is needed: a fault already
            for length in range(1, len(keys)):
                found.pop(keys[:length], None)  # an empty map that is filled now
            found[keys] = Leaf(value, source)

    def remove(self, found: Leaves, source: Source, keys: Keys, inherited: Leaves) -> None:
        """null: the growth point is not part of this scenario."""
        for at in [at for at in found if at[: len(keys)] == keys]:
            del found[at]
        points = dict.fromkeys(str(at[1]) for at in inherited if at[0] == keys[0] and len(at) > 1)
        if str(keys[-1]) in points or not self.whole:
            return
        cure = did_you_mean(str(keys[-1]), points) if points else say("remove the key")
        message = say("there is no inherited growth point '{name}' to remove", name=keys[-1])
        self.fault(source, keys, message, cure)


def _clashes(left: Mapping[Keys, Any], right: Mapping[Keys, Any]) -> Iterator[tuple[Keys, Keys]]:
    """Keys on which two overlays cannot both be right: set differently, or changed and removed."""
    for keys, value in left.items():
        if keys in right and right[keys] != value:
            yield keys, keys
    for one, other, turned in ((left, right, False), (right, left, True)):
        for gone in [keys for keys, value in one.items() if value is None]:
            for keys in other:
                if len(keys) > len(gone) and keys[: len(gone)] == gone:
                    yield (keys, gone) if turned else (gone, keys)
