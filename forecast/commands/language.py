"""`forecast schema` and `forecast init`: the scenario language for editors and for beginners."""

from __future__ import annotations

import json
from pathlib import Path

import click

from forecast import api
from forecast.errors import InputError, nearest
from forecast.scenario import find
from forecast.shell import tell
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
    if path.exists():
        message = say("the file is there already and is left as it is")
        raise InputError(path, message + "; " + say("choose another name"))
    shipped = find.names(find.folders())
    if path.stem in shipped:
        message = say("a scenario of this name is there already: {file}",
                      file=find.shown(shipped[path.stem]))  # fmt: skip
        raise InputError("", message + "; " + say("choose another name"))
    dataset = api.load_dataset(data)
    space = dataset.space
    place = space.regions[0]
    if region is not None:
        try:
            place = space.regions[space.positions[space.resolve(region)]]
        except InputError as error:
            raise InputError("--region", str(error)) from None
    text = template(path.stem, place.name, [one.name for one in space.regions], dataset.base_year)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        message = say("the file cannot be written ({reason})", reason=error.strerror or error)
        raise InputError(path, message) from error
    tell(say("Written to {folder}", folder=path))
    word = path.stem if path.parent == Path(find.FOLDER) else path
    tell(say("Next: {command}", command=f"forecast check {word}, forecast run {word}"))


def _path(name: str) -> Path:
    """NAME.yml in ./scenarios where there is such a folder, else here; a path stays a path."""
    if not name.strip() or name != name.strip() or "\0" in name or find.JOIN in name:
        raise InputError("", say("'{name}' cannot be the name of a scenario", name=name))
    path = Path(name)
    if path.suffix not in find.SUFFIXES:
        near = nearest(path.suffix, find.SUFFIXES) if path.suffix else None
        if near is not None:
            raise InputError(path, say("did you mean '{near}'?", near=path.with_suffix(near).name))
        path = path.with_name(path.name + find.SUFFIXES[0])
    if not find.is_path(name) and Path(find.FOLDER).is_dir():
        path = Path(find.FOLDER) / path
    return path
