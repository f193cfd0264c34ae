r"""Policy graphs: nodes, arcs with probabilities, discount; chains, Markov chains, rings, hidden regimes.

The probabilities of the arcs that leave a node may add to less than one: the rest is the end, at no further
cost. A node's ``discount`` multiplies what lies behind it. Either makes a cycle proper.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lodestock.errors import ConflictError, UnknownNameError, ValueOutOfRangeError

ROOT = "root"
"""Name of the place before the first node, in arcs."""
SLACK = 1e-9
"""Sums of probabilities may miss one by this much."""


@dataclass(frozen=True)
class PolicyGraph:
    """A directed graph of decision nodes.

    Attributes
    ----------
    keys : name of each node, as the stage function sees it.
    root : (node, probability) pairs of the first decision.
    children : (node, probability) pairs that follow each node.
    discount : weight of what follows each node.
    hidden : groups of nodes that cannot be told apart; a node outside every group is seen.
    """

    keys: tuple[Hashable, ...]
    root: tuple[tuple[int, float], ...]
    children: tuple[tuple[tuple[int, float], ...], ...]
    discount: tuple[float, ...]
    hidden: tuple[tuple[int, ...], ...] = ()

    def __len__(self) -> int:
        return len(self.keys)

    def index(self, key: Hashable) -> int:
        """Return the number of a node."""
        try:
            return self.keys.index(key)
        except ValueError:
            raise UnknownNameError("node", key, [str(known) for known in self.keys]) from None

    def ending(self, node: int) -> float:
        """Return the probability that nothing follows a node; 1 at a leaf."""
        return max(0.0, 1.0 - sum(probability for _, probability in self.children[node]))

    def order(self) -> tuple[int, ...] | None:
        """Return the nodes with every child after its parents, or None when the graph has a cycle."""
        waiting = [0] * len(self)
        for arcs in self.children:
            for child, _ in arcs:
                waiting[child] += 1
        ready = [node for node in range(len(self)) if waiting[node] == 0]
        done: list[int] = []
        while ready:
            node = ready.pop()
            done.append(node)
            for child, _ in self.children[node]:
                waiting[child] -= 1
                if waiting[child] == 0:
                    ready.append(child)
        return tuple(done) if len(done) == len(self) else None


def policy_graph(
    arcs: Mapping[tuple[Hashable, Hashable], float],
    *,
    discount: float | Mapping[Hashable, float] = 1.0,
    hidden: Iterable[Sequence[Hashable]] = (),
) -> PolicyGraph:
    """Return a graph from its arcs ``{(from, to): probability}``; arcs from ``ROOT`` start it.

    Raises
    ------
    ValueOutOfRangeError
        A probability outside [0, 1], probabilities of a node that add to more than one, a discount outside
        [0, 1], a cycle that neither ends nor discounts.
    UnknownNameError, ConflictError
        A hidden group names an unknown node, or a node twice.
    """
    keys: list[Hashable] = []
    for arc in arcs:
        for key in arc:
            if key != ROOT and key not in keys:
                keys.append(key)
    place = {key: at for at, key in enumerate(keys)}
    leaving: dict[Hashable, list[tuple[int, float]]] = {key: [] for key in (ROOT, *keys)}
    for (start, end), probability in arcs.items():
        if end == ROOT:
            raise ConflictError(f"an arc leads from {start!r} to the root", where="policy graph")
        if not 0.0 <= probability <= 1.0 + SLACK:
            raise ValueOutOfRangeError(
                f"probability {probability:g}", where=f"arc {start!r} to {end!r}", allowed="0 to 1"
            )
        if probability > 0.0:
            leaving[start].append((place[end], float(probability)))
    for key, out in leaving.items():
        if sum(p for _, p in out) > 1.0 + SLACK:
            raise ValueOutOfRangeError(
                f"probabilities add to {sum(p for _, p in out):.9g}",
                where=f"arcs from {key!r}",
                allowed="at most 1",
            )
    if abs(sum(p for _, p in leaving[ROOT]) - 1.0) > SLACK:
        raise ValueOutOfRangeError(
            f"probabilities add to {sum(p for _, p in leaving[ROOT]):.9g}",
            where=f"arcs from {ROOT!r}",
            allowed="1",
        )
    given = discount if isinstance(discount, Mapping) else dict.fromkeys(keys, discount)
    for key, weight in given.items():
        if key not in place:
            raise UnknownNameError("node", key, [str(known) for known in keys], where="discount")
        if not 0.0 <= weight <= 1.0:
            raise ValueOutOfRangeError(f"discount {weight:g}", where=f"node {key!r}", allowed="0 to 1")
    graph = PolicyGraph(
        tuple(keys),
        tuple(leaving[ROOT]),
        tuple(tuple(leaving[key]) if given.get(key, 1.0) > 0.0 else () for key in keys),
        tuple(float(given.get(key, 1.0)) for key in keys),
        _groups(place, hidden),
    )
    check_cycles_end(graph)
    return graph


def linear_graph(stages: int, *, discount: float = 1.0) -> PolicyGraph:
    """Return the chain 1, 2, ..., ``stages``."""
    if stages < 1:
        raise ValueOutOfRangeError(f"{stages} stages", where="linear graph", allowed="at least 1")
    arcs: dict[tuple[Hashable, Hashable], float] = {(ROOT, 1): 1.0}
    arcs |= {(t, t + 1): 1.0 for t in range(1, stages)}
    return policy_graph(arcs, discount=discount)


def cyclic_graph(stages: int, discount: float) -> PolicyGraph:
    """Return the ring 1, ..., ``stages``, 1, ...; a round trip is worth ``discount``."""
    if stages < 1:
        raise ValueOutOfRangeError(f"{stages} stages", where="cyclic graph", allowed="at least 1")
    arcs: dict[tuple[Hashable, Hashable], float] = {(ROOT, 1): 1.0}
    arcs |= {(t, t % stages + 1): 1.0 for t in range(1, stages + 1)}
    return policy_graph(arcs, discount={stages: discount})


def markovian_graph(
    transitions: Sequence[ArrayLike],
    *,
    regimes: Sequence[Hashable] | None = None,
    discount: float = 1.0,
    hidden: bool = False,
) -> PolicyGraph:
    """Return one node ``(stage, regime)`` per stage and regime.

    Parameters
    ----------
    transitions : one matrix per stage, rows the regimes of the stage before; the first has one row.
    regimes : names of the regimes; 0, 1, ... when left out.
    hidden : the regimes of a stage cannot be told apart.
    """
    matrices = [np.atleast_2d(np.asarray(matrix, dtype=np.float64)) for matrix in transitions]
    arcs: dict[tuple[Hashable, Hashable], float] = {}
    rows, names = 1, list(range(max(m.shape[1] for m in matrices))) if regimes is None else list(regimes)
    for stage, matrix in enumerate(matrices, 1):
        where = f"transitions to stage {stage}"
        if matrix.shape[0] != rows or matrix.shape[1] > len(names):
            raise ConflictError(
                f"shape {matrix.shape}", where=where, allowed=f"{rows} rows, up to {len(names)} columns"
            )
        for row, share in enumerate(matrix):
            check_row(share, f"{where}, row {row + 1}")
            start: Hashable = ROOT if stage == 1 else (stage - 1, names[row])
            arcs |= {(start, (stage, names[column])): float(p) for column, p in enumerate(share)}
        rows = matrix.shape[1]
    groups = [[(t, names[z]) for z in range(m.shape[1])] for t, m in enumerate(matrices, 1)] if hidden else []
    return policy_graph(arcs, discount=discount, hidden=groups)


def cyclic_markovian_graph(
    stages: int,
    transition: ArrayLike,
    initial: ArrayLike,
    discount: float,
    *,
    regimes: Sequence[Hashable] | None = None,
    hidden: bool = False,
) -> PolicyGraph:
    """Return a ring of ``stages`` whose regimes move by ``transition``; a round is worth ``discount``."""
    matrix, start = np.asarray(transition, dtype=np.float64), np.asarray(initial, dtype=np.float64)
    Z = len(start)
    names = list(range(Z)) if regimes is None else list(regimes)
    if matrix.shape != (Z, Z) or len(names) != Z:
        raise ConflictError(f"shape {matrix.shape}", where="transition", allowed=f"({Z}, {Z}), {Z} regimes")
    check_row(start, "initial regimes")
    for row in range(Z):
        check_row(matrix[row], f"transition, row {row + 1}")
    arcs: dict[tuple[Hashable, Hashable], float] = {(ROOT, (1, names[z])): float(start[z]) for z in range(Z)}
    for t in range(1, stages + 1):
        after = t % stages + 1
        arcs |= {((t, names[a]), (after, names[b])): float(matrix[a, b]) for a in range(Z) for b in range(Z)}
    groups = [[(t, name) for name in names] for t in range(1, stages + 1)] if hidden else []
    return policy_graph(arcs, discount={(stages, name): discount for name in names}, hidden=groups)


def check_row(share: ArrayLike, where: str) -> None:
    """Raise unless a row holds probabilities that add to one."""
    row = np.asarray(share, dtype=np.float64)
    if not (row >= 0.0).all():
        raise ValueOutOfRangeError(f"probability {row.min():g}", where=where, allowed="0 to 1")
    if abs(row.sum() - 1.0) > SLACK:
        raise ValueOutOfRangeError(f"probabilities add to {row.sum():.9g}", where=where, allowed="1")


def check_cycles_end(graph: PolicyGraph) -> None:
    """Raise when some cycle is travelled for ever at full weight."""
    if graph.order() is not None:
        return
    weight = np.zeros((len(graph), len(graph)))
    for node, arcs in enumerate(graph.children):
        for child, probability in arcs:
            weight[node, child] += graph.discount[node] * probability
    radius = float(np.abs(np.linalg.eigvals(weight)).max())
    if radius > 1.0 - 1e-9:
        raise ValueOutOfRangeError(
            "a cycle neither ends nor is discounted",
            where="policy graph",
            allowed="arc probabilities that add to less than 1, or a discount below 1, on every cycle",
        )


def _groups(
    place: Mapping[Hashable, int], hidden: Iterable[Sequence[Hashable]]
) -> tuple[tuple[int, ...], ...]:
    groups: list[tuple[int, ...]] = []
    seen: set[Hashable] = set()
    for group in hidden:
        for key in group:
            if key not in place:
                raise UnknownNameError("node", key, [str(known) for known in place], where="hidden group")
            if key in seen:
                raise ConflictError(f"node {key!r} is in two hidden groups", where="policy graph")
            seen.add(key)
        groups.append(tuple(place[key] for key in group))
    return tuple(groups)
