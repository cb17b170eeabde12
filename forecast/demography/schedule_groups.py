"""Age schedules per group of flows: by destination, by origin, by kind of move.

A group's movers by age are drawn towards those that it would have at the schedule of all groups
together (empirical Bayes, Dirichlet-multinomial: Johnson, Kotz & Balakrishnan 1997, Discrete
Multivariate Distributions, chapter 35): the fewer movers, and the more alike the groups are, the
more. Groups below a minimum take the common schedule at their own level.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.demography.age_groups import AgeGroups
from forecast.demography.schedule_fit import (
    Form,
    ScheduleFit,
    fit_rogers_castro,
    judged_by,
)
from forecast.demography.schedule_measures import fit_report
from forecast.errors import InputError, collect
from forecast.words import say

Array = NDArray[np.float64]

# Movers. Drawn at random out of 60 published flows (Italy 1970, 1985, 2000; seven parameters), so
# many of them place 9 % of the movers wrongly by the pooled schedule, 10 % by a fit of their own
# and 9 % by both together; 200 place 9, 9 and 8 %, 500 place 9, 6 and 6 %.
MINIMUM = 100
POOLED = "pooled"


@dataclass(frozen=True)
class GroupFits:
    """Schedules by group of flows.

    pooled  : the schedule of all groups together
    fits    : {group: schedule}; r2 and mape compare it with the group's own figures
    movers  : {group: movers, persons}
    own     : {group: weight of the group's own figures, 0 where it took the pooled schedule}
    prior   : movers' worth of the pooled schedule that was added to each group
    minimum : movers below which a group took the pooled schedule
    """

    pooled: ScheduleFit
    fits: dict[str, ScheduleFit]
    movers: dict[str, float]
    own: dict[str, float]
    prior: float
    minimum: float

    def report(self) -> pd.DataFrame:
        """The `fit_report` with movers and the weight of the group's own figures.

        The last row, `pooled`, is the schedule of all groups; a group of that name is refused.
        """
        table = fit_report({**self.fits, POOLED: self.pooled})
        movers = {**self.movers, POOLED: sum(self.movers.values())}
        own = {**self.own, POOLED: 1.0}
        for place, (name, values) in enumerate((("movers", movers), ("own_weight", own)), start=1):
            table.insert(place, name, [values[str(group)] for group in table["group"]])
        return table


def fit_groups(
    frame: pd.DataFrame,
    *,
    parameters: Form = "best",
    minimum: float = MINIMUM,
    prior: float | None = None,
    end: int | None = None,
) -> GroupFits:
    """One schedule per group of flows, small groups drawn to or replaced by the common one.

    frame   : group, age (first completed year of an age group), persons (movers) and, when it is
              known, population (persons at risk of that group and age): with it rates are fitted,
              each age counting by its people; without it shares of movers. One row for every
              group and age
    parameters : as in `fit_rogers_castro`, chosen anew for each group with "best"
    minimum : movers below which a group takes the pooled schedule, at its own level of moving
    prior   : movers' worth of the pooled schedule that is added to every other group; default:
              what the groups' differences beyond chance say (moments of the Dirichlet-multinomial)
    end     : first age after the last group

    Raises InputError: columns, cells or ages are missing, given twice or negative, nobody moves
    at all, movers where nobody lives, too few ages for the parameters, or a negative or missing
    prior or minimum.
    """
    _refuse_negative(prior=prior, minimum=minimum)
    table = _table(frame)
    common = _rates(table.movers.sum(axis=0), table.people.sum(axis=0))
    total = table.movers.sum(axis=1)
    alike = table.people * common  # movers of a group that has the common schedule
    at_common = alike.sum(axis=1)
    level = np.divide(total, at_common, out=np.zeros_like(total), where=at_common > 0)
    alike = alike * level[:, np.newaxis]
    added = _prior(table.movers, alike) if prior is None else prior
    every = table.summed()

    def fit(movers: Array, people: Array, name: str) -> ScheduleFit:
        return fit_rogers_castro(
            table.ages, _rates(movers, people) if table.known else movers,
            measure="rates" if table.known else "shares", parameters=parameters,
            weights=people if table.known else None, end=end, what=name,
        )  # fmt: skip

    pooled = fit(every.movers[0], every.people[0], POOLED)
    fits, own = {}, {}
    for place, name in enumerate(table.names):
        movers, people = table.movers[place], table.people[place]
        observed = _observed(pooled, movers, people)
        if total[place] < minimum or np.isinf(added):
            own[name] = 0.0
            note = say("{n} movers: the pooled schedule", n=f"{total[place]:.0f}")
            factor = float(level[place]) if table.known else 1.0
            fits[name] = replace(judged_by(pooled, observed, factor), note=note)
            continue
        own[name] = float(total[place] / (total[place] + added))
        mixed = own[name] * movers + (1 - own[name]) * alike[place]
        fits[name] = judged_by(fit(mixed, people, name), observed)
    counts = dict(zip(table.names, map(float, total), strict=True))
    return GroupFits(pooled, fits, counts, own, added, minimum)


def _refuse_negative(**options: float | None) -> None:
    """Options of `fit_groups` that are no numbers of movers."""
    with collect(say("schedules by group of flows")) as faults:
        for name, given in options.items():
            if given is not None and not given >= 0:
                faults.add(name, say("{value} is negative or missing", value=given))


def _prior(movers: Array, alike: Array) -> float:
    """Movers' worth of the common schedule: how alike the groups are, by moments.

    Chi-square per degree of freedom is expected to be 1 + (n - 1) / (prior + 1) of n movers.
    inf where the groups differ no more than by chance.
    """
    there = alike > 0
    squares = np.divide((movers - alike) ** 2, alike, out=np.zeros_like(alike), where=there)
    free = np.maximum(there.sum(axis=1) - 1, 1)
    some = movers.sum(axis=1) > 1
    excess = (squares.sum(axis=1) / free - 1)[some].sum()
    spread = excess / (movers.sum(axis=1) - 1)[some].sum() if some.any() else 0.0
    return float(max(1 / spread - 1, 0.0)) if spread > 0 else float("inf")


def _observed(pooled: ScheduleFit, movers: Array, people: Array) -> AgeGroups:
    """A group's own figures, in the ages and the unit of the pooled schedule."""
    first, last = pooled.first_ages, pooled.last_ages
    if pooled.measure == "rates":
        weights = people / people.mean()
        return AgeGroups(first, last, _rates(movers, people), weights, "rates")
    values = movers / (last - first + 1) / (movers.sum() or 1.0)
    return AgeGroups(first, last, values, np.ones_like(values), "shares")


def _rates(movers: Array, people: Array) -> Array:
    """Movers per person; 0 at ages at which nobody lives, whose weight is 0 too."""
    return np.divide(movers, people, out=np.zeros_like(movers), where=people > 0)


@dataclass(frozen=True)
class _Table:
    """Movers and people at risk, (group, age); people are 1 where they are not `known`."""

    names: tuple[str, ...]
    ages: NDArray[np.intp]
    movers: Array
    people: Array
    known: bool

    def summed(self) -> _Table:
        """All groups as one."""
        movers, people = (x.sum(axis=0, keepdims=True) for x in (self.movers, self.people))
        return replace(self, names=(POOLED,), movers=movers, people=people)


def _table(frame: pd.DataFrame) -> _Table:
    """The frame as arrays; raises InputError with everything that is wrong."""
    what = say("schedules by group of flows")
    known = "population" in frame.columns
    missing = [name for name in ("group", "age", "persons") if name not in frame.columns]
    if missing or frame.empty:
        message = say("no columns {names}", names=", ".join(missing)) if missing else ""
        raise InputError(what, message or say("the table has no rows"))
    with collect(what) as faults:
        twice = frame[frame.duplicated(["group", "age"])]
        for row in twice.to_dict("records"):
            faults.add(_cell(row["group"], row["age"]), say("given twice"))
        if (frame["group"].astype(str) == POOLED).any():
            faults.add("group", say("'{name}' is the name of all groups together", name=POOLED))
        if frame[["group", "age"]].isna().any(axis=None):
            faults.add("group, age", say("a name or an age is missing"))
    names, ages = frame["group"].unique(), np.sort(frame["age"].unique())
    square = frame.set_index(["group", "age"])
    cells = pd.MultiIndex.from_product([names, ages])
    shape = (len(names), len(ages))
    movers, people = (
        pd.to_numeric(square[column], errors="coerce").reindex(cells).to_numpy(float).reshape(shape)
        if column in square
        else np.ones(shape)
        for column in ("persons", "population")
    )
    with collect(what) as faults:
        for (group, age), count, there in zip(cells, movers.flat, people.flat, strict=True):
            if not 0 <= count < np.inf or not 0 <= there < np.inf:
                faults.add(_cell(group, age), say("a number of persons is negative or missing"))
            elif count > 0 and there == 0:
                faults.add(_cell(group, age), say("movers where nobody lives"))
        if not faults:
            for group, there in zip(names, people.sum(axis=1), strict=True):
                if there == 0:
                    faults.add(str(group), say("nobody lives there"))
            if not movers.any():
                faults.add("persons", say("nobody moves"))
    return _Table(tuple(map(str, names)), ages, movers, people, known)


def _cell(group: object, age: object) -> str:
    return say("{group}, age {age}", group=group, age=age)
