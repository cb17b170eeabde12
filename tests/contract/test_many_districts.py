"""The invented packages of the benchmark are packages like any other."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import forecast as fc

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

from districts import make  # noqa: E402

PARTS = 2


@pytest.fixture(scope="module")
def split(tmp_path_factory):
    folder = tmp_path_factory.mktemp("invented") / "districts"
    assert make(folder, PARTS, source=ROOT / "data/kazakhstan") == 20 * PARTS
    return fc.load_dataset(folder)


def test_people_and_moves_are_shared_out_and_none_is_lost(split):
    whole = fc.load_dataset("kazakhstan")
    assert len(split.space) == PARTS * len(whole.space)
    for table in ("estimated/population", "population"):
        both = [data.table(table) for data in (split, whole)]
        mine = both[0].assign(region=both[0]["region"].str[:5])
        columns = ["region", "year", "sex"]
        found = [frame.groupby(columns)["value"].sum() for frame in (mine, both[1])]
        assert (found[0] == found[1]).all(), table
    rates = split.table("estimated/fertility").query("year == 2025").groupby("age")["value"].mean()
    theirs = whole.table("estimated/fertility").query("year == 2025").groupby("age")["value"].mean()
    assert rates.to_numpy() == pytest.approx(theirs.to_numpy())
    between = split.table("estimated/flows")
    same = between["origin"].str[:5] == between["destination"].str[:5]
    assert between[~same]["value"].sum() == whole.table("estimated/flows")["value"].sum()
    assert between[same]["value"].sum() > 0


def test_a_run_on_it_has_draws_and_a_nation_like_that_of_the_regions(split):
    mine = fc.run("baseline", split, until=2027, draws=50)
    theirs = fc.run("baseline", until=2027)
    assert mine.total()[2028] == pytest.approx(theirs.total()[2028], rel=2e-3)
    assert mine.draws == 50
