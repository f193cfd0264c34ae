"""End uses and recycling input rates, from the European Commission and, where it is silent, assumptions.

Source file ``eu_crm2023_end_use_shares.csv``; published shares of a material add to 90 to 113 %. Recycling
rates are facts restated in ``recycling_rates.csv``. Materials without published end uses take
``end_uses_assumed.csv``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from lodestock.data.build.common import OWN, Claim, claims_frame, curated, join_notes, read_source
from lodestock.data.build.names import aliases

FILE = "eu_crm2023_end_use_shares.csv"


def build(source_dir: Path, built: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The tables end_uses and recycling_rates."""
    return {
        "end_uses": claims_frame("end_uses", [*_published(source_dir), *_assumed()]),
        "recycling_rates": claims_frame("recycling_rates", _recycling()),
    }


def _published(source_dir: Path) -> list[Claim]:
    names = aliases("eu-crm2023", "end_use")
    found: dict[tuple[str, str], Claim] = {}
    for row in read_source(source_dir, FILE).drop_nulls("share_pct").iter_rows(named=True):
        for alias in names.get(row["material"], ()):
            share = float(row["share_pct"]) / 100
            end_use = " ".join(row["application"].split())
            claim = Claim(
                keys={
                    "material": alias.material,
                    "end_use": end_use,
                    "sector": " ".join((row["nace_sector"] or "").split()),
                    "value_added_meur": float(row["va_million_eur"]) if row["va_million_eur"] else None,
                },
                value=share,
                unit="1",
                status="reported",
                basis="share of use",
                source_id="eu-crm2023",
                published_value=row["share"],
                published_unit="percent",
                note=alias.factor_note or None,
            )
            before = found.get((alias.material, end_use))
            found[(alias.material, end_use)] = claim if before is None else _added(before, claim)
    return list(found.values())


def _added(first: Claim, second: Claim) -> Claim:
    """One application that the publisher lists under two sectors."""
    return replace(
        first,
        value=(first.value or 0.0) + (second.value or 0.0),
        published_value=f"{first.published_value} + {second.published_value}",
        note=join_notes(first.note, f"also in {second.keys['sector']}"),
    )


def _assumed() -> Iterator[Claim]:
    for row in curated("end_uses_assumed.csv").iter_rows(named=True):
        yield Claim(
            keys={
                "material": row["material"],
                "end_use": row["end_use"],
                "sector": row["sector"],
                "value_added_meur": None,
            },
            value=float(row["central"]),
            unit="1",
            status="assumed",
            basis="share of use",
            source_id=OWN,
            low=float(row["low"]),
            high=float(row["high"]),
            note=row["reason"],
        )


def _recycling() -> Iterator[Claim]:
    for row in curated("recycling_rates.csv").iter_rows(named=True):
        yield Claim(
            keys={"material": row["material"]},
            value=float(row["rate_percent"]) / 100,
            unit="1",
            status=row["status"],
            basis="end-of-life recycling input rate",
            source_id=row["source_id"],
            published_value=row["rate_percent"],
            published_unit="percent",
            note=row["note"],
        )
