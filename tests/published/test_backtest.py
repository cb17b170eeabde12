"""The whole forecast made again at earlier dates, against what came; nothing later leaks in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import forecast as fc
from forecast.backtest import FORECAST, INTERVALS, NAIVE, backtest, summary_of, verdict
from forecast.cli import build
from forecast.dataset import Dataset
from forecast.draws import Draws
from forecast.errors import InputError
from forecast.estimate.asof import dataset_as_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return fc.load_dataset("kazakhstan")


@pytest.fixture(scope="module")
def from_2023(dataset):
    return backtest(dataset, 2023, draws=Draws(400, 1))


def test_from_2023_it_is_nearer_than_every_naive_way(from_2023):
    own = from_2023.mean_error(FORECAST)
    assert own < 0.0135
    for way in NAIVE:
        assert own < from_2023.mean_error(way), way
    assert verdict(from_2023) == "The forecast is nearer than every naive way."


def test_naive_ways_are_those_of_the_published_totals(dataset, from_2023):
    """Persistence misses by 1.4 % and Astana by 5.6 %, no change by 3.5 % (by hand)."""
    assert from_2023.mean_error("persistence") == pytest.approx(0.0140, abs=0.0002)
    assert from_2023.mean_error("no_change") == pytest.approx(0.0346, abs=0.0002)
    table = dataset.table("population").groupby(["region", "year"])["value"].sum()
    astana = table["KZ-71"]
    persistent = astana[2023] * (astana[2023] / astana[2022]) ** 3
    at = from_2023.regions.index("KZ-71")
    assert from_2023.paths["persistence"][at, -1] == pytest.approx(persistent)
    assert from_2023.observed[at, -1] == astana[2026]


def test_intervals_from_2023_hold_as_often_as_they_say(from_2023):
    assert from_2023.region_years == 60
    assert 0.70 <= from_2023.coverage(80) <= 0.90
    assert 0.88 <= from_2023.coverage(95) <= 0.99


def test_coverage_is_counted_by_hand(from_2023):
    frame = from_2023.frame()
    rows = frame[frame["region"] != "KZ"]
    inside = (rows["observed"] >= rows["low_80"]) & (rows["observed"] <= rows["high_80"])
    assert inside.mean() == pytest.approx(from_2023.coverage(80))


def test_the_verdict_names_the_ways_that_were_nearer(dataset):
    test = backtest(dataset, 2022, draws=Draws(100, 1))
    own = test.mean_error(FORECAST)
    nearer = [way for way in NAIVE if test.mean_error(way) <= own]
    assert nearer  # births fell by a quarter: see the table of events
    text = verdict(test)
    assert "not nearer" in text
    assert "births" in text
    frame = summary_of([test])
    assert set(frame["way"]) == {FORECAST, *NAIVE}
    assert frame.loc[frame["way"] == FORECAST, "region_years"].iloc[0] == 80


def test_nothing_that_was_published_later_moves_a_backtest(dataset):
    """Registered events, totals and United Nations revisions after the origin are put wrong."""
    wrong = _with_wrong_future(dataset, 2023)
    plain, moved = dataset_as_of(dataset, 2023), dataset_as_of(wrong, 2023)
    for name in ("estimated/population", "estimated/fertility", "estimated/mortality",
                 "estimated/components", "estimated/flows"):  # fmt: skip
        one, other = plain.table(name)["value"], moved.table(name)["value"]
        assert np.array_equal(one, other), name
    one, other = plain.table("estimated/models"), moved.table("estimated/models")
    same = one["component"].isin(["fertility", "mortality", "internal", "base"])
    assert np.array_equal(one.loc[same, "value"], other.loc[same, "value"])


def _with_wrong_future(dataset: Dataset, origin: int) -> Dataset:
    frames = {}
    for name in (
        "vital_events", "tfr", "life_expectancy", "natural_increase", "population_average",
        "un_indicators", "un_mortality", "un_fertility", "un_population_five",
    ):  # fmt: skip
        frame = dataset.table(name)
        when = frame["revision"] if "revision" in frame else frame["year"]
        later = when >= origin
        if name == "vital_events":  # ages of migrants are published of 2024 alone: a stated limit
            later &= frame["event"].isin(["births", "deaths"])
        value = frame["value"].where(~later, frame["value"] * 1.07)
        frames[f"observed/{name}"] = frame.assign(value=value)
    return replace(dataset, _frames={**dict(dataset._frames), **frames}, _made={})


@pytest.mark.parametrize("origin", [2021, 2026, 1999])
def test_a_date_without_a_forecast_is_refused(dataset, origin):
    with pytest.raises(InputError, match="known: 2022, 2023, 2024, 2025"):
        backtest(dataset, origin)


def test_the_command_prints_numbers_for_programs():
    result = CliRunner().invoke(
        build(), ["backtest", "--origins", "2025", "--draws", "50", "--json", "--quiet"]
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert {"summary", "population", "events", "validation", "reality", "verdict"} <= set(found)
    assert all(f"low_{level}" in found["population"][0] for level in INTERVALS)
    reality = pd.DataFrame(found["reality"])
    assert len(reality)


def test_validation_of_every_component_ships(dataset):
    table = dataset.table("estimated/validation")
    assert {"fertility", "mortality", "external", "internal", "urban"} <= set(table["component"])
    errors = table[table["measure"] == "mean_absolute_error"]
    # growth of regions, mortality, urban share: what is in use beats the last value or is it
    for component in ("mortality", "urban"):
        part = errors[errors["component"] == component]
        for _, band in part.groupby(["first", "last"]):
            used = band.loc[band["chosen"] == "yes", "value"].min()
            assert used < band.loc[band["candidate"] == "last value", "value"].iloc[0]


def test_readme_states_the_backtest_that_runs(from_2023):
    text = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    assert f"| 2023 | **{100 * from_2023.mean_error(FORECAST):.2f} %** |" in text
