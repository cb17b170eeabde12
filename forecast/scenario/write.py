"""A scenario written out again: everything that it resolves to, and who set it."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from forecast.scenario.series import Series, tidy
from forecast.scenario.values import Triple
from forecast.words import say

if TYPE_CHECKING:
    from forecast.scenario.fields import Part
    from forecast.scenario.scenario import Scenario

WIDTH = 4096  # a long text stays in its line, so that its origin stands beside it
INLINE = 100  # characters
PLAIN = re.compile(r"[^\W\d_]([\w ().-]*[\w)])?")  # no sign that means something in YAML


def resolved(scenario: Scenario) -> dict[str, Any]:
    """Plain data of everything that the scenario says, defaults included, nothing inherited."""
    found: dict[str, Any] = {"title": _words(scenario.title)}
    if scenario.description is not None:
        found["description"] = _words(scenario.description)
    found["until"] = scenario.until
    if scenario.growth_points:
        found["growth_points"] = {
            name: _part(point) for name, point in scenario.growth_points.items()
        }
    drivers = _part(scenario.drivers)
    if drivers:
        found["drivers"] = drivers
    levers = _part(scenario.levers)
    if levers:
        found["levers"] = levers
    found["feedback"] = _part(scenario.feedback)
    found["uncertainties"] = _part(scenario.uncertainties)
    return found


def _part(part: Part) -> dict[str, Any]:
    """The keys of one part; what is left out says nothing when it is read back."""
    found = {}
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if value is None or value in ({}, ()) or (isinstance(value, Series) and not value):
            continue
        written = _words(value) if name == "title" else plain(value)
        if written != {}:  # a part that says nothing
            found[field.alias or name] = written
    return found


def plain(value: Any) -> Any:
    from pydantic import BaseModel

    if isinstance(value, Series):
        return value.plain()
    if isinstance(value, BaseModel):
        return _part(value)  # type: ignore[arg-type]
    if isinstance(value, Triple):
        same = value.low == value.mode == value.high
        return tidy(value.mode) if same else [tidy(one) for one in value]
    if isinstance(value, Mapping):
        return {key: plain(inside) for key, inside in value.items()}
    if isinstance(value, tuple | list):
        return [plain(inside) for inside in value]
    return tidy(value) if isinstance(value, float) else value


def _words(words: Mapping[str, str]) -> Any:
    """A text in three languages, or once where all are the same."""
    different = dict.fromkeys(words.values())
    return dict(words) if len(different) > 1 else next(iter(different))


def to_yaml(scenario: Scenario) -> str:
    """The text of scenario.resolved.yml: every value with the file that set it."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    text.write("# " + say("what '{name}' comes to; behind # the file that set the value",
                          name=scenario.name) + "\n")  # fmt: skip
    yaml.dump(_commented(scenario.resolved(), scenario.origin, ""), text)
    return text.getvalue()


def _quoted(text: Any) -> Any:
    """Text in quotes unless it is plain words: what is written must be read back."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(text, str) and not PLAIN.fullmatch(text):
        return DoubleQuotedScalarString(text)
    return text


def _commented(tree: Mapping[Any, Any], origin: Mapping[str, str], above: str) -> Any:
    """Maps with the origin as a comment at the end of the line; short maps in one line."""
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    found = CommentedMap()
    for key, value in tree.items():
        at = f"{above}{key}"
        comment = origin.get(at)
        if isinstance(value, Mapping) and comment is None and _has_origin(origin, at):
            found[key] = _commented(value, origin, at + ".")
            continue
        if isinstance(value, Mapping):
            found[key] = _nested(value)
        elif isinstance(value, list):
            found[key] = CommentedSeq(
                _nested(one) if isinstance(one, Mapping) else _quoted(one) for one in value
            )
            if not any(isinstance(one, Mapping) for one in value):
                found[key].fa.set_flow_style()
        else:
            found[key] = _quoted(value)
        if comment is not None:
            found.yaml_add_eol_comment(comment, key)
    return found


def _nested(value: Mapping[Any, Any]) -> Any:
    from ruamel.yaml.comments import CommentedMap

    inner = CommentedMap((_quoted(key), _inside(one)) for key, one in value.items())
    if len(str(value)) <= INLINE:
        inner.fa.set_flow_style()
    return inner


def _inside(value: Any) -> Any:
    """A value within a map: a map of its own, a list of them, or what is written as it is."""
    if isinstance(value, list):
        return [_inside(one) for one in value]
    return _nested(value) if isinstance(value, Mapping) else _quoted(value)


def _has_origin(origin: Mapping[str, str], at: str) -> bool:
    return any(key.startswith(at + ".") for key in origin)
