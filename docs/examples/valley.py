"""The smallest data package that runs, from an empty folder: an invented country of two regions.

`python docs/examples/valley.py FOLDER`. Put your own figures where the functions give invented
ones; docs/data-package.md goes through it step by step.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pandas as pd

from forecast import load_dataset
from forecast.dataset.descriptor import write_descriptor
from forecast.resources import shipped

HERE, BASE, LAST = "invented for the guide", 2026, 2025  # source; 1 January; last full year
PEOPLE = {"VA-N": 300_000, "VA-S": 200_000}
NAMES = {
    "VA-N": ("North", "Север", "Солтүстік", "Upper Town", 50.0, 70.0),
    "VA-S": ("South", "Юг", "Оңтүстік", "Lower Town", 48.0, 70.0),
}
MOVES = {("VA-N", "VA-S"): 3_000, ("VA-S", "VA-N"): 4_000}
IMMIGRATION = 500  # a year, each region; emigration is what closes the balance
TFR = 2.1
SEXES, AGES = ("female", "male"), range(101)
# Norms that are no facts about a country in particular; replace them when you have better ones.
BORROWED = ("labour", "participation", "pension_age", "sections", "facilities",
            "qualifications", "training")  # fmt: skip

COUNTRY = f"""\
nation: VA
names: {{en: Valley, ru: Долина, kk: Алқап}}
title: {{en: Valley, ru: Долина, kk: Алқап}}
base_year: {BASE}
last_year_observed: {LAST}
currency: VAL
sources:
  - id: guide
    name: {{en: invented figures, ru: вымышленные данные, kk: ойдан шығарылған деректер}}
    title: Invented figures
    licence: {{name: CC0-1.0, title: Public domain}}
    tables: ["observed/*", "estimated/*"]
"""


def death_rate(sex: str, age: int) -> float:
    """Deaths per person-year: Gompertz, and infants."""
    if age == 0:
        return 0.008
    return min((3e-5 if sex == "female" else 6e-5) * math.exp(0.095 * age), 0.7)


def birth_rate(age: int) -> float:
    """Births per woman-year around 28, summing to TFR."""
    shape = {x: math.exp(-(((x - 28) / 5.5) ** 2) / 2) for x in range(15, 50)}
    return TFR * shape.get(age, 0.0) / sum(shape.values())


def people(region: str, sex: str, age: int) -> int:
    """Persons on 1 January: a young triangle cut by deaths."""
    weight = {x: math.exp(-0.012 * x) * math.exp(-((x / 82) ** 6)) for x in AGES}
    return round(PEOPLE[region] / 2 * weight[age] / sum(weight.values()))


def changes(region: str) -> dict[str, int]:
    """Births, deaths, moves and migration of the last year; the two 1 Januaries are alike here."""
    found = {
        "births": sum(birth_rate(x) * people(region, "female", x) for x in AGES),
        "deaths": sum(death_rate(s, x) * people(region, s, x) for s in SEXES for x in AGES),
        "internal_in": sum(n for (_, to), n in MOVES.items() if to == region),
        "internal_out": sum(n for (of, _), n in MOVES.items() if of == region),
        "immigration": IMMIGRATION,
    }
    whole = {name: round(value) for name, value in found.items()}
    gains = whole["births"] + whole["internal_in"] + whole["immigration"]
    return {**whole, "emigration": gains - whole["deaths"] - whole["internal_out"]}


def rows(columns: str, values: list[tuple], unit: str | None = None, status: str = "observed"):
    """A table of figures: its columns, then value, unit, status, source."""
    frame = pd.DataFrame(values, columns=[*columns.split(), "value"])
    return frame.assign(unit=unit, status=status, source=HERE)


def step_1_regions() -> dict[str, pd.DataFrame]:
    """Regions in their order, and how far they lie apart."""
    regions = [
        (region, str(k), "region", *names[:3], *[names[3]] * 3, *names[4:], 20_000.0,
         "observed", HERE)
        for k, (region, names) in enumerate(NAMES.items(), start=1)
    ]  # fmt: skip
    columns = ("region code kind name_en name_ru name_kk capital_en capital_ru capital_kk "
               "capital_lat capital_lon area_km2 status source")  # fmt: skip
    apart = [(a, b, 222.4, 1, "derived", HERE) for a in NAMES for b in NAMES if a != b]
    return {
        "observed/regions": pd.DataFrame(regions, columns=columns.split()),
        "observed/distances": pd.DataFrame(
            apart,
            columns=[
                "origin",
                "destination",
                "capital_distance_km",
                "contiguous",
                "status",
                "source",
            ],
        ),
    }


def step_2_people() -> dict[str, pd.DataFrame]:
    """People by age on 1 January, their sums by sex, and what changed them in the last year."""
    ages = [(r, year, s, x, people(r, s, x)) for r in NAMES for year in (LAST, BASE)
            for s in SEXES for x in AGES]  # fmt: skip
    by_age = rows("region year sex age", ages, "persons")
    sums = by_age.groupby(["region", "year", "sex"], as_index=False)["value"].sum()
    nation = sums.groupby(["year", "sex"], as_index=False)["value"].sum().assign(region="VA")
    sums = pd.concat([sums, nation])[["region", "year", "sex", "value"]]
    changed = [(r, LAST, name, n) for r in NAMES for name, n in changes(r).items()]
    components = rows("region year component", changed, "persons")
    events = components[~components["component"].str.startswith("internal")]
    events = events.groupby("component")["value"].sum()
    return {
        "observed/population_by_age": by_age,
        "observed/population": rows("region year sex", list(sums.itertuples(index=False)),
                                    "persons", "derived"),
        "observed/components": components,
        "observed/vital_events": rows(
            "region year event", [("VA", LAST, name, n) for name, n in events.items()], "persons"
        ),
    }  # fmt: skip


def step_3_rates() -> dict[str, pd.DataFrame]:
    """Births and deaths by age, moves by origin and destination, ages of those who move."""
    young = {x: math.exp(-(((x - 24) / 9) ** 2) / 2) + 0.15 for x in AGES}
    mean = sum(young.values()) / len(young)
    whole = 2 * sum(young.values())
    migrants = [("internal", "rate", s, x, young[x] / mean) for s in SEXES for x in AGES]
    migrants += [("emigration", "rate", s, x, young[x] / mean) for s in SEXES for x in AGES]
    migrants += [("immigration", "composition", s, x, young[x] / whole)
                 for s in SEXES for x in AGES]  # fmt: skip
    ages = rows("stream kind sex age", migrants)
    ages["unit"] = ages["kind"].map({"rate": "times", "composition": "share"})
    nets = [(r, LAST, "net", changes(r)["internal_in"] - changes(r)["internal_out"])
            for r in NAMES]  # fmt: skip
    return {
        "observed/fertility_by_age": rows(
            "region year age", [(r, LAST, x, birth_rate(x)) for r in NAMES for x in range(10, 56)],
            "births per woman-year"),
        "observed/mortality_by_age": rows(
            "region year sex age", [(r, LAST, s, x, death_rate(s, x)) for r in NAMES
                                    for s in SEXES for x in AGES], "per person-year"),
        "observed/flows": rows("origin destination year",
                               [(of, to, LAST, n) for (of, to), n in MOVES.items()], "persons"),
        "observed/migrant_age": ages,
        "observed/tfr": rows("region year", [(r, LAST, TFR) for r in (*NAMES, "VA")],
                             "children per woman"),
        "observed/life_expectancy": rows(
            "region year sex", [(r, LAST, s, 74.0) for r in (*NAMES, "VA") for s in SEXES],
            "years"),
        "observed/internal_migration": rows("region year measure", nets, "persons"),
        "observed/un_indicators": rows("revision year measure", [(2024, LAST, "sex_ratio", 1.06)],
                                       "boys per girl"),
    }  # fmt: skip


def step_4_work() -> dict[str, pd.DataFrame]:
    """Labour force and jobs by sector of the regions, jobs by section of the nation."""
    force, sectors = [], []
    for r in NAMES:
        grown = sum(people(r, s, x) for s in SEXES for x in AGES if 15 <= x < 65)
        employed = {year: round(0.68 * grown) for year in range(2021, BASE)}
        for year, n in employed.items():
            out = round(0.05 * n)
            force += [(r, year, "labour_force", n + out), (r, year, "employed", n),
                      (r, year, "unemployed", out)]  # fmt: skip
            parts = {"agriculture": round(0.2 * n), "industry_construction": round(0.2 * n)}
            parts["services"] = n - sum(parts.values())
            sectors += [(r, year, sector, jobs) for sector, jobs in parts.items()]
    table = rows("region year sector", sectors, "persons")
    total = table.groupby(["year", "sector"])["value"].sum()
    kinds = pd.read_csv(package() / "norms/sections.csv")
    alike = kinds.groupby("sector")["section"].transform("size")  # equal parts of the sector here
    sections = [(name, year, total[year, sector] / n)
                for name, sector, n in zip(kinds["section"], kinds["sector"], alike, strict=True)
                for year in range(2021, BASE)]  # fmt: skip
    sections += [("total", year, total[year].sum()) for year in range(2021, BASE)]
    return {
        "observed/labour_force": rows("region year measure", force, "persons"),
        "observed/employment_sector": table,
        "observed/employment_section": rows("section year", sections, "persons"),
        # one unit of account, in which the norms give costs, in the currency of the country
        "norms/price_index": rows("year", [(year, 4_325) for year in (LAST, BASE)], "VAL",
                                  "assumption"),
    }  # fmt: skip


def step_5_models() -> dict[str, pd.DataFrame]:
    """How each component goes on: here the last year for ever, without draws."""
    found: list[tuple] = []
    ahead = range(LAST, 2101)
    left = {region: changes(region)["emigration"] for region in NAMES}
    gone = sum(left.values())

    def say(component: str, parameter: str, value: float, unit: str, *, region: str = "",
            sex: str = "", age: int = -1, year: int = 0) -> None:  # fmt: skip
        found.append((component, parameter, region, sex, age, year, value, unit))

    for year in ahead:
        say("fertility", "tfr", TFR, "children per woman", year=year)
        say("fertility", "mean_age", 28.0, "years", year=year)
        say("fertility", "spread", 5.5, "years", year=year)
        if year > LAST:
            say("mortality", "k", 0.0, "log", year=year)  # 0: death rates stay
            say("external", "immigration", len(NAMES) * IMMIGRATION,
                "persons per year", year=year)  # fmt: skip
            say("external", "emigration_rate", gone / sum(PEOPLE.values()), "share", year=year)
    for parameter, value, unit in (
        ("region_rho", 1.0, "share"), ("region_floor", 0.3, "share"),
        ("long_run", TFR, "children per woman"), ("half_life", 20, "years"),
    ):  # fmt: skip
        say("fertility", parameter, value, unit)
    for parameter, value, unit in (
        ("last_year", LAST, "index"), ("first_year", LAST, "index"), ("revision", 2024, "index"),
        ("damping", 0.9, "share"), ("drift", -0.01, "log per year"), ("pace", 0.0, "log per year"),
        ("drift_error", 0.0, "log per year"), ("pace_error", 0.0, "log per year"),
        ("step", 0.0, "log"), ("sex_gap", 0.0, "log"), ("sex_rho", 1.0, "share"),
    ):  # fmt: skip
        say("mortality", parameter, value, unit)
    for sex in SEXES:
        for age in AGES:
            say("mortality", "b", 1 / 101, "share", sex=sex, age=age)
    for stream in ("kandas_quota", "kandas_free", "labour", "students", "other"):
        say("external", f"{stream}_share", float(stream == "other"), "share")
        for region in NAMES:
            say("external", f"{stream}_regions", 0.5, "share", region=region)
        for sex in SEXES:
            for age in AGES:
                say("external", f"{stream}_ages", 1 / 202, "share", sex=sex, age=age)
    for region in NAMES:
        say("fertility", "mean_age_shift", 0.0, "years", region=region)
        say("external", "emigration_share", left[region] / gone, "share", region=region)
    columns = ["component", "parameter", "region", "sex", "age", "year", "value", "unit"]
    models = pd.DataFrame(found, columns=columns).assign(status="assumption", source=HERE)
    return {"estimated/models": models}


def package() -> Path:
    """The shipped package, whose norms are borrowed."""
    (country,) = shipped("data").glob("*/country.yml")
    return country.parent


def step_6_norms() -> dict[str, pd.DataFrame]:
    """What a place needs and who works at which age, from the shipped package."""
    found = {f"norms/{name}": pd.read_csv(package() / "norms" / f"{name}.csv", dtype=str)
             for name in BORROWED}  # fmt: skip
    labour = found["norms/labour"].set_index("parameter")
    labour.loc["trend_first_year", "value"] = "2021"  # the first year of step 4
    beds = [(r, "hospital_bed", BASE, round(0.006 * n), "bed") for r, n in PEOPLE.items()]
    stock = pd.DataFrame(beds, columns=["region", "kind", "year", "value", "unit"])
    return {**found, "norms/labour": labour.reset_index(),
            "norms/capacities": stock.assign(status="observed", source=HERE, note="")}  # fmt: skip


def main(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "country.yml").write_text(COUNTRY, encoding="utf-8")
    for step in (step_1_regions, step_2_people, step_3_rates, step_4_work, step_5_models,
                 step_6_norms):  # fmt: skip
        for name, frame in step().items():
            (folder / name).parent.mkdir(exist_ok=True)
            frame.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    write_descriptor(load_dataset(folder))  # checks every table, and says so in datapackage.json


if __name__ == "__main__":
    main(Path(sys.argv[1]))
