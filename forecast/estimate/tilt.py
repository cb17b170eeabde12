"""The population nearest to a known age structure that also meets what else is known.

A structure is multiplied by exp of a smooth curve ("tilt"), never by steps, so that meeting
a total of broad age groups leaves no jump at their limits. What is known enters as linear
counts: a margin (persons of some ages), births (fertility times women), deaths (mortality
times people). Counts with an error are met as far as the curve stays plausible: a penalised
fit on a log-linear model (Preston, Heuveline & Guillot 2001, section 1.6, for the use of
neighbouring structures; Deming & Stephan 1940 for the exact margins).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from forecast.errors import RunError
from forecast.space import AGES
from forecast.words import say

Array = NDArray[np.float64]

AGE = np.asarray(AGES, dtype=float)
STEP_LIMIT = 0.5  # largest change of a log factor in one round: far steps overshoot


@dataclass
class Known:
    """What is known about one structure: counts that are linear in its cells.

    coefficients : the weight of each cell (sex, age) in each count
    values       : the counts; sigma their standard errors, 0 for a count to be met exactly
    """

    coefficients: list[Array] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    sigma: list[float] = field(default_factory=list)

    def add(self, coefficients: Array, value: float, error: float = 0.0) -> None:
        """One count: sum(coefficients * population) is `value`, within `error`."""
        self.coefficients.append(np.asarray(coefficients, dtype=float))
        self.values.append(float(value))
        self.sigma.append(float(error))

    def group(self, sex: int, first: int, last: int, value: float, error: float = 0.0) -> None:
        """Persons of one sex from age `first` to `last`, both included."""
        self.add(ages_of(sex, first, last), value, error)


def ages_of(sex: int | None, first: int, last: int) -> Array:
    """(sex, age) ones for the ages first..last of one sex, or of both."""
    cells = np.zeros((2, len(AGES)))
    cells[slice(None) if sex is None else sex, first : last + 1] = 1.0
    return cells


def hats(nodes: Array) -> Array:
    """(node, age) roof functions: 1 at their node, 0 at the neighbours; flat outside."""
    return np.stack([np.interp(AGE, nodes, row) for row in np.eye(len(nodes))])


def of_sex(curves: Array) -> Array:
    """(2 * curve, sex, age): every curve for each sex by itself."""
    zero = np.zeros_like(curves)
    women, men = np.stack([curves, zero], axis=1), np.stack([zero, curves], axis=1)
    return np.concatenate([women, men])


def of_both(curves: Array) -> Array:
    """(curve, sex, age): every curve the same for women and men."""
    return np.stack([curves, curves], axis=1)


def calibrate(
    base: Array, curves: Array, known: Known, spread: Array, *, what: str = "", rounds: int = 100
) -> Array:
    """The structure base * exp(sum of theta * curve) that meets what is known, (sex, age).

    base   : (sex, age) persons > 0 where anybody can be
    curves : (curve, sex, age) shapes that the log factor is made of
    spread : (curve,) standard deviation of each theta around 0; infinity leaves it free
    Minimises the squared misses in units of their errors plus the squared thetas in units of
    their spread, with the exact counts as constraints (Newton steps on the Lagrangian).
    Raises RunError when exact counts are not met.
    """
    shapes = curves.reshape(len(curves), -1)
    weights = np.stack([cells.ravel() for cells in known.coefficients])
    values, sigma = np.asarray(known.values), np.asarray(known.sigma)
    exact = sigma == 0
    scale = np.where(exact, np.maximum(np.abs(values), 1.0), sigma)
    penalty = np.diag(1 / np.square(spread))
    theta = np.zeros(len(curves))
    count = int(exact.sum())
    for _ in range(rounds):
        people = base.ravel() * np.exp(theta @ shapes)
        slopes = (weights * people) @ shapes.T / scale[:, np.newaxis]
        missed = (values - weights @ people) / scale
        soft, hard = slopes[~exact], slopes[exact]
        system = np.zeros((len(theta) + count, len(theta) + count))
        system[: len(theta), : len(theta)] = soft.T @ soft + penalty
        system[: len(theta), len(theta) :] = hard.T
        system[len(theta) :, : len(theta)] = hard
        right = np.concatenate([soft.T @ missed[~exact] - penalty @ theta, missed[exact]])
        step = np.linalg.lstsq(system, right, rcond=None)[0][: len(theta)]
        theta = theta + step * min(1.0, STEP_LIMIT / max(np.abs(step).max(), 1e-12))
        if np.abs(step).max() < 1e-11:
            break
    people = base.ravel() * np.exp(theta @ shapes)
    if count and np.abs((weights @ people - values)[exact] / scale[exact]).max() > 1e-8:
        raise RunError(what, say("no smooth age structure meets the published counts"))
    return people.reshape(base.shape)


def smooth_rake(base: Array, known: Known, nodes: Array, *, what: str = "") -> Array:
    """`base` (sex, age) times a factor by sex that runs straight between `nodes` (log scale).

    The factor has one free value at each node and sex, so as many exact counts are needed.
    """
    curves = of_sex(hats(nodes))
    return calibrate(base, curves, known, np.full(len(curves), np.inf), what=what)
