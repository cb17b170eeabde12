"""The data package as the estimate reads it: tables kept, derived figures computed once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

import pandas as pd

from forecast.dataset import Dataset
from forecast.space import Space

P = ParamSpec("P")
T = TypeVar("T")

# What a source that ends earlier does not show. Age patterns of mothers, infants and migrants,
# published for few years, are shapes and stay.
EVENTS = ("tfr", "life_expectancy", "vital_events", "natural_increase", "internal_migration")
STOCKS = ("population", "population_broad_age", "population_age_margins")
DATED = ("births", "deaths", "cbr", "cdr", "population", "external_arrivals", "external_departures")


class Source:
    """Tables of one package, with what was derived from them; nobody changes either.

    until : last calendar year whose events may be used, the last observed one by default
    """

    def __init__(self, dataset: Dataset, until: int | None = None):
        self.dataset = dataset
        self.until = dataset.last_year_observed if until is None else until
        self.memory: dict[Hashable, Any] = {}
        self._tables: dict[str, pd.DataFrame] = {}

    @property
    def space(self) -> Space:
        return self.dataset.space

    @property
    def ids(self) -> tuple[str, ...]:
        return self.dataset.space.ids

    @property
    def nation(self) -> str:
        return self.dataset.nation

    @property
    def choices(self) -> dict[str, Any]:
        """The choices of the estimate that the country's file documents."""
        return dict(self.dataset.country["estimate"])

    @property
    def years_without_mortality_trend(self) -> frozenset[int]:
        """Years that the country's file excludes from mortality (a pandemic)."""
        excluded = self.dataset.country.get("excluded_years", {}).get("mortality", {})
        return frozenset(excluded.get("years", ()))

    @property
    def last_revision(self) -> int:
        """The United Nations revision that was out on the 1 January after the last year.

        A revision is printed in July of its year. Where none was out yet, the oldest one.
        """
        known = self.dataset.table("un_indicators")["revision"]
        printed = known[known <= self.until]
        return int(printed.max() if len(printed) else known.min())

    def table(self, name: str) -> pd.DataFrame:
        """A table of the package, as far as this source goes."""
        if name not in self._tables:
            self._tables[name] = self._shown(name, self.dataset.table(name))
        return self._tables[name]

    def whole_table(self, name: str) -> pd.DataFrame:
        """A table with its later years too, for shapes that are published for few years only."""
        return self.dataset.table(name)

    def _shown(self, name: str, table: pd.DataFrame) -> pd.DataFrame:
        if self.until >= self.dataset.last_year_observed:
            return table
        if name in EVENTS:
            return table[table["year"] <= self.until]
        if name in STOCKS:
            return table[table["year"] <= self.until + 1]
        if name.startswith("un_") and "revision" in table:
            return table[table["revision"] <= self.last_revision]
        if name == "figures":
            later = table["date"].str.slice(0, 4).astype(int) > self.until
            return table[~(later & table["variable"].isin(DATED))]
        return table


def remembered(
    function: Callable[Concatenate[Source, P], T],
) -> Callable[Concatenate[Source, P], T]:
    """Compute a figure of a source once; its arguments are plain values or tuples of them."""

    @wraps(function)
    def kept(source: Source, /, *args: P.args, **named: P.kwargs) -> T:
        key = (function.__module__, function.__name__, args, tuple(sorted(named.items())))
        if key not in source.memory:
            source.memory[key] = function(source, *args, **named)
        found: T = source.memory[key]
        return found

    return kept
