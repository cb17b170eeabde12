"""The command line as a planner uses it: real processes, real folders, real faults."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import forecast as fc

DONE, FAILED, WRONG = 0, 1, 2


def forecast(*words, cwd, env=None, timeout=120):
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "forecast", *map(str, words)]
    return subprocess.run(
        command, cwd=cwd, env={**os.environ, **(env or {})}, timeout=timeout,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def refused(result, code, *texts):
    """The command ended with `code` and one message that says each of `texts`; no traceback."""
    assert result.returncode == code, result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.count("forecast: ") == 1
    for text in texts:
        assert text in result.stderr
    return True


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """The folder of a real run of the growth-point scenario, in Russian."""
    home = tmp_path_factory.mktemp("run")
    result = forecast("run", "atyrau-petrochemicals", "--lang", "ru", cwd=home)
    assert result.returncode == DONE, result.stderr
    return home / "results" / "atyrau-petrochemicals", result


@pytest.fixture
def package(tmp_path, root):
    """A copy of the data package that a test may damage."""
    folder = tmp_path / "country"
    shutil.copytree(root / "data" / "kazakhstan", folder)
    return folder


def damage(package, table, change):
    """Rewrite a table of the package; `change` gets and gives its lines."""
    path = package / table
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join(change(lines)) + "\n", encoding="utf-8")


def test_a_run_leaves_the_folder_of_the_guide(finished):
    folder, result = finished
    names = {path.name for path in folder.iterdir()}
    assert {
        "population.parquet", "components.parquet", "flows.parquet", "dependency.parquet",
        "settlement.parquet",
        "labour.parquet", "infrastructure.parquet", "growth_points.parquet", "tables.xlsx",
        "figures", "scenario.resolved.yml", "manifest.json",
    } <= names  # fmt: skip
    figures = {path.name for path in (folder / "figures").iterdir()}
    assert len([name for name in figures if name.endswith(".png")]) >= 7
    assert {
        name.removesuffix(".png") + ".svg" for name in figures if name.endswith(".png")
    } <= figures
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["inputs"]["data"]["estimated/population.csv"]
    assert manifest["run_id"]
    assert [p for p in folder.parent.iterdir() if p.name.startswith(".")] == []


def test_the_summary_is_in_the_language_asked_for(finished):
    _, result = finished
    assert "Регион" in result.stdout
    assert "Атырауская область" in result.stdout
    assert "Region" not in result.stdout


def test_load_gives_the_run_back(finished):
    folder, _ = finished
    loaded = fc.load(folder)
    again = fc.run("atyrau-petrochemicals")
    assert loaded.run_id == again.run_id
    for name in ("population", "components", "labour", "infrastructure", "growth_points"):
        pd.testing.assert_frame_equal(loaded.frame(name), again.frame(name), check_dtype=False)


def test_the_same_run_writes_the_same_bytes(finished, tmp_path):
    folder, _ = finished
    result = forecast("run", "atyrau-petrochemicals", "--lang", "ru", cwd=tmp_path)
    assert result.returncode == DONE
    other = tmp_path / "results" / "atyrau-petrochemicals"
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "manifest.json":
            assert path.read_bytes() == (other / path.relative_to(folder)).read_bytes(), path.name
    first, second = (
        json.loads((run / "manifest.json").read_text(encoding="utf-8")) for run in (folder, other)
    )
    assert first.pop("finished")[:2] == second.pop("finished")[:2] == "20"
    assert first == second


def test_json_is_on_the_output_and_remarks_are_not(tmp_path):
    result = forecast("run", "baseline", "--json", "--quiet", cwd=tmp_path)
    assert result.returncode == DONE
    assert result.stderr == ""
    (run,) = json.loads(result.stdout)
    assert run["base_year"] == 2026
    observed = fc.load_dataset().table("population").query("region != 'KZ' and year == 2026")
    assert run["population"]["2026"] == observed["value"].sum()


def test_one_failing_scenario_does_not_stop_the_others(tmp_path):
    result = forecast("run", "nowhere", "baseline", cwd=tmp_path)
    assert result.returncode == WRONG
    assert "nowhere" in result.stderr
    assert (tmp_path / "results" / "baseline" / "manifest.json").is_file()
    assert not (tmp_path / "results" / "nowhere").exists()


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        (["run", "basline"], ["basline", "did you mean 'baseline'"]),
        (["rum", "baseline"], ["did you mean 'run'"]),
        (["run", "baseline", "--untill", "2035"], ["did you mean '--until'"]),
        (["run", "baseline", "--until", "soon"], ["--until", "whole number"]),
        (["run", "baseline", "--until", "2020"], ["--until", "2026"]),
        (["run", "baseline", "--until", "2200"], ["--until", "2026"]),
        (["run", "baseline", "--lang", "de"], ["--lang", "en, ru, kk"]),
        (["run", "baseline", "--data", "kazakstan"], ["did you mean 'kazakhstan'"]),
        (["run"], ["--help"]),
    ],
)  # fmt: skip
def test_a_wrong_command_is_refused_with_a_cure(tmp_path, words, texts):
    assert refused(forecast(*words, cwd=tmp_path), WRONG, *texts)
    assert list(tmp_path.iterdir()) == []


def cut_region(lines):
    return [line for line in lines if not line.startswith("KZ-23,2026")]


def repeat_row(lines):
    return [*lines[:5], lines[4], *lines[5:]]


def wrong_unit(lines):
    return [lines[0], lines[1].replace("persons", "thousand persons"), *lines[2:]]


def text_for_number(lines):
    cells = lines[1].split(",")
    cells[lines[0].split(",").index("value")] = "many"
    return [lines[0], ",".join(cells), *lines[2:]]


def negative_people(lines):
    cells = lines[1].split(",")
    cells[lines[0].split(",").index("value")] = "-5"
    return [lines[0], ",".join(cells), *lines[2:]]


@pytest.mark.parametrize(
    ("change", "texts"),
    [
        (cut_region, ["KZ-23", "2026"]),
        (repeat_row, ["row 6"]),
        (wrong_unit, ["row 2", "unit", "thousand persons"]),
        (text_for_number, ["row 2", "many"]),
        (negative_people, ["row 2", "-5"]),
    ],
)
def test_a_damaged_table_is_refused_with_file_row_and_cure(tmp_path, package, change, texts):
    damage(package, "observed/population.csv", change)
    out = tmp_path / "out"
    result = forecast("run", "baseline", "--data", package, "--out", out, cwd=tmp_path)
    assert refused(result, WRONG, "observed/population.csv", *texts)
    assert not out.exists()


def test_all_faults_of_a_package_come_together(tmp_path, package):
    damage(package, "observed/population.csv", negative_people)
    damage(package, "observed/tfr.csv", text_for_number)
    result = forecast("run", "baseline", "--data", package, cwd=tmp_path)
    assert refused(result, WRONG, "observed/population.csv", "observed/tfr.csv", "2 faults")


def test_a_package_without_estimates_says_how_to_build_them(tmp_path, package):
    shutil.rmtree(package / "estimated")
    result = forecast("run", "baseline", "--data", package, cwd=tmp_path)
    assert refused(result, WRONG, "forecast data build")


def test_a_truncated_table_of_a_run_is_named(finished, tmp_path):
    folder, _ = finished
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    path = copy / "population.parquet"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(fc.InputError, match="population.parquet.*damaged") as caught:
        fc.load(copy)
    assert caught.value.exit_code == WRONG


def test_a_folder_without_a_run_is_named(tmp_path):
    with pytest.raises(fc.InputError, match="no finished run"):
        fc.load(tmp_path)


def test_an_output_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "taken").write_text("mine")
    result = forecast("run", "baseline", "--out", "taken", cwd=tmp_path)
    assert refused(result, WRONG, "taken", "is a file")
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_folder_with_other_content_is_never_replaced(tmp_path):
    (tmp_path / "results" / "baseline").mkdir(parents=True)
    (tmp_path / "results" / "baseline" / "thesis.doc").write_text("mine")
    result = forecast("run", "baseline", cwd=tmp_path)
    assert refused(result, WRONG, "not ours", "thesis.doc")
    assert (tmp_path / "results" / "baseline" / "thesis.doc").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere; see the next test")
def test_a_folder_without_permission_is_refused(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    assert refused(forecast("run", "baseline", "--out", closed, cwd=tmp_path), WRONG, "cannot")


def test_a_read_only_place_is_refused(tmp_path):
    if not Path("/proc/sys").is_dir():
        pytest.skip("this system has no folder that nobody can write")
    result = forecast("run", "baseline", "--out", "/proc/forecast-results", cwd=tmp_path)
    assert refused(result, WRONG, "/proc/forecast-results")


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 256 kB, which a run fills. Needs the right to mount."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk cannot be mounted without root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_leaves_nothing_behind(tmp_path, small_disk):
    out = small_disk / "results"
    result = forecast("run", "baseline", "--out", out, cwd=tmp_path)
    assert refused(result, FAILED, "the disk is full", "nothing was written")
    assert not out.exists() or list(out.iterdir()) == []


@pytest.mark.parametrize("seconds", [0.5, 1.5, 2.5])
def test_a_killed_run_leaves_the_finished_one_whole(finished, tmp_path, seconds):
    folder, _ = finished
    out = tmp_path / "results"
    shutil.copytree(folder, out / folder.name)
    before = {p.name: p.read_bytes() for p in (out / folder.name).glob("*.parquet")}
    command = [sys.executable, "-m", "forecast", "run", folder.name, "--lang", "ru"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    result = forecast("run", folder.name, "--lang", "ru", cwd=tmp_path)
    assert result.returncode == DONE
    assert {p.name for p in out.iterdir()} == {folder.name}
    assert {p.name: p.read_bytes() for p in (out / folder.name).glob("*.parquet")} == before


def test_help_shows_examples_first(tmp_path):
    text = forecast("run", "--help", cwd=tmp_path).stdout
    assert text.index("Examples") < text.index("Usage") < text.index("Options")
    russian = forecast("run", "--help", "--lang", "ru", cwd=tmp_path).stdout
    assert "Примеры" in russian
    assert "Options" not in russian


def test_version(tmp_path):
    assert forecast("--version", cwd=tmp_path).stdout.strip() == f"forecast {fc.__version__}"


def test_describe_and_check_the_package(tmp_path):
    described = forecast("data", "describe", cwd=tmp_path)
    assert described.returncode == DONE
    assert "estimated/population" in described.stdout
    checked = forecast("data", "check", cwd=tmp_path)
    assert checked.returncode == DONE, checked.stdout
    assert "267,035" in checked.stdout
