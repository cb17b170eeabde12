"""The command that asks finished runs in SQL."""

from __future__ import annotations

from typing import Any

import click

from forecast import options
from forecast.shell import Spoken
from forecast.words import say


def query_command() -> click.Command:
    return Spoken(
        "query",
        callback=_query,
        short_help=say("ask finished runs in SQL"),
        help=say(
            "One SELECT over the tables of finished runs, all those in results/ without RUN. Each "
            "table has the column run; --tables lists tables and columns. Runs are only read."
        ),
        examples=[
            ("forecast query --tables", say("which tables there are, and their columns")),
            ('forecast query "select run, sum(value) from population where year = 2031 group by '
             'run"', say("people of the nation in each run")),
            ('forecast query "select * from orders" results/baseline --out orders.xlsx',
             say("a table as a workbook")),
        ],
        params=[
            click.Argument(["sql"], metavar="SQL", required=False),
            click.Argument(["runs"], nargs=-1, metavar=say("RUN...")),
            click.Option(
                ["--out"], metavar=say("FILE"),
                help=say("write the whole answer: .csv, .parquet or .xlsx"),
            ),
            click.Option(
                ["--rows"], type=int, default=100, metavar="N",
                help=say("rows that are printed (default 100)"),
            ),
            click.Option(
                ["--tables"], is_flag=True, help=say("list the tables and their columns")
            ),
            options.lang(),
            options.json(),
            options.quiet(),
        ],
    )  # fmt: skip


def _query(
    sql: str | None, runs: tuple[str, ...], tables: bool, lang: str | None, **options: Any
) -> None:
    from forecast.commands.query import query

    if tables and sql:  # with --tables every word is a run
        runs = (sql, *runs)
    query(sql, runs, tables=tables, **options)
