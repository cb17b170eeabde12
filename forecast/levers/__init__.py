"""The few levers that a planner moves, and the scenario that they write.

What stands on the page of the explorer and under the sliders of a notebook is one `Setting`; a
`Board` of a data package knows what each lever may be, reads what was given, writes the scenario
file and runs it through the front door, so that the numbers are those of `forecast run`.
"""

from __future__ import annotations

from forecast.levers.board import Board
from forecast.levers.setting import AS_WRITTEN, NAME, OWN_TFR, VARIANTS, WORDS, Setting, named

__all__ = ["AS_WRITTEN", "NAME", "OWN_TFR", "VARIANTS", "WORDS", "Board", "Setting", "named"]
