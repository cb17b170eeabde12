"""The gap ladder as sheets and as bars says what the table says; older runs still load.

Authority: the table of the result.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import forecast as fc
from forecast.labour.ladder import RUNGS
from forecast.report.figures import alt_text, draw, drawable
from forecast.report.gap import foreign_limit, labour_gap
from forecast.words import LANGUAGES, speaking


def test_the_sheet_has_a_row_for_each_region_and_year(plausible: Any) -> None:
    sheet = labour_gap(plausible)
    assert len(sheet.rows) == (len(plausible.space) + 1) * 5
    assert len(sheet.headings) == 3 + 1 + len(RUNGS) + 2
    for row in sheet.rows:
        gap, *rungs = row.numbers[: 1 + len(RUNGS)]
        assert sum(rungs) == pytest.approx(gap, abs=1e-3)
    assert sheet.rows[0].words[0] == plausible.nation
    assert sheet.headings[3:6] == [
        "Shortage of workers over sections", "Unemployed residents",
        "Residents who join the labour force",
    ]  # fmt: skip


def test_the_sheet_of_the_limit_has_a_row_for_each_section(plausible: Any) -> None:
    sheet = foreign_limit(plausible)
    assert {row.words[2] for row in sheet.rows} == {"Construction", "total"}
    assert len(sheet.rows) == 2 * (len(plausible.space) + 1)


def test_bars_are_stacked_to_the_gap(plausible: Any) -> None:
    figure = draw(plausible, "labour_gap")
    ax = figure.axes[0]
    frame = plausible.frame("labour_gap")
    frame = frame[(frame["year"] == frame["year"].max()) & (frame["section"] == "total")]
    table = frame.pivot(index="region", columns="measure", values="value")
    table = table.loc[list(plausible.space.ids)].sort_values("gap", ascending=False)
    reached = np.zeros(len(table))
    for name in RUNGS:
        (patch,) = [patch for patch in ax.patches if patch.get_label() == name]
        boxes = patch.get_path().to_polygons()
        assert [shape[:, 0].min() for shape in boxes] == pytest.approx(reached)
        reached += table[name].to_numpy()
        assert [shape[:, 0].max() for shape in boxes] == pytest.approx(reached)
    (unit,) = [text for text in ax.texts if text.get_text() == "Jobs"]
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    word, area = unit.get_window_extent(renderer), ax.get_window_extent(renderer)
    ticks = [label.get_window_extent(renderer) for label in ax.get_xticklabels()]
    assert word.y1 <= min(tick.y0 for tick in ticks) < area.y0, "below the numbers of the axis"
    assert (word.x0 + word.x1) / 2 == pytest.approx((area.x0 + area.x1) / 2, abs=1), "in its middle"
    assert word.y0 > area.y0 - 0.5 * figure.dpi  # half an inch
    assert "labour_gap" in drawable(plausible)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_key_stands_on_the_page_in_every_language(plausible: Any, lang: str) -> None:
    with speaking(lang):
        figure = draw(plausible, "labour_gap")
        text = alt_text(plausible, "labour_gap")
    figure.canvas.draw()
    page = figure.bbox
    for word in figure.axes[0].texts:
        box = word.get_window_extent(figure.canvas.get_renderer())
        assert page.x0 <= box.x0 < box.x1 <= page.x1, word.get_text()
    assert plausible.title in text


def test_a_folder_from_before_the_ladder_still_loads(tmp_path: Path) -> None:
    run = fc.run("baseline", fc.load_dataset("kazakhstan"), until=2027)
    folder = run.save(tmp_path / "run", figures=False)
    assert not fc.load(folder).frame("labour_gap").empty
    (folder / "labour_gap.parquet").unlink()
    with pytest.raises(fc.InputError, match=r"labour_gap\.parquet: the file is missing"):
        fc.load(folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    del manifest["files"]["labour_gap.parquet"]
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    older = fc.load(folder)
    assert older.frame("labour_gap").empty
    assert "labour_gap" not in drawable(older)
    older.save(tmp_path / "again")
    assert (tmp_path / "again" / "tables.xlsx").is_file()
