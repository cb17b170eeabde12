"""Moves between regions in a run: the level that is named, and the pull of places."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.assumptions import Assumptions, Note
from forecast.demography.step import one_year
from forecast.demography.transition import MixedMoves, Moves
from forecast.draws import Draws
from forecast.errors import InputError
from forecast.fitted import fitted
from forecast.migration.internal import gravity_pull, move_intensity
from forecast.rates import moves_of, year_rates
from forecast.space import Space
from forecast.tables import Flows
from forecast.words import say

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset

Array = NDArray[np.float64]


DRAWN, MIDDLE = "drawn", 0.5
FADING = 0.8  # of the way from the last level, what is left a year later; assumption


def flow_years(dataset: Dataset) -> list[int]:
    """Calendar years for which the package has a matrix of moves."""
    return sorted(int(year) for year in dataset.table("estimated/flows")["year"].unique())


def at_level(dataset: Dataset, assumptions: Assumptions, internal: str) -> Assumptions:
    """The same assumptions with the moves between regions of another level; notes stay.

    internal : 'level-YEAR', 'middle', or 'drawn': from the last observed level towards the middle
    Moves happen through the year, so they are held against the mean of both 1 Januaries: the
    first year then has the net migration of the level that is named.
    """
    if internal != DRAWN:
        intensity = _calibrated(dataset, assumptions, internal)
        return assumptions.but(intensity=intensity, ends=None, last_weight=None)
    known = flow_years(dataset)
    ends = tuple(_calibrated(dataset, assumptions, f"level-{year}")
                 for year in (known[0], known[-1]))  # fmt: skip
    ahead = np.asarray(assumptions.years) - dataset.last_year_observed
    return assumptions.but(
        intensity=_calibrated(dataset, assumptions, "middle"), ends=ends,
        last_weight=last_weight(np.full(1, MIDDLE), ahead)[:, 0],
    )  # fmt: skip


def last_weight(level: Array, ahead: Array) -> Array:
    """(year, draw) weight of the last observed level in each year.

    level : (draw,) where the draw is heading: 0 the first observed level, 1 the last
    ahead : (year,) years since the last observed one
    The last level forecasts the next year best (see `forecast backtest`); nobody knows which
    level lasts, so the weight goes from 1 to `level`: the rest of the way falls by a fifth a year.
    """
    left = FADING ** np.maximum(np.asarray(ahead, dtype=float), 0.0)
    weight: Array = level + (1 - level) * left[:, None]
    return weight


def _calibrated(dataset: Dataset, assumptions: Assumptions, internal: str) -> Array:
    """(origin, destination) moves per unit of propensity at a level that stays."""
    flows = _internal(dataset, internal)
    population, propensity = assumptions.population, assumptions.propensity
    intensity = move_intensity(flows, propensity, population)
    start = assumptions.but(intensity=intensity, ends=None, last_weight=None)
    rates = year_rates(start, count=1)[0]
    after = one_year(population[..., None], rates).apply(population[..., None])
    exposed = (population + after[..., 0]) / 2
    return move_intensity(flows, propensity, exposed)


class MoveDraws(NamedTuple):
    """Draws of the moves between regions.

    parts  : moves of each observed year that draws lie between; one where the level is named
    weight : (year, part, draw) weight of each, summing to 1
    push, pull : (year, region, draw) factors of leaving and of attraction, median 1
    """

    parts: tuple[Moves, ...]
    weight: Array
    push: Array
    pull: Array

    def of_year(self, number: int, block: slice) -> MixedMoves:
        """The moves of year number `number` for some draws."""
        return MixedMoves(
            self.parts, self.weight[number][:, block],
            self.push[number][:, block], self.pull[number][:, block],
        )  # fmt: skip


def move_draws(
    dataset: Dataset,
    assumptions: Assumptions,
    draws: Draws,
    *,
    level: str,
    single: bool,
    far: int,
) -> MoveDraws:
    """Moves of every draw.

    level  : 'drawn', from the last observed year towards anywhere between the first and the last
             with equal chances; any other level is that of the assumptions in every draw
    single : whether the net migration of single regions wanders
    far    : years for which numbers are drawn, whatever the length of the run

    Net migration rates wander as they did (`estimated/models`, internal): a step of its own for
    every region and year, and one factor of all nets; both fade at the rate found. A change of
    the net rate is half more arrivals, half fewer departures. Regions are independent beyond the
    common factor, apart from what must balance: who comes to one leaves others.
    """
    count, years, regions = draws.count, len(assumptions.years), len(assumptions.space)
    a = assumptions
    ahead = np.asarray(a.years) - dataset.last_year_observed
    if a.ends is None:
        parts: tuple[Moves, ...] = (moves_of(a, a.intensity),)
        weight = np.ones((years, 1, count))
    else:
        parts = tuple(moves_of(a, end) for end in a.ends)
        heading = np.full(count, MIDDLE)
        if level == DRAWN:
            heading = draws.stream("internal_level").random(count)
        last = last_weight(heading, ahead)
        weight = np.stack([1 - last, last], axis=1)
    if not single:
        still = np.ones((years, regions, count))
        return MoveDraws(parts, weight, still, still)
    model = fitted(dataset, "internal")
    ids = assumptions.space.ids
    own = draws.normals("internal_moves", far, regions)[:years].copy()
    common = draws.normals("internal_moves all", far)[:years].copy()
    own *= model.by_region("sigma", ids)[:, None]
    common *= model.number("common_sigma")
    for number in range(1, years):
        own[number] += model.number("rho") * own[number - 1]
        common[number] += model.number("common_rho") * common[number - 1]
    net = own + np.expm1(common)[:, None] * _net_rates(assumptions)[:, None]
    relative = np.tanh(net / model.by_region("gross", ids)[:, None])
    pull = np.exp(relative / 2)
    return MoveDraws(parts, weight, 1 / pull, pull)


def _net_rates(assumptions: Assumptions) -> Array:
    """(region,) net migration rate of the level of the assumptions, per person-year."""
    a = assumptions
    movers = np.einsum("sa,sar->r", a.propensity, a.population)
    flows = a.intensity * movers[:, None]
    rates: Array = (flows.sum(axis=0) - flows.sum(axis=1)) / a.population.sum(axis=(0, 1))
    return rates


def pull_of(dataset: Dataset, population: Array) -> Array:
    distances = dataset.table("distances")
    return gravity_pull(
        population.sum(axis=(0, 1)),
        _square(distances, "capital_distance_km", dataset.space),
        _square(distances, "contiguous", dataset.space),
    )


def _level_years(dataset: Dataset, level: str) -> list[int]:
    """The observed years whose mean is the level that is named."""
    known = flow_years(dataset)
    years = (
        [known[0], known[-1]] if level in ("middle", DRAWN) else [int(level.removeprefix("level-"))]
    )
    if years[0] not in known:
        names = ", ".join(f"level-{year}" for year in known)
        message = say("no moves of {year}; known: {names}", year=years[0], names=names)
        raise InputError("estimated/flows.csv", message)
    return years


def _internal(dataset: Dataset, level: str) -> Array:
    """(origin, destination) moves of the level that is named."""

    def moves(year: int) -> Array:
        frame = dataset.table("estimated/flows")
        chosen = frame[frame["year"] == year]
        return _flows(chosen, dataset.space, f"estimated/flows.csv {year}")

    found = [
        dataset.once(("flows", year), partial(moves, year)) for year in _level_years(dataset, level)
    ]
    mean: Array = np.mean(found, axis=0)
    return mean


def level_note(dataset: Dataset, level: str) -> Note:
    years = _level_years(dataset, level)
    first, last = years[0], years[-1]
    if level == DRAWN:
        text = say(
            "Moves between regions start near those of {last}, which forecast the next years best, "
            "and draw towards the middle between {first} and {last}, a fifth of the way a year: "
            "registered moves changed much between the two years and nobody knows which level "
            "lasts. Both paths are shown beside the result.",
            first=first, last=last,
        )  # fmt: skip
    elif level == "middle":
        text = say(
            "Moves between regions start midway between those of {first} and {last} and keep their "
            "rates: registered moves changed much between the two years and nobody knows which "
            "level lasts. Both paths are shown beside the result.",
            first=first, last=last,
        )  # fmt: skip
    else:
        text = say("Moves between regions start as in {year} and keep their rates.", year=years[0])
    source = say("origin-destination matrix estimated from published nets")
    return Note(say("Internal migration"), text, source, "estimated")


def _flows(frame: pd.DataFrame, space: Space, source: str) -> Array:
    """(origin, destination) with the diagonal 0; a table leaves the diagonal out."""
    diagonal = pd.DataFrame({"origin": space.ids, "destination": space.ids, "value": 0.0})
    moves = frame[frame["origin"] != frame["destination"]]
    whole = pd.concat([moves[["origin", "destination", "value"]], diagonal], ignore_index=True)
    return Flows.from_frame(whole, space, source=source).values


def _square(frame: pd.DataFrame, column: str, space: Space) -> Array:
    named = frame.rename(columns={column: "value"})
    return _flows(named, space, f"observed/distances.csv {column}")
