"""Poisson pseudo-maximum likelihood with absorbed effects.

The regression with all dummies of statsmodels, Austria's printed coefficients of deterrence, and
separated zeros by linear programming (Correia, Guimaraes & Zylkin 2019, definition 1).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from forecast.errors import InputError, RunError
from forecast.migration import ppml as module
from forecast.migration.gravity import interaction
from forecast.migration.ppml import (
    CONSTANT,
    DESTINATION,
    ORIGIN,
    ORIGIN_YEAR,
    PAIR,
    YEAR,
    Effect,
    Ppml,
    absorb,
    ppml,
)
from forecast.migration.separation import cells_without_moves, separated

YEARS, REGIONS = 6, 5


def panel(seed: int, zeros: float = 0.0) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Flows and two drivers, at both ends, with overdispersion."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, YEARS, REGIONS))
    mean = np.exp(
        rng.normal(4, 1, (1, REGIONS, REGIONS)) + rng.normal(0, 0.2, (YEARS, 1, 1))
        + 0.4 * x[0][:, None, :] - 0.3 * x[0][:, :, None] - 0.2 * x[1][:, None, :]
    ) * rng.gamma(4, 0.25, (YEARS, REGIONS, REGIONS))  # fmt: skip
    flows = rng.poisson(mean).astype(float)
    flows[rng.random(flows.shape) < zeros] = 0.0
    flows[:, np.arange(REGIONS), np.arange(REGIONS)] = 0.0
    return flows, {
        "a.destination": x[0][:, None, :], "a.origin": x[0][:, :, None],
        "b.destination": x[1][:, None, :],
    }  # fmt: skip


def dummies(
    fit: Ppml, flows: np.ndarray, regressors: dict[str, np.ndarray], effects: tuple[Effect, ...]
) -> tuple[object, np.ndarray, int]:
    """statsmodels on the same cells with a column for every group."""
    import statsmodels.api as sm

    used = fit.used
    columns = [np.broadcast_to(regressors[name], used.shape)[used] for name in fit.names]
    place = np.indices(used.shape)[:, used]
    blocks = []
    for kept in effects:
        codes = pd.factorize(pd.MultiIndex.from_arrays([place[axis] for axis in kept]))[0] \
            if kept else np.zeros(place.shape[1], dtype=int)  # fmt: skip
        blocks.append(np.eye(codes.max() + 1)[codes])
    design = np.concatenate([np.array(columns).T, blocks[0]], axis=1)
    for block in blocks[1:]:
        for column in block.T:  # only what the columns before do not hold already
            wider = np.column_stack([design, column])
            if np.linalg.matrix_rank(wider) > design.shape[1]:
                design = wider
    pairs = place[1] * used.shape[1] + place[2]
    model = sm.GLM(flows[used], design, family=sm.families.Poisson())
    found = model.fit(
        cov_type="cluster", cov_kwds={"groups": pairs, "use_correction": False},
        tol=1e-13, maxiter=200,
    )  # fmt: skip
    return found, pairs, design.shape[1]


@pytest.mark.parametrize(
    "effects, held",
    [
        ((PAIR, YEAR), ("a.destination", "a.origin", "b.destination")),
        ((PAIR, ORIGIN_YEAR), ("a.destination", "b.destination")),
        ((ORIGIN, DESTINATION, YEAR), ("a.destination", "a.origin", "distance")),
        ((CONSTANT,), ("a.destination", "distance")),
    ],
)
@pytest.mark.parametrize("zeros", [0.0, 0.3])
def test_estimates_and_clustered_errors_are_those_of_the_regression_with_all_dummies(
    effects: tuple[Effect, ...], held: tuple[str, ...], zeros: float
) -> None:
    flows, drivers = panel(3, zeros)
    near = np.random.default_rng(9).normal(size=(REGIONS, REGIONS))
    regressors = {**drivers, "distance": np.broadcast_to(near, flows.shape)}
    regressors = {name: regressors[name] for name in held}
    fit = ppml(flows, regressors, effects)
    assert fit.names == held
    found, pairs, _ = dummies(fit, flows, regressors, effects)
    count = len(np.unique(pairs))
    k = len(held)
    assert fit.clusters == count
    assert_allclose(fit.coefficients, found.params[:k], rtol=1e-8)
    assert_allclose(fit.expected[fit.used], found.fittedvalues, rtol=1e-7)
    assert_allclose(fit.deviance, found.deviance, rtol=1e-9)
    factor = np.sqrt(count / (count - 1))
    assert_allclose(fit.standard_errors, found.bse[:k] * factor, rtol=1e-6)
    assert_allclose(
        fit.covariance, np.asarray(found.cov_params())[:k, :k] * factor**2, rtol=1e-5, atol=1e-12
    )


def test_fitted_flows_meet_the_sums_of_every_effect() -> None:
    """Normal equations of the Poisson: sum of F = sum of mu in each group."""
    flows, regressors = panel(5, 0.2)
    fit = ppml(flows, regressors, (PAIR, YEAR))
    seen = np.where(fit.used, flows, 0.0)
    assert_allclose(fit.expected.sum(axis=0), seen.sum(axis=0), atol=1e-6)
    assert_allclose(fit.expected.sum(axis=(1, 2)), seen.sum(axis=(1, 2)), rtol=1e-8)


def test_effects_and_regressors_give_the_fitted_flows_back() -> None:
    flows, regressors = panel(6)
    fit = ppml(flows, regressors, (ORIGIN, DESTINATION, YEAR))
    logs = sum(fit.effects.values()) + sum(
        fit.coefficient(name) * x for name, x in regressors.items()
    )
    assert_allclose(np.exp(logs)[fit.used], fit.expected[fit.used], rtol=1e-9)


def test_an_offset_is_a_regressor_with_coefficient_one() -> None:
    flows, regressors = panel(7)
    free = ppml(flows, regressors, (PAIR, YEAR))
    known = free.coefficient("a.destination") * regressors["a.destination"]
    others = {name: x for name, x in regressors.items() if name != "a.destination"}
    held = ppml(flows, others, (PAIR, YEAR), offset=known)
    assert_allclose(held.coefficients, free.coefficients[1:], rtol=1e-7)
    assert_allclose(held.expected, free.expected, rtol=1e-8)


def test_absorbed_columns_have_no_weighted_mean_in_any_group() -> None:
    rng = np.random.default_rng(2)
    columns, weights = rng.normal(size=(3, 4, 5, 5)), rng.gamma(1, 1, (4, 5, 5))
    weights[rng.random(weights.shape) < 0.2] = 0.0
    left = absorb(columns, weights, (PAIR, ORIGIN_YEAR))
    assert_allclose((left * weights).sum(axis=1), 0, atol=1e-9)
    assert_allclose((left * weights).sum(axis=3), 0, atol=1e-9)
    assert_allclose(absorb(left, weights, (PAIR, ORIGIN_YEAR)), left, atol=1e-9)


@pytest.mark.parametrize(
    "constrained, beta",
    [
        ("none", -0.006229),
        ("origin", -0.007262),
        ("destination", -0.006950),
        ("both", -0.007915),
    ],
)
def test_austrian_moves_have_the_printed_deterrence(
    reference_data: Path, constrained: str, beta: float
) -> None:
    """Nine federal states, one year, exponential deterrence (Dennett 2012; spint's example)."""
    frame = pd.read_csv(reference_data / "flows" / "austria_one_year.csv")
    flows, distance = (
        frame.pivot(index="Origin", columns="Destination", values=name).to_numpy(dtype=float)
        for name in ("Data", "Dij")
    )
    fit = interaction(flows, distance, constrained=constrained, exponential=True)
    assert fit.used.sum() == 72
    assert round(fit.coefficient("distance"), 6) == beta


def test_a_constrained_table_meets_the_totals_that_constrain_it() -> None:
    flows, _ = panel(8)
    distance = 1 + np.abs(np.subtract.outer(np.arange(5), np.arange(5)))
    table = flows[0]
    fit = interaction(table, distance, constrained="both")
    assert_allclose(fit.expected[0].sum(axis=0), table.sum(axis=0), rtol=1e-8)
    assert_allclose(fit.expected[0].sum(axis=1), table.sum(axis=1), rtol=1e-8)


def test_a_table_without_a_known_constraint_or_with_a_distance_of_zero_is_refused() -> None:
    with pytest.raises(InputError, match="no constraint 'orign'; did you mean 'origin'"):
        interaction(np.ones((3, 3)), np.ones((3, 3)), constrained="orign")
    with pytest.raises(InputError, match="not positive"):
        interaction(np.ones((3, 3)), np.zeros((3, 3)))


def separated_by_programming(
    flows: np.ndarray, columns: np.ndarray, used: np.ndarray, effects: tuple[Effect, ...]
) -> np.ndarray:
    """Largest set of zeros with z > 0, z = 0 at moves and z >= 0 at zeros."""
    from scipy.optimize import linprog

    design = [column[used] for column in columns]
    place = np.indices(used.shape)
    for kept in effects:
        codes = np.zeros(used.shape, dtype=int)
        for axis in kept:
            codes = codes * used.shape[axis] + place[axis]
        design += list((codes[used][:, None] == np.unique(codes)).T.astype(float))
    matrix = np.array(design).T
    zero = flows[used] == 0
    count, width = int(zero.sum()), matrix.shape[1]
    # maximise sum s with s <= z, 0 <= s <= 1
    solved = linprog(
        np.r_[np.zeros(width), -np.ones(count)],
        A_ub=np.c_[-matrix[zero], np.eye(count)], b_ub=np.zeros(count),
        A_eq=np.c_[matrix[~zero], np.zeros(((~zero).sum(), count))], b_eq=np.zeros((~zero).sum()),
        bounds=[(None, None)] * width + [(0, 1)] * count, method="highs",
    )  # fmt: skip
    assert solved.status == 0
    found = np.zeros_like(used)
    found[np.where(used)[0][zero], np.where(used)[1][zero], np.where(used)[2][zero]] = (
        solved.x[width:] > 1e-6
    )
    return found


@settings(max_examples=60)
@given(
    st.integers(0, 10_000),
    st.sampled_from([0.2, 0.5, 0.7, 0.85]),
    st.sampled_from([(PAIR, YEAR), (ORIGIN, DESTINATION), (PAIR, ORIGIN_YEAR)]),
)
def test_separated_zeros_are_those_of_the_definition(
    seed: int, share: float, effects: tuple[Effect, ...]
) -> None:
    """Definition 1 as one linear programme with every dummy written out."""
    rng = np.random.default_rng(seed)
    flows = rng.poisson(3, (4, 4, 4)).astype(float) * (rng.random((4, 4, 4)) > share)
    whole = rng.integers(0, 2, (2, 4, 4, 4)).astype(float)
    columns = whole if seed % 2 else rng.normal(size=whole.shape)
    columns[0] *= flows == 0  # often, but not always, separates
    columns[0, 0] = rng.integers(0, 2)
    used = np.broadcast_to(~np.eye(4, dtype=bool), flows.shape).copy()
    used &= ~cells_without_moves(flows, used, effects)
    found, _ = separated(flows, columns, used, effects, ["x", "y"])
    assert (found == separated_by_programming(flows, columns, used, effects)).all()


def test_a_regressor_that_tells_zeros_apart_is_named_and_its_zeros_are_left_out() -> None:
    flows, regressors = panel(11)
    closed = np.zeros((YEARS, 1, REGIONS))
    closed[4:, 0, 2] = 1.0  # nobody is let into the third region any more
    flows[4:, :, 2] = 0.0
    fit = ppml(flows, {**regressors, "closed": closed}, (PAIR, YEAR))
    assert "zeros that closed tells apart from every move, left out: 8" in fit.notes
    assert any("no coefficient for closed" in note for note in fit.notes)
    assert fit.names == tuple(regressors)
    known = flows.copy()
    known[4:, :, 2] = np.nan
    without = ppml(known, regressors, (PAIR, YEAR))
    assert_allclose(fit.coefficients, without.coefficients, rtol=1e-9)


def test_pairs_without_moves_are_left_out_with_a_note_and_change_nothing() -> None:
    flows, regressors = panel(12)
    flows[:, 0, 1] = flows[:, 3, 2] = 0.0
    fit = ppml(flows, regressors, (PAIR, YEAR))
    assert "pairs without any moves, left out of the estimate: 2" in fit.notes
    assert fit.clusters == REGIONS * (REGIONS - 1) - 2
    assert fit.effects[PAIR][0, 0, 1] == -np.inf
    assert not fit.used[:, 0, 1].any()


def test_a_driver_that_the_effects_hold_has_no_coefficient() -> None:
    flows, regressors = panel(13)
    nation = np.linspace(0, 1, YEARS)[:, None, None]
    twice = 2 * regressors["a.origin"] + 1
    fit = ppml(flows, {**regressors, "nation": nation, "twice": twice}, (PAIR, YEAR))
    assert fit.names == tuple(regressors)
    assert any("nation, twice" in note for note in fit.notes)
    assert fit.coefficient("nation") == 0.0


def test_an_estimate_that_does_not_converge_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    flows, regressors = panel(14)
    monkeypatch.setattr(module, "STEPS", 2)
    with pytest.raises(RunError, match="does not converge in 2 steps; leave out drivers"):
        ppml(flows, regressors, (PAIR, YEAR))


@settings(max_examples=25)
@given(st.integers(0, 1000), st.floats(1e-6, 1e6), st.permutations(range(REGIONS)))
def test_scale_and_order_of_regions_change_no_coefficient(
    seed: int, scale: float, order: list[int]
) -> None:
    flows, regressors = panel(seed, 0.1)
    fit = ppml(flows, regressors, (PAIR, YEAR))
    scaled = ppml(flows * scale, regressors, (PAIR, YEAR))
    assert_allclose(scaled.coefficients, fit.coefficients, rtol=1e-6, atol=1e-8)
    assert_allclose(scaled.standard_errors, fit.standard_errors, rtol=1e-5)
    turned = {
        name: x[:, order] if x.shape[1] > 1 else x[:, :, order] for name, x in regressors.items()
    }
    moved = ppml(flows[:, order][:, :, order], turned, (PAIR, YEAR))
    assert_allclose(moved.coefficients, fit.coefficients, rtol=1e-6, atol=1e-8)
    assert_allclose(moved.expected, fit.expected[:, order][:, :, order], rtol=1e-6, atol=1e-6)
