"""Whether the files of a package are those that are declared."""

from __future__ import annotations

from collections.abc import Iterator

from forecast.dataset.declare import MODELS, TABLES
from forecast.dataset.descriptor import descriptor_text
from forecast.dataset.finding import Finding
from forecast.dataset.judge import DESCRIPTOR
from forecast.dataset.package import Dataset, csv_names
from forecast.words import say


def descriptor_findings(dataset: Dataset) -> Iterator[Finding]:
    path = dataset.path / DESCRIPTOR
    if not path.is_file() or path.read_text(encoding="utf-8") != descriptor_text(dataset):
        message = say(
            "does not describe the tables as they are; until 'forecast data build' renews it, "
            "each load checks them anew"
        )
        yield Finding("warning", DESCRIPTOR, message)


def stray_findings(dataset: Dataset) -> Iterator[Finding]:
    """Tables that nobody declared, and estimates that a run misses."""
    for name in csv_names(dataset.path):
        if name not in TABLES:
            yield Finding("warning", name, say("the table is not declared and is not read"))
    if dataset.is_published:
        if not dataset.has(MODELS):
            yield Finding("listed", MODELS, say(
                "no model was fitted: runs hold the rates of the last observed year and know no "
                "draws"
            ))  # fmt: skip
        return
    for table in TABLES.values():
        if table.folder == "estimated" and not dataset.has(table.name):
            yield Finding("warning", table.name, say("is not built; run 'forecast data build'"))
