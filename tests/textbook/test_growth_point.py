"""The growth-point add-on against its formula, by hand.

M(t) = sum_k w_k dJ(t-k) additional (1 - local_fill) / q,  q = sum m lambda (1 - u)
"""

import numpy as np
import pytest

from forecast.migration.growth_point import GrowthPoint, calls_of_year, delivered, settle
from forecast.migration.internal import gravity_pull, move_intensity, move_rates, origin_shares

SEXES, AGES, REGIONS = 2, 3, 3


def point(jobs, *, region=0, homes=None, **options):
    """A growth point over the years of `jobs`, whose first entry is the year before the run."""
    levels = np.asarray(jobs, dtype=float)
    profile = np.asarray(options.pop("profile", [1.0]), dtype=float)
    lags = len(profile) - 1
    change = np.concatenate([np.zeros(lags), np.diff(levels)])
    count = len(levels) - 1
    where = np.eye(REGIONS)[region] if homes is None else np.asarray(homes, dtype=float)
    return GrowthPoint(
        id="p", jobs_change=change, dwellings_change=np.zeros(count + lags),
        jobs=levels[1:], construction_jobs=np.zeros(count + 1), dwellings=np.zeros(count),
        region=region, homes=where, sections=np.array([1.0]),
        additional=options.pop("additional", 1.0), local_fill=options.pop("local_fill", 0.0),
        profile=profile, people=np.full(count + 1, np.nan), jobs_added=levels[1:], **options,
    )  # fmt: skip


def moves(points, year=0, people=None, participation=0.5, unemployment=0.0, room=None):
    if people is None:
        people = np.full((SEXES, AGES, REGIONS, 1), 1000.0)
    propensity = np.array([[1.0, 2.0, 1.0]] * SEXES)
    flows = np.array([[0.0, 10, 30], [20, 0, 30], [60, 40, 0]])
    shares = origin_shares(flows, flows, 1.0)
    supply = np.full((SEXES, AGES, REGIONS), participation) * (1 - unemployment)
    each = {"jobs": supply, "dwellings": np.full((SEXES, AGES, REGIONS), 1 / 3)}
    called = np.array([[point.called(year)] for point in points])
    calls = calls_of_year(points, called, people, propensity, shares, each)
    leaving = flows / flows.sum(axis=1, keepdims=True)
    return settle(points, calls, people, propensity, leaving, each, room=room)


def test_arrivals_are_jobs_over_workers_per_arrival():
    # 100 jobs, 80 % additional, 25 % filled on the spot, q = .5 * (1 - .04) = .48
    moved = moves([point([0, 100], additional=0.8, local_fill=0.25)], unemployment=0.04)
    assert moved.arrivals[0, 0] == pytest.approx(100 * 0.8 * 0.75 / 0.48, rel=1e-12)


def test_only_the_change_of_jobs_calls_people():
    steady = point([500, 500, 700, 700])
    arrivals = [moves([steady], year).arrivals[0, 0] for year in range(3)]
    assert arrivals == pytest.approx([0, 200 / 0.5, 0])


def test_arrival_profile_spreads_the_call_over_years():
    ramp = point([0, 100, 100, 100], profile=[0.5, 0.3, 0.2])
    arrivals = [moves([ramp], year).arrivals[0, 0] for year in range(3)]
    assert arrivals == pytest.approx([100, 60, 40])


def test_origins_follow_the_shares_and_conserve_people():
    moved = moves([point([0, 100])])
    # to region 0 came 20 from region 1 and 60 from region 2
    assert moved.by_origin[0, :, 0] == pytest.approx([0, 50, 150])
    assert moved.removals.sum(axis=2) == pytest.approx(moved.additions.sum(axis=2), abs=1e-12)
    assert moved.flows[..., 0].sum() == pytest.approx(200)


def test_homes_elsewhere_receive_the_people():
    moved = moves([point([0, 100], homes=[0.75, 0.25, 0.0])])
    # to home 0 come 20 : 60 from regions 1 and 2, to home 1 come 10 : 40 from regions 0 and 2
    assert moved.by_origin[0, :, 0] == pytest.approx([10, 37.5, 112.5 + 40])
    assert moved.additions.sum(axis=(0, 1))[:, 0] == pytest.approx([150, 50, 0])
    assert moved.flows[0, 0, 0] == moved.flows[1, 1, 0] == 0


def test_a_small_share_of_homes_elsewhere_changes_little():
    whole = moves([point([0, 100])]).by_origin[0, :, 0]
    nearly = moves([point([0, 100], homes=[0.999, 0.001, 0.0])]).by_origin[0, :, 0]
    assert nearly == pytest.approx(whole, abs=0.5)


def test_jobs_that_close_and_open_in_one_region_move_nobody():
    moved = moves([point([100, 0]), point([0, 100])])
    assert moved.flows.sum() == 0
    more = moves([point([100, 0]), point([0, 150])])
    assert more.arrivals[:, 0] == pytest.approx([0, 50 / 0.5])
    assert more.departures.sum() == 0


def test_movers_have_the_ages_of_movers():
    moved = moves([point([0, 100])])
    by_age = moved.additions.sum(axis=(0, 2, 3))
    assert by_age / by_age.sum() == pytest.approx([0.25, 0.5, 0.25])


def test_falling_jobs_release_people_the_same_way():
    moved = moves([point([100, 40])])
    assert moved.departures[0, 0] == pytest.approx(60 / 0.5)
    assert moved.removals.sum(axis=(0, 1))[:, 0] == pytest.approx([120, 0, 0])
    # they go where people of region 0 go: 10 of 40 to region 1, 30 of 40 to region 2
    assert moved.additions.sum(axis=(0, 1))[:, 0] == pytest.approx([0, 30, 90])


def test_dwellings_bring_people_when_they_are_the_driver():
    built = point([0, 0], driver="dwellings")
    built = GrowthPoint(**{**vars(built), "dwellings_change": np.array([100.0])})
    assert moves([built]).arrivals[0, 0] == pytest.approx(300)


def test_points_that_want_more_people_than_there_are_share_them():
    few = np.full((SEXES, AGES, REGIONS, 1), 10.0)
    moved = moves([point([0, 1000]), point([0, 3000])], people=few)
    assert moved.removals.max() <= 10 + 1e-12
    assert (few - moved.removals).min() >= -1e-12
    assert moved.arrivals[1, 0] == pytest.approx(3 * moved.arrivals[0, 0])
    called = moved.arrivals + moved.unmet
    assert called[:, 0] == pytest.approx([2000, 6000])


def test_delivery_takes_a_share_and_comes_late():
    plan = np.array([0.0, 0, 100, 200, 200])
    assert delivered(plan, 0.5, 0) == pytest.approx([0, 0, 50, 100, 100])
    assert delivered(plan, 1.0, 1) == pytest.approx([0, 0, 0, 100, 200])
    assert delivered(plan, 1.0, 1.5) == pytest.approx([0, 0, 0, 50, 150])


def test_rates_give_the_observed_moves_back():
    rng = np.random.default_rng(1)
    flows = rng.uniform(1, 100, (REGIONS, REGIONS))
    people = rng.uniform(100, 200, (SEXES, AGES, REGIONS))
    propensity = rng.uniform(0.1, 2, (SEXES, AGES))
    rates = move_rates(move_intensity(flows, propensity, people), propensity)
    again = np.einsum("sado,sao->od", rates, people)
    np.fill_diagonal(flows, 0)
    assert again == pytest.approx(flows, rel=1e-12)


def test_pull_is_people_over_distance_and_a_border_halves_it():
    people = np.array([100.0, 200.0])
    distance = np.array([[0.0, 50.0], [50.0, 0.0]])
    assert gravity_pull(people, distance, np.zeros((2, 2))) == pytest.approx(
        np.array([[0, 2], [4, 0]])
    )
    assert gravity_pull(people, distance, np.ones((2, 2)))[0, 1] == pytest.approx(4)
