"""Commands about people who were settled with support: how long they stay."""

from __future__ import annotations

from typing import Any

import click

from forecast import options
from forecast.shell import Spoken
from forecast.words import say


def retention_command() -> click.Command:
    return Spoken(
        "retention",
        callback=_retention,
        short_help=say("how long settlers stay and what a retained year costs"),
        help=say(
            "How long people who were settled with support stay, from records of your own: id, "
            "entry, exit (empty: still there), observed_until, region, support, family_size, "
            "occupation, stream. Curves of Kaplan and Meier, ratios of hazards of Cox. The file is "
            "read where it lies and never copied; groups of few people are not shown; rows that "
            "cannot be used are told, and the exit code is then 1."
        ),
        examples=[
            ("forecast retention records.csv --until 2026-06-30",
             say("by region, support and stream")),
            ("forecast retention records.csv --by region,support --horizon 3",
             say("by region and support, three years")),
            ("forecast retention records.csv --support-cost costs.csv --out stay",
             say("with the cost of a retained year; tables, figures and retention.csv")),
        ],
        params=[
            click.Argument(["records"], metavar=say("RECORDS.csv")),
            click.Option(
                ["--by"], multiple=True, metavar=say("NAME,NAME"),
                help=say("part people by region, support, stream, occupation or several of them; "
                         "may be repeated"),
            ),
            click.Option(
                ["--horizon"], type=int, default=5, metavar="N",
                help=say("years of stay (default 5, the term of the social contract)"),
            ),
            click.Option(
                ["--until"], metavar=say("DATE"),
                help=say("last day of the observation, where the file has no observed_until"),
            ),
            click.Option(
                ["--support-cost"], metavar=say("FILE or NUMBER"),
                help=say("money for one record, or a table: support, cost and, if they differ, "
                         "region and unit"),
            ),
            click.Option(
                ["--refund"], type=float, default=1.0, metavar=say("SHARE"),
                help=say("of the support, what is paid back by who leaves within the horizon "
                         "(default 1)"),
            ),
            click.Option(
                ["--stream"], metavar=say("NAME"),
                help=say("kandas or resettlers, where the file does not say it"),
            ),
            click.Option(
                ["--salt"], metavar=say("TEXT"),
                help=say("ids are hashed with it; without it they are dropped"),
            ),
            click.Option(
                ["--out"], metavar="DIR", help=say("folder for the tables and the figures")
            ),
            *_usual(),
        ],
    )  # fmt: skip


def _usual() -> tuple[click.Option, ...]:
    return options.data(), options.lang(), options.quiet(), options.json()


def _retention(records: str, lang: str | None, **options: Any) -> int:
    from forecast.commands.retention import retention

    return retention(records, **options)
