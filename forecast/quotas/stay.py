"""The share of settlers that stays five years, from a table of stays by years since arrival."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from forecast.errors import Faults, InputError, did_you_mean
from forecast.quotas.norms import STREAMS
from forecast.settlement.quota import YEARS_OF_STAY
from forecast.space import Space
from forecast.staying import MOST_YEARS, Shares, table_shares, yearly
from forecast.words import say

COLUMNS = ("stream", "region", "years", "value")

Stays = Mapping[tuple[str, str], Shares]  # {(stream, region or nation): shares still there}


def five_years(stays: Stays, nation: str) -> Callable[[str, str, float], float]:
    """(stream, region, otherwise) -> share that stays five years, of the nation where a region has
    none; `otherwise` where neither is followed for so long."""

    def found(stream: str, region: str, otherwise: float) -> float:
        for place in (region, nation):
            known = stays.get((stream, place), {})
            if max(known, default=0) >= YEARS_OF_STAY:
                return float(yearly(known)[YEARS_OF_STAY - 1])
        return otherwise

    return found


def read_stays(path: Path, space: Space) -> Stays:
    """The stays of a file with the columns of norms/retention, as `forecast retention` writes it.

    Raises InputError with every row that says what it cannot mean.
    """
    try:
        table = pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InputError(path, say("the file cannot be read: {reason}", reason=error)) from error
    if missing := [name for name in COLUMNS if name not in table.columns]:
        raise InputError(path, say("the columns {names} are missing; 'forecast retention --out' "
                                   "writes such a file", names=", ".join(missing)))  # fmt: skip
    faults = Faults()
    rows: dict[tuple[str, str, float], tuple[float, int]] = {}
    for row, line in enumerate(table.to_dict("records"), start=2):
        where, before = say("row {n}", n=row), len(faults)
        stream, region = line["stream"], ""
        try:
            region = space.place(line["region"])
        except InputError as error:
            faults.add(where, error.faults[0].message)
        years, value = (pd.to_numeric(line[name], errors="coerce") for name in ("years", "value"))
        if stream not in STREAMS:
            message = say("no stream '{name}'", name=stream)
            faults.add(where, message, did_you_mean(stream, STREAMS, listed=len(STREAMS)))
        if not 0 <= value <= 1:
            faults.add(where, say("a share is from 0 to 1"))
        if not (1 <= years <= MOST_YEARS and years == int(years)):
            faults.add(where, say("years are whole, from 1 to {most}", most=MOST_YEARS))
        if (stream, region, years) in rows:
            message = say("{region}, {stream} stands in row {n} already", region=line["region"],
                          stream=stream, n=rows[stream, region, years][1])  # fmt: skip
            faults.add(where, message)
        if len(faults) == before:
            rows[stream, region, years] = value, row
    if faults:
        raise InputError(path, faults)
    if not rows:
        raise InputError(path, say("no row tells who stays {n} years", n=YEARS_OF_STAY))
    return table_shares(pd.DataFrame(
        [(*key, value) for key, (value, _) in rows.items()], columns=list(COLUMNS)
    ))  # fmt: skip
