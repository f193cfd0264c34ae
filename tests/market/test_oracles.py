"""Agreement with general convex solvers wherever the market is a convex programme: levies held, no wedges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lodestock.market import Market, Solution, carry, periods, solve, stack

CLARABEL = "clarabel"
PIQP = "piqp"


def quadratic_programme(market: Market, levy: np.ndarray):
    """Return (P, q, A, b, upper): min 1/2 z'Pz + q'z subject to A z >= -b, 0 <= z <= upper.

    Linear curves become columns: a supply line clip((p - c)/s, 0, u) gives one unit at cost c + s z, a use
    line takes one unit and is worth choke - s z.
    """
    curves = market.curves
    supply = curves.sign > 0
    slope = 1.0 / np.abs(np.where(supply, curves.a1[:, 1], curves.a1[:, 0]))
    intercept = curves.breaks[:, 1]
    room = np.where(supply & np.isfinite(curves.breaks[:, 2]), curves.a1[:, 2], np.inf)
    nodes, K, J = market.nodes, market.activities, len(curves)
    A = np.zeros((nodes, K + J))
    np.add.at(A, (market.entry_node, market.entry_activity), market.entry_quantity)
    A[curves.node, K + np.arange(J)] = curves.sign
    cost = market.cost + market.levies.charge(levy, K)
    q = np.concatenate([cost, np.where(supply, intercept, -intercept)])
    upper = np.concatenate([market.capacity, room])
    return np.concatenate([market.slope, slope]), q, A, market.injection, upper


def by_clarabel(market: Market, levy: np.ndarray) -> np.ndarray:
    clarabel = pytest.importorskip(CLARABEL)
    from scipy import sparse

    diagonal, q, A, b, upper = quadratic_programme(market, levy)
    size = len(q)
    bounded = np.isfinite(upper)
    rows = np.vstack([-A, -np.eye(size), np.eye(size)[bounded]])
    right = np.concatenate([b, np.zeros(size), upper[bounded]])
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = 1e-11
    solver = clarabel.DefaultSolver(
        sparse.csc_matrix(np.diag(diagonal)),
        q,
        sparse.csc_matrix(rows),
        right,
        [clarabel.NonnegativeConeT(len(right))],
        settings,
    )
    return np.array(solver.solve().z[: market.nodes])


def by_piqp(market: Market, levy: np.ndarray) -> np.ndarray:
    piqp = pytest.importorskip(PIQP)
    from scipy import sparse

    diagonal, q, A, b, upper = quadratic_programme(market, levy)
    solver = piqp.SparseSolver()
    solver.settings.eps_abs = solver.settings.eps_rel = 1e-10
    solver.setup(
        sparse.csc_matrix(np.diag(diagonal)),
        q,
        None,
        None,
        sparse.csc_matrix(-A),
        np.full(market.nodes, -np.inf),
        b,
        np.zeros(len(q)),
        upper,
    )
    solver.solve()
    return np.array(solver.result.z_u[: market.nodes])


def with_levies_held(market: Market, solution: Solution) -> Market:
    return replace(market, levies=replace(market.levies, lower=solution.levy, cap=solution.levy))


@pytest.mark.parametrize("oracle", [by_clarabel, by_piqp], ids=[CLARABEL, PIQP])
@pytest.mark.parametrize("friction", [0.1, 0.01, 0.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_prices_with_levies_held_are_those_of_the_programme(random_market, oracle, seed, friction):
    market = random_market(seed, wedges=False, linear=True, friction=friction)
    solution = solve(market, audit=False)
    assert solution.is_solved
    held = with_levies_held(market, solution)
    again = solve(held)
    # prices of nodes nothing passes through are not unique
    passing = market.net_delivery(np.abs(solution.level)) != 0.0
    expected = oracle(market, solution.levy)
    assert again.price[passing] == pytest.approx(expected[passing], rel=2e-5, abs=2e-6)
    assert solution.price[passing] == pytest.approx(expected[passing], rel=2e-5, abs=2e-6)


@pytest.mark.parametrize("oracle", [by_clarabel, by_piqp], ids=[CLARABEL, PIQP])
def test_the_worked_case_agrees_too(floor_or_purchase, oracle):
    market = floor_or_purchase(20.0)
    assert oracle(market, np.array([1.0])) == pytest.approx([20.0, 18.0], rel=1e-6)


@pytest.mark.parametrize("oracle", [by_clarabel, by_piqp], ids=[CLARABEL, PIQP])
@pytest.mark.parametrize("room", [np.inf, 0.15])
def test_storage_with_interest_is_a_programme_in_present_values(random_market, oracle, room):
    # prices of period t times 1.1^-t, and every cost of period t with it, make the store's column symmetric
    market = random_market(2, wedges=False, linear=True, levies=False)
    supply = np.where(market.curves.sign > 0.0, 0.4, 1.0)[:, None]
    poor = replace(market.curves, a1=market.curves.a1 * supply, a2=market.curves.a2 * supply)
    markets = [market, replace(market, curves=poor), market]
    horizon = stack(markets, periods("2025", 3))
    names = [f"store {at}" for at in range(4)]
    horizon = carry(
        horizon,
        names,
        [f"node {at}" for at in range(4)],
        holding_cost=0.01,
        slope=0.05,
        interest=0.1,
        loss=0.02,
        capacity=room,
    )
    market = horizon.market
    solution = solve(market)
    discount = np.zeros(market.nodes)
    discount[horizon.node] = 1.1 ** -np.arange(3.0)[:, None]
    at = discount[market.entry_node[market.entry_pointer[:-1]]]
    curves, curve_at = market.curves, discount[market.curves.node][:, None]
    present = replace(
        market,
        entry_money=market.entry_quantity,
        cost=market.cost * at,
        slope=market.slope * at,
        curves=replace(curves, breaks=curves.breaks * curve_at, a1=curves.a1 * curve_at**-curves.e1),
        price_scale=market.price_scale * discount,
    )
    passing = market.net_delivery(np.abs(solution.level)) != 0.0
    expected = oracle(present, np.zeros(0)) / discount
    assert solution.price[passing] == pytest.approx(expected[passing], rel=2e-5, abs=2e-6)
    assert sum(horizon.level(solution, name).sum() for name in names) > 0.05
    # and our own solver agrees with itself
    again = solve(present)
    assert again.price[passing] / discount[passing] == pytest.approx(solution.price[passing], rel=1e-7)
