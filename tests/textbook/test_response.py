"""The response of moves to drivers against the formula worked out by hand.

F'_ij = O_i exp(b_o dx_i) F_ij exp(b_d dx_j) / sum_k F_ik exp(b_d dx_k)
(Dekle, Eaton & Kortum 2007, American Economic Review 97(2), for destinations within an origin).
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import lognorm

from forecast.demography.transition import MixedMoves, from_transition
from forecast.draws import Draws
from forecast.drivers import country_name, drawn_answers, years_of_growth
from forecast.elasticities import DRIVERS, SIDES, Elasticities, sign
from forecast.errors import InputError
from forecast.gains import empty_response, less
from forecast.migration.response import DriverState, push_pull, who_gains

COLUMNS = "driver side value standard_error transfer_error unit country years status source"
ROWS = (
    ("jobs", "destination", 0.5, 0.3, 0.4, "log per log", "", "", "assumption", "prior"),
    ("income", "destination", 0.7, 0.1, 0.0, "log per log", "KR", "1998-2020", "estimated", "s"),
    ("income", "origin", -0.4, 0.1, 0.2, "log per log", "KR", "1998-2020", "estimated", "s"),
    ("unemployment", "destination", -0.06, 0.0, 0.0, "log per percentage point", "US", "2010",
     "estimated", "s"),
)  # fmt: skip


def table(*rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS.split())


ELASTICITIES = Elasticities.from_frame(table(*ROWS))
FLOWS = np.array([[0.0, 30.0, 10.0], [20.0, 0.0, 20.0], [5.0, 45.0, 0.0]])  # origin, destination
PEOPLE = np.array([1000.0, 800.0, 500.0])


def changes(**given: tuple[float, float, float]) -> np.ndarray:
    found = np.zeros((len(DRIVERS), 3, 1))
    for name, values in given.items():
        found[list(DRIVERS).index(name), :, 0] = values
    return found


def moved(state: np.ndarray, elasticities: Elasticities = ELASTICITIES) -> np.ndarray:
    """(origin, destination) flows of the three regions after the response, by the year's own
    arithmetic of moves."""
    shares = (FLOWS / PEOPLE[:, None]).T[None, None]
    moves = from_transition(shares).pulled(*push_pull(elasticities, state))
    people = PEOPLE[None, None, :, None].copy()
    out, into = np.empty_like(people), np.empty_like(people)
    moves.move(slice(0, 1), people, out, into)
    flows = moves.flows(out)[..., 0]
    assert flows.sum(axis=0) == pytest.approx(into[0, 0, :, 0])
    assert flows.sum(axis=1) == pytest.approx(out[0, 0, :, 0])
    return flows


def test_income_of_one_region_by_hand():
    """Income in region 2 (of 0, 1, 2) a fifth up, elasticities +0.7 and -0.4.

    exp(0.7 log 1.2) = 1.2^0.7 = 1.13613, exp(-0.4 log 1.2) = 1.2^-0.4 = 0.92967.
    From 0: 40 leave, 11.3613 / (30 + 11.3613) of them to 2: 10.9874. From 1: 22.7225 / 42.7225 of
    40: 21.2745. From 2 leave 50 x 0.92967 = 46.4834, nine tenths of them to 1 as before.
    """
    found = moved(changes(income=(0, 0, math.log(1.2))))
    by_hand = np.array([[0, 29.0126, 10.9874], [18.7255, 0, 21.2745], [4.6483, 41.8350, 0]])
    assert found == pytest.approx(by_hand, abs=1e-4)


def test_a_point_of_unemployment_by_hand():
    """One point more in region 1: exp(-0.06) = 0.94176; from 0 go 40 x 28.2529 / 38.2529."""
    found = moved(changes(unemployment=(0, 1.0, 0)))
    assert found[0, 1] == pytest.approx(29.5433, abs=1e-4)
    assert found[1] == pytest.approx(FLOWS[1])  # nothing is known of the origin: nobody stays


def test_drivers_multiply():
    both = changes(income=(0.1, 0, -0.2), jobs=(0, 0.3, 0.1))
    pairs = [push_pull(ELASTICITIES, one) for one in
             (changes(income=(0.1, 0, -0.2)), changes(jobs=(0, 0.3, 0.1)))]  # fmt: skip
    push, pull = push_pull(ELASTICITIES, both)
    assert push == pytest.approx(pairs[0][0] * pairs[1][0], rel=1e-12)
    assert pull == pytest.approx(pairs[0][1] * pairs[1][1], rel=1e-12)


def test_no_change_is_a_factor_of_exactly_one():
    push, pull = push_pull(ELASTICITIES, DriverState.still(3).changes)
    assert (push == 1).all()
    assert (pull == 1).all()
    assert not DriverState.still(3).moves_anybody


def test_the_same_change_everywhere_moves_no_destination():
    alike = Elasticities.from_frame(table(ROWS[0], ROWS[1]))
    found = moved(changes(jobs=(0.2, 0.2, 0.2), income=(0.1, 0.1, 0.1)), alike)
    assert found == pytest.approx(FLOWS, rel=1e-12)


@given(
    income=st.tuples(*[st.floats(-2, 2)] * 3), jobs=st.tuples(*[st.floats(-2, 2)] * 3),
    region=st.integers(0, 2),
)  # fmt: skip
def test_a_gain_is_taken_from_the_others(income, jobs, region):
    """Destinations alone: who leaves stays the same; more income at j never lowers its arrivals."""
    alone = Elasticities.from_frame(table(ROWS[0], ROWS[1]))
    plain = moved(changes(income=income, jobs=jobs), alone)
    assert plain.sum(axis=1) == pytest.approx(FLOWS.sum(axis=1))
    more = list(income)
    more[region] += math.log(1.2)
    gained = moved(changes(income=tuple(more), jobs=jobs), alone)
    assert gained[:, region].sum() >= plain[:, region].sum() - 1e-9
    others = [k for k in range(3) if k != region]
    assert (gained[:, others] <= plain[:, others] + 1e-9).all()


def test_further_factors_keep_the_mixture_of_the_draws():
    parts = tuple(from_transition((FLOWS * k / PEOPLE[:, None]).T[None, None]) for k in (1, 2))
    one, draws = np.ones((3, 1)), np.array([[1.0, 1.2], [1.0, 0.8], [1.0, 1.0]])
    mixed = MixedMoves(parts, np.array([[0.25], [0.75]]), one, one).pulled(draws, draws)
    assert mixed.draws == 2
    assert mixed.leaving[..., 0] == pytest.approx(1.75 * parts[0].leaving[..., 0])
    assert mixed.leaving[..., 1] == pytest.approx(1.75 * draws[:, 1] * parts[0].leaving[..., 0])


def test_who_gains_and_from_whom_by_hand():
    """Three more from 0 to 2 and one fewer back; two fewer from 1 to 0."""
    more = np.array([[0.0, 0.0, 3.0], [-2.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])
    found = who_gains(more)
    assert [(gain.region, gain.persons) for gain in found] == [(2, 4.0), (1, 2.0), (0, -6.0)]
    assert found[0].against == ((0, 4.0),)
    assert found[2].against == ((2, -4.0), (1, -2.0))
    assert sum(gain.persons for gain in found) == 0
    assert who_gains(np.zeros((3, 3))) == ()


@pytest.mark.parametrize("row", ELASTICITIES.rows, ids=lambda row: f"{row.driver} {row.side}")
def test_draws_are_log_normal_around_the_value_as_median(row):
    """Quantiles of scipy's log-normal whose coefficient of variation is the error, both errors in
    quadrature, over the value; cut at the largest value that a table may have."""
    chance = (np.arange(100_001) + 0.5) / 100_001
    values = row.drawn(chance)
    assert (values * sign(row.driver, row.side) > 0).all()
    assert np.median(values) == pytest.approx(row.value, rel=1e-9)
    if row.error == 0:
        assert (values == row.value).all()
        return
    assert row.error == pytest.approx(math.sqrt(row.standard_error**2 + row.transfer_error**2))
    known = lognorm(math.sqrt(math.log(1 + (row.error / row.value) ** 2)), scale=abs(row.value))
    assert known.std() / known.mean() == pytest.approx(row.error / abs(row.value))
    assert abs(values) == pytest.approx(np.minimum(known.ppf(chance), 5), rel=1e-9)


def test_a_value_of_zero_stays_zero_in_every_draw():
    row = Elasticities.from_frame(table(("income", "origin", 0.0, *ROWS[1][3:]))).rows[0]
    assert row.error == pytest.approx(0.1)
    assert (row.drawn(np.array([0.0, 0.3, 0.999])) == 0).all()


def test_both_sides_of_a_driver_are_drawn_by_one_chance():
    """Where people follow incomes strongly they stay for them too: the order is the same."""
    drawn = drawn_answers(ELASTICITIES, Draws(200, 4))
    origin, destination = (drawn.values[list(DRIVERS).index("income"), SIDES.index(side)]
                           for side in ("origin", "destination"))  # fmt: skip
    assert (np.argsort(-origin) == np.argsort(destination)).all()
    jobs = drawn.values[list(DRIVERS).index("jobs"), SIDES.index("destination")]
    assert abs(np.corrcoef(np.log(jobs), np.log(destination))[0, 1]) < 0.2


def test_elasticities_beyond_all_measurement_and_unknown_countries_are_faults():
    wrong = table(
        ("income", "destination", 50.0, 0.1, 11.0, "log per log", "ZZ", "2000", "estimated", "s"),
        ("income", "origin", -5.0, 10.0, 10.0, "log per log", "Korea", "2000", "estimated", "s"),
        ("jobs", "origin", -0.2, 0.1, 0.1, "log per log", "kz", "2000", "estimated", "s"),
    )
    with pytest.raises(InputError) as caught:
        Elasticities.from_frame(wrong)
    bound = "at most {} either way: is it a share, and not per cent?"
    code = "write its code of two letters (ISO 3166-1)"
    assert str(caught.value).splitlines() == [
        "norms/elasticities.csv: 5 faults",
        "  row 2, value: 50 is out of bounds; " + bound.format(5),
        "  row 2, transfer_error: 11 is out of bounds; " + bound.format(10),
        "  row 2, country: there is no country 'ZZ'; " + code,
        "  row 3, country: there is no country 'Korea'; " + code,
        "  row 4, country: there is no country 'kz'; " + code,
    ]


def test_the_response_of_one_run_less_that_of_another_by_hand():
    """Years from `before` on are left out; a run in which no driver acts has no rows."""
    keys = ["year", "origin", "destination", "value"]
    first = pd.DataFrame([(2028, "A", "B", 3.0), (2029, "A", "B", 5.0)], columns=keys)
    second = pd.DataFrame([(2028, "A", "B", 4.0), (2028, "B", "A", -1.0), (2030, "A", "B", 9.0)],
                          columns=keys)  # fmt: skip
    pair = ["year", "origin", "destination"]
    found = less(second, first, before=2030).groupby(pair)["value"].sum()
    assert found.to_dict() == {
        (2028, "A", "B"): 1.0, (2028, "B", "A"): -1.0, (2029, "A", "B"): -5.0,
    }  # fmt: skip
    turned = less(first, second, before=2030).groupby(pair)["value"].sum()
    assert turned.equals(-found)
    alone = less(first, empty_response(), before=2029)
    assert alone.to_numpy().tolist() == [[2028, "A", "B", 3.0]]
    assert less(empty_response(), empty_response(), before=2029).empty


def test_the_driver_jobs_has_words_of_its_own():
    """The unit 'jobs' stands behind numbers in the genitive; the driver stands alone."""
    assert DRIVERS["jobs"] != "jobs"


def test_a_row_is_drawn_alike_whatever_the_others_and_the_count():
    few = drawn_answers(Elasticities.from_frame(table(ROWS[1])), Draws(30, 4))
    many = drawn_answers(ELASTICITIES, Draws(90, 4))
    at = list(DRIVERS).index("income"), SIDES.index("destination")
    assert (few.values[at] == many.values[at][:30]).all()
    assert (drawn_answers(ELASTICITIES, Draws(90, 5)).values[at] != many.values[at]).any()


def test_a_trend_that_fades_by_hand():
    assert years_of_growth(0) == 0
    assert years_of_growth(3) == pytest.approx(0.85 + 0.7225 + 0.614125)


def test_countries_are_named_in_three_languages():
    assert [country_name("KR", lang) for lang in ("en", "ru", "kk")] == [
        "South Korea", "Республика Корея", "Оңтүстік Корея",
    ]  # fmt: skip


def test_all_faults_of_a_table_are_told_at_once():
    wrong = table(
        ("wages", "destination", 0.5, 0.1, 0.1, "log per log", "KR", "2000", "estimated", "s"),
        ("jobs", "destinaton", 0.5, 0.1, 0.1, "log per log", "KR", "2000", "estimated", "s"),
        ("income", "destination", -0.7, 0.1, 0.1, "log per log", "KR", "2000", "estimated", "s"),
        ("income", "origin", 0.4, -0.1, 0.1, "", "", "", "estimated", "s"),
        ("unemployment", "destination", 0.06, 0, 0, "log per log", "US", "2010", "estimated", "s"),
        ("home_value", "origin", -0.1, np.nan, 0, "log per log", "", "", "assumption", "s"),
        ("income", "destination", 0.7, 0.1, 0.1, "log per log", "KR", "2000", "estimated", "s"),
    )
    with pytest.raises(InputError) as caught:
        Elasticities.from_frame(wrong)
    assert str(caught.value).splitlines() == [
        "norms/elasticities.csv: 12 faults",
        "  row 2, column driver: 'wages' is not one of the words of this column; known: jobs, "
        "income, unemployment, home_value",
        "  row 3, column side: 'destinaton' is not one of the words of this column; did you mean "
        "'destination'?",
        "  row 4, value: -0.7 has the wrong sign: more income keeps people in a region and draws "
        "others to it; at the destination it is 0 or more",
        "  row 5, standard_error: -0.1 is negative; an error is 0 or more",
        "  row 5, unit: no unit is given; write 'log per log'",
        "  row 5, value: 0.4 has the wrong sign: more income keeps people in a region and draws "
        "others to it; at the origin it is 0 or less",
        "  row 5: no country and years of the measurement; write where and when it was measured, "
        "or the status 'assumption'",
        "  row 6, unit: unit 'log per log' is wrong here; write 'log per percentage point'",
        "  row 6, value: 0.06 has the wrong sign: more unemployment drives people out of a region "
        "and keeps others away; at the destination it is 0 or less",
        "  row 7, standard_error: the cell is empty; write a number",
        "  row 7, value: -0.1 has the wrong sign: more home value drives people out of a region "
        "and keeps others away; at the origin it is 0 or more",
        "  row 8: income, destination stands here already; keep one of the two",
    ]
