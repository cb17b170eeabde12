"""Moves between the regions of Korea, from its register: 16 regions, origins 2007 to 2019.

Held against: last year's matrix, 5.25 / 9.33 / 12.65 % in the wrong pair after 1 / 3 / 5 years.
"""

from __future__ import annotations

import json

import pytest

from forecast.cli import main
from forecast.migration.flow_files import read_panel
from forecast.migration.rolling import roll

TARGETS = {1: 0.052, 3: 0.090, 5: 0.120}
PERSISTENCE = {1: 0.0525, 3: 0.0933, 5: 0.1265}
MERGE = {"Sejong": "Chungcheongnam-do"}  # created in 2012


@pytest.fixture(scope="module")
def panel(reference_data):
    return read_panel(reference_data / "flows" / "korea", MERGE)


@pytest.fixture(scope="module")
def table(panel):
    rolling = roll(panel, models=("trend", "pooled"), origins=range(2007, 2020))
    return rolling.table().set_index(["model", "horizon"])


@pytest.mark.parametrize("horizon", TARGETS)
def test_last_years_matrix_is_off_as_published(table, horizon):
    assert table.loc[("persistence", horizon), "wmape"] == pytest.approx(
        PERSISTENCE[horizon], abs=5e-5
    )


@pytest.mark.parametrize("horizon", TARGETS)
def test_the_baseline_forecaster_meets_the_goal(table, horizon):
    assert table.loc[("pooled", horizon), "wmape"] <= TARGETS[horizon]


@pytest.mark.parametrize("share", [80, 95])
@pytest.mark.parametrize("horizon", TARGETS)
def test_intervals_hold_within_five_points(table, horizon, share):
    """Cells at every horizon; nobody calibrates their sums, which are held less exactly."""
    assert table.loc[("pooled", horizon), f"cells_{share}"] == pytest.approx(share / 100, abs=0.05)
    for kind in ("margins", "nets"):
        held = table.loc[("pooled", horizon), f"{kind}_{share}"]
        assert held == pytest.approx(share / 100, abs=0.07)


def test_the_rule_leans_on_the_last_year_of_a_register(panel):
    """Nothing is chosen by hand: the weights come from the changes that are taken back."""
    from forecast.migration import MODELS

    for year in range(2007, 2020):
        fitted = MODELS["pooled"]().fit(panel.until(year)).fitted
        assert 0.6 < fitted["association_weight"] < 0.95
        assert 0.6 < fitted["margins_weight"] < 0.95


def test_the_command_prints_the_table(reference_data, capsys):
    folder = str(reference_data / "flows" / "korea")
    words = ["backtest", "--migration", folder, "--merge", "Sejong=Chungcheongnam-do",
             "--origins", "2012-2019", "--horizons", "1,3", "--models", "pooled"]  # fmt: skip
    assert main([*words, "--quiet", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert len(found["regions"]) == 16
    assert [(row["model"], row["horizon"], row["origins"]) for row in found["table"]] == [
        ("persistence", 1, 8), ("persistence", 3, 6), ("pooled", 1, 8), ("pooled", 3, 6),
    ]  # fmt: skip
    assert main(words) == 0
    text = capsys.readouterr().out
    assert "baseline forecaster" in text
    assert "Sejong counts as part of Chungcheongnam-do" in text
