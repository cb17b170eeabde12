"""What must hold of the draws of a run, whatever they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import forecast as fc
from forecast.demography.step import one_year
from forecast.demography.transition import MixedMoves, moves_at_rates
from forecast.draws import Draws, triangular
from forecast.ensemble import LEVELS, Setting, expected_years, quantiles, run_draws
from forecast.errors import InputError
from forecast.plan import prepare
from forecast.scenario.values import Triple
from forecast.uncertain import COMPONENTS

COUNT = 120


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset("kazakhstan")


@pytest.fixture(scope="module")
def plan(dataset):
    return prepare(fc.load_scenario("baseline"), dataset, until=2029)


def drawn(plan, draws, components=tuple(COMPONENTS), **options):
    a = plan.assume()
    setting = Setting(a, plan.labour, plan.around, plan.facilities)
    points = plan.drawn_points(draws)
    return run_draws(setting, points, plan.deviations(a, draws, components), **options)


@pytest.fixture(scope="module")
def many(plan):
    return drawn(plan, Draws(COUNT, 1))


@pytest.mark.parametrize("chunk", [1, 50, 64, 1000])
@pytest.mark.parametrize("workers", [1, 2, 3])
def test_chunks_and_workers_change_no_number(plan, many, chunk, workers):
    again = drawn(plan, Draws(COUNT, 1), workers=workers, chunk=chunk)
    for name, values in many.series.items():
        assert np.array_equal(values, again.series[name], equal_nan=True), name
    assert np.array_equal(many.cells, again.cells)


def test_another_seed_gives_other_draws(plan, many):
    other = drawn(plan, Draws(COUNT, 2), cells=False)
    assert not np.array_equal(many.series["population"], other.series["population"])


def test_more_draws_and_longer_runs_continue_the_same_ones(plan, many, dataset):
    few = drawn(plan, Draws(33, 1), cells=False)
    longer = drawn(prepare(fc.load_scenario("baseline"), dataset, until=2032), Draws(33, 1))
    for name, values in many.series.items():
        mine = values[..., :33]
        assert np.array_equal(few.series[name], mine, equal_nan=True), name
        assert np.array_equal(longer.series[name][: len(mine)], mine, equal_nan=True), name


def test_a_scenario_that_changes_nothing_differs_by_zero_in_every_draw(dataset):
    base = fc.run("baseline", dataset, until=2028, draws=60)
    text = "extends: baseline\nuntil: 2028\n"
    same = fc.run(fc.parse_scenario(text, "same"), dataset, draws=60)
    columns = [str(number) for number in range(60)]
    one, other = base.frame("samples")[columns], same.frame("samples")[columns]
    assert np.array_equal(one.to_numpy(), other.to_numpy(), equal_nan=True)
    compared = same.compare(base)
    known = compared.dropna(subset=["low"])
    assert len(known)
    assert (known[["low", "high", "difference"]] == 0).all().all()


def test_the_balance_holds_in_every_draw(many):
    series = {name: values.astype(float) for name, values in many.series.items()}
    change = np.diff(series["population"], axis=0)
    parts = (
        series["births"] - series["deaths"] + series["internal_net"] + series["growth_point_net"]
        + series["support_net"] + series["external_net"]
    )  # fmt: skip
    people = series["population"][:-1]
    assert np.abs(change - parts).max() / people.max() < 1e-6  # samples have seven digits
    nation = series["internal_net"][:, -1]
    assert np.abs(nation).max() < 1.0
    regions = series["population"][:, :-1].sum(axis=1)
    assert regions == pytest.approx(series["population"][:, -1], rel=1e-6)


def test_nobody_is_negative_and_quantiles_rise(many):
    assert many.cells.min() >= 0
    assert (np.diff(many.cells, axis=1) >= 0).all()
    assert all(np.nanmin(v) >= 0 for n, v in many.series.items() if n in ("births", "deaths"))


def test_quantiles_are_those_of_numpy_and_of_the_samples(many):
    values = np.random.default_rng(3).normal(size=(4, 5, 33))
    assert quantiles(values) == pytest.approx(np.quantile(values, LEVELS, axis=-1))
    total = many.cells[0].sum(axis=(1, 2))  # no quantile of a sum, but all people of 2026 are known
    assert total.shape == (len(LEVELS), 21)


def test_draws_have_no_drift(plan, many):
    """The median of the draws is the central path, up to its own error and a skew."""
    central = plan.simulate(plan.assume())
    people = central.population[..., 0].sum(axis=(1, 2))
    sample = many.series["population"][:, :-1].astype(float)
    error = 1.2533 * sample.std(axis=-1) / np.sqrt(COUNT)  # of a median
    miss = np.abs(np.median(sample, axis=-1) - people)
    assert (miss < 4 * error + 0.002 * people).all()


@pytest.mark.parametrize("component", [c for c in COMPONENTS if c not in ("delivery", "response")])
def test_a_component_that_is_drawn_alone_moves_its_own_result(plan, component):
    alone = drawn(plan, Draws(60, 1), (component,), cells=False).series
    spread = {name: alone[name][-1, :-1].astype(float).std(axis=-1) for name in alone}
    moved = {
        "base": "school_age_population", "fertility": "births",
        "mortality": "life_expectancy_male", "internal_level": "internal_net",
            "gross_level": "internal_in",
        "internal_moves": "internal_net", "external": "external_net",
    }[component]  # fmt: skip
    assert (spread[moved] > 0).all()
    if component != "mortality":
        assert spread["life_expectancy_male"] == pytest.approx(0, abs=1e-4)
    if component == "base":  # totals of regions are published and are not drawn
        assert alone["population"][0].std(axis=-1) == pytest.approx(0, abs=1.0)


def test_the_level_of_moves_starts_at_the_last_one_and_spreads(plan):
    """The weight of the last level is u + (1 - u) 0.8^h, u uniform: moments of a uniform number."""
    alone = drawn(plan, Draws(400, 1), ("internal_level",), cells=False).series["internal_net"]
    at = plan.dataset.space.positions["KZ-71"]
    net = alone[0, at].astype(float)
    both = [plan.simulate(plan.assume(f"level-{year}")).changes[0] for year in (2022, 2025)]
    low, high = ((c.internal_in - c.internal_out).sum(axis=(0, 1))[at, 0] for c in both)
    assert low <= net.min()
    assert net.max() <= high
    assert net.mean() == pytest.approx(low + 0.9 * (high - low), rel=0.01)
    assert net.std() == pytest.approx(0.2 * (high - low) / np.sqrt(12), rel=0.06)
    later = alone[-1, at].astype(float)
    assert later.std() > 1.8 * net.std()


def test_net_migration_of_regions_wanders_as_measured(plan, dataset):
    """Moments of the steps: sigma of each region by the table, independent beyond the common."""
    from forecast.fitted import fitted
    from forecast.levels import move_draws

    draws = Draws(4000, 5)
    a = plan.assume()
    moves = move_draws(dataset, a, draws, level="named", gross=False, single=True, far=75)
    model = fitted(dataset, "internal")
    sigma = model.by_region("sigma", dataset.space.ids)
    gross = model.by_region("gross", dataset.space.ids)
    rate = np.arctanh(2 * np.log(moves.pull)) * gross[:, None]  # (year, region, draw)
    first = plan.simulate(plan.assume("middle")).changes[0]
    net = (first.internal_in - first.internal_out).sum(axis=(0, 1))[:, 0]
    people = a.population.sum(axis=(0, 1))
    quiet = np.abs(net / people) < 0.002  # where the common factor moves little
    assert rate[0][quiet].std(axis=-1) == pytest.approx(sigma[quiet], rel=0.08)
    drift = np.median(rate[-1], axis=-1) / rate[-1].std(axis=-1)
    assert np.abs(drift).max() < 5 / np.sqrt(4000)  # of a median: 1.25 of the spread over the root
    step = np.corrcoef(rate[0], rate[1] - model.number("rho") * rate[0])
    own = step[np.arange(20), 20 + np.arange(20)]
    assert np.abs(own[quiet]).max() < 0.08


def test_mixed_moves_keep_everybody_and_are_a_transition():
    random = np.random.default_rng(1)
    parts = tuple(moves_at_rates(random.uniform(0, 0.4, (2, 4, 3, 3))) for _ in range(2))
    push, pull = random.uniform(0.5, 3, (2, 3, 6))
    later = random.random(6)
    mixed = MixedMoves(parts, np.stack([1 - later, later]), push, pull)
    people = random.uniform(0, 100, (2, 4, 3, 6))
    out, into = np.empty_like(people), np.empty_like(people)
    mixed.move(slice(0, 4), people, out, into)
    assert (out <= people * (1 + 1e-12)).all()
    assert into.min() >= 0
    assert into.sum(axis=2) == pytest.approx(out.sum(axis=2))
    assert out == pytest.approx(people * mixed.leaving)
    flows = mixed.flows(out)
    assert flows.sum(axis=1) == pytest.approx(out.sum(axis=(0, 1)))
    assert flows.sum(axis=0) == pytest.approx(into.sum(axis=(0, 1)))


def test_one_pattern_without_push_is_that_pattern(plan):
    from forecast.rates import year_rates

    a = plan.assume("level-2025")
    rates = year_rates(a, count=1)[0]
    ones = np.ones((len(a.space), 3))
    mixed = MixedMoves((rates.moves,), np.ones((1, 3)), ones, ones)
    people = np.repeat(a.population[..., None], 3, axis=-1)
    plain, same = one_year(people, rates), one_year(people, replace(rates, moves=mixed))
    assert same.internal_in == pytest.approx(plain.internal_in, rel=1e-12)
    assert same.flows == pytest.approx(plain.flows, rel=1e-12)


def test_life_expectancy_of_a_draw_is_that_of_the_life_table(plan):
    from forecast.demography.lifetable import life_expectancy, survival

    rates = plan.assume().mortality[0]
    assert expected_years(survival(rates)[..., None])[..., 0] == pytest.approx(
        life_expectancy(rates), abs=1e-9
    )


def test_triangular_values_have_the_moments_of_the_textbook():
    """Mean (a + b + c) / 3, variance (a2 + b2 + c2 - ab - ac - bc) / 18 (Evans et al. 2000)."""
    a, c, b = 0.4, 0.8, 1.0
    values = triangular((np.arange(200_000) + 0.5) / 200_000, Triple(a, c, b))
    assert values.mean() == pytest.approx((a + b + c) / 3, abs=1e-4)
    variance = (a * a + b * b + c * c - a * b - a * c - b * c) / 18
    assert values.var() == pytest.approx(variance, abs=1e-4)
    assert (triangular(np.array([0.1, 0.9]), Triple(2.0, 2.0, 2.0)) == 2).all()


def test_a_growth_point_is_delivered_within_its_triangle(dataset):
    plan = prepare(fc.load_scenario("atyrau-petrochemicals"), dataset)
    points = plan.drawn_points(Draws(300, 1))
    for point, certain in zip(points, plan.points, strict=True):
        written = plan.scenario.growth_points[point.id]
        assert point.jobs.shape == (len(plan.years), 300)
        assert point.jobs[-1].max() <= certain.jobs[-1] / written.delivery.share.mode + 1e-9


@pytest.mark.parametrize(
    "wrong", [{"count": 1}, {"count": 0}, {"count": 10**6}, {"count": 10, "seed": -1}]
)
def test_wrong_numbers_of_draws_are_refused(wrong):
    with pytest.raises(InputError):
        Draws(**wrong)
