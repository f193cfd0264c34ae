"""Reserves and production capacity from the USGS, newest edition.

Reserves published as a word (large, small) make no row; ``>`` is a lower bound with an open upper end.
Chromium is the Cr2O3 column (ore and oxide columns must not be added), titanium is ilmenite plus rutile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from lodestock.data.build.common import claims_frame
from lodestock.data.build.observation import Observation
from lodestock.data.build.usgs_world import mcs2026, merge_forms
from lodestock.data.build.withheld import fill_withheld, withheld_bounds


def build(source_dir: Path, built: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables reserves and capacity."""
    reserves = merge_forms(mcs2026(source_dir, "reserves"))
    capacity = [
        row
        for block in _blocks(merge_forms(mcs2026(source_dir, "capacity")))
        for row in fill_withheld(block, {}, withheld_bounds())
    ]
    return {
        "reserves": claims_frame(
            "reserves", [replace(item, preferred=True).claim(staged=False) for item in reserves]
        ),
        "capacity": claims_frame("capacity", [replace(item, preferred=True).claim() for item in capacity]),
    }


def _blocks(rows: list[Observation]) -> list[list[Observation]]:
    """Rows by (material, stage, year)."""
    found: dict[tuple[str, str, int], list[Observation]] = {}
    for row in rows:
        found.setdefault(row.block, []).append(row)
    return list(found.values())
