"""How long a country's users last when a supplier stops: the survival programme on the calibrated world."""

from __future__ import annotations

from dataclasses import dataclass

from lodestock.disruption.stocks import held
from lodestock.disruption.survive import Chain, Recovery, Step, Survival, time_to_recover, time_to_survive
from lodestock.errors import LodestockError
from lodestock.world.model import World

WEEKS_PER_YEAR = 365.25 / 7.0
SPARE = 1.1
"""Other suppliers can ship this multiple of their base flow, assumed."""
NEGLIGIBLE = 1e-3
"""Suppliers below this share of a country's need are pooled as others."""


@dataclass(frozen=True)
class SupplierLoss:
    """What happens to a country's users without one supplier."""

    country: str
    supplier: str
    share: float
    """Share of the country's need that the supplier meets in the base year."""
    survival: Survival
    recovery: Recovery
    """Priced at the reference price of the material."""


def country_chain(world: World, country: str) -> Chain:
    """Suppliers (the country itself among them) to the material, and the material to each end use, t a week.

    Raises
    ------
    UnknownNameError
        The world does not have the country.
    LodestockError
        The country does not use the material.
    """
    place = world.index(country)
    stage = world.last_stage
    inflow = world.flows[stage][:, place]
    need = float(inflow.sum())
    if need <= 0:
        raise LodestockError(f"{country} does not use {world.material}", where="time to survive")
    steps = []
    others = 0.0
    for supplier, tonnes in zip(world.countries, inflow, strict=True):
        if tonnes >= NEGLIGIBLE * need:
            capacity = float(tonnes) * SPARE / WEEKS_PER_YEAR
            steps.append(Step(supplier, capacity, {world.material: 1.0}, {}))
        else:
            others += float(tonnes)
    if others > 0:
        steps.append(Step("others", others * SPARE / WEEKS_PER_YEAR, {world.material: 1.0}, {}))
    weekly = need / WEEKS_PER_YEAR
    demand = {end.name: end.share * weekly for end in world.use.end_uses if end.share > 0}
    for name, tonnes in demand.items():
        steps.append(Step(f"use in {name}", tonnes, {name: 1.0}, {world.material: 1.0}))
    price = world.reference_price[stage]
    margin = {world.material: 0.0, **dict.fromkeys(demand, price)}
    return Chain({world.material: float(held(world, stage)[place])}, demand, margin, tuple(steps))


def supplier_losses(world: World, country: str, weeks: float) -> tuple[SupplierLoss, ...]:
    """Every supplier lost in turn for ``weeks``, the shortest survival first."""
    chain = country_chain(world, country)
    inflow = world.flows[world.last_stage][:, world.index(country)]
    found = [
        SupplierLoss(
            country,
            step.name,
            float(inflow[world.index(step.name)] / inflow.sum()),
            time_to_survive(chain, [step.name]),
            time_to_recover(chain, [step.name], weeks),
        )
        for step in chain.steps
        if step.name in world.countries
    ]
    return tuple(sorted(found, key=lambda one: (one.survival.weeks, -one.share)))
