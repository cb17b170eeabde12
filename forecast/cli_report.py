"""The command that writes the report of a finished run."""

from __future__ import annotations

from typing import Any

import click

from forecast import options
from forecast.shell import Spoken
from forecast.words import say


def report_command() -> click.Command:
    return Spoken(
        "report",
        callback=_report,
        short_help=say("write the report of a finished run: docx, html, pdf, xlsx"),
        help=say(
            "Write the report of finished runs: what changes, where, why and how sure, with "
            "numbered tables and figures, a page for each region, what to order now, the ledger of "
            "growth points, assumptions and sources. Runs are only read."
        ),
        examples=[
            ("forecast report results/baseline --format docx --lang ru",
             say("baseline.docx in this folder, in Russian")),
            ("forecast report results/baseline --format html,pdf --out drafts",
             say("a page that opens offline, and a PDF")),
            ("forecast report results/baseline --format docx --region NAME",
             say("the passport and the figures of one region")),
        ],
        params=[
            click.Argument(["runs"], nargs=-1, required=True, metavar=say("RUN...")),
            click.Option(
                ["--format", "formats"], metavar="F,F", default="docx",
                help=say("docx, xlsx, html, pdf or several (default docx)"),
            ),
            click.Option(
                ["--region", "regions"], multiple=True, metavar=say("REGION"),
                help=say("this region alone; several times for several"),
            ),
            click.Option(
                ["--out"], metavar=say("FILE or DIR"),
                help=say("where to write (default: this folder, named as the run)"),
            ),
            options.data(),
            options.lang(),
            options.quiet(),
        ],
    )  # fmt: skip


def _report(runs: tuple[str, ...], lang: str | None, **options: Any) -> None:
    from forecast.commands.report import report

    report(runs, lang=lang, **options)
