"""Components of change by region that close every balance, from entries of unequal reliability.

Births, deaths, immigration, emigration and net internal migration of the regions are known
partly, with different errors. They are adjusted, each in proportion to its squared error,
until the nation's registered totals and every region's growth are met (least-squares
adjustment of accounts: Stone, Champernowne & Meade 1942).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from forecast.errors import RunError
from forecast.estimate.tilt import Array
from forecast.words import say

ENTRIES = ("births", "deaths", "immigration", "emigration", "internal")  # internal: net
SIGNS = np.array([1.0, -1.0, 1.0, -1.0, 1.0])  # of the entries in a region's growth
LEAST = 0.1  # of its first value: no flow is adjusted below it
SURE = 1e-6  # persons: the error of an entry that may not move


@dataclass
class Accounts:
    """Entries of one calendar year and their standard errors, persons.

    values, sigma : (entry, region), entries as in ENTRIES
    totals        : (entry,) of the nation
    growth        : (region,) of the population, exact
    natural       : (region,) published natural increase, NaN where unknown, and its error
    """

    values: Array
    sigma: Array
    totals: Array
    growth: Array
    natural: Array = field(default_factory=lambda: np.zeros(0))
    natural_sigma: Array = field(default_factory=lambda: np.zeros(0))


def balance(accounts: Accounts, *, what: str = "") -> Array:
    """(entry, region) whole persons that meet the totals and every region's growth exactly.

    A flow that would fall below a tenth of its first value is held there and the rest is
    adjusted again.
    Raises RunError when totals and growth contradict each other.
    """
    _refuse_contradiction(accounts, what)
    count = accounts.values.shape[1]
    sigma = np.maximum(accounts.sigma, SURE)
    held = np.zeros(accounts.values.shape, dtype=bool)
    least = LEAST * accounts.values
    least[4] = -np.inf  # a net may have any sign
    for _ in range(count):
        error, value = np.where(held, SURE, sigma), np.where(held, least, accounts.values)
        found = _adjusted(accounts, error, value)
        low = found < least - 0.01
        if not low.any():
            return _whole(found, accounts)
        held |= low
    raise RunError(what, say("the components cannot all be positive"))


def _adjusted(accounts: Accounts, sigma: Array, values: Array) -> Array:
    """The least-squares adjustment, by its Lagrangian in the multipliers."""
    entries, count = values.shape
    rules, targets = _rules(accounts)
    precision = [np.diag(1 / np.square(sigma.ravel()))]
    pull = [values.ravel() / np.square(sigma.ravel())]
    for region in np.flatnonzero(np.isfinite(accounts.natural)):
        row = np.zeros((entries, count))
        row[:2, region] = SIGNS[:2]
        weight = 1 / accounts.natural_sigma[region] ** 2
        precision.append(weight * np.outer(row.ravel(), row.ravel()))
        pull.append(weight * accounts.natural[region] * row.ravel())
    spread = np.linalg.inv(sum(precision[1:], precision[0]))
    free = spread @ sum(pull[1:], pull[0])
    moved = spread @ rules.T
    multipliers = np.linalg.lstsq(rules @ moved, targets - rules @ free, rcond=1e-13)[0]
    return (free + moved @ multipliers).reshape(entries, count)


def _rules(accounts: Accounts) -> tuple[Array, Array]:
    """Sums over regions are the totals; signed sums over entries are the growth."""
    entries, count = accounts.values.shape
    rows = []
    for entry in range(entries):
        row = np.zeros((entries, count))
        row[entry] = 1.0
        rows.append(row.ravel())
    for region in range(count):
        row = np.zeros((entries, count))
        row[:, region] = SIGNS
        rows.append(row.ravel())
    return np.stack(rows), np.concatenate([accounts.totals, accounts.growth])


def _whole(found: Array, accounts: Accounts) -> Array:
    """Whole persons: each entry rounded to its total; the few a region then misses are births.

    The misses cancel over the regions, so the total of births stays.
    """
    whole = np.stack([
        _rounded(row, total) for row, total in zip(found, accounts.totals, strict=True)
    ])  # fmt: skip
    whole[0] += np.rint(accounts.growth - SIGNS @ whole)
    return whole


def _rounded(row: Array, total: float) -> Array:
    down = np.floor(row)
    extra = int(round(total - down.sum()))
    order = np.argsort(-(row - down), kind="stable")
    down[order[:extra]] += 1
    return down


def _refuse_contradiction(accounts: Accounts, what: str) -> None:
    nation = float(SIGNS @ accounts.totals)
    growth = float(accounts.growth.sum())
    if abs(nation - growth) > 0.5:
        message = say(
            "the regions grow by {growth:.0f}, the nation's components give {nation:.0f}",
            growth=growth, nation=nation,
        )  # fmt: skip
        raise RunError(what, message)
