"""Tables of the report on labour, facilities, orders, growth points and official projections."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.infrastructure.facilities import COSTS
from forecast.infrastructure.orders import (
    COVERED,
    NEED_FALLS,
    ORDER_NOW,
    ORDER_YEAR,
    SHORT_TODAY,
    UNITS,
)
from forecast.labour.deficit import MEASURES as LABOUR_WORDS
from forecast.labour.ladder import MEASURES as LADDER_WORDS
from forecast.labour.ladder import RUNGS
from forecast.labour.ranking import MEASURES as RANKING_WORDS
from forecast.report import gap
from forecast.report.by_year import spoken
from forecast.report.document.shared import (
    balance,
    cells,
    has,
    labour_years,
    millions,
    names_of,
    order,
)
from forecast.report.extract import Result, added_need, labour_ranked, row_of, wide
from forecast.report.order_sheets import order_list
from forecast.report.sheet import Row, Table, rounded
from forecast.report.wording import (
    capital,
    date,
    status_line,
    table_names,
    unit_words,
)
from forecast.words import say

BALANCE = ("labour_force", "labour_supply", "labour_demand", "labour_deficit")
GROUPS = {  # rungs of the ladder told together
    "residents": ("unemployed", "participation", "retraining"),
    "regions": ("commuting", "internal_movers"),
    "abroad": ("kandas", "foreign"),
    "left": ("left",),
}


def labour(projection: Result) -> Table:
    """The labour balance of the last year, regions by the size of their deficit."""
    year = labour_years(projection)[1]
    table = balance(projection, year)
    listed = list(projection.space.ids)
    official: dict[str, bool] = {}
    if has(projection, "labour_ranking"):
        when, ranked = labour_ranked(projection)
        if when == year:
            listed = [str(region) for region in ranked.index]
            official = {str(k): bool(v) for k, v in ranked["official"].dropna().items()}
    names = names_of(projection)
    shown = table.loc[[projection.nation, *listed], [*BALANCE, "share"]]
    rows = [
        Row((names[str(region)], *([say("yes") if official.get(str(region)) else ""]
                                   if official else [])), line, [0, 0, 0, 0, 1])
        for region, line in zip(shown.index, cells(shown), strict=True)
    ]  # fmt: skip
    heads = [say("Region"), *([spoken(RANKING_WORDS)["official"]] if official else [])]
    return Table(
        say("Labour"),
        say("Labour balance by region, {year}, persons and jobs", year=year),
        say("Status: {status}. Deficit: positive means short of workers; it is what arises after "
            "{base}, vacancies of before are not in it.",
            status=status_line([projection.frame("labour")]), base=projection.base_year - 1),
        [*map(capital, heads), *(f"{capital(say(LABOUR_WORDS[name]))}, {unit}"
                   for name, unit in zip(BALANCE, _units_of(projection), strict=True)),
         say("Deficit, per cent of demand")],
        rows,
    )  # fmt: skip


def _units_of(projection: Result) -> list[str]:
    """Units of the columns of the labour balance."""
    frame = projection.frame("labour")
    units = dict(zip(frame["measure"], frame["unit"], strict=True))
    return [say(str(units[name])) for name in BALANCE]


def ladder(projection: Result) -> Table:
    """What the shortage of the nation could be met with, rung by rung."""
    year, table = gap.at_year(projection)
    nation = row_of(table, projection.nation)
    names = ["gap", *RUNGS]
    whole = nation["gap"] if nation["gap"] else np.nan  # where nobody is missing there is no share
    rows = [
        Row((capital(say(LADDER_WORDS[name])),),
            rounded(np.array([nation[name], 100 * nation[name] / whole])).tolist(), [0, 1])
        for name in names
    ]  # fmt: skip
    return Table(
        say("Labour gap"),
        say("{region}: what the shortage of workers could be met with, {year}, jobs", year=year,
            region=projection.space.name(projection.nation)),
        say("Status: {status}. In the order of the law; each step as far as it goes. The steps add "
            "up to the shortage.", status=status_line([projection.frame(gap.FRAME)])),
        [say("Step"), say("Jobs"), say("Per cent of the shortage")],
        rows,
    )  # fmt: skip


def ladder_regions(projection: Result) -> Table:
    """The same by region, steps told together."""
    year, table = gap.at_year(projection)
    shown = pd.DataFrame({"gap": table["gap"]})
    for name, members in GROUPS.items():
        shown[name] = table[list(members)].sum(axis=1, min_count=len(members))
    shown = shown.reindex(order(projection))
    names = names_of(projection)
    return Table(
        say("Labour gap by region"),
        say("What the shortage of workers could be met with by region, {year}, jobs", year=year),
        say("Status: {status}. Residents: unemployed, those who join the labour force, retrained. "
            "Other regions: commuters and movers. From abroad: kandas and foreign workers.",
            status=status_line([projection.frame(gap.FRAME)])),
        [say("Region"), say("Shortage"), say("Residents"), say("Other regions"),
         say("From abroad"), capital(say(RUNGS["left"]))],
        [Row((names[str(region)],), line) for region, line in
         zip(shown.index, cells(shown), strict=True)],
    )  # fmt: skip


def needs(projection: Result, region: str | None = None) -> Table:
    """Need of every kind at both ends, what is added, and the stock where it is published."""
    place = projection.nation if region is None else region
    frame = projection.frame("infrastructure")
    base, last = projection.base_year, int(frame["year"].max())
    frame = frame[frame["region"] == place]
    table = wide(frame[frame["year"].isin([base, last])], ["kind", "year"], "measure")
    rows = []
    for kind, words in kinds(projection).items():
        if (kind, last) in table.index:
            end, start = row_of(table, (kind, last)), row_of(table, (kind, base))
            numbers = [start["need"], end["need"], end["added_need"],
                       end.get("capacity", np.nan), end.get("gap", np.nan)]  # fmt: skip
            rows.append(Row(words, rounded(np.array(numbers, dtype=float)).tolist()))
    return Table(
        say("Need for facilities"),
        say("{region}: need for facilities on 1 January", region=projection.space.name(place)),
        say("Status: {status}. Gap: need less capacity, positive means short; unknown where no "
            "stock is published.", status=status_line([frame[frame["measure"] == "need"]])),
        [say("Facility"), say("Unit"), say("Need, {year}", year=base),
         say("Need, {year}", year=last), say("Added need"), say("Capacity, {year}", year=last),
         say("Gap, {year}", year=last)],
        rows, norms=True,
    )  # fmt: skip


def kinds(projection: Result) -> dict[str, tuple[str, str]]:
    """Name and unit of each kind of facility, in the order of the norms."""
    table = projection.facilities
    names = table_names(table, "kind")
    return {
        str(kind): (names[str(kind)], unit_words(projection, str(unit)))
        for kind, unit in zip(table["kind"], table["unit"], strict=True)
    }


def added(projection: Result) -> Table:
    """Added need of every region by kind."""
    year, table = added_need(projection)
    words, names = kinds(projection), names_of(projection)
    return Table(
        say("Added need"),
        say("Added need for facilities by region, {base} to {last}",
            base=date(projection.base_year), last=date(year)),
        say("Status: {status}. Below zero: fewer are needed than on {base}.",
            status=status_line([_of(projection, "added_need", year)]),
            base=date(projection.base_year)),
        [say("Region"), *(", ".join(words[str(kind)]) for kind in table.columns)],
        [Row((names[str(region)],), line) for region, line in
         zip(table.index, cells(table), strict=True)],
        norms=True,
    )  # fmt: skip


def _of(projection: Result, measure: str, year: int) -> pd.DataFrame:
    frame = projection.frame("infrastructure")
    return frame[(frame["measure"] == measure) & (frame["year"] == year)]


def listed(projection: Result, region: str | None = None) -> pd.DataFrame:
    """Orders of the regions, or of one, the most urgent first; `now`: their date has passed."""
    frame = projection.frame("orders")
    keep = frame["region"] != projection.nation if region is None else frame["region"] == region
    found = order_list(frame[keep])
    return found.assign(now=found["action"] == ORDER_NOW)


def orders_now(projection: Result) -> Table:
    """What must be ordered now: the latest date for it has passed."""
    found = listed(projection)
    found = found[found["now"]]
    words, names = kinds(projection), names_of(projection)
    rows = []
    for line in found.to_dict("records"):
        name, unit = words[str(line["kind"])]
        label = (names[str(line["region"])], name, f"{line[ORDER_YEAR]:g}", str(line["year"]),
                 str(line["modules"]), unit)  # fmt: skip
        rows.append(Row(label, [float(line[UNITS]), millions(line["cost_central"])]))
    return Table(
        say("Order now"),
        say("Order now: what should have been ordered before {date}",
            date=date(projection.base_year)),
        say("Status: {status}. Order by, needed by: 1 January. Buildings: how many of which size.",
            status=status_line([_ordered(projection)])),
        [say("Region"), say("Facility"), say("Order by"), say("Needed by"), say("Buildings"),
         say("Unit"), say("Units"),
         say("Cost, million {unit}", unit=money(projection))],
        rows, norms=True,
    )  # fmt: skip


def _ordered(projection: Result) -> pd.DataFrame:
    frame = projection.frame("orders")
    return frame[frame["measure"] == UNITS]


def money(projection: Result) -> str:
    """The unit of costs."""
    frame = projection.frame("orders")
    units = frame.loc[frame["measure"].isin(COSTS), "unit"]
    return str(units.iloc[0]) if len(units) else ""


def orders(projection: Result) -> Table:
    """Orders of the nation by kind: what cannot wait, what comes later, and the cost."""
    found = listed(projection)
    words, rows = kinds(projection), []
    for kind, (name, unit) in words.items():
        mine = found[found["kind"] == kind]
        if mine.empty:
            continue
        now, later = (float(mine.loc[mine["now"] == flag, UNITS].sum()) for flag in (True, False))
        costs = [millions(mine[level].sum(min_count=len(mine))) for level in COSTS]
        rows.append(Row((name, unit), [now, later, now + later, *costs]))
    return Table(
        say("Orders"),
        say("{region}: facilities to order, the sum of the regions",
            region=projection.space.name(projection.nation)),
        say("Status: {status}. Now: the latest date was before {base}. Cost in million {unit}.",
            status=status_line([_ordered(projection)]), base=date(projection.base_year),
            unit=money(projection)),
        [say("Facility"), say("Unit"), say("Now"), say("Later"), say("Together"),
         say("Cost, low"), say("Cost, central"), say("Cost, high")],
        rows, norms=True,
    )  # fmt: skip


def falls(projection: Result) -> Table:
    """Kinds of which fewer are needed though some are short today."""
    frame = projection.frame("orders")
    frame = frame[(frame["region"] == projection.nation) & (frame["action"] == NEED_FALLS)]
    table = frame.pivot_table(index="kind", columns="measure", values="value", observed=True)
    table = table.reindex(columns=[UNITS, SHORT_TODAY, COVERED])
    words = kinds(projection)
    return Table(
        say("Need falls"),
        say("Where need falls: fewer are needed on {last} than on {base}",
            last=date(projection.last_year), base=date(projection.base_year)),
        say("Status: {status}. In regions that order none. Short: as published; the fall covers a "
            "part of it at most.", status=status_line([frame])),
        [say("Facility"), say("Unit"), say("Need falls by"), say("Short, as published"),
         say("Of which the fall covers at most")],
        [Row(words[str(kind)], line) for kind, line in
         zip(table.index, cells(table), strict=True)],
        norms=True,
    )  # fmt: skip


def official(projection: Result, beside: pd.DataFrame) -> Table:
    """What official bodies project beside this run.

    beside : rows of `forecast.realism.reality_frame`
    """
    from forecast.realism import CHECKS, measure_words

    names = names_of(projection)
    rows = [
        Row((names[str(line["region"])], capital(say(CHECKS[str(line["check"])])),
             measure_words(str(line["measure"])), str(line["year"])),
            [float(line["published"]), float(line["ours"]), float(line["difference"])])
        for line in beside.to_dict("records")
    ]  # fmt: skip
    return Table(
        say("Official projections"),
        say("Official projections beside this run, persons on 1 January"),
        say("Unknown: the run does not reach that year. Published in: {sources}.",
            sources="; ".join(dict.fromkeys(beside["source"].astype(str)))),
        [say("Region"), say("Projection"), say("Measure"), say("Year"),
         capital(say("published")), capital(say("ours")), capital(say("difference"))],
        rows,
    )  # fmt: skip
