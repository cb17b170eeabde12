"""Regions as planners write them: found by id, code or name, never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from forecast.errors import InputError
from forecast.scenario.read import Keys
from forecast.words import mark, say

if TYPE_CHECKING:
    from forecast.space import Space

Tell = Callable[[Keys, str, str], None]  # where a fault is, what is wrong, what to do
V = TypeVar("V")

ADD_SHARES = mark("add the two shares")

LATIN = str.maketrans(
    dict(zip("абвгдезийклмнопрстуфхыэәғқңөұүһі", "abvgdeziiklmnoprstufhyeagqnouuhi", strict=True))
    | {"ж": "zh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "yu", "я": "ya"}
    | {"ь": "", "ъ": ""}
)


def region_of(word: str, space: Space, keys: Keys, tell: Tell, *, nation: bool = False) -> str:
    """The id of a region; where there is none, the word itself and a fault with the nearest one.

    nation : whether the nation will do as well
    """
    try:
        return space.place(word) if nation else space.resolve(word)
    except InputError as error:
        message, cure = error.faults[0].message, error.faults[0].cure
        near = _with_these_words(word, space)
        if len(near) == 1:
            message = say("no region '{name}'", name=word)
            cure = say("did you mean {names}?", names=near[0])
        elif near:
            message = say("'{name}' names more than one region", name=word)
            cure = say("write one of: {names}", names=", ".join(near))
        tell(keys, message, cure)
    return word


def renamed(
    given: Mapping[str, V],
    keys: Keys,
    rename: Callable[[str, Keys], str],
    tell: Tell,
    *,
    twice: str = mark("keep one of them"),
) -> dict[str, V]:
    """Values under the ids of their names; two names of one thing are a fault.

    twice : the cure for it
    """
    found: dict[str, V] = {}
    words: dict[str, str] = {}
    for word, value in given.items():
        name = rename(word, (*keys, word))
        if name in found:
            message = say("{name} stands here already, as '{word}'", name=name, word=words[name])
            tell((*keys, word), message, say(twice))
        found[name], words[name] = value, word
    return found


def _with_these_words(word: str, space: Space) -> list[str]:
    """The regions whose names hold every word, in Latin letters too.

    Two for 'Almaty' (a region and a city), one for 'Almaty Oblast' (the Russian word).
    """
    asked = set(_latin(word).split())
    if not asked:
        return []
    return [
        f"'{region.name}' ({region.id})"
        for region in space.regions
        if asked <= set(_latin(" ".join(region.names.values())).split())
    ]


def _latin(word: str) -> str:
    """A folded name with Cyrillic letters as Latin ones; close enough to find what was meant."""
    return fold(word).translate(LATIN)


def fold(word: str) -> str:
    """A name as names are compared: small letters, single spaces, no commas or underscores."""
    return " ".join(re.sub(r"[\s_,]+", " ", word.replace("ё", "е")).casefold().split())
