"""External migration of the shipped country against what is published of it.

Authority: Bureau of National Statistics of Kazakhstan and the labour ministry, as they stand in
data/kazakhstan/observed with their sources.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast import engine
from forecast.baseline import population_on
from forecast.dataset import Dataset, load_dataset
from forecast.estimate.build import estimate
from forecast.estimate.external_model import fit_external
from forecast.external import external_draws, external_path, schedule
from forecast.fitted import Fitted, fitted
from forecast.scenario import parse_scenario
from forecast.scenario.schema import ExternalMigration, Streams
from forecast.scenario.series import Series
from forecast.simulate import Simulation
from forecast.space import STREAMS

YEARS = range(2026, 2031)
IMMIGRATION_2025, EMIGRATION_2025, NET_2025 = 23_761, 7_608, 16_153
STATUSES_2025, IN_QUOTA_2025 = 14_828, 2_234
MEDIUM = ExternalMigration(variant="medium")


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset("kazakhstan")


@pytest.fixture(scope="module")
def model(dataset: Dataset) -> Fitted:
    return fitted(dataset, "external")


@pytest.fixture(scope="module")
def people(dataset: Dataset) -> np.ndarray:
    return population_on(dataset, dataset.base_year)


def simulated(text: str, dataset: Dataset) -> tuple[Simulation, pd.DataFrame, pd.DataFrame]:
    from forecast.immigration import immigration_frame
    from forecast.tabulate import components_frame

    plan = engine.prepare(parse_scenario(text), dataset)
    assumptions = plan.assume()
    simulation = plan.simulate(assumptions)
    frame = immigration_frame(simulation, assumptions.streams)
    return simulation, frame, components_frame(simulation)


def test_the_medium_variant_goes_on_from_what_is_registered(dataset, people) -> None:
    path = external_path(dataset, YEARS, MEDIUM, people)
    assert path.immigration[0].sum() == pytest.approx(IMMIGRATION_2025, rel=1e-5)
    leavers = (path.emigration[0] * people).sum()
    assert leavers == pytest.approx(EMIGRATION_2025, rel=0.03)
    assert IMMIGRATION_2025 - EMIGRATION_2025 == NET_2025
    np.testing.assert_allclose(path.streams.sum(axis=0), path.immigration.sum(axis=(1, 2)))


def test_streams_add_up_to_the_registered_immigration(dataset, model) -> None:
    """Shares of the streams sum to 1, so they do for every registered year."""
    shares = np.array([model.number(f"{stream}_share") for stream in STREAMS])
    assert shares.sum() == pytest.approx(1, abs=1e-5)
    registered = dataset.table("vital_events")
    registered = registered[(registered["region"] == "KZ") & (registered["event"] == "immigration")]
    for year in (2023, 2024, 2025):
        total = float(registered.loc[registered["year"] == year, "value"].iloc[0])
        assert (shares * total).sum() == pytest.approx(total, rel=1e-5)
    regions = dataset.space.ids
    spread = np.stack([model.by_region(f"{stream}_regions", regions) for stream in STREAMS])
    by_region = shares @ spread
    np.testing.assert_allclose(by_region, model.by_region("immigration_share", regions), rtol=1e-3)
    parts = dataset.table("estimated/components").query(
        "component == 'immigration' and year >= 2023"
    )
    pooled = parts.groupby("region")["value"].sum().loc[list(regions)].to_numpy()
    np.testing.assert_allclose(by_region, pooled / pooled.sum(), rtol=1e-3)


def test_kandas_are_as_published_and_no_more_than_can_have_come(model) -> None:
    quota = model.number("kandas_quota_share") * IMMIGRATION_2025
    both = quota + model.number("kandas_free_share") * IMMIGRATION_2025
    assert both < STATUSES_2025  # residents among them are no arrivals
    assert both / STATUSES_2025 > 0.5
    assert 0.7 * IN_QUOTA_2025 < quota <= IN_QUOTA_2025  # what regions can hold of the places
    assert model.number("labour_share") == model.number("students_share") == 0  # not published


def test_ages_of_the_streams_are_those_published(dataset, model) -> None:
    """A third of kandas of 2025 are below working age; of those in the quota 44 % are in it."""
    free, quota = (model.by_age(f"kandas_{name}_ages") for name in ("free", "quota"))
    pension = dataset.table("norms/pension_age")
    rows = pension[pension["year"] <= 2025].sort_values("year").groupby("sex")["value"].last()
    ages = np.arange(101)
    working = np.stack([(ages >= 16) & (ages < rows[sex]) for sex in ("female", "male")])
    assert (quota * working).sum() == pytest.approx(0.4425, abs=0.001)
    share = [model.number(f"kandas_{name}_share") for name in ("free", "quota")]
    young = (share[0] * free[:, :16].sum() + share[1] * quota[:, :16].sum()) / sum(share)
    assert young == pytest.approx(0.34, abs=0.05)
    everybody = sum(
        model.number(f"{stream}_share") * model.by_age(f"{stream}_ages") for stream in STREAMS
    )
    np.testing.assert_allclose(everybody, schedule(dataset, "immigration"), atol=2e-5)
    assert np.argmax(model.by_age("students_ages").sum(axis=0)) in range(18, 23)


def test_the_exodus_is_a_regime_of_its_own(model) -> None:
    assert model.number("settled_since") == 2004
    assert 2012 in model.years("immigration_break")


def test_low_and_high_open_around_the_medium_net(dataset, model, people) -> None:
    total = people.sum()
    nets = {
        ending: model.by_year(f"immigration{ending}", YEARS)
        - total * model.by_year(f"emigration_rate{ending}", YEARS)
        for ending in ("_low", "", "_high")
    }
    assert (nets["_low"] < nets[""]).all()
    assert (nets[""] < nets["_high"]).all()
    assert (np.diff(nets["_high"] - nets["_low"]) > 0).all()


def test_draws_have_the_median_one_and_do_not_depend_on_their_number(dataset, model) -> None:
    many = external_draws(dataset, YEARS, np.random.default_rng(1), 2000)
    few = external_draws(dataset, YEARS, np.random.default_rng(1), 7)
    longer = external_draws(dataset, range(2026, 2041), np.random.default_rng(1), 7)
    for flow in ("immigration", "emigration"):
        all_, some, more = (getattr(draws, flow) for draws in (many, few, longer))
        np.testing.assert_array_equal(all_[..., :7], some)
        np.testing.assert_array_equal(more[:5], some)
        share = model.by_region(f"{flow}_share", dataset.space.ids)
        nation = np.einsum("r,yrd->yd", share / share.sum(), all_)
        assert np.abs(np.log(np.median(nation, axis=1))).max() < 0.06
        name = "immigration" if flow == "immigration" else "emigration_rate"
        spread = np.log(nation[0]).std()
        assert spread == pytest.approx(model.number(f"{name}_sigma"), rel=0.06)


def test_a_stream_of_the_scenario_changes_itself_alone(dataset, people) -> None:
    said = ExternalMigration(
        streams=Streams.model_construct(
            kandas_free=Series.from_map({2028: 12_000.0}, before=np.nan),
            labour=Series.from_map({2026: 1_000.0}, before=np.nan),
        )
    )
    path = external_path(dataset, YEARS, said, people)
    medium = external_path(dataset, YEARS, MEDIUM, people)
    sums, before = path.streams.sum(axis=2), medium.streams.sum(axis=2)
    free, labour = STREAMS.index("kandas_free"), STREAMS.index("labour")
    np.testing.assert_allclose(sums[free], [*before[free, :2], 12_000, 12_000, 12_000], rtol=1e-4)
    np.testing.assert_allclose(sums[labour], 1_000, rtol=1e-4)
    others = [k for k in range(len(STREAMS)) if k not in (free, labour)]
    np.testing.assert_array_equal(sums[others], before[others])
    np.testing.assert_array_equal(path.emigration, medium.emigration)
    np.testing.assert_allclose(path.streams.sum(axis=0), path.immigration.sum(axis=(1, 2)))


@pytest.mark.parametrize(
    "more",
    [
        "",
        "uncertainties: {external_migration: {net: {2027: 40000}}}\n",
        "uncertainties: {external_migration: {streams: {students: {2027: 3000}}}}\n",
        "levers: {kandas_quota: {places: {KZ-55: {2027: 5000}}}}\n",
        "levers: {kandas_quota: {take_up: {KZ-55: 0, KZ-11: 0}}}\n"
        "uncertainties: {external_migration: {net: {2027: 10000}}}\n",
    ],
)
def test_the_table_of_streams_adds_up_to_the_component(dataset, more: str) -> None:
    _, frame, components = simulated("extends: baseline\nuntil: 2028\n" + more, dataset)
    assert (frame["value"] >= 0).all()
    sums = frame.groupby(["region", "year"])["value"].sum()
    whole = components[components["component"] == "immigration"]
    whole = whole.set_index(["region", "year"])["value"]
    np.testing.assert_allclose(sums.reindex(whole.index), whole, rtol=1e-12, atol=1e-9)


def test_what_the_lever_brings_is_in_the_quota(dataset) -> None:
    _, plain, _ = simulated("extends: baseline\nuntil: 2028\n", dataset)
    lever = "levers: {kandas_quota: {places: {KZ-55: {2027: 2000}}}}\n"
    _, moved, _ = simulated("extends: baseline\nuntil: 2028\n" + lever, dataset)
    keys = ["region", "year", "stream"]
    change = moved.set_index(keys)["value"] - plain.set_index(keys)["value"]
    assert change["KZ-55", 2027, "kandas_quota"] == pytest.approx((2000 - 977) * 0.978)
    change[("KZ-55", 2027, "kandas_quota")] = change[("KZ-55", 2028, "kandas_quota")] = 0
    assert change.abs().max() < 1e-6


def test_the_run_has_the_table(dataset) -> None:
    frame = fc.run("baseline", dataset, until=2026).frame("immigration")
    assert list(frame.columns) == ["region", "year", "stream", "value", "unit", "status"]
    assert set(frame["stream"]) == {"kandas_quota", "kandas_free", "other"}
    assert set(frame["status"]) == {"projected"}


@pytest.mark.slow
@pytest.mark.parametrize("until", [2021, 2022, 2024])
def test_an_earlier_source_sees_nothing_later(dataset, until: int) -> None:
    found = fit_external(estimate(dataset, until=until))
    level = [p for p in found.parameters if p.parameter == "immigration"]
    registered = {2021: 11_039, 2022: 17_425, 2024: 29_282}[until]
    assert level[0].year == until + 1
    assert level[0].value == pytest.approx(registered)
    shares = [p.value for p in found.parameters if p.parameter == "immigration_share"]
    assert sum(shares) == pytest.approx(1)
    assert len(shares) == len(dataset.space)
