"""`forecast indicators`: targets of a programme against what runs give."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import pandas as pd

from forecast import api
from forecast.commands.asked import asked, carried_out, gathering, is_run
from forecast.commands.files import Files, check_places
from forecast.commands.screen import WIDTH
from forecast.dataset.package import find_package
from forecast.errors import Faults, InputError
from forecast.indicators import FILE, Indicators, measured, read_indicators, spoken
from forecast.indicators.measure import PUBLISHED, ROUNDING, RUN, refuse_apart
from forecast.projection import Projection
from forecast.report import bullets
from forecast.report.sheet import records
from forecast.report.wording import capital, worded
from forecast.shell import show_table, tell, width
from forecast.words import say, say_n
from forecast.words.digits import number, per_cent

NAME = "indicators"


def indicators(
    runs: Sequence[str],
    *,
    file: str | None = None,
    data: str | None = None,
    year: int | None = None,
    out: str | None = None,
    plot: str | None = None,
    quiet: bool = False,
    as_json: bool = False,
) -> None:
    """Measure the indicators of a file in each run and print them side by side.

    runs : folders of finished runs, or scenarios, which are run without saving
    file : the indicators; those of the data package without it
    year : calendar year that is shown; of each indicator the last with a target without it
    out  : folder for the table (CSV, XLSX) and the figure (PNG, SVG)
    Raises InputError with every fault; then nothing is written.
    """
    faults = Faults()
    check_places(out, plot, faults)
    found = _runs(runs, data, faults)
    if faults:
        raise InputError("", list(dict.fromkeys(faults)))
    declared = read_indicators(_file(file, data, found[0]), found[0].space)
    if year is not None:
        _refuse_year(year, found)
    frame = pd.concat([measured(declared, run) for run in found], ignore_index=True)
    written = _write(frame, declared, found, year, out, plot)
    if as_json:
        click.echo(json.dumps(_plain(frame, declared, found), ensure_ascii=False, indent=2,
                              allow_nan=False))  # fmt: skip
    elif not quiet:
        _show(frame, declared, found, year)
    for path in written:
        tell(say("Written to {folder}", folder=path), quiet=quiet)


def _runs(words: Sequence[str], data: str | None, faults: Faults) -> list[Projection]:
    """The runs in the order in which they are named; what is wrong with them joins the faults."""
    dataset = None
    if not all(map(is_run, words)):
        with gathering(faults):
            dataset = api.load_dataset(data)
    named = []
    for word in dict.fromkeys(words):
        if is_run(word) or dataset is not None:
            with gathering(faults):
                named.append(asked(word, dataset))
    if faults:
        return []
    found = [carried_out(each, dataset) for each in named]
    with gathering(faults):
        refuse_apart(found)
    return found


def _file(file: str | None, data: str | None, run: Projection) -> Path:
    """The file of the indicators."""
    if file is not None:
        return Path(file)
    name = data or str(run.manifest.get("data_package", ""))
    try:
        path = find_package(name) / FILE
    except InputError as error:
        if data is not None:
            raise
        cure = say("name the file with --file or the package with --data")
        raise InputError("", f"{error.faults[0].message}; {cure}") from None
    if not path.is_file():
        message = say("the data package declares no indicators")
        raise InputError(path, message + "; " + say("name a file with --file"))
    return path


def _refuse_year(year: int, runs: Sequence[Projection]) -> None:
    first = max(run.base_year for run in runs)
    last = min(run.last_year for run in runs) - 1
    if not first <= year <= last:
        raise InputError("--year", say("{year} is not within {first}-{last}", year=year,
                                       first=first, last=last))  # fmt: skip


def _title(declared: Indicators) -> str:
    return spoken(declared.title) or say("Indicators")


def _write(
    frame: pd.DataFrame,
    declared: Indicators,
    runs: Sequence[Projection],
    year: int | None,
    out: str | None,
    plot: str | None,
) -> list[Path]:
    """All files or none; returns them."""
    if out is None and plot is None:
        return []
    from forecast.report.excel import write_table

    title = _title(declared)
    drawn = bullets.bullets(frame, runs, title, year=year)
    figure: Any = drawn.get_figure(root=True)
    text = bullets.alternative(frame, figure, year)
    with Files(None if out is None else Path(out)) as files:
        if out is not None:
            sheet = bullets.sheet_of(frame, title, {run.run_id: run.title for run in runs})
            source = say("Source: {source}", source=declared.source or declared.file)
            files.table(f"{NAME}.csv", frame)
            files.content(f"{NAME}.xlsx", write_table(sheet, source, title, runs[0].base_year))
            files.figure(NAME, figure, text)
        if plot is not None:
            files.named_figure(plot, figure, text)
    return files.written


def _show(
    frame: pd.DataFrame, declared: Indicators, runs: Sequence[Projection], year: int | None
) -> None:
    """A row for each indicator and run, then what is to be known of them."""
    click.echo()
    click.echo(_title(declared))
    click.echo()
    rows = bullets.shown_rows(frame, year)
    names = {run.run_id: run.title for run in runs}
    told = rows[~rows["indicator"].str.startswith("unpublished-")]
    order = list(dict.fromkeys(told["indicator"]))
    told = told.assign(place=told["indicator"].map(order.index)).sort_values(
        "place", kind="stable")  # fmt: skip
    show_table(
        (
            say("Indicator"), say("Scenario"), say("Year"), say("Value"), say("Unit"),
            say("Held against"), say("Gap"), say("Result"), say("Probability"),
        ),
        [_cells(line, names) for line in told.to_dict("records")],
        left=(0, 1, 4, 7), wrapped=(0, 1),
    )  # fmt: skip
    click.echo()
    for text in _notes(frame, declared, rows):
        click.echo(click.wrap_text(text, width=min(WIDTH, width()), subsequent_indent="  "))


def _cells(line: dict[Any, Any], names: dict[str, str]) -> list[str]:
    unit, held = str(line["unit"]), bool(line["against"])
    against = ""
    if held:
        word = worded(line["against"], bullets.AGAINST_WORDS)
        against = f"{bullets.amount(line['target'], unit)} ({word})"
    result = say("unknown") if held else ""
    if line["met"] in (True, False):
        result = say(bullets.LOOKS[bool(line["met"])][0])
    return [
        str(line["title"]), names[line["run_id"]], str(line["year"]),
        bullets.amount(line["value"], unit), say(unit), against,
        _gap(line["gap"], unit) if held else "", result,
        per_cent(100 * line["probability"], 0) if held else "",
    ]  # fmt: skip


def _gap(gap: float, unit: str) -> str:
    """What is missing; so little that it would read as nothing is told by its first digit."""
    told = bullets.amount(gap, unit, signed=True)
    if gap > ROUNDING and told == bullets.amount(0.0, unit):
        return number(gap, math.ceil(-math.log10(gap)), signed=True)
    return told


def _notes(frame: pd.DataFrame, declared: Indicators, rows: pd.DataFrame) -> list[str]:
    """Published figures that are not compared, and why something is unknown; each once."""
    told: list[str] = []
    first = frame["run_id"] == frame["run_id"].iloc[0]
    for one in declared.indicators:
        mine = frame[first & (frame["indicator"] == one.id) & (frame["role"] != RUN)]
        figures = [
            f"{bullets.amount(line['value'], one.unit)} ({line['year']}"
            + (f"; {say('published')}" if line["role"] == PUBLISHED else f"; {say('base value')}")
            + (f"; {line['reason']}" if line["reason"] else "") + ")"
            for line in mine.to_dict("records")
        ]  # fmt: skip
        shown = rows[rows["indicator"] == one.id]
        reasons = dict.fromkeys(text for text in shown["reason"] if text)
        likely = {text: None for text in shown["probability_reason"] if text} if not reasons else {}
        likely = {say("probability unknown: {reason}", reason=text): None for text in likely}
        parts = [*figures, *reasons, *likely, *([spoken(one.note)] if one.note else [])]
        if parts and not one.id.startswith("unpublished-"):
            told.append(f"{one.name}: " + "; ".join(parts) + ".")
    return told + _unpublished(declared)


def _unpublished(declared: Indicators) -> list[str]:
    left = [one for one in declared.indicators if one.id.startswith("unpublished-")]
    if not left:
        return []
    reason = spoken(left[0].unknown or {})
    count = say_n("{n} more indicator", "{n} more indicators", len(left))
    return [capital(f"{count}: {reason}.")]


def _plain(
    frame: pd.DataFrame, declared: Indicators, runs: Sequence[Projection]
) -> dict[str, object]:
    """Everything for programs; what is not a number is null."""
    return {
        "title": dict(declared.title), "source": declared.source, "file": declared.file,
        "runs": [{"scenario": run.scenario, "run_id": run.run_id} for run in runs],
        "rows": records(frame),
    }  # fmt: skip
