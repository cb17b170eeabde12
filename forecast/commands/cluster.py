"""The scenarios of a batch on a Dask cluster: each worker sends its run folder back whole.

No disk is shared: a worker writes the folder in a place of its own, and its files come here as
bytes and appear as a whole. A worker that is lost gives its scenarios to the others.
"""

from __future__ import annotations

import hashlib
import json
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from forecast.commands.batch import DONE, Job, Outcome, carry_out
from forecast.commands.workers import FAILED
from forecast.errors import ForecastError, InputError, RunError
from forecast.inputs import versions
from forecast.run_folder import MANIFEST, own_files
from forecast.storage import replacing
from forecast.words import say

if TYPE_CHECKING:
    from distributed import Client

    from forecast.dataset.package import Dataset

OPTION = "--workers"
SCHEMES = ("tcp", "tls")
WAIT = 15  # seconds for an answer of the scheduler
PACKAGE = "growth-point-forecast[cluster]"


class Sent(NamedTuple):
    """What a worker sends back: the outcome, and the files of the run folder by their path."""

    outcome: Outcome
    files: Mapping[str, bytes]


def outcomes_of_cluster(jobs: Sequence[Job], dataset: Dataset, address: str) -> Iterator[Outcome]:
    """The outcome of every job, as they come; their folders appear on this machine.

    address : of the scheduler, such as tcp://10.0.0.5:8786
    Raises InputError where the cluster cannot be used, RunError where it is lost meanwhile.
    """
    with _connected(address) as client:
        from distributed import as_completed

        _refuse_others(client, address)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sending large graph")
            package = client.submit(_package, dataset, pure=False)  # made again where it is lost
            asked = {  # the first of them first
                client.submit(carry_out_there, job, package, pure=False, priority=-place): job
                for place, job in enumerate(jobs)
            }
        for future in as_completed(list(asked), loop=client.loop):
            job = asked.pop(future)
            yield _received(future, job)
            future.release()  # its files are here: the cluster forgets them


def carry_out_there(job: Job, dataset: Dataset) -> Sent:
    """Run one scenario on a worker and take the files of its folder."""
    with TemporaryDirectory(prefix="forecast-") as place:
        folder = Path(place) / "run"
        outcome = carry_out(replace(job, folder=str(folder)), dataset)
        if outcome.code != DONE:
            return Sent(outcome, {})
        files = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
    summary = {**outcome.summary, "folder": job.folder}
    return Sent(replace(outcome, summary=summary), files)


def _package(dataset: Dataset) -> Dataset:
    """The data package, which the cluster holds once for each worker."""
    return dataset


def _received(future: Any, job: Job) -> Outcome:
    """What became of a job on the cluster; its folder is written here."""
    from distributed import CancelledError, KilledWorker

    try:
        sent: Sent = future.result()
    except KilledWorker:
        text = say("{name}: the workers that computed it were lost one after another, perhaps for "
                   "want of memory", name=job.name)  # fmt: skip
        return Outcome(job.name, FAILED, text)
    except (CancelledError, OSError) as error:
        raise RunError("", _lost()) from error
    if sent.outcome.code != DONE:
        return sent.outcome
    try:
        _write(sent.files, Path(job.folder))
    except ForecastError as error:  # a full disk: the other scenarios may still find room
        return Outcome(job.name, error.exit_code, str(error))
    return sent.outcome


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    """The run folder from the files that came; raises RunError where they are not those sent."""
    manifest = json.loads(files[MANIFEST])
    wanted = {**manifest["files"]}
    found = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    del found[MANIFEST]
    if found != wanted or manifest["versions"] != versions():
        raise RunError(folder, say("a worker sent something else than a run of this version"))
    with replacing(folder, owned=own_files) as beside:
        for name, content in files.items():
            path = beside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


@contextmanager
def _connected(address: str) -> Iterator[Client]:
    """A connection to the scheduler within the block."""
    try:
        import distributed
    except ImportError as error:
        message = say(
            "a cluster needs the library 'distributed', which is not installed; install it: "
            "pip install '{package}'",
            package=PACKAGE,
        )  # fmt: skip
        raise InputError(OPTION, message) from error
    _hush()
    try:
        client = distributed.Client(address, timeout=WAIT, set_as_default=False)
    except (OSError, ValueError) as error:
        message = say("no scheduler answers at {address}; start one: dask scheduler",
                      address=address)  # fmt: skip
        raise InputError(OPTION, message) from error
    try:
        yield client
    finally:
        client.close(timeout=WAIT)


def _hush() -> None:
    """Silence the libraries of the cluster: what happens to it is told in our words."""
    for name in ("distributed", "tornado", "asyncio", *logging.root.manager.loggerDict):
        if name.partition(".")[0] in ("distributed", "tornado", "asyncio"):
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _refuse_others(client: Client, address: str) -> None:
    """Raise InputError where nobody works, or somebody would compute other numbers."""
    mine = versions()
    found = client.run(versions, on_error="return")
    if not found:
        message = say("the cluster has no workers; start some: dask worker {address} --nthreads 1",
                      address=address)  # fmt: skip
        raise InputError(OPTION, message)
    for worker, theirs in found.items():
        if not isinstance(theirs, dict):
            message = say("the worker {worker} cannot import forecast ({error})",
                          worker=worker, error=theirs)  # fmt: skip
            raise InputError(OPTION, message + "; " + _cure())
        other = [name for name, version in mine.items() if theirs.get(name) != version]
        if other:
            message = say(
                "the worker {worker} has another version of {names}, and would compute other "
                "numbers",
                worker=worker, names=", ".join(other),
            )  # fmt: skip
            raise InputError(OPTION, message + "; " + _cure())


def _cure() -> str:
    return say("install on every worker what is installed here")


def _lost() -> str:
    return say("the cluster was lost; run again: what is finished is not computed again")


def is_address(workers: object) -> bool:
    """Whether workers are given as the address of a cluster."""
    return isinstance(workers, str) and "://" in workers


def _refuse_address(text: str) -> None:
    """Raise InputError where an address names no machine, no port or a way that is not served."""
    try:
        found = urlsplit(text)
        whole = found.scheme in SCHEMES and bool(found.hostname) and bool(found.port)
    except ValueError:  # a port that is none
        whole = False
    if not whole:
        message = say("'{text}' is no address of a scheduler; write it like tcp://10.0.0.5:8786",
                      text=text)  # fmt: skip
        raise InputError(OPTION, message)


def read_workers(text: str | int | None) -> int | str | None:
    """What --workers says: a number from 1 up, the address of a cluster, or nothing.

    Raises InputError for anything else.
    """
    if is_address(text):
        _refuse_address(str(text))
    if text is None or isinstance(text, int) or is_address(text):
        number = text
    else:
        try:
            number = int(text)
        except ValueError:
            message = say(
                "'{text}' is neither a number nor an address such as tcp://10.0.0.5:8786",
                text=text,
            )  # fmt: skip
            raise InputError(OPTION, message) from None
    if isinstance(number, int) and number < 1:
        raise InputError(OPTION, say("write 1 or more"))
    return number
