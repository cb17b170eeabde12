"""Infrastructure first, then the move: how many people there is room for.

    room = max(0, capacity x tolerated load - need of those who are there)
    share of arrivals with room = min over kinds of  room / need of all who would come

Free movers cannot lawfully be held back, so the gate knows only people whom growth points and
support bring. A capacity that is not published binds nobody. Where a region's capacity is unknown
and the plan of a growth point names what it builds, those who come for the point have the places
that are built for it, less those that earlier arrivals took: the people of the region keep the
service that they have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.infrastructure.facilities import Facility, need

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Gate:
    """The kinds of facilities that hold arrivals back.

    facilities : the kinds
    capacity   : (kind, region, year) units on 1 January of each year of the run; NaN is unknown
    load       : need that is tolerated for each unit
    """

    facilities: tuple[Facility, ...]
    capacity: Array
    load: float

    def share(self, year: int, people: Array, arrivals: Array, built: Array | None = None) -> Array:
        """(region, draw) share of the arrivals for whom there is room, 0 to 1.

        year     : number of the year in the run
        people   : (sex, age, region, draw) those who live there without them, persons
        arrivals : (sex, age, region, draw) those who would come
        built    : (kind, region, draw) units that growth points have ready there, on top
        """
        found = np.ones(arrivals.shape[2:])
        for place, facility in enumerate(self.facilities):
            held = self.capacity[place, :, year, None]
            if built is not None:
                held = held + built[place]
            room = room_of(facility, held, self.load, people)
            found = np.minimum(found, share_with_room(room, need(facility, arrivals)))
        return found

    def own_share(self, year: int, coming: Array, built: Array, taken: Array) -> Array:
        """(point, region, draw) share of the arrivals of each point for whom its plan has room.

        coming : (sex, age, point, region, draw) those who would come to live there
        built  : (kind, point, region, draw) units that the plan has ready; NaN where it names none
        taken  : (kind, point, region, draw) units that earlier arrivals need
        A kind whose capacity is known in a region is left to `share`.
        """
        found = np.ones(coming.shape[2:])
        for place, facility in enumerate(self.facilities):
            unknown = np.isnan(self.capacity[place, :, year])[:, None]
            free = np.maximum(built[place] * self.load - taken[place], 0.0)
            room = np.where(unknown, free, np.nan)
            found = np.minimum(found, share_with_room(room, need(facility, coming)))
        return found


def room_of(facility: Facility, held: Array, load: float, people: Array) -> Array:
    """(region, draw) units free beyond the need of `people`, never below 0; NaN is unknown."""
    room: Array = np.maximum(held * load - need(facility, people), 0.0)
    return room


def share_with_room(room: Array, wanted: Array) -> Array:
    """The part of what is wanted for which there is room, 0 to 1; 1 where the room is unknown."""
    open_ = np.isnan(room) | (wanted <= room)
    share: Array = np.where(open_, 1.0, room / np.where(open_, 1.0, wanted))
    return share


def built_units(
    facilities: Sequence[Facility], built: Sequence[Mapping[str, Array]], year: int, draws: int
) -> Array:
    """(kind, point, draw) units that plans have ready on 1 January of year number `year`.

    built : for each point {kind: (year,) or (year, draw)}; NaN stands where a plan names none
    """
    found = np.full((len(facilities), len(built), draws), np.nan)
    for place, facility in enumerate(facilities):
        for point, of_point in enumerate(built):
            if facility.kind in of_point:
                found[place, point] = of_point[facility.kind][year]
    return found
