"""A forecast beside what others published: pupils, births, official and UN projections.

What is published is read from the tables of the package: `policy` (grade1_intake), `figures`
(projection_change_YEAR_YEAR, projection_low, projection_population, projection_high),
`vital_events`, `un_indicators`. A package without such rows gives an empty table.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from forecast.baseline import REVISION
from forecast.tabulate import SCHOOL_AGES
from forecast.words import mark, say
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset
    from forecast.projection import Projection

COLUMNS = (
    "check", "region", "year", "measure", "ours", "published", "difference", "verdict", "source",
)  # fmt: skip
CHECKS = {
    "grade_1": mark("children who enter school"),
    "births": mark("children against registered births"),
    "change": mark("official projection of the change"),
    "official": mark("official projection of the population"),
    "un": mark("UN projection of the population"),
}
MEASURES = {
    "entering_school": mark("children of the age of grade 1, against pupils enrolled"),
    "entering_school_path": mark("children of the age of grade 1, against their births"),
    "change_so_far": mark("observed change, against an even share of the projected one"),
    "change": mark("change over the period"),
    "projection_low": mark("low variant"),
    "projection_population": mark("central variant"),
    "projection_high": mark("high variant"),
    "medium": mark("medium variant"),
}
ENTRY = SCHOOL_AGES[0]  # age on 1 September of those who enter grade 1
BORN_LATE = 1 / 3  # of a year's births, those of September to December; assumption: even months
PRESCHOOL = (2, 6)  # ages held against births
CLOSE = 3.0  # per cent: a difference that needs no word
CHANGE = re.compile(r"projection_change_(\d{4})_(\d{4})")


class Finding(NamedTuple):
    """One row of the frame; `published` is NaN where nothing of the kind is published."""

    check: str
    region: str
    year: int
    measure: str
    ours: float
    published: float
    verdict: str
    source: str


def reality_frame(projection: Projection, dataset: Dataset) -> pd.DataFrame:
    """What a run gives beside what is published, a row for each figure, persons.

    Columns check, region, year, measure, ours, published, difference (ours - published), verdict
    (in the language of now), source. `ours` is NaN for a year beyond the run.
    """
    people = _people(projection, dataset)
    rows = [
        *_grade_1(people, projection, dataset),
        *_preschool(people, projection, dataset),
        *_changes(projection, dataset),
        *_official(projection, dataset),
        *_united_nations(projection, dataset),
    ]
    frame = pd.DataFrame(rows, columns=[c for c in COLUMNS if c != "difference"])
    difference = frame["ours"].astype(float) - frame["published"].astype(float)
    return frame.assign(difference=difference)[list(COLUMNS)]


def measure_words(measure: str) -> str:
    """A measure of the frame in the language of now; that of one age carries the age."""
    if measure.startswith("age_"):
        return say(
            "people aged {age}, against births and immigrants", age=measure.removeprefix("age_")
        )
    return say(MEASURES[measure])


def _people(projection: Projection, dataset: Dataset) -> pd.DataFrame:
    """(region with the nation and year, age) people on 1 January, estimated and projected."""
    columns = ["region", "year", "age", "value"]
    past = dataset.table("estimated/population")
    past = past[past["year"] < projection.base_year][columns]
    both = pd.concat([past, projection.frame("population")[columns]], ignore_index=True)
    nation = both.assign(region=projection.nation)
    both = pd.concat([both, nation], ignore_index=True)
    return both.groupby(["region", "year", "age"])["value"].sum().unstack("age")


def _grade_1(people: pd.DataFrame, projection: Projection, dataset: Dataset) -> list[Finding]:
    """Children of the age of grade 1: against pupils enrolled, then along registered births.

    On 1 September those aged ENTRY are, of those aged ENTRY - 1 on 1 January, all born before
    September, and of those aged ENTRY all born later.
    """
    entering = (1 - BORN_LATE) * people[ENTRY - 1] + BORN_LATE * people[ENTRY]
    rows = []
    enrolled = _rows(dataset, "policy", "grade1_intake")
    for row in enrolled.to_dict("records"):
        key = (str(row["region"]), int(str(row["date"])[:4]))
        if key not in entering.index:
            continue
        ours, published = float(entering[key]), float(row["value"])
        rows.append(Finding("grade_1", *key, "entering_school", ours, published,
                            _compared(ours, published), str(row["source"])))  # fmt: skip
    births = _births(dataset)
    nation = projection.nation
    for year in range(projection.base_year, projection.last_year + 1):
        cohorts = year - ENTRY, year - ENTRY - 1
        if any(cohort not in births.index for cohort in cohorts):
            continue
        born = (1 - BORN_LATE) * births[cohorts[0]] + BORN_LATE * births[cohorts[1]]
        now, before = float(entering[nation, year]), float(entering[nation, year - 1])
        verdict = say("falls by {percent}", percent=per_cent(100 * (1 - now / before)))
        if now >= before:
            verdict = say("rises by {percent}", percent=per_cent(100 * (now / before - 1)))
        source = say("registered births")
        rows.append(Finding("grade_1", nation, year, "entering_school_path", now, float(born),
                            verdict, source))  # fmt: skip
    return rows


def _preschool(people: pd.DataFrame, projection: Projection, dataset: Dataset) -> list[Finding]:
    """Ages of the base against the births of their years and the immigrants of their age."""
    births, base, nation = _births(dataset), projection.base_year, projection.nation
    immigrants = _immigrants(dataset)
    rows = []
    for age in range(PRESCHOOL[0], PRESCHOOL[1] + 1):
        born = base - 1 - age
        if born not in births.index or any(
            (year, 0) not in immigrants for year in range(born, base)
        ):
            continue
        came = sum(immigrants[year, year - born] for year in range(born, base))
        most = float(births[born]) + came
        ours = float(people[age][nation, base])
        verdict = say("{births} births, {immigrants} immigrants; the rest died or left",
                      births=number(float(births[born])), immigrants=number(came))  # fmt: skip
        if ours > most:
            verdict = say("more than births and immigrants together: impossible")
        elif abs(ours / most - 1) > CLOSE / 100:
            verdict = say("{births} births, {immigrants} immigrants; too many are missing",
                          births=number(float(births[born])), immigrants=number(came))  # fmt: skip
        rows.append(Finding("births", nation, base, f"age_{age}", ours, most, verdict,
                            say("registered births and immigration")))  # fmt: skip
    return rows


def _immigrants(dataset: Dataset) -> dict[tuple[int, int], float]:
    """{(year, age): immigrants}, both sexes, by the estimated age composition of immigration."""
    events = dataset.table("vital_events")
    chosen = events[(events["region"] == dataset.nation) & (events["event"] == "immigration")]
    ages = dataset.table("estimated/migrant_age")
    ages = ages[(ages["stream"] == "immigration") & (ages["kind"] == "composition")]
    share = ages.groupby("age")["value"].sum()
    counts = chosen.set_index("year")["value"]
    return {
        (int(year), age): float(counts[year]) * float(share[age])
        for year in counts.index
        for age in range(PRESCHOOL[1] + 1)
    }


def _changes(projection: Projection, dataset: Dataset) -> list[Finding]:
    """Official projections of a change: what was observed of the period, and the whole period."""
    if not dataset.has("figures"):
        return []
    totals, base = _totals(projection), projection.base_year
    frame = dataset.table("figures")
    rows = []
    for row in frame[frame["variable"].str.fullmatch(CHANGE.pattern)].to_dict("records"):
        match = CHANGE.fullmatch(str(row["variable"]))
        assert match is not None
        first, last = int(match[1]), int(match[2])
        region, published, source = str(row["region"]), float(row["value"]), str(row["source"])
        if (region, first) not in totals.index:
            continue
        start = float(totals[region, first])
        if first < base < last:
            done = float(totals[region, base]) - start
            even = published * (base - first) / (last - first)
            needed = (published - done) / (last - base)
            verdict = say("{year} a year so far; {needed} a year would be needed to the end",
                          year=number(done / (base - first), signed=True),
                          needed=number(needed, signed=True))  # fmt: skip
            rows.append(Finding("change", region, base, "change_so_far", done, even, verdict,
                                source))  # fmt: skip
        ours = float(totals.get((region, last), np.nan)) - start
        rows.append(Finding("change", region, last, "change", ours, published,
                            _compared(ours, published, projection), source))  # fmt: skip
    return rows


def _official(projection: Projection, dataset: Dataset) -> list[Finding]:
    """Official projections of the population, low, central and high."""
    totals, rows = _totals(projection), []
    for measure in ("projection_low", "projection_population", "projection_high"):
        for row in _rows(dataset, "figures", measure).to_dict("records"):
            key = (str(row["region"]), int(str(row["date"])[:4]))
            ours, published = float(totals.get(key, np.nan)), float(row["value"])
            verdict = _compared(ours, published, projection)
            rows.append(Finding("official", *key, measure, ours, published, verdict,
                                str(row["source"])))  # fmt: skip
    return sorted(rows, key=lambda row: (row.region != projection.nation, row.region, row.year))


def _united_nations(projection: Projection, dataset: Dataset) -> list[Finding]:
    """The UN medium variant on the dates of the official projections and at the last year."""
    if not dataset.has("un_indicators"):
        return []
    frame = dataset.table("un_indicators")
    frame = frame[frame["revision"] == REVISION]
    both = frame[frame["measure"].isin(["population_male", "population_female"])]
    ends = both.groupby("year")["value"].sum()  # 31 December of the year
    dates = {
        int(str(row)[:4]) for row in _rows(dataset, "figures", "projection_population")["date"]
    }
    totals, rows = _totals(projection), []
    for year in sorted(dates | {projection.base_year, projection.last_year}):
        if year - 1 not in ends.index:
            continue
        ours = float(totals.get((projection.nation, year), np.nan))
        published = float(ends[year - 1])
        source = str(both["source"].iloc[0])
        rows.append(Finding("un", projection.nation, year, "medium", ours, published,
                            _compared(ours, published, projection), source))  # fmt: skip
    return rows


def _rows(dataset: Dataset, table: str, variable: str) -> pd.DataFrame:
    """The rows of one variable of a table of figures; none where the package lacks the table."""
    if not dataset.has(table):
        return pd.DataFrame(columns=["region", "date", "value", "source"])
    frame = dataset.table(table)
    return frame[frame["variable"] == variable]


def _births(dataset: Dataset) -> pd.Series[float]:
    """Registered births of the nation by calendar year."""
    events = dataset.table("vital_events")
    chosen = events[(events["region"] == dataset.nation) & (events["event"] == "births")]
    return chosen.set_index("year")["value"]


def _totals(projection: Projection) -> pd.Series[float]:
    """People on 1 January by (region with the nation, year), observed and projected."""
    observed = projection.frame("history")
    observed = observed[observed["year"] < projection.base_year]
    past = observed.groupby(["region", "year"])["value"].sum()
    future = projection.frame("population").groupby(["region", "year"])["value"].sum()
    nation = future.groupby("year").sum()
    nation.index = pd.MultiIndex.from_product([[projection.nation], nation.index])
    both: pd.Series[float] = pd.concat([past, future, nation])
    return both


def _compared(ours: float, published: float, projection: Projection | None = None) -> str:
    """One sentence on a number beside the published one."""
    if np.isnan(ours):
        last = projection.last_year if projection else 0
        return say("the run ends on 1 January {year}", year=last)
    if ours * published <= 0:
        return say("of the opposite sign")
    percent = 100 * (ours / published - 1)
    if abs(percent) <= CLOSE:
        return say("close ({percent})", percent=per_cent(percent, signed=True))
    if percent > 0:  # of a fall too: a larger fall
        return say("larger by {percent}", percent=per_cent(percent))
    return say("smaller by {percent}", percent=per_cent(-percent))
