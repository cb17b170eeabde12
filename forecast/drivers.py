"""What draws people to a region or away from it, from a scenario file to arrays of a run.

A scenario gives changes of jobs, incomes, unemployment and home values against the baseline; on
demand the regions' own trends go on as well. How moves answer to them stands in the data
package (`norms/elasticities`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.assumptions import Drivers, Note
from forecast.dataset.series import breaks_of
from forecast.draws import Draws
from forecast.elasticities import (
    DRIVERS,
    INCOME,
    JOBS,
    PER_POINT,
    TABLE,
    UNEMPLOYMENT,
    UNITS,
    WORDS,
    Elasticities,
    Elasticity,
)
from forecast.errors import Fault, Faults, InputError
from forecast.labour.calibrate import read_parameters
from forecast.words import language, say
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.scenario import Scenario

Array = NDArray[np.float64]

CONTINUED = "continued"
RECENT = 5  # last published years of which a trend is taken
FEWEST = 3  # yearly changes that make a trend
FADING = 0.85  # of the yearly growth, what is left a year later; assumption
EMPLOYED, INCOME_PER_HEAD = "employed", "income_per_capita_nominal"


class DriverTrend(NamedTuple):
    """Mean yearly growth of a driver of each region beyond the nation's, on the log scale.

    jobs, income : (region,); income is None where too few years are published
    jobs_years, income_years : the calendar years whose growth was taken, or (without a trend of
    income) those for which all regions have a figure
    """

    jobs: Array
    income: Array | None
    jobs_years: tuple[int, ...]
    income_years: tuple[int, ...]


def drivers_of(scenario: Scenario, dataset: Dataset, years: Sequence[int]) -> Drivers | None:
    """The drivers of a bound scenario over the calendar `years`; None where it has none.

    Raises InputError when the package has no elasticities, or none of a driver that is given, and
    where the trend of a region cannot be computed.
    """
    given = scenario.drivers.by_driver
    continued = scenario.uncertainties.driver_trend == CONTINUED
    if not given and not continued:
        return None
    space = dataset.space
    elasticities = _elasticities(scenario, dataset, given)
    changes = np.zeros((len(years), len(DRIVERS), len(space)))
    jobs = np.zeros((len(years), len(space)))
    for at, driver in enumerate(DRIVERS):
        for region, series in given.get(driver, {}).items():
            level, place = series.over(years), space.positions[region]
            if driver == JOBS:
                jobs[:, place] = level
            else:
                changes[:, at, place] = level if driver == UNEMPLOYMENT else np.log1p(level)
    if continued:
        trend = driver_trend(dataset)
        passed = [years_of_growth(year - dataset.last_year_observed) for year in years]
        for driver, growth in ((JOBS, trend.jobs), (INCOME, trend.income)):
            if growth is not None:
                changes[:, list(DRIVERS).index(driver)] += np.outer(passed, growth)
    return Drivers(changes, jobs, elasticities)


def still_drivers(dataset: Dataset, years: int) -> Drivers:
    """Drivers that stay as in the baseline over so many years, with the answers to them."""
    regions = len(dataset.space)
    table = Elasticities.from_frame(dataset.table(TABLE), source=f"{TABLE}.csv")
    return Drivers(
        np.zeros((years, len(DRIVERS), regions)), np.zeros((years, regions)), table
    )  # fmt: skip


def _elasticities(
    scenario: Scenario, dataset: Dataset, given: Mapping[str, object]
) -> Elasticities:
    """The elasticities of the package, with one at least of every driver that is given."""
    if not dataset.has(TABLE):
        where = scenario.where(("drivers",) if given else ("uncertainties", "driver_trend"))
        message = say("the data package has no {file}: nobody knows how moves answer to drivers",
                      file=f"{TABLE}.csv")  # fmt: skip
        cure = say("put the table into the package, or remove the key")
        raise InputError("", [Fault(where, message, cure)])
    found = Elasticities.from_frame(dataset.table(TABLE), source=f"{TABLE}.csv")
    faults = Faults()
    for driver in given:
        if not found.of(driver):
            message = say("{file} has no row of '{driver}'", file=f"{TABLE}.csv", driver=driver)
            faults.add(scenario.where(("drivers", driver)), message, say("add a row"))
    if faults:
        raise InputError("", faults)
    return found


def years_of_growth(ahead: int) -> float:
    """f + f^2 + ... + f^ahead for f = .85: what is left of a growth that fades; 0 before."""
    return float(sum(FADING**step for step in range(1, ahead + 1)))


def driver_trend(dataset: Dataset) -> DriverTrend:
    """The trends of jobs and incomes of the regions in the last five published years.

    A change across a break of the series (country.yml, the census of norms/labour) is no growth.
    Jobs are the employed of observed/labour_force. Incomes per head (observed/figures) take part
    where every region has them for five years in a row. Raises InputError naming each region and
    year without the figures that the jobs need.
    """
    return dataset.once("driver trend", lambda: _driver_trend(dataset))


def _driver_trend(dataset: Dataset) -> DriverTrend:
    frame = dataset.table("labour_force")
    wide = _by_year(dataset, frame[frame["measure"] == EMPLOYED])
    breaks = {gap.after for gap in breaks_of(dataset, "labour_force", measure=EMPLOYED)}
    breaks.add(int(read_parameters(dataset.table("norms/labour"))["census_break"]))
    last = int(wide.columns.max()) if len(wide.columns) else dataset.last_year_observed
    asked = range(last - RECENT + 1, last + 1)
    wide = wide.reindex(columns=range(last - RECENT, last + 1))
    changes = wide.apply(np.log).diff(axis=1)[[year for year in asked if year not in breaks]]
    known = changes.dropna(axis=1)
    if known.shape[1] < FEWEST:
        _refuse(dataset, wide[list(asked)])
    incomes = _incomes(dataset)
    income, income_years = None, tuple(int(year) for year in incomes.columns)
    if incomes.shape[1] >= RECENT:
        growth = incomes.apply(np.log).diff(axis=1).iloc[:, 1:]
        income, income_years = _beyond(growth), tuple(int(year) for year in growth.columns)
    return DriverTrend(_beyond(known), income, tuple(map(int, known.columns)), income_years)


def _beyond(growth: pd.DataFrame) -> Array:
    """(region,) mean growth beyond that of the nation, whose row is the last."""
    means = growth.mean(axis=1).to_numpy(dtype=float)
    beyond: Array = means[:-1] - means[-1]
    return beyond


def _by_year(dataset: Dataset, rows: pd.DataFrame) -> pd.DataFrame:
    """(region with the nation last, year) the values; NaN where none is published."""
    wide = rows.pivot(index="region", columns="year", values="value")
    wide = wide.reindex([*dataset.space.ids, dataset.nation])
    return wide.where(wide > 0)


def _incomes(dataset: Dataset) -> pd.DataFrame:
    """Income per head in the last years, at most five in a row, that all regions have."""
    frame = dataset.table("figures") if dataset.has("figures") else pd.DataFrame()
    if frame.empty:
        return pd.DataFrame()
    rows = frame[(frame["variable"] == INCOME_PER_HEAD) & frame["date"].str.fullmatch(r"\d{4}")]
    rows = rows.assign(year=rows["date"].astype(int))
    rows = rows[~rows.duplicated(["region", "year"], keep=False)]  # two figures contradict
    whole = _by_year(dataset, rows).dropna(axis=1)
    years = [int(year) for year in whole.columns]
    row = [year for year in years if set(range(year, years[-1])) <= set(years)][-RECENT:]
    return whole[row]


def _refuse(dataset: Dataset, wide: pd.DataFrame) -> None:
    """Raise InputError with the years that each region lacks."""
    faults = Faults()
    for region, figures in wide.iterrows():
        missing = [str(year) for year in figures.index[figures.isna()]]
        if missing:
            message = say("no figure of '{measure}' for {years}",
                          measure=EMPLOYED, years=", ".join(missing))  # fmt: skip
            faults.add(f"observed/labour_force.csv, {region}", message)
    if not faults:
        message = say("fewer than {n} yearly changes without a break of the series", n=FEWEST)
        faults.add("observed/labour_force.csv", message)
    cure = say("add them, or write 'driver_trend: none'")
    faults[-1] = Fault(faults[-1].where, faults[-1].message, cure)
    raise InputError(say("the trend of jobs"), faults)


def drawn_answers(elasticities: Elasticities, draws: Draws) -> Elasticities:
    """The elasticities in every draw, both sides of a driver from one stream of its own.

    Log-normal around the value with the standard and the transfer error together
    (`Elasticity.drawn`): no draw has the wrong sign. One chance serves origin and destination:
    where people follow a driver strongly they also stay for it. A driver is drawn alike in all
    scenarios.

    For given populations more of what draws people never lowers arrivals, in any draw. Of later
    years nobody can promise it: people who came and stayed are missing elsewhere, and those
    regions send fewer.
    """

    def chance(row: Elasticity) -> Array:
        return draws.stream(f"response {row.driver}").random(draws.count)

    return elasticities.drawn(chance)


def driver_notes(drivers: Drivers | None, scenario: Scenario, dataset: Dataset) -> tuple[Note, ...]:
    """What moves people, how strongly, and where that was measured, in words; nothing where no
    driver differs from the baseline."""
    continued = scenario.uncertainties.driver_trend == CONTINUED
    acts = drivers is not None and (drivers.changes.any() or drivers.jobs.any())
    if drivers is None or not (acts or continued):
        return ()
    said = scenario.drivers.source or say("drivers of the scenario")
    text = say(
        "Changes against the baseline move people a year later: what leaves a region and where it "
        "goes is shifted from the moves of the baseline, so what one region gains others lose. "
        "Jobs of growth points are not among the changes; their people are called by the points."
    )
    notes = [Note(say("Drivers of moves"), text, said, "assumption")]
    if continued:
        notes.append(_trend_note(driver_trend(dataset)))
    for at, driver in enumerate(DRIVERS):
        if drivers.changes[:, at].any() or (driver == JOBS and drivers.jobs.any()):
            notes.append(_answer_note(driver, drivers.elasticities.of(driver), dataset))
    return tuple(notes)


def _answer_note(driver: str, rows: Sequence[Elasticity], dataset: Dataset) -> Note:
    """How moves answer to one driver."""
    digits = 3 if UNITS[driver] == PER_POINT else 2
    parts = []
    for row in rows:
        size = say(
            "{value} at the {side} (standard error {error}, with its use here {wide}; {origin})",
            value=number(row.value, digits, signed=True), side=say(WORDS[row.side]),
            error=number(row.standard_error, digits), wide=number(row.error, digits),
            origin=_where(row, dataset),
        )  # fmt: skip
        parts.append(size)
    text = say("Elasticity, per cent of moves for each per cent: {parts}.", parts="; ".join(parts))
    if UNITS[driver] == PER_POINT:
        text = say("Elasticity, log of moves for each percentage point: {parts}.",
                   parts="; ".join(parts))  # fmt: skip
    if len(rows) == 1:
        text += " " + say("At the other end of a move none is known, so nothing answers there.")
    subject = say("Response of moves: {driver}", driver=say(DRIVERS[driver]))
    status = "assumption" if any(row.status == "assumption" for row in rows) else "estimated"
    return Note(subject, text, "; ".join(dict.fromkeys(row.source for row in rows)), status)


def _where(row: Elasticity, dataset: Dataset) -> str:
    """Where an elasticity comes from."""
    if not row.country:
        return say("an assumption, measured nowhere")
    place = country_name(row.country, language())
    if row.country == dataset.nation:
        return say("estimated for {country}, {years}", country=place, years=row.years)
    return say("estimated elsewhere: {country}, {years}", country=place, years=row.years)


@lru_cache
def country_name(code: str, lang: str) -> str:
    """The name of a country by its ISO 3166-1 code; the code itself where it has none."""
    from babel import Locale

    return str(Locale.parse(lang).territories.get(code, code))


def _trend_note(trend: DriverTrend) -> Note:
    """The trends that go on."""
    text = say(
        "The employed of each region go on growing faster or slower than the nation's as in "
        "{years}; a year later {percent} of the difference is left. Employment is counted where "
        "people live, so moves of the past are in its trend.",
        years=", ".join(map(str, trend.jobs_years)), percent=per_cent(100 * FADING, 0),
    )  # fmt: skip
    if trend.income is not None:
        text += " " + say("So do incomes per head, as in {years}.",
                          years=", ".join(map(str, trend.income_years)))  # fmt: skip
    else:
        known = ", ".join(map(str, trend.income_years)) or say("none")
        text += " " + say(
            "Incomes do not: {n} years in a row are needed, and all regions have {years}.",
            n=RECENT, years=known,
        )  # fmt: skip
    source = say("labour force survey by region; income per head by region")
    return Note(say("Trend of drivers"), text, source, "assumption")
