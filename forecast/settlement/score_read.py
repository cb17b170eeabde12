"""A card of a file: read, checked, every fault at once with its line and what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from forecast.errors import Fault, InputError, did_you_mean
from forecast.resources import shipped
from forecast.scenario import find, values
from forecast.scenario.read import Keys, Source, read
from forecast.scenario.series import tidy
from forecast.scenario.values import Part, Wrong, kind_of
from forecast.settlement.records import fold
from forecast.settlement.score_card import (
    CONCENTRATION,
    FOLDER,
    KINDS,
    NATION,
    QUALIFIED_SHARE,
    REGIONS,
    STATUSES,
    Card,
    Criterion,
    Labour,
)
from forecast.settlement.score_levels import read_bins, read_words
from forecast.settlement.score_run import QUALIFICATIONS, known_measure
from forecast.words import say

CARD = (
    "title", "note", "kind", "example", "pass_mark", "source", "concentration", "qualified",
    "target", "criteria",
)  # fmt: skip
CRITERION = (
    "name", "column", "measure", "labour", "weight", "bins", "words", "reference", "fixed",
    "source", "status",
)  # fmt: skip
LABOUR = ("region", "section", "qualification", "qualifications")


def cards(places: Sequence[Path] | None = None) -> dict[str, Path]:
    """The cards that are found by name: those of the folder of now, then the shipped ones."""
    found = places or [place for place in (Path(FOLDER), shipped(FOLDER)) if place.is_dir()]
    return find.names(found)


def load_card(word: str | Path) -> Card:
    """The card of a name or a file; raises InputError with every fault of it."""
    path = Path(word)
    if not find.is_path(word):
        known = cards()
        if word not in known:
            message = say("there is no card '{name}'", name=word)
            raise InputError("", message + "; " + did_you_mean(str(word), known))
        path = known[str(word)]
    elif not path.exists():
        raise InputError(path, say("there is no such file"))
    shown = path.as_posix()
    if path.resolve().is_relative_to(shipped(FOLDER).resolve()):
        shown = f"{FOLDER}/{path.name}"  # the same name on every machine
    source = read(path, shown, begin=say("begin with 'title:', 'kind:' and 'pass_mark:'"))
    reader = _Reader(source)
    card = reader.card(path.stem)
    if reader.faults or card is None:
        error = InputError("", reader.faults)
        error.partial = card  # for what the file and the run say of it
        raise error
    return card


class _Reader:
    """Values of the tree of a card; what cannot be read becomes a fault and a default."""

    def __init__(self, source: Source):
        self.source = source
        self.faults = [Fault(source.where(keys), message, cure)
                       for keys, message, cure in source.faults]  # fmt: skip
        self.refused = {keys for keys, _, _ in source.faults}

    def fault(self, keys: Keys, message: str, cure: str = "") -> None:
        self.faults.append(Fault(self.source.where(keys), message, cure))
        self.refused.add(keys)

    def take(
        self, tree: Mapping[Any, Any], keys: Keys, one: Callable[[Any], Any], default: Any,
        cure: str | None = None,
    ) -> Any:  # fmt: skip
        """The value of the key that `keys` ends with; without it a fault, where `cure` is given."""
        key = keys[-1]
        if key not in tree:
            if cure is not None and keys not in self.refused:
                self.fault(keys[:-1], say("'{key}' is missing", key=key), cure)
            return default
        try:
            return one(tree[key])
        except Wrong as wrong:
            for part in wrong.parts:
                self.fault((*keys, *part.below), part.message, part.cure)
        return default

    def unknown(self, tree: Mapping[Any, Any], keys: Keys, known: Sequence[str]) -> None:
        for key in tree:
            if key not in known:
                message = say("unknown key '{name}'", name=key)
                self.fault((*keys, key), message, did_you_mean(str(key), known, listed=20))

    def card(self, name: str) -> Card | None:
        tree = self.source.tree
        if not self.source.whole:
            return None
        self.unknown(tree, (), CARD)
        kind = self.take(tree, ("kind",), _one_of(KINDS), "",
                         say("write one of: {names}", names=", ".join(KINDS)))  # fmt: skip
        mark_ = self.take(tree, ("pass_mark",), values.amount, np.nan,
                          say("write the score that must be reached: 'pass_mark: 60'"))  # fmt: skip
        title = self.take(tree, ("title",), values.words, {},
                          say("write 'title: {en: ..., ru: ..., kk: ...}'"))  # fmt: skip
        criteria = self.criteria(tree, kind)
        card = Card(
            name=name, titles=title, kind=kind, pass_mark=mark_, criteria=criteria,
            notes=self.take(tree, ("note",), values.words, {}),
            source=self.take(tree, ("source",), values.text, ""),
            example=self.take(tree, ("example",), _switch, False),
            concentration=self.take(tree, ("concentration",), _concentration, CONCENTRATION),
            target=self.take(tree, ("target",), values.share, QUALIFIED_SHARE),
            qualified=self.qualified(tree, criteria), shown=self.source.shown,
        )  # fmt: skip
        if not self.faults and mark_ > card.highest + card.tolerance:
            message = say("no score can reach {mark}: the highest is {highest}",
                          mark=tidy(mark_), highest=tidy(card.highest))  # fmt: skip
            self.fault(("pass_mark",), message, say("lower the mark, or raise weights"))
        return card

    def criteria(self, tree: Mapping[Any, Any], kind: str) -> tuple[Criterion, ...]:
        cure = say("write one key for each criterion below it, with name, weight and bins")
        written = self.take(tree, ("criteria",), _map, {}, cure)
        found = []
        for name, inside in written.items():
            keys: Keys = ("criteria", name)
            if not isinstance(inside, Mapping):
                self.fault(keys, say("a map of keys is needed, found {kind}",
                                     kind=kind_of(inside)), cure)  # fmt: skip
                continue
            found.append(self.criterion(str(name), inside, keys, kind))
        weights = [each.weight for each in found]
        for each in found:
            same = [other for other in found if each.column and other.column == each.column]
            if same[1:] and each is not same[0] and any(other.words for other in same):
                self.fault(("criteria", each.id), say("the column '{name}' stands twice",
                                                      name=each.column),
                           say("two criteria of one column need bins"))  # fmt: skip
        if weights and all(weight == 0 for weight in weights):
            self.fault(("criteria",), say("every weight is 0"),
                       say("give at least one criterion a weight"))  # fmt: skip
        return tuple(found)

    def criterion(self, name: str, tree: Mapping[Any, Any], keys: Keys, kind: str) -> Criterion:
        self.unknown(tree, keys, CRITERION)
        column = self.take(tree, (*keys, "column"), values.text, "")
        measure = self.take(tree, (*keys, "measure"), known_measure, "")
        labour = self.labour(tree, keys, kind)
        ways = [key for key in ("column", "measure", "labour") if key in tree]
        if len(ways) > 1:
            names = say(" and ").join(f"'{way}'" for way in ways)
            self.fault(
                keys, say("{names} exclude each other", names=names), say("keep one of them")
            )
        elif not ways:
            self.fault(keys, say("what is measured is not told"),
                       say("write 'column:' (of the file), 'measure:' or 'labour:' (of a run)"),
                       )  # fmt: skip
        if measure and kind and kind != REGIONS:
            self.fault((*keys, "measure"), say("measures are of regions, not of people"),
                       say("write 'labour:' for the deficit of a person's region"))  # fmt: skip
        weight = self.take(tree, (*keys, "weight"), values.amount, np.nan,
                           say("write the points of the best value: 'weight: 20'"))  # fmt: skip
        names = self.take(tree, (*keys, "name"), values.words, {},
                          say("write 'name: {en: ..., ru: ..., kk: ...}'"))  # fmt: skip
        edges, levels, words, written = self.levels(tree, keys, bool(column))
        reference = self.reference(tree, keys, edges, words, written)
        return Criterion(
            id=name, names=names, weight=weight, reference=reference, column=column,
            measure=measure, labour=labour, values=levels, edges=edges, words=words,
            written=written, fixed=self.take(tree, (*keys, "fixed"), _switch, False),
            source=self.take(tree, (*keys, "source"), values.text, ""),
            status=self.take(tree, (*keys, "status"), _one_of(tuple(STATUSES)), "assumption"),
            where=self.source.where(keys),
        )  # fmt: skip

    def labour(self, tree: Mapping[Any, Any], keys: Keys, kind: str) -> Labour | None:
        if "labour" not in tree:
            return None
        above: Keys = (*keys, "labour")
        inside = self.take(tree, above, _map, {})
        self.unknown(inside, above, LABOUR)
        taken = {key: self.take(inside, (*above, key), values.text, "") for key in LABOUR[:3]}
        kinds = self.take(inside, (*above, "qualifications"), _qualifications, {})
        if kind == REGIONS and (taken["section"] or taken["qualification"]):
            self.fault(above, say("a card of regions takes all sections and qualifications"),
                       say("write 'labour: {region: region}'"))  # fmt: skip
        if not taken["region"] and (*above, "region") not in self.refused and inside:
            self.fault(above, say("'{key}' is missing", key="region"),
                       say("name the column of the region"))  # fmt: skip
        return Labour(**taken, qualifications=kinds)

    def levels(
        self, tree: Mapping[Any, Any], keys: Keys, of_file: bool
    ) -> tuple[tuple[float, ...], tuple[float, ...], tuple[str, ...], dict[str, str]]:
        """Edges and values of bins, or words, their values and how they may be written."""
        if "bins" in tree and "words" in tree:
            self.fault(keys, say("{names} exclude each other", names="'bins', 'words'"),
                       say("keep one of them"))  # fmt: skip
        if "bins" in tree:
            edges, found = self.take(tree, (*keys, "bins"), read_bins, ((), ()))
            return edges, found, (), {}
        if "words" in tree:
            words, written = self.take(tree, (*keys, "words"), read_words, ({}, {}))
            return (), tuple(words.values()), tuple(words), written
        if of_file:
            self.fault(keys, say("what its values are worth is not told"),
                       say("write 'bins:' for numbers or 'words:' for words"))  # fmt: skip
        return (), (), (), {}

    def reference(
        self, tree: Mapping[Any, Any], keys: Keys, edges: Sequence[float], words: Sequence[str],
        written: Mapping[str, str],
    ) -> float | str:  # fmt: skip
        """What contributions are counted from: a value as it could stand in the column."""
        own: Keys = (*keys, "reference")
        value = tree.get("reference")
        if value is None:
            if own not in self.refused:
                self.fault(keys, say("'{key}' is missing", key="reference"),
                           say("write the value that contributions are counted from"))  # fmt: skip
            return np.nan
        if ("bins" in tree and not edges) or ("words" in tree and not words):
            return np.nan  # they are told already
        if words:
            word = written.get(fold(value))
            if word is None:
                message = say("'{text}' cannot stand here", text=value)
                self.fault(own, message, did_you_mean(str(value), words))
            return word or words[0]
        if value == NATION and "column" not in tree:
            return NATION
        low, high = (edges[0], edges[-1]) if edges else (0.0, 1.0)
        bounds = max(low, -values.LARGEST), min(high, values.LARGEST)
        return self.take(tree, own, lambda given: values.number(given, *bounds), np.nan)

    def qualified(
        self, tree: Mapping[Any, Any], criteria: Sequence[Criterion]
    ) -> tuple[str, frozenset[str]] | None:
        if "qualified" not in tree:
            return None
        written = self.take(tree, ("qualified",), _map, {})
        known = {each.id: each for each in criteria if each.words}
        for name, words in written.items():
            keys: Keys = ("qualified", name)
            if name not in known:
                message = say("'{name}' is no criterion with words", name=name)
                self.fault(keys, message, did_you_mean(str(name), known))
            elif not isinstance(words, list) or not words:
                self.fault(keys, say("a list is needed, found {kind}", kind=kind_of(words)),
                           say("write it as [one, two]"))  # fmt: skip
            else:
                found = [known[name].written.get(fold(word)) for word in words]
                for place, word in enumerate(words):
                    if found[place] is None:
                        self.fault((*keys, place), say("'{text}' cannot stand here", text=word),
                                   did_you_mean(str(word), known[name].words))  # fmt: skip
                return str(name), frozenset(word for word in found if word)
        return None


def _qualifications(value: object) -> dict[str, str]:
    found = {}
    parts = []
    for word, name in _map(value).items():
        if name in QUALIFICATIONS:
            found[fold(word)] = str(name)
        else:
            parts.append(Part((word,), say("'{text}' cannot stand here", text=name),
                              did_you_mean(str(name), QUALIFICATIONS)))  # fmt: skip
    if parts:
        raise Wrong(parts)
    return found


def _map(value: object) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping) or not value:
        raise Wrong(say("a map of keys is needed, found {kind}", kind=kind_of(value)),
                    say("write 'key: value' lines below it, indented by two spaces"))  # fmt: skip
    return value


def _switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise Wrong(say("true or false is needed, found {kind}", kind=kind_of(value)),
                say("write true or false"))  # fmt: skip


def _concentration(value: object) -> float:
    return values.number(value, 1, values.LARGEST)


def _one_of(known: Sequence[str]) -> Callable[[Any], str]:
    def one(value: object) -> str:
        if value in known:
            return str(value)
        message = say("'{word}' is none of the choices", word=value)
        raise Wrong(message, say("write one of: {names}", names=", ".join(known)))

    return one
