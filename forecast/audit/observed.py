"""What was observed of fast growth: the bounds of what a plan may need."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from forecast.dataset.series import segments
from forecast.space import SEXES

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
        for region, rows in table.groupby("region"):
            yearly = _growth(dataset, name, str(region))
            if region != dataset.nation and len(yearly):
                place = int(yearly.to_numpy().argmax())
                percent, year = 100 * float(yearly.iloc[place]), int(yearly.index[place])
                found.append(Fastest(percent, str(region), year, str(rows["source"].iloc[0])))
    if dataset.has("cities"):
        cities = dataset.table("cities")
        cities = cities[(cities["measure"] == GROWTH) & (cities["sex"] == "total")]
        found += [
            Fastest(float(row["value"]), str(row["city"]), int(str(row["date"])[:4]),
                    str(row["source"]))
            for row in cities.to_dict("records")
        ]  # fmt: skip
    return max(found, default=None, key=lambda one: one.percent)


def _growth(dataset: Dataset, table: str, region: str) -> pd.Series[float]:
    """Change on the year before as a share, both sexes; none across a break of the series."""
    pieces = zip(*(segments(dataset, table, region, sex=sex) for sex in SEXES), strict=True)
    parts = []
    for women, men in pieces:
        people = (women + men).dropna()
        parts.append((people / people.reindex(people.index - 1).to_numpy() - 1.0).dropna())
    return pd.concat(parts)


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
