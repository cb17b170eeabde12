"""What is being built already, so that nobody orders it again: by plans and by the nation.

A growth point builds for those whom it brings. A national programme names no region; for orders
its units are spread in proportion to what each region lacks without it, an assumption.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from forecast.infrastructure.stock import Balance

Array = NDArray[np.float64]


def with_plans(found: Balance, built: Array | None) -> Balance:
    """The stock with what growth points build; where it is not known it stays so.

    built : (kind, region, year) units ready on each 1 January of the balance or of its first
            ones, the last of which holds; they stand beside the stock that is published
    """
    if built is None:
        return found
    after = found.capacity.shape[2] - built.shape[2]
    held = np.concatenate([built, np.repeat(built[:, :, -1:], after, axis=2)], axis=2)
    whole = np.concatenate([held, held.sum(axis=1, keepdims=True)], axis=1)
    return replace(found, capacity=found.capacity + whole, built=whole)


def national_units(found: Balance) -> Array:
    """(kind, year) units finished since the base year of which no region is named.

    The completions of the nation less those of its regions; never fewer than the year before.
    """
    come = np.nan_to_num(found.completed)  # nothing known is nothing counted
    rest = np.maximum(come[:, -1] - come[:, :-1].sum(axis=1), 0.0)
    units: Array = np.maximum.accumulate(rest, axis=1)
    return units


def spread(units: Array, lack: Array, people: Array) -> Array:
    """(region, year) units of the nation by region, in proportion to what each lacks.

    units  : (year,) units of the nation since the base year
    lack   : (region,) units that each region lacks without them, from 0 up
    people : (region,) the proportion where no region lacks any
    The sum over the regions is `units`.
    """
    weights = lack if lack.sum() > 0 else people
    total = weights.sum()
    shares = weights / total if total > 0 else np.full(len(weights), 1 / len(weights))
    by_region: Array = shares[:, None] * units
    return by_region


def falls_covered(falls: Array, short: Array, of_nation: float) -> float:
    """Units of a national shortage that falls of need in its regions cover at most.

    falls     : (region,) units by which need falls
    short     : (region,) published shortage; NaN where none is published
    of_nation : published shortage of the nation; NaN where none is published
    Where a region's own shortage is published, a fall covers no more than it: places that are
    spare in one region help no other one.
    """
    known = ~np.isnan(short)
    own = float(np.minimum(falls[known], short[known]).sum())
    told = float(short[known].sum())
    rest = max((told if np.isnan(of_nation) else of_nation) - told, 0.0)
    return own + min(float(falls[~known].sum()), rest)
