"""People whom quotas settle: those whom the baseline contains, and what those beyond it need.

The baseline contains the published places at the observed take-up. Its kandas are a stream of
immigration, its resettlers a part of the moves between regions: they relabel arrivals and add
nobody. So in every region and year

    component internal_in             = contained resettlers + contained people without support
    stream kandas_quota (immigration) = contained kandas + kandas settled beyond the baseline
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.assumptions import Note
from forecast.immigration import QUOTA, streams_of
from forecast.infrastructure import Facility, need
from forecast.infrastructure.stock import weakest
from forecast.labour import LabourBase
from forecast.observed_flows import flow_status
from forecast.policy import ASSUMPTION, QuotaPath, quota_path
from forecast.policy import TABLE as NORMS
from forecast.simulate import Simulation
from forecast.staying import KANDAS, RESETTLERS, SETTLED, TABLE
from forecast.tables import PERSONS, PROJECTED, TOTAL, UNKNOWN
from forecast.tabulate import SCHOOL_AGES
from forecast.words import mark, say
from forecast.words.digits import number

if TYPE_CHECKING:
    from forecast.assumptions import Assumptions
    from forecast.dataset.package import Dataset
    from forecast.scenario import Scenario
    from forecast.scenario.levers import Levers

Array = NDArray[np.float64]

COLUMNS = ("region", "year", "stream", "kind", "measure", "value", "unit", "status")
PLACES, TAKEN, CONTAINED = "places", "taken", "contained"
PEOPLE, WORKERS, PUPILS, LEFT, CAME, NEED = (
    "people", "workers", "pupils", "left_again", "came_again", "need",
)  # fmt: skip
MEASURES = {
    PLACES: mark("places of the quota"),
    TAKEN: mark("people who take them"),
    CONTAINED: mark("arrivals that the baseline contains"),
    PEOPLE: mark("people settled beyond the baseline"),
    WORKERS: mark("workers among them"),
    PUPILS: mark("of school age among them"),
    LEFT: mark("people who leave again"),
    CAME: mark("people who come from where they leave again"),
    NEED: mark("need of those settled"),
}
UNSUPPORTED = "unsupported"
STREAM_WORDS = {
    KANDAS: mark("kandas of the quota"),
    RESETTLERS: mark("resettlers"),
    UNSUPPORTED: mark("people who move without support"),
}
LEVERS = {KANDAS: "kandas_quota", RESETTLERS: "resettlement"}
Row = tuple[str, int, str, str, str, float, str, str]  # COLUMNS


class Contained(NamedTuple):
    """What a run knows of the quota.

    quotas  : {stream of SETTLED: its places, and those whom the baseline contains}
    streams : (stream, year, region) immigrants of the baseline; None where not known
    moves   : status of the moves between regions
    persons : the scenario names the kandas of the quota as persons, whatever the places
    """

    quotas: Mapping[str, QuotaPath]
    streams: Array | None
    moves: str
    persons: bool = False


def contained_of(
    scenario: Scenario, dataset: Dataset, assumptions: Assumptions
) -> Contained | None:
    """The quota of a run; None where the package publishes no places."""
    if NORMS not in dataset.tables:
        return None
    years, levers = assumptions.years, scenario.levers
    quotas = {
        stream: quota_path(getattr(levers, lever), stream, dataset, years)
        for stream, lever in LEVERS.items()
    }
    said = scenario.uncertainties.external_migration.streams
    persons = said is not None and said.kandas_quota is not None
    return Contained(quotas, assumptions.streams, flow_status(dataset), persons)


def supported_frame(
    simulation: Simulation,
    labour: LabourBase,
    facilities: Sequence[Facility],
    contained: Contained | None = None,
) -> pd.DataFrame:
    """Tidy: region (with the nation), year (calendar year), stream, kind, measure, value, unit.

    Of every region with a quota: its places, who takes them, and the arrivals among the components
    internal_in and immigration that are people of the quota. Of the people settled in the year
    beyond the baseline: the workers (who take part and find work as residents of their age, sex
    and region do) and people of school age among them, the units of each kind of facility that
    they need, and who of those settled earlier leaves the region again or comes from where he
    leaves; without quotas beyond the baseline there are no such rows.
    """
    rows = [] if contained is None else list(_quota_rows(simulation, contained))
    space = simulation.space
    for year, support in zip(simulation.years, simulation.support, strict=False):
        working = labour.participation_in(year) * (1 - labour.unemployment)
        for place, stream in enumerate(SETTLED):
            came = getattr(support.arrived, stream)[..., 0]  # (sex, age, region)
            left, back = np.zeros((2, len(space)))
            if support.again is not None:
                left, back = support.again.left[place, :, 0], support.again.came[place, :, 0]
            values = {
                PEOPLE: came.sum(axis=(0, 1)),
                WORKERS: (came * working).sum(axis=(0, 1)),
                PUPILS: came[:, SCHOOL_AGES[0] : SCHOOL_AGES[1] + 1].sum(axis=(0, 1)),
                LEFT: left,
                CAME: back,
            }
            told = [(TOTAL, measure, value, PERSONS) for measure, value in values.items()]
            told += [(facility.kind, NEED, need(facility, came), facility.unit)
                     for facility in facilities]  # fmt: skip
            if not (came.any() or left.any()):
                continue
            for kind, measure, value, unit in told:
                regions = zip((*space.ids, space.nation), [*value, value.sum()], strict=True)
                rows += [(region, year, stream, kind, measure, float(one), unit, PROJECTED)
                         for region, one in regions]  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _quota_rows(simulation: Simulation, contained: Contained) -> Iterator[Row]:
    """Places, who takes them, and the arrivals that the baseline contains, by stream."""
    inside = np.stack([c.internal_in[..., 0].sum(axis=(0, 1)) for c in simulation.changes])
    for place, stream in enumerate(SETTLED):
        quota = contained.quotas[stream]
        there = ~np.isnan(quota.places)  # (year, region)
        known, before = quota.statuses
        taken = quota.before + _of_support(simulation, place, beyond=True, shape=inside.shape)
        told = np.where(np.isnan(taken), UNKNOWN, before)
        if stream == KANDAS and contained.persons:
            taken, told = np.full_like(taken, np.nan), np.full_like(told, UNKNOWN)
        yield from _rows(simulation, stream, PLACES, quota.places, known, there)
        yield from _rows(simulation, stream, TAKEN, taken, told, there)
        if stream == RESETTLERS:
            among = np.where(there, np.minimum(quota.before, inside), 0.0)  # nobody where no quota
            weaker = np.vectorize(weakest, otypes=[object])(before, contained.moves)
            yield from _rows(simulation, stream, CONTAINED, among, weaker, there)
            status = np.where(there & (among != 0), weaker, contained.moves)
            everywhere = np.full_like(there, there.any())
            yield from _rows(simulation, UNSUPPORTED, CONTAINED, inside - among, status, everywhere)
        elif contained.streams is not None:
            came = streams_of(simulation, contained.streams)[QUOTA]
            came = came - _of_support(simulation, place, beyond=False, shape=inside.shape)
            status = np.full(came.shape, PROJECTED, dtype=object)
            yield from _rows(simulation, stream, CONTAINED, came, status, there | (came != 0))


def _of_support(
    simulation: Simulation, place: int, *, beyond: bool, shape: tuple[int, ...]
) -> Array:
    """(year, region) whom levers settle of a stream: those who come, or less those who do not."""
    if not simulation.support:
        return np.zeros(shape)
    return np.stack([
        year.beyond[place, :, 0] if beyond
        else getattr(year.arrived, SETTLED[place])[..., 0].sum(axis=(0, 1))
        for year in simulation.support
    ])  # fmt: skip


def _rows(
    simulation: Simulation, stream: str, measure: str, values: Array,
    statuses: NDArray[np.object_], there: NDArray[np.bool_],
) -> Iterator[Row]:  # fmt: skip
    """Rows of the regions that are there, and their sum as the nation; (year, region) all."""
    space = simulation.space
    for year, value, status, here in zip(simulation.years, values, statuses, there, strict=True):
        if not here.any():
            continue
        found = [(space.ids[at], value[at], status[at]) for at in np.flatnonzero(here)]
        found.append((space.nation, value[here].sum(), weakest(*status[here])))
        for region, one, called in found:
            yield region, year, stream, TOTAL, measure, float(one), PERSONS, called


def settler_notes(simulation: Simulation, levers: Levers, frame: pd.DataFrame) -> tuple[Note, ...]:
    """Whom of the quota the baseline contains, and what came of those beyond it, in words.

    frame : the rows of `supported_frame`
    """
    return (*_contained_notes(simulation, frame), *_stay_notes(simulation, levers))


def _contained_notes(simulation: Simulation, frame: pd.DataFrame) -> tuple[Note, ...]:
    """What is known of the people of the quota who are in the baseline; none without a quota."""
    rows = frame[(frame["measure"] == CONTAINED) & (frame["region"] == simulation.space.nation)
                 & (frame["year"] == simulation.years[0])].set_index("stream")["value"]  # fmt: skip
    resettlers, kandas = (float(rows.get(stream, np.nan)) for stream in (RESETTLERS, KANDAS))
    if np.isnan(resettlers) or np.isnan(kandas):
        return ()
    text = say(
        "In {year} {resettlers} of the arrivals from other regions are resettlers: the published "
        "places at the observed take-up. They are part of the moves, as the {kandas} kandas of the "
        "quota are of immigration, and add nobody. Where resettlers come from and who of them "
        "leaves again is not published: they come and leave as other movers do.",
        year=simulation.years[0], resettlers=number(resettlers), kandas=number(kandas),
    )  # fmt: skip
    return (Note(say("Settlers in the baseline"), text, NORMS, ASSUMPTION),)


def _stay_notes(simulation: Simulation, levers: Levers) -> tuple[Note, ...]:
    """What came of the people whom quotas settled, in words; none where all stay as others do."""
    last = simulation.years[-1]
    again = [support.again for support in simulation.support if support.again is not None]
    came = sum(
        float(getattr(support.arrived, stream)[..., 0].sum())
        for support in simulation.support for stream in SETTLED
    )  # fmt: skip
    if not again or not came:
        return ()
    text = say(
        "Of {n} people whom quotas bring beyond the baseline until {year}, {left} leave again by "
        "then on top of those who move as others do. Resettlers go back to where they came from, "
        "kandas move on inside the country.",
        n=number(came), left=number(sum(float(year.left[..., 0].sum()) for year in again)),
        year=last,
    )  # fmt: skip
    quotas = [quota for quota in (levers.kandas_quota, levers.resettlement) if quota is not None]
    written = [quota.source or say("levers of the scenario") for quota in quotas if quota.stay]
    table = [TABLE] if any(quota.stay is None for quota in quotas) else []
    sources = ", ".join(dict.fromkeys([*written, *table]))
    return (Note(say("Stay of settlers"), text, sources, "assumption"),)
