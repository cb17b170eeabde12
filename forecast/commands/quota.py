"""`forecast quota`: where the regional quota should go and what one more place is worth."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import click
import numpy as np

from forecast import api
from forecast.commands.asked import asked as asked_for
from forecast.commands.asked import carried_out, gathering
from forecast.commands.files import Files, refuse_folder
from forecast.commands.screen import WIDTH
from forecast.errors import Faults, InputError
from forecast.labour.qualification import QUALIFICATIONS
from forecast.quotas import Asked, QuotaResult, load_norms, quota_of
from forecast.quotas.frames import (
    allocation_frame,
    limits_frame,
    outcome_said,
    outcomes_frame,
    sensitivity_frame,
)
from forecast.quotas.norms import ALL, STREAM_WORDS, STREAMS
from forecast.quotas.words import worth_said
from forecast.report.sheet import records
from forecast.report.wording import capital
from forecast.settlement.quota_plan import QuotaPlan, read_plan
from forecast.shell import show_table, tell, width
from forecast.words import say
from forecast.words.digits import number, per_cent, short

SHOWN = 8  # limits whose worth is said on the screen


def quota(
    run: str,
    *,
    year: int | None = None,
    years: tuple[int, int] | None = None,
    places: int | None = None,
    budget: float | None = None,
    plan: str | None = None,
    sensitivity: bool = False,
    data: str | None = None,
    out: str | None = None,
    quiet: bool = False,
    as_json: bool = False,
) -> None:
    """Solve the quota of a run, print it, and write tables and figure where asked.

    run    : a run folder, or a scenario that is run now
    years  : first and last year of the plan; `year` is one of them
    places : of all streams in a year; budget: million a year
    plan   : file of a plan, see docs/quota.md
    out    : folder for quota.csv, quota-limits.csv, quota-outcomes.csv, quota.xlsx and the figure
    Raises InputError with every fault; where no places meet all limits it names those that clash.
    """
    faults = Faults()
    if year is not None and years is not None:
        faults.add("--year", say("give --year or --years, not both"))
    wanted = Asked()
    with gathering(faults):
        wanted = Asked((year, year) if year is not None else years, places, budget)
    with gathering(faults):
        if out is not None:
            refuse_folder(Path(out))
    dataset = api.load_dataset(data)
    found: Any = None
    with gathering(faults):
        found = asked_for(run, dataset)
    norms = load_norms(dataset)
    chosen = QuotaPlan()
    with gathering(faults):
        if plan is not None:
            chosen = read_plan(plan, dataset.space, norms.lists, QUALIFICATIONS)
    if faults:
        raise InputError("", faults)
    projection = carried_out(found, dataset, quiet=quiet)
    result = quota_of(projection, norms, chosen, wanted, sensitivity=sensitivity)
    written = [] if out is None else _write(result, Path(out))
    if as_json:
        click.echo(json.dumps(_plain(result), ensure_ascii=False, indent=2, allow_nan=False))
    elif not quiet:
        _show(result)
    for path in written:
        tell(say("Written to {folder}", folder=path), quiet=quiet)


def _show(result: QuotaResult) -> None:
    click.echo()
    click.echo(headline(result))
    for o, stream in enumerate(STREAMS):
        click.echo()
        click.echo(capital(say(STREAM_WORDS[stream])))
        _show_stream(result, o)
    click.echo()
    _show_outcomes(result)
    click.echo()
    _show_worth(result)
    if not result.varied.empty:
        click.echo()
        _show_sensitivity(result)
    click.echo()
    for text in notes(result):
        click.echo(click.wrap_text(text, width=min(WIDTH, width()), subsequent_indent="  "))


def headline(result: QuotaResult) -> str:
    first, last = result.inputs.years[0], result.inputs.years[-1]
    span = str(first) if first == last else f"{first}\u2013{last}"
    return say("Where the quota of {years} should go: {title}", years=span,
               title=result.projection.title)  # fmt: skip


def _show_stream(result: QuotaResult, o: int) -> None:
    """Published and best places by region, beside the need of workers of all qualifications."""
    i = result.inputs
    best = result.optimal()[o].sum(axis=1)  # (region, year)
    need = i.need[:, :, -1].sum(axis=1)
    headings = [
        say("Region"),
        *(say("published\n{year}", year=year) for year in result.published),
        *(say("best\n{year}", year=year) for year in i.years),
        say("settled for\na place"),
        say("workers expected\n{year}", year=i.years[-1]),
        say("workers needed\nby {year}", year=i.years[-1]),
    ]
    rows = []
    on_list = np.flatnonzero(i.legal[o])
    for d in on_list:
        rows.append([
            result.space.name(i.regions[d]),
            *(number(cells[o, d]) for cells in result.published.values()),
            *(number(value) for value in best[d]),
            per_cent(100 * i.take_up[o, d], 0),
            number(best[d, -1] * i.take_up[o, d] * i.workers_each),
            number(need[d]),
        ])  # fmt: skip
    total = best[on_list].sum(axis=0)
    settled = float((best[:, -1] * i.take_up[o]).sum())
    rows.append([
        result.space.name(result.space.nation),
        *(number(result.norms.places(year, i.streams[o])) for year in result.published),
        *(number(value) for value in total),
        per_cent(100 * settled / total[-1] if total[-1] else math.nan, 0),
        number(settled * i.workers_each),
        number(float(need[on_list].sum())),
    ])  # fmt: skip
    show_table(headings, rows)


def _show_outcomes(result: QuotaResult) -> None:
    click.echo(say("What each quota comes to, all years of the plan together"))
    headings = (say("Quota"), say("points"), say("places"), say("people settled"), say("workers"),
                say("support,\nmillion"))  # fmt: skip
    rows = [
        [capital(outcome_said(str(line["quota"]))), *(number(float(line[name])) for name in
         ("points", "places", "settled", "workers", "million"))]
        for line in outcomes_frame(result).to_dict("records")
    ]  # fmt: skip
    show_table(headings, rows)


def _show_worth(result: QuotaResult) -> None:
    rows = result.binding()
    if not rows:
        click.echo(say("No limit binds: one more place is worth nothing."))
        return
    click.echo(say("What one more is worth (a point is a worker who finds a job)"))
    for row in rows[:SHOWN]:
        text = worth_said(result.program.rows[row], result.price_of(row), result.money_of(row),
                          result.space, result.facilities)  # fmt: skip
        click.echo(f"  {capital(text)}")
    if len(rows) > SHOWN:
        click.echo("  " + say("{n} more limits bind; --out and --json have all of them",
                              n=len(rows) - SHOWN))  # fmt: skip


def _show_sensitivity(result: QuotaResult) -> None:
    click.echo(say("How the answer moves with what is assumed"))
    rows = [
        [
            capital(str(line["name"])),
            per_cent(100 * (line["factor"] - 1), 0, signed=True),
            number(line["points"]),
            number(line["moved"]),
            say("these limits cannot be met together")
            if line["points"] != line["points"]
            else f"{line['limit']}: {short(line['change'], signed=True)}",
        ]
        for line in sensitivity_frame(result).to_dict("records")
    ]
    show_table((say("Assumption"), say("changed by"), say("points"), say("places\nthat move"),
                say("worth that changes most, points")), rows, left=(0, 4))  # fmt: skip


def notes(result: QuotaResult) -> list[str]:
    """What a reader must know before using the table."""
    i, norms = result.inputs, result.norms
    told = []
    take_up = norms.national
    if set(take_up) >= {*STREAMS, ALL}:
        parts = ", ".join(f"{say(STREAM_WORDS[s])} {per_cent(100 * take_up[s], 0)}"
                          for s in STREAMS)  # fmt: skip
        told.append(say(
            "Taken of the quota of {year}: {share} ({parts}). A place is worth what it is taken "
            "for: more places where fewer were taken are not taken better.",
            year=norms.year_of_take_up, share=per_cent(100 * take_up[ALL], 0), parts=parts,
        ))  # fmt: skip
    told.append(say(
        "Of the people settled {share} are in working age: 1,000 places that are all taken bring "
        "{n} workers.", share=per_cent(100 * i.workers_each, 0), n=number(1000 * i.workers_each),
    ))  # fmt: skip
    for kind, regions in result.unknown.items():
        if regions:
            name = result.facilities.get(kind, kind)
            told.append(say(
                "Room that is not known and holds nobody back ({facility}): {regions}.",
                facility=name, regions=", ".join(result.space.name(r) for r in regions),
            ))  # fmt: skip
    if result.split is not None:
        split_year, like, together = result.split
        told.append(say(
            "The quota of {year} of {regions} is known together only; the limit of change parts it "
            "as that of {like}.", year=split_year, like=like,
            regions=", ".join(result.space.name(r) for r in together),
        ))  # fmt: skip
    if result.contains_levers:
        told.append(say(
            "The scenario changes the quota itself; its additional people are in the deficit "
            "already, and only the published quota was given anew."
        ))  # fmt: skip
    told.append(say(
        "Need and room are those of the run with the published quota added back. Weights, the "
        "limit of change and the share that stays are assumptions of norms/quota or of the plan."
    ))  # fmt: skip
    return told


def _plain(result: QuotaResult) -> dict[str, Any]:
    """Everything for programs; what is not a number is null."""
    i, solution = result.inputs, result.solution
    weights = {name: getattr(i.weights, name)
               for name in ("employment", "preference", "stay", "cost")}  # fmt: skip
    return {
        "scenario": result.projection.scenario, "run_id": result.projection.run_id,
        "plan": result.plan.name or None, "years": list(i.years), "weights": weights,
        "objective": solution.objective, "objective_without_whole_numbers": solution.relaxed,
        "money_unit": result.norms.price, "money_year": result.norms.price_year,
        "unknown_rooms": {kind: list(names) for kind, names in result.unknown.items()},
        "outcomes": records(outcomes_frame(result)),
        "allocation": records(allocation_frame(result)),
        "limits": records(limits_frame(result)),
        "sensitivity": records(sensitivity_frame(result)),
        "notes": notes(result),
    }  # fmt: skip


def _write(result: QuotaResult, folder: Path) -> list[Path]:
    """All files or none; returns them."""
    from forecast.report import quota as report

    tables = {
        "quota": allocation_frame(result),
        "quota-limits": limits_frame(result),
        "quota-outcomes": outcomes_frame(result),
    }
    if not result.varied.empty:
        tables["quota-sensitivity"] = sensitivity_frame(result)
    figure = report.draw(result)
    with Files(folder) as files:
        for name, frame in tables.items():
            files.table(f"{name}.csv", frame)
        files.content("quota.xlsx", report.book(result))
        files.figure("quota", figure, report.alternative(result))
    return files.written


__all__ = ["headline", "notes", "quota"]
