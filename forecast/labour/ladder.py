"""The gap ladder: what fills the shortage of workers of a region, in the order of the law.

The gap of a region is what its sections miss together: jobs of a section beyond the workers it
would have if supply were spread over sections as in the base year. Sections with fewer jobs than
that have a surplus, and gap - surplus = labour deficit. The rungs fill the gap one after the
other, each as far as it goes, and add up to it:

    gap = unemployed + participation + commuting + retraining + internal movers + kandas
          + foreign + left

Residents come first. Workers of other regions and countries fill at most what the region lacks
on balance, after its own unemployed and those who can still join the labour force; what its own
surplus could do with more retraining stays in `left`. Each year stands by itself: nobody moves
because of the ladder, it tells what the shortage of the run could be met with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.labour.calibrate import LabourBase
from forecast.labour.closure import meet_from_origins
from forecast.labour.deficit import LabourYear
from forecast.labour.supply import labour_force, participation_at
from forecast.words import mark

Array = NDArray[np.float64]

RUNGS = {  # in the order of the law
    "unemployed": mark("unemployed residents"),
    "participation": mark("residents who join the labour force"),
    "commuting": mark("commuters from the neighbouring region"),
    "retraining": mark("workers retrained from other sections"),
    "internal_movers": mark("movers from other regions"),
    "kandas": mark("kandas in unfilled places of the quota"),
    "foreign": mark("foreign workers within the quota"),
    "left": mark("left open"),
}
MEASURES = {
    "gap": mark("shortage of workers over sections"),
    **RUNGS,
    "surplus": mark("workers of sections with fewer jobs"),
    "people_needed": mark("people who would close the deficit if they came"),
    "foreign_limit": mark("limit of foreign workers"),
}


@dataclass(frozen=True)
class Offers:
    """What can fill the gap of one year, in jobs that workers fill; never negative.

    unemployed    : (region[, draw]) unemployed down to the region's lowest published rate
    participation : (region[, draw]) residents at the region's best published participation
    limits        : (home, work[, draw]) most that can commute additionally
    shares        : (origin, destination) where movers to each region come from
    kandas        : (region[, draw]) workers in unfilled places of the quota
    quota         : () or (draw,) foreign workers whom the law still admits in the nation
    retraining    : share of the surplus of a region's sections that can be retrained
    """

    unemployed: Array
    participation: Array
    limits: Array
    shares: Array
    kandas: Array
    quota: Array | float
    retraining: float


@dataclass(frozen=True)
class Ladder:
    """The ladder of one year, in jobs.

    gap, surplus  : (region[, draw]); gap - surplus is the labour deficit
    rungs         : {rung: (region[, draw])} in the order of RUNGS; they add up to the gap
    foreign_limit : (region, section[, draw]) `foreign` by the sections that are short
    commuters     : (home, work[, draw])
    movers        : (origin, destination[, draw]) workers
    """

    gap: Array
    surplus: Array
    rungs: dict[str, Array]
    foreign_limit: Array
    commuters: Array
    movers: Array


def climb(demand: Array, deficit: Array, base_shares: Array, offers: Offers) -> Ladder:
    """The ladder of one year.

    demand      : (region, section[, draw]) jobs
    deficit     : (region[, draw]) jobs less what residents (and foreign workers whom a lever
                  brings) fill, positive = short
    base_shares : (region, section) sections of the workers of each region in the base year
    """
    spread = base_shares.reshape(base_shares.shape + (1,) * (demand.ndim - 2))
    filled = demand.sum(axis=1) - deficit
    by_section = demand - filled[:, None] * spread
    short = np.maximum(by_section, 0.0)
    gap, surplus = short.sum(axis=1), np.maximum(-by_section, 0.0).sum(axis=1)
    rungs = dict.fromkeys(RUNGS, np.zeros_like(gap))
    left = gap

    def fill(rung: str, offered: Array) -> Array:
        rungs[rung] = np.minimum(left, offered)
        return left - rungs[rung]

    left = fill("unemployed", offers.unemployed)
    left = fill("participation", offers.participation)
    own = rungs["unemployed"] + rungs["participation"]
    lacking = np.minimum(left, np.maximum(deficit - own, 0.0))  # on balance, from elsewhere
    spare = np.maximum(-deficit, 0.0)
    commuters = meet_from_origins(lacking, spare, offers.limits, offers.limits)
    left = fill("commuting", commuters.sum(axis=0))
    lacking = np.maximum(lacking - rungs["commuting"], 0.0)
    left = fill("retraining", offers.retraining * surplus)
    lacking = np.minimum(left, lacking)
    spare = np.maximum(spare - commuters.sum(axis=1), 0.0)
    movers = meet_from_origins(lacking, spare, offers.shares)
    left = fill("internal_movers", movers.sum(axis=0))
    lacking = np.maximum(lacking - rungs["internal_movers"], 0.0)
    left = fill("kandas", np.minimum(lacking, offers.kandas))
    lacking = np.maximum(lacking - rungs["kandas"], 0.0)
    left = fill("foreign", _within(lacking, offers.quota))
    rungs["left"] = left
    parts = np.divide(short, gap[:, None], out=np.zeros_like(short), where=gap[:, None] > 0)
    return Ladder(gap, surplus, rungs, rungs["foreign"][:, None] * parts, commuters, movers)


def _within(lacking: Array, quota: Array | float) -> Array:
    """(region[, draw]) what is lacking, all cut by the same part to meet the nation's quota."""
    total = lacking.sum(axis=0)
    given = np.minimum(total, quota)
    return lacking * np.divide(given, total, out=np.zeros_like(total), where=total > 0)


def own_people(
    base: LabourBase, balance: LabourYear, population: Array, year: int
) -> tuple[Array, Array]:
    """What the residents of each region can still give, (region[, draw]) jobs twice.

    population : (sex, age, region[, draw]) mean of the populations of the year, persons
    The first are the unemployed beyond the region's lowest published rate, the second those who
    would join the labour force at its best published participation and find work at that rate.
    """
    jobs_each = (1 + base.second_jobs) / base.commuting
    spread = (slice(None),) + (None,) * (balance.labour_force.ndim - 1)
    lowest = base.lowest_unemployment[spread]
    unemployed = np.maximum(balance.unemployed - lowest * balance.labour_force, 0.0)
    now = base.participation_in(year)
    best = participation_at(base.pattern.of_year(year), base.best_shift, base.cap)
    joining = labour_force(population, np.maximum(best - now, 0.0))
    return unemployed * jobs_each, joining * (1 - lowest) * jobs_each
