"""The score of each family in each region: its terms, and where it may go.

score[f, r] = sum over terms  w[j] term[j, f, r]        w sums to 1, every term in 0..1
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.settlement.match_survey import CHOICES, LANGUAGES, QUALIFICATIONS
from forecast.settlement.match_weights import TERMS, Weights

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]


class Scores(NamedTuple):
    """(family, region) everything that the match asks of a family.

    parts   : {term: weight x term}; over the terms they are the score
    score   : 0 to 1
    allowed : whether the family may be placed there
    rank    : 1 to 3 for its choices, 0 for any other region
    value   : what its place adds to the sum: count x (score + worth of a place)
    need    : how much its workers are needed there, 0 to 1; 0 without workers
    """

    parts: dict[str, Array]
    score: Array
    allowed: Flags
    rank: Whole
    value: Array
    need: Array


def scores(
    families: pd.DataFrame,
    regions: Sequence[str],
    lists: Mapping[str, Flags],
    need: Array,
    sections: Sequence[str],
    weights: Weights,
) -> Scores:
    """Scores of families.

    families : see Survey
    lists    : {stream: (region,) whether it is on the list}
    need     : (section, qualification, region) 0 to 1; the last section stands for all
    sections : letters of all but the last one
    A family without workers has no term of employment; one that chose no region has none of
    preference. Nobody is placed in the region that the family comes from.
    """
    shape = len(families), len(regions)
    rank = np.zeros(shape, dtype=np.int64)
    places = {region: place for place, region in enumerate(regions)}
    rows = np.arange(shape[0])
    preference = np.full(shape, weights.other)
    preference[(families[list(CHOICES)] == "").all(axis=1).to_numpy(dtype=bool)] = 0.0
    for number, name in enumerate(CHOICES):
        where = families[name].map(places)
        known = where.notna().to_numpy(dtype=bool)
        at = where[known].to_numpy(dtype=int)
        rank[rows[known], at] = number + 1
        preference[rows[known], at] = weights.choices[number]
    terms = {
        "employment": employment(families, need, sections),
        "preference": preference,
        "language": languages(families, regions, weights),
        "priority": np.broadcast_to(
            np.array([weights.priority.get(region, 0.0) for region in regions]), shape
        ),
    }
    shares = weights.shares
    parts = {name: shares[name] * terms[name] for name in TERMS if shares[name] > 0}
    score = np.sum(list(parts.values()), axis=0)
    on_list = np.stack([lists[stream] for stream in families["stream"].unique()])
    kinds = {stream: k for k, stream in enumerate(families["stream"].unique())}
    allowed = on_list[families["stream"].map(kinds).to_numpy(dtype=int)]
    home = families["origin"].map(places)
    known = home.notna().to_numpy(dtype=bool)
    allowed[rows[known], home[known].to_numpy(dtype=int)] = False
    count = counts(families, weights.count)
    value = count[:, None] * (score + weights.placed)
    return Scores(parts, score, allowed, rank, value, terms["employment"])


def employment(families: pd.DataFrame, need: Array, sections: Sequence[str]) -> Array:
    """(family, region) how much workers of this section and qualification are needed."""
    letters = {letter: place for place, letter in enumerate(sections)}
    section = families["section"].map(letters).fillna(len(sections)).to_numpy(dtype=int)
    qualification = families["qualification"].map(
        {name: place for place, name in enumerate(QUALIFICATIONS)}
    ).to_numpy(dtype=int)  # fmt: skip
    works = (families["workers"] > 0).to_numpy(dtype=float)
    found: Array = need[section, qualification] * works[:, None]
    return found


def languages(families: pd.DataFrame, regions: Sequence[str], weights: Weights) -> Array:
    """(family, region) how far the family gets along, with the best of its languages."""
    found = np.zeros((len(families), len(regions)))
    for name in LANGUAGES:
        along = [weights.languages.get(region, {}).get(name, 0.0) for region in regions]
        speaks = families[name].to_numpy(dtype=float)
        found = np.maximum(found, speaks[:, None] * np.array(along))
    return found


def counts(families: pd.DataFrame, by: str) -> Array:
    """(family,) by what each counts; who has no worker counts little, never nothing."""
    if by == "families":
        return np.ones(len(families))
    column = "family_size" if by == "persons" else "workers"
    return np.maximum(families[column].to_numpy(dtype=float), 0.01)
