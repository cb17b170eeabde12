"""Boosted trees as plain arrays: grown by scikit-learn, asked and saved without it.

A fitted model of flows is one file of arrays with no code in it. A pickled estimator would be
code, and would bind the file to one version of scikit-learn; so the nodes are copied out of the
estimator once, right after it is fitted, and followed by the few lines of `tree_ratios`. The
nodes stand in a private attribute (`_predictors`); it has had this form since scikit-learn 0.21
and the explainers of trees read it too. A release that changes it cannot do silent harm: whatever
is copied must give the estimator's own predictions before it is used (`grow`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.errors import RunError
from forecast.words import say

Array = NDArray[np.float64]

LEARNING_RATE, ROUNDS, DEPTH, LEAST_LEAF = 0.02, 150, 3, 200  # assumptions, set before any result
SEED = 1  # nothing is drawn below 200,000 rows; above, the rows from which bins are made
CHECKED = 500  # rows on which the copied trees are held against the estimator
CLOSE = 1e-9  # log points between both; one that ran away is told by `divergence`

Trees = dict[str, Any]


def grow(features: Array, target: Array, weight: Array, signs: Mapping[int, int]) -> Trees:
    """Trees whose `tree_ratios` are near the target, by boosting of the Poisson deviance.

    features : (row, feature); NaN where unknown
    target   : (row,) ratios >= 0; weight : (row,) > 0, of mean 1
    signs    : {feature: +1 or -1} in which direction a ratio may move with the feature
    Friedman (2001), Annals of Statistics 29(5); histogram trees of Ke et al. (2017), LightGBM.

    A leaf takes one Newton step, y / mu - 1, which has no bound above: where many zeros have
    driven mu down and a positive y comes to the same leaf, the step explodes. Slow learning over
    few rounds keeps mu above exp(-.02 * 150) = .05 of the mean, and leaves of 200 rows keep y near
    it; `divergence` in `boosted` looks whether that was enough.
    Raises RunError where the copied trees do not give what scikit-learn gives.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor  # late: heavy

    estimator = HistGradientBoostingRegressor(
        loss="poisson",
        learning_rate=LEARNING_RATE,
        max_iter=ROUNDS,
        max_depth=DEPTH,
        min_samples_leaf=LEAST_LEAF,
        monotonic_cst=[signs.get(k, 0) for k in range(features.shape[1])],
        early_stopping=False,  # it would hold out rows at random, not the latest
        random_state=SEED,
    ).fit(features, target, sample_weight=weight)
    trees = copied(estimator)
    few = features[:: max(1, len(features) // CHECKED)]
    with np.errstate(divide="ignore", invalid="ignore"):
        said, meant = np.log(tree_ratios(trees, few)), np.log(estimator.predict(few))
    if not np.isclose(said, meant, rtol=CLOSE, atol=CLOSE, equal_nan=True).all():
        message = say("the copied trees differ from those of this version of scikit-learn")
        raise RunError(say("machine learning"), message)
    return trees


def copied(estimator: Any) -> Trees:
    """The nodes of a fitted HistGradientBoostingRegressor in arrays, one after the other.

    A leaf points to itself, so that following a tree `tree_depth` times always ends in one.
    """
    trees = [stage[0].nodes for stage in estimator._predictors]
    sizes = np.array([len(nodes) for nodes in trees])
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
    nodes = np.concatenate(trees)
    here = np.arange(len(nodes))
    leaf = nodes["is_leaf"].astype(bool)
    first = np.repeat(roots, sizes)
    return {
        "tree_start": float(np.ravel(estimator._baseline_prediction)[0]),
        "tree_depth": int(nodes["depth"].max()),
        "tree_roots": roots,
        "tree_feature": np.where(leaf, 0, nodes["feature_idx"]).astype(np.int64),
        "tree_threshold": np.where(leaf, np.inf, nodes["num_threshold"]),
        "tree_left": np.where(leaf, here, first + nodes["left"]).astype(np.int64),
        "tree_right": np.where(leaf, here, first + nodes["right"]).astype(np.int64),
        "tree_unknown_left": nodes["missing_go_to_left"].astype(bool),
        "tree_value": np.where(leaf, nodes["value"], 0.0),
    }


def tree_ratios(trees: Trees, features: Array, *, rows: int = 5000) -> Array:
    """(row,) ratios for (row, feature); `rows` at a time, to bound the memory."""
    found = [
        _ratios(trees, np.asarray(features[first : first + rows], dtype=float))
        for first in range(0, len(features), rows)
    ]
    return np.concatenate(found) if found else np.zeros(0)


def _ratios(trees: Trees, features: Array) -> Array:
    row = np.arange(len(features))[:, None]
    at = np.broadcast_to(trees["tree_roots"], (len(features), len(trees["tree_roots"])))
    for _ in range(int(trees["tree_depth"])):
        value = features[row, trees["tree_feature"][at]]
        left = np.where(
            np.isnan(value), trees["tree_unknown_left"][at], value <= trees["tree_threshold"][at]
        )
        at = np.where(left, trees["tree_left"][at], trees["tree_right"][at])
    ratios: Array = np.exp(trees["tree_start"] + trees["tree_value"][at].sum(axis=1))
    return ratios
