"""Runs that need not be computed: their folders hold what would come out, whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.errors import InputError
from forecast.inputs import made_of
from forecast.projection import Projection
from forecast.run_folder import MANIFEST, digest, read_manifest
from forecast.storage import tidy

if TYPE_CHECKING:
    from forecast.commands.batch import Job
    from forecast.dataset.package import Dataset

FIGURES = "figures/"


def finished(job: Job, dataset: Dataset) -> Projection | None:
    """The result that stands in the folder of a job already, or None where it must be computed.

    It stands where scenario, data, draws, seed, versions and language are those of the job, every
    file is as it was written, and figures are there if they are wanted. What a killed run left
    half written beside the folder is dropped.
    """
    folder = Path(job.folder)
    tidy(folder)
    if not (folder / MANIFEST).is_file():
        return None
    try:
        manifest = read_manifest(folder)
        if not (_is_of(manifest, job, dataset) and _whole(folder, manifest)):
            return None
        return Projection.load(folder)
    except (InputError, OSError):  # a wrong scenario is told when it is its turn
        return None


def _is_of(manifest: dict[str, Any], job: Job, dataset: Dataset) -> bool:
    """Whether a manifest is the one that the job would write."""
    drawn = any(name.startswith(FIGURES) for name in manifest["files"])
    if manifest.get("language") != job.language or (job.figures and not drawn):
        return False
    wanted = made_of(job.name, dataset, until=job.until, draws=job.draws)
    return all(manifest.get(key) == value for key, value in wanted.items())


def _whole(folder: Path, manifest: dict[str, Any]) -> bool:
    """Whether every file of a run folder is there and as it was written."""
    return all(
        (folder / name).is_file() and digest(folder / name) == wanted
        for name, wanted in manifest["files"].items()
    )
