"""What a scenario file may say. The text under a field is its documentation.

A field is added here (or in drivers.py, levers.py) and nowhere else: reading, inheritance, the
JSON Schema and the guide follow from it. A key that nothing in a run answers to is not accepted.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict

from forecast.scenario.claims import PlanFigures
from forecast.scenario.drivers import Drivers
from forecast.scenario.fields import (
    NO_CONSTRUCTION,
    NOTHING,
    Amount,
    Cumulative,
    EndingLevel,
    FertilityPath,
    Level,
    LifePath,
    MoveLevel,
    Name,
    NetPath,
    Part,
    PersonsPath,
    PointId,
    Share,
    Shares,
    ShareTriple,
    SignedLevel,
    SlipTriple,
    Switch,
    Text,
    Variant,
    Weights,
    Words,
    Year,
    one_of,
)
from forecast.scenario.levers import Levers
from forecast.scenario.values import Triple


class Delivery(Part):
    """How much of the plan comes, and how late. Without it: all of it, on time."""

    share: ShareTriple = Triple(1.0, 1.0, 1.0)
    """Share of the planned jobs and dwellings that is delivered: [low, mode, high], or one
    number. Draws are taken from the triangle of the three; a run without draws uses the mode."""
    slip_years: SlipTriple = Triple(0.0, 0.0, 0.0)
    """Delay of everything that the point plans, in years: [low, mode, high], or one number."""


class Existing(Part):
    """What stands in the place on 1 January of the base year: it is part of the baseline."""

    jobs: Amount | None = None
    """Jobs that `jobs` counts and that are there already. Default: none."""
    dwellings: Amount | None = None
    """Dwellings that `dwellings` counts and that are there already. Default: none."""
    people: Amount | None = None
    """People who live in the place. Needed where people are the driver, and where the plan's
    population is to be compared with the forecast of the place."""


class GrowthPoint(Part):
    """A place where new jobs, dwellings or people are meant to appear."""

    title: Words | None = None
    """Name of the point in tables and plots: a text, or {en, ru, kk}. Default: its id."""
    region: Name | None = None
    """Region of the jobs: id, national code, or name in English, Russian or Kazakh. Required."""
    homes: Shares | None = None
    """Regions where the workers live, {region: share}, with a sum of 1. Default: the region of
    the jobs."""
    covers: Literal["place", "region"] = "place"
    """What people of the point and its plan are counted of: a place in the region, which grows as
    the region does, or the whole region (a city that is a region)."""
    existing: Existing = Existing()
    """What is there already and therefore in the baseline: {jobs, dwellings, people}. With it,
    the series may be written as the plan publishes them, as totals. Default: nothing."""
    jobs: SignedLevel = NOTHING
    """Permanent jobs, a level: {year: jobs}. A year means from 1 January on; the last value
    holds. The change of a year moves people in the course of that year. The level may fall, and
    below 0 where jobs of the region close that the baseline goes on with, but not by more jobs
    than the region has."""
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
    facilities: dict[Name, Cumulative] = {}
    """What the plan builds for the people whom the point brings, cumulative: {kind: {year: units}},
    for instance {school_place: {2028: 6000}}. A year means ready on its 1 January; delivery holds
    for it too. It moves nobody: with levers.infrastructure_first people come only as it is ready
    (dwellings of the point count as well). What is planned and not built stands in `plan`."""
    people: Level = NOTHING
    """People who are planned to live in the place on 1 January: {year: persons}, for plans that
    publish neither jobs nor dwellings. Takes `existing.people`, or `covers: region`. The place
    grows by itself as its region does; the run brings the people who are missing to the plan, and
    sends nobody away."""
    jobs_count: Literal["all", "direct"] = "all"
    """What the plan counts. all: every job that the point brings, suppliers and shops included.
    direct: only jobs on the site; the jobs of market services (trade, transport, food and the
    like) that live on them come on top by a multiplier, and the notes of the run say which.
    Teachers and doctors are never in it: the norms count them."""
    additional: Share = 1.0
    """Share of the point that the baseline does not contain already. Default 1."""
    local_fill: Share | None = None
    """Share of the jobs that people of the region take who have no work yet. Given here or,
    where it is left out, decided by the run; never both."""
    arrival_profile: Weights = (1.0,)
    """When the workers come: shares for the year of the jobs, the year after, and so on, with a
    sum of 1. Default [1]: all of them in the year of the jobs."""
    observed_origins: Share = 0.5
    """Where the arrivals come from: weight of the moves to the region as they are today; the
    rest comes by gravity (people over distance), because a new place attracts people from where
    few moved before. Default 0.5."""
    driver: Literal["jobs", "dwellings", "people"] = "jobs"
    """What brings people: jobs, or, where the plan publishes no number of jobs, its dwellings or
    its people. One job moves one family once: what is not the driver moves nobody."""
    delivery: Delivery = Delivery()
    """How much of the plan comes, and how late."""
    certainty: Literal["announced", "funded", "building"] | None = None
    """How far the project is, for the reader: announced, funded or building. It changes no
    number."""
    plan: PlanFigures | None = None
    """What the plan itself claims: any figure by name, as a number, a text or {year: number},
    with its source, and `claims`, a list of published numbers with a source each. It changes no
    number. `population: {year: persons}` (1 January) is shown beside the forecast of the place;
    `forecast check --plan` holds the claims against each other and against the forecast."""
    source: Text | None = None
    """Where the figures come from: publisher and address, act with number and date."""


class Fertility(Part):
    """Children per woman in the nation: a variant or a path."""

    model_config = one_of("variant", "tfr")

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

    model_config = one_of("variant", "e0")

    variant: Variant | None = None
    """low, medium or high mortality: high means shorter lives."""
    e0: LifeExpectancy | None = None
    """Life expectancy at birth, {female: {year: years}, male: {year: years}}; regions keep their
    distance to it. Years before the first one follow the medium variant."""


class Streams(Part):
    """Persons a year of single streams of the registered immigration. A stream without a number,
    and years before its first one, follow the medium variant, as does emigration, a rate."""

    kandas_quota: PersonsPath | None = None
    """Kandas who settle in the quota: {year: persons}, for the whole nation; they spread over
    the regions as the published places do. Not beside the lever of the same name."""
    kandas_free: PersonsPath | None = None
    """Kandas who settle where they like: {year: persons}. A status given to somebody who lives
    in the country already is no arrival."""
    labour: PersonsPath | None = None
    """Labour migrants who are registered as residents: {year: persons}. None are published, so
    they are among `other` and what is written here comes on top: lower `other` by those it
    contains. Workers with a permit are no residents: see levers.foreign_labour."""
    students: PersonsPath | None = None
    """Students who are registered as residents: {year: persons}. On top of `other`, as `labour`
    is."""
    other: PersonsPath | None = None
    """All other immigrants: {year: persons}."""


class ExternalMigration(Part):
    """Migration across the border of the nation: a variant, a path, or streams."""

    model_config = one_of("variant", "net", "streams")

    variant: Variant | None = None
    """low, medium or high net migration."""
    net: NetPath | None = None
    """Net migration of the nation by calendar year, persons: immigration less emigration. Years
    before the first one follow the medium variant. It is met in every draw."""
    streams: Streams | None = None
    """Immigrants by stream, {kandas_quota, kandas_free, labour, students, other}, each {year:
    persons}. What is not named follows the medium variant, as does emigration. They are the middle
    of the draws."""


class InternalLevel(Part):
    """Level of migration between regions."""

    variant: MoveLevel = "drawn"
    """level-YEAR: the moves of that observed year; middle: between the first and the last of
    them; drawn: from the last of them towards anywhere between the two, in a run without draws
    towards the middle."""


class Uncertainties(Part):
    """What nobody chooses. Each is replaced whole by a child or an overlay."""

    fertility: Fertility = Fertility(variant="medium")
    """Children per woman: {variant: low | medium | high} or {tfr: {year: births per woman}}."""
    mortality: Mortality = Mortality(variant="medium")
    """{variant: low | medium | high} or {e0: {female: {year: years}, male: {year: years}}}."""
    external_migration: ExternalMigration = ExternalMigration(variant="medium")
    """{variant: low | medium | high}, {net: {year: persons}} or {streams: {stream: {year:
    persons}}}."""
    internal_level: InternalLevel = InternalLevel()
    """{variant: level-YEAR | middle | drawn}."""
    driver_trend: Literal["none", "continued"] = "none"
    """none: without drivers of the scenario moves keep their pattern. continued: the jobs of each
    region, and where enough is published its income, go on growing faster or slower than the
    nation's as in the last five published years, a growth that fades, and people follow."""


class Feedback(Part):
    """What answers to what from year to year. A scenario that moves jobs or people makes labour
    scarce or plentiful and homes short; people follow a year later. Counted against the same run
    without growth points, drivers and levers, so a scenario without any is not changed. A driver
    that the scenario gives itself is not answered to a second time."""

    unemployment: Switch = True
    """Jobs that nobody fills lower unemployment, jobs that are missing raise it."""
    income: Switch = True
    """Pay rises where unemployment falls (the wage curve)."""
    home_value: Switch = True
    """Homes cost more where households grow faster than dwellings."""


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
    drivers: Drivers = Drivers()
    """Changes of jobs, incomes, unemployment and home values against the baseline, by region;
    people follow them a year later."""
    levers: Levers = Levers()
    """What policy chooses."""
    feedback: Feedback = Feedback()
    """Links of the yearly loop, each with a switch: {unemployment, income, home_value}, true or
    false. Default: all of them on."""
    uncertainties: Uncertainties = Uncertainties()
    """What nobody chooses."""

    model_config = ConfigDict(alias_generator=lambda name: name.rstrip("_"))
