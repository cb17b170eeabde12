"""Indicators on tables that are written down here: formulas, targets, draws, faults of the file.

Authority: computed and counted by hand.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from forecast.errors import InputError
from forecast.indicators import measured, read_indicators
from forecast.space import Region, Space

A, B, NATION = "XX-1", "XX-2", "XX"
SPACE = Space(
    (Region(A, "1", "region", {"en": "Upland"}), Region(B, "2", "region", {"en": "Lowland"})),
    NATION, {"en": "Country"},
)  # fmt: skip
TEXTS = "{en: One, ru: Один, kk: Бір}"
HEAD = f"""title: {TEXTS}
regions:
  hills: {{regions: [Upland], source: here}}
indicators:
"""


def frame(columns, *lines, **more):
    return pd.DataFrame(lines, columns=columns.split()).assign(**more)


def run(**more):
    """Two calendar years, four draws."""
    values = {  # (region, component): values of 2026 and 2027
        (A, "internal_in"): (10.0, 30.0), (B, "internal_in"): (30.0, 30.0),
        (A, "internal_out"): (30.0, 35.0), (B, "internal_out"): (10.0, 25.0),
        (A, "immigration"): (50.0, 40.0), (B, "immigration"): (5.0, 5.0),
        (A, "emigration"): (20.0, 60.0), (B, "emigration"): (5.0, 5.0),
        (A, "support_in"): (6.0, 0.0), (B, "support_out"): (6.0, 0.0),
        (A, "growth_point_in"): (0.0, 0.0),
    }  # fmt: skip
    moves = [(r, 2026 + k, c, v[k]) for (r, c), v in values.items() for k in (0, 1)]
    draws = [
        ("internal_in", A, 2026, 10, 10, 20, 30), ("internal_in", B, 2026, 30, 10, 20, 10),
        ("internal_in", A, 2027, 30, 10, 30, 20), ("internal_in", B, 2027, 30, 10, 10, 20),
        ("immigration", A, 2027, 40, 80, 90, 10), ("immigration", B, 2027, 5, 5, 5, 5),
        ("emigration", A, 2027, 60, 60, 60, 60), ("emigration", B, 2027, 5, 5, 5, 5),
        ("support_net", A, 2026, 6, 5, 6, 7), ("support_net", B, 2026, -6, -5, -6, -7),
        ("support_net", A, 2027, 0, 0, 0, 0), ("support_net", B, 2027, 0, 0, 0, 0),
        ("growth_point_net", A, 2026, 0, 0, 0, 0), ("growth_point_net", B, 2026, 0, 0, 0, 0),
        ("population", A, 2026, 1, 2, 3, 4), ("population", NATION, 2028, 10, 20, 30, 40),
    ]  # fmt: skip
    people = [(A, y, s, age, 1.0 + age) for y in (2026, 2027, 2028) for s in ("female", "male")
              for age in (0, 15, 64)]  # fmt: skip
    frames = {
        "components": frame("region year component value", *moves, unit="persons",
                            status="projected"),
        "samples": frame("measure region year 0 1 2 3", *draws, unit="persons",
                         status="projected"),
        "population": frame("region year sex age value", *people, unit="persons",
                            status="projected"),
        "labour": frame(
            "region year section measure value unit",
            (A, 2026, "total", "labour_deficit", 3.0, "jobs"),
            (NATION, 2026, "total", "labour_deficit", 9.0, "jobs"),
            (A, 2026, "C", "labour_demand", np.nan, "jobs"), status="estimated",
        ),
    }  # fmt: skip
    return SimpleNamespace(space=SPACE, base_year=2026, last_year=2028, frames=frames | more,
                           scenario="trial", run_id="01234567")  # fmt: skip


@pytest.fixture
def ask(tmp_path):
    """The rows of one indicator by year, from the text of its keys."""

    def call(keys, what=None):
        path = tmp_path / "indicators.yml"
        lines = f"title: {TEXTS}\nunit: percent\nsource: here\nstatus: observed\n{keys}".strip()
        body = "\n".join("    " + line for line in lines.splitlines())
        path.write_text(HEAD + "  one:\n" + body + "\n", encoding="utf-8")
        rows = measured(read_indicators(path, SPACE), what or run())
        return rows[rows["role"] == "run"].set_index("year")

    return call


UP = "direction: up\n"


@pytest.mark.parametrize(("formula", "wanted"), [
    ("{table: components, component: internal_in}", (40.0, 60.0)),
    ("{table: components, component: internal_in, region: hills}", (10.0, 30.0)),
    ("{table: components, component: [internal_in, support_in], region: Upland}", (16.0, 30.0)),
    ("{table: components, component: internal_in, region: [Upland, XX-2], op: mean}", (20, 30)),
    ("{table: components, component: internal_in, region: hills, op: share, "
     "of: {table: components, component: internal_in}}", (25.0, 50.0)),
    ("{table: components, component: internal_in, region: hills, op: ratio, "
     "of: {values: {2026: 40, 2027: 15}, source: here}}", (0.25, 2.0)),
    ("{table: components, component: immigration, region: nation, op: net, "
     "of: {table: components, component: emigration}}", (30.0, -20.0)),
    ("{from: {table: components, component: internal_in, region: hills, op: net, "
     "of: {table: components, component: internal_out, region: hills}}, op: share, "
     "of: {table: components, component: immigration}}", (-100 * 20 / 55, -100 * 5 / 45)),
    ("{table: population, age: 15-64, sex: female, year: next}", (81.0, 81.0)),
    ("{table: population, year: 2026}", (164.0, 164.0)),
])  # fmt: skip
def test_formulas(ask, formula, wanted):
    found = ask(UP + f"formula: {formula}")
    np.testing.assert_allclose(found["value"], wanted)
    assert not found["reason"].any()


@pytest.mark.parametrize(("formula", "reason"), [
    ("{table: labour, measure: labour_deficit}", "the table 'labour' has no such row in 2027"),
    ("{table: labour, measure: labour_demand, section: C, region: hills, year: 2026}",
     "the table 'labour' does not know it"),
    ("{table: flows, destination: hills}", "the table 'flows' has no such row in 2027"),
    ("{values: {2026: 1}, source: here}", "the file gives no number of 2027"),
    ("{table: components, component: births, op: sum}",
     "the table 'components' has no such row in 2027"),
    ("{table: components, component: internal_in, op: ratio, "
     "of: {table: components, component: growth_point_in, region: hills}}",
     "it would be divided by 0"),
])  # fmt: skip
def test_what_is_not_in_the_run_is_unknown_and_says_why(ask, formula, reason):
    found = ask(UP + f"formula: {formula}").loc[2027]
    assert np.isnan(found["value"])
    assert found["status"] == "unknown"
    assert found["reason"] == reason
    assert found["met"] is None


def test_a_national_row_is_not_added_to_its_regions(ask):
    found = ask(UP + "formula: {table: labour, measure: labour_deficit}")
    assert found.loc[2026, "value"] == 9.0
    assert found.loc[2026, "status"] == "estimated"


@pytest.mark.parametrize(("direction", "target", "gap", "met"), [
    ("at_least", 60, 0.0, True), ("at_least", 70, 10.0, False), ("up", 60, 0.0, True),
    ("at_most", 60, 0.0, True), ("at_most", 50, 10.0, False), ("down", 70, -10.0, True),
    ("zero", 0, 60.0, False), ("zero", -60, 0.0, True),
])  # fmt: skip
def test_what_is_missing_to_a_target_is_positive(ask, direction, target, gap, met):
    keys = f"direction: {direction}\ntargets: {{2027: {target}}}\n"
    found = ask(keys + "formula: {table: components, component: internal_in}")
    assert (found.loc[2027, "gap"], found.loc[2027, "met"]) == (gap, met)
    assert found.loc[2027, "against"] == "target"
    if direction not in ("up", "down"):
        assert found.loc[2026, "against"] == ""
        assert found.loc[2026, "met"] is None


@pytest.mark.parametrize(("direction", "baseline", "gap", "met", "against"), [
    ("up", "", -20.0, True, "first year of the run"),
    ("down", "", 20.0, False, "first year of the run"),
    ("up", "baseline: {value: 60, year: 2024, source: here}\n", 0.0, False, "baseline"),
    ("up", "baseline: {value: 59, year: 2024, source: here}\n", -1.0, True, "baseline"),
])  # fmt: skip
def test_growth_is_more_than_before(ask, direction, baseline, gap, met, against):
    keys = f"direction: {direction}\n{baseline}"
    found = ask(keys + "formula: {table: components, component: internal_in}").loc[2027]
    assert (found["gap"], found["met"], found["against"]) == (gap, met, against)


def test_a_target_after_the_run_has_a_row(ask):
    found = ask("direction: at_least\ntargets: {2040: 1}\n"
                "formula: {table: components, component: internal_in}")  # fmt: skip
    assert found.loc[2040, "reason"] == "the run ends with the year 2027"
    assert found.loc[2040, "target"] == 1


def test_probability_is_the_share_of_the_draws_that_meet_the_target(ask):
    """Balance of 2027 in the four draws: 45-65, 85-65, 95-65, 15-65 = -20, 20, 30, -50."""
    balance = ("formula: {table: components, component: immigration, op: net, "
               "of: {table: components, component: emigration}}\n"
               "direction: at_least\n")  # fmt: skip
    for target, share in ((0, 0.5), (-20, 0.75), (25, 0.25), (100, 0.0)):
        found = ask(balance + f"targets: {{2027: {target}}}").loc[2027]
        assert found["probability"] == share
        assert found["standard_error"] == pytest.approx((share * (1 - share) / 4) ** 0.5)
        assert found["draws"] == 4


def test_growth_since_the_first_year_is_judged_inside_each_draw(ask):
    """Share of the hills: 1/4, 1/2, 1/2, 3/4; then 1/2, 1/2, 3/4, 1/2: two of four grow."""
    share = ("formula: {table: components, component: internal_in, region: hills, op: share, "
             "of: {table: components, component: internal_in}}\n")  # fmt: skip
    assert ask(UP + share).loc[2027, "probability"] == 0.5


def test_draws_of_moves_with_support_are_told_by_their_net_where_they_go_one_way(ask):
    """People come with support to the hills alone: 16, 15, 26 and 37 of the first year."""
    keys = "direction: at_least\ntargets: {2026: 16}\nformula: "
    inward = "{table: components, component: [internal_in, support_in], region: hills}"
    assert ask(keys + inward).loc[2026, "probability"] == 0.75
    what = run()
    moves = what.frames["components"]
    back = moves.iloc[[0]].assign(component="support_out", region=A, value=1.0)
    what.frames["components"] = pd.concat([moves, back])
    found = ask(keys + inward, what).loc[2026]
    assert np.isnan(found["probability"])
    assert found["probability_reason"] == "the draws of the run do not hold it"


def test_without_draws_nothing_is_likely(ask):
    empty = run().frames["samples"].iloc[:0].drop(columns=list("0123"))
    found = ask("direction: at_least\ntargets: {2027: 1}\nformula: {table: components, "
                "component: internal_in}", run(samples=empty)).loc[2027]  # fmt: skip
    assert np.isnan(found["probability"])
    assert found["probability_reason"] == "the run has no draws"


def test_an_indicator_without_a_formula_says_why(ask):
    texts = "{en: not in a run, ru: нет, kk: жоқ}"
    found = ask(f"direction: at_least\ntargets: {{2027: 95}}\nunknown: {texts}")
    assert set(found["reason"]) == {"not in a run"}
    assert found["value"].isna().all()
    assert found.loc[2027, "target"] == 95
    assert found.loc[2027, "met"] is None


FAULTY = f"""title: {TEXTS}
regions:
  hills: {{regions: [Upland, Nowhere], source: here}}
indicators:
  one:
    title: {{en: One}}
    unit: percents
    direction: upwards
    source: here
    status: guessed
    targets: {{2030: many, soon: 3}}
    formula: {{table: components, component: [internal_inn], region: hills, op: share}}
  two:
    title: {TEXTS}
    unit: persons
    direction: up
    source: here
    status: observed
    formula: {{table: labour, of: {{table: populations}}}}
    unknown: {TEXTS}
    sauce: here
  three:
    title: {TEXTS}
    unit: persons
    direction: up
    status: observed
    formula: __import__('os').system('true')
  four:
    title: {TEXTS}
    unit: persons
    direction: up
    source: here
    status: observed
    formula: {{from: {{values: {{2026: 1}}}}, op: mean}}
unpublished: {{count: 0, title: {TEXTS}, source: here}}
"""


def test_every_fault_of_a_file_comes_at_once_with_its_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.yml").write_text(FAULTY, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_indicators(tmp_path.joinpath("my.yml").relative_to(tmp_path), SPACE)
    said = {str(fault) for fault in caught.value.faults}
    for where, what in (
        ("my.yml:3: regions.hills.regions.1", "no region 'Nowhere'"),
        ("my.yml:6: indicators.one.title", "no text in ru"),
        ("my.yml:6: indicators.one.title", "no text in kk"),
        ("my.yml:7: indicators.one.unit", "did you mean 'percent'?"),
        ("my.yml:8: indicators.one.direction", "no 'upwards' is known here"),
        ("my.yml:10: indicators.one.status", "no 'guessed' is known here"),
        ("my.yml:11: indicators.one.targets.2030", "'many' is not a number"),
        ("my.yml:11: indicators.one.targets.soon", "'soon' is not a year"),
        ("my.yml:12: indicators.one.formula.component.0", "did you mean 'internal_in'?"),
        ("my.yml:12: indicators.one.formula", "'share' needs 'of'"),
        ("my.yml:19: indicators.two.formula", "the key 'measure' is missing"),
        ("my.yml:19: indicators.two.formula.of.table", "did you mean 'population'?"),
        ("my.yml:19: indicators.two.formula", "'of' stands with one of: net, ratio, share"),
        ("my.yml:13: indicators.two", "either a 'formula' or 'unknown'"),
        ("my.yml:21: indicators.two.sauce", "did you mean 'source'?"),
        ("my.yml:22: indicators.three", "the key 'source' is missing"),
        ("my.yml:27: indicators.three.formula", "must be a table of keys"),
        ("my.yml:34: indicators.four.formula.from", "the key 'source' is missing"),
        ("my.yml:34: indicators.four.formula.op", "a mean is taken of the rows of a table"),
        ("my.yml:35: unpublished.count", "write a whole number from 1 to 100"),
        ("my.yml:35: unpublished", "the key 'reason' is missing"),
    ):
        assert any(one.startswith(where + ": ") and what in one for one in said), (where, what)


@pytest.mark.parametrize(("text", "message"), [
    ("", "the file is empty; begin with 'indicators:'"),
    ("- a\n", "a map of keys is needed, found a list; begin with 'indicators:'"),
    ("title: " + TEXTS, "the key 'indicators' is missing"),
    ("indicators:\n  a: &x {}\n", "'&x' and '*x' are not part of the language"),
])  # fmt: skip
def test_files_that_are_none(tmp_path, text, message):
    path = tmp_path / "indicators.yml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_indicators(path, SPACE)
    assert message in str(caught.value)


def test_a_target_is_not_missed_by_the_rounding_of_the_machine(ask):
    formula = "formula: {values: {2026: 0.3, 2027: 0.299}, source: here}\ndirection: at_least\n"
    found = ask(formula + f"targets: {{2026: {0.1 + 0.2!r}, 2027: 0.3}}")
    assert found["met"].tolist() == [True, False]
    from forecast.commands.indicators import _gap

    assert _gap(found.loc[2027, "gap"], "percent") == "+0.001"
    assert _gap(0.03, "persons") == "+0.03"
    assert _gap(0.0, "persons") == "0"
    assert _gap(-0.2, "persons") == "0"
    assert _gap(1234.4, "persons") == "+1,234"
