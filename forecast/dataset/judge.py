"""Which tables are sound, and which were found sound before and need no second look.

The descriptor holds the hash of every table that was checked, and a fingerprint of what it was
checked against: the declarations and the facts of the country. While both are the same, the
table is the one that was checked. Anything else is checked again when the package is loaded.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from forecast.dataset.complete import check_complete
from forecast.dataset.declaration import Table
from forecast.dataset.declare import TABLES
from forecast.dataset.read import read_table
from forecast.dataset.schema import Country, validate
from forecast.errors import Faults
from forecast.words import say

DESCRIPTOR = "datapackage.json"
EDITION = 1  # to be raised when a check becomes stricter: every table is then looked at anew


def fingerprint(country: Country) -> str:
    """What tables are checked against, as one number."""
    facts = json.dumps(country.facts, sort_keys=True, ensure_ascii=False, default=str)
    told = [str(EDITION), repr(TABLES), repr(country.space), repr(country.former), facts]
    return sha256("\n".join(told).encode()).hexdigest()


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def read_descriptor(path: Path, faults: Faults) -> dict[str, Any]:
    """The descriptor of a package; without the file one that lists nothing."""
    try:
        content = json.loads((path / DESCRIPTOR).read_text(encoding="utf-8"))
        for resource in content["resources"]:
            resource["path"].removesuffix(".csv")
    except FileNotFoundError:
        return {"resources": []}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        faults.add(DESCRIPTOR, say("is not a descriptor of a data package"),
                   say("delete it and run 'forecast data build'"))  # fmt: skip
        return {"resources": []}
    return dict(content)


def described(descriptor: Mapping[str, Any]) -> dict[str, str]:
    """{table: hash} of the tables that a descriptor lists."""
    return {
        resource["path"].removesuffix(".csv"): str(resource.get("hash", ""))
        for resource in descriptor["resources"]
    }


def known_sound(
    descriptor: Mapping[str, Any], contents: Mapping[str, bytes], country: Country
) -> set[str]:
    """The tables that are byte for byte what was checked against the same declarations."""
    if descriptor.get("checked") != fingerprint(country):
        return set()
    hashes = described(descriptor)
    return {
        name for name, content in contents.items()
        if hashes.get(name) == f"sha256:{digest(content)}"
    }  # fmt: skip


def judge(
    names: Iterable[str], contents: Mapping[str, bytes], country: Country, faults: Faults
) -> dict[str, pd.DataFrame]:
    """Read and check tables; the frames of those that could be read."""
    frames = {}
    for name in names:
        table, before = TABLES[name], len(faults)
        frame = read_table(table, contents[name], faults)
        if frame is None:
            continue
        whole = len(faults) == before  # else rows were left out, and would be missed below
        validate(table, frame, country, faults)
        if whole:
            check_complete(table, frame, country, faults)
        frames[name] = plain(table, frame)
    return frames


def plain(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame that others get: declared columns in their order, words as text, rows from 0.

    A text column that the file lacks is empty.
    """
    wanted = [
        column.name for column in table.columns if column.name in frame or not column.is_number
    ]
    lacking = [name for name in wanted if name not in frame]
    words = frame.select_dtypes("category").columns
    frame = frame.astype(dict.fromkeys(words, str)).reset_index(drop=True)
    return frame.assign(**dict.fromkeys(lacking, ""))[wanted]
