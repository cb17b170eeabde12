"""`forecast report` on the command line: the files it writes, and one clear line where it cannot.

Authority: the issue's list of bad input at every door; exit code 2 and nothing written.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from docx import Document
from lxml import html as page

import forecast as fc
from forecast.cli import main

DONE, WRONG = 0, 2
FOREIGN = "/proc/forecast-reports"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with results/baseline, made in Russian, and results/copy/baseline."""
    place = tmp_path_factory.mktemp("told")
    run = fc.run("baseline", until=2028)
    folder = run.save(place / "results" / "baseline", lang="ru", figures=False, workbook=False)
    shutil.copytree(folder, place / "copy" / "baseline")
    return place


@pytest.fixture
def here(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").symlink_to(place / "results")
    (tmp_path / "copy").symlink_to(place / "copy")
    return tmp_path


def told(capsys, *words):
    code = main(["report", *words])
    out, err = capsys.readouterr()
    return code, out, err


def test_reports_are_named_as_the_run_and_speak_its_language(here, capsys):
    code, out, _ = told(capsys, "results/baseline", "--region", "Astana City")
    assert (code, out.split()) == (DONE, ["baseline-KZ-71.docx"])
    language = Document("baseline-KZ-71.docx").styles.element.xpath("//w:lang/@w:val")
    assert set(language) == {"ru-RU"}


def test_the_language_of_the_command_goes_before(here, capsys):
    words = ["results/baseline", "--format", "html", "--lang", "en", "--region", "KZ-71"]
    assert told(capsys, *words)[0] == DONE
    tree = page.document_fromstring(Path("baseline-KZ-71.html").read_bytes())
    assert tree.get("lang") == "en"
    assert "Astana City" in tree.xpath("//h1")[0].text


def test_several_formats_go_into_a_folder(here, capsys):
    words = ["results/baseline", "--format", "xlsx,PDF", "--out", "drafts", "--region", "KZ-71"]
    code, out, _ = told(capsys, *words)
    assert code == DONE
    assert out.split() == ["drafts/baseline.xlsx", "drafts/baseline-KZ-71.pdf"]
    assert {path.name for path in Path("drafts").iterdir()} == {
        "baseline.xlsx", "baseline-KZ-71.pdf"}  # fmt: skip


@pytest.mark.slow
def test_the_report_of_the_explorer_is_that_of_the_command(here):
    pytest.importorskip("dash")
    from forecast.explorer.files import content
    from forecast.explorer.state import Workshop

    workshop = Workshop(fc.Board(fc.load_dataset(), ["results/baseline"]))
    asked = workshop.read({"base": "results/baseline"})
    Path("told.docx").write_bytes(content(workshop, asked, "docx"))
    said = Document("told.docx").element.xpath("string(//w:body)")
    assert "Official projections" in said
    assert "They are in the language in which the run was made" in said
    moved = workshop.read({"base": "results/baseline", "until": 2027})
    assert workshop.board.told_in(moved.setting) == "en"


def test_quiet_says_nothing(here, capsys):
    words = ["results/baseline", "--region", "KZ-71", "--out", "one.html", "--format", "html"]
    assert told(capsys, *words, "--quiet") == (DONE, "", "")
    assert Path("one.html").is_file()


def test_a_run_folder_is_only_read(here, capsys, place):
    def standing():
        return {path: (path.stat().st_mtime_ns, path.is_file() and path.read_bytes())
                for path in (place / "results").rglob("*")}  # fmt: skip

    before = standing()
    assert len(before) > 10
    code, out, _ = told(capsys, "results/baseline", "--region", "KZ-71", "--format", "xlsx,html")
    assert (code, out.split()) == (DONE, ["baseline.xlsx", "baseline-KZ-71.html"])
    assert standing() == before


@pytest.mark.parametrize(
    "words, texts",
    [
        (["results/baseline", "--format", "doc"], ["no format 'doc'", "did you mean 'docx'"]),
        (["results/baseline", "--format", ","], ["nothing is named"]),
        (["results/baseline", "--lang", "de"], ["--lang takes one of: en, ru, kk"]),
        (["results/baseline", "--region", "Astana Citi"], ["no region", "Astana City"]),
        (["results/baseline", "--region", "Kazakhstan"], ["the whole country"]),
        (["results/other"], ["there is no finished run here"]),
        (["results/basline"], ["did you mean 'results/baseline'?"]),
        (["results"], ["there is no finished run here", "results/baseline"]),
        (["results/baseline", "--out", "results/baseline"], ["folder of a finished run"]),
        (["results/baseline", "--out", "results/baseline/x.docx"], ["folder of a finished run"]),
        (["results/baseline", "--out", FOREIGN], [FOREIGN]),
        (["results/baseline", "--out", "a.pdf"], ["another format"]),
        (["results/baseline", "--format", "docx,pdf", "--out", "a.docx"], ["several reports"]),
        (["results/baseline", "copy/baseline"], ["two runs have this name"]),
        (["results/baseline", "--data", "nowhere"], ["nowhere"]),
        ([], ["RUN"]),
    ],
)
def test_wrong_input_is_one_line_and_writes_nothing(here, capsys, words, texts):
    if FOREIGN in words and not Path("/proc/sys").is_dir():
        pytest.skip("this system has no folder that nobody can write")
    code, out, err = told(capsys, *words)
    assert (code, out) == (WRONG, "")
    assert "Traceback" not in err
    assert err.count("forecast: ") == 1
    for text in texts:
        assert text in err
    assert {path.name for path in here.iterdir()} == {"results", "copy"}


def test_a_link_to_itself_is_no_folder(here, capsys):
    Path("circle").symlink_to("circle")
    code, out, err = told(capsys, "results/baseline", "--out", "circle/x.docx")
    assert (code, out) == (WRONG, "")
    assert err.startswith("forecast: circle: the folder cannot be written")
    assert len(err.splitlines()) == 1


def test_several_runs_in_one_file_are_one_fault(here, capsys):
    code, out, err = told(capsys, "results/baseline", "copy/baseline", "--out", "x.docx")
    assert (code, out) == (WRONG, "")
    assert err == "forecast: --out: several reports do not fit into one file; name a folder\n"


def test_all_faults_come_together(here, capsys):
    words = ["results/baseline", "nothing", "--format", "doc", "--region", "Nowhere"]
    code, _, err = told(capsys, *words)
    assert code == WRONG
    for text in ("no format 'doc'", "no region 'Nowhere'", "there is no finished run here"):
        assert text in err


def test_a_damaged_run_is_named(here, capsys, place, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(place / "results" / "baseline", broken)
    (broken / "population.parquet").write_bytes(b"no table")
    code, out, err = told(capsys, "broken")
    assert (code, out) == (WRONG, "")
    assert err.startswith("forecast: broken: population.parquet: the file is damaged")
    assert len(err.splitlines()) == 1
    assert "Traceback" not in err
    assert not list(here.glob("*.docx"))


def test_a_folder_in_the_place_of_the_file_is_named(here, capsys):
    Path("baseline.docx").mkdir()
    code, out, err = told(capsys, "results/baseline")
    assert (code, out) == (WRONG, "")
    assert err.startswith("forecast: baseline.docx: this is a folder")
    assert not list(Path("baseline.docx").iterdir())


def sorted_by(page, column):
    """The rows of the table of regions after a click on a heading: first word, number."""
    page.locator("#table-regions th button").nth(column).click()
    rows = page.evaluate(
        """(column) => [...document.querySelectorAll("#table-regions tbody tr")]
        .map((row) => [row.cells[0].textContent, Number(row.cells[column].dataset.v)])""",
        column,
    )
    assert rows[0][0] == "Kazakhstan", "the total stays on top"
    assert len({name for name, _ in rows}) == 21
    return [name for name, _ in rows[1:]], [value for _, value in rows[1:]]


def test_the_page_answers_in_a_real_browser(here, capsys, disk_page, place):
    """A click on a heading sorts, a choice redraws map and curve; nothing is fetched."""
    page, run = disk_page, fc.load(place / "results" / "baseline")
    words = ["--format", "html", "--lang", "en", "--out", "page.html"]
    assert told(capsys, "results/baseline", *words)[0] == DONE
    page.goto((here / "page.html").as_uri())
    people = run.frame("population").groupby(["region", "year"])["value"].sum()
    last = {run.space.name(region): people[region, 2029] for region in run.space.ids}
    wanted = sorted(last, key=lambda name: -last[name])
    names, values = sorted_by(page, 2)
    assert names == wanted
    assert values == pytest.approx([last[name] for name in wanted], abs=0.1)
    assert sorted_by(page, 2)[0] == wanted[::-1], "a second click turns the order round"
    assert sorted_by(page, 0)[0] == sorted(wanted)
    page.select_option("#region", "KZ-71")
    text = "Astana City, 2029: {:,.0f} persons".format(last["Astana City"])
    assert text in page.inner_text("#read")
    curve = page.locator("#chart polyline").get_attribute("points")
    assert page.locator("#map path").count() == 20
    assert page.locator("#map path.chosen").get_attribute("aria-label").startswith("Astana City: ")
    shades = [path.get_attribute("fill") for path in page.locator("#map path").all()]
    path = page.locator("#map path").first
    name, growth = path.get_attribute("aria-label").split(": ")
    (region,) = [r for r in run.space.ids if run.space.name(r) == name]
    grown = 100 * (people[region, 2029] / people[region, 2026] - 1)
    assert growth == f"{grown:+.1f} %".replace("-", "\u2212")
    path.click()
    assert page.input_value("#region") == region != "KZ-71"
    assert f"{name}, 2029: {last[name]:,.0f} persons" in page.inner_text("#read")
    assert page.locator("#chart polyline").get_attribute("points") != curve
    page.select_option("#measure", label="Labour deficit")
    labour = run.frame("labour").query("section == 'total' and measure == 'labour_deficit'")
    short = labour[labour["region"] == region].set_index("year")["value"].iloc[-1]
    told_now = page.inner_text("#read").replace("\u2212", "-")
    assert f"{name}, 2028: {short:,.0f} jobs" in told_now
    assert shades != [path.get_attribute("fill") for path in page.locator("#map path").all()]


@pytest.mark.slow
def test_the_office_opens_the_paper_with_all_its_pages(here, capsys, office):
    told(capsys, "results/baseline", "--lang", "ru", "--out", "paper.docx")
    command = [office, f"-env:UserInstallation={(here / 'office').as_uri()}", "--headless",
               "--convert-to", "pdf", "--outdir", str(here), str(here / "paper.docx")]  # fmt: skip
    subprocess.run(command, capture_output=True, check=True, timeout=240)
    content = (here / "paper.pdf").read_bytes()
    assert content.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page[^s]", content)) >= 20
