"""Labour demand: jobs by region and section of activity.

    JD[r, s, t] = base jobs[r, s] x trend[r, s, t] + jobs of growth points[r, s, t]

Base jobs join two published tables by iterative proportional fitting: employment of the nation
by section and of each region in three sectors. Without more evidence a region has the nation's
mix of sections within each sector.

The trend is damped (Gardner & McKenzie 1985): growth g of a log level reaches, h years ahead,
g (f + f^2 + ... + f^h) with f below 1. The growth of a section is the nation's total growth
after the census break plus a part of what the section's own has differed from it, on both sides
of the break but never across it. A region's part in the nation's jobs moves by a part of what
the region's own growth after the break differs from the nation's. The parts are below 1 because
few years say little; tests/textbook/test_labour_formulas.py holds them against what they foresee.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.balance import ipf
from forecast.errors import InputError
from forecast.words import say

Array = NDArray[np.float64]

ROUNDING = 0.001


@dataclass(frozen=True)
class Trend:
    """Yearly growth of jobs after the base year, on the log scale.

    total   : growth of all jobs of the nation; it goes on
    section : (section,) growth of each section beyond the total; it fades
    region  : (region,) growth of each region beyond the nation's; it fades
    damping : f, what is left of a fading growth from one year to the next
    """

    total: float
    section: Array
    region: Array
    damping: float

    def years_of_growth(self, ahead: int) -> float:
        """f + f^2 + ... + f^ahead; 0 in the base year."""
        return float(sum(self.damping**step for step in range(1, ahead + 1)))


def base_jobs(
    by_section: Array, by_sector: Array, sector_of: NDArray[np.intp], seed: Array | None = None
) -> Array:
    """(region, section) jobs of the base year that meet both published tables.

    by_section : (section,) employment of the nation
    by_sector  : (region, sector) employment of the regions
    sector_of  : (section,) position of the sector to which each section belongs
    seed       : (region, section) what is known of the mix; default the same everywhere
    Published regions miss the nation by a few persons in some years: sections then give way, so
    that a region keeps its employed residents. Raises InputError when they miss it by more than
    a thousandth, which is no rounding.
    """
    regions, sectors = by_sector.shape
    belongs = sector_of[:, None] == np.arange(sectors)  # (section, sector)
    ratio = by_sector.sum(axis=0) / (by_section @ belongs)
    if np.abs(ratio - 1).max() > ROUNDING:
        message = say(
            "the sections of a sector and its regions differ by {percent:.1f} %",
            percent=100 * np.abs(ratio - 1).max(),
        )
        raise InputError("observed/employment_section", message)
    by_section = by_section * ratio[sector_of]
    start = np.ones((regions, len(by_section))) if seed is None else seed
    table = ipf(
        start[:, :, None] * belongs,
        {(1,): by_section, (0, 2): by_sector},
        what="norms/sections",
    )
    jobs: Array = table.sum(axis=2)
    return jobs


def fit_trend(
    by_section: Array,
    by_region: Array,
    years: NDArray[np.intp],
    *,
    break_year: int,
    own_section: float,
    own_region: float,
    damping: float,
) -> Trend:
    """The trend of jobs, by least squares on what is published.

    by_section  : (section, year) employment of the nation, over `years`
    by_region   : (region, later year) employment of the regions from the break year on
    years       : (year,) calendar years without gaps, the last one the base year
    break_year  : first year on the new census; the change into it is no growth
    own_section : part of a section's own growth that is kept, 0..1
    own_region  : the same of a region
    """
    recent = years[years >= break_year].astype(float)
    total = log_slope(by_section[:, years >= break_year].sum(axis=0, keepdims=True), recent)
    sections = own_section * relative_growth(by_section, years, break_year)
    regions = own_region * (log_slope(by_region, recent) - total)
    return Trend(float(total[0]), sections, regions, damping)


def relative_growth(by_section: Array, years: NDArray[np.intp], break_year: int) -> Array:
    """(section,) mean yearly change of the log share in all employment, the break left out."""
    shares = np.log(by_section / by_section.sum(axis=0))
    kept = years[1:] != break_year
    growth: Array = np.diff(shares, axis=1)[:, kept].mean(axis=1)
    return growth


def log_slope(levels: Array, years: Array) -> Array:
    """(row,) least-squares slope of log(levels) on the years; levels (row, year), all > 0."""
    time = years - years.mean()
    slopes: Array = np.log(levels) @ time / (time @ time)
    return slopes


def jobs_ahead(
    base: Array,
    trend: Trend,
    ahead: int,
    local: NDArray[np.bool_],
    people: Array | None = None,
    market: tuple[NDArray[np.bool_], Array] | None = None,
) -> Array:
    """(region, section[, draw]) jobs `ahead` years after the base year, before any growth point.

    base   : (region, section) jobs of the base year
    local  : (section,) whether the jobs of a section serve the people who live around them
    people : (region[, draw]) population over that of the base year; 1 everywhere without it
    market : sections (section,) that serve others than `people`, and (region[, draw]) those
    The nation's jobs of each section follow total and section trend. Regions share the local
    ones as their people grow (the services of the economic-base model, Isserman 1977), the
    others by their own trend: neither changes the sum over regions.
    """
    fading = trend.years_of_growth(ahead)
    nation = base.sum(axis=0) * np.exp(ahead * trend.total + fading * trend.section)
    grown = np.ones(len(base)) if people is None else people
    further = (1,) * (grown.ndim - 1)
    own = np.exp(fading * trend.region).reshape((-1, *further))
    factor = np.where(local.reshape((1, -1, *further)), grown[:, None], own[:, None])
    if market is not None:
        factor = np.where(market[0].reshape((1, -1, *further)), market[1][:, None], factor)
    shared = base.reshape(base.shape + further) * factor
    jobs: Array = shared * (nation.reshape((-1, *further)) / shared.sum(axis=0))
    return jobs
