"""Commands that ask: figures of a run, how likely something is, how well it was foreseen, data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from forecast import options
from forecast.shell import Spoken, SpokenGroup
from forecast.words import say

if TYPE_CHECKING:
    from forecast.errors import Faults


MOST_NUMBERS = 500  # years that a range between two numbers may hold
LONGEST = 9  # digits of a year or of a number of years


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


def plot_command() -> click.Command:
    return Spoken(
        "plot",
        callback=_plot,
        short_help=say("draw figures of a run, moves between regions among them"),
        help=say(
            "Draw figures of a run folder, or of a scenario, which is run without saving. Kinds: "
            "{kinds}.",
            kinds=", ".join((*options.FIGURE_KINDS, "all")),
        ),
        examples=[
            ("forecast plot results/baseline all --out figures", say("every figure of a run")),
            ("forecast plot results/baseline flows flow_map",
             say("who moves where: a circle, and arrows on the map")),
            ("forecast plot results/baseline flows --region NAME --year 2028",
             say("from where one region gets people in one year, and where they go")),
            ("forecast plot all-announced flow_map --other baseline --format png,pdf",
             say("what a scenario changes in the moves")),
            ("forecast plot results/baseline pyramid --with all-announced --size column",
             say("two scenarios over each other, as wide as a column of text")),
        ],
        params=[
            click.Argument(["run"], metavar=say("RUN")),
            click.Argument(["kinds"], nargs=-1, required=True, metavar=say("KIND...")),
            click.Option(
                ["--region"], metavar=say("REGION"), help=say("one region instead of all")
            ),
            click.Option(
                ["--year"], type=int, metavar="Y",
                help=say("one year instead of the mean of the run (of flows), of the last (of "
                         "stocks)"),
            ),
            click.Option(
                ["--other"], metavar=say("RUN"),
                help=say("the difference: the first run less this one"),
            ),
            click.Option(
                ["--with", "overlay"], metavar=say("RUN"), multiple=True,
                help=say("another run laid over the pyramid; may be given three times"),
            ),
            click.Option(
                ["--size"], metavar="SIZE",
                help=say("column (8 cm), page (16 cm, the default), slide, or the width in cm"),
            ),
            click.Option(
                ["--out"], metavar=say("FILE or DIR"),
                help=say("where to write (default: this folder, KIND-region-year.png)"),
            ),
            click.Option(
                ["--format", "formats"], metavar="F,F",
                help=say("png, svg, pdf or several (default png)"),
            ),
            options.data(),
            options.lang(),
            options.quiet(),
        ],
    )  # fmt: skip


def sensitivity_command() -> click.Command:
    return Spoken(
        "sensitivity",
        callback=_sensitivity,
        short_help=say("which assumption moves a result most"),
        help=say(
            "Vary every norm, rate of participation, delivery of growth points and variant alone, "
            "low and high, and show what each does to one result: a table and a figure. Nothing "
            "is saved without --out or --plot."
        ),
        examples=[
            ("forecast sensitivity baseline", say("the labour deficit of the nation")),
            ("forecast sensitivity baseline --of added_need:school_place --region NAME",
             say("school places of one region")),
            ("forecast sensitivity all-announced --of population --plot tornado.png",
             say("as a figure")),
        ],
        params=[
            click.Argument(["scenario"], metavar=say("SCENARIO")),
            click.Option(
                ["--of"], default="labour_deficit", metavar=say("MEASURE"),
                help=say("result: population, net_migration, labour_deficit, need:KIND, "
                         "added_cost:KIND, arrivals:POINT and others (default labour_deficit)"),
            ),
            click.Option(["--region"], metavar=say("REGION"), help=say("the nation without it")),
            click.Option(["--year"], type=int, metavar="Y", help=say("year; the last without it")),
            click.Option(
                ["--kind"], metavar=say("KIND"), help=say("facility or growth point of the result")
            ),
            click.Option(
                ["--change"], type=float, default=10.0, metavar="N",
                help=say("per cent up and down where an assumption has no range of its own "
                         "(default 10)"),
            ),
            click.Option(
                ["--top"], type=int, default=12, metavar="N",
                help=say("assumptions shown (default 12); files hold all of them"),
            ),
            click.Option(
                ["--out"], metavar="DIR", help=say("folder for the table and the figure")
            ),
            click.Option(
                ["--plot"], metavar=say("FILE"), help=say("file for the figure (png, svg, pdf)")
            ),
            click.Option(["--until"], type=int, metavar="Y", help=say("last year of the run")),
            options.data(),
            options.lang(),
            options.quiet(),
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
            ("forecast backtest --migration FOLDER --origins 2007-2019 --merge A=B",
             say("models of moves between regions on a panel of your own")),
        ],
        params=[
            click.Option(
                ["--origins"], metavar="Y,Y",
                help=say("1 Januaries to forecast from; last known years with --migration"),
            ),
            click.Option(
                ["--migration"], metavar=say("FOLDER"),
                help=say("a panel of moves (od.csv, and population, distances, drivers if known): "
                         "every model of flows against what came"),
            ),
            click.Option(
                ["--horizons"], metavar="N,N",
                help=say("with --migration: years ahead (default 1,3,5)"),
            ),
            click.Option(
                ["--merge"], metavar="A=B", multiple=True,
                help=say("with --migration: region A counts as part of B; may be repeated"),
            ),
            click.Option(
                ["--since"], type=int, metavar="Y",
                help=say("with --migration: leave out earlier years"),
            ),
            click.Option(
                ["--models"], metavar=say("NAME,NAME"),
                help=say("with --migration: these models alone"),
            ),
            click.Option(
                ["--plot"], metavar=say("FILE"),
                help=say("with --migration: skill by horizon as a figure (png, svg, pdf)"),
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


def _plot(run: str, kinds: tuple[str, ...], lang: str | None, **options: Any) -> None:
    from forecast.commands.plot import plot

    plot(run, kinds, **options)


def _sensitivity(scenario: str, lang: str | None, **options: Any) -> None:
    from forecast.commands.sensitivity import sensitivity

    sensitivity(scenario, **options)


def _backtest(
    origins: str | None,
    draws: int,
    seed: int,
    data: str | None,
    lang: str | None,
    *,
    migration: str | None,
    quiet: bool,
    as_json: bool,
    **flows: Any,
) -> None:
    from forecast.draws import Draws
    from forecast.errors import Faults, InputError

    faults = Faults()
    years = _whole_numbers(origins, "--origins", "2022,2023", faults)
    chosen = _flow_options(flows, faults)
    if migration is None:
        for name in chosen:
            faults.add(f"--{name}", say("needs --migration FOLDER"))
    elif data is not None:
        faults.add("--data", say("a panel of moves needs no data package; leave it out"))
    if faults:
        raise InputError("", faults)
    if migration is not None:
        from forecast.commands.backtest_flows import run_backtest_flows

        drawn = Draws(draws, seed)
        run_backtest_flows(
            migration, origins=years, draws=drawn.count, seed=drawn.seed, quiet=quiet,
            as_json=as_json, **chosen,
        )  # fmt: skip
        return
    from forecast.commands.backtest import run_backtest

    run_backtest(data, origins=years, draws=Draws(draws, seed), quiet=quiet, as_json=as_json)


def _flow_options(given: dict[str, Any], faults: Faults) -> dict[str, Any]:
    """The options of --migration that were given, as what they mean."""
    chosen: dict[str, Any] = {
        name: given[name] for name in ("since", "plot") if given[name] is not None
    }
    if given["horizons"] is not None:
        chosen["horizons"] = _whole_numbers(given["horizons"], "--horizons", "1,3,5", faults)
    if given["models"] is not None:
        chosen["models"] = [name.strip() for name in given["models"].split(",") if name.strip()]
        if not chosen["models"]:
            faults.add("--models", say("nothing is named; write for instance {example}",
                                       example="pooled,trend"))  # fmt: skip
    if given["merge"]:
        chosen["merge"] = _merges(given["merge"], faults)
    return chosen


def _merges(words: Sequence[str], faults: Faults) -> dict[str, str]:
    """{region: region of which it is a part}."""
    found: dict[str, str] = {}
    for word in words:
        part, _, whole = (name.strip() for name in word.partition("="))
        if not part or not whole or "=" in whole:
            faults.add("--merge", say("'{word}' is not of the form A=B", word=word))
        elif part == whole:
            faults.add("--merge", say("{name} cannot be a part of itself", name=part))
        elif found.get(part, whole) != whole:
            faults.add("--merge", say("{name} is made a part of two regions", name=part))
        else:
            found[part] = whole
    return found


def _whole_numbers(text: str | None, option: str, example: str, faults: Faults) -> list[int]:
    """Numbers between commas; 2007-2019 is every one of them."""
    found: list[int] = []
    wrong = len(faults)
    for word in (text or "").replace(",", " ").split():
        first, _, last = word.partition("-")
        last = last or first
        if not (first.isascii() and first.isdecimal() and last.isascii() and last.isdecimal()):
            faults.add(option, say("'{word}' is no whole number; write for instance {example}",
                                   word=word, example=example))  # fmt: skip
        elif (
            max(len(first), len(last)) > LONGEST
            or not int(first) <= int(last) <= int(first) + MOST_NUMBERS
        ):
            faults.add(option, say("'{word}' goes backwards or too far", word=word))
        else:
            found += range(int(first), int(last) + 1)
    if text is not None and not found and len(faults) == wrong:
        faults.add(option, say("nothing is named; write for instance {example}", example=example))
    return found


def _describe(data: str | None, lang: str | None, as_json: bool) -> None:
    from forecast.commands.data import describe

    describe(data, as_json=as_json)


def _check_data(data: str | None, lang: str | None, as_json: bool) -> int:
    from forecast.commands.data import check

    return check(data, as_json=as_json)


def _build_data(data: str | None, lang: str | None, quiet: bool) -> None:
    from forecast.commands.data import build as build_tables

    build_tables(data, quiet=quiet)
