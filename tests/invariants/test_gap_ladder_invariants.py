"""What must hold of the gap ladder and its parts whatever the numbers are."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from forecast.labour.closure import jobs_led, meet_from_origins, workers_per_person
from forecast.labour.ladder import Ladder, Offers, climb
from forecast.space import AGES, SEXES

REGIONS, SECTIONS, DRAWS = 4, 3, 2
RATES = (len(SEXES), len(AGES), REGIONS)
PEOPLE = st.one_of(st.just(0.0), st.floats(1e-3, 1e6))


def numbers(*shape: int, most: float = 1e6) -> st.SearchStrategy[np.ndarray]:
    return arrays(float, shape, elements=st.one_of(st.just(0.0), st.floats(1e-3, most)))


@given(
    jobs=numbers(REGIONS, DRAWS),
    force=numbers(REGIONS, DRAWS),
    u=st.floats(0, 0.5),
    d=st.floats(0, 0.5),
    cr=st.floats(0.5, 2),
    m=arrays(float, RATES, elements=st.floats(0.01, 1), fill=st.floats(0.01, 1)),
    rate=arrays(float, RATES, elements=st.floats(0.01, 1), fill=st.floats(0.01, 1)),
)
def test_the_closure_closes(
    jobs: np.ndarray, force: np.ndarray, u: float, d: float, cr: float, m: np.ndarray,
    rate: np.ndarray,
) -> None:  # fmt: skip
    """After M people with composition m have come, residents fill every job: JS = JD."""
    m = m / m.sum(axis=(0, 1))
    people = jobs_led(jobs, force, np.full(REGIONS, u)[:, None], d, cr, m, rate)
    after = force + people * workers_per_person(m, rate)[:, None]
    supply = after * (1 - u) * (1 + d) / cr
    assert_allclose(supply, jobs, rtol=1e-9, atol=1e-9 * (1 + force.max()))


@st.composite
def wishes(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    wanted, spare = draw(numbers(REGIONS)), draw(numbers(REGIONS))
    shares = draw(numbers(REGIONS, REGIONS, most=1.0))
    return wanted, spare, shares


@given(wishes(), st.permutations(range(REGIONS)))
def test_movers_are_shared_soundly(
    given_: tuple[np.ndarray, np.ndarray, np.ndarray], order: list[int]
) -> None:
    wanted, spare, shares = given_
    flows = meet_from_origins(wanted, spare, shares)
    near = 1e-6 + 1e-9 * (wanted.sum() + spare.sum())
    assert (flows >= 0).all()
    assert not np.diag(flows).any()
    assert not flows[shares == 0].any()
    assert (flows.sum(axis=0) <= wanted + near).all(), "nobody gets more than wanted"
    assert (flows.sum(axis=1) <= spare + near).all(), "nobody gives more than can be spared"
    net = flows.sum(axis=0) - flows.sum(axis=1)
    assert abs(net.sum()) <= near, "arrivals are departures"
    # whoever still wants has asked every origin it knows: none of them has anybody left
    open_, left = wanted - flows.sum(axis=0), spare - flows.sum(axis=1)
    knows = (shares > 0) & ~np.eye(REGIONS, dtype=bool)
    assert (np.minimum(open_[None, :], left[:, None])[knows] <= near).all()
    again = meet_from_origins(wanted[order], spare[order], shares[np.ix_(order, order)])
    assert_allclose(again, flows[np.ix_(order, order)], atol=near)
    assert (meet_from_origins(wanted, spare, shares) == flows).all()


@given(wishes(), wishes(), numbers(REGIONS, REGIONS))
def test_draws_do_not_touch_each_other(
    one: tuple[np.ndarray, np.ndarray, np.ndarray],
    two: tuple[np.ndarray, np.ndarray, np.ndarray],
    limits: np.ndarray,
) -> None:
    together = meet_from_origins(
        *(np.stack(pair, axis=-1) for pair in zip(one, two, strict=True)), limits
    )
    for k, each in enumerate((one, two)):
        assert_allclose(together[..., k], meet_from_origins(*each, limits), rtol=1e-12)
    assert (together <= limits[..., None] * (1 + 1e-12) + 1e-9).all()


@st.composite
def markets(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, Offers]:
    demand = draw(numbers(REGIONS, SECTIONS, DRAWS, most=1e5))
    supply = draw(numbers(REGIONS, DRAWS, most=3e5))
    shares = draw(arrays(float, (REGIONS, SECTIONS), elements=st.floats(0.01, 1)))
    offers = Offers(
        unemployed=draw(numbers(REGIONS, DRAWS, most=1e4)),
        participation=draw(numbers(REGIONS, DRAWS, most=1e4)),
        limits=draw(numbers(REGIONS, REGIONS, most=1e4)),
        shares=draw(numbers(REGIONS, REGIONS, most=1.0)),
        kandas=draw(numbers(REGIONS, most=1e3))[:, None],
        quota=draw(numbers(DRAWS, most=1e4)),
        retraining=draw(st.floats(0, 1)),
    )
    return demand, demand.sum(axis=1) - supply, shares / shares.sum(axis=1, keepdims=True), offers


def reordered(offers: Offers, order: list[int]) -> Offers:
    square = np.ix_(order, order)
    return Offers(
        offers.unemployed[order], offers.participation[order], offers.limits[square],
        offers.shares[square], offers.kandas[order], offers.quota, offers.retraining,
    )  # fmt: skip


@given(markets(), st.permutations(range(REGIONS)))
def test_the_rungs_add_up_to_the_gap(
    market: tuple[np.ndarray, np.ndarray, np.ndarray, Offers], order: list[int]
) -> None:
    demand, deficit, shares, offers = market
    ladder: Ladder = climb(demand, deficit, shares, offers)
    size = 1 + demand.sum() + np.abs(deficit).sum()
    near = 1e-9 * size
    assert_allclose(sum(ladder.rungs.values()), ladder.gap, atol=near)
    assert_allclose(ladder.gap - ladder.surplus, deficit, atol=near)
    assert all((values >= -near).all() for values in ladder.rungs.values())
    assert (ladder.rungs["foreign"].sum(axis=0) <= offers.quota + near).all()
    assert_allclose(ladder.foreign_limit.sum(axis=1), ladder.rungs["foreign"], atol=near)
    from_elsewhere = sum(
        ladder.rungs[name] for name in ("commuting", "internal_movers", "kandas", "foreign")
    )
    assert (from_elsewhere <= np.maximum(deficit, 0) + near).all()
    leaving = ladder.commuters.sum(axis=1) + ladder.movers.sum(axis=1)
    assert (leaving <= np.maximum(-deficit, 0) + near).all(), "only those to spare, and once"
    assert_allclose(ladder.movers.sum(axis=0), ladder.rungs["internal_movers"], atol=near)
    other = climb(demand[order], deficit[order], shares[order], reordered(offers, order))
    for name, values in ladder.rungs.items():
        assert_allclose(other.rungs[name], values[order], atol=near)


@given(markets())
def test_with_full_retraining_the_ladder_fills_the_deficit_alone(
    market: tuple[np.ndarray, np.ndarray, np.ndarray, Offers],
) -> None:
    """When every surplus worker is retrained, no more is open than the deficit."""
    demand, deficit, shares, offers = market
    offers = reordered(offers, list(range(REGIONS)))
    offers = Offers(**{**vars(offers), "retraining": 1.0})
    ladder = climb(demand, deficit, shares, offers)
    open_ = ladder.rungs["left"]
    assert (open_ <= np.maximum(deficit, 0) + 1e-9 * (1 + demand.sum())).all()
