"""`forecast match` as a planner uses it: places, reasons, hidden cells, files and their figure.

Authority: the limits and lists of the data package, held against the files row by row.
"""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from invented_families import invented
from openpyxl import load_workbook
from PIL import Image

import forecast as fc
from forecast.cli import main
from forecast.report.match_figure import alternative, placed
from forecast.settlement import match_limits as ml
from forecast.settlement.match import match
from forecast.settlement.match_survey import read_survey, section_words
from forecast.settlement.match_tables import by_choice, by_region, hidden, satisfaction
from forecast.settlement.match_weights import Weights
from forecast.settlement.records import region_names
from forecast.words import LANGUAGES, speaking

DONE, REJECTED, WRONG = 0, 1, 2


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset()


@pytest.fixture(scope="module")
def lists(dataset):
    table = dataset.table("norms/settlement_lists")
    return {name: sorted(rows["region"]) for name, rows in table.groupby("stream")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory, dataset):
    """A finished run and a survey of 2,500 families."""
    place = tmp_path_factory.mktemp("match")
    projection = fc.run("baseline", dataset, until=2028)
    projection.save(place / "run", figures=False, workbook=False)
    return place


@pytest.fixture(scope="module")
def survey(folder, lists):
    path = folder / "families.csv"
    invented(2500, lists).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def found(folder, survey, dataset):
    """The match as the command makes it, with its projection."""
    projection = fc.load(folder / "run")
    regions = projection.space.ids
    on = ml.listed(dataset.table("norms/settlement_lists"), regions, 2026)
    detail = projection.frame("labour_detail")
    letters = list(dataset.table("norms/sections")["section"])
    names = section_words(dataset.table("norms/sections")), region_names(dataset.space)
    families = read_survey(survey, *names).families
    limits = [
        *ml.quota_limits(dataset.table("norms/settlement"), on, regions, 2026,
                         {"resettlers": {2026: 5997.0}}),
        *ml.job_limits(detail, regions, 2026),
    ]  # fmt: skip
    need = ml.chances(detail, regions, 2026, letters)
    return match(families, regions, on, limits, need, letters, Weights()), projection


def ask(capsys, *words):
    code = main(["match", *map(str, words)])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_files_hold_places_reasons_and_no_copy_of_the_survey(folder, survey, capsys, lists):
    out = folder / "out"
    code, text, errors = ask(capsys, survey, folder / "run", "--salt", "secret", "--out", out)
    assert code == DONE, errors
    matched, unplaced = pd.read_csv(out / "matched.csv"), pd.read_csv(out / "unplaced.csv")
    assert len(matched) + len(unplaced) == 2500
    assert matched["id"].str.fullmatch("[0-9a-f]{16}").all()
    assert "row" not in matched
    assert pd.read_csv(out / "rejects.csv").empty
    terms = matched["employment"] + matched["preference"]
    assert np.allclose(terms, matched["score"], atol=2e-6)
    for path in out.iterdir():
        content = path.read_bytes()
        assert b"invented-" not in content, path
        assert b"secret" not in content
    assert set(matched["region"]) <= {region for own in lists.values() for region in own}
    held = matched[matched["better_region"].notna()]
    assert held["limit"].notna().all()
    assert held["explanation"].str.contains("used up there").all()
    assert unplaced["reason"].isin(["no_region", "no_need", "no_room"]).all()
    assert unplaced["explanation"].str.len().min() > 20
    assert "All regions" in text
    with Image.open(out / "placed.png") as image:
        assert image.width > 1000
    book = load_workbook(out / "match.xlsx")
    assert len(book.sheetnames) == 6


def test_the_same_families_get_the_same_places_in_any_order(folder, survey, capsys, tmp_path):
    mixed = tmp_path / "mixed.csv"
    pd.read_csv(survey).sample(frac=1, random_state=3).to_csv(mixed, index=False)
    places = []
    for path in (survey, mixed):
        out = tmp_path / path.stem
        assert ask(capsys, path, folder / "run", "--salt", "s", "--out", out, "--quiet")[0] == DONE
        places.append((out / "matched.csv").read_text(encoding="utf-8"))
    assert places[0] == places[1]


def test_bad_rows_are_written_and_the_good_ones_go_on(folder, root, tmp_path, capsys):
    path = tmp_path / "families.csv"
    text = (root / "docs/examples/families.csv").read_text(encoding="utf-8")
    path.write_text(text + "x,kandas,two,1,0,tvet,,,,,,,\n", encoding="utf-8")
    code, text, errors = ask(capsys, path, folder / "run", "--out", tmp_path / "out")
    assert code == REJECTED
    assert "row 12, family_size" in errors
    rejects = pd.read_csv(tmp_path / "out" / "rejects.csv")
    assert rejects[["row", "column"]].values.tolist() == [[12, "family_size"]]
    assert len(pd.read_csv(tmp_path / "out" / "matched.csv")) == 10
    assert pd.read_csv(tmp_path / "out" / "matched.csv")["row"].tolist() == list(range(2, 12))


def test_json_hides_small_cells_and_states_the_bound(folder, survey, capsys):
    code, text, _ = ask(capsys, survey, folder / "run", "--json", "--year", 2027)
    plain = json.loads(text)
    assert code == DONE
    assert plain["year"] == 2027
    assert plain["value"] <= plain["bound"]
    assert plain["gap"] < 0.005
    for table, column in (("regions", "families"), ("satisfaction", "third")):
        values = [row[column] for row in plain[table] if row[column] is not None]
        assert values
        assert all(value == 0 or value >= 5 for value in values)


@pytest.mark.parametrize(
    "words, told",
    [
        (["--year", "2050"], "not within 2026-2028"),
        (["--weights", "nowhere.yml"], "cannot be read"),
        (["--salt", ""], "the salt is empty"),
        (["--out", "RUN"], "folder of a finished run"),
    ],
)
def test_faults_are_told_and_nothing_is_written(folder, survey, capsys, words, told):
    words = [str(folder / "run") if word == "RUN" else word for word in words]
    code, text, errors = ask(capsys, survey, folder / "run", *words)
    assert code == WRONG
    assert told in errors
    assert not text


@pytest.mark.slow
def test_a_hundred_thousand_families_in_a_minute(folder, lists, tmp_path):
    """60 s of processor time and 2 GB, files and explanations included."""
    path = tmp_path / "many.csv"
    invented(100_000, lists).to_csv(path, index=False)
    script = (
        "import resource, sys; from forecast.cli import main; code = main(sys.argv[1:]);"
        "used = resource.getrusage(resource.RUSAGE_SELF);"
        "print(code, used.ru_utime + used.ru_stime, used.ru_maxrss)"
    )
    words = ["match", str(path), str(folder / "run"), "--out", str(tmp_path / "out"), "--quiet"]
    done = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, check=True
    )
    code, seconds, kilobytes = (float(word) for word in done.stdout.split())
    assert code == DONE
    assert seconds < 60
    assert kilobytes < 2e6


def test_limits_lists_and_homes_are_kept(found):
    result, _ = found
    assert np.nanmin(result.left) >= -1e-6
    families = result.families
    for number, limit in enumerate(result.limits):
        if np.isnan(limit.capacity):
            continue
        there = np.isin(result.region, limit.regions)
        assert limit.used_by(families)[there].sum() <= limit.capacity + 1e-6
        assert result.left[number] == pytest.approx(
            limit.capacity - limit.used_by(families)[there].sum()
        )
    assert result.scores.allowed[np.flatnonzero(result.placed), result.region[result.placed]].all()


def test_nobody_is_left_out_of_a_better_place_that_has_room(found):
    result, _ = found
    better, limit = result.better
    assert (limit[better >= 0] >= 0).all()
    assert (result.reasons[result.placed] == "").all()
    assert (result.reasons[~result.placed] != "").all()


def test_who_envies_whom_family_by_family(found):
    """Counted out over a part of the families and everybody who is placed."""
    result, _ = found
    score, families = result.scores.score, result.families
    own = result.own(score, -1.0)
    size, stream = families["family_size"].to_numpy(), families["stream"].to_numpy()
    holders = np.flatnonzero(result.placed)
    for family in range(0, len(families), 25):
        place = result.region[holders]
        envied = (
            (stream[holders] == stream[family]) & (size[holders] >= size[family])
            & result.scores.allowed[family, place] & (score[family, place] > own[family] + 1e-6)
            & (score[holders, place] < score[family, place] - 1e-6)
        )  # fmt: skip
        assert result.envious[family] == envied.any()


def test_tables_add_up_and_hide_small_cells(found):
    result, _ = found
    open_ = by_region(result, threshold=0).set_index("region")
    assert open_.loc["total", "families"] == result.placed.sum()
    assert open_["families"].drop("total").sum() == result.placed.sum()
    persons = result.families["family_size"].to_numpy()
    assert open_.loc["total", "persons"] == persons[result.placed].sum()
    choices = by_choice(result, threshold=0).set_index("region")
    ranks = choices.drop(columns="together").sum(axis=1)
    assert (ranks == open_.drop("total")["families"]).all()
    whole = satisfaction(result, threshold=0).iloc[0]
    names = ["first", "second", "third", "other", "open", "unplaced"]
    assert whole[names].sum() == whole["families"] == 2500
    shown = by_choice(result).drop(columns=["region", "together"]).to_numpy(dtype=float)
    assert ((shown == 0) | (shown >= 5) | np.isnan(shown)).all()


def test_a_hidden_number_is_not_told_by_its_sum():
    table = pd.DataFrame({"region": ["a", "b", "c"], "first": [3, 40, 50], "second": [20, 9, 30]})
    shown = hidden(table, ["first", "second"], 5, across=True)
    assert np.isnan(shown.loc[0, ["first", "second"]].astype(float)).all()
    for column in ("first", "second"):
        assert shown[column].isna().sum() != 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_figure_says_who_is_placed_where(found, language):
    result, projection = found
    with speaking(language):
        axes = placed(result, projection, 2026)
        text = alternative(result, projection, 2026)
    texts = [each.get_text() for each in axes.texts]
    assert any("2026" in line.get_text() for line in axes.get_figure().texts)
    assert len(texts) > 10
    assert str(int((~result.placed).sum())) in text
