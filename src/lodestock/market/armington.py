r"""Goods told apart by origin (Armington): the second model of trade, used as a cross-check.

Buyers at destination :math:`j` mix the varieties of all origins :math:`i` with one elasticity of substitution
:math:`\sigma > 1`. In multiples of a base year (superscript 0), route :math:`r = (i, j)`:

.. math::
    P_r &= (k_r p_i + b_r)(1 + a_r) + (G^\top \tau)_r, \qquad k_r = P^0_j / p^0_i \\
    P_j &= P^0_j \Big[ \sum_{r \in j} o_r \theta_r (P_r / P^0_j)^{1-\sigma} \Big]^{1/(1-\sigma)},
        \qquad \theta_r = x^0_r / \textstyle\sum_{r' \in j} x^0_{r'} \\
    x_r &= o_r x^0_r \, (P_r / P^0_j)^{-\sigma} \, (P_j / P^0_j)^{\sigma} \, D_j(P_j) / D_j(P^0_j) \\
    S_i(p_i) &= \textstyle\sum_{r \in i} x_r

with supply :math:`S_i` and demand :math:`D_j` as own-price curves, trade costs as a factor of the price at
origin, an added amount :math:`b_r` (price units), an ad-valorem rate :math:`a_r`, openness :math:`o_r` (0 for
a ban) and endogenous amounts :math:`\tau_g \ge 0` that keep limits and floors:

.. math::
    0 \le \tau_g &\ \perp\ Q_g - \textstyle\sum_r G_{gr} x_r \ge 0 &&\text{limit: a rent} \\
    0 \le \tau_g \le \bar\tau_g &\ \perp\ \textstyle\sum_j w_{gj} P_j - f_g \ge 0 &&\text{floor}

What it leaves out is why it is the second model: a route without trade in the base year never opens, and what
is bought is a composite, so that tonnes shipped do not add up to it.

Source: Armington (1969), IMF Staff Papers 16; Francois and Hall (2003), Global Simulation Analysis of
Industry-Level Trade Policy, of which `lodestock.market.gsim` is the log-linear form.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lodestock.errors import LodestockError, ValueOutOfRangeError
from lodestock.market.arrays import Float, Int
from lodestock.market.curves import Curves


@dataclass(frozen=True, slots=True)
class Routes:
    """Trade of the base year and what stands in its way; all arrays have shape (R,).

    Attributes
    ----------
    origin, destination : indices; domestic sales are routes too.
    flow : base quantity, positive.
    added : amount b on top of the price at origin, price units.
    ad_valorem : rate a on price and added amount, above -1.
    open_share : o, 1 for an open route, 0 for a ban.
    """

    origin: Int
    destination: Int
    flow: Float
    added: Float
    ad_valorem: Float
    open_share: Float

    def __len__(self) -> int:
        return len(self.flow)


@dataclass(frozen=True, slots=True)
class Controls:
    """Amounts the model finds itself: rents of limits and levies of floors, G of them.

    Attributes
    ----------
    names : one per control.
    charged : shape (G, R), weight of the amount on each route.
    limit : shape (G,), Q, quantity; inf where the control is a floor.
    reference : shape (G, D), weights of the floor's reference price; zero where the control is a limit.
    floor : shape (G,), f, price units.
    cap : shape (G,), largest amount; inf for a limit.
    """

    names: Sequence[str]
    charged: Float
    limit: Float
    reference: Float
    floor: Float
    cap: Float

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True, slots=True)
class ArmingtonMarket:
    """One good of many origins, in one period.

    Attributes
    ----------
    origins, destinations : names.
    supply : curves whose node is an origin (several per origin allowed), sign +1.
    demand : curves whose node is a destination, sign -1.
    supply_price, use_price : base prices, shapes (O,) and (D,).
    routes, controls : see there.
    substitution : sigma, above 1.
    """

    origins: Sequence[str]
    destinations: Sequence[str]
    supply: Curves
    demand: Curves
    supply_price: Float
    use_price: Float
    routes: Routes
    controls: Controls
    substitution: float


def no_controls(routes: int, destinations: int) -> Controls:
    """Return an empty set of controls for a market of that many routes and destinations."""
    none = np.zeros(0)
    return Controls((), np.zeros((0, routes)), none, np.zeros((0, destinations)), none, none)


def check_armington(market: ArmingtonMarket) -> None:
    """Refuse a market the equations do not hold for.

    Raises
    ------
    LodestockError
        Arrays whose lengths do not fit.
    ValueOutOfRangeError
        Substitution at or below 1, a price or base flow that is not positive, a rate at or below -100 %, an
        open share outside [0, 1]; the element is named.
    """
    routes, controls = market.routes, market.controls
    if len(controls) and controls.charged.shape != (len(controls), len(routes)):
        raise LodestockError(
            f"charges have shape {controls.charged.shape}", allowed=f"({len(controls)}, {len(routes)})"
        )
    if not market.substitution > 1.0:
        raise ValueOutOfRangeError(
            f"an elasticity of substitution of {market.substitution:g} gives a lost variety no finite value",
            where="substitution",
            allowed="above 1",
        )
    for names, values, what in (
        (market.origins, market.supply_price, "supply price"),
        (market.destinations, market.use_price, "use price"),
    ):
        _all(np.asarray(values) > 0.0, names, values, what, "above 0")
    names = [
        f"{market.origins[i]}-{market.destinations[j]}"
        for i, j in zip(routes.origin.tolist(), routes.destination.tolist(), strict=True)
    ]
    _all(routes.flow > 0.0, names, routes.flow, "base flow", "above 0")
    _all(routes.ad_valorem > -1.0, names, routes.ad_valorem, "ad-valorem rate", "above -1")
    inside = (routes.open_share >= 0.0) & (routes.open_share <= 1.0)
    _all(inside, names, routes.open_share, "open share", "0 to 1")


def _all(holds: np.ndarray, names: Sequence[str], values: Float, what: str, allowed: str) -> None:
    wrong = np.flatnonzero(~holds)
    if wrong.size:
        first = int(wrong[0])
        raise ValueOutOfRangeError(f"{what} is {values[first]:g}", where=names[first], allowed=allowed)
