"""Uncertain inputs as named factors, and a world re-made for one draw of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lodestock.world.assemble import FLOW_INPUTS, TRADE_SEED, assemble
from lodestock.world.assumptions import Book, load_book
from lodestock.world.balance import Balance, Side
from lodestock.world.model import World

LABELS = {
    "supply_elasticity_short": "response of mines and primary producers to price, within a year",
    "supply_elasticity_long": "response of mines and primary producers to price, after five years",
    "byproduct_supply_elasticity_short": "response of by-product recovery to price, within a year",
    "byproduct_supply_elasticity_long": "response of by-product recovery to price, after five years",
    "refining_elasticity_short": "response of refiners to their margin, within a year",
    "refining_elasticity_long": "response of refiners to their margin, after five years",
    "secondary_elasticity_short": "response of scrap supply to price, within a year",
    "secondary_elasticity_long": "response of scrap supply to price, after five years",
    "use_elasticity_short": "thrift of users, within a year",
    "use_elasticity_long": "thrift and redesign of users, after five years",
    "backstop_share": "share of use that can be substituted",
    "backstop_price_multiple_start": "price at which substitution begins",
    "backstop_price_multiple_end": "price at which substitution is complete",
    "final_choke_multiple": "price at which the last use ends",
    "variable_cost_share_last": "lowest variable cost of producers",
    "variable_cost_share_first": "highest variable cost of producers",
    "byproduct_variable_cost_share_last": "lowest cost of by-product recovery",
    "byproduct_variable_cost_share_first": "highest cost of by-product recovery",
    "avoidable_cost_share": "cost a refiner saves by standing still",
    "capacity_utilisation": "utilisation of capacity in the base year",
    "route_stiffness": "cost of shifting trade between partners",
    "entry_cost_share": "cost of opening a new route",
    "new_route_share": "size of a new route",
    "freight_per_1000_km": "freight rate",
    "leak_cost_share": "cost of going round an export control",
    "stock_days": "commercial stocks",
    "stock_draw_share": "share of stocks that is released",
    "stock_draw_price_rise": "price rise at which stocks are released",
    "stock_build_days": "room for unsold output",
    "stock_build_price_fall": "price fall at which unsold output is stored",
}
"""Assumptions that a draw varies, with the words reports use for them."""
PER_END_USE = ("backstop_share", "backstop_price_multiple_start", "backstop_price_multiple_end")
"""Those with one row per end use."""


@dataclass(frozen=True)
class Factor:
    """One uncertain input of a material: a name, words for it and its range."""

    name: str
    label: str
    low: float
    central: float
    high: float
    unit: str


def factors(world: World) -> tuple[Factor, ...]:
    """Uncertain inputs that bear on this world, in a fixed order.

    Where several rows of one name apply, all of them move together. The range shown is then the mean over the
    end uses (back-stops), else that of the row with the widest relative range.
    """
    found = {name: factor for name in PER_END_USE if (factor := _mean_over_end_uses(world, name))}
    for row in world.assumptions.values():
        if row.name in PER_END_USE:
            continue
        if row.name not in LABELS or row.low == row.high:
            continue
        factor = Factor(row.name, LABELS[row.name], row.low, row.central, row.high, row.unit)
        best = found.get(row.name)
        if best is None or _width(factor) > _width(best):
            found[row.name] = factor
    return tuple(found[name] for name in LABELS if name in found)


def _mean_over_end_uses(world: World, name: str) -> Factor | None:
    r"""Range of a back-stop, mean over the end uses.

    .. math:: \bar v = \sum_e w_e v_e / \sum_e w_e

    with weight w the share of the end use in use, for prices times the share of it that can be substituted.
    """
    rows = [
        (use.share * (1.0 if name == PER_END_USE[0] else use.backstop_share), row)
        for use in world.use.end_uses
        if (row := world.assumptions.get(f"{name}[{use.name}]")) is not None
    ]
    total = sum(weight for weight, _ in rows)
    if total <= 0.0 or all(row.low == row.high for _, row in rows):
        return None
    low, central, high = (
        sum(weight * getattr(row, end) for weight, row in rows) / total for end in ("low", "central", "high")
    )
    mean = ", mean over end uses" if len({row.low for _, row in rows}) > 1 else ""
    return Factor(name, LABELS[name] + mean, low, central, high, rows[0][1].unit)


def _width(factor: Factor) -> float:
    return (factor.high - factor.low) / max(abs(factor.central), 1e-12)


def sample(world: World, rng: np.random.Generator) -> dict[str, float]:
    """One draw: a triangular position on [-1, 1] with mode 0 for every factor, and a trade seed."""
    draw = {factor.name: float(rng.triangular(-1.0, 0.0, 1.0)) for factor in factors(world)}
    draw[TRADE_SEED] = float(rng.integers(1, 2**31))
    return draw


def redraw(world: World, draw: Mapping[str, float], book: Book | None = None) -> World:
    """Re-make a central world under a draw, from its own quantities and priors; reads no tables.

    Production, use and stock change stay as published; flows, prices, route costs, capacities and behaviour
    follow the draw. Flows are fitted again only where the draw touches what they hang on.
    """
    redrawn = dict(draw)
    same = redrawn.get(TRADE_SEED, 0.0) == world.draw.get(TRADE_SEED, 0.0)
    fitted = same and not any(name in {*redrawn, *world.draw} for name in FLOW_INPUTS)
    return assemble(balance_of(world), book or load_book(), draw, world.flows if fitted else None)


def balance_of(world: World) -> Balance:
    """The mass balance a world was assembled from."""
    first = world.supply[world.first_stage]
    process = world.process
    return Balance(
        material=world.material,
        name=world.name,
        basis=world.basis,
        price_form=world.price_form,
        base_year=world.base_year,
        stages=world.stages,
        countries=world.countries,
        country_names=world.country_names,
        distance=world.distance,
        supply=Side(first.quantity, first.published_capacity, first.status),
        secondary=Side(world.secondary.quantity, world.secondary.published_capacity, world.secondary.status),
        process=None if process is None else Side(process.output, process.published_capacity, process.status),
        yield_=np.ones(len(world.countries)) if process is None else process.yield_,
        use=world.use.quantity,
        use_status=world.use.status,
        end_use_share={use.name: use.share for use in world.use.end_uses},
        stock_change=world.stock_change,
        observed=world.observed_flows,
        prior=world.prior_flows,
        reference_price=world.reference_price,
        host=world.host,
        adjustments=world.adjustments,
        sources=world.sources,
    )
