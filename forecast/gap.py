"""The gap ladder of a run, as the table of a result: what could fill the shortage of workers.

Read off the run, year by year; it moves nobody. `labour.ladder` has the rungs, here is what each
can offer: people from the run, limits from the norms, origins from the moves of the base year.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast import policy
from forecast.assumptions import Assumptions
from forecast.labour import LabourBase, LabourYear
from forecast.labour.closure import jobs_led
from forecast.labour.commuting import TABLE, commuting_limits
from forecast.labour.ladder import MEASURES, Ladder, Offers, climb, own_people
from forecast.migration.growth_point import movers_by_region
from forecast.relocation import paths
from forecast.tables import JOBS, PERSONS, PROJECTED, TOTAL, UNKNOWN

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.scenario.levers import Levers
    from forecast.simulate import Simulation

Array = NDArray[np.float64]

COLUMNS = ("region", "year", "section", "measure", "value", "unit", "status")


def gap_frame(
    simulation: Simulation,
    assumptions: Assumptions,
    labour: LabourBase,
    levers: Levers,
    dataset: Dataset,
) -> pd.DataFrame:
    """Tidy: region (with the nation), year, section (a letter or `total`), measure, value.

    Measures of `labour.ladder.MEASURES` of the central path. Sections stand for foreign_limit
    alone. Unit jobs, of people_needed persons; status projected. National rows are sums.
    """
    rungs: list[dict[tuple[str, str], Array]] = []
    ladders = ladders_of(simulation, assumptions, labour, levers, dataset)
    for balance, (ladder, people) in zip(simulation.labour, ladders, strict=True):
        found = {"gap": ladder.gap, **ladder.rungs, "surplus": ladder.surplus,
                 "people_needed": people, "foreign_limit": ladder.rungs["foreign"]}  # fmt: skip
        rows = {(TOTAL, measure): found[measure] for measure in MEASURES}
        rows |= {(section, "foreign_limit"): ladder.foreign_limit[:, place]
                 for place, section in enumerate(balance.sections)}  # fmt: skip
        rungs.append(rows)
    return _tidy(rungs, simulation.years, (*simulation.space.ids, simulation.space.nation))


def ladders_of(
    simulation: Simulation,
    assumptions: Assumptions,
    labour: LabourBase,
    levers: Levers,
    dataset: Dataset,
) -> Iterator[tuple[Ladder, Array]]:
    """The ladder of each year and (region,) people needed, central path."""
    years, stocks = simulation.years, simulation.population[..., 0]
    shares, limits = paths(assumptions)[0], limits_of(dataset)
    base_shares = labour.jobs / labour.jobs.sum(axis=1, keepdims=True)
    force = np.array([work.labour_force[:, 0].sum() for work in simulation.labour])
    admitted = policy.admitted_workers(levers, dataset, years, force)
    quota = np.zeros(len(years)) if admitted is None else admitted
    kandas = _kandas(levers, dataset, years)
    jobs_each = (1 + labour.second_jobs) / labour.commuting
    for number, (year, drawn) in enumerate(zip(years, simulation.labour, strict=True)):
        people = (stocks[number] + stocks[number + 1]) / 2
        work = _central(drawn)
        unemployed, joining = own_people(labour, work, people, year)
        rates = labour.participation_in(year)
        working = policy.working_ages(labour, year)[:, :, None] * people
        part = _share((working * rates).sum(axis=(0, 1)), working.sum(axis=(0, 1)))
        offers = Offers(
            unemployed=unemployed,
            participation=joining,
            limits=limits * (work.labour_force - work.unemployed)[:, None] * jobs_each,
            shares=shares,
            kandas=kandas[number] * part * (1 - labour.lowest_unemployment) * jobs_each,
            quota=quota[number],
            retraining=labour.retraining,
        )
        leavers = movers_by_region(assumptions.propensity, people[..., None])[..., 0]
        coming = np.einsum("sao,or->sar", leavers, shares)
        coming = _share(coming, coming.sum(axis=(0, 1)))  # 1 but where an origin is empty
        yield (
            climb(work.demand, work.deficit, base_shares, offers),
            _needed(labour, work, coming, rates),
        )


def _needed(labour: LabourBase, work: LabourYear, coming: Array, rates: Array) -> Array:
    """(region,) people of the composition `coming` who would close the deficit of the year."""
    return jobs_led(
        work.demand.sum(axis=1) - work.foreign,
        work.labour_force,
        _share(work.unemployed, work.labour_force),
        labour.second_jobs,
        labour.commuting,
        coming,
        rates,
    )


def _share(part: Array, whole: Array) -> Array:
    """part / whole; 0 where there is nobody."""
    part, whole = np.broadcast_arrays(part, whole)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def limits_of(dataset: Dataset) -> Array:
    """(home, work) share of the employed who may commute additionally; 0 without the table.

    Raises InputError with every fault of the table.
    """
    if TABLE not in dataset.tables:
        return np.zeros((len(dataset.space), len(dataset.space)))
    return dataset.once(TABLE, lambda: commuting_limits(dataset.table(TABLE), dataset.space))


def _kandas(levers: Levers, dataset: Dataset, years: Sequence[int]) -> Array:
    """(year, region) people of working age in places of the quota that stayed empty so far."""
    empty = policy.unfilled_places(levers.kandas_quota, dataset, years)
    if not empty.any():
        return empty
    return np.cumsum(empty, axis=0) * policy.working_age_share(dataset)


def _central(work: LabourYear) -> LabourYear:
    """The balance of the central path, without the axis of draws."""
    names = ("labour_force", "supply", "demand", "deficit", "unemployed", "camp", "foreign")
    return replace(work, **{name: getattr(work, name)[..., 0] for name in names}, more_jobs=None)


def _tidy(
    found: Sequence[Mapping[tuple[str, str], Array]], years: Sequence[int], regions: Sequence[str]
) -> pd.DataFrame:
    """Rows of (section, measure) by year and region, the nation as their sum."""
    rows = list(found[0]) if found else []
    values = np.array([[year[row] for row in rows] for year in found])  # (year, row, region)
    values = np.concatenate([values, values.sum(axis=-1, keepdims=True)], axis=-1)
    index = pd.MultiIndex.from_product([years, range(len(rows)), regions])
    place = index.get_level_values(1).to_numpy()
    sections, measures = (np.array(column, dtype=object) for column in zip(*rows, strict=True))
    units = np.where(measures == "people_needed", PERSONS, JOBS).astype(object)
    return pd.DataFrame({
        "region": index.get_level_values(2).astype(object),
        "year": index.get_level_values(0),
        "section": sections[place],
        "measure": measures[place],
        "value": values.ravel(),
        "unit": units[place],
        "status": np.where(np.isnan(values.ravel()), UNKNOWN, PROJECTED).astype(object),
    })  # fmt: skip
