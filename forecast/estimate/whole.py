"""Whole persons that keep the totals they must keep."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.balance import round_to_total
from forecast.errors import RunError
from forecast.estimate.tilt import Array
from forecast.space import SEXES
from forecast.words import say


def whole_people(people: Array, totals: Array, groups: pd.DataFrame | None = None) -> Array:
    """(sex, age, region) whole persons near `people` with the whole `totals` (sex, region).

    groups : also kept exactly, over all regions: rows of sex, age_from, age_to, value that cover
             every age once
    """
    whole = round_to_total(people, totals, axis=1)
    if groups is None:
        return whole
    for sex, name in enumerate(SEXES):
        rows = groups[groups["sex"] == name].to_dict("records")
        limits = [slice(int(row["age_from"]), int(row["age_to"]) + 1) for row in rows]
        targets = np.array([float(row["value"]) for row in rows])
        _move_between_groups(whole[sex], people[sex], limits, targets)
    return whole


def whole_in_groups(people: Array, groups: dict[tuple[int, int, int, int], float]) -> Array:
    """Whole persons with the given totals of each (sex, first age, last age, region)."""
    whole = np.zeros_like(people)
    for (sex, first, last, region), total in groups.items():
        cells = people[sex, first : last + 1, region]
        whole[sex, first : last + 1, region] = round_to_total(cells, np.array([total]), axis=0)
    return whole


def _move_between_groups(whole: Array, people: Array, limits: list[slice], targets: Array) -> None:
    """Move single persons between ages of one region until each age group has its total.

    Region totals stay. Each move takes the cell that was rounded up most and gives to the one
    rounded down most, in the region where both together were rounded most.
    """
    while True:
        gap = targets - np.array([whole[ages].sum() for ages in limits])
        if not gap.any():
            return
        if abs(gap.sum()) > 0.5 or np.abs(gap).max() > whole.shape[1] * 10:
            raise RunError(say("whole persons"), say("the age groups do not add up to the totals"))
        take, give = limits[int(gap.argmin())], limits[int(gap.argmax())]
        over = np.where(whole[take] > 0, whole[take] - people[take], -np.inf)
        under = people[give] - whole[give]
        region = int((over.max(axis=0) + under.max(axis=0)).argmax())
        whole[take.start + int(over[:, region].argmax()), region] -= 1
        whole[give.start + int(under[:, region].argmax()), region] += 1
