"""`forecast run`: scenarios in, folders of results out, a summary on the screen."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Thread
from time import perf_counter, sleep
from typing import TYPE_CHECKING, Any

import click

from forecast import api
from forecast.commands.screen import show, thousand
from forecast.draws import Draws
from forecast.errors import ForecastError, InputError
from forecast.gains import gains_record
from forecast.projection import Projection, own_files
from forecast.scenario.find import plain_name
from forecast.shell import heard, progress, show_table, tell
from forecast.storage import refuse_unwritable, tidy
from forecast.words import language, say, say_n, speaking
from forecast.words.digits import number

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset

DONE, FAILED, WRONG = 0, 1, 2


def run_batch(
    scenarios: Sequence[str],
    data: str | None,
    *,
    until: int | None,
    out: Path,
    draws: Draws | None = None,
    workers: int | None = None,
    quiet: bool = False,
    as_json: bool = False,
) -> int:
    """Run each scenario and save its folder under `out`; the exit code of the worst.

    A scenario that fails is reported and does not stop the others.
    """
    if workers is not None and workers < 1:
        raise InputError("--workers", say("write 1 or more"))
    named = _named(scenarios, out)
    for folder in named.values():
        refuse_unwritable(folder, owned=own_files)
    dataset = api.load_dataset(data)
    if len(named) == 1:
        ((name, folder),) = named.items()
        tell(say("running {name} ...", name=plain_name(name)), quiet=quiet)
        projection = _run(name, folder, dataset, until, draws, _workers(workers, workers or 2))
        _warn(projection.manifest["warnings"], quiet=quiet)
        if as_json:
            _print_json([_summary(projection, folder)])
        elif not quiet:
            with heard():
                show(projection, folder)
        return DONE
    jobs = [
        Job(name, str(folder), data, until, draws, language(), os.getpid())
        for name, folder in named.items()
    ]
    try:
        outcomes = _run_many(jobs, _workers(workers, len(jobs)), quiet=quiet)
    except BaseException:  # interrupted: nothing is left half written
        _stop_workers()
        for folder in named.values():
            tidy(folder)
        raise
    _stop_workers()
    ordered = [outcomes[job.name] for job in jobs]
    _report(ordered, out, quiet=quiet, as_json=as_json)
    codes = {outcome.code for outcome in ordered}
    return FAILED if FAILED in codes else max(codes)


@dataclass(frozen=True)
class Job:
    """One scenario of a batch, as plain data that travels to a worker.

    owner : the process that wants it; a worker whose owner was killed ends as well
    """

    name: str
    folder: str
    data: str | None
    until: int | None
    draws: Draws | None
    language: str
    owner: int


@dataclass(frozen=True)
class Outcome:
    """What became of it: exit code, message of a failure, warnings, summary, seconds."""

    name: str
    code: int
    message: str = ""
    warnings: tuple[str, ...] = ()
    summary: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


def run_job(job: Job) -> Outcome:
    """Run one scenario of a batch; a failure is an outcome, not an exception."""
    start = perf_counter()
    if job.owner != os.getpid():
        _watch(job.owner)
    try:
        with speaking(job.language):
            folder = Path(job.folder)
            projection = _run(job.name, folder, _dataset(job.data), job.until, job.draws)
            summary = _summary(projection, folder)
    except ForecastError as error:
        return Outcome(job.name, error.exit_code, str(error))
    except Exception as error:  # noqa: BLE001 - one failure never stops the others
        if os.environ.get("FORECAST_DEBUG"):
            raise
        with speaking(job.language):
            text = say("an unexpected fault ({kind}: {error}); please report it; "
                       "FORECAST_DEBUG=1 shows where",
                       kind=type(error).__name__, error=error)  # fmt: skip
        return Outcome(job.name, FAILED, text)
    warnings = tuple(projection.manifest["warnings"])
    return Outcome(job.name, DONE, "", warnings, summary, perf_counter() - start)


@lru_cache(maxsize=1)
def _watch(owner: int) -> None:
    """End this worker as soon as the process that wants its work is gone."""

    def wait() -> None:
        while os.getppid() == owner:
            sleep(1)
        os._exit(FAILED)

    Thread(target=wait, daemon=True).start()


@lru_cache(maxsize=1)
def _dataset(data: str | None) -> Dataset:
    """The data package, loaded once by each worker."""
    return api.load_dataset(data)


def _run(
    name: str,
    folder: Path,
    dataset: Dataset,
    until: int | None,
    draws: Draws | None,
    workers: int = 1,
) -> Projection:
    count, seed = (draws.count, draws.seed) if draws else (None, 1)
    projection = api.run(name, dataset, until=until, draws=count, seed=seed, workers=workers)
    projection.save(folder)
    return projection


def _workers(asked: int | None, jobs: int) -> int:
    """How many scenarios run at the same time; without a wish, one for each processor."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(asked or cores or 1, jobs)


def _run_many(jobs: Sequence[Job], workers: int, *, quiet: bool) -> dict[str, Outcome]:
    """The outcomes by scenario, told as they come."""
    found: dict[str, Outcome] = {}
    with progress(len(jobs), quiet=quiet) as advance:
        for outcome in _outcomes(jobs, workers):
            found[outcome.name] = outcome
            name = plain_name(outcome.name)
            advance(say("{name}: {seconds} s", name=name, seconds=number(outcome.seconds, 1))
                    if outcome.code == DONE else say("{name}: failed", name=name))  # fmt: skip
            if outcome.message:
                tell(f"forecast: {outcome.message}")
    return found


def _outcomes(jobs: Sequence[Job], workers: int) -> Iterable[Outcome]:
    if workers == 1:
        return map(run_job, jobs)
    from joblib import Parallel, delayed  # late: one scenario needs no workers

    parallel = Parallel(
        n_jobs=workers, return_as="generator_unordered", batch_size=1, pre_dispatch=workers
    )
    outcomes: Iterable[Outcome] = parallel(delayed(run_job)(job) for job in jobs)
    return outcomes


def _stop_workers() -> None:
    """End the workers at once, if there are any."""
    if "joblib" in sys.modules:
        from joblib.externals.loky import get_reusable_executor

        get_reusable_executor().shutdown(wait=True, kill_workers=True)


def _report(outcomes: Sequence[Outcome], out: Path, *, quiet: bool, as_json: bool) -> None:
    """The scenarios side by side, in the order in which they were asked for."""
    done = [outcome for outcome in outcomes if outcome.code == DONE]
    for outcome in done:
        name = plain_name(outcome.name)
        _warn([f"{name}: {text}" for text in outcome.warnings], quiet=quiet)
    if as_json:
        _print_json([outcome.summary for outcome in done])
    elif done and not quiet:
        with heard():
            click.echo()
            click.echo(say("The nation at the end of each scenario, thousand"))
            show_table(
                (
                    say("Scenario"), say("1 January"), say("population"), say("change"),
                    say("arrivals at\ngrowth points"), say("labour\ndeficit"),
                    say("school places\nadded"),
                ),
                [_row(outcome) for outcome in done],
            )  # fmt: skip
            click.echo()
    text = say_n("{n} scenario done", "{n} scenarios done", len(done))
    if len(done) < len(outcomes):
        failed = len(outcomes) - len(done)
        text += ", " + say_n("{n} failed", "{n} failed", failed)
    tell(text, quiet=quiet)
    if done:
        tell(say("Written to {folder}: a folder for each scenario.", folder=out), quiet=quiet)
        compared = " ".join(plain_name(outcome.name) for outcome in done[:2])
        if len(done) > 1:
            tell(say("Next: {command}", command=f"forecast compare {compared}"), quiet=quiet)


def _row(outcome: Outcome) -> list[str]:
    found = outcome.summary
    people = list(found["population"].values())
    return [
        plain_name(outcome.name), str(found["last_year"]), thousand(people[-1]),
        thousand(people[-1] - people[0], signed=True), thousand(found["arrivals"]),
        thousand(found["labour_deficit"], signed=True),
        thousand(found["school_places_added"], signed=True),
    ]  # fmt: skip


def _warn(warnings: Iterable[str], *, quiet: bool) -> None:
    for warning in warnings:
        tell(say("warning: {text}", text=warning), quiet=quiet)


def _print_json(report: list[dict[str, Any]]) -> None:
    click.echo(json.dumps(report, ensure_ascii=False, indent=2))


def _named(scenarios: Sequence[str], out: Path) -> dict[str, Path]:
    """The folder of each scenario; two that would share one are a fault."""
    named: dict[str, Path] = {}
    for scenario in dict.fromkeys(scenarios):
        folder = out / plain_name(scenario)
        if folder in named.values():
            message = say("two scenarios would write to the same folder; rename one")
            raise InputError(folder, message)
        named[scenario] = folder
    return named


def _summary(projection: Projection, folder: Path) -> dict[str, Any]:
    """The nation in a few numbers; what is not known is None."""
    people, last = projection.total(), projection.last_year
    points = projection.frame("growth_points")
    arrivals = points[(points["measure"] == "arrivals") & (points["origin"] == "total")]
    labour = projection.frame("labour")
    labour = labour[
        (labour["measure"] == "labour_deficit") & (labour["section"] == "total")
        & (labour["region"] == projection.nation) & (labour["year"] == last - 1)
    ]  # fmt: skip
    needs = projection.frame("infrastructure")
    needs = needs[
        (needs["measure"] == "added_need") & (needs["kind"] == "school_place")
        & (needs["region"] == projection.nation) & (needs["year"] == last)
    ]  # fmt: skip
    return {
        "scenario": projection.scenario,
        "run_id": projection.run_id,
        "folder": str(folder),
        "base_year": projection.base_year,
        "last_year": last,
        "population": {str(year): round(float(value)) for year, value in people.items()},
        "arrivals": round(float(arrivals["value"].sum())),
        "labour_deficit": round(float(labour["value"].iloc[0])) if len(labour) else None,
        "school_places_added": round(float(needs["value"].iloc[0])) if len(needs) else None,
        "response": gains_record(projection.frame("response"), projection.space),
    }
