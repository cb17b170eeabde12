"""Openings of the baseline beside the official need for employees, and regions beside the list.

Sources: need for employees 2025-2035 by year, region and section, ministry of labour of Kazakhstan
(data/kazakhstan/observed/policy.csv); need to 2030 by qualification; labour force survey of the
Bureau of National Statistics; regions short of workers of 2026 (norms/deficit_regions.csv).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from forecast.dataset import Dataset, load_dataset
from forecast.labour.need import missed
from forecast.labour.qualification import QUALIFICATIONS
from forecast.plan import prepare, read
from forecast.workforce import Workforce, workforce

TO_2030 = [430 / 1600, 900 / 1600, 270 / 1600]  # higher, vocational, the rest of 1.6 million


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset("kazakhstan")


@pytest.fixture(scope="module")
def account(dataset: Dataset) -> Workforce:
    plan = prepare(read("baseline", dataset), dataset, until=2035)
    assumptions = plan.assume()
    return workforce(plan.labour, dataset, assumptions, plan.simulate(assumptions))


@pytest.fixture(scope="module")
def detail(account: Workforce) -> pd.DataFrame:
    return account.detail_table()


def test_official_years(account: Workforce) -> None:
    assert account.need.yearly == {
        2025: 239_000, 2026: 260_000, 2028: 239_000, 2031: 259_000, 2032: 295_000, 2035: 316_000,
    }  # fmt: skip
    assert account.need.period == (2025, 2035)
    assert account.need.nation == 2_900_000
    assert set(account.need.sections) == {"P", "G", "Q", "C", "A", "F"}
    assert account.need.regions["KZ-75"] == 464_000


def test_within_five_per_cent_of_every_published_year(account: Workforce) -> None:
    """Per cent above the official need; the baseline to 2035. They are what they are: the need
    rises by 22 % from 2031 to 2035, the openings by 14 %."""
    off = missed(account.detail.hired_by_year(), account.need)
    expected = {2025: 4.0, 2026: 3.3, 2028: 4.7, 2031: 1.4, 2032: -3.2, 2035: -5.0}
    assert list(off) == list(expected)
    assert_allclose([100 * miss for miss in off.values()], list(expected.values()), atol=0.1)
    assert max(abs(miss) for miss in off.values()) <= 0.05


def test_total_of_the_period(account: Workforce) -> None:
    """2.9 million rounded; 447.7 thousand are said to be 15 % of it, which is 2.98 million."""
    total = sum(account.detail.hired_by_year().values())
    assert 2_850_000 < total < 3_050_000


def test_the_growth_of_employees_lies_within_the_past(dataset: Dataset) -> None:
    """0.0017 a year in 2016-2025 by least squares, 0.0068 between 2010 and 2025."""
    rows = dataset.table("labour_force")
    rows = rows[rows["region"] == dataset.nation]
    wide = rows.pivot(index="year", columns="measure", values="value")
    share = (wide["employees"] / wide["employed"]).loc[2010:2025]
    short = np.polyfit(np.arange(10), share.loc[2016:], 1)[0]
    long = (share[2025] - share[2010]) / 15
    assert_allclose([short, long], [0.0017, 0.0068], atol=5e-5)
    norm = dataset.table("norms/labour").set_index("parameter")["value"]["employee_share_growth"]
    assert short < norm < long


def test_women_who_reach_a_rising_pensionable_age_are_half_as_many(detail: pd.DataFrame) -> None:
    """From 2028 to 2031 it rises by half a year a year: retirement falls by a fifth, then rises."""
    rows = detail[(detail["region"] == "KZ") & (detail["measure"] == "retirement")]
    retired = rows.set_index("year")["value"]
    assert (retired.loc[2028:2031] < 0.85 * retired[2027]).all()
    assert retired[2032] > 1.2 * retired[2031]


def test_retirement_and_deaths_as_in_the_official_replacement(detail: pd.DataFrame) -> None:
    """Of the official replacement demand of 2021-2025, 72 % was by age (332.7 of 464.4)."""
    rows = detail[(detail["region"] == "KZ") & (detail["year"] == 2026)].set_index("measure")
    retired, died = rows["value"]["retirement"], rows["value"]["deaths"]
    assert_allclose(retired / (retired + died), 0.72, atol=0.04)


def test_qualifications_meet_the_need_to_2030(account: Workforce) -> None:
    hired = account.detail.hired
    assert hired is not None
    assert account.detail.qualified is not None
    by_kind = (hired[:5].sum(axis=(0, 1)) @ account.detail.qualified) / hired[:5].sum()
    assert_allclose(by_kind, TO_2030, atol=0.005)
    whole = (hired.sum(axis=(0, 1)) @ account.detail.qualified) / hired.sum()
    assert_allclose(1 - whole[2], 2.5 / 2.9, atol=0.04)  # qualified, of the period


def test_regions_and_sections_beside_the_official_ones(account: Workforce) -> None:
    """Parts of the nation: near for most, twice as large for Astana and for trade, which grew
    fastest in the years the trend is taken from."""
    hired, need = account.detail.hired, account.need
    assert hired is not None
    regions = dict(zip(account.space.ids, hired.sum(axis=(0, 2)) / hired.sum(), strict=True))
    sections = dict(zip(account.detail.sections, hired.sum(axis=(0, 1)) / hired.sum(), strict=True))
    ratio = {name: regions[name] * need.nation / value for name, value in need.regions.items()}
    ratio |= {name: sections[name] * need.nation / value for name, value in need.sections.items()}
    far = {name for name, value in ratio.items() if not 0.6 < value < 1.6}
    assert far == {"KZ-71", "G"}


def test_the_ranking_beside_the_list(account: Workforce) -> None:
    frame = account.ranking_table()
    table = frame.pivot(index="region", columns="measure", values="value").drop(index="KZ")
    assert table["official"].sum() == 8
    borne = set(table.index[(table["rank"] <= 8) & (table["official"] == 1)])
    assert {"KZ-27", "KZ-39", "KZ-55", "KZ-63"} <= borne
    ranked, needed = account.notes()[-1], account.notes()[0]
    assert "Regions on the official list of 2026: 8." in ranked.text
    assert "Among the 8 largest deficits of 2035: 5 of them" in ranked.text
    assert "official 316,000" in needed.text


class TestIdentities:
    def test_cells_sum_to_the_labour_deficit(self, account: Workforce) -> None:
        detail = account.detail
        assert detail.deficit is not None
        assert_allclose(
            detail.deficit.sum(axis=(2, 3)), detail.total_deficit, atol=1e-9 * detail.openings.max()
        )

    def test_totals_of_the_table(self, detail: pd.DataFrame) -> None:
        for measure in ("labour_deficit", "openings"):
            rows = detail[detail["measure"] == measure]
            wide = rows.pivot_table(index=["region", "year", "section"], columns="qualification",
                                    values="value", observed=True)  # fmt: skip
            assert_allclose(wide[list(QUALIFICATIONS)].sum(axis=1), wide["total"], atol=1e-6)
            by_section = wide["total"].unstack("section")
            assert_allclose(by_section.drop(columns="total").sum(axis=1), by_section["total"],
                            atol=1e-6)  # fmt: skip
        whole = detail[(detail["section"] == "total") & (detail["qualification"] == "total")]
        wide = whole.pivot_table(index=["region", "year"], columns="measure", values="value",
                                 observed=True).drop(index=("KZ", 2025))  # fmt: skip
        parts = wide[["retirement", "deaths", "leaving"]].sum(axis=1)
        assert_allclose(wide["replacement"], parts, atol=1e-6)

    def test_openings_are_the_change_of_jobs_and_the_exits(self, account: Workforce) -> None:
        detail = account.detail
        gone = detail.exits.sum(axis=(1, 2))
        jobs = detail.openings.sum(axis=(1, 2)) - gone
        assert_allclose(jobs / 1e3, np.linspace(131, 144, 10), atol=1)  # the trend of the baseline

    def test_years_beyond_the_run_are_unknown(self, detail: pd.DataFrame) -> None:
        places = detail[detail["measure"] == "training_places"]
        last = places.groupby("qualification", observed=True)["year"].max().to_dict()
        assert last == {"higher": 2031, "tvet": 2032}
        assert places["value"].notna().all()


def test_a_package_without_norms_has_totals_alone(account: Workforce) -> None:
    bare = replace(account.detail, deficit=None, qualified=None, hired=None, places={}, base=None)
    frame = replace(account, detail=bare).detail_table()
    assert set(frame["qualification"]) == {"total"}
    assert "openings_employees" not in set(frame["measure"])
