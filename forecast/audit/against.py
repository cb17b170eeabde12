"""The numbers of one plan against norms of facilities, the run's forecast and what was observed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.audit.findings import (
    AGREES,
    CONTRADICTION,
    OUTSIDE,
    PERCENT,
    SHARE,
    UNITS,
    Finding,
    Number,
    number_of,
)
from forecast.audit.observed import Fastest, Largest
from forecast.audit.stated import CLAIM, SERIES, SERIES_OF, Series, Stated, at, judged, series_of
from forecast.audit.within import NEAR, TOLERANCE, Place, divisor
from forecast.infrastructure import Facility, need
from forecast.simulate import Simulation
from forecast.tables import PERSONS, PROJECTED, UNKNOWN

Array = NDArray[np.float64]

SAME = 0.02  # people of the plan and of the forecast that are as good as the same; assumption


@dataclass(frozen=True)
class Run:
    """What a run says of one growth point.

    structure : {year: (sex, age)} shares of the people of its region on 1 January
    forecast  : {measure: {year: value}} of the place: its population (1 January), the jobs and
                dwellings that are delivered (in the year); what is not known is left out
    nation    : {year: persons} on 1 January
    driver    : the measure of the plan that brings people in this run
    """

    structure: Mapping[int, Array]
    forecast: Mapping[str, Mapping[int, float]]
    nation: Mapping[int, float]
    driver: str

    @property
    def first(self) -> int:
        return min(self.structure)

    @property
    def last(self) -> int:
        return max(self.structure)

    def reach(self, measure: str) -> int:
        """The last year of which the run can say anything of a measure."""
        return max(self.forecast.get(measure, {}), default=self.last)


def run_of(simulation: Simulation, place: int) -> Run:
    """The run of growth point number `place`."""
    point = simulation.points[place]
    people = simulation.population[..., point.region, 0]  # (year, sex, age)
    shares = people / people.sum(axis=(1, 2), keepdims=True)
    lived = simulation.places[:, place, 0]
    stocks = simulation.stock_years
    delivered: dict[str, dict[int, float]] = {
        "population": {
            year: float(value)
            for year, value in zip(stocks, lived, strict=True)
            if not np.isnan(value)
        }
    }
    for measure, values in (("jobs", point.jobs), ("dwellings", point.dwellings)):
        if measure in point.given:
            delivered[measure] = dict(zip(simulation.years, values.tolist(), strict=True))
    nation = simulation.population[..., 0].sum(axis=(1, 2, 3))
    return Run(
        dict(zip(stocks, shares, strict=True)), delivered,
        dict(zip(stocks, nation.tolist(), strict=True)), SERIES_OF[point.driver],
    )  # fmt: skip


def measure_of(facility: Facility) -> str:
    """The measure of claims that counts the units of a facility."""
    return f"{facility.kind}s"


def needs(
    place: Place, found: Sequence[Stated], facilities: Sequence[Facility], run: Run
) -> Iterator[Finding]:
    """What the claimed people need by norm, with the ages of their region in that year.

    Beyond the run the ages are those of its last date. Where a unit may be used in several
    shifts, the claim may stand anywhere between the need in all of them and in one. More added than
    the added people need is unknown: what is missing today is not published.
    """
    for facility in facilities:
        measure = measure_of(facility)
        for one in judged(found, measure) if measure in UNITS else ():
            people = divisor(one, "population", found)
            if one.year < run.first or people is None:
                continue
            year = min(one.year, run.last)
            who = number_of(people, "people")
            band = _band(facility, people.value * run.structure[year], year)
            yield _covered(place, "need", one, (who, *band))


def _band(facility: Facility, people: Array, year: int) -> tuple[Number, Number]:
    """The need in all shifts that the norm allows, and in one."""
    least = float(need(facility, people))
    most = least * facility.shifts
    unit = UNITS[measure_of(facility)]
    return (
        Number("need", least, unit, year, facility.source, status=facility.status),
        Number("most", most, unit, year, facility.source, status=facility.status),
    )


def _covered(place: Place, check: str, one: Stated, numbers: tuple[Number, ...]) -> Finding:
    """A claim against the need and the most that is needed, the last two of the numbers."""
    least, most = numbers[-2].value, numbers[-1].value
    inside = least / TOLERANCE <= one.value <= most * TOLERANCE
    verdict = AGREES if inside else OUTSIDE
    if one.added_since is not None and one.value > most * TOLERANCE:
        verdict = UNKNOWN
    return Finding(*place, check, one.measure, one.year, verdict, (number_of(one), *numbers))


def forecasts(
    place: Place, found: Sequence[Stated], facilities: Sequence[Facility], run: Run
) -> Iterator[Finding]:
    """Claims against the run in the same year: people, jobs and dwellings delivered, and what the
    forecast people of the place need. A year beyond the run is unknown, and so is a number that
    drives the run: it comes out as it went in."""
    kinds = {measure_of(facility): facility for facility in facilities}
    for measure in UNITS:
        if measure not in run.forecast and measure not in kinds:
            continue  # the run has no such number of the place
        numbers = [
            one
            for one in judged(found, measure)
            if not one.scope and one.added_since is None and one.year >= run.first
        ]
        beyond = tuple(number_of(one) for one in numbers if one.year > run.reach(measure))
        for one in numbers:
            if one.year <= run.reach(measure):
                yield from _compared(place, one, kinds.get(measure), found, run)
        if beyond:
            end = Number("end", float(run.last), "year", run.last, status=PROJECTED)
            yield Finding(*place, "forecast", measure, beyond[0].year, UNKNOWN, (*beyond, end))


def _compared(
    place: Place, one: Stated, facility: Facility | None, found: Sequence[Stated], run: Run
) -> Iterator[Finding]:
    ours = run.forecast.get(one.measure, {}).get(one.year)
    people = run.forecast["population"].get(one.year)
    if ours is not None:
        apart = max(one.value, ours) > TOLERANCE * min(one.value, ours)
        driven = one.measure == run.driver and not apart
        forecast = Number("driven" if driven else "forecast", ours, UNITS[one.measure], one.year,
                          status=PROJECTED)  # fmt: skip
        verdict = UNKNOWN if driven else OUTSIDE if apart else AGREES
        yield Finding(*place, "forecast", one.measure, one.year, verdict,
                      (number_of(one), forecast))  # fmt: skip
    elif facility is not None and people is not None:
        planned = divisor(one, "population", found)
        if planned is not None and abs(people / planned.value - 1) < SAME:
            return  # what the planned people need says it already
        who = Number("people", people, PERSONS, one.year, status=PROJECTED)
        band = _band(facility, people * run.structure[one.year], one.year)
        yield _covered(place, "forecast", one, (who, *band))


def growths(
    place: Place, found: Sequence[Stated], run: Run, fast: Fastest | None
) -> Iterator[Finding]:
    """The fastest growth that each series of population claims needs, beside what was observed."""
    living = run.forecast["population"].get(run.first)
    known = set(judged(found, "population"))
    for key, values in series_of(found, "population").items():
        ahead = {year: one for year, one in values.items() if year > run.first and one in known}
        start = _start(key.scope, values, living, run.first)
        steps = _steps(start, ahead)
        if not steps:
            continue
        rate, early, late = max(steps, key=lambda step: step[0])
        numbers = [number_of(late), number_of(early, "people"),
                   Number("growth", rate, PERCENT, late.year)]  # fmt: skip
        verdict = UNKNOWN
        if fast is not None:
            verdict = OUTSIDE if rate > fast.percent else AGREES
            numbers.append(Number("fastest", fast.percent, PERCENT, fast.year, fast.source,
                                  fast.where, "observed"))  # fmt: skip
        yield Finding(*place, "growth", "population", late.year, verdict, tuple(numbers))


def _start(scope: str, values: Series, living: float | None, base: int) -> Stated | None:
    """Where a series starts: who lives there now, or its last number before."""
    if living is not None and not scope:
        return Stated("population", base, living, origin=SERIES)
    past = [year for year in values if year <= base]
    return values[max(past)] if past else None


def _steps(start: Stated | None, ahead: Series) -> list[tuple[float, Stated, Stated]]:
    """(per cent a year, from, to) between the numbers of a series."""
    path = [*([start] if start else []), *(ahead[year] for year in sorted(ahead))]
    return [
        (100 * ((late.value / early.value) ** (1 / (late.year - early.year)) - 1), early, late)
        for early, late in zip(path, path[1:], strict=False)
        if early.value > 0
    ]


def share_of_nation(
    place: Place, found: Sequence[Stated], run: Run, most: Largest | None
) -> Iterator[Finding]:
    """How much of what the nation gains the plan takes, up to its last year within the run or, on
    a line, up to the end of the run. A plan whose first number lies far beyond it is left out."""
    living = run.forecast["population"].get(run.first)
    if living is None:
        return
    now = Stated("population", run.first, living, origin=SERIES)
    for key, values in series_of(found, "population").items():
        near = [year for year in values if run.first < year <= run.last + NEAR]
        if key.scope or key.origin not in (CLAIM, SERIES) or not near:
            continue
        path = {run.first: now, **{y: one for y, one in values.items() if y > run.first}}
        year = min(run.last, max(path))
        claimed = at(path, year)
        gained = run.nation[year] - run.nation[run.first]
        if claimed is None or claimed.value <= living or gained <= 0:
            continue
        share = (claimed.value - living) / gained
        numbers = [number_of(claimed), number_of(now, "people"),
                   Number("share", share, SHARE, year),
                   Number("gain", gained, PERSONS, year, status=PROJECTED)]  # fmt: skip
        verdict = CONTRADICTION if share > 1 else UNKNOWN if most is None else AGREES
        if most is not None:
            verdict = OUTSIDE if most.share < share <= 1 else verdict
            numbers.append(Number("largest", most.share, SHARE, most.last, most.source,
                                  most.where, "derived"))  # fmt: skip
        yield Finding(*place, "nation", "population", year, verdict, tuple(numbers))
