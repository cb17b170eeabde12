"""The documentation does what it says: its Python runs, its commands are understood, and those of
the guides run from the first to the last in an empty folder.

Authority: the pages themselves, README.md and docs/*.md.
"""

from __future__ import annotations

import runpy
import shutil
import sys
from pathlib import Path

import click
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from docs_pages import FEW, PAGES, PARSED, ROOT, RUNS, blocks, commands, with_few_draws

import forecast as fc
from forecast import api
from forecast.cli import build, main
from forecast.report import figures

WITH_CODE = [path for path in PAGES if any(block.runs for block in blocks(path))]
ALL = [block for path in PAGES for block in blocks(path)]
BUILT = ("baseline", "alatau-general-plan", "north-resettlement")  # runs that pages start from


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset()


@pytest.fixture(scope="module")
def runs(dataset, tmp_path_factory):
    """Finished runs with few draws, as `results`; made once."""
    home = tmp_path_factory.mktemp("docs") / "results"
    for name in BUILT:
        run = fc.run(name, dataset, draws=FEW)
        run.save(home / name, figures=False, workbook=False)
    return home


@pytest.fixture
def place(runs, dataset, in_tmp, monkeypatch):
    """An empty folder with the runs; the package is read once and single runs draw no figures,
    which have tests of their own."""
    shutil.copytree(runs, in_tmp / "results")
    shutil.copy(ROOT / "docs/examples/families.csv", in_tmp)
    (in_tmp / "docs").symlink_to(ROOT / "docs")
    panel(in_tmp / "my-panel")
    read = api.load_dataset
    monkeypatch.setattr(
        api, "load_dataset", lambda data=None: dataset if data is None else read(data)
    )
    monkeypatch.setattr(figures, "write_figures", lambda *_, **__: [])
    return in_tmp


def panel(folder: Path) -> None:
    """Invented moves between four regions in twelve years."""
    names = "ABCD"
    moves = [
        (a, b, year, 100 + 37 * (3 * names.index(a) + 5 * names.index(b)) % 900 + 7 * (year % 5))
        for year in range(2010, 2022) for a in names for b in names if a != b
    ]  # fmt: skip
    folder.mkdir()
    table = pd.DataFrame(moves, columns=["origin", "destination", "year", "persons"])
    table.to_csv(folder / "od.csv", index=False)


def call(words: list[str], monkeypatch) -> int:
    """A line of a page; its exit code."""
    if words[0] == "forecast":
        return main(with_few_draws(words[1:]))
    monkeypatch.setattr(sys, "argv", words[1:])
    runpy.run_path(str(ROOT / words[1]), run_name="__main__")
    return 0


@pytest.mark.slow
@pytest.mark.parametrize("path", WITH_CODE, ids=lambda path: path.stem)
def test_the_code_of_a_page_runs_from_the_first_block_to_the_last(path, place, monkeypatch, capsys):
    namespace = {"__name__": "docs"}
    for block in blocks(path):
        name = block.text.partition("\n")[0].removeprefix("# ")
        if block.language == "yaml" and name.endswith(".yml"):  # a file that later lines name
            (place / name).write_text(block.text, encoding="utf-8")
        if not block.runs:
            continue
        if block.language == "python":
            exec(compile(few(block.text), block.where, "exec"), namespace)
            plt.close("all")
            continue
        for words in commands(block):
            code = call(words, monkeypatch)
            assert code == 0, f"{block.where}: {' '.join(words)}: {capsys.readouterr().err}"


def few(text: str) -> str:
    return text.replace("draws=200", f"draws={FEW}")


def test_every_command_of_every_page_is_understood():
    """Command, options and their values are those of the code."""
    faults, count = [], 0
    group = build()
    for block in ALL:
        for words in commands(block):
            if words[0] != "forecast":
                continue
            count += 1
            command: click.Command = group
            rest = words[1:]
            while isinstance(command, click.Group) and rest and rest[0] in command.commands:
                command, rest = command.commands[rest[0]], rest[1:]
            try:
                command.make_context(command.name, list(rest), resilient_parsing=False)
            except click.ClickException as error:
                faults.append(f"{block.where}: {' '.join(words)}: {error.format_message()}")
    assert not faults, "\n" + "\n".join(faults)
    assert count >= 160


def test_the_blocks_of_the_pages_are_found():
    """Against a plain count of fences: what is not found does not run, and nobody would see it."""
    lines = [line for path in PAGES for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(ALL) == sum(line.startswith("```") for line in lines) / 2
    python = [block for block in ALL if block.language == "python"]
    assert len(python) == lines.count("```python")
    assert sum(block.runs for block in python) >= 27
    assert len(WITH_CODE) >= 12
    run = [words for block in ALL if block.runs for words in commands(block)]
    assert len(run) >= 20
    told = [line for line in lines if line.startswith("forecast ") and "[" not in line]
    assert len([words for block in ALL for words in commands(block)]) >= len(told) > 150


def test_a_mark_of_a_block_is_one_that_the_tests_know():
    """What does not run says why."""
    odd = [
        f"{block.where}: {block.mark}"
        for block in ALL
        if block.mark and block.mark != RUNS and not block.mark.startswith(PARSED)
    ]
    assert not odd


def test_python_that_is_not_run_is_python():
    for block in ALL:
        if block.language == "python" and not block.runs:
            compile(block.text, block.where, "exec")


def test_the_smallest_package_is_checked_and_described(place, monkeypatch):
    """The guide of data packages: no table is missing, every check holds, no draws."""
    call(["python", "docs/examples/valley.py", "valley"], monkeypatch)
    valley = fc.load_dataset(Path("valley").resolve())
    assert valley.space.ids == ("VA-N", "VA-S")
    assert (Path("valley") / "datapackage.json").is_file()
    assert not valley.changed_since_build
    assert valley.sources(["observed/population"]) == "invented figures"
    people = fc.run("baseline", valley, until=2030)
    assert people.total()[2026] == pytest.approx(500_000, abs=250)
    assert 500_000 < people.total()[2031] < 510_000
    assert not people.outlines
