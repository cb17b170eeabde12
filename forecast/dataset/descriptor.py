"""`datapackage.json`: the Frictionless descriptor, generated from the declarations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from forecast.dataset.declaration import DATE, Column, Table
from forecast.dataset.declare import TABLES
from forecast.dataset.judge import DESCRIPTOR, digest, fingerprint, judge
from forecast.dataset.package import Dataset, country_of
from forecast.dataset.schema import Country
from forecast.errors import Faults, InputError

TYPES = {"integer": "integer", "number": "number"}


def write_descriptor(dataset: Dataset) -> Path:
    """Check every table anew and write datapackage.json, whole or not at all; its path.

    Raises InputError with every fault of the tables.
    """
    faults = Faults()
    judge(dataset.tables, dataset.contents, country_of(dataset), faults)
    if faults:
        raise InputError(dataset.path, faults)
    path = dataset.path / DESCRIPTOR
    beside = path.with_suffix(".partial")
    beside.write_text(descriptor_text(dataset), encoding="utf-8")
    return beside.replace(path)


def descriptor_text(dataset: Dataset) -> str:
    """The descriptor as it stands in the file."""
    return json.dumps(descriptor(dataset), ensure_ascii=False, indent=1) + "\n"


def descriptor(dataset: Dataset) -> dict[str, Any]:
    """The descriptor (Data Package v1, tabular): each table's columns, units, key, sources.

    `checked` and the hash of each table say what was found sound, see `forecast.dataset.judge`.
    """
    facts = dataset.country
    country = country_of(dataset)
    listed = facts.get("sources", ())
    return {
        "profile": "tabular-data-package",
        "name": dataset.name,
        "title": facts["title"]["en"],
        "description": " ".join(facts.get("description", {}).get("en", "").split()),
        "licenses": _unique(_licence(entry) for entry in listed),
        "sources": _unique(_source(entry) for entry in listed),
        "checked": fingerprint(country),
        "resources": [_resource(TABLES[name], dataset, country) for name in dataset.tables],
    }


def _resource(table: Table, dataset: Dataset, country: Country) -> dict[str, Any]:
    entries = [
        entry
        for entry in dataset.country.get("sources", ())
        if any(fnmatch(table.name, pattern) for pattern in entry["tables"])
    ]
    content = dataset.contents[table.name]
    header = content.decode("utf-8-sig").split("\n", 1)[0].strip().split(",")
    return {
        "profile": "tabular-data-resource",
        "name": table.name.replace("/", "-").replace("_", "-"),
        "path": table.file,
        "title": table.title,
        "description": table.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{digest(content)}",
        "sources": _unique(_source(entry) for entry in entries),
        "licenses": _unique(_licence(entry) for entry in entries),
        "schema": {
            "fields": [_field(table, table.column(name), country) for name in header],
            "missingValues": [""],
            "primaryKey": [name for name in table.key if name in header],
        },
    }


def _field(table: Table, column: Column, country: Country) -> dict[str, Any]:
    """A column: name, type, description, what its cells must be, and the units."""
    limits: dict[str, Any] = {}
    if not column.blank:
        limits["required"] = True
    words = country.words(table, column)
    if column.kind == "territories":
        limits["pattern"] = r"[^+]+(\+[^+]+)*"
    elif words:
        limits["enum"] = list(dict.fromkeys(words))
    elif column.kind == "date":
        limits["pattern"] = DATE
    whole = column.kind == "integer"
    if column.minimum is not None and not (column.name == "value" and table.signed):
        limits["minimum"] = int(column.minimum) if whole else column.minimum
    if column.maximum is not None:
        limits["maximum"] = int(column.maximum) if whole else column.maximum
    field: dict[str, Any] = {
        "name": column.name,
        "type": TYPES.get(column.kind, "string"),
        "description": column.description,
    }
    if limits:
        field["constraints"] = limits
    if column.name == "value":
        field["units"] = list(dict.fromkeys(country.units(table)))
        if table.unit_of:
            field["unit_of"] = {word: country.unit(unit) for word, unit in table.unit_of.items()}
    return field


def _source(entry: Mapping[str, Any]) -> dict[str, str]:
    return {name: entry[name] for name in ("title", "path") if name in entry}


def _licence(entry: Mapping[str, Any]) -> dict[str, str]:
    return dict(entry["licence"])


def _unique(entries: Any) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for entry in entries:
        if entry not in found:
            found.append(entry)
    return found
