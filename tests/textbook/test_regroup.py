"""Merging and splitting regions of a flow table, by hand and as identities.

Authority: moves between regions that become one are moves inside it (the definition of a
migration, Rees & Willekens 1986, in Migration and Settlement, chapter 2); the shipped crosswalk
of regions.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from forecast.api import load_dataset
from forecast.errors import InputError
from forecast.migration.regroup import merge_regions, split_region

LABELS = ("north", "city", "ring", "south")
#                north city ring south
FLOWS = np.array([[0, 10, 20, 5], [1, 0, 40, 2], [3, 60, 0, 4], [7, 30, 6, 0]], dtype=float)


def test_a_merger_by_hand() -> None:
    """City and ring exchanged 40 + 60 = 100, which are inside now."""
    found = merge_regions(FLOWS, LABELS, {"capital": ["city", "ring"]})
    assert found.labels == ("north", "capital", "south")
    assert found.flows.tolist() == [[0, 30, 5], [4, 0, 6], [7, 36, 0]]
    assert found.inside.tolist() == [0, 100, 0]
    assert found.status == "derived"
    on_it = merge_regions(FLOWS, LABELS, {"capital": ["city", "ring"]}, diagonal=True)
    assert on_it.flows[1, 1] == 100
    assert on_it.flows.sum() == FLOWS.sum() == found.flows.sum() + found.inside.sum()


def test_moves_inside_the_parts_stay_on_the_diagonal() -> None:
    recorded = FLOWS + np.diag([1.0, 2.0, 3.0, 4.0])
    found = merge_regions(recorded, LABELS, {"capital": ["ring", "city"]})
    assert np.diag(found.flows).tolist() == [1, 5, 4]
    assert found.inside.tolist() == [0, 100, 0]


def test_a_missing_flow_spoils_only_what_it_is_merged_into() -> None:
    holed = FLOWS.copy()
    holed[0, 1] = np.nan
    found = merge_regions(holed, LABELS, {"capital": ["city", "ring"]})
    assert np.isnan(found.flows[0, 1])
    assert np.isnan(found.flows).sum() == 1


def test_a_split_by_hand() -> None:
    """A quarter of the city's people live in the old town: a quarter of its flows, each way."""
    found = split_region(FLOWS, LABELS, "city", {"old town": 0.25, "new town": 0.75})
    assert found.labels == ("north", "old town", "new town", "ring", "south")
    assert found.flows.tolist() == [
        [0, 2.5, 7.5, 20, 5],
        [0.25, 0, 0, 10, 0.5],
        [0.75, 0, 0, 30, 1.5],
        [3, 15, 45, 0, 4],
        [7, 7.5, 22.5, 6, 0],
    ]
    assert found.status == "estimated"
    assert found.flows.sum() == FLOWS.sum()


def test_moves_between_the_parts_are_given_unknown_or_left_out() -> None:
    parts = {"old town": 0.25, "new town": 0.75}
    given_ = split_region(FLOWS, LABELS, "city", parts, between=12.0).flows
    assert given_[1:3, 1:3].tolist() == [[0, 6], [6, 0]]
    unknown = split_region(FLOWS, LABELS, "city", parts, between=np.nan).flows
    assert np.isnan(unknown[1, 2])
    assert np.isnan(unknown[2, 1])
    assert np.isnan(unknown).sum() == 2


def test_moves_between_the_parts_come_out_of_the_moves_inside_where_these_are_known() -> None:
    recorded = FLOWS.copy()
    recorded[1, 1] = 50
    parts = {"city": 0.5, "suburb": 0.25, "village": 0.25}  # one part keeps the name
    found = split_region(recorded, LABELS, "city", parts, between=10.0)
    block = found.flows[1:4, 1:4]
    assert np.diag(block).tolist() == [20, 10, 10]
    assert block.sum() == pytest.approx(50)
    assert block[0, 1] == pytest.approx(10 * 0.125 / 0.625)
    assert found.flows.sum() == pytest.approx(recorded.sum())


def test_years_are_split_at_once_each_with_its_own_moves_between() -> None:
    years = np.stack([FLOWS, 2 * FLOWS])
    found = split_region(years, LABELS, "ring", {"a": 0.5, "b": 0.5}, between=[4.0, np.nan])
    assert found.flows.shape == (2, 5, 5)
    assert found.flows[0, 2, 3] == 2
    assert np.isnan(found.flows[1, 2, 3])
    merged = merge_regions(years, LABELS, {"all": LABELS})
    assert merged.inside[:, 0].tolist() == [FLOWS.sum(), 2 * FLOWS.sum()]
    assert (merged.flows == 0).all()


tables = arrays(float, (2, 4, 4), elements=st.floats(0, 1e6))
shares = st.lists(st.floats(0.01, 1), min_size=1, max_size=4)


@given(tables, st.sampled_from(LABELS), shares, st.booleans(), st.floats(0, 1))
def test_merging_what_was_split_gives_the_flows_back(
    flows: np.ndarray, region: str, sizes: list[float], recorded: bool, part: float
) -> None:
    if not recorded:
        flows = flows * (1 - np.eye(4))
    parts = {f"part {k}": size / sum(sizes) for k, size in enumerate(sizes)}
    place = LABELS.index(region)
    between = part * flows[:, place, place] if len(parts) > 1 else 0.0
    there = split_region(flows, LABELS, region, parts, between=between)
    back = merge_regions(there.flows, there.labels, {region: list(parts)}, diagonal=True)
    assert back.labels == LABELS
    assert back.flows == pytest.approx(flows, rel=1e-9, abs=1e-9)
    assert (there.flows >= 0).all()


@given(tables, st.permutations(LABELS), st.integers(1, 4))
def test_a_merger_keeps_the_total_and_does_not_know_the_order(
    flows: np.ndarray, order: list[str], size: int
) -> None:
    group = {"new": list(LABELS[:size])}
    one = merge_regions(flows, LABELS, group)
    assert one.flows.sum() + one.inside.sum() == pytest.approx(flows.sum())
    where = [LABELS.index(name) for name in order]
    other = merge_regions(flows[:, where][:, :, where], order, group)
    again = [one.labels.index(name) for name in other.labels]
    assert other.flows == pytest.approx(one.flows[:, again][:, :, again])
    assert other.inside == pytest.approx(one.inside[:, again])


def test_the_crosswalk_of_the_package_merges_regions_into_those_before() -> None:
    dataset = load_dataset("kazakhstan")
    crosswalk = dataset.table("boundaries/crosswalk")
    former = crosswalk.groupby("old_region")["region"].agg(list).to_dict()
    flows = np.ones((len(dataset.space.ids),) * 2) - np.eye(len(dataset.space.ids))
    found = merge_regions(flows, dataset.space.ids, former)
    assert len(found.labels) == len(dataset.space.ids) - len(crosswalk) + len(former)
    for old, parts in former.items():
        assert found.inside[found.labels.index(old)] == len(parts) * (len(parts) - 1)


@pytest.mark.parametrize(
    "groups, message",
    [
        ({"capital": ["city", "rign"]}, "capital: no region 'rign'; did you mean 'ring'"),
        ({"capital": []}, "capital: has no parts"),
        ({"south": ["city", "ring"]}, "south: is another region already"),
        ({"a": ["city", "ring"], "b": ["ring"]}, "ring: stands in two groups"),
    ],
)
def test_bad_groups_are_refused_in_words(groups: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        merge_regions(FLOWS, LABELS, groups)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"region": "cty"}, "no region 'cty'; did you mean 'city'"),
        ({"shares": {"a": 0.5, "b": 0.4}}, "add up to 0.9, not to 1"),
        ({"shares": {"a": 1.5, "b": -0.5}}, "b: the share -0.5 is negative or missing"),
        ({"shares": {}}, "city: has no parts"),
        ({"shares": {"ring": 0.5, "b": 0.5}}, "ring: is another region already"),
        ({"shares": {"a": "0.5", "b": 0.5}}, "a: the share '0.5' is no number"),
        ({"shares": {"a": np.inf, "b": 0.5}}, "a: the share inf is negative or missing"),
        ({"between": np.inf}, "between: a number of persons is infinite"),
        ({"between": -1.0}, "a number of persons is negative"),
        ({"between": [1.0, 2.0]}, "has the shape"),
        ({"shares": {"a": 1.0}, "between": 3.0}, "no two parts to move between"),
        ({"flows": FLOWS + 1, "between": 3.0}, "more than all moves inside 'city'"),
        ({"flows": -FLOWS}, "a flow is negative"),
        ({"flows": FLOWS[:3]}, "for 4 regions"),
        ({"labels": ("north", "city", "city", "south")}, "'city' stands there twice"),
    ],
)
def test_bad_splits_are_refused_in_words(change: dict, message: str) -> None:
    given_ = {
        "flows": FLOWS, "labels": LABELS, "region": "city", "shares": {"a": 0.5, "b": 0.5}, **change
    }  # fmt: skip
    with pytest.raises(InputError, match=message):
        split_region(**given_)
