"""The European Commission's study of 2023 under its own names, with materials outside the catalogue.

Source files as in ``shares.py`` and ``uses.py``. The tables ``processing_shares``, ``eu_sourcing_shares`` and
``end_uses`` restate the rows of catalogued materials as claims; these two keep the whole study, so that its
indicators can be computed for each of its materials and groups.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from lodestock.data.build.common import licence_of_source, read_source, rows_frame, vintage_of_source
from lodestock.data.build.shares import EU_FILE, GLOBAL_FILE
from lodestock.data.build.uses import FILE as USES_FILE

SOURCE = "eu-crm2023"


def build(source_dir: Path, built: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables eu_study_shares and eu_study_uses."""
    shares = [*_shares(source_dir, GLOBAL_FILE, "world"), *_shares(source_dir, EU_FILE, "eu")]
    return {
        "eu_study_shares": rows_frame("eu_study_shares", shares),
        "eu_study_uses": rows_frame("eu_study_uses", _uses(source_dir)),
    }


def _origin() -> dict[str, str]:
    return {
        "source_id": SOURCE,
        "licence_id": licence_of_source()[SOURCE],
        "vintage": vintage_of_source()[SOURCE],
    }


def _shares(source_dir: Path, file: str, supply: str) -> Iterator[dict[str, Any]]:
    """Rows of one share file; less than x is the interval 0 to x, with its middle as the value."""
    half_step = 0.0005 if supply == "world" else 0.005
    seen: set[tuple[str, str, str]] = set()
    for row in read_source(source_dir, file).iter_rows(named=True):
        share = float(row["share_pct"]) / 100
        is_bound = row["less_than"] == "True"
        country = "OTH" if row["iso3"] in {None, "UNK"} else str(row["iso3"])
        key = (row["material"], row["stage"], country)
        if key in seen:
            continue
        seen.add(key)
        yield {
            "published_name": row["material"],
            "published_stage": row["stage"],
            "supply": supply,
            "country": country,
            "trade_parameter": float(row["t"]) if row["t"] else None,
            "share": share / 2 if is_bound else share,
            "share_low": 0.0 if is_bound else max(share - half_step, 0.0),
            "share_high": share if is_bound else share + half_step,
            "published_value": row["share"],
            **_origin(),
        }


def _uses(source_dir: Path) -> Iterator[dict[str, Any]]:
    """Rows of the use file, numbered, because the study lists some applications twice."""
    for number, row in enumerate(
        read_source(source_dir, USES_FILE).drop_nulls("share_pct").iter_rows(named=True), start=1
    ):
        yield {
            "row": number,
            "published_name": row["material"],
            "end_use": " ".join(row["application"].split()),
            "sector": " ".join((row["nace_sector"] or "").split()),
            "value_added_meur": float(row["va_million_eur"]) if row["va_million_eur"] else None,
            "share": float(row["share_pct"]) / 100,
            **_origin(),
        }
