"""What the drivers of a scenario change in the moves between regions: table and words.

The scenario is run once more without its drivers; the difference of the moves is the response.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.migration.response import Gain, who_gains
from forecast.space import Space
from forecast.tables import PERSONS, PROJECTED
from forecast.tabulate import tidy
from forecast.words import say
from forecast.words.digits import number

if TYPE_CHECKING:
    from forecast.simulate import Simulation

Array = NDArray[np.float64]

COLUMNS = ("year", "origin", "destination", "value", "unit", "status")
NAMED, MOST = 4, 2  # regions named in the sentence, and those with whom each gains or loses


def response_frame(
    with_drivers: Simulation, without: Simulation, status: str = PROJECTED
) -> pd.DataFrame:
    """Moves with the drivers less moves without them: year, origin, destination, value (persons).

    Years in which nothing answers yet are left out. Beside those who answer themselves the
    difference holds what follows: later moves of people who now live elsewhere.

    status : 'estimated' where the matrix that the run starts from is
    """
    more = np.stack([
        mine[..., 0] - theirs[..., 0]
        for mine, theirs in zip(with_drivers.flows, without.flows, strict=True)
    ])  # fmt: skip
    answering = more.any(axis=(1, 2))
    ids = with_drivers.space.ids
    years = np.asarray(with_drivers.years)[answering]
    if not len(years):
        return empty_response()
    axes = {"year": years.tolist(), "origin": ids, "destination": ids}
    frame = tidy(more[answering], axes, PERSONS, status)
    return frame[frame["origin"] != frame["destination"]].reset_index(drop=True)


def empty_response() -> pd.DataFrame:
    """The table of a run in which no driver acts."""
    return pd.DataFrame(columns=list(COLUMNS))


def less(response: pd.DataFrame, other: pd.DataFrame, *, before: int) -> pd.DataFrame:
    """The moves of one table `response` less those of another, in calendar years `before` one.

    year, origin, destination, value (persons): the difference of two runs that drivers make. A
    run in which no driver acts counts as 0.
    """
    both = pd.concat([
        table[["year", "origin", "destination"]].assign(value=side * table["value"].astype(float))
        for table, side in ((response, 1.0), (other, -1.0))
        if len(table)
    ] or [empty_response()])  # fmt: skip
    return both[both["year"] < before].reset_index(drop=True)


def gains_record(frame: pd.DataFrame, space: Space) -> dict[str, object]:
    """What a table `response` comes to, for a machine: its years, and by region the persons of
    net migration that it gains by the drivers (negative: loses), the largest gain first."""
    found = gains(frame, space) if len(frame) else ()
    return {
        "years": [int(frame["year"].min()), int(frame["year"].max())] if found else [],
        "net_migration": {space.ids[gain.region]: round(gain.persons) for gain in found},
    }


def gains(frame: pd.DataFrame, space: Space) -> tuple[Gain, ...]:
    """Who gains and who loses over all years of a table `response`."""
    sums = frame.groupby(["origin", "destination"])["value"].sum().unstack()
    square = sums.reindex(index=list(space.ids), columns=list(space.ids)).to_numpy(dtype=float)
    return who_gains(np.nan_to_num(square))  # only the diagonal is missing: nobody moves there


def gains_sentence(frame: pd.DataFrame, space: Space) -> str:
    """Who gains people by the drivers and who loses them, in one sentence; empty where nobody."""
    found = gains(frame, space) if len(frame) else ()
    won = [gain for gain in found if gain.persons > 0]
    lost = [gain for gain in found if gain.persons < 0][::-1]
    if not won or not lost:
        return ""
    return say(
        "Moves that follow jobs, pay and homes, {first} to {last}, persons: gained by {winners}; "
        "lost by {losers}.",
        first=int(frame["year"].min()), last=int(frame["year"].max()),
        winners=_listed(won, lost, space), losers=_listed(lost, won, space),
    )  # fmt: skip


def _listed(found: list[Gain], others: list[Gain], space: Space) -> str:
    """The first few regions with their persons, each with those of the other side with whom it
    gains or loses most."""
    there = {gain.region for gain in others}
    parts = []
    for gain in found[:NAMED]:
        most = [other for other, _ in gain.against if other in there][:MOST]
        names = ", ".join(space.name(space.ids[other]) for other in most)
        values = {"region": space.name(space.ids[gain.region]),
                  "persons": number(gain.persons, signed=True), "names": names}  # fmt: skip
        if not most:
            parts.append(f"{values['region']} {values['persons']}")
        elif gain.persons > 0:
            parts.append(say("{region} {persons} (most from {names})", **values))
        else:
            parts.append(say("{region} {persons} (most to {names})", **values))
    if len(found) > NAMED:
        rest = number(sum(gain.persons for gain in found[NAMED:]), signed=True)
        parts.append(say("all others {persons}", persons=rest))
    return ", ".join(parts)
