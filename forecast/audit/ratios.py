"""Norms for what a plan claims: a band for each ratio of two of its measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import pandas as pd

from forecast.errors import Faults, collect, did_you_mean
from forecast.scenario.measures import MEASURES
from forecast.tables import STATUSES
from forecast.words import mark, say

TABLE = "norms/plan_ratios"
# By unit: claims are divided, then multiplied.
FACTOR = {mark("per 1000"): 1000.0, mark("m2 per person"): 1.0}
COLUMNS = ("measure", "per", "low", "high", "unit", "status", "source")


class Tables(Protocol):
    """Whatever gives tables by name, as a Dataset does."""

    def has(self, name: str) -> bool: ...
    def table(self, name: str) -> pd.DataFrame: ...


@dataclass(frozen=True)
class Ratio:
    """The band of one ratio: low <= measure / per x factor of the unit <= high."""

    measure: str
    per: str
    low: float
    high: float
    unit: str
    status: str
    source: str

    @property
    def factor(self) -> float:
        return FACTOR[self.unit]


def load_ratios(tables: Tables) -> tuple[Ratio, ...]:
    """The bands of norms/plan_ratios; none where the package lacks the table."""
    return read_ratios(tables.table(TABLE)) if tables.has(TABLE) else ()


def read_ratios(table: pd.DataFrame) -> tuple[Ratio, ...]:
    """The bands of a table, one for each row.

    Raises InputError with every fault, each with its row and column.
    """
    with collect(f"{TABLE}.csv") as faults:
        for column in COLUMNS:
            if column not in table.columns:
                message = say("no column '{name}'", name=column)
                faults.add(say("header"), message, did_you_mean(column, table.columns))
        if not faults:
            _check(table, faults)
    return tuple(
        Ratio(
            str(row["measure"]), str(row["per"]), float(row["low"]), float(row["high"]),
            str(row["unit"]), str(row["status"]), str(row["source"]),
        )
        for row in table.to_dict("records")
    )  # fmt: skip


def _check(table: pd.DataFrame, faults: Faults) -> None:
    known = {"measure": MEASURES, "per": MEASURES, "unit": tuple(FACTOR), "status": STATUSES}
    seen: set[tuple[str, str]] = set()
    for place, row in enumerate(table.to_dict("records")):
        where = say("row {n}", n=place + 2)
        for column in COLUMNS:
            if pd.isna(row[column]) or not str(row[column]).strip():
                faults.add(f"{where}, {column}", say("the cell is empty"))
            elif column in known and str(row[column]) not in known[column]:
                message = say("'{text}' cannot stand here", text=row[column])
                faults.add(f"{where}, {column}", message,
                           did_you_mean(str(row[column]), known[column]))  # fmt: skip
        ends = [_end(row[column], f"{where}, {column}", faults) for column in ("low", "high")]
        if ends[0] > ends[1]:
            message = say("the lower end {low} is above the upper end {high}",
                          low=f"{ends[0]:g}", high=f"{ends[1]:g}")  # fmt: skip
            faults.add(f"{where}, low", message, say("write the lower one first"))
        key = (str(row["measure"]), str(row["per"]))
        if key in seen:
            faults.add(f"{where}, measure", say("the row repeats an earlier one"))
        seen.add(key)


def _end(cell: Any, where: str, faults: Faults) -> float:
    """One end of a band; NaN, which is above and below nothing, where it is none."""
    value = float(pd.to_numeric(pd.Series([cell]), errors="coerce").iloc[0])
    if not pd.isna(cell) and str(cell).strip() and not 0 <= value < float("inf"):
        faults.add(where, say("'{text}' is not a number from 0 up", text=cell))
        return float("nan")
    return value
