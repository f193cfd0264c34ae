"""Problems from the literature, with the answers their authors print or that their own equations give."""

from __future__ import annotations

import numpy as np
import pytest

from lodestock.errors import ValueOutOfRangeError
from lodestock.market import (
    assemble,
    concatenate_activities,
    concatenate_curves,
    cross_price,
    linear_supply,
    linear_use,
    solve,
    trade,
)


def test_three_countries_of_miranda_and_fackler():
    # Applied Computational Economics and Finance (2002), spatial equilibrium model, programme demslv14:
    # p = 42 - 2q and 9 + q; 54 - 3q and 3 + 2q; 51 - q and 18 + q; printed: 24, 27, 30, exports 6, 3, -9
    freight = np.array([[0.0, 3.0, 6.0], [3.0, 0.0, 3.0], [9.0, 3.0, 0.0]])
    users = linear_use(["d1", "d2", "d3"], [0, 1, 2], choke=[42.0, 54.0, 51.0], slope=[2.0, 3.0, 1.0])
    mines = linear_supply(["s1", "s2", "s3"], [0, 1, 2], intercept=[9.0, 3.0, 18.0], slope=[1.0, 2.0, 1.0])
    origin, destination = np.nonzero(freight)
    names = [f"{i + 1} to {j + 1}" for i, j in zip(origin, destination, strict=True)]
    arcs = trade(names, origin, destination, freight[origin, destination], 0.0)
    market = assemble(["1", "2", "3"], arcs, concatenate_curves([users, mines]))
    solution = solve(market)
    assert solution.price == pytest.approx([24.0, 27.0, 30.0])
    assert solution.curve_quantity[3:] - solution.curve_quantity[:3] == pytest.approx([6.0, 3.0, -9.0])
    alone = assemble(["1", "2", "3"], concatenate_activities([]), concatenate_curves([users, mines]))
    assert solve(alone).price == pytest.approx([20.0, 23.4, 34.5])


REGIONS, GOODS = 3, 2
DEMAND = np.array([[200.0, 300.0], [100.0, 200.0], [160.0, 250.0]])
DEMAND_SLOPE = np.array([[-10.0, -10.0], [-5.0, -20.0], [-8.0, -10.0]])
SUPPLY = np.array([[-50.0, -60.0], [-50.0, -60.0], [-50.0, -60.0]])
SUPPLY_SLOPE = np.array([[10.0, 15.0], [20.0, 25.0], [10.0, 15.0]])
FREIGHT = {(0, 1): (2.0, 3.0), (0, 2): (2.0, 3.0), (1, 2): (1.0, 2.0)}
USE_CROSS, SUPPLY_CROSS = 1.0, 0.5
"""Takayama and Judge (1964), two goods in three regions: constants, slopes in the own and the other price."""


def takayama_and_judge(friction: float = 0.0):
    """The example as a market: nodes are (region, good), every good may go between all regions."""
    node = np.arange(REGIONS * GOODS)
    other = node.reshape(REGIONS, GOODS)[:, ::-1].ravel()
    slope, rise = DEMAND_SLOPE.ravel(), SUPPLY_SLOPE.ravel()
    use = linear_use([f"d{n}" for n in node], node, choke=-DEMAND.ravel() / slope, slope=-1.0 / slope)
    supply = linear_supply([f"s{n}" for n in node], node, intercept=-SUPPLY.ravel() / rise, slope=1.0 / rise)
    names, start, end, cost = [], [], [], []
    for (i, j), costs in FREIGHT.items():
        for good, freight in enumerate(costs):
            for a, b in ((i, j), (j, i)):
                names.append(f"{good}: {a} to {b}")
                start.append(a * GOODS + good)
                end.append(b * GOODS + good)
                cost.append(freight)
    cross = cross_price(
        [f"x{k}" for k in range(2 * len(node))],
        np.arange(2 * len(node)),
        np.concatenate([other, other]),
        np.concatenate([-USE_CROSS / slope, -SUPPLY_CROSS / rise]),
    )
    arcs = trade(names, start, end, cost, friction)
    return assemble([f"n{n}" for n in node], arcs, concatenate_curves([use, supply]), cross), arcs


def test_two_goods_in_three_regions_of_takayama_and_judge():
    market, arcs = takayama_and_judge()
    solution = solve(market)
    assert solution.is_solved
    p = solution.price.reshape(REGIONS, GOODS)
    # the equations of the article, at the prices found
    demand = DEMAND + DEMAND_SLOPE * p + USE_CROSS * p[:, ::-1]
    supply = SUPPLY + SUPPLY_SLOPE * p + SUPPLY_CROSS * p[:, ::-1]
    assert solution.curve_quantity == pytest.approx(np.concatenate([demand.ravel(), supply.ravel()]))
    assert (demand > 0.0).all()
    assert (supply > 0.0).all()
    moved = np.zeros(REGIONS * GOODS)
    ends = arcs.node.reshape(-1, 2)
    np.subtract.at(moved, ends[:, 0], solution.level)
    np.add.at(moved, ends[:, 1], solution.level)
    assert supply.ravel() + moved == pytest.approx(demand.ravel(), abs=1e-7)
    gap = solution.price[ends[:, 1]] - solution.price[ends[:, 0]] - arcs.cost
    assert (gap <= 1e-8).all()
    assert (np.abs(gap) * solution.level <= 1e-6).all()
    # both goods are traded, and without cross effects prices would be others
    assert (solution.level > 1.0).sum() >= 3
    alone = solve(assemble(market.node_names, arcs, market.curves))
    assert np.abs(alone.price - solution.price).min() > 0.1
    assert all("follows the price" in levy.reason for levy in solution.certificate.levies)


def test_the_example_as_a_programme(clarabel_prices):
    # cross effects are alike both ways, so that surplus is a function and the example one programme
    node = np.arange(REGIONS * GOODS)
    net = np.diag((SUPPLY_SLOPE - DEMAND_SLOPE).ravel())
    other = node.reshape(REGIONS, GOODS)[:, ::-1].ravel()
    net[node, other] = SUPPLY_CROSS - USE_CROSS
    market, arcs = takayama_and_judge()
    expected = clarabel_prices(net, (SUPPLY - DEMAND).ravel(), arcs.node.reshape(-1, 2), arcs.cost)
    assert solve(market).price == pytest.approx(expected, rel=1e-6)


@pytest.fixture
def clarabel_prices():
    """Prices p with p_j - p_i <= c on every arc that minimise 1/2 p'Mp + a'p, where net supply is a + Mp."""
    clarabel = pytest.importorskip("clarabel")
    from scipy import sparse

    def prices(net: np.ndarray, constant: np.ndarray, ends: np.ndarray, cost: np.ndarray) -> np.ndarray:
        rows = np.zeros((len(cost), len(constant)))
        rows[np.arange(len(cost)), ends[:, 1]] = 1.0
        rows[np.arange(len(cost)), ends[:, 0]] = -1.0
        settings = clarabel.DefaultSettings()
        settings.verbose = False
        solver = clarabel.DefaultSolver(
            sparse.csc_matrix(np.triu(net)),
            constant,
            sparse.csc_matrix(rows),
            cost,
            [clarabel.NonnegativeConeT(len(cost))],
            settings,
        )
        return np.array(solver.solve().x)

    return prices


def test_a_share_that_is_no_number_is_refused_by_name():
    with pytest.raises(ValueOutOfRangeError, match="cross price 'x'"):
        cross_price(["x"], 0, 1, np.nan)
