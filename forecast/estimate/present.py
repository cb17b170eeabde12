"""From the regions of an earlier date to those of today: rolled forward, then split.

For shape only. Between the dates lies a census, so the totals are not the sum of components;
what a region's totals miss is spread over ages like movers.
"""

from __future__ import annotations

import numpy as np

from forecast.estimate.migrants import MigrantAges
from forecast.estimate.published import known_events, national_events
from forecast.estimate.regional import exact_margins
from forecast.estimate.roll import forward
from forecast.estimate.source import Source
from forecast.estimate.tilt import AGE, Array
from forecast.estimate.vital import fertility_of, mortality_of, sex_ratio_at_birth, total_fertility

FADE = np.interp(AGE, [5, 25], [1.0, 0.0])  # how far fertility tells the parts' children apart


def parents(source: Source, regions: tuple[str, ...]) -> Array:
    """(region of today,) place in `regions` of the territory that each region belonged to."""
    split = source.table("boundaries/crosswalk").to_dict("records")
    old = {row["region"]: row["old_region"] for row in split if row["old_region"] in regions}
    return np.array([regions.index(old.get(region, region)) for region in source.ids])


def rolled_to_present(
    source: Source,
    people: Array,
    regions: tuple[str, ...],
    years: tuple[int, int],
    totals: Array,
    ages: MigrantAges,
) -> Array:
    """(sex, age, region of today) on 1 January of the second year.

    people  : (sex, age, region then) on 1 January of the first year
    regions : regions then
    totals  : (sex, region of today) on 1 January of the second year
    """
    parent = parents(source, regions)
    whole = [totals[:, parent == place].sum(axis=1) for place in range(len(regions))]
    target, start = np.stack(whole, axis=1), people.sum(axis=1)
    for calendar in range(*years):
        step = (calendar + 1 - years[0]) / (years[1] - years[0])
        born = births_by_sex(source, _births_then(source, regions, people, calendar), calendar)
        mx = mortality_of(source, regions, calendar)
        between = start * (1 - step) + target * step
        people = forward(people, mx, born, np.zeros_like(people), between, ages)
    return _split(source, people, parent, totals, years[1])


def births_by_sex(source: Source, births: Array, calendar: int) -> Array:
    """(sex, region) births at the nation's sex ratio of the year."""
    ratio = sex_ratio_at_birth(source, calendar)
    return np.stack([births / (1 + ratio), births * ratio / (1 + ratio)])


def _births_then(source: Source, regions: tuple[str, ...], people: Array, calendar: int) -> Array:
    """(region,) births of a year on former territories, adding up to the nation's."""
    level = total_fertility(source, regions, calendar)
    pattern = fertility_of(source, calendar, people[0].sum(axis=1))
    modelled = level * (pattern @ people[0])
    known = known_events(source, "births").set_index(["region", "year"])["value"]
    counted = np.array([known.get((region, calendar), np.nan) for region in regions])
    left = national_events(source, calendar)["births"] - np.nansum(counted)
    missing = np.isnan(counted)
    return np.where(missing, modelled * left / modelled[missing].sum(), counted)


def _split(source: Source, people: Array, parent: Array, totals: Array, year: int) -> Array:
    """(sex, age, region of today): parts share their parent's structure and add up to it.

    Parts that differ in fertility have differed for long: the youngest are shared by it, less
    and less so up to the age at which today's parents were born.
    """
    fertility = total_fertility(source, source.ids, year)
    found = np.zeros((*people.shape[:2], len(parent)))
    for place in range(people.shape[2]):
        parts = np.flatnonzero(parent == place)
        mine = totals[:, parts]
        share = mine.sum(axis=0) / mine.sum()
        relative = np.log(fertility[parts] / (share @ fertility[parts]))
        shape = people[:, :, place]
        seed = shape[:, :, np.newaxis] * share * np.exp(FADE[:, np.newaxis] * relative)
        whole = shape * (mine.sum(axis=1) / shape.sum(axis=1))[:, np.newaxis]
        found[:, :, parts] = exact_margins(seed, whole, mine)
    return found
