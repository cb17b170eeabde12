"""The command of settlement policy: the regional quota."""

from __future__ import annotations

from typing import Any

import click

from forecast import options
from forecast.shell import Spoken
from forecast.words import say


def quota_command() -> click.Command:
    return Spoken(
        "quota",
        callback=_quota,
        short_help=say("where the regional quota should go, and what one more place is worth"),
        help=say(
            "Give the places of the quota to regions, streams and qualifications so that most "
            "settlers find a job and stay, within supply, need, room, legal lists, floors, yearly "
            "change and budget; beside the published quotas. RUN is a run folder or a scenario."
        ),
        examples=[
            ("forecast quota results/baseline", say("the last published year")),
            ("forecast quota results/baseline --years 2026-2030 --out quota",
             say("five years; tables and a figure into a folder")),
            ("forecast quota results/baseline --places 10000 --budget 6000 --sensitivity",
             say("more places, a budget in million, and how sure the answer is")),
            ("forecast quota results/baseline --plan quota-example",
             say("with the plan of a file (scenarios/quotas)")),
        ],
        params=[
            click.Argument(["run"], metavar=say("RUN")),
            click.Option(["--year"], type=int, metavar="Y", help=say("one year of the run")),
            click.Option(["--years"], metavar="A-B", help=say("several years of the run")),
            click.Option(
                ["--places"], type=int, metavar="N",
                help=say("places of all streams in a year (default: as published)"),
            ),
            click.Option(
                ["--budget"], type=float, metavar="M",
                help=say("support in a year, million (default: no limit)"),
            ),
            click.Option(["--plan"], metavar=say("FILE"), help=say("plan file, YAML")),
            click.Option(
                ["--sensitivity"], is_flag=True,
                help=say("how the answer moves with weights, need, room and take-up"),
            ),
            click.Option(
                ["--out"], metavar="DIR", help=say("folder for the tables and the figure")
            ),
            options.data(),
            options.lang(),
            options.quiet(),
            options.json(),
        ],
    )  # fmt: skip


def _quota(run: str, lang: str | None, years: str | None, **options: Any) -> None:
    from forecast.commands.quota import quota
    from forecast.errors import InputError

    span = None
    if years is not None:
        first, _, last = (part.strip() for part in years.partition("-"))
        last = last or first
        if not (first.isascii() and first.isdecimal() and last.isascii() and last.isdecimal()
                and int(first) <= int(last)):  # fmt: skip
            raise InputError("--years", say("'{value}' are no years", value=years) + "; "
                             + say("write 2026 or 2026-2030"))  # fmt: skip
        span = int(first), int(last)
    quota(run, years=span, **options)
