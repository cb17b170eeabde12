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
    coming = np.zeros((2, 101, 1, 1))
    coming[:, 10] = 50.0  # a hundred pupils
    each = school.profile[0, 10] * school.per_user
    unknown = Gate((school,), np.full((1, 2, 1), np.nan), 1.0)
    built = np.array([[[100 * each]]])
    args = (0, np.array([1]), coming)
    assert unknown.own_share(*args, built, 0 * built)[0, 0] == pytest.approx(1.0)
    assert unknown.own_share(*args, built, 0.7 * built)[0, 0] == pytest.approx(0.3)
    assert unknown.own_share(*args, built, 2 * built)[0, 0] == 0
    assert unknown.own_share(*args, np.nan * built, 0 * built)[0, 0] == 1
    known = Gate((school,), np.full((1, 2, 1), 5.0), 1.0)  # the region tells: `share` holds there
    assert known.own_share(*args, 0 * built, 0 * built)[0, 0] == 1
    load = Gate((school,), np.full((1, 2, 1), np.nan), 1.5)
    assert load.own_share(*args, built, built)[0, 0] == pytest.approx(0.5)


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
