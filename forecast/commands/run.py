"""`forecast run`: scenarios in, folders of results out, a summary on the screen."""

from __future__ import annotations

import json
import math
import os
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forecast import api
from forecast.commands.batch import (
    DONE,
    Job,
    Outcome,
    outcomes,
    run_and_save,
    sizes_of,
    standing,
    summarise,
)
from forecast.commands.cluster import outcomes_of_cluster, read_workers
from forecast.commands.finished import finished
from forecast.commands.screen import show, thousand
from forecast.commands.workers import FAILED
from forecast.draws import Draws
from forecast.errors import InputError
from forecast.going import progress
from forecast.run_folder import own_files
from forecast.scenario.find import plain_name
from forecast.shell import heard, show_table, tell
from forecast.storage import refuse_unwritable, tidy
from forecast.words import language, say, say_n
from forecast.words.digits import number

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset


def run_batch(
    scenarios: Sequence[str],
    data: str | None,
    *,
    until: int | None,
    out: Path,
    draws: Draws | None = None,
    workers: int | str | None = None,
    figures: bool | None = None,
    again: bool = False,
    quiet: bool = False,
    as_json: bool = False,
) -> int:
    """Run each scenario and save its folder under `out`; the exit code of the worst.

    workers : how many scenarios run at the same time, or the address of a Dask cluster
    figures : whether they are drawn; without a wish those of a single scenario, not of a batch,
              which would wait for them longer than for all its numbers
    again   : what was finished before is computed anew instead of being left as it is
    A scenario that fails is reported and does not stop the others.
    """
    asked = read_workers(workers)
    named = _named(scenarios, out)
    for folder in named.values():
        refuse_unwritable(folder, owned=own_files)
    dataset = api.load_dataset(data)
    drawn = bool(figures) or (figures is None and len(named) == 1)
    jobs = [
        Job(name, str(folder), until, draws, drawn, language()) for name, folder in named.items()
    ]
    if len(jobs) == 1 and not isinstance(asked, str):
        return _run_one(jobs[0], dataset, asked, again=again, quiet=quiet, as_json=as_json)
    try:
        found = _run_many(jobs, dataset, asked, again=again, quiet=quiet)
    except BaseException:  # interrupted: nothing is left half written
        for folder in named.values():
            tidy(folder)
        raise
    ordered = [found[job.name] for job in jobs]
    _report(ordered, out, figures=drawn, quiet=quiet, as_json=as_json)
    codes = {outcome.code for outcome in ordered}
    return FAILED if FAILED in codes else max(codes)


def _run_one(
    job: Job, dataset: Dataset, workers: int | None, *, again: bool, quiet: bool, as_json: bool
) -> int:
    """Run one scenario, with all processors on its draws, and show its main results."""
    name, folder = plain_name(job.name), Path(job.folder)
    projection = None if again else finished(job, dataset)
    if projection is not None:
        text = say("{name}: finished before, not computed again; --again computes it anew",
                   name=name)  # fmt: skip
        tell(text, quiet=quiet)
    else:
        tell(say("running {name} ...", name=name), quiet=quiet)
        projection = run_and_save(
            job.name, folder, dataset, job.until, job.draws, figures=job.figures,
            workers=_workers(workers, workers or 2),
        )  # fmt: skip
    _warn(projection.manifest["warnings"], quiet=quiet)
    if as_json:
        _print_json([summarise(projection, folder)])
    elif not quiet:
        with heard():
            show(projection, folder, figures=job.figures)
    return DONE


def _workers(asked: int | None, jobs: int) -> int:
    """How many scenarios run at the same time; without a wish, one for each processor."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(asked or cores or 1, jobs)


def _run_many(
    jobs: Sequence[Job], dataset: Dataset, workers: int | str | None, *, again: bool, quiet: bool
) -> dict[str, Outcome]:
    """The outcomes by scenario, told as they come; what was finished before stands."""
    found: dict[str, Outcome] = {}
    cluster = workers if isinstance(workers, str) else None
    many = len(jobs) if isinstance(workers, str) else _workers(workers, len(jobs))
    for job in () if again else jobs:
        outcome = standing(job, dataset)
        if outcome is not None:
            found[job.name] = outcome
    left = [job for job in jobs if job.name not in found]
    sizes = sizes_of(left, dataset)
    if many > 1:  # what is wrong first, then the longest, so that no worker is idle at the end
        left = sorted(left, key=lambda job: -(sizes[job.name] or math.inf))
    with progress(len(jobs), whole=len(found) + sum(sizes.values()), quiet=quiet) as advance:
        for name in map(plain_name, found):
            advance(say("{name}: finished before, not computed again", name=name), worked=False)
        if not left:
            return found
        for outcome in (
            outcomes(left, dataset, min(many, len(left)))
            if cluster is None
            else outcomes_of_cluster(left, dataset, cluster)
        ):
            found[outcome.name] = outcome
            name, size = plain_name(outcome.name), sizes[outcome.name]
            text = say("{name}: failed", name=name)
            if outcome.code == DONE:
                seconds = number(outcome.seconds, 1)
                text = say("{name}: {seconds} s", name=name, seconds=seconds)
            advance(text, size=size, worked=size > 0)
            if outcome.message:
                tell(f"forecast: {outcome.message}")
    return found


def _report(
    ordered: Sequence[Outcome], out: Path, *, figures: bool, quiet: bool, as_json: bool
) -> None:
    """The scenarios side by side, in the order in which they were asked for."""
    done = [outcome for outcome in ordered if outcome.code == DONE]
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
    before = sum(outcome.stands for outcome in done)
    if before:
        text += ", " + say_n(
            "{n} of them before; --again computes it anew",
            "{n} of them before; --again computes them anew", before,
        )  # fmt: skip
    if len(done) < len(ordered):
        failed = len(ordered) - len(done)
        text += ", " + say_n("{n} failed", "{n} failed", failed)
    tell(text, quiet=quiet)
    if done:
        tell(say("Written to {folder}: a folder for each scenario.", folder=out), quiet=quiet)
        compared = " ".join(shlex.quote(outcome.summary["folder"]) for outcome in done[:2])
        if len(done) > 1:
            tell(say("Next: {command}", command=f"forecast compare {compared}"), quiet=quiet)
        if not figures:
            command = f"forecast plot {shlex.quote(done[0].summary['folder'])} all"
            tell(say("Figures are drawn when asked for: {command}, or run with --figures",
                     command=command), quiet=quiet)  # fmt: skip


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
