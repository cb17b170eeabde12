"""How far a job of many parts is, and how long it will still take."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from forecast.shell import tell
from forecast.words import say
from forecast.words.digits import number

MINUTES = 100.0  # seconds, from which minutes are told


class Advance(Protocol):
    """Tells that a part is done: a text, how large it was, whether it took work at all."""

    def __call__(self, text: str, *, size: float = 1.0, worked: bool = True) -> None: ...


class Clock:
    """The time left, from what the parts so far took; `whole` is the size of all of them."""

    def __init__(self, whole: float, now: Callable[[], float] = time.monotonic):
        self.whole, self.done, self.now = whole, 0.0, now
        self.start = self.last = now()

    def part(self, size: float, *, worked: bool) -> None:
        """A part is over; one that took no work says nothing of the others."""
        self.last = self.now()
        if worked:
            self.done += size
        else:
            self.whole -= size
            self.start = self.start if self.done else self.last

    def left(self) -> float | None:
        """Seconds; None where nobody can know yet, or nothing is left."""
        if not 0 < self.done < self.whole - 1e-9:
            return None
        each = (self.last - self.start) / self.done
        return max(each * (self.whole - self.done) - (self.now() - self.last), 0.0)

    def words(self) -> str:
        """The time left, in words; empty where there is nothing to say."""
        seconds = self.left()
        if seconds is None:
            return ""
        if seconds < MINUTES:
            return say("about {n} s left", n=number(max(seconds, 1.0)))
        return say("about {n} min left", n=number(seconds / 60))


@contextmanager
def progress(count: int, *, whole: float | None = None, quiet: bool = False) -> Iterator[Advance]:
    """Tells how far a job of `count` parts is: call what it yields with a text for each part.

    whole : the size of all parts; without it each counts 1
    A bar on a terminal, with the time left; off it a line for each part, on the error stream.
    """
    clock, done = Clock(float(count) if whole is None else whole), 0

    def line(text: str, *, size: float = 1.0, worked: bool = True) -> None:
        nonlocal done
        done += 1
        clock.part(size, worked=worked)
        left = clock.words()
        tail = f" ({left})" if left else ""
        place = say("{place} of {count}: ", place=done, count=count)
        tell(place + text + tail, quiet=quiet)

    if quiet or not sys.stderr.isatty():
        yield line
        return
    with _bar(clock) as bar:
        task = bar.add_task("", total=clock.whole, place=f"0/{count}")

        def move(text: str, *, size: float = 1.0, worked: bool = True) -> None:
            nonlocal done
            done += 1
            clock.part(size, worked=worked)
            bar.update(task, completed=clock.done, total=clock.whole, place=f"{done}/{count}",
                       description=text)  # fmt: skip

        yield move


def _bar(clock: Clock) -> Any:
    """The bar of a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn
    from rich.text import Text

    class Left(ProgressColumn):
        def render(self, task: object) -> Text:
            return Text(clock.words())

    columns = (
        BarColumn(),
        TextColumn("{task.fields[place]}"),
        TimeElapsedColumn(),
        Left(),
        TextColumn("{task.description}"),
    )
    console = Console(stderr=True, highlight=False)
    return Progress(*columns, console=console, transient=True)
