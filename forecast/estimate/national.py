"""The nation by sex and single age on each 1 January for which broad age margins are published.

Shape: single cohorts of the United Nations, brought to the annual five-year totals of a later
revision all at once; below the oldest cohort with registered births, those births less
deaths. Level: the published margins, and the registered births and deaths of the years around,
which tell how many women and old people there are where fertility and mortality are known.
Earlier dates hold the same cohorts, put back by survival, within the margins of their date.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.demography.lifetable import survival
from forecast.errors import InputError
from forecast.estimate.published import is_life_known, national_events
from forecast.estimate.source import Source, remembered
from forecast.estimate.tilt import (
    AGE,
    Array,
    Known,
    calibrate,
    hats,
    of_both,
    of_sex,
    smooth_rake,
)
from forecast.estimate.un import closed_out, un_five, un_mortality, un_single
from forecast.estimate.vital import fertility_of, mortality_of, sex_ratio_at_birth, total_fertility
from forecast.space import AGES, OPEN_AGE, SEXES
from forecast.words import say

WINDOW = 3  # years of five-year totals used on each side of the reference year
OLDEST_GROUP = 85  # totals of older five-year groups are too small to be rounded to thousands
ROUNDING = 3000.0  # persons: totals are rounded to thousands; a window differs by few cohorts
RELATIVE_ERROR = 0.002
COHORT_SPREAD = 0.05  # log: how far a cohort may leave the shape of the earlier revision
COHORT_NODES = np.arange(0, 101, 2.5)  # years: finer ones would follow the rounding
BLEND = 8  # years over which the gap between registered births and cohorts fades, each side
FERTILE_NODES = np.array([13.0, 20.0, 27.0, 33.0, 40.0, 50.0])
FERTILE_SPREAD = 0.03
EVENT_ERROR = 0.003  # relative: rates are published to two or three digits
OLD_NODES = np.array([55.0, 61.0, 66.0, 71.0, 76.0, 81.0, 86.0, 92.0])
OLD_SPREAD = 0.05
DEATH_ERROR = 0.01


def margin_years(source: Source) -> list[int]:
    """Years of the published broad age margins of the nation, ascending."""
    return sorted(_margin_rows(source)["year"].unique())


def margins(source: Source, year: int, region: str) -> pd.DataFrame:
    """Published counts by sex and broad age on 1 January: sex, age_from, age_to, value."""
    rows = _margin_rows(source, region)
    rows = rows[rows["year"] == year]
    if rows.empty:
        message = say("no age margins of {region} on 1 January {year}", region=region, year=year)
        raise InputError("population_broad_age, population_age_margins", message)
    return rows[["sex", "age_from", "age_to", "value"]].sort_values(["sex", "age_from"])


def national_structures(source: Source) -> dict[int, Array]:
    """(sex, age) persons of the nation on 1 January of each year with margins, margins met."""
    years = [year for year in margin_years(source) if year <= source.until + 1]
    last = max(years)
    cohorts = _latest_structure(source, last)
    found = {last: cohorts}
    for year in years[:-1]:
        earlier = cohorts
        for calendar in range(last - 1, year - 1, -1):
            earlier = put_back(earlier, national_survival(source, calendar))
        known, nodes = _known_margins(source, year)
        what = say("national age structure {year}", year=year)
        found[year] = smooth_rake(earlier, known, nodes, what=what)
    return dict(sorted(found.items()))


def _latest_structure(source: Source, year: int) -> Array:
    reference = year - 2  # the cohorts of the margins are two years older than those of the shape
    cohorts = _cohorts(source, reference)
    for calendar in range(reference, year):
        cohorts = grown_older(cohorts, national_survival(source, calendar))
    base = _join(cohorts, survivors_of_births(source, year))
    known, nodes = _known_margins(source, year)
    raked = smooth_rake(base, known, nodes, what=say("national age structure {year}", year=year))
    fertile = hats(FERTILE_NODES)[1:-1]  # nothing moves at the first and last node and beyond
    old = hats(OLD_NODES)[1:]
    curves = np.concatenate([of_sex(hats(nodes)), of_both(fertile), of_both(old)])
    counts = [2 * len(nodes), len(fertile), len(old)]
    spread = np.repeat([np.inf, FERTILE_SPREAD, OLD_SPREAD], counts)
    for calendar in range(year - 1, source.until + 1):
        _add_events(source, known, raked, year, calendar)
    return calibrate(raked, curves, known, spread, what=say("national age structure"))


def _add_events(source: Source, known: Known, people: Array, year: int, calendar: int) -> None:
    """Registered births, births by age of mother and deaths of a year, as counts of `people`."""
    events = national_events(source, calendar)
    mx = mortality_of(source, (source.nation,), calendar)[:, :, 0]
    opening, age_then = _weights(source, year, calendar)
    closing, age_after = _weights(source, year, calendar + 1)

    def exposed(rates: Array) -> Array:
        """Weight of each person of 1 January `year` in the events of the calendar year."""
        before = np.where(age_then >= 0, opening * rates[:, np.clip(age_then, 0, OPEN_AGE)], 0)
        after = np.where(age_after >= 0, closing * rates[:, np.clip(age_after, 0, OPEN_AGE)], 0)
        return (before + after) / 2

    there = np.clip(age_then, 0, OPEN_AGE).astype(int)
    middle = np.bincount(there, people[0] * opening[0], len(AGES)).astype(float)
    pattern = fertility_of(source, calendar, middle)
    asfr = np.zeros((2, len(AGES)))
    asfr[0] = total_fertility(source, (source.nation,), calendar)[0] * pattern
    known.add(exposed(asfr), events["births"], EVENT_ERROR * events["births"])
    if is_life_known(source, source.nation, calendar):
        known.add(exposed(mx), events["deaths"], DEATH_ERROR * events["deaths"])


@remembered
def survivors_of_births(source: Source, year: int) -> Array:
    """(sex, age) registered births still alive on 1 January `year`, ages 0 .. year of first births.

    Each cohort passes through the United Nations mortality of its years; migration is left to
    the margins.
    """
    events = source.table("vital_events")
    rows = events[(events["region"] == source.nation) & (events["event"] == "births")]
    births = rows.set_index("year")["value"].sort_index()
    alive = np.zeros((2, 0))
    for calendar in range(int(births.index.min()), year):
        into = survival(un_mortality(source, calendar))
        ratio = sex_ratio_at_birth(source, calendar)
        boys = ratio / (1 + ratio)
        born = births[calendar] * np.array([[1 - boys], [boys]])
        older = alive * into[:, 1 : alive.shape[1] + 1]
        alive = np.concatenate([born * into[:, :1], older], axis=1)
    return alive


@remembered
def national_survival(source: Source, calendar: int) -> Array:
    """(sex, age) survival of the nation through a calendar year, at its life expectancy."""
    return survival(mortality_of(source, (source.nation,), calendar)[:, :, 0])


def grown_older(people: Array, into: Array) -> Array:
    """One year older: (sex, age, ...) survivors; age 0 is left empty, for the births."""
    older = np.zeros_like(people)
    older[:, 1:] = people[:, :-1] * into[:, 1:]
    older[:, OPEN_AGE] = (people[:, OPEN_AGE - 1] + people[:, OPEN_AGE]) * into[:, OPEN_AGE]
    return older


def put_back(people: Array, into: Array) -> Array:
    """One year younger: those who lived to be counted, before the deaths of the year."""
    younger = np.zeros_like(people)
    younger[:, :-1] = people[:, 1:] / into[:, 1:]
    pooled = younger[:, OPEN_AGE - 1].copy()
    share = into[:, OPEN_AGE]  # of the last two ages, about the part that is in the open one
    younger[:, OPEN_AGE], younger[:, OPEN_AGE - 1] = pooled * share, pooled * (1 - share)
    return younger


def _cohorts(source: Source, year: int) -> Array:
    """Cohorts on 1 January `year` that give the five-year totals of the years around it.

    A five-year total of each of several years holds a sliding window of cohorts, so together
    they tell single cohorts apart better than the total of one year does.
    """
    known = Known()
    for other in range(year - WINDOW, year + WINDOW + 1):
        weight, age_then = _weights(source, year, other)
        totals = un_five(source, other)
        for first, total in zip(totals.index.to_numpy(dtype=int), totals, strict=True):
            if max(other - year, 0) <= first <= OLDEST_GROUP:
                inside = (age_then >= first) & (age_then < first + 5)
                known.add(weight * inside, total, ROUNDING + RELATIVE_ERROR * total)
    curves = of_both(hats(COHORT_NODES))
    spread = np.full(len(curves), COHORT_SPREAD)
    single = closed_out(un_single(source, year), un_mortality(source, year), OLDEST_GROUP)
    return calibrate(single, curves, known, spread)


def _weights(source: Source, year: int, other: int) -> tuple[Array, Array]:
    """Persons on 1 January `other` for each person of 1 January `year`, and their age then."""
    weight, age_then = np.ones((2, len(AGES))), np.asarray(AGES) + (other - year)
    for calendar in range(year, other):
        into = national_survival(source, calendar)
        weight *= into[:, np.minimum(np.asarray(AGES) + calendar - year + 1, OPEN_AGE)]
    for calendar in range(other, year):
        into = national_survival(source, calendar)
        weight /= into[:, np.maximum(np.asarray(AGES) + calendar - year + 1, 0)]
    return weight, age_then


def _join(cohorts: Array, born: Array) -> Array:
    """Registered births below, cohorts above; the gap at the limit fades out on both sides."""
    limit = born.shape[1]
    joined = cohorts.copy()
    joined[:, :limit] = born
    slope = np.sqrt(born[:, limit - 1] / born[:, limit - 2])  # the cohorts' own change with age
    slope = slope * np.sqrt(cohorts[:, limit + 1] / cohorts[:, limit])
    gap = np.log(cohorts[:, limit] / (born[:, limit - 1] * slope))
    distance = np.clip((AGE - (limit - 0.5)) / BLEND, -1, 1)
    fade = np.where(distance < 0, (1 + distance) / 2, -(1 - distance) / 2)
    return joined * np.exp(gap[:, np.newaxis] * fade)


def _known_margins(source: Source, year: int) -> tuple[Known, Array]:
    """The published margins, and one node in the middle of each broad age group."""
    known = Known()
    middles = set()
    for row in margins(source, year, source.nation).to_dict("records"):
        known.group(SEXES.index(row["sex"]), row["age_from"], row["age_to"], row["value"])
        middles.add((row["age_from"] + min(row["age_to"], OLDEST_GROUP)) / 2)
    groups = len(known.values) // len(SEXES)
    # The limits of the sexes may differ (retirement ages): neighbouring middles share a node.
    return known, np.asarray([part.mean() for part in np.array_split(sorted(middles), groups)])


def _margin_rows(source: Source, region: str | None = None) -> pd.DataFrame:
    tables = ("population_broad_age", "population_age_margins")
    rows = pd.concat([source.table(name) for name in tables])
    return rows[rows["region"] == (region or source.nation)]
