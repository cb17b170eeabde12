"""`forecast plot` as a planner uses it: figures that no run writes, of real run folders.

Authority: the tables of the runs themselves. What is drawn on the command line is, byte for byte,
what Python draws of the same run; what a difference states is the difference of the two tables.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from test_cli import DONE, WRONG, forecast, refused

import forecast as fc
from forecast import options
from forecast.cli import main
from forecast.errors import InputError
from forecast.report.figures import FIGURES, ON_REQUEST, headline, page_text, svg
from forecast.report.style import styled
from forecast.words import speaking
from forecast.words.digits import number

ASTANA, ATYRAU = "KZ-71", "KZ-23"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What two runs told, and the folder with their results/."""
    home = tmp_path_factory.mktemp("plots")
    done = [forecast("run", name, cwd=home) for name in ("baseline", "atyrau-petrochemicals")]
    assert [result.returncode for result in done] == [DONE, DONE]
    return home, done[0].stderr


@pytest.fixture(scope="module")
def home(told):
    return told[0]


@pytest.fixture
def here(home, tmp_path, monkeypatch):
    """An empty folder to work in; the runs are beside it as runs/NAME."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").symlink_to(home / "results")
    return tmp_path


@pytest.fixture(scope="module")
def baseline(home):
    return fc.load(home / "results" / "baseline")


@pytest.fixture(scope="module")
def atyrau(home):
    return fc.load(home / "results" / "atyrau-petrochemicals")


@pytest.fixture
def plot(here, capsys):
    """Plot in this process: the exit code, the files named on the output, what was remarked."""

    def call(*words):
        code = main(["plot", *map(str, words)])
        told = capsys.readouterr()
        return code, told.out.splitlines(), told.err

    return call


def content(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def left_in(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != "runs")


def described(path):
    """Title and alternative text of an SVG."""
    text = Path(path).read_text(encoding="utf-8")
    return [re.search(rf"<{tag}>(.*?)</{tag}>", text, re.S)[1] for tag in ("title", "desc")]


def test_a_run_says_how_to_draw_what_it_does_not_write(told, tmp_path):
    home, said = told
    (tmp_path / "results").symlink_to(home / "results")
    folder = home / "results" / "baseline"
    names = {path.stem for path in (folder / "figures").iterdir()}
    assert {"flows", "flow_map", "labour_gap", "labour_ranking", "labour_sections", "orders",
            "stock_and_need"} == ON_REQUEST  # fmt: skip
    assert not names & ON_REQUEST
    (line,) = [line for line in said.splitlines() if "forecast plot" in line]
    command = shlex.split(line.partition("forecast ")[2])
    before = content(folder)
    result = forecast(*command, cwd=tmp_path)
    assert result.returncode == DONE, result.stderr
    names = ["labour_sections", "labour_gap", "labour_ranking", "stock_and_need", "orders",
             "flows", "flow_map"]  # fmt: skip
    drawn = [f"{name}.png" for name in names]
    assert result.stdout.splitlines() == drawn
    assert result.stderr == ""
    assert content(folder) == before
    assert left_in(tmp_path) == sorted([*drawn, "results"])
    for name in names:
        with Image.open(tmp_path / f"{name}.png") as image:
            assert image.width == pytest.approx(16 / 2.54 * 300, abs=2)
            grey = np.asarray(image.convert("L"))
            assert 0.02 < (grey < 250).mean() < 0.7, "a page with something on it"
            assert "Baseline" in image.info["Description"]


@pytest.mark.parametrize("lang", ["en", "ru", "kk"])
def test_region_and_year_in_every_language(plot, baseline, lang):
    with speaking(lang):
        name = baseline.space.name(ASTANA)
    words = ["--region", name, "--year", 2028, "--format", "svg", "--lang", lang]
    code, files, _ = plot("runs/baseline", "flows", "flow_map", *words)
    assert (code, files) == (DONE, [f"{k}-{ASTANA}-2028.svg" for k in ("flows", "flow_map")])
    with speaking(lang), styled():
        for file, kind in zip(files, ("flows", "flow_map"), strict=True):
            figure = baseline.plot(kind, region=ASTANA, year=2028)
            text = page_text(baseline, figure)
            assert Path(file).read_text(encoding="utf-8") == svg(figure, headline(figure), text)
            title, said = described(file)
            assert title.startswith(name)
            assert "2028" in title
            assert said.startswith(f"{title}. ")


@pytest.mark.parametrize("word", ["KZ-71", "71", "город Астана", "Астана қаласы", "astana city"])
def test_a_region_has_many_names(plot, word):
    code, files, _ = plot("runs/baseline", "flows", "--region", word, "--format", "svg")
    assert (code, files) == (DONE, [f"flows-{ASTANA}.svg"])


def test_the_nation_is_every_region(plot):
    words = ["--year", 2028, "--format", "svg"]
    assert plot("runs/baseline", "flows", *words)[0] == DONE
    assert plot("runs/baseline", "flows", "--region", "казахстан", *words)[0] == DONE
    assert Path("flows-2028.svg").read_bytes() == Path("flows-KZ-2028.svg").read_bytes()


def test_a_difference_is_the_difference_of_the_tables(plot, baseline, atyrau):
    def square(run):
        frame = run.frame("flows").query("year == 2029")
        ids = list(run.space.ids)
        wide = frame.pivot_table(index="origin", columns="destination", values="value")
        return wide.reindex(index=ids, columns=ids).fillna(0.0).to_numpy()

    change = square(atyrau) - square(baseline)
    together = float(np.clip(change - change.T, 0, None).sum())
    assert together > 50
    words = ["--year", 2029, "--format", "svg"]
    one, other = "runs/atyrau-petrochemicals", "runs/baseline"
    code, files, _ = plot(one, "flows", "--other", other, *words)
    assert (code, files) == (DONE, ["flows-2029-less-baseline.svg"])
    _, said = described(files[0])
    assert "This scenario less Baseline." in said
    assert f"Together: {number(together)} persons." in said
    assert said.endswith("Scenario: Petrochemical complex in Atyrau Region.")
    _, (turned,), _ = plot(other, "flows", "--other", one, *words)
    assert turned == "flows-2029-less-atyrau-petrochemicals.svg"
    assert f"Together: {number(together)} persons." in described(turned)[1]
    assert Path(turned).read_bytes() != Path(files[0]).read_bytes()


def test_a_scenario_is_run_and_drawn_as_its_folder_and_nothing_is_saved(plot, here):
    words = ["flow_map", "--year", 2027, "--format", "svg"]
    code, (file,), told = plot("baseline", *words)
    assert code == DONE
    assert "running baseline" in told
    of_scenario = Path(file).read_bytes()
    assert left_in(here) == [file]
    assert plot("runs/baseline", *words) == (DONE, [file], "")
    assert Path(file).read_bytes() == of_scenario
    code, files, told = plot("baseline", *words, "--other", "runs/baseline", "--quiet")
    assert (code, files, told) == (DONE, [], "")
    assert left_in(here) == ["flow_map-2027-less-baseline.svg", file]


def test_sizes_and_a_run_laid_over_another(plot, baseline, atyrau):
    laid = ["--with", "runs/atyrau-petrochemicals", "--size", "column", "--format", "png,svg,pdf"]
    code, files, _ = plot("runs/baseline", "pyramid", *laid, "--region", ATYRAU)
    stem = f"pyramid-{ATYRAU}-with-atyrau-petrochemicals-column"
    assert (code, files) == (DONE, [f"{stem}.{kind}" for kind in ("png", "svg", "pdf")])
    with Image.open(files[0]) as image:
        assert image.width == pytest.approx(8 / 2.54 * 300, abs=2)
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    text = Path(files[1]).read_text(encoding="utf-8")
    assert float(re.search(r'<svg [^>]*?width="([\d.]+)pt"', text)[1]) == pytest.approx(
        8 / 2.54 * 72, abs=0.1
    )
    said = described(files[1])[1]
    for run in (baseline, atyrau):
        assert run.title in said
    for size, wide in (("slide", 25.4), ("12.5", 12.5)):
        (file,) = plot("runs/baseline", "map", "--size", size)[1]
        assert file == f"map-{size}.png"
        with Image.open(file) as image:
            assert image.width == pytest.approx(wide / 2.54 * 300, abs=2)


def test_several_formats_and_kinds_into_a_folder_that_is_made(plot, here):
    words = ["runs/baseline", "flows", "pyramid", "flows", "--year", 2030]
    code, files, _ = plot(*words, "--format", "PNG, svg,pdf", "--out", "drafts/may")
    kinds = ("png", "svg", "pdf")
    expected = [f"drafts/may/{n}-2030.{k}" for n in ("flows", "pyramid") for k in kinds]
    assert (code, files) == (DONE, expected)
    assert sorted(map(str, Path("drafts/may").iterdir())) == sorted(expected)
    starts = {"png": b"\x89PNG\r\n", "svg": b"<?xml", "pdf": b"%PDF-"}
    first = {}
    for file in files:
        first[file] = Path(file).read_bytes()
        assert first[file].startswith(starts[file[-3:]]), file
    assert plot(*words, "--format", "png,svg,pdf", "--out", "drafts/may/")[0] == DONE
    assert {file: Path(file).read_bytes() for file in files} == first, "no date, no chance"


def test_one_figure_goes_into_the_file_that_is_named(plot, here):
    Path("moves.pdf").write_text("an older one")
    assert plot("runs/baseline", "flows", "--out", "moves.pdf") == (DONE, ["moves.pdf"], "")
    assert Path("moves.pdf").read_bytes().startswith(b"%PDF-")
    named = plot("runs/baseline", "map", "--out", "new/Map.SVG", "--format", "svg")
    assert named == (DONE, ["new/Map.SVG"], "")
    assert described("new/Map.SVG")[1].startswith("Map of the regions (20)")
    assert plot("runs/baseline", "map", "--out", "v1.2") == (DONE, ["v1.2/map.png"], "")
    assert left_in(here) == ["moves.pdf", "new", "v1.2"]


KNOWN = (
    "pyramid, labour_sections, infrastructure_need, stock_and_need, orders, flows, flow_map, fan"
)


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        (["runs/baseline"], ["KIND... is missing", "--help"]),
        (["runs/baseline", "flow"], ["no figure 'flow'; did you mean 'flows'?"]),
        (["runs/baseline", "zzz"],
         ["no figure 'zzz'; known: pyramid", "flow_map, fan, variance"]),
        (["runs/baseline", "flows", "--region", "Astanna"],
         ["--region: no region 'Astanna'", "KZ-71"]),
        (["runs/baseline", "flows", "--region", "Almaty"], ["more than one region", "KZ-75"]),
        (["baseline", "flows", "--region", "Astanna"], ["--region: no region 'Astanna'", "KZ-71"]),
        (["runs/baseline", "flows", "--year", "2031"], ["--year: 2031 is not within 2026-2030"]),
        (["baseline", "flows", "--year", "2050"], ["--year: 2050 is not within 2026-2030"]),
        (["runs/baseline", "pyramid", "--year", "2032"], ["2032 is not within 2026-2031"]),
        (["runs/baseline", "flows", "--year", "soon"], ["--year takes a whole number"]),
        (["runs/baseline", "flows", "--format", "gif"], ["no format 'gif'", "png, svg, pdf"]),
        (["runs/baseline", "flows", "--format", ","], ["--format", "png,svg"]),
        (["runs/baseline", "flows", "--lang", "de"], ["--lang", "en, ru, kk"]),
        (["runs/basline", "flows"], ["runs/basline", "did you mean 'runs/baseline'?"]),
        (["runs", "flows"], ["no finished run here", "runs/baseline"]),
        (["basline", "flows"], ["no scenario 'basline'", "did you mean 'baseline'?"]),
        (["nowhere/run", "flows"], ["there is no file 'nowhere/run'"]),
        (["runs/baseline", "flows", "--other", "runs/atyrau"],
         ["did you mean 'runs/atyrau-petrochemicals'?"]),
        (["runs/baseline", "flows", "--other", "all-announced"],
         ["--other: the runs have different years", "--year: 2026-2030"]),
        (["runs/baseline", "map", "--region", ASTANA],
         ["the figure 'map' has no option '--region'", f"figures that have it: {KNOWN}"]),
        (["runs/baseline", "pyramid", "--other", "runs/baseline"],
         ["no option '--other'", "figures that have it: flows, flow_map"]),
        (["runs/baseline", "flows", "--with", "runs/baseline"],
         ["no option '--with'", "figures that have it: pyramid"]),
        (["runs/baseline", "pyramid", "--with", "runs/basline"],
         ["did you mean 'runs/baseline'?"]),
        (["runs/baseline", "pyramid", *["--with", "runs/baseline"] * 4], ["at most 3 runs"]),
        (["runs/baseline", "pyramid", "--size", "colum"],
         ["no size 'colum'; did you mean 'column'?", "8 to 60 cm"]),
        (["runs/baseline", "pyramid", "--size", "7.9"], ["--size: no size '7.9'", "8 to 60 cm"]),
        (["runs/baseline", "pyramid", "--size", "nan"], ["no size 'nan'", "8 to 60 cm"]),
        (["runs/baseline", "tornado"], ["command of its own", "forecast sensitivity SCENARIO"]),
        (["runs/baseline", "waterfall"], ["forecast compare RUN OTHER --account --plot"]),
        (["runs/baseline", "bullets"], ["forecast indicators RUN --plot"]),
        (["runs/baseline", "flows", "--largest", "3"], ["no option '--largest'"]),
        (["runs/baseline", "fan"], ["fan: the run has no draws; run it with --draws"]),
        (["baseline", "variance"], ["variance: the run has no draws"]),
        (["runs/baseline", "flows", "--out", "a.jpg"], ["a.jpg", ".png, .svg, .pdf"]),
        (["runs/baseline", "flows", "map", "--out", "a.png"], ["several figures", "a folder"]),
        (["runs/baseline", "flows", "--out", "a.png", "--format", "svg"], ["a.png", "--format"]),
        (["runs/baseline", "flows", "--out", "a.png", "--format", "png,svg"], ["a.png", "another"]),
        (["runs/baseline", "flows", "--out", "runs/baseline/figures"], ["stay as they are"]),
        (["runs/baseline", "flows", "--out", "n" * 300], ["cannot be written"]),
        (["runs/baseline", "flows", "--out", "new/" + "n" * 250 + ".png"], ["cannot be written"]),
        (["n" * 300, "flows"], ["cannot be read"]),
        (["runs/baseline", "flows", "--out", "/proc/forecast-plots"], ["/proc/forecast-plots"]),
        (["baseline", "flows", "--data", "kazakstan"], ["did you mean 'kazakhstan'"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_line_with_its_cure(plot, here, words, texts):
    code, files, told = plot(*words)
    assert (code, files) == (WRONG, [])
    assert told.count("forecast: ") == len(told.splitlines()) == 1
    for text in texts:
        assert text in told
    assert left_in(here) == []


def test_all_faults_come_together_and_nothing_is_run(plot, here):
    code, files, told = plot(
        "baseline", "flow", "map", "fan", "--region", "Astanna", "--year", 2050,
        "--format", "jpg", "--out", "runs/baseline", "--other", "runs/basline",
    )  # fmt: skip
    assert (code, files) == (WRONG, [])
    first, *lines = told.splitlines()
    assert first == "forecast: 12 faults"
    beginnings = [
        "no figure 'flow'", "the figure 'map' has no option '--region'", "the figure 'map'",
        "the figure 'map' has no option '--other'", "the figure 'fan' has no option '--year'",
        "the figure 'fan' has no option '--other'", "runs/basline: ", "fan: ", "--region: ",
        "--year: 2050", "--format: ", "runs/baseline: ",
    ]  # fmt: skip
    assert len(lines) == len(beginnings)
    for line, beginning in zip(lines, beginnings, strict=True):
        assert line.startswith(f"  {beginning}")
    assert left_in(here) == []


def test_faults_are_told_in_russian(plot):
    code, _, told = plot("runs/baseline", "flows", "--region", "Астанна", "--lang", "ru")
    assert code == WRONG
    assert "регион «Астанна» не найден" in told
    assert "KZ-71" in told


def test_all_figures_are_written_or_none(plot, here):
    Path("out/map.png").mkdir(parents=True)
    code, files, told = plot("runs/baseline", "dependency", "flows", "map", "--out", "out")
    assert (code, files) == (WRONG, [])
    assert "out/map.png: this is a folder" in told
    assert os.listdir("out") == ["map.png"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission_is_refused(plot, here):
    Path("closed").mkdir(mode=0o500)
    code, _, told = plot("runs/baseline", "flows", "--out", "closed/figures")
    assert code == WRONG
    assert "cannot be written" in told


def test_inside_a_run_folder_nothing_is_drawn(home, baseline):
    folder = home / "results" / "baseline"
    before = content(folder)
    result = forecast("plot", ".", "flows", cwd=folder)
    assert refused(result, WRONG, "its files stay as they are", "--out")
    assert content(folder) == before


def test_a_damaged_run_is_named(home, here):
    shutil.copytree(home / "results" / "baseline", here / "copy")
    (here / "copy" / "flows.parquet").unlink()
    result = forecast("plot", "copy", "flows", cwd=here)
    assert refused(result, WRONG, "flows.parquet: the file is missing", "run the scenario again")


def test_help_names_every_figure(here, capsys):
    assert tuple(FIGURES) == options.FIGURE_KINDS
    assert main(["plot", "--help"]) == DONE
    told = " ".join(capsys.readouterr().out.split())
    assert ", ".join(FIGURES) in told
    for option in ("--region", "--year", "--other", "--out", "--format", "--data", "--quiet"):
        assert option in told


def test_compare_finds_the_run_that_was_meant(here, capsys):
    assert main(["compare", "runs/basline", "runs/baseline"]) == WRONG
    assert "did you mean 'runs/baseline'?" in capsys.readouterr().err


def test_a_pyramid_of_a_year_outside_the_run_is_refused(baseline):
    with pytest.raises(InputError, match=r"no population of 1 January 2050; it has 2026 to 2031"):
        baseline.plot("pyramid", year=2050)
