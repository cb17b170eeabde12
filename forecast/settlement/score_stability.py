"""How firm a ranking is when the weights are disturbed.

Weights are drawn as W Dirichlet(a w / W), W their sum: their mean is the card's, and the share
p = w / W of a criterion has the standard deviation sqrt(p (1 - p) / (a + 1)).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.settlement.score import Scores, ranked

Array = NDArray[np.floating[Any]]

LOW, HIGH = 0.1, 0.9  # the 80 % interval
TOP = 5
MOST_ROWS = 20_000  # that a ranking is disturbed for
SEED = 1


def disturbed(weights: Array, concentration: float, draws: int, seed: int) -> Array:
    """(draw, criterion) weights with the sum of those given; a weight of 0 stays 0."""
    rng = np.random.default_rng(seed)
    total = weights.sum()
    shares = rng.standard_gamma(concentration * weights / total, size=(draws, len(weights)))
    found: Array = total * shares / shares.sum(axis=1, keepdims=True)
    return found


def stability(scores: Scores, *, draws: int, seed: int = SEED, top: int = TOP) -> pd.DataFrame:
    """A row for each row: share of draws in the top, median and 80 % interval of the rank.

    Columns share_top, rank_median, rank_low, rank_high, share_passes (of draws that reach
    the mark). Unknown scores take no part and are NaN.
    """
    weights = disturbed(scores.card.weights, scores.card.concentration, draws, seed)
    values, known = scores.values, scores.known
    tolerance = scores.card.tolerance
    ranks = np.empty((draws, int(known.sum())), dtype=np.float32)
    passes = np.zeros(ranks.shape[1])
    for draw, drawn in enumerate(weights):
        score = values[known] @ drawn
        ranks[draw] = ranked(score, tolerance)
        passes += score >= scores.mark - tolerance
    found = pd.DataFrame(
        index=range(len(known)),
        columns=["share_top", "rank_median", "rank_low", "rank_high", "share_passes"], dtype=float,
    )  # fmt: skip
    if draws and ranks.shape[1]:
        levels = np.quantile(ranks, [0.5, LOW, HIGH], axis=0, method="inverted_cdf")
        found.loc[known] = np.column_stack([(ranks <= top).mean(axis=0), *levels, passes / draws])
    return found
