"""Which published name means which material, stage and contained factor."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from lodestock.data.build.common import curated
from lodestock.data.units import evaluate_factor


@dataclass(frozen=True)
class Alias:
    """One row of the alias table: a published form and what it is here."""

    publisher: str
    quantity: str
    name: str
    detail: str
    material: str
    stage: str
    form: str
    factor: float
    factor_note: str

    def fits(self, detail: str) -> bool:
        """True when the pattern of the row occurs in the published detail (case-folded)."""
        return re.search(self.detail, detail.casefold()) is not None


@lru_cache(maxsize=32)
def aliases(publisher: str, quantity: str) -> dict[str, tuple[Alias, ...]]:
    """Aliases of one publisher and quantity by published name."""
    found: dict[str, tuple[Alias, ...]] = {}
    rows = curated("material_aliases.csv").filter(
        (pl.col("publisher") == publisher) & (pl.col("quantity") == quantity)
    )
    for row in rows.iter_rows(named=True):
        alias = Alias(
            publisher,
            quantity,
            row["published_name"],
            row["published_detail"] or "",
            row["material"],
            row["stage"] or "",
            row["form"],
            evaluate_factor(row["factor"]),
            row["factor_note"] or "",
        )
        found[alias.name] = (*found.get(alias.name, ()), alias)
    return found


def find_alias(publisher: str, quantity: str, name: str, detail: str) -> Alias | None:
    """The alias that fits a published name and detail, or None when the form is not used here."""
    for alias in aliases(publisher, quantity).get(name, ()):
        if alias.fits(detail):
            return alias
    return None


def build_aliases() -> pl.DataFrame:
    """The alias table with the factors computed."""
    return (
        curated("material_aliases.csv")
        .with_columns(
            contained_factor=pl.col("factor").map_elements(evaluate_factor, return_dtype=pl.Float64)
        )
        .drop("factor")
    )
