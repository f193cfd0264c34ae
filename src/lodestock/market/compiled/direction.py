r"""The Newton direction: one matrix for prices and levies, assembled and eliminated in its envelope.

.. math::
    \begin{bmatrix} J & -C \\ \omega N & \kappa \end{bmatrix}
    \begin{bmatrix} dp \\ d\tau \end{bmatrix} = \begin{bmatrix} r \\ h \end{bmatrix}, \qquad
    J = A\,\mathrm{diag}(d)\,W^\top + X, \quad C = A\,\mathrm{diag}(d)\,E + (\sigma q')F/Q

with :math:`\omega` the share of the price in a levy's row and :math:`\kappa` that of the levy. A levy with a
slot has a row of its own. A local levy, which watches node j alone, has none: its row is solved for
whichever it says more about,

* the levy, :math:`d\tau = (h - \omega N dp_j)/\kappa`, when :math:`\kappa \ge \omega`: column j becomes
  :math:`J_j + C \omega N/\kappa` and the right-hand side gains :math:`C h/\kappa`;
* the price, :math:`dp_j = (h - \kappa\,d\tau)/(\omega N)`, otherwise: the unknown of column j is
  :math:`-d\tau`, the column :math:`C + J_j \kappa/(\omega N)`, and the right-hand side loses
  :math:`J_j h/(\omega N)`.

Explicit levies strictly between their bounds have :math:`\omega = 1, \kappa = M, h = 0` and take the first
form.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lodestock.market.arrays import Bool, Float
from lodestock.market.compiled.envelope import factorise, substitute
from lodestock.market.compiled.jit import inner
from lodestock.market.compiled.plan import Plan, Values


class Rows(NamedTuple):
    """How every levy enters: share of the price, share of the levy, and whether it moves at all."""

    omega: Float
    kappa: Float
    moves: Bool


class Factors(NamedTuple):
    """An eliminated matrix with what a right-hand side needs.

    ``charge`` holds C of the local levies per place of their columns; ``column`` what their right-hand side
    multiplies, C or J_j; ``swapped`` tells which levies took the place of their price; ``gain`` is
    :math:`\\omega N` of every local levy; ``x`` is room for a solution.
    """

    matrix: Float
    charge: Float
    column: Float
    swapped: Bool
    gain: Float
    x: Float


@inner
def make_factors(plan: Plan) -> Factors:
    """Return empty storage."""
    L = len(plan.levy_slot)
    places = len(plan.local_position)
    return Factors(
        np.empty(plan.length[0]),
        np.empty(places),
        np.empty(places),
        np.zeros(L, np.bool_),
        np.zeros(L),
        np.empty(4 * len(plan.begin)),
    )


@inner
def assemble(plan: Plan, values: Values, rate: Float, curve_slope: Float, factors: Factors) -> None:
    """Write J, the columns -C of levies with a slot and, apart, the columns C of local ones."""
    matrix, charge = factors.matrix, factors.charge
    matrix[:] = 0.0
    charge[:] = 0.0
    at00, at01, at10, at11 = plan.position[0], plan.position[1], plan.position[2], plan.position[3]
    c00, c01 = values.coefficient[0], values.coefficient[1]
    c10, c11 = values.coefficient[2], values.coefficient[3]
    for k in range(len(rate)):
        d = rate[k]
        if d != 0.0:
            matrix[at00[k]] += c00[k] * d
            matrix[at01[k]] += c01[k] * d
            matrix[at10[k]] += c10[k] * d
            matrix[at11[k]] += c11[k] * d
    for e in range(len(plan.pair_activity)):
        matrix[plan.pair_position[e]] += values.pair_coefficient[e] * rate[plan.pair_activity[e]]
    for j in range(len(curve_slope)):
        n = plan.curve_node[j]
        matrix[plan.node_diagonal[n]] += curve_slope[j] * values.price_weight[j] * values.P[n] / values.Q[n]
    for i in range(len(plan.padding)):
        matrix[plan.padding[i]] = 1.0
    for q in range(len(plan.charge_levy)):
        k = plan.charge_activity[q]
        if rate[k] != 0.0:
            push = rate[k] * values.E[q]
            first, second = plan.charge_position[0, q], plan.charge_position[1, q]
            if plan.levy_slot[plan.charge_levy[q]] >= 0:
                matrix[first] -= values.A[0, k] * push
                matrix[second] -= values.A[1, k] * push
            else:
                charge[first] += values.A[0, k] * push
                charge[second] += values.A[1, k] * push
    for w in range(len(plan.wide_charge)):
        q = plan.wide_charge[w]
        push = rate[plan.charge_activity[q]] * values.E[q] * values.extra_A[plan.wide_extra[w]]
        if plan.levy_slot[plan.charge_levy[q]] >= 0:
            matrix[plan.wide_position[w]] -= push
        else:
            charge[plan.wide_position[w]] += push
    for q in range(len(plan.curve_charge_levy)):
        j = plan.curve_charge_curve[q]
        push = curve_slope[j] * values.F[q] / values.Q[plan.curve_node[j]]
        if plan.levy_slot[plan.curve_charge_levy[q]] >= 0:
            matrix[plan.curve_charge_position[q]] -= push
        else:
            charge[plan.curve_charge_position[q]] += push


@inner
def hold_nodes(plan: Plan, held: Bool, factors: Factors) -> None:
    """Turn the rows of held nodes into dp = 0."""
    any_held = False
    for n in range(len(held)):
        if held[n]:
            any_held = True
            slot = plan.node_slot[n]
            block = slot // 4
            width = plan.end[block] - plan.begin[block]
            start = plan.offset[block] + slot % 4 * width
            factors.matrix[start : start + width] = 0.0
            factors.matrix[plan.node_diagonal[n]] = 1.0
    if not any_held:
        return
    of_slot = np.zeros(len(factors.x), np.bool_)
    for n in range(len(held)):
        of_slot[plan.node_slot[n]] = held[n]
    for t in range(len(plan.local_slot)):
        if of_slot[plan.local_slot[t]]:
            factors.charge[t] = 0.0


@inner
def eliminate(plan: Plan, values: Values, rows: Rows, factors: Factors) -> None:
    """Write the rows of the levies, put local ones into their columns, and factorise."""
    matrix = factors.matrix
    for l in range(len(plan.levy_slot)):
        if plan.levy_slot[l] >= 0:
            matrix[plan.levy_diagonal[l]] += rows.kappa[l] if rows.moves[l] else 1.0
    for r in range(len(plan.reference_levy)):
        l = plan.reference_levy[r]
        factors.gain[l] = rows.omega[l] * values.N[r]
        if plan.levy_slot[l] >= 0 and rows.moves[l]:
            matrix[plan.reference_position[r]] += factors.gain[l]
    for l in range(len(plan.levy_slot)):
        if plan.levy_slot[l] >= 0 or not rows.moves[l]:
            continue
        gain, kappa = factors.gain[l], rows.kappa[l]
        factors.swapped[l] = values.self_response[l] == 0.0 and kappa < abs(gain)
        for t in range(plan.local_pointer[l], plan.local_pointer[l + 1]):
            at = plan.local_position[t]
            if factors.swapped[l]:
                factors.column[t] = matrix[at]
                matrix[at] = factors.charge[t] + matrix[at] * kappa / gain
            else:
                factors.column[t] = factors.charge[t]
                matrix[at] += factors.charge[t] * gain / kappa
    factorise(matrix, plan.begin, plan.end, plan.offset)


@inner
def solve_for(
    plan: Plan, values: Values, rows: Rows, factors: Factors, right: Float, h: Float, dp: Float, dtau: Float
) -> None:
    """Write the solution (dp, dtau) for the right-hand side (``right``, ``h``)."""
    x = factors.x
    x[:] = 0.0
    for n in range(len(right)):
        x[plan.node_slot[n]] = right[n]
    for l in range(len(h)):
        if not rows.moves[l]:
            continue
        if plan.levy_slot[l] >= 0:
            x[plan.levy_slot[l]] = h[l]
        elif h[l] != 0.0:
            share = -h[l] / factors.gain[l] if factors.swapped[l] else h[l] / rows.kappa[l]
            for t in range(plan.local_pointer[l], plan.local_pointer[l + 1]):
                x[plan.local_slot[t]] += share * factors.column[t]
    substitute(factors.matrix, plan.begin, plan.end, plan.offset, x)
    for n in range(len(right)):
        dp[n] = x[plan.node_slot[n]]
    for l in range(len(h)):
        dtau[l] = 0.0
        if not rows.moves[l]:
            continue
        if plan.levy_slot[l] >= 0:
            dtau[l] = x[plan.levy_slot[l]]
        elif factors.swapped[l]:
            n = plan.local_node[l]
            dtau[l] = -x[plan.node_slot[n]]
            dp[n] = (h[l] - rows.kappa[l] * dtau[l]) / factors.gain[l]
        else:
            dtau[l] = (h[l] - factors.gain[l] * dp[plan.local_node[l]]) / rows.kappa[l]
