"""`forecast list` and `forecast check`: what scenarios there are and what they say."""

from __future__ import annotations

import json
from collections.abc import Sequence

import click

from forecast import api
from forecast.errors import Faults, ForecastError, InputError
from forecast.plan import large_points, prepare, read
from forecast.shell import show_table, tell
from forecast.words import say
from forecast.words.digits import number


def print_scenarios(*, as_json: bool = False) -> None:
    """The scenarios of the working folder and of the package."""
    from forecast.scenario.listing import OVERLAY, list_scenarios

    rows = list_scenarios()
    if as_json:
        listed = [
            {name: value for name, value in vars(row).items() if name != "whole"}
            | {"path": str(row.path)}
            for row in rows
        ]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=2))
        return
    headings = (
        say("Scenario"), say("Title"), say("Kind"), say("last year"), say("growth points"),
        say("permanent jobs"), say("planned people"),
    )  # fmt: skip
    lines = [
        [row.name, row.title, say(row.kind), str(row.until or ""), str(row.points),
         number(row.jobs) if row.jobs else "", number(row.people) if row.people else ""]
        for row in rows
    ]  # fmt: skip
    show_table(headings, lines, left=(0, 1, 2))
    for row in rows:
        if row.fault:
            tell(f"{row.path}: {row.fault}")
    overlay = next((row.name for row in rows if row.kind == OVERLAY), None)
    if overlay is not None:
        tell(say("An overlay is laid over a scenario with '+': forecast run NAME+{overlay}",
                 overlay=overlay))  # fmt: skip
    tell(say("Next: forecast check NAME, forecast run NAME"))


def print_check(scenarios: Sequence[str], data: str | None, *, as_json: bool = False) -> None:
    """What each scenario resolves to; every faulty one is reported before the command ends."""
    dataset = api.load_dataset(data)
    faults, source, checked = Faults(), "", []
    for name in scenarios:
        try:
            scenario = read(name, dataset)
        except InputError as error:
            source = error.source if not faults else ""  # of several, each fault names its file
            faults.extend(error.faults)
            continue
        warnings = [*map(str, scenario.warnings), *large_points(prepare(scenario, dataset))]
        checked.append({
            "scenario": scenario.name, "resolved": scenario.resolved(),
            "origin": dict(scenario.origin), "warnings": warnings,
        })  # fmt: skip
        if not as_json:
            click.echo(scenario.to_yaml())
            for warning in warnings:
                tell(say("warning: {text}", text=warning))
    if as_json:
        click.echo(json.dumps(checked, ensure_ascii=False, indent=2))
    if faults:
        raise InputError(source, faults)


__all__ = ["ForecastError", "print_check", "print_scenarios"]
