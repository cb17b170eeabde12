"""Sheets of orders: what to order and when, and where not to build."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.infrastructure.facilities import COSTS
from forecast.infrastructure.orders import (
    ACTIONS,
    COVERED,
    IDLE,
    NEED_FALLS,
    ORDER,
    ORDER_NOW,
    ORDER_YEAR,
    SHORT_TODAY,
    TEMPORARY,
    UNITS,
)
from forecast.report.extract import Result
from forecast.report.sheet import Row, Table, region_cells, region_headings, rounded
from forecast.report.wording import STATUS_WORDS, date, table_names, unit_words, worded
from forecast.words import say

FALLS = (IDLE, NEED_FALLS)
KEYS = ["region", "kind", "year", "action", "modules"]


def order_list(frame: pd.DataFrame) -> pd.DataFrame:
    """A row for each order with its units, latest year and costs: first to order, dearest first.

    frame : rows of the table `orders`; unknown costs come after known ones
    """
    chosen = frame[frame["action"].isin([ORDER, ORDER_NOW])]
    table = chosen.set_index([*KEYS, "measure"])["value"].unstack("measure")
    table = table.reindex(columns=[UNITS, ORDER_YEAR, *COSTS]).reset_index()
    return table.sort_values(
        [ORDER_YEAR, "cost_central", "kind", "region"], ascending=[True, False, True, True]
    )


def orders(projection: Result) -> Table:
    """Every order of a region: what to order now stands first."""
    frame = projection.frame("orders")
    kinds = table_names(projection.facilities, "kind")
    chosen = frame[frame["action"].isin([ORDER, ORDER_NOW])]
    money = chosen.loc[chosen["measure"].isin(COSTS), "unit"]
    million = say("million {unit}", unit=money.iloc[0] if len(money) else "")
    units = _units(projection)
    status = worded("assumption", STATUS_WORDS)
    listed = order_list(chosen[chosen["region"] != projection.nation])
    spoken = {action: say(words) for action, words in ACTIONS.items()}
    rows = []
    for line in listed.to_dict("records"):
        words = (
            *region_cells(projection, str(line["region"])), kinds[line["kind"]],
            spoken[line["action"]], str(line["modules"]), units[line["kind"]],
        )  # fmt: skip
        costs = rounded(np.array([line[level] for level in COSTS], dtype=float) / 1e6)
        numbers = [line[UNITS], *costs.tolist()]
        years = f"{line[ORDER_YEAR]:g}", str(line["year"])
        rows.append(Row((*words[:4], *years, *words[4:]), numbers, 0, status))
    return Table(
        say("Orders"),
        say("What to order and when, first the most urgent"),
        say("Order by: the latest 1 January, so that the building stands on 1 January of the year "
            "of need; before {base} it is overdue. What growth points and the nation build already "
            "is not in it. Buildings: how many of which size. Money in {unit}.",
            base=date(projection.base_year), unit=million),
        [*region_headings(), say("Facility"), say("Action"), say("Order by"), say("Needed by"),
         say("Buildings"), say("Unit"), say("Units"), say("Cost, low"), say("Cost, central"),
         say("Cost, high"), say("Status")],
        rows, norms=True,
    )  # fmt: skip


def idle(projection: Result) -> Table:
    """Where need falls or is met, with the shortage published there, or passes too soon."""
    frame = projection.frame("orders")
    kinds, units = table_names(projection.facilities, "kind"), _units(projection)
    order = {region: k for k, region in enumerate([projection.nation, *projection.space.ids])}
    chosen = frame[frame["action"].isin([*FALLS, TEMPORARY]) & frame["region"].isin(order)]
    cells = chosen[chosen["action"] == NEED_FALLS].set_index(["region", "kind", "measure"])["value"]
    chosen = chosen[chosen["measure"] == UNITS]
    chosen = chosen.assign(place=chosen["region"].map(order))
    chosen = chosen.sort_values(["action", "place", "kind", "year"], kind="stable")
    spoken = {action: say(words) for action, words in ACTIONS.items()}
    rows = [
        Row((*region_cells(projection, str(line["region"])), kinds[line["kind"]],
             spoken[line["action"]], str(line["year"]), units[line["kind"]]),
            [line["value"], *(cells.get((line["region"], line["kind"], measure))
                              if line["action"] == NEED_FALLS else None
                              for measure in (SHORT_TODAY, COVERED))],
            0, worded(line["status"], STATUS_WORDS))
        for line in chosen.to_dict("records")
    ]  # fmt: skip
    return Table(
        say("Need falls"),
        say("Where need falls or is met, and what to bridge for a time"),
        say("Need falls: by how many units fewer are needed on {date} than on {base}, less what "
            "falls out of use, with what is built there; spare units only where the stock is "
            "published. Short: as published; the fall covers a part of it at most. Bridge: units "
            "that are short at most, for a need that falls again or is less than half of the "
            "smallest building.",
            date=date(projection.last_year), base=date(projection.base_year)),
        [*region_headings(), say("Facility"), say("Action"), say("1 January of the year"),
         say("Unit"), say("Units"), say("Short, as published"),
         say("Of which the fall covers at most"), say("Status")],
        rows, norms=True,
    )  # fmt: skip


def _units(projection: Result) -> dict[str, str]:
    """The unit of each kind in the language of now."""
    table = projection.facilities
    return {
        kind: unit_words(projection, unit)
        for kind, unit in zip(table["kind"].astype(str), table["unit"].astype(str), strict=True)
    }
