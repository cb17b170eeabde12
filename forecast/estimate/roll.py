"""One year forward or back for regions whose totals by sex are known on both dates.

Survivors at the region's mortality, registered or estimated births, migrants by age; what then
still misses to a total by sex is migration too and is spread over ages like it, never over the
whole population: the components move, not the stock.
"""

from __future__ import annotations

import numpy as np

from forecast.demography.lifetable import survival
from forecast.estimate.migrants import ADULT, MigrantAges
from forecast.estimate.national import grown_older, put_back
from forecast.estimate.tilt import Array


def migration_by_age(
    ages: MigrantAges, people: Array, internal: Array, immigration: Array, emigration: Array
) -> Array:
    """(sex, age, region) net migrants by the age at the end of the year.

    people : (sex, age, region) who may emigrate
    internal, immigration, emigration : (region,) persons; internal is net
    """
    leaving = ages.emigration[:, :, np.newaxis] * people
    leaving = leaving / leaving.sum(axis=(0, 1))
    young = ages.young * people.sum(axis=(0, 1))
    young = young - young.sum() / people.sum() * people.sum(axis=(0, 1))  # moves inside cancel
    return (
        ages.movers[:, :, np.newaxis] * internal
        + ages.swapped()[:, :, np.newaxis] * young
        + ages.immigration[:, :, np.newaxis] * immigration
        - leaving * emigration
    )


def forward(
    people: Array, mx: Array, born: Array, migrants: Array, totals: Array, ages: MigrantAges
) -> Array:
    """(sex, age, region) persons a year later, with the given totals by sex.

    people : (sex, age, region) on 1 January; mx (sex, age, region)
    born   : (sex, region) births of the year
    migrants : (sex, age, region) net migrants, by the age at the end of the year
    totals : (sex, region) persons a year later
    """
    return _to_totals(survivors(people, mx, born) + migrants, totals, ages)


def survivors(people: Array, mx: Array, born: Array) -> Array:
    """(sex, age, region) the people of 1 January and the newborns who live a year later."""
    into = survival(mx)
    later = grown_older(people, into)
    later[:, 0] = born * into[:, 0]
    return later


def backward(people: Array, mx: Array, migrants: Array, totals: Array, ages: MigrantAges) -> Array:
    """(sex, age, region) persons a year earlier, with the given totals by sex then."""
    return _to_totals(put_back(people - migrants, survival(mx)), totals, ages)


def _to_totals(people: Array, totals: Array, ages: MigrantAges) -> Array:
    """The rest, spread like movers of the region's own people (no cell falls below zero).

    What both sexes miss together is families; by how much the sexes differ is adults alone.
    """
    movers = ages.internal[:, :, np.newaxis] * people
    adults = movers * ADULT[:, np.newaxis]
    rest = totals - people.sum(axis=1)
    by_sex = movers.sum(axis=1) / movers.sum(axis=(0, 1))
    together = by_sex * rest.sum(axis=0)
    families = movers / movers.sum(axis=1, keepdims=True) * together[:, np.newaxis]
    differing = adults / adults.sum(axis=1, keepdims=True) * (rest - together)[:, np.newaxis]
    return people + families + differing
