"""Two runs with what their difference comes from: the paragraph, the parts, the interval."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import pandas as pd

from forecast import chances
from forecast.account import (
    DIFFERENCE,
    POPULATION,
    Account,
    Names,
    account,
    account_text,
)
from forecast.account.words import LEAST, part_name
from forecast.projection import Projection
from forecast.report.wording import capital, table_names
from forecast.words import say

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Explained:
    """Two runs with the account of their difference; `region` is that of figure and text.

    alone : one region was asked for, so that no other is told
    """

    one: Projection
    other: Projection
    account: Account
    region: str
    alone: bool

    @classmethod
    def of(cls, one: Projection, other: Projection, region: str | None) -> Self:
        chosen = one.nation if region is None else region
        return cls(one, other, account(one, other), chosen, region is not None)

    @property
    def table(self) -> pd.DataFrame:
        """The parts of the difference of population, persons; see `parts_table`."""
        table = parts_table(self.account.of(POPULATION, self.region), self.names)
        table.index.name = self.one.space.name(self.region)
        return table

    def _repr_markdown_(self) -> str:
        """The paragraph, where a notebook shows the account."""
        return self.text.replace("*", r"\*")

    def plot(self) -> Figure:
        """The waterfall: a bar for each part, each beginning where the last ended."""
        from forecast.report.waterfall import waterfall

        figure = waterfall(self).get_figure(root=True)
        assert figure is not None, "axes stand in a figure"
        return figure

    @cached_property
    def names(self) -> Names:
        points = {**self.one.point_names, **self.other.point_names}
        kinds = {
            **table_names(self.one.facilities, "kind"),
            **table_names(self.other.facilities, "kind"),
        }
        return Names(self.one.title, self.other.title, points, kinds)

    @cached_property
    def text(self) -> str:
        """The account in one paragraph."""
        return account_text(self.account, self.one.space, self.names, region=self.region,
                            interval=self.interval)  # fmt: skip

    @cached_property
    def interval(self) -> tuple[float, float] | None:
        """80 % of the draws of the difference of population, where both runs share their draws."""
        runs = (self.one, self.other)
        seeds = {run.manifest["inputs"].get("seed") for run in runs}
        if not self.one.draws or len({run.draws for run in runs}) > 1 or len(seeds) > 1:
            return None
        mine, theirs = self._sampled(self.other), self._sampled(self.one)
        found = chances.difference_interval(mine, theirs)
        low, _, high = chances.INTERVAL
        return float(found[low].iloc[0]), float(found[high].iloc[0])

    def _sampled(self, run: Projection) -> pd.DataFrame:
        rows = run.frames["samples"]
        chosen = (rows["measure"] == POPULATION) & (rows["region"] == self.region)
        return rows[chosen & (rows["year"] == self.account.year)]


def parts_table(rows: pd.DataFrame, names: Names) -> pd.DataFrame:
    """An account of one region as a table: a row for each part, the sum last.

    rows : as `Account.of` gives them
    Columns first, second (what each run adds by this part; what goes counts with -) and
    difference. Parts that say nothing are left out, and those that are the same in both runs
    stand in one row, so that every column adds up to its last row.
    """
    columns = {"of_one": "first", "of_other": "second", "value": "difference"}
    ends = (rows["part"] == DIFFERENCE).to_numpy()
    labels = [
        say("Together") if part == DIFFERENCE else capital(part_name(part, point, names.points))
        for part, point in zip(rows["part"], rows["point"], strict=True)
    ]
    table = rows[list(columns)].rename(columns=columns).set_axis(pd.Index(labels))
    told = table[["first", "second"]].abs().max(axis=1).to_numpy() >= LEAST
    parts, together = table[told & ~ends], table[ends]
    rest = together.sum() - table[~ends].sum()
    if rest.abs().max() >= LEAST:
        same = rest.to_frame(say("The same in both runs")).T
        parts = pd.concat([parts, same])
    return pd.concat([parts, together])
