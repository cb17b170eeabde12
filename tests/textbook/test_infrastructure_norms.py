"""The infrastructure room against its formulas and the published figures behind the norms.

Sources: needs by hand; Bureau of National Statistics of Kazakhstan (pupils 2022/23, beds, doctors,
dwellings, registered births); unit costs recomputed from the sums that norms/facilities names.
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
    infrastructure_notes,
    load_capacities,
    load_facilities,
    load_flows,
    need,
    needs_frame,
    read_facilities,
    users,
)
from forecast.infrastructure.needs import MEASURES
from forecast.space import AGES, Region, Space
from forecast.tables import Population

KNOWN_NATIONALLY = {"kindergarten_place", "hospital_bed", "doctor", "dwelling"}


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset("kazakhstan")


@pytest.fixture(scope="module")
def table(dataset: Dataset) -> pd.DataFrame:
    return dataset.table("norms/facilities")


@pytest.fixture(scope="module")
def kinds(dataset: Dataset) -> dict[str, Facility]:
    return {facility.kind: facility for facility in load_facilities(dataset)}


@pytest.fixture(scope="module")
def people(dataset: Dataset) -> dict[int, np.ndarray]:
    """(sex, age, region) persons on each 1 January of the estimated table."""
    estimated = dataset.table("estimated/population")
    return {
        int(year): Population.from_frame(rows, dataset.space, source="population").values
        for year, rows in estimated.groupby("year")
    }


@pytest.fixture
def space() -> Space:
    names = {"en": "North", "ru": "Север", "kk": "Солтүстік"}
    south = {"en": "South", "ru": "Юг", "kk": "Оңтүстік"}
    return Space((Region("X-1", "1", "region", names), Region("X-2", "2", "region", south)), "X")


def written(table: pd.DataFrame, **changes: object) -> pd.DataFrame:
    """The norms table with its first row changed: the row that a planner would copy."""
    row = table.iloc[0].to_dict() | changes
    return pd.DataFrame([row], columns=table.columns)


def read(table: pd.DataFrame, **options: object) -> tuple[Facility, ...]:
    return read_facilities(table, price=1000.0, cost_unit="KZT 2026", **options)  # type: ignore[arg-type]


class TestByHand:
    def test_users_and_need_of_a_school(self, table: pd.DataFrame) -> None:
        """Half of those aged 6 and 17 and all between, 90 % of them, in two shifts, 95 % usable:
        1 each at 6, 7, 17 and 18 -> .5 + 1 + .5 = 2 -> 1.8 users -> 1.8 / 1.9 places."""
        [school] = read(written(table, rate=0.9, shifts=2, usable_share=0.95))
        population = np.zeros((2, len(AGES)))
        population[1, [6, 7, 17, 18]] = 1
        assert_allclose(users(school, population), 1.8)
        assert_allclose(need(school, population), 1.8 / 1.9)

    def test_one_sex_and_one_age(self, table: pd.DataFrame) -> None:
        [beds] = read(
            written(table, sex="female", age_from=30, age_to=30, first_age_share=0.5,
                    last_age_share=1, rate=1, per_1000=2, shifts=1)
        )  # fmt: skip
        population = np.full((2, len(AGES), 3), 10.0)
        assert_allclose(users(beds, population), [5, 5, 5])
        assert_allclose(need(beds, population), [0.01, 0.01, 0.01])

    def test_gap_added_need_and_cost(self, table: pd.DataFrame, space: Space) -> None:
        """10 and 20 people, then 16 and 18; one unit each; 12 units stand in the first region."""
        [kind] = read(
            written(table, age_from=0, age_to=100, first_age_share=1, last_age_share=1, rate=1,
                    shifts=1, cost_low=1, cost_central=2, cost_high=np.nan)
        )  # fmt: skip
        population = np.zeros((2, len(AGES), 2, 2))
        population[0, 40] = [[10, 16], [20, 18]]
        stock = pd.DataFrame(
            {"region": "X-1", "kind": "school_place", "year": [2020, 2026], "value": [5.0, 12]}
        ).assign(status="observed")
        frame = needs_frame(population, [2026, 2027], [kind], stock, space, 2026)
        found = frame.set_index(["measure", "region", "year"]).sort_index()
        value, status = found["value"], found["status"]
        assert value["gap", "X-1"].tolist() == [-2, 4]
        assert value["added_need", "X-1"].tolist() == [0, 6]
        assert value["added_need", "X"].tolist() == [0, 4]
        assert value["cost_central", "X-1"].tolist() == [0, 8000]
        assert value["added_cost_low", "X-2"].tolist() == [0, 0]
        for unknown in (("gap", "X-2"), ("cost_low", "X-2"), ("gap", "X"), ("cost_high", "X-1")):
            assert value[unknown].isna().all(), unknown
            assert (status[unknown] == "unknown").all(), unknown
        assert found["unit"]["cost_low", "X-1", 2026] == "KZT 2026"
        assert found["unit"]["users", "X-1", 2026] == "persons"
        assert list(frame.columns) == [
            "region", "year", "kind", "measure", "value", "unit", "status",
        ]  # fmt: skip
        assert set(frame["measure"]) == set(MEASURES)

    def test_weakest_status_is_shown(self, table: pd.DataFrame, space: Space) -> None:
        [assumed] = read(written(table, status="assumption"))
        population = np.ones((2, len(AGES), 2, 1))
        stock = pd.DataFrame({"region": ["X-1", "X-2"], "kind": "school_place", "year": 2026,
                              "value": [5.0, 12], "status": ["observed", "estimated"]})  # fmt: skip
        frame = needs_frame(population, [2026], [assumed], stock, space, 2026)
        status = frame.set_index(["measure", "region"])["status"]
        assert status["need", "X-1"] == status["gap", "X-1"] == "assumption"
        assert status["capacity", "X-1"] == "observed"
        assert status["capacity", "X"] == "estimated"  # the sum of two known regions
        value = frame.set_index(["measure", "region"])["value"]
        assert value["capacity", "X"] == 17

    def test_a_scenario_changes_a_norm(self, dataset: Dataset) -> None:
        changed = {f.kind: f for f in load_facilities(dataset, {"school_place": {"shifts": 1}})}
        usual = {f.kind: f for f in load_facilities(dataset)}
        assert changed["school_place"].per_user == 2 * usual["school_place"].per_user
        assert changed["hospital_bed"] == usual["hospital_bed"]
        with pytest.raises(InputError, match=r"school_plase: no facility .*'school_place'"):
            load_facilities(dataset, {"school_plase": {"shifts": 1}})


class TestANewKindIsARow:
    def test_fire_stations(self, table: pd.DataFrame, space: Space) -> None:
        row = written(
            table, kind="fire_station", name_en="Fire stations", name_ru="Пожарные депо",
            name_kk="Өрт сөндіру деполары", unit="station", unit_en="stations", unit_ru="депо",
            unit_kk="депо", age_from=0, age_to=100, first_age_share=1, last_age_share=1, rate=1,
            per_1000=0.02, shifts=1, status="assumption", source="a planner",
        )  # fmt: skip
        facilities = read(pd.concat([table, row], ignore_index=True))
        population = np.full((2, len(AGES), 2, 1), 1000.0)
        empty = pd.DataFrame(columns=["region", "kind", "year", "value", "status"])
        frame = needs_frame(population, [2026], facilities, empty, space, 2026)
        stations = frame[frame["kind"] == "fire_station"].set_index(["measure", "region"])
        assert_allclose(stations["value"]["need", "X-1"], 202_000 * 0.02 / 1000)
        assert stations["unit"]["need", "X"] == "station"
        assert np.isnan(stations["value"]["gap", "X"])


class TestFaults:
    def test_all_of_a_table_at_once_with_row_and_column(self, table: pd.DataFrame) -> None:
        bad = table.astype(object).copy()
        bad.loc[0, "rate"] = "most"
        bad.loc[1, "sex"] = "femal"
        bad.loc[2, "per_1000"] = np.nan
        bad.loc[3, "age_from"] = 130
        bad.loc[4, "kind"] = "doctor"
        bad.loc[5, "cost_low"] = 9e9
        bad.loc[6, "name_kk"] = None
        bad.loc[0, "cost_status"] = "unknown"
        with pytest.raises(InputError) as raised:
            read(bad)
        text = str(raised.value)
        for fault in (
            "norms/facilities.csv: 9 faults",
            "row 2, rate: 'most' is not a number",
            "row 3, sex: 'femal' cannot stand here; did you mean 'female'?",
            "row 4, per_1000: the cell is empty",
            "row 5, age_from: 130; must be from 0 to 100",
            "row 5, age_to: the last age is below the first",
            "row 6, kind: the row repeats an earlier one",
            "row 7, cost_low: cost_low is above cost_central",
            "row 8, name_kk: the cell is empty",
            "row 2, cost_status: a cost is given with the status 'unknown'",
        ):
            assert fault in text, text

    def test_columns(self, table: pd.DataFrame) -> None:
        with pytest.raises(InputError) as raised:
            read(table.rename(columns={"shifts": "shift"}))
        text = str(raised.value)
        assert "no column 'shifts'; did you mean 'shift'?" in text
        assert "unknown column 'shift'; did you mean 'shifts'?" in text

    def test_capacity_of_an_unknown_region_or_kind(
        self, kinds: dict[str, Facility], space: Space
    ) -> None:
        stock = pd.DataFrame({"region": ["X-9"], "kind": ["school_plase"], "year": [2026],
                              "value": [np.nan], "status": ["observed"]})  # fmt: skip
        population = np.ones((2, len(AGES), 2, 1))
        with pytest.raises(InputError) as raised:
            needs_frame(population, [2026], list(kinds.values()), stock, space, 2026)
        text = str(raised.value)
        assert "row 2, region: no region 'X-9'" in text
        assert "row 2, kind: no facility 'school_plase'; did you mean 'school_place'?" in text
        assert "row 2, value: 'nan' is not a number from 0 up" in text


class TestUnitCosts:
    """Sums and sizes that cost_source names, in monthly calculation indices of their year."""

    @pytest.mark.parametrize(
        "kind, level, money, units, year",
        [
            ("school_place", 0, 2 * 96.5e9, 78_000, 2023),  # two-shift places count double
            ("school_place", 1, 2.4e12, 740_000, 2023),
            ("school_place", 2, 4.8e6, 1, 2022),
            ("kindergarten_place", 1, 2e9, 280, 2024),
            ("hospital_bed", 0, 6.2e9, 200, 2020),
            ("hospital_bed", 1, 36.4e9, 300, 2025),
            ("hospital_bed", 2, 200e9, 570, 2025),
            ("clinic_visit", 0, 2e9, 200, 2024),
            ("clinic_visit", 1, 2.5e9, 250, 2020),
            ("clinic_visit", 2, 16.5e9, 1000, 2024),
            ("dwelling", 0, 88.0e3 * 109.5, 1, 2022),
            ("dwelling", 1, 148.7e3 * 109.5, 1, 2022),
            ("dwelling", 2, 214.6e3 * 109.5, 1, 2022),
        ],
    )
    def test_recomputed(
        self, dataset: Dataset, kinds: dict[str, Facility], kind: str, level: int, money: float,
        units: float, year: int,
    ) -> None:  # fmt: skip
        index = dataset.table("norms/price_index").set_index("year")["value"]
        priced = money / units / index[year] * index[2026]
        assert_allclose(kinds[kind].cost[level], priced, rtol=0.006)
        assert kinds[kind].cost_unit == "KZT 2026"

    def test_what_is_not_published_stays_unknown(self, kinds: dict[str, Facility]) -> None:
        for kind in ("doctor", "general_practitioner"):
            assert np.isnan(kinds[kind].cost).all()
            assert kinds[kind].cost_status == "unknown"


class TestPublished:
    def test_pupils(self, kinds: dict[str, Facility], people: dict[int, np.ndarray]) -> None:
        """3,709,673 at the start of 2022/23 (the norm stands on it); 2021/22 and 2024/25 held out:
        3,597,159 and "3.9 million" (Ministry of Education, August 2024)."""
        school = kinds["school_place"]
        found = {year: users(school, stock).sum() for year, stock in people.items()}
        assert_allclose(found[2023], 3_709_673, rtol=0.002)
        assert_allclose(found[2022], 3_597_159, rtol=0.02)
        assert_allclose(found[2025], 3.9e6, rtol=0.02)

    def test_norms_of_service_are_todays_stock(
        self, dataset: Dataset, kinds: dict[str, Facility], people: dict[int, np.ndarray]
    ) -> None:
        frame = base_frame(dataset, kinds, people)
        nation = frame[(frame["region"] == "KZ")].set_index(["kind", "measure"])["value"]
        for kind, stock in (("hospital_bed", 105_699), ("doctor", 83_994), ("dwelling", 6_200_000)):
            assert nation[kind, "capacity"] == stock
            assert abs(nation[kind, "gap"]) < 0.001 * stock

    def test_known_and_unknown(
        self, dataset: Dataset, kinds: dict[str, Facility], people: dict[int, np.ndarray]
    ) -> None:
        """Beds of six regions, doctors of all, nothing regional else; unknown is never 0."""
        frame = base_frame(dataset, kinds, people)
        gaps = frame[frame["measure"] == "gap"]
        nation, regions = gaps[gaps["region"] == "KZ"], gaps[gaps["region"] != "KZ"]
        assert set(nation.loc[nation["value"].notna(), "kind"]) == KNOWN_NATIONALLY
        known = regions[regions["value"].notna()].groupby("kind")["region"].nunique()
        assert known.to_dict() == {"hospital_bed": 6, "doctor": 20}
        assert (frame["value"].isna() == (frame["status"] == "unknown")).all()
        doctors = frame[(frame["kind"] == "doctor") & (frame["measure"] == "capacity")]
        by_region = doctors.set_index("region")["value"]
        assert by_region.drop("KZ").sum() == by_region["KZ"]

    def test_notes_list_what_is_not_published(
        self, dataset: Dataset, kinds: dict[str, Facility]
    ) -> None:
        stock = load_capacities(dataset)
        notes = infrastructure_notes(
            list(kinds.values()), stock, load_flows(dataset), dataset.space, 2026
        )
        held, cost = notes[1], notes[-1]
        assert "Not published at all: School places, General practitioners" in held.text
        assert "Published for some regions only: Hospital beds (6/20)." in held.text
        assert "Doctors" in cost.text

    def test_children_of_2021_reach_grade_1_in_2027_and_2028(
        self, kinds: dict[str, Facility]
    ) -> None:
        """Half enter in September 2027, aged 6 on 1 January 2028, the others a year later."""
        school = kinds["school_place"]
        entered = []
        for year in (2027, 2028, 2029):
            population = np.zeros((2, len(AGES)))
            population[0, year - 2021 - 1] = 1.0
            entered.append(float(users(school, population)) / school.rate)
        assert entered == [0, 0.5, 1]

    def test_kindergartens_empty_while_schools_fill(
        self, dataset: Dataset, kinds: dict[str, Facility], people: dict[int, np.ndarray]
    ) -> None:
        """By 2031 children of 2-6 are about a fifth fewer while pupils still grow; births from
        2026 on as in 2025, nobody dies or moves: the shape, not a forecast."""
        base = people[2026].sum(axis=2)
        born = dataset.table("vital_events").set_index(["region", "event", "year"])["value"]
        ahead = np.zeros_like(base)
        ahead[:, 5:] = base[:, :-5]
        ahead[:, :5] = born["KZ", "births", 2025] / 2
        small = [users(kinds["kindergarten_place"], stock) for stock in (base, ahead)]
        pupils = [users(kinds["school_place"], stock) for stock in (base, ahead)]
        assert -0.22 < small[1] / small[0] - 1 < -0.15
        assert 0.03 < pupils[1] / pupils[0] - 1 < 0.12


def base_frame(
    dataset: Dataset, kinds: dict[str, Facility], people: dict[int, np.ndarray]
) -> pd.DataFrame:
    return needs_frame(
        people[2026][..., None], [2026], list(kinds.values()), load_capacities(dataset),
        dataset.space, 2026,
    )  # fmt: skip
