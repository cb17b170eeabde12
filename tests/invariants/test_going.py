"""Quick ways of counting who moves give what the plain way gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from forecast.demography.step import Relocation, YearRates, one_year
from forecast.demography.transition import MixedMoves, moves_at_rates
from forecast.migration.going import FEW, Going
from forecast.migration.growth_point import movers_by_region

SEXES, AGES, DRAWS = 2, 101, 3


def going(random, regions, points, *, routes_of_draws=False):
    route = random.random((points, regions, regions, *([DRAWS] if routes_of_draws else [])))
    return Going(
        random.random((SEXES, AGES, regions, DRAWS)),
        random.random((points, regions, DRAWS)) * (random.random((points, 1, 1)) > 0.3),
        route / route.sum(axis=2, keepdims=True),
    )


@pytest.mark.parametrize("regions", [1, 4, FEW + 3])
@pytest.mark.parametrize("routes_of_draws", [False, True])
def test_people_on_their_way_are_those_of_the_whole_array(regions, routes_of_draws):
    random = np.random.default_rng(regions)
    some = going(random, regions, 5, routes_of_draws=routes_of_draws)
    route = some.route if routes_of_draws else some.route[..., None]
    whole = np.einsum("saod,pod,pohd->psaohd", some.each, some.number, np.broadcast_to(
        route, (*some.route.shape[:3], DRAWS)))  # fmt: skip
    close = {"rtol": 1e-12, "atol": 1e-12}
    np.testing.assert_allclose(some.by_origin, whole.sum(axis=(1, 2, 4)), **close)
    np.testing.assert_allclose(some.by_home, whole.sum(axis=(1, 2, 3)), **close)
    np.testing.assert_allclose(some.leaving, whole.sum(axis=(0, 4)), **close)
    np.testing.assert_allclose(some.arriving(), whole.sum(axis=(0, 3)), **close)
    np.testing.assert_allclose(some.people(2), whole[2].sum(axis=2), **close)
    np.testing.assert_allclose(
        some.coming_to([regions - 1]), some.by_home[:, [regions - 1]], **close
    )
    chosen, weights = np.array([1.0, 0, 0, 1.0, 1.0]), random.random((SEXES, AGES, regions))
    np.testing.assert_allclose(
        some.weighed(chosen, weights),
        np.einsum("p,psaohd,sah->hd", chosen, whole, weights), **close,
    )  # fmt: skip


def test_nobody_called_is_nobody_exactly():
    some = going(np.random.default_rng(1), 4, 2)
    none = Going(some.each, np.zeros_like(some.number), some.route)
    assert not none.arriving().any()
    assert not none.leaving.any()


def pattern(random, regions):
    rates = random.random((SEXES, AGES, regions, regions)) * 0.02
    rates[..., np.arange(regions), np.arange(regions)] = 0.0
    return moves_at_rates(rates)


@pytest.mark.parametrize("pushed", [False, True])
def test_a_mixture_of_one_weight_is_one_pattern(pushed):
    """All draws share the weights: the patterns are mixed once. A pull of 1, seen as one of
    each draw, takes the long way."""
    random = np.random.default_rng(2)
    parts = tuple(pattern(random, 4) for _ in range(2))
    one = np.ones((4, 1))
    push = random.uniform(0.5, 1.5, (4, 1)) if pushed else one
    short = MixedMoves(parts, np.array([[0.3], [0.7]]), push, one)
    long = MixedMoves(parts, np.tile(short.weight, DRAWS), push, one)
    people = random.random((SEXES, AGES, 4, DRAWS)) * 1000
    found = []
    for moves in (short, long):
        out, into = np.empty_like(people), np.empty_like(people)
        moves.move(slice(0, AGES), people, out, into)
        found.append((out, into))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-12)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-12)
    assert found[0][0].sum() == pytest.approx(found[0][1].sum()), "nobody is lost"


def test_a_pull_of_one_changes_nothing():
    random = np.random.default_rng(3)
    moves = MixedMoves((pattern(random, 4),), np.ones((1, DRAWS)), np.ones((4, 1)), np.ones((4, 1)))
    nearly = replace(moves, pull=np.full((4, 1), 1 + 1e-15))
    people = random.random((SEXES, AGES, 4, DRAWS)) * 1000
    found = []
    for chosen in (moves, nearly):
        out, into = np.empty_like(people), np.empty_like(people)
        chosen.move(slice(0, AGES), people, out, into)
        found.append(into)
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12)


def test_extra_moves_on_top_of_an_ordinary_year_are_those_of_the_whole_identity():
    random = np.random.default_rng(4)
    people = random.random((SEXES, AGES, 4, DRAWS)) * 1000
    rates = YearRates(
        survival=np.full((SEXES, AGES, 4, 1), 0.98), fertility=np.zeros((AGES, 4, 1)),
        sex_ratio=1.06, moves=pattern(random, 4), emigration=np.zeros((SEXES, AGES, 4, 1)),
        immigration=np.ones((SEXES, AGES, 4, 1)),
    )  # fmt: skip
    change = one_year(people, rates)
    ordinary = change.apply(people)
    out = movers_by_region(np.ones((SEXES, AGES)), ordinary) * 10
    moved = change.with_extra(Relocation(out, np.roll(out, 1, axis=2)))
    before = ordinary.copy()
    assert (moved.further(ordinary, people) == moved.apply(people)).all(), "bit for bit"
    assert (ordinary == before).all(), "what was there is not changed"
