"""A spoilt data package: one message that names file, row, column and cure, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from forecast.dataset import load_dataset
from forecast.errors import InputError

POPULATION = "observed/population.csv"
MIGRATION = "observed/internal_migration.csv"


def complaint(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_dataset(folder)
    assert caught.value.exit_code == 2
    assert str(caught.value).startswith(str(folder))
    return str(caught.value)


def edit(folder: Path, file: str, change: Callable[[list[str]], object]) -> None:
    """Change the lines of a file; the header is line 0 here and row 1 in messages."""
    path = folder / file
    lines = path.read_text(encoding="utf-8").splitlines()
    change(lines)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def replace(folder: Path, file: str, row: int, old: str, new: str) -> None:
    def change(lines: list[str]) -> None:
        assert old in lines[row - 1]
        lines[row - 1] = lines[row - 1].replace(old, new, 1)

    edit(folder, file, change)


def test_the_toy_package_is_sound(erewhon: Path) -> None:
    assert load_dataset(erewhon).name == "erewhon"


# --- rows -----------------------------------------------------------------------------------------


def test_a_missing_region(erewhon: Path) -> None:
    edit(erewhon, POPULATION, lambda lines: [
        lines.remove(line) for line in list(lines) if line.startswith("ER-S")
    ])  # fmt: skip
    assert complaint(erewhon) == (
        f"{erewhon}: {POPULATION}: no rows for region ER-S (South Region); "
        "the table must have every region"
    )


def test_a_missing_row(erewhon: Path) -> None:
    edit(erewhon, POPULATION, lambda lines: lines.pop(2))
    assert complaint(erewhon).endswith(
        f"{POPULATION}: the row of region ER-N, year 1872, sex male is missing; add it"
    )


def test_a_missing_year(erewhon: Path) -> None:
    edit(erewhon, POPULATION, lambda lines: [
        lines.remove(line) for line in list(lines) if ",1873," in line
    ])  # fmt: skip
    assert "the last year is 1872, base_year is 1873" in complaint(erewhon)


def test_a_mistyped_year_is_told_once(erewhon: Path) -> None:
    """1773 for 1873 leaves a century of gaps; they are one fault of the column."""
    replace(erewhon, POPULATION, 2, "1872", "1772")
    text = complaint(erewhon)
    assert "no rows for year 1773, 1774, 1775, 1776, 1777 and 94 more" in text


def test_a_repeated_row(erewhon: Path) -> None:
    edit(erewhon, POPULATION, lambda lines: lines.insert(6, lines[3]))
    assert complaint(erewhon).endswith(
        f"{POPULATION}, row 7: repeats row 4 (region ER-N, year 1873, sex female); "
        "keep one of the two"
    )


def test_a_row_with_a_cell_too_many(erewhon: Path) -> None:
    replace(erewhon, POPULATION, 3, "Butler", "Butler, Erewhon")
    assert complaint(erewhon).endswith(
        f"{POPULATION}, row 3: the row has 8 cells, the header 7; put text with commas in quotes"
    )


def test_an_empty_row(erewhon: Path) -> None:
    edit(erewhon, POPULATION, lambda lines: lines.insert(4, ""))
    assert f"{POPULATION}, row 5: the row is empty; delete it" in complaint(erewhon)


# --- cells ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cell, message",
    [
        ("about 100", "'about 100' is not a number; write digits alone; the unit and doubts have "
                      "columns of their own"),
        ('"1 234,5"', "'1 234,5' is not a number; write 1234.5"),
        ("-100", "-100 is negative; this table holds no negative numbers"),
        ("99.5", "99.5 is not a whole number; write people, not thousands of people"),
        ("inf", "inf is not finite"),
        ("", "the cell is empty; fill it in, or leave the row out"),
    ],
)  # fmt: skip
def test_a_wrong_number(erewhon: Path, cell: str, message: str) -> None:
    replace(erewhon, POPULATION, 4, ",100,", f",{cell},")
    assert f"{POPULATION}, row 4, column value: {message}" in complaint(erewhon)


def test_a_year_that_is_not_whole(erewhon: Path) -> None:
    replace(erewhon, POPULATION, 4, "1873", "1873.5")
    assert f"{POPULATION}, row 4, column year: '1873.5' is not a whole number" in complaint(erewhon)


def test_a_wrong_unit(erewhon: Path) -> None:
    replace(erewhon, POPULATION, 4, "persons", "thousand persons")
    assert complaint(erewhon).endswith(
        f"{POPULATION}, row 4, column unit: unit 'thousand persons' is wrong here; write 'persons'"
    )


def test_the_same_fault_of_many_rows_is_one(erewhon: Path) -> None:
    edit(erewhon, POPULATION, lambda lines: lines.__setitem__(
        slice(1, None), [line.replace("persons", "people") for line in lines[1:]]
    ))  # fmt: skip
    assert complaint(erewhon).endswith(
        f"{POPULATION}, rows 2, 3, 4 and 5 more, column unit: unit 'people' is wrong here; "
        "write 'persons'"
    )


def test_only_nets_may_be_negative(erewhon: Path) -> None:
    lines = (erewhon / MIGRATION).read_text(encoding="utf-8").splitlines()
    gross = next(row for row, line in enumerate(lines, 1) if "arrivals_gross" in line)
    net = next(row for row, line in enumerate(lines, 1) if ",net," in line)
    replace(erewhon, MIGRATION, net, ",100,", ",-100,")
    load_dataset(erewhon)
    replace(erewhon, MIGRATION, gross, ",100,", ",-100,")
    assert complaint(erewhon).endswith(
        f"{MIGRATION}, row {gross}, column value: -100 is negative; "
        "this table holds no negative numbers"
    )


@pytest.mark.parametrize(
    "cell, message",
    [
        ("South Region", "'South Region' is not a region id; write its id 'ER-S'"),
        ("02", "'02' is not a region id; write its id 'ER-S'"),
        ("Южная область", "'Южная область' is not a region id; write its id 'ER-S'"),
        ("Souht Region", "no region 'Souht Region'; did you mean 'South Region' (ER-S)?"),
        ("ER-S-OLD", "no region 'ER-S-OLD'; did you mean 'South Region' (ER-S)?"),
    ],
)
def test_an_unknown_region(erewhon: Path, cell: str, message: str) -> None:
    replace(erewhon, POPULATION, 8, "ER-S", cell)
    assert complaint(erewhon) == f"{erewhon}: {POPULATION}, row 8, column region: {message}"


def test_an_unknown_word(erewhon: Path) -> None:
    replace(erewhon, POPULATION, 4, "female", "femal")
    assert complaint(erewhon).endswith(
        f"{POPULATION}, row 4, column sex: 'femal' is not one of the words of this column; "
        "did you mean 'female'?"
    )


def test_a_figure_without_a_source(erewhon: Path) -> None:
    replace(erewhon, POPULATION, 4, "Butler", "")
    assert f"{POPULATION}, row 4, column source: the cell is empty" in complaint(erewhon)


def test_an_impossible_rate(erewhon: Path) -> None:
    replace(erewhon, "observed/tfr.csv", 2, ",12,", ",27,")
    assert "observed/tfr.csv, row 2, column value: 27 is above 12" in complaint(erewhon)


# --- columns and files ----------------------------------------------------------------------------


def test_a_misspelt_column(erewhon: Path) -> None:
    replace(erewhon, POPULATION, 1, "value", "valeu")
    text = complaint(erewhon)
    assert f"{POPULATION}, header: no column 'valeu' is known; did you mean 'value'?" in text
    assert f"{POPULATION}, header: column 'value' is missing; did you mean 'valeu'?" in text


def test_a_missing_column(erewhon: Path) -> None:
    edit(erewhon, POPULATION, lambda lines: lines.__setitem__(
        slice(None), [line.rpartition(",")[0] for line in lines]
    ))  # fmt: skip
    assert complaint(erewhon).endswith(f"{POPULATION}, header: column 'source' is missing")


def test_semicolons(erewhon: Path) -> None:
    path = erewhon / POPULATION
    path.write_text(path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    assert complaint(erewhon).endswith(
        f"{POPULATION}: columns are separated by ';'; "
        "separate them by commas and write decimals with a point"
    )


def test_another_encoding(erewhon: Path) -> None:
    text = (erewhon / POPULATION).read_text(encoding="utf-8").replace("Butler", "Батлер")
    (erewhon / POPULATION).write_bytes(text.encode("cp1251"))
    assert complaint(erewhon).endswith(
        f"{POPULATION}: the file is not UTF-8, row 2 has other letters; "
        "save it as 'CSV UTF-8 (comma delimited)'"
    )


def test_a_mark_of_utf_8_does_no_harm(erewhon: Path) -> None:
    """Spreadsheets write one; the table is the same."""
    path = erewhon / POPULATION
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    plain = load_dataset(erewhon).table("population")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert load_dataset(erewhon).table("population").equals(plain)


@pytest.mark.parametrize("content", [b"", b"\n", b"region,year,sex,value,unit,status,source\n"])
def test_an_empty_file(erewhon: Path, content: bytes) -> None:
    (erewhon / POPULATION).write_bytes(content)
    assert f"{POPULATION}: the {'table has no rows' if len(content) > 1 else 'file is empty'}" in (
        complaint(erewhon)
    )


def test_a_file_under_another_name(erewhon: Path) -> None:
    (erewhon / POPULATION).rename(erewhon / "observed" / "populaton.csv")
    assert complaint(erewhon).endswith(
        f"{POPULATION}: the file is missing; is it 'observed/populaton.csv'?"
    )


def test_a_folder_in_place_of_a_file(erewhon: Path) -> None:
    (erewhon / POPULATION).unlink()
    (erewhon / POPULATION).mkdir()
    assert f"{POPULATION}: cannot be read" in complaint(erewhon)


def test_regions_that_are_wrong_stop_the_rest(erewhon: Path) -> None:
    """Without its regions no other table can be judged: only their faults are told."""
    replace(erewhon, "observed/regions.csv", 3, "ER-S", "ER-N")
    replace(erewhon, POPULATION, 4, "persons", "people")
    assert complaint(erewhon) == (
        f"{erewhon}: observed/regions.csv, row 3: repeats row 2 (region ER-N); keep one of the two"
    )


def test_no_regions(erewhon: Path) -> None:
    (erewhon / "observed" / "regions.csv").unlink()
    assert complaint(erewhon).endswith("observed/regions.csv: the file is missing; put it back")


# --- country.yml and the descriptor ---------------------------------------------------------------


@pytest.mark.parametrize(
    "old, new, message",
    [
        ("base_year:", "base_yaer:", "base_yaer: no such key; did you mean 'base_year'?"),
        ("1873", "soon", "country.yml, base_year: must be a whole number"),
        ("currency: ERC", "", "country.yml, currency: the key is missing"),
        ("ru: Едгин, ", "", "country.yml, names: no text in ru"),
        ("nation: ER", "nation: [ER", "country.yml: is not YAML"),
        ("nation: ER", "nation: ER\nnation: EE", "country.yml: is not YAML: while constructing a "
                                                 "mapping"),
    ],
)  # fmt: skip
def test_wrong_facts_about_the_country(erewhon: Path, old: str, new: str, message: str) -> None:
    path = erewhon / "country.yml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    assert message in complaint(erewhon)


def test_no_facts_about_the_country(erewhon: Path) -> None:
    (erewhon / "country.yml").unlink()
    assert "country.yml: the file is missing" in complaint(erewhon)


def test_a_truncated_descriptor(erewhon: Path) -> None:
    (erewhon / "datapackage.json").write_text('{"resources": [', encoding="utf-8")
    assert "datapackage.json: is not a descriptor of a data package" in complaint(erewhon)


# --- together -------------------------------------------------------------------------------------


def test_all_faults_of_a_package_come_together(erewhon: Path) -> None:
    replace(erewhon, POPULATION, 4, ",100,", ",many,")
    replace(erewhon, POPULATION, 5, "persons", "people")
    replace(erewhon, MIGRATION, 2, "observed", "guessed")
    (erewhon / "observed" / "tfr.csv").unlink()
    lines = complaint(erewhon).splitlines()
    assert lines[0] == f"{erewhon}: 4 faults"
    assert [line.split(":")[0].strip() for line in lines[1:]] == [
        f"{POPULATION}, row 4, column value",
        f"{POPULATION}, row 5, column unit",
        f"{MIGRATION}, row 2, column status",
        "observed/tfr.csv",
    ]
