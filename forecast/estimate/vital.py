"""Fertility and mortality by region and calendar year, and what is published of their events.

Fertility: the United Nations age pattern of the year, moved to the published mean age of
mothers, at the level of the region's total fertility rate. Mortality: one United Nations
life table, its infant mortality set to the published one, moved by Brass's relational method
to the region's life expectancy by sex.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from forecast.demography.infancy import a0_coale_demeny_west
from forecast.demography.lifetable import life_expectancy, match_life_expectancy
from forecast.demography.schedules import MIDDLES, fertility_pattern, shift_to_mean_age
from forecast.errors import InputError
from forecast.estimate.un import un_indicator, un_period_mortality, un_periods
from forecast.estimate.source import Source, remembered
from forecast.estimate.tilt import AGE, Array, Known, calibrate, hats
from forecast.space import AGES, SEXES
from forecast.words import say

PER_1000_ERROR = 0.006  # crude rates are printed to two decimals; the press rounds once more
ROUNDED_ERROR = 60.0  # persons: press counts given in hundreds
BEND_NODES = np.array([15.0, 20.0, 27.0, 32.0, 37.0, 42.0])  # where the fertility pattern bends
BEND_SPREAD = 0.2  # log
PART_YEAR_ERROR = {"births": 0.015, "deaths": 0.04}  # relative: seasons, epidemics
EVENT_RATES = {"births": "cbr", "deaths": "cdr"}


def fertility_of(source: Source, year: int, women: Array) -> Array:
    """(age,) age pattern of fertility of the nation in `year`, summing to 1.

    women : (age,) women of the nation, about the middle of the year: mean age and shares by age
            of the mother are published of the births
    The United Nations pattern of the year is moved to the mean age of mothers, then bent until
    the published shares of births are met (those of the nearest published year).
    """
    table = source.table("un_fertility")
    table = table[(table["revision"] == table["revision"].max()) & (table["measure"] == "share")]
    rows = table[table["year"] == year].sort_values("age_from")
    if rows.empty:
        raise InputError("un_fertility", say("no age pattern of {year}", year=year))
    edges = np.append(rows["age_from"], rows["age_to"].iloc[-1] + 1)
    pattern = fertility_pattern(edges, rows["value"].to_numpy())
    mean = _of_year(figures(source, "mean_age_at_birth", source.nation), year)
    moved = shift_to_mean_age(pattern, mean, women)
    weight = women / (moved * women).sum()
    known = Known()
    known.add(np.ones(len(AGES)), 1.0)
    known.add((MIDDLES - mean) * weight, 0.0)
    for first, last, share in births_by_mother(source, year):
        known.add((((AGE >= first) & (AGE <= last)) - share) * weight, 0.0)
    curves = hats(BEND_NODES)
    return calibrate(moved, curves, known, np.full(len(curves), BEND_SPREAD), what=say("fertility"))


@remembered
def total_fertility(source: Source, regions: tuple[str, ...], year: int) -> Array:
    """(region,) total fertility rates; after the last published year they follow the nation."""
    table = source.table("tfr")
    wide = table.pivot(index="region", columns="year", values="value")
    nation = wide.loc[source.nation]
    found = []
    for region in regions:
        series = wide.loc[region].dropna()
        last = min(year, int(series.index.max()))
        if last not in series.index:
            message = say("no total fertility of {region} in {year}", region=region, year=year)
            raise InputError("tfr", message)
        found.append(series[last] * nation[year] / nation[last])
    return np.asarray(found)


@remembered
def standard_mortality(source: Source, year: int) -> Array:
    """(sex, age) the United Nations table nearest to the nation's life expectancy, with the
    published infant mortality of `year`.

    One period serves all years, so that levels differ between years and shapes do not.
    """
    table = source.table("life_expectancy")
    nation = table[(table["region"] == source.nation) & (table["sex"].isin(SEXES))]
    last = nation[nation["year"] == nation["year"].max()].set_index("sex")["value"]
    target = last.reindex(list(SEXES)).to_numpy()
    tables = {start: un_period_mortality(source, start) for start in un_periods(source)}
    misses = {s: np.abs(life_expectancy(mx) - target).sum() for s, mx in tables.items()}
    nearest = tables[min(misses, key=lambda start: misses[start])].copy()
    return with_infant_mortality(nearest, *_infant_mortality(source, year))


def with_infant_mortality(mx: Array, deaths_per_birth: float, boys_per_girl: float) -> Array:
    """`mx` (sex, age) with rates at age 0 scaled so that q(0) of both sexes is the given one."""
    boys = boys_per_girl / (1 + boys_per_girl)
    scaled = mx.copy()
    for _ in range(50):
        a0 = a0_coale_demeny_west(scaled[:, 0])
        q0 = scaled[:, 0] / (1 + (1 - a0) * scaled[:, 0])
        both = (1 - boys) * q0[0] + boys * q0[1]
        scaled[:, 0] *= deaths_per_birth / both
    return scaled


@remembered
def expected_life(source: Source, regions: tuple[str, ...], year: int) -> Array:
    """(sex, region) life expectancy at birth, years.

    Where a year is published for both sexes together, both move by its change; where it is not
    published for the region, by the change of the nation; where the nation's is not either,
    it stays at the last published year (registered deaths then set the level).
    """
    table = source.table("life_expectancy")
    wide = table.pivot(index=["region", "sex"], columns="year", values="value")
    return np.stack([_life_of(wide, region, source.nation, year) for region in regions], axis=1)


@remembered
def mortality_of(source: Source, regions: tuple[str, ...], year: int) -> Array:
    """(sex, age, region) death rates at the region's life expectancy."""
    target = expected_life(source, regions, year)
    return match_life_expectancy(standard_mortality(source, year), None, target).mx


@remembered
def births_by_mother(source: Source, year: int) -> list[tuple[int, int, float]]:
    """Shares of the nation's births by age group of the mother: first age, last age, share.

    Those of the published year nearest to `year`.
    """
    table = source.table("figures")
    found = []
    for name in sorted(set(table["variable"])):
        group = re.fullmatch(r"share_births_mother_(\d+)_(\d+)", name)
        if group is not None:
            rows = figures(source, name, source.nation)
            nearest = rows.loc[(rows["year"] - year).abs().idxmin(), "value"]
            found.append((int(group[1]), int(group[2]), float(nearest) / 100))
    return found


def is_life_known(source: Source, region: str, year: int) -> bool:
    """Whether the life expectancy of both sexes is published for a region and year."""
    table = source.table("life_expectancy")
    rows = table[(table["region"] == region) & (table["year"] == year)]
    return set(SEXES) <= set(rows["sex"])


def sex_ratio_at_birth(source: Source, year: int) -> float:
    """Boys per girl at birth, of the nation."""
    return float(un_indicator(source, "sex_ratio")[year])


@remembered
def national_events(source: Source, year: int) -> dict[str, float]:
    """Registered births, deaths, immigration and emigration of the nation in a year, persons."""
    table = source.table("vital_events")
    rows = table[(table["region"] == source.nation) & (table["year"] == year)]
    return {str(event): float(value) for event, value in zip(rows["event"], rows["value"], strict=True)}


@remembered
def known_events(source: Source, event: str) -> pd.DataFrame:
    """Births or deaths published for regions: region, year, value and error, persons.

    In this order: a count of the year; a crude rate times the published average population (the
    publisher's own denominator; repeated rates are averaged); a count of some months, scaled
    by their number. Rates of a year before a region's territory changed are left out: they do
    not say which territory they mean.
    """
    counts = source.table("vital_events")
    counts = counts[(counts["event"] == event) & (counts["region"] != source.nation)]
    rounded = counts["note"].fillna("").str.contains("rounded")
    found = counts[["region", "year", "value"]].assign(error=np.where(rounded, ROUNDED_ERROR, 1.0))
    everything = pd.concat([found, _from_rates(source, event), _from_months(source, event)])
    first = everything.drop_duplicates(["region", "year"])
    return first.sort_values(["region", "year"]).reset_index(drop=True)


@remembered
def _from_rates(source: Source, event: str) -> pd.DataFrame:
    rates = figures(source, EVENT_RATES[event])
    split = source.table("boundaries/crosswalk").set_index("region")["year"]
    since = rates["region"].map(split.groupby(level=0).max())
    rates = rates[(rates["region"] != source.nation) & ~(rates["year"] < since)]
    early = rates["note"].fillna("").str.contains("preliminary")
    final = set(zip(rates.loc[~early, "region"], rates.loc[~early, "year"], strict=True))
    replaced = np.array([k in final for k in zip(rates["region"], rates["year"], strict=True)], bool)
    rates = rates[~(early & replaced)]
    mean = rates.groupby(["region", "year"])["value"].mean()
    people = average_people(source, "total").reindex(mean.index)
    both = pd.DataFrame({"value": mean * people / 1000, "error": PER_1000_ERROR * people / 1000})
    return both.dropna().reset_index()


@remembered
def average_people(source: Source, sex: str) -> pd.Series:
    """Published annual average population by (region, year); former regions are their parts' sum."""
    table = source.table("population_average")
    rows = table[(table["area"] == "total") & (table["sex"] == sex)]
    split = source.table("boundaries/crosswalk")[["old_region", "region"]]
    former = rows.merge(split, on="region").groupby(["old_region", "year"])["value"].sum()
    today = rows.set_index(["region", "year"])["value"]
    return pd.concat([today, former.rename_axis(["region", "year"])])


def _from_months(source: Source, event: str) -> pd.DataFrame:
    table = source.table("figures")
    rows = table[(table["variable"] == event) & table["dimension"].fillna("total").isin(["", "total"])]
    months = rows["date"].str.extract(r"^(\d{4})-(\d{2})/\1-(\d{2})$").dropna().astype(int)
    rows = rows.loc[months.index]
    length = (months[2] - months[1] + 1) if len(months) else months.sum(axis=1)
    value = rows["value"] * 12 / length
    part = pd.DataFrame({"region": rows["region"], "year": months[0], "value": value, "length": length})
    part["error"] = PART_YEAR_ERROR[event] * part["value"]
    return part.sort_values("length", ascending=False)[["region", "year", "value", "error"]]


@remembered
def figures(source: Source, variable: str, region: str | None = None) -> pd.DataFrame:
    """Rows of one variable of observed/figures whose date is a whole year: `year` is a number."""
    table = source.table("figures")
    rows = table[table["variable"] == variable]
    if region is not None:
        rows = rows[rows["region"] == region]
    rows = rows[rows["date"].map(lambda date: re.fullmatch(r"\d{4}", str(date)) is not None)]
    return rows.assign(year=rows["date"].astype(int))


def _of_year(rows: pd.DataFrame, year: int) -> float:
    """The value of a year; outside the published years the trend of the published ones goes on."""
    series = rows.groupby("year")["value"].mean().sort_index()
    if year in series.index or len(series) == 1:
        return float(series.get(year, series.iloc[0]))
    if series.index.min() < year < series.index.max():
        return float(np.interp(year, series.index, series))
    slope, level = np.polyfit(series.index - year, series, 1)
    return float(level)


def _infant_mortality(source: Source, year: int) -> tuple[float, float]:
    """Infant deaths per birth (of the nearest published year) and boys per girl of the nation."""
    rows = figures(source, "infant_mortality", source.nation)
    nearest = rows.loc[(rows["year"] - year).abs().idxmin(), "value"]
    return float(nearest) / 1000, sex_ratio_at_birth(source, year)


def _life_of(wide: pd.DataFrame, region: str, nation: str, year: int) -> Array:
    def published(place: str, sex: str, when: int) -> float:
        return float(wide[when].get((place, sex), np.nan)) if when in wide else np.nan

    last = year
    while np.isnan([published(region, sex, last) for sex in SEXES]).any():
        last -= 1
        if last < min(wide.columns):
            message = say("no life expectancy of {region} until {year}", region=region, year=year)
            raise InputError("life_expectancy", message)
    level = np.array([published(region, sex, last) for sex in SEXES])
    if last == year:
        return level
    own = published(region, "total", year) - published(region, "total", last)
    if not np.isnan(own):
        return level + own
    changes = [published(nation, sex, year) - published(nation, sex, last) for sex in SEXES]
    if np.isnan(changes).any():
        return _life_of(wide, region, nation, year - 1)
    return level + np.asarray(changes)
