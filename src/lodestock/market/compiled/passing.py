r"""How far a levy raises the reference price it defends, at a solution.

.. math:: \partial (N p)_l / \partial \tau_l = N_l J^{-1} C_l

with the activities strictly inside their bounds answering along their slopes, as in
:func:`lodestock.market.polish.pass_through`. A negative one marks a branch on which more levy lowers the
price.
"""

from __future__ import annotations

import numpy as np

from lodestock.market.arrays import Float, Int
from lodestock.market.compiled.direction import Rows, assemble, eliminate, hold_nodes, make_factors, solve_for
from lodestock.market.compiled.jit import compiled
from lodestock.market.compiled.plan import Plan, Values
from lodestock.market.compiled.response import column_margin, net_delivery, net_supply

PROXIMAL = 1e-10


@compiled
def pass_through(plan: Plan, values: Values, p: Float, tau: Float, z: Float, levies: Int) -> Float:
    """Return the diagonal of the pass-through of ``levies``, shape (levies,)."""
    n, K, L = len(p), len(z), len(tau)
    margin, rate, excess = np.zeros(K), np.zeros(K), values.y.copy()
    curve_slope = np.zeros(len(values.sign))
    column_margin(plan, values, p, tau, margin)
    for k in range(K):
        wanted = z[k] + margin[k] - values.s[k] * z[k]
        if values.s[k] > 0.0 and 0.0 < wanted < values.u[k]:
            rate[k] = 1.0 / values.s[k]
    net_delivery(plan, values, z, excess)
    net_supply(plan, values, p, tau, excess, curve_slope)
    factors = make_factors(plan)
    assemble(plan, values, rate, curve_slope, factors)
    held = np.zeros(n, np.bool_)
    for i in range(n):
        factors.matrix[plan.node_diagonal[i]] += PROXIMAL
        held[i] = p[i] - excess[i] <= 0.0
    hold_nodes(plan, held, factors)
    moves = np.zeros(L, np.bool_)
    for l in range(L):
        moves[l] = values.self_response[l] > 0.0 and values.lower[l] < tau[l] < values.cap[l]
    rows = Rows(np.ones(L), values.self_response, moves)
    eliminate(plan, values, rows, factors)
    through = np.zeros(len(levies))
    right, h, dp, dtau = np.zeros(n), np.zeros(L), np.zeros(n), np.zeros(L)
    for place in range(len(levies)):
        levy = levies[place]
        right[:] = 0.0
        for q in range(len(plan.charge_levy)):
            if plan.charge_levy[q] == levy:
                k = plan.charge_activity[q]
                push = rate[k] * values.E[q]
                right[plan.port_node[0, k]] += values.A[0, k] * push
                right[plan.port_node[1, k]] += values.A[1, k] * push
        for w in range(len(plan.wide_charge)):
            q = plan.wide_charge[w]
            if plan.charge_levy[q] == levy:
                e = plan.wide_extra[w]
                right[plan.extra_node[e]] += rate[plan.charge_activity[q]] * values.E[q] * values.extra_A[e]
        for q in range(len(plan.curve_charge_levy)):
            if plan.curve_charge_levy[q] == levy:
                j = plan.curve_charge_curve[q]
                i = plan.curve_node[j]
                right[i] += curve_slope[j] * values.F[q] / values.Q[i]
        for i in range(n):
            if held[i]:
                right[i] = 0.0
        solve_for(plan, values, rows, factors, right, h, dp, dtau)
        for r in range(len(plan.reference_levy)):
            if plan.reference_levy[r] == levy:
                through[place] += values.N[r] * dp[plan.reference_node[r]]
    return through
