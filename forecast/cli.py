"""The shell: forecast run, list, check, data. Data on the output, all else on the error stream."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from forecast import options, shell
from forecast.cli_ask import (
    backtest_command,
    chance_command,
    data_group,
    plot_command,
    sensitivity_command,
)
from forecast.cli_explore import explore_command
from forecast.cli_indicators import indicators_command
from forecast.cli_match import match_command
from forecast.cli_query import query_command
from forecast.cli_quota import quota_command
from forecast.cli_report import report_command
from forecast.cli_score import score_command
from forecast.cli_settle import retention_command
from forecast.errors import ForecastError, unexpected
from forecast.shell import Spoken, SpokenGroup, tell
from forecast.version import __version__
from forecast.words import say

RESULTS = "results"
DONE, FAILED, WRONG, INTERRUPTED = 0, 1, 2, 130
# A group that is called without a command; click before 8.2 prints its help by itself.
NO_ARGUMENTS: Any = getattr(click.exceptions, "NoArgsIsHelpError", ())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code: 0 done, 1 failed, 2 wrong input."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    shell.open_streams()
    shell.listen(words)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _terminated)
    try:
        result = build().main(args=words, prog_name="forecast", standalone_mode=False)
        sys.stdout.flush()
        return int(result) if isinstance(result, int) else DONE
    except ForecastError as error:
        return _refuse(str(error), error.exit_code)
    except NO_ARGUMENTS as error:
        click.echo(error.ctx.get_help() if error.ctx else "")
        return WRONG
    except click.UsageError as error:
        return _refuse(shell.usage_fault(error), WRONG)
    except (KeyboardInterrupt, click.Abort):
        return _refuse(say("interrupted; nothing is left half written"), INTERRUPTED)
    except BrokenPipeError:
        shell.mute()
        return DONE
    except OSError as error:
        reason = error.strerror or str(error)
        return _refuse(say("the output cannot be written ({reason})", reason=reason), FAILED)
    except Exception as error:  # noqa: BLE001 - the last door: one line, never a traceback
        if os.environ.get("FORECAST_DEBUG"):
            raise
        return _refuse(unexpected(error), FAILED)


def _terminated(number: int, _frame: object) -> None:
    """End as on an interrupt, so that nothing is left half written."""
    raise SystemExit(128 + number)


def _refuse(text: str, code: int) -> int:
    tell(f"forecast: {text}")
    return code


def build() -> click.Group:
    """The commands, with their help in the language of now."""
    group = SpokenGroup(
        "forecast",
        params=[options.lang()],
        callback=_chosen,
        help=say(
            "Regional population, labour and infrastructure forecasts for growth-point scenarios."
        ),
        examples=[
            ("forecast run baseline", say("the forecast without new growth points")),
            ("forecast run atyrau-petrochemicals --lang ru", say("a growth point, in Russian")),
            ("forecast list", say("the scenarios that are ready to run")),
            ("forecast init my-plant", say("a scenario of your own")),
            ("forecast compare baseline all-announced", say("what a scenario changes")),
            ("forecast plot baseline flows", say("who moves where, as a figure")),
            ("forecast report results/baseline", say("a report in Word")),
            ("forecast data describe", say("what figures stand behind it")),
        ],
    )
    version = say("forecast {version}", version=__version__)
    click.version_option(
        __version__, message=version, help=say("Show the version and end.")
    )(group)  # fmt: skip
    group.add_command(_run_command())
    group.add_command(_list_command())
    group.add_command(_check_command())
    group.add_command(_compare_command())
    group.add_command(plot_command())
    group.add_command(report_command())
    group.add_command(explore_command())
    group.add_command(sensitivity_command())
    group.add_command(chance_command())
    group.add_command(query_command())
    group.add_command(indicators_command())
    group.add_command(quota_command())
    group.add_command(backtest_command())
    group.add_command(match_command())
    group.add_command(score_command())
    group.add_command(retention_command())
    group.add_command(_init_command())
    group.add_command(_schema_command())
    group.add_command(data_group())
    return group


def _chosen(lang: str | None) -> None:
    """--lang was heard before the commands were built, so that their help speaks it too."""


def _run_command() -> click.Command:
    return Spoken(
        "run",
        callback=_run,
        short_help=say("run scenarios and write their results"),
        help=say(
            "Run one scenario or several and write a folder of tables, figures and a manifest "
            "for each."
        ),
        examples=[
            ("forecast run baseline", say("into results/baseline")),
            ("forecast run baseline atyrau-petrochemicals", say("two scenarios")),
            ("forecast run my.yml --until 2035 --out drafts", say("an own file, a longer horizon")),
            ("forecast run baseline --draws 500", say("with intervals and chances")),
            ("forecast run a b c --workers tcp://HOST:8786", say("on a cluster")),
        ],
        params=[
            click.Argument(["scenarios"], nargs=-1, required=True, metavar=say("SCENARIO...")),
            options.data(),
            click.Option(
                ["--until"], type=int, metavar="Y", help=say("last year of the run")
            ),
            *options.draws(),
            click.Option(
                ["--out"], default=RESULTS, metavar="DIR",
                help=say("folder for the results (default results)"),
            ),
            click.Option(
                ["--workers"], metavar="N",
                help=say(
                    "scenarios that run at the same time (default: one for each processor), or "
                    "the address of a Dask cluster, tcp://HOST:PORT"
                ),
            ),
            click.Option(
                ["--figures/--no-figures"], default=None,
                help=say("draw the figures (default: of one scenario, not of several)"),
            ),
            click.Option(
                ["--again"], is_flag=True,
                help=say("compute anew what was finished before with the same inputs"),
            ),
            options.lang(),
            options.quiet(),
            options.json(),
        ],
    )  # fmt: skip


def _list_command() -> click.Command:
    return Spoken(
        "list",
        callback=_list,
        short_help=say("list the scenarios"),
        help=say("List the scenarios of this folder and those that come with the package."),
        params=[options.lang(), options.json()],
    )


def _check_command() -> click.Command:
    return Spoken(
        "check",
        callback=_check,
        short_help=say("show what a scenario resolves to"),
        help=say("Check scenarios and show what each resolves to and which file set each value."),
        examples=[
            ("forecast check my-plant", say("every value and the file that set it")),
            (
                "forecast check alatau-general-plan --plan",
                say("the numbers of a plan against each other and the forecast"),
            ),
        ],
        params=[
            click.Argument(["scenarios"], nargs=-1, required=True, metavar=say("SCENARIO...")),
            click.Option(
                ["--plan"],
                is_flag=True,
                help=say(
                    "hold the numbers of each plan against each other, norms and the forecast"
                ),
            ),
            options.data(),
            options.lang(),
            options.json(),
        ],
    )


def _compare_command() -> click.Command:
    return Spoken(
        "compare",
        callback=_compare,
        short_help=say("what one scenario changes against another"),
        help=say(
            "Compare two scenarios or two run folders: the second less the first, by region, year "
            "and component. Scenarios are run, nothing is saved."
        ),
        examples=[
            ("forecast compare baseline alatau-general-plan", say("all regions at the horizon")),
            ("forecast compare baseline baseline+fertility-high --region NAME",
             say("one region, or the nation, year by year")),
            ("forecast compare results/a results/b --csv difference.csv",
             say("two finished runs, the whole table into a file")),
            ("forecast compare baseline north-resettlement --account --plot why.png",
             say("what the differences come from, with a figure")),
        ],
        params=[
            click.Argument(["one"], metavar=say("FIRST")),
            click.Argument(["other"], metavar=say("SECOND")),
            options.data(),
            click.Option(["--until"], type=int, metavar="Y", help=say("last year of the run")),
            click.Option(
                ["--region"], metavar=say("REGION"), help=say("the years of one region")
            ),
            click.Option(
                ["--csv"], metavar=say("FILE"), help=say("write the whole table to a file")
            ),
            click.Option(
                ["--account"], is_flag=True,
                help=say("tell what the differences come from: population, labour deficit, need"),
            ),
            click.Option(
                ["--plot"], metavar=say("FILE"),
                help=say("file for the figure of the account (png, svg, pdf)"),
            ),
            options.lang(),
            options.quiet(),
            options.json(),
        ],
    )  # fmt: skip


def _init_command() -> click.Command:
    return Spoken(
        "init",
        callback=_init,
        short_help=say("write a new scenario file with comments"),
        help=say(
            "Write a commented scenario file that runs as it is; nothing is ever overwritten."
        ),
        examples=[("forecast init my-plant", say("into scenarios/my-plant.yml"))],
        params=[
            click.Argument(["name"], metavar=say("NAME")),
            click.Option(["--region"], metavar=say("REGION"), help=say("region of the example")),
            options.data(),
            options.lang(),
        ],
    )


def _schema_command() -> click.Command:
    return Spoken(
        "schema",
        callback=_schema,
        short_help=say("print the scenario language for editors"),
        help=say(
            "Print the JSON Schema of scenario files, so that an editor completes and underlines."
        ),
        examples=[
            ("forecast schema > scenario.schema.json", say("for an editor")),
            ("forecast schema --guide", say("every key in a table, Markdown")),
        ],
        params=[
            click.Option(
                ["--guide"], is_flag=True, help=say("print the reference as Markdown tables")
            ),
            options.lang(),
        ],
    )


def _run(
    scenarios: tuple[str, ...],
    data: str | None,
    out: str,
    lang: str | None,
    draws: int | None,
    seed: int,
    **options: Any,
) -> int:
    from forecast.commands.workers import get_ready

    if len(scenarios) > 1 and options["workers"] != "1" and "://" not in str(options["workers"]):
        get_ready()
    from forecast.commands.run import run_batch
    from forecast.draws import Draws

    drawn = Draws.of(draws, seed)
    return run_batch(scenarios, data, out=Path(out), draws=drawn, **options)


def _list(lang: str | None, as_json: bool) -> None:
    from forecast.commands.scenarios import print_scenarios

    print_scenarios(as_json=as_json)


def _check(
    scenarios: tuple[str, ...], plan: bool, data: str | None, lang: str | None, as_json: bool
) -> None:
    if plan:
        from forecast.commands.audit import print_audit

        print_audit(scenarios, data, as_json=as_json)
        return
    from forecast.commands.scenarios import print_check

    print_check(scenarios, data, as_json=as_json)


def _compare(one: str, other: str, lang: str | None, **options: Any) -> None:
    from forecast.commands.compare import compare

    compare(one, other, **options)


def _init(name: str, region: str | None, data: str | None, lang: str | None) -> None:
    from forecast.commands.language import init

    init(name, data=data, region=region)


def _schema(guide: bool, lang: str | None) -> None:
    from forecast.commands.language import print_schema

    print_schema(guide=guide)
