"""What the estimates take from the United Nations tables, latest revision, as arrays."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.demography.lifetable import life_table
from forecast.demography.schedules import single_year_rates
from forecast.errors import InputError
from forecast.estimate.source import Source, remembered
from forecast.estimate.tilt import Array
from forecast.space import AGES, SEXES
from forecast.words import say


def un_mortality(source: Source, calendar: int) -> Array:
    """(sex, age) death rates of the United Nations five-year period that holds a calendar year."""
    return un_period_mortality(source, 5 * (calendar // 5))


@remembered
def un_period_mortality(source: Source, start: int) -> Array:
    """(sex, age) death rates of the five years from `start`, by single age."""
    table = _latest(source.table("un_mortality"))
    rows = table[table["period"].str.startswith(f"{start}-")]
    if rows.empty:
        raise InputError("un_mortality", say("no period that starts in {year}", year=start))
    both = []
    for sex in SEXES:
        part = rows[rows["sex"] == sex].sort_values("age_from")
        both.append(single_year_rates(part["age_from"].to_numpy(), part["value"].to_numpy()))
    return np.stack(both)


def un_fertility(source: Source) -> pd.DataFrame:
    """Fertility by five-year group of ages and year, of the latest revision; any level.

    Older revisions print rates where later ones print shares: both tell the same pattern, because
    all groups are five years wide.
    """
    table = _latest(source.table("un_fertility"))
    shares = table[table["measure"] == "share"]
    return shares if len(shares) else table[table["measure"] == "rate"]


def un_periods(source: Source) -> list[int]:
    """First years of the five-year periods with mortality."""
    table = _latest(source.table("un_mortality"))
    return sorted(int(period[:4]) for period in table["period"].unique())


@remembered
def un_indicator(source: Source, measure: str) -> pd.Series:
    """One indicator by year."""
    table = _latest(source.table("un_indicators"))
    return table[table["measure"] == measure].set_index("year")["value"]


def un_single(source: Source, year: int) -> Array:
    """(sex, age) persons on 1 January: the mean of two tables of 1 July."""
    table = source.table("un_population_single")
    both = []
    for july in (year - 1, year):
        wide = table[table["year"] == july].pivot(index="sex", columns="age", values="value")
        both.append(wide.reindex(index=list(SEXES), columns=list(AGES)).to_numpy(dtype=float))
    return (both[0] + both[1]) / 2


def closed_out(people: Array, mx: Array, first: int) -> Array:
    """`people` (sex, age) with the ages from `first` on smoothed; their total by sex stays.

    Interpolated single ages are rough among the very old. From `first` - 1 on a population falls
    as the life table does, and by a constant rate that the total decides (as in the closing
    of open age groups by a stable population: Preston et al. 2001, chapter 7).
    """
    lived = life_table(mx).Lx[:, first - 1 :]
    relative = people[:, first - 1 : first] * lived[:, 1:] / lived[:, :1]
    beyond = np.arange(1, relative.shape[1] + 1)
    total = people[:, first:].sum(axis=1)
    low, high = np.full(2, -1.0), np.full(2, 1.0)
    for _ in range(60):
        rate = (low + high) / 2
        found = (relative * np.exp(-rate[:, np.newaxis] * beyond)).sum(axis=1)
        low, high = np.where(found > total, rate, low), np.where(found > total, high, rate)
    smooth = people.copy()
    smooth[:, first:] = relative * np.exp(-rate[:, np.newaxis] * beyond)
    smooth[:, first:] *= (total / smooth[:, first:].sum(axis=1))[:, np.newaxis]
    return smooth


def un_five(source: Source, year: int) -> pd.Series:
    """Five-year totals of both sexes on 1 January by first age (the revision with annual years)."""
    table = _latest(source.table("un_population_five"))
    both = []
    for july in (year - 1, year):
        rows = table[(table["year"] == july) & (table["sex"] == "total")]
        if rows.empty:
            raise InputError("un_population_five", say("no five-year totals of {year}", year=july))
        both.append(rows.set_index("age_from")["value"].sort_index())
    return (both[0] + both[1]) / 2


def _latest(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["revision"] == table["revision"].max()]
