"""What holds for every year of a country of regions, whatever the rates (hypothesis)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.demography.cohort import project_cohorts
from forecast.demography.lifetable import life_table, separation_factors, survival
from forecast.demography.step import (
    Change,
    Relocation,
    YearRates,
    aged,
    one_year,
    period_deaths,
)
from forecast.demography.transition import (
    Moves,
    from_transition,
    moves_at_rates,
    no_moves,
    transition,
)
from forecast.errors import InputError, RunError

AGES = 15
SEEDS = st.integers(0, 10_000)
REGIONS = st.integers(1, 5)
DRAWS = st.integers(1, 3)


def people(seed: int, regions: int, draws: int = 1) -> np.ndarray:
    random = np.random.default_rng([seed, 1])
    return random.uniform(0, 5000, (2, AGES, regions, draws)) * random.integers(
        0, 2, (2, AGES, regions, 1)
    )  # some cells are empty


def rates(seed: int, regions: int, draws: int = 1) -> YearRates:
    random = np.random.default_rng([seed, 2])
    fertility = random.uniform(0, 0.3, (AGES, regions, draws))
    fertility[:3] = 0
    moving = random.uniform(0, 0.2, (2, AGES, regions, regions))
    level = random.uniform(0.5, 1.5, draws) if draws > 1 else 1.0
    return YearRates(
        survival=random.uniform(0, 1, (2, AGES, regions, draws)),
        fertility=fertility,
        sex_ratio=1.06,
        moves=moves_at_rates(moving).scaled(level),
        emigration=random.uniform(0, 1, (2, AGES, regions, 1)),
        immigration=random.uniform(0, 50, (2, AGES, regions, draws)),
    )


def picked(year: YearRates, regions: object, draws: object = slice(None)) -> YearRates:
    """The same rates with other regions (in the order given) and draws."""

    def cut(array: np.ndarray) -> np.ndarray:
        array = array[..., regions, :]
        return array[..., draws] if array.shape[-1] > 1 else array

    return YearRates(
        cut(year.survival), cut(year.fertility), year.sex_ratio,
        Moves(cut(year.moves.leaving), year.moves.shares[:, :, regions][..., regions]),
        cut(year.emigration), cut(year.immigration),
    )  # fmt: skip


PARTS = tuple(
    name for name in Change.__dataclass_fields__ if name not in ("flows", "extra_in", "extra_out")
)


@given(SEEDS, REGIONS, DRAWS)
def test_balance_of_region_sex_and_age(seed: int, regions: int, draws: int) -> None:
    before = people(seed, regions, draws)
    change = one_year(before, rates(seed, regions, draws))
    after = change.apply(before)
    # by sex and region, counted with none of the step's own ageing
    net = (
        change.births - change.deaths.sum(axis=1)
        + (change.internal_in - change.internal_out).sum(axis=1)
        + (change.immigration - change.emigration).sum(axis=1)
    )  # fmt: skip
    np.testing.assert_allclose(after.sum(axis=1), before.sum(axis=1) + net, rtol=1e-12)
    # and for one cohort each: who was x-1 is x
    cell = (
        before[:, :-2] - change.deaths[:, 1:-1]
        + change.internal_in[:, 1:-1] - change.internal_out[:, 1:-1]
        + change.immigration[:, 1:-1] - change.emigration[:, 1:-1]
    )  # fmt: skip
    np.testing.assert_allclose(after[:, 1:-1], cell, rtol=1e-9, atol=1e-9)


@given(SEEDS, REGIONS, DRAWS)
def test_moves_inside_the_country_sum_to_nothing(seed: int, regions: int, draws: int) -> None:
    change = one_year(people(seed, regions, draws), rates(seed, regions, draws))
    arrivals, departures = change.internal_in, change.internal_out
    np.testing.assert_allclose(arrivals.sum(axis=2), departures.sum(axis=2), rtol=1e-12)
    np.testing.assert_allclose(change.flows.sum(axis=0), arrivals.sum(axis=(0, 1)), rtol=1e-10)
    np.testing.assert_allclose(change.flows.sum(axis=1), departures.sum(axis=(0, 1)), rtol=1e-10)
    assert not np.diagonal(change.flows).any()


@given(SEEDS, REGIONS, DRAWS)
def test_nobody_is_negative_and_no_outflow_exceeds_the_people(
    seed: int, regions: int, draws: int
) -> None:
    before = people(seed, regions, draws)
    change = one_year(before, rates(seed, regions, draws))
    for name in PARTS:
        assert (getattr(change, name) >= 0).all(), name
    assert (change.apply(before) >= 0).all()
    present = aged(before)
    present[:, 0] = change.births
    taken = change.deaths + change.emigration + change.internal_out
    assert (taken <= present * (1 + 1e-12) + 1e-12).all()


@given(SEEDS, st.permutations(range(4)))
def test_permuting_regions_permutes_the_results(seed: int, order: list[int]) -> None:
    before, year = people(seed, 4), rates(seed, 4)
    change = one_year(before, year)
    permuted = one_year(before[:, :, order], picked(year, order))
    for name in PARTS:
        np.testing.assert_allclose(
            getattr(permuted, name), getattr(change, name)[..., order, :], rtol=1e-11, atol=1e-9
        )
    np.testing.assert_allclose(permuted.flows, change.flows[order][:, order], rtol=1e-11)


@given(SEEDS, REGIONS)
def test_doubling_the_people_doubles_everything_but_immigration(seed: int, regions: int) -> None:
    before, year = people(seed, regions), rates(seed, regions)
    once, twice = one_year(before, year), one_year(2 * before, year)
    for name in (*PARTS, "flows"):
        factor = 1 if name == "immigration" else 2
        np.testing.assert_array_equal(getattr(twice, name), factor * getattr(once, name))


@given(SEEDS, REGIONS)
def test_without_events_everybody_is_a_year_older(seed: int, regions: int) -> None:
    before = people(seed, regions)
    nothing = np.zeros_like(before)
    year = YearRates(
        np.ones_like(before), nothing[0], 1.06, no_moves(2, AGES, regions), nothing, nothing
    )
    after = one_year(before, year).apply(before)
    np.testing.assert_array_equal(after[:, 1:-1], before[:, :-2])
    np.testing.assert_array_equal(after[:, -1], before[:, -2] + before[:, -1])
    assert not after[:, 0].any()


def national(seed: int, years: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng([seed, 3])
    asfr = random.uniform(0, 0.3, (years, AGES))
    asfr[:, :3] = 0
    return {
        "population": random.uniform(100, 5000, (2, AGES)),
        "mx": random.uniform(0.001, 0.3, (years, 2, AGES)),
        "asfr": asfr,
        "sex_ratio": random.uniform(1.0, 1.1, years),
        "net_migration": random.uniform(0, 20, (years, 2, AGES)),
    }


def regional_run(
    case: dict[str, np.ndarray], parts: np.ndarray, moves: Moves
) -> tuple[np.ndarray, np.ndarray]:
    """The national case divided over regions in `parts`; (year, sex, age) sums and deaths."""
    population = case["population"][..., None, None] * parts[:, None]
    ones = np.ones((len(parts), 1))
    stocks, deaths = [population], []
    for number in range(len(case["mx"])):
        year = YearRates(
            survival=survival(case["mx"][number])[..., None, None] * ones,
            fertility=case["asfr"][number][:, None, None] * ones,
            sex_ratio=float(case["sex_ratio"][number]),
            moves=moves,
            emigration=np.zeros((2, AGES, len(parts), 1)),
            immigration=case["net_migration"][number][..., None, None] * parts[:, None],
        )
        change = one_year(population, year)
        population = change.apply(population)
        stocks.append(population)
        deaths.append(change.deaths)
    return np.stack(stocks).sum(axis=(3, 4)), np.stack(deaths).sum(axis=(3, 4))


@given(SEEDS)
def test_one_region_is_the_national_projection(seed: int) -> None:
    case = national(seed, 5)
    expected = project_cohorts(**case, timing="end")  # type: ignore[arg-type]
    stocks, deaths = regional_run(case, np.ones(1), no_moves(2, AGES, 1))
    np.testing.assert_allclose(stocks, expected.population, rtol=1e-13)
    np.testing.assert_allclose(deaths, expected.deaths, rtol=1e-12, atol=1e-10)


@given(SEEDS)
def test_regions_of_equal_rates_add_up_to_the_nation(seed: int) -> None:
    case = national(seed, 5)
    random = np.random.default_rng([seed, 4])
    parts = random.dirichlet(np.ones(4))
    moves = moves_at_rates(random.uniform(0, 0.2, (2, AGES, 4, 4)))
    stocks, deaths = regional_run(case, parts, moves)
    expected = project_cohorts(**case, timing="end")  # type: ignore[arg-type]
    np.testing.assert_allclose(stocks, expected.population, rtol=1e-12)
    np.testing.assert_allclose(deaths, expected.deaths, rtol=1e-11, atol=1e-9)


@given(SEEDS, st.integers(1, 5))
def test_draws_do_not_depend_on_how_they_are_grouped(seed: int, size: int) -> None:
    before, year = people(seed, 3, 6), rates(seed, 3, 6)
    together = one_year(before, year)
    after = together.apply(before)
    for first in range(0, 6, size):
        chunk = slice(first, first + size)
        part = one_year(before[..., chunk], picked(year, slice(None), chunk))
        np.testing.assert_allclose(
            part.apply(before[..., chunk]), after[..., chunk], rtol=1e-12, atol=1e-10
        )
        np.testing.assert_allclose(part.flows, together.flows[..., chunk], rtol=1e-12)


def test_one_population_and_many_draws_of_rates() -> None:
    before, year = people(3, 4), rates(3, 4, 3)
    spread = one_year(before, year)
    repeated = np.repeat(before, 3, axis=-1)
    np.testing.assert_array_equal(spread.apply(before), one_year(repeated, year).apply(repeated))


@given(SEEDS, REGIONS)
def test_period_deaths_keep_the_total(seed: int, regions: int) -> None:
    mortality = np.random.default_rng(seed).uniform(0.001, 0.3, (2, AGES, regions, 1))
    year = replace(rates(seed, regions), survival=survival(mortality))
    deaths = one_year(people(seed, regions), year).deaths
    by_age = period_deaths(deaths, separation_factors(life_table(mortality)))
    np.testing.assert_allclose(by_age.sum(axis=1), deaths.sum(axis=1), rtol=1e-13)


@given(SEEDS, REGIONS, st.floats(0.05, 1.0))
def test_transition_is_a_probability_and_composes(seed: int, regions: int, share: float) -> None:
    moving = np.random.default_rng(seed).uniform(0, 0.5, (2, 3, regions, regions))
    part, rest, whole = (transition(moving, h) for h in (share, 1 - share, 1.0))
    assert (whole >= 0).all()
    np.testing.assert_allclose(whole.sum(axis=-2), 1.0, rtol=1e-13)
    np.testing.assert_allclose(rest @ part, whole, atol=1e-13)


def test_two_regions_by_hand() -> None:
    # rates 0.1 (first to second) and 0.3 back: the share of the first's people in the second
    # after a year is 0.1 / 0.4 (1 - exp(-0.4)); [destination, origin]
    moving = np.array([[0.0, 0.3], [0.1, 0.0]])
    gone = 1 - np.exp(-0.4)
    expected = [[1 - gone / 4, 3 * gone / 4], [gone / 4, 1 - 3 * gone / 4]]
    np.testing.assert_allclose(transition(moving), expected, rtol=1e-13)
    # newborns have half a year
    moves = moves_at_rates(np.broadcast_to(moving, (2, 3, 2, 2)))
    np.testing.assert_allclose(moves.leaving[0, 0, 0, 0], (1 - np.exp(-0.2)) / 4, rtol=1e-13)
    np.testing.assert_allclose(moves.leaving[0, 1, 0, 0], gone / 4, rtol=1e-13)


def test_moves_reproduce_their_transition_matrix() -> None:
    whole = transition(np.random.default_rng(5).uniform(0, 0.3, (2, AGES, 4, 4)))
    moves = from_transition(whole)
    diagonal = np.arange(4)
    back = moves.shares * moves.leaving.swapaxes(-1, -2)
    back[..., diagonal, diagonal] = 1 - moves.leaving[..., 0]
    np.testing.assert_allclose(back, whole, rtol=1e-12)
    np.testing.assert_allclose(moves.scaled(1.0).leaving, moves.leaving, rtol=1e-12)
    assert (moves.scaled(2.0).leaving > moves.leaving).all()
    # twice the hazard: the probability to stay is squared
    np.testing.assert_allclose(1 - moves.scaled(2.0).leaving, (1 - moves.leaving) ** 2)


@given(SEEDS, REGIONS, st.booleans())
def test_relocation_moves_what_is_there_and_loses_nobody(
    seed: int, regions: int, one_place: bool
) -> None:
    random = np.random.default_rng(seed)
    before, year = people(seed, regions), rates(seed, regions)
    change = one_year(before, year)
    present = change.apply(before)
    wanted = random.uniform(0, 8000, present.shape)
    place = int(random.integers(regions))
    shares = random.dirichlet(np.ones(regions))[:, None]
    if one_place:
        shares = np.eye(regions)[place][:, None]
    out = np.minimum(wanted, present)
    moved = Relocation(out, out.sum(axis=2)[:, :, np.newaxis] * shares)
    after = change.with_extra(moved).apply(before)
    assert (after >= 0).all()
    np.testing.assert_allclose(after.sum(axis=2), present.sum(axis=2), rtol=1e-12)
    np.testing.assert_allclose(after, present - moved.out + moved.into, rtol=1e-9, atol=1e-9)


@given(SEEDS, REGIONS)
def test_relocating_nobody_changes_nothing(seed: int, regions: int) -> None:
    before = people(seed, regions)
    change = one_year(before, rates(seed, regions))
    after = change.apply(before)
    nobody = Relocation(np.zeros_like(after), np.zeros_like(after))
    np.testing.assert_array_equal(change.with_extra(nobody).apply(before), after)


def test_women_who_move_bear_where_they_arrive() -> None:
    """Births: mean of the women on 1 January and after moves; immigrants and emigrants do not
    change them (timing "end")."""
    regions = 2
    before = np.zeros((2, 3, regions, 1))
    before[0, 0, 0] = 1000.0  # girls aged 0 in the first region
    moving = np.zeros((2, 3, regions, regions))
    moving[0, 1, 1, 0] = 0.5  # [sex, age reached, destination, origin]
    fertility = np.zeros((3, regions, 1))
    fertility[1] = 0.2
    year = YearRates(
        survival=np.full((2, 3, regions, 1), 0.9),
        fertility=fertility,
        sex_ratio=1.0,
        moves=moves_at_rates(moving),
        emigration=np.zeros((2, 3, regions, 1)),
        immigration=np.full((2, 3, regions, 1), 70.0),
    )
    change = one_year(before, year)
    gone = 900 * (1 - np.exp(-0.5))
    np.testing.assert_allclose(change.internal_out[0, 1, :, 0], [gone, 0])
    np.testing.assert_allclose(change.internal_in[0, 1, :, 0], [0, gone])
    np.testing.assert_allclose(change.flows[..., 0], [[0, gone], [0, 0]])
    # exposure of age 1: nobody on 1 January, stayers and arrivals at the end
    expected = np.array([0.2 * (900 - gone) / 2, 0.2 * gone / 2])
    np.testing.assert_allclose(change.births.sum(axis=0)[:, 0], expected)
    abroad = replace(year, emigration=np.full((2, 3, regions, 1), 0.25))
    leaving = one_year(before, abroad)
    moved = gone * 0.75  # movers come out of those who do not emigrate
    np.testing.assert_allclose(leaving.emigration[0, 1, :, 0], [225, 0])
    np.testing.assert_allclose(leaving.internal_in[0, 1, :, 0], [0, moved])
    np.testing.assert_allclose(
        leaving.births.sum(axis=0)[:, 0], [0.2 * (900 - moved) / 2, 0.2 * moved / 2]
    )


def test_newborns_survive_emigrate_and_move() -> None:
    regions = 2
    before = np.zeros((2, 3, regions, 1))
    before[0, 1, 0] = 1000.0
    fertility = np.zeros((3, regions, 1))
    fertility[1] = 0.2
    moving = np.zeros((2, 3, regions, regions))
    moving[:, 0, 1, 0] = 0.4
    year = YearRates(
        survival=np.full((2, 3, regions, 1), 0.5), fertility=fertility, sex_ratio=1.0,
        moves=moves_at_rates(moving), emigration=np.full((2, 3, regions, 1), 0.1),
        immigration=np.zeros((2, 3, regions, 1)),
    )  # fmt: skip
    change = one_year(before, year)
    girls = 0.2 * 1000 / 2 / 2  # the mean of 1000 and nobody, half of the births
    np.testing.assert_allclose(change.births[0, :, 0], [girls, 0])
    np.testing.assert_allclose(change.deaths[0, 0, :, 0], [girls / 2, 0])
    np.testing.assert_allclose(change.emigration[0, 0, :, 0], [girls / 20, 0])
    moved = girls * 0.45 * (1 - np.exp(-0.2))
    np.testing.assert_allclose(change.internal_in[0, 0, :, 0], [0, moved])
    after = change.apply(before)
    np.testing.assert_allclose(after[0, 0, :, 0], [girls * 0.45 - moved, moved])


def test_faults_are_named() -> None:
    before, year = people(1, 3), rates(1, 3)
    change = one_year(before, year)
    with pytest.raises(RunError, match=r"fall below zero; the first is female, age 1, region 0"):
        replace(change, emigration=change.emigration + 1e6 * (np.arange(AGES) == 1)[:, None, None]
                ).apply(before)  # fmt: skip
    with pytest.raises(InputError, match="2 faults") as caught:
        replace(year, fertility=year.fertility[:, :2], emigration=year.emigration[:, 1:])
    assert "fertility: has shape (15, 2, 1), not (15, 3) and draws" in str(caught.value)
    with pytest.raises(InputError, match="births to girls of age 0"):
        replace(year, fertility=np.full((AGES, 3, 1), 0.1))
    with pytest.raises(InputError, match="numbers of draws differ"):
        replace(year, survival=np.ones((2, AGES, 3, 2)), fertility=np.zeros((AGES, 3, 4)))
    with pytest.raises(InputError, match="a rate is negative"):
        transition([[0.0, -0.1], [0.1, 0.0]])
    with pytest.raises(InputError, match="2 draws where 3 are meant"):
        one_year(people(1, 3, 2), rates(1, 3, 3))
    with pytest.raises(InputError, match=r"shares has shape"):
        Moves(np.zeros((2, AGES, 3, 1)), np.zeros((2, AGES, 3, 2)))
