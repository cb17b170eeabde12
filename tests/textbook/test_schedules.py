"""Age schedules against closed forms and properties that their authors state.

Authority: Rogers & Castro (1981), Model Migration Schedules, IIASA RR-81-30 (formula 1 and the
peaks of figure 3); McNeil, Trussell & Turner (1977), Demography 14, spline interpolation of
demographic data: the interpolated pattern keeps the shares of the groups.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from forecast.demography.schedules import (
    MIDDLES,
    MigrationCurve,
    fertility_pattern,
    mean_age_at_birth,
    rogers_castro,
    scaled,
    shift_to_mean_age,
    single_year_rates,
)
from forecast.errors import InputError

EDGES = [15, 20, 25, 30, 35, 40, 45, 50]
SHARES = [3.0, 26.0, 30.0, 22.0, 14.0, 4.5, 0.5]


def test_rogers_castro_by_hand_at_age_twenty() -> None:
    """At x = mu2 the inner exponential is 1: m = a1 exp(-2) + a2 exp(-1) + c."""
    curve = MigrationCurve()
    by_hand = 0.02 * math.exp(-2.0) + 0.06 * math.exp(-1.0) + 0.003
    assert float(rogers_castro(curve, 20.0)) == pytest.approx(by_hand, rel=1e-12)


def test_rogers_castro_peaks_where_its_derivative_vanishes() -> None:
    """The labour-force curve alone peaks at mu2 + ln(lambda2 / alpha2) / lambda2."""
    curve = MigrationCurve(a1=0.0, c=0.0)
    ages = np.linspace(0, 100, 100_001)
    peak = ages[rogers_castro(curve, ages).argmax()]
    assert peak == pytest.approx(20 + math.log(0.4 / 0.1) / 0.4, abs=0.002)


def test_the_oldest_and_the_newborn_of_the_curve() -> None:
    curve = MigrationCurve()
    rates = rogers_castro(curve)
    assert rates.shape == (101,)
    assert rates[100] == pytest.approx(curve.c, rel=0.05)
    assert float(rogers_castro(curve, 0.0)) == pytest.approx(curve.a1 + curve.c, rel=1e-6)
    assert (rates > 0).all()


def test_retirement_adds_its_own_peak() -> None:
    with_retirement = rogers_castro(MigrationCurve(a3=0.02))
    more = with_retirement - rogers_castro(MigrationCurve())
    assert 60 <= MIDDLES[more.argmax()] <= 65
    assert scaled(MigrationCurve(), a2=0.5).a2 == pytest.approx(0.03)


def test_a_negative_parameter_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="a2.*below zero"):
        MigrationCurve(a2=-1.0)


def test_single_ages_keep_the_shares_of_their_groups() -> None:
    pattern = fertility_pattern(EDGES, SHARES)
    assert pattern.shape == (101,)
    assert pattern.sum() == pytest.approx(1.0)
    assert (pattern >= 0).all()
    for first, last, share in zip(EDGES[:-1], EDGES[1:], SHARES, strict=True):
        assert pattern[first:last].sum() == pytest.approx(share / 100, abs=1e-12)
    assert pattern[:15].sum() == pattern[50:].sum() == 0


def test_the_pattern_has_one_peak_in_the_largest_group() -> None:
    pattern = fertility_pattern(EDGES, SHARES)
    assert 24 <= pattern.argmax() <= 28
    rising, falling = np.diff(pattern[15:25]), np.diff(pattern[29:50])
    assert (rising >= 0).all()  # the spline is held at zero where it would fall below
    assert (falling < 0).all()


def test_mean_age_of_two_ages_by_hand() -> None:
    pattern, women = np.zeros(101), np.ones(101)
    pattern[[20, 30]] = 0.5
    assert mean_age_at_birth(pattern) == pytest.approx(25.5)
    women[30] = 3.0  # three births at 30.5 for each at 20.5
    assert mean_age_at_birth(pattern, women) == pytest.approx((20.5 + 3 * 30.5) / 4)


@pytest.mark.parametrize("mean", [27.0, 29.7, 31.25])
def test_a_shift_reaches_the_mean_age_and_keeps_the_total(mean: float) -> None:
    women = np.linspace(2, 1, 101)
    moved = shift_to_mean_age(fertility_pattern(EDGES, SHARES), mean, women)
    assert mean_age_at_birth(moved, women) == pytest.approx(mean, abs=1e-9)
    assert moved.sum() == pytest.approx(1.0)
    assert (moved >= 0).all()


def test_single_year_death_rates_stay_within_those_of_the_groups() -> None:
    first = [0, 1, *range(5, 101, 5)]
    rates = np.concatenate([[0.008, 0.0004], 0.0002 + 0.00004 * np.exp(0.1 * np.arange(5, 101, 5))])
    single = single_year_rates(first, rates)
    assert single.shape == (101,)
    assert single[0] == rates[0]
    assert single[100] == rates[-1]
    assert (np.diff(single[10:101]) > 0).all()
    for place, age in enumerate(range(5, 100, 5), start=2):
        assert single[age + 2] == pytest.approx(rates[place], rel=1e-9)  # middle of the group


def test_groups_that_do_not_fit_are_refused() -> None:
    with pytest.raises(InputError, match="8 group limits for 6 groups"):
        fertility_pattern(EDGES, SHARES[:-1])
    with pytest.raises(InputError, match="negative or missing"):
        fertility_pattern(EDGES, [*SHARES[:-1], -1.0])
    with pytest.raises(InputError, match="death rate"):
        single_year_rates([0, 1, 5], [0.1, 0.0, 0.1])
