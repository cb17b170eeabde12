"""What a run is made of: scenario, data, draws and versions; all that decides its numbers."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast import plan
from forecast.draws import Draws
from forecast.projection import run_id
from forecast.version import __version__

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.scenario import Scenario


def inputs_of(scenario: Scenario, dataset: Dataset, draws: Draws | None = None) -> dict[str, Any]:
    """What the run id names: what a bound scenario says, the data, the draws."""
    inputs = {"scenario": scenario.fingerprint, "data": dict(dataset.hashes), "draws": 0}
    if draws is not None:
        inputs |= {"draws": draws.count, "seed": draws.seed}
    return inputs


def made_of(
    name: str | Path, dataset: Dataset, *, until: int | None = None, draws: Draws | None = None
) -> dict[str, Any]:
    """The keys of the manifest that a run of this scenario would have: run_id and versions.

    Two runs with the same are equal bit for bit. Raises InputError for wrong input.
    """
    scenario = plan.bound_until(plan.read(name, dataset), dataset, until)
    return {"run_id": run_id(inputs_of(scenario, dataset, draws)), "versions": versions()}


def versions() -> dict[str, str]:
    """Versions of what computes the numbers, the code of this package by its content."""
    return {
        "forecast": __version__,
        "code": code_digest(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pandas": pd.__version__,
    }


@cache
def code_digest() -> str:
    """Twelve characters that name the code of this package: another line is another code."""
    room = Path(__file__).parent
    found = hashlib.sha256()
    for path in sorted(room.rglob("*.py")):
        found.update(path.relative_to(room).as_posix().encode() + b"\0")
        found.update(path.read_bytes() + b"\0")
    return found.hexdigest()[:12]
