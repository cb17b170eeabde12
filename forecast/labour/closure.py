"""Jobs-led closure: the people whom the jobs of a region call, and from where they can come.

    M = (JD CR / (1 + d) - LF (1 - u)) / q
    q = sum over sex s and age a of  m[s, a] lambda[s, a] (1 - u)

JD jobs, LF labour force, u unemployment, d second jobs for each employed person, CR employed
residents for each job, m the composition of movers by sex and age, lambda their participation.
It is solved, not iterated: supply is linear in the people who come. A negative M is people too
many. Short regions compete for the same people: `meet_from_origins` shares those who are to
spare, so that arrivals are departures and nobody is counted twice.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.errors import InputError
from forecast.words import say

Array = NDArray[np.float64]

ROUNDING = 1e-9  # persons: a wish or a spare that is smaller is met


def jobs_led(
    demand: Array,
    labour_force: Array,
    unemployment: Array,
    second_jobs: float,
    commuting: float,
    composition: Array,
    participation: Array,
) -> Array:
    """(region[, draw]) people M who must come so that residents fill every job; negative: leave.

    demand        : (region[, draw]) jobs of all sections
    labour_force  : (region[, draw]) persons, before anybody comes
    unemployment  : (region[, draw]) share of the labour force, of residents and newcomers
    second_jobs   : d, second jobs for each employed person
    commuting     : CR, employed residents for each job
    composition   : (sex, age, region[, draw]) of the people who come, sums to 1 in each region
    participation : (sex, age, region[, draw]) labour force per person
    NaN where nobody can come (a composition of zeros) or nobody of this composition works. Raises
    InputError for another composition that does not sum to 1.
    """
    whole = composition.sum(axis=(0, 1))
    if np.abs(whole - 1)[whole != 0].max(initial=0.0) > 1e-9:
        raise InputError("", say("the composition of those who come must sum to 1"))
    each = workers_per_person(composition, participation)
    axes = max(part.ndim for part in (demand, labour_force, unemployment, each))
    jobs, force, each, employed = (
        _with_axes(part, axes) for part in (demand, labour_force, each, 1 - unemployment)
    )
    missing = jobs * commuting / (1 + second_jobs) - force * employed
    missing, each = np.broadcast_arrays(missing, each * employed)
    people: Array = np.divide(missing, each, out=np.full(missing.shape, np.nan), where=each > 0)
    return people


def workers_per_person(composition: Array, participation: Array) -> Array:
    """(region[, draw]) labour force per person who comes: sum of m lambda over sex and age."""
    axes = max(composition.ndim, participation.ndim)
    force: Array = (_with_axes(composition, axes) * _with_axes(participation, axes)).sum(
        axis=(0, 1)
    )
    return force


def meet_from_origins(
    wanted: Array, spare: Array, shares: Array, limits: Array | None = None
) -> Array:
    """(origin, destination[, draw]) who goes where: as many as are wanted and can be spared.

    wanted : (region[, draw]) people whom each destination wants, not negative
    spare  : (region[, draw]) people whom each origin can give, not negative
    shares : (origin, destination[, draw]) where people of each destination come from, in any
             measure; 0 where nobody does. Nobody moves inside a region
    limits : (origin, destination[, draw]) most that can go; without it only `spare` limits

    Each destination asks every origin for its share of the wish. An origin that is asked for
    more than it has gives all who ask the same part. What is left asks the other origins in
    the same proportions, until nobody moves: every round but the last empties an origin or
    fills a limit, so the rounds are bounded. Nobody gets more than wanted nor gives more than
    spare; arrivals are departures; the result does not depend on the order of the regions.
    """
    axes = max(wanted.ndim, spare.ndim)
    want, have = (_with_axes(part, axes) for part in (wanted, spare))
    width = np.broadcast_shapes(want.shape, have.shape)
    want, have = (np.array(np.broadcast_to(part, width)) for part in (want, have))
    pull = _square(shares, width) * _with_axes(1 - np.eye(width[0]), axes + 1)
    room = np.full(pull.shape, np.inf) if limits is None else np.array(_square(limits, width))
    flows = np.zeros(pull.shape)
    for _ in range(width[0] + width[0] ** 2):
        open_ = np.where((have[:, None] > 0) & (room > 0), pull, 0.0)
        total = open_.sum(axis=0)
        asked = np.minimum(_part(open_, total) * want, room)
        reach = asked.sum(axis=1)
        given = asked * np.minimum(_part(have, reach, otherwise=1.0), 1.0)[:, None]
        if not given.any():
            break
        flows += given
        room = np.where(room - given > ROUNDING, room - given, 0.0)
        have = np.where(have - given.sum(axis=1) > ROUNDING, have - given.sum(axis=1), 0.0)
        want = np.where(want - given.sum(axis=0) > ROUNDING, want - given.sum(axis=0), 0.0)
    return flows


def _square(values: Array, width: tuple[int, ...]) -> Array:
    """(origin, destination[, draw]) with as many trailing axes as the wishes have."""
    return np.broadcast_to(_with_axes(values, len(width) + 1), (width[0], *width))


def _with_axes(values: Array, axes: int) -> Array:
    """The array with trailing axes of length 1, so that it has `axes` of them."""
    return values.reshape(values.shape + (1,) * (axes - values.ndim))


def _part(values: Array, whole: Array, otherwise: float = 0.0) -> Array:
    """values / whole, and `otherwise` where there is no whole."""
    values, whole = np.broadcast_arrays(values, whole)
    return np.divide(values, whole, out=np.full(values.shape, otherwise), where=whole > 0)
