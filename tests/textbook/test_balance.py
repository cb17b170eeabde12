"""Iterative proportional fitting and rounding against worked and published cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast.balance import (
    balance_flows,
    balance_flows_by_group,
    ipf,
    round_to_margins,
    round_to_total,
)
from forecast.errors import InputError, RunError


def test_two_by_two_by_hand():
    """Odds ratio 1: the fitted table is the product of its margins over the total."""
    fitted = ipf(np.ones((2, 2)), {(0,): np.array([30.0, 70.0]), (1,): np.array([40.0, 60.0])})
    assert fitted == pytest.approx(np.array([[12, 18], [28, 42]]))


def test_the_odds_ratio_of_the_seed_is_kept():
    """Bishop, Fienberg & Holland 1975, section 3.5: margins change, interactions do not."""
    seed = np.array([[10.0, 20.0], [30.0, 5.0]])
    fitted = ipf(seed, {(0,): np.array([70.0, 30.0]), (1,): np.array([45.0, 55.0])})
    ratio = [t[0, 0] * t[1, 1] / (t[0, 1] * t[1, 0]) for t in (seed, fitted)]
    assert ratio[1] == pytest.approx(ratio[0], rel=1e-8)


def test_three_axes_meet_a_plane_and_a_line():
    rng = np.random.default_rng(3)
    truth = rng.uniform(1, 9, (2, 3, 4))
    fitted = ipf(
        rng.uniform(1, 9, (2, 3, 4)),
        {(0, 1): truth.sum(axis=2), (2,): truth.sum(axis=(0, 1))},
        tolerance=1e-12,
    )
    assert fitted.sum(axis=2) == pytest.approx(truth.sum(axis=2), rel=1e-9)
    assert fitted.sum(axis=(0, 1)) == pytest.approx(truth.sum(axis=(0, 1)), rel=1e-9)


def test_zeros_of_the_seed_stay_zero():
    seed = np.ones((3, 3)) - np.eye(3)
    fitted = ipf(seed, {(0,): np.array([3.0, 4, 5]), (1,): np.array([4.0, 4, 4])})
    assert np.diag(fitted) == pytest.approx(0)
    assert fitted.sum(axis=1) == pytest.approx([3, 4, 5])


def test_margins_that_cannot_be_met_are_named():
    with pytest.raises(RunError, match="flows.*the totals of the margins differ: 5, 6"):
        ipf(np.ones((1, 2)), {(0,): np.array([5.0]), (1,): np.array([3.0, 3.0])}, what="flows")
    closed = np.array([[0.0, 0.0], [1.0, 1.0]])
    with pytest.raises(RunError, match="positive where every cell is zero"):
        ipf(closed, {(0,): np.array([1.0, 1.0])})


def test_a_decomposable_three_way_table_of_the_sas_manual():
    """SAS technical report TS-131, IPF example 1: tables A x B and C x B, one cell of which is 0.

    Given B the others are independent (Bishop, Fienberg & Holland 1975, section 3.4): the fit is
    AB times CB over B, and the zero stays.
    """
    ab, cb = np.array([[8.0, 2.0], [4.0, 4.0]]), np.array([[6.0, 0.0], [6.0, 6.0]])
    fitted = ipf(np.ones((2, 2, 2)), {(0, 1): ab, (1, 2): cb.T})
    by_hand = ab[:, :, None] * cb.T[None] / cb.sum(axis=0)[None, :, None]
    assert fitted == pytest.approx(by_hand)
    assert fitted[0, 0, 0] == pytest.approx(4)
    assert (fitted[:, 1, 0] == 0).all()


# --- flows --------------------------------------------------------------------------------------

NAMES = ["Aral", "Birlik", "Center", "Dala"]
OPEN = np.ones((4, 4)) - np.eye(4)


def test_balanced_flows_are_the_prior_times_two_factors():
    """F = a b A (Wilson 1970): the odds ratios of the prior stay, nobody moves inside."""
    rng = np.random.default_rng(7)
    prior, truth = (rng.uniform(1, 9, (4, 4)) * OPEN for _ in range(2))
    fitted = balance_flows(prior, truth.sum(axis=1), truth.sum(axis=0), regions=NAMES)
    assert fitted.sum(axis=0) == pytest.approx(truth.sum(axis=0))
    factors = np.divide(fitted, prior, where=OPEN > 0, out=np.zeros((4, 4)))
    for i, j, k, m in ((0, 1, 2, 3), (1, 0, 3, 2)):
        assert factors[i, k] * factors[j, m] == pytest.approx(factors[i, m] * factors[j, k])
    assert (np.diag(fitted) == 0).all()


def test_flows_by_group_meet_every_margin_that_is_given():
    """Flows, departures and arrivals by age together; a prior that has them stays as it is."""
    rng = np.random.default_rng(8)
    truth = rng.uniform(1, 9, (4, 4, 3)) * OPEN[:, :, None]
    margins = {
        "flows": truth.sum(axis=2),
        "departures": truth.sum(axis=1),
        "arrivals": truth.sum(axis=0),
    }
    fitted = balance_flows_by_group(np.ones((4, 4, 3)) * OPEN[:, :, None], **margins)
    for axis, name in ((2, "flows"), (1, "departures"), (0, "arrivals")):
        assert fitted.sum(axis=axis) == pytest.approx(margins[name], rel=1e-8)
    # no three-way association: the same odds ratio of two groups at every pair of regions
    odds = [fitted[i, j, 0] / fitted[i, j, 1] for i, j in ((0, 2), (0, 3), (1, 2), (1, 3))]
    assert odds[0] * odds[3] == pytest.approx(odds[1] * odds[2], rel=1e-7)
    assert balance_flows_by_group(truth, **margins) == pytest.approx(truth)
    by_age = balance_flows_by_group(truth, groups=np.array([10.0, 20.0, 30.0]))
    assert by_age.sum(axis=(0, 1)) == pytest.approx([10, 20, 30])
    with pytest.raises(InputError, match="no margin is given"):
        balance_flows_by_group(truth)


# --- margins that zeros make impossible ---------------------------------------------------------


def test_two_regions_that_exchange_unequal_numbers_are_named():
    """All who leave Birlik go to Aral, which takes 4 of the 5."""
    with pytest.raises(RunError) as raised:
        balance_flows(
            1 - np.eye(2),
            np.array([3.0, 5.0]),
            np.array([4.0, 4.0]),
            regions=NAMES[:2],
            what="moves",
        )
    assert str(raised.value).splitlines() == [
        "moves: 2 faults",
        "  origin Birlik: 1 more than destination Aral can hold, where alone it is not zero",
        "  destination Birlik: 1 more than origin Aral can hold, where alone it is not zero",
    ]


def test_a_block_that_cannot_be_filled_is_named_and_no_more_than_it():
    """Two regions may send to two others only; a third pair is in order and is not named."""
    seed = np.zeros((5, 5))
    seed[:2, 1:3] = 1
    seed[2:, :] = 1
    rows, columns = np.array([40.0, 30, 10, 10, 10]), np.array([20.0, 25, 35, 10, 10])
    with pytest.raises(RunError) as raised:
        ipf(seed, {(0,): rows, (1,): columns})
    lines = str(raised.value).splitlines()
    assert "  row 0, 1: 10 more than column 1, 2 can hold, where alone it is not zero" in lines
    assert any(line.startswith("  column 0, 3, 4: 10 more than row 2, 3, 4") for line in lines)
    assert len(lines) == 3


def test_the_pair_of_margins_at_fault_is_named_in_three_ways():
    """Both margins know the women: 6 by age, 7 by region."""
    by_age = np.array([[1.0, 2, 3], [4, 5, 6]])
    by_region = np.array([[3.0, 4], [7, 7]])
    labels = {"sex": ["female", "male"], "age": ["0", "1", "2"], "region": NAMES[:2]}
    with pytest.raises(RunError) as raised:
        ipf(np.ones((2, 3, 2)), {(0, 1): by_age, (0, 2): by_region}, labels=labels)
    assert "sex x region female x Aral, female x Birlik: 1 more than sex x age" in str(raised.value)
    assert "sex x age male x 0, male x 1, male x 2: 1 more than sex x region" in str(raised.value)


def test_three_margins_without_a_bad_pair_name_the_one_that_is_missed_most():
    """Every two of the three margins can be met, all three cannot.

    Pairs (0, 0) and (1, 1) alone; ages then have to follow the origin at both ends, and do not.
    """
    pairs = np.array([[10.0, 0], [0, 10]])
    departures, arrivals = np.array([[10.0, 0], [0, 10]]), np.array([[5.0, 5], [5, 5]])
    with pytest.raises(RunError, match=r"margins are not met after 2000 rounds; missed most:.* of"):
        balance_flows_by_group(
            np.ones((2, 2, 2)), flows=pairs, departures=departures, arrivals=arrivals,
            regions=NAMES[:2], names=["young", "old"],
        )  # fmt: skip


def test_possible_margins_that_empty_a_cell_are_told_from_impossible_ones():
    """Row 1 needs all of column 1, so that row 0 has nothing there, though it may."""
    seed = np.array([[1.0, 1.0], [0.0, 1.0]])
    with pytest.raises(RunError, match="row 0: the margins leave nothing for column 1"):
        ipf(seed, {(0,): np.array([1.0, 1.0]), (1,): np.array([1.0, 1.0])})
    with pytest.raises(RunError, match="after 3 rounds; missed most"):
        ipf(
            np.array([[1.0, 9.0], [7.0, 1.0]]),
            {(0,): np.array([5.0, 1.0]), (1,): np.array([1.0, 5.0])},
            rounds=3,
        )


def test_bad_tables_and_margins_are_refused_together():
    seed, rows, columns = np.array([[1, np.nan], [0, 1]]), np.array([1.0, -1]), np.ones(3)
    with pytest.raises(InputError) as raised:
        ipf(seed, {(0,): rows, (1,): columns}, what="moves")
    assert str(raised.value).splitlines() == [
        "moves: 3 faults",
        "  row x column 0 x 1: a number is negative or missing",
        "  row 1: a number is negative or missing",
        "  column: the margin has the shape (3,), not (2,)",
    ]
    with pytest.raises(InputError, match=r"names for a table of \(4, 4\), not \(2, 2\)"):
        balance_flows(np.ones((2, 2)), np.ones(2), np.ones(2), regions=NAMES)


@pytest.mark.parametrize(
    "seed, margins, message",
    [
        (np.ones((2, 2)), {}, "no margin is given"),
        (np.ones((0, 0)), {(0,): np.ones(0)}, r"the table has no cells: \(0, 0\)"),
        (np.ones((2, 2)), {(2,): np.ones(2)}, r"\(2,\) are not axes of a table with 2"),
        (np.ones((2, 2)), {(-1,): np.ones(2)}, r"\(-1,\) are not axes"),
        (np.ones((2, 3)), {(1, 0): np.ones((3, 2))}, r"\(1, 0\) are not axes .* ascending"),
    ],
)
def test_a_fit_without_a_table_margins_or_axes_is_refused(seed, margins, message):
    with pytest.raises(InputError, match=message):
        ipf(seed, margins)


def test_totals_that_differ_by_little_are_told_where_they_stop_the_fit():
    rows, columns = np.array([1.0, 1.0]), np.array([1.0, 1 + 1e-7])
    with pytest.raises(RunError, match=r"the totals of the margins differ: 2, 2\.0000001"):
        ipf(np.ones((2, 2)), {(0,): rows, (1,): columns})
    fitted = ipf(np.ones((2, 2)), {(0,): rows, (1,): columns}, tolerance=1e-6)
    assert fitted == pytest.approx(0.5, rel=1e-6)


@st.composite
def tables_with_zeros(draw):
    """A table with holes, and margins of the right total that may or may not be possible."""
    n, m = draw(st.integers(2, 5)), draw(st.integers(2, 5))
    allowed = draw(arrays(bool, (n, m)))
    rows = draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    columns = draw(st.lists(st.integers(0, 9), min_size=m, max_size=m))
    if sum(rows) > sum(columns):
        columns[0] += sum(rows) - sum(columns)
    rows[0] += sum(columns) - sum(rows)
    return allowed, np.array(rows, dtype=float), np.array(columns, dtype=float)


@given(tables_with_zeros())
def test_margins_are_called_impossible_when_a_set_of_rows_asks_too_much(given_table):
    """Against Hall's condition over every set of rows; the largest excess is the one reported."""
    allowed, rows, columns = given_table
    most = 0.0
    for chosen in range(1, 2 ** len(rows)):
        inside = np.array([bool(chosen >> k & 1) for k in range(len(rows))])
        most = max(most, rows[inside].sum() - columns[allowed[inside].any(axis=0)].sum())
    try:
        whole = round_to_margins(allowed.astype(float), rows, columns)
    except RunError as error:
        asked = sum(
            float(fault.message.split()[0])
            for fault in error.faults
            if fault.where.startswith("row")
        )
        assert asked == most > 0
    else:
        assert most == 0
        assert (whole.sum(axis=1) == rows).all()
        assert (whole.sum(axis=0) == columns).all()
        assert (whole >= 0).all()
        assert (whole[~allowed] == 0).all()


# --- whole numbers ------------------------------------------------------------------------------


def test_rounding_takes_a_long_way_round_where_zeros_leave_no_short_one():
    """A chain: row 0 misses one and so does column 3, and only three steps lead there."""
    flows = np.array([[1.0, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]])
    rows, columns = np.array([2.0, 2, 2, 2]), np.array([2.0, 2, 2, 2])
    whole = round_to_margins(flows, rows, columns)
    assert (whole.sum(axis=1) == rows).all()
    assert (whole.sum(axis=0) == columns).all()
    assert (whole[flows == 0] == 0).all()


def test_rounding_without_a_way_says_so_and_ends():
    """Nobody moves inside a region: Birlik's five cannot all go to Aral, which takes four."""
    flows = np.array([[0.0, 3.5], [4.5, 0.0]])
    with pytest.raises(RunError, match="origin Birlik: 1 more than destination Aral can hold"):
        round_to_margins(
            flows, np.array([3.0, 5.0]), np.array([4.0, 4.0]),
            labels={"origin": NAMES[:2], "destination": NAMES[:2]},
        )  # fmt: skip
    with pytest.raises(RunError, match="row 1: 3 more than column 1 can hold"):
        round_to_margins(np.eye(2), np.array([2.0, 8.0]), np.array([5.0, 5.0]))


def test_margins_of_whole_numbers_are_asked_for():
    flows = np.ones((2, 2))
    with pytest.raises(InputError, match="row 0: the margin is not a whole number"):
        round_to_margins(flows, np.array([1.5, 2]), np.array([2.0, 2]))
    with pytest.raises(InputError, match="totals of the margins differ: 4, 5"):
        round_to_margins(flows, np.array([2.0, 2]), np.array([2.0, 3]))
    with pytest.raises(InputError, match="negative or missing"):
        round_to_margins(-flows, np.array([2.0, 2]), np.array([2.0, 2]))


def test_a_table_far_above_its_margins_comes_down():
    """Rounded down it already has too many: one at a time along the way back."""
    whole = round_to_margins(np.full((2, 3), 4.0), np.array([6.0, 3]), np.array([3.0, 3, 3]))
    assert (whole.sum(axis=1) == [6, 3]).all()
    assert (whole.sum(axis=0) == 3).all()
    assert (whole >= 0).all()


@pytest.mark.parametrize("cell, margin", [(0.1, 10**7), (10.0**7, 1), (3e6, 10**7)])
def test_margins_far_from_the_table_are_met_at_once(cell, margin):
    """Ten million persons are not given out one by one."""
    target = np.full(3, float(margin))
    whole = round_to_margins(np.full((3, 3), cell), target, target)
    assert (whole.sum(axis=0) == target).all()
    assert (whole.sum(axis=1) == target).all()
    assert whole.min() >= 0
    if cell < margin:
        assert whole == pytest.approx(margin / 3, abs=2)


def test_far_margins_go_the_long_way_round_zeros_too():
    flows = np.array([[0.1, 0, 0, 0], [0.1, 0.1, 0, 0], [0, 0.1, 0.1, 0], [0, 0, 0.1, 0.1]])
    target = np.full(4, 1e8)
    whole = round_to_margins(flows, target, target)
    assert whole == pytest.approx(np.eye(4) * 1e8)  # the only table with these margins
    with pytest.raises(RunError, match="row 0: 10000000 more than column 0 can hold"):
        round_to_margins(np.eye(2), np.array([2e7, 1e7]), np.array([1e7, 2e7]))


@pytest.mark.parametrize(
    "values, totals, message",
    [
        ([[np.nan, 1.0]], [2], "values: a number is missing or infinite"),
        ([[0.5, 1.0]], [2.5], "totals: a total is not a whole number"),
        ([[0.5, 1.0]], [np.nan], "totals: a number is missing or infinite"),
        ([[0.5, 1.0], [1.0, 1.0]], [1], r"the totals have the shape \(1,\), not \(2,\)"),
        (np.zeros((2, 0)), [1, 0], "values: there is no cell to hold a total"),
    ],
)
def test_what_cannot_be_rounded_to_totals_is_refused(values, totals, message):
    with pytest.raises(InputError, match=message):
        round_to_total(np.array(values), np.array(totals), 1)


@given(
    arrays(float, (4, 5), elements=st.floats(0.001, 1e4)),
    st.lists(st.integers(0, 50_000), min_size=4, max_size=4),
)
def test_rounding_keeps_every_total_and_stays_near(values, totals):
    target = np.array(totals, dtype=float)
    sums = values.sum(axis=1)
    scaled = np.where(sums[:, None] > 0, values / np.maximum(sums, 1e-300)[:, None], 0.2)
    scaled = scaled * target[:, None]
    whole = round_to_total(scaled, target, axis=1)
    assert (whole.sum(axis=1) == target).all()
    assert (whole == np.rint(whole)).all()
    assert np.abs(whole - scaled).max() < 1 + 1e-6
    assert whole.min() >= 0


def test_largest_remainders_by_hand():
    """Hamilton's method: 1.4, 2.5, 3.1 of 7 give 1, 3, 3."""
    assert round_to_total(np.array([[1.4, 2.5, 3.1]]), np.array([7.0]), 1).tolist() == [[1, 3, 3]]
