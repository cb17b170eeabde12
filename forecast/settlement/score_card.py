"""Score cards: what is scored, how much each criterion weighs, and what a value of it is worth.

    score = sum_j w_j f_j      f_j in [0, 1], monotone in what is measured

The weights are the user's input; nothing here knows an official one. A card is a YAML file of the
same plain language as a scenario, and every fault of it is told at once with its line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.words import language, mark

Array = NDArray[np.floating[Any]]

REGIONS, APPLICANTS = "regions", "applicants"
KINDS = (REGIONS, APPLICANTS)
FOLDER = "cards"
NATION = "nation"  # the reference that is the value of the nation in the run
CONCENTRATION = 100.0  # of the Dirichlet distribution of disturbed weights
QUALIFIED_SHARE = 0.95
TOLERANCE = 1e-9  # of the sum of weights: a score that misses the mark by less reaches it
STATUSES = {
    "observed": mark("observed"), "derived": mark("derived"), "estimated": mark("estimated"),
    "assumption": mark("assumption"),
}  # fmt: skip


@dataclass(frozen=True)
class Labour:
    """How the labour term finds the deficit of a row: columns of the file.

    region         : column of the region, for applicants; a card of regions needs none
    section        : column of the section of the job (a letter); all sections without it
    qualification  : column of the qualification; all of them without it
    qualifications : {word of that column: qualification of the run}, where they differ
    """

    region: str = ""
    section: str = ""
    qualification: str = ""
    qualifications: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for name in (self.region, self.section, self.qualification) if name)


@dataclass(frozen=True)
class Criterion:
    """One term of a card. Exactly one of `column`, `measure` and `labour` says what is measured.

    values    : f of each bin or word, in the order of the card; empty where the measured share
                is f itself
    edges     : bounds of the bins, one more than values; a bin holds its lower bound
    words     : the words of a column, one for each value
    written   : {as a word may be written: the word}
    reference : a value of the column or measure, a word of it, or NATION
    fixed     : nobody can change it: it takes no part in the cheapest change
    line      : where it stands, for messages
    """

    id: str
    names: Mapping[str, str]
    weight: float
    reference: float | str
    column: str = ""
    measure: str = ""
    labour: Labour | None = None
    values: tuple[float, ...] = ()
    edges: tuple[float, ...] = ()
    words: tuple[str, ...] = ()
    written: Mapping[str, str] = field(default_factory=dict)
    fixed: bool = False
    source: str = ""
    status: str = "assumption"
    where: str = ""

    @property
    def name(self) -> str:
        return self.names.get(language()) or self.id

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the file that it reads."""
        if self.labour is not None:
            return self.labour.columns
        return (self.column,) if self.column else ()

    def codes(self, measured: Array) -> NDArray[np.intp]:
        """(n,) the bin of each value; -1 outside of all bins and for what is not known."""
        found = np.searchsorted(np.array(self.edges), measured, side="right") - 1
        known = np.isfinite(measured) & (found >= 0) & (measured < self.edges[-1])
        return np.where(known, found, -1)

    def worth(self, measured: Array) -> Array:
        """f of measured values, unknown where they are: by the bins, or the share itself."""
        if not self.edges:
            return np.clip(measured, 0.0, 1.0)
        values = np.append(self.values, np.nan)
        found: Array = values[self.codes(measured)]
        return found

    def reference_worth(self, nation: float = np.nan) -> float:
        """f of the reference; that of the nation, where the card asks for it, is given."""
        if self.words:
            return float(self.values[self.words.index(str(self.reference))])
        value = nation if self.reference == NATION else float(self.reference)
        return float(self.worth(np.array([value], dtype=float))[0])

    def label(self, level: int) -> str:
        """What a bin or word is called."""
        if self.words:
            return self.words[level]
        low, high = self.edges[level], self.edges[level + 1]
        if np.isinf(low) and np.isinf(high):
            return "\u2026"
        if np.isinf(low):
            return f"< {high:g}"
        return f"\u2265 {low:g}" if np.isinf(high) else f"{low:g}\u2026{high:g}"


@dataclass(frozen=True)
class Card:
    """A score card.

    qualified : the criterion and its words that make an applicant qualified; None if not told
    target    : share of qualified applicants that is aimed at
    concentration : how close disturbed weights stay to those of the card (Dirichlet)
    example   : the card is an example and no official scoring
    """

    name: str
    titles: Mapping[str, str]
    kind: str
    pass_mark: float
    criteria: tuple[Criterion, ...]
    notes: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    example: bool = False
    concentration: float = CONCENTRATION
    qualified: tuple[str, frozenset[str]] | None = None
    target: float = QUALIFIED_SHARE
    shown: str = ""

    @property
    def title(self) -> str:
        return self.titles.get(language()) or self.name

    @property
    def note(self) -> str:
        return self.notes.get(language()) or ""

    @property
    def weights(self) -> Array:
        """(criterion,) points."""
        return np.array([criterion.weight for criterion in self.criteria])

    @property
    def highest(self) -> float:
        """The highest score that the card allows: every criterion at its best value."""
        best = [max(each.values, default=1.0) for each in self.criteria]
        return float(self.weights @ np.array(best))

    @property
    def tolerance(self) -> float:
        return TOLERANCE * max(float(self.weights.sum()), 1.0)

    def criterion(self, name: str) -> Criterion:
        return next(each for each in self.criteria if each.id == name)

    @property
    def needs_run(self) -> bool:
        return any(each.measure or each.labour for each in self.criteria)


def plain(card: Card) -> dict[str, Any]:
    """The card for programs."""
    return {
        "name": card.name, "title": dict(card.titles), "kind": card.kind,
        "pass_mark": card.pass_mark, "highest": card.highest, "example": card.example,
        "weights": {each.id: each.weight for each in card.criteria},
        "weights_are": "input of the user",
    }  # fmt: skip
