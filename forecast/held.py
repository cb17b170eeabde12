"""A package whose rates are published and whose models were never fitted: last rates are held.

Who has the official tables of ages, rates and moves needs no estimate, and has nothing that the
models could be fitted to. A run then keeps the rates and the migration of the last observed year,
says so in its notes, and knows no draws, because nothing tells how uncertain it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast.assumptions import Note
from forecast.errors import InputError
from forecast.space import AGES, SEXES, STREAMS
from forecast.tables import PERSONS
from forecast.words import say
from forecast.words.digits import number

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset

MODELS = "estimated/models"
YEARS = 75  # after the last observed one
SEX_RATIO = 1.05  # boys per girl at birth where no table tells it; 1.03 to 1.07 is usual
OTHER = "other"  # the stream of immigrants whom no table tells apart
Row = tuple[str, str, str, int, int, float]  # parameter, region, sex, age, year, value


def is_held(dataset: Dataset) -> bool:
    """Whether the last rates of a package are held: all is published, no model was fitted."""
    return dataset.is_published and not dataset.has(MODELS)


def held_rows(dataset: Dataset, component: str) -> pd.DataFrame:
    """The parameters under which a component stays as it was, as rows of `estimated/models`."""
    made = {"fertility": _fertility, "mortality": _mortality, "external": _external}
    rows = list(made[component](dataset)) if component in made else []
    columns = ["parameter", "region", "sex", "age", "year", "value"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(component=component)


def refuse_draws(dataset: Dataset) -> None:
    """Raise InputError for draws from a package that holds the last rates."""
    if is_held(dataset):
        message = say("the package has no fitted models, so nothing tells how uncertain it is")
        raise InputError("draws", message + "; " + say("run it without draws"))


def held_notes(dataset: Dataset, names: tuple[str, ...]) -> tuple[Note, ...]:
    """What is held, one note for each of fertility, mortality and migration across the border."""
    year = dataset.last_year_observed
    events = _events(dataset)
    told = (
        say("No model was fitted: births per woman of {year} stay as they are, region by region.",
            year=year),
        say("No model was fitted: death rates of {year} stay as they are, region by region.",
            year=year),
        say("No model was fitted: {arrivals} immigrants and emigration at the rate of "
            "{departures} persons a year, as in {year}.", year=year,
            arrivals=number(float(events["immigration"].sum())),
            departures=number(float(events["emigration"].sum()))),
    )  # fmt: skip
    source = say("published figures of the package; that they go on is an assumption")
    return tuple(
        Note(name, text, source, "assumption") for name, text in zip(names, told, strict=True)
    )


def _years(dataset: Dataset) -> range:
    last = dataset.last_year_observed
    return range(last, last + YEARS + 1)


def _fertility(dataset: Dataset) -> Iterator[Row]:
    for name in ("tfr", "mean_age", "spread"):
        for year in _years(dataset):
            yield name, "", "", -1, year, 1.0  # what counts is the change
    for region in dataset.space.ids:
        yield "mean_age_shift", region, "", -1, 0, 0.0
    for name, value in (("region_rho", 1.0), ("region_floor", 0.0), ("long_run", np.nan)):
        yield name, "", "", -1, 0, value


def _mortality(dataset: Dataset) -> Iterator[Row]:
    last = dataset.last_year_observed
    for year in list(_years(dataset))[1:]:
        yield "k", "", "", -1, year, 0.0
    for sex in SEXES:
        for age in AGES:
            yield "b", "", sex, age, 0, 1 / len(AGES)
    for name in ("sex_gap", "sex_rho", "step", "drift_error", "pace", "pace_error", "damping"):
        yield name, "", "", -1, 0, 0.0
    for name, value in (("last_year", last), ("first_year", last), ("revision", 0), ("drift", 1)):
        yield name, "", "", -1, 0, float(value)


def _external(dataset: Dataset) -> Iterator[Row]:
    """Immigration in persons, emigration as a rate of the people of the base year."""
    events, regions = _events(dataset), dataset.space.ids
    people = dataset.table("estimated/population")
    base = people.loc[people["year"] == dataset.base_year, "value"].sum()
    for name, event, over in (
        ("immigration", "immigration", 1.0), ("emigration_rate", "emigration", base),
    ):  # fmt: skip
        for year in _years(dataset):
            yield name, "", "", -1, year, float(events[event].sum() / over)
    even = pd.Series(1 / len(regions), index=list(regions))
    shares = {name: (events[name] / events[name].sum() if events[name].sum() > 0 else even)
              for name in ("immigration", "emigration")}  # fmt: skip
    ages = dataset.table("estimated/migrant_age")
    ages = ages[ages["stream"] == "immigration"]
    for stream in STREAMS:
        yield f"{stream}_share", "", "", -1, 0, float(stream == OTHER)
        for region in regions:
            yield f"{stream}_regions", region, "", -1, 0, float(shares["immigration"][region])
        for row in ages.to_dict("records"):
            yield f"{stream}_ages", "", str(row["sex"]), int(row["age"]), 0, float(row["value"])
    for region in regions:
        yield "emigration_share", region, "", -1, 0, float(shares["emigration"][region])
    yield "settled_since", "", "", -1, 0, float(dataset.last_year_observed)


def _events(dataset: Dataset) -> pd.DataFrame:
    """(region, event) persons of the last observed year.

    Raises InputError naming what is missing.
    """
    frame = dataset.table("vital_events")
    last = frame[(frame["year"] == dataset.last_year_observed) & (frame["unit"] == PERSONS)]
    wide = last.pivot(index="region", columns="event", values="value").reindex(
        index=list(dataset.space.ids), columns=["immigration", "emigration"]
    )
    if wide.isna().to_numpy().any():
        missing = [f"{wide.index[region]}, {wide.columns[event]}"
                   for region, event in np.argwhere(wide.isna().to_numpy())]  # fmt: skip
        message = say("no row of {year} for {names}", year=dataset.last_year_observed,
                      names="; ".join(missing[:5]))  # fmt: skip
        cure = say("add it; write 0 only if nobody crossed the border")
        raise InputError("observed/vital_events.csv", f"{message}; {cure}")
    return wide
