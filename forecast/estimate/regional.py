"""Regions by sex and single age: the national structure, tilted until what is published is met.

A region is the national schedule times exp of a smooth curve of age. On the date with
published broad ages by region those are met exactly; registered births say how many women of
fertile ages there are (given total fertility), registered deaths how old the old are (given
life expectancy), and the births of the last two years how many the youngest are. Regions
always add up to the nation in every sex and age.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.balance import ipf
from forecast.dataset import Dataset
from forecast.errors import RunError
from forecast.estimate.tilt import AGE, Array, Known, ages_of, calibrate, of_both, of_sex
from forecast.estimate.vital import (
    fertility_of,
    known_events,
    mortality_of,
    national_events,
    total_fertility,
)
from forecast.space import SEXES
from forecast.words import say

CENTRED = (AGE - 40) / 40
TILT = np.stack([CENTRED**0, CENTRED, CENTRED**2])
FERTILE = np.exp(-0.5 * ((AGE - 30) / 8) ** 2)  # young adults: who leaves, who arrives
OLD = 0.3 * np.log1p(np.exp((AGE - 64) / 6))  # flat below 55, straight above 75
YOUNGEST = np.exp(-0.5 * (AGE / 3) ** 2)
FERTILE_SPREAD, OLD_SPREAD, YOUNGEST_SPREAD = 0.15, 0.15, 0.1  # log
BIRTH_ERROR, DEATH_ERROR, CHILD_ERROR = 0.005, 0.01, 0.015  # relative
GUESSED_BIRTH_ERROR = 0.04  # relative: births placed by the fertile share of a later year
MARGIN_TOLERANCE, ROUNDS = 1e-9, 200


@dataclass(frozen=True)
class Territory:
    """One region as it was on the date: what is known of it, and the shapes it may take."""

    region: str
    known: Known
    curves: Array
    spread: Array


def regions_then(dataset: Dataset, year: int) -> list[str]:
    """Regions with published broad ages on 1 January `year`, on the territories of the date."""
    table = dataset.table("population_broad_age")
    rows = table[(table["year"] == year) & (table["region"] != dataset.nation)]
    return sorted(rows["region"].unique())


def regional_structure(dataset: Dataset, nation: Array, year: int) -> Array:
    """(sex, age, region) persons on 1 January `year` by the regions of `regions_then`.

    nation : (sex, age) persons that the regions add up to
    """
    regions = regions_then(dataset, year)
    evidence = _Evidence(dataset, nation, year)
    territories = [evidence.territory(region) for region in regions]
    return fit_together(nation, territories, what=say("regional age structure {year}", year=year))


def fit_together(
    nation: Array, territories: list[Territory], seeds: Array | None = None, *, what: str = ""
) -> Array:
    """Every territory tilted to what is known of it, all adding up to the nation.

    seeds : (sex, age, region) structures to start from; by default the nation's
    The common base is scaled by sex and age until the sum is the nation's (alternating, as in
    iterative proportional fitting, but each region keeps its smooth curve).
    """
    count = len(territories)
    start = np.repeat(nation[:, :, np.newaxis], count, axis=2) / count if seeds is None else seeds
    factor = np.ones_like(nation)
    for _ in range(ROUNDS):
        fitted = np.stack([
            calibrate(start[:, :, r] * factor, place.curves, place.known, place.spread, what=what)
            for r, place in enumerate(territories)
        ], axis=2)  # fmt: skip
        total = fitted.sum(axis=2)
        factor = factor * np.divide(nation, total, out=np.ones_like(total), where=total > 0)
        if np.abs(total - nation).max() <= 1e-5 * nation.max():
            return fitted
    raise RunError(what, say("the regions do not add up to the nation"))


class _Evidence:
    """What is published of the regions around one date, in the scale of the nation's structure."""

    def __init__(self, dataset: Dataset, nation: Array, year: int):
        self.dataset, self.nation, self.year = dataset, nation, year
        excluded = dataset.country.get("excluded_years", {}).get("mortality", {}).get("years", ())
        self.birth_years = [year - 1, year]
        self.death_years = [c for c in (year - 2, year - 1) if c not in excluded]
        self.births = known_events(dataset, "births").set_index(["region", "year"])["value"]
        self.deaths = known_events(dataset, "deaths").set_index(["region", "year"])["value"]
        self.women = average_women(dataset)
        self.pattern = fertility_of(dataset, year, nation[0])
        table = dataset.table("population_broad_age")
        self.margins = table[table["year"] == year]

    def territory(self, region: str) -> Territory:
        known = Known()
        for row in self.margins[self.margins["region"] == region].itertuples():
            known.group(SEXES.index(row.sex), row.age_from, row.age_to, row.value)
        self._add_births(region, known)
        self._add_deaths(region, known)
        self._add_children(region, known)
        shared = of_both(np.stack([FERTILE, OLD, YOUNGEST]))
        spread = [*[np.inf] * 6, FERTILE_SPREAD, OLD_SPREAD, YOUNGEST_SPREAD]
        return Territory(region, known, np.concatenate([of_sex(TILT), shared]), np.asarray(spread))

    def _add_births(self, region: str, known: Known) -> None:
        level, nation, born, registered = 0.0, 0.0, 0.0, 0.0
        guessed = False
        for calendar in self.birth_years:
            own = total_fertility(self.dataset, [region], calendar)[0]
            value = self.births.get((region, calendar))
            if value is None:
                value, guessed = self._guess_births(region, calendar, own), True
            level, born = level + own, born + value
            nation += total_fertility(self.dataset, [self.dataset.nation], calendar)[0]
            registered += national_events(self.dataset, calendar)["births"]
        rates = np.zeros_like(self.nation)
        rates[0] = self.pattern * level * registered / (nation * (self.pattern * self.nation[0]).sum())
        known.add(rates, born, (GUESSED_BIRTH_ERROR if guessed else BIRTH_ERROR) * born)

    def _guess_births(self, region: str, calendar: int, fertility: float) -> float:
        """Births from the share of fertile ages among women, as in the nearest year with births."""
        split = self.dataset.table("boundaries/crosswalk")
        parts = [region, *split.loc[split["old_region"] == region, "region"]]
        found = [
            (abs(when - calendar), self._fertile_share(place, when))
            for place, when in self.births.index if place in parts and (place, when) in self.women.index
        ]  # fmt: skip
        if not found:
            return float(self._fertile_share(self.dataset.nation, calendar) * fertility * self._women(region))
        nearest = min(distance for distance, _ in found)
        relative = np.mean([share for distance, share in found if distance == nearest])
        return float(relative * self._fertile_share(self.dataset.nation, calendar)
                     * fertility * self._women(region))  # fmt: skip

    def _women(self, region: str) -> float:
        rows = self.margins[(self.margins["region"] == region) & (self.margins["sex"] == SEXES[0])]
        return float(rows["value"].sum())

    def _fertile_share(self, region: str, calendar: int) -> float:
        """Births per woman of any age and unit of total fertility; of a region, over the nation's."""
        nation = self.dataset.nation
        level = total_fertility(self.dataset, [nation], calendar)[0]
        whole = national_events(self.dataset, calendar)["births"] / level / self.women[nation, calendar]
        if region == nation:
            return float(whole)
        own = total_fertility(self.dataset, [region], calendar)[0]
        return float(self.births[region, calendar] / own / self.women[region, calendar] / whole)

    def _add_deaths(self, region: str, known: Known) -> None:
        for calendar in self.death_years:
            value = self.deaths.get((region, calendar))
            if value is None:
                continue
            both = mortality_of(self.dataset, [region, self.dataset.nation], calendar)
            registered = national_events(self.dataset, calendar)["deaths"]
            scale = registered / (both[:, :, 1] * self.nation).sum()
            known.add(both[:, :, 0] * scale, value, DEATH_ERROR * value)

    def _add_children(self, region: str, known: Known) -> None:
        for age, calendar in enumerate((self.year - 1, self.year - 2)):
            value = self.births.get((region, calendar))
            if value is not None:
                registered = national_events(self.dataset, calendar)["births"]
                alive = value * self.nation[:, age].sum() / registered
                known.add(ages_of(None, age, age), alive, CHILD_ERROR * alive)


def average_women(dataset: Dataset) -> pd.Series:
    """Women of all ages, annual average, by region and year."""
    table = dataset.table("population_average")
    rows = table[(table["area"] == "total") & (table["sex"] == SEXES[0])]
    return rows.set_index(["region", "year"])["value"]


def exact_margins(people: Array, nation: Array, by_region: Array) -> Array:
    """Both margins to the last digit: (sex, age) of the nation and (sex, region) totals."""
    return ipf(people, {(0, 1): nation, (0, 2): by_region}, what=say("regional age structure"))
