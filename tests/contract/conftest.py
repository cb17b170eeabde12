"""A country of two regions, made from the declarations: what no run can do without, and no more."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from forecast.dataset.declaration import Column, Table
from forecast.dataset.declare import TABLES

BASE = 1873  # Samuel Butler's Erewhon appeared in 1872
REGIONS = ("ER-N", "ER-S")
COUNTRY = f"""
nation: ER
names: {{en: Erewhon, ru: Едгин, kk: Едгин}}
title: {{en: Erewhon, ru: Едгин, kk: Едгин}}
base_year: {BASE}
last_year_observed: {BASE - 1}
currency: ERC
"""
REGION_COLUMNS = (
    "region,code,kind,name_en,name_ru,name_kk,capital_en,capital_ru,capital_kk,"
    "capital_lat,capital_lon,area_km2,status,source"
)
REGION_ROWS = (
    "ER-N,01,region,North Region,Северная область,Солтүстік облысы,"
    "Nosnibor,Носнибор,Носнибор,-43,171,900,observed,Butler",
    "ER-S,02,region,South Region,Южная область,Оңтүстік облысы,"
    "Sunchild,Санчайлд,Санчайлд,-44,170,800,observed,Butler",
)


def labels(column: Column) -> tuple[object, ...]:
    """What stands in a key column of the toy country."""
    if column.kind in ("region", "territory"):
        return REGIONS
    if column.kind == "integer":
        return (BASE - 1, BASE) if column.name == "year" else (0,)
    return column.words or ("A",)


def rows_of(table: Table) -> Iterator[dict[str, object]]:
    """Every combination of the key, the value 100 or what its bounds allow."""
    top = table.column("value").maximum if "value" in table.names else None
    filled = {"value": min(100, int(top)) if top else 100, "status": "observed", "source": "Butler"}
    for key in product(*(labels(table.column(name)) for name in table.key)):
        row = dict(zip(table.key, key, strict=True))
        for column in table.columns:
            if column.name in row or column.optional:
                continue
            if column.kind == "unit":
                word = str(row.get(table.unit_column, ""))
                row["unit"] = table.unit_of.get(word) or table.units[0]
            else:
                row[column.name] = filled.get(column.name, 1 if column.is_number else "x")
        yield row


@pytest.fixture
def erewhon(tmp_path: Path) -> Path:
    """The folder of a sound package that a test may spoil."""
    folder = tmp_path / "erewhon"
    for table in TABLES.values():
        if table.required and table.name != "observed/regions":
            file = folder / table.file
            file.parent.mkdir(parents=True, exist_ok=True)
            pd.DataFrame(rows_of(table)).to_csv(file, index=False, lineterminator="\n")
    (folder / "country.yml").write_text(COUNTRY.lstrip(), encoding="utf-8")
    regions = "\n".join([REGION_COLUMNS, *REGION_ROWS]) + "\n"
    (folder / "observed" / "regions.csv").write_text(regions, encoding="utf-8")
    return folder
