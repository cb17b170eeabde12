"""Planned people, levers and the gate against their formulas, by hand.

Authority: the formulas in the heads of migration/growth_point.py, migration/directed.py,
policy.py and infrastructure/gate.py, and the published quotas
(data/kazakhstan/observed/policy.csv).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.infrastructure.gate import Gate
from forecast.labour.deficit import foreign_workers
from forecast.migration.directed import as_families, directed_moves
from forecast.plan import prepare

PAVLODAR, NORTH, KOSTANAY, ASTANA = "KZ-55", "KZ-59", "KZ-39", "KZ-71"


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset("kazakhstan")


def simulated(text, dataset, until=2030):
    """(plan, simulation) of a scenario text over the baseline."""
    plan = prepare(fc.parse_scenario("extends: baseline\n" + text), dataset, until=until)
    return plan, plan.simulate(plan.assume())


@pytest.fixture(scope="module")
def baseline(dataset):
    return simulated("", dataset)[1]


def at(dataset, region):
    return dataset.space.positions[region]


# ---- people as the driver


TOWN = (
    "growth_points:\n  town:\n    region: KZ-55\n    driver: people\n"
    "    existing: {{people: 10000}}\n    people: {people}\n    {more}\n"
)


def test_the_people_who_are_missing_to_the_plan_come(dataset, baseline):
    text = TOWN.format(people="{between: line, values: {2026: 10000, 2030: 20000}}", more="")
    _, run = simulated(text, dataset)
    region, place = at(dataset, PAVLODAR), 10_000.0
    for number, planned in enumerate((12_500, 15_000, 17_500, 20_000)):
        # of an ordinary year: those of the baseline, on the people who are there
        before = run.population[number].sum(axis=(0, 1))[region, 0]
        after = run.population[number + 1].sum(axis=(0, 1))[region, 0]
        came = run.moves[number].arrivals[0, 0]
        ordinary = (after - came) / before
        assert came == pytest.approx(planned - place * ordinary, rel=1e-9)
        assert run.places[number + 1, 0, 0] == pytest.approx(planned, rel=1e-12)
        place = planned
    # the last value of a plan holds: only what the place loses by itself comes back
    assert run.places[-1, 0, 0] == pytest.approx(20_000, rel=1e-12)


def test_a_plan_below_what_grows_by_itself_sends_nobody_away(dataset, baseline):
    text = TOWN.format(people="{2026: 10000, 2028: 5000}", more="").replace(PAVLODAR, ASTANA)
    _, run = simulated(text, dataset)
    assert run.places[-1, 0, 0] > 12_000  # grown as Astana does
    assert (run.population == baseline.population).all()


def test_what_the_baseline_contains_already_fills_the_place_and_calls_nobody(dataset, baseline):
    people = "{between: line, values: {2026: 10000, 2030: 20000}}"
    whole = simulated(TOWN.format(people=people, more=""), dataset)[1]
    half = simulated(TOWN.format(people=people, more="additional: 0.5"), dataset)[1]
    none = simulated(TOWN.format(people=people, more="additional: 0"), dataset)[1]
    first = [run.moves[0].arrivals[0, 0] for run in (whole, half, none)]
    assert first[1] == pytest.approx(first[0] / 2, rel=1e-12)
    assert first[2] == 0
    assert none.places[-1, 0, 0] == pytest.approx(20_000)
    assert (none.population == baseline.population).all()


def test_a_plan_says_nothing_before_its_first_year(dataset, baseline):
    """A region that shrinks gets nobody for a plan that has not begun, nor while it is late."""
    for people, more in (
        ("{2029: 10500}", ""), ("{2027: 10500}", "delivery: {slip_years: 2}"),
    ):  # fmt: skip
        text = TOWN.format(people=people, more=more).replace(PAVLODAR, NORTH)
        _, run = simulated(text, dataset)
        came = [moves.arrivals[0, 0] for moves in run.moves]
        assert came[:2] == [0, 0]
        assert came[2] > 500  # until 1 January 2029
        assert run.places[1, 0, 0] < 10_000


def test_places_that_take_from_each_other_fill_up_in_the_same_year(dataset):
    text = (
        "growth_points:\n"
        "  city: {region: KZ-75, covers: region, driver: people,\n"
        "    people: {between: line, values: {2026: 2348103, 2030: 2750000}}}\n"
        "  town: {region: KZ-19, existing: {people: 55000}, driver: people,\n"
        "    people: {between: line, values: {2026: 55000, 2030: 247000}}}\n"
    )
    _, run = simulated(text, dataset)
    taken = sum(moves.by_origin[1, at(dataset, "KZ-75"), 0] for moves in run.moves)
    assert taken > 50_000  # the town takes from the city
    assert run.places[4, :, 0] == pytest.approx([2_750_000, 247_000], abs=1)
    region = run.population[4].sum(axis=(0, 1))[at(dataset, "KZ-75"), 0]
    assert region == pytest.approx(2_750_000, abs=1)


def test_a_place_loses_people_as_its_region_does(dataset):
    still = "  khorgos: {region: KZ-33, existing: {people: 3000}, jobs: {2026: 0}}\n"
    pull = (
        "  town: {region: KZ-19, existing: {people: 55000}, driver: people,\n"
        "    people: {2026: 55000, 2028: 247000}}\n"
    )
    alone, both = (
        simulated("growth_points:\n" + text, dataset)[1] for text in (still, still + pull)
    )
    place = list(both.points).index(next(p for p in both.points if p.id == "khorgos"))
    region = at(dataset, "KZ-33")
    part = [run.population[-1].sum(axis=(0, 1))[region, 0] for run in (alone, both)]
    assert part[1] < part[0]
    assert both.places[-1, place, 0] / alone.places[-1, 0, 0] == pytest.approx(
        part[1] / part[0], rel=1e-3
    )


def test_delivery_takes_a_share_of_what_is_planned_beyond_today(dataset):
    people = "{between: line, values: {2026: 10000, 2030: 20000}}"
    more = "delivery: {share: 0.5, slip_years: 1}"
    run = simulated(TOWN.format(people=people, more=more), dataset)[1]
    assert run.places[:, 0, 0] == pytest.approx(
        [10_000, 10_000, 11_250, 12_500, 13_750, 15_000], rel=1e-2
    )  # a year late, half of it; in the first year the place moves as its region does


def test_a_place_that_is_its_region_is_the_region(dataset):
    text = (
        "growth_points:\n  city: {region: KZ-71, covers: region, driver: people,\n"
        "    people: {2026: 1639176, 2030: 2100000}}\n"
    )
    _, run = simulated(text, dataset)
    region = run.population.sum(axis=(1, 2))[:, at(dataset, ASTANA), 0]
    assert run.places[:, 0, 0] == pytest.approx(region, rel=1e-12)
    assert region[4] == pytest.approx(2_100_000, rel=1e-9)


def test_what_exists_calls_nobody(dataset, baseline):
    total = (
        "growth_points: {p: {region: KZ-55, existing: {jobs: 2000}, "
        "jobs: {between: line, values: {2026: 2000, 2028: 3000}}}}"
    )
    above = (
        "growth_points: {p: {region: KZ-55, jobs: {between: line, values: {2026: 0, 2028: 1000}}}}"
    )
    with_existing, without = (simulated(text, dataset)[1] for text in (total, above))
    assert (with_existing.population == without.population).all()
    assert with_existing.points[0].jobs.tolist() == [2000, 2500, 3000, 3000, 3000]
    for mine, theirs in zip(with_existing.labour, without.labour, strict=True):
        assert (mine.demand == theirs.demand).all()


def test_jobs_below_zero_release_people(dataset, baseline):
    text = "growth_points: {mine: {region: KZ-55, jobs: {2028: -1000}}}"
    _, run = simulated(text, dataset)
    gone = [moves.departures[0, 0] for moves in run.moves]
    assert gone[0] == gone[1] == gone[3] == 0
    assert 1500 < gone[2] < 3500  # a worker and those who live with him
    region = at(dataset, PAVLODAR)
    mine, theirs = (r.labour[-1].demand.sum(axis=1)[region, 0] for r in (run, baseline))
    assert -1800 < mine - theirs < -1000  # the jobs, and services that those who left had used


# ---- quotas


def test_a_quota_counts_against_the_published_places_at_the_observed_take_up(dataset):
    text = "levers: {resettlement: {take_up: {KZ-55: 1}, donors: {KZ-61: 0.75, KZ-31: 0.25}}}"
    plan, run = simulated(text, dataset)
    more = 1655 * (1 - 0.5)  # places of 2026, take-up of 2025
    for moved in run.support:
        assert moved.inside.additions.sum() == pytest.approx(more, rel=1e-9)
        assert moved.inside.flows[at(dataset, "KZ-61"), at(dataset, PAVLODAR), 0] == pytest.approx(
            0.75 * more, rel=1e-9
        )
        working = plan.assume().support.working[:, :, None, None]
        share = (moved.inside.additions * working).sum() / moved.inside.additions.sum()
        assert share == pytest.approx(0.4425, abs=1e-9)  # 2,307 of 5,213 settled in 2025
        young = moved.inside.additions[:, :16].sum() / moved.inside.additions.sum()
        assert young > 0.3  # dependants are mostly children


def test_a_larger_quota_at_the_same_take_up_brings_more(dataset, baseline):
    text = "levers: {kandas_quota: {places: {KZ-59: {2028: 1200}}}}"
    _, run = simulated(text, dataset)
    for number, change in enumerate(run.changes):
        extra = change.immigration.sum(axis=(0, 1)) - baseline.changes[number].immigration.sum(
            axis=(0, 1)
        )
        expected = 0 if number < 2 else (1200 - 200) * 0.978
        assert extra[at(dataset, NORTH), 0] == pytest.approx(expected, abs=1e-6)


def test_a_smaller_quota_takes_no_more_than_there_are(dataset):
    text = "levers: {kandas_quota: {take_up: {KZ-55: 0, KZ-59: 0, KZ-63: 0}}}"
    _, run = simulated(text, dataset)
    assert min(change.immigration.min() for change in run.changes) >= 0
    fewer = "levers: {resettlement: {take_up: {KZ-59: 0}}}"
    _, run = simulated(fewer, dataset)
    home = run.support[0].inside.additions.sum(axis=(0, 1))[:, 0]
    assert home[at(dataset, NORTH)] == 0
    assert home.sum() == pytest.approx(2820 * 0.634, rel=1e-9)  # they stay where they were


def test_take_up_is_what_the_published_figures_give(dataset):
    """97 % of the kandas and 63 % of the resettlers of 2025, spread as people came in nine months.

    Pavlodar: 1,886 came, of them kandas 1,365/1,894 of its 1,056 places; the year is 63/47.5 of
    the nine months, and a region that would pass its quota is full.
    """
    policy = dataset.table("policy")
    norms = dataset.table("norms/settlement")
    quota = policy[(policy["variable"] == "quota_internal_resettlers") & (policy["date"] == "2025")]
    places = dict(zip(quota["region"], quota["value"], strict=True))
    take_up = norms[(norms["stream"] == "resettlers") & (norms["measure"] == "take_up")]
    shares = dict(zip(take_up["region"], take_up["value"], strict=True))
    four = places["KZ-10+KZ-35+KZ-62+KZ-63"] * shares["KZ-10"]
    settled = four + sum(places[r] * shares[r] for r in (PAVLODAR, NORTH, KOSTANAY))
    assert settled / places["KZ"] == pytest.approx(0.63, abs=0.001)
    kandas = policy[(policy["variable"] == "quota_kandas") & (policy["date"] == "2025")]
    places = dict(zip(kandas["region"], kandas["value"], strict=True))
    take_up = norms[(norms["stream"] == "kandas") & (norms["measure"] == "take_up")]
    settled = sum(places[r] * s for r, s in zip(take_up["region"], take_up["value"], strict=True))
    assert settled / places["KZ"] == pytest.approx(0.97, abs=0.001)
    for stream, variable in (
        ("kandas", "quota_kandas"),
        ("resettlers", "quota_internal_resettlers"),
    ):
        rows = policy[(policy["variable"] == variable) & (policy["date"] == "2026")]
        published = rows[rows["region"] != "KZ"].set_index("region")["value"].sort_index()
        chosen = norms[(norms["stream"] == stream) & (norms["measure"] == "places")]
        mine = chosen.set_index("region")["value"].sort_index()
        pd.testing.assert_series_equal(mine, published, check_names=False, check_dtype=False)
        assert mine.sum() == rows.loc[rows["region"] == "KZ", "value"].iloc[0]


def test_families_have_the_share_of_working_age_and_keep_their_proportions():
    composition = np.array([[0.1, 0.4, 0.1], [0.1, 0.2, 0.1]])
    working = np.array([[0.0, 1, 0], [0, 1, 0]])
    families = as_families(composition, working, 0.44)
    assert families.sum() == pytest.approx(1)
    assert (families * working).sum() == pytest.approx(0.44)
    assert families[0, 1] / families[1, 1] == pytest.approx(2)


def test_directed_moves_take_whom_there_is_and_go_back_where_negative():
    people = np.full((2, 3, 2, 1), 10.0)
    propensity = np.ones((2, 3))
    one_way = directed_moves(np.array([[0.0, 30], [0, 0]]), people, propensity)
    assert one_way.removals.sum(axis=(0, 1))[:, 0] == pytest.approx([30, 0])
    assert one_way.additions.sum(axis=(0, 1))[:, 0] == pytest.approx([0, 30])
    back = directed_moves(np.array([[0.0, -30], [0, 0]]), people, propensity)
    assert back.additions.sum(axis=(0, 1))[:, 0] == pytest.approx([30, 0])
    many = directed_moves(np.array([[0.0, 900], [0, 0]]), people, propensity)
    assert many.removals.sum() == pytest.approx(60)  # nobody is taken who is not there
    held = directed_moves(
        np.array([[0.0, 30], [0, 0]]), people, propensity, room=np.array([[1.0], [0.5]])
    )
    assert held.additions.sum() == pytest.approx(15)


# ---- the other levers


def test_a_memorandum_moves_its_persons_every_year_until_it_ends(dataset):
    text = "levers: {memoranda: [{from: KZ-61, to: KZ-39, persons: {2027: 500, 2029: 0}}]}"
    _, run = simulated(text, dataset)
    moved = [m.inside.flows[at(dataset, "KZ-61"), at(dataset, KOSTANAY), 0] for m in run.support]
    assert moved == pytest.approx([0, 500, 500, 0, 0])


def test_more_people_than_there_are_move_as_far_as_they_are_found_and_the_run_says_so(dataset):
    text = (
        "extends: baseline\nlevers:\n"
        "  memoranda: [{from: KZ-62, to: KZ-55, persons: {2026: 150000}}]\n"
    )
    projection = fc.run(fc.parse_scenario(text), dataset)
    components = projection.frame("components")
    moved = components[components["component"] == "support_in"].groupby("year")["value"].sum()
    assert 100_000 < moved[2026] < 150_000  # of 219 thousand; more than all of some ages
    assert moved[2030] < 20_000  # hardly anybody is left
    notes = projection.frame("notes").set_index("subject")["text"]
    assert f"{moved[2030]:,.0f} persons move in 2030" in notes["Memoranda"]
    (told,) = [w for w in projection.manifest["warnings"] if "nowhere to be found" in w]
    assert f"{750_000 - moved.sum():,.0f} people" in told


def test_the_fertility_note_tells_the_path_and_the_lever_apart(dataset):
    text = "extends: baseline\nlevers: {family_support: {tfr_effect: {2027: 0.3}}}"
    notes = fc.run(fc.parse_scenario(text), dataset).frame("notes").set_index("subject")["text"]
    assert "The path has 2.57 in 2030" in notes["Fertility"]
    assert "+0.30 births per woman" in notes["Family support"]


def test_a_net_migration_that_cannot_be_reached_is_refused_at_its_line(dataset):
    text = "extends: baseline\nuncertainties:\n  external_migration: {net: {2026: -9000000}}\n"
    with pytest.raises(
        fc.InputError, match=r"scenario.yml:3: .*net: .* cannot be reached"
    ) as caught:
        fc.run(fc.parse_scenario(text), dataset)
    assert caught.value.exit_code == 2


def test_more_jobs_of_a_section_than_there_are_cannot_close(dataset):
    text = (
        "extends: baseline\ngrowth_points:\n"
        "  p: {region: KZ-55, jobs: {2028: -50000}, sectors: {D: 1}}\n"
    )
    with pytest.raises(fc.InputError, match="50,000 jobs close in the section .* Pavlodar Region"):
        prepare(fc.parse_scenario(text), dataset)


def test_foreign_workers_go_where_workers_are_short_and_never_beyond():
    short = np.array([300.0, 100, -50])
    jobs = np.array([1000.0, 1000, 2000])
    assert foreign_workers(short, jobs, 200.0).tolist() == [150, 50, 0]
    assert foreign_workers(short, jobs, 900.0).tolist() == [300, 100, 0]
    assert foreign_workers(short, jobs, -40.0).tolist() == [-10, -10, -20]
    assert foreign_workers(short, jobs, 0.0).tolist() == [0, 0, 0]


def test_permits_count_against_the_published_number(dataset, baseline):
    alone = "feedback: {unemployment: false, income: false, home_value: false}\n"
    same = simulated(alone + "levers: {foreign_labour: {permits: {2026: 18146}}}", dataset)[1]
    more = alone + "levers: {foreign_labour: {permits: {2026: 18146, 2028: 28146}}}"
    more = simulated(more, dataset)[1]
    for number, (one, other) in enumerate(zip(same.labour, more.labour, strict=True)):
        assert (one.deficit == baseline.labour[number].deficit).all()
        less = (one.deficit - other.deficit).sum()
        assert less == pytest.approx(0 if number < 2 else 10_000, abs=1e-6)
        assert (other.deficit[one.deficit > 0] >= -1e-9).all()


def test_participation_changes_at_the_ages_that_are_named(dataset):
    text = "levers: {participation: [{sex: female, ages: [55, 62], change: {2028: 0.05}}]}"
    plan, run = simulated(text, dataset)
    plain = plan.labour.participation_in(2027)
    moved = plan.labour.participation_in(2028)
    pension = plan.labour.pattern.of_year(2028) != plan.labour.pattern.of_year(2027)
    change = moved - plain
    settled = ~pension  # ages that the pensionable age does not move between the two years
    assert settled[0, 56]
    room = np.minimum(0.05, plan.labour.cap - plain[0, 56])  # where most take part already
    assert room.min() < 0.05 == pytest.approx(room.max())
    assert change[0, 56] == pytest.approx(room)
    assert change[0, 40] == pytest.approx(0)
    assert change[1, 56] == pytest.approx(0)
    assert moved.max() <= plan.labour.cap
    assert run.labour[0].labour_force.sum() > 0


def test_family_support_adds_births_in_proportion(dataset, baseline):
    _, run = simulated("levers: {family_support: {tfr_effect: {2028: 0.1}}}", dataset)
    births = [c.births.sum() / b.births.sum()
              for c, b in zip(run.changes, baseline.changes, strict=True)]  # fmt: skip
    assert births[:2] == [1.0, 1.0]
    plan = prepare(fc.load_scenario("baseline"), dataset)
    fertility = plan.assume().fertility[2]
    women = plan.assume().population[0]
    national = ((fertility * women).sum(axis=1) / women.sum(axis=1)).sum()
    assert births[2] == pytest.approx(1 + 0.1 / national, rel=2e-3)


# ---- infrastructure first


def gate_of(dataset, capacity, load=1.0):
    plan = prepare(fc.load_scenario("baseline"), dataset)
    school = next(f for f in plan.facilities if f.kind == "school_place")
    return school, Gate((school,), np.array([capacity], dtype=float)[..., None], load)


def test_the_gate_lets_in_as_many_as_there_is_room_for(dataset):
    people = np.full((2, 101, 2, 1), 1000.0)
    coming = np.full((2, 101, 2, 1), 10.0)
    school, _ = gate_of(dataset, [0, 0])
    need = (school.profile * school.per_user).sum()
    _, gate = gate_of(dataset, [need * 1004, np.nan])  # room for four in ten
    assert gate.share(0, people, coming)[:, 0] == pytest.approx([0.4, 1.0])
    _, full = gate_of(dataset, [need * 900, need * 2000])
    assert full.share(0, people, coming)[:, 0] == pytest.approx([0.0, 1.0])
    _, tolerant = gate_of(dataset, [need * 900, need * 2000], load=1.2)
    assert tolerant.share(0, people, coming)[:, 0] == pytest.approx([1.0, 1.0])


def test_those_without_room_stay_where_they_are_and_free_movers_are_not_held(dataset, tmp_path):
    from shutil import copytree

    copy = copytree(dataset.path, tmp_path / "tight")
    rows = copy / "norms" / "capacities.csv"
    rows.write_text(
        rows.read_text(encoding="utf-8") + "KZ-55,school_place,2026,1000,place,assumption,test,\n",
        encoding="utf-8",
    )
    tight = fc.load_dataset(copy)
    point = "growth_points: {p: {region: KZ-55, jobs: {2027: 2000}}}\n"
    point += "feedback: {unemployment: false, income: false, home_value: false}\n"
    first = "levers: {infrastructure_first: {kinds: [school_place]}}\n"
    free = simulated("", tight)[1]
    open_, held = (simulated(text, tight)[1] for text in (point, point + first))
    assert open_.moves[1].arrivals[0, 0] > 3000
    assert held.moves[1].arrivals[0, 0] == 0
    assert held.moves[1].held_back[0].sum() == pytest.approx(
        open_.moves[1].arrivals[0, 0], rel=1e-9
    )
    assert (held.population == free.population).all()
    notes = fc.run(
        fc.parse_scenario("extends: baseline\n" + point + first), tight
    ).frame("notes")  # fmt: skip
    told = notes.loc[notes["subject"] == "Infrastructure first", "text"].iloc[0]
    assert "School places (19/20)" in told


def test_unknown_capacity_holds_nobody_back(dataset):
    point = "growth_points: {p: {region: KZ-55, jobs: {2027: 2000}}}\n"
    first = "levers: {infrastructure_first: {kinds: [school_place, dwelling]}}\n"
    one, other = (simulated(text, dataset)[1] for text in (point, point + first))
    assert (one.population == other.population).all()
    assert (other.room == 1).all()
