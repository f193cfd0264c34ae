r"""Zone floor held by an adjustable levy on imports from outside.

On every route from a non-member i (not exempt) to a member j the margin is

.. math:: m_{ij} = p_j - p_i - c_{ij} - s_{ij} z_{ij} - \tau, \qquad
          0 \le \tau \le \bar\tau \ \perp \ \sum_{j} w_j p_j - f \ge 0

with one :math:`\tau` per zone, material and stage, and :math:`w_j` the members' shares of base-year
absorption (use, or feed of refiners), so that the floor defends one published reference price. Importers pay
the levy to the treasury of the importing member; users pay through the price.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.errors import ConflictError, LodestockError
from lodestock.policy.network import Network
from lodestock.policy.parts import SHIPMENTS, LevyTerm
from lodestock.policy.terms import Floor


def reference_weights(network: Network, term: Floor) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights (adding to one) of the zone's reference price.

    Weights are base-year absorption; a zone that absorbs nothing at the stage is weighted by its output.

    Raises
    ------
    LodestockError
        The zone neither takes up nor makes anything at the stage: it has no price to defend.
    """
    members = network.country_mask(term.members)
    for amount in (
        network.absorption(term.material, term.stage),
        network.base_output(term.material, term.stage),
    ):
        weight = np.where(members, amount, 0.0)
        if weight.sum() > 0.0:
            at = np.flatnonzero(weight)
            return network.nodes_at(term.material, term.stage)[at], weight[at] / weight.sum()
    raise LodestockError(
        f"zone {term.zone!r} neither makes nor takes up {term.material} at the {term.stage} stage",
        where=f"floor {term.name!r}",
        hint="choose another stage, or add a member that refines or uses the material",
    )


def apply_floor(network: Network, term: Floor) -> Network:
    """Add the levy of one floor; see the equation above.

    Raises
    ------
    ConflictError
        An exempt origin is a member of the zone, or another floor charges the same trade.
    """
    both = sorted(set(term.members) & set(term.exempt_origins))
    if both:
        raise ConflictError(
            f"{', '.join(both)} is a member of {term.zone!r} and an exempt origin",
            where=f"floor {term.name!r}",
            allowed="members pay no levy; exempt origins are non-members",
        )
    inside = set(term.members) | set(term.exempt_origins)
    outsiders = [name for name in network.countries if name not in inside]
    columns = network.trade_columns(term.material, term.stage, outsiders, term.members, kinds=SHIPMENTS)
    _check_for_another_levy(network, term, set(columns.tolist()))
    nodes, weight = reference_weights(network, term)
    base = network.reference_price[term.material, term.stage]
    cap = term.cap.at(base) if term.cap is not None else np.inf
    if not np.isfinite(cap):
        cap = highest_price(network, term.material)
    levy = LevyTerm(
        name=f"{term.name}: {term.material} {term.stage}",
        instrument=term.name,
        kind="floor",
        material=term.material,
        stage=term.stage,
        zone=term.zone,
        columns=columns,
        column_weight=np.ones(len(columns)),
        rows=np.zeros(0, dtype=np.int64),
        row_weight=np.zeros(0),
        reference=nodes,
        reference_weight=weight,
        floor=term.floor.at(base),
        cap=cap,
        self_response=0.0,
        country=network.nodes.country[network.columns.give[columns]],
        share=np.zeros(len(network.countries)),
    )
    return replace(network, levies=(*network.levies, levy))


def _check_for_another_levy(network: Network, term: Floor, columns: set[int]) -> None:
    """Refuse two floors on the same imports: how they would share the levy is not defined."""
    for levy in network.levies:
        if levy.kind == "floor" and columns & set(levy.columns.tolist()):
            raise ConflictError(
                f"{levy.instrument!r} already charges some of the same imports of {term.material}",
                where=f"floor {term.name!r}",
                allowed="one floor per route, material and stage",
                hint="exempt the members of the other zone, or keep the higher floor",
            )


def highest_price(network: Network, material: str) -> float:
    """Price at which the last user of a material gives up, USD/t: no levy need ever be higher."""
    rows = network.use_rows(material, network.countries)
    return float((network.use.choke_multiple[rows] * network.use.price[rows]).max(initial=0.0))
