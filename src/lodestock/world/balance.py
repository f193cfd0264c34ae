"""Quantities of a base year before prices and behaviour: what enters, is processed, is used and is traded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lodestock.world.model import Adjustment, FloatArray, Host


@dataclass(frozen=True)
class Side:
    """Output of one activity by country."""

    quantity: FloatArray
    """t per year, (country,)."""
    published_capacity: FloatArray
    """t per year, (country,); zero where none is published."""
    status: tuple[str, ...]


@dataclass(frozen=True)
class Balance:
    """Mass balance of a base year: rows of every stage add up, nothing is priced yet.

    ``available - stock_change`` and ``need`` have equal totals at every stage.
    """

    material: str
    name: str
    basis: str
    price_form: Mapping[str, str]
    base_year: int
    stages: tuple[str, ...]
    countries: tuple[str, ...]
    country_names: tuple[str, ...]
    distance: FloatArray
    """km, (country, country)."""
    supply: Side
    secondary: Side
    process: Side | None
    yield_: FloatArray
    """t refined per t contained at the mine stage, (country,); ones for a one-stage material."""
    use: FloatArray
    use_status: tuple[str, ...]
    end_use_share: Mapping[str, float]
    stock_change: Mapping[str, FloatArray]
    observed: Mapping[str, FloatArray]
    """Published trade of this material by pair, t, (country, country) per stage, zero diagonal."""
    prior: Mapping[str, FloatArray]
    """Trade by origin, re-exports given back, completed by known flows and sourcing shares, t, same shape."""
    reference_price: Mapping[str, float]
    host: Host | None
    adjustments: tuple[Adjustment, ...]
    sources: tuple[str, ...]

    def available(self, stage: str) -> FloatArray:
        """Output offered at a stage, t, (country,)."""
        if stage == self.stages[0]:
            offered = self.supply.quantity.copy()
        elif self.process is not None:
            offered = self.process.quantity.copy()
        else:
            offered = 0.0 * self.supply.quantity
        if stage == self.stages[-1]:
            offered += self.secondary.quantity
        return offered

    def need(self, stage: str) -> FloatArray:
        """What is taken from a stage, t, (country,): feed of refiners, or use."""
        if stage == self.stages[-1] or self.process is None:
            return self.use
        return self.process.quantity / self.yield_
