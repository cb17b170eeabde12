"""The regions of today on the date of the national margins, tilted to what is known around it.

Births and deaths of the neighbouring years, published counts of an age group on the date, and
counts of old people on a later 1 January, which are the survivors of people already there.

The parts of a region that was split take its structure, so they are fitted together: the shape
that they share moves as little as that of any other region; the contrast between them, of
which the parent's figures say nothing, moves as far as the parts' own births, deaths and counts
ask. To first order a contrast leaves the parent as it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from forecast.demography.lifetable import survival
from forecast.estimate.present import parents
from forecast.estimate.regional import FERTILE, OLD, Territory, exact_margins, fit_together
from forecast.estimate.source import Source
from forecast.estimate.tilt import AGE, Array, Known, ages_of, of_both, of_sex
from forecast.space import AGES, OPEN_AGE, SEXES
from forecast.words import say

if TYPE_CHECKING:
    from forecast.estimate.base import Base, Year

TILT_ROUNDS = 20
SETTLED = np.clip((AGE - 1) / 4, 0, 1)  # the youngest are known by their births
SLOPE = SETTLED * (AGE - 40) / 40
CHILDREN = np.interp(AGE, [2, 6, 13, 20], [0, 1, 1, 0])
LEVELS = of_sex(SETTLED[np.newaxis])  # how many women and men there are is published
SHAPES = np.concatenate([of_sex(SLOPE[np.newaxis]), of_both(np.stack([FERTILE, OLD, CHILDREN]))])
SPREAD = np.array([0.05, 0.05, 0.12, 0.12, 0.06])  # log, of the shapes
CONTRAST = np.array([0.1, 0.1, 0.2, 0.3, 0.1])  # log, of the contrast between parts


class Errors(NamedTuple):
    """Relative errors of what is known: births and deaths (a number, or one for each region),
    counts of the date and counts of a later date."""

    births: float | Array
    deaths: float | Array
    dated: float
    later: float


FITTED = Errors(births=0.003, deaths=0.02, dated=0.002, later=0.01)


class Count(NamedTuple):
    """A published count of one age group of a region on 1 January of a year, persons."""

    year: int
    first: int
    last: int
    value: float


def tilted(base: Base, seed: Array, year: int, years: dict[int, Year]) -> Array:
    """(sex, age, region) on the date of the national margins, met exactly, as are region totals.

    seed  : (sex, age, region) persons on 1 January `year`, before
    years : accounts and rates of the calendar years around
    Every region's seed is tilted until its fertility gives the births of its accounts, its
    mortality the deaths, and published counts are met.
    """
    nation, totals = base.national[year], base.totals[year]
    evidence = Evidence(base, year, years)
    what = say("regional age structure {year}", year=year)
    start = exact_margins(seed, nation, totals)
    fitted = fit_together(nation, evidence.territories, start, rounds=TILT_ROUNDS, what=what)
    return exact_margins(fitted, nation, totals)


def counts_of(source: Source, region: str, year: int) -> list[Count]:
    """Published counts of age groups of a region on 1 January `year` or a later one."""
    table = source.table("figures")
    rows = table[(table["variable"] == "population") & (table["region"] == region)]
    about = [str(date) for date in source.choices["counted_on_1_january"]]
    when = rows["date"].str.slice(0, 4).astype(int)
    rows = rows[(rows["date"].isin(about) | rows["date"].str.endswith("-01-01")) & (when >= year)]
    limits = rows["dimension"].fillna("").str.extract(r"^age (\d+)(?:-(\d+)|\+)$")
    limits = limits[limits[0].notna()].fillna(str(OPEN_AGE)).astype(int)
    cells = zip(limits[0], limits[1], rows.loc[limits.index, "value"], strict=True)
    dated = when[limits.index]
    return [Count(int(y), int(a), int(z), float(v))
            for y, (a, z, v) in zip(dated, cells, strict=True)]  # fmt: skip


class Evidence:
    """What is known of every region of today around the date, and how well."""

    def __init__(self, base: Base, year: int, years: dict[int, Year], errors: Errors = FITTED):
        self.base, self.year, self.years = base, year, years
        everywhere = np.ones(len(base.source.ids))
        self.errors = errors._replace(
            births=errors.births * everywhere, deaths=errors.deaths * everywhere
        )
        around = [years[calendar] for calendar in (year - 1, year) if calendar in years]
        self.fertility = np.sum([one.fertility for one in around], axis=0)
        self.mortality = np.sum([one.mortality for one in around], axis=0)
        self.born, self.died = (
            np.sum([one.accounts[entry] for one in around], axis=0) for entry in (0, 1)
        )
        parent = parents(base.source, base.regions_then)
        self.families = [
            tuple(int(r) for r in np.flatnonzero(parent == place))
            for place in dict.fromkeys(parent)
        ]

    def territories(self, people: Array) -> list[Territory]:
        """Births and deaths count in the scale that makes the nation's come true."""
        births = np.zeros_like(people)
        births[0] = self.fertility * self.born.sum() / (self.fertility * people[0]).sum()
        deaths = self.mortality * self.died.sum() / (self.mortality * people).sum()
        return [self._territory(members, births, deaths) for members in self.families]

    def _territory(self, members: tuple[int, ...], births: Array, deaths: Array) -> Territory:
        known, totals = Known(), self.base.totals[self.year]
        for place, r in enumerate(members):

            def of_member(cells: Array, place: int = place) -> Array:
                whole = np.zeros((len(members), *cells.shape))
                whole[place] = cells
                return whole

            for sex in range(len(SEXES)):
                known.add(of_member(ages_of(sex, 0, AGES[-1])), totals[sex, r])
            born, died = self.born[r], self.died[r]
            by_births, by_deaths = np.asarray(self.errors.births), np.asarray(self.errors.deaths)
            known.add(of_member(births[:, :, r]), born, by_births[r] * born)
            known.add(of_member(deaths[:, :, r]), died, by_deaths[r] * died)
            for cells, value, error in self._counted(r):
                known.add(of_member(cells), value, error)
        return Territory(members, known, *_shapes(totals[:, members].sum(axis=0)))

    def _counted(self, r: int) -> list[tuple[Array, float, float]]:
        """Published counts of region `r` as weights of its people on the date, value and error."""
        found = []
        for count in counts_of(self.base.source, self.base.source.ids[r], self.year):
            if count.year == self.year:
                cells = ages_of(None, count.first, count.last)
                found.append((cells, count.value, self.errors.dated * count.value))
            elif count.year in self.base.population and count.first > count.year - self.year:
                cells, value = self._later(r, count)
                found.append((cells, value, self.errors.later * count.value))
        return found

    def _later(self, r: int, count: Count) -> tuple[Array, float]:
        """A count of a later 1 January: who of the date survives, and the count less migrants.

        In the scale of the nation where the nation's count is published too.
        """
        base, then = self.base, AGE + count.year - self.year
        alive = np.ones((2, len(AGES)))
        for calendar in range(self.year, count.year):
            step = calendar - self.year
            into = survival(self.years[calendar].mortality[:, :, r])
            alive *= into[:, np.minimum(np.asarray(AGES) + step + 1, OPEN_AGE)]
        cells = alive * ((then >= count.first) & ((then <= count.last) | (count.last == OPEN_AGE)))
        inside = slice(count.first, count.last + 1)
        reached = base.population[count.year][:, inside]
        whole = [c.value for c in counts_of(base.source, base.source.nation, self.year)
                 if c[:3] == count[:3]]  # fmt: skip
        scale = reached.sum() / whole[0] if whole else 1.0
        migrants = reached[:, :, r].sum() - (cells * base.population[self.year][:, :, r]).sum()
        return cells, count.value * scale - migrants


def _shapes(people: Array) -> tuple[Array, Array]:
    """(curve, member, sex, age) shapes of a family and their spreads: common ones and contrasts.

    people : (member,) persons; a part may leave its parent further the smaller it is
    """
    count = len(people)
    curves, spread = [], []
    for member in range(count):
        own = np.zeros((len(LEVELS), count, *LEVELS.shape[1:]))
        own[:, member] = LEVELS
        curves.append(own)
        spread.append(np.full(len(LEVELS), np.inf))
    curves.append(np.repeat(SHAPES[:, np.newaxis], count, axis=1))
    spread.append(SPREAD)
    for member in range(count - 1):
        rest = people[member + 1 :].sum()
        weight = np.zeros(count)
        weight[member] = rest
        weight[member + 1 :] = -people[member]
        weight /= people[member] + rest
        curves.append(SHAPES[:, np.newaxis] * weight[:, np.newaxis, np.newaxis])
        spread.append(CONTRAST)
    return np.concatenate(curves), np.concatenate(spread)
