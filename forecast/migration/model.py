"""What every model of flows can do: be fitted to a panel, predict, be saved and read again.

A constructor only takes settings. `fit` gives a fitted copy of the model; the model that was
asked stays as it was. What is fitted is a dictionary of arrays and words, so a fitted model is
one file without code in it.
"""

from __future__ import annotations

import json
import os
import zlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from copy import copy
from numbers import Real
from pathlib import Path
from typing import Any, ClassVar, Self
from zipfile import BadZipFile, is_zipfile

import numpy as np
from numpy.typing import NDArray

from forecast.errors import ForecastError, InputError, RunError, did_you_mean
from forecast.migration.panel import FlowPanel
from forecast.words import say

Array = NDArray[np.float64]

# What reading a file raises that is no saved model, or one that was cut or changed.
BROKEN = (
    OSError, ValueError, LookupError, EOFError, TypeError, AttributeError, ArithmeticError,
    RuntimeError, MemoryError, BadZipFile, zlib.error,
)  # fmt: skip
Drivers = Mapping[str, Array]  # {name: (region,)} in the year before the one that is predicted


class FlowModel(ABC):
    """A model of the moves between regions.

    Settings are arguments of the constructor and stand in `settings`; `state` is None until the
    model is fitted and then holds `regions`, `last` (calendar year) and what the model needs.
    """

    name: ClassVar[str]
    state: dict[str, Any] | None = None

    @property
    def settings(self) -> dict[str, Any]:
        """Arguments with which the constructor makes the same model again."""
        return {}

    def fit(self, panel: FlowPanel) -> Self:
        """A copy of this model, fitted to a panel; only the panel is used.

        Every model takes a panel of one year: what cannot be estimated then stays as it is, and
        `notes` says so.
        """
        fitted = copy(self)
        fitted.state = {
            "regions": np.array(panel.regions), "last": panel.last, **self._fit(panel),
        }  # fmt: skip
        return fitted

    def predict(self, horizon: int, drivers: Drivers | None = None) -> Array:
        """(origin, destination) moves of the calendar year `horizon` years after the last one.

        horizon : whole years, 1 or more
        drivers : {name: (region,)} values in the year before the one predicted, for models with
                  a response to them; left out, they stay as in the last year
        The diagonal is 0; nothing is negative.
        """
        known = isinstance(horizon, Real) and not isinstance(horizon, bool)
        if not known or not horizon >= 1 or horizon % 1 != 0:
            message = say("the horizon is {horizon}; it must be a whole year, 1 or more",
                          horizon=horizon)  # fmt: skip
            raise InputError(self.name, message)
        return self._predict(int(horizon), drivers or {})

    @abstractmethod
    def _fit(self, panel: FlowPanel) -> dict[str, Any]: ...

    @abstractmethod
    def _predict(self, horizon: int, drivers: Drivers) -> Array: ...

    @property
    def fitted(self) -> dict[str, Any]:
        """What was fitted; raises RunError before."""
        if self.state is None:
            raise RunError(self.name, say("the model is not fitted; call fit first"))
        return self.state

    @property
    def regions(self) -> tuple[str, ...]:
        return tuple(str(name) for name in self.fitted["regions"])

    @property
    def last(self) -> int:
        """The last calendar year that was known."""
        return int(self.fitted["last"])

    @property
    def notes(self) -> tuple[str, ...]:
        """What was chosen or could not be estimated, in words."""
        return tuple(str(note) for note in self.fitted.get("notes", ()))

    def save(self, path: str | Path) -> Path:
        """Write the fitted model to one file (NumPy .npz), whole or not at all."""
        from forecast.storage import writing  # late: a fit that is not saved needs no disk

        head = {"name": self.name, "settings": self.settings}
        arrays: dict[str, Any] = {
            f"state.{key}": np.asarray(value) for key, value in self.fitted.items()
        }
        target = Path(path)
        with writing(target) as beside, beside.open("wb") as file:
            np.savez_compressed(file, head=np.array(json.dumps(head)), **arrays)
        return target


def load_model(path: str | Path) -> FlowModel:
    """A saved model; raises InputError where the file holds none, or not all of one."""
    from forecast.migration import MODELS

    if os.path.isfile(path) and not is_zipfile(path):
        raise InputError(path, say("this is no saved model of flows ({reason})",
                                   reason=say("not a .npz file, or a part of one")))  # fmt: skip
    try:
        with np.load(Path(path), allow_pickle=False) as file:
            head = json.loads(str(file["head"]))
            state = {key.removeprefix("state."): file[key] for key in file.files if key != "head"}
            name, settings = str(head["name"]), dict(head["settings"])
        if name in MODELS:
            model: FlowModel = MODELS[name](**settings)
    except FileNotFoundError:
        raise InputError(path, say("there is no such file")) from None
    except BROKEN as error:
        raise InputError(path, say("this is no saved model of flows ({reason})", reason=error)) \
            from None  # fmt: skip
    if name not in MODELS:
        message = say("no model '{name}'", name=name)
        raise InputError(path, message + "; " + did_you_mean(name, MODELS))
    model.state = {key: value if value.ndim else value.item() for key, value in state.items()}
    if not {"regions", "last"} <= set(state) or not _predicts(model):
        reason = say("not all that was fitted is there") if state else say("nothing was fitted")
        raise InputError(path, say("this is no saved model of flows ({reason})", reason=reason))
    return model


def _predicts(model: FlowModel) -> bool:
    """Whether a model that was read says anything of the next year; each knows what it needs."""
    try:
        flows = model.predict(1)
    except (*BROKEN, ForecastError):
        return False
    return flows.shape == (len(model.regions),) * 2 and bool(np.isfinite(flows).all())
