"""What holds for every estimate, whatever the figures: totals, signs, closed balances."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.balance import round_to_margins
from forecast.dataset import load_dataset
from forecast.demography.lifetable import life_table, survival
from forecast.demography.schedules import MigrationCurve, rogers_castro
from forecast.errors import RunError
from forecast.estimate.accounts import ENTRIES, SIGNS, Accounts, balance
from forecast.estimate.build import build_estimates
from forecast.estimate.flows import gravity
from forecast.estimate.migrants import MigrantAges, women_shares
from forecast.estimate.national import grown_older, put_back
from forecast.estimate.roll import backward, forward, migration_by_age
from forecast.estimate.source import Source
from forecast.estimate.tilt import (
    AGE,
    Known,
    ages_of,
    calibrate,
    hats,
    of_both,
    of_sex,
    smooth_rake,
)
from forecast.estimate.un import closed_out
from forecast.estimate.whole import whole_people

seeds = st.integers(0, 2**32 - 1)
MX = 0.0002 + 0.00005 * np.exp(0.095 * np.arange(101))


def structure(rng: np.random.Generator, regions: int = 3) -> np.ndarray:
    """People of (sex, age, region) that fall with age, some thousands in each young cell."""
    survivors = np.exp(-np.cumsum(np.minimum(MX, 1.0)))
    return 5000 * survivors[None, :, None] * rng.uniform(0.5, 2, (2, 1, regions))


def migrants() -> MigrantAges:
    curve = np.tile(rogers_castro(MigrationCurve()), (2, 1))
    return MigrantAges(
        curve / curve.mean(), np.ones((2, 101)), curve / curve.sum(), curve / curve.sum()
    )


# --- tilt ---------------------------------------------------------------------------------------


@given(seeds)
def test_a_tilt_meets_its_margins_and_stays_positive_and_smooth(seed: int) -> None:
    rng = np.random.default_rng(seed)
    base = structure(rng)[:, :, 0]
    known = Known()
    for sex in range(2):
        for first, last in ((0, 15), (16, 62), (63, 100)):
            total = base[sex, first : last + 1].sum() * rng.uniform(0.8, 1.25)
            known.group(sex, first, last, total)
    found = smooth_rake(base, known, np.array([8.0, 39.0, 75.0]))
    for cells, total in zip(known.coefficients, known.values, strict=True):
        assert (cells * found).sum() == pytest.approx(total, rel=1e-8)
    assert (found > 0).all()
    kinks = np.abs(np.diff(np.log(found / base), n=2, axis=1))
    assert kinks.max() < 0.1  # no jump at 16 or 63


@given(seeds)
def test_a_tilt_that_already_fits_changes_nothing(seed: int) -> None:
    base = structure(np.random.default_rng(seed))[:, :, 0]
    known = Known()
    known.group(0, 0, 100, base[0].sum())
    known.group(1, 0, 100, base[1].sum())
    known.add(ages_of(None, 20, 40), base[:, 20:41].sum(), error=10.0)
    curves = np.concatenate([of_sex(hats(np.array([50.0]))), of_both(hats(np.array([20.0, 60.0])))])
    found = calibrate(base, curves, known, np.array([np.inf, np.inf, 0.1, 0.1]))
    np.testing.assert_allclose(found, base, rtol=1e-9)


def test_contradicting_margins_are_refused() -> None:
    base = structure(np.random.default_rng(1))[:, :, 0]
    known = Known()
    known.group(0, 0, 100, 1000.0)
    known.add(ages_of(0, 0, 100), 2000.0)
    with pytest.raises(RunError, match="no smooth age structure"):
        calibrate(base, of_both(hats(np.array([20.0, 60.0]))), known, np.full(2, np.inf))


def test_the_less_sure_count_gives_way() -> None:
    base = structure(np.random.default_rng(2))[:, :, 0]
    known = Known()
    known.add(ages_of(None, 0, 100), 1.10 * base.sum(), error=0.001 * base.sum())
    known.add(ages_of(None, 0, 100), 1.00 * base.sum(), error=0.100 * base.sum())
    found = calibrate(base, of_both(hats(np.array([50.0]))), known, np.array([np.inf]))
    assert found.sum() == pytest.approx(1.10 * base.sum(), rel=1e-3)


# --- accounts -----------------------------------------------------------------------------------


def books(rng: np.random.Generator, regions: int = 6) -> Accounts:
    true = rng.integers(200, 5000, (len(ENTRIES), regions)).astype(float)
    true[4] -= np.floor(true[4].mean())
    true[4, -1] -= true[4].sum()
    return Accounts(
        values=np.vstack([true[:4] * rng.uniform(0.8, 1.2, (4, regions)), true[4]]),
        sigma=np.vstack([np.full((4, regions), 100.0), np.zeros(regions)]),
        totals=true.sum(axis=1),
        growth=SIGNS @ true,
        natural=np.where(rng.random(regions) < 0.5, true[0] - true[1], np.nan),
        natural_sigma=np.full(regions, 5.0),
    )


@given(seeds)
def test_balanced_accounts_close_to_the_person(seed: int) -> None:
    accounts = books(np.random.default_rng(seed))
    found = balance(accounts)
    assert (found == np.rint(found)).all()
    assert (found.sum(axis=1) == accounts.totals).all()
    assert (SIGNS @ found == accounts.growth).all()
    assert (found[:4] >= 0).all()
    assert (found[4] == accounts.values[4]).all()  # published nets do not move


@given(seeds)
def test_accounts_that_already_close_stay(seed: int) -> None:
    accounts = books(np.random.default_rng(seed))
    closed = balance(accounts)
    accounts.values, accounts.natural = closed, np.full(closed.shape[1], np.nan)
    assert (balance(accounts) == closed).all()


def test_the_order_of_regions_does_not_matter() -> None:
    accounts = books(np.random.default_rng(3))
    order = np.array([3, 0, 5, 1, 4, 2])
    turned = Accounts(
        accounts.values[:, order], accounts.sigma[:, order], accounts.totals,
        accounts.growth[order], accounts.natural[order], accounts.natural_sigma[order],
    )  # fmt: skip
    np.testing.assert_allclose(balance(turned), balance(accounts)[:, order], atol=2)


def test_a_flow_is_never_adjusted_below_a_tenth() -> None:
    accounts = books(np.random.default_rng(4))
    accounts.values[2, 0], accounts.sigma[2, 0] = 20.0, 4000.0
    assert balance(accounts)[2, 0] >= 2


def test_growth_that_the_nation_does_not_have_is_refused() -> None:
    accounts = books(np.random.default_rng(5))
    accounts.growth[0] += 7
    with pytest.raises(RunError, match="the regions grow by"):
        balance(accounts)


# --- moving people ------------------------------------------------------------------------------


@given(seeds)
def test_a_year_on_meets_its_totals_and_without_events_only_ages(seed: int) -> None:
    rng = np.random.default_rng(seed)
    people, ages = structure(rng), migrants()
    mx = np.broadcast_to(MX[None, :, None], people.shape)
    born, nothing = rng.uniform(4000, 6000, (2, 3)), np.zeros_like(people)
    totals = people.sum(axis=1) * rng.uniform(0.97, 1.03, (2, 3))
    later = forward(people, mx, born, nothing, totals, ages)
    np.testing.assert_allclose(later.sum(axis=1), totals, rtol=1e-12)
    assert (later >= 0).all()
    still = np.zeros_like(people) + 1e-12
    older = forward(people, still, born * 0, nothing, people.sum(axis=1), ages)
    np.testing.assert_allclose(older[:, 1:100], people[:, :99], rtol=1e-6)


@given(seeds)
def test_a_year_back_undoes_a_year_on(seed: int) -> None:
    rng = np.random.default_rng(seed)
    people, ages = structure(rng), migrants()
    mx = np.broadcast_to(MX[None, :, None], people.shape)
    into = survival(mx)
    later = grown_older(people, into)
    np.testing.assert_allclose(put_back(later, into)[:, :99], people[:, :99], rtol=1e-9)
    nothing = np.zeros_like(people)
    back = backward(later, mx, nothing, people.sum(axis=1), ages)
    np.testing.assert_allclose(back[:, :95], people[:, :95], rtol=1e-3)


@given(seeds)
def test_migrants_by_age_add_up_to_their_number(seed: int) -> None:
    rng = np.random.default_rng(seed)
    net, into, out = rng.normal(0, 500, 3), rng.uniform(0, 300, 3), rng.uniform(0, 300, 3)
    found = migration_by_age(migrants(), structure(rng), net, into, out)
    np.testing.assert_allclose(found.sum(axis=(0, 1)), net + into - out, atol=1e-9)


def test_shares_of_women_are_found_again() -> None:
    rng = np.random.default_rng(6)
    nation = structure(rng).sum(axis=2)
    usual = nation[0].sum() / nation.sum()
    net = rng.normal(0, 1000, 8)
    net -= net.mean()
    into, out = rng.uniform(100, 900, 8), rng.uniform(100, 500, 8)
    women = 0.55 * net + 0.42 * into - usual * out
    by_sex = np.stack([women, net + into - out - women])
    found = women_shares([by_sex], [net], [(into, out)], nation)
    assert found.internal == pytest.approx(0.55, abs=1e-9)
    assert found.immigration == pytest.approx(0.42, abs=1e-9)


def test_the_oldest_are_closed_out_without_changing_their_number() -> None:
    people = structure(np.random.default_rng(7))[:, :, 0]
    rough = people.copy()
    rough[:, 90:] *= np.array([1.5, 0.5] * 5 + [1.5])
    mx = np.tile(MX, (2, 1))
    smooth = closed_out(rough, mx, 85)
    np.testing.assert_allclose(smooth[:, 85:].sum(axis=1), rough[:, 85:].sum(axis=1), rtol=1e-9)
    assert (np.diff(smooth[:, 84:100], axis=1) < 0).all()
    stationary = life_table(mx).Lx * 1000
    np.testing.assert_allclose(closed_out(stationary, mx, 85), stationary, rtol=1e-6)


# --- whole persons and flows --------------------------------------------------------------------


@given(seeds)
def test_whole_people_keep_regions_and_age_groups(seed: int) -> None:
    rng = np.random.default_rng(seed)
    people = structure(rng)
    totals = np.rint(people.sum(axis=1))
    people *= (totals / people.sum(axis=1))[:, None]
    rows = []
    for sex, name in enumerate(("female", "male")):
        first = np.rint(people[sex, :18].sum())
        rows += [(name, 0, 17, first), (name, 18, 100, totals[sex].sum() - first)]
    groups = pd.DataFrame(rows, columns=["sex", "age_from", "age_to", "value"])
    whole = whole_people(people, totals, groups)
    assert (whole == np.rint(whole)).all()
    assert (whole >= 0).all()
    assert (whole.sum(axis=1) == totals).all()
    assert whole[0, :18].sum() == rows[0][3]
    assert np.abs(whole - people).max() < 3


@given(seeds)
def test_rounded_flows_keep_both_margins_and_nobody_stays(seed: int) -> None:
    rng = np.random.default_rng(seed)
    flows = rng.uniform(0, 20, (7, 7)) * (rng.random((7, 7)) < 0.8)
    np.fill_diagonal(flows, 0.0)
    rows = np.rint(flows.sum(axis=1))
    columns = np.floor(flows.sum(axis=0))
    for _ in range(int(rows.sum() - columns.sum())):
        columns[int((flows.sum(axis=0) - columns).argmax())] += 1
    if rows.sum() != columns.sum():
        rows[0] += columns.sum() - rows.sum()
    whole = round_to_margins(flows, rows, columns)
    assert (whole.sum(axis=1) == rows).all()
    assert (whole.sum(axis=0) == columns).all()
    assert (np.diag(whole) == 0).all()
    assert (whole >= 0).all()


def test_gravity_falls_with_distance_and_grows_with_people() -> None:
    source = Source(load_dataset("kazakhstan"))
    people = np.full(len(source.ids), 1e6)
    prior = gravity(source, people)
    assert (np.diag(prior) == 0).all()
    np.testing.assert_allclose(prior, prior.T)  # distances are the same both ways
    larger = people.copy()
    larger[3] *= 2
    ratio = gravity(source, larger) / np.where(prior > 0, prior, np.inf)
    assert ratio[3, 5] > ratio[4, 5]
    almaty, its_region, far = (source.ids.index(r) for r in ("KZ-75", "KZ-19", "KZ-27"))
    assert prior[almaty, its_region] > 10 * prior[almaty, far]


# --- the build ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_same_figures_give_the_same_bytes(tmp_path_factory: pytest.TempPathFactory) -> None:
    dataset = load_dataset("kazakhstan")
    folders = [tmp_path_factory.mktemp("built") / "estimated" for _ in range(2)]
    for folder in folders:
        build_estimates(dataset, folder)
    first, second = ({f.name: f.read_bytes() for f in folder.iterdir()} for folder in folders)
    assert first == second
    assert len(first) == 10


def test_a_source_that_ends_earlier_hides_what_came_later() -> None:
    dataset = load_dataset("kazakhstan")
    source = Source(dataset, until=2022)
    assert source.table("tfr")["year"].max() == 2022
    assert source.table("vital_events")["year"].max() == 2022
    assert source.table("population")["year"].max() == 2023
    figures = source.table("figures")
    rates = figures[figures["variable"].isin(["cbr", "births", "external_arrivals"])]
    assert not rates["date"].str.startswith(("2023", "2024", "2025")).any()
    assert set(AGE.astype(int)) == set(range(101))


def test_an_official_table_is_read_in_place_of_the_estimate(tmp_path: Path) -> None:
    """A planner drops the statistics office's own flows into observed/: no code changes."""
    package = tmp_path / "country"
    shutil.copytree(load_dataset("kazakhstan").path, package)
    official = pd.read_csv(package / "estimated" / "flows.csv")
    official = official.assign(value=official["value"] + 1, status="observed", source="register")
    official.to_csv(package / "observed" / "flows.csv", index=False)
    found = load_dataset(package).table("estimated/flows")
    assert (found["status"] == "observed").all()
    assert found["value"].sum() == official["value"].sum()
    (package / "observed" / "flows.csv").unlink()
    assert (load_dataset(package).table("estimated/flows")["status"] == "estimated").all()
