"""Infrastructure first: the gate by what a region has and by what a plan builds, by hand."""

import numpy as np
import pytest

import forecast as fc
from forecast.infrastructure.gate import Gate, built_units
from forecast.plan import prepare

POINT = (
    "growth_points:\n"
    "  p: {{region: KZ-19, driver: people, existing: {{people: 1000}}, source: test,\n"
    "      people: {{2026: 1000, 2027: 3000, 2028: 5000}}, facilities: {{{kinds}}}}}\n"
)
FIRST = "levers: {infrastructure_first: {kinds: [school_place, dwelling]}}\n"


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset()


@pytest.fixture(scope="module")
def facilities(dataset):
    return {one.kind: one for one in prepare(fc.load_scenario("baseline"), dataset).facilities}


def run_of(dataset, text, until=2029):
    return fc.run(fc.parse_scenario(f"extends: baseline\nuntil: {until}\n{text}"), dataset)


def rows_of(run, measure, kind="total", point="p"):
    frame = run.frame("safe_arrivals")
    chosen = frame[(frame["growth_point"] == point) & (frame["kind"] == kind)]
    return chosen[chosen["measure"] == measure].set_index("year")["value"]


def test_share_of_a_plan_by_hand(facilities):
    school = facilities["school_place"]
    coming = np.zeros((2, 101, 1, 2, 1))  # (sex, age, point, region, draw)
    coming[:, 10, 0, 1] = 50.0  # a hundred pupils, all in region 1
    each = school.profile[0, 10] * school.per_user
    built = np.zeros((1, 1, 2, 1))
    built[0, 0, 1] = 100 * each

    def share(load, built, taken, capacity=np.nan):
        gate = Gate((school,), np.full((1, 2, 1), capacity), load)
        return gate.own_share(0, coming, built, taken)[0, 1, 0]

    assert share(1.0, built, 0 * built) == pytest.approx(1.0)
    assert share(1.0, built, 0.7 * built) == pytest.approx(0.3)
    assert share(1.0, built, 2 * built) == 0
    assert share(1.0, np.nan * built, 0 * built) == 1
    assert share(1.0, 0 * built, 0 * built, capacity=5.0) == 1  # the region tells: see `share`
    assert share(1.5, built, built) == pytest.approx(0.5)


def test_units_that_no_plan_names_are_unknown(facilities):
    chosen = [facilities["school_place"], facilities["dwelling"]]
    found = built_units(chosen, [{"dwelling": np.array([3.0, 4.0])}, {}], 1, 2)
    assert found[1, 0].tolist() == [4, 4]
    assert np.isnan(found[0]).all()
    assert np.isnan(found[1, 1]).all()


def test_places_let_in_those_whom_they_hold(dataset, facilities):
    free = run_of(dataset, POINT.format(kinds="school_place: {2026: 100}"))
    held = run_of(dataset, POINT.format(kinds="school_place: {2026: 100}") + FIRST)
    called = rows_of(free, "came")
    came, back = rows_of(held, "came"), rows_of(held, "held_back")
    each = rows_of(held, "need_per_arrival", "school_place")
    assert came.iloc[0] == pytest.approx(100 / each.iloc[0], rel=1e-9)
    assert (came + back).iloc[0] == pytest.approx(called.iloc[0], rel=1e-9)
    assert came.iloc[1:].sum() == pytest.approx(0, abs=1e-6)  # no place is left
    assert rows_of(held, "safe_arrivals").iloc[0] == pytest.approx(came.iloc[0], rel=1e-9)
    assert rows_of(held, "binds", "school_place").iloc[0] == 1


def test_the_kind_that_binds_is_the_one_that_is_full_first(dataset):
    kinds = "school_place: {2026: 100000}, dwelling: {2026: 50}"
    held = run_of(dataset, POINT.format(kinds=kinds) + FIRST)
    assert rows_of(held, "binds", "dwelling").iloc[0] == 1
    assert rows_of(held, "binds", "school_place").iloc[0] == 0


def test_a_plan_that_names_nothing_is_held_by_nothing_and_is_listed(dataset):
    free = run_of(dataset, POINT.format(kinds=""))
    first = run_of(dataset, POINT.format(kinds="") + FIRST)
    assert free.frame("population").equals(first.frame("population"))
    frame = first.frame("safe_arrivals")
    there = frame[(frame["region"] == "KZ-19") & (frame["measure"] == "safe_arrivals")]
    assert there["value"].isna().all()
    assert (there["status"] == "unknown").all()


def test_jobs_whose_people_found_no_room_call_again(dataset):
    """2,000 jobs in 2027; dwellings for a part of their people then, for all of them in 2028."""
    jobs = (
        "feedback: {unemployment: false, income: false, home_value: false}\n"
        "growth_points:\n"
        "  p: {region: KZ-55, jobs: {2027: 2000}, source: test,"
        " facilities: {dwelling: {2027: 300, 2028: 9000}}}\n"
    )
    free, held = run_of(dataset, jobs), run_of(dataset, jobs + FIRST)
    called, came, back = rows_of(free, "came"), rows_of(held, "came"), rows_of(held, "held_back")
    assert 0 < came.loc[2027] < called.loc[2027]
    assert back.loc[2027] == pytest.approx(called.loc[2027] - came.loc[2027], rel=1e-9)
    assert came.loc[2028] == pytest.approx(back.loc[2027], rel=0.02)  # ages of movers shift a bit
    assert back.loc[2028] == back.loc[2029] == came.loc[2029] == 0


def test_what_a_plan_builds_stands_where_its_people_live(dataset):
    text = (
        "growth_points:\n"
        "  p: {region: KZ-75, homes: {KZ-19: 1}, jobs: {2027: 2000}, source: test,"
        " facilities: {school_place: {2027: 50}}}\n"
    )
    held = run_of(dataset, text + FIRST)
    frame = held.frame("safe_arrivals").query("growth_point == 'p'")
    assert set(frame["region"]) == {"KZ-19"}
    came = rows_of(held, "came").loc[2027]
    each = rows_of(held, "need_per_arrival", "school_place").loc[2027]
    assert came == pytest.approx(50 / each, rel=1e-9)
    ledger = held.frame("growth_points").query("measure == 'need' and year == 2029")
    assert set(ledger["region"]) == {"KZ-19"}


def test_supported_arrivals_without_room_are_told(dataset):
    text = (
        "levers:\n"
        "  memoranda: [{from: KZ-61, to: KZ-71, persons: {2026: 5000}, source: test}]\n"
        "  infrastructure_first: {kinds: [hospital_bed]}\n"
    )
    run = run_of(dataset, text)
    frame = run.frame("safe_arrivals")
    held = frame[(frame["region"] == "KZ-71") & (frame["measure"] == "held_back")]["value"]
    came = frame[(frame["region"] == "KZ-71") & (frame["measure"] == "came")]["value"]
    assert (held.to_numpy() + came.to_numpy()) == pytest.approx(5000, rel=1e-6)
    assert held.min() > 0
    assert any("no room" in warning for warning in run.manifest["warnings"])


def test_free_movers_are_never_held(dataset):
    """With room for nobody the run is the one without the point."""
    closed = POINT.format(kinds="school_place: {2026: 0}") + FIRST
    held, free = run_of(dataset, closed), run_of(dataset, "")
    for name in ("population", "flows"):
        mine, theirs = (run.frame(name)["value"].to_numpy() for run in (held, free))
        assert mine == pytest.approx(theirs, rel=1e-12, abs=1e-9)


def test_the_general_plan_of_a_city_binds_by_its_dwellings(dataset):
    """The shipped scenario: 2,058 dwellings a month for 57 thousand people a year are too few."""
    run = fc.run("alatau-general-plan+infrastructure-first", dataset)
    point = run.frame("safe_arrivals").query("growth_point == 'alatau'")
    binding = point[(point["measure"] == "binds") & (point["value"] == 1)]
    assert set(binding.query("year >= 2027")["kind"]) == {"dwelling"}
    came = rows_of(run, "came", point="alatau")
    safe = rows_of(run, "safe_arrivals", point="alatau")
    assert (came <= safe + 1e-6).all()
    assert rows_of(run, "held_back", point="alatau").loc[2027:].min() > 5_000


def test_facilities_of_a_point_are_checked(dataset):
    with pytest.raises(fc.InputError, match="no kind of facility 'school'.*school_place"):
        prepare(fc.parse_scenario("extends: baseline\n" + POINT.format(kinds="school: {2026: 1}")),
                dataset)  # fmt: skip
    falls = POINT.format(kinds="school_place: {2026: 10, 2027: 5}")
    with pytest.raises(fc.InputError, match="must not fall"):
        fc.parse_scenario("extends: baseline\n" + falls)
    early = POINT.format(kinds="school_place: {2020: 10}")
    with pytest.raises(fc.InputError, match="before the base year"):
        prepare(fc.parse_scenario("extends: baseline\n" + early), dataset)
    twice = POINT.format(kinds="dwelling: {2026: 1}, ").replace(", }", "}")
    twice = twice.replace("source: test,", "source: test, dwellings: {2027: 5},")
    with pytest.raises(fc.InputError, match="under 'dwellings' already"):
        prepare(fc.parse_scenario("extends: baseline\n" + twice), dataset)
