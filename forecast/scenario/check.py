"""What is wrong with a scenario: the structure of each file, then what the files say together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from forecast.errors import Fault, did_you_mean, nearest
from forecast.scenario.compose import Composition
from forecast.scenario.drivers import Drivers
from forecast.scenario.fields import Part
from forecast.scenario.levers import Levers
from forecast.scenario.read import Keys, Source
from forecast.scenario.schema import Feedback, GrowthPoint, ScenarioFile, Uncertainties
from forecast.scenario.values import Wrong, kind_of
from forecast.words import say

Found = tuple[Keys, str, str]  # key path, message, cure
DRIVERS = ("jobs", "dwellings", "people")  # what may bring people
DRIVES = (*DRIVERS, "construction_jobs")


def structure(source: Source) -> list[Found]:
    """Faults of one file: unknown keys and values that cannot be read."""
    try:
        ScenarioFile.model_validate(source.tree)
    except ValidationError as error:
        return [found for each in error.errors(include_url=False) for found in _found(dict(each))]
    return []


def _found(error: Mapping[str, Any]) -> Iterator[Found]:
    """One complaint of pydantic in a planner's words."""
    keys: Keys = tuple(key for key in error["loc"] if key != "[key]")
    kind, value = error["type"], error["input"]
    reason = error.get("ctx", {}).get("error")
    if isinstance(reason, Wrong):
        for part in reason.parts:
            yield (*keys, *part.below), part.message, part.cure
    elif kind in ("extra_forbidden", "invalid_key"):
        yield _unknown(keys)
    elif kind == "missing":
        yield keys[:-1], say("'{key}' is missing", key=keys[-1]), say("add it")
    elif kind == "literal_error":
        known = _choices(keys)
        message = say("'{word}' is none of the choices", word=value)
        if not isinstance(value, str):
            message = say("a word is needed, found {kind}", kind=kind_of(value))
        yield keys, message, say("write one of: {names}", names=", ".join(known))
    elif kind in ("model_type", "dict_type", "model_attributes_type"):
        message = say("a map of keys is needed, found {kind}", kind=kind_of(value))
        yield keys, message, say("write 'key: value' lines below it, indented by two spaces")
    elif kind in ("tuple_type", "list_type"):
        message = say("a list is needed, found {kind}", kind=kind_of(value))
        yield keys, message, say("write it as [one, two]")
    else:
        yield keys, say("this cannot be read: {reason}", reason=error["msg"]), ""


def _unknown(keys: Keys) -> Found:
    """An unknown key: where it belongs, which one is near, or that it is not there yet."""
    name, above = str(keys[-1]), keys[:-1]
    known = _known(_model(above))
    message = say("unknown key '{name}'", name=name)
    if nearest(name, known) is None:
        for model, place in (
            (GrowthPoint, "growth_points.ID"),
            (Uncertainties, "uncertainties"),
            (Levers, "levers"),
            (Drivers, "drivers"),
            (Feedback, "feedback"),
            (ScenarioFile, ""),
        ):
            if name in _known(model):
                cure = say("it belongs under '{place}'", place=place)
                return keys, message, cure if place else say("it belongs at the left margin")
    return keys, message, did_you_mean(name, known, listed=20)


@cache
def _known(model: type[Part]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _model(keys: Keys) -> type[Part]:
    """The model that reads the map at `keys`."""
    model: type[Part] = ScenarioFile
    for key in keys:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if key in fields:
            model = next(_models(fields[key].annotation), model)
    return model


def _models(annotation: Any) -> Iterator[type[Part]]:
    """The models within an annotation such as dict[str, GrowthPoint | None]."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation  # type: ignore[misc]
    for inside in get_args(annotation):
        yield from _models(inside)


def _choices(keys: Keys) -> list[str]:
    """The words that a key with a choice takes."""
    field = next(
        field for name, field in _model(keys[:-1]).model_fields.items()
        if (field.alias or name) == keys[-1]
    )  # fmt: skip
    return [str(word) for word in _words(field.annotation)]


def _words(annotation: Any) -> Iterator[Any]:
    for inside in get_args(annotation):
        if isinstance(inside, str):
            yield inside
        else:
            yield from _words(inside)


def together(composition: Composition) -> list[Fault]:
    """Faults of what the files say together: what is missing, what contradicts itself.

    Only the presence of keys is looked at, so that nothing is said twice of a value that
    cannot be read.
    """
    tree = composition.tree()
    found: list[Found] = []
    if "until" not in tree and composition.whole:
        found.append((
            (), say("'until' is missing"),
            say("write 'extends: baseline', or 'until: 2030'; an overlay has neither and is named"
                " in 'with' of a scenario"),
        ))  # fmt: skip
    points = tree.get("growth_points")
    for name, point in points.items() if isinstance(points, Mapping) else ():
        if isinstance(point, Mapping):
            found += _point(("growth_points", name), point, composition)
    uncertain = tree.get("uncertainties")
    for name, written in uncertain.items() if isinstance(uncertain, Mapping) else ():
        keys: Keys = ("uncertainties", name)
        if isinstance(written, Mapping) and _model(keys) is not Uncertainties:
            found += _one_way(keys, written)
    found += _streams(tree)
    return [Fault(composition.where(keys), message, cure) for keys, message, cure in found]


def _point(keys: Keys, point: Mapping[str, Any], composition: Composition) -> Iterator[Found]:
    faulty = (at for source in composition.sources.values() for at, _, _ in source.faults)
    empty = {at[:length] for at in faulty for length in range(len(keys), len(at) + 1)} - {keys}
    if "region" not in point and composition.whole and (*keys, "region") not in empty:
        yield keys, say("'region' is missing"), say("write where the jobs are: 'region: NAME'")
    if any((*keys, key) in empty for key in (*DRIVES, "plan")) or not composition.whole:
        return
    driver = point.get("driver", "jobs")
    others = [key for key in DRIVERS if key in point and key != driver]
    if driver in DRIVERS and driver not in point and (driver != "jobs" or others):
        cure = say("write '{key}: {{2027: 100}}', or remove the driver", key=driver)
        if others:
            cure = say("write 'driver: {other}', or give '{key}'", other=others[0], key=driver)
        message = say("the driver is '{key}', and no '{key}' are given", key=driver)
        yield (*keys, "driver") if "driver" in point else keys, message, cure
    elif not any(key in point for key in (*DRIVES, "plan")):
        yield (keys, say("the growth point has no jobs, no dwellings, no people and no plan"),
               say("write 'jobs: {2027: 100}'"))  # fmt: skip
    existing = point.get("existing")
    lives_there = isinstance(existing, Mapping) and "people" in existing
    known = lives_there or point.get("covers") == "region" or (*keys, "existing") in empty
    homes = point.get("homes")
    here = isinstance(homes, Mapping) and list(homes) == [point.get("region")]
    if driver == "people" and homes is not None and not here:
        message = say("people who are the driver live in the place, in no other region")
        yield (*keys, "homes"), message, say("remove the key")
    if point.get("covers") == "region" and lives_there:
        message = say("the people of a whole region are known")
        yield (*keys, "existing", "people"), message, say("remove the key")
    if "people" in point and not known:
        yield ((*keys, "people"), say("how many people live there already is not given"),
               say("write 'existing: {people: 50000}', the people of 1 January of the base year"),
               )  # fmt: skip


def _one_way(keys: Keys, written: Mapping[str, Any]) -> Iterator[Found]:
    """An uncertainty is a variant or a path: exactly one."""
    ways = _known(_model(keys))
    given = [way for way in ways if way in written]
    if len(given) > 1:
        names = say(" and ").join(f"'{way}'" for way in given)
        yield keys, say("{names} exclude each other", names=names), say("keep one of them")
    elif not written:
        yield keys, say("there is no value"), say("write one of: {names}", names=", ".join(ways))


def _streams(tree: Mapping[str, Any]) -> Iterator[Found]:
    """Streams of immigration that say nothing, or what a lever says too."""
    keys: Keys = ("uncertainties", "external_migration", "streams")
    written: Any = tree
    for key in keys:
        written = written.get(key) if isinstance(written, Mapping) else None
    if not isinstance(written, Mapping):
        return
    if not written:
        names = ", ".join(_known(_model(keys)))
        yield keys, say("there is no value"), say("write one of: {names}", names=names)
    levers = tree.get("levers")
    if "kandas_quota" in written and isinstance(levers, Mapping) and "kandas_quota" in levers:
        both = say(" and ").join(("'kandas_quota'", "'levers.kandas_quota'"))
        message = say("{names} exclude each other", names=both)
        yield (*keys, "kandas_quota"), message, say("keep one of them")
