"""The snapshot that ships with the package: find it, check it, load its tables.

Tables lie beside this file as ``snapshot/<table>.csv`` or ``snapshot/<table>[-part].parquet`` with
``manifest.json`` (sha256, rows and sources of every file). Loading is lazy and cached.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lodestock.data import trade_storage
from lodestock.data.schema import TABLES, ColumnSchema, TableSchema
from lodestock.errors import FileFormatError, UnknownNameError

if TYPE_CHECKING:
    import polars as pl

SNAPSHOT_DIRECTORY = Path(__file__).parent / "snapshot"
MANIFEST_NAME = "manifest.json"


def polars_type(column: ColumnSchema) -> pl.DataType:
    """The polars type of a column."""
    import polars as pl

    types: dict[str, pl.DataType] = {
        "text": pl.String(),
        "float": pl.Float64(),
        "integer": pl.Int64(),
        "boolean": pl.Boolean(),
    }
    return types[column.dtype]


def polars_schema(table: TableSchema) -> dict[str, pl.DataType]:
    """Column name to polars type, in file order."""
    return {column.name: polars_type(column) for column in table.columns}


def table_files(name: str, directory: Path) -> list[Path]:
    """The files of a table: one CSV, or one or several Parquet parts in name order."""
    csv = directory / f"{name}.csv"
    if csv.exists():
        return [csv]
    return sorted([*directory.glob(f"{name}.parquet"), *directory.glob(f"{name}-*.parquet")])


def read_table(name: str, directory: Path) -> pl.DataFrame:
    """Read one table from a snapshot directory with the types its schema states.

    Raises
    ------
    UnknownNameError
        No such table in the schema.
    FileFormatError
        The file is missing or its columns are not those of the schema.
    """
    import polars as pl

    if name not in TABLES:
        raise UnknownNameError("table", name, TABLES)
    table = TABLES[name]
    files = table_files(name, directory)
    if not files:
        raise FileFormatError(f"table {name!r} is not in the snapshot", where=str(directory))
    expected = polars_schema(table)
    try:
        if files[0].suffix == ".csv":
            frame = pl.read_csv(files[0], infer_schema_length=0)
        else:
            frame = pl.concat([pl.read_parquet(file) for file in files])
            if name == "trade":
                frame = trade_storage.unpack(frame)
        if tuple(frame.columns) != table.column_names:
            raise FileFormatError(
                f"columns {frame.columns} differ from the schema",
                where=files[0].name,
                allowed=", ".join(table.column_names),
            )
        if files[0].suffix == ".csv":
            flags = [column.name for column in table.columns if column.dtype == "boolean"]
            frame = frame.with_columns(pl.col(flags).replace_strict({"true": True, "false": False}))
        return frame.cast(dict(expected.items()))
    except pl.exceptions.PolarsError as error:
        raise FileFormatError(f"cannot be read as table {name!r}: {error}", where=files[0].name) from error


@lru_cache(maxsize=64)
def load_table(name: str) -> pl.DataFrame:
    """One table of the shipped snapshot (cached; do not change the frame in place)."""
    return read_table(name, SNAPSHOT_DIRECTORY)


def table_names() -> tuple[str, ...]:
    """Names of the tables that the shipped snapshot holds, in schema order."""
    return tuple(name for name in TABLES if table_files(name, SNAPSHOT_DIRECTORY))


@lru_cache(maxsize=1)
def manifest() -> dict[str, Any]:
    """The manifest of the shipped snapshot: version and, per file, sha256, rows, columns and sources."""
    return read_manifest(SNAPSHOT_DIRECTORY)


def read_manifest(directory: Path) -> dict[str, Any]:
    """The manifest of a snapshot directory."""
    loaded: dict[str, Any] = json.loads((directory / MANIFEST_NAME).read_text(encoding="utf-8"))
    return loaded


@lru_cache(maxsize=1)
def snapshot_hash() -> str:
    """sha256 of the manifest: changes whenever any shipped number changes."""
    return file_sha256(SNAPSHOT_DIRECTORY / MANIFEST_NAME)


def file_sha256(path: Path) -> str:
    """sha256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def snapshot_file(name: str) -> Path:
    """Path of a shipped file that is not a table, such as ``outlines.json``."""
    path = SNAPSHOT_DIRECTORY / name
    if not path.exists():
        raise UnknownNameError("snapshot file", name, manifest()["files"])
    return path
