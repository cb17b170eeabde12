"""The survey of families and the weights of a match: what is read, what is refused and why."""

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.settlement.match_limits import (
    PLACES,
    QUOTA,
    Limit,
    chances,
    job_limits,
    listed,
    quota_limits,
    room_limits,
    with_places,
)
from forecast.settlement.match_survey import read_survey, section_words
from forecast.settlement.match_weights import TERMS, Weights, read_weights
from forecast.settlement.records import region_names

HEADING = "id,stream,family_size,workers,children,qualification,section,choice_1,choice_2,kk\n"


@pytest.fixture(scope="module")
def dataset():
    return fc.load_dataset()


@pytest.fixture(scope="module")
def names(dataset):
    return section_words(dataset.table("norms/sections")), region_names(dataset.space)


def survey(tmp_path, names, text, salt=None):
    path = tmp_path / "families.csv"
    path.write_text(HEADING + text, encoding="utf-8")
    return read_survey(path, *names, salt=salt)


def test_the_example_is_read_in_three_languages(root, names):
    found = read_survey(root / "docs/examples/families.csv", *names)
    assert found.rejects.empty
    families = found.families
    assert families["stream"].tolist()[:3] == ["kandas"] * 3
    assert families["qualification"].tolist()[:4] == ["tvet", "higher", "none", "higher"]
    assert families["section"].tolist()[:5] == ["F", "P", "A", "Q", "F"]
    assert families.loc[1, ["choice_1", "choice_2"]].tolist() == ["KZ-55", "KZ-59"]
    assert families["origin"].tolist()[:4] == ["abroad", "abroad", "abroad", "KZ-61"]
    assert families["kk"].tolist()[:4] == [True, True, True, True]
    assert families["ru"].tolist()[:4] == [False, True, False, True]


def test_rows_that_cannot_be_are_told(tmp_path, names):
    found = survey(tmp_path, names, (
        "a,kandas,4,2,2,tvet,F,KZ-55,KZ-59,yes\n"
        "b,kandas,3,2,2,tvet,F,KZ-55,KZ-59,yes\n"
        "c,kandas,4,2,2,tvet,F,KZ-55,KZ-55,yes\n"
        "d,tourist,4,2,2,tvet,F,KZ-55,,yes\n"
        "e,kandas,0,0,0,tvet,F,KZ-55,,yes\n"
        "f,kandas,4,2,2,doctor,F,KZ-55,,yes\n"
        "g,kandas,4,,2,tvet,F,KZ-55,,yes\n"
        "h,kandas,4,2,2,tvet,X,KZ-55,,yes\n"
        "i,kandas,4,2,2,tvet,,Atlantis,,yes\n"
    ))  # fmt: skip
    assert found.families["row"].tolist() == [2]
    assert found.total == 9
    assert found.rejects["row"].tolist() == list(range(3, 11))
    columns = ["family_size", "choice_1", "stream", "family_size", "qualification", "workers",
               "section", "choice_1"]  # fmt: skip
    assert found.rejects["column"].tolist() == columns
    assert "more than the family" in found.rejects["reason"][0]
    assert "chosen twice" in found.rejects["reason"][1]


def test_personal_data_is_refused(tmp_path, names):
    path = tmp_path / "families.csv"
    path.write_text("stream,family_size,workers,children,qualification,ФИО\n", encoding="utf-8")
    with pytest.raises(fc.InputError, match="personal data"):
        read_survey(path, *names)


def test_weights_are_read_and_every_fault_told_with_its_line(tmp_path, root, names):
    good = read_weights(root / "docs/examples/match-weights.yml", names[1])
    assert good.shares == {"employment": 0.5, "preference": 0.4, "language": 0.0, "priority": 0.1}
    assert good.places == {"resettlers": {"KZ-11": 50.0}}
    assert sum(Weights().shares.values()) == 1
    assert set(Weights().shares) == set(TERMS)
    bad = tmp_path / "weights.yml"
    bad.write_text(
        "weights: {employment: -1, beauty: 2, language: 1}\nchoices: [0.5, 0.9]\ncount: heads\n"
        "limits: {quota: maybe, sky: true}\nplaces: {kandas: {Atlantis: 5}}\npriorities: {}\n"
        "placed: .inf\n",
        encoding="utf-8",
    )
    with pytest.raises(fc.InputError) as caught:
        read_weights(bad, names[1])
    text = str(caught.value)
    for told in ("weights.employment", "weights.beauty", "choices", "count", "limits.quota",
                 "limits.sky", "places.kandas.Atlantis", "priorities", "placed",
                 "weights.yml:4", "did you mean 'priority'"):  # fmt: skip
        assert told in text, told
    bad.write_text("weights: [1", encoding="utf-8")
    with pytest.raises(fc.InputError, match="YAML"):
        read_weights(bad, names[1])


def test_the_two_lists_are_those_of_the_acts(dataset):
    lists = listed(dataset.table("norms/settlement_lists"), dataset.space.ids, 2026)
    ids = np.array(dataset.space.ids)
    official = dataset.table("norms/deficit_regions")
    assert set(ids[lists["kandas"]]) == set(official.loc[official["value"] > 0, "region"])
    assert set(ids[lists["resettlers"]]) == {
        "KZ-10", "KZ-11", "KZ-35", "KZ-39", "KZ-55", "KZ-59", "KZ-62", "KZ-63",
    }  # fmt: skip


def test_a_list_holds_until_the_next_one():
    rows = [("kandas", "r1", 2020, 1), ("kandas", "r2", 2024, 1), ("kandas", "r1", 2024, 0)]
    table = pd.DataFrame(rows, columns=["stream", "region", "year", "value"])
    for year, on_it in ((2019, [True, False]), (2023, [True, False]), (2026, [False, True])):
        found = listed(table, ["r1", "r2"], year)
        assert found["kandas"].tolist() == on_it
        assert not found["resettlers"].any()


def test_places_of_the_quota_are_the_published_ones(dataset):
    ids = dataset.space.ids
    lists = listed(dataset.table("norms/settlement_lists"), ids, 2026)
    table = dataset.table("norms/settlement")
    found = quota_limits(table, lists, ids, 2028, {"resettlers": {2026: 5997.0}})
    places = {(limit.stream, ids[limit.regions[0]]): limit for limit in found}
    assert places["kandas", "KZ-55"].capacity == 977
    assert places["kandas", "KZ-55"].year == 2026  # the last published year goes on
    assert sum(limit.capacity for limit in found if limit.stream == "kandas") == 2281
    # The regions of the list that are published make up the nation: nothing is left for Akmola.
    assert places["resettlers", "KZ-11"].capacity == 0
    without = quota_limits(table, lists, ids, 2026)
    unknown = [limit for limit in without if np.isnan(limit.capacity)]
    assert [(limit.stream, ids[limit.regions[0]]) for limit in unknown] == [("resettlers", "KZ-11")]
    given = with_places(found, {"resettlers": {ids.index("KZ-11"): 50.0}})
    own = [limit for limit in given if limit.stream == "resettlers"]
    place = ids.index("KZ-11")
    assert [limit.capacity for limit in own if place in limit.regions] == [50.0]


def test_need_and_jobs_follow_the_deficit():
    rows = [("r1", 2026, section, "tvet", measure, value)
            for section, short, opened in (("F", 30.0, 40.0), ("G", -5.0, 10.0), ("total", 50, 100))
            for measure, value in (("labour_deficit", short), ("openings", opened))]  # fmt: skip
    columns = ["region", "year", "section", "qualification", "measure", "value"]
    detail = pd.DataFrame(rows, columns=columns)
    need = chances(detail, ["r1"], 2026, ["F", "G", "H"])
    assert need[:, 1, 0].tolist() == [0.75, 0.0, 0.5, 0.5]  # a section without numbers: all of them
    assert np.isnan(need[:, 0]).all()
    limits = job_limits(detail, ["r1"], 2026)
    assert [limit.capacity for limit in limits][1] == 50
    assert np.isnan(limits[0].capacity)


def test_room_counts_places_of_children_or_persons(dataset):
    facilities = dataset.table("norms/facilities")
    rows = [("r1", "total", 2026, "school_place", "room", 90.0),
            ("r1", "total", 2026, "dwelling", "safe_arrivals", np.nan),
            ("r1", "total", 2026, "total", "safe_arrivals", 70.0)]  # fmt: skip
    columns = ["region", "growth_point", "year", "kind", "measure", "value"]
    found = room_limits(pd.DataFrame(rows, columns=columns), facilities, ["r1"], 2026)
    assert [limit.kind for limit in found] == [PLACES, "arrivals"]
    school, dwelling = found
    # ages 6-17, half of the first and the last one, 94.04 % of them, in two shifts
    assert school.each == pytest.approx(11 / 18 * 0.9404 / 2)
    assert school.capacity == 90
    assert np.isnan(dwelling.capacity)
    assert not room_limits(pd.DataFrame(columns=columns), facilities, ["r1"], 2026)


def test_a_limit_counts_whom_it_is_for():
    families = pd.DataFrame({
        "stream": ["kandas", "resettlers"], "family_size": [4, 3], "workers": [2, 1],
        "children": [2, 1], "qualification": ["tvet", "none"],
    })  # fmt: skip
    assert Limit(QUOTA, (0,), 9.0, stream="kandas").used_by(families).tolist() == [4, 0]
    assert Limit("arrivals", (0,), 9.0).used_by(families).tolist() == [4, 3]
    assert Limit(PLACES, (0,), 9.0, each=0.5).used_by(families).tolist() == [1, 0.5]
    assert Limit("jobs", (0,), 9.0, qualification="none").used_by(families).tolist() == [0, 1]
