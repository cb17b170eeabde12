"""The scenario language: what planners write, read into a frozen `Scenario`.

Reading needs pydantic and ruamel.yaml, which are imported when a scenario is read.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecast.scenario.listing import Listed, list_scenarios
    from forecast.scenario.reference import json_schema
    from forecast.scenario.scenario import Scenario, load_scenario, parse_scenario
    from forecast.scenario.series import Series

__all__ = [
    "Listed",
    "Scenario",
    "Series",
    "json_schema",
    "list_scenarios",
    "load_scenario",
    "parse_scenario",
]

_ROOMS = {
    "Listed": "listing",
    "Scenario": "scenario",
    "Series": "series",
    "json_schema": "reference",
    "list_scenarios": "listing",
    "load_scenario": "scenario",
    "parse_scenario": "scenario",
}


def __getattr__(name: str) -> object:
    if name not in _ROOMS:
        raise AttributeError(f"module 'forecast.scenario' has no attribute {name!r}")
    return getattr(import_module(f"forecast.scenario.{_ROOMS[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
