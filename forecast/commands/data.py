"""`forecast data`: describe, check and build the figures of a country."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
import pandas as pd

from forecast import api
from forecast.errors import InputError
from forecast.resources import inside_wheel
from forecast.shell import show_table, tell
from forecast.tables import STATUSES
from forecast.words import say
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    pass


def describe(data: str | None, *, as_json: bool = False) -> None:
    """Rows, years, regions, status and source of each table."""
    from forecast.dataset.describe import describe_package

    frame = describe_package(api.load_dataset(data))
    if as_json:
        click.echo(frame.to_json(orient="records", force_ascii=False, indent=2))
        return
    headings = (
        say("Table"), say("Title"), say("Rows"), say("Years"), say("Regions"), say("Status"),
        say("Source"),
    )  # fmt: skip
    rows = [
        [
            str(row["table"]), say(str(row["title"])), number(row["rows"]),
            _span(row["first_year"], row["last_year"]), _count(row["regions"]), _status(row),
            str(row["sources"]),
        ]
        for row in frame.to_dict("records")
    ]  # fmt: skip
    show_table(headings, rows, left=(0, 1, 5, 6), wrapped=(1, 6))


def _span(first: Any, last: Any) -> str:
    if pd.isna(first):
        return ""
    return str(first) if first == last else f"{first}\u2013{last}"


def _count(regions: Any) -> str:
    return "" if pd.isna(regions) else str(regions)


def _status(row: dict[Any, Any]) -> str:
    """The statuses of a table with their shares, the largest first."""
    shares = {status: row[status] for status in STATUSES if row[status] > 0}
    ranked = sorted(shares.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{say(status)} {per_cent(100 * share, 0)}" for status, share in ranked)


def check(data: str | None, *, as_json: bool = False) -> int:
    """Check the tables, balances and indicators of a package; 1 when a check fails."""
    from forecast.dataset.check import check_package
    from forecast.indicators import FILE, read_indicators

    dataset = api.load_dataset(data)
    if (dataset.path / FILE).is_file():
        read_indicators(dataset.path / FILE, dataset.space)
    findings = check_package(dataset)
    if as_json:
        click.echo(json.dumps([vars(f) for f in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(str(finding))
    failed = [finding for finding in findings if finding.kind == "fault"]
    doubts = [finding for finding in findings if finding.kind == "warning"]
    if failed:
        tell(say("{n} checks failed", n=len(failed)))
    elif doubts:
        tell(say("no check failed; look at the {n} warnings", n=len(doubts)))
    else:
        tell(say("all checks hold"))
    return 1 if failed else 0


def build(data: str | None, *, quiet: bool = False) -> None:
    """Write the estimated tables of a package."""
    from forecast.dataset.declare import MODELS
    from forecast.dataset.descriptor import write_descriptor
    from forecast.estimate.build import build_estimates

    dataset = api.load_dataset(data)
    if data is None and inside_wheel(dataset.path):
        message = say("the shipped package is part of the installation and is not rebuilt")
        cure = say("copy {folder} and name the copy with --data", folder=dataset.path)
        raise InputError("--data", f"{message}; {cure}")
    if dataset.is_published and not dataset.has(MODELS):
        write_descriptor(dataset)
        tell(say("everything is published, so nothing is estimated; the descriptor is renewed"),
             quiet=quiet)  # fmt: skip
        return
    tell(say("estimating {name} ...", name=dataset.name), quiet=quiet)
    folder = dataset.path / "estimated"
    build_estimates(dataset, folder)
    write_descriptor(api.load_dataset(dataset.path))  # it lists the tables that there are now
    tell(say("Written to {folder}", folder=folder), quiet=quiet)
