"""The scenarios that can be run by name, one row each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from forecast.errors import InputError
from forecast.scenario import find
from forecast.scenario.read import read
from forecast.scenario.scenario import Scenario, load_scenario, title_of
from forecast.words import language, mark

SCENARIO, OVERLAY, FAULTY = mark("scenario"), mark("overlay"), mark("faulty")


@dataclass(frozen=True)
class Listed:
    """One row of the list.

    kind   : scenario, overlay (named in 'with' of a scenario) or faulty
    title  : in the language of now
    until  : last year of the run; None for an overlay
    points : growth points, with the inherited ones
    jobs   : permanent jobs that they plan for the last year, before delivery and delay
    people : people that they plan where people are the driver, likewise
    fault  : what is wrong with a faulty file
    whole  : the scenario itself; None for an overlay and a faulty file
    """

    name: str
    kind: str
    title: str
    until: int | None
    points: int
    jobs: float
    people: float
    path: Path
    fault: str = ""
    whole: Scenario | None = None


def list_scenarios(folder: Path | str | None = None) -> list[Listed]:
    """Every scenario in `folder` (default ./scenarios) and among the shipped ones, by name.

    A file with faults is a row too, so that one of them does not hide the others.
    """
    return [_row(name, path, folder) for name, path in find.names(find.folders(folder)).items()]


def _row(name: str, path: Path, folder: Path | str | None) -> Listed:
    source = read(path, find.shown(path))
    tree = source.tree
    if tree and "extends" not in tree and "until" not in tree:
        title = title_of(source, name)[language()]
        points = tree.get("growth_points")
        count = len(points) if isinstance(points, dict) else 0
        return Listed(name, OVERLAY, title, None, count, 0.0, 0.0, path)
    try:
        scenario = load_scenario(path, folder=folder)
    except InputError as error:
        return Listed(name, FAULTY, name, None, 0, 0.0, 0.0, path, str(error))
    return _listed(name, scenario, path)


def _listed(name: str, scenario: Scenario, path: Path) -> Listed:
    points = scenario.growth_points.values()
    jobs = sum(point.jobs.at(scenario.until) for point in points)
    driven = [point.people for point in points if point.driver == "people"]
    people = sum(series.at(scenario.until) for series in driven)
    heading = scenario.heading
    return Listed(name, SCENARIO, heading, scenario.until, len(points), jobs, people, path,
                  whole=scenario)  # fmt: skip
