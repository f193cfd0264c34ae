r"""The market: nodes with prices, activities between them, curves at them, levies over them.

An equilibrium is a price :math:`p_n \ge 0`, a level :math:`z_k` and a levy :math:`\tau_l` with

.. math::
    \text{(ZP)}\quad & 0 \le z_k \le u_k \;\perp\; -m_k, \qquad
        m_k = (W^\top p)_k - c_k - s_k z_k - (E\tau)_k \\
    \text{(MC)}\quad & 0 \le p_n \;\perp\; (A z + x(p) + y)_n \ge 0 \qquad \text{(free disposal)} \\
    \text{(LV)}\quad & \underline\tau_l \le \tau_l \le \bar\tau_l \;\perp\; (N p)_l + M_l \tau_l - f_l

:math:`x(p)` is net supply from the curves, :math:`y` an exogenous injection. The market knows no mineral:
names are the caller's, quantities and prices carry the caller's units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from lodestock.market.activities import Activities
from lodestock.market.arrays import Float, Int, scatter
from lodestock.market.curves import Curves
from lodestock.market.levies import Levies, no_levies


@dataclass(frozen=True, slots=True)
class Market:
    """A market as flat arrays; build it with :func:`assemble`, change values with ``dataclasses.replace``.

    Attributes
    ----------
    node_names, activity_names : names used in errors, certificates and results.
    entry_pointer : shape (K + 1,); the entries of activity k are ``entry_pointer[k]:entry_pointer[k + 1]``.
    entry_node, entry_quantity, entry_money : shape (entries,): node, :math:`A_{nk}`, :math:`W_{nk}`.
    cost, slope, capacity : shape (K,): :math:`c`, :math:`s \\ge 0`, :math:`u \\ge 0` (inf allowed, 0 is a
        ban).
    curves : supply and use of own price.
    injection : shape (n,), :math:`y`.
    levies : adjustable charges.
    price_scale, quantity_scale : shape (n,), typical price and throughput of each node; prices start at
        ``price_scale``, and residuals are measured in these units.
    quantity_unit, price_unit : labels for messages.
    """

    node_names: Sequence[str]
    activity_names: Sequence[str]
    entry_pointer: Int
    entry_node: Int
    entry_quantity: Float
    entry_money: Float
    cost: Float
    slope: Float
    capacity: Float
    curves: Curves
    injection: Float
    levies: Levies
    price_scale: Float
    quantity_scale: Float
    quantity_unit: str = "t"
    price_unit: str = "USD/t"

    @property
    def nodes(self) -> int:
        """Number of nodes n."""
        return len(self.node_names)

    @property
    def activities(self) -> int:
        """Number of activities K."""
        return len(self.activity_names)

    @property
    def entry_activity(self) -> Int:
        """Activity index of every entry, shape (entries,)."""
        return np.repeat(np.arange(self.activities), np.diff(self.entry_pointer))

    def net_delivery(self, level: Float) -> Float:
        """Return :math:`A z`, shape (n,)."""
        return scatter(self.entry_node, self.entry_quantity * level[self.entry_activity], self.nodes)

    def column_price(self, price: Float) -> Float:
        r"""Return :math:`W^\top p`, shape (K,)."""
        return scatter(self.entry_activity, self.entry_money * price[self.entry_node], self.activities)


def assemble(
    nodes: Sequence[str],
    activities: Activities,
    curves: Curves,
    levies: Levies | None = None,
    *,
    injection: ArrayLike | None = None,
    price_scale: ArrayLike | None = None,
    quantity_scale: ArrayLike | None = None,
    quantity_unit: str = "t",
    price_unit: str = "USD/t",
) -> Market:
    """Return a validated market.

    Parameters
    ----------
    nodes : names of the nodes; every index in the other arguments counts in this list.
    activities, curves, levies : see :mod:`lodestock.market.activities`, ``shapes`` and ``levies``.
    injection : exogenous net supply per node, default zero.
    price_scale, quantity_scale : typical price and throughput per node (scalars broadcast); estimated from
        the curves of each connected component when left out.

    Raises
    ------
    ValueOutOfRangeError, UnknownNameError, ConflictError
        The first element that fails a check, by name.
    """
    from lodestock.market.checks import check_market, check_unique_names
    from lodestock.market.scales import estimate_scales

    count = len(nodes)
    market = Market(
        node_names=nodes,
        activity_names=activities.names,
        entry_pointer=activities.pointer,
        entry_node=activities.node,
        entry_quantity=activities.quantity,
        entry_money=activities.money,
        cost=activities.cost,
        slope=activities.slope,
        capacity=activities.capacity,
        curves=curves,
        injection=_per_node(injection, 0.0, count),
        levies=no_levies() if levies is None else levies,
        price_scale=_per_node(price_scale, 1.0, count),
        quantity_scale=_per_node(quantity_scale, 1.0, count),
        quantity_unit=quantity_unit,
        price_unit=price_unit,
    )
    check_unique_names(market)
    check_market(market)
    if price_scale is None or quantity_scale is None:
        price, quantity = estimate_scales(market, None if price_scale is None else market.price_scale)
        market = replace(
            market,
            price_scale=price,
            quantity_scale=quantity if quantity_scale is None else market.quantity_scale,
        )
    return market


def _per_node(value: ArrayLike | None, default: float, count: int) -> Float:
    return np.array(np.broadcast_to(np.asarray(default if value is None else value, dtype=float), (count,)))
