"""The levers as controls of the page, in the language of now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from forecast.explorer.state import Workshop
from forecast.explorer.views import OTHERS
from forecast.levers import AS_WRITTEN, OWN_TFR, VARIANTS, WORDS, Board
from forecast.words import mark, say
from forecast.words.digits import number

SLIDER_JOBS = (20_000, 500)  # most jobs on the slider, and its step; the box takes more
AHEAD = 15  # years after the base year that are offered as the last one
VARIANT_WORDS = {
    "low": mark("low variant"),
    "medium": mark("medium variant"),
    "high": mark("high variant"),
}
SLIDERS = ("delivered", "slip", "tfr")  # their value stands in their label
CHANGED = "set"  # the one value of a box that is ticked

Options = list[dict[str, Any]]


def levers(workshop: Workshop, values: Mapping[str, Any]) -> Any:
    """All levers, standing as `values` say."""
    board = workshop.board
    titles = [{"label": title, "value": name} for name, title in board.titles().items()]
    regions = [{"label": region.name, "value": region.id} for region in board.space.regions]
    years = [{"label": str(year), "value": year} for year in board.years[: AHEAD + 1]]
    return html.Div(
        className="levers",
        children=[
            _field("base", _choice("base", titles, values.get("base") or "baseline")),
            _field("until", _choice("until", years, values.get("until"), clear=True)),
            html.H2(say("New jobs")),
            _field("region", _choice("region", regions, values.get("region"), clear=True,
                                     empty=say("none"))),
            _jobs(values),
            _field("start", _choice("start", years, values.get("start"), clear=True,
                                    empty=str(board.years[0] + 1))),
            html.H2(say("Delivery")),
            dcc.Checklist(
                id="deliver", value=values.get("deliver") or [],
                options=[{"label": say("Change it for every growth point of the scenario"),
                          "value": CHANGED}],
            ),
            _field("delivered", _slider(board, "delivered", values, (0, 50, 100), 5)),
            _field("slip", _slider(board, "slip", values, (0, 5, 10), 1)),
            html.H2(say("What nobody chooses")),
            _field("fertility", _choice(
                "fertility", _variants(OWN_TFR), values.get("fertility") or AS_WRITTEN)),
            _field("tfr", _slider(board, "tfr", values, _tfr_marks(board), 0.05)),
            _field("external", _choice(
                "external", _variants(), values.get("external") or AS_WRITTEN)),
            _field("internal", _choice(
                "internal", _internal(board), values.get("internal") or AS_WRITTEN)),
            *_drawn(workshop, values),
        ],
    )  # fmt: skip


def looks(workshop: Workshop, values: Mapping[str, Any]) -> Any:
    """Whom the page shows: the region, and the scenarios beside."""
    board, space = workshop.board, workshop.board.space
    nation = {"label": space.name(space.nation), "value": space.nation}
    places = [nation, *({"label": region.name, "value": region.id} for region in space.regions)]
    titles = [{"label": title, "value": name} for name, title in board.titles().items()]
    others = dcc.Dropdown(
        id="others", options=titles, value=list(values.get("others") or ()), multi=True,
        placeholder=say("none"), labels=labels(),
    )  # fmt: skip
    return html.Div(
        className="looks",
        children=[
            _labelled("place", say("Region"), _choice("place", places, values.get("place")
                                                      or space.nation)),
            _labelled("others", say("Compare with (at most {n})", n=OTHERS), others),
        ],
    )  # fmt: skip


def _field(name: str, control: Any) -> Any:
    return _labelled(name, say(WORDS[name]), control)


def _labelled(name: str, text: str, control: Any) -> Any:
    now: list[Any] = [": ", html.B(id=f"{name}-now")] if name in SLIDERS else []
    return html.Div(className="field", id=f"{name}-field", children=[
        html.Label([text, *now], htmlFor=name, id=f"{name}-label"), control])  # fmt: skip


def _choice(
    name: str, options: Options, value: Any, *, clear: bool = False, empty: str = ""
) -> Any:
    """A list of which one is chosen. empty: what stands there while none is."""
    return dcc.Dropdown(
        id=name, options=options, value=value, clearable=clear, labels=labels(),
        placeholder=empty or say("as the scenario says"), searchable=len(options) > 8,
    )  # fmt: skip


def _jobs(values: Mapping[str, Any]) -> Any:
    most, step = SLIDER_JOBS
    marks = {at: number(at) for at in (0, most // 4, most // 2, 3 * most // 4)}
    text = values.get("jobs")
    return _field("jobs", html.Div(className="jobs", children=[
        dcc.Input(id="jobs", type="text", inputMode="numeric", debounce=0.2, autoComplete="off",
                  value="0" if text is None else text),
        dcc.Slider(id="jobs-slider", min=0, max=most, step=step, marks=marks,
                   value=values.get("jobs-slider") or 0, allow_direct_input=False),
    ]))  # fmt: skip


def _slider(
    board: Board, name: str, values: Mapping[str, Any], marks: Sequence[float], step: float
) -> Any:
    span, value = board.ranges[name], values.get(name)
    return dcc.Slider(
        id=name, min=span.low, max=span.high, step=step, allow_direct_input=False,
        value=span.rest if value is None else value,
        marks={at: number(at, 0 if at == int(at) else 1) for at in marks},
    )  # fmt: skip


def _tfr_marks(board: Board) -> list[float]:
    span = board.ranges["tfr"]
    steps = range(int(span.low) + 1, int(span.high) + 1)
    within = [step for step in steps if span.low + 0.3 < step < span.high - 0.3]
    return [span.low, *within, span.high]


def _variants(more: str = "") -> Options:
    words = {AS_WRITTEN: say("as the scenario says"),
             **{name: say(VARIANT_WORDS[name]) for name in VARIANTS}}  # fmt: skip
    if more:
        words[more] = say("own level in the last year")
    return [{"label": word, "value": name} for name, word in words.items()]


def _internal(board: Board) -> Options:
    words = {AS_WRITTEN: say("as the scenario says")}
    for level in board.levels:
        if level == "drawn":
            words[level] = say("from the last observed level towards the middle")
        elif level == "middle":
            words[level] = say("middle of the observed levels")
        else:
            words[level] = say("as in {year}", year=level.removeprefix("level-"))
    return [{"label": word, "value": name} for name, word in words.items()]


def _drawn(workshop: Workshop, values: Mapping[str, Any]) -> list[Any]:
    """The box that asks for intervals; hidden where the page was opened without draws."""
    text = say("Population with intervals of {n} draws (slower)", n=number(workshop.draws))
    box = dcc.Checklist(id="drawn", value=values.get("drawn") or [],
                        options=[{"label": text, "value": CHANGED}])  # fmt: skip
    return [html.Div(box, hidden=not workshop.draws)]


def labels() -> Any:
    """The words that the framework's own lists use."""
    return {
        "select_all": say("Select all"), "deselect_all": say("Deselect all"),
        "selected_count": say("{n} selected", n="{num_selected}"),
        "search": say("Search"), "clear_search": say("Clear the search"),
        "clear_selection": say("Clear the choice"), "no_options_found": say("Nothing found"),
    }  # fmt: skip
