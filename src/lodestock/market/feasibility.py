r"""Why a market has no equilibrium although everything could be delivered: users who never leave.

The elastic phase (:mod:`lodestock.market.elastic`) knows quantities only. Use that falls with the price but
never ends, and has no supply, has no equilibrium either: its price would be infinite. Every node gets a
source of last resort at :math:`\bar B = 1000` times its price scale; where that source still runs at the
equilibrium of the relaxed market, something there pays any price.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lodestock.market.activities import source
from lodestock.market.arrays import Float
from lodestock.market.extend import with_columns
from lodestock.market.levies import no_levies
from lodestock.market.model import Market

LAST_RESORT = 1000.0
"""Price of the source of last resort, in price scales."""

FLATNESS = 1e-2
"""Slope of the source of last resort: flat, so that a shortage shows where it arises and not upstream."""

SHORT = 1e-6
"""A shortage below this share of the node's quantity scale is rounding."""


def relaxed_market(market: Market) -> Market:
    """Return the market without levies and with a source of last resort at every node."""
    price, quantity = market.price_scale, market.quantity_scale
    resort = source(
        [f"last resort at {name}" for name in market.node_names],
        np.arange(market.nodes),
        LAST_RESORT * price,
        FLATNESS * price / quantity,
    )
    return replace(with_columns(market, resort), levies=no_levies())


def shortage_message(market: Market, shortage: Float) -> str:
    """Return which nodes are short of how much, the largest first."""
    order = np.argsort(-shortage / market.quantity_scale)
    short = [n for n in order if shortage[n] > SHORT * market.quantity_scale[n]]
    listed = ", ".join(f"{market.node_names[n]} {shortage[n]:.6g} {market.quantity_unit}" for n in short[:8])
    more = f" and {len(short) - 8} more" if len(short) > 8 else ""
    return f"{listed}{more}"
