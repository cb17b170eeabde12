"""Indicators of a programme: what is declared, what a run gives, how far it is from the target."""

from forecast.indicators.declared import DIRECTIONS, Figure, Indicator, Indicators, spoken
from forecast.indicators.measure import COLUMNS, measured
from forecast.indicators.read import FILE, read_indicators

__all__ = [
    "COLUMNS",
    "DIRECTIONS",
    "FILE",
    "Figure",
    "Indicator",
    "Indicators",
    "measured",
    "read_indicators",
    "spoken",
]
