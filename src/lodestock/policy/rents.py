r"""Rents of limits: who gets what a permit or a licensed route is worth.

Permits that are handed out (a quota) bring their price to whoever holds them. Permits that columns give (a
mandate, a drawback) only move money from the columns that take them to those that give them; that is inside
the columns' own accounts, and noted here as payments.
"""

from __future__ import annotations

import numpy as np

from lodestock.policy.book import Book
from lodestock.policy.equilibrium import Equilibrium
from lodestock.policy.network import Network
from lodestock.policy.parts import NONE, TRADE, FloatArray, IndexArray, Limit, added_up, of_kind
from lodestock.policy.term import EXPORTERS, IMPORTERS, LICENCE_HOLDERS, RESERVE, TREASURY


def book_permits(equilibrium: Equilibrium, book: Book) -> None:
    """Rents of limits with a permit node, and the payments of those whose permits columns give."""
    network = equilibrium.network
    for limit in network.limits:
        if limit.permit == NONE:
            continue
        at = np.flatnonzero(network.permits.node == limit.permit)
        columns, quantity = network.permits.column[at], network.permits.quantity[at]
        usd = equilibrium.price[limit.permit] * quantity * equilibrium.level[columns]
        if limit.paid_by:
            _note_transfer(network, book, limit, columns, usd)
            continue
        # the permit is a good of its own node: what its users paid as operators arrives here
        book.cash += float(usd.sum())
        book_rent(equilibrium, book, limit, columns, usd)


def book_rent(
    equilibrium: Equilibrium, book: Book, limit: Limit, columns: IndexArray, usd: FloatArray
) -> None:
    """Give the rent of one limit, USD by column, to its holders."""
    network = equilibrium.network
    party = limit.rent_to if limit.rent_to in (TREASURY, RESERVE) else LICENCE_HOLDERS
    material = network.materials.index(limit.material)
    by_country = np.zeros(len(network.countries))
    if limit.kind == "tariff_quota" and limit.rent_to == EXPORTERS:
        for column, amount in zip(columns.tolist(), usd.tolist(), strict=True):
            by_country += amount * _origin_shares(equilibrium, int(network.columns.take[column]))
    else:
        buyer = limit.rent_to == IMPORTERS or limit.kind in ("tariff_quota", "stock")
        end = (network.columns.give if buyer else network.columns.take)[columns]
        by_country += added_up(network.nodes.country[end], usd, len(network.countries))
    every = np.arange(len(network.countries))
    book.add(np.full(len(every), material), every, party, by_country)
    book.pay(_label(limit, f"{limit.kind}_rent"), party, by_country)


def _origin_shares(equilibrium: Equilibrium, border: int) -> FloatArray:
    """(country,) shares of the origins in what arrives at a border node."""
    network = equilibrium.network
    arriving = of_kind(network.columns, TRADE)
    arriving = arriving[network.columns.give[arriving] == border]
    origin = network.nodes.country[network.columns.take[arriving]]
    tonnes = added_up(origin, equilibrium.level[arriving], len(network.countries))
    total = float(tonnes.sum())
    return np.asarray(tonnes / total) if total > 0.0 else tonnes


def _note_transfer(network: Network, book: Book, limit: Limit, columns: IndexArray, usd: FloatArray) -> None:
    """Note who pays for permits that columns give, and who receives it, in the countries they stand in."""
    end = np.where(network.columns.give >= 0, network.columns.give, network.columns.take)[columns]
    country = network.nodes.country[end]
    for party, paid in ((limit.paid_by, np.maximum(usd, 0.0)), (limit.rent_to, np.minimum(usd, 0.0))):
        book.pay(_label(limit, limit.kind), party, -added_up(country, paid, len(network.countries)))


def _label(limit: Limit, kind: str) -> tuple[str, str, str, str, str]:
    return limit.name, limit.instrument, kind, limit.material, limit.stage
