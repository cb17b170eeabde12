"""What a run gives for each indicator and year, against its target, and how likely it meets it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import collect
from forecast.indicators.declared import (
    AT_LEAST,
    AT_MOST,
    DOWN,
    UP,
    ZERO,
    Indicator,
    Indicators,
    spoken,
)
from forecast.indicators.formula import Asking, Formula, Found
from forecast.tables import UNKNOWN
from forecast.words import say

if TYPE_CHECKING:
    from forecast.projection import Projection

Array = NDArray[np.float64]

COLUMNS = (
    "scenario", "run_id", "indicator", "title", "role", "year", "value", "unit", "status",
    "target", "against", "direction", "gap", "met", "probability", "standard_error", "draws",
    "reason", "probability_reason", "source",
)  # fmt: skip
ROUNDING = 1e-6  # of the machine: by less nothing is missing
RUN, BASELINE, PUBLISHED = "run", "baseline", "published"  # roles of a row
TARGET, FIRST_YEAR = "target", "first year of the run"  # what a value is held against


def measured(declared: Indicators, run: Projection) -> pd.DataFrame:
    """A row for each indicator and calendar year of a run: COLUMNS.

    gap         : what is missing to the target, in the unit; positive = short, negative = beyond
    met         : True, False, or None where there is no target or no value
    against     : what the value is held against: the target of the year, the baseline or the
                  first year of the run; empty where it is held against nothing
    probability : share of the draws in which it is met, NaN where they do not hold it, then
                  `probability_reason` says why
    reason      : why there is no value; value is then NaN and status unknown
    Targets of years after the run have a row as well. Rows with the role baseline and published
    are figures of the file; nothing is held against them here.
    """
    asking = Asking(run.frames, run.space)
    rows: list[dict[str, Any]] = []
    for one in declared.indicators:
        rows += _figures(one)
        rows += _of_run(one, run, asking)
    frame = pd.DataFrame(rows).reindex(columns=list(COLUMNS))
    return frame.assign(scenario=run.scenario, run_id=run.run_id)


def refuse_apart(runs: Sequence[Projection]) -> None:
    """Raises InputError where runs that are measured together have different regions."""
    with collect("") as faults:
        for run in runs[1:]:
            if run.space.ids != runs[0].space.ids:
                faults.add(run.scenario, say("the runs have different regions"))


def _figures(one: Indicator) -> list[dict[str, Any]]:
    """The published figures of an indicator, its baseline first."""
    figures = [] if one.baseline is None else [(BASELINE, one.baseline)]
    figures += [(PUBLISHED, figure) for figure in one.published]
    return [
        {
            "indicator": one.id, "title": one.name, "role": role, "year": figure.year,
            "value": figure.value, "unit": one.unit, "status": one.status,
            "direction": one.direction, "met": None, "reason": spoken(figure.note),
            "against": "", "probability_reason": "", "source": figure.source,
        }
        for role, figure in figures
    ]  # fmt: skip


def _of_run(one: Indicator, run: Projection, asking: Asking) -> list[dict[str, Any]]:
    years = range(run.base_year, run.last_year)
    after = [year for year in sorted(one.targets or {}) if year >= run.last_year]
    if one.formula is None and not one.targets:
        years = years[-1:]
    found = []
    for year in (*years, *after):
        row: dict[str, Any] = {
            "indicator": one.id, "title": one.name, "role": RUN, "year": year, "unit": one.unit,
            "direction": one.direction, "source": one.source, "met": None, "gap": np.nan,
            "probability": np.nan, "standard_error": np.nan, "draws": asking.draws,
        }  # fmt: skip
        value = _value(one, year, run, asking)
        bound, against, strict = _bound(one, year, run, asking)
        row |= {"value": value.value, "status": value.status, "reason": value.reason,
                "target": bound, "against": against, "probability_reason": ""}  # fmt: skip
        if against and not np.isnan(value.value) and not np.isnan(bound):
            row["gap"] = float(_gap(one.direction, np.array(value.value), bound))
            row["met"] = bool(_met(row["gap"], strict))
            row |= _chance(one, year, run, asking, strict=strict, bound=bound)
        elif against:
            row["probability_reason"] = value.reason
        found.append(row)
    return found


def _value(one: Indicator, year: int, run: Projection, asking: Asking) -> Found:
    if one.formula is None:
        return Found(np.nan, UNKNOWN, spoken(one.unknown or {}))
    if year >= run.last_year:
        reason = say("the run ends with the year {year}", year=run.last_year - 1)
        return Found(np.nan, UNKNOWN, reason)
    return asking.value(one.formula, year)


def _bound(one: Indicator, year: int, run: Projection, asking: Asking) -> tuple[float, str, bool]:
    """What the value of a year is held against, what that is, and whether it must be passed."""
    if one.targets and year in one.targets:
        return float(one.targets[year]), TARGET, False
    if one.direction not in (UP, DOWN) or one.formula is None:
        return np.nan, "", False
    if one.baseline is not None:
        return one.baseline.value, BASELINE, True
    if not run.base_year < year < run.last_year:
        return np.nan, "", False
    return asking.value(one.formula, run.base_year).value, FIRST_YEAR, True


def _gap(direction: str, value: Array, bound: float | Array) -> Array:
    """What is missing to the bound, positive = short."""
    if direction in (UP, AT_LEAST):
        return np.asarray(bound - value)
    if direction in (DOWN, AT_MOST):
        return np.asarray(value - bound)
    assert direction == ZERO
    return np.asarray(np.abs(value) - np.abs(bound))


def _met(gap: Array | float, strict: bool) -> Any:
    """A target is met when it is reached, a growth when there is one."""
    return np.asarray(gap) < -ROUNDING if strict else np.asarray(gap) <= ROUNDING


def _chance(
    one: Indicator, year: int, run: Projection, asking: Asking, *, strict: bool, bound: float
) -> dict[str, Any]:
    """The share of the draws that meet the bound; the first year is drawn as well."""
    formula = one.formula
    assert isinstance(formula, Formula)
    if not asking.draws:
        return {"probability_reason": say("the run has no draws")}
    values = asking.drawn(formula, year)
    bounds: float | Array | None = bound
    if strict and one.baseline is None:
        bounds = asking.drawn(formula, run.base_year)
    if values is None or bounds is None or np.isnan(values).any():
        return {"probability_reason": say("the draws of the run do not hold it")}
    share = float(_met(_gap(one.direction, values, bounds), strict).mean())
    error = float(np.sqrt(share * (1 - share) / asking.draws))
    return {"probability": share, "standard_error": error}
