"""What must hold in every run on the real package, whatever the scenario."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import forecast as fc
from forecast import growth
from forecast.plan import prepare
from forecast.relocation import Surroundings
from forecast.simulate import simulate

YEARS = range(2026, 2031)


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset("kazakhstan")


@pytest.fixture(scope="module")
def plan(dataset):
    return prepare(fc.load_scenario("atyrau-petrochemicals"), dataset)


@pytest.fixture(scope="module")
def assumptions(plan):
    return plan.assume()


@pytest.fixture(scope="module")
def with_point(plan, assumptions):
    return plan.simulate(assumptions)


@pytest.fixture(scope="module")
def baseline(plan, assumptions):
    return simulate(assumptions, (), plan.labour, plan.around)


def run_with(plan, assumptions, **changes):
    """The run with the scenario's point changed before it becomes arrays."""
    (name, written), *_ = plan.scenario.growth_points.items()
    point = written.model_copy(update=changes)
    points = growth.growth_points(
        {name: point}, plan.dataset.space, plan.labour, plan.years, people_of(assumptions)
    )
    return simulate(assumptions, points, plan.labour, plan.around)


def people_of(assumptions):
    return assumptions.population.sum(axis=(0, 1))


def jobs(levels):
    from forecast.scenario import Series

    years = sorted(levels)
    return Series(tuple(years), tuple(float(levels[year]) for year in years))


def test_balance_holds_by_region_sex_and_age(with_point):
    """after = aged before + births - deaths + in - out + abroad, within 1e-9 of the people."""
    for number, change in enumerate(with_point.changes):
        before, after = with_point.population[number], with_point.population[number + 1]
        aged = np.zeros_like(before)
        aged[:, 1:] = before[:, :-1]
        aged[:, -1] += before[:, -1]
        aged[:, 0] = change.births
        expected = (
            aged - change.deaths + change.internal_in - change.internal_out
            + change.extra_in - change.extra_out + change.immigration - change.emigration
        )  # fmt: skip
        assert np.abs(after - expected).max() <= 1e-9 * before.max()


def test_internal_moves_sum_to_zero_by_sex_and_age(with_point):
    for change in with_point.changes:
        for into, out in (
            (change.internal_in, change.internal_out), (change.extra_in, change.extra_out)
        ):  # fmt: skip
            net = into.sum(axis=2) - out.sum(axis=2)
            assert np.abs(net).max() <= 1e-9 * max(1.0, float(out.sum()))


def test_nobody_is_negative(with_point, baseline):
    assert with_point.population.min() >= 0
    assert baseline.population.min() >= 0


def test_flows_agree_with_arrivals_and_departures(with_point):
    for change, flows in zip(with_point.changes, with_point.flows, strict=True):
        out = (change.internal_out + change.extra_out).sum(axis=(0, 1))
        into = (change.internal_in + change.extra_in).sum(axis=(0, 1))
        assert flows.sum(axis=1) == pytest.approx(out, rel=1e-9)
        assert flows.sum(axis=0) == pytest.approx(into, rel=1e-9)


def test_a_point_without_jobs_and_dwellings_is_exactly_the_baseline(plan, assumptions, baseline):
    nothing = jobs({2027: 0, 2030: 0})
    empty = run_with(plan, assumptions, jobs=nothing, dwellings=nothing, construction_jobs=nothing)
    assert (empty.population == baseline.population).all()
    for mine, theirs in zip(empty.labour, baseline.labour, strict=True):
        assert (mine.deficit == theirs.deficit).all()


@settings(max_examples=40)
@given(
    first=st.floats(0, 50_000), second=st.floats(0, 50_000), more=st.floats(0, 20_000),
    year=st.sampled_from(list(YEARS)),
)  # fmt: skip
def test_more_jobs_never_mean_fewer_arrivals_there(plan, assumptions, first, second, more, year):
    plain = {y: first if y < 2028 else first + second for y in YEARS}
    raised = {y: level + (more if y >= year else 0) for y, level in plain.items()}
    few, many = (run_with(plan, assumptions, jobs=jobs(levels)) for levels in (plain, raised))
    arrivals = [sum(m.arrivals[0, 0] for m in run.moves) for run in (few, many)]
    assert arrivals[1] >= arrivals[0] - 1e-6
    region = few.points[0].region
    people = [run.population[-1, :, :, region].sum() for run in (few, many)]
    assert people[1] >= people[0] - 1e-6


def test_camp_workers_bring_nobody(plan, assumptions, baseline):
    """15,000 construction workers add no pupil; they are jobs, not residents."""
    camp = run_with(plan, assumptions, jobs=jobs({2026: 0}))
    assert camp.points[0].construction_jobs.max() > 10_000
    assert (camp.population == baseline.population).all()


def test_permanent_jobs_bring_hundreds_not_thousands(with_point):
    arrivals = sum(moves.arrivals[0, 0] for moves in with_point.moves)
    assert 200 < arrivals < 1500


def test_the_order_of_regions_does_not_matter(plan, assumptions, with_point):
    order = np.roll(np.arange(len(plan.dataset.space)), 7)
    back = np.argsort(order)
    moved = assumptions.permuted(order)
    labour = replace(
        plan.labour, shift=plan.labour.shift[order], unemployment=plan.labour.unemployment[order],
        jobs=plan.labour.jobs[order], people=plan.labour.people[order],
        trend=replace(plan.labour.trend, region=plan.labour.trend.region[order]),
    )  # fmt: skip
    (name, written), *_ = plan.scenario.growth_points.items()
    points = growth.growth_points(
        {name: written}, moved.space, labour, plan.years, people_of(moved)
    )
    each = plan.around.dwellings_per_person[..., order]
    loop = replace(plan.around.feedback, each=each)
    again = simulate(moved, points, labour, Surroundings(each, feedback=loop))
    assert again.population[:, :, :, back] == pytest.approx(with_point.population, rel=1e-9)


def test_doubling_people_doubles_every_flow(plan, assumptions):
    none = np.zeros_like(assumptions.immigration)
    alone = assumptions.but(immigration=none)
    twice = alone.but(population=2 * alone.population)
    one, two = (
        simulate(a, (), plan.labour, plan.around) for a in (alone, twice)
    )  # fmt: skip
    for mine, theirs in zip(one.flows, two.flows, strict=True):
        assert theirs == pytest.approx(2 * mine, rel=1e-9)


@settings(max_examples=20)
@given(net=st.floats(-60_000, 60_000))
def test_external_net_of_a_scenario_is_met(plan, assumptions, net):
    given_ = assumptions.but(external_net=np.full(len(assumptions.years), net))
    run = simulate(given_, (), plan.labour, plan.around)
    for change in run.changes:
        reached = change.immigration.sum() - change.emigration.sum()
        assert reached == pytest.approx(net, abs=1e-3)
