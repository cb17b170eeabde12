"""A forecast beside what others published, as a table on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
import pandas as pd

from forecast.realism import CHECKS, measure_words
from forecast.shell import show_table
from forecast.words import say
from forecast.words.digits import number

if TYPE_CHECKING:
    from forecast.space import Space


def show(frame: pd.DataFrame, space: Space | None = None) -> None:
    """Print the frame of `forecast.realism.reality_frame`, a table for each check.

    space : the regions, for their names; without it their ids are shown
    """
    headings = (
        say("Region"), say("Year"), say("Measure"), say("ours"), say("published"),
        say("difference"), say("Verdict"), say("Source"),
    )  # fmt: skip
    for check, rows in frame.groupby("check", sort=False):
        click.echo()
        click.echo(say(CHECKS[str(check)]))
        cells = [
            [
                space.name(str(row["region"])) if space else str(row["region"]),
                str(row["year"]), measure_words(str(row["measure"])),
                number(row["ours"]), _known(row["published"]),
                _known(row["difference"], signed=True), str(row["verdict"]), str(row["source"]),
            ]
            for row in rows.to_dict("records")
        ]  # fmt: skip
        show_table(headings, cells, left=(0, 2, 6, 7), wrapped=(2, 6, 7))


def _known(value: float, *, signed: bool = False) -> str:
    return "" if pd.isna(value) else number(value, signed=signed)
