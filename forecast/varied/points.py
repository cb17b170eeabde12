"""Growth points as assumptions: what is delivered, how late, who fills the jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from forecast.plan import Plan
from forecast.scenario.values import Triple
from forecast.varied.world import Assumption, World, around, by_share, said_range
from forecast.words import language, mark, say

if TYPE_CHECKING:
    from forecast.scenario.schema import GrowthPoint

SHARES = {  # keys of a growth point that are shares of 1
    "additional": mark("{point}: share that the baseline does not contain"),
    "local_fill": mark("{point}: jobs filled by people of the region"),
}
DELIVERY = {
    "share": (mark("{point}: share of the plan that is delivered"), mark("share")),
    "slip_years": (mark("{point}: delay, years"), mark("years")),
}


def growth_points(plan: Plan, change: float) -> Iterator[Assumption]:
    """Delivery of every point between the ends of its triangle, and its shares."""
    for name, point in plan.scenario.growth_points.items():
        if not (point.jobs or point.dwellings or point.people or point.construction_jobs):
            continue  # nothing is planned that could come
        title = (point.title or {}).get(language(), name)
        source = point.source or say("sources of the scenario")
        for key, (word, unit) in DELIVERY.items():
            triple: Triple = getattr(point.delivery, key)
            if triple.low < triple.high:
                yield Assumption(
                    id=f"growth_points.{name}.delivery.{key}",
                    name=say(word, point=title),
                    levels=(triple.low, triple.mode, triple.high),
                    at=_delivered(name, key),
                    unit=say(unit),
                    status="assumption",
                    source=source,
                    range=said_range(),
                )
        for key, word in SHARES.items():
            if not _counts(point, key):
                continue
            value = float(getattr(point, key) or 0.0)
            yield Assumption(
                id=f"growth_points.{name}.{key}",
                name=say(word, point=title),
                levels=around(value, change, 0.0, 1.0, from_zero=True),
                at=_with(name, key),
                unit=say("share"),
                status="assumption",
                source=source,
                range=by_share(change),
            )


def _counts(point: GrowthPoint, key: str) -> bool:
    """Whether a run answers to the key: jobs alone are filled by people of the region."""
    return key != "local_fill" or bool(point.jobs)


def _delivered(name: str, key: str) -> Callable[[World, float | str], World]:
    def at(world: World, value: float | str) -> World:
        delivery = world.plan.scenario.growth_points[name].delivery
        only = Triple(float(value), float(value), float(value))
        return world.with_point(name, delivery=delivery.model_copy(update={key: only}))

    return at


def _with(name: str, key: str) -> Callable[[World, float | str], World]:
    def at(world: World, value: float | str) -> World:
        return world.with_point(name, **{key: float(value)})

    return at
