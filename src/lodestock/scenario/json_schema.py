"""The published JSON Schema of a scenario file, for editors and other programs."""

from __future__ import annotations

import json
from typing import Any

from lodestock.scenario.schema import ScenarioFile

SCHEMA_ID = "lodestock-scenario-1"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a scenario file.

    A file that extends another may leave out title, question and materials.
    """
    schema = ScenarioFile.model_json_schema()
    _write_defaults_as_text(schema)
    required = schema.pop("required")
    schema["anyOf"] = [{"required": ["extends"]}, {"required": required}]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **schema}


def _write_defaults_as_text(schema: Any) -> None:
    """Put a default back into the words of a file: ``short`` for a parsed quantity, ``all`` for countries."""
    if isinstance(schema, dict):
        default = schema.get("default")
        if isinstance(default, dict) and "text" in default:
            schema["default"] = default["text"]
        elif isinstance(default, dict) and "names" in default:
            schema["default"] = default["names"][0]
        for value in schema.values():
            _write_defaults_as_text(value)
    elif isinstance(schema, list):
        for value in schema:
            _write_defaults_as_text(value)


def json_schema_text() -> str:
    """Return the schema as it is written to docs/scenario.schema.json."""
    return json.dumps(json_schema(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
