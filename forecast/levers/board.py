"""The levers of a data package: their bounds, their scenario, its run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast import api
from forecast.baseline import last_path_year
from forecast.births import fertility_level
from forecast.errors import collect
from forecast.levers.reading import Reading
from forecast.levers.setting import (
    MOST_JOBS,
    MOST_SLIP,
    NAME,
    WIDE,
    Range,
    Setting,
)
from forecast.levers.written import free, written
from forecast.observed_flows import flow_years
from forecast.run_folder import RESOLVED, read_manifest
from forecast.scenario.listing import list_scenarios
from forecast.words import LANGUAGES, language, say

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.projection import Projection
    from forecast.scenario import Scenario


class Board:
    """The levers of a data package.

    runs    : folders of finished runs, which are bases beside the named scenarios
    written : {base: its scenario as it is written}
    name    : of the scenario that the levers write; no base has it, so that it can extend each
    Raises InputError for runs whose regions are not those of the package.
    """

    def __init__(self, dataset: Dataset, runs: Sequence[str | Path] = ()):
        self.dataset = dataset
        self.space = dataset.space
        self.runs = {str(folder): api.load(folder) for folder in runs}
        with collect("") as faults:
            for folder, run in self.runs.items():
                if run.space.ids != self.space.ids:
                    faults.add(folder, say("the run has other regions than the data package"),
                               say("name the data package of the run with --data"))  # fmt: skip
        found = {row.name: row.whole for row in list_scenarios()}
        self.written = {name: whole for name, whole in found.items() if whole is not None}
        self._names = tuple(self.written)
        for folder in self.runs:
            self.written[folder] = api.load_scenario(Path(folder) / RESOLVED)
        self.name = free(NAME, self.written)
        fitted_last = last_path_year(dataset)
        tfr = fertility_level(dataset).tfr
        low, high = round(tfr * (1 - WIDE), 1), round(tfr * (1 + WIDE), 1)
        self.years = range(dataset.base_year, fitted_last + 1)
        self.levels = ("drawn", "middle", *(f"level-{year}" for year in flow_years(dataset)))
        self.ranges = {
            "jobs": Range(0, MOST_JOBS, 1, 0),
            "delivered": Range(0, 100, 1, 100),
            "slip": Range(0, MOST_SLIP, 1, 0),
            "tfr": Range(low, high, 0.05, round(tfr, 2)),
        }

    @property
    def bases(self) -> tuple[str, ...]:
        """The scenarios and finished runs that levers can be moved on."""
        return (*self._names, *self.runs)

    def titles(self) -> dict[str, str]:
        """{base: title} of scenarios and finished runs, in the language of now."""
        found = {name: self.written[name].heading for name in self._names}
        for folder, run in self.runs.items():
            found[folder] = say("{title} (finished run {folder})", title=run.title, folder=folder)
        return found

    def last_year(self, base: str) -> int:
        """The last calendar year of a base as it is written."""
        run = self.runs.get(base)
        return run.last_year - 1 if run is not None else self.written[base].until

    def read(self, given: Mapping[str, Any]) -> Setting:
        """The setting of values as a page or a program gives them: numbers, texts, None.

        Raises InputError with every fault at once, each with the name of its lever.
        """
        return Reading(self, given).setting()

    def text(self, setting: Setting) -> str:
        """The scenario file of a setting: what `forecast run` takes."""
        return written(self, setting)

    def scenario(self, setting: Setting) -> Scenario:
        """The scenario of a setting."""
        return api.parse_scenario(self.text(setting), self.name)

    def run(self, setting: Setting, draws: int | None = None, seed: int = 1) -> Projection:
        """The projection of a setting; with no lever moved it is that of the base itself.

        Raises InputError where the scenario cannot be run.
        """
        if setting.plain and setting.base in self.runs:
            return self.runs[setting.base]
        asked = setting.base if setting.plain else self.scenario(setting)
        return api.run(asked, self.dataset, draws=draws, seed=seed)

    def told_in(self, setting: Setting) -> str:
        """The language in which the run of a setting tells its assumptions."""
        if not (setting.plain and setting.base in self.runs):
            return language()
        found = str(read_manifest(Path(setting.base)).get("language"))
        return found if found in LANGUAGES else language()

    @staticmethod
    def picture(
        projection: Projection, others: Sequence[Projection] = (), *, region: str | None = None
    ) -> bytes:
        """PNG for a screen: the population of a region, or the nation, here and in other runs."""
        from forecast.report.figures import screen
        from forecast.report.paths import paths

        return screen(paths(projection, others, region=region))

    def plain(self, setting: Setting) -> Setting:
        """The setting with no lever moved but the last year: what a move is compared with."""
        return Setting(setting.base, until=setting.until)
