"""One year of a country of regions: every component from the opening state, applied once.

Axes are (sex, age, region, draw), draw last and of length 1 in a deterministic run; sexes are
female, male; the last age is open. The opening population is 1 January, and rates and
changes are indexed by the age that people have reached at the end of the year: index x is the
cohort aged x-1 on 1 January, index 0 the newborns, the last index the two oldest ages pooled.

Within the year: people die; emigrants leave; of the rest some move to other regions;
immigrants come at the end. Births count the women of a region on 1 January and at the end of
the year after moves inside the country, before those across the border (the timing "end" of
United Nations 2022). Newborns die, leave and move for the half year they have on average.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.demography.transition import MixedMoves, Moves
from forecast.errors import InputError, RunError, collect
from forecast.space import SEXES
from forecast.words import say

Array = NDArray[np.float64]

ROUNDING = 1e-9  # relative size of a negative number that only rounding can have made


def aged(people: Array, out: Array | None = None) -> Array:
    """The same people a step older: (sex, age, ...), age 0 empty, the last two ages pooled.

    out : array of the same shape to write into, other than `people`
    """
    older = np.empty_like(people) if out is None else out
    older[:, 0] = 0.0
    older[:, 1:] = people[:, :-1]
    older[:, -1] += people[:, -1]
    return older


@dataclass(frozen=True)
class YearRates:
    """What drives one year; indexed by the age reached at its end (fertility by mother's age).

    survival    : (sex, age, region, draw or 1) probability to reach the end of the year; index
                  0 from birth, the last one for the two oldest ages pooled
    fertility   : (age, region, draw or 1) births per woman-year; none at age 0
    sex_ratio   : boys per girl at birth; a number or (region, draw or 1)
    moves       : moves between regions
    emigration  : (sex, age, region, draw or 1) probability that a survivor leaves the country
    immigration : (sex, age, region, draw or 1) persons who come and are here at the end
    """

    survival: Array
    fertility: Array
    sex_ratio: float | Array
    moves: Moves | MixedMoves
    emigration: Array
    immigration: Array

    def __post_init__(self) -> None:
        shape = self.survival.shape[:3]
        needed = {
            "fertility": (self.fertility, shape[1:]),
            "moves": (self._leaving(), shape),
            "emigration": (self.emigration, shape),
            "immigration": (self.immigration, shape),
        }
        with collect(say("rates of the year")) as faults:
            for name, (array, axes) in needed.items():
                if array.ndim != len(axes) + 1 or array.shape[:-1] != axes:
                    faults.add(
                        name,
                        say(
                            "has shape {found}, not {needed} and draws",
                            found=array.shape, needed=axes,
                        ),
                    )  # fmt: skip
            if self.fertility[0].any():
                faults.add("fertility", say("births to girls of age 0"))
            if len({size for size in self._draws() if size > 1}) > 1:
                faults.add("", say("the numbers of draws differ: {sizes}", sizes=self._draws()))

    def _leaving(self) -> Array:
        """The leavers of one pattern, whose shape is that of all."""
        moves = self.moves
        return moves.leaving if isinstance(moves, Moves) else moves.parts[0].leaving

    def _draws(self) -> tuple[int, ...]:
        rates = (self.survival, self.fertility, self.emigration, self.immigration)
        return (*(array.shape[-1] for array in rates), self.moves.draws)

    @property
    def draws(self) -> int:
        """Number of draws of the rates, 1 when they are shared by all draws."""
        return max(self._draws())


class Relocation(NamedTuple):
    """People moved from outside the rates: both (sex, age, region, draw), equal in sum."""

    out: Array
    into: Array


@dataclass(frozen=True)
class Change:
    """Everything that happens in one year; positive numbers of persons.

    births       : (sex, region, draw)
    deaths       : (sex, age, region, draw) by the age reached at the end of the year ("cohort
                   deaths"), in the region of 1 January or of birth; see `period_deaths`
    internal_in, internal_out, immigration, emigration, extra_in, extra_out
                 : (sex, age, region, draw) by the age reached at the end of the year; extra
                   moves are those of growth points, added at the end of the year
    flows        : (origin, destination, draw) internal moves of both sexes and all ages; without
                   draws where they were not asked for
    """

    births: Array
    deaths: Array
    internal_in: Array
    internal_out: Array
    flows: Array
    immigration: Array
    emigration: Array
    extra_in: Array
    extra_out: Array

    def apply(self, before: Array) -> Array:
        """The population on 1 January of the next year, (sex, age, region, draw).

        The accounting identity, and its only place:
        after = aged(before) + births - deaths + in - out + immigration - emigration.
        Raises RunError when more people are taken from a cell than there are.
        """
        after = np.empty(np.broadcast_shapes(before.shape, self.deaths.shape))
        np.subtract(before[:, :-1], self.deaths[:, 1:], out=after[:, 1:])
        after[:, -1] += before[:, -1]
        np.subtract(self.births, self.deaths[:, 0], out=after[:, 0])
        after -= self.emigration
        after -= self.internal_out
        after += self.internal_in
        after += self.immigration
        return self._with_extra(after, before)

    def further(self, ordinary: Array, before: Array) -> Array:
        """The same, where extra moves are all that came on top of an ordinary year.

        ordinary : what `apply` gave without them
        """
        return self._with_extra(ordinary.copy(), before)

    def _with_extra(self, after: Array, before: Array) -> Array:
        """The identity with its last terms, in place."""
        if not _is_one_zero(self.extra_in):
            after += self.extra_in
        if not _is_one_zero(self.extra_out):
            after -= self.extra_out
        if after.min(initial=0.0) < 0:
            _refuse_negative(after, aged(before))
            np.maximum(after, 0.0, out=after)
        return after

    def with_extra(self, moved: Relocation) -> Change:
        """The same year with further moves inside the country, added to the extra ones."""
        return replace(
            self, extra_in=self.extra_in + moved.into, extra_out=self.extra_out + moved.out
        )


def one_year(population: Array, rates: YearRates, *, flows: bool = True) -> Change:
    """Everything that happens to `population` in one year at `rates`; nothing is changed.

    population : (sex, age, region, draw) persons on 1 January
    flows      : whether moves by origin and destination are wanted, which many draws do without
    """
    draws = max(population.shape[-1], rates.draws)
    opening = _with_draws(population, draws)
    work = _Work(*(np.empty(opening.shape) for _ in _Work._fields))
    aged(opening, out=work.exposed)
    women = _one_way(slice(1, None), rates, work)
    births = _births(opening[0], women, rates)
    work.exposed[:, 0] = births
    _one_way(slice(0, 1), rates, work)
    nobody = np.broadcast_to(0.0, opening.shape)
    return Change(
        births=births,
        deaths=work.exposed,
        internal_in=work.into,
        internal_out=work.out,
        flows=rates.moves.flows(work.out) if flows else np.zeros((*2 * opening.shape[2:3], 0)),
        immigration=_with_draws(rates.immigration, draws),
        emigration=work.left,
        extra_in=nobody,
        extra_out=nobody,
    )


def period_deaths(deaths: Array, separation: Array) -> Array:
    """Deaths by age at death from deaths by the age reached at the end of the year.

    deaths     : (sex, age, ...) cohort deaths
    separation : (sex, age, ...) share that dies at the younger age
                 (`lifetable.separation_factors`)
    The sum over ages stays the same.
    """
    younger = deaths * separation
    younger[:, 0] = 0.0
    by_age = deaths - younger
    by_age[:, :-1] += younger[:, 1:]
    return by_age


class _Work(NamedTuple):
    """Arrays (sex, age, region, draw) that one year fills."""

    exposed: Array  # people by the age they reach; in the end their deaths
    left: Array  # emigrants
    out: Array  # leavers for other regions
    into: Array  # survivors; in the end arrivals from other regions


def _one_way(ages: slice, rates: YearRates, work: _Work) -> Array:
    """Deaths, emigrants, then movers out of the rest and into their destinations, some ages.

    Returns women at the end of the year after moves, emigrants still counted (timing "end"),
    (age, region, draw).
    """
    exposed, left, out, alive = (array[:, ages] for array in work)
    np.multiply(exposed, rates.survival[:, ages], out=alive)
    np.subtract(exposed, alive, out=exposed)
    np.multiply(alive, rates.emigration[:, ages], out=left)
    women: Array = alive[0].copy()
    np.subtract(alive, left, out=alive)
    rates.moves.move(ages, alive, out, alive)  # survivors are needed no more
    women -= out[0]
    women += alive[0]
    return women


def _births(women_before: Array, women_after: Array, rates: YearRates) -> Array:
    """Births by sex, (sex, region, draw), from the mean of the women at both ends.

    women_before, women_after : (age, region, draw) on 1 January, from age 0, and at the end of
                                the year, from age 1
    Preston, Heuveline & Guillot (2001), section 6.3; girls = births / (1 + sex ratio).
    """
    fertile = np.flatnonzero(rates.fertility.any(axis=(1, 2)))
    first, last = (fertile[0], fertile[-1] + 1) if len(fertile) else (1, 1)
    exposure = (women_before[first:last] + women_after[first - 1 : last - 1]) / 2
    births = (rates.fertility[first:last] * exposure).sum(axis=0)
    girls = births / (1 + rates.sex_ratio)
    return np.stack([girls, births - girls])


def _with_draws(array: Array, draws: int) -> Array:
    """The array with its last axis of length `draws`."""
    if array.shape[-1] == draws:
        return array
    if array.shape[-1] != 1:
        message = say("{found} draws where {needed} are meant", found=array.shape[-1], needed=draws)
        raise InputError(say("draws"), message)
    return np.broadcast_to(array, (*array.shape[:-1], draws))


def _is_one_zero(array: Array) -> bool:
    """Whether the array is a single zero spread over all cells, which need not be added."""
    return array.size > 0 and not any(array.strides) and bool(array.flat[0] == 0)


def _refuse_negative(after: Array, before: Array) -> None:
    """Raise RunError where a cell falls below zero by more than rounding."""
    missing = np.argwhere(after < -ROUNDING * np.maximum(before, 1.0))
    if not len(missing):
        return
    sex, age, region, _ = (int(place) for place in missing[0])
    raise RunError(
        say("population"),
        say(
            "{count} cells fall below zero; the first is {sex}, age {age}, region {region} "
            "(counted from 0)",
            count=len(missing), sex=say(SEXES[sex]), age=age, region=region,
        ),
    )  # fmt: skip
