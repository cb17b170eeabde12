"""The sheet of the audit: each number that was looked at, with the sentence to the planner."""

from __future__ import annotations

from forecast.audit import read_frame
from forecast.audit.findings import Finding, Number
from forecast.audit.words import CHECK_WORDS, ROLE_WORDS, measure_words, place_names, sentence
from forecast.report.extract import Result
from forecast.report.sheet import Row, Table, region_cells, region_headings
from forecast.report.wording import STATUS_WORDS, capital, worded
from forecast.tables import UNKNOWN
from forecast.words import say

ROUND = 1000.0  # from here on a number is shown without decimals


def plan_audit(projection: Result) -> Table:
    """A row for each number of each finding; the worst findings of each growth point first."""
    findings = read_frame(projection.frame("audit"))
    rows = [row for one in findings for row in _rows(projection, one)]
    return Table(
        say("Plan audit"),
        say("Plans of growth points against themselves, norms and the forecast"),
        say("Contradiction: official numbers that exclude each other. Unknown: not published, or "
            "beyond the run."),
        [*region_headings(), say("Growth point"), say("Verdict"), say("Check"), say("Measure"),
         say("Year"), say("To the planner"), say("Number"), say("Year of the number"),
         say("Source"), say("Of what"), say("Unit"), say("Value"), say("Status")],
        rows,
    )  # fmt: skip


def _rows(projection: Result, one: Finding) -> list[Row]:
    names = dict(projection.point_names)
    place = place_names(projection.space)
    start = (
        *region_cells(projection, one.region), names.get(one.point, one.point), say(one.verdict),
        capital(worded(one.check, CHECK_WORDS)), capital(measure_words(one)), str(one.year),
        sentence(one, place),
    )  # fmt: skip
    nothing = Number("nothing", float("nan"), "", one.year, status=UNKNOWN)
    return [
        Row(
            (*start, worded(number.role, ROLE_WORDS), str(number.year), number.source,
             place(number.scope), say(number.unit)),
            [number.value],
            0 if number.value % 1 == 0 or number.value >= ROUND else 2,
            worded(number.status, STATUS_WORDS),
        )
        for number in one.numbers or (nothing,)
    ]  # fmt: skip
