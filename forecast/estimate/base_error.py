"""How well the base population is known: the curvature of the fit, carried to the base year.

Around the date of the national margins every region is tilted to what is known of it
(`forecast.estimate.tilted`). Near the minimum the objective is quadratic, so the tilts have the
covariance of its inverse curvature, within the exact totals of women and men (Gelman et al.
2013, section 4.1). The evidence enters with what it is worth, not with the errors that make the
fit follow it: total fertility and life expectancy tell people through age patterns of the
nation, and births of a region whose number is not published are themselves estimated. The
ages of people found by a census are not published: the prior is wider by their share. What
counts held out of the fit show beyond that multiplies the whole.

The uncertainty of four age groups is then carried by independent curves (`base_draws`): their
heights are the non-negative least-squares solution that gives the variances of those groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecast.base_draws import CURVES, NATION
from forecast.estimate.models import Model, Parameter
from forecast.estimate.present import parents
from forecast.estimate.published import known_events, national_events
from forecast.estimate.regional import Territory
from forecast.estimate.tilt import Array
from forecast.estimate.tilted import Errors, Evidence
from forecast.space import AGES

if TYPE_CHECKING:
    from forecast.estimate.base import Base
    from forecast.estimate.build import Estimates

COUNTED, GUESSED = (0.015, 0.04), (0.035, 0.06)  # births and deaths: published or not, relative
# When no count of an age group enters the fit, the seven that are published of regions (0-15 in
# 2023, 60 and over in 2026) are missed by 1.7 times what the curvature says (root mean square).
HELD_OUT = 1.7
COUNT, LATER = 0.015, 0.03  # published counts: dates are inferred; deaths and moves come between
BIRTHS_SINCE = 0.02  # relative, of all births of a region between the date and the base year
# Log error of the nation by age: registered births below 23, then cohorts of the United Nations
# within the published broad groups; the oldest are told by deaths alone.
NATION_AGES = {0: 0.003, 20: 0.004, 30: 0.01, 60: 0.01, 80: 0.02, 95: 0.08}
GROUPS = ("aged 0-14", "aged 65 and over", "women aged 20-34", "aged 45-64")
SOURCE = "curvature of the fit of the base to published figures"
BEFORE_MARGINS = 0.06  # log: height of every curve before any margins of the present regions
UNTOLD = "judged: no age margins since the present regions began"
JUDGED = "judged: registered births, broad age groups and United Nations cohorts"


class Uncertainty(NamedTuple):
    """Standard deviations of the shares of GROUPS among a region's people of the base year.

    sd     : (group, region) by the curvature of the fit
    curves : (curve, region) heights of the curves that carry it, log
    drawn  : (group, region) what independent curves of those heights give
    """

    sd: Array
    curves: Array
    drawn: Array


def fit_base(estimates: Estimates) -> Model:
    """Heights of the curves of every region, and of the noise of the nation."""
    base = estimates.base
    source, heights = UNTOLD, np.full((len(CURVES), len(base.source.ids)), BEFORE_MARGINS)
    if max(base.national) in base.population:
        source, heights = SOURCE, base_uncertainty(base).curves
    rows = [
        Parameter(name, float(value), "log", source, region=region)
        for name, values in zip(CURVES, heights, strict=True)
        for region, value in zip(base.source.ids, values, strict=True)
    ]
    rows += [Parameter(NATION, sd, "log", JUDGED, age=age) for age, sd in NATION_AGES.items()]
    return Model(rows, [])


def base_uncertainty(base: Base) -> Uncertainty:
    """What is not known of the ages of every region on 1 January of the last year."""
    from scipy.optimize import nnls

    now, last = max(base.national), max(base.population)
    people, later = base.population[now], base.population[last]
    evidence = Evidence(base, now, base.years, _errors(base, now))
    wider = found_share(base)
    count = later.shape[2]
    variance, curves = np.zeros((len(GROUPS), count)), np.zeros((len(CURVES), count))
    drawn = np.zeros_like(variance)
    for place in evidence.territories(people):
        start = np.moveaxis(people[:, :, place.members], 2, 0)
        covariance = curvature(place, start, max(wider[r] for r in place.members))
        for member, r in enumerate(place.members):
            tilts = place.curves[:, member]
            moved = _aged(tilts, last - now)
            gradient = _gradient(later[:, :, r], moved)
            variance[:, r] = np.einsum("gc,cd,gd->g", gradient, covariance, gradient)
            variance[:, r] *= HELD_OUT**2
            newborn = np.tile(np.where(np.asarray(AGES) < last - now, 1.0, 0.0), (1, 2, 1))
            variance[:, r] += np.square(_gradient(later[:, :, r], newborn) @ [BIRTHS_SINCE])
            of_curves = np.stack([np.stack([curve, curve]) for curve in CURVES.values()])
            squares = np.square(_gradient(later[:, :, r], of_curves))
            scale = variance[:, r]
            heights, _ = nnls(squares / scale[:, np.newaxis], np.ones(len(GROUPS)))
            curves[:, r], drawn[:, r] = np.sqrt(heights), np.sqrt(squares @ heights)
    return Uncertainty(np.sqrt(variance), curves, drawn)


def curvature(place: Territory, people: Array, wider: float) -> Array:
    """(curve, curve) covariance of the tilts of one territory at its fitted people.

    people : (member, sex, age); wider : log, added to the spread of every shape
    """
    shapes = place.curves.reshape(len(place.curves), -1)
    weights = np.stack([cells.ravel() for cells in place.known.coefficients])
    sigma = np.asarray(place.known.sigma)
    slopes = (weights * people.ravel()) @ shapes.T
    soft = slopes[sigma > 0] / sigma[sigma > 0, np.newaxis]
    precision = soft.T @ soft + np.diag(1 / (np.square(place.spread) + wider**2))
    exact = slopes[sigma == 0]
    _, values, rows = np.linalg.svd(exact / np.abs(exact).max())
    free = rows[int((values > 1e-10).sum()) :].T  # directions in which the exact counts stay
    found: Array = free @ np.linalg.solve(free.T @ precision @ free, free.T)
    return found


def found_share(base: Base) -> Array:
    """(region of today,) people whom the census found, or did not, as a share of the region.

    What the published totals of the first year have beyond those of the year before, less the
    nation's natural increase and migration, in proportion to people.
    """
    source, first = base.source, min(base.population)
    table = source.table("population_published").groupby(["region", "year"])["value"].sum()
    parent = parents(source, base.regions_then)
    after = np.bincount(parent, weights=base.totals[first].sum(axis=0))
    before = np.array([float(table.get((r, first - 1), np.nan)) for r in base.regions_then])
    events = national_events(source, first - 1)
    grown = events["births"] - events["deaths"] + events["immigration"] - events["emigration"]
    usual = 1 + grown / np.nansum(before)
    share = np.abs(np.log(after / (before * usual)))
    return np.asarray(np.nan_to_num(share, nan=float(np.nanmean(share)))[parent])


def _errors(base: Base, now: int) -> Errors:
    """What births and deaths of a region are worth: published in the years around, or not."""
    found = []
    for entry, event in enumerate(("births", "deaths")):
        known = known_events(base.source, event)
        named = set(known.loc[known["year"].isin([now - 1, now]), "region"])
        found.append(np.array([
            (COUNTED if region in named else GUESSED)[entry] for region in base.source.ids
        ]))  # fmt: skip
    return Errors(found[0], found[1], COUNT, LATER)


def _aged(curves: Array, years: int) -> Array:
    """(curve, sex, age) the same people `years` later; nothing is known of the newborn here."""
    older = np.zeros_like(curves)
    older[..., years:] = curves[..., : len(AGES) - years]
    return older


def _gradient(people: Array, curves: Array) -> Array:
    """(group, curve) change of the share of each group (of all people) per log unit.

    people : (sex, age) of one region, whose totals by sex stay
    """
    cells = people * curves
    cells = cells - people * (cells.sum(axis=2) / people.sum(axis=1))[:, :, np.newaxis]
    total = people.sum()
    both = cells.sum(axis=1)
    return np.stack([
        both[:, :15].sum(axis=1), both[:, 65:].sum(axis=1), cells[:, 0, 20:35].sum(axis=1),
        both[:, 45:65].sum(axis=1),
    ]) / total  # fmt: skip
