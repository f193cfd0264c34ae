"""What a user would pick for the market with its levies: IPOPT on a relaxation, a Fischer-Burmeister Newton.

Both take the straight-line market in all its unknowns: levels z of activities and curves, prices p, levies
tau.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import MatrixRankWarning, splu

from lodestock.market import Market
from quadratic_peers import programme

Job = Callable[[], tuple[np.ndarray, np.ndarray] | None]
"""Solves; returns prices and levies, or None without a solution."""
LARGE = 1e6
"""Bound of what has none: levels without capacity, prices."""


def _parts(market: Market):  # type: ignore[no-untyped-def]
    """Return (s, c, A, W, y, u, E, N, floor, cap) with curves as columns."""
    none = np.zeros(len(market.levies))
    P, c, A, y, upper = programme(market, none)
    columns = len(c)
    money = sparse.csc_matrix(
        (market.entry_money, (market.entry_node, market.entry_activity)), shape=(market.nodes, columns)
    )
    quantity = sparse.csc_matrix(
        (market.entry_quantity, (market.entry_node, market.entry_activity)), shape=(market.nodes, columns)
    )
    W = sparse.csc_matrix(A - quantity + money)
    levies = market.levies
    E = sparse.csc_matrix(
        (levies.charge_weight, (levies.charge_activity, levies.charge_levy)), shape=(columns, len(levies))
    )
    N = sparse.csc_matrix(
        (levies.reference_weight, (levies.reference_levy, levies.reference_node)),
        shape=(len(levies), market.nodes),
    )
    return P.diagonal(), c, A, W, y, upper, E, N, levies.floor, levies.cap


def ipopt_levies(market: Market) -> Job:
    """CasADi with IPOPT: products of complementary pairs at most epsilon (Scholtes), which falls to 1e-9."""
    import casadi

    s, c, A, W, y, upper, E, N, floor, cap = _parts(market)
    K, n, L = len(c), market.nodes, len(floor)
    sizes = {"z": K, "p": n, "tau": L, "loss": K, "rent": K, "over": L, "under": L}
    x = {name: casadi.MX.sym(name, size) for name, size in sizes.items()}
    epsilon = casadi.MX.sym("epsilon")
    capped = np.flatnonzero(np.isfinite(upper)).tolist()
    margin = casadi.DM(sparse.csc_matrix(W.T)) @ x["p"] - c - s * x["z"] - casadi.DM(E) @ x["tau"]
    excess = casadi.DM(A) @ x["z"] + y
    equal = casadi.vertcat(
        margin + x["loss"] - x["rent"], casadi.DM(N) @ x["p"] - floor - x["over"] + x["under"]
    )
    products = casadi.vertcat(
        x["z"] * x["loss"],
        x["p"] * excess,
        x["tau"] * x["over"],
        (cap - x["tau"]) * x["under"],
        (upper[capped] - x["z"][capped]) * x["rent"][capped],
    )
    rows = casadi.vertcat(equal, excess, products - epsilon)
    options = {"print_level": 0, "sb": "yes", "tol": 1e-9, "max_iter": 3000}
    solver = casadi.nlpsol(
        "levies",
        "ipopt",
        {"x": casadi.vertcat(*x.values()), "p": epsilon, "f": 0, "g": rows},
        {"print_time": False, "ipopt": options},
    )
    most = {name: np.full(size, LARGE) for name, size in sizes.items()}
    most |= {"z": np.minimum(upper, LARGE), "tau": cap, "rent": np.where(np.isfinite(upper), LARGE, 0.0)}
    high = np.concatenate(list(most.values()))
    counts = (K + L, n, int(products.shape[0]))
    row_low = np.repeat([0.0, 0.0, -np.inf], counts)
    row_high = np.repeat([0.0, np.inf, 0.0], counts)
    begin = {name: np.full(size, 0.1) for name, size in sizes.items()}
    begin |= {"p": market.price_scale, "tau": 0.1 * cap}

    def job() -> tuple[np.ndarray, np.ndarray] | None:
        point = np.concatenate(list(begin.values()))
        for size in (1e-1, 1e-3, 1e-5, 1e-7, 1e-9):
            found = solver(x0=point, p=size, lbx=0.0, ubx=high, lbg=row_low, ubg=row_high)
            point = np.array(found["x"]).ravel()
        if not solver.stats()["success"]:
            return None
        return point[K : K + n], point[K + n : K + n + L]

    return job


def fischer_burmeister_levies(market: Market, tolerance: float = 1e-8, limit: int = 500) -> Job:
    """Damped Newton on the Fischer-Burmeister equations of all box-constrained pairs."""
    s, c, A, W, y, upper, E, N, floor, cap = _parts(market)
    K, n, L = len(c), market.nodes, len(floor)
    low = np.zeros(K + n + L)
    high = np.concatenate([upper, np.full(n, np.inf), cap])
    F_jacobian = sparse.bmat([[sparse.diags(s), -W.T, E], [A, None, None], [None, N, None]], format="csr")
    constant = np.concatenate([c, y, -floor])

    def phi(x: np.ndarray):  # type: ignore[no-untyped-def]
        F = F_jacobian @ x + constant
        inner, inner_x, inner_F = _box(high - x, -F)
        outer, outer_a, outer_b = _box(x - low, -inner)
        capped = np.isfinite(high)
        plain, plain_a, plain_b = _box(x - low, F)
        value = np.where(capped, outer, plain)
        by_x = np.where(capped, outer_a + outer_b * inner_x, plain_a)
        by_F = np.where(capped, outer_b * inner_F, plain_b)
        return value, by_x, by_F

    def job() -> tuple[np.ndarray, np.ndarray] | None:
        x = np.concatenate([np.full(K, 0.1), market.price_scale, 0.1 * cap])
        value, by_x, by_F = phi(x)
        for _ in range(limit):
            if np.abs(value).max() <= tolerance:
                return x[K : K + n], x[K + n :]
            J = sparse.csc_matrix(sparse.diags(by_x) + sparse.diags(by_F) @ F_jacobian)
            gradient = J.T @ value
            try:
                step = -splu(J + 1e-10 * sparse.identity(len(x), format="csc")).solve(value)
            except (RuntimeError, MatrixRankWarning):
                step = -gradient
            if not np.isfinite(step).all() or gradient @ step > -1e-12 * (step @ step):
                step = -gradient
            length, merit = 1.0, value @ value
            while length > 1e-10:
                trial = phi(x + length * step)
                if trial[0] @ trial[0] <= merit + 2e-4 * length * (gradient @ step):
                    break
                length *= 0.5
            else:
                return None
            x = x + length * step
            value, by_x, by_F = trial
        return None

    return job


def _box(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a + b - sqrt(a^2 + b^2) and its derivatives; infinite a gives b."""
    wide = ~np.isfinite(a)
    a = np.where(wide, 1.0, a)
    root = np.sqrt(a * a + b * b)
    safe = np.where(root > 0.0, root, 1.0)
    by_a = np.where(root > 0.0, 1.0 - a / safe, 1.0 - np.sqrt(0.5))
    by_b = np.where(root > 0.0, 1.0 - b / safe, 1.0 - np.sqrt(0.5))
    return np.where(wide, b, a + b - root), np.where(wide, 0.0, by_a), np.where(wide, 1.0, by_b)


COMPLEMENTARITY_PEERS = {"ipopt-scholtes": ipopt_levies, "fischer-burmeister": fischer_burmeister_levies}
