r"""The numbers of a reserve case, ready for the planner: nothing left to look up, nothing left to solve.

Arrays are aligned to ``holdings`` (h), ``materials`` (m), ``tiers`` (k) and ``states`` (z, the joint regimes
of all groups). Rates are per quarter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lodestock.reserve.case import ReserveCase

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Response:
    """What the market model says about one material in one regime (or under one signal) of its group."""

    gap_t: float
    """Short of need, all users of the members together, t a quarter, before any reserve."""
    price_multiple: float
    """Members' price over base."""
    output_share: float
    """World output that can still be bought from, over that of the base year."""
    private_t: float
    """Commercial stock drawn by the members, t a quarter."""
    damping: float
    """Fall of the members' price per t released in a quarter, USD/t per t."""


@dataclass(frozen=True, eq=False)
class MaterialData:
    """One material of the problem. Tonnes per quarter, USD per t."""

    material: str
    stage: str
    need_t: float
    price: float
    import_reliance: float
    tier_share: Float
    tier_value: Float
    tier_value_low: Float
    tier_value_high: Float
    world_t: float
    """World output at the stage, t a quarter."""
    impact: float
    r"""Relative price rise per share of world output bought: :math:`1/(\varepsilon_s + \varepsilon_d)`."""
    own_use_share: float
    r"""Part of a purchase taken from other users: :math:`\varepsilon_d/(\varepsilon_s + \varepsilon_d)`."""
    crowding: float
    """t a quarter of commercial stock missing in a disruption per t held publicly."""
    cover_t: float
    """Target, t usable; 0 for none."""
    cover_cost: float
    """USD per t of cover missing and quarter."""
    offtake_t: float
    """Purchases promised to producers, t a quarter."""
    offtake_value: float
    """USD per t of promise missed: the capital charge of a new plant."""
    blocks: tuple[tuple[float, float], ...]
    """(t a quarter, multiple of the price of the regime) of each purchase block, rising."""
    responses: Mapping[str, Response]
    """By regime of its group; by signal where the regimes are hidden."""
    group: int
    values_from_world: bool = True
    """The shortage values follow the market price where that is higher; False where the case states them."""


@dataclass(frozen=True, eq=False)
class HoldingData:
    """One holding of the problem, rates per quarter."""

    name: str
    material: int
    site: int
    start_t: float
    limit_t: float
    usable_share: float
    keep: float
    """Share that is left after a quarter."""
    storage: float
    """Rent and insurance, USD per t and quarter."""
    delivery_share: float
    premium: float
    ages: int
    """Age classes; 1 where lots keep."""
    ageing: float
    """Share of a class that moves to the next in a quarter."""
    rotation_cost: float
    """USD per t swapped."""
    lag: int
    resale_share: float
    """Revenue of a t sold over the price of the regime."""
    terminal: float
    """Worth of a t left at the end, USD."""

    @property
    def states(self) -> int:
        """Number of states of the programme: age classes, and orders on the way."""
        return self.ages + max(0, self.lag - 1)


@dataclass(frozen=True, eq=False)
class Problem:
    """A reserve problem in numbers.

    Attributes
    ----------
    states : joint regimes, one name per group joined by ``|``.
    regimes : (states, groups) regime name of each group.
    transition, start : Markov chain over states, by quarter.
    gap_noise, price_noise : (outcomes, materials) multipliers.
    signal : (outcomes,) number of the signal that an outcome carries; 0 where regimes are seen.
    probability : (states, outcomes) of each outcome in each regime.
    discount : value now of a dollar a quarter later.
    limit, budget : USD; most tied up at a time, most spent on purchases in a quarter.
    weights : of unmet need, price harm and missed offtake (order of OBJECTIVES).
    """

    case: ReserveCase
    materials: tuple[MaterialData, ...]
    holdings: tuple[HoldingData, ...]
    sites: tuple[str, ...]
    site_capacity: Float
    states: tuple[str, ...]
    regimes: tuple[tuple[str, ...], ...]
    transition: Float
    start: Float
    gap_noise: Float
    price_noise: Float
    signal: NDArray[np.int64]
    probability: Float
    discount: float
    limit: float
    budget: float
    weights: Float
    money_unit: float = 1e6
    funds_price: Float = field(default_factory=lambda: np.zeros((0, 0)))
    """(quarters, states) price on a dollar of stock at base price, in place of its carrying cost."""
    spending_price: Float = field(default_factory=lambda: np.zeros((0, 0)))
    """(quarters, states) price on a dollar spent on purchases, in place of the budget."""

    @property
    def hidden(self) -> bool:
        """Tell whether the regimes are hidden."""
        return self.case.groups[0].hidden

    def response(self, material: int, state: int, outcome: int = 0) -> Response:
        """Return the response of a material in a joint regime; under the outcome's signal if hidden."""
        data = self.materials[material]
        if self.hidden:
            signals = self.case.groups[0].signals
            return data.responses[signals[int(self.signal[outcome])].name]
        return data.responses[self.regimes[state][data.group]]

    def price(self, material: int, state: int, outcome: int) -> float:
        """Return the price of a quarter, USD per t."""
        noise = float(self.price_noise[outcome, material])
        return self.materials[material].price * self.response(material, state, outcome).price_multiple * noise

    def gap(self, material: int, state: int, outcome: int) -> float:
        """Return what is short in a quarter before any reserve and any purchase, t."""
        return self.response(material, state, outcome).gap_t * float(self.gap_noise[outcome, material])

    def shortage_value(self, material: int, state: int, outcome: int) -> Float:
        """Return the loss per t short by tier, USD; see `lodestock.reserve.tiers`."""
        data = self.materials[material]
        left = 0.5 * data.price * (1.0 + self.response(material, state, outcome).price_multiple)
        return np.maximum(data.tier_value, left) if data.values_from_world else data.tier_value
