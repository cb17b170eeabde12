"""`forecast check --plan`: the plan of each growth point against itself, norms and the forecast."""

from __future__ import annotations

import json
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import click

from forecast import api
from forecast.audit import VERDICTS, Finding, Number, audit
from forecast.audit.within import pairs
from forecast.audit.words import (
    CHECK_WORDS,
    beyond_the_run,
    by_measure,
    driven,
    figure,
    measure_words,
    place_names,
    ratio_words,
    sentence,
    without_numbers,
)
from forecast.errors import Faults, InputError
from forecast.plan import Plan, prepare, read
from forecast.shell import show_table, tell, width
from forecast.words import language, say
from forecast.words.digits import number

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset

TOLD = ("claim", "parts", "stages", "line", "series", "people")  # roles with a source to name


def print_audit(scenarios: Sequence[str], data: str | None, *, as_json: bool = False) -> None:
    """Run each scenario without saving it and tell what the audit of its plans finds.

    Raises InputError with the faults of every scenario that cannot be read, after the others.
    """
    dataset = api.load_dataset(data)
    faults, source, told = Faults(), "", []
    for name in scenarios:
        try:
            plan = prepare(read(name, dataset), dataset)
        except InputError as error:
            source = error.source if not faults else ""  # of several, each fault names its file
            faults.extend(error.faults)
            continue
        findings = _findings(plan)
        told.append({
            "scenario": plan.scenario.name,
            "findings": [_record(one, plan.dataset) for one in findings],
        })  # fmt: skip
        if not as_json:
            _show(plan, findings)
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    if faults:
        raise InputError(source, faults)


def _findings(plan: Plan) -> tuple[Finding, ...]:
    points = plan.scenario.growth_points
    if not any(point.plan for point in points.values()):
        return ()
    simulation = plan.simulate(plan.assume())
    return audit(points, simulation, plan.facilities, plan.dataset)


def _record(one: Finding, dataset: Dataset) -> dict[str, Any]:
    """A finding for programs: codes, numbers with their sources, the sentence in words."""
    return {
        "growth_point": one.point,
        "region": one.region,
        "check": one.check,
        "measure": one.measure,
        "year": one.year,
        "verdict": one.verdict,
        "numbers": [vars(found) for found in one.numbers],
        "ratios": [
            {"high": high, "low": low, "ratio": ratio if ratio < float("inf") else None}
            for high, low, ratio in (pairs(one.stated) if one.check == "numbers" else ())
        ],
        "sentence": sentence(one, place_names(dataset.space)),
    }


def _show(plan: Plan, findings: Sequence[Finding]) -> None:
    if not findings:
        tell(say("{name}: no growth point has a plan.", name=plan.scenario.name))
        return
    for point in dict.fromkeys(one.point for one in findings):
        _show_point(plan, point, [one for one in findings if one.point == point])
    counts = ", ".join(
        f"{say(verdict)} {number(sum(one.verdict == verdict for one in findings))}"
        for verdict in VERDICTS
    )
    tell(say("{name}: {counts}", name=plan.scenario.name, counts=counts))


def _show_point(plan: Plan, point: str, findings: list[Finding]) -> None:
    titles = plan.scenario.growth_points[point].title or {}
    region = plan.dataset.space.name(findings[0].region)
    click.echo()
    click.echo(f"{titles.get(language(), point)} ({point}), {region}")
    sources: dict[tuple[str, str], int] = {}
    rows = [
        [say(one.verdict), str(one.year), _numbers(one, sources),
         sentence(one, place_names(plan.dataset.space))]
        for one in findings
        if not (beyond_the_run(one) or driven(one) or without_numbers(one))
    ]  # fmt: skip
    headings = (say("Verdict"), say("Year"), say("Numbers"), say("To the planner"))
    if rows:
        show_table(headings, rows, left=(0, 1, 2, 3), wrapped=(2, 3))
    _show_unknown(findings)
    _paragraph(say("Norms: {tables}.", tables="norms/plan_ratios.csv, norms/facilities.csv"))
    for (source, scope), place in sources.items():
        _paragraph(f"[{place}] " + (f"{source} ({scope})" if scope else source))


def _show_unknown(findings: Sequence[Finding]) -> None:
    """What cannot be held against anything, a line for each reason."""
    found = [one for one in findings if driven(one)]
    if found:
        _paragraph(say("Unknown, because they drive the run themselves: {numbers}.",
                       numbers=by_measure(found)))  # fmt: skip
    found = [one for one in findings if beyond_the_run(one)]
    if found:
        end = found[0].first("end")
        _paragraph(say("Unknown, because the run ends on 1 January {year}: {numbers}.",
                       year=end.year if end else "", numbers=by_measure(found)))  # fmt: skip
    found = [one for one in findings if without_numbers(one)]
    if found:
        ratios = "; ".join(ratio_words(one) for one in found)
        _paragraph(say("Unknown, because one of the two is not published: {ratios}.",
                       ratios=ratios))  # fmt: skip


def _numbers(one: Finding, sources: dict[tuple[str, str], int]) -> str:
    """What is held against what, each number with the number of its source."""
    shown = [
        figure(found, one.year) + _reference(found, sources)
        for found in one.numbers
        if found.role in TOLD and found.role != "people"
    ]
    about = measure_words(one)
    people = one.first("people")
    if one.check == "ratio" and people is not None:
        return say("{measure}: {numbers} for {whole}", measure=about, numbers="; ".join(shown),
                   whole=figure(people, one.year) + _reference(people, sources))  # fmt: skip
    if one.check in ("growth", "nation", "places", "forecast"):
        about = f"{about} ({say(CHECK_WORDS[one.check])})"
    return f"{about}: {'; '.join(shown)}" if shown else about


def _reference(one: Number, sources: dict[tuple[str, str], int]) -> str:
    if not one.source:
        return ""
    place = sources.setdefault((one.source, one.scope), len(sources) + 1)
    return f" [{place}]"


def _paragraph(text: str) -> None:
    """A text that wraps at the width of the terminal; in a file it stays one line."""
    room = width()
    click.echo(
        "\n".join(
            wrap(
                text, room, subsequent_indent="    ", break_on_hyphens=False, break_long_words=False
            )
        )
    )
