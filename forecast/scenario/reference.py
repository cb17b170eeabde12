"""The language for editors: a JSON Schema whose texts are those under the fields."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from forecast.scenario import claims, drivers, levers, schema
from forecast.scenario.values import LARGEST
from forecast.scenario.write import plain

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Generator(GenerateJsonSchema):
    """Defaults as they are written in a file."""

    def encode_default(self, dft: Any) -> Any:
        return plain(dft)


def json_schema() -> dict[str, Any]:
    """JSON Schema of a scenario file.

    Years are keys, and keys of JSON are text: a validator is given them as text. What only
    shows when files are put together (a missing region, a circle) is not in it.
    """
    found = schema.ScenarioFile.model_json_schema(schema_generator=_Generator)
    parts = found["$defs"]
    written = parts["GrowthPoint"]["properties"]["plan"]["anyOf"][0]["properties"]["claims"]
    parts["Claim"], written["items"] = written["items"], {"$ref": "#/$defs/Claim"}
    texts = documentation()
    for name, part in [("ScenarioFile", found), *found.get("$defs", {}).items()]:
        for key, described in part.get("properties", {}).items():
            described.pop("title", None)
            described["description"] = texts[name][key]
            if described.get("default") in (None, {}):
                described.pop("default", None)
            if "patternProperties" in described:
                described["additionalProperties"] = False
        part.pop("title", None)
    return {"$schema": DIALECT, "title": "Scenario", **found}


def documentation() -> dict[str, dict[str, str]]:
    """{model: {key: text}}: the text that stands under each field of the language."""
    modules = (schema, claims, drivers, levers)
    bodies = [ast.parse(inspect.getsource(module)).body for module in modules]
    return {
        node.name: dict(_texts(node))
        for body in bodies for node in body if isinstance(node, ast.ClassDef)
    }  # fmt: skip


def _texts(model: ast.ClassDef) -> list[tuple[str, str]]:
    found = []
    for field, below in zip(model.body, model.body[1:], strict=False):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            found.append((field.target.id.rstrip("_"), inspect.cleandoc(str(below.value.value))))
    return [(key, " ".join(text.split())) for key, text in found]


def reference_markdown() -> str:
    """The reference of the language as Markdown: a table for each part, from the schema.

    Every key with what it takes, its default and its text.
    """
    found = json_schema()
    parts = {"ScenarioFile": found, **found["$defs"]}
    lines = []
    for name, heading in HEADINGS.items():
        part = parts[name]
        lines += [f"### {heading}", "", part["description"], ""]
        lines += ["| key | takes | default | what it says |", "|---|---|---|---|"]
        required = set(part.get("required", ()))
        for key, described in part["properties"].items():
            default = described.get("default")
            plain_default = default not in (None, []) and not isinstance(default, dict)
            shown = f"`{json.dumps(default)}`" if plain_default else ""
            shown = "required" if key in required else shown
            text = described["description"].replace("|", "\\|")
            lines.append(f"| `{key}` | {takes(described, parts)} | {shown} | {text} |")
        lines.append("")
    return "\n".join(lines)


HEADINGS = {
    "ScenarioFile": "The file",
    "GrowthPoint": "growth_points.ID",
    "Existing": "growth_points.ID.existing",
    "Delivery": "growth_points.ID.delivery",
    "Claim": "growth_points.ID.plan.claims, an entry",
    "Drivers": "drivers",
    "Levers": "levers",
    "KandasQuota": "levers.kandas_quota",
    "Resettlement": "levers.resettlement",
    "Memorandum": "levers.memoranda, an entry",
    "ForeignLabour": "levers.foreign_labour",
    "FamilySupport": "levers.family_support",
    "ParticipationChange": "levers.participation, an entry",
    "InfrastructureFirst": "levers.infrastructure_first",
    "Feedback": "feedback",
    "Uncertainties": "uncertainties",
    "Fertility": "uncertainties.fertility",
    "Mortality": "uncertainties.mortality",
    "LifeExpectancy": "uncertainties.mortality.e0",
    "ExternalMigration": "uncertainties.external_migration",
    "Streams": "uncertainties.external_migration.streams",
    "InternalLevel": "uncertainties.internal_level",
}


def takes(described: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    """What a key takes, in words: a number from 0 to 1, {year: number}, one of ..."""
    if "$ref" in described:
        name = described["$ref"].rpartition("/")[2]
        return f"[{HEADINGS[name]}](#{_anchor(HEADINGS[name])})"
    ways = [way for way in described.get("anyOf", ()) if way != {"type": "null"}]
    if ways:
        kinds = list(dict.fromkeys(takes(way, parts) for way in ways))
        return " or ".join(kinds)
    if "enum" in described or "const" in described:
        words = described.get("enum", [described.get("const")])
        return " \\| ".join(f"`{word}`" for word in words)
    return _plain_kind(described, parts)


def _plain_kind(described: Mapping[str, Any], parts: Mapping[str, Any]) -> str:
    kind = described.get("type")
    if kind == "object":
        if "patternProperties" in described:
            (inside,) = described["patternProperties"].values()
            word = "year" if "199" in next(iter(described["patternProperties"])) else "id"
            return f"{{{word}: {takes(inside, parts)}}}"
        if described.get("properties"):
            written = described["properties"]
            further = described.get("additionalProperties")
            if not isinstance(further, dict):
                return "{" + ", ".join(written) + "}"
            own = [f"{key}: {takes(one, parts)}" for key, one in written.items()]
            return "{" + ", ".join([*own, f"name: {takes(further, parts)}"]) + "}"
        inside = described.get("additionalProperties")
        return f"{{name: {takes(inside, parts)}}}" if isinstance(inside, dict) else "keys"
    if kind == "array":
        inside = takes(described.get("items", {}), parts)
        return f"[low, mode, high] of {inside}" if described.get("minItems") == 3 else f"[{inside}]"
    if kind in ("number", "integer"):
        low, high = described.get("minimum"), described.get("maximum")
        word = "number" if kind == "number" else "whole number"
        if low is None and "exclusiveMinimum" in described:
            return f"{word} above {described['exclusiveMinimum']:g}, up to {high:g}"
        if low is None:
            return word
        if high is None or high >= LARGEST:
            return f"{word} from {low:g}"
        return f"{word} from {low:g} to {high:g}"
    if kind == "boolean":
        return "true or false"
    return "text" if kind == "string" else "text or code"


def _anchor(heading: str) -> str:
    """The link of a heading, as GitHub makes it."""
    kept = "".join(sign for sign in heading.lower() if sign.isalnum() or sign in " -_")
    return kept.replace(" ", "-")
