"""Words of applicants that one criterion of a card knows and its labour term does not."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import forecast as fc
from forecast.cli import main

CARD = """
title: mine
kind: applicants
pass_mark: 5
criteria:
  education:
    name: education
    column: education
    weight: 10
    words: {{doctor: 1, higher: 1, college: 0.5, none: 0}}
    reference: none
  place:
    name: place
    column: region
    weight: 1
    words: {{Pavlodar Region: 1, KZ-59: 0.5, abroad: 0}}
    reference: abroad
  need:
    name: need
    labour: {{region: region, section: section, qualification: education{kinds}}}
    weight: 20
    reference: nation
"""
FILE = """id,education,region,section
a,doctor,Pavlodar Region,Q
b,higher,Pavlodar Region,Q
c,college,KZ-59,Q
d,none,abroad,Q
e,,KZ-59,Q
f,professor,KZ-59,Q
g,higher,KZ-59,X
h,higher,KZ-59,Q
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "baseline"
    projection = fc.run("baseline", fc.load_dataset(), until=2028)
    return str(projection.save(folder, figures=False, workbook=False))


@pytest.fixture
def asked(run, tmp_path, capsys):
    def ask(kinds="", file=FILE, lang="en"):
        (tmp_path / "mine.yml").write_text(CARD.format(kinds=kinds), encoding="utf-8")
        (tmp_path / "people.csv").write_text(file, encoding="utf-8")
        out = tmp_path / "out"
        code = main(["score", str(tmp_path / "mine.yml"), str(tmp_path / "people.csv"), "--run",
                     run, "--out", str(out), "--json", "--lang", lang])  # fmt: skip
        told = capsys.readouterr()
        rejects = out / "rejects.csv"
        found = pd.read_csv(rejects) if rejects.is_file() else None
        return code, found, told

    return ask


def test_a_word_without_a_qualification_is_a_row_of_the_rejects(asked, tmp_path):
    code, rejects, told = asked()
    assert code == 1
    assert rejects["row"].tolist() == [2, 4, 5, 6, 7, 8]
    assert rejects["column"].tolist() == [
        "education", "education", "region", "education", "education", "section",
    ]  # fmt: skip
    reasons = rejects["reason"].tolist()
    assert "no qualification of the run for 'doctor'" in reasons[0]
    assert "labour: {qualifications: ...}" in reasons[0]
    assert "'college'" in reasons[1]
    assert "no region 'abroad'" in reasons[2]
    assert reasons[3] == "the cell is empty"
    assert "'professor' cannot stand here" in reasons[4]
    assert "'X' cannot stand here" in reasons[5]
    table = pd.read_csv(tmp_path / "out" / "scores.csv")
    assert len(table) == 2
    assert table["score"].notna().all()  # Pavlodar Region is found by its name
    record = json.loads(told.out)
    assert (record["rows"], record["rejected"], record["scored"]) == (8, 6, 2)


def test_with_a_qualification_for_each_word_they_are_scored(asked, tmp_path):
    code, rejects, _ = asked(", qualifications: {doctor: higher, College: tvet}")
    assert code == 1
    assert rejects["row"].tolist() == [5, 6, 7, 8]
    table = pd.read_csv(tmp_path / "out" / "scores.csv")
    assert table["score"].notna().all()
    need = table["contribution_need"]
    assert need[0] == need[1]  # doctor and higher, same region and section
    good = "".join(line for line in FILE.splitlines(True) if line[0] in "iabch")
    code, rejects, _ = asked(", qualifications: {doctor: higher, college: tvet}", good)
    assert code == 0
    assert rejects is None


def test_a_file_of_such_words_alone_says_why(asked):
    code, _, told = asked(file="id,education,region,section\na,doctor,KZ-59,Q\n")
    assert code == 2
    assert "no row of the file can be scored" in told.err
    assert "row 2: education: the card has no qualification" in told.err


@pytest.mark.parametrize(
    ("lang", "texts"),
    [
        ("ru", ["в карте для «doctor» не указана квалификация из расчёта", "ячейка пуста"]),
        ("kk", ["картада «doctor» үшін есептеудегі біліктілік көрсетілмеген", "ұяшық бос"]),
    ],
)
def test_reasons_are_told_in_every_language(asked, lang, texts):
    code, rejects, _ = asked(lang=lang)
    assert code == 1
    reasons = rejects.set_index("row")["reason"]
    assert reasons[2].startswith(texts[0])
    assert reasons[6] == texts[1]
    assert not reasons.str.contains("cannot stand|no region|has no|empty").any()


def test_where_the_figure_fails_no_file_is_left(asked, tmp_path, monkeypatch):
    """Rows are written while the figure is drawn: all files, or none."""
    from forecast.report import score_figures

    def fails(*_):
        raise RuntimeError("no figure")

    monkeypatch.setattr(score_figures, "threshold_curve", fails)
    _, rejects, told = asked()
    assert rejects is None
    assert "no figure" in told.err
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())
