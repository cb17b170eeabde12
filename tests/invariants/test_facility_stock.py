"""What must hold of the stock of facilities, its orders and the closure by dwellings."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_allclose

from forecast.infrastructure import dwelling_led
from forecast.infrastructure.orders import lasting, modules_for
from forecast.infrastructure.stock import stock_path
from forecast.infrastructure.underway import falls_covered, spread

KINDS, REGIONS, SPAN = 2, 3, 5
UNITS = st.floats(0, 1e5)
PERHAPS = st.one_of(UNITS, st.just(np.nan))
FLOW = arrays(float, (KINDS, REGIONS, SPAN), elements=PERHAPS)
STOCK = arrays(float, (KINDS, REGIONS), elements=PERHAPS)
ORDERED = arrays(float, (KINDS, REGIONS, SPAN + 1), elements=UNITS)
LEAD = arrays(float, (KINDS,), elements=st.one_of(st.integers(0, 8).map(float), st.just(np.nan)))
SIZES = st.lists(st.integers(1, 3000), min_size=1, max_size=6, unique=True).map(sorted)


class TestStock:
    @given(STOCK, FLOW, FLOW, ORDERED, LEAD)
    def test_the_identity(
        self, stock: np.ndarray, retiring: np.ndarray, completing: np.ndarray,
        ordered: np.ndarray, lead: np.ndarray,
    ) -> None:  # fmt: skip
        """K[t+1] = K[t] - retired[t] + completed[t] + ordered[t+1-lead]; never below 0."""
        path, retired = stock_path(stock, retiring, completing, ordered, lead)
        assert path.shape == (KINDS, REGIONS, SPAN + 1)
        assert (np.isnan(path) == np.isnan(stock)[..., None]).all()
        known = ~np.isnan(stock)
        assert (path[known] >= 0).all()
        came = np.nan_to_num(completing)
        for kind in range(KINDS):
            for year in range(SPAN):
                arrived = year + 1 - lead[kind]
                new = ordered[kind, :, int(arrived)] if arrived >= 0 else 0.0
                after = path[kind, :, year] - retired[kind, :, year] + came[kind, :, year] + new
                here = known[kind]
                assert_allclose(path[kind, here, year + 1], after[here], rtol=1e-12, atol=1e-6)
        assert (retired[known] <= path[known][:, :-1]).all()
        assert (retired[known] <= np.nan_to_num(retiring[known])).all()

    @given(STOCK, FLOW, FLOW)
    def test_draws_are_separate(
        self, stock: np.ndarray, retiring: np.ndarray, completing: np.ndarray
    ) -> None:
        both, _ = stock_path(
            *(np.stack([x, x / 2], axis=-1) for x in (stock, retiring, completing))
        )
        for draw, share in enumerate((1.0, 0.5)):
            alone, _ = stock_path(share * stock, share * retiring, share * completing)
            assert_allclose(both[..., draw], alone)


class TestOrders:
    @given(st.floats(0.01, 1e5), st.floats(0, 1e5), SIZES)
    def test_buildings_cover_what_is_short_and_little_more(
        self, short: float, more: float, sizes: list[int]
    ) -> None:
        rest = short + more
        chosen = modules_for(short, rest, [float(size) for size in sizes])
        built = sum(size * count for size, count in chosen.items())
        assert set(chosen) <= set(sizes)
        assert built >= short - sizes[0] / 2  # less than half of the smallest is left
        assert built <= rest + max(sizes[0], 0.25 / 0.75 * rest)

    @given(arrays(float, (REGIONS, SPAN + 4), elements=st.floats(-1e4, 1e4)), st.integers(0, 8))
    def test_nothing_is_ordered_beyond_the_peak_and_orders_never_fall(
        self, short: np.ndarray, persist: int
    ) -> None:
        found = lasting(short, persist, SPAN)
        assert (found >= 0).all()
        assert (np.diff(found, axis=1) >= 0).all()
        peak = np.maximum.accumulate(np.maximum(short[:, :SPAN], 0), axis=1)
        assert (found <= peak).all()
        assert (found <= lasting(short, 0, SPAN)).all()

    @given(
        arrays(float, (REGIONS, SPAN + 4), elements=st.floats(-1e4, 1e4)),
        arrays(float, (REGIONS, SPAN + 4), elements=st.floats(0, 1e4)),
        st.integers(0, 4),
    )
    def test_what_is_built_already_never_raises_what_is_to_stand(
        self, short: np.ndarray, built: np.ndarray, persist: int
    ) -> None:
        built = np.maximum.accumulate(built, axis=1)
        less = lasting(short - built, persist, SPAN)
        assert (less >= 0).all()
        assert (less <= lasting(short, persist, SPAN)).all()


class TestUnderWay:
    @given(
        arrays(float, (SPAN,), elements=UNITS),
        arrays(float, (REGIONS,), elements=UNITS),
        arrays(float, (REGIONS,), elements=UNITS),
    )
    def test_what_is_spread_is_what_the_nation_builds(
        self, units: np.ndarray, lack: np.ndarray, people: np.ndarray
    ) -> None:
        found = spread(units, lack, people)
        assert (found >= 0).all()
        assert_allclose(found.sum(axis=0), units, rtol=1e-9, atol=1e-6)
        if lack.sum() > 0:
            assert not found[lack == 0].any()

    @given(
        arrays(float, (REGIONS,), elements=UNITS),
        arrays(float, (REGIONS,), elements=PERHAPS),
        PERHAPS,
    )
    def test_a_fall_covers_no_more_than_is_short_or_falls(
        self, falls: np.ndarray, short: np.ndarray, of_nation: float
    ) -> None:
        covered = falls_covered(falls, short, of_nation)
        known = np.nansum(short)
        assert -1e-9 <= covered <= falls.sum() + 1e-6
        assert covered <= max(known, np.nan_to_num(of_nation)) + 1e-6


class TestDwellingLed:
    @given(
        arrays(float, (REGIONS,), elements=st.floats(-1e4, 1e5)),
        st.floats(0, 0.5),
        arrays(float, (2, 6, REGIONS), elements=UNITS),
        arrays(float, (2, 6, REGIONS), elements=UNITS),
        arrays(float, (2, 6), elements=st.floats(0.05, 0.9)),
        arrays(float, (2, 6), elements=st.floats(0.01, 1)),
    )
    def test_households_change_by_the_dwellings(
        self, change: np.ndarray, vacant: float, before: np.ndarray, after: np.ndarray,
        headship: np.ndarray, weights: np.ndarray,
    ) -> None:  # fmt: skip
        composition = weights / weights.sum()
        arrivals = dwelling_led(change, vacant, before, after, headship, composition)
        there = after + composition[..., None] * arrivals
        households = ((there - before) * headship[..., None]).sum(axis=(0, 1))
        scale = 1 + np.abs(change) + (before + after).sum(axis=(0, 1))
        assert_allclose(households / scale, change * (1 - vacant) / scale, atol=1e-9)
