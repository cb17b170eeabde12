"""A match of families to regions in words: each placement, each family without one, each limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forecast.labour.qualification import WORDS as QUALIFICATION_WORDS
from forecast.report.extract import Result
from forecast.report.wording import capital, table_names
from forecast.settlement.match import REASONS, Match
from forecast.settlement.match_limits import QUOTA, Limit
from forecast.settlement.match_survey import CHOICES, Survey
from forecast.settlement.match_tables import RANKS, choice_of
from forecast.settlement.match_weights import TERM_WORDS, Weights
from forecast.settlement.records import ID, ROW
from forecast.space import Space
from forecast.words import mark, say
from forecast.words.digits import number

STREAM_WORDS = {"kandas": mark("kandas"), "resettlers": mark("internal resettlers")}


@dataclass(frozen=True)
class Matched:
    """A match with what the tables and texts about it need.

    survey : what the file held, and what of it was left out
    year   : calendar year of places and need
    hashed : the ids of the families are hashes; else they are known by their row
    """

    found: Match
    projection: Result
    survey: Survey
    weights: Weights
    year: int
    hashed: bool


@dataclass(frozen=True)
class Wording:
    """The names that the texts of a match need, in the language of now."""

    regions: tuple[str, ...]
    facilities: dict[str, str]
    limits: tuple[str, ...]

    @classmethod
    def of(cls, found: Match, space: Space, facilities: pd.DataFrame) -> Wording:
        names = table_names(facilities, "kind") if len(facilities) else {}
        regions = tuple(space.name(region) for region in found.regions)
        return cls(regions, names, tuple(limit_words(limit, names) for limit in found.limits))


def limit_words(limit: Limit, facilities: dict[str, str]) -> str:
    """What a limit is: 'places of the quota (kandas)'."""
    text = limit.words(facilities, QUALIFICATION_WORDS)
    return f"{text} ({say(STREAM_WORDS[limit.stream])})" if limit.kind == QUOTA else text


def matched_table(found: Match, words: Wording, *, hashed: bool) -> pd.DataFrame:
    """A row a family that is placed: id or row, region, score, its terms, choice, what kept it
    from a better region, and all that in a sentence.

    hashed : the ids are hashes; the rows of the file are then not told
    """
    at = found.placed
    choice = choice_of(found)
    better, limit = found.better
    regions = np.array([*found.regions, ""], dtype=object)
    kinds = np.array([*(limit.kind for limit in found.limits), ""], dtype=object)
    table = pd.DataFrame({
        **_name(found, hashed),
        "region": regions[found.region],
        "region_name": np.array([*words.regions, ""], dtype=object)[found.region],
        "score": np.round(found.own(found.scores.score), 6),
        **{name: np.round(found.own(part), 6) for name, part in found.scores.parts.items()},
        "choice": choice,
        "better_region": regions[better],
        "limit": kinds[limit],
        "envious": found.envious.astype(int),
        "explanation": _sentences(found, words, choice.to_numpy()),
    })  # fmt: skip
    return _ordered(table[at], hashed)


def unplaced_table(found: Match, words: Wording, *, hashed: bool) -> pd.DataFrame:
    """A row a family without a place: id or row, reason, its best region and the limit there."""
    better, limit = found.better
    regions = np.array([*found.regions, ""], dtype=object)
    kinds = np.array([*(limit.kind for limit in found.limits), ""], dtype=object)
    texts = []
    for reason, place, number_ in zip(found.reasons, better, limit, strict=True):
        text = capital(say(REASONS[reason])) + "." if reason else ""
        if reason and place >= 0 and number_ >= 0:
            text += " " + say("Best would be {region}; what is used up there: {limit}.",
                              region=words.regions[place], limit=words.limits[number_])  # fmt: skip
        texts.append(text)
    table = pd.DataFrame({
        **_name(found, hashed), "reason": found.reasons, "best_region": regions[better],
        "limit": kinds[limit], "envious": found.envious.astype(int), "explanation": texts,
    })  # fmt: skip
    return _ordered(table[~found.placed], hashed)


def _name(found: Match, hashed: bool) -> dict[str, pd.Series]:
    return {ID: found.families[ID]} if hashed else {ROW: found.families[ROW]}


def _ordered(table: pd.DataFrame, hashed: bool) -> pd.DataFrame:
    return table.sort_values(ID if hashed else ROW, ignore_index=True)


def _sentences(found: Match, words: Wording, choice: np.ndarray) -> list[str]:
    """(family,) the explanation of each placement; empty for who is not placed."""
    own = found.own(found.scores.score)
    parts = {name: found.own(part) for name, part in found.scores.parts.items()}
    ranks = {name: capital(say(text)) for name, text in RANKS.items()}
    terms = {name: say(TERM_WORDS[name]) for name in parts}
    better, limit = found.better
    closed = _closed(found, words)
    texts = []
    for row, region in enumerate(found.region):
        if region < 0:
            texts.append("")
            continue
        told = ", ".join(f"{terms[name]} {number(part[row], 2)}" for name, part in parts.items())
        text = say("{choice}. Score {score}: {terms}.", choice=ranks[choice[row]],
                   score=number(own[row], 2), terms=told)  # fmt: skip
        if better[row] >= 0 and limit[row] >= 0:
            text += " " + say("{region} would score {score}; what is used up there: {limit}.",
                              region=words.regions[better[row]], limit=words.limits[limit[row]],
                              score=number(found.scores.score[row, better[row]], 2))  # fmt: skip
        texts.append(text + closed[row])
    return texts


def _closed(found: Match, words: Wording) -> list[str]:
    """(family,) that the first choice is not open to it, where it is not."""
    first = found.families[CHOICES[0]].map(
        {region: place for place, region in enumerate(found.regions)}
    )  # fmt: skip
    place = first.fillna(-1).to_numpy(dtype=int)
    allowed = found.scores.allowed[np.arange(len(place)), np.maximum(place, 0)]
    home = (found.families["origin"] == found.families[CHOICES[0]]).to_numpy(dtype=bool)
    streams = found.families["stream"].to_numpy()
    texts = []
    for at, is_open, lives, stream in zip(place, allowed, home, streams, strict=True):
        if at < 0 or is_open:
            texts.append("")
        elif lives:
            texts.append(" " + say("Its first choice, {region}, is where it comes from.",
                                   region=words.regions[at]))  # fmt: skip
        else:
            texts.append(" " + say("Its first choice, {region}, is not on the list for {stream}.",
                                   region=words.regions[at],
                                   stream=say(STREAM_WORDS[stream])))  # fmt: skip
    return texts


def group_words(kind: str, group: str) -> str:
    """A group of the table of satisfaction in words."""
    if kind == "stream":
        return say(STREAM_WORDS[group])
    if kind == "qualification":
        return say(QUALIFICATION_WORDS[group])
    if kind == "language":
        known = {"kk": say("Kazakh"), "ru": say("Russian")}
        return ", ".join(known[word] for word in group.split()) or say("neither")
    return say("all families") if kind == "all" else group


def regions_words(regions: Sequence[str], space: Space) -> str:
    """The regions that share a limit."""
    return ", ".join(space.name(region) for region in regions)
