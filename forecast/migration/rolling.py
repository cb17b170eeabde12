"""Every model held against what came, from every origin, with nothing known after it.

A model is fitted at each origin to the panel up to that year and predicts the years ahead. Its
intervals at an origin come from its own forecasts that had come due by then.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import Faults, InputError, did_you_mean
from forecast.migration import MODELS
from forecast.migration.blend import Blend
from forecast.migration.intervals import FEWEST, FlowErrors, flow_errors_of
from forecast.migration.learning_report import what_learning_changed
from forecast.migration.metrics import flow_errors
from forecast.migration.model import FlowModel
from forecast.migration.panel import FlowPanel
from forecast.words import say

Array = NDArray[np.float64]

HORIZONS = (1, 3, 5)
FIRST_KNOWN = 10  # years known at the first origin that is judged, if there are twice as many
SHARES = (80, 95)
REFERENCE = "persistence"
SHOWN = 5  # examples in a message
RECENT = 10  # earlier forecasts behind an interval: how people move is not what it was long ago
DRAWS = 300  # from which intervals of margins and nets are taken
Key = tuple[str, int, int]  # model, origin, horizon


@dataclass(frozen=True, repr=False)
class Rolling:
    """Forecasts of several models from several origins.

    forecasts : {(model, origin, horizon): (origin, destination)}
    seconds   : {model: seconds of one fit and its forecasts, mean of all origins}
    """

    panel: FlowPanel
    models: tuple[str, ...]
    origins: tuple[int, ...]
    horizons: tuple[int, ...]
    forecasts: Mapping[Key, Array]
    seconds: Mapping[str, float]
    draws: int = DRAWS
    seed: int = 1
    notes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def errors_before(self, model: str, origin: int, horizon: int) -> FlowErrors | None:
        """What the model had missed by the end of year `origin`; None where it is too little."""
        due = [
            earlier for earlier in self.panel.years
            if earlier + horizon <= origin and (model, earlier, horizon) in self.forecasts
        ]  # fmt: skip
        if len(due) < FEWEST:
            return None
        due = due[-RECENT:]
        made = [self.forecasts[model, earlier, horizon] for earlier in due]
        came = [self._observed(earlier + horizon) for earlier in due]
        return flow_errors_of(made, came, horizon)

    def _observed(self, year: int) -> Array:
        return self.panel.flows[self.panel.years.index(year)]

    def frame(self) -> pd.DataFrame:
        """A row for each model, origin and horizon: every measure, and what intervals held.

        cells_80 ... : shares of cells, margins (departures and arrivals) and nets inside the
        intervals of 80 and 95 %; NaN where too few earlier forecasts had come due
        """
        rows = []
        for model in self.models:
            for horizon in self.horizons:
                for origin in self.origins:
                    if origin + horizon <= self.panel.last:
                        rows.append(self._row(model, origin, horizon))
        return pd.DataFrame(rows)

    def _row(self, model: str, origin: int, horizon: int) -> dict[str, object]:
        forecast = self.forecasts[model, origin, horizon]
        came = self._observed(origin + horizon)
        people = self.panel.population
        exposed = None if people is None else people[self.panel.years.index(origin)]
        reference = self.forecasts[REFERENCE, origin, horizon]
        found = flow_errors(forecast, came, exposed)
        beside = flow_errors(reference, came)["wmape"]
        return {
            "model": model, "origin": origin, "horizon": horizon, **found,
            "reference_wmape": beside,
            **self._held(model, origin, horizon, forecast, came),
        }  # fmt: skip

    def _held(
        self, model: str, origin: int, horizon: int, forecast: Array, came: Array
    ) -> dict[str, float]:
        """Shares inside the intervals."""
        kinds = ("cells", "margins", "nets")
        held = {f"{kind}_{share}": float("nan") for kind in kinds for share in SHARES}
        errors = self.errors_before(model, origin, horizon)
        if errors is None:
            return held
        away = (forecast > 0) | (came > 0)  # that nobody moves where nobody does is no success
        generator = np.random.default_rng([self.seed, origin, horizon])
        drawn = errors.draws(forecast, self.draws, generator)
        sums = (drawn.sum(axis=2), drawn.sum(axis=1))
        margins = np.concatenate(sums, axis=1), np.concatenate([came.sum(axis=1), came.sum(axis=0)])
        nets = sums[1] - sums[0], came.sum(axis=0) - came.sum(axis=1)
        for share in SHARES:
            low, high = errors.bounds(forecast, share / 100)
            if away.any():
                held[f"cells_{share}"] = float(((came >= low) & (came <= high))[away].mean())
            for kind, (draws, real) in (("margins", margins), ("nets", nets)):
                low, high = np.quantile(draws, [0.5 - share / 200, 0.5 + share / 200], axis=0)
                held[f"{kind}_{share}"] = float(((real >= low) & (real <= high)).mean())
        return held

    def table(self) -> pd.DataFrame:
        """A row for each model and horizon: means over origins, skill against persistence.

        skill = 1 - wMAPE / wMAPE of persistence, both meaned over the same origins; NaN where
        persistence was never off
        """
        frame = self.frame()
        keys = ["model", "horizon"]
        means = frame.groupby(keys, sort=False).mean(numeric_only=True).drop(columns="origin")
        means.insert(0, "origins", frame.groupby(keys, sort=False).size())
        reference = means.pop("reference_wmape")
        means["skill"] = 1 - means["wmape"] / reference.where(reference > 0)
        means["seconds"] = [self.seconds[str(model)] for model, _ in means.index]
        return means.reset_index()


def roll(
    panel: FlowPanel,
    *,
    models: Sequence[str] = (),
    origins: Sequence[int] = (),
    horizons: Sequence[int] = (),
    draws: int = DRAWS,
    seed: int = 1,
) -> Rolling:
    """Fit every model at every origin and forecast from there.

    models   : names in MODELS; all of them by default. Persistence is always fitted beside
    origins  : last known years that are judged; by default every one with ten known years (or
               half of the panel) behind it. Intervals also use earlier ones
    horizons : years ahead; by default 1, 3 and 5, as far as the panel reaches
    draws    : from which intervals of margins and nets are taken
    Raises InputError for an unknown model, an origin or horizon that the panel does not allow, and
    where nobody moves in any year.
    """
    names = tuple(dict.fromkeys([REFERENCE, *(models or MODELS)]))
    judged = tuple(sorted(set(origins))) or default_origins(panel)
    _refuse(panel, names, judged, horizons, draws)
    reach = panel.last - min(judged)
    steps = tuple(sorted(set(horizons))) or tuple(h for h in HORIZONS if h <= reach)
    forecasts: dict[Key, Array] = {}
    seconds: dict[str, float] = {}
    notes: dict[str, tuple[str, ...]] = {}
    for name in names:
        spent, fits = 0.0, 0
        fitted: FlowModel | None = None
        for origin in panel.years[1:]:
            if origin >= panel.last or origin > max(judged):
                continue
            started = time.perf_counter()
            fitted = _fitted(name, panel.until(origin), forecasts)
            for horizon in steps:
                forecasts[name, origin, horizon] = fitted.predict(horizon)
            spent, fits = spent + time.perf_counter() - started, fits + 1
            notes[name] = fitted.notes
        seconds[name] = spent / max(fits, 1)
        if isinstance(fitted, Blend):  # its candidates were fitted before and are part of it
            seconds[name] += sum(seconds.get(one, 0.0) for one in fitted.candidates)
            notes[name] = (*notes[name], what_learning_changed(fitted))
    return Rolling(panel, names, judged, steps, forecasts, seconds, draws, seed, notes)


def _fitted(name: str, known: FlowPanel, forecasts: Mapping[Key, Array]) -> FlowModel:
    """A model fitted to what was known; a blend is given the forecasts that were made already."""
    model = MODELS[name]()
    return model.fit(known, known=forecasts) if isinstance(model, Blend) else model.fit(known)


def default_origins(panel: FlowPanel) -> tuple[int, ...]:
    """Origins with ten known years behind them, or with half of a shorter panel."""
    first = min(FIRST_KNOWN, max(2, len(panel.years) // 2))
    return panel.years[first - 1 : -1]


def _refuse(
    panel: FlowPanel,
    names: Sequence[str],
    origins: Sequence[int],
    horizons: Sequence[int],
    draws: int,
) -> None:
    faults = Faults()
    for name in names:
        if name not in MODELS:
            faults.add(say("models"), say("no model '{name}'", name=name),
                       did_you_mean(name, MODELS))  # fmt: skip
    first, last = panel.years[min(1, len(panel.years) - 1)], panel.last - 1
    outside = [year for year in origins if not first <= year <= last]
    if len(panel.years) < 3:
        why = "; ".join(panel.notes)
        faults.add("", say("{n} years of moves; a back-test needs three", n=len(panel.years)), why)
    elif outside:
        shown = ", ".join(map(str, outside[:SHOWN])) + (", ..." if len(outside) > SHOWN else "")
        faults.add(say("origins"), say("{years} not within {first}-{last}", years=shown,
                   first=first, last=last))  # fmt: skip
    elif not panel.flows.sum() > 0:
        faults.add("", say("nobody moved in any year"))
    for horizon in horizons:
        if horizon < 1:
            faults.add(say("horizons"), say("{n} is not a year ahead", n=horizon))
        elif not faults and min(origins) + horizon > panel.last:
            faults.add(say("horizons"), say("no origin is known {n} years later", n=horizon),
                       say("name horizons up to {n}, or earlier origins",
                           n=panel.last - min(origins)))  # fmt: skip
    if draws < 2:
        faults.add(say("draws"), say("{n} draws give no interval; two are needed", n=draws))
    if faults:
        raise InputError(say("back-test of migration"), faults)
