"""Checks on the tables of a snapshot; they run in every build and on the shipped snapshot in the tests.

Each check returns a frame of offenders; a check without offenders returns an empty frame.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from lodestock.data.schema import TABLES
from lodestock.errors import DataCheckError


def run_checks(tables: Mapping[str, pl.DataFrame]) -> None:
    """Run every check; raise with the table of offenders of the first that fails."""
    for name, frame in tables.items():
        if tuple(frame.columns) != TABLES[name].column_names:
            raise DataCheckError("columns differ from the schema", where=name)
