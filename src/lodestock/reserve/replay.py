"""A policy followed along given paths: what it decides, and what the quarter makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lodestock.reserve.dynamics import start_position, step
from lodestock.reserve.position import Decision, Int, Step
from lodestock.reserve.problem import Float, Problem
from lodestock.reserve.stages import OUTCOME, unit_of
from lodestock.sddp import Policy, simulate


@dataclass(frozen=True, eq=False)
class PartFlows:
    """What one part decides along paths, t, (paths, quarters, holdings of the part); ``spent`` in USD."""

    buy: Float
    release: Float
    sell: Float
    discard: Float
    held: Float
    orders: Float
    spent: Float
    """(paths, quarters)."""
    cost: Float
    """(paths,) discounted objective of the programme, USD."""


def part_flows(
    problem: Problem, material: int, part: Problem, policy: Policy, states: Int, outcomes: Int
) -> PartFlows:
    """Follow the policy of one material, or of all together, along the joint paths of the whole problem.

    Parameters
    ----------
    states, outcomes : (paths, quarters) joint regimes and outcomes of ``problem``.
    """
    group = problem.materials[material].group
    whole = len(part.materials) == len(problem.materials)
    names = list(problem.states) if whole else [regime[group] for regime in problem.regimes]
    nodes = {
        key: {int(one[OUTCOME]): one for one in found.outcomes}
        for key, found in zip(policy.model.graph.keys, policy.model.problems, strict=True)
    }
    histories = [
        [
            ((t + 1, names[z]), nodes[t + 1, names[z]][w])
            for t, (z, w) in enumerate(zip(states[path].tolist(), outcomes[path].tolist(), strict=True))
        ]
        for path in range(len(states))
    ]
    kinds = _columns(part)
    simulation = simulate(
        policy,
        record=[name for found in kinds.values() for group_ in found for name in group_],
        histories=histories,
    )
    units = np.array([unit_of(part, h) for h in range(len(part.holdings))])

    def read(kind: str) -> Float:
        """(paths, quarters, holdings) sum of the columns of a kind, t."""
        values = np.array(
            [
                [
                    np.sum([path.values[name] for name in found], axis=0)
                    if found
                    else np.zeros(states.shape[1])
                    for found in kinds[kind]
                ]
                for path in simulation.paths
            ]
        )
        return np.asarray(np.maximum(values, 0.0).transpose(0, 2, 1) * units)

    buy = read("buy")
    spent = np.zeros(states.shape)
    for m, data in enumerate(part.materials):
        known = [one.material for one in problem.materials].index(data.material)
        each = np.array(
            [
                [problem.price(known, z, w) for w in range(len(problem.price_noise))]
                for z in range(len(problem.states))
            ]
        )
        multiples = np.zeros(states.shape)
        for at, name in enumerate(kinds["block"][m]):
            tonnes = np.array([path.values[name] for path in simulation.paths])
            multiples += np.maximum(tonnes, 0.0) * (part.money_unit / data.price) * data.blocks[at][1]
        for h, holding in enumerate(part.holdings):
            multiples += holding.premium * buy[:, :, h] if holding.material == m else 0.0
        spent += each[states, outcomes] * multiples
    return PartFlows(
        buy=buy,
        release=read("release"),
        sell=read("sell"),
        discard=read("discard"),
        held=read("held"),
        orders=read("orders"),
        spent=spent,
        cost=simulation.totals * part.money_unit,
    )


def _columns(part: Problem) -> dict[str, list[list[str]]]:
    """Kind -> per holding, the decisions to add up; ``block`` -> the purchase blocks of the material."""
    kinds: dict[str, list[list[str]]] = {
        kind: [] for kind in ("buy", "release", "sell", "discard", "held", "orders")
    }
    for holding in part.holdings:
        name, ages = holding.name, range(holding.ages)
        kinds["buy"].append([f"buy {name}"])
        kinds["release"].append([f"release {name}"])
        kinds["sell"].append([f"sell {name}"])
        kinds["discard"].append([f"discard {name} {age}" for age in ages])
        kinds["held"].append([f"{name} age {age}" for age in ages] if holding.ages > 1 else [name])
        kinds["orders"].append([f"{name} order {at}" for at in range(holding.lag - 1)])
    kinds["block"] = [
        [f"block {data.material} {at}" for at in range(len(data.blocks))] for data in part.materials
    ]
    return kinds


def follow(
    problem: Problem,
    parts: Sequence[tuple[Problem, Policy]],
    states: Int,
    outcomes: Int,
) -> tuple[tuple[Step, ...], ...]:
    """Carry the decisions of one part per material, or of one for all, out on the problem, path by path."""
    flows = [part_flows(problem, m, part, policy, states, outcomes) for m, (part, policy) in enumerate(parts)]
    names = [holding.name for holding in problem.holdings]
    place = [[names.index(holding.name) for holding in part.holdings] for part, _ in parts]
    shape = (*states.shape, len(problem.holdings))
    joint = {name: np.zeros(shape) for name in ("buy", "release", "sell", "discard")}
    for m, found in enumerate(flows):
        for name, values in joint.items():
            values[:, :, place[m]] = getattr(found, name)
    paths = []
    for path in range(len(states)):
        position, steps = start_position(problem), []
        for t in range(states.shape[1]):
            decision = Decision(*(joint[name][path, t] for name in ("buy", "release", "sell", "discard")))
            steps.append(step(problem, t, int(states[path, t]), int(outcomes[path, t]), position, decision))
            position = steps[-1].position
        paths.append(tuple(steps))
    return tuple(paths)


def without_reserve(problem: Problem, states: Int, outcomes: Int) -> tuple[tuple[Step, ...], ...]:
    """Return the same paths with nothing bought, released or sold: what would happen anyway."""
    nothing = np.zeros(len(problem.holdings))
    paths = []
    for path in range(len(states)):
        position, steps = start_position(problem), []
        for t in range(states.shape[1]):
            decision = Decision(nothing, nothing, nothing)
            steps.append(step(problem, t, int(states[path, t]), int(outcomes[path, t]), position, decision))
            position = steps[-1].position
        paths.append(tuple(steps))
    return tuple(paths)
