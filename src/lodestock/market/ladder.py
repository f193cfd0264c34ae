"""Solve a market: every component up a ladder of methods until one holds its certificate.

=====================  ======================================================================
rung                   what it does
=====================  ======================================================================
without levies         Newton (interior point where slopes are zero), levies at their lower bound
floor path             Newton along the floors; a fold is recorded (:mod:`.homotopy`)
interior point, cold   everything at once, from nowhere
interior point, cap    the same from levies near their cap
not solved             the best point found, with its certificate and a status that says so
=====================  ======================================================================
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lodestock.errors import ConflictError, InfeasibleError, ValueOutOfRangeError
from lodestock.market.arrays import Float
from lodestock.market.attempt import Setting, Step, attempt
from lodestock.market.audit import audit_component, is_different
from lodestock.market.certificate import activity_scales, certify, curve_supply, disposal, levy_scales
from lodestock.market.checks import check_market
from lodestock.market.elastic import UnservedError, earning_loop, elastic_phase
from lodestock.market.feasibility import SHORT, relaxed_market, shortage_message
from lodestock.market.homotopy import (
    adjustable,
    free_point,
    path_from_cap,
    path_from_free,
    without_idle_levies,
)
from lodestock.market.interior import cold_start, make_problem
from lodestock.market.methods import interior_point, polish
from lodestock.market.model import Market
from lodestock.market.newton import Point, lowest_levy
from lodestock.market.settle import settled_price
from lodestock.market.solution import Solution
from lodestock.market.system import scale_component
from lodestock.market.topology import Component, Topology, analyse, check_topology
from lodestock.threads import blas_threads

SELECTIONS = ("minimal-levy", "from-cap")


@dataclass(frozen=True, slots=True)
class _Outcome:
    """Answer for one component, the other equilibrium where the audit found one, and the steps."""

    point: Point
    other: Point | None
    audited: bool
    steps: tuple[Step, ...]


def solve(
    market: Market,
    *,
    start: Solution | None = None,
    tolerance: float = 1e-8,
    select: str = "minimal-levy",
    audit: bool = True,
    topology: Topology | None = None,
) -> Solution:
    """Return the equilibrium of ``market`` with its certificate.

    Parameters
    ----------
    start : a solution of a market with the same nodes, as a warm start; its levels count only where the
        number of activities is the same.
    tolerance : largest scaled residual of a solved market.
    select : which equilibrium where there are several: ``minimal-levy`` (end of the path from the market
        without levies) or ``from-cap`` (end of the path from levies at their caps).
    audit : solve again from the other side and report a second equilibrium.
    topology : :func:`analyse` of a market with the same pattern.

    Raises
    ------
    InfeasibleError
        No equilibrium exists: some withdrawal cannot be served at any price; names nodes and quantities.
    LodestockError
        The market fails a check; names the element.
    """
    if select not in SELECTIONS:
        raise ValueOutOfRangeError(f"select is {select!r}", where="solve", allowed=", ".join(SELECTIONS))
    check_market(market)
    if start is not None and len(start.price) != market.nodes:
        raise ConflictError(
            f"start has {len(start.price)} prices", where="solve", allowed=f"{market.nodes}, one per node"
        )
    if topology is None:
        topology = analyse(market)
    else:
        check_topology(market, topology)
    with blas_threads(1), np.errstate(all="ignore"):
        outcomes = [
            _solve_component(market, component, number, start, tolerance, select, audit)
            for number, component in enumerate(topology.components)
        ]
        solution = _assembled(market, topology, outcomes, tolerance)
        if not solution.is_solved:
            _raise_if_infeasible(market, tolerance)
            solution = _with_reason(market, solution)
    return solution


def _solve_component(
    market: Market,
    component: Component,
    number: int,
    start: Solution | None,
    tolerance: float,
    select: str,
    audit: bool,
) -> _Outcome:
    system = scale_component(market, component)
    # the certificate is recomputed in other units: leave it room
    setting = Setting(system, number, 0.5 * tolerance)
    p, centre = np.ones(system.n), None
    if start is not None:
        p = start.price[component.nodes] / system.P
        if len(start.level) == market.activities:
            centre = np.minimum(start.level[component.activities] / system.Z, system.u)
    free, steps = free_point(setting, p, centre, warm=start is not None)
    if not adjustable(system).any():
        if not free.converged:
            free, more = _second_try(setting, free)
            steps = (*steps, *more)
        return _Outcome(free, None, True, steps)

    path = path_from_free if select == "minimal-levy" else path_from_cap
    found = path(setting, free)
    steps = (*steps, *found.steps)
    point = found.point
    if not (found.arrived and point.converged):
        point, more = _interior_rungs(setting)
        steps = (*steps, *more)
    if select == "minimal-levy":
        point = without_idle_levies(system, point)
    if not audit or not point.converged:
        return _Outcome(point, None, False, steps)
    if select == "from-cap":
        back = path_from_free(setting, free)
        other = back.point if back.arrived and is_different(system, point, back.point) else None
        return _Outcome(point, other, back.arrived, (*steps, *back.steps))
    review = audit_component(setting, point)
    return _Outcome(review.point, review.other, review.finished, (*steps, *review.steps))


def _second_try(setting: Setting, near: Point) -> tuple[Point, tuple[Step, ...]]:
    """Without levies: Newton from the interior point's best price, then the better of both."""
    found, steps = attempt(
        setting, near.p, near.tau, purpose="second try", centre=near.z, hold=True, warm=True
    )
    return (found if found.residual < near.residual else near), steps


def _interior_rungs(setting: Setting) -> tuple[Point, tuple[Step, ...]]:
    """Interior point cold, then from levies near their cap; the better of both."""
    system, problem = setting.system, make_problem(setting.system)
    high = np.where(adjustable(system), system.cap, lowest_levy(system))
    steps: list[Step] = []
    points: list[Point] = []
    for name, tau in (("interior point, cold", None), ("interior point, cap", high)):
        inner = interior_point(problem, cold_start(problem, tau=tau), tolerance=setting.tolerance)
        found = polish(system, inner, tolerance=setting.tolerance)
        steps.append(Step("interior-point", setting.component, found.iterations, found.residual, name))
        points.append(found)
        if found.converged:
            break
    return min(points, key=lambda point: point.residual), tuple(steps)


def _assembled(market: Market, topology: Topology, outcomes: list[_Outcome], tolerance: float) -> Solution:
    steps = tuple(step for outcome in outcomes for step in outcome.steps)
    chosen = _to_market(market, topology, [outcome.point for outcome in outcomes])
    solution = solution_at(market, *chosen, steps, tolerance)
    audited = all(outcome.audited for outcome in outcomes)
    if not any(outcome.other is not None for outcome in outcomes):
        return replace(solution, audited=audited)
    others = [outcome.point if outcome.other is None else outcome.other for outcome in outcomes]
    alternative = solution_at(market, *_to_market(market, topology, others), steps, tolerance)
    alternative = replace(alternative, audited=audited, multiple=True)
    return replace(solution, audited=audited, multiple=True, alternative=alternative)


def _to_market(market: Market, topology: Topology, points: list[Point]) -> tuple[Float, Float, Float]:
    price, level = np.zeros(market.nodes), np.zeros(market.activities)
    levy = np.zeros(len(market.levies))
    _, Z = activity_scales(market)
    T = levy_scales(market)
    for component, point in zip(topology.components, points, strict=True):
        price[component.nodes] = point.p * market.price_scale[component.nodes]
        k = component.activities
        capacity = market.capacity[k]
        level[k] = np.where(point.z >= capacity / Z[k], capacity, point.z * Z[k])
        if len(component.levies):
            raw = point.tau * T[component.levies]
            levy[component.levies] = np.clip(
                raw, market.levies.lower[component.levies], market.levies.cap[component.levies]
            )
    return settled_price(market, price, level, levy), level, levy


def solution_at(
    market: Market, price: Float, level: Float, levy: Float, steps: tuple[Step, ...], tolerance: float
) -> Solution:
    """Return a point of ``market`` with everything that follows from it, its certificate first."""
    certificate = certify(market, price, level, levy, tolerance)
    curves, levies = market.curves, market.levies
    own = curves.own_price(price, levies.curve_charge(levy, len(curves)))
    excess = market.net_delivery(level) + curve_supply(market, price, levy) + market.injection
    margin = market.column_price(price) - market.cost - market.slope * level
    margin = margin - levies.charge(levy, market.activities)
    full = np.isfinite(market.capacity) & (level >= market.capacity * (1.0 - 1e-12))
    return Solution(
        status="solved" if certificate.worst <= tolerance else "not_solved",
        price=price,
        level=level,
        levy=levy,
        disposal=disposal(market, price, excess, tolerance),
        capacity_rent=np.where(full, np.maximum(margin, 0.0), 0.0),
        curve_price=own,
        curve_quantity=curves.quantity(own),
        certificate=certificate,
        steps=steps,
    )


def _raise_if_infeasible(market: Market, tolerance: float) -> None:
    relaxation = elastic_phase(market)
    if relaxation.is_needed:
        raise UnservedError(market, relaxation)
    relaxed = relaxed_market(market)
    topology = analyse(relaxed)
    outcomes = [
        _solve_component(relaxed, component, number, None, tolerance, "minimal-levy", audit=False)
        for number, component in enumerate(topology.components)
    ]
    solution = _assembled(relaxed, topology, outcomes, tolerance)
    shortage = solution.level[market.activities :]
    if solution.is_solved and (shortage > SHORT * market.quantity_scale).any():
        raise InfeasibleError(
            f"no equilibrium: short at any price: {shortage_message(market, shortage)}",
            where="market",
            allowed="withdrawals that supply can serve, or users that leave at some price",
            hint="give these nodes a supply, or their users a finite choke price",
        )


def _with_reason(market: Market, solution: Solution) -> Solution:
    """Return an unsolved point with a last step that names a loop that earns without limit, if any."""
    loop = earning_loop(market)
    if not loop:
        return solution
    names = ", ".join(repr(name) for name in loop)
    note = f"earns without limit and needs nothing: {names}; give one of them a capacity, a slope or a cost"
    return replace(solution, steps=(*solution.steps, Step("elastic", 0, 0, solution.certificate.worst, note)))
