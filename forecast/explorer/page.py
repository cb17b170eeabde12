"""The page in Dash: stateless, so that any number of sessions stand apart.

Every request brings all levers and the language along; the server keeps finished runs only.
"""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update

from forecast.errors import ForecastError, unexpected
from forecast.explorer import files
from forecast.explorer.controls import CHANGED, SLIDER_JOBS, SLIDERS, levers, looks
from forecast.explorer.state import LEVERS, Asked, Workshop, spoken
from forecast.explorer.views import VIEWS, Grid, headlines, picture, table, viewable
from forecast.levers import OWN_TFR, Setting
from forecast.words import LANGUAGES, say, speaking

ROOM = Path(__file__).parent
NAMES = {"en": "English", "ru": "Русский", "kk": "Қазақша"}  # each in itself
MOVED = (*LEVERS, "deliver", "drawn", "place", "others", "view")  # what a page is made of
SHOWN = ("message", "headlines", "figure", "numbers", "files")

# The slider of jobs writes into the box, and the box moves the slider: in the browser, at once.
IN_STEP = """
function(box, slider) {
    const by = dash_clientside.callback_context.triggered_id;
    if (by === "jobs-slider") { return [String(slider), dash_clientside.no_update]; }
    const value = Number(String(box).replace(/\\s/g, ""));
    return [dash_clientside.no_update,
            isFinite(value) ? Math.min(Math.max(value, 0), MOST) : dash_clientside.no_update];
}
""".replace("MOST", str(SLIDER_JOBS[0]))
LANGUAGE_OF_PAGE = """
function(lang, title) {
    document.documentElement.lang = lang;
    if (title) { document.title = title; }
    return dash_clientside.no_update;
}
"""
IN_LABEL = """
function(value, lang) { return Number(value).toLocaleString(lang === "kk" ? "ru" : lang); }
"""


def build(workshop: Workshop, lang: str) -> Dash:
    """The page, with every script and style served from here.

    lang : language in which it opens
    """
    with speaking(lang):
        title = say("Explorer of scenarios")
    app = Dash(
        "forecast", assets_folder=str(ROOM / "assets"), serve_locally=True, title=title,
        update_title="", suppress_callback_exceptions=True,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )  # fmt: skip
    app.layout = html.Div(
        className="explorer",
        children=[
            dcc.RadioItems(
                id="lang", value=lang, inline=True, className="languages",
                options=[{"label": NAMES[each], "value": each} for each in LANGUAGES],
            ),
            html.Div(id="page", children=_page(workshop, lang, {})),
            html.Div(id="nothing", hidden=True),
        ],
    )  # fmt: skip
    _answers(app, workshop, lang)
    files.offer(app.server, workshop, lang)
    return app


def _page(workshop: Workshop, lang: str, values: Mapping[str, Any]) -> list[Any]:
    """Everything but the choice of language."""
    with speaking(lang):
        known = viewable(workshop.run(Setting()))
        tabs = [dcc.Tab(label=say(VIEWS[view]), value=view, className="tab",
                        selected_className="tab chosen") for view in known]  # fmt: skip
        return [
            html.H1(say("Explorer of scenarios"), id="title"),
            html.Div(className="columns", children=[
                html.Aside(levers(workshop, values)),
                html.Main([
                    html.P(id="message", role="alert"),
                    looks(workshop, values),
                    html.Div(id="headlines", className="headlines"),
                    dcc.Tabs(id="view", value=values.get("view") or known[0], children=tabs,
                             parent_className="tabs", mobile_breakpoint=0),
                    html.Div(className="result", children=[
                        html.Div(id="figure", className="figure"),
                        html.Div(id="numbers", className="numbers"),
                    ]),
                    html.Div(id="files", className="files"),
                ]),
            ]),
        ]  # fmt: skip


def _answers(app: Dash, workshop: Workshop, lang: str) -> None:
    """What the page does when something on it is moved."""
    standing = [State(name, "value") for name in (*MOVED, "jobs-slider")]

    @app.callback(Output("page", "children"), Input("lang", "value"), *standing,
                  prevent_initial_call=True)  # fmt: skip
    def speak_other(chosen: Any, *values: Any) -> Any:
        given = dict(zip((*MOVED, "jobs-slider"), values, strict=True))
        return _page(workshop, spoken(chosen, lang), given)

    @app.callback(
        *(Output(name, "children") for name in SHOWN), Output("message", "className"),
        *(Output(name, "disabled") for name in SLIDERS),
        *(Input(name, "value") for name in MOVED), State("lang", "value"),
    )  # fmt: skip
    def moved(*values: Any) -> Any:
        given, chosen = dict(zip(MOVED, values[:-1], strict=True)), values[-1]
        closed = _closed(given)
        with speaking(spoken(chosen, lang)):
            try:
                return (*answer(workshop, as_read(given), spoken(chosen, lang)), "quiet", *closed)
            except ForecastError as error:
                text = str(error)
            except Exception as error:  # noqa: BLE001 - the page says it in one line and lives on
                if os.environ.get("FORECAST_DEBUG"):
                    raise
                text = unexpected(error)
            told = text + "\n" + say("The figures below are those before.")
            return (told, *[no_update] * (len(SHOWN) - 1), "fault", *closed)

    app.clientside_callback(
        IN_STEP, Output("jobs", "value"), Output("jobs-slider", "value"), Input("jobs", "value"),
        Input("jobs-slider", "value"), prevent_initial_call=True,
    )  # fmt: skip
    for name in SLIDERS:
        app.clientside_callback(
            IN_LABEL, Output(f"{name}-now", "children"), Input(name, "drag_value"),
            State("lang", "value"),
        )  # fmt: skip
    app.clientside_callback(
        LANGUAGE_OF_PAGE, Output("nothing", "children"), Input("lang", "value"),
        Input("title", "children"),
    )  # fmt: skip


def _closed(given: Mapping[str, Any]) -> tuple[bool, bool, bool]:
    """Which sliders stand still."""
    delivery = CHANGED not in (given.get("deliver") or ())
    return delivery, delivery, given.get("fertility") != OWN_TFR


def as_read(given: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the page as an address holds them: a slider that stands still says nothing."""
    found = {name: given.get(name) for name in (*LEVERS, "place", "others", "view")}
    for name, closed in zip(SLIDERS, _closed(given), strict=True):
        if closed:
            found[name] = None
    found["drawn"] = "1" if CHANGED in (given.get("drawn") or ()) else ""
    if not found["region"] and str(found["jobs"]).strip() in ("0", ""):
        found["start"] = None
    return found


def answer(workshop: Workshop, given: Mapping[str, Any], lang: str) -> tuple[Any, ...]:
    """Message, headlines, figure, numbers and files of a state. Raises InputError."""
    asked: Asked = workshop.read(given)
    with workshop.lock:
        shown = workshop.shown(asked)
        drawing, text = picture(shown, asked.view)
        numbers, heads = table(shown, asked.view), headlines(shown)
    source = "data:image/svg+xml;base64," + b64encode(drawing.encode()).decode()
    told, name = {**given, "lang": lang}, workshop.board.name
    links = [
        html.A(say(word), href=files.address(kind, told, name),
               download=files.name_of(kind, asked.view, name), id=f"file-{kind}")
        for kind, word in files.WORDS.items()
    ]  # fmt: skip
    warnings = [str(text) for text in shown.run.manifest["warnings"][:3]]
    return (
        "\n".join(filter(None, [workshop.intervals_said(asked), *warnings])),
        [html.Div([html.Span(what), html.B(value), html.Small(change)]) for what, value, change
         in heads],
        html.Img(src=source, alt=text),
        [_table(numbers), html.Small(say("Difference: against the same scenario without the "
                                         "levers."))],
        [html.Span(say("Download:")), *links],
    )  # fmt: skip


def _table(grid: Grid) -> Any:
    head = html.Tr([html.Th(text, scope="col") for text in grid.headings])
    rows = [
        html.Tr([html.Th(row[0], scope="row"), *(html.Td(cell) for cell in row[1:])],
                className="bold" if place == grid.bold else "")
        for place, row in enumerate(grid.rows)
    ]  # fmt: skip
    return html.Table([html.Caption(grid.caption), html.Thead(head), html.Tbody(rows)])
