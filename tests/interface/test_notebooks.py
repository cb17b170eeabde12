"""Every notebook runs from its first line to its last, and shows what it promises.

Authority: the notebook itself, executed by Jupyter in a kernel of its own.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import forecast as fc

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SECONDS = 60  # for a single cell; a notebook that hangs is a failure


@dataclass(frozen=True)
class Promise:
    """How many figures and at least how many tables, and what stands in the text outputs: words
    as they are, and patterns."""

    figures: int
    tables: int
    says: tuple[str | re.Pattern[str], ...]


said = re.compile
PROMISES = {
    "01-baseline": Promise(
        4, 6, (said(r"The nation gains \d[\d,]* thousand people"),
               said(r"is short of \d[\d,]* workers"))
    ),
    "02-growth-point": Promise(
        2, 3,
        ("did you mean 'jobs'?", "the shares sum to 0.7, not to 1", said(r"bn KZT \d{4}"),
         said(r"Pavlodar Region, 1 January 2031: \+\d"), said(r"my-plant\.docx: [\d.]+ MB"),
         said(r"my-plant\.html: [\d.]+ MB"), "the same run: True"),
    ),
    "03-comparing-scenarios": Promise(
        2, 5, (said(r"All findings: .*contradiction \d"),
               said(r"\d+ indicators cannot be measured"), "definition not published")
    ),
    "04-uncertainty": Promise(
        2, 3, (said(r"More than 2,000,000 people on 1 January \d{4}: \d+% \(standard error \d+%\)"),
               said(r"Worst: .* of 100 outcomes"))
    ),
    "05-moves-backtest": Promise(
        1, 4, (said(r"Years ahead 5: .* is best"), "weight of the last year", "status: estimated")
    ),
    "06-quota-and-score": Promise(
        2, 6, (said(r"Best quota \d[\d,]* points"), "10 families have a region, 0 have none")
    ),
    "07-own-region": Promise(
        1, 6, ("did you mean 'River District' (XL-3)", "-40 is negative",
               "age 7 is missing; add it", "no fitted models", "A new quay")
    ),
}  # fmt: skip


def test_the_notebooks_stand_in_reading_order():
    names = [path.stem for path in NOTEBOOKS]
    assert names == [*PROMISES, "08-levers"]
    assert [int(name[:2]) for name in names] == list(range(1, len(names) + 1))


def run(name: str) -> nbformat.NotebookNode:
    """A notebook after its last cell, executed in a kernel of its own."""
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    client = NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3",
        resources={"metadata": {"path": str(FOLDER)}},
    )  # fmt: skip
    client.execute()
    return notebook


@pytest.mark.parametrize("name", PROMISES)
def test_a_notebook_runs_and_shows_what_it_promises(name):
    notebook = run(name)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert not [output for output in outputs if output.get("name") == "stderr"]
    kinds = [kind for output in outputs for kind in output.get("data", {})]
    promise = PROMISES[name]
    assert kinds.count("image/png") == promise.figures
    assert kinds.count("text/html") >= promise.tables
    data = [output.get("data", {}) for output in outputs]
    told = [one.get("text/markdown", one.get("text/html", "")) for one in data]
    texts = "\n".join([*told, *(output.get("text", "") for output in outputs)])
    for words in promise.says:
        pattern = re.escape(words) if isinstance(words, str) else words
        assert re.search(pattern, texts), words
    assert " nan" not in "\n".join(output.get("text", "") for output in outputs)


def code(path: Path) -> str:
    """The code cells of a notebook without the commands of Jupyter."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    lines = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return "\n".join(lines).replace("%matplotlib inline", "")


def test_the_sliders_are_drawn_and_write_a_scenario():
    notebook = run("08-levers")
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    kinds = [kind for output in outputs for kind in output.get("data", {})]
    assert "application/vnd.jupyter.widget-view+json" in kinds
    state = notebook.metadata["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    models = [model["model_name"] for model in state.values()]
    assert models.count("IntSliderModel") == 3
    assert models.count("FloatSliderModel") == 1
    images = [model["buffers"] for model in state.values() if model["model_name"] == "ImageModel"]
    assert images[0][0]["path"] == ["value"], "the figure is there before a slider is moved"
    texts = "\n".join(output.get("text", "") for output in outputs)
    assert "growth_points:" in texts
    assert "region: KZ-55" in texts
    assert "'many' is not a number" in texts
    assert "120 is out of bounds" in texts


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_public_names_alone(path):
    """`import forecast as fc`, names of `fc.__all__`, nothing that begins with an underscore."""
    for node in ast.walk(ast.parse(code(path))):
        if isinstance(node, ast.Import):
            below = [name.name for name in node.names if name.name.startswith("forecast.")]
            assert not below, below
        if isinstance(node, ast.ImportFrom):
            assert not (node.module or "").startswith("forecast"), node.module
        if isinstance(node, ast.Attribute):
            assert not node.attr.startswith("_"), node.attr
            if isinstance(node.value, ast.Name) and node.value.id == "fc":
                assert node.attr in fc.__all__, node.attr


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_its_outputs_and_explains_its_cells(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    kinds = [cell["cell_type"] for cell in notebook["cells"]]
    assert kinds[0] == kinds[-1] == "markdown"
    for cell in notebook["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
