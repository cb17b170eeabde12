"""`forecast indicators` and `forecast compare --account` as a planner uses them.

Authority: the tables of the runs themselves; hand-made formulas of the same sums.
"""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook
from test_figures import LATIN, words_of
from test_flow_figures import apart

import forecast as fc
from forecast.account import ADDED, DEFICIT, DIFFERENCE, POPULATION, account
from forecast.cli import main
from forecast.commands.account import Explained
from forecast.indicators import FILE, measured, read_indicators
from forecast.report.bullets import bullets, shown_rows
from forecast.report.waterfall import steps, waterfall
from forecast.words import speaking

DONE, WRONG = 0, 2
SCENARIOS = ("baseline", "north-resettlement", "alatau-general-plan", "baseline+fertility-high")
NORTH = ("KZ-11", "KZ-39", "KZ-55", "KZ-59")


@pytest.fixture(scope="module")
def runs():
    dataset = fc.load_dataset("kazakhstan")
    return {
        name: fc.run(name, dataset, until=2028, draws=40 if "+" not in name else None)
        for name in SCENARIOS
    }


@pytest.fixture(scope="module")
def folders(runs, tmp_path_factory):
    place = tmp_path_factory.mktemp("runs")
    for name in ("baseline", "north-resettlement"):
        runs[name].save(place / name, figures=False, workbook=False)
    return place


@pytest.fixture(scope="module")
def declared(runs):
    space = runs["baseline"].space
    return read_indicators(fc.load_dataset("kazakhstan").path / FILE, space)


@pytest.fixture
def ask(in_tmp, capsys):
    """Ask in this process: the exit code, the output, what was remarked."""

    def call(*words):
        code = main(list(map(str, words)))
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


# ---- the account


@pytest.mark.parametrize("other", SCENARIOS[1:])
def test_parts_add_up_in_every_region_and_the_nation(runs, other):
    rows = account(runs["baseline"], runs[other]).rows
    keys = ["account", "region", "kind"]
    whole = rows[rows["part"] == DIFFERENCE].set_index(keys)["value"]
    parts = rows[rows["part"] != DIFFERENCE].groupby(keys)["value"].sum()
    assert (whole - parts).abs().max() < 1e-6
    assert not (rows["part"] == "rest").any()
    regions = {*runs[other].space.ids, runs[other].nation}
    assert set(rows.loc[rows["account"] == POPULATION, "region"]) == regions
    assert {POPULATION, DEFICIT, ADDED} == set(rows["account"])


def test_each_scenario_is_explained_by_what_it_changes(runs):
    one, nation = runs["baseline"], runs["baseline"].nation
    plan = account(one, runs["alatau-general-plan"])
    came = plan.of(POPULATION, "KZ-19").set_index(["part", "point"])["value"]
    assert came[("growth_point_in", "alatau")] > 0.9 * came[(DIFFERENCE, "")]
    young = account(one, runs["baseline+fertility-high"])
    assert young.value(POPULATION, nation, "births") > 0
    assert abs(young.value(POPULATION, nation, "births")) == pytest.approx(
        abs(young.value(POPULATION, nation)), rel=0.05)  # fmt: skip
    north = account(one, runs["north-resettlement"])
    assert north.value(POPULATION, nation, "kandas_quota") > 0
    moved = north.value(POPULATION, "KZ-59", "support_in")
    assert moved == pytest.approx(
        runs["north-resettlement"].frame("components").query(
            "region == 'KZ-59' and component == 'support_in'")["value"].sum())  # fmt: skip


def test_the_account_is_the_difference_of_the_table(runs):
    one, other = runs["baseline"], runs["north-resettlement"]
    found, table = account(one, other), other.compare(one)
    last = table[(table["measure"] == "population") & (table["year"] == 2029)]
    for line in last.to_dict("records"):
        assert found.value(POPULATION, line["region"]) == pytest.approx(line["difference"])


@pytest.mark.parametrize("region", [None, "KZ-75", "KZ-55"])
def test_every_column_of_the_table_adds_up_to_its_last_row(runs, region):
    for name in ("alatau-general-plan", "north-resettlement"):
        table = Explained.of(runs["baseline"], runs[name], region).table
        assert list(table.index).count("The same in both runs") <= 1
        assert table.iloc[:-1].sum().to_numpy() == pytest.approx(table.iloc[-1].to_numpy())
    assert "The same in both runs" in table.index  # nobody changes immigration here


def test_the_figure_ends_where_the_account_does(runs):
    found = Explained.of(runs["baseline"], runs["alatau-general-plan"], None)
    table = steps(found)
    assert table["value"].iloc[:-1].sum() == pytest.approx(table["value"].iloc[-1])
    for lang in ("en", "ru", "kk"):
        with speaking(lang):
            fresh = Explained.of(runs["baseline"], runs["alatau-general-plan"], "KZ-75")
            apart(waterfall(fresh).get_figure(root=True))


@pytest.mark.parametrize("lang", ["ru", "kk"])
def test_no_english_word_is_left_in_an_account(runs, cyrillic, lang):
    with speaking(lang):
        found = Explained.of(runs["baseline"], runs["alatau-general-plan"], None)
        said = found.text + words_of(waterfall(found).get_figure(root=True))
    said = said.replace("alatau-general-plan", "").replace("baseline", "")
    said = said.replace(found.one.run_id, "").replace(found.other.run_id, "")
    assert not [line for line in said.splitlines() if LATIN.search(line)]


def test_compare_keeps_its_output_and_adds_the_account(ask, folders):
    pair = ("compare", folders / "baseline", folders / "north-resettlement")
    _, plain, _ = ask(*pair)
    code, told, said = ask(*pair, "--account", "--plot", "why.png")
    assert code == DONE
    assert told.startswith(plain)
    assert "It comes from:" in told
    assert "Written to why.png" in said
    _, bare, _ = ask(*pair, "--json")
    _, full, _ = ask(*pair, "--json", "--account", "--region", "KZ-59")
    assert "account" not in json.loads(bare)
    record = json.loads(full)["account"]
    assert record["year"] == 2029
    assert record["region"] == "KZ-59"
    assert {line["region"] for line in record["rows"]} == {"KZ-59"}
    low, high = record["interval_80"]
    assert low < high


def test_a_bad_figure_is_refused_before_anything_is_run(ask, folders):
    code, _, said = ask("compare", folders / "baseline", folders / "baseline", "--plot", "a.docx")
    assert code == WRONG
    assert "this is no kind of figure" in said


# ---- the indicators


def test_shipped_indicators_are_the_sums_of_the_tables(runs, declared):
    run = runs["north-resettlement"]
    rows = measured(declared, run)
    rows = rows[rows["role"] == "run"].set_index(["indicator", "year"])
    moves = run.frame("components")
    moves = moves[moves["year"] == 2028].pivot_table(
        index="region", columns="component", values="value")  # fmt: skip
    arrived = moves[["internal_in", "growth_point_in", "support_in"]].sum(axis=1)
    left = moves[["internal_out", "growth_point_out", "support_out"]].sum(axis=1)
    north = list(NORTH)
    share = 100 * arrived[north].sum() / arrived.sum()
    assert rows.loc[("share_to_four_northern", 2028), "value"] == pytest.approx(share)
    net = (arrived - left)[north].sum()
    assert rows.loc[("balance_of_four_northern", 2028), "value"] == pytest.approx(net)
    outside = (moves["immigration"] - moves["emigration"]).sum()
    assert rows.loc[("external_balance", 2028), "value"] == pytest.approx(outside)
    quota = run.frame("supported")
    quota = quota[(quota["region"] == run.nation) & (quota["year"] == 2028)]
    quota = quota.groupby("measure")["value"].sum()
    taken = rows.loc[("quota_take_up", 2028)]
    assert taken["value"] == pytest.approx(100 * quota["taken"] / quota["places"])
    assert taken["status"] == "assumption"
    assert np.isnan(taken["probability"])
    for name in ("qualified_arrivals", "settlers_employment", "outflow_of_settlers"):
        assert np.isnan(rows.loc[(name, 2028), "value"])
        assert rows.loc[(name, 2028), "reason"]


def test_probabilities_are_counted_in_the_draws_of_the_run(runs, declared):
    run = runs["baseline"]
    rows = measured(declared, run)
    rows = rows[rows["role"] == "run"].set_index(["indicator", "year"])
    outside = run.samples("external_net").loc[2028]
    assert rows.loc[("external_balance", 2028), "probability"] == (outside >= 0).mean()
    net = sum(run.samples("internal_net", region=region).loc[2028] for region in NORTH)
    wanted = float((net > -20248).mean())
    found = rows.loc[("balance_of_four_northern", 2028), "probability"]
    assert found == pytest.approx(wanted, abs=1 / run.draws)


def test_runs_stand_side_by_side_with_files(ask, folders):
    places = [folders / "baseline", folders / "north-resettlement"]
    code, told, said = ask("indicators", *places, "--out", "found", "--year", "2028")
    assert code == DONE
    assert told.count("Resettlement to the north") >= 5
    assert "9 more indicators: definition not published." in told
    assert "do not reproduce it" in " ".join(told.split())
    for name in ("indicators.csv", "indicators.xlsx", "indicators.png", "indicators.svg"):
        assert f"Written to found/{name}" in said
    table = pd.read_csv("found/indicators.csv")
    assert set(table["scenario"]) == {"baseline", "north-resettlement"}
    assert (table["indicator"] == "unpublished-9").sum() == 2
    sheet = load_workbook("found/indicators.xlsx").active
    assert sheet.max_row > len(table)
    _, text, _ = ask("indicators", places[0], "--json")
    record = json.loads(text)
    assert record["runs"][0]["scenario"] == "baseline"
    assert len(record["rows"]) == len(table) / 2


@pytest.mark.parametrize("lang", ["en", "ru", "kk"])
def test_no_word_of_the_bullets_touches_another(runs, declared, lang):
    chosen = [runs["baseline"], runs["north-resettlement"]]
    with speaking(lang):
        frame = pd.concat([measured(declared, run) for run in chosen], ignore_index=True)
        apart(bullets(frame, chosen, "Title").get_figure(root=True))


@pytest.mark.parametrize("lang", ["ru", "kk"])
def test_no_english_word_is_left_in_the_indicators(ask, folders, cyrillic, lang):
    place = folders / "baseline"
    with speaking(lang):
        _, told, _ = ask("indicators", place, "--lang", lang)
    assert re.findall(r"[A-Za-z]{2,}", told) == []


@pytest.mark.parametrize(("words", "said"), [
    (["results/none"], "there is no"),
    (["{run}", "--year", "2040"], "2040 is not within 2026-2028"),
    (["{run}", "--file", "none.yml"], "the file cannot be read"),
    (["{run}", "--data", "narnia"], "no data package 'narnia'"),
    (["{run}", "--plot", "a.txt"], "this is no kind of figure"),
    (["{run}", "--out", "{run}"], "this is the folder of a finished run"),
])  # fmt: skip
def test_what_is_wrong_is_told(ask, folders, words, said):
    run = str(folders / "baseline")
    code, _, told = ask("indicators", *(word.format(run=run) for word in words))
    assert code == WRONG
    assert said in told


def test_the_indicators_of_a_package_are_checked_with_it(ask, in_tmp, root):
    shutil.copytree(root / "data" / "kazakhstan", in_tmp / "own")
    path = in_tmp / "own" / FILE
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("region: deficit", "region: defict", 1), encoding="utf-8")
    code, _, told = ask("data", "check", "--data", "own")
    assert code == WRONG
    assert re.search(r"own/indicators.yml:\d+: .*formula.region: no region 'defict'", told)


def test_shown_rows_are_the_last_that_are_held_against_something(runs, declared):
    frame = measured(declared, runs["baseline"])
    rows = shown_rows(frame).set_index("indicator")
    assert rows.loc["external_balance", "year"] == 2028  # its target of 2030 is beyond the run
    assert rows.loc["qualified_arrivals", "year"] == 2030
    assert rows.index.is_unique
