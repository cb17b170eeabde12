"""People settled with support who leave again: cohorts by year of arrival, year after year.

Of the people of a cohort who live, the share that is still there falls as `Support.stay` says. What
the moves and the emigration of an ordinary year take from them counts: only the rest leaves
beyond it, at all ages alike, so families go together. Resettlers return to the regions that their
cohort came from; kandas move on inside the country as people of the region do. Years since arrival
run from the end of the year of arrival. Children born after arrival are not in the cohort.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.demography.step import YearRates, aged
from forecast.migration.directed import Directed
from forecast.staying import KANDAS, RESETTLERS, SETTLED

Array = NDArray[np.float64]


class Arrived(NamedTuple):
    """People whom levers settled in one year beyond the baseline, at the end of it.

    kandas, resettlers : (sex, age, region, draw) by the age reached
    origins            : (origin, region, draw) resettlers by the region that they left
    """

    kandas: Array
    resettlers: Array
    origins: Array


class Settlers(NamedTuple):
    """Those of them who are still there, by year of arrival, the last one first."""

    cohorts: tuple[Arrived, ...] = ()


class Again(NamedTuple):
    """Who leaves again in one year.

    moved : inside the country, by the age reached at the end of the year
    left  : (stream of SETTLED, region that they leave, draw) persons
    came  : (stream of SETTLED, region that they go to, draw) persons
    """

    moved: Directed
    left: Array
    came: Array


class Staying:
    """Shares still there and where the others go.

    stay   : (stream, years since arrival from 1, region) share still there, NaN unknown
    onward : (region, destination) where people of a region go; rows sum to 1
    """

    def __init__(self, stay: Array, onward: Array):
        before = np.concatenate([np.ones((len(stay), 1, stay.shape[2])), stay[:, :-1]], axis=1)
        # of those there a year before; where nothing is known or left, nobody leaves by it
        share = np.divide(stay, before, out=np.ones_like(stay), where=before > 0)
        self.stay = np.where(np.isnan(share), np.inf, share)
        self.onward = onward

    def of_year(self, settlers: Settlers, rates: YearRates, there: Array) -> tuple[Again, Settlers]:
        """Who leaves again, and who is still there.

        rates : of the year, with the answer of the moves to drivers
        there : (sex, age, region, draw) people at the end of the year who can leave
        """
        remains = (1 - rates.emigration) * (1 - rates.moves.leaving)
        out, into = np.zeros_like(there), np.zeros_like(there)
        regions, draws = there.shape[2:]
        flows = np.zeros((regions, regions, draws))
        left = np.zeros((len(SETTLED), regions, draws))
        came = np.zeros_like(left)
        still: list[Arrived] = []
        for number, cohort in enumerate(settlers.cohorts):
            rest = {}
            for place, stream in enumerate(SETTLED):
                people = aged(getattr(cohort, stream)) * rates.survival
                ordinary = people * remains
                gone = _leavers(people, ordinary, self.stay[place, number], there - out)
                where = self._destinations(stream, cohort, draws)
                out += gone
                into += np.einsum("sard,rod->saod", gone, where)
                persons = gone.sum(axis=(0, 1))
                left[place] += persons
                came[place] += (persons[:, None] * where).sum(axis=0)
                flows += persons[:, None] * where
                rest[stream] = ordinary - gone
            still.append(Arrived(rest[KANDAS], rest[RESETTLERS], cohort.origins))
        return Again(Directed(out, into, flows), left, came), Settlers(tuple(still))

    def with_arrivals(self, settlers: Settlers, arrived: Arrived) -> Settlers:
        """The cohorts with the one that came this year; those beyond the last share are let go."""
        return Settlers((arrived, *settlers.cohorts)[: self.stay.shape[1]])

    def _destinations(self, stream: str, cohort: Arrived, draws: int) -> Array:
        """(region, destination, draw) where leavers of a region go; rows sum to 1."""
        if stream == KANDAS:
            return np.broadcast_to(self.onward[..., None], (*self.onward.shape, draws))
        total = cohort.origins.sum(axis=0, keepdims=True)
        share = np.divide(cohort.origins, total, out=np.zeros_like(cohort.origins),
                          where=total > 0)  # fmt: skip
        return share.transpose(1, 0, 2)


def _leavers(people: Array, ordinary: Array, share: Array, there: Array) -> Array:
    """(sex, age, region, draw) who leave beyond an ordinary year; never more than are there.

    people, ordinary : the survivors of a cohort, and those whom an ordinary year leaves
    share            : (region,) of the survivors who stay
    """
    alive, remain = people.sum(axis=(0, 1)), ordinary.sum(axis=(0, 1))
    with np.errstate(invalid="ignore"):
        wanted = np.where(np.isinf(share)[:, None], remain, share[:, None] * alive)
    beyond = np.divide(remain - wanted, remain, out=np.zeros_like(remain), where=remain > 0)
    gone: Array = np.minimum(ordinary * np.maximum(beyond, 0.0), np.maximum(there, 0.0))
    return gone


def arrived_of(immigrants: Array, families: Directed, persons: Array) -> Arrived:
    """Whom levers bring in one year.

    immigrants : (sex, age, region, draw) people from abroad beyond the baseline
    families   : moves with support; persons (origin, destination) that the lever asks for: where
                 it asks for fewer than in the baseline nobody arrives
    """
    more = (persons > 0).astype(float)
    leaving = families.flows.sum(axis=1)  # (origin, draw)
    share = np.divide(
        families.flows * more[..., None], leaving[:, None], out=np.zeros_like(families.flows),
        where=leaving[:, None] > 0,
    )  # fmt: skip
    resettlers = np.einsum("saod,ord->sard", families.removals, share)
    kandas = np.maximum(immigrants, 0.0)
    return Arrived(kandas, resettlers, families.flows * more[..., None])
