"""Replacement demand: the employed who leave work for good, and the openings that follow.

For a cohort of one sex aged a on 1 January, e(a) = P(a) lambda(a) (1 - u) of it are employed.
In the year some of its employed die; of those who live the share in work goes from lambda(a) to
lambda'(a + 1), and where that is a fall, as many have left:

    deaths        D lambda(a) (1 - u)                 D: deaths of the cohort in the year
    fall          (P - D) max(lambda(a) - lambda'(a + 1), 0) (1 - u)

The fall is retirement where the cohort reaches the pensionable age or has passed it, leaving
below. lambda is participation on 1 January, when the pensionable age of the year before has been
reached, lambda' that of 31 December: a pensionable age that rises by half a year halves the
people who reach it in that year. Rises of participation are entries and make no exit smaller.
Moves are not exits: who moves goes on working elsewhere. The employed die as all people of
their age do, which is a little too often.

Openings are the change of jobs and the replacement of those who leave (Willems & de Grip 1993,
International Journal of Forecasting 9; Cedefop skills forecast: expansion and replacement
demand). They are a flow and never enter the stock deficit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.labour.calibrate import LabourBase

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Exits:
    """The employed who leave work for good in a calendar year, (region[, draw]), persons.

    retirement : at the pensionable age and after it
    deaths     : of the employed
    leaving    : before the pensionable age, net of those of the cohort who take up work
    """

    retirement: Array
    deaths: Array
    leaving: Array

    @property
    def natural(self) -> Array:
        """Exits by age and death, which official forecasts of the need count."""
        return self.retirement + self.deaths

    @property
    def total(self) -> Array:
        return self.natural + self.leaving


def exits(
    population: Array,
    deaths: Array,
    before: Array,
    after: Array,
    *,
    pensioned: Array,
    employed: Array,
) -> Exits:
    """Exits of one calendar year.

    population : (sex, age, region[, draw]) persons on 1 January
    deaths     : the same, deaths of the year by the age reached at its end, the last two ages
                 pooled
    before     : (sex, age, region) participation on 1 January
    after      : the same on 31 December
    pensioned  : (sex, age) share of the people who have reached the pensionable age by 31 December
    employed   : (region,) employed per person of the labour force, 1 - u
    """
    spread = (1,) * (population.ndim - 3)
    employed = employed.reshape(1, 1, -1, *spread)
    workers = _older(population * before.reshape(*before.shape, *spread) * employed)
    people = _older(population)
    died = np.where(np.arange(len(people[0])).reshape(1, -1, 1, *spread) > 0, deaths, 0.0)
    share = np.divide(died, people, out=np.zeros_like(workers), where=people > 0)
    lost = workers * share
    still = (people - died) * after.reshape(*after.shape, *spread) * employed
    fall = np.maximum(workers - lost - still, 0.0)
    retired = fall * (pensioned > 0).reshape(*pensioned.shape, 1, *spread)
    return Exits(retired.sum(axis=(0, 1)), lost.sum(axis=(0, 1)), (fall - retired).sum(axis=(0, 1)))


def _older(people: Array) -> Array:
    """People by the age that they reach: (sex, age, ...), age 0 empty, the last two ages pooled."""
    older = np.zeros_like(people)
    older[:, 1:] = people[:, :-1]
    older[:, -1] += people[:, -1]
    return older


def labour_exits(base: LabourBase, population: Array, deaths: Array, year: int) -> Exits:
    """Exits of calendar year `year` at the participation and unemployment of the run.

    population, deaths : as in `exits`
    """
    return exits(
        population,
        deaths,
        base.participation_in(year - 1),
        base.participation_in(year),
        pensioned=1 - base.pattern.before_pension(year),
        employed=1 - base.unemployment,
    )


def openings(jobs: Array, leaving: Array) -> Array:
    """(year, region, section) openings: change of jobs and jobs left, never below 0: jobs that
    close beyond those who leave open none, and none elsewhere.

    jobs    : (year + 1, region, section) jobs, the year before the first one in front
    leaving : (year, region) jobs left by those who leave work; they are spread over sections as
              the jobs of the year are
    """
    opened: Array = np.diff(jobs, axis=0) + leaving[:, :, None] * _mix(jobs[1:])
    return np.maximum(opened, 0.0)


def hired_openings(jobs: Array, natural: Array, share: Array) -> Array:
    """(year, region, section) openings of employees, as official forecasts of the need count.

    jobs    : as in `openings`
    natural : (year, region) jobs left by age and death
    share   : (year + 1, region) employees per employed person, all sections alike
    The change is that of employees, so a share that rises opens jobs; of the jobs left, the mean
    share of the two years is of employees.
    """
    hired = jobs * share[:, :, None]
    mean = (share[1:] + share[:-1]) / 2
    opened: Array = np.diff(hired, axis=0) + (natural * mean)[:, :, None] * _mix(jobs[1:])
    return np.maximum(opened, 0.0)


def _mix(jobs: Array) -> Array:
    """(year, region, section) shares of the jobs of a region; unknown where there are none."""
    total = jobs.sum(axis=2, keepdims=True)
    return np.divide(jobs, total, out=np.full_like(jobs, np.nan), where=total > 0)


def hired_share(share: Array, base: Array, jobs: Array, growth: float, ahead: Array) -> Array:
    """(year, region) employees per employed person; in the nation it grows by `growth` a year.

    share  : (region,) in the base year
    base   : (region,) jobs of the base year
    jobs   : (year, region) jobs of each year
    ahead  : (year,) years after the base year, negative before it
    The self-employed of each region are the same part fewer, so that no share passes 1. The
    growth is that of the published series, in which regions with many employees gain weight:
    what their gain gives is in it and is not added.
    """
    others = 1 - share
    wanted = np.maximum(others @ base / base.sum() - growth * ahead, 0.0)
    found = jobs @ others / jobs.sum(axis=1)
    part = np.divide(wanted, found, out=np.zeros_like(found), where=found > 0)
    shares: Array = 1 - np.minimum(part[:, None] * others, 1.0)
    return shares
