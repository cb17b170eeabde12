"""Scores as files: the rows, what was left out, the workbook and the figures."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path
from typing import Any

from forecast.commands.files import Files
from forecast.projection import Projection
from forecast.report import score_figures
from forecast.report.excel import write_book
from forecast.report.figures import explained
from forecast.report.score_sheets import sheets, source_of
from forecast.settlement.records import write_rejects
from forecast.settlement.score_card import REGIONS
from forecast.settlement.score_whole import Scoring
from forecast.space import Space

SCORES, REJECTS, BOOK = "scores.csv", "rejects.csv", "scores.xlsx"
SINCE = 2026  # the date inside a workbook that is of no run


def write(
    scoring: Scoring, projection: Projection | None, space: Space | None, folder: Path
) -> list[Path]:
    """All files of the scores, or none; returns them. Rejects of an earlier call go away.

    The rows of a million people are written while the figure is drawn.
    """
    figure: Any
    year = SINCE if projection is None else projection.base_year
    with Files(folder) as files, ThreadPoolExecutor(1) as beside:
        rows = beside.submit(copy_context().run, _write_table, scoring, files.beside(SCORES))
        book = write_book(sheets(scoring, projection, space), source_of(scoring, projection),
                          scoring.card.title, year)  # fmt: skip
        files.content(BOOK, book)
        if scoring.card.kind == REGIONS:
            assert space is not None
            name, drawn = "contributions", score_figures.contributions(scoring, space, projection)
        else:
            name, drawn = "thresholds", score_figures.threshold_curve(scoring, projection)
        figure = drawn.get_figure(root=True)
        files.figure(name, figure, explained(figure))
        rows.result()
        if len(scoring.rejects):
            write_rejects(scoring.rejects, files.beside(REJECTS))
    if not len(scoring.rejects):
        (folder / REJECTS).unlink(missing_ok=True)
    return files.written


def _write_table(scoring: Scoring, path: Path) -> None:
    """A CSV of any number of rows; what is not known is an empty cell."""
    import pyarrow as pa
    from pyarrow import csv

    csv.write_csv(pa.Table.from_pandas(scoring.table(), preserve_index=False), path,
                  csv.WriteOptions(quoting_style="needed"))  # fmt: skip
