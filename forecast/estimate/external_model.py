"""The model of migration across the border: totals by year, regional shares, streams, errors.

Immigration is persons a year, emigration a rate per person of the nation (UN convention: who
comes does not depend on who lives here). The years of a mass departure are found as the regime
before the largest fall of the rate and left out of the errors of the past.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.estimate.external import NEVER_NAMED, external_by_region
from forecast.estimate.external_series import (
    CANDIDATES,
    HORIZON,
    Errors,
    Process,
    breaks,
    choose,
    correlation,
    logs,
    past_errors,
    scores,
)
from forecast.estimate.external_streams import stream_rows
from forecast.estimate.models import Model, Parameter
from forecast.estimate.published import national_events
from forecast.estimate.source import Source
from forecast.estimate.tilt import Array
from forecast.words import say

if TYPE_CHECKING:
    from forecast.estimate.build import Estimates

LAST = 2100
SHARE_YEARS = 3  # last years whose accounts give the shares of regions
TAIL = 1.2816  # the low and the high variant hold four fifths of outcomes between them
UNITS = {"immigration": "persons per year", "emigration_rate": "share"}
GRID = np.linspace(-3.0, 3.0, 241)


@dataclass(frozen=True)
class Series:
    """One modelled series: log values by year, the candidate chosen, its past errors, process."""

    years: list[int]
    values: Array
    chosen: str
    errors: dict[str, Errors]
    process: Process

    def central(self, years: list[int]) -> Array:
        """(year,) the path; what is reached ten years ahead goes on."""
        ahead = np.minimum(np.array(years) - self.years[-1], HORIZON) - 1
        found: Array = np.exp(CANDIDATES[self.chosen](self.values)[ahead])
        return found


def fit_external(estimates: Estimates) -> Model:
    """Parameters and validation of external migration, from figures up to the source's end."""
    source = estimates.base.source
    registered = {name: _registered(source, name) for name in ("immigration", "emigration")}
    people = people_of_nation(source, sorted(registered["emigration"]))
    rates = {year: left / people[year] for year, left in registered["emigration"].items()}
    rate = logs(rates, say("emigration"))
    coming = logs(registered["immigration"], say("immigration"))
    since = settled_since(rate, sorted(rates))
    fits = {
        "immigration": _fit(coming, sorted(registered["immigration"]), since),
        "emigration_rate": _fit(rate, sorted(rates), since),
    }
    said = f"registered migration {min(rates)}-{max(rates)}"
    together = correlation(*(fit.errors[fit.chosen] for fit in fits.values()))
    rows = [Parameter("settled_since", since, "years", "largest fall of the rate of emigration")]
    rows += [Parameter("correlation", round(together, 3), "share", said)]
    years = list(range(source.until + 1, LAST + 1))
    rows += _path_rows(fits, years, people[max(people)], together, said)
    for name, fit in fits.items():
        rows += [
            Parameter(f"{name}_sigma", fit.process.sigma, "log", said),
            Parameter(f"{name}_rho", fit.process.rho, "share", said),
        ]
        for place in breaks(fit.values)[1:]:
            level = float(np.exp(fit.values[place:].mean()))
            at = fit.years[place]
            rows.append(Parameter(f"{name}_break", level, UNITS[name],
                                  "mean from the break on", year=at))  # fmt: skip
    regions, shares = _shares(estimates, people[max(people)])
    rows += regions
    rows += stream_rows(estimates, float(fits["immigration"].central(years[:1])[0]), shares)
    tested = [
        row for name, fit in fits.items()
        for row in scores(fit.errors, name.replace("_", " "), fit.chosen, said)
    ]  # fmt: skip
    return Model(rows, tested)


def _registered(source: Source, event: str) -> dict[int, float]:
    table = source.table("vital_events")
    chosen = table[
        (table["region"] == source.nation)
        & (table["event"] == event)
        & (table["year"] <= source.until)
    ]
    return {int(y): float(v) for y, v in zip(chosen["year"], chosen["value"], strict=True)}


def people_of_nation(source: Source, years: list[int]) -> dict[int, float]:
    """Mean population of the nation by year, persons: of two published 1 Januaries, else UN."""
    stocks: dict[int, float] = {}
    for name in ("population_published", "population"):
        table = source.table(name)
        rows = table[(table["region"] == source.nation) & (table["year"] <= source.until + 1)]
        stocks |= {int(str(y)): float(v) for y, v in rows.groupby("year")["value"].sum().items()}
    regions = source.table("population")
    regions = regions[regions["region"].isin(source.ids) & (regions["year"] <= source.until + 1)]
    stocks |= {int(str(y)): float(v) for y, v in regions.groupby("year")["value"].sum().items()}
    un = source.table("un_indicators")
    un = un[un["revision"] == un["revision"].max()].pivot(
        index="year", columns="measure", values="value"
    )
    middle = 1000 * un["births"] / un["cbr"]
    return {
        year: (stocks[year] + stocks[year + 1]) / 2
        if {year, year + 1} <= set(stocks)
        else float(middle[year])
        for year in years
    }


def settled_since(rate: Array, years: list[int]) -> int:
    """The year from which emigration is no longer that of a mass departure."""
    begins = breaks(rate)
    if len(begins) == 1:
        return years[0]
    ends = [*begins[1:], len(rate)]
    levels = [rate[start:end].mean() for start, end in zip(begins, ends, strict=True)]
    return years[begins[int(np.argmin(np.diff(levels))) + 1]]


def _fit(values: Array, years: list[int], since: int) -> Series:
    errors = past_errors(values, max(since - years[0], 0))
    chosen = choose(errors)
    process = errors[chosen].process()
    if process is None:  # too short a past: yearly changes of the whole series, no return
        changes = np.diff(values)
        process = Process(float(changes.std()), 0.9)
    return Series(years, values, chosen, errors, process)


def _path_rows(
    fits: dict[str, Series], years: list[int], people: float, together: float, said: str
) -> list[Parameter]:
    """The medium, low and high path of both series, by year."""
    central = [fit.central(years) for fit in fits.values()]
    ahead = np.array(years) - next(iter(fits.values())).years[-1]
    spread = [fit.process.spread(ahead) for fit in fits.values()]
    shifts = [
        variants_of_net(into, people * out, (float(s), float(t)), together)
        for into, out, s, t in zip(*central, *spread, strict=True)
    ]
    rows = []
    for place, (name, fit) in enumerate(fits.items()):
        source = f"{said}; {fit.chosen}"
        for number, year in enumerate(years):
            level = float(central[place][number])
            rows.append(Parameter(name, level, UNITS[name], source, year=year))
            for variant, shift in zip(("low", "high"), shifts[number], strict=True):
                moved = level * float(np.exp(shift[place]))
                rows.append(Parameter(f"{name}_{variant}", moved, UNITS[name],
                                      f"{said}; tenth of the net on either side",
                                      year=year))  # fmt: skip
    return rows


def variants_of_net(
    into: float, out: float, spread: tuple[float, float], together: float
) -> list[tuple[float, float]]:
    """Log shifts of immigration and emigration where the net is at its tenth and ninetieth of 100.

    into, out : median immigration and emigration, persons
    spread    : their standard deviations, log; together: their correlation
    Of all pairs with that net the most likely one.
    """
    weight = np.exp(-(GRID**2) / 2)
    first = GRID[:, None] * np.ones_like(GRID)
    second = together * first + np.sqrt(1 - together**2) * GRID[None, :]
    net = (into * np.exp(spread[0] * first) - out * np.exp(spread[1] * second)).ravel()
    order = np.argsort(net, kind="stable")
    below = np.cumsum(np.outer(weight, weight).ravel()[order])
    found = []
    fine = np.linspace(-3.0, 3.0, 6001)
    for share in (0.1, 0.9):
        wanted = float(np.interp(share, below / below[-1], net[order]))
        left = wanted + out * np.exp(spread[1] * fine)
        with np.errstate(invalid="ignore", divide="ignore"):
            came = np.log(left / into) / spread[0]
        far = came**2 - 2 * together * came * fine + fine**2
        best = int(np.nanargmin(np.where(left > 0, far, np.inf)))
        found.append((float(spread[0] * came[best]), float(spread[1] * fine[best])))
    return found


def _shares(estimates: Estimates, people: float) -> tuple[list[Parameter], Array]:
    """Shares of the regions in both flows with their errors; (region,) those of immigration."""
    source = estimates.base.source
    years = sorted(estimates.components)[-SHARE_YEARS:]
    newest = estimates.base.totals[max(estimates.base.totals)].sum(axis=0)
    rows: list[Parameter] = []
    shares = np.zeros(len(source.ids))
    for flow in ("emigration", "immigration"):
        total = national_events(source, source.until)[flow]
        first, error = external_by_region(source, flow, source.until, total, newest)
        if years:
            persons = np.sum([estimates.components[year][flow] for year in years], axis=0)
            said = f"accounts {years[0]}-{years[-1]}"
        else:  # no accounts of the present regions yet: published fragments and population
            persons, said = first, f"published fragments to {source.until}"
        shares = persons / persons.sum()
        log_error = np.minimum(np.log1p(error / np.maximum(first, 1.0)), np.log1p(NEVER_NAMED))
        for place, region in enumerate(source.ids):
            rows.append(Parameter(f"{flow}_share", float(shares[place]), "share", said, region))
            rows.append(Parameter(f"{flow}_share_error", float(log_error[place]), "log",
                                  "how its figures are published", region))  # fmt: skip
    return rows, shares
