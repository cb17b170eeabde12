"""What is personal is refused wherever it stands, and rows keep their number in the file."""

import pytest

from forecast.errors import InputError
from forecast.settlement.personal import is_personal
from forecast.settlement.records import Column, fold, read_records

COLUMNS = (
    Column("size", "integer", required=True, minimum=1, maximum=30),
    Column("section", "word", words={"a": "A", "b": "B"}),
    Column("note"),
)


def written(tmp_path, text):
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("cell", [
    "870101300123", "870101 300123", "+7 701 123 45 67", "8 (701) 123-45-67", "87011234567",
    "one@two.org", "N12345678", "Ivanov Ivan Ivanovich", "Иванова Анна Петровна",
    "Серік Бақытұлы",
])  # fmt: skip
@pytest.mark.parametrize("column", ["size", "section", "note"])
def test_a_document_or_name_in_any_column_is_refused_and_never_repeated(tmp_path, cell, column):
    row = {"size": "3", "section": "a", "note": "x"} | {column: cell}
    text = "size,section,note\n2,b,y\n" + ",".join(row.values()) + "\n"
    with pytest.raises(InputError) as error:
        read_records(written(tmp_path, text), COLUMNS)
    assert cell not in str(error.value)


@pytest.mark.parametrize("cell", [
    "0.123456789012", "2024-03-31", "rural school", "Ұлытау облысы", "Main Street", "A1234567890",
])  # fmt: skip
def test_plain_words_and_numbers_are_not_taken_for_documents(tmp_path, cell):
    found = read_records(written(tmp_path, f"size,note\n3,{cell}\n"), COLUMNS)
    assert found.rows["note"].tolist() == [cell]


def test_numbers_of_the_user_may_look_like_passports(tmp_path):
    assert len(read_records(written(tmp_path, "id,size\nF00012345,3\n"), COLUMNS).rows) == 1


@pytest.mark.parametrize("heading", [
    "ФИО заявителя", "Last_Name_ru", "Номер паспорта", "ИИН члена семьи", "applicant_name",
    "birthdate", "phone_number", "удостоверение личности", "fullname", "тел.", "E-mail",
])  # fmt: skip
def test_headings_of_several_words_are_refused(heading):
    assert is_personal(fold(heading))


@pytest.mark.parametrize("heading", ["region_name", "section", "health", "telework", "own_school"])
def test_other_headings_are_read(heading):
    assert not is_personal(fold(heading))


def test_blank_rows_and_cells_at_the_end_do_not_shift_anything(tmp_path):
    text = "size,section,note\n3,a,x,\n\n4,zz,y,\n,,\n5,b,z,\n\n"
    found = read_records(written(tmp_path, text), COLUMNS)
    assert found.rows["row"].tolist() == [2, 6]
    assert found.rows["size"].tolist() == [3, 5]
    assert found.rejects["row"].tolist() == [4]
    assert found.total == 3


def test_a_row_with_too_many_cells_is_left_out_and_the_others_go_on(tmp_path):
    found = read_records(written(tmp_path, "size,note\n3,x\n4,y,w,w\n5,z\n"), COLUMNS)
    assert found.rows["size"].tolist() == [3, 5]
    assert found.rejects["row"].tolist() == [3]


def test_a_quotation_mark_that_never_closes_swallows_no_rows(tmp_path):
    with pytest.raises(InputError, match="quotation"):
        read_records(written(tmp_path, 'size,note\n3,"x\n4,y\n5,z\n'), COLUMNS)


@pytest.mark.filterwarnings("error")
def test_an_infinite_number_is_a_reason_and_no_warning(tmp_path):
    found = read_records(written(tmp_path, "size\n1e400\n3\n"), COLUMNS)
    assert found.rejects["row"].tolist() == [2]


def test_a_bound_that_is_not_reached_itself_is_told_so(tmp_path):
    column = Column("points", "number", minimum=0, maximum=100.99999999999999)
    found = read_records(written(tmp_path, "points\n101\n5\n"), [column])
    assert "to below 101" in found.rejects["reason"][0]


def test_an_empty_salt_is_refused(tmp_path):
    with pytest.raises(InputError, match="salt"):
        read_records(written(tmp_path, "id,size\na,3\n"), COLUMNS, salt=" ")


def test_days_of_registers(tmp_path):
    text = "day\n9999-12-31\n2020\n1500-01-01\n2021-01-05T10:00+05:00\n2021-01-06T10:00+06:00\n"
    found = read_records(written(tmp_path, text), [Column("day", "date", required=True)])
    assert found.rows["row"].tolist() == [2, 5, 6], "the year 9999 stands for still there"
    assert found.rejects["row"].tolist() == [3, 4], "a year is no day, and 1500 is a slip"
