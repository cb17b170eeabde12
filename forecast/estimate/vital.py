"""Fertility and mortality by region and calendar year.

Fertility: the United Nations age pattern of the year, moved to the published mean age of
mothers, at the level of the region's total fertility rate. Mortality: one United Nations
life table, its infant mortality set to the published one, moved by Brass's relational method
to the region's life expectancy by sex.
"""

from __future__ import annotations

import numpy as np

from forecast.demography.infancy import a0_coale_demeny_west
from forecast.demography.lifetable import life_expectancy, match_life_expectancy
from forecast.demography.schedules import MIDDLES, fertility_pattern, shift_to_mean_age
from forecast.errors import InputError
from forecast.estimate.published import births_by_mother, nearest_figure, trended_figure
from forecast.estimate.source import Source, remembered
from forecast.estimate.tilt import Array, Known, calibrate, hats
from forecast.estimate.un import un_fertility, un_indicator, un_period_mortality, un_periods
from forecast.space import AGES, SEXES
from forecast.words import say

BEND_NODES = np.array([15.0, 20.0, 27.0, 32.0, 37.0, 42.0])  # where the fertility pattern bends
BEND_SPREAD = 0.2  # log


def fertility_of(source: Source, year: int, women: Array) -> Array:
    """(age,) age pattern of fertility of the nation in `year`, summing to 1.

    women : (age,) women of the nation, about the middle of the year: mean age and shares by age
            of the mother are published of the births
    The United Nations pattern of the year is moved to the mean age of mothers, then bent until
    the published shares of births are met (those of the nearest published year).
    """
    table = un_fertility(source)
    rows = table[table["year"] == year].sort_values("age_from")
    if rows.empty:
        raise InputError("un_fertility", say("no age pattern of {year}", year=year))
    edges = np.append(rows["age_from"], rows["age_to"].iloc[-1] + 1)
    pattern = fertility_pattern(edges, rows["value"].to_numpy())
    mean = trended_figure(source, "mean_age_at_birth", year)
    moved = shift_to_mean_age(pattern, mean, women)
    weight = women / (moved * women).sum()
    known = Known()
    known.add(np.ones(len(AGES)), 1.0)
    known.add((MIDDLES - mean) * weight, 0.0)
    for first, last, share in births_by_mother(source, year):
        group = np.zeros(len(AGES))
        group[first : last + 1] = 1.0
        known.add((group - share) * weight, 0.0)
    spread = np.full(len(BEND_NODES), BEND_SPREAD)
    return calibrate(moved, hats(BEND_NODES), known, spread, what=say("fertility"))


@remembered
def total_fertility(source: Source, regions: tuple[str, ...], year: int) -> Array:
    """(region,) total fertility rates; after the last published year they follow the nation.

    A region without any rate yet has that of the former region it was part of.
    """
    wide = source.table("tfr").pivot(index="region", columns="year", values="value")
    split = source.table("boundaries/crosswalk").set_index("region")["old_region"]
    nation = wide.loc[source.nation].dropna()
    found = []
    for region in regions:
        series = wide.loc[region if region in wide.index else split[region]].dropna()
        last = min(year, int(series.index.max()))
        if last not in series.index:
            message = say("no total fertility of {region} in {year}", region=region, year=year)
            raise InputError("tfr", message)
        reached = min(year, int(nation.index.max()))
        found.append(series[last] * nation[max(reached, last)] / nation[last])
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
    return with_infant_mortality(
        nearest,
        nearest_figure(source, "infant_mortality", year) / 1000,
        sex_ratio_at_birth(source, year),
    )


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
    return np.stack([_life_of(source, region, year) for region in regions], axis=1)


@remembered
def mortality_of(source: Source, regions: tuple[str, ...], year: int) -> Array:
    """(sex, age, region) death rates at the region's life expectancy."""
    target = expected_life(source, regions, year)
    return match_life_expectancy(standard_mortality(source, year), None, target).mx


def sex_ratio_at_birth(source: Source, year: int) -> float:
    """Boys per girl at birth, of the nation."""
    return float(un_indicator(source, "sex_ratio")[year])


def _life_of(source: Source, region: str, year: int) -> Array:
    """(sex,) life expectancy of one region."""
    known = _life_table(source)
    first = min(when for _, _, when in known)

    def published(place: str, when: int) -> Array:
        return np.array([known.get((place, sex, when), np.nan) for sex in SEXES])

    last = year
    while np.isnan(published(region, last)).any():
        last -= 1
        if last < first:
            message = say("no life expectancy of {region} until {year}", region=region, year=year)
            raise InputError("life_expectancy", message)
    level = published(region, last)
    if last == year:
        return level
    both = [known.get((region, "total", when), np.nan) for when in (last, year)]
    if not np.isnan(both).any():
        return level + both[1] - both[0]
    change = published(source.nation, year) - published(source.nation, last)
    return _life_of(source, region, year - 1) if np.isnan(change).any() else level + change


@remembered
def _life_table(source: Source) -> dict[tuple[str, str, int], float]:
    """Published life expectancy by region, sex (or total) and year."""
    rows = source.table("life_expectancy").to_dict("records")
    return {(row["region"], row["sex"], int(row["year"])): float(row["value"]) for row in rows}
