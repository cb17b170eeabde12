"""From arrays of a simulation to the tidy tables of a result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.space import AGES, SEXES, Space
from forecast.tables import ESTIMATED, PERSONS, PROJECTED
from forecast.words import mark

if TYPE_CHECKING:
    from forecast.simulate import Simulation

Array = NDArray[np.float64]

WORKING_AGES = (15, 64)
SCHOOL_AGES = (6, 17)
PER_HUNDRED = mark("per 100 people of working age")
MEASURES = {
    "child_dependency": mark("children 0-14 per 100 people of 15-64"),
    "old_age_dependency": mark("people 65+ per 100 people of 15-64"),
    "total_dependency": mark("children and people 65+ per 100 people of 15-64"),
    "working_age_population": mark("people of 15-64"),
    "school_age_population": mark("people of 6-17"),
}
COMPONENTS = {
    "births": mark("births"),
    "deaths": mark("deaths"),
    "internal_in": mark("arrivals from other regions"),
    "internal_out": mark("departures to other regions"),
    "growth_point_in": mark("arrivals at growth points"),
    "growth_point_out": mark("departures to growth points"),
    "support_in": mark("arrivals with support"),
    "support_out": mark("departures with support"),
    "immigration": mark("immigration"),
    "emigration": mark("emigration"),
}


def tidy(
    values: Array, axes: Mapping[str, Sequence[Any]], unit: str, status: str = PROJECTED
) -> pd.DataFrame:
    """A row for each cell: a column for each axis, then value, unit, status."""
    index = pd.MultiIndex.from_product(list(axes.values()), names=list(axes))
    frame = index.to_frame(index=False)
    return frame.assign(value=values.reshape(-1), unit=unit, status=status)


def population_frame(simulation: Simulation, base: str = ESTIMATED) -> pd.DataFrame:
    """Persons on 1 January by region, year, sex, age; `base` is the status of the first year."""
    people = simulation.population[..., 0]  # (year, sex, age, region)
    years = simulation.stock_years
    space = simulation.space
    frame = tidy(
        np.ascontiguousarray(people.transpose(3, 0, 1, 2)),
        {"region": space.ids, "year": years, "sex": SEXES, "age": AGES},
        PERSONS,
    )
    return frame.assign(status=np.where(frame["year"] == years[0], base, PROJECTED))


def components_frame(simulation: Simulation, moves: str = PROJECTED) -> pd.DataFrame:
    """Births, deaths and moves of each calendar year by region; all numbers are positive.

    moves : status of arrivals from and departures to other regions
    """
    sums = {
        "births": [c.births.sum(axis=0)[:, 0] for c in simulation.changes],
        "deaths": [c.deaths.sum(axis=(0, 1))[:, 0] for c in simulation.changes],
        "internal_in": [c.internal_in.sum(axis=(0, 1))[:, 0] for c in simulation.changes],
        "internal_out": [c.internal_out.sum(axis=(0, 1))[:, 0] for c in simulation.changes],
        "growth_point_in": _sums(simulation, [m.additions for m in simulation.moves]),
        "growth_point_out": _sums(simulation, [m.removals for m in simulation.moves]),
        "support_in": _sums(simulation, [m.inside.additions for m in simulation.support]),
        "support_out": _sums(simulation, [m.inside.removals for m in simulation.support]),
        "immigration": [c.immigration.sum(axis=(0, 1))[:, 0] for c in simulation.changes],
        "emigration": [c.emigration.sum(axis=(0, 1))[:, 0] for c in simulation.changes],
    }
    values = np.stack([np.stack(sums[name]) for name in COMPONENTS])  # (component, year, region)
    frame = tidy(
        np.ascontiguousarray(values.transpose(2, 1, 0)),
        {
            "region": simulation.space.ids,
            "year": simulation.years,
            "component": tuple(COMPONENTS),
        },
        PERSONS,
    )
    gross = frame["component"].isin(("internal_in", "internal_out"))
    return frame.assign(status=frame["status"].where(~gross, moves))


def _sums(simulation: Simulation, by_year: Sequence[Array]) -> list[Array]:
    """(region,) persons of each year; 0 where nothing of the kind is in the scenario."""
    if not by_year:
        return [np.zeros(len(simulation.space)) for _ in simulation.years]
    return [people.sum(axis=(0, 1))[:, 0] for people in by_year]


def flows_frame(simulation: Simulation, status: str = PROJECTED) -> pd.DataFrame:
    """Persons who moved from one region to another in each calendar year.

    status : 'estimated' where the matrix that the run starts from is
    """
    values = np.stack([flows[..., 0] for flows in simulation.flows])  # (year, origin, destination)
    ids = simulation.space.ids
    frame = tidy(
        np.ascontiguousarray(values.transpose(1, 2, 0)),
        {"origin": ids, "destination": ids, "year": simulation.years},
        PERSONS,
        status,
    )
    return frame[frame["origin"] != frame["destination"]].reset_index(drop=True)


def dependency_frame(simulation: Simulation, base: str = ESTIMATED) -> pd.DataFrame:
    """Dependency ratios and the ages behind them, by region and for the nation, on 1 January.

    base : status of the first year
    """
    people = simulation.population[..., 0].sum(axis=1)  # (year, age, region)
    people = np.concatenate([people, people.sum(axis=2, keepdims=True)], axis=2)
    young = people[:, : WORKING_AGES[0]].sum(axis=1)
    middle = people[:, WORKING_AGES[0] : WORKING_AGES[1] + 1].sum(axis=1)
    old = people[:, WORKING_AGES[1] + 1 :].sum(axis=1)
    school = people[:, SCHOOL_AGES[0] : SCHOOL_AGES[1] + 1].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):  # nobody left: unknown, never 0
        ratios = [100 * young / middle, 100 * old / middle, 100 * (young + old) / middle]
    values = np.stack([*ratios, middle, school])  # (measure, year, region)
    frame = tidy(
        np.ascontiguousarray(values.transpose(2, 1, 0)),
        {
            "region": (*simulation.space.ids, simulation.space.nation),
            "year": simulation.stock_years,
            "measure": tuple(MEASURES),
        },
        PER_HUNDRED,
    )
    ratio = frame["measure"].str.endswith("_dependency")
    first = frame["year"] == simulation.stock_years[0]
    return frame.assign(
        unit=np.where(ratio, PER_HUNDRED, PERSONS), status=np.where(first, base, PROJECTED)
    )


def history_frame(observed: pd.DataFrame, space: Space) -> pd.DataFrame:
    """Observed population on 1 January, both sexes, by region and for the nation.

    observed : table of the package with region, year, sex, value, unit, status
    """
    chosen = observed[observed["region"].isin(space.ids)]
    by_region = chosen.groupby(["region", "year"], as_index=False)["value"].sum()
    nation = by_region.groupby("year", as_index=False)["value"].sum()
    both = pd.concat([by_region, nation.assign(region=space.nation)], ignore_index=True)
    status = str(observed["status"].iloc[0])
    return both[["region", "year", "value"]].assign(unit=PERSONS, status=status)


def levels_frame(runs: Mapping[str, Simulation]) -> pd.DataFrame:
    """Population on 1 January under each level of internal migration, by region and year."""
    parts = []
    for level, simulation in runs.items():
        people = simulation.population[..., 0].sum(axis=(1, 2))  # (year, region)
        axes = {"region": simulation.space.ids, "year": simulation.stock_years}
        frame = tidy(np.ascontiguousarray(people.T), axes, PERSONS)
        frame.insert(2, "level", level)
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)
