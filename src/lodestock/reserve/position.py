"""What a quarter of a reserve starts from, what is done in it, and what it leaves, as values."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from lodestock.reserve.problem import Float

Int = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Position:
    """What is held between two quarters: t by holding and age, t on order by quarters to go, USD."""

    stock: tuple[Float, ...]
    orders: tuple[Float, ...]
    """Arrivals of the coming quarter first; empty where the lag is below two quarters."""
    funds: float
    debt: float = 0.0

    def held(self) -> Float:
        """Return t by holding."""
        return np.array([float(ages.sum()) for ages in self.stock])


@dataclass(frozen=True, eq=False)
class Decision:
    """What is done in a quarter, t by holding: bought, released to users who are short, sold, thrown away."""

    buy_t: Float
    release_t: Float
    sell_t: Float
    discard_t: Float | None = None


@dataclass(frozen=True)
class CostParts:
    """Cost of one quarter, USD, undiscounted; ``sales`` and ``terminal`` are gains and count below zero."""

    purchases: float = 0.0
    sales: float = 0.0
    storage: float = 0.0
    rotation: float = 0.0
    financing: float = 0.0
    cure: float = 0.0
    cover: float = 0.0
    permanent: float = 0.0
    terminal: float = 0.0
    shortage: float = 0.0
    price_harm: float = 0.0
    offtake: float = 0.0

    def objective(self, weights: Float) -> float:
        """Return the cost with the harms weighed: shortage, price harm, missed promises."""
        harms = weights[0] * self.shortage + weights[1] * self.price_harm + weights[2] * self.offtake
        return float(self.own() + harms)

    def own(self) -> float:
        """Return the cost of the reserve itself, without any harm."""
        harms = ("shortage", "price_harm", "offtake")
        return sum(float(getattr(self, part.name)) for part in fields(self) if part.name not in harms)


@dataclass(frozen=True)
class MoneyFlows:
    """Money of one quarter, USD; ``funds``, ``debt`` and ``cash`` stand at its end."""

    purchases: float
    sales: float
    payments: float
    """What users pay for released metal: a transfer among the members, not a cost."""
    paid_in: float
    """From the sponsors, beyond the inventory price of what was bought; below zero: to them."""
    funds: float
    debt: float
    cash: float
    draw: float
    repay: float
    cure: float
    interest: float


@dataclass(frozen=True, eq=False)
class Step:
    """What a quarter left: the new position, what was done, what it cost, who is short, prices, money."""

    position: Position
    decision: Decision
    cost: CostParts
    short_t: Float
    served_t: Float
    missing_cover_t: Float
    price: Float
    price_effect: Float
    """Rise of the members' price caused by own purchases less releases, USD per t, (material,)."""
    money: MoneyFlows
    rotated_t: Float
