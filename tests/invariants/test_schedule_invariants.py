"""What a fitted schedule may never depend on: the unit of the data, or the order of groups."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.api import load_dataset
from forecast.demography.schedule_fit import fit_rogers_castro
from forecast.demography.schedule_groups import fit_groups
from forecast.demography.schedule_measures import composition, derived_measures
from forecast.demography.schedules import MigrationCurve, rogers_castro
from forecast.estimate.migrant_report import migrant_age_report

FIVES = np.arange(0, 85, 5)
LEVELS = ("a1", "a2", "a3", "a4", "c")

curves = st.builds(
    MigrationCurve,
    a1=st.floats(0.01, 0.04),
    alpha1=st.floats(0.06, 0.15),
    a2=st.floats(0.04, 0.1),
    alpha2=st.floats(0.07, 0.16),
    mu2=st.floats(17, 26),
    lambda2=st.floats(0.25, 0.8),
    c=st.floats(0.002, 0.006),
)
noise = st.lists(st.floats(0.95, 1.05), min_size=17, max_size=17)


@settings(max_examples=25)
@given(curves, noise, st.floats(1e-4, 1e6))
def test_the_unit_of_the_data_scales_the_levels_alone(
    curve: MigrationCurve, wiggle: list[float], unit: float
) -> None:
    rates = rogers_castro(curve, FIVES + 2.5) * np.array(wiggle)
    one, other = (fit_rogers_castro(FIVES, k * rates, parameters=7) for k in (1.0, unit))
    wanted = {k: v * unit if k in LEVELS else v for k, v in asdict(one.curve).items()}
    assert asdict(other.curve) == pytest.approx(wanted, rel=1e-3, abs=1e-9 * unit)
    assert other.r2 == pytest.approx(one.r2, abs=1e-9)
    assert other.fitted == pytest.approx(unit * one.fitted, rel=1e-6)
    shares = fit_rogers_castro(FIVES, unit * rates, parameters=7, measure="shares")
    assert shares.fitted * (unit * rates.sum() * 5) == pytest.approx(other.fitted, rel=1e-4)


@settings(max_examples=25)
@given(curves)
def test_a_curve_comes_back_from_its_own_rates(curve: MigrationCurve) -> None:
    fit = fit_rogers_castro(np.arange(101), rogers_castro(curve), parameters=7)
    assert asdict(fit.curve) == pytest.approx(asdict(curve), rel=1e-5)


@given(curves, st.floats(0.1, 50))
def test_the_shape_of_a_curve_has_no_level(curve: MigrationCurve, factor: float) -> None:
    levels = {k: factor * v if k in LEVELS else v for k, v in asdict(curve).items()}
    one, other = derived_measures(curve), derived_measures(MigrationCurve(**levels))
    for name in ("gross_migraproduction_rate", "jump"):
        one[name] *= factor
    assert other == pytest.approx(one, rel=1e-9, nan_ok=True)
    people = np.linspace(3, 1, 202).reshape(2, 101)
    assert composition(MigrationCurve(**levels), people) == pytest.approx(
        composition(curve, 7 * people)
    )


def test_the_order_of_groups_and_rows_changes_nothing() -> None:
    rng = np.random.default_rng(2)
    rates = rogers_castro(MigrationCurve(), FIVES + 2.5)
    frame = pd.DataFrame(
        [(g, a, rng.poisson(4000 * r)) for g in "abcd" for a, r in zip(FIVES, rates, strict=True)],
        columns=["group", "age", "persons"],
    )
    one = fit_groups(frame, parameters=7)
    other = fit_groups(frame.sample(frac=1, random_state=3), parameters=7)
    for group in "abcd":
        assert other.own[group] == pytest.approx(one.own[group])
        assert other.fits[group].fitted == pytest.approx(one.fits[group].fitted, rel=1e-6)


def test_alike_groups_are_one() -> None:
    """Groups that do not differ at all have the pooled schedule, whatever their number."""
    movers = 1e5 * rogers_castro(MigrationCurve(), FIVES + 2.5)
    frame = pd.DataFrame(
        [(g, a, m) for g in ("a", "b") for a, m in zip(FIVES, movers, strict=True)],
        columns=["group", "age", "persons"],
    )
    found = fit_groups(frame, parameters=7)
    assert found.prior == np.inf
    assert found.fits["a"].curve == found.fits["b"].curve == found.pooled.curve


def test_the_estimated_ages_of_migrants_are_the_schedules_that_they_say_they_are() -> None:
    """Emigration is one curve for both sexes; moves inside the country keep the shape of the
    default curve but for the sexes; immigrants are a composition that a schedule comes near to."""
    report = migrant_age_report(load_dataset("kazakhstan")).set_index("group")
    assert report["r2"].min() > 0.99
    for sex in ("female", "male"):
        emigration = report.loc[f"emigration {sex}"]
        assert emigration["parameters"] == 7
        assert emigration["mu2"] == pytest.approx(33, abs=0.001)
        assert emigration["alpha2"] == pytest.approx(0.06, abs=1e-4)
        assert report.loc[f"internal {sex}", "mu2"] == pytest.approx(20, abs=0.2)
        assert report.loc[f"immigration {sex}", "measure"] == "shares"
