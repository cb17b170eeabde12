"""The cohort-component method for one population, on plain arrays of any country.

Conventions of the United Nations (2022 and 2024): survivors by life-table ratios, births from
the mean of the women at both ends of a step, girls = births / (1 + sex ratio), newborns
survive by S(0). Sexes are female, male, in that order. Sources: Preston, Heuveline & Guillot
(2001), sections 6.3 and 6.4; United Nations (2022), Methodology Report.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.demography.infancy import A0_RULES
from forecast.demography.lifetable import (
    ABRIDGED,
    life_table,
    separation_factors,
    survival_ratios,
)
from forecast.demography.step import ROUNDING, aged, period_deaths
from forecast.errors import Fault, Faults, InputError, collect, did_you_mean
from forecast.space import SEXES
from forecast.words import say, say_n

Array = NDArray[np.float64]

STEPS = (1, 5)
TIMINGS = ("end", "even")
EXPOSURES = ("mean", "published_mean")
HIGHEST_RATE = 4.0  # deaths per person-year; above it the rates are per 1,000
HIGHEST_RATIO = 10.0  # boys per girl; above it the ratio is per 100
HIGHEST_ASFR = 1.0  # births per woman-year; above it the rates are per 1,000


@dataclass(frozen=True)
class CohortProjection:
    """A projection of one population; axes (year, sex, age), sexes female, male.

    population    : (years + 1, sex, age) persons at the start of each step and at the end
    births        : (year, sex) persons born in each step
    births_by_age : (year, age) the same by age group of the mother
    deaths        : (year, sex, age) by the age group reached at the end of the step, 0 being
                    those born in it ("cohort deaths")
    period_deaths : (year, sex, age) by age group at death; same sums as `deaths`
    net_migration : (year, sex, age) as put in
    survival      : (year, sex, age) ratios used
    step          : years per step
    """

    population: Array
    births: Array
    births_by_age: Array
    deaths: Array
    period_deaths: Array
    net_migration: Array
    survival: Array
    step: int


def project_cohorts(
    population: ArrayLike,
    mx: ArrayLike,
    asfr: ArrayLike,
    sex_ratio: ArrayLike,
    net_migration: ArrayLike | None = None,
    *,
    step: int = 1,
    timing: str = "end",
    birth_exposure: str = "mean",
    a0: str | ArrayLike = "cd-west",
) -> CohortProjection:
    """Project a population by age and sex with given rates; one step per year of `mx`.

    population    : (sex, age) persons at the start, or (years + 1, sex, age) published
                    populations, of which the first is projected
    mx            : (year, sex, age) deaths per person-year; for step 5 abridged, one age more
                    than the population (0, 1-4, 5-9, ...); the last age is open
    asfr          : (year, age) births per woman-year, ages as in the population
    sex_ratio     : boys per girl at birth, a number or (year,)
    net_migration : (year, sex, age) persons per step, by age at the end of the step; None is a
                    closed population
    step          : 1, single years of age and time, or 5, five-year groups and steps
    timing        : "end", migrants come at the end and neither die nor give birth in the step;
                    "even", half of them at the start and half at the end
    birth_exposure : "mean" of the women at the start and at the end (before migrants of the
                    end timing); "published_mean" of the published populations instead
    a0            : "cd-west", "andreev-kingkade", or a(0) itself, (year, sex)
    Raises InputError with all faults of the arguments together, and when net migration takes
    more people than there are.
    """
    data = _read(population, mx, asfr, sex_ratio, net_migration)
    _check(data, step, timing, birth_exposure, a0)
    by_sex = np.moveaxis(data.mx, 0, -1)  # (sex, age, year), the layout of the life table
    table = life_table(
        by_sex,
        ages=ABRIDGED if step == 5 else None,
        a0=a0 if isinstance(a0, str) else _a0_by_sex(a0, data.mx.shape[:2]),
    )
    survival = np.moveaxis(survival_ratios(table), -1, 0)
    separation = np.moveaxis(separation_factors(table), -1, 0)
    published = data.population[:, 0] if birth_exposure == "published_mean" else None
    return _carry(data, survival, separation, step, early=timing == "even", published=published)


def project_survivors(
    population: ArrayLike,
    survival: ArrayLike,
    asfr: ArrayLike,
    sex_ratio: float,
    net_migration: ArrayLike | None = None,
    *,
    step: int = 1,
    timing: str = "end",
) -> tuple[Array, Array, Array]:
    """One step with survival ratios in place of death rates.

    population, survival, net_migration : (sex, age); survival into each age group as in
    `lifetable.survival_ratios`; asfr : (age,) births per woman-year; timing as above
    Returns the population at the end (sex, age), births by age of mother (age,) and cohort
    deaths (sex, age), persons. The arguments are not checked.
    """
    start = np.asarray(population, dtype=float)
    migrants = np.zeros_like(start) if net_migration is None else np.asarray(net_migration)
    result = _one_step(
        start, np.asarray(survival, dtype=float), np.asarray(asfr, dtype=float) * step,
        sex_ratio, migrants, early=timing == "even", exposure=None,
    )  # fmt: skip
    return result.population, result.mothers, result.deaths


class _Data(NamedTuple):
    """The arguments as arrays; `population` has a leading year axis."""

    population: Array
    mx: Array
    asfr: Array
    sex_ratio: Array
    net_migration: Array


class _Step(NamedTuple):
    population: Array  # (sex, age) at the end; may be negative by net migration
    births: Array  # (sex,)
    mothers: Array  # (age,)
    deaths: Array  # (sex, age)
    exposed: Array  # (sex, age) people by the age they reach; may be negative, too


def _carry(
    data: _Data,
    survival: Array,
    separation: Array,
    step: int,
    *,
    early: bool,
    published: Array | None,
) -> CohortProjection:
    """All steps; `published` are the women (year, age) whose means bear the children."""
    years = range(len(data.mx))
    stock, steps = [data.population[0]], []
    for year in years:
        exposure = None if published is None else (published[year] + published[year + 1]) / 2
        result = _one_step(
            stock[-1], survival[year], data.asfr[year] * step, data.sex_ratio[year],
            data.net_migration[year], early=early, exposure=exposure,
        )  # fmt: skip
        _refuse_negative(result, year, step)
        stock.append(np.maximum(result.population, 0.0))
        steps.append(result)
    return CohortProjection(
        population=np.stack(stock),
        births=np.stack([result.births for result in steps]),
        births_by_age=np.stack([result.mothers for result in steps]),
        deaths=np.stack([result.deaths for result in steps]),
        period_deaths=np.stack(
            [period_deaths(steps[year].deaths, separation[year]) for year in years]
        ),
        net_migration=data.net_migration,
        survival=survival,
        step=step,
    )


def _one_step(
    start: Array,
    survival: Array,
    fertility: Array,
    sex_ratio: float,
    net_migration: Array,
    *,
    early: bool,
    exposure: Array | None,
) -> _Step:
    """One step; `fertility` in births per woman in the step, `exposure` women when published."""
    at_start = start + net_migration / 2 if early else start
    within = net_migration / 2 if early else np.zeros_like(net_migration)
    exposed = aged(at_start)
    survivors = exposed * survival
    if exposure is None:
        exposure = (at_start[0] + survivors[0] + within[0]) / 2
    mothers = fertility * exposure
    total = mothers.sum()
    girls = total / (1 + sex_ratio)
    births = np.array([girls, total - girls])
    exposed[:, 0] = births
    survivors[:, 0] = births * survival[:, 0]
    after = survivors + (within if early else net_migration)
    return _Step(after, births, mothers, exposed - survivors, exposed)


def _read(
    population: ArrayLike,
    mx: ArrayLike,
    asfr: ArrayLike,
    sex_ratio: ArrayLike,
    net_migration: ArrayLike | None,
) -> _Data:
    """Arguments as float arrays of the right number of axes; faults of axes come together."""
    arrays: dict[str, Array] = {}
    given = {
        "population": (population, (2, 3)), "mx": (mx, (3,)), "asfr": (asfr, (2,)),
        "sex_ratio": (sex_ratio, (0, 1)), "net_migration": (net_migration, (3,)),
    }  # fmt: skip
    with collect("project_cohorts") as faults:
        for name, (values, axes) in given.items():
            if values is None:
                continue
            try:
                arrays[name] = np.asarray(values, dtype=float)
            except (TypeError, ValueError):
                faults.add(name, say("is not an array of numbers"))
                continue
            if arrays[name].ndim not in axes:
                faults.add(
                    name,
                    say("has shape {found}", found=arrays[name].shape),
                    say("number of axes: {needed}", needed=", ".join(map(str, axes))),
                )
    people, rates = arrays["population"], arrays["mx"]
    people = people[np.newaxis] if people.ndim == 2 else people
    closed = np.zeros((len(rates), *people.shape[1:]))
    ratio = arrays["sex_ratio"]
    ratio = np.full(len(rates), ratio) if ratio.ndim == 0 else ratio
    return _Data(people, rates, arrays["asfr"], ratio, arrays.get("net_migration", closed))


def _check(data: _Data, step: int, timing: str, birth_exposure: str, a0: str | ArrayLike) -> None:
    """Raise InputError with every fault of the options, shapes and values."""
    with collect("project_cohorts") as faults:
        if step not in STEPS:
            faults.add("step", say("{value} is neither 1 nor 5", value=step))
        _check_word(faults, "timing", timing, TIMINGS)
        _check_word(faults, "birth_exposure", birth_exposure, EXPOSURES)
        if isinstance(a0, str):
            _check_word(faults, "a0", a0, tuple(A0_RULES))
        if step in STEPS and _check_shapes(faults, data, step, birth_exposure, a0):
            _check_values(faults, data, step, birth_exposure)


def _check_word(faults: Faults, name: str, word: str, known: tuple[str, ...]) -> None:
    if word not in known:
        faults.add(name, say("no option '{name}'", name=word), did_you_mean(str(word), known))


def _check_shapes(
    faults: Faults, data: _Data, step: int, birth_exposure: str, a0: str | ArrayLike
) -> bool:
    """Whether all arrays fit each other; the ages are those of the population."""
    years, ages = len(data.mx), data.population.shape[-1]
    needed = {
        "population": (len(data.population), len(SEXES), max(ages, 3)),
        "mx": (years, len(SEXES), ages + (step == 5)),
        "asfr": (years, ages),
        "sex_ratio": (years,),
        "net_migration": (years, len(SEXES), ages),
    }
    if birth_exposure == "published_mean":
        needed["population"] = (years + 1, len(SEXES), max(ages, 3))
    before = len(faults)
    if years == 0:
        faults.add("mx", say("there is no year to project"))
    for name, shape in needed.items():
        found = getattr(data, name).shape
        if found != shape:
            faults.add(
                name, say("has shape {found}", found=found), say("give {needed}", needed=shape)
            )
    if not isinstance(a0, str) and np.shape(a0) not in ((), (years, len(SEXES))):
        faults.add(
            "a0",
            say("has shape {found}", found=np.shape(a0)),
            say("give {needed}", needed=(years, len(SEXES))),
        )
    return len(faults) == before


def _check_values(faults: Faults, data: _Data, step: int, birth_exposure: str) -> None:
    """Missing, negative and impossible numbers, each with the place of the first one."""
    single = np.arange(data.population.shape[-1]) * step
    abridged = np.append([0, 1], single[1:])
    people = data.population if birth_exposure == "published_mean" else data.population[:1]
    per_year = say("a number is too large; rates are per person-year, not per 1,000")
    per_girl = say("a number is too large; give boys per girl, for instance 1.06")
    plan = (
        ("population", people, single, np.inf, ""),
        ("mx", data.mx, abridged if step == 5 else single, HIGHEST_RATE, per_year),
        ("asfr", data.asfr, single, HIGHEST_ASFR, per_year),
        ("sex_ratio", data.sex_ratio, single, HIGHEST_RATIO, per_girl),
    )
    missing = say("a number is missing or infinite")
    for name, values, ages, highest, too_large in plan:
        _check_cells(faults, name, values, ~np.isfinite(values), ages, missing)
        _check_cells(faults, name, values, values < 0, ages, say("a number is negative"))
        over = np.isfinite(values) & (values > highest)
        _check_cells(faults, name, values, over, ages, too_large)
    net, closing = data.net_migration, data.mx[..., -1:]
    _check_cells(faults, "net_migration", net, ~np.isfinite(net), single, missing)
    message = say("the death rate of the open age is 0, nobody would ever die")
    _check_cells(faults, "mx", closing, closing == 0, abridged[-1:], message)
    message = say("births to girls of the first age")
    _check_cells(faults, "asfr", data.asfr[:, :1], data.asfr[:, :1] > 0, single, message)


def _check_cells(
    faults: Faults,
    name: str,
    values: Array,
    wrong: NDArray[np.bool_],
    ages: NDArray[np.int_],
    message: str,
) -> None:
    """Add one fault for all cells that are `wrong`, with the place of the first."""
    places = np.argwhere(wrong)
    if not len(places):
        return
    first = tuple(int(number) for number in places[0])
    where = [name, say("year {number} (counted from 0)", number=first[0])]
    if values.ndim == 3:
        where.append(say(SEXES[first[1]]))
    if values.ndim > 1:
        where.append(say("age {age}", age=int(ages[first[-1]])))
    count = say_n("{n} cell", "{n} cells", len(places))
    faults.add(", ".join(where), f"{message} ({count})")


def _refuse_negative(result: _Step, year: int, step: int) -> None:
    """Raise InputError where net migration took more people than there were."""
    allowed = -ROUNDING * np.maximum(np.abs(result.exposed), 1.0)
    places = np.argwhere(np.minimum(result.population, result.exposed) < allowed)
    if len(places):
        sex, age = (int(place) for place in places[0])
        where = ", ".join([
            "net_migration", say("year {number} (counted from 0)", number=year),
            say(SEXES[sex]), say("age {age}", age=age * step),
        ])  # fmt: skip
        count = say_n("{n} cell", "{n} cells", len(places))
        message = say("more people leave than there are")
        raise InputError("project_cohorts", [Fault(where, f"{message} ({count})")])


def _a0_by_sex(a0: ArrayLike, shape: tuple[int, ...]) -> Array:
    """a(0) as (sex, year) from (year, sex) or one number."""
    given = np.broadcast_to(np.asarray(a0, dtype=float), shape)
    if not ((given >= 0) & (given <= 1)).all():
        raise InputError("a0", say("a(0) lies between 0 and 1 year"))
    return given.T
