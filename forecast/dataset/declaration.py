"""How a table of a data package is declared: its columns, key, units and what must be complete.

The declarations themselves stand in `declare.py`; reading, checking and the descriptor
`datapackage.json` all follow them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from forecast.tables import STATUSES

Kind = Literal[
    "region",  # id of a region of today
    "territory",  # a region of today, the nation or a former region
    "territories",  # one territory, or several joined by +
    "integer",
    "number",
    "text",
    "word",  # one of `words`
    "unit",
    "date",  # year, month, day, quarter, half-year, or two of them with a slash
]

DATE = r"(\d{4}(-(\d{2}(-\d{2})?|Q[1-4]|H[12]))?(/\d{4}(-\d{2}(-\d{2})?)?)?)"
OLDEST_YEAR = 1500
LATEST_YEAR = 2200


@dataclass(frozen=True)
class Column:
    """One column.

    words    : what a `word` column may hold
    minimum, maximum : bounds of a number, both included
    whole    : a number without decimals
    blank    : the cell may be empty (a missing number, no text)
    optional : the file may lack the column
    """

    name: str
    kind: Kind
    description: str
    words: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    blank: bool = False
    optional: bool = False

    @property
    def is_number(self) -> bool:
        return self.kind in ("integer", "number")


@dataclass(frozen=True)
class Table:
    """One table, a CSV file of the package.

    name     : folder and file without its ending, 'observed/population'
    key      : columns whose combination is unique
    units    : units allowed; `{currency}` stands for the country's. Empty: the common units and
               those that the country lists
    unit_of  : unit by the word in the column `measure` or `event`, where units differ by it
    signed   : words of `measure` whose values may be negative when the value column has
               minimum 0
    complete : key columns that are crossed in full: every region, declared word, single age and
               every year between the first and the last
    sums     : regions add up to the nation, apart from rows in per cent
    reaches  : the fact of the country up to which the years must go
    required : nothing can be run without the table
    unless   : an official table that makes a required one needless
    """

    name: str
    title: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    units: tuple[str, ...] = ()
    unit_of: Mapping[str, str] = field(default_factory=dict)
    signed: tuple[str, ...] = ()
    complete: tuple[str, ...] = ()
    sums: bool = False
    reaches: Literal["", "base_year", "last_year_observed"] = ""
    required: bool = False
    unless: str = field(default="", repr=False)  # of presence: no sound table is judged anew by it

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

    @property
    def folder(self) -> str:
        return self.name.split("/")[0]

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def unit_column(self) -> str:
        """The column whose word decides the unit, where units differ."""
        return "event" if "event" in self.names else "measure"


# Units that any country uses; `country.yml` adds its own for the tables of mixed figures.
COMMON_UNITS = (
    "persons", "percent", "per 1000", "per 1000 births", "years", "months", "days", "minutes",
    "children per woman", "births per 1000 women", "boys per girl", "per person-year",
    "births per woman-year", "km", "km2", "m2", "ha", "m2 per person", "m2 per 1000 persons",
    "million m2", "beds", "places", "places per year", "visits per shift", "schools",
    "organisations", "dwellings", "buildings", "households", "families", "jobs", "vacancies",
    "CVs", "permits", "regions", "per 10000", "percent of the previous year",
    "percent of labour force", "percent of population", "children per 100 places",
    "seats per 1000 persons", "m2 of water per 1000 persons", "cars per year", "points", "times",
    "flag", "year", "{currency}", "{currency} per month", "{currency} per family",
    "{currency} per place", "million {currency}", "billion {currency}",
)  # fmt: skip


def region(name: str = "region", description: str = "Region, ISO 3166-2") -> Column:
    return Column(name, "region", description)


def territory(description: str = "Region, nation or former region") -> Column:
    return Column("region", "territory", description)


def year(description: str = "Calendar year") -> Column:
    return Column("year", "integer", description, minimum=OLDEST_YEAR, maximum=LATEST_YEAR)


def age(name: str = "age", description: str = "Completed years of age; 100 is 100 and over",
        maximum: int = 100) -> Column:  # fmt: skip
    return Column(name, "integer", description, minimum=0, maximum=maximum)


def ages() -> tuple[Column, Column]:
    """First and last age of a closed group; a last age of 100 is open."""
    return age("age_from", "First age of the group"), age(
        "age_to", "Last age of the group, included; 100 is open"
    )


def sex(total: bool = False) -> Column:
    words = ("female", "male", "total") if total else ("female", "male")
    return Column("sex", "word", "Sex", words=words)


def word(name: str, description: str, *words: str) -> Column:
    return Column(name, "word", description, words=words)


def text(name: str, description: str, *, blank: bool = False) -> Column:
    return Column(name, "text", description, blank=blank)


def number(
    name: str,
    description: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    blank: bool = False,
) -> Column:
    return Column(name, "number", description, minimum=minimum, maximum=maximum, blank=blank)


def status() -> Column:
    return Column("status", "word", "What the figure is", words=STATUSES)


def source() -> Column:
    return Column("source", "text", "Publisher and route of the figure")


def figure(
    description: str,
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    whole: bool = False,
    blank: bool = False,
) -> tuple[Column, ...]:
    """The columns with which every table of figures ends."""
    value = Column(
        "value", "number", description, minimum=minimum, maximum=maximum, whole=whole, blank=blank
    )
    note = Column("note", "text", "Doubts, territory, what was inferred", blank=True, optional=True)
    return value, Column("unit", "unit", "Unit of the value"), status(), source(), note
