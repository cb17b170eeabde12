"""Records of settlers: who is censored when, and which rows cannot be used."""

import pandas as pd
import pytest

import forecast as fc
from forecast.errors import InputError
from forecast.settlement.records import read_records, region_names
from forecast.settlement.retention import COLUMNS, DAYS, costs_of, episodes


@pytest.fixture(scope="module")
def regions():
    return region_names(fc.load_dataset().space)


@pytest.fixture
def seen(tmp_path, regions):
    def call(text, **options):
        path = tmp_path / "records.csv"
        path.write_text(text, encoding="utf-8")
        return episodes(read_records(path, COLUMNS, regions=regions), where=path, **options)

    return call


def test_stays_and_rejects(seen):
    found = seen(
        "id,entry,exit,observed_until,region,age,stream\n"
        "1,2020-01-01,2022-01-01,2025-01-01,KZ-55,30,kandas\n"
        "2,2020-01-01,,2025-01-01,KZ-55,30,переселенец\n"
        "3,2020-01-01,2019-12-31,2025-01-01,KZ-55,30,\n"
        "4,2025-02-01,,2025-01-01,KZ-55,30,\n"
        "5,2020-01-01,2025-03-01,2025-01-01,KZ-55,30,\n"
        "6,2020-01-01,,,KZ-55,30,\n"
        "7,2020-01-01,,2025-01-01,Atlantis,30,\n"
        "8,2020-01-01,,2025-01-01,KZ-55,-1,\n"
        "9,2020-01-01,2020-01-01,2025-01-01,KZ-55,30,\n"
        "10,2020-01-01,2021-01-01,,KZ-55,30,\n"
    )
    assert found.people["row"].tolist() == [2, 3, 10, 11]
    assert found.people["left"].tolist() == [True, False, True, True]
    assert found.people["years"].tolist() == pytest.approx(
        [731 / DAYS, 1827 / DAYS, 0.5 / DAYS, 366 / DAYS]
    )
    assert found.people["stream"].tolist() == ["kandas", "resettlers", "", ""]
    assert found.rejects["row"].tolist() == [4, 5, 6, 7, 8, 9]
    columns = ["exit", "entry", "exit", "observed_until", "region", "age"]
    assert found.rejects["column"].tolist() == columns
    assert (found.total, found.until) == (10, "2025-01-01")


def test_a_day_for_everybody_ends_the_observation(seen):
    """Who left later was still there on that day."""
    found = seen(
        "entry,exit,observed_until,region\n2020-01-01,2024-01-01,2025-01-01,KZ-55\n"
        "2020-01-01,,2022-01-01,KZ-55\n2024-01-01,,2025-01-01,KZ-55\n",
        until=pd.Timestamp("2023-01-01"),
    )
    assert found.people["left"].tolist() == [False, False]
    assert found.people["years"].tolist() == pytest.approx([1096 / DAYS, 731 / DAYS])
    assert found.rejects["row"].tolist() == [4]
    assert found.until == "2023-01-01"


@pytest.mark.parametrize(
    "text, says",
    [
        ("entry,region\n2020-01-01,KZ-55\n", "no column 'exit'"),
        ("entry,exit,region\n2020-01-01,,KZ-55\n", "--until"),
        ("entry,exit,region,ФИО\n2020-01-01,,KZ-55,x\n", "personal data"),
        ("exit,region\n,KZ-55\n", "no column 'entry'"),
    ],
)
def test_a_file_that_cannot_tell_is_refused(seen, text, says):
    with pytest.raises(InputError, match=says):
        seen(text)


def test_costs_by_support_and_region(seen):
    found = seen(
        "entry,exit,observed_until,region,support\n"
        + "".join(f"2020-01-01,,2025-01-01,{region},{support}\n"
                  for region, support in (("KZ-55", "a"), ("KZ-59", "a"), ("KZ-55", "b")))
    )  # fmt: skip
    assert costs_of(found.people, 7.0).tolist() == [7, 7, 7]
    assert pd.isna(costs_of(found.people, None)).all()
    table = pd.DataFrame({"support": ["a", "a"], "region": ["", "KZ-59"], "cost": [10, 20]})
    costs = costs_of(found.people, table)
    assert costs[:2].tolist() == [10, 20]
    assert pd.isna(costs[2])
