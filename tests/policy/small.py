"""Two countries, one route, unit elasticities: every equilibrium is the root of a quadratic.

At base, price 100 and quantity 100 everywhere. AAA supplies q = p_A, BBB uses d = 10^4 / p_B, and the route
has p_B - p_A = s (z - 100) with s = SLOPE, so that without instruments z = 100.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import sqrt

import numpy as np

from lodestock.policy.compile import column_names
from lodestock.policy.network import Network
from lodestock.policy.parts import (
    COLUMN_KINDS,
    NONE,
    STAGES,
    TRADE,
    Columns,
    EndUseShare,
    Nodes,
    Permits,
    SupplyRows,
    UseRows,
)

SLOPE = 0.25
START = date(2026, 1, 1)
HERE = {"material": "testium", "stage": "refined", "start": START, "name": "term"}
A, B = ("AAA",), ("BBB",)


def pair(*, slope: float = SLOPE, home_use: float = 0.0) -> Network:
    """The network of this file; ``home_use`` t of use in AAA too (then BBB uses less)."""
    abroad = 100.0 - home_use
    nodes = Nodes(
        material=np.zeros(2, dtype=np.int64),
        stage=np.full(2, STAGES.index("refined")),
        country=np.array([0, 1]),
        price=np.full(2, 100.0),
        throughput=np.full(2, 100.0),
        injection=np.zeros(2),
        behind=np.full(2, NONE),
    )
    columns = Columns(
        kind=np.array([COLUMN_KINDS.index(TRADE)]),
        take=np.array([0]),
        give=np.array([1]),
        take_quantity=np.ones(1),
        give_quantity=np.ones(1),
        take_money=np.ones(1),
        give_money=np.ones(1),
        cost=np.array([-slope * abroad]),
        slope=np.array([slope]),
        capacity=np.array([np.inf]),
        base_level=np.array([abroad]),
        limit=np.array([NONE]),
    )
    users = [(0, home_use), (1, abroad)] if home_use > 0.0 else [(1, 100.0)]
    size = len(users)
    quantity = np.array([q for _, q in users])
    names, countries = ("testium",), ("AAA", "BBB")
    return Network(
        materials=names,
        countries=countries,
        nodes=nodes,
        columns=columns,
        supply=SupplyRows(
            kind=np.zeros(1, dtype=np.int64),
            node=np.array([0]),
            quantity=np.array([100.0]),
            price=np.array([100.0]),
            elasticity=np.ones(1),
            capacity=np.array([np.inf]),
            shutdown_low=np.zeros(1),
            shutdown_high=np.zeros(1),
            block_low=np.zeros(1),
            block_high=np.array([np.inf]),
            shift=np.zeros(1),
            base_quantity=np.array([100.0]),
        ),
        use=UseRows(
            node=np.array([n for n, _ in users]),
            quantity=quantity,
            price=np.full(size, 100.0),
            elasticity=np.ones(size),
            choke_multiple=np.full(size, 100.0),
            profile=np.zeros(size, dtype=np.int64),
            base_quantity=quantity,
        ),
        profiles=((EndUseShare("wire", 0.75, 0.0, 2.0, 3.0), EndUseShare("paint", 0.25, 0.0, 2.0, 3.0)),),
        permits=Permits(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)),
        reference_price={("testium", "refined"): 100.0},
        column_names=column_names(nodes, columns, names, countries),
    )


def with_supply_abroad(network: Network, quantity: float) -> Network:
    """Add unit-elastic supply in BBB."""
    from lodestock.policy.parts import append

    supply = append(
        network.supply,
        kind=0,
        node=1,
        quantity=quantity,
        price=100.0,
        elasticity=1.0,
        capacity=np.inf,
        shutdown_low=0.0,
        shutdown_high=0.0,
        block_low=0.0,
        block_high=np.inf,
        shift=0.0,
        base_quantity=quantity,
    )
    return replace(network, supply=supply)


def positive_root(a: float, b: float, c: float) -> float:
    """Positive root of a z^2 + b z + c = 0 with a > 0 > c."""
    return (-b + sqrt(b * b - 4.0 * a * c)) / (2.0 * a)
