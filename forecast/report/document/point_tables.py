"""Tables of the report on growth points: the ledger of each, and where its people come from."""

from __future__ import annotations

import pandas as pd

from forecast.ledger import MEASURES as LEDGER_WORDS
from forecast.report import style
from forecast.report.document.shared import cells, millions, names_of
from forecast.report.document.work_tables import kinds
from forecast.report.extract import Result
from forecast.report.sheet import Row, Table
from forecast.report.wording import capital, status_line, unit_words
from forecast.tables import TOTAL
from forecast.words import say

MONEY = "cost_"
PER_PERSON = "cost_per_person"
ORIGINS_SHOWN = 8
YEARS = 7  # columns that a page has room for
OF_KIND = ("need",)  # measures that are told by kind of facility


def points(projection: Result) -> list[str]:
    """The growth points of a run, in the order of its ledger."""
    return [str(name) for name in projection.frame("growth_points")["growth_point"].unique()]


def ledger(projection: Result, point: str) -> Table:
    """What one growth point brings, year by year; what is 0 in every year is left out."""
    frame = projection.frame("growth_points")
    frame = frame[frame["growth_point"] == point]
    whole = frame[(frame["kind"] == TOTAL) & (frame["origin"] == TOTAL)]
    ages = frame[(frame["measure"] == "people") & (frame["kind"] != TOTAL)]
    need = frame[frame["measure"].isin(OF_KIND)]
    held = [int(year) for year in frame["year"].unique()]
    years = style.some_years(min(held), max(held), YEARS)
    words = kinds(projection)
    rows = [
        *_rows(projection, whole, years, "measure", {k: say(v) for k, v in LEDGER_WORDS.items()}),
        *_rows(projection, ages, years, "kind",
               {str(k): say("people of {ages}", ages=k) for k in ages["kind"].unique()}),
        *_rows(projection, need, years, "kind", {k: name for k, (name, _) in words.items()}),
    ]  # fmt: skip
    name = projection.point_names.get(point, point)
    regions = [projection.space.name(str(r)) for r in frame["region"].unique()]
    return Table(
        name,
        say("{point} ({regions}): what the growth point brings", point=name,
            regions=", ".join(regions)),
        say("Status: {status}. Arrivals and departures of the calendar year, all else on 1 January "
            "of the year or as it was delivered by then. Places, beds and dwellings: what its "
            "people need.", status=status_line([whole])) + _elsewhere(len(held) - len(years)),
        [say("Measure"), say("Unit"), *map(str, years)],
        rows, norms=True,
    )  # fmt: skip


def _elsewhere(years: int) -> str:
    """Where the years are that the page has no room for."""
    return " " + say("The other years stand in the workbook.") if years else ""


def _rows(
    projection: Result, frame: pd.DataFrame, years: list[int], key: str, words: dict[str, str]
) -> list[Row]:
    """A row for each key with the regions of the point together."""
    rows = []
    for code, word in words.items():
        mine = frame[frame[key] == code]
        for unit, part in mine.groupby("unit", sort=False):
            by_year = part.groupby("year")["value"].sum(min_count=1).reindex(years)
            if not (by_year.notna() & (by_year != 0)).any():
                continue
            held = set(part["year"].astype(int))
            values = [float(value) if year in held else None
                      for year, value in zip(years, by_year, strict=True)]  # fmt: skip
            shown, name = values, unit_words(projection, str(unit))
            if code.startswith(MONEY) and code != PER_PERSON:
                shown = [None if value is None else millions(value) for value in values]
                name = say("million {unit}", unit=name)
            rows.append(Row((capital(word), name), [None if v is None else round(v, 4)
                                                    for v in shown]))  # fmt: skip
    return rows


def arrivals(projection: Result, point: str) -> Table:
    """From where the people of a growth point come, all years together."""
    sums = arrivals_by_origin(projection, point)
    total, names = float(sums.sum()), names_of(projection)
    shown = sums.iloc[:ORIGINS_SHOWN]
    rest = total - float(shown.sum())
    lines = [(names[str(origin)], float(value)) for origin, value in shown.items()]
    if len(sums) > ORIGINS_SHOWN:
        lines.append((say("other regions"), rest))
    lines.append((say("all regions"), total))
    table = pd.DataFrame([[value, 100 * value / total] for _, value in lines])
    frame = projection.frame("growth_points")
    frame = frame[(frame["growth_point"] == point) & (frame["measure"] == "arrivals")]
    name = projection.point_names.get(point, point)
    return Table(
        say("Arrivals"),
        say("{point}: where its people come from, {first}-{last} together, persons", point=name,
            first=int(frame["year"].min()), last=int(frame["year"].max())),
        say("Status: {status}", status=status_line([frame])),
        [say("From"), say("Persons"), say("Per cent")],
        [Row((words,), line, [0, 1]) for (words, _), line in
         zip(lines, cells(table), strict=True)],
    )  # fmt: skip


def arrivals_by_origin(projection: Result, point: str) -> pd.Series[float]:
    """Persons by region of origin, all years together, the most first; none where nobody comes."""
    frame = projection.frame("growth_points")
    frame = frame[(frame["growth_point"] == point) & (frame["measure"] == "arrivals")]
    frame = frame[frame["origin"] != TOTAL]
    sums = frame.groupby("origin")["value"].sum()
    sums = sums[sums > 0]
    return sums.sort_values(ascending=False, kind="stable")


def at_end(projection: Result, point: str, measure: str) -> float:
    """A total of the ledger in the last year that has it, all its regions together; else NaN."""
    frame = projection.frame("growth_points")
    frame = frame[(frame["growth_point"] == point) & (frame["measure"] == measure)]
    frame = frame[(frame["kind"] == TOTAL) & (frame["origin"] == TOTAL)]
    if frame.empty:
        return float("nan")
    return float(frame.loc[frame["year"] == frame["year"].max(), "value"].sum(min_count=1))


def last_year(projection: Result, point: str, measure: str) -> int:
    """The last year of a measure of the ledger."""
    frame = projection.frame("growth_points")
    chosen = (frame["growth_point"] == point) & (frame["measure"] == measure)
    return int(frame.loc[chosen, "year"].max())
