"""A manufacturer's bill of materials: which products stop when a country's supply stops, and what it costs.

CSV, one row per product, material and supplier. Columns: ``product``, ``output_per_week`` (units), ``margin``
(USD per unit), ``material``, ``content`` (per unit), ``content_unit`` (g, kg or t), ``supplier``, ``country``
(ISO 3166 alpha-3), ``share`` of that material's supply, ``stock`` and ``stock_unit`` (g, kg or t; of the
material at the site), ``site``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lodestock.disruption.survive import Chain, Recovery, Step, Survival, time_to_recover, time_to_survive
from lodestock.errors import UnitError
from lodestock.table_file import Rejected, Row, keep_good, read_rows

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


@dataclass(frozen=True)
class Bill:
    """Rows that can be used, and those left out."""

    lines: tuple[Line, ...]
    rejected: tuple[Rejected, ...]


def read_bill(path: Path) -> Bill:
    """Read a bill of materials; a product with a row that cannot be used is left out as a whole.

    What a product is exposed to follows from all its rows together, so one wrong row spoils it, and no other.

    Raises
    ------
    FileFormatError
        The file as a whole cannot be used; see `lodestock.table_file.read_rows`.
    """
    rows = read_rows(path, COLUMNS, others=True)
    made, bad = keep_good(rows, lambda row: (row, _line(row)))
    reasons = {one.line: one.reason for one in bad}
    spoiled = {one.row.text("product"): one.line for one in bad}
    products: dict[str, list[tuple[Row, Line]]] = {}
    for row, line in made:
        products.setdefault(line.product, []).append((row, line))
    for product, pairs in products.items():
        if product not in spoiled:
            wrong = _contradiction(pairs)
            if wrong is not None:
                spoiled[product], reasons[wrong.line] = wrong.line, wrong.reason
    lines = tuple(line for _, line in made if line.product not in spoiled)
    left_out = [
        Rejected(row, reasons.get(row.line) or f"{product} is left out, see line {spoiled[product]}")
        for row in rows
        if row.line in reasons or (product := row.text("product")) in spoiled
    ]
    return Bill(lines, tuple(left_out))


def _line(row: Row) -> Line:
    from lodestock.data.catalog import resolve_country, resolve_material

    def tonnes(key: str) -> float:
        unit = row.text(f"{key}_unit")
        if unit not in TONNES:
            raise UnitError(f"{key}_unit is {unit!r}", where=row.where, allowed=", ".join(TONNES))
        return row.number(key) * TONNES[unit]

    return Line(
        product=row.needed("product"),
        output_per_week=row.number("output_per_week"),
        margin=row.number("margin"),
        material=resolve_material(row.needed("material"), where=row.where),
        content=tonnes("content"),
        supplier=row.text("supplier"),
        country=resolve_country(row.needed("country"), where=row.where),
        share=row.number("share", high=1.0),
        stock=tonnes("stock"),
        site=row.text("site"),
    )


def _contradiction(pairs: Iterable[tuple[Row, Line]]) -> Rejected | None:
    """Return the first row of a product with which shares exceed one, or stock, content or sums differ."""
    shares: dict[tuple[str, str], float] = {}
    facts: dict[tuple[str, str], Line] = {}
    sites: dict[str, Line] = {}
    for row, line in pairs:
        key = (line.site, line.material)
        shares[key] = shares.get(key, 0.0) + line.share
        first, made = facts.setdefault(key, line), sites.setdefault(line.site, line)
        if (first.stock, first.content) != (line.stock, line.content):
            return Rejected(
                row,
                f"{line.product}, {line.material}: stock or content differ between its rows; "
                "rows of one material in one product differ only in supplier; are units mixed?",
            )
        if (made.output_per_week, made.margin) != (line.output_per_week, line.margin):
            return Rejected(row, f"{line.product}: output_per_week or margin differ between its rows")
        if shares[key] > 1 + 1e-9:
            return Rejected(row, f"shares of {line.material} in {line.product} add to {shares[key]:g}")
    return None


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
