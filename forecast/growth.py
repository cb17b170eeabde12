"""From the growth points of a scenario file to arrays that the year loop reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.draws import Draws, triangular
from forecast.infrastructure import Facility
from forecast.labour import LabourBase
from forecast.migration.growth_point import GrowthPoint, delivered
from forecast.space import Space

if TYPE_CHECKING:
    from forecast.scenario.schema import GrowthPoint as Written
    from forecast.scenario.series import Series

Array = NDArray[np.float64]

DWELLING = "dwelling"  # the kind of facility that `dwellings` of a point counts
PUBLISHED = ("jobs", "construction_jobs", "dwellings")


class Delivered(NamedTuple):
    """What is delivered of a plan: a number, or (draw,); share of 1, slip in years."""

    share: Array | float
    slip: Array | float


def growth_points(
    written: Mapping[str, Written],
    space: Space,
    labour: LabourBase,
    years: Sequence[int],
    people: Array,
    delivery: Mapping[str, Delivered] | None = None,
) -> tuple[GrowthPoint, ...]:
    """The growth points of a bound scenario (regions as ids, sectors as sections).

    labour : sections of activity and jobs of the base year
    years  : calendar years of the run
    people : (region,) persons on the first 1 January
    delivery : what draws deliver, by point; without it the most likely share and slip
    Jobs that stood before the run are part of the base and call nobody.
    """
    found = delivery or {
        name: Delivered(point.delivery.share.mode, point.delivery.slip_years.mode)
        for name, point in written.items()
    }
    return tuple(
        _growth_point(name, point, found[name], space, labour, years, people)
        for name, point in written.items()
    )


def drawn_delivery(written: Mapping[str, Written], draws: Draws) -> dict[str, Delivered]:
    """Share and slip of every growth point in each draw, from the triangles of the scenario.

    Every point has a stream of its own, so a point is delivered alike in all scenarios.
    """
    found = {}
    for name, point in written.items():
        chance = draws.stream(f"delivery {name}").random((draws.count, 2))
        found[name] = Delivered(
            triangular(chance[:, 0], point.delivery.share),
            triangular(chance[:, 1], point.delivery.slip_years),
        )
    return found


def _growth_point(
    name: str,
    point: Written,
    found: Delivered,
    space: Space,
    labour: LabourBase,
    years: Sequence[int],
    residents: Array,
) -> GrowthPoint:
    region = space.positions[str(point.region)]
    lags = len(point.arrival_profile) - 1
    share, slip = found
    early = lags + 1 + int(np.ceil(np.max(slip)))  # years before the run that reach into it
    span = range(years[0] - early, years[-1] + 1)
    exist = point.existing
    lived = residents[region] if point.covers == "region" else exist.people
    jobs = delivered(_added(point.jobs, exist.jobs, span), share, slip)
    dwellings = delivered(_added(point.dwellings, exist.dwellings, span), share, slip)
    ahead = range(span.start, span.stop + 1)  # also 1 January after the run
    people = delivered(_added(point.people, lived, ahead), share, slip)
    construction = delivered(point.construction_jobs.over(ahead), share, slip)
    count = len(years)
    induced = _induced(point, labour, region)
    called = 1 + induced
    begins = (point.people.years[0] if point.people else ahead.stop) + np.floor(slip)
    silent = np.stack([year < begins for year in ahead[-(count + 1) :]])
    return GrowthPoint(
        id=name,
        jobs_change=called * np.diff(jobs, axis=0)[-(count + lags) :],
        dwellings_change=np.diff(dwellings, axis=0)[-(count + lags) :],
        jobs=jobs[-count:] + (exist.jobs or 0.0),
        jobs_added=called * jobs[-count:],
        construction_jobs=construction[-(count + 1) :],
        dwellings=dwellings[-count:] + (exist.dwellings or 0.0),
        people=np.where(silent, np.nan, people[-(count + 1) :] + (lived or 0.0)),
        existing_people=np.nan if lived is None else float(lived),
        whole_region=point.covers == "region",
        built=_built(point, span, share, slip, count),
        induced=induced,
        given=frozenset(key for key in PUBLISHED if getattr(point, key)),
        region=region,
        homes=_homes(point, space, region),
        sections=_sections(point, labour, region, induced),
        additional=float(point.additional),
        local_fill=float(point.local_fill or 0.0),
        profile=np.asarray(point.arrival_profile, dtype=float),
        driver=point.driver,
        observed_origins=float(point.observed_origins),
    )


def _added(series: Series, existing: float | None, years: range) -> Array:
    """(year,) the level above what exists already; 0 before the first year that is given."""
    if not series:
        return np.zeros(len(years))
    level = series.over(years)
    first = series.years[0]
    known = np.array([year >= first for year in years])
    added: Array = np.where(known, level - (existing or 0.0), 0.0)
    return added


def _homes(point: Written, space: Space, region: int) -> Array:
    homes = np.zeros(len(space))
    if not point.homes:
        homes[region] = 1.0
    for home, share in (point.homes or {}).items():
        homes[space.positions[home]] = share
    homes /= homes.sum()
    return homes


def _built(
    point: Written, span: range, share: Array | float, slip: Array | float, count: int
) -> dict[str, Array]:
    """{kind: (year[, draw])} units ready on each 1 January beyond what exists, as delivered."""
    series = dict(point.facilities)
    found = {kind: delivered(one.over(span), share, slip)[-count:] for kind, one in series.items()}
    if point.dwellings:
        added = _added(point.dwellings, point.existing.dwellings, span)
        found[DWELLING] = delivered(added, share, slip)[-count:]
    return found


def built_by_plans(
    points: Sequence[GrowthPoint], facilities: Sequence[Facility], shape: tuple[int, ...]
) -> Array:
    """(kind, region, stock year) units that growth points build themselves, ready by 1 January.

    shape : regions, and 1 Januaries of the run, one more than its calendar years: the last value
            holds
    Each point builds where its workers live. Central path alone: points without draws.
    """
    found = np.zeros((len(facilities), *shape))
    for point in points:
        for place, facility in enumerate(facilities):
            if facility.kind in point.built:
                ready = point.built[facility.kind]
                ready = np.append(ready, np.repeat(ready[-1:], shape[1] - len(ready)))
                found[place] += point.homes[:, None] * ready
    return found


def _induced(point: Written, labour: LabourBase, region: int) -> float:
    """Jobs of market services for each job of the plan; 0 where the plan counts all jobs."""
    if point.jobs_count == "all":
        return 0.0
    own = _own_sections(point, labour, region)
    return float(labour.multipliers.of_region(region, own) - 1)


def _own_sections(point: Written, labour: LabourBase, region: int) -> Array:
    """(section,) shares of the jobs that the plan counts; those of its region where it names
    none."""
    if point.sectors:
        return labour.section_shares(point.sectors)
    employed = labour.jobs[region]
    shares: Array = employed / employed.sum()
    return shares


def _sections(point: Written, labour: LabourBase, region: int, induced: float) -> Array:
    """(section,) shares of all jobs that the point brings, the induced ones among them."""
    own = _own_sections(point, labour, region)
    if induced == 0:
        return own
    mixed: Array = (own + induced * labour.multipliers.market_shares(region)) / (1 + induced)
    return mixed
