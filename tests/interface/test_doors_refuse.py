"""The doors of Python refuse what the commands of the same questions refuse, in the same words.

Authority: the faults of the command.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import forecast as fc
from forecast.commands import indicators as indicators_command
from forecast.commands import quota as quota_command
from forecast.commands import report as report_command
from forecast.commands import score as score_command

CARD = """title: {en: Regions, ru: Регионы, kk: Өңірлер}
kind: regions
pass_mark: 50
criteria:
  roads:
    name: {en: roads, ru: дороги, kk: жолдар}
    column: roads
    weight: 100
    bins: [{to: 1, value: 0}, {from: 1, value: 1}]
    reference: 1
"""


@pytest.fixture(scope="module")
def dataset() -> Any:
    return fc.load_dataset()


@pytest.fixture(scope="module")
def run(dataset: Any) -> Any:
    return fc.run("baseline", dataset, until=2027)


@pytest.fixture(scope="module")
def folder(run: Any, tmp_path_factory: Any) -> str:
    path = tmp_path_factory.mktemp("run") / "baseline"
    return str(run.save(path, figures=False, workbook=False))


def same(door: Any, command: Any, words: int) -> None:
    """Both refuse, with the same faults, of which there are so many."""
    found = []
    for ask in (door, command):
        with pytest.raises(fc.InputError) as caught:
            ask()
        found.append(caught.value.faults)
    assert found[0] == found[1]
    assert len(found[0]) == words


def test_a_card_that_asks_for_a_file_is_refused_without_one(
    run: Any, folder: str, tmp_path: Path
) -> None:
    card = tmp_path / "card.yml"
    card.write_text(CARD, encoding="utf-8")
    wrong: dict[str, Any] = {"threshold": -1.0, "draws": -2, "groups": ["sex"]}
    same(lambda: fc.score(card, run, **wrong),
         lambda: score_command.score(str(card), run=folder, quiet=True, **wrong), 4)  # fmt: skip
    same(lambda: fc.score("applicant-example", run),
         lambda: score_command.score("applicant-example", run=folder, quiet=True), 1)  # fmt: skip
    rows = tmp_path / "rows.csv"
    rows.write_text("region,road\nKZ-10,1\n", encoding="utf-8")
    same(lambda: fc.score(card, run, file=rows),
         lambda: score_command.score(str(card), str(rows), run=folder, quiet=True), 1)  # fmt: skip


def test_a_quota_of_no_places_is_refused(run: Any, folder: str, dataset: Any) -> None:
    wrong: dict[str, Any] = {"places": 0, "budget": float("nan"), "plan": "none.yml"}
    same(lambda: fc.quota(run, dataset, **wrong),
         lambda: quota_command.quota(folder, quiet=True, **wrong), 3)  # fmt: skip


def test_targets_of_runs_with_different_regions_are_refused(
    run: Any, folder: str, dataset: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(run, space=dataset.space.permuted(range(3)))
    monkeypatch.setattr(
        indicators_command, "asked", lambda name, _: run if name == folder else other
    )
    monkeypatch.setattr(indicators_command, "is_run", lambda name: True)
    same(lambda: fc.targets([run, other], dataset),
         lambda: indicators_command.indicators([folder, "other"], quiet=True), 1)  # fmt: skip


def test_a_region_that_is_named_twice_is_told_once(run: Any, tmp_path: Path) -> None:
    once, twice = (
        run.report("html", tmp_path / f"{k}.html", regions=["KZ-55", "Pavlodar Region"][:k])
        for k in (1, 2)
    )
    assert once.read_bytes() == twice.read_bytes()


def test_the_regions_of_a_report_are_refused_alike(run: Any, folder: str, in_tmp: Path) -> None:
    wrong = ["Kazakhstan", "Almaty", "Nowhere"]
    same(lambda: run.report("html", "told.html", regions=wrong),
         lambda: report_command.report([folder], formats="html", regions=wrong), 3)  # fmt: skip


def test_the_nation_goes_by_any_of_its_names(run: Any) -> None:
    space = run.space
    assert {space.place(word) for word in ("KZ", "kazakhstan", "Казахстан")} == {space.nation}
    assert space.place("Astana City") == space.place("KZ-71") == "KZ-71"
    with pytest.raises(fc.InputError, match=r"did you mean 'Kazakhstan' \(KZ\)"):
        space.place("Kazakstan")
    pictures = [run.plot("pyramid", **chosen) for chosen in ({"region": "Kazakhstan"}, {})]
    heads = [[text.get_text() for text in each.texts] for each in pictures]
    assert heads[0] == heads[1]
    assert run.total(region="Kazakhstan").equals(run.total())
