"""What the audit of plans says to the planner, as a table of the report."""

from __future__ import annotations

from forecast.audit import read_frame
from forecast.audit.findings import CONTRADICTION, OUTSIDE
from forecast.audit.words import CHECK_WORDS, measure_words, place_names, sentence
from forecast.report.extract import Result
from forecast.report.sheet import Row, Table
from forecast.report.wording import capital, worded
from forecast.words import say

TOLD = (CONTRADICTION, OUTSIDE)


def audit(projection: Result) -> Table:
    """Numbers of plans that exclude each other or lie outside what was ever observed."""
    names, place = projection.point_names, place_names(projection.space)
    rows = [
        Row((names.get(one.point, one.point), say(one.verdict),
             capital(worded(one.check, CHECK_WORDS)), capital(measure_words(one)),
             sentence(one, place)), [])
        for one in read_frame(projection.frame("audit")) if one.verdict in TOLD
    ]  # fmt: skip
    return Table(
        say("Plan audit"),
        say("Plans of growth points against themselves, norms and the forecast"),
        say("Contradiction: official numbers that exclude each other. What agrees and what is "
            "unknown stands in the workbook."),
        [say("Growth point"), say("Verdict"), say("Check"), say("Measure"), say("To the planner")],
        rows,
    )  # fmt: skip
