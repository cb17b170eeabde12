"""Every fault of a scenario has its own message with file, line, key and cure.

Authority: the files in `faults/`, each with the message that a planner reads beside it. The
files of `faults/bound/` are sound by themselves and wrong for the country. To accept a changed
message, read it, then write it into the .txt file.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from forecast.errors import InputError
from forecast.scenario import Scenario, load_scenario, parse_scenario
from forecast.scenario.bind import Country, read_bound
from forecast.scenario.read import LARGEST_FILE
from forecast.space import Space

FAULTS = Path(__file__).parent / "faults"
SETTLED = {"kandas": ["KZ-55", "KZ-11"], "resettlers": ["KZ-55"]}
EMPLOYED = {"KZ-55": 370_000.0}
UNEMPLOYMENT = {"KZ-55": 4.6}
NORMS = {
    "school_place": {"shifts": (1, 3), "usable": (0, 1)},
    "bed": {"occupancy": (0, 1)},
}


def message(action: str, file: Path, space: Space, sections: pd.DataFrame) -> str:
    country = Country(
        space,
        sections,
        base_year=2026,
        norms=NORMS,
        employed=EMPLOYED,
        unemployment=UNEMPLOYMENT,
        settled=SETTLED,
        people={"KZ-55": 745_243.0},
        levels=["level-2022", "level-2025"],
    )

    def act() -> None:
        if action == "load":
            load_scenario(file.name, folder=FAULTS / "named")
        else:
            read_bound(file.name, country)

    with pytest.raises(InputError) as caught:
        act()
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize("file", sorted(FAULTS.glob("*.yml")), ids=lambda file: file.stem)
def test_a_faulty_file_gives_its_message(
    file: Path, monkeypatch: pytest.MonkeyPatch, space: Space, sections: pd.DataFrame
) -> None:
    monkeypatch.chdir(FAULTS)
    expected = file.with_suffix(".txt").read_text(encoding="utf-8")
    assert message("load", file, space, sections) + "\n" == expected


@pytest.mark.parametrize("file", sorted(FAULTS.glob("bound/*.yml")), ids=lambda file: file.stem)
def test_a_file_that_does_not_fit_the_country_gives_its_message(
    file: Path, monkeypatch: pytest.MonkeyPatch, space: Space, sections: pd.DataFrame
) -> None:
    monkeypatch.chdir(FAULTS / "bound")
    expected = file.with_suffix(".txt").read_text(encoding="utf-8")
    assert message("bind", file, space, sections) + "\n" == expected


def test_every_message_belongs_to_a_file() -> None:
    lost = [file.name for file in FAULTS.rglob("*.txt") if not file.with_suffix(".yml").is_file()]
    assert not lost


def faults_of(text: str, **options: object) -> str:
    with pytest.raises(InputError) as caught:
        parse_scenario(text, **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_an_unknown_name_is_told_the_nearest_one_and_all(in_tmp: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_scenario("atyrau-petrochemical")
    text = str(caught.value)
    assert text.startswith("there is no scenario 'atyrau-petrochemical'")
    assert "did you mean 'atyrau-petrochemicals'?" in text
    assert "known: " in text
    assert "baseline" in text


def test_an_unknown_parent_overlay_and_path_are_told_together(in_tmp: Path) -> None:
    text = faults_of("extends: basline\nwith:\n  - fertilty\n  - ./nowhere.yml\nuntill: 2030\n")
    assert "scenarios/scenario.yml:1: extends: there is no scenario 'basline'; did you mean" in text
    assert "scenarios/scenario.yml:3: with.fertilty: there is no scenario 'fertilty'" in text
    assert "with../nowhere.yml: there is no file './nowhere.yml'" in text
    assert "scenarios/scenario.yml:5: untill: unknown key 'untill'; did you mean 'until'?" in text
    assert "'until' is missing" not in text  # the parent that was not found may have it


def test_a_path_that_leads_nowhere_or_to_a_folder(in_tmp: Path) -> None:
    with pytest.raises(InputError, match=r"there is no file 'gone\.yml'"):
        load_scenario("gone.yml")
    (in_tmp / "folder.yml").mkdir()
    with pytest.raises(InputError, match=r"folder\.yml: this is a folder"):
        load_scenario("folder.yml")


def test_a_file_that_may_not_be_read(in_tmp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (in_tmp / "locked.yml").write_text("extends: baseline\n")

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(InputError, match="cannot be read: Permission denied"):
        load_scenario("locked.yml")


def test_a_scenario_of_ten_megabytes_is_refused_unread(in_tmp: Path) -> None:
    path = in_tmp / "huge.yml"
    path.write_bytes(b"# " + b"x" * 10_000_000)
    with pytest.raises(InputError, match=f"10000002 bytes; a scenario has at most {LARGEST_FILE}"):
        load_scenario(path)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("a: " + "[" * 3000 + "]" * 3000, "nested too deeply"),
        ("title: a\x00b", "this is not a text file of YAML"),
        ("until: " + "9" * 5000, "a year is needed, found text '999"),
        (
            "growth_points: {a: {region: b, additional: " + "9" * 400 + "}}",
            "is not a finite number",
        ),
        ("a: 1\n---\nb: 2\n", "not valid YAML"),
        ("? {a: 1}\n: 2\n", "'a list or map' in line 1 cannot be a key"),
        ("yes: 1\ntrue: 2\n", "'true' in line 2 cannot be a key"),
    ],
)
def test_odd_files_give_a_message_and_no_traceback(in_tmp: Path, text: str, expected: str) -> None:
    assert expected in faults_of(text)


def test_a_file_that_extends_itself(in_tmp: Path) -> None:
    (in_tmp / "mine.yml").write_text("extends: mine.yml\n")
    with pytest.raises(InputError, match=r"round in a circle: mine\.yml -> mine\.yml"):
        load_scenario("mine.yml")


def test_a_fault_in_an_inherited_value_names_the_parent(in_tmp: Path) -> None:
    (in_tmp / "scenarios").mkdir()
    (in_tmp / "scenarios" / "parent.yml").write_text(
        "extends: baseline\ngrowth_points:\n  a: {region: Nowhere, jobs: {2028: 1}}\n"
    )
    child = parse_scenario("extends: parent\ngrowth_points:\n  a: {additional: 0.5}\n", "child")
    assert child.where(("growth_points", "a", "region")).startswith("scenarios/parent.yml:3: ")
    assert child.where(("growth_points", "a", "additional")).startswith("scenarios/child.yml:3: ")


@pytest.mark.parametrize("word, region", [("Almaty", None), ("Алматы", None), ("Astana", "KZ-71")])
def test_a_part_of_a_name_is_never_guessed(
    word: str, region: str | None, space: Space, sections: pd.DataFrame
) -> None:
    scenario = parse_scenario(
        f"extends: baseline\ngrowth_points:\n  a:\n    region: {word}\n    jobs: {{2028: 1}}\n"
    )
    with pytest.raises(InputError) as caught:
        scenario.bind(Country(space, sections))
    text = str(caught.value)
    if region is None:
        assert "names more than one region; write one of: " in text
        assert "'Almaty Region' (KZ-19), 'Almaty City' (KZ-75)" in text
    else:
        assert f"did you mean 'Astana City' ({region})?" in text


def test_two_spellings_of_one_region_are_one_home(space: Space, sections: pd.DataFrame) -> None:
    scenario = parse_scenario(
        "extends: baseline\ngrowth_points:\n  a:\n    region: 19\n    jobs: {2028: 1}\n"
        "    homes: {KZ-19: 0.5, Алматинская область: 0.5}\n"
    )
    with pytest.raises(InputError, match="KZ-19 stands here already, as 'KZ-19'"):
        scenario.bind(Country(space, sections))


def test_nothing_is_left_to_chance_by_an_uncaught_fault(in_tmp: Path) -> None:
    """A sound file is no fault: the negative control of this whole module."""
    scenario = parse_scenario(
        "extends: baseline\ngrowth_points:\n  a: {region: X, jobs: {2028: 1}}\n"
    )
    assert isinstance(scenario, Scenario)
