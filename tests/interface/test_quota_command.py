"""`forecast quota` as a planner uses it, and the plan files that it reads.

Authority: the tables of `forecast.quotas`; the screen, the files and the figure say the same.
"""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from openpyxl import load_workbook
from PIL import Image

import forecast as fc
from forecast.cli import main
from forecast.errors import InputError
from forecast.labour.qualification import QUALIFICATIONS
from forecast.quotas import Asked, load_norms, quota_of
from forecast.report.quota import alternative, draw
from forecast.settlement.quota_plan import QuotaPlan, at, read_plan
from forecast.words import LANGUAGES, speaking

DONE, WRONG = 0, 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    home = tmp_path_factory.mktemp("quota")
    fc.run("baseline").save(home / "baseline")
    return home / "baseline"


@pytest.fixture(scope="module")
def norms():
    return load_norms(fc.load_dataset())


def plan_of(tmp_path: Path, text: str, norms) -> QuotaPlan:
    path = tmp_path / "plan.yml"
    path.write_text(text, encoding="utf-8")
    return read_plan(str(path), fc.load_dataset().space, norms.lists, QUALIFICATIONS)


def test_the_table_on_the_screen(folder, capsys):
    assert main(["quota", str(folder), "--lang", "en"]) == DONE
    told = capsys.readouterr().out
    for words in ("Where the quota of 2026 should go", "Kandas", "Resettlers", "Best quota",
                  "What one more is worth", "Taken of the quota of 2025: 71%",
                  "Room that is not known and holds nobody back"):  # fmt: skip
        assert words in told


def test_json_is_the_tables(folder, capsys):
    assert main(["quota", str(folder), "--year", "2027", "--sensitivity", "--json"]) == DONE
    told = json.loads(capsys.readouterr().out)
    assert told["years"] == [2027]
    places = [row for row in told["allocation"] if row["measure"] == "places"
              and row["qualification"] == "total" and row["region"] == "KZ"]  # fmt: skip
    assert sum(row["value"] for row in places) == 2281 + 5997
    assert {row["varied"] for row in told["sensitivity"]} >= {"need", "take_up", "supply"}
    assert all(row["price"] >= 0 for row in told["limits"])


def test_files_are_the_same_every_time(folder, tmp_path, capsys):
    for name in ("one", "two"):
        arguments = ["quota", str(folder), "--out", str(tmp_path / name), "--sensitivity"]
        assert main([*arguments, "--quiet"]) == DONE
    assert capsys.readouterr().out == ""
    names = {"quota.csv", "quota-limits.csv", "quota-outcomes.csv", "quota-sensitivity.csv",
             "quota.xlsx", "quota.png", "quota.svg"}  # fmt: skip
    assert {path.name for path in (tmp_path / "one").iterdir()} == names
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert len(load_workbook(tmp_path / "one" / "quota.xlsx").sheetnames) == 4
    limits = pd.read_csv(tmp_path / "one" / "quota-limits.csv")
    bound = limits[limits["price"] > 1e-6]
    assert (abs(bound["limit"] - bound["used"]) < 3).all()  # whole numbers leave less than a place
    assert bound["worth"].notna().all()
    with Image.open(tmp_path / "one" / "quota.png") as picture:
        assert picture.size[0] > 1000


def test_nothing_is_written_into_a_run_folder(folder, capsys):
    before = sorted(path.name for path in folder.iterdir())
    assert main(["quota", str(folder), "--out", str(folder / "quota")]) == WRONG
    assert sorted(path.name for path in folder.iterdir()) == before


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_figure_in_every_language(folder, norms, lang):
    with speaking(lang):
        result = quota_of(fc.load(folder), norms, QuotaPlan(), Asked())
        figure = draw(result)
        assert figure.get_figwidth() > 5
        assert "2026" in " ".join(text.get_text() for text in figure.texts)
        assert alternative(result)


def test_faults_of_options_come_together(folder, capsys):
    arguments = ["--year", "2027", "--years", "2026-2027", "--places", "0", "--budget", "-1"]
    assert main(["quota", str(folder), *arguments]) == WRONG
    told = capsys.readouterr().err
    assert all(name in told for name in ("--year", "--places", "--budget"))
    assert main(["quota", str(folder), "--years", "soon"]) == WRONG


def test_a_clash_ends_with_2_and_numbers(folder, tmp_path, capsys):
    path = tmp_path / "clash.yml"
    path.write_text("floors: {kandas: {Akmola Region: 2000}}\nchange: false\n", encoding="utf-8")
    assert main(["quota", str(folder), "--plan", str(path), "--lang", "en"]) == WRONG
    told = capsys.readouterr().err
    assert "at least 2,000 places for kandas in Akmola Region" in told
    assert "infeasible" not in told.lower()


def test_the_example_is_found_by_its_name_and_can_be_met(folder, capsys):
    assert main(["quota", str(folder), "--plan", "quota-example", "--json"]) == DONE
    told = json.loads(capsys.readouterr().out)
    assert told["years"] == [2026, 2027, 2028]
    assert told["weights"]["cost"] == 0.05
    assert any(row["money"] for row in told["limits"])


def test_a_plan_is_read_as_it_is_written(tmp_path, norms):
    plan = plan_of(tmp_path, """
        title: ours
        years: 2026-2028
        weights: {stay: 0.5}
        supply: {kandas: 2000, resettlers: {2026: 100, 2028: 200}}
        qualifications: {kandas: {higher: 0.5, tvet: 0.5}}
        floors: {kandas: {Павлодарская область: {2027: 5}}}
        change: false
        budget: 3000
        take_up: {resettlers: 0.8}
        stay: {kandas: {KZ-55: 0.7}}
        capacity: {Pavlodar Region: 900}
        families: {1: 0.25, 4: 0.75}
        whole: false
    """, norms)  # fmt: skip
    assert plan.years == (2026, 2028)
    assert [at(plan.supply["resettlers"], year) for year in (2026, 2027, 2028)] == [100, 100, 200]
    assert plan.floors[0].regions == ("KZ-55",)
    assert plan.floors[0].year == 2027
    assert plan.change == float("inf")
    assert plan.take_up == {"resettlers": {"": 0.8}}
    assert plan.families == {1: 0.25, 4: 0.75}
    assert not plan.whole


def test_every_fault_of_a_plan_is_told_with_its_line(tmp_path, norms):
    with pytest.raises(InputError) as error:
        plan_of(tmp_path, "\n".join((
            "years: 2031-2026",
            "weight: {employment: 1}",
            "weights: {employment: x, stay: -1}",
            "floors: {kandas: {Karaganda Region: 100, Pavlodr Region: 5}, guests: {KZ-55: 3}}",
            "change: 2",
            "families: {1: 0.5, 2: 0.4}",
            "retention: nowhere.csv",
            "whole: 1",
        )), norms)  # fmt: skip
    faults = [str(fault) for fault in error.value.faults]
    lines = [int(fault.split(".yml:")[1].split(":")[0]) for fault in faults]
    assert lines == sorted(lines)
    assert set(lines) == set(range(1, 9))
    assert len(faults) == 11
    assert any("not on the legal list" in fault for fault in faults)
    assert any("did you mean 'Pavlodar Region'" in fault for fault in faults)


def test_a_table_of_stays_takes_the_place_of_the_assumption(folder, tmp_path, norms):
    (tmp_path / "stay.csv").write_text(
        "stream,region,years,value\nresettlers,Pavlodar Region,1,0.8\n"
        "resettlers,Pavlodar Region,5,0.4\nresettlers,KZ,6,0.5\nkandas,KZ-55,2,0.3\n",
        encoding="utf-8",
    )
    plan = plan_of(tmp_path, "retention: stay.csv", norms)
    inputs = quota_of(fc.load(folder), norms, plan, Asked()).inputs
    assert inputs.stay[:, inputs.regions.index("KZ-55")].tolist() == [0.9, 0.4]
    # elsewhere the nation's: a line from 1 to 0.5 after six years; two years tell nothing of five
    others = inputs.stay[1, [region != "KZ-55" for region in inputs.regions]]
    assert others == pytest.approx(1 - 5 / 6 * 0.5)
    assert (inputs.stay[0] == 0.9).all()


def test_a_table_of_stays_is_read_with_all_its_faults(folder, tmp_path, norms):
    (tmp_path / "stay.csv").write_text(
        "stream,region,years,value\nkandas,KZ-55,5,1.5\nnobody,KZ-55,5,0.5\n"
        "kandas,Nowhere,0,0.5\n"
        "kandas,KZ-10,5,0.5\nkandas,KZ-10,5,0.6\nkandas,KZ-11,5,much\n", encoding="utf-8",
    )  # fmt: skip
    plan = plan_of(tmp_path, "retention: stay.csv", norms)
    with pytest.raises(InputError) as caught:
        quota_of(fc.load(folder), norms, plan, Asked())
    assert [str(fault)[:5] for fault in caught.value.faults] == [
        "row 2", "row 3", "row 4", "row 4", "row 6", "row 7"
    ]  # fmt: skip


def test_a_table_of_retention_is_taken_as_it_is_written(folder, tmp_path, norms):
    """Of the years the fifth; the nation where a region has no row of its own."""
    (tmp_path / "retention.csv").write_text(
        "stream,region,years,value\nkandas,KZ,5,0.6\nkandas,KZ-55,5,0.7\nkandas,KZ-55,7,0.5\n"
        "kandas,город Алматы,5,0.1\n", encoding="utf-8",
    )  # fmt: skip
    plan = plan_of(tmp_path, "retention: retention.csv", norms)
    found = quota_of(fc.load(folder), norms, plan, Asked()).inputs
    kandas, resettlers = found.stay.tolist()
    assert kandas == [0.7 if region == "KZ-55" else 0.6 for region in found.regions]
    assert set(resettlers) == {0.9}


@pytest.mark.parametrize("text", [
    "supply: {kandas: 10, resettlers: 0}\nchange: false\n",
    "weights: {employment: 0, stay: 0, cost: 1}\nchange: false\n",
    "preferences: {resettlers: {Akmola Region: 1}}\nchange: false\n",
])  # fmt: skip
def test_the_published_quota_is_given_whatever_the_plan_wants(folder, tmp_path, norms, text):
    """A plan with fewer places, one that only saves, or one that wishes people into a region of
    the list that had no places, changes nothing in what was published."""
    usual = quota_of(fc.load(folder), norms, QuotaPlan(), Asked()).outcomes["2026"]
    found = quota_of(fc.load(folder), norms, plan_of(tmp_path, text, norms), Asked())
    assert found.outcomes["2026"].settled == pytest.approx(usual.settled, rel=1e-6)


def test_half_a_place_is_a_fault(tmp_path, norms):
    with pytest.raises(InputError) as error:
        plan_of(tmp_path, "supply: {kandas: 10.5}\nfloors: {kandas: {KZ-55: {2027: 1.5}}}", norms)
    assert len(error.value.faults) == 2
    assert all("no whole number" in str(fault) for fault in error.value.faults)
