"""Moves between regions in a run: the level that is named, and the pull of places."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.assumptions import Assumptions, Note
from forecast.demography.step import one_year
from forecast.errors import InputError
from forecast.migration.internal import gravity_pull, move_intensity
from forecast.rates import year_rates
from forecast.space import Space
from forecast.tables import Flows
from forecast.words import say

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset

Array = NDArray[np.float64]


def flow_years(dataset: Dataset) -> list[int]:
    """Calendar years for which the package has a matrix of moves."""
    return sorted(int(year) for year in dataset.table("estimated/flows")["year"].unique())


def at_level(dataset: Dataset, assumptions: Assumptions, internal: str) -> Assumptions:
    """The same assumptions with the moves between regions of another level; notes stay.

    Moves happen through the year, so they are held against the mean of both 1 Januaries: the
    first year then has the net migration of the level that is named.
    """
    flows = _internal(dataset, internal)
    population, propensity = assumptions.population, assumptions.propensity
    start = assumptions.but(intensity=move_intensity(flows, propensity, population))
    rates = year_rates(start, count=1)[0]
    after = one_year(population[..., None], rates).apply(population[..., None])
    exposed = (population + after[..., 0]) / 2
    return start.but(intensity=move_intensity(flows, propensity, exposed))


def pull_of(dataset: Dataset, population: Array) -> Array:
    distances = dataset.table("distances")
    return gravity_pull(
        population.sum(axis=(0, 1)),
        _square(distances, "capital_distance_km", dataset.space),
        _square(distances, "contiguous", dataset.space),
    )


def _level_years(dataset: Dataset, level: str) -> list[int]:
    """The observed years whose mean is the level that is named."""
    known = flow_years(dataset)
    years = [known[0], known[-1]] if level == "middle" else [int(level.removeprefix("level-"))]
    if years[0] not in known:
        names = ", ".join(f"level-{year}" for year in known)
        message = say("no moves of {year}; known: {names}", year=years[0], names=names)
        raise InputError("estimated/flows.csv", message)
    return years


def _internal(dataset: Dataset, level: str) -> Array:
    """(origin, destination) moves of the level that is named."""

    def moves(year: int) -> Array:
        frame = dataset.table("estimated/flows")
        chosen = frame[frame["year"] == year]
        return _flows(chosen, dataset.space, f"estimated/flows.csv {year}")

    found = [
        dataset.once(("flows", year), partial(moves, year)) for year in _level_years(dataset, level)
    ]
    mean: Array = np.mean(found, axis=0)
    return mean


def level_note(dataset: Dataset, level: str) -> Note:
    years = _level_years(dataset, level)
    first, last = years[0], years[-1]
    if level == "middle":
        text = say(
            "Moves between regions start midway between those of {first} and {last} and keep their "
            "rates: registered moves changed much between the two years and nobody knows which "
            "level lasts. Both paths are shown beside the result.",
            first=first, last=last,
        )  # fmt: skip
    else:
        text = say("Moves between regions start as in {year} and keep their rates.", year=years[0])
    source = say("origin-destination matrix estimated from published nets")
    return Note(say("Internal migration"), text, source, "estimated")


def _flows(frame: pd.DataFrame, space: Space, source: str) -> Array:
    """(origin, destination) with the diagonal 0; a table leaves the diagonal out."""
    diagonal = pd.DataFrame({"origin": space.ids, "destination": space.ids, "value": 0.0})
    moves = frame[frame["origin"] != frame["destination"]]
    whole = pd.concat([moves[["origin", "destination", "value"]], diagonal], ignore_index=True)
    return Flows.from_frame(whole, space, source=source).values


def _square(frame: pd.DataFrame, column: str, space: Space) -> Array:
    named = frame.rename(columns={column: "value"})
    return _flows(named, space, f"observed/distances.csv {column}")
