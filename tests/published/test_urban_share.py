"""Urban shares of the shipped country beside what is published.

Authority: annual averages 2009-2025 and the count of 1 January 2023 by area (Bureau of National
Statistics); the breaks that country.yml declares.
"""

from __future__ import annotations

import numpy as np
import pytest

import forecast as fc
from forecast.errors import InputError
from forecast.estimate.build import estimate
from forecast.estimate.source import Source
from forecast.estimate.urban_model import ENOUGH, drift, expit, fit_urban, series_of
from forecast.urban import settlement_frame, settlement_of, urban_draws, urban_notes, urban_share

CITIES = ("KZ-71", "KZ-75", "KZ-79")


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset()


@pytest.fixture(scope="module")
def series(dataset):
    return series_of(Source(dataset))


def test_no_step_is_taken_across_the_census_or_the_villages_of_2025(dataset, series):
    at = dict(zip(series.years, series.steps, strict=True))
    assert np.isnan(at[2022]).all()
    villages = dataset.space.ids.index("KZ-31")
    assert np.isnan(at[2025][villages])
    assert np.nanmax(np.abs(series.steps)) < 0.08  # the villages alone would be 0.175


def test_the_drift_of_the_villages_is_that_of_the_years_before(dataset, series):
    place = dataset.space.ids.index("KZ-31")
    steps = series.steps[np.isfinite(series.steps[:, place]), place]
    assert drift(series)[place] == pytest.approx(steps[-(ENOUGH - 1) :].mean())
    assert 0 < drift(series)[place] < 0.02


def test_averages_of_two_years_give_the_1_january_between(dataset, series):
    """The rule behind every 1 January: half a year of drift from the middle of the year."""
    frame = dataset.table("population_area").query("year == 2023 and sex == 'total'")
    wide = frame.pivot(index="region", columns="area", values="value").fillna(0.0)
    published = (wide["urban"] / wide.sum(axis=1)).loc[list(dataset.space.ids)].to_numpy()
    places = [series.years.index(2022), series.years.index(2023)]
    between = expit(series.odds[places, :-1].mean(axis=0))
    # Almaty Region had another boundary of towns in the bulletin of that date
    other = np.array([region != "KZ-19" for region in dataset.space.ids])
    assert np.abs(between - published)[other].max() < 0.0025


def test_shares_start_near_the_last_average_and_cities_stay_whole(dataset, series):
    shares = urban_share(dataset, [2026, 2031, 2050])
    assert np.abs(shares[0] - expit(series.odds[-1, :-1])).max() < 0.005
    cities = [dataset.space.ids.index(city) for city in CITIES]
    assert (shares[:, cities] == 1).all()
    assert ((shares > 0) & (shares <= 1)).all()


def test_the_past_is_not_forecast(dataset):
    with pytest.raises(InputError, match="observed until 2025; no forecast of 2024"):
        urban_share(dataset, [2024, 2030])


def test_the_first_draws_do_not_depend_on_the_number(dataset):
    many = urban_draws(dataset, [2026, 2031], np.random.default_rng(5), 40)
    few = urban_draws(dataset, [2026, 2031], np.random.default_rng(5), 3)
    assert (many[..., :3] == few).all()
    assert many.shape == (2, 20, 40)
    middle = np.median(urban_draws(dataset, [2031], np.random.default_rng(5), 2000), axis=2)
    assert middle[0] == pytest.approx(urban_share(dataset, [2031])[0], abs=0.004)


def test_the_chosen_model_errs_least_and_covers_what_came(dataset):
    rows = dataset.table("estimated/validation").query("component == 'urban'")
    errors = rows[rows["measure"] == "mean_absolute_error"]
    means = errors.groupby("candidate")["value"].mean()
    assert errors[errors["chosen"] == "yes"]["candidate"].unique().tolist() == [means.idxmin()]
    chosen = rows[rows["chosen"] == "yes"]
    assert chosen[chosen["measure"] == "coverage_80"]["value"].between(0.75, 0.92).all()
    assert chosen[chosen["measure"] == "coverage_95"]["value"].between(0.9, 1.0).all()


@pytest.mark.slow
def test_an_earlier_date_knows_no_later_year(dataset):
    """The data of 2022 forecast the averages of 2025 within a percentage point."""
    fit = fit_urban(estimate(dataset, until=2022))
    shares = {row.region: row.value for row in fit.parameters if row.parameter == "share"}
    assert {row.year for row in fit.parameters if row.parameter == "share"} == {2022}
    drifts = {row.region: row.value for row in fit.parameters if row.parameter == "drift"}
    now = series_of(Source(dataset))
    misses = {}
    for place, region in enumerate(dataset.space.ids):
        if region not in (*CITIES, "KZ-31"):
            start = np.log(shares[region] / (1 - shares[region]))
            misses[region] = 100 * float(
                expit(start + 3 * drifts[region]) - expit(now.odds[-1, place])
            )
    assert np.mean(np.abs(list(misses.values()))) < 1.0


def test_urban_and_rural_add_up_and_the_nation_is_the_sum(dataset):
    rng = np.random.default_rng(1)
    people = rng.uniform(1e5, 2e6, (2, 20))
    frame = settlement_frame(people, rng.uniform(0, 1, (2, 20)), dataset.space, [2026, 2027])
    persons = frame[frame["measure"] == "population"]
    sums = persons.groupby(["year", "region"])["value"].sum().unstack()
    assert sums[list(dataset.space.ids)].to_numpy() == pytest.approx(people, rel=1e-12)
    assert sums["KZ"].to_numpy() == pytest.approx(people.sum(axis=1), rel=1e-12)
    shares = frame[frame["measure"] == "share"].groupby(["region", "year"])["value"].sum()
    assert shares.to_numpy() == pytest.approx(100.0)
    assert settlement_of(dataset, people, [2026, 2027]).columns.tolist() == list(frame.columns)


def test_the_run_says_what_the_share_rests_on(dataset):
    (note,) = urban_notes(dataset)
    assert "average of 2025" in note.text
    assert "wholly urban" in note.text
    assert "1.0% of the population on average 6 to 10 years ahead" in note.text
