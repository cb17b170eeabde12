"""Fertility of a run: the path of the nation, its regions and ages, and draws around it.

Levels are those of the last observed year, whose rates give the registered births; the fitted
model (`estimated/models`, component fertility) gives the change from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forecast.assumptions import Note
from forecast.demography.fertility import (
    log_path,
    mean_and_spread,
    relational_schedule,
    scale_ar1,
    scale_path,
)
from forecast.errors import InputError
from forecast.fitted import Fitted, fitted
from forecast.space import SEXES
from forecast.tables import Fertility, Population
from forecast.words import say
from forecast.words.digits import number

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.scenario.schema import Fertility as FertilitySaid

Array = NDArray[np.float64]

COMPONENT = "fertility"
WOMEN = SEXES.index("female")
PATHS = {"low": "tfr_low", "medium": "tfr", "high": "tfr_high"}


class Level(NamedTuple):
    """Fertility of the last observed year.

    rates : (age, region) births per woman-year, which give the registered births
    tfr   : of the nation, by the women of the base year, children per woman
    ratio : (region,) TFR of the region over that of the nation
    """

    rates: Array
    tfr: float
    ratio: Array


class FertilityDraws(NamedTuple):
    """Draws around the central path.

    factor         : (year, region, draw) TFR over the central path, median 1
    mean_age_shift : (year, region, draw) years later than the central mean age at birth
    """

    factor: Array
    mean_age_shift: Array


def fertility_path(
    dataset: Dataset, years: Sequence[int], said: FertilitySaid, effect: Array | None
) -> tuple[Array, Note]:
    """(year, age, region) births per woman-year over calendar `years`, and the note on them.

    said   : variant (low, medium, high) or a path of the nation's TFR; a path rules in its years
    effect : (year,) births per woman on top of the path
    Regions draw towards the nation at the pace of Scale-AR(1), the nation's TFR at the women
    of the base year staying that of the path; ages follow the mean age at birth of the model.
    Raises InputError where the model has no value for a year.
    """
    last = dataset.last_year_observed
    model = fitted(dataset, COMPONENT)
    level = fertility_level(dataset)
    chosen = said.variant or "medium"
    path = model.by_year(PATHS[chosen], [last, *years])
    national = level.tfr * path[1:] / path[0]
    if said.tfr is not None:
        given = said.tfr.over(years)
        national = np.where(np.isnan(given), national, given)
    final = float(national[-1])
    if effect is not None:
        national = np.maximum(national + effect, 0.0)
    schedule = _schedules(dataset, model, level, years)
    ratio = regional_path(model, level, np.asarray(years) - last)
    rates = schedule * (national[:, np.newaxis] * ratio)[:, np.newaxis, :]
    return rates, _note(dataset, level, said, (model, years), final)


def fertility_draws(
    dataset: Dataset, years: Sequence[int], generator: np.random.Generator, draws: int
) -> FertilityDraws:
    """Deviations from the central path, for calendar `years` after the last observed one.

    Of a draw, one year depends on the year before: the nation by an AR(1) of the log TFR whose
    sigma, itself drawn, is the same in all years; regions by Scale-AR(1) around the nation. All
    regions share the nation's deviation, which correlates them; their own deviations are
    independent of each other. The mean age at birth has an AR(1) of the nation and an error of
    each region that stays (its level is unknown), both independent of the level.
    The draw axis comes first in the normals: the first draws do not depend on their number,
    but they do on the last year and the number of regions.
    """
    model = fitted(dataset, COMPONENT)
    level = fertility_level(dataset)
    ahead = np.asarray(years) - dataset.last_year_observed
    span, regions = max(int(ahead.max()), 0), len(level.ratio)
    normals = generator.standard_normal((draws, 1 + regions + span * (2 + regions)))
    of_sigma, normals = normals[:, 0], normals[:, 1:]
    of_region, normals = normals[:, :regions], normals[:, regions:]
    by_year = normals.reshape(draws, span, 2 + regions)
    nation = log_path(by_year[:, :, 0], model.number("rho"), model.number("sigma"),
                      model.number("sigma_error"), of_sigma)  # fmt: skip
    own = scale_ar1(level.ratio, model.number("region_rho"), model.number("region_sigma"),
                    model.number("region_floor"), by_year[:, :, 2:])  # fmt: skip
    ages = log_path(by_year[:, :, 1], model.number("mean_age_rho"),
                    model.number("mean_age_sigma"), 0.0, np.zeros(draws))  # fmt: skip
    error = model.by_region("mean_age_error", dataset.space.ids)
    shift = ages[:, np.newaxis] + error[:, np.newaxis] * of_region.T
    factor = np.exp(nation)[:, np.newaxis] * own
    # nothing is uncertain of the years that are observed
    factor = np.concatenate([np.ones((1, regions, draws)), factor])
    shift = np.concatenate([np.zeros((1, regions, draws)), shift])
    place = np.maximum(ahead, 0)
    return FertilityDraws(factor[place], shift[place])


def fertility_level(dataset: Dataset) -> Level:
    """Fertility of the last observed year: rates, TFR of the nation, ratios of the regions."""
    last = dataset.last_year_observed

    def rates() -> Array:
        frame = dataset.table("estimated/fertility")
        chosen, source = frame[frame["year"] == last], "estimated/fertility.csv"
        return Fertility.from_frame(chosen, dataset.space, source=source).over_all_ages()

    found = dataset.once(("fertility", last), rates)
    women = _women(dataset, dataset.base_year)
    tfr = float(((found * women).sum(axis=1) / women.sum(axis=1)).sum())
    return Level(found, tfr, found.sum(axis=0) / tfr)


def regional_path(model: Fitted, level: Level, ahead: Array) -> Array:
    """(year, region) TFR of regions over the nation's, `ahead` years after the last observed."""
    span = max(int(np.max(ahead)), 0)
    path = scale_path(level.ratio, model.number("region_rho"), span)
    # weighed by the women of the base year, distances from 1 sum to 0: the nation keeps its TFR
    known = np.concatenate([level.ratio[np.newaxis], path])
    floored = np.maximum(known, model.number("region_floor"))
    return np.asarray(floored[np.maximum(ahead, 0)])


def _schedules(dataset: Dataset, model: Fitted, level: Level, years: Sequence[int]) -> Array:
    """(year, age, region) shares of total fertility, at the level of the registered births.

    Where a region's mean age differs from that of the estimated rates, its shares are scaled
    so that its births of the last observed year stay what they were.
    """
    last, ids = dataset.last_year_observed, dataset.space.ids
    pattern = level.rates.sum(axis=1) / level.rates.sum()
    shift = model.by_region("mean_age_shift", ids)
    mean, spread = mean_and_spread(pattern)
    path = model.by_year("mean_age", [last, *years])
    later = path[1:] - path[0]
    wider = model.by_year("spread", [last, *years])
    wider = wider[1:] / wider[0]
    shifts, of_region = np.unique(shift, return_inverse=True)
    schedule = relational_schedule(
        pattern, mean + later[:, np.newaxis] + shifts, (spread * wider)[:, np.newaxis]
    )
    full = np.moveaxis(schedule[:, :, of_region], 0, 1)
    start = relational_schedule(pattern, mean + shifts, spread)[:, of_region]
    women = _women(dataset, last + 1)
    if (dataset.table("estimated/population")["year"] == last).any():
        women = (_women(dataset, last) + women) / 2
    born = (level.rates * women).sum(axis=0) / level.rates.sum(axis=0)
    return np.asarray(full * (born / (start * women).sum(axis=0)))


def _women(dataset: Dataset, year: int) -> Array:
    """(age, region) women on 1 January of `year`."""

    def read() -> Array:
        frame = dataset.table("estimated/population")
        chosen = frame[frame["year"] == year]
        source = "estimated/population.csv"
        return Population.from_frame(chosen, dataset.space, source=source).values

    return np.asarray(dataset.once(("population", year), read)[WOMEN])


def _note(
    dataset: Dataset,
    level: Level,
    said: FertilitySaid,
    run: tuple[Fitted, Sequence[int]],
    final: float,
) -> Note:
    last, (model, years) = dataset.last_year_observed, run
    text = say(
        "Level: {births} births registered in {year}, a total fertility rate of {tfr}.",
        births=number(_registered(dataset, last)), year=last, tfr=number(level.tfr, 2),
    )  # fmt: skip
    keep = model.number("region_rho")
    regions = say(
        "Regions draw towards the nation by {percent} % of their distance a year.",
        percent=number(100 * (1 - keep), 1),
    )  # fmt: skip
    if said.tfr is not None:
        how = say("Afterwards the path of the scenario, {final} in {until}.",
                  final=number(final, 2), until=years[-1])  # fmt: skip
    elif (said.variant or "medium") == "medium":
        steady = np.ptp(model.by_year("tfr", [last, last + 1])) == 0
        how = say(
            "The change of the last years is taken neither to go on nor to be undone: held "
            "against the past, no model forecasts better than the last level by more than its "
            "error."
        ) if steady else say(
            "Afterwards the model that forecast the past best (table estimated/validation)."
        )  # fmt: skip
        how += " " + say(
            "The path has {final} in {until}; beyond ten years it tends to {far} children per "
            "woman, an assumption.",
            final=number(final, 2), until=years[-1], far=number(model.number("long_run"), 1),
        )  # fmt: skip
    else:
        how = say(
            "Variant {variant}: one future in ten goes beyond it; it opens as the errors of past "
            "forecasts grow, to {final} in {until}.",
            variant=say(said.variant or "medium"), final=number(final, 2), until=years[-1],
        )  # fmt: skip
    parts = [text, how, regions]
    if model.has("un_tfr") and years[-1] in model.years("un_tfr"):
        parts.append(say(
            "The UN medium variant, not used, has {un} in {until}.",
            un=number(float(model.by_year("un_tfr", [years[-1]])[0]), 2), until=years[-1],
        ))  # fmt: skip
    source = say("registered births; official total fertility; table estimated/models")
    return Note(say("Fertility"), " ".join(parts), source, "assumption")


def _registered(dataset: Dataset, year: int) -> float:
    frame = dataset.table("vital_events")
    chosen = frame[
        (frame["region"] == dataset.nation) & (frame["event"] == "births") & (frame["year"] == year)
    ]
    if chosen.empty:
        message = say("no {event} of {year} for the nation", event=say("births"), year=year)
        raise InputError("observed/vital_events.csv", message)
    return float(chosen["value"].iloc[0])
