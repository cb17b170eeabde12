"""What each lever is called and may be, and where the levers stand."""

from __future__ import annotations

from dataclasses import dataclass

from forecast.words import mark, say

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
