"""The sheet of the people whom quotas settle."""

from __future__ import annotations

from forecast.report.extract import Result
from forecast.report.sheet import Row, Table, region_cells, region_headings, rounded
from forecast.report.wording import capital, status_line
from forecast.supported import MEASURES, NEED, STREAM_WORDS
from forecast.tables import TOTAL
from forecast.words import language, say


def supported(projection: Result) -> Table:
    """Region, stream and what is counted, by calendar year; regions without settlers left out."""
    frame = projection.frame("supported")
    names = projection.facilities.set_index("kind")[f"name_{language()}"].to_dict()
    years = sorted(frame["year"].unique())
    index = ["region", "stream", "measure", "kind"]
    wide = frame.pivot(index=index, columns="year", values="value")
    by_key = dict(zip(wide.index, wide.to_numpy(dtype=float), strict=True))
    lines = [(measure, TOTAL, say(word)) for measure, word in MEASURES.items() if measure != NEED]
    lines += [(NEED, str(kind), f"{say(MEASURES[NEED])}: {name}") for kind, name in names.items()]
    rows = []
    for region in (projection.nation, *projection.space.ids):
        for stream, called in STREAM_WORDS.items():
            for measure, kind, words in lines:
                numbers = by_key.get((region, stream, measure, kind))
                if numbers is not None and numbers.any():
                    cells = (*region_cells(projection, region), say(called), capital(words))
                    rows.append(Row(cells, rounded(numbers).tolist()))
    return Table(
        say("Settlers"),
        say("The quota, who takes its places, and what those beyond the baseline need"),
        say("Status: {status}", status=status_line([frame])),
        [*region_headings(), say("Stream"), say("Measure"), *map(str, years)],
        rows,
    )  # fmt: skip
