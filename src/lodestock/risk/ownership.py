"""Who owns output abroad, where it is known: a short list with ranges and sources in ``ownership.csv``.

A market without a row is reported by location only: unknown ownership is unknown, not domestic.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from lodestock.errors import ValueOutOfRangeError

if TYPE_CHECKING:
    import polars as pl

FILE = Path(__file__).with_name("ownership.csv")


@lru_cache(maxsize=1)
def owners() -> dict[tuple[str, str], tuple[tuple[str, str, float], ...]]:
    """(country, owner, share of the country's output) by material and stage, central values.

    Raises
    ------
    ValueOutOfRangeError
        A row whose range is not ordered within 0 to 1.
    """
    found: dict[tuple[str, str], tuple[tuple[str, str, float], ...]] = {}
    with FILE.open(encoding="utf-8", newline="") as handle:
        for line, row in enumerate(csv.DictReader(handle), start=2):
            low, share, high = (float(row[name]) for name in ("low", "share", "high"))
            if not 0 <= low <= share <= high <= 1:
                raise ValueOutOfRangeError(f"{low}, {share}, {high}", where=f"{FILE.name}, line {line}")
            key = (row["material"], row["stage"])
            found[key] = (*found.get(key, ()), (row["country"], row["owner"], share))
    return found


def ownership_table(material: str, stage: str) -> pl.DataFrame | None:
    """Rows for ``concentration.by_owner``; None where nothing is known."""
    import polars as pl

    rows = owners().get((material, stage))
    if not rows:
        return None
    return pl.DataFrame(
        [
            {"material": material, "stage": stage, "country": country, "owner": owner, "share": share}
            for country, owner, share in rows
        ]
    )


def concentration_by_owner(material: str, stage: str, year: int) -> float | None:
    """Concentration H of a market by owner; None where no owner is known."""
    from lodestock.risk import inputs
    from lodestock.risk.concentration import by_owner, concentration

    table = ownership_table(material, stage)
    supply = inputs.supply().filter(material=material, stage=stage, year=year)
    if table is None or supply.is_empty():
        return None
    return float(concentration(by_owner(supply, table))["hhi"][0])
