"""`forecast backtest`: how the whole forecast would have done from earlier dates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
import pandas as pd

from forecast import api
from forecast.backtest import FORECAST, INTERVALS, NAIVE, Backtest, backtest, summary_of, verdict
from forecast.commands.reality import show as show_reality
from forecast.commands.screen import thousand
from forecast.draws import Draws
from forecast.errors import InputError
from forecast.estimate.asof import refuse_origin
from forecast.realism import reality_frame
from forecast.report.sheet import records
from forecast.shell import heard, show_table, tell, width
from forecast.words import mark, say
from forecast.words.digits import number, per_cent

if TYPE_CHECKING:
    from forecast.dataset.package import Dataset

DETAILED = 2  # first origins whose regions are printed when none is named
BASELINE = "baseline"  # the scenario whose numbers are held against published ones
SHORT = {
    "forecast": mark("forecast"),
    "persistence": mark("growth\ngoes on"),
    "linear": mark("straight\nline"),
    "no_change": mark("no\nchange"),
    "un_growth": mark("growth by\nthe UN"),
}
MEASURES = {
    "mean_absolute_error": mark("mean absolute error"),
    "coverage_80": mark("inside 80 %"),
    "coverage_95": mark("inside 95 %"),
}
# Words of the table of validation, kept here so that they are translated.
MODEL_WORDS = (
    mark("last value"),
    mark("last value since 2022"),
    mark("mean of three years"),
    mark("last value and mean"),
    mark("half each"),
    mark("no change"),
    mark("UN pace"),
    mark("drift"),
    mark("damped drift"),
    mark("drift of ten years"),
    mark("damped trend"),
    mark("random walk"),
    mark("random walk with drift"),
    mark("reversion to a mean"),
    mark("autoregression"),
    mark("arima 1 1 0"),
    mark("un change"),
    mark("common drift"),
    mark("emigration rate"),
    mark("immigration"),
    mark("log"),
    mark("children per woman"),
    mark("percentage points"),
    mark("percent"),
    mark("years"),
)
COMPONENT_WORDS = {
    "external": mark("migration across the border"),
    "fertility": mark("fertility"),
    "internal": mark("growth of regions"),
    "mortality": mark("mortality"),
    "urban": mark("urban share"),
}


def run_backtest(
    data: str | None,
    *,
    origins: Sequence[int] = (),
    draws: Draws,
    quiet: bool = False,
    as_json: bool = False,
) -> None:
    """Make the forecast again at earlier dates and show it beside what came."""
    dataset = api.load_dataset(data)
    known = _origins(dataset)
    chosen = tuple(dict.fromkeys(origins)) or known
    for origin in chosen:
        refuse_origin(dataset, origin)
    tests = []
    for origin in chosen:
        tell(say("estimating everything as on 1 January {year} ...", year=origin), quiet=quiet)
        tests.append(backtest(dataset, origin, draws=draws))
    reality = reality_frame(api.run(BASELINE, dataset), dataset)
    if as_json:
        found = {**_plain(dataset, tests), "reality": records(reality)}
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    with heard():
        for test in tests if origins else tests[:DETAILED]:
            _show(test, dataset)
        _show_summary(tests)
        _show_validation(dataset)
        click.echo()
        show_reality(reality, dataset.space)


def _origins(dataset: Dataset) -> tuple[int, ...]:
    """The dates of the present regions that leave a year to forecast."""
    stocks = sorted(int(year) for year in dataset.table("population")["year"].unique())
    found = tuple(year for year in stocks if year < dataset.base_year)
    if not found:
        raise InputError("population", say("there is no earlier date to forecast from"))
    return found


def _show(test: Backtest, dataset: Dataset) -> None:
    last = test.years[-1]
    click.echo()
    click.echo(
        say("Population on 1 January {year} from 1 January {origin}, by what was known then: error",
            year=last, origin=test.origin)
    )  # fmt: skip
    ways = (FORECAST, *NAIVE)
    errors = {way: test.error(way)[:, -1] for way in ways}
    low, high = test.bounds[80]
    rows = [
        [
            dataset.space.name(region), thousand(test.observed[at, -1]),
            *(per_cent(100 * float(errors[way][at]), 1, signed=True) for way in ways),
            f"{thousand(low[at, -1])}\u2013{thousand(high[at, -1])}",
            "" if low[at, -1] <= test.observed[at, -1] <= high[at, -1] else say("outside"),
        ]
        for at, region in enumerate(test.regions)
    ]  # fmt: skip
    mean = [per_cent(100 * test.mean_error(way), 2) for way in ways]
    rows.append([say("mean of regions, no sign"), "", *mean, "", ""])
    headings = (
        say("Region"), say("observed,\nthousand"), *(say(SHORT[way]) for way in ways),
        say("80 % interval,\nthousand"), "",
    )  # fmt: skip
    show_table(headings, rows)
    click.echo(_wrapped(verdict(test)))
    parts = [
        say("{share} inside the {level} % interval", share=per_cent(100 * test.coverage(level), 0),
            level=level)
        for level in INTERVALS
    ]  # fmt: skip
    click.echo(_wrapped(
        say("Of {n} numbers (regions and years): {parts}.", n=test.region_years,
            parts="; ".join(parts))
    ))  # fmt: skip
    click.echo()
    events = [
        [
            say(str(row["event"])), str(row["year"]), thousand(row["registered"]),
            thousand(row["forecast"]),
            per_cent(100 * (row["forecast"] / row["registered"] - 1), 1, signed=True),
            f"{thousand(row['low_80'])}\u2013{thousand(row['high_80'])}",
        ]
        for row in test.events.to_dict("records")
    ]  # fmt: skip
    show_table(
        (say("The nation"), say("year"), say("registered,\nthousand"), say("forecast"),
         say("error"), say("80 % interval")),
        events,
    )  # fmt: skip


def _show_summary(tests: Sequence[Backtest]) -> None:
    """Every origin in a row: errors of the regions at the last date, and coverage."""
    click.echo()
    click.echo(say("Mean absolute error of the regions at the last date, by origin, and coverage"))
    ways = (FORECAST, *NAIVE)
    rows = [
        [
            str(test.origin), *(per_cent(100 * test.mean_error(way), 2) for way in ways),
            *(per_cent(100 * test.coverage(level), 0) for level in INTERVALS),
            number(test.region_years),
        ]
        for test in tests
    ]  # fmt: skip
    covered = [
        per_cent(100 * sum(t.coverage(level) * t.region_years for t in tests)
                 / sum(t.region_years for t in tests), 0)
        for level in INTERVALS
    ]  # fmt: skip
    everything = number(sum(test.region_years for test in tests))
    rows.append([say("together"), *[""] * (1 + len(NAIVE)), *covered, everything])
    headings = (
        say("1 January"), *(say(SHORT[way]) for way in (FORECAST, *NAIVE)),
        say("inside 80 %"), say("inside 95 %"), say("numbers"),
    )  # fmt: skip
    show_table(headings, rows)
    click.echo(_wrapped(say(
        "Regions err together when the nation does (births, a wave of moves), so the numbers of "
        "one origin are far fewer pieces of evidence than they are many."
    )))  # fmt: skip


def _show_validation(dataset: Dataset) -> None:
    """How the models of every component forecast its own past, from further origins.

    Those in use, and beside each the best of the others at the same horizons.
    """
    table = _in_use_and_best(dataset.table("estimated/validation"))
    click.echo()
    click.echo(_wrapped(say(
        "Models by component, from every origin that its series allows, never across a break: "
        "those in use (*), and the best of the others at the same horizons. All of them are in "
        "the table estimated/validation."
    )))  # fmt: skip
    rows = []
    keys = ["component", "first", "last", "candidate"]
    for (component, first, last, candidate), part in table.groupby(keys, sort=False):
        value = part.set_index("measure")["value"]
        error = part[part["measure"] == "mean_absolute_error"]
        if error.empty:
            continue
        rows.append([
            say(COMPONENT_WORDS.get(str(component), str(component))), f"{first}\u2013{last}",
            _model(str(candidate)) + (" *" if (part["chosen"] == "yes").any() else ""),
            number(int(error["forecasts"].iloc[0])),
            number(float(error["value"].iloc[0]), 3) + " " + say(str(error["unit"].iloc[0])),
            *(
                per_cent(100 * float(value[name]), 0) if name in value else ""
                for name in ("coverage_80", "coverage_95")
            ),
        ])  # fmt: skip
    headings = (
        say("Component"), say("years\nahead"), say("model"), say("forecasts"),
        *(say(word) for word in MEASURES.values()),
    )  # fmt: skip
    show_table(headings, rows, left=(0, 2))


def _in_use_and_best(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the models in use, and of the best other one of each component and horizon."""
    errors = table[table["measure"] == "mean_absolute_error"].copy()
    # several series of one component (immigration, emigration) are told apart before the comma
    errors["series"] = errors["candidate"].where(errors["candidate"].str.contains(","), "")
    errors["series"] = errors["series"].str.split(",").str[0]
    keys = ["component", "series", "first", "last"]
    others = errors[errors["chosen"] == "no"]
    most = errors.groupby(keys)["forecasts"].transform("max")
    others = others[others["forecasts"] >= most[others.index] / 2]  # few forecasts tell little
    best = others.loc[others.groupby(keys)["value"].idxmin()]
    kept = pd.concat([errors[errors["chosen"] == "yes"], best]).sort_values(
        [*keys, "chosen"], ascending=[True] * 4 + [False]
    )[["component", "candidate", "first", "last"]]
    return kept.merge(table, on=["component", "candidate", "first", "last"], how="left")


def _model(name: str) -> str:
    """The name of a model, its parts between commas each in the language of now."""
    return ", ".join(say(part) for part in name.split(", "))


def _wrapped(text: str) -> str:
    return click.wrap_text(text, width=min(110, width()))


def _plain(dataset: Dataset, tests: Sequence[Backtest]) -> dict[str, object]:
    """Everything as numbers, for programs."""
    frames = pd.concat([test.frame() for test in tests], ignore_index=True)
    events = pd.concat([test.events for test in tests], ignore_index=True)
    return {
        "summary": records(summary_of(tests)),
        "verdict": {str(test.origin): verdict(test) for test in tests},
        "population": records(frames),
        "events": records(events),
        "validation": records(dataset.table("estimated/validation")),
    }
