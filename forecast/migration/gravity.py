"""Gravity: moves by size, distance and neighbourhood.

The family of spatial interaction models (Wilson 1971, Environment and Planning 3; as Poisson
regressions: Flowerdew & Aitkin 1982, Journal of Regional Science 22(2)). It tells what distance
costs and stands in for pairs or regions without a history; as a forecaster it is far behind the
last matrix, since most of what ties two regions is in neither size nor distance.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from forecast.errors import InputError, did_you_mean
from forecast.migration.panel import FlowPanel
from forecast.migration.ppml import CONSTANT, DESTINATION, ORIGIN, YEAR, Effect, Ppml, ppml
from forecast.words import say

Array = NDArray[np.float64]

CONSTRAINTS: dict[str, tuple[Effect, ...]] = {
    "none": (CONSTANT,),
    "origin": (ORIGIN,),
    "destination": (DESTINATION,),
    "both": (ORIGIN, DESTINATION),
}
GRAVITY: tuple[Effect, ...] = (ORIGIN, DESTINATION, YEAR)
DISTANCE, CONTIGUOUS = "distance", "contiguous"


def interaction(
    flows: Array,
    distance: Array,
    *,
    constrained: str = "both",
    exponential: bool = False,
    sizes: tuple[Array, Array] | None = None,
) -> Ppml:
    """A spatial interaction model of one table of moves.

    flows       : (origin, destination) >= 0; the diagonal is not read
    distance    : (origin, destination) kilometres, > 0 away from the diagonal
    constrained : whose totals the fit meets: 'origin' (production constrained), 'destination'
                  (attraction constrained), 'both', 'none'
    exponential : deterrence exp(b d) instead of d^b
    sizes       : what stands for an end that is not constrained: (origin,) and (destination,),
                  by default departures and arrivals themselves
    The coefficients are `distance` (b), and `origin`, `destination` for the logs of the sizes.
    Ends of size 0 have no moves to tell anything and are left out.
    """
    if constrained not in CONSTRAINTS:
        message = say("no constraint '{name}'", name=constrained)
        cure = did_you_mean(constrained, CONSTRAINTS)
        raise InputError(say("gravity model"), f"{message}; {cure}")
    moves = np.array(flows, dtype=float)
    np.fill_diagonal(moves, 0.0)
    away = ~np.eye(len(moves), dtype=bool)
    if not (np.asarray(distance)[away] > 0).all():
        message = say("a distance between two regions is not positive")
        raise InputError(say("gravity model"), message)
    cost = np.where(away, distance, 1.0)
    regressors = {DISTANCE: cost if exponential else np.log(cost)}
    out, into = sizes if sizes is not None else (moves.sum(axis=1), moves.sum(axis=0))
    if constrained in ("none", "destination"):
        regressors["origin"] = np.broadcast_to(_log(out)[:, None], moves.shape)
    if constrained in ("none", "origin"):
        regressors["destination"] = np.broadcast_to(_log(into)[None, :], moves.shape)
    return ppml(moves[None], regressors, CONSTRAINTS[constrained], what=say("gravity model"))


def _log(values: Array) -> Array:
    """Logarithms; NaN, that is unknown, for what is not positive."""
    found = np.full(np.shape(values), np.nan)
    np.log(values, out=found, where=np.asarray(values) > 0)
    return found


def gravity_regressors(
    panel: FlowPanel, *, populations: bool = False
) -> tuple[Mapping[str, Array], list[str]]:
    """Log distance, contiguity, log populations of both ends: what the panel has of them.

    Also what it lacks, in words.
    """
    found: dict[str, Array] = {}
    notes = []
    away = panel.pairs
    if panel.distance is None:
        notes.append(say("no distances: effects of origins and destinations alone"))
    elif not (panel.distance[away] > 0).all():
        notes.append(say("distances of 0 between regions: distances are not used"))
    else:
        found[DISTANCE] = np.log(np.where(away, panel.distance, 1.0))
    if panel.contiguous is not None:
        found[CONTIGUOUS] = np.where(away, panel.contiguous, 0.0)
    if populations and panel.population is None:
        notes.append(say("no population: sizes are not used"))
    elif populations and panel.population is not None:
        size = np.log(panel.population)
        found["population.origin"], found["population.destination"] = size[:, :, None], \
            size[:, None, :]  # fmt: skip
    return found, notes
