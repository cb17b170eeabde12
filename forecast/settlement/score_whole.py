"""A card laid over rows: the terms of applicants and of regions, and everything told of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.settlement.records import ROW, Column, fold
from forecast.settlement.score import Scores, Term
from forecast.settlement.score_card import Card, Criterion, Labour
from forecast.settlement.score_change import Changes, cheapest
from forecast.settlement.score_groups import (
    by_threshold,
    lowest_meeting,
    pass_rates,
    thresholds_of,
)
from forecast.settlement.score_run import QUALIFICATIONS
from forecast.settlement.score_stability import SEED, TOP, stability
from forecast.tables import TOTAL
from forecast.words import say

Array = NDArray[np.floating[Any]]

Keys = Sequence[str] | pd.Series  # a million ids stay a column

REGION = "region"


@dataclass(frozen=True)
class Scoring:
    """The scores of a file or of the regions, and what follows from them.

    keys      : (row,) region ids, or the ids of the records (hashed, or the number of the row)
    firmness  : rank stability by row; None where no weights were disturbed
    groups    : {column: pass rates}
    curve     : inflow and qualified share by threshold; None for regions
    lowest    : the lowest threshold that meets the target of the qualified share; NaN none
    rejects   : row, column and reason of what was left out
    total     : rows of the file
    """

    scores: Scores
    keys: Keys
    changes: Changes
    firmness: pd.DataFrame | None = None
    groups: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    curve: pd.DataFrame | None = None
    lowest: float = float("nan")
    rejects: pd.DataFrame = field(default_factory=pd.DataFrame)
    total: int = 0
    draws: int = 0
    top: int = TOP
    seed: int = SEED

    @property
    def card(self) -> Card:
        return self.scores.card

    def table(self) -> pd.DataFrame:
        """A row for each row: id, score, passes, rank, a column of points for each criterion."""
        found: dict[str, Any] = {
            "id": np.asarray(self.keys), "score": self.scores.score, "passes": self.scores.passed,
            "rank": self.scores.rank,
        }  # fmt: skip
        for term in self.scores.terms:
            found[f"contribution_{term.criterion.id}"] = term.contributions
        found["change_criteria"] = self.changes.criteria
        found["change_steps"] = self.changes.steps
        for k, term in enumerate(self.changes.movable):
            names = pd.Index(list(self.changes.ladders[k].names))
            moved = pd.Categorical.from_codes(self.changes.target[:, k], names)
            found[f"change_{term.criterion.id}"] = moved
        table = pd.DataFrame(found)
        return table if self.firmness is None else table.join(self.firmness)


def columns_of(
    card: Card, sections: Mapping[str, str], groups: Sequence[str] = ()
) -> tuple[Column, ...]:
    """What a file of the card must hold.

    sections : {section of the run as it may be written, folded: its letter}
    groups   : further columns that pass rates are wanted by
    """
    found: dict[str, Column] = {}
    for criterion in card.criteria:
        if criterion.labour is not None:
            continue
        if criterion.column and criterion.words:
            found[criterion.column] = Column(
                criterion.column, "word", required=True, words=criterion.written
            )
        elif criterion.column:
            low, high = criterion.edges[0], np.nextafter(criterion.edges[-1], -np.inf)
            if criterion.column in found:
                low = max(low, found[criterion.column].minimum)
                high = min(high, found[criterion.column].maximum)
            found[criterion.column] = Column(
                criterion.column, "number", required=True, minimum=low,
                maximum=high if np.isfinite(criterion.edges[-1]) else np.inf,
            )  # fmt: skip
    for criterion in card.criteria:
        labour = criterion.labour
        if labour is None:
            continue
        kinds = {word: word for word in (*labour.qualifications, *QUALIFICATIONS)}
        for name, column in (
            (labour.region, Column(labour.region, "region", required=True)),
            (labour.section, Column(labour.section, "word", required=True, words=sections)),
            (labour.qualification,
             Column(labour.qualification, "word", required=True, words=kinds)),
        ):  # fmt: skip
            if name and name not in found:
                found[name] = column
    for name in groups:
        found.setdefault(name, Column(name, "text", required=True))
    return tuple(found.values())


class Names(NamedTuple):
    """Regions and sections of a run as a file may write them: {folded: id}."""

    regions: Mapping[str, str] = {}
    sections: Mapping[str, str] = {}


def without_place(
    card: Card, rows: pd.DataFrame, short: pd.Series[float], names: Names
) -> pd.DataFrame:
    """Row, column and reason of the records whose words have no place in the table of a labour
    term, though another criterion of the card knows them; the first reason of each row.

    short : see `applicant_terms`
    What the table itself does not know is no fault of the row: its score is unknown.
    """
    left = np.ones(len(rows), dtype=bool)
    found = []
    for labour in (each.labour for each in card.criteria if each.labour is not None):
        for level, (column, kinds) in enumerate(_places(labour, names)):
            if not column:
                continue
            codes, words = pd.factorize(rows[column])
            known = set(short.index.unique(level)) - {TOTAL}
            bad = np.array([_placed(word, kinds) not in known for word in words], dtype=bool)
            told = bad[codes] & left
            if told.any():
                reasons = np.array([_no_place(level, str(word)) for word in words], dtype=object)
                found.append(pd.DataFrame({
                    ROW: rows[ROW][told], "column": column, "reason": reasons[codes[told]]
                }))  # fmt: skip
                left &= ~told
    if not found:
        return pd.DataFrame(columns=[ROW, "column", "reason"])
    return pd.concat(found).sort_values(ROW, ignore_index=True)


def _places(labour: Labour, names: Names) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """Columns of a labour term and what their words stand for, as the table is indexed."""
    return (
        (labour.region, names.regions), (labour.section, names.sections),
        (labour.qualification, labour.qualifications),
    )  # fmt: skip


def _placed(word: object, kinds: Mapping[str, str]) -> str:
    return kinds.get(fold(word), str(word))


def _no_place(level: int, word: str) -> str:
    """Why a word has no place: a region, a section or a qualification that the run lacks."""
    if level == 0:
        return say("no region '{name}'", name=word)
    if level == 1:
        return say("'{name}' is no section of the run", name=word)
    return say("the card has no qualification of the run for '{name}'; write one under "
               "'labour: {{qualifications: ...}}'", name=word)  # fmt: skip


def applicant_terms(
    card: Card,
    rows: pd.DataFrame,
    short: pd.Series[float] | None = None,
    names: Names = Names(),  # noqa: B008  it cannot be changed
) -> tuple[Term, ...]:
    """The terms of the records of a file.

    short : (region, section, qualification) the share of openings that is not filled; of a run
    """
    terms = []
    for criterion in card.criteria:
        if criterion.labour is not None:
            assert short is not None, "a labour term needs a run"
            terms.append(_labour_term(criterion, rows, short, names))
            continue
        if criterion.words:
            codes, words = pd.factorize(rows[criterion.column])
            level = np.array([criterion.words.index(str(word)) for word in words], dtype=np.intp)
            codes = level[codes]
        else:
            codes = criterion.codes(rows[criterion.column].to_numpy(dtype=float))
        labels = tuple(criterion.label(k) for k in range(len(criterion.values)))
        worth = np.array(criterion.values)
        reference = criterion.reference_worth()
        terms.append(Term(criterion, codes, worth, labels, reference, not criterion.fixed))
    return tuple(terms)


def _labour_term(
    criterion: Criterion, rows: pd.DataFrame, short: pd.Series[float], names: Names
) -> Term:
    """clip(deficit / openings) of the region, section and qualification of each row."""
    labour = criterion.labour
    assert labour is not None
    parts: list[tuple[NDArray[np.intp], list[str]]] = []
    for column, kinds in _places(labour, names):
        if not column:
            parts.append((np.zeros(len(rows), dtype=np.intp), [TOTAL]))
            continue
        codes, words = pd.factorize(rows[column])
        parts.append((codes, [_placed(word, kinds) for word in words]))
    key = np.zeros(len(rows), dtype=np.intp)
    for codes, placed in parts:
        key = key * len(placed) + codes
    product = pd.MultiIndex.from_product([placed for _, placed in parts])
    worth = criterion.worth(short.reindex(product).to_numpy(dtype=float))
    return Term(criterion, key, worth, ("",) * len(worth), _of_nation(criterion, short))


def _of_nation(criterion: Criterion, short: pd.Series[float]) -> float:
    """The reference of a labour term, that of the nation where the card asks for it."""
    regions = list(short.index.get_level_values(0))
    value = short.get((regions[-1], TOTAL, TOTAL), np.nan)  # the nation stands last
    return criterion.reference_worth(float(value))


def region_terms(card: Card, measured: Mapping[str, Array]) -> tuple[Term, ...]:
    """The terms of regions.

    measured : {criterion: (region + nation,)} values in the unit of each measure, the place of a
               word among those of the card; a column of a file has NaN for the nation
    """
    terms = []
    for criterion in card.criteria:
        values = measured[criterion.id]
        reference = criterion.reference_worth(float(values[-1]))
        if criterion.values:
            codes = criterion.codes(values[:-1]) if criterion.edges else np.nan_to_num(
                values[:-1], nan=-1).astype(np.intp)  # fmt: skip
            worth = np.append(criterion.values, np.nan)
            labels = (*(criterion.label(k) for k in range(len(criterion.values))), "")
            levels = np.where(codes < 0, len(worth) - 1, codes)
            movable = not criterion.fixed
        else:
            levels = np.arange(len(values) - 1)
            worth, labels, movable = criterion.worth(values[:-1]), ("",) * len(levels), False
        terms.append(Term(criterion, levels, worth, labels, reference, movable))
    return tuple(terms)


def qualified_rows(card: Card, terms: Sequence[Term]) -> NDArray[np.bool_] | None:
    """(row,) who is qualified in the words of the card; None where it does not tell."""
    if card.qualified is None:
        return None
    name, words = card.qualified
    term = next(each for each in terms if each.criterion.id == name)
    good = np.array([word in words for word in term.criterion.words])
    found: NDArray[np.bool_] = good[term.codes]
    return found


def group_labels(column: str, terms: Sequence[Term], rows: pd.DataFrame) -> pd.Series[str]:
    """The group of each row: the bins of a criterion of that column, or what the file says."""
    for term in terms:
        if term.criterion.column == column and term.criterion.edges:
            return pd.Series(np.array(term.labels, dtype=object)[term.codes], dtype=str)
    return rows[column]


def whole(
    scores: Scores,
    keys: Keys,
    *,
    groups: Mapping[str, pd.Series[str]] | None = None,
    curve: bool = False,
    draws: int = 0,
    seed: int = SEED,
    top: int = TOP,
    rejects: pd.DataFrame | None = None,
    total: int = 0,
    names: Iterable[str] = (),
) -> Scoring:
    """Everything that is told of the scores.

    groups : {column: (row,) group}
    curve  : whether the effect of the threshold is asked for
    names  : of groups that are told though few are in them, as regions are
    """
    words = {label for term in scores.terms for label in term.labels}
    card, known = scores.card, scores.known
    table, lowest = None, float("nan")
    if curve:
        qualified = qualified_rows(card, scores.terms)
        some = None if qualified is None else qualified[known]
        table = by_threshold(scores.score[known], some, thresholds_of(card.highest, scores.mark),
                             tolerance=card.tolerance)  # fmt: skip
        if some is not None:
            lowest = lowest_meeting(scores.score[known], some, card.target,
                                    tolerance=card.tolerance)  # fmt: skip
    return Scoring(
        scores, keys, cheapest(scores),
        firmness=stability(scores, draws=draws, seed=seed, top=top) if draws else None,
        groups={name: pass_rates(labels[known], scores.passed[known], known=[*names, *words])
                for name, labels in (groups or {}).items()},
        curve=table, lowest=lowest, rejects=pd.DataFrame() if rejects is None else rejects,
        total=total, draws=draws, top=top, seed=seed,
    )  # fmt: skip
