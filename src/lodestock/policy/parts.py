"""The tables a network is made of, as columns, and how to change or extend a copy of one.

Quantities are t contained per year, prices USD per t contained.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lodestock.errors import UnknownNameError

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

MINE, REFINED, PERMIT = "mine", "refined", "permit"
STAGES = (MINE, REFINED, PERMIT)

TRADE, PROCESS, STOCK_DRAW, STOCK_BUILD, PURCHASE, RELEASE, LEAK, PASSAGE = (
    "trade",
    "process",
    "stock_draw",
    "stock_build",
    "purchase",
    "release",
    "leak",
    "passage",
)
COLUMN_KINDS = (TRADE, PROCESS, STOCK_DRAW, STOCK_BUILD, PURCHASE, RELEASE, LEAK, PASSAGE)
SHIPMENTS = (TRADE, LEAK)
"""Kinds that move goods between countries: openly, or round an export control."""
PRODUCTION, SECONDARY = "production", "secondary"
SUPPLY_KINDS = (PRODUCTION, SECONDARY)

NONE = -1
"""Index of a node, country or limit that is absent."""


@dataclass(frozen=True, eq=False)
class Nodes:
    """Places with a price. All arrays have shape (node,)."""

    material: IndexArray
    """Index into ``Network.materials``; NONE on a permit node."""
    stage: IndexArray
    """Index into STAGES."""
    country: IndexArray
    """Index into ``Network.countries``."""
    price: FloatArray
    """Base price, USD/t; on a permit node the price scale of the goods it covers."""
    throughput: FloatArray
    """Base quantity passing through, t: the unit of the quantity tolerance."""
    injection: FloatArray
    """Exogenous net supply, t: the permits of a quota; zero elsewhere unless a caller sets it."""
    behind: IndexArray
    """Node of the country's market that this one stands behind, joined to it by passages; NONE for a market.

    A node behind a market holds what must be told apart there: users who have to meet a mandate, recovered
    scrap, goods at the border, goods of the country's own origin.
    """


@dataclass(frozen=True, eq=False)
class Columns:
    """Activities at level z: take from one node, give to another. All arrays have shape (column,)."""

    kind: IndexArray
    """Index into COLUMN_KINDS."""
    take: IndexArray
    give: IndexArray
    take_quantity: FloatArray
    """t taken per unit of level (1 over the yield when processing)."""
    give_quantity: FloatArray
    take_money: FloatArray
    """Money weight of the price at the node taken from; differs from the quantity by ad-valorem wedges."""
    give_money: FloatArray
    cost: FloatArray
    """USD per unit of level at level zero, wedges included."""
    slope: FloatArray
    capacity: FloatArray
    base_level: FloatArray
    limit: IndexArray
    """Index into ``Network.limits`` of the licence that caps this column, or NONE."""


@dataclass(frozen=True, eq=False)
class SupplyRows:
    r"""Own-price supply: :math:`q = q^0 (w/p^0)^{\varepsilon}` clipped to [block_low, block_high], less
    block_low.

    w is the price the producer sees: the node price plus ``shift``, less levies on the row. Output is clipped
    to capacity and falls to zero between the shut-down prices. All arrays have shape (row,).
    """

    kind: IndexArray
    """Index into SUPPLY_KINDS."""
    node: IndexArray
    quantity: FloatArray
    price: FloatArray
    elasticity: FloatArray
    capacity: FloatArray
    shutdown_low: FloatArray
    """Multiple of ``price`` at and below which nothing is produced."""
    shutdown_high: FloatArray
    block_low: FloatArray
    """The row stands for a producer's tonnes from block_low to block_high; contracts cover the first."""
    block_high: FloatArray
    shift: FloatArray
    """USD/t paid to the producer on top of the node price."""
    base_quantity: FloatArray
    """Base-year output, t."""


@dataclass(frozen=True, eq=False)
class UseRows:
    """Own-price use with back-stops. All arrays have shape (row,)."""

    node: IndexArray
    quantity: FloatArray
    """Use at the base price, t, shocks included."""
    price: FloatArray
    elasticity: FloatArray
    choke_multiple: FloatArray
    profile: IndexArray
    """Index into ``Network.profiles``: the back-stops of the row."""
    base_quantity: FloatArray
    """Base-year use, t."""


@dataclass(frozen=True)
class EndUseShare:
    """A part of use and the share of it that leaves as the price rises between two multiples of base."""

    name: str
    share: float
    backstop_share: float
    multiple_low: float
    multiple_high: float


Profile = tuple[EndUseShare, ...]


@dataclass(frozen=True, eq=False)
class Wedge:
    r"""Money per unit of level that an instrument puts between the two ends of columns, or on supply rows.

    On column k the operator pays
    :math:`\Delta c_k + \Delta w^{take}_k p_{i} - \Delta w^{give}_k p_{o}` per unit; on a row the producer
    pays ``rate``. Negative amounts are subsidies. The other side is the treasury of ``country`` (one per
    column or row), or, where that is NONE, all treasuries in proportion to ``share``.
    """

    name: str
    instrument: str
    kind: str
    """duty, export_tax or subsidy."""
    material: str
    stage: str
    columns: IndexArray
    cost: FloatArray
    take_money: FloatArray
    give_money: FloatArray
    rows: IndexArray
    rate: FloatArray
    country: IndexArray
    """(columns + rows,): treasury on the other side, or NONE for ``share``."""
    share: FloatArray
    """(country,): adds to one where used."""


@dataclass(frozen=True, eq=False)
class LevyTerm:
    r"""An adjustable amount per tonne: :math:`0 \le \tau \le \bar\tau \perp Np + M\tau - f \ge 0`.

    Charged with ``column_weight`` on columns and ``row_weight`` on supply rows: +1 is paid by the operator,
    -1 is received. The other side is a treasury, as in Wedge, or another ``party`` of the same country.
    """

    name: str
    instrument: str
    kind: str
    """floor, minimum_price, contract or contract_return."""
    material: str
    stage: str
    zone: str
    columns: IndexArray
    column_weight: FloatArray
    rows: IndexArray
    row_weight: FloatArray
    reference: IndexArray
    reference_weight: FloatArray
    floor: float
    cap: float
    self_response: float
    country: IndexArray
    """(columns + rows,): treasury on the other side, or NONE for ``share``."""
    share: FloatArray
    party: str = "treasury"
    ad_valorem: float = 0.0
    """Where above zero, column weights follow the price of origin over this price; see `adjust.py`."""
    parts: tuple[LevyPart, ...] = ()
    """Columns that pay it, or are repaid, under another name."""
    origins: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    """Countries between which a floor's levy is charged."""


@dataclass(frozen=True, eq=False)
class LevyPart:
    """Columns that an instrument brings under a levy: positions from ``start`` to ``stop``."""

    name: str
    instrument: str
    kind: str
    stage: str
    start: int
    stop: int


@dataclass(frozen=True, eq=False)
class Budget:
    """Most that an instrument may pay in a year, by lower payments or fewer tonnes; see `adjust.py`.

    ``levies`` are contracts, whose payment per tonne is capped alike; ``columns`` are purchases, whose
    tonnes are scaled alike. One of the two is empty.
    """

    name: str
    instrument: str
    usd: float
    levies: IndexArray
    columns: IndexArray


@dataclass(frozen=True, eq=False)
class Limit:
    """A quantity limit by decree: over many columns (permit node), or a licence on single columns."""

    name: str
    instrument: str
    kind: str
    """quota, licence, tariff_quota, stock; or, where some columns give the permits that others take:
    domestic_content, recycled_content, country_cap, drawback."""
    material: str
    stage: str
    permit: int
    """Node whose price is the rent, or NONE for licences (the rent is then each column's capacity rent)."""
    columns: IndexArray
    quantity: float
    """t over all columns together, as the limit counts them."""
    rent_to: str
    """Who keeps the rent, or receives the price of permits that columns give; see `term.py`."""
    shared: bool = False
    """One quota for several materials; the others' limits carry the same instrument."""
    paid_by: str = ""
    """Party that pays for permits that columns give."""
    partner: str = ""
    """The country a cap is about."""


@dataclass(frozen=True, eq=False)
class LeakTerm:
    """Columns that go round one export control."""

    name: str
    instrument: str
    material: str
    stage: str
    columns: IndexArray


@dataclass(frozen=True, eq=False)
class Lump:
    """Yearly money that does not depend on output: a grant, or the capital cost of a new plant.

    ``country`` and ``party`` receive ``amount`` USD; it comes from the treasuries in proportion to
    ``share``, or from outside the accounts (a resource cost, amount negative) when ``share`` is empty.
    """

    name: str
    kind: str
    material: str
    stage: str
    country: int
    party: str
    amount: float
    share: FloatArray


@dataclass(frozen=True, eq=False)
class Permits:
    """Further entries: a column takes ``quantity`` of a permit per unit of level. Shape (entry,)."""

    column: IndexArray
    node: IndexArray
    quantity: FloatArray


Table = TypeVar("Table", Nodes, Columns, SupplyRows, UseRows, Permits)


def of_kind(columns: Columns, *kinds: str) -> IndexArray:
    """Positions of the columns of any of the given kinds."""
    return np.flatnonzero(np.isin(columns.kind, [COLUMN_KINDS.index(kind) for kind in kinds]))


def change(table: Table, index: IndexArray, **values: Any) -> Table:
    """Copy of a table with the named columns set at ``index``."""
    changed: dict[str, Any] = {}
    for name, value in values.items():
        column = getattr(table, name).copy()
        column[index] = value
        changed[name] = column
    return replace(table, **changed)


def append(table: Table, **values: Any) -> Table:
    """Copy of a table with further rows; every column must be given, single values are repeated."""
    names = [item.name for item in fields(table)]
    missing = set(names) ^ set(values)
    if missing:
        raise UnknownNameError("column", ", ".join(sorted(missing)), names, where=type(table).__name__)
    length = max(np.size(value) for value in values.values())
    added = {
        name: np.concatenate(
            [
                getattr(table, name),
                np.broadcast_to(np.asarray(values[name], getattr(table, name).dtype), length),
            ]
        )
        for name in names
    }
    return replace(table, **added)


def added_up(index: IndexArray, values: FloatArray, size: int) -> FloatArray:
    """Sums of ``values`` by ``index``, shape (size,); zero where no index points."""
    total = np.zeros(size)
    np.add.at(total, index, values)
    return total
