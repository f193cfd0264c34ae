"""Material content of energy technologies and of battery cells.

Source files ``technology_material_intensity.csv`` (premise, after Schlichenmaier and Naegler 2022) and
``battery_material_intensity_batpac.csv`` (Argonne BatPaC 5.1). Metals that are not in the materials table are
left out; neodymium and praseodymium are added; titanium is titanium metal, graphite in cells is anode
graphite.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from lodestock.data.build.common import licence_of_source, read_source, vintage_of_source

TECHNOLOGY_FILE = "technology_material_intensity.csv"
BATTERY_FILE = "battery_material_intensity_batpac.csv"
TECHNOLOGY_SOURCE = "premise-metals"
BATTERY_SOURCE = "argonne-batpac"

_RENAMED = {
    "Aluminum": "aluminium",
    "Neodymium": "neodymium-praseodymium",
    "Praseodymium": "neodymium-praseodymium",
    "Praseodimium": "neodymium-praseodymium",
    "Titanium": "titanium-metal",
}
_BATTERY_RENAMED = {"Graphite": "graphite-anode"}


def build(source_dir: Path, built: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables ``technology_intensities`` and ``battery_intensities``."""
    known = built["materials"]["material"].to_list()
    return {
        "technology_intensities": technologies(read_source(source_dir, TECHNOLOGY_FILE), known),
        "battery_intensities": batteries(read_source(source_dir, BATTERY_FILE), known),
    }


def technologies(published: pl.DataFrame, known: list[str]) -> pl.DataFrame:
    """Mean, median and range per technology, material, unit and year."""
    numbers = ("mean", "median", "min", "max")
    table = published.with_columns(
        *(pl.col(name).cast(pl.Float64) for name in numbers),
        material=pl.col("metal").replace(_RENAMED).str.to_lowercase(),
        unit=pl.col("unit").str.replace(" metal/", "/", literal=True),
        year=pl.col("year").cast(pl.Float64).cast(pl.Int64),
    ).filter(pl.col("material").is_in(known) & pl.col("mean").is_not_null())
    total = [
        pl.when(pl.col(name).is_null().any()).then(None).otherwise(pl.col(name).sum()).alias(name)
        for name in numbers
    ]
    both = pl.col("material") == "neodymium-praseodymium"
    summed = (
        table.group_by("technology", "material", "unit", "year")
        .agg(*total, metals=pl.col("metal").sort().str.to_lowercase().str.join(" and "))
        .with_columns(note=pl.when(both).then(pl.format("published: {}", "metals")))
        .drop("metals")
        .rename({"min": "low", "max": "high"})
    )
    return _with_source(summed, TECHNOLOGY_SOURCE)


def batteries(published: pl.DataFrame, known: list[str]) -> pl.DataFrame:
    """Content per kWh of cell for each chemistry."""
    table = (
        published.with_columns(
            material=pl.col("mineral").replace({**_RENAMED, **_BATTERY_RENAMED}).str.to_lowercase(),
            value=pl.col("kg_per_kwh").cast(pl.Float64),
        )
        .filter(pl.col("material").is_in(known) & pl.col("value").is_not_null())
        .select("chemistry", "material", "value")
    )
    return _with_source(table, BATTERY_SOURCE)


def _with_source(table: pl.DataFrame, source: str) -> pl.DataFrame:
    return table.with_columns(
        source_id=pl.lit(source),
        licence_id=pl.lit(licence_of_source()[source]),
        vintage=pl.lit(vintage_of_source()[source]),
    )
