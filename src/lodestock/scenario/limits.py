r"""What no floor can do, to refuse it before solving: lie above any price, or be paid by nobody.

At the last stage the last user of country c leaves at :math:`\kappa_c p^0_c` (the choke). A refiner pays for
feed at most what the dearest refined price leaves after its avoidable cost: :math:`p \le y (\max_c \kappa_c
p^0_c - c)`.
"""

from __future__ import annotations

import numpy as np

from lodestock.errors import ConflictError, ValueOutOfRangeError
from lodestock.policy.instruments.floor import highest_price, reference_weights
from lodestock.policy.network import Network
from lodestock.policy.parts import COLUMN_KINDS, MINE, NONE, PROCESS, FloatArray
from lodestock.policy.terms import Floor


def feasible_prices(network: Network, material: str, stage: str) -> FloatArray:
    """(node,) highest price at which anyone still takes the material up at a stage, USD/t; zero elsewhere."""
    highest = np.zeros(len(network.nodes.price))
    top = highest_price(network, material)
    if stage == MINE and network.refines(material):
        columns = network.columns
        process = np.flatnonzero(columns.kind == COLUMN_KINDS.index(PROCESS))
        worth = (top - columns.cost[process]) / columns.take_quantity[process]
        np.maximum.at(highest, columns.take[process], np.maximum(worth, 0.0))
        return highest
    rows = network.use_rows(material, network.countries)
    choke = network.use.choke_multiple[rows] * network.use.price[rows]
    np.maximum.at(highest, network.use.node[rows], choke)
    return highest


def check_for_floor_above_any_price(network: Network, term: Floor) -> None:
    """Refuse a floor that no levy could ever hold.

    Raises
    ------
    ValueOutOfRangeError
        The floor lies above the highest price at which the zone's members take the material up.
    """
    node, weight = reference_weights(network, term)
    highest = float((weight * feasible_prices(network, term.material, term.stage)[node]).sum())
    base = network.reference_price[term.material, term.stage]
    floor = term.floor.at(base)
    if 0.0 < highest < floor:
        raise ValueOutOfRangeError(
            f"floor of {floor:,.0f} USD/t for {term.material} ({term.stage}) is above any feasible price",
            where=f"floor {term.name!r}",
            allowed=f"below {highest:,.0f} USD/t ({highest / base:.1f} times the base price {base:,.0f})",
            hint="above that price nobody in the zone takes the material up",
        )


def check_for_floor_nobody_pays(network: Network, term: Floor) -> None:
    """Refuse a floor whose zone and exempt origins are the whole market.

    Raises
    ------
    ConflictError
        No country outside has a part in the market, so there are no imports to charge.
    """
    node = network.nodes_at(term.material, term.stage)
    outside = ~network.country_mask((*term.members, *term.exempt_origins))
    if not (outside & (node != NONE)).any():
        raise ConflictError(
            f"no country outside {term.zone!r} and its exempt origins has a part in the market of"
            f" {term.material} ({term.stage}), so nobody pays the levy",
            where=f"floor {term.name!r}",
            hint="a floor needs imports from non-members",
        )
