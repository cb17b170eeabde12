"""How long people who were settled with support stay: records, curves, cost.

Time runs from the day on which somebody settled, in years. Who is still there when the observation
ends is censored: nobody knows how much longer they stay. Curves are those of Kaplan and Meier
(1958) with the variance of Greenwood (1926) and intervals on the log-log scale (Kalbfleisch &
Prentice 2002, section 1.4), which never leave 0 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import InputError
from forecast.settlement.records import ROW, Column, Records
from forecast.words import say

Array = NDArray[np.float64]

TERM = 5  # years for which who gets support has to stay; who leaves earlier pays it back
NORMAL_95 = 1.959963984540054
DAYS = 365.25
HALF_A_DAY = 0.5 / DAYS  # who leaves on the day of arrival was there for a while
STREAMS = {
    "kandas": "kandas", "кандас": "kandas", "қандас": "kandas", "кандасы": "kandas",
    "қандастар": "kandas", "resettler": "resettlers", "resettlers": "resettlers",
    "переселенец": "resettlers", "переселенцы": "resettlers", "қоныс аударушы": "resettlers",
    "қоныс аударушылар": "resettlers",
}  # fmt: skip
CUTS = ("region", "support", "stream", "occupation")  # by what the stay may be shown
COLUMNS = (
    Column("entry", "date", required=True),
    Column("exit", "date"),
    Column("observed_until", "date"),
    Column("region", "region", required=True),
    Column("support"),
    Column("family_size", "integer", minimum=1, maximum=30),
    Column("occupation"),
    Column("stream", "word", words=STREAMS),
    Column("age", "integer", minimum=0, maximum=110),
)


class Episodes(NamedTuple):
    """People with the time for which they were seen.

    people  : the good rows with `years` (from entry to exit or to the end of observation) and
              `left` (whether they went)
    rejects : row, column, reason
    total   : rows of the file
    until   : last day of the observation, YYYY-MM-DD; empty without people
    """

    people: pd.DataFrame
    rejects: pd.DataFrame
    total: int
    until: str


def episodes(
    records: Records, *, until: pd.Timestamp | None = None, where: object = ""
) -> Episodes:
    """The stay of each person, from rows of the columns COLUMNS.

    until : last day of the observation, for everybody; who left later was there then
    Rows with an exit before the entry, an entry after the end of observation, an exit after their
    own end of observation or no end at all are rejected. Raises InputError where the file cannot
    tell who is still there.
    """
    rows = records.rows
    if "exit" not in rows:
        message = say("no column '{name}'", name="exit")
        raise InputError(where, message + "; " + say("leave its cells empty for who is there"))
    if until is None and "observed_until" not in rows:
        message = say("nothing tells how long those without an exit were observed")
        raise InputError(where, message + "; " + say("give --until or a column observed_until"))
    entry, left = _seconds(rows["entry"]), _seconds(rows["exit"])
    own = rows["observed_until"] if "observed_until" in rows else pd.Series(pd.NaT, rows.index)
    own, until = _seconds(own), None if until is None else until.as_unit("s")
    end = own if until is None else own.fillna(until).where(own <= until, until)
    end = end.fillna(left)
    reasons = {
        "observed_until": (end.isna(), say("nothing tells how long this person was observed")),
        "exit": (left < entry, say("the exit lies before the entry")),
        "entry": (entry > end, say("the entry lies after the end of observation")),
        " exit": (left > own, say("the exit lies after the end of observation")),
    }
    good = np.ones(len(rows), dtype=bool)
    told = [records.rejects]
    for column, (bad, reason) in reasons.items():
        chosen = bad.to_numpy(dtype=bool) & good
        if chosen.any():
            told.append(pd.DataFrame({ROW: rows[ROW][chosen], "column": column.strip(),
                                      "reason": reason}))  # fmt: skip
        good &= ~chosen
    went = (left <= end).to_numpy(dtype=bool)
    last = end.where(~went, left)
    years = ((last - entry).dt.days / DAYS).to_numpy(dtype=float)
    people = rows.assign(years=np.where(went, np.maximum(years, HALF_A_DAY), years), left=went)
    rejects = pd.concat([part for part in told if len(part)] or told[:1])
    seen = f"{end[good].max():%Y-%m-%d}" if good.any() else ""
    return Episodes(
        people[good].reset_index(drop=True), rejects.sort_values(ROW, ignore_index=True),
        records.total, seen,
    )  # fmt: skip


def _seconds(days: pd.Series) -> pd.Series:
    """Days in a unit that holds the year 9999, which registers write for who is still there."""
    return pd.to_datetime(days).dt.as_unit("s")


@dataclass(frozen=True)
class Curve:
    """The share still there by years since arrival: a step at each moment at which somebody left.

    times     : (step,) years, ascending
    survival  : (step,) share still there from that moment on
    low, high : (step,) 95 % interval; NaN where nobody is left
    hazard_variance : (step,) d / (n (n - d)), the terms of Greenwood's sum
    people, left    : persons, and those of them who left
    last      : longest time for which anybody was seen
    seen      : (person,) all times, ascending
    """

    times: Array
    survival: Array
    low: Array
    high: Array
    hazard_variance: Array
    people: int
    left: int
    last: float
    seen: Array

    def at(self, year: float) -> tuple[float, float, float]:
        """Share still there after `year` years and its interval; NaN beyond what was seen."""
        if not self.people or (year > self.last and self.survival[-1:].sum() != 0):
            return np.nan, np.nan, np.nan
        if year > self.last and not len(self.times):
            return np.nan, np.nan, np.nan
        place = int(np.searchsorted(self.times, year, side="right")) - 1
        if place < 0:
            return 1.0, 1.0, 1.0
        return float(self.survival[place]), float(self.low[place]), float(self.high[place])

    def at_risk(self, year: float) -> int:
        """Persons who are seen for `year` years and more."""
        return len(self.seen) - int(np.searchsorted(self.seen, year, side="left"))

    def median(self) -> tuple[float, float, float]:
        """Years after which half are gone, with the interval of Brookmeyer & Crowley (1982).

        NaN where more than half stay for as long as anybody was seen.
        """

        def first(values: Array) -> float:
            below = np.flatnonzero(values <= 0.5 + 1e-12)
            return float(self.times[below[0]]) if len(below) else np.nan

        return first(self.survival), first(self.low), first(self.high)

    def person_years(self, horizon: float) -> float:
        """Years that one person stays of the first `horizon` on average; NaN beyond what was seen.

        The area under the curve: the restricted mean (Klein & Moeschberger 2003, section 4.5).
        """
        return float(self._left_of(horizon)[0]) if np.isfinite(self.at(horizon)[0]) else np.nan

    def _left_of(self, horizon: float) -> Array:
        """Areas under the curve from 0, then from each step, to the horizon, years."""
        inside = self.times < horizon
        edges = np.concatenate([[0.0], self.times[inside], [horizon]])
        pieces = np.diff(edges) * np.concatenate([[1.0], self.survival[inside]])
        areas = np.zeros(len(self.times) + 1)
        areas[: len(pieces)] = np.cumsum(pieces[::-1])[::-1]
        return areas

    def cost(
        self, support: float, *, refund: float = 1.0, term: float = TERM
    ) -> tuple[float, float, float]:
        """Support for each person-year that is retained within the term, and its 95 % interval.

        support : money for one record
        refund  : share of it that is paid back by who leaves before the end of the term
        (support - refund x support x P(leave before the term)) / person-years within the term.
        The interval is the delta method on the log scale over the steps of the curve.
        """
        stay, years = self.at(term)[0], self.person_years(term)
        spent = support * (1 - refund * (1 - stay))
        if not np.isfinite(spent) or years <= 0:
            return np.nan, np.nan, np.nan
        cost = spent / years
        areas = self._left_of(term)[1:]
        inside = self.times <= term
        with np.errstate(invalid="ignore"):
            slopes = support * refund * stay / years - cost * areas / years
            variance = np.where(inside, slopes**2 * self.hazard_variance, 0.0).sum()
        if cost <= 0 or not np.isfinite(variance):
            return cost, np.nan, np.nan
        width = np.exp(NORMAL_95 * np.sqrt(variance) / cost)
        return cost, float(cost / width), float(cost * width)


def kaplan_meier(years: Array, left: NDArray[np.bool_]) -> Curve:
    """The curve of people who were seen for `years`; those who `left` did so at the end of them."""
    from statsmodels.duration.survfunc import SurvfuncRight

    years, left = np.asarray(years, dtype=float), np.asarray(left, dtype=bool)
    nothing = np.empty(0)
    seen = np.sort(years)
    last = float(seen[-1]) if len(seen) else np.nan
    if not left.any():
        return Curve(nothing, nothing, nothing, nothing, nothing, len(years), 0, last, seen)
    found = SurvfuncRight(years, left.astype(int))
    survival = np.asarray(found.surv_prob, dtype=float)
    at_risk, went = np.asarray(found.n_risk, dtype=float), np.asarray(found.n_events, dtype=float)
    survival = np.where(at_risk <= went, 0.0, survival)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = went / (at_risk * (at_risk - went))
        error = np.sqrt(np.cumsum(terms)) / np.abs(np.log(survival))
        low, high = (survival ** np.exp(sign * NORMAL_95 * error) for sign in (1, -1))
    gone = survival <= 0
    return Curve(
        np.asarray(found.surv_times, dtype=float), survival,
        np.where(gone, np.nan, low), np.where(gone, np.nan, high),
        terms, len(years), int(left.sum()), last, seen,
    )  # fmt: skip


def costs_of(people: pd.DataFrame, costs: pd.DataFrame | float | None) -> Array:
    """(person,) support of each person; NaN where it is not known.

    costs : one number for everybody, or a table of support, cost and, if it differs, region
    """
    if costs is None:
        return np.full(len(people), np.nan)
    if not isinstance(costs, pd.DataFrame):
        return np.full(len(people), float(costs))
    keys = [name for name in ("support", "region") if name in costs]
    known: Mapping[tuple[str, ...], float] = {
        tuple(str(row[name]) for name in keys): float(row["cost"])
        for row in costs.to_dict("records")
    }
    rows = people.reindex(columns=keys, fill_value="").astype(str).itertuples(index=False)
    return np.array([known.get(tuple(row), known.get((row[0], ""), np.nan)) for row in rows])
