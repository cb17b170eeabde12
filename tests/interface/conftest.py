"""A result that looks like a run: real names and shapes of regions, invented numbers."""

from __future__ import annotations

import gettext
import re
import string
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast import words
from forecast.audit import Finding, Number, frame_of
from forecast.labour.ladder import RUNGS
from forecast.space import AGES, SEXES, Space
from forecast.uncertain import COMPONENTS as COMPONENTS_DRAWN
from forecast.urban import settlement_frame

ROOT = Path(__file__).resolve().parents[2]
BASE, LAST = 2026, 2031
STOCKS, YEARS = range(BASE, LAST + 1), range(BASE, LAST)
PERSONS = "persons"
COMPONENTS = (
    "births", "deaths", "internal_in", "internal_out", "growth_point_in", "growth_point_out",
    "immigration", "emigration",
)  # fmt: skip


@dataclass
class Plausible:
    """What the report asks of a projection, without a run behind it."""

    space: Space
    frames: dict[str, pd.DataFrame]
    facilities: pd.DataFrame
    sections: pd.DataFrame
    outlines: dict[str, list[np.ndarray]]
    anchors: dict[str, tuple[float, float]]
    title: str = "Пробный сценарий & <проверка>"
    scenario_name: str = "0-0"
    run_id: str = "01234567"
    sources: str = "Бюро национальной статистики; расчёт"
    base_year: int = BASE
    last_year: int = LAST
    nation: str = field(init=False)
    point_names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.nation = self.space.nation

    def frame(self, name: str) -> pd.DataFrame:
        return self.frames[name].copy()


def tidy(rows: list[tuple[object, ...]], columns: str, unit: str, status: str) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=[*columns.split(), "value"])
    return frame.assign(unit=unit, status=status)


def population(space: Space, growth: np.ndarray) -> pd.DataFrame:
    ages = np.array(AGES, dtype=float)
    shape = np.exp(-((ages / 68.0) ** 4)) * (1.2 + 0.35 * np.cos(ages / 5.5) * np.exp(-ages / 45))
    sizes = 250e3 + 95e3 * np.arange(len(space))
    years, sexes = np.arange(len(STOCKS)), np.array([0.004, -0.004])
    grown = sizes[:, None] * (1 + growth[:, None]) ** years
    tilt = shape * (1 + sexes[:, None] * (ages - 40))
    values = grown[:, :, None, None] * tilt / (2 * shape.sum())
    index = pd.MultiIndex.from_product(
        [space.ids, STOCKS, SEXES, AGES], names=["region", "year", "sex", "age"]
    )
    frame = index.to_frame(index=False).assign(value=np.round(values.ravel() + 0.4), unit=PERSONS)
    return frame.assign(status=np.where(frame["year"] == BASE, "estimated", "projected"))


def components(space: Space, people: pd.DataFrame) -> pd.DataFrame:
    """Components that close the balance of the invented population."""
    totals = people.groupby(["region", "year"])["value"].sum()
    rows = []
    for k, region in enumerate(space.ids):
        for year in YEARS:
            before, after = totals[region, year], totals[region, year + 1]
            births, deaths = np.round(0.017 * before), np.round(0.007 * before)
            values = {
                "births": births, "deaths": deaths, "internal_in": np.round(0.02 * before),
                "internal_out": np.round(0.02 * before) + 500.0 * (k % 5 - 2),
                "growth_point_in": 250.0 if k == 4 else 0.0,
                "growth_point_out": 50.0 if k in (0, 1, 2, 3, 5) else 0.0, "emigration": 400.0,
            }  # fmt: skip
            known = sum(v if n in ("births", "internal_in", "growth_point_in") else -v
                        for n, v in values.items())  # fmt: skip
            values["immigration"] = after - before - known
            rows += [(region, year, name, values[name]) for name in COMPONENTS]
    return tidy(rows, "region year component", PERSONS, "projected")


def dependency(space: Space) -> pd.DataFrame:
    rows = []
    for k, region in enumerate((*space.ids, space.nation)):
        for year in STOCKS:
            child, old = 30.0 + 1.5 * k - 0.4 * (year - BASE), 24.0 - 0.7 * k + 0.5 * (year - BASE)
            rows += [
                (region, year, "child_dependency", child),
                (region, year, "old_age_dependency", old),
                (region, year, "total_dependency", child + old),
            ]
    frame = tidy(rows, "region year measure", "per 100 people of working age", "projected")
    return frame.assign(status=np.where(frame["year"] == BASE, "estimated", "projected"))


def labour(space: Space) -> pd.DataFrame:
    rows = []
    nation = np.zeros(2)
    for k, region in enumerate((*space.ids, space.nation)):
        for year in STOCKS:
            size = 120e3 + 45e3 * k
            pair = np.array([size, size + (k * 977 % 23 - 9) * 310.0 * (year - BASE)])
            nation = nation + pair if year == LAST and region != space.nation else nation
            supply, demand = nation if region == space.nation else pair
            for measure, value in (
                ("labour_supply", supply), ("labour_demand", demand),
                ("labour_deficit", demand - supply),
            ):  # fmt: skip
                rows.append((region, year, "total", measure, value))
            rows.append((region, year, "F", "labour_demand", demand / 9))
    return tidy(rows, "region year section measure", PERSONS, "projected")


def labour_detail(space: Space) -> pd.DataFrame:
    rows = [(region, year, section, qualification, measure, 1e3 * len(section) + year)
            for region in (*space.ids, space.nation) for year in YEARS
            for section in ("F", "total") for qualification in ("higher", "total")
            for measure in ("labour_deficit", "openings")]  # fmt: skip
    return tidy(rows, "region year section qualification measure", "jobs", "projected")


def labour_ranking(space: Space) -> pd.DataFrame:
    """Deficits that fall with the place of the region; every third one is on the list."""
    rows: list[tuple[object, ...]] = []
    for k, region in enumerate(space.ids):
        values = {
            "labour_deficit": 9000.0 - 1000 * k,
            "share_of_demand": 5.0 - k / 2,
            "rank": k + 1.0,
            "rank_of_share": k + 1.0,
            "official": float(k % 3 == 0),
        }
        rows += [(region, LAST - 1, measure, value) for measure, value in values.items()]
    rows += [(space.nation, LAST - 1, "labour_deficit", 500.0),
             (space.nation, LAST - 1, "share_of_demand", 0.1)]  # fmt: skip
    return tidy(rows, "region year measure", "jobs", "projected")


def labour_gap(space: Space) -> pd.DataFrame:
    """A gap for each region with rungs that add up to it, and the limit of foreign workers."""
    shares = dict(zip(RUNGS, (0.05, 0.1, 0.15, 0.2, 0.1, 0.05, 0.15, 0.2), strict=True))
    rows: list[tuple[object, ...]] = []
    for year in STOCKS[:-1]:
        gaps = [1200.0 * (1 + k * 7 % 11) * (year - BASE + 1) for k in range(len(space))]
        for region, gap in zip((*space.ids, space.nation), (*gaps, sum(gaps)), strict=True):
            found = {"gap": gap, **{name: share * gap for name, share in shares.items()},
                     "surplus": 0.3 * gap, "people_needed": 1.5 * gap,
                     "foreign_limit": shares["foreign"] * gap}  # fmt: skip
            rows += [(region, year, "total", name, value) for name, value in found.items()]
            rows.append((region, year, "F", "foreign_limit", shares["foreign"] * gap))
    frame = tidy(rows, "region year section measure", "jobs", "projected")
    people = frame["measure"] == "people_needed"
    return frame.assign(unit=frame["unit"].mask(people, PERSONS))


def settlement(space: Space) -> pd.DataFrame:
    share = np.linspace(0.2, 1.0, len(space))
    people = np.full((len(STOCKS), len(space)), 1e6)
    return settlement_frame(people, np.tile(share, (len(STOCKS), 1)), space, STOCKS)


KINDS = (
    ("school_place", "School places", "Ученические места", "Оқушы орындары"),
    ("kindergarten_place", "Kindergarten places", "Места в детских садах",
     "Балабақша орындары"),
    ("hospital_bed", "Hospital beds", "Больничные койки", "Аурухана төсектері"),
    ("doctor", "Doctors", "Врачи", "Дәрігерлер"),
    ("dwelling", "Dwellings", "Жилища", "Тұрғын үйлер"),
)  # fmt: skip


def infrastructure(space: Space) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    for k, region in enumerate((*space.ids, space.nation)):
        for kind, scale in zip((k[0] for k in KINDS), (0.2, -0.06, 0.005, 0.004, 0.3), strict=True):
            size = 250e3 + 95e3 * k
            for year in STOCKS:
                added = round(size * scale * 0.021 * (year - BASE) * (1 - 0.12 * (k % 9)))
                need = abs(size * scale) + added
                rows.append((region, year, kind, "need", need))
                rows.append((region, year, kind, "added_need", added))
                known = kind == "hospital_bed" and k < 3
                rows.append(
                    (region, year, kind, "capacity", abs(size * scale) if known else np.nan)
                )
                rows.append((region, year, kind, "gap", added if known else np.nan))
    frame = tidy(rows, "region year kind measure", "places", "projected")
    return frame.assign(status=frame["status"].where(frame["value"].notna(), "unknown"))


def orders(space: Space) -> pd.DataFrame:
    """School places and beds to order in two years, an overdue one, and kindergartens to spare."""
    rows: list[tuple[object, ...]] = []
    for k, region in enumerate((*space.ids[:4], space.nation)):
        size = 1200.0 * (k + 1) if region != space.nation else 12000.0
        for kind, year, wait, scale in (
            ("school_place", 2027, 2, 1.0), ("school_place", 2029, 2, 0.5),
            ("doctor", 2027, 8, 0.1), ("hospital_bed", 2031, 4, 0.25),
        ):  # fmt: skip
            action = "order_now" if year - wait < BASE else "order"
            head = (region, year, kind, action, f"{k + 1} × 1200")
            rows.append((*head, "units", size * scale, "places"))
            rows.append((*head, "order_year", float(year - wait), "year"))
            for level, cost in (("low", 4e6), ("central", 5e6), ("high", np.nan)):
                money = np.nan if kind == "doctor" else size * scale * cost
                rows.append((*head, f"cost_{level}", money, "тг"))
                spent = (region, year - 1, kind, "spending", "", f"spending_{level}", money, "тг")
                rows.append(spent)
        rows.append((region, 2027, "school_place", "temporary", "", "units", size / 40, "places"))
    rows += [(region, LAST, "kindergarten_place", "do_not_build", "", "units", 900.0 + 7 * k,
              "places") for k, region in enumerate(space.ids)]  # fmt: skip
    whole = sum(900.0 + 7 * k for k in range(len(space)))
    for measure, units in (("units", whole), ("short_published", 84_000.0),
                           ("covered_by_fall", whole)):  # fmt: skip
        rows.append((space.nation, LAST, "kindergarten_place", "need_falls", "", measure, units,
                     "places"))  # fmt: skip
    columns = ["region", "year", "kind", "action", "modules", "measure", "value", "unit"]
    frame = pd.DataFrame(rows, columns=columns).assign(status="assumption")
    frame["status"] = frame["status"].where(
        ~frame["action"].isin(["do_not_build", "need_falls"]), "projected"
    )
    return frame.assign(status=frame["status"].where(frame["value"].notna(), "unknown"))


def safe_arrivals(space: Space) -> pd.DataFrame:
    """One region whose schools are known, one growth point, and unknown regions."""
    rows: list[tuple[object, ...]] = []
    for k, region in enumerate(space.ids):
        known = 100.0 * k if k == 4 else np.nan
        for year in YEARS:
            rows += [(region, "total", year, kind, "safe_arrivals", known)
                     for kind in ("school_place", "total")]  # fmt: skip
            rows.append((region, "total", year, "total", "came", 10.0 * k))
    rows += [(space.ids[4], "0-1", year, "dwelling", "room", 30.0) for year in YEARS]
    frame = tidy(rows, "region growth_point year kind measure", PERSONS, "projected")
    return frame.assign(status=frame["status"].where(frame["value"].notna(), "unknown"))


def outlines() -> tuple[dict[str, list[np.ndarray]], dict[str, tuple[float, float]]]:
    """The boundaries of the data package: the figure of the map is about real shapes."""
    folder = ROOT / "data/kazakhstan/boundaries"
    rings, labels = pd.read_csv(folder / "outlines.csv"), pd.read_csv(folder / "labels.csv")
    found = {
        str(region): [
            ring[["x_km", "y_km"]].to_numpy() for _, ring in points.groupby("ring", sort=True)
        ]
        for region, points in rings.groupby("region")
    }
    return found, {str(row.region): (row.x_km, row.y_km) for row in labels.itertuples()}


JOBS_OF_A_PLAN = (
    Number("claim", 1_000_000.0, "jobs", 2050, "генплан", "", "assumption"),
    Number("claim", 110_000.0, "jobs", 2050, "газета", "", "assumption"),
)
AUDITED = (
    Finding("0-1", "KZ-27", "numbers", "jobs", 2050, "contradiction", JOBS_OF_A_PLAN),
    Finding("0-1", "KZ-27", "ratio", "dwellings/population", BASE, "unknown"),
)


def plausible_result(space: Space) -> Plausible:
    growth = np.linspace(-0.012, 0.03, len(space))
    people = population(space, growth)
    totals = people[people["year"] == BASE].groupby("region")["value"].sum()
    past = [(region, year, totals[region] * (1 - 0.008 * (BASE - year)))
            for region in space.ids for year in range(2022, BASE + 1)]  # fmt: skip
    past += [(space.nation, year, sum(value for _, when, value in past if when == year))
             for year in range(2022, BASE + 1)]  # fmt: skip
    past += [(region, 2021, totals[region] * 0.95) for region in space.ids[:-3]]
    flows = [(a, b, year, float(abs(hash_of(a, b)) % 900))
             for a in space.ids for b in space.ids if a != b for year in YEARS]  # fmt: skip
    levels = [(region, year, level, totals[region] * (1 + tilt * (year - BASE)))
              for region in space.ids for year in STOCKS
              for level, tilt in (("level-2022", -0.001), ("level-2025", 0.004))]  # fmt: skip
    rings, anchors = outlines()
    points = [("0-1", space.ids[4], year, "arrivals", space.ids[k], 50.0)
              for year in YEARS for k in (0, 1, 2, 3, 5)]  # fmt: skip
    points += [("0-1", space.ids[4], year, "jobs", "", 800.0) for year in YEARS]
    points += [("0-1", space.ids[4], year, "people", "", 250.0 * (year - BASE)) for year in STOCKS]
    return Plausible(
        space=space,
        frames={
            "population": people,
            "components": components(space, people),
            "flows": tidy(flows, "origin destination year", PERSONS, "projected"),
            "response": tidy([(year, a, b, float(hash_of(b, a) % 90 - 45)) for a in space.ids
                              for b in space.ids if a != b for year in YEARS],
                             "year origin destination", PERSONS, "projected"),
            "dependency": dependency(space),
            "settlement": settlement(space),
            "labour": labour(space),
            "labour_detail": labour_detail(space),
            "labour_ranking": labour_ranking(space),
            "labour_gap": labour_gap(space),
            "infrastructure": infrastructure(space),
            "orders": orders(space),
            "safe_arrivals": safe_arrivals(space),
            "supported": tidy([(space.ids[2], year, "resettlers", "total", measure, 60.0)
                               for year in YEARS for measure in ("people", "left_again")],
                              "region year stream kind measure", PERSONS, "projected"),
            "growth_points": tidy(points, "growth_point region year measure origin", PERSONS,
                                  "projected"),
            "audit": frame_of(AUDITED),
            "notes": pd.DataFrame(
                [("рождаемость", "Уровень последнего года.", "регистрация", "assumption")],
                columns=["subject", "text", "source", "status"],
            ),
            "quantiles": quantiles(space, totals),
            "variance": variance(space),
            "levels": tidy(levels, "region year level", PERSONS, "projected"),
            "history": tidy(past, "region year", PERSONS, "derived"),
        },
        facilities=pd.DataFrame(KINDS, columns=["kind", "name_en", "name_ru", "name_kk"]).assign(
            unit=["place", "place", "bed", "person", "dwelling"],
            unit_en=["places", "places", "beds", "persons", "dwellings"],
            unit_ru=["мест", "мест", "коек", "человек", "жилищ"],
            unit_kk=["орын", "орын", "төсек", "адам", "тұрғынжай"],
        ),
        sections=pd.DataFrame(
            {"section": ["F"], "name_en": ["Construction"], "name_ru": ["Строительство"],
             "name_kk": ["Құрылыс"]}
        ),
        outlines=rings,
        anchors=anchors,
    )  # fmt: skip


def quantiles(space: Space, totals: pd.Series) -> pd.DataFrame:
    """Intervals around the invented population, wider with the years."""
    spread = {0.025: -1.96, 0.1: -1.28, 0.5: 0.0, 0.9: 1.28, 0.975: 1.96}
    nation = float(sum(totals[region] for region in space.ids))
    rows = [(region, year, "population", "", level,
             people * (1 + 0.01 * width * (year - BASE)))
            for region, people in (*((r, totals[r]) for r in space.ids), (space.nation, nation))
            for year in STOCKS for level, width in spread.items()]  # fmt: skip
    return tidy(rows, "region year measure kind quantile", PERSONS, "projected")


def variance(space: Space) -> pd.DataFrame:
    """Shares of every component, and the spread of all together."""
    rows = []
    for k, region in enumerate((*space.ids, space.nation)):
        parts = [1.0 + (k * place) % 7 for place in range(1, len(COMPONENTS_DRAWN) + 1)]
        rows += [(region, LAST, name, "share", 100 * part / sum(parts))
                 for name, part in zip(COMPONENTS_DRAWN, parts, strict=True)]  # fmt: skip
        rows.append((region, LAST, "all", "standard_deviation", 5000.0 + 700 * k))
    return tidy(rows, "region year component measure", PERSONS, "projected")


def hash_of(*words: str) -> int:
    """The same number on every run, unlike hash()."""
    return sum(ord(letter) * place for place, letter in enumerate("".join(words), start=1))


@pytest.fixture(scope="session")
def space() -> Space:
    regions = pd.read_csv(ROOT / "data/kazakhstan/observed/regions.csv", dtype=str)
    return Space.from_frame(
        regions, "KZ", {"en": "Kazakhstan", "ru": "Казахстан", "kk": "Қазақстан"}
    )


@pytest.fixture(scope="session")
def invented(space: Space) -> Plausible:
    return plausible_result(space)


@pytest.fixture
def plausible(invented: Plausible) -> Plausible:
    """A copy that a test may change."""
    return replace(invented, frames=dict(invented.frames))


class Cyrillic(gettext.NullTranslations):
    """A catalogue that writes every English letter with a Cyrillic one.

    What is still Latin afterwards never went through the catalogue.
    """

    letters = str.maketrans(
        string.ascii_letters, "абцдефгхийклмнопярстувшыжзАБЦДЕФГХИЙКЛМНОПЯРСТУВШЫЖЗ"
    )

    def gettext(self, message: str) -> str:
        parts = re.split(r"(\{[^}]*\})", message)
        return "".join(p if p.startswith("{") else p.translate(self.letters) for p in parts)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


@pytest.fixture
def cyrillic(monkeypatch: pytest.MonkeyPatch) -> None:
    """Russian and Kazakh as if every message were translated."""
    english = gettext.NullTranslations()
    monkeypatch.setattr(words, "catalogue", lambda lang: english if lang == "en" else Cyrillic())
