"""docs/cli.md: every command with its options and examples, from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from forecast import words
from forecast.cli import DONE, FAILED, INTERRUPTED, WRONG, build

PAGE = Path(__file__).with_name("cli.md")
HEAD = f"""\
# Commands

Written by `make docs` from the commands; `forecast COMMAND --help` says the same, in English,
Russian or Kazakh (`--lang`, else the language of the machine).

Data goes to the output, remarks to the error stream; `--json` and `--quiet` are for scripts. Where
a command takes a run, it takes a run folder; many take the name of a scenario as well.

| exit code | when |
|---|---|
| {DONE} | done |
| {FAILED} | something failed while running, a check did not hold, or rows of a file were left out |
| {WRONG} | the command or its input is wrong: nothing was done (of a batch: the rest was) |
| {INTERRUPTED} | interrupted; nothing is left half written |

`FORECAST_LANG` sets the language, `FORECAST_DEBUG=1` shows where an unexpected fault arose,
`NO_COLOR` switches colours off.
"""


def cli_page() -> str:
    """The page as it stands in the file."""
    words.speak("en")
    group = build()
    context = click.Context(group, info_name="forecast")
    rows = [
        f"| [`{' '.join(named)}`](#{'-'.join(named)}) | {command.short_help} |"
        for named, command in ((("forecast", *path), found) for path, found in commands(group))
    ]
    parts = [HEAD, "| command | what it does |\n|---|---|\n" + "\n".join(rows) + "\n"]
    for path, command in commands(group):
        name = "forecast " + " ".join(path)
        inner = click.Context(command, parent=context, info_name=" ".join(path))
        parts.append(_section(name, command, inner))
    return "\n".join(parts)


def commands(group: click.Group) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that call it, groups opened."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            for inner, found in command.commands.items():
                yield (name, inner), found
        else:
            yield (name,), command


def _section(name: str, command: click.Command, context: click.Context) -> str:
    pieces = " ".join(command.collect_usage_pieces(context))
    lines = [
        f"## {name}",
        "",
        _cell(str(command.help)),
        "",
        "```",
        f"{name} {pieces}".strip(),
        "```",
    ]
    examples = getattr(command, "examples", ())
    if examples:
        width = max(len(line) for line, _ in examples)
        shown = [f"{line:<{width}}   # {what}" for line, what in examples]
        lines += ["", "```", *shown, "```"]
    rows = [_option(param, context) for param in command.params if isinstance(param, click.Option)]
    if rows:
        lines += ["", "| option | what it does |", "|---|---|", *rows]
    return "\n".join(lines) + "\n"


def _option(param: click.Option, context: click.Context) -> str:
    names, text = param.get_help_record(context) or ("", "")
    return f"| `{names.replace('|', ', ')}` | {_cell(text)} |"


def _cell(text: str) -> str:
    """A text that Markdown leaves as it is."""
    for sign in "<>*_":
        text = text.replace(sign, "\\" + sign)
    return text.replace("|", "\\|")
