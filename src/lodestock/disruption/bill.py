"""A manufacturer's bill of materials: which products stop when a country's supply stops, and what it costs.

CSV, one row per product, material and supplier. Columns: ``product``, ``output_per_week`` (units), ``margin``
(USD per unit), ``material``, ``content`` (per unit), ``content_unit`` (g, kg or t), ``supplier``, ``country``
(ISO 3166 alpha-3), ``share`` of that material's supply, ``stock`` and ``stock_unit`` (g, kg or t; of the
material at the site), ``site``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lodestock.disruption.survive import Chain, Recovery, Step, Survival, time_to_recover, time_to_survive
from lodestock.errors import FileFormatError, UnitError, UnknownNameError, ValueOutOfRangeError

COLUMNS = (
    "product",
    "output_per_week",
    "margin",
    "material",
    "content",
    "content_unit",
    "supplier",
    "country",
    "share",
    "stock",
    "stock_unit",
    "site",
)
TONNES = {"g": 1e-6, "kg": 1e-3, "t": 1.0}


@dataclass(frozen=True)
class Line:
    """One row, in t."""

    product: str
    output_per_week: float
    margin: float
    material: str
    content: float
    supplier: str
    country: str
    share: float
    stock: float
    site: str


@dataclass(frozen=True)
class Exposure:
    """What one product suffers when some suppliers stop."""

    product: str
    site: str
    survival: Survival
    recovery: Recovery

    def exposed(self, weeks: float) -> bool:
        """Whether the outage lasts longer than the product survives."""
        return self.survival.weeks < weeks


def read_bill(path: Path) -> tuple[Line, ...]:
    """Read and check a bill of materials; every error names file, line and value.

    Raises
    ------
    FileFormatError, UnitError, UnknownNameError, ValueOutOfRangeError
    """
    from lodestock.data.snapshot import load_table

    if not path.is_file():
        raise FileFormatError("no such file", where=path.name)
    materials = set(load_table("materials")["material"].to_list())
    countries = set(load_table("countries")["country"].to_list())
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        for name in COLUMNS:
            if name not in (reader.fieldnames or ()):
                raise FileFormatError(f"no column {name!r}", where=path.name, allowed=", ".join(COLUMNS))
        lines = tuple(
            _line(row, f"{path.name} line {n}", materials, countries) for n, row in enumerate(reader, start=2)
        )
    if not lines:
        raise FileFormatError("no rows", where=path.name)
    _check_together(lines, path.name)
    return lines


def _line(row: dict[str, str], where: str, materials: set[str], countries: set[str]) -> Line:
    def number(key: str, highest: float = float("inf")) -> float:
        try:
            value = float(row[key])
        except (TypeError, ValueError):
            raise FileFormatError(f"{key} is {row[key]!r}", where=where, allowed="a number") from None
        if not 0 <= value <= highest or value == float("inf"):
            raise ValueOutOfRangeError(f"{key} is {value:g}", where=where, allowed=f"0 to {highest:g}")
        return value

    def tonnes(key: str) -> float:
        unit = row[f"{key}_unit"]
        if unit not in TONNES:
            raise UnitError(f"{key}_unit is {unit!r}", where=where, allowed=", ".join(TONNES))
        return number(key) * TONNES[unit]

    if row["material"] not in materials:
        raise UnknownNameError("material", row["material"], materials, where=where)
    if row["country"] not in countries:
        raise UnknownNameError("country", row["country"], countries, where=where)
    return Line(
        row["product"], number("output_per_week"), number("margin"), row["material"], tonnes("content"),
        row["supplier"], row["country"], number("share", 1.0), tonnes("stock"), row["site"],
    )  # fmt: skip


def _check_together(lines: Iterable[Line], where: str) -> None:
    """Raise where shares of a material exceed one, or its stock or content differ between rows."""
    shares: dict[tuple[str, str, str], float] = {}
    facts: dict[tuple[str, str, str], Line] = {}
    for line in lines:
        key = (line.product, line.site, line.material)
        shares[key] = shares.get(key, 0.0) + line.share
        first = facts.setdefault(key, line)
        if (first.stock, first.content) != (line.stock, line.content):
            raise UnitError(
                f"{line.product}, {line.material}: stock or content differ between its rows",
                where=where,
                hint="rows of one material in one product differ only in supplier; are units mixed?",
            )
        if shares[key] > 1 + 1e-9:
            raise ValueOutOfRangeError(
                f"shares of {line.material} in {line.product} add to {shares[key]:g}", where=where
            )


def chain_of(lines: Iterable[Line], product: str, site: str) -> Chain:
    """Suppliers to materials to one product at one site."""
    mine = [line for line in lines if (line.product, line.site) == (product, site)]
    output = mine[0].output_per_week
    contents = {line.material: line.content for line in mine}
    steps = [
        Step(f"{line.supplier} ({line.country}) {line.material}", line.share * line.content * output,
             {line.material: 1.0}, {})
        for line in mine
    ]  # fmt: skip
    steps.append(Step(f"make {product}", output, {product: 1.0}, contents))
    stock = {line.material: line.stock for line in mine}
    return Chain(
        stock, {product: output}, {product: mine[0].margin, **dict.fromkeys(contents, 0.0)}, tuple(steps)
    )


def exposures(lines: Iterable[Line], country: str, weeks: float) -> tuple[Exposure, ...]:
    """Every product that buys from a country whose suppliers are out for ``weeks``; worst first."""
    rows = tuple(lines)
    found = []
    for product, site in dict.fromkeys((line.product, line.site) for line in rows):
        mine = [line for line in rows if (line.product, line.site) == (product, site)]
        lost = [f"{x.supplier} ({x.country}) {x.material}" for x in mine if x.country == country]
        if not lost:
            continue
        chain = chain_of(rows, product, site)
        found.append(
            Exposure(product, site, time_to_survive(chain, lost), time_to_recover(chain, lost, weeks))
        )
    return tuple(sorted(found, key=lambda one: -one.recovery.exposure))
