"""Rows of norms/commuting and participation that cannot be: each with its place and its cure."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import InputError
from forecast.labour.commuting import commuting_limits
from forecast.space import Region, Space

NAMES = {"en": "North", "ru": "Север", "kk": "Солтүстік"}
SPACE = Space(tuple(Region(name, name[-1], "region", NAMES) for name in ("X-1", "X-2", "X-3")), "X")


def rows(*lines: tuple[object, ...]) -> pd.DataFrame:
    frame = pd.DataFrame(lines, columns=["home", "work", "limit", "source"])
    return frame.assign(unit="share of the employed", status="assumption")


def test_sound_rows() -> None:
    limits = commuting_limits(rows(("X-1", "X-2", 0.05, "a"), ("X-2", "X-1", 0.01, "a")), SPACE)
    assert limits.tolist() == [[0, 0.05, 0], [0.01, 0, 0], [0, 0, 0]]


def test_every_fault_is_told_at_once() -> None:
    table = rows(
        ("X-1", "X-9", 0.05, "a"),
        ("X-2", "X-2", 0.05, "a"),
        ("X-1", "X-2", 1.5, "a"),
        ("X-1", "X-3", "much", "a"),
        ("X-2", "X-3", np.nan, "a"),
        ("X-3", "X-1", 0.05, ""),
        ("X-3", "X-2", 0.05, np.nan),
        ("X-2", "X-1", 0.6, "a"),
        ("X-2", "X-1", 0.6, "a"),
    )
    with pytest.raises(InputError) as caught:
        commuting_limits(table, SPACE)
    assert caught.value.exit_code == 2
    assert str(caught.value).splitlines() == [
        "norms/commuting: 8 faults",
        "  row 2, work: no region 'X-9'; did you mean 'X-3'?",
        "  row 3, work: home and work are one region; name two regions",
        "  row 4, limit: '1.5' cannot stand here; a share is from 0 to 1",
        "  row 5, limit: 'much' cannot stand here; a share is from 0 to 1",
        "  row 6, limit: 'nan' cannot stand here; a share is from 0 to 1",
        "  row 7, source: the cell is empty",
        "  row 8, source: the cell is empty",
        "  row 10: the row repeats an earlier one",
    ]


def test_a_home_sends_no_more_than_it_employs() -> None:
    table = rows(("X-1", "X-2", 0.6, "a"), ("X-1", "X-3", 0.6, "a"))
    with pytest.raises(InputError, match=r"X-1: the limits of one home sum to 1\.2; they must not"):
        commuting_limits(table, SPACE)


def test_a_missing_column() -> None:
    with pytest.raises(InputError, match="header: no column 'source'"):
        commuting_limits(rows().drop(columns="source"), SPACE)


@pytest.fixture
def package(tmp_path: Path, root: Path) -> Path:
    return Path(shutil.copytree(root / "data" / "kazakhstan", tmp_path / "kazakhstan"))


def spoil(package: Path, file: str, old: str, new: str) -> None:
    path = package / "norms" / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    "file, old, new, told",
    [
        ("commuting.csv", "KZ-11,KZ-71,0.05", "KZ-111,KZ-71,0.05", "KZ-111"),
        ("commuting.csv", "KZ-11,KZ-71,0.05", "KZ-11,KZ-71,5", "column limit: 5 is above 1"),
        ("participation.csv", "0.", "1.", "value"),
        ("labour.csv", "retraining_share,0.5", "retraining_share,-0.5", "-0.5"),
    ],
)
def test_the_door_of_the_package_tells_it(
    package: Path, file: str, old: str, new: str, told: str
) -> None:
    spoil(package, file, old, new)
    with pytest.raises(InputError) as caught:
        fc.load_dataset(package)
    assert caught.value.exit_code == 2
    assert f"norms/{file}" in str(caught.value)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "file, old, new, told",
    [
        ("commuting.csv", "KZ-11,KZ-71,0.05", "KZ-71,KZ-71,0.05", "home and work are one region"),
        ("labour.csv", "retraining_share,0.5", "retraining_share,1.5", "must be from 0 to 1"),
        ("labour.csv", "retraining_share,0.5", "retraining_part,0.5", "retraining_share"),
    ],
)
def test_what_only_the_room_knows_is_told_before_the_run(
    package: Path, file: str, old: str, new: str, told: str
) -> None:
    spoil(package, file, old, new)
    with pytest.raises(InputError, match=told) as caught:
        fc.run("baseline", fc.load_dataset(package))
    assert caught.value.exit_code == 2


def test_a_package_without_the_table_has_no_commuters(package: Path) -> None:
    (package / "norms" / "commuting.csv").unlink()
    (package / "datapackage.json").unlink()  # which would miss it
    frame = fc.run("baseline", fc.load_dataset(package)).frame("labour_gap")
    assert not frame[frame["measure"] == "commuting"]["value"].any()
