"""The labour room against its formulas, the law on pensions and what was published.

Sources: labour balance and jobs-led closure by hand; International Labour Organization, ILOSTAT,
participation by sex and age, Kazakhstan 2022; Social Code of Kazakhstan, article 207; labour force
and employment of the Bureau of National Statistics of Kazakhstan, 2022-2025.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from forecast.dataset import Dataset, load_dataset
from forecast.errors import InputError
from forecast.labour import (
    LabourBase,
    LabourYear,
    calibrate_labour,
    labour_frame,
    labour_notes,
    labour_year,
)
from forecast.labour.demand import (
    Trend,
    base_jobs,
    fit_trend,
    jobs_ahead,
    log_slope,
    relative_growth,
)
from forecast.labour.sections import read_sections
from forecast.labour.supply import (
    mean_population,
    participation_at,
    read_pattern,
    shift_to_meet,
    single_ages,
)
from forecast.space import AGES, Region, Space
from forecast.tables import Population


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset("kazakhstan")


@pytest.fixture(scope="module")
def people(dataset: Dataset) -> dict[int, np.ndarray]:
    """(sex, age, region) persons on each 1 January of the estimated table."""
    table = dataset.table("estimated/population")
    return {
        int(year): Population.from_frame(rows, dataset.space, source="population").values
        for year, rows in table.groupby("year")
    }


@pytest.fixture(scope="module")
def base(dataset: Dataset, people: dict[int, np.ndarray]) -> LabourBase:
    return calibrate_labour(dataset, dataset.space, people)


@pytest.fixture
def space() -> Space:
    names = {"en": "North", "ru": "Север", "kk": "Солтүстік"}
    south = {"en": "South", "ru": "Юг", "kk": "Оңтүстік"}
    return Space((Region("X-1", "1", "region", names), Region("X-2", "2", "region", south)), "X")


class TestSupplyByHand:
    def test_logit_shift(self) -> None:
        """logit .6 = logit .5 + log 1.5; ages that take no part stay at 0; the cap holds."""
        pattern = np.array([[0.0, 0.5], [0.5, 0.97]])
        rates = participation_at(pattern, np.array([np.log(1.5), 0.0]), 0.98)
        assert_allclose(rates[0, 0], 0)
        assert_allclose(rates[0, 1], [0.6, 0.5])
        assert_allclose(rates[1, 1], [0.97 * 1.5 / (0.03 + 0.97 * 1.5), 0.97])
        assert participation_at(pattern, np.array([5.0]), 0.98).max() == 0.98

    def test_shift_meets_the_labour_force(self, space: Space) -> None:
        """100 people at .5: 60 workers need a shift of log 1.5, 25 one of log 1/3."""
        pattern = np.zeros((2, len(AGES)))
        pattern[0, 30] = 0.5
        population = np.zeros((2, len(AGES), 2))
        population[0, 30] = 100
        shift = shift_to_meet(pattern, population, np.array([60.0, 25.0]), 0.98, space)
        assert_allclose(shift, [np.log(1.5), np.log(1 / 3)], atol=1e-12)

    def test_more_workers_than_people_are_refused_by_name(self, space: Space) -> None:
        pattern = np.full((2, len(AGES)), 0.5)
        population = np.ones((2, len(AGES), 2))
        with pytest.raises(InputError, match=r"X-2: a labour force of 500 cannot come from 172"):
            shift_to_meet(pattern, population, np.array([80.0, 500.0]), 0.98, space)

    def test_mean_of_two_januaries(self) -> None:
        stocks = {2025: np.full((2, 101, 1), 10.0), 2026: np.full((2, 101, 1), 12.0)}
        assert mean_population(stocks, 2025)[0, 0, 0] == 11
        with pytest.raises(InputError, match="no population on 1 January 2027"):
            mean_population(stocks, 2026)


class TestPattern:
    def test_single_ages_keep_the_mean_of_their_band(self) -> None:
        bands = [(15, 19, 0.037), (20, 24, 0.638), (25, 29, 0.835), (30, 34, 0.872)]
        rates = single_ages(bands)
        assert_allclose(rates.reshape(4, 5).mean(axis=1), [rate for *_, rate in bands])
        assert (np.diff(rates[:9]) > 0).all()
        assert_allclose(single_ages([(15, 19, 0.3), (20, 29, 0.3)]), 0.3)

    def test_single_ages_change_least(self) -> None:
        """No curve with the same mean logits has smaller squared steps of the logit."""
        logit = np.log(1 / (1 / single_ages([(15, 19, 0.2), (20, 24, 0.6), (25, 34, 0.8)]) - 1))
        best = (np.diff(logit) ** 2).sum()
        for place in (0, 5, 10):
            for wave in ([1, -1, 0, 0, 0], [0, 1, -2, 1, 0]):
                other = logit.copy()
                other[place : place + 5] -= 0.01 * np.array(wave)
                assert (np.diff(other) ** 2).sum() > best

    def test_pensionable_age_of_61_and_a_half(self, dataset: Dataset) -> None:
        """In 2028 half of the women aged 61 are still before it; in 2027 none, in 2029 all."""
        pattern = read_pattern(
            dataset.table("norms/participation"), dataset.table("norms/pension_age")
        )
        before, after = pattern.before[0, 61], pattern.after[0, 61]
        found = [pattern.of_year(year)[0, 61] for year in (2027, 2028, 2029, 2035)]
        assert_allclose(found, [after, (before + after) / 2, before, before])
        with pytest.raises(InputError, match="no pensionable age for 2001"):
            pattern.of_year(2001)

    def test_law_on_pensionable_age(self, dataset: Dataset) -> None:
        """Social Code, article 207: women 61 until 2027, then half a year more each year to 63."""
        table = dataset.table("norms/pension_age").set_index(["sex", "year"])["value"]
        women = table["female"].loc[2023:2031]
        assert women.tolist() == [61, 61, 61, 61, 61, 61.5, 62, 62.5, 63]
        assert (table["male"] == 63).all()

    @pytest.mark.parametrize(
        "sex, published",
        [
            (0, [3.7, 63.8, 83.5, 87.2, 89.2, 90.6, 90.8, 89.8, 83.7, 24.3]),
            (1, [4.1, 71.9, 94.6, 96.4, 96.8, 96.0, 94.1, 92.2, 90.2, 55.8]),
        ],
    )
    def test_bands_of_2022(self, dataset: Dataset, sex: int, published: list[float]) -> None:
        """ILOSTAT 2022: 15-19 ... 60-64; at the pensionable ages of 2022 (60.5 and 63)."""
        pattern = read_pattern(
            dataset.table("norms/participation"), dataset.table("norms/pension_age")
        )
        means = 100 * pattern.of_year(2022)[sex, 15:65].reshape(10, 5).mean(axis=1)
        assert_allclose(means, published, atol=0.05)

    def test_faults_of_the_table_come_together(self, dataset: Dataset) -> None:
        table = dataset.table("norms/participation").astype({"value": object, "sex": object})
        table.loc[0, "value"] = "many"
        table.loc[1, "sex"] = "wemen"
        table.loc[2, "pension"] = "later"
        with pytest.raises(InputError) as raised:
            read_pattern(table, dataset.table("norms/pension_age"))
        text = str(raised.value)
        for part in ("3 faults", "row 2, value", "row 3, sex", "row 4, pension"):
            assert part in text

    def test_a_gap_between_bands_is_a_fault(self, dataset: Dataset) -> None:
        table = dataset.table("norms/participation")
        table = table[~((table["sex"] == "male") & (table["age_from"] == 30))]
        with pytest.raises(InputError, match="after age 29 comes a band from 35"):
            read_pattern(table, dataset.table("norms/pension_age"))


class TestDemandByHand:
    def test_base_jobs_meet_both_tables(self) -> None:
        """Sections 60 + 40 of sector 0, 50 of sector 1; without more evidence shares are equal."""
        jobs = base_jobs(
            np.array([60.0, 40, 50]), np.array([[30.0, 20], [70, 30]]), np.array([0, 0, 1])
        )
        assert_allclose(jobs, [[18, 12, 20], [42, 28, 30]])

    def test_regions_that_miss_the_nation(self) -> None:
        """12 persons in 1.1 million are rounding, as published for 2022; a tenth is a fault."""
        jobs = base_jobs(np.array([1_108_900.0]), np.array([[1_108_888.0]]), np.array([0]))
        assert_allclose(jobs, [[1_108_888]])
        with pytest.raises(InputError, match="differ by 10.0 %"):
            base_jobs(np.array([100.0]), np.array([[110.0]]), np.array([0]))

    def test_damped_growth(self) -> None:
        """Three years at .9 are .9 + .81 + .729 = 2.439 years of growth (Gardner & McKenzie)."""
        trend = Trend(0.01, np.array([0.02]), np.zeros(2), 0.9)
        assert_allclose(trend.years_of_growth(3), 2.439)
        local = np.array([False])
        ahead = jobs_ahead(np.array([[100.0], [300.0]]), trend, 3, local)
        assert_allclose(ahead[:, 0], np.array([100, 300]) * np.exp(3 * 0.01 + 0.02 * 2.439))
        assert_allclose(jobs_ahead(ahead, trend, 0, local), ahead)

    def test_regional_growth_moves_shares_and_never_the_nation(self) -> None:
        base = np.array([[100.0, 50], [100, 150]])
        trend = Trend(0.0, np.array([0.01, -0.01]), np.array([0.03, -0.01]), 1.0)
        ahead = jobs_ahead(base, trend, 1, np.array([False, False]))
        assert_allclose(ahead.sum(axis=0), [200 * np.exp(0.01), 200 * np.exp(-0.01)])
        assert_allclose(ahead[0] / ahead[1], base[0] / base[1] * np.exp(0.04))

    def test_services_follow_the_people_they_serve(self) -> None:
        """People of the first region double: of 400 service jobs it has 2 x 100 of 500 parts."""
        base = np.array([[50.0, 100], [50, 300]])
        trend = Trend(0.0, np.zeros(2), np.zeros(2), 0.9)
        ahead = jobs_ahead(base, trend, 5, np.array([False, True]), np.array([2.0, 1.0]))
        assert_allclose(ahead, [[50, 160], [50, 240]])

    def test_slope_of_a_steady_growth(self) -> None:
        years = np.array([2022.0, 2023, 2024, 2025])
        assert_allclose(log_slope(np.exp(0.03 * (years - 2022))[None], years), 0.03)

    def test_no_growth_is_taken_across_the_census(self) -> None:
        """A jump into the break year changes nothing: shares grow by log 1.1 on each side."""
        years = np.arange(2019, 2026)
        first = np.array([100, 110, 121, 500, 550, 605, 665.5])
        shares = np.stack([first, 1000 - first]) / 1000
        clean = relative_growth(shares, years, 2022)[0]
        assert_allclose(clean, np.log(1.1))
        trend = fit_trend(
            shares, np.ones((2, 4)), years, break_year=2022, own_section=0.5, own_region=1.0,
            damping=0.9,
        )  # fmt: skip
        assert_allclose(trend.section[0], np.log(1.1) / 2, atol=1e-12)
        assert_allclose(trend.region, 0, atol=1e-12)

    def test_shares_by_letter_name_and_sector(self, dataset: Dataset) -> None:
        sections = read_sections(dataset.table("norms/sections"))
        jobs = np.arange(1.0, len(sections.letters) + 1)
        shares = sections.shares({"C": 1, "Транспорт и складирование": 2, "agriculture": 1}, jobs)
        found = dict(zip(sections.letters, shares, strict=True))
        assert (found["C"], found["H"], found["A"]) == (0.25, 0.5, 0.25)
        spread = sections.shares({"industry_construction": 1}, jobs)
        assert_allclose(spread[1:6], jobs[1:6] / jobs[1:6].sum())
        assert sections.letters[sections.construction] == "F"
        with pytest.raises(InputError, match="did you mean 'manufacturing'"):
            sections.shares({"manufactoring": 1}, jobs)


class TestDeficitByHand:
    def test_jobs_filled_by_residents(self, base: LabourBase) -> None:
        """JS = LF (1 - u)(1 + d) / CR; the deficit is JD - JS, positive = short."""
        changed = replace(base, second_jobs=0.02, commuting=0.95)
        population = np.ones((2, len(AGES), len(base.jobs), 1))
        found = labour_year(changed, population, base.year)
        supply = found.labour_force * (1 - base.unemployment)[:, None] * 1.02 / 0.95
        assert_allclose(found.supply, supply)
        assert_allclose(found.deficit, found.demand.sum(axis=1) - supply)
        assert_allclose(found.demand.sum(axis=0)[:, 0], base.jobs.sum(axis=0))  # of the nation
        assert_allclose(found.unemployed, found.labour_force * base.unemployment[:, None])

    def test_jobs_that_the_unemployed_take_leave_no_shortage(
        self, people: dict[int, np.ndarray], base: LabourBase
    ) -> None:
        """100 jobs: 40 filled by unemployed residents, so 60 workers are short."""
        mean = mean_population(people, 2025)
        plain = labour_year(base, mean, 2025)
        jobs = np.zeros_like(base.jobs)
        jobs[0, 2] = 100
        filled = np.zeros(len(base.jobs))
        filled[0] = 40
        found = labour_year(base, mean, 2025, jobs, local_fill=filled)
        assert_allclose((found.deficit - plain.deficit)[:2], [60, 0], atol=1e-6)
        assert_allclose((plain.unemployed - found.unemployed)[:2], [40, 0], atol=1e-6)
        many = labour_year(base, mean, 2025, jobs, local_fill=1e9 * filled)
        assert_allclose(many.unemployed[0], 0, atol=1e-6)

    def test_camp_workers_are_neither_demand_nor_shortage(
        self, people: dict[int, np.ndarray], base: LabourBase
    ) -> None:
        mean = mean_population(people, 2025)
        camp = np.full(len(base.jobs), 15_000.0)
        found, plain = labour_year(base, mean, 2025, camp=camp), labour_year(base, mean, 2025)
        assert_allclose(found.deficit, plain.deficit)
        assert_allclose(found.camp, 15_000)

    def test_frame(self, space: Space) -> None:
        year = LabourYear(
            np.array([100.0, 200]), np.array([90.0, 190]), np.array([[60.0, 40], [100, 80]]),
            np.array([10.0, -10]), np.array([10.0, 10]), np.array([5.0, 0]), np.array([0.0, 2]),
            np.zeros(2), ("A", "B"),
        )  # fmt: skip
        frame = labour_frame({2026: year}, space)
        table = frame.set_index(["region", "section", "measure"])["value"]
        assert table["X-1", "total", "labour_deficit"] == 10
        assert table["X", "total", "labour_deficit"] == 0
        assert table["X", "A", "labour_demand"] == 160
        assert table["X", "total", "labour_force"] == 300
        assert table["X", "total", "camp_workers"] == 5
        assert list(frame.columns) == [
            "region", "year", "section", "measure", "value", "unit", "status",
        ]  # fmt: skip
        supply_by_section = (frame["section"] != "total") & (frame["measure"] != "labour_demand")
        assert not supply_by_section.any()


class TestPublished:
    """Bureau of National Statistics of Kazakhstan, labour force survey."""

    def test_base_year_is_met_to_the_person(
        self, dataset: Dataset, people: dict[int, np.ndarray], base: LabourBase
    ) -> None:
        mean = mean_population(people, 2025)
        found = labour_year(base, mean, 2025)
        for measure, values in (("labour_force", found.labour_force), ("employed", found.supply),
                                ("unemployed", found.unemployed)):  # fmt: skip
            assert_allclose(values, published(dataset, measure, 2025), atol=1e-6)
        assert_allclose(found.deficit, 0, atol=1e-6)
        assert_allclose(found.labour_force.sum(), 9_769_536, atol=1e-5)
        assert_allclose(found.demand.sum(), 9_320_639, atol=1e-5)

    def test_base_jobs_meet_sections_and_sectors(self, dataset: Dataset, base: LabourBase) -> None:
        sections = dataset.table("employment_section").set_index(["section", "year"])["value"]
        national = [sections[letter, 2025] for letter in base.sections]
        assert_allclose(base.jobs.sum(axis=0), national, rtol=1e-9)
        sectors = (
            dataset.table("employment_sector").set_index(["sector", "year", "region"]).sort_index()
        )
        services = sectors["value"]["services", 2025].loc[list(dataset.space.ids)]
        assert_allclose(base.jobs[:, 6:].sum(axis=1), services, rtol=1e-9)

    def test_flags_of_2025(self, base: LabourBase) -> None:
        """Labour force: Astana +11.5, Mangystau +7.2, Karaganda -5.4, Jambyl -5.1 per cent."""
        flags = base.flags[base.flags["year"] == 2025].set_index("region")
        change = (100 * flags["labour_force_change"]).round(1)
        named = {"KZ-71": 11.5, "KZ-47": 7.2, "KZ-35": -5.4, "KZ-31": -5.1}
        assert {region: change[region] for region in named} == named
        assert set(named) <= set(flags.index[flags["flagged"]])
        assert set(flags.index[flags["flagged"]]) == set(named) | {"KZ-59"}
        shrunk = flags["labour_force_shrunk"] - flags["labour_force"]
        assert (shrunk[["KZ-71", "KZ-47"]] < 0).all()
        assert (shrunk[["KZ-35", "KZ-31"]] > 0).all()

    def test_notes_name_the_regions_to_read_with_care(
        self, dataset: Dataset, base: LabourBase
    ) -> None:
        supply, _, deficit, gap = labour_notes(base, dataset.space)
        assert "Mangystau Region +5.0%" in supply.text
        assert "in 2025 jobs equal the employed residents" in deficit.text
        assert "50% of the surplus of other sections retrained" in gap.text

    def test_unshifted_pattern_is_near_the_nation(
        self, dataset: Dataset, people: dict[int, np.ndarray], base: LabourBase
    ) -> None:
        """The bands of 2022 on the estimated ages of 2022: 9,431 thousand published."""
        mean = mean_population(people, 2022).sum(axis=2)
        found = (mean * base.pattern.of_year(2022)).sum()
        assert_allclose(found, published(dataset, "labour_force", 2022).sum(), rtol=0.03)

    def test_part_of_own_growth_that_is_kept(self, dataset: Dataset) -> None:
        """Foreseeing 2024 and 2025: keeping half of a section's own growth beats none."""
        national = dataset.table("employment_section").pivot(
            index="section", columns="year", values="value"
        )  # fmt: skip
        national = national.drop(index="total")
        errors = {part: wrong_section(national, part) for part in (0.0, 0.5)}
        assert errors[0.5] < errors[0.0]
        assert_allclose([errors[0.0], errors[0.5]], [2.9, 2.4], atol=0.06)


def published(dataset: Dataset, measure: str, year: int) -> np.ndarray:
    """(region,) persons."""
    table = dataset.table("labour_force")
    chosen = table[(table["measure"] == measure) & (table["year"] == year)]
    return chosen.set_index("region")["value"].loc[list(dataset.space.ids)].to_numpy(dtype=float)


def wrong_section(national: pd.DataFrame, part: float) -> float:
    """Mean share of employed people, per cent, foreseen in a wrong section in 2024 and 2025."""
    errors = []
    for last, target in ((2024, 2025), (2023, 2025), (2023, 2024)):
        years = np.arange(2016, last + 1)
        own = relative_growth(national[list(years)].to_numpy(dtype=float), years, 2022)
        foreseen = national[last] * np.exp((target - last) * part * own)
        foreseen *= national[target].sum() / foreseen.sum()
        errors.append(100 * (foreseen - national[target]).abs().sum() / national[target].sum())
    return float(np.mean(errors))
