"""The labour market as assumptions: parameters of its norms, participation, unemployment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast import baseline, policy
from forecast.dataset.package import Dataset
from forecast.infrastructure.stock import weakest
from forecast.labour import LabourBase, calibrate_labour
from forecast.labour.calibrate import PARAMETERS
from forecast.plan import Plan
from forecast.space import AGES, SEXES
from forecast.varied.world import LABOUR, PEOPLE, Assumption, World, around, by_share
from forecast.words import mark, say
from forecast.words.digits import NO_BREAK, number

Array = NDArray[np.float64]

TABLE = "norms/labour"
WORDS = {
    "participation_cap": mark("largest participation of any age"),
    "trend_damping": mark("growth of jobs: what is left of a fading trend a year later"),
    "section_own_trend": mark("growth of jobs: own trend of a section that is kept"),
    "region_own_trend": mark("growth of jobs: own trend of a region that is kept"),
    "second_jobs": mark("second jobs"),
    "commuting_ratio": mark("employed residents per job"),
    "multiplier_least": mark("multiplier of direct jobs, smallest"),
    "multiplier_most": mark("multiplier of direct jobs, largest"),
    "flq_delta": mark("exponent of the location quotient"),
    "unemployment_absorbs": mark("short jobs that unemployed residents take"),
    "wage_curve": mark("wage curve"),
    "home_value_response": mark("answer of home values to households"),
    "employee_share_growth": mark("growth of the share of employees"),
    "retraining_share": mark("workers who can be retrained"),
}
UNITS = (  # of norms/labour
    mark("labour force per person"), mark("share"), mark("share a year"),
    mark("jobs per employed person"), mark("employed residents per job"),
    mark("log per log"),
)  # fmt: skip
REMARKS = ("flagged_change", "shrinkage_years")  # they change what is told and no number
BALANCED = ("second_jobs", "commuting_ratio")
BANDS = ((15, 24), (25, 54), (55, 64), (65, AGES[-1]))  # broad age groups of the ILO
PARTICIPATION = {
    "female": mark("participation, women {ages}"),
    "male": mark("participation, men {ages}"),
}
POINTS = 0.02  # of participation, up and down


@dataclass(frozen=True)
class _Tables:
    """The tables of a package with one of them replaced."""

    dataset: Dataset
    changed: pd.DataFrame

    def has(self, name: str) -> bool:
        return self.dataset.has(name)

    def table(self, name: str) -> pd.DataFrame:
        return self.changed.copy() if name == TABLE else self.dataset.table(name)


def labour_market(plan: Plan, change: float, region: int | None, year: int) -> Iterator[Assumption]:
    """Everything that is assumed of the labour market.

    region, year : of the rates that are shown; None is the nation
    """
    yield from _parameters(plan, change)
    yield from _participation(plan, region, year)
    yield _unemployment(plan, change, region)


def _first(plan: Plan) -> str:
    """What participation and unemployment change: jobs of growth points call workers, and what is
    scarce moves people."""
    called = any(point.driver == "jobs" for point in plan.points)
    return PEOPLE if called or plan.around.feedback is not None else LABOUR


def _parameters(plan: Plan, change: float) -> Iterator[Assumption]:
    """The numbers of norms/labour. Years name breaks of the series and stay."""
    for line in plan.dataset.table(TABLE).to_dict("records"):
        name = str(line["parameter"])
        if name in REMARKS or line["unit"] == "calendar year":
            continue
        least, most = PARAMETERS[name]
        value = float(line["value"])
        yield Assumption(
            id=f"labour.{name}",
            name=say(WORDS.get(name, name)),
            levels=around(value, change, least, most, from_zero=True),
            at=_with_parameter(name),
            unit=say(str(line["unit"])),
            status=str(line["status"]),
            source=str(line["source"]),
            range=by_share(change),
            changes=LABOUR if plan.around.feedback is None else PEOPLE,
        )


def _with_parameter(name: str) -> Callable[[World, float | str], World]:
    def at(world: World, value: float | str) -> World:
        return world.with_labour(recalibrated(world.plan, name, float(value)))

    return at


def recalibrated(plan: Plan, name: str, value: float) -> LabourBase:
    """The labour market of a plan with another parameter of norms/labour.

    Second jobs and commuting are counted in the jobs of the base year as well: jobs are then
    other ones on both sides and the base year stays in balance, as its deficit is 0 by definition.
    """
    dataset = plan.dataset
    table = dataset.table(TABLE)
    table["value"] = table["value"].astype(float).mask(table["parameter"] == name, value)
    years = sorted(int(year) for year in dataset.table("estimated/population")["year"].unique())
    people = {year: baseline.population_on(dataset, year) for year in years}
    labour = calibrate_labour(_Tables(dataset, table), dataset.space, people)
    if name in BALANCED:
        more = (1 + labour.second_jobs) / labour.commuting
        more /= (1 + plan.labour.second_jobs) / plan.labour.commuting
        labour = replace(labour, jobs=labour.jobs * more)
    return replace(labour, changes=plan.labour.changes, qualified=plan.labour.qualified)


def _participation(plan: Plan, region: int | None, year: int) -> Iterator[Assumption]:
    """Participation of each sex and broad age group, two points up and down by the lever."""
    frame = plan.dataset.table("norms/participation")
    for place, sex in enumerate(SEXES):
        for first, last in BANDS:
            ages = slice(first, last + 1)
            levels = tuple(
                _rate(plan, _moved(plan, sex, (first, last), points), (place, ages), region, year)
                for points in (-POINTS, 0.0, POINTS)
            )
            rows = frame[(frame["sex"] == sex) & (frame["age_from"] <= last)
                         & (frame["age_to"] >= first)]  # fmt: skip
            low, central, high = levels
            span = f"{first}\u2013{last}" if last < AGES[-1] else f"{first}+"
            yield Assumption(
                id=f"participation.{sex}.{first}-{last}"
                if last < AGES[-1]
                else f"participation.{sex}.{first}+",
                name=say(PARTICIPATION[sex], ages=span).replace(f" {span}", NO_BREAK + span),
                levels=(low, central, high),
                at=_with_points(sex, (first, last), low),
                unit=say("labour force per person"),
                status=weakest(*rows["status"].astype(str)) if len(rows) else "unknown",
                source="; ".join(dict.fromkeys(rows["source"].astype(str))),
                range=say("±{n} points", n=number(100 * POINTS)),
                changes=_first(plan),
            )


def _with_points(
    sex: str, ages: tuple[int, int], low: float
) -> Callable[[World, float | str], World]:
    """`low` tells the lower level from the higher one: what is shown is a mean over ages."""

    def at(world: World, value: float | str) -> World:
        points = -POINTS if value == low else POINTS
        return world.with_labour(_moved(world.plan, sex, ages, points))

    return at


def _moved(plan: Plan, sex: str, ages: tuple[int, int], points: float) -> LabourBase:
    """The labour market with the lever of participation moved by some points in every year."""
    from forecast.scenario.levers import ParticipationChange

    if points == 0:
        return plan.labour
    levers = plan.scenario.levers
    change = ParticipationChange.model_validate(
        {"sex": sex, "ages": list(ages), "change": {plan.years[0]: points}}
    )
    more = levers.model_copy(update={"participation": (*levers.participation, change)})
    return replace(
        plan.labour, changes=policy.participation_changes(more, plan.years, plan.dataset.space)
    )


def _rate(
    plan: Plan, labour: LabourBase, who: tuple[int, slice], region: int | None, year: int
) -> float:
    """Mean participation of some ages in a year, by the people of the base year."""
    people = baseline.population_on(plan.dataset, plan.dataset.base_year)[who]  # (age, region)
    rates = labour.participation_in(year)[who]
    if region is not None:
        people, rates = people[:, region], rates[:, region]
    return float((people * rates).sum() / people.sum())


def _unemployment(plan: Plan, change: float, region: int | None) -> Assumption:
    """Unemployment of every region, in the same proportion up and down."""
    labour = plan.labour
    force = labour.jobs.sum(axis=1) / (1 - labour.unemployment)
    place = slice(None) if region is None else slice(region, region + 1)
    central = float((force * labour.unemployment)[place].sum() / force[place].sum())

    def at(world: World, value: float | str) -> World:
        found = world.plan.labour
        share = np.clip(found.unemployment * (float(value) / central), 0.0, 1.0)
        return world.with_labour(replace(found, unemployment=share))

    return Assumption(
        id="labour.unemployment",
        name=say("unemployment, held from {year} on", year=labour.year),
        levels=around(central, change, 0.0, 1.0),
        at=at,
        unit=say("share"),
        status="assumption",
        source=plan.dataset.sources(["labour_force"]),
        range=by_share(change),
        changes=_first(plan),
    )
