"""People whom growth points brought, counted region by region beside the people themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.demography.step import Change
from forecast.migration.going import Going
from forecast.migration.growth_point import GrowthPoint, Moves

Array = NDArray[np.float64]

DWELLING = "dwelling"  # the kind of facility that homes are


class Brought(NamedTuple):
    """People whom growth points brought, (region, draw). They come with what one of their ages
    counts for, and then grow, die and move away as the people of their region do.

    What a plan does not publish is not scarce: people of a point that names no jobs are neither
    short nor in surplus, those of a point that names no dwellings have theirs.

    people  : persons, less those who left when jobs fell
    unsaid  : of these, persons of points that publish no jobs
    workers : jobs that these fill
    homes   : dwellings that people of points need that publish no dwellings
    """

    people: Array | float
    unsaid: Array | float
    workers: Array | float
    homes: Array | float


def a_year_later(
    before: Brought,
    points: Sequence[GrowthPoint],
    moves: Moves,
    each: tuple[Array, Array],
    change: Change,
    population: Array,
) -> Brought:
    """Whom growth points brought, when a year is over.

    each   : (sex, age, region) work done and dwellings needed by one person
    change : what happened in the year to the people (sex, age, region, draw) of its 1 January
    """
    active, homes_each = each
    kept = stays(change, population)
    homes = np.array([point.homes for point in points])
    left = np.einsum("pd,pr->rd", moves.departures, homes)
    silent = np.array([p.driver != "jobs" and "jobs" not in p.given for p in points])
    homeless = np.array([DWELLING not in p.built for p in points])
    going = moves.going
    return Brought(
        np.maximum(before.people * kept + going.by_home.sum(axis=0) - left, 0.0),
        before.unsaid * kept + weighed(silent, going),
        before.workers * kept + weighed(silent, going, active),
        before.homes * kept + weighed(homeless, going, homes_each),
    )


def stays(change: Change, population: Array) -> Array:
    """(region, draw) what a year leaves of people of ordinary ages: births in, deaths and leavers
    out, nobody from elsewhere."""
    before = population.sum(axis=(0, 1))
    gone = (change.deaths + change.internal_out + change.emigration).sum(axis=(0, 1))
    after = before + change.births.sum(axis=0) - gone
    kept: Array = np.divide(after, before, out=np.ones_like(before), where=before > 0)
    return np.clip(kept, 0.0, None)


def weighed(points: Array, going: Going, each: Array | None = None) -> Array:
    """(region, draw) people of some points where they go, or what each of them counts for.

    points : (point,) whether a point counts
    each   : (sex, age, region) weight of a person
    """
    if not points.any():
        return np.zeros((going.route.shape[2], going.each.shape[-1]))
    if each is None:
        return np.asarray(going.by_home[points].sum(axis=0))
    return going.weighed(points.astype(float), each)
