"""The table of a comparison: settlers who leave again beside the moves with support.

Authority: the account of the same runs, and the difference of their populations.
"""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

import forecast as fc
from forecast.account import POPULATION, account
from forecast.cli import main
from forecast.commands.compare import TERMS, returned, terms

NORTH = "KZ-59"
FROM_SOUTH = 0.48  # of the resettlers, the share of KZ-61 among the donors of the scenario
STAYS = "extends: north-resettlement\nlevers: {resettlement: {stay: {1: 0.7, 3: 0.4}}}\n"


@pytest.fixture(scope="module")
def runs():
    dataset = fc.load_dataset("kazakhstan")
    return [fc.run("baseline", dataset, until=2029),
            fc.run(fc.parse_scenario(STAYS), dataset, until=2029)]  # fmt: skip


def compared(first, second):
    table = second.compare(first)
    return table, terms(table, returned(first, second))


def test_the_terms_still_add_up_to_the_difference(runs):
    table, arose = compared(*runs)
    stock = table[table["measure"] == "population"].set_index(["region", "year"])["difference"]
    for year in (2027, 2030):
        past = arose[arose.index.get_level_values("year") < year]
        found = past.groupby(level="region").sum().sum(axis=1)
        ends = stock.xs(year, level="year")
        pd.testing.assert_series_equal(found, ends, check_names=False, atol=1e-6)
    assert set(arose.columns) == set(TERMS)


def test_returns_are_those_of_the_account_and_the_sum_is_unchanged(runs):
    _, arose = compared(*runs)
    both = account(*runs)
    total = arose.groupby(level="region").sum()
    for region in (NORTH, "KZ-61"):
        came, left = (both.value(POPULATION, region, part) for part in ("came_again", "left_again"))
        wanted = sum(value for value in (came, left) if value == value)
        assert total.loc[region, "returns"] == pytest.approx(wanted)
    assert total.loc[NORTH, "returns"] < -1000
    assert total["returns"].sum() == pytest.approx(0, abs=1e-6)  # they move inside the country
    told = runs[1].frame("supported").query("stream == 'resettlers'")
    told = told.pivot_table(index=["region", "year"], columns="measure", values="value")
    for year in (2027, 2028, 2029):
        back = told.loc[("KZ", year), "left_again"]
        assert arose.loc[(NORTH, year), "returns"] == -told.loc[(NORTH, year), "left_again"]
        assert arose.loc[("KZ-61", year), "returns"] == pytest.approx(FROM_SOUTH * back)
        assert back > 500
        # without them the moves with support are whom the quota settles, and where they come from
        settled = told.loc[(NORTH, year), "people"]
        assert arose.loc[(NORTH, year), "support"] == pytest.approx(settled)
        gone = told.loc[("KZ", year), "people"]
        assert arose.loc[("KZ-61", year), "support"] == pytest.approx(-FROM_SOUTH * gone)


def test_a_run_that_does_not_tell_of_returns_keeps_them_in_its_moves(runs):
    first, second = runs
    frames = {**second.frames, "supported": second.frames["supported"].iloc[:0]}
    old = dataclasses.replace(second, frames=frames)
    _, arose = compared(first, old)
    assert (arose["returns"] == 0).all()
    known = compared(*runs)[1]
    assert known["returns"].abs().max() > 100
    whole = known["support"] + known["returns"]
    pd.testing.assert_series_equal(arose["support"], whole, check_names=False, atol=1e-9)
    others = [name for name in TERMS if name not in ("support", "returns")]
    pd.testing.assert_frame_equal(arose[others], known[others])


def test_the_screen_has_a_column_of_them_only_where_somebody_leaves(runs, tmp_path, capsys):
    places = [str(tmp_path / name) for name in ("one", "two")]
    for run, place in zip(runs, places, strict=True):
        run.save(place, figures=False, workbook=False)
    for more in ([], ["--region", NORTH]):
        assert main(["compare", *places, *more]) == 0
        told = capsys.readouterr().out
        assert "leave again" in told
        assert main(["compare", places[0], places[0], *more]) == 0
        assert "leave again" not in capsys.readouterr().out
