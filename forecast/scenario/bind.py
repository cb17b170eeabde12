"""A scenario against a dataset: regions, sections and norms by their ids there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from forecast.errors import Faults, InputError, did_you_mean, nearest
from forecast.scenario.read import Keys
from forecast.scenario.scenario import Scenario, finished
from forecast.scenario.series import Series
from forecast.words import LANGUAGES, mark, say

if TYPE_CHECKING:
    import pandas as pd

    from forecast.scenario.schema import GrowthPoint
    from forecast.space import Space

LATIN = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфхыэәғқңөұүһі", "abvgdeziiklmnoprstufhyeagqnouuhi", strict=True))
    | {"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya"}
    | {"ь": "", "ъ": ""}
)
FEW = 3  # letters: a shorter beginning of a name says too little


def bind(
    scenario: Scenario,
    space: Space,
    sections: pd.DataFrame,
    base_year: int | None = None,
    norms: Mapping[str, Iterable[str]] | None = None,
) -> Scenario:
    """The scenario with `region` and `homes` as region ids and `sectors` as ids of sections.

    sections  : columns section (letter), sector, name_en, name_ru, name_kk and, if there, word
                (a short name). A letter, a name, the beginning of one name or a sector is
                accepted; a sector stays as it is, for the labour room to spread over its sections
    base_year : first calendar year of the run: no series begins before it, nor does the run end
    norms     : {kind of facility: columns that a scenario may override}
    Raises InputError with every fault, each as file:line: key.
    """
    faults = Faults()
    known = _sections(sections)
    points = {
        name: _Point(scenario, ("growth_points", name), faults).bound(point, space, known)
        for name, point in scenario.growth_points.items()
    }
    if base_year is not None:
        _years(scenario, base_year, faults)
    if norms is not None:
        _norms(scenario, norms, faults)
    if faults:
        raise InputError(say("scenario '{name}'", name=scenario.name), faults)
    return finished(replace(scenario, growth_points=points, bound=True))


class _Point:
    """One growth point while it is bound; faults are collected."""

    def __init__(self, scenario: Scenario, keys: Keys, faults: Faults):
        self.scenario, self.keys, self.faults = scenario, keys, faults

    def fault(self, below: Keys, message: str, cure: str = "") -> None:
        self.faults.add(self.scenario.where((*self.keys, *below)), message, cure)

    def bound(self, point: GrowthPoint, space: Space, known: _Known) -> GrowthPoint:
        assert point.region is not None  # checked when the scenario was read
        region = self.region(point.region, space, ("region",))
        homes = {region: 1.0}
        if point.homes is not None:
            homes = self.renamed(
                point.homes, "homes", lambda word, keys: self.region(word, space, keys)
            )
        sectors = point.sectors
        if sectors is not None:
            sectors = self.renamed(
                sectors, "sectors", lambda word, keys: self.section(word, known, keys)
            )
        return point.model_copy(update={"region": region, "homes": homes, "sectors": sectors})

    def renamed(self, shares: Mapping[str, float], key: str, rename: Any) -> dict[str, float]:
        """Shares under their ids; two names of one thing are a fault."""
        found: dict[str, float] = {}
        words: dict[str, str] = {}
        for word, share in shares.items():
            name = rename(word, (key, word))
            if name in found:
                message = say(
                    "{name} has a share already, as '{word}'", name=name, word=words[name]
                )
                self.fault((key, word), message, say("add the two shares"))
            found[name], words[name] = share, word
        return found

    def region(self, word: str, space: Space, below: Keys) -> str:
        try:
            return space.resolve(word)
        except InputError as error:
            message, cure = error.faults[0].message, error.faults[0].cure
            near = _with_these_words(word, space)
            if len(near) == 1:
                message = say("no region '{name}'", name=word)
                cure = say("did you mean {names}?", names=near[0])
            elif near:
                message = say("'{name}' names more than one region", name=word)
                cure = say("write one of: {names}", names=", ".join(near))
            self.fault(below, message, cure)
        return word

    def section(self, word: str, known: _Known, below: Keys) -> str:
        """The id of a section or sector by any of its names, or the word and a fault."""
        asked = _fold(word)
        if asked in known:
            return known[asked][0]
        begin = {place for name, (place, _) in known.items() if name.startswith(asked)}
        if len(begin) == 1 and len(asked) >= FEW:
            return begin.pop()
        written = [name for _, name in known.values()]
        near = nearest(word, written)
        ids = sorted({place for place, _ in known.values()}, key=lambda name: (len(name), name))
        cure = say("known: {names}", names=", ".join(ids))
        if near is not None:
            cure = say("did you mean {names}?", names=f"'{near}' ({known[_fold(near)][0]})")
        self.fault(below, say("no section of activity '{name}'", name=word), cure)
        return word


_Known = dict[str, tuple[str, str]]  # folded name: id, name as it is written


def _sections(frame: pd.DataFrame) -> _Known:
    """Every accepted spelling of a section or sector, folded, to its id."""
    known: _Known = {_fold(str(s)): (str(s), str(s)) for s in frame["sector"]}
    for row in frame.to_dict("records"):
        for column in ("section", "word", *(f"name_{lang}" for lang in LANGUAGES)):
            if isinstance(row.get(column), str):
                known[_fold(str(row[column]))] = str(row["section"]), str(row[column])
    return known


def _with_these_words(word: str, space: Space) -> list[str]:
    """The regions whose names hold every word, in Latin letters too.

    Two for 'Almaty' (a region and a city), one for 'Almaty Oblast' (the Russian word).
    """
    asked = set(_latin(word).split())
    return [
        f"'{region.name}' ({region.id})"
        for region in space.regions
        if asked <= set(_latin(" ".join(region.names.values())).split())
    ]


def _years(scenario: Scenario, base_year: int, faults: Faults) -> None:
    """The horizon and the series against the first year of the run."""
    before = mark("{year} is before the base year {base}")
    if scenario.until < base_year:
        message = say(before, year=scenario.until, base=base_year)
        faults.add(scenario.where(("until",)), message, say("write a later year"))
    early: list[tuple[Keys, Series]] = [
        (("growth_points", name, key), getattr(point, key))
        for name, point in scenario.growth_points.items()
        for key in ("jobs", "construction_jobs", "dwellings")
    ]
    uncertain = scenario.uncertainties
    e0 = uncertain.mortality.e0
    paths = [
        (("uncertainties", "fertility", "tfr"), uncertain.fertility.tfr),
        (("uncertainties", "mortality", "e0", "female"), e0 and e0.female),
        (("uncertainties", "mortality", "e0", "male"), e0 and e0.male),
        (("uncertainties", "external_migration", "net"), uncertain.external_migration.net),
    ]
    early += [(keys, path) for keys, path in paths if path]
    for keys, series in early:
        for year in series.years:
            if year < base_year:
                cure = say("what stood then is in the baseline: begin with {base}", base=base_year)
                message = say(before, year=year, base=base_year)
                faults.add(scenario.where((*keys, year)), message, cure)


def _norms(scenario: Scenario, norms: Mapping[str, Iterable[str]], faults: Faults) -> None:
    """Kinds of facilities and columns that the dataset does not have."""
    for kind, columns in scenario.levers.norms.items():
        keys: Keys = ("levers", "norms", kind)
        if kind not in norms:
            message = say("no kind of facility '{name}'", name=kind)
            faults.add(scenario.where(keys), message, did_you_mean(kind, norms))
            continue
        for column in columns:
            if column not in set(norms[kind]):
                message = say("the norms have no number '{name}'", name=column)
                cure = did_you_mean(column, norms[kind])
                faults.add(scenario.where((*keys, column)), message, cure)


def _latin(word: str) -> str:
    """A folded name with Cyrillic letters as Latin ones; close enough to find what was meant."""
    return _fold(word).translate(LATIN)


def _fold(word: str) -> str:
    return " ".join(re.sub(r"[\s_,]+", " ", word.replace("ё", "е")).casefold().split())
