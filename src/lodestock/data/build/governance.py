"""Worldwide Governance Indicators of the World Bank, all six, as published.

Source file ``wgi_all_indicators_1996_2022.csv.gz``: estimate in standard normal units, percentile rank 0 to
100. Kosovo is XKX; the former Netherlands Antilles are left out where Curaçao has a row of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from lodestock.data.build.common import licence_of_source, read_source, vintage_of_source

FILE = "wgi_all_indicators_1996_2022.csv.gz"
SOURCE = "worldbank-wgi2023"
_RENAMED = {"ANT": "CUW"}


def build(source_dir: Path, built: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The table ``governance``."""
    published = read_source(source_dir, FILE)
    slug = {name: indicator_slug(name) for name in published["indicator"].unique()}
    table = published.filter(pl.col("estimate").is_not_null()).select(
        pl.col("code").replace(_RENAMED).alias("country"),
        pl.col("indicator").replace_strict(slug),
        pl.col("year").cast(pl.Int64),
        value=pl.col("estimate").cast(pl.Float64).round_sig_figs(6),
        rank=pl.col("rank").cast(pl.Float64).round_sig_figs(6),
        source_id=pl.lit(SOURCE),
        licence_id=pl.lit(licence_of_source()[SOURCE]),
        vintage=pl.lit(vintage_of_source()[SOURCE]),
        is_renamed=pl.col("code").is_in(list(_RENAMED)),
    )
    keys = ["country", "indicator", "year"]
    own_first = table.sort([*keys, "is_renamed"]).unique(keys, keep="first", maintain_order=True)
    return {"governance": own_first.drop("is_renamed")}


def indicator_slug(name: str) -> str:
    """Name of an indicator in words: ``ControlofCorruption`` -> ``control-of-corruption``."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    spaced = re.sub(r"(?<=[a-z])(of|and)(?= [A-Z])", r" \1", spaced)
    return "-".join(spaced.casefold().split())
