"""Few people: nothing of them is told, and odd records end in words, not in a fault of the code."""

import json

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.cli import main
from forecast.settlement.records import Records, read_records, region_names
from forecast.settlement.retention import COLUMNS, episodes
from forecast.settlement.retention_hazards import hazard_frame, log_rank
from forecast.settlement.retention_tables import stay_frame
from forecast.settlement.score_groups import told

CARD = """\
title: {en: Card, ru: Card, kk: Card}
kind: applicants
pass_mark: 5
criteria:
  age:
    name: {en: age, ru: age, kk: age}
    column: age
    weight: 10
    bins: [{from: 18, to: 40, value: 1}, {from: 40, to: 63, value: 0}]
    reference: 30
"""


def run(words):
    try:
        return main(words)
    except SystemExit as stop:
        return stop.code


@pytest.mark.parametrize(("passed", "rows"), [(3, 3), (2, 50), (48, 50)])
def test_who_reaches_the_mark_is_not_told_of_a_few(tmp_path, capsys, passed, rows):
    (tmp_path / "card.yml").write_text(CARD, encoding="utf-8")
    ages = [20] * passed + [50] * (rows - passed)
    pd.DataFrame({"age": ages}).to_csv(tmp_path / "people.csv", index=False)
    words = ["score", str(tmp_path / "card.yml"), str(tmp_path / "people.csv")]
    assert run(words) == 0
    text = capsys.readouterr().out
    assert f"{passed} of {rows}" not in text
    assert "is not shown" in text
    run([*words, "--json"])
    assert json.loads(capsys.readouterr().out)["passed"] is None


def test_counts_of_few_or_of_few_others_are_hidden():
    assert np.isnan([told(1, 50), told(46, 50), told(3, 3), told(4, 4)]).all()
    assert [told(0, 50), told(50, 50), told(5, 10), told(0, 0)] == [0, 50, 5, 0]


def people(exits, **columns):
    entry = pd.to_datetime(["2020-01-01"] * len(exits))
    rows = pd.DataFrame({"row": range(2, len(exits) + 2), "entry": entry,
                         "exit": pd.to_datetime(exits), **columns})  # fmt: skip
    found = Records(rows, pd.DataFrame(columns=["row", "column", "reason"]), len(rows))
    return episodes(found, until=pd.Timestamp("2026-01-01")).people


def test_a_term_that_tells_who_leaves_has_no_ratio():
    days = pd.date_range("2020-02-01", periods=20).tolist()
    seen = people(days + [pd.NaT] * 20, age=[30.0] * 20 + [60.0] * 20)
    hazards, design = hazard_frame(seen)
    assert hazards.empty
    assert design.left_out == ("age",)


def test_when_all_left_at_one_moment_equal_stay_is_not_known():
    seen = people(["2020-06-01"] * 40, support=["a", "b"] * 20)
    assert np.isnan(log_rank(seen, ("support",)))


def test_a_rare_word_of_the_user_is_not_shown():
    seen = people([pd.NaT] * 20, support=["house"] * 17 + ["Petrov"] * 3)
    found = stay_frame(seen, [("support",)])
    assert "Petrov" not in set(found["support"])
    assert found["support"].tolist()[1:] == ["*", "house"]


def test_the_year_9999_is_still_there(tmp_path):
    text = "entry,exit,region\n2020-01-01,9999-12-31,KZ-55\n2020-01-01,,KZ-55\n"
    (tmp_path / "r.csv").write_text(text, encoding="utf-8")
    rows = read_records(tmp_path / "r.csv", COLUMNS, regions=region_names(fc.load_dataset().space))
    seen = episodes(rows, until=pd.Timestamp("2026-01-01"))
    assert seen.people["left"].tolist() == [False, False]
    assert seen.people["years"].nunique() == 1
