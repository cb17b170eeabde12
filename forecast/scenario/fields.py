"""The kinds of value that a key of the language takes: how each is read, and its JSON Schema."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, PlainValidator, WithJsonSchema

from forecast.scenario import values
from forecast.scenario.series import Series
from forecast.scenario.values import FIRST_YEAR, LAST_YEAR, Triple, Wrong, kind_of
from forecast.space import OPEN_AGE
from forecast.words import LANGUAGES, say

NUMBER = {"type": "number"}
AMOUNT = {"type": "number", "minimum": 0, "maximum": values.LARGEST}
SHARE = {"type": "number", "minimum": 0, "maximum": 1}
YEAR = {"type": "integer", "minimum": FIRST_YEAR, "maximum": LAST_YEAR}
YEAR_KEY = r"^(199[0-9]|20[0-9][0-9]|2100)$"
TEXT = {"type": "string", "pattern": r"\S"}
POINT_ID = f"^{values.POINT_ID.pattern}$"
MOST_SLIP = 30  # years
TFR_BOUNDS = (0.5, 10.0)  # births per woman: wider than any country has had
E0_BOUNDS = (20.0, 100.0)  # years
TFR_EFFECT_BOUNDS = (-2.0, 2.0)  # births per woman
MOST_TAKE_UP = 2.0  # persons settled for each place
LOAD_BOUNDS = (1.0, 3.0)  # users for each unit of what a facility is meant for


def by_year(one: dict[str, Any]) -> dict[str, Any]:
    """JSON Schema of {year: value}."""
    return {
        "type": "object",
        "patternProperties": {YEAR_KEY: one},
        "additionalProperties": False,
        "minProperties": 1,
    }


def by_year_or_line(one: dict[str, Any]) -> WithJsonSchema:
    """JSON Schema of a series in its short and its long form."""
    long = {
        "type": "object",
        "properties": {"between": {"enum": ["step", "line"]}, "values": by_year(one)},
        "required": ["values"],
        "additionalProperties": False,
    }
    return WithJsonSchema({"anyOf": [by_year(one), long]})


def _triple(one: dict[str, Any]) -> WithJsonSchema:
    three = {"type": "array", "items": one, "minItems": 3, "maxItems": 3}
    return WithJsonSchema({"anyOf": [one, three]})


def _bounded(low: float, high: float) -> dict[str, Any]:
    return {"type": "number", "minimum": low, "maximum": high}


def _path(one: Any) -> PlainValidator:
    return PlainValidator(partial(values.series, one=one, before=float("nan")))


def switch(value: object) -> bool:
    """Whether a link is on."""
    if isinstance(value, bool):
        return value
    message = say("true or false is needed, found {kind}", kind=kind_of(value))
    raise Wrong(message, say("write true or false"))


_signed_share = partial(values.number, low=-1, high=1)
_tfr_effect = partial(values.number, low=TFR_EFFECT_BOUNDS[0], high=TFR_EFFECT_BOUNDS[1])
_take_up = partial(values.number, low=0, high=MOST_TAKE_UP)
_load = partial(values.number, low=LOAD_BOUNDS[0], high=LOAD_BOUNDS[1])
_slip = partial(values.number, low=0, high=MOST_SLIP)
_tfr = partial(values.number, low=TFR_BOUNDS[0], high=TFR_BOUNDS[1])
_e0 = partial(values.number, low=E0_BOUNDS[0], high=E0_BOUNDS[1])

Text = Annotated[str, PlainValidator(values.text), WithJsonSchema(TEXT)]
Year = Annotated[int, PlainValidator(values.year), WithJsonSchema(YEAR)]
Switch = Annotated[bool, PlainValidator(switch), WithJsonSchema({"type": "boolean"})]
Share = Annotated[float, PlainValidator(values.share), WithJsonSchema(SHARE)]
Amount = Annotated[float, PlainValidator(values.amount), WithJsonSchema(AMOUNT)]
TakeUp = Annotated[float, PlainValidator(_take_up), WithJsonSchema(_bounded(0, MOST_TAKE_UP))]
Load = Annotated[float, PlainValidator(_load), WithJsonSchema(_bounded(*LOAD_BOUNDS))]
Number = Annotated[float, PlainValidator(values.number), WithJsonSchema(NUMBER)]
Name = Annotated[str, PlainValidator(values.name), WithJsonSchema({"type": ["string", "integer"]})]
PointId = Annotated[
    str, PlainValidator(values.point_id), WithJsonSchema({"type": "string", "pattern": POINT_ID})
]
Words = Annotated[
    dict[str, str],
    PlainValidator(values.words),
    WithJsonSchema({"anyOf": [TEXT, {
        "type": "object", "properties": dict.fromkeys(LANGUAGES, TEXT),
        "additionalProperties": False, "minProperties": 1,
    }]}),
]  # fmt: skip
Shares = Annotated[
    dict[str, float],
    PlainValidator(values.shares),
    WithJsonSchema({"type": "object", "additionalProperties": SHARE, "minProperties": 1}),
]
Stay = Annotated[
    dict[int, float],
    PlainValidator(values.stay),
    WithJsonSchema({
        "type": "object", "patternProperties": {"^[1-9][0-9]?$": SHARE},
        "additionalProperties": False, "minProperties": 1,
    }),
]  # fmt: skip
Weights = Annotated[
    tuple[float, ...],
    PlainValidator(values.weights),
    WithJsonSchema({"type": "array", "items": SHARE, "minItems": 1}),
]
Level = Annotated[
    Series, PlainValidator(partial(values.series, one=values.amount)), by_year_or_line(AMOUNT)
]
SignedLevel = Annotated[
    Series, PlainValidator(partial(values.series, one=values.number)), by_year_or_line(NUMBER)
]
ShareChange = Annotated[
    Series,
    PlainValidator(partial(values.series, one=_signed_share)),
    by_year_or_line(_bounded(-1, 1)),
]
FertilityEffect = Annotated[
    Series,
    PlainValidator(partial(values.series, one=_tfr_effect)),
    by_year_or_line(_bounded(*TFR_EFFECT_BOUNDS)),
]
EndingLevel = Annotated[
    Series,
    PlainValidator(partial(values.series, one=values.amount, ends=True)),
    by_year_or_line(AMOUNT),
]
Cumulative = Annotated[
    Series,
    PlainValidator(partial(values.series, one=values.amount, rises=True)),
    by_year_or_line(AMOUNT),
]
FertilityPath = Annotated[Series, _path(_tfr), by_year_or_line(_bounded(*TFR_BOUNDS))]
LifePath = Annotated[Series, _path(_e0), by_year_or_line(_bounded(*E0_BOUNDS))]
NetPath = Annotated[Series, _path(values.number), by_year_or_line(NUMBER)]
PersonsPath = Annotated[Series, _path(values.amount), by_year_or_line(AMOUNT)]
ShareTriple = Annotated[
    Triple, PlainValidator(partial(values.triple, one=values.share)), _triple(SHARE)
]
SlipTriple = Annotated[
    Triple, PlainValidator(partial(values.triple, one=_slip)), _triple(_bounded(0, MOST_SLIP))
]
MoveLevel = Annotated[
    str,
    PlainValidator(values.level),
    WithJsonSchema({"type": "string", "pattern": f"^({values.LEVEL})$"}),
]
Ages = Annotated[
    tuple[int, int],
    PlainValidator(values.ages),
    WithJsonSchema({
        "type": "array", "minItems": 2, "maxItems": 2,
        "items": {"type": "integer", "minimum": 0, "maximum": OPEN_AGE},
    }),
]  # fmt: skip
Variant = Literal["low", "medium", "high"]

NOTHING = Series()
NO_CONSTRUCTION = Series(ends=True)


def one_of(*keys: str) -> ConfigDict:
    """Exactly one of the keys, for editors; a run checks it in check.py."""
    return ConfigDict(json_schema_extra={"oneOf": [{"required": [key]} for key in keys]})


class Part(BaseModel):
    """A part of the language: no key that is not written here, no change after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
