"""Labour supply: who takes part, by sex, age and region.

    LF[r, t] = sum over sex s and age a of  P[s, a, r, t] lambda[s, a, r, t]

P is the mean of two 1 January populations, because a published labour force is the average of
a year. lambda is a national pattern moved, for each region, by one number on the logit scale
until the published labour force of the region is met: rates stay between 0 and 1 and ages that
nearly all work move little, which a common factor would not give.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import Faults, InputError, collect, did_you_mean, in_row
from forecast.space import AGES, SEXES, Space, resolve_sex
from forecast.words import say

Array = NDArray[np.float64]

STAGES = ("any", "before", "after")  # of a band: whatever the pensionable age, before it, after it
WIDEST_SHIFT = 8.0  # on the logit scale: odds times 3,000
NEWTON_STEPS = 50  # six are enough for the bands of a labour force survey


@dataclass(frozen=True)
class Pattern:
    """National participation by sex and single age, before and after the pensionable age.

    before, after : (sex, age) labour force per person
    pension_years : calendar years of `pension_ages`, ascending and without gaps
    pension_ages  : (sex, year) pensionable age; the last one holds for later years
    """

    before: Array
    after: Array
    pension_years: tuple[int, ...]
    pension_ages: Array

    def of_year(self, year: int) -> Array:
        """(sex, age) participation in calendar year `year`.

        Of the people aged a, the share A - a (between 0 and 1) has not reached the pensionable
        age A; they follow `before`, the others `after`. Raises InputError before the first
        year of the table.
        """
        share = self.before_pension(year)
        rates: Array = share * self.before + (1 - share) * self.after
        return rates

    def before_pension(self, year: int) -> Array:
        """(sex, age) share of the people who have not reached the pensionable age of `year`."""
        if year < self.pension_years[0]:
            message = say("no pensionable age for {year}", year=year)
            raise InputError("norms/pension_age", message)
        place = min(year, self.pension_years[-1]) - self.pension_years[0]
        ages = np.asarray(AGES, dtype=float)
        share: Array = np.clip(self.pension_ages[:, place, None] - ages[None, :], 0.0, 1.0)
        return share


def read_pattern(participation: pd.DataFrame, pension_age: pd.DataFrame) -> Pattern:
    """The pattern of the tables norms/participation and norms/pension_age.

    participation : sex, age_from, age_to, pension (any | before | after), value. Ages below
                    the first band take no part; the bands of a sex follow each other to 100.
    pension_age   : sex, year, value
    Raises InputError with every fault of each table.
    """
    with collect("norms/participation") as faults:
        before = np.zeros((len(SEXES), len(AGES)))
        after = np.zeros_like(before)
        bands = _bands(participation, faults)
        for sex, name in enumerate(SEXES):
            for rates, stage in ((before, "before"), (after, "after")):
                chosen = [band for band in bands if band[0] == name and band[3] in ("any", stage)]
                _check_bands(name, stage, chosen, faults)
                if not faults:
                    rates[sex] = _rates_of(chosen)
    years, ages = _pension_ages(pension_age)
    return Pattern(before, after, years, ages)


def _rates_of(bands: Sequence[tuple[str, int, int, str, float]]) -> Array:
    """(age,) rates of the bands of one sex and stage.

    Bands up to the first that depends on the pensionable age become a curve; from there on
    they stay flat, because the step at that age is real, and so does the open band.
    """
    rates = np.zeros(len(AGES))
    for _, first, last, _, rate in bands:
        rates[first : last + 1] = rate
    smooth = list(
        takewhile(lambda band: band[3] == "any" and band[2] < AGES[-1] and band[4] > 0, bands)
    )
    if smooth:
        curve = single_ages([(first, last, rate) for _, first, last, _, rate in smooth])
        rates[smooth[0][1] : smooth[-1][2] + 1] = curve
    return rates


def single_ages(bands: Sequence[tuple[int, int, float]]) -> Array:
    """(age,) rates by single age, from the first age on, with the mean of each band kept exactly.

    bands : (first age, last age, rate), ascending, without gaps; rates above 0 and below 1

    The logit of the rate is the curve that changes least from age to age (least sum of squared
    steps) for some mean of each band; those means are moved, by Newton steps, until the rates
    have theirs. On that scale the curve stays between 0 and 1 and does not swing beyond the
    steep ages at which people begin to work.
    """
    widths = [last - first + 1 for first, last, _ in bands]
    target = np.array([rate for *_, rate in bands])
    mean = np.repeat(np.eye(len(bands)), widths, axis=1) / np.array(widths)[:, None]
    smooth = _smoothest(mean)
    level = np.log(target / (1 - target))
    rates, missed = _rates_and_miss(smooth @ level, mean, target)
    for _ in range(NEWTON_STEPS):
        if np.abs(missed).max() < 1e-13:
            break
        move = np.linalg.solve((mean * rates * (1 - rates)) @ smooth, missed)
        length = 1.0
        while length > 1e-6:  # shorter steps where the full one would lead away
            found = _rates_and_miss(smooth @ (level + length * move), mean, target)
            if np.abs(found[1]).max() < np.abs(missed).max():
                break
            length /= 2
        else:
            break
        level = level + length * move
        rates, missed = found
    return rates


def _smoothest(mean: Array) -> Array:
    """(age, band) the curve with the least squared steps for given band means, as a linear map."""
    bands, ages = mean.shape
    steps = np.diff(np.eye(ages), axis=0)
    system = np.block([[steps.T @ steps, mean.T], [mean, np.zeros((bands, bands))]])
    goal = np.concatenate([np.zeros((ages, bands)), np.eye(bands)])
    curve: Array = np.linalg.solve(system, goal)[:ages]
    return curve


def _rates_and_miss(logit: Array, mean: Array, target: Array) -> tuple[Array, Array]:
    rates = 1 / (1 + np.exp(-logit))
    return rates, target - mean @ rates


def participation_at(pattern: Array, shift: Array, cap: float) -> Array:
    """(sex, age, region) the pattern moved by `shift` on the logit scale, at most `cap`.

    pattern : (sex, age) labour force per person
    shift   : (region,) logit(lambda) = logit(pattern) + shift
    Written with odds, so that ages that take no part stay at exactly 0.
    """
    odds = np.exp(shift)
    rates = pattern[:, :, None]
    moved: Array = np.minimum(rates * odds / (1 - rates + rates * odds), cap)
    return moved


def labour_force(population: Array, participation: Array) -> Array:
    """(region[, draw]) persons: population (sex, age, region[, draw]) times participation."""
    people: Array = np.einsum("sar...,sar->r...", population, participation)
    return people


def shift_to_meet(
    pattern: Array, population: Array, target: Array, cap: float, space: Space
) -> Array:
    """(region,) the shift with which each region's labour force is `target`, to the person.

    population : (sex, age, region) mean population of the year, persons
    target     : (region,) published labour force, persons
    By bisection: the labour force rises with the shift. Raises InputError when a region's
    labour force cannot be reached with at most `cap` of every age.
    """
    low = np.full(len(target), -WIDEST_SHIFT)
    high = np.full(len(target), WIDEST_SHIFT)
    ends = [labour_force(population, participation_at(pattern, end, cap)) for end in (low, high)]
    beyond = np.flatnonzero((target < ends[0]) | (target > ends[1]))
    with collect("observed/labour_force") as faults:
        for region in beyond:
            message = say(
                "a labour force of {target:.0f} cannot come from {people:.0f} people aged 15 and "
                "over who take part at most at {cap:.0%}",
                target=target[region], people=population[:, 15:, region].sum(), cap=cap,
            )  # fmt: skip
            faults.add(space.ids[region], message, say("check the population and the boundaries"))
    for _ in range(56):  # 16 / 2**56: below the rounding of a double
        middle = (low + high) / 2
        short = labour_force(population, participation_at(pattern, middle, cap)) < target
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    middle = (low + high) / 2
    return middle


def _bands(table: pd.DataFrame, faults: Faults) -> list[tuple[str, int, int, str, float]]:
    """(sex, first age, last age, stage, rate) of every row that can be read, by age."""
    bands = []
    for column in ("sex", "age_from", "age_to", "pension", "value"):
        if column not in table.columns:
            cure = did_you_mean(column, table.columns)
            faults.add(say("header"), say("no column '{name}'", name=column), cure)
    if faults:
        return []
    numbers = {
        column: pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=float)
        for column in ("age_from", "age_to", "value")
    }
    for row, line in enumerate(table.to_dict("records"), start=2):
        sex = resolve_sex(line["sex"])
        if sex is None:
            _add(faults, row, "sex", line["sex"], did_you_mean(str(line["sex"]), SEXES))
        if line["pension"] not in STAGES:
            cure = did_you_mean(str(line["pension"]), STAGES)
            _add(faults, row, "pension", line["pension"], cure)
        first, last, value = (numbers[column][row - 2] for column in numbers)
        if not (0 <= first <= last <= AGES[-1] and first == int(first) and last == int(last)):
            cure = say("ages are whole, from 0 to 100, the first not above the last")
            _add(faults, row, "age_from", f"{line['age_from']}-{line['age_to']}", cure)
        elif not 0 <= value < 1:
            cure = say("a share is at least 0 and below 1")
            _add(faults, row, "value", line["value"], cure)
        elif sex is not None:
            bands.append((sex, int(first), int(last), str(line["pension"]), value))
    return sorted(bands)


def _check_bands(
    sex: str, stage: str, bands: list[tuple[str, int, int, str, float]], faults: Faults
) -> None:
    """The bands of one sex and stage follow each other without gap or overlap, up to 100."""
    if faults:
        return
    where = f"{sex}, {stage}"
    if not bands:
        faults.add(where, say("there is no row"), say("add it; a missing value is never 0"))
        return
    for (_, _, last, _, _), (_, first, *_) in zip(bands, bands[1:], strict=False):
        if first != last + 1:
            message = say("after age {last} comes a band from {first}", last=last, first=first)
            faults.add(where, message, say("bands follow each other without gap or overlap"))
    if bands[-1][2] != AGES[-1]:
        message = say("the last band ends at {age}", age=bands[-1][2])
        faults.add(where, message, say("it must end at {age}", age=AGES[-1]))


def _pension_ages(table: pd.DataFrame) -> tuple[tuple[int, ...], Array]:
    """Calendar years and (sex, year) pensionable ages; every sex needs every year."""
    with collect("norms/pension_age") as faults:
        years = tuple(range(int(table["year"].min()), int(table["year"].max()) + 1))
        ages = np.full((len(SEXES), len(years)), np.nan)
        for row, line in enumerate(table.to_dict("records"), start=2):
            sex = resolve_sex(line["sex"])
            value = float(line["value"])
            if sex is None:
                _add(faults, row, "sex", line["sex"], did_you_mean(str(line["sex"]), SEXES))
            elif not 40 <= value <= 80:
                _add(faults, row, "value", line["value"], say("expected an age from 40 to 80"))
            else:
                ages[SEXES.index(sex), int(line["year"]) - years[0]] = value
        for sex_place, year_place in np.argwhere(np.isnan(ages)) if not faults else ():
            where = f"{SEXES[sex_place]}, {years[year_place]}"
            faults.add(where, say("there is no row"), say("add it; a missing value is never 0"))
    return years, ages


def _add(faults: Faults, row: int, column: str, found: object, cure: str) -> None:
    faults.add(in_row(row, column), say("'{text}' cannot stand here", text=found), cure)


def mean_population(population_by_year: Mapping[int, Array], year: int) -> Array:
    """(sex, age, region) mean of the populations on 1 January of `year` and of the next year."""
    for needed in (year, year + 1):
        if needed not in population_by_year:
            message = say("no population on 1 January {year}", year=needed)
            raise InputError("estimated/population", message)
    mean: Array = (population_by_year[year] + population_by_year[year + 1]) / 2
    return mean
