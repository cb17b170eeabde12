"""Draws of the base population: totals as published, ages as uncertain as the fit says.

Authority: observed/population (Bureau of National Statistics of Kazakhstan) for the totals; the
curvature of the fit (forecast.estimate.base_error) for the spreads.
"""

from __future__ import annotations

import numpy as np
import pytest

from forecast.base_draws import Array, base_draws
from forecast.dataset import Dataset, load_dataset
from forecast.estimate.base import estimate_base
from forecast.estimate.base_error import Uncertainty, base_uncertainty
from forecast.estimate.source import Source
from forecast.space import SEXES
from forecast.tables import Population

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset("kazakhstan")


@pytest.fixture(scope="module")
def drawn(dataset: Dataset) -> Array:
    return base_draws(dataset, np.random.default_rng(20), 1000)


@pytest.fixture(scope="module")
def uncertainty(dataset: Dataset) -> Uncertainty:
    return base_uncertainty(estimate_base(Source(dataset)))


@pytest.fixture(scope="module")
def people(dataset: Dataset) -> Array:
    frame = dataset.table("estimated/population")
    frame = frame[frame["year"] == dataset.base_year]
    return Population.from_frame(frame, dataset.space, source="estimated").values


def shares(people: Array) -> Array:
    """(group, region, draw): 0-14, 65 and over, women aged 20-34 among all people."""
    groups = [people[:, :15], people[:, 65:], people[:1, 20:35]]
    found: Array = np.stack([one.sum(axis=(0, 1)) for one in groups]) / people.sum(axis=(0, 1))
    return found


def test_every_draw_has_the_published_totals(dataset: Dataset, drawn: Array) -> None:
    observed = dataset.table("population")
    observed = observed[observed["year"] == dataset.base_year]
    wide = observed.pivot(index="sex", columns="region", values="value")
    totals = wide.reindex(index=list(SEXES), columns=list(dataset.space.ids)).to_numpy(dtype=float)
    assert drawn.shape == (2, 101, 20, 1000)
    assert (drawn >= 0).all()
    np.testing.assert_allclose(drawn.sum(axis=1), totals[..., None] * np.ones(1000), rtol=1e-12)


def test_the_middle_of_the_draws_is_the_estimate(drawn: Array, people: Array) -> None:
    middle = np.median(drawn, axis=3)
    large = people > 1000
    assert np.abs(middle[large] / people[large] - 1).max() < 0.01


def test_the_nation_is_surer_than_its_regions(drawn: Array) -> None:
    nation = drawn.sum(axis=2)
    spread = nation.std(axis=2) / nation.mean(axis=2)
    assert spread[:, :60].max() < 0.015
    assert spread[:, :15].max() < 0.006
    regions = drawn[:, :15].sum(axis=1)
    assert (regions.std(axis=2) / regions.mean(axis=2)).min() > 0.006


def test_curves_carry_the_uncertainty_of_three_groups(
    drawn: Array, uncertainty: Uncertainty
) -> None:
    """Independent curves give each share the spread that the curvature gives it, within a fifth."""
    ratio = shares(drawn).std(axis=2) / uncertainty.sd[:3]
    assert ratio.min() > 0.8
    assert ratio.max() < 1.25
    assert np.abs(ratio.mean(axis=1) - 1).max() < 0.06


def test_what_is_published_of_a_region_makes_it_surer(
    dataset: Dataset, uncertainty: Uncertainty
) -> None:
    """Children and old people of KZ-75, KZ-61 and KZ-19 are counted; Ulytau has no figure."""
    sd = dict(zip(dataset.space.ids, uncertainty.sd[0], strict=True))
    assert max(sd["KZ-75"], sd["KZ-61"], sd["KZ-19"]) < 0.6 * sd["KZ-71"]
    assert sd["KZ-62"] > max(sd["KZ-39"], sd["KZ-59"])


def test_first_draws_do_not_depend_on_how_many_follow(dataset: Dataset, drawn: Array) -> None:
    few = base_draws(dataset, np.random.default_rng(20), 7)
    np.testing.assert_allclose(few, drawn[..., :7], rtol=1e-12)
