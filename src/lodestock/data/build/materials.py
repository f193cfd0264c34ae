"""Materials, their published names, sources and licences: the curated tables of the package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from lodestock.data.build.common import curated
from lodestock.data.build.names import build_aliases


def build(source_dir: Path, built: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables materials, material_aliases, sources and licences."""
    return {
        "materials": curated("materials.csv").with_columns(pl.col("host_share").cast(pl.Float64)),
        "material_aliases": build_aliases(),
        "sources": curated("sources.csv"),
        "licences": curated("licences.csv").with_columns(pl.col("shippable") == "true"),
    }
