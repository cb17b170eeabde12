"""What every table of a data package promises to the rooms that read it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecast import words
from forecast.dataset import (
    Dataset,
    check_package,
    describe_package,
    find_package,
    load_dataset,
    load_outlines,
    write_descriptor,
)
from forecast.dataset.boundaries import albers
from forecast.dataset.declaration import STATUSES
from forecast.dataset.declare import TABLES
from forecast.dataset.descriptor import descriptor_text
from forecast.errors import InputError
from forecast.resources import shipped

NAMED = {"title", "description", "name_en", "name_ru", "name_kk"}
# Columns that other rooms read: the first of them are the key.
CONTRACT = {
    "observed/regions": "region code kind name_en name_ru name_kk capital_lat capital_lon area_km2",
    "observed/distances": "origin destination capital_distance_km contiguous",
    "observed/population": "region year sex value unit status source",
    "observed/population_published": "region year sex value unit status source",
    "observed/population_average": "region year area sex value unit status source",
    "observed/population_broad_age": "region year sex age_from age_to value unit status source",
    "observed/population_age_margins": "region year sex age_from age_to value unit status source",
    "observed/population_area": "region year area sex value unit status source",
    "observed/tfr": "region year value unit status source",
    "observed/life_expectancy": "region year sex value unit status source",
    "observed/vital_events": "region year event value unit status source",
    "observed/natural_increase": "region year value unit status source",
    "observed/internal_migration": "region year measure value unit status source",
    "observed/figures": "region date variable dimension value unit status source",
    "observed/labour_force": "region year measure value unit status source",
    "observed/employment_sector": "region year sector value unit status source",
    "observed/employment_section": "section year value unit status source",
    "observed/economy": "region year measure value unit status source",
    "observed/policy": "topic region date variable value unit status source",
    "observed/un_population_single": "year sex age value unit status source",
    "observed/un_population_five": "revision year sex age_from age_to value unit status source",
    "observed/un_indicators": "revision year measure value unit status source",
    "observed/un_mortality": "revision period sex age_from value unit status source",
    "observed/un_fertility": "revision year age_from age_to value unit status source",
    "observed/un_net_migration": "revision year sex age value unit status source",
}


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset("kazakhstan")


# --- the tables -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CONTRACT)
def test_tables_have_the_columns_that_others_read(dataset: Dataset, name: str) -> None:
    assert set(CONTRACT[name].split()) <= set(dataset.table(name).columns)


def test_every_file_is_declared_and_every_needed_table_is_there(dataset: Dataset) -> None:
    files = {
        path.relative_to(dataset.path).with_suffix("").as_posix()
        for path in dataset.path.glob("*/*.csv")
    }
    assert files <= set(TABLES)
    assert {name for name, table in TABLES.items() if table.required} <= files


def test_tables_of_figures_end_alike(dataset: Dataset) -> None:
    """value, unit, status, source and note, in this order, with nothing after them."""
    for name, table in TABLES.items():
        if "value" in table.names and dataset.has(name):
            columns = list(dataset.table(name).columns)
            assert columns[columns.index("value") :][:4] == ["value", "unit", "status", "source"]
            assert columns[columns.index("source") + 1 :] in ([], ["note"]), name


def test_every_figure_says_what_it_is_and_where_it_is_from(dataset: Dataset) -> None:
    for name in dataset.tables:
        frame = dataset.table(name)
        if "status" in frame:
            assert frame["status"].isin(STATUSES).all(), name
            assert frame["source"].str.len().gt(2).all(), name


def test_observed_and_estimated_never_share_a_file(dataset: Dataset) -> None:
    """Official figures may replace an estimate; an estimate of ours never stands in observed/."""
    for name in dataset.tables:
        frame = dataset.table(name)
        if name.startswith("observed/") and "status" in frame:
            ours = frame[frame["status"].isin(["estimated", "assumption"])]
            published_models = "United Nations|projection|CWFD|Ministry|http"
            assert ours["source"].str.contains(published_models).all(), name


def test_numbers_are_numbers_and_words_are_text(dataset: Dataset) -> None:
    for name in dataset.tables:
        frame = dataset.table(name)
        for column in (c for c in TABLES[name].columns if c.name in frame):
            kind = frame[column.name].dtype
            if column.is_number:
                assert kind in (np.dtype("int64"), np.dtype("float64")), (name, column.name)
            else:
                assert all(isinstance(cell, str) for cell in frame[column.name].unique())


def test_names_stand_in_three_languages(dataset: Dataset) -> None:
    regions = dataset.table("regions")
    for column in ("name_ru", "name_kk", "capital_ru", "capital_kk"):
        assert regions[column].str.contains("[а-яәғқңөұүһі]", regex=True, case=False).all()
    assert regions["name_en"].str.fullmatch("[A-Za-z ]+").all()
    assert regions["name_kk"].str.contains("облысы|қаласы").all()
    assert set(dataset.title) == set(words.LANGUAGES)


def test_a_table_is_a_copy(dataset: Dataset) -> None:
    frame = dataset.table("population")
    frame.loc[:, "value"] = 0.0
    frame["more"] = 1
    again = dataset.table("observed/population")
    assert again["value"].min() > 0
    assert "more" not in again


def test_codes_keep_their_zeros(dataset: Dataset) -> None:
    assert dataset.table("regions")["code"].tolist() == [
        region.id.removeprefix("KZ-") for region in dataset.space.regions
    ]


def test_the_files_stay_light(dataset: Dataset) -> None:
    for folder, megabytes in (("observed", 6), ("estimated", 5), ("boundaries", 0.5)):
        size = sum(path.stat().st_size for path in (dataset.path / folder).glob("*"))
        assert size < megabytes * 2**20, folder


def test_hashes_name_every_file_that_was_read(dataset: Dataset) -> None:
    assert {"country.yml", "datapackage.json", "observed/population.csv"} <= set(dataset.hashes)
    for file, digest in dataset.hashes.items():
        assert hashlib.sha256((dataset.path / file).read_bytes()).hexdigest() == digest


# --- publishers and the descriptor ----------------------------------------------------------------


def test_every_table_has_a_publisher_and_a_licence(dataset: Dataset) -> None:
    for name in dataset.tables:
        entries = [
            entry
            for entry in dataset.country["sources"]
            if any(fnmatch(name, pattern) for pattern in entry["tables"])
        ]
        assert entries, name
        assert all(entry["licence"]["title"] for entry in entries)


def test_sources_are_short_and_in_the_language_of_now(dataset: Dataset) -> None:
    tables = ["population", "life_expectancy", "un_indicators"]
    assert dataset.sources(tables) == (
        "Bureau of National Statistics of Kazakhstan; United Nations, World Population Prospects"
    )
    with words.speaking("ru"):
        assert dataset.sources(tables).startswith("Бюро национальной статистики")
    with words.speaking("kk"):
        assert "БҰҰ" in dataset.sources(tables)


def test_the_committed_descriptor_is_the_generated_one(dataset: Dataset) -> None:
    """A failure is mended by `forecast data build`, or `write_descriptor` alone."""
    committed = (dataset.path / "datapackage.json").read_text(encoding="utf-8")
    assert committed == descriptor_text(dataset)


def test_frictionless_finds_the_package_valid(dataset: Dataset, needed: Any) -> None:
    frictionless = needed("frictionless")
    report = frictionless.validate(str(dataset.path / "datapackage.json"))
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "note"])[:5]
    assert len(report.tasks) == len(dataset.tables)


def test_the_descriptor_says_columns_units_keys_sources_and_licences(dataset: Dataset) -> None:
    content = json.loads((dataset.path / "datapackage.json").read_text(encoding="utf-8"))
    assert {entry["path"] for entry in content["resources"]} == {
        TABLES[name].file for name in dataset.tables
    }
    for resource in content["resources"]:
        assert resource["title"]
        assert resource["sources"]
        assert resource["licenses"]
        assert resource["schema"]["primaryKey"]
        for field in resource["schema"]["fields"]:
            assert field["type"] in ("string", "integer", "number")
            assert field["description"]
            assert field["name"] != "value" or field["units"]


@pytest.mark.slow
def test_the_descriptor_follows_a_change_of_the_tables(tmp_path: Path) -> None:
    """A table taken out is missed at the door until the descriptor is written anew."""
    folder = Path(shutil.copytree(shipped("data") / "kazakhstan", tmp_path / "copy"))
    (folder / "observed" / "cities.csv").unlink()
    with pytest.raises(InputError, match=r"observed/cities\.csv: the file is missing"):
        load_dataset(folder)
    (folder / "datapackage.json").unlink()
    dataset = load_dataset(folder)
    assert "datapackage.json" in {finding.table for finding in check_package(dataset)}
    write_descriptor(dataset)
    assert "datapackage.json" not in {finding.table for finding in check_package(dataset)}
    assert load_dataset(folder).hashes["datapackage.json"]
    assert not list(folder.glob("*.partial"))


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tables that are checked when a package is loaded."""
    from forecast.dataset import judge as room

    seen: list[str] = []

    def judge(names: Iterable[str], *rest: Any) -> dict[str, pd.DataFrame]:
        listed = list(names)
        seen.extend(listed)
        return room.judge(listed, *rest)

    monkeypatch.setattr("forecast.dataset.package.judge", judge)
    return seen


def test_what_was_found_sound_is_not_checked_again(erewhon: Path, judged: list[str]) -> None:
    dataset = load_dataset(erewhon)
    assert judged == list(dataset.tables)
    write_descriptor(dataset)
    judged.clear()
    again = load_dataset(erewhon)
    assert judged == []
    for name in dataset.tables:
        pd.testing.assert_frame_equal(again.table(name), dataset.table(name))


def test_a_changed_table_is_checked_again(erewhon: Path, judged: list[str]) -> None:
    write_descriptor(load_dataset(erewhon))
    path = erewhon / "observed" / "population.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("100", "-100", 1), encoding="utf-8")
    judged.clear()
    with pytest.raises(InputError, match="-100 is negative"):
        load_dataset(erewhon)
    assert judged == ["observed/population"]


def test_changed_facts_let_every_table_be_checked_again(erewhon: Path, judged: list[str]) -> None:
    dataset = load_dataset(erewhon)
    write_descriptor(dataset)
    path = erewhon / "country.yml"
    path.write_text(path.read_text(encoding="utf-8").replace("1873", "1874"), encoding="utf-8")
    judged.clear()
    with pytest.raises(InputError, match="the last year is 1873, base_year is 1874"):
        load_dataset(erewhon)
    assert judged == list(dataset.tables)


def test_changed_declarations_let_every_table_be_checked_again(
    erewhon: Path, judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = load_dataset(erewhon)
    write_descriptor(dataset)
    changed = replace(TABLES["observed/tfr"], units=("children per man",))
    monkeypatch.setitem(TABLES, "observed/tfr", changed)
    judged.clear()
    with pytest.raises(InputError, match="unit 'children per woman' is wrong here"):
        load_dataset(erewhon)
    assert judged == list(dataset.tables)


def test_unsound_tables_are_not_described_as_sound(erewhon: Path) -> None:
    dataset = load_dataset(erewhon)
    contents = dict(dataset.contents)
    contents["observed/tfr"] = contents["observed/tfr"].replace(b"Butler", b"", 1)
    with pytest.raises(InputError, match="column source: the cell is empty"):
        write_descriptor(replace(dataset, contents=contents))
    assert not (erewhon / "datapackage.json").exists()


def test_a_dataset_is_as_it_was_when_it_was_loaded(erewhon: Path) -> None:
    dataset = load_dataset(erewhon)
    (erewhon / "observed" / "population.csv").unlink()
    assert len(dataset.table("population")) == 8


# --- finding a package ----------------------------------------------------------------------------


def test_a_package_is_found_by_name_and_by_path(dataset: Dataset) -> None:
    assert find_package("kazakhstan") == dataset.path
    assert find_package(dataset.path) == find_package(str(dataset.path)) == dataset.path


def test_an_unknown_package_is_met_with_a_suggestion() -> None:
    with pytest.raises(InputError, match="no data package 'kazakstan'; did you mean 'kazakhstan'"):
        load_dataset("kazakstan")


def test_a_wheel_carries_its_packages_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Outside a checkout there is no data/ beside the package."""
    room = tmp_path / "site-packages" / "forecast"
    (room / "_shipped" / "data" / "erewhon").mkdir(parents=True)
    (room / "_shipped" / "data" / "erewhon" / "country.yml").touch()
    monkeypatch.setattr("forecast.resources.ROOM", room)
    assert find_package("erewhon") == room / "_shipped" / "data" / "erewhon"


def test_a_table_that_does_not_exist_is_met_with_a_suggestion(dataset: Dataset) -> None:
    with pytest.raises(InputError, match="no table 'observed/populaton'; did you mean"):
        dataset.table("populaton")


def test_an_estimate_that_is_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(shipped("data") / "kazakhstan", tmp_path / "copy"))
    shutil.rmtree(folder / "estimated", ignore_errors=True)
    dataset = load_dataset(folder)
    assert not dataset.has("estimated/population")
    with pytest.raises(InputError, match="estimated/population is not built; run 'forecast data"):
        dataset.table("estimated/population")


# --- any country ----------------------------------------------------------------------------------


def test_any_country_is_a_package(erewhon: Path) -> None:
    """Two regions, another currency and century: nothing in the code knows the shipped country."""
    dataset = load_dataset(erewhon)
    assert dataset.space.ids == ("ER-N", "ER-S")
    assert dataset.space.resolve("Южная область") == "ER-S"
    assert (dataset.nation, dataset.base_year, dataset.last_year_observed) == ("ER", 1873, 1872)
    assert dataset.table("population").groupby("region")["value"].sum().to_dict() == {
        "ER-N": 400.0,
        "ER-S": 400.0,
    }
    assert json.loads(descriptor_text(dataset))["name"] == "erewhon"
    assert set(describe_package(dataset)["table"]) == {
        name for name, table in TABLES.items() if table.required
    }


# --- check, describe, boundaries ------------------------------------------------------------------


def test_the_shipped_package_has_no_fault(dataset: Dataset) -> None:
    findings = check_package(dataset)
    assert [str(finding) for finding in findings if finding.kind == "fault"] == []
    listed = [str(finding) for finding in findings if finding.kind == "listed"]
    assert any("regions sum to 255471, the nation is 257742" in line for line in listed)


def test_a_sum_that_is_broken_is_found(dataset: Dataset, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(dataset.path, tmp_path / "copy"))
    people = pd.read_csv(folder / "observed" / "population.csv")
    row = (people["region"] == "KZ-71") & (people["year"] == 2024) & (people["sex"] == "male")
    people.loc[row, "value"] += 7
    people.to_csv(folder / "observed" / "population.csv", index=False)
    events = pd.read_csv(folder / "observed" / "vital_events.csv")
    events.loc[(events["year"] == 2025) & (events["event"] == "births"), "value"] -= 3
    events.to_csv(folder / "observed" / "vital_events.csv", index=False)
    found = [str(finding) for finding in check_package(load_dataset(folder))]
    assert any("population: 2024, male: regions sum to" in line and "+7" in line for line in found)
    assert any("2025: growth differs from births, deaths and migration by +3" in line
               for line in found if line.startswith("fault"))  # fmt: skip


def test_a_package_is_described_table_by_table(dataset: Dataset) -> None:
    frame = describe_package(dataset).set_index("table")
    assert set(frame.index) == set(dataset.tables)
    people = frame.loc["observed/population"]
    assert (people["rows"], people["first_year"], people["last_year"]) == (210, 2022, 2026)
    assert (people["regions"], people["derived"], people["observed"]) == (20, 1.0, 0.0)
    shares = frame[list(STATUSES)].sum(axis=1, min_count=1).dropna()
    assert np.allclose(shares, 1.0)


def test_albers_gives_the_worked_example() -> None:
    """Snyder 1987, Map Projections: A Working Manual (USGS 1395), p. 291: sphere of radius 1."""
    x, y = albers(
        np.array([35.0]), np.array([-75.0]), lat_1=29.5, lat_2=45.5, lat_0=23.0, lon_0=-96.0,
        radius=1.0,
    )  # fmt: skip
    assert x[0] == pytest.approx(0.2952720, abs=5e-8)
    assert y[0] == pytest.approx(0.2416774, abs=5e-8)


def ring_area(ring: np.ndarray) -> float:
    x, y = ring[:-1].T
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)


def test_outlines_enclose_the_area_of_each_region(dataset: Dataset) -> None:
    """An equal-area projection keeps square kilometres; simplified to 0.03 degrees."""
    outlines = load_outlines(dataset)
    area = dataset.table("regions").set_index("region")["area_km2"]
    assert list(outlines.rings) == list(dataset.space.ids)
    for region, rings in outlines.rings.items():
        assert all(np.array_equal(ring[0], ring[-1]) for ring in rings)
        close = 0.07 if area[region] < 2000 else 0.002
        assert sum(map(ring_area, rings)) == pytest.approx(area[region], rel=close)


def test_capitals_and_labels_lie_in_their_regions(dataset: Dataset) -> None:
    from matplotlib.path import Path as Outline

    outlines = load_outlines(dataset)
    for region, rings in outlines.rings.items():
        assert Outline(rings[0]).contains_point(outlines.anchors[region]), region
        assert Outline(rings[0]).contains_point(outlines.capitals[region], radius=5.0), region


def test_distances_are_those_between_capitals(dataset: Dataset) -> None:
    """Great circle on a sphere; symmetric, for every pair of regions."""
    frame = dataset.table("distances").set_index(["origin", "destination"])
    square = frame["capital_distance_km"].unstack()
    assert np.allclose(square, square.T, equal_nan=True)
    assert np.array_equal(
        frame["contiguous"].unstack().fillna(-1), frame["contiguous"].unstack().T.fillna(-1)
    )
    assert len(frame) == 20 * 19
    regions = dataset.table("regions").set_index("region")
    lat, lon = (np.radians(regions[f"capital_{axis}"]) for axis in ("lat", "lon"))
    for (a, b), row in frame.iterrows():
        angle = np.arccos(
            np.sin(lat[a]) * np.sin(lat[b])
            + np.cos(lat[a]) * np.cos(lat[b]) * np.cos(lon[a] - lon[b])
        )
        assert row["capital_distance_km"] == pytest.approx(6371 * angle, rel=0.004)
