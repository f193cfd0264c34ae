"""The tables of the snapshot: one definition gives documentation, column types and checks.

A *claim* table carries, besides its keys, what was published and what was made of it (``CLAIM_COLUMNS``):
the canonical value with its interval, the publisher's own text and unit, the status, source, licence and
vintage, and whether the row is the one the precedence rule prefers. Losers stay in the table.
"""

from __future__ import annotations

from lodestock.data import tables_reference, tables_supply, tables_use
from lodestock.data.columns import (
    CLAIM_COLUMNS,
    PSEUDO_COUNTRIES,
    STAGES,
    STATUSES,
    ColumnSchema,
    TableSchema,
)

TABLES: dict[str, TableSchema] = {
    table.name: table for group in (tables_reference, tables_supply, tables_use) for table in group.TABLES
}

__all__ = [
    "CLAIM_COLUMNS",
    "PSEUDO_COUNTRIES",
    "STAGES",
    "STATUSES",
    "TABLES",
    "ColumnSchema",
    "TableSchema",
]
