"""Every assumption of a run varied alone, and what that does to one result."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.engine import INPUTS
from forecast.errors import Faults, InputError
from forecast.inputs import inputs_of
from forecast.plan import Plan, prepare
from forecast.projection import run_id
from forecast.varied.chosen import answers, internal_level, levers, variants
from forecast.varied.measures import ARRIVALS, DEFAULT, Measure, read_measure
from forecast.varied.norms import norms
from forecast.varied.points import growth_points
from forecast.varied.work import labour_market
from forecast.varied.world import PEOPLE, Assumption, World, by_share
from forecast.words import language, say

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.scenario import Scenario

CHANGE = 10.0  # per cent
LEAST = 1e-9  # of the result: a smaller swing is rounding
COLUMNS = (
    "assumption", "name", "low", "central", "high", "low_variant", "central_variant",
    "high_variant", "unit", "range", "status", "source", "result_low", "result_central",
    "result_high", "swing", "result_unit",
)  # fmt: skip


@dataclass(frozen=True)
class Sensitivity:
    """What each assumption alone does to one result, the strongest first.

    rows    : a row for each assumption that moves the result, see COLUMNS; `low` and `high` are
              numbers, or of a variant the number that stands for it (NaN where none does);
              result_low is the result at the low value, wherever it lies
    measure : what was asked for; words, unit, region_name (empty for arrivals) and when say it
              to a reader
    central : the result of the run as it is
    rule    : how far assumptions are moved, in words
    notes   : what is not varied, and why
    Texts are in the language in which it was made.
    """

    rows: pd.DataFrame
    measure: Measure
    words: str
    unit: str
    region_name: str
    when: str
    central: float
    rule: str
    notes: tuple[str, ...]
    scenario_name: str
    title: str
    run_id: str
    sources: str
    base_year: int

    def frame(self) -> pd.DataFrame:
        """The rows, with what they are about in `attrs`."""
        found = self.rows.copy()
        found.attrs = {
            "scenario": self.scenario_name, "run_id": self.run_id, "measure": self.measure.name,
            "kind": self.measure.kind, "region": self.measure.region, "year": self.measure.year,
            "central": self.central, "unit": self.unit, "rule": self.rule,
        }  # fmt: skip
        return found


@dataclass(frozen=True, repr=False)
class Study:
    """A run and the assumptions that could move one of its results."""

    plan: Plan
    measure: Measure
    world: World
    central: float
    assumptions: tuple[Assumption, ...]
    change: float
    left: tuple[str, ...] = field(default=())

    def carry_out(self, advance: Callable[[str], object] | None = None) -> Sensitivity:
        """Vary each assumption alone; `advance` is told the name of each that is done."""
        rows = []
        for assumption in self.assumptions:
            rows.append(self._row(assumption))
            if advance is not None:
                advance(assumption.name)
        frame = pd.DataFrame(rows, columns=list(COLUMNS))
        noise = LEAST * max(abs(self.central), 1.0)
        frame = frame[frame["swing"] > noise]
        frame = frame.sort_values(
            ["swing", "assumption"], ascending=[False, True], kind="stable", ignore_index=True
        )
        plan, measure, space = self.plan, self.measure, self.plan.dataset.space
        titles: Mapping[str, str] = plan.scenario.title
        return Sensitivity(
            rows=frame,
            measure=measure,
            words=measure.words(plan),
            unit=measure.unit(plan),
            region_name="" if measure.name == ARRIVALS else space.name(measure.region),
            when=measure.when(plan),
            central=self.central,
            rule=_rule(self.change),
            notes=self.left,
            scenario_name=plan.scenario.name,
            title=titles.get(language()) or plan.scenario.name,
            run_id=run_id(inputs_of(plan.scenario, plan.dataset)),
            sources=plan.dataset.sources(INPUTS),
            base_year=plan.years[0],
        )

    def _row(self, one: Assumption) -> dict[str, Any]:
        """The result at both levels; a level that is the central one is not computed again."""
        worlds = [
            self.world if level == one.levels[1] else one.at(self.world, level)
            for level in one.levels
        ]
        results = [self.central if w is self.world else self.measure.value(w) for w in worlds]
        named = isinstance(one.levels[1], str)
        numbers = [
            (math.nan if one.numbers is None else one.numbers(world)) if named else float(level)
            for level, world in zip(one.levels, worlds, strict=True)
        ]
        names = [str(level) if named else "" for level in one.levels]
        return {
            "assumption": one.id, "name": one.name,
            **dict(zip(COLUMNS[2:5], numbers, strict=True)),
            **dict(zip(COLUMNS[5:8], names, strict=True)),
            "unit": one.unit, "range": one.range, "status": one.status, "source": one.source,
            "result_low": results[0], "result_central": results[1], "result_high": results[2],
            "swing": max(results) - min(results), "result_unit": self.measure.unit(self.plan),
        }  # fmt: skip


def study_of(
    scenario: Scenario,
    dataset: Dataset,
    *,
    of: str = DEFAULT,
    region: str | None = None,
    year: int | None = None,
    kind: str | None = None,
    change: float = CHANGE,
    until: int | None = None,
) -> Study:
    """The run of a scenario, and everything that could move one of its results.

    of     : a measure, or measure:kind, see measures.NAMES
    region : by any of its names; the nation without it
    year   : 1 January of a stock, calendar year of a flow; the last one without it
    change : per cent up and down where an assumption has no range of its own
    Raises InputError with every fault, and where the result is not known.
    """
    plan = prepare(scenario, dataset, until=until)
    faults = Faults()
    if not 0 < change < 100:
        faults.add("--change", say("{value} is out of bounds", value=f"{change:g}"),
                   say("write per cent above 0 and below 100"))  # fmt: skip
    measure = None
    try:
        measure = read_measure(plan, of, region=region, year=year, kind=kind)
    except InputError as error:
        faults += error.faults
    if faults or measure is None:
        raise InputError("", faults)
    world = World.of(plan)
    central = measure.value(world)
    if np.isnan(central):
        message = say("it is unknown in {region}: the stock or the cost is not published",
                      region=dataset.space.name(measure.region))  # fmt: skip
        cure = say("ask for {name}", name=f"added_need:{measure.kind}")
        raise InputError("--of", f"{message}; {cure}")
    found, left = _assumptions(plan, measure, change / 100)
    return Study(plan, measure, world, central, tuple(found), change / 100, tuple(left))


def _assumptions(
    plan: Plan, measure: Measure, change: float
) -> tuple[list[Assumption], Sequence[str]]:
    """Those that could move the measure: people move all, labour and norms only their own."""
    space, year = plan.dataset.space, measure.calendar_year(plan)
    kind = measure.kind if measure.name != ARRIVALS else ""
    chosen, left = variants(plan, year)
    every = [
        *chosen,
        *internal_level(plan),
        *answers(plan),
        *growth_points(plan, change),
        *levers(plan, change),
        *labour_market(plan, change, measure.place(space), year),
        *norms(plan, kind, change),
    ]
    return [one for one in every if one.changes in (PEOPLE, measure.room)], left


def _rule(change: float) -> str:
    return say(
        "Each assumption is moved alone within its own range, where it has one (source, scenario, "
        "variants, one standard error); participation by 2 percentage points, the others by "
        "{change} up and down.",
        change=by_share(change).removeprefix("±"),
    )
