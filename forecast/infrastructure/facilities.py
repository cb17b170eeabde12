"""Kinds of facility: who uses them and how much of them users need, one row of a table each.

    users = rate x sum over sex and age of  P[s, a, r] x share of the age
    need  = users x per_1000 / 1000 / (shifts x usable_share)

A kind is data: a planner adds a fire station or a water supply by adding a row to
norms/facilities.csv, and no code knows one kind from another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import Faults, collect, did_you_mean, in_row
from forecast.space import AGES, SEXES
from forecast.tables import STATUSES
from forecast.words import LANGUAGES, language, say

Array = NDArray[np.float64]

SOURCE = "norms/facilities.csv"
ROLES = ("binding", "reported")
EVERYONE = "total"
RESERVED = ("total",)  # what a table calls all kinds together
LONGEST = 15  # years beyond the run for which a need is looked at
COSTS = ("cost_low", "cost_central", "cost_high")
# column: (smallest, largest, may be empty); an empty cell is unknown, never 0
NUMBERS = {
    "age_from": (0, AGES[-1], False),
    "age_to": (0, AGES[-1], False),
    "first_age_share": (0, 1, False),
    "last_age_share": (0, 1, False),
    "rate": (0, 1, False),
    "camp_rate": (0, 1, False),
    "per_1000": (0, 1e6, False),
    "shifts": (1, 3, False),
    "usable_share": (0.01, 1, False),
    "cost_low": (0, np.inf, True),
    "cost_central": (0, np.inf, True),
    "cost_high": (0, np.inf, True),
    "lead_time_years": (0, 50, True),
    "life_years": (0, 200, True),
    "retired_share": (0, 1, True),
    "persist_years": (0, LONGEST, True),
}
SIZES = "module_sizes"
ORDERED = ("lead_time_years", "persist_years", SIZES)  # a kind that is ordered has them all
TEXTS = (
    "kind",
    *(f"name_{lang}" for lang in LANGUAGES),
    "unit",
    *(f"unit_{lang}" for lang in LANGUAGES),
    "source",
)
WORDS = {
    "sex": (*SEXES, EVERYONE),
    "role": ROLES,
    "status": STATUSES,
    "cost_status": (*STATUSES, "unknown"),
}
OPTIONAL = ("act", "cost_source", "module_source", "note")


class Tables(Protocol):
    """Whatever gives tables by name, as a Dataset does."""

    def has(self, name: str) -> bool: ...
    def table(self, name: str) -> pd.DataFrame: ...


@dataclass(frozen=True)
class Facility:
    """One kind of facility.

    kind            : its id
    names, units    : what it and one unit of it are called, by language
    unit            : id of the unit (place, bed, person, visit, dwelling ...)
    sex             : who uses it: female, male or total
    age_from, age_to, first_age_share, last_age_share : users are the people of these ages; of
                      the first and the last age only this share (children enter school at 6 or 7)
    rate            : share of them who use it
    camp_rate       : share of the construction workers in camps who use it
    per_1000        : units for each 1,000 users
    shifts          : how often a unit is used anew each day
    usable_share    : share of the units that can be used
    cost            : (low, central, high) of one unit, in `cost_unit`; NaN is unknown
    lead_time_years : years from the order to the first user; NaN is unknown
    life_years      : years until it is replaced; NaN is unknown
    retired_share   : share of the stock that falls out of use in a year, where its years of
                      building are not known; NaN is unknown
    persist_years   : years for which a need must last to be worth a building, at most LONGEST
    module_sizes    : units of the buildings that there are, rising; (1,) is a single dwelling;
                      none is a kind that is told and not ordered: posts, parts of other kinds
    binding         : it can hold arrivals back; otherwise it is reported
    status, cost_status, act, source : where the norm and the cost come from
    """

    kind: str
    names: Mapping[str, str]
    unit: str
    units: Mapping[str, str]
    sex: str
    age_from: int
    age_to: int
    first_age_share: float
    last_age_share: float
    rate: float
    camp_rate: float
    per_1000: float
    shifts: float
    usable_share: float
    cost: tuple[float, float, float]
    cost_unit: str
    lead_time_years: float
    life_years: float
    retired_share: float
    persist_years: float
    module_sizes: tuple[float, ...]
    binding: bool
    status: str
    cost_status: str
    act: str
    source: str

    @property
    def name(self) -> str:
        """The name in the language of now."""
        return self.names.get(language()) or self.names["en"]

    @cached_property
    def profile(self) -> Array:
        """(sex, age) share of the people of each sex and age who are users."""
        shares = np.zeros(len(AGES))
        shares[self.age_from : self.age_to + 1] = 1.0
        shares[self.age_from] = self.first_age_share
        shares[self.age_to] *= self.last_age_share
        who = [self.sex in (name, EVERYONE) for name in SEXES]
        profile: Array = self.rate * np.outer(who, shares)
        return profile

    @property
    def per_user(self) -> float:
        """Units for one user: per_1000 / 1000 / (shifts x usable_share)."""
        return self.per_1000 / 1000 / (self.shifts * self.usable_share)


def users(facility: Facility, population: Array) -> Array:
    """(...) persons who use the facility, of a population (sex, age, ...) in persons."""
    people: Array = np.tensordot(facility.profile, population, axes=2)
    return people


def need(facility: Facility, population: Array) -> Array:
    """(...) units that the users of a population (sex, age, ...) need, positive."""
    units: Array = users(facility, population) * facility.per_user
    return units


def load_facilities(
    tables: Tables, overrides: Mapping[str, Mapping[str, float]] | None = None
) -> tuple[Facility, ...]:
    """The kinds of norms/facilities, priced by the last year of norms/price_index.

    overrides : {kind: {column: number}}, what a scenario changes
    """
    last = tables.table("norms/price_index").sort_values("year").iloc[-1]
    return read_facilities(
        tables.table("norms/facilities"),
        price=float(last["value"]),
        cost_unit=f"{last['unit']} {int(last['year'])}",
        overrides=overrides,
    )


def read_facilities(
    table: pd.DataFrame,
    *,
    price: float,
    cost_unit: str,
    overrides: Mapping[str, Mapping[str, float]] | None = None,
) -> tuple[Facility, ...]:
    """The kinds of a norms table, one for each row.

    price     : money for one unit of account in which costs stand (they re-price with it)
    cost_unit : what costs are then counted in, for instance 'KZT 2026'
    Raises InputError with every fault of the table, each with its row and column.
    """
    with collect(SOURCE) as faults:
        _check_header(table, faults)
        if not faults:
            table = _overridden(table, overrides or {}, faults)
            _check_cells(table, faults)
            _check_rows(table, faults)
    return tuple(_facility(line, price, cost_unit) for line in table.to_dict("records"))


def _check_header(table: pd.DataFrame, faults: Faults) -> None:
    needed = (*TEXTS, *NUMBERS, *WORDS, SIZES)
    where = say("header")
    for column in needed:
        if column not in table.columns:
            message = say("no column '{name}'", name=column)
            faults.add(where, message, did_you_mean(column, table.columns))
    for column in table.columns:
        if column not in (*needed, *OPTIONAL):
            message = say("unknown column '{name}'", name=column)
            faults.add(where, message, did_you_mean(str(column), (*needed, *OPTIONAL)))


def _overridden(
    table: pd.DataFrame, overrides: Mapping[str, Mapping[str, float]], faults: Faults
) -> pd.DataFrame:
    """The table with some numbers replaced; every number column is float or text as typed."""
    table = table.astype(dict.fromkeys(NUMBERS, object))
    kinds = [str(kind) for kind in table["kind"]]
    for kind, changes in overrides.items():
        if kind not in kinds:
            faults.add(kind, say("no facility '{kind}'", kind=kind), did_you_mean(kind, kinds))
            continue
        for column, value in changes.items():
            if column not in NUMBERS:
                message = say("'{name}' cannot be changed", name=column)
                faults.add(f"{kind}.{column}", message, did_you_mean(column, NUMBERS))
                continue
            table[column] = [
                value if name == kind else cell
                for name, cell in zip(kinds, table[column], strict=True)
            ]
    return table


def _check_cells(table: pd.DataFrame, faults: Faults) -> None:
    """Texts are there, words are known, numbers are numbers within their bounds."""
    for column in TEXTS:
        empty = (table[column].isna() | (table[column].astype(str).str.strip() == "")).to_numpy()
        for row in np.flatnonzero(empty):
            faults.add(_cell(int(row), column), say("the cell is empty"))
    for column, words in WORDS.items():
        for place, word in enumerate(table[column]):
            if word not in words:
                message = say("'{text}' cannot stand here", text=word)
                faults.add(_cell(place, column), message, did_you_mean(str(word), words))
    for column, (lower, upper, optional) in NUMBERS.items():
        numbers = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float)
        empty = table[column].isna().to_numpy()
        for place, (number, missing) in enumerate(zip(numbers, empty, strict=True)):
            if missing:
                if not optional:
                    faults.add(_cell(place, column), say("the cell is empty"))
            elif np.isnan(number):
                text = table[column].iloc[place]
                faults.add(_cell(place, column), say("'{text}' is not a number", text=text))
            elif not lower <= number <= upper:
                cure = say("must be from {lower:g} to {upper:g}", lower=lower, upper=upper)
                faults.add(_cell(place, column), f"{number:g}", cure)


def _check_rows(table: pd.DataFrame, faults: Faults) -> None:
    """What several cells of a row, or several rows, say together."""
    for row in np.flatnonzero(table["kind"].duplicated().to_numpy()):
        faults.add(_cell(row, "kind"), say("the row repeats an earlier one"))
    for row in np.flatnonzero(table["kind"].isin(RESERVED).to_numpy()):
        message = say("'{text}' cannot stand here", text=table["kind"].iloc[int(row)])
        faults.add(_cell(row, "kind"), message, say("tables call all kinds together so"))
    numbers = {c: pd.to_numeric(table[c], errors="coerce").to_numpy(dtype=float) for c in NUMBERS}
    for column in ("age_from", "age_to"):
        for row in np.flatnonzero(numbers[column] % 1 > 0):
            faults.add(_cell(row, column), say("an age is a whole number of years"))
    for row in np.flatnonzero(numbers["age_from"] > numbers["age_to"]):
        faults.add(_cell(row, "age_to"), say("the last age is below the first"))
    for lower, upper in zip(COSTS, COSTS[1:], strict=False):
        for row in np.flatnonzero(numbers[lower] > numbers[upper]):
            faults.add(_cell(row, lower), say("{lower} is above {upper}", lower=lower, upper=upper))
    known = ~np.isnan(np.stack([numbers[column] for column in COSTS])).all(axis=0)
    for row in np.flatnonzero(known == (table["cost_status"] == "unknown").to_numpy()):
        message = say("a cost is given with the status 'unknown', or none with another one")
        faults.add(_cell(row, "cost_status"), message)
    _check_orders(table, faults)


def _check_orders(table: pd.DataFrame, faults: Faults) -> None:
    """What is ordered has a lead time, a time that its need must last, and sizes; else none."""
    cells = {column: [_text(cell).strip() for cell in table[column]] for column in ORDERED}
    for row, text in enumerate(cells[SIZES]):
        given = [column for column in ORDERED if cells[column][row]]
        for column in ORDERED if given else ():
            if column not in given:
                cure = say("a kind that is ordered has {columns}", columns=", ".join(ORDERED))
                if column == SIZES:
                    cure = say("write the sizes of its buildings, or 1 for single units")
                faults.add(_cell(row, column), say("the cell is empty"), cure)
        if text and not sizes_of(text):
            message = say("'{text}' is no list of sizes", text=text)
            cure = say("write numbers above 0 that rise, with ; between them")
            faults.add(_cell(row, SIZES), message, cure)


def sizes_of(text: str) -> tuple[float, ...]:
    """The sizes of '300;600;900'; none where the text is not numbers above 0 that rise."""
    try:
        sizes = tuple(float(part) for part in text.split(";"))
    except ValueError:
        return ()
    rising = all(one < two for one, two in zip((0.0, *sizes), sizes, strict=False))
    return sizes if rising and np.isfinite(sizes).all() else ()


def _facility(line: Mapping[Any, Any], price: float, cost_unit: str) -> Facility:
    number = {  # one NaN for all: the same row twice is the same facility
        column: np.nan if pd.isna(line[column]) else float(line[column]) for column in NUMBERS
    }
    low, central, high = (number[column] * price for column in COSTS)
    return Facility(
        kind=str(line["kind"]),
        names={lang: str(line[f"name_{lang}"]) for lang in LANGUAGES},
        unit=str(line["unit"]),
        units={lang: str(line[f"unit_{lang}"]) for lang in LANGUAGES},
        sex=str(line["sex"]),
        age_from=int(number["age_from"]),
        age_to=int(number["age_to"]),
        first_age_share=number["first_age_share"],
        last_age_share=number["last_age_share"],
        rate=number["rate"],
        camp_rate=number["camp_rate"],
        per_1000=number["per_1000"],
        shifts=number["shifts"],
        usable_share=number["usable_share"],
        cost=(low, central, high),
        cost_unit=cost_unit,
        lead_time_years=number["lead_time_years"],
        life_years=number["life_years"],
        retired_share=number["retired_share"],
        persist_years=number["persist_years"],
        module_sizes=sizes_of(_text(line[SIZES])),
        binding=line["role"] == "binding",
        status=str(line["status"]),
        cost_status=str(line["cost_status"]),
        act=_text(line.get("act")),
        source=str(line["source"]),
    )


def _text(cell: Any) -> str:
    return "" if cell is None or pd.isna(cell) else str(cell)


def _cell(row: int | np.signedinteger, column: str) -> str:
    return in_row(int(row) + 2, column)
