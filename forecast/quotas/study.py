"""The quota of a run: optimum, prices, the published quota in the same objective, sensitivity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import InputError
from forecast.quotas.build import Asked, inputs_of, qualified, unknown_rooms, years_of
from forecast.quotas.norms import STREAMS, QuotaNorms
from forecast.quotas.words import limit_said
from forecast.settlement.quota import (
    BUDGET,
    Bound,
    Inputs,
    Program,
    apportioned,
    by_pair,
    program_of,
)
from forecast.settlement.quota_plan import QuotaPlan
from forecast.settlement.quota_solve import Solution, gains_of_more, smallest_clash, solve
from forecast.space import Space
from forecast.words import language, mark, say
from forecast.words.digits import number

if TYPE_CHECKING:
    from forecast.projection import Projection

Array = NDArray[np.float64]

RESOLVED = 12  # limits whose worth is found by solving again as well
OPTIMAL = "optimal"
GIVEN = 1000  # times the largest value: a published place is given before it is placed well
LEVERS = ("kandas_quota", "resettlement")  # of a scenario that changes the quota itself


@dataclass(frozen=True)
class Outcome:
    """What a quota comes to: points, places given, persons settled, workers, units of account."""

    points: float
    places: float
    settled: float
    workers: float
    cost: float


@dataclass(frozen=True)
class QuotaResult:
    """The answer with everything that tables and figures need.

    published : {year: (stream, region) places; NaN where they are not known by region}
    outcomes  : {'optimal' or year of a published quota: Outcome}, all years of the plan together
    gains     : {row: points gained by one more unit, by solving again}
    varied    : rows of the sensitivity; empty where it was not asked for
    """

    projection: Projection
    norms: QuotaNorms
    plan: QuotaPlan
    program: Program
    solution: Solution
    published: Mapping[int, Array]
    outcomes: Mapping[str, Outcome]
    gains: Mapping[int, float]
    varied: pd.DataFrame

    @property
    def inputs(self) -> Inputs:
        return self.program.inputs

    @property
    def space(self) -> Space:
        return self.projection.space

    @property
    def facilities(self) -> dict[str, str]:
        """{kind: name in the language of now}"""
        table = self.projection.facilities
        names = table[f"name_{language()}"].astype(str)
        return dict(zip(table["kind"].astype(str), names, strict=True))

    @property
    def unknown(self) -> dict[str, tuple[str, ...]]:
        return unknown_rooms(self.inputs)

    @property
    def contains_levers(self) -> bool:
        """Whether the scenario itself changes the quota, which the run then contains."""
        lines = self.projection.resolved.splitlines()
        return any(line.strip().startswith(f"{name}:") and not line.strip().endswith("null")
                   for line in lines for name in LEVERS)  # fmt: skip

    def optimal(self) -> Array:
        """(stream, region, qualification, year) places."""
        return by_pair(self.program, self.solution.x)

    @property
    def split(self) -> tuple[int, int, tuple[str, ...]] | None:
        """Year of a quota that is known for some regions together only, the year by which it was
        parted, and these regions; None where every one is known by itself."""
        return self.norms.split(self.inputs.years[0])

    def price_of(self, row: int) -> float:
        """Points for one more unit: by solving again where that was done, else the dual."""
        return float(self.gains.get(row, self.solution.prices[row]))

    def money_of(self, row: int) -> float | None:
        """Million that buy the same gain; None where neither objective nor budget hold money."""
        year = self.program.rows[row].year
        rate = self.inputs.weights.cost / 1000
        for place, other in enumerate(self.program.rows):
            if other.kind == BUDGET and other.year == year:
                rate += float(self.solution.prices[place])
        return self.price_of(row) / rate * self.norms.price / 1e6 if rate > 1e-12 else None

    def binding(self) -> list[int]:
        """Rows with a price, the dearest first."""
        prices = self.solution.prices
        rows = np.flatnonzero(prices > 1e-9)
        return [int(row) for row in rows[np.argsort(-prices[rows], kind="stable")]]


def quota_of(
    projection: Projection, norms: QuotaNorms, plan: QuotaPlan, asked: Asked,
    *, sensitivity: bool = False,
) -> QuotaResult:  # fmt: skip
    """The best quota of a run.

    Raises InputError where no places meet all limits: it names the smallest set that clashes.
    """
    years = years_of(projection, norms, plan, asked)
    inputs = inputs_of(projection, norms, plan, list(years), asked)
    program = program_of(inputs)
    solution = solve(program)
    if solution is None:
        raise InputError("", clash_text(program, projection, norms.price))
    shown = {year: _published(norms, inputs, year) for year in _shown_years(norms, years[-1])}
    outcomes = {OPTIMAL: _outcome(program, solution)}
    for year in shown:
        found = _of_published(inputs, norms, plan, year)
        if found is not None:
            places = sum(bound.places for bound in norms.published[year]) * len(inputs.years)
            outcomes[str(year)] = replace(_outcome(*found), places=places)
    result = QuotaResult(projection, norms, plan, program, solution, shown, outcomes, {},
                         pd.DataFrame())  # fmt: skip
    gains = gains_of_more(program, result.binding()[:RESOLVED], solution.relaxed)
    varied = vary(program, solution) if sensitivity else pd.DataFrame()
    return replace(result, gains=gains, varied=varied)


def clash_text(program: Program, projection: Projection, price: float) -> str:
    """Which limits clash, a sentence for each, by how much, and the cure."""
    clash = smallest_clash(program)
    table = projection.facilities
    names = dict(zip(table["kind"], table[f"name_{language()}"], strict=True))
    lines = [say("no quota meets all limits; these cannot be met together:")]
    lines += [
        "  " + limit_said(program.rows[row], projection.space, names, price) for row in clash.rows
    ]
    cure = say("Change any one of them, and the others can be met.")
    if clash.misses > 0.5:
        n = number(np.ceil(clash.misses - 1e-6))
        cure = say("They miss by {n}. Change any one of them, and the others can be met.", n=n)
    return "\n".join([*lines, "  " + cure])


def _shown_years(norms: QuotaNorms, last: int) -> list[int]:
    """The two last published quotas with places of every stream."""
    known = [year for year, bounds in norms.published.items()
             if year <= last and {b.stream for b in bounds} == set(STREAMS)]  # fmt: skip
    return sorted(known)[-2:]


def _published(norms: QuotaNorms, inputs: Inputs, year: int) -> Array:
    """(stream, region) places of a published quota; NaN where they are known together only."""
    found = np.zeros((len(STREAMS), len(inputs.regions)))
    for bound in norms.published[year]:
        for region in bound.regions:
            if region in inputs.regions:
                at = STREAMS.index(str(bound.stream)), inputs.regions.index(region)
                found[at] = bound.places if len(bound.regions) == 1 else np.nan
    return found


def _of_published(
    inputs: Inputs, norms: QuotaNorms, plan: QuotaPlan, year: int
) -> tuple[Program, Solution] | None:
    """The published quota, given every year of the plan, its people of each qualification sent
    where they are needed most: the most that it can achieve. No floors, changes or budget.

    Its places are given whatever they are worth, as far as need and room allow.
    """
    bounds = norms.published[year]
    caps = tuple(Bound(b.stream, tuple(r for r in b.regions if r in inputs.regions), b.places)
                 for b in bounds if set(b.regions) & set(inputs.regions))  # fmt: skip
    named = {(cap.stream, region) for cap in caps for region in cap.regions}
    caps += tuple(Bound(s, (r,), 0.0) for s in STREAMS for r in inputs.regions
                  if (s, r) not in named)  # fmt: skip
    totals = [sum(b.places for b in bounds if b.stream == s) for s in STREAMS]
    shares = qualified(norms, plan)
    supply = np.stack([
        np.stack([apportioned(row if row.sum() else shares[s], round(totals[s]))
                  for row in inputs.supply[s].T], axis=1) for s in range(len(STREAMS))
    ])  # fmt: skip
    held = replace(inputs, supply=supply, caps=caps, floors=(), last=(), change=None, budget=None,
                   whole=False)  # fmt: skip
    program = program_of(held)
    prize = GIVEN * (1.0 + np.abs(program.value).max(initial=0.0))
    found = solve(replace(program, value=program.value + prize * program.places))
    if found is None:
        return None
    return program, replace(found, objective=float(program.value @ found.x))


def _outcome(program: Program, solution: Solution) -> Outcome:
    x = solution.x
    return Outcome(solution.objective, *(float(of @ x) for of in
                   (program.places, program.settled, program.workers, program.cost)))  # fmt: skip


CHANGES = {  # what is varied: the words, and the numbers with a factor
    "employment": mark("weight of jobs found"),
    "stay_weight": mark("weight of those who stay"),
    "need": mark("need of workers"),
    "rooms": mark("room for people"),
    "take_up": mark("take-up"),
    "stay": mark("share that stays five years"),
    "supply": mark("places to give"),
    "budget": mark("budget"),
    "change": mark("limit of change from the year before"),
}
FACTORS = {"employment": 0.5, "stay_weight": 0.5, "budget": 0.2, "change": 0.5}
USUAL = 0.1


def _varied(inputs: Inputs, name: str, factor: float) -> Inputs | None:
    """The inputs with one thing multiplied; None where there is nothing to multiply."""
    w = inputs.weights
    if name == "employment":
        return replace(inputs, weights=replace(w, employment=w.employment * factor))
    if name == "stay_weight":
        return replace(inputs, weights=replace(w, stay=w.stay * factor)) if w.stay else None
    if name == "rooms":
        known = any(np.isfinite(free).any() for free, _ in inputs.rooms.values())
        rooms = {kind: (free * factor, each) for kind, (free, each) in inputs.rooms.items()}
        return replace(inputs, rooms=rooms) if known else None
    if name == "budget":
        return None if inputs.budget is None else replace(inputs, budget=inputs.budget * factor)
    if name == "change":
        return None if inputs.change is None else replace(inputs, change=inputs.change * factor)
    if name == "need":
        return replace(inputs, need=inputs.need * factor)
    if name == "supply":
        return replace(inputs, supply=np.round(inputs.supply * factor))
    if name == "take_up":
        return replace(inputs, take_up=np.minimum(inputs.take_up * factor, 1.0))
    return replace(inputs, stay=np.minimum(inputs.stay * factor, 1.0))


def vary(program: Program, solution: Solution) -> pd.DataFrame:
    """Each assumption alone, down and up: points, places that move to another region or stream,
    the limit whose price changes most and that change. Linear programs, without whole numbers."""
    inputs = replace(program.inputs, whole=False)
    base_program = program_of(inputs)
    base = solve(base_program)
    assert base is not None
    before = by_pair(base_program, base.x).sum(axis=2)
    rows: list[dict[str, Any]] = []
    for name in CHANGES:
        step = FACTORS.get(name, USUAL)
        for factor in (1 - step, 1 + step):
            changed = _varied(inputs, name, factor)
            if changed is None:
                continue
            other = program_of(changed)
            found = solve(other)
            row: dict[str, Any] = {"varied": name, "factor": factor, "points": np.nan,
                                   "moved": np.nan, "limit": -1, "change": np.nan}  # fmt: skip
            if found is not None:
                moved = by_pair(other, found.x).sum(axis=2) - before
                prices = found.prices - base.prices
                most = int(np.argmax(np.abs(prices)))
                row |= {"points": found.objective, "moved": float(np.abs(moved).sum() / 2),
                        "limit": most, "change": float(prices[most])}  # fmt: skip
            rows.append(row)
    return pd.DataFrame(rows)
