"""A batch that is killed again and again ends with the tables of one that nobody disturbed."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

import forecast as fc

NAMES = ("alatau-sez", "baseline", "north-resettlement")
WORDS = ("run", *NAMES, "--until", "2027", "--draws", "10", "--workers", "2")
KILLS, SEED = 20, 20

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "killpg"), reason="process groups are of POSIX systems"),
]


def start(home):
    """The batch as a process group of its own."""
    command = [sys.executable, "-m", "forecast", *WORDS]
    return subprocess.Popen(
        command, cwd=home, start_new_session=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def tables(home):
    """{name: sha256} of every Parquet table of every run."""
    return {
        path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((home / "results").rglob("*.parquet"))
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    home = tmp_path_factory.mktemp("undisturbed")
    began = time.monotonic()
    process = start(home)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return home, time.monotonic() - began


def kill(process):
    """End every process of the group at once, as a machine that goes off does."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)


def done(home):
    """The finished runs; each of them must be whole at any time."""
    found = sorted(path for path in (home / "results").glob("[!.]*"))
    for folder in found:
        fc.load(folder)
    return [folder.name for folder in found]


def test_twenty_kills_change_no_byte(undisturbed, tmp_path):
    whole, seconds = undisturbed
    chance = random.Random(SEED)
    finished: list[str] = []
    kills, unfinished, halfway = 0, 0, 0
    while kills < KILLS:
        process = start(tmp_path)
        # anywhere from the start of Python to the end of the batch
        time.sleep(chance.uniform(0.0, 1.1 * seconds))
        if process.poll() is not None:  # it was quicker: begin again from nothing
            process.communicate(timeout=60)
            assert process.returncode == 0
            assert tables(tmp_path) == tables(whole)
            for folder in (tmp_path / "results").iterdir():
                shutil.rmtree(folder)
            finished = []
            continue
        kill(process)
        kills += 1
        now = done(tmp_path)
        assert set(finished) <= set(now), "nothing that was finished is lost"
        unfinished += len(now) < len(NAMES)
        halfway += len(now) not in (len(finished), len(NAMES))  # it had done something this time
        finished = now
    assert unfinished >= KILLS // 4, "most kills came after the work was done"
    assert halfway, "no kill came between two scenarios"
    process = start(tmp_path)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0, said
    assert said.count("finished before, not computed again") == len(finished)
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == sorted(NAMES)
    assert tables(tmp_path) == tables(whole)


@pytest.mark.parametrize("moment", ["partial", "replaced"])
def test_a_kill_while_a_folder_is_written_or_exchanged(undisturbed, tmp_path, moment):
    """The two moments that a kill at random seldom meets, met on purpose."""
    whole, _ = undisturbed
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from forecast import storage\n"
        "from forecast.cli import main\n"
        "def die(*_): os.kill(os.getpid(), signal.SIGKILL)\n"
        f"moment = {moment!r}\n"
        "rename = Path.rename\n"
        "def renamed(self, target):\n"
        "    if moment == 'partial' and storage.PARTIAL in self.name: die()\n"
        "    found = rename(self, target)\n"
        "    if moment == 'replaced' and storage.REPLACED in Path(target).name: die()\n"
        "    return found\n"
        "Path.rename = renamed\n"
        f"main({[*WORDS[:-1], '1', '--again']!r})\n"
    )
    process = start(tmp_path)
    process.communicate(timeout=300)
    killed = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, timeout=300, check=False)
    assert killed.returncode == -signal.SIGKILL
    left = [path.name for path in (tmp_path / "results").glob(".*")]
    assert any(moment in name for name in left)
    process = start(tmp_path)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 0
    assert said.count("finished before") == len(NAMES), "the old folder is back"
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == sorted(NAMES)
    assert tables(tmp_path) == tables(whole)
