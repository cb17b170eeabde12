"""Regions by their labour deficit, beside the official list of regions short of workers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.assumptions import Note
from forecast.labour.qualification import Package
from forecast.space import Space
from forecast.tables import JOBS, PROJECTED
from forecast.words import mark, say
from forecast.words.digits import number, per_cent

Array = NDArray[np.float64]

TABLE = "norms/deficit_regions"
PERCENT, RANK, FLAG = mark("percent"), mark("rank"), mark("flag")
MEASURES = {
    "labour_deficit": mark("labour deficit"),
    "share_of_demand": mark("labour deficit, share of demand"),
    "rank": mark("rank by the deficit in jobs"),
    "rank_of_share": mark("rank by the share of demand"),
    "official": mark("on the official list of regions short of workers"),
}
UNITS = {
    "labour_deficit": JOBS, "share_of_demand": PERCENT, "rank": RANK, "rank_of_share": RANK,
    "official": FLAG,
}  # fmt: skip
COLUMNS = ("region", "year", "measure", "value", "unit", "status")


@dataclass(frozen=True)
class Listed:
    """The official list: its year and (region,) whether a region is on it; status of the list."""

    year: int
    regions: NDArray[np.bool_]
    status: str


def load_listed(tables: Package, space: Space) -> Listed | None:
    """The latest official list of norms/deficit_regions; None where there is none."""
    if not tables.has(TABLE):
        return None
    table = tables.table(TABLE)
    latest = table[(table["year"] == table["year"].max()) & (table["value"] > 0)]
    if latest.empty:
        return None
    on_it = np.isin(np.array(space.ids), latest["region"].to_numpy(dtype=str))
    return Listed(int(latest["year"].iloc[0]), on_it, str(latest["status"].iloc[0]))


def ranks(values: Array) -> Array:
    """(region,) 1 for the largest; those that are equal share the mean of their ranks."""
    larger = (values[:, None] < values[None, :]).sum(axis=1)
    equal = (values[:, None] == values[None, :]).sum(axis=1)
    found: Array = larger + (equal + 1) / 2
    return found


def agreement(values: Array, listed: NDArray[np.bool_]) -> float:
    """Share of the pairs of a listed and another region in which the listed one is larger.

    1 where the list is the largest values, 0.5 where it says nothing of them, 0 where it is the
    smallest; ties count a half (the statistic of Mann & Whitney 1947). NaN without pairs.
    """
    on_it, others = values[listed], values[~listed]
    if not len(on_it) or not len(others):
        return float("nan")
    gap = on_it[:, None] - others[None, :]
    return float(((gap > 0) + 0.5 * (gap == 0)).mean())


@dataclass(frozen=True)
class Ranking:
    """The deficit of one calendar year by region.

    deficit, demand : (region,) jobs
    year, base      : the calendar year, and the one after which the deficit arises
    listed          : the official list; None where there is none
    """

    deficit: Array
    demand: Array
    year: int
    base: int
    listed: Listed | None

    @property
    def share(self) -> Array:
        """(region,) deficit, per cent of demand."""
        return _share(self.deficit, self.demand)

    def frame(self, space: Space) -> pd.DataFrame:
        """Tidy: region, year, measure, value, unit, status; of the nation deficit and share."""
        rows = [("labour_deficit", self.deficit), ("share_of_demand", self.share),
                ("rank", ranks(self.deficit)), ("rank_of_share", ranks(self.share))]  # fmt: skip
        if self.listed is not None:
            rows.append(("official", self.listed.regions.astype(float)))
        measures, values = zip(*rows, strict=True)
        nation = self.deficit.sum(), float(_share(self.deficit.sum(), self.demand.sum()))
        whole = pd.DataFrame({
            "region": [*list(space.ids) * len(rows), space.nation, space.nation],
            "year": self.year,
            "measure": [*np.repeat(measures, len(space)), "labour_deficit", "share_of_demand"],
            "value": np.concatenate([*values, nation]),
        })  # fmt: skip
        official = whole["measure"] == "official"
        status = np.where(official, self.listed.status if self.listed else "", PROJECTED)
        return whole.assign(unit=whole["measure"].map(UNITS), status=status)

    def note(self, space: Space) -> Note | None:
        """Which regions of the list are among the largest deficits and which are not, in words."""
        if self.listed is None:
            return None
        on_it = self.listed.regions
        largest = ranks(self.deficit) <= on_it.sum()
        regions = np.array([space.name(region) for region in space.ids], dtype=object)

        def named(chosen: NDArray[np.bool_]) -> str:
            return ", ".join(regions[chosen]) or say("none")

        text = say(
            "Regions on the official list of {listed}: {count}. Among the {count} largest "
            "deficits of {year}: {among} of them ({borne}). Not among the largest: {missing}. "
            "Among the largest and not on the list: {others}. Of all pairs of a listed and "
            "another region the listed one has the larger deficit in {jobs} by jobs and in "
            "{share} by share of demand; {half} would be chance. The official list tells what "
            "regions lack today, the deficit what arises after {base}.",
            count=number(int(on_it.sum())), listed=self.listed.year,
            among=number(int((largest & on_it).sum())), year=self.year,
            borne=named(largest & on_it), missing=named(~largest & on_it),
            others=named(largest & ~on_it),
            jobs=per_cent(100 * agreement(self.deficit, on_it), 0),
            share=per_cent(100 * agreement(self.share, on_it), 0),
            half=per_cent(50, 0), base=self.base,
        )  # fmt: skip
        return Note(say("Regions short of workers"), text, say("official list; run"), "derived")


def _share(deficit: Array, demand: Array) -> Array:
    """Deficit per cent of demand; unknown where there is no demand."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share: Array = np.where(demand > 0, 100 * np.divide(deficit, demand), np.nan)
    return share
