"""From a finished run, the norms and a plan to the numbers of the program."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import Faults, InputError, collect
from forecast.labour.detail import DEFICIT, OPENINGS
from forecast.labour.qualification import QUALIFICATIONS
from forecast.quotas.norms import STREAMS, QuotaNorms
from forecast.quotas.stay import five_years, read_stays
from forecast.settlement.quota import YEARS_OF_STAY, Inputs, apportioned
from forecast.settlement.quota_plan import QuotaPlan, at
from forecast.tables import TOTAL
from forecast.words import say

if TYPE_CHECKING:
    from forecast.projection import Projection

Array = NDArray[np.float64]

PERSONS_ROOM = "persons"  # the kind of a room that a plan gives in persons


@dataclass(frozen=True)
class Asked:
    """What is asked for beside the plan: years, places of all streams a year, million a year.

    Raises InputError for numbers out of bounds.
    """

    years: tuple[int, int] | None = None
    places: int | None = None
    budget: float | None = None

    def __post_init__(self) -> None:
        with collect("") as faults:
            if self.places is not None and self.places < 1:
                faults.add("--places", say("write 1 or more"))
            if self.budget is not None and not (self.budget > 0 and math.isfinite(self.budget)):
                faults.add("--budget", say("write a number above 0"))


def years_of(projection: Projection, norms: QuotaNorms, plan: QuotaPlan, asked: Asked) -> range:
    """Years of the plan: asked for, else of the plan file, else the last one with a published
    quota that the run has, else its first. Raises InputError for years that the run has not."""
    first, last = projection.base_year, projection.last_year - 1
    published = [year for year in norms.published if first <= year <= last]
    alone = max(published, default=first)
    low, high = asked.years or plan.years or (alone, alone)
    if not first <= low <= high <= last:
        message = say("{low}-{high} is not within {first}-{last}, the years of the run",
                      low=low, high=high, first=first, last=last)  # fmt: skip
        raise InputError("--years", message)
    return range(low, high + 1)


def inputs_of(
    projection: Projection, norms: QuotaNorms, plan: QuotaPlan, years: Sequence[int], asked: Asked
) -> Inputs:
    """Everything that the program is made of; raises InputError where the run lacks tables."""
    ids = set(projection.space.ids)
    regions = tuple(r for r in projection.space.ids
                    if any(r in norms.lists[stream] for stream in STREAMS))  # fmt: skip
    if not regions or not set().union(*norms.lists.values()) <= ids:
        raise InputError(projection.scenario, say("the run has other regions than the lists"))
    shares = qualified(norms, plan)
    take_up = _regional(plan.take_up, regions,
                        lambda s, r: norms.take_up.get((s, r), norms.national[s]))  # fmt: skip
    take_up = np.minimum(take_up, 1.0)  # a place takes one person at most
    space, told = projection.space, norms.stays
    if plan.retention is not None:
        told = read_stays(plan.retention, space)
    after_five = five_years(told, space.nation)
    stay = _regional(plan.stay, regions, lambda s, r: after_five(s, r, norms.one("stay", s)))
    preference = _regional(plan.preferences, regions, lambda s, r: 0.0)
    contained = np.array([[norms.contained(s, r) for r in regions] for s in STREAMS]) * take_up
    need, chance = _labour(projection, regions, years, contained, shares, stay, norms.working_age)
    sizes, parts = _units(plan, norms)
    person, family = norms.support()
    mean = norms.family_size if sizes == (1,) else 1.0
    change = norms.one("change_limit") if plan.change is None else plan.change
    return Inputs(
        streams=STREAMS, regions=regions, qualifications=QUALIFICATIONS, years=tuple(years),
        legal=np.array([[r in norms.lists[s] for r in regions] for s in STREAMS]),
        supply=_supply(norms, plan, years, asked, shares),
        take_up=take_up, stay=stay, preference=preference, chance=chance, need=need,
        workers_each=norms.working_age, weights=plan.weighted(norms.weights),
        rooms=_rooms(projection, plan, regions, years, contained, stay),
        sizes=sizes, parts=parts,
        cost=person * np.array(sizes, dtype=float) + family / mean,
        budget=_budget(norms, plan, years, asked),
        floors=plan.floors, caps=plan.caps,
        last=norms.before(years[0]), change=None if math.isinf(change) else change,
        whole=plan.whole,
    )  # fmt: skip


def qualified(norms: QuotaNorms, plan: QuotaPlan) -> Array:
    """(stream, qualification) shares of the people of each stream, of the plan or the norms."""
    return np.array([
        [plan.qualifications[s].get(q, 0.0) if s in plan.qualifications
         else norms.one("qualification", s, q) for q in QUALIFICATIONS] for s in STREAMS
    ])  # fmt: skip


def _regional(
    given: Mapping[str, Mapping[str, float]],
    regions: Sequence[str],
    otherwise: Callable[[str, str], float],
) -> Array:
    """(stream, region) what the plan says, of the region or the whole stream, else the norm."""
    return np.array([
        [given.get(s, {}).get(r, given.get(s, {}).get("", otherwise(s, r))) for r in regions]
        for s in STREAMS
    ])  # fmt: skip


def _units(plan: QuotaPlan, norms: QuotaNorms) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Sizes of the units and the share of each: one person, or families."""
    if plan.families is False:
        return (1,), (1.0,)
    sizes = norms.sizes if plan.families is True else dict(sorted(plan.families.items()))
    return tuple(sizes), tuple(sizes.values())


def _supply(
    norms: QuotaNorms, plan: QuotaPlan, years: Sequence[int], asked: Asked, shares: Array
) -> Array:
    """(stream, qualification, year) places; whole numbers that sum to the places of the stream."""
    totals = np.array([
        [at(plan.supply.get(s, {}), year) for year in years] for s in STREAMS
    ])  # fmt: skip
    published = np.array([[norms.places(year, s) for year in years] for s in STREAMS])
    totals = np.where(np.isnan(totals), published, totals)
    if asked.places is not None:
        parts = [apportioned(totals[:, t], asked.places) for t in range(len(years))]
        totals = np.stack(parts, axis=1)
    faults = Faults()
    for s, row in zip(STREAMS, totals, strict=True):
        if np.isnan(row).any():
            faults.add(s, say("no places are published"), say("give supply in a plan file"))
    if faults:
        raise InputError("", faults)
    return np.stack([
        np.stack([apportioned(shares[s] * totals[s, t], round(float(totals[s, t])))
                  for t in range(len(years))], axis=1)
        for s in range(len(STREAMS))
    ])  # fmt: skip


def _budget(norms: QuotaNorms, plan: QuotaPlan, years: Sequence[int], asked: Asked) -> Array | None:
    """(year,) units of account; None without a budget."""
    if asked.budget is None and not plan.budget:
        return None
    millions = [at(plan.budget, year) if asked.budget is None else asked.budget for year in years]
    return np.array(millions) * 1e6 / norms.price


def _labour(
    projection: Projection, regions: Sequence[str], years: Sequence[int], contained: Array,
    shares: Array, stay: Array, working_age: float,
) -> tuple[Array, Array]:  # fmt: skip
    """(region, qualification, year) need of workers, and the chance of one to find a job.

    The run contains the published quota already: those people are added back, so that the whole
    quota is given anew. Chance: need over the openings of the year, at most 1.
    """
    frame = projection.frame("labour_detail")
    if frame.empty or not set(QUALIFICATIONS) <= set(frame.get("qualification", ())):
        message = say("the run has no labour deficit by qualification")
        raise InputError(projection.scenario, message + "; " + say("run the scenario again"))
    deficit, openings = (_cells(frame, measure, regions, years) for measure in (DEFICIT, OPENINGS))
    back = np.einsum("sr,sq,srt->rqt", contained * working_age, shares, _kept(stay, years))
    need = np.maximum(deficit + back, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        chance = np.where(openings > 0, np.clip(need / openings, 0.0, 1.0), (need > 0) * 1.0)
    return need, np.where(np.isnan(need), 1.0, chance)


def _kept(stay: Array, years: Sequence[int]) -> Array:
    """(stream, region, year) sum over the years of the plan until then of the share that stayed."""
    ahead = np.arange(len(years))
    kept: Array = np.cumsum(stay[:, :, None] ** (ahead / YEARS_OF_STAY), axis=2)
    return kept


def _cells(
    frame: pd.DataFrame, measure: str, regions: Sequence[str], years: Sequence[int]
) -> Array:
    """(region, qualification, year) of all sections together; NaN where there is no row."""
    rows = frame[(frame["measure"] == measure) & (frame["section"] == TOTAL)
                 & frame["qualification"].isin(QUALIFICATIONS) & frame["region"].isin(regions)
                 & frame["year"].isin(list(years))]  # fmt: skip
    found = np.full((len(regions), len(QUALIFICATIONS), len(years)), np.nan)
    at_region = [list(regions).index(str(r)) for r in rows["region"]]
    at_name = [QUALIFICATIONS.index(str(q)) for q in rows["qualification"]]
    at_year = (rows["year"] - years[0]).to_numpy(dtype=int)
    found[at_region, at_name, at_year] = rows["value"].to_numpy(dtype=float)
    return found


def _rooms(
    projection: Projection, plan: QuotaPlan, regions: Sequence[str], years: Sequence[int],
    contained: Array, stay: Array,
) -> dict[str, tuple[Array, Array]]:  # fmt: skip
    """{kind: units free, units for one person}: of the run, and persons that the plan names.

    Room of the run less what those take who come with growth points; the published quota, which
    the run contains, is added back.
    """
    found: dict[str, tuple[Array, Array]] = {}
    frame = projection.frame("safe_arrivals")
    back = np.einsum("sr,srt->rt", contained, _kept(stay, years))
    if not frame.empty:
        frame = frame[frame["growth_point"] == TOTAL]
        came = _grid(frame, "came", TOTAL, regions, years)
        for kind in dict.fromkeys(str(k) for k in frame["kind"] if k != TOTAL):
            room = _grid(frame, "room", kind, regions, years)
            each = _grid(frame, "need_per_arrival", kind, regions, years)
            found[kind] = np.maximum(room - came * each, 0.0) + back * each, each
    if plan.capacity:
        persons = np.array([[at(plan.capacity.get(r, {}), y) for y in years] for r in regions])
        found[PERSONS_ROOM] = persons, np.ones_like(persons)
    return found


def _grid(
    frame: pd.DataFrame, measure: str, kind: str, regions: Sequence[str], years: Sequence[int]
) -> Array:
    """(region, year)"""
    rows = frame[(frame["measure"] == measure) & (frame["kind"] == kind)]
    wide = rows.pivot_table(index="region", columns="year", values="value", observed=True,
                            dropna=False)  # fmt: skip
    return wide.reindex(index=list(regions), columns=list(years)).to_numpy(dtype=float)


def unknown_rooms(inputs: Inputs) -> dict[str, tuple[str, ...]]:
    """{kind: regions whose room is unknown in some year}: they hold nobody back."""
    return {
        kind: tuple(r for r, row in zip(inputs.regions, free, strict=True) if np.isnan(row).any())
        for kind, (free, _) in inputs.rooms.items() if kind != PERSONS_ROOM
    }  # fmt: skip
