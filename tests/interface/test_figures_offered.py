"""Every figure that is offered can be drawn, whatever a data package or a run lacks.

Authority: `drawable` itself, held against the figures, and the report that is made of them.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.cli import main
from forecast.report.figures import FIGURES, alt_text, draw, drawable, options_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.parametrize("kept", ["kindergarten_place", "school_place"])
def test_a_package_that_orders_little_is_reported(kept: str, tmp_path: Path) -> None:
    folder = shutil.copytree(ROOT / "docs/examples/three-districts", tmp_path / "mine")
    norms = folder / "norms/facilities.csv"
    rows = pd.read_csv(norms)
    rows[rows["kind"] == kept].to_csv(norms, index=False)
    run = fc.run("baseline", fc.load_dataset(folder), until=2028)
    for name in drawable(run):
        draw(run, name)
        assert alt_text(run, name).endswith(".")
    for region in run.space.ids:
        for name in drawable(run, region):
            if "region" in options_of(name):
                draw(run, name, region=region)
    assert ("stock_and_need" in drawable(run)) == (kept == "school_place")
    assert ("orders" in drawable(run, "XL-3")) == (kept == "kindergarten_place")
    for asked in ((), run.space.ids):
        assert run.report("html", tmp_path / "report.html", regions=asked).is_file()
    run.save(tmp_path / "run", figures=False, workbook=False)
    drawn = tmp_path / "drawn"
    command = ["plot", str(tmp_path / "run"), "all", "--region", "XL-3", "--out", str(drawn)]
    assert main(command) == 0
    assert len(list(drawn.iterdir())) > 2


TAKEN = {  # the figures that go with a table
    "components": {"net_migration"}, "dependency": {"dependency"}, "flows": {"flows", "flow_map"},
    "history": set(), "infrastructure": {"infrastructure_need", "stock_and_need"},
    "labour": {"labour_deficit"}, "labour_detail": {"labour_sections"},
    "labour_gap": {"labour_gap"}, "labour_ranking": {"labour_ranking"},
    "orders": {"orders", "stock_and_need"},  # of the invented run no stock is known
    "quantiles": {"fan"}, "variance": {"variance"},
}  # fmt: skip


@pytest.mark.parametrize("value", [None, np.nan], ids=["no rows", "unknown"])
def test_a_run_that_lacks_tables_offers_what_it_can_draw(plausible: Any, value: Any) -> None:
    whole, left = dict(plausible.frames), set(FIGURES)
    for frame, figures in TAKEN.items():
        rows = whole[frame]
        bare = value is None or frame == "orders"  # its rows are known or they are not there
        lacking = rows.iloc[:0] if bare else rows.assign(value=value)
        plausible.frames = {**whole, frame: lacking}
        assert set(drawable(plausible)) == set(FIGURES) - figures, frame
        left -= figures
    plausible.frames = {
        name: rows if name not in TAKEN else rows.iloc[:0] if value is None or name == "orders"
        else rows.assign(value=value) for name, rows in whole.items()
    }  # fmt: skip
    assert set(drawable(plausible)) == left
    for name in left:
        draw(plausible, name)
        assert alt_text(plausible, name).endswith(".")


def test_sections_without_a_number_are_refused_in_words(plausible: Any) -> None:
    rows = plausible.frames["labour_detail"]
    here = rows["region"] == "KZ-10"
    plausible.frames["labour_detail"] = rows.assign(value=rows["value"].where(~here))
    draw(plausible, "labour_sections")
    with pytest.raises(fc.InputError, match="the labour deficit is unknown"):
        draw(plausible, "labour_sections", region="KZ-10")
