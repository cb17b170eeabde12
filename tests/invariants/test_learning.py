"""Machine learning of flows: of the past only, bounded, silent about scenarios, weight earned."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecast.errors import InputError
from forecast.migration import trees
from forecast.migration.blend import INNER, Blend, inner_errors, inner_origins
from forecast.migration.boosted import HIGHEST, LOWEST, Boosted, divergence
from forecast.migration.forecaster import Pooled
from forecast.migration.learning_report import (
    importance,
    partial_response,
    what_learning_changed,
)
from forecast.migration.model import load_model
from forecast.migration.panel import FlowPanel
from forecast.migration.past import Rows, known_drivers, of_past, rows_of, signs_of
from forecast.migration.trees import copied, tree_ratios

REGIONS, YEARS = 12, 16


def panel_of(
    *, years: int = YEARS, growth: float = 0.0, noise: float = 0.02, seed: int = 7
) -> FlowPanel:
    """Flows around a fixed matrix; moves between near regions grow by `growth` a year."""
    generator = np.random.default_rng(seed)
    place = generator.uniform(0, 1000, (REGIONS, 2))
    distance = np.linalg.norm(place[:, None] - place[None, :], axis=2)
    near = distance < np.median(distance)
    matrix = 1000 * np.exp(generator.normal(0, 0.7, (REGIONS, REGIONS)))
    steps = np.arange(years)[:, None, None]
    flows = matrix * np.exp(growth * steps * np.where(near, 1.0, -1.0))
    flows = np.round(flows * np.exp(generator.normal(0, noise, flows.shape)))
    income = np.exp(np.cumsum(generator.normal(0.02, 0.05, (years, REGIONS)), axis=0))
    return FlowPanel(
        tuple(f"R{k}" for k in range(REGIONS)),
        tuple(range(2000, 2000 + years)),
        flows,
        population=np.full((years, REGIONS), 1e6),
        distance=distance,
        drivers={"income": income},
    )


@pytest.fixture(scope="module")
def growing() -> FlowPanel:
    """A pattern that the baseline lags behind and that the past shows."""
    return panel_of(growth=0.03)


@pytest.fixture(scope="module")
def boosted(growing: FlowPanel) -> Boosted:
    return Boosted().fit(growing)


@pytest.fixture(scope="module")
def blend(growing: FlowPanel) -> Blend:
    return Blend().fit(growing)


def test_copied_trees_predict_what_scikit_learn_predicts() -> None:
    from sklearn.ensemble import HistGradientBoostingRegressor

    generator = np.random.default_rng(3)
    features = generator.normal(size=(3000, 4))
    features[generator.random((3000, 4)) < 0.1] = np.nan
    target = generator.poisson(np.exp(0.3 * np.nan_to_num(features[:, 0]))) / 1.0
    estimator = HistGradientBoostingRegressor(
        loss="poisson", learning_rate=0.1, max_iter=40, max_depth=4, min_samples_leaf=50,
        monotonic_cst=[1, 0, 0, -1], early_stopping=False, random_state=1,
    ).fit(features, target)  # fmt: skip
    asked = generator.normal(size=(800, 4)) * 3
    asked[::7, 0] = np.nan
    np.testing.assert_allclose(
        tree_ratios(copied(estimator), asked, rows=100), estimator.predict(asked), rtol=1e-12
    )


@pytest.mark.parametrize("years", [1, 2, 9])
def test_with_few_years_it_is_the_baseline_to_the_last_bit(years: int) -> None:
    panel = panel_of(years=years, growth=0.03)
    fitted, base = Boosted().fit(panel), Pooled().fit(panel)
    assert not fitted.learned
    assert any("needs 10 years" in note for note in fitted.notes)
    for horizon in (1, 5):
        np.testing.assert_array_equal(fitted.predict(horizon), base.predict(horizon))


def test_with_few_pairs_it_is_the_baseline() -> None:
    whole = panel_of()
    panel = replace(
        whole, regions=whole.regions[:4], flows=whole.flows[:, :4, :4],
        population=np.full((YEARS, 4), 1e6), distance=None, drivers={},
    )  # fmt: skip
    fitted = Boosted().fit(panel)
    assert not fitted.learned
    assert any("1000 earlier forecasts" in note for note in fitted.notes)
    np.testing.assert_array_equal(fitted.predict(3), Pooled().fit(panel).predict(3))


def test_it_learns_what_the_baseline_lags_behind(growing: FlowPanel) -> None:
    fitted = Boosted().fit(growing.until(2012))
    base = Pooled().fit(growing.until(2012))
    for horizon in (1, 3):
        came = growing.flows[12 + horizon]
        missed = [np.abs(model.predict(horizon) - came).sum() for model in (fitted, base)]
        assert missed[0] < 0.9 * missed[1]


def test_a_scenario_is_not_answered_by_learning(growing: FlowPanel, boosted: Boosted) -> None:
    assert {"origin_income_change", "destination_income_change"} <= set(boosted.fitted["features"])
    richer = {"income": growing.drivers["income"][-1] * np.linspace(0.5, 2, REGIONS)}
    for horizon in (1, 4):
        ratio = boosted.ratio(horizon)
        assert np.abs(ratio - 1).max() > 0.01
        np.testing.assert_array_equal(boosted.predict(horizon, richer), boosted.predict(horizon))
        answered = boosted.baseline.predict(horizon, richer) * ratio
        np.testing.assert_array_equal(boosted.predict(horizon, richer), answered)


def test_the_level_and_the_bounds_are_kept(boosted: Boosted) -> None:
    for horizon in (1, 3, 8):
        base = boosted.baseline.predict(horizon)
        assert boosted.predict(horizon).sum() == pytest.approx(base.sum())
        assert (boosted.ratio(horizon) > LOWEST / 1.1).all()
        assert (boosted.ratio(horizon) < HIGHEST * 1.1).all()


def test_a_driver_moves_the_ratio_in_its_own_direction_only() -> None:
    """Even where the panel says the opposite: here people leave for where incomes fell."""
    panel = panel_of(noise=0.01)
    change = np.diff(np.log(panel.drivers["income"]), axis=0, prepend=0)
    flows = panel.flows.copy()
    for year in range(1, YEARS):
        flows[year] *= np.exp(2.0 * (change[year - 1][:, None] - change[year - 1][None, :]))
    wrong = replace(panel, flows=flows)
    names = (*of_past(wrong, known_drivers(wrong)), "horizon")
    assert {names[k]: sign for k, sign in signs_of(names, {}).items()} == {
        "origin_income_change": -1, "destination_income_change": 1}  # fmt: skip
    free = Boosted(signs={"income": 0}).fit(wrong)
    held = Boosted().fit(wrong)
    for name, sign in (("destination_income_change", 1), ("origin_income_change", -1)):
        ratios = partial_response(held, wrong, [name])["ratio"].to_numpy()
        assert (sign * np.diff(ratios) >= -1e-12).all()
        # the constraint is what does it
        ratios = partial_response(free, wrong, [name])["ratio"].to_numpy()
        assert sign * (ratios[-1] - ratios[0]) < -0.01


def test_nothing_learned_from_earlier_years_knows_the_last(growing: FlowPanel) -> None:
    flows = growing.flows.copy()
    flows[-1] *= np.random.default_rng(1).uniform(0.2, 5, flows[-1].shape)
    other = replace(growing, flows=flows)
    rows = [rows_of(panel, known_drivers(panel)) for panel in (growing, other)]
    assert rows[0].year.max() == growing.last
    assert (rows[0].year > rows[0].origin).all()
    early = [part.chosen(part.year < growing.last) for part in rows]
    for name in ("features", "target", "baseline", "observed", "largest"):
        np.testing.assert_array_equal(getattr(early[0], name), getattr(early[1], name))
    origins = inner_origins(growing)
    errors = [inner_errors("boosted", panel, origins, {}) for panel in (growing, other)]
    for (origin, horizon), error in errors[0].items():
        assert (errors[1][origin, horizon] == error) is (origin + horizon < growing.last)


def zero_heavy() -> FlowPanel:
    """A sparse survey: nine in ten cells are zero, the others come and go."""
    generator = np.random.default_rng(5)
    flows = 100 * generator.pareto(1.2, (YEARS, REGIONS, REGIONS))
    flows[generator.random(flows.shape) < 0.9] = 0.0
    return FlowPanel(
        tuple(f"R{k}" for k in range(REGIONS)), tuple(range(2000, 2000 + YEARS)), flows
    )


def test_a_panel_of_many_zeros_does_not_run_away() -> None:
    panel = zero_heavy()
    fitted = Boosted().fit(panel)
    for horizon in (1, 3, 5):
        base, forecast = fitted.baseline.predict(horizon), fitted.predict(horizon)
        assert np.isfinite(forecast).all()
        assert forecast.sum() == pytest.approx(base.sum(), rel=1e-6)
        assert (forecast <= 4 * np.maximum(panel.flows.max(axis=0), base) + 1e-9).all()
        if not fitted.learned:
            np.testing.assert_array_equal(forecast, base)


def rows_like(target: np.ndarray, baseline: np.ndarray, largest: np.ndarray) -> Rows:
    years = np.full(len(target), 2001)
    return Rows((), np.zeros((len(target), 0)), target, baseline, baseline * target, largest,
                years - 1, years)  # fmt: skip


def test_divergence_is_told_by_total_by_cell_and_by_what_is_no_number() -> None:
    rows = rows_like(np.ones(100), np.full(100, 50.0), np.full(100, 60.0))
    assert divergence(rows, np.full(100, 1.04)) == ""
    assert "+13,100 %" in divergence(rows, np.full(100, 132.0))
    assert "\u22126 %" in divergence(rows, np.full(100, 0.94))
    one = np.ones(100)
    one[0] = 2.5  # 125 where at most 60 was seen
    assert "beyond twice what was ever seen: 1;" in divergence(rows, one)
    assert "no number" in divergence(rows, np.full(100, np.nan))


def test_one_that_ran_away_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small leaves on many zeros: the total is then many times what it was trained on."""
    for name, value in (("LEARNING_RATE", 0.05), ("ROUNDS", 300), ("LEAST_LEAF", 20)):
        monkeypatch.setattr(trees, name, value)
    panel = zero_heavy()
    fitted = Boosted().fit(panel)
    assert not fitted.learned
    assert "machine learning diverged" in fitted.notes[-1]
    np.testing.assert_array_equal(fitted.predict(2), Pooled().fit(panel).predict(2))


def test_weight_is_earned_where_there_is_something_to_learn(
    growing: FlowPanel, blend: Blend
) -> None:
    assert sum(blend.weights.values()) == pytest.approx(1)
    assert blend.weights["boosted"] > 0.5
    said = what_learning_changed(blend)
    assert said.startswith(
        f"Machine learning has weight {blend.weights['boosted']:.2f} and changes"
    )
    assert said.endswith(").")
    mean = sum(w * blend.member(n).predict(3) for n, w in blend.weights.items() if w)
    np.testing.assert_allclose(blend.predict(3), mean)


def test_weight_is_zero_where_there_is_nothing_to_learn() -> None:
    """Independent noise around a fixed matrix: the smoothed mean is the best forecast."""
    panel = panel_of(noise=0.1, seed=11)
    fitted = Blend(candidates=["pooled", "boosted"]).fit(panel)
    assert fitted.weights == {"pooled": 1.0, "boosted": 0.0}
    np.testing.assert_array_equal(fitted.predict(1), Pooled().fit(panel).predict(1))
    assert re.fullmatch(
        r"Machine learning has weight 0: it beat persistence in \d of 6 origins, but not the "
        r"baseline it stands on \(60 % are needed\)\.",
        what_learning_changed(fitted),
    )


def test_weight_is_zero_where_persistence_is_the_truth() -> None:
    """A random walk without drift: last year's matrix is the best forecast there is."""
    generator = np.random.default_rng(2)
    steps = generator.normal(0, 0.1, (YEARS, REGIONS, REGIONS))
    flows = 1000 * np.exp(np.cumsum(steps, axis=0))
    panel = FlowPanel(tuple("ABCDEFGHIJKL"), tuple(range(2000, 2000 + YEARS)), flows)
    fitted = Blend(candidates=["pooled", "boosted"]).fit(panel)
    assert fitted.weights["boosted"] == 0.0
    assert what_learning_changed(fitted).startswith("Machine learning has weight 0: it beat")


@pytest.mark.parametrize(
    "years, why",
    [
        (1, "it needs 10 years of moves."),
        (9, "it needs 10 years of moves."),
        (12, "of the 4 earlier years that are needed to judge it, 2 are there."),
    ],
)
def test_a_short_panel_gives_learning_no_weight(years: int, why: str) -> None:
    panel = panel_of(years=years, growth=0.03)
    fitted = Blend().fit(panel)
    assert fitted.weights["boosted"] == 0.0
    assert what_learning_changed(fitted) == f"Machine learning has weight 0: {why}"
    np.testing.assert_array_equal(fitted.predict(2), Pooled().fit(panel).predict(2))


def test_forecasts_known_from_a_back_test_give_the_same_blend(
    growing: FlowPanel, blend: Blend
) -> None:
    known = {}
    for name, model in (("pooled", Pooled()), ("boosted", Boosted())):
        for origin in inner_origins(growing):
            fitted = model.fit(growing.until(origin))
            known.update({(name, origin, h): fitted.predict(h) for h in (1, 3, 5)})
    again = Blend().fit(growing, known=known)
    assert again.weights == blend.weights
    # what was not due within the panel is not read
    ahead = {key: made * 9 for key, made in known.items() if key[1] + key[2] > growing.last}
    assert ahead
    assert Blend().fit(growing, known={**known, **ahead}).weights == blend.weights
    worse = {key: made * 9 for key, made in known.items() if key[0] == "boosted"}
    assert Blend().fit(growing, known={**known, **worse}).weights["boosted"] == 0.0


@pytest.mark.parametrize("which", ["boosted", "blend"])
def test_saved_read_and_fitted_again_it_says_the_same(
    which: str, growing: FlowPanel, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fitted = request.getfixturevalue(which)
    read = load_model(fitted.save(tmp_path / "model.npz"))
    again = type(fitted)().fit(growing)
    for horizon in (1, 2, 7):
        np.testing.assert_array_equal(read.predict(horizon), fitted.predict(horizon))
        np.testing.assert_array_equal(again.predict(horizon), fitted.predict(horizon))
    assert read.notes == fitted.notes
    assert read.settings == fitted.settings
    if isinstance(read, Blend):
        assert what_learning_changed(read) == what_learning_changed(fitted)


def test_twice_the_people_move_twice(growing: FlowPanel, boosted: Boosted) -> None:
    twice = Boosted().fit(replace(growing, flows=2 * growing.flows,
                                  population=2 * growing.population))  # fmt: skip
    np.testing.assert_allclose(twice.predict(3), 2 * boosted.predict(3), rtol=1e-9)


def test_importance_finds_what_matters(growing: FlowPanel, boosted: Boosted) -> None:
    found = importance(boosted, growing).set_index("feature")["importance"]
    assert found.index[0] in ("distance", "pair_change", "last_beside_baseline")
    assert found.iloc[0] > 0.2
    assert abs(found["origin_income_change"]) < 0.1 * found.iloc[0]
    assert importance(boosted, growing).equals(importance(boosted, growing))


@pytest.mark.slow
def test_partial_response_is_a_tidy_table_around_one(growing: FlowPanel, boosted: Boosted) -> None:
    found = partial_response(boosted, growing)
    assert list(found.columns) == ["feature", "value", "ratio"]
    assert set(found["feature"]) == set(boosted.fitted["features"])
    assert found["ratio"].between(0.7, 1.4).all()
    with pytest.raises(InputError, match="no feature altitude; known: pair_change"):
        partial_response(boosted, growing, ["altitude"])
    with pytest.raises(InputError, match="nothing was learned: machine learning needs 10 years"):
        importance(boosted, growing.until(2010))


def test_a_blend_stands_on_a_model_that_does_not_learn(growing: FlowPanel) -> None:
    with pytest.raises(InputError, match="the first candidate of a blend must be a model that"):
        Blend(candidates=["boosted", "pooled"]).fit(growing)
    assert len(inner_origins(growing)) == min(INNER, YEARS - 10)
