"""Iterative proportional fitting and rounding against worked and published cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast.balance import ipf, round_to_total
from forecast.errors import RunError


def test_two_by_two_by_hand():
    """Odds ratio 1: the fitted table is the product of its margins over the total."""
    fitted = ipf(np.ones((2, 2)), {(0,): np.array([30.0, 70.0]), (1,): np.array([40.0, 60.0])})
    assert fitted == pytest.approx(np.array([[12, 18], [28, 42]]))


def test_the_odds_ratio_of_the_seed_is_kept():
    """Bishop, Fienberg & Holland 1975, section 3.5: margins change, interactions do not."""
    seed = np.array([[10.0, 20.0], [30.0, 5.0]])
    fitted = ipf(seed, {(0,): np.array([70.0, 30.0]), (1,): np.array([45.0, 55.0])})
    ratio = [t[0, 0] * t[1, 1] / (t[0, 1] * t[1, 0]) for t in (seed, fitted)]
    assert ratio[1] == pytest.approx(ratio[0], rel=1e-8)


def test_three_axes_meet_a_plane_and_a_line():
    rng = np.random.default_rng(3)
    truth = rng.uniform(1, 9, (2, 3, 4))
    fitted = ipf(
        rng.uniform(1, 9, (2, 3, 4)),
        {(0, 1): truth.sum(axis=2), (2,): truth.sum(axis=(0, 1))},
        tolerance=1e-12,
    )
    assert fitted.sum(axis=2) == pytest.approx(truth.sum(axis=2), rel=1e-9)
    assert fitted.sum(axis=(0, 1)) == pytest.approx(truth.sum(axis=(0, 1)), rel=1e-9)


def test_zeros_of_the_seed_stay_zero():
    seed = np.ones((3, 3)) - np.eye(3)
    fitted = ipf(seed, {(0,): np.array([3.0, 4, 5]), (1,): np.array([4.0, 4, 4])})
    assert np.diag(fitted) == pytest.approx(0)
    assert fitted.sum(axis=1) == pytest.approx([3, 4, 5])


def test_margins_that_cannot_be_met_are_named():
    with pytest.raises(RunError, match="flows.*the totals of the margins differ: 5, 6"):
        ipf(np.ones((1, 2)), {(0,): np.array([5.0]), (1,): np.array([3.0, 3.0])}, what="flows")
    closed = np.array([[0.0, 0.0], [1.0, 1.0]])
    with pytest.raises(RunError, match="positive where every cell is zero"):
        ipf(closed, {(0,): np.array([1.0, 1.0])})


@given(
    arrays(float, (4, 5), elements=st.floats(0.001, 1e4)),
    st.lists(st.integers(0, 50_000), min_size=4, max_size=4),
)
def test_rounding_keeps_every_total_and_stays_near(values, totals):
    target = np.array(totals, dtype=float)
    sums = values.sum(axis=1)
    scaled = np.where(sums[:, None] > 0, values / np.maximum(sums, 1e-300)[:, None], 0.2)
    scaled = scaled * target[:, None]
    whole = round_to_total(scaled, target, axis=1)
    assert (whole.sum(axis=1) == target).all()
    assert (whole == np.rint(whole)).all()
    assert np.abs(whole - scaled).max() < 1 + 1e-6
    assert whole.min() >= 0


def test_largest_remainders_by_hand():
    """Hamilton's method: 1.4, 2.5, 3.1 of 7 give 1, 3, 3."""
    assert round_to_total(np.array([[1.4, 2.5, 3.1]]), np.array([7.0]), 1).tolist() == [[1, 3, 3]]
