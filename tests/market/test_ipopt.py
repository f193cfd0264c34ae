"""Agreement with a general non-linear solver on the whole problem, adjustable levies included.

The complementarity conditions are written out anew for CasADi and IPOPT (Scholtes relaxation: each product of
a complementary pair at most epsilon, which falls to 1e-9).
"""

from __future__ import annotations

import numpy as np
import pytest

from lodestock.market import (
    Market,
    assemble,
    concatenate_activities,
    concatenate_curves,
    concatenate_levies,
    levy,
    linear_supply,
    linear_use,
    process,
    solve,
    trade,
)

COUNTRIES = 3


def two_stage_world(seed: int) -> Market:
    """Three countries, ore and metal; country 0 is the zone, lives on imports, with a floor at each stage."""
    rng = np.random.default_rng(seed)
    ore, metal = np.arange(COUNTRIES), COUNTRIES + np.arange(COUNTRIES)
    names = [f"{stage} {c}" for stage in ("ore", "metal") for c in range(COUNTRIES)]
    pairs = [(i, j) for i in range(COUNTRIES) for j in range(COUNTRIES) if i != j]
    origin = np.array([stage[i] for stage in (ore, metal) for i, _ in pairs])
    destination = np.array([stage[j] for stage in (ore, metal) for _, j in pairs])
    activities = concatenate_activities(
        [
            process(
                [f"refine {c}" for c in range(COUNTRIES)],
                ore,
                metal,
                rng.uniform(0.3, 0.6, 3) + np.array([0.5, 0.0, 0.0]),
                0.1,
                8.0,
                yield_=0.9,
            ),
            trade(
                [f"{i}>{j}" for i, j in zip(origin, destination, strict=True)], origin, destination, 0.05, 0.1
            ),
        ]
    )
    curves = concatenate_curves(
        [
            linear_supply(
                [f"mine {c}" for c in range(COUNTRIES)],
                ore,
                rng.uniform(0.2, 0.6, 3) + np.array([0.8, 0.0, 0.0]),
                0.1,
                12.0,
            ),
            linear_use(
                [f"use {c}" for c in range(COUNTRIES)],
                metal,
                rng.uniform(3.0, 5.0, 3) + np.array([2.0, 0.0, 0.0]),
                0.5,
            ),
        ]
    )
    free = solve(assemble(names, activities, curves, price_scale=1.0, quantity_scale=1.0))
    made = []
    for stage in (ore, metal):
        arcs = [COUNTRIES + k for k in range(len(origin)) if destination[k] == stage[0]]
        floor = float(free.price[stage[0]] * rng.uniform(0.98, 1.15))
        made.append(
            levy(f"floor {stage[0]}", charged=arcs, reference={int(stage[0]): 1.0}, floor=floor, cap=3.0)
        )
    return assemble(names, activities, curves, concatenate_levies(made), price_scale=1.0, quantity_scale=1.0)


def by_ipopt(market: Market) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return prices, levies and the residual reached; lines of supply and use become columns."""
    casadi = pytest.importorskip("casadi")
    curves, levies = market.curves, market.levies
    supply = curves.sign > 0
    slope = 1.0 / np.abs(np.where(supply, curves.a1[:, 1], curves.a1[:, 0]))
    start = curves.breaks[:, 1]
    K, J, n, L = market.activities, len(curves), market.nodes, len(levies)
    A, E, N = np.zeros((n, K + J)), np.zeros((K + J, L)), np.zeros((L, n))
    np.add.at(A, (market.entry_node, market.entry_activity), market.entry_quantity)
    A[curves.node, K + np.arange(J)] = curves.sign
    E[levies.charge_activity, levies.charge_levy] = levies.charge_weight
    N[levies.reference_levy, levies.reference_node] = levies.reference_weight
    c = np.concatenate([market.cost, np.where(supply, start, -start)])
    s = np.concatenate([market.slope, slope])
    room = np.where(supply & np.isfinite(curves.breaks[:, 2]), curves.a1[:, 2], np.inf)
    u = np.minimum(np.concatenate([market.capacity, room]), 1e3)

    z, p, tau = casadi.MX.sym("z", K + J), casadi.MX.sym("p", n), casadi.MX.sym("tau", L)
    loss, rent = casadi.MX.sym("loss", K + J), casadi.MX.sym("rent", K + J)
    over, under, epsilon = casadi.MX.sym("over", L), casadi.MX.sym("under", L), casadi.MX.sym("epsilon")
    margin = casadi.DM(A.T) @ p - c - s * z - casadi.DM(E) @ tau
    excess = casadi.DM(A) @ z
    equal = casadi.vertcat(margin + loss - rent, casadi.DM(N) @ p - levies.floor - over + under)
    pairs = casadi.vertcat(z * loss, p * excess, (u - z) * rent, tau * over, (levies.cap - tau) * under)
    solver = casadi.nlpsol(
        "levies",
        "ipopt",
        {
            "x": casadi.vertcat(z, p, tau, loss, rent, over, under),
            "p": epsilon,
            "f": 0,
            "g": casadi.vertcat(equal, excess, pairs - epsilon),
        },
        {"print_time": False, "ipopt": {"print_level": 0, "sb": "yes", "tol": 1e-10, "max_iter": 2000}},
    )
    counts = (K + J + L, n, int(pairs.shape[0]))
    low, high = np.repeat([0.0, 0.0, -np.inf], counts), np.repeat([0.0, np.inf, 0.0], counts)
    most = np.concatenate([u, np.full(n, 1e3), levies.cap, np.full(2 * (K + J) + 2 * L, 1e3)])
    point = np.concatenate([np.full(K + J, 0.1), np.ones(n), np.full(L + 2 * (K + J) + 2 * L, 0.1)])
    for size in (1e-1, 1e-3, 1e-5, 1e-7, 1e-9):
        found = solver(x0=point, p=size, lbx=0.0, ubx=most, lbg=low, ubg=high)
        point = np.array(found["x"]).ravel()
    assert solver.stats()["success"]
    return point[K + J : K + J + n], point[K + J + n : K + J + n + L], np.array(found["g"]).ravel()


@pytest.mark.parametrize("seed", range(6))
def test_prices_and_levies_agree_with_ipopt(seed):
    market = two_stage_world(seed)
    solution = solve(market)
    assert solution.is_solved
    if solution.multiple:
        pytest.skip("several equilibria: IPOPT may name another one")
    price, rate, _ = by_ipopt(market)
    np.testing.assert_allclose(solution.price, price, atol=2e-4)
    for status, theirs in zip(solution.certificate.levies, rate, strict=True):
        if status.status in ("enforced", "slack"):
            assert status.rate == pytest.approx(theirs, abs=1e-3)
