"""Every notebook runs from its first line to its last, and shows what it promises.

Authority: the notebook itself, executed by Jupyter in a kernel of its own.
"""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))
SECONDS = 60  # for a single cell; a notebook that hangs is a failure


@pytest.fixture(scope="module")
def executed():
    found = {}
    for path in NOTEBOOKS:
        notebook = nbformat.read(path, as_version=4)
        client = NotebookClient(
            notebook, timeout=SECONDS, kernel_name="python3",
            resources={"metadata": {"path": str(path.parent)}},
        )  # fmt: skip
        client.execute()
        found[path.stem] = notebook
    return found


def test_there_are_notebooks():
    assert {"01-first-scenario", "08-levers"} <= {path.stem for path in NOTEBOOKS}


def test_the_first_scenario_shows_figures_tables_and_a_helpful_fault(executed):
    notebook = executed["01-first-scenario"]
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    kinds = [kind for output in outputs for kind in output.get("data", {})]
    assert kinds.count("image/png") == 3
    assert kinds.count("text/html") >= 5  # tables
    texts = "\n".join(output.get("text", "") for output in outputs)
    assert "growth_points:" in texts
    assert "did you mean 'jobs'?" in texts
    assert "the shares sum to 0.7, not to 1" in texts
    assert not [output for output in outputs if output.get("name") == "stderr"]


def test_the_sliders_are_drawn_and_write_a_scenario(executed):
    notebook = executed["08-levers"]
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
    assert "region: KZ-55" in texts
    assert "'many' is not a number" in texts
    assert "120 is out of bounds" in texts


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_its_outputs(path):
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
