"""From market units to scaled ones and back: a chunk of scenarios over all components."""

from __future__ import annotations

import numpy as np

from lodestock.market.arrays import Bool, Float, Int
from lodestock.market.batch import LADDER, Chunk
from lodestock.market.certificate import activity_scales, levy_scales
from lodestock.market.changes import EDITED, RANGES, Changes
from lodestock.market.compiled import engine
from lodestock.market.compiled.plan import Plan, Values
from lodestock.market.compiled.scenarios import Orders, Results, Start, solve_scenarios
from lodestock.market.homotopy import smallest_prohibitive
from lodestock.market.model import Market
from lodestock.market.newton import Point, lowest_levy
from lodestock.market.solution import Solution
from lodestock.market.system import System, scale_component
from lodestock.market.topology import Component, Topology

REASONS = (
    "",
    "Newton from the base did not converge",
    "prices jumped as the floors were raised",
    "a levy lowers the price it defends: beyond a fold",
)
"""By ending of the kernel."""


def solve_chunk(
    market: Market, topology: Topology, base: Solution, changes: Changes, tolerance: float
) -> tuple[Chunk, Bool]:
    """Return the answers of a chunk and which scenarios have nodes through which nothing passes."""
    S = len(changes)
    price, levy = np.empty((S, market.nodes)), np.empty((S, len(market.levies)))
    level = np.empty((S, market.activities))
    residual, ending = np.zeros(S), np.zeros(S, dtype=np.int64)
    rung, iterations = np.zeros(S, dtype=np.int64), np.zeros(S, dtype=np.int64)
    idle = np.zeros(S, dtype=np.bool_)
    scaled = _scaled_edits(market, changes)
    for component in topology.components:
        system = scale_component(market, component)
        plan, values = engine.plan_and_values(system)
        results = _empty_results(S, system)
        solve_scenarios(
            plan,
            values,
            Values(*(part.copy() for part in values)),
            _orders(market, component, scaled, S),
            _start(system, plan, values, base, tolerance),
            tolerance,
            results,
        )
        price[:, component.nodes] = results.price * system.P
        levy[:, component.levies] = results.levy * system.T
        level[:, component.activities] = results.level * system.Z
        residual = np.maximum(residual, results.residual)
        ending = np.maximum(ending, results.ending)
        rung = np.maximum(rung, np.minimum(results.restarts, 1))
        iterations = iterations + results.iterations
        idle |= results.idle
    _clip(market, changes, level, levy)
    rung[ending > 0] = LADDER
    reasons = {i: REASONS[ending[i]] for i in np.flatnonzero(ending).tolist()}
    return Chunk(price, levy, level, residual, rung, iterations, reasons), idle & (ending == 0)


def _empty_results(S: int, system: System) -> Results:
    return Results(
        price=np.empty((S, system.n)),
        levy=np.empty((S, system.L)),
        level=np.empty((S, system.K)),
        residual=np.empty(S),
        iterations=np.empty(S, dtype=np.int64),
        restarts=np.empty(S, dtype=np.int64),
        ending=np.empty(S, dtype=np.int64),
        idle=np.empty(S, dtype=np.bool_),
    )


def _start(system: System, plan: Plan, values: Values, base: Solution, tolerance: float) -> Start:
    """Return the base in scaled units, and the base without levies."""
    part = system.component
    p = np.ascontiguousarray(base.price[part.nodes] / system.P)
    z = np.minimum(base.level[part.activities] / system.Z, system.u)
    tau = base.levy[part.levies] / system.T
    # from a levy that ends all its trade at a lower rate than its cap, that rate is nearer to every other one
    least = smallest_prohibitive(system, Point(p, z, tau, 0.0, 0, converged=True))
    tau = np.where(tau >= system.cap, np.minimum(tau, least), tau)
    free_p = p
    if system.L:
        free_p = engine.newton(
            system, p, lowest_levy(system), hold=True, centre=z, smoothing=0.0, tolerance=0.5 * tolerance
        ).p
    return Start(free_p, p, np.ascontiguousarray(tau), np.ascontiguousarray(z))


def _scaled_edits(market: Market, changes: Changes) -> list[tuple[str, Int, Int, Float]]:
    """Return (kind of element, scenario, element, scaled value) per edited field."""
    M, Z = activity_scales(market)
    T = levy_scales(market)
    factor = {
        "cost": 1.0 / M,
        "slope": Z / M,
        "capacity": 1.0 / Z,
        "injection": 1.0 / market.quantity_scale,
        "floor": 1.0 / T,
        "cap": 1.0 / T,
    }
    found = []
    for name in EDITED:
        edit = getattr(changes, name)
        value = edit.value * factor[name][edit.index] if name in factor else edit.value
        found.append((RANGES[name][0], edit.scenario, edit.index, value))
    return found


def _orders(
    market: Market, component: Component, scaled: list[tuple[str, Int, Int, Float]], count: int
) -> Orders:
    """Return the edits that concern one component, in its numbering."""
    members = {
        "activity": (component.activities, market.activities),
        "node": (component.nodes, market.nodes),
        "curve": (component.curves, len(market.curves)),
        "levy": (component.levies, len(market.levies)),
    }
    inverse = {}
    for kind, (index, length) in members.items():
        inverse[kind] = np.full(length, -1, dtype=np.int64)
        inverse[kind][index] = np.arange(len(index))
    kinds, scenarios, indices, values = [], [], [], []
    for number, (kind, scenario, index, value) in enumerate(scaled):
        local = inverse[kind][index]
        own = local >= 0
        kinds.append(np.full(int(own.sum()), number, dtype=np.int64))
        scenarios.append(scenario[own])
        indices.append(local[own])
        values.append(value[own])
    scenario = np.concatenate(scenarios)
    order = np.argsort(scenario, kind="stable")
    pointer = np.searchsorted(scenario[order], np.arange(count + 1)).astype(np.int64)
    return Orders(
        pointer, np.concatenate(kinds)[order], np.concatenate(indices)[order], np.concatenate(values)[order]
    )


def _clip(market: Market, changes: Changes, level: Float, levy: Float) -> None:
    """Put what stands at a bound there exactly, as scaling back and forth may not."""
    for table, high, edit in (
        (level, market.capacity, changes.capacity),
        (levy, market.levies.cap, changes.cap),
    ):
        edited = table[edit.scenario, edit.index]
        np.minimum(table, high, out=table)
        table[edit.scenario, edit.index] = np.minimum(edited, edit.value)
    np.maximum(level, 0.0, out=level)
    np.maximum(levy, market.levies.lower, out=levy)
