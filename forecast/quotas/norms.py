"""What the data package says of the quota: lists, published places, take-up, support, weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from forecast.errors import Faults, InputError
from forecast.policy import KANDAS, PLACES, RESETTLERS, TAKE_UP, working_age_share
from forecast.settlement.quota import Bound, Weights, apportioned
from forecast.staying import TABLE as RETENTION
from forecast.staying import Shares, table_shares
from forecast.words import mark, say

if TYPE_CHECKING:
    import pandas as pd

    from forecast.dataset.package import Dataset

LISTS, NORMS, PUBLISHED, PRICES = (
    "norms/settlement_lists", "norms/quota", "observed/policy", "norms/price_index",
)  # fmt: skip
STREAMS = (KANDAS, RESETTLERS)
STREAM_WORDS = {KANDAS: mark("kandas"), RESETTLERS: mark("resettlers")}
VARIABLES = {KANDAS: "quota_kandas", RESETTLERS: "quota_internal_resettlers"}
ALL = "all"


@dataclass(frozen=True)
class QuotaNorms:
    """The lists and figures of a data package.

    lists     : {stream: regions}, in the order of the country
    published : {year: places by stream and regions}; regions that are known together only are one
    take_up   : {(stream, region): persons settled for each place}
    national  : {stream or 'all': the same for the nation}, year of it
    price     : money for one unit of account, its year
    stays     : {(stream, region or nation): share still there by years since arrival}, of
                norms/retention; empty without the table
    """

    lists: Mapping[str, tuple[str, ...]]
    published: Mapping[int, tuple[Bound, ...]]
    take_up: Mapping[tuple[str, str], float]
    national: Mapping[str, float]
    year_of_take_up: int
    working_age: float
    numbers: Mapping[tuple[str, str, str], float]
    price: float
    price_year: int
    stays: Mapping[tuple[str, str], Shares] = field(default_factory=dict)

    def one(self, measure: str, stream: str = ALL, item: str = "") -> float:
        """A number of norms/quota; raises InputError where there is none."""
        key = (measure, stream, item)
        if key not in self.numbers:
            name = ", ".join(filter(None, key))
            raise InputError(f"{NORMS}.csv", say("there is no row for {name}", name=name))
        return self.numbers[key]

    def items(self, measure: str, stream: str = ALL) -> dict[str, float]:
        return {item: value for (m, s, item), value in self.numbers.items()
                if (m, s) == (measure, stream)}  # fmt: skip

    @property
    def weights(self) -> Weights:
        return Weights(**{name: self.one("weight", item=name)
                          for name in ("employment", "preference", "stay", "cost")})  # fmt: skip

    @property
    def sizes(self) -> dict[int, float]:
        """{size of a family: share}."""
        return {int(size): share for size, share in sorted(self.items("family_share").items())}

    @property
    def family_size(self) -> float:
        return sum(size * share for size, share in self.sizes.items())

    def support(self) -> tuple[float, float]:
        """Units of account for one person, and for one family beside it.

        Relocation is paid for each member; rent for a year at the middle of its range and the
        certificate, to the share of families that gets one, for each family.
        """
        rent = (self.one("rent_month", item="low") + self.one("rent_month", item="high")) / 2
        family = rent * self.one("rent_months")
        family += self.one("certificate") * self.one("certificate_share")
        return self.one("relocation"), family

    def places(self, year: int, stream: str) -> float:
        """Published places of a stream in a year, the last ones where none are; NaN without."""
        known = [
            when for when, bounds in self.published.items()
            if when <= year and any(bound.stream == stream for bound in bounds)
        ]  # fmt: skip
        if not known:
            return float("nan")
        return sum(b.places for b in self.published[max(known)] if b.stream == stream)

    def before(self, first: int) -> tuple[Bound, ...]:
        """The last quota published for a year before `first`, each region by itself.

        Regions that are known together only share their places as in the nearest earlier quota
        that tells them apart, else in the nearest later one; without one they stay together.
        """
        known = [year for year in self.published if year < first]
        if not known:
            return ()
        found: list[Bound] = []
        for bound in self.published[max(known)]:
            other = self._apart(bound, max(known))
            if other is None:
                found.append(bound)
                continue
            shares = np.array([self._alone(other, bound.stream, r) for r in bound.regions])
            parts = apportioned(shares, round(bound.places))
            found += [Bound(bound.stream, (region,), float(places))
                      for region, places in zip(bound.regions, parts, strict=True)]  # fmt: skip
        return tuple(found)

    def split(self, first: int) -> tuple[int, int, tuple[str, ...]] | None:
        """Year of the quota before `first`, the year by which it was parted, and the regions."""
        known = [year for year in self.published if year < first]
        for bound in self.published[max(known)] if known else ():
            other = self._apart(bound, max(known))
            if other is not None and len(bound.regions) > 1:
                return max(known), other, bound.regions
        return None

    def _apart(self, bound: Bound, year: int) -> int | None:
        """The year whose quota tells the regions of a bound apart, nearest earlier one first."""
        told = [
            other for other in self.published
            if all(self._alone(other, bound.stream, r) is not None for r in bound.regions)
        ]  # fmt: skip
        return min(told, key=lambda other: (other > year, abs(other - year)), default=None)

    def _alone(self, year: int, stream: str | None, region: str) -> float | None:
        return next((b.places for b in self.published[year]
                     if b.stream == stream and b.regions == (region,)), None)  # fmt: skip

    def contained(self, stream: str, region: str) -> float:
        """Places that the baseline contains: the last ones published of a region by itself."""
        for year in sorted(self.published, reverse=True):
            for bound in self.published[year]:
                if bound.stream == stream and bound.regions == (region,):
                    return bound.places
        return 0.0


def load_norms(dataset: Dataset) -> QuotaNorms:
    """The norms of the quota; raises InputError naming every table that is missing."""
    faults = Faults()
    for table in (LISTS, NORMS, "norms/settlement", PRICES):
        if not dataset.has(table):
            cure = say("a quota needs the lists, the published places and the support")
            faults.add(f"{table}.csv", say("the table is missing"), cure)
    if faults:
        raise InputError(dataset.path, faults)
    numbers = dataset.table(NORMS).sort_values("year")
    settled = dataset.table("norms/settlement").sort_values("year")
    prices = dataset.table(PRICES).sort_values("year")
    taken = settled[settled["measure"] == TAKE_UP]
    national = numbers[numbers["measure"] == TAKE_UP]
    return QuotaNorms(
        lists=_lists(dataset),
        published=_published(dataset, settled),
        take_up={(row["stream"], row["region"]): float(row["value"])
                 for row in taken.to_dict("records")},
        national={row["stream"]: float(row["value"]) for row in national.to_dict("records")},
        year_of_take_up=int(national["year"].max()) if len(national) else dataset.base_year - 1,
        working_age=working_age_share(dataset),
        numbers={(row["measure"], row["stream"], row["item"]): float(row["value"])
                 for row in numbers.to_dict("records")},
        price=float(prices["value"].iloc[-1]),
        price_year=int(prices["year"].iloc[-1]),
        stays=table_shares(dataset.table(RETENTION)) if dataset.has(RETENTION) else {},
    )  # fmt: skip


def _lists(dataset: Dataset) -> dict[str, tuple[str, ...]]:
    """The latest list of each stream."""
    frame = dataset.table(LISTS)
    found = {}
    for stream in STREAMS:
        rows = frame[frame["stream"] == stream]
        rows = rows[(rows["year"] == rows["year"].max()) & (rows["value"] > 0)]
        found[stream] = tuple(r for r in dataset.space.ids if r in set(rows["region"]))
    return found


def _published(dataset: Dataset, settled: pd.DataFrame) -> dict[int, tuple[Bound, ...]]:
    """Published places by year: norms/settlement, and earlier years of observed/policy."""
    found: dict[int, dict[tuple[str, tuple[str, ...]], float]] = {}
    if dataset.has(PUBLISHED):
        frame = dataset.table(PUBLISHED)
        for stream, variable in VARIABLES.items():
            rows = frame[(frame["variable"] == variable) & (frame["region"] != dataset.nation)]
            for row in rows.to_dict("records"):
                regions = tuple(str(row["region"]).split("+"))
                if str(row["date"]).isdecimal() and set(regions) <= set(dataset.space.ids):
                    found.setdefault(int(row["date"]), {})[stream, regions] = float(row["value"])
    rows = settled[settled["measure"] == PLACES]
    for row in rows[rows["stream"].isin(STREAMS)].to_dict("records"):
        key = row["stream"], (row["region"],)
        found.setdefault(int(row["year"]), {})[key] = float(row["value"])
    order = {stream: place for place, stream in enumerate(STREAMS)}
    return {
        year: tuple(Bound(stream, regions, places) for (stream, regions), places in
                    sorted(cells.items(), key=lambda cell: (order[cell[0][0]], cell[0][1])))
        for year, cells in sorted(found.items())
    }  # fmt: skip
