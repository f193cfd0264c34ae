r"""Materials that share a quota, solved as one market: one permit node, one rent per tonne counted.

Each material brings a network in which the quota has a permit node of its own (`export_quota`). Joined, these
nodes are one: every tonne shipped of material m takes :math:`a_m` permits, and

.. math:: 0 \le \rho \ \perp \ Q - \sum_m a_m \sum_{ij} z^m_{ij} \ge 0

so that :math:`(p_j - p_i - c_{ij} - s_{ij} z_{ij}) / a_m = \rho` on every route that ships. Solved, each
material goes its own way again with the permits it has used (what is left over is shared alike), which leaves
its equilibrium as it was; accounts, certificates and tables are then those of any other material.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from lodestock.policy.compile import numbered
from lodestock.policy.instruments.export_quota import base_flow
from lodestock.policy.network import Network
from lodestock.policy.parts import NONE, IndexArray, LevyTerm, Limit, Nodes
from lodestock.policy.solve import SOLVED, Equilibrium, solve_network
from lodestock.policy.terms import ExportQuota, Instrument, Shock


def pooled(terms: Sequence[Instrument | Shock]) -> list[tuple[str, ...]]:
    """Groups of materials that share a quota, directly or through a third; each in order of appearance."""
    groups: list[list[str]] = []
    by_name: dict[str, list[str]] = {}
    for term in terms:
        if isinstance(term, ExportQuota) and term.shared:
            by_name.setdefault(term.name, []).append(term.material)
    for materials in by_name.values():
        touched = [group for group in groups if set(group) & set(materials)]
        merged = [name for group in touched for name in group] + materials
        groups = [group for group in groups if group not in touched] + [list(dict.fromkeys(merged))]
    return [tuple(group) for group in groups]


def pool_sizes(terms: Sequence[Instrument | Shock], networks: Mapping[str, Network]) -> dict[str, float]:
    """Tonnes that each shared quota allows, as it counts them, by name."""
    sizes: dict[str, float] = {}
    for term in terms:
        if not (isinstance(term, ExportQuota) and term.shared and term.material in networks):
            continue
        if term.limit_t is not None:
            sizes[term.name] = term.limit_t
        else:
            base = term.counted * base_flow(networks[term.material], term)
            sizes[term.name] = sizes.get(term.name, 0.0) + (term.share_of_base or 0.0) * base
    return sizes


def solve_together(
    networks: Mapping[str, Network],
    sizes: Mapping[str, float],
    *,
    start: Mapping[str, Equilibrium] | None = None,
    audit: bool = True,
) -> dict[str, Equilibrium]:
    """Solve materials that share quotas.

    Parameters
    ----------
    networks : by material, with every term applied; shared limits carry the quota's name.
    sizes : t that each shared quota allows, see ``pool_sizes``.
    start : equilibria of networks of the same shape, to begin from.
    audit : look for further equilibria where there are levies.

    Returns
    -------
    One equilibrium per material; all of them unsolved, with the same certificate, when the whole is.
    """
    joint = _join(networks, sizes)
    begin = _joined_start(joint, networks, start) if start is not None else None
    whole = solve_network(joint.network, start=begin, audit=audit)
    if whole.solution.status != SOLVED:
        return dict.fromkeys(networks, whole)
    left = _unused(joint, whole, sizes)
    return {
        material: _part(joint, whole, material, _sized(network, sizes), left, audit)
        for material, network in networks.items()
    }


@dataclass(frozen=True)
class _Joint:
    """The joined network, and where each material's parts stand in it."""

    network: Network
    nodes: Mapping[str, IndexArray]
    columns: Mapping[str, IndexArray]
    supply: Mapping[str, IndexArray]
    use: Mapping[str, IndexArray]
    levies: Mapping[str, IndexArray]


def _join(networks: Mapping[str, Network], sizes: Mapping[str, float]) -> _Joint:
    countries = tuple(sorted({name for network in networks.values() for name in network.countries}))
    number = {name: position for position, name in enumerate(countries)}
    permit: dict[str, int] = {}
    tables: dict[str, list[Any]] = {name: [] for name in ("nodes", "columns", "supply", "use", "permits")}
    at: dict[str, dict[str, IndexArray]] = {
        name: {} for name in ("nodes", "columns", "supply", "use", "levies")
    }
    limits: list[Limit] = []
    levies: list[LevyTerm] = []
    profiles: list[Any] = []
    names: list[str] = []
    size = {"nodes": 0, "columns": 0, "supply": 0, "use": 0}
    for position, (material, network) in enumerate(networks.items()):
        own = _node_numbers(network, permit, size["nodes"])
        kept = np.flatnonzero(own >= size["nodes"])
        shared = {limit.permit: sizes[limit.instrument] for limit in network.limits if limit.shared}
        tables["nodes"].append(_nodes(network, own, kept, position, number, shared))
        columns, supply, use = network.columns, network.supply, network.use
        tables["columns"].append(
            replace(columns, take=_renumbered(own, columns.take), give=_renumbered(own, columns.give))
        )
        tables["supply"].append(replace(supply, node=own[supply.node]))
        tables["use"].append(replace(use, node=own[use.node], profile=use.profile + len(profiles)))
        tables["permits"].append(
            replace(
                network.permits,
                column=network.permits.column + size["columns"],
                node=own[network.permits.node],
            )
        )
        at["nodes"][material] = own
        for name, length in (
            ("columns", len(columns.kind)),
            ("supply", len(supply.node)),
            ("use", len(use.node)),
        ):
            at[name][material] = size[name] + np.arange(length)
        at["levies"][material] = len(levies) + np.arange(len(network.levies))
        levies += [
            replace(
                levy,
                columns=levy.columns + size["columns"],
                rows=levy.rows + size["supply"],
                reference=own[levy.reference],
            )
            for levy in network.levies
        ]
        limits += [
            replace(limit, permit=int(own[limit.permit]), columns=limit.columns + size["columns"])
            for limit in network.limits
            if limit.permit != NONE
        ]
        profiles += network.profiles
        names += network.column_names
        size["nodes"] += len(kept)
        for name, length in (
            ("columns", len(columns.kind)),
            ("supply", len(supply.node)),
            ("use", len(use.node)),
        ):
            size[name] += length
    joined = {name: _concatenated(parts) for name, parts in tables.items()}
    network = Network(
        materials=tuple(networks),
        countries=countries,
        profiles=tuple(profiles),
        reference_price={key: value for n in networks.values() for key, value in n.reference_price.items()},
        levies=tuple(levies),
        limits=tuple(limits),
        column_names=numbered(names),
        **joined,
    )
    return _Joint(network, **at)


def _node_numbers(network: Network, permit: dict[str, int], first: int) -> IndexArray:
    """(node,) number of each node in the joined network; a shared permit node keeps its first number."""
    own = np.zeros(len(network.nodes.price), dtype=np.int64)
    shared = {limit.permit: limit.instrument for limit in network.limits if limit.shared}
    following = first
    for node in range(len(own)):
        name = shared.get(node)
        if name is not None and name in permit:
            own[node] = permit[name]
            continue
        own[node] = following
        if name is not None:
            permit[name] = following
        following += 1
    return own


def _nodes(
    network: Network,
    own: IndexArray,
    kept: IndexArray,
    position: int,
    number: Mapping[str, int],
    shared: Mapping[int, float],
) -> Nodes:
    nodes = network.nodes
    country = np.array([number[name] for name in network.countries], dtype=np.int64)
    injection, throughput = nodes.injection.copy(), nodes.throughput.copy()
    for node, size in shared.items():
        injection[node] = throughput[node] = size
    return Nodes(
        material=np.where(nodes.material == NONE, NONE, position)[kept],
        stage=nodes.stage[kept],
        country=country[nodes.country[kept]],
        price=nodes.price[kept],
        throughput=throughput[kept],
        injection=injection[kept],
        behind=_renumbered(own, nodes.behind)[kept],
    )


def _renumbered(own: IndexArray, node: IndexArray) -> IndexArray:
    return np.where(node == NONE, NONE, own[node])


def _concatenated(parts: Sequence[Any]) -> Any:
    values = {
        item.name: np.concatenate([getattr(part, item.name) for part in parts]) for item in fields(parts[0])
    }
    return type(parts[0])(**values)


def _joined_start(
    joint: _Joint, networks: Mapping[str, Network], start: Mapping[str, Equilibrium]
) -> Equilibrium | None:
    """Prices, levels and levies of ``start`` in the joined network; None where a shape has changed."""
    network = joint.network
    price, level = network.nodes.price.copy(), network.columns.base_level.copy()
    for material, own in networks.items():
        found = start.get(material)
        if (
            found is None
            or len(found.price) != len(own.nodes.price)
            or len(found.level) != len(own.columns.kind)
        ):
            return None
        price[joint.nodes[material]] = found.price
        level[joint.columns[material]] = found.level
    first = next(iter(start.values()))
    return Equilibrium(network, first.market, replace(first.solution, price=price, level=level))


def _unused(joint: _Joint, whole: Equilibrium, sizes: Mapping[str, float]) -> dict[str, float]:
    """Permits of each shared quota that nobody used."""
    permits = joint.network.permits
    left: dict[str, float] = {}
    for limit in joint.network.limits:
        if limit.shared:
            at = permits.node == limit.permit
            used = float((permits.quantity[at] * whole.level[permits.column[at]]).sum())
            left[limit.instrument] = max(sizes[limit.instrument] - used, 0.0)
    return left


def _sized(network: Network, sizes: Mapping[str, float]) -> Network:
    """A network whose shared limits state what the whole quota allows."""
    return replace(
        network,
        limits=tuple(
            replace(limit, quantity=sizes[limit.instrument]) if limit.shared else limit
            for limit in network.limits
        ),
    )


def _part(
    joint: _Joint,
    whole: Equilibrium,
    material: str,
    network: Network,
    left: Mapping[str, float],
    audit: bool,
) -> Equilibrium:
    """One material on its own, with the permits it used, at the prices of the whole."""
    nodes, columns = joint.nodes[material], joint.columns[material]
    level = whole.level[columns]
    injection, permits = network.nodes.injection.copy(), network.permits
    for limit in network.limits:
        if limit.shared:
            at = permits.node == limit.permit
            used = float((permits.quantity[at] * level[permits.column[at]]).sum())
            injection[limit.permit] = used + left[limit.instrument]
    own = replace(network, nodes=replace(network.nodes, injection=injection))
    solution = whole.solution
    curves = np.concatenate([joint.supply[material], len(joint.network.supply.node) + joint.use[material]])
    begin = replace(
        solution,
        price=solution.price[nodes],
        level=level,
        levy=solution.levy[joint.levies[material]],
        disposal=solution.disposal[nodes],
        capacity_rent=solution.capacity_rent[columns],
        curve_price=solution.curve_price[curves],
        curve_quantity=solution.curve_quantity[curves],
    )
    return solve_network(own, start=Equilibrium(own, whole.market, begin), audit=audit)
