"""`forecast query`: SQL over the tables of finished runs."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click
import pandas as pd

from forecast.commands.asked import is_run
from forecast.commands.files import refuse_folder
from forecast.errors import InputError
from forecast.query import MEANING, ask, connect, schema
from forecast.shell import show_table, tell
from forecast.storage import inside, writing
from forecast.words import say, say_n
from forecast.words.digits import number

RESULTS = Path("results")
SHOWN = 100  # rows on the screen
FORMATS = (".csv", ".parquet", ".xlsx")
SHEET = 1_048_575  # rows of a sheet below its headings


def query(
    sql: str | None,
    runs: Sequence[str] = (),
    *,
    out: str | None = None,
    rows: int = SHOWN,
    tables: bool = False,
    as_json: bool = False,
    quiet: bool = False,
) -> None:
    """Print the answer, or write all of it to a file.

    runs   : folders of finished runs, or folders of such; those of results/ without them
    out    : file for the whole answer, its ending tells the format
    rows   : how many are printed; tables: print which tables and columns there are instead
    Raises InputError; then nothing is written.
    """
    if rows < 1:
        raise InputError("--rows", say("write 1 or more"))
    if not tables and not (sql or "").strip():
        raise InputError("SQL", say("write a SELECT, or --tables to see what there is"))
    if out is not None:
        _refuse(Path(out))
    with connect(_folders(runs)) as base:
        if tables:
            _tables(schema(base), as_json=as_json)
            return
        answer = ask(base, str(sql))
    if out is not None and Path(out).suffix.lower() == ".xlsx" and len(answer) > SHEET:
        message = say("{n} rows do not fit into a sheet, which holds {most}; write a .csv or "
                      ".parquet file", n=number(len(answer)), most=number(SHEET))  # fmt: skip
        raise InputError("--out", message)
    if out is not None:
        _write(answer, Path(out))
        tell(say_n("{n} row written to {file}", "{n} rows written to {file}", len(answer),
                   file=out), quiet=quiet)  # fmt: skip
    elif as_json:
        click.echo(json.dumps(_plain(answer), ensure_ascii=False, indent=2, allow_nan=False))
    else:
        _show(answer, rows)


def _folders(runs: Sequence[str]) -> list[Path]:
    """The folders of runs; of a folder that is none, the runs in it."""
    found: list[Path] = []
    for word in runs or [str(RESULTS)]:
        within = [] if is_run(word) else [p for p in sorted(Path(word).glob("*")) if is_run(str(p))]
        found += within or [Path(word)]
    return found


def _refuse(path: Path) -> None:
    """Raise InputError where the answer could not be written."""
    if path.suffix.lower() not in FORMATS:
        raise InputError("--out", say("the file ends in {known}", known=", ".join(FORMATS)))
    if path.is_dir():
        raise InputError(path, say("is a folder; name a file"))
    refuse_folder(path.parent)


def _write(answer: pd.DataFrame, path: Path) -> None:
    with inside(path.parent), writing(path) as beside:
        if path.suffix.lower() == ".csv":
            answer.to_csv(beside, index=False)
        elif path.suffix.lower() == ".parquet":
            answer.to_parquet(beside, index=False)
        else:
            with open(beside, "wb") as stream:
                _for_a_sheet(answer).to_excel(
                    stream, index=False, engine="xlsxwriter", freeze_panes=(1, 0)
                )


def _for_a_sheet(answer: pd.DataFrame) -> pd.DataFrame:
    """The answer as a workbook can hold it: it knows no zones of time."""
    zoned = answer.select_dtypes("datetimetz").columns
    return answer.assign(**{str(name): answer[name].astype(str) for name in zoned})


def _show(answer: pd.DataFrame, rows: int) -> None:
    numbers = [pd.api.types.is_numeric_dtype(kind) for kind in answer.dtypes]
    lines = [[_word(value) for value in line] for line in answer.head(rows).itertuples(index=False)]
    left = [place for place, numeric in enumerate(numbers) if not numeric]
    show_table([str(name) for name in answer.columns], lines, left=left)
    more = len(answer) - rows
    if more > 0:
        tell(say_n("{n} more row; --out FILE writes all, --rows N prints more",
                   "{n} more rows; --out FILE writes all, --rows N prints more",
                   more))  # fmt: skip
    elif answer.empty:
        tell(say("no row answers"))


def _word(value: Any) -> str:
    """A cell: numbers as they are, at most ten digits; what is missing is unknown."""
    if value is None or value is pd.NA or value is pd.NaT:
        return say("unknown")
    if isinstance(value, float):
        return say("unknown") if math.isnan(value) else f"{value:.10g}"
    return str(value)


def _plain(answer: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows for JSON: what is missing is null."""
    return [
        {str(name): _json(value) for name, value in line.items()}
        for line in answer.to_dict("records")
    ]


def _json(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bool | int | str):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def _tables(found: dict[str, list[tuple[str, str]]], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(
            {table: {"row": say(MEANING[table]), "columns": dict(columns)}
             for table, columns in found.items()}, ensure_ascii=False, indent=2,
        ))  # fmt: skip
        return
    lines = [[table, say(MEANING[table]), ", ".join(name for name, _ in columns)]
             for table, columns in found.items()]  # fmt: skip
    show_table([say("Table"), say("A row is"), say("Columns")], lines, left=(0, 1, 2),
               wrapped=(1, 2))  # fmt: skip
