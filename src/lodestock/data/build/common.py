"""What every builder uses: reading source and curated tables, and making claim rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl

from lodestock.data.schema import TABLES
from lodestock.data.snapshot import polars_schema
from lodestock.errors import FileFormatError

OWN = "own-work"
"""Source id of this project's own assumptions and estimates."""


def read_source(source_dir: Path, name: str) -> pl.DataFrame:
    """Read a source table as text, so that published values keep their exact wording."""
    path = source_dir / name
    if not path.exists():
        raise FileFormatError(
            f"source table {name!r} is missing",
            where=str(source_dir),
            hint="pass the folder that holds the source tables with --from",
        )
    return pl.read_csv(path, infer_schema_length=0)


@lru_cache(maxsize=32)
def curated(name: str) -> pl.DataFrame:
    """Read a hand-written table of the package as text; empty cells are null."""
    path = resources.files("lodestock.data") / "curated" / name
    with resources.as_file(path) as file:
        return pl.read_csv(file, infer_schema_length=0)


@lru_cache(maxsize=1)
def licence_of_source() -> dict[str, str]:
    """Licence id of each source id."""
    return dict(curated("sources.csv").select("source_id", "licence_id").iter_rows())


@lru_cache(maxsize=1)
def vintage_of_source() -> dict[str, str]:
    """Vintage of each source id."""
    return dict(curated("sources.csv").select("source_id", "vintage").iter_rows())


@dataclass(frozen=True)
class Claim:
    """One published or derived number, before it becomes a row.

    ``keys`` are the key columns and extras of the table; ``value`` is canonical, None when withheld.
    """

    keys: Mapping[str, Any]
    value: float | None
    unit: str
    status: str
    basis: str
    source_id: str
    low: float | None = None
    high: float | None = None
    published_value: str | None = None
    published_unit: str | None = None
    preferred: bool = True
    note: str | None = None
    vintage: str | None = None

    def row(self) -> dict[str, Any]:
        """The row of the claim table; without an interval both ends are the value itself."""
        is_point = self.low is None and self.high is None
        return {
            **self.keys,
            "value": self.value,
            "unit": self.unit,
            "low": self.value if is_point else self.low,
            "high": self.value if is_point else self.high,
            "status": self.status,
            "published_value": self.published_value,
            "published_unit": self.published_unit,
            "basis": self.basis,
            "source_id": self.source_id,
            "licence_id": licence_of_source()[self.source_id],
            "vintage": self.vintage or vintage_of_source()[self.source_id],
            "preferred": self.preferred,
            "note": self.note,
        }


def claims_frame(table: str, claims: Iterable[Claim]) -> pl.DataFrame:
    """Claims as a frame with exactly the columns of the table."""
    return rows_frame(table, [claim.row() for claim in claims])


def rows_frame(table: str, rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Dictionaries as a frame with exactly the columns and types of the table."""
    schema = polars_schema(TABLES[table])
    return pl.DataFrame([dict(row) for row in rows], schema=schema, orient="row", strict=False)


def join_notes(*parts: str | None) -> str | None:
    """Sentences joined by a semicolon; None when there is nothing to say."""
    kept = [part.strip() for part in parts if part and part.strip()]
    return "; ".join(kept) or None
