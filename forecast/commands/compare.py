"""`forecast compare`: what one scenario changes against another, by region, year and component."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import click
import pandas as pd

from forecast import api
from forecast.account.parts import AGAIN
from forecast.account.words import LEAST
from forecast.commands.account import Explained, write_waterfall
from forecast.commands.asked import asked, carried_out, is_run, region_asked
from forecast.commands.files import refuse_figure
from forecast.commands.screen import show_gains, thousand
from forecast.errors import InputError
from forecast.gains import gains_record, less
from forecast.projection import Projection
from forecast.shell import show_table, tell
from forecast.storage import writing
from forecast.words import mark, say
from forecast.words.digits import number

# The terms of a difference of population: what comes counts with +, what goes with -.
TERMS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "births": (mark("births"), ("births",), ()),
    "deaths": (mark("deaths"), (), ("deaths",)),
    "internal": (mark("moves between\nregions"), ("internal_in",), ("internal_out",)),
    "growth_points": (mark("growth\npoints"), ("growth_point_in",), ("growth_point_out",)),
    "support": (mark("moves with\nsupport"), ("support_in",), ("support_out",)),
    "returns": (mark("settlers who\nleave again"), (), ()),  # of the support, see `returned`
    "external": (mark("external\nmigration"), ("immigration",), ("emigration",)),
}
RETURNS = {AGAIN["support_in"]: 1.0, AGAIN["support_out"]: -1.0}  # with their sign


def compare(
    one: str,
    other: str,
    *,
    data: str | None = None,
    until: int | None = None,
    region: str | None = None,
    csv: str | None = None,
    account: bool = False,
    plot: str | None = None,
    quiet: bool = False,
    as_json: bool = False,
) -> None:
    """Scenarios or run folders side by side: other less one.

    What drivers change in the moves is said in the years that both runs have, with the sign of the
    table: other less one.

    region : show its years instead of all regions
    csv    : file for the whole table, region, year, measure, value of both, difference
    account: tell what the differences come from, see `forecast.account`
    plot   : file for the figure of that, which asks for the account as well
    """
    dataset = None
    _refuse_files(csv, plot)
    if not all(map(is_run, (one, other))):
        dataset = api.load_dataset(data)
        if region is not None:
            region_asked(dataset.space, region)  # before the runs
    both = [asked(name, dataset) for name in (one, other)]  # both are sound before one is run
    first, second = (carried_out(each, dataset, until=until, quiet=quiet) for each in both)
    table = second.compare(first).rename(columns={"value": "of_other", "other": "of_one"})
    table = table[["region", "year", "measure", "of_one", "of_other", "difference"]]
    chosen = None if region is None else region_asked(first.space, region)
    if csv is not None:
        _write(table, Path(csv))
        tell(say("Written to {folder}", folder=csv), quiet=quiet)
    last = int(table.loc[table["measure"] == "population", "year"].max())
    response = less(second.frame("response"), first.frame("response"), before=last)
    explained = Explained.of(first, second, chosen) if account or plot is not None else None
    if explained is not None and plot is not None:
        write_waterfall(explained, Path(plot), quiet=quiet)
    if as_json:
        rows = table if chosen is None else table[table["region"] == chosen]
        plain = _plain(first, second, rows) | {"response": gains_record(response, first.space)}
        if explained is not None:
            plain["account"] = explained.record()
        click.echo(json.dumps(plain, ensure_ascii=False, indent=2))
    if as_json or quiet:
        return
    heading = say("{other} less {one}", other=second.title, one=first.title)
    click.echo()
    click.echo(heading)
    _tell_horizons(first, second, table)
    click.echo()
    _show(first, table, terms(table, returned(first, second)), chosen)
    show_gains(response, first.space, whose=heading)
    if explained is not None:
        explained.show()


def _refuse_files(csv: str | None, plot: str | None) -> None:
    """Raise InputError for a file that cannot be written, before anything is run."""
    if plot is not None:
        refuse_figure(plot)
    if csv is not None and not os.path.isdir(os.path.dirname(os.path.realpath(csv))):
        raise InputError(csv, say("there is no such folder"))
    if csv is not None and Path(csv).is_dir():
        raise InputError(csv, say("this is a folder"))


def returned(first: Projection, second: Projection) -> pd.Series[float]:
    """(region, year) settlers of earlier years who come again less those who leave: second less
    first. They are in the moves with support; a run that does not tell of them has none.
    """
    parts = []
    for run, sign in ((second, 1.0), (first, -1.0)):
        rows = run.frame("supported")
        rows = rows[rows["measure"].isin(list(RETURNS)) & (rows["region"] != run.nation)]
        net = sign * rows["measure"].map(RETURNS).astype(float) * rows["value"].astype(float)
        parts.append(rows[["region", "year"]].assign(net=net))
    both = pd.concat([part for part in parts if len(part)] or parts)
    return both.groupby(["region", "year"])["net"].sum()


def terms(table: pd.DataFrame, returns: pd.Series[float]) -> pd.DataFrame:
    """(region, year) the terms of the difference of population that arise in each calendar year.

    returns : see `returned`; what they are is taken out of the moves with support
    Summed over the years before a 1 January they are the difference of population on that date.
    """
    wide = table[table["measure"] != "population"].pivot_table(
        index=["region", "year"], columns="measure", values="difference", aggfunc="sum"
    )
    found = {
        name: sum((wide[key] for key in plus), 0.0) - sum((wide[key] for key in minus), 0.0)
        for name, (_, plus, minus) in TERMS.items()
    }
    again = returns.reindex(wide.index, fill_value=0.0)
    found |= {"returns": again, "support": found["support"] - again}
    return pd.DataFrame(found, index=wide.index)


def _show(first: Projection, table: pd.DataFrame, arose: pd.DataFrame, region: str | None) -> None:
    if region is None:
        _show_regions(first, table, arose)
    else:
        _show_years(first, table, arose, region)


def _show_regions(first: Projection, table: pd.DataFrame, arose: pd.DataFrame) -> None:
    """A row a region: population of both on the last common date, and where its difference
    comes from."""
    stock = table[table["measure"] == "population"]
    last = int(stock["year"].max())
    click.echo(
        say("Population on 1 January {year} and what its difference comes from, thousand",
            year=last)
    )  # fmt: skip
    ends = stock[stock["year"] == last].set_index("region")[["of_one", "of_other", "difference"]]
    arose = arose[arose.index.get_level_values("year") < last].groupby(level="region").sum()
    both = ends.join(arose).reindex(list(first.space.ids))
    both.loc[first.nation] = both.sum()
    shown = _shown(both)
    rows = [[first.space.name(str(name)), *_numbers(line)] for name, line in both[shown].iterrows()]
    show_table([say("Region"), *_headings(shown)], rows)


def _show_years(first: Projection, table: pd.DataFrame, arose: pd.DataFrame, region: str) -> None:
    """A row a year of one region or the nation."""
    name = first.space.name(region)
    click.echo(
        say("{region}: population on 1 January and what arises in the year before, thousand",
            region=name)
    )  # fmt: skip
    stock = table[table["measure"] == "population"]
    if region == first.nation:
        people = stock.groupby("year")[["of_one", "of_other", "difference"]].sum()
        arose = arose.groupby(level="year").sum()
    else:
        chosen = stock[stock["region"] == region].set_index("year")
        people = chosen[["of_one", "of_other", "difference"]]
        arose = arose[arose.index.get_level_values("region") == region].droplevel("region")
    arose.index = arose.index + 1  # what arises in a year shows on the next 1 January
    both = people.join(arose)
    shown = _shown(both)
    rows = [[str(year), *_numbers(line)] for year, line in both[shown].iterrows()]
    show_table([say("Year"), *_headings(shown)], rows)


def _shown(both: pd.DataFrame) -> list[str]:
    """The columns without the terms in which nothing differs anywhere."""
    return [
        name for name in both.columns
        if name not in TERMS or both[name].abs().max() >= LEAST
    ]  # fmt: skip


def _headings(shown: Sequence[str]) -> list[str]:
    fixed = {"of_one": say("first"), "of_other": say("second"), "difference": say("difference")}
    return [fixed[name] if name in fixed else say(TERMS[name][0]) for name in shown]


def _numbers(line: pd.Series[float]) -> list[str]:
    plain, signed = line[["of_one", "of_other"]], line.drop(["of_one", "of_other"])
    return [*(thousand(value) for value in plain),
            *("" if pd.isna(value) else number(value / 1000, 2, signed=True)
              for value in signed)]  # fmt: skip


def _tell_horizons(first: Projection, second: Projection, table: pd.DataFrame) -> None:
    if first.last_year != second.last_year:
        tell(
            say("The runs end in different years; they are compared up to 1 January {year}.",
                year=int(table.loc[table["measure"] == "population", "year"].max()))
        )  # fmt: skip


def _plain(first: Projection, second: Projection, rows: pd.DataFrame) -> dict[str, object]:
    return {
        "first": {"scenario": first.scenario, "run_id": first.run_id},
        "second": {"scenario": second.scenario, "run_id": second.run_id},
        "rows": rows.to_dict("records"),
    }


def _write(table: pd.DataFrame, path: Path) -> None:
    with writing(path) as beside:
        table.to_csv(beside, index=False)


__all__: Sequence[str] = ("compare", "returned", "terms")
