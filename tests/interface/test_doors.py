"""The doors of Python beside the commands of the same questions: same numbers, same faults."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import forecast as fc


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset()


@pytest.fixture(scope="module")
def baseline(dataset):
    return fc.run("baseline", dataset)


def test_a_measure_by_region_has_the_nation_first_and_its_sum(baseline, dataset):
    people = baseline.by_region("population")
    assert list(people.index[:2]) == ["Kazakhstan", "Abai Region"]
    assert people.index.name == "persons"
    assert people.iloc[0].to_numpy() == pytest.approx(people.iloc[1:].sum().to_numpy())
    assert people.loc["Kazakhstan", 2031] == pytest.approx(baseline.total()[2031])


def test_growth_is_natural_increase_and_net_migration(baseline):
    people = baseline.by_region("population")
    grown = people.diff(axis=1).shift(-1, axis=1).dropna(axis=1)
    parts = baseline.by_region("natural_increase") + baseline.by_region("net_migration")
    assert parts.to_numpy() == pytest.approx(grown.to_numpy(), abs=1e-6)
    inside = baseline.by_region("net_internal_migration")
    assert np.abs(inside.iloc[0]).max() < 1e-6


def test_needs_and_labour_are_those_of_the_tables(baseline):
    frame = baseline.frame("infrastructure")
    rows = frame[(frame["kind"] == "school_place") & (frame["measure"] == "gap")]
    gaps = baseline.by_region("gap:school_place")
    assert gaps.isna().to_numpy().sum() == rows["value"].isna().sum()  # unknown, never 0
    labour = baseline.frame("labour")
    total = labour[(labour["section"] == "total") & (labour["measure"] == "labour_deficit")]
    assert baseline.by_region("labour_deficit").to_numpy().sum() == pytest.approx(
        total["value"].sum()
    )


def test_a_measure_that_is_none_is_answered_with_the_nearest(baseline):
    with pytest.raises(fc.InputError, match="did you mean 'labour_deficit'"):
        baseline.by_region("labour_defict")


def test_the_parts_of_a_difference_add_up(baseline, dataset):
    project = fc.run("north-resettlement", dataset)
    found = fc.explain(project, baseline, region="Pavlodar Region")
    parts, whole = found.table.iloc[:-1], found.table.iloc[-1]
    assert parts["difference"].sum() == pytest.approx(whole["difference"], abs=1.0)
    people = [run.by_region().loc["Pavlodar Region", 2031] for run in (baseline, project)]
    assert whole["first"] == pytest.approx(people[0])
    assert whole["second"] == pytest.approx(people[1])
    assert found.text.startswith("Pavlodar Region, 1 January 2031: +")
    assert fc.explain(project, baseline, region="Kazakhstan").region == dataset.nation
    with pytest.raises(fc.InputError, match="Pavlodar"):
        fc.explain(project, baseline, region="Pavlodr Region")


def test_targets_and_quota_and_card_hold_what_the_commands_print(baseline, dataset):
    targets = fc.targets(baseline, dataset).table
    assert targets["value"].notna().any()
    assert (targets.loc[targets["value"].isna(), "reason"]).all()
    quota = fc.quota(baseline, dataset)
    best = quota.table["best 2026"].unstack("Region")
    assert best["Kazakhstan"].to_numpy() == pytest.approx(
        best.drop(columns="Kazakhstan").sum(axis=1).to_numpy()
    )
    assert quota.outcomes["points"].iloc[0] >= quota.outcomes["points"].iloc[-1]
    assert quota.worth["price"].is_monotonic_decreasing
    card = fc.score("settlement-need", baseline, draws=20).table
    assert card["rank"].is_monotonic_increasing
    assert len(card) == 20
    with pytest.raises(fc.InputError, match="needs their file"):
        fc.score("applicant-example", baseline)


def test_words_stand_left_and_what_is_missing_is_empty():
    fc.readable(0)
    try:
        table = pd.DataFrame({"what": ["a", "b"], "value": [-0.2, np.nan]})
        shown = fc.as_text(table).to_html()
        assert "text-align: left" in shown
        assert "nan" not in shown
        assert ">0<" in shown
        assert "-0" not in table.to_html()
    finally:
        pd.reset_option("display")
