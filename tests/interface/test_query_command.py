"""`forecast query`: SQL over finished runs gives what the runs hold, and changes nothing."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

import forecast as fc
from forecast.cli import main
from forecast.errors import InputError
from forecast.query import MEANING, TABLES, ask, connect, schema

GUIDE = Path(__file__).parents[2] / "docs" / "query.md"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Two runs, one of them with draws."""
    place = tmp_path_factory.mktemp("asked")
    dataset = fc.load_dataset()
    fc.run("baseline", dataset, draws=20).save(place / "results" / "baseline", figures=False)
    fc.run("atyrau-petrochemicals", dataset).save(
        place / "results" / "atyrau-petrochemicals", figures=False
    )
    return place


@pytest.fixture
def here(place, monkeypatch):
    monkeypatch.chdir(place)
    return place


def told(capsys, *words: str) -> tuple[int, str, str]:
    code = main(["query", *words])
    out, err = capsys.readouterr()
    return code, out, err


def test_every_table_has_a_meaning_and_stands_in_the_guide(place):
    assert set(MEANING) == set(TABLES)
    rows = [line for line in GUIDE.read_text("utf-8").splitlines() if line.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == set(TABLES)
    with connect([place / "results" / "baseline"]) as base:
        found = schema(base)
    assert set(found) == set(TABLES)
    for row in rows:
        columns = re.sub(r"\([^)]*\)| and more", "", row.split("|")[3])
        for table in re.findall(r"`(\w+)`", row.split("|")[1]):
            known = {name for name, _ in found[table]}
            if table not in ("facilities", "sections", "points"):
                assert known - {"run", "value", "unit", "status"} == {
                    word.strip() for word in columns.split(",")
                } - {"run", "value", "unit", "status"}, table


def test_the_examples_of_the_guide_run(here):
    queries = re.findall(r"```sql\n(.*?)```", GUIDE.read_text("utf-8"), flags=re.DOTALL)
    assert len(queries) == 3
    with connect([here / "results" / "baseline", here / "results" / "atyrau-petrochemicals"]) as db:
        for sql in queries:
            assert len(ask(db, sql.replace("alatau-general-plan", "atyrau-petrochemicals")))


def test_sums_are_those_of_the_runs(here):
    with connect([here / "results" / name for name in ("baseline", "atyrau-petrochemicals")]) as db:
        found = ask(db, "select run, sum(value) v from population where year = 2031 group by run")
        draws = ask(db, "select region, draw, value from samples where measure = 'population' "
                        "and year = 2031 and region = 'KZ-71' order by draw")  # fmt: skip
    people = found.set_index("run")["v"]
    for name in people.index:
        run = fc.load(here / "results" / name)
        assert people[name] == pytest.approx(run.total().loc[2031], rel=1e-12)
    samples = fc.load(here / "results" / "baseline").samples(region="KZ-71")
    assert draws["draw"].tolist() == list(range(20))
    assert draws["value"].to_numpy() == pytest.approx(samples.loc[2031].to_numpy(), rel=1e-6)


def test_the_runs_of_results_are_asked_without_a_word(here, capsys):
    code, out, _ = told(capsys, "select run, draws from runs order by run", "--json")
    assert code == 0
    assert json.loads(out) == [
        {"run": "atyrau-petrochemicals", "draws": 0}, {"run": "baseline", "draws": 20},
    ]  # fmt: skip


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_an_answer_is_written_whole(here, tmp_path, capsys, ending):
    file = tmp_path / f"answer.{ending}"
    code, _, err = told(capsys, "select * from history", "results/baseline", "--out", str(file))
    assert (code, "105" in err) == (0, True)
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "xlsx": pd.read_excel}[ending]
    assert len(read(file)) == 105


def test_the_screen_says_what_it_leaves_out(here, capsys):
    _, out, err = told(capsys, "select * from history", "results/baseline", "--rows", "5")
    assert len(out.strip().splitlines()) == 7
    assert "100 more rows" in err
    assert "no row answers" in told(capsys, "select * from history where year = 1")[2]


@pytest.mark.parametrize("sql", [
    "drop view population", "copy runs to 'x.csv'", "create table a as select 1", "attach 'x.db'",
    "set memory_limit = '1GB'", "install httpfs", "select 1; select 2", "",
    "select * from read_csv('/etc/passwd')", "select * from popul", "selct 1",
])  # fmt: skip
def test_what_is_no_reading_is_refused(here, capsys, sql):
    before = sorted(path.name for path in here.rglob("*"))
    code, out, err = told(capsys, sql)
    assert (code, out, len(err.strip().splitlines())) == (2, "", 1)
    assert err.startswith("forecast: SQL: ")
    assert sorted(path.name for path in here.rglob("*")) == before


def test_a_long_answer_is_whole_and_of_its_types(here):
    """Parts of an answer are as long as its filters leave them, and may hold no word at all."""
    asked = {
        "SELECT range AS n FROM range(12000000) WHERE range % 3 = 0": (4_000_000, 11_999_997),
        "SELECT range AS n FROM range(9000000) WHERE range > 8999990": (9, 8_999_999),
        "SELECT range AS n FROM range(5000000)": (5_000_000, 4_999_999),
    }
    with connect([here / "results" / "baseline"]) as base:
        for sql, (rows, last) in asked.items():
            answer = ask(base, sql)
            assert (len(answer), answer["n"].iloc[-1]) == (rows, last), sql
        words = ask(base, "SELECT IF(range < 300000, NULL, 'late') AS word FROM range(500000)")
    assert pd.api.types.is_string_dtype(words["word"])
    assert words["word"].isna().sum() == 300_000


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT * FROM range(1000000000000)", "the answer has more than 5,000,000 rows; narrow"),
        ("SELECT * FROM range(18000000) WHERE range % 3 = 0", "has more than 5,000,000 rows"),
        ("SELECT list(range) FROM range(1000000000)", "the database answers: Out of Memory"),
    ],
)
def test_an_answer_beyond_memory_is_refused(here, capsys, sql, said):
    code, out, err = told(capsys, sql)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_all_faults_of_the_runs_come_at_once(here, tmp_path, capsys):
    broken = tmp_path / "broken"
    shutil.copytree(here / "results" / "baseline", broken)
    (broken / "flows.parquet").write_bytes(b"PAR1")
    (broken / "notes.parquet").unlink()
    code, _, err = told(capsys, "select 1", str(broken), "nowhere")
    assert code == 2
    for word in ("flows.parquet", "notes.parquet", "nowhere"):
        assert word in err


@pytest.mark.parametrize(("words", "said"), [
    (("--rows", "0"), "--rows"), (("--out", "x.doc"), "--out"), (("--out", "."), "--out"),
])  # fmt: skip
def test_options_are_checked(here, capsys, words, said):
    code, _, err = told(capsys, "select 1", *words)
    assert code == 2
    assert said in err


def test_runs_of_one_name_are_told_apart(here, tmp_path):
    shutil.copytree(here / "results" / "baseline", tmp_path / "baseline")
    with connect([here / "results" / "baseline", tmp_path / "baseline"]) as base:
        names = ask(base, "select run from runs")["run"].tolist()
    assert len(set(names)) == 2


def test_the_database_itself_is_locked(here):
    with connect([here / "results" / "baseline"]) as base, pytest.raises(duckdb.Error):
        base.execute("set enable_external_access = true")
    with connect([here / "results" / "baseline"]) as base, pytest.raises(InputError):
        ask(base, "select * from read_text('/etc/hostname')")


def test_what_a_sheet_cannot_hold_is_refused_or_written_as_text(here, tmp_path, capsys):
    file = tmp_path / "answer.xlsx"
    many = "select 1 as one from range(1048576)"
    code, _, err = told(capsys, many, "results/baseline", "--out", str(file))
    assert code == 2
    assert "1,048,576 rows do not fit into a sheet" in err
    assert not file.exists()
    zoned = "select timestamptz '2026-01-01 00:00:00+00' as moment, 7 as value"
    code, _, err = told(capsys, zoned, "results/baseline", "--out", str(file))
    assert code == 0, err
    found = pd.read_excel(file)
    assert str(found["moment"][0]).startswith("202")
    assert found["value"][0] == 7
