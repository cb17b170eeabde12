"""Flows between other regions than those published: regions merged, or one of them split.

A merger is exact. A split is an assumption: its parts send and receive the same mix of flows as
the region did, in proportion to shares (of population, as a rule). What moved between the parts
is not in the flows of the region and is never invented.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forecast.errors import InputError, collect, did_you_mean
from forecast.words import say

Array = NDArray[np.float64]

WHOLE = 1e-9  # how near to 1 the shares of a split must add up


@dataclass(frozen=True)
class Regrouped:
    """Flows between the new regions.

    flows  : (..., origin, destination) persons
    labels : the new regions, in the order of the axes
    inside : (..., region) persons who moved between regions that are one now; 0 for the others
             and after a split
    status : `derived` of a merger, `estimated` of a split
    """

    flows: Array
    labels: tuple[str, ...]
    inside: Array
    status: Literal["derived", "estimated"]


def merge_regions(
    flows: ArrayLike,
    labels: Sequence[str],
    groups: Mapping[str, Sequence[str]],
    *,
    diagonal: bool = False,
) -> Regrouped:
    """Flows with some regions merged: moves between the parts become moves inside.

    flows    : (..., origin, destination) persons; the diagonal, where it holds moves inside a
               region, is added up like the rest; a missing flow makes what it is merged into
               missing
    labels   : the regions, in the order of both axes
    groups   : {new region: its parts}; a region in no group stays as it is, and a group stands
               where the first of its parts stood
    diagonal : put the moves between the parts on the diagonal too. Without it they stand in
               `inside` alone: the total is then that of flows and inside together

    Raises InputError: unknown regions, a region in two groups, an empty group, a new name that
    another region has, or flows of another shape.
    """
    table, names = _square(flows, labels)
    _refuse_groups(names, groups)
    group_of = {part: new for new, parts in groups.items() for part in parts}
    merged = tuple(dict.fromkeys(group_of.get(name, name) for name in names))
    place = np.array([merged.index(group_of.get(name, name)) for name in names])
    own, spots = np.arange(len(names)), np.arange(len(merged))
    within = _added(table[..., own, own], place, len(merged), -1)
    table[..., own, own] = 0.0
    summed = _added(_added(table, place, len(merged), -2), place, len(merged), -1)
    inside = summed[..., spots, spots].copy()
    summed[..., spots, spots] = within + inside if diagonal else within
    return Regrouped(summed, merged, inside, "derived")


def split_region(
    flows: ArrayLike,
    labels: Sequence[str],
    region: str,
    shares: Mapping[str, float],
    *,
    between: ArrayLike = 0.0,
) -> Regrouped:
    """Flows with one region split: its flows to and from others by the shares of its parts.

    flows   : (..., origin, destination) persons a year
    region  : the one of `labels` that is split; the parts stand where it stood
    shares  : {part: share}, 1 in all; of the population, as a rule. `estimated`: movers of the
              parts are alike
    between : persons a year who move between the parts, in both directions together, one number
              or (...): given out by the product of the shares of both ends. Unknown as a rule: 0
              leaves them out, nan leaves the cells missing. Where the diagonal of the region holds
              its moves inside, they are taken out of it and the rest stays inside the parts by
              share; where it is 0 it is not recorded, and they come on top

    Raises InputError: an unknown region, a part with the name of another region, shares that are
    no numbers, negative, missing or not 1 in all, `between` negative, infinite or more than the
    moves inside.
    """
    table, names = _square(flows, labels)
    recorded, moved = _refuse_split(table, names, region, shares, between)
    old, parts = names.index(region), tuple(shares)
    size = np.array([shares[part] for part in parts])
    size = size / size.sum()
    new = (*names[:old], *parts, *names[old + 1 :])
    came = np.array([old if name in shares else names.index(name) for name in new])
    weight = np.array([size[parts.index(name)] if name in shares else 1.0 for name in new])
    divided = table[..., came[:, np.newaxis], came] * weight[:, np.newaxis] * weight
    pairs = np.outer(size, size)
    np.fill_diagonal(pairs, 0.0)
    block = moved[..., np.newaxis, np.newaxis] * pairs / (pairs.sum() or 1.0)
    stayed = np.where(recorded == 0, 0.0, recorded - moved)
    spots = np.arange(len(parts))
    block[..., spots, spots] = stayed[..., np.newaxis] * size
    here = slice(old, old + len(parts))
    divided[..., here, here] = block
    inside = np.zeros((*table.shape[:-2], len(new)))
    return Regrouped(divided, new, inside, "estimated")


def _added(values: Array, place: NDArray[np.intp], size: int, axis: int) -> Array:
    """Sums of `values` along `axis` by the place that each goes to; a nan spoils its own sum."""
    moved = np.moveaxis(values, axis, 0)
    sums = np.zeros((size, *moved.shape[1:]))
    np.add.at(sums, place, moved)
    return np.moveaxis(sums, 0, axis)


# --- what comes in ------------------------------------------------------------------------------


def _square(flows: ArrayLike, labels: Sequence[str]) -> tuple[Array, tuple[str, ...]]:
    """A copy of the flows, and the labels; raises InputError when they do not fit."""
    table, names = np.array(flows, dtype=float), tuple(labels)
    with collect(say("flows between regions")) as faults:
        if table.ndim < 2 or table.shape[-2:] != (len(names), len(names)):
            faults.add("flows", say("{shape} for {n} regions", shape=table.shape, n=len(names)))
        elif (table < 0).any():
            faults.add("flows", say("a flow is negative"))
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            faults.add("labels", say("'{name}' stands there twice", name=name))
    return table, names


def _refuse_groups(names: tuple[str, ...], groups: Mapping[str, Sequence[str]]) -> None:
    parts = [part for group in groups.values() for part in group]
    with collect(say("regions to merge")) as faults:
        for new, group in groups.items():
            if not group:
                faults.add(new, say("has no parts"))
            if new in names and new not in group:
                faults.add(new, say("is another region already"))
            for part in group:
                if part not in names:
                    message = say("no region '{name}'", name=part)
                    faults.add(new, message, did_you_mean(part, names))
        for part in dict.fromkeys(part for part in parts if parts.count(part) > 1):
            faults.add(part, say("stands in two groups, or twice in one"))


def _refuse_split(
    table: Array,
    names: tuple[str, ...],
    region: str,
    shares: Mapping[str, float],
    between: ArrayLike,
) -> tuple[Array, Array]:
    """Recorded moves inside the region and moves between its parts, (...)."""
    what = say("region to split")
    if region not in names:
        message = say("no region '{name}'", name=region)
        raise InputError(what, f"{message}; {did_you_mean(region, names)}")
    old = names.index(region)
    recorded = table[..., old, old]
    try:
        moved = np.broadcast_to(np.asarray(between, dtype=float), recorded.shape)
    except ValueError:
        shapes = {"found": np.shape(between), "shape": recorded.shape}
        raise InputError("between", say("has the shape {found}, not {shape}", **shapes)) from None
    numbers = {part: share for part, share in shares.items() if isinstance(share, Real)}
    total = sum(map(float, numbers.values()))
    with collect(what) as faults:
        for part, share in shares.items():
            if part not in numbers:
                faults.add(part, say("the share '{share}' is no number", share=share))
            elif not 0 <= numbers[part] < np.inf:
                faults.add(part, say("the share {share} is negative or missing", share=share))
            if part in names and part != region:
                faults.add(part, say("is another region already"))
        if not shares:
            faults.add(region, say("has no parts"))
        elif not faults and not abs(total - 1) <= WHOLE:
            faults.add("shares", say("they add up to {total}, not to 1", total=total))
        if np.isinf(moved).any():
            faults.add("between", say("a number of persons is infinite"))
        if (moved < 0).any():
            faults.add("between", say("a number of persons is negative"))
        if ((recorded > 0) & (moved > recorded)).any():
            faults.add("between", say("more than all moves inside '{name}'", name=region))
        if (moved > 0).any() and sum(share > 0 for share in numbers.values()) < 2:
            faults.add("between", say("there are no two parts to move between"))
    return recorded, moved
