"""The bands of norms/plan_ratios against the published figures that they are derived from."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.audit import load_ratios
from forecast.audit.observed import fastest, largest
from forecast.scenario import load_scenario

LAST = 2025  # the last published year of the labour force


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset()


@pytest.fixture(scope="module")
def bands(dataset):
    return {(one.measure, one.per): one for one in load_ratios(dataset)}


@pytest.fixture(scope="module")
def labour(dataset):
    """(region) columns of the labour force and people, mean of both 1 January."""
    table = dataset.table("labour_force")
    table = table[(table["year"] == LAST) & table["region"].isin(dataset.space.ids)]
    people = dataset.table("population").groupby(["region", "year"])["value"].sum().unstack("year")
    wide = table.pivot(index="region", columns="measure", values="value")
    return wide.assign(people=(people[LAST] + people[LAST + 1]) / 2)


def band(found):
    return found.low, found.high


def test_jobs_and_the_labour_force_are_those_of_the_lowest_and_highest_region(bands, labour):
    jobs = 1000 * labour["employed"] / labour["people"]
    assert band(bands["jobs", "population"]) == (round(jobs.min()), round(jobs.max()))
    force = 1000 * labour["labour_force"] / labour["people"]
    assert band(bands["labour_force", "population"]) == (round(force.min()), 570)
    employed = 1000 * labour["employed"] / labour["labour_force"]
    low, high = band(bands["jobs", "labour_force"])
    assert (low, high) == (round(employed.min()), round(employed.max()))


def test_dwellings_follow_adults_and_hold_the_household_of_the_census(bands, dataset):
    kinds = dataset.table("norms/facilities").set_index("kind")
    people = dataset.table("estimated/population")
    people = people[people["year"] == dataset.base_year]
    adults = people[people["age"] >= 20].groupby("region")["value"].sum()
    each = adults / people.groupby("region")["value"].sum() * kinds.at["dwelling", "per_1000"]
    low, high = band(bands["dwellings", "population"])
    assert (low, high) == (round(each.min()), round(each.max()))
    assert low < 1000 / 3.43 < high


@pytest.mark.parametrize(
    ("measure", "point", "year", "end"),
    [
        ("housing_m2", "taraz", 2040, "low"),
        ("housing_m2", "taldykorgan", 2050, "high"),
        ("school_places", "konaev", 2050, "high"),
        ("kindergarten_places", "ekibastuz", 2028, "low"),
        ("kindergarten_places", "konaev", 2050, "high"),
        ("hospital_beds", "alatau", 2050, "low"),
        ("hospital_beds", "konaev", 2050, "high"),
        ("clinic_visits", "alatau", 2050, "low"),
        ("clinic_visits", "ekibastuz", 2035, "high"),
    ],
)
def test_ends_of_bands_are_those_of_the_plans_they_name(bands, measure, point, year, end):
    plan = load_scenario("all-announced").growth_points[point].plan
    one = bands[measure, "population"]
    value = one.factor * plan[measure][year] / plan["population"][year]
    digits = 0 if one.high > 100 or measure == "clinic_visits" else 1
    assert round(value, digits) == getattr(one, end)


def test_the_fastest_growth_is_that_of_the_new_capital(dataset):
    found = fastest(dataset)
    assert (found.where, found.year) == ("KZ-71", 2001)
    assert found.percent == pytest.approx(15.5, abs=0.05)


def test_growth_is_never_measured_across_a_break(dataset):
    """Mangystau seems to gain 18 % at the census of 2009: that is no growth."""
    table = dataset.table("population_published")
    people = table[table["region"] == "KZ-47"].groupby("year")["value"].sum()
    assert people[2009] / people[2008] > 1.16
    assert fastest(dataset).where != "KZ-47"


def test_the_largest_share_of_growth_by_hand(dataset):
    people = dataset.table("population").groupby(["region", "year"])["value"].sum()
    gain: pd.Series = people.xs(2026, level="year") - people.xs(2022, level="year")
    found = largest(dataset)
    assert found.where == "KZ-71"
    assert np.isclose(found.share, gain["KZ-71"] / gain["KZ"])
