"""The doors of Python beside the commands of the same questions: same numbers, same faults."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.words.digits import number


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


def of_frame(run, name, **where):
    """(name of the region or nation, year) of the rows of a frame, one row a cell."""
    rows = run.frame(name)
    for column, value in where.items():
        rows = rows[rows[column] == value]
    space = run.space
    wide = rows.pivot(index="region", columns="year", values="value")
    return wide.loc[[space.nation, *space.ids]].set_axis(
        [space.name(region) for region in (space.nation, *space.ids)]
    )


@pytest.mark.parametrize("kind", ["school_place", "hospital_bed", "dwelling"])
@pytest.mark.parametrize("measure", ["need", "added_need", "gap"])
def test_needs_are_those_of_the_table_and_unknown_stays_unknown(baseline, kind, measure):
    wanted = of_frame(baseline, "infrastructure", kind=kind, measure=measure)
    found = baseline.by_region(f"{measure}:{kind}")
    pd.testing.assert_frame_equal(found, wanted, check_names=False)
    known = {"school_place": 0, "hospital_bed": 42, "dwelling": 6}[kind]
    assert found.notna().to_numpy().sum() == (known if measure == "gap" else 21 * 6)


@pytest.mark.parametrize("measure", ["labour_supply", "labour_demand", "labour_deficit"])
def test_labour_is_that_of_the_table(baseline, measure):
    wanted = of_frame(baseline, "labour", section="total", measure=measure)
    found = baseline.by_region(measure)
    pd.testing.assert_frame_equal(found, wanted, check_names=False)
    assert found.index.name == "jobs"


def test_a_measure_that_is_none_is_answered_with_the_nearest(baseline):
    with pytest.raises(fc.InputError, match="did you mean 'labour_deficit'"):
        baseline.by_region("labour_defict")


def test_the_parts_of_a_difference_add_up(baseline, dataset):
    project = fc.run("north-resettlement", dataset)
    found = fc.explain(project, baseline, region="Pavlodar Region")
    parts, whole = found.table.iloc[:-1], found.table.iloc[-1]
    assert parts.sum().to_numpy() == pytest.approx(whole.to_numpy(), abs=1e-6)
    difference = found.table["second"] - found.table["first"]
    assert difference.to_numpy() == pytest.approx(found.table["difference"].to_numpy(), abs=1e-6)
    people = [run.by_region().loc["Pavlodar Region", 2031] for run in (baseline, project)]
    assert whole[["first", "second"]].tolist() == pytest.approx(people)
    components = {
        "Births": ("births", 1), "Deaths": ("deaths", -1), "Emigration": ("emigration", -1),
        "Arrivals from other regions": ("internal_in", 1),
        "Departures to other regions": ("internal_out", -1),
        "Arrivals with support": ("support_in", 1),
    }  # fmt: skip
    assert set(parts.index) == {"Population of the base year", "Kandas in the quota",
                                "The same in both runs", *components}  # fmt: skip
    for run, column in ((baseline, "first"), (project, "second")):
        kandas = run.frame("immigration").query("stream == 'kandas_quota' and region == 'KZ-55'")
        assert parts.loc["Kandas in the quota", column] == pytest.approx(kandas["value"].sum())
    for words, (component, sign) in components.items():
        for run, column in ((baseline, "first"), (project, "second")):
            rows = run.frame("components").query(f"component == '{component}'")
            persons = sign * rows[rows["region"] == "KZ-55"]["value"].sum()
            assert parts.loc[words, column] == pytest.approx(persons, abs=1e-6), words
    support = parts.loc["Arrivals with support", "difference"]
    assert support == pytest.approx(5 * (1 - 0.5) * 1655)  # places that nobody took, in five years
    change, ends = number(whole["difference"]), [number(people[k]) for k in (1, 0)]
    assert found.text.startswith(f"Pavlodar Region, 1 January 2031: +{change} people by the sc")
    assert f"({ends[0]} instead of {ends[1]})" in found.text
    assert f"moves with support +{number(support)}" in found.text
    assert fc.explain(project, baseline, region="Kazakhstan").region == dataset.nation
    with pytest.raises(fc.InputError, match="Pavlodar"):
        fc.explain(project, baseline, region="Pavlodr Region")


def test_targets_are_measured_in_the_run(baseline, dataset):
    table = fc.targets(baseline, dataset).table.droplevel("scenario")
    unknown = table["value"].isna()
    assert unknown.any()
    assert (table["reason"] != "").equals(unknown)
    assert table["gap"].isna().equals(unknown)
    assert table.loc[unknown, "met"].isna().all()
    known = table[~unknown]
    assert ((known["gap"] <= 0) == known["met"].astype(bool)).all()
    assert (known["gap"].abs() - (known["value"] - known["target"]).abs()).abs().max() < 1e-6
    row = table.loc["Balance of external migration"]
    moves = baseline.frame("components").query("year == 2030").groupby("component")["value"].sum()
    assert row["year"] == 2030
    assert row["value"] == pytest.approx(moves["immigration"] - moves["emigration"])
    assert row["gap"] == pytest.approx(row["target"] - row["value"])  # positive = short
    row = table.loc["Balance of moves of the four northern regions"]
    assert row["met"]
    north = ["Akmola Region", "Kostanay Region", "Pavlodar Region", "North Kazakhstan Region"]
    net = baseline.by_region("net_internal_migration").loc[north, 2030].sum()
    assert row["value"] == pytest.approx(net)


def test_the_quota_holds_what_is_published_and_gives_out_as_much(baseline, dataset):
    quota = fc.quota(baseline, dataset)
    norms = dataset.table("norms/settlement").query("measure == 'places' and year == 2026")
    for stream, whole in (("kandas", 2281), ("resettlers", 5997)):
        table = quota.table.loc[stream]
        rows = norms[(norms["stream"] == stream) & (norms["value"] > 0)]
        published = {baseline.space.name(r): v for r, v in zip(rows["region"], rows["value"],
                                                               strict=True)}  # fmt: skip
        found = table["published 2026"].drop("Kazakhstan")
        assert found[found > 0].to_dict() == published
        for column in ("published 2026", "best 2026"):
            parts, nation = table[column].drop("Kazakhstan"), table.loc["Kazakhstan", column]
            assert parts.sum() == pytest.approx(nation) == whole
        assert (table["best 2026"] >= 0).all()
    outcomes = quota.outcomes
    assert outcomes.index.tolist() == ["best quota", "published for 2025", "published for 2026"]
    best, known = outcomes.loc["best quota"], outcomes.loc["published for 2026"]
    assert best["places"] == known["places"] == 2281 + 5997
    assert best["points"] > known["points"]  # the same places, better laid
    assert (outcomes["workers"] < outcomes["settled"]).all()
    assert (outcomes["settled"] < outcomes["places"]).all()
    assert quota.worth["price"].is_monotonic_decreasing
    dearest = quota.worth.iloc[0]
    assert number(dearest["limit"]) in dearest["limit_words"]
    assert number(dearest["price"], 3) in dearest["worth"]


def test_a_card_ranks_by_its_points(baseline):
    scored = fc.score("settlement-need", baseline, draws=20)
    card, criteria = scored.table, scored.criteria
    assert card["rank"].tolist() == list(range(1, 21))
    assert card["score"].is_monotonic_decreasing
    assert (card["passes"] == (card["score"] >= 50)).all()
    assert 0 < card["passes"].sum() < 20
    assert set(card.index) == {region.name for region in baseline.space.regions}
    points = card[list(criteria.index)]
    rest = card["score"] - points.sum(axis=1)  # what the reference has is the same for all
    assert rest.max() - rest.min() < 1e-9
    spread = points.max() - points.min()
    assert (spread <= criteria["weight"] + 1e-9).all()
    assert (spread > 1).sum() >= 4
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
