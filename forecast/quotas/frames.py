"""The tables of a quota: allocation, limits with their worth, and what each quota comes to."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.quotas.norms import STREAMS
from forecast.quotas.study import CHANGES, OPTIMAL, QuotaResult
from forecast.quotas.words import KIND_WORDS, limit_said, worth_said
from forecast.settlement.quota import BUDGET, NEED, ROOM, SUPPLY, by_pair
from forecast.tables import ESTIMATED, PERSONS, PROJECTED, TOTAL, UNKNOWN
from forecast.words import mark, say

OBSERVED = "observed"
PLACES, WORKERS, POINTS, ACCOUNT = (
    mark("places"), mark("workers"), mark("points"), mark("units of account"),
)  # fmt: skip
MEASURES = {
    "places": mark("places of the best quota"),
    "published": mark("published places"),
    "settled": mark("people expected to settle"),
    "workers": mark("workers among them"),
    "cost": mark("support"),
    "need": mark("workers needed"),
    "chance": mark("chance of a worker to find a job"),
    "take_up": mark("people settled for each place"),
    "stay": mark("share that stays five years"),
    "reduced_cost": mark("points that a place lacks to be given"),
}
COLUMNS = ("stream", "region", "year", "qualification", "measure", "value", "unit", "status")


def allocation_frame(result: QuotaResult) -> pd.DataFrame:
    """Tidy: stream (`total` where it is of all), region (with the nation), year, qualification,
    measure, value, unit, status.

    `need` is the stock of jobs that a year has for those who come in the plan; `reduced_cost` is
    the least over the qualifications, 0 where a place is given.
    """
    i, p, x = result.inputs, result.program, result.solution.x
    rows: list[tuple[object, ...]] = []
    places = by_pair(p, x)
    for measure, of, unit in (
        ("places", p.places, PLACES), ("settled", p.settled, PERSONS),
        ("workers", p.workers, WORKERS), ("cost", p.cost, ACCOUNT),
    ):  # fmt: skip
        cells = places if measure == "places" else by_pair(p, x, of)
        for o, stream in enumerate(STREAMS):
            for t, year in enumerate(i.years):
                for k, name in (*enumerate(i.qualifications), (slice(None), TOTAL)):
                    of_regions = cells[o][:, k, t]
                    if name == TOTAL:
                        of_regions = of_regions.sum(axis=1)
                    for region, value, on_list in zip(
                        (*i.regions, result.space.nation), (*of_regions, of_regions.sum()),
                        (*i.legal[o], True), strict=True,
                    ):  # fmt: skip
                        if on_list:
                            rows.append((stream, region, year, name, measure, float(value), unit,
                                         PROJECTED))  # fmt: skip
    rows += _given(result)
    rows += _published(result)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _given(result: QuotaResult) -> list[tuple[object, ...]]:
    """What the program was made of, by region; and the reduced costs."""
    i, p = result.inputs, result.program
    rows: list[tuple[object, ...]] = []
    for d, region in enumerate(i.regions):
        for t, year in enumerate(i.years):
            for k, name in enumerate(i.qualifications):
                need = float(i.need[d, k, t])
                known = PROJECTED if np.isfinite(need) else UNKNOWN
                rows.append((TOTAL, region, year, name, "need", need, WORKERS, known))
                rows.append((TOTAL, region, year, name, "chance", float(i.chance[d, k, t]),
                             "share", known))  # fmt: skip
    for o, d in np.argwhere(i.legal):
        head = i.streams[o], i.regions[d]
        for t, year in enumerate(i.years):
            for measure in ("take_up", "stay"):
                value = float(getattr(i, measure)[o, d])
                rows.append((*head, year, TOTAL, measure, value, "share", ESTIMATED))
            here = (p.stream == o) & (p.region == d) & (p.year == t)
            lacks = result.solution.reduced_costs[here] / p.places[here]
            rows.append((*head, year, TOTAL, "reduced_cost", float(lacks.min()), POINTS,
                         PROJECTED))  # fmt: skip
    return rows


def _published(result: QuotaResult) -> list[tuple[object, ...]]:
    """Published places; NaN and unknown where regions are known together only."""
    i = result.inputs
    rows: list[tuple[object, ...]] = []
    for year, cells in result.published.items():
        for o, d in np.argwhere(i.legal):
            value = float(cells[o, d])
            known = UNKNOWN if np.isnan(value) else OBSERVED
            rows.append((i.streams[o], i.regions[d], year, TOTAL, "published", value, PLACES,
                         known))  # fmt: skip
        for stream in i.streams:
            value = result.norms.places(year, stream)
            rows.append((stream, result.space.nation, year, TOTAL, "published", value, PLACES,
                         OBSERVED))  # fmt: skip
    return rows


def limits_frame(result: QuotaResult) -> pd.DataFrame:
    """Every limit: what it is, its number, what is used, and what one more unit is worth.

    price  : points, the dual of the linear program
    gained : points by solving again with one more unit; NaN where that was not done
    money  : million for the same gain; NaN where there is no money in the objective or a budget
    """
    i, solution = result.inputs, result.solution
    facilities = result.facilities
    units = {NEED: WORKERS, BUDGET: ACCOUNT}
    rows = []
    for place, row in enumerate(result.program.rows):
        money = result.money_of(place)
        unit = units.get(row.kind, PLACES)
        if row.kind == ROOM:
            unit = row.facility or ""
        if row.kind == SUPPLY and i.sizes != (1,):
            unit = "families"
        price = float(solution.prices[place])
        rows.append({
            "kind": row.kind, "stream": row.stream or TOTAL, "region": "+".join(row.regions),
            "qualification": row.qualification or TOTAL, "size": row.size,
            "facility": row.facility or "", "year": row.year, "limit": row.limit,
            "used": float(solution.used[place]), "unit": unit, "price": price,
            "gained": result.gains.get(place, np.nan),
            "money": np.nan if money is None else money,
            "limit_words": limit_said(row, result.space, facilities, result.norms.price),
            "worth": "" if price <= 0 else worth_said(row, result.price_of(place), money,
                                                      result.space, facilities),
            "status": PROJECTED,
        })  # fmt: skip
    return pd.DataFrame(rows)


def outcomes_frame(result: QuotaResult) -> pd.DataFrame:
    """A row for each quota: points, places, people, workers, million of support, take-up."""
    rows = []
    for name, found in result.outcomes.items():
        rows.append({
            "quota": name, "points": found.points, "places": found.places,
            "settled": found.settled, "workers": found.workers,
            "million": found.cost * result.norms.price / 1e6,
            "take_up": found.settled / found.places if found.places else np.nan,
            "status": PROJECTED,
        })  # fmt: skip
    return pd.DataFrame(rows)


def outcome_said(name: str) -> str:
    return say("best quota") if name == OPTIMAL else say("published for {year}", year=name)


def sensitivity_frame(result: QuotaResult) -> pd.DataFrame:
    """A row for each assumption and side, with the limit whose worth changes most in words."""
    frame = result.varied
    if frame.empty:
        return frame
    words = [
        "" if row < 0 else limit_said(result.program.rows[row], result.space, result.facilities,
                                      result.norms.price) for row in frame["limit"]
    ]  # fmt: skip
    return frame.assign(name=[say(CHANGES[name]) for name in frame["varied"]], limit=words,
                        status=PROJECTED)  # fmt: skip


__all__ = ["COLUMNS", "KIND_WORDS", "MEASURES", "allocation_frame", "limits_frame",
           "outcome_said", "outcomes_frame", "sensitivity_frame"]  # fmt: skip
