"""What must hold of labour and infrastructure whatever the numbers are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from forecast.dataset import Dataset, load_dataset
from forecast.infrastructure import load_facilities, need, needs_frame
from forecast.labour import LabourBase, calibrate_labour, labour_year
from forecast.labour.demand import Trend, jobs_ahead
from forecast.labour.supply import participation_at, single_ages
from forecast.space import AGES, SEXES, Space

REGIONS = 3
NONE_LOCAL = np.zeros(2, dtype=bool)
SHAPE = (len(SEXES), len(AGES), REGIONS)
PEOPLE = arrays(float, SHAPE, elements=st.floats(0, 1e5), fill=st.floats(1, 1e4))
SHARES = arrays(float, SHAPE[:2], elements=st.floats(0, 0.99), fill=st.floats(0, 0.99))
EXTRA = arrays(float, (REGIONS, 2, 1), elements=st.floats(0, 1e4))
NO_STOCK = pd.DataFrame(columns=["region", "kind", "year", "value", "status"])


class OneSector:
    """Two sections in one sector, three regions with simple numbers."""

    def __init__(self, dataset: Dataset, order: tuple[int, ...] = (0, 1, 2)) -> None:
        self.space: Space = dataset.space.permuted(list(range(REGIONS))).permuted(order)
        self.dataset = dataset

    def has(self, name: str) -> bool:
        return self.dataset.has(name)

    def table(self, name: str) -> pd.DataFrame:
        frame = self.dataset.table(name)
        if "region" in frame.columns:
            return frame[frame["region"].isin(self.space.ids)]
        if name == "employment_section":
            return self._sections(frame)
        return frame

    def _sections(self, frame: pd.DataFrame) -> pd.DataFrame:
        """National sections of a nation of three regions: their sectors, split as the whole."""
        sectors = self.table("employment_sector").groupby(["sector", "year"])["value"].sum()
        named = self.dataset.table("norms/sections").set_index("section")["sector"]
        frame = frame[frame["section"] != "total"].copy()
        sector = frame["section"].map(named)
        whole = frame.groupby([sector, "year"])["value"].transform("sum")
        wanted = [sectors.get((s, y), np.nan) for s, y in zip(sector, frame["year"], strict=True)]
        known = ~np.isnan(wanted)
        frame["value"] = np.where(known, frame["value"] / whole * wanted, frame["value"])
        return frame


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset("kazakhstan")


def stocks(dataset: Dataset, order: tuple[int, ...]) -> dict[int, np.ndarray]:
    """Populations of both Januaries with everyone of working age, in proportion to the totals."""
    table = dataset.table("population").set_index(["region", "year", "sex"])["value"]
    ids = [dataset.space.ids[place] for place in order]
    ages = np.where((np.array(AGES) >= 15) & (np.array(AGES) < 65), 1 / 50, 0.0)
    return {
        year: np.stack([[table[r, year, sex] * ages for r in ids] for sex in SEXES]).transpose(
            0, 2, 1
        )
        for year in (2024, 2025, 2026)
    }


@pytest.fixture(scope="module")
def base(dataset: Dataset) -> LabourBase:
    small = OneSector(dataset)
    return calibrate_labour(small, small.space, stocks(dataset, (0, 1, 2)))


class TestLabour:
    def test_base_year_balances(self, dataset: Dataset, base: LabourBase) -> None:
        years = stocks(dataset, (0, 1, 2))
        found = labour_year(base, (years[2025] + years[2026]) / 2, 2025)
        assert_allclose(found.deficit, 0, atol=1e-6)

    def test_permuted_regions_give_permuted_results(
        self, dataset: Dataset, base: LabourBase
    ) -> None:
        order = (2, 0, 1)
        turned = OneSector(dataset, order)
        other = calibrate_labour(turned, turned.space, stocks(dataset, order))
        years = stocks(dataset, (0, 1, 2))
        one = labour_year(base, years[2026], 2029)
        two = labour_year(other, years[2026][..., list(order)], 2029)
        assert_allclose(two.deficit, one.deficit[list(order)], rtol=1e-9)
        assert_allclose(two.demand, one.demand[list(order)], rtol=1e-9)

    @given(PEOPLE)
    def test_twice_the_people_are_twice_the_supply(
        self, base: LabourBase, people: np.ndarray
    ) -> None:
        one, two = (labour_year(base, people * k, 2027) for k in (1, 2))
        assert_allclose(two.supply, 2 * one.supply)
        assert_allclose(two.demand, one.demand)

    @given(PEOPLE, EXTRA)
    def test_extra_jobs_add_to_the_deficit_one_for_one(
        self, base: LabourBase, people: np.ndarray, extra: np.ndarray
    ) -> None:
        jobs = np.zeros((REGIONS, len(base.sections), 1))
        jobs[:, [2, base.construction]] = extra
        without = labour_year(base, people[..., None], 2028)
        having = labour_year(base, people[..., None], 2028, jobs)
        assert_allclose(having.deficit - without.deficit, extra.sum(axis=1), atol=1e-6)
        assert_allclose(having.supply, without.supply)
        nothing = labour_year(base, people[..., None], 2028, np.zeros_like(jobs))
        assert (nothing.deficit == without.deficit).all()

    @given(PEOPLE)
    def test_draws_are_separate(self, base: LabourBase, people: np.ndarray) -> None:
        both = labour_year(base, np.stack([people, people * 3], axis=-1), 2030)
        for draw, factor in enumerate((1, 3)):
            alone = labour_year(base, people * factor, 2030)
            assert_allclose(both.deficit[:, draw], alone.deficit, atol=1e-6)

    def test_later_pensions_raise_the_labour_force_of_women_alone(self, base: LabourBase) -> None:
        before, after = base.participation_in(2027), base.participation_in(2031)
        changed = np.argwhere((after != before).any(axis=2))
        assert changed.tolist() == [[0, 61], [0, 62]]
        assert (after >= before).all()

    @given(SHARES, st.floats(-3, 3))
    def test_participation_is_a_share(self, pattern: np.ndarray, shift: float) -> None:
        rates = participation_at(pattern, np.array([shift, 0.0]), 0.995)
        assert ((rates >= 0) & (rates <= 0.995)).all()
        assert_allclose(rates[..., 1], pattern, atol=1e-12)

    @given(st.lists(st.floats(0.02, 0.97), min_size=1, max_size=9))
    def test_single_ages_keep_band_means(self, rates: list[float]) -> None:
        bands = [(5 * k, 5 * k + 4, rate) for k, rate in enumerate(rates)]
        found = single_ages(bands)
        assert ((found > 0) & (found < 1)).all()
        assert_allclose(found.reshape(-1, 5).mean(axis=1), rates, atol=1e-6)

    @given(
        arrays(float, (REGIONS, 2), elements=st.floats(1, 1e5)),
        arrays(float, (2,), elements=st.floats(-0.1, 0.1)),
        arrays(float, (REGIONS,), elements=st.floats(-0.1, 0.1)),
        st.integers(0, 10),
    )
    def test_regional_trends_share_the_nations_jobs(
        self, jobs: np.ndarray, section: np.ndarray, region: np.ndarray, ahead: int
    ) -> None:
        moved = jobs_ahead(jobs, Trend(0.01, section, region, 0.9), ahead, NONE_LOCAL)
        even = jobs_ahead(jobs, Trend(0.01, section, np.zeros(REGIONS), 0.9), ahead, NONE_LOCAL)
        assert_allclose(moved.sum(axis=0), even.sum(axis=0), rtol=1e-9)
        assert (moved > 0).all()

    def test_the_price_of_second_jobs(self, base: LabourBase, dataset: Dataset) -> None:
        people = stocks(dataset, (0, 1, 2))[2026]
        more = replace(base, second_jobs=0.1)
        assert_allclose(
            labour_year(more, people, 2026).supply, 1.1 * labour_year(base, people, 2026).supply
        )


class TestNeeds:
    @given(PEOPLE)
    def test_need_is_linear_in_people(self, dataset: Dataset, people: np.ndarray) -> None:
        for facility in load_facilities(dataset):
            assert_allclose(need(facility, 3 * people), 3 * need(facility, people))
            assert (need(facility, people + 1) > need(facility, people)).all()

    @given(PEOPLE)
    def test_nation_is_the_sum_and_added_need_starts_at_nothing(
        self, dataset: Dataset, people: np.ndarray
    ) -> None:
        space = dataset.space.permuted(list(range(REGIONS)))
        years = [2026, 2027]
        path = np.stack([people, 1.1 * people], axis=-1)
        frame = needs_frame(path, years, load_facilities(dataset), NO_STOCK, space, 2026)
        wide = frame.pivot_table(
            index=["kind", "year", "measure"], columns="region", values="value"
        )  # fmt: skip
        sums = wide[list(space.ids)].sum(axis=1)
        assert_allclose(sums, wide[space.nation], rtol=1e-9, atol=1e-6)
        added = frame[(frame["measure"] == "added_need") & (frame["year"] == 2026)]
        assert (added["value"] == 0).all()
        gaps = frame[frame["measure"].isin(["capacity", "gap", "cost_central"])]
        assert gaps["value"].isna().all()
        assert (gaps["status"] == "unknown").all()
