"""Everything as Parquet, with a data package that says what every column is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from lodestock.report.dataset import DataTable, dataset

if TYPE_CHECKING:
    from lodestock.scenario.outcome import Outcome


def write_parquet(outcome: Outcome, directory: Path) -> Path:
    """Write one file per table and ``datapackage.json`` into a folder; return the folder."""
    directory.mkdir(parents=True, exist_ok=True)
    resources = []
    for table in dataset(outcome):
        table.frame.write_parquet(directory / f"{table.name}.parquet", compression="zstd", statistics=False)
        resources.append(_resource(table))
    package = {
        "name": outcome.name,
        "title": outcome.title,
        "description": outcome.question,
        "resources": resources,
    }
    text = json.dumps(package, indent=2, ensure_ascii=False)
    (directory / "datapackage.json").write_text(text + "\n", encoding="utf-8")
    return directory


def _resource(table: DataTable) -> dict[str, Any]:
    fields = [
        {"name": name, "type": _type(kind), **({"unit": unit} if unit else {})}
        for (name, kind), unit in zip(table.frame.schema.items(), table.units, strict=True)
    ]
    return {
        "name": table.name,
        "path": f"{table.name}.parquet",
        "description": table.description,
        "format": "parquet",
        "schema": {"fields": fields},
    }


def _type(kind: pl.DataType) -> str:
    if kind == pl.Boolean:
        return "boolean"
    if kind.is_integer():
        return "integer"
    return "number" if kind.is_numeric() else "string"
