"""Sheets with regions in rows and columns: moves, and what drivers change in them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.report.extract import Result
from forecast.report.sheet import Row, Table, region_cells, region_headings, rounded
from forecast.report.wording import status_line, years
from forecast.words import say


def flows(projection: Result) -> Table:
    """Moves from region to region, mean of the years of the run, as a square."""
    frame = projection.frame("flows")
    means = frame.groupby(["origin", "destination"], observed=True)["value"].mean()
    return _square(
        projection, means, say("Moves"),
        say("Moves between regions, mean per year {years}, persons", years=_span(frame)),
        say("From the region of the row to the region of the column. Status: {status}",
            status=status_line([frame])),
    )  # fmt: skip


def response(projection: Result) -> Table:
    """What the drivers of the scenario change in the moves, all years together, as a square."""
    frame = projection.frame("response")
    sums = frame.groupby(["origin", "destination"], observed=True)["value"].sum()
    return _square(
        projection, sums, say("Response of moves"),
        say("Moves with the drivers of the scenario less moves without them, sum of {years}, "
            "persons", years=_span(frame)),
        say("From the region of the row to the region of the column. Status: {status}",
            status=status_line([frame])),
    )  # fmt: skip


def _square(
    projection: Result, values: pd.Series[float], name: str, title: str,
    note: str,
) -> Table:  # fmt: skip
    """A table of origins and destinations with the sums of both."""
    ids = list(projection.space.ids)
    square = values.unstack("destination").reindex(index=ids, columns=ids).to_numpy(
        dtype=float, copy=True
    )  # fmt: skip
    np.fill_diagonal(square, 0.0)  # who stays has not moved
    square = np.column_stack([square, square.sum(axis=1)])
    square = rounded(np.vstack([square, square.sum(axis=0)]))
    names = [projection.space.name(region) for region in ids]
    rows = [Row(region_cells(projection, region), line.tolist())
            for region, line in zip(ids, square[:-1], strict=True)]  # fmt: skip
    rows.append(Row(("", say("All arrivals")), square[-1].tolist()))
    return Table(name, title, note, [*region_headings(), *names, say("All departures")], rows)


def _span(frame: pd.DataFrame) -> str:
    """The years of a table, as 2027-2031."""
    return years(int(frame["year"].min()), int(frame["year"].max()))
