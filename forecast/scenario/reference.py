"""The language for editors: a JSON Schema whose texts are those under the fields."""

from __future__ import annotations

import ast
import inspect
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from forecast.scenario import schema
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
    """{model: {key: text}}: the text that stands under each field in schema.py."""
    tree = ast.parse(inspect.getsource(schema))
    return {node.name: dict(_texts(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _texts(model: ast.ClassDef) -> list[tuple[str, str]]:
    found = []
    for field, below in zip(model.body, model.body[1:], strict=False):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            found.append((field.target.id.rstrip("_"), inspect.cleandoc(str(below.value.value))))
    return [(key, " ".join(text.split())) for key, text in found]
