"""Scores, pass rates and thresholds computed by hand."""

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.scenario.values import Wrong
from forecast.settlement.score import Scores
from forecast.settlement.score_change import cheapest
from forecast.settlement.score_groups import (
    by_threshold,
    lowest_meeting,
    pass_rates,
    thresholds_of,
)
from forecast.settlement.score_read import load_card
from forecast.settlement.score_run import clip_share, known_measure, measured, openings_short
from forecast.settlement.score_whole import applicant_terms, qualified_rows, region_terms, whole
from forecast.space import Region, Space

CARD = """
title: {en: Two criteria, ru: Два критерия, kk: Екі критерий}
kind: applicants
pass_mark: 60
qualified: {education: [higher]}
target: 0.5
criteria:
  age:
    name: age
    column: age
    weight: 40
    bins:
      - {from: 18, to: 30, value: 1}
      - {from: 30, to: 50, value: 0.5}
      - {from: 50, to: 100, value: 0}
    reference: 30
    fixed: true
  education:
    name: education
    column: education
    weight: 60
    words: {none: 0, tvet: 0.5, higher: {value: 1, also: [university]}}
    reference: tvet
"""


@pytest.fixture
def card(tmp_path):
    path = tmp_path / "two.yml"
    path.write_text(CARD, encoding="utf-8")
    return load_card(path)


def test_the_score_of_four_applicants(card):
    rows = pd.DataFrame({"age": [18.0, 30, 49.9, 50],
                         "education": ["higher", "tvet", "none", "higher"]})  # fmt: skip
    scores = Scores(card, applicant_terms(card, rows), card.pass_mark)
    assert scores.score.tolist() == [100, 50, 20, 60]
    assert scores.reference == 50  # 40 x 0.5 + 60 x 0.5
    assert scores.contributions.tolist() == [[20, 30], [0, 0], [0, -30], [-20, 30]]
    assert scores.passed.tolist() == [True, False, False, True]
    assert scores.rank.tolist() == [1, 3, 4, 2]
    found = cheapest(scores)
    assert found.criteria.tolist() == [0, 1, 1, 0]
    assert found.steps.tolist() == [0, 1, 2, 0]
    moves = [(term.criterion.id, now, then) for term, now, then in found.moves(1)]
    assert moves == [("education", "tvet", "higher")]
    assert qualified_rows(card, scores.terms).tolist() == [True, False, False, True]


def test_the_nearest_bin_is_named_whether_values_rise_or_fall(card):
    falling = card.criterion("age")
    assert [falling.label(k) for k in range(3)] == ["18…30", "30…50", "50…100"]
    assert falling.codes(np.array([17.9, 18, 30, 99.9, 100, np.nan])).tolist() == [
        -1,
        0,
        1,
        2,
        -1,
        -1,
    ]
    assert np.isnan(falling.worth(np.array([np.nan]))).all()


def test_pass_rates_and_the_four_fifths_rule():
    """Uniform Guidelines, question 11: 48 of 80 (60 %) against 12 of 40 (30 %): 0.5 of the best."""
    labels = pd.Series(["white"] * 80 + ["black"] * 40)
    passed = np.array([True] * 48 + [False] * 32 + [True] * 12 + [False] * 28)
    found = pass_rates(labels, passed).set_index("group")
    assert found.loc["white", "rate"] == 0.6
    assert found.loc["black", "rate"] == 0.3
    assert found.loc["black", "difference"] == pytest.approx(-0.3)
    assert found.loc["black", "ratio"] == 0.5
    assert found["adverse"].to_dict() == {"white": False, "black": True}


def test_small_groups_are_hidden_and_cannot_be_worked_out():
    labels = pd.Series(["a"] * 40 + ["b"] * 20 + ["c"] * 3)
    passed = np.array([True, False] * 20 + [True, False] * 10 + [True] * 3)
    found = pass_rates(labels, passed).set_index("group")
    assert "c" not in found.index, "a label of three people may be a name"
    assert np.isnan(found.loc["*", ["people", "passed", "rate", "ratio"]].astype(float)).all()
    assert "c" in set(pass_rates(labels, passed, known=["c"])["group"]), "of a card or a region"
    assert np.isnan(found.loc["b", "people"]), "63 people in all would tell the three"
    assert found.loc["a", "rate"] == 0.5
    few_fail = pass_rates(pd.Series(["a"] * 20 + ["b"] * 20 + ["c"] * 20),
                          np.array([True] * 18 + [False] * 2 + [True, False] * 20))  # fmt: skip
    few_fail = few_fail.set_index("group")
    assert few_fail["people"].tolist() == [20, 20, 20]
    assert np.isnan(few_fail.loc["a", "rate"])
    assert few_fail["rate"].notna().sum() == 1


def test_a_threshold_cuts_the_inflow_and_lifts_its_qualification():
    score = np.repeat([10.0, 20.0, 30.0], 10)
    qualified = np.repeat([False, True, True], 10)
    qualified[10:15] = False
    found = by_threshold(score, qualified, np.array([0.0, 10.0, 20.0, 25.0, 40.0]))
    assert found["people"].tolist() == [30, 30, 20, 10, 0]
    assert found["share"].tolist() == pytest.approx([1, 1, 2 / 3, 1 / 3, 0])
    assert found["qualified"].tolist()[:4] == [0.5, 0.5, 0.75, 1.0]
    assert np.isnan(found["qualified"].iloc[4])
    assert lowest_meeting(score, qualified, 0.5) == 10
    assert lowest_meeting(score, qualified, 0.7) == 20
    assert lowest_meeting(score, qualified, 0.95) == 30
    assert np.isnan(lowest_meeting(score, ~qualified, 0.95))
    assert 60 in thresholds_of(100, 60)


def test_counts_between_two_thresholds_are_not_given_away():
    score = np.array([10.0] * 20 + [20.0] * 2 + [30.0] * 20)
    found = by_threshold(score, None, np.array([0.0, 15.0, 25.0]))
    assert found["people"].isna().tolist() == [False, False, True]


def test_the_labour_term_is_the_share_of_openings_that_is_not_filled():
    found = clip_share(np.array([5.0, -5, 20, 3, 0, np.nan, 1]),
                       np.array([10.0, 10, 10, 0, 0, 10, np.nan]))  # fmt: skip
    assert found[:5].tolist() == [0.5, 0, 1, 1, 0]
    assert np.isnan(found[5:]).all()


def detail():
    """Two years, one region: 4 jobs short at the end, 3 + 5 openings."""
    rows = [
        (region, year, "total", "total", measure, value)
        for region, scale in (("A", 1), ("N", 2))
        for year, measure, value in (
            (2026, "labour_deficit", 9.0 * scale), (2027, "labour_deficit", 4.0),
            (2026, "openings", 3.0 * scale), (2027, "openings", 5.0 * scale),
        )
    ]  # fmt: skip
    columns = ["region", "year", "section", "qualification", "measure", "value"]
    return pd.DataFrame(rows, columns=columns)


def test_deficit_of_the_last_year_over_openings_of_all_years():
    found = openings_short(detail())
    assert found["A", "total", "total"] == 0.5
    assert found["N", "total", "total"] == 0.25


def test_measures_of_a_run_by_hand():
    names = dict.fromkeys(("en", "ru", "kk"), "A")
    space = Space((Region("A", "A", "region", names),), "N", names)
    labour = pd.DataFrame({
        "region": ["A", "A", "N", "N"], "year": 2027, "section": "total",
        "measure": ["labour_deficit", "labour_demand"] * 2, "value": [5.0, 50, 10, 200],
    })  # fmt: skip
    people = pd.DataFrame({"region": "A", "year": [2026, 2027, 2028], "value": [900.0, 1000, 1100]})
    components = pd.DataFrame({
        "region": "A", "year": [2026, 2027] * 2,
        "component": ["internal_in"] * 2 + ["internal_out"] * 2, "value": [30.0, 40, 10, 20],
    })  # fmt: skip
    needs = pd.DataFrame({
        "region": "A", "year": [2026, 2027, 2026, 2027], "kind": "school",
        "measure": ["need", "need", "gap", "gap"], "value": [100.0, 110, np.nan, 11],
    })  # fmt: skip
    frames = {"labour": labour, "population": people, "components": components,
              "infrastructure": needs, "labour_detail": detail()}  # fmt: skip
    assert measured("deficit_share", frames, space).tolist() == [10, 5]
    rate = 1000 * 40 / 2000  # 20 + 20 people in 950 + 1050 person-years
    assert measured("net_internal_migration", frames, space) == pytest.approx([rate, rate])
    assert measured("added_need:school", frames, space)[0] == 10
    assert measured("need_gap:school", frames, space)[0] == 10
    assert np.isnan(measured("need_gap:school", frames, space)[1])
    assert measured("deficit_of_openings", frames, space).tolist() == [0.5, 0.25]
    for name in ("need_gap:nothing", "total_dependency"):
        with pytest.raises(Wrong):
            measured(name, frames, space)
    for name in ("deficit", "need_gap", "deficit_share:school", 3):
        with pytest.raises(Wrong):
            known_measure(name)


def test_an_unknown_measure_makes_the_score_unknown_and_not_small(card):
    shipped = load_card("settlement-need")
    values = {each.id: np.array([0.5, 0.5, 0.5]) for each in shipped.criteria}
    values["loss"] = np.array([np.nan, -7.0, np.nan])
    scores = Scores(shipped, region_terms(shipped, values), shipped.pass_mark)
    found = whole(scores, ["A", "B"], draws=20)
    assert np.isnan(scores.score[0])
    assert np.isnan(scores.rank[0])
    assert scores.rank[1] == 1
    assert found.changes.criteria[0] == -1
    assert found.firmness.loc[0].isna().all()


def test_shipped_cards_are_sound_and_the_example_says_so():
    example = load_card("applicant-example")
    assert example.example
    assert example.pass_mark == 400
    for words in ("EXAMPLE", "ПРИМЕР", "ҮЛГІСІ"):
        assert any(words in title for title in example.titles.values())
    assert all(each.status == "assumption" and each.source for each in example.criteria)
    assert load_card("settlement-need").kind == "regions"
    with pytest.raises(fc.InputError, match="did you mean 'settlement-need'"):
        load_card("settlement-nee")
