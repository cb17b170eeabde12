"""`forecast match`: families of a survey to regions, by what a finished run says of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from forecast import api
from forecast.commands.asked import asked, carried_out, gathering
from forecast.commands.files import Files, refuse_folder
from forecast.errors import Faults, InputError, in_row
from forecast.matching import matched
from forecast.report import match_book, match_figure
from forecast.report.matched import Matched, Wording, matched_table, unplaced_table
from forecast.report.sheet import Row
from forecast.settlement.match_survey import Survey, read_survey, section_words
from forecast.settlement.match_weights import Weights, read_weights
from forecast.settlement.records import region_names
from forecast.shell import show_table, tell
from forecast.words import say, say_n
from forecast.words.digits import number, per_cent

DONE, REJECTED = 0, 1
SHOWN = 10  # rejected rows told on the screen


def print_match(
    survey: str,
    run: str,
    *,
    year: int | None = None,
    weights: str | None = None,
    salt: str | None = None,
    out: str | None = None,
    data: str | None = None,
    quiet: bool = False,
    as_json: bool = False,
) -> int:
    """Match, show and write; 1 where rows of the survey were rejected, else 0.

    Raises InputError with every fault; then nothing is written.
    """
    faults = Faults()
    if out is not None:
        with gathering(faults):
            refuse_folder(Path(out))
    dataset = api.load_dataset(data)
    names = region_names(dataset.space)
    given = Weights()
    with gathering(faults):
        given = read_weights(weights, names) if weights is not None else given
    what = None
    with gathering(faults):
        what = asked(run, dataset)
    records = None
    with gathering(faults):
        sections = section_words(dataset.table("norms/sections"))
        records = read_survey(survey, sections, names, salt=salt)
    if faults or what is None or records is None:
        raise InputError("", faults)
    done = matched(carried_out(what, dataset, quiet=quiet), dataset, records, given, year,
                    hashed=salt is not None)  # fmt: skip
    written = _write(done, Path(out)) if out is not None else []
    if as_json:
        click.echo(json.dumps(match_book.plain(done), ensure_ascii=False, indent=2))
    elif not quiet:
        _show(done)
    _tell_rejects(records, out, quiet=quiet)
    for path in written:
        tell(say("Written to {folder}", folder=path), quiet=quiet)
    return REJECTED if len(records.rejects) else DONE


def _write(done: Matched, folder: Path) -> list[Path]:
    """All files or none; returns them."""
    found, projection = done.found, done.projection
    words = Wording.of(found, projection.space, projection.facilities)
    tables = {
        "matched.csv": matched_table(found, words, hashed=done.hashed),
        "unplaced.csv": unplaced_table(found, words, hashed=done.hashed),
        "rejects.csv": done.survey.rejects,
    }
    book = match_book.book(done)
    figure: Any = match_figure.placed(found, projection, done.year).get_figure(root=True)
    text = match_figure.alternative(found, projection, done.year)
    with Files(folder) as files:
        for name, table in tables.items():
            files.table(name, table)
        files.content("match.xlsx", book)
        files.figure("placed", figure, text)
    return files.written


def _show(done: Matched) -> None:
    """Regions, satisfaction, limits on the screen."""
    found, space = done.found, done.projection.space
    click.echo()
    click.echo(match_book.title(done))
    for table in (match_book.regions(done), match_book.shares(done), match_book.held(done)):
        click.echo()
        click.echo(table.title)
        rows = [[*row.words, *_numbers(row)] for row in table.rows]
        show_table(table.headings, rows, left=tuple(range(table.labels)))
    click.echo()
    click.echo(match_book.HIDDEN + " " + match_book.small())
    left = int((~found.placed).sum())
    click.echo(say_n("{n} family has no place.", "{n} families have no place.", left))
    click.echo(say("The sum reached is at most {gap} from the best there is.",
                   gap=per_cent(100 * found.solution.gap, 2)))  # fmt: skip
    for line in match_book.unknown_lines(found, space, done.projection.facilities):
        click.echo(line)


def _numbers(row: Row) -> list[str]:
    """The numbers of a row as text; what is not shown is a sign."""
    digits = row.digits
    each = [digits] * len(row.numbers) if isinstance(digits, int) else digits
    return [match_book.HIDDEN if value is None or np.isnan(value) else number(value, places)
            for value, places in zip(row.numbers, each, strict=True)]  # fmt: skip


def _tell_rejects(survey: Survey, out: str | None, *, quiet: bool) -> None:
    count = len(survey.rejects)
    if not count:
        return
    tell(say_n("{n} row of {total} is left out:", "{n} rows of {total} are left out:", count,
               total=survey.total), quiet=quiet)  # fmt: skip
    for row in survey.rejects.head(SHOWN).to_dict("records"):
        tell(f"  {in_row(row['row'], row['column'])}: {row['reason']}", quiet=quiet)
    if count > SHOWN:
        tell("  " + say("and {n} more", n=count - SHOWN), quiet=quiet)
    if out is None:
        tell(say("All of them are written with --out DIR"), quiet=quiet)
