"""The numbers that figures, tables and alternative texts share, taken from the result frames.

Every function returns a wide table (regions in rows) in the order of the space. Missing stays
missing: nothing is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from forecast.errors import InputError
from forecast.tables import TOTAL
from forecast.words import say

if TYPE_CHECKING:
    import numpy as np

    from forecast.space import Space


class Traced(Protocol):
    """What the line below a figure says: where its numbers come from."""

    @property
    def title(self) -> str: ...
    @property
    def scenario_name(self) -> str: ...
    @property
    def run_id(self) -> str: ...
    @property
    def sources(self) -> str: ...


class Result(Traced, Protocol):
    """What the report needs to know of a projection."""

    @property
    def space(self) -> Space: ...
    @property
    def nation(self) -> str: ...
    @property
    def base_year(self) -> int: ...
    @property
    def last_year(self) -> int: ...
    @property
    def outlines(self) -> Mapping[str, Sequence[np.ndarray]]: ...
    @property
    def anchors(self) -> Mapping[str, tuple[float, float]]: ...
    @property
    def facilities(self) -> pd.DataFrame: ...
    @property
    def sections(self) -> pd.DataFrame: ...
    @property
    def point_names(self) -> Mapping[str, str]: ...
    def frame(self, name: str) -> pd.DataFrame: ...


def wide(
    frame: pd.DataFrame, index: str | list[str], columns: str, value: str = "value"
) -> pd.DataFrame:
    """A tidy frame spread out; a cell that the frame does not have is missing, not 0."""
    keys = [index] if isinstance(index, str) else index
    return frame.set_index([*keys, columns])[value].unstack(columns)


def row_of(table: pd.DataFrame, label: object) -> dict[Any, float]:
    """One row of a wide table: {column: number}."""
    place = table.index.get_loc(label)
    values = table.to_numpy(dtype=float)[place]
    return dict(zip(table.columns, (float(value) for value in values), strict=True))


def regional(projection: Result, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of regions, without those of the nation."""
    return frame[frame["region"].isin(projection.space.ids)]


def with_nation(projection: Result, table: pd.DataFrame) -> pd.DataFrame:
    """The table in the order of the space, the nation (the sum of regions) in its first row."""
    ordered = table.reindex(list(projection.space.ids))
    nation = ordered.sum(axis=0, min_count=len(ordered)).to_frame(projection.nation).T
    both = pd.concat([nation, ordered])
    both.index.name = "region"
    return both


def population_by_year(projection: Result) -> pd.DataFrame:
    """(region with the nation, year) persons on 1 January of the base year and after."""
    frame = regional(projection, projection.frame("population"))
    total = frame.groupby(["region", "year"], observed=True)["value"].sum().unstack("year")
    return with_nation(projection, total)


def population_pyramid(projection: Result, region: str | None, year: int) -> pd.DataFrame:
    """(age, sex) persons of a region, or of the nation, on 1 January of `year`.

    Raises InputError for a year that is not in the run.
    """
    if not projection.base_year <= year <= projection.last_year:
        message = say("the run has no population of 1 January {year}", year=year)
        known = say("it has {first} to {last}", first=projection.base_year,
                    last=projection.last_year)  # fmt: skip
        raise InputError("", message + "; " + known)
    frame = regional(projection, projection.frame("population"))
    frame = frame[frame["year"] == year]
    if region is not None and region != projection.nation:
        frame = frame[frame["region"] == region]
    return frame.groupby(["age", "sex"], observed=True)["value"].sum().unstack("sex")


def history_by_year(projection: Result) -> pd.DataFrame:
    """(region with the nation, year) observed persons on 1 January up to the base year.

    It starts in the first year from which every region of today has a number: regions that
    were founded or cut anew have no comparable past.
    """
    frame = projection.frame("history")
    frame = frame[frame["year"] <= projection.base_year]
    table = wide(frame, "region", "year").reindex(
        index=[projection.nation, *projection.space.ids]
    ).sort_index(axis=1)  # fmt: skip
    regions = table.loc[list(projection.space.ids)]
    found = [int(year) for year in table.columns]
    gaps = [year for year in found if regions[year].isna().any()]
    return table[[year for year in found if not gaps or year > max(gaps)]]


def population_range(projection: Result) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """The lowest and highest population (region, year) among the levels of internal migration.

    None where the run has no levels.
    """
    frame = regional(projection, projection.frame("levels"))
    if frame.empty:
        return None
    by_cell = frame.groupby(["region", "year"], observed=True)["value"]
    return by_cell.min().unstack("year"), by_cell.max().unstack("year")


def growth(projection: Result) -> pd.Series[Any]:
    """Change of the population from the base to the horizon, per cent, nation first."""
    table = population_by_year(projection)
    base, last = table[projection.base_year], table[projection.last_year]
    return 100.0 * (last / base - 1.0)


def components_by_year(projection: Result, *, year: int | None = None) -> pd.DataFrame:
    """((region with the nation, year), component) persons a calendar year, with the nets.

    year : it alone, which is quicker
    Derived columns: natural = births - deaths; internal, external and migration are arrivals
    less departures, those of growth points counted as internal; change is the sum of all.
    """
    frame = projection.frame("components")
    frame = regional(projection, frame if year is None else frame[frame["year"] == year])
    table = wide(frame, ["region", "year"], "component")
    nation = table.groupby(level="year", observed=True).sum(min_count=len(projection.space))
    nation.index = pd.MultiIndex.from_product(
        [[projection.nation], nation.index], names=["region", "year"]
    )
    order = [projection.nation, *projection.space.ids]
    table = pd.concat([nation, table]).reindex(order, level="region")
    table["natural"] = table["births"] - table["deaths"]
    table["internal"] = table["internal_in"] - table["internal_out"]
    for called in ("growth_point", "support"):
        if f"{called}_in" in table:
            table["internal"] += table[f"{called}_in"] - table[f"{called}_out"]
    table["external"] = table["immigration"] - table["emigration"]
    table["migration"] = table["internal"] + table["external"]
    table["change"] = table["natural"] + table["migration"]
    return table


def mean_migration(projection: Result) -> pd.DataFrame:
    """(region with the nation; internal, external, migration) persons, mean per year of the run."""
    table = components_by_year(projection)[["internal", "external", "migration"]]
    means = table.groupby(level="region", observed=True).mean()
    return means.reindex([projection.nation, *projection.space.ids])


def dependency_by_year(projection: Result, measure: str) -> pd.DataFrame:
    """(region with the nation, year) of one measure of the dependency frame."""
    frame = projection.frame("dependency")
    table = wide(frame[frame["measure"] == measure], "region", "year")
    return table.reindex([projection.nation, *projection.space.ids])


def labour_balance(projection: Result, year: int) -> pd.DataFrame:
    """(region with the nation, measure) the labour balance of a year over all sections.

    The column `share` is the deficit per cent of labour demand.
    """
    frame = projection.frame("labour")
    frame = frame[(frame["year"] == year) & (frame["section"] == TOTAL)]
    table = wide(frame, "region", "measure")
    table = table.reindex([projection.nation, *projection.space.ids])
    table["share"] = 100.0 * table["labour_deficit"] / table["labour_demand"]
    return table


def labour_at_horizon(projection: Result) -> tuple[int, pd.DataFrame]:
    """The last year of the labour frame, and its `labour_balance`."""
    year = int(projection.frame("labour")["year"].max())
    return year, labour_balance(projection, year)


def labour_ranked(projection: Result) -> tuple[int, pd.DataFrame]:
    """The year of the ranking, and (region, measure) with the largest deficit first.

    Without an official list the column `official` is missing numbers.
    """
    frame = regional(projection, projection.frame("labour_ranking"))
    table = wide(frame, "region", "measure").reindex(list(projection.space.ids))
    if "official" not in table:
        table["official"] = float("nan")
    return int(frame["year"].max()), table.sort_values("rank", kind="stable")


def added_need(projection: Result, region: str | None = None) -> tuple[int, pd.DataFrame]:
    """Added need since the base year: (region with the nation, kind) at the horizon.

    With a region the rows are its years instead. Also returns the last year of the frame.
    """
    return _infrastructure(projection, "added_need", region)


def base_need(projection: Result, region: str | None = None) -> pd.DataFrame:
    """The need of the base year in the shape of `added_need`, to see growth in proportion."""
    year, need = _infrastructure(projection, "need", region)
    _, added = added_need(projection, region)
    return need - added


def _infrastructure(
    projection: Result, measure: str, region: str | None
) -> tuple[int, pd.DataFrame]:
    frame = projection.frame("infrastructure")
    year = int(frame["year"].max())
    frame = frame[frame["measure"] == measure]
    found = set(frame["kind"].unique())
    kinds = [kind for kind in projection.facilities["kind"] if kind in found]
    if region is not None:
        frame = frame[(frame["region"] == region) & (frame["year"] > projection.base_year)]
        return year, wide(frame, "year", "kind").reindex(columns=kinds)
    frame = frame[frame["year"] == year]
    order = [projection.nation, *projection.space.ids]
    return year, wide(frame, "region", "kind").reindex(index=order, columns=kinds)
