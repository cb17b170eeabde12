"""The audit of every growth point of a run, in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from forecast.audit.against import forecasts, growths, measure_of, needs, run_of, share_of_nation
from forecast.audit.findings import Finding, frame_of, ordered
from forecast.audit.observed import Fastest, Largest, fastest, largest
from forecast.audit.ratios import Ratio, load_ratios
from forecast.audit.stated import statements, unread
from forecast.audit.within import Place, falling, ratios, same_measure
from forecast.infrastructure import Facility
from forecast.simulate import Simulation
from forecast.tables import UNKNOWN

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.scenario.schema import GrowthPoint


def audit(
    points: Mapping[str, GrowthPoint],
    simulation: Simulation,
    facilities: Sequence[Facility],
    dataset: Dataset,
) -> tuple[Finding, ...]:
    """What the audit finds in the plans of the growth points, the worst first.

    points : the growth points of the bound scenario, those of the simulation; one without a plan
             is left out
    """
    if not any(point.plan for point in points.values()):
        return ()
    fast, most = dataset.once("audit", lambda: (fastest(dataset), largest(dataset)))
    norms = load_ratios(dataset)
    found: list[Finding] = []
    for number, point in enumerate(simulation.points):
        written = points[point.id]
        if written.plan:
            place = Place(point.id, simulation.space.ids[point.region])
            found += _of_point(place, written, simulation, number, facilities, (norms, fast, most))
    return ordered(found)


def _of_point(
    place: Place,
    written: GrowthPoint,
    simulation: Simulation,
    number: int,
    facilities: Sequence[Facility],
    known: tuple[tuple[Ratio, ...], Fastest | None, Largest | None],
) -> list[Finding]:
    norms, fast, most = known
    stated, run = statements(written), run_of(simulation, number)
    kinds = [measure_of(facility) for facility in facilities]
    return [
        *same_measure(place, stated),
        *ratios(place, stated, norms, run.first),
        *needs(place, stated, facilities, run),
        *forecasts(place, stated, facilities, run),
        *growths(place, stated, run, fast),
        *falling(place, stated, kinds),
        *share_of_nation(place, stated, run, most),
        *(Finding(*place, "unread", name, run.first, UNKNOWN) for name in unread(written)),
    ]


def audit_frame(
    points: Mapping[str, GrowthPoint],
    simulation: Simulation,
    facilities: Sequence[Facility],
    dataset: Dataset,
) -> pd.DataFrame:
    """The findings of `audit` as the table of a run; empty where no point has a plan."""
    return frame_of(audit(points, simulation, facilities, dataset))
