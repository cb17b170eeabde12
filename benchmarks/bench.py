"""Seconds and peak memory of what a user waits for: `make bench`.

Every row is measured in processes of its own, after one run that is not counted (it fills the
disk cache). Seconds are the median and the fastest run: far apart, the machine was busy with
something else. CPU is the median of the seconds of all processors together, of the whole process
with its start, its workers among it. Megabytes are the largest resident size of one process.
This process stays small on purpose: on Linux a child's peak counts from its parent's size.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# In-process cases print their own seconds as JSON: the time of the work without the imports.
CLOCK = """
import json, time
def clock(work, times):
    work()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    print(json.dumps(seconds))
"""
NAMED = sorted(
    path.stem
    for path in (ROOT / "scenarios").glob("*.yml")
    if "\nextends:" in path.read_text(encoding="utf-8") or path.stem == "baseline"
)
LOAD = "import forecast\nclock(lambda: forecast.load_dataset({data!r}), 5)"
RUN = """
import forecast
dataset = forecast.load_dataset({data!r})
scenario = forecast.load_scenario("baseline")
clock(lambda: forecast.run(scenario, dataset), 3)
"""
# What a slider of the notebook waits for: the scenario is written, read and run, the figure drawn
# and packed for the screen. Each time another number of jobs, so that nothing is found made.
SLIDER = """
import itertools, forecast
from forecast.levers import Board, Setting
from forecast.report.figures import screen
from forecast.report.paths import paths
board = Board(forecast.load_dataset({data!r}))
before, region = board.run(Setting("baseline")), board.space.ids[-1]
jobs = itertools.count(1000, 500)
def work():
    run = board.run(board.read({{"region": region, "jobs": next(jobs)}}))
    screen(paths(run, [before], region=region))
clock(work, 9)
"""
# What the page of the explorer does for a lever, without the browser: `view` and its numbers.
PAGE = """
import itertools, forecast
from forecast.explorer.page import answer
from forecast.explorer.state import Workshop
from forecast.levers import Board
workshop = Workshop(Board(forecast.load_dataset({data!r})))
region, jobs = workshop.board.space.ids[-1], itertools.count(1000, 500)
def work():
    answer(workshop, {{"region": region, "jobs": next(jobs), "view": {view!r}}}, "en")
clock(work, 9)
"""
CORE = """
import forecast
from forecast.plan import prepare
dataset = forecast.load_dataset({data!r})
until = dataset.base_year + {years} - 1
plan = prepare(forecast.load_scenario("baseline"), dataset, until=until)
assumptions = plan.assume()
clock(lambda: plan.simulate(assumptions), 21)
"""
# 1000 draws over 25 years: the carrying of people alone (rates of the central path, moves of every
# draw by origin and destination), and everything: a life table for each draw, two observed levels
# of moves with pushing and pulling regions, labour, nine quantiles of every cell and every measure.
CARRY = """
import forecast, numpy
from concurrent.futures import ThreadPoolExecutor
from forecast.demography.step import one_year
from forecast.draws import BLOCK
from forecast.plan import prepare
from forecast.rates import year_rates
dataset = forecast.load_dataset({data!r})
plan = prepare(forecast.load_scenario("baseline"), dataset, until=dataset.base_year + 24)
assumptions = plan.assume()
rates = year_rates(assumptions)
def carry(_):
    people = numpy.repeat(assumptions.population[..., None], BLOCK, axis=-1)
    for year in rates:
        people = one_year(people, year, flows=False).apply(people)
def work():
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(carry, range(1000 // BLOCK)))
clock(work, 5)
"""
DRAWS = """
import forecast
from forecast.draws import Draws
from forecast.ensemble import Setting, run_draws
from forecast.plan import prepare
dataset = forecast.load_dataset({data!r})
plan = prepare(forecast.load_scenario("baseline"), dataset, until=dataset.base_year + 24)
assumptions = plan.assume()
setting = Setting(assumptions, plan.labour, plan.around, plan.facilities)
def work():
    run_draws(setting, plan.points, plan.deviations(assumptions, Draws(1000)), workers=2)
clock(work, 3)
"""
# A noisy panel of 51 regions, 18 years and four drivers, made by a gravity law: its numbers mean
# nothing, its size is that of the largest panels of this kind.
PANEL = """
import numpy
from forecast.migration import MODELS
from forecast.migration.panel import FlowPanel
random = numpy.random.default_rng(1)
regions, years = 51, 18
size = random.uniform(5e5, 3e7, regions)
place = random.uniform(0, 4000, (regions, 2))
km = numpy.hypot(*(place[:, None] - place[None]).transpose(2, 0, 1))
numpy.fill_diagonal(km, 1)
law = 6e-3 * numpy.sqrt(size[:, None] * size) * km**-0.5
numpy.fill_diagonal(law, 0)
pull = numpy.exp(random.normal(0, 0.03, (years, regions)).cumsum(axis=0))
flows = random.gamma(numpy.maximum(law * pull[:, None, :], 1) / 800, 800)
drivers = {{name: numpy.exp(random.normal(0, 0.03, (years, regions)).cumsum(axis=0))
           for name in ("income", "jobs", "unemployment", "home_value")}}
panel = FlowPanel(tuple("R%d" % k for k in range(regions)), tuple(range(2005, 2005 + years)),
                  flows, population=size * numpy.ones((years, 1)), distance=km,
                  contiguous=(km < 500).astype(float), drivers=drivers)
"""
FIT = PANEL + "clock(lambda: MODELS[{model!r}]().fit(panel).predict(5), 3)"
ROLL = (
    PANEL
    + """
from forecast.migration.rolling import roll
clock(lambda: roll(panel).table(), 1)
"""
)
# A million invented applicants: their file is read, checked, scored, and whom the mark leaves out
# is told, with the cheapest change of each.
SCORE = """
import forecast, numpy, pandas, pathlib
from forecast.settlement.records import read_records, region_names
from forecast.settlement.score import Scores
from forecast.settlement.score_read import load_card
from forecast.settlement.score_run import openings_short
from forecast.settlement.score_whole import applicant_terms, columns_of, whole
card = load_card("applicant-example")
projection = forecast.run("baseline", forecast.load_dataset({data!r}))
short = openings_short(projection.frame("labour_detail"))
sections = {{str(s).casefold(): str(s) for s in projection.sections["section"]}}
columns, regions = columns_of(card, sections, ["sex"]), region_names(projection.space)
random, n = numpy.random.default_rng(1), 1_000_000
people = {{"id": numpy.char.add("p", numpy.arange(n).astype(str)),
          "sex": random.choice(["female", "male"], n)}}
for column in columns:
    if column.name not in people:
        words = regions if column.kind == "region" else column.words
        low = max(column.minimum, 0)
        people[column.name] = random.choice(sorted(set(words.values())), n) if words else (
            random.integers(low, min(column.maximum, 100), n))
path = pathlib.Path({scratch!r}) / "people.csv"
pandas.DataFrame(people).to_csv(path, index=False)
def work():
    rows = read_records(path, columns, salt="salt", regions=regions).rows
    scores = Scores(card, applicant_terms(card, rows, short), card.pass_mark)
    whole(scores, rows["id"], groups={{"sex": rows["sex"]}}, curve=True)
clock(work, 3)
"""
# A growth point with draws has every table and figure that a report can have; warm and cold alike.
REPORT = """
import forecast, pathlib
from forecast.report.document import write_report
dataset = forecast.load_dataset({data!r})
projection = forecast.run("atyrau-petrochemicals", dataset, draws=20)
path = pathlib.Path({scratch!r}) / "report.docx"
clock(lambda: write_report(projection, path, "docx", lang="en", dataset=dataset), 2)
"""


@dataclass(frozen=True)
class Case:
    """One row: what it is called, what is run, how fast it should be (seconds; None: no target).

    `{run}` in an argument is the number of the run, so that none finds the result of another.
    """

    title: str
    command: Sequence[str]
    target: float | None = None
    timed_inside: bool = False


@dataclass(frozen=True)
class Measured:
    seconds: tuple[float, ...]
    cpu: tuple[float, ...]
    megabytes: float

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def cases(scratch: Path, data: str) -> list[Case]:
    """The rows, in the order in which a user meets them."""
    python, shell = sys.executable, str(Path(sys.executable).with_name("forecast"))
    inside = [python, "-c"]
    return [
        Case("start of Python itself", [*inside, "pass"]),
        Case("import forecast", [*inside, "import forecast"], 0.6),
        Case(
            "import forecast, every public name",
            [*inside, "import forecast as f; [getattr(f, name) for name in f.__all__]"],
        ),
        Case("forecast --help", [shell, "--help"], 0.3),
        Case(
            "forecast run baseline",
            [shell, "run", "baseline", "--data", data, "--out", str(scratch / "results-{run}")],
            5.0,
        ),
        Case(
            "batch of all named scenarios",
            [shell, "run", *NAMED, "--data", data, "--out", str(scratch / "batch-{run}")],
            10.0,
        ),
        *(
            Case(
                f"batch of all named scenarios, 200 draws, {workers} worker(s)",
                [
                    shell,
                    "run",
                    *NAMED,
                    "--draws",
                    "200",
                    "--workers",
                    workers,
                    "--data",
                    data,
                    "--out",
                    str(scratch / f"draws-{workers}-{{run}}"),
                ],
                target,
            )
            for workers, target in (("1", None), ("2", 60.0))
        ),
        Case(
            "run, in memory: assume, simulate, tables",
            [*inside, CLOCK + RUN.format(data=data)],
            timed_inside=True,
        ),
        Case(
            "slider of the notebook: run and figure",
            [*inside, CLOCK + SLIDER.format(data=data)],
            0.3,
            True,
        ),
        *(
            Case(
                f"lever of the explorer: {view}",
                [*inside, CLOCK + PAGE.format(data=data, view=view)],
                1.0,
                True,
            )
            for view in ("population", "pyramid", "map", "labour", "needs")
        ),
        *(
            Case(
                f"key to figure in Chromium: {view}",
                [python, str(ROOT / "benchmarks" / "lever.py"), view],
                1.0,
                True,
            )
            for view in ("Population", "Age and sex", "Map", "Labour", "Needs")
        ),
        Case("load_dataset", [*inside, CLOCK + LOAD.format(data=data)], None, True),
        Case(
            "load_dataset, every table checked anew",
            [*inside, CLOCK + LOAD.format(data=str(scratch / "unchecked" / data))],
            timed_inside=True,
        ),
        Case("core, 5 years", [*inside, CLOCK + CORE.format(data=data, years=5)], 0.02, True),
        Case("core, 25 years", [*inside, CLOCK + CORE.format(data=data, years=25)], 0.02, True),
        Case(
            "1000 draws, 25 years, the core alone",
            [*inside, CLOCK + CARRY.format(data=data)],
            1.5,
            True,
        ),
        Case(
            "1000 draws, 25 years, everything and quantiles",
            [*inside, CLOCK + DRAWS.format(data=data)],
            6.0,
            True,
        ),
        Case(
            "forecast run baseline --draws 1000",
            [
                shell,
                "run",
                "baseline",
                "--draws",
                "1000",
                "--data",
                data,
                "--out",
                str(scratch / "drawn-{run}"),
            ],
        ),
        Case(
            "51 regions, 18 years: fit of the forecaster",
            [*inside, CLOCK + FIT.format(model="pooled")],
            1.0,
            True,
        ),
        Case(
            "51 regions, 18 years: fit of pair effects",
            [*inside, CLOCK + FIT.format(model="pair_effects")],
            2.0,
            True,
        ),
        Case(
            "51 regions, 18 years: back-test, all models",
            [*inside, CLOCK + ROLL.format()],
            180.0,
            True,
        ),
        Case(
            "1,000,000 applicants: read and scored",
            [*inside, CLOCK + SCORE.format(data=data, scratch=str(scratch))],
            10.0,
            True,
        ),
        Case(
            "finished run with draws to DOCX: 16 figures, 80 tables",
            [*inside, CLOCK + REPORT.format(data=data, scratch=str(scratch))],
            30.0,
            True,
        ),
        Case("forecast backtest", [shell, "backtest", "--data", data, "--quiet"]),
        Case(
            "forecast data build",
            [shell, "data", "build", "--data", str(scratch / "data" / data)],
        ),
    ]


def once(case: Case, run: int, folder: Path) -> Measured:
    """Run a case to its end. Raises CalledProcessError with what it printed when it fails."""
    command = [part.replace("{run}", str(run)) for part in case.command]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        before, start = processor_seconds(), time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=err)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        megabytes = max(usage.ru_maxrss, *orphans())
        process.returncode = os.waitstatus_to_exitcode(status)  # wait4 has reaped it already
        out.seek(0)
        err.seek(0)
        printed = out.read()
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, command, printed, err.read())
    if case.timed_inside:
        seconds = statistics.median(json.loads(printed))
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes on Linux
    return Measured((seconds,), (processor_seconds() - before,), megabytes * unit / 1e6)


def adopt_orphans() -> None:
    """Processes that outlive the command that started them become ours, so that they are counted.

    Linux alone; elsewhere the CPU of a batch is that of its first process.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def orphans() -> list[int]:
    """Wait for what a command left behind: the largest resident sizes, and a 0."""
    sizes = [0]
    while True:
        try:
            sizes.append(os.wait3(0)[2].ru_maxrss)
        except ChildProcessError:
            return sizes


def processor_seconds() -> float:
    """Of all processes that have ended so far."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(case: Case, runs: int, folder: Path) -> Measured:
    """The seconds of several runs, after one to warm up, and the largest megabytes."""
    once(case, 0, folder)
    found = [once(case, run, folder) for run in range(1, runs + 1)]
    seconds = tuple(one.seconds[0] for one in found)
    cpu = tuple(one.cpu[0] for one in found)
    return Measured(seconds, cpu, max(one.megabytes for one in found))


def row(title: str, *cells: str) -> str:
    return f"{title:<42}" + "".join(f"{cell:>10}" for cell in cells)


def line(case: Case, measured: Measured) -> str:
    target = "" if case.target is None else f"{case.target:g}"
    late = "" if case.target is None or measured.median <= case.target else "  over its target"
    numbers = measured.median, min(measured.seconds), statistics.median(measured.cpu)
    shown = [f"{number:#.3g}" for number in numbers]
    return row(case.title, *shown, target, f"{measured.megabytes:.0f}") + late


def main() -> int:
    """Print the table; exit code 1 when a case does not run at all; a slow one is no failure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each row (5)")
    parser.add_argument("--only", default="", help="only rows whose name contains this")
    parser.add_argument("--data", default="kazakhstan", help="data package (kazakhstan)")
    options = parser.parse_args()
    if not Path(sys.executable).with_name("forecast").exists():
        print("forecast is not installed beside this Python: run `make bench`", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.platform()}")
    adopt_orphans()
    print(row("", "seconds", "fastest", "CPU", "target", "peak MB"))
    failed = 0
    with tempfile.TemporaryDirectory(prefix="forecast-bench-") as name:
        scratch = Path(name)
        copy_packages(options.data, scratch)
        for case in cases(scratch, options.data):
            if options.only not in case.title:
                continue
            try:
                print(line(case, measure(case, options.runs, scratch)), flush=True)
            except subprocess.CalledProcessError as error:
                failed = 1
                last = (error.stderr or error.output).decode().strip().splitlines()[-1:]
                print(row(case.title, "failed"), *last, flush=True)
    return failed


def copy_packages(data: str, scratch: Path) -> None:
    """Copies of the data package: one to build in, one without its descriptor of what is sound."""
    shutil.copytree(ROOT / "data" / data, scratch / "data" / data)
    without = shutil.ignore_patterns("datapackage.json")
    shutil.copytree(ROOT / "data" / data, scratch / "unchecked" / data, ignore=without)


if __name__ == "__main__":
    sys.exit(main())
