"""Deficits by qualification add up, in cells, in draws and whatever the draws are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

import forecast as fc
from forecast.labour.qualification import deficit_by_qualification, total_by_qualification
from forecast.labour.replacement import exits

positive = st.floats(1, 1e6)


@settings(max_examples=50, deadline=None)
@given(
    arrays(float, (3, 4, 2), elements=positive),
    arrays(float, (3, 2), elements=positive),
    arrays(float, (3, 4), elements=positive),
    arrays(float, (4, 3), elements=st.floats(0.01, 1)),
)
def test_cells_sum_to_demand_less_what_is_filled(
    demand: np.ndarray, filled: np.ndarray, jobs: np.ndarray, shares: np.ndarray
) -> None:
    shares = shares / shares.sum(axis=1, keepdims=True)
    cells = deficit_by_qualification(demand, filled, jobs, shares)
    scale = demand.sum()
    assert_allclose(cells.sum(axis=(1, 2)), demand.sum(axis=1) - filled, atol=1e-9 * scale)
    totals = total_by_qualification(demand, filled, jobs, shares)
    assert_allclose(cells.sum(axis=1), np.moveaxis(totals, 0, 1), atol=1e-9 * scale)
    central = deficit_by_qualification(demand[..., 0], filled[..., 0], jobs, shares)
    assert_allclose(cells[..., 0], central)


@settings(max_examples=30, deadline=None)
@given(
    arrays(float, (2, 5, 1), elements=positive),
    arrays(float, (2, 5, 1), elements=st.floats(0, 1)),
    arrays(float, (2, 5, 1), elements=st.floats(0, 1)),
    arrays(float, (2, 5, 1), elements=st.floats(0, 1)),
)
def test_exits_are_never_negative_and_never_more_than_work(
    people: np.ndarray, before: np.ndarray, after: np.ndarray, dying: np.ndarray
) -> None:
    older = np.zeros_like(people)
    older[:, 1:] = people[:, :-1]
    older[:, -1] += people[:, -1]
    left = exits(
        people, older * dying, before, after, pensioned=np.zeros((2, 5)), employed=np.array([0.9])
    )
    employed = 0.9 * (people * before).sum()
    assert min(left.leaving.min(), left.deaths.min(), left.retirement.min()) >= 0
    assert left.total.sum() <= employed * (1 + 1e-12)


@pytest.fixture(scope="module")
def drawn() -> fc.Projection:
    return fc.run("baseline", "kazakhstan", draws=60, seed=3, until=2028)


def test_intervals_of_each_qualification_hold_the_central_path(drawn: fc.Projection) -> None:
    detail = drawn.frame("labour_detail")
    rows = detail[(detail["section"] == "total") & (detail["measure"] == "labour_deficit")]
    for name in ("higher", "tvet", "none"):
        central = rows[rows["qualification"] == name].set_index(["region", "year"])["value"]
        found = drawn.quantiles(f"labour_deficit_{name}", levels=[0.025, 0.975])
        central = central.loc[list(found.index)]
        inside = (central >= found[0.025]) & (central <= found[0.975])
        assert inside.all(), name
        assert set(drawn.frame("quantiles").query(f"measure == 'labour_deficit_{name}'")["unit"]) \
            == {"jobs"}  # fmt: skip


def test_a_folder_that_was_saved_before_the_tables_existed_loads(
    drawn: fc.Projection, tmp_path: Path
) -> None:
    import json

    folder = drawn.save(tmp_path / "old", figures=False)
    for name in ("labour_detail", "labour_ranking"):
        (folder / f"{name}.parquet").unlink()
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"] = {k: v for k, v in manifest["files"].items()
                         if not k.startswith(("labour_detail", "labour_ranking"))}  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps(manifest))
    loaded = fc.load(folder)
    assert loaded.frame("labour_detail").empty
    assert list(loaded.frame("labour_ranking").columns) == list(
        drawn.frame("labour_ranking").columns
    )


def test_a_folder_that_lost_a_table_is_a_fault(drawn: fc.Projection, tmp_path: Path) -> None:
    folder = drawn.save(tmp_path / "lost", figures=False)
    (folder / "labour_detail.parquet").unlink()
    with pytest.raises(fc.InputError, match=r"labour_detail\.parquet: the file is missing"):
        fc.load(folder)
