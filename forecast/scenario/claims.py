"""What the plan of a growth point claims: figures by name, and claims with a source each.

Several official numbers of one measure may stand side by side; the audit (`forecast.audit`) holds
them against each other. A claim changes no number of a run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import PlainValidator, ValidationError, WithJsonSchema

from forecast.errors import did_you_mean
from forecast.scenario.fields import NUMBER, TEXT, Amount, Part, Text, Year, by_year
from forecast.scenario.measures import MEASURES
from forecast.scenario.series import tidy
from forecast.scenario.values import SHORT, Key, Wrong, each, kind_of, name, number, text, year
from forecast.scenario.values import Part as Fault
from forecast.words import say

CLAIMS = "claims"


def _measure(value: object) -> str:
    """One of the measures that the audit knows."""
    if isinstance(value, str) and value in MEASURES:
        return value
    message = say("there is no measure '{name}'", name=str(value)[:SHORT])
    raise Wrong(message, did_you_mean(str(value), MEASURES, listed=len(MEASURES)))


Measure = Annotated[str, PlainValidator(_measure), WithJsonSchema({"enum": list(MEASURES)})]


class Claim(Part):
    """One published number of a plan. Several of one measure and year may stand side by side."""

    measure: Measure
    """What is counted."""
    year: Year
    """The year that the number is of."""
    value: Amount
    """The number itself: persons, jobs, dwellings, places, beds, visits per shift or m2."""
    source: Text | None = None
    """Where the number is published: publisher and address, act with number and date. Default: the
    source of the plan; one of the two is required."""
    scope: Text | None = None
    """What the number is of, where that is not the whole place: a zone, the city without its
    villages. It is not held against the people of the whole place."""
    part: Text | None = None
    """Name of a part of the place. The parts of one source, measure and year are added up and held
    against the whole."""
    added_since: Year | None = None
    """The number counts what is added since this year, not all that stands. Stages that follow
    each other are added up."""


def plan(value: object) -> dict[str, Any]:
    """What the plan itself claims: a number, a text or values by year under any name, and claims.

    One name means something to a run: `population` is compared with the forecast. Names of
    measures with values by year are read as claims.
    """
    if not isinstance(value, Mapping) or not value:
        raise Wrong(say("figures by name are needed, found {kind}", kind=kind_of(value)),
                    say("write them as {population: {2030: 1000}, source: ...}"))  # fmt: skip
    plain = {key: inside for key, inside in value.items() if key != CLAIMS}
    found: dict[str, Any]
    found, parts = each(plain, name, _figure)
    claimed = found.get("population")
    if claimed is not None and not isinstance(claimed, dict):
        shown = tidy(claimed) if isinstance(claimed, float) else claimed
        message = say("values by year are needed, found {kind}", kind=kind_of(shown))
        parts.append(Fault(("population",), message, say("write them as {2027: 100, 2030: 400}")))
    for measure in MEASURES:
        by_when = found.get(measure)
        for when, amount in by_when.items() if isinstance(by_when, dict) else ():
            if amount < 0:
                message = say("{value} is negative", value=tidy(amount))
                parts.append(Fault((measure, when), message, say("write 0 or more")))
    if CLAIMS in value:
        found[CLAIMS], more = _claims(value[CLAIMS], sourced="source" in value)
        parts += more
    if parts:
        raise Wrong(parts)
    return found


PlanFigures = Annotated[
    dict[str, Any],
    PlainValidator(plan),
    WithJsonSchema({
        "type": "object", "minProperties": 1,
        "properties": {
            CLAIMS: {"type": "array", "minItems": 1, "items": Claim.model_json_schema()}
        },
        "additionalProperties": {"anyOf": [NUMBER, TEXT, by_year(NUMBER)]},
    }),
]  # fmt: skip


def _figure(value: object) -> str | float | dict[int, float]:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        found, parts = each(value, year, number)
        if parts:
            raise Wrong(parts)
        return found
    return number(value)


def _claims(value: object, *, sourced: bool) -> tuple[list[dict[str, Any]], list[Fault]]:
    """Every claim of the list as plain data, and what is wrong with the others."""
    if not isinstance(value, list) or not value:
        message = say("a list of claims is needed, found {kind}", kind=kind_of(value))
        cure = say("write '- {measure: jobs, year: 2030, value: 1000, source: ...}' lines below it")
        return [], [Fault((CLAIMS,), message, cure)]
    found: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for place, one in enumerate(value):
        at: tuple[Key, ...] = (CLAIMS, place)
        try:
            claim = Claim.model_validate(one)
        except ValidationError as error:
            faults += [fault for each in error.errors() for fault in _wrong(dict(each), at)]
            continue
        if claim.source is None and not sourced:
            message = say("'{key}' is missing", key="source")
            faults.append(Fault(at, message, say("add it, or 'source: ...' in the plan")))
        if claim.added_since is not None and claim.added_since >= claim.year:
            message = say("{since} is not before {year}", since=claim.added_since, year=claim.year)
            faults.append(Fault((*at, "added_since"), message, say("write an earlier year")))
        found.append(claim.model_dump(exclude_none=True))
    return found, faults


def _wrong(error: Mapping[str, Any], at: tuple[Key, ...]) -> Iterator[Fault]:
    """One complaint of pydantic about a claim in a planner's words."""
    keys = (*at, *error["loc"])
    reason = error.get("ctx", {}).get("error")
    if isinstance(reason, Wrong):
        yield from (fault._replace(below=(*keys, *fault.below)) for fault in reason.parts)
    elif error["type"] == "missing":
        yield Fault(at, say("'{key}' is missing", key=keys[-1]), say("add it"))
    elif error["loc"]:
        known = tuple(Claim.model_fields)
        message = say("unknown key '{name}'", name=keys[-1])
        yield Fault(keys, message, did_you_mean(str(keys[-1]), known))
    else:
        message = say("a map of keys is needed, found {kind}", kind=kind_of(error["input"]))
        yield Fault(at, message, say("write {measure: jobs, year: 2030, value: 1000, source: ...}"))
