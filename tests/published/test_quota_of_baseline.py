"""The quota of a real run beside what is published.

Authority: order of 12 December 2025 on the regional quota for 2026 (2,281 kandas, 5,997
resettlers) and that for 2025 (2,309 and 7,344); Ministry of Labour: 6,843 people settled in 2025,
71 per cent of the quota (kandas 97, resettlers 63); support of 70 monthly calculation indices for
each member of a family (302,750 KZT in 2026).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import forecast as fc
from forecast.errors import InputError
from forecast.projection import Projection
from forecast.quotas import Asked, QuotaResult, load_norms, quota_of
from forecast.quotas.frames import allocation_frame, limits_frame, outcomes_frame
from forecast.quotas.norms import QuotaNorms
from forecast.settlement.quota import Bound
from forecast.settlement.quota_plan import QuotaPlan

KANDAS_LIST = {"KZ-10", "KZ-11", "KZ-23", "KZ-27", "KZ-39", "KZ-55", "KZ-59", "KZ-63"}
RESETTLERS_LIST = {"KZ-10", "KZ-11", "KZ-35", "KZ-39", "KZ-55", "KZ-59", "KZ-62", "KZ-63"}
TOGETHER = ("KZ-10", "KZ-35", "KZ-62", "KZ-63")


@pytest.fixture(scope="module")
def run() -> Projection:
    return fc.run("baseline")


@pytest.fixture(scope="module")
def norms() -> QuotaNorms:
    return load_norms(fc.load_dataset())


@pytest.fixture(scope="module")
def result(run: Projection, norms: QuotaNorms) -> QuotaResult:
    return quota_of(run, norms, QuotaPlan(), Asked())


def test_lists_quotas_take_up_and_support_are_those_published(norms):
    assert set(norms.lists["kandas"]) == KANDAS_LIST
    assert set(norms.lists["resettlers"]) == RESETTLERS_LIST
    assert [norms.places(y, "kandas") for y in (2025, 2026)] == [2309, 2281]
    assert [norms.places(y, "resettlers") for y in (2025, 2026)] == [7344, 5997]
    assert norms.places(2029, "kandas") == 2281  # the last one goes on
    assert norms.national == {"kandas": 0.97, "resettlers": 0.63, "all": 0.71}
    settled = sum(norms.national[s] * norms.places(2025, s) for s in norms.lists)
    assert settled / (2309 + 7344) == pytest.approx(0.71, abs=0.005)
    person, family = norms.support()
    assert person * norms.price == 302_750
    assert family == 12 * 22.5 + 0.1 * 1625


def test_a_quota_known_together_is_parted_as_the_last_one_that_tells(norms):
    before = {(b.stream, b.regions): b.places for b in norms.before(2026)}
    parts = [before["resettlers", (region,)] for region in TOGETHER]
    assert sum(parts) == 790
    assert norms.split(2026) == (2025, 2023, TOGETHER)
    shares = np.array([238, 33, 120, 305]) / 696  # the quota of 2023
    assert np.abs(parts - 790 * shares).max() < 1


def test_the_best_quota_keeps_to_the_lists_the_places_and_the_limit_of_change(result, norms):
    best = result.optimal().sum(axis=2)[:, :, 0]
    assert result.inputs.years == (2026,)
    assert best.sum(axis=1).tolist() == [2281, 5997]
    assert (best[~result.inputs.legal] == 0).all()
    for bound in norms.before(2026):
        at = (result.inputs.streams.index(bound.stream),
              result.inputs.regions.index(bound.regions[0]))  # fmt: skip
        assert 0.7 * bound.places - 1e-6 <= best[at] <= 1.3 * bound.places + 1e-6


def test_the_best_quota_beats_the_published_one_where_the_limit_of_change_is_lifted(run, norms):
    """The published quota of 2026 breaks the limit itself: resettlers of Pavlodar fell from 3,050
    to 1,655. Without the limit it is one of those among which the best is chosen."""
    free = quota_of(run, norms, QuotaPlan(change=np.inf), Asked())
    assert free.outcomes["optimal"].points > free.outcomes["2026"].points
    fixed = tuple(b for b in norms.published[2026])
    held = QuotaPlan(change=np.inf, floors=fixed, caps=fixed)
    same = quota_of(run, norms, held, Asked())
    assert same.outcomes["optimal"].places == 8278
    assert same.outcomes["optimal"].points == pytest.approx(same.outcomes["2026"].points, rel=1e-3)


def test_places_become_people_and_workers(result, norms):
    best, i = result.optimal().sum(axis=2)[:, :, 0], result.inputs
    found = result.outcomes["optimal"]
    assert found.settled == pytest.approx((best * i.take_up).sum())
    assert found.workers == pytest.approx(0.4425 * found.settled)
    family = norms.support()[1] / norms.family_size
    assert found.cost == pytest.approx(found.settled * (70 + family))


def test_need_is_the_deficit_of_the_run_with_the_published_quota_added_back(run, norms, result):
    frame = run.frame("labour_detail")
    rows = frame[(frame["measure"] == "labour_deficit") & (frame["section"] == "total")
                 & (frame["qualification"] == "higher") & (frame["year"] == 2026)]  # fmt: skip
    deficit = float(rows.loc[rows["region"] == "KZ-55", "value"].iloc[0])
    back = 0.4425 * (977 * 0.978 * 0.18 + 1655 * 0.5 * 0.2)
    at = result.inputs.regions.index("KZ-55")
    assert result.inputs.need[at, 0, 0] == pytest.approx(deficit + back)


def test_unknown_room_is_listed_and_binds_nowhere(result):
    assert set(result.unknown) == {"school_place", "dwelling"}
    assert all(len(regions) == 10 for regions in result.unknown.values())
    assert "room" not in set(limits_frame(result)["kind"])


def test_places_and_budget_of_the_command_line(run, norms):
    few = quota_of(run, norms, QuotaPlan(change=np.inf), Asked(places=1000, budget=300.0))
    assert few.inputs.supply.sum() == 1000
    assert few.outcomes["optimal"].cost * norms.price <= 300e6 + 1
    row = next(r for r in few.binding() if few.program.rows[r].kind == "need" or True)
    assert few.money_of(row) is not None


def test_five_years(run, norms):
    five = quota_of(run, norms, QuotaPlan(), Asked(years=(2026, 2030)))
    assert five.solution.objective >= 0.999 * five.solution.relaxed
    best = five.optimal().sum(axis=2)
    assert (best.sum(axis=1) <= np.array([[2281], [5997]])).all()
    places = best[0, five.inputs.regions.index("KZ-55")]
    assert (places[1:] <= 1.3 * places[:-1] + 1e-6).all()
    assert (places[1:] >= 0.7 * places[:-1] - 1e-6).all()


def test_room_of_a_plan_has_a_price_and_a_clash_is_told_with_numbers(run, norms):
    room = {"KZ-55": {2026: 2300.0}}
    held = quota_of(run, norms, QuotaPlan(capacity=room), Asked())
    row = next(r for r in held.binding() if held.program.rows[r].kind == "room")
    assert held.price_of(row) > 0
    with pytest.raises(InputError) as error:
        quota_of(run, norms, QuotaPlan(capacity={"KZ-55": {2026: 1500.0}}), Asked())
    text = str(error.value)
    assert error.value.exit_code == 2
    for told in ("1,500 people", "2,135 places for resettlers in Pavlodar Region",
                 "740 places for kandas in Pavlodar Region", "They miss by"):  # fmt: skip
        assert told in text
    assert "infeasible" not in text


def test_families(run, norms):
    whole = quota_of(run, norms, QuotaPlan(families=True), Asked())
    assert whole.inputs.sizes == (1, 2, 3, 4, 5, 6, 7)
    families = whole.inputs.supply.sum() / norms.family_size
    supplied = sum(row.limit for row in whole.program.rows if row.kind == "supply")
    assert supplied == pytest.approx(families, abs=2)
    assert whole.solution.objective >= 0.998 * whole.solution.relaxed


def test_sensitivity_moves_points_the_right_way(run, norms):
    table = quota_of(run, norms, QuotaPlan(), Asked(), sensitivity=True).varied
    wide = table.pivot(index="varied", columns="factor", values="points")
    for name in ("need", "supply", "stay", "employment", "take_up"):
        low, high = wide.loc[name].dropna()
        assert low < high


def test_the_tables(result, run):
    table = allocation_frame(result)
    assert list(table.columns[-3:]) == ["value", "unit", "status"]
    key = ["stream", "region", "year", "qualification", "measure"]
    assert not table.duplicated(key).any()
    unknown = table["value"].isna()
    assert (table["status"] == "unknown").eq(unknown).all()
    places = table[(table["measure"] == "places") & (table["qualification"] == "total")]
    of_nation = places["region"] == run.nation
    assert places.loc[of_nation, "value"].sum() == places.loc[~of_nation, "value"].sum() == 8278
    outcomes = outcomes_frame(result).set_index("quota")
    assert outcomes.loc["2025", "places"] == 9653
    assert outcomes["million"].between(1000, 20_000).all()


def test_regions_off_the_lists_of_the_run_are_refused(run, norms):
    other = replace(norms, lists={"kandas": ("XX-1",), "resettlers": ()})
    with pytest.raises(InputError, match="other regions"):
        quota_of(run, other, QuotaPlan(), Asked())


def test_years_outside_the_run_are_refused(run, norms):
    with pytest.raises(InputError, match="2026-2030"):
        quota_of(run, norms, QuotaPlan(), Asked(years=(2029, 2033)))


def test_floors_hold(run, norms):
    plan = QuotaPlan(floors=(Bound("resettlers", ("KZ-11",), 50),))
    best = quota_of(run, norms, plan, Asked()).optimal().sum(axis=2)[:, :, 0]
    assert best[1, list(quota_of(run, norms, plan, Asked()).inputs.regions).index("KZ-11")] >= 50
