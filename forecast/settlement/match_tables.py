"""What a match gives, as tables: by region, by choice, by group of families, by limit.

Cells of fewer families, or people, than the threshold are not shown, nor is the one beside them
from which they could be told.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.settlement.match import REASONS, Match
from forecast.settlement.match_survey import CHOICES
from forecast.settlement.records import SMALL, suppressed
from forecast.words import mark

Array = NDArray[np.float64]

PEOPLE = ("families", "persons", "workers", "children")
RANKS = {
    "first": mark("first choice"),
    "second": mark("second choice"),
    "third": mark("third choice"),
    "other": mark("another region"),
    "open": mark("no choice named"),
}
TOGETHER = mark("not told apart")
GROUPS = {
    "all": mark("all families"),
    "stream": mark("stream"),
    "qualification": mark("qualification"),
    "size": mark("persons of the family"),
    "language": mark("languages"),
}
SIZES = ((1, 2), (3, 4), (5, 6), (7, 99))
UNKNOWN, BINDS, FREE = "unknown", "binds", "free"
STATES = {
    BINDS: mark("used up"),
    FREE: mark("room is left"),
    UNKNOWN: mark("not known, holds nobody"),
}


def choice_of(found: Match) -> pd.Series:
    """(family,) the word of RANKS for where it is placed; empty for who is not."""
    rank = found.own(found.scores.rank, -1.0).astype(int)
    named = (found.families[list(CHOICES)] != "").any(axis=1).to_numpy(dtype=bool)
    words = np.array([*RANKS, ""], dtype=object)
    place = np.select([rank < 0, rank > 0, named], [len(RANKS), rank - 1, 3], 4)
    return pd.Series(words[place], index=found.families.index)


def by_region(found: Match, threshold: int = SMALL) -> pd.DataFrame:
    """A row a region with anybody, the last row (`total`) all: families, persons, workers,
    children, workers expected in work, families of their first choice and their share of those
    who named a choice, mean score."""
    families = found.families.assign(
        region=np.array([*found.regions, ""], dtype=object)[found.region],
        choice=choice_of(found), score=found.own(found.scores.score),
    )[found.placed]  # fmt: skip
    families = families.assign(
        expected=found.own(_employed(found))[found.placed],
        named=(families["choice"] != "open").astype(int),
        first=(families["choice"] == "first").astype(int),
        families=1, persons=families["family_size"],
    )  # fmt: skip
    columns = [*PEOPLE, "expected", "first", "named"]
    table = families.groupby("region")[columns].sum()
    table = table.reindex([name for name in found.regions if name in table.index])
    table.loc["total"] = table.sum()
    scores = families.groupby("region")["score"].mean()
    table["first_share"] = (table["first"] / table["named"]).where(table["named"] > 0)
    table["score"] = scores.reindex(table.index)
    table.loc["total", "score"] = families["score"].mean() if len(families) else np.nan
    table = table.drop(columns="named").rename_axis("region").reset_index()
    shown = hidden(table, PEOPLE, threshold, ("first", "first_share", "score", "expected"))
    choices = _by_choice(found, shown.set_index("region")["families"], threshold)
    first = shown["region"].map(choices.set_index("region")["first"])
    told = first.notna() | (shown["region"] == "total")
    shown[["first", "first_share"]] = shown[["first", "first_share"]].where(told)
    return shown


def _employed(found: Match) -> np.ndarray:
    """(family, region) workers who are expected to find work: workers x need."""
    workers: np.ndarray = found.families["workers"].to_numpy(dtype=float)[:, None]
    return found.scores.need * workers


def by_choice(found: Match, threshold: int = SMALL) -> pd.DataFrame:
    """A row a region: families placed there by the rank of their choice, and `together`: those
    whose numbers are not told apart, unknown where the number of the region is."""
    families = by_region(found, threshold).set_index("region")["families"]
    table = _by_choice(found, families, threshold)
    rest = table["region"].map(families) - table[list(RANKS)].sum(axis=1)
    return table.assign(together=rest)


def _by_choice(found: Match, families: pd.Series, threshold: int) -> pd.DataFrame:
    """The ranks of the choices by region; all are hidden where its `families` are."""
    region = np.array([*found.regions, ""], dtype=object)[found.region]
    table = pd.crosstab(region[found.placed], choice_of(found)[found.placed].to_numpy())
    table = table.reindex(columns=list(RANKS), fill_value=0)
    table = table.reindex([name for name in found.regions if name in table.index])
    table = table.rename_axis("region").reset_index()
    table.columns.name = None
    shown = hidden(table, list(RANKS), threshold, across=True)
    shown[list(RANKS)] = shown[list(RANKS)].where(shown["region"].map(families).notna())
    return shown


def satisfaction(found: Match, threshold: int = SMALL) -> pd.DataFrame:
    """A row a group of families (all, by stream, qualification, size, languages): families, how
    many are placed, in which choice, and how many would rather have another's place."""
    families = found.families
    size = families["family_size"].to_numpy(dtype=int)
    bands = [f"{low}-{high}" if high < 99 else f"{low}+" for low, high in SIZES]
    band = np.searchsorted([high for _, high in SIZES], size)
    groups = {
        "all": pd.Series("all", index=families.index),
        "stream": families["stream"],
        "qualification": families["qualification"],
        "size": pd.Series(np.array(bands, dtype=object)[band], index=families.index),
        "language": families["kk"].map({True: "kk", False: ""})
        .str.cat(families["ru"].map({True: "ru", False: ""}), sep=" ").str.strip(),
    }  # fmt: skip
    choice = choice_of(found)
    counted = pd.DataFrame({name: (choice == name).astype(int) for name in RANKS})
    counted.insert(0, "families", 1)
    counted["unplaced"] = (~found.placed).astype(int)
    counted["envious"] = found.envious.astype(int)
    parts = []
    for kind, names in groups.items():
        table = counted.groupby(names.to_numpy()).sum().rename_axis("group").reset_index()
        summed = [str(name) for name in counted if name != "envious"]
        own = hidden(table[["group", *summed]], summed, threshold, across=True)
        envious = hidden(table[["families", "envious"]], ["families", "envious"], threshold)
        table = own.assign(envious=envious["envious"].mask(own["families"].isna()))
        parts.append(table.assign(kind=kind))
    whole = pd.concat(parts, ignore_index=True)
    for name in (*RANKS, "unplaced", "envious"):
        whole[f"{name}_share"] = whole[name] / whole["families"]
    return whole[["kind", "group", *whole.columns.drop(["kind", "group"])]]


def reasons(found: Match, threshold: int = SMALL) -> pd.DataFrame:
    """Families without a place by stream and reason."""
    left = ~found.placed
    table = pd.DataFrame({"stream": found.families["stream"][left].to_numpy(),
                          "reason": found.reasons[left], "families": 1,
                          "persons": found.families["family_size"][left].to_numpy()})  # fmt: skip
    table = table.groupby(["stream", "reason"], as_index=False)[["families", "persons"]].sum()
    order = table["reason"].map(list(REASONS).index)
    table = table.iloc[np.lexsort((order, table["stream"]))].reset_index(drop=True)
    return hidden(table, ["families", "persons"], threshold)


def limits(found: Match, threshold: int = SMALL) -> pd.DataFrame:
    """A row a limit of a region that anybody may go to: capacity, used, left, what one more unit
    is worth (score times what it counts by), its state and how many families it holds back."""
    allowed = np.flatnonzero(found.scores.allowed.any(axis=0))
    holds = np.bincount(found.better[1][found.better[1] >= 0], minlength=len(found.limits))
    rows = []
    for number, limit in enumerate(found.limits):
        if not np.isin(limit.regions, allowed).any():
            continue
        left = float(found.left[number])
        used = limit.capacity - left
        state = UNKNOWN if np.isnan(left) else BINDS if holds[number] or left < 1 else FREE
        rows.append({
            "kind": limit.kind, "regions": [found.regions[place] for place in limit.regions],
            "stream": limit.stream, "qualification": limit.qualification,
            "facility": limit.facility, "year": limit.year, "capacity": limit.capacity,
            "used": used, "left": left, "price": float(found.prices[number]), "state": state,
            "holds_back": int(holds[number]), "unit": limit.unit,
        })  # fmt: skip
    table = pd.DataFrame(rows)
    few = (table["used"] > 0) & (table["used"] < threshold)
    regions = by_region(found, threshold).set_index("region")["families"]
    unseen = {str(name) for name in regions.index[regions.isna()]}
    few |= table["regions"].map(lambda names: bool(unseen & set(names)))
    table.loc[few, ["used", "left"]] = np.nan
    table["holds_back"] = table["holds_back"].astype(float).mask(
        (table["holds_back"] > 0) & (table["holds_back"] < threshold)
    )  # fmt: skip
    return table


def _alone(values: Array, told: Array) -> list[tuple[Array, Array, Array]]:
    """The columns in which one number alone is hidden, beside others that could hide it: views of
    them, of what they hold, and whether a row hides anything already."""
    already: Array = np.isnan(values).any(axis=1).astype(float)
    return [
        (line, real, already)
        for line, real in zip(values.T, told.T, strict=True)
        if np.isnan(line).sum() == 1 and (np.isfinite(line) & (real > 0)).any()
    ]


def hidden(
    table: pd.DataFrame,
    counts: Sequence[str],
    threshold: int,
    others: Sequence[str] = (),
    *,
    across: bool = False,
) -> pd.DataFrame:
    """The table without small counts, nor the one count from which a small one could be told.

    A count that is the only hidden one of its column could be found from the sum: the smallest of
    those beside it is hidden as well. `others` go with the first count.
    across : the counts of a row sum up as well
    """
    shown = suppressed(table, counts, threshold=threshold)
    values = shown[list(counts)].to_numpy(dtype=float, copy=True)
    told = table[list(counts)].to_numpy(dtype=float)
    for _ in range(values.size):
        lines = _alone(values, told) + (_alone(values.T, told.T) if across else [])
        if not lines:
            break
        line, real, already = lines[0]
        beside = np.flatnonzero(np.isfinite(line) & (real > 0))
        line[min(beside, key=lambda place: (not already[place], real[place]))] = np.nan
    shown[list(counts)] = values
    gone = np.isnan(values[:, 0])
    for name in others:
        shown[name] = shown[name].mask(gone)
    return shown
