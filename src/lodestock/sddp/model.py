"""A model: a policy graph with one compiled problem per node, and what a solution of it may lean on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, fields

import numpy as np

from lodestock.errors import ConflictError, UnknownNameError, ValueOutOfRangeError
from lodestock.sddp.arrays import Float
from lodestock.sddp.graph import PolicyGraph
from lodestock.sddp.problem import StageProblem, compile_stage
from lodestock.sddp.stage import Stage

StageFunction = Callable[[Stage, Hashable], None]


@dataclass(frozen=True, eq=False)
class Model:
    """A multistage linear programme under uncertainty.

    Attributes
    ----------
    graph, problems : the nodes and the problem of each.
    sign : +1 when costs are minimised, -1 when rewards are maximised; everything inside is a cost.
    floor : shape (nodes,), a value that the cost from a node to the end is never below.
    initial : shape (n,), the state before the first decision.
    """

    graph: PolicyGraph
    problems: tuple[StageProblem, ...]
    sign: float
    floor: Float
    initial: Float

    @property
    def states(self) -> int:
        """Return the number of states."""
        return len(self.initial)

    @property
    def priced(self) -> bool:
        """Tell whether the model has objective states."""
        return bool(self.problems[0].price_names)

    def fingerprint(self) -> str:
        """Return a hash of everything that defines the model, to match files with it."""
        digest = hashlib.sha256(repr((self.graph, self.sign)).encode())
        digest.update(self.floor.tobytes())
        digest.update(self.initial.tobytes())
        for problem in self.problems:
            for field in fields(problem):
                value = getattr(problem, field.name)
                digest.update(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
        return digest.hexdigest()


def build(
    graph: PolicyGraph,
    stage_function: StageFunction,
    *,
    bound: float | Mapping[Hashable, float],
) -> Model:
    """Return the model of a graph.

    Parameters
    ----------
    stage_function : called with an empty stage and the key of each node.
    bound : a value that the cost from any node to the end cannot fall below (that rewards cannot exceed, when
        they are maximised); one number or one per node. It need not be tight.

    Raises
    ------
    ConflictError
        Nodes with different states, with different senses, without a start value; hidden nodes that differ in
        more than the probabilities of their noise.

    Examples
    --------
    >>> from lodestock.sddp import build, linear_graph
    >>> def stage(p, t):
    ...     x = p.state("x", upper=10.0, initial=4.0)
    ...     buy = p.variable("buy")
    ...     p.constraint(x.outgoing == x.incoming + buy - 3.0)
    ...     p.minimise(t * buy)
    >>> build(linear_graph(2), stage, bound=0.0).states
    1
    """
    stages: list[Stage] = []
    for key in graph.keys:
        stage = Stage(key)
        stage_function(stage, key)
        stages.append(stage)
    senses = {stage.sense for stage in stages if stage.sense}
    if len(senses) > 1:
        raise ConflictError("some nodes minimise and others maximise", where="model", allowed="one sense")
    sign = -1.0 if senses == {"max"} else 1.0
    problems = tuple(compile_stage(stage, sign) for stage in stages)
    _check_same_states(problems)
    _check_hidden(graph, problems)
    return Model(graph, problems, sign, sign * _bounds(graph, bound), _initial(problems))


def _bounds(graph: PolicyGraph, bound: float | Mapping[Hashable, float]) -> Float:
    if isinstance(bound, Mapping):
        for key in bound:
            if key not in graph.keys:
                raise UnknownNameError("node", key, [str(known) for known in graph.keys], where="bound")
        missing = [key for key in graph.keys if key not in bound]
        if missing:
            raise ConflictError(f"no bound for node {missing[0]!r}", where="bound")
        values = np.array([float(bound[key]) for key in graph.keys])
    else:
        values = np.full(len(graph), float(bound))
    if not np.isfinite(values).all():
        raise ValueOutOfRangeError("the bound is not finite", where="model", allowed="a finite number")
    return values


def _check_same_states(problems: tuple[StageProblem, ...]) -> None:
    first = problems[0]
    for problem in problems[1:]:
        if problem.state_names != first.state_names:
            raise ConflictError(
                f"states {list(problem.state_names)}",
                where=problem.where,
                allowed=f"those of {first.where}: {list(first.state_names)}, in this order",
            )
        if problem.price_names != first.price_names:
            raise ConflictError(
                f"objective states {list(problem.price_names)}",
                where=problem.where,
                allowed=f"those of {first.where}: {list(first.price_names)}",
            )


def _initial(problems: tuple[StageProblem, ...]) -> Float:
    initial = np.full(problems[0].states, np.nan)
    for problem in problems:
        for at, value in enumerate(problem.initial):
            if np.isnan(value):
                continue
            if not np.isnan(initial[at]) and initial[at] != value:
                raise ConflictError(
                    f"state {problem.state_names[at]!r} starts at {value:g} and at {initial[at]:g}",
                    where=problem.where,
                )
            initial[at] = value
    if np.isnan(initial).any():
        name = problems[0].state_names[int(np.flatnonzero(np.isnan(initial))[0])]
        raise ConflictError(
            f"state {name!r} has no initial value", where="model", hint="state(..., initial=0.0)"
        )
    return initial


SAME = ("column_names", "row_names", "outcomes")
SAME_ARRAYS = (
    "lower",
    "upper",
    "cost",
    "row_lower",
    "row_upper",
    "row_start",
    "column_index",
    "entry",
    "random_row_lower",
    "random_row_upper",
    "random_cost",
    "random_entry_value",
    "constant",
)


def _check_hidden(graph: PolicyGraph, problems: tuple[StageProblem, ...]) -> None:
    for group in graph.hidden:
        first = problems[group[0]]
        for node in group[1:]:
            other = problems[node]
            same = all(getattr(first, name) == getattr(other, name) for name in SAME) and all(
                np.array_equal(getattr(first, name), getattr(other, name)) for name in SAME_ARRAYS
            )
            if not same:
                raise ConflictError(
                    "differs from another node of its hidden group in more than probabilities",
                    where=other.where,
                    allowed=f"the problem and the outcomes of {first.where}; probabilities may be zero",
                )
