"""The smallest set of limits that clash, against every set of limits tried one by one."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from forecast.settlement.quota import FLOOR, ROOM, Bound, Inputs, Program, Weights, program_of
from forecast.settlement.quota_solve import smallest_clash, solve


def inputs_of(seed: int) -> Inputs:
    """Three regions with supply, need and room, and floors that clash in several ways."""
    rng = np.random.default_rng(seed)
    regions = ("a", "b", "c")
    floors = tuple(Bound("s", (region,), float(rng.integers(0, 12))) for region in regions)
    return Inputs(
        streams=("s",), regions=regions, qualifications=("k",), years=(2026,),
        legal=np.ones((1, 3), dtype=bool), supply=np.full((1, 1, 1), float(rng.integers(3, 20))),
        take_up=np.ones((1, 3)), stay=np.ones((1, 3)), preference=np.zeros((1, 3)),
        chance=np.ones((3, 1, 1)), need=rng.integers(2, 12, (3, 1, 1)).astype(float),
        workers_each=1.0, weights=Weights(1), whole=False, floors=floors,
        rooms={"persons": (rng.integers(2, 12, (3, 1)).astype(float), np.ones((3, 1)))},
    )  # fmt: skip


def possible(program: Program, rows: tuple[int, ...]) -> bool:
    cut = replace(
        program, rows=tuple(program.rows[row] for row in rows), matrix=program.matrix[list(rows)],
        value=-np.ones_like(program.value),
    )  # fmt: skip
    return solve(cut) is not None


def crowded(seed: int) -> Inputs:
    """The same with a budget, caps, and a limit of change from last year."""
    base, rng = inputs_of(seed), np.random.default_rng(seed + 9999)
    return replace(
        base, budget=np.array([float(rng.integers(3, 25))]), cost=np.ones(1), change=0.3,
        last=tuple(Bound("s", (r,), float(rng.integers(0, 15))) for r in base.regions),
        caps=tuple(Bound("s", (r,), float(rng.integers(0, 12))) for r in base.regions),
    )  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 4, 10, 50, 63, 117, 135, 136])
def test_no_smaller_set_clashes(seed: int):
    """In some of them a deletion filter alone stops at three limits where two clash."""
    program = program_of(crowded(seed))
    every = range(len(program.rows))
    assert not possible(program, tuple(every)), "nothing clashes: take another seed"
    fewest = next(
        size for size in range(1, len(every) + 1)
        if any(not possible(program, rows) for rows in combinations(every, size))
    )  # fmt: skip
    rows = smallest_clash(program).rows
    assert not possible(program, rows)
    assert len(rows) == fewest


def test_a_pair_is_told_before_a_chain():
    """Room for 1 where 2 must be, beside three floors of 5 of which a supply of 10 is short."""
    inputs = replace(
        inputs_of(0), supply=np.full((1, 1, 1), 10.0), need=np.full((3, 1, 1), 99.0),
        floors=(Bound("s", ("a",), 5), Bound("s", ("b",), 5), Bound("s", ("c",), 5)),
        rooms={"persons": (np.array([[1.0], [99.0], [99.0]]), np.ones((3, 1)))},
    )  # fmt: skip
    program = program_of(inputs)
    told = [(program.rows[row].kind, program.rows[row].regions)
            for row in smallest_clash(program).rows]  # fmt: skip
    assert told == [(ROOM, ("a",)), (FLOOR, ("a",))]
