"""Moves between regions as the flow figures show them: one square, its year and its status.

A square has origins in rows and destinations in columns, persons a year, the diagonal 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import Faults, InputError, did_you_mean
from forecast.report.extract import Result
from forecast.report.wording import person_scale, status_line, years
from forecast.tables import ESTIMATED, PROJECTED
from forecast.words import say
from forecast.words.digits import number, per_cent

Array = NDArray[np.float64]

SEEN = 5e-4  # of all persons: a smaller flow is not seen
TOGETHER = 0.05  # of all persons: so many may be in flows that are not drawn because of that


@dataclass(frozen=True)
class Moves:
    """Who moved from where to where in one year, or in the mean of the years of a run.

    square    : (origin, destination) persons a year. In a comparison of two runs the change of
                the net flow, as persons whom the origin loses to the destination
    ids       : the regions in the order of the square
    span      : first and last calendar year; when : the same in words
    status    : of the numbers, for the line below a figure
    against   : title of the run that was taken off; None where none was
    """

    square: Array
    ids: tuple[str, ...]
    span: tuple[int, int]
    when: str
    status: str
    against: str | None = None

    @property
    def arrivals(self) -> Array:
        """(region,) persons who come; in a comparison, persons gained from others."""
        total: Array = self.square.sum(axis=0)
        return total

    @property
    def departures(self) -> Array:
        """(region,) persons who leave; in a comparison, persons lost to others."""
        total: Array = self.square.sum(axis=1)
        return total

    @property
    def net(self) -> Array:
        """(region,) arrivals less departures."""
        return self.arrivals - self.departures

    @property
    def total(self) -> float:
        """All moves between regions, persons a year."""
        return float(self.square.sum())

    def place(self, region: str) -> int:
        return self.ids.index(region)

    def unit(self) -> tuple[float, str]:
        """Divisor and unit in which the largest of the margins reads well."""
        return person_scale(float(max(self.arrivals.max(), self.departures.max())))


@dataclass(frozen=True)
class Drawn:
    """The flows that a figure draws, largest first, and what it leaves out.

    pairs   : (n, 2) origin and destination of each, places in the square
    persons : (n,) persons a year of each
    left    : how many flows above zero are not drawn
    missing : persons in them
    """

    pairs: NDArray[np.intp]
    persons: Array
    left: int
    missing: float

    @property
    def whole(self) -> float:
        """Persons in all flows, drawn or not."""
        return float(self.persons.sum()) + self.missing

    @property
    def share(self) -> float:
        """Per cent of all persons whom the drawn flows hold; 100 where nobody moves."""
        return 100.0 * float(self.persons.sum()) / self.whole if self.whole > 0 else 100.0


def moves(projection: Result, year: int | None = None, other: Result | None = None) -> Moves:
    """The moves of a calendar year, of the mean of all years without one.

    other : another run of the same regions; the result is then the change of the net flows
    Raises InputError for a year that is not in the run, a run without moves (one region has
    none), a pair of regions without a number, and two runs that cannot be compared.
    """
    square, span, frame = _square(projection, year)
    status = _status(frame)
    when = (
        say("mean per year {years}", years=years(*span))
        if year is None
        else say("year {year}", year=year)
    )
    ids = projection.space.ids
    if other is None:
        return Moves(square, ids, span, when, status)
    if not hasattr(other, "frame") or not hasattr(other, "space"):
        raise InputError("", say("give a projection to compare with: run or load it first"))
    if other.space.ids != ids:
        raise InputError(other.scenario_name, say("the runs have different regions"))
    theirs, their_span, _ = _square(other, year)
    if their_span != span:
        message = say("the runs have different years; give one that both have: year=...")
        raise InputError(other.scenario_name, message)
    return Moves(nets(square - theirs), ids, span, when, status, other.title)


def nets(square: Array) -> Array:
    """(origin, destination) net persons whom a region loses to another; 0 where it gains."""
    difference = square - square.T
    positive: Array = np.where(difference > 0, difference, 0.0)
    return positive


def top(square: Array, most: int, region: int | None = None) -> Drawn:
    """The `most` largest flows above zero, of one region where it is named."""
    return _drawn(square, region, lambda persons: np.arange(len(persons)) < most)


def above(square: Array, least: float) -> Drawn:
    """The flows of at least `least` persons."""
    return _drawn(square, None, lambda persons: persons >= least)


def threshold(square: Array, most: int) -> float:
    """A round number of persons that about `most` flows reach, at most so many.

    Flows below 0.05 % of all persons, which nobody can see, stay below it where they are 5 % of
    them together at most. 0 where every flow is drawn. More flows than `most` reach it only where
    they are of one size.
    """
    flows = np.sort(square[square > 0])[::-1]
    if not len(flows):
        return 0.0
    unseen = _rounded_up(SEEN * float(flows.sum()), 1)
    hidden = flows[flows < unseen]
    least = unseen if len(hidden) and hidden.sum() <= TOGETHER * flows.sum() else 0.0
    return max(least, _cut(flows, most)) if len(flows) > most else least


def _cut(flows: Array, most: int) -> float:
    """The roundest number that at least half and at most `most` of sorted flows reach."""
    for digits in range(1, 7):
        least = _rounded_up(np.nextafter(flows[most], np.inf), digits)
        if (flows >= least).sum() >= most / 2:
            return least
    return float(flows[most])


def _rounded_up(value: float, digits: int) -> float:
    """The smallest number of so many digits that is not below `value`, which is above 0."""
    step = 10.0 ** (np.floor(np.log10(value)) - digits + 1)
    return float(np.ceil(value / step) * step)


def not_drawn(drawn: Drawn, scale: float, unit: str, least: float) -> str:
    """What a figure leaves out, in a sentence; empty where it leaves out nobody.

    least : the size from which flows are drawn, persons
    """
    if drawn.left == 0:
        return ""
    if drawn.missing < 0.1 * scale:
        scale, unit = person_scale(0.0)
    return say(
        "Not drawn: flows below {least} persons ({count}), {persons} {unit}, {share} of all.",
        count=number(drawn.left), least=number(least, 0 if least >= 1 else 3), unit=unit,
        persons=number(drawn.missing / scale, 1 if scale > 1 else 0),
        share=per_cent(100.0 - drawn.share),
    )  # fmt: skip


def _drawn(
    square: Array, region: int | None, chosen: Callable[[Array], NDArray[np.bool_]]
) -> Drawn:
    flows = square.copy()
    if region is not None:
        others = np.arange(len(flows)) != region
        flows[np.ix_(others, others)] = 0.0
    pairs = np.argwhere(flows > 0)
    persons = flows[pairs[:, 0], pairs[:, 1]]
    order = np.argsort(-persons, kind="stable")
    pairs, persons = pairs[order], persons[order]
    kept = np.asarray(chosen(persons), dtype=bool)
    left = int((~kept).sum())
    return Drawn(pairs[kept], persons[kept], left, float(persons[~kept].sum()))


def _square(projection: Result, year: int | None) -> tuple[Array, tuple[int, int], pd.DataFrame]:
    """The square, its first and last year, and the rows that it was made of."""
    frame = projection.frame("flows")
    if frame.empty:
        raise InputError("", say("the run has no moves between regions"))
    if year is not None:
        known = sorted(int(found) for found in frame["year"].unique())
        if year not in known:
            message = say("the run has no moves of the year {year}", year=year)
            raise InputError("", message + "; " + did_you_mean("", [str(k) for k in known]))
        frame = frame[frame["year"] == year]
    ids = list(projection.space.ids)
    means = frame.groupby(["origin", "destination"], observed=True)["value"].mean()
    square = means.unstack("destination").reindex(index=ids, columns=ids).to_numpy(float, copy=True)
    np.fill_diagonal(square, 0.0)  # who stays has not moved
    faults = Faults()
    for origin, destination in np.argwhere(~np.isfinite(square)):
        names = {"origin": ids[origin], "destination": ids[destination]}
        faults.add("flows", say("no moves from {origin} to {destination} are given", **names))
    if faults:
        raise InputError(projection.scenario_name, faults)
    return square, (int(frame["year"].min()), int(frame["year"].max())), frame


def _status(frame: pd.DataFrame) -> str:
    """The status of moves: those of an estimated matrix are projected as all others, from it."""
    estimated = frame["status"] == ESTIMATED
    text = status_line([frame.assign(status=frame["status"].mask(estimated, PROJECTED))])
    if not estimated.any():
        return text
    return text + ", " + say("from estimated moves between regions")
