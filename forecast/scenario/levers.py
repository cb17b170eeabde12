"""What policy chooses: the levers of a scenario. The text under a field is its documentation.

Quotas count against what is published: the baseline contains the published places at the
take-up that was observed (norms/settlement), so a lever that repeats them changes nothing.
"""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict

from forecast.scenario.fields import (
    Ages,
    FertilityEffect,
    Level,
    Load,
    Name,
    Number,
    Part,
    ShareChange,
    Shares,
    ShareTriple,
    Stay,
    TakeUp,
    Text,
)
from forecast.scenario.values import Triple


class KandasQuota(Part):
    """Places for ethnic repatriates in the regional quota."""

    places: dict[Name, Level] = {}
    """Places by region and year, persons a year with their families: {region: {year: persons}}.
    Default: as published. Only what differs from the published places at the observed take-up
    is additional: these people come from abroad, and more immigrate into the region."""
    take_up: dict[Name, TakeUp] = {}
    """Persons settled for each place: {region: share}. Default: as observed."""
    stay: Stay | None = None
    """Of those who are additional, the share still there by whole years since arrival: {1: 0.9,
    5: 0.6}. It falls evenly between the years; after the last they leave as others do. Who leaves
    moves on inside the country. Default: norms/retention; without that table all leave as others
    do."""
    source: Text | None = None
    """Where the figures come from."""


class Resettlement(Part):
    """Places for people who resettle inside the country with support."""

    places: dict[Name, Level] = {}
    """Places by region and year, persons a year with their families: {region: {year: persons}}.
    Default: as published. Only what differs from the published places at the observed take-up
    is additional: these people leave the donors."""
    take_up: dict[Name, TakeUp] = {}
    """Persons settled for each place: {region: share}. Default: as observed."""
    donors: Shares | None = None
    """Regions that they leave: {region: share}, with a sum of 1. Default: as people move to the
    region without support."""
    stay: Stay | None = None
    """Of those who are additional, the share still there by whole years since arrival: {1: 0.9,
    5: 0.6}. It falls evenly between the years; after the last they leave as others do. Who leaves
    goes back where they came from. Default: norms/retention; without that table all leave as others
    do."""
    source: Text | None = None
    """Where the figures come from."""


class Memorandum(Part):
    """An agreement between two regions on people who move from one to the other."""

    from_: Name
    """Region that they leave."""
    to: Name
    """Region to which they go."""
    persons: Level
    """Persons a year, of the ages of movers: {year: persons}. All of them are additional to the
    moves of the baseline."""
    source: Text | None = None
    """Where the figures come from."""

    model_config = ConfigDict(alias_generator=lambda name: name.rstrip("_"))


class ForeignLabour(Part):
    """Foreign workers with a permit: they fill jobs and are not residents."""

    permits: Level
    """Permits in force in the nation by calendar year: {year: permits}. Only what differs from
    the published number is counted, and only where residents leave jobs open."""
    source: Text | None = None
    """Where the figures come from."""


class FamilySupport(Part):
    """Support of families and its effect on births."""

    tfr_effect: FertilityEffect
    """Change of the nation's total fertility rate by calendar year, births per woman: {year:
    change}, on top of the path of fertility. Regions keep their ratio to the nation."""
    realised: ShareTriple = Triple(0.0, 1.0, 1.0)
    """Share of the effect that comes true: [low, mode, high], or one number. Draws are taken from
    the triangle of the three; a run without draws uses the mode. Default [0, 1, 1]: studies of
    such support find anything from nothing to the effect that is written here."""
    source: Text | None = None
    """The study that measured the effect."""


class ParticipationChange(Part):
    """A change of participation in the labour force at some ages."""

    regions: tuple[Name, ...] = ()
    """Where it changes: [Karaganda Region]. Default: in every region."""
    sex: Literal["female", "male", "total"] = "total"
    """Whose participation: female, male or total."""
    ages: Ages
    """First and last age, both included: [55, 62]."""
    change: ShareChange
    """Change of the share that takes part, by calendar year: {year: change}; 0.05 is five per
    cent of the people of these ages. No share goes below 0 or above the most that any age
    reaches."""
    source: Text | None = None
    """Where the figures come from."""


class InfrastructureFirst(Part):
    """Infrastructure first, then the move: arrivals wait until there is room."""

    kinds: tuple[Name, ...] = ()
    """Kinds of facilities that must have room: [school_place, dwelling]. Default: those that the
    norms call binding."""
    tolerated_load: Load = 1.0
    """Need that is tolerated for each unit of capacity: 1.2 lets a facility be filled to 120 per
    cent. Holds back people whom growth points and support bring, never free movers. Where a
    region's capacity is not published it holds nobody back, and the run says so."""


class Levers(Part):
    """What policy chooses."""

    kandas_quota: KandasQuota | None = None
    """Ethnic repatriates settled in the regional quota: {places, take_up}."""
    resettlement: Resettlement | None = None
    """Resettlers inside the country: {places, take_up, donors}."""
    memoranda: tuple[Memorandum, ...] = ()
    """Agreements between regions: [{from, to, persons}]."""
    foreign_labour: ForeignLabour | None = None
    """Foreign workers: {permits}."""
    family_support: FamilySupport | None = None
    """Support of families: {tfr_effect}."""
    participation: tuple[ParticipationChange, ...] = ()
    """Participation in the labour force: [{regions, sex, ages, change}]."""
    infrastructure_first: InfrastructureFirst | None = None
    """People come only where there is room: {kinds, tolerated_load}."""
    norms: dict[Name, dict[Name, Number]] = {}
    """Overrides of the norms of facilities: {kind: {column: number}}."""
