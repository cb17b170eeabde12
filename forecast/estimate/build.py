"""Estimate everything that is not published and write it as the tables of `estimated/`.

The same figures give the same bytes: nothing is drawn, ordered by chance or dated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forecast.dataset import Dataset
from forecast.dataset.declare import TABLES
from forecast.estimate.base import Base, estimate_base
from forecast.estimate.flows import flow_matrix, gross_margins
from forecast.estimate.models import fit_models
from forecast.estimate.national import margins
from forecast.estimate.source import Source
from forecast.estimate.tilt import Array
from forecast.estimate.whole import whole_in_groups, whole_people
from forecast.space import AGES, SEXES
from forecast.storage import replacing

DIGITS = 6  # significant digits of rates: births and deaths still come out exact to the person
FERTILE_AGES = tuple(range(10, 56))
OLDEST = 85  # from here on the shape is the weakest: deaths and five-year totals alone tell it
WEAK_SPLIT = "weak: split, fitted with the other part"
WEAK_OLD = "weak: oldest ages"
SOURCES = {
    "population": "UN cohorts tilted to published figures",
    "mortality": "UN life table, Brass to published life expectancy",
    "fertility": "UN pattern at published total fertility",
    "flows": "gravity prior fitted to published nets; gross level assumed",
    "components": "published fragments adjusted to national totals and growth",
    "migrant_age": "Rogers-Castro curves at published shares of the young",
}


@dataclass(frozen=True)
class Estimates:
    """Every estimated table as arrays, in whole persons where people are counted.

    national, population : {year: (sex, age)}, {year: (sex, age, region)} on 1 January
    then, population_then : regions then and (sex, age, region) on the first date
    fertility, mortality : {year: (age, region)}, {year: (sex, age, region)}
    flows : {year: (origin, destination)}
    components : {year: {component: (region,)}}
    """

    base: Base
    national: dict[int, Array]
    population: dict[int, Array]
    population_then: Array
    fertility: dict[int, Array]
    mortality: dict[int, Array]
    flows: dict[int, Array]
    components: dict[int, dict[str, Array]]


def build_estimates(dataset: Dataset, folder: Path) -> None:
    """Write all tables of `estimated/` into `folder`, whole or not at all.

    A file of another name in the folder is never removed: it is a fault.

    Raises InputError when the folder cannot be written or the package lacks a figure,
    RunError when the figures contradict each other or the disk is full.
    """
    tables = estimated_tables(estimate(dataset))
    own = frozenset(f"{name}.csv" for name in tables)
    with replacing(Path(folder), owned=lambda _: own) as beside:
        for name, frame in tables.items():
            frame.to_csv(beside / f"{name}.csv", index=False, lineterminator="\n")


def estimate(dataset: Dataset, until: int | None = None) -> Estimates:
    """The estimate from all figures up to the calendar year `until` (the last by default)."""
    return estimates_of(estimate_base(Source(dataset, until)))


def estimates_of(base: Base) -> Estimates:
    """Tables of a base estimate, in whole persons where people are counted.

    Without two dates of the present regions (a base that begins with its last one) the people of
    the one date stand for the exposure of the year before.
    """
    source, population = base.source, {}
    for year, people in sorted(base.population.items()):
        groups = margins(source, year, source.nation) if year in base.national else None
        population[year] = whole_people(people, base.totals[year], groups)
    then = whole_in_groups(base.structure_then, _groups_then(base))
    national = {min(base.national): then.sum(axis=2)}
    for year in {*(y for y in base.national if y in population), max(population)}:
        national[year] = population[year].sum(axis=2)
    fertility, mortality, flows, components = {}, {}, {}, {}
    for year, one in base.years.items():
        before = population.get(year, population[year + 1])
        middle = (before + population[year + 1]) / 2
        births, deaths, immigration, emigration, net = one.accounts
        fertility[year] = one.fertility * births / (one.fertility * middle[0]).sum(axis=0)
        mortality[year] = one.mortality
        if year not in source.years_without_mortality_trend:  # a pandemic is no level to start from
            mortality[year] = one.mortality * deaths / (one.mortality * middle).sum(axis=(0, 1))
        people = middle.sum(axis=(0, 1))
        departures, arrivals = gross_margins(source, year, net, people)
        flows[year] = flow_matrix(source, year, people, departures, arrivals)
        components[year] = {
            "births": births, "deaths": deaths, "internal_in": arrivals,
            "internal_out": departures, "immigration": immigration, "emigration": emigration,
        }  # fmt: skip
    national = dict(sorted(national.items()))
    return Estimates(base, national, population, then, fertility, mortality, flows, components)


def before_raking(estimates: Estimates) -> pd.DataFrame:
    """Births and deaths of the nation by published rates times the estimated people, by year.

    Columns year, event, by_rates and registered (persons), error (relative): what the estimate
    gives before any rate is scaled to the registered events.
    """
    rows = []
    for year in sorted(estimates.base.years):
        one = estimates.base.years[year]
        middle = (estimates.population[year] + estimates.population[year + 1]) / 2
        for entry, (event, by_rates) in enumerate((
            ("births", float((one.fertility * middle[0]).sum())),
            ("deaths", float((one.mortality * middle).sum())),
        )):  # fmt: skip
            registered = float(one.accounts[entry].sum())
            rows.append((year, event, by_rates, registered, by_rates / registered - 1))
    return pd.DataFrame(rows, columns=["year", "event", "by_rates", "registered", "error"])


def estimated_tables(estimates: Estimates) -> dict[str, pd.DataFrame]:
    """Tidy frames by table name, as they are written."""
    base = estimates.base
    ids, by_age = base.source.ids, {"sex": SEXES, "age": AGES}
    everywhere = {**by_age, "region": ids}
    ages = base.ages
    then = {min(base.national): estimates.population_then}
    fertility = {year: rates[list(FERTILE_AGES)] for year, rates in estimates.fertility.items()}
    people, per_year = "persons", "per person-year"
    entries = {year: np.stack(list(parts.values())) for year, parts in estimates.components.items()}
    names = tuple(next(iter(estimates.components.values())))
    tables = {
        "national_population": _frame("year", estimates.national, by_age, people),
        "population": _frame("year", estimates.population, everywhere, people),
        f"population_{min(then)}": _frame(
            "year", then, {**by_age, "region": base.regions_then}, people
        ),
        "fertility": _frame(
            "year", fertility, {"age": FERTILE_AGES, "region": ids}, "births per woman-year"
        ),
        "mortality": _frame("year", estimates.mortality, everywhere, per_year),
        "flows": _frame("year", estimates.flows, {"origin": ids, "destination": ids}, people),
        "components": _frame("year", entries, {"component": names, "region": ids}, people),
        "migrant_age": pd.concat([
            _frame("stream", {"internal": ages.internal, "emigration": ages.emigration}, by_age,
                   "times").assign(kind="rate"),
            _frame("stream", {"immigration": ages.immigration}, by_age, "share")
            .assign(kind="composition"),
        ]),
    }  # fmt: skip
    tables["flows"] = tables["flows"].query("origin != destination")
    for name, frame in zip(("models", "validation"), fit_models(estimates), strict=True):
        if len(frame):
            tables[name] = frame
    tables["population"]["note"] = _weak_cells(base, tables["population"])
    return {name: _as_declared(name, frame) for name, frame in tables.items()}


def _frame(
    key: str, arrays: Mapping[Any, Array], axes: Mapping[str, Sequence[object]], unit: str
) -> pd.DataFrame:
    """Tidy rows of arrays by `key`, each with the same labelled axes."""
    index = pd.MultiIndex.from_product([list(arrays), *axes.values()], names=[key, *axes])
    values = np.concatenate([array.ravel() for array in arrays.values()])
    return pd.DataFrame({"value": values}, index=index).reset_index().assign(unit=unit)


def _as_declared(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Columns and rows in the declared order; people whole, rates to a few digits."""
    table = TABLES[f"estimated/{name}"]
    key = [column for column in table.key if column in frame]
    full = frame.assign(status="estimated").sort_values(key, kind="stable")
    if "source" not in full:
        full["source"] = SOURCES.get(name, SOURCES["population"])
    if name not in ("models", "validation") and frame["unit"].iloc[0] == "persons":
        full["value"] = full["value"].astype(int)
    else:
        full["value"] = full["value"].map(lambda value: format(value, f".{DIGITS}g"))
    return full[[column for column in table.names if column in full]]


def _weak_cells(base: Base, population: pd.DataFrame) -> Array:
    """The note of every row: which cells of the population rest on least."""
    split = base.source.table("boundaries/crosswalk")
    parts = set(split.loc[split["old_region"].isin(base.regions_then), "region"])
    of_parts, old = population["region"].isin(parts), population["age"] >= OLDEST
    return np.select([of_parts, old], [WEAK_SPLIT, WEAK_OLD], "")


def _groups_then(base: Base) -> dict[tuple[int, int, int, int], float]:
    """Published totals of the first date by (sex, first age, last age, region)."""
    found = {}
    for place, region in enumerate(base.regions_then):
        for row in margins(base.source, min(base.national), region).to_dict("records"):
            key = (SEXES.index(row["sex"]), int(row["age_from"]), int(row["age_to"]), place)
            found[key] = float(row["value"])
    return found
