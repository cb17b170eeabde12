"""What was observed of fast growth: the bounds of what a plan may need."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from forecast.dataset.series import breaks_of

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset

GROWTH = "growth"  # measure of the table `cities`, per cent in twelve months


class Fastest(NamedTuple):
    """The fastest growth of a region or city in one year, per cent."""

    percent: float
    where: str  # id of a region, or name of a city
    year: int
    source: str


class Largest(NamedTuple):
    """The largest share of the nation's growth that one region had, a share."""

    share: float
    where: str
    first: int
    last: int
    source: str


def fastest(dataset: Dataset) -> Fastest | None:
    """Over all published years of regions, breaks of the series left out, and of cities."""
    found: list[Fastest] = []
    for name in ("population", "population_published"):
        if not dataset.has(name):
            continue
        table = dataset.table(name)
        yearly = _growth(dataset, name, table)
        if len(yearly):
            place = int(yearly.to_numpy().argmax())
            year, region = yearly.index[place]
            percent, source = 100 * float(yearly.iloc[place]), str(table["source"].iloc[0])
            found.append(Fastest(percent, str(region), int(year), source))
    if dataset.has("cities"):
        cities = dataset.table("cities")
        cities = cities[(cities["measure"] == GROWTH) & (cities["sex"] == "total")]
        found += [
            Fastest(float(row["value"]), str(row["city"]), int(str(row["date"])[:4]),
                    str(row["source"]))
            for row in cities.to_dict("records")
        ]  # fmt: skip
    return max(found, default=None, key=lambda one: one.percent)


def _growth(dataset: Dataset, name: str, table: pd.DataFrame) -> pd.Series[float]:
    """(year, region) change on the year before as a share, both sexes; none across a break of the
    series and none without the year before."""
    regional = table[table["region"] != dataset.nation]
    people = regional.groupby(["year", "region"])["value"].sum().unstack("region")
    before = people.reindex(people.index - 1).set_axis(people.index)
    change: pd.DataFrame = people / before - 1.0
    change = change.drop(index=[gap.after for gap in breaks_of(dataset, name)], errors="ignore")
    return change.melt(ignore_index=False).set_index("region", append=True)["value"].dropna()


def largest(dataset: Dataset) -> Largest | None:
    """Over the years of `population`; None where the nation did not grow."""
    table = dataset.table("population")
    table = table[table["region"].isin(dataset.space.ids)]
    people: pd.DataFrame = table.groupby(["region", "year"])["value"].sum().unstack("year")
    first, last = int(people.columns.min()), int(people.columns.max())
    gain = people[last] - people[first]
    if gain.sum() <= 0:
        return None
    region = str(gain.idxmax())
    return Largest(float(gain[region] / gain.sum()), region, first, last,
                   str(table["source"].iloc[0]))  # fmt: skip
