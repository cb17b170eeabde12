"""A data package as it would have been built at an earlier date, for backtests.

The whole estimate and every model is made again from what was published of the years before the
origin; the run that follows reads the result like any package. What an origin cannot hide:
the totals of the origin itself (rebased to a census later), published months after it; age
patterns of mothers, infants and migrants and statuses of ethnic returnees, which were published for
few years only; and, before any revision of the United Nations in the package was out, its oldest
one. United Nations revisions count from the 1 January after they were printed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from forecast.dataset import Dataset
from forecast.errors import InputError
from forecast.estimate.accounts import balance
from forecast.estimate.base import Base, Year, estimate_base
from forecast.estimate.build import estimated_tables, estimates_of
from forecast.estimate.entries import UNKNOWN_NET, first_accounts
from forecast.estimate.present import parents
from forecast.estimate.source import Source
from forecast.estimate.tilt import Array
from forecast.estimate.vital import fertility_of, mortality_of, total_fertility
from forecast.words import say


def dataset_as_of(dataset: Dataset, origin: int) -> Dataset:
    """The package with 1 January `origin` as its base, estimated from earlier years alone.

    Raises InputError when `origin` is not a date from which the present regions can be forecast
    and held against what came.
    """
    refuse_origin(dataset, origin)
    source = Source(dataset, origin - 1)
    base = estimate_base(source)
    if not base.years:
        base.years = {origin - 1: _year_before(base, origin - 1)}
    frames = _typed(estimated_tables(estimates_of(base)))
    observed = {name: source.table(name) for name in dataset.tables if name.startswith("observed/")}
    for name in ("observed/population_average", "observed/labour_force"):
        if name in observed:
            observed[name] = observed[name][observed[name]["year"] < origin]
    facts = {**dataset.country, "base_year": origin, "last_year_observed": origin - 1}
    frames = {**observed, **{f"estimated/{name}": frame for name, frame in frames.items()}}
    contents = {
        name: content for name, content in dataset.contents.items()
        if not name.startswith("estimated/")
    }  # fmt: skip
    contents |= dict.fromkeys(frames, b"")
    return replace(dataset, country=facts, contents=contents, _frames=frames, _made={})


def refuse_origin(dataset: Dataset, origin: int) -> None:
    """Raise InputError for a 1 January from which the present regions cannot be forecast."""
    stocks = sorted(int(year) for year in dataset.table("population")["year"].unique())
    known = [year for year in stocks if year < dataset.base_year]
    if origin not in known:
        message = say("no backtest from {year}; known: {names}", year=origin,
                      names=", ".join(str(year) for year in known))  # fmt: skip
        raise InputError("--origins", message)


def _typed(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Tables as they are read from their files: whole numbers and decimals as numbers."""
    return {
        name: frame.assign(value=pd.to_numeric(frame["value"])).fillna({"region": ""})
        if "region" in frame else frame.assign(value=pd.to_numeric(frame["value"]))
        for name, frame in tables.items()
    }  # fmt: skip


def _year_before(base: Base, calendar: int) -> Year:
    """The last calendar year before the present regions began, on their territories.

    Births and deaths are those of the former territories, by fertility and mortality of the
    parts; mortality is that of the last year that a trend may use. Migration is what the growth of
    the two years before left; its internal part sums to zero over the nation. Nothing tells the
    gross moves of that time, so the smaller of arrivals and departures is an assumption.
    """
    source, people = base.source, base.population[calendar + 1]
    regions, parent = base.regions_then, parents(base.source, base.regions_then)
    normal = calendar
    while normal in source.years_without_mortality_trend:
        normal -= 1
    mx = mortality_of(source, regions, normal)[:, :, parent]
    pattern = fertility_of(source, calendar, people[0].sum(axis=1))
    fertility = pattern[:, np.newaxis] * total_fertility(source, regions, calendar)[parent]
    share = people.sum(axis=(0, 1))
    net = _net_then(base, calendar)
    modelled = (fertility * people[0]).sum(axis=0), (mx * people).sum(axis=(0, 1))
    totals = base.totals[calendar + 1], base.totals[calendar + 1]
    first = first_accounts(source, calendar, modelled, (0.03, 0.05), totals)
    first.values[4] = net - (first.values[2] - first.values[3])
    first.values[4] -= first.values[4].sum() * part_of(np.abs(first.values[4]))
    first.sigma[4] = np.minimum(first.sigma[4], UNKNOWN_NET)
    growth = np.array([1.0, -1.0, 1.0, -1.0, 1.0]) @ first.values
    signs = first.totals[0] - first.totals[1] + first.totals[2] - first.totals[3]
    first.growth = growth + (signs - growth.sum()) * part_of(share)
    first.growth = np.rint(first.growth)
    first.growth[0] += signs - first.growth.sum()
    first.natural = np.full(len(share), np.nan)
    found = balance(first, what=say("components of {year}", year=calendar))
    return Year(found, np.zeros((2, len(share))), fertility, mx)


def part_of(values: Array) -> Array:
    """Each value as a part of the sum."""
    parts: Array = values / values.sum()
    return parts


def _net_then(base: Base, last: int) -> Array:
    """(region of today,) mean yearly net migration: growth less births plus deaths.

    Growth is that of the annual averages, which are published on the present territories, from
    the middle of the year two before `last` to the middle of `last`; births and deaths are those
    of the year between at the rates of the former territory and the people of the first date.
    """
    source, people = base.source, base.population[last + 1]
    regions, parent = base.regions_then, parents(base.source, base.regions_then)
    table = source.table("population_average")
    rows = table[(table["area"] == "total") & (table["sex"] == "total")]
    wide = rows.pivot(index="region", columns="year", values="value").loc[list(source.ids)]
    growth = (wide[last] - wide[last - 2]).to_numpy(dtype=float) / 2
    middle = last - 1
    pattern = fertility_of(source, middle, people[0].sum(axis=1))
    births = total_fertility(source, regions, middle)[parent] * (pattern @ people[0])
    deaths = (mortality_of(source, regions, middle)[:, :, parent] * people).sum(axis=(0, 1))
    net: Array = growth - births + deaths
    return net
