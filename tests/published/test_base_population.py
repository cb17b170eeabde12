"""The estimated base of the shipped country against what is published of it.

Authority: Bureau of National Statistics of Kazakhstan; every published value is read from
data/kazakhstan/observed, where it stands with its source. The estimate under test is the
committed one, data/kazakhstan/estimated.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.dataset import Dataset, load_dataset
from forecast.demography.lifetable import life_expectancy, life_table
from forecast.estimate.build import Estimates, before_raking, estimate, estimated_tables
from forecast.estimate.checks import crude_rates
from forecast.estimate.roll import migration_by_age
from forecast.space import SEXES

YEARS = (2022, 2023, 2024, 2025)
GROWTH = {2023: 267_035, 2024: 249_557, 2025: 216_423}  # of the nation, persons
BY_BIRTH_RATE_2024, BY_BIRTH_RATE_2025 = 2.80, 2.57  # total fertility rates, Bureau


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset("kazakhstan")


@pytest.fixture(scope="module")
def estimates(dataset: Dataset) -> Estimates:
    return estimate(dataset)


@pytest.fixture(scope="module")
def people(dataset: Dataset) -> pd.Series:
    keys = ["region", "year", "sex", "age"]
    return dataset.table("estimated/population").set_index(keys)["value"]


@pytest.fixture(scope="module")
def parts(dataset: Dataset) -> pd.DataFrame:
    """Components with a column for each, by region and year."""
    frame = dataset.table("estimated/components")
    return frame.pivot(index=["region", "year"], columns="component", values="value")


def national(dataset: Dataset, event: str) -> pd.Series:
    frame = dataset.table("vital_events")
    frame = frame[(frame["region"] == "KZ") & (frame["event"] == event)]
    return frame.set_index("year")["value"].loc[list(YEARS)]


def mean_women(people: pd.Series, year: int) -> pd.Series:
    women = people.xs("female", level="sex")
    both = women.xs(year, level="year") + women.xs(year + 1, level="year")
    return both / 2


# --- totals and margins -------------------------------------------------------------------------


def test_sums_over_ages_are_the_official_totals(dataset: Dataset, people: pd.Series) -> None:
    observed = dataset.table("population")
    observed = observed[observed["region"] != "KZ"]
    wanted = observed.set_index(["region", "year", "sex"])["value"].sort_index()
    found = people.groupby(["region", "year", "sex"]).sum().sort_index()
    assert len(wanted) == 20 * 5 * 2
    pd.testing.assert_series_equal(found, wanted, check_dtype=False)
    assert (people == people.round()).all()
    assert (people >= 0).all()


def test_the_2020_table_meets_the_published_broad_ages(dataset: Dataset) -> None:
    frame = dataset.table("estimated/population_2020")
    margins = dataset.table("population_broad_age")
    regions = margins[margins["region"] != "KZ"]
    assert regions["region"].nunique() == frame["region"].nunique() == 17
    for row in margins.to_dict("records"):
        rows = frame if row["region"] == "KZ" else frame[frame["region"] == row["region"]]
        inside = (rows["sex"] == row["sex"]) & rows["age"].between(row["age_from"], row["age_to"])
        assert rows.loc[inside, "value"].sum() == row["value"], row


def test_the_nation_meets_the_published_age_groups_of_2023(dataset: Dataset) -> None:
    frame = dataset.table("estimated/national_population")
    frame = frame[frame["year"] == 2023]
    margins = dataset.table("population_age_margins")
    assert len(margins) == 10
    for row in margins.to_dict("records"):
        inside = frame["age"].between(row["age_from"], row["age_to"]) & (frame["sex"] == row["sex"])
        assert frame.loc[inside, "value"].sum() == row["value"], row


def test_the_nation_is_the_sum_of_its_regions(dataset: Dataset, people: pd.Series) -> None:
    nation = dataset.table("estimated/national_population").set_index(["year", "sex", "age"])
    for year in (2023, 2026):
        summed = people.xs(year, level="year").groupby(["sex", "age"]).sum()
        assert (nation.loc[year, "value"].sort_index() == summed.sort_index()).all()


# --- vital events -------------------------------------------------------------------------------


def test_births_by_published_fertility_before_raking(dataset: Dataset, people: pd.Series) -> None:
    """National total fertility x age pattern x estimated women: within 1 % of the register."""
    rates = dataset.table("estimated/fertility").set_index(["region", "age", "year"])["value"]
    tfr = dataset.table("tfr")
    tfr = tfr[tfr["region"] == "KZ"].set_index("year")["value"]
    assert (tfr[2024], tfr[2025]) == (BY_BIRTH_RATE_2024, BY_BIRTH_RATE_2025)
    for year, registered in national(dataset, "births").items():
        asfr = rates.xs(year, level="year")
        women = mean_women(people, year).reindex(asfr.index)
        by_age = (asfr * women).groupby("age").sum()
        pattern = by_age / women.groupby("age").sum()
        before = tfr[year] * (pattern / pattern.sum() * women.groupby("age").sum()).sum()
        assert before == pytest.approx(registered, rel=0.01)
        assert by_age.sum() == pytest.approx(registered, abs=0.5)  # after: to the person


def test_births_and_deaths_by_regional_rates_before_raking(estimates: Estimates) -> None:
    found = before_raking(estimates).set_index(["event", "year"])["error"]
    assert found["births"].abs().max() < 0.01
    assert found["deaths"].abs().max() < 0.02


def test_deaths_after_raking_are_the_registered_ones(dataset: Dataset, people: pd.Series) -> None:
    rates = dataset.table("estimated/mortality").set_index(["region", "year", "sex", "age"])
    for year, registered in national(dataset, "deaths").items():
        mx = rates["value"].xs(year, level="year")
        middle = (people.xs(year, level="year") + people.xs(year + 1, level="year")) / 2
        assert (mx * middle.reindex(mx.index)).sum() == pytest.approx(registered, abs=0.5)


def test_components_are_the_registered_totals(dataset: Dataset, parts: pd.DataFrame) -> None:
    sums = parts.groupby("year").sum()
    for event in ("births", "deaths", "immigration", "emigration"):
        assert (sums[event] == national(dataset, event)).all(), event
    assert (sums["internal_in"] == sums["internal_out"]).all()
    assert (parts >= 0).all(axis=None)


def test_the_balance_closes_to_the_person(dataset: Dataset, parts: pd.DataFrame) -> None:
    gain = parts["births"] + parts["internal_in"] + parts["immigration"]
    change = gain - parts["deaths"] - parts["internal_out"] - parts["emigration"]
    totals = dataset.table("population").groupby(["region", "year"])["value"].sum()
    for year in YEARS:
        growth = totals.xs(year + 1, level="year") - totals.xs(year, level="year")
        of_year = change.xs(year, level="year")
        assert (of_year == growth.reindex(of_year.index)).all()
        assert of_year.sum() == GROWTH.get(year, growth["KZ"]) == growth["KZ"]


def test_crude_rates_are_within_one_per_thousand(estimates: Estimates) -> None:
    """All rows, those of 2021 (before the census) by the age structure of 2020."""
    found = crude_rates(estimates)
    assert set(found["year"]) == {2021, 2022, 2023}
    assert len(found) >= 28
    assert (found["estimate"] - found["published"]).abs().max() < 1.0


def test_life_expectancy_by_region_stays_at_the_published(dataset: Dataset) -> None:
    """Raking deaths to the balance moves it: by 0.1 year on average, never by 0.6."""
    table = dataset.table("life_expectancy").set_index(["region", "year", "sex"])["value"]
    rates = dataset.table("estimated/mortality")
    misses = []
    for year in (2022, 2023):
        rows = rates[rates["year"] == year]
        for region in dataset.space.ids:
            for sex in SEXES:
                one = rows[(rows["region"] == region) & (rows["sex"] == sex)].sort_values("age")
                e0 = float(life_expectancy(one["value"].to_numpy(), sex))
                misses.append(e0 - table[region, year, sex])
    assert len(misses) == 2 * 20 * 2
    assert np.abs(misses).mean() < 0.15
    assert np.abs(misses).max() < 0.6


def test_infant_mortality_of_2023_is_near_the_published(
    dataset: Dataset, parts: pd.DataFrame
) -> None:
    """7.67 infant deaths per 1000 births, Bureau (observed/figures, infant_mortality)."""
    rates = dataset.table("estimated/mortality")
    rows = rates[rates["year"] == 2023].pivot(
        index="age", columns=["sex", "region"], values="value"
    )
    dying = [
        life_table(rows[sex].to_numpy(), sex).qx[0] @ parts["births"].xs(2023, level="year")
        for sex in SEXES
    ]
    births = national(dataset, "births")[2023]
    assert 1000 * (dying[0] / 2.064 + dying[1] * 1.064 / 2.064) / births == pytest.approx(
        7.67, abs=0.4
    )


# --- ages that nothing was fitted to ------------------------------------------------------------


def test_children_of_2024_whom_the_estimate_has_not_seen(people: pd.Series) -> None:
    """6,841,527 aged 0-17 on 1 January 2024 (observed/figures): not an input."""
    children = people.xs(2024, level="year")
    children = children[children.index.get_level_values("age") <= 17].sum()
    assert children == pytest.approx(6_841_527, rel=0.002)


def test_mean_ages_of_2020(dataset: Dataset) -> None:
    frame = dataset.table("estimated/population_2020")
    figures = dataset.table("figures")
    published = figures[(figures["variable"] == "mean_age") & (figures["date"] == "2020")]
    published = published[published["region"] != "KZ"].set_index("region")["value"]
    frame = frame.assign(lived=(frame["age"] + 0.5) * frame["value"])
    sums = frame.groupby("region")[["lived", "value"]].sum()
    mean = (sums["lived"] / sums["value"]).reindex(published.index)
    assert len(published) == 13
    assert (mean - published).abs().max() < 0.25
    assert (mean - published).abs().mean() < 0.1


def test_children_counted_in_three_regions(people: pd.Series) -> None:
    """836, 592 and 498 thousand aged 0-15 on 1 January 2023 (observed/figures, dated 2023-06)."""
    now = people.xs(2023, level="year")
    children = now[now.index.get_level_values("age") <= 15].groupby("region").sum()
    for region, published in (("KZ-61", 836_000), ("KZ-75", 592_000), ("KZ-19", 498_000)):
        assert children[region] == pytest.approx(published, rel=0.005)


def test_old_people_counted_in_four_regions(people: pd.Series) -> None:
    """60 and over on 1 January 2026 (observed/figures), beside deaths that pull the other way."""
    then = people.xs(2026, level="year")
    old = then[then.index.get_level_values("age") >= 60].groupby("region").sum()
    assert old.sum() == pytest.approx(2_909_666, rel=0.005)
    counts = {"KZ-19": 197_270, "KZ-35": 222_511, "KZ-61": 215_088, "KZ-75": 314_592}
    for region, published in counts.items():
        assert old[region] == pytest.approx(published, rel=0.04)


def test_first_grade_is_as_large_as_its_age_group(dataset: Dataset, people: pd.Series) -> None:
    """382 thousand entered school in September 2023, aged 6 on the next 1 January."""
    policy = dataset.table("policy")
    rows = policy[(policy["variable"] == "grade1_intake") & (policy["region"] == "KZ")]
    intake = float(rows.loc[rows["date"].str.startswith("2023"), "value"].iloc[0])
    six = people.xs(2024, level="year").groupby("age").sum()[6]
    assert six == pytest.approx(intake, rel=0.03)


def test_children_are_not_more_than_were_born_or_came(dataset: Dataset, people: pd.Series) -> None:
    """Ages 2-6 on 1 January 2026: born 2019-2023, or immigrants since."""
    events = dataset.table("vital_events")
    events = events[events["region"] == "KZ"].set_index(["event", "year"])["value"]
    children = people.xs(2026, level="year").groupby("age").sum()
    for age in range(2, 7):
        born = events["births", 2025 - age]
        came = events["immigration"].loc[2025 - age : 2025].sum()
        assert 0.98 * born < children[age] < born + 0.05 * came


def test_shares_of_children_are_those_of_fertility(people: pd.Series) -> None:
    """Under 15: a fifth where fertility is below replacement, more than a third in the south."""
    cells = people.xs(2026, level="year").unstack("age").groupby("region").sum()
    share = cells[list(range(15))].sum(axis=1) / cells.sum(axis=1)
    assert share.between(0.17, 0.38).all()
    assert set(share.nsmallest(3).index) == {"KZ-59", "KZ-39", "KZ-63"}
    assert set(share.nlargest(3).index) == {"KZ-61", "KZ-47", "KZ-79"}


def test_young_migrants_of_two_cities(estimates: Estimates) -> None:
    """32.7 and 24.0 thousand net at 14-34 in 2024; a positive net in five regions (press)."""
    base, year = estimates.base, estimates.base.years[2024]
    _, _, immigration, emigration, internal = year.accounts
    net = migration_by_age(base.ages, base.population[2024], internal, immigration, emigration)
    young = pd.Series(net[:, 14:35].sum(axis=(0, 1)), base.source.ids)
    assert young["KZ-71"] == pytest.approx(32_700, rel=0.01)
    assert young["KZ-75"] == pytest.approx(24_000, rel=0.01)
    assert set(young[young > 0].index) == {"KZ-71", "KZ-75", "KZ-79", "KZ-47", "KZ-19"}


def test_pyramids_are_those_of_people(people: pd.Series) -> None:
    """Sex ratios of life, no jump between neighbouring ages, young adults in the cities."""
    cells = people.unstack("age")
    boys, girls = (cells.xs(sex, level="sex") for sex in ("male", "female"))
    ratio = boys[list(range(15))].sum(axis=1) / girls[list(range(15))].sum(axis=1)
    assert ratio.between(1.03, 1.10).all()
    old = list(range(80, 101))
    assert (boys[old].sum(axis=1) / girls[old].sum(axis=1)).between(0.2, 0.6).all()
    nation = cells.groupby(["year", "sex"]).sum()
    steps = np.log(nation[list(range(3, 86))]).diff(axis=1).abs()
    assert steps.max(axis=None) < 0.35  # between those born in the war and before it
    share = cells / nation.reindex(cells.index.droplevel("region")).to_numpy()
    kinks = np.log(share[list(range(81))]).diff(axis=1).abs()
    assert kinks.max(axis=None) < 0.15
    now = cells.xs(2026, level="year").groupby("region").sum()
    young = now[list(range(25, 35))].sum(axis=1) / now.sum(axis=1)
    assert young.nlargest(3).index.isin(["KZ-71", "KZ-75", "KZ-79", "KZ-47"]).all()
    assert young["KZ-71"] > 1.25 * young["KZ-10"]


# --- moves --------------------------------------------------------------------------------------


def test_nets_between_regions_are_met(dataset: Dataset, parts: pd.DataFrame) -> None:
    moves = dataset.table("internal_migration")
    nets = moves[(moves["measure"] == "net") & moves["year"].isin(YEARS)]
    found = parts["internal_in"] - parts["internal_out"]
    for row in nets.to_dict("records"):
        net = found[row["region"], row["year"]]
        if row["note"] == "rounded":  # "about": within the thousand that it was rounded to
            assert net == pytest.approx(row["value"], abs=500)
        else:
            assert net == row["value"], row
    assert (nets["year"] == 2025).sum() == 9


def test_flows_have_the_margins_of_the_components(dataset: Dataset, parts: pd.DataFrame) -> None:
    flows = dataset.table("estimated/flows")
    assert (flows["origin"] != flows["destination"]).all()
    assert len(flows) == 20 * 19 * len(YEARS)
    out = flows.groupby(["origin", "year"])["value"].sum()
    into = flows.groupby(["destination", "year"])["value"].sum()
    assert (out.to_numpy() == parts["internal_out"].sort_index().to_numpy()).all()
    assert (into.to_numpy() == parts["internal_in"].sort_index().to_numpy()).all()
    share = flows.groupby("year")["value"].sum()[2022] / 803_033  # of all registered moves
    assert share == pytest.approx(0.45, abs=0.001)


def test_arrivals_from_abroad_are_near_the_published_regional_counts(parts: pd.DataFrame) -> None:
    """Bureau, 2024 and 2025: observed/figures, external_arrivals and external_departures."""
    for region, year, flow, published in (
        ("KZ-75", 2024, "immigration", 6260), ("KZ-19", 2024, "immigration", 4788),
        ("KZ-47", 2024, "immigration", 3680), ("KZ-19", 2025, "immigration", 5754),
        ("KZ-75", 2025, "immigration", 4068), ("KZ-47", 2025, "immigration", 3562),
        ("KZ-59", 2024, "emigration", 2100), ("KZ-35", 2025, "emigration", 1451),
    ):  # fmt: skip
        assert parts.loc[(region, year), flow] == pytest.approx(published, rel=0.05)


def test_ages_of_migrants_have_the_published_shares(dataset: Dataset) -> None:
    """Aged 14-34: 13,900 of 29,282 immigrants; 3,300 of 12,732 emigrants (2024)."""
    table = dataset.table("estimated/migrant_age").set_index(["stream", "sex", "age"])["value"]
    immigrants = table["immigration"]
    assert immigrants.sum() == pytest.approx(1, abs=1e-4)
    young = immigrants[immigrants.index.get_level_values("age").isin(range(14, 35))].sum()
    assert young == pytest.approx(13_900 / 29_282, abs=0.01)
    nation = dataset.table("estimated/national_population").set_index(["year", "sex", "age"])
    leavers = table["emigration"] * nation["value"][2023]
    share = leavers[leavers.index.get_level_values("age").isin(range(14, 35))].sum() / leavers.sum()
    assert share == pytest.approx(3_300 / 12_732, abs=0.01)
    movers = (table["internal"] * nation["value"][2023]).groupby("sex").sum()
    assert 0.5 < movers["female"] / movers.sum() < 0.6


# --- the build ----------------------------------------------------------------------------------


def test_the_committed_tables_are_the_built_ones(estimates: Estimates, dataset: Dataset) -> None:
    """Another processor may round a cell the other way: a person, or the last digit of a rate."""
    for name, frame in estimated_tables(estimates).items():
        built = frame.assign(value=pd.to_numeric(frame["value"]))
        committed = dataset.table(f"estimated/{name}")
        keys = [column for column in built.columns if column not in ("value", "note")]
        pd.testing.assert_frame_equal(
            built[keys].reset_index(drop=True), committed[keys], check_dtype=False
        )
        np.testing.assert_allclose(built["value"], committed["value"], rtol=1e-4, atol=2.0)
        assert (built["status"] == "estimated").all()


def test_the_estimate_stays_small(dataset: Dataset) -> None:
    files = list(Path(dataset.path, "estimated").glob("*.csv"))
    assert {"population", "models"} <= {file.stem for file in files}
    assert sum(file.stat().st_size for file in files) < 5e6
