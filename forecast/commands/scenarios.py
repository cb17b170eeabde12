"""`forecast list` and `forecast check`: what scenarios there are and what they say."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from forecast import api
from forecast.engine import bind
from forecast.errors import Faults, ForecastError, InputError
from forecast.shell import show_table, tell
from forecast.words import say
from forecast.words.digits import number


def print_scenarios(*, as_json: bool = False) -> None:
    """The scenarios of the working folder and of the package."""
    from forecast.scenario import list_scenarios

    rows = list_scenarios()
    if as_json:
        listed = [{**vars(row), "path": str(row.path)} for row in rows]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    headings = (
        say("Scenario"), say("Title"), say("Kind"), say("last year"), say("growth points"),
        say("permanent jobs"),
    )  # fmt: skip
    lines = [
        [row.name, row.title, say(row.kind), str(row.until or ""), str(row.points),
         number(row.jobs)]
        for row in rows
    ]  # fmt: skip
    show_table(headings, lines, left=(0, 1, 2))
    for row in rows:
        if row.fault:
            tell(f"{row.path}: {row.fault}")
    tell(say("Next: forecast check NAME, forecast run NAME"))


def print_check(scenarios: Sequence[str], data: str | None) -> None:
    """What each scenario resolves to; every faulty one is reported before the command ends."""
    dataset = api.load_dataset(data)
    faults, source = Faults(), ""
    for name in scenarios:
        try:
            scenario = bind(api.load_scenario(name), dataset)
        except InputError as error:
            faults.extend(error.faults)
            source = error.source
            continue
        click.echo(scenario.to_yaml())
        for warning in scenario.warnings:
            tell(say("warning: {text}", text=warning))
    if faults:
        raise InputError(source, faults)


__all__ = ["ForecastError", "print_check", "print_scenarios"]
