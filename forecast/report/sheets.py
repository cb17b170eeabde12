"""The tables of the workbook: which there are, their words, units and order of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from forecast.infrastructure.needs import BUILT
from forecast.infrastructure.needs import MEASURES as NEED_WORDS
from forecast.infrastructure.orders import MEASURES as ORDER_WORDS
from forecast.infrastructure.orders import SPEND
from forecast.labour.deficit import MEASURES as LABOUR_WORDS
from forecast.labour.detail import MEASURES as DETAIL_WORDS
from forecast.labour.qualification import WORDS as QUALIFICATION_WORDS
from forecast.ledger import MEASURES as LEDGER_WORDS
from forecast.report import gap
from forecast.report.audited import plan_audit
from forecast.report.by_year import by_year, spoken
from forecast.report.extract import (
    Result,
    components_by_year,
    history_by_year,
    population_by_year,
)
from forecast.report.labour_ranking import ranking
from forecast.report.order_sheets import idle, orders
from forecast.report.sheet import Row, Table, region_cells, region_headings, rounded
from forecast.report.squares import flows, response
from forecast.report.supported import supported
from forecast.report.wording import (
    COMPONENT_WORDS,
    SEX_WORDS,
    capital,
    date,
    level_words,
    status_line,
    table_names,
    worded,
    years,
)
from forecast.safe_arrivals import MEASURES as ROOM_WORDS
from forecast.space import OPEN_AGE, SEXES
from forecast.tables import TOTAL
from forecast.tabulate import MEASURES as DEPENDENCY_WORDS
from forecast.urban import AREAS as AREA_WORDS
from forecast.urban import MEASURES as SETTLEMENT_WORDS
from forecast.words import say

AGE_GROUPS = ((0, OPEN_AGE), (0, 4), (5, 14), (15, 24), (25, 44), (45, 64), (65, OPEN_AGE))
COMPONENTS_SHOWN = (
    "births", "deaths", "natural", "internal_in", "internal_out", "growth_point_in",
    "growth_point_out", "support_in", "support_out", "internal", "immigration", "emigration",
    "external", "change",
)  # fmt: skip


def tables(projection: Result) -> Iterator[Table]:
    """Every table of the workbook, in the order of its sheets; an empty result has no sheet."""
    builders: Mapping[str, tuple[str, Callable[[Result], Table]]] = {
        "population": ("population", population),
        "ages": ("population", age_groups),
        "single": ("population", single_ages),
        "components": ("components", components),
        "levels": ("levels", levels),
        "flows": ("flows", flows),
        "response": ("response", response),
        "dependency": ("dependency", dependency),
        "settlement": ("settlement", settlement),
        "labour": ("labour", labour),
        "openings": ("labour_detail", openings),
        "ranking": ("labour_ranking", ranking),
        "labour_gap": (gap.FRAME, gap.labour_gap),
        "foreign_limit": (gap.FRAME, gap.foreign_limit),
        "infrastructure": ("infrastructure", infrastructure),
        "orders": ("orders", orders),
        "idle": ("orders", idle),
        "spending": ("orders", spending),
        "safe_arrivals": ("safe_arrivals", safe_arrivals),
        "supported": ("supported", supported),
        "growth_points": ("growth_points", growth_points),
        "audit": ("audit", plan_audit),
    }
    for frame, build in builders.values():
        if not projection.frame(frame).empty and (table := build(projection)).rows:
            yield table


def population(projection: Result) -> Table:
    """Persons by region and year with the observed past, and the change to the horizon."""
    base, last = projection.base_year, projection.last_year
    future, past = population_by_year(projection), history_by_year(projection)
    past = past[[year for year in map(int, past.columns) if year < base]]
    whole = pd.concat([past, future], axis=1)
    start, end = (whole[year].to_numpy(dtype=float) for year in (base, last))
    percent = 100 * (end / start - 1)
    yearly = 100 * ((end / start) ** (1 / max(last - base, 1)) - 1)
    numbers = rounded(np.column_stack([whole, end - start, percent, yearly]))
    digits = [0] * (whole.shape[1] + 1) + [1, 2]
    history = projection.frame("history")
    history = history[history["year"].isin(past.columns)]
    span = years(base, last)
    return Table(
        say("Population"),
        say("Population on 1 January by region, persons"),
        say("Status: {status}", status=status_line([history, projection.frame("population")])),
        [*region_headings(), *(str(year) for year in whole.columns),
         say("Change {years}", years=span), say("Change {years}, per cent", years=span),
         say("Change per year, per cent")],
        [Row(region_cells(projection, str(region)), line.tolist(), digits)
         for region, line in zip(whole.index, numbers, strict=True)],
    )  # fmt: skip


def age_groups(projection: Result) -> Table:
    """Persons by region, sex and broad age group."""
    frame = projection.frame("population")
    order = [projection.nation, *projection.space.ids]
    cube = _cube(projection, frame)  # (region, year, sex, age), nation first
    stocks = sorted(int(year) for year in frame["year"].unique())
    both = np.concatenate([cube.sum(axis=2, keepdims=True), cube], axis=2)
    groups = np.stack(
        [both[..., first : last + 1].sum(axis=3) for first, last in AGE_GROUPS], axis=3
    )
    numbers = rounded(groups)
    rows = [
        Row((*region_cells(projection, region), capital(worded(sex, SEX_WORDS)), _ages(*group)),
            numbers[r, :, s, g].tolist())
        for r, region in enumerate(order)
        for s, sex in enumerate(("total", *SEXES))
        for g, group in enumerate(AGE_GROUPS)
    ]  # fmt: skip
    return Table(
        say("Age groups"),
        say("Population on 1 January by region, sex and age group, persons"),
        say("Status: {status}", status=status_line([frame])),
        [*region_headings(), say("Sex"), say("Ages"), *(str(year) for year in stocks)],
        rows,
    )


def single_ages(projection: Result) -> Table:
    """Persons of the nation by sex and single year of age."""
    frame = projection.frame("population")
    nation = projection.space.name(projection.nation)
    cube = rounded(_cube(projection, frame)[0])  # (year, sex, age)
    stocks = sorted(int(year) for year in frame["year"].unique())
    rows = [
        Row((capital(worded(sex, SEX_WORDS)), _ages(age, age)), cube[:, s, age].tolist())
        for s, sex in enumerate(SEXES)
        for age in range(OPEN_AGE + 1)
    ]
    return Table(
        say("Single ages"),
        say("{region}: population on 1 January by sex and single year of age, persons",
            region=nation),
        say("Status: {status}", status=status_line([frame])),
        [say("Sex"), say("Ages"), *(str(year) for year in stocks)],
        rows,
    )  # fmt: skip


def components(projection: Result) -> Table:
    """The balance of every region and year: start, components, end."""
    table = components_by_year(projection)
    people = population_by_year(projection).to_dict("index")
    shown = [name for name in COMPONENTS_SHOWN if name in table]
    numbers = table[shown].to_numpy(dtype=float)
    rows = []
    for (region, year), line in zip(table.index, numbers, strict=True):
        before, after = people[region][year], people[region][year + 1]
        values = rounded(np.array([before, *line, after], dtype=float))
        rows.append(Row((*region_cells(projection, str(region)), str(year)), values.tolist()))
    return Table(
        say("Components"),
        say("Components of population change by region and calendar year, persons"),
        say("Status: {status}. Population at the start + total change = population at the end.",
            status=status_line([projection.frame("components")])),
        [*region_headings(), say("Year"), say("Population, 1 January"),
         *(capital(worded(name, COMPONENT_WORDS)) for name in shown),
         say("Population, 31 December")],
        rows,
    )  # fmt: skip


def levels(projection: Result) -> Table:
    """The population under each level of internal migration: nobody knows which one lasts."""
    words = level_words(projection)
    return by_year(
        projection, projection.frame("levels"),
        {"level": (say("Moves between regions"), words)},
        say("Migration levels"),
        say("Population on 1 January by level of internal migration, persons"),
    )  # fmt: skip


def dependency(projection: Result) -> Table:
    """Dependency ratios and the ages behind them by region and year."""
    return by_year(
        projection, projection.frame("dependency"),
        {"measure": (say("Measure"), spoken(DEPENDENCY_WORDS))},
        say("Dependency"), say("Dependency ratios by region, 1 January"),
    )  # fmt: skip


def settlement(projection: Result) -> Table:
    """Urban and rural people and their shares by region and year."""
    return by_year(
        projection, projection.frame("settlement"),
        {"area": (say("Settlements"), spoken(AREA_WORDS)),
         "measure": (say("Measure"), spoken(SETTLEMENT_WORDS))},
        say("Urban and rural"), say("Urban and rural people by region, 1 January"),
    )  # fmt: skip


def labour(projection: Result) -> Table:
    """Labour force, supply, demand and deficit; demand also by section of activity."""
    sections = {"total": say("total"), **table_names(projection.sections, "section")}
    return by_year(
        projection, projection.frame("labour"),
        {"section": (say("Section"), sections), "measure": (say("Measure"), spoken(LABOUR_WORDS))},
        say("Labour"), say("Labour balance by region and section of activity"),
        explanation=say("Deficit: positive means short of workers."),
    )  # fmt: skip


def openings(projection: Result) -> Table:
    """Deficit, openings and training places by qualification, all sections together."""
    frame = projection.frame("labour_detail")
    return by_year(
        projection, frame[frame["section"] == TOTAL],
        {"measure": (say("Measure"), spoken(DETAIL_WORDS)),
         "qualification": (say("Qualification"), spoken(QUALIFICATION_WORDS))},
        say("Openings and training"), say("Openings, exits and training places by qualification"),
        explanation=say(
            "Openings: change of jobs and replacement of those who retire, die or leave. Training "
            "places: to be entered in the year, for the openings of a later one."
        ),
    )  # fmt: skip


def infrastructure(projection: Result) -> Table:
    """Users, need, added need, capacity, gap and cost of every kind of facility.

    Rows of which nothing is known are left out, but for the gap, which says so; and what plans
    build where they build nothing.
    """
    kinds = table_names(projection.facilities, "kind")
    frame = projection.frame("infrastructure")
    row = frame.groupby(["region", "kind", "measure"], sort=False).ngroup().to_numpy()
    value, of = frame["value"].to_numpy(dtype=float), frame["measure"]
    known = np.bincount(row, ~np.isnan(value))[row] > 0
    built = np.bincount(row, np.nan_to_num(value) != 0.0)[row] > 0
    frame = frame[(known | (of == "gap")) & (built | (of != BUILT))]
    table = by_year(
        projection, _in_millions(frame),
        {"kind": (say("Facility"), kinds), "measure": (say("Measure"), spoken(NEED_WORDS))},
        say("Infrastructure"), say("Need for facilities by region, 1 January"),
        explanation=say("Added need: since {base}. Gap: positive means short; unknown where no "
                        "stock is published, as are capacity and cost, which are then left out. "
                        "Cost of the nation: the sum of what its regions lack, as spare places of "
                        "one help no other one; where a region's is unknown, that of the nation's "
                        "own balance. So the same units can cost more as added need than as gap.",
                        base=date(projection.base_year)),
    )  # fmt: skip
    return replace(table, norms=True)


def spending(projection: Result) -> Table:
    """What the orders of facilities cost in each calendar year."""
    kinds = table_names(projection.facilities, "kind")
    frame = projection.frame("orders")
    table = by_year(
        projection, _in_millions(frame[frame["action"] == SPEND]),
        {"kind": (say("Facility"), kinds), "measure": (say("Measure"), spoken(ORDER_WORDS))},
        say("Spending on orders"), say("Money for the orders of facilities by calendar year"),
        explanation=say("The cost of a building, even over the years from order to first user."),
    )  # fmt: skip
    return replace(table, norms=True)


def _in_millions(frame: pd.DataFrame) -> pd.DataFrame:
    """Money in millions; other rows as they are."""
    money = frame["measure"].str.contains("cost|spending")
    units = {unit: say("million {unit}", unit=unit) for unit in frame["unit"][money].unique()}
    return frame.assign(
        value=frame["value"].mask(money, frame["value"] / 1e6),
        unit=frame["unit"].mask(money, frame["unit"].map(units)),
    )


def safe_arrivals(projection: Result) -> Table:
    """Room for arrivals by region and growth point; of what is unknown only that it is."""
    frame = projection.frame("safe_arrivals")
    frame = frame[frame["measure"] != "need_per_arrival"]
    row = ["region", "growth_point", "kind", "measure"]
    told = frame["value"].notna().groupby([frame[name] for name in row]).transform("any")
    frame = frame[told | (frame["measure"] == "safe_arrivals")]
    kinds = table_names(projection.facilities, "kind")
    return by_year(
        projection, frame,
        {"growth_point": (say("Growth point"), {**projection.point_names, TOTAL: ""}),
         "kind": (say("Facility"), {**kinds, TOTAL: say("all kinds")}),
         "measure": (say("Measure"), spoken(ROOM_WORDS))},
        say("Room for arrivals"), say("Infrastructure first: people for whom there is room"),
        explanation=say("A capacity that is not published is unknown and holds nobody back."),
    )  # fmt: skip


def growth_points(projection: Result) -> Table:
    """The ledger of each growth point; what is 0 in every year is left out."""
    frame = _in_millions(projection.frame("growth_points"))
    row = ["growth_point", "region", "measure", *(c for c in ("kind", "origin") if c in frame)]
    frame = frame[frame.groupby(row)["value"].transform("any")]
    kinds = table_names(projection.facilities, "kind")
    names = {region: projection.space.name(region) for region in projection.space.ids}
    keys: dict[str, tuple[str, Mapping[str, str]]] = {
        "growth_point": (say("Growth point"), dict(projection.point_names)),
        "measure": (say("Measure"), spoken(LEDGER_WORDS)),
        "kind": (say("Of which"), {**kinds, TOTAL: ""}),
        "origin": (say("From"), {**names, TOTAL: ""}),
    }  # fmt: skip
    return by_year(
        projection, frame, {name: key for name, key in keys.items() if name in frame},
        say("Growth points"), say("Growth points: what each brings"),
    )  # fmt: skip


def _cube(projection: Result, frame: pd.DataFrame) -> np.ndarray:
    """(region with the nation first, year, sex, age) persons."""
    ids = list(projection.space.ids)
    stocks = sorted(int(year) for year in frame["year"].unique())
    index = pd.MultiIndex.from_product(
        [ids, stocks, list(SEXES), range(OPEN_AGE + 1)], names=["region", "year", "sex", "age"]
    )
    values = frame.set_index(list(index.names))["value"].reindex(index).to_numpy(dtype=float)
    cube = values.reshape(len(ids), len(stocks), len(SEXES), OPEN_AGE + 1)
    return np.concatenate([cube.sum(axis=0, keepdims=True), cube])


def _ages(first: int, last: int) -> str:
    if (first, last) == (0, OPEN_AGE):
        return say("all ages")
    return f"{first}+" if last == OPEN_AGE else years(first, last)
