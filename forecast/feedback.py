"""The yearly loop: what a scenario makes scarce in one year moves people in the next.

    du = - 100 absorbs (short - short of the plain run)
    dln(pay) = - wage_curve ln((u + du) / u)          dln(homes) = response ln(H / H of the plain)

The plain run is the same run without growth points, drivers and levers, draw by draw, so only what
the scenario changes is answered to: a scenario that changes nothing is the plain run, to the last
bit. `short` is the labour deficit of the end of the year for each member of the labour force,
before unemployed residents take any of the jobs of growth points, u the unemployment of the plain
run, H the dwellings that people need less those that growth points built. Unemployment, pay and
home values then move the flows of the next year as drivers do (migration.response): people who
come to a region that is short of workers fill its jobs, so every link weakens what set it off.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.assumptions import Note
from forecast.brought import Brought
from forecast.elasticities import DRIVERS, HOME_VALUE, INCOME, UNEMPLOYMENT
from forecast.labour import LabourBase, labour_year
from forecast.labour.calibrate import Loop
from forecast.space import Space
from forecast.words import mark, say
from forecast.words.digits import number

Array = NDArray[np.float64]

LINKS: Mapping[str, str] = {
    UNEMPLOYMENT: mark("unemployment follows the labour deficit"),
    INCOME: mark("pay follows unemployment"),
    HOME_VALUE: mark("home values follow households and dwellings"),
}
MOST_POINTS = 20.0  # of unemployment, upwards: as far as a scenario may write it
LEAST_PART = 0.1  # of unemployment that is always left, for the logarithm of the wage curve


class Balance(NamedTuple):
    """How a region stands at the end of a year, (region, draw).

    unemployed : share of the labour force
    short      : labour deficit for each member of the labour force, positive = short of workers
    homes      : dwellings that its people need less those that growth points built
    """

    unemployed: Array
    short: Array
    homes: Array


@dataclass(frozen=True)
class Feedback:
    """The links of the yearly loop that are on.

    links : names of LINKS
    loop  : how strongly they answer
    each  : (sex, age, region) dwellings that one person needs
    """

    links: frozenset[str]
    loop: Loop
    each: Array

    def balance(
        self,
        labour: LabourBase,
        people: Array,
        year: int,
        *,
        brought: Brought | None = None,
        built: Array | float = 0.0,
        permits: float = 0.0,
        more_jobs: Array | None = None,
        jobs: Mapping[str, Array],
    ) -> Balance:
        """How the regions stand at the end of calendar year `year`.

        people : (sex, age, region, draw) on 31 December, persons
        brought: people whom growth points brought, those without published jobs or homes told
        built  : (region, draw) dwellings of growth points that stand then
        jobs   : what growth points add, see `simulate.jobs_of`; who takes them is left open
        """
        came = Brought(0.0, 0.0, 0.0, 0.0) if brought is None else brought
        work = labour_year(
            labour, people, year, permits=permits, more_jobs=more_jobs, brought=came.people,
            unsaid=came.unsaid, unnamed=came.workers, extra_jobs=jobs.get("extra_jobs"),
        )  # fmt: skip
        force = np.maximum(work.labour_force, 1.0)
        need = np.einsum("sard,sar->rd", people, self.each)
        homes = need - came.homes - built
        return Balance(work.unemployed / force, work.deficit / force, homes)

    def changes(self, here: Balance, plain: Balance) -> Array:
        """(driver, region, draw) what the drivers change in the next year."""
        found = np.zeros((len(DRIVERS), *here.short.shape))
        short = here.short - plain.short
        points = -100 * self.loop.absorbs * short
        was = 100 * plain.unemployed
        points = np.clip(points, -(1 - LEAST_PART) * was, MOST_POINTS)
        if UNEMPLOYMENT in self.links:
            found[_place(UNEMPLOYMENT)] = points
        if INCOME in self.links:
            part = np.divide(was + points, was, out=np.ones_like(points), where=was > 0)
            found[_place(INCOME)] = -self.loop.wage_curve * np.log(part)
        if HOME_VALUE in self.links:
            both = (here.homes > 0) & (plain.homes > 0)
            part = np.divide(here.homes, plain.homes, out=np.ones_like(here.homes), where=both)
            found[_place(HOME_VALUE)] = self.loop.home_value * np.log(part)
        return found


def links_of(switches: Mapping[str, bool], given: Sequence[str], trend: bool) -> frozenset[str]:
    """The links that are on: what the scenario gives itself is not answered to again.

    switches : {link: on}; given : drivers that the scenario gives; trend : it continues those of
    jobs and incomes
    """
    on = {name for name in LINKS if switches[name]}
    if trend or set(given) - {HOME_VALUE}:
        on -= {UNEMPLOYMENT, INCOME}
    return frozenset(on - set(given))


def feedback_notes(
    feedback: Feedback | None, residual: Array | None, space: Space
) -> tuple[Note, ...]:
    """What answers to what, and how far the last year is from a fixed point, in words."""
    if feedback is None:
        return ()
    text = say(
        "What the scenario makes scarce moves people a year later: {links}. Only the difference to "
        "the same run without growth points, drivers and levers counts.",
        links="; ".join(say(LINKS[name]) for name in LINKS if name in feedback.links),
    )  # fmt: skip
    if residual is not None:
        worst = int(np.abs(residual).argmax())
        text += " " + say(
            "Had the last year answered to itself, net migration would differ by {persons} persons "
            "at most ({region}).",
            persons=number(float(residual[worst]), signed=True),
            region=space.name(space.ids[worst]),
        )  # fmt: skip
    source = "norms/labour.csv, norms/elasticities.csv"
    return (Note(say("Yearly loop"), text, source, "assumption"),)


def feedback_record(feedback: Feedback | None, residual: Array | None, space: Space) -> object:
    """The same for a machine: links that are on, and persons by region."""
    if feedback is None:
        return None
    off = {} if residual is None else dict(zip(space.ids, residual.round(1).tolist(), strict=True))
    return {"links": sorted(feedback.links), "residual_net_migration": off}


def _place(driver: str) -> int:
    return list(DRIVERS).index(driver)
