"""Commands that ask: how likely something is, how well it was foreseen, what the data holds."""

from __future__ import annotations

from typing import Any

import click

from forecast import options
from forecast.shell import Spoken, SpokenGroup
from forecast.words import say


def chance_command() -> click.Command:
    return Spoken(
        "chance",
        callback=_chance,
        short_help=say("how likely an event is in a run with draws"),
        help=say(
            "The share of the draws of a finished run in which a measure of one year lies above, "
            "below or between bounds."
        ),
        examples=[
            ("forecast chance results/baseline --region NAME --year 2031 --above 2000000",
             say("more than two million people on 1 January 2031")),
        ],
        params=[
            click.Argument(["run"], metavar=say("FOLDER")),
            click.Option(
                ["--measure"], default="population", metavar=say("MEASURE"),
                help=say("measure of the table samples (default population)"),
            ),
            click.Option(
                ["--region"], metavar=say("REGION"), help=say("the nation without it")
            ),
            click.Option(["--year"], type=int, required=True, metavar="Y", help=say("year")),
            click.Option(["--above"], type=float, metavar="N", help=say("lower bound")),
            click.Option(["--below"], type=float, metavar="N", help=say("upper bound")),
            options.lang(),
            options.json(),
        ],
    )  # fmt: skip


def backtest_command() -> click.Command:
    return Spoken(
        "backtest",
        callback=_backtest,
        short_help=say("how the forecast would have done from earlier dates"),
        help=say(
            "Estimate everything again from what was published before earlier dates, forecast the "
            "present and hold it against what came, beside forecasts that need no model."
        ),
        examples=[
            ("forecast backtest", say("from every date of the present regions")),
            ("forecast backtest --origins 2023 --json", say("one date, for programs")),
        ],
        params=[
            click.Option(
                ["--origins"], metavar="Y,Y", help=say("1 Januaries to forecast from")
            ),
            *options.draws(400),
            options.data(),
            options.lang(),
            options.quiet(),
            options.json(),
        ],
    )  # fmt: skip


def data_group() -> click.Group:
    group = SpokenGroup(
        "data",
        short_help=say("describe, check and build the data package"),
        help=say("Work with a data package: what it holds, whether it is sound, its estimates."),
    )
    described = Spoken(
        "describe", callback=_describe, short_help=say("what each table holds"),
        help=say("Rows, years, regions, status and source of each table."),
        params=[options.data(), options.lang(), options.json()],
    )  # fmt: skip
    checked = Spoken(
        "check", callback=_check_data, short_help=say("check the tables and the balances"),
        help=say("Check every table against its declaration and the balances between them."),
        params=[
            options.data(),
            options.lang(),
            options.json(),
        ],
    )  # fmt: skip
    built = Spoken(
        "build", callback=_build_data, short_help=say("estimate what is not published"),
        help=say(
            "Write the estimated tables of a package: ages, rates, moves. The same figures give "
            "the same files."
        ),
        params=[options.data(), options.lang(), options.quiet()],
    )  # fmt: skip
    for command in (described, checked, built):
        group.add_command(command)
    return group


def _chance(run: str, lang: str | None, **options: Any) -> None:
    from forecast.commands.chance import print_chance

    print_chance(run, **options)


def _backtest(
    origins: str | None, draws: int, seed: int, data: str | None, lang: str | None, **options: Any
) -> None:
    from forecast.commands.backtest import run_backtest
    from forecast.draws import Draws
    from forecast.errors import InputError

    try:
        years = [int(word) for word in (origins or "").replace(",", " ").split()]
    except ValueError:
        raise InputError("--origins", say("write years, for instance 2022,2023")) from None
    run_backtest(data, origins=years, draws=Draws(draws, seed), **options)


def _describe(data: str | None, lang: str | None, as_json: bool) -> None:
    from forecast.commands.data import describe

    describe(data, as_json=as_json)


def _check_data(data: str | None, lang: str | None, as_json: bool) -> int:
    from forecast.commands.data import check

    return check(data, as_json=as_json)


def _build_data(data: str | None, lang: str | None, quiet: bool) -> None:
    from forecast.commands.data import build as build_tables

    build_tables(data, quiet=quiet)
