"""General convex solvers on a market of straight lines whose levies are held: all they can carry of it.

Every function returns a job that solves the programme and gives the prices; building the matrices is not in
it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse

from lodestock.market import Market

Job = Callable[[], np.ndarray]


def programme(market: Market, levy: np.ndarray):  # type: ignore[no-untyped-def]
    """Return (P, q, A, b, upper): min 1/2 z'Pz + q'z, A z >= -b, 0 <= z <= upper; curves are columns."""
    curves, K = market.curves, market.activities
    supply = curves.sign > 0
    slope = 1.0 / np.abs(np.where(supply, curves.a1[:, 1], curves.a1[:, 0]))
    starts = np.where(supply, -curves.a2[:, 1] * slope, curves.breaks[:, 1])
    room = np.where(supply & np.isfinite(curves.breaks[:, 2]), curves.a1[:, 2], np.inf)
    node = np.concatenate([market.entry_node, curves.node])
    column = np.concatenate([market.entry_activity, K + np.arange(len(curves))])
    value = np.concatenate([market.entry_quantity, curves.sign])
    A = sparse.csc_matrix((value, (node, column)), shape=(market.nodes, K + len(curves)))
    cost = market.cost + market.levies.charge(levy, K)
    q = np.concatenate([cost, np.where(supply, starts, -starts)])
    P = sparse.diags(np.concatenate([market.slope, slope]), format="csc")
    return P, q, A, market.injection, np.concatenate([market.capacity, room])


def piqp_prices(market: Market, levy: np.ndarray) -> Job:
    """PIQP, proximal interior point."""
    import piqp

    P, q, A, b, upper = programme(market, levy)
    low, negative = np.full(market.nodes, -np.inf), sparse.csc_matrix(-A)

    def job() -> np.ndarray:
        solver = piqp.SparseSolver()
        solver.settings.eps_abs = solver.settings.eps_rel = 1e-8
        solver.setup(P, q, None, None, negative, low, b, np.zeros(len(q)), upper)
        solver.solve()
        return np.array(solver.result.z_u[: market.nodes])

    return job


def clarabel_prices(market: Market, levy: np.ndarray) -> Job:
    """Clarabel, homogeneous interior point."""
    import clarabel

    P, q, A, b, upper = programme(market, levy)
    size, bounded = len(q), np.isfinite(upper)
    identity = sparse.identity(size, format="csr")
    rows = sparse.vstack([-A, -identity, identity[bounded]], format="csc")
    right = np.concatenate([b, np.zeros(size), upper[bounded]])
    settings = clarabel.DefaultSettings()
    settings.verbose, settings.max_threads = False, 1
    cones = [clarabel.NonnegativeConeT(len(right))]

    def job() -> np.ndarray:
        return np.array(clarabel.DefaultSolver(P, q, rows, right, cones, settings).solve().z[: market.nodes])

    return job


def osqp_prices(market: Market, levy: np.ndarray) -> Job:
    """OSQP, operator splitting, to 1e-6 (its default leaves prices wrong in the second digit)."""
    import osqp

    P, q, A, b, upper = programme(market, levy)
    rows = sparse.vstack([A, sparse.identity(len(q))], format="csc")
    low = np.concatenate([-b, np.zeros(len(q))])
    high = np.concatenate([np.full(market.nodes, np.inf), upper])

    def job() -> np.ndarray:
        solver = osqp.OSQP()
        solver.setup(P, q, rows, low, high, verbose=False, eps_abs=1e-6, eps_rel=1e-6, max_iter=100_000)
        return -np.array(solver.solve().y[: market.nodes])

    return job


def highs_prices(market: Market, levy: np.ndarray) -> Job:
    """HiGHS, active-set method for convex quadratic programmes."""
    import highspy

    P, q, A, b, upper = programme(market, levy)
    curvature = sparse.csc_matrix(P)

    def job() -> np.ndarray:
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        model = highspy.HighsModel()
        lp = model.lp_
        lp.num_col_, lp.num_row_ = len(q), market.nodes
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = q, np.zeros(len(q)), upper
        lp.row_lower_, lp.row_upper_ = -b, np.full(market.nodes, np.inf)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = A.indptr, A.indices, A.data
        hessian = model.hessian_
        hessian.dim_, hessian.format_ = len(q), highspy.HessianFormat.kTriangular
        hessian.start_, hessian.index_, hessian.value_ = curvature.indptr, curvature.indices, curvature.data
        solver.passModel(model)
        solver.run()
        return np.array(solver.getSolution().row_dual)

    return job


QUADRATIC_PEERS = {
    "piqp": piqp_prices,
    "clarabel": clarabel_prices,
    "osqp": osqp_prices,
    "highs-qp": highs_prices,
}
