"""What the snapshot knows, as plain rows: materials, countries, stages and sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import polars as pl

from lodestock.data.catalog import country_sets, materials, resolve_material
from lodestock.data.schema import STAGES, TABLES
from lodestock.data.snapshot import load_table, manifest, table_names
from lodestock.errors import UnknownNameError

Row = dict[str, Any]

STAGE_MEANING = {
    "mine": "ore and concentrate, or the element in them; for some materials crude intermediates of the mine",
    "intermediate": "matte, hydroxide and precious-metal concentrates that are neither; only in trade",
    "refined": "metal, compound or alloy sold to users; the only stage of by-products",
    "component": "goods made of it, such as magnets; only in trade",
    "scrap": "waste and scrap",
}


def rows(kind: str) -> list[Row]:
    """Rows of one list.

    Parameters
    ----------
    kind : materials, countries, stages or sources.

    Raises
    ------
    UnknownNameError
        No such list; names the nearest one.
    """
    makers: dict[str, Callable[[], list[Row]]] = {
        "materials": material_rows,
        "countries": country_rows,
        "stages": stage_rows,
        "sources": source_rows,
    }
    if kind not in makers:
        raise UnknownNameError("list", kind, makers)
    return makers[kind]()


def material_rows() -> list[Row]:
    """One row per material: slug, name, chain, basis, reference price (USD per t contained, 2024), host."""
    return [
        {
            "slug": item.slug,
            "name": item.name,
            "symbol": item.symbol,
            "material_class": item.material_class,
            "stages": list(item.stages),
            "basis": item.basis,
            "price_usd_per_t": round(item.price_usd_per_t, 2),
            "price_form": item.price_form,
            "has_observed_trade": item.has_observed_trade,
            "host": "/".join(item.host) if item.host else None,
            "note": item.note or None,
        }
        for item in materials()
    ]


def country_rows() -> list[Row]:
    """One row per country and pseudo-country: codes, name, region, position, income, sets it belongs to."""
    member_of: dict[str, list[str]] = {}
    for name, members in country_sets().items():
        for code in members:
            member_of.setdefault(code, []).append(name)
    columns = ("country", "iso2", "m49", "name", "region", "subregion", "latitude", "longitude", "gdp_usd")
    return [
        {**row, "sets": member_of.get(row["country"], [])}
        for row in load_table("countries").select(columns).iter_rows(named=True)
    ]


def stage_rows() -> list[Row]:
    """One row per stage: its meaning and how many materials have it in their chain."""
    counts = Counter(stage for item in materials() for stage in item.stages)
    return [{"stage": stage, "meaning": STAGE_MEANING[stage], "materials": counts[stage]} for stage in STAGES]


def source_rows(material: str | None = None) -> list[Row]:
    """Sources with publisher, licence, vintage and the tables they feed.

    Parameters
    ----------
    material : slug or any published name; only the sources of its rows, with their number. None lists every
        source.

    Raises
    ------
    UnknownNameError
        No such material; names the nearest one.
    """
    used = _tables_of_sources() if material is None else _rows_of_material(resolve_material(material))
    licences = {row["licence_id"]: row for row in load_table("licences").iter_rows(named=True)}
    found = []
    for source in load_table("sources").sort("source_id").iter_rows(named=True):
        if material is not None and source["source_id"] not in used:
            continue
        found.append(
            {
                "source_id": source["source_id"],
                "publisher": source["publisher"],
                "title": source["title"],
                "licence": licences[source["licence_id"]]["name"],
                "licence_terms": licences[source["licence_id"]]["terms"],
                "vintage": source["vintage"],
                "link": source["url_or_doi"],
                "attribution": source["attribution"],
                "tables": sorted(used.get(source["source_id"], {})),
                "rows": sum(used.get(source["source_id"], {}).values()) if material is not None else None,
            }
        )
    return found


def _tables_of_sources() -> dict[str, dict[str, int]]:
    """Tables and files that each source feeds; only the small table of countries is loaded."""
    used: dict[str, dict[str, int]] = {"natural-earth": {"outlines.json": 0}}
    for entry in manifest()["files"].values():
        for source in entry.get("sources", ()):
            if entry["table"] != "sources":
                used.setdefault(source, {})[entry["table"]] = 0
    countries = load_table("countries")
    for column in ("gdp_source_id", "position_source_id"):
        for source in countries[column].drop_nulls().unique():
            used.setdefault(source, {})["countries"] = 0
    return used


def _rows_of_material(slug: str) -> dict[str, dict[str, int]]:
    """Rows of a material by source and table."""
    used: dict[str, dict[str, int]] = {}
    for name in table_names():
        columns = TABLES[name].column_names
        if "source_id" not in columns or not {"material", "materials"} & set(columns):
            continue
        frame = load_table(name)
        if "material" in columns:
            own = frame.filter(pl.col("material") == slug)
        else:
            own = frame.filter(pl.col("materials").str.split("|").list.contains(slug))
        for source, count in own["source_id"].value_counts().iter_rows():
            used.setdefault(source, {})[name] = count
    return used
