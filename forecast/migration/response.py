"""How moves between regions answer to their drivers: the pivot on the observed flows.

    F'_ij = O_i exp(b_o dx_i) F_ij exp(b_d dx_j) / sum_k F_ik exp(b_d dx_k)

("exact hat", Dekle, Eaton & Kortum 2007, American Economic Review 97(2), for destinations that
are chosen within each origin). Only the change dx of a driver against the baseline is used, so the
observed matrix stays the base and the structure only moves it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.elasticities import DRIVERS, SIDES, Elasticities, Elasticity

__all__ = ["DriverState", "Elasticities", "Elasticity", "Gain", "push_pull", "who_gains"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DriverState:
    """Where the drivers of one calendar year stand against the baseline; they move the flows of
    the next year.

    changes : (driver, region, draw or 1) in the order of DRIVERS: change of the log, of
              unemployment in percentage points. Jobs are those of the region less those of growth
              points: one job moves one family once
    """

    changes: Array

    @classmethod
    def still(cls, regions: int) -> DriverState:
        """No driver differs from the baseline."""
        return cls(np.zeros((len(DRIVERS), regions, 1)))

    @property
    def moves_anybody(self) -> bool:
        """Whether any driver differs from the baseline anywhere."""
        return bool(self.changes.any())


def push_pull(elasticities: Elasticities, changes: Array) -> tuple[Array, Array]:
    """(push, pull), each (region, draw): factors of leaving and of attraction.

    changes : (driver, region, draw or 1) as in `DriverState`
    push = exp(sum of b_o dx), pull = exp(sum of b_d dx) over the drivers. Identities, with the
    formula above:
    - no change gives factors of exactly 1, and the baseline to the last bit;
    - one change in all regions alike changes no destination;
    - a gain at j is taken from every other destination of each origin, so what leaves is what
      arrives, and with destination elasticities alone nobody moves who stayed before;
    - two changes multiply: exp(b (dx + dy)) = exp(b dx) exp(b dy).
    """
    of_side = np.einsum("dsk,drk->srk", elasticities.values, changes)
    push, pull = np.exp(of_side[SIDES.index("origin")]), np.exp(of_side[SIDES.index("destination")])
    return push, pull


class Gain(NamedTuple):
    """What the net migration of a region gains against another run, persons; negative: loses.

    against : (region, persons) with whom it gains or loses most, the largest first
    """

    region: int
    persons: float
    against: tuple[tuple[int, float], ...]


def who_gains(more: Array, *, least: float = 0.5) -> tuple[Gain, ...]:
    """Who gains people and who loses them, from where and to where; the largest gain first.

    more  : (origin, destination) moves of one run less those of the other, persons
    least : gains and losses below it are left out
    A region gains from another what more comes from it less what more goes there; the gains of
    all regions sum to 0.
    """
    between = more - more.T  # [j, i]: what i gains from j
    net = between.sum(axis=0)
    found = []
    for region in np.argsort(-net, kind="stable"):
        if abs(net[region]) < least:
            continue
        side = np.sign(net[region])
        order = np.argsort(-side * between[:, region], kind="stable")
        against = tuple(
            (int(other), float(between[other, region]))
            for other in order
            if side * between[other, region] >= least
        )
        found.append(Gain(int(region), float(net[region]), against))
    return tuple(found)
