"""The fitted model of fertility against the official rates, the registered births and the UN.

Authority: Bureau of National Statistics of Kazakhstan (births 2025, total fertility rates) and
United Nations World Population Prospects 2024; values are read from data/kazakhstan/observed.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from forecast.births import fertility_draws, fertility_level, fertility_path
from forecast.dataset import Dataset, load_dataset
from forecast.errors import InputError
from forecast.estimate.build import estimate
from forecast.estimate.fertility_history import national_history
from forecast.estimate.fertility_model import END, fit_fertility
from forecast.estimate.source import Source
from forecast.fitted import Fitted, fitted
from forecast.scenario.schema import Fertility
from forecast.space import SEXES

BIRTHS_2025 = 335_005
BANDS = ((1, 2), (3, 5), (6, 10))
LAST = "last value"


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset("kazakhstan")


@pytest.fixture(scope="module")
def model(dataset: Dataset) -> Fitted:
    return fitted(dataset, "fertility")


@pytest.fixture(scope="module")
def scores(dataset: Dataset) -> pd.DataFrame:
    table = dataset.table("estimated/validation")
    return table[table["component"] == "fertility"]


def women_of(dataset: Dataset, year: int) -> np.ndarray:
    table = dataset.table("estimated/population")
    rows = table[(table["year"] == year) & (table["sex"] == SEXES[0])]
    wide = rows.pivot(index="age", columns="region", values="value")
    return wide[list(dataset.space.ids)].to_numpy(dtype=float)


def test_the_rates_of_the_last_year_give_the_registered_births(dataset: Dataset) -> None:
    rates, note = fertility_path(dataset, [2025], Fertility(), None)
    women = (women_of(dataset, 2025) + women_of(dataset, 2026)) / 2
    assert (rates[0] * women).sum() == pytest.approx(BIRTHS_2025, abs=1)
    assert "335,005 births registered in 2025" in note.text


def test_un_births_of_2025_are_18_percent_above_the_registered(dataset: Dataset) -> None:
    table = dataset.table("un_indicators")
    chosen = (table["revision"] == 2024) & (table["measure"] == "births") & (table["year"] == 2025)
    assert float(table[chosen]["value"].iloc[0]) / BIRTHS_2025 == pytest.approx(1.18, abs=0.005)


def test_the_model_in_use_beats_the_last_value_or_is_it(scores: pd.DataFrame) -> None:
    errors = scores[scores["measure"] == "mean_absolute_error"]
    for first, last in BANDS:
        rows = errors[(errors["first"] == first) & (errors["last"] == last)]
        in_use = rows[rows["chosen"] == "yes"]
        assert len(in_use) == 1
        walk = rows.set_index("candidate")["value"][LAST]
        assert float(in_use["value"].iloc[0]) <= walk


def test_the_intervals_hold_about_what_they_promise(scores: pd.DataFrame) -> None:
    for measure, promised in (("coverage_80", 0.80), ("coverage_95", 0.95)):
        rows = scores[scores["measure"] == measure]
        held = np.average(rows["value"], weights=rows["forecasts"])
        assert held == pytest.approx(promised, abs=0.06)


def test_the_path_starts_at_the_official_rate_and_stays_plausible(model: Fitted) -> None:
    years = list(range(2025, END + 1))
    low, middle, high = (model.by_year(name, years) for name in ("tfr_low", "tfr", "tfr_high"))
    assert low[0] == middle[0] == high[0] == 2.57
    assert (low[1:] < middle[1:]).all()
    assert (middle[1:] < high[1:]).all()
    assert low.min() > 1.5
    assert high.max() < 3.5
    assert np.abs(np.diff(np.log(middle))).max() < 0.03
    assert (np.diff(np.log(high / low)) > 0).all()  # opening over time


def test_the_series_is_the_official_one_with_the_un_before_it(dataset: Dataset) -> None:
    history = national_history(Source(dataset))
    assert list(history.years) == list(range(2000, 2026))
    series = dict(zip(history.years, history.tfr, strict=True))
    assert [series[year] for year in (2018, 2021, 2025)] == [2.84, 3.32, 2.57]
    assert 1.75 < series[2000] < 1.95
    assert history.errors["splice_error"] < history.errors["splice_error_births"]


@pytest.mark.slow
def test_an_earlier_source_sees_nothing_later(dataset: Dataset) -> None:
    fit = fit_fertility(estimate(dataset, until=2022))
    rows = pd.DataFrame(fit.parameters)
    observed = rows[rows["parameter"] == "tfr_observed"]
    assert observed["year"].max() == 2022
    assert rows[rows["parameter"] == "tfr"]["year"].min() == 2022
    un = rows[rows["parameter"] == "un_tfr"]
    assert un["year"].min() == 2022
    assert un["source"].str.contains("2022").all()
    assert not un["source"].str.contains("2024").any()


def test_a_fit_is_the_same_each_time(dataset: Dataset) -> None:
    first, second = (national_history(Source(dataset)) for _ in range(2))
    assert (first.tfr == second.tfr).all()


def source_with(dataset: Dataset, change: str) -> Source:
    source = Source(dataset)
    tfr = source.table("tfr")
    if change == "gap":
        source._tables["tfr"] = tfr[~((tfr["region"] == "KZ") & (tfr["year"] == 2022))]
    if change == "short":
        source._tables["tfr"] = tfr[tfr["year"] >= 2023]
        un = source.table("un_indicators")
        source._tables["un_indicators"] = un[un["year"] >= 2023]
    if change == "zero":
        zero = (tfr["region"] == "KZ") & (tfr["year"] == 2024)
        source._tables["tfr"] = tfr.assign(value=tfr["value"].where(~zero, 0.0))
    return source


@pytest.mark.parametrize(
    "change, message",
    [
        ("gap", "tfr: the nation's total fertility rate has no value for 2022"),
        ("short", "tfr: 3 years of the nation's total fertility rate, at least 5 are needed"),
        ("zero", "tfr: the nation's total fertility rate of 2024 is not above zero"),
    ],
)
def test_a_series_that_cannot_be_fitted_is_refused(dataset, change, message) -> None:
    estimates = SimpleNamespace(base=SimpleNamespace(source=source_with(dataset, change)))
    with pytest.raises(InputError) as raised:
        fit_fertility(estimates)  # type: ignore[arg-type]
    assert str(raised.value) == message


def test_a_year_beyond_the_path_is_refused(dataset: Dataset) -> None:
    with pytest.raises(InputError, match="no parameter 'tfr' .* 2101"):
        fertility_path(dataset, [2101], Fertility(), None)


def test_regions_draw_towards_the_nation_and_keep_its_level(dataset: Dataset) -> None:
    rates, _ = fertility_path(dataset, [2026, 2100], Fertility(), None)
    tfr = rates.sum(axis=1)
    assert np.ptp(np.log(tfr[1])) < 0.5 * np.ptp(np.log(tfr[0]))
    level = fertility_level(dataset)
    women = women_of(dataset, 2026)
    national = ((rates[1] * women).sum(axis=1) / women.sum(axis=1)).sum()
    path = fitted(dataset, "fertility").by_year("tfr", [2025, 2100])
    assert national == pytest.approx(level.tfr * path[1] / path[0], rel=0.01)


def test_draws_centre_on_the_path_and_do_not_depend_on_their_number(dataset: Dataset) -> None:
    years = range(2026, 2051)
    many = fertility_draws(dataset, years, np.random.default_rng(5), 2000)
    few = fertility_draws(dataset, years, np.random.default_rng(5), 20)
    assert (many.factor[..., :20] == few.factor).all()
    assert (many.mean_age_shift[..., :20] == few.mean_age_shift).all()
    assert many.factor.shape == many.mean_age_shift.shape == (25, 20, 2000)
    assert np.median(many.factor, axis=2) == pytest.approx(1, abs=0.03)
    assert np.median(many.mean_age_shift, axis=2) == pytest.approx(0, abs=0.1)
    national = many.factor.mean(axis=1)
    model = fitted(dataset, "fertility")
    path = model.by_year("tfr_low", years) / model.by_year("tfr", years)
    assert np.quantile(national, 0.1, axis=1) == pytest.approx(path, abs=0.03)
