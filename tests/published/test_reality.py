"""The baseline beside published figures: pupils, births, official projections.

Authority: 382 thousand first graders of 2023/24, registered births, the projections of the Centre
for Workforce Development (2022) and United Nations World Population Prospects 2024; all are rows
of the data package with their source.
"""

from __future__ import annotations

import numpy as np
import pytest

import forecast as fc
from forecast.commands.reality import show
from forecast.realism import COLUMNS, reality_frame


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset()


@pytest.fixture(scope="module")
def projection(dataset):
    return fc.run("baseline", dataset)


@pytest.fixture(scope="module")
def frame(projection, dataset):
    return reality_frame(projection, dataset)


def test_every_row_has_its_words_and_source(frame):
    assert list(frame.columns) == list(COLUMNS)
    assert (frame["verdict"] != "").all()
    assert (frame["source"] != "").all()
    assert list(frame["check"].unique()) == ["grade_1", "births", "change", "official", "un"]
    known = frame.dropna(subset=["ours", "published"])
    assert known["difference"].to_numpy() == pytest.approx(
        (known["ours"] - known["published"]).to_numpy()
    )


def test_first_graders_of_2023_are_those_enrolled(frame):
    row = frame.query("measure == 'entering_school' and region == 'KZ'").iloc[0]
    assert (row["year"], row["published"]) == (2023, 382_000)
    assert row["ours"] == pytest.approx(row["published"], rel=0.03)


def test_first_graders_fall_every_year_from_2028_to_2031(frame):
    path = frame.query("measure == 'entering_school_path'").set_index("year")
    assert list(path.index) == [2026, 2027, 2028, 2029, 2030, 2031]
    assert (np.diff(path["ours"].loc[2027:]) < 0).all()
    assert path["ours"].to_numpy() == pytest.approx(path["published"].to_numpy(), rel=0.01)


def test_children_are_those_who_were_born_or_came(frame):
    rows = frame[frame["check"] == "births"]
    assert list(rows["measure"]) == [f"age_{age}" for age in range(2, 7)]
    assert (rows["difference"] < 0).all()
    assert (rows["ours"] / rows["published"] > 0.98).all()


def test_the_observed_change_of_the_capital_is_far_above_the_official_projection(frame):
    row = frame.query("measure == 'change_so_far' and region == 'KZ-71'").iloc[0]
    assert row["ours"] == 343_465
    assert row["published"] == 210_000  # half of 420 thousand in half of the years
    whole = frame.query("measure == 'change' and region == 'KZ-71' and year == 2030").iloc[0]
    assert whole["published"] == 420_000
    assert whole["difference"] > 100_000


def test_the_united_nations_stand_on_the_same_date(frame):
    row = frame.query("check == 'un' and year == 2030").iloc[0]
    assert row["published"] == 10_682_941 + 11_207_480  # 31 December 2029
    assert row["ours"] < row["published"]


def test_what_lies_beyond_the_run_says_so(frame, projection):
    rows = frame[(frame["check"] == "official") & (frame["year"] == 2050)]
    assert rows["ours"].isna().all()
    assert (rows["verdict"] == f"the run ends on 1 January {projection.last_year}").all()


def test_the_table_shows_every_check(frame, dataset, capsys):
    show(frame, dataset.space)
    said = capsys.readouterr().out
    assert "Astana" in said
    assert "falls by" in said
    assert "official projection of the change" in said
