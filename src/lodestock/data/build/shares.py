"""European Commission supply shares: world supply and EU sourcing, with the trade parameter.

Source files ``eu_crm2023_global_supply_shares.csv`` and ``eu_crm2023_eu_supply_shares.csv``; E is
extraction, P is processing; mean of about 2016 to 2020. Published sums lie between 88 and 104 % (EU
sourcing may be far lower), so shares are kept as published and never silently rescaled.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import polars as pl

from lodestock.data.build.common import Claim, claims_frame, curated, read_source
from lodestock.data.build.names import aliases

GLOBAL_FILE = "eu_crm2023_global_supply_shares.csv"
EU_FILE = "eu_crm2023_eu_supply_shares.csv"
PERIOD = "2016-2020"
WHOLE_LIST = 0.9
"""Assumed shares that add to more than this are a whole list; less, corrections of single countries."""


def _claims(source_dir: Path, file: str, basis: str) -> list[Claim]:
    names = aliases("eu-crm2023", "share")
    found: dict[tuple[str, str, str], Claim] = {}
    for row in read_source(source_dir, file).iter_rows(named=True):
        for alias in names.get(row["material"], ()):
            if alias.detail != row["stage"]:
                continue
            share = float(row["share_pct"]) / 100
            is_bound = row["less_than"] == "True"
            claim = Claim(
                keys={
                    "material": alias.material,
                    "stage": alias.stage,
                    "country": _country(row["iso3"]),
                    "period": PERIOD,
                    "trade_parameter": float(row["t"]) if row["t"] else None,
                },
                value=share / 2 if is_bound else share,
                unit="1",
                status="less_than" if is_bound else "reported",
                basis=basis,
                source_id="eu-crm2023",
                low=0.0 if is_bound else share,
                high=share,
                published_value=row["share"],
                published_unit="percent",
            )
            found.setdefault((alias.material, alias.stage, str(claim.keys["country"])), claim)
    return list(found.values())


def _country(iso3: str | None) -> str:
    """The publisher's unknown country is the pseudo-country OTH."""
    return "OTH" if iso3 in {None, "UNK"} else str(iso3)


@lru_cache(maxsize=4)
def world_shares(source_dir: Path) -> Mapping[tuple[str, str], Mapping[str, float]]:
    """Published world supply shares by (material, stage), fractions by country."""
    shares: dict[tuple[str, str], dict[str, float]] = {}
    for claim in _claims(source_dir, GLOBAL_FILE, "share of world supply"):
        key = (str(claim.keys["material"]), str(claim.keys["stage"]))
        shares.setdefault(key, {})[str(claim.keys["country"])] = claim.value or 0.0
    return shares


@lru_cache(maxsize=1)
def assumed_shares() -> Mapping[tuple[str, str], Mapping[str, float]]:
    """Shares of ``assumed_shares.csv`` by (material, stage): in place of published ones, or ending them."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for row in curated("assumed_shares.csv").iter_rows(named=True):
        found.setdefault((row["material"], row["stage"]), {})[row["country"]] = float(row["share"])
    return found


def is_assumed(material: str, stage: str) -> bool:
    """True where assumed shares replace the published list as a whole: they add to one or nearly so."""
    return sum(assumed_shares().get((material, stage), {}).values()) > WHOLE_LIST


def estimation_shares(source_dir: Path) -> dict[tuple[str, str], Mapping[str, float]]:
    """Shares used to estimate output: published ones, without closed plants, or assumed lists instead."""
    shares: dict[tuple[str, str], Mapping[str, float]] = dict(world_shares(source_dir))
    for key, own in assumed_shares().items():
        merged = own if is_assumed(*key) else {**shares.get(key, {}), **own}
        shares[key] = {country: share for country, share in merged.items() if share > 0}
    return shares


def build(source_dir: Path, built: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables processing_shares and eu_sourcing_shares."""
    return {
        "processing_shares": claims_frame(
            "processing_shares", _claims(source_dir, GLOBAL_FILE, "share of world supply")
        ),
        "eu_sourcing_shares": claims_frame(
            "eu_sourcing_shares", _claims(source_dir, EU_FILE, "share of supply to the EU")
        ),
    }
