"""What one run assumes, by year: rates, moves, and where each level comes from.

Everything is an array in the order of the space; the year loop reads it and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from forecast.elasticities import Elasticities
from forecast.errors import InputError
from forecast.space import AGES, SEXES, Space
from forecast.words import say

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Note:
    """One assumption in words: what, the level it starts from, its source and status."""

    subject: str
    text: str
    source: str
    status: str


@dataclass(frozen=True)
class Support:
    """People whom the levers of a scenario move beyond the baseline, by calendar year.

    immigrants : (year, sex, age, region) persons who come from abroad; negative where fewer do
    families   : (year, origin, destination) persons resettled with their families; negative
                 where fewer are
    movers     : (year, origin, destination) persons who move under an agreement of regions
    working    : (sex, age) whether a person of that age is in working age
    share      : of the people resettled with support, those in working age
    stay       : (stream of staying.SETTLED, years since arrival from 1, region) of those whom
                 levers bring, the share still there, NaN unknown; None: they stay as others do
    """

    immigrants: Array
    families: Array
    movers: Array
    working: Array
    share: float
    stay: Array | None = None

    def permuted(self, order: NDArray[np.intp]) -> Support:
        """The same with the regions in another order."""
        return replace(
            self,
            immigrants=self.immigrants[..., order],
            families=self.families[:, order][:, :, order],
            movers=self.movers[:, order][:, :, order],
            stay=None if self.stay is None else self.stay[..., order],
        )


@dataclass(frozen=True)
class Drivers:
    """How what draws people to a region differs from the baseline, by calendar year.

    changes : (year, driver, region) in the order of elasticities.DRIVERS: change of the log, of
              unemployment in percentage points; of jobs only what a trend adds to `jobs`
    jobs    : (year, region) share by which the jobs of a region, those of growth points left out,
              are more than in the baseline
    elasticities : how moves answer, central values
    """

    changes: Array
    jobs: Array
    elasticities: Elasticities

    @property
    def act(self) -> bool:
        """Whether any driver differs from the baseline in any year."""
        return bool(self.changes.any() or self.jobs.any())

    def permuted(self, order: NDArray[np.intp]) -> Drivers:
        """The same with the regions in another order."""
        return replace(self, changes=self.changes[..., order], jobs=self.jobs[..., order])


@dataclass(frozen=True, repr=False)
class Assumptions:
    """Rates of one run. Calendar years `years`; the first population is 1 January of years[0].

    population  : (sex, age, region) persons on 1 January of the first year
    fertility   : (year, age, region) births per woman-year, ages 0..100
    sex_ratio   : boys per girl at birth
    mortality   : (year, sex, age, region) central death rates
    intensity   : (origin, destination) moves per unit of propensity and person-year
    propensity  : (sex, age) of moving inside the country
    emigration  : (year, sex, age, region) share of survivors who leave the country in the year
    immigration : (year, sex, age, region) persons who come from abroad
    external_net: (year,) net external migration to be met, persons; NaN where rates decide
    ends        : such moves at the first and the last observed level, where a run goes from one
                  towards the other; None where `intensity` holds in every year
    last_weight : (year,) weight of the last level in each year, with `ends`
    yearly      : (year, origin, destination) such moves by year, where they are forecast from
                  published matrices; `intensity` then is that of the first year
    pull        : (origin, destination) gravity pull, for growth points
    streams     : (stream, year, region) persons of each stream of the immigration; None unknown
    support     : people whom levers move; None where no lever does
    drivers     : changes of jobs, incomes and the like that move people; None without
    notes       : what stands behind the numbers, for the manifest, the tables and the reader
    """

    space: Space
    years: tuple[int, ...]
    population: Array
    fertility: Array
    sex_ratio: float
    mortality: Array
    intensity: Array
    propensity: Array
    emigration: Array
    immigration: Array
    external_net: Array
    pull: Array
    streams: Array | None = None
    ends: tuple[Array, Array] | None = None
    last_weight: Array | None = None
    yearly: Array | None = None
    support: Support | None = None
    drivers: Drivers | None = None
    notes: tuple[Note, ...] = field(default=())

    def __post_init__(self) -> None:
        years, regions = len(self.years), len(self.space)
        sexes, ages = len(SEXES), len(AGES)
        shapes: Mapping[str, tuple[int, ...]] = {
            "population": (sexes, ages, regions),
            "fertility": (years, ages, regions),
            "mortality": (years, sexes, ages, regions),
            "intensity": (regions, regions),
            "propensity": (sexes, ages),
            "emigration": (years, sexes, ages, regions),
            "immigration": (years, sexes, ages, regions),
            "pull": (regions, regions),
        }
        with_faults = [
            say("{name} has shape {found}, not {needed}", name=name, found=found, needed=needed)
            for name, needed in shapes.items()
            if (found := getattr(self, name).shape) != needed
        ] + [
            say("{name} holds a negative or missing number", name=name)
            for name in shapes
            if not (np.asarray(getattr(self, name)) >= 0).all()
        ]
        if with_faults:
            raise InputError(say("assumptions"), "; ".join(with_faults))

    def __repr__(self) -> str:
        return f"Assumptions({self.years[0]}-{self.years[-1]}, {len(self.space)} regions)"

    def but(self, **changes: object) -> Assumptions:
        """The same assumptions with some of them replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def permuted(self, order: NDArray[np.intp]) -> Assumptions:
        """The same run with the regions in another order (what is true must not depend on it)."""
        square = np.ix_(order, order)
        return replace(
            self,
            space=self.space.permuted([int(k) for k in order]),
            population=self.population[..., order],
            fertility=self.fertility[..., order],
            mortality=self.mortality[..., order],
            intensity=self.intensity[square],
            emigration=self.emigration[..., order],
            immigration=self.immigration[..., order],
            pull=self.pull[square],
            ends=self.ends and (self.ends[0][square], self.ends[1][square]),
            yearly=None if self.yearly is None else self.yearly[:, order][:, :, order],
            streams=None if self.streams is None else self.streams[..., order],
            support=self.support and self.support.permuted(order),
            drivers=self.drivers and self.drivers.permuted(order),
        )
