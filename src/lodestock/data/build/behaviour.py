"""Hand-written tables for the calibration: assumptions, known flows and stated uses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from lodestock.data.build.common import Claim, claims_frame, curated
from lodestock.errors import DataCheckError


def build(source_dir: Path, built: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables assumptions, known_flows and use_priors."""
    return {
        "assumptions": _assumptions(),
        "known_flows": _claims("known_flows", ("material", "stage", "exporter", "importer", "year")),
        "use_priors": _claims("use_priors", ("material", "country", "year")),
    }


def _assumptions() -> pl.DataFrame:
    frame = curated("assumptions.csv").with_columns(pl.col("low", "central", "high").cast(pl.Float64))
    wrong = frame.filter(~((pl.col("low") <= pl.col("central")) & (pl.col("central") <= pl.col("high"))))
    if wrong.height:
        raise DataCheckError(f"low <= central <= high does not hold:\n{wrong}", where="assumptions.csv")
    return frame


def _claims(table: str, keys: tuple[str, ...]) -> pl.DataFrame:
    """Claims of a curated file: published number times a factor; low and high are canonical already."""
    claims = []
    for row in curated(f"{table}.csv").to_dicts():
        value = float(row["published_value"]) * float(row["factor"])
        low = float(row["low"]) if row["low"] else value
        high = float(row["high"]) if row["high"] else value
        if not 0 <= low <= value <= high:
            raise DataCheckError(f"{row} has no ordered interval around {value:g}", where=f"{table}.csv")
        claims.append(
            Claim(
                keys={key: int(row[key]) if key == "year" else row[key] for key in keys},
                value=value,
                unit="t",
                status=row["status"],
                basis=row["basis"],
                source_id=row["source_id"],
                low=low,
                high=high,
                published_value=row["published_value"],
                published_unit=row["published_unit"],
                note=row["note"],
            )
        )
    return claims_frame(table, claims)
