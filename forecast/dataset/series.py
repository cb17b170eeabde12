"""Series of one region over the years, and sums to the nation, without the traps of the data.

A figure that was rebased, reclassified or cut anew does not grow by the difference to the
figure before. `breaks` of country.yml say between which years; nothing here computes across.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from forecast.dataset.declare import TABLES
from forecast.dataset.package import CROSSWALK, Dataset, full_name
from forecast.errors import InputError
from forecast.words import language, say


@dataclass(frozen=True)
class Break:
    """Two years between which a series is not comparable, and why."""

    before: int
    after: int
    reason: str


def breaks_of(dataset: Dataset, table: str, **where: object) -> tuple[Break, ...]:
    """The breaks that a selection of a table has; one that is not ruled out counts.

    where : region and the columns by which rows are chosen, as in `series`
    """
    found = []
    for entry in dataset.country.get("breaks", ()):
        limits: Mapping[str, list[object]] = entry.get("where", {})
        if full_name(table) in entry["tables"] and all(
            name not in where or where[name] in allowed for name, allowed in limits.items()
        ):
            before, after = entry["between"]
            reason = entry["reason"].get(language()) or entry["reason"]["en"]
            found.append(Break(before, after, reason))
    return tuple(sorted(found, key=lambda gap: gap.before))


def series(
    dataset: Dataset,
    table: str,
    region: str,
    *,
    across_breaks: bool = False,
    **where: object,
) -> pd.Series[float]:
    """The values of one region by year.

    where         : columns and the value wanted: measure="net", sex="total"
    across_breaks : hand out a series although it was not rebased in between; `segments` gives
                    its comparable pieces
    Raises InputError for a break in the series, when a year has several rows (a column is not
    chosen yet) and when there is no row.
    """
    found = _chosen(dataset, table, region, where)
    if not across_breaks:
        first, last = found.index.min(), found.index.max()
        crossed = [
            gap
            for gap in breaks_of(dataset, table, region=region, **where)
            if first <= gap.before and last >= gap.after
        ]
        if crossed:
            message = say(
                "{region}: not comparable between {before} and {after}: {reason}",
                region=region, before=crossed[0].before, after=crossed[0].after,
                reason=crossed[0].reason,
            )  # fmt: skip
            cure = say("take the years on one side of the break")
            raise InputError(full_name(table), f"{message}; {cure}")
    return found


def segments(
    dataset: Dataset, table: str, region: str, **where: object
) -> tuple[pd.Series[float], ...]:
    """The comparable pieces of a series, oldest first."""
    found = _chosen(dataset, table, region, where)
    cuts = [gap.after for gap in breaks_of(dataset, table, region=region, **where)]
    limits = [int(found.index.min()), *cuts, int(found.index.max()) + 1]
    pieces = (
        found[(found.index >= first) & (found.index < last)]
        for first, last in zip(limits, limits[1:], strict=False)
    )
    return tuple(piece for piece in pieces if len(piece))


def growth(dataset: Dataset, table: str, region: str, **where: object) -> pd.Series[float]:
    """Change on the year before as a share of it, by year; none where it cannot be computed.

    A year after a break or after a year without figures is left out, never bridged.
    """
    parts = []
    for piece in segments(dataset, table, region, **where):
        before = piece.reindex(piece.index - 1).to_numpy()
        parts.append((piece / before - 1.0).dropna())
    return pd.concat(parts).rename("growth")


def excluded_years(dataset: Dataset, subject: str) -> tuple[int, ...]:
    """Years that no trend of a subject (mortality, hospital_beds) may use."""
    entry = dataset.country.get("excluded_years", {}).get(subject)
    return tuple(entry["years"]) if entry else ()


def _chosen(
    dataset: Dataset, table: str, region: str, where: Mapping[str, object]
) -> pd.Series[float]:
    frame = _select(dataset, table, {"region": region, **where})
    name = full_name(table)
    if frame.empty:
        raise InputError(name, say("no row for {what}", what=_words({"region": region, **where})))
    if frame["year"].duplicated().any():
        open_columns = [c for c in TABLES[name].key if c not in ("region", "year", *where)]
        message = say("several rows a year; choose {columns}", columns=", ".join(open_columns))
        raise InputError(name, message)
    return frame.set_index("year")["value"].sort_index()


def _select(dataset: Dataset, table: str, where: Mapping[str, object]) -> pd.DataFrame:
    frame = dataset.table(table)
    for column, value in where.items():
        frame = frame[frame[column] == value]
    return frame


def _words(where: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in where.items())


def parts_of(dataset: Dataset) -> dict[str, tuple[str, ...]]:
    """The regions of today in each former region."""
    if not dataset.has(CROSSWALK):
        return {}
    frame = dataset.table(CROSSWALK)
    return {str(old): tuple(rows) for old, rows in frame.groupby("old_region")["region"]}


def without_double_count(
    territories: Iterable[str], parts: Mapping[str, tuple[str, ...]]
) -> tuple[list[str], list[str]]:
    """The territories to add up, and the regions of today that none of them covers.

    territories : those with a figure, regions of today and former ones, without the nation
    parts       : the regions of today in each former region, see `parts_of`
    A former region gives way when all its parts have figures, and stands for them when one
    of them has none.
    """
    chosen = list(dict.fromkeys(territories))
    for old, split in parts.items():
        if old not in chosen:
            continue
        have = [part for part in split if part in chosen]
        dropped = [old] if len(have) == len(split) else have
        chosen = [name for name in chosen if name not in dropped]
    covered = {part for name in chosen for part in parts.get(name, (name,))}
    return chosen, sorted(covered)


def nation_total(dataset: Dataset, table: str, year: int, **where: object) -> float:
    """The sum of regions in one year, former regions counted once.

    where : columns and the value wanted
    Raises InputError when a region of today has no figure, of its own or within a former
    region.
    """
    frame = _select(dataset, table, {"year": year, **where})
    frame = frame[frame["region"] != dataset.nation]
    chosen, covered = without_double_count(frame["region"], parts_of(dataset))
    missing = [name for name in dataset.space.ids if name not in covered]
    if missing:
        message = say("{year}: no figure for {regions}", year=year, regions=", ".join(missing))
        raise InputError(full_name(table), message)
    return float(frame.loc[frame["region"].isin(chosen), "value"].sum())


def population_history(dataset: Dataset) -> pd.DataFrame:
    """Population on 1 January by territory, both sexes: region, year, value, unit, status.

    The derived table rules; the published one adds the years before it, former regions under
    their own ids.
    """
    rules = dataset.table("population")
    frames = [rules]
    if dataset.has("population_published"):
        older = dataset.table("population_published")
        frames.insert(0, older[older["year"] < rules["year"].min()])
    both = pd.concat(frames)
    keys: list[Any] = ["region", "year", "unit", "status"]
    total = both.groupby(keys, sort=True)["value"].sum().reset_index()
    return total[["region", "year", "value", "unit", "status"]]
