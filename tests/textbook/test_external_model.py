"""The series model of external migration against closed forms computed by hand.

Authority: moments of a first-order autoregression (Hamilton 1994, Time Series Analysis, 3.4) and
quantiles of a normal distribution.
"""

from __future__ import annotations

import numpy as np
import pytest

from forecast.errors import InputError
from forecast.estimate.external_model import settled_since, variants_of_net
from forecast.estimate.external_series import (
    CANDIDATES,
    HORIZON,
    Errors,
    Process,
    breaks,
    choose,
    logs,
    past_errors,
    scores,
)
from forecast.external import process_paths, share_factors

NOBODY = [0.01, -0.01] * 5


def test_spread_of_the_process_is_that_of_an_autoregression() -> None:
    process = Process(sigma=0.2, rho=0.5)
    by_hand = [0.2, np.sqrt(0.04 * 1.25), np.sqrt(0.04 * 1.3125)]
    np.testing.assert_allclose(process.spread(np.array([1, 2, 3])), by_hand)
    np.testing.assert_allclose(Process(0.2, 1.0).spread(np.array([4])), [0.4])


def test_paths_have_the_moments_of_the_process_and_no_drift() -> None:
    shocks = np.random.default_rng(7).standard_normal((30, 20_000))
    paths = process_paths(shocks, sigma=0.3, rho=0.8)
    spread = Process(0.3, 0.8).spread(np.arange(1, 31))
    np.testing.assert_allclose(paths.std(axis=1), spread, rtol=0.03)
    assert np.abs(np.median(paths, axis=1)).max() < 0.02
    lag = np.corrcoef(paths[20], paths[21])[0, 1]
    assert lag == pytest.approx(0.8, abs=0.02)


def test_errors_of_a_process_give_its_parameters_back() -> None:
    """Mean squares of the errors that an autoregression would make at every horizon."""
    spread = Process(0.25, 0.7).spread(np.arange(1, HORIZON + 1))
    errors = Errors(walk=False)
    for origin in range(40):
        for ahead in range(1, HORIZON + 1):
            sign = 1 if (origin + ahead) % 2 else -1
            errors.found[origin, ahead] = sign * float(spread[ahead - 1])
    found = errors.process()
    assert found is not None
    assert found.rho == pytest.approx(0.7, abs=0.011)
    assert found.sigma == pytest.approx(0.25, rel=0.01)
    assert errors.process(now=3) is None  # four one-year errors tell nothing yet


def test_breaks_are_where_the_level_steps() -> None:
    series = np.concatenate([np.full(8, 5.0), np.full(9, 3.0), np.full(10, 2.0)])
    series += np.resize([0.02, -0.02], len(series))
    assert breaks(series) == [0, 8, 17]
    assert settled_since(series, list(range(1990, 2017))) == 1998  # the largest fall, not the last


def test_candidates_have_no_drift_where_the_series_has_none() -> None:
    series = 3 + np.array(NOBODY * 2)
    for name, forecast in CANDIDATES.items():
        path = forecast(series)
        assert path.shape == (HORIZON,), name
        assert np.abs(path - 3).max() < 0.05, name


def test_of_equals_the_simplest_is_chosen_and_a_clear_winner_wins() -> None:
    noise = np.random.default_rng(3).normal(0, 0.2, 40).cumsum() + 10
    errors = past_errors(noise, 5)
    assert choose(errors) == "last value"
    errors = {name: Errors(False) for name in CANDIDATES}
    for name, one in errors.items():
        size = 0.01 if name == "damped trend" else 1.0
        one.found = {(o, h): size for o in range(30) for h in range(1, HORIZON + 1)}
    assert choose(errors) == "damped trend"


def test_scores_count_what_came_inside_the_intervals() -> None:
    series = np.random.default_rng(1).normal(0, 0.2, 60).cumsum()
    rows = scores(past_errors(series, 5), "x", "random walk", "made up")
    chosen = {row.candidate for row in rows if row.chosen}
    assert chosen == {"x, random walk"}
    inside = {(row.candidate, row.first, row.measure): row.value for row in rows}
    assert inside["x, random walk", 1, "coverage_80"] == pytest.approx(0.8, abs=0.15)
    assert inside["x, random walk", 1, "coverage_95"] > 0.85


@pytest.mark.parametrize(
    "values, message",
    [
        ({2020: 1.0, 2021: 1.0, 2022: 1.0}, "x: 3 years are registered; a model of it needs 5"),
        (dict.fromkeys((2015, 2016, 2018, 2019, 2020), 1.0), "x: no figure of 2017"),
        ({**dict.fromkeys(range(2015, 2020), 1.0), 2020: 0.0}, "x: no figure of 2020"),
    ],
)
def test_a_series_that_cannot_be_modelled_is_told(values: dict[int, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        logs(values, "x")


def test_variants_are_the_tenth_and_ninetieth_of_the_net() -> None:
    into, out, spread, together = 24_000.0, 8_000.0, (0.3, 0.4), -0.3
    low, high = variants_of_net(into, out, spread, together)
    one, other = np.random.default_rng(5).standard_normal((2, 400_000))
    other = together * one + np.sqrt(1 - together**2) * other
    nets = into * np.exp(spread[0] * one) - out * np.exp(spread[1] * other)
    for (came, left), share in ((low, 0.1), (high, 0.9)):
        net = into * np.exp(came) - out * np.exp(left)
        assert (nets < net).mean() == pytest.approx(share, abs=0.01)
    assert low[0] < 0 < low[1]
    assert high[1] < 0 < high[0]


def test_shares_of_regions_still_sum_to_one() -> None:
    share, error = np.array([0.5, 0.3, 0.2]), np.array([0.03, 0.3, 0.5])
    factor = share_factors(share, error, np.random.default_rng(2).standard_normal((3, 500)))
    np.testing.assert_allclose((share[:, None] * factor).sum(axis=0), 1)
    spread = np.log(factor).std(axis=1)
    assert spread[2] > spread[1] > spread[0]


def test_published_places_without_a_take_up_are_refused_and_never_zero() -> None:
    from dataclasses import replace

    import forecast as fc
    from forecast.errors import InputError
    from forecast.estimate.external_streams import _quota
    from forecast.estimate.source import Source

    dataset = fc.load_dataset("kazakhstan")
    table = dataset.table("norms/settlement")
    known = _quota(Source(dataset))
    rows = table[(table["stream"] == "kandas") & (table["region"] == "KZ-55")]
    by_hand = rows.set_index("measure")["value"]
    at = dataset.space.positions["KZ-55"]
    assert known[at] == pytest.approx(by_hand["places"] * by_hand["take_up"])
    gap = table[~((table["measure"] == "take_up") & (table["region"] == "KZ-55"))]
    lacking = replace(dataset, _frames={**dataset._frames, "norms/settlement": gap}, _made={})
    with pytest.raises(InputError, match="Pavlodar Region"):
        _quota(Source(lacking))
