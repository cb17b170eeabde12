"""Arrivals that a growth point brings, and the people who leave when its jobs go.

One job moves one family once. Jobs call workers; who comes with them follows from the ages
and sexes of movers, never from a second parameter of dependants:

    M(t) = sum_k w_k dJ(t-k) additional (1 - local_fill) / q,   q = sum m lambda (1 - u)

dJ is the change of jobs in the year, w the arrival profile, m the composition of arrivals by
sex and age (sums to 1), lambda their participation, u unemployment. Construction workers are
apart: they live in camps, work, and bring nobody.

Where a plan publishes people instead of jobs, the place grows by itself as its region does, by
the factor R of the year, and the people who are missing to the plan N come:

    M(t) = additional max(0, N(t+1) - n(t) R(t))        n: people of the place on 1 January
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from forecast.migration.going import Going

Array = NDArray[np.float64]


DRAWN = (  # series that depend on how much is delivered, and when
    "jobs_change", "dwellings_change", "jobs", "construction_jobs", "dwellings", "people",
    "jobs_added",
)  # fmt: skip


@dataclass(frozen=True)
class GrowthPoint:
    """A growth point ready to run, by calendar year of the run.

    In a run with draws every series that depends on delivery has a last axis of draws.

    jobs_change       : (year,) change of permanent jobs in the year, with the years before the
                        run in front: lags reach back (length = years + lags)
    dwellings_change  : (year,) dwellings completed in the year, same length
    jobs, dwellings  : (year,) levels delivered, what exists included, for the ledger
    jobs_added        : (year,) jobs delivered less those that exist, for the labour balance
    people            : (year + 1,) people planned on each 1 January; NaN where the plan says
                        nothing: then nobody is missing
    existing_people   : people of the place on the first 1 January; NaN where nobody says
    whole_region      : the place is its region
    built             : {kind of facility: (year,)} units that the plan itself has ready on each
                        1 January for those who come; a kind that is not there is unknown
    induced           : jobs of market services for each job of the plan (0 where it counts all);
                        they are in `jobs_change` and `jobs_added` and not in `jobs`
    given             : which of jobs, construction_jobs, dwellings the plan publishes
    construction_jobs : (year + 1,) workers in camps from each 1 January on
    region            : position of the region of the jobs
    homes             : (region,) share of its workers who live in each region, sums to 1
    sections          : (section,) share of the jobs in each section of activity, sums to 1
    additional        : share of the jobs that the baseline does not contain already
    local_fill        : share filled by people who live there already
    profile           : weights of the arrivals in the year of the jobs and the years after
    driver            : 'jobs', 'dwellings' or 'people'
    observed_origins  : weight of the moves as they are in where arrivals come from; the rest is
                        gravity
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
    people: Array
    jobs_added: Array
    existing_people: float = np.nan
    driver: str = "jobs"
    observed_origins: float = 0.5
    whole_region: bool = False
    built: Mapping[str, Array] = field(default_factory=dict)
    induced: float = 0.0
    given: frozenset[str] = frozenset({"jobs", "construction_jobs", "dwellings"})

    @property
    def lags(self) -> int:
        return len(self.profile) - 1

    def called(self, year: int) -> Array:
        """Jobs (or dwellings) that call or release people in year number `year`: (), (draw,)."""
        change = self.jobs_change if self.driver == "jobs" else self.dwellings_change
        window = change[year : year + self.lags + 1][::-1]  # this year first, then back
        newcomers = 1 - self.local_fill if self.driver == "jobs" else 1.0
        called: Array = (self.profile @ window) * self.additional * newcomers
        return called

    def of_draws(self, block: slice) -> GrowthPoint:
        """The same point with some of its draws."""
        built = {kind: units[:, block] if units.ndim == 2 else units
                 for kind, units in self.built.items()}  # fmt: skip
        return replace(self, built=built, **{
            name: getattr(self, name)[:, block]
            for name in DRAWN if getattr(self, name).ndim == 2
        })  # fmt: skip

    def missing(self, year: int, grown: Array) -> Array:
        """(draw,) people who are missing to the plan at the end of year number `year`.

        grown : (draw,) people of the place then, if nobody comes for the plan
        """
        planned = self.people[year + 1]
        gap: Array = np.where(np.isnan(planned), 0.0, np.maximum(planned - grown, 0.0))
        return gap


def delivered(levels: Array, share: Array | float, slip: Array | float) -> Array:
    """The level that is really there, (year,) or (year, draw): `share` of the plan, `slip` late.

    levels      : (year,) planned level, one entry a year, the first ones before the run
    share, slip : a number, or (draw,); a slip is in years, 1.5 of them are the mean of one and
                  two years
    """
    late = np.arange(len(levels)).reshape(-1, *(1,) * np.ndim(slip)) - slip
    before = np.floor(late)
    part = late - before
    place = before.astype(int)
    last = len(levels) - 1
    there: Array = share * (
        (1 - part) * levels[np.clip(place, 0, last)] + part * levels[np.clip(place + 1, 0, last)]
    )
    return there


def movers_by_region(propensity: Array, people: Array) -> Array:
    """Sex and age of those who leave each region, (sex, age, region, draw), sums to 1 a region.

    propensity : (sex, age) of moving; people : (sex, age, region, draw) persons
    """
    return composition_of(propensity, people)[0]


def composition_of(propensity: Array, people: Array) -> tuple[Array, Array]:
    """The same, and (region, draw) the people weighted by how readily they move."""
    movers = propensity[:, :, None, None] * people
    total = movers.sum(axis=(0, 1))
    movers /= np.maximum(total, 1e-300)
    return movers, total


@dataclass(frozen=True)
class Moves:
    """What the growth points move in one year: removals and where they go.

    arrivals   : (point, draw) people who come to each point
    unmet      : (point, draw) people it calls who are nowhere to be found
    held_back  : (point, region, draw) people who would come to each region and stay at home, for
                 want of room
    departures : (point, draw) people released where jobs fell
    removals   : (sex, age, region, draw) leavers from each region
    additions  : (sex, age, region, draw) the same people where they go
    by_origin  : (point, region, draw) arrivals of each point by origin
    going      : arrivals of each point by sex, age, origin and home
    flows      : (origin, destination, draw) all of them, from where to where
    """

    arrivals: Array
    unmet: Array
    held_back: Array
    departures: Array
    removals: Array
    additions: Array
    by_origin: Array
    going: Going
    flows: Array

    @property
    def people(self) -> Array:
        """(point, sex, age, region, draw) arrivals of each point by home."""
        return np.stack([self.going.people(place) for place in range(len(self.arrivals))])


@dataclass(frozen=True)
class Calls:
    """Whom the growth points call in one year, before anybody moves.

    called : (point, draw) jobs, dwellings or people that call (or, jobs below 0, release)
    going  : people called, never more than there are, and where they would go
    unmet  : (point, draw) people called beyond those who are there
    """

    called: Array
    going: Going
    unmet: Array


class Callers:
    """Growth points before the people of one year; asked for several calls of the same year.

    people      : (sex, age, region, draw) those who are there to move, at their age at the end
                  of the year
    propensity  : (sex, age)
    shares      : (origin, destination), of all points or (point, origin, destination): where
                  arrivals come from, columns sum to 1
    per_arrival : {'jobs': (sex, age, region) labour supplied by one person, net of the unemployed,
                   'dwellings': (sex, age, region) dwellings needed by one person}
    """

    def __init__(
        self,
        points: Sequence[GrowthPoint],
        people: Array,
        propensity: Array,
        shares: Array,
        per_arrival: dict[str, Array],
    ):
        self.points, self.people, self.per_arrival = points, people, per_arrival
        self.leavers, movers = composition_of(propensity, people)
        self.moving = (movers > 0).astype(float)  # 1, and 0 where nobody is left
        # so many times the leavers of an origin are there at least, a little less for rounding
        self.most = movers / max(float(propensity.max()), 1e-300) * (1 - 1e-9)
        homes = np.array([point.homes for point in points]).reshape(len(points), shares.shape[-1])
        pairs = shares * homes[:, None]  # nobody comes from a home to the same home
        self.origin = pairs.sum(axis=2)
        self.route = pairs / np.where(self.origin > 0, self.origin, 1.0)[..., None]
        self.found: dict[int, Array] = {}

    def of_one(self, place: int) -> Array:
        """(origin, draw) how many times the leavers of each origin come to one point, for one job,
        dwelling or person called."""
        if place not in self.found:
            point, origin = self.points[place], self.origin[place][:, None]
            each = np.ones(self.people.shape[3])
            if point.driver != "people":
                filled = np.einsum("sar,r->sa", self.per_arrival[point.driver], point.homes)
                supplied = np.einsum("saod,sa->od", self.leavers, filled)
                each = (supplied * origin).sum(axis=0)
            self.found[place] = origin / each
        return self.found[place]

    def calls(self, called: Array) -> Calls:
        """Whom every growth point calls, `called` (point, draw) as in `Calls`.

        Jobs that close and jobs that open in one region in the same year are netted first: their
        workers change the employer, not the place. Points compete: where they together want more
        people of one sex and age from a region than are there, each gets the same part of its
        wish and the rest of it is `unmet`.
        """
        people, net = self.people, netted(called, self.points)
        number = np.zeros((len(self.points), *people.shape[2:]))
        for place in np.flatnonzero((net > 0).any(axis=1)).tolist():
            np.multiply(self.of_one(place), np.maximum(net[place], 0.0), out=number[place])
        each, together = self.leavers, number.sum(axis=0)
        unmet = np.zeros(net.shape)
        if (together > self.most).any():
            total = each * together
            part = np.divide(people, total, out=np.ones_like(people), where=total > people)
            each = each * part
            missing = self.moving - each.sum(axis=(0, 1))
            unmet = (number * missing).sum(axis=1)
        return Calls(net, Going(each, number, self.route), unmet)


def calls_of_year(
    points: Sequence[GrowthPoint],
    called: Array,
    people: Array,
    propensity: Array,
    shares: Array,
    per_arrival: dict[str, Array],
) -> Calls:
    """Whom every growth point calls in one year; arguments as in `Callers` and its `calls`."""
    return Callers(points, people, propensity, shares, per_arrival).calls(called)


def settle(
    points: Sequence[GrowthPoint],
    calls: Calls,
    people: Array,
    propensity: Array,
    leaving: Array,
    per_arrival: dict[str, Array],
    room: Array | None = None,
) -> Moves:
    """The moves of a year: those called come, and falling jobs release people.

    people      : (sex, age, region, draw) as in `calls_of_year`
    leaving     : (origin, destination) where leavers go, rows sum to 1
    room        : (region, draw), or (point, region, draw): share of those who would come to each
                  region for whom there is room; the others stay where they are. Without it, all
                  of them come
    """
    going = calls.going
    held = np.zeros((len(points), *people.shape[2:]))
    if room is not None:
        going, held = _with_room(going, room)
    removals = going.leaving
    flows, additions = going.pairs() * going.of_each[:, None], going.arriving()
    departures = np.zeros((len(points), people.shape[3]))
    if (calls.called < 0).any():
        staying = people - removals
        departures, left = _departures(points, calls.called, staying, propensity, per_arrival)
        flows += left.sum(axis=(0, 1))[:, None, :] * leaving[:, :, None]
        removals = removals + left
        additions += np.einsum("saod,or->sard", left, leaving)
    return Moves(
        arrivals=going.by_origin.sum(axis=1),
        unmet=calls.unmet,
        held_back=held,
        departures=departures,
        removals=removals,
        additions=additions,
        by_origin=going.by_origin,
        going=going,
        flows=flows,
    )


def _with_room(going: Going, room: Array) -> tuple[Going, Array]:
    """Those for whom there is room, and (point, region, draw) the others by where they would go."""
    of_point = room if room.ndim == 2 else room[:, None]
    route = going.route[..., None] * of_point  # (point, origin, home, draw)
    part = route.sum(axis=2)  # of those called from each origin
    without = going.route[..., None] * (1 - of_point)
    held = (going.by_origin[:, :, None] * without).sum(axis=1)
    route = route / np.where(part > 0, part, 1.0)[:, :, None]
    return Going(going.each, going.number * part, route), held


def netted(called: Array, points: Sequence[GrowthPoint]) -> Array:
    """(point, draw) the calls of a year after jobs that close and open in a region met."""
    left = called.copy()
    if not (called < 0).any():
        return left
    for region in {point.region for point in points}:
        here = np.array([p.region == region and p.driver == "jobs" for p in points])
        opened = np.maximum(called[here], 0.0).sum(axis=0)
        closed = np.maximum(-called[here], 0.0).sum(axis=0)
        side = np.where(called[here] > 0, opened, closed)
        met = np.minimum(opened, closed)
        left[here] *= 1 - np.divide(met, side, out=np.zeros_like(side), where=side > 0)
    return left


def _departures(
    points: Sequence[GrowthPoint],
    called: Array,
    people: Array,
    propensity: Array,
    per_arrival: dict[str, Array],
) -> tuple[Array, Array]:
    """People whom falling jobs release: (point, draw) and (sex, age, region, draw)."""
    left = np.zeros_like(people)
    released = np.zeros((len(points), people.shape[3]))
    for place, point in enumerate(points):
        if point.driver != "jobs" or not (called[place] < 0).any():
            continue
        composition = movers_by_region(propensity, people) * point.homes[None, None, :, None]
        q = np.einsum("sard,sar->d", composition, per_arrival["jobs"])
        wish = composition * (np.maximum(-called[place], 0.0) / q)
        going = np.minimum(wish, people - left)
        left += going
        released[place] = going.sum(axis=(0, 1, 2))
    return released, left
