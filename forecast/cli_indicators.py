"""The command that measures the indicators of a programme."""

from __future__ import annotations

from typing import Any

import click

from forecast import options
from forecast.shell import Spoken
from forecast.words import say


def indicators_command() -> click.Command:
    return Spoken(
        "indicators",
        callback=_indicators,
        short_help=say("targets of a programme against what runs give"),
        help=say(
            "Measure the indicators that the data package or a file declares: value, target, what "
            "is missing, and from the draws how likely it is met. Several runs stand side by side."
        ),
        examples=[
            ("forecast indicators results/baseline", say("the indicators of the data package")),
            ("forecast indicators results/baseline results/north-resettlement --out indicators",
             say("two runs, with table, workbook and figure")),
            ("forecast indicators results/baseline --file my.yml", say("indicators of your own")),
        ],
        params=[
            click.Argument(["runs"], nargs=-1, required=True, metavar=say("RUN...")),
            click.Option(
                ["--file"], metavar=say("FILE"),
                help=say("file of the indicators; that of the data package without it"),
            ),
            click.Option(
                ["--year"], type=int, metavar="Y",
                help=say("year that is shown; the last with a target without it"),
            ),
            click.Option(
                ["--out"], metavar="DIR", help=say("folder for the table and the figure")
            ),
            click.Option(
                ["--plot"], metavar=say("FILE"), help=say("file for the figure (png, svg, pdf)")
            ),
            options.data(),
            options.lang(),
            options.quiet(),
            options.json(),
        ],
    )  # fmt: skip


def _indicators(runs: tuple[str, ...], lang: str | None, **options: Any) -> None:
    from forecast.commands.indicators import indicators

    indicators(runs, **options)
