"""Expected demand and supply from the International Energy Agency.

Source files ``iea_demand_outlook.csv`` and ``iea_supply_mining_refining.csv`` (kt). Demand comes in four
tables of the publisher; where two of them give the same number, the first of ``_TABLES`` is used. Rows that
add minerals up (``Total EV`` ...), shares and ``PGMs`` (no single material) are left out. Neodymium and
praseodymium are added; ``Rare Earth Elements`` means the magnet rare earths.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from lodestock.data.build.common import Claim, claims_frame, join_notes, read_source
from lodestock.data.build.names import aliases

DEMAND_FILE = "iea_demand_outlook.csv"
SUPPLY_FILE = "iea_supply_mining_refining.csv"
SOURCE = "iea-cmde2025"

_TABLES = ("total_demand", "total_demand_sector", "by_technology", "cleantech_by_mineral")
_ITEMS = {
    "totalDemand": "total",
    "total": "clean technologies",
    "totalClean": "clean technologies",
    "otherUses": "other uses",
    "cleanShare": None,
}
_MAGNET_NOTE = "neodymium and praseodymium taken as 94 % of the magnet rare earths (0.92 to 0.96, assumption)"
_MAGNET = (0.94, 0.92, 0.96)
_MATERIALS = {
    "Battery-grade graphite": "graphite-anode",
    "Graphite": "graphite-anode",
    "Neodymium": "neodymium-praseodymium",
    "Praseodymium": "neodymium-praseodymium",
    "Rare Earth Elements": "neodymium-praseodymium",
    "Titanium": "titanium-metal",
}
_LEFT_OUT = ("PGMs", "Total REE")
_COUNTRY = {"World": "WLD", "Rest of world": "OTH"}


def build(source_dir: Path, built: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables ``demand_outlook`` and ``supply_outlook``."""
    known = set(built["materials"]["material"])
    return {
        "demand_outlook": claims_frame("demand_outlook", demand_claims(source_dir, known)),
        "supply_outlook": claims_frame("supply_outlook", supply_claims(source_dir)),
    }


def material_of(mineral: str, known: set[str]) -> str | None:
    """Slug of an IEA mineral name, None for totals and groups."""
    if mineral.startswith("Total ") or mineral in _LEFT_OUT:
        return None
    slug = _MATERIALS.get(mineral, mineral.casefold())
    return slug if slug in known else None


def demand_claims(source_dir: Path, known: set[str]) -> list[Claim]:
    """One claim per material, item, scenario and year, from the first table that gives it."""
    tables = read_source(source_dir, DEMAND_FILE).with_columns(
        rank=pl.col("table").replace_strict({name: rank for rank, name in enumerate(_TABLES)})
    )
    parts: dict[tuple[str, str, str, int], list[tuple[int, str, str]]] = {}
    for row in tables.sort("rank", maintain_order=True).iter_rows(named=True):
        material = material_of(row["mineral"], known)
        item = _ITEMS.get(row["item"], row["item"])
        if material is None or item is None:
            continue
        key = (material, item, row["scenario"], int(row["year"]))
        parts.setdefault(key, []).append((row["rank"], row["mineral"], row["value"]))
    return [_demand_claim(key, found) for key, found in sorted(parts.items())]


def _demand_claim(key: tuple[str, str, str, int], found: list[tuple[int, str, str]]) -> Claim:
    """Add the minerals of the first table that has the key; scale magnet rare earths."""
    first = min(rank for rank, _, _ in found)
    used = [(mineral, text) for rank, mineral, text in found if rank == first]
    magnet = any(mineral == "Rare Earth Elements" for mineral, _ in used)
    total = sum(float(text) for _, text in used) * 1e3
    central, low, high = _MAGNET if magnet else (1.0, 1.0, 1.0)
    names = " + ".join(f"{mineral} {text}" for mineral, text in used)
    material, item, scenario, year = key
    return Claim(
        {"material": material, "item": item, "scenario": scenario, "year": year},
        total * central,
        "t",
        "estimated",
        "contained element",
        SOURCE,
        low=total * low,
        high=total * high,
        published_value=used[0][1] if len(used) == 1 else names,
        published_unit="kt",
        note=join_notes(
            _MAGNET_NOTE if magnet else None,
            "sum of published minerals" if len(used) > 1 else None,
            f"table {_TABLES[first]}",
        ),
    )


def supply_claims(source_dir: Path) -> list[Claim]:
    """Expected output by country, base case; ``Rest of world`` is OTH, ``World`` is WLD."""
    names = aliases(SOURCE, "supply")
    claims = []
    for row in read_source(source_dir, SUPPLY_FILE).iter_rows(named=True):
        alias = next((a for a in names.get(row["mineral"], ()) if a.detail == row["stage"]), None)
        if alias is None or row["country"].startswith("_"):
            continue
        year = int(row["year"])
        claims.append(
            Claim(
                {
                    "material": alias.material,
                    "stage": alias.stage,
                    "country": _COUNTRY.get(row["country"], row["iso3"]),
                    "year": year,
                },
                float(row["kt"]) * 1e3 * alias.factor,
                "t",
                "reported" if year <= 2024 else "estimated",
                alias.form,
                SOURCE,
                published_value=row["kt"],
                published_unit="kt",
                note=join_notes(alias.factor_note),
            )
        )
    return claims
