"""What a scenario file may say. The text under a field is its documentation.

A field is added here and nowhere else: reading, inheritance, the JSON Schema and the guide
follow from it. A key that nothing in a run answers to is not accepted.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, PlainValidator, WithJsonSchema

from forecast.scenario import values
from forecast.scenario.series import Series
from forecast.scenario.values import FIRST_YEAR, LAST_YEAR, Triple
from forecast.words import LANGUAGES

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


def _by_year(one: dict[str, Any]) -> dict[str, Any]:
    """JSON Schema of {year: value}."""
    return {
        "type": "object",
        "patternProperties": {YEAR_KEY: one},
        "additionalProperties": False,
        "minProperties": 1,
    }


def _series(one: dict[str, Any]) -> WithJsonSchema:
    """JSON Schema of a series in its short and its long form."""
    long = {
        "type": "object",
        "properties": {"between": {"enum": ["step", "line"]}, "values": _by_year(one)},
        "required": ["values"],
        "additionalProperties": False,
    }
    return WithJsonSchema({"anyOf": [_by_year(one), long]})


def _triple(one: dict[str, Any]) -> WithJsonSchema:
    three = {"type": "array", "items": one, "minItems": 3, "maxItems": 3}
    return WithJsonSchema({"anyOf": [one, three]})


def _bounded(low: float, high: float) -> dict[str, Any]:
    return {"type": "number", "minimum": low, "maximum": high}


def _path(one: Any) -> PlainValidator:
    return PlainValidator(partial(values.series, one=one, before=float("nan")))


_slip = partial(values.number, low=0, high=MOST_SLIP)
_tfr = partial(values.number, low=TFR_BOUNDS[0], high=TFR_BOUNDS[1])
_e0 = partial(values.number, low=E0_BOUNDS[0], high=E0_BOUNDS[1])

Text = Annotated[str, PlainValidator(values.text), WithJsonSchema(TEXT)]
Year = Annotated[int, PlainValidator(values.year), WithJsonSchema(YEAR)]
Share = Annotated[float, PlainValidator(values.share), WithJsonSchema(SHARE)]
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
Weights = Annotated[
    tuple[float, ...],
    PlainValidator(values.weights),
    WithJsonSchema({"type": "array", "items": SHARE, "minItems": 1}),
]
Level = Annotated[
    Series, PlainValidator(partial(values.series, one=values.amount)), _series(AMOUNT)
]
EndingLevel = Annotated[
    Series,
    PlainValidator(partial(values.series, one=values.amount, ends=True)),
    _series(AMOUNT),
]
Cumulative = Annotated[
    Series,
    PlainValidator(partial(values.series, one=values.amount, rises=True)),
    _series(AMOUNT),
]
FertilityPath = Annotated[Series, _path(_tfr), _series(_bounded(*TFR_BOUNDS))]
LifePath = Annotated[Series, _path(_e0), _series(_bounded(*E0_BOUNDS))]
NetPath = Annotated[Series, _path(values.number), _series(NUMBER)]
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
PlanFigures = Annotated[
    dict[str, Any],
    PlainValidator(values.plan),
    WithJsonSchema({
        "type": "object", "minProperties": 1,
        "additionalProperties": {"anyOf": [NUMBER, TEXT, _by_year(NUMBER)]},
    }),
]  # fmt: skip
Variant = Literal["low", "medium", "high"]

NOTHING = Series()
NO_CONSTRUCTION = Series(ends=True)


def _one_of(*keys: str) -> ConfigDict:
    """Exactly one of the keys, for editors; a run checks it in check.py."""
    return ConfigDict(json_schema_extra={"oneOf": [{"required": [key]} for key in keys]})


class Part(BaseModel):
    """A part of the language: no key that is not written here, no change after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Delivery(Part):
    """How much of the plan comes, and how late. Without it: all of it, on time."""

    share: ShareTriple = Triple(1.0, 1.0, 1.0)
    """Share of the planned jobs and dwellings that is delivered: [low, mode, high], or one
    number. Draws are taken from the triangle of the three; a run without draws uses the mode."""
    slip_years: SlipTriple = Triple(0.0, 0.0, 0.0)
    """Delay of everything that the point plans, in years: [low, mode, high], or one number."""


class GrowthPoint(Part):
    """A place where new jobs or dwellings are meant to appear."""

    title: Words | None = None
    """Name of the point in tables and plots: a text, or {en, ru, kk}. Default: its id."""
    region: Name | None = None
    """Region of the jobs: id, national code, or name in English, Russian or Kazakh. Required."""
    homes: Shares | None = None
    """Regions where the workers live, {region: share}, with a sum of 1. Default: the region of
    the jobs."""
    jobs: Level = NOTHING
    """Permanent jobs, a level above the baseline: {year: jobs}. A year means from 1 January on;
    the last value holds. The change of a year moves people in the course of that year."""
    sectors: Shares | None = None
    """Sections of activity of the permanent jobs, {section: share}, with a sum of 1: a letter
    (C), a name (Manufacturing), or one of the three sectors. Default: as the employment of the
    region of the jobs in the base year."""
    construction_jobs: EndingLevel = NO_CONSTRUCTION
    """Construction workers on the site, a level: {year: workers}. The last value holds for its
    own calendar year; from the next 1 January on there are none. They live in camps and bring
    no family."""
    dwellings: Cumulative = NOTHING
    """Dwellings completed since the start, cumulative: {year: dwellings}. Must not fall."""
    additional: Share = 1.0
    """Share of the point that the baseline does not contain already. Default 1."""
    local_fill: Share | None = None
    """Share of the jobs that people of the region take who have no work yet. Given here or,
    where it is left out, decided by the run; never both."""
    arrival_profile: Weights = (1.0,)
    """When the workers come: shares for the year of the jobs, the year after, and so on, with a
    sum of 1. Default [1]: all of them in the year of the jobs."""
    driver: Literal["jobs", "dwellings"] = "jobs"
    """What brings people: jobs, or dwellings where the plan publishes no number of jobs."""
    delivery: Delivery = Delivery()
    """How much of the plan comes, and how late."""
    certainty: Literal["announced", "funded", "building"] | None = None
    """How far the project is, for the reader. It changes no number."""
    plan: PlanFigures | None = None
    """What the plan itself claims, for comparison with the forecast: any figure by name, as a
    number, a text or {year: number}, with its source. It changes no number."""
    source: Text | None = None
    """Where the figures come from: publisher and address, act with number and date."""


class Fertility(Part):
    """Children per woman in the nation: a variant or a path."""

    model_config = _one_of("variant", "tfr")

    variant: Variant | None = None
    """low, medium or high."""
    tfr: FertilityPath | None = None
    """Total fertility rate of the nation by calendar year, births per woman; regions keep their
    ratio to it. Years before the first one follow the medium variant."""


class LifeExpectancy(Part):
    """Life expectancy at birth of the nation by sex and calendar year, years."""

    female: LifePath
    """Women: {year: years}."""
    male: LifePath
    """Men: {year: years}."""


class Mortality(Part):
    """Mortality of the nation: a variant or a path of life expectancy."""

    model_config = _one_of("variant", "e0")

    variant: Variant | None = None
    """low, medium or high mortality: high means shorter lives."""
    e0: LifeExpectancy | None = None
    """Life expectancy at birth, {female: {year: years}, male: {year: years}}; regions keep their
    distance to it. Years before the first one follow the medium variant."""


class ExternalMigration(Part):
    """Migration across the border of the nation: a variant or a path."""

    model_config = _one_of("variant", "net")

    variant: Variant | None = None
    """low, medium or high net migration."""
    net: NetPath | None = None
    """Net migration of the nation by calendar year, persons: immigration less emigration. Years
    before the first one follow the medium variant."""


class InternalLevel(Part):
    """Level of migration between regions."""

    variant: MoveLevel = "drawn"
    """level-YEAR: the moves of that observed year; middle: between the first and the last of
    them; drawn: between these two, in a run without draws the middle."""


class Uncertainties(Part):
    """What nobody chooses. Each is replaced whole by a child or an overlay."""

    fertility: Fertility = Fertility(variant="medium")
    """Children per woman: {variant: low | medium | high} or {tfr: {year: births per woman}}."""
    mortality: Mortality = Mortality(variant="medium")
    """{variant: low | medium | high} or {e0: {female: {year: years}, male: {year: years}}}."""
    external_migration: ExternalMigration = ExternalMigration(variant="medium")
    """{variant: low | medium | high} or {net: {year: persons}}."""
    internal_level: InternalLevel = InternalLevel()
    """{variant: level-YEAR | middle | drawn}."""


class Levers(Part):
    """What policy chooses."""

    norms: dict[Name, dict[Name, Number]] = {}
    """Overrides of the norms of facilities: {kind: {column: number}}."""


# Levers of the language that no room answers to yet: refused by name, never ignored.
LATER_LEVERS = (
    "kandas_quota", "resettlement", "memoranda", "foreign_labour", "family_support",
    "participation", "infrastructure_first",
)  # fmt: skip


class ScenarioFile(Part):
    """One file. A scenario extends another one or stands alone; an overlay does neither."""

    title: Words | None = None
    """Title in tables and reports: a text, or {en, ru, kk}. Default: the name of the file."""
    description: Words | None = None
    """What the scenario is about and where its figures come from."""
    extends: Text | None = None
    """The one parent, by name or path. What is written here wins."""
    with_: tuple[Text, ...] = ()
    """Overlays, by name or path. Two that set one key differently are refused; what is written
    here wins over them."""
    until: Year | None = None
    """Last calendar year of the run. Inherited from the parent; required where there is none."""
    growth_points: dict[PointId, GrowthPoint | None] = {}
    """Growth points by id (small letters, digits, dashes). Inherited ones add up; a key that is
    written again is replaced; null removes the point."""
    levers: Levers = Levers()
    """What policy chooses."""
    uncertainties: Uncertainties = Uncertainties()
    """What nobody chooses."""

    model_config = ConfigDict(alias_generator=lambda name: name.rstrip("_"))
