"""The streams of the immigration of a run, as the table of a result."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.simulate import Simulation
from forecast.space import STREAMS
from forecast.tables import PERSONS
from forecast.tabulate import tidy

Array = NDArray[np.float64]

QUOTA = STREAMS.index("kandas_quota")
COLUMNS = ("region", "year", "stream", "value", "unit", "status")


def immigration_frame(simulation: Simulation, streams: Array | None) -> pd.DataFrame:
    """Immigrants of each calendar year by region and stream, projected.

    streams : (stream, year, region) persons of the assumptions; None where they are not known
    The streams of a region and year add up to its component immigration, also where a net of
    the scenario scales it; what the lever of the quota brings is in its stream. A stream of which
    nobody knows anything has no rows.
    """
    if streams is None:
        return pd.DataFrame(columns=COLUMNS)
    persons = streams_of(simulation, streams)  # (stream, year, region)
    there = [place for place in range(len(STREAMS)) if persons[place].any()]
    return tidy(
        np.ascontiguousarray(persons[there].transpose(2, 1, 0)),
        {
            "region": simulation.space.ids,
            "year": simulation.years,
            "stream": tuple(STREAMS[place] for place in there),
        },
        PERSONS,
    )


def streams_of(simulation: Simulation, streams: Array) -> Array:
    """(stream, year, region) persons that sum to the immigration of the simulation.

    Where a lever brings fewer than a stream has, the others of the region lose the rest.
    """
    came = np.stack([change.immigration[..., 0].sum(axis=(0, 1)) for change in simulation.changes])
    found = streams.copy()
    if simulation.support:
        more = [moved.immigrants[..., 0].sum(axis=(0, 1)) for moved in simulation.support]
        quota = found[QUOTA] + np.stack(more)
        found[QUOTA] = np.maximum(quota, 0.0)
    sums = found.sum(axis=0)
    if ((sums <= 0) & (came > 0)).any():  # nobody was assumed where a lever brings people
        found[QUOTA] += (sums <= 0) * came
        sums = found.sum(axis=0)
    scale: Array = found * np.divide(came, sums, out=np.zeros_like(came), where=sums > 0)
    return scale
