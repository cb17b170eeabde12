"""Infrastructure first, then the move: how many people there is room for.

    room = max(0, capacity x tolerated load - need of those who are there)
    share of arrivals with room = min over kinds of  room / need of all who would come

Free movers cannot lawfully be held back, so the gate knows only people whom growth points and
support bring. A capacity that is not published binds nobody. The stock stays as published: what
is being built is not known yet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.infrastructure.facilities import Facility, need

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Gate:
    """The kinds of facilities that hold arrivals back.

    facilities : the kinds
    capacity   : (kind, region) units; NaN is unknown
    load       : need that is tolerated for each unit
    """

    facilities: tuple[Facility, ...]
    capacity: Array
    load: float

    def share(self, people: Array, arrivals: Array) -> Array:
        """(region, draw) share of the arrivals for whom there is room, 0 to 1.

        people   : (sex, age, region, draw) those who live there without them, persons
        arrivals : (sex, age, region, draw) those who would come
        """
        found = np.ones(arrivals.shape[2:])
        for facility, held in zip(self.facilities, self.capacity, strict=True):
            wanted = need(facility, arrivals)
            room = np.maximum(held[:, None] * self.load - need(facility, people), 0.0)
            open_ = np.isnan(room) | (wanted <= room)
            found = np.minimum(found, np.where(open_, 1.0, room / np.where(open_, 1.0, wanted)))
        return found
