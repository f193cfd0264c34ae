"""Policy measures on minerals, facts only: who, when, what kind, which material, link.

Three sources: dates checked against official texts (``curated/measures_verified.csv``), register entries of
Global Trade Alert (``policy_gta_critical_minerals.csv``) and trade measures of the IEA policy tracker
(``policy_iea_tracker_short.csv``). No title or description is carried over. Corrections and entries left out
stand with their reason in ``curated/measures_corrections.csv`` and ``curated/measures_left_out.csv``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from lodestock.data.build.common import (
    curated,
    licence_of_source,
    read_source,
    rows_frame,
    vintage_of_source,
)
from lodestock.data.build.countries import country_code, country_lookup
from lodestock.errors import UnknownNameError

GTA_FILE = "policy_gta_critical_minerals.csv"
IEA_FILE = "policy_iea_tracker_short.csv"

_MATERIALS = {"bauxite/aluminium": "aluminium", "rare earths": "rare-earths", "gold": "gold"}
_IEA_TYPES = {
    "Trade:Export and import ban": "export or import ban",
    "Trade:Export controls and restrictions": "export restriction",
    "Trade:Import controls and restrictions": "import restriction",
    "Trade:Tariffs and duties": "tariff",
    "Trade:Non-tariff measures": "non-tariff measure",
    "Trade:Foreign direct investment (FDI)": "investment rule",
}
_NO_MATERIAL = ("batteries", "coal")
_EU_MEMBERS = 27


def build(source_dir: Path, built: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The table ``policy_measures``."""
    lookup = country_lookup(built["country_aliases"])
    known = set(built["materials"]["material"])
    verified = verified_rows()
    left_out = {*curated("measures_left_out.csv")["link"], *(row["link"] for row in verified)}
    rows = [
        *verified,
        *corrected(gta_rows(read_source(source_dir, GTA_FILE), lookup)),
        *(row for row in iea_rows(read_source(source_dir, IEA_FILE), lookup) if row["link"] not in left_out),
    ]
    for row in rows:
        for slug in (row["materials"] or "").split("|"):
            if slug and slug not in known:
                raise UnknownNameError("material", slug, known, where=f"measure {row['measure_id']}")
    return {"policy_measures": rows_frame("policy_measures", rows)}


def verified_rows() -> list[dict[str, Any]]:
    """Measures whose dates were checked against an official text or a quotation of it."""
    return [
        {**row, **_provenance("official-notices")}
        for row in curated("measures_verified.csv").iter_rows(named=True)
    ]


def gta_rows(published: pl.DataFrame, lookup: Mapping[str, str]) -> list[dict[str, Any]]:
    """Register entries: trade controls carry the date of effect, subsidies the date of announcement."""
    rows = []
    for entry in published.iter_rows(named=True):
        is_trade = entry["dealType"] == "Trade Control"
        rows.append(
            {
                "measure_id": f"gta-{entry['id']}",
                "date_announced": None if is_trade else entry["dateISO"],
                "date_effective": entry["dateISO"] if is_trade else None,
                "date_ended": None,
                "date_status": "as published",
                "implementer": implementers(entry["implementers"], lookup),
                "target": None,
                "measure_type": entry["interventionType"].split(",")[0].casefold(),
                "direction": "tightens" if is_trade else "supports",
                "materials": slugs(entry["minerals"]),
                "link": entry["link"],
                "note": None,
                **_provenance("gta"),
            }
        )
    return rows


def corrected(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Apply the curated corrections; an entry with the field ``drop`` is left out."""
    changes: dict[str, dict[str, tuple[str, str]]] = {}
    for change in curated("measures_corrections.csv").iter_rows(named=True):
        changes.setdefault(change["measure_id"], {})[change["field"]] = (change["value"], change["reason"])
    kept = []
    for row in rows:
        own = changes.get(row["measure_id"], {})
        if "drop" in own:
            continue
        reasons = "; ".join(f"{field} corrected: {reason}" for field, (_, reason) in own.items())
        kept.append(
            {**row, **{field: value for field, (value, _) in own.items()}, "note": reasons or row["note"]}
        )
    return kept


def iea_rows(published: pl.DataFrame, lookup: Mapping[str, str]) -> list[dict[str, Any]]:
    """Trade measures that name at least one material; one row per link and implementer."""
    rows: dict[str, dict[str, Any]] = {}
    for entry in published.iter_rows(named=True):
        kinds = [_IEA_TYPES[kind] for kind in entry["policyTypes"].split("|") if kind in _IEA_TYPES]
        materials = slugs(entry["minerals_derived"])
        if not kinds or not materials:
            continue
        date, status = iso_date(entry["datePromulgated"])
        implementer = implementers(entry["countries"], lookup)
        number = 1 + sum(other.startswith(f"iea-{implementer}-{date}-") for other in rows)
        identity = f"iea-{implementer}-{date}-{number}".casefold()
        rows[identity] = {
            "measure_id": identity,
            "date_announced": date,
            "date_effective": None,
            "date_ended": None,
            "date_status": status,
            "implementer": implementer,
            "target": None,
            "measure_type": kinds[0],
            "direction": None,
            "materials": materials,
            "link": entry["link"],
            "note": "announced only" if entry["status"] == "Announced" else None,
            **_provenance("iea-policy-tracker"),
        }
    return list(rows.values())


def implementers(names: str, lookup: Mapping[str, str]) -> str:
    """Codes separated by |; all members of the European Union together are EUU."""
    codes = sorted({country_code(name, lookup, where="policy measures") for name in names.split("|")})
    return "EUU" if len(codes) == _EU_MEMBERS else "|".join(codes)


def slugs(minerals: str | None) -> str | None:
    """Material slugs of a list of minerals; batteries and coal are no material here."""
    names = [name.casefold() for name in (minerals or "").split("|") if name]
    found = [_MATERIALS.get(name, name.replace(" ", "-")) for name in names if name not in _NO_MATERIAL]
    return "|".join(dict.fromkeys(found)) or None


def iso_date(text: str) -> tuple[str, str]:
    """ISO date of ``2025-02-04``, ``16-08-2023`` (day first) or a bare year, and how precise it is."""
    day_first = re.fullmatch(r"(\d{2})-(\d{2})-(\d{4})", text)
    if day_first:
        day, month, year = day_first.groups()
        return f"{year}-{month}-{day}", "as published"
    return text, "year only" if len(text) == 4 else "as published"


def _provenance(source: str) -> dict[str, str]:
    return {
        "source_id": source,
        "licence_id": licence_of_source()[source],
        "vintage": vintage_of_source()[source],
    }
