"""How the command line speaks: help, usage and faults in the user's language."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from io import StringIO, TextIOWrapper
from typing import Any, Literal

import click

from forecast.errors import InputError, did_you_mean
from forecast.words import LANGUAGES, say, speak, users_language
from forecast.words.digits import NO_BREAK

GAP = 3  # between two columns of a table
FILE_WIDTH = 400
KEPT = "\ue000"  # stands for a no-break space while lines are broken: rich breaks at every space


def listen(arguments: Sequence[str]) -> str:
    """Choose the language before anything is printed: --lang, else the user's."""
    lang = users_language()
    for place, word in enumerate(arguments):
        if word.startswith("--lang="):
            lang = word.removeprefix("--lang=")
        elif word == "--lang" and place + 1 < len(arguments):
            lang = arguments[place + 1]
    speak(lang if lang in LANGUAGES else users_language())
    return lang


class Spoken(click.Command):
    """A command whose help shows examples first, in the language of now."""

    examples: tuple[tuple[str, str], ...] = ()

    def __init__(self, *args: Any, examples: Sequence[tuple[str, str]] = (), **options: Any):
        super().__init__(*args, **options)
        self.examples = tuple(examples)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = say("Show this text and end.")
        return option

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.help:
            formatter.write_text(self.help)
        self._format_examples(formatter)
        pieces = " ".join(self.collect_usage_pieces(ctx))
        with formatter.section(say("Usage")):
            formatter.write_text(f"{ctx.command_path} {pieces}".strip())
        self._format_commands(ctx, formatter)
        self._format_options(ctx, formatter)

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        arguments = [p.metavar or str(p.name) for p in self.params if isinstance(p, click.Argument)]
        options = say("options")  # out of the f-string, where the extractor would not see it
        return [f"[{options}]", *arguments]

    def _format_examples(self, formatter: click.HelpFormatter) -> None:
        if self.examples:
            with formatter.section(say("Examples")):
                formatter.write_dl(list(self.examples))

    def _format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        records = [
            record
            for param in self.get_params(ctx)
            if isinstance(param, click.Option) and (record := param.get_help_record(ctx))
        ]
        if records:
            with formatter.section(say("Options")):
                formatter.write_dl(records)

    def _format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """A single command has none; a group lists them."""


class SpokenGroup(Spoken, click.Group):
    """A group of commands that answers a mistyped command with the nearest one."""

    command_class = Spoken

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        options = say("options")
        return [say("COMMAND"), f"[{options}]"]

    def _format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, self.commands[name].get_short_help_str(70)) for name in self.commands]
        with formatter.section(say("Commands")):
            formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            message = say("no command '{name}'", name=args[0])
            raise InputError("", message + "; " + did_you_mean(args[0], self.commands))
        return super().resolve_command(ctx, args)


def usage_fault(error: click.UsageError) -> str:
    """What is wrong with the command, in the language of now."""
    if isinstance(error, click.NoSuchOption):
        params = error.ctx.command.params if error.ctx else []
        known = [o for p in params if isinstance(p, click.Option) for o in p.opts]
        message = say("no option '{name}'", name=error.option_name)
        return f"{message}; {did_you_mean(error.option_name, known)}"
    if isinstance(error, click.MissingParameter) and error.param is not None:
        name = error.param.human_readable_name
        command = error.ctx.command_path if error.ctx else "forecast"
        return say("{name} is missing; see '{command} --help'", name=name, command=command)
    if isinstance(error, click.BadParameter) and error.param is not None:
        name = error.param.opts[0]
        if isinstance(error.param.type, click.Choice):
            choices = ", ".join(str(choice) for choice in error.param.type.choices)
            return say("{name} takes one of: {known}", name=name, known=choices)
        if isinstance(error.param.type, click.types.IntParamType):
            return say("{name} takes a whole number", name=name)
        return f"{name}: {error.format_message()}"
    if isinstance(error, click.BadOptionUsage):
        return say("option '{name}' needs a value", name=error.option_name)
    command = error.ctx.command_path if error.ctx else "forecast"
    return say("the command is not understood; see '{command} --help'", command=command)


def tell(text: str = "", *, quiet: bool = False) -> None:
    """A remark to the user: on the error stream, so that data on the output stays clean."""
    if not quiet:
        with suppress(BrokenPipeError):
            click.echo(text, err=True)


def show_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    left: Sequence[int] = (0,),
    wrapped: Sequence[int] = (),
) -> None:
    """Rows under headings on the output; the columns `left` to the left, the others right;
    those `wrapped` may take several lines on a narrow terminal.

    Off a terminal the table keeps its full width, so that nothing is cut in a file.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    room = width()
    for part in _parts(headings, rows, wrapped, room):
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
        for place in part:
            justify: Literal["left", "right"] = "left" if place in left else "right"
            fold = place in wrapped
            table.add_column(headings[place], justify=justify, no_wrap=not fold, overflow="fold")
        for row in rows:
            table.add_row(*(row[place].replace(NO_BREAK, KEPT) for place in part))
        text = StringIO()
        Console(highlight=False, width=room, file=text).print(table)
        click.echo(text.getvalue().rstrip("\n").replace(KEPT, NO_BREAK))


def _parts(
    headings: Sequence[str], rows: Sequence[Sequence[str]], wrapped: Sequence[int], room: int
) -> list[list[int]]:
    """The columns of a table that is too wide, side by side as far as they fit; none is cut.

    Each part begins with the first column.
    """
    sizes = [
        max(max(len(line) for cell in cells for line in cell.split("\n")), 1)
        for cells in zip(headings, *rows, strict=True)
    ]
    for place in wrapped:
        sizes[place] = min(sizes[place], 24)
    parts = [[0]]
    for place in range(1, len(sizes)):
        used = sum(sizes[k] + GAP for k in (*parts[-1], place))
        if used > room and len(parts[-1]) > 1:
            parts.append([0])
        parts[-1].append(place)
    return parts


def width() -> int:
    """Columns of the user's terminal; a file takes lines of any length."""
    if not sys.stdout.isatty():
        return FILE_WIDTH
    return shutil.get_terminal_size().columns


@contextmanager
def heard() -> Iterator[None]:
    """Go on when nobody reads the output any more (`forecast run ... | head -1`)."""
    try:
        yield
    except BrokenPipeError:
        mute()


def mute() -> None:
    """Send what is still printed to nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def open_streams() -> None:
    """Make the streams ready for every letter: a sign that a terminal lacks becomes '?'."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the caller
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
