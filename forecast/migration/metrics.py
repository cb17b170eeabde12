"""How far a forecast of flows is from what came.

f : (origin, destination) forecast; x : the same, observed; diagonals are 0. Definitions: common
part of commuters, Lenormand et al. (2012), PLoS ONE 7(10); wMAPE is the sum of absolute errors
over the sum of flows; the deviance is that of a Poisson count.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def flow_errors(f: Array, x: Array, population: Array | None = None) -> dict[str, float]:
    """Every measure by its name.

    wmape, cpc        : sum of absolute errors over all moves (with the right total, twice the share
                        that is in the wrong pair); common part, 0 to 1
    mae, rmse         : persons
    deviance          : Poisson deviance per pair
    net_per_1000      : mean absolute error of the nets per 1,000 people; NaN without population
    net_sign          : share of regions whose net has the right sign
    margin_wmape      : wMAPE of departures and arrivals together
    total             : relative error of all moves
    """
    away = ~np.eye(len(x), dtype=bool)
    forecast, observed = f[away], x[away]
    total = observed.sum()
    miss = np.abs(forecast - observed)
    nets = f.sum(axis=0) - f.sum(axis=1), x.sum(axis=0) - x.sum(axis=1)
    margins = [np.abs(f.sum(axis=axis) - x.sum(axis=axis)).sum() for axis in (0, 1)]
    off = np.abs(nets[0] - nets[1])
    return {
        "wmape": _over(miss.sum(), total),
        "cpc": _over(2 * np.minimum(forecast, observed).sum(), forecast.sum() + total),
        "mae": float(miss.mean()),
        "rmse": float(np.sqrt(np.square(miss).mean())),
        "deviance": _deviance(forecast, observed),
        "net_per_1000": float("nan") if population is None else float(
            1000 * (off / population).mean()),
        "net_sign": float((np.sign(nets[0]) == np.sign(nets[1])).mean()),
        "margin_wmape": _over(sum(margins), 2 * total),
        "total": _over(forecast.sum() - total, total),
    }  # fmt: skip


def _over(part: float, whole: float) -> float:
    return float(part / whole) if whole > 0 else float("nan")


def _deviance(forecast: Array, observed: Array) -> float:
    """Mean Poisson deviance; a forecast of 0 counts as a thousandth of a person."""
    expected = np.maximum(forecast, 1e-3)
    log = np.zeros_like(observed)
    some = observed > 0
    log[some] = observed[some] * np.log(observed[some] / expected[some])
    return float(2 * (log - (observed - expected)).mean())
