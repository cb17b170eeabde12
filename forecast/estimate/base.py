"""The base population: regions of today by sex and single age, on every 1 January.

The order of the estimate: the nation; the regions of the date with broad ages; forward to the
first year of the present regions for shape only; the regions of today tilted, on the last date
with national age margins, to the births and deaths of the years around; back to the first
year and forward to the last, with closed accounts for every year.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from forecast.estimate.accounts import balance
from forecast.estimate.entries import first_accounts
from forecast.estimate.migrants import MigrantAges, migrant_ages, women_shares, young_gained
from forecast.estimate.national import national_structures
from forecast.estimate.present import births_by_sex, rolled_to_present
from forecast.estimate.regional import regional_structure, regions_then
from forecast.estimate.roll import backward, forward, migration_by_age, survivors
from forecast.estimate.source import Source
from forecast.estimate.tilt import Array
from forecast.estimate.tilted import tilted
from forecast.estimate.vital import fertility_of, mortality_of, total_fertility
from forecast.space import SEXES
from forecast.words import say

SEEDED = (0.03, 0.05)  # relative errors of births and deaths before the regions are tilted
ROLLED = (0.02, 0.03)  # after it
TILTS = 3  # the accounts place the tilt, the tilt improves the accounts


@dataclass(frozen=True)
class Year:
    """One calendar year of the regions.

    accounts : (entry, region) whole persons, entries as in accounts.ENTRIES
    net_by_sex : (sex, region) net migrants that the growth of each sex leaves
    fertility, mortality : (age, region), (sex, age, region) as published levels give them
    """

    accounts: Array
    net_by_sex: Array
    fertility: Array
    mortality: Array


@dataclass
class Base:
    """The estimate: nation, regions then, regions of today on every 1 January, years between.

    national : {year: (sex, age)}; structure_then : (sex, age, region then)
    population : {year: (sex, age, region)} on 1 January; years : by calendar year
    """

    source: Source
    national: dict[int, Array]
    regions_then: tuple[str, ...]
    structure_then: Array
    ages: MigrantAges
    totals: dict[int, Array]
    population: dict[int, Array] = field(default_factory=dict)
    years: dict[int, Year] = field(default_factory=dict)


def estimate_base(source: Source) -> Base:
    """The base, with everything published up to the last calendar year of the source."""
    national = national_structures(source)
    then, now = min(national), max(national)
    regions = regions_then(source, then)
    structure = regional_structure(source, national[then], then)
    ages = migrant_ages(source, national[now])
    totals = totals_by_sex(source)
    base = Base(source, national, regions, structure, ages, totals)
    first = min(totals)
    seed = rolled_to_present(source, structure, regions, (then, first), totals[first], ages)
    if now < first:  # no age margins since the present regions began: shape and totals are all
        base.population[first] = seed
        return base
    seeds, around = {first: seed}, {}
    for calendar in range(first, min(now, source.until) + 1):
        around[calendar], seeds[calendar + 1] = _year(base, seeds[calendar], calendar, SEEDED)
    for _ in range(TILTS):
        base.population = {now: tilted(base, seeds[now], now, around)}
        for calendar in range(now - 1, first - 1, -1):
            base.population[calendar] = _year_back(base, calendar, around[calendar])
        for calendar in range(first, source.until + 1):
            around[calendar], later = _year(base, base.population[calendar], calendar, ROLLED)
            base.population.setdefault(calendar + 1, later)
        base.ages = _ages_of_migrants(base, national[now], around)
    base.years = around
    return base


def totals_by_sex(source: Source) -> dict[int, Array]:
    """(sex, region) published persons on 1 January of every year of the present regions."""
    table = source.table("population")
    found = {}
    for year, rows in table[table["region"] != source.nation].groupby("year"):
        wide = rows.pivot(index="sex", columns="region", values="value")
        cells = wide.reindex(index=list(SEXES), columns=list(source.ids))
        found[int(str(year))] = cells.to_numpy(dtype=float)
    return dict(sorted(found.items()))


def _year(
    base: Base, people: Array, calendar: int, errors: tuple[float, float]
) -> tuple[Year, Array]:
    """Accounts and rates of a calendar year from the people of its 1 January, and those after it.

    errors : relative errors of births and deaths by rates, against which the accounts weigh them
    """
    source = base.source
    what = say("components of {year}", year=calendar)
    totals = base.totals[calendar], base.totals[calendar + 1]
    mx = mortality_of(source, source.ids, calendar)
    level = total_fertility(source, source.ids, calendar)
    later = known_later = base.population.get(calendar + 1)
    for _ in range(2):  # exposure needs the year's end, which needs the accounts
        middle = people if later is None else (people + later) / 2
        pattern = fertility_of(source, calendar, middle[0].sum(axis=1))
        modelled = level * (pattern @ middle[0]), (mx * middle).sum(axis=(0, 1))
        found = balance(first_accounts(source, calendar, modelled, errors, totals), what=what)
        rates = mx * found[1] / modelled[1]
        born = births_by_sex(source, found[0], calendar)
        migrants = migration_by_age(base.ages, people, found[4], found[2], found[3])
        rolled = forward(people, rates, born, migrants, totals[1], base.ages)
        later = rolled if known_later is None else known_later
    stayers = survivors(people, rates, born).sum(axis=1)
    return Year(found, totals[1] - stayers, level * pattern[:, np.newaxis], mx), rolled


def _year_back(base: Base, calendar: int, year: Year) -> Array:
    _, _, immigration, emigration, internal = year.accounts
    later = base.population[calendar + 1]
    migrants = migration_by_age(base.ages, later, internal, immigration, emigration)
    return backward(later, year.mortality, migrants, base.totals[calendar], base.ages)


def _ages_of_migrants(base: Base, nation: Array, years: dict[int, Year]) -> MigrantAges:
    """Ages of migrants with the shares of women that the growth of both sexes tells, and the
    young whom published nets find beyond the ages of all movers."""
    women = women_shares(
        [year.net_by_sex for year in years.values()],
        [year.accounts[4] for year in years.values()],
        [(year.accounts[2], year.accounts[3]) for year in years.values()],
        nation,
    )
    ages = migrant_ages(base.source, nation, women)
    by_age = {
        calendar: migration_by_age(
            ages, base.population[calendar], year.accounts[4], year.accounts[2], year.accounts[3]
        )
        for calendar, year in years.items()
    }
    return replace(ages, young=young_gained(base.source, by_age, base.population))
