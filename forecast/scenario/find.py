"""Where scenarios are found by name: the folder of now, then the shipped ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from forecast.errors import did_you_mean, nearest
from forecast.resources import shipped
from forecast.words import say

SUFFIXES = (".yml", ".yaml")
FOLDER = "scenarios"
LISTED = 20  # names in a message
JOIN = "+"  # between a scenario and the overlays that are laid over it


def folders(folder: Path | str | None = None, beside: Path | None = None) -> list[Path]:
    """The folders that are searched, in order; those that do not exist are left out.

    folder : instead of ./scenarios
    beside : a file that names another one: its own folder comes first
    """
    wanted = [] if beside is None else [beside.parent]
    wanted += [Path(folder) if folder is not None else Path(FOLDER), shipped(FOLDER)]
    found: dict[Path, Path] = {}
    for place in wanted:
        if place.is_dir():
            found.setdefault(place.resolve(), place)
    return list(found.values())


def names(places: Sequence[Path]) -> dict[str, Path]:
    """Every scenario by name; a name in an earlier folder hides the same name in a later one."""
    found: dict[str, Path] = {}
    for place in places:
        for path in sorted(place.iterdir()):
            if path.suffix in SUFFIXES and path.is_file() and not path.name.startswith("."):
                found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def is_path(word: str | Path) -> bool:
    """Whether a word is a path to a file, not the name of a scenario."""
    return isinstance(word, Path) or "/" in word or "\\" in word or word.endswith(SUFFIXES)


def plain_name(word: str | Path) -> str:
    """The name of a scenario without folders and endings: plans/a.yml+b is a+b."""
    parts = str(word).split(JOIN) if joined(word) else [str(word)]
    return JOIN.join(Path(part).name.removesuffix(".yml").removesuffix(".yaml") for part in parts)


def joined(word: str | Path) -> bool:
    """Whether a word names a scenario with overlays, NAME+OVERLAY."""
    return isinstance(word, str) and JOIN in word.strip(JOIN)


def find(word: str | Path, places: Sequence[Path], beside: Path | None = None) -> Path | None:
    """The file of a name or path, or None.

    A relative path may start at the file `beside`, here, or in one of the places, so that a
    planner's file may take in the shipped points/NAME.yml; its ending may be left out.

    A file that extends its own name means the next one of that name: a planner's baseline.yml
    may extend the shipped one.
    """
    if is_path(word):
        starts = [*([] if beside is None else [beside.parent]), Path(), *places]
        tried = (start / f"{word}{end}" for start in starts for end in ("", *SUFFIXES))
        return next((path for path in tried if path.exists()), None)
    itself = None if beside is None else beside.resolve()
    for place in places:
        for suffix in SUFFIXES:
            path = place / f"{word}{suffix}"
            if word and path.is_file() and path.resolve() != itself:
                return path
    return None


def missing(word: str | Path, places: Sequence[Path]) -> tuple[str, str]:
    """The message and the cure for a scenario that is not found."""
    if is_path(word):
        return say("there is no file '{name}'", name=word), say(
            "'forecast list' names the scenarios"
        )
    known = list(names(places))
    message = say("there is no scenario '{name}'", name=word)
    cure = did_you_mean(str(word), known, listed=LISTED)
    if nearest(str(word), known) is not None:
        listed = ", ".join(known[:LISTED]) + (", ..." if len(known) > LISTED else "")
        cure += " " + say("known: {names}", names=listed)
    return message, cure


def shown(path: Path) -> str:
    """A file as messages name it: scenarios/NAME where shipped, else from the folder of now."""
    full, ours, here = path.resolve(), shipped(FOLDER).resolve(), Path.cwd().resolve()
    if full.is_relative_to(ours):  # the same name on every machine
        return (Path(FOLDER) / full.relative_to(ours)).as_posix()
    return full.relative_to(here).as_posix() if full.is_relative_to(here) else path.as_posix()
