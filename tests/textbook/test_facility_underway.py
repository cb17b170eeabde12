"""What is being built already and what is short today, in orders and needs, computed by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

import forecast as fc
from forecast.errors import InputError
from forecast.growth import built_by_plans
from forecast.infrastructure import (
    Facility,
    Flows,
    infrastructure_notes,
    needs_frame,
    orders_frame,
    read_facilities,
)
from forecast.infrastructure.notes import order_notes
from forecast.infrastructure.stock import balance
from forecast.infrastructure.underway import falls_covered, national_units, spread
from forecast.plan import prepare
from forecast.scenario import parse_scenario
from forecast.space import AGES, Region, Space

YEARS = [2026, 2027, 2028, 2029]
NONE = pd.DataFrame(columns=["region", "kind", "year", "value", "status"])
POINT = """
title: t
extends: baseline
growth_points:
  town:
    region: Pavlodar Region
    driver: dwellings
    source: test
    dwellings: {%s}
    homes: {Pavlodar Region: 0.75, Abai Region: 0.25}
"""


@pytest.fixture(scope="module")
def dataset() -> fc.Dataset:
    return fc.load_dataset("kazakhstan")


@pytest.fixture
def space() -> Space:
    names = {"en": "North", "ru": "Север", "kk": "Солтүстік"}
    south = {"en": "South", "ru": "Юг", "kk": "Оңтүстік"}
    return Space((Region("X-1", "1", "region", names), Region("X-2", "2", "region", south)), "X")


@pytest.fixture
def house(dataset: fc.Dataset) -> tuple[Facility, ...]:
    """A kind of which everyone aged 40 needs one; single units, built in a year, that must be
    needed no longer than now."""
    row = dataset.table("norms/facilities").iloc[0].to_dict() | {
        "kind": "house", "name_en": "Houses", "unit": "house", "age_from": 40, "age_to": 40,
        "first_age_share": 1, "last_age_share": 1, "rate": 1, "shifts": 1, "module_sizes": "1",
        "lead_time_years": 1, "life_years": 50, "persist_years": 0, "cost_low": 1,
        "cost_central": 2, "cost_high": 3, "status": "derived",
    }  # fmt: skip
    return read_facilities(pd.DataFrame([row]), price=1.0, cost_unit="KZT 2026")


def people(*paths: list[float]) -> np.ndarray:
    """(sex, age, region, year) women aged 40, and nobody at other ages."""
    population = np.zeros((2, len(AGES), len(paths), len(paths[0])))
    population[0, 40] = paths
    return population


def ordered(frame: pd.DataFrame) -> dict[tuple[str, int], float]:
    """{(region, year of need): units}"""
    chosen = frame[(frame["measure"] == "units") & frame["action"].isin(["order", "order_now"])]
    return chosen.set_index(["region", "year"])["value"].to_dict()


def pipeline(*rows: tuple[str, int, float]) -> Flows:
    """Units that are sure to be finished: (region or nation, calendar year, units)."""
    table = pd.DataFrame(rows, columns=["region", "year", "units"])
    return Flows(
        pipeline=table.assign(kind="house", unit="house", probability=1.0, status="observed")
    )


def backlog(*rows: tuple[str, int, float]) -> Flows:
    table = pd.DataFrame(rows, columns=["region", "year", "value"])
    return Flows(
        backlog=table.assign(kind="house", unit="house", measure="units_short", status="observed")
    )


class TestPlans:
    def test_where_and_when_a_point_builds(self, dataset: fc.Dataset) -> None:
        """3,000 in 2026 and 10,000 from 2028 on, a quarter of them in the region of the second
        home; the last value holds."""
        text = POINT % "2026: 3000, 2028: 10000"
        plan = prepare(parse_scenario(text), dataset, until=2028)
        kinds = [f for f in plan.facilities if f.kind in ("school_place", "dwelling")]
        found = built_by_plans(plan.points, kinds, (len(dataset.space), 4))
        assert not found[0].any()
        by_region = dict(zip(dataset.space.ids, found[1].tolist(), strict=True))
        assert by_region["KZ-55"] == pytest.approx([2250, 2250, 7500, 7500])
        assert by_region["KZ-10"] == pytest.approx([750, 750, 2500, 2500])
        assert_allclose(found[1].sum(axis=0), [3000, 3000, 10000, 10000])

    def test_an_unknown_stock_orders_what_is_left(
        self, house: tuple[Facility, ...], space: Space
    ) -> None:
        """North grows by 10, 30 and 50 and a plan builds 25 for 2028: of 10, 5 and 25 that are
        left 10 are ordered and then 15; South has more built than it lacks: never below 0, and
        its surplus helps nobody."""
        population = people([100, 110, 130, 150], [50, 50, 55, 60])
        built = np.array([[[0.0, 0, 25, 25], [0, 0, 40, 40]]])
        plain = orders_frame(population, YEARS, house, NONE, space, 2026)
        frame = orders_frame(population, YEARS, house, NONE, space, 2026, built=built)
        assert ordered(plain)["X-1", 2029] == 20
        mine = {cell: units for cell, units in ordered(frame).items() if cell[0] != "X"}
        assert mine == {("X-1", 2027): 10, ("X-1", 2029): 15}
        needs = needs_frame(population, YEARS, house, NONE, space, 2026, built=built)
        cells = needs.set_index(["measure", "region", "year"]).sort_index()
        assert cells["value"]["added_need", "X-1"].tolist() == [0, 10, 30, 50]
        assert cells["value"]["built_by_plans", "X"].tolist() == [0, 0, 65, 65]
        assert cells["status"]["built_by_plans", "X-1"].eq("assumption").all()
        assert cells["value"]["capacity"].isna().all()

    def test_a_known_stock_has_what_becomes_ready(
        self, house: tuple[Facility, ...], space: Space
    ) -> None:
        """100 stand, and 5 of the plan beside them, which then has 30."""
        stock = pd.DataFrame({"region": ["X-1"], "kind": "house", "year": 2026, "value": [100.0],
                              "status": "observed"})  # fmt: skip
        population = people([100, 110, 130, 150], [0, 0, 0, 0])
        built = np.array([[[5.0, 5, 30, 30], [0, 0, 0, 0]]])
        needs = needs_frame(population, YEARS, house, stock, space, 2026, built=built)
        cells = needs.set_index(["measure", "region", "year"]).sort_index()
        assert cells["value"]["capacity", "X-1"].tolist() == [105, 105, 130, 130]
        assert cells["value"]["gap", "X-1"].tolist() == [-5, 5, 0, 20]
        assert cells["value"]["cost_central", "X-1"].tolist() == [0, 10, 0, 40]
        assert cells["status"]["capacity", "X-1"].tolist() == ["assumption"] * 4
        frame = orders_frame(population, YEARS, house, stock, space, 2026, built=built)
        mine = {cell: units for cell, units in ordered(frame).items() if cell[0] == "X-1"}
        assert mine == {("X-1", 2027): 5, ("X-1", 2029): 15}

    def test_a_point_of_dwellings_orders_none_of_them_again(self, dataset: fc.Dataset) -> None:
        """10,000 dwellings bring those who live in them: the nation orders 10,000 fewer."""
        text = POINT.replace("    homes: {Pavlodar Region: 0.75, Abai Region: 0.25}\n", "")
        with_point = fc.run(parse_scenario(text % "2028: 10000"), dataset)
        runs = [fc.run("baseline", dataset), with_point]
        sums = []
        for run in runs:
            frame = run.frame("orders")
            found = ordered(frame[frame["kind"] == "dwelling"])
            sums.append({
                name: sum(units for cell, units in found.items() if cell[0] == name)
                for name in ("KZ", "KZ-55")
            })  # fmt: skip
        assert sums[0]["KZ"] - sums[1]["KZ"] == pytest.approx(10_000, abs=50)
        assert abs(sums[0]["KZ-55"] - sums[1]["KZ-55"]) < 500
        notes = runs[1].frame("notes").set_index("subject")["text"]
        assert "Growth points build 10,000 themselves" in notes["Orders and the gap of the nation"]


class TestOfTheNation:
    def test_spread_by_what_is_lacking(self) -> None:
        found = spread(np.array([0.0, 30, 60]), np.array([20.0, 0, 40]), np.ones(3))
        assert found.tolist() == [[0, 10, 20], [0, 0, 0], [0, 20, 40]]
        nobody = spread(np.array([0.0, 8]), np.zeros(2), np.array([30.0, 10]))
        assert nobody.tolist() == [[0, 6], [0, 2]]

    def test_regional_rows_are_not_counted_twice(
        self, house: tuple[Facility, ...], space: Space
    ) -> None:
        """The nation finishes 30 in 2026, 12 of them in North; 5 more in 2027, all of North."""
        flows = pipeline(("X", 2026, 30), ("X", 2027, 5), ("X-1", 2026, 12), ("X-1", 2027, 5))
        found = balance(NONE, flows, house, space, YEARS)
        assert national_units(found).tolist() == [[0, 18, 18, 18]]

    def test_what_is_under_way_is_not_ordered(
        self, house: tuple[Facility, ...], space: Space
    ) -> None:
        """North lacks 60 at the end and South 20, so of 40 that the nation builds North has 30
        and South 10; South is bridged by nothing, for 10 are ordered in its last year."""
        flows = pipeline(("X", 2026, 40.0))
        population = people([100, 120, 140, 160], [50, 50, 50, 70])
        frame = orders_frame(population, YEARS, house, NONE, space, 2026, flows=flows)
        assert ordered(frame) == {
            ("X-1", 2028): 10, ("X-1", 2029): 20, ("X-2", 2029): 10, ("X", 2028): 10,
            ("X", 2029): 30,
        }  # fmt: skip
        needs = needs_frame(population, YEARS, house, NONE, space, 2026, flows=flows)
        assert needs[needs["measure"] == "capacity"]["value"].isna().all()
        [note] = order_notes(frame, needs, house, "X")
        assert note.text.startswith(
            "Houses: 40 to order. The nation builds 40 already by 1 January 2029; they are spread "
            "over the regions in proportion to what each lacks"
        )
        assert "gap of the nation by its own stock" not in note.text  # nobody knows it

    def test_the_note_has_orders_and_gap_side_by_side(
        self, house: tuple[Facility, ...], space: Space
    ) -> None:
        stock = pd.DataFrame({"region": ["X"], "kind": "house", "year": 2026, "value": [145.0],
                              "status": "observed"})  # fmt: skip
        population = people([100, 120, 140, 160], [50, 50, 50, 30])
        frame = orders_frame(population, YEARS, house, stock, space, 2026)
        needs = needs_frame(population, YEARS, house, stock, space, 2026)
        [note] = order_notes(frame, needs, house, "X")
        assert "Houses: 60 to order. The gap of the nation by its own stock is 45" in note.text
        assert "spare units of one help no other one" in note.text


class TestFalls:
    def test_places_that_are_short_today(self, house: tuple[Facility, ...], space: Space) -> None:
        """Need falls by 8 in North, where 20 are short, and by 30 in South, where nobody says so;
        of 45 in the nation the fall covers 8 there and 25 elsewhere."""
        flows = backlog(("X-1", 2024, 20.0), ("X", 2025, 45.0))
        population = people([100, 99, 95, 92], [50, 40, 30, 20])
        frame = orders_frame(population, YEARS, house, NONE, space, 2026, flows=flows)
        assert list(frame.columns) == [
            "region", "year", "kind", "action", "modules", "measure", "value", "unit", "status",
        ]  # fmt: skip
        found = frame.set_index(["region", "action", "measure"])["value"].to_dict()
        assert found == {
            ("X-1", "need_falls", "units"): 8, ("X-1", "need_falls", "short_published"): 20,
            ("X-1", "need_falls", "covered_by_fall"): 8, ("X-2", "do_not_build", "units"): 30,
            ("X", "need_falls", "units"): 38, ("X", "need_falls", "short_published"): 45,
            ("X", "need_falls", "covered_by_fall"): 33,
        }  # fmt: skip
        needs = needs_frame(population, YEARS, house, NONE, space, 2026, flows=flows)
        [note] = order_notes(frame, needs, house, "X")
        assert note.text == (
            "Houses: need falls by 38 in regions that order none, while 45 are short, as "
            "published; the fall covers 33 of them at most."
        )

    def test_a_shortage_that_is_gone_or_comes_later(
        self, house: tuple[Facility, ...], space: Space
    ) -> None:
        """None is short in North; South has a forecast of 3 in 2028."""
        flows = backlog(("X-1", 2026, 0.0), ("X-2", 2028, 3.0))
        frame = orders_frame(people([9, 8, 7, 6], [9, 9, 9, 5]), YEARS, house, NONE, space, 2026,
                             flows=flows)  # fmt: skip
        found = frame.set_index(["region", "action", "measure"])["value"].to_dict()
        assert found["X-1", "do_not_build", "units"] == 3
        assert found["X-2", "need_falls", "covered_by_fall"] == 3
        assert found["X", "do_not_build", "units"] == 7

    def test_covered_of_a_nation(self) -> None:
        nan = np.nan
        assert falls_covered(np.array([5.0, 9]), np.array([nan, nan]), 6.0) == 6
        assert falls_covered(np.array([5.0, 0]), np.array([2.0, 7]), 20.0) == 2
        assert falls_covered(np.array([5.0, 9]), np.array([2.0, nan]), 20.0) == 11
        assert falls_covered(np.array([5.0, 9]), np.array([2.0, nan]), nan) == 2


class TestPosts:
    def test_are_told_in_the_notes(self, dataset: fc.Dataset) -> None:
        plan = prepare(fc.load_scenario("baseline"), dataset)
        kinds = {each.kind: each for each in plan.facilities}
        for post in ("doctor", "general_practitioner"):
            assert np.isnan(kinds[post].lead_time_years)
            assert kinds[post].module_sizes == ()
        texts = [note.text for note in infrastructure_notes(
            plan.facilities, NONE, Flows(), dataset.space, 2026)]  # fmt: skip
        assert any("Told and not ordered, as posts and parts of other kinds are: Doctors, General "
                   "practitioners, Grade 1 places." in text for text in texts)  # fmt: skip
        notes = dataset.table("norms/facilities").set_index("kind")["note"]
        assert "trained for 8 years" in notes["doctor"]
        assert "part of the doctors" in notes["general_practitioner"]


class TestFaults:
    def test_units_of_all_tables_at_once(self, house: tuple[Facility, ...], space: Space) -> None:
        stock = pd.DataFrame({"region": ["X-1", "X-2"], "kind": "house", "year": 2026, "value": 9.0,
                              "unit": ["house", "m2"], "status": "observed"})  # fmt: skip
        rows = backlog(("X-1", 2024, 20.0), ("X", 2025, 45.0), ("X", 2026, 4.0)).backlog
        rows["unit"] = ["person", "house", "house"]
        rows["measure"] = ["units_short", "units_short", "users_beyond_shifts"]
        flows = Flows(pipeline=pipeline(("X", 2026, 40.0)).pipeline.assign(unit="place"),
                      backlog=rows)  # fmt: skip
        with pytest.raises(InputError) as raised:
            needs_frame(people([1, 1, 1, 1], [1, 1, 1, 1]), YEARS, house, stock, space, 2026,
                        flows=flows)  # fmt: skip
        text = str(raised.value)
        for fault in (
            "4 faults",
            "norms/capacities.csv, row 3, unit: 'm2' cannot stand here; the unit of this kind is "
            "'house'",
            "norms/pipeline.csv, row 2, unit: 'place' cannot stand here",
            "norms/backlog.csv, row 2, unit: 'person' cannot stand here",
            "norms/backlog.csv, row 4, unit: 'house' cannot stand here; users are counted in "
            "'persons'",
        ):
            assert fault in text, text

    def test_a_reserved_name_and_a_need_that_lasts_too_long(self, dataset: fc.Dataset) -> None:
        bad = dataset.table("norms/facilities").astype(object).copy()
        bad.loc[1, "kind"] = "total"
        bad.loc[2, "persist_years"] = 16
        with pytest.raises(InputError) as raised:
            read_facilities(bad, price=1.0, cost_unit="KZT")
        text = str(raised.value)
        assert "row 3, kind: 'total' cannot stand here; tables call all kinds together so" in text
        assert "row 4, persist_years: 16; must be from 0 to 15" in text

    def test_a_row_of_the_package_is_told_as_such_and_before_the_run(self, tmp_path: Path) -> None:
        """Nothing of it points to a lever that the scenario has not got."""
        source = Path(fc.load_dataset("kazakhstan").path)
        package = Path(shutil.copytree(source, tmp_path / "kazakhstan"))
        path = package / "norms" / "facilities.csv"
        whole = path.read_text(encoding="utf-8")
        path.write_text(whole.replace("total,6,17,0.5", "total,6,5,0.5"), encoding="utf-8")
        with pytest.raises(InputError) as raised:
            prepare(fc.load_scenario("baseline"), fc.load_dataset(package))
        assert str(raised.value) == (
            "norms/facilities.csv: row 2, age_to: the last age is below the first"
        )
        path.write_text(whole, encoding="utf-8")
        stock = package / "norms" / "capacities.csv"
        text = stock.read_text(encoding="utf-8").replace("7200,bed", "7200,place")
        stock.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=r"norms/capacities\.csv, row 2, unit: 'place' cannot"):
            prepare(fc.load_scenario("baseline"), fc.load_dataset(package))

    def test_an_override_is_told_at_its_lever(self, dataset: fc.Dataset) -> None:
        text = "title: t\nextends: baseline\nlevers: {norms: {school_place: {age_from: 40}}}\n"
        with pytest.raises(InputError, match=r"levers\.norms: row 2, age_to: the last age is be"):
            prepare(parse_scenario(text), dataset)
