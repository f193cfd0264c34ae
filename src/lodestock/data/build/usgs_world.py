"""World tables of the USGS Mineral Commodity Summaries, editions 2023 to 2026, as observations.

Source files: ``usgs_mcs2026_world``, ``usgs_mcs2025_world``, ``usgs_mcs2023_2024_world``. Every edition
has its own commodity names and details; the alias table says which are used. A dash is zero, ``W`` is
withheld, ``s`` is less than half a unit, NA is unknown and makes no row.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lodestock.data.build.common import curated, join_notes, read_source
from lodestock.data.build.countries import country_code
from lodestock.data.build.names import Alias, find_alias
from lodestock.data.build.observation import Observation
from lodestock.data.units import tonnes_per
from lodestock.errors import UnknownNameError

MCS2026_FILE = "usgs_mcs2026_world.csv.gz"
MCS2025_FILE = "usgs_mcs2025_world.csv.gz"
OLDER_FILE = "usgs_mcs2023_2024_world.csv.gz"

_ZERO = {"-", "—", "–"}
_SIZE_WORDS = {"large", "small", "very small", "moderate", "moderate to large", "xx", "na", ""}


@dataclass(frozen=True)
class Quantity:
    """A published text read as a number: value and interval in published units."""

    value: float | None
    low: float | None
    high: float | None
    status: str


def rounding_half_width(text: str) -> float:
    """Half a unit of the last significant digit: ``302,000`` -> 500, ``12.5`` -> 0.05.

    A single significant digit followed by zeros keeps half of that digit's place.
    """
    digits = text.replace(",", "")
    if "." in digits:
        return 0.5 * 10.0 ** -len(digits.split(".")[1])
    stripped = digits.rstrip("0")
    return 0.5 * 10.0 ** (len(digits) - len(stripped)) if stripped else 0.5


def read_quantity(text: str | None, *, estimated: bool, rounded: bool = False) -> Quantity | None:
    """Read a published cell; None when it states no number (NA, XX, words of size)."""
    cleaned = (text or "").strip()
    if cleaned in _ZERO:
        return Quantity(0.0, 0.0, 0.0, "reported")
    if cleaned == "W":
        return Quantity(None, None, None, "withheld")
    if cleaned == "s" or cleaned.startswith("Less than ½"):
        return Quantity(0.25, 0.0, 0.5, "less_than")
    if cleaned.casefold() in _SIZE_WORDS or cleaned.casefold().startswith(("included", "categorized")):
        return None
    if re.match(r"e\d", cleaned):
        cleaned, estimated = cleaned[1:], True
    span = re.fullmatch(r"([\d,.]+)\s*[-–]\s*([\d,.]+)", cleaned)
    if span:
        low, high = (float(end.replace(",", "")) for end in span.groups())
        return Quantity((low + high) / 2, low, high, "estimated")
    bound = re.fullmatch(r"([<>])\s*([\d,.]+)", cleaned)
    if bound:
        number = float(bound.group(2).replace(",", ""))
        if bound.group(1) == "<":
            return Quantity(number / 2, 0.0, number, "less_than")
        return Quantity(number, number, None, "estimated")
    number = float(cleaned.replace(",", ""))
    if rounded:
        half = rounding_half_width(cleaned)
        return Quantity(number, number - half, number + half, "rounded")
    return Quantity(number, number, number, "estimated" if estimated else "reported")


def mcs2026(source_dir: Path, quantity: str) -> Iterator[Observation]:
    """Observations of the 2026 edition; ``quantity`` is production, capacity or reserves."""
    for row in read_source(source_dir, MCS2026_FILE).iter_rows(named=True):
        is_capacity, is_reserves = row["stage"] == "capacity", row["stage"] == "reserves"
        kind = "capacity" if is_capacity else "reserves" if is_reserves else "production"
        if kind != quantity:
            continue
        alias = find_alias("usgs-mcs2026", quantity, row["commodity"], row["detail"] or "")
        if alias is None:
            continue
        country = row["iso3"] or ("WLD" if row["is_world_total"] == "True" else "OTH")
        yield from _observe(
            alias,
            country,
            row["year"],
            row["value"],
            row["unit"],
            estimated=row["estimated"] == "True",
            source_id="usgs-mcs2026",
            remark=_keep_remark(row["notes"]),
            is_total="rounded" in (row["detail"] or ""),
        )


def mcs2025(source_dir: Path, quantity: str, lookup: Mapping[str, str]) -> Iterator[Observation]:
    """Observations of the 2025 edition (years 2023 and 2024)."""
    for row in read_source(source_dir, MCS2025_FILE).iter_rows(named=True):
        alias = find_alias("usgs-mcs2025", quantity, row["commodity"], row["detail"] or "")
        if alias is None or row["statistic"] != quantity:
            continue
        country = _older_country(row["country"], row["iso3"], lookup)
        if country is None:
            continue
        yield from _observe(
            alias,
            country,
            row["year"],
            row["value"],
            corrected_unit("usgs-mcs2025", row["commodity"], row["unit"]),
            estimated=row["year"] == "2024" or "estimated" in (row["detail"] or "").casefold(),
            source_id="usgs-mcs2025",
            remark=_keep_remark(row["notes"]),
            is_total=country == "WLD",
        )


def older_editions(source_dir: Path, quantity: str, lookup: Mapping[str, str]) -> Iterator[Observation]:
    """Observations of the 2024 and 2023 editions (years 2021 to 2023)."""
    for row in read_source(source_dir, OLDER_FILE).iter_rows(named=True):
        source_id = f"usgs-mcs{row['edition']}"
        alias = find_alias(source_id, quantity, row["commodity_code"], row["type"] or "")
        if alias is None or row["statistic"] != quantity:
            continue
        country = _older_country(row["country"], row["iso3"], lookup)
        if country is None:
            continue
        yield from _observe(
            alias,
            country,
            row["year"],
            row["value"],
            corrected_unit(source_id, row["commodity_code"], row["unit"]),
            estimated=row["estimated"] == "True",
            source_id=source_id,
            remark=None if "excluding" not in row["country"] else "Excludes U.S. production.",
            is_total=country == "WLD",
        )


def corrected_unit(source_id: str, published_name: str, unit: str | None) -> str:
    """The unit as stated, or as corrected in ``unit_corrections.csv`` where a data release mislabels it."""
    for row in curated("unit_corrections.csv").iter_rows(named=True):
        if (row["source_id"], row["published_name"], row["stated_unit"]) == (source_id, published_name, unit):
            return str(row["unit"])
    return unit or ""


def _older_country(name: str, iso3: str | None, lookup: Mapping[str, str]) -> str | None:
    """Country code of an older edition, whose names carry footnotes; None for combined countries."""
    plain = name.replace("\xa0", " ")
    if "ilmenite and rutile" in plain:
        return None  # sum of two totals that are listed as well
    if plain.startswith("World total"):
        return "WLD"
    if plain.startswith("Other"):
        return "OTH"
    if plain.startswith("United States and"):
        return None
    if iso3:
        return iso3
    try:
        return country_code(plain, lookup)
    except UnknownNameError:
        # boron rows append the form to the country: "Chile, ulexite"
        return country_code(re.split(r"[,(]", plain)[0], lookup)


def _observe(
    alias: Alias,
    country: str,
    year: str,
    text: str | None,
    unit: str,
    *,
    estimated: bool,
    source_id: str,
    remark: str | None,
    is_total: bool,
) -> Iterator[Observation]:
    quantity = read_quantity(text, estimated=estimated, rounded=is_total)
    if quantity is None:
        return
    scale = tonnes_per(unit) * alias.factor
    convert = f"x {scale:.6g} to t contained" if not math.isclose(scale, 1.0) else None
    factor_note = alias.factor_note or None
    yield Observation(
        alias.material,
        alias.stage,
        country,
        int(year),
        _scaled(quantity.value, scale),
        _scaled(quantity.low, scale),
        _scaled(quantity.high, scale),
        quantity.status,
        text or "",
        unit,
        alias.form,
        source_id,
        join_notes(convert, factor_note, remark),
    )


def _scaled(value: float | None, scale: float) -> float | None:
    return None if value is None else value * scale


def _keep_remark(notes: str | None) -> str | None:
    """Keep the publisher's remarks that change the meaning of a number, drop boilerplate."""
    kept = [
        part.strip()
        for part in (notes or "").split("--")
        if re.search(r"[Ee]xclude|does not include|[Ii]nclude[sd]|quota|content|avoid disclosing", part)
        and "Unless otherwise noted" not in part
    ]
    return join_notes(*kept)


def merge_forms(observations: Iterable[Observation]) -> list[Observation]:
    """Add up forms of one material that an edition lists apart (ilmenite and rutile).

    A row that an edition repeats word for word counts once.
    """
    merged: dict[tuple[str, str, str, int, str], Observation] = {}
    seen: set[tuple[object, ...]] = set()
    for item in observations:
        form = (*item.key, item.basis, item.published_value)
        if form in seen:
            continue
        seen.add(form)
        before = merged.get(item.key)
        merged[item.key] = item if before is None else _added(before, item)
    return list(merged.values())


def _added(before: Observation, item: Observation) -> Observation:
    return replace(
        before,
        value=_sum(before.value, item.value),
        low=_sum(before.low, item.low),
        high=_sum(before.high, item.high),
        status=before.status if before.status == item.status else "estimated",
        published_value=f"{before.published_value} + {item.published_value}",
        basis=before.basis if before.basis == item.basis else f"{before.basis} + {item.basis}",
        note=join_notes(
            before.note, "sum of forms listed apart", item.note if item.note != before.note else None
        ),
    )


def _sum(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first + second


def read_editions(source_dir: Path, quantity: str, lookup: Mapping[str, str]) -> list[Observation]:
    """All observations of all editions, newest edition first."""
    return merge_forms(
        [
            *mcs2026(source_dir, quantity),
            *mcs2025(source_dir, quantity, lookup),
            *older_editions(source_dir, quantity, lookup),
        ]
    )
