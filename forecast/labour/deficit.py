"""The labour balance of one year: demand, the jobs that residents fill, the difference.

    JS = LF (1 - u)(1 + d) / CR        deficit = JD - JS        positive = short of workers

u is unemployment, d the share of second jobs, CR the employed residents for each job located in
the region. Published employment is counted where people live, so CR = 1 and d = 0 in the base
year, when the jobs of a region are its employed residents and the deficit is 0. What is shown
afterwards is therefore the shortage (or, negative, the surplus) that *arises* after the base
year at the base year's unemployment and participation; vacancies open in the base year are not
in it. Demand is split by section, supply is not: people change their section of activity.
Construction workers in camps come and go: they stand in a row of their own and are neither
demand nor shortage of the region.
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
from forecast.tables import JOBS, PERSONS, PROJECTED, TOTAL
from forecast.words import mark

Array = NDArray[np.float64]

MEASURES = {
    "labour_force": mark("labour force"),
    "labour_supply": mark("jobs filled by residents"),
    "labour_demand": mark("labour demand"),
    "labour_deficit": mark("labour deficit"),
    "unemployed": mark("unemployed"),
    "camp_workers": mark("construction workers in camps"),
    "foreign_workers": mark("foreign workers beyond the published permits"),
    "unnamed_workers": mark("workers of plans that name no jobs"),
}


@dataclass(frozen=True)
class LabourYear:
    """The labour balance of one calendar year, annual averages; a last axis of draws is kept.

    labour_force : (region[, draw]) persons
    supply       : (region[, draw]) jobs filled by residents
    demand       : (region, section[, draw]) jobs
    deficit      : (region[, draw]) demand of all sections less supply, positive = short
    unemployed   : (region[, draw]) persons
    camp         : (region[, draw]) construction workers in camps, in no other number
    foreign      : (region[, draw]) foreign workers beyond the published permits: they fill jobs
                   that residents leave open (or, negative, leave them) and are in the deficit
    unnamed      : (region[, draw]) workers who came for plans that name no jobs: they are in the
                   labour force and, as their jobs are not known, in neither supply nor demand
    sections     : the sections of `demand`, in order
    more_jobs    : (region[, draw]) share by which the jobs of the region, those of growth points
                   left out, are more than in the baseline; None where they are the same
    """

    labour_force: Array
    supply: Array
    demand: Array
    deficit: Array
    unemployed: Array
    camp: Array
    foreign: Array
    unnamed: Array
    sections: tuple[str, ...]
    more_jobs: Array | None = None


def labour_year(
    base: LabourBase,
    population: Array,
    year: int,
    extra_jobs: Array | None = None,
    *,
    local_fill: Array | None = None,
    camp: Array | None = None,
    permits: float = 0.0,
    more_jobs: Array | None = None,
    brought: Array | float = 0.0,
    unsaid: Array | float = 0.0,
    unnamed: Array | float = 0.0,
) -> LabourYear:
    """The labour balance of calendar year `year`.

    population : (sex, age, region[, draw]) mean of the populations on 1 January of this and of
                 the next year, persons
    extra_jobs : (region, section[, draw]) permanent jobs above the baseline
    local_fill : (region[, draw]) of these, jobs that unemployed residents take; never more than
                 there are
    camp       : (region[, draw]) construction workers in camps: neither residents nor short
    permits    : foreign workers of the nation beyond the published number
    more_jobs  : (region[, draw]) share by which the jobs of the region, without `extra_jobs`, are
                 more than the base and its trend give, in every section alike
    brought    : (region[, draw]) people whom growth points brought: the plan counts the market
                 services that live on them, or leaves them to the multiplier
    unsaid     : (region[, draw]) of these, people for whom no other service is counted either
    unnamed    : (region[, draw]) workers among these, whose jobs no plan names
    """
    force = labour_force_of(population, base.participation_in(year))
    spare = (slice(None),) + (None,) * (force.ndim - 1)  # a region's number, whatever the draws
    unemployed = force * base.unemployment[spare]
    if local_fill is not None:
        unemployed = unemployed - np.minimum(local_fill, unemployed)
    hidden = np.broadcast_to(np.asarray(unnamed, dtype=float), force.shape)
    supply = (force - unemployed) * (1 + base.second_jobs) / base.commuting - hidden
    people, named = population.sum(axis=(0, 1)), base.named_sections
    served = (people - unsaid) / base.people[spare], (people - brought) / base.people[spare]
    demand = jobs_ahead(
        base.jobs, base.trend, year - base.year, named.local, served[0], (named.market, served[1])
    )
    if more_jobs is not None:
        more_jobs = more_jobs.reshape(len(force), *(-1,) * (force.ndim - 1))
        demand = demand * (1 + more_jobs[:, None])
    if extra_jobs is not None:
        demand = demand + extra_jobs
    foreign = foreign_workers(demand.sum(axis=1) - supply, demand.sum(axis=1), permits)
    short = demand.sum(axis=1) - supply - foreign
    away = np.zeros_like(force) if camp is None else np.broadcast_to(camp, force.shape)
    return LabourYear(
        force, supply, demand, short, unemployed, away, foreign, hidden, base.sections, more_jobs
    )


def foreign_workers(short: Array, jobs: Array, permits: float) -> Array:
    """(region[, draw]) where foreign workers beyond the published permits go.

    short   : (region[, draw]) jobs that residents leave open, negative where there are too few jobs
    jobs    : (region[, draw]) demand
    permits : more (or, negative, fewer) permits in the nation
    More permits are given only where workers are short, in proportion to what is short, and never
    beyond it; fewer are missing in proportion to the jobs.
    """
    weight = np.maximum(short, 0.0) if permits > 0 else jobs
    total = weight.sum(axis=0)
    given = np.minimum(permits, total) if permits > 0 else permits
    return weight * np.divide(given, total, out=np.zeros_like(total), where=total > 0)


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
            balance.deficit, balance.unemployed, balance.camp, balance.foreign, balance.unnamed,
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
