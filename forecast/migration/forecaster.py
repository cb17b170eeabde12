"""The baseline forecaster of moves between regions, and the two models it is held against.

The last matrix is hard to beat, and what remains of its error sits in the national level and in
the margins, not in who goes where. So the pieces are forecast apart and put together again by
iterative proportional fitting:

    F[i, j, t+h] = a_i b_j A[i, j],   sum_j F = O_i(t+h),   sum_i F = D_j(t+h)

with A the association (smoothed matrix of shares), O and D smoothed margins whose nets go
back towards zero, and a total whose damped trend is that of moves per person. One rule sets
every weight from the panel itself (see `smoothing`): a register keeps its last year, a survey
the mean of several.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from forecast.balance import ipf
from forecast.errors import InputError, RunError, did_you_mean
from forecast.migration.model import Drivers, FlowModel
from forecast.migration.panel import FlowPanel, level_breaks
from forecast.migration.smoothing import damped, persistence, slope, smoothed, smoothing_weight
from forecast.words import say
from forecast.words.digits import number

Array = NDArray[np.float64]

PHI = 0.85  # of a yearly step of the level, what the next year still makes; assumption
TREND_YEARS = 5  # years whose slope is the trend of the level; assumption
STEEPEST = 0.05  # largest yearly step of the level, log points; assumption
NET_LEFT, NET_YEARS, NET_WAITS = 0.9, 10, 3  # nets: see `_sums`; assumptions
LEVELS = ("trend", "last", "before-break")


def level_path(panel: FlowPanel, level: str) -> tuple[float, float, list[str]]:
    """Level of the total from which a forecast starts (factor of the last year), yearly slope.

    level : 'trend' the slope of moves per person over the last five years, none of them before a
            break of the level; 'last' no trend; 'before-break' the level before the last break,
            without trend
    Also returns what was found, in words.
    """
    rates = panel.intensity
    breaks = [(year, jump) for year, jump in level_breaks(panel) if np.isfinite(jump)]
    notes = []
    for year, jump in breaks:
        change = number(100 * np.expm1(jump), 0, signed=True)
        notes.append(
            say("the level breaks in {year}: moves {change} %; no trend is taken across it",
                year=year, change=change)
        )  # fmt: skip
    first = breaks[-1][0] if breaks else panel.years[0]
    if level == "before-break":
        if not breaks:
            raise InputError(say("level"), say("the panel has no break of the level"))
        if not rates[-1] > 0:
            raise InputError(say("level"), say("nobody moved in the last year"))
        before = rates[panel.years.index(_jump(breaks)) - 1]
        return float(before / rates[-1]), 0.0, notes
    known = rates[panel.years.index(first) :][-TREND_YEARS:]
    if level == "last" or (known <= 0).any():
        return 1.0, 0.0, notes
    if len(known) < 3:
        notes.append(say("fewer than three years of one level: no trend"))
        return 1.0, 0.0, notes
    return 1.0, float(np.clip(slope(np.log(known)), -STEEPEST, STEEPEST)), notes


def _jump(breaks: list[tuple[int, float]]) -> int:
    """The year of the last break; of two that nearly cancel (a dip of some years), the first."""
    if len(breaks) > 1:
        (year, down), (_, up) = breaks[-2:]
        if abs(down + up) < abs(up) / 2:
            return year
    return breaks[-1][0]


class Persistence(FlowModel):
    """Next year as last year: the model that every other one is held against."""

    name: ClassVar[str] = "persistence"

    def _fit(self, panel: FlowPanel) -> dict[str, Any]:
        return {"flows": panel.flows[-1]}

    def _predict(self, horizon: int, drivers: Drivers) -> Array:
        return np.array(self.fitted["flows"])


class Levelled(FlowModel):
    """A model with a path of the level; `level` as in `level_path`."""

    def __init__(self, level: str = "trend"):
        if level not in LEVELS:
            message = say("no level '{name}'", name=level)
            raise InputError(self.name, message + "; " + did_you_mean(level, LEVELS))
        self.level = level

    @property
    def settings(self) -> dict[str, Any]:
        return {"level": self.level}

    def _start(self, panel: FlowPanel) -> dict[str, Any]:
        """Total of the last year at the level chosen, and its slope."""
        factor, step, notes = level_path(panel, self.level)
        return {"total": float(panel.totals[-1] * factor), "slope": step, "notes": notes}

    def _total(self, horizon: int) -> float:
        """All moves of the year that is predicted."""
        grown = np.exp(self.fitted["slope"] * damped(horizon, PHI))
        return float(self.fitted["total"] * grown)


class Trend(Levelled):
    """The last matrix times the damped trend of the national level."""

    name: ClassVar[str] = "trend"

    def _fit(self, panel: FlowPanel) -> dict[str, Any]:
        total = panel.totals[-1]
        return {"shares": panel.flows[-1] / (total or 1.0), **self._start(panel)}

    def _predict(self, horizon: int, drivers: Drivers) -> Array:
        flows: Array = self.fitted["shares"] * self._total(horizon)
        return flows


class Pooled(Levelled):
    """Pooled association, margins and level: the baseline forecaster.

    Weights of the last year in association and margins come from how much of their changes is
    taken back a year later (`smoothing_weight`), apart for both; nothing is chosen by hand.
    """

    name: ClassVar[str] = "pooled"

    def _fit(self, panel: FlowPanel) -> dict[str, Any]:
        totals = np.where(panel.totals > 0, panel.totals, 1.0)
        shares = panel.flows / totals[:, None, None]
        out, into = shares.sum(axis=2), shares.sum(axis=1)
        margins = np.concatenate([out, into], axis=1)
        expected = out[:, :, None] * into[:, None, :]
        mean = shares.mean(axis=0)
        # the association apart from its margins, at the size of the cells
        apart = np.divide(shares, expected, out=np.zeros_like(shares), where=expected > 0)
        scale = np.divide(mean, apart.mean(axis=0), out=np.zeros_like(mean), where=mean > 0)
        weights = {
            "association": smoothing_weight(apart * scale),
            "margins": smoothing_weight(margins),
        }
        sums = smoothed(shares, weights["margins"])
        nets = np.log(np.maximum(margins, 1e-12))
        regions = len(panel.regions)
        rates = (nets[:, regions:] - nets[:, :regions]) / 2
        people = sums.sum(axis=1) + sums.sum(axis=0)
        found = {
            "association": smoothed(shares, weights["association"]),
            "sums": sums,
            "association_weight": weights["association"],
            "margins_weight": weights["margins"],
            "net_left": persistence(rates, people, default=NET_LEFT, years=NET_YEARS),
            **self._start(panel),
        }
        found["notes"] = [*found["notes"], *self._words(panel, weights)]
        return found

    def _words(self, panel: FlowPanel, weights: dict[str, float]) -> list[str]:
        notes = [say(
            "weight of the last year: {association} in the association, {margins} in the margins",
            association=number(weights["association"], 2), margins=number(weights["margins"], 2),
        )]  # fmt: skip
        if len(panel.years) < 4:
            notes.append(say("fewer than four years: the last one is taken as it is"))
        nobody_left, nobody_came = panel.silent()
        for names, text in (
            (nobody_left, say("nobody left these regions in the last year")),
            (nobody_came, say("nobody came to these regions in the last year")),
        ):
            if names:
                notes.append(f"{text}: {', '.join(names)}")
        return notes

    def _predict(self, horizon: int, drivers: Drivers) -> Array:
        association, sums = self.fitted["association"], self._sums(horizon)
        if not sums.sum() > 0:
            return np.zeros_like(association)
        margins: dict[tuple[int, ...], Array] = {(0,): sums.sum(axis=1), (1,): sums.sum(axis=0)}
        try:
            flows = ipf(association, margins, tolerance=1e-8, what=self.name)
        except RunError:  # zeros let the rounds end nowhere; `sums` has these margins itself
            flows = sums
        return flows * self._total(horizon)

    def _sums(self, horizon: int) -> Array:
        """(origin, destination) shares of all moves whose sums are the margins that are forecast.

        Regions do not lose or gain at one rate for ever: from the fourth year on nets keep
        `net_left` of themselves each year (estimated with ten years or more, else .9). The table
        is mixed with its transpose, pair by pair where people move both ways, so that margins
        are always those of a table with the zeros of the panel.
        """
        sums: Array = self.fitted["sums"]
        left = float(self.fitted["net_left"]) ** max(0, horizon - NET_WAITS)
        mixed = ((1 + left) * sums + (1 - left) * sums.T) / 2
        faded = np.where((sums > 0) & (sums.T > 0), mixed, sums)
        return faded / (faded.sum() or 1.0)
