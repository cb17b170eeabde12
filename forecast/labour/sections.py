"""Sections of activity: their letters, the sector of each, and shares given by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import Faults, InputError, collect, did_you_mean, in_row
from forecast.words import say

Array = NDArray[np.float64]

NAMES = ("section", "word", "name_en", "name_ru", "name_kk")
CONSTRUCTION, PUBLIC = "construction", "public"  # roles of a section
SERVICES = "services"  # the sector whose jobs follow the people it serves


@dataclass(frozen=True)
class Sections:
    """The sections in the order of the table norms/sections.

    letters      : one for each section
    sectors      : the sectors, in the order of their first section
    sector_of    : (section,) position of its sector
    construction : position of the section of construction
    public       : (section,) services that norms or budgets call, no market: teachers, doctors,
                   officials
    spellings    : every accepted spelling, folded, to the positions it stands for
    """

    letters: tuple[str, ...]
    sectors: tuple[str, ...]
    sector_of: NDArray[np.intp]
    construction: int
    public: NDArray[np.bool_]
    spellings: Mapping[str, tuple[int, ...]]

    @property
    def local(self) -> NDArray[np.bool_]:
        """(section,) the services, whose jobs follow the people they serve."""
        mask: NDArray[np.bool_] = self.sector_of == self.sectors.index(SERVICES)
        return mask

    @property
    def market(self) -> NDArray[np.bool_]:
        """(section,) the market services: those that live on the demand around them."""
        mask: NDArray[np.bool_] = self.local & ~self.public
        return mask

    def shares(self, shares: Mapping[str, float] | None, jobs: Array) -> Array:
        """(section,) shares that sum to 1, from shares by letter, name or sector.

        jobs : (section,) employment by which a sector (or, without shares, all) is spread
        """
        if not shares:
            whole: Array = jobs / jobs.sum()
            return whole
        found = np.zeros(len(self.letters))
        faults = Faults()
        for word, share in shares.items():
            places = self.spellings.get(_fold(word))
            if places is None:
                message = say("no section of activity '{name}'", name=word)
                faults.add(word, message, did_you_mean(word, self.spellings))
                continue
            chosen = list(places)
            found[chosen] += share * jobs[chosen] / jobs[chosen].sum()
        if faults:
            raise InputError(say("sections of activity"), faults)
        return found / found.sum()


def read_sections(table: pd.DataFrame) -> Sections:
    """The sections of norms/sections: section, sector, role, word, name_en, name_ru, name_kk.

    role : `construction` for the one section that construction jobs belong to, `public` for
           services that no market calls, else empty
    Raises InputError with every fault.
    """
    with collect("norms/sections") as faults:
        for column in (*NAMES, "sector", "role"):
            if column not in table.columns:
                cure = did_you_mean(column, table.columns)
                faults.add(say("header"), say("no column '{name}'", name=column), cure)
        if not faults:
            _check_rows(table, faults)
    letters = tuple(str(letter) for letter in table["section"])
    sectors = tuple(dict.fromkeys(str(sector) for sector in table["sector"]))
    sector_of = np.array([sectors.index(str(sector)) for sector in table["sector"]])
    spellings: dict[str, tuple[int, ...]] = {
        _fold(sector): tuple(int(k) for k in np.flatnonzero(sector_of == place))
        for place, sector in enumerate(sectors)
    }
    for column in NAMES:
        for place, word in enumerate(table[column]):
            spellings[_fold(word)] = (place,)
    roles = np.array([str(role) for role in table["role"]])
    construction = roles.tolist().index(CONSTRUCTION)
    return Sections(letters, sectors, sector_of, construction, roles == PUBLIC, spellings)


def _check_rows(table: pd.DataFrame, faults: Faults) -> None:
    for column in (*NAMES, "sector"):
        empty = (table[column].isna() | (table[column].astype(str).str.strip() == "")).to_numpy()
        for row in np.flatnonzero(empty):
            faults.add(in_row(int(row) + 2, column), say("the cell is empty"))
    for row in np.flatnonzero(table["section"].duplicated().to_numpy()):
        faults.add(in_row(int(row) + 2, "section"), say("the row repeats an earlier one"))
    for row in np.flatnonzero(table["word"].duplicated().to_numpy()):
        faults.add(in_row(int(row) + 2, "word"), say("the row repeats an earlier one"))
    known = table["role"].isna() | table["role"].isin(["", CONSTRUCTION, PUBLIC])
    for row in np.flatnonzero(~known.to_numpy()):
        message = say("'{text}' cannot stand here", text=table["role"].iloc[row])
        cure = did_you_mean(str(table["role"].iloc[row]), (CONSTRUCTION, PUBLIC))
        faults.add(in_row(int(row) + 2, "role"), message, cure)
    if (table["role"] == CONSTRUCTION).sum() != 1:
        message = say("exactly one section has the role '{role}'", role=CONSTRUCTION)
        faults.add("role", message)


def _fold(word: object) -> str:
    return " ".join(str(word).replace("_", " ").casefold().split())
