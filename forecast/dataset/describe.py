"""What a package holds, table by table."""

from __future__ import annotations

import pandas as pd

from forecast.dataset.declare import TABLES
from forecast.dataset.package import Dataset
from forecast.tables import STATUSES

PLACES = ("region", "territory", "territories")


def describe_package(dataset: Dataset) -> pd.DataFrame:
    """A row for each table: table, title, rows, first_year, last_year, regions, the share of
    rows in each status (0 to 1) and the publishers in the language of now.

    A table without years, regions or status has a missing value there.
    """
    return pd.DataFrame(
        [_row(dataset, name) for name in dataset.tables]
    ).astype({"first_year": "Int64", "last_year": "Int64", "regions": "Int64"})  # fmt: skip


def _row(dataset: Dataset, name: str) -> dict[str, object]:
    frame = dataset.table(name)
    table = TABLES[name]
    years = _years(frame)
    columns = [column.name for column in table.columns if column.kind in PLACES]
    found = {
        part for column in columns for cell in frame[column].unique() for part in cell.split("+")
    }
    row: dict[str, object] = {
        "table": name,
        "title": table.title,
        "rows": len(frame),
        "first_year": years.min() if len(years) else pd.NA,
        "last_year": years.max() if len(years) else pd.NA,
        "regions": len(found & set(dataset.space.ids)) if columns else pd.NA,
    }
    for status in STATUSES:
        has = "status" in frame
        row[status] = float((frame["status"] == status).mean()) if has else float("nan")
    row["sources"] = dataset.sources([name])
    return row


def _years(frame: pd.DataFrame) -> pd.Series:
    """The years of a table; a date counts by its first year."""
    if "year" in frame:
        return frame["year"]
    for column in ("date", "period"):
        if column in frame:
            first = frame[column].str.extract(r"^(\d{4})", expand=False).dropna()
            return first.astype("int64")
    return pd.Series(dtype="int64")
