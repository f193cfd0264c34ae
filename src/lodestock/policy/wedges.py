"""Money between the two sides of a transaction, and the treasury on its other side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lodestock.policy.network import Network
from lodestock.policy.parts import NONE, FloatArray, IndexArray, Wedge, change
from lodestock.policy.terms import CapitalSubsidy, ContractForDifference, ProductionSubsidy, Term

NO_ROWS = np.zeros(0, dtype=np.int64)


def treasuries(
    network: Network, material: str, producers: Sequence[str], payers: Sequence[str]
) -> tuple[bool, FloatArray]:
    """Who pays producers: (True, zeros) when each country pays its own, else (False, shares by use)."""
    if tuple(producers) == tuple(payers):
        return True, np.zeros(len(network.countries))
    return False, network.payer_shares(material, payers)


def add_column_wedge(
    network: Network,
    term: Term,
    kind: str,
    columns: IndexArray,
    *,
    treasury: IndexArray,
    cost: float | FloatArray = 0.0,
    take_money: float | FloatArray = 0.0,
    give_money: float | FloatArray = 0.0,
) -> Network:
    """Add amounts to cost and money weights of columns, paid to (negative: by) each one's ``treasury``."""
    size = len(columns)
    cost, take_money, give_money = (
        np.array(np.broadcast_to(np.asarray(value, dtype=float), size))
        for value in (cost, take_money, give_money)
    )
    table = change(
        network.columns,
        columns,
        cost=network.columns.cost[columns] + cost,
        take_money=network.columns.take_money[columns] + take_money,
        give_money=network.columns.give_money[columns] + give_money,
    )
    wedge = Wedge(
        name=f"{term.name}: {term.material} {term.stage}",
        instrument=term.name,
        kind=kind,
        material=term.material,
        stage=term.stage,
        columns=columns,
        cost=cost,
        take_money=take_money,
        give_money=give_money,
        rows=NO_ROWS,
        rate=np.zeros(0),
        country=treasury,
        share=np.zeros(len(network.countries)),
    )
    return replace(network, columns=table, wedges=(*network.wedges, wedge))


def add_producer_wedge(
    network: Network,
    term: ProductionSubsidy | CapitalSubsidy | ContractForDifference,
    kind: str,
    columns: IndexArray,
    rows: IndexArray,
    rate: float,
) -> Network:
    """Charge ``rate`` USD/t (negative: pay) on processing columns and supply rows of producers."""
    own, share = treasuries(network, term.material, term.producers, term.payers)
    column_home = network.nodes.country[network.columns.give[columns]]
    row_home = network.nodes.country[network.supply.node[rows]]
    home = np.concatenate([column_home, row_home])
    wedge = Wedge(
        name=f"{term.name}: {term.material} {term.stage}",
        instrument=term.name,
        kind=kind,
        material=term.material,
        stage=term.stage,
        columns=columns,
        cost=np.full(len(columns), rate),
        take_money=np.zeros(len(columns)),
        give_money=np.zeros(len(columns)),
        rows=rows,
        rate=np.full(len(rows), rate),
        country=home if own else np.full(len(home), NONE),
        share=share,
    )
    return replace(
        network,
        columns=change(network.columns, columns, cost=network.columns.cost[columns] + rate),
        supply=change(network.supply, rows, shift=network.supply.shift[rows] - rate),
        wedges=(*network.wedges, wedge),
    )
