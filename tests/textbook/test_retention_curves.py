"""Curves, ratios of hazards and cost against textbooks.

Remissions: Freireich et al. (1963), Blood 21, 699-716, as in Klein & Moeschberger (2003), Survival
Analysis, 2nd ed., table 1.1; the curve of 6-MP and its errors are their table 4.1A, the restricted
mean their example 4.1. Ratios of hazards: Efron's ties as printed by R for the same data (Venables
& Ripley 2002, section 13.3). Arrests: Rossi, Berk & Lenihan (1980), Money, Work and Crime, as
distributed with R (carData); ratios and tests are those of Fox (2002), Cox Proportional-Hazards
Regression for Survival Data, appendix to An R and S-PLUS Companion to Applied Regression.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.settlement.retention import NORMAL_95, kaplan_meier
from forecast.settlement.retention_hazards import cox, design, hazard_frame, log_rank
from forecast.settlement.retention_tables import curve_frame, retention_rows, stay_frame

TREATED = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
CENSORED = [0, 0, 0, 1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
WEEKS = np.array([*TREATED, *PLACEBO], dtype=float)
RELAPSED = np.array([not one for one in CENSORED] + [True] * len(PLACEBO))
ROSSI = Path(__file__).with_name("rossi.csv")


@pytest.fixture(scope="module")
def treated():
    return kaplan_meier(WEEKS[:21], RELAPSED[:21])


def test_the_curve_of_klein_and_moeschberger(treated):
    assert treated.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    shares = [0.857, 0.807, 0.753, 0.690, 0.628, 0.538, 0.448]
    assert treated.survival == pytest.approx(shares, abs=7e-4)
    errors = treated.survival * np.sqrt(np.cumsum(treated.hazard_variance))
    assert errors == pytest.approx([0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346],
                                   abs=6e-5)  # fmt: skip
    assert (treated.people, treated.left) == (21, 9)


def test_log_log_intervals_as_r_prints_them(treated):
    """survfit(conf.type = "log-log")."""
    assert treated.at(6) == pytest.approx((0.857, 0.620, 0.952), abs=5e-4)
    assert treated.at(10) == pytest.approx((0.753, 0.503, 0.889), abs=5e-4)
    assert treated.at(30) == pytest.approx((0.448, 0.188, 0.680), abs=5e-4)


def test_medians_with_their_intervals(treated):
    middle, low, high = treated.median()
    assert (middle, low) == (23, 13)
    assert np.isnan(high)
    assert kaplan_meier(WEEKS[21:], RELAPSED[21:]).median() == (8, 4, 11)


def test_the_restricted_mean(treated):
    assert treated.person_years(35) == pytest.approx(23.29, abs=5e-3)
    everybody_left = kaplan_meier(WEEKS[21:], RELAPSED[21:])
    assert everybody_left.person_years(40) == pytest.approx(np.mean(PLACEBO))


def test_beyond_what_was_seen_nothing_is_known(treated):
    assert np.isnan(treated.at(36)).all()
    assert np.isnan(treated.person_years(36))
    assert kaplan_meier(WEEKS[21:], RELAPSED[21:]).at(40)[0] == 0  # nobody is left to come back
    alone = kaplan_meier(np.array([3.0, 4.0]), np.array([False, False]))
    assert alone.at(2) == (1, 1, 1)
    assert np.isnan(alone.at(5)).all()


def test_efron_ratio_and_log_rank_of_the_remissions():
    placebo = np.repeat([0.0, 1.0], 21)[:, None]
    beta, covariance, _ = cox(WEEKS, RELAPSED, placebo)
    assert beta[0] == pytest.approx(1.572, abs=5e-4)
    assert np.sqrt(covariance[0, 0]) == pytest.approx(0.412, abs=5e-4)
    people = pd.DataFrame({"years": WEEKS, "left": RELAPSED,
                           "support": np.repeat(["6-MP", "placebo"], 21)})  # fmt: skip
    assert log_rank(people, ("support",)) == pytest.approx(4.17e-5, rel=5e-3)  # chi-square 16.79
    frame, made = hazard_frame(people)
    assert made.reference == {"support": "6-MP"}
    assert frame["hazard_ratio"].iloc[0] == pytest.approx(4.82, abs=5e-3)
    assert frame[["low", "high"]].iloc[0].tolist() == pytest.approx(
        np.exp([1.5721 - NORMAL_95 * 0.4124, 1.5721 + NORMAL_95 * 0.4124]), rel=1e-3
    )


def test_ratios_and_proportionality_of_the_arrests():
    rossi = pd.read_csv(ROSSI)
    matrix = rossi[["fin", "age", "prio"]].to_numpy(dtype=float)
    beta, covariance, tests = cox(rossi["week"].to_numpy(dtype=float),
                                  rossi["arrest"].to_numpy(dtype=bool), matrix)  # fmt: skip
    assert beta == pytest.approx([-0.347, -0.0671, 0.0969], abs=5e-4)
    assert np.sqrt(np.diag(covariance)) == pytest.approx([0.190, 0.0209, 0.0273], abs=5e-4)
    assert tests == pytest.approx([0.9433, 0.0105, 0.3793, 0.0679], abs=5e-5)  # cox.zph, "km"


def test_cost_of_a_retained_year_by_hand():
    """Of four, one leaves after 1 year, one after 3: half stay five years, 1 + 0.75 x 2 + 0.5 x 2
    = 3.5 years each; who leaves pays everything back."""
    years, left = np.array([1.0, 3.0, 6.0, 6.0]), np.array([True, True, False, False])
    curve = kaplan_meier(years, left)
    assert curve.person_years(5) == pytest.approx(3.5)
    cost, low, high = curve.cost(700)
    assert cost == pytest.approx(100)
    assert low * high == pytest.approx(cost**2)
    assert low < cost < high
    assert curve.cost(700, refund=0)[0] == pytest.approx(200)
    assert curve.cost(700, refund=0.5)[0] == pytest.approx(150)
    nobody_leaves = kaplan_meier(np.array([6.0, 7.0]), np.array([False, False]))
    assert nobody_leaves.cost(700)[0] == pytest.approx(140)
    # the delta method by a numerical derivative in the two steps of the log curve
    slopes = []
    for step in range(2):
        moved = []
        for sign in (1, -1):
            first, second = np.array([0.75, 0.5]) * np.exp(
                sign * 1e-5 * np.array([[1, 1], [0, 1]])[step]
            )
            moved.append(700 * second / (1 + first * 2 + second * 2))
        slopes.append((moved[0] - moved[1]) / 2e-5)
    error = np.sqrt(np.sum(np.square(slopes) * curve.hazard_variance))
    assert high == pytest.approx(cost * np.exp(NORMAL_95 * error / cost), rel=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=1, max_size=40),
       st.randoms())  # fmt: skip
def test_identities_of_the_curve(rows, random):
    months = np.array([month for month, _ in rows]) / 12
    left = np.array([gone for _, gone in rows])
    curve = kaplan_meier(months, left)
    steps = np.concatenate([[1.0], curve.survival])
    assert (np.diff(steps) <= 1e-12).all()
    assert ((steps >= 0) & (steps <= 1)).all()
    twice = kaplan_meier(np.tile(months, 2), np.tile(left, 2))
    assert twice.survival == pytest.approx(curve.survival)
    order = list(range(len(rows)))
    random.shuffle(order)
    shuffled = kaplan_meier(months[order], left[order])
    assert shuffled.survival == pytest.approx(curve.survival)
    nobody_lost = kaplan_meier(months, np.ones(len(rows), dtype=bool))
    for year in (1, 2.5, 5):
        assert nobody_lost.at(year)[0] == pytest.approx((months > year).mean())


def people_of(counts):
    """{(region, support): (people, of whom half left after a year)}"""
    rows = []
    for (region, support), (count, gone) in counts.items():
        for place in range(count):
            rows.append({"region": region, "support": support, "stream": "resettlers",
                         "years": 1.0 if place < gone else 6.0, "left": place < gone})  # fmt: skip
    return pd.DataFrame(rows)


def test_small_cells_are_not_shown_and_cannot_be_taken_from_the_sum():
    people = people_of({("A", "x"): (30, 10), ("B", "x"): (20, 5), ("C", "x"): (4, 2)})
    frame = stay_frame(people, [("region",)], costs=np.full(len(people), 100.0))
    assert frame["region"].tolist() == ["", "A", "B", "C"]
    assert frame["shown"].tolist() == [True, True, False, False]  # B as well: all - A - B is C
    hidden = frame[~frame["shown"]]
    numbers = hidden.drop(columns=["by", "region", "support", "stream", "occupation", "shown"])
    assert numbers.isna().all(axis=None)
    assert set(curve_frame(people, [("region",)])["region"]) == {"", "A"}
    rows = retention_rows(people, "N")
    assert set(zip(rows["stream"], rows["region"], strict=True)) == {
        ("resettlers", "A"), ("resettlers", "N"),
    }  # fmt: skip
    assert rows["value"].iloc[0] == pytest.approx(20 / 30, abs=1e-4)
    assert rows.groupby("region")["years"].apply(list).tolist() == [[1, 2, 3, 4, 5]] * 2


def test_terms_that_the_people_do_not_bear_are_left_out():
    people = people_of({("A", "x"): (60, 30), ("B", "y"): (60, 20), ("C", "y"): (60, 3)})
    made = design(people)
    assert made.reference == {"support": "y"}  # the region says nothing that the support does not
    assert made.left_out == ("region",)
    few = people_of({("A", "x"): (10, 5), ("B", "x"): (8, 4)})
    assert design(few).left_out == ("region",)  # fewer than five left B
    assert hazard_frame(few)[0].empty
