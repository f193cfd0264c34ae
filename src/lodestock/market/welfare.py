r"""Who gains what: surpluses, rents, levy revenue and wedge income, adding up to the net benefit.

Net benefit is what users value their use at, less what resources cost; curves of use are integrated beyond
their own price, curves of supply below it:

.. math:: V = \sum_{use} (CS_j + \pi_j q_j) - \sum_{supply} (\pi_j q_j - PS_j)
          - c^\top z - \tfrac12 z^\top S z

.. math:: CS_j = \int_{\pi_j}^{\infty} q_j, \qquad PS_j = \int_0^{\pi_j} q_j

At an equilibrium it equals the sum of its parts,

.. math::
    V = \sum_j (CS_j + PS_j) + \tfrac12 z^\top S z + \sum_k \mu_k z_k + \tau^\top (E^\top z + F^\top q)
        + \sum_k [(A - W)^\top p]_k z_k + \sum_j \sigma_j (p_j - \pi_j - (F\tau)_j) q_j + p^\top y

in words: surplus of users and producers, the half-square of the frictions (a rent of those who trade),
capacity rents, levy revenue, ad-valorem income, income of the curves' wedges, value of injections.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lodestock.market.arrays import Float, scatter
from lodestock.market.model import Market
from lodestock.market.solution import Solution

NOTHING = 1e-3
"""Share of price times quantity scale below which the money in a market is rounding."""


@dataclass(frozen=True, slots=True)
class Welfare:
    """Parts of the net benefit, money units (price times quantity).

    Attributes
    ----------
    curve_surplus : shape (J,), users' or producers' surplus. Users without a finite choke price have it
        counted from a zero price downwards (negative); only changes of it mean something, see
        ``is_relative``.
    activity_surplus : shape (K,), :math:`\\tfrac12 s z^2`.
    capacity_rent : shape (K,), :math:`\\mu z`.
    wedge_income : shape (K,), ad-valorem income of activities.
    curve_wedge_income : shape (J,), taxes less subsidies on curves.
    levy_revenue : shape (L,).
    injection_value : shape (n,).
    net_benefit : computed from benefits and resource costs.
    total : sum of the parts.
    residual : their gap relative to the sum of the parts' sizes (to a thousandth of typical money where next
        to nothing happens).
    is_relative : shape (J,), use without a finite choke price.
    """

    curve_surplus: Float
    activity_surplus: Float
    capacity_rent: Float
    wedge_income: Float
    curve_wedge_income: Float
    levy_revenue: Float
    injection_value: Float
    net_benefit: float
    total: float
    residual: float
    is_relative: np.ndarray


def welfare(market: Market, solution: Solution) -> Welfare:
    """Return the parts of the net benefit at ``solution`` and how well they add up."""
    return account(market, solution.price, solution.level, solution.levy)


def account(market: Market, price: Float, level: Float, levy: Float) -> Welfare:
    """Return :class:`Welfare` at any point; the identity holds only at an equilibrium."""
    curves, levies = market.curves, market.levies
    charge = levies.curve_charge(levy, len(curves))
    own = curves.own_price(price, charge)
    quantity = curves.quantity(own)
    area = curves.integral(own)
    use = curves.sign < 0.0
    limit = curves.limit_integral()
    relative = use & ~np.isfinite(limit)
    surplus = np.where(use, np.where(np.isfinite(limit), limit, 0.0) - area, area)

    friction = 0.5 * market.slope * level**2
    margin = market.column_price(price) - market.cost - market.slope * level
    margin = margin - levies.charge(levy, market.activities)
    at_capacity = np.isfinite(market.capacity) & (level >= market.capacity * (1.0 - 1e-12))
    rent = np.where(at_capacity, np.maximum(margin, 0.0), 0.0) * level
    column = scatter(
        market.entry_activity,
        (market.entry_quantity - market.entry_money) * price[market.entry_node],
        market.activities,
    )
    wedge = column * level
    curve_wedge = curves.sign * (price[curves.node] - own - charge) * quantity
    charged = scatter(levies.charge_levy, levies.charge_weight * level[levies.charge_activity], len(levies))
    signed = (curves.sign * quantity)[levies.curve_index]
    charged = charged + scatter(levies.curve_levy, levies.curve_weight * signed, len(levies))
    revenue = levy * charged
    injected = price * market.injection

    spent = own * quantity
    benefit = surplus.sum() + spent[use].sum() - spent[~use].sum()
    net = float(benefit - market.cost @ level - friction.sum())
    parts = (surplus, friction, rent, wedge, curve_wedge, revenue, injected)
    total = float(sum(part.sum() for part in parts))
    size = float(sum(np.abs(part).sum() for part in parts)) + float(spent.sum() + np.abs(market.cost) @ level)
    usual = float(np.maximum(price, market.price_scale) @ market.quantity_scale)
    return Welfare(
        curve_surplus=surplus,
        activity_surplus=friction,
        capacity_rent=rent,
        wedge_income=wedge,
        curve_wedge_income=curve_wedge,
        levy_revenue=revenue,
        injection_value=injected,
        net_benefit=net,
        total=total,
        residual=abs(net - total) / max(size, NOTHING * usual),
        is_relative=relative,
    )


def change_in_total(market: Market, before: Solution, other: Market, after: Solution) -> float:
    """Return the change in total surplus from one solved market to another with the same curves' names."""
    return welfare(other, after).total - welfare(market, before).total
