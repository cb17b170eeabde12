"""Two pieces of numerics that every run needs, held against scipy, which a run does not load."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.interpolate import PchipInterpolator
from scipy.linalg import expm

from forecast.demography.fertility import _monotone_cubic
from forecast.demography.transition import transition


def generators(rates):
    found = rates.copy()
    place = np.arange(rates.shape[-1])
    found[..., place, place] = 0
    found[..., place, place] = -found.sum(axis=-2)
    return found


@pytest.mark.parametrize("largest", [1e-9, 0.002, 0.05, 0.5, 5.0])
def test_transitions_are_the_matrix_exponential(largest):
    rates = np.random.default_rng(4).uniform(0, largest, (2, 11, 20, 20))
    found = transition(rates)
    np.testing.assert_allclose(found, expm(generators(rates)), rtol=1e-12)
    np.testing.assert_allclose(found.sum(axis=-2), 1.0, rtol=1e-13)


def test_where_nobody_moves_everybody_stays():
    assert (transition(np.zeros((3, 4, 4))) == np.eye(4)).all()


@given(arrays(float, (5, 5), elements=st.floats(0, 30)))
def test_no_probability_is_negative_and_nobody_is_lost(rates):
    found = transition(rates)
    assert (found >= 0).all()
    np.testing.assert_allclose(found.sum(axis=0), 1.0, rtol=1e-12)


def test_two_regions_by_hand():
    # dp/dt = b - (a + b) p with p(0) = 0: the share of the first region found in the second
    a, b = 0.3, 0.1
    found = transition(np.array([[0.0, b], [a, 0.0]]))[1, 0]
    assert found == pytest.approx(a / (a + b) * (1 - np.exp(-(a + b))), rel=1e-14)


@given(arrays(float, st.integers(3, 30), elements=st.floats(-1e3, 1e3, allow_subnormal=False)))
def test_the_curve_is_that_of_scipy(values):
    at = np.linspace(0, len(values) - 1, 97)
    expected = PchipInterpolator(np.arange(len(values)), values)(at)
    found = _monotone_cubic(values)(at)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * np.abs(values).max())
