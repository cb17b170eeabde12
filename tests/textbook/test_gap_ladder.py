"""The gap ladder, the jobs-led closure and the sharing of movers, computed by hand.

Sources: Smith, Tayman & Swanson 2013, 'A practitioner's guide to state and local population
projections', chapter 9 (migration that closes the labour market); the order of the rungs follows
the law on foreign labour: residents first, then other regions, then kandas, foreigners last.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from forecast.errors import InputError
from forecast.labour.closure import jobs_led, meet_from_origins, workers_per_person
from forecast.labour.ladder import RUNGS, Ladder, Offers, climb
from forecast.space import AGES

SHAPE = (2, len(AGES))
NOBODY = np.zeros((2, 2))


def thirty(share: float) -> np.ndarray:
    """(sex, age, region) everybody is a woman of 30; `share` of them in the labour force."""
    values = np.zeros((*SHAPE, 1))
    values[0, 30] = share
    return values


class TestJobsLed:
    def test_by_hand(self) -> None:
        """1,000 jobs, labour force 800, u .05: 240 workers missing, q = .5 x .95: 505.26 people."""
        people = jobs_led(
            np.array([1000.0]), np.array([800.0]), np.array([0.05]), 0.0, 1.0,
            thirty(1.0), thirty(0.5),
        )  # fmt: skip
        assert_allclose(people, [240 / 0.475])

    def test_second_jobs_and_commuting(self) -> None:
        """d .1 and CR .9: 1,100 jobs need 1,100 x .9 / 1.1 = 900 employed residents."""
        people = jobs_led(
            np.array([1100.0]), np.array([850.0]), np.array([0.0]), 0.1, 0.9,
            thirty(1.0), thirty(0.5),
        )  # fmt: skip
        assert_allclose(people, [100.0])

    def test_too_many_people_are_negative(self) -> None:
        people = jobs_led(
            np.array([700.0]), np.array([800.0]), np.array([0.0]), 0.0, 1.0,
            thirty(1.0), thirty(0.5),
        )  # fmt: skip
        assert_allclose(people, [-200.0])

    def test_people_who_never_work_close_nothing(self) -> None:
        people = jobs_led(
            np.array([1000.0]), np.array([800.0]), np.array([0.0]), 0.0, 1.0,
            thirty(1.0), thirty(0.0),
        )  # fmt: skip
        assert np.isnan(people).all()

    def test_a_composition_sums_to_one(self) -> None:
        with pytest.raises(InputError, match="must sum to 1"):
            jobs_led(
                np.array([1000.0]), np.array([800.0]), np.array([0.0]), 0.0, 1.0,
                thirty(0.9), thirty(0.5),
            )  # fmt: skip

    def test_composition_without_draws_meets_participation_with_draws(self) -> None:
        rates = np.stack([thirty(0.5), thirty(0.8)], axis=-1)
        assert_allclose(workers_per_person(thirty(1.0), rates), [[0.5, 0.8]])


class TestMeetFromOrigins:
    def test_one_origin_two_destinations(self) -> None:
        """30 to spare for wishes of 40 and 20: both get three quarters of... half of the wish."""
        shares = np.array([[0.0, 1.0, 1.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
        flows = meet_from_origins(np.array([0.0, 40, 20]), np.array([30.0, 0, 0]), shares)
        assert_allclose(flows, [[0, 20, 10], [0, 0, 0], [0, 0, 0]])

    def test_what_is_left_tries_elsewhere(self) -> None:
        """Region 0 wants 100: 80 from 1, which has 30, 20 from 2, which has 200: 2 gives the rest.

        First round 30 and 20, second round 50 from 2 alone.
        """
        shares = np.array([[0.0, 0, 0], [0.8, 0, 0], [0.2, 0, 0]])
        flows = meet_from_origins(np.array([100.0, 0, 0]), np.array([0.0, 30, 200]), shares)
        assert_allclose(flows[:, 0], [0, 30, 70])

    def test_nobody_moves_at_home_nor_where_nobody_comes_from(self) -> None:
        shares = np.array([[1.0, 0.0], [0.0, 1.0]])
        flows = meet_from_origins(np.array([50.0, 50.0]), np.array([50.0, 50.0]), shares)
        assert not flows.any()

    def test_limits_hold(self) -> None:
        """60 wanted, 100 to spare, at most 25 may come."""
        limits = np.array([[0.0, 25.0], [0.0, 0.0]])
        flows = meet_from_origins(np.array([0.0, 60]), np.array([100.0, 0]), limits, limits)
        assert_allclose(flows, limits)

    def test_limits_send_the_rest_to_another_origin(self) -> None:
        """40 wanted, half from each: 1 may send 5, 2 sends the other 35."""
        shares = np.array([[0.0, 0, 0], [0.5, 0, 0], [0.5, 0, 0]])
        limits = np.array([[0.0, 0, 0], [5.0, 0, 0], [90.0, 0, 0]])
        flows = meet_from_origins(np.array([40.0, 0, 0]), np.full(3, 100.0), shares, limits)
        assert_allclose(flows[:, 0], [0, 5, 35])


def offers(**changes: object) -> Offers:
    """Nobody offers anything, but what is named."""
    nothing = Offers(np.zeros(2), np.zeros(2), NOBODY, NOBODY, np.zeros(2), 0.0, 0.0)
    return replace(nothing, **changes)  # type: ignore[arg-type]


def two_regions(**changes: object) -> Ladder:
    """Region 0: 130 and 70 jobs, 150 workers half and half: short 55, surplus 5, deficit 50.

    Region 1: 40 and 40 jobs, 120 workers: no section short, 40 to spare.
    """
    demand = np.array([[130.0, 70.0], [40.0, 40.0]])
    return climb(demand, np.array([50.0, -40.0]), np.full((2, 2), 0.5), offers(**changes))


class TestLadder:
    def test_gap_and_surplus_are_the_deficit(self) -> None:
        ladder = two_regions()
        assert_allclose(ladder.gap, [55, 0])
        assert_allclose(ladder.surplus, [5, 40])
        assert_allclose(ladder.gap - ladder.surplus, [50, -40])
        assert_allclose(ladder.rungs["left"], [55, 0])

    def test_every_rung_in_its_order(self) -> None:
        """55 short: 10 unemployed, 7 join; on balance 50 - 17 = 33 are lacking: 8 commute,
        4 of the 5 are retrained, 15 of the 32 who are still to spare elsewhere may not come
        (nobody moves that way), 3 kandas, quota 12: foreign 12; left 55 - 44 = 11."""
        ladder = two_regions(
            unemployed=np.array([10.0, 0]), participation=np.array([7.0, 5.0]),
            limits=np.array([[0.0, 0.0], [8.0, 0.0]]), retraining=0.8,
            kandas=np.array([3.0, 9.0]), quota=12.0,
        )  # fmt: skip
        filled = {name: float(values[0]) for name, values in ladder.rungs.items()}
        assert filled == pytest.approx({
            "unemployed": 10, "participation": 7, "commuting": 8, "retraining": 4,
            "internal_movers": 0, "kandas": 3, "foreign": 12, "left": 11,
        })  # fmt: skip
        assert list(ladder.rungs) == list(RUNGS)

    def test_workers_to_spare_are_given_once(self) -> None:
        """30 of the 40 commute, so 10 are left to move."""
        ladder = two_regions(
            limits=np.array([[0.0, 0.0], [30.0, 0.0]]), shares=np.array([[0.0, 1.0], [1.0, 0.0]])
        )
        assert_allclose(ladder.rungs["commuting"], [30, 0])
        assert_allclose(ladder.rungs["internal_movers"], [10, 0])
        assert_allclose(ladder.movers, [[0, 0], [10, 0]])

    def test_what_own_surplus_could_do_is_not_brought_in(self) -> None:
        """Without retraining 55 are short and 50 on balance: 5 stay open whoever may come."""
        ladder = two_regions(quota=1000.0)
        assert_allclose(ladder.rungs["foreign"], [50, 0])
        assert_allclose(ladder.rungs["left"], [5, 0])

    def test_a_region_with_workers_to_spare_gets_none(self) -> None:
        """Region 1 is 10 short in one section and has 30 too many in the other."""
        demand = np.array([[50.0, 50.0], [60.0, 20.0]])
        ladder = climb(
            demand, np.array([0.0, -20.0]), np.full((2, 2), 0.5),
            offers(quota=99.0, kandas=np.full(2, 99.0), shares=1 - np.eye(2),
                   limits=99 * (1 - np.eye(2)), retraining=0.25),
        )  # fmt: skip
        assert_allclose(ladder.gap, [0, 10])
        assert_allclose(ladder.rungs["retraining"], [0, 7.5])
        assert_allclose(ladder.rungs["left"], [0, 2.5])

    def test_the_quota_is_shared_by_what_is_lacking(self) -> None:
        """60 and 30 lacking, quota 30: 20 and 10; by sections as they are short, 2 to 1."""
        demand = np.array([[90.0, 70.0], [65.0, 65.0]])
        ladder = climb(demand, np.array([60.0, 30.0]), np.full((2, 2), 0.5), offers(quota=30.0))
        assert_allclose(ladder.rungs["foreign"], [20, 10])
        assert_allclose(ladder.foreign_limit[0], 20 * np.array([40, 20]) / 60)
        assert_allclose(ladder.foreign_limit.sum(axis=1), ladder.rungs["foreign"])
