"""A package whose tables are all published runs without fitted models: the last rates are held.

Authority: the invented package `docs/examples/three-districts`, and arithmetic on its tables.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

import forecast as fc
from forecast.cli import main
from forecast.report.figures import alt_text, drawable

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(ROOT / "docs/examples/three-districts", tmp_path / "mine")


@pytest.fixture(scope="module")
def baseline():
    return fc.run("baseline", fc.load_dataset(ROOT / "docs/examples/three-districts"))


def test_rates_are_held_and_the_notes_say_so(baseline):
    births = baseline.by_region("births")
    registered = pd.read_csv(ROOT / "docs/examples/three-districts/observed/vital_events.csv")
    rows = registered[registered["event"] == "births"].set_index("region")["value"]
    assert births.iloc[0, 0] == pytest.approx(rows["XL"], rel=0.02)  # a year later, the same rates
    abroad = baseline.by_region("immigration").iloc[0]
    arrivals = registered[registered["event"] == "immigration"].set_index("region")["value"]
    assert abroad.to_numpy() == pytest.approx(arrivals["XL"])
    tables = baseline.frame("life_tables").query("age == 0")
    spread = tables.groupby(["region", "sex"], observed=True)["ex"].agg(
        lambda ex: ex.max() - ex.min()
    )
    assert spread.max() < 1e-9
    notes = baseline.frame("notes").set_index("subject")
    for subject in ("Fertility", "Mortality", "External migration"):
        assert notes.loc[subject, "text"].startswith("No model was fitted"), subject
        assert notes.loc[subject, "status"] == "assumption"
    assert "Warning" not in notes.index


def test_the_base_has_the_status_of_its_table(baseline):
    people = baseline.frame("population")
    assert set(people.loc[people["year"] == 2026, "status"]) == {"assumption"}
    assert set(people.loc[people["year"] > 2026, "status"]) == {"projected"}


def test_draws_variants_and_a_missing_row_are_refused_with_a_cure(folder):
    dataset = fc.load_dataset(folder)
    with pytest.raises(fc.InputError, match="no fitted models.*without draws"):
        fc.run("baseline", dataset, draws=10)
    with pytest.raises(fc.InputError, match="tfr_low"):
        fc.run("baseline+fertility-low", dataset)
    file = folder / "observed/vital_events.csv"
    rows = pd.read_csv(file)
    gone = (rows["region"] == "XL-2") & (rows["event"] == "emigration")
    rows[~gone].to_csv(file, index=False)
    with pytest.raises(fc.InputError, match="no row of 2025 for XL-2, emigration"):
        fc.run("baseline", fc.load_dataset(folder))


def test_the_commands_describe_it_and_no_estimate_is_missed(folder, capsys):
    assert main(["data", "check", "--data", str(folder)]) == 0
    assert main(["data", "build", "--data", str(folder)]) == 0
    capsys.readouterr()
    assert main(["data", "check", "--data", str(folder)]) == 0
    told = capsys.readouterr().out
    assert "is not built" not in told
    assert "warning" not in told
    assert "no model was fitted" in told
    assert not (folder / "estimated").exists()


def test_a_wrong_sum_is_told_under_the_name_of_the_file(folder):
    file = folder / "observed/vital_events.csv"
    rows = pd.read_csv(file)
    rows.loc[(rows["region"] == "XL") & (rows["event"] == "births"), "value"] += 40
    rows.to_csv(file, index=False)
    found = fc.load_dataset(folder).check()
    faults = found[found["kind"] == "fault"]
    assert set(faults["table"]) == {"observed/population", "observed/components"}
    assert "-40" in faults["message"].iloc[0]


def test_a_needed_table_is_still_missed(folder):
    (folder / "observed/fertility_by_age.csv").unlink()
    with pytest.raises(fc.InputError, match="observed/tfr.csv: the file is missing"):
        fc.load_dataset(folder)


def test_every_figure_that_is_offered_can_be_drawn_and_told(baseline, tmp_path):
    names = drawable(baseline)
    assert "labour_sections" not in names  # its norms tell no deficit of sections apart
    assert {"labour_deficit", "labour_gap", "orders", "flows"} <= set(names)
    for name in names:
        assert alt_text(baseline, name).endswith(".")
    file = baseline.report("html", tmp_path / "report.html")
    assert "Harbour City" in file.read_text(encoding="utf-8")
