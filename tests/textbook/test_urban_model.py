"""The drift of the urban share, by hand on small series.

Authority: log-odds arithmetic; the urban-rural growth difference of the United Nations (World
Urbanization Prospects 2018, Methodology) is the yearly change of log(urban / rural).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecast.dataset import load_dataset
from forecast.errors import InputError
from forecast.estimate import urban_model as model
from forecast.estimate.source import Source


def odds(shares: object, breaks: object = ((),), first: int = 2000) -> model.Odds:
    """A region of 1000 people with these urban shares, one list for each region."""
    urban = 1000.0 * np.array(shares, dtype=float).T
    return model.log_odds(urban, np.full(urban.shape, 1000.0), breaks, first)


def test_the_drift_is_the_mean_yearly_change_of_the_log_odds():
    # odds 1, 2, 4, 8, 16: each year doubles them
    shares = [k / (1 + k) for k in (1.0, 2.0, 4.0, 8.0, 16.0)]
    found = model.drift(odds([shares]))
    assert found == pytest.approx([np.log(2), np.log(2)])  # the region and the nation


def test_it_is_the_urban_rural_growth_difference():
    urban, rural = 300 * 1.03 ** np.arange(6), 700 * 1.01 ** np.arange(6)
    found = model.drift(model.log_odds(urban[:, None], (urban + rural)[:, None], [[]], 2000))
    assert found[0] == pytest.approx(np.log(1.03) - np.log(1.01))


def test_a_jump_at_a_break_gives_no_drift():
    flat = [0.4] * 5 + [0.6] * 5
    assert model.drift(odds([flat]))[0] > 0  # without the break the jump would be growth
    assert model.drift(odds([flat], [[2005]])) == pytest.approx([0.0, 0.0])


def test_a_short_piece_takes_the_last_changes_that_cross_no_break():
    step = np.array([0.1, 0.1, 0.2, 0.2, 9.0, 0.3, 0.3])
    series = model.expit(np.concatenate([[0.0], step.cumsum()]))
    found = model.drift(odds([series], [[2005]]))  # the step 9.0 is that of 2005
    assert found[0] == pytest.approx((0.2 + 0.2 + 0.3 + 0.3) / 4)


def test_too_short_a_series_has_no_drift():
    assert model.drift(odds([[0.1, 0.2, 0.3, 0.4]])) == pytest.approx([0.0, 0.0])


def test_no_forecast_is_tried_across_a_break():
    series = odds([[0.4] * 6 + [0.9] * 6], [[2006]])
    done = model.trial(series, model.CANDIDATES["last value"])
    assert len(done.error)
    assert done.points == pytest.approx(0.0)


def test_a_region_left_out_at_its_break_does_not_move_the_nation():
    steady, moved = [0.5] * 6, [0.2] * 5 + [0.8]
    series = odds([steady, moved], [[], [2005]])
    assert series.steps[1:, -1] == pytest.approx(0.0)


def test_wholly_urban_stays_so():
    series = odds([[1.0] * 8, [0.5] * 8], [[], []])
    assert model.expit(series.odds[-1, :1] + 20 * model.drift(series)[:1]) == 1.0
    assert np.isfinite(model.drift(series)).all()
    assert set(model.trial(series, model.CANDIDATES["drift"]).region) == {1}


def test_damping_adds_up():
    assert model.advance(3, 0.9) == pytest.approx(0.9 + 0.81 + 0.729)
    assert model.advance(2.5, 1.0) == 2.5


def test_the_spread_finds_shock_and_slope():
    """Errors whose squares are exactly a h + b h^2."""
    h = np.array([1.0, 2.0, 3.0, 5.0, 8.0])
    error = np.sqrt(0.04 * h + 0.01 * h**2)
    nothing = np.zeros(5)
    assert model.spread(model.Trial(h, nothing, nothing, error, error)) == pytest.approx((0.2, 0.1))


def test_what_errors_have_in_common():
    h, one, error = np.ones(4), np.array([0.0, 0, 1, 1]), np.array([1.0, 1, -1, -1])
    assert model.together(model.Trial(h, one, h, error, error)) == 1.0
    error = np.array([1.0, -1, 1, -1])
    assert model.together(model.Trial(h, one, h, error, error)) == 0.0


def test_a_gap_names_region_and_year():
    """The loader refuses such a table; whoever hands one on past it is told the same."""
    dataset = load_dataset("kazakhstan")
    table = dataset.table(model.TABLE)
    gap = (table["region"] == "KZ-39") & (table["year"] == 2015) & (table["area"] == "urban")
    assert gap.any()
    short = replace(dataset, _frames={model.TABLE: table[~gap]})
    with pytest.raises(InputError, match=r"KZ-39, 2015: no figure for area 'urban'; .*no gaps"):
        model.series_of(Source(short))
