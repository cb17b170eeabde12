"""How many people new dwellings bring: the dwelling-led closure.

    M = (dD (1 - v) - d(sum P h)) / sum(m h)

In changes from a base date, not in levels: where households share a dwelling, levels would turn
people out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.errors import InputError
from forecast.words import say

Array = NDArray[np.float64]


def dwelling_led(
    dwellings_change: Array,
    vacant: float | Array,
    people_before: Array,
    people_after: Array,
    headship: Array,
    composition: Array,
) -> Array:
    """(...) arrivals that fill new dwellings beside those who are there anyway, persons.

    dwellings_change : (...) dwellings completed less those lost between both dates
    vacant           : share of them in which no household lives, 0 to 1
    people_before, people_after : (sex, age, ...) persons on both dates without the arrivals
    headship         : (sex, age) or (sex, age, ...) households for each person
    composition      : (sex, age) or (sex, age, ...) shares of the arrivals, sum 1

    Negative: fewer dwellings than new households want. With M arrivals of this composition the
    households change by dwellings_change x (1 - vacant) exactly. Raises InputError where nobody
    of the composition heads a household.
    """
    people = people_after - people_before
    heads = _alike(headship, people)
    per_arrival = (_alike(composition, people) * heads).sum(axis=(0, 1))
    if not np.all(per_arrival > 0):
        raise InputError("", say("nobody among the arrivals heads a household"))
    formed = (people * heads).sum(axis=(0, 1))
    arrivals: Array = (dwellings_change * (1.0 - np.asarray(vacant)) - formed) / per_arrival
    return arrivals


def _alike(table: Array, people: Array) -> Array:
    """A table (sex, age) or (sex, age, ...) with the trailing axes of the people."""
    return table.reshape(*table.shape, *(1,) * (people.ndim - table.ndim))
