"""What is published of events and figures, by region and year, in the form the estimate needs."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from forecast.estimate.source import Source, remembered
from forecast.space import SEXES

PER_1000_ERROR = 0.006  # crude rates are printed to two decimals; the press rounds once more
ROUNDED_ERROR = 60.0  # persons: press counts given in hundreds
PART_YEAR_ERROR = {"births": 0.015, "deaths": 0.04}  # relative: seasons, epidemics
EVENT_RATES = {"births": "cbr", "deaths": "cdr"}
MONTHS = r"^(?P<year>\d{4})-(?P<first>\d{2})/\d{4}-(?P<last>\d{2})$"


@remembered
def figures(source: Source, variable: str, region: str | None = None) -> pd.DataFrame:
    """Rows of one variable of observed/figures whose date is a whole year: `year` is a number."""
    table = source.table("figures")
    rows = table[table["variable"] == variable]
    if region is not None:
        rows = rows[rows["region"] == region]
    rows = rows[rows["date"].str.fullmatch(r"\d{4}")]
    return rows.assign(year=rows["date"].astype(int))


def nearest_figure(source: Source, variable: str, year: int) -> float:
    """A figure of the nation in the published year nearest to `year`."""
    rows = figures(source, variable, source.nation)
    distance = (rows["year"] - year).abs().to_numpy()
    return float(rows["value"].to_numpy()[int(distance.argmin())])


def trended_figure(source: Source, variable: str, year: int) -> float:
    """A figure of the nation; outside the published years their straight trend goes on."""
    rows = figures(source, variable, source.nation).groupby("year")["value"].mean()
    years, values = rows.index.to_numpy(dtype=float), rows.to_numpy(dtype=float)
    if len(years) > 1 and not years.min() <= year <= years.max():
        slope, level = np.polyfit(years - year, values, 1)
        return float(level)
    return float(np.interp(year, years, values))


@remembered
def births_by_mother(source: Source, year: int) -> list[tuple[int, int, float]]:
    """Shares of the nation's births by age group of the mother: first age, last age, share.

    Those of the published year nearest to `year`.
    """
    found = []
    for name in sorted(set(source.table("figures")["variable"])):
        group = re.fullmatch(r"share_births_mother_(\d+)_(\d+)", name)
        if group is not None:
            share = nearest_figure(source, name, year) / 100
            found.append((int(group[1]), int(group[2]), share))
    return found


def is_life_known(source: Source, region: str, year: int) -> bool:
    """Whether the life expectancy of both sexes is published for a region and year."""
    table = source.table("life_expectancy")
    rows = table[(table["region"] == region) & (table["year"] == year)]
    return set(SEXES) <= set(rows["sex"])


@remembered
def national_events(source: Source, year: int) -> dict[str, float]:
    """Registered births, deaths, immigration and emigration of the nation in a year, persons."""
    table = source.table("vital_events")
    rows = table[(table["region"] == source.nation) & (table["year"] == year)]
    pairs = zip(rows["event"], rows["value"], strict=True)
    return {str(event): float(value) for event, value in pairs}


@remembered
def known_events(source: Source, event: str) -> pd.DataFrame:
    """Births or deaths published for regions: region, year, value and error, persons.

    In this order: a count of the year; a crude rate times the published average population (the
    publisher's own denominator; repeated rates are averaged, final ones before preliminary
    ones); a count of some months, scaled by their number. Rates of a year before a region's
    territory changed are left out: they do not say which territory they mean.
    """
    counts = source.table("vital_events")
    counts = counts[(counts["event"] == event) & (counts["region"] != source.nation)]
    rounded = counts["note"].fillna("").str.contains("rounded")
    found = counts[["region", "year", "value"]].assign(error=np.where(rounded, ROUNDED_ERROR, 1.0))
    everything = pd.concat([found, _from_rates(source, event), _from_months(source, event)])
    first = everything.drop_duplicates(["region", "year"])
    return first.sort_values(["region", "year"]).reset_index(drop=True)


@remembered
def average_people(source: Source, sex: str) -> pd.Series:
    """Published annual average population by region and year; former regions sum their parts."""
    table = source.table("population_average")
    rows = table[(table["area"] == "total") & (table["sex"] == sex)]
    split = source.table("boundaries/crosswalk")[["old_region", "region"]]
    former = rows.merge(split, on="region").groupby(["old_region", "year"])["value"].sum()
    today = rows.set_index(["region", "year"])["value"]
    return pd.concat([today, former.rename_axis(["region", "year"])])


def _from_rates(source: Source, event: str) -> pd.DataFrame:
    rates = figures(source, EVENT_RATES[event])
    split = source.table("boundaries/crosswalk").set_index("region")["year"]
    since = rates["region"].map(split.groupby(level=0).max())
    rates = rates[(rates["region"] != source.nation) & ~(rates["year"] < since)]
    early = rates["note"].fillna("").str.contains("preliminary")
    both = pd.concat([rates[~early].assign(order=0), rates[early].assign(order=1)])
    best = both.groupby(["region", "year"])["order"].transform("min")
    mean = both[both["order"] == best].groupby(["region", "year"])["value"].mean()
    people = average_people(source, "total").reindex(mean.index)
    found = pd.DataFrame({"value": mean * people / 1000, "error": PER_1000_ERROR * people / 1000})
    return found.dropna().reset_index()


def _from_months(source: Source, event: str) -> pd.DataFrame:
    table = source.table("figures")
    total = table["dimension"].fillna("").isin(["", "total"])
    rows = table[(table["variable"] == event) & total & (table["region"] != source.nation)]
    months = rows["date"].str.extract(MONTHS).dropna().astype(int)
    rows = rows.loc[months.index]
    length = months["last"] - months["first"] + 1
    part = rows[["region"]].assign(year=months["year"], value=rows["value"] * 12 / length)
    part["error"] = PART_YEAR_ERROR[event] * part["value"]
    return part.assign(length=length).sort_values("length", ascending=False).drop(columns="length")
