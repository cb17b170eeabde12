"""A package that publishes who moved from where to where: its matrices are used as they are.

The shipped country publishes nets alone. Here its estimated matrices stand as if they had been
published, so that the way through the house is tried; no number of it means anything.
"""

from __future__ import annotations

import shutil

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.draws import Draws
from forecast.levels import move_draws
from forecast.observed_flows import forecast_moves, published_panel
from forecast.plan import prepare


def package_of(root, folder, change=lambda flows: flows):
    """The shipped package with its estimated matrices, changed or not, as if published."""
    shutil.copytree(root / "data" / "kazakhstan", folder)
    flows = change(pd.read_csv(folder / "estimated" / "flows.csv"))
    flows.assign(status="observed", source="as if a register had published it").to_csv(
        folder / "observed" / "flows.csv", index=False
    )
    return fc.load_dataset(str(folder))


@pytest.fixture(scope="module")
def published(tmp_path_factory, root_folder):
    return package_of(root_folder, tmp_path_factory.mktemp("published") / "kazakhstan")


@pytest.fixture(scope="module")
def root_folder():
    from pathlib import Path

    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def run(published):
    return fc.run("baseline", published)


def test_moves_ahead_are_a_forecast_of_the_panel(published):
    plan = prepare(fc.load_scenario("baseline"), published)
    assumptions = plan.assume()
    assert assumptions.yearly is not None
    assert assumptions.ends is None
    panel = published_panel(published)
    assert panel.years == (2022, 2023, 2024, 2025)
    ahead = forecast_moves(published, assumptions.years)
    first = plan.simulate(assumptions).flows[0][..., 0]
    away = panel.pairs
    # the run counts where people are at the end of the year, a register every move
    assert first[away] == pytest.approx(ahead[0][away], rel=0.1)
    assert first.sum() == pytest.approx(ahead[0].sum(), rel=0.05)
    nets = ahead[0].sum(axis=0) - ahead[0].sum(axis=1)
    assert first.sum(axis=0) - first.sum(axis=1) == pytest.approx(nets, abs=0.02 * nets.max())
    assert (assumptions.yearly[4] != assumptions.yearly[0]).any()  # nets begin to fade


def test_the_matrix_is_no_longer_called_an_estimate(run):
    assert set(run.frame("flows")["status"]) == {"projected"}
    note = run.frame("notes").set_index("subject").loc["Internal migration"]
    assert "forecast from the published matrices of 2022-2025" in note["text"]
    assert note["status"] == "projected"
    assert "Warning" not in set(run.frame("notes")["subject"])  # it is read as it is


def test_a_break_of_the_level_is_named_and_its_years_are_shown(run):
    """Registered moves rose by a quarter and more in a year: the run says so and shows both."""
    note = run.frame("notes").set_index("subject").loc["Internal migration"]["text"]
    assert "The level breaks in" in note
    assert len(set(run.frame("levels")["level"])) == 2


def test_nets_sum_to_nothing_and_a_level_can_be_chosen(published, run):
    flows = run.frame("flows")
    assert (flows["value"] >= 0).all()
    chosen = fc.run("baseline+internal-level-2022", published)
    total = chosen.frame("flows").groupby("year")["value"].sum()
    assert total[2026] < flows.groupby("year")["value"].sum()[2026]


def test_no_gross_level_is_drawn_where_the_matrix_is_published(published):
    assumptions = prepare(fc.load_scenario("baseline"), published).assume()
    drawn = move_draws(
        published, assumptions, Draws(50), level="drawn", gross=True, single=True, far=30
    )
    assert all(len(parts) == 1 for parts in drawn.parts)
    assert (drawn.weight == 1).all()


def test_the_shipped_matrix_is_an_estimate_to_the_last_table():
    dataset = fc.load_dataset()
    run = fc.run("baseline", dataset)
    assert set(run.frame("flows")["status"]) == {"estimated"}
    note = run.frame("notes").set_index("subject").loc["Internal migration"]
    assert note["status"] == "estimated"
    assert "67 to 133 %" in note["text"]


def test_the_gross_level_is_drawn_and_moves_no_net():
    """Shares of .3 to .6 about .45 of the registered moves: 2/3 to 4/3 of them, the same nets."""
    dataset = fc.load_dataset()
    plan = prepare(fc.load_scenario("baseline"), dataset)
    assumptions = plan.assume()
    drawn = plan.deviations(assumptions, Draws(400), ("gross_level",))
    people = assumptions.population[..., None]
    central = plan.simulate(assumptions).flows[0][..., 0]
    arrivals, nets = [], []
    for first in range(0, 400, 50):
        block = slice(first, first + 50)
        moves = drawn.moves.of_year(0, block)
        present = np.repeat(people, 50, axis=-1)
        out, into = np.empty_like(present), np.empty_like(present)
        moves.move(slice(0, 101), present, out, into)
        arrivals.append(into.sum(axis=(0, 1)))
        nets.append((into - out).sum(axis=(0, 1)))
    total = np.concatenate(arrivals, axis=1).sum(axis=0)
    relative = total / np.median(total)
    assert relative.min() == pytest.approx(2 / 3, abs=0.05)
    assert relative.max() == pytest.approx(4 / 3, abs=0.05)
    assert np.mean(total) == pytest.approx(central.sum(), rel=0.03)
    nets = np.concatenate(nets, axis=1)
    assert nets.std(axis=1).max() < 0.002 * total.mean()


def test_exchanged_columns_are_refused_and_so_is_a_year_that_has_not_come(root_folder, tmp_path):
    turned = {"origin": "destination", "destination": "origin"}
    wrong = package_of(
        root_folder, tmp_path / "turned", lambda f: f.rename(columns=turned)[f.columns]
    )
    with pytest.raises(fc.InputError, match="observed/flows.csv: origin and destination look"):
        fc.run("baseline", wrong)
    later = package_of(root_folder, tmp_path / "later", lambda f: f.assign(year=f["year"] + 1))
    with pytest.raises(fc.InputError, match="moves of 2026 lie after the last observed year, 2025"):
        fc.run("baseline", later)


def test_too_few_published_years_are_no_forecast_and_the_run_says_so(root_folder, tmp_path):
    two = package_of(root_folder, tmp_path / "two", lambda f: f[f["year"] >= 2024])
    run = fc.run("baseline", two)
    text = run.frame("notes").set_index("subject").loc["Internal migration"]["text"]
    assert "Four published matrices of years in a row would be forecast; these are not" in text
    one = package_of(root_folder, tmp_path / "one", lambda f: f[f["year"] == 2025])
    text = fc.run("baseline", one).frame("notes").set_index("subject").loc["Internal migration"]
    assert text["text"].startswith("Moves between regions start as in 2025")


def test_the_level_of_a_published_panel_wanders_as_it_did(published):
    plan = prepare(fc.load_scenario("baseline"), published)
    assumptions = plan.assume()
    drawn = plan.deviations(assumptions, Draws(2000, 3), ("internal_level",)).moves
    steps = np.log(published_panel(published).totals)
    spread = np.log(drawn.push[:, 0]).std(axis=1)
    expected = np.diff(steps).std(ddof=1) * np.sqrt(np.arange(1, len(spread) + 1))
    assert spread == pytest.approx(expected, rel=0.08)
    assert (drawn.pull == 1).all()


def test_gross_arrivals_are_estimates_in_every_table():
    run = fc.run("baseline", fc.load_dataset(), draws=50)
    parts = run.frame("components").groupby("component")["status"].unique()
    assert list(parts["internal_in"]) == list(parts["internal_out"]) == ["estimated"]
    assert list(parts["births"]) == ["projected"]
    measures = run.frame("quantiles").groupby("measure")["status"].unique()
    assert list(measures["internal_in"]) == ["estimated"]
    assert list(measures["population"]) == ["projected"]
    note = run.frame("notes").set_index("subject").loc["Intervals"]["text"]
    assert "share of moves that crosses a border" in note
