"""What a score card takes from the result tables of a run.

Every measure is a rate or a share, so that regions of any size stand beside each other, and the
nation's value is one that a region could have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.errors import did_you_mean
from forecast.scenario.values import Wrong, kind_of
from forecast.space import Space
from forecast.tables import NETS, TOTAL
from forecast.words import mark, say

Array = NDArray[np.floating[Any]]
Frames = Mapping[str, pd.DataFrame]

QUALIFICATIONS = ("higher", "tvet", "none")
OF_KIND = ("need_gap", "added_need")  # followed by :KIND, a facility of the run


class Measure(NamedTuple):
    """What a measure is called, its unit, and the table of the run that it is taken from."""

    name: str
    unit: str
    table: str


MEASURES = {
    "deficit_share": Measure(
        mark("labour deficit, share of demand, last year"), mark("per cent"), "labour"
    ),
    "deficit_of_openings": Measure(
        mark("labour deficit, share of the openings of all years"), mark("share"), "labour_detail"
    ),
    "need_gap": Measure(
        mark("need less capacity, share of need, last year"), mark("per cent"), "infrastructure"
    ),
    "added_need": Measure(
        mark("need that is added, share of the need of the first year"), mark("per cent"),
        "infrastructure",
    ),
    "child_dependency": Measure(
        mark("children per 100 people of working age, last 1 January"),
        mark("per 100 people of working age"), "dependency",
    ),
    "old_age_dependency": Measure(
        mark("people of pensionable age per 100 people of working age, last 1 January"),
        mark("per 100 people of working age"), "dependency",
    ),
    "total_dependency": Measure(
        mark("dependants per 100 people of working age, last 1 January"),
        mark("per 100 people of working age"), "dependency",
    ),
    "net_internal_migration": Measure(
        mark("net internal migration, mean per year"), mark("per 1,000 people"), "components"
    ),
    "net_migration": Measure(
        mark("net migration, mean per year"), mark("per 1,000 people"), "components"
    ),
    "natural_increase": Measure(
        mark("natural increase, mean per year"), mark("per 1,000 people"), "components"
    ),
}  # fmt: skip


def known_measure(value: object) -> str:
    """The measure of a card; raises Wrong for one that does not exist."""
    if not isinstance(value, str):
        raise Wrong(say("a name is needed, found {kind}", kind=kind_of(value)), say("write a name"))
    name, _, kind = value.partition(":")
    if name not in MEASURES:
        raise Wrong(say("no measure '{name}'", name=value),
                    did_you_mean(name, MEASURES, listed=20))  # fmt: skip
    if (name in OF_KIND) != bool(kind):
        cure = say("write for instance '{example}'", example=f"{name}:school_place")
        if name not in OF_KIND:
            cure = say("write '{name}'", name=name)
        raise Wrong(say("no measure '{name}'", name=value), cure)
    return value


def measured(name: str, frames: Frames, space: Space) -> Array:
    """(region + nation,) the measure `name` of a run, in its unit; NaN where it is not known.

    Raises Wrong where the run has no such table or facility.
    """
    measure, _, kind = name.partition(":")
    table = frames.get(MEASURES[measure].table)
    if table is None or table.empty:
        raise Wrong(say("the run has no table '{name}'", name=MEASURES[measure].table),
                    say("run the scenario again"))  # fmt: skip
    order = [*space.ids, space.nation]
    if measure == "deficit_of_openings":
        found = openings_short(table)
        whole = found.xs((TOTAL, TOTAL), level=("section", "qualification"))
        return whole.reindex(order).to_numpy(dtype=float)
    if measure in NETS:
        return _rates(measure, table, frames["population"], space)
    if measure in OF_KIND:
        return _needs(measure, kind, table, order)
    if measure == "deficit_share":
        table = table[table["section"] == TOTAL]
    last = table[table["year"] == table["year"].max()]
    wide = last.pivot_table(index="region", columns="measure", values="value", observed=True)
    wide = wide.reindex(order)
    if measure == "deficit_share":
        share = (
            100 * wide["labour_deficit"] / wide["labour_demand"].where(wide["labour_demand"] > 0)
        )
        return share.to_numpy(dtype=float)
    return wide[measure].to_numpy(dtype=float)


def _needs(measure: str, kind: str, table: pd.DataFrame, order: list[str]) -> Array:
    """(region + nation,) per cent: the gap of the last year, or what is added, of the need."""
    kinds = list(map(str, table["kind"].unique()))
    if kind not in kinds:
        raise Wrong(say("the run has no facility '{name}'", name=kind), did_you_mean(kind, kinds))
    rows = table[(table["kind"] == kind)]
    first, last = rows["year"].min(), rows["year"].max()

    def of(name: str, year: int) -> Array:
        chosen = rows[(rows["measure"] == name) & (rows["year"] == year)]
        return chosen.set_index("region")["value"].reindex(order).to_numpy(dtype=float)

    need = of("need", last if measure == "need_gap" else first)
    above = of("gap", last) if measure == "need_gap" else of("need", last) - need
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = np.where(need > 0, 100 * above / need, np.nan)
    return found


def _rates(measure: str, table: pd.DataFrame, people: pd.DataFrame, space: Space) -> Array:
    """(region + nation,) persons per 1,000 people and year, mean over the years of the run."""
    plus, minus = NETS[measure]
    flows = table.pivot_table(
        index="region", columns="component", values="value", aggfunc="sum", observed=True
    ).reindex(list(space.ids))
    net = sum((flows[name] for name in plus if name in flows), pd.Series(0.0, flows.index))
    net = net - sum((flows[name] for name in minus if name in flows), pd.Series(0.0, flows.index))
    stocks = people.groupby(["region", "year"], observed=True)["value"].sum().unstack("year")
    stocks = stocks.reindex(list(space.ids))
    years = sorted(table["year"].unique())
    exposure = sum((stocks[y] + stocks[y + 1]) / 2 for y in years)  # person-years
    nation = net.sum() / exposure.sum()
    return 1000 * np.append((net / exposure).to_numpy(dtype=float), nation)


def openings_short(detail: pd.DataFrame) -> pd.Series[float]:
    """(region, section, qualification) clip(deficit / openings): the share of openings that
    residents do not fill.

    detail : labour_detail of a run
    The deficit of the last year has arisen since the run began, so it stands against the openings
    of all its years. 0 without a deficit, 1 where there is one and no opening, NaN unknown.
    """
    keys = ["region", "section", "qualification"]
    chosen = detail[detail["measure"].isin(["labour_deficit", "openings"])]
    last = chosen["year"].max()
    arisen = chosen[(chosen["measure"] == "labour_deficit") & (chosen["year"] == last)]
    deficit = arisen.astype(dict.fromkeys(keys, str)).set_index(keys)["value"]
    opened = chosen[chosen["measure"] == "openings"].astype(dict.fromkeys(keys, str))
    openings = opened.groupby(keys)["value"].agg(lambda each: each.sum(skipna=False))
    openings = openings.reindex(deficit.index)
    both = np.asarray(deficit, dtype=float), np.asarray(openings, dtype=float)
    return pd.Series(clip_share(*both), deficit.index)


def clip_share(deficit: NDArray[Any], openings: NDArray[Any]) -> Array:
    """clip(deficit / openings) to 0..1 of any shape; see `openings_short`."""
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.clip(deficit / openings, 0.0, 1.0)
    share = np.where(openings > 0, share, np.where(deficit > 0, 1.0, 0.0))
    known = np.isfinite(deficit) & np.isfinite(openings)
    found: Array = np.where(known, share, np.nan)
    return found
