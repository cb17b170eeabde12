"""Whom growth points and the levers of policy move in one year, beside the ordinary change.

Everybody is called from the people whom an ordinary year leaves. Growth points come first, then
those who move with support; where a lever wants infrastructure first, all of them share the
room that there is. Those who were settled with support in earlier years may leave again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from forecast.assumptions import Assumptions
from forecast.demography.step import YearRates
from forecast.feedback import Feedback
from forecast.infrastructure import need
from forecast.infrastructure.gate import Gate, built_units
from forecast.labour import LabourBase
from forecast.migration.directed import Directed, directed_moves
from forecast.migration.growth_point import Callers, Calls, GrowthPoint, Moves, settle
from forecast.migration.internal import origin_shares
from forecast.settlers import Again, Arrived, Settlers, Staying, arrived_of

Array = NDArray[np.float64]

NOBODY = Settlers()
ROUNDS, NEAR = 50, 0.1  # persons: places and calls agree well before the last round


@dataclass(frozen=True)
class Surroundings:
    """What growth points and levers meet in every year of a run.

    dwellings_per_person : (sex, age, region) dwellings that one person needs
    gate                 : holds arrivals back for want of room; None without the lever
    permits              : (year,) foreign workers beyond the published permits; None without
    """

    dwellings_per_person: Array
    gate: Gate | None = None
    permits: Array | None = None
    feedback: Feedback | None = None


@dataclass(frozen=True)
class Supported:
    """What levers move in one year, beyond the baseline.

    inside     : inside the country, those who leave again included
    immigrants : (sex, age, region, draw) more people from abroad, negative where fewer
    families, movers : (draw,) persons really moved, of those that the levers ask for
    arrived    : whom quotas settled
    again      : who left of those settled earlier; None where nothing says how long they stay
    beyond     : (stream of SETTLED, region, draw) people whom quotas settle beyond the baseline,
                 less those whom they settle no more
    """

    inside: Directed
    immigrants: Array
    families: Array
    movers: Array
    arrived: Arrived
    beyond: Array
    again: Again | None = None


@dataclass(frozen=True)
class Relocated:
    """What is moved in one year.

    moves   : by growth points; None where there are none
    support : by levers; None without such a lever
    places  : (point, draw) people of the place of each growth point at the end of the year
    taken   : (kind of the gate, point, region, draw) units that those who came for a point need so
              far where they live
    waiting : (point, draw) jobs or dwellings that call again, because there was no room
    room    : (region, draw) share of those called for whom there is room
    held    : (region, draw) people whom support would bring and for whom there is no room
    settlers: who was settled with support in this and earlier years and is still there
    """

    moves: Moves | None
    support: Supported | None
    places: Array
    taken: Array
    waiting: Array
    room: Array
    held: Array
    settlers: Settlers = NOBODY


def paths(a: Assumptions, observed_origins: float = 0.5) -> tuple[Array, Array]:
    """(origin, destination) twice: where arrivals come from (columns sum to 1), where leavers go
    (rows sum to 1), as people move in the base year.

    observed_origins : weight of the moves as they are; the rest of the origins is gravity
    """
    observed = a.intensity * np.einsum("sa,sar->r", a.propensity, a.population)[:, None]
    shares = origin_shares(observed, a.pull, observed_origins)
    return shares, observed / observed.sum(axis=1, keepdims=True)


class Relocations:
    """The callers of a run; asked once a year.

    people : (point, draw) who live in the place of each growth point on the first 1 January
    taken  : (kind of the gate, point, region, draw) units taken then by those who came: none
    """

    def __init__(
        self,
        assumptions: Assumptions,
        points: Sequence[GrowthPoint],
        labour: LabourBase,
        around: Surroundings,
    ):
        self.assumptions = assumptions
        self.points, self.labour, self.around = points, labour, around
        self.leaving = paths(assumptions)[1]
        self.shares = np.array(
            [paths(assumptions, point.observed_origins)[0] for point in points]
        ).reshape(len(points), *self.leaving.shape)
        existing = np.array([point.existing_people for point in points], dtype=float)
        self.people = existing.reshape(len(points), 1)
        kinds = 0 if around.gate is None else len(around.gate.facilities)
        self.taken = np.zeros((kinds, len(points), len(assumptions.space), 1))
        stay = None if assumptions.support is None else assumptions.support.stay
        self.staying = None if stay is None else Staying(stay, self.leaving)

    def of_year(
        self,
        number: int,
        before: Array,
        there: Array,
        places: Array,
        taken: Array,
        waiting: Array,
        *,
        settlers: Settlers = NOBODY,
        rates: YearRates | None = None,
    ) -> Relocated:
        """Whom year number `number` of the run moves.

        before : (sex, age, region, draw) population on 1 January
        there  : the same at the end of an ordinary year, when nobody was called
        places : (point, draw) people of the places on 1 January
        taken  : (kind of the gate, point, region, draw) units taken by those who came earlier
        waiting : (point, draw) jobs or dwellings that found no room for their people earlier
        settlers : who was settled with support earlier; rates of the year, for who leaves again
        """
        a, points = self.assumptions, self.points
        everywhere = np.ones(there.shape[2:])
        nobody = np.zeros(there.shape[2:])
        if not points and a.support is None:
            return Relocated(None, None, places, taken, waiting, everywhere, nobody)
        each = self._per_arrival(number)
        grown, calls = self._calls(number, before, there, places, waiting, each)
        room = own = None
        wished = nobody
        if self.around.gate is not None:
            supported = self._supported(number, there)
            wished = supported.sum(axis=(0, 1))
            room, own = self._room(self.around.gate, number, there, calls, supported, taken)
        moves, left, support = None, there, None
        if points:
            moves = settle(points, calls, there, a.propensity, self.leaving, each, room=own)
            left = there - moves.removals
        if a.support is not None:
            support = self._support(number, left, room)
        if support is not None and self.staying is not None and rates is not None:
            support, settlers = self._leaving_again(support, settlers, rates, left)
        places = self._settled(number, grown, calls, moves)
        if moves is not None and own is not None:
            taken, waiting = self._taken(taken, moves), self._waiting(calls, moves)
        held = nobody if room is None else wished * (1 - room)
        found = everywhere if room is None else room
        return Relocated(moves, support, places, taken, waiting, found, held, settlers)

    def _leaving_again(
        self, support: Supported, settlers: Settlers, rates: YearRates, left: Array
    ) -> tuple[Supported, Settlers]:
        """Support of the year with those of earlier years who leave again, and who is there."""
        assert self.staying is not None
        inside = support.inside
        again, still = self.staying.of_year(settlers, rates, left - inside.removals)
        together = Directed(
            inside.removals + again.moved.removals,
            inside.additions + again.moved.additions,
            inside.flows + again.moved.flows,
        )
        settlers = self.staying.with_arrivals(still, support.arrived)
        return replace(support, inside=together, again=again), settlers

    def _room(
        self, gate: Gate, number: int, there: Array, calls: Calls, supported: Array, taken: Array
    ) -> tuple[Array, Array]:
        """(region, draw) and (point, region, draw) share of those who would come with room.

        What a plan builds stands where its people live.
        """
        draws, points = there.shape[3], self.points
        homes = np.array([point.homes for point in points]).reshape(len(points), there.shape[2])
        built = built_units(gate.facilities, [p.built for p in points], number, draws)
        built = built[:, :, None] * homes[None, :, :, None]  # (kind, point, region, draw)
        on_top = np.nan_to_num(built).sum(axis=1)
        room = gate.share(number, there, calls.going.arriving() + supported, on_top)
        coming = np.zeros((*there.shape[:2], len(points), *there.shape[2:]))
        for place in range(len(points)):
            coming[:, :, place] = calls.going.people(place)
        own = gate.own_share(number, coming, built, taken)
        return room, np.minimum(room[None], own)

    def _taken(self, taken: Array, moves: Moves) -> Array:
        """Units taken by all who came for the points so far, at their ages of arrival."""
        gate = self.around.gate
        assert gate is not None
        came = np.moveaxis(moves.people, 0, 2)  # (sex, age, point, region, draw)
        return taken + np.stack([need(facility, came) for facility in gate.facilities])

    def _waiting(self, calls: Calls, moves: Moves) -> Array:
        """(point, draw) jobs or dwellings whose people found no room; planned people are missing
        to their plan by themselves."""
        held = moves.held_back.sum(axis=1)
        all_ = held + moves.arrivals
        part = np.divide(held, all_, out=np.zeros_like(held), where=all_ > 0)
        again = np.array([point.driver != "people" for point in self.points], dtype=float)
        waiting: Array = again[:, None] * np.maximum(calls.called, 0.0) * part
        return waiting

    def _calls(
        self,
        number: int,
        before: Array,
        there: Array,
        places: Array,
        waiting: Array,
        each: dict[str, Array],
    ) -> tuple[Array, Calls]:
        """People of each place if nobody comes for it, and whom the points call.

        A place that people drive fills up what other points take from it in the same year, so
        calls and losses are found together: each round moves less than the one before.
        """
        a, points = self.assumptions, self.points
        driven = any(point.driver == "people" for point in points)
        start, end = before.sum(axis=(0, 1)), there.sum(axis=(0, 1))
        grown = self._grown(start, end, places, None)

        callers = Callers(points, there, a.propensity, self.shares, each)

        def calls_of(people: Array) -> Calls:
            return callers.calls(self._called(number, people) + waiting)

        calls = calls_of(grown)
        moving = np.ones(there.shape[3], dtype=bool)  # draws whose places still change
        for _ in range(ROUNDS):
            settled = self._grown(start, end, places, calls)
            moved = np.nanmax(np.abs(settled - grown), axis=0, initial=0.0)
            grown = np.where(moving, settled, grown)  # a draw ends by itself, whoever goes on
            moving = moving & (moved >= NEAR)
            if not driven or not moving.any():
                break
            calls = calls_of(grown)
        if driven:
            calls = calls_of(grown)
        return grown, calls

    def _grown(self, start: Array, end: Array, places: Array, calls: Calls | None) -> Array:
        """(point, draw) people of each place at the end of the year if nobody comes for it.

        start, end : (region, draw) people on 1 January and at the end of an ordinary year
        It grows as its region does and loses as its region does to the points elsewhere; a
        place that is its region also has those who come to other points there.
        """
        points = self.points
        if not points:
            return places
        at = [point.region for point in points]
        if calls is not None:
            end = end - calls.going.by_origin.sum(axis=0)
        factor = np.divide(end, start, out=np.ones_like(end), where=start > 0)
        grown: Array = places * factor[at]
        whole = [place for place, point in enumerate(points) if point.whole_region]
        if calls is not None and whole:
            come = calls.going.coming_to([points[place].region for place in whole])
            others = come.sum(axis=0)
            for number, place in enumerate(whole):
                grown[place] += others[number] - come[place, number]
        return grown

    def lived(self, places: Array, population: Array) -> Array:
        """(point, draw) people of the places, those of whole regions read off the population."""
        whole = [at for at, point in enumerate(self.points) if point.whole_region]
        if not whole:
            return places
        people = population.sum(axis=(0, 1))
        read = np.array(np.broadcast_to(places, (len(places), people.shape[1])))
        read[whole] = people[[self.points[at].region for at in whole]]
        return read

    def _per_arrival(self, number: int) -> dict[str, Array]:
        year = self.assumptions.years[number]
        supplied = self.labour.participation_in(year) * (1 - self.labour.unemployment)
        return {"jobs": supplied, "dwellings": self.around.dwellings_per_person}

    def _called(self, number: int, grown: Array) -> Array:
        """(point, draw) jobs, dwellings or people that call."""
        called = np.zeros(grown.shape)
        for at, point in enumerate(self.points):
            if point.driver == "people":
                called[at] = point.additional * point.missing(number, grown[at])
            else:
                called[at] = point.called(number)
        return called

    def _settled(self, number: int, grown: Array, calls: Calls, moves: Moves | None) -> Array:
        """(point, draw) people of each place at the end of the year.

        A place that is driven by people fills as far as those who were called came; what the
        baseline contains already fills the rest. Another one grows by those who came to live in
        its region.
        """
        places = grown.copy()
        if moves is None:
            return places
        by_home = moves.going.by_home
        for at, point in enumerate(self.points):
            if point.driver == "people":
                wish = calls.called[at]
                came = np.divide(moves.arrivals[at], wish, out=np.ones_like(wish), where=wish > 0)
                places[at] += point.missing(number, grown[at]) * came
            else:
                places[at] += by_home[at, point.region]
                places[at] -= moves.departures[at] * point.homes[point.region]
        return places

    def _supported(self, number: int, there: Array) -> Array:
        """(sex, age, region, draw) all whom support would bring in the year."""
        if self.assumptions.support is None:
            return np.zeros_like(there)
        wished = self._support(number, there, None)
        coming: Array = wished.inside.additions + np.maximum(wished.immigrants, 0.0)
        return coming

    def _support(self, number: int, there: Array, room: Array | None) -> Supported:
        """Whom support moves."""
        support, propensity = self.assumptions.support, self.assumptions.propensity
        assert support is not None
        wished = support.families[number], support.movers[number]
        families = directed_moves(
            wished[0], there, propensity, families=(support.working, support.share), room=room
        )
        left = there - families.removals
        movers = directed_moves(wished[1], left, propensity, room=room)
        immigrants = np.broadcast_to(support.immigrants[number][..., None], there.shape)
        if room is not None:
            immigrants = np.where(immigrants > 0, immigrants * room, immigrants)
        together = Directed(
            families.removals + movers.removals,
            families.additions + movers.additions,
            families.flows + movers.flows,
        )
        settled = net_of(wished[0], families, room)
        return Supported(
            together, immigrants, settled.sum(axis=0), net_of(wished[1], movers, room).sum(axis=0),
            arrived_of(immigrants, families, wished[0]),
            np.stack([immigrants.sum(axis=(0, 1)), settled]),
        )  # fmt: skip


def net_of(persons: Array, moved: Directed, room: Array | None = None) -> Array:
    """(region, draw) persons who come more than in the baseline, less those who come less.

    persons : (origin, destination) persons that a lever asks for, negative where fewer come
    room    : (region, draw) share of those who would come for whom there is room
    """
    more = np.maximum(persons, 0.0)[..., None] * (1.0 if room is None else room)
    fewer = np.maximum(-persons, 0.0).T[..., None]  # by the region that they would have left
    asked = np.broadcast_to(more + fewer, moved.flows.shape)
    part = np.divide(moved.flows * more, asked, out=np.zeros_like(moved.flows), where=asked > 0)
    net: Array = part.sum(axis=0) - (moved.flows - part).sum(axis=1)
    return net
