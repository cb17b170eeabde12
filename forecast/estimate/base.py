"""The base population: regions of today by sex and single age, from the first to the last year.

The order of the estimate: the nation; the regions of the date with broad ages; forward to the
first year of the present regions for shape only (a census lies between); the regions of today
tilted, on the last date with national age margins, to the births and deaths of the years
around; back to the first year and forward to the last, with closed accounts for every year.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from forecast.estimate import accounts as books
from forecast.estimate.external import external_by_region
from forecast.estimate.migrants import MigrantAges, migrant_ages, women_shares
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
from forecast.estimate.roll import backward, forward, migration_by_age, survivors
from forecast.estimate.source import Source, remembered
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

SEEDED = (0.03, 0.05)  # relative errors of births and deaths before the regions are tilted
ROLLED = (0.02, 0.03)  # after it
TILTS = 3
NATURAL_ERROR = 0.02  # of births: natural increase added up from districts, some missing
ROUNDED_NET, UNKNOWN_NET = 300.0, 1e5  # persons
FITTED_BIRTHS, FITTED_DEATHS, FITTED_CHILDREN = 0.003, 0.008, 0.004
SETTLED = np.clip((AGE - 1) / 4, 0, 1)  # the youngest are known by their births
CHILDREN = np.interp(AGE, [2, 6, 13, 20], [0, 1, 1, 0])
TILT_ROUNDS = 20
FERTILE_SPREAD, OLD_SPREAD, SLOPE_SPREAD, CHILDREN_SPREAD = 0.12, 0.12, 0.05, 0.06


@dataclass(frozen=True)
class Year:
    """One calendar year of the regions.

    accounts : (entry, region) whole persons
    net_by_sex : (sex, region) net migrants that the growth of each sex leaves
    fertility, mortality : (age, region), (sex, age, region) as published levels give them
    asfr, mx : the same, scaled so that they give the accounts' births and deaths
    births_before, deaths_before : of the nation by the rates before scaling, persons
    """

    year: int
    accounts: Array
    net_by_sex: Array
    fertility: Array
    mortality: Array
    asfr: Array
    mx: Array
    births_before: float
    deaths_before: float


@dataclass
class Base:
    """The estimate: nation, regions then, regions of today on every 1 January, years between."""

    source: Source
    national: dict[int, Array]
    regions_then: tuple[str, ...]
    structure_then: Array
    ages: MigrantAges
    population: dict[int, Array] = field(default_factory=dict)
    years: dict[int, Year] = field(default_factory=dict)


def estimate_base(source: Source) -> Base:
    """The base, with everything published up to the last calendar year of the source."""
    last = source.until
    national = national_structures(source)
    then, now = min(national), max(national)
    regions = regions_then(source, then)
    structure = regional_structure(source, national[then], then)
    share = source.choices["inter_regional_share"]["central"]
    ages = migrant_ages(source, national[now], share)
    base = Base(source, national, regions, structure, ages)
    totals = totals_by_sex(source)
    first = min(totals)
    rolled = _to_present(source, base, then, first, totals[first])
    seed, around = rolled, {}
    for calendar in range(first, now + 1):
        if calendar == now:
            start = seed
        around[calendar], seed = _year(base, seed, calendar, totals, SEEDED)
    for _ in range(TILTS):  # the accounts place the tilt, the tilt improves the accounts
        base.population = {now: _tilted(base, start, now, around, totals[now])}
        for calendar in range(now - 1, first - 1, -1):
            base.population[calendar] = _year_back(base, calendar, around[calendar], totals)
        for calendar in range(first, last + 1):
            around[calendar], later = _year(
                base, base.population[calendar], calendar, totals, ROLLED
            )
            base.population.setdefault(calendar + 1, later)
        base.ages = _ages(base, national[now], share, around)
    base.years = around
    return base


def _ages(base: Base, nation: Array, share: float, years: dict[int, Year]) -> MigrantAges:
    women = women_shares(
        [year.net_by_sex for year in years.values()],
        [year.accounts[4] for year in years.values()],
        [(year.accounts[2], year.accounts[3]) for year in years.values()],
        nation,
    )
    return migrant_ages(base.source, nation, share, women)


def totals_by_sex(source: Source) -> dict[int, Array]:
    """(sex, region) published persons on 1 January of every year of the present regions."""
    table = source.table("population")
    table = table[table["region"] != source.nation]
    cube = table.pivot(index=["year", "sex"], columns="region", values="value")
    years = sorted(table["year"].unique())
    columns = source.ids
    return {int(y): cube.loc[y].reindex(index=list(SEXES), columns=columns).to_numpy(dtype=float)
            for y in years}  # fmt: skip


def _to_present(source: Source, base: Base, then: int, first: int, totals: Array) -> Array:
    """(sex, age, region of today) on 1 January `first`: rolled forward, then split.

    For shape only: between the dates lies a census, so each year's totals are not the sum of its
    components. A region that was split gives its structure to its parts.
    """
    people = base.structure_then
    parent = _parents(source, base.regions_then)
    target = np.stack([totals[:, parent == k].sum(axis=1) for k in range(len(base.regions_then))], 1)
    for calendar in range(then, first):
        born = _births_then(source, base.regions_then, people, calendar)
        mx = mortality_of(source, base.regions_then, calendar)
        step = (calendar + 1 - then) / (first - then)
        between = base.structure_then.sum(axis=1) * (1 - step) + target * step
        people = forward(people, mx, born, np.zeros_like(people), between, base.ages)
    return _split(source, people, parent, totals, first)


def _split(source: Source, people: Array, parent: Array, totals: Array, year: int) -> Array:
    """(sex, age, region of today) from former territories: the parts share their parent's structure.

    Parts that differ in fertility have differed for long: the youngest are shared by it, less and
    less so up to the age at which today's parents were born. The parts add up to the parent.
    """
    fertility = total_fertility(source, source.ids, year)
    fade = np.interp(AGE, [5, 25], [1.0, 0.0])
    found = np.zeros((*people.shape[:2], len(parent)))
    for k in range(people.shape[2]):
        parts = np.flatnonzero(parent == k)
        share = totals[:, parts].sum(axis=0) / totals[:, parts].sum()
        relative = np.log(fertility[parts] / (share @ fertility[parts]))
        seed = people[:, :, [k] * len(parts)] * share * np.exp(fade[:, np.newaxis] * relative)
        whole = people[:, :, k] * (totals[:, parts].sum(axis=1) / people[:, :, k].sum(axis=1))[:, np.newaxis]
        found[:, :, parts] = exact_margins(seed, whole, totals[:, parts])
    return found


def _parents(source: Source, regions: tuple[str, ...]) -> Array:
    """(region of today,) position of the territory it belonged to in `regions`."""
    split = source.table("boundaries/crosswalk")
    old = {row.region: row.old_region for row in split.itertuples() if row.old_region in regions}
    return np.array([regions.index(old.get(region, region)) for region in source.ids])


def _births_then(source: Source, regions: tuple[str, ...], people: Array, calendar: int) -> Array:
    """(sex, region) births of a year on former territories, adding up to the nation's."""
    nation = people[0].sum(axis=1)
    level = total_fertility(source, regions, calendar)
    modelled = level * (fertility_of(source, calendar, nation) @ people[0])
    known = known_events(source, "births").set_index(["region", "year"])["value"]
    counted = np.array([known.get((region, calendar), np.nan) for region in regions])
    left = national_events(source, calendar)["births"] - np.nansum(counted)
    missing = np.isnan(counted)
    births = np.where(missing, modelled * left / modelled[missing].sum(), counted)
    return _by_sex(source, births, calendar)


def _by_sex(source: Source, births: Array, calendar: int) -> Array:
    ratio = sex_ratio_at_birth(source, calendar)
    return np.stack([births / (1 + ratio), births * ratio / (1 + ratio)])


def _year(
    base: Base,
    people: Array,
    calendar: int,
    totals: dict[int, Array],
    errors: tuple[float, float],
) -> tuple[Year, Array]:
    """Accounts and rates of a calendar year, and the population at its end."""
    source = base.source
    ids = source.ids
    mx = mortality_of(source, ids, calendar)
    level = total_fertility(source, ids, calendar)
    later = people
    known_later = base.population.get(calendar + 1)
    for _ in range(2):  # exposure needs the year's end, which needs the accounts
        middle = (people + (later if known_later is None else known_later)) / 2
        pattern = fertility_of(source, calendar, middle[0].sum(axis=1))
        births = level * (pattern @ middle[0])
        deaths = (mx * middle).sum(axis=(0, 1))
        entries = _entries(base, births, deaths, calendar, totals, errors)
        found = books.balance(entries, what=say("components of {year}", year=calendar))
        scale = found[1] / deaths
        migrants = migration_by_age(base.ages, people, found[4], found[2], found[3])
        born = _by_sex(source, found[0], calendar)
        later = forward(people, mx * scale, born, migrants, totals[calendar + 1], base.ages)
        stayers = survivors(people, mx * scale, born).sum(axis=1)
    end = later if known_later is None else known_later
    middle = (people + end) / 2
    shape = level * pattern[:, np.newaxis]
    year = Year(
        calendar, found, totals[calendar + 1] - stayers, shape, mx,
        shape * found[0] / (shape * middle[0]).sum(axis=0),
        mx * found[1] / (mx * middle).sum(axis=(0, 1)),
        float((shape * middle[0]).sum()), float((mx * middle).sum()),
    )  # fmt: skip
    return year, later


def _entries(
    base: Base,
    births: Array,
    deaths: Array,
    calendar: int,
    totals: dict[int, Array],
    errors: tuple[float, float],
) -> books.Accounts:
    """First values and errors of a year's accounts, scaled to the nation's registered totals."""
    source = base.source
    events = national_events(source, calendar)
    people = totals[calendar].sum(axis=0)
    values = np.zeros((len(books.ENTRIES), len(people)))
    sigma = np.zeros_like(values)
    for entry, (name, modelled, error) in enumerate((
        ("births", births, errors[0]), ("deaths", deaths, errors[1]),
    )):  # fmt: skip
        known = known_events(source, name).set_index(["region", "year"])
        values[entry] = modelled * events[name] / modelled.sum()
        sigma[entry] = error * values[entry]
        for r, region in enumerate(source.ids):
            if (region, calendar) in known.index:
                values[entry, r], sigma[entry, r] = known.loc[(region, calendar), ["value", "error"]]
    for entry, name in ((2, "immigration"), (3, "emigration")):
        values[entry], sigma[entry] = external_by_region(source, name, calendar, events[name], people)
    values[4], sigma[4] = _known_nets(source, calendar)
    natural, natural_sigma = _known_natural(source, calendar, values[0])
    wanted = np.array([events["births"], events["deaths"], events["immigration"], events["emigration"], 0])
    growth = totals[calendar + 1].sum(axis=0) - people
    return books.Accounts(values, sigma, wanted, growth, natural, natural_sigma)


def _known_nets(source: Source, calendar: int) -> tuple[Array, Array]:
    """(region,) published net internal migration and its error; unknown ones follow from growth."""
    moves = source.table("internal_migration")
    rows = moves[(moves["year"] == calendar) & (moves["measure"] == "net")].set_index("region")
    value = rows["value"].reindex(source.ids)
    rounded = rows["note"].fillna("").str.contains("rounded").reindex(source.ids)
    error = np.where(value.isna(), UNKNOWN_NET, np.where(rounded == True, ROUNDED_NET, 0.0))  # noqa: E712
    return np.where(value.isna(), 0.0, value), error


def _known_natural(source: Source, calendar: int, births: Array) -> tuple[Array, Array]:
    """(region,) published natural increase, NaN where there is none, and its error."""
    table = source.table("natural_increase")
    rows = table[table["year"] == calendar].set_index("region")["value"]
    return rows.reindex(source.ids).to_numpy(dtype=float), NATURAL_ERROR * births


def _tilted(base: Base, seed: Array, year: int, years: dict[int, Year], totals: Array) -> Array:
    """(sex, age, region) on the date of the national margins, met exactly, as are region totals.

    Every region's seed is tilted until its fertility gives the births of its accounts, its
    mortality the deaths, and a published number of children is met.
    """
    source, nation = base.source, base.national[year]
    around = [years[c] for c in (year - 1, year) if c in years]
    fertility = sum(one.fertility for one in around)
    mortality = sum(one.mortality for one in around)
    born, died = (sum(one.accounts[entry] for one in around) for entry in (0, 1))
    groups = [counted_groups(source, region, year) for region in source.ids]
    slope = SETTLED * (AGE - 40) / 40
    shared = of_both(np.stack([FERTILE, OLD, CHILDREN]))
    curves = np.concatenate([of_sex(np.stack([SETTLED, slope])), shared])
    spread = np.array([np.inf, SLOPE_SPREAD] * 2 + [FERTILE_SPREAD, OLD_SPREAD, CHILDREN_SPREAD])

    def territories(people: Array) -> list[Territory]:
        """Births and deaths count in the scale that makes the nation's come true."""
        births = np.zeros_like(people)
        births[0] = fertility * born.sum() / (fertility * people[0]).sum()
        deaths = mortality * died.sum() / (mortality * people).sum()
        found = []
        for r, region in enumerate(source.ids):
            known = Known()
            for sex in range(len(SEXES)):
                known.group(sex, 0, AGES[-1], totals[sex, r])
            known.add(births[:, :, r], born[r], FITTED_BIRTHS * born[r])
            known.add(deaths[:, :, r], died[r], FITTED_DEATHS * died[r])
            for first, last, value in groups[r]:
                known.add(ages_of(None, first, last), value, FITTED_CHILDREN * value)
            found.append(Territory(region, known, curves, spread))
        return found

    what = say("regional age structure {year}", year=year)
    start = exact_margins(seed, nation, totals)
    fitted = fit_together(nation, territories, start, rounds=TILT_ROUNDS, what=what)
    return exact_margins(fitted, nation, totals)


def counted_groups(source: Source, region: str, year: int) -> list[tuple[int, int, float]]:
    """Published counts of one age group on 1 January `year`: first age, last age, persons."""
    table = source.table("figures")
    dates = [str(d) for d in source.choices["counted_on_1_january"]]
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
