"""Arrivals that a growth point brings, and the people who leave when its jobs go.

One job moves one family once. Jobs call workers; who comes with them follows from the ages
and sexes of movers, never from a second parameter of dependants:

    M(t) = sum_k w_k dJ(t-k) additional (1 - local_fill) / q,   q = sum m lambda (1 - u)

dJ is the change of jobs in the year, w the arrival profile, m the composition of arrivals by
sex and age (sums to 1), lambda their participation, u unemployment. Construction workers are
apart: they live in camps, work, and bring nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class GrowthPoint:
    """A growth point ready to run, by calendar year of the run.

    jobs_change       : (year,) change of permanent jobs in the year, with the years before the
                        run in front: lags reach back (length = years + lags)
    dwellings_change  : (year,) dwellings completed in the year, same length
    jobs, dwellings  : (year,) levels delivered, for the ledger
    construction_jobs : (year + 1,) workers in camps from each 1 January on
    region            : position of the region of the jobs
    homes             : (region,) share of its workers who live in each region, sums to 1
    sections          : (section,) share of the jobs in each section of activity, sums to 1
    additional        : share of the jobs that the baseline does not contain already
    local_fill        : share filled by people who live there already
    profile           : weights of the arrivals in the year of the jobs and the years after
    driver            : 'jobs' or 'dwellings'
    """

    id: str
    jobs_change: Array
    dwellings_change: Array
    jobs: Array
    construction_jobs: Array
    dwellings: Array
    region: int
    homes: Array
    sections: Array
    additional: float
    local_fill: float
    profile: Array
    driver: str = "jobs"

    @property
    def lags(self) -> int:
        return len(self.profile) - 1

    def called(self, year: int) -> float:
        """Jobs (or dwellings) that call or release people in year number `year` of the run."""
        change = self.jobs_change if self.driver == "jobs" else self.dwellings_change
        window = change[year : year + self.lags + 1][::-1]  # this year first, then back
        newcomers = 1 - self.local_fill if self.driver == "jobs" else 1.0
        return float(self.profile @ window) * self.additional * newcomers


def delivered(levels: Array, share: float, slip: float) -> Array:
    """The level that is really there: `share` of the plan, `slip` years late.

    levels : (year,) planned level, one entry a year, the first ones before the run
    A slip of 1.5 years is the mean of one and two years.
    """
    whole, part = divmod(float(slip), 1.0)
    late = _shift(levels, int(whole))
    later = _shift(levels, int(whole) + 1)
    late_levels: Array = share * ((1 - part) * late + part * later)
    return late_levels


def _shift(levels: Array, years: int) -> Array:
    if years == 0:
        return levels
    head = np.full(min(years, len(levels)), levels[0])
    return np.concatenate([head, levels[: len(levels) - len(head)]])


def movers_by_region(propensity: Array, people: Array) -> Array:
    """Sex and age of those who leave each region, (sex, age, region, draw), sums to 1 a region.

    propensity : (sex, age) of moving; people : (sex, age, region, draw) persons
    """
    movers = propensity[:, :, None, None] * people
    composition: Array = movers / np.maximum(movers.sum(axis=(0, 1), keepdims=True), 1e-300)
    return composition


@dataclass(frozen=True)
class Moves:
    """What the growth points move in one year: wanted removals and where they go.

    arrivals   : (point, draw) people who come to each point
    unmet      : (point, draw) people it calls who are nowhere to be found
    departures : (point, draw) people released where jobs fell
    removals   : (sex, age, region, draw) leavers wanted from each region
    additions  : (sex, age, region, draw) the same people where they go
    by_origin  : (point, region, draw) arrivals of each point by origin
    people     : (point, sex, age, region, draw) arrivals of each point by home
    flows      : (origin, destination, draw) all of them, from where to where
    """

    arrivals: Array
    unmet: Array
    departures: Array
    removals: Array
    additions: Array
    by_origin: Array
    people: Array
    flows: Array


def moves_of_year(
    points: Sequence[GrowthPoint],
    year: int,
    people: Array,
    propensity: Array,
    shares: Array,
    leaving: Array,
    per_arrival: dict[str, Array],
) -> Moves:
    """Arrivals and departures of every growth point in year number `year` of the run.

    people      : (sex, age, region, draw) those who are there to move, at their age at the end
                  of the year
    propensity  : (sex, age)
    shares      : (origin, destination) where arrivals come from, columns sum to 1
    leaving     : (origin, destination) where leavers go, rows sum to 1
    per_arrival : {'jobs': (sex, age, region) labour supplied by one person, net of the unemployed,
                   'dwellings': (sex, age, region) dwellings needed by one person}
    Jobs that close and jobs that open in one region in the same year are netted first: their
    workers change the employer, not the place. Points compete: where they together want more
    people of one sex and age from a region than are there, each gets the same part of its wish
    and the rest of it is `unmet`.
    """
    wanted = np.zeros((len(points), *people.shape))  # removals by sex, age, origin
    route = np.zeros((len(points), *shares.shape))  # from each origin to each home
    leavers = movers_by_region(propensity, people)
    called = netted([point.called(year) for point in points], points)
    for place, point in enumerate(points):
        if called[place] <= 0:
            continue
        pairs = shares * point.homes  # nobody comes from a home to the same home
        origin = pairs.sum(axis=1)
        route[place] = pairs / np.where(origin > 0, origin, 1.0)[:, None]
        composition = np.einsum("saod,o->sad", leavers, origin)
        each = np.einsum("sar,r->sa", per_arrival[point.driver], point.homes)
        q = np.einsum("sad,sa->d", composition, each)
        wanted[place] = leavers * origin[None, None, :, None] * (called[place] / q)
    wish = wanted.sum(axis=(1, 2, 3))
    total = wanted.sum(axis=0)
    granted = np.divide(people, total, out=np.ones_like(people), where=total > people)
    wanted *= granted
    settled = np.einsum("psaod,por->psard", wanted, route)
    staying = people - total * granted
    departures, left = _departures(points, called, staying, propensity, per_arrival)
    removals = wanted.sum(axis=0) + left
    additions = settled.sum(axis=0) + np.einsum("saod,or->sard", left, leaving)
    by_origin = wanted.sum(axis=(1, 2))
    arrivals = by_origin.sum(axis=1)
    flows = np.einsum("pod,por->ord", by_origin, route)
    flows += left.sum(axis=(0, 1))[:, None, :] * leaving[:, :, None]
    return Moves(
        arrivals=arrivals,
        unmet=wish - arrivals,
        departures=departures,
        removals=removals,
        additions=additions,
        by_origin=by_origin,
        people=settled,
        flows=flows,
    )


def netted(called: Sequence[float], points: Sequence[GrowthPoint]) -> list[float]:
    """The calls of a year after jobs that close and open in one region met each other."""
    left = list(called)
    for region in {point.region for point in points}:
        here = [
            k for k, point in enumerate(points) if point.region == region and point.driver == "jobs"
        ]
        opened = sum(called[k] for k in here if called[k] > 0)
        closed = -sum(called[k] for k in here if called[k] < 0)
        met = min(opened, closed)
        for k in here:
            side = opened if called[k] > 0 else closed
            if met > 0 and side > 0:
                left[k] = called[k] * (1 - met / side)
    return left


def _departures(
    points: Sequence[GrowthPoint],
    called: Sequence[float],
    people: Array,
    propensity: Array,
    per_arrival: dict[str, Array],
) -> tuple[Array, Array]:
    """People whom falling jobs release: (point, draw) and (sex, age, region, draw)."""
    left = np.zeros_like(people)
    released = np.zeros((len(points), people.shape[3]))
    for place, point in enumerate(points):
        if point.driver != "jobs" or called[place] >= 0:
            continue
        composition = movers_by_region(propensity, people) * point.homes[None, None, :, None]
        q = np.einsum("sard,sar->d", composition, per_arrival["jobs"])
        wish = composition * (-called[place] / q)
        going = np.minimum(wish, people - left)
        left += going
        released[place] = going.sum(axis=(0, 1, 2))
    return released, left
