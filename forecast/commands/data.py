"""`forecast data`: describe, check and build the figures of a country."""

from __future__ import annotations

import json
from typing import Any

import click

from forecast import api
from forecast.shell import show_table, tell
from forecast.words import say
from forecast.words.digits import number


def describe(data: str | None, *, as_json: bool = False) -> None:
    """Rows, years, regions, status and source of each table."""
    from forecast.dataset.describe import describe_package

    frame = describe_package(api.load_dataset(data))
    if as_json:
        click.echo(frame.to_json(orient="records", force_ascii=False, indent=2))
        return
    headings = [say(str(column)) for column in frame.columns]
    rows = [[_cell(value) for value in row] for row in frame.itertuples(index=False)]
    show_table(headings, rows, left=(0, *range(2, len(headings))))


def check(data: str | None, *, as_json: bool = False) -> int:
    """Check the tables and balances of a package; 1 when a check fails."""
    from forecast.dataset.check import check_package

    findings = check_package(api.load_dataset(data))
    if as_json:
        click.echo(json.dumps([vars(f) for f in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(str(finding))
    failed = [finding for finding in findings if finding.kind == "fault"]
    tell(say("{n} checks failed", n=len(failed)) if failed else say("all checks hold"))
    return 1 if failed else 0


def build(data: str | None, *, quiet: bool = False) -> None:
    """Write the estimated tables of a package."""
    from forecast.dataset.descriptor import write_descriptor
    from forecast.estimate.build import build_estimates

    dataset = api.load_dataset(data)
    tell(say("estimating {name} ...", name=dataset.name), quiet=quiet)
    folder = dataset.path / "estimated"
    build_estimates(dataset, folder)
    write_descriptor(api.load_dataset(dataset.path))  # it lists the tables that there are now
    tell(say("Written to {folder}", folder=folder), quiet=quiet)


def _cell(value: Any) -> str:
    return number(value) if isinstance(value, int | float) else str(value)
