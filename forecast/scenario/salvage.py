"""What can still be read of a scenario that has faults.

A wrong number must not hide a wrong region: what is sound is read all the same, so that a
dataset can be asked about it and all faults of a file are told at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from pydantic import ValidationError

from forecast.errors import Fault
from forecast.scenario.compose import Composition
from forecast.scenario.scenario import Scenario, build
from forecast.scenario.schema import ScenarioFile
from forecast.scenario.values import LAST_YEAR

ROUNDS = 50  # each takes away what is wrong; a tree is never so deep


def salvage(name: str, composition: Composition) -> Scenario | None:
    """The scenario without the values that are at fault; None where nothing is left."""
    tree = deepcopy(composition.tree())
    for _ in range(ROUNDS):
        try:
            ScenarioFile.model_validate(tree)
            break
        except ValidationError as error:
            for each in error.errors(include_url=False):
                if not _take_away(tree, [part for part in each["loc"] if part != "[key]"]):
                    return None
    else:
        return None
    tree.setdefault("until", LAST_YEAR)
    return build(name, composition, tree)


def _take_away(tree: Any, path: list[Any]) -> bool:
    """Remove the value at a path, or the nearest one above it that is there."""
    inside = tree
    for depth, key in enumerate(path):
        last = depth == len(path) - 1
        try:
            found = inside[key]
        except (KeyError, IndexError, TypeError):  # a key that is missing: what holds it goes
            return depth > 0 and _take_away(tree, path[:depth])
        if last or not isinstance(found, dict | list):
            del inside[key]
            return True
        inside = found
    return False


def in_file_order(faults: Iterable[Fault]) -> list[Fault]:
    """Faults without repetition, file by file as they come, from top to bottom."""
    once = list(dict.fromkeys(faults))
    files: dict[str, int] = {}

    def rank(fault: Fault) -> tuple[int, int]:
        file, _, rest = fault.where.partition(":")
        line = rest.split(":")[0]
        place = files.setdefault(file, len(files))
        return place, int(line) if line.isdigit() else 0

    return sorted(once, key=rank)
