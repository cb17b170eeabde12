"""What a migration schedule says: derived measures, its composition of movers, a fit report.

Source: Rogers & Castro (1981), Model Migration Schedules, IIASA RR-81-30, section 2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from forecast.demography.schedule_fit import ScheduleFit
from forecast.demography.schedules import MIDDLES, MigrationCurve, rogers_castro
from forecast.errors import InputError, collect
from forecast.space import AGES
from forecast.words import say

Array = NDArray[np.float64]

FINE = np.linspace(0.0, 100.0, 10_001)  # exact ages at which peaks are looked for
LABOUR_PEAK = (10.0, 50.0)  # exact ages between which the labour-force peak lies
OLD = (15, 65)  # first ages of the working ages and of the old of Rogers & Castro


def derived_measures(curve: MigrationCurve) -> dict[str, float]:
    """The measures of Rogers & Castro (1981) by name; nan where a measure is not defined.

    gross_migraproduction_rate : sum of the rates of ages 0 to 100: moves in a life without death
    mean_age : of the rates, years, of everybody the same number
    share_0_14, share_15_64, share_65 : of the rates, by broad age
    low_age, peak_age : x_l and x_h, exact ages of the low point before the labour-force peak and
                        of that peak, the highest between 10 and 50
    labour_shift      : X = x_h - x_l, years
    jump              : B, by how much the rate rises between them
    delta_1c, delta_12 : a1 / c and a1 / a2, the level of children against the constant and
                        against the labour force (child dependency)
    delta_32          : a3 / a2, the same of retirement
    beta_12           : alpha1 / alpha2, 1 when children move as regularly as their parents
                        (parental-shift regularity)
    sigma_2           : lambda2 / alpha2, how much steeper the labour-force curve rises than falls
                        (labour asymmetry)
    """
    rates = rogers_castro(curve)
    total = float(rates.sum())
    young, old = (float(part.sum()) for part in (rates[: OLD[0]], rates[OLD[1] :]))
    low, peak, jump = _turns(rogers_castro(curve, FINE))
    return {
        "gross_migraproduction_rate": total,
        "mean_age": _over((rates * MIDDLES).sum(), total),
        "share_0_14": _over(young, total),
        "share_15_64": _over(total - young - old, total),
        "share_65": _over(old, total),
        "low_age": low,
        "peak_age": peak,
        "labour_shift": peak - low,
        "jump": jump,
        "delta_1c": _over(curve.a1, curve.c),
        "delta_12": _over(curve.a1, curve.a2),
        "delta_32": _over(curve.a3, curve.a2),
        "beta_12": _over(curve.alpha1, curve.alpha2 if curve.a1 and curve.a2 else 0.0),
        "sigma_2": _over(curve.lambda2, curve.alpha2 if curve.a2 else 0.0),
    }


def _turns(rates: Array) -> tuple[float, float, float]:
    """Low point, peak and the rise between them, of rates at `FINE`."""
    inside = rates[1:-1]
    highest = (inside > rates[:-2]) & (inside >= rates[2:])
    highest &= (FINE[1:-1] >= LABOUR_PEAK[0]) & (FINE[1:-1] <= LABOUR_PEAK[1])
    if not highest.any():
        return float("nan"), float("nan"), float("nan")
    peak = 1 + int(np.where(highest, inside, -np.inf).argmax())
    low = int(rates[:peak].argmin())
    if low == 0:  # the curve rises from birth on
        return float("nan"), float(FINE[peak]), float("nan")
    return float(FINE[low]), float(FINE[peak]), float(rates[peak] - rates[low])


def _over(above: float, below: float) -> float:
    return float(above / below) if below else float("nan")


def composition(schedule: MigrationCurve | ScheduleFit, people: ArrayLike) -> Array:
    """Shares of movers by sex and age when `people` move at the rates of a schedule.

    schedule : rates per person-year; a schedule of shares is a composition already and refused
    people   : (age,), (sex, age) or (sex, age, ...) persons at risk, ages 0 to 100
    The shape of `people`; sums to 1 over sex and age. A rate schedule says how often a person of
    an age moves: movers of two regions with the same schedule differ as their people do.
    Raises InputError for a schedule of shares, other ages, negative, missing or
    infinite people, or nobody.
    """
    name = say("migration by age")
    curve, measure = (
        (schedule, "rates")
        if isinstance(schedule, MigrationCurve)
        else (schedule.curve, schedule.measure)
    )
    there = np.asarray(people, dtype=float)
    axis = 0 if there.ndim == 1 else 1
    with collect(name) as faults:
        if measure != "rates":
            faults.add(
                "schedule",
                say("it was fitted to shares of movers and is a composition already"),
                say("fit it to rates: movers over the population of each age"),
            )
        if there.ndim == 0 or there.shape[axis] != len(AGES):
            faults.add(
                "people",
                say("the shape {shape} has not {n} ages", shape=there.shape, n=len(AGES)),
            )
        elif not ((there >= 0) & (there < np.inf)).all():
            faults.add("people", say("a number of persons is negative or missing"))
    rates = rogers_castro(curve)
    movers = there * rates.reshape(-1, *(1,) * (there.ndim - axis - 1))
    over = (0,) if there.ndim == 1 else (0, 1)
    total = movers.sum(axis=over, keepdims=True)
    if not (total > 0).all():
        raise InputError(name, say("nobody is there who could move"))
    shares: Array = movers / total
    return shares


def fit_report(fits: Mapping[str, ScheduleFit]) -> pd.DataFrame:
    """How well schedules fit and what they say, one row a group, in the order of `fits`.

    Columns: group, measure, parameters, age_groups, r2, mape and error_index (per cent), starts,
    reached, at_bound, the parameters a1 ... lambda4 (nan where the form has no such part), the
    `derived_measures`, the reason of the form and the warnings.
    """
    return pd.DataFrame([_row(group, fit) for group, fit in fits.items()])


def _row(group: str, fit: ScheduleFit) -> dict[str, object]:
    absent = {level for level in ("a1", "a2", "a3", "a4") if getattr(fit.curve, level) == 0}
    shown = {
        field.name: getattr(fit.curve, field.name)
        if f"a{field.name[-1]}" not in absent
        else float("nan")
        for field in fields(fit.curve)
    }
    return {
        "group": group,
        "measure": fit.measure,
        "parameters": fit.parameters,
        "age_groups": len(fit.observed),
        "r2": fit.r2,
        "mape": fit.mape,
        "error_index": fit.error_index,
        "starts": fit.starts,
        "reached": fit.reached,
        "at_bound": ", ".join(fit.at_bound),
        **shown,
        **derived_measures(fit.curve),
        "reason": fit.reason,
        "warnings": "; ".join(fit.warnings),
    }
