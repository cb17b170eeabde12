"""The axes of every array and their one order: sex, age, region, (draw).

A label is checked where it enters; after that an array is addressed by position.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from forecast.errors import Faults, InputError, did_you_mean, nearest
from forecast.words import language, mark, say

if TYPE_CHECKING:
    import pandas as pd

SEXES = (mark("female"), mark("male"))
OPEN_AGE = 100
# Of the registered immigration: ethnic returnees in and out of the quota, and others.
STREAMS = ("kandas_quota", "kandas_free", "labour", "students", "other")
AGES = tuple(range(OPEN_AGE + 1))  # single years; the last one is open (100+)
SEX_WORDS = {
    "female": "female", "f": "female", "women": "female", "woman": "female",
    "male": "male", "m": "male", "men": "male", "man": "male",
}  # fmt: skip


@dataclass(frozen=True)
class Region:
    """One region: its id (ISO 3166-2), national code, kind and names by language."""

    id: str
    code: str
    kind: str
    names: Mapping[str, str]
    capitals: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name in the language of now."""
        return self.names.get(language()) or self.names["en"]


@dataclass(frozen=True)
class Space:
    """The regions of a country in their one order, with sexes and ages fixed.

    nation : id under which national figures stand (for instance 'KZ')
    """

    regions: tuple[Region, ...]
    nation: str
    nation_names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        faults = Faults()
        ids = [region.id for region in self.regions]
        for name in sorted({name for name in ids if ids.count(name) > 1}):
            faults.add(name, say("the region is listed more than once"))
        if not ids:
            faults.add("", say("there is no region"))
        if faults:
            raise InputError(say("regions"), faults)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        return tuple(region.id for region in self.regions)

    @cached_property
    def positions(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self.ids)}

    @cached_property
    def _spellings(self) -> dict[str, str]:
        """Every accepted spelling, folded, to the region id."""
        found: dict[str, str] = {}
        for region in self.regions:
            for word in (region.id, region.code, *region.names.values()):
                if word:
                    found[_fold(word)] = region.id
        return found

    def __len__(self) -> int:
        return len(self.regions)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(sex, age, region)"""
        return len(SEXES), len(AGES), len(self.regions)

    def name(self, region: str) -> str:
        """The name of a region id, or of the nation, in the language of now."""
        if region == self.nation:
            return self.nation_names.get(language()) or self.nation_names.get("en", region)
        return self.regions[self.positions[region]].name

    def resolve(self, word: object) -> str:
        """The id of a region given by id, national code or name in any language.

        Raises InputError with the nearest name when there is none.
        """
        found = self._spellings.get(_fold(str(word)))
        if found is None:
            raise InputError("", self.unknown(word))
        return found

    def place(self, word: object) -> str:
        """The id of a region or of the nation, by id, national code or name in any language.

        Raises InputError with the nearest name when there is none.
        """
        if self.is_nation(word):
            return self.nation
        found = self._spellings.get(_fold(str(word)))
        if found is None:
            raise InputError("", self.unknown(word, nation=True))
        return found

    def id_or_word(self, word: str) -> str:
        """The id of a region by any of its names; a word that is none comes back."""
        return self._spellings.get(_fold(word), word)

    def unknown(self, word: object, *, nation: bool = False) -> str:
        """The message for a region that does not exist, with the nearest one.

        nation : whether the nation would do as well

        It is named in the language of now; who writes it in Russian or Kazakh is answered in the
        language of the word.
        """
        message = say("no region '{name}'", name=word)
        names = {"en": self.nation, **self.nation_names}
        whole = [Region(self.nation, "", "nation", names)] if nation else []
        spellings = {
            name: region
            for region in (*whole, *self.regions)
            for name in (*region.names.values(), region.code, region.id)
        }
        near = nearest(str(word), spellings)
        if near is None:
            return message + "; " + did_you_mean("", [region.name for region in self.regions])
        region = spellings[near]
        name = region.name if near in (region.id, region.code, region.names["en"]) else near
        return message + "; " + say("did you mean '{near}' ({id})?", near=name, id=region.id)

    def is_nation(self, word: object) -> bool:
        """Whether a word is the id or a name of the whole country."""
        return _fold(str(word)) in {_fold(n) for n in (self.nation, *self.nation_names.values())}

    def permuted(self, order: Sequence[int]) -> Space:
        """The same country with its regions in another order (for tests and exports)."""
        return Space(tuple(self.regions[k] for k in order), self.nation, self.nation_names)

    @classmethod
    def from_frame(
        cls, frame: pd.DataFrame, nation: str, nation_names: Mapping[str, str] | None = None
    ) -> Space:
        """Regions from a table with columns region, code, kind, name_en, name_ru, name_kk."""
        regions = tuple(
            Region(
                id=str(row["region"]), code=str(row["code"]), kind=str(row["kind"]),
                names={lang: str(row[f"name_{lang}"]) for lang in ("en", "ru", "kk")},
            )
            for row in frame.to_dict("records")
        )  # fmt: skip
        return cls(regions, nation, dict(nation_names or {}))


def resolve_sex(word: object) -> str | None:
    """female or male for the spellings in use (F, women, male ...), None for anything else."""
    return SEX_WORDS.get(str(word).strip().casefold())


def _fold(word: str) -> str:
    return " ".join(word.replace("ё", "е").casefold().split())
