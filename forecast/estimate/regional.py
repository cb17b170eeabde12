"""Regions by sex and single age: the national structure, tilted until what is published is met.

A region is the national schedule times exp of a smooth curve of age. On the date with
published broad ages by region those are met exactly; registered births say how many women of
fertile ages there are (given total fertility), registered deaths how old the old are (given
life expectancy), the births of the last two years how many the youngest are, and a published
mean age how old they all are together. Regions
always add up to the nation in every sex and age.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forecast.balance import ipf
from forecast.errors import RunError
from forecast.estimate.national import margins
from forecast.estimate.published import average_people, figures, known_events, national_events
from forecast.estimate.source import Source
from forecast.estimate.tilt import AGE, Array, Known, ages_of, calibrate, of_both, of_sex
from forecast.estimate.vital import fertility_of, mortality_of, total_fertility
from forecast.space import SEXES
from forecast.words import say

CENTRED = (AGE - 40) / 40
TILT = np.stack([CENTRED**0, CENTRED, CENTRED**2])
FERTILE = np.exp(-0.5 * ((AGE - 30) / 8) ** 2)  # young adults: who leaves, who arrives
OLD = 0.3 * np.log1p(np.exp((AGE - 64) / 6))  # flat below 55, straight above 75
YOUNGEST = np.exp(-0.5 * (AGE / 3) ** 2)
FERTILE_SPREAD, OLD_SPREAD, YOUNGEST_SPREAD = 0.15, 0.15, 0.1  # log
BIRTH_ERROR, DEATH_ERROR, CHILD_ERROR = 0.005, 0.03, 0.015  # relative
MEAN_AGE_ERROR = 0.05  # years: printed to one decimal
GUESSED_BIRTH_ERROR = 0.04  # relative: births placed by the fertile share of a later year
ENOUGH = 1e-5  # of the largest cell of the nation: alternating stops here


@dataclass(frozen=True)
class Territory:
    """One region on the date, or the parts of one that was split, which are fitted together.

    members : places of its regions among all that are fitted
    known   : what is known of it; cells (member, sex, age)
    curves  : (curve, member, sex, age) shapes that it may take; spread (curve,) of their factors
    """

    members: tuple[int, ...]
    known: Known
    curves: Array
    spread: Array


def regions_then(source: Source, year: int) -> tuple[str, ...]:
    """Regions with published broad ages on 1 January `year`, on the territories of the date."""
    table = source.table("population_broad_age")
    rows = table[(table["year"] == year) & (table["region"] != source.nation)]
    return tuple(sorted(rows["region"].unique()))


def regional_structure(source: Source, nation: Array, year: int) -> Array:
    """(sex, age, region) persons on 1 January `year` by the regions of `regions_then`.

    nation : (sex, age) persons that the regions add up to
    """
    regions = regions_then(source, year)
    evidence = _Evidence(source, nation, year)
    places = [evidence.territory(region, place) for place, region in enumerate(regions)]
    seeds = np.repeat(nation[:, :, np.newaxis], len(regions), axis=2) / len(regions)
    what = say("regional age structure {year}", year=year)
    fitted = fit_together(nation, lambda _: places, seeds, what=what)
    if np.abs(fitted.sum(axis=2) - nation).max() > ENOUGH * nation.max():
        raise RunError(what, say("the regions do not add up to the nation"))
    return fitted


def fit_together(
    nation: Array,
    territories: Callable[[Array], list[Territory]],
    seeds: Array,
    *,
    rounds: int = 200,
    what: str = "",
) -> Array:
    """Every territory tilted to what is known of it, all adding up to the nation.

    territories : what is known of the regions, for the structures reached so far (counts that
                  are known up to a common scale are rescaled to them)
    seeds       : (sex, age, region) structures to start from
    The common base is scaled by sex and age until the sum is the nation's (alternating, as in
    iterative proportional fitting, but each region keeps its smooth curve). It stops after
    `rounds`: the caller meets the exact margins from there.
    """
    factor, fitted = np.ones_like(nation), seeds
    for _ in range(rounds):
        places = territories(fitted)
        fitted = np.empty_like(seeds)
        for place in places:
            start = np.moveaxis(seeds[:, :, place.members], 2, 0) * factor
            found = calibrate(start, place.curves, place.known, place.spread, what=what)
            fitted[:, :, place.members] = np.moveaxis(found, 0, 2)
        total = fitted.sum(axis=2)
        factor = factor * np.divide(nation, total, out=np.ones_like(total), where=total > 0)
        if np.abs(total - nation).max() <= ENOUGH * nation.max():
            break
    return fitted


class _Evidence:
    """What is published of the regions around one date, in the scale of the nation's structure."""

    def __init__(self, source: Source, nation: Array, year: int):
        self.source, self.nation, self.year = source, nation, year
        skipped = source.years_without_mortality_trend
        self.birth_years = [year - 1, year]
        self.death_years = [before for before in (year - 2, year - 1) if before not in skipped]
        self.births = known_events(source, "births").set_index(["region", "year"])["value"]
        self.deaths = known_events(source, "deaths").set_index(["region", "year"])["value"]
        self.women = average_people(source, SEXES[0])
        self.pattern = fertility_of(source, year, nation[0])

    def territory(self, region: str, place: int) -> Territory:
        known = Known()
        for row in margins(self.source, self.year, region).to_dict("records"):
            known.group(SEXES.index(row["sex"]), row["age_from"], row["age_to"], row["value"])
        self._add_births(region, known)
        self._add_deaths(region, known)
        self._add_children(region, known)
        self._add_mean_age(region, known)
        shared = of_both(np.stack([FERTILE, OLD, YOUNGEST]))
        spread = [*[np.inf] * 6, FERTILE_SPREAD, OLD_SPREAD, YOUNGEST_SPREAD]
        curves = np.concatenate([of_sex(TILT), shared])[:, np.newaxis]
        return Territory((place,), known, curves, np.asarray(spread))

    def _add_mean_age(self, region: str, known: Known) -> None:
        """A published mean age: the years that the people are older or younger than it cancel."""
        rows = figures(self.source, "mean_age", region)
        for value in rows.loc[rows["year"] == self.year, "value"]:
            people = float(margins(self.source, self.year, region)["value"].sum())
            known.add(np.tile(AGE + 0.5 - value, (2, 1)), 0.0, MEAN_AGE_ERROR * people)

    def _add_births(self, region: str, known: Known) -> None:
        """Births around the date (both years together are centred on it) at total fertility."""
        counted = [year for year in self.birth_years if (region, year) in self.births.index]
        for years in (counted, [year for year in self.birth_years if year not in counted]):
            if not years:
                continue
            born = sum(self._births(region, year)[0] for year in years)
            error = max(self._births(region, year)[1] for year in years)
            own, nation = (sum(self._level(place, year) for year in years)
                           for place in (region, self.source.nation))  # fmt: skip
            registered = sum(national_events(self.source, year)["births"] for year in years)
            rates = np.zeros_like(self.nation)
            modelled = nation * (self.pattern * self.nation[0]).sum()
            rates[0] = self.pattern * own * registered / modelled
            known.add(rates, born, error * born)

    def _add_deaths(self, region: str, known: Known) -> None:
        for year in self.death_years:
            if (region, year) in self.deaths.index:
                value = float(self.deaths[region, year])
                both = mortality_of(self.source, (region, self.source.nation), year)
                registered = national_events(self.source, year)["deaths"]
                scale = registered / (both[:, :, 1] * self.nation).sum()
                known.add(both[:, :, 0] * scale, value, DEATH_ERROR * value)

    def _add_children(self, region: str, known: Known) -> None:
        """Ages 0 and 1: the births of the last two years, by the nation's survival and coverage."""
        for age, year in enumerate((self.year - 1, self.year - 2)):
            born, error = self._births(region, year)
            registered = national_events(self.source, year)["births"]
            alive = born * self.nation[:, age].sum() / registered
            known.add(ages_of(None, age, age), alive, max(error, CHILD_ERROR) * alive)

    def _births(self, region: str, year: int) -> tuple[float, float]:
        """Births of a region and their relative error; guessed where they are not published.

        The guess: the share of fertile ages among women, relative to the nation's, is that of
        the nearest year with births (of the region, or of a part of it).
        """
        if (region, year) in self.births.index:
            return float(self.births[region, year]), BIRTH_ERROR
        split = self.source.table("boundaries/crosswalk")
        parts = [region, *split.loc[split["old_region"] == region, "region"]]
        found = [
            (abs(when - year), self._births_per_woman(place, when))
            for place, when in self.births.index
            if place in parts and (place, when) in self.women.index
        ]
        nearest = min((distance for distance, _ in found), default=0)
        relative = [share for distance, share in found if distance == nearest] or [1.0]
        table = margins(self.source, self.year, region)
        women = float(table.loc[table["sex"] == SEXES[0], "value"].sum())
        whole = self._births_per_woman(self.source.nation, year)
        guess = float(np.mean(relative)) * whole * self._level(region, year) * women
        return guess, GUESSED_BIRTH_ERROR

    def _births_per_woman(self, region: str, year: int) -> float:
        """Births per woman and unit of total fertility; those of a region over the nation's."""
        nation = self.source.nation
        women = float(self.women[nation, year])
        whole = national_events(self.source, year)["births"] / self._level(nation, year) / women
        if region == nation:
            return whole
        own = float(self.births[region, year]) / self._level(region, year)
        return own / float(self.women[region, year]) / whole

    def _level(self, region: str, year: int) -> float:
        return float(total_fertility(self.source, (region,), year)[0])


def exact_margins(people: Array, nation: Array, by_region: Array) -> Array:
    """Both margins to the last digit: (sex, age) of the nation and (sex, region) totals."""
    return ipf(people, {(0, 1): nation, (0, 2): by_region}, what=say("regional age structure"))
