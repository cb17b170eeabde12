"""Faults of an input: what is wrong, where, and what to do; all of them together.

A room that checks something collects every fault it finds and raises once, so that a
planner mends a file in one go. The shell prints the text of the exception and ends with
its `exit_code`; a traceback never reaches the user.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from forecast.words import say, say_n

SHOWN = 20  # faults printed in full; the rest are counted


@dataclass(frozen=True)
class Fault:
    """One fault: `where` it is (key, row or cell), what is wrong, and the cure."""

    where: str
    message: str
    cure: str = ""

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}; {self.cure}" if self.cure else text


class ForecastError(Exception):
    """What the package raises on purpose. `exit_code` is the shell's: 1 failed, 2 wrong input."""

    exit_code = 1

    def __init__(self, source: object, faults: Iterable[Fault] | str):
        self.source = str(source)
        self.faults = (Fault("", faults),) if isinstance(faults, str) else tuple(faults)
        super().__init__(self.text())

    def text(self) -> str:
        """The message as a user reads it: the source, the number of faults, a line for each."""
        if len(self.faults) == 1:
            return f"{self.source}: {self.faults[0]}" if self.source else str(self.faults[0])
        count = say_n("{n} fault", "{n} faults", len(self.faults))
        lines = [f"{self.source}: {count}" if self.source else count]
        lines += [f"  {fault}" for fault in self.faults[:SHOWN]]
        if len(self.faults) > SHOWN:
            lines.append("  " + say("and {n} more", n=len(self.faults) - SHOWN))
        return "\n".join(lines)


class InputError(ForecastError):
    """A table, scenario, option or argument is wrong. Nothing was computed or written.

    partial : what could be read in spite of it, for further checks; None where nothing could
    """

    exit_code = 2
    partial: object = None


class RunError(ForecastError):
    """Something failed while running: a full disk, an estimate that does not converge."""

    exit_code = 1


def unexpected(error: Exception) -> str:
    """A fault of the program in one line."""
    return say(
        "an unexpected fault ({kind}: {error}); please report it; FORECAST_DEBUG=1 shows where",
        kind=type(error).__name__, error=error,
    )  # fmt: skip


def in_row(number: object, column: object = "") -> str:
    """Where a fault of a table is: its row, and the column where there is one."""
    if not column:
        return say("row {n}", n=number)
    return say("row {row}, {column}", row=number, column=column)


class Faults(list[Fault]):
    """A list of faults that is filled while checking and raised once."""

    def add(self, where: object, message: str, cure: str = "") -> None:
        self.append(Fault(str(where), message, cure))


@contextmanager
def collect(source: object) -> Iterator[Faults]:
    """Collect faults about `source`; raise one InputError with all of them at the end."""
    faults = Faults()
    yield faults
    if faults:
        raise InputError(source, faults)


@contextmanager
def gathering(faults: Faults) -> Iterator[None]:
    """What is wrong inside the block joins the faults that are told together."""
    try:
        yield
    except InputError as error:
        for fault in error.faults:
            where = ": ".join(part for part in (error.source, fault.where) if part)
            faults.add(where, fault.message, fault.cure)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word nearest to `word`, or None when nothing is near."""
    folded = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(str(word).casefold(), list(folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str], listed: int = 8) -> str:
    """The cure for an unknown word: the nearest known one, or the list of what is known."""
    known = list(known)
    near = nearest(word, known)
    if near is not None:
        return say("did you mean '{near}'?", near=near)
    if not known:
        return ""
    shown = ", ".join(known[:listed]) + (", ..." if len(known) > listed else "")
    return say("known: {names}", names=shown)
