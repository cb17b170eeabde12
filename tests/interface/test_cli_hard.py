"""The command line when things around it go wrong: foreign files, pipes, terminals."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.dataset import check_package
from forecast.storage import replacing

DONE, WRONG = 0, 2


def forecast(*words, cwd, env=None, **options):
    command = [sys.executable, "-m", "forecast", *map(str, words)]
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, **(env or {})}, timeout=120, text=True,
        capture_output=True, check=False, **options,
    )  # fmt: skip


@pytest.fixture(scope="module")
def run():
    return fc.run("baseline")


@pytest.fixture
def saved(run, tmp_path):
    return run.save(tmp_path / "results" / "baseline", figures=False, workbook=False)


def test_files_that_a_run_did_not_write_are_never_removed(run, saved):
    (saved / "NOTES.txt").write_text("mine")
    with pytest.raises(fc.InputError, match=r"files that are not ours \(NOTES.txt\)"):
        run.save(saved, figures=False, workbook=False)
    assert (saved / "NOTES.txt").read_text() == "mine"


def test_a_manifest_of_something_else_does_not_make_a_folder_ours(run, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    (site / "manifest.json").write_text('{"name": "a web extension"}')
    (site / "app.js").write_text("mine")
    with pytest.raises(fc.InputError, match="not ours"):
        run.save(site, figures=False, workbook=False)
    assert (site / "app.js").read_text() == "mine"


def test_a_name_that_no_disk_takes_is_refused_before_the_run(tmp_path):
    result = forecast("run", "baseline", "--out", "x" * 300, cwd=tmp_path)
    assert result.returncode == WRONG
    assert "x" * 300 in result.stderr
    assert "choose another with --out" in result.stderr
    assert "running" not in result.stderr


def test_a_linked_folder_stays_linked(run, tmp_path):
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to(tmp_path / "far")
    run.save(tmp_path / "near" / "baseline", figures=False, workbook=False)
    (tmp_path / "direct").symlink_to(tmp_path / "far" / "baseline")
    run.save(tmp_path / "direct", figures=False, workbook=False)
    assert (tmp_path / "direct").is_symlink()
    assert fc.load(tmp_path / "far" / "baseline").run_id == run.run_id
    assert [p.name for p in (tmp_path / "far").iterdir()] == ["baseline"]


def test_nothing_is_left_when_writing_fails(tmp_path):
    def half_written():
        with replacing(tmp_path / "out") as beside:
            (beside / "half").write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half_written()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["outlines.json", "scenario.resolved.yml", "labour.parquet"])
def test_every_changed_file_of_a_run_is_found(saved, name):
    path = saved / name
    path.write_bytes(path.read_bytes().replace(b"a", b"b"))
    with pytest.raises(fc.InputError, match=f"{name}.*not what the manifest recorded"):
        fc.load(saved)


@pytest.mark.parametrize("text", ["5", "[]", "{}", '{"files": []}', "not json"])
def test_a_damaged_manifest_is_named(saved, text):
    (saved / "manifest.json").write_text(text)
    with pytest.raises(fc.InputError, match="manifest.json"):
        fc.load(saved)


def test_a_reader_that_stops_reading_does_not_stop_the_run(tmp_path):
    shell = f"{sys.executable} -m forecast run baseline --out out | head -1"
    subprocess.run(shell, shell=True, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "out" / "baseline" / "manifest.json").is_file()


@pytest.mark.parametrize("encoding", ["ascii", "cp1251"])
def test_a_terminal_without_our_letters_is_no_fault(tmp_path, encoding):
    result = forecast(
        "list", "--lang", "kk", cwd=tmp_path, env={"PYTHONIOENCODING": encoding}, errors="replace"
    )
    assert result.returncode == DONE, result.stderr


def test_no_number_is_cut_on_a_narrow_terminal(run, capsys, monkeypatch):
    from forecast.commands.run import show
    from forecast.words.digits import number

    monkeypatch.setattr("forecast.shell.width", lambda: 60)
    show(run, "results/baseline")
    text = capsys.readouterr().out
    assert "…" not in text
    people = run.frame("population").query("year == 2031").groupby("region")["value"].sum()
    for value in people:
        assert number(value / 1000, 1) in text
    table = text.split("Fertility")[0].splitlines()
    assert max(map(len, table[4:])) <= 60


@pytest.mark.slow
@pytest.mark.parametrize("title", ["Plant 🏭 中文", '"two\\nlines"', "x" * 400])
def test_any_title_can_be_drawn(tmp_path, title):
    (tmp_path / "odd.yml").write_text(f"title: {title}\nextends: baseline\n", encoding="utf-8")
    result = forecast("run", "odd.yml", cwd=tmp_path)
    assert result.returncode == DONE, result.stderr
    assert (tmp_path / "results" / "odd" / "figures" / "map.png").is_file()


def test_a_sign_that_cannot_be_printed_is_refused(tmp_path):
    (tmp_path / "odd.yml").write_text('title: "a\\x07b"\nextends: baseline\n', encoding="utf-8")
    result = forecast("check", "odd.yml", cwd=tmp_path)
    assert result.returncode == WRONG
    assert "odd.yml:1: title" in result.stderr


@pytest.fixture
def package(tmp_path, root):
    return shutil.copytree(root / "data" / "kazakhstan", tmp_path / "country")


def test_a_run_says_when_its_estimates_are_of_other_figures(package):
    path = package / "observed" / "vital_events.csv"
    text = path.read_text(encoding="utf-8")
    assert "KZ,2025,births,335005" in text
    path.write_text(text.replace("KZ,2025,births,335005", "KZ,2025,births,385005"), "utf-8")
    notes = fc.run("baseline", fc.load_dataset(package)).frame("notes")
    assert notes["subject"].iloc[0] == "Warning"
    assert "observed/vital_events" in notes["text"].iloc[0]
    assert "forecast data build" in notes["text"].iloc[0]


def test_the_shipped_package_has_no_such_warning(run):
    assert "Warning" not in set(run.frame("notes")["subject"])


def test_a_row_with_too_many_cells_is_a_fault(package):
    path = package / "observed" / "tfr.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[1] += ",junk,more"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(fc.InputError, match=r"observed/tfr.csv, row 2"):
        fc.load_dataset(package)


@pytest.mark.parametrize(("table", "event"), [("fertility", "births"), ("mortality", "deaths")])
def test_rates_that_do_not_give_the_events_are_a_fault(package, table, event):
    path = package / "estimated" / f"{table}.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    wrong = (frame["region"] == "KZ-10") & (frame["year"] == "2025") & (frame["age"] == "30")
    frame.loc[wrong, "value"] = "0.5"
    frame.to_csv(path, index=False, lineterminator="\n")
    found = [str(f) for f in check_package(fc.load_dataset(package)) if f.kind == "fault"]
    assert len(found) == 1
    assert f"estimated/{table}: KZ-10, 2025: rates times people miss the {event}" in found[0]


def test_a_growth_point_beyond_its_region_is_pointed_out(tmp_path):
    text = "title: t\nextends: baseline\ngrowth_points: {giant: {region: KZ-62, jobs: {2028: 3e6}}}"
    (tmp_path / "odd.yml").write_text(text)
    result = forecast("run", "odd.yml", cwd=tmp_path)
    assert result.returncode == DONE, result.stderr
    assert "warning: giant: 3,000,000 jobs are more than the" in result.stderr
    assert "people who are nowhere to be found" in result.stderr
    assert fc.run("atyrau-petrochemicals").manifest["warnings"] == []


def test_a_new_kind_of_facility_is_a_row(package):
    path = package / "norms" / "facilities.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    row = next(line for line in lines if line.startswith("hospital_bed"))
    lines.append(row.replace("hospital_bed,Hospital beds", "fire_station,Fire engines", 1))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    needs = fc.run("baseline", fc.load_dataset(package)).frame("infrastructure")
    engines = needs.query("kind == 'fire_station' and measure == 'need' and region == 'KZ'")
    assert (engines["value"] > 0).all()
    capacity = needs.query("kind == 'fire_station' and measure == 'capacity'")
    assert capacity["value"].isna().all()
    assert set(capacity["status"]) == {"unknown"}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("levers: {norms: {school_place: {shifts: 0}}}", "levers.norms"),
        ("uncertainties: {internal_level: {variant: level-1999}}", "internal_level"),
        ("until: 2101", "until"),
    ],
)
def test_what_a_run_refuses_is_refused_at_its_line(tmp_path, text, where):
    (tmp_path / "odd.yml").write_text(f"title: t\nextends: baseline\n{text}\n")
    result = forecast("run", "odd.yml", cwd=tmp_path)
    assert result.returncode == WRONG
    assert "odd.yml:3" in result.stderr
    assert where in result.stderr


@pytest.mark.parametrize("until", [np.int64(2028), 2028])
def test_a_whole_year_of_any_kind_is_a_year(until):
    assert fc.run("baseline", until=until).last_year == 2029


@pytest.mark.parametrize("until", ["2030", 2030.5])
def test_a_year_that_is_none_is_refused(until):
    with pytest.raises(fc.InputError, match="whole year"):
        fc.run("baseline", until=until)


def test_figures_of_a_region_take_its_name_and_refuse_others(run):
    assert run.plot("pyramid", region="Atyrau Region") is not None
    with pytest.raises(fc.InputError, match="no region"):
        run.plot("pyramid", region="KZ-99")
    with pytest.raises(fc.InputError, match="no option 'regoin'; did you mean 'region'"):
        run.plot("pyramid", regoin="KZ-23")


def test_rates_per_thousand_are_refused_by_the_cohort_engine():
    people, none = np.full((2, 101), 1000.0), np.zeros((1, 101))
    with pytest.raises(fc.InputError, match="not per 1,000"):
        fc.project_cohorts(people, np.full((1, 2, 101), 10.0), none, 1.05)
