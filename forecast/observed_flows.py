"""Moves between regions as a package knows them: published matrices, or estimates of them.

Where a package publishes the matrix of every year (`observed/flows`), the moves ahead are a
forecast of the panel by the baseline forecaster. Where only nets or margins are known the matrix
is an estimate whose gross level is an assumption, and the runs say so everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import InputError
from forecast.migration import MODELS
from forecast.migration.panel import FlowPanel, level_breaks
from forecast.space import Space
from forecast.tables import ESTIMATED, PROJECTED, Flows
from forecast.words import say

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset

Array = NDArray[np.float64]

TABLE, OFFICIAL = "estimated/flows", "observed/flows"  # the second is read in place of the first
NETS = "internal_migration"
FORECASTER = "pooled"
OPPOSITE = -0.5  # correlation from which published nets contradict the matrix
FEWEST = 4  # published years from which a forecast is made


def table_of(dataset: Dataset) -> str:
    """The table that the moves are read from."""
    return OFFICIAL if OFFICIAL in dataset.tables else TABLE


def flow_years(dataset: Dataset) -> list[int]:
    """Calendar years for which the package has a matrix of moves."""
    return sorted(int(year) for year in dataset.table(TABLE)["year"].unique())


def flow_status(dataset: Dataset) -> str:
    """Status of the moves of a run: 'estimated' where the matrix is, else 'projected'."""
    estimated = (dataset.table(TABLE)["status"] == ESTIMATED).any()
    return ESTIMATED if estimated else PROJECTED


def is_published(dataset: Dataset) -> bool:
    """Whether the moves ahead are a forecast of published matrices."""
    years = flow_years(dataset)
    in_a_row = years[-1] - years[0] + 1 == len(years)
    return flow_status(dataset) != ESTIMATED and len(years) >= FEWEST and in_a_row


def compared_years(dataset: Dataset) -> list[int]:
    """Years whose level is shown beside the run: before the last break of the level, and last.

    Of estimated matrices, the first and the last one.
    """
    years = flow_years(dataset)
    if not is_published(dataset):
        return list(dict.fromkeys((years[0], years[-1])))
    breaks = level_breaks(published_panel(dataset))
    return [*([breaks[-1][0] - 1] if breaks else []), years[-1]]


def moves_of_year(dataset: Dataset, year: int) -> Array:
    """(origin, destination) moves of a calendar year; raises InputError where there are none."""
    known = flow_years(dataset)
    if year not in known:
        names = ", ".join(f"level-{one}" for one in known)
        message = say("no moves of {year}; known: {names}", year=year, names=names)
        raise InputError(f"{table_of(dataset)}.csv", message)

    def moves() -> Array:
        frame = dataset.table(TABLE)
        chosen = frame[frame["year"] == year]
        flows = square(chosen, dataset.space, f"{table_of(dataset)}.csv {year}")
        _refuse_exchanged(dataset, year, flows)
        return flows

    return dataset.once(("flows", year), moves)


def _refuse_exchanged(dataset: Dataset, year: int, flows: Array) -> None:
    """Raise InputError where a published matrix has the published nets the wrong way round."""
    if table_of(dataset) != OFFICIAL or not dataset.has(f"observed/{NETS}"):
        return
    frame = dataset.table(NETS)
    chosen = frame[(frame["measure"] == "net") & (frame["year"] == year)]
    known = chosen.set_index("region")["value"].reindex(list(dataset.space.ids)).to_numpy(float)
    nets, there = flows.sum(axis=0) - flows.sum(axis=1), ~np.isnan(known)
    if there.sum() < FEWEST or not (nets[there].std() > 0 and known[there].std() > 0):
        return
    if np.corrcoef(nets[there], known[there])[0, 1] < OPPOSITE:
        message = say(
            "origin and destination look exchanged: the nets of {year} are the published ones with "
            "the opposite sign",
            year=year,
        )  # fmt: skip
        raise InputError(f"{OFFICIAL}.csv", f"{message}; {say('exchange the two columns')}")


def published_panel(dataset: Dataset) -> FlowPanel:
    """The published matrices as a panel, without population: its rates change slowly.

    Raises InputError when they go beyond the last observed year of the package.
    """
    years = flow_years(dataset)
    if years[-1] > dataset.last_year_observed:
        message = say("moves of {year} lie after the last observed year, {last}", year=years[-1],
                      last=dataset.last_year_observed)  # fmt: skip
        cure = say("take the year out, or move the last observed year of the country's file")
        raise InputError(f"{table_of(dataset)}.csv", f"{message}; {cure}")
    flows = np.stack([moves_of_year(dataset, year) for year in years])
    names = tuple(region.name for region in dataset.space.regions)
    return FlowPanel(names, tuple(years), flows)


def level_steps(dataset: Dataset) -> float:
    """How far the level of published moves went from year to year, log points, breaks included."""
    return float(np.std(np.diff(np.log(published_panel(dataset).totals)), ddof=1))


def forecast_moves(dataset: Dataset, years: tuple[int, ...]) -> Array:
    """(year, origin, destination) moves ahead, from the last published year.

    The people of the base year are what the moves are held against: growth of the nation is not
    in them.
    """
    model = MODELS[FORECASTER]().fit(published_panel(dataset))
    return np.stack([model.predict(max(year - model.last, 1)) for year in years])


def forecast_notes(dataset: Dataset) -> tuple[str, ...]:
    """What the forecaster chose, in words."""
    return MODELS[FORECASTER]().fit(published_panel(dataset)).notes


def square(frame: pd.DataFrame, space: Space, source: str) -> Array:
    """(origin, destination) with the diagonal 0; a table leaves the diagonal out."""
    diagonal = pd.DataFrame({"origin": space.ids, "destination": space.ids, "value": 0.0})
    moves = frame[frame["origin"] != frame["destination"]]
    whole = pd.concat([moves[["origin", "destination", "value"]], diagonal], ignore_index=True)
    return Flows.from_frame(whole, space, source=source).values
