"""Manufactured abrasives: capacity by country and the United States balance, as the USGS publishes them.

Fused aluminium oxide and silicon carbide are no materials of the chain tables: they are bought and stored as
what they are, so quantities are gross tonnes. Source files ``usgs_mcs2026_world.csv.gz`` (capacity),
``usgs_mcs2026_us_salient.csv.gz``, ``usgs_mcs2026_us_import_sources.csv`` and
``usgs_mcs2026_prices_2021_2025.csv``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from lodestock.data.build.common import Claim, claims_frame, read_source
from lodestock.data.build.usgs_world import read_quantity
from lodestock.data.units import tonnes_per

WORLD_FILE = "usgs_mcs2026_world.csv.gz"
SALIENT_FILE = "usgs_mcs2026_us_salient.csv.gz"
SOURCES_FILE = "usgs_mcs2026_us_import_sources.csv"
PRICES_FILE = "usgs_mcs2026_prices_2021_2025.csv"
SOURCE = "usgs-mcs2026"
COMMODITY = "Abrasives (Manufactured)"

_FORMS = {"Fused aluminum oxide": "aluminium-oxide-fused", "Silicon carbide": "silicon-carbide"}
_ITEMS = {
    "Production": "production",
    "Import": "imports",
    "Export": "exports",
    "Consumption": "apparent_consumption",
}
_SHARE_YEAR = 2024
"""Import sources are means of 2021 to 2024; they are filed under the last year."""


def build(source_dir: Path, built: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The table abrasives."""
    claims = (
        *_capacity(source_dir),
        *_balance(source_dir),
        *_import_shares(source_dir),
        *_prices(source_dir),
    )
    return {"abrasives": claims_frame("abrasives", claims)}


def _rows(source_dir: Path, name: str) -> Iterator[dict[str, Any]]:
    for row in read_source(source_dir, name).iter_rows(named=True):
        if row["commodity"] == COMMODITY:
            yield row


def _capacity(source_dir: Path) -> Iterator[Claim]:
    for row in _rows(source_dir, WORLD_FILE):
        form = _FORMS.get(row["detail"] or "")
        if form is None or row["stage"] != "capacity" or row["is_world_total"] == "True":
            continue
        yield _claim(form, row["iso3"] or "OTH", row, "capacity", "t a year", tonnes_per(row["unit"]))


def _balance(source_dir: Path) -> Iterator[Claim]:
    for row in _rows(source_dir, SALIENT_FILE):
        item = _ITEMS.get(row["statistic"])
        name = (row["detail"] or "").partition(": ")[2].removesuffix(", crude")
        if item is None or name not in _FORMS:
            continue
        yield _claim(_FORMS[name], "USA", row, item, "t", tonnes_per(row["unit"]))


def _import_shares(source_dir: Path) -> Iterator[Claim]:
    totals = {f"Total {name[0].lower()}{name[1:]}": form for name, form in _FORMS.items()}
    for row in _rows(source_dir, SOURCES_FILE):
        form = totals.get(row["detail"] or "")
        if form is None:
            continue
        dated = {**row, "year": str(_SHARE_YEAR), "value": row["share_pct"]}
        yield _claim(form, row["iso3"] or "OTH", dated, "import_share", "1", 0.01)


def _prices(source_dir: Path) -> Iterator[Claim]:
    for row in _rows(source_dir, PRICES_FILE):
        name = (row["detail"] or "").partition(": ")[2]
        form = _FORMS.get(name.removesuffix(", crude"))
        if form is None or not name.endswith(", crude"):
            continue
        priced = {**row, "value": row["value_num"]}
        yield _claim(form, "USA", priced, "price", "USD/t", 1.0)


def _claim(form: str, country: str, row: Mapping[str, Any], item: str, unit: str, scale: float) -> Claim:
    quantity = read_quantity(row["value"], estimated="Estimated" in (row["notes"] or ""))
    ends = (None, None, None) if quantity is None else (quantity.value, quantity.low, quantity.high)
    value, low, high = (None if end is None else end * scale for end in ends)
    return Claim(
        keys={"form": form, "country": country, "item": item, "year": int(row["year"])},
        value=value,
        unit=unit,
        status="withheld" if quantity is None else quantity.status,
        basis="gross weight; share of imports of 2021 to 2024" if item == "import_share" else "gross weight",
        source_id=SOURCE,
        low=low,
        high=high,
        published_value=row["value"],
        published_unit=row["unit"],
        note=row["notes"] or None,
    )
