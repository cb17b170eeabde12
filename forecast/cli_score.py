"""The command that scores regions and applicants on a card."""

from __future__ import annotations

from typing import Any

import click

from forecast import options
from forecast.shell import Spoken
from forecast.words import say


def score_command() -> click.Command:
    return Spoken(
        "score",
        callback=_score,
        short_help=say("score regions or applicants on a card, term by term"),
        help=say(
            "Add up the criteria of a card for regions of a run or for the applicants of a file, "
            "and show what each criterion gives, what would reach the mark, how firm the ranking "
            "is and whom a threshold leaves out. Weights are the user's input."
        ),
        examples=[
            ("forecast score settlement-need --run results/baseline",
             say("regions on the shipped card")),
            ("forecast score applicant-example people.csv --run results/baseline --group region",
             say("applicants, and who passes by region")),
            ("forecast score my-card.yml people.csv --threshold 450 --out scores",
             say("an own card and another mark, into files")),
        ],
        params=[
            click.Argument(["card"], metavar=say("CARD")),
            click.Argument(["file"], required=False, metavar=say("[FILE]")),
            click.Option(
                ["--run"], metavar=say("RUN"),
                help=say("run that measures and deficits are taken from"),
            ),
            click.Option(
                ["--threshold"], type=float, metavar="T",
                help=say("mark that must be reached, instead of the card's"),
            ),
            click.Option(
                ["--salt"], metavar=say("TEXT"),
                help=say("hash the ids of the file with this text, instead of numbers of rows"),
            ),
            click.Option(
                ["--group", "groups"], metavar=say("COLUMN"), multiple=True,
                help=say("pass rates by this column of the file; may be repeated"),
            ),
            click.Option(
                ["--draws"], type=int, metavar="N",
                help=say("draws of the weights (default 1000 for regions, none for applicants)"),
            ),
            click.Option(
                ["--seed"], type=int, default=1, metavar="N",
                help=say("the same seed gives the same draws (default 1)"),
            ),
            click.Option(
                ["--top"], type=int, default=5, metavar="N",
                help=say("ranks that count as the top (default 5)"),
            ),
            click.Option(
                ["--out"], metavar="DIR",
                help=say("folder for the scores, the workbook and the figure"),
            ),
            options.data(),
            options.lang(),
            options.quiet(),
            options.json(),
        ],
    )  # fmt: skip


def _score(card: str, file: str | None, lang: str | None, **options: Any) -> int:
    from forecast.commands.score import score

    return score(card, file, **options)
