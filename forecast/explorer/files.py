"""What can be downloaded from the page, each at an address that holds the state of the page."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from forecast.errors import ForecastError, unexpected
from forecast.explorer.state import Asked, Workshop, spoken
from forecast.explorer.views import Shown, csv, table, write_picture
from forecast.levers import NAME
from forecast.words import mark, say, speaking

if TYPE_CHECKING:
    from flask import Flask

TYPES = {
    "yml": "application/yaml",
    "svg": "image/svg+xml",
    "png": "image/png",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
WORDS = {  # what each file is called on the page
    "yml": mark("Scenario file"),
    "svg": mark("Figure, SVG"),
    "png": mark("Figure, PNG"),
    "csv": mark("Table, CSV"),
    "xlsx": mark("Workbook, XLSX"),
    "docx": mark("Report, DOCX"),
}
ROUTE = "/download/"


def address(kind: str, given: Mapping[str, Any], name: str = NAME) -> str:
    """Where the page of now can be downloaded as a file of a kind, under the name of its board."""
    told = {
        name: ",".join(map(str, value)) if isinstance(value, list | tuple) else value
        for name, value in given.items()
        if value not in (None, "", [], ())
    }
    return f"{ROUTE}{name_of(kind, str(given.get('view') or ''), name)}?{urlencode(told)}"


def name_of(kind: str, view: str, name: str = NAME) -> str:
    """The name of a file: levers.yml is the scenario, levers-map.svg a figure."""
    return f"{name}-{view}.{kind}" if kind in ("svg", "png", "csv") and view else f"{name}.{kind}"


def content(workshop: Workshop, asked: Asked, kind: str) -> bytes:
    """The content of a file. Raises InputError where the run cannot be made."""
    if kind == "yml":
        return workshop.board.text(asked.setting).encode()
    with workshop.lock, TemporaryDirectory(prefix="forecast-") as place:
        path = Path(place) / f"file.{kind}"
        shown = workshop.shown(asked)
        if kind == "docx":  # as `forecast report` writes it: with official projections beside
            board = workshop.board
            shown.run.report(
                kind, path, dataset=board.dataset, told_in=board.told_in(asked.setting)
            )
        else:
            WRITERS[kind](shown, asked.view, path)
        return path.read_bytes()


def _csv(shown: Shown, view: str, path: Path) -> None:
    path.write_text("\ufeff" + csv(table(shown, view)), encoding="utf-8")  # spreadsheets need it


def _xlsx(shown: Shown, view: str, path: Path) -> None:
    from forecast.report.excel import write_tables

    write_tables(shown.run, path)


WRITERS: Mapping[str, Callable[[Shown, str, Path], None]] = {
    "svg": lambda shown, view, path: write_picture(shown, view, path, "svg"),
    "png": lambda shown, view, path: write_picture(shown, view, path, "png"),
    "csv": _csv,
    "xlsx": _xlsx,
}


def offer(server: Flask, workshop: Workshop, lang: str) -> None:
    """Answer the addresses of the files; a fault is one line of text."""
    from flask import Response, request

    def download(name: str) -> Response:
        given = dict(request.args)
        kind = name.rpartition(".")[2]
        with speaking(spoken(given.get("lang"), lang)):
            if kind not in TYPES:
                return Response(say("there is no such file"), 404, mimetype="text/plain")
            try:
                found = content(workshop, workshop.read(given), kind)
            except ForecastError as error:
                return Response(str(error), 400, mimetype="text/plain")
            except Exception as error:  # noqa: BLE001 - one line, as the page says it
                if os.environ.get("FORECAST_DEBUG"):
                    raise
                return Response(unexpected(error), 500, mimetype="text/plain")
        called = name_of(kind, given.get("view", ""), workshop.board.name)
        head = {"Content-Disposition": f'attachment; filename="{called}"'}
        return Response(found, mimetype=TYPES[kind], headers=head)

    server.add_url_rule(f"{ROUTE}<name>", "download", download)
