"""A value that changes with the year, as planners write it: steps, or a line between years."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEP, LINE = "step", "line"
EXACT = 1e15  # above it the digits of a number are not a planner's


@dataclass(frozen=True)
class Series:
    """A yearly series; a year key means "from 1 January of that year on".

    years   : the years that are given, rising
    values  : the value of each
    between : 'step' holds a value until the next year key; 'line' joins the year keys
    before  : value ahead of the first year: 0 for what a growth point adds to the baseline,
              NaN ("nothing is said of that year") for a path of rates
    ends    : False: the last value holds for ever. True (construction_jobs): the last value
              holds for its own calendar year and is 0 from the next 1 January on

    A series without years is `before` throughout: a growth point that gives no dwellings adds 0.
    """

    years: tuple[int, ...] = ()
    values: tuple[float, ...] = ()
    between: str = STEP
    before: float = 0.0
    ends: bool = False

    def __post_init__(self) -> None:
        if len(self.years) != len(self.values):
            raise ValueError("a series needs one value for each year")
        if any(late <= early for early, late in zip(self.years, self.years[1:], strict=False)):
            raise ValueError("the years of a series must rise")
        if self.between not in (STEP, LINE):
            raise ValueError(f"between is {STEP!r} or {LINE!r}, not {self.between!r}")

    def __bool__(self) -> bool:
        """Whether any year is given."""
        return bool(self.years)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Series):
            return NotImplemented
        return self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        before = None if np.isnan(self.before) else self.before  # NaN equals NaN here
        return self.years, self.values, self.between, before, self.ends

    @property
    def first(self) -> int | None:
        """The first year that is given."""
        return self.years[0] if self.years else None

    @property
    def last(self) -> int | None:
        """The last year that is given."""
        return self.years[-1] if self.years else None

    def at(self, year: int) -> float:
        """The value from 1 January of `year` on."""
        return float(self.over([year])[0])

    def over(self, years: Iterable[int]) -> NDArray[np.float64]:
        """The values of `years`, (year,)."""
        asked = np.asarray(list(years), dtype=np.int64)
        if not self.years:
            return np.full(len(asked), self.before)
        known = np.asarray(self.years, dtype=np.int64)
        given = np.asarray(self.values, dtype=np.float64)
        if self.between == LINE:
            found: NDArray[np.float64] = np.interp(asked, known, given)
        else:
            place = np.searchsorted(known, asked, side="right") - 1
            found = given[np.maximum(place, 0)]
        found = np.where(asked < known[0], self.before, found)
        return np.where(asked > known[-1], 0.0, found) if self.ends else found

    def changes(self, years: Iterable[int]) -> NDArray[np.float64]:
        """Change of the value at 1 January of each of `years`, (year,).

        The change of year t moves people in year t: jobs that stand from 1 January 2029 on
        are taken by people who arrive in the course of 2029.
        """
        asked = np.asarray(list(years), dtype=np.int64)
        step: NDArray[np.float64] = self.over(asked) - self.over(asked - 1)
        return step

    def plain(self) -> dict[str | int, object]:
        """The series as it is written in a file; whole numbers without a decimal point."""
        values: dict[str | int, object] = {
            year: tidy(value) for year, value in zip(self.years, self.values, strict=True)
        }
        return {"between": LINE, "values": values} if self.between == LINE else values

    @classmethod
    def from_map(
        cls,
        values: Mapping[int, float],
        *,
        between: str = STEP,
        before: float = 0.0,
        ends: bool = False,
    ) -> Series:
        """A series from {year: value} in any order."""
        years = tuple(sorted(values))
        return cls(years, tuple(float(values[y]) for y in years), between, before, ends)


def tidy(value: float) -> int | float:
    """A whole number without its decimal point, as a planner writes it."""
    return int(value) if abs(value) < EXACT and float(value).is_integer() else value
