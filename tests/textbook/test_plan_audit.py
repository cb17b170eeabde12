"""The audit of a plan against numbers worked out by hand.

The case of Alatau City: about 1.0 million jobs for 1.87 million people in 2050 (general plan),
110,000 jobs in a news release, 17,366 in 2047 in the targets of the zone on the same land.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.audit import Finding, Ratio, frame_of, read_frame, read_ratios
from forecast.audit.against import Run, forecasts, growths, needs, share_of_nation
from forecast.audit.findings import VERDICTS
from forecast.audit.observed import Fastest, Largest
from forecast.audit.stated import Stated, at, judged, series_of, statements, unread
from forecast.audit.within import Place, falling, pairs, ratios, same_measure
from forecast.audit.words import sentence
from forecast.errors import InputError
from forecast.infrastructure import Facility
from forecast.scenario import parse_scenario

PLACE = Place("town", "R")
PLAN, NEWS, ZONE = "general plan", "news", "act of the zone"
ALATAU = (
    Stated("jobs", 2050, 1_000_000.0, PLAN),
    Stated("jobs", 2050, 110_000.0, NEWS),
    Stated("jobs", 2047, 17_366.0, ZONE, "zone"),
    Stated("population", 2050, 1_870_000.0, PLAN),
)
JOBS = Ratio("jobs", "population", 356.0, 523.0, "per 1000", "derived", "labour force survey")
BEDS = Ratio("hospital_beds", "population", 5.0, 7.2, "per 1000", "derived", "plans")


def plan_of(text: str) -> tuple[Stated, ...]:
    """What a point with this plan (YAML in one line) states, sums of parts and stages included."""
    scenario = parse_scenario(
        f"extends: baseline\ngrowth_points:\n  a: {{region: R, plan: {{{text}}}}}\n"
    )
    return statements(scenario.growth_points["a"])


def planned(people: dict[int, float]) -> tuple[Stated, ...]:
    return tuple(Stated("population", year, value, PLAN) for year, value in people.items())


def only(findings: object) -> Finding:
    (found,) = list(findings)  # type: ignore[call-overload]
    return found


# ---- what is stated


def test_figures_by_name_and_claims_are_both_numbers_of_the_plan():
    found = plan_of(
        "source: s, population: {2030: 1000}, jobs_about: {2030: 400}, flats: {2030: 9},"
        " claims: [{measure: jobs, year: 2030, value: 300, source: t, scope: zone}]"
    )
    assert found == (
        Stated("population", 2030, 1000.0, "s"),
        Stated("jobs", 2030, 400.0, "s"),
        Stated("jobs", 2030, 300.0, "t", "zone"),
    )


def test_a_figure_that_is_no_measure_by_year_is_told():
    scenario = parse_scenario(
        "extends: baseline\ngrowth_points:\n"
        "  a: {region: R, plan: {flats: {2030: 9}, jobs: 7, source: s, text: t}}\n"
    )
    assert unread(scenario.growth_points["a"]) == ("flats", "jobs")


def test_what_the_scenario_enters_counts_where_the_plan_is_silent():
    scenario = parse_scenario(
        "extends: baseline\ngrowth_points:\n  a: {region: R, jobs: {2030: 50}, source: s,\n"
        "    plan: {population: {2030: 1000}, source: p}}\n"
    )
    found = statements(scenario.growth_points["a"])
    assert found[1] == Stated("jobs", 2030, 50.0, "s", origin="series")


def test_parts_of_one_source_add_up_to_the_whole():
    parts = ", ".join(
        f"{{measure: jobs, year: 2050, value: {jobs}, part: p{jobs}}}"
        for jobs in (181_500, 337_400, 309_200, 173_500)
    )
    total = plan_of(f"source: s, claims: [{parts}]")[-1]
    assert (total.value, total.origin, total.part) == (1_001_600.0, "parts", "")


def test_stages_follow_each_other_from_what_stands():
    """Turkistan: 25,214 places in 2024, 45,630 more by 2031 and 19,100 by 2044: 89,944."""
    found = plan_of(
        "source: s, school_places: {2024: 25214}, claims: ["
        "{measure: school_places, year: 2031, value: 45630, added_since: 2024},"
        "{measure: school_places, year: 2044, value: 19100, added_since: 2031}]"
    )
    sums = {one.year: one.value for one in found if one.origin == "stages"}
    assert sums == {2031: 70_844.0, 2044: 89_944.0}
    assert [one.value for one in judged(found, "school_places")] == [25_214.0, 70_844.0, 89_944.0]


def test_stages_without_a_stock_add_up_to_what_is_added():
    """Alatau: 11,908 + 28,060 + 78,300 kindergarten places."""
    stages = ((2030, 11_908, 2023), (2040, 28_060, 2030), (2050, 78_300, 2040))
    claims = ", ".join(
        f"{{measure: kindergarten_places, year: {year}, value: {value}, added_since: {since}}}"
        for year, value, since in stages
    )
    found = plan_of(f"source: s, claims: [{claims}]")
    sums = {one.year: (one.value, one.added_since) for one in found if one.origin == "stages"}
    assert sums == {2040: (39_968.0, 2023), 2050: (118_268.0, 2023)}
    kept = [one.value for one in judged(found, "kindergarten_places")]
    assert kept == [11_908.0, 39_968.0, 118_268.0]


def test_a_series_is_read_on_a_line_and_never_beyond_its_ends():
    (series,) = series_of(
        [Stated("jobs", 2030, 100.0), Stated("jobs", 2040, 300.0)], "jobs"
    ).values()
    assert [at(series, year).value for year in (2030, 2035, 2040)] == [100.0, 200.0, 300.0]
    assert at(series, 2029) is None
    assert at(series, 2041) is None


# ---- official numbers against each other


def test_the_three_numbers_of_jobs_contradict_each_other():
    found = only(same_measure(PLACE, ALATAU))
    assert (found.verdict, found.measure, found.year) == ("contradiction", "jobs", 2050)
    assert [(n.value, n.source) for n in found.numbers] == [
        (1_000_000.0, PLAN), (110_000.0, NEWS), (17_366.0, ZONE),
    ]  # fmt: skip
    told = [(high, low, round(ratio, 1)) for high, low, ratio in pairs(found.numbers)]
    assert told == [
        (1_000_000.0, 110_000.0, 9.1), (1_000_000.0, 17_366.0, 57.6), (110_000.0, 17_366.0, 6.3),
    ]  # fmt: skip
    text = sentence(found, str)
    assert "1,000,000 : 110,000 = 9.1; 1,000,000 : 17,366 = 57.6; 110,000 : 17,366 = 6.3" in text
    assert "different scope" in text


def test_a_sum_of_parts_that_agrees_is_not_told_as_a_fourth_number():
    parts = Stated("jobs", 2050, 1_001_600.0, PLAN, origin="parts")
    found = only(same_measure(PLACE, (*ALATAU, parts)))
    assert len(found.numbers) == 4
    assert [round(ratio, 1) for *_, ratio in pairs(found.numbers)] == [9.1, 57.6, 6.3]
    assert pairs(found.numbers)[0][0] == 1_000_000.0  # as published, not the sum


@pytest.mark.parametrize(
    ("other", "year", "verdict"),
    [
        (125.0, 2030, "agrees"),  # exactly the factor
        (126.0, 2030, "contradiction"),
        (200.0, 2035, "contradiction"),  # five years apart
        (200.0, 2036, None),  # six
        (0.0, 2030, "contradiction"),
    ],
)
def test_near_years_and_a_factor_of_one_and_a_quarter(other, year, verdict):
    numbers = (Stated("jobs", 2030, 100.0, "a"), Stated("jobs", year, other, "b"))
    assert [one.verdict for one in same_measure(PLACE, numbers)] == ([verdict] if verdict else [])


def test_a_plan_that_grows_does_not_contradict_itself():
    """Another voice is held against the line of the plan: 1,500 in 2032."""
    plan = (Stated("jobs", 2030, 1000.0, "a"), Stated("jobs", 2034, 2000.0, "a"))
    assert not list(same_measure(PLACE, plan))
    found = only(same_measure(PLACE, (*plan, Stated("jobs", 2032, 1500.0, "b"))))
    assert (found.verdict, found.year) == ("agrees", 2032)


def test_one_source_that_speaks_of_two_scopes_does_not_contradict_itself():
    both = (Stated("population", 2032, 232_000.0, PLAN),
            Stated("population", 2032, 150_000.0, PLAN, "without villages"))  # fmt: skip
    assert not list(same_measure(PLACE, both))


@given(st.lists(st.floats(1.0, 1e6), min_size=2, max_size=6), st.floats(0.01, 100.0))
def test_the_verdict_does_not_depend_on_the_unit_or_the_order(values, scale):
    def verdicts(numbers):
        stated = [Stated("jobs", 2030, n, f"source {k}") for k, n in enumerate(numbers)]
        return [one.verdict for one in same_measure(PLACE, stated)]

    if abs(max(values) / min(values) - 1.25) < 1e-6:
        return  # rounding decides
    assert verdicts(values) == verdicts([scale * n for n in values])
    assert verdicts(values) == verdicts(values[::-1])


# ---- ratios


def test_jobs_for_residents_by_hand():
    found = {one.numbers[0].source: one for one in ratios(PLACE, ALATAU, [JOBS], 2026)}
    assert found[PLAN].value("ratio") == pytest.approx(1000 * 1_000_000 / 1_870_000)  # 534.8
    assert (found[PLAN].verdict, found[NEWS].verdict) == ("outside norm", "outside norm")
    assert found[NEWS].value("ratio") == pytest.approx(58.82, abs=0.01)
    assert ZONE not in found  # a zone is not counted on the people of the city
    assert sentence(found[NEWS], str) == (
        "59 per 1,000 people, below 356 to 523: check both numbers."
    )


def test_a_ratio_without_one_of_its_numbers_is_unknown_and_never_in_order():
    found = list(ratios(PLACE, ALATAU, [BEDS], 2026))
    assert [one.verdict for one in found] == ["unknown"]
    assert not found[0].numbers
    assert not list(ratios(PLACE, (), [BEDS], 2026))  # nothing is claimed at all


def test_what_is_added_is_divided_by_those_who_come():
    """100 beds added for the 20,000 people who come: 5.0 for 1,000 and not 1.0 for 100,000."""
    people = planned({2026: 80_000.0, 2036: 100_000.0})
    few, many = (
        Stated("hospital_beds", 2036, beds, PLAN, added_since=2026) for beds in (100.0, 400.0)
    )
    found = only(ratios(PLACE, (*people, few), [BEDS], 2026))
    assert (found.value("ratio"), found.verdict) == (5.0, "agrees")
    found = only(ratios(PLACE, (*people, many), [BEDS], 2026))
    assert found.verdict == "unknown"  # part of it may be for those who live there


def test_a_consistent_plan_agrees_with_itself():
    found = plan_of(
        "source: s, population: {2026: 80000, 2036: 100000}, jobs: {2036: 45000},"
        " hospital_beds: {2030: 500, 2036: 600}, claims: ["
        "{measure: jobs, year: 2036, value: 46000, source: t},"
        "{measure: jobs, year: 2036, value: 20000, part: a},"
        "{measure: jobs, year: 2036, value: 25500, part: b}]"
    )
    told = [*same_measure(PLACE, found), *ratios(PLACE, found, [JOBS, BEDS], 2026),
            *falling(PLACE, found, ["hospital_beds"])]  # fmt: skip
    assert {one.verdict for one in told} == {"agrees"}


def test_places_that_fall_contradict_what_was_built():
    beds = (Stated("hospital_beds", 2030, 700.0, PLAN), Stated("hospital_beds", 2040, 600.0, PLAN))
    found = only(falling(PLACE, beds, ["hospital_beds"]))
    assert (found.verdict, found.year) == ("contradiction", 2040)
    assert sentence(found, str).startswith("It falls from 700 in 2030 to 600 in 2040")
    stages = tuple(Stated("hospital_beds", one.year, one.value, PLAN, added_since=one.year - 5)
                   for one in beds)  # fmt: skip
    assert not list(falling(PLACE, stages, ["hospital_beds"]))  # a smaller stage is no fall


# ---- against norms of facilities, the run and what was observed


def school(shifts: float = 2.0) -> Facility:
    """Everybody of 6 to 15 goes to school."""
    cost = (np.nan, np.nan, np.nan)
    return Facility(
        kind="school_place", names={"en": "places"}, unit="place", units={"en": "places"},
        sex="total", age_from=6, age_to=15, first_age_share=1, last_age_share=1, rate=1,
        camp_rate=0, per_1000=1000, shifts=shifts, usable_share=1, cost=cost, cost_unit="",
        lead_time_years=np.nan, life_years=np.nan, retired_share=0, persist_years=10,
        module_sizes=(), binding=True, status="assumption",
        cost_status="unknown", act="", source="norm",
    )  # fmt: skip


def run(forecast: dict[str, dict[int, float]] | None = None, driver: str = "population") -> Run:
    """Everybody of 0 to 99 in equal numbers: a tenth is of 6 to 15; the nation gains 100,000."""
    shares = np.zeros((2, 101))
    shares[:, :100] = 1 / 200
    years = range(2026, 2032)
    nation = {year: 1e6 + 20_000 * (year - 2026) for year in years}
    return Run(dict.fromkeys(years, shares), forecast or {"population": {}}, nation, driver)


@pytest.mark.parametrize(
    ("places", "verdict"),
    [(3_900.0, "outside norm"), (4_000.0, "agrees"), (12_500.0, "agrees"),
     (12_600.0, "outside norm")],
)  # fmt: skip
def test_pupils_of_the_planned_people_by_hand(places, verdict):
    """100,000 people, 10,000 pupils: 5,000 places in two shifts to 10,000 in one, each within
    a factor of 1.25."""
    found = (*planned({2040: 100_000.0}), Stated("school_places", 2040, places, PLAN))
    one = only(needs(PLACE, found, [school()], run()))
    assert one.verdict == verdict
    assert (one.value("need"), one.value("most")) == (pytest.approx(5_000), pytest.approx(10_000))
    assert one.first("need").year == 2031  # the ages of the last date of the run


def test_a_claim_beside_the_run_and_beyond_it():
    people = planned({2030: 1000.0, 2040: 2000.0})
    jobs = Stated("jobs", 2030, 500.0, PLAN)
    given_ = run({"population": {2030: 700.0}, "jobs": {2030: 500.0}}, driver="jobs")
    near, far, driven = forecasts(PLACE, (*people, jobs), [], given_)
    assert (near.verdict, sentence(near, str)) == ("outside norm", "The run has 700, 70% of it.")
    assert (far.verdict, far.value("end")) == ("unknown", 2031.0)
    assert sentence(far, str) == "Beyond the run, which ends on 1 January 2031."
    assert (driven.measure, driven.verdict) == ("jobs", "unknown")  # it came out as it went in
    assert "cannot confirm it" in sentence(driven, str)


def test_the_growth_that_a_plan_needs_by_hand():
    """54,747 in 2026 and 247,000 in 2030: 45.7 % a year."""
    found = planned({2030: 247_000.0, 2040: 300_000.0})
    lived = run({"population": {2026: 54_747.0}})
    one = only(growths(PLACE, found, lived, Fastest(15.5, "A", 2001, "register")))
    assert one.value("growth") == pytest.approx(100 * ((247_000 / 54_747) ** 0.25 - 1))
    assert one.value("growth") == pytest.approx(45.74, abs=0.01)
    assert one.verdict == "outside norm"
    assert only(growths(PLACE, found, lived, None)).verdict == "unknown"  # nothing was observed
    slow = planned({2030: 60_000.0})
    assert only(growths(PLACE, slow, lived, Fastest(15.5, "A", 2001, "r"))).verdict == "agrees"


@pytest.mark.parametrize(
    ("people", "verdict"),
    [(60_000.0, "agrees"), (100_000.0, "outside norm"), (200_000.0, "contradiction")],
)
def test_the_share_of_the_growth_of_the_nation(people, verdict):
    """The nation gains 100,000 by 2031; the plan wants 10,000, 50,000 or 150,000 of them."""
    found = planned({2031: people})
    lived = run({"population": {2026: 50_000.0}})
    one = only(share_of_nation(PLACE, found, lived, Largest(0.34, "A", 2022, 2026, "register")))
    assert (one.verdict, one.value("share")) == (verdict, pytest.approx((people - 50_000) / 1e5))


def test_a_plan_whose_first_number_is_far_beyond_the_run_takes_no_share():
    found = planned({2050: 1e6})
    lived = run({"population": {2026: 50_000.0}})
    assert not list(share_of_nation(PLACE, found, lived, None))


# ---- the table of a run, the table of norms


def test_findings_come_back_from_their_table():
    findings = (
        only(same_measure(PLACE, ALATAU)),
        Finding("town", "R", "ratio", "dwellings/population", 2026, "unknown"),
        *ratios(PLACE, ALATAU, [JOBS], 2026),
    )
    frame = frame_of(findings)
    assert read_frame(frame) == findings
    unknown = frame[frame["role"] == "nothing"]
    assert unknown["value"].isna().all()
    assert set(unknown["status"]) == {"unknown"}
    assert frame_of(()).empty
    assert read_frame(frame_of(())) == ()
    assert set(frame["verdict"]) <= set(VERDICTS)


def test_every_fault_of_the_norms_is_told():
    table = pd.DataFrame(
        [
            ("jobs", "population", 600.0, 500.0, "per 1000", "derived", "s"),
            ("job", "population", 1.0, 2.0, "", "derived", None),
            ("dwellings", "population", "many", -1.0, "per 1000", "guess", "s"),
            ("jobs", "population", 1.0, 2.0, "per 1000", "derived", "s"),
        ],
        columns=["measure", "per", "low", "high", "unit", "status", "source"],
    )
    with pytest.raises(InputError) as caught:
        read_ratios(table)
    text = str(caught.value)
    for fault in (
        "row 2, low: the lower end 600 is above the upper end 500",
        "row 3, measure: 'job' cannot stand here; did you mean 'jobs'?",
        "row 3, unit: the cell is empty",
        "row 3, source: the cell is empty",
        "row 4, low: 'many' is not a number from 0 up",
        "row 4, high: '-1.0' is not a number from 0 up",
        "row 4, status: 'guess' cannot stand here",
        "row 5, measure: the row repeats an earlier one",
    ):
        assert fault in text
    with pytest.raises(InputError, match="no column 'unit'"):
        read_ratios(table.drop(columns="unit"))
