"""Adding columns to a network: plants, stocks, purchases and sales."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from lodestock.errors import LodestockError
from lodestock.policy.network import Network
from lodestock.policy.parts import COLUMN_KINDS, NONE, PURCHASE, STOCK_BUILD, FloatArray, IndexArray, append
from lodestock.policy.terms import PolicyStock, PublicPurchase, Release

TAKING = (PURCHASE, STOCK_BUILD)
"""Kinds that take from their node; the other single-ended kinds deliver to it."""


def add_columns(
    network: Network,
    names: Sequence[str],
    *,
    kind: str,
    take: ArrayLike,
    give: ArrayLike,
    take_quantity: ArrayLike,
    cost: ArrayLike,
    slope: ArrayLike,
    capacity: ArrayLike,
) -> Network:
    """Append columns without wedges, not used in the base year."""
    size = len(names)
    columns = append(
        network.columns,
        kind=np.full(size, COLUMN_KINDS.index(kind)),
        take=take,
        give=give,
        take_quantity=take_quantity,
        give_quantity=1.0,
        take_money=take_quantity,
        give_money=1.0,
        cost=cost,
        slope=slope,
        capacity=capacity,
        base_level=0.0,
        limit=NONE,
    )
    return replace(network, columns=columns, column_names=(*network.column_names, *names))


def add_single_columns(
    network: Network,
    label: str,
    kind: str,
    node: IndexArray,
    *,
    cost: ArrayLike,
    slope: ArrayLike,
    capacity: ArrayLike,
) -> Network:
    """Append one-ended columns at ``node``: purchases and stock building take, the others give."""
    nowhere = np.full(len(node), NONE)
    take, give = (node, nowhere) if kind in TAKING else (nowhere, node)
    countries = network.nodes.country[node].tolist()
    return add_columns(
        network,
        [f"{label} {kind} {network.countries[c]}" for c in countries],
        kind=kind,
        take=take,
        give=give,
        take_quantity=1.0,
        cost=cost,
        slope=slope,
        capacity=capacity,
    )


def reserve_sites(
    network: Network, term: PublicPurchase | Release | PolicyStock, countries: Sequence[str], quantity: float
) -> tuple[IndexArray, FloatArray]:
    """Nodes at which a reserve buys or sells, and tonnes at each in proportion to base-year absorption.

    Raises
    ------
    LodestockError
        None of the countries takes part in the market.
    """
    node = network.nodes_at(term.material, term.stage)
    mask = network.country_mask(countries) & (node != NONE)
    if not mask.any():
        raise LodestockError(
            f"{', '.join(countries)}: no part in the market of {term.material} at the {term.stage} stage",
            where=f"{type(term).__name__} {term.name!r}",
        )
    weight = np.where(mask, network.absorption(term.material, term.stage), 0.0)
    if weight.sum() <= 0.0:
        weight = mask.astype(float)
    amount = quantity * weight / weight.sum()
    at = np.flatnonzero(amount > 0.0)
    return node[at], amount[at]
