"""A whole run against numbers worked out by hand: points, variants, tables, signs.

Each test would fail if a year, an axis, a share or a sign in the way from the scenario file to
the result were another one.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.demography.lifetable import life_expectancy
from forecast.fitted import fitted
from forecast.plan import prepare
from forecast.scenario import parse_scenario
from forecast.simulate import jobs_of, meet_external_net
from forecast.space import SEXES

HEAD = "title: t\nextends: baseline\n"


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset()


def plan_of(text, dataset):
    return prepare(parse_scenario(HEAD + text), dataset)


POINT = """
growth_points:
  plant:
    region: Akmola Region
    homes: {Akmola Region: 0.75, Astana City: 0.25}
    jobs: {2027: 400, 2029: 1000, 2030: 200}
    construction_jobs: {2027: 600}
    sectors: {manufacturing: 1}
    additional: 0.5
    local_fill: 0.2
    delivery: {share: 0.5, slip_years: 1}
"""


@pytest.fixture(scope="module")
def plan(dataset):
    return plan_of(POINT, dataset)


def test_half_of_the_jobs_come_a_year_late(plan):
    """400, 400, 1000, 200 planned for 2027-2030: 0, 200, 200, 500 in 2027-2030."""
    (point,) = plan.points
    assert point.jobs.tolist() == [0, 0, 200, 200, 500]  # 2026-2030
    assert point.construction_jobs.tolist() == [0, 0, 300, 0, 0, 0]  # to 2031
    assert [point.called(year) for year in range(5)] == pytest.approx(
        [0, 0, 200 * 0.5 * 0.8, 0, 300 * 0.5 * 0.8]
    )


def test_permanent_jobs_stand_at_the_homes_and_camps_at_the_site(plan):
    ids = list(plan.dataset.space.ids)
    site, city = ids.index("KZ-11"), ids.index("KZ-71")
    added = jobs_of(plan.points, 2, plan.labour)
    section = plan.labour.sections.index("C")
    assert added["extra_jobs"][site, section, 0] == pytest.approx(200 * 0.5 * 0.75)
    assert added["extra_jobs"][city, section, 0] == pytest.approx(200 * 0.5 * 0.25)
    assert added["extra_jobs"].sum() == pytest.approx(100)
    assert added["local_fill"].sum() == pytest.approx(20)
    assert added["camp"][site, 0] == added["camp"].sum() == 300


def test_camp_workers_need_beds_and_clinics_and_no_school(dataset):
    """15,000 workers in Atyrau on 1 January 2027: 15,000 visitors of clinics more, no pupil."""
    empty = "growth_points: {camp: {region: KZ-23, jobs: {2026: 0}"
    frames = [
        fc.run(parse_scenario(f"{HEAD}{empty}{more}}}}}\n"), dataset).frame("infrastructure")
        for more in ("", ", construction_jobs: {2027: 15000}")
    ]
    users = [
        frame.query("measure == 'users' and region == 'KZ-23'").set_index(["kind", "year"])["value"]
        for frame in frames
    ]
    more = (users[1] - users[0]).round(6)
    assert more["clinic_visit", 2027] == more["hospital_bed", 2027] == 15_000
    assert more["clinic_visit", 2026] == more["clinic_visit", 2028] == 0
    assert (more[["school_place", "kindergarten_place", "dwelling"]] == 0).all()


def test_arrivals_follow_the_formula_and_live_at_the_homes(plan):
    assumptions = plan.assume()
    run = plan.simulate(assumptions)
    ids = list(plan.dataset.space.ids)
    homes = run.moves[2].people[0, ..., 0].sum(axis=(0, 1))
    assert homes[ids.index("KZ-11")] / homes.sum() == pytest.approx(0.75, abs=1e-9)
    assert homes[ids.index("KZ-71")] / homes.sum() == pytest.approx(0.25, abs=1e-9)
    # those who come supply exactly the jobs that call them, at the participation of the homes
    active = plan.labour.participation_in(2028) * (1 - plan.labour.unemployment)
    at_home = np.einsum("sar,r->sa", active, plan.points[0].homes)
    workers = (run.moves[2].people[0, ..., 0].sum(axis=2) * at_home).sum()
    assert workers == pytest.approx(200 * 0.5 * 0.8, rel=1e-9)


def test_falling_jobs_release_what_they_called(dataset):
    falling = plan_of("growth_points: {p: {region: KZ-55, jobs: {2027: 1000, 2029: 400}}}", dataset)
    assumptions = falling.assume()
    run = falling.simulate(assumptions)
    assert run.moves[1].arrivals[0, 0] > 0
    assert run.moves[3].arrivals[0, 0] == 0
    ratio = run.moves[3].departures[0, 0] / run.moves[1].arrivals[0, 0]
    assert ratio == pytest.approx(0.6, rel=0.1)  # 600 of 1000 jobs; those who live there are older
    # they go where the people of the region go, and nowhere else does anybody leave
    place = dataset.space.positions["KZ-55"]
    gone = run.moves[3].flows[..., 0]
    going = assumptions.intensity[place] / assumptions.intensity[place].sum()
    assert gone[place] == pytest.approx(going * run.moves[3].departures[0, 0], rel=1e-9)
    assert gone.sum() == pytest.approx(gone[place].sum())


def test_dwellings_bring_their_people_whatever_the_jobs_are_filled_by(dataset):
    text = (
        "growth_points: {p: {region: KZ-19, driver: dwellings, dwellings: {2026: 0, 2028: 500}, "
        "local_fill: 0.9}}"
    )
    housed = plan_of(text, dataset)
    people = housed.simulate(housed.assume()).moves[2].people[0, ..., 0].sum(axis=2)
    assert (people * housed.around.dwellings_per_person[..., 0]).sum() == pytest.approx(
        500, rel=1e-9
    )


def run_with(uncertainties, dataset):
    return fc.run(parse_scenario(f"{HEAD}uncertainties: {uncertainties}\n"), dataset)


def total(run, component, year=2030):
    frame = run.frame("components").query("component == @component and year == @year")
    return frame["value"].sum()


@pytest.mark.parametrize(
    ("key", "component"),
    [("fertility", "births"), ("mortality", "deaths"), ("external_migration", "immigration")],
)
def test_variants_stand_in_their_order(key, component, dataset):
    low, medium, high = (
        total(run_with(f"{{{key}: {{variant: {level}}}}}", dataset), component)
        for level in ("low", "medium", "high")
    )
    assert low < medium < high


def test_fertility_variants_open_without_a_jump(dataset):
    births = {
        level: [
            total(run_with(f"{{fertility: {{variant: {level}}}}}", dataset), "births", year)
            for year in range(2026, 2031)
        ]
        for level in ("low", "high")
    }
    for values in births.values():
        assert np.abs(np.diff(np.log(values))).max() < 0.03  # the published steps are 0.05
    assert births["low"][0] < 335_005 < births["high"][0]


def test_a_path_of_life_expectancy_is_reached(dataset):
    plan = plan_of(
        "uncertainties: {mortality: {e0: {female: {2028: 82}, male: {2028: 76}}}}\n", dataset
    )
    assumptions = plan.assume()
    people = assumptions.population
    for place, (sex, target) in enumerate(zip(SEXES, (82.0, 76.0), strict=True)):
        national = np.average(assumptions.mortality[2, place], weights=people[place], axis=1)
        assert life_expectancy(national, sex) == pytest.approx(target, abs=0.05)
    plain = plan_of("until: 2030\n", dataset).assume().mortality
    assert (assumptions.mortality[:2] == plain[:2]).all()  # before the path: the medium variant
    assert (assumptions.mortality[2] < plain[2]).mean() > 0.95


def test_first_births_follow_the_level_of_the_last_registered_year(dataset):
    """Births 2026 = rates of 2025 x change of the fitted path x the women there are."""
    plan = plan_of("until: 2026\n", dataset)
    assumptions = plan.assume()
    path = fitted(dataset, "fertility").by_year("tfr", [2025, 2026])
    births = plan.simulate(assumptions).changes[0].births.sum()
    assert births == pytest.approx(335_005 * path[1] / path[0], rel=0.01)


@pytest.mark.parametrize("year", [2022, 2025])
def test_the_first_year_has_the_nets_of_the_level_that_is_named(year, dataset):
    plan = plan_of(f"uncertainties: {{internal_level: {{variant: level-{year}}}}}\n", dataset)
    change = plan.simulate(plan.assume()).changes[0]
    net = (change.internal_in - change.internal_out).sum(axis=(0, 1))[:, 0]
    frame = dataset.table("estimated/components").query("year == @year")
    wide = frame.pivot(index="region", columns="component", values="value")
    wide = wide.loc[list(dataset.space.ids)]
    named = (wide["internal_in"] - wide["internal_out"]).to_numpy()
    assert net == pytest.approx(named, abs=500)
    assert np.abs(net - named).sum() < 0.02 * np.abs(named).sum()


def test_tables_agree_with_the_published_direction_of_moves(dataset):
    """Astana gains and Turkistan loses (Bureau of National Statistics, 2022-2025)."""
    run = fc.run("baseline", dataset)
    parts = run.frame("components").pivot_table(
        index="region", columns="component", values="value", aggfunc="sum"
    )
    net = parts["internal_in"] - parts["internal_out"]
    assert net["KZ-71"] > 200_000
    assert net["KZ-61"] < -100_000
    flows = run.frame("flows")
    into = flows.groupby("destination")["value"].sum()
    out = flows.groupby("origin")["value"].sum()
    assert (into - out).to_numpy() == pytest.approx(net.loc[into.index].to_numpy(), abs=1e-3)
    assert flows.query("origin == 'KZ-61' and destination == 'KZ-79'")["value"].sum() > (
        flows.query("origin == 'KZ-59' and destination == 'KZ-79'")["value"].sum()
    )


def test_dependency_is_of_the_ages_that_it_names(dataset):
    run = fc.run("baseline", dataset)
    people = run.frame("population").query("region == 'KZ-35' and year == 2026")
    ages = people.groupby("age")["value"].sum()
    young, middle, old = ages[:15].sum(), ages[15:65].sum(), ages[65:].sum()
    found = run.frame("dependency").query("region == 'KZ-35' and year == 2026")
    found = found.set_index("measure")["value"]
    assert found["child_dependency"] == pytest.approx(100 * young / middle)
    assert found["old_age_dependency"] == pytest.approx(100 * old / middle)
    assert found["working_age_population"] == pytest.approx(middle)
    assert found["school_age_population"] == pytest.approx(ages[6:18].sum())


def test_the_nations_cost_is_the_sum_of_its_regions(dataset):
    frame = fc.run("baseline", dataset).frame("infrastructure")
    added = frame.query("measure == 'added_cost_central' and kind == 'school_place'")
    for year, rows in added.groupby("year"):
        nation = rows.loc[rows["region"] == "KZ", "value"].iloc[0]
        assert nation == pytest.approx(rows.loc[rows["region"] != "KZ", "value"].sum()), year


@pytest.mark.parametrize(("net", "factor"), [(0.0, 0.5), (30.0, 1.0), (-15.0, 0.25 * 1.0)])
def test_net_external_migration_moves_both_ways(net, factor):
    """I x - E / x = net with I = 40, E = 10: net 0 at x = 1/2, net 30 at x = 1."""

    class Year(SimpleNamespace):
        pass

    change = fc_change(40.0, 10.0)
    met = meet_external_net(change, net)
    reached = met.immigration.sum() - met.emigration.sum()
    assert reached == pytest.approx(net, abs=1e-9)
    if net >= 0:
        assert met.immigration.sum() == pytest.approx(40 * factor)


def fc_change(immigration, emigration):
    from forecast.demography.step import Change

    one = np.zeros((2, 1, 1, 1))
    one[0] = 1.0
    nothing = np.zeros_like(one)
    return Change(
        births=np.zeros((2, 1, 1)), deaths=nothing, internal_in=nothing, internal_out=nothing,
        flows=np.zeros((1, 1, 1)), immigration=immigration * one, emigration=emigration * one,
        extra_in=nothing, extra_out=nothing,
    )  # fmt: skip


def test_the_ledger_counts_arrivals_once(plan):
    run = fc.run(plan.scenario, plan.dataset)
    ledger = run.frame("growth_points")
    arrivals = ledger[(ledger["measure"] == "arrivals") & (ledger["year"] == 2028)]
    whole = arrivals.query("origin == 'total'")["value"].sum()
    parts = arrivals.query("origin != 'total'")["value"].sum()
    assert whole == pytest.approx(parts)
    people = ledger.query("measure == 'people' and year == 2031")
    assert people.query("kind == 'total'")["value"].sum() == pytest.approx(
        people.query("kind != 'total'")["value"].sum()
    )
    assert pd.isna(ledger["value"]).sum() == 0


@pytest.mark.parametrize("weight", [1.0, 0.0, 0.25])
def test_where_arrivals_come_from_is_a_blend_of_moves_and_gravity(dataset, weight):
    """1 as people move today, 0 by people over distance, in between by the weight."""
    from forecast.migration.internal import origin_shares

    plan = plan_of(POINT.rstrip() + f"\n    observed_origins: {weight}\n", dataset)
    a = plan.assume()
    moved = plan.simulate(a).moves[3]  # the second wave of 2029
    flows = a.intensity * np.einsum("sa,sar->r", a.propensity, a.population)[:, None]
    observed, gravity = (origin_shares(flows, a.pull, share) for share in (1.0, 0.0))
    homes = plan.points[0].homes
    expected = ((weight * observed + (1 - weight) * gravity) * homes).sum(axis=1)
    came = plan.simulate(a).moves[4].by_origin[0, :, 0]
    assert came / came.sum() == pytest.approx(expected / expected.sum(), rel=1e-9)
    assert moved.arrivals[0, 0] == 0
