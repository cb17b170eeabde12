"""Several scenarios on one `forecast run`: the same bytes however they are shared out."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

DONE, FAILED, INTERRUPTED = 0, 1, 130
BOTH = ("atyrau-petrochemicals", "baseline")


def forecast(*words, cwd):
    command = [sys.executable, "-m", "forecast", *map(str, words)]
    return subprocess.run(
        command, cwd=cwd, timeout=300, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The folder of a batch that two workers carried, and what was said."""
    home = tmp_path_factory.mktemp("shared")
    result = forecast("run", *BOTH, "--workers", 2, cwd=home)
    assert result.returncode == DONE, result.stderr
    return home / "results", result.stderr


def content(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def test_the_number_of_workers_changes_no_byte(shared, tmp_path):
    folder, _ = shared
    assert forecast("run", *BOTH, "--workers", 1, cwd=tmp_path).returncode == DONE
    for name in BOTH:
        mine, theirs = tmp_path / "results" / name, folder / name
        assert content(mine) == content(theirs)
        assert manifest(mine)["run_id"] == manifest(theirs)["run_id"]
        assert manifest(mine)["files"] == manifest(theirs)["files"]


@pytest.mark.slow
def test_a_batch_draws_figures_when_asked_and_says_how(shared, tmp_path):
    folder, said = shared
    for name in BOTH:
        assert (folder / name / "tables.xlsx").is_file()
        assert not (folder / name / "figures").exists()
    (line,) = [line for line in said.splitlines() if "forecast plot" in line]
    assert line == said.splitlines()[-1]
    assert "--figures" in line
    command = shlex.split(line.partition("forecast ")[2].partition(",")[0])
    result = forecast(*command, "--out", tmp_path / "drawn", cwd=folder.parent)
    assert result.returncode == DONE, result.stderr
    drawn = {path.stem for path in (tmp_path / "drawn").iterdir()}
    assert {"pyramid", "map", "flows", "flow_map"} <= drawn
    assert not {"fan", "variance"} & drawn, "the run has no draws"


def test_the_next_command_that_a_batch_names_works_as_it_stands(shared):
    folder, said = shared
    (line,) = [line for line in said.splitlines() if "forecast compare" in line]
    command = shlex.split(line.partition("forecast ")[2])
    assert command[1:] == [f"results/{name}" for name in BOTH]
    result = forecast(*command, cwd=folder.parent)
    assert result.returncode == DONE, result.stderr


@pytest.mark.slow
def test_figures_of_a_batch_are_those_of_a_single_run(tmp_path):
    assert forecast("run", *BOTH, "--figures", "--out", "a", cwd=tmp_path).returncode == DONE
    assert forecast("run", BOTH[0], "--out", "b", cwd=tmp_path).returncode == DONE
    assert content(tmp_path / "a" / BOTH[0]) == content(tmp_path / "b" / BOTH[0])
    assert (tmp_path / "a" / BOTH[1] / "figures" / "map.svg").is_file()


def test_a_single_run_does_without_figures_when_asked(tmp_path):
    result = forecast("run", BOTH[0], "--no-figures", cwd=tmp_path)
    assert result.returncode == DONE
    assert not (tmp_path / "results" / BOTH[0] / "figures").exists()
    assert "figures, Parquet" not in result.stderr


def members(group):
    """The processes of a group that still run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


def awaited(condition, seconds=120):
    """Wait until it holds; whether it does."""
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.1)
    return condition()


@pytest.fixture
def at_work(tmp_path):
    """A long batch in a group of its own, with both workers at work."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("the processes of a group are read in /proc")
    command = [sys.executable, "-m", "forecast", "run", *BOTH, "--draws", "4000", "--workers", "2"]
    process = subprocess.Popen(
        command, cwd=tmp_path, start_new_session=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    # the owner, the server of processes, its tracker of resources, two workers
    assert awaited(lambda: len(members(process.pid)) == 5)
    time.sleep(1)
    yield process
    for left in members(process.pid):
        os.kill(left, signal.SIGKILL)


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, INTERRUPTED), (signal.SIGTERM, 143), (signal.SIGKILL, -9)]
)
def test_no_worker_outlives_its_owner(at_work, tmp_path, number, code):
    if number == signal.SIGINT:
        os.killpg(at_work.pid, number)  # as a terminal does
    else:
        at_work.send_signal(number)
    _, said = at_work.communicate(timeout=120)
    assert at_work.returncode == code
    assert "Traceback" not in said
    assert awaited(lambda: not members(at_work.pid))
    if number != signal.SIGKILL:
        assert not list(tmp_path.rglob("*.parquet"))


@pytest.mark.slow
def test_a_worker_that_is_ended_from_outside_is_told_of(at_work):
    os.kill(max(members(at_work.pid)), signal.SIGKILL)  # the youngest: a worker
    _, said = at_work.communicate(timeout=120)
    assert at_work.returncode == FAILED
    assert "a process of the batch was ended" in said
    assert "Traceback" not in said
    assert awaited(lambda: not members(at_work.pid))


def test_a_run_without_figures_loads_no_library_that_it_can_do_without(tmp_path):
    script = (
        "import sys, forecast; forecast.run('baseline').save('baseline', figures=False); "
        "print({name.partition('.')[0] for name in sys.modules} & "
        "{'scipy', 'matplotlib', 'sklearn', 'statsmodels'})"
    )
    command = [sys.executable, "-c", script]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "set()"
