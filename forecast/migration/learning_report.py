"""What machine learning did: one sentence, which features count, how the ratio moves with them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import InputError
from forecast.migration.blend import EARNED, FEWEST_ORIGINS, LEARNING, Blend
from forecast.migration.boosted import FEWEST_YEARS, HIGHEST, LOWEST, Boosted
from forecast.migration.panel import FlowPanel
from forecast.migration.past import Rows, known_drivers, rows_of
from forecast.migration.trees import tree_ratios
from forecast.words import say
from forecast.words.digits import number

Array = NDArray[np.float64]

BLOCK = 3  # last years of the panel that are held out
REPEATS, SEED = 5, 1


def what_learning_changed(blend: Blend) -> str:
    """One sentence on a fitted blend: why learning has no weight, or what it changes next year.

    The share is the sum of all differences to the same blend without learning, over its total.
    """
    names = [str(name) for name in blend.fitted["names"]]
    learning = [name for name in names if name in LEARNING]
    if not learning:
        return say("Machine learning is not part of this blend.")
    weight = sum(blend.weights[name] for name in learning)
    if weight == 0:
        return _why_none(blend, names.index(learning[0]))
    plain = blend.mean_of(blend.without(learning), 1, {})
    moved = blend.predict(1) - plain
    origin, destination = np.unravel_index(np.abs(moved).argmax(), moved.shape)
    return say(
        "Machine learning has weight {weight} and changes {share} % of all moves, most of all "
        "{origin} \u2192 {destination} ({moves}).",
        weight=number(weight, 2),
        share=number(100 * float(np.abs(moved).sum() / (plain.sum() or 1.0)), 1),
        origin=blend.regions[origin],
        destination=blend.regions[destination],
        moves=f"{moved[origin, destination]:+,.0f}",
    )


def _why_none(blend: Blend, place: int) -> str:
    fitted = blend.fitted
    origins, reason = len(fitted["inner_origins"]), str(fitted["why"][place])
    if reason == "years":
        return say("Machine learning has weight 0: it needs {n} years of moves.", n=FEWEST_YEARS)
    if reason == "origins":
        return say("Machine learning has weight 0: of the {least} earlier years that are needed to "
                   "judge it, {n} are there.", n=origins, least=FEWEST_ORIGINS)  # fmt: skip
    if reason == "persistence":
        return say("Machine learning has weight 0: it beat persistence in {won} of {n} origins "
                   "({share} % are needed).", won=int(fitted["wins"][place]), n=origins,
                   share=f"{100 * EARNED:.0f}")  # fmt: skip
    if reason == "baseline":
        return say("Machine learning has weight 0: it beat persistence in {won} of {n} origins, "
                   "but not the baseline it stands on ({share} % are needed).",
                   won=int(fitted["wins"][place]), n=origins,
                   share=f"{100 * EARNED:.0f}")  # fmt: skip
    if reason == "failed":
        return say("Machine learning has weight 0: it could not be fitted.")
    return say("Machine learning has weight 0: it diverged.")


def importance(model: Boosted, panel: FlowPanel) -> pd.DataFrame:
    """How much worse the last years would have been forecast with a feature shuffled.

    A row per feature: feature, importance (points of wMAPE added, mean of five shuffles), spread
    (their standard deviation). The model is fitted anew to the panel without its last three
    years and judged on the forecasts that came due in them; importance below or near 0 means that
    what was learned from the feature does not hold later. Breiman (2001), Machine Learning 45(1).
    Raises InputError where nothing is learned from so short a panel.
    """
    rows, earlier = _block(model, panel)
    generator = np.random.default_rng(SEED)
    shuffled: dict[str, list[float]] = {}
    usual = _missed(rows, _ratios(earlier, rows.features))
    for place, name in enumerate(rows.names):
        for _ in range(REPEATS):
            features = rows.features.copy()
            features[:, place] = generator.permutation(features[:, place])
            shuffled.setdefault(name, []).append(_missed(rows, _ratios(earlier, features)) - usual)
    found = pd.DataFrame({
        "feature": list(shuffled),
        "importance": [float(np.mean(values)) for values in shuffled.values()],
        "spread": [float(np.std(values)) for values in shuffled.values()],
    })  # fmt: skip
    return found.sort_values("importance", ascending=False, ignore_index=True)


def partial_response(
    model: Boosted, panel: FlowPanel, features: Sequence[str] = (), *, points: int = 15
) -> pd.DataFrame:
    """How the learned ratio moves with one feature, the others as they were.

    A row per feature and value: feature, value, ratio (mean of all forecasts of the baseline that
    have come due, by their flow). Values are quantiles, so that no row stands where no pair was.
    Friedman (2001), section 8.2. Raises InputError for an unknown feature or an unlearned model.
    """
    _refuse_unlearned(model)
    rows = rows_of(panel, known_drivers(panel))
    if rows.names != tuple(str(name) for name in model.fitted["features"]):
        raise InputError(say("partial response"), say("the panel is not that of the model"))
    unknown = [name for name in features if name not in rows.names]
    if unknown:
        raise InputError(say("partial response"), say("no feature {names}; known: {known}",
                         names=", ".join(unknown), known=", ".join(rows.names)))  # fmt: skip
    parts = []
    for name in features or rows.names:
        place = rows.names.index(name)
        known = rows.features[:, place]
        known = known[np.isfinite(known)]
        if not len(known):
            continue
        for value in np.unique(np.quantile(known, np.linspace(0.02, 0.98, points))):
            asked = rows.features.copy()
            asked[:, place] = value
            mean = np.average(_ratios(model, asked), weights=rows.weight)
            parts.append({"feature": name, "value": float(value), "ratio": float(mean)})
    return pd.DataFrame(parts, columns=["feature", "value", "ratio"])


def _block(model: Boosted, panel: FlowPanel) -> tuple[Rows, Boosted]:
    """Forecasts that came due in the last years, and the model that had not seen these years."""
    if len(panel.years) <= BLOCK + 1:
        raise InputError(say("machine learning"), say("{n} years of moves are too few",
                         n=len(panel.years)))  # fmt: skip
    cut = panel.years[-1 - BLOCK]
    earlier = model.fit(panel.until(cut))
    _refuse_unlearned(earlier)
    drivers = known_drivers(panel.until(cut))  # those that the earlier model knows
    rows = rows_of(panel, drivers)
    return rows.chosen((rows.origin >= cut) & (rows.year > cut)), earlier


def _refuse_unlearned(model: Boosted) -> None:
    if not model.learned:
        raise InputError(say("machine learning"), say("nothing was learned: {reason}",
                         reason=model.notes[-1]))  # fmt: skip


def _ratios(model: Boosted, features: Array) -> Array:
    return np.clip(tree_ratios(model.fitted, features), LOWEST, HIGHEST)


def _missed(rows: Rows, ratio: Array) -> float:
    """wMAPE of the shares, %, with years ahead weighted as in training."""
    return float(100 * np.average(np.abs(rows.target - ratio), weights=rows.weight))
