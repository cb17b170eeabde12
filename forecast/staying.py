"""How many of the people settled with support are still there, by years since arrival.

Shares stand in the table norms/retention (`forecast retention` writes its rows from records) or in
a lever of a scenario, which wins. Between the years that are written a share falls along a straight
line from 1 at arrival; after the last one it stays: whoever leaves later leaves as others do.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import Faults, InputError
from forecast.space import Space
from forecast.words import say

Array = NDArray[np.float64]

TABLE = "norms/retention"
KANDAS, RESETTLERS = "kandas", "resettlers"
SETTLED = (KANDAS, RESETTLERS)  # order of the axis of streams
MOST_YEARS = 50

Shares = Mapping[int, float]  # {years since arrival: share still there}


def yearly(shares: Shares) -> Array:
    """(year,) share still there 1, 2, ... years after arrival, up to the last that is written."""
    known = [0, *sorted(shares)]
    values = [1.0, *(shares[year] for year in known[1:])]
    found: Array = np.interp(np.arange(1, known[-1] + 1), known, values)
    return found


def rises(shares: Shares) -> int | None:
    """The first year in which more are there than before; None where nobody comes back."""
    before = 1.0
    for year in sorted(shares):
        if shares[year] > before:
            return year
        before = shares[year]
    return None


def table_shares(frame: pd.DataFrame) -> dict[tuple[str, str], Shares]:
    """{(stream, region or nation): shares} of norms/retention.

    Raises InputError where a share rises with the years since arrival.
    """
    found: dict[tuple[str, str], dict[int, float]] = {}
    for row in frame[["stream", "region", "years", "value"]].itertuples(index=False):
        found.setdefault((str(row[0]), str(row[1])), {})[int(row[2])] = float(row[3])
    faults = Faults()
    for (stream, region), shares in found.items():
        year = rises(shares)
        if year is not None:
            message = say("more are there {n} years after arrival than before", n=year)
            faults.add(f"{stream}, {region}", message, say("a share still there cannot rise"))
    if faults:
        raise InputError(f"{TABLE}.csv", faults)
    return dict(found)


def stay_shares(
    frame: pd.DataFrame | None, given: Mapping[str, Shares | None], space: Space
) -> Array | None:
    """(stream of SETTLED, years since arrival from 1, region) share still there; NaN unknown.

    frame : norms/retention, whose rows of the nation hold where a region has none
    given : {stream: shares of a scenario}, which hold in every region; a stream that is not in it
            settles nobody in this run
    None where nothing is known of any stream: then nobody leaves by it.
    """
    known = {} if frame is None else table_shares(frame)
    paths: dict[tuple[int, int], Array] = {}
    for place, stream in enumerate(SETTLED):
        for column, region in enumerate(space.ids if stream in given else ()):
            shares = (
                given[stream] or known.get((stream, region)) or known.get((stream, space.nation))
            )
            if shares:
                paths[place, column] = yearly(shares)
    if not paths:
        return None
    last = max(len(path) for path in paths.values())
    found = np.full((len(SETTLED), last, len(space)), np.nan)
    for (place, column), path in paths.items():
        found[place, :, column] = np.concatenate([path, np.full(last - len(path), path[-1])])
    return found
