"""`forecast check --plan` as a planner uses it; what a run and its workbook keep of the audit."""

from __future__ import annotations

import json
import re

import click
import pytest
from openpyxl import load_workbook
from test_cli import DONE, WRONG, forecast, refused

import forecast as fc
from forecast.audit import read_frame
from forecast.audit.words import measure_words, place_names, sentence
from forecast.commands.audit import print_audit
from forecast.words import speaking

GOOD = """extends: baseline
growth_points:
  town:
    region: Pavlodar Region
    existing: {people: 80000}
    plan:
      population: {2030: 82000}
      jobs: {2030: 37000}
      source: the plan
      claims: [{measure: jobs, year: 2030, value: 38000, source: the administration}]
    source: the plan
"""


@pytest.fixture(scope="module")
def alatau():
    return fc.run("alatau-general-plan")


def test_the_numbers_of_alatau_come_out_with_their_ratios(tmp_path):
    result = forecast("check", "alatau-general-plan", "--plan", cwd=tmp_path)
    assert result.returncode == DONE  # what is found is no failure
    line = next(line for line in result.stdout.splitlines() if line.startswith("contradiction"))
    for text in ("1,000,000 [1]", "110,000 [2]", "17,366 (2047) [3]", "1,001,600 (sum of parts)",
                 "1,000,000 : 110,000 = 9.1", "1,000,000 : 17,366 = 57.6",
                 "110,000 : 17,366 = 6.3"):  # fmt: skip
        assert text in line
    for source in (
        "[1] Government resolution of 17 May 2024 No. 388",
        "[2] https://exclusive.kz/",
        "[3] Government resolution of 15 March 2023",
    ):
        assert source in result.stdout  # fmt: skip
    assert "alatau-general-plan: contradiction 1" in result.stderr
    assert list(tmp_path.iterdir()) == []  # nothing is saved


def test_programs_get_codes_numbers_and_sources(tmp_path):
    result = forecast("check", "alatau-general-plan", "--plan", "--json", cwd=tmp_path)
    (told,) = json.loads(result.stdout)
    assert told["scenario"] == "alatau-general-plan"
    jobs = next(one for one in told["findings"] if one["verdict"] == "contradiction")
    assert (jobs["growth_point"], jobs["region"]) == ("alatau", "KZ-19")
    assert [round(pair["ratio"], 1) for pair in jobs["ratios"]] == [9.1, 57.6, 6.3]
    assert all(one["source"] for one in jobs["numbers"])
    assert {one["verdict"] for one in told["findings"]} == {
        "contradiction", "outside norm", "unknown", "agrees"
    }  # fmt: skip
    assert all(one["sentence"] for one in told["findings"])


def test_a_consistent_plan_has_no_contradiction(tmp_path):
    (tmp_path / "good.yml").write_text(GOOD)
    result = forecast("check", "good.yml", "--plan", "--json", cwd=tmp_path)
    (told,) = json.loads(result.stdout)
    verdicts = {(one["check"], one["measure"]): one["verdict"] for one in told["findings"]}
    assert "contradiction" not in verdicts.values()
    assert verdicts["numbers", "jobs"] == "agrees"
    assert verdicts["ratio", "jobs/population"] == "agrees"
    assert verdicts["ratio", "hospital_beds/population"] == "unknown"  # never in order


def test_every_faulty_scenario_is_told_after_the_sound_ones(tmp_path):
    (tmp_path / "good.yml").write_text(GOOD)
    (tmp_path / "bad.yml").write_text(GOOD.replace("measure: jobs", "measure: job"))
    result = forecast("check", "good.yml", "bad.yml", "--plan", cwd=tmp_path)
    assert "town" in result.stdout
    assert refused(result, WRONG, "bad.yml:10: growth_points.town.plan.claims.0.measure",
                   "did you mean 'jobs'?")  # fmt: skip


def test_a_scenario_without_a_plan_says_so(tmp_path):
    result = forecast("check", "baseline", "--plan", cwd=tmp_path)
    assert (result.returncode, result.stdout) == (DONE, "")
    assert "baseline: no growth point has a plan" in result.stderr
    told = json.loads(forecast("check", "baseline", "--plan", "--json", cwd=tmp_path).stdout)
    assert told == [{"scenario": "baseline", "findings": []}]


def test_a_band_that_a_planner_wrote_upside_down_is_refused(tmp_path, root):
    import shutil

    shutil.copytree(root / "data" / "kazakhstan", tmp_path / "own")
    table = tmp_path / "own" / "norms" / "plan_ratios.csv"
    text = table.read_text(encoding="utf-8").replace("356,523", "523,356")
    table.write_text(text, encoding="utf-8")
    result = forecast("check", "alatau-general-plan", "--plan", "--data", "own", cwd=tmp_path)
    assert refused(result, WRONG, "norms/plan_ratios.csv: row 2, low: the lower end 523 is above")


@pytest.mark.parametrize("lang", ["ru", "kk"])
def test_no_english_word_is_left_in_another_language(in_tmp, monkeypatch, cyrillic, lang):
    """Sources and names of scenarios stand as they are written; all else is translated."""
    shown: list[str] = []
    monkeypatch.setattr(click, "echo", lambda text="", **_: shown.append(str(text)))
    with speaking(lang):
        print_audit(["alatau-general-plan"], None)
    text = "\n".join(one for one in shown if not re.match(r"\[\d+\]", one))
    text = text.replace("(alatau)", "").replace("alatau-general-plan", "")
    text = text.replace("norms/plan_ratios.csv, norms/facilities.csv", "")
    assert re.findall(r"[A-Za-z]{2,}", text) == []


@pytest.mark.parametrize("columns", [80, 100])
def test_a_terminal_is_never_too_narrow(in_tmp, monkeypatch, capsys, columns):
    monkeypatch.setattr("forecast.shell.width", lambda: columns)
    monkeypatch.setattr("forecast.commands.audit.width", lambda: columns)
    print_audit(["alatau-general-plan"], None)
    lines = capsys.readouterr().out.splitlines()
    too_long = [line for line in lines if len(line) > columns and "https://" not in line]
    assert not too_long
    assert any("57.6" in line for line in lines)


def test_a_run_keeps_the_audit_and_gives_it_back(alatau, tmp_path):
    frame = alatau.frame("audit")
    assert set(frame["growth_point"]) == {"alatau"}
    assert frame[frame["verdict"] == "contradiction"]["value"].tolist() == [
        1_001_600.0, 1_000_000.0, 110_000.0, 17_366.0,
    ]  # fmt: skip
    names = place_names(alatau.space)
    for lang in ("en", "ru", "kk"):
        with speaking(lang):
            assert all(sentence(one, names) and measure_words(one) for one in read_frame(frame))
    folder = alatau.save(tmp_path / "run", figures=False)
    assert fc.load(folder).frame("audit").equals(frame)


def test_a_folder_of_an_earlier_version_still_loads(alatau, tmp_path):
    folder = alatau.save(tmp_path / "run", figures=False)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    del manifest["files"]["audit.parquet"]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "audit.parquet").unlink()
    assert fc.load(folder).frame("audit").empty


def test_the_workbook_has_a_sheet_of_the_audit(alatau, tmp_path):
    from forecast.report.excel import write_tables

    sheet = load_workbook(write_tables(alatau, tmp_path / "tables.xlsx"))["Plan audit"]
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    headings, first = rows[0], dict(zip(rows[0], rows[1], strict=True))
    assert first["Verdict"] == "contradiction"
    assert first["Value"] == 1_001_600
    assert "9.1" in first["To the planner"]
    unknown = [dict(zip(headings, row, strict=True)) for row in rows if row[3] == "unknown"]
    assert "unknown" in {row["Value"] for row in unknown}  # a word, never 0


def test_claims_change_no_number_of_a_run(alatau):
    text = fc.load_scenario("alatau-general-plan").to_yaml()
    start, end = text.index("\n    plan:"), text.index("\n    source:")
    without = fc.run(fc.parse_scenario(text[:start] + text[end:]))
    assert without.frame("population").equals(alatau.frame("population"))
    assert without.frame("audit").empty


def test_claims_of_people_stand_beside_the_forecast_of_the_place():
    text = GOOD.replace("      population: {2030: 82000}\n", "").replace(
        "claims: [", "claims: [{measure: population, year: 2030, value: 82000, source: s}, "
    )
    ledger = fc.run(fc.parse_scenario(text)).frame("growth_points")
    planned = ledger[ledger["measure"] == "plan_population"]
    assert planned[["year", "value"]].to_numpy().tolist() == [[2030, 82000]]
