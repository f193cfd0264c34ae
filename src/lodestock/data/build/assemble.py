"""Run the builders in order, check the tables, and replace the snapshot in one step."""

from __future__ import annotations

import io
import json
import tempfile
from importlib import import_module
from pathlib import Path

import polars as pl

from lodestock.data import trade_storage
from lodestock.data.build.common import OWN
from lodestock.data.checks import run_checks, verify_files
from lodestock.data.schema import TABLES
from lodestock.data.snapshot import MANIFEST_NAME, file_sha256, polars_schema
from lodestock.errors import ConflictError, DataCheckError

SNAPSHOT_VERSION = "2026.11"

STEPS = (
    "countries",
    "materials",
    "shares",
    "us_statistics",
    "uses",
    "eu_study",
    "stocks_in_ground",
    "abrasives",
    "production",
    "prices",
    "trade",
    "behaviour",
    "governance",
    "outlook",
    "intensities",
    "geography",
    "measures",
)
"""Modules of this package, in order; each has ``build(source_dir, built)``."""

CSV_LIMIT_BYTES = 300_000
PART_LIMIT_BYTES = 1_900_000
SIGNIFICANT_DIGITS = 10


def assemble(source_dir: Path, target_dir: Path) -> dict[str, int]:
    """Build, check, write to a temporary folder beside the target, then rename."""
    require_replaceable(target_dir)
    tables, files = build_tables(source_dir)
    run_checks(tables)
    target_dir.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target_dir.parent, prefix=".snapshot-") as name:
        fresh = Path(name) / "fresh"
        fresh.mkdir()
        write_snapshot(tables, files, fresh)
        verify_files(fresh)
        old = Path(name) / "old"
        if target_dir.exists():
            target_dir.rename(old)
        try:
            fresh.rename(target_dir)
        except OSError:
            if old.exists():
                old.rename(target_dir)
            raise
    return {table: frame.height for table, frame in tables.items()}


def require_replaceable(target_dir: Path) -> None:
    """Refuse to replace anything that is not an earlier snapshot or an empty folder.

    Raises
    ------
    ConflictError
        The target is a file, or a folder with other things in it.
    """
    if not target_dir.exists() or (target_dir / MANIFEST_NAME).is_file():
        return
    if not target_dir.is_dir() or any(target_dir.iterdir()):
        raise ConflictError(
            "the target holds something that is not a snapshot, and building would replace it",
            where=str(target_dir),
            allowed="a new folder, an empty folder or an earlier snapshot",
        )


def build_tables(source_dir: Path) -> tuple[dict[str, pl.DataFrame], dict[str, bytes]]:
    """All tables in canonical order and all other files."""
    tables: dict[str, pl.DataFrame] = {}
    files: dict[str, bytes] = {}
    for step in STEPS:
        module = import_module(f"lodestock.data.build.{step}")
        for name, made in module.build(source_dir, tables).items():
            if isinstance(made, bytes):
                files[name] = made
            else:
                tables[name] = canonical(name, made)
    return tables, files


def canonical(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    """Columns, types, row order and number of digits as the schema and the manifest promise.

    Raises
    ------
    DataCheckError
        The frame lacks a column of the schema or has one too many.
    """
    table = TABLES[name]
    missing = [column for column in table.column_names if column not in frame.columns]
    extra = [column for column in frame.columns if column not in table.column_names]
    if missing or extra:
        raise DataCheckError(
            f"columns do not fit the schema: missing {missing}, not in the schema {extra}", where=name
        )
    typed = frame.select(table.column_names).cast(dict(polars_schema(table).items()))
    floats = [column.name for column in table.columns if column.dtype == "float"]
    texts = [column.name for column in table.columns if column.dtype == "text"]
    order = [*table.keys, *(c for c in ("preferred", "source_id") if c in table.column_names)]
    descending = [column == "preferred" for column in order]
    return typed.with_columns(
        *(_rounded(typed[column]) for column in floats),
        *(
            pl.when(pl.col(column) == "").then(None).otherwise(pl.col(column)).alias(column)
            for column in texts
        ),
    ).sort(order, descending=descending, nulls_last=True, maintain_order=True)


def _rounded(column: pl.Series) -> pl.Series:
    """Shortest decimal of ``SIGNIFICANT_DIGITS`` digits, so that text and binary files say the same."""
    texts = {value: float(f"{value:.{SIGNIFICANT_DIGITS}g}") for value in column.drop_nulls().unique()}
    return column.replace_strict(texts, default=None, return_dtype=pl.Float64)


def write_snapshot(tables: dict[str, pl.DataFrame], files: dict[str, bytes], folder: Path) -> None:
    """Write tables (CSV when small, else Parquet parts), other files and the manifest."""
    entries: dict[str, dict[str, object]] = {}
    for name, frame in sorted(tables.items()):
        for path, part in _write_table(name, frame, folder):
            entries[path.name] = {
                "sha256": file_sha256(path),
                "bytes": path.stat().st_size,
                "table": name,
                "rows": part.height,
                "columns": part.columns,
                "sources": _sources_of(frame),
            }
    for file, content in sorted(files.items()):
        (folder / file).write_bytes(content)
        entries[file] = {"sha256": file_sha256(folder / file), "bytes": len(content)}
    manifest = {"version": SNAPSHOT_VERSION, "files": dict(sorted(entries.items()))}
    text = json.dumps(manifest, indent=1, ensure_ascii=False, sort_keys=True)
    (folder / MANIFEST_NAME).write_text(text + "\n", encoding="utf-8")


def _write_table(name: str, frame: pl.DataFrame, folder: Path) -> list[tuple[Path, pl.DataFrame]]:
    stored = trade_storage.pack(frame) if name == "trade" else frame
    text = stored.write_csv(None)
    if len(text.encode()) <= CSV_LIMIT_BYTES and stored is frame:
        path = folder / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        return [(path, frame)]
    whole = _parquet_bytes(stored)
    parts = -(-len(whole) // PART_LIMIT_BYTES)
    size = -(-stored.height // parts)
    written = []
    for number in range(parts):
        part = stored.slice(number * size, size)
        path = folder / (f"{name}.parquet" if parts == 1 else f"{name}-{number + 1:02d}.parquet")
        path.write_bytes(_parquet_bytes(part))
        written.append((path, part))
    return written


def _parquet_bytes(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd", compression_level=19, statistics=False)
    return buffer.getvalue()


def _sources_of(frame: pl.DataFrame) -> list[str]:
    if "source_id" in frame.columns:
        return sorted(set(frame["source_id"].drop_nulls()))
    return [OWN]
