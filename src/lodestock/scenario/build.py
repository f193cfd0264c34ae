r"""From a calibrated world to the network that instruments change.

==================  ==========================================================================================
in the world        in the network
==================  ==========================================================================================
supply, secondary   supply rows :math:`q^0 (p/p^0)^\varepsilon` up to capacity, shutting down at low prices
process             two columns per refiner: the base output, whose cost rises from the avoidable cost to
                    the base margin :math:`m^0`, and the tonnes beyond, whose cost rises by
                    :math:`m^0/(\varepsilon z^0)` per tonne
use                 use rows with the back-stops of the end uses and the final choke
routes              one trade column per ordered pair of countries, base flow or not
stock               a draw column that gives above the base price, a build column that takes below it
stock change        the base-year build (or draw) as a column of its own at its base level, which ceases
                    as the price rises (falls) by the share at which stocks turn
==================  ==========================================================================================

Nodes are the countries that make or take up the material at a stage; every pair of them may trade.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lodestock.policy.compile import column_names
from lodestock.policy.network import Network
from lodestock.policy.parts import (
    COLUMN_KINDS,
    NONE,
    PROCESS,
    PRODUCTION,
    SECONDARY,
    STAGES,
    STOCK_BUILD,
    STOCK_DRAW,
    SUPPLY_KINDS,
    TRADE,
    Columns,
    EndUseShare,
    FloatArray,
    IndexArray,
    Nodes,
    Permits,
    SupplyRows,
    UseRows,
)
from lodestock.scenario.resolved import Horizon
from lodestock.world.model import Horizon as Term
from lodestock.world.model import Stock, SupplySide, World

DEAD_BAND = 1e-3
"""Price change, as a share of the base price, below which commercial stocks do not move."""
CRUMB = 1e-9
"""Quantities below this share of a stage's largest are rounding of a published remainder and left out."""
LEAK_COST = "leak_cost_share"
"""Name of the assumption that gives the cost of going round an export control."""
LEAST_RISE = 1e-3
"""Least rise of a refiner's cost over its base output, as a share of the base margin."""


def build_network(
    world: World,
    *,
    horizon: Horizon,
    friction: float = 1.0,
    like: Network | None = None,
    capital_cost: Mapping[tuple[str, str], float] | None = None,
) -> Network:
    """Build the base network of one material.

    Parameters
    ----------
    world : calibrated base year.
    horizon : mixes short-run and long-run elasticities.
    friction : multiple of the route stiffness.
    like : a network of the same material under another draw; its names are reused.
    capital_cost : USD per t of yearly capacity by (material, stage), where known.

    Returns
    -------
    Network whose solution at base prices is the base year.
    """
    active = {stage: _active(world, stage) for stage in world.stages}
    node = _numbering(world, active)
    nodes = _nodes(world, active)
    columns = _concatenated(
        [
            *(_trade(world, stage, active[stage], node[stage], friction) for stage in world.stages),
            *_process(world, node, horizon),
            *(part for stage in world.stages for part in _stocks(world, stage, node[stage])),
        ]
    )
    profile = tuple(
        EndUseShare(use.name, use.share, use.backstop_share, use.multiple_low, use.multiple_high)
        for use in world.use.end_uses
    )
    names = (
        like.column_names
        if like is not None
        else column_names(nodes, columns, (world.material,), world.countries)
    )
    empty = np.zeros(0, dtype=np.int64)
    leak_cost = world.assumptions.get(LEAK_COST)
    return Network(
        materials=(world.material,),
        countries=world.countries,
        nodes=nodes,
        columns=columns,
        supply=_supply(world, node, horizon),
        use=_use(world, node[world.last_stage], horizon),
        profiles=(profile,),
        permits=Permits(empty, empty, np.zeros(0)),
        reference_price={(world.material, stage): world.reference_price[stage] for stage in world.stages},
        capital_cost=capital_cost or {},
        leak_cost={} if leak_cost is None else {world.material: leak_cost.value},
        months=np.inf if horizon.long_run_weight == 1.0 else 12.0,
        column_names=names,
    )


def elasticity(pair: Mapping[Term, float], horizon: Horizon) -> float:
    r"""Elasticity at a horizon: :math:`\varepsilon_s^{1-w} \varepsilon_l^{w}`, linear where one is zero."""
    w = horizon.long_run_weight
    short, long = pair["short"], pair["long"]
    if short <= 0.0 or long <= 0.0:
        return (1.0 - w) * short + w * long
    return float(short ** (1.0 - w) * long**w)


def _active(world: World, stage: str) -> IndexArray:
    """Countries with a node at a stage: they make or take up something there."""
    flows = world.flows[stage]
    return _present(world.available(stage) + world.need(stage) + flows.sum(axis=0) + flows.sum(axis=1))


def _present(quantity: FloatArray) -> IndexArray:
    """Positions of quantities that are more than a crumb."""
    return np.flatnonzero(quantity > CRUMB * float(quantity.max(initial=0.0)))


def _numbering(world: World, active: Mapping[str, IndexArray]) -> dict[str, IndexArray]:
    """(country,) node number per stage, NONE where there is none."""
    start, node = 0, {}
    for stage in world.stages:
        node[stage] = np.full(len(world.countries), NONE, dtype=np.int64)
        node[stage][active[stage]] = start + np.arange(len(active[stage]))
        start += len(active[stage])
    return node


def _nodes(world: World, active: Mapping[str, IndexArray]) -> Nodes:
    country = np.concatenate([active[stage] for stage in world.stages])
    stage_code = np.concatenate([np.full(len(active[s]), STAGES.index(s)) for s in world.stages])
    through = [np.maximum(world.available(s), world.flows[s].sum(axis=0))[active[s]] for s in world.stages]
    return Nodes(
        material=np.zeros(len(country), dtype=np.int64),
        stage=stage_code.astype(np.int64),
        country=country.astype(np.int64),
        price=np.concatenate([world.price[s][active[s]] for s in world.stages]),
        throughput=np.concatenate(through),
        injection=np.zeros(len(country)),
        behind=np.full(len(country), NONE, dtype=np.int64),
    )


def _columns(kind: str, take: IndexArray, give: IndexArray, **values: FloatArray | float) -> Columns:
    """Columns of one kind with unit quantities unless given."""
    size = len(take)

    def wide(name: str, default: float) -> FloatArray:
        return np.array(np.broadcast_to(np.asarray(values.get(name, default), dtype=float), size))

    take_quantity = wide("take_quantity", 1.0)
    return Columns(
        kind=np.full(size, COLUMN_KINDS.index(kind), dtype=np.int64),
        take=take,
        give=give,
        take_quantity=take_quantity,
        give_quantity=np.ones(size),
        take_money=take_quantity,
        give_money=np.ones(size),
        cost=wide("cost", 0.0),
        slope=wide("slope", 0.0),
        capacity=wide("capacity", np.inf),
        base_level=wide("base_level", 0.0),
        limit=np.full(size, NONE, dtype=np.int64),
    )


def _concatenated(parts: list[Columns]) -> Columns:
    return Columns(**{name: np.concatenate([vars(part)[name] for part in parts]) for name in vars(parts[0])})


def _trade(world: World, stage: str, active: IndexArray, node: IndexArray, friction: float) -> Columns:
    """One column per ordered pair; the base margin of a used route stays zero whatever the friction."""
    origin, target = (axis.ravel() for axis in np.meshgrid(active, active, indexing="ij"))
    apart = origin != target
    origin, target = origin[apart], target[apart]
    route, flow = world.route[stage], world.flows[stage][origin, target]
    slope = friction * route.slope[origin, target]
    return _columns(
        TRADE,
        node[origin],
        node[target],
        cost=route.base_marginal[origin, target] - slope * flow,
        slope=slope,
        base_level=flow,
    )


def _process(world: World, node: Mapping[str, IndexArray], horizon: Horizon) -> list[Columns]:
    """Two columns per refiner: base output, and the tonnes beyond it."""
    process = world.process
    if process is None:
        return []
    at = _present(process.output)
    feed, product = (node[stage][at] for stage in world.stages)
    output, margin = process.output[at], process.base_margin[at]
    rise = max(1.0 - process.avoidable_share, LEAST_RISE)
    per_output = 1.0 / process.yield_[at]
    base = _columns(
        PROCESS,
        feed,
        product,
        take_quantity=per_output,
        cost=(1.0 - rise) * margin,
        slope=rise * margin / output,
        capacity=output,
        base_level=output,
    )
    beyond = _columns(
        PROCESS,
        feed,
        product,
        take_quantity=per_output,
        cost=margin,
        slope=margin / (elasticity(process.elasticity, horizon) * output),
        capacity=process.capacity[at] - output,
    )
    return [base, beyond]


def _stocks(world: World, stage: str, node: IndexArray) -> list[Columns]:
    """Commercial stocks: drawn above the base price, built below it, and the base-year change."""
    stock: Stock = world.stock[stage]
    change = np.where(node != NONE, world.stock_change[stage], 0.0)
    change = np.where(np.abs(change) > CRUMB * world.available(stage).max(), change, 0.0)
    parts = []
    for kind, room, move, sign in (
        (STOCK_DRAW, stock.draw_capacity, stock.draw_price_rise, 1.0),
        (STOCK_BUILD, stock.build_capacity, stock.build_price_fall, -1.0),
    ):
        at = np.flatnonzero((room > 0.0) & (node != NONE))
        price = world.price[stage][at]
        nowhere = np.full(len(at), NONE, dtype=np.int64)
        take, give = (nowhere, node[at]) if sign > 0.0 else (node[at], nowhere)
        parts.append(
            _columns(
                kind,
                take,
                give,
                cost=price * (sign + DEAD_BAND),
                slope=price * max(move - DEAD_BAND, DEAD_BAND) / room[at],
                capacity=room[at],
            )
        )
    for kind, moved, turn, sign in (
        (STOCK_DRAW, -change, stock.build_price_fall, 1.0),
        (STOCK_BUILD, change, stock.draw_price_rise, -1.0),
    ):
        at = np.flatnonzero(moved > 0.0)
        price = world.price[stage][at]
        nowhere = np.full(len(at), NONE, dtype=np.int64)
        take, give = (nowhere, node[at]) if sign > 0.0 else (node[at], nowhere)
        parts.append(
            _columns(
                kind,
                take,
                give,
                cost=price * (sign - turn),
                slope=price * turn / moved[at],
                capacity=moved[at],
                base_level=moved[at],
            )
        )
    return parts


def _supply(world: World, node: Mapping[str, IndexArray], horizon: Horizon) -> SupplyRows:
    parts = [
        _supply_rows(PRODUCTION, world.supply[world.first_stage], world, world.first_stage, node, horizon),
        _supply_rows(SECONDARY, world.secondary, world, world.last_stage, node, horizon),
    ]
    return SupplyRows(**{name: np.concatenate([vars(p)[name] for p in parts]) for name in vars(parts[0])})


def _supply_rows(
    kind: str, side: SupplySide, world: World, stage: str, node: Mapping[str, IndexArray], horizon: Horizon
) -> SupplyRows:
    at = _present(side.quantity)
    size = len(at)
    return SupplyRows(
        kind=np.full(size, SUPPLY_KINDS.index(kind), dtype=np.int64),
        node=node[stage][at],
        quantity=side.quantity[at],
        price=world.price[stage][at],
        elasticity=np.full(size, elasticity(side.elasticity, horizon)),
        capacity=side.capacity[at],
        shutdown_low=np.full(size, side.shutdown_low),
        shutdown_high=np.full(size, side.shutdown_high),
        block_low=np.zeros(size),
        block_high=np.full(size, np.inf),
        shift=np.zeros(size),
        base_quantity=side.quantity[at],
    )


def _use(world: World, node: IndexArray, horizon: Horizon) -> UseRows:
    use = world.use
    at = _present(use.quantity)
    size = len(at)
    return UseRows(
        node=node[at],
        quantity=use.quantity[at],
        price=world.price[world.last_stage][at],
        elasticity=np.full(size, elasticity(use.elasticity, horizon)),
        choke_multiple=np.full(size, use.choke_multiple),
        profile=np.zeros(size, dtype=np.int64),
        base_quantity=use.quantity[at],
    )
