"""Moves between regions: base rates, growth points, who comes and from where; models of flows.

`MODELS` holds every model of flows by its name; all of them pass one contract (see `model`).
"""

from __future__ import annotations

from forecast.migration.blend import Blend
from forecast.migration.boosted import Boosted
from forecast.migration.components import Components
from forecast.migration.forecaster import Persistence, Pooled, Trend
from forecast.migration.model import FlowModel
from forecast.migration.structural import Gravity, PairEffects

MODELS: dict[str, type[FlowModel]] = {
    model.name: model
    for model in (
        Persistence, Trend, Pooled, Components, Gravity, PairEffects, Boosted, Blend
    )
}  # fmt: skip
