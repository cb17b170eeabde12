"""Lee-Carter and its extensions, against arithmetic that can be done by hand and the papers.

Sources
- Lee & Carter (1992), J. Am. Stat. Assoc. 87: identification, singular value decomposition.
- Li & Lee (2005), Demography 42: coherent populations.
- Li, Lee & Gerland (2013), Demography 50: weight of the rotation, ultimate pattern.
"""

from __future__ import annotations

import numpy as np
import pytest

from forecast.demography.lee_carter import (
    coherent_rates,
    drift_of,
    fit_autoregression,
    fit_lee_carter,
    fit_li_lee,
    level_table,
    rotated,
    rotated_change,
    ultimate_pattern,
)
from forecast.demography.lifetable import life_expectancy
from forecast.errors import InputError

AGE = np.arange(101)


def log_rates() -> np.ndarray:
    """(sex, age) logarithms of rates of a made-up but human shape, e0 about 80 and 76."""
    female = 0.0003 + 0.00002 * np.exp(0.098 * AGE)
    female[0] = 0.006
    return np.log(np.stack([female, 1.5 * female]))


def pattern() -> np.ndarray:
    """(age,) decline that is fastest among children, sum 1."""
    b = np.exp(-AGE / 60)
    return b / b.sum()


def test_a_decomposition_by_hand() -> None:
    """Centred logs (2, 1), (1, 2), (-3, -3): X'X has the eigenvalues 27 and 1 and the first
    eigenvector (1, 1), so b is a half each, k = (3, 3, -6) and 27/28 is explained."""
    centred = np.array([[2.0, 1.0], [1.0, 2.0], [-3.0, -3.0]])
    model = fit_lee_carter(np.exp([-4.0, -2.0] + centred / 10))
    assert model.a == pytest.approx([-4.0, -2.0])
    assert model.b == pytest.approx([0.5, 0.5])
    assert model.k == pytest.approx([0.3, 0.3, -0.6])
    assert model.explained == pytest.approx(27 / 28)


def test_rates_of_rank_one_come_back_exactly() -> None:
    k = np.array([40.0, 22.0, 3.0, -15.0, -50.0])
    logs = log_rates()[0] + k[:, None] * pattern()
    model = fit_lee_carter(np.exp(logs))
    assert model.b.sum() == pytest.approx(1, abs=1e-12)
    assert model.k.sum() == pytest.approx(0, abs=1e-9)
    assert model.a + model.k[:, None] * model.b == pytest.approx(logs, abs=1e-12)
    assert model.explained == pytest.approx(1)


def test_two_sexes_come_back_with_their_deviations() -> None:
    k, gap = np.array([40.0, 20.0, -20.0, -40.0]), np.array([1.0, -2.0, 2.0, -1.0])
    own = np.where(AGE < 50, 1.0, -1.0) / 101  # absolute values sum to 1
    logs = log_rates() + (k[:, None] * pattern())[:, None]
    logs[:, 0] += gap[:, None] * own
    logs[:, 1] -= gap[:, None] * own
    model = fit_li_lee(np.exp(logs))
    assert model.b == pytest.approx(pattern())
    assert np.abs(model.own_b).sum(axis=1) == pytest.approx([1, 1])
    assert np.log(coherent_rates(model, model.k, model.own_k)) == pytest.approx(logs, abs=1e-12)


def test_the_table_of_life_expectancy_is_exact_to_two_millionths_of_a_year() -> None:
    table = level_table(log_rates(), pattern())
    k = np.linspace(-390, 70, 997) * np.ones((2, 1))
    true = life_expectancy(np.exp(log_rates()[:, :, None] + pattern()[:, None] * k[:, None]))
    assert np.abs(table.life_expectancy(k) - true).max() < 2e-6
    found = table.index_of(true)
    again = life_expectancy(np.exp(log_rates()[:, :, None] + pattern()[:, None] * found[:, None]))
    assert np.abs(again - true).max() < 2e-6


def test_the_jump_off_is_exact() -> None:
    change, _, e0 = rotated_change(log_rates(), pattern(), np.array([[0.0, 0.0], [-2.0, -2.0]]))
    assert (change[0] == 0).all()
    assert e0[0] == pytest.approx(life_expectancy(np.exp(log_rates())), abs=1e-12)


def test_rotation_begins_at_80_and_ends_at_102() -> None:
    """Half way, at 91, the weight is the root of a half (Li, Lee & Gerland 2013)."""
    turned = rotated(pattern(), np.array([79.9, 80.0, 91.0, 102.0, 110.0]))
    last = ultimate_pattern(pattern())
    assert turned[:2] == pytest.approx(np.stack([pattern()] * 2))
    assert turned[2] == pytest.approx((1 - 0.5**0.5) * pattern() + 0.5**0.5 * last)
    assert turned[3:] == pytest.approx(np.stack([last] * 2))
    assert turned.sum(axis=1) == pytest.approx(np.ones(5))


def test_the_ultimate_pattern_is_level_to_65_and_then_falls_as_before() -> None:
    last, b = ultimate_pattern(pattern()), pattern()
    assert last[:66] == pytest.approx(np.full(66, last[30]))
    assert last[65:] / last[65] == pytest.approx(b[65:] / b[65])


def test_rotation_moves_decline_to_old_ages_and_leaves_life_expectancy() -> None:
    k = np.linspace(0, -200, 76)[:, None] * np.ones(2)
    change, patterns, e0 = rotated_change(log_rates(), pattern(), k)
    turned = e0.mean(axis=1) > 80
    assert turned.sum() > 30
    reached = life_expectancy(np.exp(log_rates()[..., None] + np.moveaxis(change, 0, -1))).T
    plain = k[..., None] * pattern()
    straight = life_expectancy(np.exp(log_rates()[..., None] + np.moveaxis(plain, 0, -1))).T
    assert np.abs(reached - straight).max() < 2e-6
    assert (change[turned][:, :, 90] < plain[turned][:, :, 90]).all()
    assert (change[-1, :, 1] > plain[-1, :, 1]).all()
    assert patterns.sum(axis=1) == pytest.approx(np.ones(76))


def test_the_sexes_neither_cross_nor_part() -> None:
    """The same index for both to the end of the century: the ratio of rates stays, and what a
    deviation adds is bounded."""
    k = np.linspace(0, -150, 76)[:, None] * np.ones(2)
    gap = 3 * (1 - 0.8 ** np.arange(76))
    change, _, e0 = rotated_change(log_rates(), pattern(), k + gap[:, None] * [1, -1])
    distance = e0[:, 0] - e0[:, 1]
    assert (distance > 0).all()
    assert distance.max() <= distance[0] + 0.1
    assert np.abs(change[:, 0] - change[:, 1]).max() < 0.25


def test_an_autoregression_comes_back_through_gaps() -> None:
    """Without noise x halves every year, also over the years that are left out."""
    years = np.array([2000, 2001, 2002, 2003, 2006, 2007])
    found = fit_autoregression(years, 0.5 ** (years - 2000.0))
    assert found.rho == pytest.approx(0.5)
    assert found.sigma == pytest.approx(0, abs=1e-9)


def test_the_drift_by_hand() -> None:
    """Steps -1, -3, -2 and -6 over three years: -12 in 6 years; the squares of the misses 1, 1, 0
    and 0 / 3 over 3 degrees of freedom."""
    drift, error, step = drift_of([2000, 2001, 2002, 2003, 2006], [0, -1, -4, -6, -12])
    assert (drift, step) == pytest.approx((-2, (2 / 3) ** 0.5))
    assert error == pytest.approx(step / 6**0.5)


def bad(change: object, place: tuple[int, ...]) -> np.ndarray:
    rates = np.exp(log_rates()[0] - np.arange(4)[:, None] * pattern())
    rates[place] = change
    return rates


@pytest.mark.parametrize(
    "rates, message",
    [
        (bad(0.0, (1, 5)), "zero, negative or missing"),
        (bad(-0.1, (1, 5)), "zero, negative or missing"),
        (bad(np.nan, (1, 5)), "zero, negative or missing"),
        (bad(0.1, (0, 0))[:2], "2 periods of death rates; give at least 3"),
        (np.full((4, 101), 0.01), "no common trend"),
        (np.full(101, 0.01), "have shape (101,)"),
    ],
)
def test_bad_rates_are_refused(rates: np.ndarray, message: str) -> None:
    with pytest.raises(InputError) as caught:
        fit_lee_carter(rates)
    assert message in str(caught.value)


def test_a_life_expectancy_out_of_reach_is_named() -> None:
    table = level_table(log_rates(), pattern())
    with pytest.raises(InputError) as caught:
        table.index_of([[79.0, 120.0], [np.nan, 70.0]])
    text = str(caught.value)
    assert "[0, 1]: 120.0 is not a life expectancy" in text
    assert "[1, 0]" in text


@pytest.mark.parametrize(
    "years, values, message",
    [
        ([2000, 2001, 2002, 2003], [1, 2, 3, 4], "4 years of a series; give at least 5"),
        ([2000, 2001, 2001, 2003, 2004], [1, 2, 3, 4, 5], "must rise"),
        ([2000, 2001, 2002, 2003, 2004], [1, 2, 3, 4], "one value each"),
    ],
)
def test_a_short_or_tangled_series_is_refused(
    years: list[int], values: list[float], message: str
) -> None:
    with pytest.raises(InputError) as caught:
        drift_of(years, values)
    assert message in str(caught.value)
