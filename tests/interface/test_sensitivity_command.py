"""`forecast sensitivity` as a planner uses it, and its figure read back from what is drawn.

Authority: the table of `fc.sensitivity`; the bars, the workbook and the screen say the same.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook
from PIL import Image
from test_figures import LATIN, bars, words_of
from test_flow_figures import apart

import forecast as fc
from forecast.cli import main
from forecast.errors import InputError
from forecast.projection import MANIFEST
from forecast.report.tornado import alternative, book_of, spans, tornado
from forecast.words import LANGUAGES, speaking
from forecast.words.digits import short

DONE, WRONG = 0, 2
KINDERGARTEN = "kindergarten_place"
OF = f"added_need:{KINDERGARTEN}"


def swings(count=12, central=100_000.0, name="Доля людей, которые этим пользуются, {n}"):
    """What the figure asks of a result: each assumption moves it less than the one before."""
    reach = central * 0.4 / np.arange(1, count + 1)
    sides = np.where(np.arange(count) % 3 == 2, -1.0, 1.0)
    rows = pd.DataFrame({
        "assumption": [f"a.{k}" for k in range(count)],
        "name": [name.format(n=k) for k in range(count)],
        "low": 0.9, "central": 1.0, "high": 1234567.0, "low_variant": "", "central_variant": "",
        "high_variant": "", "unit": "доля", "range": "±10 %", "status": "assumption",
        "source": "источник", "result_low": central - sides * reach, "result_central": central,
        "result_high": central + sides * reach / 2, "swing": 1.5 * reach, "result_unit": "мест",
    })  # fmt: skip
    rows.loc[1, ["low", "central", "high"]] = np.nan
    rows.loc[1, ["low_variant", "high_variant"]] = ["level-2022", "level-2025"]
    rows.loc[2, "result_high"] = central + reach[2] / 4  # both on one side of the line
    rows.loc[2, "result_low"] = central + reach[2]
    return SimpleNamespace(
        rows=rows, words="дефицит", unit="мест", region_name="город Астана", when="2030",
        central=central, rule="Правило диапазона.", scenario_name="0-0", title="Пробный сценарий",
        run_id="01234567", sources="Бюро национальной статистики", base_year=2026,
    )  # fmt: skip


@pytest.fixture
def ask(in_tmp, capsys):
    """Ask in this process: the exit code, the output, what was remarked."""

    def call(*words):
        code = main(["sensitivity", *map(str, words)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return call


@pytest.fixture(scope="module")
def table():
    return fc.sensitivity("baseline", of=OF)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("count", [3, 12, 30])
def test_no_word_touches_another(count, lang):
    with speaking(lang):
        apart(tornado(swings(count), top=30).get_figure(root=True))


@pytest.mark.parametrize("lang", ["ru", "kk"])
def test_every_word_goes_through_the_catalogue(cyrillic, lang):
    with speaking(lang):
        said = words_of(tornado(swings()).get_figure(root=True))
    assert not [line for line in said.splitlines() if LATIN.search(line)]


@pytest.mark.parametrize("central", [12.0, 900.0, 100_000.0, 3e7, 7e11])
def test_bars_reach_from_the_line_to_both_results(central):
    found = swings(6, central)
    ax = tornado(found, top=4)
    divisor = central / ax.lines[0].get_xdata()[0]
    assert divisor in (1, 1e3, 1e6, 1e9)
    drawn = {label: [box for boxes in bars(ax, label).values() for box in boxes]
             for label in ("result_low", "result_high")}  # fmt: skip
    for label, ends in drawn.items():
        wanted = [sorted((central, value)) for value in found.rows[label].head(4)]
        np.testing.assert_allclose(np.array(ends) * divisor, wanted, rtol=1e-9)
    said = words_of(ax.get_figure(root=True))
    for text in ("2022 → 2025", "0.9 → 1,234,567", "2 more move it less", "01234567", "2030"):
        assert text in said
    assert short(central / divisor) in said


def test_the_alternative_text_names_the_strongest():
    found = swings()
    text = alternative(found, tornado(found).get_figure(root=True))
    for k in range(3):
        assert found.rows["name"][k] in text
    assert "Пробный сценарий" in text


def test_nothing_to_draw_is_told():
    found = swings()
    found.rows = found.rows.iloc[:0]
    with pytest.raises(InputError, match="no assumption moves"):
        tornado(found)


def test_the_workbook_is_the_same_every_time_and_has_no_number_for_a_name(tmp_path):
    found = swings()
    assert book_of(found) == book_of(found)
    (tmp_path / "book.xlsx").write_bytes(book_of(found))
    rows = list(load_workbook(tmp_path / "book.xlsx").active.iter_rows(values_only=True))
    assert rows[4][:3] == ("a.0", found.rows["name"][0], spans(found.rows)[0])
    assert rows[4][6:9] == (0.9, 1, 1234567)
    assert rows[5][6:9] == (None, None, None), "a level of moves has a name and no number"
    assert rows[4][12] == pytest.approx(found.rows["swing"][0], abs=1e-4)


def test_files_are_named_like_other_figures_and_hold_the_table(ask, table):
    code, out, err = ask("baseline", "--of", OF, "--out", "found", "--top", 3)
    assert code == DONE
    stem = f"found/sensitivity-added_need-{KINDERGARTEN}"
    files = [f"{stem}.{kind}" for kind in ("csv", "xlsx", "png", "svg")]
    assert [line.split(" to ")[1] for line in err.splitlines() if " to " in line] == files
    assert sorted(map(str, Path("found").iterdir())) == sorted(files)
    read = pd.read_csv(files[0], keep_default_na=False, na_values=[""])
    columns = ["assumption", "low", "high", "result_low", "result_high", "swing", "status"]
    pd.testing.assert_frame_equal(read[columns], table[columns])
    with Image.open(files[2]) as image:
        assert image.width == pytest.approx(16 / 2.54 * 300, abs=2)
        assert "Kindergarten places" in image.info["Description"]
    first, second, third, fourth = (table["name"][k] for k in range(4))
    assert all(name[1:] in out for name in (first, second, third))
    assert fourth[1:] not in out
    before = {path: path.read_bytes() for path in Path("found").iterdir()}
    assert ask("baseline", "--of", OF, "--out", "found", "--top", 3, "--quiet")[1:] == ("", "")
    assert before == {path: path.read_bytes() for path in Path("found").iterdir()}


def test_json_is_the_whole_table_and_parses(ask, table):
    words = ["--json", "--region", "Astana City", "--year", 2028, "--until", 2028]
    code, out, _ = ask("baseline", "--of", "added_need", "--kind", KINDERGARTEN, *words)
    found = json.loads(out)
    assert code == DONE
    assert (found["region"], found["year"], found["kind"]) == ("KZ-71", 2028, KINDERGARTEN)
    assert found["central"] == found["rows"][0]["result_central"]
    assert len(found["rows"]) >= len(table) - 2
    level = [row for row in found["rows"] if row["assumption"].endswith("internal_level")]
    assert level[0]["low"] is None
    assert level[0]["low_variant"].startswith("level-")


def test_the_figure_alone_in_russian(ask):
    words = ["--of", OF, "--lang", "ru", "--plot", "new/tornado.svg", "--change", 5, "--quiet"]
    assert ask("baseline", *words) == (DONE, "", "")
    text = Path("new/tornado.svg").read_text(encoding="utf-8")
    assert "Места в детских садах" in text
    assert "Казахстан" in text
    assert list(Path("new").iterdir()) == [Path("new/tornado.svg")]


@pytest.mark.parametrize(
    "words, texts",
    [
        (["--of", "labor_deficit"], ["no measure", "'labour_deficit'"]),
        (["--of", "need:kindergarden_place"], ["'kindergarten_place'"]),
        (["--region", "Astanna"], ["Astana"]),
        (["--year", 1999], ["2026-2030"]),
        (["--until", 3000], ["--until"]),
        (["--change", 0], ["--change"]),
        (["--top", 0], ["--top", "1 or more"]),
        (["--plot", "a.gif"], [".png, .svg, .pdf"]),
        (["--plot", "."], ["--plot"]),
        (["--out", "file"], ["is a file"]),
        (["--out", "run"], ["finished run"]),
        (["--year", "soon"], ["whole number"]),
    ],
)
def test_bad_input_is_refused_with_the_cure(ask, in_tmp, words, texts):
    (in_tmp / "file").write_text("", encoding="utf-8")
    (in_tmp / "run").mkdir()
    manifest = {"run_id": "1", "scenario": "baseline", "titles": {}, "base_year": 1, "last_year": 2,
                "sources": {}, "files": {}}  # fmt: skip
    (in_tmp / "run" / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    code, out, err = ask("baseline", *words)
    assert code == WRONG
    assert out == ""
    for text in texts:
        assert text in err
    assert sorted(path.name for path in in_tmp.iterdir()) == ["file", "run"]


def test_a_scenario_that_is_not_there_is_refused_with_the_nearest(ask):
    code, _, err = ask("basline")
    assert code == WRONG
    assert "baseline" in err


def test_a_result_that_nothing_moves_is_said(ask):
    code, out, _ = ask("baseline", "--of", "population", "--year", 2026)
    assert code == DONE
    assert "No assumption moves this result" in out
    code, _, err = ask("baseline", "--of", "population", "--year", 2026, "--plot", "a.png")
    assert code == WRONG
    assert "no assumption moves" in err
