"""Models of flows with a structure: what must hold for any panel.

Authority: the identities of migration by pivot on observed flows (no change gives the baseline,
more of what draws never lowers inflow), invariance to scale and order, and the stated fallbacks.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from forecast.errors import InputError
from forecast.migration.elasticities import (
    COLUMNS,
    estimate_elasticities,
    expected_sign,
    in_points,
    usable,
)
from forecast.migration.forecaster import Persistence
from forecast.migration.model import FlowModel, load_model
from forecast.migration.panel import FlowPanel
from forecast.migration.structural import Gravity, PairEffects, Structural

MODELS = (Gravity, PairEffects)


def made(
    seed: int, years: int = 14, regions: int = 6, *, pull: float = 0.6, drivers: bool = True
) -> FlowPanel:
    """A panel in which income draws (or repels) and unemployment repels, with noise."""
    rng = np.random.default_rng(seed)
    income = np.exp(rng.normal(0, 0.15, (years, regions)).cumsum(axis=0) + 10)
    jobless = 6 + rng.normal(0, 0.8, (years, regions)).cumsum(axis=0)
    place = rng.uniform(0, 1000, (regions, 2))
    distance = np.linalg.norm(place[:, None] - place[None], axis=2)
    logs = np.log(income)
    before = np.concatenate([logs[:1], logs[:-1]]), np.concatenate([jobless[:1], jobless[:-1]])
    size = rng.normal(11, 1, regions)
    mean = np.exp(
        -4 + 0.6 * size[:, None] + 0.6 * size[None] - np.log(distance + np.eye(regions))
        + rng.normal(0, 0.4, (regions, regions))
        + pull * (before[0][:, None, :] - 10) - 0.3 * (before[0][:, :, None] - 10)
        - 0.05 * before[1][:, None, :]
    )  # fmt: skip
    flows = rng.poisson(mean).astype(float)
    return FlowPanel(
        tuple(f"r{k}" for k in range(regions)),
        tuple(range(2001, 2001 + years)),
        flows,
        population=np.exp(size)[None] * np.ones((years, 1)),
        distance=distance,
        contiguous=(distance < 300).astype(float),
        drivers={"income": income, "unemployment": jobless} if drivers else {},
    )


@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=15)
@given(st.integers(0, 500), st.integers(0, 5), st.floats(1.0, 2.0), st.integers(1, 6))
def test_more_of_what_draws_never_lowers_inflow(
    kind: type[Structural], seed: int, region: int, factor: float, horizon: int
) -> None:
    model = kind().fit(made(seed))
    base = model.predict(horizon)
    panel = made(seed)
    more = panel.drivers["income"][-1].copy()
    more[region] *= factor
    moved = model.predict(horizon, {"income": more})
    assert moved[:, region].sum() >= base[:, region].sum() * (1 - 1e-12)
    assert moved[region].sum() <= base[region].sum() * (1 + 1e-12)
    worse = panel.drivers["unemployment"][-1].copy()
    worse[region] += 5 * (factor - 1)
    idle = model.predict(horizon, {"unemployment": worse})
    assert idle[:, region].sum() <= base[:, region].sum() * (1 + 1e-12)


@pytest.mark.parametrize("kind", MODELS)
def test_drivers_as_they_are_give_the_forecast_to_the_last_bit(kind: type[Structural]) -> None:
    panel = made(1)
    model = kind().fit(panel)
    assert model.answers
    same = {name: values[-1] for name, values in panel.drivers.items()}
    assert_array_equal(model.predict(3, same), model.predict(3))


@pytest.mark.parametrize("kind", MODELS)
def test_what_one_region_gains_others_lose_and_origins_keep_their_departures(
    kind: type[Structural],
) -> None:
    """With answers at the destination alone nobody moves who stayed before."""
    panel = made(2)
    model = kind().fit(panel)
    model.state = dict(model.fitted)
    model.state["values"] = np.where(model.state["sides"] == "origin", 0.0, model.state["values"])
    more = panel.drivers["income"][-1].copy()
    more[0] *= 1.2
    base, moved = model.predict(1), model.predict(1, {"income": more})
    assert_allclose(moved.sum(axis=1), base.sum(axis=1), rtol=1e-12)
    others = ~np.eye(6, dtype=bool)
    others[:, 0] = others[0] = False
    assert (moved[1:, 0] > base[1:, 0]).all()
    assert (moved[others] < base[others]).all()


@pytest.mark.parametrize("kind", MODELS)
def test_a_driver_with_the_wrong_sign_moves_nobody_and_is_named(kind: type[Structural]) -> None:
    panel = made(3, pull=-0.8)
    model = kind().fit(panel)
    assert ("income", "destination") not in model.answers
    assert any("income has the wrong sign" in n and "arrive" in n for n in model.notes)
    more = panel.drivers["income"][-1].copy()
    more[0] *= 1.2
    moved, base = model.predict(1, {"income": more}), model.predict(1)
    assert moved[:, 0].sum() >= base[:, 0].sum()


@pytest.mark.parametrize("kind", MODELS)
@settings(max_examples=10)
@given(st.integers(0, 500), st.floats(1e-3, 1e3), st.permutations(range(6)))
def test_scale_and_order_of_regions_go_through(
    kind: type[Structural], seed: int, scale: float, order: list[int]
) -> None:
    panel = made(seed)
    fitted = kind().fit(panel)
    base = fitted.predict(2)
    bigger = FlowPanel(
        panel.regions, panel.years, panel.flows * scale, population=panel.population,
        distance=panel.distance, contiguous=panel.contiguous, drivers=panel.drivers,
    )  # fmt: skip
    other = kind().fit(bigger)
    assert_allclose(other.fitted["values"], fitted.fitted["values"], rtol=1e-6)
    assert_allclose(other.predict(2), base * scale, rtol=1e-6)
    turned = kind().fit(panel.permuted(order)).predict(2)
    assert_allclose(turned, base[np.ix_(order, order)], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("kind", MODELS)
def test_one_year_keeps_its_pattern_and_says_so(kind: type[Structural]) -> None:
    panel = made(4).since(2014)
    model = kind().fit(panel)
    assert_allclose(model.predict(3), Persistence().fit(panel).predict(3))
    assert any("one year of moves" in note for note in model.notes)
    assert model.answers == ()


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("years", [2, 3, 8])
def test_short_panels_do_without_drivers_and_say_so(kind: type[Structural], years: int) -> None:
    panel = made(5).since(2015 - years)
    model = kind().fit(panel)
    assert model.answers == ()
    assert any("income is known everywhere in" in note for note in model.notes)
    assert_allclose(model.predict(1).sum(), panel.totals[-1], rtol=0.15)


def test_pair_effects_without_drivers_are_the_mean_of_five_years() -> None:
    """Closed form: on a whole panel the effect of a pair is its sum over that of the years."""
    panel = made(6, drivers=False)
    found = PairEffects(level="last").fit(panel).predict(4)
    sums = panel.flows[-5:].sum(axis=0)
    assert_allclose(found, sums / sums.sum() * panel.totals[-1], rtol=1e-9)


@pytest.mark.parametrize("kind", MODELS)
def test_zeros_have_a_stated_place(kind: type[Structural]) -> None:
    panel = made(7)
    flows = panel.flows.copy()
    flows[:, 2] = 0.0  # nobody ever left
    flows[:, 0, 1] = 0.0  # a pair without moves
    bare = FlowPanel(panel.regions, panel.years, flows, drivers=panel.drivers)
    model = kind().fit(bare)
    found = model.predict(2)
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert_array_equal(np.diag(found), 0)
    assert_array_equal(found[2], 0)
    assert any("without any moves" in note for note in model.notes)
    assert_allclose(found.sum(), bare.totals[-1], rtol=0.2)
    if kind is PairEffects:
        assert found[0, 1] == 0
    else:
        assert any("no distances" in note for note in model.notes)
    nobody = kind().fit(FlowPanel(panel.regions, panel.years, 0 * flows))
    assert_array_equal(nobody.predict(1), 0)


def test_gravity_with_populations_takes_them_from_the_panel_or_says_that_there_are_none(
    tmp_path: Path,
) -> None:
    panel = made(15)
    grown = panel.population * np.exp(0.01 * np.random.default_rng(1).normal(size=(14, 6)))
    known = FlowPanel(
        panel.regions, panel.years, panel.flows, population=grown, distance=panel.distance
    )
    with_people, without = Gravity(populations=True).fit(known), Gravity().fit(known)
    assert not np.allclose(with_people.predict(1), without.predict(1), rtol=1e-6)
    again = load_model(with_people.save(tmp_path / "gravity.npz"))
    assert again.settings == {"level": "trend", "populations": True}
    bare = FlowPanel(panel.regions, panel.years, panel.flows, distance=panel.distance)
    notes = Gravity(populations=True).fit(bare).notes
    assert any("no population" in note for note in notes)


def test_gravity_finds_the_cost_of_distance() -> None:
    """Moves made with d^-1: without noise the fit returns them."""
    panel = made(8, drivers=False)
    size = np.arange(1.0, 7.0)
    exact = 1000 * size[:, None] * size[None] / (panel.distance + np.eye(6)) * np.ones((3, 1, 1))
    known = FlowPanel(panel.regions, (2001, 2002, 2003), exact, distance=panel.distance)
    found = Gravity(level="last").fit(known).predict(1)
    assert_allclose(found, known.flows[-1], rtol=1e-6)


@pytest.mark.parametrize("kind", MODELS)
def test_a_saved_model_answers_alike(kind: type[Structural], tmp_path: Path) -> None:
    panel = made(9)
    model: FlowModel = kind(level="last").fit(panel)
    again = load_model(model.save(tmp_path / "model.npz"))
    assert isinstance(again, kind)
    more = {"income": panel.drivers["income"][-1] * 1.1}
    assert_array_equal(again.predict(2, more), model.predict(2, more))
    assert again.notes == model.notes


@pytest.mark.parametrize("kind", MODELS)
def test_drivers_that_cannot_be_read_are_refused(kind: type[Structural]) -> None:
    model = kind().fit(made(10))
    with pytest.raises(InputError, match="3 values for 6 regions"):
        model.predict(1, {"income": np.ones(3)})
    with pytest.raises(InputError, match="a value is missing or not positive"):
        model.predict(1, {"income": np.zeros(6)})


def test_signs_are_read_off_names() -> None:
    assert expected_sign("income", "destination") == 1
    assert expected_sign("gdp_per_capita", "origin") == -1
    assert expected_sign("unemployment", "destination") == -1
    assert expected_sign("unemployment", "origin") == 1
    assert expected_sign("employment", "destination") == 1
    assert expected_sign("median_home_value", "destination") == -1
    assert expected_sign("sunshine", "destination") == 0
    assert expected_sign("sunshine", "destination", {"sunshine": 1}) == 1
    assert in_points("unemployment")
    assert not in_points("jobs")


def test_the_table_of_elasticities_has_the_columns_of_the_package_and_its_signs() -> None:
    panel = made(11, years=20, regions=8)
    table = estimate_elasticities(panel, country="XX", source="made")
    assert tuple(table.columns) == COLUMNS
    assert list(zip(table["driver"], table["side"], strict=True)) == [
        ("income", "destination"), ("income", "origin"),
        ("unemployment", "destination"), ("unemployment", "origin"),
    ]  # fmt: skip
    measured = table.set_index(["driver", "side"])
    for answer, truth in {
        ("income", "destination"): 0.6, ("income", "origin"): -0.3,
        ("unemployment", "destination"): -0.05, ("unemployment", "origin"): 0.0,
    }.items():  # fmt: skip
        row = measured.loc[answer]
        assert abs(row["value"] - truth) < 4 * row["standard_error"]
    assert list(table["unit"]) == ["log per log"] * 2 + ["log per percentage point"] * 2
    assert set(table["country"]) == {"XX"}
    assert set(table["years"]) == {"2002-2020"}


def test_a_wrong_sign_is_said_in_the_table_and_not_usable() -> None:
    table = estimate_elasticities(made(12, pull=-0.8), ["income"])
    row = table[table["side"] == "destination"].iloc[0]
    assert row["value"] < 0
    assert "wrong sign: it moves nobody" in row["note"]
    assert "destination" not in set(usable(table)["side"])


def test_elasticities_of_what_is_not_there_are_refused_all_at_once() -> None:
    with pytest.raises(InputError) as caught:
        estimate_elasticities(made(13), ["incme", "jobs"], structure="pairs")
    text = str(caught.value)
    assert "did you mean 'income'?" in text
    assert "no driver 'jobs'" in text
    assert "no structure 'pairs'" in text
    with pytest.raises(InputError, match="2 years of moves"):
        estimate_elasticities(made(13).since(2013))


def test_fewer_than_eight_years_point_to_what_was_measured_elsewhere() -> None:
    table = estimate_elasticities(made(14).since(2009), ["income"])
    assert table["note"].str.contains("5 years only").all()
