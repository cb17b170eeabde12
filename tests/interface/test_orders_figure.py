"""The figure of orders with the years and numbers of the shipped baseline, not small ones."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from test_figures import boxes

import forecast as fc
from forecast.report import orders as figure_of_orders
from forecast.report.figures import draw
from forecast.words import LANGUAGES, speaking


@pytest.fixture(scope="module")
def baseline() -> Any:
    return fc.run("baseline", fc.load_dataset())


@pytest.mark.parametrize("region", [None, "KZ-71"])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_numbers_of_neighbouring_years_stay_apart(baseline: Any, lang: str, region: Any) -> None:
    with speaking(lang):
        places = boxes(draw(baseline, "orders", **({"region": region} if region else {})))
    for (one, a), (two, b) in itertools.combinations(places.items(), 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        along = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(across, along) < 4, f"{one[1]!r} lies on {two[1]!r}"  # 4 dots = 0.3 mm


def test_years_that_have_no_room_are_added_up(baseline: Any) -> None:
    """Nothing is lost: units by kind are the same in few columns as in many, unknown stays so."""
    frame = baseline.frame("orders")
    table = figure_of_orders._by_order_year(frame[frame["region"] == "KZ"], baseline.base_year)
    for room in (3.0, 6.0, 60.0):
        few, later = figure_of_orders._fitting(table, room)
        assert later == (few.shape[1] < table.shape[1])
        assert few.sum(axis=1).to_numpy() == pytest.approx(table.sum(axis=1).to_numpy())
    empty = table.mul(np.nan)
    assert figure_of_orders._fitting(empty, 3.0)[0].isna().all(axis=None)
