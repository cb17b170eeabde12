"""One assumption at a time against numbers worked out by hand and against whole runs.

Authority: the formula of needs (infrastructure/facilities.py), the balance of labour
(labour/deficit.py), and `fc.run` of the same scenario with the assumption written into it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.infrastructure.facilities import COSTS
from forecast.labour.calibrate import PARAMETERS
from forecast.plan import prepare
from forecast.varied import study_of
from forecast.varied.chosen import NOTES
from forecast.varied.chosen import UNITS as ANSWER_UNITS
from forecast.varied.measures import NAMES, NETS, OF_FACILITY, Measure
from forecast.varied.norms import WORDS as NORM_WORDS
from forecast.varied.study import COLUMNS
from forecast.varied.work import REMARKS, UNITS, recalibrated
from forecast.varied.work import WORDS as LABOUR_WORDS
from forecast.varied.world import World, around

HEAD = "title: t\nextends: baseline\nuntil: 2028\n"
POINT = """
growth_points:
  plant:
    region: Akmola Region
    jobs: {2027: 1000}
    delivery: {share: [0.5, 0.8, 1], slip_years: [0, 0, 1]}
"""
KINDERGARTEN = "kindergarten_place"  # 0.5208 places for each child of 2-6


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset()


def scenario(text=""):
    return fc.parse_scenario(HEAD + text)


def rows(dataset, text="", **asked):
    key = "sensitivity of tests", text, tuple(asked.items())
    found = dataset.once(key, lambda: fc.sensitivity(scenario(text), dataset, **asked))
    return found.set_index("assumption")


@pytest.fixture(scope="module")
def places(dataset):
    return fc.sensitivity(scenario(), dataset, of=f"need:{KINDERGARTEN}")


@pytest.fixture(scope="module")
def deficit(dataset):
    return fc.sensitivity(scenario(POINT), dataset, region="KZ-11")


def test_need_moves_as_much_as_the_rate(places):
    row = places.set_index("assumption").loc[f"norms.{KINDERGARTEN}.rate"]
    central = places.attrs["central"]
    assert (row["low"], row["high"]) == pytest.approx((0.9 * 0.5208, 1.1 * 0.5208))
    assert row["result_low"] == pytest.approx(0.9 * central, rel=1e-12)
    assert row["result_high"] == pytest.approx(1.1 * central, rel=1e-12)
    assert row["swing"] == pytest.approx(0.2 * central, rel=1e-12)
    assert row["range"] == "±10%"


def test_more_shifts_need_fewer_places_and_bounds_hold(dataset, places):
    found = places.set_index("assumption")
    central = places.attrs["central"]
    usable = found.loc[f"norms.{KINDERGARTEN}.usable_share"]  # 1 of 1: it cannot rise
    assert (usable["low"], usable["central"], usable["high"]) == pytest.approx((0.9, 1, 1))
    assert usable["result_low"] == pytest.approx(central / 0.9)
    assert usable["result_high"] == central
    school = rows(dataset, of="need:school_place").loc["norms.school_place.shifts"]
    assert (school["low"], school["high"]) == pytest.approx((1.8, 2.2))
    assert school["result_low"] / school["result_high"] == pytest.approx(2.2 / 1.8)


def test_norms_of_another_kind_and_the_labour_market_move_no_place(places):
    listed = places["assumption"]
    assert not [name for name in listed if name.startswith("norms.") and KINDERGARTEN not in name]
    assert not [name for name in listed if name.startswith(("labour.", "participation."))]
    assert not [name for name in listed if name.endswith(("lead_time_years", "cost"))]


def test_a_cost_has_the_range_of_its_source(dataset):
    table = dataset.table("norms/facilities").set_index("kind").loc["school_place"]
    low, central, high = (float(table[column]) for column in COSTS)
    found = rows(dataset, of="added_cost", kind="school_place")
    row = found.loc["norms.school_place.cost"]
    assert row["low"] / row["central"] == pytest.approx(low / central)
    assert row["result_low"] == pytest.approx(row["result_central"] * low / central)
    assert row["result_high"] == pytest.approx(row["result_central"] * high / central)
    assert row["range"] == "own range of the source"
    assert row["status"] == table["cost_status"]
    one = rows(dataset, of=f"added_cost:{KINDERGARTEN}", year=2028)  # no low and high published
    assert "±10%" in set(one["range"])


def test_arrivals_follow_the_share_that_is_delivered(dataset):
    """0.5, 0.8 and 1 of 1,000 jobs call people in the same proportion."""
    found = rows(dataset, POINT, of="arrivals:plant")
    row = found.loc["growth_points.plant.delivery.share"]
    assert (row["low"], row["central"], row["high"]) == (0.5, 0.8, 1)
    assert row["result_low"] == pytest.approx(0.5 / 0.8 * row["result_central"], rel=1e-9)
    assert row["result_high"] == pytest.approx(1 / 0.8 * row["result_central"], rel=1e-9)
    assert row["range"] == "range of the scenario"
    late = found.loc["growth_points.plant.delivery.slip_years"]
    assert late["result_low"] == late["result_central"]
    filled = found.loc["growth_points.plant.local_fill"]  # a share of 0 is raised to 0.1
    assert (filled["low"], filled["high"]) == (0, 0.1)
    assert filled["result_high"] == pytest.approx(0.9 * filled["result_central"], rel=1e-9)


def test_unemployment_changes_the_jobs_that_residents_fill(dataset):
    """JS = LF (1 - u): a tenth more of u = 4.6 % takes u / 10 of the labour force away."""
    row = rows(dataset).loc["labour.unemployment"]
    force = rows(dataset, of="labour_force").iloc[0]["result_central"]
    assert row["result_high"] - row["result_central"] == pytest.approx(
        0.1 * row["central"] * force, rel=0.02
    )  # regions differ, so their mean does a little


def test_two_points_of_participation_are_the_lever(dataset, deficit):
    name = "participation.female.15-24"
    row = deficit.set_index("assumption").loc[name]
    lever = "levers:\n  participation:\n    - {sex: female, ages: [15, 24], change: {2026: 0.02}}\n"
    run = fc.run(scenario(POINT + lever), dataset).frame("labour")
    chosen = run[(run["region"] == "KZ-11") & (run["year"] == 2028) & (run["section"] == "total")]
    value = chosen.set_index("measure")["value"]["labour_deficit"]
    assert row["result_high"] == pytest.approx(value, rel=1e-12)
    assert row["high"] - row["central"] == pytest.approx(0.02, abs=0.002)  # rates stay above 0


@pytest.mark.parametrize(
    "name, text",
    [
        ("uncertainties.fertility", "uncertainties: {fertility: {variant: high}}"),
        (
            "uncertainties.external_migration",
            "uncertainties: {external_migration: {variant: high}}",
        ),
        ("uncertainties.internal_level", "uncertainties: {internal_level: {variant: level-2025}}"),
        ("uncertainties.mortality", "uncertainties: {mortality: {variant: low}}"),
    ],
)
def test_a_variant_is_the_run_that_names_it(dataset, name, text):
    """High life expectancy is low mortality."""
    row = rows(dataset, of="population", region="Astana City").loc[name]
    people = fc.run(scenario(text), dataset).total(region="Astana City")
    assert row["result_high"] == pytest.approx(people.loc[2029], rel=1e-12)
    if name != "uncertainties.internal_level":
        assert row["low"] < row["central"] < row["high"]


def test_elasticities_move_by_their_standard_error(dataset):
    text = "drivers: {income: {Pavlodar Region: {2026: 0.2}}}"
    found = rows(dataset, text, of="net_migration", region="KZ-55")
    listed = [name for name in found.index if name.startswith("elasticities")]
    assert sorted(listed) == ["elasticities.income.destination", "elasticities.income.origin"]
    row = found.loc["elasticities.income.destination"]  # 0.72, errors 0.11 and 0.35
    assert row["high"] - row["central"] == pytest.approx(np.hypot(0.11, 0.35))
    assert row["result_low"] < row["result_central"] < row["result_high"]


def test_levers_with_a_range_are_varied(dataset):
    text = POINT + (
        "levers:\n  infrastructure_first: {kinds: [doctor], tolerated_load: 1.6}\n"
        "  family_support: {tfr_effect: {2027: 0.2}, realised: [0, 0.5, 1]}\n"
    )
    found = rows(dataset, text, of="population", region="KZ-11")
    half = found.loc["levers.family_support.realised"]
    assert half["result_high"] - half["result_central"] == pytest.approx(
        half["result_central"] - half["result_low"], rel=1e-3
    )
    assert half["swing"] > 10
    load = found.loc["levers.infrastructure_first.tolerated_load"]  # need over doctors is 1.6
    assert (load["low"], load["high"]) == pytest.approx((1.44, 1.76))
    assert load["result_low"] < load["result_high"]
    assert "norms.doctor.per_1000" in found.index, "the gate lets a norm decide who comes"


def test_second_jobs_keep_the_base_year_in_balance(dataset):
    plan = prepare(scenario(), dataset)
    more = recalibrated(plan, "second_jobs", 0.1)
    np.testing.assert_allclose(more.jobs, 1.1 * plan.labour.jobs)
    assert more.second_jobs == 0.1
    found = rows(dataset).loc["labour.second_jobs"]
    assert found["result_high"] == pytest.approx(1.1 * found["result_central"], rel=1e-9)


def test_every_measure_is_that_of_the_run(dataset):
    projection = fc.run(scenario(POINT), dataset)
    frames = {name: projection.frame(name) for name in ("components", "labour", "infrastructure")}
    moves = frames["components"].query("year == 2028").pivot_table(
        index="region", columns="component", values="value"
    )  # fmt: skip
    work = frames["labour"].query("year == 2028 and section == 'total' and region == 'KZ-11'")
    needs = frames["infrastructure"].query(
        "year == 2029 and region == 'KZ-11' and kind == 'doctor'"
    ).set_index("measure")["value"]  # fmt: skip
    points = projection.frame("growth_points").query("measure == 'arrivals' and origin == 'total'")
    known = {
        **moves.loc["KZ-11"].to_dict(), **dict(zip(work["measure"], work["value"], strict=True)),
        **{name: needs[table] for name, table in OF_FACILITY.items()},
        "population": projection.total(region="KZ-11").loc[2029],
        "arrivals": points["value"].sum(),
    }  # fmt: skip
    world = World.of(prepare(scenario(POINT), dataset))

    def value(name):
        kind = "doctor" if name in OF_FACILITY else ""
        region = "KZ" if name == "arrivals" else "KZ-11"
        stock = name in OF_FACILITY or name == "population"
        return Measure(name, kind, region, 2029 if stock else 2028).value(world)

    assert set(known) <= set(NAMES)
    for name, expected in known.items():
        assert value(name) == pytest.approx(expected, rel=1e-12, abs=1e-9, nan_ok=True), name
    for name in set(NAMES) - set(known):
        assert name in NETS
    assert value("net_migration") == pytest.approx(value("internal") + value("external"))
    change = projection.total(region="KZ-11")
    assert value("net_migration") + value("natural") == pytest.approx(
        change.loc[2029] - change.loc[2028]
    )


def test_rows_are_sorted_and_the_same_every_time(dataset, deficit):
    again = fc.sensitivity(scenario(POINT), dataset, region="Akmola Region")
    pd.testing.assert_frame_equal(deficit, again)
    assert deficit.attrs == again.attrs
    assert deficit["swing"].is_monotonic_decreasing
    assert tuple(deficit.columns) == COLUMNS
    assert (deficit["swing"] > 0).all()
    assert deficit["assumption"].is_unique
    results = deficit[["result_low", "result_central", "result_high"]]
    assert (deficit["swing"] == results.max(axis=1) - results.min(axis=1)).all()
    assert set(deficit["result_central"]) == {deficit.attrs["central"]}
    assert not (deficit[["name", "status", "source", "range"]] == "").any().any()


def test_the_change_and_the_scenario_decide_the_range(dataset):
    five = rows(dataset, of=f"need:{KINDERGARTEN}", change=5).loc[f"norms.{KINDERGARTEN}.rate"]
    assert five["high"] == pytest.approx(1.05 * 0.5208)
    text = f"levers: {{norms: {{{KINDERGARTEN}: {{rate: 0.8}}}}}}"
    mine = rows(dataset, text, of=f"need:{KINDERGARTEN}").loc[f"norms.{KINDERGARTEN}.rate"]
    assert mine["central"] == 0.8
    assert (mine["status"], mine["source"]) == ("assumption", "levers of the scenario")


def test_a_path_has_no_range_and_is_told(dataset):
    study = study_of(scenario("uncertainties: {fertility: {tfr: {2026: 2.5}}}"), dataset)
    assert "uncertainties.fertility" not in [one.id for one in study.assumptions]
    assert "path" in " ".join(study.left)


def test_shares_never_leave_their_bounds():
    assert around(0.95, 0.1, 0, 1) == pytest.approx((0.855, 0.95, 1))
    assert around(0.0, 0.1, 0, 1) == (0, 0, 0)
    assert around(0.0, 0.1, 0, 1, from_zero=True) == (0, 0, 0.1)
    assert around(1.2, 0.1, 1.0, 3.0) == pytest.approx((1.08, 1.2, 1.32))


def test_every_number_of_the_norms_has_a_word(dataset):
    plan = prepare(scenario(), dataset)
    assert set(NORM_WORDS) <= set(vars(plan.facilities[0]))
    named = {name for name, (low, _) in PARAMETERS.items() if low < 1900}
    assert {*LABOUR_WORDS, *REMARKS} == named
    assert set(dataset.table("norms/labour")["unit"]) - {"years", "calendar year"} == set(UNITS)
    assert set(dataset.table("norms/elasticities")["unit"]) == set(ANSWER_UNITS)
    subjects = [note.subject for note in plan.without_levers.notes]
    words = ("Fertility", "Mortality", "Internal migration", "External migration")
    assert dict(zip(NOTES, subjects, strict=True)) == dict(zip(NOTES, words, strict=True))


@pytest.mark.parametrize(
    "asked, texts",
    [
        ({"of": "labour_deficits"}, ["no measure 'labour_deficits'", "'labour_deficit'"]),
        ({"of": "need"}, ["kind of facility", "school_place"]),
        ({"of": "need:scool_place"}, ["no kind of facility", "'school_place'"]),
        ({"of": "population:doctor"}, ["'population' has no kinds"]),
        ({"of": "need:doctor", "kind": "dwelling"}, ["two kinds"]),
        ({"of": "arrivals:plant"}, ["no growth point"]),
        ({"region": "Astanna"}, ["--region", "Astana"]),
        ({"year": 2029}, ["2029 is not within 2026-2028"]),
        ({"change": 0.0}, ["--change"]),
        ({"change": float("nan")}, ["--change"]),
        ({"of": "cost:school_place"}, ["unknown in", "added_need:school_place"]),
    ],
)
def test_what_is_wrong_is_told_with_the_cure(dataset, asked, texts):
    with pytest.raises(fc.InputError) as caught:
        study_of(scenario(), dataset, **asked)
    for text in texts:
        assert text in str(caught.value)


def test_all_faults_come_together(dataset):
    with pytest.raises(fc.InputError) as caught:
        study_of(scenario(), dataset, of="x", region="y", change=-1)
    assert len(caught.value.faults) == 3


def test_the_run_id_is_that_of_the_run(dataset):
    study = study_of(scenario(), dataset, of="population")
    assert study.carry_out().run_id == fc.run(scenario(), dataset).run_id
    assert replace(study, assumptions=()).carry_out().rows.empty
