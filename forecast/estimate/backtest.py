"""How far the base of an earlier date, moved on at the rates of its time, misses the present.

The estimate is made again with the events up to the year before the origin and carried to the
base year: fertility, mortality and net migration stay at their last published level. Beside it
stands persistence of the last growth. What an origin cannot hide: the totals of the origin
itself (rebased to a census later), national age margins of that 1 January, published months
after it, the later revision of the United Nations whose shapes are used, and age patterns of
mothers, infants and migrants, published for few years only.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.dataset import Dataset
from forecast.demography.lifetable import survival
from forecast.estimate.base import Base, estimate_base, totals_by_sex
from forecast.estimate.national import grown_older
from forecast.estimate.present import births_by_sex, parents
from forecast.estimate.published import known_events
from forecast.estimate.roll import migration_by_age
from forecast.estimate.source import Source
from forecast.estimate.tilt import Array
from forecast.estimate.vital import fertility_of, mortality_of, total_fertility

YEARS_OF_NET = 2  # of the years before the origin, where migration is what growth leaves


def backtest_base(dataset: Dataset, origin: int) -> pd.DataFrame:
    """Population of the base year by region as forecast from 1 January `origin`.

    Columns region, observed, forecast, persistence (persons), error and persistence_error
    (relative: forecast / observed - 1). The last row is the nation.
    """
    source = Source(dataset, origin - 1)
    base = estimate_base(source)
    people = base.population[origin]
    level, mx, net = _rates(base, origin)
    growth = _last_growth(base, origin)
    for calendar in range(origin, dataset.base_year):
        people = _next(base, people, calendar, (level, mx, net))
    observed = totals_by_sex(Source(dataset))[dataset.base_year].sum(axis=0)
    opening = base.totals[origin].sum(axis=0)
    frame = pd.DataFrame({
        "region": source.ids,
        "observed": observed,
        "forecast": people.sum(axis=(0, 1)),
        "persistence": opening * growth ** (dataset.base_year - origin),
    })  # fmt: skip
    nation = frame.sum(numeric_only=True).to_frame().T.assign(region=source.nation)
    frame = pd.concat([frame, nation], ignore_index=True)
    frame["error"] = frame["forecast"] / frame["observed"] - 1
    frame["persistence_error"] = frame["persistence"] / frame["observed"] - 1
    return frame


def _next(base: Base, people: Array, calendar: int, rates: tuple[Array, Array, Array]) -> Array:
    """A year on at fixed total fertility (region,), mortality and net migrants (region,)."""
    level, mx, net = rates
    into = survival(mx)
    later = grown_older(people, into)
    nothing = np.zeros_like(net)
    later += migration_by_age(base.ages, people, net, nothing, nothing)
    middle = (people + later) / 2
    pattern = fertility_of(base.source, calendar, middle[0].sum(axis=1))
    later[:, 0] += births_by_sex(base.source, level * (pattern @ middle[0]), calendar) * into[:, 0]
    return later


def _rates(base: Base, origin: int) -> tuple[Array, Array, Array]:
    """(region,) total fertility, (sex, age, region) mortality, (region,) net migration."""
    source, last = base.source, origin - 1
    if last in base.years:
        year = base.years[last]
        _, _, immigration, emigration, internal = year.accounts
        return year.fertility.sum(axis=0), year.mortality, internal + immigration - emigration
    regions, parent = base.regions_then, parents(source, base.regions_then)
    normal = last
    while normal in source.years_without_mortality_trend:
        normal -= 1
    level = total_fertility(source, regions, last)[parent]
    mx = mortality_of(source, regions, normal)[:, :, parent]
    share = base.totals[origin].sum(axis=0)
    share = share / np.bincount(parent, weights=share)[parent]
    return level, mx, _net_then(base, last)[parent] * share


def _net_then(base: Base, last: int) -> Array:
    """(region then,) mean yearly net migration: published growth less births plus deaths."""
    source, regions, people = base.source, base.regions_then, base.structure_then
    table = source.table("population_published").groupby(["region", "year"])["value"].sum()
    nets = []
    for calendar in range(last - YEARS_OF_NET, last):
        growth = np.array([table[r, calendar + 1] - table[r, calendar] for r in regions])
        pattern = fertility_of(source, calendar, people[0].sum(axis=1))
        level = total_fertility(source, regions, calendar)
        births = _counted(source, "births", calendar, regions, level * (pattern @ people[0]))
        mx = mortality_of(source, regions, calendar)
        deaths = _counted(source, "deaths", calendar, regions, (mx * people).sum(axis=(0, 1)))
        nets.append(growth - births + deaths)
    return np.mean(nets, axis=0)


def _counted(
    source: Source, event: str, calendar: int, regions: tuple[str, ...], modelled: Array
) -> Array:
    known = known_events(source, event).set_index(["region", "year"])["value"]
    pairs = zip(regions, modelled, strict=True)
    return np.array([float(known.get((region, calendar), guess)) for region, guess in pairs])


def _last_growth(base: Base, origin: int) -> Array:
    """(region,) growth factor of the last whole year before the origin, on one series."""
    if origin - 1 in base.totals:
        return base.totals[origin].sum(axis=0) / base.totals[origin - 1].sum(axis=0)
    table = base.source.table("population_published").groupby(["region", "year"])["value"].sum()
    then = [table[r, origin - 1] / table[r, origin - 2] for r in base.regions_then]
    return np.array(then)[parents(base.source, base.regions_then)]
