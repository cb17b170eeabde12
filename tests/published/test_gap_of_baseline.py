"""The gap ladder of real runs: it adds up, keeps to the law, and says what is published.

Authority: labour force survey of the Bureau of National Statistics of Kazakhstan 2022-2025; order
no. 397 of 12 December 2025 on the quota of foreign labour (0.25 per cent of the labour force);
18,146 permits and the regional quota of kandas of 2026; the tables of the runs themselves.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.errors import InputError
from forecast.gap import ladders_of
from forecast.labour.closure import meet_from_origins
from forecast.labour.deficit import labour_year
from forecast.labour.ladder import MEASURES, RUNGS, own_people
from forecast.labour.supply import participation_at
from forecast.plan import Plan, prepare
from forecast.policy import admitted_workers, unfilled_places
from forecast.projection import Projection

OUTSIDE = ["commuting", "internal_movers", "kandas", "foreign"]


@pytest.fixture(scope="module")
def dataset() -> fc.Dataset:
    return fc.load_dataset("kazakhstan")


@pytest.fixture(scope="module", params=["baseline", "alatau-general-plan"])
def run(request: pytest.FixtureRequest, dataset: fc.Dataset) -> Projection:
    return fc.run(request.param, dataset)


def planned(text: str, dataset: fc.Dataset) -> Plan:
    return prepare(fc.parse_scenario("extends: baseline\n" + text), dataset)


def by_measure(run: Projection) -> pd.DataFrame:
    frame = run.frame("labour_gap")
    total = frame[frame["section"] == "total"]
    return total.pivot(index=["region", "year"], columns="measure", values="value")


def test_the_table_adds_up(run: Projection) -> None:
    table = by_measure(run)
    assert set(table.columns) == set(MEASURES)
    assert len(table) == 21 * 5
    assert table[list(RUNGS)].sum(axis=1).to_numpy() == pytest.approx(table["gap"].to_numpy())
    assert (table.drop(columns="people_needed") > -1e-6).all(axis=None)
    deficit = run.frame("labour").query("measure == 'labour_deficit'")
    deficit = deficit.set_index(["region", "year"])["value"].reindex(table.index).astype(float)
    found = (table["gap"] - table["surplus"]).to_numpy()
    assert found == pytest.approx(deficit.to_numpy(), abs=1e-6)
    regions = table.drop(index="KZ", level="region")
    short = np.maximum(deficit.reindex(regions.index).to_numpy(), 0)
    assert (regions[OUTSIDE].sum(axis=1).to_numpy() <= short + 1e-6).all()
    nation = regions.groupby(level="year").sum()
    assert nation["gap"].to_numpy() == pytest.approx(table.loc["KZ", "gap"].to_numpy())
    frame = run.frame("labour_gap")
    assert set(frame["unit"]) == {"jobs", "persons"}
    assert set(frame[frame["section"] != "total"]["measure"]) == {"foreign_limit"}
    limit = frame[(frame["measure"] == "foreign_limit") & (frame["section"] != "total")]
    sums = limit.groupby(["region", "year"])["value"].sum().reindex(table.index)
    assert sums.to_numpy() == pytest.approx(table["foreign"].to_numpy(), abs=1e-6)


def test_foreign_workers_keep_to_the_quota(run: Projection) -> None:
    """0.25 per cent of about 9.9 million, less the 18,146 permits that are published."""
    table = by_measure(run).loc["KZ"]
    labour = run.frame("labour").query("region == 'KZ' and measure == 'labour_force'")
    quota = 0.0025 * labour.set_index("year")["value"] - 18_146
    assert (table["foreign"] <= quota + 1e-6).all()
    assert 5_000 < table["foreign"].iloc[-1] < 9_000


def test_people_needed_close_the_deficit(dataset: fc.Dataset) -> None:
    """Those who come and work fill what is short: M x employed per newcomer is the deficit."""
    plan = planned("", dataset)
    assumptions = plan.assume()
    simulation = plan.simulate(assumptions)
    ladders = list(ladders_of(simulation, assumptions, plan.labour, plan.levers, dataset))
    for (ladder, people), work in zip(ladders, simulation.labour, strict=True):
        deficit = work.deficit[:, 0]
        assert (np.sign(people) == np.sign(deficit)).all()
        assert np.abs(ladder.gap - ladder.surplus - deficit).max() < 1e-6
        each = deficit / people  # employed residents for each person who comes
        assert 0.3 < each.min() < each.max() < 0.6
        spare, wanted = np.maximum(-people, 0), np.maximum(people, 0)
        flows = meet_from_origins(wanted, spare, np.ones((20, 20)))
        assert flows.sum() == pytest.approx(min(spare.sum(), wanted.sum()))


def test_rungs_that_follow_from_what_is_published(dataset: fc.Dataset) -> None:
    """Lowest rates of 2022-2025: 4.10 % in Ulytau (2025), 4.83 % in Atyrau (2023)."""
    labour = planned("", dataset).labour
    lowest = dict(zip(dataset.space.ids, labour.lowest_unemployment, strict=True))
    assert lowest["KZ-62"] == pytest.approx(0.0410, abs=5e-5)
    assert lowest["KZ-23"] == pytest.approx(0.0483, abs=5e-5)
    assert (labour.lowest_unemployment <= labour.unemployment).all()
    assert (labour.best_shift >= labour.shift).all()
    at_best = dataset.space.positions["KZ-71"]
    assert labour.best_shift[at_best] == labour.shift[at_best], "Astana has its best in 2025"


def test_what_own_people_can_give_by_draw(dataset: fc.Dataset) -> None:
    """In the base year: unemployed down to the lowest rate, and the labour force at its best."""
    plan = planned("", dataset)
    labour, year = plan.labour, plan.labour.year
    people = np.stack([plan.without_levers.population, 2 * plan.without_levers.population], -1)
    balance = labour_year(labour, people, year)
    unemployed, joining = own_people(labour, balance, people, year)
    force = balance.labour_force[:, 0]
    beyond = (labour.unemployment - labour.lowest_unemployment) * force
    assert unemployed[:, 0] == pytest.approx(beyond, abs=1e-6)
    best = participation_at(labour.pattern.of_year(year), labour.best_shift, labour.cap)
    more = (people[..., 0] * best).sum(axis=(0, 1)) - force
    assert joining[:, 0] == pytest.approx(more * (1 - labour.lowest_unemployment), abs=1e-6)
    for offered in (unemployed, joining):
        assert offered[:, 1] == pytest.approx(2 * offered[:, 0])


def test_empty_places_of_the_quota(dataset: fc.Dataset) -> None:
    """West Kazakhstan: none of 30 places was taken; Pavlodar: 977 at 97.8 %; full ones are 0."""
    years = (2026, 2027)
    empty = unfilled_places(None, dataset, years)
    at = dataset.space.positions
    assert empty[:, at["KZ-27"]].tolist() == [30, 30]
    assert empty[:, at["KZ-55"]] == pytest.approx(977 * 0.022)
    assert not empty[:, [at["KZ-11"], at["KZ-23"]]].any()
    lever = planned(
        "levers: {kandas_quota: {places: {KZ-55: {2027: 2000}}, take_up: {KZ-55: 0.5}}}", dataset
    ).levers.kandas_quota
    assert unfilled_places(lever, dataset, years)[:, at["KZ-55"]] == pytest.approx([488.5, 1000])


def test_more_permits_leave_less_of_the_quota(dataset: fc.Dataset) -> None:
    plan = planned("levers: {foreign_labour: {permits: {2027: 20146}}}", dataset)
    force = np.full(2, 10e6)
    admitted = admitted_workers(plan.levers, dataset, (2026, 2027), force)
    assert admitted == pytest.approx([25_000 - 18_146, 25_000 - 20_146])


def test_participation_changes_in_the_regions_that_are_named(dataset: fc.Dataset) -> None:
    text = (
        "levers: {participation: [{regions: [Karaganda Region, KZ-55], ages: [20, 30], "
        "change: {2027: -0.02}}]}"
    )
    labour = planned(text, dataset).labour
    change = labour.participation_in(2027) - labour.participation_in(2026)
    named = [dataset.space.positions[region] for region in ("KZ-35", "KZ-55")]
    others = [place for place in range(len(dataset.space)) if place not in named]
    assert change[:, 20:31, named] == pytest.approx(-0.02)
    assert change[:, 20:31, others] == pytest.approx(0)
    assert change[:, 31:40] == pytest.approx(0)


def test_sectors_of_a_growth_point_must_sum_to_one(dataset: fc.Dataset) -> None:
    text = (
        "growth_points: {town: {region: KZ-55, jobs: {2027: 100}, "
        "sectors: {manufacturing: 0.5, services: 0.3}}}"
    )
    with pytest.raises(InputError, match=r"town\.sectors: the shares sum to 0\.8, not to 1"):
        planned(text, dataset)
