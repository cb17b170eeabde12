"""`forecast score` as a user meets it: regions of a run, applicants of a file."""

import json

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.cli import main
from forecast.report.score_figures import contributions, threshold_curve
from forecast.words import speaking

WORDS = {"education": ["higher", "tvet", "general", "none"],
         "kazakh": ["C", "B2", "B1", "A2", "A1", "none"]}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "baseline"
    projection = fc.run("baseline", fc.load_dataset(), until=2028)
    return str(projection.save(folder, figures=False, workbook=False))


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """400 invented applicants, two of whom cannot be read."""
    rng = np.random.default_rng(4)
    n = 400
    table = pd.DataFrame({
        "id": [f"person-{k}" for k in range(n)], "age": rng.integers(18, 70, n),
        "education": rng.choice(WORDS["education"], n), "kazakh": rng.choice(WORDS["kazakh"], n),
        "russian": rng.choice(WORDS["kazakh"], n), "english": rng.choice(WORDS["kazakh"], n),
        "experience": rng.integers(0, 40, n), "competences": rng.integers(0, 101, n),
        "health": rng.choice(["good", "limited"], n), "adaptability": rng.integers(0, 101, n),
        "region": rng.choice(["KZ-55", "Astana City", "Абайская область"], n, p=[0.5, 0.3, 0.2]),
        "section": rng.choice(list("ACQ"), n), "sex": rng.choice(["female", "male"], n),
    })  # fmt: skip
    table["region"] = table["region"].replace({"Абайская область": "KZ-10"})
    table.loc[7, "age"], table.loc[9, "health"] = 12, "?"
    path = tmp_path_factory.mktemp("people") / "people.csv"
    table.to_csv(path, index=False)
    return str(path)


def test_regions_are_ranked_with_their_terms(run, capsys, tmp_path):
    code = main(["score", "settlement-need", "--run", run, "--out", str(tmp_path), "--json"])
    assert code == 0
    found = json.loads(capsys.readouterr().out)
    assert found["card"]["weights_are"] == "input of the user"
    assert len(found["regions"]) == 20
    for row in found["regions"]:
        total = sum(row["contributions"].values())
        assert total == pytest.approx(row["score"] - found["reference"], abs=1e-12 * 100)
        assert row["passes"] == (row["score"] >= found["mark"] - 1e-7)
        assert row["rank_low"] <= row["rank_high"]
    table = pd.read_csv(tmp_path / "scores.csv")
    assert table["rank"].min() == 1
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"scores.csv", "scores.xlsx", "contributions.png", "contributions.svg"}
    again = main(["score", "settlement-need", "--run", run, "--json"])
    assert again == 0
    assert json.loads(capsys.readouterr().out) == found, "the same seed, the same draws"


def test_applicants_are_scored_and_rejects_told(run, people, capsys, tmp_path):
    words = ["score", "applicant-example", people, "--run", run, "--group", "sex", "--group", "age",
             "--salt", "grain", "--out", str(tmp_path)]  # fmt: skip
    assert main(words) == 1, "rows were left out"
    said = capsys.readouterr()
    assert "never an official scoring" in said.out
    assert "This card is an example." in said.out
    assert "four" not in said.err
    assert "row 9, age" in said.err
    rejects = pd.read_csv(tmp_path / "rejects.csv")
    assert rejects["row"].tolist() == [9, 11]
    table = pd.read_csv(tmp_path / "scores.csv")
    assert len(table) == 398
    assert table["id"].str.fullmatch("[0-9a-f]{16}").all()
    assert "person-" not in (tmp_path / "scores.csv").read_text(encoding="utf-8")
    assert "region" not in " ".join(table.columns)
    assert (tmp_path / "thresholds.png").is_file()
    assert (table["change_criteria"][table["passes"]] == 0).all()
    assert (table["change_criteria"][~table["passes"]] != 0).all()


def test_a_threshold_of_the_user_takes_the_place_of_the_mark(run, people, capsys):
    passed = []
    for mark in ("300", "500"):
        words = ["score", "applicant-example", people, "--run", run, "--threshold", mark, "--json"]
        assert main(words) == 1
        found = json.loads(capsys.readouterr().out)
        assert found["mark"] == float(mark)
        passed.append(found["passed"])
    assert passed[0] > passed[1]
    shares = [row["share"] for row in found["thresholds"] if row["share"] is not None]
    assert shares == sorted(shares, reverse=True)


def test_faults_of_card_file_and_options_come_together(people, capsys, tmp_path):
    card = tmp_path / "mine.yml"
    card.write_text(
        "title: mine\nkind: applicants\ncriteria:\n  a:\n    name: a\n    column: agee\n"
        "    weight: '3'\n    bins: [{from: 0, value: 1}]\n    reference: 3\n",
        encoding="utf-8",
    )
    words = ["score", str(card), people, "--group", "nothing", "--threshold", "-1"]
    assert main(words) == 2
    said = capsys.readouterr().err
    for part in ("5 faults", "mine.yml:7: criteria.a.weight", "'pass_mark' is missing",
                 "no column 'agee'; did you mean 'age'?", "--group", "--threshold"):  # fmt: skip
        assert part in said


@pytest.mark.parametrize(
    "words, told",
    [
        (["settlement-need"], "name a finished run"),
        (["applicant-example"], "needs their file"),
        (["nothing"], "there is no card 'nothing'"),
        (["settlement-need", "--draws", "-1", "--top", "0"], "3 faults"),
    ],
)
def test_what_is_missing_is_named(words, told, capsys):
    assert main(["score", *words]) == 2
    assert told in capsys.readouterr().err


def test_a_card_of_regions_takes_columns_of_a_file(tmp_path, capsys):
    card = tmp_path / "own.yml"
    card.write_text(
        "title: own\nkind: regions\npass_mark: 5\ncriteria:\n  a:\n    name: a\n    column: x\n"
        "    weight: 10\n    bins: [{to: 2, value: 0}, {from: 2, value: 1}]\n    reference: 1\n"
        "  b:\n    name: b\n    column: y\n    weight: 2\n    words: {good: 1, bad: 0}\n"
        "    reference: bad\n",
        encoding="utf-8",
    )
    table = tmp_path / "x.csv"
    table.write_text("region,x,y\nKZ-10,3,bad\nAstana City,1,good\n", encoding="utf-8")
    assert main(["score", str(card), str(table), "--json"]) == 0
    rows = {row["region"]: row for row in json.loads(capsys.readouterr().out)["regions"]}
    assert rows["KZ-10"]["score"] == 10
    assert rows["KZ-10"]["passes"]
    assert rows["KZ-71"]["score"] == 2
    assert rows["KZ-71"]["change"] == [{"criterion": "a", "from": "< 2", "to": "≥ 2"}]
    assert rows["KZ-11"]["score"] is None
    assert rows["KZ-11"]["rank"] is None
    table.write_text("region,x,y\nKZ-10,3,bad\nKZ-10,1,good\n", encoding="utf-8")
    assert main(["score", str(card), str(table)]) == 2
    assert "the region stands in an earlier row" in capsys.readouterr().err


@pytest.mark.parametrize("lang", ["en", "ru", "kk"])
def test_the_figures_are_drawn_in_three_languages(run, people, lang):
    from forecast.scoring import applicants_scored, regions_scored
    from forecast.settlement.score_read import load_card

    projection = fc.load(run)
    with speaking(lang):
        regions = regions_scored(
            load_card("settlement-need"), None, projection, projection.space, 50,
            draws=20, seed=1, top=5,
        )  # fmt: skip
        ax = contributions(regions, projection.space, projection)
        assert len(ax.lines[0].get_xdata()) == 20
        found = applicants_scored(
            load_card("applicant-example"), people, projection, 400, salt=None, groups=(), draws=0,
            seed=1, top=5,
        )  # fmt: skip
        ax = threshold_curve(found, projection)
        shown = [line for line in ax.lines if line.get_label() == "share"]
        assert np.diff(shown[0].get_ydata()).max() <= 0
