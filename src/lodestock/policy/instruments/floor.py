r"""Zone floor held by an adjustable levy on imports from outside.

On every route from a non-member i (not exempt) to a member j the margin is

.. math:: m_{ij} = p_j - p_i - c_{ij} - s_{ij} z_{ij} - \tau, \qquad
          0 \le \tau \le \bar\tau \ \perp \ \sum_{j} w_j p_j - f \ge 0

with one :math:`\tau` per zone, material and stage, and :math:`w_j` the members' shares of base-year
absorption (use, or feed of refiners), so that the floor defends one published reference price. Importers pay
the levy to the treasury of the importing member; users pay through the price.

==================  ==========================================================================================
option              what changes
==================  ==========================================================================================
levy per importer   one :math:`\tau_j` per member that watches :math:`p_j` alone
reference imports   :math:`w_j`: shares of base-year imports from outside
ad valorem          :math:`\tau_{ij} = r p_i` with one r (`lodestock.policy.adjust`)
phases              f is the share in force of the way from the base price to the floor
drawback            the levy is repaid on exports (`drawback.py`)
rules of origin     an exempt origin may pass on only what it made (`origin.py`)
leak                part of the charged trade comes in without paying (`leak.py`)
==================  ==========================================================================================
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.errors import ConflictError, LodestockError
from lodestock.policy.import_terms import AD_VALOREM, HUB, IMPORTS, LAST_TRANSFORMATION
from lodestock.policy.instruments.drawback import add_drawback
from lodestock.policy.instruments.leak import add_evasion
from lodestock.policy.instruments.origin import own_origin_only, pooled_columns
from lodestock.policy.network import Network
from lodestock.policy.parts import SHIPMENTS, FloatArray, LevyTerm, added_up
from lodestock.policy.terms import Floor


def reference_weights(network: Network, term: Floor) -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights (adding to one) of the zone's reference price.

    Weights are base-year absorption, or base-year imports from outside where the floor says so; a zone with
    neither is weighted by its output.

    Raises
    ------
    LodestockError
        The zone neither takes up nor makes anything at the stage: it has no price to defend.
    """
    members = network.country_mask(term.members)
    amounts = [
        network.absorption(term.material, term.stage),
        network.base_output(term.material, term.stage),
    ]
    if term.reference == IMPORTS:
        amounts.insert(0, _imports(network, term))
    for amount in amounts:
        weight = np.where(members, amount, 0.0)
        if weight.sum() > 0.0:
            at = np.flatnonzero(weight)
            return network.nodes_at(term.material, term.stage)[at], weight[at] / weight.sum()
    raise LodestockError(
        f"zone {term.zone!r} neither makes nor takes up {term.material} at the {term.stage} stage",
        where=f"floor {term.name!r}",
        hint="choose another stage, or add a member that refines or uses the material",
    )


def _imports(network: Network, term: Floor) -> FloatArray:
    """(country,) base-year imports of each member from outside the zone, t."""
    outside = [name for name in network.countries if name not in set(term.members)]
    columns = network.trade_columns(term.material, term.stage, outside, term.members)
    importer = network.nodes.country[network.columns.give[columns]]
    return added_up(importer, network.columns.base_level[columns], len(network.countries))


def apply_floor(network: Network, term: Floor) -> Network:
    """Add the levy of one floor; see the equation above.

    Raises
    ------
    ConflictError
        An exempt origin is a member of the zone, another floor charges the same trade, or a drawback is asked
        of a levy per importer or one without a cap.
    """
    _check_options(term)
    if term.reached <= 0.0:
        return network
    if term.rules_of_origin == LAST_TRANSFORMATION:
        network = own_origin_only(network, term)
    inside = set(term.members) | set(term.exempt_origins)
    outsiders = tuple(name for name in network.countries if name not in inside)
    columns = network.trade_columns(term.material, term.stage, outsiders, term.members, kinds=SHIPMENTS)
    columns = np.sort(np.concatenate([columns, pooled_columns(network, term)]))
    _check_for_another_levy(network, term, columns)
    evaded = columns
    if term.levy_per == HUB:
        nodes, weight = reference_weights(network, term)
        found = [_levy(network, term, columns, nodes, weight, outsiders)]
    else:
        market = network.market_of()[network.columns.give[columns]]
        found = [
            _levy(network, term, columns[market == node], np.array([node]), np.ones(1), outsiders)
            for node in np.unique(market).tolist()
        ]
    network = replace(network, levies=(*network.levies, *found))
    if term.drawback:
        network = add_drawback(network, term, outsiders)
    return add_evasion(network, term, evaded)


def phased_floor(term: Floor, base: float) -> float:
    """Price defended on the day looked at: ``reached`` of the way from the base price to the floor, USD/t."""
    full = term.floor.at(base)
    return full if full <= base else base + term.reached * (full - base)


def _levy(
    network: Network,
    term: Floor,
    columns: np.ndarray,
    nodes: np.ndarray,
    weight: np.ndarray,
    origins: tuple[str, ...],
) -> LevyTerm:
    """One levy on ``columns`` that watches the price of ``nodes``."""
    base = network.reference_price[term.material, term.stage]
    cap = term.cap.at(base) if term.cap is not None else np.inf
    if not np.isfinite(cap):
        cap = highest_price(network, term.material)
    importer = "" if term.levy_per == HUB else f" {network.countries[network.nodes.country[nodes[0]]]}"
    ad_valorem = term.basis == AD_VALOREM
    of_origin = network.nodes.price[network.columns.take[columns]] / base
    return LevyTerm(
        name=f"{term.name}: {term.material} {term.stage}{importer}",
        instrument=term.name,
        kind="floor",
        material=term.material,
        stage=term.stage,
        zone=term.zone,
        columns=columns,
        column_weight=of_origin if ad_valorem else np.ones(len(columns)),
        rows=np.zeros(0, dtype=np.int64),
        row_weight=np.zeros(0),
        reference=nodes,
        reference_weight=weight,
        floor=phased_floor(term, base),
        cap=cap,
        self_response=0.0,
        country=network.nodes.country[network.columns.give[columns]],
        share=np.zeros(len(network.countries)),
        ad_valorem=base if ad_valorem else 0.0,
        origins=origins,
        members=term.members,
    )


def _check_options(term: Floor) -> None:
    where = f"floor {term.name!r}"
    both = sorted(set(term.members) & set(term.exempt_origins))
    if both:
        raise ConflictError(
            f"{', '.join(both)} is a member of {term.zone!r} and an exempt origin",
            where=where,
            allowed="members pay no levy; exempt origins are non-members",
        )
    if term.drawback and term.cap is None:
        raise ConflictError(
            "a drawback without a cap of the levy",
            where=where,
            hint="where exports draw back all that imports pay, no levy holds the price: set a cap",
        )
    if term.drawback and (term.levy_per != HUB or term.basis == AD_VALOREM):
        raise ConflictError(
            "a drawback repays one amount per tonne, the same for all members",
            where=where,
            allowed="one specific levy for the zone",
        )


def _check_for_another_levy(network: Network, term: Floor, columns: np.ndarray) -> None:
    """Refuse two floors on the same imports: how they would share the levy is not defined."""
    for levy in network.levies:
        if levy.kind in ("floor", "minimum_price") and np.intersect1d(columns, levy.columns).size:
            raise ConflictError(
                f"{levy.instrument!r} already charges some of the same imports of {term.material}",
                where=f"floor {term.name!r}",
                allowed="one floor or minimum price per route, material and stage",
                hint="exempt the members of the other zone, or keep the higher floor",
            )


def highest_price(network: Network, material: str) -> float:
    """Price at which the last user of a material gives up, USD/t: no levy need ever be higher."""
    rows = network.use_rows(material, network.countries)
    return float((network.use.choke_multiple[rows] * network.use.price[rows]).max(initial=0.0))
