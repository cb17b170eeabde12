"""`forecast retention` as an official uses it: the table, the files, bad rows, wrong options."""

import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from forecast.cli import main

DONE, REJECTED, WRONG = 0, 1, 2


@pytest.fixture
def ask(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def call(*words):
        code = main(["retention", *map(str, words)])
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def records(tmp_path):
    """400 people of two regions and supports; half of one region leave in their second year."""
    rng = np.random.default_rng(1)
    count = 400
    region = np.where(np.arange(count) % 2, "Павлодарская область", "KZ-59")
    support = rng.choice(["lump sum", "dwelling"], count)
    entry = pd.to_datetime("2017-01-01") + pd.to_timedelta(rng.integers(0, 1000, count), unit="D")
    hazard = np.where(region == "KZ-59", 0.3, 0.1)
    stay = rng.exponential(1 / hazard)
    leaving = entry + pd.to_timedelta((stay * 365.25).astype(int), unit="D")
    frame = pd.DataFrame({
        "id": np.arange(count), "entry": entry.strftime("%Y-%m-%d"),
        "exit": np.where(leaving < "2026-01-01", leaving.strftime("%Y-%m-%d"), ""),
        "region": region, "support": support, "family_size": rng.integers(1, 6, count),
        "stream": "resettlers",
    })  # fmt: skip
    path = tmp_path / "records.csv"
    frame.to_csv(path, index=False)
    return path


def test_a_table_and_its_json(ask, records):
    code, out, err = ask(records, "--until", "2026-01-01", "--support-cost", "1000000")
    assert code == DONE, err
    assert "Pavlodar Region" in out
    assert "Cox" in out
    assert not err
    code, out, _ = ask(records, "--until", "2026-01-01", "--json")
    found = json.loads(out)
    assert code == DONE
    assert (found["people"], found["rejected"], found["horizon"]) == (400, 0, 5)
    first, *others = found["stay"]
    assert first["people"] == 400
    stay = {row["region"]: row["stay"] for row in others if row["by"] == "region"}
    assert stay["KZ-59"] == pytest.approx(np.exp(-1.5), abs=0.07)
    assert stay["KZ-55"] == pytest.approx(np.exp(-0.5), abs=0.08)
    assert first["cost"] is None
    assert found["log_rank"]["region"] < 0.001
    ratio = next(row for row in found["hazards"] if row["level"] == "KZ-59")
    assert ratio["low"] < 3 < ratio["high"]


def test_files_of_a_folder(ask, records, tmp_path):
    costs = tmp_path / "costs.csv"
    costs.write_text("support,cost,unit\nlump sum,100,KZT\ndwelling,300,KZT\n")
    code, _, err = ask(records, "--until", "2026-01-01", "--support-cost", costs, "--out", "stay",
                       "--by", "region", "--by", "region,support", "--salt", "s")  # fmt: skip
    assert code == DONE, err
    folder = tmp_path / "stay"
    for name in ("rejects.csv", "stay-occupation.png"):  # of an earlier call
        (folder / name).write_text("old")
    ask(records, "--until", "2026-01-01", "--support-cost", costs, "--out", "stay",
        "--by", "region", "--by", "region,support", "--salt", "s")  # fmt: skip
    assert {path.name for path in folder.iterdir()} == {
        "stay.csv", "curves.csv", "hazards.csv", "retention.csv", "retention.xlsx",
        "stay-region.png", "stay-region.svg", "stay-region-support.png", "stay-region-support.svg",
    }  # fmt: skip
    table = pd.read_csv(folder / "retention.csv")
    assert set(table["stream"]) == {"resettlers"}
    assert set(table["region"]) == {"KZ", "KZ-55", "KZ-59"}
    assert set(table["years"]) == {1, 2, 3, 4, 5}
    assert (table["low"] <= table["value"]).all()
    assert pd.read_excel(folder / "retention.xlsx", sheet_name="stay").shape[0] == 7
    with Image.open(folder / "stay-region.png") as image:
        assert image.width == pytest.approx(16 / 2.54 * 300, abs=2)
    for path in folder.glob("*.csv"):
        assert "2017-" not in path.read_text()  # no date of any person


def test_bad_rows_are_told_and_the_others_go_on(ask, records, tmp_path):
    with records.open("a", encoding="utf-8") as file:
        file.write("900,2020-01-01,2019-01-01,KZ-59,dwelling,2,resettlers\n"
                   "901,2027-01-01,,KZ-59,dwelling,2,resettlers\n"
                   "902,2020-01-01,,Atlantis,dwelling,2,resettlers\n"
                   "903,2020-01-01,,KZ-59,dwelling,-1,resettlers\n")  # fmt: skip
    code, out, err = ask(records, "--until", "2026-01-01", "--out", "stay")
    assert code == REJECTED
    assert "4 rows are left out" in err
    assert "400 people" in out
    rejects = pd.read_csv(tmp_path / "stay" / "rejects.csv")
    assert rejects["row"].tolist() == [402, 403, 404, 405]
    assert rejects["column"].tolist() == ["exit", "entry", "region", "family_size"]


@pytest.mark.parametrize(
    "words, says",
    [
        ((), "--until"),
        (("--until", "soon"), "not a date"),
        (("--until", "2026-01-01", "--by", "regoin"), "did you mean 'region'"),
        (("--until", "2026-01-01", "--by", "occupation"), "no column 'occupation'"),
        (("--until", "2026-01-01", "--horizon", "0"), "--horizon"),
        (("--until", "2026-01-01", "--refund", "2"), "--refund"),
        (("--until", "2026-01-01", "--stream", "tourists"), "--stream"),
        (("--until", "2026-01-01", "--support-cost", "nowhere.csv"), "no such file"),
        (("--until", "2016-01-01"), "no row of 400 can be used"),
    ],
)
def test_wrong_input_writes_nothing(ask, records, tmp_path, words, says):
    code, out, err = ask(records, *words, "--out", "stay")
    assert code == WRONG
    assert says in err
    assert not out
    assert not (tmp_path / "stay").exists()
