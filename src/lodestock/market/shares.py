r"""Mandates: a share of what is used must, or may at most, come from somewhere.

Both are a node of credits. For a minimum share :math:`\sigma` every counted unit earns one credit and every
unit of the base owes :math:`\sigma`; for a maximum share the base earns :math:`\sigma` and counted units
owe one:

.. math::
    \sum_k a_k z_k - \sigma \sum_k b_k z_k \ge 0 \;\perp\; \rho \ge 0, \qquad
    \sigma \sum_k b_k z_k - \sum_k a_k z_k \ge 0 \;\perp\; \rho \ge 0

The price of the node, :math:`\rho`, is the shadow price of the mandate: what counted suppliers are paid on
top (or what capped ones have to give up) per unit, and users pay :math:`\sigma\rho` more (or less). Credits
are sold by those who earn them to those who owe them, so that no money is left over.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lodestock.errors import ValueOutOfRangeError
from lodestock.market.extend import extend, with_entries
from lodestock.market.model import Market


def minimum_share(
    market: Market, name: str, *, counted: Mapping[int, float], base: Mapping[int, float], share: float
) -> Market:
    r"""Return ``market`` with a minimum share: domestic content, recycled content.

    Parameters
    ----------
    name : of the credit node, the last node of the result; its price is :math:`\rho`, price units.
    counted : weight :math:`a_k` per activity index, for example domestic or recycled deliveries.
    base : weight :math:`b_k` per activity index: all use. An activity may stand in both.
    share : :math:`\sigma` in [0, 1].

    Raises
    ------
    ValueOutOfRangeError
        The share is out of range, or no activity counts.
    """
    return _with_credits(market, name, counted, base, share, earned=1.0)


def maximum_share(
    market: Market, name: str, *, counted: Mapping[int, float], base: Mapping[int, float], share: float
) -> Market:
    r"""Return ``market`` with a cap on a share, such as at most 65 % of use from one country.

    Parameters as in :func:`minimum_share`; ``counted`` are the deliveries that are capped.
    """
    return _with_credits(market, name, counted, base, share, earned=-1.0)


def _with_credits(
    market: Market,
    name: str,
    counted: Mapping[int, float],
    base: Mapping[int, float],
    share: float,
    earned: float,
) -> Market:
    where = f"mandate {name!r}"
    if not 0.0 <= share <= 1.0:
        raise ValueOutOfRangeError(f"share is {share:g}", where=where, allowed="between 0 and 1")
    if not counted or not base:
        raise ValueOutOfRangeError(
            f"{len(counted)} activities count and {len(base)} are the base",
            where=where,
            allowed="at least 1 each",
        )
    for kind, weights in (("counted", counted), ("base", base)):
        bad = next((k for k, weight in weights.items() if not (np.isfinite(weight) and weight > 0.0)), None)
        if bad is not None:
            raise ValueOutOfRangeError(
                f"weight {weights[bad]:g} of {kind} activity {bad}", where=where, allowed="finite and above 0"
            )
    # an activity that both earns and owes has one net entry
    credit = {
        k: earned * (counted.get(k, 0.0) - share * base.get(k, 0.0)) for k in dict.fromkeys([*counted, *base])
    }
    entries = {k: value for k, value in credit.items() if value != 0.0}
    wider = extend(market, nodes=[name])
    return with_entries(wider, list(entries), wider.nodes - 1, list(entries.values()))
