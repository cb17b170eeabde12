"""One sheet of the workbook as plain rows, and the cells that every sheet has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from forecast.report.extract import Result
from forecast.words import say

DECIMALS = 4  # kept in a cell: a ten-thousandth of a person is no information


@dataclass(frozen=True)
class Row:
    """Words, then numbers with the digits shown of each (one for all, or one each), then status.

    NaN is a number that is not known; None is none at all (a flow has no year after the last).
    """

    words: Sequence[str]
    numbers: Sequence[float | None]
    digits: int | Sequence[int] = 0
    status: str = ""


@dataclass(frozen=True)
class Table:
    """One sheet. `headings` stand over the words, the numbers and, if there is one, the status.

    norms : its numbers rest on the norms of facilities, and the line of sources says so
    """

    name: str
    title: str
    note: str
    headings: Sequence[str]
    rows: Sequence[Row]
    norms: bool = False

    @property
    def labels(self) -> int:
        """How many columns of words come before the numbers."""
        return len(self.rows[0].words) if self.rows else len(self.headings)

    @property
    def numbers(self) -> int:
        """How many columns of numbers there are."""
        return len(self.rows[0].numbers) if self.rows else 0


def region_cells(projection: Result, region: str) -> tuple[str, str]:
    """Id and name of a region."""
    return region, projection.space.name(region)


def region_headings() -> tuple[str, str]:
    """The headings over `region_cells`."""
    return say("Region id"), say("Region")


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table for programs; what is not known is null."""
    plain = frame.astype(object).where(frame.notna(), None)
    return [
        {str(key): value.item() if isinstance(value, np.generic) else value
         for key, value in row.items()}
        for row in plain.to_dict("records")
    ]  # fmt: skip


def rounded(values: np.ndarray) -> np.ndarray:
    """Numbers as they are kept in a cell."""
    return np.round(values, DECIMALS)
