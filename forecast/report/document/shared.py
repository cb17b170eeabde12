"""Numbers that several tables and sentences of the report share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import numpy as np
import pandas as pd

from forecast.report import extract, moves
from forecast.report.extract import Result, row_of
from forecast.report.sheet import rounded

LOW, HIGH = 0.1, 0.9  # the ends of the 80 % interval that the report shows
PERIOD = ("births", "deaths", "natural", "internal", "external", "change")


Settings = ParamSpec("Settings")
Found = TypeVar("Found")


class Remembered:
    """A run that is asked the same again and again: what was computed once is kept.

    Tables that come from it are shared, so nobody changes them.
    """

    def __init__(self, projection: Result):
        self.projection = projection
        self.memo: dict[Any, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.projection, name)

    def frame(self, name: str) -> pd.DataFrame:
        if name not in self.memo:
            self.memo[name] = self.projection.frame(name)
        return cast(pd.DataFrame, self.memo[name])


def remembered(
    function: Callable[Concatenate[Result, Settings], Found],
) -> Callable[Concatenate[Result, Settings], Found]:
    """A function of a run whose answers a `Remembered` run keeps; it takes no keywords."""

    @wraps(function)
    def inside(projection: Result, /, *args: Settings.args, **options: Settings.kwargs) -> Found:
        if not isinstance(projection, Remembered):
            return function(projection, *args, **options)
        key = (function.__module__, function.__name__, args)
        if key not in projection.memo:
            projection.memo[key] = function(projection, *args, **options)
        return cast(Found, projection.memo[key])

    return inside


population_by_year = remembered(extract.population_by_year)
components_by_year = remembered(extract.components_by_year)
dependency_by_year = remembered(extract.dependency_by_year)
balance = remembered(extract.labour_balance)
mean_moves = remembered(moves.moves)


def has(projection: Result, frame: str) -> bool:
    """Whether a run has rows of a table."""
    return not projection.frame(frame).empty


def order(projection: Result) -> list[str]:
    """The nation and the regions in their order."""
    return [projection.nation, *projection.space.ids]


@remembered
def interval(projection: Result, measure: str, year: int) -> pd.DataFrame | None:
    """(region; low, high) the 80 % interval of a measure; None where the run does not draw it."""
    frame = projection.frame("quantiles")
    if frame.empty:
        return None
    chosen = frame[(frame["measure"] == measure) & (frame["year"] == year) & (frame["kind"] == "")]
    chosen = chosen[chosen["quantile"].isin([LOW, HIGH])]
    if chosen.empty:
        return None
    table = chosen.pivot_table(index="region", columns="quantile", values="value", observed=True)
    table = table.reindex(index=order(projection), columns=[LOW, HIGH])
    return table.set_axis(["low", "high"], axis=1)


@remembered
def period(projection: Result) -> pd.DataFrame:
    """(region with the nation, component) persons over all calendar years of the run."""
    table = components_by_year(projection)
    sums = table.groupby(level="region", observed=True)[list(PERIOD)].sum(min_count=1)
    return sums.reindex(order(projection))


@remembered
def by_year(projection: Result, region: str, component: str) -> dict[int, float]:
    """Persons of one component of a region, or of the nation, by calendar year."""
    table = components_by_year(projection)[component].unstack("year")
    return {int(year): value for year, value in row_of(table, region).items()}


def span(projection: Result) -> tuple[int, int]:
    """First and last calendar year of the run."""
    return projection.base_year, projection.last_year - 1


def labour_years(projection: Result) -> tuple[int, int]:
    """First and last calendar year of the labour balance."""
    years = projection.frame("labour")["year"]
    return int(years.min()), int(years.max())


def cells(frame: pd.DataFrame) -> list[list[float | None]]:
    """The numbers of a wide table as they are kept in a cell."""
    return [list(line) for line in rounded(frame.to_numpy(dtype=float)).tolist()]


def millions(value: float | None) -> float:
    """Money in millions, as tables show it; NaN where it is not known."""
    return float("nan") if value is None else float(np.round(value / 1e6, 4))


def names_of(projection: Result) -> Mapping[str, str]:
    """Full names of the regions and the nation by id."""
    return {region: projection.space.name(region) for region in order(projection)}


def at(table: pd.DataFrame, row: str, column: object) -> float:
    """One cell of a wide table."""
    return row_of(table, row)[column]
