"""Sejong, a new administrative city, replayed 2012-2020 as a growth point from its plan.

The plan by stages: 150 thousand people by 2015, 300 by 2020 (500 by 2030). Nothing of Sejong's
own moves is used: the flows are those of the sixteen regions until 2011, its territory a part of
Chungcheongnam-do by its people. What is held against it: a net of 245 thousand people in nine
years, and the five regions that most came from.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest

import forecast as fc
from forecast.assumptions import Assumptions
from forecast.migration import MODELS
from forecast.migration.flow_files import read_panel
from forecast.migration.growth_point import GrowthPoint
from forecast.migration.internal import gravity_pull, move_intensity
from forecast.plan import prepare
from forecast.relocation import Surroundings
from forecast.simulate import simulate
from forecast.space import AGES, SEXES, Region, Space

CITY, AROUND = "Sejong", "Chungcheongnam-do"
YEARS = tuple(range(2012, 2021))
# People of the territory at the end of 2011: 113 thousand a year later, of which 17 came then.
TERRITORY = 95_000.0
PLAN = {2012: 0.0, 2016: 150_000.0, 2021: 300_000.0}  # on 1 January
OBSERVED_NET = 245_377


class Replay(NamedTuple):
    names: tuple[str, ...]
    nets: np.ndarray  # (year,) of the city
    inflow: np.ndarray  # (region,) into the city, all years
    without: float  # net of all years without the growth point


@pytest.fixture(scope="module")
def korea(reference_data):
    folder = reference_data / "flows" / "korea"
    return read_panel(folder, {CITY: AROUND}).until(2011), read_panel(folder)


@pytest.fixture(scope="module")
def labour():
    """The labour market of a run; a place that people drive never asks it."""
    return prepare(fc.load_scenario("baseline"), fc.load_dataset()).labour


def assumptions_of(past, now, territory):
    """Moves forecast from what was known in 2011; births and deaths only as growth by place."""
    names, count = now.regions, len(now.regions)
    old = [past.regions.index(AROUND if name == CITY else name) for name in names]
    city, around = names.index(CITY), names.index(AROUND)
    weight = np.ones(count)
    weight[city] = territory / past.population[-1, old[around]]
    weight[around] = 1 - weight[city]
    flows = MODELS["pooled"]().fit(past).predict(1)[np.ix_(old, old)]
    flows = flows * weight[:, None] * weight
    flows[city, around] = flows[around, city] = 0  # nobody knows them
    people = past.population[-1, old] * weight
    nets = past.flows.sum(axis=1) - past.flows.sum(axis=2)
    other = np.diff(past.population[-6:], axis=0) - nets[-5:]
    growth = (other / past.population[-6:-1]).mean(axis=0)[old]
    shape = (len(YEARS), len(SEXES), len(AGES), count)
    population = np.broadcast_to(people / (len(SEXES) * len(AGES)), shape[1:]).copy()
    propensity = np.ones(shape[1:3])
    space = Space(
        tuple(Region(f"K-{k}", f"{k}", "province", {"en": name}) for k, name in enumerate(names)),
        "K",
    )
    return Assumptions(
        space=space,
        years=YEARS,
        population=population,
        fertility=np.zeros((len(YEARS), len(AGES), count)),
        sex_ratio=1.05,
        mortality=np.full(shape, 1e-9),
        intensity=move_intensity(flows, propensity, population),
        propensity=propensity,
        emigration=np.broadcast_to(np.maximum(-growth, 0), shape).copy(),
        immigration=np.broadcast_to(np.maximum(growth, 0) * population, shape).copy(),
        external_net=np.full(len(YEARS), np.nan),
        pull=gravity_pull(people, now.distance, now.contiguous),
    )


def place(labour, count, city, existing, plan):
    years = range(YEARS[0], YEARS[-1] + 2)
    zero = np.zeros(len(YEARS) + 1)
    return GrowthPoint(
        id="sejong", jobs_change=zero, dwellings_change=zero, jobs=zero[1:], jobs_added=zero[1:],
        construction_jobs=zero, dwellings=zero[1:], region=city, homes=np.eye(count)[city],
        sections=np.full(labour.jobs.shape[1], 1 / labour.jobs.shape[1]), additional=1.0,
        local_fill=0.0, profile=np.array([1.0, 0.0]),
        people=existing + np.interp(years, list(plan), list(plan.values())),
        existing_people=existing, driver="people", given=frozenset(),
    )  # fmt: skip


def replay(korea, labour, *, territory=TERRITORY, existing=0.0, plan=PLAN):
    past, now = korea
    count, city = len(now.regions), now.regions.index(CITY)
    assumptions = assumptions_of(past, now, territory)
    mine = replace(
        labour,
        year=YEARS[0] - 1,
        pattern=replace(
            labour.pattern, pension_years=tuple(y - 20 for y in labour.pattern.pension_years)
        ),
        trend=replace(labour.trend, region=labour.trend.region[:count]),
        shift=labour.shift[:count],
        unemployment=labour.unemployment[:count],
        people=labour.people[:count],
        jobs=labour.jobs[:count],
    )
    around = Surroundings(np.zeros(assumptions.population.shape))
    point = place(mine, count, city, existing, plan)
    runs = [simulate(assumptions, points, mine, around) for points in ((point,), ())]
    nets = [np.array([f[:, city, 0].sum() - f[city, :, 0].sum() for f in run.flows])
            for run in runs]  # fmt: skip
    inflow = sum(flows[:, city, 0] for flows in runs[0].flows)
    return Replay(now.regions, nets[0], inflow, float(nets[1].sum()))


def five(names, inflow):
    return {names[k] for k in np.argsort(inflow)[-5:]}


def observed(now):
    city = now.regions.index(CITY)
    return now.flows[:, :, city].sum(axis=0), now.flows[:, city, :].sum()


def test_the_observed_net_is_the_published_one(korea):
    into, out = observed(korea[1])
    assert into.sum() - out == OBSERVED_NET


def test_the_plan_at_its_word_is_within_a_quarter(korea, labour):
    found = replay(korea, labour)
    assert found.nets.sum() == pytest.approx(OBSERVED_NET, rel=0.25)
    assert abs(found.without) < 0.05 * OBSERVED_NET  # gravity and the past alone see nothing coming


def test_the_five_largest_origins_are_the_right_ones(korea, labour):
    found = replay(korea, labour)
    assert five(found.names, found.inflow) == five(found.names, observed(korea[1])[0])
    assert five(found.names, found.inflow) == {
        "Daejeon", "Gyeonggi-do", "Chungcheongbuk-do", "Chungcheongnam-do", "Seoul",
    }  # fmt: skip


@pytest.mark.parametrize(
    "reading",
    [
        {"territory": 85_000.0},
        {"territory": 105_000.0},
        # some of those who lived there already count into the plan
        {"existing": 20_000.0, "plan": {2012: 0.0, 2016: 130_000.0, 2021: 280_000.0}},
        # all of them do
        {"existing": 95_000.0, "plan": {2012: 0.0, 2016: 55_000.0, 2021: 205_000.0}},
    ],
)
def test_other_readings_of_the_plan_are_within_a_quarter_too(korea, labour, reading):
    found = replay(korea, labour, **reading)
    assert found.nets.sum() == pytest.approx(OBSERVED_NET, rel=0.25)
    assert five(found.names, found.inflow) == five(found.names, observed(korea[1])[0])
