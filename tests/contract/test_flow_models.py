"""What every model of flows keeps, whichever it is. A new model joins MODELS and is tried here."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from forecast.errors import InputError, RunError
from forecast.migration import MODELS
from forecast.migration.model import load_model

SPEC = importlib.util.spec_from_file_location(
    "flow_panels", Path(__file__).with_name("flow_panels.py")
)
flow_panels = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(flow_panels)
PANELS = flow_panels.PANELS
MODEL_NAMES = sorted(MODELS)
SCALED = [name for name in MODEL_NAMES if name not in ("boosted", "blend")]  # trees cut at sizes

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


@pytest.fixture(scope="module")
def fits():
    """Each model fitted to each panel, once."""
    kept = {}

    def fit(name, panel):
        if (name, panel) not in kept:
            kept[name, panel] = MODELS[name]().fit(PANELS[panel])
        return kept[name, panel]

    return fit


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_a_constructor_fits_nothing(name):
    model = MODELS[name]()
    assert model.state is None
    with pytest.raises(RunError, match="call fit first"):
        model.predict(1)
    fitted = model.fit(PANELS["two years"])
    assert model.state is None
    assert fitted.state is not None
    assert fitted.name == name


@pytest.mark.parametrize("panel", sorted(PANELS))
@pytest.mark.parametrize("name", MODEL_NAMES)
def test_flows_are_flows(name, panel, fits):
    """(origin, destination), nothing negative, missing or infinite, nobody moves to where he is."""
    model = fits(name, panel)
    assert model.last == PANELS[panel].last
    assert model.regions == PANELS[panel].regions
    for horizon in (1, 3, 10, 30):
        flows = model.predict(horizon)
        assert flows.shape == PANELS[panel].flows.shape[1:]
        assert np.isfinite(flows).all()
        assert (flows >= 0).all()
        assert (np.diag(flows) == 0).all()
        assert 0.2 < flows.sum() / PANELS[panel].totals[-1] < 5
        assert (model.predict(horizon) == flows).all()


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_one_year_is_kept_as_it_is(name, fits):
    """What cannot be estimated stays, and the model says so."""
    model = fits(name, "one year")
    assert model.predict(3) == pytest.approx(PANELS["one year"].flows[0], rel=1e-6)
    if name != "persistence":
        assert model.notes


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_a_region_that_nobody_leaves_sends_nobody(name, fits):
    flows = fits(name, "nobody leaves a region").predict(2)
    assert flows[0].sum() == pytest.approx(0, abs=1e-6)
    assert flows[1:].sum() > 0


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_the_order_of_regions_changes_nothing(name, fits):
    panel, order = PANELS["twelve years"], [3, 0, 4, 1, 2]
    here = fits(name, "twelve years").predict(3)
    there = MODELS[name]().fit(panel.permuted(order)).predict(3)
    assert there == pytest.approx(here[np.ix_(order, order)], rel=1e-6)


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_a_transposed_panel_gives_transposed_flows(name):
    """Origins and destinations are treated alike, so nothing exchanges them on the way."""
    panel = PANELS["no distances"]
    turned = flow_panels.without(panel, flows=panel.flows.transpose(0, 2, 1))
    here = MODELS[name]().fit(panel).predict(3)
    there = MODELS[name]().fit(turned).predict(3)
    assert np.transpose(there) == pytest.approx(here, rel=1e-5)


@pytest.mark.parametrize("name", SCALED)
def test_twice_the_moves_twice_the_forecast(name, fits):
    panel = PANELS["twelve years"]
    twice = MODELS[name]().fit(flow_panels.without(panel, flows=2 * panel.flows)).predict(3)
    assert twice == pytest.approx(2 * fits(name, "twelve years").predict(3), rel=1e-5)


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_a_saved_model_says_the_same(name, fits, tmp_path):
    model = fits(name, "twelve years")
    path = model.save(tmp_path / "model.npz")
    again = load_model(path)
    assert again.name == name
    assert again.settings == model.settings
    assert again.notes == model.notes
    for horizon in (1, 5):
        assert (again.predict(horizon) == model.predict(horizon)).all()


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_drivers_at_their_last_values_change_nothing(name, fits):
    model = fits(name, "twelve years")
    last = {key: values[-1] for key, values in PANELS["twelve years"].drivers.items()}
    assert (model.predict(2, last) == model.predict(2)).all()


@pytest.mark.parametrize("horizon", [0, -1, 1.5])
@pytest.mark.parametrize("name", MODEL_NAMES)
def test_a_horizon_is_a_whole_year_ahead(name, horizon, fits):
    with pytest.raises(InputError, match="whole year"):
        fits(name, "two years").predict(horizon)


def test_a_file_that_is_no_model_is_one_clear_fault(tmp_path):
    path = tmp_path / "model.npz"
    with pytest.raises(InputError, match="no such file"):
        load_model(path)
    path.write_text("nothing")
    with pytest.raises(InputError, match="no saved model"):
        load_model(path)
