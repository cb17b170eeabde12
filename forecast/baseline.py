"""What a run assumes when the scenario says nothing, and what its variants change.

Every path starts from the last registered level (births, deaths, moves of the last observed
year) and takes only its *change* from elsewhere. Each assumption leaves a note with its source.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.assumptions import Assumptions, Note
from forecast.births import fertility_path
from forecast.errors import InputError
from forecast.fitted import fitted
from forecast.levels import at_level, level_note, pull_of
from forecast.migration.internal import by_age_reached
from forecast.survivorship import mortality_path
from forecast.tables import Persons, Population, Schedule
from forecast.words import say
from forecast.words.digits import number

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.scenario.schema import ExternalMigration as ExternalSaid
    from forecast.scenario.schema import Uncertainties
    from forecast.scenario.series import Series

Array = NDArray[np.float64]

REVISION = 2024  # UN World Population Prospects whose changes (not levels) are used
EXTERNAL_YEARS = 3  # last observed years whose mean is the level of external migration


def assume(
    dataset: Dataset,
    years: Sequence[int],
    uncertainties: Uncertainties,
    *,
    internal: str = "middle",
    tfr_effect: Array | None = None,
) -> Assumptions:
    """The assumptions of one run over calendar `years`, the first being the base year.

    uncertainties : variants or paths of fertility, mortality and external migration
    internal      : 'middle', or 'level-YEAR' for the moves of one observed year
    tfr_effect    : (year,) births per woman on top of the path of fertility
    Raises InputError when the package lacks a table or the years go beyond its paths.
    """
    population = population_on(dataset, dataset.base_year)
    propensity = _schedule(dataset, "internal")
    births, fertility_note = fertility_path(dataset, years, uncertainties.fertility, tfr_effect)
    deaths, mortality_note = mortality_path(dataset, population, years, uncertainties.mortality)
    internal_note = level_note(dataset, internal)
    external = uncertainties.external_migration
    immigration, emigration, external_note = _external(dataset, years, external)
    start = Assumptions(
        space=dataset.space,
        years=tuple(years),
        population=population,
        fertility=births,
        sex_ratio=indicator(dataset, "sex_ratio", [dataset.last_year_observed])[0],
        mortality=deaths,
        intensity=np.zeros((len(dataset.space), len(dataset.space))),
        propensity=propensity,
        emigration=emigration,
        immigration=immigration,
        external_net=_given(external.net, years),
        pull=dataset.once("pull", lambda: pull_of(dataset, population)),
        notes=(fertility_note, mortality_note, internal_note, external_note),
    )
    return at_level(dataset, start, internal)


def population_on(dataset: Dataset, year: int) -> Array:
    """(sex, age, region) persons on 1 January of `year`, from the estimated base table."""
    return dataset.once(("population", year), lambda: _population_on(dataset, year))


def _population_on(dataset: Dataset, year: int) -> Array:
    frame = dataset.table("estimated/population")
    chosen = frame[frame["year"] == year]
    return Population.from_frame(chosen, dataset.space, source="estimated/population.csv").values


def indicator(dataset: Dataset, measure: str, years: Sequence[int]) -> Array:
    """(year,) a UN indicator of the revision in use; raises InputError where it ends."""
    frame = dataset.table("un_indicators")
    chosen = frame[(frame["revision"] == REVISION) & (frame["measure"] == measure)]
    series = chosen.set_index("year")["value"]
    missing = [str(year) for year in years if year not in series.index]
    if missing:
        message = say(
            "{measure}: no value for {years}; choose an earlier horizon with --until or 'until'",
            measure=measure, years=", ".join(missing[:3]),
        )  # fmt: skip
        raise InputError("observed/un_indicators.csv", message)
    values: Array = series.loc[list(years)].to_numpy(dtype=float)
    return values


def last_path_year(dataset: Dataset) -> int:
    """The last calendar year to which the fitted paths of the package reach."""
    return fitted(dataset, "fertility").years("tfr")[-1]


def _external(
    dataset: Dataset, years: Sequence[int], said: ExternalSaid
) -> tuple[Array, Array, Note]:
    frame = dataset.table("estimated/components")
    observed = sorted(int(year) for year in frame["year"].unique())
    nets = {year: _external_net(frame, year) for year in observed}
    chosen = {
        "medium": observed[-EXTERNAL_YEARS:],
        "low": [min(nets, key=lambda year: nets[year])],
        "high": [max(nets, key=lambda year: nets[year])],
    }[said.variant or "medium"]
    arrivals = _mean_by_region(dataset, "immigration", chosen)
    departures = _mean_by_region(dataset, "emigration", chosen)
    composition = _schedule(dataset, "immigration")
    immigration = composition[:, :, None] * arrivals
    leaving = _schedule(dataset, "emigration")
    people = population_on(dataset, dataset.base_year)
    exposed = np.einsum("sa,sar->r", leaving, people)
    rate = by_age_reached(leaving)[:, :, None] * (departures / exposed)
    rate[:, 0] /= 2  # newborns live half a year of it
    emigration = -np.expm1(-rate)
    text = say(
        "Immigration {arrivals} persons a year, emigration at the rate of {departures} persons a "
        "year: the mean of {years}; regional shares are estimated from the balance of the regions "
        "and the press.",
        arrivals=number(arrivals.sum()),
        departures=number(departures.sum()),
        years=", ".join(str(year) for year in chosen),
    )
    if said.net is not None:
        text = say(
            "Net migration follows the path of the scenario; immigration rises and emigration "
            "falls in the same proportion from {arrivals} and {departures} persons a year.",
            arrivals=number(arrivals.sum()), departures=number(departures.sum()),
        )  # fmt: skip
    source = say("registered migration; regional shares estimated")
    paths = np.repeat(immigration[None], len(years), axis=0)
    return paths, emigration, Note(say("External migration"), text, source, "estimated")


def _external_net(frame: pd.DataFrame, year: int) -> float:
    sums = frame[frame["year"] == year].groupby("component")["value"].sum()
    return float(sums["immigration"] - sums["emigration"])


def _mean_by_region(dataset: Dataset, component: str, years: Sequence[int]) -> Array:
    def read(year: int) -> Array:
        frame = dataset.table("estimated/components")
        chosen = frame[(frame["component"] == component) & (frame["year"] == year)]
        source = f"estimated/components.csv {component} {year}"
        return Persons.from_frame(chosen, dataset.space, source=source).values

    parts = [dataset.once((component, year), partial(read, year)) for year in years]
    mean: Array = np.mean(parts, axis=0)
    return mean


def _schedule(dataset: Dataset, stream: str) -> Array:
    """(sex, age) of the people of one stream of migration."""

    def read() -> Array:
        frame = dataset.table("estimated/migrant_age")
        chosen, source = frame[frame["stream"] == stream], f"estimated/migrant_age.csv {stream}"
        return Schedule.from_frame(chosen, dataset.space, source=source).values

    return dataset.once(("schedule", stream), read)


def _given(series: Series | None, years: Sequence[int]) -> Array:
    """(year,) a path of the scenario, NaN in the years of which it says nothing."""
    return np.full(len(years), np.nan) if series is None else series.over(years)
