"""The snapshot's names as `Names`: small tables read without a table library, prices only when asked for.

Checking a scenario has to be quick, so the CSV tables are read with the standard library.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import lru_cache

from lodestock.data.snapshot import SNAPSHOT_DIRECTORY, load_table, table_files
from lodestock.errors import FileFormatError
from lodestock.scenario.forms import QUOTED, form_factors
from lodestock.scenario.names import MaterialName, Names

REMAINDER = "OTH"
NOT_COUNTRIES = frozenset({"WLD", "EUU"})
BASE_YEARS = (2024,)
"""Years with trade, production and prices that can be calibrated."""


def _rows(table: str) -> Iterator[Mapping[str, str]]:
    """Yield the rows of a snapshot table as text; empty text for null."""
    files = table_files(table, SNAPSHOT_DIRECTORY)
    if not files:
        raise FileFormatError(
            f"table {table!r} is not in the snapshot", hint="run: lodestock data build --from DIR"
        )
    if files[0].suffix == ".csv":
        with files[0].open(encoding="utf-8", newline="") as stream:
            yield from csv.DictReader(stream)
    else:
        for row in load_table(table).iter_rows(named=True):
            yield {key: "" if value is None else str(value) for key, value in row.items()}


@lru_cache(maxsize=1)
def load_names() -> Names:
    """Return the names of the shipped snapshot (cached)."""
    choke = _choke_multiples()
    materials = {row["material"]: _material(row, choke) for row in _rows("materials")}
    aliases = _material_aliases(materials)
    countries: dict[str, str] = {}
    country_aliases: dict[str, str] = {}
    for row in _rows("countries"):
        if row["country"] not in NOT_COUNTRIES:
            countries[row["country"]] = row["name"]
            country_aliases |= {
                text.casefold(): row["country"] for text in (row["country"], row["iso2"], row["name"]) if text
            }
    countries.setdefault(REMAINDER, "Other countries")
    for row in _rows("country_aliases"):
        if row["country"] in countries:
            country_aliases.setdefault(row["alias"].casefold(), row["country"])
    sets: dict[str, list[str]] = {}
    for row in _rows("country_sets"):
        if row["country"] in countries:
            sets.setdefault(row["set_name"], []).append(row["country"])
    return Names(
        materials=materials,
        material_aliases=aliases,
        countries=countries,
        country_aliases=country_aliases,
        sets={name: tuple(sorted(members)) for name, members in sets.items()},
        base_years=BASE_YEARS,
        end_uses=end_uses,
        prices=reference_prices,
    )


def _material(row: Mapping[str, str], choke: Mapping[str, float]) -> MaterialName:
    pairs = (part.split("=", 1) for part in row["price_form"].split("|") if "=" in part)
    return MaterialName(
        slug=row["material"],
        name=row["name"],
        symbol=row["symbol"],
        stages=tuple(row["stages"].split("|")),
        price_form={stage.strip(): form.strip() for stage, form in pairs},
        form_needed=frozenset(QUOTED.get(row["material"], ())),
        form_factors=form_factors(row["material"]),
        choke_multiple=choke.get(row["material"], choke.get(row["material_class"], choke.get("*"))),
    )


def _material_aliases(materials: Mapping[str, MaterialName]) -> dict[str, str]:
    """Return name, symbol and spellings without hyphens -> slug; an ambiguous symbol is left out."""
    aliases: dict[str, str] = {}
    symbols = [material.symbol.casefold() for material in materials.values()]
    for slug, material in materials.items():
        words = [slug, material.name, slug.replace("-", " "), slug.replace("-", "")]
        if symbols.count(material.symbol.casefold()) == 1:
            words.append(material.symbol)
        for word in words:
            aliases.setdefault(word.casefold(), slug)
    return aliases


@lru_cache(maxsize=8)
def reference_prices(base_year: int) -> Mapping[tuple[str, str], float]:
    """Return (material, stage) -> preferred annual price of the base year, USD per t contained."""
    prices: dict[tuple[str, str], float] = {}
    for row in _rows("prices"):
        preferred = row["preferred"].casefold() == "true"
        if preferred and row["frequency"] == "annual" and row["period"] == str(base_year) and row["value"]:
            prices[row["material"], row["stage"]] = float(row["value"])
    return prices


@lru_cache(maxsize=64)
def end_uses(material: str) -> tuple[str, ...]:
    """Return the names of the end uses of ``material``: those assumed where shares are, else as published."""
    stated = [
        row["end_use"]
        for row in _rows("assumptions")
        if row["name"] == "end_use_share" and row["material"] == material
    ]
    if stated:
        return tuple(sorted(stated))
    return tuple(
        row["end_use"]
        for row in _rows("end_uses")
        if row["material"] == material and row["preferred"].casefold() == "true"
    )


def _choke_multiples() -> Mapping[str, float]:
    """Return material, class or ``*`` -> multiple of the base price above which nobody buys."""
    return {
        row["material"]: float(row["central"])
        for row in _rows("assumptions")
        if row["name"] == "final_choke_multiple" and not row["stage"] and not row["country"]
    }
