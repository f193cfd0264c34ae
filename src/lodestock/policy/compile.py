r"""From a labelled network to the market that is solved, and nothing else.

Order is kept: market node n, activity k and levy l are the network's; the first curves are the supply rows,
the next ones the use rows. Signs follow `lodestock.market`: deliveries are positive, takings negative.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lodestock.market import (
    Activities,
    Curves,
    Levies,
    Market,
    assemble,
    concatenate_curves,
    concatenate_levies,
    constant_elasticity_supply,
    constant_elasticity_use,
    levy,
)
from lodestock.policy.blocks import clip_supply
from lodestock.policy.network import Network
from lodestock.policy.parts import COLUMN_KINDS, NONE, STAGES, SUPPLY_KINDS, Columns, Nodes

QUANTITY_FLOOR = 1e-6
"""Smallest unit of a node's quantity tolerance, as a share of the largest throughput of its material."""


def to_market(network: Network) -> Market:
    """Compile a network into flat market arrays; curves are supply rows followed by use rows."""
    return assemble(
        node_names(network),
        _activities(network),
        concatenate_curves([_supply_curves(network), _use_curves(network)]),
        _levies(network),
        injection=network.nodes.injection,
        price_scale=network.nodes.price,
        quantity_scale=_quantity_scale(network),
    )


def node_names(network: Network) -> tuple[str, ...]:
    """Names such as ``gallium refined CHN``; permit nodes carry the name of their limit."""
    permits = {limit.permit: limit.name for limit in network.limits if limit.permit != NONE}
    nodes = network.nodes
    names = [
        f"permits of {permits[n]}"
        if material == NONE
        else f"{network.materials[material]} {STAGES[stage]} {network.countries[country]}"
        for n, (material, stage, country) in enumerate(
            zip(nodes.material.tolist(), nodes.stage.tolist(), nodes.country.tolist(), strict=True)
        )
    ]
    apart: dict[int, int] = {}
    for n in np.flatnonzero(nodes.behind != NONE).tolist():
        market = int(nodes.behind[n])
        apart[market] = apart.get(market, 0) + 1
        names[n] = f"{names[n]}, apart {apart[market]}"
    return tuple(names)


def column_names(
    nodes: Nodes, columns: Columns, materials: tuple[str, ...], countries: tuple[str, ...]
) -> tuple[str, ...]:
    """Names such as ``gallium refined trade CHN-JPN``; a second one of the same kind ends in ``2``."""
    at = [
        (f"{materials[material]} {STAGES[stage]}", countries[country])
        for material, stage, country in zip(
            nodes.material.tolist(), nodes.stage.tolist(), nodes.country.tolist(), strict=True
        )
        if material != NONE
    ]
    names = []
    for kind, take, give in zip(
        columns.kind.tolist(), columns.take.tolist(), columns.give.tolist(), strict=True
    ):
        if take == NONE or give == NONE:
            market, country = at[max(take, give)]
            names.append(f"{market} {COLUMN_KINDS[kind]} {country}")
        elif COLUMN_KINDS[kind] == "process":
            names.append(f"{at[give][0]} process {at[give][1]}")
        else:
            names.append(f"{at[give][0]} trade {at[take][1]}-{at[give][1]}")
    return numbered(names)


def numbered(names: Sequence[str]) -> tuple[str, ...]:
    """Make names unique: the second of a kind ends in ``2``, the third in ``3``."""
    seen: dict[str, int] = {}
    unique = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        unique.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return tuple(unique)


def _activities(network: Network) -> Activities:
    """Entries of each column: what it takes, what it gives, the permits it needs."""
    columns, permits = network.columns, network.permits
    every = np.arange(len(columns.kind))
    takes, gives = every[columns.take >= 0], every[columns.give >= 0]
    column = np.concatenate([takes, gives, permits.column])
    node = np.concatenate([columns.take[takes], columns.give[gives], permits.node])
    quantity = np.concatenate(
        [-columns.take_quantity[takes], columns.give_quantity[gives], -permits.quantity]
    )
    money = np.concatenate([-columns.take_money[takes], columns.give_money[gives], -permits.quantity])
    order = np.argsort(column, kind="stable")
    pointer = np.concatenate([[0], np.cumsum(np.bincount(column, minlength=len(every)))])
    return Activities(
        network.column_names,
        pointer.astype(np.int64),
        node[order],
        quantity[order],
        money[order],
        columns.cost,
        columns.slope,
        columns.capacity,
    )


def _supply_curves(network: Network) -> Curves:
    rows, at = network.supply, node_names(network)
    names = numbered(
        [
            f"{at[n]} {SUPPLY_KINDS[kind]}"
            for n, kind in zip(rows.node.tolist(), rows.kind.tolist(), strict=True)
        ]
    )
    curves = constant_elasticity_supply(
        names,
        rows.node,
        rows.quantity,
        rows.price,
        rows.elasticity,
        rows.capacity,
        shutdown_low=rows.shutdown_low,
        shutdown_high=rows.shutdown_high,
    )
    return clip_supply(curves, rows.block_low, rows.block_high, rows.shift)


def _use_curves(network: Network) -> Curves:
    """Use rows, grouped by their back-stops for the constructor and put back into row order."""
    rows, names = network.use, node_names(network)
    parts, order = [], []
    for index, profile in enumerate(network.profiles):
        at = np.flatnonzero(rows.profile == index)
        if not at.size:
            continue
        order.append(at)
        parts.append(
            constant_elasticity_use(
                [f"{names[n]} use" for n in rows.node[at].tolist()],
                rows.node[at],
                rows.quantity[at],
                rows.price[at],
                rows.elasticity[at],
                backstops=[
                    (use.share * use.backstop_share, use.multiple_low, use.multiple_high)
                    for use in profile
                    if use.share * use.backstop_share > 0.0
                ],
                choke_multiple=rows.choke_multiple[at],
            )
        )
    return concatenate_curves(parts).select(np.argsort(np.concatenate(order)))


def _levies(network: Network) -> Levies:
    return concatenate_levies(
        [
            levy(
                term.name,
                charged=term.columns,
                reference=dict(zip(term.reference.tolist(), term.reference_weight.tolist(), strict=True)),
                floor=term.floor,
                cap=term.cap,
                weights=term.column_weight,
                charged_curves=term.rows,
                curve_weights=term.row_weight,
                self_response=term.self_response,
            )
            for term in network.levies
        ]
    )


def _quantity_scale(network: Network) -> np.ndarray:
    nodes = network.nodes
    scale = nodes.throughput.copy()
    for material in range(len(network.materials)):
        at = nodes.material == material
        scale[at] = np.maximum(scale[at], QUANTITY_FLOOR * scale[at].max())
    return scale
