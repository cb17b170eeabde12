"""What holds for every national projection, whatever the rates (hypothesis)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.demography.cohort import CohortProjection, project_cohorts
from forecast.demography.lifetable import (
    life_expectancy,
    life_table,
    match_life_expectancy,
    survival_ratios,
)

SEEDS = st.integers(0, 10_000)
STEPS = st.sampled_from([1, 5])
TIMINGS = st.sampled_from(["end", "even"])


def case(seed: int, step: int, ages: int = 21, years: int = 4) -> dict[str, Any]:
    """A random population with mortality, fertility and some net migration."""
    random = np.random.default_rng(seed)
    rates = ages + (step == 5)
    asfr = random.uniform(0, 0.3, (years, ages))
    asfr[:, 0] = 0.0
    people = random.uniform(100, 5000, (2, ages))
    return {
        "population": people,
        "mx": random.uniform(0, 0.4 / step, (years, 2, rates)) + 1e-4,
        "asfr": asfr,
        "sex_ratio": random.uniform(1.0, 1.1, years),
        "net_migration": random.uniform(-1, 1, (years, 2, ages)),
        "step": step,
    }


def project(arguments: dict[str, Any], **changes: Any) -> CohortProjection:
    return project_cohorts(**{**arguments, **changes})


@given(SEEDS, STEPS, TIMINGS)
def test_balance_of_every_step(seed: int, step: int, timing: str) -> None:
    result = project(case(seed, step), timing=timing)
    before, after = result.population[:-1].sum(axis=2), result.population[1:].sum(axis=2)
    gained = result.births - result.deaths.sum(axis=2) + result.net_migration.sum(axis=2)
    np.testing.assert_allclose(after, before + gained, rtol=1e-12)
    np.testing.assert_allclose(result.births.sum(axis=1), result.births_by_age.sum(axis=1))


@given(SEEDS, STEPS)
def test_period_deaths_are_the_cohort_deaths_regrouped(seed: int, step: int) -> None:
    result = project(case(seed, step))
    np.testing.assert_allclose(
        result.period_deaths.sum(axis=2), result.deaths.sum(axis=2), rtol=1e-13
    )
    assert (result.period_deaths >= 0).all()


@given(SEEDS, STEPS, TIMINGS)
def test_nobody_is_negative(seed: int, step: int, timing: str) -> None:
    result = project(case(seed, step), timing=timing)
    for values in (result.population, result.births, result.deaths):
        assert (values >= 0).all()


@given(SEEDS, STEPS)
def test_doubling_the_people_doubles_the_result(seed: int, step: int) -> None:
    arguments = case(seed, step)
    once = project(arguments)
    twice = project(
        arguments,
        population=2 * arguments["population"],
        net_migration=2 * arguments["net_migration"],
    )
    np.testing.assert_array_equal(twice.population, 2 * once.population)
    np.testing.assert_array_equal(twice.deaths, 2 * once.deaths)


@given(SEEDS, STEPS)
def test_timing_is_the_same_for_a_closed_population(seed: int, step: int) -> None:
    arguments = case(seed, step)
    end, even = (
        project(arguments, net_migration=None, timing=timing) for timing in ("end", "even")
    )
    np.testing.assert_array_equal(end.population, even.population)


@given(SEEDS)
def test_the_first_step_does_not_depend_on_the_later_ones(seed: int) -> None:
    arguments = case(seed, 1)
    short = {
        name: value[:2] if name in ("mx", "asfr", "sex_ratio", "net_migration") else value
        for name, value in arguments.items()
    }
    np.testing.assert_allclose(
        project(short).population, project(arguments).population[:3], rtol=1e-14
    )


@given(SEEDS)
def test_women_bear_and_men_do_not(seed: int) -> None:
    arguments = case(seed, 1)
    more_men = arguments["population"].copy()
    more_men[1] *= 3
    np.testing.assert_array_equal(
        project(arguments, population=more_men).births, project(arguments).births
    )


@given(SEEDS, st.integers(0, 20), st.sampled_from(["female", "male"]))
def test_life_expectancy_falls_when_a_rate_rises(seed: int, age: int, sex: str) -> None:
    rates = np.random.default_rng(seed).uniform(0.001, 0.3, 21)
    higher = rates.copy()
    higher[age] *= 1.2
    assert life_expectancy(higher, sex) < life_expectancy(rates, sex)


@given(SEEDS, st.sampled_from(["cd-west", "andreev-kingkade"]))
def test_survival_is_a_probability_and_agrees_with_survivors(seed: int, a0: str) -> None:
    rates = np.random.default_rng(seed).uniform(0.0, 3.0, (2, 21)) + 1e-6
    rates[:, 0] /= 10
    table = life_table(rates, a0=a0)
    into = survival_ratios(table)
    assert ((into >= 0) & (into <= 1)).all()
    np.testing.assert_allclose(table.dx.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(table.dx, table.mx * table.Lx, rtol=1e-9, atol=1e-14)


@settings(max_examples=25)
@given(SEEDS)
def test_levelled_mortality_meets_any_reasonable_target(seed: int) -> None:
    random = np.random.default_rng(seed)
    age = np.arange(101)
    rates = 1e-4 * random.uniform(1, 5) + 3e-5 * np.exp(random.uniform(0.08, 0.11) * age)
    rates[0] = random.uniform(0.003, 0.08)
    target = random.uniform(45, 88, 5)
    levelled = match_life_expectancy(rates, "male", target, a0="andreev-kingkade")
    reached = life_expectancy(levelled.mx, "male", a0="andreev-kingkade")
    np.testing.assert_allclose(reached, target, atol=1e-8)
    assert (levelled.mx > 0).all()


def test_arguments_are_not_changed() -> None:
    arguments = case(1, 1)
    copies = {name: np.copy(value) for name, value in arguments.items()}
    project(arguments, timing="even")
    for name, value in arguments.items():
        np.testing.assert_array_equal(value, copies[name])


def test_the_result_is_frozen() -> None:
    result = project(case(2, 5))
    with pytest.raises(AttributeError):
        result.step = 1  # type: ignore[misc]
