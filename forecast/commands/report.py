"""`forecast report`: the report of a finished run as docx, html, pdf or xlsx."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from forecast import api
from forecast.commands.asked import gathering, is_run, run_near
from forecast.commands.files import Files, formats_asked, names_file, refuse_folder
from forecast.errors import Faults, InputError
from forecast.report.document import FORMATS, write_report
from forecast.report.document.written import regions_of
from forecast.run_folder import read_manifest
from forecast.words import LANGUAGES, language, say

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.projection import Projection

WORKBOOK = "xlsx"


@dataclass(frozen=True)
class _Job:
    """One run to tell: its name for files, the language it was made in, the regions wanted."""

    projection: Projection
    name: str
    told_in: str
    regions: tuple[str, ...]


def report(
    runs: Sequence[str],
    *,
    formats: str = "docx",
    regions: Sequence[str] = (),
    out: str | None = None,
    data: str | None = None,
    lang: str | None = None,
    quiet: bool = False,
) -> None:
    """Write the reports of runs and name the files.

    runs    : folders of finished runs
    formats : of FORMATS, with commas between
    regions : by any of their names; the report then tells of these alone
    out     : folder, or the file of a single report; the folder of now without it
    data    : data package whose official projections stand beside the runs
    lang    : language of the report; without it that in which each run was made
    Raises InputError with all faults; then nothing is written.
    """
    faults = Faults()
    asked = formats_asked(formats, FORMATS, "docx,pdf", faults)
    wanted = tuple(word for word in asked if word in FORMATS)
    jobs = _jobs(runs, regions, faults)
    targets = _targets(out, wanted, jobs, len(runs), faults)
    dataset = _package(data, jobs, faults) if any(kind != WORKBOOK for kind in wanted) else None
    if faults:
        raise InputError("", list(dict.fromkeys(faults)))
    for job, kind, path in targets:
        with Files(path.parent) as files:
            write_report(
                job.projection, files.beside(path.name), kind, lang=lang or job.told_in,
                regions=job.regions, dataset=dataset, told_in=job.told_in,
            )  # fmt: skip
        if not quiet:
            click.echo(str(path))


def _jobs(runs: Sequence[str], regions: Sequence[str], faults: Faults) -> list[_Job]:
    """The runs, loaded, with the ids of the regions."""
    jobs = []
    for run in runs:
        if not is_run(run) and (cure := run_near(run)):
            faults.add(run, say("there is no finished run here"), cure)
            continue
        with gathering(faults):
            told_in = str(read_manifest(Path(run)).get("language"))
            projection = api.load(run)
            ids = regions_of(projection.space, regions, faults)
            name = Path(os.path.realpath(run)).name
            spoken = told_in if told_in in LANGUAGES else language()
            jobs.append(_Job(projection, name, spoken, ids))
    return jobs


def _targets(
    out: str | None, formats: Sequence[str], jobs: Sequence[_Job], asked: int, faults: Faults
) -> list[tuple[_Job, str, Path]]:
    """The file of each report; what can be known to go wrong there is a fault now."""
    path = Path(out or ".")
    ending = path.suffix.lower().removeprefix(".")
    is_file = names_file(out)
    if is_file and (asked > 1 or len(formats) > 1):
        faults.add("--out", say("several reports do not fit into one file"),
                   say("name a folder"))  # fmt: skip
    elif is_file and formats and ending != formats[0]:
        faults.add("--out", say("the file {name} is of another format than --format names",
                                name=path.name), say("name a folder"))  # fmt: skip
    folder = path.parent if is_file else path
    with gathering(faults):
        refuse_folder(folder)
    found: dict[Path, tuple[_Job, str, Path]] = {}
    for job in jobs:
        for kind in formats:  # the workbook is that of the whole run
            tail = "".join(f"-{region}" for region in job.regions if kind != WORKBOOK)
            file = path if is_file else folder / f"{job.name}{tail}.{kind}"
            if file in found and not is_file:
                faults.add(file, say("two runs have this name"), say("report them one by one"))
            elif os.path.isdir(file):
                faults.add(file, say("this is a folder"))
            found[file] = (job, kind, file)
    return list(found.values())


def _package(data: str | None, jobs: Sequence[_Job], faults: Faults) -> Dataset | None:
    """The data package; the shipped one stands beside runs of its own regions alone."""
    dataset = None
    with gathering(faults):
        dataset = api.load_dataset(data)
    if data is not None and dataset is not None:
        for job in jobs:
            if dataset.space.ids != job.projection.space.ids:
                faults.add("--data", say("the package has other regions than the run {name}",
                                         name=job.name))  # fmt: skip
    return dataset
