"""What the levers of the explorer write, and that they give the numbers of a scenario file.

Authority: the scenario language, and two runs that must be one.
"""

from __future__ import annotations

import pickle
from pathlib import Path

import pandas as pd
import pytest

import forecast as fc
from forecast import words
from forecast.later import LaterTables
from forecast.levers import Board, Setting

DISTRICTS = Path(__file__).resolve().parents[2] / "docs/examples/three-districts"


@pytest.fixture(scope="module")
def board():
    return Board(fc.load_dataset("kazakhstan"))


def test_no_lever_moved_is_the_scenario_itself(board):
    run, plain = board.run(Setting("baseline")), fc.run("baseline", board.dataset)
    assert run.run_id == plain.run_id
    pd.testing.assert_frame_equal(run.frame("population"), plain.frame("population"))


def test_levers_are_what_a_planner_would_write_by_hand(board):
    moved = board.read(
        {"region": "Pavlodar Region", "jobs": "12 500", "start": 2028, "delivered": 80, "slip": 1,
         "fertility": "tfr", "tfr": "3,2", "external": "high", "internal": "level-2025"}
    )  # fmt: skip
    by_hand = fc.parse_scenario(f"""
        extends: baseline
        growth_points:
          lever:
            region: Pavlodar Region
            jobs: {{2028: 12500}}
            delivery: {{share: 0.8, slip_years: 1}}
        uncertainties:
          fertility: {{tfr: {{between: line, values: {{2026: {board.ranges["tfr"].rest}, 2030: 3.2}}}}}}
          external_migration: {{variant: high}}
          internal_level: {{variant: level-2025}}
    """)  # noqa: E501
    one, other = board.run(moved), fc.run(by_hand, board.dataset)
    assert one.total().to_dict() == other.total().to_dict()
    assert one.total()[2031] != fc.run("baseline", board.dataset).total()[2031]


def test_delivery_holds_for_the_growth_points_of_the_scenario_too(board):
    text = board.text(board.read({"base": "alatau-general-plan", "delivered": 50}))
    scenario = fc.parse_scenario(text)
    assert [point.delivery.share.mode for point in scenario.growth_points.values()] == [0.5]


def test_a_region_without_jobs_moves_nothing(board):
    given = {"region": "KZ-55", "jobs": 0, "start": 2028}
    assert board.read(given) == Setting("baseline")
    assert board.read(given).plain
    late = board.read({**given, "until": 2028})
    assert late == board.plain(late)
    assert "levers moved" not in board.text(late)


def test_a_text_is_a_number_as_people_write_it(board):
    for text, jobs in (("1500", 1500), ("1 500", 1500), ("1,500", 1500), ("2,5", 2.5),
                       ("1\u00a0500", 1500), ("0", 0), ("", 0)):  # fmt: skip
        assert board.read({"region": "KZ-55", "jobs": text}).jobs == jobs


def test_every_fault_of_the_levers_is_told_at_once(board):
    with pytest.raises(fc.InputError) as caught:
        board.read({"base": "basline", "jobs": "abc", "region": "Foo", "until": 3000,
                    "fertility": "hi", "delivered": -1})  # fmt: skip
    told = str(caught.value)
    for part in ("did you mean 'baseline'?", "New jobs: 'abc' is not a number", "'Foo'",
                 "Last year: 3000 is out of bounds", "did you mean 'high'?",
                 "write a number from 0 to 100"):  # fmt: skip
        assert part in told
    with pytest.raises(fc.InputError, match="choose where the jobs appear"):
        board.read({"jobs": 500})
    with pytest.raises(fc.InputError, match="First year of the jobs: 2031 is out of bounds"):
        board.read({"region": "KZ-55", "jobs": 500, "start": 2031})


def test_a_table_is_made_once_and_in_the_language_of_its_run():
    made = []

    def table():
        made.append(words.language())
        return pd.DataFrame({"value": [1.0]})

    words.speak("ru")
    tables = LaterTables({"one": table, "two": table})
    words.speak("kk")
    assert "one" in tables
    assert list(tables) == ["one", "two"]
    assert made == []
    assert tables["one"] is tables["one"]
    assert made == ["ru"]
    assert words.language() == "kk"
    assert isinstance(pickle.loads(pickle.dumps(tables)), dict)
    with pytest.raises(KeyError):
        tables["three"]


def test_the_file_of_the_levers_can_be_opened_and_moved_again(board, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()
    again = board
    for jobs in (500, 700):
        moved = again.read({"base": "baseline" if again is board else "levers", "region": "KZ-55",
                            "jobs": jobs, "until": 2027})  # fmt: skip
        (tmp_path / "scenarios" / f"{again.name}.yml").write_text(again.text(moved), "utf-8")
        again = Board(board.dataset)
    assert again.name == "levers-3"
    text = again.text(again.read({"base": "levers-2", "external": "high"}))
    scenario = fc.parse_scenario(text, again.name)
    assert [point.jobs.values for point in scenario.growth_points.values()] == [(500,), (700,)]
    assert again.scenario(again.read({"base": "levers-2", "external": "high"})).until == 2027


def test_runs_of_another_package_are_refused(board, tmp_path):
    districts = fc.load_dataset(DISTRICTS)
    folder = fc.run("baseline", districts, until=2026).save(
        tmp_path / "run", figures=False, workbook=False
    )
    with pytest.raises(fc.InputError) as caught:
        Board(board.dataset, [folder])
    assert len(caught.value.faults) == 1
    assert "the run has other regions than the data package" in str(caught.value)
