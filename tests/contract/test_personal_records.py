"""The door for records of people: what is refused, what is rejected, what is kept."""

import hmac

import numpy as np
import pandas as pd
import pytest

import forecast as fc
from forecast.settlement.records import (
    Column,
    headings,
    read_records,
    region_names,
    suppressed,
    write_rejects,
)

COLUMNS = (
    Column("region", "region", required=True),
    Column("age", "integer", required=True, minimum=0, maximum=110),
    Column("support", "word", words={"yes": "yes", "no": "no"}),
    Column("entry", "date"),
    Column("occupation"),
    Column("works", "flag"),
)


@pytest.fixture(scope="module")
def regions():
    return region_names(fc.load_dataset().space)


def written(tmp_path, text, name="people.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_good_rows_are_kept_and_every_other_has_its_reason(tmp_path, regions):
    path = written(tmp_path, (
        "id;region;age;support;entry;occupation;works\n"
        "a;KZ-55;34;yes;2024-03-01;welder;да\n"
        "b;Павлодарская область;-1;no;2024-03-01;nurse;no\n"
        "a;KZ-55;20;yes;2024-03-01;;1\n"
        "c;Nowhere;20;yes;2024-03-01;;1\n"
        "d;KZ-55;x;yes;2024-03-01;;1\n"
        "e;KZ-55;20.5;yes;2024-03-01;;1\n"
        "f;KZ-55;20;maybe;2024-03-01;;1\n"
        "g;KZ-55;20;yes;31 March;;1\n"
        ";KZ-55;20;yes;;;1\n"
        "h;kz-55;20;;;;\n"
        "i;;20;;;;\n"
    ))  # fmt: skip
    found = read_records(path, COLUMNS, regions=regions)
    assert found.rows["row"].tolist() == [2, 11]
    assert found.rows["region"].tolist() == ["KZ-55", "KZ-55"]
    assert found.rows["works"].tolist() == ["1", ""]
    assert found.total == 11
    assert found.rejects["row"].tolist() == [3, 4, 5, 6, 7, 8, 9, 10, 12]
    columns = ["age", "id", "region", "age", "age", "support", "entry", "id", "region"]
    assert found.rejects["column"].tolist() == columns
    assert found.rejects["reason"].str.len().min() > 5
    path = write_rejects(found.rejects, tmp_path / "rejects.csv")
    assert len(pd.read_csv(path)) == 9


def test_ids_are_hashed_with_the_salt_of_the_user(tmp_path, regions):
    path = written(tmp_path, "id,region,age\nann,KZ-55,30\nbob,KZ-71,31\n")
    one, two, three = (
        read_records(path, COLUMNS, salt=salt, regions=regions).rows["id"]
        for salt in ("secret", "secret", "other")
    )
    assert (one == two).all()
    assert (one != three).all()
    assert one.str.fullmatch("[0-9a-f]{16}").all()
    assert one[0] == hmac.new(b"secret", b"ann", "sha256").hexdigest()[:16]
    plain = read_records(path, COLUMNS, regions=regions).rows
    assert plain["id"].tolist() == ["2", "3"]
    assert not plain.astype(str).isin(["ann", "bob"]).any().any()


@pytest.mark.parametrize(
    "heading", ["name", "Surname", "ФИО", "ИИН", "passport", "date_of_birth", "Аты-жөні", "e-mail"]
)
def test_personal_columns_are_refused_at_the_door(tmp_path, regions, heading):
    path = written(tmp_path, f"region,age,{heading}\nKZ-55,30,x\n")
    with pytest.raises(fc.InputError, match="personal data") as caught:
        read_records(path, COLUMNS, regions=regions, further=True)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "cell, what",
    [("840101300123", "identity number"), ("a@b.kz", "e-mail"), ("+7 701 123 45 67", "telephone")],
)
@pytest.mark.parametrize("column", ["id", "occupation"])
def test_cells_that_look_like_documents_are_refused_and_not_repeated(
    tmp_path, regions, column, cell, what
):
    path = written(tmp_path, f"region,age,{column}\nKZ-55,30,{cell}\n")
    with pytest.raises(fc.InputError, match=what) as caught:
        read_records(path, COLUMNS, regions=regions)
    assert cell not in str(caught.value)


def test_faults_of_the_file_come_together(tmp_path, regions):
    path = written(tmp_path, "regionn,age,age,iin\nKZ-55,1,1,2\n")
    with pytest.raises(fc.InputError) as caught:
        read_records(path, COLUMNS, regions=regions)
    assert len(caught.value.faults) >= 3
    assert "did you mean 'regionn'" in str(caught.value)
    for text, name in ((b"\xff\xfe\x00", "x.csv"), (b"", "empty.csv")):
        (tmp_path / name).write_bytes(text)
        with pytest.raises(fc.InputError):
            read_records(tmp_path / name, COLUMNS, regions=regions)
    with pytest.raises(fc.InputError, match="no such file"):
        read_records(tmp_path / "missing.csv", COLUMNS, regions=regions)


def test_small_cells_are_not_shown():
    table = pd.DataFrame({"region": ["a", "b", "c"], "people": [3, 50, 0], "stayed": [1, 4, 0],
                          "share": [1 / 3, 0.08, np.nan]})  # fmt: skip
    shown = suppressed(table, ["people", "stayed"])
    assert np.isnan(shown.loc[0, ["people", "stayed", "share"]].astype(float)).all()
    assert shown.loc[1, "people"] == 50
    assert np.isnan(shown.loc[1, "stayed"])
    assert shown.loc[2, "people"] == 0


def test_rows_that_are_cut_short_and_headings_in_quotes_are_read(tmp_path, regions):
    path = written(tmp_path, '"region","age",occupation\nKZ-55,30\nKZ-55,"31",x\n')
    found = read_records(path, COLUMNS, regions=regions)
    assert found.rows["age"].tolist() == [30, 31]
    assert found.rows["occupation"].tolist() == ["", "x"]
    assert headings(path) == ["region", "age", "occupation"]
