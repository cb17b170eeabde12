"""The traps of the shipped country's figures, each pinned by the numbers that give it away.

Authority: the published series themselves (source on every row of data/kazakhstan/observed).
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from forecast.dataset import (
    Dataset,
    breaks_of,
    excluded_years,
    growth,
    load_dataset,
    nation_total,
    population_history,
    segments,
    series,
)
from forecast.errors import InputError

LATER_REGIONS = ("KZ-10", "KZ-33", "KZ-62")  # Abai, Jetisu, Ulytau: since 2022
FORMER = ("KZ-19-OLD", "KZ-35-OLD", "KZ-63-OLD")


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset("kazakhstan")


def figures(dataset: Dataset, variable: str, **where: str) -> pd.DataFrame:
    frame = dataset.table("figures")
    for column, value in {"variable": variable, **where}.items():
        frame = frame[frame[column] == value]
    return frame


# --- the census of 2021 -----------------------------------------------------------------------


def test_averages_jump_at_the_census_and_no_growth_is_computed_across(dataset: Dataset) -> None:
    whole = {"area": "total", "sex": "total"}
    raw = series(dataset, "population_average", "KZ", across_breaks=True, **whole)
    assert raw[2022] - raw[2021] == pytest.approx(634_000, abs=500)
    with pytest.raises(InputError, match="not comparable between 2021 and 2022.*census of 2021"):
        series(dataset, "population_average", "KZ", **whole)
    rates = growth(dataset, "population_average", "KZ", **whole)
    assert 2022 not in rates.index
    assert {2021, 2023} <= set(rates.index)
    assert rates.max() < 0.016  # with the census jump it would be 0.033


def test_a_break_splits_a_series_into_comparable_pieces(dataset: Dataset) -> None:
    pieces = segments(dataset, "population_average", "KZ-71", area="total", sex="total")
    assert [(piece.index[0], piece.index[-1]) for piece in pieces] == [(2009, 2021), (2022, 2025)]


def test_1_january_totals_jump_by_the_census(dataset: Dataset) -> None:
    history = population_history(dataset)
    nation = history[history["region"] == "KZ"].set_index("year")["value"]
    assert nation[2022] - nation[2021] == 623_607
    assert [(gap.before, gap.after) for gap in breaks_of(dataset, "population_published")] == [
        (2008, 2009),
        (2021, 2022),
    ]


def test_the_balance_of_the_nation_closes_outside_the_censuses(dataset: Dataset) -> None:
    """Growth is births less deaths plus net migration in every year but those two."""
    history = population_history(dataset)
    nation = history[history["region"] == "KZ"].set_index("year")["value"]
    events = dataset.table("vital_events")
    wide = events[events["region"] == "KZ"].pivot(index="year", columns="event", values="value")
    change = wide["births"] - wide["deaths"] + wide["immigration"] - wide["emigration"]
    gap = (nation.shift(-1) - nation - change).dropna()
    assert gap[gap.abs() > 3].to_dict() == {2008: 204_887, 2021: 623_607 - 242_871}
    assert [int(nation[year + 1] - nation[year]) for year in (2023, 2024, 2025)] == [
        267_035,
        249_557,
        216_423,
    ]


# --- regions that were split ------------------------------------------------------------------


def test_averages_are_on_the_regions_of_today_from_2009(dataset: Dataset) -> None:
    average = dataset.table("population_average")
    assert set(average["region"]) == {*dataset.space.ids, "KZ"}
    assert average.groupby("region")["year"].nunique().eq(17).all()


def test_elsewhere_an_id_means_one_territory(dataset: Dataset) -> None:
    """Three regions begin in 2022 (product: 2021); what they were cut from ends the year before."""
    first = {"population_published": 2022, "life_expectancy": 2022, "tfr": 2022,
             "labour_force": 2022, "employment_sector": 2022}  # fmt: skip
    for table, year in first.items():
        begin = dataset.table(table).groupby("region")["year"].agg(["min", "max"])
        assert begin.loc[list(LATER_REGIONS), "min"].eq(year).all(), table
        assert begin.loc[["KZ-19", "KZ-35", "KZ-63"], "min"].eq(year).all(), table
        assert begin.loc[list(FORMER), "max"].eq(year - 1).all(), table
    product = dataset.table("economy")
    product = product[product["measure"] == "grp_nominal"].groupby("region")["year"].min()
    assert product[list(LATER_REGIONS)].eq(2021).all()


def test_figures_before_2022_name_the_territory_they_count(dataset: Dataset) -> None:
    """Of the three regions that were cut, only what the publisher recomputed is on today's."""
    frame = dataset.table("figures")
    early = frame[frame["region"].isin(["KZ-19", "KZ-35", "KZ-63"]) & (frame["date"] < "2022")]
    assert early["note"].str.contains("boundaries of 2022").all()
    former = frame[frame["region"].isin(FORMER)]
    assert former["note"].str.contains("territory before 2022").all()


def test_turkistan_before_2017_is_the_old_south_kazakhstan(dataset: Dataset) -> None:
    """The published table names it Turkistan; there was 2.8 million with Shymkent, 1.9 without."""
    table = dataset.table("population_published")
    total = table.groupby(["region", "year"])["value"].sum()
    assert total["KZ-SK-OLD"].index.max() == 2016
    assert total["KZ-61"].index.min() == total["KZ-79"].index.min() == 2017
    assert total["KZ-SK-OLD", 2016] == pytest.approx(
        total["KZ-61", 2017] + total["KZ-79", 2017], rel=0.03
    )


@pytest.mark.parametrize("year", [2010, 2013, 2017, 2018, 2021, 2025])
def test_product_counts_south_kazakhstan_once(dataset: Dataset, year: int) -> None:
    """2011-2017 both it and its parts are published; before, only it is needed for the sum."""
    nation = series(dataset, "economy", "KZ", measure="grp_nominal")
    assert nation_total(dataset, "economy", year, measure="grp_nominal") == pytest.approx(
        nation[year], abs=1.0
    )


def test_a_plain_sum_would_count_it_twice(dataset: Dataset) -> None:
    product = dataset.table("economy")
    rows = product[(product["measure"] == "grp_nominal") & (product["year"] == 2015)]
    rows = rows[rows["region"] != "KZ"].set_index("region")["value"]
    assert {"KZ-SK-OLD", "KZ-61", "KZ-79"} <= set(rows.index)
    right = nation_total(dataset, "economy", 2015, measure="grp_nominal")
    assert rows.sum() - right == pytest.approx(rows["KZ-SK-OLD"])


def test_a_former_region_stands_for_parts_of_which_one_is_missing(dataset: Dataset) -> None:
    """2016: sectors of Shymkent and of the old region, none of Turkistan."""
    rows = dataset.table("employment_sector")
    present = set(rows[rows["year"] == 2016]["region"])
    assert {"KZ-79", "KZ-SK-OLD"} <= present
    assert "KZ-61" not in present
    assert nation_total(dataset, "employment_sector", 2016, sector="services") == 5_401_589


def test_a_sum_with_a_region_missing_is_refused(dataset: Dataset) -> None:
    with pytest.raises(InputError, match="2020: no figure for KZ-10, KZ-63, KZ-71, KZ-75"):
        nation_total(dataset, "vital_events", 2020, event="births")


def test_crosswalk_names_the_split_and_its_year(dataset: Dataset) -> None:
    split = dataset.table("boundaries/crosswalk").set_index("region")
    assert split["old_region"].to_dict() == {
        "KZ-61": "KZ-SK-OLD", "KZ-79": "KZ-SK-OLD", "KZ-10": "KZ-63-OLD", "KZ-63": "KZ-63-OLD",
        "KZ-19": "KZ-19-OLD", "KZ-33": "KZ-19-OLD", "KZ-35": "KZ-35-OLD", "KZ-62": "KZ-35-OLD",
    }  # fmt: skip
    assert split["year"].loc[["KZ-61", "KZ-79"]].eq(2018).all()
    assert split["year"].drop(["KZ-61", "KZ-79"]).eq(2022).all()


# --- two tables of one date -------------------------------------------------------------------


def test_the_derived_table_rules_over_the_published_one(dataset: Dataset) -> None:
    """1 January 2023 differs by up to 58 people in a region and sex; the nation agrees."""
    key = ["region", "year", "sex"]
    rules = dataset.table("population").set_index(key)["value"].sort_index()
    published = dataset.table("population_published").set_index(key)["value"]
    gap = (rules - published).dropna()
    assert gap.xs(2022, level="year").eq(0).all()
    assert gap.xs(2023, level="year").abs().max() == 58
    assert gap["KZ"].eq(0).all()
    assert dataset.table("population")["status"].eq("derived").all()
    history = population_history(dataset).set_index(["region", "year"])["value"]
    for region in dataset.space.ids:
        assert history[region, 2023] == rules[region, 2023].sum()


def test_derived_1_january_2025_is_the_published_total(dataset: Dataset) -> None:
    """20,283,399 on 1 January 2025: 20,033,842 a year before and the growth of 249,557."""
    total = dataset.table("population").groupby(["region", "year"])["value"].sum()
    assert total["KZ", 2025] == total["KZ", 2024] + 249_557 == 20_283_399


# --- gaps that can be filled exactly -----------------------------------------------------------


def test_employees_of_ulytau_in_2022_follow(dataset: Dataset) -> None:
    """Missing as published; employed less self-employed, and the nation less the others."""
    frame = dataset.table("labour_force")
    row = frame[(frame["region"] == "KZ-62") & (frame["year"] == 2022)].set_index("measure")
    assert row.at["employees", "value"] == 92_607
    assert row.at["employees", "status"] == "derived"
    assert row.at["employees", "note"]
    assert row.at["employed", "value"] - row.at["self_employed", "value"] == 92_607
    nation = series(dataset, "labour_force", "KZ", measure="employees")
    assert nation_total(dataset, "labour_force", 2022, measure="employees") == nation[2022]


def test_women_of_75_and_over_are_the_remainder(dataset: Dataset) -> None:
    margins = dataset.table("population_age_margins")
    women = margins[margins["sex"] == "female"].set_index("age_from")
    assert women.at[75, "value"] == 363_316
    assert women.at[75, "status"] == "derived"
    people = dataset.table("population").set_index(["region", "year", "sex"])["value"]
    for sex, rows in margins.groupby("sex"):
        assert rows["value"].sum() == people["KZ", 2023, sex]


# --- fertility and mortality -------------------------------------------------------------------


def test_births_fell_and_the_level_is_that_of_2025(dataset: Dataset) -> None:
    births = series(dataset, "vital_events", "KZ", event="births")
    assert births[2021] == 446_491
    assert births[2025] == 335_005
    tfr = series(dataset, "tfr", "KZ")
    assert (tfr[2021], tfr[2023], tfr[2025]) == (3.32, 2.96, 2.57)
    assert births.loc[2021:].diff().dropna().lt(0).all()


def test_un_medium_is_above_what_was_registered(dataset: Dataset) -> None:
    """18 % more births in 2025 and 2.2 % more people on 31 December 2025."""
    un = dataset.table("un_indicators")
    un = un[un["revision"] == 2024].set_index(["measure", "year"])["value"]
    births = series(dataset, "vital_events", "KZ", event="births")
    assert un["births", 2025] / births[2025] == pytest.approx(1.18, abs=0.005)
    people = dataset.table("population").groupby(["region", "year"])["value"].sum()
    un_people = un["population_female", 2025] + un["population_male", 2025]
    assert un_people / people["KZ", 2026] == pytest.approx(1.022, abs=0.001)


def test_un_population_is_dated_31_december(dataset: Dataset) -> None:
    """A year later it has changed by that year's change, which mid-year totals would not."""
    un = dataset.table("un_indicators")
    rows = un[un["measure"].str.startswith("population_") & un["note"].ne("")]
    assert rows["note"].eq("31 December of the year").all()
    wide = un[un["revision"] == 2024].set_index(["measure", "year"])["value"]
    people = wide["population_female"] + wide["population_male"]
    assert people[2025] - people[2024] == pytest.approx(wide["population_change", 2025], abs=2)


def test_pandemic_years_are_kept_out_of_mortality_trends(dataset: Dataset) -> None:
    assert excluded_years(dataset, "mortality") == (2020, 2021)
    assert excluded_years(dataset, "nothing") == ()
    e0 = series(dataset, "life_expectancy", "KZ", sex="total")
    others = e0.drop([2020, 2021])
    assert others.loc[2010:].diff().dropna().gt(0).all()
    assert e0[2021] < e0[2019] - 2.5


def test_natural_increase_of_regions_falls_short_of_the_nation(dataset: Dataset) -> None:
    frame = dataset.table("natural_increase")
    rows = frame[frame["year"] == 2023].set_index("region")["value"]
    assert rows["KZ"] == 257_742
    assert rows.drop("KZ").sum() == 255_471
    assert rows.drop("KZ").index.size == 20


def test_only_one_external_net_of_2024_closes_the_balance(dataset: Dataset) -> None:
    events = dataset.table("vital_events")
    rows = events[(events["region"] == "KZ") & (events["year"] == 2024)]
    events_2024 = rows.set_index("event")["value"]
    net = events_2024["immigration"] - events_2024["emigration"]
    assert net == 16_550
    other = figures(dataset, "external_migration_net", region="KZ", date="2024").iloc[0]
    assert other["value"] == 17_164
    assert "preliminary" in other["note"]
    natural = series(dataset, "natural_increase", "KZ")[2024]
    assert natural + net == 249_557 != natural + other["value"]


# --- migration ----------------------------------------------------------------------------------


def test_gross_moves_count_those_inside_a_region(dataset: Dataset) -> None:
    """Gross totals nearly double with the registration; nets sum to 0, and only they are used."""
    frame = dataset.table("internal_migration")
    sums = frame.groupby(["measure", "year"])["value"].sum()
    assert sums["arrivals_gross"].to_dict() == {2022: 803_033, 2023: 1_023_573, 2024: 1_510_337}
    assert sums["arrivals_gross"].equals(sums["departures_gross"])
    assert sums["net"].loc[2022:2024].eq(0).all()
    gross = frame[frame["measure"] == "arrivals_gross"]
    assert gross["note"].str.contains("inside the region").all()
    with pytest.raises(InputError, match="not comparable.*registration"):
        series(dataset, "internal_migration", "KZ-71", measure="arrivals_gross")
    assert series(dataset, "internal_migration", "KZ-71", measure="net")[2025] == 87_459


def test_press_table_of_2025_swaps_the_two_almatys(dataset: Dataset) -> None:
    """Growth less net leaves about 25 thousand natural and external in each, as in 2022-2024."""
    nets = dataset.table("internal_migration")
    nets = nets[nets["measure"] == "net"].set_index(["region", "year"])["value"]
    assert (nets["KZ-75", 2025], nets["KZ-19", 2025]) == (33_126, 12_110)
    printed = figures(dataset, "internal_migration_net_as_published").set_index("region")["value"]
    assert (printed["KZ-75"], printed["KZ-19"]) == (12_110, 33_126)
    people = dataset.table("population").groupby(["region", "year"])["value"].sum()
    for region in ("KZ-75", "KZ-19"):
        rest = pd.Series({
            year: people[region, year + 1] - people[region, year] - nets[region, year]
            for year in range(2022, 2026)
        })  # fmt: skip
        usual = rest.loc[2022:2024]
        assert abs(rest[2025] - usual.mean()) < 6_000
        as_printed = people[region, 2026] - people[region, 2025] - printed[region]
        assert abs(as_printed - usual.mean()) > 15_000


# --- labour and infrastructure --------------------------------------------------------------------


def test_unemployment_carries_no_regional_signal(dataset: Dataset) -> None:
    """About 4 to 5 % in every region, while nets run from a loss of 2 % to a gain of 5 %."""
    frame = dataset.table("labour_force")
    frame = frame[frame["region"].isin(dataset.space.ids) & (frame["year"] >= 2022)]
    wide = frame.pivot(index=["region", "year"], columns="measure", values="value")
    rate = 100 * wide["unemployed"] / wide["labour_force"]
    assert 3.95 < rate.min() < rate.max() < 5.2
    assert rate.unstack("year").agg(lambda year: year.max() - year.min()).max() < 1.2
    nets = dataset.table("internal_migration")
    nets = nets[(nets["measure"] == "net") & (nets["year"] == 2024)].set_index("region")["value"]
    people = dataset.table("population").groupby(["region", "year"])["value"].sum()
    pull = 100 * nets / people.xs(2024, level="year").loc[nets.index]
    assert pull.min() < -1.4 < 5 < pull.max()


def test_published_housing_per_person_is_not_stock_over_population(dataset: Dataset) -> None:
    policy = dataset.table("policy")
    rows = policy[(policy["region"] == "KZ") & (policy["topic"] == "housing")]
    latest = rows[(rows["date"] == "2025")].set_index("variable")
    people = dataset.table("population").groupby(["region", "year"])["value"].sum()["KZ", 2026]
    stock = latest.at["housing_stock", "value"] * 1e6
    published = latest.at["housing_m2_per_person", "value"]
    assert latest.at["housing_stock", "unit"] == "million m2"
    assert stock / people != pytest.approx(published, rel=0.01)


def test_beds_of_the_pandemic_are_flagged(dataset: Dataset) -> None:
    beds = figures(dataset, "hospital_beds", region="KZ").set_index("date")
    assert beds.loc[["2020", "2021"], "value"].tolist() == [127_464, 125_034]
    assert beds.loc[["2020", "2021"], "note"].str.contains("pandemic").all()
    assert beds.drop(["2020", "2021"])["value"].max() < 106_500
    assert excluded_years(dataset, "hospital_beds") == (2020, 2021)


def test_preschool_figures_are_children_per_100_places(dataset: Dataset) -> None:
    """The source says places per 100 children: 1,080,416 places for 965,204 children is 89.3."""
    rows = figures(dataset, "preschool_children_per_100_places", region="KZ")
    latest = rows[rows["date"] == "2022"].iloc[0]
    assert latest["value"] == pytest.approx(100 * 965_204 / 1_080_416, abs=0.05)
    table = figures(dataset, "preschool_children_per_100_places")
    assert table["unit"].eq("children per 100 places").all()
    regional = table[(table["date"] == "2022") & table["region"].isin(dataset.space.ids)]
    assert len(regional) == 20
    assert regional["note"].str.contains("other way round").all()


def test_civil_registry_births_are_not_among_the_births(dataset: Dataset) -> None:
    """Its counts of 2025 are 38 % higher; no births of 2025 beside the statistical 335,005."""
    events = dataset.table("vital_events")
    rows = events[(events["event"] == "births") & (events["year"] == 2025)]
    assert rows[["region", "value"]].values.tolist() == [["KZ", 335_005]]
    others = figures(dataset, "births", date="2025")
    assert others.empty or others["value"].max() < 335_005


def test_jambyl_villages_became_urban_in_2025(dataset: Dataset) -> None:
    urban = series(dataset, "population_average", "KZ-31", across_breaks=True,
                   area="urban", sex="total")  # fmt: skip
    jump = urban[2025] - urban[2024]
    assert jump == pytest.approx(51_000, abs=1_000)
    rates = growth(dataset, "population_average", "KZ-31", area="urban", sex="total")
    assert 2025 not in rates.index
    whole = growth(dataset, "population_average", "KZ-31", area="total", sex="total")
    assert np.isfinite(whole[2025])
