"""A series of a scenario: what must hold for any years and values.

Authority: the scenario language of the design: a year key means from 1 January of that year on,
a step unless `between: line`; nothing is there before the first year; construction jobs end
with the last year that is given.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.scenario.series import Series
from forecast.scenario.values import amount, number, series

YEARS = st.integers(1990, 2100)
VALUES = st.floats(0, 1e9, allow_nan=False)
MAPS = st.dictionaries(YEARS, VALUES, min_size=1, max_size=8)
WAYS = st.sampled_from(["step", "line"])
ALL = range(1985, 2106)


def test_steps_as_written() -> None:
    """The jobs of the design's example: 1500 from 2026, 12000 from 2028, 30000 from 2030."""
    jobs = Series.from_map({2026: 1500, 2028: 12000, 2030: 30000})
    assert [jobs.at(year) for year in range(2025, 2032)] == [
        0, 1500, 1500, 12000, 12000, 30000, 30000,
    ]  # fmt: skip
    assert jobs.changes(range(2026, 2031)).tolist() == [1500, 0, 10500, 0, 18000]


def test_a_line_joins_the_years_and_does_not_begin_before() -> None:
    jobs = Series.from_map({2026: 1000, 2030: 3000}, between="line")
    assert jobs.over(range(2025, 2032)).tolist() == [0, 1000, 1500, 2000, 2500, 3000, 3000]


def test_construction_ends_with_the_calendar_year_of_the_last_key() -> None:
    """The design's example: 8000 workers from 2026, 4000 in 2029, none from 1 January 2030."""
    workers = Series.from_map({2026: 8000, 2029: 4000}, ends=True)
    assert workers.over(range(2025, 2032)).tolist() == [0, 8000, 8000, 8000, 4000, 0, 0]
    assert workers.changes([2030]).tolist() == [-4000]


def test_a_path_says_nothing_of_the_years_before_it() -> None:
    path = series({2028: 2.5}, number, before=math.nan)
    assert math.isnan(path.at(2027))
    assert path.at(2028) == path.at(2050) == 2.5
    assert path == series({2028: 2.5}, number, before=math.nan)


def test_nothing_given_is_zero_throughout() -> None:
    nothing = Series()
    assert not nothing
    assert nothing.over(ALL).tolist() == [0.0] * len(ALL)
    assert nothing.first is nothing.last is None


@given(MAPS, WAYS, st.booleans())
def test_changes_add_up_to_the_level(values: dict[int, float], way: str, ends: bool) -> None:
    made = Series.from_map(values, between=way, ends=ends)
    climbed = made.changes(ALL).cumsum()
    np.testing.assert_allclose(climbed, made.over(ALL), atol=1e-5)


@given(MAPS, WAYS, st.booleans())
def test_given_years_keep_their_values(values: dict[int, float], way: str, ends: bool) -> None:
    made = Series.from_map(values, between=way, ends=ends)
    assert made.over(sorted(values)).tolist() == [values[year] for year in sorted(values)]
    assert made.at(min(values) - 1) == 0
    assert made.at(max(values) + 1) == (0 if ends else values[max(values)])


@given(MAPS, WAYS)
def test_values_stay_between_those_given(values: dict[int, float], way: str) -> None:
    found = Series.from_map(values, between=way).over(range(min(values), max(values) + 9))
    assert found.min() >= min(values.values())
    assert found.max() <= max(values.values())


@given(MAPS, st.integers(1, 50))
def test_steps_change_at_year_keys_only(values: dict[int, float], ahead: int) -> None:
    made = Series.from_map(values)
    moved = [year for year in ALL if made.changes([year])[0] != 0]
    assert set(moved) <= set(values)
    assert made.at(max(values) + ahead) == values[max(values)]


@given(MAPS)
def test_the_order_of_the_keys_says_nothing(values: dict[int, float]) -> None:
    backwards = dict(reversed(values.items()))
    assert Series.from_map(values) == Series.from_map(backwards)
    assert hash(Series.from_map(values)) == hash(Series.from_map(backwards))


@given(MAPS, WAYS, st.booleans())
def test_what_is_written_is_read_back(values: dict[int, float], way: str, ends: bool) -> None:
    made = Series.from_map(values, between=way, ends=ends)
    assert series(made.plain(), amount, ends=ends) == made


@given(MAPS, WAYS)
def test_asking_for_years_in_any_order(values: dict[int, float], way: str) -> None:
    made = Series.from_map(values, between=way)
    assert made.over(reversed(ALL)).tolist() == made.over(ALL).tolist()[::-1]
    assert [made.at(year) for year in ALL] == made.over(ALL).tolist()


@pytest.mark.parametrize(
    "years, values, way",
    [((2026, 2026), (1.0, 2.0), "step"), ((2026,), (), "step"), ((2026,), (1.0,), "curve")],
)
def test_a_series_that_cannot_be_is_not_made(
    years: tuple[int, ...], values: tuple[float, ...], way: str
) -> None:
    with pytest.raises(ValueError):
        Series(years, values, way)
