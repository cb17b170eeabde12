"""The workbook holds the result: every number read back from the file, in the reader's language.

Authority: the tables of the result; the balance identity; the rule that missing is never zero.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from openpyxl import load_workbook

from forecast.report.excel import write_tables
from forecast.report.sheets import AGE_GROUPS
from forecast.words import speaking

HEADINGS = 4  # the row of the headings, counted from 1
SHEETS = [
    "About", "Population", "Age groups", "Single ages", "Components", "Migration levels",
    "Moves", "Response of moves", "Dependency", "Urban and rural", "Labour",
    "Openings and training", "Labour ranking", "Labour gap", "Foreign limit", "Infrastructure",
    "Orders", "Need falls", "Spending on orders", "Room for arrivals", "Settlers",
    "Growth points", "Plan audit",
]  # fmt: skip


@pytest.fixture(scope="module")
def book(invented: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load_workbook(write_tables(invented, tmp_path_factory.mktemp("book") / "tables.xlsx"))


def table(book: Any, name: str) -> pd.DataFrame:
    """A sheet as a frame, its headings as columns."""
    rows = list(book[name].iter_rows(min_row=HEADINGS, values_only=True))
    return pd.DataFrame(rows[1:], columns=list(rows[0]))


def test_sheets_are_frozen_filtered_and_of_a_size_to_read(book: Any) -> None:
    assert book.sheetnames == SHEETS
    for name in SHEETS[1:]:
        sheet = book[name]
        assert sheet.freeze_panes.endswith(str(HEADINGS + 1)), name
        assert sheet.auto_filter.ref.startswith(f"A{HEADINGS}:"), name
        assert HEADINGS < sheet.max_row < 5000, name
        assert sheet["A1"].value
        columns = list(table(book, name).columns)
        assert None not in columns
        assert len(set(columns)) == len(columns), name


def test_the_first_sheet_names_the_run_and_leads_to_the_others(book: Any, plausible: Any) -> None:
    sheet = book["About"]
    said = {str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value}
    assert {plausible.title, plausible.scenario_name, plausible.run_id, plausible.sources} <= said
    assert any("Уровень последнего года. Source: регистрация (assumption)" in text for text in said)
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.hyperlink]
    links = {cell.hyperlink.location.replace("'", "") for cell in cells}
    assert links == {f"{name}!A1" for name in SHEETS[1:]}


def test_population_is_the_sum_of_its_ages(book: Any, plausible: Any) -> None:
    frame = plausible.frame("population")
    totals = frame.groupby(["region", "year"])["value"].sum().unstack()
    sheet = table(book, "Population").set_index("Region id")
    assert list(sheet.index) == ["KZ", *plausible.space.ids]
    years = list(range(2026, 2032))
    np.testing.assert_allclose(
        sheet.loc[list(totals.index), years].to_numpy(float), totals[years].to_numpy()
    )
    np.testing.assert_allclose(sheet.loc["KZ", years].to_numpy(float), totals[years].sum())
    past = plausible.frame("history")
    for row in past[past["year"].between(2022, 2025)].itertuples():
        assert sheet.at[row.region, row.year] == pytest.approx(row.value, abs=1e-3)
    assert 2021 not in sheet.columns
    grown = 100 * (totals[2031] / totals[2026] - 1)
    for region, value in grown.items():
        assert sheet.at[region, "Change 2026–2031, per cent"] == pytest.approx(value, abs=1e-3)


def test_age_groups_part_the_population(book: Any, plausible: Any) -> None:
    sheet = table(book, "Age groups")
    assert len(sheet) == (len(plausible.space) + 1) * 3 * len(AGE_GROUPS)
    whole = sheet[sheet["Ages"] == "all ages"].set_index(["Region id", "Sex"])[2031]
    parts = sheet[sheet["Ages"] != "all ages"].groupby(["Region id", "Sex"])[2031].sum()
    for key, value in parts.items():
        assert whole[key] == pytest.approx(value, abs=0.01)
    frame = plausible.frame("population")
    old = frame[(frame["age"] >= 65) & (frame["year"] == 2026) & (frame["sex"] == "female")]
    line = sheet[(sheet["Ages"] == "65+") & (sheet["Sex"] == "Women")].set_index("Region id")
    for region, value in old.groupby("region")["value"].sum().items():
        assert line.at[region, 2026] == pytest.approx(value)
    single = table(book, "Single ages")
    assert single[2031].sum() == pytest.approx(frame[frame["year"] == 2031]["value"].sum())


def test_every_line_of_components_balances(book: Any, plausible: Any) -> None:
    sheet = table(book, "Components")
    assert len(sheet) == (len(plausible.space) + 1) * 5
    change = (
        sheet["Births"] - sheet["Deaths"] + sheet["Arrivals from other regions"]
        - sheet["Departures to other regions"] + sheet["Arrivals at growth points"]
        - sheet["Departures to growth points"] + sheet["Immigration"] - sheet["Emigration"]
    )  # fmt: skip
    after = sheet["Population, 1 January"] + change
    np.testing.assert_allclose(after, sheet["Population, 31 December"], atol=1e-3)
    np.testing.assert_allclose(change, sheet["Total change"], atol=1e-3)
    nation = sheet[(sheet["Region id"] == "KZ") & (sheet["Year"] == 2028)].iloc[0]
    regions = sheet[(sheet["Region id"] != "KZ") & (sheet["Year"] == 2028)]
    assert nation["Births"] == pytest.approx(regions["Births"].sum())


def test_moves_run_from_the_row_to_the_column(book: Any, plausible: Any) -> None:
    sheet = table(book, "Moves").set_index("Region")
    frame = plausible.frame("flows")
    one, two = plausible.space.ids[0], plausible.space.ids[5]
    chosen = frame[(frame["origin"] == one) & (frame["destination"] == two)]
    here, there = plausible.space.name(one), plausible.space.name(two)
    assert sheet.at[here, there] == pytest.approx(chosen["value"].mean())
    assert sheet.at[here, "All departures"] == pytest.approx(
        frame[frame["origin"] == one].groupby("year")["value"].sum().mean()
    )
    assert sheet.at["All arrivals", there] == pytest.approx(
        frame[frame["destination"] == two].groupby("year")["value"].sum().mean()
    )


def test_the_response_of_moves_is_the_sum_of_all_years(book: Any, plausible: Any) -> None:
    frame = plausible.frame("response")
    sheet = table(book, "Response of moves").set_index("Region")
    one, two = plausible.space.ids[3], plausible.space.ids[17]
    chosen = frame[(frame["origin"] == one) & (frame["destination"] == two)]
    cell = sheet.at[plausible.space.name(one), plausible.space.name(two)]
    assert cell == pytest.approx(chosen["value"].sum())
    assert sheet.at["All arrivals", "All departures"] == pytest.approx(frame["value"].sum())


def test_orders_stand_first_to_order_and_dearest_first(book: Any, plausible: Any) -> None:
    sheet = table(book, "Orders")
    frame = plausible.frame("orders")
    chosen = frame[(frame["measure"] == "units") & frame["action"].str.startswith("order")]
    assert len(sheet) == (chosen["region"] != "KZ").sum()
    assert (sheet["Region id"] != "KZ").all()
    assert sheet["Units"].sum() == pytest.approx(chosen[chosen["region"] == "KZ"]["value"].sum())
    assert sheet["Order by"].is_monotonic_increasing
    assert set(sheet.loc[sheet["Order by"] < 2026, "Action"]) == {"order now"}
    first = sheet[sheet["Order by"] == 2025]
    assert first["Cost, central"].is_monotonic_decreasing
    assert (sheet.loc[sheet["Facility"] == "Doctors", "Cost, low"] == "unknown").all()


def test_where_need_falls_and_what_is_short_all_the_same(book: Any, plausible: Any) -> None:
    sheet = table(book, "Need falls")
    words = ["do not build: need falls or is met", "need falls, places are short today"]
    falls = sheet[sheet["Action"].isin(words)]
    assert set(falls["Facility"]) == {"Kindergarten places"}
    assert sorted(falls["Region id"]) == sorted(["KZ", *plausible.space.ids])
    assert set(sheet["Action"]) == {*words, "bridge for a time, nothing permanent"}
    queued = falls[falls["Action"] == words[1]].set_index("Region id")
    assert list(queued.index) == ["KZ"]
    assert queued.at["KZ", "Short, as published"] == 84_000
    assert queued.at["KZ", "Of which the fall covers at most"] == queued.at["KZ", "Units"]
    others = sheet[sheet["Action"] != words[1]]
    assert others["Short, as published"].isna().all()
    money = table(book, "Spending on orders")
    central = money[money["Measure"] == "money spent in the year, central"]
    whole = central[(central["Region id"] == "KZ") & (central["Facility"] == "School places")]
    assert whole[2026].tolist() == [pytest.approx(12000 * 5)]


def test_the_line_of_sources_names_the_norms_where_numbers_rest_on_them(book: Any) -> None:
    for name in SHEETS[1:]:
        line = " ".join(str(book[name].cell(row, 1).value) for row in (2, 3))
        rests = name in ("Infrastructure", "Orders", "Need falls", "Spending on orders")
        assert ("norms/facilities.csv" in line) == rests, name


def test_the_infrastructure_sheet_tells_two_costs_of_the_nation_apart(book: Any) -> None:
    assert (
        "Cost of the nation: the sum of what its regions lack" in book["Infrastructure"]["A2"].value
    )


def test_what_is_not_known_is_a_word_and_never_zero(book: Any, plausible: Any) -> None:
    sheet = table(book, "Infrastructure")
    frame = plausible.frame("infrastructure")
    keys = ["Region id", "Facility", "Measure"]
    values = sheet.set_index(keys)[2031]
    names = dict(zip(plausible.facilities["kind"], plausible.facilities["name_en"], strict=True))
    chosen = frame[(frame["year"] == 2031) & frame["measure"].isin(["capacity", "gap"])]
    assert chosen["value"].isna().any()
    told = set(frame[frame["value"].notna()][["region", "kind", "measure"]].itertuples(index=False))
    for row in chosen.itertuples():
        key = (row.region, names[row.kind], row.measure)
        if row.measure != "gap" and (row.region, row.kind, row.measure) not in told:
            assert key not in values  # nothing is known in any year: only the gap says so
            continue
        cell = values[key]
        if np.isnan(row.value):
            assert cell == "unknown"
        else:
            assert cell == pytest.approx(row.value)
    assert set(sheet[sheet[2031] == "unknown"]["Status"]) == {"unknown"}


def test_labour_and_growth_points_keep_every_row(book: Any, plausible: Any) -> None:
    for name, frame_name, keys in (
        ("Labour", "labour", ["region", "section", "measure"]),
        ("Growth points", "growth_points", ["region", "growth_point", "measure", "origin"]),
        ("Dependency", "dependency", ["region", "measure"]),
        ("Urban and rural", "settlement", ["region", "area", "measure"]),
    ):
        frame = plausible.frame(frame_name)
        sheet = table(book, name)
        assert len(sheet) == len(frame[keys].drop_duplicates()), name
        last = int(frame["year"].max())
        total = frame[frame["year"] == last]["value"].sum()
        assert sheet[last].sum() == pytest.approx(total, abs=0.01), name
    growth = table(book, "Growth points")
    jobs = growth[growth["Measure"] == "permanent jobs delivered"]
    assert list(jobs[2028]) == [800]
    assert list(jobs[2031].isna()) == [True]  # jobs are of calendar years: none, not unknown
    came = growth[growth["From"] == plausible.space.name(plausible.space.ids[1])]
    assert list(came[2028]) == [50]


@pytest.mark.parametrize("lang", ["ru", "kk"])
def test_every_word_goes_through_the_catalogue(
    plausible: Any, cyrillic: None, tmp_path: Path, lang: str
) -> None:
    book = load_workbook(write_tables(plausible, tmp_path / "tables.xlsx", lang=lang))
    said = set(book.sheetnames)
    for sheet in book:
        assert len(sheet.title) <= 31
        said |= {c.value for row in sheet.iter_rows() for c in row if isinstance(c.value, str)}
    latin = {word for word in said if re.search(r"[A-Za-z]", re.sub(r"\bKZ(-\d+)?\b", "", word))}
    assert not latin
    with speaking(lang):
        assert plausible.space.name(plausible.space.ids[0]) in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="/dev/full plays the full disk")
def test_a_full_disk_is_an_error_of_the_system(plausible: Any) -> None:
    """What writes folders turns an OSError into one message; it knows no other library's errors."""
    with pytest.raises(OSError, match="No space left"):
        write_tables(plausible, "/dev/full")


def test_the_same_result_gives_the_same_bytes(plausible: Any, tmp_path: Path) -> None:
    one = write_tables(plausible, tmp_path / "one.xlsx")
    two = write_tables(plausible, tmp_path / "two.xlsx")
    assert one.read_bytes() == two.read_bytes()
