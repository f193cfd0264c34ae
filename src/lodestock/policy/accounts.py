r"""Who gains and who pays: surplus by material, country and party, closed to rounding.

==================  ==========================================================================================
party               surplus
==================  ==========================================================================================
users               :math:`\int_p^{\infty} d(v)\,dv`
producers,          :math:`\int_0^{\pi} q(v)\,dv` at the price seen :math:`\pi`, contract and subsidy
secondary           included
processors          :math:`z (W'p - c - E\tau) - \tfrac12 s z^2` of processing, less cost of new plants
traders             the same of trade columns and of leaks round a control, half to each end, since nobody
                    publishes whose routes they are
stockholders        the same of commercial stocks, and the market value of the base-year stock change
reserve             :math:`(p - p^0) z` on sales, :math:`(p^0 - p) z` on purchases: booked at base prices
licence holders     :math:`\rho z` of permits, :math:`\mu z` of licensed routes (exporting country, or the
                    importing one where its importers hold the licences)
treasury            duties, export taxes and levies, less subsidies, contracts and grants; permits it sells
==================  ==========================================================================================

A route's marginal cost :math:`c + s z` is a cost all the way: :math:`c z + \tfrac12 s z^2` is used up in
moving the goods (negative :math:`c` is the worth of an existing relationship), and the other half-square
:math:`\tfrac12 s z^2` is the traders' rent. A passage between a market and a node behind it uses up what it
is left with, a millionth of the price (`behind.py`).

Where permits are given by some columns and taken by others (a mandate), their price moves from those that
take to those that give: what users receive per tonne of use makes their price lower than the market's.

Two identities hold on every solution and are part of its certificate:

* surplus: the parties add up to use benefit less resource cost;
* money: the cash of all parties adds up to zero, because every node clears at its price.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.policy.book import PARTIES, Book, Payment
from lodestock.policy.equilibrium import Equilibrium
from lodestock.policy.network import Network
from lodestock.policy.parts import (
    COLUMN_KINDS,
    NONE,
    PASSAGE,
    PROCESS,
    PRODUCTION,
    PURCHASE,
    RELEASE,
    SHIPMENTS,
    STOCK_BUILD,
    STOCK_DRAW,
    SUPPLY_KINDS,
    FloatArray,
    IndexArray,
    LevyTerm,
    Wedge,
    added_up,
    of_kind,
)
from lodestock.policy.rents import book_permits, book_rent
from lodestock.policy.terms import TREASURY


@dataclass(frozen=True, eq=False)
class Accounts:
    """Surplus by (material, country, party) and the two identities; see the table at the top of this file."""

    surplus: FloatArray
    """USD per year, shape (material, country, party), axes as in Network and PARTIES."""
    net_benefit: FloatArray
    """Use benefit less resource cost, USD per year, (material,)."""
    payments: tuple[Payment, ...]
    turnover: float
    """Value of everything that changes hands, USD per year: the unit of the two residuals."""
    surplus_residual: float
    """Sum of surplus less net benefit, over turnover."""
    money_residual: float
    """Sum of all cash, over turnover."""


def account(equilibrium: Equilibrium) -> Accounts:
    """Add up the surplus of every party; see the table at the top of this file."""
    network = equilibrium.network
    book = Book(network)
    _curves(equilibrium, book)
    _columns(equilibrium, book)
    _injections(equilibrium, book)
    book_permits(equilibrium, book)
    _wedges(equilibrium, book)
    _levies(equilibrium, book)
    _lumps(network, book)
    unit = max(book.turnover, 1e-300)
    return Accounts(
        surplus=book.surplus,
        net_benefit=book.benefit,
        payments=book.noted(),
        turnover=book.turnover,
        surplus_residual=abs(float(book.surplus.sum() - book.benefit.sum())) / unit,
        money_residual=abs(book.cash) / unit,
    )


def users_surplus(equilibrium: Equilibrium, price: FloatArray) -> FloatArray:
    """(material, country) surplus of the equilibrium's users were node prices ``price``, USD per year."""
    network, curves, supplies = (
        equilibrium.network,
        equilibrium.market.curves,
        len(equilibrium.network.supply.node),
    )
    area = curves.limit_integral() - curves.integral(curves.own_price(price))
    surplus = np.zeros((len(network.materials), len(network.countries)))
    material, country = _place(network, network.use.node)
    np.add.at(surplus, (material, country), area[supplies:])
    return surplus


def _place(network: Network, node: IndexArray) -> tuple[IndexArray, IndexArray]:
    return network.nodes.material[node], network.nodes.country[node]


def _curves(equilibrium: Equilibrium, book: Book) -> None:
    """Users, producers and scrap: areas beside their curves."""
    network, solution, curves = equilibrium.network, equilibrium.solution, equilibrium.market.curves
    supplies = len(network.supply.node)
    seen, quantity = solution.curve_price, solution.curve_quantity
    below = curves.integral(seen)
    above = curves.limit_integral()[supplies:] - below[supplies:]
    material, country = _place(network, network.use.node)
    book.add(material, country, "users", above)
    paid = seen[supplies:] * quantity[supplies:]
    np.add.at(book.benefit, material, above + paid)
    book.cash -= float(paid.sum())
    book.turnover += float(paid.sum())
    material, country = _place(network, network.supply.node)
    earned = seen[:supplies] * quantity[:supplies]
    for kind, party in ((PRODUCTION, "producers"), ("secondary", "secondary")):
        at = network.supply.kind == SUPPLY_KINDS.index(kind)
        book.add(material[at], country[at], party, below[:supplies][at])
    np.add.at(book.benefit, material, below[:supplies] - earned)
    book.cash += float(earned.sum())
    book.turnover += float(np.abs(earned).sum())


def _columns(equilibrium: Equilibrium, book: Book) -> None:
    """Operators of columns: what they earn less what they pay and use up; reserves at book value."""
    network, market, solution = equilibrium.network, equilibrium.market, equilibrium.solution
    columns, nodes, z = network.columns, network.nodes, solution.level
    wedge = np.zeros(len(z))
    for item in network.wedges:
        np.add.at(wedge, item.columns, item.cost)
    charge = market.levies.charge(solution.levy, len(z))
    cash = z * (market.column_price(solution.price) - charge - wedge)
    used_up = z * (columns.cost - wedge) + 0.5 * columns.slope * z**2
    end = np.where(columns.give >= 0, columns.give, columns.take)
    reserve = np.isin(columns.kind, [COLUMN_KINDS.index(PURCHASE), COLUMN_KINDS.index(RELEASE)])
    sold = np.where(columns.kind == COLUMN_KINDS.index(RELEASE), 1.0, -1.0)
    used_up = np.where(reserve, sold * z * nodes.price[end], used_up)
    used_up = np.where(columns.kind == COLUMN_KINDS.index(PASSAGE), cash, used_up)
    rent = np.where(columns.limit >= 0, np.maximum(solution.capacity_rent, 0.0) * z, 0.0)
    profit = cash - used_up - rent
    material = _material_of(network)[end]
    np.add.at(book.benefit, material, -used_up)
    book.cash += float(cash.sum())
    book.turnover += float((z * nodes.price[end]).sum())
    for kind, party in (
        (PROCESS, "processors"),
        (STOCK_DRAW, "stockholders"),
        (STOCK_BUILD, "stockholders"),
        (PURCHASE, "reserve"),
        (RELEASE, "reserve"),
    ):
        at = columns.kind == COLUMN_KINDS.index(kind)
        book.add(material[at], nodes.country[end[at]], party, profit[at])
    at = of_kind(columns, *SHIPMENTS)
    for side in (columns.take, columns.give):
        book.add(material[at], nodes.country[side[at]], "traders", 0.5 * profit[at])
    for leak in network.leaks:
        half = 0.5 * profit[leak.columns]
        ends = (columns.take[leak.columns], columns.give[leak.columns])
        country = np.concatenate([nodes.country[side] for side in ends])
        by_country = added_up(country, np.concatenate([half, half]), len(network.countries))
        book.pay((leak.name, leak.instrument, "leak_rent", leak.material, leak.stage), "traders", by_country)
    licensed = np.flatnonzero(rent > 0.0)
    for index in np.unique(columns.limit[licensed]):
        of_limit = licensed[columns.limit[licensed] == index]
        book_rent(equilibrium, book, network.limits[index], of_limit, rent[of_limit])


def _material_of(network: Network) -> IndexArray:
    """(node,) material of each node; of a permit node that of its limit."""
    material = network.nodes.material.copy()
    for limit in network.limits:
        if limit.permit != NONE:
            material[limit.permit] = network.materials.index(limit.material)
    return material


def _injections(equilibrium: Equilibrium, book: Book) -> None:
    """Base-year stock change, kept at its tonnage and bought or sold at the new price."""
    nodes = equilibrium.network.nodes
    at = np.flatnonzero((nodes.material != NONE) & (nodes.injection != 0.0))
    value = equilibrium.price[at] * nodes.injection[at]
    book.add(nodes.material[at], nodes.country[at], "stockholders", value)
    book.cash += float(value.sum())


def _wedges(equilibrium: Equilibrium, book: Book) -> None:
    """Duties, export taxes and subsidies: the treasury's side of each."""
    network, price, z = equilibrium.network, equilibrium.price, equilibrium.level
    for wedge in network.wedges:
        on_rows = wedge.rate * equilibrium.supply_quantity[wedge.rows]
        usd = np.concatenate([_wedge_money(network, wedge, price, z), on_rows])
        book.cash += float(usd.sum())
        label = (wedge.name, wedge.instrument, wedge.kind, wedge.material, wedge.stage)
        _other_side(book, wedge, label, usd, np.arange(len(usd)))


def _wedge_money(network: Network, wedge: Wedge, price: FloatArray, level: FloatArray) -> FloatArray:
    columns = network.columns
    take = np.where(columns.take[wedge.columns] >= 0, price[columns.take[wedge.columns]], 0.0)
    give = np.where(columns.give[wedge.columns] >= 0, price[columns.give[wedge.columns]], 0.0)
    per_unit = wedge.cost + wedge.take_money * take - wedge.give_money * give
    return np.asarray(per_unit * level[wedge.columns])


def _levies(equilibrium: Equilibrium, book: Book) -> None:
    """Levies and contracts: rate times weighted tonnes."""
    solution = equilibrium.solution
    for index, levy in enumerate(equilibrium.network.levies):
        rate = float(solution.levy[index])
        usd = rate * np.concatenate(
            [
                levy.column_weight * solution.level[levy.columns],
                levy.row_weight * equilibrium.supply_quantity[levy.rows],
            ]
        )
        book.cash += float(usd.sum())
        own = np.ones(len(usd), dtype=np.bool_)
        for part in levy.parts:
            own[part.start : part.stop] = False
            label = (part.name, part.instrument, part.kind, levy.material, part.stage)
            where = np.arange(part.start, part.stop)
            _other_side(book, levy, label, usd[where], where)
        held = levy.kind in ("floor", "minimum_price")
        name = f"{levy.instrument}: {levy.material} {levy.stage}" if held else levy.name
        label = (name, levy.instrument, levy.kind, levy.material, levy.stage)
        _other_side(book, levy, label, usd[own], np.flatnonzero(own), party=levy.party)


def _other_side(
    book: Book,
    money: Wedge | LevyTerm,
    label: tuple[str, str, str, str, str],
    usd: FloatArray,
    where: IndexArray,
    *,
    party: str = TREASURY,
) -> None:
    """Book ``usd``, of the columns and rows at positions ``where``, with whoever is on their other side."""
    network, country = book.network, money.country[where]
    own = country != NONE
    by_country = added_up(country[own], usd[own], len(network.countries))
    by_country = by_country + money.share * float(usd[~own].sum())
    material = network.materials.index(money.material)
    book.surplus[material, :, PARTIES.index(party)] += by_country
    book.pay(label, party, by_country)


def _lumps(network: Network, book: Book) -> None:
    """Grants move money, capital costs use resources up."""
    for lump in network.lumps:
        material = network.materials.index(lump.material)
        book.surplus[material, lump.country, PARTIES.index(lump.party)] += lump.amount
        label = (lump.name, lump.name, lump.kind, lump.material, lump.stage)
        if lump.share.size:
            by_country = -lump.amount * lump.share
            book.surplus[material, :, PARTIES.index(TREASURY)] += by_country
            book.pay(label, TREASURY, by_country)
        else:
            book.benefit[material] += lump.amount
            at = np.zeros(len(network.countries))
            at[lump.country] = lump.amount
            book.pay(label, lump.party, at)
