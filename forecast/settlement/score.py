"""Additive scores of rows: every term as a contribution against a reference.

    score = sum_j w_j f_j        c_j = w_j (f_j - ref_j)        sum_j c_j = score - sum_j w_j ref_j

A term is held as codes of rows and the value of each code, so that a million rows cost a look-up
for each criterion. A value that is not known makes the score unknown, never smaller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.settlement.score_card import Card, Criterion

Array = NDArray[np.floating[Any]]
Codes = NDArray[np.intp]


@dataclass(frozen=True)
class Term:
    """One criterion of all rows.

    codes     : (row,) the level of each row
    worth     : (level,) f of each level, 0 to 1; NaN is not known
    labels    : (level,) what each level is called
    reference : f that contributions are counted from
    movable   : whether a row could change it, and its levels are those of the card
    """

    criterion: Criterion
    codes: Codes
    worth: Array
    labels: tuple[str, ...]
    reference: float
    movable: bool = False

    @property
    def weight(self) -> float:
        return self.criterion.weight

    @property
    def values(self) -> Array:
        """(row,) f"""
        found: Array = self.worth[self.codes]
        return found

    @property
    def contributions(self) -> Array:
        """(row,) points above or below the reference."""
        found: Array = (self.weight * (self.worth - self.reference))[self.codes]
        return found


@dataclass(frozen=True)
class Scores:
    """The scores of all rows on one card.

    mark : the score that must be reached, that of the card or another threshold
    """

    card: Card
    terms: tuple[Term, ...]
    mark: float

    @cached_property
    def score(self) -> Array:
        """(row,) points; NaN where a value is not known."""
        total = np.zeros(len(self.terms[0].codes))
        for term in self.terms:
            total += (term.weight * term.worth)[term.codes]
        return total

    @property
    def reference(self) -> float:
        """The score of the reference: contributions add up to the score less this."""
        return float(sum(term.weight * term.reference for term in self.terms))

    @property
    def contributions(self) -> Array:
        """(row, criterion) points."""
        return np.stack([term.contributions for term in self.terms], axis=1)

    @property
    def values(self) -> Array:
        """(row, criterion) f"""
        return np.stack([term.values for term in self.terms], axis=1)

    @cached_property
    def passed(self) -> NDArray[np.bool_]:
        """(row,) whether the mark is reached; a score that is not known does not reach it."""
        with np.errstate(invalid="ignore"):
            found: NDArray[np.bool_] = self.score >= self.mark - self.card.tolerance
        return found

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        return np.isfinite(self.score)

    @cached_property
    def rank(self) -> Array:
        """(row,) 1 for the highest score; equal scores share the first of their ranks."""
        return ranked(self.score, self.card.tolerance)


def ranked(score: Array, tolerance: float = 0.0) -> Array:
    """(row,) 1 + how many rows score higher by more than `tolerance`; NaN for unknown scores."""
    known = np.flatnonzero(np.isfinite(score))
    order = known[np.argsort(score[known])]
    rising = score[order]  # asked in this order, a million look-ups stay near each other
    found = np.full(len(score), np.nan)
    found[order] = 1 + len(rising) - np.searchsorted(rising, rising + tolerance, side="right")
    return found


def profiles(terms: Sequence[Term]) -> tuple[Codes, Codes]:
    """Rows of the same levels in all terms: (profile,) a row of each, and (row,) its profile."""
    key = np.zeros(len(terms[0].codes), dtype=np.int64)
    size = 1
    for term in terms:
        levels = max(len(term.worth), 1)
        if size * levels > 2**62:
            _, key = np.unique(key, return_inverse=True)
            size = int(key.max(initial=0)) + 1
        key, size = key * levels + term.codes, size * levels
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    return first, inverse.reshape(-1)
