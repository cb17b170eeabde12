"""The multiplicative components of a table of moves, each with a forecast of its own.

n_ij = T O_i D_j OD_ij: the total, the share of each origin, that of each destination, and how
far a pair differs from what its margins let expect (Willekens 1983, 'Log-linear modelling of
spatial interaction'; Rogers, Little & Raymer 2010, The Indirect Estimation of Migration, ch. 4).
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from forecast.migration.forecaster import PHI, TREND_YEARS, Levelled
from forecast.migration.model import Drivers
from forecast.migration.panel import FlowPanel
from forecast.migration.smoothing import damped
from forecast.words import say

Array = NDArray[np.float64]


class Components(Levelled):
    """Multiplicative components: total and margins with damped trends, the association kept.

    Total, origin and destination components follow their own slope of the last five years,
    damped; the association component is the mean of those years. The product is scaled to the
    total, since the components are forecast apart.
    """

    name: ClassVar[str] = "components"

    def _fit(self, panel: FlowPanel) -> dict[str, Any]:
        recent = panel.flows[-TREND_YEARS:]
        totals = np.where(recent.sum(axis=(1, 2)) > 0, recent.sum(axis=(1, 2)), 1.0)
        out, into = recent.sum(axis=2) / totals[:, None], recent.sum(axis=1) / totals[:, None]
        expected = totals[:, None, None] * out[:, :, None] * into[:, None, :]
        apart = np.divide(recent, expected, out=np.zeros_like(recent), where=expected > 0)
        found = {
            "out": out[-1], "out_slope": _slopes(out),
            "into": into[-1], "into_slope": _slopes(into),
            "association": apart.mean(axis=0),
            **self._start(panel),
        }  # fmt: skip
        if len(recent) < 3:
            found["notes"] = [*found["notes"], say("fewer than three years: margins keep their "
                                                   "last shares")]  # fmt: skip
        return found

    def _predict(self, horizon: int, drivers: Drivers) -> Array:
        fitted, steps = self.fitted, damped(horizon, PHI)
        out = fitted["out"] * np.exp(steps * fitted["out_slope"])
        into = fitted["into"] * np.exp(steps * fitted["into_slope"])
        flows = out[:, None] * into[None, :] * fitted["association"]
        total = flows.sum()
        product: Array = flows * (self._total(horizon) / total if total > 0 else 0.0)
        return product


def _slopes(shares: Array) -> Array:
    """(region,) slope of the logarithm of (year, region) shares; 0 with fewer than three years."""
    count = len(shares)
    if count < 3:
        return np.zeros(shares.shape[1])
    logs = np.log(np.maximum(shares, 1e-12))
    step = np.arange(count) - (count - 1) / 2
    slopes: Array = (step[:, None] * logs).sum(axis=0) / np.square(step).sum()
    return np.where((shares > 0).all(axis=0), slopes, 0.0)
