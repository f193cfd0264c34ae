"""The network of small.py with a third country: routes of the same stiffness, base prices of 100."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from tests.policy.small import SLOPE, pair

from lodestock.policy.compile import column_names
from lodestock.policy.network import Network
from lodestock.policy.parts import COLUMN_KINDS, NONE, TRADE, append

C = ("CCC",)
FREIGHT = 2.0


def three(
    *,
    own_supply_b: float = 0.0,
    own_supply_c: float = 0.0,
    through_b: bool = False,
    transit: bool = False,
    ship_c_to_b: bool = False,
) -> Network:
    """A supplies B and C, which use 100 t each.

    Parameters
    ----------
    own_supply_b, own_supply_c : unit-elastic supply of B and C at base prices, t; imports are less by it.
    through_b : C takes 50 t from B instead, and uses 50 t.
    transit : C uses next to nothing of what reaches it; a route C to B stands open at FREIGHT.
    ship_c_to_b : C ships its own supply to B.
    """
    network = pair()
    use_c = 50.0 if through_b else 1.0 if transit else 100.0
    c_to_b = own_supply_c if ship_c_to_b else 0.0
    a_to_b = 100.0 - own_supply_b - c_to_b + (use_c if through_b else 0.0)
    a_to_c = 0.0 if through_b else use_c - (own_supply_c - c_to_b)
    supply_a = a_to_b + a_to_c
    routes = [(0, 1, a_to_b), (1, 2, use_c) if through_b else (0, 2, a_to_c)]
    if transit or ship_c_to_b:
        routes.append((2, 1, c_to_b))
    nodes = append(
        network.nodes,
        material=0,
        stage=network.nodes.stage[0],
        country=2,
        price=100.0,
        throughput=100.0,
        injection=0.0,
        behind=NONE,
    )
    empty = replace(network.columns, **{name: column[:0] for name, column in vars(network.columns).items()})
    base = np.array([tonnes for _, _, tonnes in routes])
    columns = append(
        empty,
        kind=np.full(len(routes), COLUMN_KINDS.index(TRADE)),
        take=np.array([i for i, _, _ in routes]),
        give=np.array([j for _, j, _ in routes]),
        take_quantity=1.0,
        give_quantity=1.0,
        take_money=1.0,
        give_money=1.0,
        cost=np.where(base > 0.0, -SLOPE * base, FREIGHT),
        slope=SLOPE,
        capacity=np.inf,
        base_level=base,
        limit=NONE,
    )
    supply = replace(network.supply, quantity=np.array([supply_a]), base_quantity=np.array([supply_a]))
    for node, quantity in ((1, own_supply_b), (2, own_supply_c)):
        if quantity > 0.0:
            supply = append(
                supply,
                kind=0,
                node=node,
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
    use = append(
        network.use,
        node=2,
        quantity=use_c,
        price=100.0,
        elasticity=1.0,
        choke_multiple=100.0,
        profile=0,
        base_quantity=use_c,
    )
    countries = ("AAA", "BBB", "CCC")
    return replace(
        network,
        countries=countries,
        nodes=nodes,
        columns=columns,
        supply=supply,
        use=use,
        column_names=column_names(nodes, columns, network.materials, countries),
    )
