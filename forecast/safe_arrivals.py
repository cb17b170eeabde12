"""Infrastructure first: how many people a region, or the plan of a growth point, has room for.

    safe arrivals = min over kinds of  max(0, capacity x tolerated load - need without them)
                                        / need of one of them

The table is made whether the lever holds anybody back or not. Where a capacity is not published,
it is listed as unknown and binds nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.assumptions import Assumptions
from forecast.infrastructure import Facility
from forecast.infrastructure.gate import Gate
from forecast.simulate import Simulation
from forecast.tables import PERSONS, PROJECTED, TOTAL, UNKNOWN
from forecast.words import mark

Array = NDArray[np.float64]

COLUMNS = ("region", "growth_point", "year", "kind", "measure", "value", "unit", "status")
MEASURES = {
    "capacity": mark("capacity"),
    "need_without": mark("need without arrivals"),
    "room": mark("room for arrivals"),
    "need_per_arrival": mark("need of one arrival"),
    "safe_arrivals": mark("arrivals for whom there is room"),
    "binds": mark("binds first (1 = yes)"),
    "came": mark("people who came"),
    "held_back": mark("people who wait for room at the end of the year"),
}


def safe_arrivals_frame(
    simulation: Simulation, assumptions: Assumptions, gate: Gate
) -> pd.DataFrame:
    """Room for the people whom growth points and support bring, by region and by growth point.

    Tidy: region, growth_point (`total` for a region), year (calendar year), kind (a facility of
    the gate, or `total`), measure, value, unit, status. Capacity is that of 1 January: what is
    ready before people move. Need without them is that of the end of the year.
    """
    rows: list[pd.DataFrame] = [_regions(simulation, assumptions, gate)]
    for place in range(len(simulation.points)):
        rows += _point(simulation, assumptions, gate, place)
    whole = pd.concat(rows, ignore_index=True)
    return whole[list(COLUMNS)]


def _regions(simulation: Simulation, a: Assumptions, gate: Gate) -> pd.DataFrame:
    """The rows of all regions."""
    people = np.moveaxis(simulation.population[1:, ..., 0], 0, -1)  # (sex, age, region, year)
    came = np.zeros_like(people)
    for number, moves in enumerate(simulation.moves):
        came[..., number] += moves.going.arriving()[..., 0]
    for number, support in enumerate(simulation.support):
        came[..., number] += support.inside.additions[..., 0]
        if support.again is not None:  # who leaves again moves as free movers do
            came[..., number] -= support.again.moved.additions[..., 0]
        came[..., number] += np.maximum(support.immigrants[..., 0], 0.0)
    held_back = simulation.held[..., 0].T.copy()
    for number, moves in enumerate(simulation.moves):
        held_back[:, number] += moves.held_back[..., 0].sum(axis=0)
    built = np.zeros((len(gate.facilities), *came.shape[2:]))
    for point in simulation.points:
        for kind, facility in enumerate(gate.facilities):
            built[kind] += np.outer(point.homes, point.built.get(facility.kind, np.zeros(1)))
    without = _used(gate.facilities, people - came)
    each = _need_each(gate.facilities, came, _movers(a, people))
    held = gate.capacity[..., : built.shape[2]] + built
    found = _measured(held, without, each, gate.load)
    extra = {"came": came.sum(axis=(0, 1)), "held_back": held_back}
    labels = {"region": np.array(simulation.space.ids, dtype=object), "growth_point": TOTAL}
    return _tidy(found, extra, labels, simulation.years, gate.facilities)


def _point(simulation: Simulation, a: Assumptions, gate: Gate, place: int) -> list[pd.DataFrame]:
    """The rows of one growth point in each region where its people live; none where its plan
    builds nothing that is unknown there."""
    point, years = simulation.points[place], simulation.years
    parts = []
    for region in np.flatnonzero(point.homes):
        unknown = np.isnan(gate.capacity[:, region, 0])
        facilities = [facility for facility, hidden in zip(gate.facilities, unknown, strict=True)
                      if hidden and facility.kind in point.built]  # fmt: skip
        if not facilities:
            continue
        came = np.stack(
            [moves.going.people(place)[:, :, [region], 0] for moves in simulation.moves], axis=-1
        )  # (sex, age, 1, year)
        people = np.moveaxis(simulation.population[1:, ..., 0], 0, -1)[:, :, [region]]
        taken = _used(facilities, came).cumsum(axis=-1)
        before = np.concatenate([np.zeros_like(taken[..., :1]), taken[..., :-1]], axis=-1)
        held = np.stack([
            np.broadcast_to(point.homes[region] * point.built[facility.kind], (1, len(years)))
            for facility in facilities
        ])  # fmt: skip
        found = _measured(held, before, _need_each(facilities, came, _movers(a, people)), gate.load)
        back = np.array([[moves.held_back[place, region, 0] for moves in simulation.moves]])
        extra = {"came": came.sum(axis=(0, 1)), "held_back": back}
        labels = {"region": np.array([simulation.space.ids[region]], dtype=object),
                  "growth_point": point.id}  # fmt: skip
        parts.append(_tidy(found, extra, labels, years, facilities))
    return parts


def _movers(a: Assumptions, people: Array) -> Array:
    """(sex, age, region, year) ages of ordinary movers; they sum to 1."""
    movers = a.propensity[:, :, None, None] * people
    composition: Array = movers / np.maximum(movers.sum(axis=(0, 1)), 1e-300)
    return composition


def _need_each(facilities: Sequence[Facility], came: Array, movers: Array) -> Array:
    """(kind, region, year) units that one of those who came needs; of a mover where nobody did."""
    total = came.sum(axis=(0, 1))
    composition = np.where(total > 0, came / np.where(total > 0, total, 1.0), movers)
    return _used(facilities, composition)


def _used(facilities: Sequence[Facility], people: Array) -> Array:
    """(kind, region, year) units that people (sex, age, region, year) need; of no kind no rows."""
    found = [np.tensordot(each.profile * each.per_user, people, axes=2) for each in facilities]
    return np.stack(found) if found else np.zeros((0, *people.shape[2:]))


def _measured(held: Array, without: Array, each: Array, load: float) -> dict[str, Array]:
    """(kind, region, year) of every measure, and safe arrivals over all kinds as the last one."""
    room = np.maximum(held * load - without, 0.0)
    safe = np.divide(room, each, out=np.full_like(room, np.nan), where=each > 0)
    least = np.where(np.isnan(safe), np.inf, safe).min(axis=0, initial=np.inf)
    least = np.where(np.isinf(least), np.nan, least)
    binds = np.where(np.isnan(safe), np.nan, (safe == least).astype(float))
    return {
        "capacity": held,
        "need_without": without,
        "room": room,
        "need_per_arrival": each,
        "safe_arrivals": np.concatenate([safe, least[None]]),
        "binds": binds,
    }


def _tidy(
    found: dict[str, Array],
    extra: dict[str, Array],
    labels: dict[str, Any],
    years: Sequence[int],
    facilities: Sequence[Facility],
) -> pd.DataFrame:
    kinds = [facility.kind for facility in facilities]
    parts = []
    for measure, values in {**found, **{name: rows[None] for name, rows in extra.items()}}.items():
        of_rows = kinds if measure in found else [TOTAL]
        of_rows = [*of_rows, TOTAL] if measure == "safe_arrivals" else of_rows
        units = {facility.kind: facility.unit for facility in facilities}
        if measure in ("safe_arrivals", "came", "held_back"):
            units = dict.fromkeys(of_rows, PERSONS)
        if measure == "binds":
            units = dict.fromkeys(of_rows, "1")
        kind, region, year = (axis.ravel() for axis in np.indices(values.shape))
        flat = values.ravel()
        names = np.array(of_rows, dtype=object)
        parts.append(
            pd.DataFrame(
                {
                    "region": labels["region"][region],
                    "growth_point": labels["growth_point"],
                    "year": np.asarray(years)[year],
                    "kind": names[kind],
                    "measure": measure,
                    "value": flat,
                    "unit": np.array([units[name] for name in of_rows], dtype=object)[kind],
                    "status": np.where(np.isnan(flat), UNKNOWN, PROJECTED),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)
