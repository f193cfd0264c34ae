"""Sea ports and sea passages.

Ports: ``ports_wpi.csv.gz``, World Port Index (Pub. 150); depth 0 means unknown and stays empty; rows without
a country and Antarctica are left out. Passages: ``curated/chokepoints.csv``, positions of public geography
rounded to a tenth of a degree.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from lodestock.data.build.common import OWN, curated, licence_of_source, read_source, vintage_of_source
from lodestock.data.build.countries import country_code, country_lookup

PORTS_FILE = "ports_wpi.csv.gz"
PORTS_SOURCE = "nga-pub150"


def build(source_dir: Path, built: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables ``ports`` and ``chokepoints``."""
    return {
        "ports": build_ports(read_source(source_dir, PORTS_FILE), built["country_aliases"]),
        "chokepoints": build_chokepoints(),
    }


def build_ports(published: pl.DataFrame, aliases: pl.DataFrame) -> pl.DataFrame:
    """One row per port with a country; the deepest of channel, pier and admitted draught in metres."""
    lookup = country_lookup(aliases)
    blank_free = published.with_columns(pl.all().str.strip_chars())
    named = blank_free.filter(~pl.col("country").fill_null("").is_in(["", "Antarctica"]))
    codes = {name: country_code(name, lookup, where=PORTS_FILE) for name in named["country"].unique().sort()}
    depths = [
        pl.when(pl.col(name).cast(pl.Float64) > 0).then(pl.col(name).cast(pl.Float64))
        for name in ("channel_depth_m", "cargo_pier_depth_m", "max_draft_m")
    ]
    return named.select(
        port_id=pl.format("wpi-{}", pl.col("wpi").cast(pl.Float64).cast(pl.Int64)),
        unlocode=pl.when(pl.col("unlocode").fill_null("") != "").then(
            pl.col("unlocode").str.replace(" ", "", literal=True)
        ),
        name="name",
        country=pl.col("country").replace_strict(codes),
        latitude=pl.col("lat").cast(pl.Float64).round(3),
        longitude=pl.col("lon").cast(pl.Float64).round(3),
        harbor_size=pl.when(pl.col("harbor_size").fill_null("") != "").then(
            pl.col("harbor_size").str.to_lowercase()
        ),
        max_depth_m=pl.max_horizontal(depths),
        source_id=pl.lit(PORTS_SOURCE),
        licence_id=pl.lit(licence_of_source()[PORTS_SOURCE]),
        vintage=pl.lit(vintage_of_source()[PORTS_SOURCE]),
    ).unique("port_id", keep="first", maintain_order=True)


def build_chokepoints() -> pl.DataFrame:
    """Sea passages with what they join and the way around."""
    return curated("chokepoints.csv").select(
        "chokepoint_id",
        "name",
        pl.col("latitude").cast(pl.Float64),
        pl.col("longitude").cast(pl.Float64),
        "joins",
        "detour",
        source_id=pl.lit(OWN),
        licence_id=pl.lit(licence_of_source()[OWN]),
        vintage=pl.lit(vintage_of_source()[OWN]),
    )
