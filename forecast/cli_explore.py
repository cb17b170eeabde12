"""The command that opens the page on which scenarios are explored."""

from __future__ import annotations

from typing import Any

import click

from forecast import options
from forecast.shell import Spoken
from forecast.words import say

HOST, PORT = "127.0.0.1", 8050


def explore_command() -> click.Command:
    return Spoken(
        "explore",
        callback=_explore,
        short_help=say("open a page to move levers and see what they change"),
        help=say(
            "Open a local page: choose scenarios, move the levers of a planner, see map, age "
            "pyramid, population, labour deficits and needs, and download figures and the "
            "scenario file. It works without a network and is seen on this machine alone."
        ),
        examples=[
            ("forecast explore", say("the page of the shipped data package")),
            ("forecast explore --lang ru --port 0", say("in Russian, on any free port")),
            ("forecast explore results/baseline --draws 200",
             say("a finished run beside the scenarios; intervals on request")),
        ],
        params=[
            click.Argument(["runs"], nargs=-1, metavar=say("RUN...")),
            options.data(),
            click.Option(
                ["--port"], type=int, default=PORT, metavar="N",
                help=say("port of the page, 0 for a free one (default {port})", port=PORT),
            ),
            click.Option(
                ["--host"], default=HOST, metavar=say("ADDRESS"),
                help=say("address to listen on (default {host}: this machine alone)", host=HOST),
            ),
            *options.draws(),
            click.Option(
                ["--browser/--no-browser"], default=None,
                help=say("open the page in the browser (default: from a terminal)"),
            ),
            options.lang(),
        ],
    )  # fmt: skip


def _explore(runs: tuple[str, ...], lang: str | None, **chosen: Any) -> None:
    from forecast.commands.explore import explore

    explore(runs, **chosen)
