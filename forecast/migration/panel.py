"""A panel of moves between regions: who moved from where to where, in each of several years.

Every model of flows is fitted to a panel and nothing else. It is checked once, where it is
made; after that it is a set of arrays in one order of regions and years.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from forecast.errors import Faults, InputError, collect
from forecast.words import say

Array = NDArray[np.float64]

SHOWN = 5  # examples in a message
SWAPPED = 0.3  # correlation of nets and growth from which their signs contradict each other


@dataclass(frozen=True, repr=False)
class FlowPanel:
    """Moves between regions in consecutive calendar years.

    regions    : names or ids, in the order of every axis
    years      : calendar years, consecutive
    flows      : (year, origin, destination) persons (or moves) in the calendar year, >= 0; the
                 diagonal is not read and is kept at 0. Whole numbers are not asked for
    population : (year, region) persons exposed in the year; None where unknown
    distance   : (origin, destination) kilometres; None where unknown
    contiguous : (origin, destination) 1 where regions touch; None where unknown
    drivers    : {name: (year, region)} what may move people, known in the year; NaN unknown
    notes      : what was left out or merged when the panel was made, in words

    Raises InputError with every fault: a negative or missing flow, shapes that differ, years with
    a gap, a region that stands twice.
    """

    regions: tuple[str, ...]
    years: tuple[int, ...]
    flows: Array
    population: Array | None = None
    distance: Array | None = None
    contiguous: Array | None = None
    drivers: Mapping[str, Array] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        flows = np.array(self.flows, dtype=float)
        count, span = len(self.regions), len(self.years)
        with collect(say("panel of moves")) as faults:
            if len(set(self.regions)) < count:
                faults.add("", say("a region stands twice"))
            if count < 2:
                faults.add("", say("a panel needs two regions or more"))
            if not self.years or list(self.years) != list(
                range(self.years[0], self.years[0] + span)
            ):
                faults.add("", say("the years must be consecutive: {years}", years=self.years))
            self._check_shapes(flows, faults)
            if not faults:
                flows[:, np.arange(count), np.arange(count)] = 0.0
                self._check_flows(flows, faults)
        object.__setattr__(self, "flows", flows)

    def _check_shapes(self, flows: Array, faults: Faults) -> None:
        count, span = len(self.regions), len(self.years)
        wanted: dict[str, tuple[Array | None, tuple[int, ...]]] = {
            "flows": (flows, (span, count, count)),
            "population": (self.population, (span, count)),
            "distance": (self.distance, (count, count)),
            "contiguous": (self.contiguous, (count, count)),
            **{name: (values, (span, count)) for name, values in self.drivers.items()},
        }
        for name, (values, shape) in wanted.items():
            if values is not None and np.shape(values) != shape:
                faults.add("", say("{name} has shape {found}, not {needed}", name=name,
                           found=np.shape(values), needed=shape))  # fmt: skip
        if self.population is not None and not (np.asarray(self.population) > 0).all():
            faults.add("", say("population holds a number that is zero, negative or missing"))

    def _check_flows(self, flows: Array, faults: Faults) -> None:
        for wrong, message, cure in (
            (np.isnan(flows), say("no number"), say("write 0 only if nobody moved")),
            (flows < 0, say("a negative number of moves"), say("moves are counted, not netted")),
            (np.isinf(flows), say("an infinite number of moves"), ""),
        ):
            places = np.argwhere(wrong)
            for year, origin, destination in places[:SHOWN]:
                where = (f"{self.years[year]}, {self.regions[origin]} \u2192 "
                         f"{self.regions[destination]}")  # fmt: skip
                faults.add(where, message, cure)
            if len(places) > SHOWN:
                faults.add("", say("and {n} more of this kind", n=len(places) - SHOWN))

    def __repr__(self) -> str:
        return f"FlowPanel({len(self.regions)} regions, {self.years[0]}-{self.years[-1]})"

    @property
    def last(self) -> int:
        """The last calendar year."""
        return self.years[-1]

    @property
    def totals(self) -> Array:
        """(year,) all moves between regions."""
        found: Array = self.flows.sum(axis=(1, 2))
        return found

    @property
    def intensity(self) -> Array:
        """(year,) moves per person-year; moves themselves where no population is known."""
        if self.population is None:
            return self.totals
        found: Array = self.totals / self.population.sum(axis=1)
        return found

    @property
    def pairs(self) -> NDArray[np.bool_]:
        """(origin, destination) True away from the diagonal."""
        return ~np.eye(len(self.regions), dtype=bool)

    def until(self, year: int) -> FlowPanel:
        """The same panel up to a calendar year: what was known at its end."""
        if year not in self.years:
            message = say("no moves of {year}; the panel has {first}-{last}", year=year,
                          first=self.years[0], last=self.last)  # fmt: skip
            raise InputError(say("panel of moves"), message)
        count = self.years.index(year) + 1
        return self._years(slice(0, count))

    def since(self, year: int) -> FlowPanel:
        """The same panel from a calendar year on."""
        return self._years(slice(max(0, year - self.years[0]), len(self.years)))

    def _years(self, span: slice) -> FlowPanel:
        return replace(
            self,
            years=self.years[span],
            flows=self.flows[span],
            population=None if self.population is None else self.population[span],
            drivers={name: values[span] for name, values in self.drivers.items()},
        )

    def permuted(self, order: Sequence[int]) -> FlowPanel:
        """The same panel with the regions in another order."""
        places = np.asarray(order)
        square = np.ix_(places, places)
        return replace(
            self,
            regions=tuple(self.regions[k] for k in places),
            flows=self.flows[:, places][:, :, places],
            population=None if self.population is None else self.population[:, places],
            distance=None if self.distance is None else self.distance[square],
            contiguous=None if self.contiguous is None else self.contiguous[square],
            drivers={name: values[:, places] for name, values in self.drivers.items()},
        )

    def silent(self) -> tuple[list[str], list[str]]:
        """Regions that nobody left, and regions that nobody reached, in the last year."""
        last = self.flows[-1]
        return (
            [self.regions[k] for k in np.flatnonzero(last.sum(axis=1) == 0)],
            [self.regions[k] for k in np.flatnonzero(last.sum(axis=0) == 0)],
        )

    def seems_swapped(self) -> bool:
        """Whether origin and destination look exchanged: regions grow less when nets say they gain.

        The correlation, over regions and years, of the yearly changes of net migration with
        those of the growth of the population: births, deaths and migration abroad differ between
        regions for good, and change slowly. It must be below -.3, and below what chance gives
        once in some hundred panels (three over the root of the region-years).
        """
        if self.population is None or len(self.years) < 4:
            return False
        nets = np.diff(self.flows.sum(axis=1) - self.flows.sum(axis=2), axis=0)
        growth = np.diff(self.population, n=2, axis=0)
        found = []
        # a stock may be counted at the start or at the end of the year of the moves
        for of_year in (nets[:-1], nets[1:]):
            spread = np.sqrt(np.square(of_year).sum() * np.square(growth).sum())
            found.append(float((of_year * growth).sum() / spread) if spread > 0 else 0.0)
        chance = 3 / np.sqrt(growth.size)
        return max(found, key=abs) < -max(SWAPPED, float(chance))


def level_breaks(panel: FlowPanel, *, least: float = 0.15) -> list[tuple[int, float]]:
    """Years whose level jumped, with the change of the log of moves per person against the last.

    least : jump that counts as a break, log points. A jump of the whole level within a year is
    rather a change of the count (a registration rule) than of how people live; a forecast then
    needs somebody to choose the level (see `Pooled`), it is never smoothed over.
    """
    rates = panel.intensity
    with np.errstate(divide="ignore", invalid="ignore"):
        jumps = np.diff(np.log(rates))
    return [
        (year, float(jump))
        for year, jump in zip(panel.years[1:], jumps, strict=True)
        if np.abs(jump) > least
    ]
