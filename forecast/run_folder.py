"""The files of a run folder: which there are, and how they are read again unharmed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from forecast.errors import InputError
from forecast.words import say

MANIFEST = "manifest.json"
RESOLVED = "scenario.resolved.yml"
OUTLINES = "outlines.json"
WRITTEN = ("files", "finished", "language")  # keys that saving adds to the manifest
KEYS = {  # of the manifest, without which a run cannot be read
    "run_id": str,
    "scenario": str,
    "titles": dict,
    "base_year": int,
    "last_year": int,
    "sources": dict,
    "files": dict,
}


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table of a run as Parquet; words, which come again and again, as a dictionary."""
    words = [name for name in frame if not is_numeric_dtype(frame[name])]
    frame.to_parquet(path, compression="zstd", index=False, use_dictionary=words)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run folder; raises InputError where there is none or it is damaged."""
    path = folder / MANIFEST
    cure = say("give the folder of a finished run, for instance results/baseline")
    if not path.is_file():
        raise InputError(folder, say("there is no finished run here") + "; " + cure)
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(path, say("the file is damaged") + f" ({error})") from error
    wrong = [
        name
        for name, kind in KEYS.items()
        if not (isinstance(manifest, dict) and isinstance(manifest.get(name), kind))
    ]
    if wrong:
        names = ", ".join(wrong)
        raise InputError(path, say("the keys {names} are missing or damaged", names=names))
    return manifest


def own_files(folder: Path) -> frozenset[str]:
    """The files that a run wrote into its folder; none where there is no run."""
    try:
        return frozenset(read_manifest(folder)["files"]) | {MANIFEST}
    except InputError:
        return frozenset()


def digest(path: Path) -> str:
    """sha256 of a file, as the manifest records it."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _check_digest(path: Path, manifest: Mapping[str, Any]) -> None:
    if digest(path) != manifest["files"].get(path.name):
        raise ValueError(say("its content is not what the manifest recorded"))


def read_table(path: Path, manifest: Mapping[str, Any]) -> pd.DataFrame:
    """A table of a run; raises ValueError when it is not what the manifest recorded."""
    _check_digest(path, manifest)
    return pd.read_parquet(path)


def read_text(path: Path, manifest: Mapping[str, Any]) -> str:
    """A text of a run; raises ValueError when it is not what the manifest recorded."""
    _check_digest(path, manifest)
    return path.read_text(encoding="utf-8")
