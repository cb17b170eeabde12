"""Processes that share the scenarios of a batch.

They come from one server of processes (the `forkserver` of the standard library), which has
imported the libraries of a run once; where the system has none they are started one by one. This
module imports nothing heavy, so that the server is on its way before the command itself is.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import forkserver
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset

FAILED = 1
SERVED = "forkserver" in multiprocessing.get_all_start_methods()
# What a run imports, those parts among them that the code imports late.
OF_A_RUN = (
    "forecast.commands.batch", "forecast.engine", "forecast.scenario.bind",
    "forecast.scenario.write", "forecast.scenario.advice", "forecast.report.excel",
    "pandas.core.reshape.reshape", "pyarrow.parquet", "ruamel.yaml", "xlsxwriter",
)  # fmt: skip
GARBAGE = 100_000  # objects between two looks for garbage
THREADS = "OMP_NUM_THREADS"  # of the linear algebra; further ones would wait for each other

_mine: list[Dataset] = []  # the data package of this worker


def get_ready() -> None:
    """Start the server of processes, which goes on importing while this process goes on."""
    if SERVED:
        with _one_thread():
            multiprocessing.set_forkserver_preload(list(OF_A_RUN))
            forkserver.ensure_running()


@contextmanager
def working(count: int, dataset: Dataset) -> Iterator[Executor]:
    """`count` processes that hold the data package, see `dataset_here`, within the block.

    They end with the block; where it fails they are ended at once, whatever they do.
    """
    get_ready()
    context = multiprocessing.get_context("forkserver" if SERVED else "spawn")
    with _one_thread():
        pool = ProcessPoolExecutor(count, context, initializer=_begin, initargs=(dataset,))
        try:
            yield pool
        except BaseException:
            for process in multiprocessing.active_children():
                process.kill()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def dataset_here() -> Dataset:
    """The data package that this worker was given."""
    return _mine[0]


def _begin(dataset: Dataset) -> None:
    """Make a fresh worker ready."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the owner hears it and ends its workers
    _mine[:] = [dataset]
    gc.freeze()  # what is there already stays; many short-lived cells are no reason to look often
    gc.set_threshold(GARBAGE, 20, 100)
    Thread(target=_end_with_the_owner, daemon=True).start()


def _end_with_the_owner() -> None:
    """End this worker as soon as the process that wants its work is gone, however it went."""
    owner = multiprocessing.parent_process()
    if owner is not None:
        owner.join()
        os._exit(FAILED)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Processes that start within the block compute on one thread each."""
    before = os.environ.get(THREADS)
    os.environ[THREADS] = before or "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[THREADS]
