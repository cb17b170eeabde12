"""`country.yml`: the facts about a country that no table holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forecast.errors import Faults, did_you_mean
from forecast.words import LANGUAGES, mark, say

FILE = "country.yml"

# key: (type, must be there)
KEYS: dict[str, tuple[type, bool]] = {
    "nation": (str, True),
    "names": (dict, True),
    "title": (dict, True),
    "description": (dict, False),
    "base_year": (int, True),
    "last_year_observed": (int, True),
    "currency": (str, True),
    "units": (list, False),
    "breaks": (list, False),
    "excluded_years": (dict, False),
    "projection": (dict, False),
    "estimate": (dict, False),
    "sources": (list, False),
}
PARTS: dict[str, tuple[str, ...]] = {
    "breaks": ("tables", "between", "reason"),
    "sources": ("id", "name", "title", "licence", "tables"),
}
TYPES = {
    str: mark("text"), int: mark("a whole number"), list: mark("a list"),
    dict: mark("a table of keys"),
}  # fmt: skip


def read_country(path: Path, faults: Faults) -> dict[str, Any]:
    """The facts of `path`/country.yml; empty after a fault.

    nation, names, title, base_year (its 1 January is the base), last_year_observed and currency
    must be there. `breaks` are pairs of years between which a series was not rebased,
    `excluded_years` those that no trend may use, by subject, `sources` the publishers with
    their licences and tables, `projection` the parameters of the map, `estimate` the choices of the
    room that builds the estimates.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        facts = YAML(typ="safe").load((path / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        faults.add(FILE, say("the file is missing"), say("copy one from another data package"))
        return {}
    except (OSError, UnicodeDecodeError) as error:
        faults.add(FILE, say("cannot be read: {reason}", reason=error))
        return {}
    except YAMLError as error:
        faults.add(FILE, say("is not YAML: {reason}", reason=" ".join(str(error).split())))
        return {}
    if not isinstance(facts, dict):
        faults.add(FILE, say("has no keys"), say("known: {names}", names=", ".join(KEYS)))
        return {}
    before = len(faults)
    _check(facts, faults)
    return facts if len(faults) == before else {}


def _check(facts: Mapping[str, Any], faults: Faults) -> None:
    for key, value in facts.items():
        if key not in KEYS:
            faults.add(f"{FILE}, {key}", say("no such key"), did_you_mean(str(key), KEYS))
        elif not isinstance(value, KEYS[key][0]) or isinstance(value, bool):
            faults.add(f"{FILE}, {key}", say("must be {kind}", kind=say(TYPES[KEYS[key][0]])))
    for key in (key for key, (_, needed) in KEYS.items() if needed and key not in facts):
        faults.add(f"{FILE}, {key}", say("the key is missing"))
    for key in ("names", "title"):
        if isinstance(facts.get(key), dict):
            for language in (language for language in LANGUAGES if language not in facts[key]):
                faults.add(f"{FILE}, {key}", say("no text in {language}", language=language))
    for key, parts in PARTS.items():
        for number, entry in enumerate(facts.get(key) or [], 1):
            where = f"{FILE}, {key}, {number}"
            if not isinstance(entry, dict):
                faults.add(where, say("must be {kind}", kind=say(TYPES[dict])))
                continue
            for part in (part for part in parts if part not in entry):
                faults.add(f"{where}, {part}", say("the key is missing"))
