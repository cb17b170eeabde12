"""What must hold in every named scenario, and when scenarios are put together.

Authority: the rules of the scenario language and the accounting identity.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import forecast as fc
from forecast import simulate as room
from forecast.plan import prepare
from forecast.scenario import list_scenarios

NAMED = [row.name for row in list_scenarios() if row.kind == "scenario"]
OVERLAYS = [row.name for row in list_scenarios() if row.kind == "overlay"]


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset("kazakhstan")


@pytest.fixture(scope="module")
def simulated(dataset):
    found = {}

    def run(name):
        if name not in found:
            plan = prepare(fc.load_scenario(name), dataset)
            found[name] = plan, plan.simulate(plan.assume())
        return found[name]

    return run


def test_the_list_has_the_scenarios_and_overlays_that_were_promised():
    assert set(NAMED) >= {
        "baseline", "alatau-general-plan", "alatau-sez", "ulken-nuclear", "khorgos-nurkent",
        "atyrau-petrochemicals", "agglomeration-rings", "second-cities", "north-resettlement",
        "all-announced", "astana-capacity",
    }  # fmt: skip
    assert set(OVERLAYS) == {
        "fertility-low", "fertility-high", "external-migration-low", "external-migration-high",
        "infrastructure-first", "internal-level-2022", "internal-level-2025",
        "kandas-inflow-high",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_no_region_gets_people_that_do_not_exist(name, simulated):
    _, run = simulated(name)
    assert run.population.min() >= 0
    for number, change in enumerate(run.changes):
        before, after = run.population[number], run.population[number + 1]
        inside = change.internal_in - change.internal_out + change.extra_in - change.extra_out
        net = inside.sum(axis=2)  # by sex and age, over the regions
        assert np.abs(net).max() <= 1e-9 * max(1.0, change.extra_out.sum())
        nation = change.births.sum() - change.deaths.sum() + (
            change.immigration.sum() - change.emigration.sum()
        )  # fmt: skip
        assert after.sum() - before.sum() == pytest.approx(nation, abs=1e-5)
        ordinary = before.sum(axis=(0, 1)) + change.births.sum(axis=0)
        assert (change.extra_out.sum(axis=(0, 1)) <= ordinary).all()


@pytest.mark.parametrize("name", NAMED)
def test_the_resolved_file_gives_the_same_numbers_to_the_last_bit(name, dataset, simulated, in_tmp):
    plan, run = simulated(name)
    Path("again.yml").write_text(plan.scenario.to_yaml(), encoding="utf-8")
    again = prepare(fc.load_scenario("again.yml"), dataset)
    assert (again.simulate(again.assume()).population == run.population).all()


@pytest.mark.parametrize("name", [n for n in NAMED if n not in ("baseline", "astana-capacity")])
def test_a_named_scenario_changes_something(name, dataset, simulated):
    plan, run = simulated(name)
    plain = prepare(fc.load_scenario("baseline"), dataset, until=plan.years[-1])
    assert (plain.simulate(plain.assume()).population != run.population).any()


def test_a_plan_alone_changes_nothing(dataset, simulated):
    plan, run = simulated("astana-capacity")
    plain = prepare(fc.load_scenario("baseline"), dataset, until=plan.years[-1])
    assert (plain.simulate(plain.assume()).population == run.population).all()


def test_north_resettlement_at_the_take_up_of_2025_is_the_baseline(dataset, simulated):
    norms = dataset.table("norms/settlement")
    rows = norms[norms["measure"] == "take_up"]
    said = {}
    for lever, stream in (("kandas_quota", "kandas"), ("resettlement", "resettlers")):
        chosen = rows[rows["stream"] == stream]
        pairs = zip(chosen["region"], chosen["value"], strict=True)
        said[lever] = "{" + ", ".join(f"{region}: {share}" for region, share in pairs) + "}"
    plan = prepare(fc.load_scenario("north-resettlement"), dataset)
    assert plan.simulate(plan.assume()).support[0].inside.flows.sum() > 1000
    same = fc.parse_scenario(
        "extends: baseline\nlevers:\n" + "".join(
            f"  {lever}: {{take_up: {take_up}}}\n" for lever, take_up in said.items()
        )
    )  # fmt: skip
    plan = prepare(same, dataset)
    run = plan.simulate(plan.assume())
    _, baseline = simulated("baseline")
    assert (run.population == baseline.population).all()
    for mine, theirs in zip(run.labour, baseline.labour, strict=True):
        assert (mine.deficit == theirs.deficit).all()


@pytest.mark.parametrize("name", ["khorgos-nurkent", "all-announced"])
def test_arrivals_do_not_come_twice_through_the_drivers(name, simulated, monkeypatch):
    """One job moves one family once: without the points' jobs among the drivers of the labour
    balance, which moves people, the arrivals at the points are the same."""
    plan, _ = simulated(name)
    plan = replace(plan, around=replace(plan.around, feedback=None))
    run = plan.simulate(plan.assume())
    monkeypatch.setattr(room, "jobs_of", lambda points, number, labour: {})
    without = plan.simulate(plan.assume())
    assert any((a.demand != b.demand).any()
               for a, b in zip(run.labour, without.labour, strict=True))  # fmt: skip
    for mine, theirs in zip(run.moves, without.moves, strict=True):
        assert (mine.arrivals == theirs.arrivals).all()
        assert (mine.by_origin == theirs.by_origin).all()


@pytest.mark.parametrize(
    "driver, other",
    [
        ("jobs: {2027: 900}", "dwellings: {2027: 5000}"),
        ("driver: dwellings, dwellings: {2027: 900}", "jobs: {2027: 5000}"),
        ("driver: people, existing: {people: 9000}, people: {2028: 12000}", "jobs: {2027: 5000}"),
        ("jobs: {2027: 900}", "existing: {people: 9000}, people: {2028: 12000}"),
    ],
)
def test_what_is_not_the_driver_moves_nobody(driver, other, dataset):
    runs = []
    for text in (driver, f"{driver}, {other}"):
        scenario = fc.parse_scenario(
            f"extends: baseline\ngrowth_points: {{p: {{region: KZ-55, {text}}}}}\n"
            "feedback: {unemployment: false, income: false, home_value: false}\n"
        )
        plan = prepare(scenario, dataset)
        runs.append(plan.simulate(plan.assume()))
    alone, both = runs
    assert sum(moves.arrivals.sum() for moves in alone.moves) > 100
    for mine, theirs in zip(alone.moves, both.moves, strict=True):
        assert (mine.arrivals == theirs.arrivals).all()


def test_overlays_commute_in_numbers(dataset):
    names = ("fertility-high", "external-migration-low", "internal-level-2025")
    forth, back = (
        prepare(fc.load_scenario("+".join(["alatau-sez", *order])), dataset)
        for order in (names, names[::-1])
    )
    one, two = forth.simulate(forth.assume()), back.simulate(back.assume())
    assert (one.population == two.population).all()
    assert forth.scenario.fingerprint != fc.load_scenario("alatau-sez").fingerprint


def test_removing_the_only_point_is_the_baseline(dataset, simulated):
    text = "extends: ulken-nuclear\nuntil: 2030\ngrowth_points: {ulken: null}\n"
    plan = prepare(fc.parse_scenario(text), dataset)
    _, baseline = simulated("baseline")
    assert (plan.simulate(plan.assume()).population == baseline.population).all()


@pytest.mark.parametrize("low, high", [
    ("fertility-low", "fertility-high"), ("external-migration-low", "external-migration-high"),
])  # fmt: skip
def test_a_low_overlay_gives_fewer_people_than_a_high_one(low, high, dataset):
    totals = [fc.run(name, dataset).total().iloc[-1]
              for name in (f"baseline+{low}", "baseline", f"baseline+{high}")]  # fmt: skip
    assert totals[0] < totals[1] < totals[2]


def test_all_announced_has_every_point_of_the_other_scenarios(simulated):
    everything = set(fc.load_scenario("all-announced").growth_points)
    for name in NAMED:
        assert set(fc.load_scenario(name).growth_points) <= everything, name
    notes = fc.run("all-announced", until=2030).frame("notes")
    (told,) = notes.loc[notes["subject"] == "Plans of growth points", "text"]
    assert "places together claim" in told


def test_a_joined_name_says_what_a_file_would_say(in_tmp):
    Path("file.yml").write_text(
        "title: T\nextends: baseline\nwith: [fertility-high, internal-level-2022]\n"
    )
    joined = fc.load_scenario("baseline+fertility-high+internal-level-2022")
    assert joined.growth_points == fc.load_scenario("file.yml").growth_points
    assert joined.uncertainties == fc.load_scenario("file.yml").uncertainties
    assert joined.title["en"] == "Baseline + High fertility + Moves between regions as in 2022"
    with pytest.raises(fc.InputError, match="an overlay has no 'extends'"):
        fc.load_scenario("baseline+ulken-nuclear")
    with pytest.raises(fc.InputError, match="set uncertainties.fertility differently"):
        fc.load_scenario("baseline+fertility-high+fertility-low")
