"""Fitting Rogers-Castro schedules of 7, 9 or 11 parameters to rates or shares by age.

The levels (a1, a2, a3, a4, c) enter linearly: for given shapes they are non-negative least
squares (Lawson & Hanson 1974), so that only the four to seven shapes are searched (variable
projection: Golub & Pereyra 1973, SIAM Journal on Numerical Analysis 10). The search starts from
several points of a fixed grid: the same data give the same fit.

Sources: Rogers & Castro (1981), Model Migration Schedules, IIASA RR-81-30; Rogers & Watkins
(1987), Research on Aging 9, for nine parameters; Hurvich & Tsai (1989), Biometrika 76, for the
corrected criterion of Akaike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.demography.age_groups import AgeGroups, Measure, age_groups
from forecast.demography.schedules import MigrationCurve, rogers_castro
from forecast.errors import collect
from forecast.words import mark, say

Array = NDArray[np.float64]
Form = Literal[7, 9, 11, "best"]

FORMS = (7, 9, 11)
# Bounds of the shapes, wider than what Rogers & Castro found in 500 schedules. A peak is bound
# where the curve is highest and not by its mu, so that retirement cannot take the place of work.
BOUNDS: dict[str, tuple[float, float]] = {
    "alpha1": (0.005, 1.0),
    "alpha2": (0.025, 1.0),
    "mu2": (15.0, 45.0),  # of the peak
    "lambda2": (0.1, 3.0),
    "alpha3": (0.03, 1.0),
    "mu3": (50.0, 80.0),  # of the peak
    "lambda3": (0.1, 3.0),
    "lambda4": (0.01, 0.3),
}
LABOUR = ("alpha1", "alpha2", "mu2", "lambda2")
SHAPES = {
    7: LABOUR,
    9: (*LABOUR, "lambda4"),
    11: (*LABOUR, "alpha3", "mu3", "lambda3"),
}
GRID = tuple(product((0.05, 0.12), (0.06, 0.12, 0.25), (19.0, 23.0, 27.0, 33.0), (0.2, 0.5, 1.2)))
BEYOND = {
    7: ((),),
    9: ((0.03,), (0.1,)),
    11: ((0.2, 61.0, 0.4), (0.4, 65.0, 0.8), (0.1, 56.0, 0.2)),
}
STARTS = 6
SAME = 1e-6  # of R2: two starts that differ by less have found the same optimum
EXACT = 1e-12  # of the sum of squares: less is rounding, and no form is better for having less
NO_CASE = 2.0  # of AICc: a smaller gap is no case for more (Burnham & Anderson 2002, section 2.6)
POOR = 0.9  # R2 below which a fit is called poor; assumption
SLOPES = frozenset(LABOUR) - {"mu2"} | {"alpha3", "lambda3", "lambda4"}  # searched in logarithms

EXTRA = {9: "a4", 11: "a3"}
OF_PART = {
    "a1": mark("the children's curve"),
    "a2": mark("the labour-force peak"),
    "a3": mark("the retirement peak"),
    "a4": mark("the upward slope of the elderly"),
}


@dataclass(frozen=True)
class ScheduleFit:
    """A fitted schedule and how well it fits.

    curve       : the parameters; of `rates` it gives moves per person-year, of `shares` movers
                  per year of age, 1 in all
    parameters  : 7, 9 or 11
    measure     : `rates`, which `composition` applies to people, or `shares`, which are one
    first_ages, last_ages : (group,) completed years
    observed, fitted : (group,) per year of age, in the unit of the curve
    r2          : 1 - residual over total sum of squares, weighted as the fit; nan where the
                  values do not differ by age
    mape        : mean of |fitted - observed| / observed, per cent, over groups that are not zero
    error_index : mean |fitted - observed| over mean observed, per cent (E of Rogers & Castro 1981)
    aicc        : {form: criterion} of the forms that were compared
    reason      : why this form, in words
    starts, reached : how many starts were tried, how many found this optimum
    at_bound    : names of the parameters that lie at a bound of the search; a level at a bound
                  is zero
    note        : how the values were made, in words, when they are not those observed
    """

    curve: MigrationCurve
    parameters: int
    measure: Measure
    first_ages: NDArray[np.intp]
    last_ages: NDArray[np.intp]
    observed: Array
    fitted: Array
    r2: float
    mape: float
    error_index: float
    starts: int
    reached: int
    at_bound: tuple[str, ...]
    weights: Array
    reason: str = ""
    note: str = ""
    aicc: dict[int, float] = field(default_factory=dict)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader should know, in words."""
        found = [self.note] if self.note else []
        gone = [name for name in OF_PART if name in self.at_bound]
        found += [say("{part} is not in the data", part=say(OF_PART[name])) for name in gone]
        edge = [name for name in self.at_bound if name not in (*gone, "c")]
        if edge:
            found.append(say("at a bound of the search: {names}", names=", ".join(edge)))
        if self.reached < 2:
            found.append(say("only one of {n} starts found this optimum", n=self.starts))
        if np.isnan(self.r2):
            found.append(say("the values do not differ by age: R2 is not defined"))
        elif self.r2 < POOR:
            found.append(say("a poor fit: R2 {r2}", r2=f"{self.r2:.3f}"))
        zeros = int((self.observed == 0).sum())
        if zeros:
            found.append(say("age groups without movers, not in the MAPE: {n}", n=zeros))
        return tuple(found)


def fit_rogers_castro(
    first_ages: ArrayLike,
    rates: ArrayLike,
    *,
    parameters: Form = "best",
    measure: Measure = "rates",
    weights: ArrayLike | None = None,
    end: int | None = None,
    what: str = "",
) -> ScheduleFit:
    """The schedule nearest to rates or movers by age, in single years or in groups.

    first_ages : (group,) first completed year of each group, ascending; a group ends where the
                 next one begins, and its value is the mean of the curve over its ages, each
                 taken at exact age x + 1/2
    rates      : (group,) moves per person-year; with measure="shares" movers of each group,
                 numbers or shares of all: the curve is then fitted to shares per year of age
    parameters : 7, 9 (upward slope of the elderly), 11 (retirement peak) or "best": the simplest
                 form within 2 of the smallest corrected Akaike criterion, n log(RSS / n) + 2k +
                 2k(k+1) / (n-k-1) with k - 1 parameters; forms with too few groups for it are
                 left out
    weights    : (group,) how much the square of each group's miss counts; default all the same.
                 Person-years behind each rate are a good choice
    end        : first age after the last group; default: it is as wide as the one before it
    what       : named in messages

    Numbers of movers are no rates: people of an age may move often because they are many. Give
    rates where the population is known, and shares where it is not.
    Raises InputError: ages that do not ascend, negative or missing values, all zero, weights
    that are negative or missing, or no more groups than parameters.
    """
    name = what or say("migration by age")
    groups = age_groups(name, first_ages, rates, measure, weights, end)
    count, chosen = int((groups.weights > 0).sum()), parameters
    forms = tuple(form for form in FORMS if parameters in (form, "best"))
    with collect(name) as faults:
        if not forms:
            faults.add("parameters", say("'{form}' is not 7, 9, 11 or best", form=parameters))
        elif count <= forms[0]:
            faults.add(
                "first_ages",
                say("{n} age groups do not fix {k} parameters", n=count, k=forms[0]),
                say("give at least {n} groups", n=forms[0] + 1),
            )
    if parameters != "best":
        reason = say("{k} parameters as asked", k=parameters)
        return replace(_fitted(groups, int(chosen)), reason=reason)
    return _best(groups, [form for form in forms if form == 7 or count > form + 2])


def judged_by(fit: ScheduleFit, groups: AgeGroups, factor: float = 1.0) -> ScheduleFit:
    """The curve of `fit`, `factor` times as high, with the measures of its distance to `groups`."""
    levels = {name: factor * getattr(fit.curve, name) for name in ("a1", "a2", "a3", "a4", "c")}
    curve = replace(fit.curve, **levels)
    fitted = groups.means(rogers_castro(curve, groups.ages))
    r2, mape, index = _judged(groups.values, fitted, groups.weights)
    return replace(
        fit, curve=curve, observed=groups.values, fitted=fitted, weights=groups.weights,
        r2=r2, mape=mape, error_index=index,
    )  # fmt: skip


def _best(groups: AgeGroups, forms: list[int]) -> ScheduleFit:
    """The simplest form that no other clearly beats, with their criteria in its reason."""
    fits = {form: _fitted(groups, form) for form in forms}
    if len(fits) == 1:
        reason = say("7 parameters: {n} age groups are too few for more", n=len(groups.values))
        return replace(fits[7], reason=reason)
    criteria = {form: _aicc(groups, fit) for form, fit in fits.items()}
    chosen = next(form for form in forms if criteria[form] <= min(criteria.values()) + NO_CASE)
    others = ", ".join(
        say("{k} parameters {value}", k=form, value=f"{value:.1f}")
        for form, value in criteria.items()
        if form != chosen
    )
    reason = say(
        "{k} parameters: AICc {value}, the simplest within {gap} of the smallest ({others})",
        k=chosen, value=f"{criteria[chosen]:.1f}", gap=NO_CASE, others=others,
    )  # fmt: skip
    return replace(fits[chosen], reason=reason, aicc=criteria)


def _aicc(groups: AgeGroups, fit: ScheduleFit) -> float:
    """The corrected criterion of values relative to their mean; the variance is a parameter."""
    scale, weights = float(groups.values.mean()), groups.weights
    n, k = int((weights > 0).sum()), fit.parameters + 1
    left = float((weights * (fit.fitted - groups.values) ** 2).sum()) / scale**2
    total = float((weights * (groups.values / scale) ** 2).sum())
    return n * np.log(max(left, EXACT * total) / n) + 2 * k + 2 * k * (k + 1) / (n - k - 1)


def _fitted(groups: AgeGroups, form: int) -> ScheduleFit:
    """The best of several starts, as a fit."""
    point, costs, least = _optimum(groups, form)
    target, scale, root = _relative(groups)
    total = float((groups.weights * (target - _mean(target, groups.weights)) ** 2).sum())
    reached = max(1, int((costs - least <= SAME * total + EXACT).sum()))
    shapes = _shapes(form, point)
    levels = scale * _levels(_columns(groups, form, shapes), target, root)
    bound = [
        name
        for name, value in shapes.items()
        if np.isclose(value, BOUNDS[name], rtol=1e-4, atol=0).any()
    ]
    return _told(groups, form, _curve(groups, form, shapes, levels), (len(costs), reached), bound)


def _optimum(groups: AgeGroups, form: int) -> tuple[Array, Array, float]:
    """Where the search ends, the sums of squares of every start, and the least one, polished.

    A larger form also starts from the optimum of seven parameters, and so never fits worse.
    """
    from scipy.optimize import least_squares

    target, _, root = _relative(groups)
    low, high = (_searched(form, [BOUNDS[name][k] for name in SHAPES[form]]) for k in (0, 1))

    def missed(point: Array) -> Array:
        columns = _columns(groups, form, _shapes(form, point))
        return root * (columns @ _levels(columns, target, root) - target)

    seven = [] if form == 7 else [_optimum(groups, 7)[0]]
    tries = [
        least_squares(missed, start, bounds=(low, high), x_scale="jac", ftol=1e-9, max_nfev=100)
        for start in _starts(missed, form, seven)
    ]
    costs = np.array([2 * found.cost for found in tries])
    best = least_squares(
        missed, tries[int(costs.argmin())].x, bounds=(low, high), x_scale="jac",
        ftol=1e-15, xtol=1e-15, gtol=1e-15, max_nfev=300,
    )  # fmt: skip
    return best.x, costs, 2 * float(best.cost)


def _relative(groups: AgeGroups) -> tuple[Array, float, Array]:
    """Values over their mean (tolerances then mean the same everywhere), the mean, root weights."""
    scale = float(groups.values.mean())
    return groups.values / scale, scale, np.sqrt(groups.weights)


def _told(
    groups: AgeGroups, form: int, curve: MigrationCurve, tried: tuple[int, int], bound: list[str]
) -> ScheduleFit:
    """The fit with its measures."""
    fitted = groups.means(rogers_castro(curve, groups.ages))
    r2, mape, index = _judged(groups.values, fitted, groups.weights)
    parts = ["a1", "a2", *([EXTRA[form]] if form in EXTRA else [])]
    gone = [name for name in parts if getattr(curve, name) == 0]
    # the shapes of a part that is not there mean nothing: they lie at no bound
    bound = [name for name in bound if f"a{name[-1]}" not in gone]
    bound = gone + (["c"] if curve.c == 0 else []) + bound
    return ScheduleFit(
        curve=curve, parameters=form, measure=groups.measure,
        first_ages=groups.first, last_ages=groups.last, observed=groups.values, fitted=fitted,
        r2=r2, mape=mape, error_index=index, starts=tried[0], reached=tried[1],
        at_bound=tuple(bound), weights=groups.weights,
    )  # fmt: skip


def _judged(observed: Array, fitted: Array, weights: Array) -> tuple[float, float, float]:
    """R2, MAPE and the index E, as `ScheduleFit` has them."""
    missed = fitted - observed
    total = float((weights * (observed - _mean(observed, weights)) ** 2).sum())
    level = float((weights * observed**2).sum())
    left = float((weights * missed**2).sum())
    r2 = 1 - left / total if total > EXACT * level else float("nan")
    there = observed > 0
    if not there.any():
        return r2, float("nan"), float("nan")
    mape = 100 * float(np.abs(missed[there] / observed[there]).mean())
    return r2, mape, 100 * float(np.abs(missed).mean() / observed.mean())


def _mean(values: Array, weights: Array) -> float:
    return float((weights * values).sum() / weights.sum())


# --- the shapes ---------------------------------------------------------------------------------


def _searched(form: int, shapes: ArrayLike) -> Array:
    """The shapes as they are searched: slopes in logarithms, places in years."""
    pairs = zip(SHAPES[form], np.asarray(shapes, dtype=float), strict=True)
    return np.array([np.log(value) if name in SLOPES else value for name, value in pairs])


def _shapes(form: int, point: Array) -> dict[str, float]:
    pairs = zip(SHAPES[form], point, strict=True)
    return {name: float(np.exp(value) if name in SLOPES else value) for name, value in pairs}


def _columns(groups: AgeGroups, form: int, shapes: dict[str, float]) -> Array:
    """(group, part) the parts of the curve, each with height 1 at its highest age."""
    age = groups.ages
    parts = [
        np.exp(-shapes["alpha1"] * age),
        _hump(age, shapes["alpha2"], shapes["mu2"], shapes["lambda2"]),
        np.ones_like(age),
    ]
    if form == 9:
        parts.append(np.exp(shapes["lambda4"] * (age - age[-1])))
    if form == 11:
        parts.append(_hump(age, shapes["alpha3"], shapes["mu3"], shapes["lambda3"]))
    return groups.means(np.stack(parts, axis=1))


def _hump(age: Array, fall: float, peak: float, rise: float) -> Array:
    """A double exponential with height 1 at its `peak` = mu + log(rise / fall) / rise."""
    ratio = fall / rise
    with np.errstate(over="ignore"):
        return np.exp(-fall * (age - peak) - ratio * (np.exp(-rise * (age - peak)) - 1))


def _levels(columns: Array, target: Array, root: Array) -> Array:
    from scipy.optimize import nnls

    found: Array = nnls(columns * root[:, np.newaxis], target * root)[0]
    return found


def _curve(groups: AgeGroups, form: int, shapes: dict[str, float], levels: Array) -> MigrationCurve:
    """Shapes and levels in the parameters of the formula; a part without level has no shape."""
    values = {"a1": levels[0], "a2": levels[1], "c": levels[2]}
    if levels[0]:
        values["alpha1"] = shapes["alpha1"]
    if levels[1]:
        values |= _of_hump("2", shapes, levels[1])
    if form == 9 and levels[3]:
        rise = shapes["lambda4"]
        values |= {"a4": levels[3] * np.exp(-rise * groups.ages[-1]), "lambda4": rise}
    if form == 11 and levels[3]:
        values |= _of_hump("3", shapes, levels[3])
    return MigrationCurve(**{name: float(value) for name, value in values.items()})


def _of_hump(number: str, shapes: dict[str, float], height: float) -> dict[str, float]:
    """The formula's a, alpha, mu and lambda of a double exponential by its peak and height."""
    fall, peak, rise = (shapes[f"{name}{number}"] for name in ("alpha", "mu", "lambda"))
    ratio = fall / rise
    return {
        f"a{number}": height * np.exp(ratio - ratio * np.log(ratio)),
        f"alpha{number}": fall,
        f"mu{number}": peak + np.log(ratio) / rise,
        f"lambda{number}": rise,
    }


def _starts(missed: Callable[[Array], Array], form: int, known: list[Array]) -> list[Array]:
    """Points that differ from each other in the labour-force curve: `known` ones of seven
    parameters with what lies beyond them, then the best of the grid."""
    own = [_searched(form, (*shapes, *more)) for shapes in GRID for more in BEYOND[form]]
    beyond = [_searched(form, (*GRID[0], *more))[len(LABOUR) :] for more in BEYOND[form]]
    chosen: list[Array] = []
    for grid in ([np.append(point, more) for point in known for more in beyond], own):
        costs = [float((missed(point) ** 2).sum()) for point in grid]
        for place in np.argsort(costs, kind="stable"):
            point = grid[place]
            if all((np.abs(point - other)[1:4] > (0.3, 3.0, 0.3)).any() for other in chosen):
                chosen.append(point)
            if len(chosen) == STARTS:
                return chosen
    return chosen
