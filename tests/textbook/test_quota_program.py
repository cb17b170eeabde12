"""The quota on cases that are small enough to be solved by hand or by trying everything."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from forecast.settlement.quota import (
    BUDGET,
    FALL,
    FLOOR,
    NEED,
    RISE,
    ROOM,
    SUPPLY,
    Bound,
    Inputs,
    Program,
    Weights,
    apportioned,
    by_pair,
    program_of,
)
from forecast.settlement.quota_solve import gains_of_more, smallest_clash, solve


def small(**changes: object) -> Inputs:
    """One stream, two regions, one qualification, one year; every person works."""
    plain = Inputs(
        streams=("s",), regions=("a", "b"), qualifications=("q",), years=(2026,),
        legal=np.ones((1, 2), dtype=bool), supply=np.array([[[10.0]]]),
        take_up=np.ones((1, 2)), stay=np.ones((1, 2)), preference=np.zeros((1, 2)),
        chance=np.array([[[0.9]], [[0.5]]]), need=np.array([[[6.0]], [[20.0]]]),
        workers_each=1.0, weights=Weights(),
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def solved(inputs: Inputs):
    program = program_of(inputs)
    found = solve(program)
    assert found is not None
    return program, found


def row_of(program: Program, kind: str, region: str | None = None) -> int:
    return next(place for place, row in enumerate(program.rows)
                if row.kind == kind and (region is None or row.regions == (region,)))  # fmt: skip


def test_by_hand():
    """6 to a at 0.9, the other 4 to b at 0.5: 7.4 points. One more job in a moves a person from
    b: +0.4; one more place goes to b: +0.5."""
    program, found = solved(small())
    assert by_pair(program, found.x).ravel().tolist() == [6, 4]
    assert found.objective == pytest.approx(7.4)
    assert found.prices[row_of(program, NEED, "a")] == pytest.approx(0.4)
    assert found.prices[row_of(program, NEED, "b")] == 0
    assert found.prices[row_of(program, SUPPLY)] == pytest.approx(0.5)


def test_every_term_of_the_objective_by_hand():
    """0.8 settle of 1 place: 0.8 (0.9 x 0.5 workers + 0.25 x 0.4 + 0.5 x 0.75 - 0.1 x 200/1000)."""
    inputs = small(
        take_up=np.full((1, 2), 0.8), preference=np.full((1, 2), 0.4), stay=np.full((1, 2), 0.75),
        workers_each=0.5, cost=np.array([200.0]),
        weights=Weights(employment=1, preference=0.25, stay=0.5, cost=0.1),
    )  # fmt: skip
    value = program_of(inputs).value[0]
    assert value == pytest.approx(0.8 * (0.9 * 0.5 + 0.25 * 0.4 + 0.5 * 0.75 - 0.02))


def test_a_region_off_the_list_gets_no_place():
    program, found = solved(small(legal=np.array([[True, False]])))
    assert by_pair(program, found.x).ravel().tolist() == [6, 0]


def test_room_is_in_units_of_the_facility_and_unknown_room_holds_nobody():
    """Half a school place for a person and 2 places free: 4 people fit into a. One more place in
    the school lets two people in, each 0.4 better off than in b."""
    free = np.array([[2.0], [np.nan]])
    program, found = solved(small(rooms={"school": (free, np.full((2, 1), 0.5))}))
    assert by_pair(program, found.x).ravel().tolist() == [4, 6]
    assert [row.regions for row in program.rows if row.kind == ROOM] == [("a",)]
    assert found.prices[row_of(program, ROOM)] == pytest.approx(0.8)


def test_unknown_need_never_binds():
    program, found = solved(small(need=np.full((2, 1, 1), np.nan)))
    assert by_pair(program, found.x).ravel().tolist() == [10, 0]


def test_floor_and_its_worth():
    program, found = solved(small(floors=(Bound("s", ("b",), 7),)))
    assert by_pair(program, found.x).ravel().tolist() == [3, 7]
    assert found.prices[row_of(program, FLOOR)] == pytest.approx(0.4)  # one less: one more to a


def test_budget_buys_the_best_places_first():
    """100 a person and 800: 6 to a, 2 to b; a unit of account more is worth 0.5 / 100."""
    program, found = solved(small(cost=np.array([100.0]), budget=np.array([800.0])))
    assert by_pair(program, found.x).ravel().tolist() == [6, 2]
    assert found.prices[row_of(program, BUDGET)] == pytest.approx(0.005)


def test_change_from_last_year_and_from_year_to_year():
    """b had 8: 30 per cent less is 5.6, so 6; a had none and is free. A year later b may lose
    30 per cent of 6, so at least 4.2: 5 whole places."""
    two = small(
        years=(2026, 2027), supply=np.full((1, 1, 2), 10.0),
        chance=np.repeat([[[0.9]], [[0.5]]], 2, axis=2), need=np.full((2, 1, 2), 100.0),
        last=(Bound("s", ("b",), 8),), change=0.3,
    )  # fmt: skip
    program, found = solved(two)
    places = by_pair(program, found.x)[0, :, 0]
    assert places[1].tolist() == [6, 5]
    first = [row.limit for row in program.rows if row.kind in (RISE, FALL) and row.year == 2026]
    assert first == [10, 6]
    assert places[0, 1] <= 1.3 * places[0, 0] + 1e-9


def test_need_is_a_stock_that_earlier_arrivals_use_up():
    """Of 6 who came a half is left after five years; 10 jobs then have room for 7 more."""
    inputs = small(
        years=(2026, 2031), stay=np.full((1, 2), 0.5), legal=np.array([[True, False]]),
        supply=np.array([[[6.0, 10.0]]]), chance=np.ones((2, 1, 2)),
        need=np.repeat([[[10.0]], [[0.0]]], 2, axis=2),
    )  # fmt: skip
    program, found = solved(inputs)
    assert by_pair(program, found.x)[0, 0, 0].tolist() == [6, 7]


def test_families_are_whole_and_use_room_by_their_size():
    """Five people in a have room for one family of 3; a single takes what is left of the units."""
    inputs = small(
        sizes=(1, 3), parts=(0.5, 0.5), supply=np.array([[[4.0]]]), cost=np.zeros(2),
        need=np.array([[[100.0]], [[0.0]]]), legal=np.array([[True, False]]),
        rooms={"persons": (np.array([[3.5], [np.nan]]), np.ones((2, 1)))},
    )  # fmt: skip
    program, found = solved(inputs)  # 2 families: one single, one of three
    limits = [row.limit for row in program.rows if row.kind == SUPPLY]
    assert limits == [1, 1]
    assert found.x.tolist() == [0, 1]  # 3 people are better than 1; 4 do not fit
    assert found.relaxed >= found.objective


def test_shares_become_whole_numbers_that_keep_their_sum():
    assert apportioned(np.array([1.0, 1.0, 1.0]), 10).tolist() == [4, 3, 3]
    assert apportioned(np.array([0.18, 0.42, 0.40]), 2281).sum() == 2281
    assert apportioned(np.zeros(2), 5).tolist() == [0, 0]


def random_inputs(seed: int) -> Inputs:
    """Two streams, two or three regions, two qualifications, small numbers."""
    rng = np.random.default_rng(seed)
    regions = ("a", "b", "c")[: 2 + seed % 2]
    shape = (2, len(regions))
    return Inputs(
        streams=("s", "t"), regions=regions, qualifications=("q", "r"), years=(2026,),
        legal=np.vstack([np.ones(len(regions), bool), rng.random(len(regions)) < 0.7]),
        supply=rng.integers(0, 3, (2, 2, 1)).astype(float),
        take_up=rng.uniform(0.5, 1, shape), stay=rng.uniform(0.5, 1, shape),
        preference=rng.random(shape), chance=rng.random((len(regions), 2, 1)),
        need=rng.uniform(0, 2.5, (len(regions), 2, 1)), workers_each=0.8,
        weights=Weights(1, 0.3, 0.2, 0.5), cost=np.array([300.0]),
        rooms={"persons": (rng.uniform(0.5, 4, (len(regions), 1)), np.ones((len(regions), 1)))},
        budget=np.array([rng.uniform(400, 2000)]),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_the_optimum_is_that_of_trying_everything(seed: int):
    program, found = solved(random_inputs(seed))
    matrix, limits, signs = program.matrix.toarray(), program.limits, program.signs
    tops = [min(limits[row] for row in range(len(limits))
                if program.rows[row].kind == SUPPLY and matrix[row, cell])
            for cell in range(len(program.value))]  # fmt: skip
    best = max(
        float(program.value @ np.array(x))
        for x in product(*(range(int(top) + 1) for top in tops))
        if (signs * (matrix @ np.array(x)) <= signs * limits + 1e-9).all()
    )
    assert found.objective == pytest.approx(best, abs=1e-6)
    assert (signs * (matrix @ found.x) <= signs * limits + 1e-6).all()
    assert found.relaxed >= found.objective - 1e-9


@pytest.mark.parametrize("seed", range(12))
def test_prices_are_what_a_little_more_brings(seed: int):
    """The dual is the slope on one side at least: a bit more never brings more, a bit less never
    costs less; and one whole unit more never brings more than the price."""
    inputs = replace(random_inputs(seed), whole=False)
    program, found = solved(inputs)
    gained = gains_of_more(program, list(range(len(program.rows))), found.relaxed)
    for row, gain in gained.items():
        assert gain <= found.prices[row] + 1e-7
    for row in np.flatnonzero(found.prices > 1e-9):
        step = 1e-4
        limits = [replace(r, limit=r.limit - program.signs[row] * step) if k == row else r
                  for k, r in enumerate(program.rows)]  # fmt: skip
        less = solve(replace(program, rows=tuple(limits)))
        if less is not None:
            assert found.relaxed - less.relaxed >= found.prices[row] * step - 1e-8


def test_one_more_unit_brings_exactly_the_price_where_nothing_changes_sides():
    program, found = solved(small())
    gained = gains_of_more(program, [row_of(program, NEED, "a"), row_of(program, SUPPLY)],
                           found.relaxed)  # fmt: skip
    assert list(gained.values()) == pytest.approx([0.4, 0.5])


def test_a_cell_without_places_lacks_points_to_be_used():
    """b would give 0.5 where a gives 0.9 with jobs for all: it lacks 0.4."""
    program, found = solved(small(need=np.full((2, 1, 1), 50.0)))
    assert found.reduced_costs[program.region == 1].tolist() == pytest.approx([0.4])
    assert found.reduced_costs[program.region == 0].tolist() == [0]


def test_one_person_a_unit_is_a_flow_with_whole_corners():
    """Supply, need and room alone: the linear program answers in whole numbers by itself."""
    rng = np.random.default_rng(5)
    inputs = Inputs(
        streams=("s", "t"), regions=tuple("abcd"), qualifications=("q", "r", "u"), years=(2026,),
        legal=np.ones((2, 4), bool), supply=rng.integers(5, 40, (2, 3, 1)).astype(float),
        take_up=np.ones((2, 4)), stay=np.ones((2, 4)), preference=rng.random((2, 4)),
        chance=rng.random((4, 3, 1)), need=rng.integers(1, 30, (4, 3, 1)).astype(float),
        workers_each=1.0, weights=Weights(1, 0.3), whole=False,
        rooms={"persons": (rng.integers(5, 40, (4, 1)).astype(float), np.ones((4, 1)))},
    )  # fmt: skip
    _, found = solved(inputs)
    assert found.x == pytest.approx(np.round(found.x), abs=1e-9)


def test_the_smallest_set_that_clashes():
    """A floor of 8 in a, where 6 are needed, beside limits that do no harm."""
    inputs = small(
        floors=(Bound("s", ("a",), 8), Bound("s", ("b",), 1)), caps=(Bound("s", ("b",), 9),)
    )
    program = program_of(inputs)
    assert solve(program) is None
    clash = smallest_clash(program)
    assert {(program.rows[r].kind, program.rows[r].regions) for r in clash.rows} == {
        (FLOOR, ("a",)), (NEED, ("a",)),
    }  # fmt: skip
    assert clash.misses == pytest.approx(2)


@pytest.mark.parametrize("seed", [0, 1, *range(3, 16)])
def test_a_clash_is_one_and_smallest(seed: int):
    """Its rows alone cannot be met; without any one of them they can."""
    rng = np.random.default_rng(100 + seed)
    base = random_inputs(seed)
    floors = tuple(Bound("s", (region,), float(rng.integers(1, 4))) for region in base.regions)
    program = program_of(replace(base, floors=floors))
    assert solve(program) is None, "these limits can be met: take another seed"
    rows = list(smallest_clash(program).rows)

    def alone(chosen: list[int]) -> bool:
        cut = replace(program, rows=tuple(program.rows[r] for r in chosen),
                      matrix=program.matrix[chosen], value=-np.abs(program.value))  # fmt: skip
        return solve(cut) is not None

    assert rows
    assert not alone(rows)
    for row in rows:
        rest = [other for other in rows if other != row]
        assert not rest or alone(rest)


def test_whole_numbers_alone_can_clash():
    """A family of two and room for three, where at least three must come."""
    inputs = small(
        sizes=(2,), parts=(1.0,), cost=np.zeros(1), legal=np.array([[True, False]]),
        need=np.full((2, 1, 1), 100.0), floors=(Bound("s", ("a",), 3),),
        rooms={"persons": (np.array([[3.0], [np.nan]]), np.ones((2, 1)))},
    )  # fmt: skip
    program = program_of(inputs)
    assert solve(program) is None
    clash = smallest_clash(program)
    assert {program.rows[row].kind for row in clash.rows} == {FLOOR, ROOM}
    assert clash.misses == 0
