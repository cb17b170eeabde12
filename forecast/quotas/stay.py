"""The five-year stay that a plan takes from a table of results instead of the norm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import Faults, InputError, did_you_mean
from forecast.quotas.norms import ALL, STREAMS
from forecast.settlement.quota import YEARS_OF_STAY
from forecast.space import Space
from forecast.words import say

Array = NDArray[np.float64]

MEASURES = ("five_year_stay", "stay")


def retained(path: Path, stay: Array, regions: Sequence[str], space: Space) -> Array:
    """(stream, region) share that stays five years: of the table, else `stay`.

    The table has the columns region and value and, where they differ, stream, years and measure,
    as `forecast retention` writes it. Rows of the nation hold where a region has none. Raises
    InputError with every row that says what it cannot mean.
    """
    table = _read(path)
    faults = Faults()
    places = {region: place for place, region in enumerate(regions)}
    found, whole = stay.copy(), stay.copy()
    told = np.zeros(stay.shape, dtype=bool)
    seen: dict[tuple[str, str], int] = {}
    for row, line in table.iterrows():
        where = say("row {n}", n=int(str(row)) + 2)
        region = space.id_or_word(str(line["region"]))
        stream = str(line.get("stream", "") or ALL)
        value = pd.to_numeric(line["value"], errors="coerce")
        if region not in (*space.ids, space.nation):
            faults.add(where, space.unknown(line["region"]))
        elif stream not in (*STREAMS, ALL):
            message = say("no stream '{name}'", name=stream)
            faults.add(where, message, did_you_mean(stream, (*STREAMS, ALL), listed=3))
        elif not 0 <= value <= 1:
            faults.add(where, say("a share is from 0 to 1"))
        elif (region, stream) in seen:
            message = say("{region}, {stream} stands in row {n} already",
                          region=line["region"], stream=stream, n=seen[region, stream])  # fmt: skip
            faults.add(where, message)
        else:
            seen[region, stream] = int(str(row)) + 2
            chosen = [k for k, name in enumerate(STREAMS) if stream in (name, ALL)]
            if region == space.nation:
                whole[chosen] = value
            elif region in places:
                found[chosen, places[region]] = value
                told[chosen, places[region]] = True
    if faults:
        raise InputError(path, faults)
    return np.where(told, found, whole)


def _read(path: Path) -> pd.DataFrame:
    """The rows of five years."""
    try:
        table = pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InputError(path, say("the file cannot be read: {reason}", reason=error)) from error
    if not {"region", "value"} <= set(table.columns):
        raise InputError(path, say("the columns region and value are needed"))
    if "measure" in table.columns:
        table = table[table["measure"].isin(MEASURES)]
    if "years" in table.columns:
        years = pd.to_numeric(table["years"], errors="coerce")
        table = table[years == YEARS_OF_STAY]
    if table.empty:
        raise InputError(path, say("no row tells who stays {n} years", n=YEARS_OF_STAY))
    return table
