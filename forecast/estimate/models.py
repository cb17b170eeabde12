"""The models that carry each component beyond the last observed year, fitted when data is built.

A component is a function of the estimates that gives the rows of its parameters and of its
validation; it is added to `models` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

if TYPE_CHECKING:
    from forecast.estimate.build import Estimates

PARAMETERS = ("component", "parameter", "region", "sex", "age", "year", "value", "unit", "source")
SCORES = (
    "component", "candidate", "first", "last", "forecasts", "measure", "chosen", "value", "unit",
    "source",
)  # fmt: skip


class Parameter(NamedTuple):
    """One row of `estimated/models`; what a parameter is not of stays at its default."""

    parameter: str
    value: float
    unit: str
    source: str
    region: str = ""
    sex: str = ""
    age: int = -1
    year: int = 0


class Score(NamedTuple):
    """One row of `estimated/validation`: a candidate held against what came."""

    candidate: str
    first: int
    last: int
    forecasts: int
    measure: str
    chosen: bool
    value: float
    unit: str
    source: str


class Model(NamedTuple):
    """What the fit of one component gives."""

    parameters: list[Parameter]
    scores: list[Score]


def models() -> dict[str, Callable[[Estimates], Model]]:
    """The fit of each component by its name."""
    from forecast.estimate.base_error import fit_base  # late: they import this module
    from forecast.estimate.external_model import fit_external
    from forecast.estimate.fertility_model import fit_fertility
    from forecast.estimate.internal_model import fit_internal
    from forecast.estimate.mortality_model import fit_mortality
    from forecast.estimate.urban_model import fit_urban

    return {
        "base": fit_base,
        "external": fit_external,
        "fertility": fit_fertility,
        "internal": fit_internal,
        "mortality": fit_mortality,
        "urban": fit_urban,
    }


def fit_models(estimates: Estimates) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows of `estimated/models` and `estimated/validation`, every component."""
    parameters, scores = [], []
    for component, fit in models().items():
        model = fit(estimates)
        parameters += [{"component": component, **row._asdict()} for row in model.parameters]
        scores += [
            {"component": component, **row._asdict(), "chosen": "yes" if row.chosen else "no"}
            for row in model.scores
        ]
    return pd.DataFrame(parameters, columns=PARAMETERS), pd.DataFrame(scores, columns=SCORES)
