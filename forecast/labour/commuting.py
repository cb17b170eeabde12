"""Commuting between a city and its ring: how many residents may also work across the border."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import Faults, collect, did_you_mean
from forecast.space import Space
from forecast.words import say

Array = NDArray[np.float64]

TABLE = "norms/commuting"
COLUMNS = ("home", "work", "limit", "status", "source")


def commuting_limits(table: pd.DataFrame, space: Space) -> Array:
    """(home, work) share of the employed of `home` who may come to work in `work` additionally.

    table : home, work (ids of regions), limit (0 to 1), unit, status, source, note
    0 where no pair is listed: nobody new commutes there. Raises InputError with every fault:
    an unknown region, home and work the same, a limit that is no share, a repeated pair, a row
    without source, a home that may send more than all it employs.
    """
    limits = np.zeros((len(space), len(space)))
    with collect(TABLE) as faults:
        for column in COLUMNS:
            if column not in table.columns:
                cure = did_you_mean(column, table.columns)
                faults.add(say("header"), say("no column '{name}'", name=column), cure)
        if faults:
            return limits
        seen: set[tuple[str, str]] = set()
        shares = pd.to_numeric(table["limit"], errors="coerce").to_numpy(dtype=float)
        for row, (line, share) in enumerate(zip(table.to_dict("records"), shares, strict=True), 2):
            pair = str(line["home"]), str(line["work"])
            sound = _row_is_sound(line, float(share), say("row {n}", n=row), space, faults)
            if pair in seen:
                where = say("row {n}", n=row)
                faults.add(where, say("the row repeats an earlier one"))
            seen.add(pair)
            if sound:
                limits[space.positions[pair[0]], space.positions[pair[1]]] = share
        for home in np.flatnonzero(limits.sum(axis=1) > 1):
            message = say("the limits of one home sum to {sum:g}", sum=limits[home].sum())
            faults.add(space.ids[home], message, say("they must not exceed 1"))
    return limits


def _row_is_sound(
    line: dict[object, object], share: float, where: str, space: Space, faults: Faults
) -> bool:
    """Whether a row can be used; what is wrong with it is told."""
    before = len(faults)
    for column in ("home", "work"):
        if line[column] not in space.positions:
            message = say("no region '{name}'", name=line[column])
            faults.add(f"{where}, {column}", message, did_you_mean(str(line[column]), space.ids))
    if line["home"] == line["work"]:
        message = say("home and work are one region")
        faults.add(f"{where}, work", message, say("name two regions"))
    if not 0 <= share <= 1:
        message = say("'{text}' cannot stand here", text=line["limit"])
        faults.add(f"{where}, limit", message, say("a share is from 0 to 1"))
    if pd.isna(line["source"]) or not str(line["source"]).strip():  # type: ignore[call-overload]
        faults.add(f"{where}, source", say("the cell is empty"))
    return len(faults) == before
