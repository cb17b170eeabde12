"""Labelled tables: what every one of them accepts, gives back and refuses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast import tables
from forecast.errors import InputError
from forecast.space import Region, Space

SPACE = Space(
    tuple(
        Region(
            f"XX-{k}", str(k), "region", {"en": f"North {k}", "ru": f"Север {k}", "kk": f"Б {k}"}
        )
        for k in range(3)
    ),
    nation="XX",
)
KINDS = [
    tables.Population, tables.Fertility, tables.Mortality, tables.Schedule, tables.Flows,
    tables.Persons, tables.PersonsByYear,
]  # fmt: skip
LABELS = {"age": range(15, 20), "year": range(2020, 2023)}


def wanted(kind):
    own = ("age", "year") if kind is tables.Fertility else ("year",)
    return {axis: tuple(LABELS[axis]) for axis in kind.axes if axis in own}


def example(kind, seed=1):
    """A table of the kind with made numbers inside its bounds."""
    labels = {
        axis: wanted(kind).get(axis) or kind._labels(axis, pd.DataFrame(), SPACE, {})
        for axis in kind.axes
    }
    shape = tuple(len(labels[axis]) for axis in kind.axes)
    values = np.random.default_rng(seed).uniform(0, min(kind.upper, 1000.0), shape)
    return kind(values, SPACE, labels)


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_gives_the_table_back_in_any_order_of_rows(kind):
    table = example(kind)
    shuffled = table.to_frame().sample(frac=1, random_state=2)
    again = kind.from_frame(shuffled, SPACE, source="x.csv", labels=wanted(kind))
    assert (again.values == table.values).all()
    assert dict(again.labels) == dict(table.labels)


@pytest.mark.parametrize("kind", KINDS)
@given(row=st.integers(0, 10_000))
def test_a_missing_row_is_never_zero(kind, row):
    frame = example(kind).to_frame()
    with pytest.raises(InputError, match="no row") as caught:
        kind.from_frame(
            frame.drop(index=row % len(frame)), SPACE, source="x.csv", labels=wanted(kind)
        )
    assert caught.value.source == "x.csv"


def faults_of(frame, kind=tables.Population):
    with pytest.raises(InputError) as caught:
        kind.from_frame(frame, SPACE, source="population.csv")
    return str(caught.value)


def population():
    return example(tables.Population).to_frame()


def test_a_missing_region_is_named_once():
    text = faults_of(population().query("region != 'XX-1'"))
    assert text == "population.csv: region: no rows for XX-1; add them"


def test_a_repeated_row_is_named_with_its_line():
    frame = pd.concat([population(), population().iloc[[7]]], ignore_index=True)
    assert f"row {len(frame) + 1}: the row repeats an earlier one" in faults_of(frame)


def test_unknown_labels_are_named_with_the_nearest():
    frame = population().replace({"region": {"XX-1": "Nort 1"}, "sex": {"male": "mal"}})
    text = faults_of(frame)
    assert "no region 'Nort 1'; did you mean 'North 1' (XX-1)?" in text
    assert text.count("unknown label 'mal'") == 1  # once for all its rows
    assert "unknown label 'mal'; did you mean 'male'?" in text


def test_wrong_numbers_and_units_are_named_together():
    frame = population().astype({"value": object})
    frame.loc[0, "value"] = "many"
    frame.loc[3, "unit"] = "thousand persons"
    text = faults_of(frame)
    assert "row 2: 'many' is not a number" in text
    assert "row 5, unit: the unit is 'thousand persons', not 'persons'" in text


def test_values_outside_the_bounds_are_named_by_label():
    frame = population()
    frame.loc[0, "value"] = -5.0
    assert "sex female, age 0, region XX-0: -5 persons" in faults_of(frame)


def test_a_missing_column_has_a_suggestion():
    text = faults_of(population().rename(columns={"region": "regions"}))
    assert text == "population.csv: header: no column 'region'; did you mean 'regions'?"


def test_an_array_of_another_shape_is_refused():
    table = example(tables.Persons)
    with pytest.raises(InputError, match="shape"):
        tables.Persons(table.values[:2], SPACE, table.labels)


def test_fertility_is_zero_outside_its_ages():
    table = example(tables.Fertility)
    full = table.over_all_ages()
    assert full.shape == (101, 3)
    assert (full[15:20] == table.values).all()
    assert full[:15].sum() == full[20:].sum() == 0


@pytest.mark.parametrize("word", ["XX-1", "1", "north 1", "Север 1", " NORTH  1 "])
def test_a_region_is_known_by_id_code_and_name_in_any_language(word):
    assert SPACE.resolve(word) == "XX-1"


def test_an_unknown_region_suggests_the_nearest():
    with pytest.raises(InputError, match=r"no region 'Nord 2'; did you mean 'North 2' \(XX-2\)"):
        SPACE.resolve("Nord 2")
