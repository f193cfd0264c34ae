r"""Time to survive and time to recover of a network, as linear programmes with named duals.

With activities z (capacity ``cap``, outputs g, inputs a per unit), stocks s, demand d, margin f, lost
activities F:

.. math::
    \text{survive:}\quad & \max t \;:\; 0 \le z_j \le cap_j t, \; z_F = 0, \;
        \sum_j (g_{jn} - a_{jn}) z_j + s_n \ge d_n t \\
    \text{recover:}\quad & \min \sum_n f_n l_n \;:\; 0 \le z_j \le cap_j T, \; z_F = 0, \;
        \sum_j (g_{jn} - a_{jn}) z_j + s_n \ge u_n, \; u_n + l_n \ge d_n T

The dual of a stock is weeks gained per tonne; the dual of a capacity is weeks gained per tonne a week. The
largest dual is the bottleneck; the next one is found by lifting the first without limit. The window ignores
when things arrive within it, so it is an upper bound. Source: Simchi-Levi et al., Interfaces 2015.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lodestock.disruption.programme import FloatArray, least_cost
from lodestock.errors import LodestockError, UnknownNameError, ValueOutOfRangeError

NO_LIMIT = float("inf")
LONGEST_WEEKS = 5200.0
"""A century; a longer time is reported as no limit."""


@dataclass(frozen=True)
class Step:
    """An activity: per unit it takes ``takes`` and gives ``gives`` (node to t), up to ``capacity`` a week."""

    name: str
    capacity: float
    gives: Mapping[str, float]
    takes: Mapping[str, float]


@dataclass(frozen=True)
class Chain:
    """A network of nodes with stocks (t), weekly demand (t) and margin (USD/t), and activities."""

    stock: Mapping[str, float]
    demand: Mapping[str, float]
    margin: Mapping[str, float]
    steps: tuple[Step, ...]

    @property
    def nodes(self) -> tuple[str, ...]:
        """Every node that is named anywhere, in order."""
        names: dict[str, None] = dict.fromkeys((*self.stock, *self.demand))
        for step in self.steps:
            names.update(dict.fromkeys((*step.gives, *step.takes)))
        return tuple(names)


@dataclass(frozen=True)
class Survival:
    """Weeks until demand can no longer be met; infinite when it always can. Duals in weeks per t."""

    weeks: float
    bottleneck: str
    """The stock or capacity that binds with the largest relief; empty without a limit."""
    next_bottleneck: str
    """The same after the first was lifted without limit; empty when nothing limits any more."""
    stock_duals: Mapping[str, float]
    """Weeks gained per t of stock at a node."""
    capacity_duals: Mapping[str, float]
    """Weeks gained per t a week of capacity of an activity."""


@dataclass(frozen=True)
class Recovery:
    """What an outage of a given length costs: t lost by node, margin lost, USD."""

    exposure: float
    lost: Mapping[str, float]


def check_chain(chain: Chain, lost: Sequence[str]) -> None:
    """Raise for negative stocks, demands or capacities and for a lost activity that does not exist."""
    for name, table in (("stock", chain.stock), ("demand", chain.demand), ("margin", chain.margin)):
        for node, value in table.items():
            if not 0 <= value < float("inf"):
                raise ValueOutOfRangeError(f"{name} of {node} is {value}", where="chain", allowed="0 or more")
    names = [step.name for step in chain.steps]
    for step in chain.steps:
        if not 0 <= step.capacity < float("inf"):
            raise ValueOutOfRangeError(f"capacity of {step.name} is {step.capacity}", allowed="0 or more")
    if len(set(names)) != len(names):
        raise LodestockError("two activities share a name", where="chain")
    for name in lost:
        if name not in names:
            raise UnknownNameError("activity", name, names, where="chain")


def time_to_survive(chain: Chain, lost: Sequence[str] = (), *, look_further: bool = True) -> Survival:
    """Longest time for which all demand is met without the lost activities."""
    check_chain(chain, lost)
    nodes, balance, capacity = _matrix(chain, lost)
    count, steps = len(nodes), len(chain.steps)
    demand = np.array([chain.demand.get(node, 0.0) for node in nodes])
    stock = np.array([chain.stock.get(node, 0.0) for node in nodes])
    # variables: z (steps), t; rows: d t - B z <= s, then z - cap t <= 0
    upper = np.block([[-balance, demand[:, None]], [np.eye(steps), -capacity[:, None]]])
    right = np.concatenate([stock, np.zeros(steps)])
    highest = np.append(np.full(steps, np.inf), LONGEST_WEEKS)
    answer = least_cost(np.append(np.zeros(steps), -1.0), upper, right, highest, where="time to survive")
    weeks = float(answer.x[-1])
    if weeks >= LONGEST_WEEKS * (1 - 1e-9):
        return Survival(NO_LIMIT, "", "", dict.fromkeys(nodes, 0.0), {step.name: 0.0 for step in chain.steps})
    relief = answer.relief
    stock_duals = {node: float(v) for node, v in zip(nodes, relief[:count], strict=True)}
    # a unit of capacity relaxes z <= cap t by t, so its worth is the dual times t
    capacity_duals = {
        step.name: float(v) * weeks for step, v in zip(chain.steps, relief[count:], strict=True)
    }
    bottleneck = _bottleneck(chain, lost, stock_duals, capacity_duals)
    following = ""
    if look_further and bottleneck:
        following = time_to_survive(_lifted(chain, bottleneck), lost, look_further=False).bottleneck
    return Survival(weeks, bottleneck, following, stock_duals, capacity_duals)


def time_to_recover(chain: Chain, lost: Sequence[str], weeks: float) -> Recovery:
    """Least margin lost when the lost activities are out for ``weeks``."""
    check_chain(chain, lost)
    if not 0 <= weeks < float("inf"):
        raise ValueOutOfRangeError(f"time to recover is {weeks} weeks", allowed="0 or more")
    nodes, balance, capacity = _matrix(chain, lost)
    count, steps = len(nodes), len(chain.steps)
    demand = np.array([chain.demand.get(node, 0.0) for node in nodes])
    stock = np.array([chain.stock.get(node, 0.0) for node in nodes])
    margin = np.array([chain.margin.get(node, 1.0) for node in nodes])
    # variables: z, u, l
    rows = np.block([
        [-balance, np.eye(count), np.zeros((count, count))],
        [np.zeros((count, steps)), -np.eye(count), -np.eye(count)],
    ])  # fmt: skip
    right = np.concatenate([stock, -demand * weeks])
    highest = np.concatenate([capacity * weeks, np.full(2 * count, np.inf)])
    cost = np.concatenate([np.zeros(steps + count), margin])
    answer = least_cost(cost, rows, right, highest, where="time to recover")
    lost_by_node = {node: float(v) for node, v in zip(nodes, answer.x[steps + count :], strict=True)}
    return Recovery(answer.cost, lost_by_node)


def _matrix(chain: Chain, lost: Sequence[str]) -> tuple[tuple[str, ...], FloatArray, FloatArray]:
    nodes = chain.nodes
    place = {node: row for row, node in enumerate(nodes)}
    balance = np.zeros((len(nodes), len(chain.steps)))
    for column, step in enumerate(chain.steps):
        for node, tonnes in step.gives.items():
            balance[place[node], column] += tonnes
        for node, tonnes in step.takes.items():
            balance[place[node], column] -= tonnes
    capacity = np.array([0.0 if step.name in lost else step.capacity for step in chain.steps])
    return nodes, balance, capacity


def _bottleneck(
    chain: Chain, lost: Sequence[str], stock: Mapping[str, float], capacity: Mapping[str, float]
) -> str:
    """The stock or capacity with the largest dual."""
    found = {f"capacity of {name}": value for name, value in capacity.items() if name not in lost}
    found |= {f"stock of {node}": value for node, value in stock.items()}
    name = max(found, key=lambda key: found[key], default="")
    return name if name and found[name] > 1e-12 else ""


def _lifted(chain: Chain, bottleneck: str) -> Chain:
    """The chain with one limit taken away."""
    kind, _, name = bottleneck.partition(" of ")
    plenty = 1e3 * LONGEST_WEEKS * (1.0 + sum(chain.demand.values()))
    if kind == "stock":
        return replace(chain, stock={**chain.stock, name: plenty})
    steps = tuple(replace(s, capacity=plenty) if s.name == name else s for s in chain.steps)
    return replace(chain, steps=steps)
