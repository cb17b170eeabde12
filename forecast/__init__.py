"""Regional population, migration, labour and infrastructure forecasts for growth-point scenarios.

    import forecast as fc

    dataset    = fc.load_dataset("kazakhstan")
    scenario   = fc.load_scenario("atyrau-petrochemicals")
    projection = fc.run(scenario, dataset)
    projection.frame("population")        # tidy pandas: region, year, sex, age, persons
    projection.save("results/atyrau-petrochemicals")

The names below are loaded when first used, so that importing the package is light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from forecast.version import __version__

if TYPE_CHECKING:
    from forecast.api import (
        as_text,
        load,
        load_dataset,
        load_scenario,
        parse_scenario,
        readable,
        run,
        sensitivity,
    )
    from forecast.demography.cohort import project_cohorts
    from forecast.doors import backtest_moves, explain, targets
    from forecast.errors import ForecastError, InputError, RunError
    from forecast.levers import Board
    from forecast.projection import Projection
    from forecast.settle_doors import match, quota, score

__all__ = [
    "Board",
    "ForecastError",
    "InputError",
    "Projection",
    "RunError",
    "__version__",
    "as_text",
    "backtest_moves",
    "explain",
    "load",
    "load_dataset",
    "load_scenario",
    "match",
    "parse_scenario",
    "project_cohorts",
    "quota",
    "readable",
    "run",
    "score",
    "sensitivity",
    "targets",
]

_ROOMS = {
    "Board": "forecast.levers",
    "ForecastError": "forecast.errors",
    "InputError": "forecast.errors",
    "Projection": "forecast.projection",
    "RunError": "forecast.errors",
    "as_text": "forecast.api",
    "backtest_moves": "forecast.doors",
    "explain": "forecast.doors",
    "load": "forecast.api",
    "load_dataset": "forecast.api",
    "load_scenario": "forecast.api",
    "match": "forecast.settle_doors",
    "parse_scenario": "forecast.api",
    "project_cohorts": "forecast.demography.cohort",
    "quota": "forecast.settle_doors",
    "readable": "forecast.api",
    "run": "forecast.api",
    "score": "forecast.settle_doors",
    "sensitivity": "forecast.api",
    "targets": "forecast.doors",
}


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module 'forecast' has no attribute {name!r}")
    value = getattr(import_module(_ROOMS[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
