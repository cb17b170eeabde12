"""A scenario ready to run: what its files say together, checked, each value with its file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.errors import Fault, InputError
from forecast.scenario.compose import Composer, Composition, flatten
from forecast.scenario.read import Keys, Source, dotted, parse, read
from forecast.words import LANGUAGES, language, say

if TYPE_CHECKING:
    from forecast.scenario.bind import Country
    from forecast.scenario.drivers import Drivers
    from forecast.scenario.levers import Levers
    from forecast.scenario.schema import Feedback, GrowthPoint, Uncertainties
    from forecast.space import Space

DEFAULT = "default"  # origin of a value that no file sets


@dataclass(frozen=True)
class Scenario:
    """A named scenario, frozen.

    name          : file name without suffix
    title         : {en, ru, kk}
    description   : {en, ru, kk}, or None
    until         : last calendar year of the run
    growth_points : by id, in alphabetical order: overlays may be named in any order
    drivers, levers, uncertainties, feedback : see the reference of the language
    origin        : {dotted key: file that set the value, or 'default'}
    notes         : what was noticed while the files were put together
    bound         : whether regions and sections are ids of a dataset
    places        : {key path: file:line}
    words         : {key path: the same in the words of its file}, where a region has another name
    Two scenarios are equal when they say the same, whatever their names and files.
    """

    name: str = field(compare=False)
    title: Mapping[str, str]
    description: Mapping[str, str] | None
    until: int
    growth_points: Mapping[str, GrowthPoint]
    drivers: Drivers
    levers: Levers
    uncertainties: Uncertainties
    feedback: Feedback
    origin: Mapping[str, str] = field(compare=False, repr=False)
    notes: tuple[Fault, ...] = field(default=(), compare=False, repr=False)
    bound: bool = field(default=False, compare=False)
    places: Mapping[Keys, str] = field(default_factory=dict, compare=False, repr=False)
    words: Mapping[Keys, Keys] = field(default_factory=dict, compare=False, repr=False)

    @property
    def heading(self) -> str:
        """The title in the language of now."""
        return self.title[language()]

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """What a planner should know that is no fault; str() of each is a line of text."""
        from forecast.scenario.advice import advice

        return (*self.notes, *advice(self))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what the scenario says; equal scenarios have the same."""
        text = json.dumps(self.resolved(), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def where(self, keys: Keys) -> str:
        """file:line: key of a value, or of the nearest key above it, in the words of the file."""
        said = next(
            ((*self.words[keys[:n]], *keys[n:]) for n in range(len(keys), 0, -1)
             if keys[:n] in self.words),
            keys,
        )  # fmt: skip
        for length in range(len(keys), 0, -1):
            if keys[:length] in self.places:
                return f"{self.places[keys[:length]]}: {dotted(said)}"
        return dotted(said)

    def resolved(self) -> dict[str, Any]:
        """Everything that the scenario says, as plain data in the form of a file."""
        from forecast.scenario.write import resolved

        return resolved(self)

    def to_yaml(self) -> str:
        """The resolved scenario as a file, with the file that set each value as a comment.

        Reading it back gives an equal scenario.
        """
        from forecast.scenario.write import to_yaml

        return to_yaml(self)

    def bind(self, country: Country) -> Scenario:
        """The same scenario with regions and sections as ids of a country; see bind.py."""
        from forecast.scenario.bind import bind

        return bind(self, country)


def load_scenario(
    name_or_path: str | Path, *, folder: Path | str | None = None, space: Space | None = None
) -> Scenario:
    """The scenario of a name or of a path to a .yml file, with its parents and overlays.

    folder : where names are looked for first, instead of ./scenarios; the shipped ones follow.
    space  : its region names are then one key in whatever language they are written, so that a
             child may change what its parent says of a region under another name.
    NAME+OVERLAY is the scenario NAME with an overlay laid over it, as a file with `extends` and
    `with` would say; more overlays may follow.
    Raises InputError with every fault of every file, each as file:line: key.
    """
    from forecast.scenario import find

    places = find.folders(folder)
    path = find.find(name_or_path, places)
    if path is None and find.joined(name_or_path):
        return _joined(str(name_or_path), folder, space)
    if path is None:
        message, cure = find.missing(name_or_path, places)
        raise InputError("", [Fault("", message, cure)])
    return _assemble(read(path, find.shown(path)), path.stem, folder, space)


def _joined(word: str, folder: Path | str | None, space: Space | None) -> Scenario:
    """The scenario of NAME+OVERLAY."""
    from forecast.scenario import find

    first, *overlays = word.split(find.JOIN)
    written = {"extends": first, "with": overlays}
    source = parse(json.dumps(written, ensure_ascii=False).encode(), Source(Path(word), word))
    scenario = _assemble(source, find.plain_name(word), folder, space)
    titles = [load_scenario(first, folder=folder).title]
    for overlay in overlays:
        path = find.find(overlay, find.folders(folder))
        titles.append(title_of(read(path, find.shown(path)), find.plain_name(overlay))
                      if path is not None else dict.fromkeys(LANGUAGES, overlay))  # fmt: skip
    title = {lang: " + ".join(one[lang] for one in titles) for lang in LANGUAGES}
    return replace(scenario, title=title)


def title_of(source: Source, name: str) -> dict[str, str]:
    """The title that a file gives itself by language, or its name."""
    from forecast.scenario.values import Wrong, words

    try:
        return words(source.tree.get("title", name))
    except Wrong:
        return dict.fromkeys(LANGUAGES, name)


def parse_scenario(
    text: str, name: str = "scenario", *, folder: Path | str | None = None
) -> Scenario:
    """The scenario of a text, as if it stood in the file NAME.yml of `folder`."""
    path = Path(folder if folder is not None else "scenarios") / f"{name}.yml"
    return _assemble(parse(text.encode(), Source(path, path.as_posix())), name, folder)


def _assemble(
    source: Source, name: str, folder: Path | str | None, space: Space | None = None
) -> Scenario:
    from forecast.scenario.check import structure, together

    region = None if space is None else space.id_or_word
    composition = Composer(folder, structure, region).compose(source)
    faults = composition.faults + together(composition)
    if faults:
        from forecast.scenario.salvage import salvage

        error = InputError(say("scenario '{name}'", name=name), in_order(faults, composition))
        if composition.whole:
            error.partial = salvage(name, composition)
        raise error
    return build(name, composition, composition.tree())


def in_order(faults: Iterable[Fault], composition: Composition) -> list[Fault]:
    """The faults file by file, from top to bottom."""
    files = [source.shown for source in composition.sources.values()]

    def rank(fault: Fault) -> tuple[int, int]:
        for place, shown in enumerate(files):
            if fault.where == shown or fault.where.startswith(shown + ":"):
                line = fault.where[len(shown) + 1 :].split(":")[0]
                return place, int(line) if line.isdigit() else 0
        return len(files), 0

    return sorted(faults, key=rank)


def build(name: str, composition: Composition, tree: Mapping[str, Any]) -> Scenario:
    """The scenario of a composition whose `tree` has no fault."""
    from forecast.scenario.schema import ScenarioFile

    said = ScenarioFile.model_validate(tree)
    assert said.until is not None  # checked by together()
    points = said.growth_points.items()
    places = {keys: composition.source(keys).place(keys) for keys in _every_key(tree)}
    words = {keys: own for keys in places
             if (own := composition.source(keys).written(keys)) != keys}  # fmt: skip
    origin = {dotted(keys): composition.source(keys).shown for keys, _ in _valued(tree) if keys}
    scenario = Scenario(
        name=name,
        title=said.title or dict.fromkeys(LANGUAGES, name),
        description=said.description,
        until=said.until,
        growth_points={
            key: point for key, point in sorted(points, key=lambda item: item[0]) if point
        },
        drivers=said.drivers,
        levers=said.levers,
        uncertainties=said.uncertainties,
        feedback=said.feedback,
        origin=origin,
        notes=tuple(composition.notes),
        places=places,
        words=words,
    )
    return finished(scenario)


def finished(scenario: Scenario) -> Scenario:
    """The scenario with an origin for every value that it resolves to."""
    origin = {
        dotted(keys): scenario.origin.get(dotted(keys), DEFAULT)
        for keys, _ in _valued(scenario.resolved())
    }
    return replace(scenario, origin=origin)


def _valued(tree: Mapping[Any, Any]) -> Iterable[tuple[Keys, Any]]:
    """The values that have an origin: leaves, the parts of an uncertainty, the title."""
    for key in ("title", "description"):
        if key in tree:
            yield (key,), tree[key]
    for keys, value in flatten(tree):
        if keys[0] == "uncertainties" and isinstance(value, Mapping):
            yield from (((*keys, key), inside) for key, inside in value.items())
        else:
            yield keys, value


def _every_key(tree: Any, above: Keys = ()) -> Iterable[Keys]:
    items: Iterable[tuple[Any, Any]] = tree.items() if isinstance(tree, Mapping) else ()
    for key, value in enumerate(tree) if isinstance(tree, list) else items:
        yield (*above, key)
        yield from _every_key(value, (*above, key))
