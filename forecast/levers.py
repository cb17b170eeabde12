"""The few levers that a planner moves, and the scenario that they write.

What stands on the page of the explorer and under the sliders of a notebook is one `Setting`; a
`Board` of a data package knows what each lever may be, reads what was given, writes the scenario
file and runs it through the front door, so that the numbers are those of `forecast run`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast import api
from forecast.baseline import last_path_year
from forecast.births import fertility_level
from forecast.errors import Faults, InputError, did_you_mean
from forecast.observed_flows import flow_years
from forecast.run_folder import RESOLVED
from forecast.scenario.listing import SCENARIO, list_scenarios
from forecast.words import LANGUAGES, mark, say, speaking
from forecast.words.digits import number

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.projection import Projection
    from forecast.scenario import Scenario

NAME = "levers"  # of the scenario that they write
POINT = "lever"  # id of its growth point
AS_WRITTEN = ""  # a lever that is left as the scenario says
OWN_TFR = "tfr"
VARIANTS = ("low", "medium", "high")
MOST_JOBS = 1_000_000
MOST_SLIP = 10  # years
WIDE = 0.5  # of the fertility of now, up and down
WORDS = {  # what each lever is called
    "base": mark("Scenario"),
    "until": mark("Last year"),
    "region": mark("Region of the new jobs"),
    "jobs": mark("New jobs"),
    "start": mark("First year of the jobs"),
    "delivered": mark("Share of the plan that is carried out, %"),
    "slip": mark("Delay of the plan, years"),
    "fertility": mark("Fertility"),
    "tfr": mark("Children per woman"),
    "external": mark("External migration"),
    "internal": mark("Migration between regions"),
}


def named(lever: str) -> str:
    """A lever as the page and its faults name it, in the language of now."""
    return say(WORDS[lever])


@dataclass(frozen=True)
class Setting:
    """Where the levers stand. What is empty or None is as the scenario `base` says.

    base      : name of a scenario, or the folder of a finished run
    until     : last calendar year
    region    : id of the region where jobs appear; jobs, from 1 January of `start` on
    delivered : per cent of the plan of every growth point; slip : years that it comes later
    fertility : low, medium, high, or tfr: a line to `tfr` children per woman in the last year
    external  : low, medium, high
    internal  : drawn, middle, or level-YEAR
    """

    base: str = "baseline"
    until: int | None = None
    region: str = ""
    jobs: float = 0.0
    start: int | None = None
    delivered: float | None = None
    slip: float | None = None
    fertility: str = AS_WRITTEN
    tfr: float | None = None
    external: str = AS_WRITTEN
    internal: str = AS_WRITTEN

    @property
    def plain(self) -> bool:
        """Whether every lever is as the scenario says."""
        return self == Setting(self.base) or (self.jobs == 0 and self == Setting(
            self.base, region=self.region, start=self.start))  # fmt: skip


@dataclass(frozen=True)
class Range:
    """Lowest and highest value of a lever, its step, and where it stands untouched."""

    low: float
    high: float
    step: float
    rest: float


class Board:
    """The levers of a data package.

    runs    : folders of finished runs, which are bases beside the named scenarios
    written : {base: its scenario as it is written}
    """

    def __init__(self, dataset: Dataset, runs: Sequence[str | Path] = ()):
        self.dataset = dataset
        self.space = dataset.space
        self.runs = {str(folder): api.load(folder) for folder in runs}
        self._names = [row.name for row in list_scenarios() if row.kind == SCENARIO]
        self.written = {name: api.load_scenario(name) for name in self._names}
        for folder in self.runs:
            self.written[folder] = api.load_scenario(Path(folder) / RESOLVED)
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
        return _Reading(self, given).setting()

    def text(self, setting: Setting) -> str:
        """The scenario file of a setting: what `forecast run` takes."""
        return _written(self, setting)

    def scenario(self, setting: Setting) -> Scenario:
        """The scenario of a setting."""
        return api.parse_scenario(self.text(setting), NAME)

    def run(self, setting: Setting, draws: int | None = None, seed: int = 1) -> Projection:
        """The projection of a setting; with no lever moved it is that of the base itself.

        Raises InputError where the scenario cannot be run.
        """
        if setting.plain and setting.base in self.runs:
            return self.runs[setting.base]
        asked = setting.base if setting.plain else self.scenario(setting)
        return api.run(asked, self.dataset, draws=draws, seed=seed)

    def plain(self, setting: Setting) -> Setting:
        """The setting with no lever moved but the last year: what a move is compared with."""
        return Setting(setting.base, until=setting.until)


class _Reading:
    """What was given, lever by lever; faults are gathered."""

    def __init__(self, board: Board, given: Mapping[str, Any]):
        self.board, self.given, self.faults = board, given, Faults()

    def setting(self) -> Setting:
        known = [field.name for field in fields(Setting)]
        for name in self.given:
            if name not in known:
                self.faults.add(name, say("no such lever"), did_you_mean(name, known))
        base = self._base()
        last = self.board.last_year(base) if base else self.board.years[-1]
        first, end = self.board.years[0], self.board.years[-1]
        until = self._number("until", first, end, whole=True)
        until = None if until == last else until
        horizon = int(last if until is None else until)
        start = self._number("start", first, horizon, whole=True)
        chosen = {
            "fertility": self._choice("fertility", (AS_WRITTEN, *VARIANTS, OWN_TFR)),
            "external": self._choice("external", (AS_WRITTEN, *VARIANTS)),
            "internal": self._choice("internal", (AS_WRITTEN, *self.board.levels)),
        }
        numbers = {name: self._number(name, span.low, span.high)
                   for name, span in self.board.ranges.items()}  # fmt: skip
        region, jobs = self._region(), numbers["jobs"] or 0.0
        if jobs and not region and "region" not in self._wrong():
            self.faults.add(named("region"), say("choose where the jobs appear"))
        if chosen["fertility"] == OWN_TFR and numbers["tfr"] is None and "tfr" not in self._wrong():
            self.faults.add(named("tfr"), say("write a number"))
        if self.faults:
            raise InputError("", self.faults)
        return Setting(
            base=base, until=None if until is None else int(until), region=region, jobs=jobs,
            start=None if start is None else int(start),
            delivered=numbers["delivered"], slip=numbers["slip"],
            tfr=numbers["tfr"] if chosen["fertility"] == OWN_TFR else None, **chosen,
        )  # fmt: skip

    def _wrong(self) -> set[str]:
        """The levers at fault so far."""
        told = {fault.where for fault in self.faults}
        return {name for name, word in WORDS.items() if say(word) in told}

    def _base(self) -> str:
        word = str(self.given.get("base") or "baseline")
        if word in self.board.bases:
            return word
        message = say("there is no scenario '{name}'", name=word)
        self.faults.add(named("base"), message, did_you_mean(word, self.board.bases))
        return ""

    def _region(self) -> str:
        word = self.given.get("region") or ""
        if not word:
            return ""
        try:
            return self.board.space.resolve(word)
        except InputError as error:
            self.faults.add(named("region"), "; ".join(str(f) for f in error.faults))
            return ""

    def _choice(self, name: str, known: Sequence[str]) -> str:
        word = str(self.given.get(name) or AS_WRITTEN)
        if word in known:
            return word
        cure = did_you_mean(word, [each for each in known if each])
        self.faults.add(say(WORDS[name]), say("'{word}' is not known here", word=word), cure)
        return AS_WRITTEN

    def _number(
        self, name: str, low: float, high: float, *, whole: bool = False
    ) -> float | None:  # fmt: skip
        """A number within bounds; a text may have spaces and a comma, as people write it."""
        value = self.given.get(name)
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        found = _as_number(value)
        shown = number if name not in ("until", "start") else _year
        span = say("write a number from {low} to {high}", low=_shown(low, shown),
                   high=_shown(high, shown))  # fmt: skip
        if found is None:
            text = say("'{word}' is not a number", word=str(value)[:40])
            self.faults.add(say(WORDS[name]), text, span)
        elif whole and found != int(found):
            self.faults.add(say(WORDS[name]), say("a whole year is needed"), span)
        elif not low <= found <= high:
            text = say("{value} is out of bounds", value=_shown(found, shown))
            self.faults.add(say(WORDS[name]), text, span)
        else:
            return found
        return None


def _as_number(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = "".join(value.split()).replace("\u2212", "-")
        head, _, tail = value.rpartition(",")
        if "," in value:  # 1,500 is a thousand and a half; 2,5 and 12,75 are decimals
            grouped = len(tail) == 3 and head.replace(",", "").isdigit() and head != "0"
            value = value.replace(",", "" if grouped else ".")
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _shown(value: float, shown: Any) -> str:
    if value == int(value):
        return str(shown(value))
    return number(value, 1 if round(value, 1) == value else 2)


def _year(value: float) -> str:
    return f"{value:.0f}"


def _written(board: Board, setting: Setting) -> str:
    """The YAML of a setting; what is as the base says is not written."""
    base = board.written[setting.base]
    last = base.until if setting.until is None else setting.until
    file: dict[str, Any] = {
        "title": _title(board, setting, base),
        "extends": _path(board, setting.base),
    }
    if setting.until is not None:
        file["until"] = setting.until
    points: dict[str, Any] = {}
    delivery: dict[str, Any] = {}
    if setting.delivered is not None:
        delivery["share"] = _tidy(setting.delivered / 100)
    if setting.slip is not None:
        delivery["slip_years"] = _tidy(setting.slip)
    if delivery:
        points = {name: {"delivery": dict(delivery)} for name in base.growth_points}
    if setting.jobs:
        start = setting.start if setting.start is not None else min(board.years[0] + 1, last)
        mine = {
            "title": _in_all(lambda: say("New jobs in {region}",
                                         region=board.space.name(setting.region))),
            "region": setting.region,
            "jobs": {start: _tidy(setting.jobs)},
            "delivery": {"share": 1, "slip_years": 0, **delivery},
            "source": "levers",
        }  # fmt: skip
        points[_free(POINT, base.growth_points)] = mine
    if points:
        file["growth_points"] = points
    said = _uncertainties(board, setting, last)
    if said:
        file["uncertainties"] = said
    return _yaml(file)


def _uncertainties(board: Board, setting: Setting, last: int) -> dict[str, Any]:
    said: dict[str, Any] = {}
    first = board.years[0]
    if setting.fertility == OWN_TFR:
        rest, target = board.ranges["tfr"].rest, _tidy(setting.tfr or 0.0)
        line = {"between": "line", "values": {first: rest, last: target}}
        said["fertility"] = {"tfr": line if last > first else {first: target}}
    elif setting.fertility:
        said["fertility"] = {"variant": setting.fertility}
    if setting.external:
        said["external_migration"] = {"variant": setting.external}
    if setting.internal:
        said["internal_level"] = {"variant": setting.internal}
    return said


def _path(board: Board, base: str) -> str:
    """What the file extends: a scenario by its name, a finished run by the scenario in it."""
    return (Path(base) / RESOLVED).as_posix() if base in board.runs else base


def _title(board: Board, setting: Setting, base: Scenario) -> dict[str, str]:
    if setting == board.plain(setting):
        return dict(base.title)
    return {
        lang: f"{base.title[lang]}: {words}"
        for lang, words in _in_all(lambda: say("levers moved")).items()
    }


def _in_all(words: Any) -> dict[str, str]:
    """A text in every language."""
    found = {}
    for lang in LANGUAGES:
        with speaking(lang):
            found[lang] = words()
    return found


def _free(name: str, taken: Mapping[str, Any]) -> str:
    """The name, or one beside it that is not taken."""
    number_of = 2
    free = name
    while free in taken:
        free = f"{name}-{number_of}"
        number_of += 1
    return free


def _tidy(value: float) -> float | int:
    rounded = round(float(value), 4)
    return int(rounded) if rounded == int(rounded) else rounded


def _yaml(file: Mapping[str, Any]) -> str:
    from ruamel.yaml import YAML

    writer = YAML()
    writer.width = 4096
    stream = StringIO()
    writer.dump(dict(file), stream)
    return stream.getvalue()


__all__ = ["AS_WRITTEN", "NAME", "OWN_TFR", "VARIANTS", "WORDS", "Board", "Range", "Setting"]
