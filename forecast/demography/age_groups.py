"""Values by age group, checked at the door: rates of groups, or movers of groups as shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.errors import InputError, collect
from forecast.words import say

Array = NDArray[np.float64]
Measure = Literal["rates", "shares"]

LEAST, MOST = 1e-15, 1e15  # of the largest value: beyond them no rate and no number of movers lies
OLDEST = 120  # completed years: what lies above is no age


@dataclass(frozen=True)
class AgeGroups:
    """Values by age group, ready to fit: `values` per year of age, `weights` with mean 1."""

    first: NDArray[np.intp]
    last: NDArray[np.intp]
    values: Array
    weights: Array
    measure: Measure

    @property
    def ages(self) -> Array:
        """Exact ages of the single years that the groups cover."""
        return np.arange(self.first[0], self.last[-1] + 1) + 0.5

    def means(self, single: Array) -> Array:
        """(group, ...) means over the ages of each group, of (age, ...) values at `ages`."""
        sums = np.add.reduceat(single, self.first - self.first[0], axis=0)
        width = (self.last - self.first + 1).astype(float)
        found: Array = sums / width.reshape(-1, *(1,) * (single.ndim - 1))
        return found


def age_groups(
    what: str,
    first_ages: ArrayLike,
    rates: ArrayLike,
    measure: Measure,
    weights: ArrayLike | None,
    end: int | None,
) -> AgeGroups:
    """The values by age group, per year of age.

    first_ages, rates, weights : (group,) as in `schedule_fit.fit_rogers_castro`, with its errors
    end : first age after the last group; default: it is as wide as the one before it
    Raises InputError with everything that is wrong.
    """
    first, values = (_numbers(what, given) for given in (first_ages, rates))
    weight = np.ones_like(values) if weights is None else _numbers(what, weights)
    with collect(what) as faults:
        if measure not in ("rates", "shares"):
            faults.add("measure", say("'{word}' is not rates or shares", word=measure))
        if not len(first) == len(values) == len(weight) or len(first) < 2:
            faults.add(
                "first_ages",
                say(
                    "{n} ages, {m} values, {w} weights", n=len(first), m=len(values), w=len(weight)
                ),
                say("give one of each for every age group"),
            )
    last = 2 * first[-1] - first[-2] if end is None else float(end)
    edges = np.append(first, last)
    with collect(what) as faults:
        if not (np.diff(edges) > 0).all() or (edges != np.rint(edges)).any() or edges[0] < 0:
            faults.add("first_ages", say("ages are whole years from 0 on, each above the last"))
        elif edges[-1] > OLDEST + 1:
            faults.add("first_ages", say("ages above {oldest}: are these years?", oldest=OLDEST))
        for age, value, counts in zip(first, values, weight, strict=True):
            if not 0 <= value < np.inf:
                message = say("{value} is negative or missing", value=value)
                faults.add(say("age {age}", age=f"{age:g}"), message)
            if not 0 <= counts < np.inf:
                message = say("the weight {value} is negative or missing", value=counts)
                faults.add(say("age {age}", age=f"{age:g}"), message)
        if not faults and not values.any():
            faults.add("", say("every value is zero: nobody moves, there is no schedule to fit"))
        elif not faults and not (values[weight > 0] > 0).any():
            faults.add("weights", say("no age group with movers has a weight"))
        elif not faults:
            for name, given in (("rates", values), ("weights", weight)):
                if not LEAST <= (top := given.max()) <= MOST:
                    message = say("the largest value is {value}", value=f"{top:g}")
                    cure = say(
                        "write values from {low} to {high}", low=f"{LEAST:g}", high=f"{MOST:g}"
                    )
                    faults.add(name, message, cure)
    width = np.diff(edges)
    if measure == "shares":
        values = values / width / values.sum()
    whole = edges.astype(np.intp)
    return AgeGroups(whole[:-1], whole[1:] - 1, values, weight / weight.mean(), measure)


def _numbers(what: str, given: ArrayLike) -> Array:
    try:
        return np.atleast_1d(np.asarray(given, dtype=float)).ravel()
    except (TypeError, ValueError):
        raise InputError(what, say("'{given}' are no numbers", given=given)) from None
