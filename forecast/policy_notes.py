"""What the levers of a scenario did, and what is odd about them, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecast.assumptions import Assumptions, Note
from forecast.infrastructure.gate import Gate
from forecast.policy import LEGAL_SHARE, PERMITS, by_year, more_permits, permits_of
from forecast.relocation import Supported, Surroundings
from forecast.simulate import Simulation
from forecast.space import Space
from forecast.words import mark, say
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.scenario.levers import Levers

AGAINST = mark(
    "The baseline contains the published places at the observed take-up; {n} persons in {year} are "
    "additional."
)


def policy_notes(levers: Levers, simulation: Simulation, around: Surroundings) -> tuple[Note, ...]:
    """What the levers did, in words."""
    last = simulation.years[-1]
    told: list[tuple[str, str, object]] = []  # subject, text, lever
    if simulation.support:
        told += _moving_notes(levers, simulation.support[-1], last)
    if around.permits is not None:
        text = say(
            "{n} foreign workers in {year} beyond the published permits; they fill jobs that "
            "residents leave open.", n=number(around.permits[-1], signed=True), year=last,
        )  # fmt: skip
        told.append((say("Foreign labour"), text, levers.foreign_labour))
    if levers.family_support is not None:
        support = levers.family_support
        effect = support.tfr_effect.at(last) * support.realised.mode
        text = say(
            "The total fertility rate is {n} births per woman from its path in {year}.",
            n=number(effect, 2, signed=True), year=last,
        )  # fmt: skip
        told.append((say("Family support"), text, levers.family_support))
    if levers.participation:
        text = say("Participation in the labour force changes at the ages that the scenario names.")
        told.append((say("Participation"), text, levers.participation[0]))
    if around.gate is not None:
        told.append((say("Infrastructure first"), _gate_text(around.gate, simulation.space), None))
    otherwise = say("levers of the scenario")
    return tuple(
        Note(subject, text, getattr(lever, "source", None) or otherwise, "assumption")
        for subject, text, lever in told
    )


def _moving_notes(levers: Levers, moved: Supported, last: int) -> list[tuple[str, str, object]]:
    told: list[tuple[str, str, object]] = []
    if levers.kandas_quota is not None:
        n = number(float(moved.immigrants[..., 0].sum()), signed=True)
        told.append((say("Kandas quota"), say(AGAINST, n=n, year=last), levers.kandas_quota))
    if levers.resettlement is not None:
        n = number(float(moved.families[0]), signed=True)
        told.append((say("Resettlement"), say(AGAINST, n=n, year=last), levers.resettlement))
    if levers.memoranda:
        text = say(
            "{n} persons move in {year} under agreements between regions, on top of the baseline.",
            n=number(float(moved.movers[0])), year=last,
        )  # fmt: skip
        told.append((say("Memoranda"), text, levers.memoranda[0]))
    return told


def unmet_support(simulation: Simulation, assumptions: Assumptions) -> list[str]:
    """A warning where levers ask for people who are nowhere to be found or have no room."""
    support = assumptions.support
    held = float(simulation.held[..., 0].sum())
    if support is not None and held >= 1:
        text = say("{n} people whom quotas, resettlement and agreements would bring have no room "
                   "and stay where they are", n=number(held))  # fmt: skip
        return [text]
    if support is None:
        return []
    asked = support.families.sum() + support.movers.sum()
    moved = sum(float(m.families[0] + m.movers[0]) for m in simulation.support)
    if abs(asked - moved) <= 1:
        return []
    text = say(
        "resettlement and agreements ask for {n} people who are nowhere to be found",
        n=number(float(asked - moved)),
    )  # fmt: skip
    return [text]


def _gate_text(door: Gate, space: Space) -> str:
    names = ", ".join(facility.name for facility in door.facilities)
    text = say(
        "People whom growth points and support bring come only where there is room: {kinds}. Free "
        "movers are not held back.", kinds=names or say("none"),
    )  # fmt: skip
    unknown = [
        f"{facility.name} ({int(np.isnan(held[:, 0]).sum())}/{len(space)})"
        for facility, held in zip(door.facilities, door.capacity, strict=True)
        if np.isnan(held).any()
    ]
    if unknown:
        text += " " + say(
            "A capacity that is not published holds nobody back (regions without one): {kinds}.",
            kinds=", ".join(unknown),
        )  # fmt: skip
    return text


def permits_beyond_the_law(levers: Levers, dataset: Dataset, simulation: Simulation) -> list[str]:
    """A warning where a lever gives more permits than the law admits."""
    years = simulation.years
    more = more_permits(levers, dataset, years)
    if more is None or not by_year(dataset, PERMITS, dataset.nation, LEGAL_SHARE):
        return []
    legal, published = permits_of(dataset, years)
    force = np.array([float(year.labour_force[..., 0].sum()) for year in simulation.labour])
    share = (published + more) / force
    beyond = np.flatnonzero(share > legal + 1e-12)
    if not len(beyond):
        return []
    first = int(beyond[0])
    text = say(
        "foreign_labour gives {permits} permits in {year}, {share} of the labour force; the law "
        "admits {legal}",
        permits=number(float(published[first] + more[first])), year=years[first],
        share=per_cent(100 * float(share[first]), 2), legal=per_cent(100 * float(legal[first]), 2),
    )  # fmt: skip
    return [text]
