"""Answers of moves between Korean regions to GDP per head (register of moves, KOSIS).

Own earlier estimate with pair and year effects on the 16 regions of 1998-2020 (Sejong counted in
Chungcheongnam-do): destination +0.72 (.11), origin -0.40 (.09). Its exact years and controls are
not documented; the equation as written, and the same with populations held, both lie within one
of its standard errors, and the second from 2000 on is the same to .01.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.migration import MODELS
from forecast.migration.elasticities import estimate_elasticities, usable
from forecast.migration.flow_files import read_panel
from forecast.migration.metrics import flow_errors
from forecast.migration.panel import FlowPanel
from forecast.migration.ppml import YEAR, ppml

PUBLISHED = {"destination": (0.72, 0.11), "origin": (-0.40, 0.09)}


@pytest.fixture(scope="module")
def korea(reference_data: Path) -> FlowPanel:
    folder = reference_data / "flows" / "korea"
    return read_panel(folder, {"Sejong": "Chungcheongnam-do"}).since(1998)


def by_side(table: pd.DataFrame) -> dict[str, tuple[float, float]]:
    return {row.side: (row.value, row.standard_error) for row in table.itertuples()}


def test_gdp_per_head_draws_and_holds_as_published(korea: FlowPanel) -> None:
    table = estimate_elasticities(korea, ["gdp_per_capita"], country="KR", source="KOSIS")
    for side, (value, error) in by_side(table).items():
        assert abs(value - PUBLISHED[side][0]) < PUBLISHED[side][1]
        assert error == pytest.approx(PUBLISHED[side][1], rel=0.25)
    assert set(table["years"]) == {"1999-2020"}
    assert len(usable(table)) == 2


def test_with_populations_held_from_2000_on_it_is_the_published_estimate(korea: FlowPanel) -> None:
    table = estimate_elasticities(korea.since(1999), ["gdp_per_capita"], population=True)
    for side, (value, error) in by_side(table).items():
        assert value == pytest.approx(PUBLISHED[side][0], abs=0.011)
        assert error == pytest.approx(PUBLISHED[side][1], abs=0.006)
    assert set(table["years"]) == {"2000-2020"}


def test_choice_of_destination_gives_the_same_pull(korea: FlowPanel) -> None:
    table = estimate_elasticities(korea, ["gdp_per_capita"], structure="pair-origin-year")
    assert list(table["side"]) == ["destination"]
    assert abs(table["value"].item() - PUBLISHED["destination"][0]) < PUBLISHED["destination"][1]


def test_across_regions_the_answer_is_lost(korea: FlowPanel) -> None:
    """Why effects of pairs are needed: without them rich regions pull nobody and lose more."""
    gdp = np.log(korea.drivers["gdp_per_capita"][:-1])
    size = np.log(korea.population[:-1])
    fit = ppml(
        korea.flows[1:],
        {"pull": gdp[:, None, :], "push": gdp[:, :, None],
         "i": size[:, :, None], "j": size[:, None, :],
         "km": np.log(np.where(korea.pairs, korea.distance, 1.0))},
        (YEAR,),
    )  # fmt: skip
    assert fit.coefficient("pull") < 0.2
    assert fit.coefficient("push") > 0


@pytest.mark.parametrize(
    "model, most",
    [("gravity", (31.5, 32.5, 34.9)), ("pair_effects", (8.0, 12.6, 17.0))],
)
def test_models_with_a_structure_miss_no_more_than_measured_before(
    korea: FlowPanel, model: str, most: tuple[float, ...]
) -> None:
    """wMAPE % at 1, 3 and 5 years, origins 2007-2019."""
    for horizon, worst in zip((1, 3, 5), most, strict=True):
        missed = []
        for origin in range(2007, 2021 - horizon):
            forecast = MODELS[model]().fit(korea.until(origin)).predict(horizon)
            came = korea.flows[korea.years.index(origin + horizon)]
            missed.append(flow_errors(forecast, came)["wmape"])
        assert 100 * np.mean(missed) < worst
