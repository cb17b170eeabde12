"""`forecast explore`: the page on which levers are moved, on this machine."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Sequence

import click

from forecast import api
from forecast.commands.asked import gathering, is_run, run_near
from forecast.draws import Draws
from forecast.errors import Faults, InputError
from forecast.explorer.serve import address_of, is_loopback, listening, serve
from forecast.levers import Board
from forecast.shell import tell
from forecast.words import language, say

PACKAGE = "growth-point-forecast[explorer]"


def explore(
    runs: Sequence[str] = (),
    *,
    data: str | None = None,
    host: str,
    port: int,
    draws: int | None = None,
    seed: int = 1,
    browser: bool | None = None,
) -> None:
    """Serve the page until it is interrupted, and name its address.

    runs    : folders of finished runs, offered beside the named scenarios
    draws   : of runs with intervals, which the page then offers
    browser : whether to open it; where a screen is at hand without it
    Raises InputError with all faults; then nothing is served.
    """
    faults = Faults()
    with gathering(faults):
        _refuse_missing()
    for name in runs:
        if not is_run(name):
            faults.add(name, say("there is no finished run here"), run_near(name) or "")
    with gathering(faults):
        Draws.of(draws, seed)
    with gathering(faults):
        dataset = api.load_dataset(data)
    if faults:
        raise InputError("", faults)
    found = listening(host, port)
    with found:
        from forecast.explorer.page import build
        from forecast.explorer.state import Workshop

        board = Board(dataset, runs)
        app = build(Workshop(board, draws or 0, seed), language())
        address = address_of(found)
        try:
            _announce(address, everybody=not is_loopback(found))
            if browser or (browser is None and sys.stdout.isatty()):
                webbrowser.open(address)
            serve(app, found)
        except KeyboardInterrupt:  # the server itself ends on one without a word
            pass
        tell(say("The page is closed."))


def _announce(address: str, *, everybody: bool) -> None:
    """Name the address, on the output for a program and in words for a planner."""
    click.echo(address)
    sys.stdout.flush()
    if everybody:
        tell(say("Everybody who reaches this machine over the network can open the page."))
    tell(say("The page is open at {address}; Ctrl+C ends it.", address=address))


def _refuse_missing() -> None:
    """Raise InputError where the framework of the page is not installed."""
    try:
        import dash  # noqa: F401
    except ImportError as error:
        message = say(
            "the explorer needs the library 'dash', which is not installed; install it: "
            "pip install '{package}'",
            package=PACKAGE,
        )  # fmt: skip
        raise InputError("", message) from error
