"""What must hold in every world, synthetic or real."""

from __future__ import annotations

import numpy as np
import pytest

from lodestock.world.model import FLOW_STATUS, World


def check(world: World) -> None:
    for stage in world.stages:
        flows = world.flows[stage]
        total = float(flows.sum())
        offered = world.available(stage) - world.stock_change[stage]
        assert flows.min() >= 0
        assert np.abs(flows.sum(1) - offered).max() <= 1e-9 * total, "rows of T plus stock change are output"
        assert np.abs(flows.sum(0) - world.need(stage)).max() <= 1e-9 * total, "columns of T are needs"
        _check_routes(world, stage)
        _check_status(world, stage)
        assert np.all(world.price[stage] > 0)
        stock = world.stock[stage]
        assert np.all(stock.draw_capacity <= stock.held)
        assert stock.draw_price_rise > 0
        assert 0 < stock.build_price_fall < 1
    supply = world.supply[world.first_stage]
    for part in (supply, world.secondary):
        assert np.all(part.quantity >= 0)
        assert np.all(part.capacity >= part.quantity)
        assert 0 < part.shutdown_low < part.shutdown_high < 1
        assert 0 < part.elasticity["short"] <= part.elasticity["long"]
    process = world.process
    if process is not None:
        assert np.all(process.base_margin > 0), "every refiner earns a margin"
        expected = world.price["refined"] - world.price["mine"] / process.yield_
        assert process.base_margin == pytest.approx(expected)
        assert np.all(process.capacity >= process.output)
        assert 0 < process.avoidable_share < 1
    use = world.use
    assert np.all(use.quantity >= 0)
    assert sum(item.share for item in use.end_uses) == pytest.approx(1.0)
    for item in use.end_uses:
        assert 1 < item.multiple_low < item.multiple_high <= use.choke_multiple
        assert 0 <= item.backstop_share <= 1
    for array in (*world.flows.values(), *world.price.values(), use.quantity, supply.quantity):
        assert np.all(np.isfinite(array))


def _check_routes(world: World, stage: str) -> None:
    route, flows, price = world.route[stage], world.flows[stage], world.price[stage]
    pairs = ~np.eye(len(price), dtype=bool)
    gap = price[None, :] - price[:, None]
    margin = gap - route.intercept - route.slope * flows
    scale = world.reference_price[stage]
    assert np.abs(margin[pairs & (flows > 0)]).max(initial=0.0) <= 1e-9 * scale
    assert margin[pairs & (flows == 0)].max(initial=-1.0) < 0, "an unused route must not pay at base prices"
    assert route.slope[pairs].min() > 0, "every pair of countries is a possible route"
    assert np.all(np.diag(route.intercept) == 0)


def _check_status(world: World, stage: str) -> None:
    names = np.array(FLOW_STATUS)[world.flow_status[stage]]
    flows, observed = world.flows[stage], world.observed_flows[stage]
    pairs = ~np.eye(len(flows), dtype=bool)
    assert np.all((names == "none")[pairs] == (flows == 0)[pairs])
    guessed = pairs & (names == "estimated")
    assert np.all(observed[guessed] < 0.5 * flows[guessed])
    close = pairs & (names == "observed")
    assert np.all(np.abs(flows[close] - observed[close]) <= 0.05 * observed[close])
