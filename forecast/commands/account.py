"""`forecast compare --account`: what the differences of two runs come from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import numpy as np
import pandas as pd

from forecast import explained
from forecast.account import (
    ADDED,
    DEFICIT,
    POPULATION,
)
from forecast.account.words import LEAST
from forecast.commands.files import Files
from forecast.commands.screen import WIDTH
from forecast.report.wording import capital, unit_words
from forecast.shell import show_table, tell, width
from forecast.words import say
from forecast.words.digits import number


class Explained(explained.Explained):
    """The account of two runs as the command line tells it."""

    def record(self) -> dict[str, Any]:
        """The account for programs; what is not a number is null."""
        rows = self.account.rows
        if self.alone:
            rows = rows[rows["region"] == self.region]
        rows = rows.astype(object).where(rows.notna(), None)
        return {
            "year": self.account.year, "region": self.region, "text": self.text,
            "interval_80": None if self.interval is None else list(self.interval),
            "rows": rows.to_dict("records"),
        }  # fmt: skip

    def show(self) -> None:
        """The paragraph and the parts, on the output."""
        place, year = self.one.space.name(self.region), self.account.year
        click.echo(click.wrap_text(self.text, width=min(WIDTH, width())))
        click.echo()
        click.echo(say("{region}: what the population of 1 January {year} differs by, persons",
                       region=place, year=year))  # fmt: skip
        self._show_parts(self.account.of(POPULATION, self.region))
        deficit = self.account.of(DEFICIT, self.region)
        if _tells(deficit):
            click.echo(say("{region}: what the labour deficit of {year} differs by, jobs",
                           region=place, year=year - 1))  # fmt: skip
            self._show_parts(deficit)
        self._show_needs(place)

    def _show_parts(self, rows: pd.DataFrame) -> None:
        table = explained.parts_table(rows, self.names)
        lines = [
            [name, number(one), number(other), number(change, signed=True)]
            for name, (one, other, change) in zip(table.index, table.to_numpy(float), strict=True)
        ]
        show_table((say("Part"), say("first"), say("second"), say("difference")), lines)
        click.echo()

    def _show_needs(self, place: str) -> None:
        rows = self.account.rows
        rows = rows[(rows["account"] == ADDED) & (rows["region"] == self.region)]
        if not _tells(rows):
            return
        wide = rows.pivot_table(index="kind", columns="part", values="value", sort=False)
        wide = wide.reindex(columns=["people", "norm", "difference"])
        units = dict(zip(rows["kind"].astype(str), rows["unit"].astype(str), strict=True))
        click.echo(say("{region}: what the need added by 1 January {year} differs by",
                       region=place, year=self.account.year))  # fmt: skip
        lines = [
            [
                capital(self.names.kinds.get(str(kind), str(kind))),
                unit_words(self.one, units[str(kind)]),
                *(number(0.0 if name == "norm" and np.isnan(value) else value, signed=True)
                  for name, value in line.items()),
            ]
            for kind, line in wide.iterrows()
        ]  # fmt: skip
        show_table(
            (say("Facility"), say("Unit"), say("by people"), say("by norm"), say("difference")),
            lines, left=(0, 1),
        )  # fmt: skip
        click.echo()


def _tells(rows: pd.DataFrame) -> bool:
    return bool((rows["value"].abs() >= LEAST).any())


def write_waterfall(explained: Explained, path: Path, *, quiet: bool = False) -> None:
    """The figure of the account, as the ending of the file says."""
    from forecast.report import waterfall

    figure: Any = waterfall.waterfall(explained).get_figure(root=True)
    text = waterfall.alternative(explained, figure)
    with Files() as files:
        files.named_figure(str(path), figure, text)
    tell(say("Written to {folder}", folder=path), quiet=quiet)


__all__ = ("Explained", "write_waterfall")
