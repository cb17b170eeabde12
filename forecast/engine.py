"""One run from inputs to result: bind, assume, simulate, tabulate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecast import baseline, growth, ledger, policy, policy_notes, summary, tabulate
from forecast.assumptions import Assumptions, Note
from forecast.audit import audit_frame, population_by_year
from forecast.draws import Draws
from forecast.ensemble import Ensemble, Setting, run_draws
from forecast.errors import Fault, InputError, RunError
from forecast.feedback import feedback_notes, feedback_record
from forecast.gains import empty_response, response_frame
from forecast.gap import gap_frame
from forecast.held import refuse_draws
from forecast.immigration import immigration_frame
from forecast.infrastructure import load_capacities, load_flows, needs_frame, orders_frame
from forecast.infrastructure.notes import infrastructure_notes, order_notes
from forecast.inputs import inputs_of, versions
from forecast.labour import labour_frame
from forecast.labour.notes import labour_notes
from forecast.later import LaterTables, Maker
from forecast.lifetables import life_table_frame
from forecast.observed_flows import compared_years, flow_status
from forecast.plan import Plan, large_points, prepare
from forecast.projection import Projection, run_id
from forecast.run_notes import answers, draws_note, notes_frame, stale_notes
from forecast.safe_arrivals import safe_arrivals_frame
from forecast.simulate import Simulation
from forecast.supported import Contained, contained_of, settler_notes, supported_frame
from forecast.uncertain import COMPONENTS
from forecast.urban import has_shares, settlement_of, urban_draws, urban_notes
from forecast.words import LANGUAGES, language, say, speaking
from forecast.workforce import Workforce, workforce

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.scenario import Scenario
    from forecast.scenario.read import Keys

Array = NDArray[np.float64]

ENOUGH = 200  # draws that tell the variance of one component
INPUTS = (  # tables whose publishers stand below every figure
    "population",
    "tfr",
    "life_expectancy",
    "vital_events",
    "internal_migration",
    "labour_force",
    "un_indicators",
)


def project(
    scenario: Scenario,
    dataset: Dataset,
    *,
    until: int | None = None,
    draws: Draws | None = None,
    workers: int = 1,
) -> Projection:
    """The projection of a scenario, with the paths of both levels of internal migration.

    draws   : how many draws and their seed; without them the central path alone
    workers : threads that carry the draws; they change no number
    """
    if draws is not None:
        refuse_draws(dataset)
    plan = prepare(scenario, dataset, until=until)
    assumptions = plan.assume()
    with _reached(plan):
        simulation = plan.simulate(assumptions)
        drawn = drawn_frames(plan, assumptions, draws, workers)
    return _projection(plan, assumptions, simulation, drawn, draws)


@contextmanager
def _reached(plan: Plan) -> Iterator[None]:
    """A net migration that a simulation cannot reach is a fault of the scenario that names it."""
    try:
        yield
    except RunError as error:
        path: Keys = ("uncertainties", "external_migration", "net")
        if plan.scenario.uncertainties.external_migration.net is None:
            raise
        message = say("this net migration cannot be reached: {reason}", reason=error)
        cure = say("write a number nearer to what is registered")
        raise InputError("", [Fault(plan.scenario.where(path), message, cure)]) from error


def drawn_frames(
    plan: Plan, assumptions: Assumptions, draws: Draws | None, workers: int
) -> dict[str, pd.DataFrame]:
    """The tables of the draws; without draws they are empty."""
    frames = summary.empty_frames()
    if draws is None:
        return frames
    space, years = plan.dataset.space, plan.years
    setting = Setting(assumptions, plan.labour, plan.around, plan.facilities)
    deviations = plan.deviations(assumptions, draws)
    points = plan.drawn_points(draws)
    together = run_draws(setting, points, deviations, workers=workers)
    together = _with_urban(plan, together, draws)
    frames["quantiles"] = summary.quantile_frame(
        together, space, years, plan.facilities, points, moves=flow_status(plan.dataset)
    )
    frames["age_quantiles"] = summary.age_quantile_frame(together, space, years)
    frames["samples"] = summary.sample_frame(
        together, space, years, moves=flow_status(plan.dataset)
    )
    few = Draws(min(draws.count, ENOUGH), draws.seed)
    alone = {}
    for component in COMPONENTS:
        if component == "delivery" and not plan.points and deviations.support is None:
            continue
        if component == "response" and not answers(plan, assumptions):
            continue
        only = plan.deviations(assumptions, few, (component,))
        drawn = plan.drawn_points(few) if component == "delivery" else plan.points
        alone[component] = run_draws(
            setting, drawn, only, workers=workers, cells=False, flows=False
        )
    frames["variance"] = summary.variance_frame(alone, together, space, years)
    return frames


def _response(plan: Plan, assumptions: Assumptions, simulation: Simulation) -> pd.DataFrame:
    """What the drivers change in the moves: the run less one of the same scenario without them."""
    if not answers(plan, assumptions):
        return empty_response()
    without = plan.simulate(assumptions.but(drivers=None))
    return response_frame(simulation, without, flow_status(plan.dataset))


def _with_urban(plan: Plan, together: Ensemble, draws: Draws) -> Ensemble:
    """The draws with urban people and their share, where the package has a model of it."""
    dataset, people = plan.dataset, together.series["population"]
    if not has_shares(dataset):
        return together
    far = range(plan.years[0], baseline.last_path_year(dataset) + 2)
    share = urban_draws(dataset, far, draws.stream("urban"), draws.count)[: len(people)]
    urban = people[:, :-1] * share.astype(np.float32)
    urban = np.concatenate([urban, urban.sum(axis=1, keepdims=True)], axis=1)
    more = {"urban_population": urban, "urban_share": 100 * urban / people}
    return together._replace(series={**together.series, **more})


def _projection(
    plan: Plan,
    assumptions: Assumptions,
    simulation: Simulation,
    drawn: Mapping[str, pd.DataFrame],
    draws: Draws | None,
) -> Projection:
    from forecast.dataset.boundaries import load_outlines

    dataset = plan.dataset
    outlines = load_outlines(dataset)
    return Projection(
        scenario=plan.scenario.name,
        titles=plan.scenario.title,
        space=dataset.space,
        base_year=dataset.base_year,
        last_year=simulation.stock_years[-1],
        manifest=_manifest(
            plan,
            draws,
            simulation,
            [
                *policy_notes.unmet_support(simulation, assumptions),
                *policy_notes.permits_beyond_the_law(plan.levers, plan.dataset, simulation),
            ],
        ),  # fmt: skip
        frames=_tables(plan, assumptions, simulation, drawn, draws),
        labels={
            "facilities": dataset.table("norms/facilities"),
            "sections": dataset.table("norms/sections"),
            "points": _point_names(plan.scenario),
        },
        outlines=outlines.rings,
        anchors=outlines.anchors,
        resolved=plan.scenario.to_yaml(),
    )


def _tables(
    plan: Plan,
    assumptions: Assumptions,
    simulation: Simulation,
    drawn: Mapping[str, pd.DataFrame],
    draws: Draws | None,
) -> LaterTables:
    """The tables of a run, made when they are looked at: most readers want a few of them."""
    dataset = plan.dataset
    work = cache(lambda: workforce(plan.labour, dataset, assumptions, simulation))
    contained = cache(lambda: contained_of(plan.scenario, dataset, assumptions))

    def notes() -> pd.DataFrame:
        told = order_notes(
            tables["orders"], tables["infrastructure"], plan.facilities, dataset.space.nation
        )
        return notes_frame(
            [*_notes(plan, assumptions, simulation, draws, work(), tables["supported"]), *told]
        )

    makers: dict[str, Maker] = {
        **_central_frames(plan, assumptions, simulation, contained),
        "labour_detail": lambda: work().detail_table(),
        "labour_ranking": lambda: work().ranking_table(),
        "levels": lambda: tabulate.levels_frame(_both_levels(plan)),
        "history": lambda: tabulate.history_frame(dataset.table("population"), dataset.space),
        **{name: partial(drawn.__getitem__, name) for name in drawn},
        "notes": notes,
    }
    tables = LaterTables(makers)
    return tables


def _both_levels(plan: Plan) -> dict[str, Simulation]:
    """The run at the first and at the last observed level of internal migration."""
    with _reached(plan):
        return {
            f"level-{year}": plan.simulate(plan.assume(f"level-{year}"))
            for year in compared_years(plan.dataset)
        }


def _central_frames(
    plan: Plan,
    assumptions: Assumptions,
    simulation: Simulation,
    contained: Callable[[], Contained | None],
) -> dict[str, Maker]:
    """What makes each table of the central path."""
    dataset, moves = plan.dataset, flow_status(plan.dataset)
    base = baseline.status_of_base(dataset)
    housed = cache(lambda: _housed(plan, simulation))
    return {
        "population": lambda: tabulate.population_frame(simulation, base),
        "components": lambda: tabulate.components_frame(simulation, moves),
        "immigration": lambda: immigration_frame(simulation, assumptions.streams),
        "flows": lambda: tabulate.flows_frame(simulation, moves),
        "response": lambda: _response(plan, assumptions, simulation),
        "dependency": lambda: tabulate.dependency_frame(simulation, base),
        "life_tables": lambda: life_table_frame(assumptions),
        "settlement": lambda: settlement_of(
            dataset, simulation.population[..., 0].sum(axis=(1, 2)), simulation.stock_years
        ),
        "labour": lambda: labour_frame(
            dict(zip(simulation.years, simulation.labour, strict=True)), dataset.space
        ),
        "labour_gap": lambda: gap_frame(simulation, assumptions, plan.labour, plan.levers, dataset),
        "infrastructure": lambda: needs_frame(**housed()),
        "orders": lambda: orders_frame(**housed()),
        "safe_arrivals": lambda: safe_arrivals_frame(
            simulation,
            assumptions,
            plan.around.gate or policy.gate_of(dataset, plan.facilities, plan.years),
        ),
        "growth_points": lambda: ledger.growth_point_frame(
            simulation, plan.labour, plan.facilities, _plans(plan.scenario)
        ),
        "supported": lambda: supported_frame(simulation, plan.labour, plan.facilities, contained()),
        "audit": lambda: audit_frame(
            plan.scenario.growth_points, simulation, plan.facilities, dataset
        ),
    }


def _notes(
    plan: Plan,
    assumptions: Assumptions,
    simulation: Simulation,
    draws: Draws | None,
    work: Workforce,
    supported: pd.DataFrame,
) -> tuple[Note, ...]:
    """What the run assumes, in words. supported : the table of this name."""
    dataset = plan.dataset
    stock = load_capacities(dataset), load_flows(dataset)
    return (
        *stale_notes(dataset),
        *assumptions.notes,
        *policy_notes.policy_notes(plan.scenario.levers, simulation, plan.around),
        *settler_notes(simulation, plan.levers, supported),
        *feedback_notes(plan.around.feedback, simulation.residual, dataset.space),
        *ledger.plan_notes(simulation, _plans(plan.scenario)),
        *ledger.unnamed_jobs_notes(simulation, _titles(plan.scenario)),
        *urban_notes(dataset),
        *labour_notes(plan.labour, dataset.space),
        *work.notes(),
        *infrastructure_notes(plan.facilities, *stock, dataset.space, dataset.base_year),
        *([] if draws is None else [draws_note(plan, assumptions, draws)]),
    )


def _titles(scenario: Scenario) -> dict[str, str]:
    """Names of the growth points in the language of now."""
    points = scenario.growth_points
    return {name: (point.title or {}).get(language(), name) for name, point in points.items()}


def _point_names(scenario: Scenario) -> pd.DataFrame:
    rows = [
        (name, *((point.title or {}).get(lang, name) for lang in LANGUAGES))
        for name, point in scenario.growth_points.items()
    ]
    return pd.DataFrame(rows, columns=["growth_point", *(f"name_{lang}" for lang in LANGUAGES)])


def _plans(scenario: Scenario) -> dict[str, Mapping[str, Any]]:
    plans = {name: point.plan or {} for name, point in scenario.growth_points.items()}
    return {name: {**plan, "population": population_by_year(plan)} for name, plan in plans.items()}


def needs_of(plan: Plan, simulation: Simulation) -> pd.DataFrame:
    """The needs of a simulated population by the norms of a plan; see `needs_frame`."""
    return needs_frame(**_housed(plan, simulation))


def _housed(plan: Plan, simulation: Simulation) -> dict[str, Any]:
    """Who needs facilities, and what there is."""
    people = np.moveaxis(simulation.population[..., 0], 0, -1)  # (sex, age, region, year)
    camp = np.zeros(people.shape[2:])
    for point in plan.points:
        camp[point.region] += point.construction_jobs
    dataset = plan.dataset
    return {
        "population": people,
        "years": simulation.stock_years,
        "facilities": plan.facilities,
        "capacities": load_capacities(dataset),
        "space": dataset.space,
        "base_year": dataset.base_year,
        "camp": camp,
        "flows": load_flows(dataset),
        "built": growth.built_by_plans(plan.points, plan.facilities, people.shape[2:]),
    }


def _manifest(
    plan: Plan, draws: Draws | None, simulation: Simulation, further: Sequence[str] = ()
) -> dict[str, Any]:
    """Everything that a number can be traced to; the same inputs give the same run id."""
    dataset, scenario = plan.dataset, plan.scenario
    sources = {}
    for lang in LANGUAGES:
        with speaking(lang):
            sources[lang] = dataset.sources(INPUTS)
    inputs = inputs_of(plan.scenario, dataset, draws)
    return {
        "run_id": run_id(inputs),
        "scenario": scenario.name,
        "titles": dict(scenario.title),
        "base_year": plan.years[0],
        "last_year": plan.years[-1] + 1,
        "data_package": dataset.name,
        "inputs": inputs,
        "internal_level": plan.internal,
        "feedback": feedback_record(plan.around.feedback, simulation.residual, dataset.space),
        "warnings": [*map(str, scenario.warnings), *large_points(plan), *further],
        "sources": sources,
        "versions": versions(),
    }
