"""Moves between regions by origin and destination, from net migration and a gross level.

Prior: gravity on population, distance and contiguity; margins: arrivals and departures between
regions; the table nearest to the prior with those margins (iterative proportional fitting, the
maximum-entropy solution: Wilson 1970; Willekens 1983). The gross level is an assumption: the
register counts moves inside regions too, and only a share of all moves crosses a border.
"""

from __future__ import annotations

import numpy as np

from forecast.balance import balance_flows, round_to_margins
from forecast.errors import RunError
from forecast.estimate.published import figures
from forecast.estimate.source import Source
from forecast.estimate.tilt import Array
from forecast.words import say

UNCOUNTED = 0.008  # of the people, who move in either direction in a year; assumption
LEAST_SHARE = 0.2  # of the mean of a region's arrivals and departures: what its smaller one keeps


def gross_margins(source: Source, year: int, net: Array, people: Array) -> tuple[Array, Array]:
    """(region,) departures to and arrivals from other regions, whole persons.

    net    : (region,) arrivals less departures, whole persons, 0 in sum
    people : (region,) population of the year
    Registered moves of a region, less the share that stays inside it: taken from the mean of its
    arrivals and departures, since a move inside a region is counted once in each. A year
    without a register count takes the last one, times the published growth of all moves.
    """
    share = source.choices["inter_regional_share"]["central"]
    moves = source.table("internal_migration")
    counted = moves[moves["measure"] == "arrivals_gross"]["year"]
    if counted.empty:  # nothing was counted yet: the larger of both is the net and little more
        half = np.abs(net) / 2 + UNCOUNTED * people
        departures = np.rint(half - net / 2)
        return departures, departures + net
    base = min(year, int(counted.max()))
    scale = _growth(source, base, year)
    rows = moves[moves["year"] == base].pivot(index="region", columns="measure", values="value")
    rows = rows.reindex(source.ids)
    mean = scale * (rows["arrivals_gross"] + rows["departures_gross"]).to_numpy() / 2
    half = np.maximum(share * mean, np.abs(net) / 2 + LEAST_SHARE * share * mean)
    departures = np.rint(half - net / 2)
    arrivals = departures + net
    if departures.sum() != arrivals.sum() or (np.minimum(arrivals, departures) <= 0).any():
        raise RunError(say("moves between regions"), say("the nets do not add up to zero"))
    return departures, arrivals


def flow_matrix(
    source: Source, year: int, people: Array, departures: Array, arrivals: Array
) -> Array:
    """(origin, destination) whole persons with the given margins; nobody moves to where they are.

    people : (region,) population of the year
    """
    prior = gravity(source, people)
    what = say("moves between regions {year}", year=year)
    fitted = balance_flows(
        prior, departures, arrivals, regions=source.ids, what=what, tolerance=1e-9
    )
    return round_to_margins(fitted, departures, arrivals, what=what)


def gravity(source: Source, people: Array) -> Array:
    """(origin, destination) relative size of flows by population, distance and contiguity."""
    ids = source.ids
    chosen = source.choices["gravity"]
    size = np.zeros((len(ids), len(ids)))
    for row in source.table("distances").to_dict("records"):
        i, j = ids.index(row["origin"]), ids.index(row["destination"])
        pull = chosen["distance"] * np.log(row["capital_distance_km"])
        size[i, j] = people[i] * people[j] * np.exp(pull + chosen["contiguity"] * row["contiguous"])
    np.fill_diagonal(size, 0.0)
    return size / size.sum()


def _growth(source: Source, base: int, year: int) -> float:
    """Growth of all registered moves from `base` to `year`, by the published yearly growth."""
    rows = figures(source, "internal_moves_growth_yoy", source.nation).set_index("year")["value"]
    factor = 1.0
    for calendar in range(base + 1, year + 1):
        factor *= 1 + float(rows[calendar]) / 100
    return factor
