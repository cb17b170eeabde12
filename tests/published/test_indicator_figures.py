"""The figures of the shipped indicators against the tables of the data package.

Authority: observed/internal_migration (nets), observed/vital_events, norms/deficit_regions,
observed/policy (regions of settlement), norms/settlement.
"""

from __future__ import annotations

import pytest

import forecast as fc
from forecast.indicators import FILE, read_indicators
from forecast.words import LANGUAGES, speaking


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset("kazakhstan")


@pytest.fixture(scope="module")
def declared(dataset):
    found = read_indicators(dataset.path / FILE, dataset.space)
    return {one.id: one for one in found.indicators}


@pytest.fixture(scope="module")
def nets(dataset):
    table = dataset.table("internal_migration")
    return table[table["measure"] == "net"].set_index(["region", "year"])["value"]


def regions_of(one):
    return one.formula.one.places["region"]


@pytest.mark.parametrize("name", ["balance_of_settlement_regions", "balance_of_four_northern"])
def test_published_balances_are_the_nets_of_their_regions(declared, nets, name):
    one = declared[name]
    figures = [f for f in (one.baseline, *one.published) if "internal_migration" in f.source]
    assert {figure.year for figure in figures} == {2022, 2023, 2024}
    for figure in figures:
        summed = sum(nets[(region, figure.year)] for region in regions_of(one))
        assert summed == pytest.approx(figure.value, abs=0.5)


def test_the_stated_fall_of_the_balance_is_shown_and_not_reproduced(declared, nets):
    for name in ("balance_of_settlement_regions", "balance_of_four_northern"):
        one = declared[name]
        stated = {f.year: f.value for f in one.published if "statement" in f.source}
        assert stated == {2019: -53000, 2024: -13000}
        summed = sum(nets[(region, 2024)] for region in regions_of(one))
        assert abs(summed - stated[2024]) > 5000
        notes = [f.note["en"] for f in one.published if "statement" in f.source]
        assert all("do not reproduce it" in note for note in notes)


def test_lists_of_regions_are_those_of_the_package(dataset, declared):
    listed = dataset.table("norms/deficit_regions")
    official = set(listed.loc[listed["value"] == 1, "region"])
    assert set(regions_of(declared["share_to_deficit_regions"])) == official
    policy = dataset.table("policy")
    settled = policy[policy["variable"] == "resettler_settlement_region"]
    wanted = set(regions_of(declared["balance_of_settlement_regions"]))
    assert wanted == set(settled.loc[settled["value"].astype(float) == 1, "region"])


def test_the_external_balance_of_2025_is_the_registered_one(dataset, declared):
    events = dataset.table("vital_events")
    nation = events[(events["region"] == dataset.nation) & (events["year"] == 2025)]
    moved = nation.set_index("event")["value"]
    registered = float(moved["immigration"] - moved["emigration"])
    assert registered == 16153
    assert declared["external_balance"].baseline.value == 16100  # as it is stated, rounded down
    assert "16,153" in declared["external_balance"].baseline.source


def test_fourteen_are_counted_and_none_is_invented(declared):
    """Five of the fourteen are known by what they measure; two of them in two variants."""
    known = {
        "qualified_arrivals", "settlers_employment", "share_to_deficit_regions",
        "external_balance", "balance_of_settlement_regions",
    }  # fmt: skip
    blank = [one for one in declared.values() if one.id.startswith("unpublished-")]
    assert len(known & set(declared)) + len(blank) == 14
    for one in blank:
        assert one.formula is None
        assert not one.targets
        assert one.unknown["en"] == "definition not published"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_text_is_there_in_every_language(declared, lang):
    with speaking(lang):
        names = [one.name for one in declared.values()]
    assert len(set(names)) == len(declared)


def test_the_share_behind_the_published_number_is_never_compared_with_it(declared):
    for name in ("share_to_deficit_regions", "share_to_four_northern"):
        one = declared[name]
        assert one.baseline is None
        assert not one.targets
        assert [(f.value, f.year) for f in one.published] == [(14.7, 2025)]
        assert "not published" in one.published[0].note["en"]
