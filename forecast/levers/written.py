"""The scenario file of a setting."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.levers.setting import OWN_TFR, POINT, Setting
from forecast.run_folder import RESOLVED
from forecast.words import LANGUAGES, say, speaking

if TYPE_CHECKING:
    from forecast.levers.board import Board
    from forecast.scenario import Scenario


def written(board: Board, setting: Setting) -> str:
    """The YAML of a setting; what is as the base says is not written."""
    base = board.written[setting.base]
    last = base.until if setting.until is None else setting.until
    file: dict[str, Any] = {
        "title": _title(board, setting, base),
        "extends": _path(board, setting.base),
    }
    if setting.until is not None:
        file["until"] = setting.until
    points: dict[str, Any] = {}
    delivery: dict[str, Any] = {}
    if setting.delivered is not None:
        delivery["share"] = _tidy(setting.delivered / 100)
    if setting.slip is not None:
        delivery["slip_years"] = _tidy(setting.slip)
    if delivery:
        points = {name: {"delivery": dict(delivery)} for name in base.growth_points}
    if setting.jobs:
        start = setting.start if setting.start is not None else min(board.years[0] + 1, last)
        mine = {
            "title": _in_all(lambda: say("New jobs in {region}",
                                         region=board.space.name(setting.region))),
            "region": setting.region,
            "jobs": {start: _tidy(setting.jobs)},
            "delivery": {"share": 1, "slip_years": 0, **delivery},
            "source": "levers",
        }  # fmt: skip
        points[free(POINT, base.growth_points)] = mine
    if points:
        file["growth_points"] = points
    said = _uncertainties(board, setting, last)
    if said:
        file["uncertainties"] = said
    return _yaml(file)


def _uncertainties(board: Board, setting: Setting, last: int) -> dict[str, Any]:
    said: dict[str, Any] = {}
    first = board.years[0]
    if setting.fertility == OWN_TFR:
        rest, target = board.ranges["tfr"].rest, _tidy(setting.tfr or 0.0)
        line = {"between": "line", "values": {first: rest, last: target}}
        said["fertility"] = {"tfr": line if last > first else {first: target}}
    elif setting.fertility:
        said["fertility"] = {"variant": setting.fertility}
    if setting.external:
        said["external_migration"] = {"variant": setting.external}
    if setting.internal:
        said["internal_level"] = {"variant": setting.internal}
    return said


def _path(board: Board, base: str) -> str:
    """What the file extends: a scenario by its name, a finished run by the scenario in it."""
    return (Path(base) / RESOLVED).as_posix() if base in board.runs else base


def _title(board: Board, setting: Setting, base: Scenario) -> dict[str, str]:
    if setting == board.plain(setting):
        return dict(base.title)
    return {
        lang: f"{base.title[lang]}: {words}"
        for lang, words in _in_all(lambda: say("levers moved")).items()
    }


def _in_all(words: Any) -> dict[str, str]:
    """A text in every language."""
    found = {}
    for lang in LANGUAGES:
        with speaking(lang):
            found[lang] = words()
    return found


def free(name: str, taken: Mapping[str, Any]) -> str:
    """The name, or one beside it that is not taken: levers, levers-2, levers-3."""
    number_of = 2
    found = name
    while found in taken:
        found = f"{name}-{number_of}"
        number_of += 1
    return found


def _tidy(value: float) -> float | int:
    rounded = round(float(value), 4)
    return int(rounded) if rounded == int(rounded) else rounded


def _yaml(file: Mapping[str, Any]) -> str:
    from ruamel.yaml import YAML

    writer = YAML()
    writer.width = 4096
    stream = StringIO()
    writer.dump(dict(file), stream)
    return stream.getvalue()
