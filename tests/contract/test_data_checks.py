"""The checks that hold tables against each other: sound estimates pass, each slip is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from forecast.dataset import check_package, load_dataset
from forecast.errors import InputError
from forecast.space import AGES, SEXES

REGIONS, YEAR = ("ER-N", "ER-S"), 1872
TAIL = {"unit": "persons", "status": "estimated", "source": "test"}


def write(folder: Path, name: str, rows: list[dict[str, object]]) -> None:
    path = folder / f"{name}.csv"
    path.parent.mkdir(exist_ok=True)
    pd.DataFrame([row | TAIL for row in rows]).to_csv(path, index=False)


def tamper(folder: Path, name: str, change: Callable[[pd.DataFrame], object]) -> None:
    path = folder / f"{name}.csv"
    frame = pd.read_csv(path)
    change(frame)
    frame.to_csv(path, index=False)


def nothing_moves(frame: pd.DataFrame) -> None:
    frame.loc[frame["measure"] == "net", "value"] = 0


@pytest.fixture
def estimated(erewhon: Path) -> Path:
    """A country in which every 100 births, deaths and moves of a region cancel out."""
    tamper(erewhon, "observed/internal_migration", nothing_moves)
    events = pd.read_csv(erewhon / "observed" / "vital_events.csv")
    nation = events[events["region"] == "ER-N"].assign(region="ER", value=200)
    pd.concat([events, nation]).to_csv(erewhon / "observed" / "vital_events.csv", index=False)
    components = ("births", "deaths", "internal_in", "internal_out", "immigration", "emigration")
    write(erewhon, "estimated/components", [
        {"region": region, "year": YEAR, "component": component, "value": 100}
        for region in REGIONS for component in components
    ])  # fmt: skip
    write(erewhon, "estimated/flows", [
        {"origin": origin, "destination": destination, "year": YEAR, "value": 100}
        for origin, destination in (REGIONS, REGIONS[::-1])
    ])  # fmt: skip
    write(erewhon, "estimated/population", [
        {"region": region, "year": year, "sex": sex, "age": age, "value": 100 if age == 30 else 0}
        for region in REGIONS for year in (YEAR, YEAR + 1) for sex in SEXES for age in AGES
    ])  # fmt: skip
    return erewhon


def findings(folder: Path, kind: str = "fault") -> list[str]:
    found = check_package(load_dataset(folder))
    return [f"{f.table}: {f.message}" for f in found if f.kind == kind]


def test_sound_estimates_have_no_fault(estimated: Path) -> None:
    assert findings(estimated) == []


def test_a_person_too_many_in_the_structure(estimated: Path) -> None:
    tamper(estimated, "estimated/population", lambda f: f.__setitem__(
        "value", f["value"] + (f.index == 50)
    ))  # fmt: skip
    assert findings(estimated) == [
        "estimated/population: ER-N, 1872, female: 101, must be 100",
    ]


def test_a_birth_too_many(estimated: Path) -> None:
    """It breaks the region's balance and the registered number of the nation."""
    tamper(estimated, "estimated/components", lambda f: f.__setitem__(
        "value", f["value"] + (f["component"].eq("births") & f["region"].eq("ER-S"))
    ))  # fmt: skip
    assert findings(estimated) == [
        "estimated/components: ER-S, 1872: 1, must be 0",
        "estimated/components: births, 1872: 201, must be 200",
    ]


def test_a_move_that_nobody_made(estimated: Path) -> None:
    tamper(estimated, "estimated/flows", lambda f: f.__setitem__(
        "value", f["value"] + (f["origin"] == "ER-N")
    ))  # fmt: skip
    assert findings(estimated) == [
        "estimated/flows: ER-S, 1872: 101, must be 100",
        "estimated/flows: ER-N, 1872: 101, must be 100",
    ]


def test_a_net_that_is_not_the_published_one(estimated: Path) -> None:
    def swap(frame: pd.DataFrame) -> None:
        for region, net in (("ER-N", 5), ("ER-S", -5)):
            rows = (frame["region"] == region) & (frame["year"] == YEAR)
            frame.loc[rows & (frame["measure"] == "net"), "value"] = net
            frame.loc[rows & (frame["measure"] == "arrivals_gross"), "value"] = 100 + net

    tamper(estimated, "observed/internal_migration", swap)
    assert findings(estimated) == [
        "estimated/flows: ER-N, 1872: 0, must be 5",
        "estimated/flows: ER-S, 1872: 0, must be -5",
    ]


def test_nets_that_do_not_sum_to_nothing(estimated: Path) -> None:
    def lose(frame: pd.DataFrame) -> None:
        row = frame["region"].eq("ER-N") & frame["measure"].eq("net") & frame["year"].eq(YEAR + 1)
        frame.loc[row, "value"] = 7

    tamper(estimated, "observed/internal_migration", lose)
    assert findings(estimated) == [
        "observed/internal_migration: 1873: nets sum to +7, not 0",
        "observed/internal_migration: 1873, ER-N: arrivals less departures are not the net",
    ]


def test_a_published_crude_rate_that_the_estimate_misses(estimated: Path) -> None:
    """100 births for a mean of 200 people are 500 per 1000."""
    columns = "region,date,variable,dimension,value,unit,status,source\n"
    rows = (
        "ER-N,1872,cbr,,500.9,per 1000,observed,test\nER-S,1872,cbr,,502,per 1000,observed,test\n"
    )
    (estimated / "observed" / "figures.csv").write_text(columns + rows, encoding="utf-8")
    assert findings(estimated) == []
    assert "estimated/components: ER-S, 1872: births 500.00 per 1000, published 502.00" in (
        findings(estimated, "warning")
    )


def test_a_former_structure_that_misses_its_margin(estimated: Path) -> None:
    write(estimated, "estimated/population_2020", [
        {"region": region, "sex": sex, "age": age, "value": 1}
        for region in REGIONS for sex in SEXES for age in AGES
    ])  # fmt: skip
    columns = "region,year,sex,age_from,age_to,value,unit,status,source\n"
    rows = "".join(
        f"{region},1872,female,{first},{last},{people},persons,observed,test\n"
        for region in REGIONS
        for first, last, people in ((0, 15, 16), (16, 100, 85 + (region == "ER-S")))
    )
    (estimated / "observed" / "population_broad_age.csv").write_text(columns + rows)
    assert findings(estimated) == [
        "estimated/population_2020: ER-S, female, 16-100: 85 people, published 86"
    ]


def test_a_table_that_nobody_declared(estimated: Path) -> None:
    (estimated / "observed" / "dragons.csv").write_text("region,value\nER-N,1\n")
    assert "observed/dragons: the table is not declared and is not read" in (
        findings(estimated, "warning")
    )


ELASTICITY = {
    "driver": "income", "side": "destination", "standard_error": 0.1, "transfer_error": 0.2,
    "country": "KR", "years": "1998-2020", "method": "PPML", "value": 0.7, "unit": "log per log",
    "status": "estimated", "source": "test",
}  # fmt: skip


def elasticities(folder: Path, **changed: object) -> Path:
    (folder / "norms").mkdir(exist_ok=True)
    path = folder / "norms" / "elasticities.csv"
    pd.DataFrame([ELASTICITY | changed]).to_csv(path, index=False)
    return folder


def test_elasticities_with_the_right_signs_hold(estimated: Path) -> None:
    (told,) = [f for f in findings(elasticities(estimated), "holds") if "elasticities" in f]
    assert told.startswith("norms/elasticities: all 1 elasticities of moves have the sign")


def test_an_elasticity_of_the_wrong_sign_or_from_nowhere(estimated: Path) -> None:
    assert findings(elasticities(estimated, value=-0.7, country="")) == [
        "norms/elasticities: row 2, value: -0.7 has the wrong sign: more income keeps people in a "
        "region and draws others to it; at the destination it is 0 or more",
        "norms/elasticities: row 2: no country and years of the measurement; write where and when "
        "it was measured, or the status 'assumption'",
    ]


def test_an_elasticity_with_the_unit_of_another_driver(estimated: Path) -> None:
    assert findings(elasticities(estimated, unit="log per percentage point")) == [
        "norms/elasticities: row 2, unit: unit 'log per percentage point' is wrong here; write "
        "'log per log'",
    ]


@pytest.mark.parametrize(
    ("column", "cell", "told"),
    [
        ("driver", "wages", "'wages' is not one of the words of this column"),
        ("side", "destinaton", "did you mean 'destination'"),
        ("unit", "", "the cell is empty"),
        ("standard_error", -0.1, "-0.1 is negative"),
        ("transfer_error", "", "the cell is empty"),
    ],
)
def test_an_elasticity_that_cannot_be_read_is_refused_at_the_door(
    erewhon: Path, column: str, cell: object, told: str
) -> None:
    with pytest.raises(InputError) as caught:
        load_dataset(elasticities(erewhon, **{column: cell}))
    assert f"norms/elasticities.csv, row 2, column {column}" in str(caught.value)
    assert told in str(caught.value)
