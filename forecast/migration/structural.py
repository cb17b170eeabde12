"""Models of flows with a structure: gravity, and effects of pairs and years.

They answer 'what if'. Each is fitted by PPML with the drivers of the year before; a driver whose
estimated sign is wrong, or whose sign is not known, is taken out and the rest estimated again, so
that a model never answers the wrong way round. Answers to drivers come from all years; who goes
where drifts, so the other effects are those of the last five years, given these answers. The
pattern at the last known drivers follows the level path, and a change of drivers moves it by the
pivot

    F'_ij = O_i exp(b_o dx_i) F_ij exp(b_d dx_j) / sum_k F_ik exp(b_d dx_k),

so that no change gives the forecast itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from forecast.errors import Faults, InputError
from forecast.migration.elasticities import (
    ENOUGH_YEARS,
    SIDES,
    Answer,
    expected_sign,
    known_years,
    lagged,
    right_sign,
    scaled,
)
from forecast.migration.forecaster import TREND_YEARS, Levelled
from forecast.migration.gravity import GRAVITY, gravity_regressors
from forecast.migration.model import Drivers
from forecast.migration.panel import FlowPanel
from forecast.migration.ppml import PAIR, YEAR, Effect, Ppml, ppml
from forecast.words import mark, say

Array = NDArray[np.float64]

WRONG = {
    "origin": mark(
        "{driver} has the wrong sign ({value}) where people leave; it is not used there"),
    "destination": mark(
        "{driver} has the wrong sign ({value}) where people arrive; it is not used there"),
}  # fmt: skip


class Structural(Levelled):
    """What gravity and pair effects have in common: fit, sign check, answer to drivers."""

    effects: ClassVar[tuple[Effect, ...]]

    def _regressors(self, panel: FlowPanel) -> tuple[Mapping[str, Array], list[str]]:
        """Regressors beside the drivers, and what is lacking, in words."""
        return {}, []

    @property
    def answers(self) -> tuple[Answer, ...]:
        """(driver, side) to which the fitted model responds."""
        fitted = self.fitted
        return tuple(
            (str(driver), str(side))
            for driver, side in zip(fitted["drivers"], fitted["sides"], strict=True)
        )

    def _fit(self, panel: FlowPanel) -> dict[str, Any]:
        start = self._start(panel)
        if len(panel.years) == 1:
            total = panel.totals[-1] or 1.0
            notes = [say("one year of moves: its pattern is kept as it is, without a structure")]
            return {**start, **_state({}, panel), "pattern": panel.flows[-1] / total,
                    "notes": [*start["notes"], *notes]}  # fmt: skip
        answers, notes = _usable_drivers(panel)
        values, said = self._right_signed(panel, answers)
        recent = panel.since(panel.last - TREND_YEARS + 1)
        beside, lacking = self._regressors(recent)
        fit = ppml(recent.flows, beside, self.effects, what=self.name,
                   offset=_driven(panel, values, len(recent.years)))  # fmt: skip
        pattern = _pattern(fit, recent, beside, _driven(panel, values, 0))
        notes = [*start["notes"], *lacking, *notes, *said, *fit.notes]
        return {**start, **_state(values, panel), "pattern": pattern, "notes": notes}

    def _right_signed(
        self, panel: FlowPanel, answers: list[Answer]
    ) -> tuple[dict[Answer, float], list[str]]:
        """Coefficients of all years, every one with the right sign, and what was taken out."""
        notes: list[str] = []  # of what was taken out; what the fit itself says comes last
        beside, _ = self._regressors(panel)
        kept = {name: x[1:] if x.ndim == 3 else x for name, x in beside.items()}
        while answers:
            flows, moving = lagged(panel, answers)
            fit = ppml(flows, {**kept, **moving}, self.effects, what=self.name)
            values = {
                answer: fit.coefficient(".".join(answer))
                for answer in answers if ".".join(answer) in fit.names
            }  # fmt: skip
            wrong = [answer for answer in values if not right_sign(*answer, values[answer])]
            if not wrong:
                return values, [*notes, *fit.notes]
            notes += [
                say(WRONG[side], driver=driver, value=f"{values[driver, side]:+.2f}")
                for driver, side in wrong
            ]  # fmt: skip
            answers = [answer for answer in answers if answer not in wrong]
        return {}, notes

    def _predict(self, horizon: int, drivers: Drivers) -> Array:
        flows: Array = self.fitted["pattern"] * self._total(horizon)
        push, pull = self._moved(drivers)
        pulled = flows * np.exp(pull)[None, :]
        left, drawn = flows.sum(axis=1), pulled.sum(axis=1)
        ratio = np.divide(left, drawn, out=np.ones_like(left), where=drawn > 0)
        answered: Array = pulled * (np.exp(push) * ratio)[:, None]
        return answered

    def _moved(self, drivers: Drivers) -> tuple[Array, Array]:
        """b_o dx of every origin and b_d dx of every destination, against the last known year."""
        fitted, faults = self.fitted, Faults()
        moved = {side: np.zeros(len(fitted["regions"])) for side in SIDES}
        for place, (driver, side) in enumerate(self.answers):
            if driver not in drivers:
                continue
            values = np.asarray(drivers[driver], dtype=float)
            if values.shape != moved[side].shape:
                faults.add(driver, say("{n} values for {regions} regions", n=values.size,
                                       regions=len(moved[side])))  # fmt: skip
                continue
            change = scaled(driver, values) - scaled(driver, fitted["last_drivers"][place])
            if np.isnan(change).any():
                faults.add(driver, say("a value is missing or not positive"))
            moved[side] += fitted["values"][place] * change
        if faults:
            raise InputError(self.name, faults)
        return moved["origin"], moved["destination"]


class Gravity(Structural):
    """Classic gravity: effects of origins, destinations and years, log distance, contiguity.

    populations : also the log populations of both ends
    Without distances the effects of origins and destinations are left.
    """

    name: ClassVar[str] = "gravity"
    effects: ClassVar[tuple[Effect, ...]] = GRAVITY

    def __init__(self, level: str = "trend", populations: bool = False):
        super().__init__(level)
        self.populations = populations

    @property
    def settings(self) -> dict[str, Any]:
        return {**super().settings, "populations": self.populations}

    def _regressors(self, panel: FlowPanel) -> tuple[Mapping[str, Array], list[str]]:
        return gravity_regressors(panel, populations=self.populations)


class PairEffects(Structural):
    """Effects of pairs and of years, and what drivers moved within pairs.

    The effect of a future year is the level path.
    """

    name: ClassVar[str] = "pair_effects"
    effects: ClassVar[tuple[Effect, ...]] = (PAIR, YEAR)


def _usable_drivers(panel: FlowPanel) -> tuple[list[Answer], list[str]]:
    """Drivers with a known sign and enough years, and why others are not used."""
    answers: list[Answer] = []
    notes = []
    for driver in panel.drivers:
        years = known_years(panel, driver)
        if expected_sign(driver, "destination") == 0:
            notes.append(say("{driver}: no sign is known for this driver; it is not used",
                             driver=driver))  # fmt: skip
        elif years < ENOUGH_YEARS:
            notes.append(say(
                "{driver} is known everywhere in {n} years, fewer than {least}; it is not used",
                driver=driver, n=years, least=ENOUGH_YEARS,
            ))  # fmt: skip
        else:
            answers += [(driver, side) for side in SIDES]
    return answers, notes


def _carried(panel: FlowPanel, driver: str) -> Array:
    """(year, region) a driver with gaps filled by the last value that was known before."""
    values = np.array(panel.drivers[driver], dtype=float)
    known = ~np.isnan(scaled(driver, values))
    place = np.where(known, np.arange(len(values))[:, None], 0)
    place = np.maximum.accumulate(place, axis=0)
    # before the first value: that value
    place = np.maximum(place, np.argmax(known, axis=0))
    filled: Array = np.take_along_axis(values, place, axis=0)
    return filled


def _driven(panel: FlowPanel, values: Mapping[Answer, float], years: int) -> Array:
    """What drivers add to the logs of moves: of the last `years` years, or of the next one (0).

    (year, origin, destination), or (origin, destination) of the next year.
    """
    count = len(panel.regions)
    found = np.zeros((max(years, 1), count, count))
    for (driver, side), value in values.items():
        level = value * scaled(driver, _carried(panel, driver))
        before = level[-years - 1 : -1] if years else level[-1:]
        found += before[:, :, None] if side == "origin" else before[:, None, :]
    return found if years else found[0]


def _state(values: Mapping[Answer, float], panel: FlowPanel) -> dict[str, Any]:
    """The answers in the form in which they are saved."""
    return {
        "drivers": np.array([driver for driver, _ in values], dtype=str),
        "sides": np.array([side for _, side in values], dtype=str),
        "values": np.array(list(values.values()), dtype=float),
        "last_drivers": np.array([_carried(panel, driver)[-1] for driver, _ in values]).reshape(
            -1, len(panel.regions)),
    }  # fmt: skip


def _pattern(fit: Ppml, panel: FlowPanel, beside: Mapping[str, Array], driven: Array) -> Array:
    """(origin, destination) shares of all moves at the last known regressors."""
    linear = driven
    for effect, part in fit.effects.items():
        if effect != YEAR:
            linear = linear + part[0]
    for name, x in beside.items():
        linear = linear + fit.coefficient(name) * (x[-1] if x.ndim == 3 else x)
    # nothing was ever seen there, or nothing but zeros
    seen = np.isfinite(linear) & panel.pairs
    if not seen.any():
        return np.zeros_like(linear)
    pattern = np.where(seen, np.exp(np.where(seen, linear, 0.0) - linear[seen].max()), 0.0)
    shares: Array = pattern / pattern.sum()
    return shares
