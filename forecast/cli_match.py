"""The command that places families of a survey."""

from __future__ import annotations

from typing import Any

import click

from forecast import options
from forecast.shell import Spoken
from forecast.words import say


def match_command() -> click.Command:
    return Spoken(
        "match",
        callback=_match,
        short_help=say("families of a survey to regions"),
        help=say(
            "Place the families of a survey in the regions open to them, for the best employment "
            "and preference under places of the quota, room, places for children and jobs that "
            "lack workers. The survey is read where it lies and never copied; names, documents "
            "and telephones in it are refused. The weights are yours and not official."
        ),
        examples=[
            ("forecast match families.csv results/baseline",
             say("by region, on the screen")),
            ("forecast match families.csv results/baseline --salt WORD --out placed",
             say("each family by the hash of its id, with the reasons, into files")),
            ("forecast match families.csv baseline --year 2028 --weights my-weights.yml",
             say("another year, own weights")),
        ],
        params=[
            click.Argument(["survey"], metavar=say("SURVEY")),
            click.Argument(["run"], metavar=say("RUN")),
            click.Option(
                ["--year"], type=int, metavar="Y",
                help=say("year of places and need (default: the first of the run)"),
            ),
            click.Option(
                ["--weights"], metavar=say("FILE"),
                help=say("what counts how much, YAML (default: employment and preference alike)"),
            ),
            click.Option(
                ["--salt"], metavar=say("WORD"),
                help=say("hash the ids with this word; without it families are known by their row"),
            ),
            click.Option(
                ["--out"], metavar="DIR",
                help=say("folder for the tables, the workbook and the figure"),
            ),
            options.data(),
            options.lang(),
            options.quiet(),
            options.json(),
        ],
    )  # fmt: skip


def _match(survey: str, run: str, lang: str | None, **chosen: Any) -> int:
    from forecast.commands.match import print_match

    return print_match(survey, run, **chosen)
