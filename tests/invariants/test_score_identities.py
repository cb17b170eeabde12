"""Scores add up, rise with every criterion, and the cheapest change is the cheapest there is."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.settlement.score import Scores, Term, profiles, ranked
from forecast.settlement.score_card import APPLICANTS, Card, Criterion
from forecast.settlement.score_change import cheapest
from forecast.settlement.score_stability import disturbed, stability


def scores_of(levels, weights, references, codes, mark, fixed=()):
    """Scores of rows: levels (criterion, level) of f, codes (row, criterion)."""
    terms = []
    for j, worth in enumerate(levels):
        criterion = Criterion(
            f"c{j}", {"en": f"c{j}"}, weights[j], 0.0, column=f"c{j}", values=tuple(worth),
            words=tuple(map(str, range(len(worth)))), fixed=j in fixed,
        )  # fmt: skip
        terms.append(Term(criterion, np.array([row[j] for row in codes]), np.array(worth),
                          criterion.words, references[j], j not in fixed))  # fmt: skip
    card = Card("card", {"en": "card"}, APPLICANTS, mark, tuple(t.criterion for t in terms))
    return Scores(card, tuple(terms), mark)


@st.composite
def cases(draw, criteria=4, levels=4, rows=6):
    count = draw(st.integers(1, criteria))
    shares = st.floats(0, 1).map(lambda value: round(value, 3))
    worths = [sorted(draw(st.lists(shares, min_size=1, max_size=levels))) for _ in range(count)]
    if draw(st.booleans()):
        worths[0] = worths[0][::-1]  # a criterion that falls
    weights = [round(draw(st.floats(0, 200)), 2) for _ in range(count)]
    weights[0] += 1.0  # a card without any weight is refused
    codes = [
        [draw(st.integers(0, len(worth) - 1)) for worth in worths]
        for _ in range(draw(st.integers(1, rows)))
    ]
    references = [draw(st.sampled_from(worth)) for worth in worths]
    mark = round(draw(st.floats(0, 1)) * sum(weights), 2)
    fixed = draw(st.sets(st.integers(0, count - 1), max_size=1))
    return scores_of(worths, weights, references, codes, mark, fixed)


@given(cases())
def test_contributions_add_up_to_the_score_less_the_reference(scores):
    total = scores.contributions.sum(axis=1)
    scale = max(1.0, scores.card.weights.sum())
    assert np.abs(total - (scores.score - scores.reference)).max() <= 1e-12 * scale


@given(cases())
def test_a_better_level_never_lowers_the_score_and_ranks_follow_it(scores):
    for j, term in enumerate(scores.terms):
        for row in range(len(term.codes)):
            for level in np.flatnonzero(term.worth >= term.worth[term.codes[row]]):
                codes = term.codes.copy()
                codes[row] = level
                terms = list(scores.terms)
                terms[j] = Term(term.criterion, codes, term.worth, term.labels, term.reference)
                moved = Scores(scores.card, tuple(terms), scores.mark)
                assert moved.score[row] >= scores.score[row] - 1e-9
                assert moved.rank[row] <= scores.rank[row]


def by_brute_force(scores, row):
    """(criteria, steps) of the cheapest change: every combination of better levels is tried."""
    movable = [term for term in scores.terms if term.movable and term.weight > 0]
    options = []
    for term in movable:
        rungs = np.unique(term.worth)
        now = int(np.searchsorted(rungs, term.worth[term.codes[row]]))
        options.append([(step, term.weight * (rungs[now + step] - rungs[now]))
                        for step in range(len(rungs) - now)])  # fmt: skip
    short = scores.mark - scores.score[row] - scores.card.tolerance
    found = [
        (sum(step > 0 for step, _ in moves), sum(step for step, _ in moves))
        for moves in product(*options)
        if sum(gain for _, gain in moves) >= short
    ]
    return min(found) if found else (-1, 0)


@given(cases())
def test_the_cheapest_change_is_that_of_brute_force_and_reaches_the_mark(scores):
    found = cheapest(scores)
    for row in range(len(scores.score)):
        if scores.passed[row]:
            assert found.criteria[row] == 0
            assert found.moves(row) == []
            continue
        assert (found.criteria[row], found.steps[row]) == by_brute_force(scores, row)
        if found.criteria[row] > 0:
            assert len(found.moves(row)) == found.criteria[row]
            reached = scores.score[row]
            for k, term in enumerate(found.movable):
                if found.target[row, k] >= 0:
                    value = found.ladders[k].gains[found.target[row, k]]
                    reached += value - term.weight * term.worth[term.codes[row]]
            assert reached >= scores.mark - 2 * scores.card.tolerance


def test_many_profiles_are_searched_in_parts_with_the_same_answer():
    rng = np.random.default_rng(3)
    levels = [np.linspace(0, 1, n) for n in (9, 8, 7, 6, 5)]
    codes = np.stack([rng.integers(0, len(worth), 9000) for worth in levels], axis=1)
    scores = scores_of(levels, [30.0, 25.0, 20.0, 15.0, 10.0], [0.0] * 5, codes, 70.0)
    found = cheapest(scores)
    assert len(profiles(scores.terms)[0]) > 4096
    for row in rng.choice(9000, 40, replace=False).tolist():
        expected = (0, 0) if scores.passed[row] else by_brute_force(scores, row)
        assert (found.criteria[row], found.steps[row]) == expected


def test_profiles_of_more_levels_than_a_number_holds_are_still_told_apart():
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 1000, (500, 9))
    codes[250:] = codes[:250]
    levels = [np.linspace(0, 1, 1000)] * 9
    terms = scores_of(levels, [1.0] * 9, [0.0] * 9, codes, 1.0).terms
    first, profile = profiles(terms)
    assert len(first) == 250
    assert (profile[:250] == profile[250:]).all()


def test_disturbed_weights_keep_their_sum_their_mean_and_their_spread():
    weights = np.array([60.0, 30.0, 10.0, 0.0])
    drawn = disturbed(weights, 100, 20_000, seed=1)
    assert np.allclose(drawn.sum(axis=1), 100)
    assert (drawn[:, 3] == 0).all()
    assert drawn.mean(axis=0) == pytest.approx(weights, abs=0.15)
    shares = weights / 100
    assert drawn.std(axis=0) / 100 == pytest.approx(np.sqrt(shares * (1 - shares) / 101), abs=0.002)


@given(cases())
def test_stability_is_the_same_for_the_same_seed_and_holds_the_rank_order(scores):
    one, two = (stability(scores, draws=40, seed=9, top=2) for _ in range(2))
    assert one.equals(two)
    known = one.dropna()
    assert (known["rank_low"] <= known["rank_median"]).all()
    assert (known["rank_median"] <= known["rank_high"]).all()
    assert known["share_top"].between(0, 1).all()


def test_a_row_that_is_best_in_everything_is_first_in_every_draw():
    scores = scores_of([[0, 1], [0, 1]], [3.0, 1.0], [0, 0], [[1, 1], [0, 1], [1, 0]], 2.0)
    found = stability(scores, draws=200, seed=1, top=1)
    assert found.loc[0, "share_top"] == 1
    assert found.loc[0, "rank_high"] == 1
    assert found.loc[1:, "share_top"].tolist() == [0, 0]
    again = stability(scores, draws=200, seed=2, top=2)
    assert again.loc[2, "share_top"] > 0.99  # three quarters of the weight against one


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_ranks_count_those_above(values):
    found = ranked(np.array(values, dtype=float))
    assert found.tolist() == [1 + sum(other > value for other in values) for value in values]
