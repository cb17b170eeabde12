"""The path of mortality beside what is published.

Sources: registered deaths and life expectancy of the Bureau of National Statistics; United
Nations, World Population Prospects 2022 and 2024, medium variant and its limits.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from forecast.assumptions import Assumptions
from forecast.baseline import assume, population_on
from forecast.dataset import Dataset, load_dataset
from forecast.demography.lifetable import life_expectancy
from forecast.estimate import mortality_model as model
from forecast.estimate.source import Source
from forecast.fitted import fitted
from forecast.lifetables import life_table_frame
from forecast.scenario.schema import Uncertainties
from forecast.space import SEXES
from forecast.survivorship import mortality_draws, mortality_path, national_rates

YEARS = range(2026, 2101)
MEDIUM = SimpleNamespace(variant="medium", e0=None)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset("kazakhstan")


@pytest.fixture(scope="module")
def life(dataset: Dataset) -> dict[str, np.ndarray]:
    """{variant: (year, sex)} life expectancy of the nation, 2026-2100."""
    people = population_on(dataset, 2026)
    found = {}
    for variant in ("low", "medium", "high"):
        said: Any = SimpleNamespace(variant=variant, e0=None)
        rates = national_rates(mortality_path(dataset, people, YEARS, said)[0], people)
        found[variant] = life_expectancy(np.moveaxis(rates, 0, -1)).T
    return found


def scores(dataset: Dataset, measure: str) -> dict[tuple[str, int], float]:
    table = dataset.table("estimated/validation")
    rows = table[(table["component"] == "mortality") & (table["measure"] == measure)]
    return {(str(r.candidate), int(r.first)): float(r.value) for r in rows.itertuples()}


def un(dataset: Dataset, measure: str, year: int) -> float:
    table = dataset.table("un_indicators")
    rows = table[(table["revision"] == 2024) & (table["measure"] == measure)]
    return float(rows.set_index("year")["value"][year])


def test_rates_of_the_last_year_give_the_registered_deaths(dataset: Dataset) -> None:
    """134,735 deaths of 2025; rates are written with six digits, so to the person."""
    said: Any = MEDIUM
    rates, _ = mortality_path(dataset, population_on(dataset, 2026), [2025], said)
    people = (population_on(dataset, 2025) + population_on(dataset, 2026)) / 2
    assert (rates[0] * people).sum() == pytest.approx(134_735, abs=2)


@pytest.mark.parametrize("sex", SEXES)
def test_the_path_runs_between_the_95_per_cent_limits_of_the_united_nations(
    dataset: Dataset, life: dict[str, np.ndarray], sex: str
) -> None:
    for year in (2026, 2030, 2040, 2050):
        reached = life["medium"][year - 2026, SEXES.index(sex)]
        low, high = (un(dataset, f"e0_{sex}_{side}_95", year) for side in ("lower", "upper"))
        assert low < reached < high, year


def test_the_path_rises_every_year_ever_less(life: dict[str, np.ndarray]) -> None:
    gains = np.diff(life["medium"], axis=0)
    assert (gains > 0).all()
    assert (np.diff(gains[::5], axis=0) < 0.02).all()
    assert (life["medium"][-1] < [92, 88]).all()


def test_the_sexes_draw_nearer_and_never_cross(life: dict[str, np.ndarray]) -> None:
    distance = life["medium"][:, 0] - life["medium"][:, 1]
    assert (distance > 3).all()
    assert (np.diff(distance) < 1e-6).all()


def test_high_means_shorter_lives_and_the_band_widens(life: dict[str, np.ndarray]) -> None:
    assert (life["high"] < life["medium"]).all()
    assert (life["medium"] < life["low"]).all()
    width = life["low"] - life["high"]
    assert (width[24] > 3 * width[0]).all()


def test_regions_keep_their_order(dataset: Dataset) -> None:
    """By life expectancy, wherever two regions lie more than a tenth of a year apart."""
    said: Any = MEDIUM
    rates, _ = mortality_path(dataset, population_on(dataset, 2026), [2025, 2050, 2100], said)
    years = life_expectancy(np.moveaxis(rates, 0, -1))  # (sex, region, year)
    apart = years[:, :, None] - years[:, None]
    clear = apart[..., 0] > 0.1
    assert (apart[clear] > 0).all()


@pytest.mark.parametrize("first", [1, 3, 6])
def test_damped_drift_beats_the_last_value_and_is_within_a_tenth_of_the_best(
    dataset: Dataset, first: int
) -> None:
    misses = scores(dataset, "mean_absolute_error")
    ours = misses["damped drift", first]
    assert ours < 0.7 * misses["last value", first]
    best = min(value for (_, at), value in misses.items() if at == first)
    assert ours <= 1.1 * best


@pytest.mark.parametrize("measure, nominal", [("coverage_80", 0.8), ("coverage_95", 0.95)])
def test_intervals_hold_what_came(dataset: Dataset, measure: str, nominal: float) -> None:
    for first in (1, 3, 6):
        assert scores(dataset, measure)["damped drift", first] == pytest.approx(nominal, abs=0.13)


def test_the_pandemic_is_in_no_trend(dataset: Dataset) -> None:
    source = Source(dataset)
    factor = model.common_factor(source)
    assert len(factor.k) == 4  # 2000-2019; the period from 2020 on is left out
    index = model.national_index(source, model.level_table(factor.a, factor.b))
    assert not {2020, 2021} & set(index.years)
    assert index.years[0] == 1999


def test_an_earlier_source_shows_nothing_later(dataset: Dataset) -> None:
    """Of 2022: life expectancy until 2022, the UN revision of 2022 and its pace."""
    estimates: Any = SimpleNamespace(base=SimpleNamespace(source=Source(dataset, 2022)))
    rows = {row.parameter: row for row in model.fit_mortality(estimates).parameters}
    assert rows["revision"].value == 2022
    assert rows["last_year"].value == 2022
    assert rows["k"].year == 2100
    factor = model.common_factor(Source(dataset, 2022))
    table = model.level_table(factor.a, factor.b)
    assert model.national_index(Source(dataset, 2022), table).years[-1] == 2022


def test_draws_are_cheap_to_repeat_and_have_no_drift(dataset: Dataset) -> None:
    years = range(2026, 2051)
    many = mortality_draws(dataset, years, np.random.default_rng(7), 2000)
    few = mortality_draws(dataset, years, np.random.default_rng(7), 3)
    assert np.array_equal(many.nation[..., :3], few.nation)
    assert np.array_equal(many.region[..., :3], few.region)
    index = many.nation  # (year, sex, draw)
    assert many.pattern.sum(axis=1) == pytest.approx(1)
    assert many.log_factor(3, slice(0, 2)).shape == (2, 101, 2)
    spread = index.std(axis=-1)
    assert (np.abs(np.median(index, axis=-1)) < 0.1 * spread).all()
    assert np.abs(many.region.mean(axis=1)).max() < 1e-12
    parameters = fitted(dataset, "mortality")
    stationary = parameters.number("sigma") / np.sqrt(1 - parameters.number("rho") ** 2)
    assert many.region[-1].std() == pytest.approx(stationary, rel=0.05)


def test_draws_of_the_index_have_the_spread_of_the_variants(dataset: Dataset) -> None:
    from forecast.survivorship import index_path

    years = range(2026, 2051)
    parameters = fitted(dataset, "mortality")
    band = index_path(parameters, years, "high") - index_path(parameters, years)
    draws = mortality_draws(dataset, years, np.random.default_rng(3), 4000)
    both = draws.nation.mean(axis=1)  # the gap of the sexes cancels
    assert np.quantile(both, 0.9, axis=1) == pytest.approx(band[:, 0], rel=0.08)


def assumptions(dataset: Dataset) -> Assumptions:
    return assume(dataset, [2026, 2027], Uncertainties())


def test_the_life_tables_of_a_run(dataset: Dataset, life: dict[str, np.ndarray]) -> None:
    frame = life_table_frame(assumptions(dataset))
    assert len(frame) == 21 * 2 * 2 * 101
    assert frame["region"].iloc[-1] == dataset.nation
    birth = frame[(frame["region"] == dataset.nation) & (frame["age"] == 0)]
    assert birth["ex"].to_numpy().reshape(2, 2) == pytest.approx(life["medium"][:2], abs=1e-9)
    assert (birth["lx"] == 100_000).all()
    deaths = frame.groupby(["region", "year", "sex"])["dx"].sum()
    assert deaths.to_numpy() == pytest.approx(np.full(84, 100_000))
    assert not frame.isna().any().any()
