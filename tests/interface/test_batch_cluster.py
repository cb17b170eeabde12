"""A batch on a real Dask cluster: a scheduler and two workers, processes of this machine."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from forecast.commands.cluster import read_workers
from forecast.errors import InputError

DONE, FAILED, WRONG = 0, 1, 2
NAMES = ("alatau-sez", "baseline", "baseline+fertility-high", "north-resettlement")
WORDS = ("run", *NAMES, "--until", "2027", "--draws", "10")


@pytest.fixture(scope="module", autouse=True)
def _cluster(needed):
    needed("distributed")


def forecast(*words, cwd, **more):
    command = [sys.executable, "-m", "forecast", *map(str, words)]
    return subprocess.run(
        command, cwd=cwd, timeout=300, capture_output=True, text=True, check=False, **more
    )


def tables(home):
    return {
        path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((home / "results").rglob("*.parquet"))
    }


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Cluster:
    """A scheduler and workers that a test starts and kills."""

    def __init__(self, home):
        self.home, self.port = home, free_port()
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.workers, self.log = [], open(home / "cluster.log", "w")  # noqa: SIM115
        self.scheduler = self.start(
            "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(self.port),
            "--no-dashboard",
        )  # fmt: skip
        self.awaited(self.listens, "the scheduler does not start")

    def start(self, module, *words, **environment):
        command = [sys.executable, "-m", module, *words]
        return subprocess.Popen(
            command, cwd=self.home, stdout=self.log, stderr=self.log, start_new_session=True,
            env={**os.environ, **environment},
        )  # fmt: skip

    def add_worker(self):
        worker = self.start(
            "distributed.cli.dask_worker", self.address, "--host", "127.0.0.1", "--no-nanny",
            "--nthreads", "1", "--no-dashboard", "--local-directory", str(self.home),
        )  # fmt: skip
        self.workers.append(worker)
        return worker

    def listens(self):
        with socket.socket() as asked:
            return asked.connect_ex(("127.0.0.1", self.port)) == 0

    def ready(self, count):
        from distributed import Client

        with Client(self.address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=60)

    def awaited(self, condition, why):
        until = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < until, why + (self.home / "cluster.log").read_text()
            time.sleep(0.1)

    def end(self):
        for process in (*self.workers, self.scheduler):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self.log.close()


@pytest.fixture
def cluster(tmp_path_factory):
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    yield made
    made.end()


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    """The same batch on this machine alone."""
    home = tmp_path_factory.mktemp("here")
    result = forecast(*WORDS, "--workers", 1, cwd=home)
    assert result.returncode == DONE, result.stderr
    return tables(home)


@pytest.mark.slow
def test_a_cluster_gives_the_same_tables_and_finished_work_stands(cluster, here, tmp_path):
    for _ in range(2):
        cluster.add_worker()
    cluster.ready(2)
    result = forecast(*WORDS, "--workers", cluster.address, cwd=tmp_path)
    assert result.returncode == DONE, result.stderr
    assert tables(tmp_path) == here
    assert "4 scenarios done" in result.stderr
    assert sorted(path.name for path in (tmp_path / "results").iterdir()) == sorted(NAMES)
    again = forecast(*WORDS, "--workers", 2, cwd=tmp_path)
    assert again.stderr.count("finished before") == 4, "here as well"
    wrong = forecast("run", "nowhere", "baseline", "--until", "2026", "--workers",
                     cluster.address, "--out", "other", cwd=tmp_path)  # fmt: skip
    assert wrong.returncode == WRONG
    assert "no scenario 'nowhere'" in wrong.stderr
    assert "1 scenario done, 1 failed" in wrong.stderr
    one = forecast("run", "baseline", "--until", "2026", "--no-figures", "--workers",
                   cluster.address, "--out", "one", cwd=tmp_path)  # fmt: skip
    assert one.returncode == DONE, one.stderr
    assert (tmp_path / "one" / "baseline" / "manifest.json").is_file()


@pytest.mark.slow
def test_a_worker_that_is_killed_in_the_middle_changes_no_byte(cluster, here, tmp_path):
    cluster.add_worker()
    doomed = cluster.add_worker()
    cluster.ready(2)
    command = [sys.executable, "-m", "forecast", *WORDS, "--workers", cluster.address]
    batch = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    results = tmp_path / "results"
    cluster.awaited(lambda: len(list(results.glob("[!.]*"))) >= 1, "nothing is finished")
    assert batch.poll() is None, "the batch is over before its worker is killed"
    os.killpg(doomed.pid, signal.SIGKILL)
    _, said = batch.communicate(timeout=300)
    assert batch.returncode == DONE, said
    assert "Traceback" not in said
    assert tables(tmp_path) == here


@pytest.mark.slow
def test_a_scheduler_that_is_lost_is_told_of_and_finished_work_stays(cluster, tmp_path):
    cluster.add_worker()
    cluster.ready(1)
    command = [sys.executable, "-m", "forecast", *WORDS, "--workers", cluster.address]
    batch = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    results = tmp_path / "results"
    cluster.awaited(lambda: len(list(results.glob("[!.]*"))) >= 1, "nothing is finished")
    os.killpg(cluster.scheduler.pid, signal.SIGKILL)
    _, said = batch.communicate(timeout=300)
    assert batch.returncode == FAILED, said
    assert said.splitlines()[-1].startswith("forecast: the cluster was lost; run again"), said
    assert "Traceback" not in said
    assert not list(results.glob(".*"))
    again = forecast(*WORDS, cwd=tmp_path)
    assert again.returncode == DONE
    assert "finished before" in again.stderr


def test_a_cluster_without_workers_is_told_of(cluster, tmp_path):
    result = forecast("run", "baseline", "--workers", cluster.address, cwd=tmp_path)
    assert result.returncode == WRONG
    assert "the cluster has no workers; start some: dask worker tcp://" in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.slow
def test_an_address_where_nobody_answers_is_told_of(tmp_path):
    result = forecast(*WORDS, "--workers", f"tcp://127.0.0.1:{free_port()}", cwd=tmp_path)
    assert result.returncode == WRONG
    assert "no scheduler answers at tcp://127.0.0.1" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_library_that_is_missing_is_told_of_with_the_cure(tmp_path):
    (tmp_path / "distributed.py").write_text("raise ImportError('not there')\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    result = forecast("run", "baseline", "--workers", "tcp://127.0.0.1:1", cwd=tmp_path,
                      env={**os.environ, "PYTHONPATH": path})  # fmt: skip
    assert result.returncode == WRONG
    assert "pip install 'growth-point-forecast[cluster]'" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_workers_are_a_number_or_an_address():
    assert read_workers(None) is None
    assert read_workers("2") == read_workers(2) == 2
    assert read_workers("tcp://10.0.0.5:8786") == "tcp://10.0.0.5:8786"
    for wrong in ("0", "-1", 0):
        with pytest.raises(InputError, match="1 or more"):
            read_workers(wrong)
    for wrong in ("tcp://", "tcp://10.0.0.5", "tcp://10.0.0.5:many", "tcp://10.0.0.5:99999",
                  "tcp://10.0.0.5:0", "http://10.0.0.5:8786", "tcp://:8786"):  # fmt: skip
        with pytest.raises(InputError, match="no address of a scheduler; write it like tcp://"):
            read_workers(wrong)
    for wrong in ("many", "10.0.0.5:8786", "1.5", ""):
        with pytest.raises(InputError, match="neither a number nor an address"):
            read_workers(wrong)
