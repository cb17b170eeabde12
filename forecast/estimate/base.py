"""The base population: regions of today by sex and single age, from the first to the last year.

The order of the estimate: the nation; the regions of the date with broad ages; forward to the
first year of the present regions for shape only (a census lies between); the regions of today
tilted, on the last date with national age margins, to the births and deaths of the years
around; back to the first year and forward to the last, with closed accounts for every year.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from forecast.dataset import Dataset
from forecast.estimate import accounts as books
from forecast.estimate.external import external_by_region
from forecast.estimate.flows import parameters
from forecast.estimate.migrants import MigrantAges, migrant_ages
from forecast.estimate.national import margin_years, national_structures
from forecast.estimate.regional import (
    FERTILE,
    OLD,
    Territory,
    exact_margins,
    fit_together,
    regional_structure,
    regions_then,
)
from forecast.estimate.roll import backward, forward, migration_by_age
from forecast.estimate.tilt import AGE, Array, Known, ages_of, of_both, of_sex
from forecast.estimate.vital import (
    fertility_of,
    known_events,
    mortality_of,
    national_events,
    sex_ratio_at_birth,
    total_fertility,
)
from forecast.space import AGES, SEXES
from forecast.words import say

SEED_BIRTHS, SEED_DEATHS = 0.03, 0.05  # relative errors before the regions of today are tilted
ROLLED_BIRTHS, ROLLED_DEATHS = 0.02, 0.03  # after it
NATURAL_ERROR = 0.012  # of births: natural increase added up from districts, some missing
ROUNDED_NET, UNKNOWN_NET = 300.0, 1e5  # persons
FITTED_BIRTHS, FITTED_DEATHS, FITTED_CHILDREN = 0.003, 0.008, 0.004
SETTLED = np.clip((AGE - 1) / 4, 0, 1)  # the youngest are known by their births
CHILDREN = np.interp(AGE, [2, 6, 13, 20], [0, 1, 1, 0])
FERTILE_SPREAD, OLD_SPREAD, SLOPE_SPREAD, CHILDREN_SPREAD = 0.12, 0.12, 0.05, 0.06


@dataclass(frozen=True)
class Year:
    """One calendar year of the regions.

    accounts : (entry, region) whole persons
    fertility, mortality : (age, region), (sex, age, region) as published levels give them
    asfr, mx : the same, scaled so that they give the accounts' births and deaths
    births_before, deaths_before : of the nation by the rates before scaling, persons
    """

    year: int
    accounts: Array
    fertility: Array
    mortality: Array
    asfr: Array
    mx: Array
    births_before: float
    deaths_before: float


@dataclass
class Base:
    """The estimate: nation, regions then, regions of today on every 1 January, years between."""

    dataset: Dataset
    national: dict[int, Array]
    regions_then: list[str]
    structure_then: Array
    ages: MigrantAges
    population: dict[int, Array] = field(default_factory=dict)
    years: dict[int, Year] = field(default_factory=dict)


def estimate_base(dataset: Dataset, until: int | None = None) -> Base:
    """The base with everything published up to the calendar year `until` (the last by default)."""
    last = dataset.last_year_observed if until is None else until
    national = national_structures(dataset, last)
    then, now = min(national), max(national)
    regions = regions_then(dataset, then)
    structure = regional_structure(dataset, national[then], then)
    share = parameters(dataset)["inter_regional_share"]["central"]
    ages = migrant_ages(dataset, national[now], share)
    base = Base(dataset, national, regions, structure, ages)
    totals = totals_by_sex(dataset)
    first = min(totals)
    rolled = _to_present(dataset, base, then, first, totals[first])
    seeds = {first: rolled}
    seed_years = {}
    for calendar in range(first, now + 1):
        seed_years[calendar], seeds[calendar + 1] = _year(
            base, seeds[calendar], calendar, totals, seeding=True
        )
    base.population[now] = _tilted(base, seeds[now], now, seed_years, totals[now])
    for calendar in range(now - 1, first - 1, -1):
        base.population[calendar] = _year_back(base, calendar, seed_years[calendar], totals)
    for calendar in range(first, last + 1):
        fixed = seed_years[calendar].accounts if calendar in seed_years else None
        base.years[calendar], later = _year(
            base, base.population[calendar], calendar, totals, fixed=fixed
        )
        base.population.setdefault(calendar + 1, later)
    return base


def totals_by_sex(dataset: Dataset) -> dict[int, Array]:
    """(sex, region) published persons on 1 January of every year of the present regions."""
    table = dataset.table("population")
    table = table[table["region"] != dataset.nation]
    cube = table.pivot(index=["year", "sex"], columns="region", values="value")
    years = sorted(table["year"].unique())
    columns = list(dataset.space.ids)
    return {int(y): cube.loc[y].reindex(index=list(SEXES), columns=columns).to_numpy(dtype=float)
            for y in years}  # fmt: skip


def _to_present(dataset: Dataset, base: Base, then: int, first: int, totals: Array) -> Array:
    """(sex, age, region of today) on 1 January `first`: rolled forward, then split.

    For shape only: between the dates lies a census, so each year's totals are not the sum of its
    components. A region that was split gives its structure to its parts.
    """
    people = base.structure_then
    parent = _parents(dataset, base.regions_then)
    target = np.stack([totals[:, parent == k].sum(axis=1) for k in range(len(base.regions_then))], 1)
    for calendar in range(then, first):
        born = _births_then(dataset, base.regions_then, people, calendar)
        mx = mortality_of(dataset, base.regions_then, calendar)
        step = (calendar + 1 - then) / (first - then)
        between = base.structure_then.sum(axis=1) * (1 - step) + target * step
        people = forward(people, mx, born, np.zeros_like(people), between, base.ages)
    split = people[:, :, parent]
    return split * (totals / split.sum(axis=1))[:, np.newaxis, :]


def _parents(dataset: Dataset, regions: list[str]) -> Array:
    """(region of today,) position of the territory it belonged to in `regions`."""
    split = dataset.table("boundaries/crosswalk")
    old = {row.region: row.old_region for row in split.itertuples() if row.old_region in regions}
    return np.array([regions.index(old.get(region, region)) for region in dataset.space.ids])


def _births_then(dataset: Dataset, regions: list[str], people: Array, calendar: int) -> Array:
    """(sex, region) births of a year on former territories, adding up to the nation's."""
    nation = people[0].sum(axis=1)
    level = total_fertility(dataset, regions, calendar)
    modelled = level * (fertility_of(dataset, calendar, nation) @ people[0])
    known = known_events(dataset, "births").set_index(["region", "year"])["value"]
    counted = np.array([known.get((region, calendar), np.nan) for region in regions])
    left = national_events(dataset, calendar)["births"] - np.nansum(counted)
    missing = np.isnan(counted)
    births = np.where(missing, modelled * left / modelled[missing].sum(), counted)
    return _by_sex(dataset, births, calendar)


def _by_sex(dataset: Dataset, births: Array, calendar: int) -> Array:
    ratio = sex_ratio_at_birth(dataset, calendar)
    return np.stack([births / (1 + ratio), births * ratio / (1 + ratio)])


def _year(
    base: Base,
    people: Array,
    calendar: int,
    totals: dict[int, Array],
    *,
    seeding: bool = False,
    fixed: Array | None = None,
) -> tuple[Year, Array]:
    """Accounts and rates of a calendar year, and the population at its end."""
    dataset = base.dataset
    ids = list(dataset.space.ids)
    mx = mortality_of(dataset, ids, calendar)
    level = total_fertility(dataset, ids, calendar)
    later = people
    known_later = base.population.get(calendar + 1)
    for _ in range(2):  # exposure needs the year's end, which needs the accounts
        middle = (people + (later if known_later is None else known_later)) / 2
        pattern = fertility_of(dataset, calendar, middle[0].sum(axis=1))
        births = level * (pattern @ middle[0])
        deaths = (mx * middle).sum(axis=(0, 1))
        found = fixed
        if found is None:
            entries = _entries(base, births, deaths, calendar, totals, seeding)
            found = books.balance(entries, what=say("components of {year}", year=calendar))
        scale = found[1] / deaths
        migrants = migration_by_age(base.ages, people, found[4], found[2], found[3])
        born = _by_sex(dataset, found[0], calendar)
        later = forward(people, mx * scale, born, migrants, totals[calendar + 1], base.ages)
    end = later if known_later is None else known_later
    middle = (people + end) / 2
    shape = level * pattern[:, np.newaxis]
    year = Year(
        calendar, found, shape, mx,
        shape * found[0] / (shape * middle[0]).sum(axis=0),
        mx * found[1] / (mx * middle).sum(axis=(0, 1)),
        float((shape * middle[0]).sum()), float((mx * middle).sum()),
    )  # fmt: skip
    return year, later


def _entries(
    base: Base, births: Array, deaths: Array, calendar: int, totals: dict[int, Array], seeding: bool
) -> books.Accounts:
    """First values and errors of a year's accounts, scaled to the nation's registered totals."""
    dataset = base.dataset
    events = national_events(dataset, calendar)
    people = totals[calendar].sum(axis=0)
    values = np.zeros((len(books.ENTRIES), len(people)))
    sigma = np.zeros_like(values)
    for entry, (name, modelled, error) in enumerate((
        ("births", births, SEED_BIRTHS if seeding else ROLLED_BIRTHS),
        ("deaths", deaths, SEED_DEATHS if seeding else ROLLED_DEATHS),
    )):  # fmt: skip
        known = known_events(dataset, name).set_index(["region", "year"])
        values[entry] = modelled * events[name] / modelled.sum()
        sigma[entry] = error * values[entry]
        for r, region in enumerate(dataset.space.ids):
            if (region, calendar) in known.index:
                values[entry, r], sigma[entry, r] = known.loc[(region, calendar), ["value", "error"]]
    for entry, name in ((2, "immigration"), (3, "emigration")):
        values[entry], sigma[entry] = external_by_region(dataset, name, calendar, events[name], people)
    values[4], sigma[4] = _known_nets(dataset, calendar)
    natural, natural_sigma = _known_natural(dataset, calendar, values[0])
    wanted = np.array([events["births"], events["deaths"], events["immigration"], events["emigration"], 0])
    growth = totals[calendar + 1].sum(axis=0) - people
    return books.Accounts(values, sigma, wanted, growth, natural, natural_sigma)


def _known_nets(dataset: Dataset, calendar: int) -> tuple[Array, Array]:
    """(region,) published net internal migration and its error; unknown ones follow from growth."""
    moves = dataset.table("internal_migration")
    rows = moves[(moves["year"] == calendar) & (moves["measure"] == "net")].set_index("region")
    value = rows["value"].reindex(dataset.space.ids)
    rounded = rows["note"].fillna("").str.contains("rounded").reindex(dataset.space.ids)
    error = np.where(value.isna(), UNKNOWN_NET, np.where(rounded == True, ROUNDED_NET, 0.0))  # noqa: E712
    return np.where(value.isna(), 0.0, value), error


def _known_natural(dataset: Dataset, calendar: int, births: Array) -> tuple[Array, Array]:
    """(region,) published natural increase, NaN where there is none, and its error."""
    table = dataset.table("natural_increase")
    rows = table[table["year"] == calendar].set_index("region")["value"]
    return rows.reindex(dataset.space.ids).to_numpy(dtype=float), NATURAL_ERROR * births


def _tilted(base: Base, seed: Array, year: int, years: dict[int, Year], totals: Array) -> Array:
    """(sex, age, region) on the date of the national margins, met exactly, as are region totals.

    Every region's seed is tilted until its fertility gives the births of its accounts, its
    mortality the deaths, and a published number of children is met.
    """
    dataset, nation = base.dataset, base.national[year]
    around = [years[c] for c in (year - 1, year) if c in years]
    territories = []
    for r, region in enumerate(dataset.space.ids):
        known = Known()
        for sex in range(len(SEXES)):
            known.group(sex, 0, AGES[-1], totals[sex, r])
        births, deaths = np.zeros_like(nation), np.zeros_like(nation)
        for one in around:
            registered = one.accounts.sum(axis=1)
            births[0] += one.fertility[:, r] * registered[0] / one.births_before
            deaths += one.mortality[:, :, r] * registered[1] / one.deaths_before
        born, died = (sum(one.accounts[k, r] for one in around) for k in (0, 1))
        known.add(births, born, FITTED_BIRTHS * born)
        known.add(deaths, died, FITTED_DEATHS * died)
        for first, last, value in counted_groups(dataset, region, year):
            known.add(ages_of(None, first, last), value, FITTED_CHILDREN * value)
        slope = SETTLED * (AGE - 40) / 40
        shared = of_both(np.stack([FERTILE, OLD, CHILDREN]))
        curves = np.concatenate([of_sex(np.stack([SETTLED, slope])), shared])
        spread = [np.inf, SLOPE_SPREAD] * 2 + [FERTILE_SPREAD, OLD_SPREAD, CHILDREN_SPREAD]
        territories.append(Territory(region, known, curves, np.asarray(spread)))
    fitted = fit_together(nation, territories, seed, what=say("regional age structure {year}", year=year))
    return exact_margins(fitted, nation, totals)


def counted_groups(dataset: Dataset, region: str, year: int) -> list[tuple[int, int, float]]:
    """Published counts of one age group on 1 January `year`: first age, last age, persons."""
    table = dataset.table("figures")
    dates = [str(d) for d in parameters(dataset)["counted_on_1_january"]]
    rows = table[(table["variable"] == "population") & (table["region"] == region)]
    rows = rows[rows["date"].isin([*dates, f"{year}-01-01"]) & rows["date"].str.startswith(str(year))]
    limits = rows["dimension"].fillna("").str.extract(r"^age (\d+)-(\d+)$").dropna().astype(int)
    return [(int(limits.loc[k, 0]), int(limits.loc[k, 1]), float(rows.loc[k, "value"]))
            for k in limits.index]  # fmt: skip


def _year_back(base: Base, calendar: int, year: Year, totals: dict[int, Array]) -> Array:
    found = year.accounts
    later = base.population[calendar + 1]
    migrants = migration_by_age(base.ages, later, found[4], found[2], found[3])
    return backward(later, year.mx, migrants, totals[calendar], base.ages)


__all__ = ["Base", "Year", "estimate_base", "margin_years", "totals_by_sex"]
