r"""Residuals, identities and levy statuses of a point, from price, level and levy alone.

.. math::
    \text{ZP}_k &= |z_k/Z_k - \mathrm{clip}(z_k/Z_k + m_k/M_k,\ 0,\ u_k/Z_k)| \\
    \text{MC}_n &= |\min(p_n/P_n,\ (A z + x(p) + y)_n/Q_n)| \\
    \text{LV}_l &= |\tau_l - \mathrm{clip}(\tau_l + f_l - (N p)_l - M_l \tau_l,\ \underline\tau_l,
    \bar\tau_l)|/T_l

with :math:`P, Q` the price and quantity scale of a node, :math:`M_k` the largest price scale and
:math:`Z_k` the smallest quantity scale among the nodes of activity k, :math:`T_l` the mean price scale of
levy l's reference.
"""

from __future__ import annotations

import numpy as np

from lodestock.market.arrays import Float, scatter
from lodestock.market.model import Market
from lodestock.market.solution import Certificate, LevyStatus
from lodestock.market.welfare import account

NOTHING = 1e-6
"""A charged activity below this share of its nodes' throughput counts as stopped."""


def certify(market: Market, price: Float, level: Float, levy: Float, tolerance: float = 1e-8) -> Certificate:
    """Return the certificate of a point of ``market``."""
    levies = market.levies
    M, Z = activity_scales(market)
    margin = market.column_price(price) - market.cost - market.slope * level
    margin = margin - levies.charge(levy, market.activities)
    wanted = np.clip(level / Z + margin / M, 0.0, market.capacity / Z)
    zero_profit = np.abs(level / Z - wanted)

    delivered = market.net_delivery(level)
    x = curve_supply(market, price, levy)
    excess = delivered + x + market.injection
    clearing = np.abs(np.minimum(price / market.price_scale, excess / market.quantity_scale))

    T = levy_scales(market)
    gap = levies.floor - levies.reference_price(price) - levies.self_response * levy
    levy_block = np.abs(levy - np.clip(levy + gap, levies.lower, levies.cap)) / T

    blocks = (
        (zero_profit, "activity", market.activity_names),
        (clearing, "node", market.node_names),
        (levy_block, "levy", levies.names),
    )
    worst, element = 0.0, "none"
    for values, kind, names in blocks:
        if len(values) and not values.max() <= worst:
            at = int(np.argmax(np.where(np.isnan(values), np.inf, values)))
            worst, element = float(values[at]), f"{kind} {names[at]!r}"
    through = gross_throughput(market, price, level, levy)
    imbalance = np.abs(excess - disposal(market, price, excess, tolerance))
    return Certificate(
        zero_profit=float(zero_profit.max(initial=0.0)),
        market_clearing=float(clearing.max(initial=0.0)),
        levy=float(levy_block.max(initial=0.0)),
        worst=worst,
        worst_element=element,
        money_identity=account(market, price, level, levy).residual,
        mass_identity=float((imbalance / np.maximum(through, market.quantity_scale)).max(initial=0.0)),
        levies=levy_statuses(market, price, level, levy, Z, tolerance),
    )


def disposal(market: Market, price: Float, excess: Float, tolerance: float) -> Float:
    """Return what is thrown away, shape (n,): the surplus of nodes whose price is zero."""
    return np.where(price <= tolerance * market.price_scale, np.maximum(excess, 0.0), 0.0)


def curve_supply(market: Market, price: Float, levy: Float) -> Float:
    """Return net supply from curves per node, shape (n,)."""
    curves = market.curves
    own = curves.own_price(price, market.levies.curve_charge(levy, len(curves)))
    return scatter(curves.node, curves.sign * curves.quantity(own), market.nodes)


def gross_throughput(market: Market, price: Float, level: Float, levy: Float) -> Float:
    """Return half of everything that enters and leaves each node, shape (n,)."""
    curves = market.curves
    own = curves.own_price(price, market.levies.curve_charge(levy, len(curves)))
    moved = np.abs(market.entry_quantity) * level[market.entry_activity]
    total = scatter(market.entry_node, moved, market.nodes)
    total = total + scatter(curves.node, curves.quantity(own), market.nodes) + np.abs(market.injection)
    half: Float = 0.5 * total
    return half


def activity_scales(market: Market) -> tuple[Float, Float]:
    """Return the price scale M and the quantity scale Z of every activity, shape (K,)."""
    start = market.entry_pointer[:-1]
    if not len(start):
        return np.zeros(0), np.zeros(0)
    M = np.maximum.reduceat(market.price_scale[market.entry_node], start)
    Z = np.minimum.reduceat(market.quantity_scale[market.entry_node], start)
    return M, Z


def levy_scales(market: Market) -> Float:
    """Return the mean price scale of every levy's reference nodes, shape (L,)."""
    levies = market.levies
    weight = np.abs(levies.reference_weight)
    total = scatter(levies.reference_levy, weight, len(levies))
    scaled = weight * market.price_scale[levies.reference_node]
    return scatter(levies.reference_levy, scaled, len(levies)) / total


def levy_statuses(
    market: Market, price: Float, level: Float, levy: Float, Z: Float, tolerance: float
) -> tuple[LevyStatus, ...]:
    """Return status, reason and money of every levy."""
    levies = market.levies
    reference = levies.reference_price(price)
    prohibitive = _prohibitive(market, price, levy)
    curves = market.curves
    quantity = curves.quantity(curves.own_price(price, levies.curve_charge(levy, len(curves))))
    found = []
    T = levy_scales(market)
    for at, name in enumerate(levies.names):
        arcs = levies.charge_levy == at
        activity = levies.charge_activity[arcs]
        running = bool((level[activity] > NOTHING * Z[activity]).any())
        own = levies.curve_levy == at
        charged = float(levies.charge_weight[arcs] @ level[activity])
        signed = curves.sign * quantity
        charged += float(levies.curve_weight[own] @ signed[levies.curve_index[own]])
        running |= bool((quantity[levies.curve_index[own]] > 0.0).any())
        rate, floor = float(levy[at]), float(levies.floor[at])
        near = max(10.0 * tolerance, 1e-7) * T[at]
        status = _status(
            rate, float(levies.lower[at]), float(levies.cap[at]), float(reference[at]) - floor, near, running
        )
        if levies.self_response[at] > 0.0:
            status = "slack" if abs(rate - max(float(levies.lower[at]), 0.0)) <= near else status
            adds = not own.any() and bool((levies.charge_weight[arcs] > 0.0).all())
            words = _words_of_minimum if adds else _words_of_payment
            reason = words(market, status, rate, float(reference[at]), floor, charged)
            unbounded = levies.lower[at] == -np.inf and levies.cap[at] == np.inf
            if floor == 0.0 and own.any() and not arcs.any() and unbounded:
                followed = f"{_shown(float(reference[at]))} {market.price_unit}"
                reason = f"a curve's own price follows the price {followed}"
        else:
            stop = min(float(prohibitive[at]), rate)
            reason = _words(market, status, rate, float(reference[at]), floor, charged, stop)
            rate = stop if status == "unenforceable" else rate
        found.append(
            LevyStatus(name, status, reason, rate, float(reference[at]), floor, charged, rate * charged)
        )
    return tuple(found)


def _status(rate: float, lower: float, cap: float, above: float, near: float, running: bool) -> str:
    if rate <= lower + near and above >= -near:
        return "slack"
    if above >= -near or rate < cap - near:
        return "enforced"
    return "capped" if running else "unenforceable"


def _words(
    market: Market, status: str, rate: float, reference: float, floor: float, charged: float, stop: float
) -> str:
    price, quantity = market.price_unit, market.quantity_unit
    digits = _digits_to_tell(reference, floor)
    held, bound = _shown(floor, digits), _shown(rate)
    shown = f"reference price {_shown(reference, digits)} {price}"
    if status == "slack":
        return f"{shown} is at or above the floor {held}; no levy is needed"
    if status == "enforced":
        return (
            f"a levy of {bound} {price} on {_shown(charged)} {quantity} holds the price at the floor {held}"
        )
    if status == "capped":
        return f"{shown} stays below the floor {held} although the levy is at its cap of {bound}"
    return (
        f"{shown} stays below the floor {held}: a levy of {_shown(max(stop, 0.0))} {price} already ends "
        "all charged trade, and what is left clears at the lower price"
    )


def _words_of_payment(
    market: Market, status: str, rate: float, reference: float, strike: float, charged: float
) -> str:
    price, quantity = market.price_unit, market.quantity_unit
    digits = _digits_to_tell(reference, strike)
    reached, wanted = _shown(reference, digits), _shown(strike, digits)
    if status == "slack":
        return f"reference price {reached} {price} is at or above the strike {wanted}; nothing is paid"
    if status in ("capped", "unenforceable"):
        return (
            f"the payment is at its cap of {_shown(rate)} {price}; the strike {wanted} is not reached in full"
        )
    bridged = f"price {reached} and strike {wanted}"
    return f"{_shown(rate)} {price} bridges {bridged} on {_shown(abs(charged))} {quantity}"


def _words_of_minimum(
    market: Market, status: str, rate: float, reference: float, minimum: float, charged: float
) -> str:
    price, quantity = market.price_unit, market.quantity_unit
    digits = _digits_to_tell(reference, minimum)
    reached, wanted = _shown(reference, digits), _shown(minimum, digits)
    if status == "slack":
        return f"price {reached} {price} is at or above the minimum {wanted}; nothing is added"
    if status in ("capped", "unenforceable"):
        return (
            f"the charge is at its cap of {_shown(rate)} {price}; the minimum {wanted} is not reached in full"
        )
    if charged <= 0.0:
        return f"price {reached} {price} is below the minimum {wanted}; nothing is sold at the minimum"
    tonnes = f"{_shown(charged)} {quantity}"
    return f"{_shown(rate)} {price} lifts price {reached} to the minimum {wanted} on {tonnes}"


def _digits_to_tell(one: float, other: float) -> int:
    """Return how many significant digits tell two prices apart: three, up to five where these are alike."""
    return next((digits for digits in (3, 4, 5) if _shown(one, digits) != _shown(other, digits)), 3)


def _shown(value: float, digits: int = 3) -> str:
    """Return a number rounded to ``digits`` significant digits, with thousands separators and no exponent."""
    if value == 0.0 or not np.isfinite(value):
        return f"{value:g}"
    decimals = digits - 1 - int(np.floor(np.log10(abs(float(f"{value:.{digits - 1}e}")))))
    text = f"{round(value, decimals):,.{max(decimals, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _prohibitive(market: Market, price: Float, levy: Float) -> Float:
    """Return the smallest rate that keeps every charged activity at zero at these prices, shape (L,)."""
    levies = market.levies
    base = market.column_price(price) - market.cost - levies.charge(levy, market.activities)
    usable = (levies.charge_weight > 0.0) & (market.capacity[levies.charge_activity] > 0.0)
    weight = np.where(usable, levies.charge_weight, 1.0)
    needed = levy[levies.charge_levy] + base[levies.charge_activity] / weight
    rate = np.zeros(len(levies))
    np.maximum.at(rate, levies.charge_levy, np.where(usable, needed, 0.0))
    return rate
