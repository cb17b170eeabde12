"""Life tables, survival ratios, and mortality levelled on a life expectancy.

Pure functions on arrays. Two layouts, one rule: with `sex` given ("female" or "male") the
age axis comes first, (age, ...); without it a sex axis (female, male) stands before it,
(sex, age, ...), as in every kernel array. Further axes (region, draw, year) follow and are
carried along. The last age is open; the radix is 1.

Sources: Preston, Heuveline & Guillot (2001), chapter 3; Greville's a(x) as in United Nations
(1982), Model Life Tables for Developing Countries, p. 31; a(0) and 4a1: see infancy.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.demography.infancy import WEST, by_sex, infant_years
from forecast.errors import InputError, RunError, collect, did_you_mean
from forecast.words import say

Array = NDArray[np.float64]

ABRIDGED = "abridged"  # ages 0, 1, 5, 10, ...
LEAST_AX = 0.97  # United Nations (Mortpak) floor of Greville's a(x) in five-year groups
TOLERANCE = 1e-9  # years of life expectancy


@dataclass(frozen=True)
class LifeTable:
    """Columns of a life table with radix 1; all have the shape of the rates put in.

    start, width : (age,) first age and width of each group, years; the last width is infinite
    mx deaths per person-year, qx probability of dying in the group, ax mean years lived in
    the group by those who die there, lx survivors to exact age, dx deaths, Lx person-years
    in the group, Tx person-years above, ex life expectancy, years.
    """

    start: Array
    width: Array
    age_axis: int
    mx: Array
    qx: Array
    ax: Array
    lx: Array
    dx: Array
    Lx: Array
    Tx: Array
    ex: Array

    @property
    def e0(self) -> Array:
        """Life expectancy at birth, years; the shape of the rates without their age axis."""
        return np.asarray(np.take(self.ex, 0, axis=self.age_axis))


class Levelled(NamedTuple):
    """Mortality levelled on a life expectancy: the rates and the Brass level that gave them."""

    mx: Array
    alpha: Array


def life_table(
    mx: ArrayLike,
    sex: str | None = None,
    *,
    ages: ArrayLike | str | None = None,
    a0: str | ArrayLike = "cd-west",
    ax: ArrayLike | None = None,
) -> LifeTable:
    """The life table of the death rates `mx`.

    mx   : (age, ...) with `sex`, else (sex, age, ...); deaths per person-year, open age > 0
    ages : None for single years from 0, "abridged" for 0, 1, 5, 10, ..., or the first ages
    a0   : "cd-west", "andreev-kingkade", or a(0) itself, (...) or (sex, ...)
    ax   : all a(x) as given (the open age is always 1/m); replaces every rule
    a(x) is half a year in single ages; Coale-Demeny in 1-4; 2.5 in 5-9 and 10-14; Greville's
    from 15 on in five-year groups. q = n m / (1 + (n - a) m); where that is above 1, the
    hazard is constant within the group instead. L of the open age is l / m.
    Raises InputError for an unknown rule, or when the first group is not age 0 alone and
    `ax` is not given.
    """
    rates, back = _age_first(np.asarray(mx, dtype=float), sex)
    start, width = _groups(ages, len(rates))
    column = (-1,) + (1,) * (rates.ndim - 1)
    steps = width[:-1].reshape(column)
    if ax is None:
        years = _average_years(rates, start, width, sex, a0)
    else:
        given = np.asarray(ax, dtype=float)
        given = given.reshape(column) if given.ndim == 1 else _age_first(given, sex)[0]
        years = np.broadcast_to(given[:-1], (len(rates) - 1, *rates.shape[1:]))
    dying, years = _probabilities(rates[:-1], years, steps)
    ones = np.ones((1, *rates.shape[1:]))
    alive = np.concatenate([ones, np.cumprod(1 - dying, axis=0)])
    dead = np.concatenate([alive[:-1] - alive[1:], alive[-1:]])
    lived = np.concatenate([steps * alive[1:] + years * dead[:-1], alive[-1:] / rates[-1:]])
    above = np.cumsum(lived[::-1], axis=0)[::-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        expected = np.where(alive > 0, above / alive, 0.0)
    return LifeTable(
        start, width, 0 if sex is not None else 1,
        *(back(values) for values in (
            rates, np.concatenate([dying, ones]), np.concatenate([years, 1 / rates[-1:]]),
            alive, dead, lived, above, expected,
        )),
    )  # fmt: skip


def life_expectancy(
    mx: ArrayLike,
    sex: str | None = None,
    *,
    ages: ArrayLike | str | None = None,
    a0: str | ArrayLike = "cd-west",
) -> Array:
    """Life expectancy at birth, years; arguments as in `life_table`, age axis summed out."""
    return life_table(mx, sex, ages=ages, a0=a0).e0


def survival_ratios(table: LifeTable) -> Array:
    """Survival into each age over one step as long as the age groups are wide.

    Same layout as the table; an abridged one gives its five-year groups (0-4 joined).
    S(0) = L(0) / (n l(0)) for newborns, S(x) = L(x) / L(x-n), and S(w) = L(w) / (L(w) +
    L(w-n)), to be applied to the last two ages pooled (Preston et al. 2001, section 6.2).
    """
    lived, _, step = _joined(table)
    into = np.empty_like(lived)
    into[0] = lived[0] / step
    with np.errstate(invalid="ignore", divide="ignore"):
        into[1:] = np.where(lived[:-1] > 0, lived[1:] / lived[:-1], 0.0)
        into[-1] = lived[-1] / (lived[-1] + lived[-2])
    return np.moveaxis(into, 0, table.age_axis)


def survival(mx: ArrayLike, sex: str | None = None, *, a0: str | ArrayLike = "cd-west") -> Array:
    """`survival_ratios(life_table(mx, sex, a0=a0))` for single years, several times faster.

    With a(x) = 1/2 the ratio of neighbours is S(x) = (1 - m(x-1)/2) / (1 + m(x)/2): no
    survivors' column is needed, which counts when every draw has its own rates.
    """
    rates, back = _age_first(np.asarray(mx, dtype=float), sex)
    infant = infant_years(rates[0], sex, a0)
    if rates.max(initial=0.0) >= 2 or (infant * rates[0]).max(initial=0.0) >= 1:
        return survival_ratios(life_table(mx, sex, a0=a0))  # constant hazard somewhere
    into = np.empty_like(rates)
    into[0] = 1 / (1 + (1 - infant) * rates[0])
    into[1:] = (1 - 0.5 * rates[:-1]) / (1 + 0.5 * rates[1:])
    into[1] = (1 - infant * rates[0]) / (1 + 0.5 * rates[1])
    open_over_last = (1 - 0.5 * rates[-2]) / rates[-1]  # L(w) / L(w-1)
    into[-1] = open_over_last / (1 + open_over_last)
    return back(into)


def separation_factors(table: LifeTable) -> Array:
    """Share of each cohort's deaths that happen at its younger age; layout of survival_ratios.

    The cohort that reaches age x at the end of the step dies partly at x-n, partly at x:
    (L(x-n) - n l(x)) against (n l(x) - L(x)). 0 for newborns, who die at age 0 only. For the
    last two ages pooled it is the share of those who die before the open age.
    """
    lived, alive, step = _joined(table)
    younger = np.zeros_like(lived)
    younger[1:] = lived[:-1] - step * alive[1:]
    deaths = np.empty_like(lived)
    deaths[0] = step - lived[0]
    deaths[1:] = lived[:-1] - lived[1:]
    deaths[-1] = lived[-2]
    share = np.divide(younger, deaths, out=np.full_like(deaths, 0.5), where=deaths > 0)
    share[0] = 0.0
    return np.moveaxis(np.clip(share, 0.0, 1.0), 0, table.age_axis)


def brass_relational(
    mx: ArrayLike,
    alpha: ArrayLike,
    beta: ArrayLike = 1.0,
    sex: str | None = None,
    *,
    ages: ArrayLike | str | None = None,
    a0: str | ArrayLike = "cd-west",
) -> Array:
    """Death rates whose survivors are related to those of `mx` by Brass's logits.

    Y(x) = alpha + beta Y_s(x) with Y = ln((1 - l) / l) / 2; higher alpha, higher mortality
    (Preston et al. 2001, section 9.1). alpha 0 and beta 1 give `mx` back.
    mx          : (age, ...) with `sex`, else (sex, age, ...)
    alpha, beta : shape of mx without age; further axes at the end (regions) extend the result
    The open rate moves in the proportion of the age before it, a choice: Brass's survivors
    say nothing about it. a(x) of groups wider than a year are those of `mx`.
    """
    level, spread = np.asarray(alpha, dtype=float), np.asarray(beta, dtype=float)
    standard = np.asarray(mx, dtype=float)
    for _ in range(max(level.ndim, spread.ndim) - (standard.ndim - 1)):
        standard = standard[..., np.newaxis]
    table = life_table(standard, sex, ages=ages, a0=a0)
    rates, back = _age_first(table.mx, sex)
    alive = _age_first(table.lx, sex)[0][1:]
    years = _age_first(table.ax, sex)[0][:-1]
    steps = table.width[:-1].reshape((-1,) + (1,) * (rates.ndim - 1))
    with np.errstate(divide="ignore", over="ignore"):
        logit = 0.5 * (np.log1p(-alive) - np.log(alive))
        related = 1 / (1 + np.exp(2 * (level + spread * logit)))
    before = np.concatenate([np.ones((1, *related.shape[1:])), related[:-1]])
    dying = 1 - np.divide(related, before, out=np.zeros_like(related), where=before > 0)
    changed = np.empty((len(rates), *related.shape[1:]))
    changed[:-1] = dying / (steps - (steps - years) * dying)
    if table.width[0] == 1:
        for _ in range(12):  # a(0) follows m(0); the map contracts by q(0)^2 times its slope
            infant = infant_years(changed[0], sex, a0)
            changed[0] = dying[0] / (1 - (1 - infant) * dying[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(rates[-2] > 0, changed[-2] / rates[-2], 1.0)
    changed[-1] = rates[-1] * ratio
    return back(changed)


def match_life_expectancy(
    mx_standard: ArrayLike,
    sex: str | None,
    e0_target: ArrayLike,
    *,
    beta: ArrayLike = 1.0,
    ages: ArrayLike | str | None = None,
    a0: str | ArrayLike = "cd-west",
) -> Levelled:
    """The rates of `mx_standard`, moved by Brass's alpha until life expectancy is the target.

    mx_standard : (age, ...) with `sex`, else (sex, age, ...)
    e0_target   : years; shape of mx_standard without age; further axes at the end extend it,
                  so one national table (sex, age) with targets (sex, region) gives
                  (sex, age, region)
    All targets are solved together by secant steps; life expectancies agree within 1e-9 year.
    Raises InputError for a target that is missing or outside 5 to 110 years, RunError when a
    target cannot be reached.
    """
    target = np.asarray(e0_target, dtype=float)
    with collect(say("life expectancy")) as faults:
        if not (np.asarray(mx_standard) >= 0).all():
            faults.add("mx_standard", say("a death rate is negative or missing"))
        for place in np.argwhere(~((target > 5) & (target < 110))):
            where = ", ".join(str(number) for number in place)
            faults.add(
                f"[{where}]",
                say("{value} is not a life expectancy", value=target[tuple(place)]),
                say("give years between 5 and 110"),
            )

    def reached(level: Array) -> tuple[Array, Array]:
        rates = brass_relational(mx_standard, level, beta, sex, ages=ages, a0=a0)
        return rates, life_expectancy(rates, sex, ages=ages, a0=a0)

    alpha = np.zeros(target.shape)
    slope = np.full(target.shape, -15.0)  # years per unit of alpha, a common order of size
    rates, years = reached(alpha)
    for _ in range(60):
        miss = years - target
        if np.abs(miss).max(initial=0.0) < TOLERANCE:
            return Levelled(rates, alpha)
        step = np.clip(-miss / slope, -1.0, 1.0)
        alpha = alpha + step
        rates, after = reached(alpha)
        with np.errstate(divide="ignore", invalid="ignore"):
            secant = (after - years) / step
        slope = np.where((np.abs(step) > 1e-7) & (secant < -0.1), secant, slope)
        years = after
    worst = float(target.flat[int(np.abs(miss).argmax())])
    raise RunError(
        say("life expectancy"),
        say("no level of mortality gives {years} years with this age pattern", years=worst),
    )


def _age_first(values: Array, sex: str | None) -> tuple[Array, Callable[[Array], Array]]:
    """The array with age in front, and the way back. (sex, age, ...) becomes (age, sex, ...)."""
    if sex is not None:
        return values, lambda array: array
    return np.moveaxis(values, 1, 0), lambda array: np.moveaxis(array, 0, 1)


def _groups(ages: ArrayLike | str | None, number: int) -> tuple[Array, Array]:
    """First ages and widths; the last width is infinite."""
    if ages is None:
        start = np.arange(number, dtype=float)
    elif isinstance(ages, str):
        if ages != ABRIDGED:
            message = say("no ages '{name}'", name=ages) + "; " + did_you_mean(ages, [ABRIDGED])
            raise InputError("ages", message)
        start = np.concatenate([[0.0, 1.0], 5.0 * np.arange(1, number - 1)])
    else:
        start = np.asarray(ages, dtype=float)
    if len(start) != number:
        message = say("{given} ages for {rates} rates", given=len(start), rates=number)
        raise InputError("ages", message)
    return start, np.append(np.diff(start), np.inf)


def _average_years(
    rates: Array, start: Array, width: Array, sex: str | None, a0: str | ArrayLike
) -> Array:
    """a(x) of the closed ages by the rules; rates (age, ...)."""
    if start[0] != 0 or width[0] != 1:
        raise InputError("ages", say("the first age group must be age 0 alone unless ax is given"))
    years = np.empty((len(rates) - 1, *rates.shape[1:]))
    years[:] = width[:-1].reshape((-1,) + (1,) * (rates.ndim - 1)) / 2
    years[0] = infant_years(rates[0], sex, a0)
    if len(years) > 1 and width[1] == 4:
        west = by_sex(WEST, sex, rates.ndim - 1)
        infant = rates[0] / (1 + (1 - years[0]) * rates[0])
        line = west.child_intercept + west.child_slope * infant
        years[1] = np.where(infant > 0.1, west.child_cap, line)
    for age in np.flatnonzero((width[:-1] == 5) & (start[:-1] >= 15)):
        before, after = rates[age - 1], rates[age + 1]
        known = (before > 0) & (after > 0)
        growth = np.log(np.where(known, after, 1) / np.where(known, before, 1)) / 10
        greville = 2.5 - (25 / 12) * (rates[age] - growth)
        years[age] = np.clip(greville, LEAST_AX, 5 - LEAST_AX)
    return years


def _probabilities(rates: Array, years: Array, steps: Array) -> tuple[Array, Array]:
    """q and a of the closed ages; where q would exceed 1, both follow from a constant hazard."""
    dying = steps * rates / (1 + (steps - years) * rates)
    over = dying > 1
    if over.any():
        constant = -np.expm1(-steps * rates)
        with np.errstate(divide="ignore", invalid="ignore"):
            years = np.where(over, 1 / rates - steps * (1 - constant) / constant, years)
        dying = np.where(over, constant, dying)
    return dying, years


def _joined(table: LifeTable) -> tuple[Array, Array, float]:
    """L and l by groups of one width, age first, and that width; 0 and 1-4 are joined."""
    lived = np.moveaxis(table.Lx, table.age_axis, 0)
    alive = np.moveaxis(table.lx, table.age_axis, 0)
    width = table.width[:-1]
    if len(width) > 1 and width[0] == 1 and width[1] == 4:
        lived = np.concatenate([lived[:1] + lived[1:2], lived[2:]])
        alive = np.concatenate([alive[:1], alive[2:]])
        width = np.append(5.0, width[2:])
    if np.any(width != width[0]):
        raise InputError("ages", say("survival ratios need age groups of one width"))
    return lived, alive, float(width[0])
