"""Who passes: rates by group, and what a threshold does to the inflow and its qualification."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.settlement.records import SMALL, suppressed

Array = NDArray[np.floating[Any]]
Mask = NDArray[np.bool_]

FOUR_FIFTHS = 0.8  # of the rate of the best group (Uniform Guidelines 1978, 29 CFR 1607.4 D)
THRESHOLDS = 41  # points of the curve
COUNTS = ("people", "passed", "failed")
UNTOLD = "*"  # the label of a group of few people
RATES = ("rate", "difference", "ratio")


def pass_rates(
    labels: pd.Series, passed: Mask, *, threshold: int = SMALL, known: Iterable[str] = ()
) -> pd.DataFrame:
    """A row for each group: people, passed, failed, rate, difference, ratio, adverse.

    labels     : (row,) the group of each row
    rate       : share of the group that passes
    difference : rate less that of the best group; ratio: rate over it
    adverse    : whether the ratio is under four fifths
    Counts of fewer than `threshold` people are not shown, nor what would give them away: the
    rates of their row and, where a single row is hidden, the smallest other one. Nor is the label
    of so few, which may be a name, but for those of `known`: of a card, of regions.
    """
    grouped = pd.DataFrame({"group": labels.astype(str).to_numpy(), "passed": passed})
    table = grouped.groupby("group", sort=True)["passed"].agg(["size", "sum"]).reset_index()
    table.columns = pd.Index(["group", "people", "passed"])
    table["failed"] = table["people"] - table["passed"]
    table["rate"] = table["passed"] / table["people"]
    shown = suppressed(table, COUNTS, threshold=threshold)
    hidden = shown[list(COUNTS)].isna().any(axis=1).to_numpy(copy=True)
    nameless = shown["people"].isna().to_numpy(copy=True)
    hidden |= nameless
    for mask in (nameless, hidden):
        if mask.sum() == 1 and (~mask).sum() > 0:
            other = table["people"].where(~mask).idxmin()
            mask[table.index.get_loc(other)] = True
    hidden |= nameless
    rare = (table["people"] < threshold).to_numpy() & ~table["group"].isin(set(known))
    shown["group"] = shown["group"].mask(rare, UNTOLD)
    shown.loc[nameless, "people"] = np.nan
    shown.loc[hidden, ["passed", "failed", "rate"]] = np.nan
    best = shown["rate"].max()
    shown["difference"] = shown["rate"] - best
    shown["ratio"] = shown["rate"] / best if best > 0 else np.nan
    shown["adverse"] = shown["ratio"] < FOUR_FIFTHS
    return shown


def told(count: int, of: int) -> float:
    """How many of `of` people; NaN where those, or the others, are too few to be told of."""
    few = 0 < min(count, of - count) < SMALL or 0 < of < SMALL
    return float("nan") if few else float(count)


def by_threshold(
    score: Array, qualified: Mask | None, thresholds: Array, *, tolerance: float = 0.0
) -> pd.DataFrame:
    """A row for each threshold: people who reach it, their share, and the qualified share of them.

    score     : (row,) known scores
    qualified : (row,) None where the card does not tell who is qualified
    Counts that would single out fewer people than are shown elsewhere are NaN, alone or as the
    difference of two thresholds.
    """
    order = np.argsort(score, kind="stable")
    first = np.searchsorted(score[order], thresholds - tolerance, side="left")
    people = len(score) - first
    table = pd.DataFrame({"threshold": thresholds, "people": people.astype(float)})
    table["share"] = table["people"] / max(len(score), 1)
    table["qualified"] = np.nan
    if qualified is not None:
        good = np.append(np.cumsum(qualified[order][::-1])[::-1], 0)[first]
        with np.errstate(invalid="ignore", divide="ignore"):
            table["qualified"] = good / people
        few = (np.minimum(good, people - good) < SMALL) & (good != people) & (good != 0)
        table.loc[few, "qualified"] = np.nan
    close = _close(people, len(score))
    table.loc[close, ["people", "share", "qualified"]] = np.nan
    return table


def _close(people: NDArray[np.intp], total: int) -> Mask:
    """(threshold,) counts that differ from one that is shown by fewer people than may be told."""
    shown = [0, total]
    hidden = np.zeros(len(people), dtype=bool)
    for k, count in enumerate(people.tolist()):
        hidden[k] = any(0 < abs(count - other) < SMALL for other in shown)
        if not hidden[k]:
            shown.append(count)
    return hidden


def thresholds_of(highest: float, mark: float) -> Array:
    """Thresholds from 0 to the highest score, evenly apart, the mark among them."""
    return np.unique(np.append(np.linspace(0.0, highest, THRESHOLDS), mark))


def lowest_meeting(
    score: Array, qualified: Mask, target: float, *, tolerance: float = 0.0
) -> float:
    """The lowest score that, as a threshold, lets in a qualified share of at least `target`.

    NaN where none does, or where fewer people than may be shown would reach it.
    """
    order = np.argsort(score, kind="stable")
    rising = score[order]
    starts = np.flatnonzero(np.append(True, np.diff(rising) > tolerance))
    good = np.cumsum(qualified[order][::-1])[::-1]
    people = len(rising) - starts
    meets = (good[starts] >= target * people - 1e-9) & (people >= SMALL)
    return float(rising[starts[np.argmax(meets)]]) if meets.any() else float("nan")
