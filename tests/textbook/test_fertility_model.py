"""Schedules by mean and spread, Scale-AR(1) and the nation's process, held against closed forms.

Authority: Brass (1974) for place and scale on the cumulative; Sevcikova, Raftery & Gerland
(2018) for Scale-AR(1); any textbook of time series for the variance of an AR(1).
"""

from __future__ import annotations

import numpy as np
import pytest

from forecast.demography.fertility import (
    ar1_spread,
    log_path,
    mean_and_spread,
    relational_schedule,
    scale_ar1,
    scale_path,
)
from forecast.demography.schedules import fertility_pattern
from forecast.errors import InputError
from forecast.estimate.fertility_candidates import (
    CANDIDATES,
    HORIZON,
    LAST,
    joined,
    judge,
    roll,
)

FIRST_AGES = (10, 15, 20, 25, 30, 35, 40, 45, 50, 55)
STANDARD = fertility_pattern(FIRST_AGES, (0.1, 5, 25, 30, 24, 12, 3.6, 0.28, 0.02))
RHO, SIGMA, FLOOR = 0.98445, 0.02086, 0.5
YEARS, DRAWS = 25, 20_000


def normals(*shape: int, seed: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


@pytest.mark.parametrize("mean", [24.0, 28.3, 31.5, 34.0])
@pytest.mark.parametrize("spread", [4.5, 5.7, 7.0])
def test_a_schedule_has_the_mean_and_spread_asked_for(mean: float, spread: float) -> None:
    schedule = relational_schedule(STANDARD, mean, spread)
    found = mean_and_spread(schedule)
    assert schedule.sum() == pytest.approx(1, abs=1e-12)
    assert (schedule >= 0).all()
    assert found[0] == pytest.approx(mean, abs=1e-9)
    assert found[1] == pytest.approx(spread, abs=1e-8)


def test_the_own_mean_and_spread_give_the_standard() -> None:
    assert relational_schedule(STANDARD, *mean_and_spread(STANDARD)) == pytest.approx(
        STANDARD, abs=1e-12
    )


def test_schedules_come_along_further_axes() -> None:
    means = np.array([[28.0, 29.0], [30.0, 31.0], [32.0, 33.0]])
    schedules = relational_schedule(STANDARD, means, 5.5)
    assert schedules.shape == (101, 3, 2)
    assert mean_and_spread(schedules)[0] == pytest.approx(means, abs=1e-9)
    assert schedules[:, 1, 0] == pytest.approx(relational_schedule(STANDARD, 30.0, 5.5), abs=1e-9)


def test_a_moved_schedule_is_as_smooth_as_the_standard() -> None:
    moved = relational_schedule(STANDARD, mean_and_spread(STANDARD)[0] + 1.5, 5.9)
    assert np.abs(np.diff(moved, 2)).max() < 1.5 * np.abs(np.diff(STANDARD, 2)).max()


@pytest.mark.parametrize(
    "pattern, mean, spread, message",
    [
        (STANDARD * 2, 28.0, 5.5, "age pattern: it sums to 2, not to 1"),
        (np.where(np.arange(101) == 30, -0.1, STANDARD), 28.0, 5.5, "age 30 is negative"),
        (STANDARD[:50], 28.0, 5.5, "50 ages instead of 101"),
        (STANDARD, 14.0, 5.5, "mean age at birth: 14 years; it must lie between 15 and 45"),
        (STANDARD, [28.0, 46.0], 5.5, "28-46 years"),
        (STANDARD, np.nan, 5.5, "mean age at birth: nan"),
        (STANDARD, 28.0, 1.0, "spread of the age at birth: 1 years; it must lie between 2 and 12"),
    ],
)
def test_a_wrong_argument_is_named(pattern, mean, spread, message) -> None:
    with pytest.raises(InputError) as raised:
        relational_schedule(pattern, mean, spread)
    assert message in str(raised.value)


def test_faults_of_a_schedule_come_together() -> None:
    with pytest.raises(InputError) as raised:
        relational_schedule(STANDARD * 2, 50.0, 20.0)
    assert len(raised.value.faults) == 3


def test_scale_ar1_has_the_variance_of_its_closed_form() -> None:
    start = np.array([1.0, 1.5])
    path = scale_ar1(start, RHO, SIGMA, FLOOR, normals(DRAWS, YEARS, 2))
    ratio = path * scale_path(start, RHO, YEARS)[..., np.newaxis]
    ahead = np.arange(1, YEARS + 1)
    expected = SIGMA**2 * (1 - RHO ** (2 * ahead)) / (1 - RHO**2)
    assert ratio.var(axis=2) == pytest.approx(np.repeat(expected[:, None], 2, 1), rel=0.05)
    assert ar1_spread(ahead, RHO, SIGMA) ** 2 == pytest.approx(expected, rel=1e-12)


def test_scale_ar1_does_not_drift_off_its_path() -> None:
    path = scale_ar1(np.array([0.7, 1.0, 1.5]), RHO, SIGMA, FLOOR, normals(DRAWS, YEARS, 3))
    assert np.median(path, axis=2) == pytest.approx(1, abs=0.006)
    assert path.mean(axis=2) == pytest.approx(1, abs=0.006)


def test_no_region_falls_below_the_floor() -> None:
    start = np.array([0.55])
    path = scale_ar1(start, RHO, 0.1, FLOOR, normals(500, 40, 1))
    ratio = path * scale_path(start, RHO, 40)[..., np.newaxis]
    assert ratio.min() == pytest.approx(FLOOR, abs=1e-12)


def test_the_first_draws_do_not_depend_on_their_number() -> None:
    long, short = normals(50, YEARS, 2), normals(10, YEARS, 2)
    assert (scale_ar1([1.2, 0.8], RHO, SIGMA, FLOOR, long)[..., :10]
            == scale_ar1([1.2, 0.8], RHO, SIGMA, FLOOR, short)).all()  # fmt: skip


def test_the_log_path_has_the_variance_of_an_ar1_and_no_drift() -> None:
    path = log_path(normals(DRAWS, YEARS), 0.96, 0.05, 0.0, np.zeros(DRAWS))
    assert path.shape == (YEARS, DRAWS)
    assert path.std(axis=1) == pytest.approx(ar1_spread(np.arange(1, 26), 0.96, 0.05), rel=0.03)
    assert np.median(np.exp(path), axis=1) == pytest.approx(1, abs=0.006)


def test_a_walk_grows_with_the_root_of_time() -> None:
    assert ar1_spread([1, 4, 9], 1.0, 0.04) == pytest.approx([0.04, 0.08, 0.12])


def test_an_uncertain_sigma_widens_the_tails() -> None:
    z, of_sigma = normals(DRAWS, 10), normals(DRAWS, seed=8)
    plain = log_path(z, 0.96, 0.05, 0.0, of_sigma)
    wide = log_path(z, 0.96, 0.05, 0.3, of_sigma)
    assert np.abs(wide[-1]).max() > np.abs(plain[-1]).max()
    assert np.median(wide[-1]) == pytest.approx(0, abs=0.004)


def test_a_constant_series_keeps_its_last_value() -> None:
    """No candidate can beat the last value where nothing changes, and ties go to it."""
    series = np.full(20, 2.5)
    bands = judge(roll(series))
    assert [band.chosen for band in bands] == [LAST] * 3
    assert joined(series, bands) == pytest.approx(np.full(HORIZON, 2.5))


def test_a_steady_rise_is_forecast_by_its_drift() -> None:
    """A geometric rise: the walk with drift is exact, so it must be used at every horizon."""
    series = 2.0 * 1.02 ** np.arange(25)
    bands = judge(roll(series))
    assert all(band.scores["random walk with drift"] < 1e-10 for band in bands)
    assert joined(series, bands) == pytest.approx(series[-1] * 1.02 ** np.arange(1, 11), rel=1e-4)


def test_every_candidate_forecasts_every_horizon() -> None:
    series = np.log(2.0 + 0.3 * np.sin(np.arange(15) / 3))
    for model in CANDIDATES.values():
        assert np.isfinite(model(series)).all()
        assert model(series).shape == (HORIZON,)
