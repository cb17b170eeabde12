"""The account of a difference on tables that are written down here.

Authority: computed by hand; the balancing equation, and need = users times norm.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from forecast.account import ADDED, DEFICIT, DIFFERENCE, POPULATION, Names, account, account_text
from forecast.space import Region, Space

A, B, NATION = "XX-1", "XX-2", "XX"
SPACE = Space(
    (Region(A, "1", "region", {"en": "Upland"}), Region(B, "2", "region", {"en": "Lowland"})),
    NATION, {"en": "Country"},
)  # fmt: skip
NAMES = Names("First", "Second", {"mill": "Mill"}, {"school_place": "School places"})
FLOWS = ("births", "deaths", "internal_in", "internal_out", "growth_point_in", "growth_point_out",
         "support_in", "support_out", "immigration", "emigration")  # fmt: skip


def rows(columns, *lines):
    return pd.DataFrame(lines, columns=columns.split())


def run(base, flows, *, streams=(), points=(), labour=(100, 90, 0), norm=0.5, users=(10, 30)):
    """A run of one calendar year; flows {(region, component): persons}."""
    signs = dict(zip(FLOWS, (1, -1) * 5, strict=True))
    start = dict(zip((A, B), base, strict=True))
    end = {
        region: start[region] + sum(signs[c] * v for (r, c), v in flows.items() if r == region)
        for region in (A, B)
    }
    people = [(r, y, s[r]) for y, s in ((2026, start), (2027, end)) for r in (A, B)]
    moves = [(r, 2026, c, flows.get((r, c), 0.0)) for r in (A, B) for c in FLOWS]
    demand, supply, foreign = labour
    work = [
        (r, 2026, "total", m, k * v)
        for r, k in ((A, 1.0), (B, 2.0), (NATION, 3.0))
        for m, v in (("labour_demand", demand), ("labour_supply", supply),
                     ("foreign_workers", foreign), (DEFICIT, demand - supply - foreign))
    ]  # fmt: skip
    needs = []
    for region, k in ((A, 1.0), (B, 3.0), (NATION, 4.0)):
        for year, count in zip((2026, 2027), users, strict=True):
            needs += [
                (region, year, "school_place", "users", k * count, "persons"),
                (region, year, "school_place", "need", k * count * norm, "places"),
                (region, year, "school_place", ADDED, k * (count - users[0]) * norm, "places"),
            ]
    frames = {
        "population": rows("region year value", *people),
        "components": rows("region year component value", *moves),
        "immigration": rows("region year stream value", *streams),
        "growth_points": rows("growth_point region year measure kind origin value", *points),
        "labour": rows("region year section measure value", *work),
        "infrastructure": rows("region year kind measure value unit", *needs),
    }
    return SimpleNamespace(space=SPACE, base_year=2026, last_year=2027, frames=frames)


ARRIVALS = [
    ("mill", A, 2026, "arrivals", "total", "total", 40.0),
    ("mill", A, 2026, "arrivals", "total", B, 40.0),
]
FIRST = run(
    (1000.0, 2000.0),
    {(A, "births"): 20.0, (B, "births"): 30.0, (A, "deaths"): 10.0, (A, "immigration"): 7.0},
    streams=[(A, 2026, "kandas_quota", 4.0), (A, 2026, "other", 3.0)],
)
SECOND = run(
    (1005.0, 2000.0),
    {(A, "births"): 26.0, (B, "births"): 29.0, (A, "deaths"): 11.0, (A, "immigration"): 9.0,
     (A, "growth_point_in"): 40.0, (B, "growth_point_out"): 40.0, (B, "emigration"): 2.0},
    streams=[(A, 2026, "kandas_quota", 6.0), (A, 2026, "other", 3.0)],
    points=ARRIVALS, labour=(130, 100, 5), norm=0.6, users=(10, 34),
)  # fmt: skip


def parts_of(found, name, region, kind=""):
    table = found.of(name, region, kind)
    return {
        (line["part"], line["point"]): line["value"] for line in table.to_dict("records")
        if line["value"] or line["part"] == DIFFERENCE
    }  # fmt: skip


def test_population_is_split_into_what_came_and_went():
    found = account(FIRST, SECOND)
    assert found.year == 2027
    assert parts_of(found, POPULATION, A) == {
        ("base", ""): 5.0, ("births", ""): 6.0, ("deaths", ""): -1.0,
        ("growth_point_in", "mill"): 40.0, ("kandas_quota", ""): 2.0, (DIFFERENCE, ""): 52.0,
    }  # fmt: skip
    assert parts_of(found, POPULATION, B) == {
        ("births", ""): -1.0, ("growth_point_out", "mill"): -40.0, ("emigration", ""): -2.0,
        (DIFFERENCE, ""): -43.0,
    }  # fmt: skip
    nation = parts_of(found, POPULATION, NATION)
    assert nation[("growth_point_in", "mill")] + nation[("growth_point_out", "mill")] == 0
    assert nation[(DIFFERENCE, "")] == 9.0


def test_immigration_stays_whole_where_a_run_does_not_know_its_streams():
    bare = run((1000.0, 2000.0), {(A, "immigration"): 10.0})
    found = parts_of(account(FIRST, bare), POPULATION, A)
    assert found[("immigration", "")] == 3.0
    assert not {part for part, _ in found} & {"kandas_quota", "other"}


def test_moves_of_several_points_that_no_table_tells_apart_stay_under_none():
    more = [("port", A, 2026, "arrivals", "total", "total", 10.0),
            ("port", A, 2026, "arrivals", "total", B, 10.0)]  # fmt: skip
    both = run(
        (1000.0, 2000.0),
        {(A, "growth_point_in"): 45.0, (B, "growth_point_in"): 5.0, (B, "growth_point_out"): 50.0},
        points=ARRIVALS + more,
    )
    nothing = run((1000.0, 2000.0), {})
    found = account(nothing, both)
    assert parts_of(found, POPULATION, A) == {
        ("growth_point_in", "mill"): 40.0, ("growth_point_in", "port"): 10.0,
        ("growth_point_in", ""): -5.0, (DIFFERENCE, ""): 45.0,
    }  # fmt: skip
    assert parts_of(found, POPULATION, B)[("growth_point_in", "")] == 5.0


def test_the_labour_deficit_is_demand_less_supply_less_foreign_workers():
    found = parts_of(account(FIRST, SECOND), DEFICIT, B)
    assert found == {
        ("labour_demand", ""): 60.0, ("labour_supply", ""): -20.0, ("foreign_workers", ""): -10.0,
        (DIFFERENCE, ""): 30.0,
    }  # fmt: skip


def test_added_need_is_split_into_people_at_the_first_norm_and_the_norm():
    found = parts_of(account(FIRST, SECOND), ADDED, A, "school_place")
    assert found[("people", "")] == pytest.approx(0.5 * 24 - 0.5 * 20)
    assert found[("norm", "")] == pytest.approx((0.6 - 0.5) * 24)
    assert found[(DIFFERENCE, "")] == pytest.approx(0.6 * 24 - 0.5 * 20)


def test_what_the_tables_leave_over_is_told():
    lost = run((1000.0, 2000.0), {})
    people = lost.frames["population"]
    lost.frames["population"] = people.assign(
        value=people["value"] + 3.0 * ((people["year"] == 2027) & (people["region"] == A))
    )
    found = parts_of(account(run((1000.0, 2000.0), {}), lost), POPULATION, A)
    assert found == {("rest", ""): 3.0, (DIFFERENCE, ""): 3.0}


def test_turning_the_runs_round_turns_every_sign():
    there, back = account(FIRST, SECOND).rows, account(SECOND, FIRST).rows
    keys = ["account", "region", "part", "point"]
    plain = there["account"] != ADDED  # people are counted at the norm of the first run
    both = there[plain].merge(back, on=keys)
    np.testing.assert_allclose(both["value_x"], -both["value_y"], atol=1e-12)


def test_the_paragraph_tells_what_where_how_much_and_why():
    text = account_text(account(FIRST, SECOND), SPACE, NAMES, region=NATION)
    assert text.startswith("Country, 1 January 2027: +9 people by the scenario 'Second' against ")
    for told in (
        "+9 people", "(3,056 instead of 3,047)", "births +5", "population of the base year +5",
        "Most is gained by Upland +52 (mostly moves of growth points: Mill +40).",
        "Most is lost by Lowland −43 (mostly moves of growth points: Mill −40).",
        "Labour deficit of 2026: +45 jobs", "labour demand +90", "jobs filled by residents −30",
        "school places +18 (by people +8, by the norm +10).",
    ):  # fmt: skip
        assert told in text
    same = account_text(account(FIRST, FIRST), SPACE, NAMES, region=A)
    assert same == ("Upland, 1 January 2027: the same population by the scenarios 'Second' and "
                    "'First' (1,017).")  # fmt: skip


def test_the_parts_that_a_paragraph_names_add_up_to_the_difference():
    text = account_text(account(FIRST, SECOND), SPACE, NAMES, region=A, interval=(-3.0, 60.0))
    assert "In 80 % of the draws the difference is from −3 to +60." in text
    said = text.split("It comes from: ")[1].split(".")[0]
    numbers = [int(part.split()[-1].replace("−", "-")) for part in said.split(", ")]
    assert sum(numbers) == 52
    assert "all else" in said


def test_settlers_who_leave_again_are_no_new_settlers():
    """30 of B settle in A with support, and 4 of those settled earlier go back."""
    moved = {(A, "support_in"): 30.0, (B, "support_out"): 30.0, (B, "support_in"): 4.0,
             (A, "support_out"): 4.0}  # fmt: skip
    with_return, older = run((1000.0, 2000.0), moved), run((1000.0, 2000.0), moved)
    with_return.frames["supported"] = rows(
        "region year stream kind measure value",
        (A, 2026, "resettlers", "total", "left_again", 4.0),
        (B, 2026, "resettlers", "total", "came_again", 4.0),
        (NATION, 2026, "resettlers", "total", "left_again", 4.0),
        (NATION, 2026, "resettlers", "total", "came_again", 4.0),
        (A, 2026, "resettlers", "total", "people", 30.0),
    )
    nothing = run((1000.0, 2000.0), {})
    found = account(nothing, with_return)
    assert parts_of(found, POPULATION, A) == {
        ("support_in", ""): 30.0, ("left_again", ""): -4.0, (DIFFERENCE, ""): 26.0,
    }  # fmt: skip
    assert parts_of(found, POPULATION, B) == {
        ("support_out", ""): -30.0, ("came_again", ""): 4.0, (DIFFERENCE, ""): -26.0,
    }  # fmt: skip
    assert "settlers who leave again" in account_text(found, SPACE, NAMES, region=A)
    kept = parts_of(account(nothing, older), POPULATION, A)  # a run that does not tell of them
    assert kept[("support_out", "")] == -4.0
