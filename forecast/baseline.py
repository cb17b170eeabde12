"""What a run assumes when the scenario says nothing, and what its variants change.

Every path starts from the last registered level (births, deaths, moves of the last observed
year) and takes only its *change* from elsewhere. Each assumption leaves a note with its source.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from forecast.assumptions import Assumptions
from forecast.births import fertility_path
from forecast.errors import InputError
from forecast.external import external_path, schedule
from forecast.fitted import fitted
from forecast.held import SEX_RATIO, held_notes, is_held
from forecast.levels import at_level, level_note, pull_of
from forecast.survivorship import mortality_path
from forecast.tables import STATUSES, Population
from forecast.words import say

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.scenario.schema import Uncertainties
    from forecast.scenario.series import Series

Array = NDArray[np.float64]

REVISION = 2024  # UN World Population Prospects whose sex ratio at birth is used


def assume(
    dataset: Dataset,
    years: Sequence[int],
    uncertainties: Uncertainties,
    *,
    internal: str = "drawn",
    tfr_effect: Array | None = None,
) -> Assumptions:
    """The assumptions of one run over calendar `years`, the first being the base year.

    uncertainties : variants or paths of fertility, mortality and external migration
    internal      : 'drawn', 'middle', or 'level-YEAR' for the moves of one observed year
    tfr_effect    : (year,) births per woman on top of the path of fertility
    Raises InputError when the package lacks a table or the years go beyond its paths.
    """
    population = population_on(dataset, dataset.base_year)
    propensity = schedule(dataset, "internal")
    births, fertility_note = fertility_path(dataset, years, uncertainties.fertility, tfr_effect)
    deaths, mortality_note = mortality_path(dataset, population, years, uncertainties.mortality)
    internal_note = level_note(dataset, internal)
    external = uncertainties.external_migration
    abroad = external_path(dataset, years, external, population)
    notes = (fertility_note, mortality_note, internal_note, abroad.note)
    if is_held(dataset):
        subjects = fertility_note.subject, mortality_note.subject, abroad.note.subject
        births_held, deaths_held, abroad_held = held_notes(dataset, subjects)
        notes = (births_held, deaths_held, internal_note, abroad_held)
    start = Assumptions(
        space=dataset.space,
        years=tuple(years),
        population=population,
        fertility=births,
        sex_ratio=sex_ratio(dataset),
        mortality=deaths,
        intensity=np.zeros((len(dataset.space), len(dataset.space))),
        propensity=propensity,
        emigration=abroad.emigration,
        immigration=abroad.immigration,
        streams=abroad.streams,
        external_net=_given(external.net, years),
        pull=dataset.once("pull", lambda: pull_of(dataset, population)),
        notes=notes,
    )
    return at_level(dataset, start, internal)


def population_on(dataset: Dataset, year: int) -> Array:
    """(sex, age, region) persons on 1 January of `year`, from the estimated base table."""
    return dataset.once(("population", year), lambda: _population_on(dataset, year))


def _population_on(dataset: Dataset, year: int) -> Array:
    frame = dataset.table("estimated/population")
    chosen = frame[frame["year"] == year]
    return Population.from_frame(chosen, dataset.space, source="estimated/population.csv").values


def status_of_base(dataset: Dataset) -> str:
    """The status of the people of the base year; the weakest of the table where it has several."""
    return max(dataset.table("estimated/population")["status"].unique(), key=STATUSES.index)


def sex_ratio(dataset: Dataset) -> float:
    """Boys per girl at birth: of the UN, or an assumption where the package has no such table."""
    if not dataset.has("un_indicators"):
        return SEX_RATIO
    return float(indicator(dataset, "sex_ratio", [dataset.last_year_observed])[0])


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


def _given(series: Series | None, years: Sequence[int]) -> Array:
    """(year,) a path of the scenario, NaN in the years of which it says nothing."""
    return np.full(len(years), np.nan) if series is None else series.over(years)
