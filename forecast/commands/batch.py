"""One scenario of a batch, from its name to its folder, and many of them over workers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from forecast import api
from forecast.commands.finished import finished
from forecast.commands.workers import FAILED, dataset_here, working
from forecast.errors import ForecastError, RunError, unexpected
from forecast.gains import gains_record
from forecast.plan import bound_until, read
from forecast.projection import Projection
from forecast.words import say, speaking

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.draws import Draws

DONE = 0
OF_A_POINT = 0.05  # how much longer a scenario takes for one more growth point


@dataclass(frozen=True)
class Job:
    """One scenario of a batch, as plain data that travels to a worker."""

    name: str
    folder: str
    until: int | None
    draws: Draws | None
    figures: bool
    language: str


@dataclass(frozen=True)
class Outcome:
    """What became of it: exit code, message of a failure, warnings, summary, seconds.

    stands : it was finished before and was not computed
    """

    name: str
    code: int
    message: str = ""
    warnings: tuple[str, ...] = ()
    summary: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    stands: bool = False


def outcomes(jobs: Sequence[Job], dataset: Dataset, workers: int) -> Iterator[Outcome]:
    """The outcome of every job, as they come; with one worker in this process, in their order.

    Raises RunError when a worker is gone: ended by the system or by somebody else.
    """
    if workers == 1:
        for job in jobs:
            yield carry_out(job, dataset)
        return
    with working(workers, dataset) as pool:
        asked = [pool.submit(carry_out, job) for job in jobs]
        for future in as_completed(asked):
            try:
                yield future.result()
            except BrokenProcessPool as error:
                message = say("a process of the batch was ended from outside, perhaps for want of "
                              "memory; run again with fewer --workers: what is finished is not "
                              "computed again")  # fmt: skip
                raise RunError("", message) from error


def carry_out(job: Job, dataset: Dataset | None = None) -> Outcome:
    """Run one scenario of a batch; a failure is an outcome, not an exception.

    dataset : the data package; that of the worker without it
    """
    start = perf_counter()
    try:
        with speaking(job.language):
            folder = Path(job.folder)
            projection = run_and_save(
                job.name, folder, dataset or dataset_here(), job.until, job.draws,
                figures=job.figures,
            )  # fmt: skip
            summary = summarise(projection, folder)
    except ForecastError as error:
        return Outcome(job.name, error.exit_code, str(error))
    except Exception as error:  # noqa: BLE001 - one failure never stops the others
        if os.environ.get("FORECAST_DEBUG"):
            raise
        with speaking(job.language):
            return Outcome(job.name, FAILED, unexpected(error))
    warnings = tuple(projection.manifest["warnings"])
    return Outcome(job.name, DONE, "", warnings, summary, perf_counter() - start)


def sizes_of(jobs: Sequence[Job], dataset: Dataset) -> dict[str, float]:
    """{scenario: how long it takes beside the others}, roughly; 1 for each without draws, which is
    quicker than asking. A scenario that is wrong has 0."""
    sizes = dict.fromkeys((job.name for job in jobs), 1.0)
    for job in jobs if len(jobs) > 1 else ():
        if job.draws is not None:
            try:
                scenario = bound_until(read(job.name, dataset), dataset, job.until)
            except ForecastError:
                sizes[job.name] = 0.0
                continue
            years = scenario.until - dataset.base_year + 1
            sizes[job.name] = years * (1 + OF_A_POINT * len(scenario.growth_points))
    return sizes


def standing(job: Job, dataset: Dataset) -> Outcome | None:
    """The outcome of a job that was finished before; None where it must be computed."""
    projection = finished(job, dataset)
    if projection is None:
        return None
    warnings = tuple(projection.manifest["warnings"])
    summary = summarise(projection, Path(job.folder))
    return Outcome(job.name, DONE, "", warnings, summary, stands=True)


def run_and_save(
    name: str,
    folder: Path,
    dataset: Dataset,
    until: int | None,
    draws: Draws | None,
    *,
    figures: bool,
    workers: int = 1,
) -> Projection:
    """Run a scenario and write its folder."""
    count, seed = (draws.count, draws.seed) if draws else (None, 1)
    projection = api.run(name, dataset, until=until, draws=count, seed=seed, workers=workers)
    projection.save(folder, figures=figures)
    return projection


def summarise(projection: Projection, folder: Path) -> dict[str, Any]:
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
