"""`forecast sensitivity`: which assumption moves a result of a scenario most."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forecast import api
from forecast.commands.asked import asked, gathering
from forecast.commands.files import Files, check_places
from forecast.commands.screen import WIDTH
from forecast.errors import Faults, InputError
from forecast.going import progress
from forecast.projection import Projection
from forecast.report import tornado
from forecast.report.sheet import records
from forecast.report.wording import STATUS_WORDS, capital, worded
from forecast.shell import show_table, tell, width
from forecast.varied import Sensitivity, study_of
from forecast.varied.study import CHANGE
from forecast.words import say
from forecast.words.digits import short

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.scenario import Scenario


def sensitivity(
    scenario: str,
    *,
    data: str | None = None,
    of: str,
    region: str | None = None,
    year: int | None = None,
    kind: str | None = None,
    change: float = CHANGE,
    top: int = tornado.TOP,
    out: str | None = None,
    plot: str | None = None,
    until: int | None = None,
    quiet: bool = False,
    as_json: bool = False,
) -> None:
    """Vary each assumption alone and print the strongest; write table and figure where asked.

    out  : folder for the table (CSV, XLSX) and the figure (PNG, SVG)
    plot : file for the figure alone
    Raises InputError with every fault; then nothing is written.
    """
    faults = Faults()
    if top < 1:
        faults.add("--top", say("write 1 or more"))
    check_places(out, plot, faults)
    dataset = api.load_dataset(data)
    with gathering(faults):
        found = _scenario(scenario, dataset)
    if faults:
        raise InputError("", faults)
    tell(say("running {name} ...", name=found.name), quiet=quiet)
    study = study_of(
        found, dataset, of=of, region=region, year=year, kind=kind, change=change, until=until
    )
    with progress(len(study.assumptions), quiet=quiet or not sys.stderr.isatty()) as advance:
        result = study.carry_out(advance)
    if result.rows.empty and (out or plot):
        raise InputError("--of", say("no assumption moves this result"))
    written = _write(result, _stem(result, region, year), top, out, plot)
    if as_json:
        click.echo(json.dumps(_plain(result), ensure_ascii=False, indent=2, allow_nan=False))
    elif not quiet:
        _show(result, top)
    for path in written:
        tell(say("Written to {folder}", folder=path), quiet=quiet)


def _scenario(name: str, dataset: Dataset) -> Scenario:
    found = asked(name, dataset)
    if isinstance(found, Projection):
        message = say("this is a finished run, and assumptions are those of a scenario")
        raise InputError(name, message + "; " + say("name the scenario: {name}",
                                                    name=found.scenario))  # fmt: skip
    return found


def _stem(result: Sensitivity, region: str | None, year: int | None) -> str:
    """sensitivity-MEASURE[-KIND][-REGION][-YEAR], as other figures are named."""
    measure = result.measure
    parts = [measure.name, measure.kind, measure.region if region is not None else "",
             str(measure.year) if year is not None else ""]  # fmt: skip
    return "-".join(["sensitivity", *(part for part in parts if part)])


def _write(
    result: Sensitivity, stem: str, top: int, out: str | None, plot: str | None
) -> list[Path]:
    """All files or none; returns them."""
    if out is None and plot is None:
        return []
    figure: Any = tornado.tornado(result, top=top).get_figure(root=True)
    text = tornado.alternative(result, figure)
    with Files(None if out is None else Path(out)) as files:
        if out is not None:
            files.table(f"{stem}.csv", result.rows)
            files.content(f"{stem}.xlsx", tornado.book_of(result))
            files.figure(stem, figure, text)
        if plot is not None:
            files.named_figure(plot, figure, text)
    return files.written


def _show(result: Sensitivity, top: int) -> None:
    """The strongest assumptions on the screen."""
    click.echo()
    click.echo(tornado.headline_of(result))
    click.echo(say("Result of the run: {value} {unit}",
                   value=tornado.shown(result.central), unit=result.unit))  # fmt: skip
    click.echo()
    rows = result.rows.head(top)
    if rows.empty:
        click.echo(capital(say("no assumption moves this result")))
        return
    show_table(
        (
            say("Assumption"), say("low {arrow} high", arrow=tornado.ARROW),
            say("result at\nlow value"), say("result at\nhigh value"), say("swing"), say("Unit"),
            say("Range"), say("Status"),
        ),
        [
            [
                capital(line["name"]), span, tornado.shown(line["result_low"]),
                tornado.shown(line["result_high"]), short(line["swing"]), line["unit"],
                line["range"], worded(line["status"], STATUS_WORDS),
            ]
            for line, span in zip(rows.to_dict("records"), tornado.spans(rows), strict=True)
        ],
        left=(0, 5, 6, 7),
        wrapped=(0,),
    )  # fmt: skip
    click.echo()
    for text in (result.rule, *result.notes):
        click.echo(click.wrap_text(text, width=min(WIDTH, width())))


def _plain(result: Sensitivity) -> dict[str, Any]:
    """Everything for programs; what is not a number is null."""
    measure = result.measure
    return {
        "scenario": result.scenario_name, "run_id": result.run_id, "measure": measure.name,
        "kind": measure.kind or None, "region": measure.region, "year": measure.year,
        "unit": result.unit, "central": result.central, "rule": result.rule,
        "notes": list(result.notes), "rows": records(result.rows),
    }  # fmt: skip
