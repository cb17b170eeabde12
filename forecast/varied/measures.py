"""The result that is asked for: its name, region and year, and how it is read off a world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast import tables
from forecast.engine import needs_of
from forecast.errors import Faults, InputError, did_you_mean
from forecast.infrastructure.needs import MEASURES as NEED_WORDS
from forecast.labour.deficit import MEASURES as LABOUR_WORDS
from forecast.migration.directed import Directed
from forecast.migration.growth_point import Moves
from forecast.plan import Plan
from forecast.report.wording import date, years
from forecast.scenario.places import region_of
from forecast.scenario.read import Keys
from forecast.space import Space
from forecast.tables import JOBS, PERSONS
from forecast.tabulate import COMPONENTS
from forecast.varied.world import LABOUR, NEEDS, PEOPLE, World
from forecast.words import language, mark, say

DEFAULT = "labour_deficit"
POPULATION, ARRIVALS = "population", "arrivals"
NETS = {  # under the words of the command
    "natural": tables.NETS["natural_increase"],
    "internal": tables.NETS["net_internal_migration"],
    "external": tables.NETS["net_external_migration"],
    "net_migration": tables.NETS["net_migration"],
}
NET_WORDS = {
    "natural": mark("natural increase"),
    "internal": mark("net internal migration"),
    "external": mark("net external migration"),
    "net_migration": mark("net migration"),
}
# what may be asked of a facility: the measure of the table
OF_FACILITY = {
    "users": "users",
    "need": "need",
    "added_need": "added_need",
    "gap": "gap",
    "cost": "cost_central",
    "added_cost": "added_cost_central",
}
FLOWS = (*COMPONENTS, *NETS)
NAMES = (POPULATION, "net_migration", *(name for name in FLOWS if name != "net_migration"),
         *LABOUR_WORDS, *OF_FACILITY, ARRIVALS)  # fmt: skip


@dataclass(frozen=True)
class Measure:
    """One number of a run.

    name   : of NAMES
    kind   : facility, or growth point of arrivals (empty: all of them)
    region : id, or that of the nation
    year   : 1 January of a stock, calendar year of a flow, last year of arrivals, which are
             counted from the first year of the run on
    """

    name: str
    kind: str
    region: str
    year: int

    @property
    def room(self) -> str:
        """What must change for it to change: people, labour or needs."""
        if self.name in LABOUR_WORDS:
            return LABOUR
        return NEEDS if self.name in OF_FACILITY else PEOPLE

    @property
    def of_1_january(self) -> bool:
        return self.name == POPULATION or self.name in OF_FACILITY

    def place(self, space: Space) -> int | None:
        """Position of the region; None is the nation."""
        return None if self.region == space.nation else space.positions[self.region]

    def calendar_year(self, plan: Plan) -> int:
        """The last calendar year of the run that counts for it."""
        return min(self.year, plan.years[-1])

    def value(self, world: World) -> float:
        """The number in a world; NaN where it is unknown."""
        simulation, space = world.simulation, world.plan.dataset.space
        place = self.place(space)
        if self.name in OF_FACILITY:
            frame = needs_of(world.plan, simulation)
            chosen = frame[
                (frame["kind"] == self.kind) & (frame["measure"] == OF_FACILITY[self.name])
                & (frame["year"] == self.year) & (frame["region"] == self.region)
            ]  # fmt: skip
            return float(chosen["value"].iloc[0])
        if self.name == POPULATION:
            at = simulation.stock_years.index(self.year)
            people = simulation.population[at, ..., 0].sum(axis=(0, 1))
        elif self.name == ARRIVALS:
            return self._arrivals(world)
        elif self.name in LABOUR_WORDS:
            people = self._labour(world)
        else:
            people = self._moved(world)
        return float(people.sum() if place is None else people[place])

    def _labour(self, world: World) -> np.ndarray:
        """(region,) a measure of the labour balance."""
        balance = world.simulation.labour[world.simulation.years.index(self.year)]
        values = {
            "labour_force": balance.labour_force, "labour_supply": balance.supply,
            "labour_demand": balance.demand.sum(axis=1), "labour_deficit": balance.deficit,
            "unemployed": balance.unemployed, "camp_workers": balance.camp,
            "foreign_workers": balance.foreign, "unnamed_workers": balance.unnamed,
        }[self.name]  # fmt: skip
        return values.reshape(len(values), -1)[:, 0]

    def _moved(self, world: World) -> np.ndarray:
        """(region,) a component of the change of population, or a net of several."""
        plus, minus = NETS.get(self.name, ((self.name,), ()))
        parts = [component(world, name, self.year) for name in plus]
        parts += [-component(world, name, self.year) for name in minus]
        return np.sum(parts, axis=0)

    def _arrivals(self, world: World) -> float:
        simulation = world.simulation
        points = [point.id for point in simulation.points]
        chosen = [place for place, name in enumerate(points) if self.kind in ("", name)]
        last = simulation.years.index(self.year) + 1
        return float(sum(moves.arrivals[chosen, 0].sum() for moves in simulation.moves[:last]))

    def unit(self, plan: Plan) -> str:
        """The unit in the language of now."""
        if self.name in OF_FACILITY:
            (facility,) = (each for each in plan.facilities if each.kind == self.kind)
            if "cost" in self.name:
                return facility.cost_unit
            own = facility.units.get(language(), facility.unit)
            return say(PERSONS) if self.name == "users" else own
        if self.name in ("labour_supply", "labour_demand", "labour_deficit"):
            return say(JOBS)
        return say(PERSONS)

    def words(self, plan: Plan) -> str:
        """What it is, in the language of now."""
        if self.name in OF_FACILITY:
            (facility,) = (each for each in plan.facilities if each.kind == self.kind)
            return f"{facility.name}: {say(NEED_WORDS[OF_FACILITY[self.name]])}"
        if self.name == ARRIVALS:
            if not self.kind:
                return say("arrivals at growth points")
            point = plan.scenario.growth_points[self.kind]
            return f"{(point.title or {}).get(language(), self.kind)}: {say('arrivals')}"
        known = {**COMPONENTS, **NET_WORDS, **LABOUR_WORDS, POPULATION: mark("population")}
        return say(known[self.name])

    def when(self, plan: Plan) -> str:
        """Its date or calendar years, in the language of now."""
        if self.name == ARRIVALS:
            return years(plan.years[0], self.year)
        return date(self.year) if self.of_1_january else str(self.year)


def component(world: World, name: str, year: int) -> np.ndarray:
    """(region,) persons of a component in a calendar year, as in the table `components`."""
    simulation = world.simulation
    at = simulation.years.index(year)
    called, _, way = name.rpartition("_")
    extra: dict[str, Sequence[Moves | Directed]] = {
        "growth_point": simulation.moves,
        "support": [year.inside for year in simulation.support],
    }
    if called not in extra:
        values = getattr(simulation.changes[at], name)
    elif not extra[called]:
        return np.zeros(len(simulation.space))
    else:
        values = extra[called][at].additions if way == "in" else extra[called][at].removals
    return np.asarray(values.reshape(-1, *values.shape[-2:]).sum(axis=0)[:, 0])


def read_measure(
    plan: Plan, of: str, *, region: str | None, year: int | None, kind: str | None
) -> Measure:
    """The measure of some words; `name:kind` names a facility or a growth point.

    Raises InputError with every fault, each with the nearest that there is.
    """
    faults, space = Faults(), plan.dataset.space
    name, _, inside = of.strip().partition(":")
    if kind is not None and inside and kind != inside:
        faults.add("--kind", say("'{one}' and '{other}' are two kinds", one=inside, other=kind),
                   say("name one"))  # fmt: skip
    kind = inside or kind or ""
    if name not in NAMES:
        faults.add("--of", say("no measure '{name}'", name=name),
                   did_you_mean(name, NAMES, listed=len(NAMES)))  # fmt: skip
    else:
        _check_kind(plan, name, kind, faults)
    where = space.nation if region is None else _region(space, region, faults)
    if name == ARRIVALS and where != space.nation:
        faults.add("--region", say("arrivals are those of a growth point, wherever they live"),
                   say("leave it out"))  # fmt: skip
    found = Measure(name, kind, where, 0)
    last = plan.years[-1] + found.of_1_january
    if year is not None and not plan.years[0] <= year <= last and name in NAMES:
        faults.add("--year", say("{year} is not within {first}-{last}", year=year,
                                 first=plan.years[0], last=last))  # fmt: skip
    if faults:
        raise InputError("", faults)
    return Measure(name, kind, where, last if year is None else year)


def _check_kind(plan: Plan, name: str, kind: str, faults: Faults) -> None:
    """The kind of facility or the growth point that a measure needs, may have, or cannot have."""
    known: Sequence[str] = ()
    if name in OF_FACILITY:
        known = [facility.kind for facility in plan.facilities]
        if not kind:
            faults.add("--of", say("'{name}' is that of a kind of facility", name=name),
                       say("write for instance {example}", example=f"{name}:{known[0]}")
                       + "; " + say("known: {names}", names=", ".join(known)))  # fmt: skip
        elif kind not in known:
            faults.add("--of", say("no kind of facility '{name}'", name=kind),
                       did_you_mean(kind, known))  # fmt: skip
    elif name == ARRIVALS:
        known = list(plan.scenario.growth_points)
        if not known:
            faults.add("--of", say("the scenario has no growth point, so nobody arrives at one"))
        elif kind and kind not in known:
            faults.add("--of", say("no growth point '{name}'", name=kind),
                       did_you_mean(kind, known))  # fmt: skip
    elif kind:
        faults.add("--of", say("'{name}' has no kinds", name=name), say("leave '{kind}' out",
                   kind=kind))  # fmt: skip


def _region(space: Space, word: str, faults: Faults) -> str:
    def tell(keys: Keys, message: str, cure: str = "") -> None:
        faults.add("--region", message, cure)

    return region_of(word, space, (), tell, nation=True)
