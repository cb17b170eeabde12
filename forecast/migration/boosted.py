"""Gradient boosting on the ratio of what came to what the baseline said.

The baseline stays the forecast; trees learn in which pairs it tends to be too low or too high,
from the past alone. They are kept from what measurements have shown them to do badly:

- The national level is the baseline's. A panel has one level a year, far too few to learn from,
  so targets are shares of all moves and the forecast is scaled to the baseline's total.
- A scenario is answered by the structural layer. The ratio is fixed when the model is fitted; it
  does not see the drivers that `predict` is given, which go to the baseline alone.
- A model that ran away is not used (`divergence`); a ratio stays within one half and two.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from forecast.errors import RunError
from forecast.migration.forecaster import Levelled, Pooled
from forecast.migration.model import Drivers
from forecast.migration.panel import FlowPanel
from forecast.migration.past import (
    OF_BASELINE,
    Rows,
    beside_baseline,
    known_drivers,
    large_enough,
    of_past,
    rows_of,
    signs_of,
)
from forecast.migration.trees import LEAST_LEAF, grow, tree_ratios
from forecast.words import say
from forecast.words.digits import number

Array = NDArray[np.float64]

FEWEST_YEARS = 10  # with fewer, every learning model that was measured lost to persistence
FEWEST_ROWS = 5 * LEAST_LEAF
MOST_ROWS = 40_000  # the latest are kept: how people move changes, and a fit should take seconds
LOWEST, HIGHEST = 0.5, 2.0  # bounds of a ratio
TOTAL_OFF = 0.05  # largest error of the total over the training rows
BASE = "base."  # before the names of the baseline's state


class Boosted(Levelled):
    """Pooled association, margins and level, times a learned ratio of each pair.

    level : as in `Pooled`, on which it stands
    signs : {driver: +1 or -1} whether more of it draws people to a destination; drivers whose
            names say so (income, unemployment) need none
    """

    name: ClassVar[str] = "boosted"

    def __init__(self, level: str = "trend", signs: Mapping[str, int] | None = None):
        super().__init__(level)
        self.signs = dict(signs or {})

    @property
    def settings(self) -> dict[str, Any]:
        return {**super().settings, "signs": self.signs}

    def _fit(self, panel: FlowPanel) -> dict[str, Any]:
        base = Pooled(self.level).fit(panel)
        found: dict[str, Any] = {BASE + key: value for key, value in base.fitted.items()}
        learned, why = self._learn(panel)
        found.update(learned)
        found["learned"] = not why
        found["notes"] = [*base.notes, *why]
        return found

    def _learn(self, panel: FlowPanel) -> tuple[dict[str, Any], list[str]]:
        """The trees and what they are asked with; or nothing, and why."""
        if len(panel.years) < FEWEST_YEARS:
            return {}, [say("machine learning needs {n} years of moves and there are {years}: the "
                            "forecast is the baseline's", n=FEWEST_YEARS,
                            years=len(panel.years))]  # fmt: skip
        drivers = known_drivers(panel)
        rows = rows_of(panel, drivers).latest(MOST_ROWS)
        if len(rows) < FEWEST_ROWS:
            return {}, [say("machine learning needs {n} earlier forecasts of pairs and there are "
                            "{rows}: the forecast is the baseline's", n=FEWEST_ROWS,
                            rows=len(rows))]  # fmt: skip
        try:
            trees = grow(rows.features, rows.target, rows.weight, signs_of(rows.names, self.signs))
        except RunError as error:
            return {}, [str(error)]
        why = divergence(rows, tree_ratios(trees, rows.features))
        if why:
            return {}, [why]
        past = of_past(panel, drivers)
        return {
            **trees,
            "features": np.array(rows.names),
            "past": np.stack(list(past.values()), axis=2),
            "last_flows": panel.flows[-1],
        }, []

    @property
    def learned(self) -> bool:
        """Whether there is a learned ratio; without, the forecast is the baseline's exactly."""
        return bool(self.fitted["learned"])

    @property
    def baseline(self) -> Pooled:
        """The fitted baseline on which the model stands."""
        base = Pooled(self.level)
        base.state = {
            key.removeprefix(BASE): value
            for key, value in self.fitted.items()
            if key.startswith(BASE)
        }
        return base

    def ratio(self, horizon: int) -> Array:
        """(origin, destination) learned factor of the baseline `horizon` years ahead.

        Fixed when the model is fitted: the baseline is asked without a scenario here.
        """
        said = self.baseline.predict(horizon)
        ratio = np.ones_like(said)
        if not self.learned or not said.sum() > 0:
            return ratio
        fitted = self.fitted
        beside = beside_baseline(said, fitted["last_flows"], horizon)
        used = large_enough(said)
        features = np.column_stack(
            [fitted["past"][used], *(beside[name][used] for name in OF_BASELINE)]
        )
        ratio[used] = np.clip(tree_ratios(fitted, features), LOWEST, HIGHEST)
        # the level is the baseline's
        return ratio * (said.sum() / (said * ratio).sum())

    def _predict(self, horizon: int, drivers: Drivers) -> Array:
        said = self.baseline.predict(horizon, drivers)
        return said * self.ratio(horizon) if self.learned else said


def divergence(rows: Rows, ratio: Array) -> str:
    """Why learned ratios of the training rows cannot be trusted, in words; '' where they can.

    Boosting of the Poisson deviance has been seen to predict 132 times the training total of a
    panel with many zeros; that shows in the training rows themselves.
    """
    if not np.isfinite(ratio).all():
        return say("machine learning diverged: a ratio is no number; the forecast is the "
                   "baseline's")  # fmt: skip
    off = float((rows.weight * ratio).sum() / (rows.weight * rows.target).sum() - 1)
    if abs(off) > TOTAL_OFF:
        return say(
            "machine learning diverged: its total is {off} % off what it was trained on; the "
            "forecast is the baseline's",
            off=number(100 * off, 0, signed=True),
        )  # fmt: skip
    beyond = rows.baseline * ratio > HIGHEST * np.maximum(rows.largest, rows.baseline)
    if beyond.any():
        return say("machine learning diverged: forecasts beyond twice what was ever seen: {n}; the "
                   "forecast is the baseline's", n=int(beyond.sum()))  # fmt: skip
    return ""
