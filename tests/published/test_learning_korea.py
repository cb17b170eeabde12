"""Korea's register of moves, 16 regions: what machine learning is worth there (migration.md)."""

from __future__ import annotations

from pathlib import Path

import pytest

from forecast.migration.blend import Blend
from forecast.migration.flow_files import read_panel
from forecast.migration.learning_report import what_learning_changed
from forecast.migration.rolling import roll


@pytest.mark.slow
def test_a_blend_is_no_worse_than_its_baseline_by_more_than_noise(reference_data: Path) -> None:
    """The standard error of the difference over origins is some .05 points at 3 and 5 years."""
    panel = read_panel(reference_data / "flows" / "korea", {"Sejong": "Chungcheongnam-do"})
    panel = panel.since(1998)
    rolled = roll(panel, models=("pooled", "boosted", "blend"), origins=range(2007, 2020))
    table = rolled.table().pivot(index="horizon", columns="model", values="wmape") * 100
    assert (table["blend"] < table["pooled"] + 0.15).all()
    assert (table["blend"] < table["persistence"]).all()
    # before there are origins to judge from, learning has no say
    early = Blend().fit(panel.until(2010), known=rolled.forecasts)
    assert early.weights["boosted"] == 0
    assert (
        "of the 4 earlier years that are needed to judge it, 3 are there"
        in what_learning_changed(early)
    )
