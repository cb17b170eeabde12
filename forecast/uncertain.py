"""What is drawn in a run: one set of deviations for each component, from a stream of its own.

Every deviation is relative to the central path of the assumptions, with a median of no change. A
component that is left out keeps its central path in every draw, which is how the variance of a
result is told apart.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from forecast.assumptions import Assumptions
from forecast.base_draws import base_draws
from forecast.births import FertilityDraws, fertility_draws
from forecast.demography.lifetable import survival
from forecast.demography.step import YearRates
from forecast.demography.transition import MixedMoves, Moves
from forecast.draws import Draws
from forecast.drivers import drawn_answers
from forecast.elasticities import Elasticities
from forecast.external import ExternalDraws, external_draws
from forecast.fitted import fitted
from forecast.levels import MoveDraws, move_draws
from forecast.rates import central_moves
from forecast.survivorship import MortalityDraws, mortality_draws
from forecast.words import mark

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset

Array = NDArray[np.float64]

COMPONENTS = {
    "base": mark("ages of the base population"),
    "fertility": mark("fertility"),
    "mortality": mark("mortality"),
    "internal_level": mark("level of moves between regions"),
    "gross_level": mark("share of moves that crosses a border"),
    "internal_moves": mark("moves of single regions"),
    "external": mark("migration across the border"),
    "response": mark("response of moves to drivers"),
    "delivery": mark("delivery of growth points and of support"),
}


@dataclass(frozen=True)
class Deviations:
    """The draws of a run; a component that is not drawn is None.

    base      : (sex, age, region, draw) people on the first 1 January
    fertility, mortality, external, moves : see births, survivorship, external, levels
    support   : (year, draw) factor of fertility for the effect of family support
    elasticities : of the moves to the drivers of the scenario
    """

    draws: Draws
    base: Array | None = None
    fertility: FertilityDraws | None = None
    mortality: MortalityDraws | None = None
    external: ExternalDraws | None = None
    moves: MoveDraws | None = None
    support: Array | None = None
    elasticities: Elasticities | None = None
    shared: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def plain_alike(self) -> bool:
        """Whether a run without growth points, drivers and levers is the same in every draw."""
        drawn = (self.base, self.fertility, self.mortality, self.external, self.moves, self.support)
        return all(each is None for each in drawn)

    def people(self, a: Assumptions, block: slice) -> Array:
        """(sex, age, region, draw) on the first 1 January."""
        if self.base is not None:
            return np.ascontiguousarray(self.base[..., block])
        size = block.stop - block.start
        return np.repeat(a.population[..., None], size, axis=-1)

    def answers(self, block: slice) -> Elasticities | None:
        """How moves answer to drivers in some draws; None: as the assumptions have it."""
        return None if self.elasticities is None else self.elasticities.of_draws(block)

    def rates(self, a: Assumptions, number: int, block: slice) -> YearRates:
        """The rates of year number `number` for some draws."""
        return YearRates(
            survival=survival(self._mortality(a, number, block)),
            fertility=self._supported(self._fertility(a, number, block), number, block),
            sex_ratio=a.sex_ratio,
            moves=self._moves(a, number, block),
            emigration=self._emigration(a, number, block),
            immigration=self._immigration(a, number, block),
        )

    def _mortality(self, a: Assumptions, number: int, block: slice) -> Array:
        central = a.mortality[number][..., None]
        if self.mortality is None:
            return central
        national = np.exp(self.mortality.log_factor(number, block))  # (sex, age, draw)
        regional = np.exp(self.mortality.region[number][:, block])  # (region, draw)
        rates: Array = central * national[:, :, None]
        rates *= regional
        return rates

    def _fertility(self, a: Assumptions, number: int, block: slice) -> Array:
        central = a.fertility[number][..., None]
        if self.fertility is None:
            return central
        fertile = np.flatnonzero(central.any(axis=(1, 2)))
        ages = slice(max(int(fertile[0]) - 1, 1), int(fertile[-1]) + 2)
        slope = np.gradient(central[..., 0], axis=0)[ages, :, None]
        shift = self.fertility.mean_age_shift[number][..., block]
        moved = np.maximum(central[ages] - slope * shift, 0.0)
        level = central[ages].sum(axis=0) / moved.sum(axis=0)
        full = np.zeros((*central.shape[:2], moved.shape[2]))
        full[ages] = moved * (level * self.fertility.factor[number][:, block])
        return full

    def _supported(self, rates: Array, number: int, block: slice) -> Array:
        """Fertility with what comes true of the effect of family support."""
        return rates if self.support is None else rates * self.support[number, block]

    def _moves(self, a: Assumptions, number: int, block: slice) -> Moves | MixedMoves:
        if self.moves is None:
            central: Moves | MixedMoves = self.shared["moves"][number]
            return central
        return self.moves.of_year(number, block)

    def _emigration(self, a: Assumptions, number: int, block: slice) -> Array:
        central = a.emigration[number][..., None]
        if self.external is None:
            return central
        drawn: Array = central * self.external.emigration[number][:, block]
        return np.minimum(drawn, 1.0)

    def _immigration(self, a: Assumptions, number: int, block: slice) -> Array:
        central = a.immigration[number][..., None]
        if self.external is None:
            return central
        drawn: Array = central * self.external.immigration[number][:, block]
        return drawn


def draw_deviations(
    dataset: Dataset,
    assumptions: Assumptions,
    draws: Draws,
    *,
    level: str,
    support: Array | None = None,
    components: Collection[str] = tuple(COMPONENTS),
) -> Deviations:
    """The deviations of a run, in whole blocks of draws; `components` alone are drawn.

    level : 'drawn' lets the level of moves lie anywhere between the first and the last observed
            year; a level that the scenario names is not drawn
    support : (year, draw) see `policy.effect_factor`; drawn with the delivery of growth points
    """
    years, chosen, full = assumptions.years, set(components), draws.in_blocks
    # as far as the paths reach, so that a year has the same draws in short runs and in long ones
    far = range(years[0], fitted(dataset, "fertility").years("tfr")[-1] + 1)
    span = slice(len(years))
    people = fertility = mortality = external = moves = None
    if "base" in chosen:
        people = base_draws(dataset, full.stream("base"), full.count)
    if "fertility" in chosen:
        drawn = fertility_draws(dataset, far, full.stream("fertility"), full.count)
        fertility = FertilityDraws(*(array[span].copy() for array in drawn))
    if "mortality" in chosen:
        of_far = mortality_draws(dataset, far, full.stream("mortality"), full.count)
        mortality = MortalityDraws(*(array[span].copy() for array in of_far))
    if "external" in chosen:
        external = external_draws(dataset, years, full.stream("external"), full.count)
    if {"internal_level", "gross_level", "internal_moves"} & chosen:
        moves = move_draws(
            dataset, assumptions, full,
            level=level if "internal_level" in chosen else "named",
            gross="gross_level" in chosen, single="internal_moves" in chosen, far=len(far),
        )  # fmt: skip
    answers = None
    if "response" in chosen and assumptions.drivers is not None:
        answers = drawn_answers(assumptions.drivers.elasticities, full)
    return Deviations(
        draws, people, fertility, mortality, external, moves,
        support if "delivery" in chosen else None, answers,
        {"moves": central_moves(assumptions)},
    )  # fmt: skip
