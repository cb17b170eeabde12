"""A measure of a run as people read it: regions in rows by name, years in columns."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from forecast.errors import InputError, did_you_mean
from forecast.space import Space
from forecast.tables import NETS, TOTAL
from forecast.words import say


def by_region(frames: Mapping[str, pd.DataFrame], space: Space, measure: str) -> pd.DataFrame:
    """Arguments as in `Projection.by_region`."""
    rows = _rows(frames, space, measure)
    cells = rows.groupby(["region", "year"], observed=True)["value"]
    wide = cells.agg(lambda parts: parts.sum(skipna=False)).unstack("year")  # unknown stays so
    ordered = wide.reindex([space.nation, *space.ids])
    names = [space.name(str(region)) for region in ordered.index]
    unit = ", ".join(sorted(set(rows["unit"].astype(str))))
    return ordered.set_axis(pd.Index(names, name=unit), axis=0)


def measures(frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """What may be asked of these tables."""
    known = ["population", *NETS, *_words(frames["components"], "component")]
    known += _words(frames["dependency"], "measure") + _words(frames["labour"], "measure")
    places = frames["infrastructure"]
    pairs = places[["measure", "kind"]].drop_duplicates().astype(str).to_numpy()
    return known + [f"{name}:{kind}" for name, kind in pairs]


def _rows(frames: Mapping[str, pd.DataFrame], space: Space, measure: str) -> pd.DataFrame:
    """region (with the nation), year, value, unit of a measure."""
    name, _, kind = measure.partition(":")
    moves, places = frames["components"], frames["infrastructure"]
    if measure == "population":
        people = frames["population"].groupby(["region", "year", "unit"], observed=True)
        return _with_nation(people["value"].sum().reset_index(), space)
    if measure in NETS or (moves["component"] == measure).any():
        plus, minus = NETS.get(measure, ((measure,), ()))
        chosen = moves[moves["component"].isin([*plus, *minus])]
        sign = chosen["component"].isin(plus).map({True: 1.0, False: -1.0})
        return _with_nation(chosen.assign(value=chosen["value"] * sign), space)
    for frame in (frames["dependency"], frames["labour"]):
        chosen = frame[frame["measure"] == measure]
        if "section" in frame:
            chosen = chosen[chosen["section"] == TOTAL]
        if len(chosen):
            return chosen
    chosen = places[(places["measure"] == name) & (places["kind"] == kind)]
    if len(chosen):
        return chosen
    message = say("no measure '{name}'", name=measure)
    raise InputError("", message + "; " + did_you_mean(measure, measures(frames), listed=40))


def _with_nation(frame: pd.DataFrame, space: Space) -> pd.DataFrame:
    """Rows of regions and their sum under the nation's id."""
    own = frame[frame["region"].isin(space.ids)]
    return pd.concat([own, own.assign(region=space.nation)])


def _words(frame: pd.DataFrame, column: str) -> list[str]:
    return [str(word) for word in frame[column].unique()]
