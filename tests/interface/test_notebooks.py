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
    """How many figures and at least how many tables, and what stands in the text outputs."""

    figures: int
    tables: int
    says: tuple[str, ...]


PROMISES = {
    "01-baseline": Promise(
        4, 6, (r"The nation gains \d[\d,]* thousand people", r"is short of \d[\d,]* workers")
    ),
    "02-growth-point": Promise(
        2, 3,
        ("did you mean 'jobs'?", "the shares sum to 0.7, not to 1", r"bn KZT \d{4}",
         r"Pavlodar Region, 1 January 2031: \+\d", r"my-plant\.docx: [\d.]+ MB",
         r"my-plant\.html: [\d.]+ MB", "the same run: True"),
    ),
    "03-comparing-scenarios": Promise(
        2, 5, (r"All findings: .*contradiction \d", r"\d+ indicators cannot be measured",
               "definition not published")
    ),
    "04-uncertainty": Promise(
        2, 3, (r"More than 2,000,000 people on 1 January \d{4}: \d+% \(standard error \d+%\)",
               r"Worst: .* of 100 outcomes")
    ),
    "05-moves-backtest": Promise(
        1, 4, (r"Years ahead 5: .* is best", "weight of the last year", "status: estimated")
    ),
    "06-quota-and-score": Promise(
        2, 6, (r"Best quota \d[\d,]* points", "10 families have a region, 0 have none")
    ),
    "07-own-region": Promise(
        1, 6, ("did you mean 'River District' \\(XL-3\\)", "-40 is negative",
               "age 7 is missing; add it", "no fitted models", "A new quay")
    ),
}  # fmt: skip


def test_the_notebooks_stand_in_reading_order():
    names = [path.stem for path in NOTEBOOKS]
    assert set(PROMISES) <= set(names)
    assert [int(name[:2]) for name in names] == list(range(1, len(names) + 1))


@pytest.mark.parametrize("name", PROMISES)
def test_a_notebook_runs_and_shows_what_it_promises(name):
    notebook = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    client = NotebookClient(
        notebook, timeout=SECONDS, kernel_name="python3",
        resources={"metadata": {"path": str(FOLDER)}},
    )  # fmt: skip
    client.execute()
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
        assert re.search(words, texts), words
    assert " nan" not in "\n".join(output.get("text", "") for output in outputs)


def code(path: Path) -> str:
    """The code cells of a notebook without the commands of Jupyter."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    lines = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return "\n".join(lines).replace("%matplotlib inline", "")


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
