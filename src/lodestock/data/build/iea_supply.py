"""Mining and refining by country for 2024 from the International Energy Agency.

Source file ``iea_supply_mining_refining.csv`` (kt). Rows ``_top3_share`` are fractions and are dropped;
``Rest of world`` becomes OTH, ``World`` becomes WLD. Years after 2024 are an outlook, not output.
"""

from __future__ import annotations

from pathlib import Path

from lodestock.data.build.common import join_notes, read_source
from lodestock.data.build.names import aliases
from lodestock.data.build.observation import Observation

FILE = "iea_supply_mining_refining.csv"
BASE_YEAR = 2024


def observations(source_dir: Path) -> list[Observation]:
    """Base-year observations of all six minerals."""
    names = aliases("iea-cmde2025", "supply")
    found: list[Observation] = []
    for row in read_source(source_dir, FILE).iter_rows(named=True):
        if int(row["year"]) != BASE_YEAR or row["country"].startswith("_"):
            continue
        alias = next((a for a in names.get(row["mineral"], ()) if a.detail == row["stage"]), None)
        if alias is None:
            continue
        country = {"World": "WLD", "Rest of world": "OTH"}.get(row["country"], row["iso3"])
        value = float(row["kt"]) * 1e3 * alias.factor
        found.append(
            Observation(
                alias.material, alias.stage, country, BASE_YEAR, value, value, value, "reported",
                row["kt"], "kt", alias.form, "iea-cmde2025", join_notes(alias.factor_note),
            )
        )  # fmt: skip
    return found
