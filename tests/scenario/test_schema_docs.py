"""The published schema and reference are current, complete, and agree with the files that ship."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from lodestock.scenario import library
from lodestock.scenario.entries import ENTRY_TYPES
from lodestock.scenario.json_schema import json_schema, json_schema_text
from lodestock.scenario.load import load_scenario
from lodestock.scenario.reference import documented_keys, reference
from lodestock.scenario.writer import to_document

DOCS = Path(__file__).resolve().parents[2] / "docs"
REMEDY = "run: python scripts/write_scenario_docs.py"
SHIPPED = sorted(
    path for path in library.library_directory().rglob("*.yaml") if not path.name.startswith(library.RESERVE)
)


def test_the_published_schema_is_current() -> None:
    assert (DOCS / "scenario.schema.json").read_text(encoding="utf-8") == json_schema_text(), REMEDY


def test_the_reference_is_current() -> None:
    assert (DOCS / "scenario-reference.md").read_text(encoding="utf-8") == reference(), REMEDY


def test_every_key_is_documented_with_meaning_and_example() -> None:
    text = reference()
    for section, key in documented_keys():
        assert f"| `{key}` |" in text or key == "type", f"{section}.{key}"
    for kind in ENTRY_TYPES:
        assert f"### `{kind}`" in text
    assert "| None |" not in text


def test_the_schema_is_a_schema_and_forbids_unknown_keys() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    validator = jsonschema.Draft202012Validator(schema)
    assert not validator.is_valid({"title": "T", "question": "Q", "materials": ["gallium"], "titel": "T"})
    assert not validator.is_valid({"title": "T", "question": "Q"})
    assert validator.is_valid({"extends": "lithium-glut"})


def _with_flags(value: Any) -> Any:
    """The tree with ``true`` and ``false`` as an editor reads them; dates stay text."""
    if isinstance(value, dict):
        return {key: _with_flags(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_flags(item) for item in value]
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_files_and_resolved_ones_satisfy_the_schema(path: Path) -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    raw = _with_flags(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader))
    for key in ("base_year",):
        raw[key] = int(raw[key])
    if "periods" in raw:
        raw["periods"]["count"] = int(raw["periods"]["count"])
    for key in raw.get("options", {}):
        raw["options"][key] = int(raw["options"][key])
    validator.validate(raw)
    validator.validate(json.loads(json.dumps(to_document(load_scenario(path)))))
