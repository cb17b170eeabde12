"""Openings, qualifications and the ranking of a run: what the labour balance means for training.

Arrays of the central path go through the formulas of the labour room; what a data package does
not tell is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast import baseline
from forecast.assumptions import Assumptions, Note
from forecast.demography.lifetable import survival
from forecast.demography.step import aged
from forecast.labour import LabourBase
from forecast.labour.detail import Detail, detail_frame
from forecast.labour.need import Need, load_need, need_note, region_words
from forecast.labour.qualification import (
    deficit_by_qualification,
    load_training,
    training_places,
)
from forecast.labour.ranking import Ranking, load_listed
from forecast.labour.replacement import hired_openings, hired_share, labour_exits, openings
from forecast.simulate import Simulation
from forecast.space import Space

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Workforce:
    """The account of one run: what its tables and notes are made of."""

    space: Space
    growth: float
    detail: Detail
    need: Need
    ranking: Ranking

    def detail_table(self) -> pd.DataFrame:
        """The table labour_detail."""
        return detail_frame(self.detail, self.space)

    def ranking_table(self) -> pd.DataFrame:
        """The table labour_ranking."""
        return self.ranking.frame(self.space)

    def notes(self) -> tuple[Note, ...]:
        """What openings and ranking come to beside what is published, in words."""
        regions: list[str] = []
        if self.detail.hired is not None:
            sums = self.detail.hired.sum(axis=(0, 2)).tolist()
            regions = region_words(
                dict(zip(self.space.ids, sums, strict=True)), self.need, self.space
            )
        found = (
            need_note(self.detail.hired_by_year(), self.need, self.growth, regions),
            self.ranking.note(self.space),
        )
        return tuple(note for note in found if note is not None)


def workforce(
    labour: LabourBase, dataset: Dataset, assumptions: Assumptions, simulation: Simulation
) -> Workforce:
    """The account of a run on its central path."""
    last, space = simulation.labour[-1], simulation.space
    deficit, demand = last.deficit[..., 0], last.demand[..., 0].sum(axis=1)
    listed = dataset.once("listed", lambda: load_listed(dataset, space))
    return Workforce(
        space,
        labour.employee_growth,
        _detail(labour, dataset, assumptions, simulation),
        _need(labour, dataset),
        Ranking(deficit, demand, simulation.years[-1], labour.year, listed),
    )


def _detail(
    labour: LabourBase, dataset: Dataset, assumptions: Assumptions, simulation: Simulation
) -> Detail:
    years = simulation.years
    jobs = np.stack(
        [_jobs_before(labour, years[0]), *(y.demand[..., 0] for y in simulation.labour)]
    )
    left = [
        labour_exits(labour, people[..., 0], change.deaths[..., 0], year)
        for year, people, change in zip(
            years, simulation.population[:-1], simulation.changes, strict=True
        )
    ]
    natural, total = (
        labour.jobs_per_worker * np.stack([getattr(exits, name) for exits in left])
        for name in ("natural", "total")
    )
    opened = openings(jobs, total)
    short, places = None, {}
    if labour.qualified is not None:
        short = np.stack([
            deficit_by_qualification(
                year.demand[..., 0], (year.supply + year.foreign)[..., 0], labour.jobs,
                labour.qualified,
            )
            for year in simulation.labour
        ])  # fmt: skip
        study = dataset.once("training", lambda: load_training(dataset))
        places = training_places(opened @ labour.qualified, years, study)
    share, _ = dataset.once("employment", lambda: _employment(labour, dataset))
    hired = None
    if share is not None:
        ahead = np.arange(years[0] - 1.0, years[-1] + 1.0) - labour.year
        base, regional = labour.jobs.sum(axis=1), jobs.sum(axis=2)
        of_year = hired_share(share, base, regional, labour.employee_growth, ahead)
        hired = hired_openings(jobs, natural, of_year)
    return Detail(
        years=years,
        sections=labour.sections,
        total_deficit=np.stack([year.deficit[..., 0] for year in simulation.labour]),
        openings=opened,
        exits=np.stack([[exits.retirement, exits.deaths, exits.leaving] for exits in left]),
        deficit=short,
        hired=hired,
        qualified=labour.qualified,
        places=places,
        base=base_year_openings(labour, dataset, assumptions),
        need=_need(labour, dataset).yearly,
    )


def _need(labour: LabourBase, dataset: Dataset) -> Need:
    """The official need; read once, it is the same in every run."""
    space, sections = dataset.space, labour.named_sections
    return dataset.once("labour_need", lambda: load_need(dataset, space, sections))


def _jobs_before(labour: LabourBase, first: int) -> Array:
    """(region, section) jobs of the year before the run; unknown unless it is the base year."""
    return labour.jobs if labour.year == first - 1 else np.full_like(labour.jobs, np.nan)


def _employment(labour: LabourBase, dataset: Dataset) -> tuple[Array | None, float]:
    """(region,) employees per employed person of the base year, and the employed a year earlier.

    None and NaN where they are not published.
    """
    table, ids = dataset.table("labour_force"), list(dataset.space.ids)

    def of(measure: str, year: int) -> Array:
        rows = table[(table["measure"] == measure) & (table["year"] == year)]
        found: Array = rows.set_index("region")["value"].reindex(ids).to_numpy(dtype=float)
        return found

    employees = of("employees", labour.year)
    share = employees / of("employed", labour.year)
    return (
        None if np.isnan(employees).all() else share,
        float(of("employed", labour.year - 1).sum()),
    )


def base_year_openings(
    labour: LabourBase, dataset: Dataset, assumptions: Assumptions
) -> tuple[int, float] | None:
    """(base year, openings of employees of the nation): the year before the run, for comparison.

    The change of the employed is the published one, the share of employees moves by its trend,
    and people die at the rates of the first year of the run. None where the run does not follow
    the base year or a figure is missing.
    """
    year = labour.year
    share, earlier = dataset.once("employment", lambda: _employment(labour, dataset))
    stocks = dataset.once(
        "stocks", lambda: set(dataset.table("estimated/population")["year"].unique())
    )
    if assumptions.years[0] != year + 1 or share is None or year not in stocks:
        return None
    before = baseline.population_on(dataset, year)
    deaths = aged(before) * (1 - survival(assumptions.mortality[0]))
    left = labour_exits(labour, before, deaths, year)
    jobs = labour.jobs.sum(axis=1)
    nation = share @ jobs / jobs.sum() + labour.employee_growth * np.array([[-1.0], [0.0]])
    levels = np.array([earlier, jobs.sum()]).reshape(2, 1, 1)
    natural = labour.jobs_per_worker * left.natural.sum().reshape(1, 1)
    found = float(hired_openings(levels, natural, nation).sum())
    return None if np.isnan(found) else (year, found)
