"""Moves between regions in a run: the level that is named, and the pull of places."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.assumptions import Assumptions, Note
from forecast.demography.step import one_year
from forecast.demography.transition import MixedMoves, Moves
from forecast.draws import Draws
from forecast.fitted import fitted
from forecast.migration.internal import gravity_pull, move_intensity
from forecast.observed_flows import (
    flow_status,
    flow_years,
    forecast_moves,
    forecast_notes,
    is_published,
    level_steps,
    moves_of_year,
    square,
)
from forecast.rates import central_moves, moves_of, year_rates
from forecast.tables import ESTIMATED, PROJECTED
from forecast.words import say
from forecast.words.digits import number

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset

Array = NDArray[np.float64]


DRAWN, MIDDLE = "drawn", 0.5
FADING = 0.8  # of the way from the last level, what is left a year later; assumption


def at_level(dataset: Dataset, assumptions: Assumptions, internal: str) -> Assumptions:
    """The same assumptions with the moves between regions of another level; notes stay.

    internal : 'level-YEAR', 'middle', or 'drawn': from the last observed level towards the middle;
               where matrices are published, the forecast of them
    Moves happen through the year, so they are held against the mean of both 1 Januaries: the
    first year then has the net migration of the level that is named.
    """
    plain = assumptions.but(ends=None, last_weight=None, yearly=None)
    if internal != DRAWN:
        return plain.but(intensity=_calibrated(plain, _internal(dataset, internal)))
    if is_published(dataset):
        ahead = forecast_moves(dataset, plain.years)
        yearly = np.stack([_calibrated(plain, flows) for flows in ahead])
        return plain.but(intensity=yearly[0], yearly=yearly)
    known = flow_years(dataset)
    first, last = (
        _calibrated(plain, moves_of_year(dataset, year)) for year in (known[0], known[-1])
    )
    since = np.asarray(plain.years) - dataset.last_year_observed
    return plain.but(
        intensity=_calibrated(plain, _internal(dataset, "middle")), ends=(first, last),
        last_weight=last_weight(np.full(1, MIDDLE), since)[:, 0],
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


def _calibrated(assumptions: Assumptions, flows: Array) -> Array:
    """(origin, destination) moves per unit of propensity and person-year: at first, `flows`."""
    population, propensity = assumptions.population, assumptions.propensity
    intensity = move_intensity(flows, propensity, population)
    start = assumptions.but(intensity=intensity)
    rates = year_rates(start, count=1)[0]
    after = one_year(population[..., None], rates).apply(population[..., None])
    exposed = (population + after[..., 0]) / 2
    return move_intensity(flows, propensity, exposed)


class MoveDraws(NamedTuple):
    """Draws of the moves between regions.

    parts  : for each year, the patterns that draws lie between; one where the level is named
    weight : (year, part, draw) weight of each; they sum to 1, apart from an exchange (see
             `_exchange`) that comes on top
    push, pull : (year, region, draw) factors of leaving and of attraction, median 1
    """

    parts: tuple[tuple[Moves, ...], ...]
    weight: Array
    push: Array
    pull: Array

    def of_year(self, number: int, block: slice) -> MixedMoves:
        """The moves of year number `number` for some draws."""
        return MixedMoves(
            self.parts[number], self.weight[number][:, block],
            self.push[number][:, block], self.pull[number][:, block],
        )  # fmt: skip


def move_draws(
    dataset: Dataset,
    assumptions: Assumptions,
    draws: Draws,
    *,
    level: str,
    gross: bool,
    single: bool,
    far: int,
) -> MoveDraws:
    """Moves of every draw.

    level  : 'drawn', from the last observed year towards anywhere between the first and the last
             with equal chances; any other level is that of the assumptions in every draw
    gross  : whether the share of registered moves that crosses a border is drawn
    single : whether the net migration of single regions wanders
    far    : years for which numbers are drawn, whatever the length of the run

    Net migration rates wander as they did (`estimated/models`, internal): a step of its own for
    every region and year, and one factor of all nets; both fade at the rate found. A change of
    the net rate is half more arrivals, half fewer departures. Regions are independent beyond the
    common factor, apart from what must balance: who comes to one leaves others.
    """
    a, count = assumptions, draws.count
    years, regions = len(a.years), len(a.space)
    parts, weight = _between_levels(dataset, a, draws, level)
    factor = np.ones(count)
    if gross and flow_status(dataset) == ESTIMATED:
        side, reach = _gross_side(dataset, draws)
        exchange, shares = _exchange(a, reach)
        parts = tuple((*of_year, exchange) for of_year in parts)
        size = (weight * shares[:, None]).sum(axis=1, keepdims=True)  # of the level of the draw
        weight = np.concatenate([weight, side * size], axis=1)
        factor = 1 + reach * side
    level_factor = np.ones((years, 1, count))
    if a.yearly is not None and level == DRAWN:
        steps = draws.normals("internal_level yearly", far)[:years]
        level_factor = np.exp(level_steps(dataset) * steps.cumsum(axis=0))[:, None]
    if not single:
        still = np.ones((years, regions, count))
        return MoveDraws(parts, weight, still * level_factor, still)
    model = fitted(dataset, "internal")
    ids = a.space.ids
    own = draws.normals("internal_moves", far, regions)[:years].copy()
    common = draws.normals("internal_moves all", far)[:years].copy()
    own *= model.by_region("sigma", ids)[:, None]
    common *= model.number("common_sigma")
    for year in range(1, years):
        own[year] += model.number("rho") * own[year - 1]
        common[year] += model.number("common_rho") * common[year - 1]
    net = own + np.expm1(common)[:, None] * _net_rates(a)[:, None]
    relative = np.tanh(net / (model.by_region("gross", ids)[:, None] * factor))
    pull = np.exp(relative / 2)
    return MoveDraws(parts, weight, level_factor / pull, pull)


def _between_levels(
    dataset: Dataset, a: Assumptions, draws: Draws, level: str
) -> tuple[tuple[tuple[Moves, ...], ...], Array]:
    """Patterns of each year, and (year, part, draw) weights that sum to 1."""
    years, count = len(a.years), draws.count
    if a.ends is None:
        central = central_moves(a)
        return tuple((moves,) for moves in central if isinstance(moves, Moves)), np.ones(
            (years, 1, count)
        )
    parts = tuple(moves_of(a, end) for end in a.ends)
    heading = np.full(count, MIDDLE)
    if level == DRAWN:
        heading = draws.stream("internal_level").random(count)
    last = last_weight(heading, np.asarray(a.years) - dataset.last_year_observed)
    return (parts,) * years, np.stack([1 - last, last], axis=1)


def _exchange(a: Assumptions, reach: float) -> tuple[Moves, Array]:
    """People who change places between regions, no net: what the highest gross level has more.

    Nets are published and the gross level is not, so another level is another number of pairs of
    people who go opposite ways: of the smaller flow of each pair, the share that brings all moves
    of the last level from the central to the highest one.

    reach : how far the highest level is above the central one, share
    Also returns (part,) all moves of each level over those of the last one.
    """
    people = np.einsum("sa,sar->r", a.propensity, a.population)
    levels = [intensity * people[:, None] for intensity in a.ends or (a.intensity,)]
    totals = np.array([flows.sum() for flows in levels])
    # of every level alike, so that no mixture of them has fewer moves than are taken away
    alike = np.min([flows * (totals[-1] / flows.sum()) for flows in levels], axis=0)
    both = np.minimum(alike, alike.T)
    share = min(reach * totals[-1] / both.sum(), 1.0)
    return moves_of(a, share * both / people[:, None]), totals / totals[-1]


def _gross_side(dataset: Dataset, draws: Draws) -> tuple[Array, float]:
    """(draw,) -1 at the lowest gross level, 0 at the central and 1 at the highest one; the reach.

    Uniform between the lowest and the highest share (country.yml, inter_regional_share).
    """
    model = fitted(dataset, "internal")
    low, high = model.number("gross_low"), model.number("gross_high")
    drawn = low + (high - low) * draws.stream("gross_level").random(draws.count)
    side: Array = (drawn - 1) / (high - 1)
    return np.maximum(side, -1.0), high - 1


def _net_rates(assumptions: Assumptions) -> Array:
    """(region,) net migration rate of the level of the assumptions, per person-year."""
    a = assumptions
    movers = np.einsum("sa,sar->r", a.propensity, a.population)
    flows = a.intensity * movers[:, None]
    rates: Array = (flows.sum(axis=0) - flows.sum(axis=1)) / a.population.sum(axis=(0, 1))
    return rates


def pull_of(dataset: Dataset, population: Array) -> Array:
    distances = dataset.table("distances")
    columns = ("capital_distance_km", "contiguous")
    kilometres, contiguous = (
        square(
            distances.rename(columns={column: "value"}), dataset.space,
            f"observed/distances.csv {column}",
        )
        for column in columns
    )  # fmt: skip
    return gravity_pull(population.sum(axis=(0, 1)), kilometres, contiguous)


def _level_years(dataset: Dataset, level: str) -> list[int]:
    """The observed years whose mean is the level that is named."""
    if level not in ("middle", DRAWN):
        return [int(level.removeprefix("level-"))]
    known = flow_years(dataset)
    return [known[-1]] if is_published(dataset) else [known[0], known[-1]]


def _internal(dataset: Dataset, level: str) -> Array:
    """(origin, destination) moves of the level that is named."""
    mean: Array = np.mean(
        [moves_of_year(dataset, year) for year in _level_years(dataset, level)], axis=0
    )
    return mean


def level_note(dataset: Dataset, level: str) -> Note:
    """What a run assumes of the moves between regions, in words."""
    years, known = _level_years(dataset, level), flow_years(dataset)
    first, last = years[0], years[-1]
    forecast = level == DRAWN and is_published(dataset)
    if forecast:
        text = say(
            "Moves between regions are forecast from the published matrices of {first}-{last}.",
            first=known[0], last=last,
        )  # fmt: skip
        notes = forecast_notes(dataset)
        text = " ".join([text, *(f"{note[:1].upper()}{note[1:]}." for note in notes)])
    elif first == last:
        text = say("Moves between regions start as in {year} and keep their rates.", year=last)
    elif level == DRAWN:
        text = say(
            "Moves between regions start near those of {last}, which forecast the next years best, "
            "and draw towards the middle between {first} and {last}, a fifth of the way a year: "
            "registered moves changed much between the two years and nobody knows which level "
            "lasts. Both paths are shown beside the result.",
            first=first, last=last,
        )  # fmt: skip
    else:
        text = say(
            "Moves between regions start midway between those of {first} and {last} and keep their "
            "rates: registered moves changed much between the two years and nobody knows which "
            "level lasts. Both paths are shown beside the result.",
            first=first, last=last,
        )  # fmt: skip
    if flow_status(dataset) != ESTIMATED:
        if not is_published(dataset):
            text += " " + say(
                "Four published matrices of years in a row would be forecast; these are not: "
                "{years}.",
                years=", ".join(map(str, known)),
            )  # fmt: skip
        source = say("published matrices of moves, table observed/flows")
        return Note(say("Internal migration"), text, source, PROJECTED)
    model = fitted(dataset, "internal")
    text += " " + say(
        "How many of the registered moves cross a border is an assumption; all moves together may "
        "be {low} to {high} % of what is shown (drawn, with draws). Nets of the first year do not "
        "depend on it; later ones do a little, because more moves even regions out faster.",
        low=number(100 * model.number("gross_low"), 0),
        high=number(100 * model.number("gross_high"), 0),
    )  # fmt: skip
    source = say("origin-destination matrix estimated from published nets")
    return Note(say("Internal migration"), text, source, "estimated")
