"""Age schedules in closed form or from five-year groups: migration, fertility, mortality.

Pure functions on arrays; ages are completed years 0..100 (the last one open) and a rate of age
x is taken at exact age x + 1/2.

Sources: Rogers & Castro (1981), Model Migration Schedules, IIASA RR-81-30; Rogers, Raquillet &
Castro (1978) for the eleven-parameter form; Preston, Heuveline & Guillot (2001), chapter 5.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.errors import Faults, InputError
from forecast.space import AGES, OPEN_AGE
from forecast.words import say

Array = NDArray[np.float64]

MIDDLES: Array = np.asarray(AGES, dtype=float) + 0.5  # exact ages of the single-year rates


@dataclass(frozen=True)
class MigrationCurve:
    """Parameters of a Rogers-Castro schedule; the defaults are its usual starting values.

    a1, alpha1                : level and fall of the children's curve
    a2, alpha2, mu2, lambda2  : level, fall, place and rise of the labour-force curve
    a3, alpha3, mu3, lambda3  : the same for retirement; a3 = 0 leaves the seven-parameter form
    c                         : the constant that no age falls below
    a4, lambda4               : level at age 0 and rise of the upward slope of the elderly; a4 = 0
                                leaves it out
    """

    a1: float = 0.02
    alpha1: float = 0.1
    a2: float = 0.06
    alpha2: float = 0.1
    mu2: float = 20.0
    lambda2: float = 0.4
    c: float = 0.003
    a3: float = 0.0
    alpha3: float = 0.5
    mu3: float = 62.0
    lambda3: float = 0.3
    a4: float = 0.0
    lambda4: float = 0.05

    def __post_init__(self) -> None:
        faults = Faults()
        for field in fields(self):
            value = getattr(self, field.name)
            if not value >= 0:
                faults.add(field.name, say("{value} is below zero or missing", value=value))
        if faults:
            raise InputError(say("migration by age"), faults)


def rogers_castro(curve: MigrationCurve, ages: ArrayLike = MIDDLES) -> Array:
    """Moves per person-year at the exact `ages`, the shape of `ages` (Rogers & Castro 1981).

    m(x) = a1 exp(-alpha1 x) + a2 exp(-alpha2 (x - mu2) - exp(-lambda2 (x - mu2)))
         + a3 exp(-alpha3 (x - mu3) - exp(-lambda3 (x - mu3))) + a4 exp(lambda4 x) + c

    Seven parameters: a3 = a4 = 0. Eleven: the retirement peak, a4 = 0. Nine: the upward slope of
    the elderly in its place, a3 = 0 (the retirement slope of Rogers & Castro 1981; Rogers &
    Watkins 1987, Research on Aging 9, number it a3, alpha3). Thirteen: both (Rogers, Little &
    Raymer 2010, The Indirect Estimation of Migration, whose numbering is used here).
    """
    age = np.asarray(ages, dtype=float)
    children = curve.a1 * np.exp(-curve.alpha1 * age)
    labour = _double(age, curve.a2, curve.alpha2, curve.mu2, curve.lambda2)
    retirement = _double(age, curve.a3, curve.alpha3, curve.mu3, curve.lambda3)
    elderly = curve.a4 * np.exp(curve.lambda4 * age) if curve.a4 else np.zeros_like(age)
    return children + labour + retirement + elderly + curve.c


def scaled(curve: MigrationCurve, **factors: float) -> MigrationCurve:
    """The curve with some of its parameters multiplied: scaled(curve, a2=0.5)."""
    return replace(curve, **{name: getattr(curve, name) * by for name, by in factors.items()})


def _double(age: Array, level: float, fall: float, place: float, rise: float) -> Array:
    """A double exponential; far below its place the inner one may overflow to an exact zero."""
    if level == 0:
        return np.zeros_like(age)
    with np.errstate(over="ignore"):
        return level * np.exp(-fall * (age - place) - np.exp(-rise * (age - place)))


def fertility_pattern(first_ages: ArrayLike, shares: ArrayLike) -> Array:
    """Shares of total fertility by single age 0..100, summing to 1, from closed age groups.

    first_ages : first age of each group, ascending, with the first age after the last group
                 at the end: 10, 15, ..., 50, 55
    shares     : shares of the groups, one fewer; any total
    A clamped cubic spline through the cumulative shares (McNeil, Trussell & Turner 1977),
    so that every group keeps its share; where it would fall, no births are counted.
    """
    from scipy.interpolate import CubicSpline

    edges = np.asarray(first_ages, dtype=float)
    parts = np.asarray(shares, dtype=float)
    _refuse_groups(edges, parts, 1)
    cumulated = np.concatenate([[0.0], np.cumsum(parts)]) / parts.sum()
    curve = CubicSpline(edges, cumulated, bc_type="clamped")
    singles = np.arange(edges[0], edges[-1] + 1)
    pattern = np.zeros(len(AGES))
    steps = np.maximum(np.diff(curve(singles)), 0.0)
    groups = np.searchsorted(edges, singles[:-1], side="right") - 1
    found = np.bincount(groups, weights=steps, minlength=len(parts))
    wanted = parts / parts.sum()
    factor = np.divide(wanted, found, out=np.zeros_like(wanted), where=found > 0)
    pattern[singles[:-1].astype(int)] = steps * factor[groups]
    return pattern


def mean_age_at_birth(pattern: ArrayLike, women: ArrayLike | None = None) -> float:
    """Mean age of mothers, years: of the rates, or of the births when `women` are given.

    pattern, women : (age,) rates (any level) and women, ages 0..100
    """
    weights = np.asarray(pattern, dtype=float)
    if women is not None:
        weights = weights * np.asarray(women, dtype=float)
    return float((weights * MIDDLES).sum() / weights.sum())


def shift_to_mean_age(pattern: ArrayLike, mean: float, women: ArrayLike | None = None) -> Array:
    """The pattern moved along the age axis until its mean age at birth is `mean`; sums to 1.

    With `women`, (age,), it is the mean age of the births that is met. The cumulative
    pattern is moved, so a shift by part of a year is as smooth as one by whole years.
    """
    from scipy.interpolate import PchipInterpolator

    shares = np.asarray(pattern, dtype=float) / np.sum(pattern)
    cumulated = PchipInterpolator(
        np.arange(len(shares) + 1), np.concatenate([[0.0], np.cumsum(shares)]), extrapolate=False
    )

    def moved(years: float) -> Array:
        edges = np.clip(np.arange(len(shares) + 1) - years, 0, len(shares))
        return np.diff(cumulated(edges))

    years = 0.0
    for _ in range(60):
        miss = mean - mean_age_at_birth(moved(years), women)
        years += miss
        if abs(miss) < 1e-10:
            found = moved(years)
            return found / found.sum()
    raise InputError(
        say("fertility"), say("no shift of the age pattern has the mean age {mean}", mean=mean)
    )


def single_year_rates(first_ages: ArrayLike, rates: ArrayLike) -> Array:
    """Death rates by single age 0..100 from those of the groups 0, 1-4, 5-9, ..., open.

    first_ages, rates : first age of each group, ascending from 0, and its rate, (group, ...)
    A monotone cubic (Fritsch-Carlson) through the logarithms at the middles of the groups
    keeps the rise with age that the groups have; ages 0 and 100+ keep their own rates.
    Level the result on a life expectancy afterwards.
    """
    from scipy.interpolate import PchipInterpolator

    first = np.asarray(first_ages, dtype=float)
    level = np.asarray(rates, dtype=float)
    if not (level > 0).all():
        raise InputError(say("mortality"), say("a death rate is zero, negative or missing"))
    middles = np.concatenate([(first[1:-1] + first[2:]) / 2, [first[-1] + 2.0]])
    curve = PchipInterpolator(middles, np.log(level[1:]), axis=0)
    single = np.empty((len(AGES), *level.shape[1:]))
    single[0] = level[0]
    # Below the middle of the first group the curve has no point; its first value stands there.
    single[1:OPEN_AGE] = np.exp(curve(np.maximum(MIDDLES[1:OPEN_AGE], middles[0])))
    single[OPEN_AGE] = level[-1]
    return single


def _refuse_groups(edges: Array, parts: Array, more: int) -> None:
    if len(edges) != len(parts) + more or (np.diff(edges) <= 0).any():
        message = say(
            "{edges} group limits for {groups} groups", edges=len(edges), groups=len(parts)
        )
        raise InputError(say("age groups"), message)
    if not (parts >= 0).all() or not parts.sum() > 0:
        raise InputError(say("age groups"), say("a share is negative or missing, or all are zero"))
