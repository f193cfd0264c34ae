r"""Solve an Armington market: semismooth Newton in log prices, on a path from the base year.

Unknowns are :math:`\ln p_i` of the origins and the amounts :math:`\tau_g` (in multiples of a price unit).
With :math:`s_r` the value shares at a destination and :math:`\eta_j` the demand elasticity at :math:`P_j`,

.. math:: d\ln P_j = \sum_{r \in j} s_r \, d\ln P_r, \qquad
          d\ln x_r = -\sigma \, d\ln P_r + (\sigma - \eta_j) \, d\ln P_j

The shock is raised in steps from nothing to the whole; each step starts from the last one's solution and is
halved when Newton stalls.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lodestock.errors import LodestockError
from lodestock.market.armington import ArmingtonMarket, Controls, Routes, check_armington
from lodestock.market.arrays import Float, scatter
from lodestock.market.curves import Curves

STEPS = 4
SMALLEST_STEP = 1e-4
NEWTON_LIMIT = 60
LARGEST_MOVE = 1.0
"""Largest change of a log price, or of an amount in price units, in one Newton step."""
UNSERVED = 60.0
"""Log price index, over base, of a destination that no route serves."""
LARGEST_EXPONENT = 650.0


@dataclass(frozen=True, slots=True)
class ArmingtonSolution:
    """Prices and flows of one solve.

    Attributes
    ----------
    status : "solved" or "not_solved"; an unsolved one carries the best point and its residual.
    supply_price : shape (O,), p.
    use_price : shape (D,), price index P_j of what the destination buys.
    delivered_price : shape (R,), P_r.
    flow : shape (R,), x_r.
    use : shape (D,), composite bought, in base units.
    supply : shape (O,).
    amount : shape (G,), tau.
    residual : largest scaled residual: market clearing over base flow, complementarity over the price unit.
    worst_element : name of the element it belongs to.
    iterations : Newton steps over the whole path.
    """

    status: str
    supply_price: Float
    use_price: Float
    delivered_price: Float
    flow: Float
    use: Float
    supply: Float
    amount: Float
    residual: float
    worst_element: str
    iterations: int

    @property
    def is_solved(self) -> bool:
        """Tell whether the residual is within tolerance at the whole shock."""
        return self.status == "solved"


@dataclass(frozen=True, slots=True)
class _Point:
    """What follows from the unknowns; ``share`` is the value share of a route at its destination."""

    price: Float
    amount: Float
    delivered: Float
    share: Float
    use_price: Float
    use: Float
    use_slope: Float
    supply: Float
    supply_slope: Float
    flow: Float


def solve_armington(
    market: ArmingtonMarket, base: ArmingtonMarket, *, tolerance: float = 1e-9
) -> ArmingtonSolution:
    """Solve ``market`` on the path from ``base``, its undisturbed year.

    Parameters
    ----------
    market : with the shock: changed curves, added amounts, closed routes, controls.
    base : same origins, destinations and routes; it must clear at its base prices.
    tolerance : largest scaled residual of a solved market.

    Raises
    ------
    ValueOutOfRangeError, LodestockError
        From `check_armington`; the base year does not clear.
    """
    check_armington(market)
    check_armington(base)
    unknown = np.zeros(len(market.origins) + len(market.controls))
    start = _System(replace(base, controls=_idle(market.controls)), market, 0.0)
    off = float(np.abs(start.residual(unknown)).max(initial=0.0))
    if off > 1e-6:
        raise LodestockError(
            f"the base year is open by {off:.1e}", where="base", allowed="supply = sum of flows"
        )
    share, step, iterations = 0.0, 1.0 / STEPS, 0
    while share < 1.0:
        target = min(1.0, share + step)
        found, used, residual = _newton(_System(base, market, target), unknown, tolerance)
        iterations += used
        if residual <= tolerance:
            unknown, share = found, target
            step *= 1.5
        else:
            step *= 0.5
            if step < SMALLEST_STEP:
                break
    return _solution(
        _System(base, market, max(share, 0.0) if share < 1.0 else 1.0), unknown, share, tolerance, iterations
    )


def _idle(controls: Controls) -> Controls:
    """The same controls without effect: no limit binds and no floor stands above its price."""
    return replace(controls, limit=np.full(len(controls), np.inf), floor=np.full(len(controls), -np.inf))


class _System:
    """The square system at one share of the way from the base to the shock."""

    def __init__(self, base: ArmingtonMarket, market: ArmingtonMarket, share: float) -> None:
        self.market, self.share = market, share
        self.origins, self.destinations = len(market.origins), len(market.destinations)
        self.unit = float(np.mean(market.use_price))
        self.routes = _between(base.routes, market.routes, share)
        self.curves = ((1.0 - share, base), (share, market))
        self.base_flow = scatter(market.routes.origin, market.routes.flow, self.origins)
        self.factor = market.use_price[market.routes.destination] / market.supply_price[market.routes.origin]
        total = scatter(market.routes.destination, market.routes.flow, self.destinations)
        self.theta = market.routes.flow / total[market.routes.destination]
        self.base_use, _ = _respond(base.demand, market.use_price, self.destinations)
        self.limit, self.floor = self._controls()

    def _controls(self) -> tuple[Float, Float]:
        """Limits and floors at this share of the way, from where they do not bind."""
        controls = self.market.controls
        flow = controls.charged @ self.market.routes.flow
        reference = controls.reference @ self.market.use_price
        below = np.maximum(flow - controls.limit, 0.0)
        above = np.maximum(controls.floor - reference, 0.0)
        left = 1.0 - self.share
        return controls.limit + left * below, controls.floor - left * above

    def state(self, unknown: Float) -> _Point:
        """Prices, shares and quantities at a point."""
        market, routes, sigma = self.market, self.routes, self.market.substitution
        price = market.supply_price * np.exp(unknown[: self.origins])
        amount = self.unit * unknown[self.origins :]
        gross = self.factor * price[routes.origin] + routes.added
        delivered = gross * (1.0 + routes.ad_valorem) + market.controls.charged.T @ amount
        delivered = np.maximum(delivered, 1e-9 * market.use_price[routes.destination])
        ratio = np.log(delivered / market.use_price[routes.destination])
        share, index = self._mixture(ratio)
        use_price = market.use_price * np.exp(index)
        use, use_slope = self._mixed("demand", use_price, self.destinations)
        supply, supply_slope = self._mixed("supply", price, self.origins)
        scale = np.where(self.base_use > 0.0, use / np.where(self.base_use > 0.0, self.base_use, 1.0), 0.0)
        wanted = np.exp(np.minimum(sigma * (index[routes.destination] - ratio), LARGEST_EXPONENT))
        return _Point(
            price=price,
            amount=amount,
            delivered=delivered,
            share=share,
            use_price=use_price,
            use=use,
            use_slope=use_slope,
            supply=supply,
            supply_slope=supply_slope,
            flow=routes.open_share * market.routes.flow * wanted * scale[routes.destination],
        )

    def _mixture(self, ratio: Float) -> tuple[Float, Float]:
        """Value shares of routes and log price indices of destinations; in logs, so that none is lost."""
        routes, sigma = self.routes, self.market.substitution
        open_route = routes.open_share > 0.0
        weight = np.log(np.where(open_route, routes.open_share * self.theta, 1.0)) + (1.0 - sigma) * ratio
        largest = np.full(self.destinations, -np.inf)
        np.maximum.at(largest, routes.destination[open_route], weight[open_route])
        served = np.isfinite(largest)
        largest = np.where(served, largest, 0.0)
        relative = np.where(open_route, np.exp(np.minimum(weight - largest[routes.destination], 0.0)), 0.0)
        total = scatter(routes.destination, relative, self.destinations)
        total = np.where(served, total, 1.0)
        index = np.where(served, (largest + np.log(total)) / (1.0 - sigma), UNSERVED)
        return relative / total[routes.destination], np.minimum(index, UNSERVED)

    def _mixed(self, side: str, price: Float, count: int) -> tuple[Float, Float]:
        total, slope = np.zeros(count), np.zeros(count)
        for share, market in self.curves:
            if share > 0.0:
                value, derivative = _respond(getattr(market, side), price, count)
                total += share * value
                slope += share * derivative
        return total, slope

    def residual(self, unknown: Float) -> Float:
        """Scaled excess supply by origin, then the complementarity of each control."""
        return self._residual(self.state(unknown), unknown)[0]

    def _residual(self, state: _Point, unknown: Float) -> tuple[Float, Float, Float]:
        controls = self.market.controls
        shipped = scatter(self.routes.origin, state.flow, self.origins)
        clearing = (state.supply - shipped) / self.base_flow
        is_limit = np.isfinite(controls.limit)
        used = controls.charged @ state.flow
        base = np.maximum(controls.charged @ self.market.routes.flow, 1e-12)
        slack = np.where(
            is_limit,
            (np.where(is_limit, self.limit, 0.0) - used) / base,
            (controls.reference @ state.use_price - np.where(np.isfinite(self.floor), self.floor, -1e30))
            / self.unit,
        )
        tau = unknown[self.origins :]
        moved = tau - slack
        clipped = np.clip(moved, 0.0, controls.cap / self.unit)
        inside = ((moved > 0.0) & (moved < controls.cap / self.unit)).astype(float)
        return np.concatenate([clearing, tau - clipped]), inside, base

    def jacobian(self, unknown: Float) -> tuple[Float, Float]:
        """Residual and its generalised derivative."""
        market, routes, controls = self.market, self.routes, self.market.controls
        state = self.state(unknown)
        residual, inside, base = self._residual(state, unknown)
        size = self.origins + len(controls)
        delivered = np.zeros((len(routes), size))
        own = self.factor * state.price[routes.origin] * (1.0 + routes.ad_valorem) / state.delivered
        delivered[np.arange(len(routes)), routes.origin] = own
        delivered[:, self.origins :] = (controls.charged * self.unit / state.delivered).T
        index = np.zeros((self.destinations, size))
        np.add.at(index, routes.destination, state.share[:, None] * delivered)
        elasticity = np.where(
            state.use > 0.0,
            state.use_slope * state.use_price / np.where(state.use > 0.0, state.use, 1.0),
            0.0,
        )
        sigma = market.substitution
        spread = (sigma + elasticity)[routes.destination, None] * index[routes.destination]
        flow = state.flow[:, None] * (spread - sigma * delivered)
        shipped = np.zeros((self.origins, size))
        np.add.at(shipped, routes.origin, flow)
        clearing = -shipped
        clearing[np.arange(self.origins), np.arange(self.origins)] += state.supply_slope * state.price
        clearing /= self.base_flow[:, None]
        is_limit = np.isfinite(controls.limit)
        slack = np.where(
            is_limit[:, None],
            -(controls.charged @ flow) / base[:, None],
            (controls.reference * state.use_price) @ index / self.unit,
        )
        complementarity = inside[:, None] * slack
        at = np.arange(len(controls))
        complementarity[at, self.origins + at] += 1.0 - inside
        return residual, np.concatenate([clearing, complementarity])


def _newton(system: _System, start: Float, tolerance: float) -> tuple[Float, int, float]:
    """Damped Newton; returns the point, steps used and the largest residual there."""
    unknown = start
    residual, jacobian = system.jacobian(unknown)
    size = float(np.abs(residual).max(initial=0.0))
    for used in range(1, NEWTON_LIMIT + 1):
        if size <= 0.1 * tolerance:
            return unknown, used - 1, size
        jacobian[np.diag_indices_from(jacobian)] += 1e-13
        try:
            step = -np.linalg.solve(jacobian, residual)
        except np.linalg.LinAlgError:
            break
        step *= min(1.0, LARGEST_MOVE / max(float(np.abs(step).max()), 1e-300))
        length, norm = 1.0, float(residual @ residual)
        while length > 1e-4:
            trial = unknown + length * step
            there = system.residual(trial)
            if np.isfinite(there).all() and float(there @ there) <= (1.0 - 1e-4 * length) * norm:
                break
            length *= 0.5
        else:
            break
        unknown = trial
        residual, jacobian = system.jacobian(unknown)
        size = float(np.abs(residual).max(initial=0.0))
    return unknown, NEWTON_LIMIT, size


def _respond(curves: Curves, price: Float, count: int) -> tuple[Float, Float]:
    """Quantity and derivative by place, shape (count,); wedges of the curves included."""
    value, slope = curves.evaluate(curves.own_price(price))
    return scatter(curves.node, value, count), scatter(curves.node, slope * curves.price_weight, count)


def _between(base: Routes, shocked: Routes, share: float) -> Routes:
    """Routes at one share of the way: added amounts, rates and openness move in straight lines."""
    return replace(
        shocked,
        added=base.added + share * (shocked.added - base.added),
        ad_valorem=base.ad_valorem + share * (shocked.ad_valorem - base.ad_valorem),
        open_share=base.open_share + share * (shocked.open_share - base.open_share),
    )


def _solution(
    system: _System, unknown: Float, share: float, tolerance: float, iterations: int
) -> ArmingtonSolution:
    state, residual = system.state(unknown), np.abs(system.residual(unknown))
    market = system.market
    names: list[str] = [*market.origins, *market.controls.names]
    worst = int(residual.argmax()) if residual.size else -1
    off = float(residual.max(initial=0.0))
    open_routes = system.routes.open_share > 0.0
    return ArmingtonSolution(
        status="solved" if share >= 1.0 and off <= tolerance else "not_solved",
        supply_price=state.price,
        use_price=state.use_price,
        delivered_price=state.delivered,
        flow=np.where(open_routes, state.flow, 0.0),
        use=state.use,
        supply=state.supply,
        amount=state.amount,
        residual=off,
        worst_element=_name(names, worst),
        iterations=iterations,
    )


def _name(names: Sequence[str], position: int) -> str:
    return names[position] if 0 <= position < len(names) else ""
