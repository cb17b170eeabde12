"""What a run says of schools, kindergartens and dwellings against what is published.

Sources: registered births of 2020-2024; the Bureau of National Statistics and the press on the
housing stock, completions and plans (rows of norms/vintages and norms/pipeline).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import forecast as fc
from forecast.infrastructure import load_facilities, users
from forecast.tables import Population


@pytest.fixture(scope="module")
def run() -> fc.Projection:
    return fc.run("baseline", fc.load_dataset("kazakhstan"))


@pytest.fixture(scope="module")
def nation(run: fc.Projection) -> pd.Series:
    frame = run.frame("infrastructure")
    frame = frame[frame["region"] == "KZ"]
    return frame.set_index(["kind", "measure", "year"])["value"].sort_index()


def test_grade_1_falls_every_year_while_pupils_still_rise(
    run: fc.Projection, nation: pd.Series
) -> None:
    """The large cohort of 2021 enters in 2027 and 2028; later ones are smaller every year.

    Ages 6-17 grow until 2030 and then stand.
    """
    grade = nation["grade_1", "need"]
    assert (grade.loc[2028:2031].diff().dropna() < 0).all()
    assert grade[2028] > 1.08 * grade[2026]
    people = run.frame("population")
    pupils = people[people["age"].between(6, 17)].groupby("year")["value"].sum()
    assert (pupils.loc[2026:2030].diff().dropna() > 0).all()
    assert -0.005 < pupils[2031] / pupils[2030] - 1 < 0  # the peak is 2030, a hair above 2031
    assert pupils[2031] > 1.04 * pupils[2026]
    assert nation["school_place", "need"][2031] > nation["school_place", "need"][2028]


def test_grade_1_rate_is_that_of_2023(nation: pd.Series) -> None:
    dataset = fc.load_dataset("kazakhstan")
    kind = {f.kind: f for f in load_facilities(dataset)}["grade_1"]
    rows = dataset.table("estimated/population")
    stock = Population.from_frame(rows[rows["year"] == 2024], dataset.space, source="population")
    assert_allclose(users(kind, stock.values).sum(), 382_000, rtol=0.001)


def test_children_of_2_to_6_are_a_fifth_fewer_and_no_kindergarten_is_ordered(
    run: fc.Projection, nation: pd.Series
) -> None:
    small = nation["kindergarten_place", "users"]
    assert -0.22 < small[2031] / small[2026] - 1 < -0.15
    orders = run.frame("orders")
    mine = orders[orders["kind"] == "kindergarten_place"]
    idle = mine[mine["action"].isin(["do_not_build", "need_falls"])]
    assert set(idle["region"]) == {"KZ", *run.space.ids}
    assert not set(mine["action"]) & {"order", "order_now", "spending"}
    fall = idle[(idle["region"] == "KZ") & (idle["measure"] == "units")]["value"]
    assert_allclose(fall, -nation["kindergarten_place", "added_need", 2031])
    # A queue of 84,000 in the nation and of 26,563 in the capital is published all the same.
    queued = idle[idle["action"] == "need_falls"].set_index(["region", "measure"])["value"]
    assert set(queued.index.get_level_values("region")) == {"KZ", "KZ-71"}
    assert queued["KZ", "short_published"] == 84_000
    assert queued["KZ-71", "short_published"] == 26_563
    assert queued["KZ-71", "covered_by_fall"] == queued["KZ-71", "units"] < 26_563
    elsewhere = 84_000 - 26_563
    assert_allclose(queued["KZ", "covered_by_fall"], queued["KZ-71", "units"] + elsewhere)
    # The plan goes on opening 118 thousand places until 2027 all the same.
    assert nation["kindergarten_place", "completed", 2028] == 118_000


def test_dwellings_fall_out_of_use_as_the_stock_implies(nation: pd.Series) -> None:
    """11.0 million m2 were lost over 2024-2025 of dwellings of 447.3 / 6.2 m2: 76 thousand a year.
    The band of 1971-1990 alone, at a life of 50 years, gives as many."""
    retired = nation["dwelling", "retired"]
    assert_allclose(retired.diff().dropna(), 11.0e6 / 2 / (447.3 / 6.2), rtol=0.02)
    stock = nation["dwelling", "capacity"]
    assert_allclose(stock - stock[2026], nation["dwelling", "completed"] - retired, atol=1e-6)


def test_dwellings_to_order_and_under_way_are_as_many_as_are_built(
    run: fc.Projection, nation: pd.Series
) -> None:
    """20.1 million m2 of 109.5 m2 were completed in 2025: 184 thousand; the list was made of
    adults and of what falls out of use and knows nothing of it. What the nation builds already
    (493 thousand until 2029) is not ordered again, so the orders are near the national gap."""
    orders = run.frame("orders")
    mine = orders[(orders["kind"] == "dwelling") & (orders["region"] == "KZ")]
    units = mine[(mine["measure"] == "units") & mine["action"].isin(["order", "order_now"])]
    under_way = nation["dwelling", "completed", 2031]
    assert under_way == 493_200
    assert_allclose((units["value"].sum() + under_way) / 5, 20.1e6 / 109.5, rtol=0.1)
    assert 1 < units["value"].sum() / nation["dwelling", "gap", 2031] < 1.1


def test_posts_are_told_and_not_ordered(run: fc.Projection, nation: pd.Series) -> None:
    posts = ["doctor", "general_practitioner", "grade_1"]
    assert not run.frame("orders")["kind"].isin(posts).any()
    assert nation["doctor", "gap", 2031] > 4_000
    assert nation["general_practitioner", "added_need", 2031] > 500


def test_schools_are_ordered_where_children_are(run: fc.Projection) -> None:
    """Half of the places go to the capital; where need falls none is ordered; added need stays."""
    orders, needs = run.frame("orders"), run.frame("infrastructure")
    mine = orders[(orders["kind"] == "school_place") & (orders["measure"] == "units")]
    ordered = mine[mine["action"].isin(["order", "order_now"])].groupby("region")["value"].sum()
    assert ordered["KZ-71"] / ordered["KZ"] == pytest.approx(0.5, abs=0.1)
    added = needs[(needs["kind"] == "school_place") & (needs["measure"] == "added_need")]
    last = added[added["year"] == 2031].set_index("region")["value"]
    idle = set(mine.loc[mine["action"] == "do_not_build", "region"]) - {"KZ"}
    assert idle == set(last.index[last <= 0])
    assert not idle & set(ordered.index)
    for region, units in ordered.drop("KZ").items():
        assert units <= last[region] + 1500
    backlog = needs[(needs["measure"] == "units_short") & (needs["kind"] == "school_place")]
    of_nation = backlog[backlog["region"] == "KZ"].set_index("year")
    assert of_nation["value"][[2026, 2028]].tolist() == [225_000, 400_000]
    assert of_nation["status"][2026] == of_nation["status"][2028] == "estimated"


def test_money_is_spent_in_full(run: fc.Projection) -> None:
    frame = run.frame("orders")
    spent = frame[frame["action"] == "spending"].groupby(["region", "kind", "measure"])["value"]
    cost = frame[frame["measure"].str.startswith("cost")].groupby(["region", "kind", "measure"])
    for (region, kind, measure), value in cost["value"].sum(min_count=1).items():
        paid = spent.sum(min_count=1)[region, kind, measure.replace("cost", "spending")]
        assert np.isnan(value) == np.isnan(paid)
        if not np.isnan(value):
            assert_allclose(paid, value, rtol=1e-9)
