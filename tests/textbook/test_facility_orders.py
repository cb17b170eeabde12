"""Orders, sizes, the stock of facilities and the closure by dwellings, computed by hand.

Sources: sums by hand; Hamilton and Perry (1962) for the years after a run.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from forecast.dataset import Dataset, load_dataset
from forecast.errors import InputError
from forecast.infrastructure import (
    Facility,
    Flows,
    capacity_path,
    dwelling_led,
    needs_frame,
    orders_frame,
    read_facilities,
)
from forecast.infrastructure.facilities import sizes_of
from forecast.infrastructure.orders import ahead, lasting, modules_for
from forecast.infrastructure.stock import balance, stock_path
from forecast.space import AGES, Region, Space

SIZES = (300.0, 600.0, 900.0, 1200.0, 1500.0, 2500.0)
YEARS = [2026, 2027, 2028, 2029]
NONE = pd.DataFrame(columns=["region", "kind", "year", "value", "status"])


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return load_dataset("kazakhstan").table("norms/facilities")


@pytest.fixture
def space() -> Space:
    names = {"en": "North", "ru": "Север", "kk": "Солтүстік"}
    south = {"en": "South", "ru": "Юг", "kk": "Оңтүстік"}
    return Space((Region("X-1", "1", "region", names), Region("X-2", "2", "region", south)), "X")


def one_each(table: pd.DataFrame, **changes: object) -> tuple[Facility, ...]:
    """A kind of which everyone aged 40 needs one unit; sizes 10 and 25, two years to build."""
    row = table.iloc[0].to_dict() | {
        "kind": "hall", "age_from": 40, "age_to": 40, "first_age_share": 1, "last_age_share": 1,
        "rate": 1, "shifts": 1, "module_sizes": "10;25", "lead_time_years": 2, "life_years": 10,
        "persist_years": 2, "cost_low": 1, "cost_central": 2, "cost_high": 3, "status": "derived",
    } | changes  # fmt: skip
    return read_facilities(pd.DataFrame([row]), price=1000.0, cost_unit="KZT 2026")


def people(*paths: list[float]) -> np.ndarray:
    """(sex, age, region, year) women aged 40, and nobody at other ages."""
    population = np.zeros((2, len(AGES), len(paths), len(paths[0])))
    population[0, 40] = paths
    return population


class TestSizes:
    @pytest.mark.parametrize(
        "short, rest, built",
        [
            (100, 100, {}),  # less than half of the smallest
            (150, 150, {300: 1}),
            (100, 590, {600: 1}),  # what is still to come is built at once
            (1600, 1600, {1500: 1}),  # 100 are left: not worth a building
            (1700, 1700, {1500: 1, 300: 1}),
            (1900, 1900, {2500: 1}),  # three quarters full: one building
            (6000, 6000, {2500: 2, 1200: 1}),
            (100, 6000, {2500: 1}),  # the others when they are needed
        ],
    )
    def test_chosen(self, short: float, rest: float, built: dict[float, int]) -> None:
        assert dict(modules_for(short, rest, SIZES)) == built

    def test_posts_are_rounded_up_to_whole_ones(self) -> None:
        assert dict(modules_for(10.6, 10.6, (1.0,))) == {1: 11}
        assert dict(modules_for(10.2, 99.0, (1.0,))) == {1: 11}

    def test_written(self) -> None:
        assert sizes_of("300;600") == (300, 600)
        assert sizes_of("1") == (1,)
        for bad in ("", "600;300", "300;300", "0;5", "a;5", "300,600", "nan", "inf"):
            assert sizes_of(bad) == (), bad


class TestLasting:
    def test_a_peak_that_falls_away_is_not_built_for(self) -> None:
        short = np.array(
            [[0, 30, 50, 20, 20, 20.0], [0, 5, 9, 14, 20, 26], [0, -3, -5, -9, -9, -9]]
        )
        found = lasting(short, 2, 4)
        assert found.tolist() == [[0, 20, 20, 20], [0, 5, 9, 14], [0, 0, 0, 0]]

    def test_years_after_the_run_are_looked_at(self) -> None:
        short = np.array([[0, 10, 20, 30, 25, 4.0]])
        assert lasting(short, 2, 4).tolist() == [[0, 10, 20, 20]]
        assert lasting(short, 3, 4).tolist() == [[0, 10, 10, 10]]
        assert lasting(short, 0, 4).tolist() == [[0, 10, 20, 30]]

    def test_cohorts_go_on_as_in_the_last_year(self) -> None:
        population = np.zeros((2, len(AGES), 1, 2))
        population[0, 10, 0] = [100, 80]
        population[0, 11, 0] = [50, 110]
        population[0, 12, 0] = [0, 45]
        population[:, 0, 0, 1] = 7
        population[0, 100, 0] = [40, 30]
        later = ahead(population, 2)
        assert_allclose(later[0, 11, 0, 0], 80 * 1.1)
        assert_allclose(later[0, 12, 0, 0], 110 * 0.9)
        assert_allclose(later[0, 12, 0, 1], 80 * 1.1 * 0.9)
        assert_allclose(later[0, 100, 0], [30 * 0.75, 30 * 0.75**2])
        assert_allclose(later[:, 0, 0], 7)
        assert ahead(population[..., :1], 3).shape == (2, len(AGES), 1, 3)


class TestOrders:
    def test_by_hand(self, table: pd.DataFrame, space: Space) -> None:
        """North grows 100 -> 148: 10 + 12 + 26 lasting; South falls by 6 after a peak of 3.

        Everybody aged 40 stays 40 here, as the ratios of the ages around are 1 by nobody there;
        after the run nobody is 40, so nothing lasts longer than the run: persist 0.
        """
        population = people([100, 110, 122, 148], [50, 53, 50, 44])
        frame = orders_frame(population, YEARS, one_each(table, persist_years=0), NONE, space, 2026)
        assert list(frame.columns) == [
            "region", "year", "kind", "action", "modules", "measure", "value", "unit", "status",
        ]  # fmt: skip
        cells = frame.set_index(["region", "action", "year", "measure"])
        value, modules = cells["value"], cells["modules"]
        units = frame[(frame["measure"] == "units") & frame["action"].isin(["order", "order_now"])]
        north = units[units["region"] == "X-1"]
        assert north[["year", "action", "modules", "value"]].to_numpy().tolist() == [
            [2027, "order_now", "1 × 25", 25.0],  # 48 are to come: the largest one first
            [2029, "order", "1 × 25", 25.0],
        ]
        assert value["X-1", "order_now", 2027, "order_year"] == 2025
        assert value["X-1", "order", 2029, "order_year"] == 2027
        assert value["X-1", "order", 2029, "cost_central"] == 25 * 2000
        assert value["X-2", "temporary", 2027, "units"] == 3
        assert value["X-2", "do_not_build", 2029, "units"] == 6
        assert modules["X", "order", 2029, "units"] == "1 × 25"
        spent = frame[(frame["measure"] == "spending_high") & (frame["region"] == "X-1")]
        assert spent.set_index("year")["value"].to_dict() == {
            2026: 37_500, 2027: 37_500 + 37_500, 2028: 37_500,
        }  # fmt: skip
        assert set(units["status"]) == {"assumption"}
        assert cells["status"]["X-2", "do_not_build", 2029, "units"] == "projected"

    def test_a_need_that_does_not_last_is_bridged(self, table: pd.DataFrame, space: Space) -> None:
        population = people([100, 160, 160, 100], [50, 50, 50, 50])
        frame = orders_frame(population, YEARS, one_each(table, persist_years=3), NONE, space, 2026)
        found = frame[frame["region"] == "X-1"].set_index("action")
        assert set(found.index) == {"temporary"}
        assert found["value"]["temporary"] == 60

    def test_a_known_stock_orders_its_gap(self, table: pd.DataFrame, space: Space) -> None:
        """North has 90 units for 100 users; 4 retire in 2026; 20 come in 2027, half sure."""
        stock = pd.DataFrame({"region": ["X-1"], "kind": "hall", "year": 2026, "value": [90.0],
                              "status": "observed"})  # fmt: skip
        flows = Flows(
            vintages=pd.DataFrame([("X-1", "hall", 2016, 2016, 4.0, "place", "observed")],
                                  columns=["region", "kind", "year_from", "year_to", "units",
                                           "unit", "status"]),
            pipeline=pd.DataFrame([("X-1", "hall", 2027, 20.0, 0.5, "place", "observed")],
                                  columns=["region", "kind", "year", "units", "probability",
                                           "unit", "status"]),
        )  # fmt: skip
        kinds = one_each(table, persist_years=0)
        population = people([100, 100, 100, 100], [50, 50, 50, 50])
        needs = needs_frame(population, YEARS, kinds, stock, space, 2026, flows=flows)
        found = needs.set_index(["measure", "region", "year"]).sort_index()["value"]
        assert found["capacity", "X-1"].tolist() == [90, 86, 96, 96]
        assert found["retired", "X-1"].tolist() == [0, 4, 4, 4]
        assert found["completed", "X-1"].tolist() == [0, 0, 10, 10]
        assert found["gap", "X-1"].tolist() == [10, 14, 4, 4]
        assert_allclose(found["users_per_unit", "X-1"], [100 / 90, 100 / 86, 100 / 96, 100 / 96])
        assert found["retired", "X-2"].isna().all()
        assert found["capacity", "X"].isna().all()
        frame = orders_frame(population, YEARS, kinds, stock, space, 2026, flows=flows)
        ordered = frame[(frame["measure"] == "units") & frame["region"].eq("X-1")]
        assert ordered[["action", "year", "value"]].to_numpy().tolist() == [
            ["order_now", 2026, 10.0], ["temporary", 2027, 4.0],
        ]  # fmt: skip

    def test_the_nation_is_the_sum_and_no_people_order_nothing(
        self, table: pd.DataFrame, space: Space
    ) -> None:
        kinds = one_each(table, persist_years=0)
        frame = orders_frame(people([10, 40, 80, 90], [5, 30, 31, 60]), YEARS, kinds, NONE, space,
                             2026)  # fmt: skip
        sums = frame[frame["measure"] != "order_year"].groupby(["region", "action", "measure"])
        wide = sums["value"].sum().unstack("region")
        assert_allclose(wide["X"], wide[["X-1", "X-2"]].sum(axis=1))
        nobody = orders_frame(people([0, 0], [0, 0]), YEARS[:2], kinds, NONE, space, 2026)
        assert nobody.empty

    def test_unknown_costs_stay_unknown(self, table: pd.DataFrame, space: Space) -> None:
        nothing = dict.fromkeys(("cost_low", "cost_central", "cost_high"), np.nan)
        kinds = one_each(table, persist_years=0, cost_status="unknown", **nothing)
        frame = orders_frame(people([0, 30], [0, 0]), YEARS[:2], kinds, NONE, space, 2026)
        money = frame[frame["measure"].str.contains("cost|spending")]
        assert money["value"].isna().all()
        assert set(money["status"]) == {"unknown"}
        assert (frame.loc[frame["measure"] == "units", "value"] == 35).all()  # 25 and 10


class TestANewKindIsARow:
    def test_fire_stations_from_needs_to_orders(self, table: pd.DataFrame, space: Space) -> None:
        """One station for 50,000 people; 400 thousand more people order eight of them."""
        row = table.iloc[0].to_dict() | {
            "kind": "fire_station", "name_en": "Fire stations", "name_ru": "Пожарные депо",
            "name_kk": "Өрт сөндіру деполары", "unit": "station", "unit_en": "stations",
            "unit_ru": "депо", "unit_kk": "депо", "age_from": 0, "age_to": 100,
            "first_age_share": 1, "last_age_share": 1, "rate": 1, "per_1000": 0.02, "shifts": 1,
            "module_sizes": "1", "lead_time_years": 3, "persist_years": 0, "status": "assumption",
            "source": "a planner",
        }  # fmt: skip
        kinds = read_facilities(
            pd.concat([table, pd.DataFrame([row])], ignore_index=True), price=1.0, cost_unit="KZT"
        )
        population = people([1e6, 1.2e6, 1.4e6, 1.4e6], [1e6, 1e6, 1e6, 0.9e6])
        needs = needs_frame(population, YEARS, kinds, NONE, space, 2026)
        orders = orders_frame(population, YEARS, kinds, NONE, space, 2026)
        need = needs[(needs["kind"] == "fire_station") & (needs["measure"] == "need")]
        assert_allclose(need[need["region"] == "X-1"]["value"], [20, 24, 28, 28])
        station = orders[(orders["kind"] == "fire_station") & (orders["measure"] == "units")]
        north = station[station["region"] == "X-1"]
        assert north[["action", "year", "value", "unit"]].to_numpy().tolist() == [
            ["order_now", 2027, 4.0, "station"], ["order_now", 2028, 4.0, "station"],
        ]  # fmt: skip
        south = station[station["region"] == "X-2"]
        assert south[["action", "value"]].to_numpy().tolist() == [["do_not_build", 2.0]]


class TestFaults:
    def test_of_sizes_and_of_a_kind_without_unit_or_source(self, table: pd.DataFrame) -> None:
        bad = table.astype(object).copy()
        bad.loc[0, "module_sizes"] = "600;300"
        bad.loc[1, "module_sizes"] = ""
        bad.loc[2, "persist_years"] = np.nan
        bad.loc[3, "unit"] = ""
        bad.loc[4, "source"] = None
        bad.loc[5, "retired_share"] = 3
        with pytest.raises(InputError) as raised:
            read_facilities(bad, price=1.0, cost_unit="KZT")
        text = str(raised.value)
        for fault in (
            "norms/facilities.csv: 6 faults",
            "row 2, module_sizes: '600;300' is no list of sizes; write numbers above 0 that rise",
            "row 3, module_sizes: the cell is empty; write the sizes of its buildings, or 1 for",
            "row 4, persist_years: the cell is empty; a kind that is ordered has lead_time_years",
            "row 5, unit: the cell is empty",
            "row 6, source: the cell is empty",
            "row 7, retired_share: 3; must be from 0 to 1",
        ):
            assert fault in text, text

    def test_of_vintages_and_pipeline_all_at_once(self, table: pd.DataFrame, space: Space) -> None:
        vintages = pd.DataFrame(
            [("X-9", "hall", 1990, 2000, 5, "place"), ("X-1", "hal", 1990, 2000, 5, "place"),
             ("X-1", "hall", 2000, 1990, 5, "place"), ("X-1", "hall", 1990, 2000, -5, "bed")],
            columns=["region", "kind", "year_from", "year_to", "units", "unit"],
        ).assign(status="observed")  # fmt: skip
        pipeline = pd.DataFrame(
            [("X-1", "hall", 2027, 5, 1.5, "place")],
            columns=["region", "kind", "year", "units", "probability", "unit"],
        ).assign(status="observed")
        flows = Flows(vintages, pipeline)
        with pytest.raises(InputError) as raised:
            balance(NONE, flows, one_each(table), space, YEARS)
        text = str(raised.value)
        for fault in (
            "6 faults",
            "norms/vintages.csv, row 2, region: no region 'X-9'",
            "norms/vintages.csv, row 3, kind: no facility 'hal'; did you mean 'hall'?",
            "norms/vintages.csv, row 4, year_to: the last year is before the first",
            "norms/vintages.csv, row 5, unit: 'bed' cannot stand here; the unit of this kind is",
            "norms/vintages.csv, row 5, units: '-5' is not a number from 0 up",
            "norms/pipeline.csv, row 2, probability: 1.5; must be from 0 to 1",
        ):
            assert fault in text, text


class TestStock:
    def test_what_is_ordered_stands_after_its_lead(self) -> None:
        """100 - 10 a year; 5 finished in the second; 30 ordered on the first 1 January, 2 years."""
        retiring = np.full((1, 1, 3), 10.0)
        completing = np.array([[[0.0, 5, 0]]])
        ordered = np.array([[[30.0, 0, 0, 0]]])
        path, gone = stock_path(np.array([[100.0]]), retiring, completing, ordered, np.array([2.0]))
        assert path[0, 0].tolist() == [100, 90, 115, 105]
        assert gone[0, 0].tolist() == [10, 10, 10]

    def test_capacity_for_the_gate(self) -> None:
        """(kind, region, year): nothing changes a region without flows of its own."""
        dataset: Dataset = load_dataset("kazakhstan")
        from forecast.infrastructure import load_facilities

        kinds = load_facilities(dataset)
        found = capacity_path(dataset, kinds, dataset.space, [2026, 2027, 2028])
        assert found.shape == (len(kinds), len(dataset.space), 3)
        beds = found[[f.kind for f in kinds].index("hospital_bed")]
        assert (np.isfinite(beds).all(axis=1)).sum() == 6
        assert (
            beds[np.isfinite(beds)].reshape(6, 3) == beds[np.isfinite(beds)].reshape(6, 3)[:, :1]
        ).all()
        schools = found[[f.kind for f in kinds].index("school_place")]
        assert np.isnan(schools).all()


class TestDwellingLed:
    def test_by_hand(self) -> None:
        """100 dwellings, a tenth empty: 90 households. Those there form 10 (20 adults x .5).
        Arrivals are half adults: one household for four of them -> (90 - 10) / .25 = 320."""
        before, after = np.zeros((2, len(AGES))), np.zeros((2, len(AGES)))
        after[0, 30] = 20
        headship = np.zeros((2, len(AGES)))
        headship[:, 20:] = 0.5
        composition = np.zeros((2, len(AGES)))
        composition[0, 30] = composition[1, 5] = 0.5
        found = dwelling_led(np.array(100.0), 0.1, before, after, headship, composition)
        assert_allclose(found, 320)

    def test_children_alone_fill_no_dwelling(self) -> None:
        nobody = np.zeros((2, len(AGES)))
        with pytest.raises(InputError, match="nobody among the arrivals heads a household"):
            dwelling_led(np.array(1.0), 0.0, nobody, nobody, nobody, nobody + 1 / nobody.size)
