"""Several models of flows in one forecast, each with the weight that it has earned.

Every candidate forecasts from earlier years of the panel what has come since; the smaller its
errors the larger its weight (softmax). Only the order of time is used: at each inner origin a
model knows the years up to it. A place must be earned first: beside the first candidate, which is
the baseline, a model has weight 0 unless it beat persistence in 60 % of the inner origins; a
learning model must also beat, in as many, the baseline on which it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from forecast.errors import InputError, RunError
from forecast.migration.boosted import FEWEST_YEARS, Boosted
from forecast.migration.forecaster import Levelled, Persistence, Pooled
from forecast.migration.metrics import flow_errors
from forecast.migration.model import Drivers, FlowModel
from forecast.migration.names import model_name
from forecast.migration.panel import FlowPanel
from forecast.words import say
from forecast.words.digits import number

Array = NDArray[np.float64]
Forecasts = Mapping[tuple[str, int, int], Array]  # {(model, origin, horizon): moves}

CANDIDATES = ("pooled", "components", "pair_effects", "boosted")
LEARNING = {Boosted.name: Pooled.name}  # {learning model: baseline on which it stands}
REFERENCE = Persistence.name
HORIZONS = (1, 3, 5)
INNER = 8  # latest inner origins that are used, for their cost
FEWEST_ORIGINS = 4  # with fewer, a share of origins won says nothing; assumption
EARNED = 0.6  # share of inner origins that a model must win
SHARPNESS = 20.0  # an error larger by 5 % of persistence's has 1 / e of the weight; assumption
MEMBER = "member."  # before the names of a member's state


class Blend(Levelled):
    """Weighted mean of the forecasts of several models.

    level      : as in `Pooled`, for every member that has a level
    candidates : names in MODELS; those that are not there are left out. The first is the one
                 that has all the weight where nothing can be validated
    """

    name: ClassVar[str] = "blend"

    def __init__(self, level: str = "trend", candidates: Sequence[str] = CANDIDATES):
        super().__init__(level)
        self.candidates = tuple(candidates)

    @property
    def settings(self) -> dict[str, Any]:
        return {**super().settings, "candidates": list(self.candidates)}

    def fit(self, panel: FlowPanel, *, known: Forecasts | None = None) -> Self:
        """A fitted copy.

        known : forecasts that were made before from years of the same panel, each fitted to what
                was known then, as a back-test has them; only those whose target year lies in the
                panel are read, and what is missing is made here
        """
        fitted: Self = super().fit(panel)
        fitted.fitted.update(self._blended(panel, known or {}))
        return fitted

    def _fit(self, panel: FlowPanel) -> dict[str, Any]:
        return {}  # `fit` does it, since it may be given forecasts

    def _blended(self, panel: FlowPanel, known: Forecasts) -> dict[str, Any]:
        from forecast.migration import MODELS  # late: it holds this class

        names = [name for name in self.candidates if name in MODELS]
        if not names or names[0] in LEARNING:
            raise InputError(self.name, say("the first candidate of a blend must be a model that "
                             "does not learn"))  # fmt: skip
        origins = inner_origins(panel)
        errors, notes = {}, []
        if len(origins) >= FEWEST_ORIGINS and len(names) > 1:
            needed = dict.fromkeys([REFERENCE, *names, *(LEARNING.get(n, n) for n in names)])
            for name in needed:
                try:
                    errors[name] = inner_errors(name, panel, origins, known)
                except (InputError, RunError) as error:
                    notes.append(_left_out(name, error))
        weights, scores, wins, why = _weights(names, errors, len(panel.years))
        members: dict[str, FlowModel] = {}
        for name in names:
            if weights[name] == 0:
                continue
            try:
                members[name] = _made(name, self.level).fit(panel)
            except (InputError, RunError) as error:
                notes.append(_left_out(name, error))
                weights[name] = 0.0
            else:
                if not getattr(members[name], "learned", True):
                    weights[name], why[name] = 0.0, "diverged"
                    del members[name]
        if not sum(weights.values()) > 0:  # what was to be judged failed: the baseline is left
            members, weights = {names[0]: _made(names[0], self.level).fit(panel)}, dict(weights)
            weights[names[0]] = 1.0
        whole = sum(weights.values())
        found: dict[str, Any] = {
            "names": np.array(names),
            "weights": np.array([weights[name] / whole for name in names]),
            "scores": np.array([scores[name] for name in names]),
            "wins": np.array([wins[name] for name in names]),
            "why": np.array([why[name] for name in names]),
            "inner_origins": np.array(origins, dtype=int),
        }
        for name, member in members.items():
            for key, value in member.fitted.items():
                found[f"{MEMBER}{name}.{key}"] = value
        foremost = max(members, key=lambda name: weights[name])
        found["notes"] = [*notes, _words(found), *members[foremost].notes]
        return found

    @property
    def weights(self) -> dict[str, float]:
        """{candidate: weight}; they sum to 1."""
        names = [str(name) for name in self.fitted["names"]]
        return dict(zip(names, map(float, self.fitted["weights"]), strict=True))

    def member(self, name: str) -> FlowModel:
        """A fitted candidate; only one with a weight is kept."""
        model = _made(name, self.level)
        start = f"{MEMBER}{name}."
        model.state = {
            key.removeprefix(start): value
            for key, value in self.fitted.items()
            if key.startswith(start)
        }
        if not model.state:
            raise RunError(self.name, say("'{name}' has no weight and is not kept", name=name))
        return model

    def without(self, names: Sequence[str]) -> dict[str, float]:
        """The weights that remain when learning models are taken out; they sum to 1."""
        left = {name: 0.0 if name in names else w for name, w in self.weights.items()}
        whole = sum(left.values())
        return {name: w / whole for name, w in left.items()}

    def mean_of(self, weights: Mapping[str, float], horizon: int, drivers: Drivers) -> Array:
        """(origin, destination) mean of the members' forecasts with given weights."""
        parts = [w * self.member(n).predict(horizon, drivers) for n, w in weights.items() if w > 0]
        mean: Array = np.sum(parts, axis=0)
        return mean

    def _predict(self, horizon: int, drivers: Drivers) -> Array:
        return self.mean_of(self.weights, horizon, drivers)


def inner_origins(panel: FlowPanel) -> tuple[int, ...]:
    """The latest years from which models are judged: ten known years behind, one ahead."""
    return panel.years[FEWEST_YEARS - 1 : -1][-INNER:]


def inner_errors(
    name: str, panel: FlowPanel, origins: Sequence[int], known: Forecasts
) -> dict[tuple[int, int], float]:
    """{(origin, horizon): wMAPE} of a model over what came within the panel."""
    found = {}
    for origin in origins:
        fitted = None
        for horizon in HORIZONS:
            if origin + horizon > panel.last:
                continue
            came = panel.flows[panel.years.index(origin + horizon)]
            if not came.sum() > 0:
                continue
            made = known.get((name, origin, horizon))
            if made is None:
                fitted = fitted or _made(name, "trend").fit(panel.until(origin))
                made = fitted.predict(horizon)
            found[origin, horizon] = flow_errors(made, came)["wmape"]
    return found


def _made(name: str, level: str) -> FlowModel:
    """A model by its name, with the level where it has one."""
    from forecast.migration import MODELS  # late: it holds the blend

    model = MODELS[name]()
    if "level" in model.settings:
        model = MODELS[name](**{**model.settings, "level": level})
    return model


def _weights(
    names: Sequence[str], errors: Mapping[str, Mapping[tuple[int, int], float]], years: int
) -> tuple[dict[str, float], dict[str, float], dict[str, int], dict[str, str]]:
    """Weights (not yet summing to 1), errors beside persistence's, origins won, reasons for 0.

    An error is the mean over inner origins and horizons of wMAPE over that of persistence; an
    origin is won where its mean over horizons is the smaller one.
    """
    errors = {name: found for name, found in errors.items() if found}
    scores = dict.fromkeys(names, float("nan"))
    wins, why = dict.fromkeys(names, 0), dict.fromkeys(names, "")
    if REFERENCE not in errors or not set(names) & set(errors):
        alone = "years" if years < FEWEST_YEARS else "origins"
        why.update({name: alone for name in names if name in LEARNING})
        return {name: float(name == names[0]) for name in names}, scores, wins, why
    origins = sorted({origin for origin, _ in errors[REFERENCE]})
    for name in names:
        if name not in errors:
            why[name] = "failed"
            continue
        beside = _beside(errors[name], errors[REFERENCE])
        scores[name] = float(np.mean(list(beside.values())))
        wins[name] = _won(beside, origins)
        base = errors.get(LEARNING.get(name, name), {})
        if name != names[0] and wins[name] < EARNED * len(origins):
            why[name] = "persistence"
        elif name in LEARNING and (
            not base or _won(_beside(errors[name], base), origins) < EARNED * len(origins)
        ):
            why[name] = "baseline"
    judged = [name for name in names if not why[name]]
    if not judged:
        return {name: float(name == names[0]) for name in names}, scores, wins, why
    best = min(scores[name] for name in judged)
    weights = {
        name: 0.0 if why[name] else float(np.exp(-SHARPNESS * (scores[name] - best)))
        for name in names
    }
    return weights, scores, wins, why


def _beside(
    errors: Mapping[tuple[int, int], float], reference: Mapping[tuple[int, int], float]
) -> dict[tuple[int, int], float]:
    """Errors over those of another model; 1 where the other made none and neither did this."""
    return {
        key: error / reference[key] if reference[key] > 0 else 1.0 + error
        for key, error in errors.items()
    }


def _won(beside: Mapping[tuple[int, int], float], origins: Sequence[int]) -> int:
    """Origins whose mean over horizons is below 1."""
    means = [np.mean([v for (at, _), v in beside.items() if at == origin]) for origin in origins]
    return int(sum(mean < 1 for mean in means))


def _left_out(name: str, error: Exception) -> str:
    return say("{model} is left out of the blend: {reason}", model=model_name(name), reason=error)


def _words(found: Mapping[str, Any]) -> str:
    """The weights in words."""
    if not len(found["inner_origins"]) >= FEWEST_ORIGINS:
        whole = str(found["names"][int(np.argmax(found["weights"]))])
        return say("too few years to judge models within the panel: {model} has all the weight",
                   model=model_name(whole))  # fmt: skip
    parts = [
        f"{model_name(str(name))} {number(float(weight), 2)}"
        for name, weight in zip(found["names"], found["weights"], strict=True)
    ]
    return say("weights of the models: {weights}", weights=", ".join(parts))
