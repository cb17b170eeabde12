"""The labour balance of one year: demand, the jobs that residents fill, the difference.

    JS = LF (1 - u)(1 + d) / CR        deficit = JD - JS        positive = short of workers

u is unemployment, d the share of second jobs, CR the employed residents for each job located in
the region. Published employment is counted where people live, so CR = 1 and d = 0 in the base
year, when the jobs of a region are its employed residents and the deficit is 0. What is shown
afterwards is therefore the shortage (or, negative, the surplus) that *arises* after the base
year at the base year's unemployment and participation; vacancies open in the base year are not
in it. Demand is split by section, supply is not: people change their section of activity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.labour.calibrate import LabourBase
from forecast.labour.demand import jobs_ahead
from forecast.labour.supply import labour_force as labour_force_of
from forecast.space import Space
from forecast.words import mark

Array = NDArray[np.float64]

TOTAL = mark("total")
PERSONS = mark("persons")
JOBS = mark("jobs")
PROJECTED = mark("projected")
MEASURES = {
    "labour_force": mark("labour force"),
    "labour_supply": mark("jobs filled by residents"),
    "labour_demand": mark("labour demand"),
    "labour_deficit": mark("labour deficit"),
    "unemployed": mark("unemployed"),
}


@dataclass(frozen=True)
class LabourYear:
    """The labour balance of one calendar year, annual averages; a last axis of draws is kept.

    labour_force : (region[, draw]) persons
    supply       : (region[, draw]) jobs filled by residents
    demand       : (region, section[, draw]) jobs
    deficit      : (region[, draw]) demand of all sections less supply, positive = short
    unemployed   : (region[, draw]) persons
    sections     : the sections of `demand`, in order
    """

    labour_force: Array
    supply: Array
    demand: Array
    deficit: Array
    unemployed: Array
    sections: tuple[str, ...]


def labour_year(
    base: LabourBase, population: Array, year: int, extra_jobs: Array | None = None
) -> LabourYear:
    """The labour balance of calendar year `year`.

    population : (sex, age, region[, draw]) mean of the populations on 1 January of this and of
                 the next year, persons
    extra_jobs : (region, section[, draw]) jobs above the baseline, operation and construction
    """
    force = labour_force_of(population, base.participation_in(year))
    spare = (slice(None),) + (None,) * (force.ndim - 1)  # a region's number, whatever the draws
    unemployed = force * base.unemployment[spare]
    supply = (force - unemployed) * (1 + base.second_jobs) / base.commuting
    demand = jobs_ahead(base.jobs, base.trend, year - base.year)
    if force.ndim > 1:
        demand = demand[..., None]
    if extra_jobs is not None:
        demand = demand + _with_draw(extra_jobs, 2) if force.ndim > 1 else demand + extra_jobs
    deficit = demand.sum(axis=1) - supply
    return LabourYear(force, supply, demand, deficit, unemployed, base.sections)


def labour_frame(years: Mapping[int, LabourYear], space: Space) -> pd.DataFrame:
    """Tidy: region (with the nation), year, section (a letter or `total`), measure, value.

    Sections stand for labour_demand alone. `unit` persons or jobs, `status` projected. With more
    than one draw a column `draw` is added. National rows are sums of the regions.
    """
    measures = list(MEASURES)
    parts = []
    for balance in years.values():
        totals = (
            balance.labour_force, balance.supply, balance.demand.sum(axis=1),
            balance.deficit, balance.unemployed,
        )  # fmt: skip
        rows_of_year = [_with_draw(values, 1) for values in totals]
        rows_of_year += list(np.moveaxis(_with_draw(balance.demand, 2), 1, 0))
        draws = max(row.shape[1] for row in rows_of_year)
        values = np.stack([np.broadcast_to(row, (len(space), draws)) for row in rows_of_year])
        parts.append(np.concatenate([values, values.sum(axis=1, keepdims=True)], axis=1))
    sections = next(iter(years.values())).sections if years else ()
    rows = [(TOTAL, measure) for measure in measures]
    rows += [(section, "labour_demand") for section in sections]
    return _tidy(np.stack(parts), list(years), rows, (*space.ids, space.nation))


def _tidy(
    values: Array, years: list[int], rows: list[tuple[str, str]], regions: tuple[str, ...]
) -> pd.DataFrame:
    """values (year, row, region, draw) with rows of (section, measure)."""
    shape = values.shape
    year, row, region, draw = (
        np.broadcast_to(
            np.arange(size).reshape([-1 if k == axis else 1 for k in range(4)]), shape
        ).ravel()
        for axis, size in enumerate(shape)
    )
    section_names, measure_names = (
        np.array(column, dtype=object) for column in zip(*rows, strict=True)
    )
    unit_names = np.array(
        [JOBS if m in ("labour_supply", "labour_demand", "labour_deficit") else PERSONS
         for _, m in rows], dtype=object,
    )  # fmt: skip
    columns = {
        "region": np.array(regions, dtype=object)[region],
        "year": np.asarray(years)[year],
        "section": section_names[row],
        "measure": measure_names[row],
    }
    if shape[3] > 1:
        columns["draw"] = draw
    columns |= {"value": values.ravel(), "unit": unit_names[row]}
    return pd.DataFrame(columns).assign(status=PROJECTED)


def _with_draw(values: Array, without: int) -> Array:
    """The array with a last axis of draws, of length 1 when it had none."""
    return values[..., None] if values.ndim == without else values
