"""People whom quotas settle beyond the baseline: how many work, learn and need places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast.assumptions import Note
from forecast.infrastructure import Facility, need
from forecast.labour import LabourBase
from forecast.simulate import Simulation
from forecast.staying import SETTLED, TABLE
from forecast.tables import PERSONS, PROJECTED, TOTAL
from forecast.tabulate import SCHOOL_AGES
from forecast.words import mark, say
from forecast.words.digits import number

if TYPE_CHECKING:
    from forecast.scenario.levers import Levers

Array = NDArray[np.float64]

COLUMNS = ("region", "year", "stream", "kind", "measure", "value", "unit", "status")
PEOPLE, WORKERS, PUPILS, LEFT, CAME, NEED = (
    "people", "workers", "pupils", "left_again", "came_again", "need",
)  # fmt: skip
MEASURES = {
    PEOPLE: mark("people settled"),
    WORKERS: mark("workers among them"),
    PUPILS: mark("of school age among them"),
    LEFT: mark("people who leave again"),
    CAME: mark("people who come from where they leave again"),
    NEED: mark("need of those settled"),
}
STREAM_WORDS = {"kandas": mark("kandas of the quota"), "resettlers": mark("resettlers")}


def supported_frame(
    simulation: Simulation, labour: LabourBase, facilities: Sequence[Facility]
) -> pd.DataFrame:
    """Tidy: region (with the nation), year (calendar year), stream, kind, measure, value, unit.

    people settled in the year beyond the baseline, the workers (who take part and find work as
    residents of their age, sex and region do) and people of school age among them, the units of
    each kind of facility that they need, and who of those settled earlier leaves the region
    again or comes from where he leaves. A run
    without quotas beyond the baseline has no rows.
    """
    rows: list[tuple[object, ...]] = []
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


def stay_notes(simulation: Simulation, levers: Levers) -> tuple[Note, ...]:
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
