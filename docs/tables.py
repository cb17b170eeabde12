"""The tables of a data package in docs/data-package.md, from their declarations."""

from __future__ import annotations

from pathlib import Path

from forecast.dataset.declaration import Table
from forecast.dataset.declare import OFFICIAL, TABLES

PAGE = Path(__file__).with_name("data-package.md")
FOLDERS = {
    "observed": "What is published",
    "norms": "Norms and assumptions",
    "estimated": "Estimates, written by `forecast data build`",
    "boundaries": "Boundaries",
}
TAIL = ("unit", "status", "source", "note")  # in nearly every table: told once, above


def tables_text() -> str:
    """One table of Markdown for each folder of a package."""
    official = {new: old for old, new in OFFICIAL.items()}
    parts = []
    for folder, title in FOLDERS.items():
        rows = [_row(table, official) for table in TABLES.values() if table.folder == folder]
        parts.append(
            f"### {title}\n\n| table | what it holds | columns | units |\n|---|---|---|---|\n"
            + "\n".join(rows)
            + "\n"
        )
    return "\n".join(parts)


def _row(table: Table, official: dict[str, str]) -> str:
    name = f"`{table.name.split('/')[1]}`" + (" *" if table.required else "")
    title = table.title
    if table.name in official:
        title += f" (read in place of `{official[table.name]}`)"
    columns = ", ".join(
        f"{column.name}{'?' if column.optional else ''}"
        for column in table.columns
        if column.name not in TAIL
    )
    units = ", ".join(table.units or dict.fromkeys(table.unit_of.values()))
    return f"| {name} | {title} | {columns} | {units.replace('{currency}', 'currency')} |"
