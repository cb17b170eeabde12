"""`forecast schema` and `forecast init`: the scenario language for editors and for beginners."""

from __future__ import annotations

import json
from pathlib import Path
from shlex import quote

import click

from forecast import api
from forecast.errors import Fault, InputError, nearest
from forecast.scenario import find
from forecast.scenario.places import region_of
from forecast.scenario.read import Keys
from forecast.shell import tell
from forecast.space import Region, Space
from forecast.words import say


def print_schema(*, guide: bool = False) -> None:
    """The JSON Schema of a scenario file, or the reference of the language as Markdown."""
    from forecast.scenario.reference import json_schema, reference_markdown

    if guide:
        click.echo(reference_markdown().rstrip("\n"))
    else:
        click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


def init(name: str, *, data: str | None = None, region: str | None = None) -> None:
    """Write a commented scenario file that runs as it is."""
    from forecast.scenario.template import template

    path = _path(name)
    try:
        there = path.exists()
    except OSError as error:  # a name that no disk takes
        raise InputError("", _cannot_write(error)) from error
    if there:
        message = say("the file is there already and is left as it is")
        raise InputError(path, message + "; " + say("choose another name"))
    shipped = find.names(find.folders())
    if path.stem in shipped:
        message = say("a scenario of this name is there already: {file}",
                      file=find.shown(shipped[path.stem]))  # fmt: skip
        raise InputError("", message + "; " + say("choose another name"))
    dataset = api.load_dataset(data)
    space = dataset.space
    place = space.regions[0] if region is None else _region(region, space)
    text = template(path.stem, place.name, [one.name for one in space.regions], dataset.base_year)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise InputError(path, _cannot_write(error)) from error
    tell(say("Written: {file}", file=path))
    word = quote(path.stem if path.parent == Path(find.FOLDER) else str(path))
    tell(say("Next: {command}", command=f"forecast check {word}, forecast run {word}"))


def _cannot_write(error: OSError) -> str:
    return say("the file cannot be written ({reason})", reason=error.strerror or error)


def _path(name: str) -> Path:
    """scenarios/NAME.yml, where scenarios are found by name; a path stays a path."""
    plain = name.strip()
    odd = not plain or plain != name or set(name) & set('\\\0\n\t"<>|*?:') or find.JOIN in name
    if odd or Path(name).name.startswith((".", "-")):
        message = say("'{name}' cannot be the name of a scenario", name=name)
        raise InputError("", message + "; " + say("write letters, digits and dashes: my-plant"))
    path = Path(name)
    if path.suffix not in find.SUFFIXES:
        near = nearest(path.suffix, find.SUFFIXES) if path.suffix else None
        if near is not None:
            raise InputError(path, say("did you mean '{near}'?", near=path.with_suffix(near).name))
        path = path.with_name(path.name + find.SUFFIXES[0])
    return path if find.is_path(name) else Path(find.FOLDER) / path


def _region(word: str, space: Space) -> Region:
    def refuse(keys: Keys, message: str, cure: str = "") -> None:
        raise InputError("", [Fault("--region", message, cure)])

    return space.regions[space.positions[region_of(word, space, (), refuse)]]
