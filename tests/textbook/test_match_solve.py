"""The assignment of families against an exact search, by hand and by its own bound.

Authority: every placement of a small case, counted out; SciPy's exact solver on families one by
one; weak duality, by which no placement passes the bound.
"""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from forecast.settlement.match_solve import Problem, solve


def case(seed, groups=6, regions=3, most=1, tight=0.5):
    """Families with sizes, workers and values in tenths; a limit of persons for each region, one
    of workers for the first."""
    draw = np.random.default_rng(seed)
    size, workers = draw.integers(1, 8, groups), draw.integers(0, 3, groups)
    count = draw.integers(1, most + 1, groups)
    value = np.round(draw.random((groups, regions)), 1) + 0.1
    use = np.stack([*np.tile(size, (regions, 1)), workers]).astype(float)
    touches = np.concatenate([np.eye(regions), np.eye(regions)[:1]]).astype(bool)
    room = draw.dirichlet(np.ones(regions)) * (size * count).sum() * tight
    capacity = np.append(np.floor(room), max(int(workers.sum() * tight / 2), 1)).astype(float)
    return Problem(value * size[:, None], draw.random((groups, regions)) < 0.85, count, use,
                   touches, capacity)  # fmt: skip


def kept(problem, placed):
    """Whether a placement keeps every limit, list and number of families."""
    return (
        (placed >= 0).all()
        and (placed.sum(axis=1) <= problem.count).all()
        and (placed[~problem.allowed] == 0).all()
        and (problem.taken(placed) <= problem.capacity + 1e-9).all()
    )


def counted_out(problem):
    """The best sum of all placements of single families."""
    groups, regions = problem.value.shape
    best = 0.0
    for homes in product(range(-1, regions), repeat=groups):
        placed = np.zeros((groups, regions), dtype=np.int64)
        for group, home in enumerate(homes):
            if home >= 0:
                placed[group, home] = 1
        if kept(problem, placed):
            best = max(best, float((placed * problem.value).sum()))
    return best


def exact(problem):
    """The best sum by SciPy's exact solver, a variable a group and region."""
    groups, regions = problem.value.shape
    of_group = np.kron(np.eye(groups), np.ones(regions))
    of_limit = np.stack([
        (use[:, None] * touches[None, :]).ravel()
        for use, touches in zip(problem.use, problem.touches, strict=True)
    ])  # fmt: skip
    most = (problem.allowed * problem.count[:, None]).ravel().astype(float)
    found = milp(-problem.value.ravel(), integrality=np.ones(groups * regions),
                 bounds=Bounds(0, most),
                 constraints=LinearConstraint(
                     np.concatenate([of_group, of_limit]), -np.inf,
                     np.concatenate([problem.count, problem.capacity])),
                 options={"mip_rel_gap": 0})  # fmt: skip
    return -found.fun


@pytest.mark.parametrize("seed", range(12))
def test_a_small_case_is_the_best_of_all_placements(seed):
    problem = case(seed)
    found = solve(problem)
    assert kept(problem, found.placed)
    assert found.value == pytest.approx(counted_out(problem))
    assert found.value <= found.bound + 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_groups_are_placed_as_well_as_by_an_exact_search(seed):
    problem = case(seed, groups=60, regions=5, most=9)
    best = exact(problem)
    found = solve(problem)
    assert kept(problem, found.placed)
    assert best * (1 - 1e-5) <= found.value <= best + 1e-6


@pytest.mark.parametrize("ways", [{"searched": 60}, {"searched": 60, "solved": 200}])
@pytest.mark.parametrize("seed", range(4))
def test_the_ways_of_large_cases_come_close_to_the_exact_search(seed, ways):
    """Rounding what is split, and prices by blocks, on a case that can be searched as well."""
    problem = case(seed, groups=400, regions=5, most=3)
    best = exact(problem)
    found = solve(problem, **ways)
    assert kept(problem, found.placed)
    assert found.value <= best + 1e-6 <= found.bound + 2e-6
    assert found.value >= 0.995 * best
    assert found.gap <= 0.006


def test_two_families_and_one_place_by_hand():
    """Room for four persons: 4 x 0.9 of one family against 2 x 0.8 + 2 x 0.7 of two."""
    value = np.array([[4 * 0.9], [2 * 0.8], [2 * 0.7]])
    use = np.array([[4.0, 2.0, 2.0]])
    problem = Problem(value, np.ones((3, 1), dtype=bool), np.ones(3, dtype=np.int64), use,
                      np.ones((1, 1), dtype=bool), np.array([4.0]))  # fmt: skip
    found = solve(problem)
    assert found.placed.ravel().tolist() == [1, 0, 0]
    assert found.value == pytest.approx(3.6)
    assert found.bound == pytest.approx(3.6)
    more = solve(Problem(value, problem.allowed, problem.count, use, problem.touches,
                         np.array([6.0])))  # fmt: skip
    assert more.placed.ravel().tolist() == [1, 1, 0]
    assert more.bound - found.bound == pytest.approx(2 * 0.8)  # two places at 0.8 a person


def test_nothing_is_placed_where_nothing_is_allowed_or_nobody_comes():
    problem = case(1)
    closed = Problem(problem.value, np.zeros_like(problem.allowed), problem.count, problem.use,
                     problem.touches, problem.capacity)  # fmt: skip
    assert solve(closed).placed.sum() == 0
    nobody = closed.part(np.array([], dtype=int), np.array([], dtype=np.int64), problem.capacity)
    assert solve(nobody).gap == 0


@given(st.integers(0, 10_000), st.sampled_from([0.1, 0.5, 2.0]), st.booleans())
def test_limits_hold_and_no_placement_passes_the_bound(seed, tight, large):
    problem = case(seed, groups=30, regions=4, most=4, tight=tight)
    found = solve(problem, **({"searched": 20, "solved": 50} if large else {}))
    assert kept(problem, found.placed)
    assert found.value <= found.bound + 1e-6
    again = solve(problem, **({"searched": 20, "solved": 50} if large else {}))
    assert (again.placed == found.placed).all()


@given(st.integers(0, 10_000))
def test_more_room_never_lowers_the_sum_and_order_does_not_matter(seed):
    problem = case(seed, groups=12, regions=3, most=2)
    value = solve(problem).value
    roomier = Problem(problem.value, problem.allowed, problem.count, problem.use, problem.touches,
                      problem.capacity + 3)  # fmt: skip
    assert solve(roomier).value >= value - 1e-6
    order = np.random.default_rng(seed).permutation(12)
    mixed = problem.part(order, problem.count[order], problem.capacity)
    assert solve(mixed).value == pytest.approx(value)
