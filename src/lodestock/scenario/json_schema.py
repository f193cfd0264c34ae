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
    required = schema.pop("required")
    schema["anyOf"] = [{"required": ["extends"]}, {"required": required}]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **schema}


def json_schema_text() -> str:
    """Return the schema as it is written to docs/scenario.schema.json."""
    return json.dumps(json_schema(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
