"""What holds of every quota."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.settlement.quota import Inputs, Weights, by_pair, program_of
from forecast.settlement.quota_solve import Solution, solve


def inputs(seed: int) -> Inputs:
    rng = np.random.default_rng(seed)
    return Inputs(
        streams=("s", "t"), regions=tuple("abcd"), qualifications=("q", "r"), years=(2026, 2027),
        legal=rng.random((2, 4)) < 0.8, supply=rng.integers(0, 60, (2, 2, 2)).astype(float),
        take_up=rng.uniform(0.4, 1, (2, 4)), stay=rng.uniform(0.5, 1, (2, 4)),
        preference=rng.random((2, 4)), chance=rng.random((4, 2, 2)),
        need=rng.uniform(0, 40, (4, 2, 2)), workers_each=0.44, weights=Weights(1, 0.2, 0.3),
        cost=np.array([180.0]), whole=False,
        rooms={"persons": (rng.uniform(5, 60, (4, 2)), np.ones((4, 2)))},
    )  # fmt: skip


def best(given: Inputs) -> Solution:
    found = solve(program_of(given))
    assert found is not None
    return found


seeds = st.integers(0, 10_000)


@settings(max_examples=25, deadline=None)
@given(seeds)
def test_strong_duality(seed: int):
    """Limits times prices are the objective: nothing is worth what nobody pays for."""
    program = program_of(inputs(seed))
    found = solve(program)
    assert found is not None
    paid = float((program.signs * program.limits) @ found.prices)
    assert np.isclose(paid, found.relaxed, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(seeds, st.sampled_from(["supply", "need", "rooms"]))
def test_more_never_hurts(seed: int, what: str):
    plain = inputs(seed)
    if what == "rooms":
        more = replace(
            plain, rooms={k: (free + 3, each) for k, (free, each) in plain.rooms.items()}
        )
    else:
        more = replace(plain, **{what: getattr(plain, what) + 2})
    assert best(more).relaxed >= best(plain).relaxed - 1e-7


@settings(max_examples=25, deadline=None)
@given(seeds, st.permutations(range(4)))
def test_permuting_regions_permutes_the_quota(seed: int, order: list[int]):
    plain = inputs(seed)
    moved = replace(
        plain, regions=tuple(plain.regions[k] for k in order), legal=plain.legal[:, order],
        take_up=plain.take_up[:, order], stay=plain.stay[:, order],
        preference=plain.preference[:, order], chance=plain.chance[order], need=plain.need[order],
        rooms={kind: (free[order], each[order]) for kind, (free, each) in plain.rooms.items()},
    )  # fmt: skip
    one, other = program_of(plain), program_of(moved)
    first, second = solve(one), solve(other)
    assert first is not None
    assert second is not None
    assert np.isclose(first.relaxed, second.relaxed, atol=1e-7)
    assert np.allclose(by_pair(one, first.x)[:, order], by_pair(other, second.x), atol=1e-5)


@settings(max_examples=15, deadline=None)
@given(seeds)
def test_whole_numbers_meet_the_limits_and_are_no_better(seed: int):
    program = program_of(replace(inputs(seed), whole=True))
    found = solve(program)
    assert found is not None
    assert (found.x == np.round(found.x)).all()
    assert (found.x >= 0).all()
    assert (program.signs * found.used <= program.signs * program.limits + 1e-5).all()
    assert found.objective <= found.relaxed + 1e-7


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(seeds)
def test_the_same_program_gives_the_same_answer(seed: int):
    given = replace(inputs(seed), whole=True)
    assert best(given).x.tolist() == best(given).x.tolist()
