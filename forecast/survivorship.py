"""Mortality of a run: the path of death rates, its variants, and draws about it.

The last registered rates of each region fall by what the fitted model says (see
estimate/mortality_model.py): a Lee-Carter index of both sexes that starts at 0 in the last
registered year, so there is no jump. Regions keep their distance to the nation.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.assumptions import Note
from forecast.demography.lee_carter import rotated_change
from forecast.demography.lifetable import (
    brass_relational,
    life_expectancy,
    match_life_expectancy,
)
from forecast.errors import InputError
from forecast.fitted import Fitted, fitted
from forecast.space import SEXES
from forecast.tables import Mortality, Population
from forecast.words import mark, say
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.scenario.schema import Mortality as MortalitySaid
    from forecast.scenario.series import Series

Array = NDArray[np.float64]

COMPONENT = mark("mortality")
SIGNS = np.array([1.0, -1.0])  # of the gap of the sexes: women, men; SEXES in this order
# Standard deviations of the index from its middle: one path in ten lies beyond either variant.
VARIANTS = {mark("low"): -1.2815515655446004, mark("medium"): 0.0, mark("high"): 1.2815515655446004}
VARIANT_WORDS = {
    "low": mark("Low mortality: one path in ten of the model has lower death rates."),
    "high": mark("High mortality: one path in ten of the model has higher death rates."),
}


class MortalityDraws(NamedTuple):
    """Draws about the central path, added to logarithms of death rates; the median is 0.

    pattern : (year, age) change of log death rates for each unit of the index
    nation  : (year, sex, draw) the index of the nation about its middle
    region  : (year, region, draw) further deviation of a region; it does not move the nation
    """

    pattern: Array
    nation: Array
    region: Array

    def log_factor(self, number: int, block: slice) -> Array:
        """(sex, age, draw) deviation of the nation in year number `number`."""
        index = self.nation[number][:, np.newaxis, block]
        factor: Array = self.pattern[number][:, np.newaxis] * index
        return factor


def mortality_path(
    dataset: Dataset, population: Array, years: Sequence[int], said: MortalitySaid
) -> tuple[Array, Note]:
    """(year, sex, age, region) death rates per person-year and the note on them.

    population : (sex, age, region) persons on 1 January of the first year; they weight the
                 regions to the nation in every year, so that its life expectancy changes with
                 the rates alone
    Raises InputError when the package has no fitted model or the years go beyond its path.
    """
    model = fitted(dataset, COMPONENT)
    last = int(model.number("last_year"))
    level = _level(dataset, last)
    nation = national_rates(level, population)
    variant = said.variant or "medium"
    change, _, _ = rotated_change(
        np.log(nation), _pattern(model), index_path(model, years, variant)
    )
    path = level * np.exp(change)[..., np.newaxis]
    if said.e0 is not None:
        path = _levelled(path, population, said.e0, years)
    reached = life_expectancy(national_rates(path[-1], population))
    now = life_expectancy(nation)
    text = say(
        "Level: deaths registered in {year} and the last published life expectancy of each "
        "region; that of the nation is {women} years for women, {men} for men.",
        year=last, women=number(now[0], 1), men=number(now[1], 1),
    )  # fmt: skip
    if said.e0 is None:
        text += " " + _words(model, variant)
    else:
        text += " " + say("Life expectancy of the nation follows the path of the scenario.")
    text += " " + say(
        "In {until} life expectancy is {women} years for women, {men} for men; death rates of "
        "regions keep their ratio to the nation.",
        until=years[-1], women=number(reached[0], 1), men=number(reached[1], 1),
    )  # fmt: skip
    source = say(
        "registered deaths, published life expectancy; UN World Population Prospects {year}",
        year=int(model.number("revision")),
    )
    return path, Note(say("Mortality"), text, source, "assumption")


def national_rates(rates: Array, population: Array) -> Array:
    """(..., sex, age) death rates of the nation: regions weighted by their people.

    rates (..., sex, age, region), population (sex, age, region). Where nobody is, all regions
    count alike.
    """
    people = population.sum(axis=-1, keepdims=True)
    even = np.full(population.shape, 1 / population.shape[-1])
    weight = np.divide(population, people, out=even, where=people > 0)
    nation: Array = (rates * weight).sum(axis=-1)
    return nation


def index_path(model: Fitted, years: Sequence[int], variant: str = "medium") -> Array:
    """(year, sex) the index relative to the last registered year, of a variant."""
    last = int(model.number("last_year"))
    ahead = _ahead(model, years)
    later = [year for year in years if year > last]
    middle = np.zeros(len(years))
    middle[ahead > 0] = model.by_year("k", later)
    middle += VARIANTS[variant] * index_spread(model, ahead)
    gap = model.number("sex_gap") * (model.number("sex_rho") ** ahead - 1)
    both: Array = middle[:, np.newaxis] + gap[:, np.newaxis] * SIGNS
    return both


def index_spread(model: Fitted, ahead: Array) -> Array:
    """(year,) standard deviation of the index `ahead` years on: steps, drift, long-run pace."""
    faded = _faded(model, ahead)
    steps = model.number("step") ** 2 * ahead
    drift = (model.number("drift_error") * faded) ** 2
    pace = (model.number("pace_error") * (ahead - faded)) ** 2
    spread: Array = np.sqrt(steps + drift + pace)
    return spread


def mortality_draws(
    dataset: Dataset, years: Sequence[int], generator: np.random.Generator, draws: int
) -> MortalityDraws:
    """Draws about the central path of calendar `years`, which run on year by year.

    One draw is a row of the normals, so the first draws do not depend on how many there are.
    The index is drawn about its middle and spread over ages by the pattern of the year, linear
    in logarithms; the gap of the sexes and the regions are autoregressions that start at 0.
    """
    model = fitted(dataset, COMPONENT)
    last = int(model.number("last_year"))
    ahead = np.arange(1, max(int(years[-1]) - last, 0) + 1)
    keep = np.asarray([int(year) - last - 1 for year in years])
    if (keep < 0).any():
        message = say("draws begin after {year}", year=last)
        raise InputError(say("mortality"), message)
    count, regions = len(ahead), len(dataset.space)
    normal = generator.standard_normal((draws, 2 + count * (2 + regions)))
    drift, pace = normal[:, :1], normal[:, 1:2]
    steps, sexes = normal[:, 2 : 2 + count], normal[:, 2 + count : 2 + 2 * count]
    places = normal[:, 2 + 2 * count :].reshape(draws, count, regions)
    faded = _faded(model, ahead.astype(float))
    index = model.number("step") * steps.cumsum(axis=1)
    index += model.number("drift_error") * drift * faded
    index += model.number("pace_error") * pace * (ahead - faded)
    gap = _autoregressive(sexes, model.number("sex_rho")) * model.number("sex_sigma")
    own = _autoregressive(places, model.number("rho")) * model.number("sigma")
    if regions > 1:  # distances to the nation: they do not move it, and keep their size
        own = (own - own.mean(axis=2, keepdims=True)) * np.sqrt(regions / (regions - 1))
    both = index[:, keep, np.newaxis] + gap[:, keep, np.newaxis] * SIGNS  # (draw, year, sex)
    pattern = _central_pattern(dataset, model, years)  # (year, age)
    by_year = np.ascontiguousarray(both.transpose(1, 2, 0))
    return MortalityDraws(pattern, by_year, np.ascontiguousarray(own[:, keep].transpose(1, 2, 0)))


def _words(model: Fitted, variant: str) -> str:
    text = say(
        "Death rates go on falling: at first as fast as since {first}, year by year closer to "
        "{share} of that, the long-run pace of the UN {revision} medium variant.",
        first=int(model.number("first_year")), revision=int(model.number("revision")),
        share=per_cent(100 * model.number("pace") / model.number("drift"), 0),
    )  # fmt: skip
    return text if variant == "medium" else f"{text} {say(VARIANT_WORDS[variant])}"


def _central_pattern(dataset: Dataset, model: Fitted, years: Sequence[int]) -> Array:
    """(year, age) pattern of the central path, turned where life expectancy is high."""
    last = int(model.number("last_year"))

    def read() -> Array:
        frame = dataset.table("estimated/population")
        chosen = frame[frame["year"] == last + 1]
        source = "estimated/population.csv"
        people = Population.from_frame(chosen, dataset.space, source=source).values
        return np.log(national_rates(_level(dataset, last), people))

    def turn() -> Array:
        nation = dataset.once(("national mortality", last), read)
        return rotated_change(nation, _pattern(model), index_path(model, years))[1]

    return dataset.once(("pattern of mortality", tuple(years)), turn)


def _level(dataset: Dataset, year: int) -> Array:
    """(sex, age, region) death rates of the last registered year."""

    def read() -> Array:
        frame = dataset.table("estimated/mortality")
        chosen, source = frame[frame["year"] == year], "estimated/mortality.csv"
        return Mortality.from_frame(chosen, dataset.space, source=source).values

    return dataset.once(("mortality", year), read)


def _pattern(model: Fitted) -> Array:
    """(age,) the pattern of both sexes; its sum of 1 lost digits in the table."""
    pattern = model.by_age("b").mean(axis=0)
    whole: Array = pattern / pattern.sum()
    return whole


def _ahead(model: Fitted, years: Sequence[int]) -> Array:
    """(year,) years after the last registered one; raises InputError beyond the path."""
    last, end = int(model.number("last_year")), model.years("k")[-1]
    beyond = [str(year) for year in years if year > end or year < last]
    if beyond:
        message = say(
            "{measure}: no value for {years}; choose an earlier horizon with --until or 'until'",
            measure=say(COMPONENT), years=", ".join(beyond[:3]),
        )  # fmt: skip
        raise InputError("estimated/models.csv", message)
    return np.asarray(years, dtype=float) - last


def _faded(model: Fitted, ahead: Array) -> Array:
    """Years at the pace of the past among those ahead, when it fades."""
    damping = model.number("damping")
    total: Array = damping * (1 - damping**ahead) / (1 - damping)
    return total


def _autoregressive(normal: Array, rho: float) -> Array:
    """x(t) = rho x(t-1) + e(t) from 0 along axis 1 of (draw, year, ...)."""
    path = np.empty_like(normal)
    before = np.zeros_like(normal[:, 0])
    for year in range(normal.shape[1]):
        before = rho * before + normal[:, year]
        path[:, year] = before
    return path


def _levelled(path: Array, population: Array, e0: Any, years: Sequence[int]) -> Array:
    """The death rates, moved by Brass's alpha of the nation to the life expectancy given."""
    moved = path.copy()
    nation = national_rates(path, population)
    for place, sex in enumerate(SEXES):
        for when, target in enumerate(_given(getattr(e0, sex), years)):
            if np.isnan(target):
                continue
            alpha = match_life_expectancy(nation[when, place], sex, target).alpha
            moved[when, place] = brass_relational(path[when, place], alpha, sex=sex)
    return moved


def _given(series: Series | None, years: Sequence[int]) -> Array:
    """(year,) a path of the scenario, NaN in the years of which it says nothing."""
    return np.full(len(years), np.nan) if series is None else series.over(years)
