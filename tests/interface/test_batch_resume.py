"""What is finished is not computed again, and a batch that was killed goes on where it was."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from forecast import storage
from forecast.going import Clock

DONE, WRONG = 0, 2
NAMES = ("alatau-sez", "baseline")
SHORT = ("--until", "2027", "--draws", "10")


def forecast(*words, cwd):
    command = [sys.executable, "-m", "forecast", *map(str, words)]
    return subprocess.run(
        command, cwd=cwd, timeout=300, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def batch(tmp_path_factory):
    home = tmp_path_factory.mktemp("batch")
    result = forecast("run", *NAMES, *SHORT, cwd=home)
    assert result.returncode == DONE, result.stderr
    return home


@pytest.fixture
def home(batch, tmp_path):
    """A copy of a finished batch that a test may spoil."""
    shutil.copytree(batch / "results", tmp_path / "results")
    return tmp_path


def made(home, name):
    """When a folder was made: a new one has another number."""
    return (home / "results" / name).stat().st_ino


def tables(folder):
    return {path.name: path.read_bytes() for path in folder.glob("*.parquet")}


def test_a_finished_batch_is_left_as_it_is_and_told_of(home):
    before = [made(home, name) for name in NAMES]
    result = forecast("run", *NAMES, *SHORT, cwd=home)
    assert result.returncode == DONE, result.stderr
    assert [made(home, name) for name in NAMES] == before
    assert result.stderr.count("finished before, not computed again") == 2
    assert "2 scenarios done, 2 of them before; --again" in result.stderr
    assert "about" not in result.stderr.partition("done")[0]
    rows = [line.split()[0] for line in result.stdout.splitlines() if " 2028 " in line]
    assert rows == list(NAMES), "the table has those that were not computed as well"


def test_again_computes_anew_and_changes_no_byte(home):
    before = {name: (made(home, name), tables(home / "results" / name)) for name in NAMES}
    result = forecast("run", *NAMES, *SHORT, "--again", cwd=home)
    assert result.returncode == DONE, result.stderr
    for name in NAMES:
        assert made(home, name) != before[name][0]
        assert tables(home / "results" / name) == before[name][1]


def test_a_single_run_is_skipped_too_and_prints_the_same(home):
    words = ("run", "baseline", *SHORT, "--no-figures")
    first = forecast(*words, "--again", cwd=home)
    number = made(home, "baseline")
    second = forecast(*words, cwd=home)
    assert made(home, "baseline") == number
    assert first.stdout == second.stdout
    assert "--again" in second.stderr
    asked = forecast(*words, "--json", "--quiet", cwd=home)
    assert asked.stderr == ""
    assert json.loads(asked.stdout)[0]["scenario"] == "baseline"


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("--until", "2027", "--draws", "11"),
        ("--until", "2027", "--draws", "10", "--seed", "2"),
        ("--until", "2026", "--draws", "10"),
        ("--until", "2027"),
        (*SHORT, "--lang", "kk"),
        (*SHORT, "--figures"),
    ],
)
def test_other_inputs_are_computed(home, words):
    number = made(home, "baseline")
    figures = () if "--figures" in words else ("--no-figures",)
    result = forecast("run", "baseline", *words, *figures, "--quiet", cwd=home)
    assert result.returncode == DONE, result.stderr
    assert made(home, "baseline") != number


def spoil_table(folder):
    path = folder / "flows.parquet"
    path.write_bytes(path.read_bytes()[:-1])


def lose_workbook(folder):
    (folder / "tables.xlsx").unlink()


def break_manifest(folder):
    found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    found["versions"]["code"] = "another"
    (folder / "manifest.json").write_text(json.dumps(found), encoding="utf-8")


@pytest.mark.parametrize("spoil", [spoil_table, lose_workbook, break_manifest])
def test_what_is_damaged_or_of_other_code_is_computed_again(home, spoil):
    before = tables(home / "results" / "baseline")
    spoil(home / "results" / "baseline")
    result = forecast("run", *NAMES, *SHORT, cwd=home)
    assert result.returncode == DONE, result.stderr
    assert result.stderr.count("finished before") == 1
    assert tables(home / "results" / "baseline") == before


def test_a_changed_scenario_file_is_computed_again(home):
    mine = home / "mine.yml"
    mine.write_text("extends: baseline\nuntil: 2027\n")
    assert forecast("run", "mine.yml", "--no-figures", cwd=home).returncode == DONE
    number = made(home, "mine")
    mine.write_text("# a remark changes nothing\nextends: baseline\nuntil: 2027\n")
    assert forecast("run", "mine.yml", "--no-figures", cwd=home).returncode == DONE
    assert made(home, "mine") == number
    mine.write_text("extends: baseline\nuntil: 2028\n")
    assert forecast("run", "mine.yml", "--no-figures", cwd=home).returncode == DONE
    assert made(home, "mine") != number


def test_a_wrong_scenario_beside_finished_ones_is_still_told(home):
    result = forecast("run", *NAMES, "nowhere", *SHORT, cwd=home)
    assert result.returncode == WRONG
    assert result.stderr.count("finished before") == 2
    assert "nowhere: failed" in result.stderr


def test_what_killed_runs_left_is_tidied_beside_finished_work(home):
    """Among it a folder whose process number is borne by another process by now."""
    results = home / "results"
    for process in (2**22 + 7, os.getpid()):
        left = results / f".baseline{storage.PARTIAL}-{process}"
        left.mkdir()
        (left / "flows.parquet").write_bytes(b"PAR1")
        long_ago = time.time() - 60
        os.utime(left, (long_ago, long_ago))
    (results / "alatau-sez").rename(results / f".alatau-sez{storage.REPLACED}")
    result = forecast("run", *NAMES, *SHORT, cwd=home)
    assert result.stderr.count("finished before") == 2
    assert sorted(path.name for path in results.iterdir()) == sorted(NAMES)


def test_a_folder_that_is_being_written_is_left_alone(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from forecast.storage import replacing\n"
        "with replacing(Path('results/a')) as beside:\n"
        "    (beside / 'x').write_text('1'); print('there', flush=True); sys.stdin.readline()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdout.readline() == "there\n"
    (beside,) = (tmp_path / "results").iterdir()
    os.utime(beside, (0, 0))
    storage.tidy(tmp_path / "results" / "a")
    assert (beside / "x").is_file()
    process.communicate("\n", timeout=60)
    assert [path.name for path in (tmp_path / "results").iterdir()] == ["a"]


def test_the_time_left_is_told_from_what_was_worked():
    now = [0.0]
    clock = Clock(10.0, lambda: now[0])
    assert clock.words() == ""
    now[0] = 3.0
    clock.part(2.0, worked=False)  # found finished: says nothing of the others
    assert clock.left() is None
    now[0] = 11.0
    clock.part(4.0, worked=True)  # 8 s for 4 of the 8 that are left
    assert clock.left() == pytest.approx(8.0)
    assert clock.words() == "about 8 s left"
    now[0] = 14.0
    assert clock.left() == pytest.approx(5.0)
    now[0] = 99.0
    assert clock.words() == "about 1 s left"
    clock.part(4.0, worked=True)
    assert clock.words() == "", "nothing is left"


def test_long_times_are_told_in_minutes():
    now = [0.0]
    clock = Clock(4.0, lambda: now[0])
    now[0] = 300.0
    clock.part(1.0, worked=True)
    assert clock.words() == "about 15 min left"


def test_no_progress_is_printed_without_a_listener(home):
    result = forecast("run", *NAMES, *SHORT, "--quiet", cwd=home)
    assert (result.returncode, result.stdout, result.stderr) == (DONE, "", "")
    assert Path(home / "results" / "baseline" / "manifest.json").is_file()
