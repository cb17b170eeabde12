"""Smoothing, intervals and measures of flows against what can be worked out."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.errors import InputError
from forecast.migration.intervals import flow_errors_of
from forecast.migration.metrics import flow_errors
from forecast.migration.smoothing import damped, persistence, smoothed, smoothing_weight


def local_level(q, s, years=400, cells=40, seed=1):
    """y = level + noise with variances q and s of the steps and the noise, far above zero."""
    random = np.random.default_rng(seed)
    level = 1000 + random.normal(0, np.sqrt(q), (years, cells)).cumsum(axis=0)
    return level + random.normal(0, np.sqrt(s), (years, cells))


@pytest.mark.parametrize(
    ("ratio", "weight"), [(1.0, (np.sqrt(5) - 1) / 2), (0.1, 0.27015621), (4.0, 0.82842712)]
)
def test_the_weight_is_that_of_the_steady_state(ratio, weight):
    """Harvey 1989, section 4.1.2: q/s = 1 gives .618, the golden section."""
    assert smoothing_weight(local_level(ratio, 1.0)) == pytest.approx(weight, abs=0.03)


def test_a_walk_without_noise_keeps_its_last_year_and_noise_alone_its_mean():
    assert smoothing_weight(local_level(1.0, 0.0)) > 0.95
    assert smoothing_weight(local_level(0.0, 1.0)) < 0.06
    values = np.array([1.0, 2.0, 6.0])[:, None]
    assert smoothed(values, 1.0) == pytest.approx([6.0])
    assert smoothed(values, 0.0) == pytest.approx([3.0])
    assert smoothed(values, 0.5) == pytest.approx([(0.25 * 1 + 0.5 * 2 + 6) / 1.75])
    assert smoothing_weight(values) == 1.0  # three years tell nothing of noise


def test_noise_does_not_look_like_reversion():
    """An AR(1) of .8 with as much noise again: the covariances two and one year apart see .8."""
    random = np.random.default_rng(2)
    state, rows = np.zeros(200), []
    for _ in range(200):
        state = 0.8 * state + random.normal(0, 0.6, 200)
        rows.append(state + random.normal(0, 1.0, 200))
    series, same = np.stack(rows), np.ones(200)
    assert persistence(series, same, default=0.9, years=10) == pytest.approx(0.8, abs=0.03)
    assert persistence(series[:5], same, default=0.9, years=10) == 0.9


def test_a_damped_trend_by_hand():
    assert damped(1, 0.85) == pytest.approx(0.85)
    assert damped(3, 0.85) == pytest.approx(0.85 + 0.7225 + 0.614125)


def test_measures_by_hand():
    forecast = np.array([[0.0, 10.0], [30.0, 0.0]])
    came = np.array([[0.0, 20.0], [20.0, 0.0]])
    found = flow_errors(forecast, came, np.array([1000.0, 1000.0]))
    assert found["wmape"] == pytest.approx(20 / 40)
    assert found["cpc"] == pytest.approx(2 * 30 / 80)
    assert found["mae"] == found["rmse"] == 10
    assert found["net_per_1000"] == pytest.approx(20)
    assert found["net_sign"] == 0
    assert found["total"] == 0
    expected = 2 * (20 * np.log(2) - 10 + 20 * np.log(2 / 3) + 10) / 2
    assert found["deviance"] == pytest.approx(expected)


def past(origins=12, regions=8, *, level=0.05, pull=0.08, own=0.1, seed=1):
    """Forecasts and what came, with errors of known sizes."""
    random = np.random.default_rng(seed)
    made, came = [], []
    for _ in range(origins):
        forecast = np.exp(random.normal(7, 1, (regions, regions)))
        np.fill_diagonal(forecast, 0)
        error = random.normal(0, level) + random.normal(0, pull, regions)[None, :]
        made.append(forecast)
        came.append(forecast * np.exp(error + random.normal(0, own, (regions, regions))))
    return made, came


def test_the_parts_of_the_errors_are_found():
    """Pull alone has an error of its own, so departures have none beyond what cells leave."""
    made, came = past(origins=300, regions=12, pull=0.08, own=0.1)
    errors = flow_errors_of(made, came, 1)
    assert errors.level == pytest.approx(0.05, rel=0.2)
    # arrivals .08, departures what a few large cells leave: about .06 meaned over both
    assert errors.margin == pytest.approx(0.065, rel=0.2)
    middle = errors.own.sizes[:, round(0.6827 * 199)]  # the first bin is for what is below a person
    assert middle[1:].mean() == pytest.approx(0.1, rel=0.15)
    assert (np.diff(middle[1:]) < 0).all()  # a large cell makes its margin, which is taken out
    assert errors.widened == pytest.approx(1, abs=0.01)


def test_intervals_hold_what_they_say():
    made, came = past(origins=300)
    errors = flow_errors_of(made[:200], came[:200], 1)
    away = ~np.eye(8, dtype=bool)
    for share in (0.5, 0.8, 0.95):
        inside = []
        for forecast, real in zip(made[200:], came[200:], strict=True):
            low, high = errors.bounds(forecast, share)
            inside.append(((real >= low) & (real <= high))[away].mean())
        assert np.mean(inside) == pytest.approx(share, abs=0.04)


def test_draws_hold_cells_margins_and_nets_and_add_up():
    made, came = past(origins=60)
    errors = flow_errors_of(made[:30], came[:30], 1)
    away = ~np.eye(8, dtype=bool)
    held = {"cells": [], "margins": [], "nets": []}
    for number, (forecast, real) in enumerate(zip(made[30:], came[30:], strict=True)):
        draws = errors.draws(forecast, 400, np.random.default_rng(number))
        nets = draws.sum(axis=1) - draws.sum(axis=2)
        assert np.abs(nets.sum(axis=1)).max() < 1e-9 * draws.sum(axis=(1, 2)).max()
        for kind, drawn, true in (
            ("cells", draws[:, away], real[away]),
            ("margins", draws.sum(axis=1), real.sum(axis=0)),
            ("nets", nets, real.sum(axis=0) - real.sum(axis=1)),
        ):
            low, high = np.quantile(drawn, [0.1, 0.9], axis=0)
            held[kind].append(((true >= low) & (true <= high)).mean())
    assert np.mean(held["cells"]) == pytest.approx(0.8, abs=0.07)
    assert np.mean(held["margins"]) == pytest.approx(0.8, abs=0.07)
    assert np.mean(held["nets"]) == pytest.approx(0.8, abs=0.10)
    again = errors.draws(forecast, 400, np.random.default_rng(number))
    assert (again == draws).all()


def test_noisy_cells_do_not_swell_their_sums():
    """Single cells are off by a factor of three, sums are not: a survey whose mean is right."""
    random = np.random.default_rng(1)
    made, came = [], []
    for _ in range(40):
        forecast = np.exp(random.normal(7, 1, (20, 20)))
        np.fill_diagonal(forecast, 0)
        made.append(forecast)
        came.append(forecast * np.exp(random.normal(-0.5, 1.0, (20, 20))))  # of mean 1
    errors = flow_errors_of(made[:30], came[:30], 1)
    inside = []
    for number, (forecast, real) in enumerate(zip(made[30:], came[30:], strict=True)):
        draws = errors.draws(forecast, 300, np.random.default_rng(number))
        low, high = np.quantile(draws.sum(axis=1), [0.1, 0.9], axis=0)
        inside.append(((real.sum(axis=0) >= low) & (real.sum(axis=0) <= high)).mean())
        middle = np.median(draws.sum(axis=(1, 2)))
        assert middle == pytest.approx(forecast.sum(), rel=0.1)
        assert (draws[:, np.arange(20), np.arange(20)] == 0).all()
    assert np.mean(inside) == pytest.approx(0.8, abs=0.1)


def test_few_origins_and_long_horizons_widen():
    made, came = past(origins=6)
    near, far = flow_errors_of(made, came, 1), flow_errors_of(made, came, 5)
    assert 1 < near.widened < far.widened < np.sqrt(2)
    with pytest.raises(InputError, match="an interval needs 2"):
        flow_errors_of(made[:1], came[:1], 1)


def test_pairs_without_moves_are_no_part_of_the_rest():
    """Half of the pairs are zero for ever; intervals of the smallest of the others still hold."""
    random = np.random.default_rng(4)
    empty = random.random((15, 15)) < 0.5
    made, came = past(origins=300, regions=15)
    made, came = ([np.where(empty, 0.0, flows) for flows in flows] for flows in (made, came))
    errors = flow_errors_of(made[:200], came[:200], 1)
    inside = []
    for forecast, real in zip(made[200:], came[200:], strict=True):
        low, high = errors.bounds(forecast, 0.8)
        small = (forecast > 0) & (forecast < np.quantile(forecast[forecast > 0], 0.2))
        inside.append(((real >= low) & (real <= high))[small].mean())
        assert high[empty].max() < errors.zero * 1.001
    assert np.mean(inside) == pytest.approx(0.8, abs=0.05)
