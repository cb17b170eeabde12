"""The sheet of the regions ranked by their labour deficit."""

from __future__ import annotations

from forecast.labour.ranking import MEASURES as RANKING_WORDS
from forecast.report.extract import Result, labour_ranked, row_of, wide
from forecast.report.sheet import Row, Table, region_cells, region_headings, rounded
from forecast.report.wording import status_line
from forecast.words import say

SHOWN = ("rank", "labour_deficit", "share_of_demand", "rank_of_share", "official")
DIGITS = (0, 0, 1, 0, 0)


def ranking(projection: Result) -> Table:
    """Regions by their labour deficit beside the official list, the largest deficit first."""
    frame = projection.frame("labour_ranking")
    year, table = labour_ranked(projection)
    nation = row_of(wide(frame, "region", "measure"), projection.nation)
    shown = [name for name in SHOWN if not table[name].isna().all()]
    digits = [DIGITS[SHOWN.index(name)] for name in shown]
    rows = [Row(region_cells(projection, projection.nation),
                [None if name not in ("labour_deficit", "share_of_demand") else nation[name]
                 for name in shown], digits)]  # fmt: skip
    rows += [
        Row(region_cells(projection, str(region)), line, digits)
        for region, line in zip(
            table.index, rounded(table[shown].to_numpy(dtype=float)).tolist(), strict=True
        )
    ]
    return Table(
        say("Labour ranking"),
        say("Regions by their labour deficit in {year}, jobs and per cent of demand", year=year),
        say("Deficit: positive means short of workers. Official list: 1 where the region is on "
            "it. Status: {status}", status=status_line([frame])),
        [*region_headings(), *(say(RANKING_WORDS[name]) for name in shown)],
        rows,
    )  # fmt: skip
